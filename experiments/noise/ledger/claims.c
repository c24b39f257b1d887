#include "ledger.h"

#include <string.h>

#define PARAMETERS ledger

static enum attndyn_status left_of(const struct trial *run, struct verdict *v, const char *prefix) {
    double most = NOTHING_YET, drift = 0;
    EACH_ROW (run, entries, r) {
        if (strncmp(r->form, prefix, strlen(prefix)) != 0) continue;
        worst(&most, r->left);
        drift = fmax(drift, r->drift);
    }
    return verdict_at_most(v, most, v->bound, "control, without the steps' own form: %.4g", drift);
}

CLAIM(forms, "LG.balance", DERIVED,
      "[exact] Under SGD each d x d form of the original parameters drifts by the sum of the "
      "same form of the steps, and by nothing else.",
      "more than {bound} of an entry's drift is left when that sum is taken away", .bound = 1e-11) {
    return left_of(run, v, "d x d");
}

CLAIM(token, "LG.token-law", DERIVED,
      "[exact] Under SGD the token law drifts by -(1/(2 eta_u)) sum |step of u|^2.",
      "more than {bound} of a token's drift is left when that is taken away", .bound = 1e-12) {
    return left_of(run, v, "token");
}

const struct check *const ledger_claims[] = {&forms, &token, NULL};
