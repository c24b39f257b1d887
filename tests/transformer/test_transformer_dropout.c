/* Dropout's masks. One layer on one token, every map the identity, no norm, no residual, embedding
 * all ones: what leaves the layer is the product of the masks, each 0 or 1 / (1 - rate). */
#include "sim/base/random.h"
#include "sim/model/transformer/transformer.h"
#include "tests/fixture.h"

#include <string.h>

enum { B = 512, D = 16, HEADS = 4, STEPS = 16 };

struct net {
    struct attndyn_transformer *model;
    struct attndyn_batch batch;
    uint32_t tokens[B], targets[B];
    size_t layers;
};

/* rates: embedding, attention, residual, hidden. */
static void make(const double *rates, size_t layers, uint64_t seed, struct net *k) {
    struct attndyn_transformer_config c;
    memset(k, 0, sizeof *k);
    k->layers = layers;
    assert_ok(ctx, attndyn_transformer_preset(ctx, "gpt2", &c));
    c.vocabulary = c.context = 2, c.layers = layers, c.width = c.hidden = D, c.heads = HEADS;
    c.norm = ATTNDYN_NORM_NONE, c.final_norm = c.residual = c.tied = false;
    c.position = ATTNDYN_POSITION_NONE, c.mlp = ATTNDYN_MLP_LINEAR;
    c.mlp_bias = c.qkv_bias = c.output_bias = false;
    c.dropout_embedding = rates[0], c.dropout_attention = rates[1];
    c.dropout_residual = rates[2], c.dropout_hidden = rates[3];
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, B, 1, &k->model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, k->model, seed));
    size_t count;
    struct attndyn_parameter *p = attndyn_transformer_parameters(k->model, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < attndyn_parameter_count(&p[i]); j++)
            p[i].value[j] = strncmp(p[i].name, "layers.", 7) == 0 ? j % (D + 1) == 0 : 1;
    k->batch = (struct attndyn_batch){B, 1, k->tokens, k->targets, NULL};
}

/* The product of the masks in one step: (B, D). */
static void masks(struct net *k, uint64_t step, float *mask) {
    size_t stride;
    attndyn_transformer_gradient(k->model, &k->batch, step);
    memcpy(mask, attndyn_transformer_view(k->model, ATTNDYN_VIEW_STREAM, k->layers, &stride),
           (size_t)B * D * sizeof *mask);
}

/* rates; how many masks an element passes; draws of a row: one a head for attention */
static const struct {
    double rates[4];
    size_t layers, passes, draws;
} sites[] = {{{0.3, 0, 0, 0}, 1, 1, D},       /* embedding */
             {{0, 0.3, 0, 0}, 1, 1, HEADS},   /* attention */
             {{0, 0, 0.3, 0}, 1, 2, D},       /* after attention and after the MLP */
             {{0, 0, 0, 0.3}, 1, 1, D},       /* hidden */
             {{0.3, 0, 0.3, 0.3}, 3, 10, D}}; /* ten masks: all independent */
enum { SITES = sizeof sites / sizeof *sites };

TEST(the_rate_and_the_mean_are_kept) {
    struct net k;
    static float mask[B * D];
    make(sites[_i].rates, sites[_i].layers, 1, &k);
    double keep = pow(0.7, (double)sites[_i].passes), kept = 0, sum = 0;
    double n = (double)(STEPS * B * sites[_i].draws), every = D / (double)sites[_i].draws;
    for (uint64_t s = 0; s < STEPS; s++) {
        masks(&k, s, mask);
        for (size_t j = 0; j < B * D; j++) {
            if (mask[j] != 0) assert_relative((double)mask[j], 1 / keep, 1e-5);
            kept += (mask[j] != 0) / every;
            sum += (double)mask[j] / every;
        }
    }
    double error = sqrt(keep * (1 - keep) / n);
    assert_near(kept / n, keep, 5 * error);
    assert_near(sum / n, 1, 5 * error / keep);
}

