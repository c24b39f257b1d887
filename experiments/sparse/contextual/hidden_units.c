/* What hidden units are like: exact zeros, how many a token needs, what a batch of tokens needs. */
#include "contextual.h"

#include "sim/model/inference/evaluate.h"
#include "sim/num/stats.h"

#include <stdlib.h>
#include <string.h>

enum { TOLERANCES = 3, BATCHES = 6 };
static const double tolerances[TOLERANCES] = {0.01, 0.05, 0.1};

struct survey {
    const struct looked *l;
    struct attndyn_context *ctx;
    size_t tokens, kept;  /* of all streams; ceil(batch_share units) */
    attndyn_real **down;  /* (blocks): W_down by columns, (h, d) */
    double *norm;         /* (blocks, h) */
    size_t *seen;         /* (layers) */
    double *zero, *least; /* (layers): sum over tokens; smallest */
    double *within;       /* (layers, tolerances, tokens) */
    unsigned char *heavy; /* (layers, tokens, h) */
    struct entry {
        double weight;
        size_t unit;
    } * order;    /* (h) */
    double *rest; /* (d) */
};

static int heavier(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->weight != y->weight) return x->weight > y->weight ? -1 : 1;
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static double norm_of(size_t n, const double *x) {
    double square = 0;
    for (size_t j = 0; j < n; j++) square += x[j] * x[j];
    return sqrt(square);
}

/* One token of a layer. */
static void see(struct survey *s, size_t layer, const attndyn_real *hidden) {
    const struct attndyn_weights *w = s->l->weights;
    size_t h = w->config.hidden, d = w->config.width, block = w->layer_map[layer], zero = 0;
    size_t token = s->seen[layer]++, next = 0;
    memset(s->rest, 0, d * sizeof *s->rest);
    for (size_t i = 0; i < h; i++) {
        zero += hidden[i] == 0;
        s->order[i] = (struct entry){fabs((double)hidden[i]) * s->norm[block * h + i], i};
        for (size_t j = 0; j < d; j++)
            s->rest[j] += (double)hidden[i] * (double)s->down[block][i * d + j];
    }
    s->zero[layer] += (double)zero / (double)h;
    s->least[layer] = fmin(s->least[layer], (double)zero / (double)h);
    qsort(s->order, h, sizeof *s->order, heavier);
    double whole = norm_of(d, s->rest);
    for (size_t k = 0; k < h; k++) {
        size_t i = s->order[k].unit;
        if (k < s->kept) s->heavy[(layer * s->tokens + token) * h + i] = 1;
        if (next == TOLERANCES && k >= s->kept) return;
        for (size_t j = 0; j < d; j++)
            s->rest[j] -= (double)hidden[i] * (double)s->down[block][i * d + j];
        double error = norm_of(d, s->rest);
        while (next < TOLERANCES && error <= tolerances[TOLERANCES - 1 - next] * whole) {
            size_t tolerance = TOLERANCES - 1 - next++;
            s->within[(layer * TOLERANCES + tolerance) * s->tokens + token] =
                (double)(k + 1) / (double)h;
        }
    }
}

static void see_hidden(void *user, size_t layer, size_t rows, attndyn_real *hidden) {
    struct survey *s = user;
    for (size_t r = 0; r < rows; r++) see(s, layer, hidden + r * s->l->weights->config.hidden);
}

