/* The nonlinear dynamics of JoMA: attention first narrows, then comes back. */
#include "flow.h"

#include "experiments/joma/shared/checks.h"

#include <math.h>
#include <string.h>

#define FIGURE_MU                                                                                  \
    "1.265432357788086,1.3960914611816406,1.9222683906555176,2.3668839931488037,"                  \
    "2.470280170440674,2.488769769668579,2.896918773651123,2.902235984802246,3.3046653270721436,"  \
    "3.6893341541290283"

static const struct param params[] = {
    {"mu", PARAM_REALS, "0.5,1,1.5,2", -30, 30, NULL, NULL, "mu_j: where v_j goes"},
    {"v0", PARAM_REALS, "0", -30, 30, NULL, NULL, "v_j(0): one for each component, or one for all"},
    {"beta", PARAM_REAL, "0.5", 1e-6, 100, NULL, NULL,
     "attention exp(beta v^2): 1/2 in the talk, 1/3 in the authors' figure 4"},
    {"normalised", PARAM_BOOL, "false", 0, 0, NULL, NULL,
     "divide by N = sum_j exp(beta v_j^2), as the authors' figure 4 does; the talk has N = 1"},
    {"t_end", PARAM_REAL, "20", 1e-9, 1e9, NULL, NULL, "end of the run"},
    {"variable", PARAM_CHOICE, "log", 0, 0, "log|v", NULL,
     "state of the run: w = ln((mu - v0)/(mu - v)), which is not stiff, or v"},
    {"method", PARAM_CHOICE, "adams", 0, 0, ATTNDYN_ODE_METHODS, NULL, "integrator of the run"},
    {"rtol", PARAM_REAL, "1e-12", 1e-14, 1e-2, NULL, NULL, "relative tolerance; absolute: 1/100"},
    {"step", PARAM_REAL, "0.002", 1e-7, 1, NULL, NULL, "step of rk4 and euler"},
    {"outputs", PARAM_INT, "401", 2, 1000000, NULL, NULL, "output times, equally spaced"},
    {"rtols", PARAM_REALS, "1e-8,1e-10,1e-12", 1e-14, 1e-2, NULL, NULL,
     "tolerances of the comparison of integrators"},
    {"figure_mu", PARAM_REALS, FIGURE_MU, -30, 30, NULL, NULL,
     "mu of figure 4: the authors' 3 u + 1, sorted (PyTorch's generator, seed 0)"},
    {"figure_v0", PARAM_REAL, "0.05", -30, 30, NULL, NULL, "v_j(0) of figure 4"},
    {"figure_T", PARAM_REAL, "3", 0.01, 1000, NULL, NULL, "T of softmax(v^2/T) in figure 4"},
    {"figure_step", PARAM_REAL, "0.02", 1e-6, 1, NULL, NULL, "Euler step of figure 4"},
    {"figure_steps", PARAM_INT, "5000", 10, 10000000, NULL, NULL, "steps of figure 4"},
    {"figure_every", PARAM_INT, "10", 1, 100000, NULL, NULL,
     "steps between two rows of its tables"},
    {"figure_long", PARAM_REAL, "5000", 0, 1e9, NULL, NULL,
     "time to which its flow is carried on for the slopes"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "the reference instance and figure 4 in full"},
    {"authors", "mu=" FIGURE_MU " v0=0.05 beta=0.33333333333333333 normalised=true t_end=100",
     "the flow of figure 4 as the main run"},
    {0}};

static const struct column flow_columns[] = {
    {"t", COLUMN_REAL, NULL, "time", false},
    {"component", COLUMN_INT, NULL, "j", false},
    {"mu", COLUMN_REAL, NULL, "mu_j", false},
    {"v", COLUMN_REAL, NULL, "v_j", false},
    {"v_exact", COLUMN_REAL, NULL, "by quadrature (normalised: at some outputs)", true},
    {"w", COLUMN_REAL, NULL, "ln((mu - v0)/(mu - v)) (missing: infinite)", true},
    {"log_ratio", COLUMN_REAL, NULL, "ln(1/delta_j), delta = 1 - v/mu (missing: no number)", true},
    {"p", COLUMN_REAL, NULL, "exp(beta v_j^2) / sum", false},
    {0}};
