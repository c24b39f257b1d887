/* joma/bounce-back: the flow of the parameters against its quadrature. */
#include "flow.h"

#include "experiments/joma/shared/bounce_minimum.h"
#include "experiments/joma/shared/folded_run.h"
#include "sim/model/joma/bounce.h"
#include "sim/observe/entropy.h"
#include "theory/joma/bounce.h"

#include <math.h>
#include <stdio.h>

struct bounce_case {
    struct attndyn_context *ctx;
    const struct params *params;
    struct results *results;
    size_t n;
    const double *mu, *v0;
    double beta;
    bool normalised;
    struct attndyn_joma_bounce_law *laws;
    double *v, *w, *p, *exact; /* (n) scratch */
};

/* w from the state; in the variable v it keeps its digits only while 1 - v/mu is not small. */
static void log_distances(const struct bounce_case *b, const struct attndyn_joma_bounce *model,
                          const double *y, double *w) {
    for (size_t j = 0; j < b->n; j++)
        w[j] = model->logarithmic ? y[j] : -log((b->mu[j] - y[j]) / (b->mu[j] - b->v0[j]));
}

/* Is component j far enough from mu for its clock to be read off v? (always, off w) */
static bool readable(const struct bounce_case *b, const struct attndyn_joma_bounce *model,
                     const double *w, size_t j) {
    return b->mu[j] != b->v0[j] && (model->logarithmic || w[j] < log(1e4));
}

/* How far the state is off the exact quadrature: |tau_j - t| (N = 1), or half the spread of the
 * tau_j and the sum rule (normalised), relative to max(t, 1). */
static double clock_error(const struct bounce_case *b, const struct attndyn_joma_bounce *model,
                          double t, const double *w) {
    double least = INFINITY, most = -INFINITY, sum = 0, error = 0;
    bool all = true;
    for (size_t j = 0; j < b->n; j++) {
        sum += w[j];
        all = all && (readable(b, model, w, j));
        if (!readable(b, model, w, j)) continue;
        double tau = attndyn_joma_bounce_time(&b->laws[j], w[j]);
        if (isnan(tau)) return NAN;
        least = fmin(least, tau), most = fmax(most, tau);
        if (!b->normalised) error = fmax(error, fabs(tau - t) / fmax(t, 1));
    }
    if (!b->normalised) return error;
    if (most > least) error = (most - least) / most;
    return all ? fmax(error, fabs(sum - t) / fmax(t, 1)) : error;
}

static bool exact_at(struct bounce_case *b, double t, double *v) {
    if (b->normalised) {
        if (!attndyn_joma_bounce_normalised(b->n, b->laws, t, v, NULL)) return false;
    } else {
        for (size_t j = 0; j < b->n; j++) v[j] = attndyn_joma_bounce_at(&b->laws[j], t);
    }
    for (size_t j = 0; j < b->n; j++) {
        v[j] = attndyn_joma_bounce_v(&b->laws[j], v[j]);
        if (isnan(v[j])) return false;
    }
    return true;
}

struct recorder {
    struct bounce_case *b;
    const struct attndyn_joma_bounce *model;
    size_t outputs;
    double clock_error, v_error;
    struct bounce_minimum minimum;
};

/* ln(1/delta_j), delta = 1 - v/mu; NaN where that is no number (mu = 0, v beyond mu). */
static double log_ratio(const struct bounce_case *b, const double *w, size_t j) {
    return w[j] + attndyn_joma_bounce_log_start(&b->laws[j]);
}

static void extremes(const struct bounce_case *b, size_t *slow, size_t *fast) {
    *slow = *fast = 0;
    for (size_t j = 0; j < b->n; j++) {
        if (fabs(b->mu[j]) < fabs(b->mu[*slow])) *slow = j;
        if (fabs(b->mu[j]) > fabs(b->mu[*fast])) *fast = j;
    }
}

