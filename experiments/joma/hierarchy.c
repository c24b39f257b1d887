/* Theorem 5 of JoMA: how often two leaves of a latent tree are on together. */
#include "theory/joma/hierarchy.h"
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/data/tree.h"

#include <math.h>

static const struct param params[] = {
    {"L", PARAM_INT, "6", 2, 4096, NULL, NULL, "levels of the tree, root and leaves included"},
    {"B", PARAM_INT, "2", 2, 64, NULL, NULL, "children of a node"},
    {"rho", PARAM_REAL, "0.9", -1, 1, NULL, NULL,
     "a child copies its parent with probability (1 + rho)/2"},
    {"rho0", PARAM_REAL, "0.6", -1, 1, NULL, NULL, "the root is on with probability (1 - rho0)/2"},
    {"trees", PARAM_INT, "400000", 0, 1e12, NULL, NULL,
     "trees drawn for the Monte Carlo (0: none)"},
    {"seed", PARAM_INT, "1", 0, 0, NULL, NULL, "seed of the drawn trees"},
    {"rhos", PARAM_REALS, "0.5,0.8,0.9,0.95,0.99,0.999", 0, 1, NULL, NULL,
     "rho = rho0 for which the printed 1 - H/L is judged"},
    {"curve_levels", PARAM_INT, "10", 2, 4096, NULL, NULL, "L of those trees"},
    {"kappas", PARAM_REALS, "0.1,0.01,0.001", 1e-9, 10, NULL, NULL,
     "kappa of the expansion rho = rho0 = exp(-kappa), falling"},
    {"epsilons", PARAM_REALS, "1e-2,1e-3,1e-4,1e-5", 1e-12, 1, NULL, NULL,
     "epsilon of the limits rho = 1 - epsilon, falling"},
    {"c", PARAM_REALS, "0,1,3", 0, 1e6, NULL, NULL, "rates of the limits rho0 = 1 - c epsilon"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "the defaults"}, {"deep", "L=12 trees=4000000", "2048 leaves, 4e6 trees"}, {0}};

static const struct table tables[] = {
    {"cooccurrence", "P(y_l = 1 | y_m = 1) of the tree (L, B, rho, rho0)",
     (const struct column[]){
         INT_COLUMN("H", "levels from the leaves to their lowest common ancestor"),
         REAL_COLUMN("formula", "the closed form"),
         REAL_COLUMN("chain", "products of transition matrices"),
         OPTIONAL_COLUMN("sampled", "Monte Carlo"),
         OPTIONAL_COLUMN("error", "its standard error"),
         OPTIONAL_COLUMN("z", "(sampled - formula)/error"),
         REAL_COLUMN("printed", "1 - H/L"),
         {0}}},
    {"enumeration", "all states of the largest tree that can be enumerated",
     (const struct column[]){INT_COLUMN("L", "its levels"),
                             REAL_COLUMN("rho", "copying"),
                             REAL_COLUMN("rho0", "root"),
                             INT_COLUMN("H", "common ancestor"),
                             REAL_COLUMN("formula", "the closed form"),
                             REAL_COLUMN("enumerated", "sum over all states"),
                             REAL_COLUMN("difference", "formula - enumerated"),
                             {0}}},
    {"printed_error", "the largest error of 1 - H/L, trees of curve_levels levels, rho = rho0",
     (const struct column[]){REAL_COLUMN("rho", "copying, and root"),
                             REAL_COLUMN("scale", "L (1 - rho)"),
                             REAL_COLUMN("largest", "max over H of |P - (1 - H/L)|"),
                             INT_COLUMN("at", "the H of the largest"),
                             {0}}},
    {"curves", "P against H for those trees",
     (const struct column[]){REAL_COLUMN("rho", "copying, and root"),
                             INT_COLUMN("H", "common ancestor"),
                             REAL_COLUMN("formula", "the closed form"),
                             REAL_COLUMN("printed", "1 - H/L"),
                             {0}}},
    {"expansion", "rho = rho0 = exp(-kappa)",
     (const struct column[]){REAL_COLUMN("kappa", "-ln rho"),
                             INT_COLUMN("H", "common ancestor"),
                             REAL_COLUMN("formula", "the closed form"),
                             REAL_COLUMN("first_order", "1 - H/L + kappa H (2H - L)/(2L)"),
                             REAL_COLUMN("deviation", "formula - (1 - H/L)"),
                             REAL_COLUMN("remainder", "formula - first_order"),
                             {0}}},
    {"limit", "rho = 1 - epsilon, rho0 = 1 - c epsilon; c missing: rho0 = 0.9 fixed",
     (const struct column[]){OPTIONAL_COLUMN("c", "rate of the root"),
                             REAL_COLUMN("epsilon", "1 - rho"),
                             INT_COLUMN("H", "common ancestor"),
                             REAL_COLUMN("formula", "the closed form"),
                             REAL_COLUMN("limit", "1 - H/(L - 1 + c), or 1"),
                             REAL_COLUMN("difference", "formula - limit"),
                             REAL_COLUMN("printed_difference", "formula - (1 - H/L)"),
                             {0}}},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"largest_z", NULL, "largest |z| of the Monte Carlo", true},
    {"enumeration_error", NULL, "largest difference of formula and enumeration", false},
    {"chain_error", NULL, "largest difference of formula and transition matrices", false},
    {"printed_error", NULL, "max over H of |P - (1 - H/L)| for the tree (L, rho, rho0)", false},
    {"p_leaf", NULL, "P(a leaf is on)", false},
    {0}};

