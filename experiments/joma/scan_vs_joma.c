/* The talk's pair of pictures: with a linear activation the most salient token takes all, with a
 * nonlinear one the others catch up. One hidden node, the same saliences, the same start. */
#include "experiments/joma/shared/bounce_minimum.h"
#include "experiments/joma/shared/folded_run.h"

#include "experiments/joma/shared/checks.h"
#include "sim/observe/entropy.h"
#include "theory/joma/bounce.h"
#include "theory/joma/erf.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    {"mu", PARAM_REALS, "0.5,1,1.5,2", -20, 20, NULL, NULL,
     "salience of each token: delta_l of the linear dynamics, mu_l of the nonlinear one"},
    {"v0", PARAM_REALS, "0", -20, 20, NULL, NULL, "v_l(0): one for each token, or one for all"},
    {"normalised", PARAM_BOOL, "false", 0, 0, NULL, NULL,
     "divide both by sum_l exp(v_l^2/2): the linear blow-up moves to infinite time"},
    {"t_end", PARAM_REAL, "5", 1e-6, 1e7, NULL, NULL,
     "end of the run; un-normalised linear dynamics ends at v_stop if that comes first"},
    {"v_stop", PARAM_REAL, "6", 0.1, 35, NULL, NULL, "|v| at which linear dynamics is stopped"},
    {"outputs", PARAM_INT, "201", 3, 100000, NULL, NULL, "output times of each"},
    {"rtol", PARAM_REAL, "1e-12", 1e-14, 1e-2, NULL, NULL, "relative tolerance; absolute: 1/100"},
    {0}};
static const struct preset presets[] = {
    {"quick", "", "the talk's clock, N = 1"},
    {"normalised", "normalised=true t_end=60", "both with normalised attention"},
    {0}};

static const struct column flow_columns[] = {
    {"dynamics", COLUMN_TEXT, NULL, "linear or nonlinear", false},
    {"t", COLUMN_REAL, NULL, "time", false},
    {"token", COLUMN_INT, NULL, "l", false},
    {"salience", COLUMN_REAL, NULL, "delta_l = mu_l", false},
    {"v", COLUMN_REAL, NULL, "v_l", false},
    {"p", COLUMN_REAL, NULL, "exp(v_l^2/2) / sum", false},
    {0}};
static const struct column course_columns[] = {
    {"dynamics", COLUMN_TEXT, NULL, "linear or nonlinear", false},
    {"t", COLUMN_REAL, NULL, "time", false},
    {"entropy", COLUMN_REAL, "nat", "of p", false},
    {"top", COLUMN_REAL, NULL, "largest p", false},
    {0}};
static const struct table tables[] = {{"flow", "every token over time", flow_columns},
                                      {"course", "summary over time", course_columns},
                                      STATE_TABLE,
                                      {0}};
static const struct scalar scalars[] = {
    {"t_star", NULL, "blow-up time of the linear dynamics, N = 1", false},
    {"linear_error", NULL, "largest error of linear v at the end, beside its closed form", false},
    {"nonlinear_error", NULL, "the same, nonlinear, beside its quadrature", false},
    {"linear_top", NULL, "largest p of the linear dynamics at its end", false},
    {"nonlinear_least", NULL, "least (v - v0)/(mu - v0) of the nonlinear dynamics at its end",
     false},
    {"linear_second", NULL, "second largest |v| over the largest, linear, at its end", false},
    {"nonlinear_minimum", "nat", "least entropy of the nonlinear dynamics", true},
    {"nonlinear_t_min", NULL, "when", true},
    {0}};
static const struct figure figures[] = {
    {"scan_vs_joma", "joma/scan_vs_joma/scan_vs_joma.gp",
     "Attention of each token over time: (a) linear activation, the most salient token takes all "
     "before the others have moved far; (b) nonlinear activation, it leads, then the others catch "
     "up; (c) entropy: one falls to 0, the other dips and comes back."},
    {0}};

