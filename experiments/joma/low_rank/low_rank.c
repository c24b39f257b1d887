/* K > 1 nodes that share one attention: what becomes low rank, and how fast. */
#include "parts.h"

#include "experiments/joma/shared/checks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct param params[] = {
    {"study", PARAM_CHOICE, "all", 0, 0, "all|large", NULL,
     "all: every table; large: one Delta of `family` alone, by its own integrator, with an "
     "iterative stable rank"},
    {"M", PARAM_INT, "20", 2, 1000000, NULL, NULL, "tokens of the rank curves"},
    {"K", PARAM_INT, "10", 2, 100000, NULL, NULL, "nodes of the rank curves"},
    {"seeds", PARAM_INT, "5", 1, 10000, NULL, NULL, "random Delta of each family"},
    {"seed", PARAM_INT, "1", 0, 0, NULL, NULL, "the first seed"},
    {"rng", PARAM_CHOICE, "splitmix", 0, 0, "splitmix|mt19937", NULL, "random stream of all"},
    {"family", PARAM_CHOICE, "normal", 0, 0, LOW_RANK_FAMILIES, NULL,
     "Delta of the large study: N(0,1), N(0,1) with lognormal rows, N(0,1) with rows 1/l, or the "
     "cross-entropy gradient at zero"},
    {"radii", PARAM_REALS, "1,2,3,4,5,8", 0.01, 30, NULL, NULL,
     "largest row norm of V at which ranks are taken, rising"},
    {"threshold_seeds", PARAM_INT, "20", 2, 10000, NULL, NULL, "seeds of the thresholds"},
    {"delta", PARAM_REALS, "1,0.5,0.3,-0.8,-0.2,0.4", -1e6, 1e6, NULL, NULL,
     "Delta of the small instance, row by row"},
    {"delta_K", PARAM_INT, "2", 1, 1000, NULL, NULL, "nodes of the small instance"},
    {"times", PARAM_REALS, "0.5,1", 1e-9, 1e9, NULL, NULL, "times of the small instance"},
    {"rtol", PARAM_REAL, "1e-13", 1e-14, 1e-2, NULL, NULL, "relative tolerance; absolute: 1/100"},
    {"joint_M", PARAM_INT, "5", 1, 1000, NULL, NULL, "tokens of the joint flow"},
    {"joint_K", PARAM_INT, "3", 1, 1000, NULL, NULL, "nodes of the joint flow"},
    {"joint_N", PARAM_INT, "6", 1, 1000, NULL, NULL, "samples of the joint flow"},
    {"joint_seed", PARAM_INT, "3", 0, 0, NULL, NULL, "its seed: X = U(M, N), then g = N(K, N)"},
    {"joint_at", PARAM_REALS, "0.3,0.6,0.9", 1e-6, 0.999, NULL, NULL,
     "fractions of t* at which the folded forms are held against it"},
    {"winner_trials", PARAM_INT, "200", 1, 100000, NULL, NULL, "random Delta for who wins"},
    {"winner_M", PARAM_INT, "10", 2, 1000, NULL, NULL, "tokens of those"},
    {"winner_K", PARAM_INT, "4", 1, 1000, NULL, NULL, "nodes of those"},
    {"train_at", PARAM_REALS, "100,1000,2000", 1, 1e7, NULL, NULL,
     "iterations of gradient descent at which ranks are taken"},
    {"train_rate", PARAM_REAL, "0.1", 1e-6, 10, NULL, NULL, "its learning rate"},
    {"large_step", PARAM_REAL, "0.03", 1e-4, 1, NULL, NULL, "h of the large study's integrator"},
    {"rank_tolerance", PARAM_REAL, "1e-7", 1e-14, 1e-2, NULL, NULL,
     "relative tolerance of its spectral norms"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "everything at the sizes of the reference"},
    {"paper", "train_at=100,1000,2000,4000,8000", "training to the end"},
    {"large", "study=large M=20000 K=512 radii=1,2,3,4,5", "1e7 unknowns to radius 5"},
    {0}};

