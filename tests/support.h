/* Shared by the tests: assertions that print what was compared with 17 digits. */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include "sim/base/context.h"

#include <check.h>
#include <math.h>

/* A test; what check puts behind one, END_TEST, is empty. */
#define TEST(name) START_TEST(name)

/* Adds tests, in this order. */
#define tcase_add_tests(tcase, ...)                                                                \
    do {                                                                                           \
        const TTest *const added_tests[] = {__VA_ARGS__};                                          \
        for (size_t added = 0; added < sizeof added_tests / sizeof *added_tests; added++)          \
            tcase_add_test(tcase, added_tests[added]);                                             \
    } while (0)

/* Adds a test that runs once for each element of an array, `_i` being its index. */
#define tcase_add_each(tcase, test, array)                                                         \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof(array) / sizeof *(array)))

/* The check case of test_<name>.c; what stands behind it adds the tests to `tcase`:
 *     TCASE(gather) {
 *         tcase_add_tests(tcase, rows_are_gathered, rows_stay);
 *     } */
#define TCASE(name)                                                                                \
    static void name##_tests(TCase *tcase);                                                        \
    TCase *test_##name(void);                                                                      \
    TCase *test_##name(void) {                                                                     \
        TCase *tcase = tcase_create(#name);                                                        \
        name##_tests(tcase);                                                                       \
        return tcase;                                                                              \
    }                                                                                              \
    static void name##_tests(TCase *tcase)

/* |a - b| <= tolerance, NaN fails. */
#define assert_near(a, b, tolerance)                                                               \
    do {                                                                                           \
        double near_a = (a), near_b = (b), near_tol = (tolerance);                                 \
        ck_assert_msg(fabs(near_a - near_b) <= near_tol,                                           \
                      "%s = %.17g, expected %.17g: off by %.3g, tolerance %.3g", #a, near_a,       \
                      near_b, fabs(near_a - near_b), near_tol);                                    \
    } while (0)

/* |a - b| <= tolerance |b|. */
#define assert_relative(a, b, tolerance)                                                           \
    do {                                                                                           \
        double relative_a = (a), relative_b = (b), relative_tol = (tolerance);                     \
        ck_assert_msg(fabs(relative_a - relative_b) <= relative_tol * fabs(relative_b),            \
                      "%s = %.17g, expected %.17g: relative error %.3g, tolerance %.3g", #a,       \
                      relative_a, relative_b, fabs(relative_a / relative_b - 1), relative_tol);    \
    } while (0)

/* a <= b, printed; NaN fails. */
#define assert_at_most(a, b)                                                                       \
    do {                                                                                           \
        double most_a = (a), most_b = (b);                                                         \
        ck_assert_msg(most_a <= most_b, "%s = %.17g, expected at most %.17g", #a, most_a, most_b); \
    } while (0)

/* A library call that must succeed; prints the context's message where it does not. */
#define assert_ok(ctx, call)                                                                       \
    do {                                                                                           \
        enum attndyn_status ok_status = (call);                                                    \
        ck_assert_msg(ok_status == ATTNDYN_OK, "%s: status %d: %s", #call, (int)ok_status,         \
                      attndyn_message(ctx));                                                       \
    } while (0)

#endif
