/* Lines that fit a terminal. */
#include "experiments/frame/command/fold.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void folds(const char *text, int columns, const char *wanted) {
    char *got = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&got, &length);
    ck_assert_ptr_nonnull(to);
    fold_put(to, text, columns);
    ck_assert_int_eq(fclose(to), 0);
    ck_assert_str_eq(got, wanted);
    free(got);
}

TEST(lines_break_at_blanks) {
    folds("one two three four\n", 9, "one two\nthree\nfour\n");
    folds("  one two three\n", 9, "  one two\n  three\n");
    folds("short\n\n  lines stay\n", 20, "short\n\n  lines stay\n");
    folds("exactly nine", 12, "exactly nine");
    folds("a single_word_that_is_too_long b", 10, "a\nsingle_word_that_is_too_long\nb");
    folds("any length without a terminal", 0, "any length without a terminal");
}

TEST(descriptions_stand_below_themselves) {
    folds("  t    time of the flow in units\n", 20, "  t    time of the\n       flow in units\n");
    folds("  a_name_longer_than_half   and more words\n", 30,
          "  a_name_longer_than_half\n  and more words\n");
}

/* A character counts once, however many bytes it has. */
TEST(characters_are_counted) {
    folds("ηηηη ηηηη", 9, "ηηηη ηηηη");
    folds("ηηηη ηηηη", 8, "ηηηη\nηηηη");
}

TCASE(fold) {
    tcase_add_tests(tcase, lines_break_at_blanks, descriptions_stand_below_themselves,
                    characters_are_counted);
}
