#include "erf.h"

#include "experiments/joma/shared/components.h"
#include "experiments/joma/shared/folded_solve.h"
#include "sim/base/random.h"
#include "sim/model/joma/linear.h"
#include "sim/observe/entropy.h"
#include "theory/joma/erf.h"

#include <string.h>

static enum attndyn_status prepare(struct erf_case *e) {
    struct attndyn_context *ctx = e->run->ctx;
    e->delta = e->p->delta.at, e->n = e->p->delta.count;
    if (e->n == 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "delta is empty: give one number for each token");
    ATTNDYN_TRY(joma_components(ctx, "v0", e->p->v0, e->n, NAN, &e->v0));
    ATTNDYN_TRY(joma_components(ctx, "c", e->p->c, e->n, NAN, &e->c));
    ATTNDYN_TRY(joma_components(ctx, "x", e->p->x, e->n, 1 / (double)e->n, &e->x));
    double *bbar, sum = 0;
    ATTNDYN_ALLOC(ctx, bbar, e->n);
    for (size_t l = 0; l < e->n; l++) sum += e->x[l];
    for (size_t l = 0; l < e->n; l++) bbar[l] = e->x[l] / sum;
    e->bbar = bbar;
    e->eta_w = e->p->eta_w;
    e->rho = e->p->eta_z / e->eta_w;
    ATTNDYN_ALLOC(ctx, e->laws, e->n);
    ATTNDYN_ALLOC(ctx, e->share, e->n);
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

struct recorder {
    struct erf_case *e;
    const struct attndyn_joma_folded *model;
    enum attention attention;
    double exact_error; /* out: at the last output, relative to max(1, |v|) */
    double spread;      /* out: there */
    double gap;
};

/* The closed form beside v at time t. Near t* the time is known to rounding only, so there the
 * winner's own position tells the gap, and the others are compared at that gap. */
static bool exact_beside(struct erf_case *e, const struct recorder *r, double t, const double *v) {
    if (r->attention == attention_normalised)
        return attndyn_joma_erf_normalised(e->n, e->laws, e->x, t, e->exact, NULL);
    if (r->attention != attention_exp) return false;
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
    bool exponential = r->attention == attention_exp;
    attndyn_joma_folded_attention(r->model, v, e->share);
    bool known = exact_beside(e, r, t, v);
    r->gap = exponential ? attndyn_joma_erf_gap(&e->laws[e->winner], v[e->winner]) : NAN;
    r->exact_error = known ? 0 : NAN;
    for (size_t l = 0; l < e->n; l++) {
        ATTNDYN_TRY(EMIT(e->run, flow, .attention = attention_names[r->attention],
                         .s = r->model->rescaled ? s : NAN, .t = t, .gap = r->gap, .token = (long)l,
                         .delta = e->delta[l], .v = v[l], .v_exact = known ? e->exact[l] : NAN,
                         .p = e->share[l]));
        if (known)
            r->exact_error =
                fmax(r->exact_error, fabs(v[l] - e->exact[l]) / fmax(1, fabs(e->exact[l])));
    }
    /* NaN if the winner's time cannot be read from v because erfc has no digits left beside 1. */
    r->spread = t > 0 ? attndyn_joma_erf_time_spread(e->n, e->laws, v) : NAN;
    double printed =
        t > 0 && e->printed_applies ? attndyn_joma_erf_spread(e->n, v, e->v0, e->delta, 2) : NAN;
    /* Near t* the closed form is compared at the winner's own gap, so it cannot show that the
     * winner lags: that is compared in time. */
    if (exponential && t > 0)
        r->exact_error = fmax(r->exact_error, fabs(t + r->gap - e->t_star) / e->t_star);
    return EMIT(e->run, course, .attention = attention_names[r->attention], .t = t, .gap = r->gap,
                .v_max = joma_largest(v, e->n), .entropy = attndyn_entropy(e->n, e->share),
                .spread = r->spread, .spread_printed = printed);
}

static enum attndyn_status emit_state(struct erf_case *e, const double *v, double t, double gap) {
    double entropy = attndyn_entropy(e->n, e->share);
    ATTNDYN_TRY(STATE(e->run, v, v, e->n));
    ATTNDYN_TRY(STATE(e->run, p, e->share, e->n));
    ATTNDYN_TRY(STATE(e->run, entropy, &entropy, 1));
    ATTNDYN_TRY(STATE(e->run, t, &t, 1));
    return isnan(gap) ? ATTNDYN_OK : STATE(e->run, gap, &gap, 1);
}

static enum attndyn_status run_exponential(struct erf_case *e) {
    struct attndyn_context *ctx = e->run->ctx;
    struct attndyn_joma_folded model = erf_model_of(e);
    model.rescaled = e->p->clock == clock_rescaled;
    if (!model.rescaled && model.t_end >= e->t_star) /* the event at v_stop ends it before */
        model.t_end = 2 * e->t_star;
    ATTNDYN_TRY(attndyn_joma_folded_prepare(ctx, &model));
    struct attndyn_ode_options options = erf_options_of(e, e->p->method, e->p->rtol);
    struct recorder recorder = {.e = e, .model = &model, .attention = attention_exp};
    struct folded_outcome outcome;
    double *y;
    ATTNDYN_ALLOC(ctx, y, e->n + 1);
    memcpy(y, e->v0, e->n * sizeof *y);
    ATTNDYN_TRY(folded_solve(ctx, &model, &options, e->p->output_step, 201, record, &recorder, y,
                             &outcome));
    ATTNDYN_TRY(SOLVER(e->run, "exp", &outcome.statistics));
    if (outcome.end == FOLDED_GAVE_UP)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "exponential attention, %s clock: %s; clock=rescaled meets no blow-up",
                            clock_names[e->p->clock], outcome.why);
    double t_end = e->p->t_end;
    if (outcome.end == FOLDED_AT_RADIUS)
        ATTNDYN_TRY(
            NOTE(e->run,
                 t_end >= e->t_star
                     ? "exponential attention: t_end = %g lies beyond the blow-up at t* = "
                       "%.10g: stopped at |v| = %g, %.3g before t* (%s clock)"
                     : "exponential attention: t_end = %g (t* = %.10g) not reached: |v| = %g "
                       "came first, %.3g before t* (%s clock)",
                 t_end, e->t_star, model.stop_at, recorder.gap, clock_names[e->p->clock]));
    else
        ATTNDYN_TRY(NOTE(e->run,
                         "exponential attention reached t_end = %g, %.3g before t* (%s clock)",
                         t_end, recorder.gap, clock_names[e->p->clock]));
    if (e->p->attention == attention_exp) {
        ATTNDYN_TRY(emit_state(e, y, outcome.t, recorder.gap));
        for (size_t l = 0; l < e->n; l++)
            e->exact[l] = 0.5 * e->rho * y[l] * y[l] + e->c[l]; /* Theorem 1 */
        ATTNDYN_TRY(STATE(e->run, z, e->exact, e->n));
    }
    ATTNDYN_TRY(SCALAR(e->run, outcome, t_star, e->t_star));
    ATTNDYN_TRY(SCALAR(e->run, outcome, t_star_measured, outcome.t + recorder.gap));
    ATTNDYN_TRY(SCALAR(e->run, outcome, gap, recorder.gap));
    ATTNDYN_TRY(SCALAR(e->run, outcome, v_max, joma_largest(y, e->n)));
    ATTNDYN_TRY(SCALAR(e->run, outcome, entropy, attndyn_entropy(e->n, e->share)));
    return SCALAR(e->run, outcome, v_error, recorder.exact_error);
}

