/* What cannot be integrated ends in a status and a message that says when, why and what to do. */
#include "sim/num/ode.h"
#include "tests/fixture.h"

#include <float.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static const enum attndyn_ode_method all_methods[] = {ATTNDYN_ODE_ADAMS,      ATTNDYN_ODE_BDF_DENSE,
                                                      ATTNDYN_ODE_BDF_KRYLOV, ATTNDYN_ODE_RK4,
                                                      ATTNDYN_ODE_DOP853,     ATTNDYN_ODE_EULER};

static struct attndyn_ode_options options_of(enum attndyn_ode_method method) {
    struct attndyn_ode_options o = attndyn_ode_defaults(method);
    o.step = 0.01;
    return o;
}

#define assert_message(text)                                                                       \
    ck_assert_msg(strstr(attndyn_message(ctx), (text)) != NULL, "'%s' is not in the message: %s",  \
                  (text), attndyn_message(ctx))

static int decay(double t, const double *y, double *dydt, void *user) {
    (void)t, (void)user;
    dydt[0] = -y[0];
    return 0;
}

/* y' = y^2 from 1 blows up at t = 1. */
static int blow_up(double t, const double *y, double *dydt, void *user) {
    (void)t, (void)user;
    dydt[0] = y[0] * y[0];
    return 0;
}

/* NaN from t = 0.5 on; y' = 1 before. */
static int nan_later(double t, const double *y, double *dydt, void *user) {
    (void)y, (void)user;
    dydt[0] = t > 0.5 ? NAN : 1;
    return 0;
}

/* y rests at 0 and is pushed towards 1 from t = 1 on; infinite above 1.01, which the solution
 * never reaches but a trial step does: to be retried shorter, not reported. */
static int fenced(double t, const double *y, double *dydt, void *user) {
    bool outside = y[0] > 1.01;
    *(long *)user += outside;
    dydt[0] = outside ? INFINITY : t > 1 ? 1000 * (1 - y[0]) : 0;
    return 0;
}

static int gives_up(double t, const double *y, double *dydt, void *user) {
    dydt[0] = -y[0];
    if (t <= 0.25) return 0;
    attndyn_fail(user, ATTNDYN_RUN_FAILED, "the oracle is silent");
    return -1;
}

static int refuses(double t, const double *y, double *dydt, void *user) {
    (void)user;
    dydt[0] = -y[0];
    return t > 0.25;
}

static enum attndyn_status solve(int (*rhs)(double, const double *, double *, void *), void *user,
                                 const struct attndyn_ode_options *o, double start, double end,
                                 double *reached, double *y) {
    struct attndyn_ode_problem p = {.n = 1, .rhs = rhs, .user = user};
    struct attndyn_ode_statistics st;
    *y = start;
    enum attndyn_status status = attndyn_ode_solve(ctx, &p, o, 0, y, &end, 1, NULL, &st);
    *reached = st.t_reached;
    return status;
}

TEST(max_steps_named) {
    double reached, y;
    struct attndyn_ode_options o = options_of(all_methods[_i]);
    o.max_steps = 20;
    ck_assert_int_eq(solve(decay, NULL, &o, 1, 50, &reached, &y), ATTNDYN_RUN_FAILED);
    assert_message("max_steps = 20");
    assert_message("raise max_steps");
    assert_message(attndyn_ode_method_name(all_methods[_i]));
    ck_assert(reached > 0 && reached < 50);
    assert_relative(y, exp(-reached), 0.01); /* the state reached is returned */
}

TEST(more_than_500_steps) { /* CVODE's default limit on steps must not apply */
    double reached, y;
    struct attndyn_ode_options o = options_of(ATTNDYN_ODE_ADAMS);
    o.max_step = 1e-3;
    assert_ok(ctx, solve(decay, NULL, &o, 1, 2, &reached, &y));
    assert_relative(y, exp(-2), 1e-8);
}

TEST(blow_up_named) {
    double reached, y;
    struct attndyn_ode_options o = options_of(all_methods[_i]);
    ck_assert_int_eq(solve(blow_up, NULL, &o, 1, 2, &reached, &y), ATTNDYN_RUN_FAILED);
    assert_message("stopped at t = ");
    if (_i < 3 || _i == 4) {
        assert_near(reached, 1, 1e-6);
        assert_message("blows up");
    } else {
        assert_message("not finite");
        ck_assert(reached > 0.9 && reached < 1.4);
    }
}

