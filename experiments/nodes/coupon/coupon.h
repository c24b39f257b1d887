/* Why more nodes than latents: coupons, and how the joint loss rescues.
 * What a user sets and what a run emits; coupon.c computes, claims.c judges. */
#ifndef NODES_COUPON_COUPON_H
#define NODES_COUPON_COUPON_H

#include "experiments/frame/contract/typed.h"

#define COUPON(X)                                                                                  \
    X(INT, C, "6", "latents C", IN(1, 20), .symbol = "latents C")                                  \
    X(REALS, per_latent, "1,1.5,2,3,4", "numbers of nodes per latent, K/C", IN(0.2, 20))           \
    X(REAL, ratio, "2", "K/C at which the scalars are taken", IN(0.2, 20),                         \
      .symbol = "nodes per latent K/C")                                                            \
    X(REALS, strengths, "1", "strengths S_c of the latents: one for all, or one for each",         \
      IN(1e-3, 1e3))                                                                               \
    X(REAL, sd, "0.3", "standard deviation of the nodes' starts", IN(1e-3, 1))                     \
    X(INT, starts, "100", "starts for each K", IN(1, 100000))                                      \
    X(INT, rule_starts, "4000", "starts for which the winner rule alone is evaluated",             \
      IN(1, 10000000))                                                                             \
    X(INT, seed, "1", "seed of the starts", IN(0, 1000000))                                        \
    X(REAL, t_end, "40", "horizon of the joint flow, in units of 1/sd", IN(1, 1e6))                \
    X(REAL, rtol, "1e-6", "relative tolerance of the joint flow", IN(1e-12, 1e-3))
PARAMS(coupon, COUPON)

#define FOUND(X)                                                                                   \
    X(INT, K, "nodes K")                                                                           \
    X(REAL, per_latent, "K/C")                                                                     \
    X(REAL, joint, "share of starts from which the joint flow finds all latents")                  \
    X(REAL, independent,                                                                           \
      "share of the same starts that find all by the winner rule, no node seeing the others")      \
    X(REAL, rule, "the same share over rule_starts other starts")                                  \
    X(REAL, predicted,                                                                             \
      "coupon collector, equal strengths: sum_j (-1)^j binom(C, j) (1 - q j/C)^K, q = 1 - 2^-C")   \
    X(REAL, mean_found, "latents that the joint flow finds, mean over starts")
TABLE(found, FOUND, "how often all latents are found, for each K")

#define PICKS(X)                                                                                   \
    X(INT, latent, "latent c")                                                                     \
    X(REAL, strength, "strength S_c")                                                              \
    X(REAL, share, "share of the living nodes that pick it")
TABLE(picks, PICKS, "which latent a node picks")

#define PASSAGE(X)                                                                                 \
    X(INT, start, "number of the node's start")                                                    \
    X(REAL, t, "time t at which the node blows up, by integration")                                \
    X(REAL, predicted, "predicted time, 1/(3 max_c S_c v_c(0))")                                   \
    X(INT, winner, "latent to which it runs, by integration")                                      \
    X(INT, rule, "latent by the winner rule, argmax_c S_c v_c(0)")
TABLE(passage, PASSAGE, "single nodes until they blow up")

#define ROTATION(X)                                                                                \
    X(REAL, error,                                                                                 \
      "linear nodes: largest entry of |V(t; V(0) R, Delta R) - V(t; V(0), Delta) "                 \
      "R|")                                                                                        \
    X(REAL, control, "the same for third-order nodes")
TABLE(rotation, ROTATION, "what a rotation of the nodes changes")

#define COUPON_SCALARS(X)                                                                          \
    X(REAL, p_joint,                                                                               \
      "share of starts from which the joint flow finds all latents, at K/C = ratio",               \
      .symbol = "P(all latents found)")                                                            \
    X(REAL, p_independent,                                                                         \
      "the same for nodes that do not see each other, by the winner rule over rule_starts "        \
      "starts")
SCALARS(coupon_scalars, COUPON_SCALARS)

extern const struct check *const coupon_claims[];

#endif