static const struct column course_columns[] = {
    {"t", COLUMN_REAL, NULL, "time", false},
    {"entropy", COLUMN_REAL, "nat", "of p", false},
    {"clock_error", COLUMN_REAL, NULL,
     "largest |t(v_j) - t| by quadrature, relative to max(t, 1); normalised: spread of tau over "
     "the components, and |sum_j w_j - t|",
     false},
    {"log_ratio_ratio", COLUMN_REAL, NULL,
     "ln(1/delta) of the largest |mu| over that of the smallest", true},
    {"slope_ratio", COLUMN_REAL, NULL, "the same of d ln(1/delta)/dt", false},
    {0}};
static const struct column offset_columns[] = {
    {"component", COLUMN_INT, NULL, "j", false},
    {"mu", COLUMN_REAL, NULL, "mu_j", false},
    {"v0", COLUMN_REAL, NULL, "v_j(0)", false},
    {"slope", COLUMN_REAL, NULL, "exp(beta mu^2)", false},
    {"offset", COLUMN_REAL, NULL, "C(mu, v0)", false},
    {"t_99", COLUMN_REAL, NULL, "tau at v = 0.99 mu (missing: never passed)", true},
    {"residual", COLUMN_REAL, NULL, "w - (slope t_end - C) at t_end (N = 1)", true},
    {"w", COLUMN_REAL, NULL, "at t_end", true},
    {0}};
static const struct column integrator_columns[] = {
    {"variable", COLUMN_TEXT, NULL, "log or v", false},
    {"method", COLUMN_TEXT, NULL, "integrator", false},
    {"rtol", COLUMN_REAL, NULL, "relative tolerance (missing: fixed step)", true},
    {"outcome", COLUMN_TEXT, NULL, "how it ended", false},
    {"clock_error", COLUMN_REAL, NULL, "as in course, the largest at 8 times (v: delta > 1e-4)",
     true},
    {"v_error", COLUMN_REAL, NULL, "largest |v - exact| at those times", true},
    {"steps", COLUMN_INT, NULL, "steps", false},
    {"rhs", COLUMN_INT, NULL, "right-hand sides", false},
    {0}};
static const struct column figure4_columns[] = {
    {"iteration", COLUMN_INT, NULL, "updates done", false},
    {"entropy", COLUMN_REAL, "nat", "-sum p (ln p + 1e-8), Euler, double precision", false},
    {"entropy_single", COLUMN_REAL, "nat", "the same in single precision, as published", false},
    {"entropy_flow", COLUMN_REAL, "nat", "of the flow, at t = step times iteration", false},
    {0}};
static const struct column figure4_v_columns[] = {
    {"iteration", COLUMN_INT, NULL, "updates done", false},
    {"component", COLUMN_INT, NULL, "j", false},
    {"mu", COLUMN_REAL, NULL, "mu_j", false},
    {"v", COLUMN_REAL, NULL, "Euler, double precision", false},
    {"v_single", COLUMN_REAL, NULL, "Euler, single precision", false},
    {"v_flow", COLUMN_REAL, NULL, "the flow", false},
    {0}};
