/* Trainings that hold no gradient of the whole network, and recompute the inside of their layers:
 * the bits of the ordinary step, in less room. */
#include "sim/model/transformer/transformer.h"
#include "sim/num/optim/optimizer.h"
#include "tests/fixture.h"

#include <string.h>

enum { SEQUENCES = 3, LENGTH = 7, VOCABULARY = 11, LAYERS = 3, STEPS = 4 };

static const char *const presets[] = {"llama", "gpt2", "wlm", "parallel", "mlp none"};
static const struct attndyn_optimizer_options methods[] = {
    {.kind = ATTNDYN_OPTIMIZER_ADAM},
    {.kind = ATTNDYN_OPTIMIZER_ADAM8BIT,
     .galore = {.rank = 2, .gap = 2, .scale = 1, .min_8bit = 8}}};

struct learner {
    struct attndyn_transformer *model;
    struct attndyn_optimizer *optimizer;
    size_t parts, seen;
};

static void configure(const char *preset, struct attndyn_transformer_config *c) {
    bool none = strcmp(preset, "mlp none") == 0, parallel = strcmp(preset, "parallel") == 0;
    assert_ok(ctx, attndyn_transformer_preset(ctx, none ? "wlm" : parallel ? "gpt2" : preset, c));
    c->parallel = parallel;
    c->vocabulary = VOCABULARY, c->context = LENGTH, c->layers = LAYERS, c->width = 8;
    c->hidden = 12, c->heads = 2, c->kv_heads = 0;
    if (none) c->mlp = ATTNDYN_MLP_NONE, c->hidden = 0;
    if (strcmp(preset, "wlm") == 0)
        c->dropout_embedding = c->dropout_residual = c->dropout_hidden = c->dropout_attention = 0.2;
}

static void make(struct learner *l, const char *preset, int method, struct attndyn_thrift thrift) {
    struct attndyn_transformer_config c;
    size_t count;
    memset(l, 0, sizeof *l);
    configure(preset, &c);
    assert_ok(ctx,
              attndyn_transformer_create_thrifty(ctx, &c, &thrift, SEQUENCES, LENGTH, &l->model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, l->model, 3));
    struct attndyn_parameter *p = attndyn_transformer_parameters(l->model, &count);
    assert_ok(ctx, attndyn_optimizer_create(ctx, &methods[method], p, count, &l->optimizer));
}

static void move(void *user, size_t first, size_t count) {
    struct learner *l = user;
    attndyn_optimizer_part(l->optimizer, first, count);
    l->parts++;
    l->seen += count;
}

static double update(struct learner *l, uint64_t step, bool parts) {
    uint32_t tokens[SEQUENCES * LENGTH], targets[SEQUENCES * LENGTH];
    for (uint32_t i = 0; i < SEQUENCES * LENGTH; i++) {
        tokens[i] = (uint32_t)(i * i + 3 * step) % VOCABULARY;
        targets[i] = (uint32_t)(i * i + 3 * step + 1) % VOCABULARY;
    }
    const struct attndyn_batch batch = {SEQUENCES, LENGTH, tokens, targets, NULL};
    if (!parts) {
        double loss = attndyn_transformer_gradient(l->model, &batch, step);
        attndyn_optimizer_step(l->optimizer, 0.02);
        return loss;
    }
    attndyn_optimizer_begin(l->optimizer, 0.02);
    double loss = attndyn_transformer_gradient_in_parts(l->model, &batch, step, move, l);
    attndyn_optimizer_end(l->optimizer);
    return loss;
}

TEST(the_bits_of_the_ordinary_step) {
    const char *preset = presets[_i % 5];
    const int method = _i / 5;
    struct learner plain, thrifty;
    size_t count, gradients[2], activations[2], parameters[2], others;
    make(&plain, preset, method, (struct attndyn_thrift){false, false});
    make(&thrifty, preset, method, (struct attndyn_thrift){true, true});
    for (uint64_t s = 0; s < STEPS; s++)
        ck_assert(update(&plain, s, false) == update(&thrifty, s, true));
    struct attndyn_parameter *a = attndyn_transformer_parameters(plain.model, &count),
                             *b = attndyn_transformer_parameters(thrifty.model, &others);
    size_t block = 0;
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(memcmp(a[i].value, b[i].value,
                             attndyn_parameter_count(&a[i]) * sizeof *a[i].value) == 0,
                      "%s: %s", preset, a[i].name);
        if (strncmp(a[i].name, "layers.0.", 9) == 0) block += attndyn_parameter_count(&a[i]);
    }
    /* one block at a time, then the parameters outside the blocks */
    ck_assert_uint_eq(thrifty.parts, STEPS * (LAYERS + 2));
    ck_assert_uint_eq(thrifty.seen, STEPS * count);
    attndyn_transformer_memory(plain.model, &parameters[0], &gradients[0], &activations[0]);
    attndyn_transformer_memory(thrifty.model, &parameters[1], &gradients[1], &activations[1]);
    ck_assert_uint_eq(gradients[0] - gradients[1], (LAYERS - 1) * block * sizeof(attndyn_real));
    ck_assert(activations[1] < activations[0]);
    ck_assert_uint_eq(parameters[0], parameters[1]);
    size_t stride;
    ck_assert_ptr_nonnull(
        attndyn_transformer_view(plain.model, ATTNDYN_VIEW_ATTENTION, 0, &stride));
    ck_assert_ptr_null(attndyn_transformer_view(thrifty.model, ATTNDYN_VIEW_ATTENTION, 0, &stride));
    ck_assert_ptr_nonnull(attndyn_transformer_view(thrifty.model, ATTNDYN_VIEW_STREAM, 1, &stride));
}

/* If layers share a block, its gradient is handed out once, complete, and needs a buffer of its
 * own. */
TEST(shared_blocks) {
    static const size_t map[] = {0, 1, 0};
    const struct attndyn_thrift recompute = {false, true}, both = {true, true};
    struct attndyn_transformer_config c;
    struct learner plain, parts;
    size_t count;
    configure("llama", &c);
    c.layer_map = map;
    for (int k = 0; k < 2; k++) {
        struct learner *l = k ? &parts : &plain;
        memset(l, 0, sizeof *l);
        assert_ok(ctx, attndyn_transformer_create_thrifty(ctx, &c, &recompute, SEQUENCES, LENGTH,
                                                          &l->model));
        assert_ok(ctx, attndyn_transformer_initialise(ctx, l->model, 3));
        struct attndyn_parameter *p = attndyn_transformer_parameters(l->model, &count);
        assert_ok(ctx, attndyn_optimizer_create(ctx, &methods[0], p, count, &l->optimizer));
        for (uint64_t s = 0; s < STEPS; s++) update(l, s, k == 1);
    }
    ck_assert_uint_eq(parts.seen, STEPS * count);
    struct attndyn_parameter *a = attndyn_transformer_parameters(plain.model, &count),
                             *b = attndyn_transformer_parameters(parts.model, &count);
    for (size_t i = 0; i < count; i++)
        ck_assert_mem_eq(a[i].value, b[i].value,
                         attndyn_parameter_count(&a[i]) * sizeof *a[i].value);
    ck_assert_int_eq(attndyn_transformer_create_thrifty(ctx, &c, &both, 1, 1, &plain.model),
                     ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "3 layers share 2 blocks"));
}

TCASE(transformer_thrift) {
    with_a_context(tcase);
    tcase_add_loop_test(tcase, the_bits_of_the_ordinary_step, 0, 10);
    tcase_add_test(tcase, shared_blocks);
}
