/* The point experiments on trained networks from the command line: on stories260K (ATTNDYN_DATA)
 * against tests/reference/inference.py; on the small network they train; and what is refused. */
#include "sim/base/file.h"
#include "sim/data/safetensors.h"
#include "stories.h"
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TESTS_WITH_A_FOLDER("points", "*");

static struct attndyn_safetensors reference;
static void read_reference(void) {
    assert_ok(ctx,
              attndyn_safetensors_read(ctx, "tests/reference/inference.safetensors", &reference));
}

static double *numbers(const char *name, size_t *count) {
    const struct attndyn_tensor *t = attndyn_safetensors_find(&reference, name);
    ck_assert_msg(t != NULL, "the reference has no %s", name);
    *count = attndyn_tensor_count(t);
    double *to = ATTNDYN_NEW(ctx, double, *count);
    if (t->dtype == ATTNDYN_F64) {
        assert_ok(ctx, attndyn_tensor_to_double(ctx, t, to));
        return to;
    }
    int64_t *whole = ATTNDYN_NEW(ctx, int64_t, *count);
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, t, whole));
    for (size_t i = 0; i < *count; i++) to[i] = (double)whole[i];
    return to;
}

/* Token ids of the reference as a file of decimal numbers, in $F. */
static void write_ids(const char *name) {
    size_t n;
    const double *id = numbers(name, &n);
    FILE *stream = fopen(attndyn_format(ctx, "%s/%s.ids", folder, name), "w");
    ck_assert_ptr_nonnull(stream);
    for (size_t i = 0; i < n; i++) fprintf(stream, "%.0f%c", id[i], i % 20 == 19 ? '\n' : ' ');
    ck_assert_int_eq(fclose(stream), 0);
}

/* Column `column` of a CSV file in $F, rows whose first cell begins with `first` ("" : all). */
static size_t column_of(const char *file, const char *column, const char *first, double *to,
                        size_t most) {
    size_t n = 0, at = 0;
    char *line = strtok(file_text(ctx, attndyn_format(ctx, "%s/out/%s", folder, file)), "\n");
    for (char *cell = line; strncmp(cell, column, strlen(column)) != 0 ||
                            (cell[strlen(column)] != ',' && cell[strlen(column)]);
         at++) {
        cell = strchr(cell, ',');
        ck_assert_msg(cell != NULL, "%s has no column %s", file, column);
        cell++;
    }
    while ((line = strtok(NULL, "\n"))) {
        if (strncmp(line, first, strlen(first)) != 0) continue;
        for (size_t k = 0; k < at; k++) line = strchr(line, ',') + 1;
        ck_assert_uint_lt(n, most);
        to[n++] = strtod(line, NULL);
    }
    return n;
}

/* The quantity of state.csv, against the reference's numbers of that name. */
static void state_is(const char *quantity, const char *name, double tolerance) {
    size_t count;
    const double *expected = numbers(name, &count);
    double *found = ATTNDYN_NEW(ctx, double, count + 1);
    char *first = attndyn_format(ctx, "%s,", quantity);
    ck_assert_uint_eq(column_of("state.csv", "value", first, found, count + 1), count);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(fabs(found[i] - expected[i]) <= tolerance, "%s[%zu] = %.9g, expected %.9g",
                      name, i, found[i], expected[i]);
}

static void run_point(const char *arguments) {
    char *line = attndyn_format(
        ctx, "$P run %s model=%s/stories260K/stories260K.bin --no-plot --overwrite --out $F/out",
        arguments, stories_data());
    program_says(folder, line, 0, "written to");
}

