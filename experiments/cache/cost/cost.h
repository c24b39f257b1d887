/* What a token costs against the number of keys kept: counted while it is done, and in closed form.
 * What a user sets and what a run emits; cost.c counts, claims.c judges. */
#ifndef CACHE_COST_COST_H
#define CACHE_COST_COST_H

#include "experiments/frame/contract/typed.h"
#include "theory/cache/cost.h"

#define COST(X)                                                                                    \
    X(REALS, slots, "8,16,32,64", "L, the number of keys that a query sees at most", IN(6, 65536)) \
    X(INT, length, "257", "tokens of the stream, at least 2 L + 1 of the largest L",               \
      IN(13, 100000000))                                                                           \
    X(INT, layers, "2",                                                                            \
      "layers of the network; its weights are drawn, since counts do not depend on them",          \
      IN(1, 100))                                                                                  \
    X(INT, width, "32", "width d", IN(4, 8192))                                                    \
    X(INT, heads, "4", "query heads of a layer", IN(1, 256))                                       \
    X(INT, kv_heads, "2", "key-value heads of a layer", IN(1, 256))                                \
    X(INT, hidden, "88", "units of the gated MLP", IN(1, 1048576))                                 \
    X(INT, vocabulary, "64", "number of tokens", IN(2, 1048576))                                   \
    X(INT, seed, "1", "seed of the weights and tokens")                                            \
    X(BOOL, clock, "false",                                                                        \
      "also measure each scheme's CPU time, by one thread; such a run never gives the "            \
      "same bytes twice")
PARAMS(cost, COST)

#define TOKEN(X)                                                                                   \
    X(TEXT, scheme, "dense, window, streaming (four sinks), recomputation")                        \
    X(INT, slots, "L; of dense for comparison")                                                    \
    X(REAL, keys, "that a query sees, mean over the second half of the stream, counted")           \
    X(REAL, attention, "multiply-adds of attention for a token there, counted")                    \
    X(REAL, maps, "multiply-adds of the linear maps and the logits, counted")                      \
    X(REAL, theory, "those of attention in closed form")                                           \
    X(REAL, bytes, "of keys and values looked at for a token, F32: one key-value head's once")     \
    X(REAL, weights, "bytes of weights read for a token, F32, where each pass reads them once")    \
    X(REAL, turned, "keys turned for a token, all layers: as it comes, or anew in each pass")      \
    X(OPTIONAL, microseconds, "CPU time of a token, one thread; empty where clock=false",          \
      .unit = "us")
TABLE_AS(token_row, "token", TOKEN, "a token's cost")

#define TOTALS(X)                                                                                  \
    X(TEXT, scheme, "as in token")                                                                 \
    X(INT, slots, "L")                                                                             \
    X(REAL, counted, "pairs of a query and a key over the whole stream, layers and heads")         \
    X(REAL, theory, "in closed form")                                                              \
    X(REAL, kept,                                                                                  \
      "by the sizes of the lists of kept keys after each token; 0: no list, of "                   \
      "recomputation")
TABLE(totals, TOTALS, "pairs of the whole stream")

#define CROSSING(X)                                                                                \
    X(TEXT, network, "this: the one above; published ones as their configs have them")             \
    X(REAL, maps, "multiply-adds of a token's maps and logits")                                    \
    X(OPTIONAL, counted, "numbers of its matrices, one by one; this network alone")                \
    X(REAL, per_key, "multiply-adds of attention for each key that it sees")                       \
    X(REAL, slots, "keys from which attention makes more")                                         \
    X(OPTIONAL, below, "attention over maps, counted, at the largest L below; this network alone") \
    X(OPTIONAL, above, "the same one key later")
TABLE(crossing, CROSSING, "where attention passes the maps")

extern const struct check *const cost_claims[];

#endif