static const struct table tables[] = {
    {"flow", "every component over time", flow_columns},
    {"course", "summary over time", course_columns},
    {"offsets", "asymptotics of each component", offset_columns},
    {"integrators", "integrators against the quadrature", integrator_columns},
    {"figure4", "entropy in the authors' figure 4", figure4_columns},
    {"figure4_v", "components in the authors' figure 4", figure4_v_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"entropy", "nat", "of p at t_end", false},
    {"entropy_min", "nat", "least entropy on the way, where it has a minimum", true},
    {"t_min", NULL, "when", true},
    {"clock_error", NULL, "largest of the run, see course", false},
    {"v_error", NULL, "largest |v - exact| of the run (unset: tau has no digits for it)", true},
    {"figure_iteration_min", NULL, "figure 4: iteration of the least entropy", false},
    {"figure_entropy_start", "nat", "figure 4: entropy at the first iteration", false},
    {"figure_entropy_min", "nat", "figure 4: least entropy", false},
    {"figure_entropy_last", "nat", "figure 4: entropy at the last iteration", false},
    {"figure_entropy_limit", "nat", "figure 4: entropy at v = mu", false},
    {"figure_single_v", NULL, "figure 4: largest difference of v, single - double", false},
    {"figure_single_entropy", "nat", "figure 4: the same of the entropy", false},
    {"figure_flow_min", "nat", "figure 4: least entropy of the flow", true},
    {"figure_flow_t_min", NULL, "figure 4: when", true},
    {"figure_tau_spread", NULL, "figure 4: spread of the flow's clocks at its end", false},
    {"figure_sum_error", NULL, "figure 4: |sum_j w_j - t| / t of the flow", false},
    {"figure_slope_ratio", NULL, "figure 4: slope of the last component over the first", false},
    {"figure_long_arrived", NULL, "figure 4: least w_j where that was read", false},
    {"figure_euler_error", NULL, "figure 4: largest |v(Euler) - v(flow)|", false},
    {"figure_euler_error_half", NULL, "the same with half the step", false},
    {0}};

static const struct figure figures[] = {
    {"bounce_back", "joma/bounce_back/bounce_back.gp",
     "JoMA's Theorem 4. (a) Components on their way to mu: lines integrated, dots by quadrature. "
     "(b) ln(1/delta): straight lines of slope exp(beta mu^2) after an offset. (c) The ratio of "
     "these logarithms reaches Theorem 4's value like 1/t, the ratio of slopes exponentially. (d) "
     "Entropy dips and comes back."},
    {"figure4", "joma/bounce_back/figure4.gp",
     "The authors' figure 4 (left: components and their mu, middle: entropy) and, right, what "
     "explicit Euler and single precision do to it."},
    {0}};

/* --- checks ------------------------------------------------------------------------------ */

CHECK_FUNCTION(check_quadrature) {
    (void)ctx;
    NEEDS_TIGHT;
    /* In the variable v, rounding of v alone moves the clock by 1e-16/delta, and errors of v by as
     * much more: delta > 1e-4 is read there. */
    return verdict_at_most(v, results_scalar_value(results, "clock_error"),
                           param_is(p, "variable", "log") ? 1e-9 : 1e-7,
                           "%s in the variable %s, rtol %g; all outputs, all components",
                           param_text(p, "method"), param_text(p, "variable"),
                           param_real(p, "rtol"));
}

CHECK_FUNCTION(check_two) {
    (void)ctx;
    size_t tolerances;
    (void)param_reals(p, "rtols", &tolerances);
    if (tolerances == 0) return verdict_skip(v, "rtols is empty: no integrator was tried");
    double adams = INFINITY, bdf = INFINITY;
    for (size_t i = 0; i < results_rows(results, "integrators"); i++) {
        double error = results_real(results, "integrators", i, "v_error");
        const char *method = results_text(results, "integrators", i, "method");
        if (strcmp(method, "adams") == 0) adams = fmin(adams, error);
        if (strcmp(method, "bdf-dense") == 0) bdf = fmin(bdf, error);
    }
    if (isnan(results_scalar_value(results, "v_error")))
        return verdict_skip(v, "beta mu^2 is so large that tau has no digits for a closed form");
    return verdict_at_most(v, fmax(adams, bdf), 1e-9, "v at 8 times: adams %.2g, bdf-dense %.2g",
                           adams, bdf);
}

