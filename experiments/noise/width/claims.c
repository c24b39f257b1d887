#include "width.h"

#define PARAMETERS width

/* To first order in Gamma(0) - I, which is of order 1/sqrt(d); the next order is 1/d. The bound is
 * half the way from -1/2 to the exponents of other orders, -1/4 and -3/4. */
CLAIM(slope, "WD.slope", DERIVED,
      "[numeric] With Gaussian embeddings of width d the attention logits Z differ from those of "
      "orthonormal embeddings, relatively, in proportion to 1/sqrt(d), whether the embeddings are "
      "trained or not.",
      "for some rate of the embeddings the fitted exponent of d, with three standard errors added, "
      "is more than {bound} off -1/2, half way to -1/4",
      .bound = 0.125) {
    double most = NOTHING_YET, low = INFINITY, high = 0, slope_ = NAN, error = NAN;
    for (size_t i = 0; i < p->widths.count; i++)
        low = smaller_of(low, p->widths.at[i]), high = larger_of(high, p->widths.at[i]);
    if (high < 64 * low || p->draws < 4)
        return verdict_skip(v, "needs widths a factor 64 apart, and 4 draws");
    EACH_ROW (run, fits, r)
        if (fabs(r->slope + 0.5) + 3 * r->error >= most)
            most = fabs(r->slope + 0.5) + 3 * r->error, slope_ = r->slope, error = r->error;
    return verdict_at_most(v, most, v->bound,
                           "%zu rates, worst %.4f +- %.4f; control, 1/d: off by at least %.2f",
                           ROWS(run, fits), slope_, error, 0.5 - most);
}

/* A prototype's note has 4.4 to 5.2 for the mean times sqrt(d), "U trained or not", for data that
 * it does not name. */
CLAIM(prefactor, "WD.prefactor", DERIVED,
      "[numeric] Training the embeddings brings the attention logits Z nearer to those of "
      "orthonormal ones: the prefactor of 1/sqrt(d), over the widths, is smaller at the largest "
      "rate of the embeddings than with fixed ones.",
      "at the same draws it is not smaller by two standard errors") {
    double fixed = NAN, trained = NAN, rate = 0;
    EACH_ROW (run, fits, r) {
        if (r->eta_u == 0) fixed = r->prefactor;
        if (r->eta_u > rate) rate = r->eta_u, trained = r->prefactor;
    }
    if (isnan(fixed) || isnan(trained) || p->draws < 4)
        return verdict_skip(v, "needs eta_us of 0 and above, and 4 draws");
    double difference = 0, variance = 0;
    EACH_ROW (run, distances, r) {
        if (r->eta_u != 0 && r->eta_u != rate) continue;
        double sign = r->eta_u == 0 ? 1 : -1, root = sqrt((double)r->d);
        difference += sign * r->mean * root;
        variance += r->error * r->error * (double)r->d;
    }
    return verdict_at_least(
        v, difference / sqrt(variance), 2,
        "%.2f fixed, %.2f at eta_u = %g; over the widths, in standard errors as "
        "if the draws were not the same",
        fixed, trained, rate);
}

const struct check *const width_claims[] = {&slope, &prefactor, NULL};
