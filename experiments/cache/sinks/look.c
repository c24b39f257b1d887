/* Attention to the first token, and the norms of keys and values. */
#include "sinks.h"

#include "experiments/shared/subject.h"

#include <string.h>

enum attndyn_status sinks_sight(const struct trial *run, size_t layers, size_t heads,
                                size_t streams, struct sight *s) {
    double **arrays[] = {&s->first,      &s->most,        &s->share,       &s->key_first,
                         &s->key_others, &s->value_first, &s->value_others};
    *s = (struct sight){.layers = layers, .heads = heads, .streams = streams};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        ATTNDYN_ALLOC(run->ctx, *arrays[i], layers);
    ATTNDYN_ALLOC(run->ctx, s->head, layers * heads);
    ATTNDYN_ALLOC(run->ctx, s->stream, streams);
    ATTNDYN_ALLOC(run->ctx, s->second, streams);
    return ATTNDYN_OK;
}

static double norm(size_t n, const attndyn_real *x) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

/* Mean norm of the first row's heads, and of the other rows', of x (T, heads a). */
static void norms(size_t T, size_t heads, size_t a, const attndyn_real *x, size_t stride, double by,
                  double *first, double *others) {
    for (size_t g = 0; g < heads; g++) {
        *first += by * norm(a, x + g * a) / (double)heads;
        for (size_t t = 1; t < T; t++)
            *others += by * norm(a, x + t * stride + g * a) / (double)(heads * (T - 1));
    }
}

/* Share of one key, mean over the queries behind the middle; attention that does not add up to 1 is
 * divided by its sum; if that is 0, the share is 0. w: (T, T). */
static double share_of(size_t key, size_t T, size_t stride, const attndyn_real *w) {
    double mean = 0;
    for (size_t t = T / 2; t < T; t++) {
        double sum = 0;
        for (size_t j = 0; j <= t; j++) sum += fabs((double)w[t * stride + j]);
        if (sum > 0) mean += fabs((double)w[t * stride + key]) / sum / (double)(T - T / 2);
    }
    return mean;
}

enum attndyn_status sinks_look(const struct trial *run, struct attndyn_transformer *model, size_t T,
                               const uint32_t *tokens, size_t stride, double threshold,
                               struct sight *s) {
    const struct attndyn_transformer_config *c = attndyn_transformer_config_of(model);
    const size_t H = c->heads, a = c->head_width;
    const double by = 1 / (double)s->streams;
    double *head = s->head;
    double *all[] = {s->first,      s->most,        s->share,       s->key_first,
                     s->key_others, s->value_first, s->value_others};
    memset(head, 0, s->layers * H * sizeof *head);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        memset(all[i], 0, s->layers * sizeof *all[i]);
    memset(s->stream, 0, s->streams * sizeof *s->stream);
    memset(s->second, 0, s->streams * sizeof *s->second);
    for (size_t i = 0; i < s->streams; i++) {
        const struct attndyn_batch batch = {
            .sequences = 1, .length = T, .tokens = tokens + i * stride};
        attndyn_transformer_loss(model, &batch);
        for (size_t l = 0; l < s->layers; l++) {
            size_t row, ld;
            const attndyn_real *w =
                                   attndyn_transformer_view(model, ATTNDYN_VIEW_ATTENTION, l, &row),
                               *k = attndyn_transformer_view(model, ATTNDYN_VIEW_KEY, l, &ld),
                               *v = attndyn_transformer_view(model, ATTNDYN_VIEW_VALUE, l, &ld);
            for (size_t h = 0; h < H; h++) {
                const double share = share_of(0, T, row, w + h * T * row);
                head[l * H + h] += by * share;
                s->stream[i] += share / (double)(H * s->layers);
                s->second[i] += share_of(1, T, row, w + h * T * row) / (double)(H * s->layers);
            }
            norms(T, c->kv_heads, a, k, ld, by, &s->key_first[l], &s->key_others[l]);
            norms(T, c->kv_heads, a, v, ld, by, &s->value_first[l], &s->value_others[l]);
        }
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
    }
    for (size_t l = 0; l < s->layers; l++)
        for (size_t h = 0; h < H; h++) {
            const double of = head[l * H + h];
            s->first[l] += of / (double)H;
            if (of > s->most[l]) s->most[l] = of;
            s->share[l] += (of > threshold) / (double)H;
        }
    s->uniform = 0;
    for (size_t t = T / 2; t < T; t++) s->uniform += 1 / (double)((t + 1) * (T - T / 2));
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ a network that was named */

/* As many sequences of the network's context, 512 tokens at most, as the text has, evenly spread;
 * they begin anywhere, as a text's windows do. */
enum attndyn_status sinks_model(const struct trial *run, const struct sinks *p) {
    struct attndyn_context *ctx = run->ctx;
    struct subject subject;
    struct attndyn_tokens text = {0};
    struct attndyn_transformer *model;
    struct sight sight;
    uint32_t *tokens;
    if (!*p->model) return ATTNDYN_OK;
    ATTNDYN_TRY(subject_open(run, true, &subject));
    ATTNDYN_TRY(attndyn_codec_read(ctx, subject.codec, p->model_text, ATTNDYN_BOS_FALSE, &text));
    const struct attndyn_transformer_config *c = &subject.weights->config;
    const size_t T = c->context < 512 ? c->context : 512, count = (size_t)p->streams;
    if (text.length < T + count)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "model_text has %zu tokens: expected %zu at least, for %zu sequences "
                            "of %zu",
                            text.length, T + count, count, T);
    ATTNDYN_ALLOC(ctx, tokens, count * T);
    for (size_t i = 0; i < count; i++)
        memcpy(tokens + i * T, text.id + (text.length - T) * i / (count - 1), T * sizeof *tokens);
    ATTNDYN_TRY(attndyn_transformer_over(ctx, subject.weights, 1, T, &model));
    ATTNDYN_TRY(sinks_sight(run, c->layers, c->heads, count, &sight));
    ATTNDYN_TRY(sinks_look(run, model, T, tokens, T, p->threshold, &sight));
    for (size_t l = 0; l < c->layers; l++)
        ATTNDYN_TRY(EMIT(run, model_row, .layer = (long)l, .first = sight.first[l],
                         .most = sight.most[l], .share = sight.share[l], .uniform = sight.uniform));
    return ATTNDYN_OK;
}
