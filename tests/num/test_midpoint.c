/* The implicit midpoint rule: its order and its invariant on the harmonic oscillator, and how it
 * fails. That it keeps the invariants of JoMA's flow is a check of joma/invariant. */
#include "sim/num/midpoint.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

static struct attndyn_context *ctx;
static volatile int flag;
static int calls, interrupt_at;

static void setup(void) {
    ctx = attndyn_context_create();
    calls = interrupt_at = flag = 0;
}

static void teardown(void) {
    attndyn_context_free(ctx);
}

static int oscillator(double t, const double *y, double *dydt, void *user) {
    (void)t, (void)user;
    if (++calls == interrupt_at) flag = 1;
    dydt[0] = y[1];
    dydt[1] = -y[0];
    return 0;
}

/* Exactly, a step turns by 2 atan(h/2): of order 2, and the radius stays. */
TEST(turns_the_oscillator) {
    const struct attndyn_ode_problem problem = {.n = 2, .rhs = oscillator};
    double y[2] = {1, 0};
    assert_ok(ctx, attndyn_midpoint_solve(ctx, &problem, 0, 0.1, 50, y));
    double angle = 50 * 2 * atan(0.05);
    assert_near(y[0], cos(angle), 1e-13);
    assert_near(y[1], -sin(angle), 1e-13);
}

static int root(double t, const double *y, double *dydt, void *user) {
    (void)user;
    dydt[0] = 0;
    dydt[1] = sqrt(0.25 - t) + 0 * y[0]; /* NaN from the midpoint of the third step on */
    return 0;
}

/* A NaN among finite entries. */
TEST(a_slope_that_is_no_number) {
    const struct attndyn_ode_problem problem = {.n = 2, .rhs = root};
    double y[2] = {1, 0};
    ck_assert_int_eq(attndyn_midpoint_solve(ctx, &problem, 0, 0.125, 9, y), ATTNDYN_RUN_FAILED);
    const char *said = attndyn_message(ctx);
    ck_assert_msg(strstr(said, "right-hand side is not finite: entry 1 is") &&
                      strstr(said, "t = 0.3125") && strstr(said, "take a smaller step"),
                  "%s", said);
    ck_assert(isfinite(y[0]) && isfinite(y[1]));
}

static int everywhere_nan(double t, const double *y, double *dydt, void *user) {
    (void)t, (void)y, (void)user;
    dydt[0] = NAN;
    return 0;
}

TEST(nothing_but_nan) {
    const struct attndyn_ode_problem problem = {.n = 1, .rhs = everywhere_nan};
    double y[1] = {1};
    ck_assert_int_eq(attndyn_midpoint_solve(ctx, &problem, 0, 0.1, 5, y), ATTNDYN_RUN_FAILED);
    assert_near(y[0], 1, 0);
}

static int constant(double t, const double *y, double *dydt, void *user) {
    (void)t, (void)y;
    dydt[0] = *(const double *)user;
    return 0;
}

/* The slope is finite, the state overflows: at the midpoint, or only at the end of a step. */
TEST(a_state_that_overflows) {
    double speed = 1.5e308, y[1] = {0};
    const struct attndyn_ode_problem problem = {.n = 1, .rhs = constant, .user = &speed};
    ck_assert_int_eq(attndyn_midpoint_solve(ctx, &problem, 0, 1, 2, y), ATTNDYN_RUN_FAILED);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "the state is not finite: entry 0 is inf"));
    assert_near(y[0], 1.5e308, 0); /* the step that did not fail */
    y[0] = 1e308;
    ck_assert_int_eq(attndyn_midpoint_solve(ctx, &problem, 0, 1, 1, y), ATTNDYN_RUN_FAILED);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "entry 0 is inf at t = 1 "));
    y[0] = NAN;
    ck_assert_int_eq(attndyn_midpoint_solve(ctx, &problem, 0, 1, 1, y), ATTNDYN_RUN_FAILED);
}

TEST(is_interrupted) {
    const struct attndyn_ode_problem problem = {.n = 2, .rhs = oscillator};
    double y[2] = {1, 0};
    attndyn_interrupt_by(ctx, &flag);
    interrupt_at = 100;
    ck_assert_int_eq(attndyn_midpoint_solve(ctx, &problem, 0, 0.1, 1000, y), ATTNDYN_INTERRUPTED);
    ck_assert_int_lt(calls, 150);
}

TCASE(midpoint) {
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_tests(tcase, turns_the_oscillator, a_slope_that_is_no_number, nothing_but_nan,
                    a_state_that_overflows, is_interrupted);
}
