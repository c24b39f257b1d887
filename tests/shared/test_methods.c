/* Every way of training, by its settings: saved and taken up again it goes on bit by bit; layer by
 * layer it makes the same weights; after a merge the moments are new ones. */
#include "experiments/shared/method.h"
#include "sim/model/transformer/checkpoint.h"
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <string.h>

enum { SEQUENCES = 3, LENGTH = 6, VOCABULARY = 11, UPDATES = 9 };

TESTS_WITH_A_FOLDER("methods", "*");
#define CHECKPOINT within("c.safetensors")

static const struct {
    struct method_settings method;
    enum attndyn_optimizer_kind kind;
} ways[] = {
    {{.method = method_full}, ATTNDYN_OPTIMIZER_ADAFACTOR},
    {{.method = method_full, .min_8bit = 8}, ATTNDYN_OPTIMIZER_ADAM8BIT},
    {{.method = method_galore, .rank = 2, .gap = 2, .scale = 0.5}, ATTNDYN_OPTIMIZER_ADAM},
    {{.method = method_galore,
      .rank = 2,
      .gap = 3,
      .scale = 0.5,
      .min_8bit = 8,
      .staggered = true,
      .moments = ATTNDYN_MOMENTS_RESET},
     ATTNDYN_OPTIMIZER_ADAM8BIT},
    {{.method = method_galore,
      .rank = 2,
      .gap = 3,
      .scale = 0.5,
      .subspace = ATTNDYN_SUBSPACE_RANDOM,
      .moments = ATTNDYN_MOMENTS_ROTATED},
     ATTNDYN_OPTIMIZER_ADAMW},
    {{.method = method_lowrank, .rank = 3}, ATTNDYN_OPTIMIZER_ADAM},
    {{.method = method_lora, .rank = 3, .alpha = 6}, ATTNDYN_OPTIMIZER_ADAMW},
    {{.method = method_relora, .rank = 3, .alpha = 6, .merge = 4, .rewarm = 2},
     ATTNDYN_OPTIMIZER_ADAM},
    {{.method = method_dora, .rank = 3, .alpha = 6}, ATTNDYN_OPTIMIZER_SGD},
    {{.method = method_freeze, .rank = 1}, ATTNDYN_OPTIMIZER_ADAM},
    {{.method = method_galore,
      .rank = 2,
      .gap = 3,
      .scale = 0.5,
      .subspace = ATTNDYN_SUBSPACE_WARM,
      .moments = ATTNDYN_MOMENTS_ROTATED,
      .staggered = true},
     ATTNDYN_OPTIMIZER_ADAFACTOR},
    {{.method = method_galore,
      .rank = 2,
      .gap = 2,
      .scale = 0.5,
      .min_8bit = 8,
      .projection = ATTNDYN_GALORE_FULL,
      .subspace = ATTNDYN_SUBSPACE_RANDOMISED},
     ATTNDYN_OPTIMIZER_ADAM8BIT},
    {{.method = method_relora, .rank = 3, .alpha = 6, .merge = 3, .rewarm = 1, .min_8bit = 8},
     ATTNDYN_OPTIMIZER_ADAM8BIT}};
enum { WAYS = sizeof ways / sizeof *ways };

static struct learner make(int way, bool per_layer) {
    const struct attndyn_thrift thrift = {per_layer, per_layer};
    struct method_settings method = ways[way].method;
    struct attndyn_optimizer_options options = {.kind = ways[way].kind};
    struct attndyn_transformer_config c;
    struct learner l = {.lr = 0.03, .rate = "lr"};
    assert_ok(ctx, attndyn_transformer_preset(ctx, "llama", &c));
    c.vocabulary = VOCABULARY, c.context = LENGTH, c.layers = 2, c.width = 8, c.hidden = 12;
    c.heads = 2;
    assert_ok(ctx,
              attndyn_transformer_create_thrifty(ctx, &c, &thrift, SEQUENCES, LENGTH, &l.model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, l.model, 3));
    method.per_layer = per_layer;
    if (method.rank == 0) method.rank = 1;
    assert_ok(ctx, method_adapt(ctx, &method, 7, &l));
    method_options(&method, 7, &options);
    assert_ok(ctx, learner_optimise(ctx, &l, &options));
    return l;
}

