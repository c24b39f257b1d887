/* cache/recall from the command line: a row for each policy, what is asked for; the same bytes
 * on more threads; what is refused. */
#include "tests/cli/program.h"
#include "tests/support.h"

TESTS_IN_A_FOLDER("recall");

TEST(the_same_bytes_again) {
    program_same_again(folder, "$P run cache/recall updates=40 streams=12", "accuracy");
}

/* Seven policies; if all pairs are hot, no query asks for a pair that is not. */
TEST(rows_and_queries) {
    shell("$P run cache/recall updates=40 streams=12 lead=0 pairs=1 keys=2 length=40 slots=18 "
          "--no-plot --out o && tail -n +2 o/accuracy.csv | wc -l",
          "7");
    shell("$P run cache/recall updates=40 streams=12 length=48 slots=16 lead=4 hot=3 --no-plot "
          "--out all && awk -F, 'NR > 1 && $5 != 0 { bad++ } END { print bad + 0, "
          "\"cold\" }' all/accuracy.csv",
          "0 cold");
}

TEST(what_is_refused) {
    shell_ends("$P run cache/recall hot=4 --out o", 64, "no more of each");
    shell_ends("$P run cache/recall slots=40 --out o", 64, "expected at least 96");
    shell_ends("$P run cache/recall seeds= --out o", 64, "seeds is empty");
}

TCASE(cache_recall) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, the_same_bytes_again, rows_and_queries, what_is_refused);
}
