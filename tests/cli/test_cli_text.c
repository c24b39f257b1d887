/* scansnap/text from the command line: what a user gets wrong, and what comes out. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TESTS_IN_A_FOLDER("cli-text");

/* Writes a text and runs the experiment on it. */
static struct outcome run_on(const char *bytes, size_t length, const char *more) {
    char path[128], arguments[600];
    snprintf(path, sizeof path, "%s/text", folder);
    file_put(path, bytes, length);
    snprintf(arguments, sizeof arguments,
             "run scansnap/text text=%s min_class=1 min_count=1 min_seen=1 tau_end=1 samples=4 "
             "--no-plot --out %s/out %s",
             path, folder, more);
    return program_run(arguments);
}

static int lines(const char *text) {
    int count = 0;
    for (; *text; text++) count += *text == '\n';
    return count;
}

static const char small[] = "x y the cat\ny x , the dog\nz x the cat\ny y the dog\nx , a cow\n";

static const struct {
    const char *text;
    size_t length; /* 0: strlen */
    const char *more;
    int code;
    const char *said;
} wrong[] = {
    {"", 0, "", 66, "no token in it"},
    {"\n \n", 0, "", 66, "no token in it"},
    {"a b\0c d", 7, "", 66, "control character 0x00"},
    {"a \xFF b", 0, "", 66, "not UTF-8"},
    {"a b\nc\n", 0, "", 66, "too small"},
    {small, 0, "last=the,fox", 64, "no token 'fox'"},
    {small, 0, "last=the,the", 64, "named twice"},
    {small, 0, "min_context=40", 64, "min_context=40 is more than window=32"},
    {small, 0, "min_count=1000", 66, "min_count"},
    {small, 0, "tau_first=2", 64, "not after its first output"},
    {small, 0, "window=0", 64, "window"},
    {small, 0, "windw=3", 64, "window"},
};

TEST(mistakes_are_named_in_one_line) {
    size_t length = wrong[_i].length ? wrong[_i].length : strlen(wrong[_i].text);
    struct outcome o = run_on(wrong[_i].text, length, wrong[_i].more);
    ck_assert_msg(o.code == wrong[_i].code, "exit %d, expected %d: %s", o.code, wrong[_i].code,
                  o.text);
    ck_assert_msg(strstr(o.text, wrong[_i].said) != NULL, "%s", o.text);
    ck_assert_msg(lines(o.text) <= 2, "%s", o.text); /* a note on the text may come first */
}

/* Of a folder the training part is read; the parameter's former name is accepted, and its new one
 * printed. */
TEST(a_folder_and_a_former_name) {
    shell(
        "mkdir d; for i in 1 2 3 4; do printf 'x y the cat\\nx y , the dog\\nz y , a cow\\n'; done > "
        "d/train.txt; for t in text=d text=d/train.txt corpus=d; do $P run scansnap/text $t min_class=1 "
        "min_count=1 min_seen=1 tau_end=1 samples=4 --no-plot --overwrite --out o 2>&1 >/dev/null; sha256sum "
        "< o/state.csv; done | sort | uniq -c | awk '{print $1, $2 == \"attndyn:\" ? $0 : \"same\"}'",
        "corpus is now called text");
    shell("ls o/state.csv; for t in text=d corpus=d; do $P run scansnap/text $t "
          "min_class=1 min_count=1 min_seen=1 tau_end=1 samples=4 --no-plot --overwrite --out o "
          ">/dev/null 2>&1; sha256sum < o/state.csv; done | sort -u | wc -l",
          "o/state.csv\n1");
}

TEST(missing_corpus_is_no_input) {
    struct outcome o = program_run("run scansnap/text text=/no/such/text --no-plot");
    ck_assert_int_eq(o.code, 66);
    ck_assert_ptr_nonnull(strstr(o.text, "/no/such/text: No such file"));
    ck_assert_int_eq(lines(o.text), 1);
}

/* A text of a few lines, a comma as a last token, one last token only: it runs. */
TEST(tiny_texts_run) {
    static const char *const more[] = {"",
                                       "last=the",
                                       "num_last=1",
                                       "smoothing=2",
                                       "columns=vocabulary",
                                       "eta_z=0",
                                       "class_weight=uniform",
                                       "min_seen=1000000",
                                       "visit_rate=true method=adams"};
    struct outcome o = run_on(small, strlen(small), more[_i]);
    ck_assert_msg(o.code == 0, "%s: exit %d: %s", more[_i], o.code, o.text);
}

/* Appends `count` lines. */
static void add_lines(char *text, const char *line, int count) {
    for (int i = 0; i < count; i++) strcat(text, line);
}

/* From counts to the flow's end: two classes with P = (.6 .2 .1 .1 0 0), (.2 .6 0 0 .1 .1), the
 * smallest example of a common that grows. Reference: the flow of that P by another integrator at
 * eta_Y = 5, eta_Z = 1, t = 1e5. */
TEST(a_favoured_common_grows) {
    char text[4000] = "", path[128], line[256], quantity[32];
    add_lines(text, "u the cat\n", 60);
    add_lines(text, "v the cat\n", 20);
    add_lines(text, "p the cat\n", 10);
    add_lines(text, "q the cat\n", 10);
    add_lines(text, "u a dog\n", 20);
    add_lines(text, "v a dog\n", 60);
    add_lines(text, "r a dog\n", 10);
    add_lines(text, "s a dog\n", 10);
    struct outcome o = run_on(text, strlen(text),
                              "last=the,a eta_y=5 t_end=1e5 rtol=1e-10 atol=1e-14 method=adams");
    ck_assert_msg(o.code == 0, "%s", o.text);
    /* tokens by frequency, ties in string order: u v p q r s */
    const double expected[] = {0.937582, -1.103199, 0.082809, 0.082809, 0, 0};
    snprintf(path, sizeof path, "%s/out/state.csv", folder);
    FILE *stream = fopen(path, "r");
    ck_assert_ptr_nonnull(stream);
    int found = 0;
    while (fgets(line, sizeof line, stream)) {
        long index;
        double value;
        if (sscanf(line, "%31[^,],%ld,%lf", quantity, &index, &value) != 3) continue;
        if (strcmp(quantity, "z") != 0 || index > 5) continue;
        assert_near(value, expected[index], 1e-6);
        found++;
    }
    fclose(stream);
    ck_assert_int_eq(found, 6);
}

TCASE(cli_text) {
    in_a_folder(tcase, 60);
    tcase_add_each(tcase, mistakes_are_named_in_one_line, wrong);
    tcase_add_tests(tcase, a_folder_and_a_former_name, missing_corpus_is_no_input);
    tcase_add_loop_test(tcase, tiny_texts_run, 0, 9);
    tcase_add_test(tcase, a_favoured_common_grows);
}
