/* cache/heavy-hitters from the command line: the same bytes on more threads, and what is refused;
 * cache/recall: what is judged of a network that learnt nothing. */
#include "tests/cli/program.h"
#include "tests/support.h"

TESTS_IN_A_FOLDER("heavy");

static const char small[] =
    "ATTNDYN_NETWORKS=none $P run cache/heavy-hitters updates=40 width=16 heads=2 lines=300 "
    "length=16 streams=4 budgets=0.2,1";

TEST(the_same_bytes_again) {
    program_same_again(folder, small, "losses attention accumulated exact");
    /* two networks, two budgets, nine policies; with room for all keys nothing is lost */
    shell("tail -n +2 one/losses.csv | wc -l", "36");
    shell("awk -F, '$4 == 1 && $7 != 0 { bad++ } END { print bad + 0, \"differ\" }' "
          "one/losses.csv",
          "0 differ");
}

TEST(what_is_refused) {
    shell_ends("$P run cache/heavy-hitters budgets= --out o", 64, "budgets is empty");
    shell_ends("$P run cache/heavy-hitters length=11 --out o", 64, "at least 12");
}

/* It guesses under every cache: that says nothing of one. */
TEST(unlearnt_recall_is_not_judged) {
    shell("$P run cache/recall updates=1 width=16 batch=2 streams=8 --no-plot --out o "
          ">said; grep -c 'skipped: recall was not learnt' said",
          "3");
}

TCASE(heavy_hitters) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, the_same_bytes_again, what_is_refused, unlearnt_recall_is_not_judged);
}
