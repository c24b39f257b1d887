#include "instance.h"

#include "product.h"

#include <math.h>

struct attndyn_joma_instance_spec attndyn_joma_instance_reference(
    enum attndyn_joma_attention attention) {
    return (struct attndyn_joma_instance_spec){
        .tokens = 6,
        .hidden = 4,
        .samples = 5,
        .queries = 1,
        .attention = attention,
        .temperature = 1,
        .activation = {.kind = ATTNDYN_ACTIVATION_TANH},
        .loss = ATTNDYN_JOMA_MSE,
        .eta_w = 1,
        .eta_z = 1,
        .v_scale = 0.3,
        .xi_scale = 0.1,
        .z_scale = 0.2,
        .z_shift = attention == ATTNDYN_JOMA_LINEAR ? 1 : 0,
        .random = ATTNDYN_RANDOM_SPLITMIX,
        .seed = 1,
    };
}

/* What an instance is made of; scratch: (max(M, K) N). */
struct drawn {
    double *scratch, *x, *p, *target, *normaliser;
    size_t *label, *query;
};

/* The order of the draws is part of the instance. */
static enum attndyn_status draw(struct attndyn_context *ctx,
                                const struct attndyn_joma_instance_spec *spec,
                                const struct attndyn_joma *m, double *state,
                                const struct drawn *d) {
    size_t M = spec->tokens, K = spec->hidden, N = spec->samples, Q = spec->queries;
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, spec->random, spec->seed));
    double *xi = state + attndyn_joma_xi_offset(m), *z = state + attndyn_joma_z_offset(m), sum = 0;
    attndyn_random_uniforms(&random, 1, M * N, d->scratch);
    attndyn_product_transpose(M, N, d->scratch, d->x);
    attndyn_random_uniforms(&random, 1, N, d->p);
    attndyn_random_normals(&random, spec->v_scale, M * K, state);
    attndyn_random_normals(&random, spec->xi_scale, Q * K, xi);
    attndyn_random_normals(&random, spec->z_scale, Q * M, z);
    attndyn_random_normals(&random, 1, K * N, d->scratch);
    attndyn_product_transpose(K, N, d->scratch, d->target);
    attndyn_random_done(&random);
    for (size_t i = 0; i < N && spec->integer_counts; i++) {
        double count = 0;
        for (size_t l = 0; l < M; l++) count += d->x[i * M + l] = floor(4 * d->x[i * M + l]);
        if (count == 0) d->x[i * M] = 1;
    }
    for (size_t i = 0; i < N; i++) sum += d->p[i];
    for (size_t i = 0; i < N; i++) {
        d->p[i] /= sum;
        d->label[i] = i % K;
        d->query[i] = i % Q;
        for (size_t l = 0; l < M; l++) d->normaliser[i] += d->x[i * M + l];
    }
    for (size_t l = 0; l < Q * M; l++) z[l] += spec->z_shift;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_joma_instance_create(struct attndyn_context *ctx,
                                                 const struct attndyn_joma_instance_spec *spec,
                                                 struct attndyn_joma_instance *instance) {
    size_t M = spec->tokens, K = spec->hidden, N = spec->samples;
    struct attndyn_joma *m = &instance->model;
    *m = (struct attndyn_joma){.tokens = M,
                               .hidden = K,
                               .samples = N,
                               .queries = spec->queries,
                               .attention = spec->attention,
                               .temperature = spec->temperature,
                               .activation = spec->activation,
                               .loss = spec->loss,
                               .eta_w = spec->eta_w,
                               .eta_z = spec->eta_z};
    struct drawn d;
    ATTNDYN_ALLOC(ctx, d.scratch, (M > K ? M : K) * N);
    ATTNDYN_ALLOC(ctx, d.x, N * M);
    ATTNDYN_ALLOC(ctx, d.p, N);
    ATTNDYN_ALLOC(ctx, d.target, N * K);
    ATTNDYN_ALLOC(ctx, d.normaliser, N);
    ATTNDYN_ALLOC(ctx, d.label, N);
    ATTNDYN_ALLOC(ctx, d.query, N);
    ATTNDYN_ALLOC(ctx, instance->state, attndyn_joma_size(m));
    ATTNDYN_TRY(draw(ctx, spec, m, instance->state, &d));
    attndyn_free(ctx, d.scratch);
    m->x = d.x;
    m->p = d.p;
    m->target = d.target;
    m->label = d.label;
    m->query = d.query;
    m->normaliser =
        spec->count_normaliser && spec->attention != ATTNDYN_JOMA_SOFTMAX ? d.normaliser : NULL;
    return attndyn_joma_validate(ctx, m);
}
