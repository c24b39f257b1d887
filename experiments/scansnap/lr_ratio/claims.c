/* The verdicts on the learning rates from the tables of scansnap/lr-ratio. */
#include "lr_ratio.h"

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"

#include <math.h>
#include <string.h>

static double flow(const struct results *results, size_t row, const char *column) {
    return results_real(results, "flow", row, column);
}

static bool is_sweep(const struct results *results, size_t row, const char *name) {
    return strcmp(results_text(results, "flow", row, "sweep"), name) == 0;
}

static double cell(const struct results *results, size_t row, const char *column) {
    return results_real(results, "figure6", row, column);
}

/* The larger one; NaN stays. */
static double worse(double a, double b) {
    return a >= b ? a : b >= a ? b : NAN;
}

/* Largest B(next)/B(this) of a sweep in rising order of the rate, among rows with eta_Y t/K >=
 * from; smallest likewise. Pairs counted. */
static size_t steps(const struct results *results, const char *sweep, double from, double *largest,
                    double *smallest) {
    size_t pairs = 0;
    *largest = 0;
    *smallest = INFINITY;
    for (size_t i = 0; i < results_rows(results, "flow"); i++) {
        double next = INFINITY, B = NAN;
        if (!is_sweep(results, i, sweep) || flow(results, i, "scaled_time") < from) continue;
        for (size_t k = 0; k < results_rows(results, "flow"); k++) {
            double factor = flow(results, k, "factor");
            if (!is_sweep(results, k, sweep) || factor <= flow(results, i, "factor") ||
                factor >= next)
                continue;
            next = factor;
            B = flow(results, k, "B");
        }
        if (isinf(next)) continue;
        pairs++;
        double step = B / flow(results, i, "B");
        *largest = worse(*largest, step);
        *smallest = -worse(-*smallest, -step);
    }
    return pairs;
}

static enum attndyn_status check_both(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double error = 0;
    size_t pairs = 0;
    for (size_t i = 0; i < results_rows(results, "flow"); i++)
        for (size_t k = 0; k < results_rows(results, "flow"); k++) {
            if (!is_sweep(results, i, "both") || !is_sweep(results, k, "both_time") ||
                flow(results, i, "factor") != flow(results, k, "factor"))
                continue;
            if (flow(results, i, "factor") != 1) pairs++;
            error = worse(error, fabs(flow(results, i, "B") - flow(results, k, "B")));
        }
    double largest, smallest;
    size_t grown = steps(results, "both", 0, &largest, &smallest);
    if (pairs == 0 || grown == 0) return verdict_skip(v, "sweep_both holds no factor but 1");
    if (!(smallest > 1)) error = INFINITY; /* B does not grow: the claim is false */
    return verdict_at_most(
        v, error, 1e-7,
        "largest difference of B over %zu factors; B grows by at least %.3g from "
        "one to the next",
        pairs, smallest);
}

static enum attndyn_status check_eta_z(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double largest, smallest;
    size_t pairs = steps(results, "eta_z", 0, &largest, &smallest);
    if (pairs == 0) return verdict_skip(v, "sweep_eta_z needs two values");
    return verdict_at_least(v, smallest, 1, "smallest B(next eta_Z)/B(eta_Z) over %zu steps",
                            pairs);
}

static enum attndyn_status check_eta_y(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double rise, late, ignored;
    size_t pairs = steps(results, "eta_y", 0, &rise, &ignored);
    size_t late_pairs = steps(results, "eta_y", 10, &late, &ignored);
    if (pairs == late_pairs || late_pairs == 0)
        return verdict_skip(v, "sweep_eta_y must reach to both sides of eta_y t/K = 10");
    return verdict_erratum(v, rise, 1.01, late, 1,
                           "largest B(next eta_Y)/B(eta_Y): %.3f in all, %.3f for eta_Y t/K >= 10",
                           rise, late);
}

static enum attndyn_status check_slightly(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    size_t last = 0, before = 0, n = 0;
    for (size_t i = 0; i < results_rows(results, "flow"); i++) {
        if (!is_sweep(results, i, "eta_y")) continue;
        if (n == 0 || flow(results, i, "factor") > flow(results, last, "factor")) {
            before = last;
            last = i;
        }
        n++;
    }
    if (n < 2 || flow(results, last, "rho_sigma2") > 5)
        return verdict_skip(v, "sweep_eta_y must reach rho sigma^2 < 5");
    double exponent = -log(flow(results, last, "B") / flow(results, before, "B")) /
                      log(flow(results, last, "eta_y") / flow(results, before, "eta_y"));
    return verdict_erratum(
        v, exponent, 0.5, NAN, NAN,
        "B ~ eta_Y^-%.2f from eta_Y = %g to %g, rho sigma^2 = %.2g: as for small "
        "rho sigma^2 B is proportional to it",
        exponent, flow(results, before, "eta_y"), flow(results, last, "eta_y"),
        flow(results, last, "rho_sigma2"));
}

