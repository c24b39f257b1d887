/* A token when blocks are shared, its memory traffic and its time: what a user sets and what a run
 * emits. latency.c simulates, measured.c has the clock, claims.c judges. */
#ifndef MOBILE_LATENCY_LATENCY_H
#define MOBILE_LATENCY_LATENCY_H

#include "experiments/frame/contract/typed.h"

#define LATENCY(X)                                                                                  \
    X(INT, blocks, "30", "L, different blocks", IN(1, 1000))                                        \
    X(INT, times, "2", "how often each block is used where blocks are shared", IN(2, 8))            \
    X(INT, width, "576", "width d; the defaults are those of MobileLLM-125M", IN(1, 65536))         \
    X(INT, hidden, "1536", "units of the gated MLP", IN(1, 1048576))                                \
    X(INT, heads, "9", "attention heads", IN(1, 1024))                                              \
    X(INT, kv_heads, "3", "key and value heads", IN(1, 1024))                                       \
    X(INT, vocabulary, "32000", "tokens V; the decoder is the embedding", IN(1, 10000000))          \
    X(REAL, bytes, "2", "bytes of a weight", IN(0.1, 8))                                            \
    X(REALS, caches, "1,4,8,16,32,64,128,256,512,1024", "sizes of the last cache, MB",              \
      IN(1e-3, 1e9))                                                                                \
    X(REAL, memory_rate, "28",                                                                      \
      "bandwidth of memory; the default is that of one core of the machine that the "               \
      "notes describe",                                                                             \
      IN(1e-3, 1e6), .unit = "GB/s")                                                                \
    X(REAL, cache_rate, "100", "bandwidth of the cache", IN(1e-3, 1e6), .unit = "GB/s")             \
    X(REAL, phone_cache, "20",                                                                      \
      "last cache of the phones in the model: a guess, as that of a given phone is not known here", \
      IN(1e-3, 1e6), .unit = "MB")                                                                  \
    X(INT, rounds, "0",                                                                             \
      "timed rounds of load, init and execute on this machine, random weights in BF16, in each of " \
      "which all schemes run in turn; 0: the model alone, and the same bytes every time",           \
      IN(0, 1000))
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
TABLE(traffic, TRAFFIC, "every scheme at every cache")

#define DEVICES(X)                                                                                 \
    X(TEXT, device, "by the model, on paper")                                                      \
    X(REAL, memory, "its memory", .unit = "GB")                                                    \
    X(REAL, cache, "its last cache, phone_cache=", .unit = "MB")                                   \
    X(TEXT, scheme, "as in traffic")                                                               \
    X(REAL, weights, "numbers, each once", .unit = "MB")                                           \
    X(REAL, share, "of its memory that they take")                                                 \
    X(REAL, from_memory, "weights of a token that come from memory", .unit = "MB")                 \
    X(REAL, time, "of a token, at memory_rate and cache_rate", .unit = "ms")
TABLE(devices, DEVICES, "phones, by the model")

#define SLIDE(X)                                                                                   \
    X(TEXT, size,                                                                                  \
      "inside: a network that fits the last cache; beyond: blocks of 1.6 MB, two and a half "      \
      "times the last cache; given: the shape of the parameters")                                  \
    X(TEXT, scheme, "L unique, the same blocks several times, or as many different ones")          \
    X(REAL, weights, "each once, BF16", .unit = "MB")                                              \
    X(REAL, block, "of one block", .unit = "MB")                                                   \
    X(REAL, read, "weights that a token reads", .unit = "MB")                                      \
    X(REAL, beyond, "the L blocks over the last cache")                                            \
    X(REAL, load, "wall time to read so many bytes of a file, just written", .unit = "ms")         \
    X(REAL, init, "wall time to make what decoding has beside the weights", .unit = "ms")          \
    X(REAL, execute, "CPU time of a token, median over rounds", .unit = "ms")                      \
    X(REAL, rate, "read over execute", .unit = "GB/s")                                             \
    X(REAL, over_deep, "execute over that of as many different blocks, median within a round")     \
    X(REAL, over_low, "its lower quartile")                                                        \
    X(REAL, over_high, "its upper one")
TABLE(slide, SLIDE, "load, init, execute: empty without a clock")

#define RATES(X)                                                                                   \
    X(REAL, working, "working set", .unit = "MB")                                                  \
    X(REAL, rate, "at which sums over it read", .unit = "GB/s")
TABLE(rates, RATES, "the machine's, against the working set: empty without a clock")

#define SUMMARY(X)                                                                                 \
    X(REAL, block, "weights of a block", .unit = "MB")                                             \
    X(REAL, decoder, "weights of the decoder", .unit = "MB")                                       \
    X(OPTIONAL, shared_over_deep,                                                                  \
      "time of immediate sharing over that of different blocks, at the largest cache which holds " \
      "a block and not the L of them; empty: none does")                                           \
    X(REAL, slide, "the talk's: 16.0 ms over 29.0 ms")                                             \
    X(REAL, slide_rates,                                                                           \
      "cache over memory rate at which immediate sharing costs the talk's 16.0 ms over 15.6 ms")   \
    X(OPTIONAL, last_cache, "of this machine, measured; empty: rounds=0", .unit = "MB")
SCALARS(summary, SUMMARY)

/* measured.c: rows of `slide` and `rates`; *last_cache in MB. */
enum attndyn_status latency_measure(const struct trial *run, const struct latency *p,
                                    double *last_cache);

extern const struct check *const latency_claims[];

#endif
