/* Which frequency a node finds: grokking as energy ascent on modular addition.
 * What a user sets and what a run emits; frequencies.c computes, claims.c judges. */
#ifndef RIVALS_FREQUENCIES_FREQUENCIES_H
#define RIVALS_FREQUENCIES_FREQUENCIES_H

#include "experiments/frame/contract/typed.h"

#define FREQUENCIES(X)                                                                             \
    X(INT, p, "23", "modulus, odd", IN(3, 101))                                                    \
    X(INT, nodes, "100", "nodes whose ascent is integrated", IN(1, 10000))                         \
    X(REAL, sd, "0.1", "standard deviation of the weights at the start", IN(1e-3, 1))              \
    X(REALS, committees, "22,44,66", "numbers of nodes that look for all frequencies",             \
      IN(1, 10000))                                                                                \
    X(INT, draws, "4000", "committees drawn", IN(1, 1000000))                                      \
    X(INT, seed, "1", "seed of the starts", IN(0, 1000000))                                        \
    X(REAL, rtol, "1e-9", "relative tolerance", IN(1e-13, 1e-6))
PARAMS(frequencies, FREQUENCIES)

#define WINNERS(X)                                                                                 \
    X(INT, node, "a random start")                                                                 \
    X(INT, winner, "frequency it runs to, integrated")                                             \
    X(INT, logarithmic, "argmax of the logarithmic mean of |w1^_k|^2 and |w2^_k|^2 at the start")  \
    X(INT, arithmetic, "argmax of their sum")                                                      \
    X(INT, product, "argmax of their product")                                                     \
    X(REAL, t, "time of the blow-up, integrated")                                                  \
    X(REAL, predicted, "1/(8 L_k)")                                                                \
    X(REAL, energy, "energy at the start by all p^2 inputs, over that in Fourier space")           \
    X(REAL, conserved, "largest change of a_k - b_k of a loser, over the largest a_k at the start")
TABLE(winners, WINNERS, "single nodes")

#define FOUND(X)                                                                                   \
    X(INT, nodes, "nodes")                                                                         \
    X(REAL, share, "of the committees that find all frequencies")                                  \
    X(REAL, predicted, "coupon collector")
TABLE(found, FOUND, "all frequencies")

extern const struct check *const frequencies_claims[];

#endif
