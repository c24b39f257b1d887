/* A drawn chain, with its data and targets. */
#include "reversible.h"

#include "sim/num/blas.h"

#include <string.h>

static size_t widths_of(const struct reversible *p, size_t width[DEEPEST + 1]) {
    for (size_t l = 0; l < p->widths.count; l++) width[l] = (size_t)p->widths.at[l];
    return p->widths.count - 1;
}

enum attndyn_status network_draw(const struct trial *run, const struct reversible *p,
                                 enum attndyn_chain_activation activation,
                                 enum attndyn_chain_loss loss, struct network *net) {
    size_t width[DEEPEST + 1];
    const size_t depth = widths_of(p, width), N = (size_t)p->N, K = width[depth];
    const double slope = p->slope, scale = p->scale;
    net->loss = loss;
    ATTNDYN_TRY(attndyn_chain_create(run->ctx, depth, width, N, activation, slope, &net->chain));
    ATTNDYN_ALLOC(run->ctx, net->Y, N * K);
    struct attndyn_chain teacher;
    ATTNDYN_TRY(attndyn_chain_create(run->ctx, depth, width, N, activation, slope, &teacher));
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, (enum attndyn_random_kind)p->rng,
                                    (uint64_t)p->seed));
    attndyn_random_normals(&random, 1, N * width[0], net->chain.f[0]);
    attndyn_chain_draw(&net->chain, &random, scale);
    if (loss == ATTNDYN_CHAIN_SOFTMAX) {
        for (size_t i = 0; i < N; i++) net->Y[i * K + i % K] = 1;
    } else if (p->target == target_normal) {
        attndyn_random_normals(&random, 1, N * K, net->Y);
    } else {
        memcpy(teacher.f[0], net->chain.f[0], N * width[0] * sizeof(double));
        attndyn_chain_draw(&teacher, &random, scale);
        attndyn_chain_forward(&teacher);
        memcpy(net->Y, teacher.f[depth], N * K * sizeof(double));
    }
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

void network_gradients(struct network *net) {
    attndyn_chain_forward(&net->chain);
    attndyn_chain_backward(&net->chain, net->loss, net->Y);
}

double network_smallest_gradient(const struct network *net) {
    const struct attndyn_chain *c = &net->chain;
    double least = INFINITY;
    for (size_t l = 1; l <= c->depth; l++)
        least = fmin(least, attndyn_norm(c->width[l] * c->width[l - 1], c->G[l]));
    return least;
}
