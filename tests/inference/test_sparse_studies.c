/* sparse/predictor, sparse/decode and sparse/training from the command line: the same bytes again,
 * a network from disk, and what is refused. */
#include "stories.h"
#include "tests/cli/program.h"
#include "tests/support.h"

TESTS_IN_A_FOLDER("sparse-studies");

#define SMALL "width=16 heads=2 lines=300 streams=4 "
static const struct {
    const char *line, *tables;
} studies[] = {{"ATTNDYN_NETWORKS=none $P run sparse/predictor updates=40 rank=4 calibration=8 "
                "shares=0.2,0.5 " SMALL,
                "losses layers networks"},
               {"ATTNDYN_NETWORKS=none $P run sparse/decode updates=40 rank=4 calibration=8 "
                "shares=0.2,0.5 " SMALL,
                "read networks"}};

TEST(the_same_bytes_again) {
    program_same_again(folder, studies[_i].line, studies[_i].tables);
}

TEST(a_network_from_disk) {
    if (!stories_data()) return;
    shell("$P run sparse/predictor model=$ATTNDYN_DATA/stories260K/stories260K.bin "
          "text=$ATTNDYN_DATA/texts/tinystories.txt length=64 streams=8 shares=0.2 "
          "calibration=24 --no-plot --out out | grep -c holds",
          "5");
    shell("$P run sparse/decode model=$ATTNDYN_DATA/stories260K/stories260K.bin "
          "text=$ATTNDYN_DATA/texts/tinystories.txt length=64 streams=8 shares=0.2 "
          "calibration=8 --no-plot --out dec | grep -c 'gathered.*holds'",
          "2");
}

/* With a clock: rows of times, but no verdict, as the network fits the processor's cache. */
TEST(a_clock_that_is_asked_for) {
    shell("ATTNDYN_NETWORKS=none $P run sparse/decode updates=10 rank=4 calibration=8 "
          "rounds=3 shares=0.2,0.5 " SMALL "--no-plot --out timed",
          "no memory traffic to save");
    shell("tail -n +2 timed/times.csv | wc -l", "4");
}

static const struct program_line wrong[] = {
    {"$P run sparse/predictor shares= --out o", 64, "shares is empty"},
    {"$P run sparse/decode shares=0.5,0.2 --out o", 64, "ascending"},
    {"$P run sparse/training steps=0,10,5 --out o", 64, "ascending"},
    {"$P run sparse/decode untrained=true model=$F --out o", 64, "one of them"}};

TEST(what_is_refused) {
    shell_ends(wrong[_i].line, wrong[_i].code, wrong[_i].said);
}

TCASE(sparse_studies) {
    in_a_folder(tcase, 120);
    tcase_add_each(tcase, the_same_bytes_again, studies);
    tcase_add_tests(tcase, a_network_from_disk, a_clock_that_is_asked_for);
    tcase_add_each(tcase, what_is_refused, wrong);
}
