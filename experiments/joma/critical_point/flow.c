/* The flow of the squared loss, and of constant a_c. */
#include "critical_point.h"

#include "experiments/shared/solve.h"
#include "sim/model/joma/isotropic.h"
#include "theory/joma/critical.h"
#include "theory/joma/isotropic.h"

#include <string.h>

/* Coefficients of the squared-loss flow and of the flow with constant a_c. */
int critical_point_reactive(size_t c, double r, double n, double *alpha, double *beta, void *user) {
    const struct instance *in = user;
    if (!(n > 0)) return 1;
    attndyn_critical_coefficients(in->critical.target[c], in->critical.sigma, r, n, alpha, beta);
    *alpha *= in->share[c];
    *beta *= in->share[c];
    return 0;
}
static int constant(size_t c, double r, double n, double *alpha, double *beta, void *user) {
    const struct instance *in = user;
    struct attndyn_theta relu = {.activation = ATTNDYN_THETA_RELU, .sigma = in->critical.sigma};
    if (!(n > 0)) return 1;
    attndyn_theta_gauss(&relu, r, n, alpha, beta);
    *alpha *= in->weights[c];
    *beta *= in->weights[c];
    return 0;
}

struct leg {
    struct instance *in;
    struct attndyn_isotropic model;
    double *values; /* (points, d + 1 + quadratures) or NULL */
    size_t width;
};
static int flow_rhs(double t, const double *y, double *dydt, void *user) {
    struct leg *leg = user;
    return attndyn_isotropic_rhs(t, y, dydt, &leg->model);
}
static int flow_objective(double t, const double *y, double *dqdt, void *user) {
    (void)t;
    struct leg *leg = user;
    dqdt[0] = attndyn_critical_objective(&leg->in->critical, leg->in->weights, y);
    return 0;
}
static enum attndyn_status flow_output(void *user, size_t index, double t, const double *y) {
    (void)t;
    struct leg *leg = user;
    memcpy(leg->values + index * leg->width, y, leg->width * sizeof *y);
    return ATTNDYN_OK;
}

enum attndyn_status critical_point_integrate(struct instance *in, const double *weights,
                                             enum attndyn_ode_method method, const double *times,
                                             size_t n_times, double *values, double *y,
                                             const char *label) {
    size_t d = in->critical.dimension;
    struct leg leg = {in,
                      {d, in->critical.clusters, in->critical.centres,
                       weights ? constant : critical_point_reactive, in},
                      values,
                      d + 1 + (weights != NULL)};
    struct attndyn_ode_problem problem = {.n = d + 1,
                                          .rhs = flow_rhs,
                                          .quadratures = weights != NULL,
                                          .quadrature = weights ? flow_objective : NULL,
                                          .user = &leg};
    struct attndyn_ode_options options = solve_within(method, in->p->rtol, 1e-2 * in->p->rtol);
    options.step = in->p->step;
    struct attndyn_ode_observer observer = {.output = flow_output, .user = &leg};
    in->weights = weights;
    memcpy(y, in->w0, (d + 1) * sizeof *y);
    if (weights) y[d + 1] = 0;
    return solve_recorded(in->run, label, &problem, &options, y, times, n_times,
                          values ? &observer : NULL);
}
