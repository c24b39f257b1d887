/* A transformer, its loss and its gradient, by hand on BLAS.
 *
 * All arrays are row-major; a linear map's weight is (out, in), y = x W^T + b. Memory is an arena
 * each for parameters, gradients and activations, sized when the model is made: no allocation in a
 * step. The loss is the weighted mean of the cross-entropy in nats over the positions that have a
 * target. Results do not depend on the number of threads: rows and heads are cut into blocks of
 * fixed sizes, each block is computed by one thread, sums over blocks are taken in their order. */
#ifndef ATTNDYN_MODEL_TRANSFORMER_H
#define ATTNDYN_MODEL_TRANSFORMER_H

#include "../../data/batch.h"
#include "../../num/parameter.h"
#include "weights.h"

#define attndyn_transformer ATTNDYN_REAL_NAME(attndyn_transformer)
#define attndyn_transformer_create ATTNDYN_REAL_NAME(attndyn_transformer_create)
#define attndyn_transformer_create_thrifty ATTNDYN_REAL_NAME(attndyn_transformer_create_thrifty)
#define attndyn_transformer_gradient_in_parts                                                      \
    ATTNDYN_REAL_NAME(attndyn_transformer_gradient_in_parts)
#define attndyn_transformer_over ATTNDYN_REAL_NAME(attndyn_transformer_over)
#define attndyn_transformer_take ATTNDYN_REAL_NAME(attndyn_transformer_take)
#define attndyn_transformer_weights ATTNDYN_REAL_NAME(attndyn_transformer_weights)
#define attndyn_transformer_initialise ATTNDYN_REAL_NAME(attndyn_transformer_initialise)
#define attndyn_transformer_config_of ATTNDYN_REAL_NAME(attndyn_transformer_config_of)
#define attndyn_transformer_parameters ATTNDYN_REAL_NAME(attndyn_transformer_parameters)
#define attndyn_transformer_parameter ATTNDYN_REAL_NAME(attndyn_transformer_parameter)
#define attndyn_transformer_count_keys ATTNDYN_REAL_NAME(attndyn_transformer_count_keys)
#define attndyn_transformer_freeze ATTNDYN_REAL_NAME(attndyn_transformer_freeze)
#define attndyn_transformer_loss ATTNDYN_REAL_NAME(attndyn_transformer_loss)
#define attndyn_transformer_gradient ATTNDYN_REAL_NAME(attndyn_transformer_gradient)
#define attndyn_transformer_logits ATTNDYN_REAL_NAME(attndyn_transformer_logits)
#define attndyn_transformer_view ATTNDYN_REAL_NAME(attndyn_transformer_view)
#define attndyn_transformer_losses ATTNDYN_REAL_NAME(attndyn_transformer_losses)
#define attndyn_transformer_memory ATTNDYN_REAL_NAME(attndyn_transformer_memory)

struct attndyn_transformer;

/* Room for batches of up to sequences x length (length <= config->context). Parameters are zero.
 * The config is resolved (config.h) and copied. Uses attndyn_threads(ctx) threads. */
enum attndyn_status attndyn_transformer_create(struct attndyn_context *ctx,
                                               const struct attndyn_transformer_config *config,
                                               size_t sequences, size_t length,
                                               struct attndyn_transformer **model);
/* Ways to train in less memory, at the price of time or of some functions; losses and weights get
 * the same bits. */
struct attndyn_thrift {
    /* The gradients of all blocks share the memory of one: each part that
     * attndyn_transformer_gradient_in_parts hands out is overwritten by the next, and
     * attndyn_transformer_gradient leaves only those of the first block. Not where layers share
     * blocks (ATTNDYN_USAGE). */
    bool gradients;
    /* Only the input of each layer is kept (activation checkpointing); the rest is recomputed in
     * the backward pass, and views show only the stream. */
    bool activations;
};
enum attndyn_status attndyn_transformer_create_thrifty(
    struct attndyn_context *ctx, const struct attndyn_transformer_config *config,
    const struct attndyn_thrift *thrift, size_t sequences, size_t length,
    struct attndyn_transformer **model);
/* Draws the start by config->init; the same seed gives the same start in every precision, up to
 * rounding. The streams of dropout derive from the same seed. */
enum attndyn_status attndyn_transformer_initialise(struct attndyn_context *ctx,
                                                   struct attndyn_transformer *model,
                                                   uint64_t seed);
/* Runs forward over weights, which must outlive it: loss, logits and views, without parameters,
 * gradients or dropout (attndyn_transformer_gradient must not be called, and freezing is no use).
 * Numbers that are not attndyn_real are widened a few rows of a matrix at a time. */
enum attndyn_status attndyn_transformer_over(struct attndyn_context *ctx,
                                             const struct attndyn_weights *weights,
                                             size_t sequences, size_t length,
                                             struct attndyn_transformer **model);
