/* The verdicts of scansnap/text: the grammar's known answer, what holds of any text, and the
 * claims that real statistics do not bear out. */
#include "text.h"

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "input.h"

#include <math.h>
#include <string.h>

static bool is_grammar(const struct params *p) {
    return param_text(p, "corpus")[0] == '\0';
}

/* The known answer needs all of the grammar's words in the table `pairs`. */
static bool answer_known(const struct params *p, const struct results *r, struct verdict *v) {
    if (!is_grammar(p)) {
        verdict_skip(v, "the corpus is the user's: its answer is not known");
        return false;
    }
    size_t rows = results_rows(r, "pairs");
    if (rows == 6 * 18) return true;
    verdict_skip(v, "%zu of the grammar's 108 pairs of class and token were seen often enough",
                 rows);
    return false;
}

/* The largest |z| at the end. */
static double largest_z(const struct results *r) {
    size_t last = results_rows(r, "course") - 1;
    return fmax(results_real(r, "course", last, "z_max"),
                -results_real(r, "course", last, "z_min"));
}

/* A sign is a sign when it stands clear of the solver's error. */
static double clear_of_error(const struct params *p, const struct results *r) {
    return 100 * (param_real(p, "rtol") * largest_z(r) + param_real(p, "atol"));
}

static enum attndyn_status distinct_picked(struct attndyn_context *ctx, const struct params *p,
                                           const struct results *r, struct verdict *v) {
    (void)ctx;
    if (!answer_known(p, r, v)) return ATTNDYN_OK;
    double smallest = INFINITY;
    int count = 0;
    for (size_t i = 0; i < results_rows(r, "pairs"); i++)
        if (text_grammar_distinct(results_text(r, "pairs", i, "next"),
                                  results_text(r, "pairs", i, "token"))) {
            smallest = fmin(smallest, results_real(r, "pairs", i, "z"));
            count++;
        }
    return verdict_at_least(v, smallest, clear_of_error(p, r),
                            "smallest z of the %d known distinct tokens", count);
}

static enum attndyn_status commons_suppressed(struct attndyn_context *ctx, const struct params *p,
                                              const struct results *r, struct verdict *v) {
    (void)ctx;
    if (!answer_known(p, r, v)) return ATTNDYN_OK;
    double largest = -INFINITY;
    int count = 0;
    for (size_t i = 0; i < results_rows(r, "pairs"); i++)
        if (text_grammar_common(results_text(r, "pairs", i, "token"))) {
            largest = fmax(largest, results_real(r, "pairs", i, "z"));
            count++;
        }
    return verdict_at_least(v, -largest, clear_of_error(p, r),
                            "smallest -z of the commons, %d pairs", count);
}

/* The picked tokens (largest c - P, as many as the table has): the class' own, by frequency? */
static enum attndyn_status picks_known(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *r, struct verdict *v) {
    (void)ctx;
    if (!answer_known(p, r, v)) return ATTNDYN_OK;
    size_t rows = results_rows(r, "picked"), wrong = 0, unordered = 0;
    for (size_t i = 0; i < rows; i++) {
        wrong += !text_grammar_distinct(results_text(r, "picked", i, "next"),
                                        results_text(r, "picked", i, "token"));
        if (i > 0 && results_real(r, "picked", i, "rank") > 1)
            unordered += results_real(r, "picked", i, "P") > results_real(r, "picked", i - 1, "P");
    }
    if (rows == 0) return verdict_at_most(v, NAN, 0, "nothing was picked");
    return verdict_at_most(v, (double)(wrong + unordered) / (double)rows, 0,
                           "of %zu picked tokens %zu are not the class' own, %zu stand above a "
                           "more frequent one",
                           rows, wrong, unordered);
}

/* Why Theorem 3 was tested nowhere. */
static const char *bounds_untested(const struct results *r) {
    return results_scalar_value(r, "classes_with_distinct") == 0
               ? "no class has a distinct token"
               : "no class with a distinct token reaches B = 1e-6: lengthen the run";
}

