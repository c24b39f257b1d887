/* Theorem 3: closed forms against quadrature and published values, the flow's right-hand side
 * against Monte Carlo. */
#include "sim/base/random.h"
#include "sim/model/joma/activation.h"
#include "sim/model/joma/isotropic.h"
#include "tests/fixture.h"
#include "theory/joma/isotropic.h"

#include <gsl/gsl_errno.h>
#include <string.h>

static double phi_prime(double y, void *user) {
    return attndyn_theta_phi_prime(user, y);
}

/* theta1, theta2 at r = 0.4, n = 1.3, sigma = 0.7 from an independent implementation. */
TEST(reference_values) {
    static const struct {
        enum attndyn_theta_activation activation;
        double theta1, theta2;
    } reference[] = {
        {ATTNDYN_THETA_RELU, 0.870833926017, 0.428488388974},
        {ATTNDYN_THETA_LEAKY_RELU, 0.913750533415, 0.385639550077},
        {ATTNDYN_THETA_STEP, 0.517435562099, -0.206974224839},
        {ATTNDYN_THETA_QUADRATIC, 0.52, 1.07653},
        {ATTNDYN_THETA_CUBIC, 1.28453, 0.861224},
        {ATTNDYN_THETA_GELU, 0.881557707935, 0.455798691492},
        {ATTNDYN_THETA_ERF, 0.847437498212, -0.211358479714},
        {ATTNDYN_THETA_TANH, 0.7880023682665, -0.1757287718357},
    };
    for (size_t i = 0; i < sizeof reference / sizeof *reference; i++) {
        struct attndyn_theta theta = {reference[i].activation, 0.1, 0.7};
        double c1, c2, n = 1.3;
        attndyn_theta_gauss(&theta, 0.4, n, &c1, &c2);
        assert_near(n * c1, reference[i].theta1, 6e-13);
        assert_near(n * n * n * c2, reference[i].theta2, 6e-13);
    }
}

TEST(quadrature_agrees) {
    gsl_set_error_handler_off();
    static const double rs[] = {-6, -2.5, -0.4, 0, 0.4, 3, 7};
    static const double ns[] = {0.05, 0.6, 1.3, 9};
    for (int a = 0; a < ATTNDYN_THETA_COUNT; a++)
        for (size_t i = 0; i < sizeof rs / sizeof *rs; i++)
            for (size_t k = 0; k < sizeof ns / sizeof *ns; k++) {
                struct attndyn_theta theta = {(enum attndyn_theta_activation)a, 0.1, 0.7};
                double r = rs[i], n = ns[k], tau = n * theta.sigma, c1, c2, q1, q2;
                attndyn_theta_gauss(&theta, r, n, &c1, &c2);
                ck_assert(attndyn_theta_weak_gauss(&theta, r, n, &q1, &q2));
                /* the weak form divides values of phi by tau and tau^2 */
                double size = 1 + fabs(attndyn_theta_phi(&theta, fabs(r) + 3 * tau));
                assert_near(c1, q1, 1e-13 * (fabs(c1) + size / tau));
                assert_near(c2, q2, 1e-13 * (fabs(c2) + size / (n * n)));
                if (a == ATTNDYN_THETA_STEP) continue;
                ck_assert(
                    attndyn_theta_average_gauss(phi_prime, &theta, theta.sigma, r, n, &q1, &q2));
                size = 1 + fabs(attndyn_theta_phi_prime(&theta, fabs(r) + 3 * tau));
                assert_near(c1, q1, 1e-13 * fmax(fabs(c1), 1e-3 * size));
                assert_near(c2, q2, 1e-13 * (fabs(c2) + size / n));
            }
}

