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
      "On the authors' sets common tokens fall and distinct ones rise at all times: with ten "
      "commons, several queries and strong overlaps, beyond Corollary 2.",
      "any common rises or distinct token falls at any output") {
    size_t rows = authors_runs(run);
    if (rows == 0) return verdict_skip(v, "%s", no_runs);
    return verdict_at_most(
        v, SCALAR_OF(run, found, violations), 0,
        "wrong signs in %zu runs of %ld outputs to eta_Y t/K = %g, |dz/dt| > 1e-14", rows,
        p->points, p->tau_end);
}

CLAIM(early, "C11.early-law", DERIVED,
      "From zero, dz_ml/dt follows the early law for any data and any V.",
      "the flow at eta_Y t = 1e-3 deviates by more than {bound} of the largest rate",
      .bound = 1e-3) {
    return verdict_at_most(
        v, SCALAR_OF(run, found, early_error), v->bound,
        "at eta_Y t = 1e-3 over %zu tokens; ten times later %.2e: it shrinks with t",
        ROWS(run, early), SCALAR_OF(run, found, early_error_later));
}

CLAIM(early_order, "C11.early-law-order", DERIVED,
      "The deviation from the early law is of first order in t.",
      "ten times the time does not mean ten times the deviation", .bound = 0.1) {
    return verdict_near(
        v, SCALAR_OF(run, found, early_error_later) / SCALAR_OF(run, found, early_error), 10,
        v->bound, "deviation from the law at eta_Y t = 1e-2 over that at 1e-3");
}

CLAIM(growing, "C11.growing-common", DERIVED, "The growing common token arrives where it should.",
      "z at t = 1e5 is off by more than {bound}", .bound = 1e-6) {
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
      "The declining distinct tokens turn when they should.",
      "z at t = 1e5 is off by more than 1e-6, or the time of a turn by more than 15 %") {
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

CLAIM(gain, "C18.early-gain", DERIVED, "The gain starts as B = (s(0)/2) eta_Y eta_Z t^2 (K-1)/K^3.",
      "B at eta_Y t/K = 0.01 deviates by more than {bound}", .bound = 1e-3) {
    return verdict_near(v, SCALAR_OF(run, found, early_gain), 1, v->bound,
                        "authors' data, K = 20, eta_Y t/K = 0.01");
}

/* Under Eq. 10 distinct tokens rise at all times; with the coupled decoder, which lags, some turn.
 * (eta_Z/eta_Y) ln^2(eta_Y t) measures the attention's motion, rho sigma^2 up to a factor near
 * 1. */
CLAIM(turn, "C11.turn-at-gain", DERIVED,
      "Where distinct tokens end by shrinking they turn at a fixed motion of the attention, not at "
      "a ratio of the rates: (eta_Z/eta_Y) ln^2(eta_Y t) is near 6 for all large ratios.",
      "it varies by more than {percent} over eta_Y/eta_Z >= 5", .bound = 0.1) {
    double low = INFINITY, high = 0;
    EACH_ROW (run, decline, r) {
        if (r->eta_y < 5 || isnan(r->law)) continue;
        low = fmin(low, r->law), high = fmax(high, r->law);
    }
    if (!(high > low))
        return verdict_skip(v, "needs two decline_rates >= 5 that turn by decline_end");
    return verdict_at_most(v, high / low - 1, v->bound,
                           "(eta_Z/eta_Y) ln^2(eta_Y t) = %.2f to %.2f", low, high);
}

const struct check *const fates_checks[] = {&signs,     &early, &early_order, &growing,
                                            &declining, &turn,  &gain,        NULL};
