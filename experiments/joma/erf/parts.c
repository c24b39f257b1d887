/* joma/erf: integrates the four attentions, the comparison of integrators and the random starts. */
#include "parts.h"

#include "experiments/joma/shared/folded_run.h"
#include "sim/base/random.h"
#include "sim/model/joma/linear.h"
#include "sim/observe/entropy.h"
#include "theory/joma/erf.h"

#include <math.h>
#include <string.h>

struct erf_case {
    struct attndyn_context *ctx;
    const struct params *params;
    struct results *results;
    size_t n;
    const double *delta, *v0, *c, *x, *bbar;
    struct attndyn_joma_erf *laws;
    double eta_w, rho, t_star;
    size_t winner;
    bool printed_applies; /* equal c, rho = 1: what Theorem 2 speaks of */
    double *p, *exact;    /* (n) scratch */
};

static enum attndyn_status prepare(struct erf_case *e) {
    struct attndyn_context *ctx = e->ctx;
    size_t count;
    e->delta = param_reals(e->params, "delta", &e->n);
    if (e->n == 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "delta is empty: give one number for each token");
    const double *list = param_reals(e->params, "v0", &count);
    ATTNDYN_TRY(joma_per_component(ctx, "v0", list, count, e->n, NAN, &e->v0));
    list = param_reals(e->params, "c", &count);
    ATTNDYN_TRY(joma_per_component(ctx, "c", list, count, e->n, NAN, &e->c));
    list = param_reals(e->params, "x", &count);
    ATTNDYN_TRY(joma_per_component(ctx, "x", list, count, e->n, 1 / (double)e->n, &e->x));
    double *bbar, sum = 0;
    ATTNDYN_ALLOC(ctx, bbar, e->n);
    for (size_t l = 0; l < e->n; l++) sum += e->x[l];
    for (size_t l = 0; l < e->n; l++) bbar[l] = e->x[l] / sum;
    e->bbar = bbar;
    e->eta_w = param_real(e->params, "eta_w");
    e->rho = param_real(e->params, "eta_z") / e->eta_w;
    ATTNDYN_ALLOC(ctx, e->laws, e->n);
    ATTNDYN_ALLOC(ctx, e->p, e->n);
    ATTNDYN_ALLOC(ctx, e->exact, e->n);
    e->printed_applies = e->rho == 1;
    for (size_t l = 0; l < e->n; l++) {
        e->laws[l] = (struct attndyn_joma_erf){
            .delta = e->delta[l], .v0 = e->v0[l], .c = e->c[l], .eta_w = e->eta_w, .rho = e->rho};
        e->printed_applies = e->printed_applies && e->c[l] == e->c[0];
    }
    e->winner = attndyn_joma_erf_winner(e->n, e->laws, &e->t_star);
    return ATTNDYN_OK;
}

static struct attndyn_joma_folded model_of(const struct erf_case *e) {
    return (struct attndyn_joma_folded){.tokens = e->n,
                                        .nodes = 1,
                                        .delta = e->delta,
                                        .c = e->c,
                                        .eta_w = e->eta_w,
                                        .rho = e->rho,
                                        .stop_at = param_real(e->params, "v_stop"),
                                        .t_end = param_real(e->params, "t_end")};
}

static struct attndyn_ode_options options_of(const struct erf_case *e,
                                             enum attndyn_ode_method method, double rtol) {
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    options.rtol = rtol, options.atol = rtol / 100;
    options.step = param_real(e->params, "step");
    return options;
}

static double largest(size_t n, const double *v) {
    double most = 0;
    for (size_t l = 0; l < n; l++) most = fmax(most, fabs(v[l]));
    return most;
}

/* --- one trajectory ----------------------------------------------------------------------- */

struct recorder {
    struct erf_case *e;
    const struct attndyn_joma_folded *model;
    const char *attention;
    double exact_error; /* out: at the last output, relative to max(1, |v|) */
    double spread;      /* out: there */
    double gap;
};

/* The closed form beside v at time t. Near t* the time is known to rounding only, so there the
 * winner's own position tells the gap, and the others are compared at that gap. */
