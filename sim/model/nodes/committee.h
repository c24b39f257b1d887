/* K nodes, C latents: a committee of third-order nodes that learns orthonormal directions.
 *
 * The target is the tensor sum_c S_c e_c (x) e_c (x) e_c, the committee sum_k v_k (x) v_k (x) v_k,
 * the loss half the squared distance. Gradient flow (derived here; what nonlinear nodes above one
 * attention do with latents of their own):
 *     joint        dv_k = 3 [S o v_k o v_k - sum_k' (v_k.v_k')^2 v_k']
 *     independent  dv_k = 3 S o v_k o v_k      (no node sees what others have learned)
 * State: v (K, C) row-major. */
#ifndef ATTNDYN_MODEL_NODES_COMMITTEE_H
#define ATTNDYN_MODEL_NODES_COMMITTEE_H

#include "../../num/ode.h"

struct attndyn_committee {
    size_t K, C;
    const double *S; /* (C) > 0, kept */
    bool joint;
    struct attndyn_ode_problem problem; /* one event: a component reaches `escaped` */
    double escaped;
};

/* ATTNDYN_USAGE for K, C = 0 or S not positive. */
enum attndyn_status attndyn_committee_create(struct attndyn_context *ctx, size_t K, size_t C,
                                             const double *S, bool joint,
                                             struct attndyn_committee **model);
/* The joint loss, whatever the flow. */
double attndyn_committee_loss(const struct attndyn_committee *model, const double *v);
/* How many latents are found: (sum_k v_kc^3)/S_c >= 1/2. strength: (C) those numbers, or NULL. */
size_t attndyn_committee_found(const struct attndyn_committee *model, const double *v,
                               double *strength);

#endif