/* Rows of one K stand in the order of the ratios as given: all pairs are compared. */
static enum attndyn_status check_entropy_ratio(struct attndyn_context *ctx, const struct params *p,
                                               const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double least = INFINITY;
    size_t pairs = 0, n = results_rows(results, "entropy");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            if (results_real(results, "entropy", i, "K") !=
                    results_real(results, "entropy", k, "K") ||
                !(results_real(results, "entropy", k, "ratio") >
                  results_real(results, "entropy", i, "ratio")) ||
                results_real(results, "entropy", i, "scaled_time") < 10)
                continue;
            pairs++;
            double rise = results_real(results, "entropy", k, "entropy_distinct") -
                          results_real(results, "entropy", i, "entropy_distinct");
            least = -worse(-least, -rise);
        }
    if (pairs == 0) return verdict_skip(v, "needs two ratios with eta_y t/K >= 10");
    return verdict_at_least(v, least, 0, "smallest rise over %zu pairs of ratios, eta_Y t/K >= 10",
                            pairs);
}

static enum attndyn_status check_sparsity(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double rise = 0, start = NAN, ratio = NAN, last = NAN, first = NAN;
    for (size_t i = 0; i < results_rows(results, "time"); i++) {
        double now = results_real(results, "time", i, "entropy_support");
        if (results_real(results, "time", i, "ratio") != ratio) start = now;
        ratio = results_real(results, "time", i, "ratio");
        rise = worse(rise, now - start);
        if (isnan(first)) first = start;
        if (i == 0 || ratio == results_real(results, "time", 0, "ratio")) last = now;
    }
    return verdict_erratum(v, rise, 0.005, NAN, NAN,
                           "the entropy over the whole support rises by %.4f above its start while "
                           "the attention on the commons falls; the first ratio's ends %.3f below",
                           rise, first - last);
}

/* The claims on figure 6 are about its setting; only cells and seeds may differ. */
static bool of_figure6(const struct params *p) {
    return param_int(p, "steps") == 100 && param_int(p, "batch") == 128 &&
           param_int(p, "seq_len") == 128 && param_real(p, "momentum") == 0.9 &&
           param_is(p, "init", "uniform") && param_int(p, "num_common") == 10 &&
           param_int(p, "num_distinct") == 10 && param_int(p, "num_next_per_last") == 2;
}
static const char other_setting[] = "not the setting of figure 6 (10 commons, 10 distinct, N = 2, "
                                    "seq_len 128, batch 128, 100 steps, "
                                    "momentum 0.9, init uniform)";

/* Pooled over all pairs of cells that differ in one rate alone (the rows' values of `column`
 * neighbouring, from `from` on): sum of differences over its standard error. */
static double pooled(const struct results *results, const char *column, const char *other,
                     double from, size_t *pairs) {
    double difference = 0, variance = 0;
    size_t n = results_rows(results, "figure6");
    *pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            if (cell(results, i, "num_last") != cell(results, k, "num_last") ||
                cell(results, i, other) != cell(results, k, other) ||
                cell(results, i, column) < from ||
                !(cell(results, k, column) > cell(results, i, column)))
                continue;
            ++*pairs;
            difference += cell(results, k, "mean") - cell(results, i, "mean");
            /* pairs share cells: their errors are added, not their squares */
            variance += sqrt(pow(cell(results, i, "sd"), 2) / cell(results, i, "n") +
                             pow(cell(results, k, "sd"), 2) / cell(results, k, "n"));
        }
    return difference / variance;
}

static enum attndyn_status check_lr_z(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *results, struct verdict *v) {
    (void)ctx;
    if (!of_figure6(p)) return verdict_skip(v, "%s", other_setting);
    size_t pairs;
    double errors = -pooled(results, "lr_z", "lr_ratio", 0, &pairs);
    if (pairs == 0) return verdict_skip(v, "needs two values of lr_z");
    return verdict_at_least(
        v, errors, 3, "fall of the entropy in standard errors, pooled over %zu pairs of cells",
        pairs);
}

static enum attndyn_status check_lr_ratio(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *results, struct verdict *v) {
    (void)ctx;
    if (!of_figure6(p)) return verdict_skip(v, "%s", other_setting);
    size_t pairs, all;
    double errors = pooled(results, "lr_ratio", "lr_z", 2, &pairs);
    double from_one = pooled(results, "lr_ratio", "lr_z", 0, &all);
    if (pairs == 0) return verdict_skip(v, "needs two values of lr_ratio from 2 on");
    return verdict_at_least(
        v, errors, 2,
        "rise of the entropy in standard errors, pooled over %zu pairs of cells "
        "with lr_ratio >= 2 (with smaller ratios, too: %.1f over %zu)",
        pairs, from_one, all);
}

