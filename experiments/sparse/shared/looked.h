/* The networks that the family looks at, their sequences, and losses with and without a part of the
 * units. */
#ifndef SPARSE_SHARED_LOOKED_H
#define SPARSE_SHARED_LOOKED_H

#include "experiments/shared/networks.h"
#include "sim/model/inference/sparse.h"

/* What a user sets of it; X as in typed.h. Without streams_: one sequence alone is looked at. */
#define LOOKED(X) LOOKED_AT(X, X(INT, streams, "32", "sequences evaluated", IN(2, 10000)))
#define LOOKED_AT(X, streams_)                                                                     \
    NETWORK_RECIPE(X, "500", "32", "32", "2", "4")                                                 \
    X(FILE, model, "",                                                                             \
      "a network from disk, in the place of those trained here; `text` is then what it is "        \
      "evaluated on, cut into sequences of `length` tokens")                                       \
    X(TEXT, tokenizer, "",                                                                         \
      "the model's tokenizer: byte, a file or a folder; empty: what lies beside it",               \
      .only = "model")                                                                             \
    X(INT, networks, "1",                                                                          \
      "networks of each kind that are trained, with the seeds seed, seed + 1 ...", IN(1, 99))      \
    streams_ X(                                                                                    \
        INT, calibration, "64",                                                                    \
        "sequences of the training text (model=: other ones of the text) that static choices and " \
        "predictors are made from",                                                                \
        IN(1, 100000))

/* One network and its sequences. */
struct looked {
    const char *name; /* swiglu, relu, then swiglu-2, relu-2 ...; model */
    const struct attndyn_weights *weights;
    size_t streams, length;      /* length: tokens of a sequence, one more than are fed */
    const uint32_t *tokens;      /* (streams, length): evaluated */
    size_t calibrating;          /* sequences of the calibration text */
    const uint32_t *calibration; /* (calibrating, length - 1) */
    uint64_t seed;
};
static inline const uint32_t *looked_stream(const struct looked *l, size_t i) {
    return l->tokens + i * l->length;
}

/* Calls `look` with every network: those trained here, a SwiGLU and then a ReLU of as many weights
 * for each seed, or the one from disk. What it takes from the context is given back after it. */
typedef enum attndyn_status looked_fn(const struct trial *run, const struct looked *l, void *user);
enum attndyn_status looked_each(const struct trial *run, size_t streams, looked_fn *look,
                                void *user);
/* The sequences of a network that an experiment trains itself. */
enum attndyn_status looked_take(const struct trial *run, const struct network *network,
                                const char *name, size_t streams, struct looked *l);

/* Losses of every token, (streams, length - 1), and their means, (streams). */
struct looked_losses {
    double *nll, *mean;
};
enum attndyn_status looked_evaluate(const struct trial *run, const struct looked *l,
                                    const struct attndyn_inference_hooks *hooks,
                                    struct looked_losses *losses);
/* A choice of units that is ready: made, calibrated where it needs to be, hooks taken. `leaked`:
 * evaluated sequences that stand, as a whole, in the text that it was calibrated on. */
enum attndyn_status looked_choice(const struct trial *run, const struct looked *l,
                                  const struct attndyn_sparse_options *options,
                                  struct attndyn_sparse **sparse,
                                  struct attndyn_inference_hooks *hooks, size_t *leaked);

double looked_mean(const struct looked *l, const struct looked_losses *losses);
/* The largest difference of a token's loss. */
double looked_gap(const struct looked *l, const struct looked_losses *a,
                  const struct looked_losses *b);
/* a less b, paired by sequence, and its standard error. */
struct excess {
    double mean, error;
};
struct excess looked_excess(const struct looked *l, const struct looked_losses *a,
                            const struct looked_losses *b);

#endif
