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
    /* dense supports: f_n and g_n spread over all rows, P(n) r_n; NULL where supports are sparse */
    double *dense_f, *dense_g; /* (K, rows) */
    double *dense_r;           /* (K, width) */
    /* the same for the derivative along v */
    double *df, *dpush, *dresidual, *dweighted;
};

/* Computes everything for every class at y and fills the work arrays. */
void attndyn_flow_pass(struct attndyn_flow *flow, const double *y);
/* The same for one class, over its support. */
void attndyn_flow_class(struct attndyn_flow *flow, const double *y, size_t n);
/* f_n alone. */
void attndyn_flow_context_vector(struct attndyn_flow *flow, const double *z, size_t n);
/* sum_j over all V columns of x_j y_j, from the dot product over the carried ones. */
double attndyn_flow_repeated(const struct attndyn_flow *flow, double dot, double x, double y);

/* Matrix products are faster than a walk over entries when most entries are nonzero. Allocates
 * their buffers in that case. */
enum attndyn_status attndyn_flow_dense_create(struct attndyn_context *ctx,
                                              struct attndyn_flow *flow);
void attndyn_flow_dense_pass(struct attndyn_flow *flow, const double *y);
/* dY: (rows, width) = scale_y sum_n P(n) f_n r_n^T from what the pass left. */
void attndyn_flow_dense_gather(const struct attndyn_flow *flow, double scale_y, double *dydt);

#endif
