/* What 8-bit states, GaLore and updates layer by layer cost: bytes, and on request time.
 * What a user sets and what a run emits; counted.c has the bytes of a large model, engine.c trains
 * a small one, claims.c judges. */
#ifndef LOWRANK_THROUGHPUT_THROUGHPUT_H
#define LOWRANK_THROUGHPUT_THROUGHPUT_H

#include "experiments/lowrank/shared/pupil.h"

#define THROUGHPUT(X)                                                                              \
    X(INT, d, "4096",                                                                              \
      "hidden size d of the large model that is counted; the defaults are LLaMA 7B's", IN(1, 1e6)) \
    X(INT, f, "11008", "intermediate size f of the large model", IN(1, 1e7))                       \
    X(INT, blocks, "32", "layers of the large model", IN(1, 1e4))                                  \
    X(INT, vocab, "32000", "vocabulary of the large model", IN(1, 1e7))                            \
    X(REALS, ranks, "128,256,512,1024", "ranks r that are counted", IN(1, 1e6))                    \
    X(INT, rank, "16", "rank r of the trainings", IN(1, 8192))                                     \
    X(INT, gap, "4", "updates of the trainings between two renewals of the subspace",              \
      IN(1, 1000000))                                                                              \
    X(INT, min_8bit, "1024", "states of fewer numbers stay in 32 bits", IN(1, 1000000000))         \
    X(BOOL, clock, "false",                                                                        \
      "also time the trainings, CPU seconds of one thread, and take the process's peak memory: "   \
      "such a run does not give the same bytes twice")                                             \
    NETWORK_RECIPE_AT(X, "8", "32", "64", "2", "4", "1e-2", "0")
PARAMS(throughput, THROUGHPUT)

#define COUNTED(X)                                                                                 \
    X(TEXT, method, "adam, adam8bit, galore, galore8bit")                                          \
    X(INT, rank, "rank r of galore; 0: full rank")                                                 \
    X(INT, retain, "1: the gradient of the whole model is held; 0: of one tensor at a time")       \
    X(INT, weights, "weights, BF16", .unit = "B")                                                  \
    X(INT, moments, "moments, BF16, or 8 bits with a scale of 32 bits for 2,048 of them",          \
      .unit = "B")                                                                                 \
    X(INT, scales, "scales among the moments", .unit = "B")                                        \
    X(INT, projector, "projectors, BF16", .unit = "B")                                             \
    X(INT, gradients, "gradients, BF16", .unit = "B")                                              \
    X(INT, total, "weights, moments, projectors and gradients", .unit = "B")                       \
    X(INT, closed, "weights, moments and projector by the closed form, without scales",            \
      .unit = "B")                                                                                 \
    X(REAL, total_GB, "total / 1e9", .unit = "GB")                                                 \
    X(OPTIONAL, measured, "memory measured by the paper's authors, activations included",          \
      .unit = "GB")
TABLE(counted, COUNTED, "bytes of the large model")

#define ENGINE(X)                                                                                  \
    X(TEXT, method, "adam, adam8bit, galore, galore8bit")                                          \
    X(INT, retain, "1: gradients of the whole network are held; 0: weights move layer by layer")   \
    X(INT, weights, "weights, F32", .unit = "B")                                                   \
    X(INT, gradients, "gradients, F32", .unit = "B")                                               \
    X(INT, states, "optimiser states: moments and projectors", .unit = "B")                        \
    X(INT, activations, "activations and the backward pass's buffers", .unit = "B")                \
    X(INT, text, "the text that is trained on", .unit = "B")                                       \
    X(INT, held,                                                                                   \
      "all that is asked of the allocator for this training, at its largest: weights, "            \
      "gradients, states, activations, text, minibatch, and the workspace of an update",           \
      .unit = "B")                                                                                 \
    X(INT, workspace, "workspace of an update, given back after it: the largest is a renewal's",   \
      .unit = "B")                                                                                 \
    X(INT, states_expected, "optimiser states by the shapes of the maps", .unit = "B")             \
    X(INT, gradients_expected, "gradients by the shapes of the maps", .unit = "B")                 \
    X(REAL, loss, "loss of the last minibatch", .unit = "nat/byte")                                \
    X(OPTIONAL, tokens, "tokens a CPU second; empty with clock=false", .unit = "1/s")              \
    X(OPTIONAL, svd, "share of the time that the renewals take, at the gap of the run")            \
    X(OPTIONAL, svd_200, "the share that they would take at a gap of 200")                         \
    X(OPTIONAL, peak,                                                                              \
      "largest resident memory of the process above what it held before the training; empty "      \
      "with clock=false, or where the system does not count it",                                   \
      .unit = "B")
TABLE(engine, ENGINE, "trainings of the small network")

#define GAUGE(X)                                                                                   \
    X(TEXT, freed, "what becomes of memory that was freed before: given back, or kept")            \
    X(INT, asked, "size of a block that is asked for and written to", .unit = "B")                 \
    X(OPTIONAL, measured, "resident memory that it takes, measured as peak is", .unit = "B")
TABLE(gauge, GAUGE, "the measurement of memory on a block of known size, with clock=true")

/* peak.c: resident memory of the process since a moment; NaN where the system does not count it. */
struct peak {
    double base; /* bytes */
};
struct peak peak_begin(void);
double peak_so_far(const struct peak *peak);
/* The same of a block of known size. */
enum attndyn_status throughput_gauge(const struct trial *run);

enum { KINDS = 4 };
extern const char *const throughput_kinds[KINDS];

enum attndyn_status throughput_counted(const struct trial *run, const struct throughput *p);
enum attndyn_status throughput_engine(const struct trial *run, const struct throughput *p);

extern const struct check *const throughput_claims[];

#endif
