/* Why more nodes than latents: coupons, and how the joint loss rescues.
 * What a user sets and what a run emits; coupon.c computes, claims.c judges. */
#ifndef NODES_COUPON_COUPON_H
#define NODES_COUPON_COUPON_H

#include "experiments/frame/contract/typed.h"

#define COUPON(X)                                                                                  \
    X(INT, C, "6", "latents", IN(1, 20), .symbol = "latents C")                                    \
    X(REALS, per_latent, "1,1.5,2,3,4", "nodes per latent, K/C", IN(0.2, 20))                      \
    X(REAL, ratio, "2", "K/C at which the scalars are taken", IN(0.2, 20),                         \
      .symbol = "nodes per latent K/C")                                                            \
    X(REALS, strengths, "1", "strengths S_c of the latents: one for all, or one for each",         \
      IN(1e-3, 1e3))                                                                               \
    X(REAL, sd, "0.3", "standard deviation of the nodes' starts", IN(1e-3, 1))                     \
    X(INT, starts, "100", "starts for each K", IN(1, 100000))                                      \
    X(INT, rule_starts, "4000", "starts for which the winner rule alone is evaluated",             \
      IN(1, 10000000))                                                                             \
    X(INT, seed, "1", "seed of the starts", IN(0, 1000000))                                        \
    X(REAL, t_end, "40", "end of the joint flow, in units of 1/sd", IN(1, 1e6))                    \
    X(REAL, rtol, "1e-6", "relative tolerance of the joint flow", IN(1e-12, 1e-3))
PARAMS(coupon, COUPON)

#define FOUND(X)                                                                                   \
    X(INT, K, "nodes")                                                                             \
    X(REAL, per_latent, "K/C")                                                                     \
    X(REAL, joint, "starts from which the joint flow finds all latents, of all")                   \
    X(REAL, independent, "the same starts by the winner rule, no node seeing the others")          \
    X(REAL, rule, "the winner rule over rule_starts others")                                       \
    X(REAL, predicted, "coupon collector: sum_j (-1)^j binom(C, j) (1 - q j/C)^K, equal S")        \
    X(REAL, mean_found, "latents that the joint flow finds, mean")
TABLE(found, FOUND, "P(all found) for each K")

#define PICKS(X)                                                                                   \
    X(INT, latent, "c")                                                                            \
    X(REAL, strength, "S_c")                                                                       \
    X(REAL, share, "of the living nodes that pick it")
TABLE(picks, PICKS, "which latent a node picks")

#define PASSAGE(X)                                                                                 \
    X(INT, start, "a single node")                                                                 \
    X(REAL, t, "time at which it blows up, integrated")                                            \
    X(REAL, predicted, "1/(3 max S_c v_c(0))")                                                     \
    X(INT, winner, "latent it runs to")                                                            \
    X(INT, rule, "argmax S_c v_c(0)")
TABLE(passage, PASSAGE, "single nodes until they blow up")

#define ROTATION(X)                                                                                \
    X(REAL, error, "largest entry of V(V0 R, Delta R) - V(V0, Delta) R, linear nodes")             \
    X(REAL, control, "the same of the committee, whose nodes are nonlinear")
TABLE(rotation, ROTATION, "turning the nodes")

#define COUPON_SCALARS(X)                                                                          \
    X(REAL, p_joint, "P(all found), joint flow, at ratio", .symbol = "P(all latents found)")       \
    X(REAL, p_independent, "the same of independent nodes, by the winner rule over `rule_starts`")
SCALARS(coupon_scalars, COUPON_SCALARS)

extern const struct check *const coupon_claims[];

#endif