static enum attndyn_status record(void *user, size_t index, double t, const double *y) {
    struct recorder *r = user;
    struct bounce_case *b = r->b;
    attndyn_joma_bounce_velocities(r->model, y, b->v);
    log_distances(b, r->model, y, b->w);
    attndyn_joma_bounce_attention(b->n, b->beta, b->v, b->p);
    double entropy = attndyn_entropy(b->n, b->p);
    bounce_minimum_see(&r->minimum, t, y, entropy);
    /* The normalised closed form is a double root search: at some of the outputs only. */
    size_t every = b->normalised ? 1 + r->outputs / 40 : 1;
    bool exact = index % every == 0 || index + 1 == r->outputs;
    if (exact && !exact_at(b, t, b->exact)) exact = false, r->v_error = NAN;
    for (size_t j = 0; j < b->n; j++) {
        if (exact && !isnan(r->v_error)) r->v_error = fmax(r->v_error, fabs(b->v[j] - b->exact[j]));
        double log_delta = log_ratio(b, b->w, j);
        bool finite = isfinite(log_delta);
        ATTNDYN_TRY(EMIT(b->ctx, b->results, "flow", R(t), I((long)j), R(b->mu[j]), R(b->v[j]),
                         R(exact ? b->exact[j] : NAN), R(isfinite(b->w[j]) ? b->w[j] : NAN),
                         R(finite ? log_delta : NAN), R(b->p[j])));
    }
    double error = t > 0 ? clock_error(b, r->model, t, b->w) : 0;
    if (!(error <= r->clock_error)) r->clock_error = error;
    size_t slow, fast;
    extremes(b, &slow, &fast);
    double ratio = log_ratio(b, b->w, fast) / log_ratio(b, b->w, slow);
    double slopes = exp(b->beta * (b->v[fast] * b->v[fast] - b->v[slow] * b->v[slow]));
    return EMIT(b->ctx, b->results, "course", R(t), R(entropy), R(error),
                R(t > 0 && isfinite(ratio) ? ratio : NAN), R(slopes));
}

static struct attndyn_joma_bounce model_of(const struct bounce_case *b, bool logarithmic) {
    return (struct attndyn_joma_bounce){.components = b->n,
                                        .mu = b->mu,
                                        .v0 = b->v0,
                                        .beta = b->beta,
                                        .normalised = b->normalised,
                                        .logarithmic = logarithmic};
}

static struct attndyn_ode_options options_of(const struct bounce_case *b,
                                             enum attndyn_ode_method method, double rtol) {
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    options.rtol = rtol, options.atol = rtol / 100;
    options.step = param_real(b->params, "step");
    return options;
}

static enum attndyn_status emit_state(struct bounce_case *b, const struct recorder *r,
                                      double minimum, double minimum_at) {
    struct attndyn_context *ctx = b->ctx;
    double entropy = attndyn_entropy(b->n, b->p), t = param_real(b->params, "t_end");
    ATTNDYN_TRY(results_emit_state(ctx, b->results, "v", b->v, b->n));
    ATTNDYN_TRY(results_emit_state(ctx, b->results, "p", b->p, b->n));
    ATTNDYN_TRY(results_emit_state(ctx, b->results, "entropy", &entropy, 1));
    ATTNDYN_TRY(results_emit_state(ctx, b->results, "t", &t, 1));
    bool finite = true;
    for (size_t j = 0; j < b->n; j++) {
        b->exact[j] = log_ratio(b, b->w, j);
        finite = finite && isfinite(b->exact[j]);
    }
    if (finite) ATTNDYN_TRY(results_emit_state(ctx, b->results, "log_ratio", b->exact, b->n));
    if (!isnan(minimum)) {
        ATTNDYN_TRY(results_emit_state(ctx, b->results, "entropy_min", &minimum, 1));
        ATTNDYN_TRY(results_emit_state(ctx, b->results, "t_min", &minimum_at, 1));
        ATTNDYN_TRY(results_scalar(ctx, b->results, "entropy_min", minimum));
        ATTNDYN_TRY(results_scalar(ctx, b->results, "t_min", minimum_at));
    }
    ATTNDYN_TRY(results_scalar(ctx, b->results, "entropy", entropy));
    ATTNDYN_TRY(results_scalar(ctx, b->results, "clock_error", r->clock_error));
    return results_scalar(ctx, b->results, "v_error", r->v_error);
}

