#include "observer.h"

#include "experiments/lm/shared/frequencies.h"
#include "sim/num/blas.h"

#include <stdio.h>
#include <string.h>

#define NONE UINT32_MAX

static struct attndyn_batch probe_batch(struct observer *o, size_t i) {
    if (o->windows) return query_windows_batch(o->windows, UINT64_MAX - i); /* never trained on */
    return attndyn_text_batches_column(&o->t->train, i % o->t->train.count);
}

/* Is position j of a sequence a query that counts, and may it be a key? */
static bool is_query(const struct observer *o, size_t j, size_t length) {
    return o->rung->all || j + 1 == length;
}
static bool is_key(const struct observer *o, size_t j, size_t length) {
    return o->rung->all || j + 1 < length;
}

/* The `most` most frequent of count[V] but `without`. */
static enum attndyn_status most_frequent(struct attndyn_context *ctx, size_t V, const double *count,
                                         uint32_t without, size_t most, uint32_t **token,
                                         size_t *n) {
    struct frequency *f;
    ATTNDYN_ALLOC(ctx, f, V);
    for (size_t i = 0; i < V; i++)
        f[i] = (struct frequency){i == without ? 0 : count[i], (uint32_t)i};
    frequencies_sort(f, V);
    ATTNDYN_ALLOC(ctx, *token, most);
    for (*n = 0; *n < most && *n < V && f[*n].count > 0; ++*n) (*token)[*n] = f[*n].token;
    attndyn_free(ctx, f);
    return ATTNDYN_OK;
}

static enum attndyn_status courses_create(struct attndyn_context *ctx, struct observer *o) {
    size_t rows = o->queries + 1;
    const struct attndyn_transformer_config *config =
        attndyn_transformer_config_of(o->t->learner.model);
    o->heads = config->heads;
    ATTNDYN_ALLOC(ctx, o->head, o->t->layers * o->heads);
    for (size_t h = 0; h < o->t->layers * o->heads; h++) {
        struct head_course *c = &o->head[h];
        double **by_key[] = {&c->z,     &c->z_start,     &c->zhat,    &c->zhat_start,
                             &c->track, &c->track_start, &c->readers, &c->readers_start};
        double **by_seen[] = {&c->mean, &c->mean_start, &c->mean_before, &c->second};
        for (size_t i = 0; i < 8; i++) ATTNDYN_ALLOC(ctx, *by_key[i], rows * o->keys);
        for (size_t i = 0; i < 4; i++) ATTNDYN_ALLOC(ctx, *by_seen[i], rows * o->seen);
        for (size_t i = 0; i < 3; i++) ATTNDYN_ALLOC(ctx, c->sum[i], o->seen * config->head_width);
        ATTNDYN_ALLOC(ctx, c->square, o->seen);
        ATTNDYN_ALLOC(ctx, c->all_square, o->seen);
    }
    return ATTNDYN_OK;
}

enum attndyn_status observer_allows(struct attndyn_context *ctx, const char *path,
                                    const struct attndyn_transformer_config *c) {
    bool rotary = c->position == ATTNDYN_POSITION_ROPE_HALF ||
                  c->position == ATTNDYN_POSITION_ROPE_INTERLEAVED;
    const char *lacks = rotary        ? "its rotary positions make every logit one of the distance"
                        : c->parallel ? "its MLP does not read what its attention writes"
                        : c->mlp == ATTNDYN_MLP_NONE   ? "it has no MLP"
                        : c->mlp == ATTNDYN_MLP_SWIGLU ? "its MLP is gated: two maps read"
                                                       : NULL;
    if (!lacks) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "model=%s: Theorem 1 does not speak of this network: %s; OPT, GPT-2, "
                        "GPT-Neo and BLOOM have what it needs",
                        path, lacks);
}

