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

enum attndyn_status attndyn_joma_instance_create(struct attndyn_context *ctx,
                                                 const struct attndyn_joma_instance_spec *spec,
                                                 struct attndyn_joma_instance *instance) {
    size_t M = spec->tokens, K = spec->hidden, N = spec->samples, Q = spec->queries;
    struct attndyn_joma *m = &instance->model;
    *m = (struct attndyn_joma){.tokens = M,
                               .hidden = K,
                               .samples = N,
                               .queries = Q,
                               .attention = spec->attention,
                               .temperature = spec->temperature,
                               .activation = spec->activation,
                               .loss = spec->loss,
                               .eta_w = spec->eta_w,
                               .eta_z = spec->eta_z};
    double *drawn, *x, *p, *target, *normaliser;
    size_t *label, *query;
    ATTNDYN_ALLOC(ctx, drawn, (M > K ? M : K) * N);
    ATTNDYN_ALLOC(ctx, x, N * M);
    ATTNDYN_ALLOC(ctx, p, N);
    ATTNDYN_ALLOC(ctx, target, N * K);
    ATTNDYN_ALLOC(ctx, normaliser, N);
    ATTNDYN_ALLOC(ctx, label, N);
    ATTNDYN_ALLOC(ctx, query, N);
    ATTNDYN_ALLOC(ctx, instance->state, attndyn_joma_size(m));

    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, spec->random, spec->seed));
    double *xi = instance->state + attndyn_joma_xi_offset(m),
           *z = instance->state + attndyn_joma_z_offset(m), sum = 0;
    attndyn_random_uniforms(&random, 1, M * N, drawn);
    attndyn_product_transpose(M, N, drawn, x);
    attndyn_random_uniforms(&random, 1, N, p);
    attndyn_random_normals(&random, spec->v_scale, M * K, instance->state);
    attndyn_random_normals(&random, spec->xi_scale, Q * K, xi);
    attndyn_random_normals(&random, spec->z_scale, Q * M, z);
    attndyn_random_normals(&random, 1, K * N, drawn);
    attndyn_product_transpose(K, N, drawn, target);
    attndyn_random_done(&random);

    for (size_t i = 0; i < N && spec->integer_counts; i++) {
        double count = 0;
        for (size_t l = 0; l < M; l++) count += x[i * M + l] = floor(4 * x[i * M + l]);
        if (count == 0) x[i * M] = 1;
    }
    for (size_t i = 0; i < N; i++) sum += p[i];
    for (size_t i = 0; i < N; i++) {
        p[i] /= sum;
        label[i] = i % K;
        query[i] = i % Q;
        for (size_t l = 0; l < M; l++) normaliser[i] += x[i * M + l];
    }
    for (size_t l = 0; l < Q * M; l++) z[l] += spec->z_shift;
    attndyn_free(ctx, drawn);
    m->x = x;
    m->p = p;
    m->target = target;
    m->label = label;
    m->query = query;
    m->normaliser =
        spec->count_normaliser && spec->attention != ATTNDYN_JOMA_SOFTMAX ? normaliser : NULL;
    return attndyn_joma_validate(ctx, m);
}
