/* A block of rows through the network (transformer/config.h has the equations). */
#include "../transformer/pointwise_private.h"
#include "inference_private.h"

#include <math.h>
#include <string.h>

enum { WORTH = 1 << 15, CHUNK = 32 };

struct norm_task {
    const struct attndyn_weights_norm *norm;
    size_t rows;
    const attndyn_real *x;
    attndyn_real *y;
};
static size_t chunk_rows(size_t rows, size_t i) {
    return rows - i * CHUNK < CHUNK ? rows - i * CHUNK : CHUNK;
}
static size_t chunks(size_t rows) {
    return (rows + CHUNK - 1) / CHUNK;
}

static void norm_chunk(struct attndyn_inference *s, const void *user, size_t i, size_t thread) {
    (void)thread;
    const struct norm_task *t = user;
    size_t d = s->config->width, from = i * CHUNK;
    attndyn_net_norm_rows(s->config->norm, (attndyn_real)s->config->norm_epsilon,
                          chunk_rows(t->rows, i), d, t->norm->gain, t->norm->bias, t->x + from * d,
                          t->y + from * d, s->stats + 2 * from);
}

/* y = norm(x), which may be the same. */
static void norm_all(struct attndyn_inference *s, const struct attndyn_weights_norm *norm,
                     size_t rows, const attndyn_real *x, attndyn_real *y) {
    const struct norm_task t = {norm, rows, x, y};
    attndyn_infer_share(s, rows * s->config->width >= WORTH, chunks(rows), norm_chunk, &t);
}

struct activate_task {
    const attndyn_real *gate, *up;
};
static void activate_chunk(struct attndyn_inference *s, const void *user, size_t i, size_t thread) {
    (void)thread;
    const struct activate_task *t = user;
    size_t h = s->config->hidden, from = i * CHUNK * h;
    attndyn_net_activate_row(s->config->mlp, chunk_rows(s->rows, i) * h,
                             t->gate ? t->gate + from : NULL, t->up + from, s->hidden + from);
}

static void add(size_t count, const attndyn_real *x, attndyn_real *y) {
    for (size_t j = 0; j < count; j++) y[j] += x[j];
}

/* ------------------------------------------------------------------ the ends */

static void add_position(const struct attndyn_inference *s, uint64_t place, attndyn_real *x) {
    const struct attndyn_transformer_config *c = s->config;
    size_t d = c->width;
    if (c->position == ATTNDYN_POSITION_LEARNED) {
        attndyn_matrix_widen(&s->weights->position, (size_t)place + c->position_offset, 1,
                             s->normed);
        add(d, s->normed, x);
    }
    if (c->position != ATTNDYN_POSITION_SINUSOIDAL) return;
    for (size_t j = 0; j < d; j++) {
        double angle = (double)place * pow(10000, -(double)(j / 2 * 2) / (double)d);
        x[j] += (attndyn_real)(j % 2 ? cos(angle) : sin(angle));
    }
}

static void embed(struct attndyn_inference *s) {
    const struct attndyn_transformer_config *c = s->config;
    size_t d = c->width, e = c->embedding_width;
    const attndyn_real scale = (attndyn_real)c->embedding_scale;
    attndyn_real *to = s->narrow ? s->narrow : s->x;
    for (size_t r = 0; r < s->rows; r++) {
        attndyn_matrix_widen(&s->weights->embedding, s->token[r], 1, to + r * e);
        for (size_t j = 0; scale != 1 && j < e; j++) to[r * e + j] *= scale;
    }
    if (s->narrow) attndyn_infer_linear(s, &s->project_in, s->rows, s->narrow, e, s->x, d);
    for (size_t r = 0; r < s->rows; r++) add_position(s, s->place[r], s->x + r * d);
    if (c->embedding_norm) norm_all(s, &s->weights->embedding_norm, s->rows, s->x, s->x);
}

void attndyn_infer_head(struct attndyn_inference *s, const size_t *rows, size_t n) {
    const struct attndyn_transformer_config *c = s->config;
    size_t d = c->width;
    attndyn_real *x = s->normed;
    for (size_t i = 0; i < n; i++) memcpy(x + i * d, s->x + rows[i] * d, d * sizeof *x);
    if (c->final_norm && c->norm != ATTNDYN_NORM_NONE) norm_all(s, &s->weights->norm, n, x, x);
    if (s->narrow) {
        attndyn_infer_linear(s, &s->project_out, n, x, d, s->narrow, c->embedding_width);
        x = s->narrow;
    }
    attndyn_infer_linear(s, &s->decoder, n, x, c->embedding_width, s->logits, c->outputs);
}

/* ------------------------------------------------------------------ a layer */

