/* A vector field of one's own, integrated with attndyn's library.
 *
 *   cc pendulum.c $(pkg-config --cflags --libs attndyn) -lm -o pendulum && ./pendulum
 *
 * x'' = -sin x from x = 1 at rest; the energy x'^2/2 - cos x is conserved. */
#include <math.h>
#include <sim/num/ode.h>
#include <stdio.h>

static int pendulum(double t, const double *y, double *dydt, void *user) {
    (void)t, (void)user;
    dydt[0] = y[1];
    dydt[1] = -sin(y[0]);
    return 0;
}

static enum attndyn_status show(void *user, size_t index, double t, const double *y) {
    (void)user, (void)index;
    printf("t = %4.1f  x = %+.9f  energy = %.12f\n", t, y[0], 0.5 * y[1] * y[1] - cos(y[0]));
    return ATTNDYN_OK;
}

int main(void) {
    struct attndyn_context *ctx = attndyn_context_create();
    if (!ctx) return ATTNDYN_NO_MEMORY;
    double y[2] = {1, 0}, times[5];
    attndyn_grid_linear(0, 8, 5, times);
    const struct attndyn_ode_problem problem = {.n = 2, .rhs = pendulum};
    const struct attndyn_ode_options options = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    const struct attndyn_ode_observer observer = {.output = show};
    enum attndyn_status status =
        attndyn_ode_solve(ctx, &problem, &options, 0, y, times, 5, &observer, NULL);
    if (status) fprintf(stderr, "%s\n", attndyn_message(ctx));
    attndyn_context_free(ctx);
    return (int)status;
}
