#include "ode_vectors_private.h"

#include "ode_sums_private.h"

#include <nvector/nvector_serial.h>
#include <stdlib.h>
#include <string.h>
#include <sunmatrix/sunmatrix_dense.h>

/* A vector in one block. */
struct attndyn_ode_vector {
    struct _generic_N_Vector base; /* first, as SUNDIALS has a pointer to it */
    struct _N_VectorContent_Serial content;
    struct attndyn_ode_vector *older;
    double data[]; /* (length), where it owns them */
};

static struct attndyn_ode_vectors *family_of(N_Vector v) {
    return (struct attndyn_ode_vectors *)(void *)v->ops;
}

static struct attndyn_ode_vector *make(struct attndyn_ode_vectors *family, double *data,
                                       SUNContext context) {
    size_t own = data ? 0 : (size_t)family->length;
    struct attndyn_ode_vector *v = malloc(sizeof *v + own * sizeof *v->data);
    if (!v) return NULL;
    v->base.content = &v->content;
    v->base.ops = &family->ops;
    v->base.sunctx = context;
    v->content.length = family->length;
    v->content.own_data = data ? SUNFALSE : SUNTRUE;
    v->content.data = data ? data : v->data;
    v->older = family->newest;
    family->newest = v;
    return v;
}

static N_Vector clone(N_Vector of) {
    struct attndyn_ode_vectors *family = family_of(of);
    struct attndyn_ode_vector *v = make(family, NULL, of->sunctx);
    if (!v) {
        family->drained = true;
        v = family->spare;
    }
    return &v->base;
}

static void destroy(N_Vector v) {
    (void)v;
}

bool attndyn_ode_vectors_begin(struct attndyn_ode_vectors *family, sunindextype length,
                               SUNContext context) {
    memset(family, 0, sizeof *family);
    N_Vector serial = N_VNewEmpty_Serial(length, context);
    if (!serial) return false;
    attndyn_ode_sums(serial);
    family->ops = *serial->ops;
    N_VDestroy(serial);
    family->ops.nvclone = family->ops.nvcloneempty = clone;
    family->ops.nvdestroy = destroy;
    family->length = length;
    family->spare = make(family, NULL, context);
    if (family->spare) N_VConst_Serial(0, &family->spare->base);
    return family->spare != NULL;
}

N_Vector attndyn_ode_vectors_over(struct attndyn_ode_vectors *family, double *data,
                                  SUNContext context) {
    struct attndyn_ode_vector *v = make(family, data, context);
    return v ? &v->base : NULL;
}

void attndyn_ode_vectors_end(struct attndyn_ode_vectors *family) {
    while (family->newest) {
        struct attndyn_ode_vector *v = family->newest;
        family->newest = v->older;
        free(v);
    }
}

/* A matrix that holds its only clone from the start. `ops` is from malloc and released by free, so
 * it may be larger than SUNDIALS' own struct. */
struct matrix_ops {
    struct _generic_SUNMatrix_Ops ops; /* first */
    SUNMatrix spare;
};

static SUNMatrix hand_over(SUNMatrix of) {
    struct matrix_ops *ops = (struct matrix_ops *)(void *)of->ops;
    SUNMatrix spare = ops->spare;
    ops->spare = NULL;
    return spare;
}

static void destroy_both(SUNMatrix matrix) {
    struct matrix_ops *ops = (struct matrix_ops *)(void *)matrix->ops;
    if (ops->spare) SUNMatDestroy(ops->spare);
    SUNMatDestroy_Dense(matrix);
}

SUNMatrix attndyn_ode_matrix(sunindextype n, SUNContext context) {
    SUNMatrix matrix = SUNDenseMatrix(n, n, context), spare = SUNDenseMatrix(n, n, context);
    struct matrix_ops *longer = matrix && spare ? realloc(matrix->ops, sizeof *longer) : NULL;
    if (!longer) {
        if (matrix) SUNMatDestroy(matrix);
        if (spare) SUNMatDestroy(spare);
        return NULL;
    }
    longer->ops.clone = hand_over;
    longer->ops.destroy = destroy_both;
    longer->spare = spare;
    matrix->ops = &longer->ops;
    return matrix;
}
