/* The verdicts of scansnap/text: the grammar's known answer, what holds of any text, and the
 * claims that real statistics do not bear out. */
#include "experiments/statements/statements.h"
#include "input.h"

#include <string.h>

#define PARAMETERS text

static bool is_grammar(const struct text *p) {
    return p->text[0] == '\0';
}

/* The answer is known only if all of the grammar's words are in the table `pairs`. */
static bool answer_known(const struct trial *run, const struct text *p, struct verdict *v) {
    if (!is_grammar(p)) {
        verdict_skip(v, "the corpus is the user's: its answer is not known");
        return false;
    }
    size_t rows = ROWS(run, pairs);
    if (rows == 6 * 18) return true;
    verdict_skip(v, "%zu of the grammar's 108 pairs of class and token were seen often enough",
                 rows);
    return false;
}

/* The largest |z| at the end. */
static double largest_z(const struct trial *run) {
    struct course last = {0};
    ROW(run, course, ROWS(run, course) - 1, &last);
    return larger_of(last.z_max, -last.z_min);
}

/* How far from 0 a value must be for its sign to count: well above the solver's error. */
static double clear_of_error(const struct trial *run, const struct text *p) {
    return 100 * (p->rtol * largest_z(run) + p->atol);
}

CLAIM(distinct_picked, "T1.distinct-picked", DERIVED,
      "Attention picks the distinct tokens: in generated text every known distinct token ends "
      "with a logit z > 0.",
      "z of one is not above 0 by a hundred times the solver's tolerance") {
    if (!answer_known(run, p, v)) return ATTNDYN_OK;
    double smallest = INFINITY;
    int count = 0;
    EACH_ROW (run, pairs, r)
        if (text_grammar_distinct(r->next, r->token)) {
            smallest = smaller_of(smallest, r->z);
            count++;
        }
    return verdict_at_least(v, smallest, clear_of_error(run, p),
                            "smallest z of the %d known distinct tokens", count);
}

CLAIM(commons_suppressed, "T2.commons-suppressed", DERIVED,
      "Attention suppresses common tokens of one probability in all classes: in generated text, "
      "whose estimated probabilities differ a little, each of them ends with a logit z < 0.",
      "z of one is not below 0 by a hundred times the solver's tolerance") {
    if (!answer_known(run, p, v)) return ATTNDYN_OK;
    double largest = -INFINITY;
    int count = 0;
    EACH_ROW (run, pairs, r)
        if (text_grammar_common(r->token)) {
            largest = larger_of(largest, r->z);
            count++;
        }
    return verdict_at_least(v, -largest, clear_of_error(run, p),
                            "smallest -z of the commons, %d pairs", count);
}

/* Are the picked tokens (largest c - P, as many as the table holds) the class's own, in order of
 * frequency? */
CLAIM(picks_known, "T3.picks-known", DERIVED,
      "The tokens on which attention gains most in a class, by c_nl - P(l|n), are its own "
      "distinct ones, the more frequent ones first (generated text).",
      "another token is among those picked, or a rarer one stands above a more frequent one") {
    if (!answer_known(run, p, v)) return ATTNDYN_OK;
    size_t rows = ROWS(run, picked), wrong = 0, unordered = 0;
    double above = INFINITY;
    EACH_ROW (run, picked, r) {
        wrong += !text_grammar_distinct(r->next, r->token);
        unordered += r->rank > 1 && r->P > above;
        above = r->P;
    }
    if (rows == 0) return verdict_at_most(v, NAN, 0, "nothing was picked");
    return verdict_at_most(
        v, (double)(wrong + unordered) / (double)rows, 0,
        "of %zu picked tokens %zu are not the class' own, %zu stand above a more frequent one",
        rows, wrong, unordered);
}

/* Why Theorem 3 was tested nowhere. */
static const char *bounds_untested(const struct trial *run) {
    return SCALAR_OF(run, found, classes_with_distinct) == 0
               ? "no class has a distinct token"
               : "no class with a distinct token reaches B = 1e-6: lengthen the run";
}

CLAIM(bounds_of_theorem_3, "T4.theorem-3-bounds", DERIVED,
      "exp(2 f_nl(0)^2 B_n) <= chi_l <= exp(2 B_n) for the dominant distinct token l of every "
      "class, on the estimated statistics of generated text with V = K.",
      "ln chi_l = 2 z_ml is outside for some class and output") {
    double lower = SCALAR_OF(run, found, lower_bound_violated);
    if (isnan(lower)) return verdict_skip(v, "%s", bounds_untested(run));
    if (!is_grammar(p) || p->columns == columns_vocabulary)
        return verdict_skip(v,
                            "class-independent commons and V = K only: the table claims counts it");
    if (!answer_known(run, p, v)) return ATTNDYN_OK;
    return verdict_at_most(
        v, larger_of(lower, SCALAR_OF(run, found, upper_bound_violated)), 0,
        "share of classes and times that violate a bound; smallest ln chi/(2 f^2(0) B) %.6f",
        SCALAR_OF(run, found, bound_lower_ratio));
}

