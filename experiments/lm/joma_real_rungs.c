/* The rungs of lm/joma-real that share a little task: sequences of context tokens, a query, a
 * class. */
#include "joma_real.h"

#include "joma_relation.h"
#include "sim/base/random.h"
#include "sim/num/optim/optimizer.h"

#include <math.h>

const struct rung joma_real_rungs[RUNGS] = {
    {"exp", "exp attention, SGD, identity embedding: the theorem's setting"},
    {"softmax", "softmax attention: needs a condition on the samples"},
    {"norm", "softmax and LayerNorm after the residual"},
    {"adam", "softmax, trained by Adam"},
    {"embedding", "softmax, the embedding is trained, too"},
    {"maps", "softmax, W_Q, W_K, W_V, W_O and the embedding random and trained"}};

struct task {
    size_t classes, tokens, length; /* M context tokens; the query is token M */
    uint32_t *token, *target;       /* (classes, length), (classes) */
};

/* Class i's sequence: tokens drawn from exp(-(l - i M/K)^2 / (0.3 M)), figure 2's bump, by
 * systematic sampling, so that its counts follow the probabilities; then the query. */
static enum attndyn_status make_task(struct attndyn_context *ctx, const struct params *p,
                                     struct task *t) {
    t->classes = (size_t)param_int(p, "classes");
    t->tokens = (size_t)param_int(p, "tokens");
    t->length = (size_t)param_int(p, "contexts") + 1;
    ATTNDYN_ALLOC(ctx, t->token, t->classes * t->length);
    ATTNDYN_ALLOC(ctx, t->target, t->classes);
    double *weight;
    ATTNDYN_ALLOC(ctx, weight, t->tokens);
    for (size_t i = 0; i < t->classes; i++) {
        double sum = 0, at = (double)i * (double)t->tokens / (double)t->classes, below = 0;
        for (size_t l = 0; l < t->tokens; l++) {
            double x = (double)l - at;
            sum += weight[l] = exp(-x * x / (0.3 * (double)t->tokens));
        }
        size_t l = 0;
        for (size_t j = 0; j + 1 < t->length; j++) {
            double mark = ((double)j + 0.5) / (double)(t->length - 1) * sum;
            while (l + 1 < t->tokens && below + weight[l] < mark) below += weight[l++];
            t->token[i * t->length + j] = (uint32_t)l;
        }
        t->token[i * t->length + t->length - 1] = (uint32_t)t->tokens;
        t->target[i] = (uint32_t)i;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status configure(struct attndyn_context *ctx, const struct task *t, int rung,
                                     struct attndyn_transformer_config *c) {
    ATTNDYN_TRY(attndyn_transformer_preset(ctx, "joma", c));
    c->vocabulary = c->width = t->tokens + 1;
    c->outputs = t->classes;
    c->context = t->length;
    if (rung == RUNG_EXP) c->attention = ATTNDYN_ATTENTION_EXP;
    if (rung == RUNG_NORM) {
        c->norm = ATTNDYN_NORM_LAYER;
        c->placement = ATTNDYN_PLACEMENT_POST;
        c->norm_bias = true;
    }
    if (rung == RUNG_EMBEDDING) c->embedding_frozen = false;
    if (rung == RUNG_MAPS) {
        c->query_projection = c->value_projection = c->output_projection = true;
        c->embedding_frozen = false;
        c->init = ATTNDYN_INIT_NORMAL;
        c->init_scale = 1 / sqrt((double)c->width);
    }
    return ATTNDYN_OK;
}

struct looker {
    struct joma_relation relation;
    double *x, *bbar; /* (tokens + 1, d), (tokens) */
};

static enum attndyn_status look(struct attndyn_context *ctx, const struct task *t,
                                struct attndyn_transformer *model,
                                const struct attndyn_batch *batch, struct looker *k) {
    const struct attndyn_parameter *e = attndyn_transformer_parameter(model, "embedding.weight");
    struct attndyn_batch see = *batch;
    size_t stride, T = t->length;
    see.targets = NULL;
    attndyn_transformer_loss(model, &see);
    const attndyn_real *a = attndyn_transformer_view(model, ATTNDYN_VIEW_ATTENTION, 0, &stride);
    for (size_t i = 0; i < (t->tokens + 1) * e->columns; i++) k->x[i] = (double)e->value[i];
    for (size_t l = 0; l < t->tokens; l++) k->bbar[l] = 0;
    for (size_t b = 0; b < t->classes; b++)
        for (size_t j = 0; j + 1 < T; j++)
            k->bbar[t->token[b * T + j]] +=
                (double)a[(b * T + T - 1) * stride + j] / (double)t->classes;
    return joma_relation_look(ctx, model, 0, k->x, k->x + t->tokens * e->columns, k->bbar,
                              &k->relation);
}

enum attndyn_status joma_real_rung(struct attndyn_context *ctx, const struct params *p, int rung,
                                   double lr, size_t steps, struct results *results,
                                   double *error) {
    struct task t;
    struct attndyn_transformer_config config;
    struct attndyn_transformer *model;
    struct attndyn_optimizer *optimizer;
    struct looker k;
    size_t count;
    bool adam = rung == RUNG_ADAM;
    const struct attndyn_optimizer_options options = {.kind = adam ? ATTNDYN_OPTIMIZER_ADAM
                                                                   : ATTNDYN_OPTIMIZER_SGD};
    ATTNDYN_TRY(make_task(ctx, p, &t));
    ATTNDYN_TRY(configure(ctx, &t, rung, &config));
    ATTNDYN_TRY(attndyn_transformer_create(ctx, &config, t.classes, t.length, &model));
    ATTNDYN_TRY(attndyn_transformer_initialise(ctx, model, (uint64_t)param_int(p, "seed")));
    struct attndyn_parameter *parameters = attndyn_transformer_parameters(model, &count);
    ATTNDYN_TRY(attndyn_optimizer_create(ctx, &options, parameters, count, &optimizer));
    ATTNDYN_TRY(joma_relation_create(ctx, model, 0, 1, t.tokens, &k.relation));
    ATTNDYN_ALLOC(ctx, k.x, (t.tokens + 1) * config.width);
    ATTNDYN_ALLOC(ctx, k.bbar, t.tokens);
    const struct attndyn_batch batch = {t.classes, t.length, t.token, t.target, NULL};
    size_t every = steps / 20 ? steps / 20 : 1;
    for (size_t s = 0; s <= steps; s++) {
        ATTNDYN_TRY(look(ctx, &t, model, &batch, &k));
        if (results && s > 0 && s % every == 0) {
            struct joma_agreement a = joma_relation_agreement(&k.relation);
            ATTNDYN_TRY(EMIT(ctx, results, "course", I(rung), S(joma_real_rungs[rung].name), I(0),
                             I((long)s), R(a.nc), R(a.nc_single), R(a.slope), R(a.relative_error),
                             R(a.moved)));
            ATTNDYN_TRY(attndyn_check_interrupt(ctx));
            attndyn_progress(ctx, joma_real_rungs[rung].name, (double)s, (double)steps);
        }
        double loss = attndyn_transformer_gradient(model, &batch, s);
        if (!isfinite(loss))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "rung %s: the loss is not finite at step %zu: lower lr_ladder",
                                joma_real_rungs[rung].name, s);
        attndyn_optimizer_step(optimizer, adam ? param_real(p, "lr_adam") : lr);
    }
    *error = joma_relation_agreement(&k.relation).relative_error;
    return ATTNDYN_OK;
}