/* The component that has come least far, and the extremes of |mu|. */
static void survey(const struct results *results, double *least_w, size_t *slow, size_t *fast) {
    *least_w = INFINITY, *slow = *fast = 0;
    for (size_t j = 0; j < results_rows(results, "offsets"); j++) {
        double w = results_real(results, "offsets", j, "w"),
               mu = fabs(results_real(results, "offsets", j, "mu"));
        if (!isnan(w)) *least_w = fmin(*least_w, w);
        if (mu < fabs(results_real(results, "offsets", *slow, "mu"))) *slow = j;
        if (mu > fabs(results_real(results, "offsets", *fast, "mu"))) *fast = j;
    }
}

CHECK_FUNCTION(check_slopes) {
    (void)ctx, (void)p;
    NEEDS_TIGHT;
    double least;
    size_t slow, fast, last = results_rows(results, "course") - 1;
    survey(results, &least, &slow, &fast);
    if (slow == fast) return verdict_skip(v, "needs two components of different |mu|");
    if (least < 15) return verdict_skip(v, "t_end is too early: w = %.3g of 15 needed", least);
    double expected = results_real(results, "offsets", fast, "slope") /
                      results_real(results, "offsets", slow, "slope");
    return verdict_near(v, results_real(results, "course", last, "slope_ratio"), expected, 1e-6,
                        "exp(beta (mu_j^2 - mu_k^2)) = %.8f", expected);
}

CHECK_FUNCTION(check_offset) {
    (void)ctx;
    NEEDS_TIGHT;
    double least, worst = 0;
    size_t slow, fast;
    survey(results, &least, &slow, &fast);
    if (param_bool(p, "normalised")) return verdict_skip(v, "stated for N = 1");
    if (param_is(p, "variable", "v"))
        return verdict_skip(v, "ln(1/delta) has no digits in the variable v");
    if (least < 20) return verdict_skip(v, "t_end is too early: w = %.3g of 20 needed", least);
    for (size_t j = 0; j < results_rows(results, "offsets"); j++) {
        double residual = fabs(results_real(results, "offsets", j, "residual"));
        worst = fmax(worst, residual / fmax(1, results_real(results, "offsets", j, "w")));
    }
    return verdict_at_most(v, worst, 1e-9, "largest |w - (exp(beta mu^2) t - C)| / w at t = %g",
                           param_real(p, "t_end"));
}

CHECK_FUNCTION(check_log_ratio) {
    (void)ctx;
    double least;
    size_t slow, fast, rows = results_rows(results, "course");
    survey(results, &least, &slow, &fast);
    if (param_bool(p, "normalised")) return verdict_skip(v, "stated for N = 1");
    if (slow == fast || least < 20 || rows % 2 == 0)
        return verdict_skip(v,
                            "needs different |mu|, a later t_end (w = %.3g of 20) and an odd "
                            "number of outputs",
                            least);
    double limit = results_real(results, "offsets", fast, "slope") /
                   results_real(results, "offsets", slow, "slope");
    double half = limit - results_real(results, "course", (rows - 1) / 2, "log_ratio_ratio");
    double end = limit - results_real(results, "course", rows - 1, "log_ratio_ratio");
    if (param_is(p, "variable", "v") || isnan(end) || isnan(half) || !(end < 0.5 * limit))
        return verdict_skip(v, "ln(1/delta) of the two extremes is no number, or not late enough");
    return verdict_near(v, half / end, 2, 0.1,
                        "limit %.5f: short of it by %.4f at t/2 and %.4f at t, like 1/t", limit,
                        half, end);
}

CHECK_FUNCTION(check_dip) {
    (void)ctx, (void)p;
    double least, start = results_real(results, "course", 0, "entropy");
    size_t slow, fast;
    survey(results, &least, &slow, &fast);
    if (slow == fast) return verdict_skip(v, "needs two components of different |mu|");
    double low = results_scalar_value(results, "entropy_min"),
           end = results_scalar_value(results, "entropy");
    if (isnan(low)) return verdict_skip(v, "no minimum of the entropy before t_end");
    return verdict_at_least(v, fmin(1 - low / start, 1 - low / end), 1e-3,
                            "H %.6g, least %.6g at t = %.4f, %.6g at the end", start, low,
                            results_scalar_value(results, "t_min"), end);
}

