/* GaLore's optimiser on one matrix: Adam's moments in a subspace of the gradient's own singular
 * vectors (Zhao et al., arXiv 2403.03507, Algorithm 1), with the conventions of the optimiser that
 * its authors published.
 *
 *     every `gap` updates, the first included:  U S V^T = G  (thin, LAPACK's gesdd on G (m, n) as
 * it is, signs as they come);  P = U[:, :r], Q = V^T[:r, :], r = min(rank, m, n) R = P^T G (left),
 * G Q^T (right) or P^T G Q^T (full) M <- b1 M + (1 - b1) R;  V <- b2 V + (1 - b2) R^2     kept when
 * the subspace is renewed N = M / (sqrt(V) + epsilon)                           epsilon before the
 * bias is corrected W <- W - lr sqrt(1 - b2^t)/(1 - b1^t) scale back(N);  back: P N, N Q or P N Q
 *     W <- W - lr decay W
 *
 * Beside it, with the same last line: the same without projection and scale (ATTNDYN_GALORE_ADAMW),
 * and W <- W - lr G (ATTNDYN_GALORE_SGD). This Adam is not that of optimizer.h, which corrects the
 * bias before epsilon is added.
 */
#ifndef ATTNDYN_NUM_OPTIM_GALORE_H
#define ATTNDYN_NUM_OPTIM_GALORE_H

#include "../../base/context.h"
#include "../../base/real.h"

#define attndyn_galore ATTNDYN_REAL_NAME(attndyn_galore)
#define attndyn_galore_create ATTNDYN_REAL_NAME(attndyn_galore_create)
#define attndyn_galore_step ATTNDYN_REAL_NAME(attndyn_galore_step)
#define attndyn_galore_numbers ATTNDYN_REAL_NAME(attndyn_galore_numbers)

/* In the order of the names. */
enum attndyn_galore_method { ATTNDYN_GALORE_SGD, ATTNDYN_GALORE_ADAMW, ATTNDYN_GALORE_GALORE };
#define ATTNDYN_GALORE_METHODS "sgd|adamw|galore"
/* std: right where m >= n, else left (the moments' longer side stays); reverse_std: the other. */
enum attndyn_galore_side {
    ATTNDYN_GALORE_STD,
    ATTNDYN_GALORE_REVERSE_STD,
    ATTNDYN_GALORE_LEFT,
    ATTNDYN_GALORE_RIGHT,
    ATTNDYN_GALORE_FULL
};
#define ATTNDYN_GALORE_SIDES "std|reverse_std|left|right|full"

struct attndyn_galore_options {
    enum attndyn_galore_method method;
    enum attndyn_galore_side side;
    size_t rank, gap; /* at least 1 */
    double scale, beta1, beta2, epsilon, decay;
    bool no_moments; /* GALORE: N = R, SGD in the subspace */
};

/* The state: P, Q and the moments are what a checkpoint has to keep, with `updates`. */
struct attndyn_galore {
    struct attndyn_galore_options options;
    size_t m, n, r;
    size_t rows, columns; /* of R and the moments: (m, n), (r, n), (m, r) or (r, r); 0: none */
    attndyn_real *P, *Q;  /* (m, r) and (r, n), row-major; NULL where the side has none */
    attndyn_real *first, *second;        /* (rows, columns) or NULL */
    uint64_t updates;                    /* made so far */
    attndyn_real *reduced, *half, *back; /* scratch */
};

/* Whether a side projects from the left, from the right. */
void attndyn_galore_sides(enum attndyn_galore_side side, size_t m, size_t n, bool *left,
                          bool *right);
/* For a matrix (m, n); owned by ctx. ATTNDYN_USAGE: a setting out of range. */
enum attndyn_status attndyn_galore_create(struct attndyn_context *ctx,
                                          const struct attndyn_galore_options *options, size_t m,
                                          size_t n, struct attndyn_galore **galore);
/* One update of W (m, n) by the gradient G (m, n), both row-major, at rate lr.
 * ATTNDYN_RUN_FAILED: the decomposition did not converge. */
enum attndyn_status attndyn_galore_step(struct attndyn_context *ctx, struct attndyn_galore *galore,
                                        double lr, const attndyn_real *G, attndyn_real *W);
/* Numbers that the state holds: projectors and moments. */
size_t attndyn_galore_numbers(const struct attndyn_galore *galore);

#endif
