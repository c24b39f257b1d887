#include "critical_point.h"

#include "experiments/joma/shared/components.h"
#include "sim/base/random.h"
#include "sim/model/joma/activation.h"
#include "sim/model/joma/isotropic.h"
#include "theory/joma/critical.h"
#include "theory/joma/isotropic.h"

#include <string.h>

static enum attndyn_status instance_create(const struct trial *run, const struct critical_point *p,
                                           struct instance *in) {
    struct attndyn_context *ctx = run->ctx;
    size_t given = p->centres.count, clusters = p->targets.count, n_v = p->v0.count;
    size_t n_p = p->probabilities.count;
    const double *share = p->probabilities.at;
    if (!clusters || !given || given % clusters)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "centres has %zu numbers for %zu targets: give C targets and C x d "
                            "coordinates",
                            given, clusters);
    size_t d = given / clusters;
    if (n_v != d && n_v != 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "v0 has %zu numbers, expected d = %zu or 1", n_v,
                            d);
    if (n_p && n_p != clusters)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "probabilities has %zu numbers, expected one for each of the %zu "
                            "targets, or none",
                            n_p, clusters);
    *in = (struct instance){.run = run, .p = p};
    ATTNDYN_ALLOC(ctx, in->w0, d + 1);
    ATTNDYN_ALLOC(ctx, in->share, clusters);
    double total = 0;
    for (size_t c = 0; c < clusters; c++) total += n_p ? share[c] : 1;
    if (!(total > 0)) return attndyn_fail(ctx, ATTNDYN_USAGE, "probabilities sum to 0");
    for (size_t c = 0; c < clusters; c++) in->share[c] = (n_p ? share[c] : 1) / total;
    for (size_t j = 0; j < d; j++) in->w0[j] = p->v0.at[n_v == 1 ? 0 : j];
    in->w0[d] = p->xi0;
    if (!(joma_norm(in->w0, d) >= 1e-150))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "v0 = 0 has no direction, and the field is singular there: start with "
                            "||v|| of 1e-3, say");
    in->critical =
        (struct attndyn_critical){d, clusters, p->centres.at, in->share, p->targets.at, p->sigma};
    return ATTNDYN_OK;
}

static enum attndyn_status emit_flow(struct instance *in) {
    struct attndyn_context *ctx = in->run->ctx;
    size_t d = in->critical.dimension, width = d + 1;
    size_t points = (size_t)in->p->points;
    double *times, *values, *y, *other, rise = 0, before = INFINITY;
    ATTNDYN_ALLOC(ctx, times, points);
    ATTNDYN_ALLOC(ctx, values, points * width);
    ATTNDYN_ALLOC(ctx, y, width);
    ATTNDYN_ALLOC(ctx, other, width);
    attndyn_grid_linear(0, in->p->t_end, points, times);
    ATTNDYN_TRY(critical_point_integrate(in, NULL, in->p->method, times, points, values, y,
                                         "squared loss"));
    ATTNDYN_TRY(critical_point_integrate(in, NULL, in->p->second_method, &times[points - 1], 1,
                                         NULL, other, "squared loss, second integrator"));
    for (size_t i = 0; i < points; i++) {
        const double *w = values + i * width;
        double loss = attndyn_critical_loss(&in->critical, w);
        rise = fmax(rise, loss - before);
        before = loss;
        ATTNDYN_TRY(
            EMIT(in->run, flow, .t = times[i], .norm = joma_norm(w, d), .xi = w[d], .loss = loss));
        for (size_t j = 0; j < width; j++)
            ATTNDYN_TRY(
                EMIT(in->run, trajectory, .t = times[i], .component = (long)j, .value = w[j]));
    }
    for (size_t j = 0; j < width; j++) other[j] -= y[j];
    ATTNDYN_TRY(
        SCALAR(in->run, outcome, integrators, joma_norm(other, width) / joma_norm(y, width)));
    ATTNDYN_TRY(SCALAR(in->run, outcome, loss_rise, rise));
    ATTNDYN_TRY(STATE(in->run, v, y, d));
    return STATE(in->run, xi, y + d, 1);
}

/* The field at w(0), sampled: g = y_c - relu(h). */
static void sampled_gradient(size_t which, size_t c, size_t count, const double *h, double *f,
                             void *user) {
    (void)which;
    const struct instance *in = user;
    const struct attndyn_activation relu = {.kind = ATTNDYN_ACTIVATION_RELU};
    for (size_t i = 0; i < count; i++)
        f[i] = (in->critical.target[c] - attndyn_activation_value(relu, h[i])) *
               attndyn_activation_first(relu, h[i]);
}