TEST(losses_are_the_reference) {
    if (!stories_data()) return;
    write_ids("tokens");
    write_ids("calibration");
    run_point("lm/evaluate ids=$F/tokens.ids");
    state_is("nll", "dense.original.nll", 1e-3);
    static const char *const caches[][2] = {
        {"window slots=24", "window.cache.nll"},
        {"streaming slots=24 sinks=4 positions=original", "streaming.original.nll"},
        {"streaming slots=24 sinks=4", "streaming.cache.nll"},
        {"h2o heavy=14 recent=10", "h2o.cache.nll"},
        {"h2o slots=24 recent=10 positions=original", "h2o.original.nll"},
        {"random slots=24 heavy=14 recent=10 seed=7", "random.cache.nll"},
        {"least slots=24 heavy=14", "least.cache.nll"},
        {"tova slots=24", "tova.cache.nll"},
        {"keynorm slots=24 positions=original", "keynorm.original.nll"},
        {"recomputation slots=24", "recomputation.nll"},
        {"recomputation slots=24 restart=bos", "recomputation-bos.nll"}};
    for (size_t i = 0; i < sizeof caches / sizeof *caches; i++) {
        run_point(attndyn_format(ctx, "cache/evaluate ids=$F/tokens.ids policy=%s", caches[i][0]));
        state_is("nll", caches[i][1], 1e-3);
    }
    static const char *const parts[] = {"mlp", "heads", "both"};
    for (int i = 0; i < 6; i++) {
        const char *choice = i % 2 ? "static" : "contextual";
        run_point(
            attndyn_format(ctx, "sparse/evaluate ids=$F/tokens.ids %s part=%s choose=%s keep=0.3",
                           i % 2 ? "calibration=$F/calibration.ids" : "", parts[i / 2], choice));
        state_is("nll", attndyn_format(ctx, "sparse.%s.%s.nll", parts[i / 2], choice), 1e-3);
        size_t n, m;
        const double *dense = numbers("dense.best", &n);
        const double *best =
            numbers(attndyn_format(ctx, "sparse.%s.%s.best", parts[i / 2], choice), &m);
        double same = 0, agreement;
        for (size_t t = 0; t < n; t++) same += dense[t] == best[t];
        ck_assert_uint_eq(column_of("state.csv", "value", "agreement,", &agreement, 1), 1);
        assert_near(agreement, same / (double)n, 1e-12);
    }
}

TEST(choices_are_the_reference) {
    static const char *const tasks[] = {"arc_easy", "winogrande", "lambada_openai", "hellaswag"};
    if (!stories_data()) return;
    for (int i = 0; i < 4; i++) {
        size_t n;
        const double *item = numbers(attndyn_format(ctx, "zero-shot.%s.item", tasks[i]), &n);
        run_point(attndyn_format(ctx, "mobile/zero-shot tasks=%s/evals/%s.jsonl limit=%.0f",
                                 stories_data(), tasks[i], item[n - 1] + 1));
        static const char *const columns[] = {"item", "choice", "log_likelihood", "characters",
                                              "gold"};
        for (int c = 0; c < 5; c++) {
            double found[64];
            const double *expected =
                numbers(attndyn_format(ctx, "zero-shot.%s.%s", tasks[i], columns[c]), &n);
            ck_assert_uint_eq(column_of("choices.csv", columns[c], "", found, 64), n);
            for (size_t k = 0; k < n; k++) assert_near(found[k], expected[k], 1e-3);
        }
        state_is("acc", attndyn_format(ctx, "zero-shot.%s.acc", tasks[i]), 1e-12);
        state_is("acc_norm", attndyn_format(ctx, "zero-shot.%s.acc_norm", tasks[i]), 1e-12);
    }
}

TEST(greedy_text_comes_as_it_is) {
    if (!stories_data()) return;
    char *line = attndyn_format(
        ctx, "$P run lm/generate model=%s/stories260K/stories260K.bin tokens=60 --out $F/out",
        stories_data());
    program_says(folder, line, 0,
                 "Once upon a time, there was a little girl named Lily. She loved to play outside "
                 "in the park.");
    size_t n;
    const double *expected = numbers("greedy", &n);
    double *found = ATTNDYN_NEW(ctx, double, n + 1);
    ck_assert_uint_eq(column_of("tokens.csv", "token", "", found, n + 1), n);
    for (size_t i = 0; i < n; i++) assert_near(found[i], expected[i], 0);
}

