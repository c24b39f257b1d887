/* Position logits on any data: what is conserved, what never moves, how it starts.
 * What a user sets and what a run emits; flow.c computes, claims.c judges. */
#ifndef POSITION_FLOW_FLOW_H
#define POSITION_FLOW_FLOW_H

#include "experiments/frame/contract/typed.h"

#define PLACED_DATA(C)                                                                             \
    C(placed_groups, "groups")                                                                     \
    C(placed_alike, "alike") C(placed_blocks, "blocks") C(placed_file, "file")
CHOICES(data, PLACED_DATA)
#define POSITION_CODES(C) C(code_free, "free") C(code_slope, "slope") C(code_sinusoids, "sinusoids")
CHOICES(code, POSITION_CODES)

#define FLOW(X)                                                                                    \
    X(CHOICE, data, "groups",                                                                      \
      "groups: random laws, three positions of one kind and two of another; alike: all "           \
      "positions have the same laws; blocks: half the tokens occur at the first two positions "    \
      "only; file: data_file")                                                                     \
    X(FILE, data_file, "",                                                                         \
      "CSV with the header class,last,token,probability; tokens written position:token, with the " \
      "joint probability pi_r P_r(l|n)",                                                           \
      .only = "data=file")                                                                         \
    X(REALS, shares, "0.3,0.2,0.1,0.25,0.15", "shares pi_r of the positions, which sum to 1",      \
      IN(1e-9, 1))                                                                                 \
    X(INT, num_last, "2", "queries L", IN(1, 20), .only = "data=groups|alike|blocks")              \
    X(INT, num_next_per_last, "2", "classes N per query", IN(1, 20),                               \
      .only = "data=groups|alike|blocks")                                                          \
    X(INT, tokens, "6", "tokens M", IN(2, 200), .only = "data=groups|alike|blocks")                \
    X(INT, seed, "1", "seed of the laws", .only = "data=groups|alike|blocks")                      \
    X(REAL, eta_y, "2", "rate of the decoder, eta_Y", IN(1e-6, 1e6))                               \
    X(REAL, eta_z, "1", "rate of the content logits, eta_z", IN(0, 1e6))                           \
    X(REAL, eta_p, "1", "rate of the position logits, eta_p", IN(0, 1e6))                          \
    X(BOOL, shared, "true", "all queries share the position logits")                               \
    X(CHOICE, code, "free", "what the position logits are: a table, ALiBi's slope, sinusoids")     \
    X(INT, frequencies, "4", "frequencies of the sinusoids, base 10000", IN(1, 64),                \
      .only = "code=sinusoids")                                                                    \
    X(REAL, t_end, "1e4", "horizon, time t", IN(1, 1e12))                                          \
    X(INT, per_decade, "6", "outputs for each decade of time", IN(2, 100))                         \
    X(REAL, rtol, "1e-11", "relative tolerance", IN(1e-13, 1e-6))
PARAMS(position_flow, FLOW)

#define COURSE(X)                                                                                  \
    X(REAL, t, "time t")                                                                           \
    X(REAL, loss, "loss, cross-entropy", .unit = "nat")                                            \
    X(REAL, sum_p, "sum of the position logits p_r")                                               \
    X(REAL, sum_z, "largest |sum_l z_ml| of a query")                                              \
    X(REAL, p_max, "largest |p_r|")                                                                \
    X(REAL, z_max, "largest |z_ml|")                                                               \
    X(REAL, spread,                                                                                \
      "spread of (1 - e^{-p_r})/pi_r within the groups of positions with the same "                \
      "laws, over its size")                                                                       \
    X(REAL, apart, "spread of the same between the groups; 0 where there is one")                  \
    X(REAL, block, "largest change of sum of z over eta_z less sum of p over eta_p in a block")
TABLE(course, COURSE, "conserved sums and the position law over time")

#define POSITIONS(X)                                                                               \
    X(REAL, t, "time t")                                                                           \
    X(INT, query, "query (last token); 0 where all queries share the position logits")             \
    X(INT, position, "position r, from 1")                                                         \
    X(INT, group, "positions of one group have the same laws")                                     \
    X(REAL, share, "share pi_r")                                                                   \
    X(REAL, p, "position logit p_r")                                                               \
    X(REAL, law, "(1 - e^{-p_r})/pi_r")
TABLE(positions, POSITIONS, "every position over time")

#define EARLY(X)                                                                                   \
    X(INT, position, "position r, from 1")                                                         \
    X(REAL, t, "time t")                                                                           \
    X(REAL, p, "position logit p_r")                                                               \
    X(REAL, predicted, "predicted p_r, eta_Y eta_p (t^2/2) R_r")
TABLE(early, EARLY, "how the position logits begin to move")

extern const struct check *const position_flow_claims[];

#endif
