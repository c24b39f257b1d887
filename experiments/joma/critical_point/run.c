/* joma/critical-point: the computations behind the tables of critical_point.c. */
#include "critical_point.h"

#include "sim/base/random.h"
#include "sim/model/joma/activation.h"
#include "sim/model/joma/isotropic.h"
#include "theory/joma/critical.h"
#include "theory/joma/isotropic.h"

#include <math.h>
#include <string.h>

struct instance {
    const struct params *params;
    struct attndyn_critical critical;
    struct attndyn_critical_workspace *work;
    double *w0;            /* (d + 1) */
    double *share;         /* P_c: (C) */
    const double *weights; /* constant a_c of the flow in hand: (C) */
};

static double norm(const double *v, size_t count) {
    double sum = 0;
    for (size_t j = 0; j < count; j++) sum += v[j] * v[j];
    return sqrt(sum);
}
static double largest(const double *x, size_t count) {
    double most = 0;
    for (size_t j = 0; j < count; j++) most = fmax(most, fabs(x[j]));
    return most;
}

static enum attndyn_status instance_create(struct attndyn_context *ctx, const struct params *p,
                                           struct instance *in) {
    size_t given, clusters, n_v, n_p;
    const double *centres = param_reals(p, "centres", &given);
    const double *targets = param_reals(p, "targets", &clusters);
    const double *v0 = param_reals(p, "v0", &n_v), *share = param_reals(p, "probabilities", &n_p);
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
    *in = (struct instance){.params = p};
    ATTNDYN_ALLOC(ctx, in->w0, d + 1);
    ATTNDYN_ALLOC(ctx, in->share, clusters);
    double total = 0;
    for (size_t c = 0; c < clusters; c++) total += n_p ? share[c] : 1;
    if (!(total > 0)) return attndyn_fail(ctx, ATTNDYN_USAGE, "probabilities sum to 0");
    for (size_t c = 0; c < clusters; c++) in->share[c] = (n_p ? share[c] : 1) / total;
    for (size_t j = 0; j < d; j++) in->w0[j] = v0[n_v == 1 ? 0 : j];
    in->w0[d] = param_real(p, "xi0");
    if (!(norm(in->w0, d) >= 1e-150))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "v0 = 0 has no direction, and the field is singular there: start with "
                            "||v|| of 1e-3, say");
    in->critical =
        (struct attndyn_critical){d, clusters, centres, in->share, targets, param_real(p, "sigma")};
    return ATTNDYN_OK;
}

/* Coefficients of the squared-loss flow and of the flow with constant a_c. */
static int reactive(size_t c, double r, double n, double *alpha, double *beta, void *user) {
    const struct instance *in = user;
    if (!(n > 0)) return 1;
    attndyn_critical_coefficients(in->critical.target[c], in->critical.sigma, r, n, alpha, beta);
    *alpha *= in->share[c];
    *beta *= in->share[c];
    return 0;
}
static int constant(size_t c, double r, double n, double *alpha, double *beta, void *user) {
    const struct instance *in = user;
    struct attndyn_theta relu = {.activation = ATTNDYN_THETA_RELU, .sigma = in->critical.sigma};
    if (!(n > 0)) return 1;
    attndyn_theta_gauss(&relu, r, n, alpha, beta);
    *alpha *= in->weights[c];
    *beta *= in->weights[c];
    return 0;
}

struct flow {
    struct instance *in;
    struct attndyn_isotropic model;
    double *values; /* (points, d + 1 + quadratures) or NULL */
    size_t width;
};
static int flow_rhs(double t, const double *y, double *dydt, void *user) {
    struct flow *flow = user;
    return attndyn_isotropic_rhs(t, y, dydt, &flow->model);
}
static int flow_objective(double t, const double *y, double *dqdt, void *user) {
    (void)t;
    struct flow *flow = user;
    dqdt[0] = attndyn_critical_objective(&flow->in->critical, flow->in->weights, y);
    return 0;
}
static enum attndyn_status flow_output(void *user, size_t index, double t, const double *y) {
    (void)t;
    struct flow *flow = user;
    memcpy(flow->values + index * flow->width, y, flow->width * sizeof *y);
    return ATTNDYN_OK;
}

