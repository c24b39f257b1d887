/* What the critical points of the squared-loss ReLU flow are. flow.c integrates the flows,
 * newton.c finds the critical points, critical_point.c emits, claims.c judges. */
#ifndef JOMA_CRITICAL_POINT_CRITICAL_POINT_H
#define JOMA_CRITICAL_POINT_CRITICAL_POINT_H

#include "experiments/frame/contract/typed.h"
#include "sim/model/joma/isotropic.h"
#include "theory/joma/critical.h"

#define CRITICAL_POINT(X)                                                                          \
    X(REALS, centres, "2,0.5,0,0,1.5,1", "centres of the C clusters in d dimensions, row by row")  \
    X(REALS, targets, "1,0", "targets y_c, one for each cluster (this sets C)")                    \
    X(REALS, probabilities, "",                                                                    \
      "probabilities P(c) of the clusters, up to a factor; empty: all the same", IN(0, 1e300))     \
    X(REAL, sigma, "0.3", "standard deviation of the noise in each coordinate", IN(1e-12, 1e12))   \
    X(REALS, v0, "0.1,-0.05,0.05", "v(0), d numbers or one for all")                               \
    X(REAL, xi0, "0", "xi(0), the bias at the start")                                              \
    X(REAL, t_end, "20", "length of the flow", IN(1e-12, 1e12), .unit = "time")                    \
    X(INT, points, "101", "output times of each flow", IN(2, 1000000))                             \
    X(REAL, t_settle, "4000",                                                                      \
      "time t granted until the flow is stationary, some 60 times the slowest of the Jacobian's "  \
      "times",                                                                                     \
      IN(1e-12, 1e15), .unit = "time")                                                             \
    X(METHOD, method, "adams", "integrator")                                                       \
    X(METHOD, second_method, "bdf-dense", "a second integrator, for comparison")                   \
    X(REAL, rtol, "1e-12", "relative tolerance", IN(1e-14, 1e-2))                                  \
    X(REAL, step, "0.001", "step of rk4 and euler", IN(1e-12, 1e6), .unit = "time",                \
      .only = "method=rk4|euler")                                                                  \
    X(INT, starts, "200", "random starts of Newton's method", IN(0, 1000000))                      \
    X(REAL, start_scale, "0.5", "standard deviation of these starts", IN(1e-12, 1e12))             \
    X(INT, samples, "200000", "Monte Carlo samples of each cluster, for the field at the start",   \
      IN(100, 1e12))                                                                               \
    X(INT, seed, "1", "seed of starts and samples")                                                \
    X(REALS, a, "0.5,-0.5",                                                                        \
      "constants a_c, one for each cluster, of the flow without a finite attractor; it is run "    \
      "with -a and -|a| as well; empty: not run")                                                  \
    X(REAL, t_constant, "300", "length of these flows", IN(1e-12, 1e12), .unit = "time")
PARAMS(critical_point, CRITICAL_POINT)

#define FLOW(X)                                                                                    \
    X(REAL, t, "time t", .unit = "time t")                                                         \
    X(REAL, norm, "||v||, v the weights")                                                          \
    X(REAL, xi, "bias xi")                                                                         \
    X(REAL, loss, "loss, (1/2) sum_c P(c) E (y_c - h)^2, h the node's output")
TABLE(flow, FLOW, "the squared-loss flow")

#define TRAJECTORY(X)                                                                              \
    X(REAL, t, "time t", .unit = "time t")                                                         \
    X(INT, component, "0 ... d-1: v; d: xi")                                                       \
    X(REAL, value, "v_j or xi")
TABLE(trajectory, TRAJECTORY, "the squared-loss flow, component by component")

#define FIELD(X)                                                                                   \
    X(INT, component, "0 ... d-1: v; d: xi")                                                       \
    X(REAL, theory, "the field in closed form")                                                    \
    X(REAL, estimate, "its mean over samples")                                                     \
    X(REAL, error, "standard error of that mean")                                                  \
    X(REAL, z, "(estimate - theory)/error")
TABLE(field, FIELD,
      "d(v, xi)/dt at the start: closed form and drawn "
      "samples")

#define COSINES(X)                                                                                 \
    X(INT, cluster, "cluster c")                                                                   \
    X(OPTIONAL, centre, "cosine of v* with the centre of cluster c")                               \
    X(OPTIONAL, difference, "cosine of v* with the difference of the centres of clusters 0 and c")
TABLE(cosines, COSINES,
      "the direction of the critical v that the flow "
      "reaches")

#define EIGENVALUES(X)                                                                             \
    X(INT, index, "place, ascending")                                                              \
    X(REAL, value, "eigenvalue, in 1/time")
TABLE(eigenvalues, EIGENVALUES, "eigenvalues of the Jacobian at the critical point")

#define POINTS(X)                                                                                  \
    X(INT, point, "number, in the order found")                                                    \
    X(REAL, norm, "||v||, v the weights")                                                          \
    X(REAL, xi, "bias xi")                                                                         \
    X(REAL, loss, "loss at the point")                                                             \
    X(REAL, residual, "largest component of the field")                                            \
    X(REAL, outside, "distance of v from the span of the centres' differences, over ||v||")        \
    X(REAL, cosine, "largest |cosine| of v with a centre")                                         \
    X(INT, unstable, "positive eigenvalues of the Jacobian: 0 for an attractor")
