/* The engine against PyTorch: logits, loss, every gradient and ten steps of three optimisers of the
 * models in tests/reference, in both precisions; and single against double precision. */
#include "fixture.h"
#include "tests/fixture.h"

#include <stdio.h>
#include <string.h>

static void wlm(struct attndyn_transformer_config *c) {
    c->layers = 2, c->width = 8, c->heads = 2, c->hidden = 10;
    c->dropout_embedding = c->dropout_attention = c->dropout_residual = c->dropout_hidden = 0;
}
static void hierarchy(struct attndyn_transformer_config *c) {
    c->layers = 2, c->width = 8, c->hidden = 10, c->outputs = 5;
}
static void gpt2(struct attndyn_transformer_config *c) {
    c->layers = 2, c->width = 8, c->heads = 2, c->hidden = 12;
}
static void llama(struct attndyn_transformer_config *c) {
    c->layers = 2, c->width = 10, c->heads = 4, c->kv_heads = 2, c->head_width = 4;
    c->hidden = 9, c->tied = false;
}
static void neox(struct attndyn_transformer_config *c) {
    c->layers = 1, c->width = 16, c->heads = 2, c->hidden = 12, c->tied = false;
    c->parallel = true, c->mlp = ATTNDYN_MLP_GELU;
    c->position = ATTNDYN_POSITION_ROPE_HALF, c->rope_fraction = 0.5;
}
static void mixed(struct attndyn_transformer_config *c) {
    static const size_t map[] = {0, 1, 0};
    c->layers = 3, c->layer_map = map, c->width = 8, c->heads = 2, c->hidden = 9;
    c->norm_bias = c->qkv_bias = c->output_bias = false, c->mlp = ATTNDYN_MLP_SILU;
    c->position = ATTNDYN_POSITION_ROPE_INTERLEAVED;
    c->attention = ATTNDYN_ATTENTION_OFF_BY_ONE, c->window = 3;
}
static void scansnap(struct attndyn_transformer_config *c) {
    c->width = 11;
}
static void joma(struct attndyn_transformer_config *c) {
    c->width = 11, c->outputs = 5;
}

static const struct {
    const char *name, *preset;
    void (*set)(struct attndyn_transformer_config *);
} fixtures[] = {{"wlm", "wlm", wlm},    {"hierarchy", "hierarchy", hierarchy},
                {"gpt2", "gpt2", gpt2}, {"llama", "llama", llama},
                {"neox", "gpt2", neox}, {"mixed", "gpt2", mixed},
                {"joma", "joma", joma}, {"scansnap", "scansnap", scansnap}};
enum { FIXTURES = sizeof fixtures / sizeof *fixtures };

static const struct fixture *prepare(int which, struct attndyn_transformer_config *config) {
    assert_ok(ctx, attndyn_transformer_preset(ctx, fixtures[which].preset, config));
    config->vocabulary = 11, config->outputs = 0, config->context = 6;
    fixtures[which].set(config);
    return fixture_read(ctx, fixtures[which].name);
}

/* The largest |a - b| is at most `relative` of the largest |b| + `absolute`. */
static void compare(const char *what, const char *name, size_t count, const double *a,
                    const double *b, double relative, double absolute) {
    double worst = 0, largest = 0;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        double off = fabs(a[i] - b[i]);
        if (!(off <= worst)) worst = off, at = i; /* NaN too */
        largest = fmax(largest, fabs(b[i]));
    }
    ck_assert_msg(worst <= relative * largest + absolute,
                  "%s %s: off by %.3g at %zu (%.17g, expected %.17g), the largest is %.3g", what,
                  name, worst, at, a[at], b[at], largest);
}

/* Weights: no final weights are compared where it is 0. */
struct tolerance {
    double logits, gradients, losses, weights;
};

static void against(const struct fixture *f, const struct engine_run *run,
                    const struct tolerance *t) {
    const struct fixture_tensor *logits = fixture_find(f, "", "logits");
    compare("logits", "", logits->count, run->logits, logits->real, 0, t->logits);
    assert_near(run->loss, fixture_find(f, "", "loss")->real[0], t->logits);
    size_t gradients = 0, weights = 0;
    for (size_t i = 0; i < f->count; i++) {
        gradients += strncmp(f->tensor[i].name, "gradient.", 9) == 0;
        weights += strncmp(f->tensor[i].name, "weight.", 7) == 0;
    }
    ck_assert_uint_eq(run->count, weights);
    for (size_t i = 0; i < run->count; i++) {
        const char *name = run->parameter[i].name;
        if (run->parameter[i].frozen) continue;
        compare("gradient of", name, run->parameter[i].count, run->parameter[i].gradient,
                fixture_find(f, "gradient.", name)->real, t->gradients, t->gradients);
        gradients--;
    }
    ck_assert_uint_eq(gradients, 0);
    for (int o = 0; o < FIXTURE_OPTIMISERS; o++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "%s.", fixture_optimisers[o]);
        compare(prefix, "losses", FIXTURE_STEPS, run->losses[o],
                fixture_find(f, prefix, "losses")->real, 0, t->losses);
        snprintf(prefix, sizeof prefix, "%s.weight.", fixture_optimisers[o]);
        for (size_t i = 0; t->weights > 0 && i < run->count; i++)
            if (!run->parameter[i].frozen)
                compare(prefix, run->parameter[i].name, run->parameter[i].count,
                        run->parameter[i].final[o],
                        fixture_find(f, prefix, run->parameter[i].name)->real, 0, t->weights);
    }
}

/* Two orders of the same sums: 1e-16 times the sums' lengths and the depth. Adam divides gradients
 * of size g by g + 1e-8: where the exact gradient is zero (the keys' biases) what is left of 1e-17
 * moves a weight by 1e-11 a step. */
TEST(double_is_pytorch) {
    struct attndyn_transformer_config config;
    struct engine_run run;
    const struct fixture *f = prepare(_i, &config);
    engine_run_double(ctx, &config, f, &run);
    against(f, &run, &(struct tolerance){1e-12, 1e-12, 1e-11, 1e-9});
}

/* No weights: in single precision Adam turns the rounding of zero gradients into steps. */
TEST(single_is_pytorch) {
    struct attndyn_transformer_config config;
    struct engine_run run;
    const struct fixture *f = prepare(_i, &config);
    engine_run_single(ctx, &config, f, &run);
    against(f, &run, &(struct tolerance){1e-5, 1e-5, 1e-4, 0});
}

TEST(single_is_double) {
    struct attndyn_transformer_config config;
    struct engine_run one, two;
    const struct fixture *f = prepare(_i, &config);
    engine_run_single(ctx, &config, f, &one);
    engine_run_double(ctx, &config, f, &two);
    double off = 0, norm = 0;
    for (size_t i = 0; i < two.count; i++)
        for (size_t j = 0; j < two.parameter[i].count; j++) {
            double g = two.parameter[i].gradient[j];
            off += pow(one.parameter[i].gradient[j] - g, 2);
            norm += g * g;
        }
    assert_at_most(sqrt(off), 1e-5 * sqrt(norm));
    ck_assert_msg(off > 0, "single precision has the bits of double precision");
}

TCASE(transformer_fixtures) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, double_is_pytorch, 0, FIXTURES);
    tcase_add_loop_test(tcase, single_is_pytorch, 0, FIXTURES);
    tcase_add_loop_test(tcase, single_is_double, 0, FIXTURES);
}