/* Far out the coefficients are tiny, and still right to many digits. */
TEST(tails_keep_their_digits) {
    gsl_set_error_handler_off();
    double c1, c2, q1, q2;
    struct attndyn_theta relu = {ATTNDYN_THETA_RELU, 0, 1};
    attndyn_theta_gauss(&relu, -20, 1, &c1, &c2);
    assert_relative(c1, 2.753624118606233e-89, 1e-13); /* Phi(-20) */
    static const enum attndyn_theta_activation smooth[] = {ATTNDYN_THETA_TANH, ATTNDYN_THETA_SILU,
                                                           ATTNDYN_THETA_ERF};
    for (size_t a = 0; a < 3; a++)
        for (double tau = 0.02; tau < 5; tau *= 4) {
            struct attndyn_theta theta = {smooth[a], 0, tau};
            attndyn_theta_gauss(&theta, -9, 1, &c1, &c2);
            ck_assert(attndyn_theta_average_gauss(phi_prime, &theta, tau, -9, 1, &q1, &q2));
            assert_relative(c1, q1, 2e-13);
        }
}

TEST(sphere_relu) {
    gsl_set_error_handler_off();
    static const struct {
        size_t d;
        double c1, c2;
    } reference[] = {{2, 0.5995567396632905, 0.23297490220368725},
                     {3, 0.6538461538461539, 0.17410104688211195},
                     {10, 0.821338210917778, 0.06359565706489367}};
    struct attndyn_theta relu = {ATTNDYN_THETA_RELU, 0, 1};
    for (size_t i = 0; i < 3; i++) {
        double c1, c2, q1, q2;
        attndyn_theta_sphere_relu(1, reference[i].d, 0.4, 1.3, &c1, &c2);
        assert_near(c1, reference[i].c1, 1e-15);
        assert_near(c2, reference[i].c2, 1e-15);
        for (double r = -1.9; r < 2; r += 0.2) {
            attndyn_theta_sphere_relu(1.5, reference[i].d, r, 1.3, &c1, &c2);
            ck_assert(attndyn_theta_average_sphere(phi_prime, &relu, 1.5, reference[i].d, r, 1.3,
                                                   &q1, &q2));
            assert_near(c1, q1, 1e-13);
            assert_near(c2, q2, 1e-13);
        }
        attndyn_theta_sphere_relu(1, reference[i].d, -1.4, 1.3, &c1, &c2);
        assert_near(c1, 0, 0);
        attndyn_theta_sphere_relu(1, reference[i].d, 1.4, 1.3, &c1, &c2);
        assert_near(c1, 1, 0);
        assert_near(c2, 0, 0);
    }
}

/* The instance of seed 11: d = 6, C = 3. */
struct instance {
    double centres[18], v[6], weights[3], xi;
    struct attndyn_theta theta;
};

static struct instance instance_create(void) {
    struct instance in = {.weights = {0.5, -0.3, 0.8}, .xi = 0.2, .theta = {.sigma = 0.7}};
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 11));
    attndyn_random_normals(&random, 1.5, 18, in.centres);
    attndyn_random_normals(&random, 0.8, 6, in.v);
    attndyn_random_done(&random);
    return in;
}

static int coefficients(size_t c, double r, double n, double *alpha, double *beta, void *user) {
    const struct instance *in = user;
    attndyn_theta_gauss(&in->theta, r, n, alpha, beta);
    *alpha *= in->weights[c];
    *beta *= in->weights[c];
    return 0;
}

static const enum attndyn_theta_activation four[4] = {ATTNDYN_THETA_RELU, ATTNDYN_THETA_TANH,
                                                      ATTNDYN_THETA_GELU, ATTNDYN_THETA_QUADRATIC};

TEST(field_reference) {
    static const double reference[4][6] = {{0.420295585029, -0.006010308370, 0.417169874725,
                                            0.315633584286, -1.112943997662, 1.660445767371},
                                           {0.508951441858, -0.122164587192, 0.246450986505,
                                            0.133512505802, -0.292313702747, 0.450717987055},
                                           {0.458643541540, 0.023322409947, 0.457177805474,
                                            0.331091354277, -1.173076396396, 1.710110260989},
                                           {-1.068100894417, 3.622858487952, 1.340758879603,
                                            0.200516485121, -4.346282404107, 3.796047879882}};
    struct instance in = instance_create();
    assert_near(in.centres[0], -0.101514662539, 1e-12);
    assert_near(in.v[0], -0.067757333447, 1e-12);
    struct attndyn_isotropic model = {6, 3, in.centres, coefficients, &in};
    for (size_t a = 0; a < 4; a++) {
        double y[7], field[7];
        memcpy(y, in.v, sizeof in.v);
        y[6] = in.xi;
        in.theta.activation = four[a];
        ck_assert_int_eq(attndyn_isotropic_rhs(0, y, field, &model), 0);
        for (size_t j = 0; j < 6; j++) assert_near(field[j], reference[a][j], 2e-12);
    }
}

