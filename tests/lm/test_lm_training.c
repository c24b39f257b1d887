/* The trainings as long runs: progress over all of a run's trainings. */
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/run/run.h"
#include "experiments/lm/joma_real/rungs.h"
#include "tests/support.h"

#include <string.h>

struct followed {
    double done, total, calls;
    char what[32];
};

static void follow(void *user, const char *what, double done, double total) {
    struct followed *c = (struct followed *)user;
    if (c->calls++ > 0) {
        ck_assert_str_eq(what, c->what);
        ck_assert(total == c->total);
    }
    ck_assert_msg(done > c->done, "%g of %g %s after %g", done, total, what, c->done);
    c->done = done;
    c->total = total;
    snprintf(c->what, sizeof c->what, "%s", what);
}

static void goes_once_to_the_end(const char *id, char *const *settings, size_t count,
                                 double total) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct run_request request = {
        .preset = "quick", .assignments = settings, .n_assignments = count};
    struct run run;
    struct followed c = {0};
    assert_ok(ctx, registry_find(ctx, id, &request.experiment));
    assert_ok(ctx, run_prepare(ctx, &request, &run));
    attndyn_progress_to(ctx, follow, &c);
    assert_ok(ctx, run_compute(ctx, &run));
    ck_assert_msg(c.done == total && c.total == total, "%s: %g of %g %s, expected %g", id, c.done,
                  c.total, c.what, total);
    attndyn_context_free(ctx);
}

START_TEST(progress_goes_once_to_the_end) {
    char *const hierarchy[] = {"steps=7", "seeds=2", "controls=1", "hidden=20", "width=8"};
    char *const tree[] = {"steps=10", "seeds=2", "batch=16", "evaluation=64", "levels=3"};
    char *const text[] = {"minibatches=8", "columns=4", "length=5", "paragraphs=60", "looks=2"};
    goes_once_to_the_end("lm/hierarchy", hierarchy, 5, 2 * 7);
    goes_once_to_the_end("lm/hierarchical-tree", tree, 5, 2 * 4 * 10 /* four arms */);
    goes_once_to_the_end("lm/joma-real", text, 5, RUNGS * 8 * 4 * 5);
}
END_TEST

TCase *test_lm_training(void);
TCase *test_lm_training(void) {
    TCase *tcase = tcase_create("lm_training");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, progress_goes_once_to_the_end);
    return tcase;
}
