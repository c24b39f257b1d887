/* engine_run_<precision> of fixture.h: the body of two translation units, one a precision. */
#include "fixture.h"
#include "sim/model/transformer/transformer.h"
#include "tests/support.h"

#include <stdio.h>
#include <string.h>

static struct attndyn_transformer *start(struct attndyn_context *ctx,
                                         const struct attndyn_transformer_config *config,
                                         const struct fixture *f) {
    struct attndyn_transformer *model;
    size_t count;
    assert_ok(ctx, attndyn_transformer_create(ctx, config, f->sequences, f->length, &model));
    struct attndyn_parameter *p = attndyn_transformer_parameters(model, &count);
    for (size_t i = 0; i < count; i++) {
        const struct fixture_tensor *t = fixture_find(f, "weight.", p[i].name);
        size_t n = attndyn_parameter_count(&p[i]);
        ck_assert_msg(t->count == n && t->shape[0] == (p[i].dimensions == 1 ? n : p[i].rows),
                      "%s: its shape", p[i].name);
        for (size_t j = 0; j < n; j++) p[i].value[j] = (attndyn_real)t->real[j];
    }
    return model;
}

static struct attndyn_batch batch_of(const struct fixture *f, size_t step) {
    return (struct attndyn_batch){
        f->sequences, f->length, f->tokens + step * f->sequences * f->length,
        f->targets + step * f->rows, fixture_find(f, "", "sequence_weights")->real};
}

static double *dense_gradient(struct attndyn_context *ctx, const struct attndyn_parameter *p) {
    double *g = ATTNDYN_NEW(ctx, double, attndyn_parameter_count(p));
    size_t rows = p->sparse ? p->n_touched : p->rows;
    for (size_t i = 0; p->gradient && i < rows; i++)
        for (size_t j = 0; j < p->columns; j++)
            g[(p->sparse ? p->touched[i] : i) * p->columns + j] =
                (double)p->gradient[i * p->columns + j];
    return g;
}

static void train(struct attndyn_context *ctx, const struct attndyn_transformer_config *config,
                  const struct fixture *f, int which, struct engine_run *run) {
    static const enum attndyn_optimizer_kind kinds[] = {
        ATTNDYN_OPTIMIZER_SGD, ATTNDYN_OPTIMIZER_ADAM, ATTNDYN_OPTIMIZER_ADAMW};
    char prefix[32];
    snprintf(prefix, sizeof prefix, "%s.", fixture_optimisers[which]);
    const double *o = fixture_find(f, prefix, "options")->real;
    struct attndyn_optimizer_options options = {
        .kind = kinds[which], .momentum = o[1], .decay = o[2], .clip = o[3]};
    struct attndyn_transformer *model = start(ctx, config, f);
    struct attndyn_optimizer *optimizer;
    size_t count;
    struct attndyn_parameter *p = attndyn_transformer_parameters(model, &count);
    assert_ok(ctx, attndyn_optimizer_create(ctx, &options, p, count, &optimizer));
    for (size_t s = 0; s < FIXTURE_STEPS; s++) {
        struct attndyn_batch batch = batch_of(f, s);
        run->losses[which][s] = attndyn_transformer_gradient(model, &batch, s);
        attndyn_optimizer_step(optimizer, o[0]);
    }
    for (size_t i = 0; i < count; i++) {
        size_t n = attndyn_parameter_count(&p[i]);
        run->parameter[i].final[which] = ATTNDYN_NEW(ctx, double, n);
        for (size_t j = 0; j < n; j++) run->parameter[i].final[which][j] = (double)p[i].value[j];
    }
}

#define engine_run_real ATTNDYN_REAL_NAME(engine_run)
void engine_run_real(struct attndyn_context *ctx, const struct attndyn_transformer_config *config,
                     const struct fixture *f, struct engine_run *run) {
    struct attndyn_transformer *model = start(ctx, config, f);
    struct attndyn_batch batch = batch_of(f, 0);
    size_t outputs = attndyn_transformer_config_of(model)->outputs, count;
    attndyn_real *logits = ATTNDYN_NEW(ctx, attndyn_real, f->rows * outputs);
    memset(run, 0, sizeof *run);
    attndyn_transformer_logits(model, &batch, logits);
    run->logits = ATTNDYN_NEW(ctx, double, f->rows *outputs);
    for (size_t i = 0; i < f->rows * outputs; i++) run->logits[i] = (double)logits[i];
    run->loss = attndyn_transformer_gradient(model, &batch, 0);
    struct attndyn_parameter *p = attndyn_transformer_parameters(model, &count);
    ck_assert_uint_le(count, FIXTURE_TENSORS);
    run->count = count;
    for (size_t i = 0; i < count; i++) {
        memcpy(run->parameter[i].name, p[i].name, sizeof p[i].name);
        run->parameter[i].count = attndyn_parameter_count(&p[i]);
        run->parameter[i].frozen = p[i].frozen;
        run->parameter[i].gradient = dense_gradient(ctx, &p[i]);
    }
    for (int which = 0; which < FIXTURE_OPTIMISERS; which++) train(ctx, config, f, which, run);
}