static const double rho0_fixed = 0.9; /* a root that does not become rare */

static enum attndyn_status emit_tree(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results) {
    size_t levels = (size_t)param_int(p, "L");
    double rho = param_real(p, "rho"), rho0 = param_real(p, "rho0");
    uint64_t trees = (uint64_t)param_int(p, "trees");
    struct attndyn_tree tree = {.levels = levels, .rho = rho, .rho0 = rho0};
    double *chain, *sampled, *error, *formula;
    ATTNDYN_ALLOC(ctx, formula, levels);
    ATTNDYN_ALLOC(ctx, chain, levels);
    ATTNDYN_ALLOC(ctx, sampled, levels);
    ATTNDYN_ALLOC(ctx, error, levels);
    if (trees) {
        ATTNDYN_TRY(attndyn_tree_init(ctx, &tree, levels, (size_t)param_int(p, "B"), rho, rho0));
        ATTNDYN_TRY(attndyn_tree_cooccurrence_sampled(
            ctx, &tree, trees, (uint64_t)param_int(p, "seed"), sampled, error));
    }
    attndyn_tree_cooccurrence_chain(&tree, chain);
    double largest_z = 0, chain_error = 0, printed_error = 0;
    for (size_t h = 0; h < levels; h++) {
        double printed = attndyn_hierarchy_printed(levels, h), z = NAN;
        formula[h] = attndyn_hierarchy_cooccurrence(levels, h, rho, rho0);
        if (trees && h && error[h] > 0) {
            z = (sampled[h] - formula[h]) / error[h];
            largest_z = fmax(largest_z, fabs(z));
        }
        chain_error = fmax(chain_error, fabs(formula[h] - chain[h]));
        printed_error = fmax(printed_error, fabs(formula[h] - printed));
        ATTNDYN_TRY(EMIT(ctx, results, "cooccurrence", I((long)h), R(formula[h]), R(chain[h]),
                         R(trees ? sampled[h] : NAN), R(trees ? error[h] : NAN), R(z), R(printed)));
    }
    if (trees) ATTNDYN_TRY(results_scalar(ctx, results, "largest_z", largest_z));
    ATTNDYN_TRY(results_scalar(ctx, results, "chain_error", chain_error));
    ATTNDYN_TRY(results_scalar(ctx, results, "printed_error", printed_error));
    ATTNDYN_TRY(
        results_scalar(ctx, results, "p_leaf", 0.5 * (1 - pow(rho, (double)levels - 1) * rho0)));
    ATTNDYN_TRY(results_emit_state(ctx, results, "cooccurrence", formula, levels));
    return trees ? results_emit_state(ctx, results, "sampled", sampled, levels) : ATTNDYN_OK;
}

