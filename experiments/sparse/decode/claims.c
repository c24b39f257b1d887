#include "decode.h"

#include <string.h>

#define PARAMETERS decode

CLAIM(whole, "SPARSE.gathered-whole", CONTRACT,
      "All units gathered are dense decoding, bit for bit, though what a ReLU made 0 is not read.",
      "a logit has another bit", .bound = 0) {
    return verdict_at_most(v, WORST(run, network_row, whole), v->bound,
                           "largest difference of a logit, %zu networks", ROWS(run, network_row));
}

CLAIM(chosen, "SPARSE.gathered-chosen", CONTRACT,
      "Units that are not read are units that are 0: predicted ones, gathered, give the logits of "
      "all units computed and the others made 0, bit for bit.",
      "a logit has another bit", .bound = 0) {
    return verdict_at_most(v, WORST(run, network_row, chosen), v->bound,
                           "largest difference of a logit, %zu networks", ROWS(run, network_row));
}

/* The engine counts rows as it reads them; here from the shape and the share. */
CLAIM(counted, "SPARSE.gathered-counted", DERIVED_AS("derived here, from the shape"),
      "A token reads, of every layer, the chosen units' rows and the predictor: maps x ceil(s h) x "
      "d and rank x (d + h) + h numbers, no more, and less only where a ReLU leaves zeros.",
      "the engine counts more, or, without a ReLU, another number") {
    struct tally off = {NOTHING_YET, 0};
    EACH_ROW (run, read_row, r) {
        bool gated = strncmp(r->network, "swiglu", 6) == 0,
             known = strcmp(r->network, "model") != 0;
        if (!known) continue;
        double d = (double)p->width, L = (double)p->layers;
        double h = gated ? floor((floor(d * 8 / 3) + 7) / 8) * 8 : 4 * d, maps = gated ? 3 : 2;
        double expected = L * maps * ceil(r->share * h) * d;
        worst(&off.value, r->predictor - L * ((double)p->rank * (d + h) + h));
        worst(&off.value, gated ? r->maps - expected : positive_part(r->maps - expected));
        /* a chosen unit's row of the first map is read even if its value is 0 */
        tally_worst(&off, positive_part(expected / maps * (maps - 1) - r->maps));
    }
    if (off.n == 0) return verdict_skip(v, "of networks whose shape the parameters say");
    return verdict_at_most(v, off.value, 1e-6, "numbers, %zu shares", off.n);
}

/* Equal numbers: maps s h d + rank (d + h) + h = maps h d. */
CLAIM(even, "SPARSE.break-even-bytes", DERIVED,
      "Without a ReLU's zeros, what is read is less than dense decoding reads exactly below the "
      "share 1 - (rank (d + h) + h)/(maps d h).",
      "a share below it by {bound} reads more, or one above it by as much reads less",
      .bound = 0.02) {
    struct tally wrong = {NOTHING_YET, 0};
    EACH_ROW (run, network_row, k) {
        if (!isnan(k->zeros)) continue; /* zeros save more */
        EACH_ROW (run, read_row, r) {
            if (strcmp(r->network, k->network) != 0) continue;
            /* ceil(s h) units are read: of a share next to it, up to one more */
            bool near = fabs(r->share - k->even_bytes) < v->bound;
            tally_add(&wrong, !near && (r->fewer > 1) != (r->share < k->even_bytes));
        }
    }
    if (wrong.n == 0) return verdict_skip(v, "of networks without a ReLU");
    return verdict_at_most(v, wrong.value, 0, "of %zu shares", wrong.n);
}

CLAIM(faster, "SPARSE.decode-faster", PAPER("Deja Vu (arXiv 2310.17157)", "section 4.4"),
      "Beyond the cache, a decode step with the fewest units is faster than dense, with the "
      "predictor in the time.",
      "the upper quartile of the paired ratios is below {bound}", .bound = 1,
      .unjudged = "quick,short") {
    double least = INFINITY, beyond = 0;
    EACH_ROW (run, network_row, r) {
        if (isnan(r->cache) || r->megabytes < 2 * r->cache) continue;
        struct times best = {.share = INFINITY};
        EACH_ROW (run, times, t)
            if (strcmp(t->network, r->network) == 0 && t->share < best.share) best = *t;
        keep_smaller(&least, best.faster_high);
        beyond++;
    }
    if (p->rounds == 0) return verdict_skip(v, "no clock: rounds=0");
    if (beyond == 0)
        return verdict_skip(v, "no network's MLPs are twice the last cache: there is no memory "
                               "traffic to save (preset beyond)");
    return verdict_at_least(v, least, v->bound, "%.0f networks", beyond);
}

const struct check *const decode_claims[] = {&whole, &chosen, &counted, &even, &faster, NULL};
