/* joma/low-rank as a whole: the reference values of an independent SciPy prototype that no smaller
 * test reaches (ranks, thresholds, winners, training). */
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/contract/results.h"
#include "tests/support.h"

#include <string.h>

static double value(const struct results *r, const char *table, const char *const *keys,
                    const char *number, double at, const char *column) {
    for (size_t i = 0; i < results_rows(r, table); i++) {
        bool here = true;
        for (size_t k = 0; keys[k]; k += 2)
            here = here && strcmp(results_text(r, table, i, keys[k]), keys[k + 1]) == 0;
        if (here && (!number || results_real(r, table, i, number) == at))
            return results_real(r, table, i, column);
    }
    return NAN;
}

static double mean(const struct results *r, const char *family, double radius, const char *column) {
    double sum = 0;
    int n = 0;
    for (size_t i = 0; i < results_rows(r, "ranks"); i++)
        if (strcmp(results_text(r, "ranks", i, "family"), family) == 0 &&
            strcmp(results_text(r, "ranks", i, "form"), "shared") == 0 &&
            results_real(r, "ranks", i, "radius") == radius)
            sum += results_real(r, "ranks", i, column), n++;
    ck_assert_int_eq(n, 5);
    return sum / n;
}

TEST(reference_values) {
    struct attndyn_context *ctx = attndyn_context_create();
    const struct experiment *e;
    struct params *params;
    struct results *r;
    assert_ok(ctx, registry_find(ctx, "joma/low-rank", &e));
    assert_ok(ctx, params_create(ctx, e, "quick", &params));
    assert_ok(ctx, params_set(ctx, params, "radii=1,2,3,5", "test"));
    assert_ok(ctx, results_create(ctx, e, &r));
    assert_ok(ctx, e->run(ctx, params, r));

    static const double at[4] = {1, 2, 3, 5};
    static const double sr_v[3][4] = {
        {4.29, 3.97, 2.95, 1.80}, {3.15, 2.60, 1.98, 1.38}, {1.52, 1.29, 1.15, 1.06}};
    static const double sr_dv[3][4] = {
        {4.06, 1.64, 1.0065, 1}, {2.70, 1.41, 1.0065, 1}, {1.32, 1.024, 1.0002, 1}};
    static const char *const family[3] = {"normal", "lognormal", "zipf"};
    for (int f = 0; f < 3; f++)
        for (int i = 0; i < 4; i++) {
            assert_near(mean(r, family[f], at[i], "sr_V"), sr_v[f][i], 0.0051);
            assert_near(mean(r, family[f], at[i], "sr_dV"), sr_dv[f][i], 0.0051);
        }

    const char *normal[] = {"family", "normal", NULL}, *zipf[] = {"family", "zipf", NULL};
    assert_near(value(r, "thresholds", normal, NULL, 0, "dV_radius"), 2.45, 0.01);
    assert_near(value(r, "thresholds", normal, NULL, 0, "V_radius"), 13.8, 0.06);
    assert_near(value(r, "thresholds", normal, NULL, 0, "dV_time"), 0.986, 0.001);
    assert_near(value(r, "thresholds", zipf, NULL, 0, "dV_radius"), 1.35, 0.01);
    assert_near(value(r, "thresholds", zipf, NULL, 0, "V_radius"), 2.99, 0.01);

    int printed = 0, entry = 0;
    for (size_t i = 0; i < 200; i++) {
        double shared = results_real(r, "winners", i, "shared");
        printed += results_real(r, "winners", i, "printed") != shared;
        entry += results_real(r, "winners", i, "largest_entry") != shared;
    }
    ck_assert_int_eq(printed, 42);
    ck_assert_int_eq(entry, 67);

    const char *ce[] = {"attention", "softmax", "gradient", "ce", NULL};
    const char *fixed[] = {"attention", "softmax", "gradient", "fixed", NULL};
    const char *blown[] = {"attention", "exp", "gradient", "fixed", "outcome", "overflow", NULL};
    assert_near(value(r, "training", ce, "iteration", 1000, "sr_dV"), 1.251, 6e-4);
    assert_near(value(r, "training", ce, "iteration", 1000, "er_dV"), 7.80, 6e-3);
    assert_near(value(r, "training", ce, "iteration", 2000, "sr_V"), 1.212, 6e-4);
    assert_near(value(r, "training", ce, "iteration", 2000, "er_dV"), 5.22, 6e-3);
    assert_near(value(r, "training", fixed, "iteration", 2000, "sr_V"), 1.164, 6e-4);
    assert_near(value(r, "training", fixed, "iteration", 2000, "er_dV"), 3.52, 6e-3);
    /* updates done when it is seen; the prototype counts from 0 */
    assert_near(value(r, "training", blown, NULL, 0, "iteration"), 1382 + 1, 0);

    const char *none[] = {NULL};
    assert_near(value(r, "joint", none, "fraction", 0.9, "printed"), 0.187, 6e-4);
    assert_near(value(r, "joint", none, "fraction", 0.9, "separate"), 0.117, 6e-4);
    assert_at_most(value(r, "joint", none, "fraction", 0.9, "shared"), 1e-9);
    assert_near(results_scalar_value(r, "joint_t_star"), 2.4413818914, 1e-10);
    attndyn_context_free(ctx);
}

TCASE(joma_low_rank) {
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, reference_values);
}