static enum attndyn_status prepare(struct survey *s) {
    const struct attndyn_weights *w = s->l->weights;
    size_t h = w->config.hidden, d = w->config.width, layers = w->config.layers;
    attndyn_real *row;
    ATTNDYN_ALLOC(s->ctx, row, h);
    ATTNDYN_ALLOC(s->ctx, s->down, w->blocks);
    ATTNDYN_ALLOC(s->ctx, s->norm, w->blocks * h);
    for (size_t b = 0; b < w->blocks; b++) {
        ATTNDYN_ALLOC(s->ctx, s->down[b], h * d);
        for (size_t j = 0; j < d; j++) {
            attndyn_matrix_widen(&w->block[b].down.weight, j, 1, row);
            for (size_t i = 0; i < h; i++) {
                s->down[b][i * d + j] = row[i];
                s->norm[b * h + i] += (double)row[i] * (double)row[i];
            }
        }
    }
    for (size_t i = 0; i < w->blocks * h; i++) s->norm[i] = sqrt(s->norm[i]);
    ATTNDYN_ALLOC(s->ctx, s->seen, layers);
    ATTNDYN_ALLOC(s->ctx, s->zero, layers);
    ATTNDYN_ALLOC(s->ctx, s->least, layers);
    ATTNDYN_ALLOC(s->ctx, s->within, layers * TOLERANCES * s->tokens);
    ATTNDYN_ALLOC(s->ctx, s->heavy, layers * s->tokens * h);
    ATTNDYN_ALLOC(s->ctx, s->order, h);
    ATTNDYN_ALLOC(s->ctx, s->rest, d);
    for (size_t l = 0; l < layers; l++) s->least[l] = 1;
    return ATTNDYN_OK;
}

/* Of B sequences, the share of units that one of their tokens at the same place has among its
 * heaviest; mean over layers, places and groups of B. */
static double union_of(const struct survey *s, size_t batch) {
    size_t h = s->l->weights->config.hidden, layers = s->l->weights->config.layers;
    size_t length = s->l->length - 1, groups = s->l->streams / batch;
    double sum = 0;
    for (size_t l = 0; l < layers; l++)
        for (size_t g = 0; g < groups; g++)
            for (size_t t = 0; t < length; t++)
                for (size_t i = 0; i < h; i++) {
                    bool any = false;
                    for (size_t b = 0; b < batch && !any; b++)
                        any = s->heavy[(l * s->tokens + (g * batch + b) * length + t) * h + i];
                    sum += any;
                }
    return sum / (double)(layers * groups * length * h);
}

static enum attndyn_status emit(const struct trial *run, struct survey *s) {
    size_t layers = s->l->weights->config.layers;
    double alone = (double)s->kept / (double)s->l->weights->config.hidden;
    for (size_t l = 0; l < layers; l++) {
        double within[TOLERANCES];
        for (size_t k = 0; k < TOLERANCES; k++)
            ATTNDYN_TRY(attndyn_median(run->ctx, s->tokens,
                                       s->within + (l * TOLERANCES + k) * s->tokens, &within[k]));
        ATTNDYN_TRY(EMIT(run, units, .network = s->l->name, .layer = (long)l,
                         .zero = s->zero[l] / (double)s->tokens, .within1 = within[0],
                         .within5 = within[1], .within10 = within[2]));
    }
    for (size_t batch = 1; batch <= s->l->streams; batch *= 2)
        ATTNDYN_TRY(EMIT(run, unions, .network = s->l->name, .batch = (long)batch,
                         .share = union_of(s, batch),
                         .independent = 1 - pow(1 - alone, (double)batch)));
    return ATTNDYN_OK;
}

enum attndyn_status contextual_survey(const struct trial *run, const struct contextual *p,
                                      const struct looked *l, double *zeros) {
    const struct attndyn_transformer_config *c = &l->weights->config;
    struct survey s = {.l = l,
                       .ctx = run->ctx,
                       .tokens = l->streams * (l->length - 1),
                       .kept = (size_t)ceil(p->batch_share * (double)c->hidden)};
    const struct attndyn_inference_hooks hooks = {.user = &s, .hidden = see_hidden};
    const struct attndyn_evaluation e = {.hooks = &hooks};
    ATTNDYN_TRY(prepare(&s));
    for (size_t i = 0; i < l->streams; i++)
        ATTNDYN_TRY(
            attndyn_evaluate(run->ctx, l->weights, &e, looked_stream(l, i), l->length, NULL, NULL));
    *zeros = 1;
    for (size_t i = 0; i < c->layers; i++) *zeros = fmin(*zeros, s.least[i]);
    return emit(run, &s);
}