struct comparison {
    struct attndyn_context *ctx;
    const struct params *params;
    struct results *results;
    size_t n;
    const double *mu, *v0;
    bool normalised;
    double *p, *v, *exact;
    struct bounce_minimum minimum;
    const struct attndyn_joma_bounce *bounce;
};

static enum attndyn_status emit(struct comparison *c, const char *dynamics, double t,
                                const double *v) {
    attndyn_joma_bounce_attention(c->n, 0.5, v, c->p);
    double top = 0;
    for (size_t l = 0; l < c->n; l++) {
        top = fmax(top, c->p[l]);
        ATTNDYN_TRY(EMIT(c->ctx, c->results, "flow", S(dynamics), R(t), I((long)l), R(c->mu[l]),
                         R(v[l]), R(c->p[l])));
    }
    return EMIT(c->ctx, c->results, "course", S(dynamics), R(t), R(attndyn_entropy(c->n, c->p)),
                R(top));
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
    bounce_minimum_see(&c->minimum, t, y, attndyn_entropy(c->n, c->p));
    return ATTNDYN_OK;
}

static enum attndyn_status run_linear(struct comparison *c,
                                      const struct attndyn_ode_options *options) {
    struct attndyn_context *ctx = c->ctx;
    double t_end = param_real(c->params, "t_end"), t_star, *y, *x, *times;
    size_t outputs = (size_t)param_int(c->params, "outputs");
    struct attndyn_joma_erf *laws;
    ATTNDYN_ALLOC(ctx, laws, c->n);
    ATTNDYN_ALLOC(ctx, y, c->n + 1);
    ATTNDYN_ALLOC(ctx, x, c->n);
    ATTNDYN_ALLOC(ctx, times, outputs);
    for (size_t l = 0; l < c->n; l++) {
        laws[l] =
            (struct attndyn_joma_erf){.delta = c->mu[l], .v0 = c->v0[l], .eta_w = 1, .rho = 1};
        x[l] = 1, y[l] = c->v0[l];
    }
    size_t winner = attndyn_joma_erf_winner(c->n, laws, &t_star);
    struct attndyn_joma_folded model = {.tokens = c->n,
                                        .nodes = 1,
                                        .delta = c->mu,
                                        .weight = c->normalised ? x : NULL,
                                        .eta_w = 1,
                                        .rho = 1,
                                        .rescaled = !c->normalised,
                                        .stop_at = c->normalised ? INFINITY
                                                                 : param_real(c->params, "v_stop"),
                                        .t_end = t_end};
    ATTNDYN_TRY(attndyn_joma_folded_prepare(ctx, &model));
    struct attndyn_ode_statistics statistics;
    double error = 0;
    if (c->normalised) {
        struct attndyn_ode_problem problem = attndyn_joma_folded_problem(&model);
        problem.events = 0, problem.event = NULL;
        struct attndyn_ode_observer observer = {.output = on_linear_time, .user = c};
        attndyn_grid_linear(0, t_end, outputs, times);
        ATTNDYN_TRY(attndyn_ode_solve(ctx, &problem, options, 0, y, times, outputs, &observer,
                                      &statistics));
        attndyn_joma_erf_normalised(c->n, laws, x, t_end, c->exact, NULL);
    } else {
        struct folded_outcome outcome;
        double path = 0;
        for (size_t l = 0; l < c->n; l++) path += model.stop_at;
        ATTNDYN_TRY(
            folded_run(ctx, &model, options, path / (double)outputs, 0, on_linear, c, y, &outcome));
        if (outcome.end == FOLDED_GAVE_UP)
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "linear dynamics: %s", outcome.why);
        statistics = outcome.statistics;
        double gap = attndyn_joma_erf_gap(&laws[winner], y[winner]);
        if (outcome.end == FOLDED_AT_RADIUS)
            ATTNDYN_TRY(results_note(ctx, c->results,
                                     "linear dynamics (path-length clock): stopped at |v| = %g, "
                                     "%.3g before its blow-up at t* = %.10g",
                                     model.stop_at, gap, t_star));
        attndyn_joma_erf_all_before(c->n, laws, gap, c->exact);
        error = fabs(outcome.t + gap - t_star) / t_star;
    }
    ATTNDYN_TRY(results_solver(ctx, c->results, "linear", &statistics));
    double first = 0, second = 0;
    for (size_t l = 0; l < c->n; l++) {
        error = fmax(error, fabs(y[l] - c->exact[l]) / fmax(1, fabs(c->exact[l])));
        double size = fabs(y[l]);
        if (size > first)
            second = first, first = size;
        else
            second = fmax(second, size);
    }
    attndyn_joma_bounce_attention(c->n, 0.5, y, c->p);
    double top = 0;
    for (size_t l = 0; l < c->n; l++) top = fmax(top, c->p[l]);
    ATTNDYN_TRY(results_emit_state(ctx, c->results, "v_linear", y, c->n));
    ATTNDYN_TRY(results_emit_state(ctx, c->results, "t_star", &t_star, 1));
    ATTNDYN_TRY(results_scalar(ctx, c->results, "t_star", t_star));
    ATTNDYN_TRY(results_scalar(ctx, c->results, "linear_error", error));
    ATTNDYN_TRY(results_scalar(ctx, c->results, "linear_top", top));
    return results_scalar(ctx, c->results, "linear_second", second / first);
}