/* The run's rates and their reflections, on the deepest tree of at most 21 nodes. */
static enum attndyn_status emit_enumeration(struct attndyn_context *ctx, const struct params *p,
                                            struct results *results) {
    size_t branching = (size_t)param_int(p, "B"), levels = 1, nodes = 1, leaves = 1;
    while (levels < (size_t)param_int(p, "L") &&
           nodes + leaves * branching <= ATTNDYN_TREE_ENUMERABLE) {
        leaves *= branching;
        nodes += leaves;
        levels++;
    }
    double most = 0, rho = param_real(p, "rho"), rho0 = param_real(p, "rho0");
    const double rates[4][2] = {{rho, rho0}, {rho, -rho0}, {-rho, rho0}, {-rho, -rho0}};
    for (size_t i = 0; i < 4; i++) {
        struct attndyn_tree tree;
        double enumerated[ATTNDYN_TREE_ENUMERABLE];
        ATTNDYN_TRY(attndyn_tree_init(ctx, &tree, levels, branching, rates[i][0], rates[i][1]));
        ATTNDYN_TRY(attndyn_tree_cooccurrence_enumerated(ctx, &tree, enumerated));
        for (size_t h = 0; h < levels; h++) {
            double formula = attndyn_hierarchy_cooccurrence(levels, h, rates[i][0], rates[i][1]);
            if (isnan(formula)) continue; /* a reflection in which no leaf is ever on */
            most = fmax(most, fabs(formula - enumerated[h]));
            ATTNDYN_TRY(EMIT(ctx, results, "enumeration", I((long)levels), R(rates[i][0]),
                             R(rates[i][1]), I((long)h), R(formula), R(enumerated[h]),
                             R(formula - enumerated[h])));
        }
    }
    return results_scalar(ctx, results, "enumeration_error", most);
}

static enum attndyn_status emit_curves(struct attndyn_context *ctx, const struct params *p,
                                       struct results *results) {
    size_t levels = (size_t)param_int(p, "curve_levels"), count;
    const double *rhos = param_reals(p, "rhos", &count);
    for (size_t i = 0; i < count; i++) {
        double largest = 0;
        size_t at = 0;
        for (size_t h = 0; h < levels; h++) {
            double formula = attndyn_hierarchy_cooccurrence(levels, h, rhos[i], rhos[i]);
            double printed = attndyn_hierarchy_printed(levels, h);
            if (fabs(formula - printed) > largest) {
                largest = fabs(formula - printed);
                at = h;
            }
            ATTNDYN_TRY(
                EMIT(ctx, results, "curves", R(rhos[i]), I((long)h), R(formula), R(printed)));
        }
        ATTNDYN_TRY(EMIT(ctx, results, "printed_error", R(rhos[i]),
                         R((double)levels * (1 - rhos[i])), R(largest), I((long)at)));
    }
    const double *kappas = param_reals(p, "kappas", &count);
    for (size_t i = 0; i < count; i++)
        for (size_t h = 0; h < levels; h++) {
            double rho = exp(-kappas[i]);
            double formula = attndyn_hierarchy_cooccurrence(levels, h, rho, rho);
            double first = attndyn_hierarchy_expansion(levels, h, kappas[i]);
            ATTNDYN_TRY(EMIT(ctx, results, "expansion", R(kappas[i]), I((long)h), R(formula),
                             R(first), R(formula - attndyn_hierarchy_printed(levels, h)),
                             R(formula - first)));
        }
    return ATTNDYN_OK;
}

