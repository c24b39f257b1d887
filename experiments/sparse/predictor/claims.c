#include "predictor.h"

#include <string.h>

#define PARAMETERS predictor

/* A paired effect counts from four standard errors on (by chance one in 15,000). */
#define STANDARD_ERRORS 4
#define DEJA_VU(place) PAPER("Deja Vu (arXiv 2310.17157)", place)

#define NO_BETTER                                                                                  \
    "the difference of the excesses, at a share of at most the target, is below {bound} standard " \
    "errors"
/* The least of over_static in standard errors, at shares up to the target. */
static enum attndyn_status beats_static(const struct trial *run, const struct predictor *p,
                                        struct verdict *v, const char *choose) {
    double least = INFINITY, at = NAN;
    size_t n = 0;
    EACH_ROW (run, losses, r) {
        if (strcmp(r->choose, choose) != 0 || r->share > p->target) continue;
        double x = r->over_static / r->over_static_error;
        if (!(x >= least)) least = x, at = r->over_static;
        n++;
    }
    if (n == 0) return verdict_skip(v, "needs a share of at most target=%g", p->target);
    return verdict_at_least(v, least, v->bound, "%zu shares; the least difference is %.4f nat", n,
                            at);
}

CLAIM(predicted, "SPARSE.predictor-beats-static", DEJA_VU("section 4.1"),
      "Which units a token needs can be known before they are computed: two small maps of what "
      "enters the layer choose better than the best choice for all tokens.",
      NO_BETTER, .bound = STANDARD_ERRORS) {
    return beats_static(run, p, v, "predictor");
}

CLAIM(ahead, "SPARSE.ahead-beats-static", DEJA_VU("section 4.3"),
      "The input of the layer before tells it, too: predicted one layer ahead, the units still "
      "do better than the best choice for all tokens.",
      NO_BETTER, .bound = STANDARD_ERRORS) {
    return beats_static(run, p, v, "predictor-ahead");
}

CLAIM(oracle, "SPARSE.oracle-bounds-predictor", DERIVED,
      "The oracle bounds the predictors: none has a smaller excess of the loss than the choice "
      "of the heaviest units.",
      "a predictor's excess is smaller by more than {bound} standard errors",
      .bound = STANDARD_ERRORS) {
    struct tally most = {NOTHING_YET, 0};
    EACH_ROW (run, losses, a) {
        if (strncmp(a->choose, "predictor", 9) != 0) continue;
        EACH_ROW (run, losses, b) {
            if (strcmp(b->choose, "contextual") != 0 || strcmp(a->network, b->network) != 0 ||
                a->share != b->share)
                continue;
            double error = hypot(a->error, b->error);
            tally_larger(&most, error > 0 ? (b->excess - a->excess) / error : 0);
        }
    }
    return verdict_at_most(v, most.value, v->bound, "%zu shares of predictors", most.n);
}

/* Both are trained from the same start in the same order, so at the lowest layer they coincide. */
CLAIM(reads, "SPARSE.predictor-reads", CONTRACT,
      "A layer's predictor reads what enters that layer, one ahead what entered the layer before: "
      "at the lowest layer both find the same units, above it they do not.",
      "recalls differ at the lowest layer, or are the same above it") {
    struct tally off = {NOTHING_YET, 0};
    EACH_ROW (run, layers, a) {
        if (strcmp(a->choose, "predictor") != 0) continue;
        EACH_ROW (run, layers, b) {
            if (strcmp(b->choose, "predictor-ahead") != 0 || a->layer != b->layer ||
                strcmp(a->network, b->network) != 0)
                continue;
            tally_add(&off, (a->recall == b->recall) != (a->layer == 0));
        }
    }
    return verdict_at_most(v, off.value, 0, "of %zu layers", off.n);
}

CLAIM(apart, "SPARSE.predictor-apart", CONTRACT,
      "Predictors learn from other text than they are judged on: no evaluated sequence stands in "
      "it.",
      "an evaluated sequence does", .bound = 0) {
    return verdict_at_most(v, SUM(run, network_row, leaked), v->bound, "sequences, %zu networks",
                           ROWS(run, network_row));
}

const struct check *const predictor_claims[] = {&predicted, &ahead, &oracle, &reads, &apart, NULL};
