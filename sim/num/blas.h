/* Matrix products and factorisations: all calls to OpenBLAS (CBLAS and LAPACK) are here.
 *
 * OpenBLAS runs on one thread, set when the program is loaded: its results differ in the last bits
 * between one thread and two, and our own threads own the cores. An OpenBLAS built with OpenMP uses
 * OpenMP's number of threads, which is then set to 1 too, for the thread that loads this library;
 * parallel regions that give their own number are not affected. attndyn_blas_threads() tells the
 * number.
 *
 * Matrices are row-major and contiguous unless said otherwise, (rows, columns). A transposition
 * applies to the matrix as it lies in memory. */
#ifndef ATTNDYN_NUM_BLAS_H
#define ATTNDYN_NUM_BLAS_H

#include "../base/context.h"

enum attndyn_transpose { ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED };

/* The kernels that OpenBLAS chose ("Haswell"), its build, and the threads it uses. Static text. */
const char *attndyn_blas_core(void);
const char *attndyn_blas_config(void);
int attndyn_blas_threads(void);
/* Sets it to one thread and reads it back; ATTNDYN_RUN_FAILED: it stays above 1. */
enum attndyn_status attndyn_blas_one_thread(struct attndyn_context *ctx);
/* All threads, for one large problem alone on the machine; results then differ in the last bits. */
void attndyn_blas_threads_use(int threads);

/* c (m, n) = alpha op(a) op(b) + beta c; op(a): (m, k), op(b): (k, n). */
void attndyn_gemm(enum attndyn_transpose ta, enum attndyn_transpose tb, size_t m, size_t n,
                  size_t k, double alpha, const double *a, const double *b, double beta, double *c);
/* The same with leading dimensions (the distance of two rows in memory). */
void attndyn_gemm_strided(enum attndyn_transpose ta, enum attndyn_transpose tb, size_t m, size_t n,
                          size_t k, double alpha, const double *a, size_t lda, const double *b,
                          size_t ldb, double beta, double *c, size_t ldc);
/* Single precision, for the networks on text. */
void attndyn_gemm_single(enum attndyn_transpose ta, enum attndyn_transpose tb, size_t m, size_t n,
                         size_t k, float alpha, const float *a, size_t lda, const float *b,
                         size_t ldb, float beta, float *c, size_t ldc);
/* y = alpha op(a) x + beta y; a: (rows, columns). */
void attndyn_gemv(enum attndyn_transpose ta, size_t rows, size_t columns, double alpha,
                  const double *a, const double *x, double beta, double *y);
/* a (rows, columns) += alpha x y^T. */
void attndyn_ger(size_t rows, size_t columns, double alpha, const double *x, const double *y,
                 double *a);
/* c (n, n) = alpha a a^T + beta c for a: (n, k); with `ta`: alpha a^T a + beta c for a: (k, n).
 * Both triangles are written. */
void attndyn_syrk(enum attndyn_transpose ta, size_t n, size_t k, double alpha, const double *a,
                  double beta, double *c);
double attndyn_dot(size_t n, const double *x, const double *y);
/* Euclidean norm, without overflow. */
double attndyn_norm(size_t n, const double *x);
/* y += alpha x */
void attndyn_axpy(size_t n, double alpha, const double *x, double *y);
void attndyn_scale(size_t n, double alpha, double *x);

/* LAPACK's own layout: column-major, (n, n). Factorises in place; 0, or > 0 if singular. */
int attndyn_lu_factor(size_t n, double *a, int *pivots);
/* Solves for `count` right-hand sides (n, count) in place. */
void attndyn_lu_solve(size_t n, const double *factors, const int *pivots, size_t count, double *b);
/* The drivers behind linalg.h, column-major; they return LAPACK's info. Workspace comes from ctx;
 * ATTNDYN_LAPACK_MEMORY if there is none. */
enum { ATTNDYN_LAPACK_MEMORY = -1000 };
/* gesdd: thin SVD a (m, n) = u (m, k) diag(s) vt (k, n), k = min(m, n); u = vt = NULL: values
 * only. a is destroyed. */
int attndyn_lapack_svd(struct attndyn_context *ctx, size_t m, size_t n, double *a, double *s,
                       double *u, double *vt);
/* syevd: eigenvalues ascending; with `vectors` a becomes the eigenvectors, in columns. */
int attndyn_lapack_eigen(struct attndyn_context *ctx, size_t n, double *a, double *values,
                         bool vectors);
/* geqrf and orgqr: a (m, n), m >= n, becomes Q; r_diagonal: (n). */
int attndyn_lapack_qr(struct attndyn_context *ctx, size_t m, size_t n, double *a,
                      double *r_diagonal);

#endif