CHECK_FUNCTION(check_figure_dip) {
    (void)ctx, (void)p;
    double start = results_scalar_value(results, "figure_entropy_start");
    double low = results_scalar_value(results, "figure_entropy_min");
    double end = results_scalar_value(results, "figure_entropy_last");
    return verdict_at_least(v, fmin(start - low, end - low), 0.1,
                            "H %.6f, least %.6f at iteration %.0f, %.6f at the last", start, low,
                            results_scalar_value(results, "figure_iteration_min"), end);
}

CHECK_FUNCTION(check_figure_single) {
    (void)ctx, (void)p;
    return verdict_at_most(v,
                           fmax(results_scalar_value(results, "figure_single_v"),
                                results_scalar_value(results, "figure_single_entropy")),
                           2e-4, "v %.2g, entropy %.2g",
                           results_scalar_value(results, "figure_single_v"),
                           results_scalar_value(results, "figure_single_entropy"));
}

CHECK_FUNCTION(check_figure_order) {
    (void)ctx, (void)p;
    double full = results_scalar_value(results, "figure_euler_error");
    double half = results_scalar_value(results, "figure_euler_error_half");
    return verdict_near(v, full / half, 2, 0.05,
                        "largest error of v: %.3g, with half the step %.3g", full, half);
}

CHECK_FUNCTION(check_figure_invariants) {
    (void)ctx, (void)p;
    NEEDS_TIGHT;
    double spread = results_scalar_value(results, "figure_tau_spread");
    double sum = results_scalar_value(results, "figure_sum_error");
    return verdict_at_most(v, fmax(spread, sum), 1e-9, "spread of tau %.2g, |sum w - t|/t %.2g",
                           spread, sum);
}

CHECK_FUNCTION(check_figure_unfinished) {
    (void)ctx;
    if (param_int(p, "figure_steps") != 5000) return verdict_skip(v, "said of 5000 iterations");
    double limit = results_scalar_value(results, "figure_entropy_limit");
    double last = results_scalar_value(results, "figure_entropy_last");
    return verdict_at_least(v, limit - last, 0.05, "H = %.6f at the end, %.6f at v = mu", last,
                            limit);
}

CHECK_FUNCTION(check_figure_exponent) {
    (void)ctx;
    size_t n;
    const double *mu = param_reals(p, "figure_mu", &n);
    double squares = mu[n - 1] * mu[n - 1] - mu[0] * mu[0];
    if (param_real(p, "figure_T") == 2 || squares == 0)
        return verdict_skip(v, "needs T other than 2, and first and last |mu| different");
    if (results_scalar_value(results, "figure_long_arrived") < 15)
        return verdict_skip(v, "figure_long is too early: w = %.3g of 15 needed",
                            results_scalar_value(results, "figure_long_arrived"));
    double ratio = results_scalar_value(results, "figure_slope_ratio");
    double printed = fabs(exp(squares / 2) / ratio - 1);
    double holds = fabs(exp(squares / param_real(p, "figure_T")) / ratio - 1);
    return verdict_erratum(v, printed, 0.1, holds, 1e-5,
                           "slope of the last over the first component %.6g; exp((mu_j^2 - "
                           "mu_k^2)/2) = %.6g, with 1/T %.6g",
                           ratio, exp(squares / 2), exp(squares / param_real(p, "figure_T")));
}

