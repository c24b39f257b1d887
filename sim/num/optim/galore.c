#include "galore.h"

#include "../blas.h"

#include <float.h>
#include <math.h>

#ifdef ATTNDYN_DOUBLE
#define gemm attndyn_gemm_strided
#define ROOT(x) sqrt(x)
#else
#define gemm attndyn_gemm_single
#define ROOT(x) sqrtf(x)
#endif

#ifndef ATTNDYN_DOUBLE /* once, for both precisions */
void attndyn_galore_sides(enum attndyn_galore_side side, size_t m, size_t n, bool *left,
                          bool *right) {
    bool tall = m >= n;
    *right = side == ATTNDYN_GALORE_RIGHT || side == ATTNDYN_GALORE_FULL ||
             (side == ATTNDYN_GALORE_STD && tall) || (side == ATTNDYN_GALORE_REVERSE_STD && !tall);
    *left = side == ATTNDYN_GALORE_FULL || !*right;
}
#endif

static enum attndyn_status check(struct attndyn_context *ctx,
                                 const struct attndyn_galore_options *o) {
    const struct {
        const char *name;
        double value, below;
    } ranges[] = {{"beta1", o->beta1, 1},
                  {"beta2", o->beta2, 1},
                  {"epsilon", o->epsilon, HUGE_VAL},
                  {"scale", o->scale, HUGE_VAL},
                  {"weight decay", o->decay, HUGE_VAL}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (!(ranges[i].value >= 0 && ranges[i].value < ranges[i].below))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "galore: %s is %g, expected [0, %g)",
                                ranges[i].name, ranges[i].value, ranges[i].below);
    if (o->rank < 1 || o->gap < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "galore: rank %zu and gap %zu, expected at least 1",
                            o->rank, o->gap);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_galore_create(struct attndyn_context *ctx,
                                          const struct attndyn_galore_options *options, size_t m,
                                          size_t n, struct attndyn_galore **galore) {
    struct attndyn_galore *g;
    size_t least = m < n ? m : n;
    bool left = false, right = false;
    ATTNDYN_TRY(check(ctx, options));
    ATTNDYN_ALLOC(ctx, g, 1);
    g->options = *options;
    g->m = m, g->n = n;
    g->r = options->rank < least ? options->rank : least;
    if (options->method == ATTNDYN_GALORE_GALORE)
        attndyn_galore_sides(options->side, m, n, &left, &right);
    if (options->method != ATTNDYN_GALORE_SGD) {
        g->rows = left ? g->r : m;
        g->columns = right ? g->r : n;
        ATTNDYN_ALLOC(ctx, g->reduced, g->rows * g->columns);
    }
    if (g->rows && !((left || right) && options->no_moments)) {
        ATTNDYN_ALLOC(ctx, g->first, g->rows * g->columns);
        ATTNDYN_ALLOC(ctx, g->second, g->rows * g->columns);
    }
    if (left) ATTNDYN_ALLOC(ctx, g->P, m * g->r);
    if (right) ATTNDYN_ALLOC(ctx, g->Q, g->r * n);
    if (left && right) ATTNDYN_ALLOC(ctx, g->half, g->r * n);
    if (left || right) ATTNDYN_ALLOC(ctx, g->back, m * n);
    *galore = g;
    return ATTNDYN_OK;
}

/* The leading singular vectors of G, from a copy in LAPACK's layout: of the transpose they would be
 * the same but for their signs, and the moments that are kept know the signs. */
static enum attndyn_status renew(struct attndyn_context *ctx, struct attndyn_galore *g,
                                 const attndyn_real *G) {
    size_t m = g->m, n = g->n, r = g->r, k = m < n ? m : n;
    double *a, *s, *u, *vt;
    ATTNDYN_ALLOC(ctx, a, m * n);
    ATTNDYN_ALLOC(ctx, s, k);
    ATTNDYN_ALLOC(ctx, u, m * k);
    ATTNDYN_ALLOC(ctx, vt, k * n);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) a[j * m + i] = (double)G[i * n + j];
    int info = attndyn_lapack_svd(ctx, m, n, a, s, u, vt);
    if (info == ATTNDYN_LAPACK_MEMORY) return ATTNDYN_NO_MEMORY;
    if (info == 0 && !(s[0] <= DBL_MAX)) info = 1; /* some let what is no number pass */
    if (info != 0)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "the singular values of a gradient (%zu, %zu) do not converge (gesdd: "
                            "%d): is it finite?",
                            m, n, info);
    for (size_t i = 0; g->P && i < m; i++)
        for (size_t j = 0; j < r; j++) g->P[i * r + j] = (attndyn_real)u[j * m + i];
    for (size_t j = 0; g->Q && j < r; j++)
        for (size_t i = 0; i < n; i++) g->Q[j * n + i] = (attndyn_real)vt[i * k + j];
    attndyn_free(ctx, vt);
    attndyn_free(ctx, u);
    attndyn_free(ctx, s);
    attndyn_free(ctx, a);
    return ATTNDYN_OK;
}