/* Without data: the same folder again, token for token; for ever until it is interrupted. */
TEST(the_small_network_writes) {
    program_says(folder, "$P run lm/generate temperature=0.8 top_p=0.9 seed=3 --out $F/out", 0,
                 "written");
    program_says(folder,
                 "$P run lm/generate temperature=0.8 top_p=0.9 seed=3 --out $F/again && "
                 "cmp $F/out/tokens.csv $F/again/tokens.csv && echo same",
                 0, "same");
    program_says(
        folder,
        "$P run lm/generate temperature=0.8 top_p=0.9 seed=4 --overwrite --out $F/again && "
        "cmp $F/out/tokens.csv $F/again/tokens.csv",
        1, "differ");
    program_says(
        folder,
        "(: >$F/text; $P run lm/generate policy=streaming tokens=0 temperature=1 --out $F/ever >$F/text & "
        "p=$!; n=0; while [ $n -lt 600 ] && [ $(wc -c <$F/text) -lt 2000 ]; do "
        "sleep 0.1; n=$((n+1)); done; kill -TERM $p; wait $p; echo ended with $?; "
        "tail -n +2 $F/ever/tokens.csv | wc -l | "
        "awk '{print ($1 > 1000 ? \"many\" : \"few\")}')",
        0, "ended with 0\nmany");
}

static const struct program_line wrong[] = {
    {"$P run lm/evaluate limit=66 --out $F/o", 64,
     "take limit=65 tokens at most, or score by window=64"},
    {"$P run lm/evaluate limit=1 --out $F/o", 64, "expected at least 2"},
    {"$P run lm/evaluate skip=64 --out $F/o", 64, "leaves none"},
    /* the first weight of the file is NaN */
    {"$P run lm/export form=llama kind=f32 to=$F/n --out $F/e >/dev/null && "
     "h=$(od -An -tu8 -N8 $F/n/model.safetensors) && printf '\\377\\377\\377\\177' | "
     "dd of=$F/n/model.safetensors bs=1 seek=$((h + 8)) conv=notrunc 2>/dev/null && "
     "seq 0 20 >$F/a && $P run lm/evaluate model=$F/n ids=$F/a --out $F/o",
     66, "outputs are no finite numbers"},
    {"$P run lm/evaluate stride=3 --out $F/o", 64, "needs a window"},
    {"$P run lm/evaluate window=5 stride=9 --out $F/o", 64, "leaves tokens out"},
    {"$P run lm/evaluate text=$F/none --out $F/o", 66, "none"},
    {"echo 1 2 | tee $F/a >$F/b; $P run lm/evaluate text=$F/a ids=$F/b --out $F/o", 64,
     "one of them"},
    {"echo 1 256 3 >$F/a; $P run lm/evaluate ids=$F/a --out $F/o", 64,
     "token 256, number 1 of the text"},
    {"echo 1 2.5 3 >$F/a; $P run lm/evaluate ids=$F/a --out $F/o", 66, "byte 3"},
    {"$P run cache/evaluate policy=h2o slots=8 --out $F/o", 64,
     "give two of slots, heavy and recent"},
    {"$P run cache/evaluate policy=h2o slots=8 heavy=4 recent=5 --out $F/o", 64, "must be slots"},
    {"$P run cache/evaluate policy=streaming slots=4 sinks=4 --out $F/o", 64,
     "fewer sinks than slots"},
    {"$P run cache/evaluate policy=recomputation slots=8 restart=bos --out $F/o", 64, "has none"},
    {"$P run lm/generate tokens=0 --out $F/o", 64, "needs policy=streaming"},
    {"$P run lm/generate tokens=100 --out $F/o", 64, "take tokens=61"},
    {"$P run sparse/evaluate keep=0 --out $F/o", 64, "keep"},
    {"echo '{\"query\": \"a\", \"choices\": [\"b\"], \"gold\": 1}' >$F/t.jsonl; "
     "$P run mobile/zero-shot tasks=$F/t.jsonl --out $F/o",
     66, "line 1"},
    {"printf '{\"context\": \"a\", \"continuation\": \"b\"}\\n{\"context\": 3}\\n' >$F/t.jsonl; "
     "$P run mobile/zero-shot tasks=$F --out $F/o",
     66, "line 2: no evaluation item"},
    {"mkdir -p $F/e; $P run mobile/zero-shot tasks=$F/e --out $F/o", 66, "no *.jsonl"}};

