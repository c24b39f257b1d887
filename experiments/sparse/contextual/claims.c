#include "contextual.h"

#include <string.h>

#define PARAMETERS contextual

#define SLIDE TALK("the talk, Deja Vu (arXiv 2310.17157), figure 1")
/* A paired effect counts from four standard errors on (by chance one in 15,000). */
#define STANDARD_ERRORS 4

CLAIM(whole, "SPARSE.share-one", CONTRACT,
      "With all units kept the losses are those of dense inference, bit for bit.",
      "a token's loss differs at all", .bound = 0) {
    return verdict_at_most(v, WORST(run, network_row, whole), v->bound,
                           "largest difference of a token's loss");
}

CLAIM(zeros, "SPARSE.relu-zeros", DERIVED,
      "Units that are exactly 0 behind a ReLU can be left out: the losses keep every bit.",
      "a token's loss differs at all", .bound = 0) {
    struct tally most = {NOTHING_YET, 0};
    EACH_ROW (run, network_row, r)
        if (!isnan(r->zeros)) tally_worst(&most, r->zeros);
    if (most.n == 0)
        return verdict_skip(v, "no network with ReLU, or none with zeros for every token");
    return verdict_at_most(v, most.value, v->bound, "largest difference of a token's loss");
}

static bool is(const struct shares *r, const char *part, const char *choose) {
    return strcmp(r->part, part) == 0 && strcmp(r->choose, choose) == 0;
}

CLAIM(monotone, "SPARSE.monotone", DERIVED,
      "More of each token's units cost no loss: with units chosen for each token, the excess of "
      "the loss falls with the share that is kept.",
      "it grows from one share to the next larger by more than {bound} standard errors",
      .bound = STANDARD_ERRORS) {
    struct tally most = {NOTHING_YET, 0};
    EACH_ROW (run, shares, a) {
        if (!is(a, "mlp", "contextual")) continue;
        struct shares next = {.share = INFINITY};
        EACH_ROW (run, shares, b)
            if (is(b, "mlp", "contextual") && strcmp(a->network, b->network) == 0 &&
                b->share > a->share && b->share < next.share)
                next = *b;
        if (!isfinite(next.share)) continue;
        double error = hypot(a->error, next.error);
        /* without an error bar both are dense */
        tally_larger(&most, error > 0 ? (next.excess - a->excess) / error : 0);
    }
    if (most.n == 0) return verdict_skip(v, "needs two shares");
    return verdict_at_most(v, most.value, v->bound, "%zu pairs of shares", most.n);
}

CLAIM(better, "SPARSE.contextual-beats-static", SLIDE,
      "Which units matter depends on the token: the heaviest of each token do better than the same "
      "number of units for all tokens.",
      "the difference of the excesses is below {bound} standard errors", .bound = STANDARD_ERRORS) {
    double least = INFINITY, at = NAN;
    size_t n = 0;
    EACH_ROW (run, shares, a) {
        if (!is(a, "mlp", "contextual") || a->share > 0.5 || a->share < 0.1) continue;
        EACH_ROW (run, shares, b) {
            if (!is(b, "mlp", "static") || strcmp(a->network, b->network) != 0 ||
                a->share != b->share)
                continue;
            double x = (b->excess - a->excess) / hypot(a->error, b->error);
            if (!(x >= least)) least = x, at = b->excess - a->excess;
            n++;
        }
    }
    if (n == 0) return verdict_skip(v, "needs a share of 0.1 to 0.5");
    return verdict_at_least(v, least, v->bound,
                            "%zu shares of 0.1 to 0.5; the least difference is %.4f nat", n, at);
}

CLAIM(
    slide, "SPARSE.share-here", DERIVED,
    "At this scale a twentieth of a token's hidden units (what the talk's slide gives for OPT-175B) "
    "costs more than 1 % of the loss; three quarters of them do not.",
    "a network's loss rises by less than that") {
    double least = INFINITY, most = NOTHING_YET, share = NOTHING_YET, read = NOTHING_YET;
    size_t n = 0;
    EACH_ROW (run, network_row, r) {
        keep_smaller(&least, r->mlp_slide);
        keep_larger(&share, r->mlp);
        keep_larger(&read, r->read);
        EACH_ROW (run, shares, a)
            if (is(a, "mlp", "contextual") && a->share == 0.75 && !strcmp(a->network, r->network))
                keep_larger(&most, a->excess / r->dense), n++;
    }
    if (*p->model) return verdict_skip(v, "of the networks trained here alone");
    if (n == 0) return verdict_skip(v, "needs 0.75 among shares");
    return verdict_contrast(
        v, least, 0.01, most, 0.01,
        "the loss rises by at least %.3g with a twentieth; at 1 %% the networks "
        "need %.3g of the hidden units and read %.3g of the weights (the talk: "
        "0.05, and a seventh)",
        least, share, read);
}

CLAIM(unions_grow, "SPARSE.batch-union", DERIVED,
      "A batch saves less than a token does: the union of its tokens' sets of units grows with "
      "the batch, though more slowly than for independent sets.",
      "it does not grow, or is larger than for independent sets") {
    struct tally off = {NOTHING_YET, 0};
    EACH_ROW (run, unions, r) {
        if (r->batch == 1) continue;
        keep_larger(&off.value, r->share - r->independent);
        EACH_ROW (run, unions, b)
            if (b->batch * 2 == r->batch && strcmp(b->network, r->network) == 0)
                tally_larger(&off, r->share > b->share ? 0 : 1); /* the excess must grow */
    }
    if (off.n == 0) return verdict_skip(v, "needs two streams");
    return verdict_at_most(v, off.value, 0.0, "%zu doublings of the batch", off.n);
}

CLAIM(apart, "SPARSE.calibrated-apart", CONTRACT,
      "Static choices are made from other text than they are judged on: no evaluated sequence "
      "stands in it.",
      "an evaluated sequence does", .bound = 0) {
    return verdict_at_most(v, SUM(run, network_row, leaked), v->bound, "sequences, %zu networks",
                           ROWS(run, network_row));
}

const struct check *const contextual_claims[] = {&whole, &zeros,       &monotone, &better,
                                                 &slide, &unions_grow, &apart,    NULL};
