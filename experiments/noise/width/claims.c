#include "width.h"

#define PARAMETERS width

CLAIM(slope, "WD.slope", DERIVED,
      "[numeric] Attention differs from that of orthonormal embeddings by 1/sqrt(d), trained or "
      "not.",
      "the exponent in d is more than {bound} off -1/2", .bound = 0.05) {
    double most = 0, low = INFINITY, high = 0;
    for (size_t i = 0; i < p->widths.count; i++)
        low = fmin(low, p->widths.at[i]), high = fmax(high, p->widths.at[i]);
    if (high < 64 * low || p->draws < 4)
        return verdict_skip(v, "needs widths a factor 64 apart, and 4 draws");
    double first = NAN, last = NAN;
    EACH_ROW (run, fits, r) {
        worst(&most, r->slope + 0.5);
        if (isnan(first)) first = r->prefactor;
        last = r->prefactor;
    }
    return verdict_at_most(v, most, v->bound,
                           "%zu rates; prefactor %.2f to %.2f; control, 1/d: off by %.2f",
                           ROWS(run, fits), first, last, 0.5 - most);
}

const struct check *const width_claims[] = {&slope, NULL};
