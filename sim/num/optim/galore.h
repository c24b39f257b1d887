/* The optimiser of one matrix: a rule for its step, in a subspace or not. GaLore (Zhao et al.,
 * arXiv 2403.03507, Algorithm 1) around any inner rule, with the conventions of the optimiser that
 * its authors published.
 *
 *     G <- clip G (+ decay W where coupled)
 *     when it is time, the first update included:  P = U[:, :r], Q = V^T[:r, :] of the subspace
 *         (below), r = min(rank, m, n)
 *     R = P^T G (left), G Q^T (right), P^T G Q^T (full), or G where nothing is projected
 *     N, c = the rule's step and factor, from R and its state
 *     W <- W - lr c scale back(N);  back: P N, N Q, P N Q; without projection N, and scale = 1
 *     W <- W - lr decay W where the decay is not coupled
 *
 * Rules, t the updates made, this one included:
 *     adam       M <- b1 M + (1 - b1) R;  V <- b2 V + (1 - b2) R^2;  by `form`
 *         published  N = M / (sqrt(V) + epsilon),  c = sqrt(1 - b2^t) / (1 - b1^t)
 *         pytorch    N = M / (sqrt(V / (1 - b2^t)) + epsilon),  c = 1 / (1 - b1^t)   (optimizer.h)
 *         slide      N = M / sqrt(V + epsilon),  c = 1   (the talk's, no bias correction)
 *     adam8      the same, M and V in 8 bits (quantised.h) where R has at least min_8bit numbers
 *     sgd        N = R, c = 1; with momentum  M <- momentum M + R, N = M
 *     adafactor  (Shazeer and Stern 2018, without relative steps)  b = 1 - t^-0.8,
 *                rows <- b rows + (1 - b) mean over columns of R^2 + 1e-30, columns likewise,
 *                V = rows columns / mean(rows), of a vector V <- b V + (1 - b) (R^2 + 1e-30);
 *                U = R / sqrt(V), divided by max(1, rms(U)); with b1 > 0  M <- b1 M + (1 - b1) U,
 *                N = M, else N = U; c = 1
 *
 * At a renewal the moments are kept (as published), reset (t counts from there), or rotated: with
 * C = P_new^T P_old, M <- C M, V <- (C o C) V, and so from the right.
 */
#ifndef ATTNDYN_NUM_OPTIM_GALORE_H
#define ATTNDYN_NUM_OPTIM_GALORE_H

#include "../../base/context.h"
#include "../../base/real.h"
#include "quantised.h"

#define attndyn_galore ATTNDYN_REAL_NAME(attndyn_galore)
#define attndyn_galore_create ATTNDYN_REAL_NAME(attndyn_galore_create)
#define attndyn_galore_room ATTNDYN_REAL_NAME(attndyn_galore_room)
#define attndyn_galore_create_in ATTNDYN_REAL_NAME(attndyn_galore_create_in)
#define attndyn_galore_step ATTNDYN_REAL_NAME(attndyn_galore_step)
#define attndyn_galore_numbers ATTNDYN_REAL_NAME(attndyn_galore_numbers)
#define attndyn_galore_step_clipped ATTNDYN_REAL_NAME(attndyn_galore_step_clipped)
#define attndyn_galore_bytes ATTNDYN_REAL_NAME(attndyn_galore_bytes)
#define attndyn_galore_reset ATTNDYN_REAL_NAME(attndyn_galore_reset)
#define attndyn_galore_resume ATTNDYN_REAL_NAME(attndyn_galore_resume)
#define attndyn_galore_state ATTNDYN_REAL_NAME(attndyn_galore_state)
#define attndyn_galore_tensor ATTNDYN_REAL_NAME(attndyn_galore_tensor)

/* What is done to the matrix; SGD: W - lr G; ADAMW: the rule; GALORE: the rule in a subspace. In
 * the order of the names, as are all below. */
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

enum attndyn_galore_rule {
    ATTNDYN_RULE_ADAM,
    ATTNDYN_RULE_SGD,
    ATTNDYN_RULE_ADAFACTOR,
    ATTNDYN_RULE_ADAM8
};
enum attndyn_galore_form { ATTNDYN_FORM_PUBLISHED, ATTNDYN_FORM_PYTORCH, ATTNDYN_FORM_SLIDE };
/* svd: leading singular vectors of G by gesdd, signs as they come. randomised: by a range of r + 8
 * random directions and two rounds of G G^T (Halko, Martinsson and Tropp 2011). warm: by the same
 * from the subspace in use, the first by gesdd. random: orthonormal directions drawn anew, frozen:
 * the first svd for ever. */