/* Every message comes through the context; the libraries print nothing. */
TEST(failures_are_silent) {
    FILE *heard = tmpfile();
    ck_assert_ptr_nonnull(heard);
    fflush(stdout);
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    ck_assert(dup2(fileno(heard), STDOUT_FILENO) >= 0 && dup2(fileno(heard), STDERR_FILENO) >= 0);
    enum attndyn_status status[6];
    double reached, y;
    for (size_t i = 0; i < 6; i++) {
        struct attndyn_ode_options o = options_of(all_methods[i]);
        status[i] = solve(blow_up, NULL, &o, 1, 2, &reached, &y);
    }
    fflush(stdout);
    ck_assert(dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0);
    close(out), close(err);
    ck_assert_int_eq(fseek(heard, 0, SEEK_END), 0);
    ck_assert_int_eq(ftell(heard), 0);
    fclose(heard);
    for (size_t i = 0; i < 6; i++) ck_assert_int_eq(status[i], ATTNDYN_RUN_FAILED);
}

TEST(nan_named) {
    double reached, y;
    struct attndyn_ode_options o = options_of(all_methods[_i]);
    ck_assert_int_eq(solve(nan_later, NULL, &o, 0, 2, &reached, &y), ATTNDYN_RUN_FAILED);
    assert_message("the right-hand side is not finite: entry 0 is");
    assert_message("nan at t = 0.5");
    assert_near(reached, 0.5, 0.02);
    assert_near(y, reached, 1e-9);
}

TEST(infinity_on_a_trial_step_is_retried) {
    for (size_t i = 0; i < 5; i++) {
        if (i == 3) continue; /* rk4 */
        double reached, y;
        long outside = 0;
        struct attndyn_ode_options o = options_of(all_methods[i]);
        o.rtol = o.atol = 1e-3;
        assert_ok(ctx, solve(fenced, &outside, &o, 0, 2, &reached, &y));
        assert_near(y, 1, 5e-3);
        if (i == 0) ck_assert_int_gt(outside, 0); /* make sure that the case occurred */
    }
}

TEST(callbacks_that_give_up) {
    double reached, y;
    struct attndyn_ode_options o = options_of(all_methods[_i]);
    ck_assert_int_eq(solve(gives_up, ctx, &o, 1, 1, &reached, &y), ATTNDYN_RUN_FAILED);
    assert_message("the right-hand side gave up");
    assert_message("the oracle is silent");
    ck_assert_int_eq(solve(refuses, NULL, &o, 1, 1, &reached, &y), ATTNDYN_RUN_FAILED);
    assert_message("the right-hand side cannot be evaluated");
}

static int bad_event(double t, const double *y, double *g, void *user) {
    (void)y, (void)user;
    g[0] = t > 0.3 ? NAN : 1;
    return 0;
}

static int bad_quadrature(double t, const double *y, double *dqdt, void *user) {
    (void)y, (void)user;
    dqdt[0] = t > 0.3 ? INFINITY : 1;
    return 0;
}

TEST(events_and_quadratures_must_be_finite) {
    struct attndyn_ode_options o = options_of(all_methods[_i]);
    struct attndyn_ode_problem p = {.n = 1, .rhs = decay, .events = 1, .event = bad_event};
    double y[2] = {1, 0}, end = 1;
    ck_assert_int_eq(attndyn_ode_solve(ctx, &p, &o, 0, y, &end, 1, NULL, NULL), ATTNDYN_RUN_FAILED);
    assert_message("the event function is not finite");
    p = (struct attndyn_ode_problem){
        .n = 1, .rhs = decay, .quadratures = 1, .quadrature = bad_quadrature};
    y[0] = 1, y[1] = 0;
    ck_assert_int_eq(attndyn_ode_solve(ctx, &p, &o, 0, y, &end, 1, NULL, NULL), ATTNDYN_RUN_FAILED);
    assert_message("the quadrature is not finite");
}

TEST(interruption) {
    const volatile int flag = 1;
    double reached, y;
    struct attndyn_ode_options o = options_of(all_methods[_i]);
    attndyn_interrupt_by(ctx, &flag);
    ck_assert_int_eq(solve(decay, NULL, &o, 1, 1, &reached, &y), ATTNDYN_INTERRUPTED);
    assert_message("interrupted at t = 0");
}

static enum attndyn_status observer_fails(void *user, size_t index, double t, const double *y) {
    (void)t, (void)y;
    if (index < 2) return ATTNDYN_OK;
    return attndyn_fail(user, ATTNDYN_IO, "no room for row %zu", index);
}

TEST(observer_status_comes_through) {
    struct attndyn_ode_options o = options_of(all_methods[_i]);
    struct attndyn_ode_problem p = {.n = 1, .rhs = decay};
    struct attndyn_ode_observer observer = {.output = observer_fails, .user = ctx};
    double y = 1, times[4] = {0.1, 0.2, 0.3, 0.4};
    ck_assert_int_eq(attndyn_ode_solve(ctx, &p, &o, 0, &y, times, 4, &observer, NULL), ATTNDYN_IO);
    ck_assert_str_eq(attndyn_message(ctx), "no room for row 2");
}

