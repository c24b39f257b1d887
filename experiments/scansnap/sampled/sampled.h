/* The decoder under sampled classes, one sample per step (batch size 1), with fixed features: Lemma
 * 5, Lemmas 10 to 12, Theorem 5 and Corollary 1 of Scan&Snap. What a user sets and what a run
 * emits; sampled.c computes, claims.c judges. */
#ifndef SCANSNAP_SAMPLED_SAMPLED_H
#define SCANSNAP_SAMPLED_SAMPLED_H

#include "experiments/frame/contract/typed.h"

#define SAMPLED(X)                                                                                 \
    X(INT, classes, "3", "next tokens K, drawn uniformly", IN(2, 1000))                            \
    X(INT, outputs, "400", "columns of the decoder M = V, the whole vocabulary", IN(2, 1000000))   \
    X(REAL, overlap, "0.14",                                                                       \
      "s = f_n . f_n' of any two classes, by one common token; the paper wants sqrt(6/M) <= s < "  \
      "1/(K(K-1))",                                                                                \
      IN(0, 0.999))                                                                                \
    X(INT, distinct, "3", "distinct tokens of a class, of random weight", IN(1, 1000))             \
    X(REAL, eta_y, "0.5", "rate of the decoder", IN(1e-6, 10))                                     \
    X(INT, steps, "2000", "samples of the runs in full matrices", IN(1, 100000000))                \
    X(INT, runs, "3", "of these, each with its own features and samples", IN(1, 1000))             \
    X(REALS, samples, "30,90,300,1000,3000,10000,30000",                                           \
      "samples N at which streams are looked at", IN(1, 1e7))                                      \
    X(INT, streams, "2000", "streams of samples", IN(2, 10000000))                                 \
    X(REAL, delta, "0.1", "probability of leaving the bounds of Lemmas 10 to 12", IN(1e-6, 0.9))   \
    X(REALS, epsilons, "0.3,0.1,0.03,0.01,1e-3,1e-4", "errors of Corollary 1", IN(1e-7, 0.9))      \
    X(REALS, outputs_counted, "100,1e4,1e6,1e9", "their M", IN(100, 1e15))                         \
    X(INT, seed, "1", "of features and samples")
PARAMS(sampled, SAMPLED)

#define MATRICES(X)                                                                                \
    X(INT, run, "number of the run; 0: the first class at every step")                             \
    X(INT, steps, "samples so far")                                                                \
    X(REAL, alpha_own, "probability of the right token, least over the classes")                   \
    X(REAL, error, "largest |entry of w_n - (M-1) h*(N_n) zeta_n| over all classes and entries")   \
    X(REAL, largest, "largest |entry of w_n|")
TABLE(matrices, MATRICES, "Y in full matrices")

#define STREAMS(X)                                                                                 \
    X(INT, samples, "N")                                                                           \
    X(REAL, count_variance, "mean of (N_n - N/K)^2 over streams and classes")                      \
    X(REAL, outside_10, "share of (stream, class) outside Lemma 10's bound")                       \
    X(REAL, outside_h, "share of them outside Lemma 11's bound on h(N_n)")                         \
    X(REAL, outside_sigma,                                                                         \
      "share of them whose residual factor is off by more than eta_Y Delta/3")                     \
    X(REAL, outside_late, "share of them whose residual factor is off by more than Delta/Nbar")    \
    X(REAL, outside_theta, "share of streams with some |theta_n| > (K/sqrt N) sqrt(ln(K/delta))")  \
    X(REAL, theta_rms, "root mean square of theta_n")                                              \
    X(REAL, theta_derived, "its first order: sqrt(N (K-1))/K times h'/h at N/K (derived here)")    \
    X(REAL, theta_mean, "mean of theta_n")
TABLE(streams, STREAMS, "scatter over streams")

#define COUNTS(X)                                                                                  \
    X(REAL, outputs, "M")                                                                          \
    X(REAL, epsilon, "||e_n - alpha_n||")                                                          \
    X(REAL, visits, "steps of h* that bring the error below it")                                   \
    X(REAL, closed, "the same by Eq. 45")                                                          \
    X(REAL, simple, "(1/eps + ln(M/eps))/eta_Y")                                                   \
    X(REAL, printed, "ln(M/eps)/(eps eta_Y), Corollary 1")
TABLE(counts, COUNTS, "visits that an error takes")

extern const struct check *const sampled_claims[];

#endif
