#include "modulated.h"

#include "../../num/blas.h"

#include <math.h>

static enum attndyn_status create(struct attndyn_context *ctx,
                                  const struct attndyn_parametric *base,
                                  struct attndyn_modulated *g) {
    *g = (struct attndyn_modulated){.base = *base};
    ATTNDYN_ALLOC(ctx, g->Ka, base->m * base->n);
    ATTNDYN_ALLOC(ctx, g->Kb, base->m * base->n);
    ATTNDYN_ALLOC(ctx, g->Kc, base->m * base->n);
    ATTNDYN_ALLOC(ctx, g->E, base->m * base->n);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_modulated_draw(struct attndyn_context *ctx,
                                           struct attndyn_random *random,
                                           const struct attndyn_parametric *base, double alpha,
                                           double beta, double gamma, struct attndyn_modulated *g) {
    ATTNDYN_TRY(create(ctx, base, g));
    g->alpha = alpha;
    g->beta = beta;
    g->gamma = gamma;
    double *const directions[] = {g->Ka, g->Kb, g->Kc, g->E};
    const size_t mn = base->m * base->n;
    for (int k = 0; k < 4; k++) {
        attndyn_random_normals(random, 1, mn, directions[k]);
        attndyn_scale(mn, 1 / attndyn_norm(mn, directions[k]), directions[k]);
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_modulated_scalar(struct attndyn_context *ctx, double A, double beta,
                                             double W0, struct attndyn_modulated *g) {
    struct attndyn_parametric base;
    ATTNDYN_TRY(attndyn_parametric_create(ctx, 1, 1, 1, &base));
    base.A[0] = A;
    base.B[0] = base.C[0] = 1;
    base.W[0] = W0;
    ATTNDYN_TRY(create(ctx, &base, g));
    g->beta = beta;
    g->linear = true;
    g->Ka[0] = g->Kb[0] = g->Kc[0] = g->E[0] = 1;
    return ATTNDYN_OK;
}

/* h(<K, W>) */
static double modulation(const struct attndyn_modulated *g, const double *K, const double *W) {
    const double x = attndyn_dot(g->base.m * g->base.n, K, W);
    return g->linear ? x : sin(x);
}

double attndyn_modulated_factor_b(const struct attndyn_modulated *g, const double *W) {
    return 1 + g->beta * modulation(g, g->Kb, W);
}

double attndyn_modulated_factor_c(const struct attndyn_modulated *g, const double *W) {
    return 1 + g->gamma * modulation(g, g->Kc, W);
}

void attndyn_modulated_gradient(const struct attndyn_modulated *g, const double *W, double *work,
                                double *G) {
    const double factor = attndyn_modulated_factor_b(g, W) * attndyn_modulated_factor_c(g, W);
    const double a = g->alpha * modulation(g, g->Ka, W);
    attndyn_parametric_apply(&g->base, W, work, G);
    for (size_t j = 0; j < g->base.m * g->base.n; j++)
        G[j] = g->base.A[j] + a * g->E[j] - factor * G[j];
}
