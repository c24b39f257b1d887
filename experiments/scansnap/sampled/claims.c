#include "experiments/statements/statements.h"
#include "sampled.h"

#include <float.h>

#define PARAMETERS sampled

KNOWN(setting, sampled) {
    f->classes = (double)p->classes;
    f->outputs = f->vocabulary = (double)p->outputs;
    f->overlap = f->lambda_min = p->overlap;
    f->lambda_1 = (f->classes - 1) * p->overlap;
    f->classes_uniform = f->decoder_zero = f->features_frozen = f->gradient_modified = 1;
    f->eta_y = p->eta_y;
}
/* The table `counts` has its own M, at least 100, and no features. */
KNOWN(of_counts, sampled) {
    setting_fill(run, p, f);
    f->vocabulary = INFINITY;
    for (size_t i = 0; i < p->outputs_counted.count; i++)
        f->vocabulary = smaller_of(f->vocabulary, p->outputs_counted.at[i]);
    f->outputs = f->vocabulary;
}

/* The lemmas want N >> K^2: here at least ten times as large. */
static bool many(const struct sampled *p, long samples) {
    return (double)samples >= 10 * pow((double)p->classes, 2);
}
static const char too_few[] = "needs samples of 10 K^2 at least";

/* --- exact --------------------------------------------------------------------------------------
 */

/* Every step adds a rounding error, and the softmax's sum one for every output. */
static double rounding(const struct sampled *p, double largest) {
    return ((double)p->steps + (double)p->outputs) * DBL_EPSILON * larger_of(largest, 1);
}

static enum attndyn_status logits(const struct trial *run, const struct sampled *p,
                                  struct verdict *v, bool sampled) {
    double error = NOTHING_YET, largest = NOTHING_YET, alpha = NAN;
    EACH_ROW (run, matrices, r) {
        if ((r->run > 0) != sampled) continue;
        worst(&error, r->error), worst(&largest, r->largest);
        alpha = r->alpha_own;
    }
    return verdict_at_most(v, error, rounding(p, largest),
                           "largest error of any logit over %ld samples; alpha_nn ends at %.4f "
                           "at least, entries up to %.3g",
                           p->steps, alpha, largest);
}

CLAIM(lemma_5, "SMP.lemma-5", OF(S_L5),
      "Under the modified gradient with class n at every step s its logits are w_n = Y^T f_n = "
      "(M-1) h*(s) zeta_n, zeta_n = (M/(M-1)) (e_n - 1/M), h* of Eq. 33, and those of the other "
      "classes stay 0.",
      "a logit is off by more than the rounding of all steps", .facts = KNOWN_OF(setting)) {
    return logits(run, p, v, false);
}

CLAIM(theorem_5, "SMP.theorem-5", OF(S_T5),
      "Under the modified gradient with sampled classes w_n = (M-1) h*(N_n) zeta_n for all "
      "classes n: of the stream of samples their own visits N_n alone count.",
      "a logit is off by more than the rounding of all steps", .facts = KNOWN_OF(setting)) {
    return logits(run, p, v, true);
}

/* --- scatter ------------------------------------------------------------------------------------
 */

/* The largest share of streams outside a bound, over all N that are large enough. A bound of
 * probability delta is kept if the share is at most delta. */
#define SHARE_OUTSIDE(column, from)                                                                \
    double share = NOTHING_YET;                                                                    \
    size_t looked = 0;                                                                             \
    EACH_ROW (run, streams, r) {                                                                   \
        if (!many(p, r->samples) || (double)r->samples < (from)) continue;                         \
        looked++;                                                                                  \
        keep_larger(&share, r->column);                                                            \
    }                                                                                              \
    if (looked == 0) return verdict_skip(v, "%s", too_few);                                        \
    return verdict_at_most(v, share, p->delta,                                                     \
                           "largest share of %ld streams outside, over %zu N; delta = %g",         \
                           p->streams, looked, p->delta)

