/* Theorem 5 of JoMA: how often two leaves of a latent tree are on together. */
#include "theory/joma/hierarchy.h"
#include "experiments/frame/contract/typed.h"
#include "experiments/statements/statements.h"
#include "sim/data/tree.h"

#define HIERARCHY(X)                                                                               \
    X(INT, L, "6", "levels of the tree, root and leaves included", IN(2, 4096))                    \
    X(INT, B, "2", "children of a node", IN(2, 64))                                                \
    X(REAL, rho, "0.9", "a child copies its parent with probability (1 + rho)/2", IN(-1, 1))       \
    X(REAL, rho0, "0.6", "the root is on with probability (1 - rho0)/2", IN(-1, 1))                \
    X(INT, trees, "400000",                                                                        \
      "trees drawn at random for the estimate of the co-occurrence; 0: none", IN(0, 1e12))         \
    X(INT, seed, "1", "seed of the drawn trees")                                                   \
    X(REALS, rhos, "0.5,0.8,0.9,0.95,0.99,0.999",                                                  \
      "rho = rho0 for which the printed 1 - H/L is judged", IN(0, 1))                              \
    X(INT, curve_levels, "10", "levels L of the trees of rhos", IN(2, 4096))                       \
    X(REALS, kappas, "0.1,0.01,0.001",                                                             \
      "kappa of the expansion in rho = rho0 = exp(-kappa), falling", IN(1e-9, 10))                 \
    X(REALS, epsilons, "1e-2,1e-3,1e-4,1e-5", "epsilon of the limit rho = 1 - epsilon, falling",   \
      IN(1e-12, 1))                                                                                \
    X(REALS, c, "0,1,3", "c of the limit rho0 = 1 - c epsilon", IN(0, 1e6))
PARAMS(hierarchy, HIERARCHY)

#define COOCCURRENCE(X)                                                                            \
    X(INT, H, "H, levels from the leaves to their lowest common ancestor")                         \
    X(REAL, formula, "P(y_l = 1 | y_m = 1) of two leaves l, m, in closed form")                    \
    X(REAL, chain, "the same by products of transition matrices")                                  \
    X(OPTIONAL, sampled, "the same over drawn trees")                                              \
    X(OPTIONAL, error, "standard error over drawn trees")                                          \
    X(OPTIONAL, z, "(sampled - formula)/error")                                                    \
    X(REAL, printed, "the printed 1 - H/L")
TABLE(cooccurrence, COOCCURRENCE, "P(y_l = 1 | y_m = 1) of the tree (L, B, rho, rho0)")

#define ENUMERATION(X)                                                                             \
    X(INT, L, "levels L of the tree")                                                              \
    X(REAL, rho, "rho of copying")                                                                 \
    X(REAL, rho0, "rho0 of the root")                                                              \
    X(INT, H, "H, levels from the leaves to their lowest common ancestor")                         \
    X(REAL, formula, "P(y_l = 1 | y_m = 1) of two leaves l, m, in closed form")                    \
    X(REAL, enumerated, "the same by the sum over all states of the tree")                         \
    X(REAL, difference, "formula - enumerated")
TABLE(enumeration, ENUMERATION,
      "all states of the largest tree that can be "
      "enumerated")

#define PRINTED_ERROR(X)                                                                           \
    X(REAL, rho, "rho = rho0")                                                                     \
    X(REAL, scale, "L (1 - rho)")                                                                  \
    X(REAL, largest, "max over H of |P - (1 - H/L)|")                                              \
    X(INT, at, "H of the largest")
TABLE(printed_error, PRINTED_ERROR,
      "the largest error of 1 - H/L, trees of "
      "curve_levels levels, rho = rho0")

#define CURVES(X)                                                                                  \
    X(REAL, rho, "rho = rho0")                                                                     \
    X(INT, H, "H, levels from the leaves to their lowest common ancestor")                         \
    X(REAL, formula, "P(y_l = 1 | y_m = 1) of two leaves l, m, in closed form")                    \
    X(REAL, printed, "the printed 1 - H/L")
TABLE(curves, CURVES, "the co-occurrence against H for the trees of rhos")

