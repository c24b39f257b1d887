#include "frequencies.h"

#define PARAMETERS frequencies

CLAIM(energy_, "LI.energy", DERIVED,
      "[exact] The energy of a quadratic node on addition modulo p is (4/p) sum_k |w1^_k|^2 "
      "|w2^_k|^2, w1^_k and w2^_k the Fourier coefficients of its weights at frequency k: "
      "frequencies decouple.",
      "at the start of some node it differs from the energy over all p^2 inputs by more than "
      "{bound} of it",
      .bound = 1e-12) {
    double most = NOTHING_YET;
    EACH_ROW (run, winners, r) worst(&most, r->energy - 1);
    return verdict_at_most(
        v, most, v->bound,
        "%zu nodes; along the ascent a_k - b_k of losers moves by %.1g; control, 2/p "
        "over half the frequencies: off by 0.5",
        ROWS(run, winners), MOST(run, winners, conserved));
}

CLAIM(winner_, "LI.winner", DERIVED,
      "[exact] A node runs to the frequency k of the largest logarithmic mean L_k of |w1^_k|^2 "
      "and |w2^_k|^2 at the start.",
      "by integration one node runs to another frequency") {
    double wrong = 0, arithmetic = 0, product = 0;
    EACH_ROW (run, winners, r) {
        wrong += r->winner != r->logarithmic;
        arithmetic += r->winner == r->arithmetic;
        product += r->winner == r->product;
    }
    return verdict_at_most(
        v, wrong_of(wrong, ROWS(run, winners)), 0,
        "of %zu nodes; control, right by the arithmetic mean %.0f, by the product %.0f",
        ROWS(run, winners), arithmetic, product);
}

CLAIM(time_, "LI.time", DERIVED,
      "[exact] The frequency k to which a node runs blows up at the time 1/(8 L_k), L_k the "
      "logarithmic mean of |w1^_k|^2 and |w2^_k|^2 at the start.",
      "for one node the time is off by more than {bound} of it", .bound = 1e-5) {
    return verdict_at_most(v, WORST_DEVIATION(run, winners, t, predicted), v->bound,
                           "%zu nodes; control, without the 8: off by 7", ROWS(run, winners));
}

CLAIM(coupon_, "LI.coupon", DERIVED,
      "[exact] Committees whose nodes each run to the frequency of the largest logarithmic mean, "
      "from random starts, find all (p-1)/2 frequencies as often as coupon collecting says, where "
      "every node draws one at random.",
      "for some size the share of committees is more than {bound} standard errors off",
      .bound = 4) {
    double most = NOTHING_YET, n = (double)p->draws;
    EACH_ROW (run, found, r)
        worst(&most, (r->share - r->predicted) /
                         sqrt(larger_of(r->predicted * (1 - r->predicted), 1 / n) / n));
    return verdict_at_most(v, most, v->bound, "%zu sizes, %ld draws each", ROWS(run, found),
                           p->draws);
}

const struct check *const frequencies_claims[] = {&energy_, &winner_, &time_, &coupon_, NULL};
