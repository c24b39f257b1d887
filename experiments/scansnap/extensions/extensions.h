/* What Scan&Snap says beyond its theorems: what a user sets and what a run emits. extensions.c has
 * the start as a prior and a residual connection, small_samples.c what its name says, claims.c
 * judges. */
#ifndef SCANSNAP_EXTENSIONS_EXTENSIONS_H
#define SCANSNAP_EXTENSIONS_EXTENSIONS_H

#include "experiments/frame/contract/typed.h"

#define EXTENSIONS(X)                                                                              \
    X(INT, outputs, "2000", "columns of the decoder, V = M", IN(10, 1000000))                      \
    X(REAL, eta_z, "0.01", "rate of the attention, eta_Z; that of the decoder, eta_Y, is 1",       \
      IN(1e-9, 1e3))                                                                               \
    X(REALS, advantages, "0.02,0.05,0.1,0.2,0.5",                                                  \
      "P(l|n)/P(l'|n) - 1 of two distinct tokens l and l' of a class n", IN(1e-6, 10))             \
    X(REALS, handicaps, "0,0.05,0.1,0.2,0.4",                                                      \
      "by how much the attention logit z(0) of the more probable one starts lower", IN(0, 10))     \
    X(REAL, t_prior, "300", "time of the flow from these starts", IN(1, 1e9))                      \
    X(REAL, t_residual, "3000", "time of the flow with a residual connection", IN(1, 1e9))         \
    X(REALS, samples, "16,64,256", "context tokens that a sample has of each class", IN(1, 1e9))   \
    X(INT, sample_seeds, "48", "samples drawn of each size", IN(4, 100000))                        \
    X(INT, seed, "1", "seed of the first sample; the others follow")                               \
    X(REAL, t_samples, "1e4", "time of the flow on a sample, eta_Y = eta_Z = 1", IN(1, 1e9))       \
    X(REAL, rtol, "1e-9", "relative tolerance of the solver", IN(1e-13, 1e-3))
PARAMS(extensions, EXTENSIONS)

#define PRIOR(X)                                                                                   \
    X(TEXT, model, "flow: coupled; eq10: the adiabatic decoder of Eq. 10")                         \
    X(REAL, advantage, "P(l|n)/P(l'|n) - 1 of the two tokens l and l'")                            \
    X(REAL, handicap, "z_l'(0) - z_l(0)")                                                          \
    X(REAL, ratio_start,                                                                           \
      "P(l|n) e^{z_l}/(P(l'|n) e^{z_l'}) at the start: attention on l over that on l'")            \
    X(REAL, ratio_end, "the same ratio at the end")                                                \
    X(REAL, gained, "z_l - z_l(0) less z_l' - z_l'(0), at the end")
TABLE(prior, PRIOR, "two tokens of a class from unequal starts")

#define RESIDUAL(X)                                                                                \
    X(INT, residual, "1: the query's embedding is added to the value; 0: it is not")               \
    X(REAL, t, "time, eta_Y t")                                                                    \
    X(REAL, z_common, "attention logit z of the token that all four classes share")                \
    X(REAL, z_local, "z of the token that one class of each query has")                            \
    X(REAL, z_distinct, "z of that class's own token")                                             \
    X(REAL, alpha_query, "probability of the two next tokens that the right query has")
TABLE(residual, RESIDUAL, "two queries of two classes each, with and without a residual connection")

#define SAMPLED(X)                                                                                 \
    X(INT, tokens, "context tokens that the sample has of each class")                             \
    X(INT, seed, "seed of the sample")                                                             \
    X(INT, looks_distinct,                                                                         \
      "common tokens that occur in one class alone in the sample, and so look distinct")           \
    X(REAL, expected,                                                                              \
      "expectation of looks_distinct: 2 G a (1 - a), a = (1 - q)^tokens, G the common tokens "     \
      "and q the probability of one")                                                              \
    X(OPTIONAL, z_one, "mean z of those after the flow on the sample; empty: there are none")      \
    X(OPTIONAL, z_both, "mean z of the common tokens that the sample has in both classes")         \
    X(REAL, on_commons, "attention on all common tokens, for contexts of the population")
TABLE(sampled, SAMPLED, "the flow on a sample of each class")

#define FOUND(X)                                                                                   \
    X(REAL, gradient_error,                                                                        \
      "largest difference of the rates and of central differences of the loss, over the largest "  \
      "rate, with and without residual, at the end")
SCALARS(found, FOUND)

/* --- small samples: one query, two classes of two distinct tokens and SAMPLE_COMMONS rare ones of
 * this probability, which both have. */
#define SAMPLE_COMMONS 20
#define SAMPLE_COMMON 0.03

/* Emits the table sampled. */
enum attndyn_status extensions_small_samples(const struct trial *run, const struct extensions *p);

extern const struct check *const extensions_claims[];

#endif
