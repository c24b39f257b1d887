/* theta in closed form against quadrature, and the averages E[g h' x] against drawn samples. */
#include "isotropic.h"

#include "sim/model/joma/isotropic.h"

#include <string.h>

static double phi_prime(double y, void *user) {
    return attndyn_theta_phi_prime(user, y);
}

/* |c - q| over c's own size, but at least `floor` times what it is made of; times 1 + k^2, the
 * condition number of exp(-k^2/2) in k = r/(n sigma). */
static double deviation(double c, double q, double made_of, double floor, double k) {
    double scale = fmax(fabs(c), floor * made_of) * (1 + k * k);
    return scale > 0 ? fabs(c - q) / scale : fabs(q);
}

/* The largest of |f| where the noise reaches: r and r +- 3 tau, and 0 if that is between. */
static double reach(double (*f)(const struct attndyn_theta *, double),
                    const struct attndyn_theta *theta, double r, double tau) {
    double size = fmax(fabs(f(theta, r - 3 * tau)), fabs(f(theta, r + 3 * tau)));
    worst(&size, f(theta, r));
    return fabs(r) < 3 * tau ? fmax(size, fabs(f(theta, 0))) : size;
}

/* One point of Gaussian noise. *direct, *weak: the largest deviations so far. */
static enum attndyn_status emit_gauss(const struct isotropic_instance *in, int activation, double n,
                                      double r, double *direct, double *weak) {
    struct attndyn_theta theta = in->theta;
    theta.activation = (enum attndyn_theta_activation)activation;
    double tau = n * theta.sigma, c1, c2, w1, w2;
    double q1 = NAN, q2 = NAN, off = NAN, cube = n * n * n;
    attndyn_theta_gauss(&theta, r, n, &c1, &c2);
    double size = reach(attndyn_theta_phi, &theta, r, tau);
    bool good = attndyn_theta_weak_gauss(&theta, r, n, &w1, &w2);
    double weak_off = fmax(deviation(c1, w1, size / tau, 1, r / tau),
                           deviation(c2, w2, size / (n * n), 1, r / tau));
    if (!good) weak_off = NAN;
    worst(weak, weak_off);
    if (activation != ATTNDYN_THETA_STEP) {
        good = attndyn_theta_average_gauss(phi_prime, &theta, theta.sigma, r, n, &q1, &q2);
        size = reach(attndyn_theta_phi_prime, &theta, r, tau);
        off = fmax(deviation(c1, q1, size, 1e-3, r / tau),
                   deviation(c2, q2, size * theta.sigma / n, 1, r / tau));
        if (!good) off = NAN;
        worst(direct, off);
    }
    return EMIT(in->run, theta, .noise = "gauss",
                .activation = attndyn_theta_activation_name(theta.activation), .d = 0, .r = r,
                .n = n, .theta1 = n * c1, .theta2 = cube * c2, .quadrature1 = n * q1,
                .quadrature2 = cube * q2, .weak1 = n * w1, .weak2 = cube * w2, .deviation = off,
                .weak_deviation = weak_off);
}

/* One point of noise on a sphere, ReLU. */
static enum attndyn_status emit_sphere(const struct isotropic_instance *in, size_t dimension,
                                       double n, double r, double *most) {
    struct attndyn_theta relu = {.activation = ATTNDYN_THETA_RELU};
    double radius = in->p->radius, c1, c2, q1, q2, cube = n * n * n;
    attndyn_theta_sphere_relu(radius, dimension, r, n, &c1, &c2);
    bool good = attndyn_theta_average_sphere(phi_prime, &relu, radius, dimension, r, n, &q1, &q2);
    double off = fmax(fabs(c1 - q1), fabs(c2 - q2) * n / radius);
    if (!good) off = NAN;
    worst(most, off);
    return EMIT(in->run, theta, .noise = "sphere", .activation = "relu", .d = (long)dimension,
                .r = r, .n = n, .theta1 = n * c1, .theta2 = cube * c2, .quadrature1 = n * q1,
                .quadrature2 = cube * q2, .weak1 = NAN, .weak2 = NAN, .deviation = off,
                .weak_deviation = NAN);
}

static enum attndyn_status emit_curves(const struct isotropic_instance *in) {
    for (int a = 0; a < ATTNDYN_THETA_COUNT; a++)
        for (int k = -60; k <= 60; k++) {
            struct attndyn_theta theta = in->theta;
            theta.activation = (enum attndyn_theta_activation)a;
            double spread = fmax(1, in->n0 * theta.sigma), c1, c2, at = 0.05 * k * spread;
            attndyn_theta_gauss(&theta, at, in->n0, &c1, &c2);
            ATTNDYN_TRY(EMIT(in->run, curves,
                             .activation = attndyn_theta_activation_name(theta.activation), .r = at,
                             .theta1 = in->n0 * c1, .theta2 = pow(in->n0, 3) * c2));
        }
    return ATTNDYN_OK;
}

