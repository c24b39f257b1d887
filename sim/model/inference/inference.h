/* A transformer that runs: weights, a key-value cache, scratch; nothing of training.
 *
 * Tokens are fed to streams. Few rows at a time (decoding) go through products that read each
 * weight once (num/gemv.h); many (prefill) in blocks through BLAS, where weights of another kind
 * than attndyn_real are widened some rows at a time. Several streams may be fed at once. Results
 * depend on how tokens are cut into calls and blocks only by rounding, and not at all on the number
 * of threads: tiles are of fixed sizes, each computed by one thread.
 *
 * In single precision and, with ATTNDYN_DOUBLE, in double (base/real.h). */
#ifndef ATTNDYN_MODEL_INFERENCE_H
#define ATTNDYN_MODEL_INFERENCE_H

#include "../transformer/weights.h"
#include "cache.h"
#include "gathered.h"

#define attndyn_inference ATTNDYN_REAL_NAME(attndyn_inference)
#define attndyn_inference_create ATTNDYN_REAL_NAME(attndyn_inference_create)
#define attndyn_inference_feed ATTNDYN_REAL_NAME(attndyn_inference_feed)
#define attndyn_inference_reset ATTNDYN_REAL_NAME(attndyn_inference_reset)
#define attndyn_inference_rewind ATTNDYN_REAL_NAME(attndyn_inference_rewind)
#define attndyn_inference_copy ATTNDYN_REAL_NAME(attndyn_inference_copy)
#define attndyn_inference_fed ATTNDYN_REAL_NAME(attndyn_inference_fed)
#define attndyn_inference_kept ATTNDYN_REAL_NAME(attndyn_inference_kept)
#define attndyn_inference_memory ATTNDYN_REAL_NAME(attndyn_inference_memory)
#define attndyn_inference_watch ATTNDYN_REAL_NAME(attndyn_inference_watch)
#define attndyn_inference_work ATTNDYN_REAL_NAME(attndyn_inference_work)
#define attndyn_inference_weights ATTNDYN_REAL_NAME(attndyn_inference_weights)
#define attndyn_inference_hooks ATTNDYN_REAL_NAME(attndyn_inference_hooks)
#define attndyn_logits_fn ATTNDYN_REAL_NAME(attndyn_logits_fn)

struct attndyn_inference;

struct attndyn_inference_options {
    size_t streams;  /* 0: 1 */
    size_t capacity; /* tokens that a stream may be fed where nothing leaves the cache; 0: the
                        context. Other policies than dense take any number. */
    size_t block;    /* rows of a block at most; 0: 512 */
    struct attndyn_cache cache; /* zero: dense */
    bool bytes;  /* weights of the linear maps as bytes with a scale for each row: a copy in memory,
                    a quarter of single precision's */
    bool masked; /* another route to the same numbers: each stream is fed once, whole, and attention
                    is over all of its positions under masks, without a list of slots. Slower, and
                    the square of the length in time */
};

/* Weights must outlive it. ATTNDYN_USAGE for a network that is not causal, for a cache budget that
 * does not add up, and for recomputation (evaluate.h does that). Uses attndyn_threads(ctx)
 * threads. */
enum attndyn_status attndyn_inference_create(struct attndyn_context *ctx,
                                             const struct attndyn_weights *weights,
                                             const struct attndyn_inference_options *options,
                                             struct attndyn_inference **inference);

/* Tokens for one stream. The logits of those from `logits_from` on are wanted (count: of none). */
struct attndyn_segment {
    size_t stream;
    const uint32_t *tokens; /* (count) */
    size_t count, logits_from;
};
/* logits: (outputs), of token `index` of the segment; valid during the call. Another status than
 * ATTNDYN_OK ends the feeding; the streams must then be reset. */
typedef enum attndyn_status attndyn_logits_fn(void *user, size_t segment, size_t index,
                                              const attndyn_real *logits);
/* Feeds the segments, each of another stream, and calls `each` (may be NULL) in their order.
 * ATTNDYN_USAGE: a token beyond the vocabulary, a stream beyond its capacity or, with learned
 * positions, beyond the context: nothing was fed then. */
enum attndyn_status attndyn_inference_feed(struct attndyn_context *ctx,
                                           struct attndyn_inference *inference,
                                           const struct attndyn_segment *segments, size_t count,
                                           attndyn_logits_fn *each, void *user);

/* An empty stream. */
void attndyn_inference_reset(struct attndyn_inference *inference, size_t stream);
/* As after its first `length` tokens. Dense caches only: elsewhere the status is ATTNDYN_USAGE. */
enum attndyn_status attndyn_inference_rewind(struct attndyn_context *ctx,
                                             struct attndyn_inference *inference, size_t stream,
                                             size_t length);
/* Stream `to` becomes a copy of another. Not where the route is masked. */
void attndyn_inference_copy(struct attndyn_inference *inference, size_t from, size_t to);
/* Tokens fed so far. */
uint64_t attndyn_inference_fed(const struct attndyn_inference *inference, size_t stream);
/* The positions in the stream of the keys that a key-value head keeps, ascending, valid until the
 * next call; *count: how many. */
const uint64_t *attndyn_inference_kept(const struct attndyn_inference *inference, size_t stream,
                                       size_t layer, size_t kv_head, size_t *count);
/* Bytes of the cache, of scratch, and of weights that it holds itself (options.bytes). */
void attndyn_inference_memory(const struct attndyn_inference *inference, size_t *cache,
                              size_t *scratch, size_t *weights);
/* Work done since creation, counted as it happens; not on the masked route. */
struct attndyn_inference_counts {
    uint64_t tokens; /* that went through all layers */
    uint64_t logits; /* of them, those whose logits were computed */
    uint64_t pairs;  /* a query and a key that it sees: over layers and query heads */
    uint64_t read;   /* keys, with their values, that queries looked at: over key-value heads, once
                        for the group's query heads */
    uint64_t turned; /* keys that turned: as they came, or by their ranks whenever a query looked at
                        them; over layers and key-value heads */
};
struct attndyn_inference_counts attndyn_inference_work(const struct attndyn_inference *inference);
const struct attndyn_weights *attndyn_inference_weights(const struct attndyn_inference *inference);

/* Called within a layer, with a block of rows, to look at or change what is there; any may be NULL.
 * stream: (rows, d), what enters the layer; context: (rows, H a), what the heads put out, before
 * the output map; hidden: (rows, h), after the activation (and gate).
 * Where `gathered` is there (of the same weights), it takes the place of the MLP's products, row by
 * row, with the units that `units` writes into (h), ascending, and whose number it returns; hidden
 * is then not called. */
struct attndyn_inference_hooks {
    void *user;
    void (*layer)(void *user, size_t layer, size_t rows, const attndyn_real *stream);
    void (*heads)(void *user, size_t layer, size_t rows, attndyn_real *context);
    void (*hidden)(void *user, size_t layer, size_t rows, attndyn_real *hidden);
    struct attndyn_gathered *gathered;
    size_t (*units)(void *user, size_t layer, size_t row, uint32_t *units);
};
/* Copied; NULL: none. */
void attndyn_inference_watch(struct attndyn_inference *inference,
                             const struct attndyn_inference_hooks *hooks);

#endif
