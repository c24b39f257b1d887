#include "cost.h"

#include "theory/cache/cost.h"

#include <string.h>

#define PARAMETERS cost

CLAIM(closed, "CACHE.cost-closed-form", DERIVED,
      "What the engine counts over a stream is n (n + 1)/2 pairs of query and key for dense, "
      "L (L + 1)/2 + (n - L) L for a window and for streaming, L (L + 1)/2 (1 + n - L) for "
      "re-computation, for each head of each layer.",
      "a count differs at all", .bound = 0) {
    double most = WORST_GAP(run, totals, counted, theory);
    keep_larger(&most, WORST_GAP(run, token_row, attention, theory));
    return verdict_at_most(v, most, v->bound, "largest difference of %zu counts",
                           ROWS(run, totals) + ROWS(run, token_row));
}

CLAIM(
    sums, "CACHE.cost-sums", DERIVED,
    "The pairs of a whole stream are those of its tokens, one after the other, from its first on.",
    "a count differs at all", .bound = 0) {
    double most = NOTHING_YET;
    for (uint64_t slots = 1; slots <= 9; slots++)
        for (int scheme = ATTNDYN_COST_DENSE; scheme <= ATTNDYN_COST_RECOMPUTATION; scheme++) {
            enum attndyn_cost_scheme kind = (enum attndyn_cost_scheme)scheme;
            uint64_t sum = 0;
            for (uint64_t t = 0; t < 30; t++) {
                /* re-computation passes over its first L tokens once */
                sum += attndyn_cost_pairs(kind, slots, t);
                worst(&most, (double)sum - (double)attndyn_cost_pairs_sum(kind, slots, t + 1));
            }
        }
    return verdict_at_most(v, most, v->bound, "streams of 1 to 30 tokens, 1 to 9 slots");
}

CLAIM(
    counted_, "CACHE.cost-maps-counted", DERIVED,
    "A token's multiply-adds in maps and logits are the numbers of the network's matrices, counted "
    "one by one.",
    "a count differs at all", .bound = 0) {
    double off = INFINITY;
    EACH_ROW (run, crossing, r)
        if (!isnan(r->counted)) off = fabs(r->maps - r->counted);
    return verdict_at_most(v, off, v->bound, "multiply-adds, this network");
}

CLAIM(lists, "CACHE.cost-lists", CONTRACT,
      "The sizes of the lists of kept keys after each token add up to the same count.",
      "a count differs at all", .bound = 0) {
    struct tally most = {NOTHING_YET, 0};
    EACH_ROW (run, totals, r)
        if (r->kept > 0) tally_worst(&most, r->counted - r->kept);
    return verdict_at_most(v, most.value, v->bound, "largest difference of %zu counts", most.n);
}

/* Attention of one scheme at two L, over the power of L that the talk gives it. */
static double off_power(const struct trial *run, const char *scheme, double power, double shift) {
    double most = NOTHING_YET, first = NAN, base = NAN;
    EACH_ROW (run, token_row, r) {
        if (strcmp(r->scheme, scheme) != 0) continue;
        const double l = (double)r->slots, x = power == 2 ? l * (l + shift) : pow(l, power);
        if (isnan(first)) first = r->attention, base = x;
        worst(&most, (r->attention / first) / (x / base) - 1);
    }
    return most;
}

CLAIM(powers, "CACHE.cost-powers",
      TALK("the talk, StreamingLLM (arXiv 2309.17453), figure 1: O(T^2), O(T L), O(T L^2), O(T L)"),
      "A token's attention grows as the powers 0, 1, 2, 1 of L: not at all for dense, L for a "
      "window and for streaming, L (L + 1)/2 for re-computation.",
      "a ratio of two counts is off by more than rounding", .bound = 1e-12) {
    double most = NOTHING_YET;
    worst(&most, off_power(run, "dense", 0, 0));
    worst(&most, off_power(run, "window", 1, 0));
    worst(&most, off_power(run, "streaming", 1, 0));
    worst(&most, off_power(run, "recomputation", 2, 1));
    return verdict_at_most(v, most, v->bound, "largest relative deviation, %zu values of L",
                           p->slots.count);
}

CLAIM(
    maps, "CACHE.cost-maps", DERIVED,
    "Beside its L (L + 1)/2 pairs re-computation passes its maps L times for every token: by them "
    "alone it costs L times as much as streaming, but for the logits.",
    "a count differs by more than rounding", .bound = 1e-12) {
    double most = NOTHING_YET;
    struct token_row of;
    EACH_ROW (run, token_row, r) {
        if (strcmp(r->scheme, "recomputation") != 0) continue;
        for (size_t i = 0; i < ROWS(run, token_row); i++) {
            ROW(run, token_row, i, &of);
            if (strcmp(of.scheme, "streaming") != 0 || of.slots != r->slots) continue;
            const double head = (double)(p->width * p->vocabulary);
            worst(&most, (r->maps - head) / ((of.maps - head) * (double)r->slots) - 1);
        }
    }
    return verdict_at_most(v, most, v->bound, "largest relative deviation");
}

CLAIM(crossing_, "CACHE.cost-crossing", DERIVED,
      "Attention passes the maps where the closed form says: counted at the last number of keys "
      "below it makes at most as many multiply-adds as they, one key later more.",
      "the counts do not change sides there", .bound = 1) {
    struct crossing r;
    ROW(run, crossing, 0, &r);
    if (isnan(r.below))
        return verdict_skip(v, "the crossing at %g keys lies outside streams of length=%ld",
                            r.slots, p->length);
    if (!(r.below <= 1))
        return verdict_at_least(v, 0, v->bound, "already %.5f below the crossing", r.below);
    return verdict_at_least(v, r.above, v->bound, "%.5f at %g keys, %.5f one later", r.below,
                            floor(r.slots), r.above);
}

const struct check *const cost_claims[] = {&closed, &sums, &counted_,  &lists,
                                           &powers, &maps, &crossing_, NULL};
