/* The parametric gradient of GaLore (arXiv 2403.03507, Eqn. 6; averages over the batch written
 * out):
 *
 *     G(W) = (1/N) sum_i ( A_i - B_i W C_i ),      W, A_i: (m, n), B_i: (m, m), C_i: (n, n)
 *
 * with B_i, C_i symmetric positive semidefinite and constant; gradient ascent W <- W + eta G. Only
 * the mean of the A_i enters. All matrices are row-major; vec() stacks columns, as in the papers:
 * vec(W)[i + m j] = W_ij, and vec G' = -S vec W' with S = (1/N) sum_i C_i kron B_i (mn, mn). */
#ifndef ATTNDYN_MODEL_LOWRANK_PARAMETRIC_H
#define ATTNDYN_MODEL_LOWRANK_PARAMETRIC_H

#include "../../base/random.h"

struct attndyn_parametric {
    size_t m, n, N;
    double *A; /* (m, n): the mean of A_i */
    double *B; /* (N, m, m) */
    double *C; /* (N, n, n) */
    double *W; /* (m, n): the starting point */
};

enum attndyn_parametric_kind {
    ATTNDYN_PARAMETRIC_GENERIC,  /* B_i = X X^T/m + I/10, C_i = Y Y^T/n + I/10, normal entries */
    ATTNDYN_PARAMETRIC_PRODUCT,  /* one B for all i: S = mean(C_i) kron B */
    ATTNDYN_PARAMETRIC_RANK_ONE, /* C_i = f_i f_i^T, f_i in a space of `span` dimensions */
    ATTNDYN_PARAMETRIC_COUNTEREXAMPLE /* 2 x 2, N = 6: see theory/lowrank/bounds.h */
};

/* Zeroed matrices, owned by ctx. */
enum attndyn_status attndyn_parametric_create(struct attndyn_context *ctx, size_t m, size_t n,
                                              size_t N, struct attndyn_parametric *g);

/* Draws an instance; standard normals throughout, arrays filled row-major, in this order:
 *   generic:  all X_i (m, m); all Y_i (n, n); all A_i (m, n); W (m, n)
 *   product:  X (m, m); all Y_i (n, n); all A_i; W
 *   rank one: all X_i (m, m); F (n, span); all c_i (span), f_i = F c_i / sqrt(span); then for
 *             each i a_i (m), A_i = a_i f_i^T; W (m, n). S is singular where N or span < n
 * The counterexample draws nothing and needs m = n = 2, N = 6. `span` counts for rank one only. */
enum attndyn_status attndyn_parametric_draw(struct attndyn_context *ctx,
                                            struct attndyn_random *random,
                                            enum attndyn_parametric_kind kind, size_t m, size_t n,
                                            size_t N, size_t span, struct attndyn_parametric *g);

/* out (m, n) = (1/N) sum_i B_i X C_i: applies S without forming it. work: at least m*n doubles. */
void attndyn_parametric_apply(const struct attndyn_parametric *g, const double *X, double *work,
                              double *out);
/* G (m, n) = G(W). work: at least m*n doubles. */
void attndyn_parametric_gradient(const struct attndyn_parametric *g, const double *W, double *work,
                                 double *G);
/* S (mn, mn), symmetric, explicit; the slow twin of attndyn_parametric_apply. */
void attndyn_parametric_operator(const struct attndyn_parametric *g, double *S);

/* vec of a row-major (m, n) matrix and back. */
void attndyn_parametric_vec(size_t m, size_t n, const double *X, double *vec);
void attndyn_parametric_unvec(size_t m, size_t n, const double *vec, double *X);

#endif