/* From w(0) through `times`; y: the end. values NULL: the end alone. */
static enum attndyn_status integrate(struct attndyn_context *ctx, struct instance *in,
                                     const double *weights, enum attndyn_ode_method method,
                                     const double *times, size_t n_times, double *values, double *y,
                                     struct results *results, const char *label) {
    size_t d = in->critical.dimension;
    struct flow flow = {
        in,
        {d, in->critical.clusters, in->critical.centres, weights ? constant : reactive, in},
        values,
        d + 1 + (weights != NULL)};
    struct attndyn_ode_problem problem = {.n = d + 1,
                                          .rhs = flow_rhs,
                                          .quadratures = weights != NULL,
                                          .quadrature = weights ? flow_objective : NULL,
                                          .user = &flow};
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    options.rtol = param_real(in->params, "rtol");
    options.atol = 1e-2 * options.rtol;
    options.step = param_real(in->params, "step");
    struct attndyn_ode_observer observer = {.output = flow_output, .user = &flow};
    struct attndyn_ode_statistics statistics;
    in->weights = weights;
    memcpy(y, in->w0, (d + 1) * sizeof *y);
    if (weights) y[d + 1] = 0;
    ATTNDYN_TRY(attndyn_ode_solve(ctx, &problem, &options, 0, y, times, n_times,
                                  values ? &observer : NULL, &statistics));
    return results_solver(ctx, results, label, &statistics);
}

static enum attndyn_ode_method method_of(const struct instance *in, const char *name) {
    return (enum attndyn_ode_method)param_choice(in->params, name);
}

static enum attndyn_status emit_flow(struct attndyn_context *ctx, struct instance *in,
                                     struct results *results) {
    size_t d = in->critical.dimension, width = d + 1;
    size_t points = (size_t)param_int(in->params, "points");
    double *times, *values, *y, *other, rise = 0, before = INFINITY;
    ATTNDYN_ALLOC(ctx, times, points);
    ATTNDYN_ALLOC(ctx, values, points * width);
    ATTNDYN_ALLOC(ctx, y, width);
    ATTNDYN_ALLOC(ctx, other, width);
    attndyn_grid_linear(0, param_real(in->params, "t_end"), points, times);
    ATTNDYN_TRY(integrate(ctx, in, NULL, method_of(in, "method"), times, points, values, y, results,
                          "squared loss"));
    ATTNDYN_TRY(integrate(ctx, in, NULL, method_of(in, "second_method"), &times[points - 1], 1,
                          NULL, other, results, "squared loss, second integrator"));
    for (size_t i = 0; i < points; i++) {
        const double *w = values + i * width;
        double loss = attndyn_critical_loss(&in->critical, w);
        rise = fmax(rise, loss - before);
        before = loss;
        ATTNDYN_TRY(EMIT(ctx, results, "flow", R(times[i]), R(norm(w, d)), R(w[d]), R(loss)));
        for (size_t j = 0; j < width; j++)
            ATTNDYN_TRY(EMIT(ctx, results, "trajectory", R(times[i]), I((long)j), R(w[j])));
    }
    for (size_t j = 0; j < width; j++) other[j] -= y[j];
    ATTNDYN_TRY(results_scalar(ctx, results, "integrators", norm(other, width) / norm(y, width)));
    ATTNDYN_TRY(results_scalar(ctx, results, "loss_rise", rise));
    ATTNDYN_TRY(results_emit_state(ctx, results, "v", y, d));
    return results_emit_state(ctx, results, "xi", y + d, 1);
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

static enum attndyn_status emit_field(struct attndyn_context *ctx, struct instance *in,
                                      struct results *results) {
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
    uint64_t samples = (uint64_t)param_int(in->params, "samples");
    attndyn_critical_field(&in->critical, in->w0, field);
    ATTNDYN_TRY(attndyn_isotropic_sample(
        ctx, &average, samples,
        attndyn_random_derive((uint64_t)param_int(in->params, "seed"), "critical", 0), mean,
        error));
    for (size_t j = 0; j < width; j++) {
        double worth = 0; /* one sample's: no smaller error can be claimed */
        for (size_t c = 0; c < in->critical.clusters; c++)
            worth += in->share[c] *
                     (1 + norm(in->critical.centres + c * d, d) + in->critical.sigma) *
                     (1 + fabs(in->critical.target[c])) / (double)samples;
        double bar = fmax(error[j], worth);
        z = fmax(z, fabs(mean[j] - field[j]) / bar);
        ATTNDYN_TRY(EMIT(ctx, results, "field", I((long)j), R(field[j]), R(mean[j]), R(bar),
                         R((mean[j] - field[j]) / bar)));
    }
    return results_scalar(ctx, results, "field_z", z);
}

/* Largest |cosine| of v with a centre. */
static double best_cosine(const struct attndyn_critical *critical, const double *v) {
    double best = 0, n = norm(v, critical->dimension);
    for (size_t c = 0; c < critical->clusters; c++) {
        const double *centre = critical->centres + c * critical->dimension;
        double dot = 0, length = norm(centre, critical->dimension);
        for (size_t j = 0; j < critical->dimension; j++) dot += centre[j] * v[j];
        if (length > 0) best = fmax(best, fabs(dot) / (length * n));
    }
    return best;
}

/* The Jacobian in closed form against central differences of the flow's right-hand side. */
static double jacobian_error(struct instance *in, double *w, double *jacobian, double *up,
                             double *down) {
    size_t d = in->critical.dimension, width = d + 1;
    struct attndyn_isotropic model = {d, in->critical.clusters, in->critical.centres, reactive, in};
    double worst = 0, scale, n = norm(w, d);
    attndyn_critical_jacobian(&in->critical, w, jacobian);
    scale = largest(jacobian, width * width);
    for (size_t i = 0; i < width; i++) {
        double h = 1e-5 * n, kept = w[i];
        w[i] = kept + h;
        if (attndyn_isotropic_rhs(0, w, up, &model)) return NAN;
        w[i] = kept - h;
        if (attndyn_isotropic_rhs(0, w, down, &model)) return NAN;
        w[i] = kept;
        for (size_t j = 0; j < width; j++)
            worst =
                fmax(worst, fabs((up[j] - down[j]) / (2 * h) - jacobian[j * width + i]) / scale);
    }
    return worst;
}

static enum attndyn_status no_eigenvalues(struct attndyn_context *ctx) {
    return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                        "the eigenvalues of the Jacobian at a critical point did not converge");
}

