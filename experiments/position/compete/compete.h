/* Content against position: which of the two attention learns to use. What a user sets and what a
 * run emits; compete.c computes, claims.c judges. */
#ifndef POSITION_COMPETE_COMPETE_H
#define POSITION_COMPETE_COMPETE_H

#include "experiments/frame/contract/typed.h"

#define COMPETE(X)                                                                                 \
    X(INT, classes, "4", "classes K, a multiple of N", IN(2, 2000), .symbol = "K")                 \
    X(INT, num_next_per_last, "2", "classes per query, N", IN(1, 2000))                            \
    X(REALS, shares, "0.35,0.3,0.2,0.15", "shares pi_r of the buckets, which sum to 1",            \
      IN(1e-6, 1))                                                                                 \
    X(REALS, commons, "0,0.3,1,1", "share s_r of common tokens in each bucket r", IN(0, 1))        \
    X(REAL, ratio, "1",                                                                            \
      "eta_p/eta_z, rate of the position logits over that of the content logits", IN(0, 1e6),      \
      .symbol = "η_p/η_z")                                                                         \
    X(REAL, eta_y, "10", "rate of the decoder, eta_Y; eta_z = 1", IN(1e-3, 1e6))                   \
    X(REAL, t_end, "1e6", "horizon, time t", IN(1, 1e12))                                          \
    X(INT, per_decade, "6", "outputs for each decade of time", IN(2, 100))                         \
    X(INT, full_classes, "12", "largest K for which the whole flow is integrated, too", IN(0, 40)) \
    X(REAL, sigma_late, "1e4", "internal time at which the late share is read", IN(10, 1e6))       \
    X(REAL, rtol, "1e-10", "relative tolerance", IN(1e-13, 1e-6))
PARAMS(compete, COMPETE)

#define COURSE(X)                                                                                  \
    X(REAL, t, "time t; internal time in the late course")                                         \
    X(INT, late, "1: the late course, in internal time")                                           \
    X(REAL, odds, "log odds: ln of the attention to the distinct over that to the common token")   \
    X(REAL, content, "share of content in the growth of the log odds so far")                      \
    X(REAL, rate_share, "share of content in the rate of the log odds")                            \
    X(REAL, predicted, "predicted share of the rate, X_z/(X_z + X_p)")                             \
    X(OPTIONAL, full, "largest difference of a logit from the whole flow; empty for larger K")
TABLE(course, COURSE, "content's share over time, and late")

#define POSITIONS(X)                                                                               \
    X(REAL, t, "time t; internal time in the late course")                                         \
    X(INT, late, "1: the late course, in internal time")                                           \
    X(INT, position, "bucket r, from 1")                                                           \
    X(REAL, commons, "share s_r of common tokens in the bucket")                                   \
    X(REAL, p, "position logit p_r")
TABLE(positions, POSITIONS, "every bucket over time")

#define COMPETE_SCALARS(X)                                                                         \
    X(REAL, early_share, "content's share of the rate at the start")                               \
    X(REAL, content_share, "content's share of the log odds at t_end",                             \
      .symbol = "content's share")                                                                 \
    X(REAL, late_share, "content's share of the rate at sigma_late")                               \
    X(REAL, late_predicted,                                                                        \
      "predicted late share, X_z/(X_z + eta_p (1 + 1/R_c)), R_c buckets of common tokens only")
SCALARS(compete_scalars, COMPETE_SCALARS)

extern const struct check *const compete_claims[];

#endif