/* Integrands of the Monte Carlo: phi' of the models' own activations. */
static void derivative(size_t which, size_t c, size_t count, const double *h, double *f,
                       void *user) {
    (void)c;
    const struct attndyn_activation *activation = user;
    attndyn_activation_slopes(activation[which], count, h, f);
}

TEST(slopes_are_first_derivatives) {
    enum { COUNT = 1001 };
    double y[COUNT], d1[COUNT];
    for (int i = 0; i < COUNT; i++) y[i] = 0.06 * (i - 500) + 1e-9;
    for (int k = ATTNDYN_ACTIVATION_LINEAR; k <= ATTNDYN_ACTIVATION_SILU; k++) {
        struct attndyn_activation a = {(enum attndyn_activation_kind)k, 0.1};
        attndyn_activation_slopes(a, COUNT, y, d1);
        for (int i = 0; i < COUNT; i++) {
            double first = attndyn_activation_first(a, y[i]);
            /* gelu's two terms cancel in the left tail */
            double tolerance = k == ATTNDYN_ACTIVATION_GELU ? 1e-15 * y[i] * y[i] : 4e-15;
            assert_near(d1[i], first, tolerance * fabs(first) + 3e-16);
        }
    }
}

static void check_monte_carlo(enum attndyn_isotropic_noise noise) {
    struct instance in = instance_create();
    const struct attndyn_activation activation[4] = {{.kind = ATTNDYN_ACTIVATION_RELU},
                                                     {.kind = ATTNDYN_ACTIVATION_TANH},
                                                     {.kind = ATTNDYN_ACTIVATION_GELU},
                                                     {.kind = ATTNDYN_ACTIVATION_QUADRATIC}};
    bool sphere = noise == ATTNDYN_ISOTROPIC_SPHERE;
    struct attndyn_isotropic_average average = {6,
                                                3,
                                                in.centres,
                                                in.weights,
                                                noise,
                                                sphere ? 1.7 : 0.7,
                                                in.v,
                                                in.xi,
                                                sphere ? 1 : 4,
                                                derivative,
                                                (void *)activation};
    double mean[28], error[28], again[28], other[28];
    assert_ok(ctx, attndyn_isotropic_sample(ctx, &average, 50001, 5, mean, error));
    attndyn_threads_allow(ctx, 3);
    assert_ok(ctx, attndyn_isotropic_sample(ctx, &average, 50001, 5, again, other));
    size_t size = average.integrands * 7;
    ck_assert_int_eq(memcmp(mean, again, size * sizeof *mean), 0);
    ck_assert_int_eq(memcmp(error, other, size * sizeof *mean), 0);
    double n = 0;
    for (size_t j = 0; j < 6; j++) n += in.v[j] * in.v[j];
    n = sqrt(n);
    for (size_t a = 0; a < average.integrands; a++) {
        in.theta.activation = four[a];
        double expected[7] = {0};
        for (size_t c = 0; c < 3; c++) {
            double r = in.xi, c1, c2;
            for (size_t j = 0; j < 6; j++) r += in.v[j] * in.centres[c * 6 + j];
            if (sphere)
                attndyn_theta_sphere_relu(1.7, 6, r, n, &c1, &c2);
            else
                attndyn_theta_gauss(&in.theta, r, n, &c1, &c2);
            for (size_t j = 0; j < 6; j++)
                expected[j] += in.weights[c] * (c1 * in.centres[c * 6 + j] + c2 * in.v[j]);
            expected[6] += in.weights[c] * c1;
        }
        for (size_t j = 0; j < 7; j++) {
            double z = (mean[a * 7 + j] - expected[j]) / error[a * 7 + j];
            assert_at_most(fabs(z), 4.5);
            /* the error bars are as small as 50,000 samples make them */
            assert_at_most(error[a * 7 + j], 0.05);
        }
    }
}
TEST(monte_carlo_gauss) {
    check_monte_carlo(ATTNDYN_ISOTROPIC_GAUSS);
}
TEST(monte_carlo_sphere) {
    check_monte_carlo(ATTNDYN_ISOTROPIC_SPHERE);
}

