/* Scan&Snap's population gradient flow of Y and Z on any token distribution.
 *
 * c~_nl = P(l|n) exp(z_ml), m = psi(n);  f_n = c~_n / |c~_n|_2;  alpha_n = softmax(Y^T f_n);
 * r_n = e_n - alpha_n;  g_n = Y r_n;  Loss = -sum_n P(n) log alpha_nn;
 *     dY/dt   = eta_Y sum_n P(n) f_n r_n^T
 *     dz_m/dt = eta_Z sum_{n: psi(n) = m} P(n) f_n o (g_n - f_n (f_n . g_n))
 * (Scan&Snap, arXiv 2305.16380, the dynamics of Y and of z_m in section 3, with the expectation
 * over samples written out.) With `visit_rate` the weight P(n) of dz_m is left out.
 *
 * What does not move is not carried: rows of Y and entries of z_m outside the supports. The V - K
 * columns of Y that never are the answer stay equal when they start equal, and are then carried as
 * one column of multiplicity V - K.
 *
 * State y (length n): Y (rows, width) row-major, then z of last token 0, 1, ... over its support.
 * Quadratures (2 K, or 2 K + 1): B_n, sigma_n and, in the clock sigma, t:
 *     dB_n/dt = eta_Z xi_n,  xi_n = sum_{l in DT(n)} dz_ml/dt / (eta_Z sum_{l in DT(n)} f_nl^2)
 *     dsigma_n/dt = eta_Y P(n) (1 - alpha_nn)                               (both derived here)
 * DT(n): the distinct tokens of n. A class without any has B_n = 0 and no xi_n.
 *
 * Numbers: 1 - alpha_nn is formed as the sum of the other alphas, never as a difference; the same
 * bits whatever the number of threads.
 */
#ifndef ATTNDYN_MODEL_SCANSNAP_FLOW_H
#define ATTNDYN_MODEL_SCANSNAP_FLOW_H

#include "../../data/distribution.h"
#include "../../num/ode.h"

enum attndyn_flow_clock {
    ATTNDYN_FLOW_T,
    /* The clock of the classes' mean internal time, dsigma/dt = (1/K) sum_n dsigma_n/dt. */
    ATTNDYN_FLOW_SIGMA
};

struct attndyn_flow_options {
    double eta_y, eta_z; /* >= 0; eta_z = 0: frozen attention */
    bool visit_rate;     /* leave P(n) out of dz/dt */
    bool all_columns;    /* carry every column of Y, even those that stay equal */
    enum attndyn_flow_clock clock;
    /* The initial state, or NULL for zeros. y0: (M, V) row-major, z0: (L, M). Kept, not copied. */
    const double *y0, *z0;
};

struct attndyn_flow {
    const struct attndyn_distribution *distribution;
    struct attndyn_flow_options options;
    size_t classes, columns; /* K, V */
    size_t rows;             /* rows of Y that move: tokens in some support */
    size_t width;            /* columns of Y carried: V, or K + 1 with the equal ones as one */
    double never;            /* multiplicity of the last carried column */
    size_t n, quadratures;
    size_t z_at;          /* n - length of all z */
    size_t *row_start;    /* (rows + 1) the entries of a row of Y: row_entry[row_start[r]] .. */
    size_t *row_entry;    /* (nnz) classes ascending within a row */
    uint32_t *row_class;  /* (nnz) class of row_entry */
    size_t *row_token;    /* (rows) token of a row, ascending */
    size_t *z_start;      /* (L + 1): z of last token m at z_at + z_start[m] .. */
    size_t *z_token;      /* (z_start[L]) token of a z entry */
    uint32_t *entry_row;  /* (nnz) row of Y of entry (n, l) of the distribution */
    size_t *entry_z;      /* (nnz) its z, counted from z_at */
    bool *entry_distinct; /* (nnz) l in DT(n) */
    double *initial;      /* (n + quadratures) the initial state */
    struct attndyn_flow_work *work; /* private */
};

/* The flow keeps pointers to the distribution and to y0, z0. One solve at a time per flow. */
enum attndyn_status attndyn_flow_create(struct attndyn_context *ctx,
                                        const struct attndyn_distribution *distribution,
                                        const struct attndyn_flow_options *options,
                                        struct attndyn_flow **flow);

/* The problem for attndyn_ode_solve; start from flow->initial. */
struct attndyn_ode_problem attndyn_flow_problem(struct attndyn_flow *flow);
/* The callbacks of that problem; user is the flow. quadrature must follow rhs at the same y. */
int attndyn_flow_rhs(double t, const double *y, double *dydt, void *flow);
int attndyn_flow_quadrature(double t, const double *y, double *dqdt, void *flow);
int attndyn_flow_jacobian_times(double t, const double *y, const double *v, double *jv, void *flow);

/* What the state means. Arrays by class (K) or by entry of the distribution (nnz). */
struct attndyn_flow_view {
    double loss;
    double *alpha, *delta;    /* (K) alpha_nn, 1 - alpha_nn */
    double *gamma;            /* (K) f_n . g_n: the force on the decoder */
    double *xi;               /* (K) NaN without distinct tokens */
    double *entropy_support;  /* (K) of c_n, natural logarithm */
    double *entropy_distinct; /* (K) of c_n on DT(n), renormalised; NaN without distinct tokens */
    double *common_mass;      /* (K) of c_n */
    double *c, *f;            /* (nnz) */
    double *z;                /* (nnz) z_psi(n)l */
    double *dz;               /* (nnz) dz_psi(n)l/dt */
    double *xi_entry;         /* (nnz) dz/dt / (eta_Z f^2); NaN if eta_Z = 0 */
    double *log_chi;          /* (nnz) 2 (z(t) - z(0)) */
};
enum attndyn_status attndyn_flow_view_create(struct attndyn_context *ctx,
                                             const struct attndyn_flow *flow,
                                             struct attndyn_flow_view **view);
void attndyn_flow_observe(struct attndyn_flow *flow, const double *y,
                          struct attndyn_flow_view *view);
/* The loss alone. */
double attndyn_flow_loss(struct attndyn_flow *flow, const double *y);

/* The whole matrices. Y: (M, V), Z: (L, M) row-major; entries that never move keep their initial
 * value. */
void attndyn_flow_expand_y(const struct attndyn_flow *flow, const double *y, double *Y);
void attndyn_flow_expand_z(const struct attndyn_flow *flow, const double *y, double *Z);

#endif
