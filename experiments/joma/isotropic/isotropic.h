/* Theorem 3 of JoMA: one nonlinear node on isotropic clusters. instance.c draws one, flow.c
 * integrates it, averages.c holds theta and its averages against quadrature and samples, claims.c
 * judges. */
#ifndef JOMA_ISOTROPIC_ISOTROPIC_H
#define JOMA_ISOTROPIC_ISOTROPIC_H

#include "experiments/frame/contract/typed.h"
#include "sim/base/random.h"
#include "sim/model/joma/activation.h"
#include "theory/joma/isotropic.h"

#define ISOTROPIC(X)                                                                               \
    X(REALS, centres, "",                                                                          \
      "centres of the C clusters in d dimensions, row by row; empty: drawn, centre_scale N(0, "    \
      "1)")                                                                                        \
    X(REALS, weights, "0.5,-0.3,0.8", "a_c = P(c) E[g|c], one for each cluster (this sets C)")     \
    X(INT, d, "6", "dimensions d of drawn centres", IN(1, 100000))                                 \
    X(REAL, sigma, "0.7", "standard deviation of the noise in each coordinate", IN(1e-12, 1e12))   \
    X(REALS, v0, "",                                                                               \
      "v(0), d numbers or one for all; empty: drawn after the centres, v_scale N(0, 1)")           \
    X(REAL, xi0, "0.2", "xi(0), the bias at the start")                                            \
    X(ENUM(attndyn_theta_activation, ATTNDYN_THETA_ACTIVATIONS), activation, "relu",               \
      "activation phi of the flow")                                                                \
    X(REAL, slope, "0.1", "leaky-relu: phi' left of 0", IN(-10, 10))                               \
    X(REAL, t_end, "10", "length of the flow", IN(1e-12, 1e12), .unit = "time")                    \
    X(INT, points, "101", "output times of the flow", IN(2, 1000000))                              \
    X(METHOD, method, "adams", "integrator of the flow")                                           \
    X(METHOD, second_method, "bdf-dense", "a second integrator, for comparison")                   \
    X(REAL, rtol, "1e-12", "relative tolerance", IN(1e-14, 1e-2))                                  \
    X(REAL, step, "0.001", "step of rk4 and euler", IN(1e-12, 1e6), .unit = "time",                \
      .only = "method=rk4|euler")                                                                  \
    X(REAL, v_limit, "1e6",                                                                        \
      "the flow ends where ||v|| reaches it (quadratic and cubic activations grow without bound)", \
      IN(1e-6, 1e100))                                                                             \
    X(INT, seed, "11", "seed of drawn centres, v(0) and samples")                                  \
    X(ENUM(attndyn_random_kind, ATTNDYN_RANDOM_KINDS), rng, "splitmix",                            \
      "generator of drawn centres and v(0)")                                                       \
    X(REAL, centre_scale, "1.5", "scale of drawn centres", IN(0, 1e12))                            \
    X(REAL, v_scale, "0.8", "scale of a drawn v(0)", IN(1e-12, 1e12))                              \
    X(REALS, theta_r, "-6,-3,-1.2,-0.4,0,0.4,1.2,3,6", "pre-activations r of the table theta",     \
      IN(-1e6, 1e6))                                                                               \
    X(REALS, theta_n, "0.3,1.3,5", "norms ||v|| of the table theta", IN(1e-6, 1e6))                \
    X(REALS, sphere_d, "2,3,10", "dimensions of the noise on the sphere (ReLU)", IN(2, 1e6))       \
    X(REAL, radius, "1", "radius of that sphere", IN(1e-12, 1e12))                                 \
    X(INT, samples, "1000000", "Monte Carlo samples of each cluster", IN(100, 1e12))               \
    X(REALS, targets, "",                                                                          \
      "y_c of the reactive gradient g = y_c - h, P(c) = 1/C; empty: 1, 0, 1, 0, ...")              \
    X(REAL, t_drawn, "2", "length of the flow on drawn samples (0: none)", IN(0, 1e12),            \
      .unit = "time")                                                                              \
    X(INT, drawn_samples, "6000", "samples of each cluster in that flow", IN(2, 100000000))        \
    X(INT, drawn_flows, "16", "independent flows on drawn samples", IN(4, 10000))                  \
    X(INT, drawn_steps, "100", "Runge-Kutta steps of each of these flows", IN(1, 1000000))
