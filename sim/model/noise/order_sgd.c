#include "order_sgd.h"

#include "../../base/random.h"

#include <math.h>
#include <string.h>

double attndyn_order_sgd_gradient(size_t T, size_t B, const unsigned *near, const unsigned *far,
                                  const double *Y, const double *p, double *dY, double *dp) {
    double half = (double)(T / 2), weight[2], loss = 0, top = fmax(p[0], p[1]);
    memset(dY, 0, 4 * sizeof *dY);
    memset(dp, 0, 2 * sizeof *dp);
    for (int r = 0; r < 2; r++) weight[r] = exp(p[r] - top);
    for (size_t i = 0; i < B; i++) {
        size_t n = i % 2;
        /* W[r][l]: weight of token l in bucket r */
        double W[2][2] = {{weight[0] * near[i], weight[0] * (half - near[i])},
                          {weight[1] * far[i], weight[1] * (half - far[i])}};
        double f[2], g[2], norm = 0, along = 0;
        for (int l = 0; l < 2; l++) f[l] = W[0][l] + W[1][l];
        norm = hypot(f[0], f[1]);
        for (int l = 0; l < 2; l++) f[l] /= norm;
        double gap = Y[n] * f[0] + Y[2 + n] * f[1] - Y[1 - n] * f[0] - Y[3 - n] * f[1];
        double e = exp(-fabs(gap)), delta = (gap > 0 ? e : 1) / (1 + e);
        loss += (log1p(e) + fmax(-gap, 0)) / (double)B;
        delta /= (double)B;
        for (int l = 0; l < 2; l++) {
            dY[2 * l + (int)n] += delta * f[l];
            dY[2 * l + 1 - (int)n] -= delta * f[l];
            g[l] = delta * (Y[2 * l + (int)n] - Y[2 * l + 1 - (int)n]);
            along += f[l] * g[l];
        }
        for (int l = 0; l < 2; l++) {
            g[l] = (g[l] - f[l] * along) / norm;
            for (int r = 0; r < 2; r++) dp[r] += W[r][l] * g[l];
        }
    }
    return loss;
}

static enum attndyn_status validate(struct attndyn_context *ctx,
                                    const struct attndyn_order_sgd_options *o) {
    if (!(o->lr_y > 0) || !(o->lr_p > 0) || !isfinite(o->lr_y + o->lr_p) || !(o->m > 0) ||
        !(o->m <= 1) || o->T < 2 || o->T % 2 || o->B < 2 || o->B % 2 || !(o->threshold > 0))
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "the noisy order task needs rates > 0, m in (0, 1], T and B even, and a "
            "threshold > 0, not %g, %g, %g, %zu, %zu, %g",
            o->lr_y, o->lr_p, o->m, o->T, o->B, o->threshold);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_order_sgd_escape(struct attndyn_context *ctx,
                                             const struct attndyn_order_sgd_options *o,
                                             uint64_t seed, uint64_t run, double *steps) {
    ATTNDYN_TRY(validate(ctx, o));
    uint64_t mark = attndyn_memory_mark(ctx),
             stream = attndyn_random_derive(seed, "noise/order", run);
    unsigned *near, *far, counts[2];
    double Y[4] = {0}, p[2] = {0}, dY[4], dp[2], before = 0;
    ATTNDYN_ALLOC(ctx, near, o->B);
    ATTNDYN_ALLOC(ctx, far, o->B);
    *steps = NAN;
    for (long s = 1; s <= o->max_steps; s++) {
        for (size_t i = 0; i < o->B; i++) {
            double A = (1 + (i % 2 ? -o->m : o->m)) / 2;
            const double of_near[] = {A, 1 - A}, of_far[] = {1 - A, A};
            attndyn_splitmix_multinomial(&stream, 2, (unsigned)(o->T / 2), of_near, counts);
            near[i] = counts[0];
            attndyn_splitmix_multinomial(&stream, 2, (unsigned)(o->T / 2), of_far, counts);
            far[i] = counts[0];
        }
        attndyn_order_sgd_gradient(o->T, o->B, near, far, Y, p, dY, dp);
        for (int k = 0; k < 4; k++) Y[k] += o->lr_y * dY[k];
        for (int r = 0; r < 2; r++) p[r] += o->lr_p * dp[r];
        double now = fabs(p[0] - p[1]);
        if (now >= o->threshold) {
            *steps = (double)s - (now - o->threshold) / (now - before);
            break;
        }
        before = now;
    }
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

static int drift(double t, const double *y, double *dy, void *user) {
    (void)t;
    const struct attndyn_order_drift *m = user;
    double x = m->m * tanh(y[1] / 2), root = sqrt(1 + x * x);
    double h = sqrt(2) * x / root;
    double slope = sqrt(2) / (root * root * root) * m->m / (2 * cosh(y[1] / 2) * cosh(y[1] / 2));
    double delta = 1 / (1 + exp(y[0] * h));
    dy[0] = m->lr_y * delta * h;
    dy[1] = 2 * m->lr_p * delta * y[0] * slope;
    return isfinite(dy[0]) && isfinite(dy[1]) ? 0 : 1;
}

struct attndyn_ode_problem attndyn_order_drift_problem(const struct attndyn_order_drift *model) {
    return (struct attndyn_ode_problem){.n = 2, .rhs = drift, .user = (void *)(uintptr_t)model};
}
