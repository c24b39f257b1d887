/* lowrank/replay by the program: final weights of NumPy's replay (tests/reference/galore.py), files
 * that lack something. */
#include "experiments/lowrank/replay/recording.h"
#include "sim/base/file.h"
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TESTS_WITH_A_FOLDER("replay", "*");

#define INPUT "gradients=tests/reference/galore.safetensors "
/* CASES of galore.py, by number. */
static const struct {
    int number;
    const char *settings;
} cases[] = {
    {0, "method=sgd lr=0.05 weight_decay=0.1"},
    {2, "method=adamw lr=0.02 beta1=0.8 beta2=0.99 epsilon=1e-4 weight_decay=0.2"},
    {3, "rank=3 gap=7"},
    {9, "rank=2 gap=5 scale=0.5 projection=reverse_std lr=0.02 beta1=0.85 beta2=0.99 epsilon=1e-5 "
        "weight_decay=0.1"},
    {12, "rank=2 gap=5 scale=0.5 projection=full lr=0.02 beta1=0.85 beta2=0.99 epsilon=1e-5 "
         "weight_decay=0.1"},
};

TEST(final_weights) {
    static const char *const matrices[] = {"square.weight", "tall.weight", "wide.weight"};
    struct attndyn_safetensors final;
    char *text;
    size_t length, seen = 0;
    program_says(
        folder,
        attndyn_format(ctx, "$P run lowrank/replay " INPUT "%s --out $F/o", cases[_i].settings), 0,
        "LR.replay-captures");
    assert_ok(ctx,
              attndyn_safetensors_read(ctx, "tests/reference/galore_final.safetensors", &final));
    assert_ok(ctx, attndyn_file_read(ctx, within("o/state.csv"), &text, &length));
    for (size_t k = 0; k < 3; k++) {
        const struct attndyn_tensor *t = attndyn_safetensors_find(
            &final, attndyn_format(ctx, "%d.%s", cases[_i].number, matrices[k]));
        ck_assert_ptr_nonnull(t);
        double want[128];
        assert_ok(ctx, attndyn_tensor_to_double(ctx, t, want));
        for (size_t i = 0; i < attndyn_tensor_count(t); i++, seen++) {
            const char *key = attndyn_format(ctx, "\nweights.%s,%zu,", matrices[k], i);
            const char *at = strstr(text, key);
            ck_assert_msg(at != NULL, "no row %s", key + 1);
            assert_near(strtod(at + strlen(key), NULL), want[i], 1e-8 * fmax(1, fabs(want[i])));
        }
    }
    for (size_t i = 0; i < length; i++) seen -= text[i] == '\n';
    ck_assert_int_eq((int)seen, -1); /* the header and nothing else */
}

/* The ranks, energies and overlaps of NumPy, and where the subspace is chosen. */
TEST(what_is_observed) {
    static const char *const matrices[] = {"square.weight", "tall.weight", "wide.weight"};
    struct attndyn_safetensors final;
    char *text;
    size_t length;
    program_says(folder, "$P run lowrank/replay " INPUT "rank=3 gap=7 --out $F/o", 0, "holds");
    assert_ok(ctx,
              attndyn_safetensors_read(ctx, "tests/reference/galore_final.safetensors", &final));
    assert_ok(ctx, attndyn_file_read(ctx, within("o/updates.csv"), &text, &length));
    for (size_t k = 0; k < 3; k++) {
        double want[40 * 3];
        assert_ok(ctx, attndyn_tensor_to_double(
                           ctx,
                           attndyn_safetensors_find(
                               &final, attndyn_format(ctx, "observed.%s", matrices[k])),
                           want));
        for (size_t s = 0; s < 40; s++) {
            const char *key = attndyn_format(ctx, "\n%zu,%s,", s, matrices[k]);
            char *at = strstr(text, key);
            ck_assert_ptr_nonnull(at);
            strtod(at + strlen(key), &at); /* the norm */
            assert_near(strtod(at + 1, &at), want[3 * s], 1e-10);
            assert_near(strtod(at + 1, &at), want[3 * s + 1], 1e-10);
            if (s == 0)
                ck_assert_int_eq(strncmp(at, ",,", 2), 0); /* there is no earlier step */
            else
                assert_near(strtod(at + 1, NULL), want[3 * s + 2], 1e-7);
            at = strchr(at + 1, ',');
            ck_assert_int_eq(at[1] == '1', s % 7 == 0);
        }
    }
}

