/* Theorem 3: the gain of a dominant distinct token relative to the others of its class,
 * r(t) = r(0) chi(t), and the bounds on chi; the size of the error in the coupled flow.
 * What a user sets and what a run emits; relative_gain.c computes, claims.c judges. */
#ifndef SCANSNAP_RELATIVE_GAIN_RELATIVE_GAIN_H
#define SCANSNAP_RELATIVE_GAIN_RELATIVE_GAIN_H

#include "experiments/scansnap/shared/symmetric.h"

#define RELATIVE_GAIN(X)                                                                           \
    X(REALS, classes, "4,20,100", "numbers of classes K", IN(2, 1e6))                              \
    X(INT, num_next_per_last, "1", "classes N per last token", IN(1, 1000))                        \
    X(REALS, ratios, "1,10,100,1000,10000", "eta_Y/eta_Z", IN(1e-3, 1e6))                          \
    X(REAL, horizon, "1e6", "end of the runs of classes and ratios, in eta_Y t/K", IN(1, 1e12))    \
    X(REALS, bounds_classes, "4,100",                                                              \
      "numbers of classes K of the runs that try the bounds of Theorem 3", IN(2, 1e6))             \
    X(REALS, bounds_per_last, "1,2", "their classes per last token, N", IN(1, 1000))               \
    X(REALS, bounds_ratios, "0.01,0.1,1,10,100,1000", "their eta_Y/eta_Z", IN(1e-3, 1e6))          \
    X(REAL, bounds_horizon, "1e8", "their end, in eta_Y t/K", IN(1, 1e12))                         \
    X(REAL, lower_end, "1e4",                                                                      \
      "sigma at the end of the runs on the lower bound: ten distinct tokens and one common, "      \
      "rho = 1",                                                                                   \
      IN(10, 1e9))                                                                                 \
    X(INT, per_decade, "10", "outputs for each decade of time", IN(2, 1000))                       \
    X(REALS, q, "1,0.7,0.4,0.1",                                                                   \
      "unequal weights of the common tokens in the run on their invariant (N = 2)", IN(1e-6, 1e6)) \
    X(REALS, closed_r, "1,0.25,11.1",                                                              \
      "R = q^2/p^2 of the closed solution of the quasi-static decoder, D = G = N = 1",             \
      IN(1e-6, 100))                                                                               \
    X(REAL, closed_theta, "1e6", "end of that solution, in theta = rho sigma^2/2", IN(1, 1e12))    \
    SYMMETRIC_DATA(X)                                                                              \
    SOLVER_TOLERANCES(X, "1e-10")
PARAMS(relative_gain, RELATIVE_GAIN)

#define GAIN(X)                                                                                    \
    X(TEXT, model, "coupled, or qsd: the quasi-static decoder a = sigma f")                        \
    X(INT, K, "number of classes K")                                                               \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    X(REAL, sigma, "internal time")                                                                \
    X(REAL, rho_sigma2, "rho sigma^2, rho = (eta_Z/eta_Y) K/(K-1)")                                \
    X(REAL, xi_spread,                                                                             \
      "(max - min)/xi_n over the distinct tokens l of xi_nl = (dz_ml/dt)/(eta_Z f_nl^2), xi_n "    \
      "their mean by f_nl^2")                                                                      \
    X(OPTIONAL, I_spread,                                                                          \
      "(max - min)/mean of (1 - exp(-2 z_l))/p_l^2 over the distinct tokens, p_l = P(l|n)")        \
    X(OPTIONAL, r_error,                                                                           \
      "largest |ln(r/r(0))/(2 z_l) - 1| of the relative gains r of the most probable token l "     \
      "over the other distinct tokens")                                                            \
    X(REAL, ln_chi, "ln chi: 2 z_l of the most probable token l")                                  \
    X(REAL, f2, "f_nl^2 of that token")                                                            \
    X(REAL, s, "s, share of the common tokens in |f|^2")                                           \
    X(REAL, B, "gain B_n")                                                                         \
    X(OPTIONAL, collapse_error,                                                                    \
      "largest |z_j - z_j'|/max(1, |z_j|), z' of the run in internal time with rho = 1 at the "    \
      "same rho sigma^2")
TABLE(gain, GAIN, "the quantities of Theorem 3 in time")

#define BOUNDS(X)                                                                                  \
    X(INT, K, "number of classes K")                                                               \
    X(INT, N, "classes per last token, N")                                                         \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    X(REAL, B, "gain B_n")                                                                         \
    X(REAL, ln_chi, "ln chi: 2 z_l of the most probable token l")                                  \
    X(REAL, ln_lower, "lower bound of ln chi: 2 f_l(0)^2 B")                                       \
    X(REAL, ln_upper, "upper bound of ln chi: 2 B")                                                \
    X(REAL, f2, "f_nl^2 of that token")
TABLE(bounds, BOUNDS, "chi and its bounds in time")

#define LOWER(X)                                                                                   \
    X(TEXT, model, "coupled or qsd")                                                               \
    X(REAL, sigma, "internal time")                                                                \
    X(INT, D, "distinct tokens D of a class")                                                      \
    X(REAL, f2_0, "f_l(0)^2 of the most probable distinct token")                                  \
    X(REAL, f2, "f_l^2 of that token")                                                             \
    X(REAL, B, "gain B_n")                                                                         \
    X(REAL, ln_chi, "ln chi: 2 z_l of that token")                                                 \
    X(REAL, ln_lower, "lower bound of ln chi: 2 f_l(0)^2 B")
TABLE(lower, LOWER, "the lower bound where D f_l(0)^2 > 1: ten distinct tokens, one common")

#define COMMON(X)                                                                                  \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    X(REAL, w_lowest, "attention logit of the most suppressed common token")                       \
    X(REAL, J_spread, "(max - min)/mean over the common tokens g of (exp(-2 w_g) - 1)/q_g^2")      \
    X(REAL, sum,                                                                                   \
      "N sum_j z_j + sum_g w_g over distinct tokens j and common tokens g, which "                 \
      "stays 0")
TABLE(common, COMMON, "the invariant of the common tokens, unequal q, N = 2, K = 20")

#define CLOSED(X)                                                                                  \
    X(REAL, R, "R = q^2/p^2, q and p the weights of the common and of the distinct token")         \
    X(REAL, theta, "theta = rho sigma^2/2")                                                        \
    X(REAL, z, "z of the distinct token, by integration")                                          \
    X(REAL, z_closed, "the same by the closed form")                                               \
    X(REAL, B, "gain B, by integration")                                                           \
    X(REAL, B_closed, "the same by the closed form")
TABLE(closed, CLOSED, "quasi-static decoder with D = G = N = 1")

#define EXPANSION(X)                                                                               \
    X(REAL, f2_0, "f_nl(0)^2 of the most probable token")                                          \
    X(REAL, s_0, "s_0, share of the common tokens in |f|^2 at the start")                          \
    X(REAL, xi_spread, "predicted spread of xi_nl, over rho sigma^2")                              \
    X(REAL, I_spread, "predicted spread of (1 - exp(-2 z_l))/p_l^2, over rho sigma^2")             \
    X(REAL, ln_r, "predicted ln(r/r(0))/(2 z_l) - 1, over rho sigma^2")                            \
    X(REAL, ln_chi, "predicted ln chi, over rho sigma^2")
TABLE(expansion, EXPANSION, "first-order coefficients for the data of the table gain")

extern const struct check *const relative_gain_claims[];

#endif