static enum attndyn_status bounds_of_theorem_3(struct attndyn_context *ctx, const struct params *p,
                                               const struct results *r, struct verdict *v) {
    (void)ctx;
    double lower = results_scalar_value(r, "lower_bound_violated");
    if (isnan(lower)) return verdict_skip(v, "%s", bounds_untested(r));
    if (!is_grammar(p) || param_is(p, "columns", "vocabulary"))
        return verdict_skip(v, "class-independent commons and V = K only: see T11.lower-bound");
    if (!answer_known(p, r, v)) return ATTNDYN_OK;
    return verdict_at_most(
        v, fmax(lower, results_scalar_value(r, "upper_bound_violated")), 0,
        "share of classes and times that violate a bound; smallest ln chi/(2 f^2(0) B) %.6f",
        results_scalar_value(r, "bound_lower_ratio"));
}

static enum attndyn_status sum_conserved(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_at_most(v, results_scalar_value(r, "sum_drift"), 1e-10,
                           "largest |sum_l z_ml| over last tokens and times");
}

static enum attndyn_status loss_falls(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *r, struct verdict *v) {
    (void)ctx;
    return verdict_at_most(v, results_scalar_value(r, "loss_rise"), 10 * param_real(p, "rtol"),
                           "largest relative rise between outputs; the solver's rtol is %g",
                           param_real(p, "rtol"));
}

static enum attndyn_status solver_error(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *r, struct verdict *v) {
    (void)ctx;
    double error = results_scalar_value(r, "z_error");
    if (isnan(error) || largest_z(r) < 100 * param_real(p, "atol"))
        return verdict_skip(v, "needs tighter=true and an attention that moves");
    return verdict_at_most(v, error, 100 * param_real(p, "rtol"),
                           "z at the end against rtol/100; the solver's rtol is %g",
                           param_real(p, "rtol"));
}

/* The early law's next order is the decoder's logits, of the order of eta_Y t P(n); on top of it
 * comes what the solver's tolerances let pass of a z that is still small. */
static enum attndyn_status early_law(struct attndyn_context *ctx, const struct params *p,
                                     const struct results *r, struct verdict *v) {
    (void)ctx;
    double error = results_scalar_value(r, "early_error_1"), most = 0;
    if (isnan(error)) return verdict_skip(v, "no class overlaps another: attention does not move");
    if (param_bool(p, "visit_rate")) return verdict_skip(v, "the law is for visit_rate=false");
    for (size_t n = 0; n < results_rows(r, "classes"); n++)
        most = fmax(most, results_real(r, "classes", n, "P_n"));
    double t = results_real(r, "course", 0, "t");
    double z = fmax(results_real(r, "course", 0, "z_max"), -results_real(r, "course", 0, "z_min"));
    double solver = 100 * (param_real(p, "rtol") + param_real(p, "atol") / z);
    double bound = param_real(p, "eta_y") * t * most + solver;
    /* z = 0 has the error 1 */
    if (!(bound < 0.5))
        return verdict_skip(v,
                            "the next order and the solver's tolerances would pass an error of "
                            "%.2g at the first output: tighten rtol and atol (--preset quick), "
                            "or lower tau_first",
                            bound);
    return verdict_at_most(v, error, bound,
                           "relative error of all z at t=%.3g against eta_Y t max P(n) + %.2g of "
                           "the solver; %.4g of them have the law's sign",
                           t, solver, results_scalar_value(r, "early_sign_start"));
}

static enum attndyn_status learnable_tfidf(struct attndyn_context *ctx, const struct params *p,
                                           const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    for (size_t i = 0; i < results_rows(r, "correlations"); i++)
        if (strcmp(results_text(r, "correlations", i, "quantity"), "z") == 0 &&
            strcmp(results_text(r, "correlations", i, "scope"), "within") == 0 &&
            strcmp(results_text(r, "correlations", i, "target"), "tfidf") == 0) {
            double rho = results_real(r, "correlations", i, "rho");
            double error = results_real(r, "correlations", i, "rho_error");
            if (isnan(rho) || isnan(error)) break;
            return verdict_at_least(v, rho - 3 * error, 0.3,
                                    "rho = %.3f +- %.3f, less three errors; at fixed P %.3f", rho,
                                    error, results_real(r, "correlations", i, "partial"));
        }
    return verdict_skip(v, "no class has enough tokens, or there is one last token only");
}

/* f^2 of the dominant distinct token falls where commons of the class outgrow it: chi then stays
 * below the lower bound, as it does where D f^2(0) > 1 (E.lower-bound of scansnap/relative-gain).
 * With columns that never are the answer (V > K) it is missed by a hair. */
