#include "subject.h"

#include "sim/base/random.h"

#include <string.h>

enum attndyn_status subject_suits(struct attndyn_context *ctx, const struct plain_variant *variant,
                                  bool *suits) {
    struct attndyn_transformer_config c;
    ATTNDYN_TRY(plain_config(ctx, variant, 8, &c));
    *suits = c.causal && !c.last_only;
    return ATTNDYN_OK;
}

static enum attndyn_status draw(const struct trial *run, const struct decoding *p,
                                struct attndyn_random *random, struct attndyn_transformer *model,
                                struct subject *s) {
    size_t count, V = s->plain->config.vocabulary;
    struct attndyn_parameter *q = attndyn_transformer_parameters(model, &count);
    for (size_t i = 0; i < count; i++) {
        struct plain_tensor *t = plain_find(s->plain, q[i].name);
        size_t n = attndyn_parameter_count(&q[i]);
        bool gain = strstr(q[i].name, "norm") && strstr(q[i].name, ".weight");
        if (!t || plain_numbers(t) != n)
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "%s: no tensor %s of %zu numbers",
                                s->name, q[i].name, n);
        for (size_t j = 0; j < n; j++) {
            q[i].value[j] = (attndyn_real)(p->scale * attndyn_random_normal(random) + gain);
            t->at[j] = (double)q[i].value[j];
        }
    }
    for (size_t i = 0; i < s->length; i++)
        s->tokens[i] = (uint32_t)(attndyn_random_uniform(random) * (double)V);
    for (size_t i = 0; i < 2 * s->length; i++)
        s->others[i] = (uint32_t)(attndyn_random_uniform(random) * (double)V);
    return ATTNDYN_OK;
}

enum attndyn_status subject_create(const struct trial *run, const struct decoding *p,
                                   const struct plain_variant *variant, struct subject *s) {
    struct attndyn_transformer_config c;
    struct attndyn_transformer *model;
    struct attndyn_random random;
    *s = (struct subject){.name = variant->name, .length = (size_t)p->tokens};
    ATTNDYN_TRY(plain_config(run->ctx, variant, 3 * s->length, &c));
    ATTNDYN_TRY(plain_create(run->ctx, &c, &s->plain));
    ATTNDYN_TRY(attndyn_transformer_create(run->ctx, &c, 1, 1, &model));
    s->weights = attndyn_transformer_weights(model);
    s->outputs = s->plain->config.outputs;
    ATTNDYN_ALLOC(run->ctx, s->tokens, s->length);
    ATTNDYN_ALLOC(run->ctx, s->others, 2 * s->length);
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, variant->name, 0)));
    enum attndyn_status status = draw(run, p, &random, model, s);
    attndyn_random_done(&random);
    return status;
}

enum attndyn_status subject_plain(struct attndyn_context *ctx, const struct subject *s,
                                  const struct attndyn_cache *cache, bool *kept,
                                  const uint32_t *tokens, size_t length, double **logits) {
    const struct plain_pass pass = {.cache = cache ? *cache : (struct attndyn_cache){0},
                                    .kept = kept};
    size_t n = length * s->outputs;
    double complex *rows;
    ATTNDYN_ALLOC(ctx, *logits, n);
    ATTNDYN_ALLOC(ctx, rows, n);
    ATTNDYN_TRY(plain_logits(ctx, s->plain, &pass, tokens, length, rows));
    for (size_t i = 0; i < n; i++) (*logits)[i] = creal(rows[i]);
    attndyn_free(ctx, rows);
    return ATTNDYN_OK;
}

enum attndyn_status subject_take(void *user, size_t segment, size_t index,
                                 const attndyn_real *logits) {
    const struct subject_sink *s = user;
    double *row = s->to + (segment * s->apart + s->first + index) * s->outputs;
    for (size_t j = 0; j < s->outputs; j++) row[j] = (double)logits[j];
    return ATTNDYN_OK;
}

enum attndyn_status subject_feed(struct attndyn_context *ctx, struct attndyn_inference *inference,
                                 const uint32_t *tokens, size_t from, size_t to, size_t cut,
                                 struct subject_sink *sink) {
    for (size_t i = from; i < to; i += cut) {
        struct attndyn_segment segment = {0, tokens + i, to - i < cut ? to - i : cut, 0};
        sink->first = i;
        ATTNDYN_TRY(attndyn_inference_feed(ctx, inference, &segment, 1, subject_take, sink));
    }
    return ATTNDYN_OK;
}
