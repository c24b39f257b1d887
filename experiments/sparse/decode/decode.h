/* What a decode step costs when only the predicted units' weights are read: bytes, exactly, and
 * time, where a clock is asked for. What a user sets and what a run emits; decode.c measures,
 * claims.c judges. */
#ifndef SPARSE_DECODE_DECODE_H
#define SPARSE_DECODE_DECODE_H

#include "experiments/sparse/shared/looked.h"

#define DECODE(X)                                                                                  \
    LOOKED_AT(X, )                                                                                 \
    X(BOOL, untrained, "false",                                                                    \
      "one network of the shape, with ReLU, as it starts: for times, where what it says does not " \
      "matter")                                                                                    \
    X(REALS, shares, "0.1,0.2,0.5,0.9", "shares of the hidden units that are read", IN(1e-6, 1))   \
    X(INT, rank, "16", "rank of the predictors", IN(1, 65536))                                     \
    X(INT, rounds, "0",                                                                            \
      "timed rounds, in each of which dense, gathered and predicted run in turn; 0: no "           \
      "clock, and the same bytes every time",                                                      \
      IN(0, 1000))
PARAMS(decode, DECODE)

#define READ(X)                                                                                    \
    X(TEXT, network, "swiglu, relu (-2 ...: other seeds), model, untrained")                       \
    X(REAL, share, "of the hidden units")                                                          \
    X(REAL, maps, "numbers of the MLPs that a token reads, mean")                                  \
    X(REAL, predictor, "numbers of the predictors that it reads")                                  \
    X(REAL, whole, "numbers of the MLPs that dense decoding reads")                                \
    X(REAL, fewer, "whole over maps and predictor")
TABLE_AS(read_row, "read", READ, "numbers that a token reads")

#define TIMES(X)                                                                                   \
    X(TEXT, network, "swiglu, relu, model, untrained")                                             \
    X(REAL, share, "of the hidden units")                                                          \
    X(REAL, dense, "CPU time of a decode step with all units, median over rounds", .unit = "ms")   \
    X(REAL, given, "where the units are known for nothing (the same for all tokens)",              \
      .unit = "ms")                                                                                \
    X(REAL, predicted, "where predictors say them", .unit = "ms")                                  \
    X(REAL, faster, "dense over predicted, median of the ratios within a round")                   \
    X(REAL, faster_low, "its lower quartile")                                                      \
    X(REAL, faster_high, "its upper one")
TABLE(times, TIMES, "times of a decode step (rounds > 0)")

#define NETWORKS(X)                                                                                \
    X(TEXT, network, "swiglu, relu, model, untrained")                                             \
    X(REAL, megabytes, "of its MLPs", .unit = "MB")                                                \
    X(REAL, whole, "largest difference of a logit, all units gathered, from dense decoding")       \
    X(REAL, chosen, "the same of predicted units, gathered, from units computed and made 0")       \
    X(OPTIONAL, zeros, "ReLU: share of the units of a token that are 0 and were not read again")   \
    X(REAL, even_bytes,                                                                            \
      "share at which predictor and chosen units are as many numbers as all units; 0: none")       \
    X(OPTIONAL, even_time,                                                                         \
      "share at which they take as long, between two of `shares`; 0: none; empty: not timed, or "  \
      "never slower")                                                                              \
    X(OPTIONAL, cache, "the last cache, measured; empty: not timed", .unit = "MB")
TABLE_AS(network_row, "networks", NETWORKS, "each network in short")

extern const struct check *const decode_claims[];

#endif
