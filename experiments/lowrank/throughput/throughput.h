/* What 8-bit states, GaLore and updates layer by layer cost: bytes, and on request time.
 * What a user sets and what a run emits; counted.c has the bytes of a large model, engine.c trains
 * a small one, claims.c judges. */
#ifndef LOWRANK_THROUGHPUT_THROUGHPUT_H
#define LOWRANK_THROUGHPUT_THROUGHPUT_H

#include "experiments/lowrank/shared/pupil.h"

#define THROUGHPUT(X)                                                                              \
    X(INT, d, "4096", "hidden size of the model that is counted; the defaults: LLaMA 7B",          \
      IN(1, 1e6))                                                                                  \
    X(INT, f, "11008", "its intermediate size", IN(1, 1e7))                                        \
    X(INT, blocks, "32", "its layers", IN(1, 1e4))                                                 \
    X(INT, vocab, "32000", "its vocabulary", IN(1, 1e7))                                           \
    X(REALS, ranks, "128,256,512,1024", "ranks that are counted", IN(1, 1e6))                      \
    X(INT, rank, "16", "rank of the trainings", IN(1, 8192))                                       \
    X(INT, gap, "4", "their updates between two renewals of the subspace", IN(1, 1000000))         \
    X(INT, min_8bit, "1024", "states of fewer numbers stay in 32 bits", IN(1, 1000000000))         \
    X(BOOL, clock, "false",                                                                        \
      "also time the trainings, CPU seconds of one thread, and take the process's peak memory: "   \
      "such a run does not give the same bytes twice")                                             \
    NETWORK_RECIPE_AT(X, "8", "32", "64", "2", "4", "1e-2", "0")
PARAMS(throughput, THROUGHPUT)

#define COUNTED(X)                                                                                 \
    X(TEXT, method, "adam, adam8bit, galore, galore8bit")                                          \
    X(INT, rank, "of galore; 0: full")                                                             \
    X(INT, retain, "1: the gradient of the whole model is held; 0: of one tensor at a time")       \
    X(INT, weights, "BF16", .unit = "B")                                                           \
    X(INT, moments, "BF16, or 8 bits with a scale of 32 bits for 2,048 of them", .unit = "B")      \
    X(INT, scales, "of them the scales", .unit = "B")                                              \
    X(INT, projector, "BF16", .unit = "B")                                                         \
    X(INT, gradients, "BF16", .unit = "B")                                                         \
    X(INT, total, "", .unit = "B")                                                                 \
    X(INT, closed, "weights, moments and projector by the closed form, without scales",            \
      .unit = "B")                                                                                 \
    X(REAL, total_GB, "total / 1e9", .unit = "GB")                                                 \
    X(OPTIONAL, measured, "by the paper's authors, activations included", .unit = "GB")
TABLE(counted, COUNTED, "bytes of the large model")

#define ENGINE(X)                                                                                  \
    X(TEXT, method, "adam, adam8bit, galore, galore8bit")                                          \
    X(INT, retain, "1: gradients of the whole network are held; 0: weights move layer by layer")   \
    X(INT, weights, "F32", .unit = "B")                                                            \
    X(INT, gradients, "", .unit = "B")                                                             \
    X(INT, states, "moments and projectors", .unit = "B")                                          \
    X(INT, activations, "", .unit = "B")                                                           \
    X(INT, text, "the text that is trained on", .unit = "B")                                       \
    X(INT, held,                                                                                   \
      "all that is asked of the allocator for this training, at the most: weights, gradients, "    \
      "states, activations, text, minibatch, and the workspace of an update",                      \
      .unit = "B")                                                                                 \
    X(INT, workspace, "of an update, given back after it: the largest is a renewal's",             \
      .unit = "B")                                                                                 \
    X(INT, states_expected, "by the shapes", .unit = "B")                                          \
    X(INT, gradients_expected, "by the shapes", .unit = "B")                                       \
    X(REAL, loss, "of the last minibatch", .unit = "nat/byte")                                     \
    X(OPTIONAL, tokens, "a CPU second; empty where clock=false", .unit = "1/s")                    \
    X(OPTIONAL, svd, "share of the time that the renewals take, at this gap")                      \
    X(OPTIONAL, svd_200, "the same at a gap of 200")                                               \
    X(OPTIONAL, peak,                                                                              \
      "resident memory of the process over what it held before the training, the most; empty "     \
      "where clock=false, or where the system does not count it",                                  \
      .unit = "B")
TABLE(engine, ENGINE, "trainings of the small one")

#define GAUGE(X)                                                                                   \
    X(TEXT, freed, "what becomes of memory that was freed before: given back, or kept")            \
    X(INT, asked, "and written to", .unit = "B")                                                   \
    X(OPTIONAL, measured, "resident memory, as peak", .unit = "B")
TABLE(gauge, GAUGE, "a known block, with clock=true")

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
