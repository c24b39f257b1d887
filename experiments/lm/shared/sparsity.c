#include "sparsity.h"

#include "sim/num/blas.h"
#include "sim/num/linalg.h"
#include "sim/observe/rank.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024 }; /* of a tall matrix at a time, in double precision */

enum attndyn_status sparsity_ranks(struct attndyn_context *ctx, size_t m, size_t n,
                                   const attndyn_real *a, struct ranks *ranks) {
    size_t k = m < n ? m : n, longer = m < n ? n : m;
    uint64_t mark = attndyn_memory_mark(ctx);
    double *block, *gram, *s;
    ATTNDYN_ALLOC(ctx, block, BLOCK * k);
    ATTNDYN_ALLOC(ctx, gram, k * k);
    ATTNDYN_ALLOC(ctx, s, k);
    for (size_t from = 0; from < longer; from += BLOCK) {
        size_t rows = longer - from < BLOCK ? longer - from : BLOCK;
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < k; j++)
                block[i * k + j] = (double)(m < n ? a[j * n + from + i] : a[(from + i) * n + j]);
        attndyn_syrk(ATTNDYN_TRANSPOSED, k, rows, 1, block, from > 0, gram);
    }
    enum attndyn_status status = attndyn_eigen_symmetric(ctx, k, gram, s, NULL);
    if (status) return status;
    for (size_t i = 0; i < k; i++) s[i] = s[i] > 0 ? sqrt(s[i]) : 0;
    *ranks = (struct ranks){attndyn_stable_rank_of(k, s), attndyn_effective_rank_of(k, s)};
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status sparsity_gradient_ranks(struct attndyn_context *ctx,
                                            const struct attndyn_parameter *p,
                                            struct ranks *ranks) {
    return sparsity_ranks(ctx, p->sparse ? p->n_touched : p->rows, p->columns, p->gradient, ranks);
}

