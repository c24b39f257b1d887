/* The transformer's gradient in double precision against differences of its loss, for every
 * configuration that differs in code: each parameter along a random direction, and all together. */
#define ATTNDYN_DOUBLE
#include "sim/base/random.h"
#include "sim/model/transformer/transformer.h"
#include "tests/support.h"

#include <stdio.h>
#include <string.h>

enum { SEQUENCES = 3, LENGTH = 7, VOCABULARY = 11 };

struct variant {
    const char *name, *preset;
    void (*set)(struct attndyn_transformer_config *c);
    double step; /* of the differences: small where there are kinks */
};

static void small(struct attndyn_transformer_config *c) {
    c->vocabulary = VOCABULARY, c->outputs = 0, c->context = LENGTH, c->layers = 2;
    c->width = 12, c->heads = 2, c->hidden = 10, c->init = ATTNDYN_INIT_NORMAL;
    c->init_scale = 0.4;
}
#define VARIANT(name, body)                                                                        \
    static void name(struct attndyn_transformer_config *c) {                                       \
        small(c);                                                                                  \
        body;                                                                                      \
    }
VARIANT(as_it_is, (void)c)
VARIANT(mlp_linear, c->mlp = ATTNDYN_MLP_LINEAR)
VARIANT(mlp_none, c->mlp = ATTNDYN_MLP_NONE)
VARIANT(mlp_quadratic, c->mlp = ATTNDYN_MLP_QUADRATIC)
VARIANT(mlp_gelu, c->mlp = ATTNDYN_MLP_GELU)
VARIANT(mlp_silu, c->mlp = ATTNDYN_MLP_SILU)
VARIANT(mlp_swiglu, c->mlp = ATTNDYN_MLP_SWIGLU; c->mlp_bias = true)
VARIANT(mlp_relu, c->mlp = ATTNDYN_MLP_RELU)
VARIANT(norm_none, c->norm = ATTNDYN_NORM_NONE)
VARIANT(norm_rms, c->norm = ATTNDYN_NORM_RMS)
VARIANT(norm_l2, c->norm = ATTNDYN_NORM_L2)
VARIANT(norm_no_bias, c->norm_bias = false)
VARIANT(post, c->placement = ATTNDYN_PLACEMENT_POST; c->final_norm = false)
VARIANT(post_l2, c->placement = ATTNDYN_PLACEMENT_POST; c->norm = ATTNDYN_NORM_L2;
        c->final_norm = false; c->residual = false)
VARIANT(no_residual, c->residual = false)
VARIANT(parallel, c->parallel = true)
VARIANT(parallel_bare, c->parallel = true; c->norm = ATTNDYN_NORM_NONE; c->residual = false)
VARIANT(rope_half, c->position = ATTNDYN_POSITION_ROPE_HALF)
VARIANT(rope_part, c->position = ATTNDYN_POSITION_ROPE_INTERLEAVED; c->rope_fraction = 0.7)
VARIANT(sinusoidal, c->position = ATTNDYN_POSITION_SINUSOIDAL; c->embedding_scale = -1)
VARIANT(learned_offset, c->position = ATTNDYN_POSITION_LEARNED; c->position_offset = 2)
VARIANT(off_by_one, c->attention = ATTNDYN_ATTENTION_OFF_BY_ONE)
VARIANT(exponential, c->attention = ATTNDYN_ATTENTION_EXP)
VARIANT(linear_attention, c->attention = ATTNDYN_ATTENTION_LINEAR)
VARIANT(relu_attention, c->attention = ATTNDYN_ATTENTION_RELU)
VARIANT(sigmoid_attention, c->attention = ATTNDYN_ATTENTION_SIGMOID)
VARIANT(alibi, c->position = ATTNDYN_POSITION_ALIBI; c->heads = 3)
VARIANT(alibi_both_sides, c->position = ATTNDYN_POSITION_ALIBI; c->causal = false;
        c->attention = ATTNDYN_ATTENTION_SIGMOID)
