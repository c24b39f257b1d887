/* Escape by noise from a saddle that the flow cannot leave: how long it takes. What a user sets and
 * what a run emits; escape.c computes, claims.c judges. */
#ifndef NOISE_ESCAPE_ESCAPE_H
#define NOISE_ESCAPE_ESCAPE_H

#include "experiments/frame/contract/typed.h"

#define ESCAPE(X)                                                                                  \
    X(REALS, lr_y, "0.1,0.1,0.1,0.05,0.2", "learning rates of the decoder, one for each case",     \
      IN(1e-4, 1))                                                                                 \
    X(REALS, lr_p, "0.1,0.1,0.1,0.05,0.05",                                                        \
      "learning rates of the position logits, one for each case", IN(1e-4, 1))                     \
    X(REALS, contexts, "32,32,256,32,64", "tokens T of a context, even", IN(2, 100000))            \
    X(REALS, batches, "8,128,32,8,32", "samples B of a step, even", IN(2, 10000))                  \
    X(INT, runs, "150", "runs of a case", IN(10, 100000))                                          \
    X(REALS, law_batches, "2,8,32",                                                                \
      "values of B at which the logarithmic law is measured, at the first case's rates",           \
      IN(2, 10000))                                                                                \
    X(INT, law_context, "256", "tokens T of a context for that law", IN(2, 100000))                \
    X(INT, law_runs, "500", "runs for each of these values", IN(10, 100000))                       \
    X(REAL, m, "0.6", "m of the order task: a token is right with probability (1 + m)/2",          \
      IN(0.05, 0.99))                                                                              \
    X(REAL, threshold, "0.5",                                                                      \
      "difference |p_1 - p_2| of the position logits that counts as escaped", IN(0.01, 3))         \
    X(INT, seed, "1", "seed of the runs", IN(0, 1000000))
PARAMS(escape, ESCAPE)

#define TIMES(X)                                                                                   \
    X(REAL, lr_y, "learning rate of the decoder")                                                  \
    X(REAL, lr_p, "learning rate of the position logits")                                          \
    X(INT, T, "tokens T of a context")                                                             \
    X(INT, B, "samples B of a step")                                                               \
    X(INT, law, "1: a case of the logarithmic law")                                                \
    X(INT, runs, "runs")                                                                           \
    X(REAL, mean, "steps to the threshold, mean over runs")                                        \
    X(REAL, error, "standard error of that mean")                                                  \
    X(REAL, deviation, "standard deviation of the steps over runs")                                \
    X(REAL, lambda, "rate of the saddle a step, lambda = (m/2) sqrt(lr_y lr_p)")                   \
    X(REAL, start, "eps: the random start that the noise amounts to")                              \
    X(REAL, predicted, "predicted mean, [ln(1/eps) + C + (gamma + ln 2)/2]/lambda")                \
    X(REAL, predicted_deviation, "predicted standard deviation, pi/(2 sqrt 2 lambda)")
TABLE(times, TIMES, "steps to the threshold, case by case")

#define SAMPLES(X)                                                                                 \
    X(INT, run, "run of the first case")                                                           \
    X(REAL, steps, "steps to the threshold, sorted")                                               \
    X(REAL, share, "share of the runs that have escaped by then")                                  \
    X(REAL, predicted, "the same if the start is normal: by the distribution of ln|normal|")
TABLE(samples, SAMPLES, "the first case's runs")

#define ESCAPE_SCALARS(X)                                                                          \
    X(REAL, constant, "C: the flow's own time from eps to the threshold, lambda t - ln(1/eps)")    \
    X(REAL, slope, "slope of the mean in ln B, over `law_batches`")                                \
    X(REAL, slope_error, "standard error of that slope")
SCALARS(escape_scalars, ESCAPE_SCALARS)

extern const struct check *const escape_claims[];

#endif
