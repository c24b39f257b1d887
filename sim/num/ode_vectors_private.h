/* SUNDIALS vectors and matrices whose clones never are NULL.
 *
 * SUNDIALS 6 does not check clones: N_VClone and SUNMatClone write through the pointer before
 * anyone can test it, so that a run out of memory would crash. Here a clone for which there is no
 * memory is the family's one spare vector, again and again. Its numbers are worthless; `drained`
 * says so, and the solver gives up at its next look.
 *
 * N_VDestroy does not free a vector; the family's end does. A CVodeInit that fails half-way leaves
 * vectors that CVodeFree destroys a second time. Include only in ode*.c. */
#ifndef ATTNDYN_NUM_ODE_VECTORS_H
#define ATTNDYN_NUM_ODE_VECTORS_H

#include <stdbool.h>
#include <sundials/sundials_matrix.h>
#include <sundials/sundials_nvector.h>

/* Vectors of one length; must not move while one of them lives. */
struct attndyn_ode_vectors {
    struct _generic_N_Vector_Ops ops; /* first: a vector's `ops` lead to its family */
    sunindextype length;
    struct attndyn_ode_vector *newest, *spare;
    bool drained;
};

/* false: no memory. attndyn_ode_vectors_end is due either way. */
bool attndyn_ode_vectors_begin(struct attndyn_ode_vectors *family, sunindextype length,
                               SUNContext context);
/* A vector over data (length) of the caller's; NULL: no memory. */
N_Vector attndyn_ode_vectors_over(struct attndyn_ode_vectors *family, double *data,
                                  SUNContext context);
/* To be called after the solver, and all that it made of these vectors, are freed. */
void attndyn_ode_vectors_end(struct attndyn_ode_vectors *family);

/* A dense matrix (n, n) that can be cloned once without failing, which is what CVODE does; NULL: no
 * memory. Ends by SUNMatDestroy. */
SUNMatrix attndyn_ode_matrix(sunindextype n, SUNContext context);

#endif
