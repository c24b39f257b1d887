/* The shared-attention dynamics dV_l/dt = eta_w Delta_l exp(rho/2 ||V_l||^2) (folded.h) at a size
 * where a solver's vectors would not fit: classical Runge-Kutta, one row at a time.
 *
 * Within a step of given length no row needs another, so each is advanced through the four stages
 * while it is in the cache: one pass over memory per step, and no vectors beside V and Delta. A
 * stage evaluates the right-hand side on the whole row. The step adapts to the fastest row,
 *     dt = h / ((1 + r) speed),  speed = max_l eta_w ||Delta_l|| exp(rho r_l^2 / 2),  r = max r_l
 * which moves its r^2/2 by about h: path-length time, held constant during the step. */
#ifndef ATTNDYN_SIM_MODEL_JOMA_ROWS_H
#define ATTNDYN_SIM_MODEL_JOMA_ROWS_H

#include "../../base/context.h"

struct attndyn_joma_rows {
    size_t tokens, nodes;
    const double *delta; /* (M, K) row-major */
    double *v;           /* (M, K) row-major: the state */
    double eta_w, rho;
    double t;       /* advanced with v */
    double *norm;   /* (M): ||Delta_l||, owned by the context */
    double *radius; /* (M): sqrt(rho) ||V_l||, kept up to date */
    long steps;
};

/* Scratch; t and steps start at 0. Refuses Delta without a non-zero entry. */
enum attndyn_status attndyn_joma_rows_prepare(struct attndyn_context *ctx,
                                              struct attndyn_joma_rows *rows);
/* On until the largest radius is stop_at, which the last step meets to rounding; uses the context's
 * threads, with the same bits for any number of them. stop_at at most 35. */
enum attndyn_status attndyn_joma_rows_advance(struct attndyn_context *ctx,
                                              struct attndyn_joma_rows *rows, double h,
                                              double stop_at);
/* dV/dt up to a common positive factor (its rank does not depend on it): rows Delta_l exp(rho/2
 * ||V_l||^2) divided by the largest exponential. velocity: (M, K) out. */
void attndyn_joma_rows_direction(struct attndyn_context *ctx, const struct attndyn_joma_rows *rows,
                                 double *velocity);

#endif
