/* Everything learns, embeddings, values, queries and keys: what is conserved, and what the Gram
 * matrix of the embeddings is. What a user sets and what a run emits. */
#ifndef EMBED_BALANCE_BALANCE_H
#define EMBED_BALANCE_BALANCE_H

#include "experiments/shared/authors.h"

#define BALANCE(X)                                                                                 \
    AUTHORS_DATA(X)                                                                                \
    X(INT, width, "14", "width d; at least the number of tokens M", IN(4, 60))                     \
    X(REAL, eta_u, "0.7", "rate of the embeddings U, eta_u", IN(1e-3, 1e3), .symbol = "η_u")       \
    X(REAL, eta_v, "3", "rate of the values W_V, eta_v", IN(1e-3, 1e3), .symbol = "η_v")           \
    X(REAL, eta_w, "2", "rate of W = W_Q W_K^T, or of W_Q and W_K, eta_w", IN(1e-3, 1e3),          \
      .symbol = "η_w")                                                                             \
    X(REAL, start_sd, "0.3",                                                                       \
      "standard deviation of the entries of W_V and W at the random starts", IN(0, 2))             \
    X(INT, seed, "1", "seed of the starts", IN(0, 1000000))                                        \
    X(REAL, t_end, "20", "horizon, time t", IN(0.1, 1e4))                                          \
    X(INT, points, "40", "outputs, logarithmic in time from t_end/1000 on", IN(6, 1000))           \
    X(REAL, rtol, "1e-12", "relative tolerance", IN(1e-13, 1e-6))
PARAMS(balance, BALANCE)

#define LAWS(X)                                                                                    \
    X(TEXT, form, "W as one, or W_Q and W_K apart; zero or random start")                          \
    X(REAL, t, "time t")                                                                           \
    X(REAL, law, "largest drift of the d x d form, over its largest entry")                        \
    X(REAL, heads, "the same of W_Q^T W_Q - W_K^T W_K; 0 with W as one")                           \
    X(REAL, control, "the same of the form without its term in W")                                 \
    X(REAL, moved, "|U - U(0)|/|U(0)|, Frobenius")
TABLE(laws, LAWS, "conserved forms over time")

#define GRAM(X)                                                                                    \
    X(TEXT, start, "orthonormal or gaussian embeddings")                                           \
    X(REAL, t, "time t")                                                                           \
    X(REAL, loss, "loss, cross-entropy", .unit = "nat")                                            \
    X(REAL, size, "|Gamma - I|, Frobenius")                                                        \
    X(REAL, residual,                                                                              \
      "difference of the two sides of Gamma (Gamma - I)/eta_u = ..., over the left one, "          \
      "Frobenius")                                                                                 \
    X(REAL, early, "first order less Gamma - I, over |Gamma - I|, Frobenius")                      \
    X(OPTIONAL, closed, "largest distance of (Y, Z, Gamma) from their own flow")
TABLE(gram, GRAM, "the Gram matrix Gamma = U U^T over time")

#define ENTRIES(X)                                                                                 \
    X(REAL, t, "time t")                                                                           \
    X(INT, row, "token of the row")                                                                \
    X(INT, column, "token of the column")                                                          \
    X(REAL, left, "Gamma (Gamma - I)/eta_u")                                                       \
    X(REAL, right, "(Y Gamma^-1 Y^T + Y^T Gamma^-1 Y)/eta_v + (the same of Z)/eta_w")
TABLE(entries, ENTRIES, "the two sides of its equation, entry by entry, at t_end")

#define SPECTRUM(X)                                                                                \
    X(REAL, t, "time t")                                                                           \
    X(INT, index, "place, from the smallest")                                                      \
    X(REAL, value, "eigenvalue of Gamma")
TABLE(spectrum, SPECTRUM, "the eigenvalues of Gamma over time")

extern const struct check *const balance_claims[];

#endif