static enum attndyn_status run_main(struct bounce_case *b) {
    struct attndyn_context *ctx = b->ctx;
    struct attndyn_joma_bounce model = model_of(b, param_is(b->params, "variable", "log"));
    ATTNDYN_TRY(attndyn_joma_bounce_prepare(ctx, &model));
    enum attndyn_ode_method method;
    attndyn_ode_method_named(param_text(b->params, "method"), &method);
    struct attndyn_ode_options options = options_of(b, method, param_real(b->params, "rtol"));
    struct attndyn_ode_problem problem = attndyn_joma_bounce_problem(&model);
    problem.events = 0, problem.event = NULL;
    size_t outputs = (size_t)param_int(b->params, "outputs");
    double *y, *times;
    ATTNDYN_ALLOC(ctx, y, b->n);
    ATTNDYN_ALLOC(ctx, times, outputs);
    attndyn_joma_bounce_start(&model, y);
    attndyn_grid_linear(0, param_real(b->params, "t_end"), outputs, times);
    struct recorder recorder = {.b = b, .model = &model, .outputs = outputs};
    ATTNDYN_TRY(bounce_minimum_begin(ctx, &recorder.minimum, &model));
    struct attndyn_ode_observer observer = {.output = record, .user = &recorder};
    struct attndyn_ode_statistics statistics;
    ATTNDYN_TRY(
        attndyn_ode_solve(ctx, &problem, &options, 0, y, times, outputs, &observer, &statistics));
    ATTNDYN_TRY(results_solver(ctx, b->results, param_text(b->params, "variable"), &statistics));
    double minimum, minimum_at;
    ATTNDYN_TRY(bounce_minimum_find(ctx, &recorder.minimum, &options, &minimum, &minimum_at));
    attndyn_joma_bounce_velocities(&model, y, b->v);
    log_distances(b, &model, y, b->w);
    attndyn_joma_bounce_attention(b->n, b->beta, b->v, b->p);
    double end = param_real(b->params, "t_end");
    for (size_t j = 0; j < b->n; j++) {
        /* ln(1/delta) = exp(beta mu^2) tau + start - C + o(1), tau = t without normaliser */
        double slope = exp(b->beta * b->mu[j] * b->mu[j]);
        double offset = attndyn_joma_bounce_offset(&b->laws[j]);
        double residual = b->normalised ? NAN : b->w[j] - (slope * end - offset);
        double start = attndyn_joma_bounce_log_start(&b->laws[j]);
        double t99 =
            isfinite(start) ? attndyn_joma_bounce_time(&b->laws[j], log(100) - start) : NAN;
        ATTNDYN_TRY(EMIT(ctx, b->results, "offsets", I((long)j), R(b->mu[j]), R(b->v0[j]), R(slope),
                         R(offset), R(isfinite(t99) ? t99 : NAN),
                         R(isfinite(residual) ? residual : NAN),
                         R(isfinite(b->w[j]) ? b->w[j] : NAN)));
    }
    return emit_state(b, &recorder, minimum, minimum_at);
}

struct worst {
    struct bounce_case *b;
    const struct attndyn_joma_bounce *model;
    double clock_error, v_error;
};

static enum attndyn_status measure(void *user, size_t index, double t, const double *y) {
    (void)index;
    struct worst *m = user;
    struct bounce_case *b = m->b;
    attndyn_joma_bounce_velocities(m->model, y, b->v);
    log_distances(b, m->model, y, b->w);
    double error = clock_error(b, m->model, t, b->w);
    if (!(error <= m->clock_error)) m->clock_error = error;
    if (!exact_at(b, t, b->exact)) m->v_error = NAN;
    for (size_t j = 0; j < b->n; j++) m->v_error = fmax(m->v_error, fabs(b->v[j] - b->exact[j]));
    return ATTNDYN_OK;
}

