/* One network: the engine, made from the line that its config is written as, against the plain
 * pass. Both in double precision. */
#define ATTNDYN_DOUBLE
#include "engine.h"
#include "experiments/lm/shared/plain.h"
#include "experiments/lm/shared/variants.h"
#include "sim/base/random.h"
#include "sim/model/transformer/transformer.h"

#include <string.h>

struct comparison {
    struct attndyn_context *ctx;
    const struct engine *p;
    const struct plain_variant *variant;
    struct plain *plain;
    struct attndyn_transformer *model;
    struct attndyn_batch batch, before; /* another one, so that what it leaves behind is seen */
    double *counts;                     /* (B, T), or NULL */
    size_t weights;
    double terms; /* sum of |gradient x direction| */
};

/* Through its text and back. */
static enum attndyn_status reread(struct attndyn_context *ctx,
                                  const struct attndyn_transformer_config *config,
                                  struct attndyn_transformer_config *again) {
    struct attndyn_transformer_config resolved = *config;
    ATTNDYN_TRY(attndyn_transformer_config_resolve(ctx, &resolved));
    const char *text = attndyn_transformer_config_text(ctx, &resolved);
    if (!text) return ATTNDYN_NO_MEMORY;
    return attndyn_transformer_config_parse(ctx, text, again);
}

