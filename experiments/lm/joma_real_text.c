/* The last rungs of lm/joma-real: every layer of the encoder, trained on text. */
#include "joma_real.h"

#include "joma_relation.h"
#include "text_model.h"

#include <math.h>
#include <string.h>

struct text_looker {
    size_t tokens, d;               /* the most frequent tokens */
    struct joma_relation *relation; /* (layers) */
    double *x, *bbar, *seen;        /* (tokens, d), (tokens), (tokens) */
};

/* Mean vector that enters the layer and mean attention of each frequent token, over the validation
 * windows [0, windows). */
static void average(struct text_model *t, size_t layer, size_t windows, struct text_looker *k) {
    double queries = 0;
    memset(k->x, 0, k->tokens * k->d * sizeof *k->x);
    memset(k->bbar, 0, k->tokens * sizeof *k->bbar);
    memset(k->seen, 0, k->tokens * sizeof *k->seen);
    for (size_t w = 0; w < windows; w++) {
        struct attndyn_batch batch = attndyn_text_batches_column(&t->valid, w);
        size_t stride, ld, T = batch.length;
        batch.targets = NULL;
        attndyn_transformer_loss(t->model, &batch);
        const attndyn_real *s =
            attndyn_transformer_view(t->model, ATTNDYN_VIEW_STREAM, layer, &stride);
        const attndyn_real *a =
            attndyn_transformer_view(t->model, ATTNDYN_VIEW_ATTENTION, layer, &ld);
        for (size_t r = 0; r < batch.sequences * T; r++) {
            const uint32_t *sequence = batch.tokens + r / T * T;
            queries++;
            for (size_t j = 0; j <= r % T; j++)
                if (sequence[j] < k->tokens) k->bbar[sequence[j]] += (double)a[r * ld + j];
            uint32_t token = batch.tokens[r];
            if (token >= k->tokens) continue;
            k->seen[token]++;
            for (size_t j = 0; j < k->d; j++) k->x[token * k->d + j] += (double)s[r * stride + j];
        }
    }
    for (size_t l = 0; l < k->tokens; l++) {
        k->bbar[l] /= queries;
        for (size_t j = 0; k->seen[l] > 0 && j < k->d; j++) k->x[l * k->d + j] /= k->seen[l];
    }
}

static enum attndyn_status look(struct attndyn_context *ctx, const struct params *p,
                                struct text_model *t, struct text_looker *k, bool emit,
                                struct results *results) {
    size_t windows = (size_t)param_int(p, "windows");
    if (windows > t->valid.count) windows = t->valid.count;
    for (size_t l = 0; l < t->layers; l++) {
        average(t, l, windows, k);
        ATTNDYN_TRY(joma_relation_look(ctx, t->model, l, k->x, k->x, k->bbar, &k->relation[l]));
        if (!emit) continue;
        struct joma_agreement a = joma_relation_agreement(&k->relation[l]);
        ATTNDYN_TRY(EMIT(ctx, results, "course", I((long)(RUNGS + l)), S("text"), I((long)l),
                         I((long)t->step), R(a.nc), R(a.nc_single), R(a.slope), R(a.relative_error),
                         R(a.moved)));
    }
    return ATTNDYN_OK;
}

enum attndyn_status joma_real_text(struct attndyn_context *ctx, const struct params *p,
                                   struct results *results, bool *skipped) {
    struct text_model t;
    struct text_looker k;
    struct attndyn_transformer_config config;
    const struct attndyn_optimizer_options options = {.kind = ATTNDYN_OPTIMIZER_ADAM,
                                                      .clip = param_real(p, "clip")};
    ATTNDYN_TRY(text_model_data(ctx, p, results, &t, skipped));
    if (*skipped) return ATTNDYN_OK;
    ATTNDYN_TRY(text_model_config(ctx, p, &t, &config));
    ATTNDYN_TRY(text_model_network(ctx, p, &t, &config));
    ATTNDYN_TRY(text_model_optimizer(ctx, &t, &options));
    k.tokens = (size_t)param_int(p, "frequent");
    if (k.tokens > t.vocabulary) k.tokens = t.vocabulary;
    k.d = config.width;
    ATTNDYN_ALLOC(ctx, k.relation, t.layers);
    ATTNDYN_ALLOC(ctx, k.x, k.tokens * k.d);
    ATTNDYN_ALLOC(ctx, k.bbar, k.tokens);
    ATTNDYN_ALLOC(ctx, k.seen, k.tokens);
    for (size_t l = 0; l < t.layers; l++)
        ATTNDYN_TRY(joma_relation_create(ctx, t.model, l, k.tokens, k.tokens, &k.relation[l]));
    size_t every = (size_t)param_int(p, "every");
    for (;;) {
        if (t.step % every == 0 || t.step == t.minibatches)
            ATTNDYN_TRY(look(ctx, p, &t, &k, t.step > 0, results));
        if (t.step == t.minibatches) break;
        ATTNDYN_TRY(text_model_step(ctx, &t));
    }
    return ATTNDYN_OK;
}