static enum attndyn_status emit_limits(struct attndyn_context *ctx, const struct params *p,
                                       struct results *results) {
    size_t levels = (size_t)param_int(p, "L"), n_epsilon, n_c;
    const double *epsilon = param_reals(p, "epsilons", &n_epsilon);
    const double *c = param_reals(p, "c", &n_c);
    for (size_t k = 0; k <= n_c; k++)
        for (size_t i = 0; i < n_epsilon; i++) {
            bool fixed = k == n_c;
            double rho0 = fixed ? rho0_fixed : 1 - c[k] * epsilon[i];
            if (fabs(rho0) > 1) continue;
            for (size_t h = 0; h < levels; h++) {
                double formula = attndyn_hierarchy_cooccurrence(levels, h, 1 - epsilon[i], rho0);
                double limit = fixed ? 1 : attndyn_hierarchy_limit(levels, h, c[k]);
                ATTNDYN_TRY(EMIT(ctx, results, "limit", R(fixed ? NAN : c[k]), R(epsilon[i]),
                                 I((long)h), R(formula), R(limit), R(formula - limit),
                                 R(formula - attndyn_hierarchy_printed(levels, h))));
            }
        }
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    double rho = param_real(p, "rho"), rho0 = param_real(p, "rho0");
    if (isnan(attndyn_hierarchy_cooccurrence((size_t)param_int(p, "L"), 1, rho, rho0)))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "rho = %g, rho0 = %g: no leaf is ever on, so nothing can be "
                            "conditioned on one: choose rho or rho0 below 1",
                            rho, rho0);
    size_t count;
    const double *r = param_reals(p, "rhos", &count);
    if (!count) return attndyn_fail(ctx, ATTNDYN_USAGE, "rhos is empty: name at least one rho");
    for (; count; count--, r++)
        if (*r >= 1)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "rhos contains 1: with rho = rho0 = 1 no leaf is ever on");
    ATTNDYN_TRY(emit_tree(ctx, p, results));
    ATTNDYN_TRY(emit_enumeration(ctx, p, results));
    ATTNDYN_TRY(emit_curves(ctx, p, results));
    return emit_limits(ctx, p, results);
}

CHECK_FUNCTION(check_enumeration) {
    (void)ctx, (void)p;
    return verdict_at_most(v, results_scalar_value(results, "enumeration_error"), 1e-13,
                           "%zu values, signs of rho and rho0 both ways",
                           results_rows(results, "enumeration"));
}

CHECK_FUNCTION(check_chain) {
    (void)ctx, (void)p;
    return verdict_at_most(v, results_scalar_value(results, "chain_error"), 1e-12, "H = 0 ... %ld",
                           param_int(p, "L") - 1);
}

CHECK_FUNCTION(check_monte_carlo) {
    (void)ctx;
    if (!param_int(p, "trees")) return verdict_skip(v, "no trees were drawn (trees=0)");
    size_t last = results_rows(results, "cooccurrence") - 1;
    return verdict_at_most(v, results_scalar_value(results, "largest_z"), 4,
                           "%ld trees, largest |z| over H = 1 ... %zu; standard error %.1e at the "
                           "largest H",
                           param_int(p, "trees"), last,
                           results_real(results, "cooccurrence", last, "error"));
}

/* Rows of the limit for rate c (NaN: fixed root) at the smallest epsilon: the largest columns. */
static void limit_rows(const struct results *results, double c, double *epsilon, double *difference,
                       double *printed) {
    *epsilon = INFINITY;
    *difference = *printed = NAN;
    for (size_t i = 0; i < results_rows(results, "limit"); i++) {
        double row_c = results_real(results, "limit", i, "c");
        double e = results_real(results, "limit", i, "epsilon");
        if (isnan(c) ? !isnan(row_c) : row_c != c) continue;
        if (e < *epsilon) {
            *epsilon = e;
            *difference = *printed = 0;
        }
        if (e > *epsilon) continue;
        *difference = fmax(*difference, fabs(results_real(results, "limit", i, "difference")));
        *printed = fmax(*printed, fabs(results_real(results, "limit", i, "printed_difference")));
    }
}

CHECK_FUNCTION(check_limit) {
    (void)ctx;
    size_t count, used = 0;
    const double *c = param_reals(p, "c", &count);
    double levels = (double)param_int(p, "L"), worst = 0;
    for (size_t k = 0; k < count; k++) {
        double epsilon, difference, printed;
        limit_rows(results, c[k], &epsilon, &difference, &printed);
        if (!(epsilon * (levels + c[k]) < 0.1)) continue; /* far from the limit */
        used++;
        /* the next order is at most epsilon (L - 1 + c) */
        worst = fmax(worst, difference / (epsilon * (levels - 1 + c[k])));
    }
    if (!used) return verdict_skip(v, "no rate c with a small enough epsilon was asked for");
    return verdict_at_most(v, worst, 1,
                           "|P - limit| over epsilon (L-1+c), %zu rates c, smallest epsilon", used);
}

