/* What the ladder says: where Theorem 1 holds, and where it does not. */
#include "experiments/frame/contract/check.h"
#include "joma_real.h"

#include <math.h>
#include <string.h>

static enum attndyn_status check_ledger(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    double worst = 0, drift = 0;
    for (size_t i = 0; i < results_rows(r, "ledger"); i++) {
        double off = results_real(r, "ledger", i, "off") / results_real(r, "ledger", i, "moved");
        worst = off <= worst ? worst : off; /* NaN goes through */
        drift = fmax(drift,
                     results_real(r, "ledger", i, "drift") / results_real(r, "ledger", i, "moved"));
    }
    return verdict_at_most(v, worst, 1e-4,
                           "largest difference over the largest change of z, %zu rungs; the drift "
                           "itself is up to %.2g of that change",
                           results_rows(r, "ledger"), drift);
}

static enum attndyn_status check_exact(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    double error = 0, nc = 1;
    for (size_t i = 0; i < RUNGS; i++) {
        if (!rungs[i].exact) continue;
        error = fmax(error, joma_real_last(r, rungs[i].name, 0, "error_sum"));
        nc = fmin(nc, joma_real_last(r, rungs[i].name, 0, "nc_sum"));
    }
    return verdict_at_least(v, nc, 0.99,
                            "smallest NC; largest relative error %.4f, the drift that "
                            "LM.ladder-ledger accounts for",
                            error);
}

static enum attndyn_status check_one_query(struct attndyn_context *ctx, const struct params *p,
                                           const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    if (isnan(joma_real_last(r, "queries", 0, "error")))
        return verdict_skip(v, "no query's logits have moved against each other: train longer, or "
                               "raise keys");
    return verdict_erratum(v, joma_real_last(r, "queries", 0, "error"), 0.5,
                           joma_real_last(r, "queries", 0, "error_sum"), 0.05,
                           "exp attention, one reader for all queries: mean NC of single queries "
                           "%.3f, of their sum %.5f",
                           joma_real_last(r, "queries", 0, "nc"),
                           joma_real_last(r, "queries", 0, "nc_sum"));
}

static enum attndyn_status check_softmax(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_at_least(v, joma_real_last(r, "softmax-one", 0, "nc_sum"), 0.9,
                            "slope %.3f, relative error %.3f; mean attention moved by %.3f (total "
                            "variation), as published NC is %.4f; with a residual stream NC %.3f, "
                            "slope %.3f",
                            joma_real_last(r, "softmax-one", 0, "slope_sum"),
                            joma_real_last(r, "softmax-one", 0, "error_sum"),
                            joma_real_last(r, "softmax-one", 0, "attention_moved"),
                            joma_real_last(r, "softmax-one", 0, "nc_published"),
                            joma_real_last(r, "stream-one", 0, "nc_sum"),
                            joma_real_last(r, "stream-one", 0, "slope_sum"));
}

static enum attndyn_status check_real(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *r, struct verdict *v) {
    (void)ctx;
    double least = INFINITY, best_nc = -1;
    for (size_t i = 0; i < RUNGS; i++) {
        if (!rungs[i].stream || !rungs[i].all) continue;
        for (long l = 0; l < (rungs[i].deep ? param_int(p, "layers") : 1); l++) {
            double error = joma_real_last(r, rungs[i].name, l, "error_sum");
            least = error >= least ? least : error;
            best_nc = fmax(best_nc, joma_real_last(r, rungs[i].name, l, "nc_sum"));
        }
    }
    return verdict_erratum(
        v, least, 0.5, joma_real_last(r, "softmax-one", 0, "error_sum"), 0.5,
        "smallest error over rungs and layers from `stream` on (1: as good as predicting no "
        "change), best NC %.3f; every position a query but no stream: NC %.3f. Encoder: NC %.3f, "
        "slope %.3f",
        best_nc, joma_real_last(r, "softmax", 0, "nc_sum"), joma_real_last(r, "wlm", 0, "nc_sum"),
        joma_real_last(r, "wlm", 0, "slope_sum"));
}

const struct check *const joma_real_checks[] = {
    &(const struct check){"LM.ladder-ledger", CHECK_CLAIM,
     "Where Theorem 1 is exact, a trained network's invariants drift by the second-order terms of "
     "its steps and nothing else: -(1/2) sum of squared steps of v (linear: + squared steps of z), "
     "to rounding.",
     "derived here; JoMA, Theorem 1", "drift and sum differ by more than 1e-4 of z's change",
     check_ledger},
    &(const struct check){"LM.ladder-exact", CHECK_CLAIM,
     "Theorem 1 gives the direction (NC at least 0.99) on the network it is proved for, also with "
     "minibatches, a ReLU layer under a trained decoder, and (summed) several queries.",
     "JoMA, Theorem 1", "NC of one of these rungs is less", check_exact},
    &(const struct check){"LM.ladder-one-of-many", CHECK_ERRATUM,
     "Where queries share the reader's weights Theorem 1 holds for each query; the form that does "
     "is the sum over queries.",
     "JoMA, Theorem 1", "single queries err by less than 1/2, or the sum by more than 5 %",
     check_one_query},
    &(const struct check){"LM.ladder-softmax", CHECK_CLAIM,
     "With softmax and one query the prediction keeps its direction: NC at least 0.9.",
     "JoMA, Theorem 1 and figure 2", "NC of the changes is less", check_softmax},
    &(const struct check){"LM.ladder-network", CHECK_ERRATUM,
     "Theorem 1 describes the attention of a network with a residual stream in which every token "
     "is query and key; with softmax, one query and no stream its error stays below 1/2.",
     "JoMA, Theorem 1", "a layer from the rung `stream` on is predicted to within 1/2", check_real},
    NULL};
