/* Figure 2's training and the violated flows of joma/invariant-softmax against an independent
 * implementation: NC with |W|^2 and with |V|^2, NC of the two parts, loss, entropy, errors. */
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "experiments/joma/invariant_softmax/training.h"
#include "tests/fixture.h"

#include <string.h>

extern const struct experiment experiment_joma_invariant_softmax;

static const struct {
    size_t iteration;
    double nc_w, nc_v, z1, z2, loss, entropy;
} references[] = {
    {0, 0.9999996024, 0.9999996024, -0.2633908884, -0.2033456267, 2.9958270652, 2.7480145279},
    {10, 0.9999975224, 0.9999977010, -0.3140720242, -0.2016460664, 2.9952287824, 2.7480336078},
    {100, 0.9997736097, 0.9997609104, 0.2264907592, -0.1670383335, 2.9898616778, 2.7481425998},
    {500, 0.9982192819, 0.9981903987, 0.8900492267, 0.0176038473, 2.9630263459, 2.7354310065},
    {1000, 0.9972501567, 0.9972491209, 0.9589167341, -0.0046135536, 2.8798260661, 2.3028190149},
    {1999, 0.9944257699, 0.9944959932, 0.9887571324, -0.0118496611, 2.5144191835, 0.6457699121},
};
enum { REFERENCES = sizeof references / sizeof *references };

static enum attndyn_status compare(void *user, const double *state, const struct softmax_seen *s) {
    size_t *found = user;
    (void)state;
    for (size_t r = 0; r < REFERENCES; r++) {
        if (references[r].iteration != s->iteration) continue;
        ++*found;
        assert_near(s->whole.correlation, references[r].nc_w, 1e-8);
        assert_near(s->holds.correlation, references[r].nc_v, 1e-8);
        assert_near(s->nc_z1, references[r].z1, 1e-8);
        assert_near(s->nc_z2, references[r].z2, 1e-8);
        assert_near(s->loss, references[r].loss, 1e-9);
        assert_near(s->entropy, references[r].entropy, 1e-9);
    }
    return ATTNDYN_OK;
}

TEST(training_meets_the_reference) {
    struct attndyn_joma_classes_spec spec = attndyn_joma_classes_paper();
    struct attndyn_joma m;
    size_t found = 0;
    struct softmax_track track = {
        .model = &m, .lr = 0.1, .steps = 2000, .every = 10, .seen = compare, .user = &found};
    assert_ok(ctx, attndyn_joma_classes_create(ctx, &spec, &m, &track.state));
    assert_ok(ctx, softmax_train(ctx, &track));
    ck_assert_uint_eq(found, REFERENCES);
}

/* Relative errors of the three forms at t = 1 and 10, as the other implementation printed them. */
TEST(violated_flows_meet_the_reference) {
    static const struct {
        double delta, moving[2], constant[2], printed[2];
    } table[] = {
        {0, {0, 0}, {3.18e-3, 7.16e-3}, {0.2030, 0.3179}},
        {1e-4, {2.30e-5, 2.22e-4}, {3.17e-3, 7.09e-3}, {0.2029, 0.3177}},
        {1e-3, {2.29e-4, 2.22e-3}, {3.12e-3, 6.76e-3}, {0.2025, 0.3153}},
        {1e-2, {2.28e-3, 2.22e-2}, {3.35e-3, 2.11e-2}, {0.1986, 0.2923}},
        {0.1, {2.18e-2, 0.209}, {2.12e-2, 0.209}, {0.1628, 0.237}},
        {1, {0.144, 0.922}, {0.144, 0.880}, {0.144, 1.29}},
    };
    struct params *p;
    struct results *results;
    const struct experiment *e = &experiment_joma_invariant_softmax;
    assert_ok(ctx, params_create(ctx, e, "quick", &p));
    static const char *const settings[] = {"seeds=1", "steps=4", "widths=", "blends="};
    for (size_t i = 0; i < 4; i++) assert_ok(ctx, params_set(ctx, p, settings[i], "test"));
    assert_ok(ctx, results_create(ctx, e, &results));
    assert_ok(ctx, e->run(ctx, p, results));
    ck_assert_uint_eq(results_rows(results, "violation"), 18);
    for (size_t row = 0; row < 18; row++) {
        if (row % 3 == 0) continue; /* t = 0.01: after the reference */
        size_t d = row / 3, t = row % 3 - 1;
        assert_near(results_real(results, "violation", row, "delta"), table[d].delta, 1e-15);
        /* three digits were printed */
        assert_near(results_real(results, "violation", row, "moving"), table[d].moving[t],
                    4e-3 * table[d].moving[t] + 1e-12);
        assert_relative(results_real(results, "violation", row, "constant"), table[d].constant[t],
                        4e-3);
        assert_relative(results_real(results, "violation", row, "printed"), table[d].printed[t],
                        4e-3);
    }
}

TCASE(figure_2) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_tests(tcase, training_meets_the_reference, violated_flows_meet_the_reference);
}
