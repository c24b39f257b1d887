/* Decoding that reads only the chosen units' weights, against decoding that computes all of them
 * and makes the others 0: the same bits. */
#include "runs.h"
#include "sim/base/random.h"
#include "sim/model/inference/inference.h"
#include "sim/model/inference/sparse.h"
#include "sim/model/transformer/transformer.h"
#include "sim/num/parameter.h"
#include "tests/support.h"

#include <stdio.h>
#include <string.h>

enum { TOKENS = 12 };
static struct attndyn_context *ctx;
static uint32_t tokens[TOKENS];

static void set_up(void) {
    uint64_t state = 9;
    ctx = attndyn_context_create();
    for (size_t i = 0; i < TOKENS; i++)
        tokens[i] = (uint32_t)(attndyn_splitmix_next(&state) % VOCABULARY);
}
static void tear_down(void) {
    attndyn_context_free(ctx);
}

static const struct attndyn_weights *drawn(int which) {
    struct attndyn_transformer_config c;
    struct attndyn_transformer *model;
    network_config(ctx, which, &c);
    c.init = ATTNDYN_INIT_NORMAL, c.init_scale = 0.4;
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, 1, 1, &model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, model, 3));
    /* biases start at 0, which would hide a mix-up */
    size_t count;
    uint64_t state = 5;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(model, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; strstr(p[i].name, "bias") && j < attndyn_parameter_count(&p[i]); j++)
            p[i].value[j] = (float)((double)(attndyn_splitmix_next(&state) >> 11) * 0x1p-53 - 0.5);
    return attndyn_transformer_weights(model);
}

static enum attndyn_status keep(void *user, size_t segment, size_t index,
                                const attndyn_real *logits) {
    attndyn_real **to = user;
    (void)segment, (void)index;
    memcpy(*to, logits, VOCABULARY * sizeof **to);
    *to += VOCABULARY;
    return ATTNDYN_OK;
}

/* Logits of all tokens, `at_once` of them in a call: at most six, so that every product is by
 * rows. */
static attndyn_real *decode(const struct attndyn_weights *w,
                            const struct attndyn_inference_hooks *hooks, size_t at_once) {
    struct attndyn_inference *s;
    attndyn_real *logits = ATTNDYN_NEW(ctx, attndyn_real, TOKENS * VOCABULARY), *to = logits;
    ck_assert_ptr_nonnull(logits);
    assert_ok(ctx, attndyn_inference_create(
                       ctx, w, &(struct attndyn_inference_options){.capacity = TOKENS}, &s));
    attndyn_inference_watch(s, hooks);
    for (size_t i = 0; i < TOKENS; i += at_once) {
        const struct attndyn_segment g = {0, tokens + i, at_once, 0};
        assert_ok(ctx, attndyn_inference_feed(ctx, s, &g, 1, keep, &to));
    }
    return logits;
}

static size_t all_units(void *user, size_t layer, size_t row, uint32_t *units) {
    size_t h = *(const size_t *)user;
    (void)layer, (void)row;
    for (size_t i = 0; i < h; i++) units[i] = (uint32_t)i;
    return h;
}

TEST(all_units_are_dense_decoding) {
    const struct attndyn_weights *w = drawn(_i);
    struct attndyn_gathered *gathered;
    size_t h = w->config.hidden, numbers = 0;
    if (w->config.mlp == ATTNDYN_MLP_NONE) {
        ck_assert_int_eq(attndyn_gathered_create(ctx, w, &gathered), ATTNDYN_USAGE);
        return;
    }
    assert_ok(ctx, attndyn_gathered_create(ctx, w, &gathered));
    const struct attndyn_inference_hooks hooks = {
        .user = &h, .gathered = gathered, .units = all_units};
    attndyn_real *dense = decode(w, NULL, 1), *part = decode(w, &hooks, 1);
    ck_assert_mem_eq(part, dense, TOKENS * VOCABULARY * sizeof *part);
    /* read are all of the first maps and, of the last, all but a ReLU's zeros */
    size_t maps = w->config.mlp == ATTNDYN_MLP_SWIGLU ? 2 : 1;
    numbers = TOKENS * w->config.layers * h * w->config.width;
    ck_assert(attndyn_gathered_read(gathered) <= numbers * (maps + 1));
    if (w->config.mlp == ATTNDYN_MLP_RELU)
        ck_assert(attndyn_gathered_read(gathered) < numbers * (maps + 1));
    else if (w->config.mlp != ATTNDYN_MLP_GELU) /* GELU underflows to 0 far on the left */
        ck_assert(attndyn_gathered_read(gathered) == numbers * (maps + 1));
    ck_assert_mem_eq(decode(w, &hooks, 3), decode(w, NULL, 3), TOKENS * VOCABULARY * sizeof *part);
}