#define EXPANSION(X)                                                                               \
    X(REAL, kappa, "-ln rho")                                                                      \
    X(INT, H, "H, levels from the leaves to their lowest common ancestor")                         \
    X(REAL, formula, "P(y_l = 1 | y_m = 1) of two leaves l, m, in closed form")                    \
    X(REAL, first_order, "to first order: 1 - H/L + kappa H (2H - L)/(2L)")                        \
    X(REAL, deviation, "formula - (1 - H/L)")                                                      \
    X(REAL, remainder, "formula - first_order")
TABLE(expansion, EXPANSION, "first-order expansion at rho = rho0 = exp(-kappa)")

#define LIMIT(X)                                                                                   \
    X(OPTIONAL, c, "c of rho0 = 1 - c epsilon; empty: a fixed rho0")                               \
    X(REAL, epsilon, "1 - rho")                                                                    \
    X(INT, H, "H, levels from the leaves to their lowest common ancestor")                         \
    X(REAL, formula, "P(y_l = 1 | y_m = 1) of two leaves l, m, in closed form")                    \
    X(REAL, limit, "the limit, 1 - H/(L - 1 + c), or 1")                                           \
    X(REAL, difference, "formula - limit")                                                         \
    X(REAL, printed_difference, "formula - (1 - H/L)")
TABLE(limit, LIMIT,
      "rho = 1 - epsilon, rho0 = 1 - c epsilon; c "
      "missing: rho0 = 0.9 fixed")

#define OUTCOME(X)                                                                                 \
    X(OPTIONAL, largest_z, "largest difference over drawn trees, in standard errors")              \
    X(REAL, enumeration_error, "largest difference of formula and enumeration")                    \
    X(REAL, chain_error, "largest difference of formula and transition matrices")                  \
    X(REAL, printed_error, "max over H of |P - (1 - H/L)| for the tree (L, rho, rho0)")            \
    X(REAL, p_leaf, "probability that a leaf is on")
SCALARS(outcome, OUTCOME)

static const double rho0_fixed = 0.9; /* a root that does not become rare */

static enum attndyn_status emit_tree(const struct trial *run, const struct hierarchy *p) {
    size_t levels = (size_t)p->L;
    double rho = p->rho, rho0 = p->rho0;
    uint64_t trees = (uint64_t)p->trees;
    struct attndyn_tree tree = {.levels = levels, .rho = rho, .rho0 = rho0};
    double *chain, *sampled, *error, *formula;
    ATTNDYN_ALLOC(run->ctx, formula, levels);
    ATTNDYN_ALLOC(run->ctx, chain, levels);
    ATTNDYN_ALLOC(run->ctx, sampled, levels);
    ATTNDYN_ALLOC(run->ctx, error, levels);
    if (trees) {
        ATTNDYN_TRY(attndyn_tree_init(run->ctx, &tree, levels, (size_t)p->B, rho, rho0));
        ATTNDYN_TRY(attndyn_tree_cooccurrence_sampled(run->ctx, &tree, trees, (uint64_t)p->seed,
                                                      sampled, error));
    }
    attndyn_tree_cooccurrence_chain(&tree, chain);
    double largest_z = 0, chain_error = 0, printed_error = 0;
    for (size_t h = 0; h < levels; h++) {
        double printed = attndyn_hierarchy_printed(levels, h), z = NAN;
        formula[h] = attndyn_hierarchy_cooccurrence(levels, h, rho, rho0);
        if (trees && h && error[h] > 0) {
            z = (sampled[h] - formula[h]) / error[h];
            worst(&largest_z, z);
        }
        worst(&chain_error, formula[h] - chain[h]);
        worst(&printed_error, formula[h] - printed);
        ATTNDYN_TRY(EMIT(run, cooccurrence, .H = (long)h, .formula = formula[h], .chain = chain[h],
                         .sampled = trees ? sampled[h] : NAN, .error = trees ? error[h] : NAN,
                         .z = z, .printed = printed));
    }
    if (trees) ATTNDYN_TRY(SCALAR(run, outcome, largest_z, largest_z));
    ATTNDYN_TRY(SCALAR(run, outcome, chain_error, chain_error));
    ATTNDYN_TRY(SCALAR(run, outcome, printed_error, printed_error));
    ATTNDYN_TRY(SCALAR(run, outcome, p_leaf, 0.5 * (1 - pow(rho, (double)levels - 1) * rho0)));
    ATTNDYN_TRY(STATE(run, cooccurrence, formula, levels));
    return trees ? STATE(run, sampled, sampled, levels) : ATTNDYN_OK;
}