static bool exact_beside(struct erf_case *e, const struct recorder *r, double t, const double *v) {
    if (strcmp(r->attention, "normalised") == 0)
        return attndyn_joma_erf_normalised(e->n, e->laws, e->x, t, e->exact, NULL);
    if (strcmp(r->attention, "exp") != 0) return false;
    double gap = attndyn_joma_erf_gap(&e->laws[e->winner], v[e->winner]);
    if (gap < 1e-3 * e->t_star)
        attndyn_joma_erf_all_before(e->n, e->laws, gap, e->exact);
    else
        for (size_t l = 0; l < e->n; l++) e->exact[l] = attndyn_joma_erf_at(&e->laws[l], t);
    return true;
}

static enum attndyn_status record(void *user, double t, double s, const double *v) {
    struct recorder *r = user;
    struct erf_case *e = r->e;
    bool exponential = strcmp(r->attention, "exp") == 0;
    attndyn_joma_folded_attention(r->model, v, e->p);
    bool known = exact_beside(e, r, t, v);
    r->gap = exponential ? attndyn_joma_erf_gap(&e->laws[e->winner], v[e->winner]) : NAN;
    r->exact_error = known ? 0 : NAN;
    for (size_t l = 0; l < e->n; l++) {
        ATTNDYN_TRY(EMIT(e->ctx, e->results, "flow", S(r->attention),
                         R(r->model->rescaled ? s : NAN), R(t), R(r->gap), I((long)l),
                         R(e->delta[l]), R(v[l]), R(known ? e->exact[l] : NAN), R(e->p[l])));
        if (known)
            r->exact_error =
                fmax(r->exact_error, fabs(v[l] - e->exact[l]) / fmax(1, fabs(e->exact[l])));
    }
    /* The winner's clock may not be read off v where erfc has no digits left against 1. */
    r->spread = t > 0 ? attndyn_joma_erf_time_spread(e->n, e->laws, v) : NAN;
    double printed =
        t > 0 && e->printed_applies ? attndyn_joma_erf_spread(e->n, v, e->v0, e->delta, 2) : NAN;
    /* In time, the winner's lag near t* is what the closed form beside it cannot show. */
    if (exponential && t > 0)
        r->exact_error = fmax(r->exact_error, fabs(t + r->gap - e->t_star) / e->t_star);
    return EMIT(e->ctx, e->results, "course", S(r->attention), R(t), R(r->gap), R(largest(e->n, v)),
                R(attndyn_entropy(e->n, e->p)), R(r->spread), R(printed));
}

static enum attndyn_status emit_state(struct erf_case *e, const double *v, double t, double gap) {
    struct attndyn_context *ctx = e->ctx;
    double entropy = attndyn_entropy(e->n, e->p);
    ATTNDYN_TRY(results_emit_state(ctx, e->results, "v", v, e->n));
    ATTNDYN_TRY(results_emit_state(ctx, e->results, "p", e->p, e->n));
    ATTNDYN_TRY(results_emit_state(ctx, e->results, "entropy", &entropy, 1));
    ATTNDYN_TRY(results_emit_state(ctx, e->results, "t", &t, 1));
    return isnan(gap) ? ATTNDYN_OK : results_emit_state(ctx, e->results, "gap", &gap, 1);
}

