#include "../../base/random.h"
#include "sparse_private.h"

#include <math.h>
#include <string.h>

/* One part of every layer: the MLP's hidden units, or the heads. */
struct part {
    bool on;
    const char *name;                   /* of its random stream */
    size_t units, each;                 /* each: numbers of a unit; 1, or a */
    size_t kept, aimed;                 /* ceil(share units); ceil(target units) */
    double *mean;                       /* (layers, units): sums of weights, then means */
    struct infer_predictor **predictor; /* (layers) */
    unsigned char *active;              /* calibration: (layers, tokens, units) */
    size_t *seen;                       /* (layers): rows so far */
};

struct attndyn_sparse {
    const struct attndyn_weights *weights;
    struct attndyn_sparse_options options;
    struct part mlp, heads;
    double *norm2; /* (blocks, hidden): squared norms of the columns of W_down */
    double *gram;  /* (blocks, H, a, a): S^T S of the heads' slices of the output map */
    bool calibrated, calibrating;
    size_t tokens;         /* number of tokens of the calibration text */
    attndyn_real *entered; /* calibration: (layers, tokens, d), normed; else (2, most rows, d) */
    size_t entered_rows;
    struct attndyn_context *ctx;
    double *weight, *score, *sorted; /* (most units) */
    unsigned char *chosen, *heaviest;
    uint32_t *draw;
    struct attndyn_sparse_counts *counts; /* (layers) */
};

/* ------------------------------------------------------------------ choosing */

/* The n-th largest of x (n >= 1), which is reordered. */
static double nth_largest(size_t count, double *x, size_t n) {
    size_t low = 0, high = count - 1, at = n - 1;
    while (low < high) {
        double pivot = x[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) { /* Hoare's partition, descending */
            while (x[i] > pivot) i++;
            while (x[j] < pivot) j--;
            if (i >= j) break;
            double swap = x[i];
            x[i++] = x[j], x[j--] = swap;
        }
        if (at <= j)
            high = j;
        else
            low = j + 1;
    }
    return x[at];
}

/* chosen[i] = 1 for the n largest; of equal ones those of smaller index. */
static void largest(struct attndyn_sparse *s, size_t count, const double *x, size_t n,
                    unsigned char *chosen) {
    memset(chosen, 0, count);
    memcpy(s->sorted, x, count * sizeof *x);
    double least = nth_largest(count, s->sorted, n);
    size_t left = n;
    for (size_t i = 0; i < count; i++)
        if (x[i] > least) chosen[i] = 1, left--;
    for (size_t i = 0; i < count && left > 0; i++)
        if (x[i] == least) chosen[i] = 1, left--;
}

static void any(struct attndyn_sparse *s, const struct part *p, size_t layer, size_t row) {
    uint64_t state =
        attndyn_random_derive(s->options.seed, p->name, row * s->weights->config.layers + layer);
    memset(s->chosen, 0, p->units);
    for (size_t i = 0; i < p->units; i++) s->draw[i] = (uint32_t)i;
    for (size_t i = 0; i < p->kept; i++) {
        size_t k = i + (size_t)(attndyn_splitmix_next(&state) % (p->units - i));
        uint32_t swap = s->draw[i];
        s->draw[i] = s->draw[k], s->draw[k] = swap;
        s->chosen[s->draw[i]] = 1;
    }
}

/* s->chosen for one token, whose weights are in s->weight; `entered`: what its predictor reads. */
static void choose(struct attndyn_sparse *s, const struct part *p, size_t layer, size_t row,
                   const attndyn_real *entered) {
    switch (s->options.choice) {
    case ATTNDYN_SPARSE_CONTEXTUAL:
        largest(s, p->units, s->weight, p->kept, s->chosen);
        break;
    case ATTNDYN_SPARSE_STATIC:
        largest(s, p->units, p->mean + layer * p->units, p->kept, s->chosen);
        break;
    case ATTNDYN_SPARSE_RANDOM:
        any(s, p, layer, row);
        break;
    case ATTNDYN_SPARSE_PREDICTOR:
    case ATTNDYN_SPARSE_PREDICTOR_AHEAD:
        attndyn_infer_predictor_scores(p->predictor[layer], entered, s->score);
        largest(s, p->units, s->score, p->kept, s->chosen);
        break;
    }
}

