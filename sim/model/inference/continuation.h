/* Log-likelihoods of continuations: what multiple choice is scored by.
 *
 * An item has several sequences of tokens, each a context and what follows it. The beginning that
 * they share is encoded once; then each goes on from there in a stream of its own. Items that are
 * scored together share the passes over the weights. */
#ifndef ATTNDYN_MODEL_INFERENCE_CONTINUATION_H
#define ATTNDYN_MODEL_INFERENCE_CONTINUATION_H

#include "inference.h"

#define attndyn_continuation ATTNDYN_REAL_NAME(attndyn_continuation)
#define attndyn_continuations ATTNDYN_REAL_NAME(attndyn_continuations)
#define attndyn_continuation_rows ATTNDYN_REAL_NAME(attndyn_continuation_rows)
#define attndyn_continuations_score ATTNDYN_REAL_NAME(attndyn_continuations_score)

struct attndyn_continuation {
    const uint32_t *tokens; /* (count): context and continuation, encoded together */
    size_t count;
    size_t from; /* of tokens: the first that is scored, 1 <= from <= count */
    /* set: */
    double log_likelihood; /* sum of log p(token i | tokens before it), i >= from */
    bool greedy;           /* each of them was the most probable one */
    size_t lost;           /* tokens of the beginning that did not fit the context */
};
struct attndyn_continuations {
    struct attndyn_continuation *sequence; /* (count) */
    size_t count;
};

/* What an item costs a network of such a context: tokens that are read once for all of its
 * sequences, tokens that each reads by itself, those whose successor is scored; and its longest
 * sequence. Sets `lost`. */
struct attndyn_continuation_rows {
    size_t shared, apart, scored, longest;
};
struct attndyn_continuation_rows attndyn_continuation_rows(struct attndyn_continuations *item,
                                                           size_t context);

/* `inference`: dense, with a stream for each sequence of the items and a capacity of at least the
 * network's context or the longest sequence less 1; its streams are reset. Sequences of more than
 * context + 1 tokens lose their beginning; a token to be scored is lost only where the continuation
 * alone is longer than that: it is then not scored, either. The same call gives the same bits;
 * scored together with other items, an item may differ by rounding. */
enum attndyn_status attndyn_continuations_score(struct attndyn_context *ctx,
                                                struct attndyn_inference *inference,
                                                struct attndyn_continuations *items, size_t count);

#endif
