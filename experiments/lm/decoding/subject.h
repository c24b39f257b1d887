/* A network with random weights, once as the engine has it and once plain, and a text. */
#ifndef LM_DECODING_SUBJECT_H
#define LM_DECODING_SUBJECT_H

#include "decoding.h"
#include "experiments/lm/shared/plain.h"
#include "experiments/lm/shared/variants.h"
#include "sim/model/inference/inference.h"
#include "sim/model/transformer/transformer.h"

struct subject {
    const char *name;
    const struct attndyn_weights *weights;
    struct plain *plain;
    uint32_t *tokens, *others; /* (length), (2 length): two texts */
    size_t length, outputs;
};
/* Sequences of up to three times the text fit. */
enum attndyn_status subject_create(const struct trial *run, const struct decoding *p,
                                   const struct plain_variant *variant, struct subject *subject);
/* Whether the network can generate: causal, logits everywhere. */
enum attndyn_status subject_suits(struct attndyn_context *ctx, const struct plain_variant *variant,
                                  bool *suits);

/* Logits of `length` tokens under a policy (zero: dense), (length, outputs), real parts. */
enum attndyn_status subject_plain(struct attndyn_context *ctx, const struct subject *s,
                                  const struct attndyn_cache *cache, bool *kept,
                                  const uint32_t *tokens, size_t length, double **logits);

/* Where a feeding's logits go: row first + i of segment k's `to`. */
struct subject_sink {
    double *to;
    size_t outputs, first, apart; /* apart: rows from segment to segment */
};
enum attndyn_status subject_take(void *user, size_t segment, size_t index,
                                 const attndyn_real *logits);
/* Feeds tokens[from, to) to stream 0, at most `cut` at a time; rows from `from` on of *sink. */
enum attndyn_status subject_feed(struct attndyn_context *ctx, struct attndyn_inference *inference,
                                 const uint32_t *tokens, size_t from, size_t to, size_t cut,
                                 struct subject_sink *sink);

#endif