TEST(what_is_refused) {
    program_says(folder, wrong[_i].line, wrong[_i].code, wrong[_i].said);
}

/* The three forms of items, and a suffix: with it another context is scored. */
TEST(items_of_every_form) {
    program_says(
        folder,
        "printf '%s\\n' '{\"query\": \"the one\", \"choices\": [\"a\", \"\\u00fcb\"], \"gold\": 1}' "
        "'' '{\"context_options\": [\"x y\", \"x z\"], \"continuation\": \"w\", \"gold\": 0}' "
        "'{\"context\": \"once\", \"continuation\": \"more\", \"other\": 1}' >$F/t.jsonl; "
        "$P run mobile/zero-shot tasks=$F/t.jsonl --out $F/out",
        0, "items                    3");
    program_says(folder, "head -n 1 $F/out/choices.csv; wc -l <$F/out/bare.csv", 0,
                 "task,item,choice,log_likelihood,characters,gold\n1\n");
    double characters[5], before[5], after[5];
    ck_assert_uint_eq(column_of("choices.csv", "characters", "", characters, 5), 5);
    const double expected[] = {1, 2, 1, 1, 4};
    for (int i = 0; i < 5; i++) assert_near(characters[i], expected[i], 0);
    column_of("choices.csv", "log_likelihood", "", before, 5);
    program_says(
        folder,
        "$P run mobile/zero-shot tasks=$F/t.jsonl 'prompt_suffix=\\nAnswer:' --overwrite --out $F/out",
        0, "items                    3");
    column_of("choices.csv", "log_likelihood", "", after, 5);
    for (int i = 0; i < 5; i++)
        ck_assert_msg(before[i] != after[i], "the suffix is not seen by choice %d", i);
}

/* Without a tokenizer the token of the beginning is what the network's config names (llama2.c: 1).
 * With two slots every pass reads it and one token: the loss of a text of these. A config whose
 * number is beyond the vocabulary names none. */
TEST(a_beginning_without_a_tokenizer) {
    static const char *const networks[][2] = {{"llama2c-0/model.bin", "1"}, {"opt", "2"}};
    for (int i = 0; i < 2; i++) {
        double last[3], alone[2];
        char line[400];
        snprintf(line, sizeof line,
                 "cp -r tests/reference/families/%s $F/n%d; test -d $F/n%d && sed -i "
                 "'s/{/{\"bos_token_id\": 2,/' $F/n%d/config.json; echo 5 3 7 9 >$F/a; $P run "
                 "cache/evaluate model=$F/n%d ids=$F/a policy=recomputation slots=2 restart=bos "
                 "--no-plot --overwrite --out $F/out",
                 networks[i][0], i, i, i, i);
        program_says(folder, line, 0, "tokens                   4");
        ck_assert_uint_eq(column_of("positions.csv", "nll", "", last, 3), 3);
        snprintf(line, sizeof line,
                 "echo %s 7 9 >$F/a; $P run lm/evaluate model=$F/n%d ids=$F/a --no-plot "
                 "--overwrite --out $F/out",
                 networks[i][1], i);
        program_says(folder, line, 0, "tokens                   3");
        ck_assert_uint_eq(column_of("positions.csv", "nll", "", alone, 2), 2);
        assert_near(last[2], alone[1], 1e-6);
    }
    program_says(
        folder,
        "sed -i 's/\"bos_token_id\": 2/\"bos_token_id\": 17/' $F/n1/config.json; $P run "
        "cache/evaluate model=$F/n1 ids=$F/a policy=recomputation slots=2 restart=bos --out "
        "$F/o",
        64, "there is no token of the beginning");
}

/* What divides a choice's likelihood is what the same choice has where nothing but the bare context
 * stands before it: by a second run, whose questions are that context. Choices from several
 * contexts are divided by one number, and a text without choices by none. */
