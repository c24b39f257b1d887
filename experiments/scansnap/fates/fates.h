/* The fates of tokens: common ones suppressed, distinct ones enhanced; when, and when not. What a
 * user sets and what a run emits; fates.c computes the signs and the early law, counterexamples.c
 * the two small sets, claims.c judges. */
#ifndef SCANSNAP_FATES_FATES_H
#define SCANSNAP_FATES_FATES_H

#include "experiments/scansnap/shared/data.h"
#include "sim/model/scansnap/flow.h"

#define FATES(X)                                                                                   \
    X(REALS, lasts, "1,2,2,5", "last tokens L of the authors' sets", IN(1, 1000))                  \
    X(REALS, nexts, "2,1,2,2", "classes per last token N, one for each L", IN(1, 1000))            \
    X(REALS, ratios, "0.1,1,10,1000", "eta_Y/eta_Z, at eta_Z = 1", IN(1e-6, 1e9))                  \
    X(REAL, tau_end, "1e5", "horizon of the sign tables, eta_Y t/K", IN(1e-2, 1e12))               \
    X(INT, points, "200", "outputs from eta_Y t/K = 1e-3, logarithmic", IN(2, 100000))             \
    X(INT, num_common, "10", "common tokens", IN(1, 1000))                                         \
    X(INT, num_distinct, "10", "distinct tokens of a class", IN(1, 1000))                          \
    X(REALS, sds, "0.1,0.2,0.3,0.5,1",                                                             \
      "sd of the commons' log-weights, drawn per class, in the random sets", IN(0, 10))            \
    X(INT, random_sets, "40", "random sets for each sd", IN(0, 100000))                            \
    X(INT, random_classes, "4", "classes of those, each on its own last token", IN(2, 1000))       \
    X(INT, random_common, "2", "common tokens of those", IN(1, 1000))                              \
    X(INT, seed, "1", "of those")                                                                  \
    X(REALS, decline_rates, "1,5,30,100",                                                          \
      "eta_Y, at eta_Z = 1, of the set in which distinct tokens end by shrinking", IN(1e-3, 1e6))  \
    X(REAL, decline_end, "1e9", "horizon there", IN(1, 1e15))                                      \
    SCANSNAP_SOLVER(X, "1e-9")
PARAMS(fates, FATES)

#define SIGNS(X)                                                                                   \
    X(TEXT, data, "authors, or shared: unequal q shared by all, P(n) = .7 .1 .1 .1")               \
    X(INT, L, "last tokens")                                                                       \
    X(INT, N, "classes per last token")                                                            \
    X(INT, V, "outputs of the decoder")                                                            \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(INT, outputs, "times looked at")                                                             \
    X(INT, common_up, "times and commons with dz/dt > 1e-14")                                      \
    X(INT, distinct_down, "times and distinct tokens with dz/dt < -1e-14")                         \
    X(REAL, z_common, "largest z of a common at the end")                                          \
    X(REAL, z_distinct, "smallest z of a distinct token at the end")
TABLE(signs, SIGNS, "signs of dz/dt over time, commons shared by all classes")

#define EARLY(X)                                                                                   \
    X(TEXT, data, "which set")                                                                     \
    X(INT, V, "outputs of the decoder")                                                            \
    X(INT, last, "m")                                                                              \
    X(INT, token, "l")                                                                             \
    X(TEXT, kind, "distinct or common")                                                            \
    X(REAL, predicted, "(dz_ml/dt)/(eta_Y eta_Z t) by the early law")                              \
    X(REAL, measured, "by the flow at eta_Y t = 1e-3")                                             \
    X(REAL, later, "by the flow at eta_Y t = 1e-2")
TABLE(early, EARLY, "the early law against the flow")

#define CASES(X)                                                                                   \
    X(TEXT, data, "growing-common or declining-distinct")                                          \
    X(REAL, eta_y, "rate of Y, at eta_Z = 1")                                                      \
    X(REAL, t, "time")                                                                             \
    X(INT, class, "n")                                                                             \
    X(INT, token, "l")                                                                             \
    X(TEXT, kind, "distinct or common")                                                            \
    X(REAL, z, "z_ml")                                                                             \
    X(REAL, dz, "dz_ml/dt")
TABLE(cases, CASES, "the two counterexamples over time")

#define DECLINE(X)                                                                                 \
    X(REAL, eta_y, "rate of Y, at eta_Z = 1")                                                      \
    X(REAL, z_max, "largest z of a distinct token of class 0")                                     \
    X(OPTIONAL, t_turn, "when it turns downwards; empty if not by the horizon")                    \
    X(OPTIONAL, law, "(eta_Z/eta_Y) ln^2(eta_Y t) there")                                          \
    X(OPTIONAL, t_zero, "when it is back at 0; empty if not by the horizon")                       \
    X(REAL, z_end, "z at the end")
TABLE(decline, DECLINE, "when the distinct tokens of the second example turn")

#define RANDOM(X)                                                                                  \
    X(REAL, sd, "of the commons' log-weights")                                                     \
    X(INT, set, "number of the set")                                                               \
    X(INT, growing, "pairs of last token and common that start upwards")                           \
    X(INT, pairs, "of so many")
TABLE(random, RANDOM, "commons that start upwards, random class-dependent sets")

#define FOUND(X)                                                                                   \
    X(REAL, violations, "wrong signs in the table signs, authors' sets")                           \
    X(REAL, violations_unequal, "the same, unequal P(n) and q")                                    \
    X(REAL, early_error,                                                                           \
      "largest deviation from the early law at eta_Y t = 1e-3, relative to the largest rate of "   \
      "its last token")                                                                            \
    X(REAL, early_error_later, "the same at eta_Y t = 1e-2")                                       \
    X(REAL, growing_common, "z of the common that grows, eta_Y = 5, t = 1e5")                      \
    X(REAL, falling_common, "z of the other there")                                                \
    X(REAL, distinct_beside, "z of a distinct token there")                                        \
    X(REAL, declined, "z of a distinct token of the second example, eta_Y = 5, t = 1e5")           \
    X(REAL, declined_peak, "its largest z before")                                                 \
    X(REAL, early_gain, "B over its early law at eta_Y t/K = 0.01")                                \
    X(OPTIONAL, growing_share, "share of random sets in which a common grows, largest sd")
SCALARS(found, FOUND)

/* Two classes and two common tokens, each class favouring a different one: one of them grows. */
enum attndyn_status fates_growing_common(const struct trial *run);
/* Two classes and one common token, nearly all of the first class and little of the second: the
 * first class's distinct tokens grow, then shrink. */
enum attndyn_status fates_declining_distinct(const struct trial *run, const struct fates *p);

extern const struct check *const fates_claims[];

#endif