static enum attndyn_status run_nonlinear(struct comparison *c,
                                         const struct attndyn_ode_options *options) {
    struct attndyn_context *ctx = c->ctx;
    double t_end = param_real(c->params, "t_end"), *y, *times, *w, error = 0, least = INFINITY;
    size_t outputs = (size_t)param_int(c->params, "outputs");
    struct attndyn_joma_bounce_law *laws;
    ATTNDYN_ALLOC(ctx, laws, c->n);
    ATTNDYN_ALLOC(ctx, y, c->n);
    ATTNDYN_ALLOC(ctx, w, c->n);
    ATTNDYN_ALLOC(ctx, times, outputs);
    struct attndyn_joma_bounce model = {.components = c->n,
                                        .mu = c->mu,
                                        .v0 = c->v0,
                                        .beta = 0.5,
                                        .normalised = c->normalised,
                                        .logarithmic = true};
    ATTNDYN_TRY(attndyn_joma_bounce_prepare(ctx, &model));
    ATTNDYN_TRY(bounce_minimum_begin(ctx, &c->minimum, &model));
    c->bounce = &model;
    struct attndyn_ode_problem problem = attndyn_joma_bounce_problem(&model);
    problem.events = 0, problem.event = NULL;
    struct attndyn_ode_observer observer = {.output = on_nonlinear, .user = c};
    struct attndyn_ode_statistics statistics;
    attndyn_joma_bounce_start(&model, y);
    attndyn_grid_linear(0, t_end, outputs, times);
    ATTNDYN_TRY(
        attndyn_ode_solve(ctx, &problem, options, 0, y, times, outputs, &observer, &statistics));
    ATTNDYN_TRY(results_solver(ctx, c->results, "nonlinear", &statistics));
    for (size_t l = 0; l < c->n; l++)
        laws[l] = (struct attndyn_joma_bounce_law){.mu = c->mu[l], .v0 = c->v0[l], .beta = 0.5};
    if (c->normalised) {
        if (!attndyn_joma_bounce_normalised(c->n, laws, t_end, w, NULL))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "the closed form has no digits at such large mu");
    } else {
        for (size_t l = 0; l < c->n; l++) w[l] = attndyn_joma_bounce_at(&laws[l], t_end);
    }
    attndyn_joma_bounce_velocities(&model, y, c->v);
    for (size_t l = 0; l < c->n; l++) {
        error = fmax(error, fabs(c->v[l] - attndyn_joma_bounce_v(&laws[l], w[l])));
        least = fmin(least, -expm1(-y[l]));
    }
    ATTNDYN_TRY(results_emit_state(ctx, c->results, "v_nonlinear", c->v, c->n));
    ATTNDYN_TRY(results_scalar(ctx, c->results, "nonlinear_error", error));
    ATTNDYN_TRY(results_scalar(ctx, c->results, "nonlinear_least", least));
    double minimum, at;
    ATTNDYN_TRY(bounce_minimum_find(ctx, &c->minimum, options, &minimum, &at));
    if (isnan(minimum)) return ATTNDYN_OK;
    ATTNDYN_TRY(results_scalar(ctx, c->results, "nonlinear_minimum", minimum));
    return results_scalar(ctx, c->results, "nonlinear_t_min", at);
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct comparison c = {
        .ctx = ctx, .params = p, .results = results, .normalised = param_bool(p, "normalised")};
    c.mu = param_reals(p, "mu", &c.n);
    if (c.n < 2) return attndyn_fail(ctx, ATTNDYN_USAGE, "mu needs two tokens or more");
    for (size_t l = 0; l < c.n; l++)
        if (c.mu[l] == 0)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "mu[%zu] is 0: a salience must not vanish", l);
    size_t count;
    const double *list = param_reals(p, "v0", &count);
    ATTNDYN_TRY(joma_per_component(ctx, "v0", list, count, c.n, NAN, &c.v0));
    ATTNDYN_ALLOC(ctx, c.p, c.n);
    ATTNDYN_ALLOC(ctx, c.v, c.n);
    ATTNDYN_ALLOC(ctx, c.exact, c.n);
    struct attndyn_ode_options options = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    options.rtol = param_real(p, "rtol"), options.atol = options.rtol / 100;
    ATTNDYN_TRY(run_linear(&c, &options));
    return run_nonlinear(&c, &options);
}

