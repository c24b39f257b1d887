/* The token law: what JoMA's Theorem 1 becomes when embeddings learn.
 * What a user sets and what a run emits; token_law.c computes, claims.c judges. */
#ifndef EMBED_TOKEN_LAW_TOKEN_LAW_H
#define EMBED_TOKEN_LAW_TOKEN_LAW_H

#include "experiments/frame/contract/typed.h"

#define TOKEN_LAW(X)                                                                               \
    X(REAL, eta_u, "0.7", "rate of the value embeddings, eta_u", IN(1e-3, 1e3), .symbol = "η_u")   \
    X(REAL, eta_z, "1", "rate of the attention logits, eta_z", IN(1e-3, 1e3), .symbol = "η_z")     \
    X(REAL, eta_w, "1", "rate of the layers above, eta_w", IN(0, 1e3), .symbol = "η_w")            \
    X(INT, tokens, "6", "tokens M", IN(2, 30))                                                     \
    X(INT, queries, "3", "queries (last tokens) L", IN(1, 10))                                     \
    X(INT, heads, "2", "heads in the cases with several of them", IN(2, 6))                        \
    X(INT, context, "9", "context tokens T of a sequence", IN(2, 100))                             \
    X(INT, sequences, "30", "random sequences", IN(2, 1000))                                       \
    X(INT, width, "6", "width d of the value embeddings", IN(2, 40))                               \
    X(INT, hidden, "5", "hidden units (tanh) of the MLP above; 0: a linear map", IN(0, 40))        \
    X(INT, data_sets, "3", "number of data sets, with the seeds seed, seed + 1 ...", IN(1, 100))   \
    X(INT, seed, "1", "seed of data and parameters", IN(0, 1000000))                               \
    X(REAL, t_end, "20",                                                                           \
      "horizon of the flows, time t; one whose bag comes near 0, where a norm is singular, ends "  \
      "there",                                                                                     \
      IN(0.1, 1e4))                                                                                \
    X(INT, points, "40", "outputs of a flow, evenly in time", IN(4, 1000))                         \
    X(REAL, rtol, "1e-12", "relative tolerance", IN(1e-13, 1e-6))                                  \
    X(INT, steps, "250", "steps of SGD at the first of `lrs`", IN(10, 100000))                     \
    X(INT, batch, "4", "sequences of a step", IN(1, 1000))                                         \
    X(REALS, lrs, "0.08,0.04,0.02,0.01",                                                           \
      "learning rates of SGD; steps times rate is the same for all", IN(1e-6, 1))                  \
    X(REALS, theorem1, "0,0.01,0.1,1",                                                             \
      "values of eta_u at which JoMA's Theorem 1 is tried (exp attention, residual, one query)",   \
      IN(0, 100))                                                                                  \
    X(FILE, text, "",                                                                              \
      "a text, or a folder of its splits, for the transformer; empty: the program's grammar")      \
    X(INT, text_words, "80", "how many of the most frequent words of `text` have a token",         \
      IN(3, 400), .only = "text")                                                                  \
    X(INT, text_steps, "200", "steps of the trainings on text; 0: none", IN(0, 1000000))           \
    X(INT, text_batch, "8", "sequences of a step", IN(1, 1000))                                    \
    X(INT, text_length, "16", "tokens of a sequence", IN(2, 512))                                  \
    X(INT, text_hidden, "16", "hidden units (GELU) of the MLP above; 0: a linear map",             \
      IN(0, 1000))                                                                                 \
    X(REAL, text_lr, "0.5", "learning rate of SGD on text; Adam's is a hundredth of it",           \
      IN(1e-6, 100))
PARAMS(token_law, TOKEN_LAW)

#define LAW(X)                                                                                     \
    X(TEXT, form, "attention, norm, heads")                                                        \
    X(INT, kept, "1: the law should hold; 0: a control")                                           \
    X(INT, data, "number of the data set")                                                         \
    X(REAL, t, "time t")                                                                           \
    X(INT, token, "token l")                                                                       \
    X(REAL, sum_z, "sum of the token's attention logits over queries and heads, over eta_z")       \
    X(REAL, half_u2, "|u_l|^2/(2 eta_u)")                                                          \
    X(REAL, bought, "sum_z less its start")                                                        \
    X(REAL, paid, "half_u2 less its start")                                                        \
    X(REAL, drift, "bought less paid: drift of the law")                                           \
    X(REAL, above, "sum_z above its floor: sum_z less its start, plus |u_l(0)|^2/(2 eta_u)")
TABLE(law, LAW, "the token law along flows")

#define LEDGER(X)                                                                                  \
    X(REAL, lr, "learning rate")                                                                   \
    X(INT, step, "steps made")                                                                     \
    X(INT, token, "token l")                                                                       \
    X(REAL, drift, "sum_z - half_u2, less its start")                                              \
    X(REAL, squares, "sum of |step of u_l|^2/(2 eta_u)")                                           \
    X(REAL, loss, "loss of the batch", .unit = "nat")
TABLE(ledger, LEDGER, "the token law along SGD")

#define THEOREM(X)                                                                                 \
    X(REAL, eta_u, "rate of the embeddings")                                                       \
    X(REAL, moved, "largest |z - z(0)|")                                                           \
    X(REAL, error,                                                                                 \
      "largest |z_l - (eta_z/(2 eta_w)) sum_k v_lk^2 - c_l|, v_k = U w_k, over "                   \
      "moved")                                                                                     \
    X(OPTIONAL, law,                                                                               \
      "largest |z_l - (eta_z/(2 eta_u)) |u_l|^2 - c_l|, over moved; empty for eta_u = 0")          \
    X(OPTIONAL, layers,                                                                            \
      "drift of W1^T W1/eta_w - (U^T U + E^T E)/eta_u, over what its first "                       \
      "term moved; eta_u > 0")
TABLE(theorem, THEOREM, "JoMA's Theorem 1 with trained embeddings")

#define TRAINED(X)                                                                                 \
    X(TEXT, form, "attention, norm, optimiser where it is not SGD")                                \
    X(INT, kept, "1: the law should hold; 0: a control")                                           \
    X(INT, step, "updates made")                                                                   \
    X(REAL, bought, "largest change of sum_m z_ml/eta_z over the tokens")                          \
    X(REAL, drift, "largest |change of sum_m z_ml/eta_z - |u_l|^2/(2 eta_u)|")                     \
    X(REAL, squares, "largest sum of |step of u_l|^2/(2 eta_u)")                                   \
    X(REAL, rest, "largest |drift + squares|")                                                     \
    X(REAL, loss, "loss of the minibatch", .unit = "nat")                                          \
    X(REAL, learnt, "first loss less this one", .unit = "nat")
TABLE(trained, TRAINED, "the token law on the transformer, trained on text")

/* trained.c; fills that table. */
enum attndyn_status token_law_on_text(const struct trial *run, const struct token_law *p);

extern const struct check *const token_law_claims[];

#endif
