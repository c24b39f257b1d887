/* mobile/sharing and mobile/latency from the command line: times where a clock is asked for, and
 * the parts of what a token reads. */
#include "tests/cli/program.h"
#include "tests/support.h"

TESTS_IN_A_FOLDER("mobile-studies");

/* So small a network fits the processor's cache: no verdict. Untrained networks have times but no
 * loss. */
TEST(a_clock_that_is_asked_for) {
    shell("$P run mobile/sharing width=16 heads=2 untrained=true rounds=3 lines=300 "
          "updates=3 batch=4 length=16 --no-plot --out timed",
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

TCASE(mobile_studies) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, a_clock_that_is_asked_for, the_slide);
}
