/* GaLore's Lemma 3.3: the stable rank of the gradient under gradient ascent, and its bound.
 * What a user sets and what a run emits; stable_rank.c, corollaries.c and random_instances.c
 * compute, claims.c judges. */
#ifndef LOWRANK_STABLE_RANK_STABLE_RANK_H
#define LOWRANK_STABLE_RANK_STABLE_RANK_H

#include "experiments/lowrank/shared/instance.h"

#define LARGEST 2000 /* m n: S is formed and decomposed, (mn)^2 numbers */
/* An excess over a bound below this is roundoff of the stable ranks (1e-13 at the worst). */
#define ROUNDOFF 1e-9

/* In the order of enum attndyn_parametric_kind. */
#define KIND(C)                                                                                    \
    C(kind_generic, "generic")                                                                     \
    C(kind_product, "product") C(kind_rank_one, "rank_one") C(kind_counterexample, "counterexample")
CHOICES(kind, KIND)

#define STABLE_RANK(X)                                                                             \
    X(CHOICE, kind, "generic",                                                                     \
      "B_i, C_i of the instance: generic: independent; product: one B for all i; rank_one: C_i "   \
      "= f_i f_i^T; counterexample: the 2 x 2 counterexample (m=2 n=2 N=6)")                       \
    X(INT, m, "3", "rows of W", IN(1, LARGEST))                                                    \
    X(INT, n, "4", "columns of W", IN(1, LARGEST))                                                 \
    X(INT, N, "2", "samples N", IN(1, 100000))                                                     \
    X(INT, span, "0", "kind=rank_one: dimensions that the f_i span; 0: n", IN(0, LARGEST))         \
    X(INT, seed, "7", "seed of the instance")                                                      \
    RANDOM_STREAM(X)                                                                               \
    X(REAL, eta, "0", "step size eta; 0: 1/lambda_max", IN(0, 1e6))                                \
    X(INT, t_end, "4000", "steps of gradient ascent", IN(0, 10000000), .unit = "steps")            \
    X(INT, step_steps, "500", "steps over which the contraction of G_perp is measured",            \
      IN(1, 100000), .unit = "steps")                                                              \
    X(REAL, tolerance, "1e-9", "eigenvalues closer than this, over lambda_max, count as equal",    \
      IN(1e-15, 0.1))                                                                              \
    X(REALS, times, "0,1,3,10,30,100,300,1000",                                                    \
      "times at which the survey compares sr(G_t) with the bounds", IN(0, 1e9), .unit = "steps")   \
    X(REALS, survey_m, "2,2,3,4,6,4", "rows m, one for each shape of the survey", IN(1, 40))       \
    X(REALS, survey_n, "2,3,3,5,8,5", "columns n, one for each shape", IN(1, 40))                  \
    X(REALS, survey_N, "2,2,3,3,10,1", "samples N, one for each shape", IN(1, 10000))              \
    X(REALS, survey_seeds, "500,500,500,100,40,100",                                               \
      "instances (seeds 1, 2, ...), one number for each shape", IN(0, 1e6))                        \
    X(REAL, counterexample_eta, "0.5",                                                             \
      "step size of the 2 x 2 counterexample; the bounds are stated up to 2/(lambda2 + "           \
      "lambda_max) = 0.7547",                                                                      \
      IN(0.01, 0.75))                                                                              \
    X(INT, counterexample_steps, "60", "steps of the counterexample", IN(1, 100000),               \
      .unit = "steps")                                                                             \
    X(INT, corollary_m, "4", "rows m of the instances of Corollary 3.4", IN(1, 40))                \
    X(INT, corollary_n, "6", "columns n of these", IN(1, 40))                                      \
    X(INT, corollary_N, "12", "samples N of these", IN(1, 10000))                                  \
    X(INT, corollary_span, "3", "N' of these, dimensions that the f_i span", IN(1, 40))            \
    X(INT, corollary_seeds, "20",                                                                  \
      "number of these instances: seed, seed + 1, ..., each with a W_{t_0} of its own",            \
      IN(1, 10000))                                                                                \
    X(INT, half_n, "6", "rows and columns of the diagonal example f_i = e_i, B_i = I", IN(2, 40))  \
    X(INT, half_span, "5", "N' = N of that example", IN(1, 40))                                    \
    X(INT, half_steps, "200", "steps of that example", IN(1, 100000), .unit = "steps")             \
    X(INT, half_seeds, "50", "instances of the same shape with random B_i and f_i", IN(1, 10000))  \
    X(INT, dyad_seeds, "20",                                                                       \
      "instances of Corollary 3.5: B_i that share their lowest "                                   \
      "eigenvector, C_i that share theirs; shape m, n, N",                                         \
      IN(1, 10000))
PARAMS(stable_rank, STABLE_RANK)

#define HISTORY(X)                                                                                 \
    X(INT, t, "time t", .unit = "steps")                                                           \
    X(REAL, sr_G, "stable rank of G_t, by stepping")                                               \
    X(REAL, sr_spectral, "stable rank of G_t from the eigenvectors of S")                          \
    X(REAL, sr_par, "stable rank of G_par, the limit")                                             \
    X(REAL, bound_printed, "bound of Lemma 3.3 as printed")                                        \
    X(OPTIONAL, bound, "bound that holds; empty while its bracket is not positive")                \
    X(REAL, bound_below, "bound from below that holds")                                            \
    X(REAL, log10_norm, "log10 ||G_t||_F / ||G_0||_F")
TABLE(history, HISTORY, "the instance: sr(G_t) and its bounds over time")