static const struct column rank_columns[] = {
    {"family", COLUMN_TEXT, NULL, "kind of Delta", false},
    {"seed", COLUMN_INT, NULL, "its seed", false},
    {"form", COLUMN_TEXT, NULL, "shared (A), printed (B) or separate (C)", false},
    {"radius", COLUMN_REAL, NULL, "largest row norm of V", false},
    {"t", COLUMN_REAL, NULL, "time", false},
    {"sr_delta", COLUMN_REAL, NULL, "stable rank of Delta", false},
    {"sr_V", COLUMN_REAL, NULL, "stable rank of V", false},
    {"sr_dV", COLUMN_REAL, NULL, "stable rank of dV/dt", false},
    {"er_V", COLUMN_REAL, NULL, "effective rank of V", true},
    {"er_dV", COLUMN_REAL, NULL, "effective rank of dV/dt", true},
    {"error", COLUMN_REAL, NULL,
     "shared form: largest deviation from the closed form, of V at the winner's gap and of the "
     "time",
     true},
    {0}};
static const struct column form_columns[] = {
    {"form", COLUMN_TEXT, NULL, "shared, printed or separate", false},
    {"method", COLUMN_TEXT, NULL, "integrator", false},
    {"t", COLUMN_REAL, NULL, "time", false},
    {"error", COLUMN_REAL, NULL, "largest |V - closed form|", false},
    {"steps", COLUMN_INT, NULL, "steps", false},
    {0}};
static const struct column row_columns[] = {
    {"row", COLUMN_INT, NULL, "l", false},
    {"norm", COLUMN_REAL, NULL, "||Delta_l||", false},
    {"t_star", COLUMN_REAL, NULL, "its blow-up time", true},
    {"t_star_printed", COLUMN_REAL, NULL, "under the printed form", true},
    {"t_galore", COLUMN_REAL, NULL, "sqrt(pi)/(2 ||Delta_l||), GaLore Eqns 48-54", true},
    {0}};
static const struct column joint_columns[] = {
    {"fraction", COLUMN_REAL, NULL, "t / t*", false},
    {"t", COLUMN_REAL, NULL, "time", false},
    {"shared", COLUMN_REAL, NULL, "||V - V_(A)|| / ||V||", false},
    {"printed", COLUMN_REAL, NULL, "the same from (B), Delta divided by K", false},
    {"separate", COLUMN_REAL, NULL, "the same from (C)", false},
    {0}};
static const struct column threshold_columns[] = {
    {"family", COLUMN_TEXT, NULL, "kind of Delta", false},
    {"dV_radius", COLUMN_REAL, NULL, "radius from which sr(dV/dt) < 1.1, median", false},
    {"dV_least", COLUMN_REAL, NULL, "least over the seeds", false},
    {"dV_most", COLUMN_REAL, NULL, "largest", false},
    {"dV_time", COLUMN_REAL, NULL, "t / t* at the median", false},
    {"V_radius", COLUMN_REAL, NULL, "radius from which sr(V) < 1.1, median", false},
    {"V_least", COLUMN_REAL, NULL, "least over the seeds", false},
    {"V_most", COLUMN_REAL, NULL, "largest", false},
    {0}};
static const struct column winner_columns[] = {
    {"trial", COLUMN_INT, NULL, "random Delta", false},
    {"shared", COLUMN_INT, NULL, "winning row, (A) integrated", false},
    {"printed", COLUMN_INT, NULL, "winning row, (B) integrated", false},
    {"largest_norm", COLUMN_INT, NULL, "argmax ||Delta_l||", false},
    {"first_printed", COLUMN_INT, NULL, "argmin of (B)'s blow-up times by quadrature", false},
    {"largest_entry", COLUMN_INT, NULL, "row of the largest |Delta_lk|", false},
    {0}};
static const struct column training_columns[] = {
    {"attention", COLUMN_TEXT, NULL, "softmax or exp", false},
    {"gradient", COLUMN_TEXT, NULL, "ce: of the cross-entropy; fixed: as at zero", false},
    {"iteration", COLUMN_INT, NULL, "updates done", false},
    {"outcome", COLUMN_TEXT, NULL, "ok, or overflow: stopped at that iteration", false},
    {"sr_V", COLUMN_REAL, NULL, "stable rank of V", true},
    {"sr_dV", COLUMN_REAL, NULL, "stable rank of its gradient", true},
    {"er_dV", COLUMN_REAL, NULL, "effective rank of its gradient", true},
    {"leader", COLUMN_INT, NULL, "row of the largest norm", false},
    {0}};
