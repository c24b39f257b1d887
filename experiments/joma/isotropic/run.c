/* joma/isotropic: the computations behind the tables that isotropic.c describes. */
#include "isotropic.h"

#include "sim/base/random.h"
#include "sim/model/joma/isotropic.h"

#include <math.h>
#include <string.h>

double isotropic_norm(const double *v, size_t count) {
    double sum = 0;
    for (size_t j = 0; j < count; j++) sum += v[j] * v[j];
    return sqrt(sum);
}

double isotropic_preactivation(const struct isotropic_instance *in, const double *w, size_t c) {
    double r = w[in->d];
    for (size_t j = 0; j < in->d; j++) r += w[j] * in->centres[c * in->d + j];
    return r;
}

double isotropic_sample_worth(const struct isotropic_instance *in, const double *weights,
                              double scale, double samples) {
    double worth = 0;
    for (size_t c = 0; c < in->clusters; c++)
        worth += fabs(weights[c]) * (1 + isotropic_norm(in->centres + c * in->d, in->d) + scale);
    return fmax(worth / samples, 1e-300);
}

struct attndyn_activation isotropic_activation(const struct isotropic_instance *in,
                                               enum attndyn_theta_activation activation) {
    struct attndyn_activation a = {.slope = in->theta.slope};
    if (!attndyn_activation_named(attndyn_theta_activation_name(activation), &a.kind))
        a.kind = ATTNDYN_ACTIVATION_LINEAR; /* not reached: the names are the same */
    return a;
}

void isotropic_derivative(size_t which, size_t c, size_t count, const double *h, double *f,
                          void *user) {
    (void)c;
    const struct isotropic_sampled *sampled = user;
    attndyn_activation_slopes(sampled->activation[which], count, h, f);
}

static enum attndyn_status instance_create(struct attndyn_context *ctx, const struct params *p,
                                           struct isotropic_instance *in) {
    size_t given, n_v, n_targets;
    const double *centres = param_reals(p, "centres", &given);
    const double *v0 = param_reals(p, "v0", &n_v);
    const double *targets = param_reals(p, "targets", &n_targets);
    *in = (struct isotropic_instance){.params = p};
    in->weights = param_reals(p, "weights", &in->clusters);
    if (!in->clusters)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "weights is empty: name one a_c for each cluster");
    if (given % in->clusters)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "centres has %zu numbers, which %zu weights cannot share: give C x d "
                            "numbers and C weights",
                            given, in->clusters);
    in->d = given ? given / in->clusters : (size_t)param_int(p, "d");
    if (n_v > 1 && n_v != in->d)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "v0 has %zu numbers, expected d = %zu, 1 or none",
                            n_v, in->d);
    if (n_targets && n_targets != in->clusters)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "targets has %zu numbers, expected one for each of the %zu weights, or "
                            "none",
                            n_targets, in->clusters);
    struct attndyn_random random;
    ATTNDYN_ALLOC(ctx, in->centres, in->clusters * in->d);
    ATTNDYN_ALLOC(ctx, in->w0, in->d + 1);
    ATTNDYN_ALLOC(ctx, in->targets, in->clusters);
    ATTNDYN_ALLOC(ctx, in->share, in->clusters);
    ATTNDYN_TRY(attndyn_random_init(ctx, &random,
                                    param_is(p, "rng", "splitmix") ? ATTNDYN_RANDOM_SPLITMIX
                                                                   : ATTNDYN_RANDOM_MT19937,
                                    (uint64_t)param_int(p, "seed")));
    if (given)
        memcpy(in->centres, centres, given * sizeof *centres);
    else
        attndyn_random_normals(&random, param_real(p, "centre_scale"), in->clusters * in->d,
                               in->centres);
    if (n_v)
        for (size_t j = 0; j < in->d; j++) in->w0[j] = v0[n_v == 1 ? 0 : j];
    else
        attndyn_random_normals(&random, param_real(p, "v_scale"), in->d, in->w0);
    attndyn_random_done(&random);
    in->w0[in->d] = param_real(p, "xi0");
    in->n0 = isotropic_norm(in->w0, in->d);
    if (!(in->n0 >= 1e-150))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "v0 = 0 has no direction, and theta is singular there: start with "
                            "||v|| of 1e-3, say");
    for (size_t c = 0; c < in->clusters; c++) {
        in->targets[c] = n_targets ? targets[c] : (double)(1 - c % 2);
        in->share[c] = 1 / (double)in->clusters;
    }
    in->theta.activation = (enum attndyn_theta_activation)param_choice(p, "activation");
    in->theta.slope = param_real(p, "slope");
    in->theta.sigma = param_real(p, "sigma");
    in->method = (enum attndyn_ode_method)param_choice(p, "method");
    return ATTNDYN_OK;
}