static enum attndyn_status compare(struct bounce_case *b, bool logarithmic,
                                   enum attndyn_ode_method method, double rtol) {
    struct attndyn_context *ctx = b->ctx;
    struct attndyn_joma_bounce model = model_of(b, logarithmic);
    ATTNDYN_TRY(attndyn_joma_bounce_prepare(ctx, &model));
    struct attndyn_ode_options options = options_of(b, method, rtol);
    options.max_steps = 200000; /* explicit methods in v are slow where it is stiff */
    struct attndyn_ode_problem problem = attndyn_joma_bounce_problem(&model);
    problem.events = 0, problem.event = NULL;
    double *y, times[8];
    ATTNDYN_ALLOC(ctx, y, b->n);
    attndyn_joma_bounce_start(&model, y);
    attndyn_grid_linear(param_real(b->params, "t_end") / 8, param_real(b->params, "t_end"), 8,
                        times);
    struct worst worst = {.b = b, .model = &model};
    struct attndyn_ode_observer observer = {.output = measure, .user = &worst};
    struct attndyn_ode_statistics statistics;
    enum attndyn_status status =
        attndyn_ode_solve(ctx, &problem, &options, 0, y, times, 8, &observer, &statistics);
    if (status != ATTNDYN_OK && status != ATTNDYN_RUN_FAILED) return status;
    char why[200] = "reached t_end";
    if (status == ATTNDYN_RUN_FAILED) {
        snprintf(why, sizeof why, "%s", attndyn_message(ctx));
        attndyn_message_clear(ctx);
        worst.clock_error = worst.v_error = NAN;
    }
    bool fixed = method == ATTNDYN_ODE_RK4;
    return EMIT(ctx, b->results, "integrators", S(logarithmic ? "log" : "v"),
                S(attndyn_ode_method_name(method)), R(fixed ? NAN : rtol), S(why),
                R(worst.clock_error), R(worst.v_error), I(statistics.steps), I(statistics.rhs));
}

enum attndyn_status bounce_run_flow(struct attndyn_context *ctx, const struct params *params,
                                    struct results *results) {
    struct bounce_case b = {.ctx = ctx,
                            .params = params,
                            .results = results,
                            .beta = param_real(params, "beta"),
                            .normalised = param_bool(params, "normalised")};
    b.mu = param_reals(params, "mu", &b.n);
    if (b.n == 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "mu is empty: give one number for each component");
    size_t count;
    const double *list = param_reals(params, "v0", &count);
    ATTNDYN_TRY(joma_per_component(ctx, "v0", list, count, b.n, NAN, &b.v0));
    for (size_t j = 0; j < b.n; j++) {
        double top = fmax(fabs(b.mu[j]), fabs(b.v0[j]));
        if (!(b.beta * top * top <= 600))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "beta max(mu, v0)^2 = %g for component %zu: the quadrature "
                                "overflows; take smaller values (at most 600)",
                                b.beta * top * top, j);
    }
    ATTNDYN_ALLOC(ctx, b.laws, b.n);
    ATTNDYN_ALLOC(ctx, b.v, b.n);
    ATTNDYN_ALLOC(ctx, b.w, b.n);
    ATTNDYN_ALLOC(ctx, b.p, b.n);
    ATTNDYN_ALLOC(ctx, b.exact, b.n);
    for (size_t j = 0; j < b.n; j++)
        b.laws[j] = (struct attndyn_joma_bounce_law){.mu = b.mu[j], .v0 = b.v0[j], .beta = b.beta};
    ATTNDYN_TRY(run_main(&b));
    size_t n_rtols;
    const double *rtols = param_reals(params, "rtols", &n_rtols);
    for (size_t i = 0; i < n_rtols; i++) {
        ATTNDYN_TRY(compare(&b, true, ATTNDYN_ODE_ADAMS, rtols[i]));
        ATTNDYN_TRY(compare(&b, false, ATTNDYN_ODE_ADAMS, rtols[i]));
        ATTNDYN_TRY(compare(&b, true, ATTNDYN_ODE_BDF_DENSE, rtols[i]));
        ATTNDYN_TRY(compare(&b, false, ATTNDYN_ODE_BDF_DENSE, rtols[i]));
    }
    return compare(&b, true, ATTNDYN_ODE_RK4, 0);
}