static const struct table tables[] = {
    {"ranks", "rank over radius", rank_columns},
    {"forms", "each form against its closed form", form_columns},
    {"rows", "blow-up times of the small instance", row_columns},
    {"joint", "the joint flow against the three forms", joint_columns},
    {"thresholds", "when the stable rank falls below 1.1 (shared form)", threshold_columns},
    {"winners", "who blows up first", winner_columns},
    {"training", "gradient descent on W and z", training_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"t_star", NULL, "blow-up time of the small (or the large) instance, closed form", false},
    {"t_star_measured", NULL, "the same off an integration to radius 6", true},
    {"t_star_galore", NULL, "the same as GaLore's appendix has it", true},
    {"joint_t_star", NULL, "blow-up time of the joint flow", true},
    {0}};

static const struct figure figures[] = {
    {"low_rank", "joma/low_rank/low_rank.gp",
     "Stable rank of V and of dV/dt over the largest row norm of V, mean over the seeds, for four "
     "kinds of Delta and the three forms of the dynamics: dV/dt is of rank one from radius 3 on, V "
     "nears rank one only logarithmically."},
    {0}};

/* --- checks ------------------------------------------------------------------------------ */

#define NEEDS_ALL                                                                                  \
    (void)ctx;                                                                                     \
    if (!param_is(p, "study", "all")) return verdict_skip(v, "not part of study=large")

CHECK_FUNCTION(check_closed) {
    (void)ctx;
    if (param_is(p, "study", "all")) NEEDS_TIGHT;
    double worst = 0, to = 0;
    for (size_t i = 0; i < results_rows(results, "ranks"); i++) {
        double radius = results_real(results, "ranks", i, "radius");
        if (strcmp(results_text(results, "ranks", i, "form"), "shared") != 0 || radius > 5)
            continue;
        worst = fmax(worst, results_real(results, "ranks", i, "error"));
        to = fmax(to, radius);
    }
    if (to == 0) return verdict_skip(v, "no radius up to 5");
    return verdict_at_most(v, worst, 1e-9, "to radius %g, %zu by %zu numbers", to,
                           (size_t)param_int(p, "M"), (size_t)param_int(p, "K"));
}

CHECK_FUNCTION(check_two) {
    NEEDS_ALL;
    NEEDS_TIGHT;
    double worst[3] = {-1, -1, -1};
    static const char *const names[3] = {"adams", "bdf-dense", "rk4"};
    for (size_t i = 0; i < results_rows(results, "forms"); i++)
        for (int m = 0; m < 3; m++)
            if (strcmp(results_text(results, "forms", i, "method"), names[m]) == 0)
                worst[m] = fmax(worst[m], results_real(results, "forms", i, "error"));
    if (worst[0] < 0) return verdict_skip(v, "all times lie beyond the blow-up");
    return verdict_at_most(v, fmax(fmax(worst[0], worst[1]), worst[2]), 1e-9,
                           "three forms: adams %.2g, bdf-dense %.2g, rk4 %.2g", worst[0], worst[1],
                           worst[2]);
}

static double joint_last(const struct results *results, const char *column) {
    double most = 0;
    for (size_t i = 0; i < results_rows(results, "joint"); i++)
        most = fmax(most, results_real(results, "joint", i, column));
    return most;
}

CHECK_FUNCTION(check_joint_printed) {
    NEEDS_ALL;
    if (param_int(p, "joint_K") < 2) return verdict_skip(v, "the forms agree for one node");
    if (results_rows(results, "joint") == 0) return verdict_skip(v, "joint_at is empty");
    return verdict_erratum(v, joint_last(results, "printed"), 0.01, joint_last(results, "shared"),
                           1e-9, "deviation of V from the joint flow: (B)/K %.4f, (A) %.2g",
                           joint_last(results, "printed"), joint_last(results, "shared"));
}

CHECK_FUNCTION(check_joint_separate) {
    NEEDS_ALL;
    if (param_int(p, "joint_K") < 2) return verdict_skip(v, "the forms agree for one node");
    if (results_rows(results, "joint") == 0) return verdict_skip(v, "joint_at is empty");
    return verdict_erratum(v, joint_last(results, "separate"), 0.01, joint_last(results, "shared"),
                           1e-9, "deviation of V from the joint flow: (C) %.4f, (A) %.2g",
                           joint_last(results, "separate"), joint_last(results, "shared"));
}

