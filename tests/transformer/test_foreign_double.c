/* Published networks, in double precision. */
#define ATTNDYN_DOUBLE
#include "foreign_cases.h"

TCase *test_foreign_double(void);
TCase *test_foreign_double(void) {
    TCase *tcase = tcase_create("foreign_double");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, exact, 0, NETWORKS);
    tcase_add_loop_test(tcase, trainable, 0, NETWORKS);
    tcase_add_test(tcase, stories);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, counted, 0, NETWORKS);
    return tcase;
}
