#include "classes.h"

#include <math.h>

struct attndyn_joma_classes_spec attndyn_joma_classes_paper(void) {
    return (struct attndyn_joma_classes_spec){
        .distinct = 10,
        .common = 10,
        .classes = 20,
        .samples = 20,
        .width = 30,
        .temperature = 0.5,
        .scale = 0.01,
        .loss = ATTNDYN_JOMA_CE,
        .activation = {.kind = ATTNDYN_ACTIVATION_LINEAR},
        .eta_w = 1,
        .eta_z = 1,
        .random = ATTNDYN_RANDOM_SPLITMIX,
        .seed = 1,
    };
}

enum attndyn_status attndyn_joma_classes_create(struct attndyn_context *ctx,
                                                const struct attndyn_joma_classes_spec *spec,
                                                struct attndyn_joma *model, double **state) {
    size_t M = spec->distinct + spec->common, K = spec->classes, N = spec->samples;
    double *drawn, *x, *p, *target;
    size_t *label;
    if (M == 0 || K == 0 || N == 0 || !(spec->width > 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%zu tokens, %zu classes, %zu samples, width %g: all must be positive",
                            M, K, N, spec->width);
    *model = (struct attndyn_joma){.tokens = M,
                                   .hidden = K,
                                   .samples = N,
                                   .queries = 1,
                                   .attention = ATTNDYN_JOMA_SOFTMAX,
                                   .temperature = spec->temperature,
                                   .activation = spec->activation,
                                   .loss = spec->loss,
                                   .eta_w = spec->eta_w,
                                   .eta_z = spec->eta_z};
    ATTNDYN_ALLOC(ctx, drawn, M * N);
    ATTNDYN_ALLOC(ctx, x, N * M);
    ATTNDYN_ALLOC(ctx, p, N);
    ATTNDYN_ALLOC(ctx, target, N * K);
    ATTNDYN_ALLOC(ctx, label, N);
    ATTNDYN_ALLOC(ctx, *state, attndyn_joma_size(model));

    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, spec->random, spec->seed));
    attndyn_random_uniforms(&random, 0.5, M * N, drawn);
    attndyn_random_normals(&random, spec->scale, attndyn_joma_size(model), *state);
    attndyn_random_done(&random);

    for (size_t i = 0; i < N; i++) {
        double sum = 0, centre = (double)spec->distinct * (double)i / (double)N;
        for (size_t l = 0; l < M; l++) {
            double uniform = drawn[l * N + i], far = (double)l - centre;
            x[i * M + l] =
                l >= spec->distinct
                    ? uniform
                    : spec->blend * uniform + (1 - spec->blend) * exp(-far * far / spec->width);
            sum += x[i * M + l];
        }
        for (size_t l = 0; l < M; l++) x[i * M + l] /= sum;
        p[i] = 1 / (double)N;
        label[i] = i % K;
        double base = spec->loss == ATTNDYN_JOMA_FIXED ? 1 / (double)K : 0;
        for (size_t k = 0; k < K; k++) target[i * K + k] = (k == label[i] ? 1 : 0) - base;
    }
    attndyn_free(ctx, drawn);
    model->x = x;
    model->p = p;
    model->target = target;
    model->label = label;
    return attndyn_joma_validate(ctx, model);
}