VARIANT(embedding_norm, c->embedding_norm = true; c->embedding_scale = 3)
VARIANT(embedding_norm_untied, c->embedding_norm = true; c->tied = false;
        c->dropout_embedding = 0.1)
VARIANT(narrow, c->embedding_width = 5; c->embedding_scale = 2)
VARIANT(narrow_post, c->embedding_width = 5; c->placement = ATTNDYN_PLACEMENT_POST;
        c->final_norm = false; c->tied = false; c->dropout_embedding = 0.1)
VARIANT(narrow_last, c->embedding_width = 15; c->last_only = true; c->tied = false; c->outputs = 4)
static const size_t two_windows[] = {0, 3};
VARIANT(windows, c->layer_windows = two_windows)
VARIANT(not_causal, c->causal = false)
VARIANT(not_causal_not_self, c->causal = false; c->self = false)
VARIANT(not_self, c->self = false)
VARIANT(window, c->window = 3)
VARIANT(window_both_sides, c->window = 3; c->causal = false)
VARIANT(grouped_heads, c->heads = 4; c->kv_heads = 2; c->head_width = 3)
VARIANT(wide_heads, c->head_width = 5)
VARIANT(no_projections, c->query_projection = c->value_projection = c->output_projection = false)
VARIANT(only_value, c->query_projection = c->key_projection = false)
VARIANT(untied, c->tied = false; c->decoder_bias = true)
VARIANT(last_only, c->last_only = true)
VARIANT(last_of_five, c->last_only = true; c->tied = false; c->outputs = 5; c->final_norm = false)
VARIANT(dropout, c->dropout_embedding = 0.1; c->dropout_attention = 0.2; c->dropout_residual = 0.3;
        c->dropout_hidden = 0.4)
VARIANT(dropout_post, c->placement = ATTNDYN_PLACEMENT_POST; c->mlp = ATTNDYN_MLP_SWIGLU;
        c->dropout_embedding = 0.1; c->dropout_attention = 0.2; c->dropout_residual = 0.3;
        c->dropout_hidden = 0.4; c->tied = false)
static const size_t shared_map[] = {0, 1, 0};
VARIANT(shared, c->layers = 3; c->layer_map = shared_map)
static void of_theory(struct attndyn_transformer_config *c) {
    c->vocabulary = VOCABULARY, c->context = LENGTH, c->width = 12, c->init = ATTNDYN_INIT_NORMAL;
    c->init_scale = 0.6;
}

