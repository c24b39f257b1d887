/* sparse/contextual, sparse/predictor and sparse/decode from the command line: a network from disk,
 * times where a clock is asked for. */
#include "stories.h"
#include "tests/cli/program.h"
#include "tests/support.h"

TESTS_IN_A_FOLDER("sparse-studies");

TEST(a_network_from_disk) {
    if (!stories_data()) return;
    shell("$P run sparse/predictor model=$ATTNDYN_DATA/stories260K/stories260K.bin "
          "text=$ATTNDYN_DATA/texts/tinystories.txt length=64 streams=8 shares=0.2 "
          "calibration=24 --no-plot --out out | grep -c holds",
          "5");
    shell("$P run sparse/decode model=$ATTNDYN_DATA/stories260K/stories260K.bin "
          "text=$ATTNDYN_DATA/texts/tinystories.txt length=64 shares=0.2 "
          "calibration=8 --no-plot --out dec | grep -c 'gathered.*holds'",
          "2");
    shell("$P run sparse/contextual model=$ATTNDYN_DATA/stories260K/stories260K.bin "
          "text=$ATTNDYN_DATA/texts/tinystories.txt length=64 streams=8 shares=0.3,0.5,1 "
          "--no-plot --out con | grep -c holds",
          "5");
    shell("grep -c '^model,' con/units.csv", "5");
}

/* With a clock: rows of times, but no verdict, as the network fits the processor's cache. */
TEST(a_clock_that_is_asked_for) {
    shell("ATTNDYN_NETWORKS=none $P run sparse/decode updates=10 rank=4 calibration=8 "
          "rounds=3 shares=0.2,0.5 width=16 heads=2 lines=300 --no-plot --out timed",
          "no memory traffic to save");
    shell("tail -n +2 timed/times.csv | wc -l", "4");
}

TCASE(sparse_studies) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, a_network_from_disk, a_clock_that_is_asked_for);
}