/* ------------------------------------------------------------------ within inference */

static bool predicts(const struct attndyn_sparse *s) {
    return s->options.choice == ATTNDYN_SPARSE_PREDICTOR ||
           s->options.choice == ATTNDYN_SPARSE_PREDICTOR_AHEAD;
}
/* The layer whose entering stream the predictor of `layer` reads. */
static size_t read_layer(const struct attndyn_sparse *s, size_t layer) {
    return s->options.choice == ATTNDYN_SPARSE_PREDICTOR_AHEAD && layer > 0 ? layer - 1 : layer;
}
/* Where it stands: in calibration every layer has room for all tokens; otherwise two layers have,
 * for the rows at hand. */
static attndyn_real *entered_at(const struct attndyn_sparse *s, size_t layer, size_t row) {
    size_t d = s->weights->config.width;
    if (s->calibrating) return s->entered + (layer * s->tokens + row) * d;
    return s->entered + (layer % 2 * s->entered_rows + row) * d;
}

static void see_layer(void *user, size_t layer, size_t rows, const attndyn_real *stream) {
    struct attndyn_sparse *s = user;
    size_t d = s->weights->config.width;
    size_t from = !s->calibrating ? 0 : s->mlp.on ? s->mlp.seen[layer] : s->heads.seen[layer];
    for (size_t r = 0; s->entered && r < rows; r++) {
        const attndyn_real *x = stream + r * d;
        attndyn_real *to = entered_at(s, layer, from + r);
        double square = 0;
        for (size_t j = 0; j < d; j++) square += (double)x[j] * (double)x[j];
        double over = square > 0 ? 1 / sqrt(square / (double)d) : 0;
        for (size_t j = 0; j < d; j++) to[j] = (attndyn_real)(over * (double)x[j]);
    }
}

/* s->weight holds those of a token's units; x: their numbers, (units, each). */
static void treat(struct attndyn_sparse *s, struct part *p, size_t layer, size_t r,
                  attndyn_real *x) {
    size_t row = p->seen[layer]++;
    if (s->calibrating) {
        for (size_t i = 0; i < p->units; i++) p->mean[layer * p->units + i] += s->weight[i];
        if (p->active)
            largest(s, p->units, s->weight, p->aimed,
                    p->active + (layer * s->tokens + row) * p->units);
        return;
    }
    choose(s, p, layer, row, predicts(s) ? entered_at(s, read_layer(s, layer), r) : NULL);
    largest(s, p->units, s->weight, p->aimed, s->heaviest);
    for (size_t i = 0; i < p->units; i++) {
        s->counts[layer].hits += s->chosen[i] && s->heaviest[i];
        if (!s->chosen[i]) memset(x + i * p->each, 0, p->each * sizeof *x);
    }
    s->counts[layer].wanted += (double)p->aimed;
    s->counts[layer].chosen += (double)p->kept;
}

static void see_hidden(void *user, size_t layer, size_t rows, attndyn_real *hidden) {
    struct attndyn_sparse *s = user;
    size_t h = s->mlp.units;
    const double *norm2 = s->norm2 + s->weights->layer_map[layer] * h;
    for (size_t r = 0; r < rows; r++) {
        for (size_t i = 0; i < h; i++)
            s->weight[i] = fabs((double)hidden[r * h + i]) * sqrt(norm2[i]);
        treat(s, &s->mlp, layer, r, hidden + r * h);
    }
}