CHECK_FUNCTION(check_rare_root) {
    (void)ctx;
    double epsilon, difference, printed, levels = (double)param_int(p, "L");
    limit_rows(results, NAN, &epsilon, &difference, &printed);
    if (!(epsilon <= 1e-3)) return verdict_skip(v, "no epsilon of at most 1e-3 was asked for");
    return verdict_erratum(v, printed, 0.2, difference, 1.1 * levels * epsilon / (1 - rho0_fixed),
                           "rho0 = %g fixed, rho = 1 - %g: P is within %.1e of 1 for every H, the "
                           "printed limit 1 - H/L is off by %.3f",
                           rho0_fixed, epsilon, difference, printed);
}

/* Largest remainder of each kappa. */
static double remainder_of(const struct results *results, double kappa) {
    double most = 0;
    for (size_t i = 0; i < results_rows(results, "expansion"); i++)
        if (results_real(results, "expansion", i, "kappa") == kappa)
            most = fmax(most, fabs(results_real(results, "expansion", i, "remainder")));
    return most;
}

CHECK_FUNCTION(check_error_law) {
    (void)ctx;
    size_t count;
    const double *kappa = param_reals(p, "kappas", &count);
    if (count < 2 || kappa[count - 1] > 0.02 || kappa[count - 2] <= kappa[count - 1])
        return verdict_skip(v, "needs two falling kappas, the last at most 0.02");
    if (param_int(p, "curve_levels") < 3)
        return verdict_skip(v, "needs curve_levels of 3 or more: with two there is no remainder");
    double last = kappa[count - 1], before = kappa[count - 2];
    double small = remainder_of(results, last), large = remainder_of(results, before);
    double order = log(large / small) / log(before / last);
    return verdict_at_most(v, fabs(order - 2), 0.1,
                           "the largest remainder falls from %.3e (kappa %g) to %.3e (%g): order "
                           "%.3f, expected 2",
                           large, before, small, last, order);
}

CHECK_FUNCTION(check_sign) {
    (void)ctx;
    size_t count, wrong = 0, rows = 0;
    const double *kappa = param_reals(p, "kappas", &count);
    long levels = param_int(p, "curve_levels");
    if (!count || kappa[count - 1] * (double)levels > 0.05)
        return verdict_skip(v, "needs a last kappa of at most 0.05/L");
    for (size_t i = 0; i < results_rows(results, "expansion"); i++) {
        if (results_real(results, "expansion", i, "kappa") != kappa[count - 1]) continue;
        long h = (long)results_real(results, "expansion", i, "H"), side = 2 * h - levels;
        double deviation = results_real(results, "expansion", i, "deviation");
        if (!h || !side) continue;
        rows++;
        wrong += (deviation > 0) != (side > 0);
    }
    return verdict_at_most(v, (double)wrong, 0, "wrong signs among %zu heights, L = %ld, kappa %g",
                           rows, levels, kappa[count - 1]);
}

CHECK_FUNCTION(check_printed_scale) {
    (void)ctx, (void)p;
    double worst = 0;
    size_t rows = results_rows(results, "printed_error");
    if (!rows) return verdict_skip(v, "no rhos were asked for");
    for (size_t i = 0; i < rows; i++)
        worst = fmax(worst, results_real(results, "printed_error", i, "largest") /
                                (0.5 * results_real(results, "printed_error", i, "scale")));
    return verdict_at_most(v, worst, 1, "max |P - (1 - H/L)| over L (1 - rho)/2, %zu values of rho",
                           rows);
}

CHECK_FUNCTION(check_printed) {
    (void)ctx;
    double printed = results_scalar_value(results, "printed_error");
    double levels = (double)param_int(p, "L");
    if (levels * (1 - param_real(p, "rho")) < 0.25)
        return verdict_skip(v, "L (1 - rho) = %.3g: here 1 - H/L may hold",
                            levels * (1 - param_real(p, "rho")));
    return verdict_erratum(v, printed, 0.05, results_scalar_value(results, "chain_error"), 1e-12,
                           "L = %g, rho = %g, rho0 = %g: 1 - H/L is off by up to %.3f; the closed "
                           "form agrees with the transition matrices",
                           levels, param_real(p, "rho"), param_real(p, "rho0"), printed);
}

