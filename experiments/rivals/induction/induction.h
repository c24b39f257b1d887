/* The induction head as a rival: how long its plateau is, and what ends it sooner.
 * What a user sets and what a run emits; induction.c computes, claims.c judges. */
#ifndef RIVALS_INDUCTION_INDUCTION_H
#define RIVALS_INDUCTION_INDUCTION_H

#include "experiments/frame/contract/typed.h"

#define INDUCTION(X)                                                                               \
    X(INT, Q, "3", "pairs in a context; Q! permutations are enumerated", IN(2, 6))                 \
    X(INT, G, "2", "common tokens of every segment; 0 with a = 1", IN(0, 50))                      \
    X(REAL, a, "0.5", "share of A_i and B_j in a segment", IN(1e-3, 1))                            \
    X(REAL, eta_y, "2", "rate of the decoder", IN(1e-6, 1e6), .symbol = "η_Y")                     \
    X(REAL, eta_zeta, "0.7", "rate of layer 2's queries", IN(1e-6, 1e6), .symbol = "η_ζ")          \
    X(REAL, eta_1, "1.3", "rate of layer 1's logits", IN(0, 1e6), .symbol = "η_1")                 \
    X(REAL, eps, "0.01", "gap alpha at the start of the reduced course", IN(1e-12, 1))             \
    X(REALS, copies, "0,0.01,0.1,1",                                                               \
      "gains y that the decoder has learned on B before, with alpha(0) = 1e-6", IN(0, 100))        \
    X(INT, largest, "5", "Hessians are computed for Q from 2 to this", IN(2, 6))                   \
    X(REAL, t_end, "300", "end of the reduced course", IN(1, 1e6))                                 \
    X(REAL, rtol, "1e-11", "relative tolerance", IN(1e-13, 1e-6))
PARAMS(induction, INDUCTION)

#define RATES(X)                                                                                   \
    X(INT, Q, "pairs")                                                                             \
    X(REAL, c2, "share of A and B in a segment's squared norm")                                    \
    X(REAL, lambda, "top rate, from second derivatives of the enumerated loss")                    \
    X(REAL, closed, "closed form")                                                                 \
    X(REAL, z1, "coupling of layer 1 at linear order, relative to layer 2's")
TABLE(rates, RATES, "top rates at the origin")

#define REDUCED(X)                                                                                 \
    X(REAL, t, "time")                                                                             \
    X(REAL, y, "gain of the decoder")                                                              \
    X(REAL, alpha, "gap of layer 2")                                                               \
    X(REAL, loss, "cross-entropy", .unit = "nat")                                                  \
    X(OPTIONAL, apart, "largest difference from the whole flow with z1 fixed; Q <= 4")
TABLE(reduced, REDUCED, "the reduced flow")

#define COPY(X)                                                                                    \
    X(REAL, y0, "gain learned before")                                                             \
    X(REAL, t, "time")                                                                             \
    X(REAL, alpha, "gap of layer 2")                                                               \
    X(REAL, loss, "cross-entropy", .unit = "nat")
TABLE(copy, COPY, "copy first")

#define ONSET(X)                                                                                   \
    X(REAL, y0, "gain learned before")                                                             \
    X(REAL, t, "time at which alpha = 3")
TABLE(onset, ONSET, "when the head is there")

#define SCALING(X)                                                                                 \
    X(REAL, Q, "pairs")                                                                            \
    X(REAL, diluted, "1/lambda with c2 = 0.2")                                                     \
    X(REAL, pure, "1/lambda without commons, c2 = 1")
TABLE(scaling, SCALING, "closed form over Q")

extern const struct check *const induction_claims[];

#endif