static enum attndyn_status emit_theta(const struct isotropic_instance *in) {
    const struct reals r = in->p->theta_r, n = in->p->theta_n, d = in->p->sphere_d;
    double direct = 0, weak = 0, sphere = 0;
    for (int a = 0; a < ATTNDYN_THETA_COUNT; a++)
        for (size_t i = 0; i < n.count; i++)
            for (size_t k = 0; k < r.count; k++)
                ATTNDYN_TRY(emit_gauss(in, a, n.at[i], r.at[k], &direct, &weak));
    for (size_t a = 0; a < d.count; a++)
        for (size_t i = 0; i < n.count; i++)
            for (size_t k = 0; k < r.count; k++)
                ATTNDYN_TRY(emit_sphere(in, (size_t)d.at[a], n.at[i], r.at[k], &sphere));
    ATTNDYN_TRY(emit_curves(in));
    ATTNDYN_TRY(SCALAR(in->run, outcome, v0_norm, in->n0));
    ATTNDYN_TRY(SCALAR(in->run, outcome, theta_deviation, direct));
    ATTNDYN_TRY(SCALAR(in->run, outcome, weak_deviation, weak));
    return d.count ? SCALAR(in->run, outcome, sphere_deviation, sphere) : ATTNDYN_OK;
}

static void reactive_gradient(size_t which, size_t c, size_t count, const double *h, double *f,
                              void *user) {
    const struct isotropic_sampled *sampled = user;
    struct attndyn_activation a = sampled->activation[which];
    for (size_t i = 0; i < count; i++)
        f[i] = (sampled->in->targets[c] - attndyn_activation_value(a, h[i])) *
               attndyn_activation_first(a, h[i]);
}

/* sum_c weight_c (alpha centre_c + beta v, alpha) added to x: (d + 1). */
static void add_cluster(const struct isotropic_instance *in, const double *w, size_t c,
                        double weight, double alpha, double beta, double *x) {
    for (size_t j = 0; j < in->d; j++)
        x[j] += weight * (alpha * in->centres[c * in->d + j] + beta * w[j]);
    x[in->d] += weight * alpha;
}

static enum attndyn_status emit_montecarlo(const struct isotropic_instance *in,
                                           enum attndyn_isotropic_noise noise) {
    bool sphere = noise == ATTNDYN_ISOTROPIC_SPHERE;
    double radius = in->p->radius;
    size_t width = in->d + 1, count = 0;
    enum attndyn_theta_activation list[5];
    struct isotropic_sampled sampled = {.in = in};
    static const enum attndyn_theta_activation always[4] = {
        ATTNDYN_THETA_RELU, ATTNDYN_THETA_TANH, ATTNDYN_THETA_GELU, ATTNDYN_THETA_QUADRATIC};
    bool extra = in->theta.activation != ATTNDYN_THETA_STEP;
    for (size_t a = 0; a < (sphere ? 1 : 4); a++) {
        list[count++] = always[a];
        if (always[a] == in->theta.activation) extra = false;
    }
    if (extra && !sphere) list[count++] = in->theta.activation;
    for (size_t a = 0; a < count; a++) sampled.activation[a] = isotropic_activation(in, list[a]);
    double *mean, *error, *theory;
    ATTNDYN_ALLOC(in->run->ctx, mean, count * width);
    ATTNDYN_ALLOC(in->run->ctx, error, count * width);
    ATTNDYN_ALLOC(in->run->ctx, theory, width);
    struct attndyn_isotropic_average average = {in->d,       in->clusters,
                                                in->centres, in->weights,
                                                noise,       sphere ? radius : in->theta.sigma,
                                                in->w0,      in->w0[in->d],
                                                count,       isotropic_derivative,
                                                &sampled};
    uint64_t seed = attndyn_random_derive((uint64_t)in->p->seed, sphere ? "sphere" : "gauss", 0);
    ATTNDYN_TRY(attndyn_isotropic_sample(in->run->ctx, &average, (uint64_t)in->p->samples, seed,
                                         mean, error));
    double largest = 0, errors = 0, values = 0, samples = (double)in->p->samples;
    double resolution =
        isotropic_sample_worth(in, in->weights, sphere ? radius : in->theta.sigma, samples);
    for (size_t a = 0; a < count; a++) {
        struct attndyn_theta theta = in->theta;
        theta.activation = list[a];
        memset(theory, 0, width * sizeof *theory);
        for (size_t c = 0; c < in->clusters; c++) {
            double r = isotropic_preactivation(in, in->w0, c), c1, c2;
            if (sphere)
                attndyn_theta_sphere_relu(radius, in->d, r, in->n0, &c1, &c2);
            else
                attndyn_theta_gauss(&theta, r, in->n0, &c1, &c2);
            add_cluster(in, in->w0, c, in->weights[c], c1, c2, theory);
        }
        for (size_t j = 0; j < width; j++) {
            double bar = fmax(error[a * width + j], resolution);
            double z = (mean[a * width + j] - theory[j]) / bar;
            worst(&largest, z);
            errors += bar * bar;
            values += theory[j] * theory[j];
            ATTNDYN_TRY(EMIT(in->run, montecarlo, .noise = sphere ? "sphere" : "gauss",
                             .activation = attndyn_theta_activation_name(list[a]),
                             .component = (long)j, .theory = theory[j],
                             .estimate = mean[a * width + j], .error = bar, .z = z));
        }
    }
    if (sphere) return SCALAR(in->run, outcome, largest_z_sphere, largest);
    ATTNDYN_TRY(SCALAR(in->run, outcome, numbers, (double)(count * width)));
    if (values > 0) ATTNDYN_TRY(SCALAR(in->run, outcome, relative_error, sqrt(errors / values)));
    return SCALAR(in->run, outcome, largest_z, largest);
}

