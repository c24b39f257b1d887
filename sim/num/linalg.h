/* Factorisations of small and middle-sized dense matrices, row-major (LAPACK through blas.h). */
#ifndef ATTNDYN_NUM_LINALG_H
#define ATTNDYN_NUM_LINALG_H

#include "../base/random.h"

/* Thin singular value decomposition a (m, n) = u (m, k) diag(s) vt (k, n), k = min(m, n), s
 * falling. u and vt may both be NULL. a is left as it is. */
enum attndyn_status attndyn_svd(struct attndyn_context *ctx, size_t m, size_t n, const double *a,
                                double *s, double *u, double *vt);
/* Of a symmetric a (n, n): values rising; vectors (n, n): row i belongs to values[i]; or NULL. */
enum attndyn_status attndyn_eigen_symmetric(struct attndyn_context *ctx, size_t n, const double *a,
                                            double *values, double *vectors);
/* Solves a (n, n) x = b for `count` right-hand sides: b, x (n, count); x may be b. */
enum attndyn_status attndyn_linear_solve(struct attndyn_context *ctx, size_t n, const double *a,
                                         size_t count, const double *b, double *x);
/* q (m, n), m >= n, with orthonormal columns, uniform (Haar): QR of a Gaussian matrix drawn row by
 * row, the signs those of a positive diagonal of R. */
enum attndyn_status attndyn_orthonormal_random(struct attndyn_context *ctx,
                                               struct attndyn_random *random, size_t m, size_t n,
                                               double *q);
/* The spectral norm of a (m, n) by Lanczos bidiagonalisation with full reorthogonalisation: two
 * passes over a per iteration, memory (m + n) per iteration. Fails if `iterations` (0: 300) do
 * not bring the estimated relative error of the norm below tolerance. */
enum attndyn_status attndyn_spectral_norm(struct attndyn_context *ctx, size_t m, size_t n,
                                          const double *a, double tolerance, size_t iterations,
                                          double *norm);

#endif
