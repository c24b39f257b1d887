/* lm/hierarchical-tree: the theory's invariant in discrete time, twins, interpolation. */
#include "experiments/frame/contract/registry.h"
#include "experiments/lm/hierarchical_tree/arm.h"
#include "tests/support.h"

static struct attndyn_context *ctx;
static struct trial run;
static struct hierarchical_tree p;
static struct attndyn_tree tree;
static struct attndyn_tree_sequences source;
static struct attndyn_batch evaluation;

static void set_up(void) {
    const struct experiment *e;
    struct params *params;
    struct results *results;
    static const char *const settings[] = {"steps=60", "batch=64", "levels=4"};
    ctx = attndyn_context_create();
    assert_ok(ctx, registry_find(ctx, "lm/hierarchical-tree", &e));
    assert_ok(ctx, params_create(ctx, e, "quick", &params));
    for (size_t i = 0; i < 3; i++) assert_ok(ctx, params_set(ctx, params, settings[i], "test"));
    assert_ok(ctx, results_create(ctx, e, &results));
    run = (struct trial){ctx, results, params};
    p = hierarchical_tree_read(params);
    assert_ok(ctx, attndyn_tree_init(ctx, &tree, 4, 2, 0.95, 0.95));
    assert_ok(ctx, attndyn_tree_sequences_create(ctx, &tree, 0, 0.5, 32, 9, &source));
    evaluation = attndyn_tree_sequences_draw(&source);
}
static void tear_down(void) {
    attndyn_context_free(ctx);
}

static struct tree_course train(size_t arm) {
    struct tree_course course;
    struct training training = {.run = &run, .steps = (uint64_t)p.steps, .what = "steps"};
    assert_ok(ctx, tree_course_create(&run, &p, &course));
    assert_ok(ctx, tree_train(&training, &p, &tree, arm, 5, &evaluation, &course));
    return course;
}

/* exp attention, rates equal: z - sum v^2 / 2 changes by - lr^2/2 sum (dV)^2 a step, so z lags,
 * and little where steps are small (JoMA, Theorem 1, in discrete time). */
TEST(logits_follow_half_the_square) {
    struct tree_course c = train(TREE_EXP);
    for (size_t r = 0; r < c.looks.count; r++)
        for (size_t h = 1; h < c.levels; h++) {
            const struct tree_point *x = &c.point[r * c.levels + h];
            ck_assert_double_le(x->z, x->half + 1e-6);
            if (x->half > 0.05) assert_relative(x->z, x->half, 0.15);
        }
    ck_assert_double_gt(c.point[(c.looks.count - 1) * c.levels + 1].half, 0.05);
    assert_relative(c.loss[0], log(8.0), 1e-6); /* from zero */
    ck_assert_double_lt(c.loss[c.looks.count - 1], c.loss[0] - 0.1);
}

TEST(twins_part_only_by_attention) {
    struct tree_course trained = train(TREE_EXP), frozen = train(TREE_EXP + TREE_FROZEN);
    size_t levels = trained.levels, last = trained.looks.count - 1;
    for (size_t h = 1; h < levels; h++) {
        /* the first step moves V alone, so the first two gradients of V agree */
        ck_assert_double_eq(trained.point[levels + h].v, frozen.point[levels + h].v);
        ck_assert_double_eq(trained.point[2 * levels + h].v, frozen.point[2 * levels + h].v);
        ck_assert_double_eq(frozen.point[last * levels + h].z, 0);
        ck_assert_double_eq(frozen.point[last * levels + h].weight, 1);
        ck_assert_double_ne(trained.point[last * levels + h].z, 0);
    }
    struct tree_course again = train(TREE_EXP);
    ck_assert_mem_eq(again.point, trained.point,
                     trained.looks.count * levels * sizeof *trained.point);
}

/* Adam's first update moves every number with a gradient by the rate, whatever the gradient: from
 * zero, all 8 of a column V_l, but for a leaf that is the target in just one sequence of 8. */
TEST(adam_begins_with_the_rate) {
    p.optimizer = optimizer_adam;
    assert_ok(ctx,
              params_set(ctx, (struct params *)(uintptr_t)run.params, "optimizer=adam", "test"));
    struct tree_course c = train(TREE_EXP);
    for (size_t h = 1; h < c.levels; h++) {
        ck_assert_double_le(c.point[c.levels + h].v, p.lr_exp * sqrt(8.0) * 1.0001);
        ck_assert_double_ge(c.point[c.levels + h].v, p.lr_exp * sqrt(7.0));
        ck_assert_double_eq(c.point[c.levels + h].z, 0); /* V was zero */
    }
    /* Z's first gradient g comes second: m = 0.1 g, v = 0.001 g^2, corrected for two updates */
    assert_relative(fabs(c.point[2 * c.levels + 1].z), /* one leaf */
                    p.lr_exp * 0.1 / 0.19 / sqrt(0.001 / 0.001999), 1e-5);
}

TEST(weights_average_to_one) {
    struct tree_course c = train(TREE_SOFTMAX);
    const struct tree_point *x = &c.point[(c.looks.count - 1) * c.levels];
    assert_near((x[1].weight + 2 * x[2].weight + 4 * x[3].weight) / 7, 1, 1e-12);
}

TEST(times_are_interpolated) {
    uint64_t step[] = {0, 1, 4};
    struct tree_point point[6] = {{0}};
    point[3].v = 1, point[5].v = 2.5;
    struct tree_course c = {.looks = {.at = step, .count = 3}, .levels = 2, .point = point};
    assert_near(tree_reaches(&c, 1, 0.25), 0.25, 1e-15);
    assert_near(tree_reaches(&c, 1, 2), 3, 1e-15);
    ck_assert(isnan(tree_reaches(&c, 1, 2.6)));
    assert_near(tree_at(&c, 1, 3), 2, 1e-15);
    assert_near(tree_at(&c, 1, 0.5), 0.5, 1e-15);
}

TCASE(lm_tree) {
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_tests(tcase, logits_follow_half_the_square, twins_part_only_by_attention,
                    adam_begins_with_the_rate, weights_average_to_one, times_are_interpolated);
}
