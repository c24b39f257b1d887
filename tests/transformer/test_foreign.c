/* Published networks: what they compute, and what is refused of them. */
#include "foreign_cases.h"

TCase *test_foreign(void);
TCase *test_foreign(void) {
    TCase *tcase = tcase_create("foreign");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, exact, 0, NETWORKS);
    tcase_add_loop_test(tcase, trainable, 0, NETWORKS);
    tcase_add_test(tcase, stories);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, counted, 0, NETWORKS);
    return tcase;
}
