/* A SUNDIALS linear solver that factorises by OpenBLAS: Debian's SUNDIALS comes without one, and
 * its own LU is 4 times slower from 200 unknowns, 38 times at 1600. Include only in ode*.c. */
#ifndef ATTNDYN_NUM_ODE_LAPACK_H
#define ATTNDYN_NUM_ODE_LAPACK_H

#include <sundials/sundials_linearsolver.h>
#include <sundials/sundials_matrix.h>
#include <sundials/sundials_nvector.h>

/* NULL when out of memory. matrix: dense, square; the pivots are as long as y. */
SUNLinearSolver attndyn_ode_lapack(N_Vector y, SUNMatrix matrix, SUNContext context);

#endif