static enum attndyn_status run_exponential(struct erf_case *e, double *v_stop) {
    struct attndyn_context *ctx = e->ctx;
    struct attndyn_joma_folded model = model_of(e);
    model.rescaled = param_is(e->params, "clock", "rescaled");
    if (!model.rescaled && model.t_end >= e->t_star) /* the event at v_stop ends it before */
        model.t_end = 2 * e->t_star;
    ATTNDYN_TRY(attndyn_joma_folded_prepare(ctx, &model));
    enum attndyn_ode_method method;
    attndyn_ode_method_named(param_text(e->params, "method"), &method);
    struct attndyn_ode_options options = options_of(e, method, param_real(e->params, "rtol"));
    struct recorder recorder = {.e = e, .model = &model, .attention = "exp"};
    struct folded_outcome outcome;
    double *y;
    ATTNDYN_ALLOC(ctx, y, e->n + 1);
    memcpy(y, e->v0, e->n * sizeof *y);
    ATTNDYN_TRY(folded_run(ctx, &model, &options, param_real(e->params, "output_step"), 201, record,
                           &recorder, y, &outcome));
    ATTNDYN_TRY(results_solver(ctx, e->results, "exp", &outcome.statistics));
    if (outcome.end == FOLDED_GAVE_UP)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "exponential attention, %s clock: %s; clock=rescaled meets no blow-up",
                            param_text(e->params, "clock"), outcome.why);
    double t_end = param_real(e->params, "t_end");
    if (outcome.end == FOLDED_AT_RADIUS)
        ATTNDYN_TRY(results_note(
            ctx, e->results,
            t_end >= e->t_star ? "exponential attention: t_end = %g lies beyond the blow-up at t* "
                                 "= %.10g: stopped at |v| = %g, %.3g "
                                 "before t* (%s clock)"
                               : "exponential attention: t_end = %g (t* = %.10g) not reached: |v| "
                                 "= %g came first, %.3g before t* (%s "
                                 "clock)",
            t_end, e->t_star, model.stop_at, recorder.gap, param_text(e->params, "clock")));
    else
        ATTNDYN_TRY(results_note(
            ctx, e->results, "exponential attention reached t_end = %g, %.3g before t* (%s clock)",
            t_end, recorder.gap, param_text(e->params, "clock")));
    if (param_is(e->params, "attention", "exp")) {
        ATTNDYN_TRY(emit_state(e, y, outcome.t, recorder.gap));
        for (size_t l = 0; l < e->n; l++)
            e->exact[l] = 0.5 * e->rho * y[l] * y[l] + e->c[l]; /* Theorem 1 */
        ATTNDYN_TRY(results_emit_state(ctx, e->results, "z", e->exact, e->n));
    }
    ATTNDYN_TRY(results_scalar(ctx, e->results, "t_star", e->t_star));
    ATTNDYN_TRY(results_scalar(ctx, e->results, "t_star_measured", outcome.t + recorder.gap));
    ATTNDYN_TRY(results_scalar(ctx, e->results, "gap", recorder.gap));
    ATTNDYN_TRY(results_scalar(ctx, e->results, "v_max", largest(e->n, y)));
    ATTNDYN_TRY(results_scalar(ctx, e->results, "entropy", attndyn_entropy(e->n, e->p)));
    ATTNDYN_TRY(results_scalar(ctx, e->results, "v_error", recorder.exact_error));
    memcpy(v_stop, y, e->n * sizeof *y);
    return ATTNDYN_OK;
}

/* Normalised attention, with the softmax correction or without. */
static enum attndyn_status run_normalised(struct erf_case *e, const char *name, bool corrected) {
    struct attndyn_context *ctx = e->ctx;
    struct attndyn_joma_folded model = model_of(e);
    bool wanted = param_is(e->params, "attention", name);
    model.weight = e->x;
    if (corrected) model.baseline = e->bbar;
    model.stop_at = INFINITY;
    model.t_end = param_real(e->params, wanted ? "t_end" : "t_long");
    ATTNDYN_TRY(attndyn_joma_folded_prepare(ctx, &model));
    struct attndyn_ode_options options =
        options_of(e, ATTNDYN_ODE_ADAMS, param_real(e->params, "rtol"));
    struct attndyn_ode_problem problem = attndyn_joma_folded_problem(&model);
    problem.events = 0, problem.event = NULL;
    struct recorder recorder = {.e = e, .model = &model, .attention = name};
    double *y, *times, *speed;
    size_t count = 101;
    ATTNDYN_ALLOC(ctx, y, e->n);
    ATTNDYN_ALLOC(ctx, speed, e->n);
    ATTNDYN_ALLOC(ctx, times, count);
    memcpy(y, e->v0, e->n * sizeof *y);
    attndyn_grid_linear(0, model.t_end, count, times);
    struct attndyn_ode_statistics statistics;
    double t = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            ATTNDYN_TRY(
                attndyn_ode_solve(ctx, &problem, &options, t, y, &times[i], 1, NULL, &statistics));
        t = times[i];
        ATTNDYN_TRY(record(&recorder, t, 0, y));
    }
    ATTNDYN_TRY(results_solver(ctx, e->results, name, &statistics));
    if (wanted) ATTNDYN_TRY(emit_state(e, y, t, NAN));
    if (corrected) return results_scalar(ctx, e->results, "corrected_spread", recorder.spread);
    ATTNDYN_TRY(results_scalar(ctx, e->results, "normalised_error", recorder.exact_error));
    if (!attndyn_joma_folded_velocity(&model, y, speed)) speed[e->winner] = NAN;
    ATTNDYN_TRY(results_scalar(ctx, e->results, "normalised_slope", fabs(speed[e->winner])));
    /* All that share the first blow-up share the clock: t = sum_l x_l |v_l| / (eta_w |delta_l|). */
    double per_v = 0;
    for (size_t l = 0; l < e->n; l++)
        if (attndyn_joma_erf_blowup(&e->laws[l]) <= e->t_star * (1 + 1e-12))
            per_v += e->x[l] / (e->eta_w * fabs(e->delta[l]));
    return results_scalar(ctx, e->results, "normalised_slope_limit", 1 / per_v);
}

