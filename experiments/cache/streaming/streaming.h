/* StreamingLLM's comparison: the loss over streams longer than the training length, under dense
 * attention, a window, re-computation, and a window with the first tokens kept.
 * What a user sets and what a run emits; streaming.c computes, claims.c judges. */
#ifndef CACHE_STREAMING_STREAMING_H
#define CACHE_STREAMING_STREAMING_H

#include "experiments/shared/networks.h"

#define STREAMING(X)                                                                               \
    NETWORK_RECIPES(X, "800", "32", "32", "2", "4")                                                \
    X(REALS, seeds, "1", "seeds of the networks; verdicts are over all of them", IN(0, 1e15))      \
    X(INT, streams, "12", "streams of the validation text for each seed", IN(2, 10000))            \
    X(INT, contexts, "8", "length of a stream, in training lengths", IN(3, 1000))                  \
    X(INT, skip, "2", "training lengths at the beginning of a stream that averages leave out",     \
      IN(1, 100))                                                                                  \
    X(INT, slots, "0", "keys that a query sees at most, its own included; 0: the training length", \
      IN(0, 65536))                                                                                \
    X(REALS, sinks, "0,1,2,4,8", "first tokens kept, of the table `sinks`; 4 is StreamingLLM's",   \
      IN(0, 65535))                                                                                \
    X(BOOL, recomputation, "true",                                                                 \
      "also evaluate re-computation: a fresh pass for every token, whose cost grows as "           \
      "the square of the slots")                                                                   \
    X(BOOL, control, "true", "for each seed train a control, too: a network without BOS")          \
    X(BOOL, clock, "false",                                                                        \
      "also measure each scheme's CPU time; such a run never gives the same bytes twice")          \
    X(INT, long_contexts, "64",                                                                    \
      "length of the streams on which a drift of the loss is looked for, in training "             \
      "lengths; 0: none",                                                                          \
      IN(0, 100000))
PARAMS(streaming, STREAMING)

#define SCHEMES(X)                                                                                 \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, trained, "bos: every training sequence begins with BOS; plain: the control without")   \
    X(TEXT, scheme,                                                                                \
      "dense, window, streaming, recomputation (BOS put in front), recomputation-plain")           \
    X(INT, slots, "keys at most; 0: all")                                                          \
    X(INT, sinks, "first tokens kept")                                                             \
    X(REAL, nll, "mean loss behind the skipped beginning", .unit = "nat")                          \
    X(REAL, perplexity, "exp of it")                                                               \
    X(REAL, excess, "loss less that of `streaming`, paired by stream", .unit = "nat")              \
    X(REAL, error, "standard error of the excess over streams", .unit = "nat")                     \
    X(REAL, keys, "keys that a token's query sees, mean")                                          \
    X(REAL, operations,                                                                            \
      "multiply-adds of attention a token: scores and sums of values, all layers")                 \
    X(OPTIONAL, microseconds, "CPU time a token, mean over the stream; empty where clock=false",   \
      .unit = "us")
TABLE(schemes, SCHEMES, "the schemes compared")

#define SINKS(X)                                                                                   \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, trained, "bos or plain")                                                               \
    X(INT, sinks, "first tokens kept, of `slots` keys")                                            \
    X(REAL, nll, "mean loss", .unit = "nat")                                                       \
    X(REAL, excess, "less that of four sinks, paired by stream", .unit = "nat")                    \
    X(REAL, error, "its standard error over streams", .unit = "nat")
TABLE(sinks, SINKS, "how many first tokens are kept")

#define COURSE(X)                                                                                  \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, scheme, "as in the table schemes; networks trained with BOS")                          \
    X(REAL, position, "middle of the bin, in training lengths")                                    \
    X(REAL, nll, "mean loss of the bin", .unit = "nat")
TABLE(course, COURSE, "loss along the stream")

#define DRIFT(X)                                                                                   \
    X(INT, seed, "of the network")                                                                 \
    X(INT, from, "first position of the eighth of the stream")                                     \
    X(REAL, nll, "mean loss there, streaming", .unit = "nat")                                      \
    X(REAL, error, "standard error over streams", .unit = "nat")
TABLE(drift, DRIFT, "loss along streams of long_contexts")

#define EXACT(X)                                                                                   \
    X(INT, seed, "of the network")                                                                 \
    X(REAL, no_eviction,                                                                           \
      "largest difference of a token's loss: streaming with room for all, and "                    \
      "dense")                                                                                     \
    X(REAL, no_sinks, "streaming without sinks, and window")                                       \
    X(REAL, routes,                                                                                \
      "the slot list, token by token, and one pass under masks; relative to the loss")             \
    X(REAL, blocks, "the slot list in blocks, and token by token; relative to the loss")
TABLE(exact, EXACT, "what must be equal")

extern const struct check *const streaming_claims[];

#endif