static const struct check *const checks[] = {
    &(const struct check){"J6.enumeration", CHECK_CLAIM,
     "P(y_l=1|y_m=1) = (1 + rho^2H - 2 rho^(L-1) rho0)/(2 (1 - rho^(L-1) rho0)), against all "
     "states",
     "JoMA, Theorem 5 (exact form derived here)", "a sum over all states of a small tree differs",
     check_enumeration},
    &(const struct check){"J6.chain", CHECK_CLAIM,
     "the same formula against the transition matrices along the two branches, full depth",
     "JoMA, Theorem 5", "the formula and the products differ", check_chain},
    &(const struct check){"J6.monte-carlo", CHECK_CLAIM, "the same formula against drawn trees", "JoMA, Theorem 5",
     "a frequency is more than 4 standard errors off", check_monte_carlo},
    &(const struct check){"J6.limit", CHECK_CLAIM,
     "rho = 1 - e, rho0 = 1 - c e: P tends to 1 - H/(L-1+c); 1 - H/L is the case c = 1",
     "derived here", "the distance to the limit is not of order e", check_limit},
    &(const struct check){"J6.error-law", CHECK_CLAIM,
     "rho = rho0 = exp(-kappa): P = 1 - H/L + kappa H (2H-L)/(2L) + O(kappa^2)", "derived here",
     "the remainder is not of second order", check_error_law},
    &(const struct check){"J6.error-sign", CHECK_CLAIM,
     "P lies below 1 - H/L for H < L/2 and above it for H > L/2 (rho = rho0 near 1)",
     "derived here", "a deviation has the other sign", check_sign},
    &(const struct check){"J6.error-scale", CHECK_CLAIM, "rho = rho0: |P - (1 - H/L)| <= L (1 - rho)/2", "derived here",
     "an error exceeds the scale", check_printed_scale},
    &(const struct check){"E.hierarchy-rare-root", CHECK_ERRATUM,
     "rho -> 1 alone implies P -> 1 - H/L; it does not: the root must become rare at the same rate",
     "JoMA, Theorem 5 and its remark", "the printed limit is met with a root that is not rare",
     check_rare_root},
    &(const struct check){"E.hierarchy-approximation", CHECK_ERRATUM,
     "P is approximately 1 - H/L; only where L (1 - rho) << 1", "JoMA, Theorem 5",
     "1 - H/L is within 0.05 although L (1 - rho) >= 0.25", check_printed},
    NULL};

static const struct figure figures[] = {
    {"cooccurrence", "joma/hierarchy/cooccurrence.gp",
     "Left: P(y_l=1|y_m=1) against the height H of the common ancestor for rho = rho0, beside the "
     "printed 1 - H/L (black). Right: the largest error of 1 - H/L against L (1 - rho), below the "
     "line L (1 - rho)/2: one per cent needs L (1 - rho) of about 0.03."},
    {"cooccurrence_sampled", "joma/hierarchy/cooccurrence_sampled.gp",
     "The run's tree: drawn frequencies minus the closed form in standard errors (left) and the "
     "closed form with the drawn values on it (right)."},
    {0}};

const struct experiment experiment_joma_hierarchy = {
    .id = "joma/hierarchy",
    .title =
        "Co-occurrence in a binary latent tree: closed form, enumeration, drawn trees, 1 - H/L",
    .source = "JoMA (arXiv 2310.00535), Theorem 5",
    .doc =
        "A tree of L levels with B children a node; the root is on with probability (1 - rho0)/2, "
        "each child copies its parent with probability (1 + rho)/2. For two leaves whose lowest "
        "common ancestor lies H levels up,\n\n"
        "    P(y_l=1|y_m=1) = (1 + rho^(2H) - 2 rho^(L-1) rho0) / (2 (1 - rho^(L-1) rho0)),\n\n"
        "whatever B. The run holds this against the sum over all states of a small tree, against "
        "transition matrices and against drawn trees (64 at a time, one bit each), and asks when "
        "the paper's 1 - H/L holds: rho0 must tend to 1 as fast as rho does, and L (1 - rho) must "
        "be small. rho0 > 0 means that the root is mostly off.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run,
};
