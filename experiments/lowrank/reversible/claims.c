/* lowrank/reversible: the identity, the expansion, and what constant coefficients miss. */
#include "reversible.h"

#include <math.h>

static double largest(const struct results *results, const char *table, const char *column) {
    double x = -1;
    for (size_t row = 0; row < results_rows(results, table); row++)
        x = fmax(x, results_real(results, table, row, column));
    return x;
}

static enum attndyn_status check_form(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_at_most(v, largest(results, "gradient", "form_error"), 1e-12,
                           "largest entry of the difference, %zu layers of three activations",
                           results_rows(results, "gradient"));
}

static enum attndyn_status check_differences(struct attndyn_context *ctx, const struct params *p,
                                             const struct results *results, struct verdict *v) {
    (void)ctx;
    double compared = 0, kinks = 0;
    for (size_t row = 0; row < results_rows(results, "gradient"); row++) {
        compared += results_real(results, "gradient", row, "compared");
        kinks += results_real(results, "gradient", row, "kinks");
    }
    if (compared < kinks)
        return verdict_skip(v, "a gate flips in %g of %g differences: lower h", kinks,
                            kinks + compared);
    /* Between kinks the loss is quadratic in one weight: what is left is the loss' roundoff over
     * h, 2^-52 * loss / h. */
    const double bound =
        fmax(1e-15 * results_scalar_value(results, "loss_start") / param_real(p, "h"), 1e-11) * 100;
    return verdict_at_most(v, largest(results, "gradient", "difference_error"), bound,
                           "largest of %g entries; %g left out at kinks", compared, kinks);
}

static enum attndyn_status check_training(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *results, struct verdict *v) {
    (void)ctx;
    if (!param_is(p, "loss", "squared")) return verdict_skip(v, "exact for the squared loss");
    /* Relative to a gradient that falls with the residual: roundoff of y over what is left of it.
     */
    double worst = 0;
    for (size_t row = 0; row < results_rows(results, "training"); row++)
        worst = fmax(worst, results_real(results, "training", row, "form_error") *
                                results_real(results, "training", row, "norm_G"));
    return verdict_at_most(v, worst, 1e-12, "largest difference over %zu rows of training",
                           results_rows(results, "training"));
}

static enum attndyn_status check_constant(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *results, struct verdict *v) {
    (void)ctx;
    if (!param_is(p, "loss", "squared")) return verdict_skip(v, "stated for the squared loss");
    size_t layers;
    param_reals(p, "widths", &layers);
    if (layers < 3) return verdict_skip(v, "one layer alone has constant coefficients");
    return verdict_erratum(
        v, results_scalar_value(results, "frozen_error"), 0.1,
        largest(results, "gradient", "form_error"), 1e-12,
        "||G_l - frozen G_l|| grows to %.3g of ||G_l(0)||; with the coefficients "
        "of the moment the form is exact",
        results_scalar_value(results, "frozen_error"));
}

static enum attndyn_status check_softmax(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *results, struct verdict *v) {
    (void)ctx;
    const double a = results_real(results, "softmax", 0, "scale");
    const double b = results_real(results, "softmax", 1, "scale");
    if (b > 0.02) return verdict_skip(v, "needs two logit scales below 0.02");
    const double order = log(results_real(results, "softmax", 1, "error") /
                             results_real(results, "softmax", 0, "error")) /
                         log(b / a);
    /* Two classes: softmax is a tanh, odd in the logits. */
    return verdict_near(v, order, param_int(p, "K") == 2 ? 2 : 1, 0.02,
                        "order %.4f from scale %g to %g, error %.3g there", order, a, b,
                        results_real(results, "softmax", 1, "error"));
}

static enum attndyn_status check_large_logits(struct attndyn_context *ctx, const struct params *p,
                                              const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    const size_t last = results_rows(results, "softmax") - 1;
    if (results_real(results, "softmax", last, "scale") < 0.5 ||
        results_real(results, "softmax", 0, "scale") > 2e-3)
        return verdict_skip(v, "needs logit scales from 2e-3 or less to 0.5 or more");
    return verdict_erratum(v, results_real(results, "softmax", last, "error"), 0.1,
                           results_real(results, "softmax", 0, "error"), 0.01,
                           "error of the linear part %.3g at logit scale %g, %.3g at %g",
                           results_real(results, "softmax", last, "error"),
                           results_real(results, "softmax", last, "scale"),
                           results_real(results, "softmax", 0, "error"),
                           results_real(results, "softmax", 0, "scale"));
}

const struct check *const reversible_checks[] = {
    &(const struct check){"REV.gradient-form", CHECK_CLAIM,
     "G_l = (1/N) sum (J^T y - J^T J W_l f_{l-1}) f_{l-1}^T for linear, ReLU and leaky ReLU chains",
     "GaLore, Theorem 3.2", "backpropagation gives another gradient for one layer", check_form},
    &(const struct check){"REV.finite-differences", CHECK_CLAIM, "backpropagation descends the loss", "derived here",
     "central differences of the loss give another gradient", check_differences},
    &(const struct check){"REV.in-training", CHECK_CLAIM, "the form holds at each instant of training",
     "GaLore, Theorem 3.2", "form and backpropagation part on the way", check_training},
    &(const struct check){"REV.softmax-order", CHECK_CLAIM,
     "y - softmax(f) = P y - P f/K up to a relative error of first order in the logits",
     "GaLore, Lemma B.3", "the error is of another order", check_softmax},
    &(const struct check){"E.softmax-large-logits", CHECK_ERRATUM,
     "the softmax gradient has the parametric form P y - P f/K",
     "GaLore, Theorem 3.2 (small logits are assumed in the appendix)",
     "the error stays small at logits of order one, or is not small at 1e-3", check_large_logits},
    &(const struct check){"E.constant-coefficients", CHECK_ERRATUM,
     "A_i, B_i, C_i of a reversible network may be taken as constant in training",
     "GaLore, Lemma 3.3, applied to Theorem 3.2",
     "the frozen path stays within a tenth of the gradient", check_constant},
    NULL};