static const struct check *const checks[] = {
    &(const struct check){"J5a.quadrature", CHECK_CLAIM,
     "each component keeps the exact clock exp(beta mu^2) tau = w + int expm1(..)/(mu - s) ds",
     "derived here", "a component's clock is off by more than 1e-9 (1e-7 where v is the variable)",
     check_quadrature},
    &(const struct check){"J5b.two-integrators", CHECK_CLAIM, "two different integrators meet the quadrature",
     "derived here", "Adams or BDF errs by more than 1e-9 in v", check_two},
    &(const struct check){"J5c.slopes", CHECK_CLAIM,
     "d/dt ln(1/delta_j) over d/dt ln(1/delta_k) tends to exp((mu_j^2 - mu_k^2)/2)",
     "JoMA, Theorem 4", "the ratio of slopes is off by more than 1e-6", check_slopes},
    &(const struct check){"J5d.offset", CHECK_CLAIM,
     "ln(1/delta) = exp(beta mu^2) t + ln(1/delta(0)) - C(mu, v0) + o(1)", "derived here",
     "a residual above 1e-9 when all have arrived", check_offset},
    &(const struct check){"J5e.log-ratio", CHECK_CLAIM,
     "the ratio of the logarithms themselves reaches Theorem 4's value only like 1/t",
     "JoMA, Theorem 4; rate derived here", "its distance does not halve when t doubles",
     check_log_ratio},
    &(const struct check){"J5f.entropy-dips", CHECK_CLAIM, "attention becomes sparse first and comes back",
     "JoMA, Theorem 4 and figure 4", "no dip, or no rise after it, of one part in 1000", check_dip},
    &(const struct check){"J5g.figure4-dips", CHECK_CLAIM, "so does it in the authors' figure 4", "JoMA, figure 4",
     "no dip, or no rise after it, of 0.1", check_figure_dip},
    &(const struct check){"J5h.figure4-single", CHECK_CLAIM, "single precision, as published, changes nothing to see",
     "JoMA, figure 4", "v or entropy differ by more than 2e-4", check_figure_single},
    &(const struct check){"J5i.figure4-euler", CHECK_CLAIM, "the figure's Euler run is of first order about its flow",
     "derived here", "halving the step does not halve the error within 5 %", check_figure_order},
    &(const struct check){"J5j.figure4-invariants", CHECK_CLAIM,
     "with the normaliser all components share one clock, and their log distances add up to t",
     "derived here", "spread or sum off by more than 1e-9", check_figure_invariants},
    &(const struct check){"J5k.figure4-unfinished", CHECK_CLAIM,
     "after the figure's 5000 iterations the entropy is still on its way up", "derived here",
     "the entropy is within 0.05 of its limit", check_figure_unfinished},
    &(const struct check){"E5.figure4-exponent", CHECK_ERRATUM,
     "figure 4 shows the rates exp(mu^2/2) of Theorem 4 (its attention is exp(v^2/T), T = 3)",
     "JoMA, figure 4 and Theorem 4", "the slopes' ratio follows exp(mu^2/2), or not exp(mu^2/T)",
     check_figure_exponent},
    NULL};

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    ATTNDYN_TRY(bounce_run_flow(ctx, p, results));
    return bounce_run_figure(ctx, p, results);
}

const struct experiment experiment_joma_bounce_back = {
    .id = "joma/bounce-back",
    .title = "Theorem 4 and figure 4: attention narrows, then comes back",
    .source = "JoMA (arXiv 2310.00535), Theorem 4 and figure 4",
    .doc =
        "dv_j/dt = (mu_j - v_j) exp(beta v_j^2) / N, with N = 1 (the talk) or N = sum exp(beta "
        "v^2) (the authors' figure 4). Large mu are reached first, because attention feeds what is "
        "large already; then the others catch up: the entropy of attention dips and rises. The "
        "state is w = ln((mu - v(0))/(mu - v)), whose derivative is exp(beta v^2)/N: not stiff, "
        "and "
        "exact digits of 1 - v/mu at any time. Every number is held against a quadrature with "
        "regular integrand, and with the normaliser against sum_j w_j = t.\n"
        "Figure 4 is repeated as its script computes it: 5000 explicit Euler steps of v <- v + "
        "0.02 (mu - v) softmax(v^2/3), in single and in double precision, beside its flow.\n"
        "Table `state`: v, p, entropy, t, log_ratio (ln 1/delta), entropy_min, t_min, figure_v.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run};