static double phi_prime(double y, void *user) {
    return attndyn_theta_phi_prime(user, y);
}

/* Larger of two errors; NaN stays. */
static double worse(double a, double b) {
    return isnan(a) || isnan(b) ? NAN : fmax(a, b);
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
    size = fmax(size, fabs(f(theta, r)));
    return fabs(r) < 3 * tau ? fmax(size, fabs(f(theta, 0))) : size;
}

static enum attndyn_status emit_theta(struct attndyn_context *ctx,
                                      const struct isotropic_instance *in,
                                      struct results *results) {
    size_t n_r, n_n, n_d;
    const double *r = param_reals(in->params, "theta_r", &n_r);
    const double *n = param_reals(in->params, "theta_n", &n_n);
    const double *dims = param_reals(in->params, "sphere_d", &n_d);
    double radius = param_real(in->params, "radius"), direct = 0, weak = 0, sphere = n_d ? 0 : NAN;
    for (int a = 0; a < ATTNDYN_THETA_COUNT; a++)
        for (size_t i = 0; i < n_n; i++)
            for (size_t k = 0; k < n_r; k++) {
                struct attndyn_theta theta = in->theta;
                theta.activation = (enum attndyn_theta_activation)a;
                double tau = n[i] * theta.sigma, c1, c2, w1, w2;
                double q1 = NAN, q2 = NAN, off = NAN, cube = n[i] * n[i] * n[i];
                attndyn_theta_gauss(&theta, r[k], n[i], &c1, &c2);
                double size = reach(attndyn_theta_phi, &theta, r[k], tau);
                bool good = attndyn_theta_weak_gauss(&theta, r[k], n[i], &w1, &w2);
                double weak_off = fmax(deviation(c1, w1, size / tau, 1, r[k] / tau),
                                       deviation(c2, w2, size / (n[i] * n[i]), 1, r[k] / tau));
                if (!good) weak_off = NAN;
                weak = worse(weak, weak_off);
                if (a != ATTNDYN_THETA_STEP) {
                    good = attndyn_theta_average_gauss(phi_prime, &theta, theta.sigma, r[k], n[i],
                                                       &q1, &q2);
                    size = reach(attndyn_theta_phi_prime, &theta, r[k], tau);
                    off = fmax(deviation(c1, q1, size, 1e-3, r[k] / tau),
                               deviation(c2, q2, size * theta.sigma / n[i], 1, r[k] / tau));
                    if (!good) off = NAN;
                    direct = worse(direct, off);
                }
                ATTNDYN_TRY(EMIT(ctx, results, "theta", S("gauss"),
                                 S(attndyn_theta_activation_name(theta.activation)), I(0), R(r[k]),
                                 R(n[i]), R(n[i] * c1), R(cube * c2), R(n[i] * q1), R(cube * q2),
                                 R(n[i] * w1), R(cube * w2), R(off), R(weak_off)));
            }
    for (size_t a = 0; a < n_d; a++)
        for (size_t i = 0; i < n_n; i++)
            for (size_t k = 0; k < n_r; k++) {
                struct attndyn_theta relu = {.activation = ATTNDYN_THETA_RELU};
                size_t dimension = (size_t)dims[a];
                double c1, c2, q1, q2, cube = n[i] * n[i] * n[i];
                attndyn_theta_sphere_relu(radius, dimension, r[k], n[i], &c1, &c2);
                bool good = attndyn_theta_average_sphere(phi_prime, &relu, radius, dimension, r[k],
                                                         n[i], &q1, &q2);
                double off = fmax(fabs(c1 - q1), fabs(c2 - q2) * n[i] / radius);
                if (!good) off = NAN;
                sphere = worse(sphere, off);
                ATTNDYN_TRY(EMIT(ctx, results, "theta", S("sphere"), S("relu"), I((long)dimension),
                                 R(r[k]), R(n[i]), R(n[i] * c1), R(cube * c2), R(n[i] * q1),
                                 R(cube * q2), R(NAN), R(NAN), R(off), R(NAN)));
            }
    for (int a = 0; a < ATTNDYN_THETA_COUNT; a++)
        for (int k = -60; k <= 60; k++) {
            struct attndyn_theta theta = in->theta;
            theta.activation = (enum attndyn_theta_activation)a;
            double spread = fmax(1, in->n0 * theta.sigma), c1, c2, at = 0.05 * k * spread;
            attndyn_theta_gauss(&theta, at, in->n0, &c1, &c2);
            ATTNDYN_TRY(EMIT(ctx, results, "curves",
                             S(attndyn_theta_activation_name(theta.activation)), R(at),
                             R(in->n0 * c1), R(pow(in->n0, 3) * c2)));
        }
    ATTNDYN_TRY(results_scalar(ctx, results, "v0_norm", in->n0));
    ATTNDYN_TRY(results_scalar(ctx, results, "theta_deviation", direct));
    ATTNDYN_TRY(results_scalar(ctx, results, "weak_deviation", weak));
    return n_d ? results_scalar(ctx, results, "sphere_deviation", sphere) : ATTNDYN_OK;
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

static enum attndyn_status emit_montecarlo(struct attndyn_context *ctx,
                                           const struct isotropic_instance *in,
                                           enum attndyn_isotropic_noise noise,
                                           struct results *results) {
    bool sphere = noise == ATTNDYN_ISOTROPIC_SPHERE;
    double radius = param_real(in->params, "radius");
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
    ATTNDYN_ALLOC(ctx, mean, count * width);
    ATTNDYN_ALLOC(ctx, error, count * width);
    ATTNDYN_ALLOC(ctx, theory, width);
    struct attndyn_isotropic_average average = {in->d,       in->clusters,
                                                in->centres, in->weights,
                                                noise,       sphere ? radius : in->theta.sigma,
                                                in->w0,      in->w0[in->d],
                                                count,       isotropic_derivative,
                                                &sampled};
    uint64_t seed = attndyn_random_derive((uint64_t)param_int(in->params, "seed"),
                                          sphere ? "sphere" : "gauss", 0);
    ATTNDYN_TRY(attndyn_isotropic_sample(ctx, &average, (uint64_t)param_int(in->params, "samples"),
                                         seed, mean, error));
    double largest = 0, errors = 0, values = 0, samples = (double)param_int(in->params, "samples");
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
            largest = fmax(largest, fabs(z));
            errors += bar * bar;
            values += theory[j] * theory[j];
            ATTNDYN_TRY(EMIT(ctx, results, "montecarlo", S(sphere ? "sphere" : "gauss"),
                             S(attndyn_theta_activation_name(list[a])), I((long)j), R(theory[j]),
                             R(mean[a * width + j]), R(bar), R(z)));
        }
    }
    if (sphere) return results_scalar(ctx, results, "largest_z_sphere", largest);
    ATTNDYN_TRY(results_scalar(ctx, results, "numbers", (double)(count * width)));
    if (values > 0)
        ATTNDYN_TRY(results_scalar(ctx, results, "relative_error", sqrt(errors / values)));
    return results_scalar(ctx, results, "largest_z", largest);
}