/* Files that lack something, or have too much. */
static const struct {
    struct attndyn_tensor tensor[3];
    size_t count;
    const char *words;
} lies[] = {
    {{{"weights.a", ATTNDYN_F64, 2, {2, 2}, NULL}}, 1, "no gradients.STEP.NAME"},
    {{{"gradients.0.a", ATTNDYN_F64, 2, {2, 2}, NULL}}, 1, "no weights.NAME"},
    {{{"weights.a", ATTNDYN_F64, 2, {2, 2}, NULL}, {"gradients.1.a", ATTNDYN_F64, 2, {2, 2}, NULL}},
     2,
     "gradients.0.a is missing"},
    {{{"weights.a", ATTNDYN_F64, 2, {2, 2}, NULL},
      {"gradients.0.a", ATTNDYN_F64, 2, {2, 2}, NULL},
      {"gradients.2.a", ATTNDYN_F64, 2, {2, 2}, NULL}},
     3,
     "gradients.1.a is missing"},
    {{{"weights.a", ATTNDYN_F64, 2, {2, 2}, NULL},
      {"weights.b", ATTNDYN_F64, 2, {2, 2}, NULL},
      {"gradients.0.a", ATTNDYN_F64, 2, {2, 2}, NULL}},
     3,
     "gradients.0.b is missing"},
    {{{"weights.a", ATTNDYN_F64, 2, {2, 2}, NULL}, {"gradients.0.a", ATTNDYN_F64, 2, {2, 1}, NULL}},
     2,
     "gradients.0.a is (2, 1), weights.a (2, 2)"},
    {{{"weights.a", ATTNDYN_F64, 2, {2, 2}, NULL}, {"gradients.0.b", ATTNDYN_F64, 2, {2, 2}, NULL}},
     2,
     "has no weights.b"},
    {{{"weights.a", ATTNDYN_F64, 1, {4}, NULL}}, 1, "has 1 dimensions, expected a matrix"},
    {{{"weights.a", ATTNDYN_I64, 2, {2, 2}, NULL}}, 1, "is of I64"},
    {{{"bias", ATTNDYN_F64, 2, {2, 2}, NULL}}, 1, "tensor bias: expected weights.NAME"},
    {{{"gradients.00.a", ATTNDYN_F64, 2, {2, 2}, NULL}}, 1, "tensor gradients.00.a"},
};
TEST(files_that_lack_something) {
    static const double zeros[4] = {0};
    struct attndyn_tensor tensors[3];
    struct recording recording;
    const char *path = within("g");
    for (size_t i = 0; i < lies[_i].count; i++)
        tensors[i] = lies[_i].tensor[i], tensors[i].data = zeros;
    assert_ok(ctx, attndyn_safetensors_write(ctx, path, tensors, lies[_i].count, NULL, 0));
    ck_assert_int_eq(recording_open(ctx, path, &recording), ATTNDYN_NO_INPUT);
    ck_assert_msg(strstr(attndyn_message(ctx), lies[_i].words) != NULL, "'%s' does not hold '%s'",
                  attndyn_message(ctx), lies[_i].words);
}

TEST(gradients_of_zeros_and_nan) {
    static const double zeros[4] = {0}, bad[4] = {1, NAN, 2, 3};
    struct attndyn_tensor tensors[] = {{"weights.a", ATTNDYN_F64, 2, {2, 2}, zeros},
                                       {"gradients.0.a", ATTNDYN_F64, 2, {2, 2}, zeros},
                                       {"gradients.1.a", ATTNDYN_F64, 2, {2, 2}, bad}};
    const char *path = within("g");
    assert_ok(ctx, attndyn_safetensors_write(ctx, path, tensors, 2, NULL, 0));
    program_says(folder, "$P run lowrank/replay gradients=$F/g --out $F/o", 0, "skipped");
    assert_ok(ctx, attndyn_safetensors_write(ctx, path, tensors, 3, NULL, 0));
    program_says(folder, "$P run lowrank/replay gradients=$F/g --out $F/p", 66,
                 "gradients.1.a: number 1 of it is not finite");
}

TCASE(lowrank_replay) {
    in_a_folder(tcase, 60);
    tcase_add_each(tcase, final_weights, cases);
    tcase_add_test(tcase, what_is_observed);
    tcase_add_each(tcase, files_that_lack_something, lies);
    tcase_add_test(tcase, gradients_of_zeros_and_nan);
}