static enum attndyn_status emit_field(struct instance *in) {
    struct attndyn_context *ctx = in->run->ctx;
    size_t d = in->critical.dimension, width = d + 1;
    double *field, *mean, *error, z = 0;
    ATTNDYN_ALLOC(ctx, field, width);
    ATTNDYN_ALLOC(ctx, mean, width);
    ATTNDYN_ALLOC(ctx, error, width);
    struct attndyn_isotropic_average average = {d,
                                                in->critical.clusters,
                                                in->critical.centres,
                                                in->share,
                                                ATTNDYN_ISOTROPIC_GAUSS,
                                                in->critical.sigma,
                                                in->w0,
                                                in->w0[d],
                                                1,
                                                sampled_gradient,
                                                in};
    uint64_t samples = (uint64_t)in->p->samples;
    attndyn_critical_field(&in->critical, in->w0, field);
    ATTNDYN_TRY(attndyn_isotropic_sample(
        ctx, &average, samples, attndyn_random_derive((uint64_t)in->p->seed, "critical", 0), mean,
        error));
    for (size_t j = 0; j < width; j++) {
        double worth = 0; /* what a single sample can contribute: no error below it is meaningful */
        for (size_t c = 0; c < in->critical.clusters; c++)
            worth += in->share[c] *
                     (1 + joma_norm(in->critical.centres + c * d, d) + in->critical.sigma) *
                     (1 + fabs(in->critical.target[c])) / (double)samples;
        double bar = fmax(error[j], worth);
        worst(&z, fabs(mean[j] - field[j]) / bar);
        ATTNDYN_TRY(EMIT(in->run, field, .component = (long)j, .theory = field[j],
                         .estimate = mean[j], .error = bar, .z = (mean[j] - field[j]) / bar));
    }
    return SCALAR(in->run, outcome, field_z, z);
}

