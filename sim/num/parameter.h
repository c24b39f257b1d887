/* A trainable tensor: what a model hands to an optimiser and to a checkpoint. */
#ifndef ATTNDYN_NUM_PARAMETER_H
#define ATTNDYN_NUM_PARAMETER_H

#include "../base/context.h"
#include "../base/real.h"

struct attndyn_parameter {
    char name[64];  /* unique in the model: "layers.0.attention.query.weight" */
    int dimensions; /* 1: a vector of `columns` (rows = 1); 2: a matrix (rows, columns) */
    size_t rows, columns;
    attndyn_real *value; /* (rows, columns) row-major; owned by the model */
    /* (rows, columns); with `sparse` only the rows touched[0 .. n_touched), ascending, as a
     * (n_touched, columns) array: all other rows of the gradient are zero. NULL where frozen. */
    attndyn_real *gradient;
    bool sparse;
    const uint32_t *touched;
    size_t n_touched;
    bool frozen; /* never moves, has no gradient */
};

static inline size_t attndyn_parameter_count(const struct attndyn_parameter *p) {
    return p->rows * p->columns;
}

#endif
