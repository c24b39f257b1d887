#include "induction.h"

#include "theory/layers/two_level.h"

#define PARAMETERS induction

CLAIM(rate_, "IN.lambda", DERIVED,
      "[exact] The plateau is left at the rate lambda = sqrt(eta_Y eta_zeta) (c2/2)/(Q^2 "
      "sqrt(c2/Q + 1 - c2)) for Q pairs in a context, the top rate of the flow linearised at the "
      "origin; c2 is the share of A, B in a segment's squared norm, eta_Y and eta_zeta are the "
      "rates of decoder and layer 2.",
      "for some Q the top rate from the Hessian of the enumerated loss is off that by more than "
      "{bound} of it",
      .bound = 1e-9) {
    double control = NOTHING_YET;
    EACH_ROW (run, rates, r) worst(&control, r->lambda / (r->closed * (double)r->Q) - 1);
    return verdict_at_most(v, WORST_DEVIATION(run, rates, lambda, closed), v->bound,
                           "largest relative difference, Q = 2 to %ld; control, Q for Q^2: off by "
                           "%.3g",
                           p->largest, control);
}

CLAIM(top_down, "IN.layer-1", DERIVED,
      "[exact] At the origin layer 1 takes no part to linear order: its coupling to the decoder is "
      "0.",
      "for some Q its coupling exceeds {bound} of layer 2's", .bound = 1e-12) {
    const double most = WORST(run, rates, z1);
    double c2 = attndyn_two_level_share((double)p->G, p->a);
    /* in the two-level task layer 1 does take part: eta_1 c2/2 beside eta_zeta */
    return verdict_at_most(v, most, v->bound, "control, the two-level task: %.3f of layer 2's",
                           sqrt(c2 / 2));
}

CLAIM(reduced_, "IN.reduced", DERIVED,
      "[exact] With layer 1's logits z1 fixed the whole flow is the reduced one in two numbers, "
      "the decoder's gain y and layer 2's gap alpha.",
      "at some time y or alpha differs by more than {bound}", .bound = 1e-7) {
    double most = NAN, y = NAN, alpha = NAN;
    EACH_ROW (run, reduced, r) {
        y = r->y, alpha = r->alpha;
        if (isnan(r->apart)) continue;
        if (isnan(most)) most = 0;
        worst(&most, r->apart);
    }
    if (isnan(most)) return verdict_skip(v, "the whole flow is integrated up to Q = 4");
    return verdict_at_most(v, most, v->bound, "y = %.9f, alpha = %.9f at t = %g", y, alpha,
                           p->t_end);
}

CLAIM(reference_, "IN.reference", DERIVED,
      "[exact] For Q = 3 pairs, a = 1/2, G = 2 and the rates eta_Y, eta_zeta = 2, .7 the reduced "
      "flow from alpha = .01 has the gain y = 9.719083046 and the gap alpha = 4.782195962 at t = "
      "300.",
      "one of the two differs by more than {bound}", .bound = 1e-7) {
    double y = NAN, alpha = NAN;
    EACH_ROW (run, reduced, r) y = r->y, alpha = r->alpha;
    if (p->Q != 3 || p->G != 2 || p->a != 0.5 || p->eta_y != 2 || p->eta_zeta != 0.7 ||
        p->eps != 0.01 || p->t_end != 300)
        return verdict_skip(v, "numbers of other parameters");
    return verdict_at_most(v, larger_of(fabs(y - 9.719083046), fabs(alpha - 4.782195962)), v->bound,
                           "y = %.9f, alpha = %.9f", y, alpha);
}

CLAIM(scaling_, "IN.scaling", DERIVED,
      "[exact] By the closed form the time 1/lambda grows with the number Q of pairs as Q^2 where "
      "common tokens dilute the segments (c2 = 0.2), and as Q^(3/2) without them (c2 = 1).",
      "an exponent from Q = 64 to 1024 is off by more than {bound}", .bound = 0.01) {
    struct scaling low = {0}, high = {0};
    EACH_ROW (run, scaling, r) {
        if (r->Q == 64) low = *r;
        if (r->Q == 1024) high = *r;
    }
    double with = log(high.diluted / low.diluted) / log(16),
           alone = log(high.pure / low.pure) / log(16);
    return verdict_at_most(v, larger_of(fabs(with - 2), fabs(alone - 1.5)), v->bound,
                           "%.4f and %.4f: each is the other's control", with, alone);
}

CLAIM(copy_first, "IN.copy-first",
      PAPER("Bietti et al., arXiv 2306.00802", "the order of learning"),
      "[numeric] A decoder that has learned before to copy what it sees, with the gain y(0), ends "
      "the plateau sooner: the larger y(0), the earlier layer 2's gap alpha is 3.",
      "the time to alpha = 3 does not fall from each y(0) to the next larger") {
    double before = NAN, least = INFINITY, first = NAN;
    EACH_ROW (run, onset, r) {
        if (!isnan(before)) least = smaller_of(least, before / r->t);
        if (isnan(first)) first = r->t;
        before = r->t;
    }
    for (size_t i = 1; i < p->copies.count; i++)
        if (!(p->copies.at[i] > p->copies.at[i - 1])) return verdict_skip(v, "copies must rise");
    if (p->copies.count < 2) return verdict_skip(v, "needs two copy strengths");
    return verdict_at_least(v, least, 1, "t = %.1f to %.1f for y(0) = %g to %g", first, before,
                            p->copies.at[0], p->copies.at[p->copies.count - 1]);
}

const struct check *const induction_claims[] = {&rate_,    &top_down,   &reduced_, &reference_,
                                                &scaling_, &copy_first, NULL};
