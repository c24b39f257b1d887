/* The derivative of a token's loss by its hidden units, in a network of one layer. */
#include "training.h"

#include "sim/model/inference/evaluate.h"

#include <string.h>

struct differ {
    const struct attndyn_weights *w;
    size_t d, q, h, outputs;
    attndyn_real *output, *down, *decoder; /* (d, q), (d, h), (O, d) */
    attndyn_real *stream, *context;        /* (rows, d), (rows, q): of the block at hand */
    const uint32_t *tokens;                /* of the sequence at hand */
    double *x, *dx, *p, *dh;               /* (d), (d), (O), (h) */
    double *total;                         /* (h): sum of dl/dh */
    struct salient *to;
    size_t shifted; /* the unit that is shifted at every token; h: no unit */
    double shift;
};

static enum attndyn_status widened(const struct trial *run, const struct attndyn_matrix *m,
                                   attndyn_real **to) {
    ATTNDYN_ALLOC(run->ctx, *to, m->rows * m->columns);
    attndyn_matrix_widen(m, 0, m->rows, *to);
    return ATTNDYN_OK;
}

static void see_stream(void *user, size_t layer, size_t rows, const attndyn_real *stream) {
    struct differ *s = user;
    (void)layer;
    memcpy(s->stream, stream, rows * s->d * sizeof *stream);
}

static void see_heads(void *user, size_t layer, size_t rows, attndyn_real *context) {
    struct differ *s = user;
    (void)layer;
    memcpy(s->context, context, rows * s->q * sizeof *context);
}

static double product(size_t n, const attndyn_real *w, const attndyn_real *x) {
    double sum = 0;
    for (size_t j = 0; j < n; j++) sum += (double)w[j] * (double)x[j];
    return sum;
}

/* dl/dh of one token into s->dh. */
static void differentiate(struct differ *s, size_t row, const attndyn_real *hidden,
                          uint32_t target) {
    size_t d = s->d, h = s->h;
    const attndyn_real *gain = s->w->norm.gain;
    double square = 0, most = -INFINITY, sum = 0, mean = 0;
    for (size_t j = 0; j < d; j++) {
        s->x[j] = (double)s->stream[row * d + j] +
                  product(s->q, s->output + j * s->q, s->context + row * s->q) +
                  product(h, s->down + j * h, hidden);
        square += s->x[j] * s->x[j];
    }
    double scale = 1 / sqrt(square / (double)d + s->w->config.norm_epsilon);
    for (size_t j = 0; j < d; j++) s->x[j] *= scale;
    for (size_t o = 0; o < s->outputs; o++) {
        s->p[o] = 0;
        for (size_t j = 0; j < d; j++)
            s->p[o] += (double)s->decoder[o * d + j] * s->x[j] * (double)gain[j];
        most = fmax(most, s->p[o]);
    }
    for (size_t o = 0; o < s->outputs; o++) sum += s->p[o] = exp(s->p[o] - most);
    memset(s->dx, 0, d * sizeof *s->dx);
    for (size_t o = 0; o < s->outputs; o++) {
        double slope = s->p[o] / sum - (o == target);
        for (size_t j = 0; j < d; j++)
            s->dx[j] += slope * (double)s->decoder[o * d + j] * (double)gain[j];
    }
    for (size_t j = 0; j < d; j++) mean += s->dx[j] * s->x[j] / (double)d;
    for (size_t j = 0; j < d; j++) s->dx[j] = scale * (s->dx[j] - s->x[j] * mean);
    memset(s->dh, 0, h * sizeof *s->dh);
    for (size_t j = 0; j < d; j++)
        for (size_t k = 0; k < h; k++) s->dh[k] += s->dx[j] * (double)s->down[j * h + k];
}

static void see_hidden(void *user, size_t layer, size_t rows, attndyn_real *hidden) {
    struct differ *s = user;
    size_t h = s->h;
    (void)layer;
    for (size_t r = 0; r < rows; r++) {
        attndyn_real *of = hidden + r * h;
        if (s->shifted < h) {
            of[s->shifted] += (attndyn_real)s->shift;
            continue;
        }
        uint32_t token = s->tokens[r];
        differentiate(s, r, of, s->tokens[r + 1]);
        s->to->count[token]++;
        for (size_t k = 0; k < h; k++) {
            s->total[k] += s->dh[k];
            s->to->delta[token * h + k] -= of[k] > 0 ? s->dh[k] : 0;
            s->to->activation[token * h + k] += (double)of[k];
        }
    }
}