/* What the moments see of G. */
static const attndyn_real *reduce(struct attndyn_galore *g, const attndyn_real *G) {
    const size_t m = g->m, n = g->n, r = g->r;
    const attndyn_real *from = G;
    size_t rows = m;
    if (g->P) {
        attndyn_real *to = g->Q ? g->half : g->reduced;
        gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, r, n, m, 1, g->P, r, G, n, 0, to, n);
        from = to;
        rows = r;
    }
    if (g->Q) {
        gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, rows, r, n, 1, from, n, g->Q, n, 0, g->reduced, r);
        from = g->reduced;
    }
    return from;
}

/* The step in the subspace as one of W; g->reduced holds it. */
static const attndyn_real *expand(struct attndyn_galore *g) {
    const size_t m = g->m, n = g->n, r = g->r;
    const attndyn_real *from = g->reduced;
    if (g->Q) {
        attndyn_real *to = g->P ? g->half : g->back;
        gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, g->rows, n, r, 1, from, r, g->Q, n, 0, to, n);
        from = to;
    }
    if (g->P) {
        gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, m, n, r, 1, g->P, r, from, n, 0, g->back, n);
        from = g->back;
    }
    return from;
}

/* Moments of the gradient R; the step that they give goes to g->reduced. */
static void take_moments(struct attndyn_galore *g, const attndyn_real *R) {
    const struct attndyn_galore_options *o = &g->options;
    const attndyn_real b1 = (attndyn_real)o->beta1, b2 = (attndyn_real)o->beta2,
                       f1 = (attndyn_real)(1 - o->beta1), f2 = (attndyn_real)(1 - o->beta2),
                       epsilon = (attndyn_real)o->epsilon;
    for (size_t i = 0; i < g->rows * g->columns; i++) {
        g->first[i] = b1 * g->first[i] + f1 * R[i];
        g->second[i] = b2 * g->second[i] + f2 * R[i] * R[i];
        g->reduced[i] = g->first[i] / (ROOT(g->second[i]) + epsilon);
    }
}

enum attndyn_status attndyn_galore_step(struct attndyn_context *ctx, struct attndyn_galore *g,
                                        double lr, const attndyn_real *G, attndyn_real *W) {
    const struct attndyn_galore_options *o = &g->options;
    const bool projects = o->method == ATTNDYN_GALORE_GALORE;
    const attndyn_real *step = G;
    double rate = lr;
    if (projects && g->updates % o->gap == 0) ATTNDYN_TRY(renew(ctx, g, G));
    g->updates++;
    if (projects) step = reduce(g, G);
    if (g->first) {
        double t = (double)g->updates;
        rate *= sqrt(1 - pow(o->beta2, t)) / (1 - pow(o->beta1, t));
        take_moments(g, step);
        step = g->reduced;
    }
    if (projects) {
        rate *= o->scale;
        step = expand(g);
    }
    const attndyn_real length = (attndyn_real)rate, shrink = (attndyn_real)(lr * o->decay);
    for (size_t i = 0; i < g->m * g->n; i++) W[i] -= length * step[i];
    for (size_t i = 0; o->decay > 0 && i < g->m * g->n; i++) W[i] -= shrink * W[i];
    return ATTNDYN_OK;
}

size_t attndyn_galore_numbers(const struct attndyn_galore *g) {
    return (g->first ? 2 * g->rows * g->columns : 0) + (g->P ? g->m * g->r : 0) +
           (g->Q ? g->r * g->n : 0);
}
