/* The talk's pair of pictures: with a linear activation the most salient token takes all, with a
 * nonlinear one the others catch up. One hidden node, the same saliences, the same start. */
#include "experiments/joma/shared/bounce_minimum.h"
#include "experiments/joma/shared/components.h"
#include "experiments/joma/shared/folded_solve.h"
#include "experiments/shared/solve.h"
#include "experiments/statements/statements.h"
#include "sim/observe/entropy.h"
#include "theory/joma/bounce.h"
#include "theory/joma/erf.h"

#include <string.h>

#define SCAN_VS_JOMA(X)                                                                            \
    X(REALS, mu, "0.5,1,1.5,2",                                                                    \
      "salience of each token l: delta_l of the linear dynamics, mu_l of the nonlinear one",       \
      IN(-20, 20))                                                                                 \
    X(REALS, v0, "0", "v_l(0), one for each token, or one for all", IN(-20, 20))                   \
    X(BOOL, normalised, "false",                                                                   \
      "divide both rates by sum_l exp(v_l^2/2): the linear blow-up moves to infinite time")        \
    X(REAL, t_end, "5",                                                                            \
      "horizon, time t; linear dynamics that is not normalised ends at v_stop if that comes "      \
      "first",                                                                                     \
      IN(1e-6, 1e7))                                                                               \
    X(REAL, v_stop, "6", "|v_l| at which the linear dynamics is stopped", IN(0.1, 35))             \
    X(INT, outputs, "201", "output times of each dynamics", IN(3, 100000))                         \
    X(REAL, rtol, "1e-12", "relative tolerance; absolute: 1/100", IN(1e-14, 1e-2))
PARAMS(scan_vs_joma, SCAN_VS_JOMA)

#define FLOW(X)                                                                                    \
    X(TEXT, dynamics, "linear or nonlinear")                                                       \
    X(REAL, t, "time t")                                                                           \
    X(INT, token, "token l")                                                                       \
    X(REAL, salience, "salience delta_l = mu_l")                                                   \
    X(REAL, v, "weight v_l")                                                                       \
    X(REAL, p, "attention p_l = exp(v_l^2/2) / sum_i exp(v_i^2/2)")
TABLE(flow, FLOW, "every token over time")

#define COURSE(X)                                                                                  \
    X(TEXT, dynamics, "linear or nonlinear")                                                       \
    X(REAL, t, "time t")                                                                           \
    X(REAL, entropy, "entropy of the attention p", .unit = "nat")                                  \
    X(REAL, top, "largest p_l")
TABLE(course, COURSE, "entropy and largest attention over time")

#define OUTCOME(X)                                                                                 \
    X(REAL, t_star, "blow-up time of the linear dynamics, not normalised")                         \
    X(REAL, linear_error, "largest error of the linear v_l at the end, against its closed form")   \
    X(REAL, nonlinear_error,                                                                       \
      "largest error of the nonlinear v_l at the end, against its quadrature")                     \
    X(REAL, linear_top, "largest p_l of the linear dynamics at its end")                           \
    X(REAL, nonlinear_least,                                                                       \
      "least share of its way that a v_l of the nonlinear dynamics has gone at its end, (v_l - "   \
      "v_l(0))/(mu_l - v_l(0))")                                                                   \
    X(REAL, linear_second,                                                                         \
      "second largest |v_l| over the largest of the linear dynamics at its end")                   \
    X(OPTIONAL, nonlinear_minimum, "least entropy of the nonlinear dynamics", .unit = "nat")       \
    X(OPTIONAL, nonlinear_t_min, "time t of that least entropy")
SCALARS(outcome, OUTCOME)

static const struct figure figures[] = {
    {"scan_vs_joma", "joma/scan_vs_joma/scan_vs_joma.gp",
     "Attention of each token over time: (a) linear activation, the most salient token takes all "
     "before the others have moved far; (b) nonlinear activation, it leads, then the others catch "
     "up; (c) entropy: one falls to 0, the other dips and comes back."},
    {0}};

struct comparison {
    const struct trial *run;
    const struct scan_vs_joma *p;
    size_t n;
    const double *mu, *v0;
    double *share, *v, *exact;
    struct bounce_minimum minimum;
    const struct attndyn_joma_bounce *bounce;
};