/* The critical point that the flow reaches: by the flow itself, and by Newton from the flow's end.
 */
static enum attndyn_status emit_critical(struct attndyn_context *ctx, struct instance *in,
                                         struct results *results) {
    struct attndyn_critical *critical = &in->critical;
    size_t d = critical->dimension, width = d + 1;
    double *settled, *w, *work, *jacobian, residual, t = param_real(in->params, "t_settle");
    ATTNDYN_ALLOC(ctx, settled, width);
    ATTNDYN_ALLOC(ctx, w, width);
    ATTNDYN_ALLOC(ctx, work, 2 * width);
    ATTNDYN_ALLOC(ctx, jacobian, width * width);
    ATTNDYN_TRY(integrate(ctx, in, NULL, ATTNDYN_ODE_BDF_DENSE, &t, 1, NULL, settled, results,
                          "to stationarity"));
    attndyn_critical_field(critical, settled, work);
    ATTNDYN_TRY(results_scalar(ctx, results, "settled_field", largest(work, width)));
    memcpy(w, settled, width * sizeof *w);
    enum attndyn_critical_outcome outcome =
        attndyn_critical_newton(critical, in->work, w, &residual);
    if (outcome != ATTNDYN_CRITICAL_FOUND)
        return results_note(ctx, results, "no critical point from this start: %s",
                            outcome == ATTNDYN_CRITICAL_DEAD ? "the node died"
                                                             : "Newton's method found none");
    if (norm(w, d) <= 1e-8 * norm(w, width))
        return results_note(ctx, results,
                            "the flow tends to v = 0, xi = %.17g: the node's output is constant "
                            "there and v has no direction",
                            w[d]);
    ATTNDYN_TRY(results_scalar(ctx, results, "residual", residual));
    ATTNDYN_TRY(results_emit_state(ctx, results, "v_star", w, d));
    ATTNDYN_TRY(results_emit_state(ctx, results, "xi_star", w + d, 1));
    for (size_t j = 0; j < width; j++) work[j] = w[j] - settled[j];
    ATTNDYN_TRY(results_scalar(ctx, results, "routes", norm(work, width) / norm(w, width)));
    double outside = attndyn_critical_outside_differences(critical, in->work, w);
    ATTNDYN_TRY(results_scalar(ctx, results, "outside_span", outside));
    ATTNDYN_TRY(results_scalar(ctx, results, "best_cosine", best_cosine(critical, w)));
    double centre_outside = INFINITY;
    for (size_t c = 0; c < critical->clusters; c++) {
        const double *centre = critical->centres + c * d;
        double dot = 0, along = 0, apart = 0, length = norm(centre, d);
        if (length > 0)
            centre_outside = fmin(centre_outside,
                                  attndyn_critical_outside_differences(critical, in->work, centre));
        for (size_t j = 0; j < d; j++) {
            double difference = critical->centres[j] - centre[j];
            dot += centre[j] * w[j];
            along += difference * w[j];
            apart += difference * difference;
        }
        ATTNDYN_TRY(EMIT(ctx, results, "cosines", I((long)c),
                         R(length > 0 ? dot / (length * norm(w, d)) : NAN),
                         R(apart > 0 ? along / (sqrt(apart) * norm(w, d)) : NAN)));
    }
    if (isfinite(centre_outside))
        ATTNDYN_TRY(results_scalar(ctx, results, "centre_outside", centre_outside));
    if (!attndyn_critical_eigenvalues(critical, in->work, w, work)) return no_eigenvalues(ctx);
    double v_max = 0, v_min = INFINITY, fast = 0, slow = INFINITY;
    for (size_t j = 0; j < width; j++) {
        ATTNDYN_TRY(EMIT(ctx, results, "eigenvalues", I((long)j), R(work[j])));
        fast = fmax(fast, fabs(work[j]));
        slow = fmin(slow, fabs(work[j]));
    }
    ATTNDYN_TRY(results_emit_state(ctx, results, "eigenvalues", work, width));
    for (size_t j = 0; j < d; j++) {
        v_max = fmax(v_max, fabs(w[j]));
        v_min = fmin(v_min, fabs(w[j]));
    }
    ATTNDYN_TRY(results_scalar(ctx, results, "rate_spread", fast / slow));
    ATTNDYN_TRY(
        results_scalar(ctx, results, "model_spread", exp(0.5 * (v_max * v_max - v_min * v_min))));
    return results_scalar(ctx, results, "jacobian_error",
                          jacobian_error(in, w, jacobian, work, work + width));
}

