/* The trainings as long runs: progress over all of a run's trainings. */
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/run/run.h"
#include "experiments/lm/joma_real/rungs.h"
#include "experiments/lm/shared/looks.h"
#include "tests/support.h"

#include <stdio.h>
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

TEST(progress_goes_once_to_the_end) {
    char *const hierarchy[] = {"steps=7", "seeds=2", "controls=1", "hidden=20", "width=8"};
    char *const tree[] = {"steps=10", "seeds=2", "batch=16", "evaluation=64", "levels=3"};
    char *const text[] = {"minibatches=8", "columns=4", "length=5", "paragraphs=60", "looks=2"};
    goes_once_to_the_end("lm/hierarchy", hierarchy, 5, 2 * 7);
    goes_once_to_the_end("lm/hierarchical-tree", tree, 5, 2 * 4 * 10 /* four arms */);
    goes_once_to_the_end("lm/joma-real", text, 5, RUNGS * 8 * 4 * 5);
    /* what is not trained beside it is no part of the whole */
    char *const alone[] = {"updates=4", "beside=false"}, *const full[] = {"updates=4",
                                                                          "method=full"};
    goes_once_to_the_end("lowrank/train", alone, 2, 4);
    goes_once_to_the_end("lowrank/train", full, 2, 2 * 4);
}

/* The lists of parameters stand in the order of the library's enumerations. */
TEST(choices_are_the_librarys) {
    ck_assert_str_eq(optimizer_choices + 1, ATTNDYN_OPTIMIZERS);
}

/* optimizer= and method= are what makes the updates: no two give the same losses. */
TEST(ways_of_training_by_name) {
    static const char *const names[][2] = {
        {"optimizer=sgd", "method=full"},        {"optimizer=adam", "method=full"},
        {"optimizer=adamw", "method=full"},      {"optimizer=adafactor", "method=full"},
        {"optimizer=adam8bit", "method=full"},   {"optimizer=adam", "method=galore"},
        {"optimizer=adam", "method=lowrank"},    {"optimizer=adam", "method=lora"},
        {"optimizer=adam", "method=relora"},     {"optimizer=adam", "method=dora"},
        {"optimizer=adam", "method=freeze"},     {"optimizer=adam8bit", "method=galore"},
        {"optimizer=adafactor", "method=galore"}};
    enum { WAYS = sizeof names / sizeof *names };
    double loss[WAYS];
    for (size_t i = 0; i < WAYS; i++) {
        char optimizer[32], method[32];
        snprintf(optimizer, sizeof optimizer, "%s", names[i][0]);
        snprintf(method, sizeof method, "%s", names[i][1]);
        char *const settings[] = {"window=0",  optimizer,  "weight_decay=0.1", "minibatches=6",
                                  "columns=4", "length=5", "paragraphs=60",    "dense_until=0",
                                  "every=6",   method,     "rank=2",           "gap=2",
                                  "merge=2",   "rewarm=1", "min_8bit=8"};
        struct attndyn_context *ctx = attndyn_context_create();
        struct run_request request = {
            .preset = "quick", .assignments = settings, .n_assignments = 15};
        struct run run;
        assert_ok(ctx, registry_find(ctx, "lm/wikitext-entropy", &request.experiment));
        assert_ok(ctx, run_prepare(ctx, &request, &run));
        assert_ok(ctx, run_compute(ctx, &run));
        ck_assert_double_eq(results_scalar_value(run.results, "repeats"), 1);
        loss[i] = results_scalar_value(run.results, "valid_loss");
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(loss[i] != loss[k], "%s %s as %s %s", names[i][0], names[i][1],
                          names[k][0], names[k][1]);
        attndyn_context_free(ctx);
    }
}

static void are(const struct looks *looks, size_t count, const uint64_t *at) {
    ck_assert_uint_eq(looks->count, count);
    ck_assert_mem_eq(looks->at, at, count * sizeof *at);
}

TEST(looks_in_time) {
    const struct trial run = {.ctx = attndyn_context_create()};
    const double listed[] = {0, 3, 7}, falling[] = {3, 3}, part[] = {0.5};
    struct looks looks;
    assert_ok(run.ctx, looks_even(&run, 10, 4, &looks));
    are(&looks, 5, (const uint64_t[]){0, 2, 5, 7, 10});
    assert_ok(run.ctx, looks_even(&run, 2, 4, &looks));
    are(&looks, 3, (const uint64_t[]){0, 1, 2});
    assert_ok(run.ctx, looks_spread(&run, 10, 2.5, &looks));
    are(&looks, 5, (const uint64_t[]){0, 1, 2, 5, 10});
    assert_ok(run.ctx, looks_listed(&run, "at", (struct reals){listed, 3}, 7, true, &looks));
    are(&looks, 3, (const uint64_t[]){0, 3, 7});
    ck_assert(!looks_due(&looks, 2)); /* taken up there */
    ck_assert(looks_due(&looks, 3));
    ck_assert_uint_eq(looks.next - 1, 1);
    ck_assert(!looks_due(&looks, 3));
    ck_assert(looks_due(&looks, 7) && !looks_due(&looks, 8));
    ck_assert_int_eq(looks_listed(&run, "at", (struct reals){listed, 3}, 6, true, &looks),
                     ATTNDYN_USAGE);
    ck_assert_int_eq(looks_listed(&run, "at", (struct reals){falling, 2}, 6, false, &looks),
                     ATTNDYN_USAGE);
    ck_assert_int_eq(looks_listed(&run, "at", (struct reals){part, 1}, 6, false, &looks),
                     ATTNDYN_USAGE);
    ck_assert_int_eq(looks_listed(&run, "at", (struct reals){listed + 1, 2}, 9, true, &looks),
                     ATTNDYN_USAGE);
    attndyn_context_free(run.ctx);
}

TCASE(lm_training) {
    tcase_set_timeout(tcase, 120);
    tcase_add_tests(tcase, progress_goes_once_to_the_end, choices_are_the_librarys,
                    ways_of_training_by_name, looks_in_time);
}
