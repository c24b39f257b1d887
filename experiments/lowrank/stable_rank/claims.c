/* lowrank/stable-rank: the claims, and what is left of the printed lemma. */
#include "stable_rank.h"

#include <math.h>
#include <string.h>

static double history_at(const struct results *r, size_t row, const char *column) {
    return results_real(r, "history", row, column);
}

/* Is eta within 2/(lambda2 + lambda_max), where the bounds are stated? */
static bool step_allowed(const struct results *results) {
    return results_state_value(results, "eta", 0) <=
           results_real(results, "steps", 1, "eta") * (1 + 1e-12);
}

static enum attndyn_status check_spectral(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double worst = 0;
    for (size_t row = 0; row < results_rows(results, "history"); row++)
        worst = fmax(
            worst,
            fabs(history_at(results, row, "sr_G") / history_at(results, row, "sr_spectral") - 1));
    return verdict_at_most(v, worst, 1e-9, "largest relative difference over %zu times",
                           results_rows(results, "history"));
}

static enum attndyn_status check_closed(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double worst = 0;
    for (size_t row = 0; row < results_rows(results, "counterexample"); row++)
        worst = fmax(worst, fabs(results_real(results, "counterexample", row, "sr_G") /
                                     results_real(results, "counterexample", row, "sr_closed") -
                                 1));
    return verdict_at_most(v, worst, 1e-12, "stepping against the closed form, t = 0..%zu",
                           results_rows(results, "counterexample") - 1);
}

/* Over the instance, the counterexample and the survey. */
static enum attndyn_status check_bound(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    if (!step_allowed(results))
        return verdict_skip(v, "eta is above 2/(lambda2 + lambda_max), where no bound is stated");
    double worst = -1, instances = 2;
    for (size_t row = 0; row < results_rows(results, "history"); row++) {
        const double sr = history_at(results, row, "sr_G");
        const double bound = history_at(results, row, "bound");
        if (isfinite(bound)) worst = fmax(worst, sr / bound - 1);
        worst = fmax(worst, 1 - sr / history_at(results, row, "bound_below"));
    }
    for (size_t row = 0; row < results_rows(results, "counterexample"); row++)
        worst = fmax(worst, results_real(results, "counterexample", row, "sr_G") /
                                    results_real(results, "counterexample", row, "bound") -
                                1);
    for (size_t row = 0; row < results_rows(results, "survey"); row++) {
        worst = fmax(worst, results_real(results, "survey", row, "worst_holds"));
        instances += results_real(results, "survey", row, "instances");
    }
    return verdict_at_most(v, fmax(worst, 0), STABLE_RANK_ROUNDOFF,
                           "largest excess over the bound (0: none) in %g instances, -%.2g at the "
                           "closest",
                           instances, fmax(-worst, 0));
}

static enum attndyn_status check_product(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double worst = 0, instances = 0;
    for (size_t row = 0; row < results_rows(results, "survey"); row++) {
        const char *kind = results_text(results, "survey", row, "kind");
        const bool single = results_real(results, "survey", row, "N") == 1;
        if (strcmp(kind, "product") != 0 && !(single && strcmp(kind, "generic") == 0)) continue;
        worst = fmax(worst, results_real(results, "survey", row, "worst"));
        instances += results_real(results, "survey", row, "instances");
    }
    if (instances == 0) return verdict_skip(v, "the survey is empty");
    return verdict_at_most(v, worst, STABLE_RANK_ROUNDOFF,
                           "largest excess (0: none), %g instances with one B or N = 1", instances);
}

static enum attndyn_status check_limit(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    const size_t last = results_rows(results, "history") - 1;
    const double sr = history_at(results, last, "sr_G"), par = history_at(results, last, "sr_par");
    const double above = history_at(results, last, "bound") / par - 1;
    const double below = 1 - history_at(results, last, "bound_below") / par;
    if (!step_allowed(results))
        return verdict_skip(v, "eta is above 2/(lambda2 + lambda_max), where no limit is stated");
    if (isnan(above)) return verdict_skip(v, "t_end = 0: nothing has moved");
    if (!(above < 0.5))
        return verdict_skip(
            v, "G_perp has not died out at t_end: the bounds leave %.3g; raise t_end", above);
    return verdict_at_most(v, fabs(sr / par - 1), fmax(above, below) + STABLE_RANK_ROUNDOFF,
                           "sr(G_t) = %.10g at t = %g, sr(G_par) = %.10g", sr,
                           history_at(results, last, "t"), par);
}

