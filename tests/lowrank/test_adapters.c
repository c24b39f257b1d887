/* Adapters in double: the network's start, the gradient against differences of the loss, merges,
 * frozen layers; and optimisers over them. */
#define ATTNDYN_DOUBLE
#include "sim/model/lowrank/adapters.h"
#include "sim/num/optim/optimizer.h"
#include "tests/support.h"

#include <string.h>

enum { SEQUENCES = 3, LENGTH = 6, VOCABULARY = 11, LAYERS = 2, ROWS = SEQUENCES * LENGTH };

static struct attndyn_context *ctx;
static uint32_t tokens[ROWS], targets[ROWS];
static const struct attndyn_batch batch = {SEQUENCES, LENGTH, tokens, targets, NULL};

static void set_up(void) {
    ctx = attndyn_context_create();
    for (uint32_t i = 0; i < ROWS; i++) {
        tokens[i] = (i * i + 3) % VOCABULARY;
        targets[i] = (i * i + 4) % VOCABULARY;
    }
}
static void tear_down(void) {
    attndyn_context_free(ctx);
}

static struct attndyn_transformer *network(void) {
    struct attndyn_transformer_config c;
    struct attndyn_transformer *model;
    assert_ok(ctx, attndyn_transformer_preset(ctx, "llama", &c));
    c.vocabulary = VOCABULARY, c.context = LENGTH, c.layers = LAYERS, c.width = 8, c.hidden = 12;
    c.heads = 2, c.tied = true, c.init = ATTNDYN_INIT_NORMAL, c.init_scale = 0.4;
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, SEQUENCES, LENGTH, &model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, model, 3));
    return model;
}

static struct attndyn_adapters *adapt(struct attndyn_transformer *model,
                                      enum attndyn_adaptation kind) {
    const struct attndyn_adapter_options options = {
        .kind = kind, .rank = 3, .alpha = 6, .deviation = 0.2, .seed = 5};
    struct attndyn_adapters *a;
    assert_ok(ctx, attndyn_adapters_create(ctx, &options, model, &a));
    return a;
}

static double *logits_of(struct attndyn_transformer *model) {
    double *logits = ATTNDYN_NEW(ctx, double, (size_t)ROWS *VOCABULARY);
    attndyn_transformer_logits(model, &batch, logits);
    return logits;
}

/* Some updates, so that B is not zero. */
static void move(struct attndyn_transformer *model, struct attndyn_adapters *a, int updates,
                 double lr) {
    const struct attndyn_optimizer_options options = {.kind = ATTNDYN_OPTIMIZER_SGD};
    struct attndyn_optimizer *o;
    size_t count, all;
    struct attndyn_parameter *p = attndyn_adapters_parameters(a, &count);
    attndyn_transformer_parameters(model, &all);
    assert_ok(ctx, attndyn_optimizer_create(ctx, &options, p, count, &o));
    for (int s = 0; s < updates; s++) {
        attndyn_transformer_gradient(model, &batch, (uint64_t)s);
        attndyn_adapters_pull(a, 0, all);
        attndyn_optimizer_step(o, lr);
        attndyn_adapters_push(a, 0, all);
    }
}

/* LoRA and its kin leave the network as it was: LoRA to the bit, DoRA to rounding. */
TEST(the_start_is_the_networks) {
    struct attndyn_transformer *model = network();
    double *before = logits_of(model);
    struct attndyn_adapters *a = adapt(model, (enum attndyn_adaptation)_i);
    const double *after = logits_of(model);
    for (size_t i = 0; i < (size_t)ROWS * VOCABULARY; i++)
        assert_near(after[i], before[i], _i == ATTNDYN_ADAPT_DORA ? 1e-13 : 0);
    size_t count;
    struct attndyn_parameter *p = attndyn_adapters_parameters(a, &count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(attndyn_adapters_factor(a, i), strncmp(p[i].name, "layers.", 7) == 0 &&
                                                             strstr(p[i].name, "norm") == NULL);
        for (size_t k = 0; k < i; k++) ck_assert_str_ne(p[i].name, p[k].name);
    }
}

