#include "joma_relation.h"

#include "sim/num/blas.h"
#include "sim/observe/correlation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct attndyn_parameter *map_of(struct attndyn_transformer *model, size_t layer,
                                              const char *name) {
    char full[80];
    snprintf(full, sizeof full, "layers.%zu.%s", layer, name);
    return attndyn_transformer_parameter(model, full);
}

/* What reads the layer's output. */
static const struct attndyn_parameter *reader_of(struct attndyn_transformer *model, size_t layer) {
    const struct attndyn_parameter *up = map_of(model, layer, "mlp.up.weight");
    return up ? up : attndyn_transformer_parameter(model, "decoder.weight");
}

enum attndyn_status joma_relation_create(struct attndyn_context *ctx,
                                         struct attndyn_transformer *model, size_t layer,
                                         size_t queries, size_t tokens, struct joma_relation *r) {
    const struct attndyn_transformer_config *c = attndyn_transformer_config_of(model);
    const struct attndyn_parameter *reader = reader_of(model, layer);
    if (c->heads != 1 || !reader || c->head_width != c->width)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the relation of z and V is stated for one head as wide as the stream");
    memset(r, 0, sizeof *r);
    r->tokens = tokens, r->queries = queries, r->d = c->width, r->nodes = reader->rows;
    r->softmax = c->attention == ATTNDYN_ATTENTION_SOFTMAX;
    ATTNDYN_ALLOC(ctx, r->z, queries * tokens);
    ATTNDYN_ALLOC(ctx, r->z0, queries * tokens);
    ATTNDYN_ALLOC(ctx, r->square, tokens);
    ATTNDYN_ALLOC(ctx, r->square_before, tokens);
    ATTNDYN_ALLOC(ctx, r->bbar, tokens);
    ATTNDYN_ALLOC(ctx, r->bbar_before, tokens);
    ATTNDYN_ALLOC(ctx, r->zhat, tokens);
    ATTNDYN_ALLOC(ctx, r->room, 2 * tokens);
    size_t longest = tokens > queries ? tokens : queries;
    ATTNDYN_ALLOC(ctx, r->key, longest * r->d);
    ATTNDYN_ALLOC(ctx, r->value, longest * r->d);
    ATTNDYN_ALLOC(ctx, r->node, tokens * r->nodes);
    return ATTNDYN_OK;
}

/* y (n, out) = x (n, d) W^T; a copy where there is no W. */
static enum attndyn_status apply(struct attndyn_context *ctx, const struct attndyn_parameter *map,
                                 size_t n, size_t d, const double *x, double *y) {
    if (!map) {
        memcpy(y, x, n * d * sizeof *y);
        return ATTNDYN_OK;
    }
    uint64_t mark = attndyn_memory_mark(ctx);
    double *w;
    ATTNDYN_ALLOC(ctx, w, map->rows * d);
    for (size_t i = 0; i < map->rows * d; i++) w[i] = (double)map->value[i];
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, n, map->rows, d, 1, x, w, 0, y);
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status joma_relation_look(struct attndyn_context *ctx,
                                       struct attndyn_transformer *model, size_t layer,
                                       const double *x, const double *xq, const double *bbar,
                                       struct joma_relation *r) {
    const struct attndyn_transformer_config *c = attndyn_transformer_config_of(model);
    size_t n = r->tokens, d = r->d;
    ATTNDYN_TRY(
        apply(ctx, map_of(model, layer, "attention.query.weight"), r->queries, d, xq, r->value));
    ATTNDYN_TRY(apply(ctx, map_of(model, layer, "attention.key.weight"), n, d, x, r->key));
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, r->queries, n, d, c->attention_scale, r->value,
                 r->key, 0, r->z);
    ATTNDYN_TRY(apply(ctx, map_of(model, layer, "attention.value.weight"), n, d, x, r->value));
    ATTNDYN_TRY(
        apply(ctx, map_of(model, layer, "attention.output.weight"), n, d, r->value, r->key));
    ATTNDYN_TRY(apply(ctx, reader_of(model, layer), n, d, r->key, r->node));
    for (size_t l = 0; l < n; l++) {
        r->square[l] = 0;
        for (size_t k = 0; k < r->nodes; k++)
            r->square[l] += r->node[l * r->nodes + k] * r->node[l * r->nodes + k];
        r->bbar[l] = bbar[l];
    }
    double grown = 0;
    for (size_t l = 0; l < n; l++) grown += r->square[l] - r->square_before[l];
    if (r->looks++ == 0)
        memcpy(r->z0, r->z, r->queries * n * sizeof *r->z);
    else
        for (size_t l = 0; l < n; l++) {
            r->zhat[l] += (r->square[l] - r->square_before[l]) / 2;
            if (r->softmax) r->zhat[l] -= (r->bbar[l] + r->bbar_before[l]) / 2 * grown / 2;
        }
    memcpy(r->square_before, r->square, n * sizeof *r->square);
    memcpy(r->bbar_before, r->bbar, n * sizeof *r->bbar);
    return ATTNDYN_OK;
}

static void centre(size_t n, double *x) {
    double mean = 0;
    for (size_t i = 0; i < n; i++) mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++) x[i] -= mean;
}

struct joma_agreement joma_relation_agreement(struct joma_relation *r) {
    struct joma_agreement a = {0};
    size_t n = r->tokens;
    double moving = 0;
    double *dz = r->room, *zhat = r->room + n;
    for (size_t l = 0; l < n; l++) dz[l] = 0, zhat[l] = r->zhat[l];
    for (size_t m = 0; m < r->queries; m++) {
        double *change = r->key; /* at least as long as the tokens */
        for (size_t l = 0; l < n; l++) {
            change[l] = r->z[m * n + l] - r->z0[m * n + l];
            dz[l] += change[l] / (double)r->queries;
        }
        double nc = attndyn_centred_correlation(n, zhat, change, 0);
        if (isnan(nc)) continue; /* a query whose logits never moved */
        a.nc_single += nc;
        moving++;
    }
    a.nc_single = moving > 0 ? a.nc_single / moving : NAN;
    centre(n, dz);
    centre(n, zhat);
    double norm = attndyn_dot(n, dz, dz);
    a.nc = attndyn_centred_correlation(n, zhat, dz, 0);
    a.slope = attndyn_dot(n, zhat, dz) / norm;
    a.relative_error = attndyn_relative_distance(n, zhat, dz);
    a.moved = sqrt(norm / (double)n);
    return a;
}
