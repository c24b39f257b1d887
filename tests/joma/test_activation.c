/* The activations against their definitions (C's complex functions, quadrature of the normal
 * density) and their derivatives against complex-step and Richardson differences. */
#include "sim/model/joma/activation.h"
#include "tests/support.h"

#include <complex.h>
#include <string.h>

static const double points[] = {-30, -6.5, -2.2, -0.7, -1e-3, 1e-9, 0.04, 0.4, 1.3, 3.1, 8, 40};
enum { POINTS = sizeof points / sizeof *points };

static struct attndyn_activation activation(const char *name) {
    struct attndyn_activation a = {.slope = 0.1};
    ck_assert(attndyn_activation_named(name, &a.kind));
    ck_assert_str_eq(attndyn_activation_name(a.kind), name);
    return a;
}

/* sixth-order central difference */
static double difference(double (*f)(struct attndyn_activation, double),
                         struct attndyn_activation a, double y) {
    double h = 4e-3, d[4];
    for (int k = 1; k <= 3; k++) d[k] = (f(a, y + k * h) - f(a, y - k * h)) / (2 * k * h);
    return 1.5 * d[1] - 0.6 * d[2] + 0.1 * d[3];
}

static double complex by_definition(const char *name, double complex y) {
    if (!strcmp(name, "linear")) return y;
    if (!strcmp(name, "quadratic")) return y * y / 2;
    if (!strcmp(name, "cubic")) return y * y * y / 3;
    if (!strcmp(name, "tanh")) return ctanh(y);
    if (!strcmp(name, "silu")) return y / (1 + cexp(-y));
    ck_abort_msg("no complex definition of %s", name);
    return 0;
}

TEST(analytic_ones_by_complex_step) {
    static const char *const names[] = {"linear", "quadratic", "cubic", "tanh", "silu"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        struct attndyn_activation a = activation(names[n]);
        for (int i = 0; i < POINTS; i++) {
            double y = points[i], scale = 1 + fabs(y * y * y);
            double complex f = by_definition(names[n], y + 1e-100 * I);
            assert_near(attndyn_activation_value(a, y), creal(f), 1e-15 * scale);
            assert_near(attndyn_activation_first(a, y), cimag(f) / 1e-100, 4e-15 * scale);
            assert_near(attndyn_activation_second(a, y), difference(attndyn_activation_first, a, y),
                        1e-11 * scale);
        }
    }
}

TEST(normal_ones_by_quadrature) {
    struct attndyn_activation gelu = activation("gelu"), ef = activation("erf");
    for (int i = 0; i < POINTS; i++) {
        double y = points[i];
        if (fabs(y) > 9) continue;
        /* Phi(y) - 1/2 and erf(y) by Simpson's rule on 0..y */
        double phi = 0, er = 0;
        int panels = 4000;
        for (int k = 0; k <= panels; k++) {
            double s = y * k / panels, w = k == 0 || k == panels ? 1 : k % 2 ? 4 : 2;
            phi += w * exp(-s * s / 2);
            er += w * exp(-s * s);
        }
        phi *= y / panels / 3 / sqrt(2 * M_PI);
        er *= y / panels / 3 * 2 / sqrt(M_PI);
        assert_near(attndyn_activation_value(gelu, y), y * (0.5 + phi), 1e-11);
        assert_near(attndyn_activation_value(ef, y), er, 1e-11);
        for (int which = 0; which < 2; which++) {
            struct attndyn_activation a = which ? ef : gelu;
            assert_near(attndyn_activation_first(a, y), difference(attndyn_activation_value, a, y),
                        1e-10);
            assert_near(attndyn_activation_second(a, y), difference(attndyn_activation_first, a, y),
                        1e-10);
        }
    }
    /* the left tail keeps relative accuracy: y Phi(y) ~ -nu(y) (1 - 1/y^2 + 3/y^4 - ...) */
    double y = -30, density = exp(-y * y / 2) / sqrt(2 * M_PI);
    assert_relative(attndyn_activation_value(gelu, y),
                    -density * (1 - 1 / (y * y) + 3 / pow(y, 4) - 15 / pow(y, 6)), 1e-9);
}

TEST(kinked_ones) {
    struct attndyn_activation relu = activation("relu"), leaky = activation("leaky-relu"),
                              step = activation("step");
    for (int i = 0; i < POINTS; i++) {
        double y = points[i];
        ck_assert(attndyn_activation_value(relu, y) == fmax(y, 0));
        assert_near(attndyn_activation_value(leaky, y), fmax(y, 0) + 0.1 * fmin(y, 0), 1e-15);
        ck_assert(attndyn_activation_value(step, y) == (y > 0));
        ck_assert(attndyn_activation_first(relu, y) == (y > 0));
        assert_near(attndyn_activation_first(leaky, y), y > 0 ? 1 : 0.1, 0);
        ck_assert(attndyn_activation_first(step, y) == 0);
        ck_assert(attndyn_activation_second(relu, y) == 0);
    }
    ck_assert(attndyn_activation_first(relu, 0) == 0 && attndyn_activation_value(step, 0) == 0);
    ck_assert(attndyn_activation_kinked(relu.kind) && attndyn_activation_kinked(leaky.kind) &&
              attndyn_activation_kinked(step.kind));
    ck_assert(!attndyn_activation_kinked(ATTNDYN_ACTIVATION_TANH));
}

TEST(vector_form_and_names) {
    char choices[] = ATTNDYN_ACTIVATIONS;
    int count = 0;
    for (char *name = strtok(choices, "|"); name; name = strtok(NULL, "|"), count++) {
        struct attndyn_activation a = activation(name);
        ck_assert_int_eq((int)a.kind, count);
        double h[POINTS], d1[POINTS], d2[POINTS];
        attndyn_activation_apply(a, POINTS, points, h, d1, d2);
        for (int i = 0; i < POINTS; i++) {
            ck_assert(h[i] == attndyn_activation_value(a, points[i]));
            ck_assert(d1[i] == attndyn_activation_first(a, points[i]));
            ck_assert(d2[i] == attndyn_activation_second(a, points[i]));
            ck_assert(isfinite(h[i]) && isfinite(d1[i]) && isfinite(d2[i]));
        }
        attndyn_activation_apply(a, POINTS, points, h, NULL, NULL);
    }
    ck_assert_int_eq(count, 10);
    enum attndyn_activation_kind kind;
    ck_assert(!attndyn_activation_named("swish", &kind));
}

TCASE(activation) {
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, analytic_ones_by_complex_step, normal_ones_by_quadrature, kinked_ones,
                    vector_form_and_names);
}