PARAMS(isotropic, ISOTROPIC)

#define THETA(X)                                                                                   \
    X(TEXT, noise, "gauss or sphere")                                                              \
    X(TEXT, activation, "activation phi")                                                          \
    X(INT, d, "dimension of the noise on the sphere; 0 for gauss")                                 \
    X(REAL, r, "pre-activation r at the cluster's centre")                                         \
    X(REAL, n, "n = ||v||")                                                                        \
    X(REAL, theta1, "theta_1 in closed form")                                                      \
    X(REAL, theta2, "theta_2 in closed form")                                                      \
    X(OPTIONAL, quadrature1, "theta_1 = n E phi' by quadrature of phi'")                           \
    X(OPTIONAL, quadrature2, "theta_2 = n^2 E[phi' s] by quadrature of phi'")                      \
    X(OPTIONAL, weak1, "theta_1 by quadrature of phi")                                             \
    X(OPTIONAL, weak2, "theta_2 by quadrature of phi")                                             \
    X(OPTIONAL, deviation,                                                                         \
      "largest difference of the closed forms from the quadrature of phi', over its scale")        \
    X(OPTIONAL, weak_deviation, "the same for the quadrature of phi")
TABLE(theta, THETA,
      "closed forms beside quadrature; noise gauss "
      "(sigma) or sphere (radius, ReLU)")

#define CURVES(X)                                                                                  \
    X(TEXT, activation, "activation phi")                                                          \
    X(REAL, r, "pre-activation r at the cluster's centre")                                         \
    X(REAL, theta1, "theta_1 in closed form")                                                      \
    X(REAL, theta2, "theta_2 in closed form")
TABLE(curves, CURVES,
      "theta_1, theta_2 against r at the run's sigma and "
      "n = ||v(0)||")

#define MONTECARLO(X)                                                                              \
    X(TEXT, noise, "gauss or sphere")                                                              \
    X(TEXT, activation, "activation phi")                                                          \
    X(INT, component, "0 ... d-1: of x; d: E[g h'] itself")                                        \
    X(REAL, theory, "value by Theorem 3")                                                          \
    X(REAL, estimate, "mean over samples")                                                         \
    X(REAL, error, "standard error of that mean, at least one sample's worth")                     \
    X(REAL, z, "(estimate - theory)/error")
TABLE(montecarlo, MONTECARLO,
      "E[g h' (x, 1)] at (v(0), xi(0)): theory and drawn "
      "samples")

#define REACTIVE(X)                                                                                \
    X(INT, component, "0 ... d-1: of x; d: E[g h'] itself")                                        \
    X(REAL, factorised, "a_c = P_c E[g|c] times E phi': Theorem 3 as it stands")                   \
    X(REAL, exact, "by averages of g phi' along v")                                                \
    X(REAL, estimate, "mean over samples")                                                         \
    X(REAL, error, "standard error of that mean, at least one sample's worth")                     \
    X(REAL, z, "(estimate - exact)/error")                                                         \
    X(REAL, z_factorised, "(estimate - factorised)/error")
TABLE(reactive, REACTIVE, "E[g h' (x, 1)] with g = y_c - h at (v(0), xi(0))")

#define FLOW(X)                                                                                    \
    X(REAL, t, "time t", .unit = "time t")                                                         \
    X(REAL, norm, "||v||, v the weights")                                                          \
    X(REAL, xi, "bias xi")
TABLE(flow, FLOW, "the flow of (v, xi)")

#define TRAJECTORY(X)                                                                              \
    X(REAL, t, "time t", .unit = "time t")                                                         \
    X(INT, component, "0 ... d-1: v; d: xi")                                                       \
    X(REAL, value, "v_j or xi")                                                                    \
    X(OPTIONAL, frozen, "the same flow with xi kept at xi(0)")
TABLE(trajectory, TRAJECTORY, "the flow of (v, xi), component by component")

#define DRAWN(X)                                                                                   \
    X(INT, component, "0 ... d-1: v; d: xi")                                                       \
    X(REAL, flow, "value by the flow, xi a state")                                                 \
    X(REAL, frozen, "value by the flow with xi kept at xi(0)")                                     \
    X(REAL, drawn, "mean over the flows on drawn samples")                                         \
    X(REAL, error, "standard error of that mean and the time step's error together")               \
    X(REAL, z, "(drawn - flow)/error")                                                             \
    X(REAL, z_frozen, "(drawn - frozen)/error")
