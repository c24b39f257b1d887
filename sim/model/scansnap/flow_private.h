/* What the files of the flow share. */
#ifndef ATTNDYN_MODEL_SCANSNAP_FLOW_PRIVATE_H
#define ATTNDYN_MODEL_SCANSNAP_FLOW_PRIVATE_H

#include "flow.h"

struct attndyn_flow_work {
    int threads;
    double *log_p;   /* (nnz) log P(l|n) */
    size_t *z_first; /* (z + 1) the entries of a z, classes ascending */
    size_t *z_entry; /* (nnz) */
    /* results of the pass over the classes */
    double *f, *force, *push;      /* (nnz): f, g, P(n) f (g - f s) */
    double *residual;              /* (K, width): r_n */
    double *alpha, *delta, *gamma; /* (K) */
    double *weighted;              /* (nnz), by row_entry: P(n) f, for the rows of dY */
    /* the same for the derivative along v */
    double *df, *dpush, *dresidual, *dweighted;
};

/* Everything of one class at y: fills its part of the work arrays. */
void attndyn_flow_class(struct attndyn_flow *flow, const double *y, size_t n);

#endif