/* The run's rates and their reflections, on the deepest tree of at most 21 nodes. */
static enum attndyn_status emit_enumeration(const struct trial *run, const struct hierarchy *p) {
    size_t branching = (size_t)p->B, levels = 1, nodes = 1, leaves = 1;
    while (levels < (size_t)p->L && nodes + leaves * branching <= ATTNDYN_TREE_ENUMERABLE) {
        leaves *= branching;
        nodes += leaves;
        levels++;
    }
    double most = 0, rho = p->rho, rho0 = p->rho0;
    const double rates[4][2] = {{rho, rho0}, {rho, -rho0}, {-rho, rho0}, {-rho, -rho0}};
    for (size_t i = 0; i < 4; i++) {
        struct attndyn_tree tree;
        double enumerated[ATTNDYN_TREE_ENUMERABLE];
        ATTNDYN_TRY(
            attndyn_tree_init(run->ctx, &tree, levels, branching, rates[i][0], rates[i][1]));
        ATTNDYN_TRY(attndyn_tree_cooccurrence_enumerated(run->ctx, &tree, enumerated));
        for (size_t h = 0; h < levels; h++) {
            double formula = attndyn_hierarchy_cooccurrence(levels, h, rates[i][0], rates[i][1]);
            if (isnan(formula)) continue; /* with these signs no leaf is ever on */
            worst(&most, formula - enumerated[h]);
            ATTNDYN_TRY(EMIT(run, enumeration, .L = (long)levels, .rho = rates[i][0],
                             .rho0 = rates[i][1], .H = (long)h, .formula = formula,
                             .enumerated = enumerated[h], .difference = formula - enumerated[h]));
        }
    }
    return SCALAR(run, outcome, enumeration_error, most);
}

static enum attndyn_status emit_curves(const struct trial *run, const struct hierarchy *p) {
    size_t levels = (size_t)p->curve_levels;
    for (size_t i = 0; i < p->rhos.count; i++) {
        double largest = 0;
        size_t at = 0;
        for (size_t h = 0; h < levels; h++) {
            double formula =
                attndyn_hierarchy_cooccurrence(levels, h, p->rhos.at[i], p->rhos.at[i]);
            double printed = attndyn_hierarchy_printed(levels, h);
            if (fabs(formula - printed) > largest) {
                largest = fabs(formula - printed);
                at = h;
            }
            ATTNDYN_TRY(EMIT(run, curves, .rho = p->rhos.at[i], .H = (long)h, .formula = formula,
                             .printed = printed));
        }
        ATTNDYN_TRY(EMIT(run, printed_error, .rho = p->rhos.at[i],
                         .scale = (double)levels * (1 - p->rhos.at[i]), .largest = largest,
                         .at = (long)at));
    }
    for (size_t i = 0; i < p->kappas.count; i++)
        for (size_t h = 0; h < levels; h++) {
            double rho = exp(-p->kappas.at[i]);
            double formula = attndyn_hierarchy_cooccurrence(levels, h, rho, rho);
            double first = attndyn_hierarchy_expansion(levels, h, p->kappas.at[i]);
            ATTNDYN_TRY(EMIT(run, expansion, .kappa = p->kappas.at[i], .H = (long)h,
                             .formula = formula, .first_order = first,
                             .deviation = formula - attndyn_hierarchy_printed(levels, h),
                             .remainder = formula - first));
        }
    return ATTNDYN_OK;
}

static enum attndyn_status emit_limits(const struct trial *run, const struct hierarchy *p) {
    size_t levels = (size_t)p->L;
    for (size_t k = 0; k <= p->c.count; k++)
        for (size_t i = 0; i < p->epsilons.count; i++) {
            bool fixed = k == p->c.count;
            double rho0 = fixed ? rho0_fixed : 1 - p->c.at[k] * p->epsilons.at[i];
            if (fabs(rho0) > 1) continue;
            for (size_t h = 0; h < levels; h++) {
                double formula =
                    attndyn_hierarchy_cooccurrence(levels, h, 1 - p->epsilons.at[i], rho0);
                double limit = fixed ? 1 : attndyn_hierarchy_limit(levels, h, p->c.at[k]);
                ATTNDYN_TRY(EMIT(
                    run, limit, .c = fixed ? NAN : p->c.at[k], .epsilon = p->epsilons.at[i],
                    .H = (long)h, .formula = formula, .limit = limit, .difference = formula - limit,
                    .printed_difference = formula - attndyn_hierarchy_printed(levels, h)));
            }
        }
    return ATTNDYN_OK;
}