TABLE(drawn, DRAWN, "the flow to t_drawn beside flows on drawn samples")

#define OUTCOME(X)                                                                                 \
    X(REAL, theta_deviation,                                                                       \
      "largest difference of theta_1, theta_2 in closed form from the quadrature of phi'")         \
    X(REAL, weak_deviation,                                                                        \
      "largest difference of theta_1, theta_2 in closed form from the quadrature of phi")          \
    X(OPTIONAL, sphere_deviation, "largest difference on the sphere from the quadrature")          \
    X(REAL, largest_z,                                                                             \
      "samples, Gaussian noise: largest difference from Theorem 3 in standard errors")             \
    X(OPTIONAL, largest_z_sphere, "the same for noise on the sphere")                              \
    X(REAL, numbers, "how many numbers are compared with samples")                                 \
    X(OPTIONAL, relative_error, "root mean square of standard error over |theory|_2")              \
    X(OPTIONAL, reactive_z,                                                                        \
      "reactive g, by averages of g phi': largest difference in standard errors")                  \
    X(OPTIONAL, factorised_z,                                                                      \
      "reactive g, factorised form: largest difference in standard errors")                        \
    X(OPTIONAL, factorised_power, "difference that factorising should make, in standard errors")   \
    X(OPTIONAL, factorised_error, "relative error of the factorised form")                         \
    X(OPTIONAL, integrators, "largest difference of the two integrators, over ||(v, xi)||")        \
    X(OPTIONAL, quadratic_flow,                                                                    \
      "relative difference of the flow with phi = y^2/2 from its closed form")                     \
    X(REAL, linear_flow, "relative difference of the flow with phi = y from its closed form")      \
    X(REAL, v0_norm, "||v(0)||, the n of the curves")                                              \
    X(REAL, t_reached, "time t at which the flow ended", .unit = "time")                           \
    X(OPTIONAL, drawn_z,                                                                           \
      "flows on drawn samples: largest difference from the flow, in standard errors")              \
    X(OPTIONAL, drawn_z_frozen, "the same for v from the flow with xi frozen")                     \
    X(OPTIONAL, frozen_power,                                                                      \
      "difference that freezing xi should make in v, in these standard errors")
SCALARS(outcome, OUTCOME)

struct isotropic_instance {
    const struct trial *run;
    const struct isotropic *p;
    size_t d, clusters;
    double *centres;       /* (C, d) */
    const double *weights; /* (C) */
    double *w0;            /* (d + 1): v(0), xi(0) */
    double n0;             /* ||v(0)|| */
    double *targets;       /* (C) */
    double *share;         /* (C): 1/C */
    struct attndyn_theta theta;
};

/* Integrands of Monte Carlo and drawn flows: phi' of activation[which]. */
struct isotropic_sampled {
    const struct isotropic_instance *in;
    struct attndyn_activation activation[ATTNDYN_THETA_COUNT];
};

enum attndyn_status isotropic_create(const struct trial *run, const struct isotropic *p,
                                     struct isotropic_instance *in);
/* r_c = v.centre_c + xi */
double isotropic_preactivation(const struct isotropic_instance *in, const double *w, size_t c);
/* What a single sample contributes to sum_c weight_c E[f x]: Monte Carlo cannot resolve less when
 * an event was too rare to be drawn. Used in place of any smaller standard error. */
double isotropic_sample_worth(const struct isotropic_instance *in, const double *weights,
                              double scale, double samples);
/* The models' own activation, by the name of the theory's. */
struct attndyn_activation isotropic_activation(const struct isotropic_instance *in,
                                               enum attndyn_theta_activation activation);
void isotropic_derivative(size_t which, size_t c, size_t count, const double *h, double *f,
                          void *sampled);

/* The flow, its second integrator and flows on drawn samples; flows that have closed forms. */
enum attndyn_status isotropic_flows(const struct isotropic_instance *in);
enum attndyn_status isotropic_closed_flows(const struct isotropic_instance *in);
/* theta against quadrature; E[g h' x] against samples, both for a constant g and for one that
 * depends on x. */
enum attndyn_status isotropic_averages(const struct isotropic_instance *in);

extern const struct check *const isotropic_claims[];

#endif
