/* optimizer= and method= in the trainings of lm that are not on text, or have a rule of their own:
 * they are what makes the updates, layer by layer too, and what cannot be is refused. */
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/run/run.h"
#include "experiments/lm/hierarchy/hierarchy.h"
#include "tests/support.h"

#include <stdio.h>
#include <string.h>

enum { MORE = 8 };

static const struct {
    const char *id, *scalar; /* what tells one training from another */
    char *settings[MORE];
} of[] = {
    {"lm/hierarchy", "loss_end", {"steps=6", "seeds=1", "controls=1", "hidden=12", "width=8"}},
    {"lm/hierarchical-tree",
     "loss_exp",
     {"steps=10", "seeds=1", "batch=32", "evaluation=64", "levels=3"}},
    {"lm/joma-real",
     "slope_wlm",
     {"minibatches=6", "columns=4", "length=5", "paragraphs=60", "looks=1"}}};
enum { TRAININGS = sizeof of / sizeof *of };

/* The scalar; further: settings between spaces. NaN where it is refused, with the reason. */
static double trained(int i, const char *further, char said[512]) {
    struct attndyn_context *ctx = attndyn_context_create();
    char text[256], *settings[32];
    size_t count = 0;
    struct run_request request = {.preset = "quick"};
    struct run run;
    double value = NAN;
    for (size_t k = 0; k < MORE && of[i].settings[k]; k++) settings[count++] = of[i].settings[k];
    snprintf(text, sizeof text, "%s", further);
    if (i == 2 && !strstr(further, "clip")) settings[count++] = "clip=0"; /* for per_layer */
    for (char *at = strtok(text, " "); at; at = strtok(NULL, " ")) settings[count++] = at;
    request.assignments = settings, request.n_assignments = count;
    assert_ok(ctx, registry_find(ctx, of[i].id, &request.experiment));
    enum attndyn_status status = run_prepare(ctx, &request, &run);
    if (!status) status = run_compute(ctx, &run);
    if (!status) value = results_scalar_value(run.results, of[i].scalar);
    ck_assert_msg(!status == !said, "%s %s: %s", of[i].id, further, attndyn_message(ctx));
    if (said) snprintf(said, 512, "%s", attndyn_message(ctx));
    ck_assert_msg(said || isfinite(value), "%s %s: %g", of[i].id, further, value);
    attndyn_context_free(ctx);
    return value;
}

#define GALORE "method=galore rank=2 gap=2 scale=0.5 min_8bit=8 "
static const char *const ways[] = {
    "optimizer=sgd", "optimizer=sgd momentum=0.9", "optimizer=adam",
    "optimizer=adam weight_decay=0.1", "optimizer=adamw weight_decay=0.1", "optimizer=adafactor",
    "optimizer=adam8bit min_8bit=8", GALORE "optimizer=sgd subspace=random projection=right",
    GALORE "optimizer=adam subspace=random projection=right", GALORE "optimizer=adafactor",
    GALORE "optimizer=adam8bit",
    /* where the maps have factors */
    "optimizer=adam method=lowrank rank=2", "optimizer=adam method=lora rank=2",
    "optimizer=adam method=relora rank=2 merge=2 rewarm=1", "optimizer=adam method=dora rank=2"};
enum { WAYS = sizeof ways / sizeof *ways, WITH_FACTORS = 4 };

/* No two are the same; each is the same layer by layer, to the bit. */
TEST(by_their_names) {
    const size_t count = _i == 1 ? WAYS - WITH_FACTORS : WAYS;
    double value[WAYS];
    for (size_t k = 0; k < count; k++) {
        char layers[200];
        value[k] = trained(_i, ways[k], NULL);
        snprintf(layers, sizeof layers, "%s per_layer=true", ways[k]);
        ck_assert_msg(trained(_i, layers, NULL) == value[k], "%s %s", of[_i].id, layers);
        for (size_t j = 0; j < k; j++)
            ck_assert_msg(value[j] != value[k], "%s: %s as %s", of[_i].id, ways[k], ways[j]);
    }
}

/* GaLore with SGD in the whole space is SGD. Of the tree's map Z one row moves, the query's: one
 * direction on the left is the whole space, and stays it. */
TEST(galore_in_the_whole_space) {
    const char *whole = _i == 1 ? "rank=1 projection=left gap=1000" : "rank=1000 gap=3";
    char galore[120];
    snprintf(galore, sizeof galore, "optimizer=sgd method=galore scale=1 %s", whole);
    const double plain = trained(_i, "optimizer=sgd", NULL), same = trained(_i, galore, NULL);
    assert_relative(same, plain, 1e-4); /* F32; slopes are quotients of small changes */
}

/* Mean over the untrained networks of lm/hierarchy of level 1's score. */
static double control(const char *method) {
    struct attndyn_context *ctx = attndyn_context_create();
    char name[32], *settings[] = {"steps=1", "seeds=1", "controls=3", "hidden=12", "width=8", name};
    struct run_request request = {.preset = "quick", .assignments = settings, .n_assignments = 6};
    struct run run;
    double sum = 0;
    snprintf(name, sizeof name, "method=%s", method);
    assert_ok(ctx, registry_find(ctx, "lm/hierarchy", &request.experiment));
    assert_ok(ctx, run_prepare(ctx, &request, &run));
    assert_ok(ctx, run_compute(ctx, &run));
    const struct trial trial = {ctx, run.results, run.params};
    EACH_ROW (&trial, control, r)
        if (r->level == 1) sum += r->centred / 3;
    attndyn_context_free(ctx);
    return sum;
}

/* A network that is never trained is one as training begins with it: B A of a draw, or its own. */
TEST(untrained_as_training_begins) {
    const double own = control("full");
    ck_assert_double_eq(control("lora"), own);
    ck_assert_double_eq(control("galore"), own);
    ck_assert_double_ne(control("lowrank"), own);
}

TEST(refused_with_the_reason) {
    static const struct {
        int training;
        const char *settings, *said;
    } all[] = {{1, "method=lowrank", "does not start from zero"},
               {1, "method=lora", "depends on the draw of A"},
               {1, "method=relora", "depends on the draw of A"},
               {1, "method=dora", "a row of no length has no direction"},
               {1, "method=freeze", "what is measured, V, would stay"},
               {2, "method=freeze", "below the last layer there would be none"},
               {2, "per_layer=true clip=0.5", "set clip=0, or per_layer=false"}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        char said[512];
        (void)trained(all[k].training, all[k].settings, said);
        ck_assert_msg(strstr(said, all[k].said), "%s: %s", all[k].settings, said);
    }
}

TCASE(lm_descent) {
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, by_their_names, 0, TRAININGS);
    tcase_add_loop_test(tcase, galore_in_the_whole_space, 0, TRAININGS);
    tcase_add_tests(tcase, untrained_as_training_begins, refused_with_the_reason);
}
