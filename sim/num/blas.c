#include "blas.h"

#include <cblas.h>
#include <stdio.h>

/* LAPACK has no header in OpenBLAS' Debian package: the Fortran symbols, by their documentation. */
void dgetrf_(const int *m, const int *n, double *a, const int *lda, int *pivots, int *info);
void dgetrs_(const char *trans, const int *n, const int *nrhs, const double *a, const int *lda,
             const int *pivots, double *b, const int *ldb, int *info, size_t trans_length);
void dgesdd_(const char *job, const int *m, const int *n, double *a, const int *lda, double *s,
             double *u, const int *ldu, double *vt, const int *ldvt, double *work,
             const int *work_length, int *integers, int *info, size_t job_length);
void dsyevd_(const char *job, const char *triangle, const int *n, double *a, const int *lda,
             double *values, double *work, const int *work_length, int *integers,
             const int *integers_length, int *info, size_t job_length, size_t triangle_length);
void dgeqrf_(const int *m, const int *n, double *a, const int *lda, double *tau, double *work,
             const int *work_length, int *info);
void dorgqr_(const int *m, const int *n, const int *k, double *a, const int *lda, const double *tau,
             double *work, const int *work_length, int *info);

/* An OpenBLAS built with OpenMP asks OpenMP at each call how many threads there are. Weak: this
 * program may be built without OpenMP, and OpenBLAS without it, too. */
extern int omp_get_max_threads(void) __attribute__((weak));
extern void omp_set_num_threads(int threads) __attribute__((weak));
enum { OPENBLAS_BY_OPENMP = 2 };

static bool by_openmp(void) {
    return openblas_get_parallel() == OPENBLAS_BY_OPENMP && omp_get_max_threads &&
           omp_set_num_threads;
}

/* OpenBLAS writes its configuration anew for each caller, into one place: two threads that ask at
 * once read half a line. So it is asked once. */
static char config[256];

/* Runs when the program is loaded, so that no caller can come too early or forget it. */
__attribute__((constructor)) static void one_thread(void) {
    attndyn_blas_threads_use(1);
    snprintf(config, sizeof config, "%s", openblas_get_config());
}

const char *attndyn_blas_core(void) {
    return openblas_get_corename();
}

const char *attndyn_blas_config(void) {
    return config;
}

int attndyn_blas_threads(void) {
    int own = openblas_get_num_threads(), asked = by_openmp() ? omp_get_max_threads() : own;
    return own > asked ? own : asked;
}

void attndyn_blas_threads_use(int threads) {
    int n = threads < 1 ? 1 : threads;
    openblas_set_num_threads(n);
    if (by_openmp()) omp_set_num_threads(n);
}

enum attndyn_status attndyn_blas_one_thread(struct attndyn_context *ctx) {
    if (attndyn_blas_threads() > 1) attndyn_blas_threads_use(1);
    if (attndyn_blas_threads() <= 1) return ATTNDYN_OK;
    return attndyn_fail(
        ctx, ATTNDYN_RUN_FAILED,
        "OpenBLAS stays on %d threads, whatever is asked of it (%s): set "
        "OPENBLAS_NUM_THREADS=1 and OMP_NUM_THREADS=1, or install its pthread build",
        attndyn_blas_threads(), config);
}

static CBLAS_TRANSPOSE op(enum attndyn_transpose t) {
    return t == ATTNDYN_TRANSPOSED ? CblasTrans : CblasNoTrans;
}

