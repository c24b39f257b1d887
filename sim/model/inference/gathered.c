#include "gathered.h"

#include "../../num/gather.h"
#include "../transformer/pointwise_private.h"

#include <string.h>

#ifdef ATTNDYN_DOUBLE
#define gather_rows attndyn_gather_rows_double
#define gather_sum attndyn_gather_sum_double
#else
#define gather_rows attndyn_gather_rows
#define gather_sum attndyn_gather_sum
#endif

/* (h, d), row by row. */
struct units {
    const attndyn_real *at;
    size_t stride;
};

struct attndyn_gathered {
    const struct attndyn_weights *weights;
    struct units *up, *gate, *down; /* (blocks); gate: SwiGLU alone */
    attndyn_real *hidden;           /* (3, h): up, gate, and what comes of them */
    attndyn_real *room;
    uint32_t *order, *chosen;
    uint64_t read;
};

/* The rows of a map: as they lie, where they are numbers of this precision one behind the other. */
static enum attndyn_status rows_of(struct attndyn_context *ctx, const struct attndyn_matrix *W,
                                   struct units *units) {
    attndyn_real *copy;
    *units = (struct units){attndyn_matrix_real(W), W->stride};
    if (units->at && !W->transposed) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, copy, W->rows * W->columns);
    attndyn_matrix_widen(W, 0, W->rows, copy);
    *units = (struct units){copy, W->columns};
    return ATTNDYN_OK;
}

/* The columns of a map. */
static enum attndyn_status columns_of(struct attndyn_context *ctx, const struct attndyn_matrix *W,
                                      struct units *units) {
    attndyn_real *copy, *row;
    *units = (struct units){attndyn_matrix_real(W), W->stride};
    if (units->at && W->transposed) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, copy, W->rows * W->columns);
    ATTNDYN_ALLOC(ctx, row, W->columns);
    for (size_t j = 0; j < W->rows; j++) {
        attndyn_matrix_widen(W, j, 1, row);
        for (size_t i = 0; i < W->columns; i++) copy[i * W->rows + j] = row[i];
    }
    attndyn_free(ctx, row);
    *units = (struct units){copy, W->rows};
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_gathered_create(struct attndyn_context *ctx,
                                            const struct attndyn_weights *weights,
                                            struct attndyn_gathered **gathered) {
    const struct attndyn_transformer_config *c = &weights->config;
    struct attndyn_gathered *g;
    if (c->mlp == ATTNDYN_MLP_NONE)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "gathered: this network has no MLP");
    ATTNDYN_ALLOC(ctx, g, 1);
    g->weights = weights;
    ATTNDYN_ALLOC(ctx, g->up, weights->blocks);
    ATTNDYN_ALLOC(ctx, g->gate, weights->blocks);
    ATTNDYN_ALLOC(ctx, g->down, weights->blocks);
    ATTNDYN_ALLOC(ctx, g->hidden, 3 * c->hidden);
    ATTNDYN_ALLOC(ctx, g->room, attndyn_gather_room(c->hidden, c->width));
    ATTNDYN_ALLOC(ctx, g->order, c->hidden);
    ATTNDYN_ALLOC(ctx, g->chosen, c->hidden);
    for (size_t b = 0; b < weights->blocks; b++) {
        const struct attndyn_weights_block *k = &weights->block[b];
        ATTNDYN_TRY(rows_of(ctx, &k->up.weight, &g->up[b]));
        if (c->mlp == ATTNDYN_MLP_SWIGLU) ATTNDYN_TRY(rows_of(ctx, &k->gate.weight, &g->gate[b]));
        ATTNDYN_TRY(columns_of(ctx, &k->down.weight, &g->down[b]));
    }
    *gathered = g;
    return ATTNDYN_OK;
}

/* y[k] of the map's row units[k]. */
static void first(const struct attndyn_gathered *g, const struct units *rows,
                  const attndyn_real *bias, const attndyn_real *x, size_t n, const uint32_t *units,
                  attndyn_real *y) {
    gather_rows(n, units, g->weights->config.width, rows->at, rows->stride, x, y);
    for (size_t k = 0; bias && k < n; k++) y[k] += bias[units[k]];
}

void attndyn_gathered_mlp(struct attndyn_gathered *g, size_t layer, const attndyn_real *x, size_t n,
                          const uint32_t *units, attndyn_real *y) {
    const struct attndyn_transformer_config *c = &g->weights->config;
    size_t d = c->width, block = g->weights->layer_map[layer];
    const struct attndyn_weights_block *b = &g->weights->block[block];
    bool gated = c->mlp == ATTNDYN_MLP_SWIGLU;
    attndyn_real *up = g->hidden, *gate = up + c->hidden, *hidden = gate + c->hidden;
    first(g, &g->up[block], b->up.bias, x, n, units, up);
    if (gated) first(g, &g->gate[block], b->gate.bias, x, n, units, gate);
    attndyn_net_activate_row(c->mlp, n, gated ? gate : NULL, up, hidden);
    g->read += n * d * (gated ? 2 : 1);
    for (size_t k = 0; k < n; k++) g->read += hidden[k] != 0 ? d : 0;
    gather_sum(n, units, hidden, d, g->down[block].at, g->down[block].stride, y, g->room, g->order);
    for (size_t j = 0; b->down.bias && j < d; j++) y[j] += b->down.bias[j];
}

uint32_t *attndyn_gathered_units(struct attndyn_gathered *g) {
    return g->chosen;
}

uint64_t attndyn_gathered_read(const struct attndyn_gathered *g) {
    return g->read;
}