CLAIM(sum_conserved, "T5.z-sum", OF(S_L1), "sum_l z_ml is conserved, for every last token m.",
      "a sum is off 0 by more than {bound} at some output", .bound = 1e-10) {
    return verdict_at_most(v, SCALAR_OF(run, found, sum_drift), v->bound,
                           "largest |sum_l z_ml| over last tokens and times");
}

CLAIM(loss_falls, "T6.loss-falls", DERIVED, "The loss never rises along the flow.",
      "it rises between two outputs by more than {bound} rtol of itself", .bound = 10) {
    return verdict_at_most(v, SCALAR_OF(run, found, loss_rise), v->bound * p->rtol,
                           "largest relative rise between outputs; the solver's rtol is %g",
                           p->rtol);
}

CLAIM(solver_error, "T8.solver-error", DERIVED,
      "The solver's error in z is of the order of its tolerance.",
      "the largest change of z at the end, when the tolerance is tightened a hundredfold, is "
      "above {bound} rtol of the largest |z|",
      .bound = 100) {
    double error = SCALAR_OF(run, found, z_error);
    if (isnan(error) || largest_z(run) < 100 * p->atol)
        return verdict_skip(v, "needs tighter=true and an attention that moves");
    return verdict_at_most(v, error, v->bound * p->rtol,
                           "z at the end against rtol/100; the solver's rtol is %g", p->rtol);
}

/* The early law's next order comes from the decoder's logits, of order eta_Y t P(n); the solver's
 * tolerance adds an error that matters while z is small. */
CLAIM(early_law, "T7.early-law", DERIVED,
      "For every token of any text z_ml starts as eta_Y eta_Z t^2/2 times the closed form of its "
      "early rate.",
      "the relative error of all z at the first output is above the next order, eta_Y t max P(n), "
      "and the solver's part, 100 (rtol + atol/max |z|)") {
    double error = SCALAR_OF(run, found, early_error_1), most = 0;
    if (isnan(error)) return verdict_skip(v, "no class overlaps another: attention does not move");
    if (p->visit_rate) return verdict_skip(v, "the law is for visit_rate=false");
    EACH_ROW (run, classes, r) most = larger_of(most, r->P_n);
    struct course first = {0};
    ROW(run, course, 0, &first);
    double t = first.t, z = larger_of(first.z_max, -first.z_min);
    double solver = 100 * (p->rtol + p->atol / z);
    double bound = p->eta_y * t * most + solver;
    /* z = 0 would have the error 1, so a looser bound could not fail */
    if (!(bound < 0.5))
        return verdict_skip(
            v,
            "the next order and the solver's tolerances would pass an error of %.2g at the first "
            "output: tighten rtol and atol (--preset quick), or lower tau_first",
            bound);
    return verdict_at_most(
        v, error, bound,
        "relative error of all z at t=%.3g against eta_Y t max P(n) + %.2g of the solver; %.4g "
        "of them have the law's sign",
        t, solver, SCALAR_OF(run, found, early_sign_start));
}

CLAIM(
    learnable_tfidf, "T9.learnable-tfidf", TALK("Scan&Snap, talk"),
    "Attention is a learnable TF-IDF: within a class z ranks tokens as TF-IDF does, the classes "
    "taken as documents, and more than P(l|n) alone explains.",
    "Spearman's correlation of z with TF-IDF, or that at fixed P(l|n), each less three of its "
    "errors, is below 0, that of random ranks, or below that of z with P(l|n) plus three errors") {
    double control = NOTHING_YET;
    EACH_ROW (run, correlations, r)
        if (strcmp(r->quantity, "z") == 0 && strcmp(r->scope, "within") == 0 &&
            strcmp(r->target, "P") == 0)
            keep_larger(&control, r->rho + 3 * r->rho_error);
    EACH_ROW (run, correlations, r)
        if (strcmp(r->quantity, "z") == 0 && strcmp(r->scope, "within") == 0 &&
            strcmp(r->target, "tfidf") == 0) {
            double rho = r->rho;
            double error = r->rho_error;
            if (isnan(rho) || isnan(error)) break;
            double fixed = r->partial - 3 * r->partial_error;
            return verdict_at_least(v, smaller_of(rho - 3 * error, fixed), control,
                                    "rho = %.3f +- %.3f, at fixed P %.3f +- %.3f; the smaller, "
                                    "less three errors",
                                    rho, error, r->partial, r->partial_error);
        }
    return verdict_skip(v, "no class has enough tokens, or there is one last token only");
}

const struct check *const text_claims[] = {
    &distinct_picked, &commons_suppressed, &picks_known,  &bounds_of_theorem_3, &sum_conserved,
    &loss_falls,      &early_law,          &solver_error, &learnable_tfidf,     NULL};