/* Choices known before the units are computed: reading only those units, against computing all and
 * zeroing the others. */
TEST(chosen_units_are_the_others_made_0) {
    const enum attndyn_sparse_choice choices[] = {ATTNDYN_SPARSE_STATIC, ATTNDYN_SPARSE_RANDOM,
                                                  ATTNDYN_SPARSE_PREDICTOR,
                                                  ATTNDYN_SPARSE_PREDICTOR_AHEAD};
    const struct attndyn_weights *w = drawn(_i);
    if (w->config.mlp == ATTNDYN_MLP_NONE) return;
    for (size_t k = 0; k < sizeof choices / sizeof *choices; k++) {
        struct attndyn_gathered *gathered;
        struct attndyn_sparse *sparse;
        struct attndyn_inference_hooks hooks;
        const struct attndyn_sparse_options options = {
            .mlp = true, .choice = choices[k], .share = 0.3, .rank = 3, .seed = 2};
        assert_ok(ctx, attndyn_sparse_create(ctx, w, &options, &sparse));
        assert_ok(ctx, attndyn_sparse_calibrate(ctx, sparse, tokens, TOKENS));
        assert_ok(ctx, attndyn_sparse_hooks(ctx, sparse, &hooks));
        attndyn_real *zeroed = decode(w, &hooks, 1);
        assert_ok(ctx, attndyn_sparse_keep(ctx, sparse, 0.3));
        assert_ok(ctx, attndyn_gathered_create(ctx, w, &gathered));
        assert_ok(ctx, attndyn_sparse_gather(ctx, sparse, gathered, &hooks));
        ck_assert_mem_eq(decode(w, &hooks, 1), zeroed, TOKENS * VOCABULARY * sizeof *zeroed);
        ck_assert(attndyn_gathered_read(gathered) > 0);
    }
}

TEST(a_choice_that_comes_too_late_is_refused) {
    const struct attndyn_weights *w = drawn(0);
    struct attndyn_gathered *gathered;
    struct attndyn_sparse *sparse;
    struct attndyn_inference_hooks hooks;
    const struct attndyn_sparse_options late[] = {
        {.mlp = true, .share = 0.5},
        {.mlp = true, .heads = true, .choice = ATTNDYN_SPARSE_RANDOM, .share = 0.5},
        {.mlp = true, .choice = ATTNDYN_SPARSE_STATIC, .share = 0.5}};
    assert_ok(ctx, attndyn_gathered_create(ctx, w, &gathered));
    for (int i = 0; i < 3; i++) {
        assert_ok(ctx, attndyn_sparse_create(ctx, w, &late[i], &sparse));
        ck_assert_int_eq(attndyn_sparse_gather(ctx, sparse, gathered, &hooks), ATTNDYN_USAGE);
    }
    ck_assert_int_eq(attndyn_sparse_keep(ctx, sparse, 1.5), ATTNDYN_USAGE);
}

/* Of a target of a fifth, half of the units chosen by weight hold every one, and are 2/5 right. */
TEST(recall_and_precision_are_counted_by_layer) {
    const struct attndyn_weights *w = drawn(0);
    struct attndyn_sparse *sparse;
    struct attndyn_inference_hooks hooks;
    const struct attndyn_sparse_options options = {.mlp = true, .share = 0.5, .target = 0.2};
    assert_ok(ctx, attndyn_sparse_create(ctx, w, &options, &sparse));
    assert_ok(ctx, attndyn_sparse_hooks(ctx, sparse, &hooks));
    decode(w, &hooks, 1);
    double h = (double)w->config.hidden;
    for (size_t l = 0; l < w->config.layers; l++) {
        struct attndyn_sparse_counts c = attndyn_sparse_layer(sparse, l);
        assert_near(c.wanted, TOKENS * ceil(0.2 * h), 0);
        assert_near(c.chosen, TOKENS * ceil(0.5 * h), 0);
        assert_near(c.hits, c.wanted, 0);
    }
    assert_near(attndyn_sparse_recall(sparse), 1, 0);
}

TCASE(gathered) {
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, all_units_are_dense_decoding, 0, NETWORKS);
    tcase_add_loop_test(tcase, chosen_units_are_the_others_made_0, 0, NETWORKS);
    tcase_add_tests(tcase, a_choice_that_comes_too_late_is_refused,
                    recall_and_precision_are_counted_by_layer);
}