CHECK_FUNCTION(check_winner) {
    NEEDS_ALL;
    size_t wrong = 0, printed = 0, n = results_rows(results, "winners");
    for (size_t i = 0; i < n; i++) {
        wrong += results_real(results, "winners", i, "shared") !=
                 results_real(results, "winners", i, "largest_norm");
        printed += results_real(results, "winners", i, "printed") !=
                   results_real(results, "winners", i, "first_printed");
    }
    return verdict_at_most(
        v, (double)(wrong + printed), 0,
        "of %zu Delta: (A) and argmax norm differ in %zu, (B) and its quadrature "
        "in %zu",
        n, wrong, printed);
}

CHECK_FUNCTION(check_winner_printed) {
    NEEDS_ALL;
    size_t printed = 0, entry = 0, norm = 0, n = results_rows(results, "winners");
    for (size_t i = 0; i < n; i++) {
        double shared = results_real(results, "winners", i, "shared");
        printed += results_real(results, "winners", i, "printed") != shared;
        entry += results_real(results, "winners", i, "largest_entry") != shared;
        norm += results_real(results, "winners", i, "largest_norm") != shared;
    }
    if (n < 20 || param_int(p, "winner_K") < 2) return verdict_skip(v, "needs 20 trials, K > 1");
    return verdict_erratum(v, (double)printed / (double)n, 0.02, (double)norm / (double)n, 0,
                           "of %zu Delta: (B) picks another row in %zu, the largest entry in %zu",
                           n, printed, entry);
}

CHECK_FUNCTION(check_galore_time) {
    NEEDS_ALL;
    double measured = results_scalar_value(results, "t_star_measured");
    return verdict_erratum(v, fabs(results_scalar_value(results, "t_star_galore") / measured - 1),
                           0.2, fabs(results_scalar_value(results, "t_star") / measured - 1), 1e-9,
                           "measured %.10g; sqrt(pi)/(2 mu) is too small by sqrt 2", measured);
}

/* Mean of a column over the seeds. */
static double mean(const struct results *results, const char *family, const char *form,
                   double radius, const char *column) {
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < results_rows(results, "ranks"); i++)
        if (strcmp(results_text(results, "ranks", i, "family"), family) == 0 &&
            strcmp(results_text(results, "ranks", i, "form"), form) == 0 &&
            results_real(results, "ranks", i, "radius") == radius)
            sum += results_real(results, "ranks", i, column), n++;
    return n ? sum / (double)n : NAN;
}

CHECK_FUNCTION(check_gradient_falls) {
    (void)ctx, (void)p;
    /* Rows are emitted radius by radius within one Delta and form. */
    double rise = 0;
    size_t n = 0;
    for (size_t i = 1; i < results_rows(results, "ranks"); i++) {
        double before = results_real(results, "ranks", i - 1, "radius"),
               now = results_real(results, "ranks", i, "radius");
        if (strcmp(results_text(results, "ranks", i, "form"), "shared") != 0 || before < 1 ||
            now <= before)
            continue;
        n++;
        rise = fmax(rise, results_real(results, "ranks", i, "sr_dV") -
                              results_real(results, "ranks", i - 1, "sr_dV"));
    }
    if (n == 0) return verdict_skip(v, "needs two radii from 1 on");
    return verdict_at_most(v, rise, 1e-9, "%zu steps between radii, every Delta", n);
}

CHECK_FUNCTION(check_rank_one) {
    NEEDS_ALL;
    if (param_int(p, "M") < 8 || param_int(p, "K") < 4)
        return verdict_skip(v, "said of matrices of 8 by 4 and more");
    double sr_v = mean(results, "normal", "shared", 5, "sr_V"),
           sr_dv = mean(results, "normal", "shared", 5, "sr_dV");
    if (isnan(sr_v)) return verdict_skip(v, "needs radius 5");
    return verdict_erratum(v, sr_v - 1, 0.1, sr_dv - 1, 1e-6,
                           "normal Delta at radius 5, 6e-7 t* before the blow-up: sr(V) = %.3f, "
                           "sr(dV/dt) = %.8f",
                           sr_v, sr_dv);
}

