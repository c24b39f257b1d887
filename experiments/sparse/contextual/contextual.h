/* How much of a network a token needs: the loss against the share of units that is kept, chosen
 * for each token, once for all, or at random; exact zeros; unions over batches.
 * What a user sets and what a run emits; contextual.c computes, hidden_units.c looks at hidden
 * units, claims.c judges. */
#ifndef SPARSE_CONTEXTUAL_CONTEXTUAL_H
#define SPARSE_CONTEXTUAL_CONTEXTUAL_H

#include "experiments/sparse/shared/looked.h"

#define CONTEXTUAL(X)                                                                              \
    LOOKED(X)                                                                                      \
    X(REALS, shares, "0.05,0.1,0.2,0.3,0.5,0.75,1", "shares of the units that are kept",           \
      IN(1e-6, 1))                                                                                 \
    X(REAL, batch_share, "0.2", "share of each token's units whose union over a batch is taken",   \
      IN(1e-6, 1))
PARAMS(contextual, CONTEXTUAL)

#define SHARES(X)                                                                                  \
    X(TEXT, network, "swiglu, relu: trained here (-2 ...: other seeds); model")                    \
    X(TEXT, part, "mlp or heads")                                                                  \
    X(TEXT, choose, "contextual (an oracle), static, random")                                      \
    X(REAL, share, "asked for")                                                                    \
    X(INT, kept, "units of a layer that are kept")                                                 \
    X(INT, units, "that it has")                                                                   \
    X(REAL, nll, "mean loss", .unit = "nat")                                                       \
    X(REAL, excess, "less that of all units, paired by sequence", .unit = "nat")                   \
    X(REAL, error, "standard error of the excess over sequences", .unit = "nat")
TABLE(shares, SHARES, "the loss with a part of the units")

#define UNITS(X)                                                                                   \
    X(TEXT, network, "swiglu, relu, model")                                                        \
    X(INT, layer, "from the lowest, 0")                                                            \
    X(REAL, zero, "share of a token's hidden units that are exactly 0")                            \
    X(REAL, within1,                                                                               \
      "smallest share of the units, the heaviest, whose sum is within 1 % of the MLP's output, "   \
      "median over tokens")                                                                        \
    X(REAL, within5, "within 5 %")                                                                 \
    X(REAL, within10, "within 10 %")
TABLE(units, UNITS, "hidden units of each layer")

#define UNIONS(X)                                                                                  \
    X(TEXT, network, "swiglu, relu, model")                                                        \
    X(INT, batch, "B: tokens at the same place of B sequences")                                    \
    X(REAL, share, "of the units that at least one of them has among its heaviest, mean")          \
    X(REAL, independent, "1 - (1 - s)^B: sets that have nothing to do with each other")
TABLE(unions, UNIONS, "what a batch of tokens needs")

#define NETWORKS(X)                                                                                \
    X(TEXT, network, "swiglu, relu, model")                                                        \
    X(REAL, dense, "loss with all units", .unit = "nat")                                           \
    X(REAL, whole, "largest difference of a token's loss with share 1 from that", .unit = "nat")   \
    X(OPTIONAL, zeros,                                                                             \
      "ReLU: largest difference of a token's loss where only units that are exactly 0 are left "   \
      "out",                                                                                       \
      .unit = "nat")                                                                               \
    X(REAL, mlp, "smallest of `shares` of hidden units, contextual, at an excess of at most 1 %")  \
    X(REAL, heads, "the same of heads")                                                            \
    X(REAL, read, "share of the layers' weights that is then read")                                \
    X(REAL, fewer, "the inverse: the talk's seven")                                                \
    X(REAL, fewer_low, "the same where two standard errors are added to every excess")             \
    X(REAL, fewer_high, "... are taken from it")                                                   \
    X(REAL, mlp_slide, "excess with a twentieth of the hidden units, over the loss")               \
    X(REAL, mlp_slide_error, "its standard error")                                                 \
    X(INT, leaked, "evaluated sequences found in the text that static choices were made from")
TABLE_AS(network_row, "networks", NETWORKS, "each network in short")

/* hidden_units.c: rows of `units` and `unions`; *zeros: the smallest share of exact zeros that a
 * token has, over layers. */
enum attndyn_status contextual_survey(const struct trial *run, const struct contextual *p,
                                      const struct looked *l, double *zeros);

extern const struct check *const contextual_claims[];

#endif