static int falling(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* How many of x (n, sorted here, non-negative) it takes to hold `share` of their sum. */
static size_t holding(size_t n, double *x, double share) {
    double sum = 0, part = 0;
    qsort(x, n, sizeof *x, falling);
    for (size_t i = 0; i < n; i++) sum += x[i];
    for (size_t i = 0; i < n; i++) {
        part += x[i];
        if (part >= share * sum) return i + 1;
    }
    return n;
}

/* Keys that query i sees under a window (0: none). */
static size_t keys_seen(size_t i, size_t window) {
    return window > 0 && window <= i ? window : i + 1;
}

void sparsity_attention_add(size_t length, size_t window, size_t stride, const attndyn_real *a,
                            double *room, struct attention_sparsity *sum, size_t *queries,
                            size_t *maps) {
    for (size_t i = 3; i < length; i++) {
        size_t seen = keys_seen(i, window);
        const attndyn_real *row = a + i * stride, *weight = row + (i + 1 - seen);
        double h = 0;
        for (size_t j = 0; j < seen; j++) {
            double w = (double)weight[j];
            room[j] = w;
            if (w > 0) h -= w * log(w);
        }
        sum->entropy += seen > 1 ? h / log((double)seen) : 1; /* of one key: uniform */
        sum->first += (double)row[0] * (double)seen;
        sum->keys90 += (double)holding(seen, room, 0.9) / (double)seen;
        (*queries)++;
    }
    double total = 0, heavy = 0;
    for (size_t j = 0; j < length; j++) {
        room[j] = 0;
        for (size_t i = j; i < length; i++) room[j] += (double)a[i * stride + j];
        total += room[j];
    }
    qsort(room, length, sizeof *room, falling);
    size_t tenth = (length + 9) / 10;
    for (size_t j = 0; j < tenth; j++) heavy += room[j];
    sum->heavy += heavy / total;
    (*maps)++;
}

double sparsity_heavy_uniform(size_t length, size_t window) {
    const size_t tenth = (length + 9) / 10;
    /* key j gets 1/(j + 1) + ... + 1/length, or what the last query that its window lets see it
     * adds; the earlier the key, the more */
    double key = 0, heavy = 0;
    for (size_t j = length; j-- > 0;) {
        key += 1 / (double)keys_seen(j, window);
        if (window > 0 && j + window < length) key -= 1 / (double)window;
        if (j < tenth) heavy += key;
    }
    return heavy / (double)length;
}

void sparsity_hidden(size_t sequences, size_t length, size_t units, size_t stride,
                     const attndyn_real *h, double *room, struct hidden_sparsity *mean) {
    const size_t rows = sequences * length, pairs = sequences * (length - 1);
    size_t all = 0; /* a whole number, so that the share of units that are all active is 1 */
    double before = 0;
    *mean = (struct hidden_sparsity){0};
    for (size_t r = 0; r < rows; r++) {
        const attndyn_real *row = h + r * stride, *last = r % length > 0 ? row - stride : NULL;
        size_t active = 0, both = 0, either = 0;
        for (size_t j = 0; j < units; j++) {
            bool on = row[j] != 0, was = last && last[j] != 0;
            active += on;
            both += on && was;
            either += on || was;
            room[j] = (double)row[j] * (double)row[j];
        }
        double p = (double)active / (double)units;
        all += active;
        if (active)
            mean->units95 += (double)holding(units, room, 0.95) / (double)units / (double)rows;
        if (last && either) {
            mean->overlap += (double)both / (double)either;
            mean->overlap_chance += p * before / (p + before - p * before);
        }
        before = p;
    }
    mean->active = (double)all / ((double)rows * (double)units);
    if (pairs == 0) return;
    mean->overlap /= (double)pairs, mean->overlap_chance /= (double)pairs;
}

/* Adds what the model has just seen. */
static void add_window(const struct text_model *t, const struct attndyn_batch *batch, size_t layer,
                       double *room, struct layer_sparsity *sum, size_t *queries, size_t *maps) {
    const struct attndyn_transformer *model = t->learner.model;
    const struct attndyn_transformer_config *config = attndyn_transformer_config_of(model);
    size_t stride, heads = batch->sequences * config->heads;
    const attndyn_real *a = attndyn_transformer_view(model, ATTNDYN_VIEW_ATTENTION, layer, &stride);
    for (size_t h = 0; h < heads; h++)
        sparsity_attention_add(batch->length, attndyn_transformer_window(config, layer), stride,
                               a + h * batch->length * stride, room, &sum->attention, queries,
                               maps);
    struct hidden_sparsity mean;
    const attndyn_real *x = attndyn_transformer_view(model, ATTNDYN_VIEW_HIDDEN, layer, &stride);
    sparsity_hidden(batch->sequences, batch->length, config->hidden, stride, x, room, &mean);
    sum->hidden.active += mean.active;
    sum->hidden.units95 += mean.units95;
    sum->hidden.overlap += mean.overlap;
    sum->hidden.overlap_chance += mean.overlap_chance;
}

enum attndyn_status sparsity_of_layers(struct attndyn_context *ctx, struct text_model *t,
                                       size_t windows, struct layer_sparsity *layers) {
    uint64_t mark = attndyn_memory_mark(ctx);
    size_t queries = 0, maps = 0; /* of one layer */
    double *room;
    ATTNDYN_ALLOC(ctx, room,
                  attndyn_transformer_config_of(t->learner.model)->hidden + t->valid.length);
    if (windows > t->valid.count) windows = t->valid.count;
    /* a shorter one at the text's end is another measure: fewer keys, or no successive tokens */
    if (windows > 1 && windows == t->valid.count && (t->valid.rows - 1) % t->valid.length > 0)
        windows--;
    memset(layers, 0, t->layers * sizeof *layers);
    for (size_t i = 0; i < windows; i++) {
        struct attndyn_batch batch;
        text_model_see(t, i, &batch);
        for (size_t l = 0; l < t->layers; l++) {
            size_t none = 0;
            add_window(t, &batch, l, room, &layers[l], l ? &none : &queries, l ? &none : &maps);
        }
    }
    double q = (double)queries, w = (double)windows;
    for (size_t l = 0; l < t->layers; l++) {
        struct layer_sparsity *x = &layers[l];
        x->attention.entropy /= q, x->attention.keys90 /= q, x->attention.first /= q;
        x->attention.heavy /= (double)maps;
        x->hidden.active /= w, x->hidden.units95 /= w;
        x->hidden.overlap /= w, x->hidden.overlap_chance /= w;
    }
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}
