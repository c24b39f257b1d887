#include "fates.h"

#include <string.h>

#define PARAMETERS fates

/* Runs whose signs were counted: lasts, nexts and ratios may be empty. */
static size_t authors_runs(const struct trial *run) {
    size_t rows = 0;
    EACH_ROW (run, signs, r) rows += strcmp(r->data, "authors") == 0;
    return rows;
}

static const char no_runs[] = "needs lasts, nexts and ratios: no run of the authors' sets was made";

CLAIM(signs, "C11.signs", PAPER("Scan&Snap", "theorem 2"),
      "On the authors' sets common tokens fall and distinct ones rise at all times.",
      "any common rises or distinct token falls at any output") {
    size_t rows = authors_runs(run);
    if (rows == 0) return verdict_skip(v, "%s", no_runs);
    return verdict_at_most(
        v, SCALAR_OF(run, found, violations), 0,
        "wrong signs in %zu runs of %ld outputs to eta_Y t/K = %g, |dz/dt| > 1e-14", rows,
        p->points, p->tau_end);
}

ERRATUM(
    unequal, "E.unequal-classes", PAPER("Scan&Snap", "theorem 2"),
    "dz/dt < 0 for common and > 0 for distinct tokens whatever P(n): not at eta_Y/eta_Z <= 1 (to "
    "eta_Y t/K = 1e5), even with commons shared alike.",
    "no sign is wrong with unequal P(n)") {
    double least = INFINITY;
    for (size_t i = 0; i < p->ratios.count; i++) least = fmin(least, p->ratios.at[i]);
    if (!(least <= 1) || p->tau_end < 1e5)
        return verdict_skip(v, "needs a ratio eta_Y/eta_Z of at most 1, and tau_end of 1e5");
    if (authors_runs(run) == 0) return verdict_skip(v, "%s", no_runs);
    return verdict_erratum(
        v, SCALAR_OF(run, found, violations_unequal), 1, SCALAR_OF(run, found, violations), 0,
        "wrong signs with P(n) = .7, .1, .1, .1 and q = 1, .3, .1, 2 shared by all; with equal "
        "classes");
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
    /* an independent integration on a grid of 7 %: when dz/dt first was negative */
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

ERRATUM(common_suppression, "E.common-suppression", PAPER("Scan&Snap", "theorem 2"),
        "dz/dt < 0 for all common tokens: if they are shared alike by all classes, and these are "
        "equally probable, or single.",
        "no common grows even where commons depend on the class") {
    char random[100] = "";
    if (authors_runs(run) == 0) return verdict_skip(v, "%s", no_runs);
    double share = SCALAR_OF(run, found, growing_share);
    if (!isnan(share)) /* random_sets=0: there are none */
        snprintf(random, sizeof random,
                 "; a common grows in %.0f %% of the random sets at the largest sd", 100 * share);
    return verdict_erratum(
        v, SCALAR_OF(run, found, growing_common), 0.1, SCALAR_OF(run, found, violations), 0,
        "z of a common at t = 1e5 where commons depend on the class (printed: below 0); wrong "
        "signs where they do not%s",
        random);
}

ERRATUM(distinct_growth, "E.distinct-growth", PAPER("Scan&Snap", "theorem 2"),
        "dz/dt > 0 for all distinct tokens: at first always; at finite eta_Y/eta_Z it can turn.",
        "the distinct tokens of the second example stay positive") {
    /* what holds: the early law's sign, positive for every distinct token of all sets */
    double least = INFINITY;
    EACH_ROW (run, early, r)
        if (strcmp(r->kind, "distinct") == 0) least = fmin(least, r->measured);
    return verdict_erratum(
        v, -SCALAR_OF(run, found, declined), 0.01, least > 0 ? 0 : 1, 0,
        "-z of a distinct token at t = 1e5 (printed: z > 0); early, every distinct token of "
        "every set starts upwards, slowest rate %.2e",
        least);
}

const struct check *const fates_checks[] = {&signs,           &early, &early_order,        &growing,
                                            &declining,       &gain,  &common_suppression, &unequal,
                                            &distinct_growth, NULL};