CHECK_FUNCTION(check_thresholds) {
    NEEDS_ALL;
    if (param_int(p, "M") < 8 || param_int(p, "K") < 4)
        return verdict_skip(v, "said of matrices of 8 by 4 and more");
    double least = INFINITY;
    char note[300] = "";
    size_t used = 0;
    for (size_t i = 0; i < results_rows(results, "thresholds"); i++) {
        double v_radius = results_real(results, "thresholds", i, "V_radius"),
               dv_radius = results_real(results, "thresholds", i, "dV_radius");
        least = fmin(least, v_radius / dv_radius);
        used += (size_t)snprintf(note + used, sizeof note - used, "%s %.2f (%.3f t*), %.1f; ",
                                 results_text(results, "thresholds", i, "family"), dv_radius,
                                 results_real(results, "thresholds", i, "dV_time"), v_radius);
        if (used >= sizeof note) break;
    }
    return verdict_at_least(v, least, 1.5, "sr < 1.1 from radius, dV/dt then V: %s", note);
}

/* The row of `training`, or -1. */
static long training_row(const struct results *results, const char *attention, const char *gradient,
                         double iteration) {
    for (size_t i = 0; i < results_rows(results, "training"); i++)
        if (strcmp(results_text(results, "training", i, "attention"), attention) == 0 &&
            strcmp(results_text(results, "training", i, "gradient"), gradient) == 0 &&
            (isnan(iteration) ? strcmp(results_text(results, "training", i, "outcome"), "ok") != 0
                              : results_real(results, "training", i, "iteration") == iteration))
            return (long)i;
    return -1;
}

CHECK_FUNCTION(check_training) {
    NEEDS_ALL;
    long fixed = training_row(results, "softmax", "fixed", 2000),
         ce = training_row(results, "softmax", "ce", 2000);
    if (fixed < 0 || ce < 0) return verdict_skip(v, "needs iteration 2000");
    if (param_real(p, "train_rate") < 0.1)
        return verdict_skip(v, "claimed for train_rate >= 0.1: slower, little is learnt by then");
    double of_fixed = results_real(results, "training", (size_t)fixed, "er_dV");
    double of_ce = results_real(results, "training", (size_t)ce, "er_dV");
    return verdict_at_least(
        v, of_ce / of_fixed, 1.2,
        "effective rank of the gradient after 2000 steps: fixed %.3f, real %.3f", of_fixed, of_ce);
}

CHECK_FUNCTION(check_training_blow_up) {
    NEEDS_ALL;
    long overflow = training_row(results, "exp", "fixed", NAN),
         real = training_row(results, "exp", "ce", NAN);
    size_t n;
    const double *at = param_reals(p, "train_at", &n);
    if (n == 0 || at[n - 1] < 2000) return verdict_skip(v, "needs 2000 iterations");
    if (overflow < 0 && param_real(p, "train_rate") < 0.1)
        return verdict_skip(v, "train_rate < 0.1: the fixed gradient has not overflowed yet");
    if (overflow < 0) return verdict_at_most(v, 1, 0, "the fixed gradient does not overflow");
    double value = results_real(results, "training", (size_t)overflow, "iteration");
    return verdict_at_most(v, real >= 0, 0,
                           "exponential attention: fixed gradient overflows at iteration %g, the "
                           "real one never",
                           value);
}