enum attndyn_status observer_create(struct attndyn_context *ctx, const struct rung *rung,
                                    struct text_model *t, struct query_windows *windows,
                                    size_t batches, size_t keys, size_t queries,
                                    struct observer *o) {
    const struct attndyn_transformer_config *c = attndyn_transformer_config_of(t->learner.model);
    size_t V = t->vocabulary, units = rung->mlp ? c->hidden : c->outputs;
    size_t widest = units > c->outputs ? units : c->outputs;
    double *as_key, *as_query;
    *o = (struct observer){.rung = rung, .t = t, .windows = windows, .batches = batches};
    o->units = units;
    o->decoder = attndyn_transformer_parameter(t->learner.model, "decoder.weight");
    ATTNDYN_ALLOC(ctx, as_key, V);
    ATTNDYN_ALLOC(ctx, as_query, V);
    ATTNDYN_ALLOC(ctx, o->slot, V);
    for (size_t i = 0; i < batches; i++) {
        struct attndyn_batch b = probe_batch(o, i);
        for (size_t r = 0; r < b.sequences * b.length; r++) {
            if (is_key(o, r % b.length, b.length)) as_key[b.tokens[r]]++;
            if (is_query(o, r % b.length, b.length)) as_query[b.tokens[r]]++;
        }
    }
    for (size_t i = 0; i < V; i++)
        o->slot[i] = as_key[i] + as_query[i] > 0 ? (uint32_t)o->seen++ : NONE;
    ATTNDYN_TRY(
        most_frequent(ctx, V, as_key, windows ? windows->query : NONE, keys, &o->key, &o->keys));
    ATTNDYN_TRY(most_frequent(ctx, V, as_query, NONE, queries, &o->query, &o->queries));
    if (o->keys < 3)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "the probe has %zu tokens to compare, expected at least 3: raise probe",
                            o->keys);
    ATTNDYN_ALLOC(ctx, o->count, o->seen);
    ATTNDYN_ALLOC(ctx, o->queried, o->seen);
    ATTNDYN_ALLOC(ctx, o->row, o->queries + 1);
    ATTNDYN_ALLOC(ctx, o->contribution, o->seen * c->width);
    ATTNDYN_ALLOC(ctx, o->v, o->seen * widest);
    ATTNDYN_ALLOC(ctx, o->weight, (widest > c->width ? widest : c->width) * c->width);
    return courses_create(ctx, o);
}

static size_t watched(const struct observer *o, uint32_t token) {
    size_t q = 0;
    while (q < o->queries && o->query[q] != token) q++;
    return q;
}

static void add(size_t n, const attndyn_real *x, double *sum) {
    for (size_t i = 0; i < n; i++) sum[i] += (double)x[i];
}

/* Adds the batch that the network has just seen to the sums of a head; the counts are the same for
 * all heads. */
static void gather(struct observer *o, const struct attndyn_batch *b, size_t l, size_t h) {
    const enum attndyn_view views[] = {ATTNDYN_VIEW_QUERY, ATTNDYN_VIEW_KEY, ATTNDYN_VIEW_VALUE};
    const struct attndyn_transformer *model = o->t->learner.model;
    const struct attndyn_transformer_config *config = attndyn_transformer_config_of(model);
    size_t T = b->length, width = config->head_width, H = config->heads, stride, a_stride;
    const size_t group = h / (H / config->kv_heads), slice[] = {h, group, group};
    const attndyn_real *a = attndyn_transformer_view(model, ATTNDYN_VIEW_ATTENTION, l, &a_stride);
    struct head_course *c = &o->head[l * H + h];
    const double counts = l == 0 && h == 0;
    for (size_t r = 0; r < b->sequences * T; r++) {
        size_t s = o->slot[b->tokens[r]], j = r % T;
        bool query = is_query(o, j, T), key = is_key(o, j, T);
        for (size_t i = 0; i < 3; i++) {
            const attndyn_real *x = attndyn_transformer_view(model, views[i], l, &stride);
            if (i == 0 ? query : key)
                add(width, x + r * stride + slice[i] * width, c->sum[i] + s * width);
        }
        o->count[s] += key * counts;
        o->queried[s] += query * counts;
        size_t q = query ? watched(o, b->tokens[r]) : o->queries;
        if (!query || (j == 0 && T > 1)) continue; /* the first token sees only itself */
        const attndyn_real *w = a + ((r / T * H + h) * T + j) * a_stride;
        for (size_t k = 0; k < T; k++) {
            size_t slot = o->slot[b->tokens[r - j + k]];
            if (q < o->queries) c->mean[q * o->seen + slot] += (double)w[k];
            c->mean[o->queries * o->seen + slot] += (double)w[k];
        }
        if (q < o->queries) o->row[q] += counts;
        o->row[o->queries] += counts;
    }
}

static const struct attndyn_parameter *weight_of(struct observer *o, size_t l, const char *name) {
    const struct attndyn_weights *w = attndyn_transformer_weights(o->t->learner.model);
    char full[64];
    snprintf(full, sizeof full, "layers.%zu.%s", w->layer_map[l], name);
    return attndyn_transformer_parameter(o->t->learner.model, full);
}

/* to (seen, rows) = from (seen, in) W^T, W (rows, in) the columns [first, first + in) of a
 * weight. */
static void map(struct observer *o, const struct attndyn_parameter *weight, size_t first, size_t in,
                const double *from, double *to) {
    size_t rows = weight->rows;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < in; j++)
            o->weight[i * in + j] = (double)weight->value[i * weight->columns + first + j];
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, o->seen, rows, in, 1, from, o->weight, 0, to);
}