/* Normalised attention, with the softmax correction or without. */
static enum attndyn_status run_normalised(struct erf_case *e, enum attention which) {
    struct attndyn_context *ctx = e->run->ctx;
    struct attndyn_joma_folded model = erf_model_of(e);
    bool wanted = e->p->attention == which, corrected = which == attention_corrected;
    model.weight = e->x;
    if (corrected) model.baseline = e->bbar;
    model.stop_at = INFINITY;
    model.t_end = wanted ? e->p->t_end : e->p->t_long;
    ATTNDYN_TRY(attndyn_joma_folded_prepare(ctx, &model));
    struct attndyn_ode_options options = erf_options_of(e, ATTNDYN_ODE_ADAMS, e->p->rtol);
    struct attndyn_ode_problem problem = attndyn_joma_folded_problem(&model);
    problem.events = 0, problem.event = NULL;
    struct recorder recorder = {.e = e, .model = &model, .attention = which};
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
    ATTNDYN_TRY(SOLVER(e->run, attention_names[which], &statistics));
    if (wanted) ATTNDYN_TRY(emit_state(e, y, t, NAN));
    if (corrected) return SCALAR(e->run, outcome, corrected_spread, recorder.spread);
    ATTNDYN_TRY(SCALAR(e->run, outcome, normalised_error, recorder.exact_error));
    if (!attndyn_joma_folded_velocity(&model, y, speed)) speed[e->winner] = NAN;
    ATTNDYN_TRY(SCALAR(e->run, outcome, normalised_slope, fabs(speed[e->winner])));
    /* All components that blow up first set the clock together: t = sum_l x_l |v_l| / (eta_w
     * |delta_l|). */
    double per_v = 0;
    for (size_t l = 0; l < e->n; l++)
        if (attndyn_joma_erf_blowup(&e->laws[l]) <= e->t_star * (1 + 1e-12))
            per_v += e->x[l] / (e->eta_w * fabs(e->delta[l]));
    return SCALAR(e->run, outcome, normalised_slope_limit, 1 / per_v);
}