static void see_heads(void *user, size_t layer, size_t rows, attndyn_real *context) {
    struct attndyn_sparse *s = user;
    size_t H = s->heads.units, a = s->heads.each;
    const double *gram = s->gram + s->weights->layer_map[layer] * H * a * a;
    for (size_t r = 0; r < rows; r++) {
        for (size_t h = 0; h < H; h++) {
            const attndyn_real *c = context + (r * H + h) * a;
            double square = 0;
            for (size_t x = 0; x < a; x++)
                for (size_t y = 0; y < a; y++)
                    square += (double)c[x] * (double)c[y] * gram[(h * a + x) * a + y];
            s->weight[h] = sqrt(fmax(square, 0));
        }
        treat(s, &s->heads, layer, r, context + r * H * a);
    }
}

/* The units of one token, before anything is computed of them. */
static size_t see_units(void *user, size_t layer, size_t r, uint32_t *units) {
    struct attndyn_sparse *s = user;
    size_t n = 0;
    choose(s, &s->mlp, layer, s->mlp.seen[layer]++,
           predicts(s) ? entered_at(s, read_layer(s, layer), r) : NULL);
    for (size_t i = 0; i < s->mlp.units; i++)
        if (s->chosen[i]) units[n++] = (uint32_t)i;
    return n;
}

static struct attndyn_inference_hooks hooks_of(struct attndyn_sparse *s) {
    return (struct attndyn_inference_hooks){.user = s,
                                            .layer = s->entered ? see_layer : NULL,
                                            .heads = s->heads.on ? see_heads : NULL,
                                            .hidden = s->mlp.on ? see_hidden : NULL};
}

/* ------------------------------------------------------------------ making one */

/* Column norms of W_down and Gram matrices of the heads' slices of the output map. */
static enum attndyn_status measure_maps(struct attndyn_context *ctx, struct attndyn_sparse *s) {
    const struct attndyn_transformer_config *c = &s->weights->config;
    size_t d = c->width, h = c->hidden, H = c->heads, a = c->head_width, q = H * a;
    attndyn_real *row;
    ATTNDYN_ALLOC(ctx, row, h > q ? h : q);
    if (s->mlp.on) ATTNDYN_ALLOC(ctx, s->norm2, s->weights->blocks * h);
    if (s->heads.on) ATTNDYN_ALLOC(ctx, s->gram, s->weights->blocks * H * a * a);
    for (size_t b = 0; b < s->weights->blocks; b++) {
        const struct attndyn_weights_block *k = &s->weights->block[b];
        for (size_t i = 0; s->mlp.on && i < d; i++) {
            attndyn_matrix_widen(&k->down.weight, i, 1, row);
            for (size_t j = 0; j < h; j++) s->norm2[b * h + j] += (double)row[j] * (double)row[j];
        }
        for (size_t i = 0; s->heads.on && i < d; i++) {
            if (k->output.weight.data)
                attndyn_matrix_widen(&k->output.weight, i, 1, row);
            else
                for (size_t j = 0; j < q; j++) row[j] = j == i;
            for (size_t e = 0; e < H; e++)
                for (size_t x = 0; x < a; x++)
                    for (size_t y = 0; y < a; y++)
                        s->gram[((b * H + e) * a + x) * a + y] +=
                            (double)row[e * a + x] * (double)row[e * a + y];
        }
    }
    attndyn_free(ctx, row);
    return ATTNDYN_OK;
}

static enum attndyn_status make_part(struct attndyn_context *ctx, const struct attndyn_sparse *s,
                                     bool on, const char *name, size_t units, size_t each,
                                     struct part *p) {
    *p = (struct part){.on = on, .name = name, .units = units, .each = each};
    if (!on) return ATTNDYN_OK;
    p->kept = (size_t)ceil(s->options.share * (double)units);
    p->aimed = (size_t)ceil(s->options.target * (double)units);
    ATTNDYN_ALLOC(ctx, p->mean, s->weights->config.layers * units);
    ATTNDYN_ALLOC(ctx, p->seen, s->weights->config.layers);
    ATTNDYN_ALLOC(ctx, p->predictor, s->weights->config.layers);
    return ATTNDYN_OK;
}

static enum attndyn_status check_share(struct attndyn_context *ctx, double share) {
    if (share > 0 && share <= 1) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE, "sparse: a share of %g, expected in (0, 1]", share);
}