static enum attndyn_status emit(struct comparison *c, const char *dynamics, double t,
                                const double *v) {
    attndyn_joma_bounce_attention(c->n, 0.5, v, c->share);
    double top = 0;
    for (size_t l = 0; l < c->n; l++) {
        top = fmax(top, c->share[l]);
        ATTNDYN_TRY(EMIT(c->run, flow, .dynamics = dynamics, .t = t, .token = (long)l,
                         .salience = c->mu[l], .v = v[l], .p = c->share[l]));
    }
    return EMIT(c->run, course, .dynamics = dynamics, .t = t,
                .entropy = attndyn_entropy(c->n, c->share), .top = top);
}

static enum attndyn_status on_linear(void *user, double t, double s, const double *v) {
    (void)s;
    return emit(user, "linear", t, v);
}

static enum attndyn_status on_linear_time(void *user, size_t index, double t, const double *v) {
    (void)index;
    return emit(user, "linear", t, v);
}

static enum attndyn_status on_nonlinear(void *user, size_t index, double t, const double *y) {
    (void)index;
    struct comparison *c = user;
    attndyn_joma_bounce_velocities(c->bounce, y, c->v);
    ATTNDYN_TRY(emit(c, "nonlinear", t, c->v));
    bounce_minimum_see(&c->minimum, t, y, attndyn_entropy(c->n, c->share));
    return ATTNDYN_OK;
}

/* The linear dynamics: one law a token. */
struct linear {
    struct attndyn_joma_erf *laws;
    struct attndyn_joma_folded model;
    size_t winner;
    double t_star, *x, *y; /* x: ones */
    struct attndyn_ode_statistics statistics;
    double error; /* of the time at which it stopped, relative */
};

/* Divided by the sum: in t, to t_end. */
static enum attndyn_status linear_in_time(struct comparison *c, struct linear *l,
                                          const struct attndyn_ode_options *options) {
    struct attndyn_ode_problem problem = attndyn_joma_folded_problem(&l->model);
    const struct attndyn_ode_observer observer = {.output = on_linear_time, .user = c};
    const size_t outputs = (size_t)c->p->outputs;
    double *times;
    ATTNDYN_ALLOC(c->run->ctx, times, outputs);
    problem.events = 0, problem.event = NULL;
    attndyn_grid_linear(0, c->p->t_end, outputs, times);
    ATTNDYN_TRY(attndyn_ode_solve(c->run->ctx, &problem, options, 0, l->y, times, outputs,
                                  &observer, &l->statistics));
    attndyn_joma_erf_normalised(c->n, l->laws, l->x, c->p->t_end, c->exact, NULL);
    return ATTNDYN_OK;
}

/* As it is: in path length, up to its blow-up. */
static enum attndyn_status linear_in_path(struct comparison *c, struct linear *l,
                                          const struct attndyn_ode_options *options) {
    struct folded_outcome outcome;
    double path = 0;
    for (size_t i = 0; i < c->n; i++) path += l->model.stop_at;
    ATTNDYN_TRY(folded_solve(c->run->ctx, &l->model, options, path / (double)c->p->outputs, 0,
                             on_linear, c, l->y, &outcome));
    if (outcome.end == FOLDED_GAVE_UP)
        return attndyn_fail(c->run->ctx, ATTNDYN_RUN_FAILED, "linear dynamics: %s", outcome.why);
    l->statistics = outcome.statistics;
    double gap = attndyn_joma_erf_gap(&l->laws[l->winner], l->y[l->winner]);
    if (outcome.end == FOLDED_AT_RADIUS)
        ATTNDYN_TRY(NOTE(c->run,
                         "linear dynamics (path-length clock): stopped at |v| = %g, "
                         "%.3g before its blow-up at t* = %.10g",
                         l->model.stop_at, gap, l->t_star));
    attndyn_joma_erf_all_before(c->n, l->laws, gap, c->exact);
    l->error = fabs(outcome.t + gap - l->t_star) / l->t_star;
    return ATTNDYN_OK;
}

