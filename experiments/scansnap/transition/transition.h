/* The two transitions of Scan&Snap: the decoder's, where the force f . Y (e_n - alpha_n) peaks, and
 * the attention's, where the gain grows fastest in ln t. What a user sets and what a run emits;
 * transition.c computes, claims.c judges. */
#ifndef SCANSNAP_TRANSITION_TRANSITION_H
#define SCANSNAP_TRANSITION_TRANSITION_H

#include "experiments/scansnap/shared/symmetric.h"

#define TRANSITIONS(X)                                                                             \
    X(REALS, classes, "4,20,100,1000", "numbers of classes K", IN(2, 1e6))                         \
    X(INT, num_next_per_last, "1", "classes N per last token", IN(1, 1000))                        \
    X(REALS, ratios, "1,3,10,30,100,300,1000,3000,10000",                                          \
      "eta_Y/eta_Z; a run with eta_Z = 0 is added", IN(0.1, 1e6))                                  \
    X(REALS, commons, "1,3,10,30,100",                                                             \
      "numbers of common tokens of the runs that vary their share s (second K, largest ratio)",    \
      IN(1, 1e6))                                                                                  \
    X(REAL, horizon, "1e6", "end of the curves in eta_Y t/K", IN(100, 1e12))                       \
    X(INT, per_decade, "20", "outputs for each decade of time", IN(4, 1000))                       \
    X(REAL, rho_sigma2_end, "100",                                                                 \
      "rho sigma^2 up to which the attention's transition is looked for, sigma the internal "      \
      "time, rho = (eta_Z/eta_Y) K/(K-1)",                                                         \
      IN(1, 1e6))                                                                                  \
    SYMMETRIC_DATA(X)                                                                              \
    SOLVER_TOLERANCES(X, "1e-10")
PARAMS(transitions, TRANSITIONS)

#define TRANSITION(X)                                                                              \
    X(INT, K, "number of classes K")                                                               \
    X(INT, commons, "common tokens G")                                                             \
    X(REAL, s, "s, share of the common tokens in |f|^2 at the start")                              \
    X(REAL, eta_z_over_eta_y, "eta_Z/eta_Y; 0: attention frozen")                                  \
    X(OPTIONAL, peak, "eta_Y t at which the force gamma peaks, located as an event")               \
    X(OPTIONAL, peak_grid, "the same from the outputs, by a parabola in ln t")                     \
    X(REAL, peak_closed, "the same in closed form, attention frozen")                              \
    X(OPTIONAL, half, "eta_Y t at which alpha_nn = 1/2, located as an event")                      \
    X(REAL, half_closed, "the same in closed form, attention frozen")                              \
    X(OPTIONAL, half_shift,                                                                        \
      "relative shift of that time by the moving attention, to first order; empty: K = 2")         \
    X(OPTIONAL, end_closed,                                                                        \
      "eta_Y t at the end of the crossover in closed form, attention frozen")                      \
    X(OPTIONAL, ln_fastest, "ln(eta_Y t) at which dB/d ln t is largest, located as an event")      \
    X(OPTIONAL, fastest_rho_sigma2, "rho sigma^2 at that time")                                    \
    X(REAL, printed, "2 K ln M, M = G + D K: eta_Y t0 as printed")
TABLE(transition, TRANSITION, "times of the decoder's and of the attention's transition")

#define CURVES(X)                                                                                  \
    X(INT, K, "number of classes K")                                                               \
    X(REAL, eta_z_over_eta_y, "eta_Z/eta_Y; 0: attention frozen")                                  \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    X(REAL, gamma, "force f . Y (e_n - alpha_n)")                                                  \
    X(REAL, alpha_nn, "alpha_nn, probability of the right next token")                             \
    X(REAL, B, "gain B_n")                                                                         \
    X(REAL, B_slope, "dB/d ln t")                                                                  \
    X(REAL, rho_sigma2, "rho sigma^2, sigma the internal time, rho = (eta_Z/eta_Y) K/(K-1)")
TABLE(curves, CURVES, "force and gain in time, with the authors' common tokens")

#define FOUND(X)                                                                                   \
    X(OPTIONAL, peak, "eta_Y t of the force's peak, first K, first ratio")                         \
    X(OPTIONAL, half, "eta_Y t of alpha_nn = 1/2, first K, first ratio")                           \
    X(OPTIONAL, ln_fastest, "ln(eta_Y t) of the fastest gain, first K, first ratio")               \
    X(OPTIONAL, scaling_error, "relative change of eta_Y t_peak when both rates are tripled")
SCALARS(found, FOUND)

extern const struct check *const transitions_claims[];

#endif
