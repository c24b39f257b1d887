/* To the blow-up: by several integrators in both clocks, and from random starts. */
#include "erf.h"

#include "experiments/joma/shared/components.h"
#include "experiments/joma/shared/folded_solve.h"
#include "sim/base/random.h"
#include "theory/joma/erf.h"

#include <string.h>

/* Runs to v_stop and ignores t_end; y: (n + 1) out. */
static enum attndyn_status to_blowup(struct erf_case *e, bool rescaled,
                                     const struct attndyn_ode_options *options, double *y,
                                     struct folded_outcome *outcome) {
    struct attndyn_joma_folded model = erf_model_of(e);
    model.rescaled = rescaled;
    model.t_end = rescaled ? INFINITY : 2 * e->t_star;
    ATTNDYN_TRY(attndyn_joma_folded_prepare(e->run->ctx, &model));
    memcpy(y, e->v0, e->n * sizeof *y);
    y[e->n] = 0;
    return folded_solve(e->run->ctx, &model, options, 1, 2, NULL, NULL, y, outcome);
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
            if (l != e->winner) worst(&v_error, y[l] - e->exact[l]);
        spread = attndyn_joma_erf_time_spread(e->n, e->laws, y);
    }
    const char *how =
        outcome.end == FOLDED_AT_T_END ? "stepped over the blow-up" : folded_end_name(&outcome);
    return EMIT(e->run, integrators, .clock = rescaled ? "rescaled" : "original",
                .method = attndyn_ode_method_name(options->method),
                .rtol = fixed ? NAN : options->rtol, .outcome = how, .t_star_error = time_error,
                .v_error = v_error, .spread = spread, .gap = gap, .steps = outcome.statistics.steps,
                .rhs = outcome.statistics.rhs);
}

static enum attndyn_status emit_limits(struct erf_case *e, const double *v_stop) {
    double *own;
    ATTNDYN_ALLOC(e->run->ctx, own, e->n);
    attndyn_joma_erf_all_before(e->n, e->laws, 0, e->exact);
    for (size_t l = 0; l < e->n; l++) {
        own[l] = attndyn_joma_erf_blowup(&e->laws[l]);
        ATTNDYN_TRY(EMIT(e->run, limits, .token = (long)l, .delta = e->delta[l], .v0 = e->v0[l],
                         .t_star = joma_finite(own[l]), .limit = joma_finite(e->exact[l]),
                         .v_stop = v_stop[l]));
        if (!isfinite(own[l])) own[l] = -1; /* delta = 0: it never blows up */
    }
    ATTNDYN_TRY(STATE(e->run, t_star, &e->t_star, 1));
    return STATE(e->run, t_star_token, own, e->n);
}

enum attndyn_status erf_integrators(struct erf_case *e) {
    static const enum attndyn_ode_method methods[] = {ATTNDYN_ODE_ADAMS, ATTNDYN_ODE_BDF_DENSE};
    double *y;
    ATTNDYN_ALLOC(e->run->ctx, y, e->n + 1);
    for (int rescaled = 1; rescaled >= 0; rescaled--)
        for (size_t m = 0; m < 2; m++)
            for (size_t i = 0; i < e->p->rtols.count; i++) {
                struct attndyn_ode_options options =
                    erf_options_of(e, methods[m], e->p->rtols.at[i]);
                ATTNDYN_TRY(compare(e, rescaled, &options, y));
            }
    struct attndyn_ode_options options = erf_options_of(e, ATTNDYN_ODE_RK4, 0);
    ATTNDYN_TRY(compare(e, true, &options, y));
    /* The table `limits` comes from the tightest adaptive run. */
    struct folded_outcome outcome;
    options = erf_options_of(e, ATTNDYN_ODE_ADAMS, e->p->rtol);
    ATTNDYN_TRY(to_blowup(e, true, &options, y, &outcome));
    if (outcome.end != FOLDED_AT_RADIUS)
        return attndyn_fail(e->run->ctx, ATTNDYN_RUN_FAILED, "integration to the blow-up: %s: %s",
                            folded_end_name(&outcome), outcome.why);
    return emit_limits(e, y);
}

static enum attndyn_status starts(struct erf_case *e, bool zero) {
    struct attndyn_context *ctx = e->run->ctx;
    size_t n = (size_t)e->p->trial_tokens;
    struct attndyn_random random;
    uint64_t seed = (uint64_t)e->p->seed;
    if (zero) seed = attndyn_random_derive(seed, "joma/erf zero start", 0);
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, e->p->rng, seed));
    double *delta, *y;
    struct attndyn_joma_erf *laws;
    ATTNDYN_ALLOC(ctx, delta, n);
    ATTNDYN_ALLOC(ctx, y, n + 1);
    ATTNDYN_ALLOC(ctx, laws, n);
    enum attndyn_status status = ATTNDYN_OK;
    for (long i = 0; i < e->p->trials && status == ATTNDYN_OK; i++) {
        uint64_t mark = attndyn_memory_mark(ctx);
        size_t winner = 0, largest_delta = 0;
        attndyn_random_normals(&random, 1, n, delta);
        attndyn_random_normals(&random, zero ? 0 : e->p->v0_scale, n, y);
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
                                            .stop_at = e->p->v_stop,
                                            .t_end = INFINITY};
        struct attndyn_ode_options options = erf_options_of(e, ATTNDYN_ODE_ADAMS, 1e-8);
        struct folded_outcome outcome = {0};
        status = attndyn_joma_folded_prepare(ctx, &model);
        if (status == ATTNDYN_OK)
            status = folded_solve(ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome);
        if (status == ATTNDYN_OK && outcome.end != FOLDED_AT_RADIUS)
            status = attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "random start %ld: %s", i, outcome.why);
        for (size_t l = 0; l < n; l++)
            if (fabs(y[l]) > fabs(y[winner])) winner = l;
        attndyn_memory_release(ctx, mark);
        if (status == ATTNDYN_OK)
            status = EMIT(e->run, winners, .trial = i, .winner = (long)winner,
                          .sign = y[winner] > 0 ? 1 : -1, .sign_delta = delta[winner] > 0 ? 1 : -1,
                          .first_time = (long)attndyn_joma_erf_winner(n, laws, NULL),
                          .largest_delta = (long)largest_delta, .start = zero ? "zero" : "random");
    }
    attndyn_random_done(&random);
    return status;
}

enum attndyn_status erf_random_starts(struct erf_case *e) {
    ATTNDYN_TRY(starts(e, false));
    return starts(e, true);
}
