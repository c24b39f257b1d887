/* What lm/hierarchical-tree claims, judged on its tables. */
#include "experiments/frame/contract/check.h"

#include "hierarchical_tree.h"

#include <math.h>
#include <string.h>

static bool is_text(const struct results *results, const char *table, size_t row,
                    const char *column, const char *value) {
    return strcmp(results_text(results, table, row, column), value) == 0;
}

CHECK_FUNCTION(check_theorem5) {
    (void)ctx, (void)p;
    double largest = 0;
    for (size_t i = 0; i < results_rows(results, "cooccurrence"); i++)
        largest = fmax(largest, fabs(results_real(results, "cooccurrence", i, "drawn") -
                                     results_real(results, "cooccurrence", i, "theorem")) /
                                    results_real(results, "cooccurrence", i, "error"));
    return verdict_at_most(v, largest, 4, "largest difference in standard errors, H = 1 ... %ld",
                           param_int(p, "levels") - 1);
}

/* Smallest ratio of the half-times of successive heights. */
static double order_of(const struct results *results, const char *attention, const char *keys) {
    double least = INFINITY, before = NAN;
    for (size_t i = 0; i < results_rows(results, "half"); i++) {
        if (!is_text(results, "half", i, "attention", attention) ||
            !is_text(results, "half", i, "keys", keys))
            continue;
        double now = results_real(results, "half", i, "t_half");
        if (results_real(results, "half", i, "H") > 1) least = fmin(least, now / before);
        before = now;
    }
    return least;
}

CHECK_FUNCTION(check_order) {
    (void)ctx, (void)p;
    double exp_least = order_of(results, "exp", "trained");
    double softmax_least = order_of(results, "softmax", "trained");
    return verdict_at_least(v, fmin(exp_least, softmax_least), 1.05,
                            "least t_half(H+1)/t_half(H): exp %.2f, softmax %.2f; attention "
                            "frozen: %.2f and %.2f, so the order is the data's",
                            exp_least, softmax_least, order_of(results, "exp", "frozen"),
                            order_of(results, "softmax", "frozen"));
}

/* Row of course: trained arm, height, first step at or after t. */
static size_t course_row(const struct results *results, const char *attention, long h, double t) {
    size_t rows = results_rows(results, "course"), last = 0;
    for (size_t i = 0; i < rows; i++) {
        if (!is_text(results, "course", i, "attention", attention) ||
            !is_text(results, "course", i, "keys", "trained") ||
            (long)results_real(results, "course", i, "H") != h)
            continue;
        last = i;
        if (results_real(results, "course", i, "step") >= t) break;
    }
    return last;
}

static double course_at(const struct results *results, const char *attention, long h, double t,
                        const char *column) {
    return results_real(results, "course", course_row(results, attention, h, t), column);
}

/* Whether attention stayed where it began, within rounding: then nothing can be said of it. */
static bool stayed(const struct results *results, const char *attention, struct verdict *v) {
    double most = 0;
    for (size_t i = 0; i < results_rows(results, "course"); i++)
        if (is_text(results, "course", i, "attention", attention) &&
            is_text(results, "course", i, "keys", "trained"))
            most = fmax(most, fabs(results_real(results, "course", i, "weight") - 1));
    if (most < 1e-6)
        verdict_skip(v, "attention has not moved: every weight is within %.1g of an even share",
                     most);
    return most < 1e-6;
}

CHECK_FUNCTION(check_near_first) {
    (void)ctx;
    if (stayed(results, "exp", v)) return ATTNDYN_OK;
    double t = results_real(results, "half", 0, "t_half"), least = INFINITY;
    for (long h = 1; h + 1 < param_int(p, "levels"); h++)
        least = fmin(least, course_at(results, "exp", h, t, "z") -
                                course_at(results, "exp", h + 1, t, "z"));
    if (course_at(results, "exp", 1, t, "z") == 0)
        return verdict_skip(v, "z_1 is 0 when v_1 is half learnt (t = %.0f): train slower", t);
    return verdict_at_least(v, least / course_at(results, "exp", 1, t, "z"), 0.01,
                            "least z_H - z_(H+1) over z_1 when v_1 is half learnt (t = %.0f); "
                            "weight of H = 1: %.3f, of H = %ld: %.3f",
                            t, course_at(results, "exp", 1, t, "weight"),
                            param_int(p, "levels") - 1,
                            course_at(results, "exp", param_int(p, "levels") - 1, t, "weight"));
}

CHECK_FUNCTION(check_moves_on) {
    (void)ctx;
    if (stayed(results, "exp", v)) return ATTNDYN_OK;
    const long far = param_int(p, "levels") - 1;
    double peak = 0, at = 0, end = course_at(results, "exp", 1, INFINITY, "weight");
    for (long t = 0; t < param_int(p, "steps"); t++) {
        double w = course_at(results, "exp", 1, (double)t, "weight");
        if (w > peak) peak = w, at = (double)t;
    }
    return verdict_at_least(v, course_at(results, "exp", far, INFINITY, "weight") / end, 1,
                            "weight of the farthest over that of the nearest leaf at the end; the "
                            "nearest had %.2f of an even share at t = %.0f, %.2f at the end",
                            peak, at, end);
}