/* Critical points from random starts, each once. */
static enum attndyn_status emit_points(struct attndyn_context *ctx, struct instance *in,
                                       struct results *results) {
    struct attndyn_critical *critical = &in->critical;
    size_t d = critical->dimension, width = d + 1, found = 0, dead = 0, stuck = 0;
    size_t starts = (size_t)param_int(in->params, "starts");
    double *known, *w, *values, *axis, residual, worst = 0, rank = (double)d, cosine = 0;
    ATTNDYN_ALLOC(ctx, known, (starts + 1) * width);
    ATTNDYN_ALLOC(ctx, w, width);
    ATTNDYN_ALLOC(ctx, values, width);
    ATTNDYN_ALLOC(ctx, axis, d);
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    (uint64_t)param_int(in->params, "seed")));
    for (size_t i = 0; i < starts; i++) {
        attndyn_random_normals(&random, param_real(in->params, "start_scale"), width, w);
        enum attndyn_critical_outcome outcome =
            attndyn_critical_newton(critical, in->work, w, &residual);
        dead += outcome == ATTNDYN_CRITICAL_DEAD;
        stuck += outcome == ATTNDYN_CRITICAL_STUCK;
        if (outcome != ATTNDYN_CRITICAL_FOUND || norm(w, d) <= 1e-8 * norm(w, width)) continue;
        bool again = false;
        for (size_t k = 0; k < found && !again; k++) {
            double apart = 0;
            for (size_t j = 0; j < width; j++)
                apart = fmax(apart, fabs(known[k * width + j] - w[j]));
            again = apart < 1e-7 * norm(w, width);
        }
        if (again) continue;
        memcpy(known + found * width, w, width * sizeof *w);
        double outside = attndyn_critical_outside_differences(critical, in->work, w);
        if (!attndyn_critical_eigenvalues(critical, in->work, w, values)) {
            attndyn_random_done(&random);
            return no_eigenvalues(ctx);
        }
        long rising = 0;
        for (size_t j = 0; j < width; j++) rising += values[j] > 0;
        worst = fmax(worst, outside);
        cosine = fmax(cosine, best_cosine(critical, w));
        enum attndyn_status status =
            EMIT(ctx, results, "points", I((long)found), R(norm(w, d)), R(w[d]),
                 R(attndyn_critical_loss(critical, w)), R(residual), R(outside),
                 R(best_cosine(critical, w)), I(rising));
        found++;
        if (status != ATTNDYN_OK) {
            attndyn_random_done(&random);
            return status;
        }
    }
    attndyn_random_done(&random);
    for (size_t j = 0; j < d; j++) {
        memset(axis, 0, d * sizeof *axis);
        axis[j] = 1;
        rank -= pow(attndyn_critical_outside_differences(critical, in->work, axis), 2);
    }
    ATTNDYN_TRY(results_scalar(ctx, results, "points_found", (double)found));
    ATTNDYN_TRY(results_scalar(ctx, results, "starts_dead", (double)dead));
    ATTNDYN_TRY(results_scalar(ctx, results, "starts_stuck", (double)stuck));
    ATTNDYN_TRY(results_scalar(ctx, results, "span_dimension", round(rank)));
    if (!found) return ATTNDYN_OK;
    return results_scalar(ctx, results, "points_outside_span", worst);
}

