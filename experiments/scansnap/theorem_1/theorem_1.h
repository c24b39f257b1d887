/* Theorem 1: the force on the attention, g_n = Y (e_n - alpha_n), while the features stand still,
 * inside the paper's assumptions (V = M >> K^2, weak overlaps). What a user sets and what a run
 * emits; theorem_1.c computes, claims.c judges. */
#ifndef SCANSNAP_THEOREM_1_THEOREM_1_H
#define SCANSNAP_THEOREM_1_THEOREM_1_H

#include "experiments/frame/contract/typed.h"

#define GRADIENTS(C) C(gradient_original, "original") C(gradient_modified, "modified")
CHOICES(gradient, GRADIENTS)

#define THEOREM_1(X)                                                                               \
    X(INT, classes, "5", "next tokens K, one feature f_n each", IN(2, 1000000))                    \
    X(REAL, outputs, "4000", "columns of the decoder M = V, the whole vocabulary", IN(2, 1e15))    \
    X(REAL, overlap, "0.03872983346207417",                                                        \
      "overlap s = f_n . f_n' of any two classes; the paper wants sqrt(6/M) <= s < 1/(K(K-1))",    \
      IN(0, 0.999999))                                                                             \
    X(CHOICE, gradient, "original",                                                                \
      "gradient of the table state and of the scalars: original, Eq. 7, or modified, Eq. 26, "     \
      "which the paper's proof solves; the other tables have both")                                \
    X(REALS, times, "0.01,0.1,1,3,8.3,16.6,33.2,100,1000", "output times, in eta_Y t/K",           \
      IN(1e-9, 1e12))                                                                              \
    X(INT, random_sets, "4",                                                                       \
      "Gram matrices with unequal overlaps, |lambda_1(E)| = 0.9/K, at `classes` (50 at most)",     \
      IN(0, 1000))                                                                                 \
    X(INT, seed, "1", "seed of the first of these matrices")                                       \
    X(REALS, regime_outputs, "100,1e4,1e6,1e9,1e12",                                               \
      "columns M of the decoder for the two regimes of gamma", IN(100, 1e15))                      \
    X(REAL, rtol, "1e-12", "relative tolerance of the solver", IN(1e-14, 1e-3))
PARAMS(theorem_1, THEOREM_1)

#define COEFFICIENTS(X)                                                                            \
    X(TEXT, gradient, "original or modified")                                                      \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    X(REAL, gamma_iota, "gamma iota_n, coefficient of f_n in g_n")                                 \
    X(REAL, beta_over_iota,                                                                        \
      "beta_nn'/iota_n: minus the coefficient of another f_n' in g_n, over that of f_n")           \
    X(REAL, theorem, "beta/iota of Theorem 1, with the sign of q_0 corrected")                     \
    X(REAL, printed, "beta/iota of Theorem 1 as printed (Eq. 88)")                                 \
    X(REAL, early, "beta/iota of the original gradient while alpha_nn << 1 (derived here)")        \
    X(REAL, gamma_closed, "gamma by Eq. 45")                                                       \
    X(REAL, alpha_nn, "alpha_nn, probability of the right next token")                             \
    X(REAL, gap_other, "logit of the right token less that of another class")                      \
    X(REAL, gap_never, "logit of the right token less that of a token that is never right")        \
    X(REAL, xi, "gamma sum_{n' != n} beta_nn' f_n . f_n'")
TABLE(coefficients, COEFFICIENTS, "identical overlaps: coefficients of g_n in time")

#define UNEQUAL(X)                                                                                 \
    X(INT, set, "number of the Gram matrix I + E")                                                 \
    X(TEXT, gradient, "original or modified")                                                      \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    X(REAL, lambda_1, "largest |eigenvalue| of E, the overlaps off the diagonal")                  \
    X(REAL, theorem_error,                                                                         \
      "largest |(beta_nn'/iota_n)/(that of Theorem 1, sign of q_0 corrected) - 1| over all "       \
      "pairs")                                                                                     \
    X(REAL, printed_error, "the same against Theorem 1 as printed")                                \
    X(REAL, beta_times_outputs, "largest |beta_nn'/iota_n| (M - 1)")                               \
    X(REAL, xi_least, "smallest xi_n over gamma")