/* The sum of all losses. */
static enum attndyn_status pass(const struct trial *run, struct differ *s, size_t streams,
                                size_t length, const uint32_t *tokens, double *sum) {
    const struct attndyn_inference_hooks hooks = {
        .user = s, .layer = see_stream, .heads = see_heads, .hidden = see_hidden};
    const struct attndyn_evaluation e = {.hooks = &hooks};
    double *nll;
    ATTNDYN_ALLOC(run->ctx, nll, length);
    *sum = 0;
    for (size_t i = 0; i < streams; i++) {
        s->tokens = tokens + i * length;
        ATTNDYN_TRY(attndyn_evaluate(run->ctx, s->w, &e, s->tokens, length, nll, NULL));
        for (size_t t = 0; t + 1 < length; t++) *sum += nll[t];
    }
    attndyn_free(run->ctx, nll);
    return ATTNDYN_OK;
}

enum { CHECKED = 5 };
static const double shift = 0.02;

enum attndyn_status training_salient(const struct trial *run, const struct attndyn_weights *w,
                                     size_t streams, size_t length, const uint32_t *tokens,
                                     struct salient *salient, double *off) {
    const struct attndyn_transformer_config *c = &w->config;
    struct differ s = {.w = w,
                       .d = c->width,
                       .q = c->heads * c->head_width,
                       .h = c->hidden,
                       .outputs = c->outputs,
                       .to = salient,
                       .shifted = c->hidden};
    double sum, largest = 0;
    ATTNDYN_ALLOC(run->ctx, salient->delta, TRAINING_BYTES * s.h);
    ATTNDYN_ALLOC(run->ctx, salient->activation, TRAINING_BYTES * s.h);
    ATTNDYN_ALLOC(run->ctx, salient->count, TRAINING_BYTES);
    uint64_t mark = attndyn_memory_mark(run->ctx);
    ATTNDYN_TRY(widened(run, &w->block[0].output.weight, &s.output));
    ATTNDYN_TRY(widened(run, &w->block[0].down.weight, &s.down));
    ATTNDYN_TRY(widened(run, &w->decoder.weight, &s.decoder));
    ATTNDYN_ALLOC(run->ctx, s.stream, length * s.d);
    ATTNDYN_ALLOC(run->ctx, s.context, length * s.q);
    ATTNDYN_ALLOC(run->ctx, s.x, s.d);
    ATTNDYN_ALLOC(run->ctx, s.dx, s.d);
    ATTNDYN_ALLOC(run->ctx, s.p, s.outputs);
    ATTNDYN_ALLOC(run->ctx, s.dh, s.h);
    ATTNDYN_ALLOC(run->ctx, s.total, s.h);
    ATTNDYN_TRY(pass(run, &s, streams, length, tokens, &sum));
    for (size_t l = 0; l < TRAINING_BYTES; l++)
        for (size_t k = 0; salient->count[l] > 0 && k < s.h; k++) {
            salient->delta[l * s.h + k] /= salient->count[l];
            salient->activation[l * s.h + k] /= salient->count[l];
        }
    for (size_t k = 0; k < s.h; k++) worst(&largest, s.total[k]);
    if (off) *off = 0;
    for (size_t i = 0; off && i < CHECKED && i < s.h; i++) {
        double above, below;
        s.shifted = i * s.h / CHECKED;
        s.shift = shift;
        ATTNDYN_TRY(pass(run, &s, streams, length, tokens, &above));
        s.shift = -shift;
        ATTNDYN_TRY(pass(run, &s, streams, length, tokens, &below));
        worst(off, ((above - below) / (2 * shift) - s.total[s.shifted]) / largest);
    }
    attndyn_memory_release(run->ctx, mark);
    return ATTNDYN_OK;
}