enum attndyn_galore_subspace {
    ATTNDYN_SUBSPACE_SVD,
    ATTNDYN_SUBSPACE_RANDOMISED,
    ATTNDYN_SUBSPACE_WARM,
    ATTNDYN_SUBSPACE_RANDOM,
    ATTNDYN_SUBSPACE_FROZEN
};
#define ATTNDYN_SUBSPACES "svd|randomised|warm|random|frozen"
enum attndyn_galore_moments {
    ATTNDYN_MOMENTS_KEPT,
    ATTNDYN_MOMENTS_RESET,
    ATTNDYN_MOMENTS_ROTATED
};
#define ATTNDYN_MOMENTS "kept|reset|rotated"

struct attndyn_galore_options {
    enum attndyn_galore_method method;
    enum attndyn_galore_side side;
    size_t rank, gap; /* at least 1 */
    double scale, beta1, beta2, epsilon, decay;
    bool no_moments; /* GALORE: N = R, SGD in the subspace */
    enum attndyn_galore_rule rule;
    enum attndyn_galore_form form;
    enum attndyn_galore_subspace subspace;
    enum attndyn_galore_moments moments;
    /* The updates after the first renewal that come before the second are gap - phase: matrices of
     * different phases are not renewed in the same update. */
    size_t phase;
    size_t min_8bit; /* 0: 4096, as published */
    bool coupled;    /* decay is added to the gradient */
    double momentum; /* of sgd */
    uint64_t seed;   /* of random directions */
};

/* Room for the step of any matrix; matrices that move one after the other can share it. Begins as
 * zeros. */
struct attndyn_galore_room {
    attndyn_real *reduced, *half, *back;
    size_t n_reduced, n_half, n_back;
};

/* The state: what a checkpoint has to keep, with `updates` and `age`. */
struct attndyn_galore {
    struct attndyn_galore_options options;
    size_t m, n, r;
    size_t rows, columns; /* of R and the moments: (m, n), (r, n), (m, r) or (r, r); 0: none */
    attndyn_real *P, *Q;  /* (m, r) and (r, n), row-major; NULL where the side has none */
    attndyn_real *first, *second; /* (rows, columns) or NULL */
    attndyn_real *row, *column;   /* adafactor: (rows), (columns); of a vector `second` */
    struct attndyn_quantised *first8, *second8; /* in place of first, second */
    uint64_t updates;                           /* made so far */
    uint64_t since;                             /* of them, before the moments' start */
    struct attndyn_galore_room *room;           /* scratch, of its own or shared */
};

/* Whether a side projects from the left, from the right. */
void attndyn_galore_sides(enum attndyn_galore_side side, size_t m, size_t n, bool *left,
                          bool *right);
/* For a matrix (m, n); owned by ctx. ATTNDYN_USAGE: a setting out of range. */
enum attndyn_status attndyn_galore_create(struct attndyn_context *ctx,
                                          const struct attndyn_galore_options *options, size_t m,
                                          size_t n, struct attndyn_galore **galore);
/* The same in a room that others use, too; it grows where it is too small. */
enum attndyn_status attndyn_galore_create_in(struct attndyn_context *ctx,
                                             const struct attndyn_galore_options *options, size_t m,
                                             size_t n, struct attndyn_galore_room *room,
                                             struct attndyn_galore **galore);
/* One update of W (m, n) by the gradient G (m, n), both row-major, at rate lr.
 * ATTNDYN_RUN_FAILED: the decomposition did not converge. */
enum attndyn_status attndyn_galore_step(struct attndyn_context *ctx, struct attndyn_galore *galore,
                                        double lr, const attndyn_real *G, attndyn_real *W);
/* The same by clip G. */
enum attndyn_status attndyn_galore_step_clipped(struct attndyn_context *ctx,
                                                struct attndyn_galore *galore, double lr,
                                                double clip, const attndyn_real *G,
                                                attndyn_real *W);
/* Numbers that the state holds: projectors and moments (in 8 bits, too). */
size_t attndyn_galore_numbers(const struct attndyn_galore *galore);
/* Its bytes; 8-bit codes with their scales. */
size_t attndyn_galore_bytes(const struct attndyn_galore *galore);
/* As new: no update made. */
void attndyn_galore_reset(struct attndyn_galore *galore);

/* After the state has been filled from a checkpoint: so many updates were made. */
void attndyn_galore_resume(struct attndyn_galore *galore, uint64_t updates);

/* A tensor of the state, for a checkpoint. */
struct attndyn_galore_tensor {
    const char *name; /* "left", "right", "first", "second", "row", "column", "first8", ... */
    size_t rows, columns;
    attndyn_real *value;
};
enum { ATTNDYN_GALORE_TENSORS = 8 };
/* All of them; returns how many. */
size_t attndyn_galore_state(const struct attndyn_galore *galore,
                            struct attndyn_galore_tensor tensors[ATTNDYN_GALORE_TENSORS]);

#endif