#define COUNTEREXAMPLE(X)                                                                          \
    X(INT, t, "time t", .unit = "steps")                                                           \
    X(REAL, sr_G, "stable rank of G_t, by stepping")                                               \
    X(REAL, sr_closed, "stable rank of G_t in closed form")                                        \
    X(REAL, bound_printed, "bound of Lemma 3.3 as printed")                                        \
    X(REAL, bound, "bound that holds")                                                             \
    X(REAL, q_t, "q^t")
TABLE(counterexample, COUNTEREXAMPLE, "the 2 x 2 counterexample")

#define SURVEY(X)                                                                                  \
    X(TEXT, kind, "kind of instances: generic, product, rank_one")                                 \
    X(INT, m, "rows m")                                                                            \
    X(INT, n, "columns n")                                                                         \
    X(INT, N, "samples N")                                                                         \
    X(INT, instances, "instances, of the seeds 1, 2, ...")                                         \
    X(INT, violated, "instances in which the printed bound fails")                                 \
    X(REAL, worst, "largest sr(G_t)/(printed bound) - 1")                                          \
    X(INT, violated_holds, "instances in which the bound that holds fails")                        \
    X(REAL, worst_holds, "largest sr(G_t)/(bound that holds) - 1")                                 \
    X(REAL, median_sr_par, "median of sr(G_par)")                                                  \
    X(REAL, median_par_fraction, "median of ||G_par|| / ||G_0||")                                  \
    X(REAL, median_sr_random,                                                                      \
      "median stable rank of matrices of standard normals of that shape, the control")
TABLE(survey, SURVEY, "how often the printed bound fails on random instances")

#define STEPS(X)                                                                                   \
    X(TEXT, step, "which step size")                                                               \
    X(REAL, eta, "step size eta")                                                                  \
    X(REAL, claimed, "|1 - eta lambda2|, what the proof takes for the contraction of G_perp")      \
    X(REAL, fastest, "|1 - eta lambda_max|")                                                       \
    X(REAL, contraction, "largest ||G_perp(t+1)|| / ||G_perp(t)|| measured")                       \
    X(REAL, diagonal_eta, "the step of that name for B = diag(0.05, 0.5, 1), C = I, G_0 = I")      \
    X(REAL, diagonal_excess, "largest sr(G_t) less the printed bound with that step, by stepping") \
    X(REAL, diagonal_closed, "the same at t = 1, in closed form")
TABLE(steps, STEPS, "the step size that the lemma needs")

#define COROLLARY(X)                                                                               \
    X(INT, seed, "seed of the instance")                                                           \
    X(INT, m, "rows m")                                                                            \
    X(INT, n, "columns n")                                                                         \
    X(INT, N, "samples N")                                                                         \
    X(INT, span, "N', rank of the f_i")                                                            \
    X(REAL, lambda1, "smallest eigenvalue over lambda_max")                                        \
    X(INT, multiplicity, "multiplicity of lambda1; expected m (n - N')")                           \
    X(REAL, par_fraction, "||G_par|| / ||G|| with lambda1 as printed, the smallest eigenvalue")    \
    X(REAL, lambda_nonzero, "smallest eigenvalue that is not zero")                                \
    X(REAL, par_fraction_nonzero,                                                                  \
      "||G_par|| / ||G|| with the smallest eigenvalue that is not zero")                           \
    X(REAL, excess, "largest sr(G_t)/(bound that holds) - 1 with that eigenvalue")
TABLE(corollary, COROLLARY, "Corollary 3.4: C_i = f_i f_i^T with f_i in a subspace")

#define HALF(X)                                                                                    \
    X(INT, t, "time t", .unit = "steps")                                                           \
    X(REAL, sr_G, "stable rank of G_t, by stepping")                                               \
    X(REAL, sr_closed, "its closed form: N'")                                                      \
    X(REAL, printed, "n/2")                                                                        \
    X(REAL, rank, "N', which no G_t can exceed")
TABLE(half, HALF, "Corollary 3.4, second half: f_i = e_i, B_i = I")

#define DYADS(X)                                                                                   \
    X(INT, seed, "seed of the instance")                                                           \
    X(INT, multiplicity, "multiplicity of lambda1")                                                \
    X(REAL, dyad, "|<v, y kron z>|, v the lowest eigenvector of S")                                \
    X(REAL, sr_par, "sr(G_par)")                                                                   \
    X(REAL, excess_printed, "largest sr(G_t)/(printed bound) - 1 at the times of the survey")      \
    X(REAL, left, "printed bound less 1 at the last of these times")                               \
    X(REAL, sr_last, "sr(G_t) at that time")
TABLE(dyads, DYADS, "Corollary 3.5: a lowest eigenvector y kron z")

#define SUMMARY(X)                                                                                 \
    X(REAL, sr_G, "sr(G_t) at t_end")                                                              \
    X(REAL, sr_par, "sr(G_par)")                                                                   \
    X(REAL, sr_peak, "largest sr(G_t)")                                                            \
    X(REAL, par_fraction, "||G_par|| / ||G_0||")                                                   \
    X(REAL, q,                                                                                     \
      "q = (1 - eta lambda2)/(1 - eta lambda1), by which ||G_perp||/||G_par|| falls a "            \
      "step")                                                                                      \
    X(OPTIONAL, violated_fraction,                                                                 \
      "generic survey: share of instances that break the printed bound")                           \
    X(REAL, half_median, "random B_i and f_i with N' = half_span: median of the limit of sr(G_t)") \
    X(REAL, half_largest, "random B_i and f_i: largest limit of sr(G_t)")
SCALARS(summary, SUMMARY)

/* Corollaries 3.4 and 3.5: the tables `corollary`, `half` and `dyads`. */
enum attndyn_status corollaries(const struct trial *run, const struct stable_rank *p);
/* Many small instances: the table `survey`. */
enum attndyn_status random_instances(const struct trial *run, const struct stable_rank *p);

extern const struct check *const stable_rank_claims[];

#endif
