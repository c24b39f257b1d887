/* sparse/contextual from the command line: a network from disk, and what is refused. */
#include "stories.h"
#include "tests/cli/program.h"
#include "tests/support.h"

TESTS_IN_A_FOLDER("contextual");

static const char small[] =
    "ATTNDYN_NETWORKS=none $P run sparse/contextual updates=40 width=16 heads=2 lines=300 streams=4 "
    "shares=0.25,0.75";

TEST(the_same_bytes_again) {
    program_same_again(folder, small, "shares units unions networks");
    /* 2 networks, 2 parts, 2 shares, 3 choices; what is printed of them */
    shell("tail -n +2 one/shares.csv | wc -l", "24");
}

TEST(a_network_from_disk) {
    const char *data = stories_data();
    if (!data) return;
    shell("$P run sparse/contextual model=$ATTNDYN_DATA/stories260K/stories260K.bin "
          "text=$ATTNDYN_DATA/texts/tinystories.txt length=64 streams=8 shares=0.3,0.5,1 "
          "--no-plot --out out | grep -c holds",
          "5");
    shell("grep -c '^model,' out/units.csv", "5");
}

static const struct program_line wrong[] = {
    {"$P run sparse/contextual shares= --out o", 64, "shares is empty"},
    {"$P run sparse/contextual model=$F --out o", 64, "no text"}};

TEST(what_is_refused) {
    shell_ends(wrong[_i].line, wrong[_i].code, wrong[_i].said);
}

TCASE(sparse_contextual) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, the_same_bytes_again, a_network_from_disk);
    tcase_add_each(tcase, what_is_refused, wrong);
}
