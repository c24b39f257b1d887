/* Batches from a stream of tokens.
 *
 * Columns (PyTorch's word_language_model): the stream is cut to a multiple of B, and column b is
 * its b-th part, of R tokens. Minibatch i is rows T i .. T i + T - 1 of all columns, its targets
 * the rows one further down: ceil((R - 1) / T) minibatches, the last one shorter where T does not
 * divide R - 1. Nothing is carried from one to the next.
 * Windows: B pieces of T + 1 successive tokens, each beginning anywhere with equal probability.
 *
 * A batch is row-major (sequences, length): sequence b is a piece of column b. */
#ifndef ATTNDYN_DATA_TEXT_BATCHES_H
#define ATTNDYN_DATA_TEXT_BATCHES_H

#include "batch.h"
#include "tokenizer.h"

struct attndyn_text_batches {
    const uint32_t *stream; /* not owned */
    size_t stream_length;
    size_t columns, rows;      /* B, R */
    size_t length;             /* T */
    size_t count;              /* minibatches of one pass over the columns */
    uint32_t *inputs, *target; /* (B, T): the batch that was made last */
};

/* Over ids[0..length) < vocabulary, which must outlive it. ATTNDYN_NO_INPUT: too short for two
 * rows, or for one window; `origin` names the text in messages. */
enum attndyn_status attndyn_text_batches_create(struct attndyn_context *ctx,
                                                const struct attndyn_tokens *tokens,
                                                size_t vocabulary, size_t columns, size_t length,
                                                const char *origin,
                                                struct attndyn_text_batches *batches);
/* Minibatch i < count of the columns; valid until the next call. */
struct attndyn_batch attndyn_text_batches_column(struct attndyn_text_batches *batches, size_t i);
/* B windows from the SplitMix64 stream at `state`, which it moves on; valid until the next call. */
struct attndyn_batch attndyn_text_batches_window(struct attndyn_text_batches *batches,
                                                 uint64_t *state);

#endif
