/* What the critical points of the squared-loss ReLU flow are. flow.c integrates the flows,
 * newton.c finds the critical points, critical_point.c emits, claims.c judges. */
#ifndef JOMA_CRITICAL_POINT_CRITICAL_POINT_H
#define JOMA_CRITICAL_POINT_CRITICAL_POINT_H

#include "experiments/frame/contract/typed.h"
#include "sim/model/joma/isotropic.h"
#include "theory/joma/critical.h"

#define CRITICAL_POINT(X)                                                                          \
    X(REALS, centres, "2,0.5,0,0,1.5,1", "centres of the clusters, C x d row by row")              \
    X(REALS, targets, "1,0", "y_c of each cluster (this sets C)")                                  \
    X(REALS, probabilities, "", "P(c), normalised; empty: all the same", IN(0, 1e300))             \
    X(REAL, sigma, "0.3", "standard deviation of the noise in each coordinate", IN(1e-12, 1e12))   \
    X(REALS, v0, "0.1,-0.05,0.05", "v(0): d numbers, or one for all")                              \
    X(REAL, xi0, "0", "xi(0)")                                                                     \
    X(REAL, t_end, "20", "length of the flow", IN(1e-12, 1e12), .unit = "time")                    \
    X(INT, points, "101", "output times of each flow", IN(2, 1000000))                             \
    X(REAL, t_settle, "4000",                                                                      \
      "time to stationarity, some 60 times the slowest of the Jacobian's times", IN(1e-12, 1e15),  \
      .unit = "time")                                                                              \
    X(METHOD, method, "adams", "integrator")                                                       \
    X(METHOD, second_method, "bdf-dense", "a second integrator, for comparison")                   \
    X(REAL, rtol, "1e-12", "relative tolerance", IN(1e-14, 1e-2))                                  \
    X(REAL, step, "0.001", "step of rk4 and euler", IN(1e-12, 1e6), .unit = "time",                \
      .only = "method=rk4|euler")                                                                  \
    X(INT, starts, "200", "random starts of Newton's method", IN(0, 1000000))                      \
    X(REAL, start_scale, "0.5", "their scale: times N(0, 1)", IN(1e-12, 1e12))                     \
    X(INT, samples, "200000", "Monte Carlo samples of each cluster, for the field at the start",   \
      IN(100, 1e12))                                                                               \
    X(INT, seed, "1", "seed of starts and samples")                                                \
    X(REALS, a, "0.5,-0.5",                                                                        \
      "constant a_c of the flow without a finite attractor; -a and -|a| are run as well; empty: "  \
      "none")                                                                                      \
    X(REAL, t_constant, "300", "length of those flows", IN(1e-12, 1e12), .unit = "time")
PARAMS(critical_point, CRITICAL_POINT)

#define FLOW(X)                                                                                    \
    X(REAL, t, "time", .unit = "time")                                                             \
    X(REAL, norm, "||v||")                                                                         \
    X(REAL, xi, "xi")                                                                              \
    X(REAL, loss, "(1/2) sum P_c E (y_c - h)^2")
TABLE(flow, FLOW, "the squared-loss flow")

#define TRAJECTORY(X)                                                                              \
    X(REAL, t, "time", .unit = "time")                                                             \
    X(INT, component, "0 ... d-1: v; d: xi")                                                       \
    X(REAL, value, "v_j or xi")
TABLE(trajectory, TRAJECTORY, "its components")

#define FIELD(X)                                                                                   \
    X(INT, component, "0 ... d-1: v; d: xi")                                                       \
    X(REAL, theory, "closed form")                                                                 \
    X(REAL, estimate, "mean")                                                                      \
    X(REAL, error, "one standard error")                                                           \
    X(REAL, z, "(estimate - theory)/error")
TABLE(field, FIELD,
      "d(v, xi)/dt at the start: closed form and drawn "
      "samples")

#define COSINES(X)                                                                                 \
    X(INT, cluster, "c")                                                                           \
    X(OPTIONAL, centre, "cosine with centre_c")                                                    \
    X(OPTIONAL, difference, "cosine with centre_0 - centre_c")
TABLE(cosines, COSINES,
      "the direction of the critical v that the flow "
      "reaches")

