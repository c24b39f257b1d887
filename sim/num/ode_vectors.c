#include "ode_vectors_private.h"

#include "ode_sums_private.h"

#include <nvector/nvector_serial.h>
#include <stdlib.h>
#include <string.h>

/* A vector in one block. */
struct vector {
    struct _generic_N_Vector base;
    struct _N_VectorContent_Serial content;
    double data[]; /* (length), where it owns them */
};

static struct attndyn_ode_vectors *family_of(N_Vector v) {
    return (struct attndyn_ode_vectors *)(void *)v->ops;
}

static N_Vector make(struct attndyn_ode_vectors *family, double *data, SUNContext context) {
    size_t own = data ? 0 : (size_t)family->length;
    struct vector *v = malloc(sizeof *v + own * sizeof *v->data);
    if (!v) return NULL;
    v->base.content = &v->content;
    v->base.ops = &family->ops;
    v->base.sunctx = context;
    v->content.length = family->length;
    v->content.own_data = data ? SUNFALSE : SUNTRUE;
    v->content.data = data ? data : v->data;
    return &v->base;
}

static N_Vector clone(N_Vector of) {
    struct attndyn_ode_vectors *family = family_of(of);
    N_Vector v = make(family, NULL, of->sunctx);
    if (v) return v;
    family->drained = true;
    return family->spare;
}

static void destroy(N_Vector v) {
    if (v != family_of(v)->spare) free(v);
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
    if (family->spare) N_VConst_Serial(0, family->spare);
    return family->spare != NULL;
}

N_Vector attndyn_ode_vectors_over(struct attndyn_ode_vectors *family, double *data,
                                  SUNContext context) {
    return make(family, data, context);
}

void attndyn_ode_vectors_end(struct attndyn_ode_vectors *family) {
    free(family->spare);
    family->spare = NULL;
}
