#include "fates.h"

#include <string.h>

#define PARAMETERS fates

/* How many runs on the authors' data had their signs counted; none when lasts, nexts or ratios is
 * empty. */
static size_t authors_runs(const struct trial *run) {
    size_t rows = 0;
    EACH_ROW (run, signs, r) rows += strcmp(r->data, "authors") == 0;
    return rows;
}

static const char no_runs[] = "needs lasts, nexts and ratios: no run of the authors' sets was made";

CLAIM(signs, "C11.signs", DERIVED,
      "On the authors' sets the logits z_ml of common tokens fall and those of distinct tokens "
      "rise at all times: with several commons, several queries and strong overlaps, beyond the "
      "hypotheses of Corollary 2.",
      "at some output dz_ml/dt is above 1e-14 for a common token or below -1e-14 for a distinct "
      "one") {
    size_t rows = authors_runs(run);
    if (rows == 0) return verdict_skip(v, "%s", no_runs);
    return verdict_at_most(
        v, SCALAR_OF(run, found, violations), 0,
        "wrong signs in %zu runs of %ld outputs to eta_Y t/K = %g, |dz/dt| > 1e-14", rows,
        p->points, p->tau_end);
}

CLAIM(early, "C11.early-law", DERIVED,
      "From Y = Z = 0, dz_ml/dt follows the early law (leading order in t) on every set tried: V "
      "= K and V = M, unequal P(n), commons that depend on the class.",
      "at eta_Y t = 1e-3 the flow deviates by more than {bound} of the largest rate of the same "
      "last token",
      .bound = 1e-3) {
    return verdict_at_most(
        v, SCALAR_OF(run, found, early_error), v->bound,
        "at eta_Y t = 1e-3 over %zu tokens; ten times later %.2e: it shrinks with t",
        ROWS(run, early), SCALAR_OF(run, found, early_error_later));
}

CLAIM(early_order, "C11.early-law-order", DERIVED,
      "The deviation from the early law is of first order in t.",
      "from eta_Y t = 1e-3 to 1e-2 it grows by a factor that is more than {percent} off 10",
      .bound = 0.1) {
    return verdict_near(
        v, SCALAR_OF(run, found, early_error_later) / SCALAR_OF(run, found, early_error), 10,
        v->bound, "deviation from the law at eta_Y t = 1e-2 over that at 1e-3");
}

CLAIM(growing, "C11.growing-common", DERIVED,
      "A common token can gain attention where its probability depends on the class: in the "
      "smallest such set one common ends at z = 0.937582, the other at -1.103199, the distinct "
      "tokens at 0.082809 (independent integration; eta_Y = 5, eta_Z = 1).",
      "one of the three z at t = 1e5 is off by more than {bound}", .bound = 1e-6) {
    double up = SCALAR_OF(run, found, growing_common), error = 0;
    double down = SCALAR_OF(run, found, falling_common);
    double beside = SCALAR_OF(run, found, distinct_beside);
    worst(&error, up - 0.937582), worst(&error, down + 1.103199), worst(&error, beside - 0.082809);
    return verdict_at_most(
        v, error, v->bound,
        "z = %.6f, %.6f, %.6f at t = 1e5; an independent integration: 0.937582, -1.103199, "
        "0.082809",
        up, down, beside);
}

CLAIM(declining, "C11.declining-distinct", DERIVED,
      "Distinct tokens can end by losing attention, in the smallest such set: their z is "
      "-0.039783 at t = 1e5 (eta_Y = 5, eta_Z = 1), and turns downwards at the times of an "
      "independent integration.",
      "z at t = 1e5 is off by more than 1e-6, or the time at which dz/dt turns negative by more "
      "than 15 %, twice the spacing of the independent integration's outputs") {
    /* eta_Y and the time at which dz/dt first turned negative, from an independent integration
     * whose output times are 7 % apart */
    static const double known[][2] = {{1, 15}, {5, 50}, {30, 2.0e4}, {100, 3.2e8}};
    double z = SCALAR_OF(run, found, declined), off = 0;
    size_t compared = 0;
    EACH_ROW (run, decline, r)
        for (size_t k = 0; k < 4; k++) {
            if (r->eta_y != known[k][0]) continue;
            compared++;
            worst(&off, log(r->t_turn / known[k][1]));
        }
    double measured = off / 0.15;
    worst(&measured, (z + 0.039783) / 1e-6);
    return verdict_at_most(
        v, measured, 1,
        "z(1e5) = %.6f (known -0.039783, to 1e-6), peak %.4f; %zu times of the turn within %.0f "
        "%% of the known ones (to 15 %%)",
        z, SCALAR_OF(run, found, declined_peak), compared, 100 * off);
}

CLAIM(gain, "C18.early-gain", DERIVED,
      "With V = K the gain starts as B_n = (s/2) eta_Y eta_Z t^2 (K-1)/K^3, s the share of the "
      "common tokens in |f_n|^2 at t = 0.",
      "B_n at eta_Y t/K = 0.01 deviates by more than {bound} relatively, on the authors' data",
      .bound = 1e-3) {
    return verdict_near(v, SCALAR_OF(run, found, early_gain), 1, v->bound,
                        "authors' data, K = 20, eta_Y t/K = 0.01");
}

/* Under Eq. 10 distinct tokens rise at all times; with the coupled decoder, which lags, some turn.
 * (eta_Z/eta_Y) ln^2(eta_Y t) measures the attention's motion, rho sigma^2 up to a factor near
 * 1. */
CLAIM(turn, "C11.turn-at-gain", DERIVED,
      "Where the logits of distinct tokens end by shrinking they turn when the attention has "
      "moved a fixed amount, not at a fixed ratio of the rates: (eta_Z/eta_Y) ln^2(eta_Y t) at "
      "the turn is the same for all ratios eta_Y/eta_Z >= 5 tried.",
      "it varies by more than {percent} over them", .bound = 0.1) {
    double low = INFINITY, high = 0;
    EACH_ROW (run, decline, r) {
        if (r->eta_y < 5 || isnan(r->law)) continue;
        low = smaller_of(low, r->law), high = larger_of(high, r->law);
    }
    if (!(high > low))
        return verdict_skip(v, "needs two decline_rates >= 5 that turn by decline_end");
    return verdict_at_most(v, high / low - 1, v->bound,
                           "(eta_Z/eta_Y) ln^2(eta_Y t) = %.2f to %.2f", low, high);
}

const struct check *const fates_claims[] = {&signs,     &early, &early_order, &growing,
                                            &declining, &turn,  &gain,        NULL};
