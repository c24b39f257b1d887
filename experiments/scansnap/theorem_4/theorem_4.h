/* Theorem 4 in its own setting: one query for all classes, one common token, the paper's own
 * right-hand side (Eq. 10 with beta = E') beside the coupled flow. What a user sets and what a run
 * emits; theorem_4.c computes, claims.c judges. */
#ifndef SCANSNAP_THEOREM_4_THEOREM_4_H
#define SCANSNAP_THEOREM_4_THEOREM_4_H

#include "experiments/scansnap/shared/symmetric.h"

#define THEOREM_4(X)                                                                               \
    X(REALS, classes, "2,5,20", "numbers of classes K, all on one query (last token): N = K",      \
      IN(2, 1000))                                                                                 \
    X(INT, distinct, "1",                                                                          \
      "distinct tokens D of a class, alike, beside one common of their weight", IN(1, 10000))      \
    X(INT, many, "1000", "distinct tokens D of the run with one class a query (K = 2)",            \
      IN(1, 10000))                                                                                \
    X(REAL, end, "60", "end of the runs of Eq. 10, in ln(1 + Gamma), Gamma = eta_Z int gamma dt",  \
      IN(10, 300))                                                                                 \
    X(REAL, sigma_end, "1e4",                                                                      \
      "end of the runs of the coupled flow, in internal time sigma with rho = 1", IN(100, 1e6))    \
    X(REAL, C_0, "0.05", "constant C_0 = rho_0^4/K of the closed forms", IN(1e-9, 1e9))            \
    X(REAL, closed_classes, "10", "number of classes K of the closed forms", IN(1, 1e6))           \
    X(REAL, outputs, "1000", "columns M of the decoder of the closed forms", IN(20, 1e15))         \
    X(REALS, ratios, "1,100,10000", "nu = eta_Y/eta_Z of the closed forms", IN(1e-6, 1e12))        \
    SOLVER_TOLERANCES(X, "1e-10")
PARAMS(theorem_4, THEOREM_4)

#define PATH(X)                                                                                    \
    X(INT, K, "number of classes K")                                                               \
    X(INT, N, "classes of a query, N")                                                             \
    X(INT, D, "distinct tokens D of a class")                                                      \
    X(REAL, ln_Gamma, "ln(1 + Gamma), Gamma = eta_Z int gamma dt")                                 \
    X(REAL, B, "gain B")                                                                           \
    X(REAL, slope, "dB/d ln(1 + Gamma)")                                                           \
    X(REAL, s, "s, share of the common token in |f|^2")                                            \
    X(REAL, relation, "-z_l'/(eta_Z xi_n) of the common token; 1 by the relations of Eq. 13")
TABLE(path, PATH, "Eq. 10 along Gamma")

#define LATE(X)                                                                                    \
    X(TEXT, model, "eq10, or coupled: the flow itself, V = K")                                     \
    X(INT, K, "number of classes K")                                                               \
    X(INT, N, "classes of a query, N")                                                             \
    X(INT, D, "distinct tokens D of a class")                                                      \
    X(REAL, prefactor, "prefactor of ln(ln^2 t) in the gain, at the end")                          \
    X(REAL, predicted, "prediction: D/(4(N D + 1)); for the coupled flow D/(2(N D + 1))")          \
    X(OPTIONAL, whole,                                                                             \
      "largest difference from the rates of Eq. 10 for all tokens and classes, over the largest rate; up to 100 classes and tokens")
TABLE(late, LATE, "late prefactors of the gain")

#define RELATIONS(X)                                                                               \
    X(REAL, ln_Gamma, "ln(1 + Gamma)")                                                             \
    X(REAL, B, "gain B by integration of z' = -e^{4z}/C_0, B' = e^{4z}/C_0 from 0")                \
    X(REAL, from_zero, "B in closed form: (1/4) ln(1 + 4 Gamma/C_0)")                              \
    X(REAL, printed, "B as printed, Eq. 124: (1/4) ln(C_0 + 4 Gamma)")
TABLE(relations, RELATIONS, "the gain by the relations of Eq. 13 as they stand")

#define FORMS(X)                                                                                   \
    X(REAL, ratio, "nu = eta_Y/eta_Z")                                                             \
    X(REAL, ln_time, "ln(M eta_Y t/K)")                                                            \
    X(REAL, B, "gain by Eq. 129, C_0 = 1")                                                         \
    X(REAL, late, "gain by Eq. 131, C_0 = 1")                                                      \
    X(REAL, later, "gain by Eq. 132")                                                              \
    X(REAL, needed, "ln(M eta_Y t/K)/sqrt(nu/(2K)): Eq. 132 needs it >> 1")                        \
    X(REAL, printed_condition, "ln(M eta_Y t) - 1/sqrt(2 nu): >> 0 is the printed condition")
TABLE(forms, FORMS, "the closed forms of the gain in time")

#define BEST(X)                                                                                    \
    X(REAL, outputs, "columns of the decoder M")                                                   \
    X(REAL, found, "eta_Y t/K at which Eq. 129 is largest over eta_Y, by search")                  \
    X(REAL, closed, "the same from e^u (u - 2) = (M-1) u - 2")                                     \
    X(REAL, over_t0, "found over ln M: 1 is the paper's t_0', 2 its t_0")
TABLE(best, BEST, "the best eta_Y at a fixed time")

extern const struct check *const theorem_4_claims[];

#endif