/* --- checks ------------------------------------------------------------------------------ */

/* The entropy of one dynamics: first and last value, and the largest rise between two outputs. */
static void entropy_course(const struct results *results, const char *dynamics, double *first,
                           double *last, double *rise) {
    *first = *last = NAN, *rise = 0;
    for (size_t i = 0; i < results_rows(results, "course"); i++) {
        if (strcmp(results_text(results, "course", i, "dynamics"), dynamics) != 0) continue;
        double h = results_real(results, "course", i, "entropy");
        if (isnan(*first)) *first = h;
        if (!isnan(*last)) *rise = fmax(*rise, h - *last);
        *last = h;
    }
}

static bool from_zero(const struct params *p) {
    size_t n;
    const double *v0 = param_reals(p, "v0", &n);
    for (size_t i = 0; i < n; i++)
        if (v0[i] != 0) return false;
    return true;
}

static bool distinct(const struct params *p) {
    size_t n;
    const double *mu = param_reals(p, "mu", &n);
    double first = 0, second = 0;
    for (size_t i = 0; i < n; i++) {
        double size = fabs(mu[i]);
        if (size > first)
            second = first, first = size;
        else
            second = fmax(second, size);
    }
    return second < 0.98 * first;
}

CHECK_FUNCTION(check_closed) {
    (void)ctx, (void)p;
    NEEDS_TIGHT;
    double linear = results_scalar_value(results, "linear_error"),
           nonlinear = results_scalar_value(results, "nonlinear_error");
    return verdict_at_most(v, fmax(linear, nonlinear), 1e-9, "linear %.2g, nonlinear %.2g", linear,
                           nonlinear);
}

CHECK_FUNCTION(check_takes_all) {
    (void)ctx;
    if (!from_zero(p) || !distinct(p))
        return verdict_skip(v, "needs v0 = 0 and one token 2 %% more salient than the others");
    double first, last, rise;
    entropy_course(results, "linear", &first, &last, &rise);
    if (last > 0.5 * first) return verdict_skip(v, "t_end is too early: entropy %.3f", last);
    return verdict_at_least(v, results_scalar_value(results, "linear_top"), 0.99,
                            "share of the most salient at the end; next |v| is %.3f of its",
                            results_scalar_value(results, "linear_second"));
}

