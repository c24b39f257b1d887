/* The start of training: what each parameter is drawn from (config.h, enum attndyn_init). */
#include "../../base/random.h"
#include "transformer_private.h"

#include <math.h>
#include <string.h>

static bool ends_with(const char *name, const char *end) {
    size_t n = strlen(name), k = strlen(end);
    return n >= k && strcmp(name + n - k, end) == 0;
}

static bool contains(const char *name, const char *part) {
    return strstr(name, part) != NULL;
}

/* How a parameter starts: constant, uniform in (-width, width), or normal of sd width. */
struct start {
    enum { CONSTANT, UNIFORM, NORMAL, IDENTITY } kind;
    double width;
};

static struct start torch_encoder(const struct attndyn_transformer_config *c,
                                  const struct attndyn_parameter *p, size_t fan_in) {
    bool weight = p->dimensions == 2;
    if (strncmp(p->name, "layers.", 7) != 0) {
        if (strcmp(p->name, "position.weight") == 0) return (struct start){NORMAL, 1};
        return weight ? (struct start){UNIFORM, 0.1} : (struct start){CONSTANT, 0};
    }
    if (contains(p->name, "attention.output"))
        return weight ? (struct start){UNIFORM, 1 / sqrt((double)fan_in)}
                      : (struct start){CONSTANT, 0};
    if (contains(p->name, "attention.")) /* Xavier over the three maps stacked */
        return weight ? (struct start){UNIFORM, sqrt(6.0 / (double)(net_qkv_width(c) + c->width))}
                      : (struct start){CONSTANT, 0};
    return (struct start){UNIFORM, 1 / sqrt((double)fan_in)};
}

static struct start start_of(const struct attndyn_transformer_config *c,
                             const struct attndyn_parameter *p) {
    if (contains(p->name, "norm"))
        return (struct start){CONSTANT, ends_with(p->name, ".weight") ? 1 : 0};
    bool embedding = strcmp(p->name, "embedding.weight") == 0;
    size_t fan_in = contains(p->name, "mlp.down")           ? c->hidden
                    : contains(p->name, "attention.output") ? c->heads * c->head_width
                    : contains(p->name, "decoder") || contains(p->name, "project_in")
                        ? c->embedding_width
                        : c->width;
    switch (c->init) {
    case ATTNDYN_INIT_TORCH_ENCODER:
        return torch_encoder(c, p, fan_in);
    case ATTNDYN_INIT_TORCH_DEFAULT:
        if (embedding || strcmp(p->name, "position.weight") == 0) return (struct start){NORMAL, 1};
        return (struct start){UNIFORM, 1 / sqrt((double)fan_in)};
    case ATTNDYN_INIT_NORMAL:
        if (p->dimensions == 1) return (struct start){CONSTANT, 0};
        if (contains(p->name, "attention.output") || contains(p->name, "mlp.down"))
            return (struct start){NORMAL, c->init_scale / sqrt(2 * (double)c->layers)};
        return (struct start){NORMAL, c->init_scale};
    case ATTNDYN_INIT_ZERO:
        return embedding ? (struct start){IDENTITY, 0} : (struct start){CONSTANT, 0};
    }
    return (struct start){CONSTANT, 0};
}

static void draw(struct attndyn_random *random, struct start s, struct attndyn_parameter *p) {
    for (size_t i = 0; i < p->rows; i++)
        for (size_t j = 0; j < p->columns; j++) {
            double x = s.width;
            if (s.kind == UNIFORM) x = s.width * (2 * attndyn_random_uniform(random) - 1);
            if (s.kind == NORMAL) x = s.width * attndyn_random_normal(random);
            if (s.kind == IDENTITY) x = i == j;
            p->value[i * p->columns + j] = (attndyn_real)x;
        }
}

/* Every block as the first: their parameters come in the same order. */
static void copy_blocks(struct net_training *t) {
    size_t first = 0, each;
    while (first < t->count && strncmp(t->parameters[first].name, "layers.0.", 9) != 0) first++;
    for (each = 0; first + each < t->count; each++)
        if (strncmp(t->parameters[first + each].name, "layers.0.", 9) != 0) break;
    for (size_t b = 1; b < t->weights.blocks; b++)
        for (size_t i = 0; i < each; i++) {
            struct attndyn_parameter *from = &t->parameters[first + i];
            struct attndyn_parameter *to = &t->parameters[first + b * each + i];
            memcpy(to->value, from->value, attndyn_parameter_count(from) * sizeof *to->value);
        }
}

enum attndyn_status attndyn_transformer_initialise(struct attndyn_context *ctx,
                                                   struct attndyn_transformer *m, uint64_t seed) {
    struct attndyn_random random;
    struct net_training *t = m->training;
    if (!t) return attndyn_fail(ctx, ATTNDYN_USAGE, "transformer: its weights are given");
    m->seed = seed;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive(seed, "transformer", 0)));
    for (size_t i = 0; i < t->count; i++)
        draw(&random, start_of(&m->weights->config, &t->parameters[i]), &t->parameters[i]);
    attndyn_random_done(&random);
    if (m->weights->config.layers_alike) copy_blocks(t);
    return ATTNDYN_OK;
}