static enum attndyn_status check_generic(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double worst = 0;
    for (size_t row = 0; row < results_rows(results, "survey"); row++)
        if (!strcmp(results_text(results, "survey", row, "kind"), "generic"))
            worst = fmax(worst, results_real(results, "survey", row, "median_sr_par"));
    if (worst == 0) return verdict_skip(v, "the survey is empty");
    return verdict_at_most(v, worst, 1.1, "largest median of sr(G_par) over the generic shapes");
}

/* Measured order of sr - 5/4 in q^t between two times of the counterexample, by stepping; the
 * printed bound's excess over 5/4 has order 2. */
static enum attndyn_status check_printed(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double least = INFINITY, worst_holds = -1;
    const size_t rows = results_rows(results, "counterexample");
    for (size_t row = 0; row < rows; row++) {
        const double sr = results_real(results, "counterexample", row, "sr_G");
        const double printed = results_real(results, "counterexample", row, "bound_printed");
        const double q = results_real(results, "counterexample", row, "q_t");
        if (q < 1e-6) break; /* the difference of two stable ranks would be roundoff */
        /* Relative to q^t: a violation of first order stays of the same size. */
        least = fmin(least, (sr - printed) / q);
        worst_holds =
            fmax(worst_holds, sr / results_real(results, "counterexample", row, "bound") - 1);
    }
    const double first = results_real(results, "counterexample", 0, "sr_G") /
                             results_real(results, "counterexample", 0, "bound_printed") -
                         1;
    return verdict_erratum(v, least, 0.1, fmax(worst_holds, 0), STABLE_RANK_ROUNDOFF,
                           "2 x 2 counterexample: sr above the printed bound by %.3g %% at t = 0 "
                           "and by at least %.3g q^t at every t to %zu; the bound that holds is "
                           "never passed",
                           100 * first, least, rows - 1);
}

/* The first row of the counterexample with q^t below a level. */
static size_t first_below(const struct results *results, double level) {
    size_t row = 0;
    while (row < results_rows(results, "counterexample") &&
           results_real(results, "counterexample", row, "q_t") >= level)
        row++;
    return row;
}

static enum attndyn_status check_order(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    const size_t a = first_below(results, 1e-2), b = first_below(results, 1e-4);
    if (b >= results_rows(results, "counterexample"))
        return verdict_skip(v, "q^t has not come to 1e-4: raise counterexample_steps");
    const double limit = 1.25;
#define AT(row, column) results_real(results, "counterexample", row, column)
    const double decades = log(AT(b, "q_t") / AT(a, "q_t"));
    const double order = log((AT(b, "sr_G") - limit) / (AT(a, "sr_G") - limit)) / decades;
    const double printed =
        log((AT(b, "bound_printed") - limit) / (AT(a, "bound_printed") - limit)) / decades;
#undef AT
    return verdict_near(v, order, 1, 0.01,
                        "measured order %.5f in q^t (the printed bound's: %.5f), t = %zu to %zu",
                        order, printed, a, b);
}

static enum attndyn_status check_step(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double excess[3];
    for (size_t row = 0; row < 3; row++)
        excess[row] = results_real(results, "steps", row, "contraction") -
                      results_real(results, "steps", row, "claimed");
    const double expected =
        results_real(results, "steps", 2, "fastest") - results_real(results, "steps", 2, "claimed");
    if (expected < 1e-11) return verdict_skip(v, "lambda2 = lambda_max: there is no faster mode");
    /* Half of what the fastest mode must show. */
    return verdict_erratum(v, excess[2], 0.5 * expected, fmax(excess[0], excess[1]), 1e-12,
                           "G_perp's contraction a step over |1 - eta lambda2|: %+.3g at "
                           "1/lambda_max, %+.3g at 2/(lambda2 + lambda_max), %+.3g half way from "
                           "there to 2/lambda_max",
                           excess[0], excess[1], excess[2]);
}