static void project_qkv(struct attndyn_inference *s, const struct infer_block *b,
                        const attndyn_real *from) {
    const struct attndyn_transformer_config *c = s->config;
    size_t d = c->width, ld = infer_qkv_width(c), kv = c->kv_heads * c->head_width;
    const size_t width[] = {c->heads * c->head_width, kv, kv};
    const struct infer_map *maps[] = {&b->query, &b->key, &b->value};
    for (size_t i = 0, at = 0; i < 3; at += width[i], i++) {
        if (maps[i]->weight.data)
            attndyn_infer_linear(s, maps[i], s->rows, from, d, s->qkv + at, ld);
        else
            for (size_t r = 0; r < s->rows; r++)
                memcpy(s->qkv + r * ld + at, from + r * d, d * sizeof *s->qkv);
    }
}

/* s->mid becomes what follows the first sublayer. */
static void attention_sublayer(struct attndyn_inference *s, size_t l) {
    const struct attndyn_transformer_config *c = s->config;
    const struct attndyn_weights_block *w = attndyn_weights_of_layer(s->weights, l);
    const struct infer_block *b = &s->maps[s->weights->layer_map[l]];
    size_t rows = s->rows, d = c->width, q = c->heads * c->head_width;
    bool normed = c->norm != ATTNDYN_NORM_NONE, pre = c->placement == ATTNDYN_PLACEMENT_PRE;
    if (normed && pre) norm_all(s, &w->norm1, rows, s->x, s->normed);
    project_qkv(s, b, normed && pre ? s->normed : s->x);
    if (s->masked)
        attndyn_infer_attend_masked(s, l);
    else
        attndyn_infer_attend(s, l);
    if (s->hooks.heads) s->hooks.heads(s->hooks.user, l, rows, s->context);
    if (b->output.weight.data)
        attndyn_infer_linear(s, &b->output, rows, s->context, q, s->mid, d);
    else
        memcpy(s->mid, s->context, rows * d * sizeof *s->mid);
    if (c->residual) add(rows * d, s->x, s->mid);
    if (normed && !pre) norm_all(s, &w->norm1, rows, s->mid, s->mid);
}

/* The MLP's output into s->x: all units, or the chosen ones of each row. */
static void mlp_all(struct attndyn_inference *s, const struct infer_block *b, size_t l,
                    const attndyn_real *from) {
    size_t rows = s->rows, d = s->config->width, h = s->config->hidden;
    bool gated = s->config->mlp == ATTNDYN_MLP_SWIGLU;
    attndyn_infer_linear(s, &b->up, rows, from, d, s->up, h);
    if (gated) attndyn_infer_linear(s, &b->gate, rows, from, d, s->gate, h);
    const struct activate_task t = {gated ? s->gate : NULL, s->up};
    attndyn_infer_share(s, rows * h >= WORTH, chunks(rows), activate_chunk, &t);
    if (s->hooks.hidden) s->hooks.hidden(s->hooks.user, l, rows, s->hidden);
    attndyn_infer_linear(s, &b->down, rows, s->hidden, h, s->x, d);
}
static void mlp_chosen(struct attndyn_inference *s, size_t l, const attndyn_real *from) {
    size_t d = s->config->width;
    uint32_t *units = attndyn_gathered_units(s->hooks.gathered);
    for (size_t r = 0; r < s->rows; r++) {
        size_t n = s->hooks.units(s->hooks.user, l, r, units);
        attndyn_gathered_mlp(s->hooks.gathered, l, from + r * d, n, units, s->x + r * d);
    }
}

/* s->x becomes what leaves the layer. */
static void mlp_sublayer(struct attndyn_inference *s, size_t l) {
    const struct attndyn_transformer_config *c = s->config;
    const struct attndyn_weights_block *w = attndyn_weights_of_layer(s->weights, l);
    const struct infer_block *b = &s->maps[s->weights->layer_map[l]];
    size_t rows = s->rows, d = c->width;
    bool normed = c->norm != ATTNDYN_NORM_NONE, pre = c->placement == ATTNDYN_PLACEMENT_PRE;
    if (c->mlp == ATTNDYN_MLP_NONE) {
        attndyn_real *swap = s->x;
        s->x = s->mid, s->mid = swap;
        return;
    }
    const attndyn_real *from = c->parallel ? s->x : s->mid;
    if (normed && pre) {
        norm_all(s, &w->norm2, rows, from, s->normed);
        from = s->normed;
    }
    if (s->hooks.gathered)
        mlp_chosen(s, l, from);
    else
        mlp_all(s, b, l, from);
    /* parallel: mid is x + attention, or attention alone without a residual */
    if (c->residual || c->parallel) add(rows * d, s->mid, s->x);
    if (normed && !pre) norm_all(s, &w->norm2, rows, s->x, s->x);
}

void attndyn_infer_forward(struct attndyn_inference *s) {
    embed(s);
    attndyn_infer_turns_ready(s);
    for (size_t l = 0; l < s->config->layers; l++) {
        if (s->hooks.layer) s->hooks.layer(s->hooks.user, l, s->rows, s->x);
        attention_sublayer(s, l);
        mlp_sublayer(s, l);
    }
}
