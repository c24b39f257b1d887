/* mobile/ladder, mobile/sharing and mobile/latency from the command line: the same bytes again,
 * times where a clock is asked for, and what is refused. */
#include "tests/cli/program.h"
#include "tests/support.h"

TESTS_IN_A_FOLDER("mobile-studies");

#define SMALL "lines=300 updates=3 batch=4 length=16 "
static const struct {
    const char *line, *tables;
} studies[] = {
    {"ATTNDYN_NETWORKS=none $P run mobile/ladder width=16 heads=2 " SMALL, "rungs trainings"},
    {"ATTNDYN_NETWORKS=none $P run mobile/sharing width=16 heads=2 " SMALL,
     "schemes trainings depths"}};

TEST(the_same_bytes_again) {
    program_same_again(folder, studies[_i].line, studies[_i].tables);
}

/* So small a network fits the processor's cache: no verdict. Untrained networks have times but no
 * loss. */
TEST(a_clock_that_is_asked_for) {
    shell("$P run mobile/sharing width=16 heads=2 untrained=true rounds=3 " SMALL
          "--no-plot --out timed",
          "no memory traffic to save");
    shell("awk -F, 'NR > 1 && $8 == \"\" && $11 > 0' timed/schemes.csv | wc -l", "5");
}

/* Three sizes, four ways: sharing stores what the unshared network stores, and reads what the
 * different blocks read. */
TEST(the_slide) {
    shell("$P run mobile/latency rounds=1 blocks=3 width=16 hidden=24 heads=2 kv_heads=1 "
          "vocabulary=64 --no-plot --out s",
          "last_cache");
    shell("awk -F, 'NR > 1 { n++; good += $7 > 0 && $8 > 0 && $9 > 0; w[$1, $2] = $3; "
          "r[$1, $2] = $5 } END { for (k in w) { split(k, a, SUBSEP); s = a[1]; "
          "one = w[s, \"L unique\"]; two = r[s, \"2 L unique\"]; "
          "if (a[2] ~ / x /) good += w[k] == one && (r[k] / two - 1) ^ 2 < 1e-12 } "
          "print n, good }' s/slide.csv",
          "12 18");
    shell("awk -F, 'NR > 1 && $2 > 0' s/rates.csv | wc -l", "9");
}

static const struct program_line wrong[] = {
    {"$P run mobile/ladder seeds= --out o", 64, "seeds is empty"},
    {"$P run mobile/ladder width=20 --out o", 64, "multiple of 2 x heads"},
    {"$P run mobile/ladder width=16 heads=2 deeper=200 --out o", 64, "the rung deeper"},
    {"$P run mobile/sharing rates= --out o", 64, "rates is empty"}};

TEST(what_is_refused) {
    shell_ends(wrong[_i].line, wrong[_i].code, wrong[_i].said);
}

TCASE(mobile_studies) {
    in_a_folder(tcase, 120);
    tcase_add_each(tcase, the_same_bytes_again, studies);
    tcase_add_tests(tcase, a_clock_that_is_asked_for, the_slide);
    tcase_add_each(tcase, what_is_refused, wrong);
}