static enum attndyn_status check_corollary(struct attndyn_context *ctx, const struct params *p,
                                           const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
#define AT(column) results_real(results, "corollary", 0, column)
    const double expected = AT("m") * (AT("n") - AT("span"));
    const double missing = 1 - AT("par_fraction"); /* 1: G_par = 0, there is no sr(G_par) */
    const bool as_expected = AT("multiplicity") == expected && AT("lambda1") < 1e-12;
    return verdict_erratum(v, as_expected ? missing : 0, 1 - 1e-12, fmax(AT("excess"), 0),
                           STABLE_RANK_ROUNDOFF,
                           "||G_par||/||G|| = %.2g with lambda1/lambda_max = %.2g, multiplicity %g "
                           "(m(n - N') = %g); with the smallest eigenvalue that is not zero: %.2g",
                           AT("par_fraction"), AT("lambda1"), AT("multiplicity"), expected,
                           AT("par_fraction_nonzero"));
#undef AT
}

const struct check *const stable_rank_checks[] = {
    &(const struct check){"L33.spectral-path", CHECK_CLAIM,
     "vec G_{t+1} = (I - eta S) vec G_t: stepping without S and the eigenvectors of S give one "
     "sr(G_t)",
     "GaLore, proof of Lemma 3.3", "S, its matrix-free twin or vec() are wrong", check_spectral},
    &(const struct check){"L33.counterexample-closed-form", CHECK_CLAIM,
     "in the 2 x 2 counterexample G_t is proportional to diag(2 - q^t/5, 1 + 2 q^t/5)",
     "derived here", "the instance or the closed form is wrong", check_closed},
    &(const struct check){"L33.bound", CHECK_CLAIM,
     "sr(G_t) <= (||G_par||_F^2 + q^{2t} ||G_perp||_F^2)/(||G_par||_2 - q^t ||G_perp||_F)^2",
     "derived here", "one instance, at one time, passes it", check_bound},
    &(const struct check){"L33.product", CHECK_CLAIM,
     "the printed bound holds where the eigenspace of lambda1 is a product space",
     "GaLore, Lemma 3.3, with one B for all samples or N = 1", "one such instance passes it",
     check_product},
    &(const struct check){"L33.limit", CHECK_CLAIM, "sr(G_t) tends to sr(G_par)", "GaLore, Lemma 3.3",
     "sr(G_t) at t_end is farther from sr(G_par) than what is left of G_perp allows", check_limit},
    &(const struct check){"L33.generic-limit", CHECK_CLAIM, "for generic B_i, C_i sr(G_par) is near 1", "derived here",
     "the median over instances is above 1.1", check_generic},
    &(const struct check){"L33.first-order", CHECK_CLAIM, "sr(G_t) approaches sr(G_par) to first order in q^t",
     "derived here", "the order is not 1 (the printed bound needs 2)", check_order},
    &(const struct check){"E.L33-bound", CHECK_ERRATUM,
     "sr(G_t) <= sr(G_par) + q^{2t} ||G_perp||_F^2/||G_par||_2^2 for all S", "GaLore, Lemma 3.3",
     "the printed bound holds in the counterexample at any time, or the other fails",
     check_printed},
    &(const struct check){"E.L33-step", CHECK_ERRATUM, "the lemma holds for any step size eta", "GaLore, Lemma 3.3",
     "G_perp shrinks by |1 - eta lambda2| above 2/(lambda2 + lambda_max), or does not below "
     "it",
     check_step},
    &(const struct check){"E.C34-vacuous", CHECK_ERRATUM,
     "for C_i = f_i f_i^T of rank N' < n the lemma bounds sr(G_t) by n - N'",
     "GaLore, Corollary 3.4", "G_par is not zero there", check_corollary},
    NULL};
