/* Each rung adds one thing to the one before, unless its line says otherwise. */
#include "rungs.h"

#include "sim/base/random.h"

#include <string.h>

#define LINEAR ATTNDYN_ATTENTION_LINEAR
#define EXP ATTNDYN_ATTENTION_EXP
#define SOFT ATTNDYN_ATTENTION_SOFTMAX

const struct rung rungs[RUNGS] = {
    {"linear", "one query, linear attention, the decoder reads it", LINEAR, .exact = true},
    {"exp", "exp attention", EXP, .exact = true},
    {"mlp", "a ReLU layer reads the attention", EXP, .mlp = true, .exact = true},
    {"queries", "every position is a query", EXP, .mlp = true, .all = true, .exact = true},
    {"softmax-one", "softmax, one query", SOFT, .mlp = true},
    {"softmax", "softmax, every position is a query", SOFT, .mlp = true, .all = true},
    {"stream-one", "residual stream, one query", SOFT, .mlp = true, .stream = true},
    {"stream", "residual stream, every position is a query", SOFT, .mlp = true, .all = true,
     .stream = true},
    {"layers", "more layers", SOFT, .mlp = true, .all = true, .stream = true, .deep = true},
    {"maps", "query, value, output maps", SOFT, .mlp = true, .all = true, .stream = true,
     .deep = true, .maps = true},
    {"norm", "LayerNorm", SOFT, .mlp = true, .all = true, .stream = true, .deep = true,
     .maps = true, .norm = true},
    {"adam", "Adam", SOFT, .mlp = true, .all = true, .stream = true, .deep = true, .maps = true,
     .norm = true, .adam = true},
    {"embedding", "trained embedding", SOFT, .mlp = true, .all = true, .stream = true, .deep = true,
     .maps = true, .norm = true, .adam = true, .embedding = true},
    {"wlm", "width d, positions, dropout", SOFT, .mlp = true, .all = true, .stream = true,
     .deep = true, .maps = true, .norm = true, .adam = true, .embedding = true, .wlm = true},
};

enum attndyn_status query_windows_create(struct attndyn_context *ctx,
                                         const struct attndyn_tokens *text, uint32_t query,
                                         const char *name, size_t sequences, size_t length,
                                         uint64_t seed, struct query_windows *w) {
    *w = (struct query_windows){
        .text = text, .query = query, .sequences = sequences, .length = length, .seed = seed};
    for (size_t i = length - 1; i + 1 < text->length; i++) w->count += text->id[i] == query;
    if (w->count < 2)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "query=%s ends %zu windows of %zu tokens, expected at least 2: name a "
                            "frequent word of the text",
                            name, w->count, length);
    ATTNDYN_ALLOC(ctx, w->end, w->count);
    ATTNDYN_ALLOC(ctx, w->inputs, sequences * length);
    ATTNDYN_ALLOC(ctx, w->targets, sequences);
    for (size_t i = length - 1, n = 0; i + 1 < text->length; i++)
        if (text->id[i] == query) w->end[n++] = (uint32_t)i;
    return ATTNDYN_OK;
}

struct attndyn_batch query_windows_batch(struct query_windows *w, uint64_t i) {
    uint64_t state = attndyn_random_derive(w->seed, "query windows", i);
    for (size_t b = 0; b < w->sequences; b++) {
        size_t end = w->end[attndyn_splitmix_next(&state) % w->count];
        memcpy(w->inputs + b * w->length, w->text->id + end + 1 - w->length,
               w->length * sizeof *w->inputs);
        w->targets[b] = w->text->id[end + 1];
    }
    return (struct attndyn_batch){w->sequences, w->length, w->inputs, w->targets, NULL};
}

static enum attndyn_status config_of(struct attndyn_context *ctx, const struct joma_real *p,
                                     const struct rung *rung, const struct text_model *t,
                                     struct attndyn_transformer_config *c) {
    if (rung->wlm) return text_model_config(ctx, t, c);
    ATTNDYN_TRY(attndyn_transformer_preset(ctx, "joma", c));
    c->vocabulary = c->width = t->vocabulary;
    c->context = (size_t)p->length;
    c->layers = rung->deep ? (size_t)p->layers : 1;
    c->attention = rung->attention;
    c->last_only = !rung->all;
    c->residual = !rung->mlp || rung->stream;
    if (rung->mlp) {
        c->mlp = ATTNDYN_MLP_RELU;
        c->hidden = (size_t)p->hidden;
        c->mlp_bias = true;
    }
    if (rung->maps) {
        c->query_projection = c->value_projection = c->output_projection = true;
        c->attention_scale = 0; /* 1 / sqrt(d) */
    }
    if (rung->norm) {
        c->norm = ATTNDYN_NORM_LAYER;
        c->norm_bias = true;
        c->placement = ATTNDYN_PLACEMENT_POST;
    }
    c->embedding_frozen = !rung->embedding;
    c->init = rung->maps ? ATTNDYN_INIT_TORCH_ENCODER : ATTNDYN_INIT_NORMAL;
    c->init_scale = p->start;
    return ATTNDYN_OK;
}

/* The identity as embedding; linear attention begins around z = 1, for z = 0 is a fixed point. */
static void set_start(const struct rung *rung, struct text_model *t) {
    struct attndyn_parameter *e =
        attndyn_transformer_parameter(t->learner.model, "embedding.weight");
    if (rung->wlm) return;
    for (size_t i = 0; i < e->rows; i++)
        for (size_t j = 0; j < e->columns; j++)
            e->value[i * e->columns + j] = (attndyn_real)(i == j);
    if (rung->attention != ATTNDYN_ATTENTION_LINEAR) return;
    struct attndyn_parameter *z =
        attndyn_transformer_parameter(t->learner.model, "layers.0.attention.key.weight");
    for (size_t i = 0; i < attndyn_parameter_count(z); i++) z->value[i] += 1;
}

const char *rung_name(const struct joma_real *p, const struct rung *rung) {
    return strcmp(rung->name, "adam") == 0 ? optimizer_names[p->optimizer] : rung->name;
}

enum attndyn_status rung_prepare(const struct trial *run, const struct joma_real *p,
                                 const struct rung *rung, struct text_model *t) {
    struct attndyn_context *ctx = run->ctx;
    const struct attndyn_optimizer_options sgd = {.kind = ATTNDYN_OPTIMIZER_SGD};
    struct attndyn_transformer_config config;
    ATTNDYN_TRY(config_of(ctx, p, rung, t, &config));
    t->thrift.gradients = rung->adam && p->per_layer;
    ATTNDYN_TRY(text_model_network(ctx, t, &config));
    set_start(rung, t);
    t->restart = rung->wlm;
    if (rung->adam)
        return descent_optimise(run, rung->wlm ? p->clip : 0, NULL, (uint64_t)p->seed, &t->learner);
    bool soft = rung->attention == SOFT;
    t->learner.lr = soft ? p->lr_sgd : p->lr_counts;
    t->learner.rate = soft ? "lr_sgd" : "lr_counts";
    return learner_optimise(ctx, &t->learner, &sgd);
}

struct course rung_last(const struct trial *run, const char *rung, long layer) {
    struct course last = {.row_ = 0};
    EACH_ROW (run, course, r)
        if (r->layer == layer && strcmp(r->name, rung) == 0) last = *r;
    return last;
}
