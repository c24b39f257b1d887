/* JoMA's linear attention with one node and constant delta, unfolded:
 *     dv_l/dt = eta_w delta_l z_l,  dz_l/dt = eta_z delta_l v_l
 * State: v (tokens), then z (tokens). */
#ifndef ATTNDYN_SIM_MODEL_JOMA_LINEAR_H
#define ATTNDYN_SIM_MODEL_JOMA_LINEAR_H

#include "../../num/ode.h"

struct attndyn_joma_linear {
    size_t tokens;
    const double *delta; /* (tokens) */
    double eta_w, eta_z;
};

/* With its Jacobian times a vector; model must outlive it. */
struct attndyn_ode_problem attndyn_joma_linear_problem(struct attndyn_joma_linear *model);

#endif
