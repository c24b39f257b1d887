/* Sums of long SUNDIALS vectors in eight lanes: its own add one number after the other, which on a
 * large problem (10^5 unknowns and more) takes as long as the right-hand side. Include only in
 * ode*.c. */
#ifndef ATTNDYN_NUM_ODE_SUMS_H
#define ATTNDYN_NUM_ODE_SUMS_H

#include <sundials/sundials_nvector.h>

/* Replaces the dot product and the weighted norm of this serial vector and of its clones. */
void attndyn_ode_sums(N_Vector vector);

#endif