/* Directional derivative along the gradient of all that moves, by central differences. */
TEST(gradients_are_the_losss_slope) {
    struct attndyn_transformer *model = network();
    struct attndyn_adapters *a = adapt(model, (enum attndyn_adaptation)_i);
    size_t count, all;
    move(model, a, 3, 0.3);
    struct attndyn_parameter *p = attndyn_adapters_parameters(a, &count);
    attndyn_transformer_parameters(model, &all);
    attndyn_transformer_gradient(model, &batch, 0);
    attndyn_adapters_pull(a, 0, all);
    for (size_t i = 0; i < count; i++) {
        double square = 0, loss[2];
        const size_t n = attndyn_parameter_count(&p[i]);
        const double h = 1e-5;
        for (size_t j = 0; j < n; j++) square += p[i].gradient[j] * p[i].gradient[j];
        const double norm = sqrt(square);
        ck_assert(norm > 0);
        for (int side = 0; side < 2; side++) {
            for (size_t j = 0; j < n; j++)
                p[i].value[j] += (side ? -2 * h : h) * p[i].gradient[j] / norm;
            attndyn_adapters_push(a, 0, all);
            loss[side] = attndyn_transformer_loss(model, &batch);
        }
        for (size_t j = 0; j < n; j++) p[i].value[j] += h * p[i].gradient[j] / norm;
        ck_assert_msg(fabs((loss[0] - loss[1]) / (2 * h) / norm - 1) < 1e-6, "%s: %g, %g",
                      p[i].name, (loss[0] - loss[1]) / (2 * h), norm);
    }
}

/* A merge leaves the logits; B is zero then and A another. */
TEST(a_merge_leaves_the_network) {
    struct attndyn_transformer *model = network();
    struct attndyn_adapters *a = adapt(model, ATTNDYN_ADAPT_RELORA);
    size_t count;
    double *start = logits_of(model), moved = 0;
    move(model, a, 4, 0.3);
    double *before = logits_of(model);
    struct attndyn_parameter *p = attndyn_adapters_parameters(a, &count);
    for (uint64_t k = 0; k < 2; k++) {
        size_t b = 0;
        while (strstr(p[b].name, ".B") == NULL) b++;
        double was = p[b + 1].value[0];
        ck_assert(k == 1 || p[b].value[0] != 0);
        assert_ok(ctx, attndyn_adapters_merge(ctx, a, k));
        ck_assert(p[b].value[0] == 0 && p[b + 1].value[0] != was);
        const double *after = logits_of(model);
        for (size_t i = 0; i < (size_t)ROWS * VOCABULARY; i++) {
            assert_near(after[i], before[i], 1e-13);
            moved = fmax(moved, fabs(before[i] - start[i]));
        }
    }
    ck_assert(moved > 0.01);
}

/* Of W = B A the rank is that of the factors: some combination of r + 1 columns is zero. */
TEST(products_have_the_start_asked_for) {
    struct attndyn_transformer *model = network();
    adapt(model, ATTNDYN_ADAPT_LOWRANK);
    size_t count, n = 0;
    double sum = 0;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(model, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; p[i].dimensions == 2 && strncmp(p[i].name, "layers.", 7) == 0 &&
                           j < attndyn_parameter_count(&p[i]);
             j++)
            sum += p[i].value[j] * p[i].value[j], n++;
    assert_near(sqrt(sum / (double)n), 0.2, 0.03); /* 1,088 products of 3 terms */
}

/* Only the last layer and the last norm move. */
TEST(frozen_layers_stay) {
    struct attndyn_transformer *model = network(), *other = network();
    struct attndyn_adapters *a = adapt(model, ATTNDYN_ADAPT_FREEZE);
    size_t count;
    move(model, a, 3, 0.5);
    const struct attndyn_parameter *p = attndyn_transformer_parameters(model, &count),
                                   *q = attndyn_transformer_parameters(other, &count);
    for (size_t i = 0; i < count; i++) {
        bool same =
            memcmp(p[i].value, q[i].value, attndyn_parameter_count(&p[i]) * sizeof(double)) == 0;
        ck_assert_msg(same == !(strncmp(p[i].name, "layers.1.", 9) == 0 ||
                                strncmp(p[i].name, "norm.", 5) == 0),
                      "%s", p[i].name);
    }
}

TEST(settings_out_of_range) {
    const struct attndyn_adapter_options bad = {.kind = ATTNDYN_ADAPT_LORA, .alpha = 1};
    struct attndyn_adapters *a;
    ck_assert_int_eq(attndyn_adapters_create(ctx, &bad, network(), &a), ATTNDYN_USAGE);
}

TCASE(adapters) {
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, the_start_is_the_networks, ATTNDYN_ADAPT_LORA,
                        ATTNDYN_ADAPT_DORA + 1);
    tcase_add_loop_test(tcase, gradients_are_the_losss_slope, ATTNDYN_ADAPT_LOWRANK,
                        ATTNDYN_ADAPT_DORA + 1);
    tcase_add_tests(tcase, a_merge_leaves_the_network, products_have_the_start_asked_for,
                    frozen_layers_stay, settings_out_of_range);
}
