/* What lm/hierarchical-tree claims, judged on its tables. */
#include "hierarchical_tree.h"

#include "experiments/statements/statements.h"

#include <stdio.h>
#include <string.h>

#define PARAMETERS hierarchical_tree

CLAIM(theorem5, "L2.tree-theorem5", OF(J_T5),
      "leaves of height H stand with the query as often as Theorem 5 says",
      "a frequency is more than {bound} standard errors off", .bound = 4) {
    double off = NOTHING_YET;
    EACH_ROW (run, cooccurrence, r) worst(&off, (r->drawn - r->theorem) / r->error);
    return verdict_at_most(v, off, v->bound, "largest difference in standard errors, H = 1 ... %ld",
                           p->levels - 1);
}

/* Smallest ratio of the half-times of successive heights. */
static double order_of(const struct trial *run, const char *attention, const char *keys) {
    double least = INFINITY, before = NAN;
    EACH_ROW (run, half, r) {
        if (strcmp(r->attention, attention) || strcmp(r->keys, keys)) continue;
        if (r->H > 1) least = smaller_of(least, r->t_half / before);
        before = r->t_half;
    }
    return least;
}

CLAIM(order, "L2.tree-order", DERIVED_AS("derived here, from JoMA's Theorem 5"),
      "associations are learnt from near to far: their half-times rise with the height H",
      "a farther leaf's association is half learnt before a nearer one's", .bound = 1.05) {
    double exp_least = order_of(run, "exp", "trained");
    double softmax_least = order_of(run, "softmax", "trained");
    return verdict_at_least(v, smaller_of(exp_least, softmax_least), v->bound,
                            "least t_half(H+1)/t_half(H): exp %.2f, softmax %.2f; attention "
                            "frozen: %.2f and %.2f, so the order is the data's",
                            exp_least, softmax_least, order_of(run, "exp", "frozen"),
                            order_of(run, "softmax", "frozen"));
}

static bool trained(const struct course *r, const char *attention) {
    return strcmp(r->attention, attention) == 0 && strcmp(r->keys, "trained") == 0;
}

/* The trained arm's course at a height, at the first look at or after t; the last one where there
 * is none. */
static struct course course_at(const struct trial *run, const char *attention, long h, double t) {
    struct course found = {.row_ = 0};
    EACH_ROW (run, course, r) {
        if (r->H != h || !trained(r, attention)) continue;
        found = *r;
        if ((double)r->step >= t) break;
    }
    return found;
}
static struct course at_the_end(const struct trial *run, const char *attention, long h) {
    return course_at(run, attention, h, INFINITY);
}
/* When the nearest association is half learnt, by exp attention. */
static double half_time(const struct trial *run) {
    struct half first;
    ROW(run, half, 0, &first);
    return first.t_half;
}

/* Is there nothing to judge? Claims about attention are derived from the gradient flow; where it
 * stayed at its initial value, within rounding, it decides nothing. */
static bool idle(const struct trial *run, const struct hierarchical_tree *p, const char *attention,
                 struct verdict *v) {
    double most = NOTHING_YET;
    if (p->optimizer != optimizer_sgd || p->weight_decay > 0) {
        verdict_skip(v, "derived from the gradient flow: needs optimizer=sgd weight_decay=0");
        return true;
    }
    EACH_ROW (run, course, r)
        if (trained(r, attention)) worst(&most, r->weight - 1);
    if (most < 1e-6)
        verdict_skip(v, "attention has not moved: every weight is within %.1g of an even share",
                     most);
    return most < 1e-6;
}

CLAIM(near_first, "L2.tree-attention-near-first",
      DERIVED_AS("derived here, from JoMA's Theorems 1 and 5"),
      "exp attention: while the nearest association is being learnt, attention falls with H",
      "a farther leaf has the larger logit", .bound = 0.01) {
    if (idle(run, p, "exp", v)) return ATTNDYN_OK;
    double t = half_time(run), least = INFINITY;
    struct course near = course_at(run, "exp", 1, t), far = near;
    for (long h = 2; h < p->levels; h++) {
        struct course nearer = far;
        far = course_at(run, "exp", h, t);
        least = smaller_of(least, nearer.z - far.z);
    }
    if (near.z == 0)
        return verdict_skip(v, "z_1 is 0 when v_1 is half learnt (t = %.0f): train slower", t);
    return verdict_at_least(v, least / near.z, v->bound,
                            "least z_H - z_(H+1) over z_1 when v_1 is half learnt (t = %.0f); "
                            "weight of H = 1: %.3f, of H = %ld: %.3f",
                            t, near.weight, far.H, far.weight);
}