static enum attndyn_status run_linear(struct erf_case *e) {
    struct attndyn_context *ctx = e->run->ctx;
    double z0 = e->p->z0, t_end = e->p->t_end, t = 0;
    struct attndyn_joma_linear model = {
        .tokens = e->n, .delta = e->delta, .eta_w = e->eta_w, .eta_z = e->eta_w * e->rho};
    struct attndyn_ode_problem problem = attndyn_joma_linear_problem(&model);
    struct attndyn_ode_options options = erf_options_of(e, ATTNDYN_ODE_ADAMS, e->p->rtol);
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
            e->share[l] = fabs(y[e->n + l]) / sum;
            attndyn_joma_linear_at(&e->laws[l], z0, t, &v, &z);
            error = fmax(error, fabs(y[l] - v) / fmax(1, fabs(v)));
            error = fmax(error, fabs(y[e->n + l] - z) / fmax(1, fabs(z)));
            ATTNDYN_TRY(EMIT(e->run, flow, .attention = "linear", .s = NAN, .t = t, .gap = NAN,
                             .token = (long)l, .delta = e->delta[l], .v = y[l], .v_exact = v,
                             .p = e->share[l]));
        }
        ATTNDYN_TRY(EMIT(e->run, course, .attention = "linear", .t = t, .gap = NAN,
                         .v_max = joma_largest(y, e->n), .entropy = attndyn_entropy(e->n, e->share),
                         .spread = NAN, .spread_printed = NAN));
    }
    ATTNDYN_TRY(SOLVER(e->run, "linear", &statistics));
    if (e->p->attention == attention_linear) {
        ATTNDYN_TRY(emit_state(e, y, t, NAN));
        ATTNDYN_TRY(STATE(e->run, z, y + e->n, e->n));
    }
    return SCALAR(e->run, outcome, linear_error, error);
}

RUN(erf) {
    struct erf_case e = {.run = run, .p = p};
    ATTNDYN_TRY(prepare(&e));
    ATTNDYN_TRY(run_exponential(&e));
    ATTNDYN_TRY(run_normalised(&e, attention_normalised));
    ATTNDYN_TRY(run_normalised(&e, attention_corrected));
    ATTNDYN_TRY(run_linear(&e));
    ATTNDYN_TRY(erf_integrators(&e));
    return erf_random_starts(&e);
}

static const struct figure figures[] = {
    {"erf", "joma/erf/erf.gp",
     "JoMA's Theorem 2. (a) Components v_l under exp attention: lines integrated, dots closed "
     "form; that of the largest |delta_l| alone blows up, at t*. (b) Entropy of the attention "
     "falls; the normalised clock only postpones it. (c) Relative spread of erf(v/2)/delta, the "
     "slide, and of erf(v/sqrt 2)/delta over the tokens. (d) Error of the blow-up time for each "
     "integrator and clock."},
    {0}};

KNOWN(this_node, erf) {
    f->gradient_stationary = 1;
    f->attention_exponential = 1;
    f->node_zero = joma_all_are(p->v0, 0) && (!p->c.count || joma_all_are(p->c, p->c.at[0]));
}

const struct experiment experiment_joma_erf = {
    .id = "joma/erf",
    .title = "Theorem 2: linear activation, one node: the most salient token takes all",
    .source = "JoMA (arXiv 2310.00535), Theorem 2",
    .doc =
        "One hidden node with linear activation and a stationary back-propagated gradient g: its "
        "weight on token l obeys dv_l/dt = eta_w delta_l exp((eta_z/eta_w) v_l^2/2 + c_l), "
        "delta_l = E[g x_l] the token's salience, exp(z_l) = exp((eta_z/eta_w) v_l^2/2 + c_l) its "
        "attention by Theorem 1. The error function of v/sqrt 2 (on the slide: of v/2) moves "
        "linearly in time, so that v_l leaves for sgn(delta_l) infinity at its own t_l*; at the "
        "first of these, t*, the others stand still relative to it: their limits. Integration "
        "runs in the summed path length of v with the time as a state, where nothing is stiff or "
        "overflows, or in time with an event at v_stop; the record says which, and how far from "
        "t* it stopped. A t_end beyond t* is no error: the run ends at v_stop.\n"
        "Beside it: attention with a common normaliser (another clock along the same curve), with "
        "the softmax correction of Theorem 1, and linear attention (no blow-up at all).\n"
        "Table `state`: v (of `attention`), z (exp, linear), p, entropy, t, gap (exp), t_star, "
        "t_star_token.",
    .presets =
        (const struct preset[]){
            {"quick", "x=0.3,0.25,0.2,0.15,0.1",
             "five tokens, v(0) = 0, and a normaliser with unequal weights"},
            {"negative", "delta=-1,0.8,-0.6,0.3,0.1", "the winner runs to minus infinity"},
            {"general", "v0=0.9,-0.3,-1.2,0.5,0 c=0.1,0,-0.2,0,0.3 eta_z=0.5 t_end=5",
             "general start, offsets and rates"},
            {0}},
    .tables = TABLES(flow, course, limits, integrators, winners, the_state),
    .figures = figures,
    .facts = KNOWN_OF(this_node),
    PARTS_OF(erf, outcome)};
