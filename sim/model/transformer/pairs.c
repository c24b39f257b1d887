/* The parameters of a config, and the weights that stand for them. */
#include "layout.h"

enum attndyn_status attndyn_net_describe(struct attndyn_context *ctx,
                                         const struct attndyn_transformer_config *config,
                                         struct net_training *t) {
    struct net_arena values = {0}, gradients = {0};
    t->weights.config = *config;
    ATTNDYN_TRY(attndyn_net_blocks(ctx, t));
    size_t blocks = t->weights.blocks;
    attndyn_net_parameters_layout(t, config, blocks, 1, false, &values, &gradients);
    ATTNDYN_ALLOC(ctx, t->parameters, t->count);
    ATTNDYN_ALLOC(ctx, t->nets, t->count);
    ATTNDYN_ALLOC(ctx, t->block, blocks);
    ATTNDYN_ALLOC(ctx, t->view, blocks);
    attndyn_net_parameters_layout(t, config, blocks, 1, false, &values, &gradients);
    return ATTNDYN_OK;
}

struct walk {
    struct attndyn_context *ctx;
    net_pair *each;
    void *user;
};

static enum attndyn_status lacks(const struct walk *k, const struct attndyn_parameter *p) {
    return attndyn_fail(k->ctx, ATTNDYN_USAGE,
                        "transformer: the weights have no %s (%zu, %zu), which the config asks for",
                        p->name, p->rows, p->columns);
}

static enum attndyn_status matrix(const struct walk *k, const struct net_parameter *n,
                                  const struct attndyn_matrix *m) {
    if (!n) return ATTNDYN_OK;
    if (!m->data || m->rows != n->p->rows || m->columns != n->p->columns) return lacks(k, n->p);
    return k->each(k->user, n->p, m, NULL);
}

static enum attndyn_status vector(const struct walk *k, const struct net_parameter *n,
                                  const attndyn_real *v) {
    if (!n) return ATTNDYN_OK;
    return v ? k->each(k->user, n->p, NULL, v) : lacks(k, n->p);
}

static enum attndyn_status linear(const struct walk *k, const struct net_linear *n,
                                  const struct attndyn_weights_linear *w) {
    ATTNDYN_TRY(matrix(k, n->weight, &w->weight));
    return vector(k, n->bias, w->bias);
}

static enum attndyn_status norm(const struct walk *k, const struct net_norm *n,
                                const struct attndyn_weights_norm *w) {
    ATTNDYN_TRY(vector(k, n->gain, w->gain));
    return vector(k, n->bias, w->bias);
}

static enum attndyn_status block(const struct walk *k, const struct net_block *n,
                                 const struct attndyn_weights_block *w) {
    ATTNDYN_TRY(norm(k, &n->norm1, &w->norm1));
    ATTNDYN_TRY(linear(k, &n->query, &w->query));
    ATTNDYN_TRY(linear(k, &n->key, &w->key));
    ATTNDYN_TRY(linear(k, &n->value, &w->value));
    ATTNDYN_TRY(linear(k, &n->output, &w->output));
    ATTNDYN_TRY(norm(k, &n->norm2, &w->norm2));
    ATTNDYN_TRY(linear(k, &n->gate, &w->gate));
    ATTNDYN_TRY(linear(k, &n->up, &w->up));
    return linear(k, &n->down, &w->down);
}

enum attndyn_status attndyn_net_pairs(struct attndyn_context *ctx, const struct net_training *t,
                                      const struct attndyn_weights *w, net_pair *each, void *user) {
    const struct walk k = {ctx, each, user};
    if (t->weights.blocks != w->blocks)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "transformer: weights of %zu blocks, expected %zu",
                            w->blocks, t->weights.blocks);
    ATTNDYN_TRY(matrix(&k, t->embedding, &w->embedding));
    ATTNDYN_TRY(matrix(&k, t->positions, &w->position));
    ATTNDYN_TRY(matrix(&k, t->project_in.weight, &w->project_in));
    ATTNDYN_TRY(norm(&k, &t->embedding_norm, &w->embedding_norm));
    for (size_t b = 0; b < w->blocks; b++) ATTNDYN_TRY(block(&k, &t->block[b], &w->block[b]));
    ATTNDYN_TRY(norm(&k, &t->norm, &w->norm));
    ATTNDYN_TRY(matrix(&k, t->project_out.weight, &w->project_out));
    if (t->decoder.weight != t->embedding)
        ATTNDYN_TRY(matrix(&k, t->decoder.weight, &w->decoder.weight));
    return vector(&k, t->decoder.bias, w->decoder.bias);
}

/* ------------------------------------------------------------------ a start from weights */

static enum attndyn_status take(void *user, const struct attndyn_parameter *p,
                                const struct attndyn_matrix *m, const attndyn_real *v) {
    (void)user;
    if (m) attndyn_matrix_widen(m, 0, m->rows, p->value);
    for (size_t j = 0; v && j < p->columns; j++) p->value[j] = v[j];
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_transformer_take(struct attndyn_context *ctx,
                                             struct attndyn_transformer *m,
                                             const struct attndyn_weights *weights) {
    if (!m->training) return attndyn_fail(ctx, ATTNDYN_USAGE, "transformer: its weights are given");
    return attndyn_net_pairs(ctx, m->training, weights, take, NULL);
}