/* Constant a_c, -a_c and -|a_c|: growth from J(0) > 0; where all a_c are negative the node dies. */
static enum attndyn_status emit_constant(struct attndyn_context *ctx, struct instance *in,
                                         struct results *results) {
    size_t d = in->critical.dimension, width = d + 2, clusters = in->critical.clusters, given;
    size_t points = (size_t)param_int(in->params, "points");
    const double *a = param_reals(in->params, "a", &given);
    double *times, *values, *y, *weights, identity = 0;
    if (!given) return ATTNDYN_OK;
    if (given != clusters)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "a has %zu numbers, expected one for each of the "
                            "%zu targets, or none",
                            given, clusters);
    if (!(largest(a, given) > 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "a is zero: give a nonzero a_c, or none at all");
    ATTNDYN_ALLOC(ctx, times, points);
    ATTNDYN_ALLOC(ctx, values, points * width);
    ATTNDYN_ALLOC(ctx, y, width);
    ATTNDYN_ALLOC(ctx, weights, clusters);
    attndyn_grid_linear(0, param_real(in->params, "t_constant"), points, times);
    static const char *const cases[3] = {"a", "-a", "-|a|"};
    static const char *const names[3][4] = {
        {"objective0", "objective_end", "norm_end", "growth_slack"},
        {"objective0_minus", "objective_end_minus", "norm_end_minus", "growth_slack_minus"},
        {"objective0_negative", "objective_end_negative", "norm_end_negative", "growth_negative"}};
    for (int k = 0; k < 3; k++) {
        for (size_t c = 0; c < clusters; c++)
            weights[c] = k == 0 ? a[c] : k == 1 ? -a[c] : -fabs(a[c]);
        ATTNDYN_TRY(integrate(ctx, in, weights, method_of(in, "method"), times, points, values, y,
                              results, cases[k]));
        double start = attndyn_critical_objective(&in->critical, weights, in->w0);
        double square0 = pow(norm(in->w0, d + 1), 2), slack = INFINITY, grown = 0;
        for (size_t i = 0; i < points; i++) {
            const double *w = values + i * width;
            double square = pow(norm(w, d + 1), 2);
            grown = square - square0;
            identity = fmax(identity, fabs(grown - 2 * w[d + 1]) / fmax(square, square0));
            if (start > 0 && times[i] > 0) slack = fmin(slack, grown / (2 * start * times[i]) - 1);
            ATTNDYN_TRY(EMIT(ctx, results, "constant", S(cases[k]), R(times[i]), R(norm(w, d)),
                             R(w[d]), R(attndyn_critical_objective(&in->critical, weights, w)),
                             R(start >= 0 ? square0 + 2 * start * times[i] : NAN)));
        }
        ATTNDYN_TRY(results_scalar(ctx, results, names[k][0], start));
        ATTNDYN_TRY(results_scalar(ctx, results, names[k][1],
                                   attndyn_critical_objective(&in->critical, weights, y)));
        ATTNDYN_TRY(results_scalar(ctx, results, names[k][2], norm(y, d)));
        if (k == 2)
            ATTNDYN_TRY(results_scalar(ctx, results, names[k][3], grown / square0));
        else if (start > 0)
            ATTNDYN_TRY(results_scalar(ctx, results, names[k][3], slack));
    }
    return results_scalar(ctx, results, "euler_identity", identity);
}

enum attndyn_status critical_point_run(struct attndyn_context *ctx, const struct params *params,
                                       struct results *results) {
    struct instance in;
    ATTNDYN_TRY(instance_create(ctx, params, &in));
    ATTNDYN_TRY(emit_flow(ctx, &in, results));
    ATTNDYN_TRY(emit_field(ctx, &in, results));
    in.work = attndyn_critical_workspace_create(&in.critical);
    if (!in.work) return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory: Newton's method");
    enum attndyn_status status = emit_critical(ctx, &in, results);
    if (status == ATTNDYN_OK) status = emit_points(ctx, &in, results);
    attndyn_critical_workspace_free(in.work);
    ATTNDYN_TRY(status);
    return emit_constant(ctx, &in, results);
}