void attndyn_gemm_strided(enum attndyn_transpose ta, enum attndyn_transpose tb, size_t m, size_t n,
                          size_t k, double alpha, const double *a, size_t lda, const double *b,
                          size_t ldb, double beta, double *c, size_t ldc) {
    cblas_dgemm(CblasRowMajor, op(ta), op(tb), (blasint)m, (blasint)n, (blasint)k, alpha, a,
                (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}

void attndyn_gemm(enum attndyn_transpose ta, enum attndyn_transpose tb, size_t m, size_t n,
                  size_t k, double alpha, const double *a, const double *b, double beta,
                  double *c) {
    attndyn_gemm_strided(ta, tb, m, n, k, alpha, a, ta == ATTNDYN_PLAIN ? k : m, b,
                         tb == ATTNDYN_PLAIN ? n : k, beta, c, n);
}

void attndyn_gemm_single(enum attndyn_transpose ta, enum attndyn_transpose tb, size_t m, size_t n,
                         size_t k, float alpha, const float *a, size_t lda, const float *b,
                         size_t ldb, float beta, float *c, size_t ldc) {
    cblas_sgemm(CblasRowMajor, op(ta), op(tb), (blasint)m, (blasint)n, (blasint)k, alpha, a,
                (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}

void attndyn_gemv(enum attndyn_transpose ta, size_t rows, size_t columns, double alpha,
                  const double *a, const double *x, double beta, double *y) {
    cblas_dgemv(CblasRowMajor, op(ta), (blasint)rows, (blasint)columns, alpha, a, (blasint)columns,
                x, 1, beta, y, 1);
}

void attndyn_ger(size_t rows, size_t columns, double alpha, const double *x, const double *y,
                 double *a) {
    cblas_dger(CblasRowMajor, (blasint)rows, (blasint)columns, alpha, x, 1, y, 1, a,
               (blasint)columns);
}

void attndyn_syrk(enum attndyn_transpose ta, size_t n, size_t k, double alpha, const double *a,
                  double beta, double *c) {
    cblas_dsyrk(CblasRowMajor, CblasUpper, op(ta), (blasint)n, (blasint)k, alpha, a,
                (blasint)(ta == ATTNDYN_PLAIN ? k : n), beta, c, (blasint)n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) c[i * n + j] = c[j * n + i];
}

double attndyn_dot(size_t n, const double *x, const double *y) {
    return cblas_ddot((blasint)n, x, 1, y, 1);
}

double attndyn_norm(size_t n, const double *x) {
    return cblas_dnrm2((blasint)n, x, 1);
}

void attndyn_axpy(size_t n, double alpha, const double *x, double *y) {
    cblas_daxpy((blasint)n, alpha, x, 1, y, 1);
}

void attndyn_scale(size_t n, double alpha, double *x) {
    cblas_dscal((blasint)n, alpha, x, 1);
}

int attndyn_lu_factor(size_t n, double *a, int *pivots) {
    int order = (int)n, info;
    dgetrf_(&order, &order, a, &order, pivots, &info);
    return info;
}

void attndyn_lu_solve(size_t n, const double *factors, const int *pivots, size_t count, double *b) {
    int order = (int)n, columns = (int)count, info;
    dgetrs_("N", &order, &columns, factors, &order, pivots, b, &order, &info, 1);
}

int attndyn_lapack_svd(struct attndyn_context *ctx, size_t m, size_t n, double *a, double *s,
                       double *u, double *vt) {
    int rows = (int)m, columns = (int)n, k = rows < columns ? rows : columns, query = -1, info;
    const char *job = u ? "S" : "N";
    int *integers = ATTNDYN_NEW(ctx, int, 8 * (size_t)k);
    if (!integers) return ATTNDYN_LAPACK_MEMORY;
    double best, unused;
    double *left = u ? u : &unused, *right = u ? vt : &unused;
    int ldu = u ? rows : 1, ldvt = u ? k : 1;
    dgesdd_(job, &rows, &columns, a, &rows, s, left, &ldu, right, &ldvt, &best, &query, integers,
            &info, 1);
    int length = (int)best;
    double *work = ATTNDYN_NEW(ctx, double, (size_t)length);
    if (work)
        dgesdd_(job, &rows, &columns, a, &rows, s, left, &ldu, right, &ldvt, work, &length,
                integers, &info, 1);
    else
        info = ATTNDYN_LAPACK_MEMORY;
    attndyn_free(ctx, work);
    attndyn_free(ctx, integers);
    return info;
}

int attndyn_lapack_eigen(struct attndyn_context *ctx, size_t n, double *a, double *values,
                         bool vectors) {
    int order = (int)n, query = -1, best_integers, info;
    const char *job = vectors ? "V" : "N";
    double best;
    dsyevd_(job, "U", &order, a, &order, values, &best, &query, &best_integers, &query, &info, 1,
            1);
    int length = (int)best;
    double *work = ATTNDYN_NEW(ctx, double, (size_t)length);
    int *integers = ATTNDYN_NEW(ctx, int, (size_t)best_integers);
    if (work && integers)
        dsyevd_(job, "U", &order, a, &order, values, work, &length, integers, &best_integers, &info,
                1, 1);
    else
        info = ATTNDYN_LAPACK_MEMORY;
    attndyn_free(ctx, integers);
    attndyn_free(ctx, work);
    return info;
}

int attndyn_lapack_qr(struct attndyn_context *ctx, size_t m, size_t n, double *a,
                      double *r_diagonal) {
    int rows = (int)m, columns = (int)n, query = -1, info;
    double best, best_q;
    dgeqrf_(&rows, &columns, a, &rows, NULL, &best, &query, &info);
    dorgqr_(&rows, &columns, &columns, a, &rows, NULL, &best_q, &query, &info);
    int length = (int)(best > best_q ? best : best_q);
    double *tau = ATTNDYN_NEW(ctx, double, n), *work = ATTNDYN_NEW(ctx, double, (size_t)length);
    if (tau && work) {
        dgeqrf_(&rows, &columns, a, &rows, tau, work, &length, &info);
        for (size_t i = 0; i < n; i++) r_diagonal[i] = a[i * m + i];
        if (info == 0) dorgqr_(&rows, &columns, &columns, a, &rows, tau, work, &length, &info);
    } else {
        info = ATTNDYN_LAPACK_MEMORY;
    }
    attndyn_free(ctx, work);
    attndyn_free(ctx, tau);
    return info;
}
