#include "balance.h"

#include <string.h>

#define PARAMETERS balance

CLAIM(dxd, "BAL.dxd", DERIVED,
      "[exact] Where embeddings U, values W_V and W = W_Q W_K^T are all trained, at the rates "
      "eta_u, eta_v, eta_w, the d x d form U^T U/eta_u - (W_V^T W_V + W_V W_V^T)/eta_v - (W^T W + "
      "W W^T)/eta_w is constant.",
      "at some time an entry has drifted by more than {bound} rtol of the largest", .bound = 1e3) {
    return verdict_at_most(v, WORST(run, laws, law), v->bound * p->rtol,
                           "%zu outputs, U moved by %.0f %%; control, without the term in W: %.3g",
                           ROWS(run, laws), 100 * MOST(run, laws, moved),
                           WORST(run, laws, control));
}

CLAIM(heads_, "BAL.heads", DERIVED,
      "[exact] Where W_Q and W_K are trained apart, W_Q^T W_Q - W_K^T W_K is constant, too.",
      "at some time an entry has drifted by more than {bound} rtol of the largest", .bound = 1e3) {
    double drift = NOTHING_YET, control = NOTHING_YET;
    EACH_ROW (run, laws, r) {
        if (strncmp(r->form, "apart", 5) != 0) continue;
        worst(&drift, r->heads), worst(&control, r->control);
    }
    return verdict_at_most(v, drift, v->bound * p->rtol,
                           "control, the other form without its term in W: %.3g", control);
}

CLAIM(closed_, "BAL.closed", DERIVED,
      "[exact] From zero values W_V and W the products Y = U W_V^T U^T, Z = U W U^T and Gamma = U "
      "U^T have a flow of their own, in which the width does not occur.",
      "an entry of Y, Z or Gamma differs by more than {bound} from the one that U, W_V and W "
      "give",
      .bound = 1e-8) {
    double error = NOTHING_YET, control = 0;
    EACH_ROW (run, gram, r) {
        if (isnan(r->closed)) continue;
        worst(&error, r->closed);
        control = larger_of(control, r->size);
    }
    return verdict_at_most(v, error, v->bound, "control, Gamma frozen at I: off by %.3g", control);
}

CLAIM(algebraic, "BAL.gram", DERIVED,
      "[exact] From orthonormal embeddings, Gamma (Gamma - I)/eta_u = (Y Gamma^-1 Y^T + Y^T "
      "Gamma^-1 Y)/eta_v + (Z Gamma^-1 Z^T + Z^T Gamma^-1 Z)/eta_w at any time, Gamma = U U^T the "
      "Gram matrix of the embeddings.",
      "at some time the sides differ by more than {bound} of the left one", .bound = 1e-8) {
    double error = NOTHING_YET, control = INFINITY;
    EACH_ROW (run, gram, r) {
        /* Gamma - I must be more than the solver's errors */
        if (strcmp(r->start, "orthonormal") == 0 && r->size > 1e-3) worst(&error, r->residual);
        if (strcmp(r->start, "gaussian") == 0) control = smaller_of(control, r->residual);
    }
    return verdict_at_most(v, error, v->bound, "control, gaussian embeddings: at least %.3g",
                           control);
}

CLAIM(control_, "BAL.gram-control", DERIVED,
      "[exact] For Gamma (Gamma - I)/eta_u = (Y Gamma^-1 Y^T + Y^T Gamma^-1 Y)/eta_v + (the same "
      "of Z)/eta_w the embeddings must be orthonormal at the start: from Gaussian ones the two "
      "sides differ.",
      "from Gaussian embeddings the sides differ by less than {bound} of the left one",
      .bound = 1e-2) {
    double least = INFINITY;
    EACH_ROW (run, gram, r)
        if (strcmp(r->start, "gaussian") == 0 && !(r->residual >= least)) least = r->residual;
    return verdict_at_least(v, least, v->bound, "least over the outputs");
}

CLAIM(first_order, "BAL.gram-first-order", DERIVED,
      "[leading] Gamma - I = eta_u [(Y Y^T + Y^T Y)/eta_v + (Z Z^T + Z^T Z)/eta_w] holds to first "
      "order only, while Gamma = U U^T is near I.",
      "where |Gamma - I| is largest, above 2, the right side is off by less than |Gamma - "
      "I|, or where that is about 0.05 by more than {percent} of it",
      .bound = 0.2) {
    double late = NAN, small = NAN, size = 0, near = INFINITY;
    EACH_ROW (run, gram, r) {
        if (strcmp(r->start, "orthonormal") != 0) continue;
        if (r->size > size) size = r->size, late = r->early;
        double off = fabs(log(r->size / 0.05));
        if (off < near) near = off, small = r->early;
    }
    if (size < 2 || near > 1)
        return verdict_skip(v, "needs |Gamma - I| from 0.05 to 2; it ends at %.3g", size);
    return verdict_contrast(
        v, late, 1, small, v->bound,
        "off by %.3g of |Gamma - I| where that is %.3g, by %.3g where it is about "
        "0.05",
        late, size, small);
}

const struct check *const balance_claims[] = {&dxd,      &heads_,      &closed_, &algebraic,
                                              &control_, &first_order, NULL};
