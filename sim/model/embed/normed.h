/* Trained embeddings below a norm, any token distribution: the flow whose symmetric family is
 * freeze.h.
 *
 * Class n attends to its tokens by c_nl ~ P(l|n) exp(z_ml), m = psi(n); the attended embeddings are
 * normalised, v_n = sum_l c_nl u_l, f_n = v_n/|v_n|, and decoded, logits B f_n. With r_n = e_n -
 * alpha_n and q_n = (1 - f_n f_n^T) B^T r_n/|v_n| the expected cross-entropy descends by
 *     du_l/dt  = eta_u sum_n P(n) c_nl q_n
 *     dB/dt    = eta_b sum_n P(n) r_n f_n^T
 *     dz_ml/dt = eta_z sum_{n: psi(n) = m} P(n) c_nl u_l.q_n.
 * Multiplying u_l by e^-s and adding s to every z_ml changes nothing, hence for every token
 *     sum_m z_ml/eta_z - |u_l|^2/(2 eta_u) = const.                      (derived here)
 * State, row-major: U (M, d) | B (V, d) | z (L, M). */
#ifndef ATTNDYN_MODEL_EMBED_NORMED_H
#define ATTNDYN_MODEL_EMBED_NORMED_H

#include "../../data/distribution.h"
#include "../../num/ode.h"

struct attndyn_normed_options {
    double eta_u, eta_b, eta_z; /* >= 0 */
    size_t width;               /* d >= 1; 0: M */
};

struct attndyn_normed {
    const struct attndyn_distribution *data;
    struct attndyn_normed_options options;
    size_t M, V, L, d, n;               /* n: length of the state */
    size_t at_B, at_z;                  /* where the parts begin (U at 0) */
    double *work;                       /* private */
    struct attndyn_ode_problem problem; /* in time */
};

/* The distribution is kept, not copied. */
enum attndyn_status attndyn_normed_create(struct attndyn_context *ctx,
                                          const struct attndyn_distribution *data,
                                          const struct attndyn_normed_options *options,
                                          struct attndyn_normed **model);
/* y: (n): B = 0, z = 0 and u_l the l-th unit vector. Needs d >= M. */
void attndyn_normed_orthonormal(const struct attndyn_normed *model, double *y);
double attndyn_normed_loss(const struct attndyn_normed *model, const double *y);
/* f: (K, d) and |v_n|: (K) out. */
void attndyn_normed_bags(const struct attndyn_normed *model, const double *y, double *f,
                         double *norm);
/* sum_m z_ml/eta_z - |u_l|^2/(2 eta_u): (M), for eta_u, eta_z > 0. */
void attndyn_normed_law(const struct attndyn_normed *model, const double *y, double *law);

#endif