enum attndyn_status attndyn_sparse_create(struct attndyn_context *ctx,
                                          const struct attndyn_weights *weights,
                                          const struct attndyn_sparse_options *options,
                                          struct attndyn_sparse **sparse) {
    const struct attndyn_transformer_config *c = &weights->config;
    struct attndyn_sparse *s;
    ATTNDYN_TRY(check_share(ctx, options->share));
    if (options->target != 0) ATTNDYN_TRY(check_share(ctx, options->target));
    if (!options->mlp && !options->heads)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "sparse: neither MLP nor heads");
    if (options->mlp && c->mlp == ATTNDYN_MLP_NONE)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "sparse: this network has no MLP");
    ATTNDYN_ALLOC(ctx, s, 1);
    s->ctx = ctx;
    s->weights = weights;
    s->options = *options;
    if (s->options.target == 0) s->options.target = options->share;
    ATTNDYN_ALLOC(ctx, s->counts, c->layers);
    if (predicts(s) && options->rank < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "sparse: predictors of rank 0, expected at least 1");
    ATTNDYN_TRY(make_part(ctx, s, options->mlp, "hidden", c->hidden, 1, &s->mlp));
    ATTNDYN_TRY(make_part(ctx, s, options->heads, "heads", c->heads, c->head_width, &s->heads));
    size_t most = options->mlp && c->hidden > c->heads ? c->hidden : c->heads;
    ATTNDYN_ALLOC(ctx, s->weight, most);
    ATTNDYN_ALLOC(ctx, s->score, most);
    ATTNDYN_ALLOC(ctx, s->sorted, most);
    ATTNDYN_ALLOC(ctx, s->chosen, most);
    ATTNDYN_ALLOC(ctx, s->heaviest, most);
    ATTNDYN_ALLOC(ctx, s->draw, most);
    ATTNDYN_TRY(measure_maps(ctx, s));
    *sparse = s;
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ calibration */