CHECK_FUNCTION(check_catch_up) {
    (void)ctx;
    /* ln((mu - v0)/(mu - v)) grows at the rate exp(v^2/2)/N: at least 1 (N = 1), or 1/(n exp(top)),
     * top the largest exponent on the way. */
    size_t n, n0;
    const double *mu = param_reals(p, "mu", &n), *v0 = param_reals(p, "v0", &n0);
    double top = 0, rate = 1;
    for (size_t i = 0; i < n; i++) top = fmax(top, 0.5 * mu[i] * mu[i]);
    for (size_t i = 0; i < n0; i++) top = fmax(top, 0.5 * v0[i] * v0[i]);
    if (param_bool(p, "normalised")) rate = exp(-top) / (double)n;
    double bound = -expm1(-rate * param_real(p, "t_end"));
    return verdict_at_least(v, results_scalar_value(results, "nonlinear_least"), bound * (1 - 1e-9),
                            "least (v - v0)/(mu - v0) at t = %g; 1 - exp(-t) at least (N = 1)",
                            param_real(p, "t_end"));
}

CHECK_FUNCTION(check_entropy_linear) {
    (void)ctx;
    if (!from_zero(p)) return verdict_skip(v, "claimed for v0 = 0");
    if (!distinct(p)) return verdict_skip(v, "needs different saliences");
    double first, last, rise;
    entropy_course(results, "linear", &first, &last, &rise);
    return verdict_at_most(v, rise, 1e-12, "from %.6f to %.3g", first, last);
}

CHECK_FUNCTION(check_entropy_nonlinear) {
    (void)ctx;
    if (!distinct(p)) return verdict_skip(v, "needs different saliences");
    double first, last, rise, low = results_scalar_value(results, "nonlinear_minimum");
    entropy_course(results, "nonlinear", &first, &last, &rise);
    if (isnan(low)) return verdict_skip(v, "no minimum of the entropy before t_end");
    return verdict_at_least(v, fmin(1 - low / first, 1 - low / last), 1e-3,
                            "%.6g, least %.6g at t = %.4f, %.6g at the end", first, low,
                            results_scalar_value(results, "nonlinear_t_min"), last);
}

static const struct check *const checks[] = {
    &(const struct check){"J6a.closed-forms", CHECK_CLAIM, "both flows end where their closed forms say",
     "JoMA, Theorems 2 and 4; derived here", "an error above 1e-9", check_closed},
    &(const struct check){"J6b.takes-all", CHECK_CLAIM, "linear: the most salient token takes all attention",
     "JoMA, Theorem 2, the talk", "its share ends below 0.99", check_takes_all},
    &(const struct check){"J6c.catch-up", CHECK_CLAIM, "nonlinear: the others catch up, every v reaches its mu",
     "JoMA, Theorem 4, the talk; bound derived here",
     "a component has done less than 1 - exp(-t) of its way", check_catch_up},
    &(const struct check){"J6d.entropy-falls", CHECK_CLAIM, "linear: the entropy of attention only falls",
     "JoMA, Theorem 2", "it rises between two outputs", check_entropy_linear},
    &(const struct check){"J6e.entropy-returns", CHECK_CLAIM, "nonlinear: it falls, then comes back",
     "JoMA, Theorem 4 and figure 4", "no dip, or no rise after it, of one part in 1000",
     check_entropy_nonlinear},
    NULL};

const struct experiment experiment_joma_scan_vs_joma = {
    .id = "joma/scan-vs-joma",
    .title = "Linear against nonlinear: winner takes all, or the others catch up",
    .source = "JoMA (arXiv 2310.00535), Theorems 2 and 4, and the talk",
    .doc =
        "Two dynamics of one hidden node with the same saliences mu and the same velocity mu at v "
        "= "
        "0: dv/dt = mu exp(v^2/2) (linear activation, Theorem 2) and dv/dt = (mu - v) exp(v^2/2) "
        "(nonlinear activation, Theorem 4). Attention p is proportional to exp(v^2/2) in both. The "
        "first blows up at t*, where the most salient token has all attention and the others stand "
        "still; the second lets the most salient lead and the others follow: attention narrows and "
        "widens again.\n"
        "Table `state`: v_linear, v_nonlinear, t_star.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run};
