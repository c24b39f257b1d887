/* Theorem 4: how the gain B_n grows. Early power law, prefactor and slope of the late law, where it
 * sets in, beside Eq. 131. What a user sets and what a run emits; growth.c computes, claims.c
 * judges. */
#ifndef SCANSNAP_GROWTH_GROWTH_H
#define SCANSNAP_GROWTH_GROWTH_H

#include "experiments/frame/contract/typed.h"
#include "experiments/scansnap/shared/symmetric.h"

#define GROWTH(X)                                                                                  \
    X(INT, num_last, "20", "last tokens L of the curves; K = L N", IN(1, 100000))                  \
    X(INT, num_next_per_last, "1", "classes N per last token of the curves", IN(1, 1000))          \
    X(REALS, ratios, "0.1,1,10,100,1000,10000", "eta_Y/eta_Z of the curves", IN(0.01, 1e6))        \
    X(REAL, horizon, "1e8", "end of the curves in eta_Y t/K", IN(1e3, 1e15))                       \
    X(REAL, early_time, "0.01", "where the early law is judged, eta_Y t/K", IN(1e-6, 0.1))         \
    X(REALS, slope_classes, "20,1000",                                                             \
      "numbers of classes K of the runs with one distinct and one common token a class and one "   \
      "class a last token, D = G = N = 1",                                                         \
      IN(2, 1e6))                                                                                  \
    X(REALS, slope_ratios, "0.1,1,10", "eta_Y/eta_Z of these runs", IN(0.01, 1e3))                 \
    X(REAL, slope_from, "100", "eta_Y t/K from which on exp(4B) is fitted", IN(1, 1e6))            \
    X(REAL, sigma_end, "1e4",                                                                      \
      "end of the late runs, in internal time sigma with rho = 1: beyond any time t that a "       \
      "double holds",                                                                              \
      IN(100, 1e6))                                                                                \
    X(INT, per_decade, "10", "outputs for each decade of time", IN(4, 1000))                       \
    SYMMETRIC_DATA(X)                                                                              \
    SOLVER_TOLERANCES(X, "1e-10")
PARAMS(growth, GROWTH)

#define CURVES(X)                                                                                  \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    X(REAL, ln_time, "L = ln(eta_Y t)")                                                            \
    X(REAL, rho_sigma2, "rho sigma^2, sigma the internal time, rho = (eta_Z/eta_Y) K/(K-1)")       \
    X(REAL, B, "gain B_n")                                                                         \
    X(REAL, B_slope, "dB/d ln t")                                                                  \
    X(REAL, early, "B by the early law")                                                           \
    X(REAL, linear,                                                                                \
      "B to first order in rho sigma^2: s_0 rho sigma^2/2, s_0 the common tokens' "                \
      "share of |f|^2 at the start")                                                               \
    X(OPTIONAL, printed,                                                                           \
      "Eq. 131 with C_0 = 1/(K s_0^2), started at 0: (1/4) ln(1 + 2 K^2 s_0^2 (eta_Z/eta_Y) "      \
      "ln^2(M eta_Y t/K)), M = G + D K; from M eta_Y t/K = 1 on")                                  \
    X(OPTIONAL, prefactor, "dB/d ln L^2, L = ln_time; from L = 1 on")
TABLE(curves, CURVES, "the gain in time, authors' data")

#define EARLY(X)                                                                                   \
    X(INT, K, "number of classes K")                                                               \
    X(INT, V, "columns of the decoder V")                                                          \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    X(REAL, B, "gain B_n")                                                                         \
    X(REAL, law, "B by the early law, (s_0/2) eta_Y eta_Z t^2 (K-1)/(V K^2)")                      \
    X(REAL, exponent, "d ln B/d ln t of the flow")
TABLE(early, EARLY, "the early power law")

#define LATE(X)                                                                                    \
    X(TEXT, data, "distinct D, commons G, classes per last token N, as D-G-N")                     \
    X(TEXT, model, "coupled, or qsd: the quasi-static decoder")                                    \
    X(REAL, sigma, "internal time, rho = 1")                                                       \
    X(REAL, ln_time, "ln(eta_Y t), K = 2 N")                                                       \
    X(REAL, B, "gain B_n")                                                                         \
    X(REAL, local, "dB/d ln sigma, local slope")                                                   \
    X(REAL, predicted,                                                                             \
      "predicted limit of dB/d ln sigma: G D/(N D + G); qsd with one most probable token: G/(N "   \
      "+ G)")                                                                                      \
    X(REAL, rate_spread,                                                                           \
      "(max - min)/mean over the distinct tokens of what z_l gained since the output before")
TABLE(late, LATE, "the gain's local slope in internal time")

#define SLOPE(X)                                                                                   \
    X(INT, K, "number of classes K")                                                               \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(INT, visit_rate, "1: z moves at eta_Z for each visit of its class, P(n) left out")           \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    X(REAL, ln2, "ln^2(eta_Y t)")                                                                  \
    X(REAL, exp4B, "exp(4 B)")
TABLE(slope, SLOPE, "D = G = N = 1: exp(4B) against ln^2(eta_Y t)")

#define FIT(X)                                                                                     \
    X(INT, K, "number of classes K")                                                               \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(INT, visit_rate, "1: z moves at eta_Z for each visit of its class, P(n) left out")           \
    X(REAL, slope, "slope of exp(4B) in ln^2(eta_Y t), times eta_Y/eta_Z")                         \
    X(REAL, predicted, "predicted slope: 2 e (K-1)/K, with visit_rate times K")                    \
    X(REAL, r_squared, "R^2 of the fit")
TABLE(fit, FIT, "slope of exp(4B) in ln^2(eta_Y t), by data")

extern const struct check *const growth_claims[];

#endif