static enum attndyn_status run_linear(struct comparison *c,
                                      const struct attndyn_ode_options *options) {
    struct attndyn_context *ctx = c->run->ctx;
    struct linear d = {.error = 0};
    ATTNDYN_ALLOC(ctx, d.laws, c->n);
    ATTNDYN_ALLOC(ctx, d.y, c->n + 1);
    ATTNDYN_ALLOC(ctx, d.x, c->n);
    for (size_t l = 0; l < c->n; l++) {
        d.laws[l] =
            (struct attndyn_joma_erf){.delta = c->mu[l], .v0 = c->v0[l], .eta_w = 1, .rho = 1};
        d.x[l] = 1, d.y[l] = c->v0[l];
    }
    d.winner = attndyn_joma_erf_winner(c->n, d.laws, &d.t_star);
    d.model = (struct attndyn_joma_folded){.tokens = c->n,
                                           .nodes = 1,
                                           .delta = c->mu,
                                           .weight = c->p->normalised ? d.x : NULL,
                                           .eta_w = 1,
                                           .rho = 1,
                                           .rescaled = !c->p->normalised,
                                           .stop_at = c->p->normalised ? INFINITY : c->p->v_stop,
                                           .t_end = c->p->t_end};
    ATTNDYN_TRY(attndyn_joma_folded_prepare(ctx, &d.model));
    ATTNDYN_TRY(c->p->normalised ? linear_in_time(c, &d, options) : linear_in_path(c, &d, options));
    ATTNDYN_TRY(SOLVER(c->run, "linear", &d.statistics));
    double first, second, error = d.error, top = 0;
    joma_top_two(c->n, d.y, &first, &second);
    for (size_t l = 0; l < c->n; l++)
        error = fmax(error, fabs(d.y[l] - c->exact[l]) / fmax(1, fabs(c->exact[l])));
    attndyn_joma_bounce_attention(c->n, 0.5, d.y, c->share);
    for (size_t l = 0; l < c->n; l++) top = fmax(top, c->share[l]);
    ATTNDYN_TRY(STATE(c->run, v_linear, d.y, c->n));
    ATTNDYN_TRY(STATE(c->run, t_star, &d.t_star, 1));
    ATTNDYN_TRY(SCALAR(c->run, outcome, t_star, d.t_star));
    ATTNDYN_TRY(SCALAR(c->run, outcome, linear_error, error));
    ATTNDYN_TRY(SCALAR(c->run, outcome, linear_top, top));
    return SCALAR(c->run, outcome, linear_second, second / first);
}

static enum attndyn_status run_nonlinear(struct comparison *c,
                                         const struct attndyn_ode_options *options) {
    struct attndyn_context *ctx = c->run->ctx;
    double t_end = c->p->t_end, *y, *times, *w, error = 0, least = INFINITY;
    size_t outputs = (size_t)c->p->outputs;
    struct attndyn_joma_bounce_law *laws;
    ATTNDYN_ALLOC(ctx, laws, c->n);
    ATTNDYN_ALLOC(ctx, y, c->n);
    ATTNDYN_ALLOC(ctx, w, c->n);
    ATTNDYN_ALLOC(ctx, times, outputs);
    struct attndyn_joma_bounce model = {.components = c->n,
                                        .mu = c->mu,
                                        .v0 = c->v0,
                                        .beta = 0.5,
                                        .normalised = c->p->normalised,
                                        .logarithmic = true};
    ATTNDYN_TRY(attndyn_joma_bounce_prepare(ctx, &model));
    ATTNDYN_TRY(bounce_minimum_begin(ctx, &c->minimum, &model));
    c->bounce = &model;
    struct attndyn_ode_problem problem = attndyn_joma_bounce_problem(&model);
    problem.events = 0, problem.event = NULL;
    struct attndyn_ode_observer observer = {.output = on_nonlinear, .user = c};
    attndyn_joma_bounce_start(&model, y);
    attndyn_grid_linear(0, t_end, outputs, times);
    ATTNDYN_TRY(
        solve_recorded(c->run, "nonlinear", &problem, options, y, times, outputs, &observer));
    for (size_t l = 0; l < c->n; l++)
        laws[l] = (struct attndyn_joma_bounce_law){.mu = c->mu[l], .v0 = c->v0[l], .beta = 0.5};
    if (c->p->normalised) {
        if (!attndyn_joma_bounce_normalised(c->n, laws, t_end, w, NULL))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "the closed form has no digits at such large mu");
    } else {
        for (size_t l = 0; l < c->n; l++) w[l] = attndyn_joma_bounce_at(&laws[l], t_end);
    }
    attndyn_joma_bounce_velocities(&model, y, c->v);
    for (size_t l = 0; l < c->n; l++) {
        worst(&error, c->v[l] - attndyn_joma_bounce_v(&laws[l], w[l]));
        least = fmin(least, -expm1(-y[l]));
    }
    ATTNDYN_TRY(STATE(c->run, v_nonlinear, c->v, c->n));
    ATTNDYN_TRY(SCALAR(c->run, outcome, nonlinear_error, error));
    ATTNDYN_TRY(SCALAR(c->run, outcome, nonlinear_least, least));
    double minimum, at;
    ATTNDYN_TRY(bounce_minimum_find(ctx, &c->minimum, options, &minimum, &at));
    if (isnan(minimum)) return ATTNDYN_OK;
    ATTNDYN_TRY(SCALAR(c->run, outcome, nonlinear_minimum, minimum));
    return SCALAR(c->run, outcome, nonlinear_t_min, at);
}