static enum attndyn_status run_linear(struct erf_case *e) {
    struct attndyn_context *ctx = e->ctx;
    double z0 = param_real(e->params, "z0"), t_end = param_real(e->params, "t_end"), t = 0;
    struct attndyn_joma_linear model = {
        .tokens = e->n, .delta = e->delta, .eta_w = e->eta_w, .eta_z = e->eta_w * e->rho};
    struct attndyn_ode_problem problem = attndyn_joma_linear_problem(&model);
    struct attndyn_ode_options options =
        options_of(e, ATTNDYN_ODE_ADAMS, param_real(e->params, "rtol"));
    double *y, *times, error = 0;
    size_t count = 101;
    ATTNDYN_ALLOC(ctx, y, 2 * e->n);
    ATTNDYN_ALLOC(ctx, times, count);
    memcpy(y, e->v0, e->n * sizeof *y);
    for (size_t l = 0; l < e->n; l++) y[e->n + l] = z0;
    attndyn_grid_linear(0, t_end, count, times);
    struct attndyn_ode_statistics statistics;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            ATTNDYN_TRY(
                attndyn_ode_solve(ctx, &problem, &options, t, y, &times[i], 1, NULL, &statistics));
        t = times[i];
        double sum = 0;
        for (size_t l = 0; l < e->n; l++) sum += fabs(y[e->n + l]);
        for (size_t l = 0; l < e->n; l++) {
            double v, z;
            e->p[l] = fabs(y[e->n + l]) / sum;
            attndyn_joma_linear_at(&e->laws[l], z0, t, &v, &z);
            error = fmax(error, fabs(y[l] - v) / fmax(1, fabs(v)));
            error = fmax(error, fabs(y[e->n + l] - z) / fmax(1, fabs(z)));
            ATTNDYN_TRY(EMIT(ctx, e->results, "flow", S("linear"), R(NAN), R(t), R(NAN), I((long)l),
                             R(e->delta[l]), R(y[l]), R(v), R(e->p[l])));
        }
        ATTNDYN_TRY(EMIT(ctx, e->results, "course", S("linear"), R(t), R(NAN), R(largest(e->n, y)),
                         R(attndyn_entropy(e->n, e->p)), R(NAN), R(NAN)));
    }
    ATTNDYN_TRY(results_solver(ctx, e->results, "linear", &statistics));
    if (param_is(e->params, "attention", "linear")) {
        ATTNDYN_TRY(emit_state(e, y, t, NAN));
        ATTNDYN_TRY(results_emit_state(ctx, e->results, "z", y + e->n, e->n));
    }
    return results_scalar(ctx, e->results, "linear_error", error);
}

/* --- integrators and random starts --------------------------------------------------------- */