/* With phi = y the flow on drawn samples is a straight line of slope sum_c a_c (mean x, 1); its
 * slope meets the centres' to the standard error. */
TEST(empirical_flow_of_a_linear_node) {
    struct instance in = instance_create();
    struct attndyn_activation linear = {.kind = ATTNDYN_ACTIVATION_LINEAR};
    struct attndyn_isotropic_average average = {
        6, 3, in.centres, in.weights, ATTNDYN_ISOTROPIC_GAUSS, 0.7, NULL,
        0, 1, derivative, &linear};
    double once[7] = {0}, twice[7] = {0};
    const size_t samples = 3000;
    assert_ok(ctx, attndyn_isotropic_empirical_flow(ctx, &average, samples, 3, 1, 4, once));
    assert_ok(ctx, attndyn_isotropic_empirical_flow(ctx, &average, samples, 3, 2, 7, twice));
    double error = 0.7 * sqrt((0.25 + 0.09 + 0.64) / (double)samples);
    for (size_t j = 0; j < 7; j++) {
        double slope = 0;
        for (size_t c = 0; c < 3; c++) slope += in.weights[c] * (j < 6 ? in.centres[c * 6 + j] : 1);
        assert_near(twice[j], 2 * once[j], 1e-13);
        assert_near(once[j], slope, j < 6 ? 4.5 * error : 1e-13);
        if (j < 6) assert_at_most(1e-3 * error, fabs(once[j] - slope));
    }
}

/* Memory that runs out is a status, whichever allocation it is. */
TEST(allocations_fail_cleanly) {
    struct instance in = instance_create();
    struct attndyn_activation relu = {.kind = ATTNDYN_ACTIVATION_RELU};
    struct attndyn_isotropic_average average = {
        6, 3, in.centres, in.weights, ATTNDYN_ISOTROPIC_GAUSS, 0.7, in.v, 0, 1, derivative, &relu};
    double mean[7], error[7], y[7] = {1};
    for (uint64_t n = 1; n <= 4; n++) {
        attndyn_fail_allocation(ctx, n);
        ck_assert_int_eq(attndyn_isotropic_sample(ctx, &average, 100, 1, mean, error),
                         ATTNDYN_NO_MEMORY);
        attndyn_fail_allocation(ctx, n);
        ck_assert_int_eq(attndyn_isotropic_empirical_flow(ctx, &average, 10, 1, 1, 1, y),
                         ATTNDYN_NO_MEMORY);
    }
    attndyn_fail_allocation(ctx, 0);
    ck_assert_int_eq(attndyn_isotropic_sample(ctx, &average, 1, 1, mean, error), ATTNDYN_USAGE);
}

/* Moments of the bulk normals: mean, variance, fourth moment, and the tail beyond 3. */
TEST(ziggurat_moments) {
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 4));
    enum { COUNT = 400000 };
    double *x = ATTNDYN_NEW(ctx, double, COUNT), m1 = 0, m2 = 0, m4 = 0, tail = 0;
    attndyn_random_ziggurat(&random, COUNT, x);
    for (size_t i = 0; i < COUNT; i++) {
        m1 += x[i] / COUNT;
        m2 += x[i] * x[i] / COUNT;
        m4 += pow(x[i], 4) / COUNT;
        tail += (fabs(x[i]) > 3) / (double)COUNT;
    }
    assert_near(m1, 0, 4.5 / sqrt(COUNT));
    assert_near(m2, 1, 4.5 * sqrt(2. / COUNT));
    assert_near(m4, 3, 4.5 * sqrt(96. / COUNT));
    assert_near(tail, 0.0026997960632601866, 4.5 * sqrt(0.0027 / COUNT));
    attndyn_random_done(&random);
}

TCASE(joma_isotropic) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, reference_values, quadrature_agrees, tails_keep_their_digits,
                    sphere_relu, field_reference, slopes_are_first_derivatives, monte_carlo_gauss,
                    monte_carlo_sphere, empirical_flow_of_a_linear_node, allocations_fail_cleanly,
                    ziggurat_moments);
}