struct reactive {
    struct attndyn_theta theta;
    double target;
};
static double phi_of(double y, void *user) {
    struct reactive *reactive = user;
    return attndyn_theta_phi(&reactive->theta, y);
}
static double reactive_of(double y, void *user) {
    struct reactive *reactive = user;
    return (reactive->target - phi_of(y, user)) * attndyn_theta_phi_prime(&reactive->theta, y);
}

/* g = y_c - h: Theorem 3's factorised form, the averages of g phi' along v, and samples. */
static enum attndyn_status emit_reactive(struct attndyn_context *ctx,
                                         const struct isotropic_instance *in,
                                         struct results *results) {
    size_t width = in->d + 1;
    double *factorised, *exact, *mean, *error;
    if (in->theta.activation == ATTNDYN_THETA_STEP) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, factorised, width);
    ATTNDYN_ALLOC(ctx, exact, width);
    ATTNDYN_ALLOC(ctx, mean, width);
    ATTNDYN_ALLOC(ctx, error, width);
    struct reactive reactive = {.theta = in->theta};
    for (size_t c = 0; c < in->clusters; c++) {
        double r = isotropic_preactivation(in, in->w0, c), c1, c2, h, unused, alpha, beta;
        reactive.target = in->targets[c];
        attndyn_theta_gauss(&in->theta, r, in->n0, &c1, &c2);
        if (!attndyn_theta_average_gauss(phi_of, &reactive, in->theta.sigma, r, in->n0, &h,
                                         &unused) ||
            !attndyn_theta_average_gauss(reactive_of, &reactive, in->theta.sigma, r, in->n0, &alpha,
                                         &beta))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
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
    uint64_t seed = attndyn_random_derive((uint64_t)param_int(in->params, "seed"), "reactive", 0);
    ATTNDYN_TRY(attndyn_isotropic_sample(ctx, &average, (uint64_t)param_int(in->params, "samples"),
                                         seed, mean, error));
    double z = 0, z_factorised = 0, off = 0, size = 0, power = 0;
    double resolution = isotropic_sample_worth(in, in->share, in->theta.sigma,
                                               (double)param_int(in->params, "samples"));
    for (size_t j = 0; j < width; j++) {
        double bar = fmax(error[j], resolution);
        z = fmax(z, fabs(mean[j] - exact[j]) / bar);
        z_factorised = fmax(z_factorised, fabs(mean[j] - factorised[j]) / bar);
        power = fmax(power, fabs(factorised[j] - exact[j]) / bar);
        off += pow(factorised[j] - exact[j], 2);
        size += pow(exact[j], 2);
        ATTNDYN_TRY(EMIT(ctx, results, "reactive", I((long)j), R(factorised[j]), R(exact[j]),
                         R(mean[j]), R(bar), R((mean[j] - exact[j]) / bar),
                         R((mean[j] - factorised[j]) / bar)));
    }
    ATTNDYN_TRY(results_scalar(ctx, results, "reactive_z", z));
    ATTNDYN_TRY(results_scalar(ctx, results, "factorised_z", z_factorised));
    ATTNDYN_TRY(results_scalar(ctx, results, "factorised_power", power));
    if (!(size > 0)) return ATTNDYN_OK;
    return results_scalar(ctx, results, "factorised_error", sqrt(off / size));
}

enum attndyn_status isotropic_run(struct attndyn_context *ctx, const struct params *params,
                                  struct results *results) {
    struct isotropic_instance in;
    ATTNDYN_TRY(instance_create(ctx, params, &in));
    ATTNDYN_TRY(isotropic_emit_flow(ctx, &in, results));
    ATTNDYN_TRY(isotropic_emit_closed_flows(ctx, &in, results));
    ATTNDYN_TRY(emit_theta(ctx, &in, results));
    ATTNDYN_TRY(emit_montecarlo(ctx, &in, ATTNDYN_ISOTROPIC_GAUSS, results));
    if (in.d >= 2) ATTNDYN_TRY(emit_montecarlo(ctx, &in, ATTNDYN_ISOTROPIC_SPHERE, results));
    return emit_reactive(ctx, &in, results);
}