CLAIM(
    moves_on, "L2.tree-attention-moves-on", DERIVED,
    "exp attention: once the near associations are learnt, the farthest leaves get more attention "
    "than the nearest",
    "the nearest leaf keeps the most attention") {
    if (idle(run, p, "exp", v)) return ATTNDYN_OK;
    double peak = 0, far = at_the_end(run, "exp", p->levels - 1).weight;
    struct course end = at_the_end(run, "exp", 1);
    long at = 0;
    EACH_ROW (run, course, r)
        if (r->H == 1 && trained(r, "exp") && r->weight > peak) peak = r->weight, at = r->step;
    return verdict_at_least(v, far / end.weight, 1,
                            "weight of the farthest over that of the nearest leaf at the end; the "
                            "nearest had %.2f of an even share at t = %ld, %.2f at the end",
                            peak, at, end.weight);
}

CLAIM(softmax, "L2.tree-softmax", DERIVED_AS("derived here, after Scan&Snap's common tokens"),
      "softmax attention turns away from the nearest leaf, which is nearly always there: a common "
      "token",
      "the nearest leaf keeps its even share") {
    if (idle(run, p, "softmax", v)) return ATTNDYN_OK;
    double t = half_time(run), near = at_the_end(run, "softmax", 1).weight;
    return verdict_at_most(v, near, 1,
                           "weight of the nearest leaf at the end (1: an even share); of the "
                           "farthest: %.2f; of the nearest at t = %.0f: %.3f",
                           at_the_end(run, "softmax", p->levels - 1).weight, t,
                           course_at(run, "softmax", 1, t).weight);
}

/* Means of slow_down over shares in [from, to], attention exp, height h. */
struct slow {
    double relative, predicted;
};
static struct slow slow_mean(const struct trial *run, long h, double from, double to) {
    struct slow mean = {0};
    double count = 0;
    EACH_ROW (run, slow_down, r) {
        if (r->H != h || strcmp(r->attention, "exp") || r->share < from - 1e-9 ||
            r->share > to + 1e-9)
            continue;
        mean.relative += r->relative;
        mean.predicted += r->predicted;
        count++;
    }
    return (struct slow){mean.relative / count, mean.predicted / count};
}

/* The erf law beside it, which has no value where an association does not grow. */
static const char *erf_law(double value, const char *unit, char text[80]) {
    snprintf(text, 80, ", erf law with a stationary gradient %+.3g%s", value, unit);
    if (isnan(value)) text[0] = '\0';
    return text;
}

CLAIM(slow_down, "L2.tree-slow-down",
      DERIVED_AS("derived here, JoMA's reading of Theorem 5 made precise"),
      "exp attention slows the association of leaves that are not directly correlated down: at "
      "equal v_1, v_H/v_1 is smaller than with attention frozen, for every H > 1",
      "v_H/v_1 is larger with trained attention") {
    if (idle(run, p, "exp", v)) return ATTNDYN_OK;
    char text[80];
    const long far = p->levels - 1;
    double most = -INFINITY;
    for (long h = 2; h <= far; h++) {
        double slow = slow_mean(run, h, 0.3, 0.6).relative;
        most = slow <= most ? most : slow; /* keeps NaN */
    }
    struct slow farthest = slow_mean(run, far, 0.3, 0.6);
    if (far < 2 || isnan(farthest.relative))
        return verdict_skip(v, "v_1 does not come to 0.3 to 0.6 of its most, or there is no H > 1");
    return verdict_at_least(
        v, -most, 0,
        "least slow-down over H, v_1 at 0.3 to 0.6 of its most; farthest leaves: "
        "%+.2f %%%s",
        100 * farthest.relative, erf_law(100 * farthest.predicted, " %", text));
}

CLAIM(
    catch_up, "L2.tree-slow-down-ends",
    DERIVED_AS(
        "derived here (the erf law, with its stationary gradient, slows down more and more)"),
    "the slow-down is transient: when the nearest association saturates, the farthest have caught "
    "up with those of frozen attention",
    "the farthest associations stay behind") {
    if (idle(run, p, "exp", v)) return ATTNDYN_OK;
    char text[80];
    struct slow apart = slow_mean(run, p->levels - 1, 0.95, 0.95);
    if (isnan(apart.relative)) return verdict_skip(v, "v_1 does not come to 0.95 of its most");
    return verdict_at_least(
        v, apart.relative, 0,
        "v_H/v_1 of the farthest leaves, trained over frozen, minus 1, when v_1 is at 0.95 of its "
        "most%s",
        erf_law(apart.predicted, "", text));
}

const struct check *const hierarchical_tree_claims[] = {
    &theorem5, &order, &near_first, &moves_on, &slow_down, &catch_up, &softmax, NULL};
