#include "exact.h"

#include "sim/base/random.h"

#include <stdio.h>
#include <string.h>

enum { SEQUENCES = 2, LENGTH = 12 };

struct case_data {
    uint32_t tokens[SEQUENCES * LENGTH], targets[SEQUENCES * LENGTH];
    struct attndyn_batch batch;
    size_t length;
};

static enum attndyn_status draw(const struct trial *run, size_t context, struct case_data *k) {
    struct attndyn_random random;
    k->length = context < LENGTH ? context : LENGTH;
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 1));
    for (size_t i = 0; i < SEQUENCES * LENGTH; i++) {
        k->tokens[i] = (uint32_t)(attndyn_random_uniform(&random) * NETWORK_TOKENS);
        k->targets[i] = (uint32_t)(attndyn_random_uniform(&random) * NETWORK_TOKENS);
    }
    attndyn_random_done(&random);
    k->batch = (struct attndyn_batch){
        .sequences = SEQUENCES, .length = k->length, .tokens = k->tokens, .targets = k->targets};
    return ATTNDYN_OK;
}

/* A network in training that starts from weights, and its gradient on the batch. */
static enum attndyn_status differentiate(const struct trial *run, const struct attndyn_weights *w,
                                         const struct case_data *k,
                                         struct attndyn_transformer **network) {
    struct attndyn_transformer_config config = w->config;
    ATTNDYN_TRY(attndyn_transformer_create(run->ctx, &config, SEQUENCES, k->length, network));
    ATTNDYN_TRY(attndyn_transformer_take(run->ctx, *network, w));
    attndyn_transformer_gradient(*network, &k->batch, 0);
    return ATTNDYN_OK;
}

/* Adds a parameter's gradient, dense, to the sum. */
static void add_gradient(const struct attndyn_parameter *p, double *sum) {
    size_t rows = p->sparse ? p->n_touched : p->rows;
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < p->columns; j++)
            sum[(p->sparse ? p->touched[r] : r) * p->columns + j] +=
                (double)p->gradient[r * p->columns + j];
}

static void compare(const struct attndyn_parameter *p, const double *sum, struct difference *d) {
    for (size_t i = 0; i < attndyn_parameter_count(p); i++, d->compared++) {
        worst(&d->off, (double)p->gradient[i] - sum[i]);
        worst(&d->scale, sum[i]);
    }
}

/* The weights with a block for each depth, each a view of the block that it uses. */
static enum attndyn_status unshare(const struct trial *run, const struct attndyn_weights *w,
                                   struct attndyn_weights *apart) {
    size_t layers = w->config.layers, *map;
    struct attndyn_weights_block *blocks;
    ATTNDYN_ALLOC(run->ctx, blocks, layers);
    ATTNDYN_ALLOC(run->ctx, map, layers);
    for (size_t l = 0; l < layers; l++) {
        blocks[l] = w->block[w->layer_map[l]];
        map[l] = l;
    }
    *apart = *w;
    apart->config.layer_map = NULL;
    apart->layer_map = map;
    apart->blocks = layers;
    apart->block = blocks;
    return ATTNDYN_OK;
}

