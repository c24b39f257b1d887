/* Theorem 3 of JoMA (arXiv 2310.00535): one nonlinear node on isotropic clusters.
 *
 * With the attention held fixed the node sees x = centre_c + eps, eps isotropic with the
 * one-dimensional marginal density rho; r = v.centre_c + xi, n = ||v||. Two averages over the
 * noise along v carry the whole dynamics:
 *
 *     theta1(r) = int phi'(y) rho((y - r)/n) dy          = n   E[phi'(r + n s)]
 *     theta2(r) = int phi'(y) (y - r) rho((y - r)/n) dy  = n^2 E[phi'(r + n s) s],   s ~ rho
 *
 *     dv/dt = (1/n) sum_c a_c theta1(r_c) centre_c + (1/n^3) sum_c a_c theta2(r_c) v
 *
 * The functions return c1 = theta1/n and c2 = theta2/n^3, the coefficients of centre_c and of v.
 * The closed forms are derived here (Stein's lemma: c2 = sigma^2 E phi'' for Gaussian noise).
 */
#ifndef ATTNDYN_THEORY_JOMA_ISOTROPIC_H
#define ATTNDYN_THEORY_JOMA_ISOTROPIC_H

#include <stdbool.h>
#include <stddef.h>

enum attndyn_theta_activation {
    ATTNDYN_THETA_LINEAR,     /* y */
    ATTNDYN_THETA_RELU,       /* max(y, 0) */
    ATTNDYN_THETA_LEAKY_RELU, /* max(y, 0) + slope min(y, 0) */
    ATTNDYN_THETA_STEP,       /* 1[y > 0]: phi' is Dirac's delta */
    ATTNDYN_THETA_QUADRATIC,  /* y^2/2 */
    ATTNDYN_THETA_CUBIC,      /* y^3/3 */
    ATTNDYN_THETA_ERF,        /* erf(y) */
    ATTNDYN_THETA_TANH,       /* no closed form: an exponentially convergent sum */
    ATTNDYN_THETA_GELU,       /* y Phi(y) */
    ATTNDYN_THETA_SILU,       /* y / (1 + exp(-y)): likewise */
    ATTNDYN_THETA_COUNT
};
/* The choices of a parameter, in the order of the enum. */
#define ATTNDYN_THETA_ACTIVATIONS "linear|relu|leaky-relu|step|quadratic|cubic|erf|tanh|gelu|silu"
const char *attndyn_theta_activation_name(enum attndyn_theta_activation activation);

struct attndyn_theta {
    enum attndyn_theta_activation activation;
    double slope; /* leaky-relu: phi' left of 0 */
    double sigma; /* > 0: standard deviation of the noise in each coordinate */
};

/* c1, c2 for Gaussian noise; n > 0. Tails are accurate to relative roundoff wherever the closed
 * form does not change sign. For relu, leaky-relu and step c2 diverges like 1/n while c2 v stays
 * bounded. */
void attndyn_theta_gauss(const struct attndyn_theta *theta, double r, double n, double *c1,
                         double *c2);
/* ReLU, noise uniform on the sphere of `radius` in `dimension` >= 2 coordinates:
 * u = r/(n radius) cut to [-1, 1], c1 = (1 + sgn(u) I_{u^2}(1/2, (d-1)/2))/2,
 * c2 = radius k_d (1 - u^2)^{(d-1)/2} / ((d-1) n), k_d = Gamma(d/2)/(sqrt(pi) Gamma((d-1)/2)). */
void attndyn_theta_sphere_relu(double radius, size_t dimension, double r, double n, double *c1,
                               double *c2);

/* phi and phi' (step: 0, the delta cannot be returned). */
double attndyn_theta_phi(const struct attndyn_theta *theta, double y);
double attndyn_theta_phi_prime(const struct attndyn_theta *theta, double y);

/* The independent route: adaptive quadrature of the definitions. Each returns false where GSL's
 * quadrature does not reach 1e-12 of the integral's own scale int |f| rho.
 *
 * mean = E f(r + n s), along = E[f(r + n s) s]/n for any f that is smooth but at 0. */
bool attndyn_theta_average_gauss(double (*f)(double y, void *user), void *user, double sigma,
                                 double r, double n, double *mean, double *along);
bool attndyn_theta_average_sphere(double (*f)(double y, void *user), void *user, double radius,
                                  size_t dimension, double r, double n, double *mean,
                                  double *along);
/* c1, c2 with the derivative moved to the density (phi' need not be a function):
 * E phi' = E[phi s]/(n sigma^2), E[phi' s] = E[phi (s^2/sigma^2 - 1)]/n. */
bool attndyn_theta_weak_gauss(const struct attndyn_theta *theta, double r, double n, double *c1,
                              double *c2);

/* The flow of (v, xi), w: (d + 1), from time 0 to t in closed form. Derived here.
 * phi = y: a straight line, dw/dt = sum_c a_c (centre_c, 1). */
void attndyn_theta_linear_flow(size_t dimension, size_t clusters, const double *centres,
                               const double *weights, double t, double *w);
/* phi = y^2/2: dw/dt = S w with the symmetric S = sum_c a_c (centre_c, 1)(centre_c, 1)^T +
 * sigma^2 (sum_c a_c) diag(1, ..., 1, 0), by its eigenvectors. False: no memory. */
bool attndyn_theta_quadratic_flow(size_t dimension, size_t clusters, const double *centres,
                                  const double *weights, double sigma, double t, double *w);

#endif