static const struct check *const checks[] = {
    &(const struct check){"J3a.closed-form", CHECK_CLAIM,
     "rows of V decouple, keep their direction and follow the erf law of their norm",
     "JoMA, Theorem 1 and 2; derived here", "V or its time is off by more than 1e-9", check_closed},
    &(const struct check){"J3b.three-integrators", CHECK_CLAIM,
     "each of the three forms follows its own closed form, by three integrators", "derived here",
     "an error above 1e-9", check_two},
    &(const struct check){"E3.printed-form", CHECK_ERRATUM, "dV/dt = diag(exp(V o V/2) 1) Delta / A",
     "the talk; GaLore (arXiv 2403.03507), Eqn 43",
     "(B) is within 1 % of the joint flow, or diag(exp((V o V) 1/2)) Delta is not within 1e-9",
     check_joint_printed},
    &(const struct check){"E3.separate-form", CHECK_ERRATUM, "dV/dt = exp(V o V/2) o Delta", "GaLore, appendix, Eqn 44",
     "(C) is within 1 % of the joint flow, or (A) is not within 1e-9", check_joint_separate},
    &(const struct check){"J3c.winner", CHECK_CLAIM, "the row of largest 2-norm blows up first", "derived here",
     "another row wins, once", check_winner},
    &(const struct check){"E3.winner", CHECK_ERRATUM, "the printed form picks the row that blows up",
     "GaLore, Eqn 43 and 48-54", "it does in 98 % of random Delta, or the 2-norm fails once",
     check_winner_printed},
    &(const struct check){"E3.galore-time", CHECK_ERRATUM, "the critical time is A sqrt(pi) / (2 mu)",
     "GaLore, Eqns 48-54", "it is met within 20 %, or sqrt(pi/2)/||Delta_l|| is not within 1e-9",
     check_galore_time},
    &(const struct check){"J3d.gradient-rank-falls", CHECK_CLAIM, "sr(dV/dt) falls with the radius from 1 on",
     "JoMA, Theorem 2; derived here", "it rises between two radii", check_gradient_falls},
    &(const struct check){"E3.V-rank-one", CHECK_ERRATUM, "V becomes of rank one (dV/dt does)",
     "the talk; GaLore, section 3", "sr(V) is within 0.1 of 1 at radius 5, or sr(dV/dt) is not",
     check_rank_one},
    &(const struct check){"J3e.thresholds", CHECK_CLAIM,
     "dV/dt is of stable rank 1.1 at a moderate radius, V only at one 1.5 to 6 times as large",
     "derived here", "V gets there before 1.5 times the radius", check_thresholds},
    &(const struct check){"J3f.training-real", CHECK_CLAIM,
     "real gradients keep their rank longer than a fixed one: the limit is one of stationary g",
     "derived here", "the effective ranks are within 20 %", check_training},
    &(const struct check){"J3g.training-blow-up", CHECK_CLAIM,
     "with exponential attention a fixed gradient blows up in finite time, the real one does not",
     "derived here", "the fixed one survives, or the real one overflows", check_training_blow_up},
    NULL};

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    size_t n;
    const double *radii = param_reals(p, "radii", &n);
    if (n == 0) return attndyn_fail(ctx, ATTNDYN_USAGE, "radii is empty: give one or more");
    for (size_t i = 1; i < n; i++)
        if (!(radii[i] > radii[i - 1]))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "radii must rise: %g follows %g", radii[i],
                                radii[i - 1]);
    if (param_is(p, "study", "large")) return low_rank_large(ctx, p, results);
    if (param_int(p, "M") * param_int(p, "K") > 100000)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "M K = %ld is too large for the full singular value decompositions of "
                            "study=all; take study=large",
                            param_int(p, "M") * param_int(p, "K"));
    ATTNDYN_TRY(low_rank_small(ctx, p, results));
    ATTNDYN_TRY(low_rank_joint(ctx, p, results));
    ATTNDYN_TRY(low_rank_curves(ctx, p, results));
    ATTNDYN_TRY(low_rank_thresholds(ctx, p, results));
    ATTNDYN_TRY(low_rank_winners(ctx, p, results));
    return low_rank_training(ctx, p, results);
}

const struct experiment experiment_joma_low_rank = {
    .id = "joma/low-rank",
    .title = "K > 1: the rank of V and of its gradient under three forms of the dynamics",
    .source = "JoMA (arXiv 2310.00535), Theorem 2; GaLore (arXiv 2403.03507), section 3, appendix",
    .doc = "K nodes share one attention z = sum_k v_k^2/2, so that the joint flow of linear "
           "activation "
           "and constant Delta folds into (A) dV/dt = diag(exp((V o V) 1/2)) Delta. The talk and "
           "GaLore "
           "print (B) diag(exp(V o V/2) 1) Delta and (C) exp(V o V/2) o Delta; all three are "
           "integrated, in path-length time, against their closed forms and against the joint flow "
           "(V, xi, z) of random samples. Rows of V keep their direction under (A); the row of "
           "largest "
           "2-norm blows up at sqrt(pi/2)/||Delta_l||. Since its norm grows like sqrt(2 ln 1/(t* - "
           "t)), "
           "V nears rank one logarithmically, dV/dt at once.\n"
           "In training with exponential attention and the real gradient the steps become "
           "unstable, and "
           "rounding decides its rows of `training` from about iteration 1600 on: a learning rate "
           "larger by one unit in the last place takes sr(dV/dt) at iteration 2000 from 1.61 to "
           "1.46.\n"
           "study=large integrates one Delta of 1e7 numbers and takes stable ranks by Lanczos "
           "iteration.\n"
           "Table `state`: V of the small instance at the last of `times`, t_star, t_star_row.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run};