/* To v_stop, whatever t_end is; y: (n + 1) out. */
static enum attndyn_status to_blowup(struct erf_case *e, bool rescaled,
                                     const struct attndyn_ode_options *options, double *y,
                                     struct folded_outcome *outcome) {
    struct attndyn_joma_folded model = model_of(e);
    model.rescaled = rescaled;
    model.t_end = rescaled ? INFINITY : 2 * e->t_star;
    ATTNDYN_TRY(attndyn_joma_folded_prepare(e->ctx, &model));
    memcpy(y, e->v0, e->n * sizeof *y);
    y[e->n] = 0;
    return folded_run(e->ctx, &model, options, 1, 2, NULL, NULL, y, outcome);
}

static enum attndyn_status compare(struct erf_case *e, bool rescaled,
                                   const struct attndyn_ode_options *options, double *y) {
    struct folded_outcome outcome;
    ATTNDYN_TRY(to_blowup(e, rescaled, options, y, &outcome));
    bool fixed = options->method == ATTNDYN_ODE_RK4 || options->method == ATTNDYN_ODE_EULER;
    double gap = NAN, time_error = NAN, v_error = NAN, spread = NAN;
    if (outcome.end == FOLDED_AT_RADIUS) {
        gap = attndyn_joma_erf_gap(&e->laws[e->winner], y[e->winner]);
        time_error = fabs(outcome.t + gap - e->t_star) / e->t_star;
        attndyn_joma_erf_all_before(e->n, e->laws, gap, e->exact);
        v_error = 0;
        for (size_t l = 0; l < e->n; l++)
            if (l != e->winner) v_error = fmax(v_error, fabs(y[l] - e->exact[l]));
        spread = attndyn_joma_erf_time_spread(e->n, e->laws, y);
    }
    const char *how =
        outcome.end == FOLDED_AT_T_END ? "stepped over the blow-up" : folded_end_name(&outcome);
    return EMIT(e->ctx, e->results, "integrators", S(rescaled ? "rescaled" : "original"),
                S(attndyn_ode_method_name(options->method)), R(fixed ? NAN : options->rtol), S(how),
                R(time_error), R(v_error), R(spread), R(gap), I(outcome.statistics.steps),
                I(outcome.statistics.rhs));
}

static enum attndyn_status compare_all(struct erf_case *e, double *v_stop) {
    static const enum attndyn_ode_method methods[] = {ATTNDYN_ODE_ADAMS, ATTNDYN_ODE_BDF_DENSE};
    size_t n_rtols;
    const double *rtols = param_reals(e->params, "rtols", &n_rtols);
    double *y;
    ATTNDYN_ALLOC(e->ctx, y, e->n + 1);
    for (int rescaled = 1; rescaled >= 0; rescaled--)
        for (size_t m = 0; m < 2; m++)
            for (size_t i = 0; i < n_rtols; i++) {
                struct attndyn_ode_options options = options_of(e, methods[m], rtols[i]);
                ATTNDYN_TRY(compare(e, rescaled, &options, y));
            }
    struct attndyn_ode_options options = options_of(e, ATTNDYN_ODE_RK4, 0);
    ATTNDYN_TRY(compare(e, true, &options, y));
    /* What `limits` shows: the tightest adaptive run. */
    struct folded_outcome outcome;
    options = options_of(e, ATTNDYN_ODE_ADAMS, param_real(e->params, "rtol"));
    ATTNDYN_TRY(to_blowup(e, true, &options, v_stop, &outcome));
    if (outcome.end != FOLDED_AT_RADIUS)
        return attndyn_fail(e->ctx, ATTNDYN_RUN_FAILED, "integration to the blow-up: %s: %s",
                            folded_end_name(&outcome), outcome.why);
    return ATTNDYN_OK;
}

