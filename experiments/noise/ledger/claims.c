#include "ledger.h"

#include <string.h>

#define PARAMETERS ledger

static enum attndyn_status left_of(const struct trial *run, struct verdict *v, const char *prefix) {
    double most = NOTHING_YET, drift = 0;
    EACH_ROW (run, entries, r) {
        if (strncmp(r->form, prefix, strlen(prefix)) != 0) continue;
        worst(&most, r->left);
        drift = larger_of(drift, r->drift);
    }
    return verdict_at_most(v, most, v->bound, "largest rest; control, the drift itself: %.4g",
                           drift);
}

CLAIM(forms, "LG.balance", DERIVED,
      "[exact] Under SGD each quadratic d x d form of the original parameters that the flow "
      "conserves drifts by the sum of the same form of the steps, and by nothing else.",
      "when that sum is taken away more than {bound} is left of an entry", .bound = 1e-11) {
    return left_of(run, v, "d x d");
}

CLAIM(token, "LG.token-law", DERIVED,
      "[exact] Under SGD a token's conserved combination of attention logits and |u|^2 (the token "
      "law of embed/token-law, u its embedding of rate eta_u) drifts by -(1/(2 eta_u)) sum |step "
      "of u|^2, and by nothing else.",
      "when that sum is taken away more than {bound} is left for a token", .bound = 1e-12) {
    return left_of(run, v, "token");
}

const struct check *const ledger_claims[] = {&forms, &token, NULL};