#define EIGENVALUES(X)                                                                             \
    X(INT, index, "ascending")                                                                     \
    X(REAL, value, "1/time")
TABLE(eigenvalues, EIGENVALUES, "of the Jacobian there")

#define POINTS(X)                                                                                  \
    X(INT, point, "in the order found")                                                            \
    X(REAL, norm, "||v||")                                                                         \
    X(REAL, xi, "xi")                                                                              \
    X(REAL, loss, "loss")                                                                          \
    X(REAL, residual, "largest component of the field")                                            \
    X(REAL, outside, "distance of v from the span of differences, over ||v||")                     \
    X(REAL, cosine, "largest |cosine| of v with a centre")                                         \
    X(INT, unstable, "positive eigenvalues: 0 for an attractor")
TABLE(points, POINTS,
      "critical points from random starts of Newton's "
      "method, each once")

#define CONSTANT(X)                                                                                \
    X(TEXT_AS("case"), which, "a, -a or -|a|")                                                     \
    X(REAL, t, "time", .unit = "time")                                                             \
    X(REAL, norm, "||v||")                                                                         \
    X(REAL, xi, "xi")                                                                              \
    X(REAL, objective, "J = sum a_c E h, which the flow climbs")                                   \
    X(OPTIONAL, bound, "||(v, xi)(0)||^2 + 2 J(0) t if J(0) > 0")
TABLE(constant, CONSTANT, "flows with constant a_c, with -a_c and with -|a_c|")

#define OUTCOME(X)                                                                                 \
    X(REAL, integrators, "difference of the two integrators at t_end, relative")                   \
    X(REAL, loss_rise, "largest rise of the loss between outputs")                                 \
    X(REAL, field_z, "largest |z| of the sampled field")                                           \
    X(REAL, settled_field, "largest component of the field at t_settle", .unit = "1/time")         \
    X(OPTIONAL, residual, "the same at Newton's point", .unit = "1/time")                          \
    X(OPTIONAL, routes, "flow to stationarity against Newton, relative")                           \
    X(OPTIONAL, outside_span, "distance of v* from the span of centre differences, over ||v*||")   \
    X(OPTIONAL, best_cosine, "largest |cosine| of v* with a centre")                               \
    X(OPTIONAL, centre_outside, "least distance of a centre from that span, over its length")      \
    X(OPTIONAL, rate_spread, "fastest over slowest rate at the critical point")                    \
    X(OPTIONAL, model_spread, "the same for dv/dt = (mu - v) o exp(v^2/2), mu = v*")               \
    X(OPTIONAL, jacobian_error, "Jacobian against differences of the right-hand side")             \
    X(REAL, points_found, "different critical points from random starts")                          \
    X(REAL, starts_dead, "starts from which the node died")                                        \
    X(REAL, starts_stuck, "starts from which Newton's method found none")                          \
    X(REAL, span_dimension, "dimension of the span of centre differences")                         \
    X(OPTIONAL, points_outside_span, "largest distance over all points found")                     \
    X(OPTIONAL, objective0, "constant a: J at the start")                                          \
    X(OPTIONAL, objective0_minus, "constant -a: J at the start")                                   \
    X(OPTIONAL, objective_end, "constant a: J at the end")                                         \
    X(OPTIONAL, objective_end_minus, "constant -a: J at the end")                                  \
    X(OPTIONAL, norm_end, "constant a: ||v|| at the end")                                          \
    X(OPTIONAL, norm_end_minus, "constant -a: ||v|| at the end")                                   \
    X(OPTIONAL, growth_slack, "constant a: least of growth over 2 J(0) t, minus 1")                \
    X(OPTIONAL, growth_slack_minus, "constant -a: the same")                                       \
    X(OPTIONAL, objective0_negative, "constant -|a|: J at the start")                              \
    X(OPTIONAL, objective_end_negative, "constant -|a|: J at the end")                             \
    X(OPTIONAL, norm_end_negative, "constant -|a|: ||v|| at the end")                              \
    X(OPTIONAL, growth_negative, "constant -|a|: growth of ||(v, xi)||^2, relative")               \
    X(OPTIONAL, euler_identity, "||w||^2 against its integral 2 J dt, relative")
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
