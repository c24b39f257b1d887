/* Inside the paper's assumptions (V = M >> K^2, weak overlaps, one query): the flow itself and Eq.
 * 10 beside one another. What a user sets and what a run emits; weak_overlap.c computes, claims.c
 * judges. */
#ifndef SCANSNAP_WEAK_OVERLAP_WEAK_OVERLAP_H
#define SCANSNAP_WEAK_OVERLAP_WEAK_OVERLAP_H

#include "experiments/scansnap/shared/symmetric.h"

#define WEAK_OVERLAP(X)                                                                            \
    X(INT, classes, "3", "next tokens K, all on one query (last token)", IN(2, 1000))              \
    X(REAL, outputs, "1200", "columns of the decoder M = V, the whole vocabulary", IN(2, 1e15))    \
    X(REAL, overlap, "0.07071067811865475",                                                        \
      "overlap s = f_n . f_n' of two classes at the start; the paper wants sqrt(6/M) <= s < "      \
      "1/(K(K-1))",                                                                                \
      IN(1e-9, 0.999999))                                                                          \
    X(REALS, distinct, "1,0.6", "weights of the distinct tokens of a class", IN(1e-6, 1e6))        \
    X(REALS, commons, "1,0.7,0.3", "weights of the common tokens, up to a factor", IN(1e-6, 1e6))  \
    X(REALS, ratios, "0.1,1,100,10000", "eta_Y/eta_Z of the flow", IN(1e-6, 1e12))                 \
    X(REAL, end, "200", "end of the flow, in eta_Y t/K", IN(1, 1e6))                               \
    X(REAL, gamma_end, "20",                                                                       \
      "end of the runs of Eq. 10, in ln(1 + Gamma), Gamma = eta_Z int gamma dt", IN(1, 300))       \
    X(REAL, z, "5e-5",                                                                             \
      "attention logit z of the first distinct token at which the flows of different "             \
      "eta_Y/eta_Z are compared",                                                                  \
      IN(1e-12, 10))                                                                               \
    X(REALS, overlaps, "0.01,0.722", "further overlaps s for the table peaks", IN(1e-9, 0.999999)) \
    SOLVER_TOLERANCES(X, "1e-10")
PARAMS(weak_overlap, WEAK_OVERLAP)

#define FLOW(X)                                                                                    \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    X(REAL, alpha_nn, "alpha_nn, probability of the right next token")                             \
    X(REAL, z, "attention logit of the first distinct token")                                      \
    X(REAL, rate_distinct, "smallest dz/dt over the distinct tokens, over eta_Z")                  \
    X(REAL, rate_common, "largest dz/dt over the common tokens, over eta_Z")                       \
    X(REAL, unequal,                                                                               \
      "largest over smallest xi_j of the distinct tokens j, less 1; Theorem 3 has 0")              \
    X(REAL, beta_over_iota, "beta/iota of the force, from xi and gamma")                           \
    X(REAL, theorem, "beta/iota by Theorem 1 at the present f")                                    \
    X(REAL, early, "beta/iota while alpha_nn << 1 and f stands still (scansnap/theorem-1)")
TABLE(flow, FLOW, "the coupled flow")

#define EQUATION_10(X)                                                                             \
    X(INT, commons, "common tokens G")                                                             \
    X(REAL, ln_Gamma, "ln(1 + Gamma)")                                                             \
    X(REAL, B, "gain B")                                                                           \
    X(REAL, z, "attention logit of the first distinct token")                                      \
    X(REAL, rate_distinct, "smallest dz/d ln(1 + Gamma) over the distinct tokens")                 \
    X(REAL, rate_common, "largest dz/d ln(1 + Gamma) over the common tokens")                      \
    X(REAL, I_spread,                                                                              \
      "(max - min)/mean of (1 - e^{-2 z_j})/p_j^2 over the distinct tokens j; 0 by Theorem 3")
TABLE(equation_10, EQUATION_10, "Eq. 10 with all common tokens, and with the first of them alone")

#define FATES(X)                                                                                   \
    X(REAL, ln_Gamma, "ln(1 + Gamma), far beyond the table equation_10")                           \
    X(REAL, B, "gain B")                                                                           \
    X(REAL, z, "attention logit of the first distinct token")                                      \
    X(INT, token, "another distinct token of the class")                                           \
    X(REAL, weight, "its weight over that of the first one")                                       \
    X(REAL, z_other, "attention logit of that token")                                              \
    X(REAL, limit, "limit of that logit: -ln(1 - weight^2)/2")                                     \
    X(REAL, share, "its f over that of the first one")
TABLE(fates, FATES, "Eq. 10 with one common token, late")

#define PEAKS(X)                                                                                   \
    X(REAL, overlap, "overlap s")                                                                  \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(REAL, peak, "eta_Y t/K at which the force gamma is largest")                                 \
    X(REAL, closed, "the same by Eq. 45, in which neither s nor eta_Z occurs")
TABLE(peaks, PEAKS, "where the force is largest")

#define SAME_Z(X)                                                                                  \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(REAL, scaled_time,                                                                           \
      "eta_Y t/K at which the first distinct token has reached the z of the comparison")           \
    X(REAL, unequal, "largest over smallest xi_j of the distinct tokens, less 1, at that time")
TABLE(same_z, SAME_Z, "how unequal xi is at one z, by ratio")

extern const struct check *const weak_overlap_claims[];

#endif
