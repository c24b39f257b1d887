/* The test program: one check case per tests/ ** /test_<name>.c, found by the Makefile. */
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>

#define TEST_CASE(name) TCase *name(void);
#include "test_cases.h"
#undef TEST_CASE

int main(void) {
    Suite *suite = suite_create("attndyn");
#define TEST_CASE(name) suite_add_tcase(suite, name());
#include "test_cases.h"
#undef TEST_CASE
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner), run = srunner_ntests_run(runner);
    srunner_free(runner);
    if (run == 0) fprintf(stderr, "no test was run: is CK_RUN_CASE mistyped?\n");
    return failed || run == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