RUN(hierarchy) {
    double rho = p->rho, rho0 = p->rho0;
    if (isnan(attndyn_hierarchy_cooccurrence((size_t)p->L, 1, rho, rho0)))
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "rho = %g, rho0 = %g: no leaf is ever on, so nothing can be "
                            "conditioned on one: choose rho or rho0 below 1",
                            rho, rho0);
    ATTNDYN_TRY(NOT_EMPTY(run, p, rhos));
    for (size_t i = 0; i < p->rhos.count; i++)
        if (p->rhos.at[i] >= 1)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "rhos contains 1: with rho = rho0 = 1 no leaf is ever on");
    ATTNDYN_TRY(emit_tree(run, p));
    ATTNDYN_TRY(emit_enumeration(run, p));
    ATTNDYN_TRY(emit_curves(run, p));
    return emit_limits(run, p);
}

#define PARAMETERS hierarchy

CLAIM(enumeration, "J6.enumeration", OF(J_T5),
      "P(y_l=1|y_m=1) = (1 + rho^(2H) - 2 rho^(L-1) rho0)/(2 (1 - rho^(L-1) rho0)) for two leaves "
      "l, m of a tree of L levels whose lowest common ancestor lies H levels up",
      "the sum over all states of a small tree differs by more than {bound}", .bound = 1e-13) {
    return verdict_at_most(v, SCALAR_OF(run, outcome, enumeration_error), v->bound,
                           "%zu values, signs of rho and rho0 both ways", ROWS(run, enumeration));
}

CLAIM(chain, "J6.chain", OF(J_T5),
      "the closed form of P(y_l=1|y_m=1) is the product of the transition matrices along the two "
      "branches, at full depth",
      "the two differ by more than {bound} for some H", .bound = 1e-12) {
    return verdict_at_most(v, SCALAR_OF(run, outcome, chain_error), v->bound, "H = 0 ... %ld",
                           p->L - 1);
}

CLAIM(monte_carlo, "J6.monte-carlo", OF(J_T5),
      "the closed form of P(y_l=1|y_m=1) is the frequency in drawn trees",
      "for some H it is more than {bound} standard errors off", .bound = 4) {
    if (!p->trees) return verdict_skip(v, "no trees were drawn (trees=0)");
    size_t last = ROWS(run, cooccurrence) - 1;
    struct cooccurrence top = {0};
    ROW(run, cooccurrence, last, &top);
    return verdict_at_most(v, SCALAR_OF(run, outcome, largest_z), v->bound,
                           "%ld trees, largest |z| over H = 1 ... %zu; standard error %.1e at the "
                           "largest H",
                           p->trees, last, top.error);
}

/* Of the rows of `limit` for rate c (NaN: fixed root), those at the smallest epsilon: the largest
 * difference and printed difference. */
static void limit_rows(const struct trial *run, double c, double *epsilon, double *difference,
                       double *printed) {
    *epsilon = INFINITY;
    *difference = *printed = NAN;
    EACH_ROW (run, limit, r) {
        if (isnan(c) ? !isnan(r->c) : r->c != c) continue;
        if (r->epsilon < *epsilon) {
            *epsilon = r->epsilon;
            *difference = *printed = 0;
        }
        if (r->epsilon > *epsilon) continue;
        worst(difference, r->difference);
        worst(printed, r->printed_difference);
    }
}

CLAIM(limit, "J6.limit", DERIVED,
      "where rho = 1 - e and rho0 = 1 - c e, P = P(y_l=1|y_m=1) tends to 1 - H/(L-1+c) as e tends "
      "to 0; the paper's 1 - H/L is the case c = 1",
      "at the smallest e the distance to the limit is above e (L-1+c) for some H and c") {
    size_t used = 0;
    double levels = (double)p->L, most = 0;
    for (size_t k = 0; k < p->c.count; k++) {
        double epsilon, difference, printed;
        limit_rows(run, p->c.at[k], &epsilon, &difference, &printed);
        /* too far from the limit to judge */
        if (!(epsilon * (levels + p->c.at[k]) < 0.1)) continue;
        used++;
        /* the next order is at most epsilon (L - 1 + p->c.at) */
        worst(&most, difference / (epsilon * (levels - 1 + p->c.at[k])));
    }
    if (!used) return verdict_skip(v, "no rate c with a small enough epsilon was asked for");
    return verdict_at_most(v, most, 1,
                           "|P - limit| over epsilon (L-1+c), %zu rates c, smallest epsilon", used);
}