CLAIM(lemma_10, "SMP.lemma-10", OF(S_L10),
      "The visits N_n of a class in N samples stay within sqrt((N/2) ln(2/delta)) + 1 of Nbar = "
      "ceil(N/K), but for a share delta.",
      "at some N >= 10 K^2 a larger share of streams and classes leaves it",
      .facts = KNOWN_OF(setting)) {
    SHARE_OUTSIDE(outside_10, 0);
}

CLAIM(lemma_11, "SMP.lemma-11", OF(S_L11),
      "h*(N_n) is within h(Nbar) Delta/Nbar of h(Nbar), but for a share delta: h* of the steps, h "
      "of the flow, Nbar = ceil(N/K), Delta = ceil(sqrt(N ln(1/delta))).",
      "at some N >= 10 K^2 a larger share of streams and classes leaves it",
      .facts = KNOWN_OF(setting)) {
    SHARE_OUTSIDE(outside_h, 0);
}

CLAIM(residual, "SMP.lemma-11-residual", OF(S_L11),
      "The residual factor 1/(M-1+e^{M h*(N_n)}) is within eta_Y Delta/3, relatively, of that at "
      "h(Nbar), but for a share delta: Nbar = ceil(N/K), Delta = ceil(sqrt(N ln(1/delta))).",
      "at some N >= 10 K^2 a larger share of streams and classes leaves it",
      .facts = KNOWN_OF(setting)) {
    SHARE_OUTSIDE(outside_sigma, 0);
}

/* omega_1 = ln ln M/ln M. */
CLAIM(late, "SMP.lemma-11-late", OF(S_L11),
      "From N = 2 K (1 + omega_1) ln M/eta_Y on, omega_1 = ln ln M/ln M, the residual factor "
      "1/(M-1+e^{M h*(N_n)}) is within Delta/Nbar, relatively, of that at h(Nbar), but for a share "
      "delta.",
      "at some such N >= 10 K^2 a larger share of streams and classes leaves it",
      .facts = KNOWN_OF(setting)) {
    double ln = log((double)p->outputs);
    SHARE_OUTSIDE(outside_late, 2 * (double)p->classes * (ln + log(ln)) / p->eta_y);
}

CLAIM(lemma_12, "SMP.lemma-12", OF(S_L12),
      "All |theta_n| are below (K/sqrt N) sqrt(ln(K/delta)), but for a share delta of the "
      "streams: w_n = (1 + theta_n) (M-1) h(Nbar) zeta_n, Nbar = ceil(N/K).",
      "at some N >= 10 K^2 a larger share of streams has a larger |theta_n|",
      .facts = KNOWN_OF(setting)) {
    SHARE_OUTSIDE(outside_theta, 0);
}

/* The relative error of a mean over n streams of K squared deviations that sum to 0: sqrt(2/(n
 * (K-1))) if the counts are normal. */
static double mean_square_error(const struct sampled *p) {
    return sqrt(2 / ((double)p->streams * ((double)p->classes - 1)));
}

CLAIM(variance, "SMP.count-variance", DERIVED,
      "The visits N_n of a class in N samples have the variance N (K-1)/K^2, that of uniform "
      "sampling.",
      "the mean of (N_n - N/K)^2 over streams and classes is off by more than {bound} standard "
      "errors at some N >= 10 K^2",
      .bound = 5) {
    double off = NOTHING_YET, K = (double)p->classes;
    size_t looked = 0;
    EACH_ROW (run, streams, r) {
        if (!many(p, r->samples)) continue;
        looked++;
        worst(&off, (r->count_variance / ((double)r->samples * (K - 1) / (K * K)) - 1) /
                        mean_square_error(p));
    }
    if (looked == 0) return verdict_skip(v, "%s", too_few);
    return verdict_at_most(v, off, v->bound, "standard errors over %ld streams, %zu N", p->streams,
                           looked);
}

