/* Which frequency a node finds: grokking as energy ascent on modular addition.
 * What a user sets and what a run emits; frequencies.c computes, claims.c judges. */
#ifndef RIVALS_FREQUENCIES_FREQUENCIES_H
#define RIVALS_FREQUENCIES_FREQUENCIES_H

#include "experiments/frame/contract/typed.h"

#define FREQUENCIES(X)                                                                             \
    X(INT, p, "23", "modulus p, odd", IN(3, 101))                                                  \
    X(INT, nodes, "100", "nodes whose ascent is integrated", IN(1, 10000))                         \
    X(REAL, sd, "0.1", "standard deviation of the weights at the start", IN(1e-3, 1))              \
    X(REALS, committees, "22,44,66",                                                               \
      "sizes of the committees: nodes that look for all frequencies", IN(1, 10000))                \
    X(INT, draws, "4000", "committees drawn of each size", IN(1, 1000000))                         \
    X(INT, seed, "1", "seed of the starts", IN(0, 1000000))                                        \
    X(REAL, rtol, "1e-9", "relative tolerance", IN(1e-13, 1e-6))
PARAMS(frequencies, FREQUENCIES)

#define WINNERS(X)                                                                                 \
    X(INT, node, "number of the node's random start")                                              \
    X(INT, winner, "frequency to which it runs, by integration")                                   \
    X(INT, logarithmic,                                                                            \
      "frequency k of the largest logarithmic mean of |w1^_k|^2 and |w2^_k|^2 at the start")       \
    X(INT, arithmetic, "frequency of the largest sum of the two")                                  \
    X(INT, product, "frequency of the largest product of the two")                                 \
    X(REAL, t, "time t of the blow-up, by integration")                                            \
    X(REAL, predicted, "predicted time, 1/(8 L_k), L_k the logarithmic mean")                      \
    X(REAL, energy, "energy at the start by all p^2 inputs, over that in Fourier space")           \
    X(REAL, conserved,                                                                             \
      "largest change of a_k - b_k = |w1^_k|^2 - |w2^_k|^2 of a frequency that does not win, "     \
      "over the largest a_k at the start")
TABLE(winners, WINNERS, "single nodes: to which frequency they run, and when")

#define FOUND(X)                                                                                   \
    X(INT, nodes, "nodes of a committee")                                                          \
    X(REAL, share, "share of the committees that find all frequencies")                            \
    X(REAL, predicted, "the same by coupon collecting")
TABLE(found, FOUND, "how often committees find all frequencies")

extern const struct check *const frequencies_claims[];

#endif
