#include "linear.h"

static int rhs(double t, const double *y, double *dydt, void *user) {
    (void)t;
    const struct attndyn_joma_linear *m = user;
    for (size_t l = 0; l < m->tokens; l++) {
        dydt[l] = m->eta_w * m->delta[l] * y[m->tokens + l];
        dydt[m->tokens + l] = m->eta_z * m->delta[l] * y[l];
    }
    return 0;
}

/* Linear: the Jacobian is the right-hand side itself. */
static int jacobian_times(double t, const double *y, const double *u, double *ju, void *user) {
    (void)y;
    return rhs(t, u, ju, user);
}

struct attndyn_ode_problem attndyn_joma_linear_problem(struct attndyn_joma_linear *model) {
    return (struct attndyn_ode_problem){
        .n = 2 * model->tokens, .rhs = rhs, .jacobian_times = jacobian_times, .user = model};
}