RUN(scan_vs_joma) {
    struct comparison c = {.run = run, .p = p, .n = p->mu.count, .mu = p->mu.at};
    if (c.n < 2) return attndyn_fail(run->ctx, ATTNDYN_USAGE, "mu needs two tokens or more");
    for (size_t l = 0; l < c.n; l++)
        if (c.mu[l] == 0)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE, "mu[%zu] is 0: a salience must not vanish",
                                l);
    ATTNDYN_TRY(joma_components(run->ctx, "v0", p->v0, c.n, NAN, &c.v0));
    ATTNDYN_ALLOC(run->ctx, c.share, c.n);
    ATTNDYN_ALLOC(run->ctx, c.v, c.n);
    ATTNDYN_ALLOC(run->ctx, c.exact, c.n);
    const struct attndyn_ode_options options =
        solve_within(ATTNDYN_ODE_ADAMS, p->rtol, p->rtol / 100);
    ATTNDYN_TRY(run_linear(&c, &options));
    return run_nonlinear(&c, &options);
}

#define PARAMETERS scan_vs_joma

KNOWN(one_node, scan_vs_joma) {
    f->gradient_stationary = 1;
    f->attention_exponential = 1;
    f->node_zero = joma_all_are(p->v0, 0);
}

/* The entropy of one dynamics: first and last value, and the largest rise between two outputs. */
static void entropy_course(const struct trial *run, const char *dynamics, double *first,
                           double *last, double *rise) {
    *first = *last = NAN, *rise = NOTHING_YET;
    EACH_ROW (run, course, r) {
        if (strcmp(r->dynamics, dynamics) != 0) continue;
        double h = r->entropy;
        if (isnan(*first)) *first = h;
        if (!isnan(*last)) keep_larger(rise, positive_part(h - *last));
        *last = h;
    }
}

static bool distinct(const struct scan_vs_joma *p) {
    double first, second;
    joma_top_two(p->mu.count, p->mu.at, &first, &second);
    return second < 0.98 * first;
}

CLAIM(closed_forms, "J6a.closed-forms", DERIVED_AS("derived here, from JoMA, Theorems 2 and 4"),
      "the flows of the linear and of the nonlinear dynamics end where their closed forms say",
      "some v, or the time of the linear one, is off by more than {bound}", .bound = 1e-9) {
    NEEDS_TIGHT;
    double linear = SCALAR_OF(run, outcome, linear_error),
           nonlinear = SCALAR_OF(run, outcome, nonlinear_error);
    return verdict_at_most(v, larger_of(linear, nonlinear), v->bound, "linear %.2g, nonlinear %.2g",
                           linear, nonlinear);
}

CLAIM(takes_all, "J6b.takes-all", OF(J_T2),
      "with linear activation the most salient token takes all attention",
      "the largest share at the end is below {bound}", .bound = 0.99) {
    if (!distinct(p)) return verdict_skip(v, "needs one token 2 %% more salient than the others");
    double first, last, rise;
    entropy_course(run, "linear", &first, &last, &rise);
    if (last > 0.5 * first) return verdict_skip(v, "t_end is too early: entropy %.3f", last);
    return verdict_at_least(v, SCALAR_OF(run, outcome, linear_top), v->bound,
                            "largest share at the end; the second largest |v| is %.3f of the "
                            "largest",
                            SCALAR_OF(run, outcome, linear_second));
}