static const struct variant variants[] = {{"gpt2", "gpt2", as_it_is, 1e-3},
                                          {"llama", "llama", as_it_is, 1e-3},
                                          {"wlm", "wlm", as_it_is, 1e-6},
                                          {"hierarchy", "hierarchy", as_it_is, 1e-6},
                                          {"joma", "joma", of_theory, 1e-3},
                                          {"scansnap", "scansnap", of_theory, 1e-3},
#define GPT2(name, step)                                                                           \
    { #name, "gpt2", name, step }
                                          GPT2(mlp_linear, 1e-3),
                                          GPT2(mlp_none, 1e-3),
                                          GPT2(mlp_quadratic, 1e-3),
                                          GPT2(mlp_gelu, 1e-3),
                                          GPT2(mlp_silu, 1e-3),
                                          GPT2(mlp_swiglu, 1e-3),
                                          GPT2(mlp_relu, 1e-6),
                                          GPT2(norm_none, 1e-3),
                                          GPT2(norm_rms, 1e-3),
                                          GPT2(norm_l2, 1e-3),
                                          GPT2(norm_no_bias, 1e-3),
                                          GPT2(post, 1e-3),
                                          GPT2(post_l2, 1e-3),
                                          GPT2(no_residual, 1e-3),
                                          GPT2(parallel, 1e-3),
                                          GPT2(parallel_bare, 1e-3),
                                          GPT2(rope_half, 1e-3),
                                          GPT2(rope_part, 1e-3),
                                          GPT2(sinusoidal, 1e-3),
                                          GPT2(learned_offset, 1e-3),
                                          GPT2(off_by_one, 1e-3),
                                          GPT2(exponential, 1e-3),
                                          GPT2(linear_attention, 1e-3),
                                          GPT2(relu_attention, 1e-6),
                                          GPT2(sigmoid_attention, 1e-3),
                                          GPT2(alibi, 1e-3),
                                          GPT2(alibi_both_sides, 1e-3),
                                          GPT2(embedding_norm, 1e-3),
                                          GPT2(embedding_norm_untied, 1e-3),
                                          GPT2(narrow, 1e-3),
                                          GPT2(narrow_post, 1e-3),
                                          GPT2(narrow_last, 1e-3),
                                          GPT2(windows, 1e-3),
                                          GPT2(not_causal, 1e-3),
                                          GPT2(not_causal_not_self, 1e-3),
                                          GPT2(not_self, 1e-3),
                                          GPT2(window, 1e-3),
                                          GPT2(window_both_sides, 1e-3),
                                          GPT2(grouped_heads, 1e-3),
                                          GPT2(wide_heads, 1e-3),
                                          GPT2(no_projections, 1e-3),
                                          GPT2(only_value, 1e-3),
                                          GPT2(untied, 1e-3),
                                          GPT2(last_only, 1e-3),
                                          GPT2(last_of_five, 1e-3),
                                          GPT2(dropout, 1e-3),
                                          GPT2(dropout_post, 1e-3),
                                          GPT2(shared, 1e-3)};

struct case_data {
    struct attndyn_context *ctx;
    struct attndyn_transformer *model;
    struct attndyn_batch batch;
    uint32_t tokens[SEQUENCES * LENGTH], targets[SEQUENCES * LENGTH];
    double weights[SEQUENCES];
};

static void set_up(struct case_data *k, const struct variant *v) {
    struct attndyn_transformer_config config;
    struct attndyn_random random;
    size_t count;
    k->ctx = attndyn_context_create();
    ck_assert_ptr_nonnull(k->ctx);
    assert_ok(k->ctx, attndyn_transformer_preset(k->ctx, v->preset, &config));
    v->set(&config);
    assert_ok(k->ctx, attndyn_transformer_create(k->ctx, &config, SEQUENCES, LENGTH, &k->model));
    assert_ok(k->ctx, attndyn_transformer_initialise(k->ctx, k->model, 5));
    assert_ok(k->ctx, attndyn_random_init(k->ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 7));
    /* nothing at a special value: biases and gains too */
    struct attndyn_parameter *p = attndyn_transformer_parameters(k->model, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; !p[i].frozen && j < attndyn_parameter_count(&p[i]); j++)
            p[i].value[j] += 0.2 * attndyn_random_normal(&random);
    size_t outputs = attndyn_transformer_config_of(k->model)->outputs;
    for (size_t i = 0; i < SEQUENCES * LENGTH; i++) {
        k->tokens[i] = (uint32_t)(attndyn_random_uniform(&random) * VOCABULARY);
        k->targets[i] = (uint32_t)(attndyn_random_uniform(&random) * (double)outputs);
    }
    k->targets[4] = ATTNDYN_TARGET_NONE;
    for (size_t i = 0; i < SEQUENCES; i++) k->weights[i] = 0.5 + (double)i;
    k->batch = (struct attndyn_batch){SEQUENCES, LENGTH, k->tokens, k->targets, k->weights};
    attndyn_random_done(&random);
}

/* Gradient entry (i, j) of a parameter, dense. */
static double entry(const struct attndyn_parameter *p, size_t i, size_t j) {
    if (!p->sparse) return p->gradient[i * p->columns + j];
    for (size_t t = 0; t < p->n_touched; t++)
        if (p->touched[t] == i) return p->gradient[t * p->columns + j];
    return 0;
}

static void move(struct attndyn_parameter *p, size_t from, size_t to, const double *direction,
                 const double *start, double step) {
    for (size_t i = from, at = 0; i < to; i++)
        for (size_t j = 0; j < attndyn_parameter_count(&p[i]); j++, at++)
            if (!p[i].frozen) p[i].value[j] = start[at] + step * direction[at];
}

/* The derivative of the loss along a direction of the parameters [from, to) by the five-point
 * formula, beside the gradient's. */
static void compare(struct case_data *k, size_t from, size_t to, double h, uint64_t seed,
                    double *by_difference, double *by_gradient) {
    size_t count, n = 0;
    struct attndyn_parameter *p = attndyn_transformer_parameters(k->model, &count);
    struct attndyn_random random;
    for (size_t i = from; i < to; i++) n += attndyn_parameter_count(&p[i]);
    double *direction = ATTNDYN_NEW(k->ctx, double, n), *start = ATTNDYN_NEW(k->ctx, double, n);
    assert_ok(k->ctx, attndyn_random_init(k->ctx, &random, ATTNDYN_RANDOM_SPLITMIX, seed));
    double norm = 0, along = 0;
    for (size_t a = 0; a < n; a++) {
        direction[a] = attndyn_random_normal(&random);
        norm += direction[a] * direction[a];
    }
    attndyn_random_done(&random);
    attndyn_transformer_gradient(k->model, &k->batch, 3);
    for (size_t i = from, at = 0; i < to; i++)
        for (size_t j = 0; j < attndyn_parameter_count(&p[i]); j++, at++) {
            direction[at] /= sqrt(norm);
            start[at] = p[i].value[j];
            if (!p[i].frozen)
                along += direction[at] * entry(&p[i], j / p[i].columns, j % p[i].columns);
        }
    double loss[4];
    const double steps[] = {-2, -1, 1, 2};
    for (int s = 0; s < 4; s++) {
        move(p, from, to, direction, start, steps[s] * h);
        loss[s] = attndyn_transformer_gradient(k->model, &k->batch, 3);
    }
    move(p, from, to, direction, start, 0);
    *by_difference = ((loss[0] - loss[3]) + 8 * (loss[2] - loss[1])) / (12 * h);
    *by_gradient = along;
}

TEST(gradient_is_that_of_the_loss) {
    const struct variant *v = &variants[_i];
    struct case_data k;
    size_t count;
    set_up(&k, v);
    struct attndyn_parameter *p = attndyn_transformer_parameters(k.model, &count);
    double worst = 0, all_difference, all_gradient;
    compare(&k, 0, count, v->step, 99, &all_difference, &all_gradient);
    /* 1e-7 of the gradient, beside the rounding of the loss in the difference: 3e-16 loss / h */
    double noise = 5e-15 / v->step;
    for (size_t i = 0; i < count; i++) {
        if (p[i].frozen) continue;
        double difference, gradient;
        compare(&k, i, i + 1, v->step, 100 + i, &difference, &gradient);
        double off = fabs(difference - gradient);
        ck_assert_msg(off <= 1e-7 * fabs(gradient) + noise,
                      "%s, %s: gradient %.12g, difference %.12g", v->name, p[i].name, gradient,
                      difference);
        if (off / (fabs(gradient) + noise) > worst) worst = off / (fabs(gradient) + noise);
    }
    ck_assert_msg(fabs(all_difference - all_gradient) <= 1e-6 * fabs(all_gradient),
                  "%s: gradient %.12g, difference %.12g", v->name, all_gradient, all_difference);
    ck_assert_msg(fabs(all_gradient) > 1e-6, "%s: nothing was tested", v->name);
    attndyn_context_free(k.ctx);
}

TCASE(transformer_gradient) {
    tcase_set_timeout(tcase, 60);
    tcase_add_each(tcase, gradient_is_that_of_the_loss, variants);
}