static enum attndyn_status check_reading(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *results, struct verdict *v) {
    (void)ctx;
    if (!of_figure6(p)) return verdict_skip(v, "%s", other_setting);
    double least = INFINITY, most = 0;
    if (results_rows(results, "figure6") == 0) return verdict_skip(v, "no cell was run");
    for (size_t i = 0; i < results_rows(results, "figure6"); i++) {
        double apart = cell(results, i, "support_mean") - cell(results, i, "mean");
        least = -worse(-least, -apart);
        most = worse(most, apart);
    }
    return verdict_erratum(v, least, 0.2, NAN, NAN,
                           "the entropy over the whole support is %.2f to %.2f higher than that "
                           "over the distinct tokens, in every cell",
                           least, most);
}

static enum attndyn_status check_not_flow(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *results, struct verdict *v) {
    (void)ctx;
    if (!of_figure6(p)) return verdict_skip(v, "%s", other_setting);
    size_t apart = 0, n = results_rows(results, "figure6");
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        double off = fabs(cell(results, i, "mean") - cell(results, i, "flow"));
        largest = fmax(largest, off);
        if (off > 3 * cell(results, i, "sd") / sqrt(cell(results, i, "n"))) apart++;
    }
    return verdict_at_least(v, (double)apart / (double)n, 0.5,
                            "share of %zu cells more than 3 standard errors from the flow; the "
                            "largest difference is %.3f",
                            n, largest);
}

const struct check *const lr_ratio_checks[] = {
    &(const struct check){"LR.both-rates", CHECK_CLAIM, "Both rates times k make the gain B(t) become B(k t): it grows.",
     "Scan&Snap, discussion of theorem 4",
     "B after scaling the rates differs by more than 1e-7 from B after scaling the time, or does "
     "not grow",
     check_both},
    &(const struct check){"LR.larger-eta-z", CHECK_CLAIM, "A larger eta_Z alone gives a larger gain at the same time.",
     "Scan&Snap, discussion of theorem 4", "B falls between two values of eta_Z", check_eta_z},
    &(const struct check){"E.larger-eta-y-smaller-gain", CHECK_ERRATUM,
     "A larger eta_Y alone gives a smaller gain only beyond eta_Y t/K of about 10; before that it "
     "gives a larger one.",
     "Scan&Snap, discussion of theorem 4", "B falls with eta_Y throughout, or rises late",
     check_eta_y},
    &(const struct check){"E.larger-eta-y-slightly", CHECK_ERRATUM,
     "and not slightly smaller: for small rho sigma^2, B falls nearly as 1/eta_Y.",
     "Scan&Snap, discussion of theorem 4", "B falls more slowly than eta_Y^-1/2", check_slightly},
    &(const struct check){"LR.entropy-rises-with-ratio", CHECK_CLAIM,
     "At fixed eta_Z and t with eta_Y t/K >= 10, a larger eta_Y/eta_Z leaves c_n denser over the "
     "distinct tokens.",
     "Scan&Snap, section 6", "the entropy over the distinct tokens falls between two ratios",
     check_entropy_ratio},
    &(const struct check){"E.entropy-as-sparsity", CHECK_ERRATUM,
     "The entropy of c_n over its whole support does not fall as the attention becomes selective: "
     "with common tokens it rises first.",
     "Scan&Snap, section 6: average entropy of c_n", "it never rises above its start",
     check_sparsity},
    &(const struct check){"E.figure6-entropy", CHECK_ERRATUM,
     "'Average entropy of c_n' has two readings, over the whole support and over a class's "
     "distinct "
     "tokens, renormalised; they differ by 0.2 nat or more in every cell. The table holds both.",
     "Scan&Snap, figure 6", "the two readings cannot be told apart", check_reading},
    &(const struct check){"LR.figure6-larger-lr-z", CHECK_CLAIM,
     "After 100 steps of SGD, a larger lr_z at the same ratio gives sparser attention.",
     "Scan&Snap, figure 6", "the entropy falls by less than 3 standard errors", check_lr_z},
    &(const struct check){"LR.figure6-larger-ratio", CHECK_CLAIM,
     "From a ratio of 2 on, a larger lr_Y/lr_Z at the same lr_Z gives denser attention.",
     "Scan&Snap, figure 6", "the entropy rises by less than 2 standard errors", check_lr_ratio},
    &(const struct check){"LR.figure6-is-not-the-flow", CHECK_CLAIM,
     "Figure 6 is not in the regime of the flow: SGD with momentum, large steps and finite "
     "contexts "
     "ends elsewhere than the flow at the same time.",
     "derived here", "half of the cells agree with the flow within 3 standard errors",
     check_not_flow},
    NULL};
