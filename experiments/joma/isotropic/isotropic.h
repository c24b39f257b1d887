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
      "centres of the clusters, C x d row by row; empty: drawn, centre_scale N(0, 1)")             \
    X(REALS, weights, "0.5,-0.3,0.8",                                                              \
      "a_c = P(c) E[g|c]; as many as there are clusters (this sets C)")                            \
    X(INT, d, "6", "coordinates of drawn centres", IN(1, 100000))                                  \
    X(REAL, sigma, "0.7", "standard deviation of the noise in each coordinate", IN(1e-12, 1e12))   \
    X(REALS, v0, "",                                                                               \
      "v(0): d numbers, or one for all; empty: drawn after the centres, v_scale N(0, 1)")          \
    X(REAL, xi0, "0.2", "xi(0)")                                                                   \
    X(ENUM(attndyn_theta_activation, ATTNDYN_THETA_ACTIVATIONS), activation, "relu",               \
      "phi of the flow")                                                                           \
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
    X(REALS, theta_r, "-6,-3,-1.2,-0.4,0,0.4,1.2,3,6", "r of the table of theta", IN(-1e6, 1e6))   \
    X(REALS, theta_n, "0.3,1.3,5", "||v|| of the table of theta", IN(1e-6, 1e6))                   \
    X(REALS, sphere_d, "2,3,10", "dimensions of the noise on the sphere (ReLU)", IN(2, 1e6))       \
    X(REAL, radius, "1", "radius of that sphere", IN(1e-12, 1e12))                                 \
    X(INT, samples, "1000000", "Monte Carlo samples of each cluster", IN(100, 1e12))               \
    X(REALS, targets, "",                                                                          \
      "y_c of the reactive gradient g = y_c - h, P(c) = 1/C; empty: 1, 0, 1, 0, ...")              \
    X(REAL, t_drawn, "2", "length of the flow on drawn samples (0: none)", IN(0, 1e12),            \
      .unit = "time")                                                                              \
    X(INT, drawn_samples, "6000", "samples of each cluster in that flow", IN(2, 100000000))        \
    X(INT, drawn_flows, "16", "independent flows on drawn samples", IN(4, 10000))                  \
    X(INT, drawn_steps, "100", "Runge-Kutta steps of each", IN(1, 1000000))
PARAMS(isotropic, ISOTROPIC)

#define THETA(X)                                                                                   \
    X(TEXT, noise, "gauss or sphere")                                                              \
    X(TEXT, activation, "phi")                                                                     \
    X(INT, d, "dimension of the sphere, 0 for gauss")                                              \
    X(REAL, r, "pre-activation at the centre")                                                     \
    X(REAL, n, "||v||")                                                                            \
    X(REAL, theta1, "closed form")                                                                 \
    X(REAL, theta2, "closed form")                                                                 \
    X(OPTIONAL, quadrature1, "n E phi' by quadrature")                                             \
    X(OPTIONAL, quadrature2, "n^2 E[phi' s] by quadrature")                                        \
    X(OPTIONAL, weak1, "by quadrature of phi")                                                     \
    X(OPTIONAL, weak2, "by quadrature of phi")                                                     \
    X(OPTIONAL, deviation, "largest difference to the quadrature, over its scale")                 \
    X(OPTIONAL, weak_deviation, "the same for the quadrature of phi")
TABLE(theta, THETA,
      "closed forms beside quadrature; noise gauss "
      "(sigma) or sphere (radius, ReLU)")

#define CURVES(X)                                                                                  \
    X(TEXT, activation, "phi")                                                                     \
    X(REAL, r, "pre-activation at the centre")                                                     \
    X(REAL, theta1, "closed form")                                                                 \
    X(REAL, theta2, "closed form")
TABLE(curves, CURVES,
      "theta_1, theta_2 against r at the run's sigma and "
      "n = ||v(0)||")

#define MONTECARLO(X)                                                                              \
    X(TEXT, noise, "gauss or sphere")                                                              \
    X(TEXT, activation, "phi")                                                                     \
    X(INT, component, "0 ... d-1: of x; d: E[g h'] itself")                                        \
    X(REAL, theory, "Theorem 3")                                                                   \
    X(REAL, estimate, "mean")                                                                      \
    X(REAL, error, "one standard error, at least one sample's worth")                              \
    X(REAL, z, "(estimate - theory)/error")