TEST(misuse_is_refused) {
    struct attndyn_ode_problem p = {.n = 1, .rhs = decay};
    struct attndyn_ode_options good = options_of(ATTNDYN_ODE_ADAMS), o;
    double y = 1, time = 1, falling[2] = {1, 0.5};
#define refused(text)                                                                              \
    do {                                                                                           \
        ck_assert_int_eq(attndyn_ode_solve(ctx, &p, &o, 0, &y, &time, 1, NULL, NULL),              \
                         ATTNDYN_USAGE);                                                           \
        assert_message(text);                                                                      \
        o = good;                                                                                  \
    } while (0)
    o = good, o.rtol = -1;
    refused("rtol = -1");
    o.rtol = NAN;
    refused("rtol = nan");
    o.atol = -1;
    refused("atol[0] = -1");
    o.max_order = 13;
    refused("max_order = 13, its highest is 12");
    o.method = (enum attndyn_ode_method)9;
    refused("no integration method number 9");
    o.method = ATTNDYN_ODE_RK4, o.step = 0;
    refused("rk4: step = 0");
    o.max_steps = -1;
    refused("max_steps = -1");
    ck_assert_int_eq(attndyn_ode_solve(ctx, &p, &good, 0, &y, falling, 2, NULL, NULL),
                     ATTNDYN_USAGE);
    assert_message("output time 1 is 0.5 after 1");
    time = 1e8 * (1 + DBL_EPSILON);
    ck_assert_int_eq(attndyn_ode_solve(ctx, &p, &good, 1e8, &y, &time, 1, NULL, NULL),
                     ATTNDYN_USAGE);
    assert_message("too close");
    y = NAN;
    ck_assert_int_eq(attndyn_ode_solve(ctx, &p, &good, 0, &y, &time, 1, NULL, NULL),
                     ATTNDYN_RUN_FAILED);
    assert_message("initial state");
    /* Nothing to scale the error by. */
    o = good, o.atol = 0, y = 0, time = 1;
    ck_assert_int_eq(attndyn_ode_solve(ctx, &p, &o, 0, &y, &time, 1, NULL, NULL),
                     ATTNDYN_RUN_FAILED);
    assert_message("rtol |y| + atol is 0 for entry 0");
}

static size_t heap_in_use(void) {
#ifdef __GLIBC__
    return mallinfo2().uordblks;
#else
    return 0; /* the leak sanitizer still looks */
#endif
}

static int zero_quadrature(double t, const double *y, double *dqdt, void *user) {
    (void)t, (void)y, (void)user;
    dqdt[0] = 0;
    return 0;
}

static int no_event(double t, const double *y, double *g, void *user) {
    (void)t, (void)y, (void)user;
    g[0] = 1;
    return 0;
}

/* Every allocation is made to fail in turn: always the status, never a leak. The allocator's caches
 * settle in the first rounds; after them the heap must not grow with the rounds. */
TEST(out_of_memory) {
    struct attndyn_ode_problem p = {.n = 1,
                                    .quadratures = 1,
                                    .rhs = decay,
                                    .quadrature = zero_quadrature,
                                    .events = 1,
                                    .event = no_event};
    for (size_t i = 0; i < 6; i++) {
        struct attndyn_ode_options o = options_of(all_methods[i]);
        enum attndyn_status status = ATTNDYN_NO_MEMORY;
        double y[2] = {1, 0}, end = 1;
        for (uint64_t n = 1; status == ATTNDYN_NO_MEMORY; n++) {
            const int rounds = 200;
            size_t settled = 0;
            for (int round = 0; round < 20 + rounds; round++) {
                if (round == 20) settled = heap_in_use();
                y[0] = 1, y[1] = 0;
                attndyn_fail_allocation(ctx, n);
                status = attndyn_ode_solve(ctx, &p, &o, 0, y, &end, 1, NULL, NULL);
                attndyn_fail_allocation(ctx, 0);
            }
            /* no block is smaller than 24 bytes: one a round would show */
            ck_assert_uint_lt(heap_in_use(), settled + 16 * (size_t)rounds);
            ck_assert(status == ATTNDYN_NO_MEMORY || n > 1);
            ck_assert_uint_lt(n, 20);
        }
        assert_ok(ctx, status);
        assert_relative(y[0], exp(-1), 1e-2);
    }
}

TCASE(ode_failures) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_each(tcase, max_steps_named, all_methods);
    tcase_add_each(tcase, blow_up_named, all_methods);
    tcase_add_each(tcase, nan_named, all_methods);
    tcase_add_each(tcase, callbacks_that_give_up, all_methods);
    tcase_add_each(tcase, events_and_quadratures_must_be_finite, all_methods);
    tcase_add_each(tcase, interruption, all_methods);
    tcase_add_each(tcase, observer_status_comes_through, all_methods);
    tcase_add_tests(tcase, more_than_500_steps, failures_are_silent,
                    infinity_on_a_trial_step_is_retried, misuse_is_refused, out_of_memory);
}