static enum attndyn_status emit_limits(struct erf_case *e, const double *v_stop) {
    double *own;
    ATTNDYN_ALLOC(e->ctx, own, e->n);
    attndyn_joma_erf_all_before(e->n, e->laws, 0, e->exact);
    for (size_t l = 0; l < e->n; l++) {
        own[l] = attndyn_joma_erf_blowup(&e->laws[l]);
        ATTNDYN_TRY(EMIT(e->ctx, e->results, "limits", I((long)l), R(e->delta[l]), R(e->v0[l]),
                         R(isfinite(own[l]) ? own[l] : NAN),
                         R(isfinite(e->exact[l]) ? e->exact[l] : NAN), R(v_stop[l])));
        if (!isfinite(own[l])) own[l] = -1; /* never: delta = 0 */
    }
    ATTNDYN_TRY(results_emit_state(e->ctx, e->results, "t_star", &e->t_star, 1));
    return results_emit_state(e->ctx, e->results, "t_star_token", own, e->n);
}

static enum attndyn_status random_starts(struct erf_case *e) {
    struct attndyn_context *ctx = e->ctx;
    size_t n = (size_t)param_int(e->params, "trial_tokens");
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random,
                                    param_is(e->params, "rng", "mt19937") ? ATTNDYN_RANDOM_MT19937
                                                                          : ATTNDYN_RANDOM_SPLITMIX,
                                    (uint64_t)param_int(e->params, "seed")));
    double *delta, *y;
    struct attndyn_joma_erf *laws;
    ATTNDYN_ALLOC(ctx, delta, n);
    ATTNDYN_ALLOC(ctx, y, n + 1);
    ATTNDYN_ALLOC(ctx, laws, n);
    enum attndyn_status status = ATTNDYN_OK;
    for (long i = 0; i < param_int(e->params, "trials") && status == ATTNDYN_OK; i++) {
        uint64_t mark = attndyn_memory_mark(ctx);
        size_t winner = 0, largest_delta = 0;
        attndyn_random_normals(&random, 1, n, delta);
        attndyn_random_normals(&random, param_real(e->params, "v0_scale"), n, y);
        y[n] = 0;
        for (size_t l = 0; l < n; l++) {
            laws[l] =
                (struct attndyn_joma_erf){.delta = delta[l], .v0 = y[l], .eta_w = 1, .rho = 1};
            if (fabs(delta[l]) > fabs(delta[largest_delta])) largest_delta = l;
        }
        struct attndyn_joma_folded model = {.tokens = n,
                                            .nodes = 1,
                                            .delta = delta,
                                            .eta_w = 1,
                                            .rho = 1,
                                            .rescaled = true,
                                            .stop_at = param_real(e->params, "v_stop"),
                                            .t_end = INFINITY};
        struct attndyn_ode_options options = options_of(e, ATTNDYN_ODE_ADAMS, 1e-8);
        struct folded_outcome outcome = {0};
        status = attndyn_joma_folded_prepare(ctx, &model);
        if (status == ATTNDYN_OK)
            status = folded_run(ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome);
        if (status == ATTNDYN_OK && outcome.end != FOLDED_AT_RADIUS)
            status = attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "random start %ld: %s", i, outcome.why);
        for (size_t l = 0; l < n; l++)
            if (fabs(y[l]) > fabs(y[winner])) winner = l;
        attndyn_memory_release(ctx, mark);
        if (status == ATTNDYN_OK)
            status = EMIT(ctx, e->results, "winners", I(i), I((long)winner),
                          I(y[winner] > 0 ? 1 : -1), I(delta[winner] > 0 ? 1 : -1),
                          I((long)attndyn_joma_erf_winner(n, laws, NULL)), I((long)largest_delta));
    }
    attndyn_random_done(&random);
    return status;
}

enum attndyn_status erf_run(struct attndyn_context *ctx, const struct params *params,
                            struct results *results) {
    struct erf_case e = {.ctx = ctx, .params = params, .results = results};
    ATTNDYN_TRY(prepare(&e));
    double *v_stop;
    ATTNDYN_ALLOC(ctx, v_stop, e.n + 1);
    ATTNDYN_TRY(run_exponential(&e, v_stop));
    ATTNDYN_TRY(run_normalised(&e, "normalised", false));
    ATTNDYN_TRY(run_normalised(&e, "corrected", true));
    ATTNDYN_TRY(run_linear(&e));
    ATTNDYN_TRY(compare_all(&e, v_stop));
    ATTNDYN_TRY(emit_limits(&e, v_stop));
    return random_starts(&e);
}