struct answer {
    struct attndyn_theta theta;
    double target;
};
static double phi_of(double y, void *user) {
    struct answer *answer = user;
    return attndyn_theta_phi(&answer->theta, y);
}
static double reactive_of(double y, void *user) {
    struct answer *answer = user;
    return (answer->target - phi_of(y, user)) * attndyn_theta_phi_prime(&answer->theta, y);
}

/* g = y_c - h: Theorem 3's factorised form, the averages of g phi' along v, and samples. */
static enum attndyn_status emit_reactive(const struct isotropic_instance *in) {
    size_t width = in->d + 1;
    double *factorised, *exact, *mean, *error;
    if (in->theta.activation == ATTNDYN_THETA_STEP) return ATTNDYN_OK;
    ATTNDYN_ALLOC(in->run->ctx, factorised, width);
    ATTNDYN_ALLOC(in->run->ctx, exact, width);
    ATTNDYN_ALLOC(in->run->ctx, mean, width);
    ATTNDYN_ALLOC(in->run->ctx, error, width);
    struct answer answer = {.theta = in->theta};
    for (size_t c = 0; c < in->clusters; c++) {
        double r = isotropic_preactivation(in, in->w0, c), c1, c2, h, unused, alpha, beta;
        answer.target = in->targets[c];
        attndyn_theta_gauss(&in->theta, r, in->n0, &c1, &c2);
        if (!attndyn_theta_average_gauss(phi_of, &answer, in->theta.sigma, r, in->n0, &h,
                                         &unused) ||
            !attndyn_theta_average_gauss(reactive_of, &answer, in->theta.sigma, r, in->n0, &alpha,
                                         &beta))
            return attndyn_fail(in->run->ctx, ATTNDYN_RUN_FAILED,
                                "the quadrature of g phi' does not reach 1e-12 at r = %g, ||v|| = "
                                "%g: is sigma ||v|| extreme?",
                                r, in->n0);
        double a = in->share[c] * (in->targets[c] - h); /* P_c E[g|c] */
        add_cluster(in, in->w0, c, a, c1, c2, factorised);
        add_cluster(in, in->w0, c, in->share[c], alpha, beta, exact);
    }
    struct isotropic_sampled sampled = {.in = in};
    sampled.activation[0] = isotropic_activation(in, in->theta.activation);
    struct attndyn_isotropic_average average = {
        in->d,           in->clusters, in->centres,   in->share, ATTNDYN_ISOTROPIC_GAUSS,
        in->theta.sigma, in->w0,       in->w0[in->d], 1,         reactive_gradient,
        &sampled};
    uint64_t seed = attndyn_random_derive((uint64_t)in->p->seed, "reactive", 0);
    ATTNDYN_TRY(attndyn_isotropic_sample(in->run->ctx, &average, (uint64_t)in->p->samples, seed,
                                         mean, error));
    double z = 0, z_factorised = 0, off = 0, size = 0, power = 0;
    double resolution =
        isotropic_sample_worth(in, in->share, in->theta.sigma, (double)in->p->samples);
    for (size_t j = 0; j < width; j++) {
        double bar = fmax(error[j], resolution);
        worst(&z, fabs(mean[j] - exact[j]) / bar);
        worst(&z_factorised, fabs(mean[j] - factorised[j]) / bar);
        worst(&power, fabs(factorised[j] - exact[j]) / bar);
        off += pow(factorised[j] - exact[j], 2);
        size += pow(exact[j], 2);
        ATTNDYN_TRY(EMIT(in->run, reactive, .component = (long)j, .factorised = factorised[j],
                         .exact = exact[j], .estimate = mean[j], .error = bar,
                         .z = (mean[j] - exact[j]) / bar,
                         .z_factorised = (mean[j] - factorised[j]) / bar));
    }
    ATTNDYN_TRY(SCALAR(in->run, outcome, reactive_z, z));
    ATTNDYN_TRY(SCALAR(in->run, outcome, factorised_z, z_factorised));
    ATTNDYN_TRY(SCALAR(in->run, outcome, factorised_power, power));
    if (!(size > 0)) return ATTNDYN_OK;
    return SCALAR(in->run, outcome, factorised_error, sqrt(off / size));
}

enum attndyn_status isotropic_averages(const struct isotropic_instance *in) {
    ATTNDYN_TRY(emit_theta(in));
    ATTNDYN_TRY(emit_montecarlo(in, ATTNDYN_ISOTROPIC_GAUSS));
    if (in->d >= 2) ATTNDYN_TRY(emit_montecarlo(in, ATTNDYN_ISOTROPIC_SPHERE));
    return emit_reactive(in);
}
