/* What the ladder says: where Theorem 1 holds, and where it does not. */
#include "rungs.h"

#define PARAMETERS joma_real

CLAIM(
    drift, "LM.ladder-ledger", DERIVED_AS("derived here; JoMA, Theorem 1"),
    "Where Theorem 1 is exact, a trained network's invariants drift by the second-order terms of "
    "its steps and nothing else: -(1/2) sum of squared steps of v (linear: + squared steps of z), "
    "to rounding.",
    "drift and sum differ by more than {bound} of z's change", .bound = 1e-4) {
    if (*p->model) return verdict_skip(v, "stated for the ladder of networks");
    double off = 0, most = 0;
    EACH_ROW (run, balance, r) {
        worst(&off, r->off / r->moved);
        most = fmax(most, r->drift / r->moved);
    }
    return verdict_at_most(v, off, v->bound,
                           "largest difference over the largest change of z, %zu rungs; the drift "
                           "itself is up to %.2g of that change",
                           ROWS(run, balance), most);
}

CLAIM(exact, "LM.ladder-exact", PAPER("JoMA", "Theorem 1"),
      "Theorem 1 gives the direction (NC at least {bound}) on the network it is proved for, also "
      "with minibatches, a ReLU layer under a trained decoder, and (summed) several queries.",
      "NC of one of these rungs is less", .bound = 0.99) {
    if (*p->model) return verdict_skip(v, "stated for the ladder of networks");
    double error = 0, nc = 1;
    for (size_t i = 0; i < RUNGS; i++) {
        if (!rungs[i].exact) continue;
        struct course last = joma_real_last(run, rungs[i].name, 0);
        error = fmax(error, last.error_sum);
        nc = fmin(nc, last.nc_sum);
    }
    return verdict_at_least(v, nc, v->bound,
                            "smallest NC; largest relative error %.4f, the drift that "
                            "LM.ladder-ledger accounts for",
                            error);
}

ERRATUM(
    one_query, "LM.ladder-one-of-many", PAPER("JoMA", "Theorem 1"),
    "Where queries share the reader's weights Theorem 1 holds for each query; the form that does "
    "is the sum over queries.",
    "single queries err by less than 1/2, or the sum by more than {percent}", .bound = 0.05) {
    if (*p->model) return verdict_skip(v, "stated for the ladder of networks");
    struct course last = joma_real_last(run, "queries", 0);
    if (isnan(last.error))
        return verdict_skip(v, "no query's logits have moved against each other: train longer, or "
                               "raise keys");
    return verdict_erratum(v, last.error, 0.5, last.error_sum, v->bound,
                           "exp attention, one reader for all queries: mean NC of single queries "
                           "%.3f, of their sum %.5f",
                           last.nc, last.nc_sum);
}

CLAIM(softmax, "LM.ladder-softmax", PAPER("JoMA", "Theorem 1 and figure 2"),
      "With softmax and one query the prediction keeps its direction: NC at least {bound}.",
      "NC of the changes is less", .bound = 0.9) {
    if (*p->model) return verdict_skip(v, "stated for the ladder of networks");
    struct course one = joma_real_last(run, "softmax-one", 0);
    struct course stream = joma_real_last(run, "stream-one", 0);
    return verdict_at_least(v, one.nc_sum, v->bound,
                            "slope %.3f, relative error %.3f; mean attention moved by %.3f (total "
                            "variation), as published NC is %.4f; with a residual stream NC %.3f, "
                            "slope %.3f",
                            one.slope_sum, one.error_sum, one.attention_moved, one.nc_published,
                            stream.nc_sum, stream.slope_sum);
}

ERRATUM(
    real, "LM.ladder-network", PAPER("JoMA", "Theorem 1"),
    "Theorem 1 describes the attention of a network with a residual stream in which every token "
    "is query and key; with softmax, one query and no stream its error stays below {bound}.",
    "a layer from the rung `stream` on is predicted to within {bound}", .bound = 0.5) {
    if (*p->model) return verdict_skip(v, "stated for the ladder of networks");
    double least = INFINITY, best_nc = -1;
    for (size_t i = 0; i < RUNGS; i++) {
        if (!rungs[i].stream || !rungs[i].all) continue;
        for (long l = 0; l < (rungs[i].deep ? p->layers : 1); l++) {
            struct course last = joma_real_last(run, rungs[i].name, l);
            least = last.error_sum >= least ? least : last.error_sum;
            best_nc = fmax(best_nc, last.nc_sum);
        }
    }
    struct course wlm = joma_real_last(run, "wlm", 0);
    return verdict_erratum(
        v, least, v->bound, joma_real_last(run, "softmax-one", 0).error_sum, v->bound,
        "smallest error over rungs and layers from `stream` on (1: as good as predicting no "
        "change), best NC %.3f; every position a query but no stream: NC %.3f. Encoder: NC %.3f, "
        "slope %.3f",
        best_nc, joma_real_last(run, "softmax", 0).nc_sum, wlm.nc_sum, wlm.slope_sum);
}

const struct check *const joma_real_claims[] = {&drift, &exact, &one_query, &softmax, &real, NULL};
