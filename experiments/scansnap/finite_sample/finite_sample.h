/* What finite steps, finite contexts and finite batches do to the flow: what a user sets and what a
 * run emits; finite_sample.c computes, claims.c judges. */
#ifndef SCANSNAP_FINITE_SAMPLE_FINITE_SAMPLE_H
#define SCANSNAP_FINITE_SAMPLE_FINITE_SAMPLE_H

#include "experiments/scansnap/shared/data.h"

#define FINITE_SAMPLE(X)                                                                           \
    SCANSNAP_DATA(X, "1", "2", "next")                                                             \
    X(REAL, eta_y, "4", "rate of the decoder Y", IN(1e-9, 1e9))                                    \
    X(REAL, eta_z, "1", "rate of the attention Z", IN(1e-9, 1e9))                                  \
    X(REAL, t_end, "10", "horizon, time t", IN(1e-6, 1e6))                                         \
    X(REALS, euler_steps, "0.4,0.2,0.1,0.05,0.025,0.0125",                                         \
      "step sizes dt of gradient descent on the population", IN(1e-6, 1e6))                        \
    X(REALS, lengths, "32,128,512,1024,2048,4096", "lengths T of the contexts", IN(2, 1e9))        \
    X(REAL, length_step, "0.05", "step size dt of the runs with finite contexts", IN(1e-6, 1e6))   \
    X(INT, length_batch, "128", "batch of these runs, split evenly over the classes",              \
      IN(1, 1000000))                                                                              \
    X(REALS, noise_steps, "0.2,0.1,0.05,0.025,0.0125",                                             \
      "step sizes dt at which noise is measured, at noise_batch", IN(1e-6, 1e6))                   \
    X(REALS, noise_batches, "8,32,128,512",                                                        \
      "batches at which noise is measured, at length_step; labels are drawn", IN(1, 1e6))          \
    X(INT, noise_batch, "128", "batch where the step size is varied", IN(1, 1000000))              \
    X(INT, seeds, "16", "runs of every sampled case, each with its seed", IN(4, 100000))           \
    X(INT, seed, "1", "the first seed")                                                            \
    X(REAL, rtol, "1e-11", "relative tolerance of the flow", IN(1e-14, 0.1))
PARAMS(finite_sample, FINITE_SAMPLE)

#define EULER(X)                                                                                   \
    X(REAL, step, "step dt: rates eta dt, horizon / dt updates")                                   \
    X(INT, updates, "updates to the horizon")                                                      \
    X(REAL, error, "|z - z_flow| / |z_flow|, Euclidean")
TABLE(euler, EULER, "gradient descent on the population against the flow, by step size")

#define BIAS(X)                                                                                    \
    X(INT, T, "length of the contexts")                                                            \
    X(REAL, bias, "|mean over seeds of z - z_pop| / |z_pop|, z_pop by descent on the population")  \
    X(REAL, noise, "standard error of that mean, in the same norm")                                \
    X(OPTIONAL, debiased, "sqrt(bias^2 - noise^2)")                                                \
    X(OPTIONAL, relative_error, "standard error of ln debiased, by a jackknife over the seeds")
TABLE(bias, BIAS, "finite contexts against infinite ones: the bias of z")

#define NORMS(X)                                                                                   \
    X(INT, T, "length T of the contexts, the last token included")                                 \
    X(REAL, mean,                                                                                  \
      "mean of |c_hat|^2 over contexts of class 0, c_hat the frequencies of a "                    \
      "context's tokens (z = 0)")                                                                  \
    X(REAL, standard_error, "standard error of that mean")                                         \
    X(REAL, expected, "its expectation, |c|^2 + (1 - |c|^2)/(T - 1), c the probabilities")         \
    X(REAL, expected_error, "the standard error by the multinomial's fourth moments")
TABLE(norms, NORMS, "the norm that LN divides by")

#define FREQUENCIES(X)                                                                             \
    X(INT, T, "length T of the contexts, the last token included")                                 \
    X(INT, token, "token l of class 0")                                                            \
    X(REAL, P, "its probability P(l|n)")                                                           \
    X(INT, contexts, "contexts sampled")                                                           \
    X(INT, beyond, "contexts in which its frequency is off P by more than Lemma 18's radius")      \
    X(REAL, exact,                                                                                 \
      "how often a binomial frequency goes where 2 exp(-2 (T-1) t^2) < delta, share of contexts")
TABLE(frequencies, FREQUENCIES, "Lemma 18: frequencies of a context's tokens")

#define NOISE(X)                                                                                   \
    X(TEXT, series, "step or batch: what is varied")                                               \
    X(REAL, step, "step size dt")                                                                  \
    X(INT, batch, "batch, in samples")                                                             \
    X(REAL, noise,                                                                                 \
      "root mean square over seeds of |z - mean z| / |z of the flow|, with infinitely long "       \
      "contexts and drawn labels")                                                                 \
    X(REAL, standard_error, "standard error of the noise, from the spread over seeds")
TABLE(noise, NOISE, "spread of z over seeds, by step size and batch")

#define FOUND(X)                                                                                   \
    X(OPTIONAL, euler_order,                                                                       \
      "order of the error in the step: slope of log error against log step, four smallest steps")  \
    X(OPTIONAL, bias_slope, "slope of log bias against log T, T >= 500")                           \
    X(OPTIONAL, noise_step_slope, "slope of log noise against log step")                           \
    X(OPTIONAL, noise_batch_slope, "slope of log noise against log batch")
SCALARS(found, FOUND)

/* Lemma 18's delta. Hoeffding's bound is loose: at a small one no context of some thousands would
 * leave it, and the check could not fail. */
#define LEMMA_18_DELTA 0.9

extern const struct check *const finite_sample_claims[];

#endif
