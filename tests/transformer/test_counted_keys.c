/* Keys that count several times against tokens that are repeated: loss and every gradient. */
#define ATTNDYN_DOUBLE
#include "sim/data/latent_hierarchy.h"
#include "sim/model/transformer/transformer.h"
#include "tests/fixture.h"

#include <string.h>

static struct attndyn_transformer *make(const struct attndyn_transformer_config *config,
                                        const struct attndyn_batch *batch) {
    struct attndyn_transformer *model;
    assert_ok(ctx,
              attndyn_transformer_create(ctx, config, batch->sequences, batch->length, &model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, model, 7));
    return model;
}

/* A parameter's gradient as a dense array. */
static double *dense(const struct attndyn_parameter *p) {
    double *g = ATTNDYN_NEW(ctx, double, attndyn_parameter_count(p));
    if (!p->sparse) memcpy(g, p->gradient, attndyn_parameter_count(p) * sizeof *g);
    for (size_t i = 0; p->sparse && i < p->n_touched; i++)
        memcpy(g + p->touched[i] * p->columns, p->gradient + i * p->columns,
               p->columns * sizeof *g);
    return g;
}

static void assert_same(const struct attndyn_transformer_config *config,
                        const struct attndyn_batch *a, const struct attndyn_batch *b,
                        const double *counts) {
    struct attndyn_transformer *one = make(config, a), *other = make(config, b);
    attndyn_transformer_count_keys(other, counts);
    double loss = attndyn_transformer_gradient(one, a, 0);
    assert_relative(attndyn_transformer_gradient(other, b, 0), loss, 1e-13);
    assert_relative(attndyn_transformer_loss(other, b), loss, 1e-13);
    size_t count;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(one, &count);
    const struct attndyn_parameter *q = attndyn_transformer_parameters(other, &count);
    for (size_t i = 0; i < count; i++) {
        if (p[i].frozen) continue;
        const double *g = dense(&p[i]), *h = dense(&q[i]);
        double scale = 0, off = 0;
        for (size_t k = 0; k < attndyn_parameter_count(&p[i]); k++) {
            scale = fmax(scale, fabs(g[k]));
            off = fmax(off, fabs(g[k] - h[k]));
        }
        ck_assert_msg(off <= 1e-12 * fmax(scale, 1e-3), "%s: off by %g, scale %g", p[i].name, off,
                      scale);
    }
}

/* Three layers on the hierarchy: padding repeated and padding counted. */
TEST(padding) {
    const size_t latents[] = {10, 20, 20}, sets[] = {2, 2, 2};
    struct attndyn_latent_hierarchy h;
    struct attndyn_transformer_config config;
    assert_ok(ctx, attndyn_latent_hierarchy_create(ctx, 100, 30, 3, latents, sets, 2, &h));
    ck_assert_uint_lt(h.columns, 12);
    assert_ok(ctx, attndyn_transformer_preset(ctx, "hierarchy", &config));
    config.width = 16, config.hidden = 24;
    struct attndyn_batch all = attndyn_latent_hierarchy_all(&h);
    struct attndyn_batch counted = attndyn_latent_hierarchy_counted(&h);
    assert_same(&config, &all, &counted, h.counts);
}

/* One query over tokens that are repeated, for every attention. */
TEST(repeated_tokens) {
    static const uint32_t full[] = {3, 3, 3, 1, 0, 2, 2, 4, /**/ 5, 1, 1, 1, 1, 0, 0, 2};
    static const uint32_t once[] = {3, 1, 0, 2, 4, /**/ 5, 1, 0, 0, 2};
    static const double counts[] = {3, 1, 1, 2, 1, /**/ 1, 4, 1, 1, 1};
    static const uint32_t targets[] = {1, 3};
    struct attndyn_transformer_config config;
    assert_ok(ctx, attndyn_transformer_preset(ctx, "joma", &config));
    config.vocabulary = 6, config.width = 7, config.context = 8, config.init_scale = 0.5;
    config.init = ATTNDYN_INIT_NORMAL;
    config.attention = (enum attndyn_attention)_i;
    struct attndyn_batch a = {.sequences = 2, .length = 8, .tokens = full, .targets = targets};
    struct attndyn_batch b = {.sequences = 2, .length = 5, .tokens = once, .targets = targets};
    assert_same(&config, &a, &b, counts);
}

TCASE(counted_keys) {
    tcase_set_timeout(tcase, 120);
    with_a_context(tcase);
    tcase_add_test(tcase, padding);
    tcase_add_loop_test(tcase, repeated_tokens, 0, ATTNDYN_ATTENTION_SIGMOID + 1);
}
