/* The induction head as a rival: how long its plateau is, and what ends it sooner.
 * What a user sets and what a run emits; induction.c computes, claims.c judges. */
#ifndef RIVALS_INDUCTION_INDUCTION_H
#define RIVALS_INDUCTION_INDUCTION_H

#include "experiments/frame/contract/typed.h"

#define INDUCTION(X)                                                                               \
    X(INT, Q, "3", "pairs Q in a context; all Q! permutations are enumerated", IN(2, 6))           \
    X(INT, G, "2", "common tokens G of every segment; 0 with a = 1", IN(0, 50))                    \
    X(REAL, a, "0.5", "share a of A_i and B_j in a segment", IN(1e-3, 1))                          \
    X(REAL, eta_y, "2", "rate of the decoder, eta_Y", IN(1e-6, 1e6), .symbol = "η_Y")              \
    X(REAL, eta_zeta, "0.7", "rate of layer 2's queries, eta_zeta", IN(1e-6, 1e6),                 \
      .symbol = "η_ζ")                                                                             \
    X(REAL, eta_1, "1.3", "rate of layer 1's logits z1, eta_1", IN(0, 1e6), .symbol = "η_1")       \
    X(REAL, eps, "0.01", "layer 2's gap alpha at the start of the reduced flow", IN(1e-12, 1))     \
    X(REALS, copies, "0,0.01,0.1,1",                                                               \
      "gains y(0) that the decoder has learned on B before, with alpha(0) = 1e-6", IN(0, 100))     \
    X(INT, largest, "5", "largest Q, from 2 on, for which the Hessian is computed", IN(2, 6))      \
    X(REAL, t_end, "300", "horizon of the reduced flow, time t", IN(1, 1e6))                       \
    X(REAL, rtol, "1e-11", "relative tolerance", IN(1e-13, 1e-6))
PARAMS(induction, INDUCTION)

#define RATES(X)                                                                                   \
    X(INT, Q, "pairs Q in a context")                                                              \
    X(REAL, c2, "c2, share of A and B in a segment's squared norm")                                \
    X(REAL, lambda,                                                                                \
      "top rate lambda at the origin, from second derivatives of the enumerated "                  \
      "loss")                                                                                      \
    X(REAL, closed, "lambda in closed form")                                                       \
    X(REAL, z1, "coupling of layer 1 to linear order, over layer 2's")
TABLE(rates, RATES, "top rates at the origin")

#define REDUCED(X)                                                                                 \
    X(REAL, t, "time t")                                                                           \
    X(REAL, y, "gain y of the decoder")                                                            \
    X(REAL, alpha, "gap alpha of layer 2")                                                         \
    X(REAL, loss, "loss, cross-entropy", .unit = "nat")                                            \
    X(OPTIONAL, apart, "largest difference from the whole flow with z1 fixed; empty for Q > 4")
TABLE(reduced, REDUCED, "the reduced flow over time")

#define COPY(X)                                                                                    \
    X(REAL, y0, "gain y(0) that was learned before")                                               \
    X(REAL, t, "time t")                                                                           \
    X(REAL, alpha, "gap alpha of layer 2")                                                         \
    X(REAL, loss, "loss, cross-entropy", .unit = "nat")
TABLE(copy, COPY, "the reduced flow of a decoder that has learned to copy before")

#define ONSET(X)                                                                                   \
    X(REAL, y0, "gain y(0) that was learned before")                                               \
    X(REAL, t, "time t at which alpha = 3")
TABLE(onset, ONSET, "when the induction head has emerged")

#define SCALING(X)                                                                                 \
    X(REAL, Q, "pairs Q in a context")                                                             \
    X(REAL, diluted, "1/lambda with c2 = 0.2")                                                     \
    X(REAL, pure, "1/lambda without commons, c2 = 1")
TABLE(scaling, SCALING, "1/lambda in closed form over Q")

extern const struct check *const induction_claims[];

#endif