/* The claim is the first order in N_n - N/K. The second is theta h''/h', about theta; rounding N/K
 * up to Nbar and h* - h shift theta by up to (1 + 2)/Nbar. Relative to the root mean square of
 * theta each is of order 1/sqrt(Nbar). */
CLAIM(scatter, "SMP.theta-spread", DERIVED,
      "theta_n, w_n = (1 + theta_n) (M-1) h(Nbar) zeta_n, has the standard deviation (sqrt(N "
      "(K-1))/K) h'(N/K)/h(N/K), to first order in N_n - N/K.",
      "its square is off, relatively, by more than 5 standard errors and the second order, 4 K/N, "
      "at some N >= 100 K^2") {
    double most = NOTHING_YET;
    size_t looked = 0;
    EACH_ROW (run, streams, r) {
        double N = (double)r->samples, K = (double)p->classes;
        if (N < 100 * K * K) continue;
        looked++;
        double square = r->theta_rms * r->theta_rms - r->theta_mean * r->theta_mean;
        double off = fabs(square / pow(r->theta_derived, 2) - 1);
        worst(&most, off / (5 * mean_square_error(p) + 4 * K / N));
    }
    if (looked == 0) return verdict_skip(v, "needs samples of 100 K^2 at least");
    return verdict_at_most(v, most, 1, "difference of the squares over its bound, %zu N", looked);
}

/* --- Corollary 1 --------------------------------------------------------------------------------
 */

CLAIM(
    corollary_1, "SMP.corollary-1", OF(S_C1),
    "A class needs at most ln(M/eps)/(eps eta_Y) visits, and K classes visited in turn K times as "
    "many samples, until ||e_n - alpha_n|| <= eps.",
    "h* stepped needs more visits for some M and eps", .facts = KNOWN_OF(of_counts)) {
    double most = NOTHING_YET;
    EACH_ROW (run, counts, r) keep_larger(&most, r->visits / r->printed);
    if (ROWS(run, counts) == 0) return verdict_skip(v, "epsilons or outputs_counted is empty");
    return verdict_at_most(v, most, 1, "largest ratio of visits to it over %zu M and eps",
                           ROWS(run, counts));
}

/* h* is ahead of h by 2 eta_Y/M at most (Lemma 7), which is 2 (M-1+e^u)/M steps at the end, where
 * (M-1+e^u)/M = 1/eps; and the count is rounded up to a whole step. The simple form leaves out ln(1
 * - eps), a 1, and terms 1/M times its own size. */
CLAIM(needed, "SMP.corollary-1-count", DERIVED,
      "Corollary 1's error ||e_n - alpha_n|| <= eps takes (1/eps + ln(M/eps))/eta_Y visits of a "
      "class: for small eps the logarithm that Corollary 1 multiplies by is not needed.",
      "h* stepped needs more visits than Eq. 45 has (by 1 or more), or fewer by more than 2/eps + "
      "1; or that form and Eq. 45 are farther apart than 2/eta_Y and 1/M of their size") {
    double most = NOTHING_YET, apart = NOTHING_YET, factor = NOTHING_YET;
    EACH_ROW (run, counts, r) {
        double short_of = (r->closed - r->visits) / (2 / r->epsilon + 1);
        keep_larger(&most, larger_of(short_of, r->visits > r->closed + 1 ? INFINITY : 0));
        worst(&apart, (r->simple - r->closed) / (2 / p->eta_y + r->simple / r->outputs));
        keep_larger(&factor, r->printed / r->visits);
    }
    if (ROWS(run, counts) == 0) return verdict_skip(v, "epsilons or outputs_counted is empty");
    return verdict_at_most(v, larger_of(most, apart), 1,
                           "steps saved over their bound %.3g, the form's distance %.3g; Corollary "
                           "1 has up to %.3g times as many",
                           most, apart, factor);
}

const struct check *const sampled_claims[] = {&lemma_5,  &theorem_5,   &lemma_10, &lemma_11,
                                              &residual, &late,        &lemma_12, &variance,
                                              &scatter,  &corollary_1, &needed,   NULL};
