/* cache/recall from the command line: a row for each policy, what is asked for, and what is judged
 * of a network that learnt nothing. */
#include "tests/cli/program.h"
#include "tests/support.h"

TESTS_IN_A_FOLDER("recall");

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

/* It guesses under every cache: that says nothing of one. */
TEST(unlearnt_recall_is_not_judged) {
    shell("$P run cache/recall updates=1 width=16 batch=2 streams=8 --no-plot --out o "
          ">said; grep -c 'skipped: recall was not learnt' said",
          "3");
}

TCASE(cache_recall) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, rows_and_queries, unlearnt_recall_is_not_judged);
}