CLAIM(fixed_root, "J6.fixed-root", DERIVED,
      "where rho tends to 1 and the root does not become rare, rho0 = 0.9, P = P(y_l=1|y_m=1) "
      "tends to 1 for every H",
      "at the smallest e = 1 - rho P is off 1 by more than {bound} L e/(1 - rho0), the next order",
      .bound = 1.1) {
    double epsilon, difference, printed, levels = (double)p->L;
    limit_rows(run, NAN, &epsilon, &difference, &printed);
    if (!(epsilon <= 1e-3)) return verdict_skip(v, "no epsilon of at most 1e-3 was asked for");
    return verdict_at_most(v, difference / (levels * epsilon / (1 - rho0_fixed)), v->bound,
                           "rho0 = %g, rho = 1 - %g: P is within %.1e of 1; 1 - H/L is off by %.3f "
                           "there",
                           rho0_fixed, epsilon, difference, printed);
}

/* The largest remainder for this kappa. */
static double remainder_of(const struct trial *run, double kappa) {
    double most = 0;
    EACH_ROW (run, expansion, r)
        if (r->kappa == kappa) worst(&most, r->remainder);
    return most;
}

CLAIM(error_law, "J6.error-law", DERIVED,
      "where rho = rho0 = exp(-kappa), P = P(y_l=1|y_m=1) is 1 - H/L + kappa H (2H-L)/(2L) + "
      "O(kappa^2)",
      "the order of the largest remainder, between the two smallest kappa, is off 2 by more than "
      "{bound}",
      .bound = 0.1) {
    const double *kappa = p->kappas.at;
    size_t count = p->kappas.count;
    if (count < 2 || kappa[count - 1] > 0.02 || kappa[count - 2] <= kappa[count - 1])
        return verdict_skip(v, "needs two falling kappas, the last at most 0.02");
    if (p->curve_levels < 3)
        return verdict_skip(v, "needs curve_levels of 3 or more: with two there is no remainder");
    double last = kappa[count - 1], before = kappa[count - 2];
    double small = remainder_of(run, last), large = remainder_of(run, before);
    double order = log(large / small) / log(before / last);
    return verdict_at_most(v, fabs(order - 2), v->bound,
                           "the largest remainder falls from %.3e (kappa %g) to %.3e (%g): order "
                           "%.3f, expected 2",
                           large, before, small, last, order);
}

CLAIM(error_sign, "J6.error-sign", DERIVED,
      "where rho = rho0 is near 1, P = P(y_l=1|y_m=1) lies below 1 - H/L for 0 < H < L/2 and "
      "above it for H > L/2",
      "the deviation has the other sign for some H") {
    size_t wrong = 0, rows = 0, count = p->kappas.count;
    double kappa = count ? p->kappas.at[count - 1] : INFINITY;
    if (!(kappa * (double)p->curve_levels <= 0.05))
        return verdict_skip(v, "needs a last kappa of at most 0.05/L");
    EACH_ROW (run, expansion, r) {
        long side = 2 * r->H - p->curve_levels;
        if (r->kappa != kappa || !r->H || !side) continue;
        rows++;
        wrong += (r->deviation > 0) != (side > 0);
    }
    return verdict_at_most(v, wrong_of((double)wrong, rows), 0,
                           "wrong signs among %zu heights, L = %ld, kappa %g", rows,
                           p->curve_levels, kappa);
}

CLAIM(error_scale, "J6.error-scale", DERIVED,
      "where rho = rho0, |P - (1 - H/L)| is L (1 - rho)/2 at most, P = P(y_l=1|y_m=1)",
      "it is more for some H and rho") {
    double most = NOTHING_YET;
    EACH_ROW (run, printed_error, r) worst(&most, r->largest / (0.5 * r->scale));
    return verdict_at_most(v, most, 1, "max |P - (1 - H/L)| over L (1 - rho)/2, %zu values of rho",
                           ROWS(run, printed_error));
}