CHECK_FUNCTION(check_softmax) {
    (void)ctx;
    if (stayed(results, "softmax", v)) return ATTNDYN_OK;
    const long far = param_int(p, "levels") - 1;
    double t = results_real(results, "half", 0, "t_half");
    return verdict_at_most(v, course_at(results, "softmax", 1, INFINITY, "weight"), 1,
                           "weight of the nearest leaf at the end (1: an even share); of the "
                           "farthest: %.2f; of the nearest at t = %.0f: %.3f",
                           course_at(results, "softmax", far, INFINITY, "weight"), t,
                           course_at(results, "softmax", 1, t, "weight"));
}

/* Mean of a column of slow_down over shares in [from, to], attention exp, height h. */
static double slow_mean(const struct results *results, const char *column, long h, double from,
                        double to) {
    double sum = 0, count = 0;
    for (size_t i = 0; i < results_rows(results, "slow_down"); i++) {
        double share = results_real(results, "slow_down", i, "share");
        if (!is_text(results, "slow_down", i, "attention", "exp") || share < from - 1e-9 ||
            share > to + 1e-9 || (long)results_real(results, "slow_down", i, "H") != h)
            continue;
        sum += results_real(results, "slow_down", i, column);
        count++;
    }
    return sum / count;
}

/* The erf law beside it, which has no value where an association does not grow. */
static const char *erf_law(double value, const char *unit, char text[80]) {
    snprintf(text, 80, ", erf law with a stationary gradient %+.3g%s", value, unit);
    if (isnan(value)) text[0] = '\0';
    return text;
}

CHECK_FUNCTION(check_slow_down) {
    (void)ctx;
    if (stayed(results, "exp", v)) return ATTNDYN_OK;
    char text[80];
    const long far = param_int(p, "levels") - 1;
    double most_of = -INFINITY;
    for (long h = 2; h <= far; h++) {
        double slow = slow_mean(results, "relative", h, 0.3, 0.6);
        most_of = slow <= most_of ? most_of : slow; /* NaN stays */
    }
    if (far < 2 || isnan(slow_mean(results, "relative", far, 0.3, 0.6)))
        return verdict_skip(v, "v_1 does not come to 0.3 to 0.6 of its most, or there is no H > 1");
    return verdict_at_least(
        v, -most_of, 0,
        "least slow-down over H, v_1 at 0.3 to 0.6 of its most; farthest leaves: "
        "%+.2f %%%s",
        100 * slow_mean(results, "relative", far, 0.3, 0.6),
        erf_law(100 * slow_mean(results, "predicted", far, 0.3, 0.6), " %", text));
}

CHECK_FUNCTION(check_catch_up) {
    (void)ctx;
    if (stayed(results, "exp", v)) return ATTNDYN_OK;
    const long far = param_int(p, "levels") - 1;
    char text[80];
    double apart = slow_mean(results, "relative", far, 0.95, 0.95);
    if (isnan(apart)) return verdict_skip(v, "v_1 does not come to 0.95 of its most");
    return verdict_at_least(
        v, apart, 0,
        "v_H/v_1 of the farthest leaves, trained over frozen, minus 1, when v_1 is at 0.95 of its "
        "most%s",
        erf_law(slow_mean(results, "predicted", far, 0.95, 0.95), "", text));
}

const struct check *const hierarchical_tree_checks[] = {
    &(const struct check){"L2.tree-theorem5", CHECK_CLAIM,
     "leaves of height H stand with the query as often as Theorem 5 says",
     "JoMA, Theorem 5 (exact form)", "a frequency is more than 4 standard errors off",
     check_theorem5},
    &(const struct check){"L2.tree-order", CHECK_CLAIM,
     "associations are learnt from near to far: their half-times rise with the height H",
     "JoMA, Theorem 5 and what follows from it",
     "a farther leaf's association is half learnt before a nearer one's", check_order},
    &(const struct check){"L2.tree-attention-near-first", CHECK_CLAIM,
     "exp attention: while the nearest association is being learnt, attention falls with H",
     "JoMA, Theorems 1 and 5", "a farther leaf has the larger logit", check_near_first},
    &(const struct check){"L2.tree-attention-moves-on", CHECK_CLAIM,
     "exp attention: once the near associations are learnt, the farthest leaves get more attention "
     "than the nearest",
     "derived here", "the nearest leaf keeps the most attention", check_moves_on},
    &(const struct check){"L2.tree-slow-down", CHECK_CLAIM,
     "exp attention slows the association of leaves that are not directly correlated down: at "
     "equal "
     "v_1, v_H/v_1 is smaller than with attention frozen, for every H > 1",
     "JoMA, Theorem 5 and its reading (made precise here)",
     "v_H/v_1 is larger with trained attention", check_slow_down},
    &(const struct check){"L2.tree-slow-down-ends", CHECK_CLAIM,
     "the slow-down is transient: when the nearest association saturates, the farthest have caught "
     "up with those of frozen attention",
     "derived here (the erf law, with its stationary gradient, slows down more and more)",
     "the farthest associations stay behind", check_catch_up},
    &(const struct check){"L2.tree-softmax", CHECK_CLAIM,
     "softmax attention turns away from the nearest leaf, which is nearly always there: a common "
     "token",
     "derived here, after Scan&Snap's common tokens", "the nearest leaf keeps its even share",
     check_softmax},
    NULL};