/* contribution (seen, d): what a unit of a head's attention to a token adds to what the reader
 * reads. A norm between is taken as its centring and gain; its division by the standard deviation
 * is not. */
static void contributions(struct observer *o, size_t l, size_t h) {
    const struct attndyn_transformer_config *c = attndyn_transformer_config_of(o->t->learner.model);
    size_t d = c->width, a = c->head_width;
    const double *value = o->head[l * o->heads + h].sum[2];
    const struct attndyn_parameter *out = weight_of(o, l, "attention.output.weight");
    const struct attndyn_parameter *gain =
        weight_of(o, l, c->placement == ATTNDYN_PLACEMENT_PRE ? "norm2.weight" : "norm1.weight");
    if (out)
        map(o, out, h * a, a, value, o->contribution);
    else
        memcpy(o->contribution, value, o->seen * d * sizeof *o->contribution);
    for (size_t s = 0; gain && s < o->seen; s++) {
        double *u = o->contribution + s * d, mean = 0;
        for (size_t i = 0; i < d && c->norm == ATTNDYN_NORM_LAYER; i++) mean += u[i] / (double)d;
        for (size_t i = 0; i < d; i++) u[i] = (double)gain->value[i] * (u[i] - mean);
    }
}

/* Adds sum_k (w_k . contribution_l)^2 to square (seen), its sum to total. */
static void add_squares(struct observer *o, const struct attndyn_parameter *w, double *square,
                        double *total) {
    size_t units = w->rows;
    map(o, w, 0, w->columns, o->contribution, o->v);
    for (size_t s = 0; s < o->seen; s++) {
        double sum = attndyn_dot(units, o->v + s * units, o->v + s * units);
        square[s] += sum;
        *total += sum;
    }
}

static void squares(struct observer *o, size_t l, size_t h) {
    struct head_course *c = &o->head[l * o->heads + h];
    const struct attndyn_parameter *w =
        o->rung->mlp ? weight_of(o, l, "mlp.up.weight") : o->decoder;
    memset(c->square, 0, o->seen * sizeof *c->square);
    c->total = 0;
    add_squares(o, w, c->square, &c->total);
    memcpy(c->all_square, c->square, o->seen * sizeof *c->square);
    c->all_total = c->total;
    if (o->rung->stream && o->decoder) add_squares(o, o->decoder, c->all_square, &c->all_total);
}

/* z (queries + 1, keys) from the means of queries and keys by token. */
static void logits(struct observer *o, size_t l, size_t h) {
    const struct attndyn_transformer_config *c = attndyn_transformer_config_of(o->t->learner.model);
    const struct head_course *course = &o->head[l * o->heads + h];
    size_t d = c->head_width;
    double *z = course->z, *all = o->weight; /* (a), free here */
    for (size_t i = 0; i < d; i++) {
        all[i] = 0;
        for (size_t s = 0; s < o->seen; s++)
            if (o->queried[s] > 0) all[i] += course->sum[0][s * d + i];
    }
    for (size_t q = 0; q <= o->queries; q++)
        for (size_t k = 0; k < o->keys; k++) {
            const double *x = q < o->queries ? course->sum[0] + o->slot[o->query[q]] * d : all;
            double s = c->attention_scale *
                       attndyn_dot(d, x, course->sum[1] + (size_t)o->slot[o->key[k]] * d);
            z[q * o->keys + k] = c->attention == ATTNDYN_ATTENTION_LINEAR ? s * s : s;
        }
}

static void predict(const struct observer *o, struct head_course *c, double old_total) {
    double half = o->rung->attention == ATTNDYN_ATTENTION_LINEAR ? 1 : 0.5;
    bool soft = o->rung->attention == ATTNDYN_ATTENTION_SOFTMAX;
    for (size_t q = 0; q <= o->queries; q++) {
        for (size_t s = 0; s < o->seen; s++) {
            size_t at = q * o->seen + s;
            if (o->started)
                c->second[at] += (c->mean[at] + c->mean_before[at]) / 2 * (c->total - old_total);
        }
        for (size_t k = 0; k < o->keys; k++) {
            size_t s = o->slot[o->key[k]], at = q * o->seen + s;
            double first = c->square[s];
            c->zhat[q * o->keys + k] = half * (first - soft * c->mean_start[at] * c->total);
            c->readers[q * o->keys + k] =
                half * (c->all_square[s] - soft * c->mean_start[at] * c->all_total);
            c->track[q * o->keys + k] = half * (first - soft * c->second[at]);
        }
    }
}

