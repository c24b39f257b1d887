/* What the ladder says: where Theorem 1 holds, and where it does not. */
#include "rungs.h"

#include "experiments/statements/statements.h"

#define PARAMETERS joma_real

CLAIM(
    drift, "LM.ladder-ledger", DERIVED_AS("derived here; JoMA, Theorem 1"),
    "Where Theorem 1 is exact, a trained network's invariants drift by the second-order terms of "
    "its steps and nothing else: -(1/2) sum of squared steps of v (linear: + squared steps of z), "
    "to rounding.",
    "drift and sum differ by more than {bound} of z's change", .bound = 1e-4) {
    if (*p->model) return verdict_skip(v, "stated for the ladder of networks");
    double off = NOTHING_YET, most = 0;
    EACH_ROW (run, balance, r) {
        worst(&off, r->off / r->moved);
        most = larger_of(most, r->drift / r->moved);
    }
    return verdict_at_most(v, off, v->bound,
                           "largest difference over the largest change of z, %zu rungs; the drift "
                           "itself is up to %.2g of that change",
                           ROWS(run, balance), most);
}

/* The embedding of these rungs is fixed and the identity; SGD, one rate. */
KNOWN(theorem_1, joma_real) {
    f->queries_per_attention = 1;
    f->embedding_orthonormal = 1;
    f->shared_rate = 1;
}

CLAIM(exact, "LM.ladder-exact", OF(J_T1_exp),
      "Theorem 1 gives the direction (NC at least {bound}) on the network it is proved for, also "
      "with minibatches and a ReLU layer under a trained decoder.",
      "NC of one of these rungs is less", .bound = 0.99, .facts = KNOWN_OF(theorem_1)) {
    if (*p->model) return verdict_skip(v, "stated for the ladder of networks");
    double error = 0, nc = 1;
    for (size_t i = 0; i < RUNGS; i++) {
        if (!rungs[i].exact || rungs[i].all) continue;
        struct course last = rung_last(run, rungs[i].name, 0);
        error = larger_of(error, last.error_sum);
        nc = smaller_of(nc, last.nc_sum);
    }
    return verdict_at_least(v, nc, v->bound,
                            "smallest NC, linear and exp attention; largest relative error %.4f, "
                            "the drift that LM.ladder-ledger accounts for",
                            error);
}

CLAIM(one_query, "LM.ladder-one-of-many",
      DERIVED_AS("derived here; JoMA's Theorem 1 has one query to a set of readers"),
      "Where queries share the reader's weights the sum over queries is what Theorem 1 gives, and "
      "no query's own: the sum's error is at most {percent} of a single query's.",
      "the sum errs by more", .bound = 0.05) {
    if (*p->model) return verdict_skip(v, "stated for the ladder of networks");
    struct course last = rung_last(run, "queries", 0);
    if (isnan(last.error))
        return verdict_skip(v, "no query's logits have moved against each other: train longer, or "
                               "raise keys");
    return verdict_at_most(v, last.error_sum / last.error, v->bound,
                           "relative errors %.5f and %.3f; exp attention, one reader for all "
                           "queries: mean NC of single queries %.3f, of their sum %.5f",
                           last.error_sum, last.error, last.nc, last.nc_sum);
}

CLAIM(softmax, "LM.ladder-softmax", OF(J_F2),
      "With softmax and one query the prediction keeps its direction: NC at least {bound}.",
      "NC of the changes is less", .bound = 0.9) {
    if (*p->model) return verdict_skip(v, "stated for the ladder of networks");
    struct course one = rung_last(run, "softmax-one", 0);
    struct course stream = rung_last(run, "stream-one", 0);
    return verdict_at_least(v, one.nc_sum, v->bound,
                            "slope %.3f, relative error %.3f; mean attention moved by %.3f (total "
                            "variation), as published NC is %.4f; with a residual stream NC %.3f, "
                            "slope %.3f",
                            one.slope_sum, one.error_sum, one.attention_moved, one.nc_published,
                            stream.nc_sum, stream.slope_sum);
}

const struct check *const joma_real_claims[] = {&drift, &exact, &one_query, &softmax, NULL};