/* How noisy this run's tree is. The theorem wants rho0 = rho; any other root counts as infinitely
 * far off. */
KNOWN(this_tree, hierarchy) {
    f->tree_noise = p->rho == p->rho0 ? (double)p->L * (1 - p->rho) : INFINITY;
}
/* The least noisy of the trees with rho0 = rho. */
KNOWN(faithful_tree, hierarchy) {
    f->tree_noise = LEAST(run, printed_error, scale);
}

static enum attndyn_status approximately(struct verdict *v, double error, const char *where,
                                         double noise) {
    return verdict_at_most(v, error, v->bound,
                           "max over H of |P - (1 - H/L)|, %s, L (1 - rho) = %.3g", where, noise);
}

CLAIM(approximation, "J6.approximation", OF(J_S_latent), "P(y_l=1|y_m=1) is about 1 - H/L",
      "in the tree with the least L (1 - rho), rho0 = rho, it is off by more than {bound} for "
      "some H",
      .bound = 0.05, .facts = KNOWN_OF(faithful_tree)) {
    struct printed_error least = {.largest = NOTHING_YET, .scale = INFINITY};
    EACH_ROW (run, printed_error, r)
        if (r->scale < least.scale) least = *r;
    return approximately(v, least.largest, "the most faithful tree with rho0 = rho", least.scale);
}

CLAIM(approximation_here, "J6.approximation-here", OF(J_S_latent),
      "P(y_l=1|y_m=1) is about 1 - H/L in this run's tree",
      "it is off by more than {bound} for some H", .bound = 0.05, .facts = KNOWN_OF(this_tree),
      .unjudged = "quick,short") {
    return approximately(v, SCALAR_OF(run, outcome, printed_error), "this run's tree",
                         (double)p->L * (1 - p->rho));
}

static const struct check *const hierarchy_claims[] = {
    &enumeration, &chain,       &monte_carlo, &limit,         &error_law,
    &error_sign,  &error_scale, &fixed_root,  &approximation, &approximation_here,
    NULL};

static const struct figure figures[] = {
    {"cooccurrence", "joma/hierarchy/cooccurrence.gp",
     "Left: P(y_l=1|y_m=1) against the height H of the common ancestor for rho = rho0, beside the "
     "printed 1 - H/L (black). Right: the largest error of 1 - H/L against L (1 - rho), below the "
     "line L (1 - rho)/2: one per cent needs L (1 - rho) of about 0.03."},
    {"cooccurrence_sampled", "joma/hierarchy/cooccurrence_sampled.gp",
     "The run's tree: drawn frequencies minus the closed form in standard errors, which scatter "
     "about 0 (left), and the closed form with the drawn values on it (right)."},
    {0}};

const struct experiment experiment_joma_hierarchy = {
    .id = "joma/hierarchy",
    .title =
        "Co-occurrence in a binary latent tree: closed form, enumeration, drawn trees, 1 - H/L",
    .source = "JoMA (arXiv 2310.00535), Theorem 5",
    .doc =
        "A tree of L levels with B children a node; the root is on with probability (1 - rho0)/2, "
        "each child copies its parent with probability (1 + rho)/2. For two leaves l, m whose "
        "lowest common ancestor lies H levels up,\n"
        "\n    "
        "P(y_l=1|y_m=1) = (1 + rho^(2H) - 2 rho^(L-1) rho0) / (2 (1 - rho^(L-1) rho0)),\n"
        "\n"
        "whatever B. The run holds this against the sum over all states of a small tree, against "
        "transition matrices and against drawn trees (64 at a time, one bit each), and asks when "
        "the paper's 1 - H/L holds: rho0 must tend to 1 as fast as rho does, and L (1 - rho) must "
        "be small. rho0 > 0 means that the root is mostly off.",
    .presets =
        (const struct preset[]){{"quick", "", "the defaults"},
                                {"short", "L=12 trees=4000000", "2048 leaves, 4e6 drawn trees"},
                                {"deep", "L=12 trees=4000000", "2048 leaves, 4e6 drawn trees"},
                                {0}},
    .tables = TABLES(cooccurrence, enumeration, printed_error, curves, expansion, limit, the_state),
    .figures = figures,
    PARTS_OF(hierarchy, outcome)};