/* Constant a_c, -a_c and -|a_c|: growth from J(0) > 0; where all a_c are negative the node dies. */
static enum attndyn_status emit_constant(struct instance *in) {
    struct attndyn_context *ctx = in->run->ctx;
    size_t d = in->critical.dimension, width = d + 2, clusters = in->critical.clusters;
    size_t points = (size_t)in->p->points;
    struct reals a = in->p->a;
    double *times, *values, *y, *weights, identity = 0;
    if (!a.count) return ATTNDYN_OK;
    if (a.count != clusters)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "a has %zu numbers, expected one for each of the %zu targets, or none",
                            a.count, clusters);
    if (!(joma_largest(a.at, a.count) > 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "a is zero: give a nonzero a_c, or none at all");
    ATTNDYN_ALLOC(ctx, times, points);
    ATTNDYN_ALLOC(ctx, values, points * width);
    ATTNDYN_ALLOC(ctx, y, width);
    ATTNDYN_ALLOC(ctx, weights, clusters);
    attndyn_grid_linear(0, in->p->t_constant, points, times);
    static const char *const cases[3] = {"a", "-a", "-|a|"};
    struct {
        double start, end, norm, slack, growth;
    } of[3];
    for (int k = 0; k < 3; k++) {
        for (size_t c = 0; c < clusters; c++)
            weights[c] = k == 0 ? a.at[c] : k == 1 ? -a.at[c] : -fabs(a.at[c]);
        ATTNDYN_TRY(critical_point_integrate(in, weights, in->p->method, times, points, values, y,
                                             cases[k]));
        double start = attndyn_critical_objective(&in->critical, weights, in->w0);
        double square0 = pow(joma_norm(in->w0, d + 1), 2), slack = INFINITY, grown = 0;
        for (size_t i = 0; i < points; i++) {
            const double *w = values + i * width;
            double square = pow(joma_norm(w, d + 1), 2);
            grown = square - square0;
            worst(&identity, fabs(grown - 2 * w[d + 1]) / fmax(square, square0));
            if (start > 0 && times[i] > 0) slack = fmin(slack, grown / (2 * start * times[i]) - 1);
            ATTNDYN_TRY(EMIT(in->run, constant, .which = cases[k], .t = times[i],
                             .norm = joma_norm(w, d), .xi = w[d],
                             .objective = attndyn_critical_objective(&in->critical, weights, w),
                             .bound = start >= 0 ? square0 + 2 * start * times[i] : NAN));
        }
        of[k].start = start;
        of[k].end = attndyn_critical_objective(&in->critical, weights, y);
        of[k].norm = joma_norm(y, d);
        of[k].slack = start > 0 ? slack : NAN;
        of[k].growth = grown / square0;
    }
#define CASE(k, suffix)                                                                            \
    ATTNDYN_TRY(SCALAR(in->run, outcome, objective0##suffix, of[k].start));                        \
    ATTNDYN_TRY(SCALAR(in->run, outcome, objective_end##suffix, of[k].end));                       \
    ATTNDYN_TRY(SCALAR(in->run, outcome, norm_end##suffix, of[k].norm))
    CASE(0, );
    CASE(1, _minus);
    CASE(2, _negative);
#undef CASE
    ATTNDYN_TRY(SCALAR(in->run, outcome, growth_slack, of[0].slack));
    ATTNDYN_TRY(SCALAR(in->run, outcome, growth_slack_minus, of[1].slack));
    ATTNDYN_TRY(SCALAR(in->run, outcome, growth_negative, of[2].growth));
    return SCALAR(in->run, outcome, euler_identity, identity);
}

RUN(critical_point) {
    struct instance in;
    ATTNDYN_TRY(instance_create(run, p, &in));
    ATTNDYN_TRY(emit_flow(&in));
    ATTNDYN_TRY(emit_field(&in));
    ATTNDYN_TRY(critical_point_newton(&in));
    return emit_constant(&in);
}

static const struct figure figures[] = {
    {"critical_flow", "joma/critical_point/critical_flow.gp",
     "Left: components of v and xi under squared loss (lines) and the critical point v* (dots), "
     "which slow components reach long after the right edge. "
     "Right: the cosines of v* with each centre and with the differences of centres."},
    {"constant_growth", "joma/critical_point/constant_growth.gp",
     "Constant a_c. Left: ||(v, xi)||^2, and its lower bound where J(0) > 0. Right: |J|. From "
     "J(0) > 0 it grows at once; -a_c starts with J < 0, almost dies, revives and grows; with all "
     "a_c negative the node dies."},
    {0}};

KNOWN(setting, critical_point) {
    f->clusters = (double)p->targets.count;
    f->attention_exponential = 0; /* no attention */
}

const struct experiment experiment_joma_critical_point = {
    .id = "joma/critical-point",
    .title = "Critical points of one ReLU node on Gaussian clusters under squared loss",
    .source = "JoMA (arXiv 2310.00535): mu ~ xbar_c and (mu - v) o exp(v^2/2)",
    .doc =
        "One ReLU node h = relu(v.x + xi), x = centre_c + Gaussian noise of standard deviation "
        "sigma in cluster c (probability P_c, target y_c). With g = y_c - h the field of (v, xi) "
        "has a closed form (n = ||v||, r = v.centre_c + xi, k = r/(n sigma), F = Phi(k) and f = "
        "nu(k) the normal distribution function and density):\n"
        "\n    "
        "dv/dt  = sum_c P_c { y_c (F centre_c + (sigma f/n) v) - (E_r centre_c + sigma^2 F v) }\n    "
        "dxi/dt = sum_c P_c { y_c F - E_r },   E_r = r F + n sigma f\n"
        "\n"
        "dxi/dt = 0 makes the coefficients of the centres sum to zero, so that v* lies in the "
        "span of differences of centres and not along a centre. The run integrates the flow, "
        "finds the critical point by the flow and by Newton's method, more of them from random "
        "starts, and the rates there, which are far from those of dv/dt = (mu - v) o exp(v^2/2). "
        "With constant a_c instead of y_c - h there is no finite attractor once J = sum a_c E h > "
        "0; while J < 0 ||(v, xi)|| shrinks, and where all a_c are negative the node dies.",
    .presets =
        (const struct preset[]){
            {"quick", "", "two clusters, targets 1 and 0"},
            {"signed", "targets=1,-1", "targets 1 and -1"},
            {"three",
             "centres=2,0.5,0,0,0,0,1.5,1,0.3,0,0.2,0,1,1.2,-0.5 targets=1,0,0.4 v0=0.1,-0.05,0.05,0.02,0 "
             "a=0.5,-0.5,0.2 t_settle=20000",
             "three clusters in five dimensions"},
            {0}},
    .tables = TABLES(flow, trajectory, field, cosines, eigenvalues, points, constant, the_state),
    .figures = figures,
    .facts = KNOWN_OF(setting),
    PARTS_OF(critical_point, outcome)};
