#include "shape.h"

#define PARAMETERS shape

CLAIM(equal, "MOBILE.shape-equal", CONTRACT,
      "All shapes have the same number of weights, but for the embedding: within {percent} of each "
      "other.",
      "they differ by more", .bound = 0.06) {
    struct summary s = summary_of(run);
    return verdict_at_most(v, s.spread, v->bound, "largest over smallest body, less 1; %zu shapes",
                           ROWS(run, curve));
}

CLAIM(
    deeper, "MOBILE.shape-one-layer", PAPER("MobileLLM (arXiv 2402.14905)", "section 2.2"),
    "One layer is not the best shape: some deeper, thinner network of as many weights, at its own "
    "best rate, has a smaller loss.",
    "the fewest layers have the least loss") {
    struct summary s = summary_of(run);
    return verdict_at_most(v, s.best / s.shallowest, 1 - 1e-6,
                           "least loss %.4f at depth %.0f; the fewest layers %.4f, the most %.4f",
                           s.best, s.best_depth, s.shallowest, s.deepest);
}

CLAIM(
    tuned, "MOBILE.shape-envelope", CONTRACT,
    "Each depth stands in the curve at the rate of least mean loss over the seeds, among the rates "
    "that were tried for it.",
    "a training of that depth and another rate is better on the mean") {
    double off = NOTHING_YET;
    EACH_ROW (run, curve, c)
        for (size_t k = 0; k < p->rates.count; k++) {
            double sum = 0, n = 0;
            EACH_ROW (run, trainings, t)
                if (t->depth == c->depth && t->rate == p->rates.at[k]) sum += t->loss, n++;
            keep_larger(&off, c->loss - sum / n);
            if (p->rates.at[k] == c->rate) worst(&off, c->loss - sum / n);
        }
    return verdict_at_most(v, off, 1e-12, "%zu depths at %zu rates", ROWS(run, curve),
                           p->rates.count);
}

const struct check *const shape_claims[] = {&equal, &deeper, &tuned, NULL};
