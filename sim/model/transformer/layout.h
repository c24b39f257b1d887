/* Where the numbers of a transformer lie: a first run of the layout counts them, a second one
 * assigns their places in an arena. */
#ifndef ATTNDYN_MODEL_TRANSFORMER_LAYOUT_H
#define ATTNDYN_MODEL_TRANSFORMER_LAYOUT_H

#include "transformer_private.h"

#define attndyn_net_parameters_layout ATTNDYN_REAL_NAME(attndyn_net_parameters_layout)
#define net_pair ATTNDYN_REAL_NAME(net_pair)
#define attndyn_net_describe ATTNDYN_REAL_NAME(attndyn_net_describe)
#define attndyn_net_pairs ATTNDYN_REAL_NAME(attndyn_net_pairs)
#define attndyn_net_blocks ATTNDYN_REAL_NAME(attndyn_net_blocks)
#define attndyn_net_parameters_view ATTNDYN_REAL_NAME(attndyn_net_parameters_view)
#define attndyn_net_activations_layout ATTNDYN_REAL_NAME(attndyn_net_activations_layout)
#define net_arena ATTNDYN_REAL_NAME(net_arena)

struct net_arena {
    attndyn_real *base; /* NULL: only count */
    size_t used;
};
static inline attndyn_real *net_take(struct net_arena *arena, size_t count) {
    attndyn_real *at = arena->base ? arena->base + arena->used : NULL;
    arena->used += count;
    return at;
}
/* The same, at a multiple of 64 bytes from the base. */
static inline attndyn_real *net_take_aligned(struct net_arena *arena, size_t count) {
    const size_t line = 64 / sizeof(attndyn_real);
    arena->used = (arena->used + line - 1) / line * line;
    return net_take(arena, count);
}

/* t->weights.layer_map and .blocks from t->weights.config; a list in the config is copied.
 * ATTNDYN_USAGE where its blocks are not numbered from 0 without a gap. */
enum attndyn_status attndyn_net_blocks(struct attndyn_context *ctx, struct net_training *t);
/* Names, shapes and roles of the parameters; t->parameters NULL: counts them into t->count.
 * `positions`: rows of a batch, so many rows has a sparse gradient at most; `one_block`: the
 * gradients of all blocks share the room of one. t->first is set, as long as attndyn_net_blocks
 * made it. */
void attndyn_net_parameters_layout(struct net_training *t,
                                   const struct attndyn_transformer_config *config, size_t blocks,
                                   size_t positions, bool one_block, struct net_arena *values,
                                   struct net_arena *gradients);
/* The parameters of a resolved config without their numbers: t->parameters, their roles, the
 * blocks. t is zero before. */
enum attndyn_status attndyn_net_describe(struct attndyn_context *ctx,
                                         const struct attndyn_transformer_config *config,
                                         struct net_training *t);
/* Each parameter of t beside what stands for it in weights of the same structure: a matrix or a
 * vector, the other one NULL. Stops at the first status that is not ATTNDYN_OK. ATTNDYN_USAGE
 * where the weights have not what t has. */
typedef enum attndyn_status net_pair(void *user, const struct attndyn_parameter *p,
                                     const struct attndyn_matrix *matrix,
                                     const attndyn_real *vector);
enum attndyn_status attndyn_net_pairs(struct attndyn_context *ctx, const struct net_training *t,
                                      const struct attndyn_weights *weights, net_pair *each,
                                      void *user);
/* t->weights as views of the parameters that were laid out, or of t->given. */
void attndyn_net_parameters_view(struct net_training *t);
/* What the forward pass leaves behind, and, where m is trained, the buffers of the backward
 * pass. */
void attndyn_net_activations_layout(struct attndyn_transformer *m, struct net_arena *arena);

#endif