TABLE(points, POINTS,
      "critical points from random starts of Newton's "
      "method, each once")

#define CONSTANT(X)                                                                                \
    X(TEXT_AS("case"), which, "a, -a or -|a|")                                                     \
    X(REAL, t, "time t", .unit = "time t")                                                         \
    X(REAL, norm, "||v||, v the weights")                                                          \
    X(REAL, xi, "bias xi")                                                                         \
    X(REAL, objective, "J = sum a_c E h, which the flow climbs")                                   \
    X(OPTIONAL, bound, "lower bound of ||(v, xi)||^2: ||(v, xi)(0)||^2 + 2 J(0) t, for J(0) > 0")
TABLE(constant, CONSTANT, "flows with constant a_c, with -a_c and with -|a_c|")

#define OUTCOME(X)                                                                                 \
    X(REAL, integrators, "relative difference of the two integrators at t_end")                    \
    X(REAL, loss_rise, "largest rise of the loss between outputs")                                 \
    X(REAL, field_z,                                                                               \
      "largest difference of the sampled field from the closed form, in standard errors")          \
    X(REAL, settled_field, "largest component of the field at t_settle", .unit = "1/time")         \
    X(OPTIONAL, residual, "the same at Newton's point", .unit = "1/time")                          \
    X(OPTIONAL, routes, "relative difference of the stationary flow and Newton's point")           \
    X(OPTIONAL, outside_span,                                                                      \
      "distance of the critical point v* from the span of the centres' differences, over ||v*||")  \
    X(OPTIONAL, best_cosine, "largest |cosine| of v* with a centre")                               \
    X(OPTIONAL, centre_outside,                                                                    \
      "least distance of a centre from the span of the centres' differences, over its length")     \
    X(OPTIONAL, rate_spread, "fastest over slowest rate at the critical point")                    \
    X(OPTIONAL, model_spread, "the same for dv/dt = (mu - v) o exp(v^2/2), mu = v*")               \
    X(OPTIONAL, jacobian_error,                                                                    \
      "largest difference of the Jacobian from differences of the right-hand side")                \
    X(REAL, points_found, "different critical points from random starts")                          \
    X(REAL, starts_dead, "starts from which the node died")                                        \
    X(REAL, starts_stuck, "starts from which Newton's method found no point")                      \
    X(REAL, span_dimension, "dimension of the span of the centres' differences")                   \
    X(OPTIONAL, points_outside_span,                                                               \
      "largest distance from that span, over ||v||, over all points found")                        \
    X(OPTIONAL, objective0, "constant a: J at the start")                                          \
    X(OPTIONAL, objective0_minus, "constant -a: J at the start")                                   \
    X(OPTIONAL, objective_end, "constant a: J at the end")                                         \
    X(OPTIONAL, objective_end_minus, "constant -a: J at the end")                                  \
    X(OPTIONAL, norm_end, "constant a: ||v|| at the end")                                          \
    X(OPTIONAL, norm_end_minus, "constant -a: ||v|| at the end")                                   \
    X(OPTIONAL, growth_slack, "constant a: least growth of ||(v, xi)||^2 over 2 J(0) t, less 1")   \
    X(OPTIONAL, growth_slack_minus,                                                                \
      "constant -a: least growth of ||(v, xi)||^2 over 2 J(0) t, less 1")                          \
    X(OPTIONAL, objective0_negative, "constant -|a|: J at the start")                              \
    X(OPTIONAL, objective_end_negative, "constant -|a|: J at the end")                             \
    X(OPTIONAL, norm_end_negative, "constant -|a|: ||v|| at the end")                              \
    X(OPTIONAL, growth_negative, "constant -|a|: relative growth of ||(v, xi)||^2")                \
    X(OPTIONAL, euler_identity,                                                                    \
      "relative difference of the growth of ||(v, xi)||^2 from the integral of 2 J dt")
SCALARS(outcome, OUTCOME)

struct instance {
    const struct trial *run;
    const struct critical_point *p;
    struct attndyn_critical critical;
    struct attndyn_critical_workspace *work;
    double *w0;            /* (d + 1) */
    double *share;         /* P_c: (C) */
    const double *weights; /* constant a_c of the flow in hand: (C) */
};

/* From w(0) through `times`; y (d + 1, one more with weights): the end. values NULL: the end alone.
 * weights: constant a_c; NULL: the squared loss. */
enum attndyn_status critical_point_integrate(struct instance *in, const double *weights,
                                             enum attndyn_ode_method method, const double *times,
                                             size_t n_times, double *values, double *y,
                                             const char *label);
/* The right-hand side of the squared loss, for attndyn_isotropic. */
int critical_point_reactive(size_t c, double r, double n, double *alpha, double *beta, void *user);
enum attndyn_status critical_point_newton(struct instance *in);

extern const struct check *const critical_point_claims[];

#endif