/* The means of a head, of sums over the probe. */
static void take_means(const struct observer *o, struct head_course *c) {
    size_t a = attndyn_transformer_config_of(o->t->learner.model)->head_width, seen = o->seen;
    for (size_t s = 0; s < seen; s++)
        for (size_t i = 0; i < 3; i++) {
            double n = i == 0 ? o->queried[s] : o->count[s];
            for (size_t j = 0; j < a; j++)
                if (n > 0) c->sum[i][s * a + j] /= n;
        }
    for (size_t q = 0; q <= o->queries; q++)
        for (size_t s = 0; s < seen; s++)
            if (o->row[q] > 0) c->mean[q * seen + s] /= o->row[q];
}

static void look_at_head(struct observer *o, size_t l, size_t h) {
    struct head_course *c = &o->head[l * o->heads + h];
    size_t rows = o->queries + 1;
    double old_total = c->total;
    take_means(o, c);
    if (!o->started) memcpy(c->mean_start, c->mean, rows * o->seen * sizeof *c->mean);
    contributions(o, l, h);
    squares(o, l, h);
    logits(o, l, h);
    predict(o, c, old_total);
    if (o->started) return;
    memcpy(c->z_start, c->z, rows * o->keys * sizeof *c->z);
    memcpy(c->zhat_start, c->zhat, rows * o->keys * sizeof *c->z);
    memcpy(c->track_start, c->track, rows * o->keys * sizeof *c->z);
    memcpy(c->readers_start, c->readers, rows * o->keys * sizeof *c->z);
}

void observer_look(struct observer *o) {
    size_t a = attndyn_transformer_config_of(o->t->learner.model)->head_width;
    size_t rows = o->queries + 1, seen = o->seen;
    memset(o->count, 0, seen * sizeof *o->count);
    memset(o->queried, 0, seen * sizeof *o->queried);
    memset(o->row, 0, rows * sizeof *o->row);
    for (size_t h = 0; h < o->t->layers * o->heads; h++) {
        struct head_course *c = &o->head[h];
        memcpy(c->mean_before, c->mean, rows * seen * sizeof *c->mean);
        memset(c->mean, 0, rows * seen * sizeof *c->mean);
        for (size_t i = 0; i < 3; i++) memset(c->sum[i], 0, seen * a * sizeof *c->sum[i]);
    }
    for (size_t i = 0; i < o->batches; i++) { /* each run once for all layers */
        struct attndyn_batch b = probe_batch(o, i);
        b.targets = NULL;
        attndyn_transformer_loss(o->t->learner.model, &b);
        for (size_t h = 0; h < o->t->layers * o->heads; h++)
            gather(o, &b, h / o->heads, h % o->heads);
    }
    for (size_t h = 0; h < o->t->layers * o->heads; h++)
        look_at_head(o, h / o->heads, h % o->heads);
    o->started = true;
}

enum { KEPT = 8 };

size_t observer_arrays(const struct observer *o) {
    return KEPT * o->t->layers * o->heads;
}

enum attndyn_status observer_name_arrays(struct attndyn_context *ctx, struct observer *o,
                                         struct attndyn_checkpoint_array *arrays) {
    size_t keys = (o->queries + 1) * o->keys, seen = (o->queries + 1) * o->seen;
    for (size_t l = 0; l < o->t->layers * o->heads; l++) {
        struct head_course *c = &o->head[l];
        const struct attndyn_checkpoint_array own[KEPT] = {
            {"z_start", c->z_start, keys},
            {"zhat_start", c->zhat_start, keys},
            {"track_start", c->track_start, keys},
            {"readers_start", c->readers_start, keys},
            {"mean", c->mean, seen},
            {"mean_start", c->mean_start, seen},
            {"second", c->second, seen},
            {"total", &c->total, 1}};
        for (size_t i = 0; i < KEPT; i++) {
            arrays[l * KEPT + i] = own[i];
            arrays[l * KEPT + i].name = attndyn_format(ctx, "layer%zu.%s", l, own[i].name);
            if (!arrays[l * KEPT + i].name) return ATTNDYN_NO_MEMORY;
        }
    }
    return ATTNDYN_OK;
}

struct agreement agreement_of(size_t n, const double *now, const double *start,
                              const double *predicted, const double *predicted_start) {
    double x_mean = 0, y_mean = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        x_mean += (now[i] - start[i]) / (double)n;
        y_mean += (predicted[i] - predicted_start[i]) / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        double x = now[i] - start[i] - x_mean, y = predicted[i] - predicted_start[i] - y_mean;
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    /* If z did not change there is nothing to compare. */
    if (xx == 0) return (struct agreement){.nc = NAN, .slope = NAN, .error = NAN};
    return (struct agreement){
        .nc = xy / sqrt(xx * yy), .slope = xy / xx, .error = sqrt(fmax(0, xx + yy - 2 * xy) / xx)};
}
