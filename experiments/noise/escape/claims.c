#include "escape.h"

#define PARAMETERS escape

/* The next orders are those of the rate, lambda (ln(1 + lambda) a step for one), and of a context's
 * fluctuations, 1/T: their coefficients are not known and taken as 1. */
static double next_order(const struct times *r) {
    return r->lambda + 1 / (double)r->T;
}

static bool small(const struct trial *run, const struct times *r) {
    (void)run;
    return r->start < 0.1 && r->lambda < 0.05;
}

CLAIM(
    mean, "ES.mean", DERIVED,
    "[leading] SGD's noise leaves the saddle of the order task after [ln(1/eps) + C + (gamma + ln "
    "2)/2]/lambda steps on average: eps is the random start that the noise amounts to, lambda the "
    "saddle's rate a step, C the flow's own constant and gamma Euler's (for eps < 0.1, lambda < "
    "0.05).",
    "for one case the mean is off by more than lambda + 1/T of it, the next orders, and three "
    "standard errors; T is the length of a context") {
    double most = 0, control = INFINITY, apart = NOTHING_YET;
    size_t n = 0;
    EACH_ROW (run, times, r) {
        if (!small(run, r)) continue;
        n++;
        double off = fabs(r->mean / r->predicted - 1), error = 3 * r->error / r->predicted;
        most = larger_of(most, (off - error) / next_order(r));
        worst(&apart, off);
        /* without the start's randomness */
        control =
            smaller_of(control, (fabs(r->mean / (r->predicted - 0.635 / r->lambda) - 1) - error) /
                                    next_order(r));
    }
    if (n == 0) return verdict_skip(v, "needs small noise and rates: eps < 0.1, lambda < 0.05");
    return verdict_at_most(
        v, most, 1,
        "%zu cases, up to %.3f off; beyond three standard errors, of lambda + 1/T; control, without "
        "(gamma + ln 2)/2: at least %.2f",
        n, apart, control);
}

CLAIM(deviation, "ES.sd", DERIVED,
      "[leading] The number of steps that SGD's noise takes to leave the saddle of rate lambda "
      "has the standard deviation pi/(2 sqrt 2 lambda).",
      "for one case the deviation is off by more than lambda + 1/T of it and three standard "
      "errors") {
    double most = 0, control = NOTHING_YET;
    size_t n = 0;
    EACH_ROW (run, times, r) {
        if (!small(run, r) || r->runs < 100) continue;
        n++;
        /* ln|normal| has an excess of 4: the deviation's own error is sqrt(1.5/runs) of it */
        double off = fabs(r->deviation / r->predicted_deviation - 1);
        most = larger_of(most, (off - 3 * sqrt(1.5 / (double)r->runs)) / next_order(r));
        worst(&control, r->deviation / sqrt(r->mean) - 1);
    }
    if (n == 0) return verdict_skip(v, "needs small noise, and 100 runs");
    return verdict_at_most(
        v, most, 1,
        "%zu cases, beyond three standard errors, of lambda + 1/T; control, a Poisson process's sqrt(mean): off by %.2f",
        n, control);
}

CLAIM(logarithm, "ES.log", DERIVED,
      "[leading] The batch B enters the mean number of steps by a logarithm only: it grows by "
      "1/(2 lambda) for each unit of ln B.",
      "the slope is off by more than lambda + 1/T of that and three standard errors") {
    double slope = SCALAR_OF(run, escape_scalars, slope),
           error = SCALAR_OF(run, escape_scalars, slope_error);
    double lambda = NAN, next = NAN, low = INFINITY, high = 0, mean_low = NAN, mean_high = NAN;
    EACH_ROW (run, times, r) {
        if (!r->law) continue;
        lambda = r->lambda, next = next_order(r);
        if ((double)r->B < low) low = (double)r->B, mean_low = r->mean;
        if ((double)r->B > high) high = (double)r->B, mean_high = r->mean;
    }
    double predicted = 1 / (2 * lambda);
    if (high < 8 * low) return verdict_skip(v, "needs law_batches a factor 8 apart");
    return verdict_at_most(
        v, positive_part(fabs(slope / predicted - 1) - 3 * error / predicted) / next, 1,
        "slope %.2f +- %.2f, predicted %.2f; control, a power B^(1/2) would multiply "
        "the mean by %.1f, measured %.3f",
        slope, error, predicted, sqrt(high / low), mean_high / mean_low);
}

const struct check *const escape_claims[] = {&mean, &deviation, &logarithm, NULL};
