/* scansnap/finite-sample: the claims. */
#include "finite_sample.h"

#include "experiments/statements/statements.h"

#include <string.h>

#define PARAMETERS finite_sample

/* Is the slope in the middle of [low, high]? */
static enum attndyn_status within(double value, double low, double high, const char *why,
                                  struct verdict *v) {
    double middle = (low + high) / 2;
    if (isnan(value)) return verdict_skip(v, "needs three points at least: %s", why);
    return verdict_at_most(v, fabs(value - middle), (high - low) / 2,
                           "slope %.4f, expected %.3g to %.3g; %s", value, low, high, why);
}

CLAIM(euler_order, "C16.euler-order", DERIVED,
      "Gradient descent on the population approaches the flow at first order in the step: the "
      "relative error of z at the horizon is proportional to it.",
      "the slope of the error's logarithm against that of the step, over the steps up to 0.1, is "
      "outside of 0.95 to 1.05") {
    return within(SCALAR_OF(run, found, euler_order), 0.95, 1.05, "steps up to 0.1", v);
}
/* Standard error of the slope of log debiased over T >= 500, from those of the rows; NaN: one of
 * them is drowned in noise. */
static double bias_slope_error(const struct trial *run) {
    double n = 0, mean = 0, square = 0, error = 0;
    EACH_ROW (run, bias, r)
        if (r->T >= 500 && r->debiased > 0) n++, mean += log((double)r->T);
    mean /= n;
    EACH_ROW (run, bias, r) {
        if (!(r->T >= 500 && r->debiased > 0)) continue;
        double u = log((double)r->T) - mean;
        square += u * u;
        error += pow(u * r->relative_error, 2);
    }
    return sqrt(error) / square;
}
/* The bias is a series in x = (1 - |c|^2)/(|c|^2 (T-1)), by which LN's norm is off
 * (C16.context-norm): a second term of up to twice the first one's size tilts the slope by 2 x at
 * the shortest of the contexts that count. */
CLAIM(context_bias, "C16.context-bias", DERIVED,
      "Contexts of finite length T bias the trained attention logits by O(1/T).",
      "the slope of ln bias against ln T, over T >= 500, is off -1 by more than {bound} standard "
      "errors and the next order, 2 (1 - |c|^2)/(|c|^2 (T-1)) at the smallest of these T",
      .bound = 4) {
    double slope_of = SCALAR_OF(run, found, bias_slope), next = 0;
    if (p->seeds < 16) return verdict_skip(v, "needs 16 seeds");
    if (isnan(slope_of)) return verdict_skip(v, "needs three lengths of 500 at least");
    EACH_ROW (run, norms, r) {
        /* expected = |c|^2 + (1 - |c|^2)/(T-1) */
        double N = (double)r->T - 1, c2 = (r->expected * N - 1) / (N - 1);
        if (r->T >= 500) keep_larger(&next, (1 - c2) / (c2 * N));
    }
    double error = bias_slope_error(run);
    if (isnan(error)) return verdict_skip(v, "a bias is drowned in noise: raise seeds");
    return verdict_at_most(v, fabs(slope_of + 1), v->bound * error + 2 * next,
                           "slope %.4f +- %.4f over T >= 500, noise of the mean taken out; next "
                           "order %.4f",
                           slope_of, error, 2 * next);
}
CLAIM(context_norm, "C16.context-norm", DERIVED,
      "The square of the norm that LN divides by has the mean E|c_hat|^2 = |c|^2 + (1 - |c|^2)/(T "
      "- 1): c_hat the shares of the tokens in a context of T - 1, c their probabilities (class "
      "0, z = 0).",
      "the mean over sampled contexts is more than {bound} standard errors off at some T",
      .bound = 4.5) {
    double most = NOTHING_YET;
    EACH_ROW (run, norms, r) worst(&most, (r->mean - r->expected) / r->standard_error);
    return verdict_at_most(v, most, v->bound, "%zu lengths, %ld contexts each", ROWS(run, norms),
                           p->seeds * p->length_batch);
}
/* Both ways: the lemma's bound on the share, and the binomial's own share, which a wrong sampler
 * would miss. A token's events are few: those of all tokens of a length are counted together (they
 * hardly depend on each other). */
