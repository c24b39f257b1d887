/* Eq. 10 of Scan&Snap (arXiv 2305.16380v4): the attention over a decoder that has followed it at
 * once, with beta_nn' = E'_nn' (Theorem 1 in its leading order), E' = I - (I + E)^-1, F^T F = I +
 * E: dz_m/dGamma = sum_{n: psi(n) = m} f_n o sum_{n' != n} beta_nn' (f_n f_n^T - I) f_n',
 *     dB_n/dGamma = xi_n/gamma = sum_{n' != n} beta_nn' f_n . f_n',
 * in the clock Gamma = eta_Z int gamma dt. As printed: a class has no weight 1/K.
 *
 * The independent variable is x = ln(1 + Gamma); everything starts at 0.
 * A model object has scratch space: one per thread.
 */
#ifndef ATTNDYN_MODEL_SCANSNAP_EQUATION_10_H
#define ATTNDYN_MODEL_SCANSNAP_EQUATION_10_H

#include "flow.h"

struct attndyn_equation_10 {
    const struct attndyn_distribution *distribution;
    const struct attndyn_flow *layout; /* entry_z, z_start, z_token, entry_distinct of flow.h */
    /* The state: z of last token 0, 1, ... over its support, then B (K). */
    size_t n, at_B;
    double *f;    /* (nnz) at the last right-hand side */
    double *work; /* private */
    int *pivots;  /* private */
    struct attndyn_ode_problem problem;
};

/* For any distribution; keeps a pointer to it. A right-hand side costs K^2 supports and K^3. */
enum attndyn_status attndyn_equation_10_create(struct attndyn_context *ctx,
                                               const struct attndyn_distribution *distribution,
                                               struct attndyn_equation_10 **model);

/* The same for the symmetric family, one class for all (derived here): with overlap s, the share of
 * the commons in f, and beta = s/((1 - s)(1 + (K-1) s)),
 *     dz_j/dGamma = (K-1) beta s f_j^2,   dw_g/dGamma = -N (K-1) beta (1 - s) f_g^2,
 *     dB/dGamma = (K-1) beta s. */
struct attndyn_equation_10_alike {
    const struct attndyn_symmetric_family *family;
    size_t n; /* the state: z (D), w (G), B */
    struct attndyn_ode_problem problem;
};
enum attndyn_status attndyn_equation_10_alike_create(struct attndyn_context *ctx,
                                                     const struct attndyn_symmetric_family *family,
                                                     struct attndyn_equation_10_alike **model);
/* s at a state; *own: 1 - s with all its digits. */
double attndyn_equation_10_share(const struct attndyn_equation_10_alike *model, const double *y,
                                 double *own);

#endif
