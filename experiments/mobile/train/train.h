/* One small language model of a given shape: what it has, what it costs, what it learns. What a
 * user sets and what a run emits; train.c trains and counts, claims.c judges. */
#ifndef MOBILE_TRAIN_TRAIN_H
#define MOBILE_TRAIN_TRAIN_H

#include "experiments/mobile/shared/blocks.h"

#define TRAIN(X)                                                                                   \
    NETWORK_RECIPE(X, "400", "32", "32", "2", "4")                                                 \
    X(INT, kv_heads, "0", "key and value heads of a layer; 0: as many as heads", IN(0, 256))       \
    X(INT, hidden, "0", "units of the gated MLP; 0: 8/3 of the width, rounded up to 8",            \
      IN(0, 1048576))                                                                              \
    X(BOOL, tied, "true", "the decoder is the embedding")                                          \
    X(CHOICE, sharing, "none",                                                                     \
      "how the blocks of `layers` stand in a deeper network: none; immediate A A B B; repeat "     \
      "A B A B; reverse A B B A")                                                                  \
    X(INT, times, "2", "how often each block is used where blocks are shared", IN(1, 16))
PARAMS(mobile_train, TRAIN)

#define COUNTS(X)                                                                                  \
    X(TEXT, kind, "embedding, attention, mlp, norm, decoder")                                      \
    X(INT, numbers, "weights of the kind, each once")                                              \
    X(INT, used,                                                                                   \
      "the same, each as often as a token meets it; of the embedding a token meets one "           \
      "row")
TABLE(counts, COUNTS, "weights by kind")

#define DEPTHS(X)                                                                                  \
    X(INT, depth, "from the lowest, 0")                                                            \
    X(INT, block, "that it uses")
TABLE(depths, DEPTHS, "the block of each depth")

#define EXACT(X)                                                                                   \
    X(TEXT, what, "shared, tied, grouped")                                                         \
    X(REAL, off, "largest difference, of the largest number compared")                             \
    X(INT, compared, "numbers compared")
TABLE(exact, EXACT, "sharing, tying and grouping")

#define SUMMARY(X)                                                                                 \
    X(REAL, valid_loss, "on the last tenth of the text", .unit = "nat/byte")                       \
    X(REAL, byte_loss, "there, by the frequencies of bytes in the rest", .unit = "nat/byte")       \
    X(REAL, depth, "layers that a token passes")                                                   \
    X(REAL, weights, "numbers, each once")                                                         \
    X(REAL, body, "the same without embedding and decoder")                                        \
    X(REAL, flops, "operations for a token of a full context, forward; training: three times")     \
    X(REAL, bytes, "of weights that decoding reads for a token, F32, each use")                    \
    X(REAL, cache, "bytes of keys and values that a token leaves, F32")
SCALARS(summary, SUMMARY)

extern const struct check *const mobile_train_claims[];

#endif
