/* The nonlinear dynamics of JoMA (arXiv 2310.00535, Theorem 4): components pulled to mu while
 * attention exp(beta v^2) speeds up those that are large already.
 *
 *     dv_j/dt = (mu_j - v_j) exp(beta v_j^2) / N(t)
 *     N = 1 (the talk), or N = sum_j exp(beta v_j^2) (the authors' figure 4, beta = 1/3)
 *
 * The state is v, or w_j = ln((mu_j - v_j(0)) / (mu_j - v_j)): dw_j/dt = exp(beta v_j^2) / N is not
 * stiff, and keeps every digit of mu - v however small it gets. (v_j(0) = mu_j: v_j rests, w_j only
 * counts time.)
 */
#ifndef ATTNDYN_SIM_MODEL_JOMA_BOUNCE_H
#define ATTNDYN_SIM_MODEL_JOMA_BOUNCE_H

#include "../../num/ode.h"

struct attndyn_joma_bounce {
    size_t components;
    const double *mu, *v0; /* (components) */
    double beta;
    bool normalised;
    bool logarithmic; /* the state is w, else v */
    double *work;     /* (3 components), owned by the context */
};

/* Allocates scratch. Refuses exponents beta max(mu, v0)^2 above 600 for attention without
 * normalisation. */
enum attndyn_status attndyn_joma_bounce_prepare(struct attndyn_context *ctx,
                                                struct attndyn_joma_bounce *model);
/* With analytic Jacobian (dense and times a vector); event 0 is dH/dt = 0 for the entropy H of the
 * attention (rising: a minimum). model must outlive it. */
struct attndyn_ode_problem attndyn_joma_bounce_problem(struct attndyn_joma_bounce *model);
/* The state at t = 0, and v from any state; y, v: (components), may be the same array. */
void attndyn_joma_bounce_start(const struct attndyn_joma_bounce *model, double *y);
void attndyn_joma_bounce_velocities(const struct attndyn_joma_bounce *model, const double *y,
                                    double *v);
/* dH/dt along the flow, H = -sum p ln p. */
double attndyn_joma_bounce_entropy_rate(const struct attndyn_joma_bounce *model, const double *y);
/* p_j proportional to exp(beta v_j^2), sum 1. */
void attndyn_joma_bounce_attention(size_t n, double beta, const double *v, double *p);

/* The authors' figure 4 as their script computes it: explicit Euler with softmax attention,
 * v <- v + step (mu - v) softmax(beta v^2), `steps` times; before each update
 * entropy[i] = -sum_j p_j (ln p_j + 1e-8) (the 1e-8 stands outside the logarithm).
 * v: (n) in and out; entropy: (steps) out or NULL; p: (n) scratch. */
void attndyn_joma_bounce_euler(size_t n, const double *mu, double beta, double step, size_t steps,
                               double *v, double *p, double *entropy);
/* The same in single precision throughout, as published. beta_inverse: T. */
void attndyn_joma_bounce_euler_single(size_t n, const float *mu, float beta_inverse, float step,
                                      size_t steps, float *v, float *p, float *entropy);

#endif
