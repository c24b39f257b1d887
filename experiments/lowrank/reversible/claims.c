/* lowrank/reversible: the identity, the expansion, and what constant coefficients miss. */
#include "reversible.h"

#define PARAMETERS reversible

/* How far the form is from backpropagation, at the start, over layers and activations. */
static double form_error(const struct trial *run) {
    const double off = WORST(run, gradient, form_error);
    return off;
}

CLAIM(form, "REV.gradient-form", OF(G_T32a),
      "for chains with linear, ReLU and leaky ReLU gates and the squared loss, G_l = (1/N) sum_i "
      "(J_l^T y - J_l^T J_l W_l f_{l-1}) f_{l-1}^T, J_l the product of all above W_l; G_l is minus "
      "the gradient",
      "an entry of some layer is off backpropagation by more than {bound}", .bound = 1e-12) {
    return verdict_at_most(v, form_error(run), v->bound,
                           "largest entry of the difference, %zu layers of three activations",
                           ROWS(run, gradient));
}

CLAIM(differences, "REV.finite-differences", DERIVED,
      "what backpropagation gives is minus the gradient of the loss",
      "an entry is off the central difference of the loss by more than a hundred times the "
      "rounding of such a difference") {
    double off = NOTHING_YET;
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
    const double bound = larger_of(1e-15 * SCALAR_OF(run, summary, loss_start) / p->h, 1e-11) * 100;
    return verdict_at_most(v, off, bound, "largest of %ld entries; %ld left out at kinks", compared,
                           kinks);
}

CLAIM(
    training, "REV.in-training", OF(G_T32a),
    "the form G_l = (1/N) sum_i (J_l^T y - J_l^T J_l W_l f_{l-1}) f_{l-1}^T holds at each instant "
    "of training",
    "at a step of the table it is off backpropagation by more than {bound}", .bound = 1e-12) {
    if (p->loss != loss_squared) return verdict_skip(v, "exact for the squared loss");
    /* Relative to a gradient that falls with the residual: roundoff of y over what is left of it.
     */
    double off = NOTHING_YET;
    EACH_ROW (run, training, r) worst(&off, r->form_error * r->norm_G);
    return verdict_at_most(v, off, v->bound, "largest difference over %zu rows of training",
                           ROWS(run, training));
}

CLAIM(single, "REV.one-layer", DERIVED,
      "a chain of a single layer has constant A_i, B_i, C_i in G = (1/N) sum_i (A_i - B_i W C_i): "
      "with these frozen at the start its gradient takes the same path",
      "within 50 steps the two gradients part by more than {bound} of ||G(0)||", .bound = 1e-12) {
    return verdict_at_most(v, SCALAR_OF(run, summary, one_layer), v->bound,
                           "largest difference over 50 steps, of ||G(0)||");
}

CLAIM(softmax_order, "REV.softmax-order", OF(G_LB2),
      "y - softmax(f) = P y - P f/K for K classes, P = I - 11^T/K, up to an error that relative "
      "to P f/K is of first order in the logits f (of second order for K = 2)",
      "the order measured between the two smallest standard deviations of the logits is off that "
      "by more than {percent}",
      .bound = 0.02) {
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

/* The row of `smallness` with the largest logits, and the most classes. */
static struct smallness last_row(const struct trial *run) {
    struct smallness r;
    ROW(run, smallness, ROWS(run, smallness) - 1, &r);
    return r;
}

CLAIM(many_classes, "REV.softmax-many-classes", DERIVED,
      "for normal logits f of standard deviation s the error of P y - P f/K as y - softmax(f), "
      "relative to P f/K, tends to sqrt(e^{s^2} - 1 - s^2)/s as the number K of classes grows",
      "at the largest K the mean over the draws is further from it than the standard deviation of "
      "one draw",
      .bound = 1) {
    double off = NOTHING_YET, most = 0;
    EACH_ROW (run, smallness, r) most = larger_of(most, (double)r->classes);
    if (most < 1000) return verdict_skip(v, "needs 1000 classes or more");
    EACH_ROW (run, smallness, r)
        if ((double)r->classes == most) worst(&off, (r->error - r->limit) / r->spread);
    return verdict_at_most(v, off, v->bound,
                           "distance from the limit in standard deviations of one draw, K = %g",
                           most);
}

KNOWN(logits, reversible) {
    const struct smallness r = last_row(run);
    f->classes = (double)r.classes;
    f->logits_sup = r.sup;
    f->logits_rms = r.scale;
}

ERRATUM(smallness, "E.softmax-smallness", OF(G_T32b),
        "Theorem 3.2(b) has ||P f||_inf << sqrt K suffice for the softmax gradient's form P y - P "
        "f/K of K classes; it is the mean square of the logits f that must be small",
        "at the most classes and the largest logits the error relative to P f/K is below "
        "{percent}, or it is above that at the largest standard deviation up to 0.1",
        .bound = 0.1, .facts = KNOWN_OF(logits)) {
    const struct smallness large = last_row(run);
    double small = NAN, scale = NAN;
    EACH_ROW (run, smallness, r)
        if (r->classes == large.classes && r->scale <= 0.1) small = r->error, scale = r->scale;
    if (large.scale < 0.5 || isnan(small))
        return verdict_skip(v,
                            "needs logits of standard deviation 0.1 or less, and of 0.5 or more");
    return verdict_erratum(v, large.error, v->bound, small, v->bound,
                           "K = %ld, ||P f||_inf/sqrt K = %.3g: error of P f/K, relative to it, "
                           "%.3g (relative to the gradient, in which y outweighs it, %.3g); %.3g "
                           "where the logits' standard deviation is %g",
                           large.classes, large.ratio, large.error, large.whole, small, scale);
}

const struct check *const reversible_claims[] = {&form,          &differences,  &training,  &single,
                                                 &softmax_order, &many_classes, &smallness, NULL};