/* The weights in use; in training, views of the parameters. Owned by the model. */
const struct attndyn_weights *attndyn_transformer_weights(const struct attndyn_transformer *model);
/* Starts from weights in place of a drawn start: each parameter becomes what stands for it there
 * (exact from F32, F16 and BF16). ATTNDYN_USAGE where the weights are of another structure. The
 * masks of dropout then are those of seed 0. */
enum attndyn_status attndyn_transformer_take(struct attndyn_context *ctx,
                                             struct attndyn_transformer *model,
                                             const struct attndyn_weights *weights);
const struct attndyn_transformer_config *attndyn_transformer_config_of(
    const struct attndyn_transformer *model);

/* The parameters, in a fixed order; owned by the model, none where it only runs forward. Names:
 * embedding.weight, position.weight,
 * project_in.weight, embedding_norm.{weight,bias},
 * layers.<block>.{attention.{query,key,value,output},norm1,norm2,mlp.{gate,up,down}}.{weight,bias},
 * norm.weight, norm.bias, project_out.weight, decoder.weight, decoder.bias, each where it exists.
 * The embedding's gradient is sparse unless the embedding is tied. */
struct attndyn_parameter *attndyn_transformer_parameters(struct attndyn_transformer *model,
                                                         size_t *count);
/* By name; NULL if there is none. */
struct attndyn_parameter *attndyn_transformer_parameter(struct attndyn_transformer *model,
                                                        const char *name);
/* Freezes every parameter whose name matches the shell pattern (fnmatch); ATTNDYN_USAGE if none
 * does. */
enum attndyn_status attndyn_transformer_freeze(struct attndyn_context *ctx,
                                               struct attndyn_transformer *model,
                                               const char *pattern);

/* From now on position t of sequence b stands counts[b T + t] > 0 times as a key, T the batch's
 * length: where positions do not matter, equal tokens need be given once only. counts: as many as
 * the batches have positions, kept by the caller; NULL: once each. */
void attndyn_transformer_count_keys(struct attndyn_transformer *model, const double *counts);

/* The loss alone, dropout off. Where batch->targets is NULL, not even that: the layers run for
 * their views, the decoder does not, and the loss is NaN. Tokens and targets must be in range
 * (unchecked: the batchers check). */
double attndyn_transformer_loss(struct attndyn_transformer *model,
                                const struct attndyn_batch *batch);
/* The loss and every gradient (overwritten, not added to). Dropout is on where the config has it,
 * its masks a function of (seed of the start, step). */
double attndyn_transformer_gradient(struct attndyn_transformer *model,
                                    const struct attndyn_batch *batch, uint64_t step);
/* The same, part by part: part(user, first, count) is called as soon as the gradients of the
 * parameters [first, first + count) are complete and their weights no longer needed, so that they
 * may be updated at once. Each parameter is in one part. The loss is that before any update. */
double attndyn_transformer_gradient_in_parts(struct attndyn_transformer *model,
                                             const struct attndyn_batch *batch, uint64_t step,
                                             void (*part)(void *user, size_t first, size_t count),
                                             void *user);
/* logits: (sequences length, O), with last_only (sequences, O); dropout off. */
void attndyn_transformer_logits(struct attndyn_transformer *model,
                                const struct attndyn_batch *batch, attndyn_real *logits);

/* What the last of these calls computed; rows are positions, sequence after sequence. */
enum attndyn_view {
    ATTNDYN_VIEW_STREAM,    /* (B T, d): what enters the layer; layer = N: what leaves the last */
    ATTNDYN_VIEW_QUERY,     /* (B T, H a), stride (H + 2 G) a: after positions are applied */
    ATTNDYN_VIEW_KEY,       /* (B T, G a), same stride */
    ATTNDYN_VIEW_VALUE,     /* (B T, G a), same stride */
    ATTNDYN_VIEW_ATTENTION, /* (B, H, T, T): weights, rows are queries; before dropout */
    ATTNDYN_VIEW_PREHIDDEN, /* (B T, h): W1 y + b1 */
    ATTNDYN_VIEW_HIDDEN     /* (B T, h): after the activation (and gate), before dropout */
};
/* Pointer to the first number, *stride the distance of two rows; NULL where the model has no such
 * thing. For attention the rows are (sequence, head, query) and the stride is the length of the
 * batch. Valid until the next call on the model. */
const attndyn_real *attndyn_transformer_view(const struct attndyn_transformer *model,
                                             enum attndyn_view view, size_t layer, size_t *stride);
/* Cross-entropy of each position of the last batch, (sequences length) or (sequences); NaN where
 * there is no target. */
const double *attndyn_transformer_losses(const struct attndyn_transformer *model);
/* Bytes of parameters, gradients and activations. */
void attndyn_transformer_memory(const struct attndyn_transformer *model, size_t *parameters,
                                size_t *gradients, size_t *activations);

#endif