static enum attndyn_status shared(const struct trial *run, const struct attndyn_weights *w,
                                  const struct case_data *k, struct difference *d) {
    struct attndyn_weights apart;
    struct attndyn_transformer *network, *copies;
    size_t count;
    double *sum;
    ATTNDYN_TRY(unshare(run, w, &apart));
    ATTNDYN_TRY(differentiate(run, w, k, &network));
    ATTNDYN_TRY(differentiate(run, &apart, k, &copies));
    const struct attndyn_parameter *p = attndyn_transformer_parameters(network, &count);
    for (size_t i = 0; i < count; i++) {
        size_t block = 0;
        int end = 0;
        if (sscanf(p[i].name, "layers.%zu.%n", &block, &end) != 1 || end == 0) continue;
        ATTNDYN_ALLOC(run->ctx, sum, attndyn_parameter_count(&p[i]));
        for (size_t l = 0; l < w->config.layers; l++) {
            char *name = attndyn_format(run->ctx, "layers.%zu.%s", l, p[i].name + end);
            if (!name) return ATTNDYN_NO_MEMORY;
            if (w->layer_map[l] == block)
                add_gradient(attndyn_transformer_parameter(copies, name), sum);
        }
        compare(&p[i], sum, d);
        attndyn_free(run->ctx, sum);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status tied(const struct trial *run, const struct attndyn_weights *w,
                                const struct case_data *k, struct difference *d) {
    struct attndyn_weights one = *w, two = *w;
    struct attndyn_transformer *network, *apart;
    double *sum;
    one.config.tied = true;
    one.decoder.weight = one.embedding;
    two.config.tied = false;
    two.decoder.weight = two.embedding;
    ATTNDYN_TRY(differentiate(run, &one, k, &network));
    ATTNDYN_TRY(differentiate(run, &two, k, &apart));
    const struct attndyn_parameter *p = attndyn_transformer_parameter(network, "embedding.weight");
    ATTNDYN_ALLOC(run->ctx, sum, attndyn_parameter_count(p));
    add_gradient(attndyn_transformer_parameter(apart, "embedding.weight"), sum);
    add_gradient(attndyn_transformer_parameter(apart, "decoder.weight"), sum);
    compare(p, sum, d);
    return ATTNDYN_OK;
}

/* (heads a, d): the rows of each key head, once for every head of its group. */
static enum attndyn_status spread(const struct trial *run, const struct attndyn_weights *w,
                                  struct attndyn_matrix *m) {
    size_t H = w->config.heads, a = w->config.head_width, group = H / w->config.kv_heads;
    float *rows;
    ATTNDYN_ALLOC(run->ctx, rows, H * a * m->columns);
    for (size_t h = 0; h < H; h++)
        attndyn_matrix_widen(m, h / group * a, a, rows + h * a * m->columns);
    *m = (struct attndyn_matrix){.data = rows,
                                 .dtype = ATTNDYN_F32,
                                 .rows = H * a,
                                 .columns = m->columns,
                                 .stride = m->columns,
                                 .group = H * a};
    return ATTNDYN_OK;
}

static enum attndyn_status grouped(const struct trial *run, const struct attndyn_weights *w,
                                   const struct case_data *k, struct difference *d) {
    struct attndyn_weights plain;
    struct attndyn_transformer *network, *other;
    size_t count = SEQUENCES * k->length * w->config.outputs;
    attndyn_real *x, *y;
    ATTNDYN_TRY(unshare(run, w, &plain));
    for (size_t l = 0; l < plain.blocks; l++) {
        struct attndyn_weights_block *b =
            (struct attndyn_weights_block *)(uintptr_t)&plain.block[l];
        ATTNDYN_TRY(spread(run, w, &b->key.weight));
        ATTNDYN_TRY(spread(run, w, &b->value.weight));
    }
    plain.config.kv_heads = plain.config.heads;
    ATTNDYN_ALLOC(run->ctx, x, count);
    ATTNDYN_ALLOC(run->ctx, y, count);
    ATTNDYN_TRY(attndyn_transformer_over(run->ctx, w, SEQUENCES, k->length, &network));
    ATTNDYN_TRY(attndyn_transformer_over(run->ctx, &plain, SEQUENCES, k->length, &other));
    attndyn_transformer_logits(network, &k->batch, x);
    attndyn_transformer_logits(other, &k->batch, y);
    for (d->compared = 0; d->compared < count; d->compared++) {
        worst(&d->off, (double)x[d->compared] - (double)y[d->compared]);
        worst(&d->scale, (double)y[d->compared]);
    }
    return ATTNDYN_OK;
}

typedef enum attndyn_status compare_fn(const struct trial *run, const struct attndyn_weights *w,
                                       const struct case_data *k, struct difference *d);
/* On tokens of its own; what it takes is given back. */
static enum attndyn_status on_drawn(const struct trial *run, const struct attndyn_weights *w,
                                    compare_fn *body, struct difference *d) {
    struct case_data k;
    uint64_t mark = attndyn_memory_mark(run->ctx);
    *d = (struct difference){0};
    ATTNDYN_TRY(draw(run, w->config.context, &k));
    ATTNDYN_TRY(body(run, w, &k, d));
    attndyn_memory_release(run->ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status exact_shared(const struct trial *run, const struct attndyn_weights *w,
                                 struct difference *d) {
    return on_drawn(run, w, shared, d);
}
enum attndyn_status exact_tied(const struct trial *run, const struct attndyn_weights *w,
                               struct difference *d) {
    return on_drawn(run, w, tied, d);
}
enum attndyn_status exact_grouped(const struct trial *run, const struct attndyn_weights *w,
                                  struct difference *d) {
    return on_drawn(run, w, grouped, d);
}