static enum attndyn_status lower_bound(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *r, struct verdict *v) {
    (void)ctx;
    double lower = results_scalar_value(r, "lower_bound_violated");
    if (is_grammar(p) && !param_is(p, "columns", "vocabulary"))
        return verdict_skip(v, "needs corpus=FILE (--preset pruned) or columns=vocabulary: see "
                               "T4.theorem-3-bounds");
    if (isnan(lower)) return verdict_skip(v, "%s", bounds_untested(r));
    if (lower < 0.01)
        return verdict_skip(v, "on this text the bound holds but for %.2g %% of the tests",
                            100 * lower);
    return verdict_erratum(v, lower, 0.01, results_scalar_value(r, "upper_bound_violated"), 0,
                           "share of classes and times below the lower bound, and (what holds) "
                           "above the upper one; smallest ln chi/(2 f^2(0) B) %.6f",
                           results_scalar_value(r, "bound_lower_ratio"));
}

/* On a user's text: the printed claim, and the early law's sign, which holds. */
static enum attndyn_status commons_on_text(struct attndyn_context *ctx, const struct params *p,
                                           const struct results *r, struct verdict *v) {
    (void)ctx;
    double growing = 1 - results_scalar_value(r, "commons_suppressed");
    if (is_grammar(p))
        return verdict_skip(v,
                            "needs corpus=FILE: the grammar's commons do not depend on the class");
    if (isnan(growing)) return verdict_skip(v, "no token is common");
    if (growing < 0.01)
        return verdict_skip(v, "on this text the claim holds but for %.2g %% of the pairs",
                            100 * growing);
    return verdict_erratum(v, growing, 0.01, 1 - results_scalar_value(r, "early_sign_start"), 0.01,
                           "share of common (m, l) with z > 0 at the end; beside it, of all z that "
                           "start against the sign of the early law");
}

const struct check *const text_checks[] = {
    &(const struct check){"T1.distinct-picked", CHECK_CLAIM,
     "Attention picks the distinct tokens: in generated text every known distinct token has z > 0",
     "Scan&Snap, Theorem 2", "a distinct token's z is not positive at the end", distinct_picked},
    &(const struct check){"T2.commons-suppressed", CHECK_CLAIM,
     "Attention suppresses class-independent commons, as estimated from generated text",
     "Scan&Snap, Theorem 2", "a common token's z is not negative at the end", commons_suppressed},
    &(const struct check){"T3.picks-known", CHECK_CLAIM,
     "Attention gains most on the class' own distinct tokens, by falling frequency",
     "Scan&Snap, Theorem 3", "another token is among them, or a rarer one stands above",
     picks_known},
    &(const struct check){"T4.theorem-3-bounds", CHECK_CLAIM,
     "exp(2 f^2(0) B) <= chi <= exp(2 B) for the dominant distinct token, on estimated statistics",
     "Scan&Snap, Theorem 3", "a class and time with z outside", bounds_of_theorem_3},
    &(const struct check){"T5.z-sum", CHECK_CLAIM, "sum_l z_ml is conserved", "derived here",
     "the sum drifts beyond rounding", sum_conserved},
    &(const struct check){"T6.loss-falls", CHECK_CLAIM, "The loss never rises along the flow", "derived here",
     "the loss rises between two outputs", loss_falls},
    &(const struct check){"T7.early-law", CHECK_CLAIM,
     "z starts as eta_Y eta_Z t^2/2 times the rate of the closed form, for every token of any text",
     "derived here", "z at the first output differs by more than the next order", early_law},
    &(const struct check){"T8.solver-error", CHECK_CLAIM, "The solver's error in z is of the order of its tolerance",
     "derived here", "z moves when the tolerance is tightened a hundredfold", solver_error},
    &(const struct check){"T9.learnable-tfidf", CHECK_CLAIM,
     "Attention is a learnable TF-IDF: within a class z ranks tokens as TF-IDF does (documents = "
     "classes)",
     "Scan&Snap, talk", "the rank correlation, less three errors, is below 0.3", learnable_tfidf},
    &(const struct check){"T10.commons-on-text", CHECK_ERRATUM,
     "Common tokens (of two or more classes) are suppressed, on a real text",
     "Scan&Snap, Theorem 2",
     "common tokens do not grow, or the early law misses their first motion", commons_on_text},
    &(const struct check){"T11.lower-bound", CHECK_ERRATUM,
     "exp(2 f^2(0) B) <= chi of the dominant distinct token, whatever the commons and the columns",
     "Scan&Snap, Theorem 3", "no class and time violates it, or one violates the upper bound, too",
     lower_bound},
    NULL};