/* Share of the elements whose masks agree. */
static double alike(const float *a, const float *b) {
    double same = 0;
    for (size_t j = 0; j < B * D; j++) same += ((a[j] != 0) == (b[j] != 0)) / (double)(B * D);
    return same;
}

TEST(masks_depend_on_seed_and_step_alone) {
    struct net k, other;
    static float mask[B * D], again[B * D], later[B * D], seeded[B * D];
    make(sites[_i].rates, sites[_i].layers, 1, &k);
    make(sites[_i].rates, sites[_i].layers, 2, &other);
    masks(&k, 7, mask);
    masks(&k, 8, later);
    masks(&k, 7, again);
    masks(&other, 7, seeded);
    ck_assert_int_eq(memcmp(mask, again, sizeof mask), 0);
    /* two independent masks agree on keep^2 + (1 - keep)^2 of the elements */
    double keep = pow(0.7, (double)sites[_i].passes);
    double expected = keep * keep + (1 - keep) * (1 - keep);
    double error = sqrt(expected * (1 - expected) / (double)(B * sites[_i].draws));
    assert_near(alike(mask, later), expected, 5 * error);
    assert_near(alike(mask, seeded), expected, 5 * error);
    /* neither do rows share theirs */
    memcpy(later, mask + D, (B * D - D) * sizeof *mask);
    memcpy(later + (B * D - D), mask, D * sizeof *mask);
    assert_near(alike(mask, later), expected, 5 * error);
}

TEST(evaluation_drops_nothing) {
    struct net k;
    size_t stride;
    make(sites[_i].rates, sites[_i].layers, 1, &k);
    attndyn_transformer_gradient(k.model, &k.batch, 1);
    attndyn_transformer_loss(k.model, &k.batch);
    const float *x = attndyn_transformer_view(k.model, ATTNDYN_VIEW_STREAM, k.layers, &stride);
    for (size_t j = 0; j < B * D; j++) ck_assert(x[j] == 1);
}

/* Attention over many keys: each weight has a mask of its own. Tokens all different, embedding the
 * identity, values as they are: row i of the context is row i of the masked weights, 1 / (i + 1).
 */
TEST(attention_weights_are_dropped_one_by_one) {
    enum { LENGTH = 48, SEQUENCES = 16 };
    struct attndyn_transformer_config c;
    struct attndyn_transformer *model;
    uint32_t tokens[SEQUENCES * LENGTH], targets[SEQUENCES * LENGTH] = {0};
    size_t stride;
    assert_ok(ctx, attndyn_transformer_preset(ctx, "joma", &c));
    c.vocabulary = c.width = c.context = LENGTH, c.self = true, c.last_only = c.residual = false;
    c.dropout_attention = 0.25;
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, SEQUENCES, LENGTH, &model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, model, 1));
    for (size_t i = 0; i < SEQUENCES * LENGTH; i++) tokens[i] = (uint32_t)(i % LENGTH);
    struct attndyn_batch batch = {SEQUENCES, LENGTH, tokens, targets, NULL};
    attndyn_transformer_gradient(model, &batch, 0);
    const float *x = attndyn_transformer_view(model, ATTNDYN_VIEW_STREAM, 1, &stride);
    double kept = 0, n = 0;
    for (size_t r = 0; r < SEQUENCES * LENGTH; r++)
        for (size_t j = 0; j < LENGTH; j++) {
            size_t i = r % LENGTH;
            double w = (double)x[r * LENGTH + j];
            if (j > i) ck_assert(w == 0);
            if (j > i) continue;
            if (w != 0) assert_relative(w, 1 / ((double)(i + 1) * 0.75), 1e-5);
            kept += w != 0;
            n++;
        }
    assert_near(kept / n, 0.75, 5 * sqrt(0.75 * 0.25 / n));
}

TCASE(transformer_dropout) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, the_rate_and_the_mean_are_kept, 0, SITES);
    tcase_add_loop_test(tcase, masks_depend_on_seed_and_step_alone, 0, SITES);
    tcase_add_loop_test(tcase, evaluation_drops_nothing, 0, SITES);
    tcase_add_test(tcase, attention_weights_are_dropped_one_by_one);
}