CLAIM(catch_up, "J6c.catch-up", DERIVED_AS("derived here, from JoMA, Theorem 4"),
      "with nonlinear activation, dv_l/dt = (mu_l - v_l) exp(v_l^2/2), the others catch up: every "
      "v_l goes all the way to its mu_l",
      "at the end a component has gone less than 1 - exp(-t) of its way (with a normaliser, of "
      "the bound that its largest value gives)") {
    /* ln((mu - v0)/(mu - v)) grows at the rate exp(v^2/2)/N. This is at least 1 if N = 1, and else
     * at least 1/(n exp(top)), where top is the largest exponent on the way. */
    double top = 0, rate = 1;
    for (size_t i = 0; i < p->mu.count; i++) top = larger_of(top, 0.5 * p->mu.at[i] * p->mu.at[i]);
    for (size_t i = 0; i < p->v0.count; i++) top = larger_of(top, 0.5 * p->v0.at[i] * p->v0.at[i]);
    if (p->normalised) rate = exp(-top) / (double)p->mu.count;
    double bound = -expm1(-rate * p->t_end);
    return verdict_at_least(v, SCALAR_OF(run, outcome, nonlinear_least), bound * (1 - 1e-9),
                            "least (v - v0)/(mu - v0) at t = %g; without a normaliser it is 1 - "
                            "exp(-t) at least",
                            p->t_end);
}

CLAIM(entropy_falls, "J6d.entropy-falls", OF(J_T2),
      "with linear activation the entropy of attention only falls",
      "it rises by more than {bound} between two outputs", .bound = 1e-12) {
    if (!distinct(p)) return verdict_skip(v, "needs different saliences");
    double first, last, rise;
    entropy_course(run, "linear", &first, &last, &rise);
    return verdict_at_most(v, rise, v->bound, "from %.6f to %.3g", first, last);
}

CLAIM(entropy_returns, "J6e.entropy-returns", OF(J_T4),
      "with nonlinear activation the entropy of attention falls, then comes back",
      "the least entropy is below that at the start or that at the end by less than "
      "{bound} rtol of it: what the solver resolves",
      .bound = 1000) {
    if (!distinct(p)) return verdict_skip(v, "needs different saliences");
    double first, last, rise, low = SCALAR_OF(run, outcome, nonlinear_minimum);
    entropy_course(run, "nonlinear", &first, &last, &rise);
    if (isnan(low)) return verdict_skip(v, "no minimum of the entropy before t_end");
    return verdict_at_least(v, smaller_of(1 - low / first, 1 - low / last), v->bound * p->rtol,
                            "%.6g, least %.6g at t = %.4f, %.6g at the end", first, low,
                            SCALAR_OF(run, outcome, nonlinear_t_min), last);
}

static const struct check *const scan_vs_joma_claims[] = {
    &closed_forms, &takes_all, &catch_up, &entropy_falls, &entropy_returns, NULL};

const struct experiment experiment_joma_scan_vs_joma = {
    .id = "joma/scan-vs-joma",
    .title = "Linear against nonlinear: winner takes all, or the others catch up",
    .source = "JoMA (arXiv 2310.00535), Theorems 2 and 4, and the talk",
    .doc =
        "Two dynamics of one hidden node, v_l its weight on token l, with the same saliences mu_l "
        "and the same velocity mu_l at v = 0: dv_l/dt = mu_l exp(v_l^2/2) (linear activation, "
        "Theorem 2) and dv_l/dt = (mu_l - v_l) exp(v_l^2/2) (nonlinear activation, Theorem 4). "
        "Attention p is proportional to exp(v^2/2) in both. The first blows up at t*, where the "
        "most salient token has all attention and the others stand still; the second lets the "
        "most salient lead and the others follow: attention narrows and widens again.\n"
        "Table `state`: v_linear, v_nonlinear, t_star.",
    .presets = (const struct preset[]){{"quick", "", "without a normaliser, as in the talk"},
                                       {"normalised", "normalised=true t_end=60",
                                        "both divided by N = sum_l exp(v_l^2/2)"},
                                       {0}},
    .tables = TABLES(flow, course, the_state),
    .figures = figures,
    .facts = KNOWN_OF(one_node),
    PARTS_OF(scan_vs_joma, outcome)};
