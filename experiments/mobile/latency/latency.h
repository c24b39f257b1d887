/* Memory traffic of a token when blocks are shared: what a user sets and what a run emits.
 * latency.c simulates, claims.c judges. */
#ifndef MOBILE_LATENCY_LATENCY_H
#define MOBILE_LATENCY_LATENCY_H

#include "experiments/frame/contract/typed.h"

#define LATENCY(X)                                                                                 \
    X(INT, blocks, "30", "L, different blocks", IN(1, 1000))                                       \
    X(INT, times, "2", "how often each block is used where blocks are shared", IN(2, 8))           \
    X(INT, width, "576", "width d; the defaults are those of MobileLLM-125M", IN(1, 65536))        \
    X(INT, hidden, "1536", "units of the gated MLP", IN(1, 1048576))                               \
    X(INT, heads, "9", "attention heads", IN(1, 1024))                                             \
    X(INT, kv_heads, "3", "key and value heads", IN(1, 1024))                                      \
    X(INT, vocabulary, "32000", "tokens V; the decoder is the embedding", IN(1, 10000000))         \
    X(REAL, bytes, "2", "bytes of a weight", IN(0.1, 8))                                           \
    X(REALS, caches, "1,4,8,16,32,64,128,256,512,1024", "sizes of the last cache, MB",             \
      IN(1e-3, 1e9))                                                                               \
    X(REAL, memory_rate, "28",                                                                     \
      "bandwidth of memory; the default is that of one core of the machine that the "              \
      "notes describe",                                                                            \
      IN(1e-3, 1e6), .unit = "GB/s")                                                               \
    X(REAL, cache_rate, "100", "bandwidth of the cache", IN(1e-3, 1e6), .unit = "GB/s")
PARAMS(latency, LATENCY)

#define SCHEME(C)                                                                                  \
    C(UNIQUE, "unique")                                                                            \
    C(IMMEDIATE, "immediate") C(REPEAT, "repeat") C(REVERSE, "reverse") C(DEEP, "deep")
CHOICES(scheme, SCHEME)
enum { SCHEMES = DEEP + 1 };

#define TRAFFIC(X)                                                                                 \
    X(REAL, cache, "size of the last cache", .unit = "MB")                                         \
    X(TEXT, scheme,                                                                                \
      "unique: L blocks once; immediate, repeat, reverse: L blocks `times`; deep: L `times` "      \
      "different ones")                                                                            \
    X(REAL, read, "weights that a token's products read", .unit = "MB")                            \
    X(REAL, memory, "of them from memory, the cache simulated", .unit = "MB")                      \
    X(REAL, distance, "the same from stack distances", .unit = "MB")                               \
    X(REAL, time, "of a token: both at their rates", .unit = "ms")
TABLE(traffic, TRAFFIC)

#define SUMMARY(X)                                                                                 \
    X(REAL, block, "weights of a block", .unit = "MB")                                             \
    X(REAL, decoder, "of the decoder", .unit = "MB")                                               \
    X(OPTIONAL, shared_over_deep,                                                                  \
      "time of immediate sharing over that of different blocks, at the largest cache which holds " \
      "a block and not the L of them; empty: none does")                                           \
    X(REAL, slide, "the talk's: 16.0 ms over 29.0 ms")                                             \
    X(REAL, slide_rates,                                                                           \
      "cache over memory rate at which immediate sharing costs the talk's 16.0 ms over 15.6 ms")
SCALARS(summary, SUMMARY)

extern const struct check *const latency_claims[];

#endif
