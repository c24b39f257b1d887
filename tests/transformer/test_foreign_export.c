/* Networks written in a published form and opened again: the same logits. */
#include "sim/base/half.h"
#include "sim/base/random.h"
#include "sim/model/transformer/foreign/export.h"

#include "foreign_networks.h"
#include "tests/folder.h"

static char folder[64];

static void make_folder(void) {
    folder_make(folder, "export");
}
static void remove_folder(void) {
    folder_remove(folder, "config.json model.safetensors");
}

/* The family in whose form it can be written; llama2.c's is LLaMA's, on halves. */
static const char *form_of(size_t i) {
    return strcmp(networks[i].family, "llama2.c") == 0 ? "llama" : networks[i].family;
}

TEST(round_trip) {
    struct expectation e = expectation_of(networks[_i].folder);
    struct attndyn_model *model, *again;
    assert_ok(ctx, attndyn_model_open(ctx, path_of(networks[_i].folder), &model));
    enum attndyn_status status =
        attndyn_model_export(ctx, &model->weights, form_of((size_t)_i), ATTNDYN_F32, folder);
    if (model->weights.config.layer_map) { /* blocks used twice are no LLaMA's */
        ck_assert_int_eq(status, ATTNDYN_USAGE);
        ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "layer_map"));
        return;
    }
    assert_ok(ctx, status);
    assert_ok(ctx, attndyn_model_open(ctx, folder, &again));
    ck_assert_str_eq(again->family, form_of((size_t)_i));
    ck_assert_uint_eq(again->numbers, model->numbers);
    assert_at_most(off(&again->weights, &e), tolerance);
}

/* Narrow kinds hold the nearest number: opened again they are what they were. */
TEST(narrow) {
    static const enum attndyn_dtype kinds[] = {ATTNDYN_F16, ATTNDYN_BF16};
    static const char *const sources[] = {"gpt_neox", "bloom"}; /* F16 and BF16 */
    struct expectation e = expectation_of(sources[_i]);
    struct attndyn_model *model, *again;
    assert_ok(ctx, attndyn_model_open(ctx, path_of(sources[_i]), &model));
    assert_ok(ctx, attndyn_model_export(ctx, &model->weights, sources[_i], kinds[_i], folder));
    assert_ok(ctx, attndyn_model_open(ctx, folder, &again));
    ck_assert_uint_eq(again->mapped, model->mapped);
    assert_at_most(off(&again->weights, &e), tolerance);
}

/* What a family's config cannot express is named, and nothing is written. */
TEST(cannot) {
    static const struct {
        const char *network, *family, *word;
    } cases[] = {{"gpt2", "llama", "hidden_act"},
                 {"llama-bare", "gpt2", "norm=rms"},
                 {"bloom", "gpt_neox", "alibi"},
                 {"opt-post", "gpt2", "placement=post"},
                 {"mistral", "llama", "window=3"},
                 {"gpt_neo", "gpt2", "qkv_bias=0"},
                 {"gpt_neox-serial", "bloom", "position=rope_half"},
                 {"gpt2", "bert", "no family 'bert'"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct attndyn_model *model;
        assert_ok(ctx, attndyn_model_open(ctx, path_of(cases[i].network), &model));
        ck_assert_int_eq(
            attndyn_model_export(ctx, &model->weights, cases[i].family, ATTNDYN_F32, folder),
            ATTNDYN_USAGE);
        ck_assert_msg(strstr(attndyn_message(ctx), cases[i].word) != NULL, "%s as %s: %s",
                      cases[i].network, cases[i].family, attndyn_message(ctx));
        ck_assert_int_ne(access(within("config.json"), F_OK), 0);
    }
}

/* A training of ours, of each preset that a family has. */
TEST(ours) {
    static const char *const presets[] = {"llama", "gpt2"};
    struct attndyn_transformer_config config;
    struct attndyn_transformer *training;
    struct attndyn_model *model;
    struct expectation e = {.length = 5, .outputs = 11};
    assert_ok(ctx, attndyn_transformer_preset(ctx, presets[_i], &config));
    config.vocabulary = 11, config.context = 8, config.width = 12, config.heads = 3;
    config.layers = 2, config.hidden = 10, config.dropout_hidden = 0.1;
    assert_ok(ctx, attndyn_transformer_create(ctx, &config, 1, e.length, &training));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, training, 3));
    e.tokens = ATTNDYN_NEW(ctx, uint32_t, e.length);
    e.logits = ATTNDYN_NEW(ctx, double, e.length *e.outputs);
    attndyn_real *logits = ATTNDYN_NEW(ctx, attndyn_real, e.length * e.outputs);
    for (size_t i = 0; i < e.length; i++) e.tokens[i] = (uint32_t)(i * i) % 11;
    struct attndyn_batch batch = {.sequences = 1, .length = e.length, .tokens = e.tokens};
    attndyn_transformer_logits(training, &batch, logits);
    for (size_t i = 0; i < e.length * e.outputs; i++) e.logits[i] = logits[i];
    assert_ok(ctx, attndyn_model_export(ctx, attndyn_transformer_weights(training), presets[_i],
                                        ATTNDYN_F32, folder));
    assert_ok(ctx, attndyn_model_open(ctx, folder, &model));
    assert_at_most(off(&model->weights, &e), 1e-6);
}