static enum attndyn_status look(struct attndyn_context *ctx, struct attndyn_sparse *s,
                                const uint32_t *tokens, size_t n) {
    size_t context = s->weights->config.context, pass = n < context ? n : context;
    const struct attndyn_inference_options options = {.capacity = pass};
    const struct attndyn_inference_hooks hooks = hooks_of(s);
    struct attndyn_inference *inference;
    ATTNDYN_TRY(attndyn_inference_create(ctx, s->weights, &options, &inference));
    attndyn_inference_watch(inference, &hooks);
    for (size_t at = 0; at < n; at += pass) {
        size_t count = n - at < pass ? n - at : pass;
        const struct attndyn_segment segment = {0, tokens + at, count, count};
        attndyn_inference_reset(inference, 0);
        ATTNDYN_TRY(attndyn_inference_feed(ctx, inference, &segment, 1, NULL, NULL));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status train(struct attndyn_context *ctx, struct attndyn_sparse *s,
                                 struct part *p) {
    size_t layers = s->weights->config.layers, d = s->weights->config.width;
    for (size_t l = 0; p->on && l < layers; l++) {
        uint64_t seed = attndyn_random_derive(s->options.seed, p->name, l);
        ATTNDYN_TRY(attndyn_infer_predictor_create(ctx, d, s->options.rank, p->units, seed,
                                                   &p->predictor[l]));
        uint64_t mark = attndyn_memory_mark(ctx);
        enum attndyn_status status = attndyn_infer_predictor_train(
            ctx, p->predictor[l], s->tokens, entered_at(s, read_layer(s, l), 0),
            p->active + l * s->tokens * p->units, attndyn_random_derive(seed, "order", l));
        attndyn_memory_release(ctx, mark);
        ATTNDYN_TRY(status);
        attndyn_progress(ctx, "predictors", (double)(l + 1), (double)layers);
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_sparse_calibrate(struct attndyn_context *ctx, struct attndyn_sparse *s,
                                             const uint32_t *tokens, size_t n) {
    size_t layers = s->weights->config.layers, d = s->weights->config.width;
    struct part *parts[] = {&s->mlp, &s->heads};
    if (n < 1) return attndyn_fail(ctx, ATTNDYN_USAGE, "sparse: an empty calibration text");
    s->tokens = n;
    s->calibrating = true;
    if (predicts(s)) ATTNDYN_ALLOC(ctx, s->entered, layers * n * d);
    for (int i = 0; i < 2; i++)
        if (parts[i]->on && predicts(s))
            ATTNDYN_ALLOC(ctx, parts[i]->active, layers * n * parts[i]->units);
    uint64_t mark = attndyn_memory_mark(ctx);
    enum attndyn_status status = look(ctx, s, tokens, n);
    attndyn_memory_release(ctx, mark);
    ATTNDYN_TRY(status);
    for (int i = 0; i < 2; i++) {
        struct part *p = parts[i];
        for (size_t j = 0; p->on && j < layers * p->units; j++) p->mean[j] /= (double)n;
        if (predicts(s)) ATTNDYN_TRY(train(ctx, s, p));
        attndyn_free(ctx, p->active);
        p->active = NULL;
        if (p->on) memset(p->seen, 0, layers * sizeof *p->seen);
    }
    attndyn_free(ctx, s->entered);
    s->entered = NULL;
    s->calibrating = false;
    s->calibrated = true;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_sparse_hooks(struct attndyn_context *ctx, struct attndyn_sparse *s,
                                         struct attndyn_inference_hooks *hooks) {
    if (!s->calibrated && (predicts(s) || s->options.choice == ATTNDYN_SPARSE_STATIC))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "sparse: the same units for all tokens, or predictors, need a "
                            "calibration text");
    s->entered_rows = 512; /* a block of inference has no more */
    if (predicts(s) && !s->entered)
        ATTNDYN_ALLOC(ctx, s->entered, 2 * s->entered_rows * s->weights->config.width);
    *hooks = hooks_of(s);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_sparse_gather(struct attndyn_context *ctx, struct attndyn_sparse *s,
                                          struct attndyn_gathered *gathered,
                                          struct attndyn_inference_hooks *hooks) {
    if (s->heads.on || s->options.choice == ATTNDYN_SPARSE_CONTEXTUAL)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "sparse: %s cannot be chosen before they are computed",
                            s->heads.on ? "heads" : "the heaviest units");
    ATTNDYN_TRY(attndyn_sparse_hooks(ctx, s, hooks));
    hooks->hidden = NULL;
    hooks->gathered = gathered;
    hooks->units = see_units;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_sparse_keep(struct attndyn_context *ctx, struct attndyn_sparse *s,
                                        double share) {
    struct part *parts[] = {&s->mlp, &s->heads};
    size_t layers = s->weights->config.layers;
    ATTNDYN_TRY(check_share(ctx, share));
    s->options.share = share;
    memset(s->counts, 0, layers * sizeof *s->counts);
    for (int i = 0; i < 2; i++) {
        if (!parts[i]->on) continue;
        parts[i]->kept = (size_t)ceil(share * (double)parts[i]->units);
        memset(parts[i]->seen, 0, layers * sizeof *parts[i]->seen);
    }
    return ATTNDYN_OK;
}

size_t attndyn_sparse_predictor_numbers(const struct attndyn_sparse *s) {
    size_t units = (s->mlp.on ? s->mlp.units : 0) + (s->heads.on ? s->heads.units : 0);
    size_t parts = (size_t)s->mlp.on + (size_t)s->heads.on;
    return predicts(s) ? s->options.rank * (parts * s->weights->config.width + units) + units : 0;
}

struct attndyn_sparse_counts attndyn_sparse_layer(const struct attndyn_sparse *s, size_t layer) {
    return s->counts[layer];
}

double attndyn_sparse_recall(const struct attndyn_sparse *s) {
    double hits = 0, wanted = 0;
    for (size_t l = 0; l < s->weights->config.layers; l++)
        hits += s->counts[l].hits, wanted += s->counts[l].wanted;
    return wanted > 0 ? hits / wanted : NAN;
}