TEST(bare_contexts_divide) {
    program_says(
        folder,
        "printf '%s\n' '{\"query\": \"the one\", \"choices\": [\"a\", \"\\u00fcb c\"], \"gold\": 1}' "
        "'{\"context_options\": [\"x y\", \"x z\"], \"continuation\": \"w\", \"gold\": 0}' "
        "'{\"context\": \"once\", \"continuation\": \"more\"}' >$F/t.jsonl; "
        "$P run mobile/zero-shot tasks=$F/t.jsonl 'bare=So,\\nit is:' prompt_suffix=! --overwrite --out $F/out",
        0, "items                    3");
    double own[5], bare[5], alone[2], divided;
    ck_assert_uint_eq(column_of("choices.csv", "log_likelihood", "", own, 5), 5);
    ck_assert_uint_eq(column_of("bare.csv", "log_likelihood", "", bare, 5), 4);
    ck_assert_uint_eq(column_of("accuracy.csv", "acc_bare", "", &divided, 1), 1);
    double right = (own[1] - bare[1] > own[0] - bare[0]) + (own[2] >= own[3]);
    assert_near(bare[2], bare[3], 1e-12);
    program_says(folder, "cut -d, -f1-3 $F/out/bare.csv | tail -n 1", 0, "t,1,1");
    program_says(
        folder,
        "printf '%s\n' '{\"query\": \"So,\\nit is:\", \"choices\": [\"a\", \"\\u00fcb c\"], \"gold\": 1}' "
        ">$F/t.jsonl; $P run mobile/zero-shot tasks=$F/t.jsonl --overwrite --out $F/out",
        0, "items                    1");
    ck_assert_uint_eq(column_of("choices.csv", "log_likelihood", "", alone, 2), 2);
    for (int k = 0; k < 2; k++) assert_near(bare[k], alone[k], 1e-5);
    ck_assert(right <= 2 && divided * 3 - right >= -1e-9 && divided * 3 - right <= 1 + 1e-9);
}

/* Killed, interrupted and taken up again: the folder of a run that was never stopped (or that was
 * done before the signal came, on an idle machine). Items that have changed meanwhile are refused.
 */
TEST(scores_are_taken_up_again) {
    program_says(
        folder,
        "awk 'BEGIN {for (i = 0; i < 1000; i++) {printf \"{\\\"query\\\": \\\"question %d, and\\\", "
        "\\\"choices\\\": [\", i; for (k = 0; k < 2 + i % 3; k++) printf \"%s\\\"it %d, %d\\\"\", "
        "k ? \", \" : \"\", i * 7 % 13, k; printf \"], \\\"gold\\\": %d}\\n\", i % 2}}' >$F/t.jsonl; "
        "for id in zero-shot tasks; do rm -rf $F/whole $F/part $F/kept; "
        "run=\"$P run mobile/$id tasks=$F/t.jsonl bare=A: --no-plot --save-every 0.02 --out $F\"; "
        "[ $id = tasks ] && signal=INT || signal=KILL; $run/whole >$F/said || exit 1; "
        "$run/part >$F/log 2>&1 & p=$!; n=0; until [ -e $F/part/checkpoint.safetensors ] || "
        "[ $n -gt 6000 ]; do n=$((n+1)); sleep 0.01; done; kill -$signal $p; wait $p 2>/dev/null; "
        "cp -r $F/part $F/kept; $run/part --resume >$F/again && "
        "diff -r -x timing.json $F/whole $F/part || exit 3; done; "
        "sed -i '1s/and/or/' $F/t.jsonl; $run/kept --resume 2>&1 | grep -o 'items have changed'",
        0, "items have changed");
}

TCASE(points) {
    in_a_folder(tcase, 120);
    tcase_add_checked_fixture(tcase, read_reference, NULL);
    tcase_add_tests(tcase, losses_are_the_reference, choices_are_the_reference,
                    greedy_text_comes_as_it_is, the_small_network_writes);
    tcase_add_each(tcase, what_is_refused, wrong);
    tcase_add_tests(tcase, items_of_every_form, bare_contexts_divide,
                    a_beginning_without_a_tokenizer, scores_are_taken_up_again);
}
