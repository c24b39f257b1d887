#include "ode_lapack_private.h"

#include "blas.h"

#include <nvector/nvector_serial.h>
#include <stdlib.h>
#include <sunmatrix/sunmatrix_dense.h>

static SUNLinearSolver_Type type(SUNLinearSolver solver) {
    (void)solver;
    return SUNLINEARSOLVER_DIRECT;
}

static SUNLinearSolver_ID identity(SUNLinearSolver solver) {
    (void)solver;
    return SUNLINEARSOLVER_CUSTOM;
}

static int initialise(SUNLinearSolver solver) {
    (void)solver;
    return 0;
}

/* > 0: singular, CVODE takes a smaller step and another Jacobian. */
static int setup(SUNLinearSolver solver, SUNMatrix matrix) {
    size_t n = (size_t)SUNDenseMatrix_Rows(matrix);
    return attndyn_lu_factor(n, SUNDenseMatrix_Data(matrix), solver->content);
}

static int solve(SUNLinearSolver solver, SUNMatrix matrix, N_Vector x, N_Vector b,
                 sunrealtype tolerance) {
    (void)tolerance;
    N_VScale(1, b, x);
    attndyn_lu_solve((size_t)SUNDenseMatrix_Rows(matrix), SUNDenseMatrix_Data(matrix),
                     solver->content, 1, N_VGetArrayPointer(x));
    return 0;
}

static int release(SUNLinearSolver solver) {
    free(solver->content);
    solver->content = NULL;
    SUNLinSolFreeEmpty(solver);
    return 0;
}

SUNLinearSolver attndyn_ode_lapack(N_Vector y, SUNMatrix matrix, SUNContext context) {
    (void)matrix;
    SUNLinearSolver solver = SUNLinSolNewEmpty(context);
    if (!solver) return NULL;
    solver->content = calloc((size_t)N_VGetLength(y), sizeof(int));
    if (!solver->content) {
        SUNLinSolFreeEmpty(solver);
        return NULL;
    }
    solver->ops->gettype = type;
    solver->ops->getid = identity;
    solver->ops->initialize = initialise;
    solver->ops->setup = setup;
    solver->ops->solve = solve;
    solver->ops->free = release;
    return solver;
}
