#define ATTNDYN_DOUBLE
#include "replay.h"

#define PARAMETERS replay

CLAIM(state, "LR.replay-state", PAPER("GaLore (arXiv 2403.03507)", "table 1"),
      "GaLore's optimiser keeps min(m, n) r numbers of projector and 2 max(m, n) r of moments for "
      "an m x n matrix at rank r.",
      "the optimiser's state of one matrix has another number of them") {
    double most = NOTHING_YET;
    if (p->method != ATTNDYN_GALORE_GALORE || p->projection != ATTNDYN_GALORE_STD)
        return verdict_skip(v, "judged for method=galore projection=std");
    EACH_ROW (run, matrices, k)
        most = larger_of(most, fabs((double)(k->numbers - (k->m < k->n ? k->m : k->n) * k->r -
                                             2 * (k->m < k->n ? k->n : k->m) * k->r)));
    return verdict_at_most(v, most, 0, "%zu matrices", ROWS(run, matrices));
}

CLAIM(captures, "LR.replay-captures", DERIVED,
      "In the step in which the subspace is chosen it holds the share of ||G||_F^2 that the "
      "gradient's r leading singular directions hold.",
      "in one such step the two shares differ by more than {bound}", .bound = 1e-12) {
    struct tally most = {NOTHING_YET, 0};
    if (p->method != ATTNDYN_GALORE_GALORE) return verdict_skip(v, "judged for method=galore");
    EACH_ROW (run, updates, u)
        if (u->renewed && !isnan(u->kept)) tally_worst(&most, u->kept - u->energy);
    if (!most.n) return verdict_skip(v, "the gradient is zero wherever the subspace was chosen");
    /* Singular values in double: some 1e-15 each. */
    return verdict_at_most(v, most.value, v->bound,
                           "largest difference of the two shares, %zu choices", most.n);
}

const struct check *const replay_claims[] = {&state, &captures, NULL};