TABLE(montecarlo, MONTECARLO,
      "E[g h' (x, 1)] at (v(0), xi(0)): theory and drawn "
      "samples")

#define REACTIVE(X)                                                                                \
    X(INT, component, "0 ... d-1: of x; d: E[g h'] itself")                                        \
    X(REAL, factorised, "a_c = P_c E[g|c] times E phi': Theorem 3 as it stands")                   \
    X(REAL, exact, "averages of g phi' along v")                                                   \
    X(REAL, estimate, "mean")                                                                      \
    X(REAL, error, "one standard error, at least one sample's worth")                              \
    X(REAL, z, "of exact")                                                                         \
    X(REAL, z_factorised, "of factorised")
TABLE(reactive, REACTIVE, "E[g h' (x, 1)] with g = y_c - h at (v(0), xi(0))")

#define FLOW(X)                                                                                    \
    X(REAL, t, "time", .unit = "time")                                                             \
    X(REAL, norm, "||v||")                                                                         \
    X(REAL, xi, "xi")
TABLE(flow, FLOW, "the flow of (v, xi)")

#define TRAJECTORY(X)                                                                              \
    X(REAL, t, "time", .unit = "time")                                                             \
    X(INT, component, "0 ... d-1: v; d: xi")                                                       \
    X(REAL, value, "v_j or xi")                                                                    \
    X(OPTIONAL, frozen, "the same flow with xi kept at xi(0)")
TABLE(trajectory, TRAJECTORY, "its components")

#define DRAWN(X)                                                                                   \
    X(INT, component, "0 ... d-1: v; d: xi")                                                       \
    X(REAL, flow, "xi as a state")                                                                 \
    X(REAL, frozen, "xi kept at xi(0)")                                                            \
    X(REAL, drawn, "mean over the drawn flows")                                                    \
    X(REAL, error, "its standard error, and the time step's")                                      \
    X(REAL, z, "(drawn - flow)/error")                                                             \
    X(REAL, z_frozen, "(drawn - frozen)/error")
TABLE(drawn, DRAWN, "the flow to t_drawn beside flows on drawn samples")

#define OUTCOME(X)                                                                                 \
    X(REAL, theta_deviation, "closed forms against quadrature of phi'")                            \
    X(REAL, weak_deviation, "closed forms against quadrature of phi")                              \
    X(OPTIONAL, sphere_deviation, "sphere: closed form against quadrature")                        \
    X(REAL, largest_z, "Monte Carlo, Gaussian noise")                                              \
    X(OPTIONAL, largest_z_sphere, "Monte Carlo, sphere")                                           \
    X(REAL, numbers, "how many numbers the Monte Carlo compares")                                  \
    X(OPTIONAL, relative_error, "root mean square of standard error over |theory|_2")              \
    X(OPTIONAL, reactive_z, "reactive g, averages of g phi': largest |z|")                         \
    X(OPTIONAL, factorised_z, "reactive g, factorised form: largest |z|")                          \
    X(OPTIONAL, factorised_power, "what factorising should cost, in standard errors")              \
    X(OPTIONAL, factorised_error, "relative error of the factorised form")                         \
    X(OPTIONAL, integrators, "largest difference of the two integrators, over ||(v, xi)||")        \
    X(OPTIONAL, quadratic_flow, "flow with y^2/2 against its closed form, relative")               \
    X(REAL, linear_flow, "flow with phi = y against its closed form, relative")                    \
    X(REAL, v0_norm, "||v(0)||, the n of the curves")                                              \
    X(REAL, t_reached, "end of the flow", .unit = "time")                                          \
    X(OPTIONAL, drawn_z, "flows on drawn samples: largest |z| of the flow")                        \
    X(OPTIONAL, drawn_z_frozen, "the same for v with xi frozen")                                   \
    X(OPTIONAL, frozen_power, "what freezing xi should do to v, in those standard errors")
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
