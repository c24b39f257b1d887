#include "sharing.h"

#include <string.h>

#define PARAMETERS shared

/* A paired effect counts from four standard errors on. */
#define STANDARD_ERRORS 4
#define LLM(place) PAPER("MobileLLM (arXiv 2402.14905)", place)

CLAIM(gradient, "MOBILE.sharing-gradient", DERIVED,
      "However blocks are shared, the gradient of a block is the sum of those of its uses.",
      "a number is off by more than {bound} of the largest", .bound = 1e-4) {
    return verdict_at_most(v, WORST(run, schemes, gradient), v->bound, "%zu schemes",
                           ROWS(run, schemes));
}

/* The block of another depth of the same scheme; -1: there is none. */
static long block_of(const struct trial *run, const char *scheme, long depth) {
    EACH_ROW (run, depths, r)
        if (r->depth == depth && strcmp(r->scheme, scheme) == 0) return r->block;
    return -1;
}

CLAIM(order, "MOBILE.sharing-schemes", LLM("figure 6"),
      "Immediate sharing uses a block several times in a row, repeat runs through all blocks "
      "again, reverse runs back through them; without sharing every depth has its own.",
      "a depth uses another block") {
    double wrong = 0;
    EACH_ROW (run, depths, r) {
        long L = p->blocks, turn = r->depth / L;
        if (strcmp(r->scheme, "immediate") == 0) {
            /* the same as before, or, at every `times`-th depth, the next */
            long before = r->depth ? block_of(run, r->scheme, r->depth - 1) : -1;
            wrong += r->block - before != (r->depth % p->times == 0);
        } else if (strcmp(r->scheme, "repeat") == 0 && turn > 0) {
            wrong += r->block != block_of(run, r->scheme, r->depth - L);
        } else if (strcmp(r->scheme, "reverse") == 0 && turn > 0) {
            /* each pass is the mirror image of the one before */
            wrong += r->block != block_of(run, r->scheme, 2 * L * turn - 1 - r->depth);
        } else {
            wrong += r->block != r->depth;
        }
    }
    return verdict_at_most(v, wrong_of(wrong, ROWS(run, depths)), 0, "of %zu depths",
                           ROWS(run, depths));
}

CLAIM(bytes, "MOBILE.sharing-bytes", DERIVED_AS("derived here, from the shape"),
      "For a token decoding reads 4 bytes for each number of every block, as often as it passes "
      "the block, of the decoder, of one row of the embedding and of the last norm: with shared "
      "blocks as many bytes as with different ones, though no more weights than without "
      "sharing.",
      "another number is counted") {
    double off = NOTHING_YET, d = (double)p->width, h = ceil(floor(d * 8 / 3) / 8) * 8;
    double block = 4 * d * d + 3 * d * h + 2 * d;
    EACH_ROW (run, schemes, r) {
        bool deep = strcmp(r->scheme, "deep") == 0;
        double blocks = (double)(deep ? p->blocks * p->times : p->blocks);
        worst(&off, r->bytes - 4 * ((double)r->depth * block + d * (2 + NETWORK_TOKENS)));
        worst(&off, r->weights - (blocks * block + d * (1 + NETWORK_TOKENS)));
    }
    return verdict_at_most(v, off, 0, "bytes or numbers, %zu schemes", ROWS(run, schemes));
}

/* Judged only if the networks have learnt something; the rule was fixed before the values were
 * seen. */
CLAIM(helps, "MOBILE.sharing-helps", LLM("table 4 and section 2.3"),
      "Using blocks twice in a row makes the network better: immediate sharing has a smaller loss "
      "than the same blocks used once.",
      "paired by seed, its loss is larger by {bound} standard errors; a smaller difference is "
      "not resolved",
      .bound = STANDARD_ERRORS, .unjudged = "quick,short") {
    if (p->untrained || p->updates < 400 || p->seeds.count < 2)
        return verdict_skip(v, "needs two seeds and 400 updates");
    EACH_ROW (run, schemes, r) {
        if (strcmp(r->scheme, "immediate") != 0) continue;
        double x = r->gain / r->gain_error;
        if (fabs(x) < v->bound)
            return verdict_skip(v, "not seen at this scale: gain %.4f +- %.4f nats a byte", r->gain,
                                r->gain_error);
        return verdict_at_least(v, x, v->bound, "gain %.4f +- %.4f nats a byte over %zu seeds",
                                r->gain, r->gain_error, p->seeds.count);
    }
    return verdict_skip(v, "no such scheme");
}

CLAIM(latency, "MOBILE.sharing-latency", LLM("table 7 and section 3.1"),
      "Where the cache holds a block and not all of them, blocks used twice in a row decode faster "
      "than as many different ones.",
      "of the ratios of times within a round the upper quartile is above {bound}", .bound = 1,
      .unjudged = "quick,short") {
    struct summary s = summary_of(run);
    if (p->rounds == 0) return verdict_skip(v, "no clock: rounds=0");
    if (s.working <= 2 * s.cache)
        return verdict_skip(v,
                            "the blocks' %.3g MB are not twice the last cache's %.3g MB: they stay "
                            "there, and there is no memory traffic to save",
                            s.working, s.cache);
    if (2 * s.working / (double)p->blocks > s.cache)
        return verdict_skip(v,
                            "a block of %.3g MB is more than half of the last cache's %.3g MB: it "
                            "does not stay there until it is used again",
                            s.working / (double)p->blocks, s.cache);
    EACH_ROW (run, schemes, r)
        if (strcmp(r->scheme, "immediate") == 0)
            return verdict_at_most(v, r->over_high, v->bound,
                                   "%.3g MB of blocks, median %.3f, lower quartile %.3f", s.working,
                                   r->over_deep, r->over_low);
    return verdict_skip(v, "no such scheme");
}

const struct check *const shared_claims[] = {&gradient, &order, &bytes, &helps, &latency, NULL};
