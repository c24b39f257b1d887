/* lowrank/reversible: the identity, the expansion, and what constant coefficients miss. */
#include "reversible.h"

#define PARAMETERS reversible

/* How far the form is from backpropagation, at the start, over layers and activations. */
static double form_error(const struct trial *run) {
    double off = 0;
    EACH_ROW (run, gradient, r) worst(&off, r->form_error);
    return off;
}

CLAIM(
    form, "REV.gradient-form", PAPER("GaLore", "Theorem 3.2"),
    "G_l = (1/N) sum (J^T y - J^T J W_l f_{l-1}) f_{l-1}^T for linear, ReLU and leaky ReLU chains",
    "backpropagation gives another gradient for one layer", .bound = 1e-12) {
    return verdict_at_most(v, form_error(run), v->bound,
                           "largest entry of the difference, %zu layers of three activations",
                           ROWS(run, gradient));
}

CLAIM(differences, "REV.finite-differences", DERIVED, "backpropagation descends the loss",
      "central differences of the loss give another gradient") {
    double off = 0;
    long compared = 0, kinks = 0;
    EACH_ROW (run, gradient, r) {
        compared += r->compared;
        kinks += r->kinks;
        worst(&off, r->difference_error);
    }
    if (compared < kinks)
        return verdict_skip(v, "a gate flips in %ld of %ld differences: lower h", kinks,
                            kinks + compared);
    /* Between kinks the loss is quadratic in one weight: what is left is the loss' roundoff over
     * h, 2^-52 * loss / h. */
    const double bound = fmax(1e-15 * SCALAR_OF(run, summary, loss_start) / p->h, 1e-11) * 100;
    return verdict_at_most(v, off, bound, "largest of %ld entries; %ld left out at kinks", compared,
                           kinks);
}

CLAIM(training, "REV.in-training", PAPER("GaLore", "Theorem 3.2"),
      "the form holds at each instant of training", "form and backpropagation part on the way",
      .bound = 1e-12) {
    if (p->loss != loss_squared) return verdict_skip(v, "exact for the squared loss");
    /* Relative to a gradient that falls with the residual: roundoff of y over what is left of it.
     */
    double off = 0;
    EACH_ROW (run, training, r) worst(&off, r->form_error * r->norm_G);
    return verdict_at_most(v, off, v->bound, "largest difference over %zu rows of training",
                           ROWS(run, training));
}

ERRATUM(constant, "E.constant-coefficients", PAPER("GaLore", "Lemma 3.3, applied to Theorem 3.2"),
        "A_i, B_i, C_i of a reversible network may be taken as constant in training",
        "the frozen path stays within {percent} of the gradient", .bound = 0.1) {
    if (p->loss != loss_squared) return verdict_skip(v, "stated for the squared loss");
    if (p->widths.count < 3) return verdict_skip(v, "one layer alone has constant coefficients");
    return verdict_erratum(
        v, SCALAR_OF(run, summary, frozen_error), v->bound, form_error(run), 1e-12,
        "||G_l - frozen G_l|| grows to %.3g of ||G_l(0)||; with the coefficients "
        "of the moment the form is exact",
        SCALAR_OF(run, summary, frozen_error));
}

CLAIM(softmax_order, "REV.softmax-order", PAPER("GaLore", "Lemma B.3"),
      "y - softmax(f) = P y - P f/K up to a relative error of first order in the logits",
      "the error is of another order", .bound = 0.02) {
    struct softmax a, b;
    ROW(run, softmax, 0, &a);
    ROW(run, softmax, 1, &b);
    if (b.scale > 0.02) return verdict_skip(v, "needs two logit scales below 0.02");
    double order = log(b.error / a.error) / log(b.scale / a.scale);
    /* Two classes: softmax is a tanh, odd in the logits. */
    return verdict_near(v, order, p->K == 2 ? 2 : 1, v->bound,
                        "order %.4f from scale %g to %g, error %.3g there", order, a.scale, b.scale,
                        b.error);
}

ERRATUM(large_logits, "E.softmax-large-logits",
        PAPER("GaLore", "Theorem 3.2 (small logits are assumed in the appendix)"),
        "the softmax gradient has the parametric form P y - P f/K",
        "the error stays small at logits of order one, or is not small at 1e-3") {
    struct softmax small, large;
    ROW(run, softmax, 0, &small);
    ROW(run, softmax, ROWS(run, softmax) - 1, &large);
    if (large.scale < 0.5 || small.scale > 2e-3)
        return verdict_skip(v, "needs logit scales from 2e-3 or less to 0.5 or more");
    return verdict_erratum(v, large.error, 0.1, small.error, 0.01,
                           "error of the linear part %.3g at logit scale %g, %.3g at %g",
                           large.error, large.scale, small.error, small.scale);
}

const struct check *const reversible_claims[] = {
    &form, &differences, &training, &softmax_order, &large_logits, &constant, NULL};