/* ------------------------------------------------------------------ half precision */

/* Every half is itself again; a float goes to the nearest, the even one of two. */
TEST(halves) {
    for (uint32_t bits = 0; bits < 65536; bits++) {
        uint16_t half = (uint16_t)bits;
        float x = attndyn_half_to_float(half), y = attndyn_bfloat16_to_float(half);
        if (!isnan(x)) ck_assert_uint_eq(attndyn_float_to_half(x), half);
        if (!isnan(y)) ck_assert_uint_eq(attndyn_float_to_bfloat16(y), half);
        if (isnan(x)) ck_assert(isnan(attndyn_half_to_float(attndyn_float_to_half(x))));
        if (isnan(y)) ck_assert(isnan(attndyn_bfloat16_to_float(attndyn_float_to_bfloat16(y))));
        if (half % 0x8000 >= 0x7bff) continue; /* the largest, and what is no number */
        double next = attndyn_half_to_float((uint16_t)(half + 1)), middle = ((double)x + next) / 2;
        uint16_t even = half % 2 ? (uint16_t)(half + 1) : half;
        ck_assert_uint_eq(attndyn_float_to_half((float)middle), even);
        ck_assert_uint_eq(attndyn_float_to_half(nextafterf((float)middle, x)), half);
        ck_assert_uint_eq(attndyn_float_to_half(nextafterf((float)middle, (float)next)), half + 1);
    }
    ck_assert_uint_eq(attndyn_float_to_half(65519.996f), 0x7bff);
    ck_assert_uint_eq(attndyn_float_to_half(65520), 0x7c00);
    ck_assert_uint_eq(attndyn_float_to_half(-1e30f), 0xfc00);
    ck_assert_uint_eq(attndyn_float_to_bfloat16(3.4e38f), 0x7f80);
    ck_assert_uint_eq(attndyn_float_to_bfloat16(1 + 0x1p-8f), 0x3f80); /* half way, to even */
    ck_assert_uint_eq(attndyn_float_to_bfloat16(1 + 0x3p-8f), 0x3f82);
    ck_assert_uint_eq(attndyn_float_to_bfloat16(1 + 0x1p-8f + 0x1p-20f), 0x3f81);
}

TCASE(foreign_export) {
    with_a_context(tcase);
    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_loop_test(tcase, round_trip, 0, NETWORKS);
    tcase_add_loop_test(tcase, narrow, 0, 2);
    tcase_add_test(tcase, cannot);
    tcase_add_loop_test(tcase, ours, 0, 2);
    tcase_add_test(tcase, halves);
}