/* The same numbers on both sides; the plain ones get a direction, too, where the engine trains. */
static enum attndyn_status draw(struct comparison *k, struct attndyn_random *random) {
    size_t count;
    struct attndyn_parameter *p = attndyn_transformer_parameters(k->model, &count);
    if (count != k->plain->count)
        return attndyn_fail(k->ctx, ATTNDYN_RUN_FAILED, "%s: %zu tensors, by the definition %zu",
                            k->variant->name, count, k->plain->count);
    for (size_t i = 0; i < count; i++) {
        struct plain_tensor *t = plain_find(k->plain, p[i].name);
        size_t n = attndyn_parameter_count(&p[i]);
        if (!t || plain_numbers(t) != n)
            return attndyn_fail(k->ctx, ATTNDYN_RUN_FAILED, "%s: no tensor %s of %zu numbers",
                                k->variant->name, p[i].name, n);
        bool gain = strstr(p[i].name, "norm") && strstr(p[i].name, ".weight");
        for (size_t j = 0; j < n; j++) {
            p[i].value[j] = k->p->scale * attndyn_random_normal(random) + gain;
            double direction = p[i].frozen ? 0 : attndyn_random_normal(random);
            t->at[j] = p[i].value[j] + _Complex_I * (PLAIN_STEP * direction);
        }
        k->weights += n;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status draw_batch(struct attndyn_context *ctx, struct attndyn_random *random,
                                      const struct attndyn_transformer_config *c, size_t B,
                                      size_t T, bool weighted, struct attndyn_batch *batch) {
    uint32_t *tokens, *targets;
    double *weights;
    size_t n = c->last_only ? B : B * T;
    ATTNDYN_ALLOC(ctx, tokens, B * T);
    ATTNDYN_ALLOC(ctx, targets, n);
    ATTNDYN_ALLOC(ctx, weights, B);
    for (size_t i = 0; i < B * T; i++)
        tokens[i] = (uint32_t)(attndyn_random_uniform(random) * (double)c->vocabulary);
    for (size_t i = 0; i < n; i++)
        targets[i] = (uint32_t)(attndyn_random_uniform(random) * (double)c->outputs);
    if (!c->last_only) targets[1] = ATTNDYN_TARGET_NONE;
    for (size_t b = 0; b < B; b++) weights[b] = 0.5 + (double)b;
    *batch = (struct attndyn_batch){B, T, tokens, targets, weighted ? weights : NULL};
    return ATTNDYN_OK;
}

static enum attndyn_status prepare(struct comparison *k, struct attndyn_random *random) {
    struct attndyn_transformer_config config, again;
    size_t B = (size_t)k->p->sequences, T = (size_t)k->p->length;
    ATTNDYN_TRY(plain_config(k->ctx, k->variant, T, &config));
    ATTNDYN_TRY(reread(k->ctx, &config, &again));
    ATTNDYN_TRY(attndyn_transformer_create(k->ctx, &again, B, T, &k->model));
    ATTNDYN_TRY(plain_create(k->ctx, &config, &k->plain));
    ATTNDYN_TRY(draw(k, random));
    const struct attndyn_transformer_config *c = &k->plain->config;
    ATTNDYN_TRY(draw_batch(k->ctx, random, c, B, T, false, &k->before));
    ATTNDYN_TRY(draw_batch(k->ctx, random, c, B, T, true, &k->batch));
    if (!k->variant->counted) return ATTNDYN_OK;
    ATTNDYN_ALLOC(k->ctx, k->counts, B * T);
    for (size_t i = 0; i < B * T; i++) k->counts[i] = 1 + floor(3 * attndyn_random_uniform(random));
    attndyn_transformer_count_keys(k->model, k->counts);
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ the plain side */

/* Logits of all positions, (B T, O). */
static enum attndyn_status plain_rows(const struct comparison *k, double complex *rows) {
    size_t B = k->batch.sequences, T = k->batch.length, O = k->plain->config.outputs;
    for (size_t b = 0; b < B; b++) {
        const struct plain_pass pass = {.counts = k->counts ? k->counts + b * T : NULL};
        ATTNDYN_TRY(
            plain_logits(k->ctx, k->plain, &pass, k->batch.tokens + b * T, T, rows + b * T * O));
    }
    return ATTNDYN_OK;
}

/* The weighted mean of the cross-entropies. */
static double complex plain_loss(const struct comparison *k, const double complex *rows) {
    size_t B = k->batch.sequences, T = k->batch.length, O = k->plain->config.outputs;
    bool last = k->plain->config.last_only;
    double complex loss = 0;
    double whole = 0;
    for (size_t i = last ? T - 1 : 0; i < B * T; i += last ? T : 1) {
        uint32_t target = k->batch.targets[last ? i / T : i];
        double most = -INFINITY, weight = k->batch.weights[i / T];
        double complex sum = 0;
        if (target == ATTNDYN_TARGET_NONE) continue;
        for (size_t o = 0; o < O; o++) most = fmax(most, creal(rows[i * O + o]));
        for (size_t o = 0; o < O; o++) sum += cexp(rows[i * O + o] - most);
        loss += weight * (clog(sum) + most - rows[i * O + target]);
        whole += weight;
    }
    return loss / whole;
}

/* Largest difference of a logit over the largest logit. */
static double apart(const struct comparison *k, const double *logits, const double complex *rows) {
    size_t B = k->batch.sequences, T = k->batch.length, O = k->plain->config.outputs;
    bool last = k->plain->config.last_only;
    double off = 0, largest = 0;
    for (size_t i = 0; i < (last ? B : B * T); i++)
        for (size_t o = 0; o < O; o++) {
            double exact = creal(rows[(last ? i * T + T - 1 : i) * O + o]);
            worst(&off, logits[i * O + o] - exact);
            worst(&largest, exact);
        }
    return off / largest;
}

/* ------------------------------------------------------------------ the engine's side */

/* Its gradient along the direction, and the sum of the terms' magnitudes. */
static double along(struct comparison *k) {
    size_t count;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(k->model, &count);
    double sum = 0;
    k->terms = 0;
    for (size_t i = 0; i < count; i++) {
        const struct plain_tensor *t = plain_find(k->plain, p[i].name);
        for (size_t r = 0; !p[i].frozen && r < (p[i].sparse ? p[i].n_touched : p[i].rows); r++)
            for (size_t j = 0; j < p[i].columns; j++) {
                size_t row = p[i].sparse ? p[i].touched[r] : r;
                double term = p[i].gradient[r * p[i].columns + j] *
                              (cimag(t->at[row * p[i].columns + j]) / PLAIN_STEP);
                sum += term;
                k->terms += fabs(term);
            }
    }
    return sum;
}

struct parts {
    const struct attndyn_parameter *thrifty, *whole;
    double off;
    size_t seen;
};
static void compare_part(void *user, size_t first, size_t count) {
    struct parts *s = user;
    for (size_t i = first; i < first + count; i++, s->seen++) {
        const struct attndyn_parameter *a = &s->thrifty[i], *b = &s->whole[i];
        size_t rows = a->sparse ? a->n_touched : a->rows;
        if (a->frozen) continue;
        if (a->sparse && a->n_touched != b->n_touched) s->off = INFINITY;
        for (size_t j = 0; isfinite(s->off) && j < rows * a->columns; j++)
            worst(&s->off, a->gradient[j] - b->gradient[j]);
    }
}

/* The largest difference of a gradient that a training has which keeps neither the insides of its
 * layers nor the gradient of all blocks. */
static enum attndyn_status thrifty(struct comparison *k, double *off) {
    const struct attndyn_transformer_config *c = attndyn_transformer_config_of(k->model);
    const struct attndyn_thrift thrift = {.gradients = !c->layer_map, .activations = true};
    struct attndyn_transformer *model;
    struct parts parts = {0};
    size_t count;
    ATTNDYN_TRY(attndyn_transformer_create_thrifty(k->ctx, c, &thrift, k->batch.sequences,
                                                   k->batch.length, &model));
    ATTNDYN_TRY(attndyn_transformer_take(k->ctx, model, attndyn_transformer_weights(k->model)));
    attndyn_transformer_count_keys(model, k->counts);
    parts.whole = attndyn_transformer_parameters(k->model, &count);
    parts.thrifty = attndyn_transformer_parameters(model, &count);
    attndyn_transformer_gradient_in_parts(model, &k->batch, 1, compare_part, &parts);
    *off = parts.seen == count ? parts.off : INFINITY;
    return ATTNDYN_OK;
}

static enum attndyn_status measure(const struct trial *run, struct comparison *k) {
    const struct plain_variant *v = k->variant;
    size_t rows = k->batch.sequences * k->batch.length, O = k->plain->config.outputs;
    double complex *exact;
    double *logits, thrift;
    ATTNDYN_ALLOC(run->ctx, exact, rows * O);
    ATTNDYN_ALLOC(run->ctx, logits, rows * O);
    ATTNDYN_TRY(plain_rows(k, exact));
    double complex loss = plain_loss(k, exact);
    attndyn_transformer_logits(k->model, &k->batch, logits);
    attndyn_transformer_gradient(k->model, &k->before, 0);
    double found = attndyn_transformer_gradient(k->model, &k->batch, 1), by_engine = along(k);
    double by_plain = cimag(loss) / PLAIN_STEP;
    ATTNDYN_TRY(thrifty(k, &thrift));
    if (!isfinite(thrift)) /* a part never came, or has other rows: no number says how far off */
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                            "%s: in parts not every gradient was handed out", v->name);
    ATTNDYN_TRY(EMIT(run, networks, .name = v->name, .weights = (long)k->weights,
                     .logits = apart(k, logits, exact), .loss = fabs(found / creal(loss) - 1),
                     .along = by_plain, .gradient = fabs(by_engine - by_plain) / k->terms,
                     .thrift = thrift));
    if (!v->control) return ATTNDYN_OK;
    v->falsify(&k->plain->config);
    ATTNDYN_TRY(plain_rows(k, exact));
    return EMIT(run, controls, .name = v->name, .change = v->control,
                .logits = apart(k, logits, exact));
}

enum attndyn_status engine_compare(const struct trial *run, const struct engine *p,
                                   const struct plain_variant *variant, size_t index) {
    struct comparison k = {.ctx = run->ctx, .p = p, .variant = variant};
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, "engine", index)));
    enum attndyn_status status = prepare(&k, &random);
    attndyn_random_done(&random);
    return status ? status : measure(run, &k);
}
