/* Long vectors have sums of their own. A problem repeated many times has the norms of the problem
 * itself, so that the solver must take the same steps and find the same solution. */
#include "sim/num/ode.h"
#include "tests/support.h"

#include <stdlib.h>

/* Van der Pol, mu = 20, `count` copies side by side: y = (x, v, x, v, ...). */
struct copies {
    size_t count;
};

static int rhs(double t, const double *y, double *dydt, void *user) {
    (void)t;
    const struct copies *c = user;
    for (size_t i = 0; i < c->count; i++) {
        double x = y[2 * i], v = y[2 * i + 1];
        dydt[2 * i] = v;
        dydt[2 * i + 1] = 20 * (1 - x * x) * v - x;
    }
    return 0;
}

static struct attndyn_ode_statistics solve(struct attndyn_context *ctx,
                                           enum attndyn_ode_method method, size_t count,
                                           double *y) {
    struct copies copies = {count};
    struct attndyn_ode_problem problem = {.n = 2 * count, .rhs = rhs, .user = &copies};
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    options.rtol = 1e-6, options.atol = 1e-8;
    struct attndyn_ode_statistics statistics;
    const double times[] = {1, 12};
    for (size_t i = 0; i < count; i++) y[2 * i] = 2, y[2 * i + 1] = 0;
    assert_ok(ctx, attndyn_ode_solve(ctx, &problem, &options, 0, y, times, 2, NULL, &statistics));
    return statistics;
}

TEST(copies_take_the_steps_of_one) {
    struct attndyn_context *ctx = attndyn_context_create();
    enum attndyn_ode_method method = _i ? ATTNDYN_ODE_BDF_KRYLOV : ATTNDYN_ODE_ADAMS;
    enum { MANY = 2051 }; /* 4102 unknowns: not a multiple of eight */
    double one[2], *many = ATTNDYN_NEW(ctx, double, 2 * MANY);
    struct attndyn_ode_statistics a = solve(ctx, method, 1, one);
    struct attndyn_ode_statistics b = solve(ctx, method, MANY, many);
    ck_assert_int_le(labs(a.steps - b.steps), a.steps / 10);
    for (size_t i = 0; i < MANY; i++) {
        assert_near(many[2 * i], one[0], 1e-4);
        assert_near(many[2 * i + 1], one[1], 1e-4);
    }
    attndyn_context_free(ctx);
}

TCASE(ode_sums) {
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, copies_take_the_steps_of_one, 0, 2);
}