static void train(struct learner *l, uint64_t until) {
    uint32_t tokens[SEQUENCES * LENGTH], targets[SEQUENCES * LENGTH];
    const struct attndyn_batch batch = {SEQUENCES, LENGTH, tokens, targets, NULL};
    while (l->step < until) {
        for (uint32_t i = 0; i < SEQUENCES * LENGTH; i++) {
            tokens[i] = (uint32_t)(i * i + 3 * l->step) % VOCABULARY;
            targets[i] = (uint32_t)(i * i + 3 * l->step + 1) % VOCABULARY;
        }
        assert_ok(ctx, learner_update(ctx, l, &batch));
    }
}

static void assert_same(const struct learner *a, const struct learner *b) {
    size_t count;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(a->model, &count),
                                   *q = attndyn_transformer_parameters(b->model, &count);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(memcmp(p[i].value, q[i].value,
                             attndyn_parameter_count(&p[i]) * sizeof *p[i].value) == 0,
                      "%s", p[i].name);
}

static void transfer(struct learner *l, bool write) {
    const struct attndyn_checkpoint_counter counters[] = {{"step", &l->step}};
    struct attndyn_checkpoint c = {
        .model = l->model, .optimizer = l->optimizer, .counters = counters, .n_counters = 1};
    if (l->adapters) c.further = attndyn_adapters_state(l->adapters, &c.n_further);
    if (write) {
        assert_ok(ctx, attndyn_checkpoint_write(ctx, &c, CHECKPOINT));
        return;
    }
    assert_ok(ctx, attndyn_checkpoint_read(ctx, &c, CHECKPOINT));
    learner_resumed(l);
}

TEST(taken_up_bit_by_bit) {
    for (uint64_t stop = 1; stop < UPDATES; stop++) {
        struct learner whole = make(_i, false), again = make(_i, false);
        train(&whole, stop);
        transfer(&whole, true);
        train(&whole, UPDATES);
        train(&again, 2);
        transfer(&again, false);
        ck_assert_uint_eq(again.step, stop);
        train(&again, UPDATES);
        assert_same(&whole, &again);
    }
}

TEST(layer_by_layer) {
    struct learner whole = make(_i, false), layers = make(_i, true);
    train(&whole, UPDATES);
    train(&layers, UPDATES);
    assert_same(&whole, &layers);
    assert_relative(layers.norm, whole.norm, 1e-6);
    ck_assert(layers.loss == whole.loss);
}

/* After a merge the moments, too, begin anew: the first update moves every number of B as far as
 * the first of all did (Adam's, in the form of PyTorch, whatever the gradient: the rate), A not at
 * all (B is zero), with the rate warming up. */
TEST(a_merge_begins_anew) {
    enum { RELORA = 7 };
    struct learner l = make(RELORA, false);
    size_t count, b = 0;
    struct attndyn_parameter *p = attndyn_adapters_parameters(l.adapters, &count);
    while (strstr(p[b].name, ".B") == NULL) b++;
    for (int round = 0; round < 2; round++) {
        double most = 0;
        train(&l, l.step + 1);
        const double rate = round ? 0.03 / 2 : 0.03; /* the first of two updates of warming up */
        for (size_t j = 0; j < attndyn_parameter_count(&p[b]); j++)
            most = fmax(most, fabs((double)p[b].value[j]));
        assert_relative(most, rate, 1e-3);
        train(&l, 4);
    }
}

TEST(clipping_needs_the_whole_gradient) {
    const struct attndyn_optimizer_options options = {.kind = ATTNDYN_OPTIMIZER_ADAM, .clip = 1};
    struct learner l = make(0, true);
    ck_assert_int_eq(learner_optimise(ctx, &l, &options), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "set clip=0"));
}

TCASE(methods) {
    in_a_folder(tcase, 60);
    tcase_add_loop_test(tcase, taken_up_bit_by_bit, 0, WAYS);
    tcase_add_loop_test(tcase, layer_by_layer, 0, WAYS);
    tcase_add_tests(tcase, a_merge_begins_anew, clipping_needs_the_whole_gradient);
}
