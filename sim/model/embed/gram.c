#include "gram.h"

#include "../../num/blas.h"
#include "../rates.h"

#include <math.h>
#include <string.h>

static const enum attndyn_transpose P = ATTNDYN_PLAIN, T = ATTNDYN_TRANSPOSED;

/* rate = eta Gamma G Gamma + S Gamma^-1 A + A Gamma^-1 S^T. LAPACK's matrices are column-major, so
 * that solving with a row-major A leaves A Gamma^-1. */
static void matrix_rate(const struct attndyn_gram *m, const double *gamma, const double *factors,
                        const double *S, const double *G, const double *A, double eta,
                        double *rate) {
    size_t M = m->M;
    double *x = m->work + 5 * M * M, *xt = x + M * M;
    attndyn_gemm(P, P, M, M, M, eta, gamma, G, 0, x);
    attndyn_gemm(P, P, M, M, M, 1, x, gamma, 0, rate);
    memcpy(x, A, M * M * sizeof *x);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++) xt[i * M + j] = A[j * M + i];
    attndyn_lu_solve(M, factors, m->pivots, M, x);
    attndyn_lu_solve(M, factors, m->pivots, M, xt);
    attndyn_gemm(P, T, M, M, M, 1, S, xt, 1, rate);
    attndyn_gemm(P, T, M, M, M, 1, x, S, 1, rate);
}

static int rhs(double t, const double *y, double *dydt, void *user) {
    (void)t;
    const struct attndyn_gram *m = user;
    const struct attndyn_distribution *data = m->original->flow->distribution;
    size_t M = m->M, L = m->original->last_tokens, square = M * M;
    const double *Y = y, *Z = y + square, *gamma = y + 2 * square;
    double *GY = m->work, *GZ = GY + square, *S = GZ + square, *factors = S + square;
    double *rows = factors + square, *pull = m->work + 5 * square; /* (L, M) each */
    for (size_t r = 0; r < L; r++)
        memcpy(rows + r * M, Z + data->last_token[r] * M, M * sizeof *rows);
    if (attndyn_original_pull(m->original, Y, rows, GY, pull) != ATTNDYN_OK) return -1;
    memset(GZ, 0, square * sizeof *GZ);
    for (size_t r = 0; r < L; r++)
        memcpy(GZ + data->last_token[r] * M, pull + r * M, M * sizeof *rows);

    attndyn_gemm(P, T, M, M, M, m->eta_u, GY, Y, 0, S);
    attndyn_gemm(T, P, M, M, M, m->eta_u, GY, Y, 1, S);
    attndyn_gemm(P, T, M, M, M, m->eta_u, GZ, Z, 1, S);
    attndyn_gemm(T, P, M, M, M, m->eta_u, GZ, Z, 1, S);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++) dydt[2 * square + i * M + j] = S[i * M + j] + S[j * M + i];
    memcpy(factors, gamma, square * sizeof *factors);
    if (attndyn_lu_factor(M, factors, m->pivots) != 0) return 1;
    matrix_rate(m, gamma, factors, S, GY, Y, m->eta_v, dydt);
    matrix_rate(m, gamma, factors, S, GZ, Z, m->eta_w, dydt + square);
    return 0;
}

enum attndyn_status attndyn_gram_create(struct attndyn_context *ctx,
                                        struct attndyn_original *original, double eta_u,
                                        double eta_v, double eta_w, struct attndyn_gram **model) {
    const struct attndyn_rate rates[] = {{"eta_u", eta_u}, {"eta_v", eta_v}, {"eta_w", eta_w}, {0}};
    ATTNDYN_TRY(attndyn_rates_check(ctx, rates));
    struct attndyn_gram *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->original = original;
    m->eta_u = eta_u, m->eta_v = eta_v, m->eta_w = eta_w;
    m->M = original->tokens;
    m->n = 3 * m->M * m->M;
    ATTNDYN_ALLOC(ctx, m->work, 7 * m->M * m->M);
    ATTNDYN_ALLOC(ctx, m->pivots, m->M);
    m->problem = (struct attndyn_ode_problem){.n = m->n, .rhs = rhs, .user = m};
    *model = m;
    return ATTNDYN_OK;
}

void attndyn_gram_start(const struct attndyn_gram *m, double *y) {
    memset(y, 0, m->n * sizeof *y);
    for (size_t i = 0; i < m->M; i++) y[2 * m->M * m->M + i * (m->M + 1)] = 1;
}
