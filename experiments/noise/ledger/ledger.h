/* Conserved forms under SGD: the only drift is the form evaluated at the steps. What a user sets
 * and what a run emits; ledger.c computes, claims.c judges. */
#ifndef NOISE_LEDGER_LEDGER_H
#define NOISE_LEDGER_LEDGER_H

#include "experiments/shared/authors.h"

#define LEDGER(X)                                                                                  \
    AUTHORS_DATA(X)                                                                                \
    X(INT, width, "13", "width d of the parameters", IN(4, 60))                                    \
    X(REAL, eta_u, "0.7", "rate of the embedding U, times lr", IN(1e-3, 1e3))                      \
    X(REAL, eta_v, "3", "rate of W_V, times lr", IN(1e-3, 1e3))                                    \
    X(REAL, eta_w, "2", "rate of W = W_Q W_K^T, or of W_Q and W_K, times lr", IN(1e-3, 1e3))       \
    X(REAL, lr, "0.05", "learning rate lr", IN(1e-4, 1))                                           \
    X(INT, steps, "400", "steps, a minibatch each", IN(10, 100000))                                \
    X(INT, batch, "2", "classes drawn for a minibatch", IN(1, 1000))                               \
    X(REAL, start_sd, "0.3", "standard deviation of the entries of W_V and W at the start",        \
      IN(0, 2))                                                                                    \
    X(INT, seed, "1", "seed of starts and minibatches", IN(0, 1000000))
PARAMS(ledger, LEDGER)

#define ENTRIES(X)                                                                                 \
    X(TEXT, form, "form that the flow conserves")                                                  \
    X(INT, step, "steps made")                                                                     \
    X(REAL, drift, "largest change of an entry since the start")                                   \
    X(REAL, explained, "largest entry of the sum of the same form of the steps")                   \
    X(REAL, left, "largest entry of the difference of the two")                                    \
    X(REAL, loss, "loss of the minibatch or of the population", .unit = "nat")
TABLE(entries, ENTRIES, "the ledgers, step by step")

extern const struct check *const ledger_claims[];

#endif
