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
      "overlap s = f_n . f_n' of any two classes, by one common token; the paper wants "           \
      "sqrt(6/M) <= s < 1/(K(K-1))",                                                               \
      IN(0, 0.999))                                                                                \
    X(INT, distinct, "3", "distinct tokens of a class, of random weight", IN(1, 1000))             \
    X(REAL, eta_y, "0.5", "rate of the decoder", IN(1e-6, 10))                                     \
    X(INT, steps, "2000", "samples of the runs in full matrices", IN(1, 100000000))                \
    X(INT, runs, "3", "runs in full matrices, each with its own features and samples",             \
      IN(1, 1000))                                                                                 \
    X(REALS, samples, "30,90,300,1000,3000,10000,30000",                                           \
      "samples N after which the streams are looked at", IN(1, 1e7))                               \
    X(INT, streams, "2000", "streams of samples, each with counts N_n of its own",                 \
      IN(2, 10000000))                                                                             \
    X(REAL, delta, "0.1", "probability of leaving the bounds of Lemmas 10 to 12", IN(1e-6, 0.9))   \
    X(REALS, epsilons, "0.3,0.1,0.03,0.01,1e-3,1e-4", "errors of Corollary 1", IN(1e-7, 0.9))      \
    X(REALS, outputs_counted, "100,1e4,1e6,1e9", "columns M of the decoder for Corollary 1",       \
      IN(100, 1e15))                                                                               \
    X(INT, seed, "1", "seed of features and samples")
PARAMS(sampled, SAMPLED)

#define MATRICES(X)                                                                                \
    X(INT, run, "run, from 1; 0: the first class at every step")                                   \
    X(INT, steps, "samples seen so far")                                                           \
    X(REAL, alpha_own, "alpha_nn, probability of the right token, the least over the classes")     \
    X(REAL, error,                                                                                 \
      "largest entry of |w_n - (M-1) h*(N_n) zeta_n| over all classes, w_n the "                   \
      "logits of class n and N_n its visits")                                                      \
    X(REAL, largest, "largest entry of |w_n|")
TABLE(matrices, MATRICES, "Y trained in full matrices")

#define STREAMS(X)                                                                                 \
    X(INT, samples, "samples N")                                                                   \
    X(REAL, count_variance,                                                                        \
      "mean of (N_n - N/K)^2 over streams and classes, N_n the samples of class n")                \
    X(REAL, outside_10, "share of pairs of a stream and a class outside Lemma 10's bound on N_n")  \
    X(REAL, outside_h, "share of these pairs outside Lemma 11's bound on h*(N_n)")                 \
    X(REAL, outside_sigma,                                                                         \
      "share of these pairs whose residual factor is off by more than eta_Y Delta/3")              \
    X(REAL, outside_late,                                                                          \
      "share of these pairs whose residual factor is off by more than Delta/Nbar")                 \
    X(REAL, outside_theta, "share of streams with some |theta_n| > (K/sqrt N) sqrt(ln(K/delta))")  \
    X(REAL, theta_rms, "root mean square of theta_n")                                              \
    X(REAL, theta_derived,                                                                         \
      "the same to first order: sqrt(N (K-1))/K times h'/h at N/K (derived here)")                 \
    X(REAL, theta_mean, "mean of theta_n")
TABLE(streams, STREAMS, "how the counts scatter over streams")

#define COUNTS(X)                                                                                  \
    X(REAL, outputs, "columns of the decoder M")                                                   \
    X(REAL, epsilon, "error eps = ||e_n - alpha_n||")                                              \
    X(REAL, visits, "visits of the class (steps of h*) that bring the error below eps")            \
    X(REAL, closed, "the same by Eq. 45")                                                          \
    X(REAL, simple, "(1/eps + ln(M/eps))/eta_Y")                                                   \
    X(REAL, printed, "ln(M/eps)/(eps eta_Y), Corollary 1")
TABLE(counts, COUNTS, "visits of a class that an error takes")

extern const struct check *const sampled_claims[];

#endif