CLAIM(lemma_18, "C16.lemma-18", OF(S_L18),
      "A token's frequency in a context of T - 1 tokens is farther than sqrt(ln(2/delta)/(2 "
      "(T-1))) from its probability P(l|n) in a share delta of contexts at most (here delta = "
      "0.9).",
      "it is so more often for some token and T, or at some T the count of such contexts "
      "is more than {bound} standard errors from that of the binomial distribution",
      .bound = 5) {
    double off = NOTHING_YET, most = NOTHING_YET, over = 0;
    for (size_t i = 0; i < p->lengths.count; i++) {
        double beyond = 0, expected = 0, variance = 0;
        EACH_ROW (run, frequencies, r) {
            if (r->T != (long)p->lengths.at[i]) continue;
            double n = (double)r->contexts, share = (double)r->beyond / n;
            beyond += (double)r->beyond;
            expected += n * r->exact;
            variance += n * r->exact * (1 - r->exact);
            keep_larger(&most, share);
            over += share > LEMMA_18_DELTA;
        }
        if (!(expected > 20)) return verdict_skip(v, "needs 20 such contexts, more of them");
        worst(&off, (beyond - expected) / sqrt(variance));
    }
    if (over > 0) off = INFINITY;
    return verdict_at_most(v, off, v->bound, "%zu tokens and lengths; the largest share is %.3g",
                           ROWS(run, frequencies), most);
}
/* The standard deviation of n samples has the relative error sqrt((kurtosis - 1)/(4 n)); the 3 in
 * the bound allows a kurtosis of 13, far above that of a sum of many squares. */
CLAIM(
    context_scatter, "C16.context-scatter", DERIVED,
    "A finite context's squared norm scatters as the multinomial distribution's moments say: "
    "Var(sum_e n_e^2) = 2 N (N-1) [S_2 + 2 (N-2) S_3 - (2N-3) S_2^2], n_e the count of token e "
    "among N = T - 1, c_e its probability, S_k = sum_e c_e^k.",
    "at some T the standard error over n contexts is more than {bound} sqrt(3/n), relatively, from "
    "the one that follows",
    .bound = 5) {
    double most = NOTHING_YET, n = (double)(p->seeds * p->length_batch);
    if (n < 500) return verdict_skip(v, "needs 500 contexts");
    EACH_ROW (run, norms, r) worst(&most, r->standard_error / r->expected_error - 1);
    return verdict_at_most(v, most, v->bound * sqrt(3 / n),
                           "largest relative difference, %zu lengths", ROWS(run, norms));
}
/* Standard error of the slope of log noise, from those of the rows. */
static double slope_error(const struct trial *run, const char *series) {
    bool by_step = strcmp(series, "step") == 0;
    double n = 0, mean = 0, square = 0, error = 0;
    EACH_ROW (run, noise, r)
        if (strcmp(r->series, series) == 0) n++, mean += log(by_step ? r->step : (double)r->batch);
    mean /= n;
    EACH_ROW (run, noise, r) {
        if (strcmp(r->series, series) != 0) continue;
        double u = log(by_step ? r->step : (double)r->batch) - mean;
        square += u * u;
        error += pow(u * r->standard_error / r->noise, 2);
    }
    return sqrt(error) / square;
}

CLAIM(batch_noise, "C16.batch-noise", DERIVED,
      "Batches of random labels add noise to z at the horizon, its spread over seeds, that grows "
      "as sqrt(step/batch).",
      "the slope of ln noise is more than {bound} of its standard errors off 1/2 against ln step "
      "or off -1/2 against ln batch",
      .bound = 4) {
    if (p->seeds < 16) return verdict_skip(v, "needs 16 seeds");
    double by_step = SCALAR_OF(run, found, noise_step_slope);
    double by_batch = SCALAR_OF(run, found, noise_batch_slope);
    if (isnan(by_step) || isnan(by_batch))
        return verdict_skip(v, "needs three steps and three batches");
    double step = slope_error(run, "step"), batch = slope_error(run, "batch"), off = 0;
    worst(&off, (by_step - 0.5) / step);
    worst(&off, (by_batch + 0.5) / batch);
    return verdict_at_most(v, off, v->bound,
                           "slope %.3f +- %.3f in the step (0.5), %.3f +- %.3f in the batch "
                           "(-0.5), %ld seeds",
                           by_step, step, by_batch, batch, p->seeds);
}

const struct check *const finite_sample_claims[] = {
    &euler_order, &context_bias, &context_norm, &lemma_18, &context_scatter, &batch_noise, NULL};
