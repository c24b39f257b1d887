/* Long SUNDIALS vectors by vector instructions, sums in eight lanes: Debian's SUNDIALS handles one
 * number after the other, which on a large problem (10^5 unknowns and more) takes longer than the
 * right-hand side. Include only in ode*.c. */
#ifndef ATTNDYN_NUM_ODE_SUMS_H
#define ATTNDYN_NUM_ODE_SUMS_H

#include <sundials/sundials_nvector.h>

/* Replaces linear sum and scaling, and of very long vectors dot product and weighted norm, of this
 * serial vector and of its clones. */
void attndyn_ode_sums(N_Vector vector);

#endif
