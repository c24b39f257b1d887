#include "parametric.h"

#include "../../num/blas.h"

#include <math.h>
#include <string.h>

enum attndyn_status attndyn_parametric_create(struct attndyn_context *ctx, size_t m, size_t n,
                                              size_t N, struct attndyn_parametric *g) {
    *g = (struct attndyn_parametric){.m = m, .n = n, .N = N};
    ATTNDYN_ALLOC(ctx, g->A, m * n);
    ATTNDYN_ALLOC(ctx, g->B, N * m * m);
    ATTNDYN_ALLOC(ctx, g->C, N * n * n);
    ATTNDYN_ALLOC(ctx, g->W, m * n);
    return ATTNDYN_OK;
}

/* out (k, k) = X X^T / k + I/10 for a fresh normal X (k, k). */
static void draw_definite(struct attndyn_random *random, size_t k, double *X, double *out) {
    attndyn_random_normals(random, 1, k * k, X);
    attndyn_syrk(ATTNDYN_PLAIN, k, k, 1.0 / (double)k, X, 0, out);
    for (size_t i = 0; i < k; i++) out[i * k + i] += 0.1;
}

/* A += the mean of N normal matrices, in the order in which they are drawn. */
static void draw_mean(struct attndyn_random *random, struct attndyn_parametric *g) {
    for (size_t i = 0; i < g->N; i++)
        for (size_t j = 0; j < g->m * g->n; j++) g->A[j] += attndyn_random_normal(random);
    for (size_t j = 0; j < g->m * g->n; j++) g->A[j] /= (double)g->N;
}

/* C_i = f_i f_i^T and A = mean of a_i f_i^T: the gradient of linear layers, sample by sample. */
static enum attndyn_status draw_rank_one(struct attndyn_context *ctx, struct attndyn_random *random,
                                         size_t span, struct attndyn_parametric *g) {
    const size_t m = g->m, n = g->n, N = g->N;
    double *F, *c, *f, *a;
    ATTNDYN_ALLOC(ctx, F, n * span);
    ATTNDYN_ALLOC(ctx, c, N * span);
    ATTNDYN_ALLOC(ctx, f, N * n);
    ATTNDYN_ALLOC(ctx, a, m);
    attndyn_random_normals(random, 1, n * span, F);
    attndyn_random_normals(random, 1, N * span, c);
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, N, n, span, 1 / sqrt((double)span), c, F, 0, f);
    for (size_t i = 0; i < N; i++) {
        const double *fi = f + i * n;
        for (size_t j = 0; j < n * n; j++) g->C[i * n * n + j] = fi[j / n] * fi[j % n];
        attndyn_random_normals(random, 1, m, a);
        for (size_t j = 0; j < m * n; j++) g->A[j] += a[j / n] * fi[j % n] / (double)N;
    }
    return ATTNDYN_OK;
}

static void counterexample(struct attndyn_parametric *g) {
    static const double plus[4] = {0.5, 0.5, 0.5, 0.5}, minus[4] = {0.5, -0.5, -0.5, 0.5};
    static const double e0[4] = {1, 0, 0, 0}, e1[4] = {0, 0, 0, 1};
    static const struct {
        double weight;
        const double *C, *B;
    } sample[6] = {{0.2, plus, minus}, {0.2, minus, plus}, {0.85, e0, e0},
                   {1.3, e0, e1},      {1.3, e1, e0},      {1.0, e1, e1}};
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 4; j++) {
            g->C[4 * i + j] = 6 * sample[i].weight * sample[i].C[j];
            g->B[4 * i + j] = sample[i].B[j];
        }
    g->A[0] = 1.8;
    g->A[3] = 1.4;
}

enum attndyn_status attndyn_parametric_draw(struct attndyn_context *ctx,
                                            struct attndyn_random *random,
                                            enum attndyn_parametric_kind kind, size_t m, size_t n,
                                            size_t N, size_t span, struct attndyn_parametric *g) {
    if (kind == ATTNDYN_PARAMETRIC_COUNTEREXAMPLE && (m != 2 || n != 2 || N != 6))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the counterexample is 2 x 2 with N = 6: set m=2 n=2 N=6");
    if (kind == ATTNDYN_PARAMETRIC_RANK_ONE && (span < 1 || span > n))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "span = %zu: expected 1 to n = %zu", span, n);
    ATTNDYN_TRY(attndyn_parametric_create(ctx, m, n, N, g));
    if (kind == ATTNDYN_PARAMETRIC_COUNTEREXAMPLE) {
        counterexample(g);
        return ATTNDYN_OK;
    }
    double *X;
    ATTNDYN_ALLOC(ctx, X, m > n ? m * m : n * n);
    for (size_t i = 0; i < N; i++) {
        if (i > 0 && kind == ATTNDYN_PARAMETRIC_PRODUCT)
            memcpy(g->B + i * m * m, g->B, m * m * sizeof(double));
        else
            draw_definite(random, m, X, g->B + i * m * m);
    }
    if (kind == ATTNDYN_PARAMETRIC_RANK_ONE) {
        ATTNDYN_TRY(draw_rank_one(ctx, random, span, g));
    } else {
        for (size_t i = 0; i < N; i++) draw_definite(random, n, X, g->C + i * n * n);
        draw_mean(random, g);
    }
    attndyn_random_normals(random, 1, m * n, g->W);
    return ATTNDYN_OK;
}

void attndyn_parametric_apply(const struct attndyn_parametric *g, const double *X, double *work,
                              double *out) {
    const size_t m = g->m, n = g->n;
    const double weight = 1.0 / (double)g->N;
    for (size_t i = 0; i < g->N; i++) {
        attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, m, n, m, 1, g->B + i * m * m, X, 0, work);
        attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, m, n, n, weight, work, g->C + i * n * n, i > 0,
                     out);
    }
}

void attndyn_parametric_gradient(const struct attndyn_parametric *g, const double *W, double *work,
                                 double *G) {
    attndyn_parametric_apply(g, W, work, G);
    for (size_t j = 0; j < g->m * g->n; j++) G[j] = g->A[j] - G[j];
}

void attndyn_parametric_operator(const struct attndyn_parametric *g, double *S) {
    const size_t m = g->m, n = g->n, mn = m * n;
    for (size_t row = 0; row < mn; row++)
        for (size_t col = 0; col < mn; col++) {
            double sum = 0;
            for (size_t i = 0; i < g->N; i++)
                sum += g->C[i * n * n + row / m * n + col / m] *
                       g->B[i * m * m + row % m * m + col % m];
            S[row * mn + col] = sum / (double)g->N;
        }
}

void attndyn_parametric_vec(size_t m, size_t n, const double *X, double *vec) {
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) vec[i + m * j] = X[i * n + j];
}

void attndyn_parametric_unvec(size_t m, size_t n, const double *vec, double *X) {
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) X[i * n + j] = vec[i + m * j];
}
