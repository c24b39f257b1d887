/* lm/hierarchy: the measure by hand, and against the network's own numbers. */
#include "experiments/frame/contract/registry.h"
#include "experiments/lm/hierarchy/score.h"
#include "sim/observe/best_unit.h"
#include "sim/observe/correlation.h"
#include "tests/fixture.h"

static struct hierarchy_study study;

TEST(best_unit_by_hand) {
    const double latent[] = {1, 0, 1, 0};
    /* unit 0 constant, 1 opposite, 2 the latent times 3 plus 5, 3 nearly, 4 the same as 2 */
    const double h[] = {2, 0, 8, 1, 8, 2, 1, 5, 0, 5, 2, 0, 8, 0, 8, 2, 1, 5, 0, 5};
    struct attndyn_best_unit best = attndyn_best_unit(4, latent, 5, h, true);
    ck_assert_uint_eq(best.unit, 2); /* the first of two equal ones */
    assert_near(best.correlation, 1, 1e-8);
    assert_near(attndyn_unit_correlation(4, latent, 5, h, 1, true), -1, 1e-8); /* signed */
    assert_near(attndyn_unit_correlation(4, latent, 5, h, 0, true), 0, 1e-8);
    assert_near(attndyn_unit_correlation(4, latent, 5, h, 2, false),
                16 / sqrt(2.0 * (64 + 25 + 64 + 25)), 1e-8);
    const double never[] = {0, 0, 0, 0};
    assert_near(attndyn_best_unit(4, never, 5, h, true).correlation, 0, 0);
}

static struct hierarchy quick(const char *setting) {
    const struct experiment *e;
    struct params *p;
    assert_ok(ctx, registry_find(ctx, "lm/hierarchy", &e));
    assert_ok(ctx, params_create(ctx, e, "quick", &p));
    assert_ok(ctx, params_set(ctx, p, "width=8", "test"));
    assert_ok(ctx, params_set(ctx, p, "hidden=30", "test"));
    assert_ok(ctx, params_set(ctx, p, setting, "test"));
    return hierarchy_read(p);
}

static void prepare(void) {
    struct hierarchy p = quick("sets=2,2,2");
    assert_ok(ctx, hierarchy_prepare(ctx, &p, 3, &study));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, study.model, 3));
}

/* The pooled units against the network's own, position by position; the score by another route. */
TEST(units_are_pooled_over_positions) {
    struct level_score scores[ATTNDYN_HIERARCHY_LEVELS];
    size_t stride, last_differs = 0;
    prepare();
    const size_t T = study.data.columns, classes = study.data.classes;
    double loss = hierarchy_measure(&study, scores);
    ck_assert(isfinite(loss) && loss > 1);
    for (size_t block = 0; block < 3; block++) {
        const attndyn_real *h =
            attndyn_transformer_view(study.model, ATTNDYN_VIEW_HIDDEN, block, &stride);
        hierarchy_activity(&study, block);
        for (size_t c = 0; c < classes; c++)
            for (size_t k = 0; k < study.hidden; k++) {
                double got = study.activity[c * study.hidden + k], most = -1;
                for (size_t t = 0; t < T; t++)
                    most = fmax(most, (double)h[(c * T + t) * stride + k]);
                ck_assert_double_eq(got, most);
                last_differs += got != (double)h[(c * T + T - 1) * stride + k];
            }
        double sum = 0, used = 0, column[64];
        for (size_t j = 0; j < study.data.latents[block]; j++) {
            double best = -2, on = 0;
            hierarchy_latent(&study, block, j);
            for (size_t c = 0; c < classes; c++) on += study.latent[c];
            ck_assert_int_eq(on > 0, hierarchy_used(&study, block, j));
            if (on == 0) continue;
            for (size_t k = 0; k < study.hidden; k++) {
                for (size_t c = 0; c < classes; c++)
                    column[c] = study.activity[c * study.hidden + k];
                best = fmax(best, attndyn_centred_correlation(classes, study.latent, column, 1e-9));
            }
            sum += best;
            used++;
        }
        assert_near(scores[block].centred_used, sum / used, 1e-12);
        assert_near(scores[block].centred, sum / (double)study.data.latents[block], 1e-12);
    }
    ck_assert_uint_gt(last_differs, 0);
}

TEST(threads_change_nothing) {
    struct level_score one[ATTNDYN_HIERARCHY_LEVELS] = {{0}}, three[ATTNDYN_HIERARCHY_LEVELS];
    prepare();
    double a = hierarchy_measure(&study, one);
    attndyn_threads_allow(ctx, 3);
    prepare();
    double b = hierarchy_measure(&study, three);
    ck_assert_double_eq(a, b);
    ck_assert_mem_eq(one, three, 3 * sizeof *one);
}

TEST(sizes_must_fit) {
    struct hierarchy p = quick("sets=2,2");
    ck_assert_int_eq(hierarchy_prepare(ctx, &p, 1, &study), ATTNDYN_USAGE);
    ck_assert_str_eq(attndyn_message(ctx),
                     "latents has 3 entries and sets 2: expected as many, one a level");
}

TCASE(lm_hierarchy) {
    tcase_set_timeout(tcase, 120);
    with_a_context(tcase);
    tcase_add_tests(tcase, best_unit_by_hand, units_are_pooled_over_positions,
                    threads_change_nothing, sizes_must_fit);
}
