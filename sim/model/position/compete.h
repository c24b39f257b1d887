/* Content against position, reduced: one distinct token per class, one common token, positions.
 *
 * K classes, N per query; bucket r holds the share pi_r of the context, of which s_r is the common
 * token and 1 - s_r the class's own. By symmetry (derived here from flow.h) the state is the
 * decoder's gap y on the own token, the content logits z_d, z_c and the position logits p, shared
 * by all queries. With w_d = e^(z_d) sum_r pi_r e^(p_r) (1 - s_r), w_c likewise, f = (w_d, w_c)
 * normalised, u = y f_d, delta = (K-1)/(K-1+e^u), F = delta y f_d f_c^2 and q_d, q_c the buckets'
 * shares in w_d, w_c: dy/dt = eta_y (delta/(K-1)) f_d,   dz_d/dt = eta_z F/K,   dz_c/dt = -eta_z
 * (N/K) F, dp_r/dt = eta_p F (q_d(r) - q_c(r)). State: y | z_d | z_c | p (R). */
#ifndef ATTNDYN_MODEL_POSITION_COMPETE_H
#define ATTNDYN_MODEL_POSITION_COMPETE_H

#include "../../num/ode.h"

struct attndyn_compete_options {
    double eta_y, eta_z, eta_p; /* >= 0 */
    bool internal;              /* the clock is sigma, d(sigma) = (delta/(K-1)) dt */
};

enum { ATTNDYN_COMPETE_Y, ATTNDYN_COMPETE_Z_D, ATTNDYN_COMPETE_Z_C, ATTNDYN_COMPETE_P };

struct attndyn_compete {
    size_t K, N, R, n;
    struct attndyn_compete_options options;
    const double *share, *commons; /* pi, s: (R), kept */
    double *work;                  /* private */
    struct attndyn_ode_problem problem;
};

/* commons: s_r in [0, 1], neither all 0 nor all 1. */
enum attndyn_status attndyn_compete_create(struct attndyn_context *ctx, size_t K, size_t N,
                                           size_t R, const double *share, const double *commons,
                                           const struct attndyn_compete_options *options,
                                           struct attndyn_compete **model);
struct attndyn_compete_seen {
    double odds;         /* ln(w_d/w_c) */
    double content_rate; /* d(z_d - z_c) per clock */
    double odds_rate;    /* d ln(w_d/w_c) per clock */
    double loss;
};
/* q_d, q_c: (R) out, or NULL. */
void attndyn_compete_see(const struct attndyn_compete *model, const double *y, double *q_d,
                         double *q_c, struct attndyn_compete_seen *seen);

#endif