TABLE(unequal, UNEQUAL, "random Gram matrices with weak overlaps")

#define MATRICES(X)                                                                                \
    X(INT, set, "number of the Gram matrix, as in unequal")                                        \
    X(REAL, lambda_1, "largest |eigenvalue| of E, the overlaps off the diagonal")                  \
    X(REAL, alone, "largest entry of (I + E)(I - E') - I: a class moves its own logits alone")     \
    X(REAL, alone_printed, "the same with E' as appendix D.1 defines it")                          \
    X(REAL, entries, "largest |E_ij| over |lambda_1| (Lemma 13)")                                  \
    X(REAL, eigenvalues, "largest |eigenvalue| of E' over |lambda_1|/(1 - |lambda_1|) (Lemma 15)") \
    X(REAL, diagonal, "largest E'_ii (Lemma 16)")                                                  \
    X(REAL, distance,                                                                              \
      "largest |E' - E| off the diagonal over lambda_1^2/(1 - |lambda_1|) "                        \
      "(Lemma 17)")
TABLE(matrices, MATRICES, "the matrices E and E' of these Gram matrices")

#define ADMITTED(X)                                                                                \
    X(INT, classes, "number of classes K")                                                         \
    X(REAL, needed,                                                                                \
      "smallest M for which one common, shared alike, can meet S-A2: by bisection "                \
      "on the eigenvalues of E")                                                                   \
    X(REAL, closed, "6 K^2 (K-1)^2")                                                               \
    X(INT, above, "overlaps s near sqrt(6/M) that features f_n in R^(K+1) admit at 1.01 closed")   \
    X(INT, below, "the same at 0.99 closed")
TABLE(admitted, ADMITTED,
      "the smallest M that leaves room between the weakest and the strongest overlap of "
      "Assumption 2")

#define REGIMES(X)                                                                                 \
    X(REAL, outputs, "columns of the decoder M")                                                   \
    X(REAL, scaled_time, "eta_Y t/K")                                                              \
    X(REAL, gamma, "gamma by Eq. 45")                                                              \
    X(REAL, over_early, "gamma over eta_Y t/K, its early form")                                    \
    X(OPTIONAL, over_late,                                                                         \
      "gamma over K ln(M eta_Y t/K)/(eta_Y t) (Lemma 9); from M eta_Y t/K = 1 on")                 \
    X(OPTIONAL, over_main_text,                                                                    \
      "gamma over K ln(eta_Y t/K)/(eta_Y t) (Theorem 1(b)); from eta_Y t/K = e on")
TABLE(regimes, REGIMES, "gamma against its two limits")

#define STEPS(X)                                                                                   \
    X(REAL, outputs, "columns of the decoder M")                                                   \
    X(REAL, eta_y, "eta_Y")                                                                        \
    X(REAL, least,                                                                                 \
      "smallest (h* - h) M/(2 eta_Y) over the steps s, to eta_Y s = 5 ln M; h* by "                \
      "steps, h by the flow")                                                                      \
    X(REAL, most, "the largest of the same")                                                       \
    X(REAL, last, "the same at the last step")
TABLE(steps, STEPS, "Lemma 7: steps against the flow")

#define FOUND(X)                                                                                   \
    X(REAL, gamma_iota, "gamma iota_n at the last of the times, for the chosen gradient")          \
    X(REAL, beta_over_iota, "beta_nn'/iota_n at that time")                                        \
    X(REAL, weaker,                                                                                \
      "beta/iota of the modified gradient over that of the original one, at that "                 \
      "time")
SCALARS(found, FOUND)

/* I + E, random, |lambda_1(E)| = 0.9/K, and E'. */
enum attndyn_status theorem_1_draw(const struct trial *run, const struct theorem_1 *p, size_t K,
                                   uint64_t set, double *gram, double *E_prime, double *lambda_1);
/* The tables matrices and admitted. */
enum attndyn_status theorem_1_matrices(const struct trial *run, const struct theorem_1 *p);

extern const struct check *const theorem_1_claims[];

#endif
