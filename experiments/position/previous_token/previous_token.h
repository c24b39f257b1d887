/* A previous-token head: which positional codes can learn to attend to one distance.
 * What a user sets and what a run emits; previous_token.c computes, claims.c judges. */
#ifndef POSITION_PREVIOUS_TOKEN_PREVIOUS_TOKEN_H
#define POSITION_PREVIOUS_TOKEN_PREVIOUS_TOKEN_H

#include "experiments/frame/contract/typed.h"

#define PREVIOUS_TOKEN(X)                                                                          \
    X(INT, classes, "8", "classes K", IN(2, 10000))                                                \
    X(INT, positions, "32", "buckets R of positions, of equal shares", IN(2, 200))                 \
    X(REALS, distances, "1,2,5,10", "distances r* of the answer", IN(1, 200))                      \
    X(REALS, frequencies, "2,4,8,16",                                                              \
      "numbers of sinusoids, their frequencies in geometric steps to base 10000", IN(1, 64))       \
    X(REALS, equidistant, "8", "numbers of sinusoids of equidistant frequencies", IN(1, 64))       \
    X(REAL, eta_y, "10", "rate of the decoder, eta_Y", IN(1e-3, 1e4))                              \
    X(REAL, eta_p, "1", "rate of the position logits, eta_p", IN(1e-3, 1e4))                       \
    X(REAL, t_end, "1e6", "horizon, time t", IN(10, 1e12))                                         \
    X(INT, slope_positions, "64", "buckets R for the trained slope", IN(4, 400))                   \
    X(REAL, slope_end, "1e9", "horizon of the trained slope's course, time t", IN(10, 1e15))       \
    X(INT, enumerated, "4", "tokens T of the finite contexts that are enumerated; 0: none",        \
      IN(0, 6))                                                                                    \
    X(INT, per_decade, "5", "outputs for each decade of time", IN(2, 100))                         \
    X(REAL, rtol, "1e-10", "relative tolerance", IN(1e-13, 1e-6))
PARAMS(previous_token, PREVIOUS_TOKEN)

#define ATTENTION(X)                                                                               \
    X(TEXT, code, "positional code: free, sinusoids, equidistant or slope")                        \
    X(INT, frequencies, "number of sinusoids; 0 without")                                          \
    X(INT, distance, "distance r* of the answer")                                                  \
    X(REAL, attention, "attention to position r* at the end")                                      \
    X(REAL, loss, "loss at the end, cross-entropy", .unit = "nat")
TABLE(attention, ATTENTION, "attention to the answer at the end, by code and distance")

#define COURSE(X)                                                                                  \
    X(TEXT, code, "positional code: free, sinusoids, equidistant or slope")                        \
    X(INT, frequencies, "number of sinusoids; 0 without")                                          \
    X(INT, distance, "distance r* of the answer")                                                  \
    X(REAL, t, "time t")                                                                           \
    X(REAL, attention, "attention to position r*")                                                 \
    X(OPTIONAL, kappa_spread,                                                                      \
      "spread of kappa = (e^{-p_r} - 1)/pi_r over the far positions; free code only")              \
    X(OPTIONAL, near_error, "p_near less sum_r ln(1 + kappa pi_r); free code only")
TABLE(course, COURSE, "attention to the answer over time")

#define STOP(X)                                                                                    \
    X(INT, distance, "distance r* of the answer")                                                  \
    X(REAL, slope, "trained slope at slope_end")                                                   \
    X(OPTIONAL, predicted,                                                                         \
      "predicted slope for R to infinity, -ln(1 - 1/r*); empty: it never stops")                   \
    X(REAL, mean_distance, "mean distance of the other tokens")                                    \
    X(REAL, attention, "attention to r*")                                                          \
    X(REAL, attention_predicted, "predicted attention, (1/r*)(1 - 1/r*)^(r* - 1)")
TABLE(stop, STOP, "where a trained slope stops")

#define INVARIANT(X)                                                                               \
    X(REAL, t, "time t")                                                                           \
    X(REAL, x, "x = K pi_1 e^{p_1}/(pi_2 e^{p_2}) of the two buckets")                             \
    X(REAL, value, "the first integral less its start")                                            \
    X(REAL, control, "the same with K for K - 1")
TABLE(invariant, INVARIANT, "two buckets: the first integral over time")

#define ENUMERATED(X)                                                                              \
    X(REAL, t, "time t")                                                                           \
    X(REAL, z_max, "largest content logit, all contexts of T tokens enumerated")                   \
    X(REAL, p_near, "position logit of the answer")                                                \
    X(REAL, p_limit, "the same with long contexts, T - 1 far buckets")
TABLE(enumerated, ENUMERATED, "finite contexts, K = 3")

extern const struct check *const previous_token_claims[];

#endif
