/* One nonlinear node on isotropic clusters: the reduced flow of Theorem 3 of JoMA (arXiv
 * 2310.00535) and its Monte Carlo.
 *
 * The attention is fixed and the node sees x = centre_c + eps with isotropic eps. For any gradient
 * that depends on x only through the pre-activation v.x + xi, the component of eps across v
 * averages out, and the flow closes on (v, xi):
 *
 *     dv/dt  = sum_c alpha_c centre_c + (sum_c beta_c) v
 *     dxi/dt = sum_c alpha_c,       alpha_c, beta_c functions of r_c = v.centre_c + xi, n = ||v||
 *
 * Theorem 3 is alpha_c = a_c E phi', beta_c = a_c E[phi' s]/n. The functions come in as a callback:
 * the caller decides what they are. xi is u_q.w, the node's component along the query: xi(t) -
 * xi(0) is the integral of E[g h'] that the paper's theta carries, hence a state. */
#ifndef ATTNDYN_MODEL_JOMA_ISOTROPIC_H
#define ATTNDYN_MODEL_JOMA_ISOTROPIC_H

#include "../../base/context.h"

#include <stdint.h>

struct attndyn_isotropic {
    size_t dimension, clusters; /* d, C */
    const double *centres;      /* (C, d) row-major */
    /* Nonzero: cannot be evaluated here (v = 0 has no direction). */
    int (*coefficients)(size_t cluster, double r, double n, double *alpha, double *beta,
                        void *user);
    void *user;
};

/* For attndyn_ode_problem: user is a struct attndyn_isotropic, y = (v, xi): (d + 1). */
int attndyn_isotropic_rhs(double t, const double *y, double *dydt, void *isotropic);

enum attndyn_isotropic_noise {
    ATTNDYN_ISOTROPIC_GAUSS, /* N(0, scale^2) in each coordinate */
    ATTNDYN_ISOTROPIC_SPHERE /* uniform on the sphere of radius scale */
};

/* Averages over samples: sum_c weight_c mean_c[ f_j(v.x + xi) (x, 1) ] for several f at once. */
struct attndyn_isotropic_average {
    size_t dimension, clusters;
    const double *centres; /* (C, d) row-major */
    const double *weights; /* (C) */
    enum attndyn_isotropic_noise noise;
    double scale;
    const double *v; /* (d) */
    double xi;
    size_t integrands; /* J */
    /* f: (count) values of integrand `which` on cluster `cluster` at pre-activations h (count) */
    void (*integrand)(size_t which, size_t cluster, size_t count, const double *h, double *f,
                      void *user);
    void *user;
};

/* mean, error: (J, d + 1), the last column the average of f itself; error is one standard error.
 * `samples` >= 2 for each cluster. The samples come in blocks, each with its own stream derived
 * from the seed, so that neither bits nor samples depend on attndyn_threads(ctx). */
enum attndyn_status attndyn_isotropic_sample(struct attndyn_context *ctx,
                                             const struct attndyn_isotropic_average *average,
                                             uint64_t samples, uint64_t seed, double *mean,
                                             double *error);

/* The flow on drawn samples instead of on the averages, by classical Runge-Kutta of step t_end/
 * steps: dv/dt = sum_c weight_c mean_c[f(h) x], dxi/dt likewise, over `samples` fixed samples of
 * each cluster; integrand 0 of `average` is f. y: (d + 1), v and xi. average->v, ->xi are
 * ignored. */
enum attndyn_status attndyn_isotropic_empirical_flow(
    struct attndyn_context *ctx, const struct attndyn_isotropic_average *average, size_t samples,
    uint64_t seed, double t_end, size_t steps, double *y);

#endif
