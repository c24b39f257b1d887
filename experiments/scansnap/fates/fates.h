/* The fates of tokens: common ones suppressed, distinct ones enhanced; when, and when not. What a
 * user sets and what a run emits; fates.c computes the signs and the early law, counterexamples.c
 * the two small sets, claims.c judges. */
#ifndef SCANSNAP_FATES_FATES_H
#define SCANSNAP_FATES_FATES_H

#include "experiments/scansnap/shared/data.h"
#include "sim/model/scansnap/flow.h"

#define FATES(X)                                                                                   \
    X(REALS, lasts, "1,2,2,5", "numbers of last tokens L, of sets built as the authors'",          \
      IN(1, 1000))                                                                                 \
    X(REALS, nexts, "2,1,2,2", "classes per last token, N, one for each L", IN(1, 1000))           \
    X(REALS, ratios, "0.1,1,10,1000", "eta_Y/eta_Z, at eta_Z = 1", IN(1e-6, 1e9))                  \
    X(REAL, tau_end, "1e5", "horizon of the sign tables, eta_Y t/K", IN(1e-2, 1e12))               \
    X(INT, points, "200", "outputs from eta_Y t/K = 1e-3, logarithmic", IN(2, 100000))             \
    X(INT, num_common, "10", "common tokens", IN(1, 1000))                                         \
    X(INT, num_distinct, "10", "distinct tokens of a class", IN(1, 1000))                          \
    X(REALS, sds, "0.1,0.2,0.3,0.5,1",                                                             \
      "standard deviation of the common tokens' log-weights, drawn for each class, in the "        \
      "random sets",                                                                               \
      IN(0, 10))                                                                                   \
    X(INT, random_sets, "40", "random sets for each sd", IN(0, 100000))                            \
    X(INT, random_classes, "4", "classes of a random set, each on its own last token",             \
      IN(2, 1000))                                                                                 \
    X(INT, random_common, "2", "common tokens of a random set", IN(1, 1000))                       \
    X(INT, seed, "1", "seed of the first random set")                                              \
    X(REALS, decline_rates, "1,5,30,100",                                                          \
      "eta_Y, at eta_Z = 1, of the set in which distinct tokens end by shrinking", IN(1e-3, 1e6))  \
    X(REAL, decline_end, "1e9", "horizon of that set's flows, in time t", IN(1, 1e15))             \
    SCANSNAP_SOLVER(X, "1e-9")
PARAMS(fates, FATES)

#define SIGNS(X)                                                                                   \
    X(TEXT, data,                                                                                  \
      "authors: built as the authors' set; shared: unequal weights of the common "                 \
      "tokens, the same for all classes, P(n) = .7 .1 .1 .1")                                      \
    X(INT, L, "last tokens")                                                                       \
    X(INT, N, "classes per last token")                                                            \
    X(INT, V, "columns of the decoder V")                                                          \
    X(REAL, ratio, "eta_Y/eta_Z")                                                                  \
    X(INT, outputs, "output times")                                                                \
    X(INT, common_up, "pairs of a time and a common token with dz/dt > 1e-14 (theory: none)")      \
    X(INT, distinct_down,                                                                          \
      "pairs of a time and a distinct token with dz/dt < -1e-14 (theory: none)")                   \
    X(REAL, z_common, "largest attention logit z of a common token at the end")                    \
    X(REAL, z_distinct, "smallest z of a distinct token at the end")
TABLE(signs, SIGNS, "signs of dz/dt along the flow where all classes have the same common tokens")

#define EARLY(X)                                                                                   \
    X(TEXT, data, "name of the data")                                                              \
    X(INT, V, "columns of the decoder V")                                                          \
    X(INT, last, "last token m")                                                                   \
    X(INT, token, "token l")                                                                       \
    X(TEXT, kind, "distinct or common")                                                            \
    X(REAL, predicted, "(dz_ml/dt)/(eta_Y eta_Z t) of token l at last token m, by the early law")  \
    X(REAL, measured, "the same by the flow at eta_Y t = 1e-3")                                    \
    X(REAL, later, "the same by the flow at eta_Y t = 1e-2")
TABLE(early, EARLY, "the early law against the flow")

#define CASES(X)                                                                                   \
    X(TEXT, data, "growing-common or declining-distinct")                                          \
    X(REAL, eta_y, "rate of Y, at eta_Z = 1")                                                      \
    X(REAL, t, "time t")                                                                           \
    X(INT, class, "class n")                                                                       \
    X(INT, token, "token l")                                                                       \
    X(TEXT, kind, "distinct or common")                                                            \
    X(REAL, z, "attention logit z_ml of token l at the class's last token m")                      \
    X(REAL, dz, "dz_ml/dt")
TABLE(cases, CASES, "the two counterexamples over time")

#define DECLINE(X)                                                                                 \
    X(REAL, eta_y, "rate of Y, at eta_Z = 1")                                                      \
    X(REAL, z_max, "largest z of a distinct token of class 0")                                     \
    X(OPTIONAL, t_turn, "time t at which it turns downwards; empty if not by the horizon")         \
    X(OPTIONAL, law, "(eta_Z/eta_Y) ln^2(eta_Y t) at that time")                                   \
    X(OPTIONAL, t_zero, "time t at which it is back at 0; empty if not by the horizon")            \
    X(REAL, z_end, "its z at the horizon")
TABLE(decline, DECLINE, "when the distinct tokens of the second counterexample turn downwards")

#define RANDOM(X)                                                                                  \
    X(REAL, sd, "standard deviation of the common tokens' log-weights")                            \
    X(INT, set, "number of the set")                                                               \
    X(INT, growing, "pairs of a last token and a common token with dz/dt > 0 at the start")        \
    X(INT, pairs, "all pairs of a last token and a common token")
TABLE(random, RANDOM,
      "common tokens that start upwards in random sets, their weights depending on the class")

#define FOUND(X)                                                                                   \
    X(REAL, violations, "wrong signs in the table `signs`, sets built as the authors'")            \
    X(REAL, violations_unequal,                                                                    \
      "wrong signs in the table `signs`, unequal P(n) and common weights")                         \
    X(REAL, early_error,                                                                           \
      "largest deviation from the early law at eta_Y t = 1e-3, relative to the largest rate of "   \
      "its last token")                                                                            \
    X(REAL, early_error_later, "the same at eta_Y t = 1e-2")                                       \
    X(REAL, growing_common, "z of the common that grows, eta_Y = 5, t = 1e5")                      \
    X(REAL, falling_common, "z of the other common token there")                                   \
    X(REAL, distinct_beside, "z of a distinct token there")                                        \
    X(REAL, declined, "z of a distinct token of the second example, eta_Y = 5, t = 1e5")           \
    X(REAL, declined_peak, "its largest z before that")                                            \
    X(REAL, early_gain, "gain B over its early law at eta_Y t/K = 0.01")                           \
    X(OPTIONAL, growing_share,                                                                     \
      "share of the random sets of the largest sd in which a common token starts upwards")
SCALARS(found, FOUND)

/* Two classes and two common tokens, each class favouring a different one: one of them grows. */
enum attndyn_status fates_growing_common(const struct trial *run);
/* Two classes and one common token, nearly all of the first class and little of the second: the
 * first class's distinct tokens grow, then shrink. */
enum attndyn_status fates_declining_distinct(const struct trial *run, const struct fates *p);

extern const struct check *const fates_claims[];

#endif
