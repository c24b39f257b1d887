#include "segments_private.h"

#include <math.h>
#include <string.h>

enum attndyn_status attndyn_segments_create(struct attndyn_context *ctx, size_t Q, size_t G,
                                            double a, struct attndyn_segments **segments) {
    if (Q < 2)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "segments need Q >= 2 values of i and j, not %zu",
                            Q);
    if (!(a > 0 && a <= 1))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "a, the share of A_i and B_j in a segment, must be in (0, 1], not %g",
                            a);
    if ((G == 0) != (a == 1))
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "a = %g with G = %zu: the common tokens share 1 - a, so that a = 1 goes "
            "with G = 0 and a < 1 with G >= 1",
            a, G);
    struct attndyn_segments *e;
    ATTNDYN_ALLOC(ctx, e, 1);
    *e = (struct attndyn_segments){.Q = Q, .G = G, .M = 2 * Q + G, .key = a / 2};
    if (G) e->common = (1 - a) / (double)G;
    ATTNDYN_ALLOC(ctx, e->x, Q * Q * (2 + G));
    ATTNDYN_ALLOC(ctx, e->gx, Q * Q * (2 + G));
    ATTNDYN_ALLOC(ctx, e->work, 2 * e->M + 3 * Q);
    *segments = e;
    return ATTNDYN_OK;
}

static size_t token(const struct attndyn_segments *e, size_t i, size_t j, size_t entry) {
    return entry == 0 ? i : entry == 1 ? e->Q + j : 2 * e->Q + entry - 2;
}

void attndyn_segments_forward(struct attndyn_segments *e, const double complex *z1) {
    size_t n = 2 + e->G;
    for (size_t i = 0; i < e->Q; i++)
        for (size_t j = 0; j < e->Q; j++) {
            double complex *x = e->x + (i * e->Q + j) * n, square = 0;
            double largest = -INFINITY; /* real: a common factor of x drops out of the norm */
            for (size_t k = 0; k < n; k++) largest = fmax(largest, creal(z1[token(e, i, j, k)]));
            for (size_t k = 0; k < n; k++) {
                x[k] = (k < 2 ? e->key : e->common) * cexp(z1[token(e, i, j, k)] - largest);
                square += x[k] * x[k];
            }
            for (size_t k = 0; k < n; k++) x[k] /= csqrt(square);
        }
    memset(e->gx, 0, e->Q * e->Q * n * sizeof *e->gx);
}

double complex attndyn_segments_softmax(size_t count, const double complex *logits, size_t answer,
                                        double complex *r) {
    double largest = -INFINITY;
    double complex sum = 0;
    for (size_t k = 0; k < count; k++) largest = fmax(largest, creal(logits[k]));
    for (size_t k = 0; k < count; k++) sum += r[k] = cexp(logits[k] - largest);
    for (size_t k = 0; k < count; k++) r[k] /= -sum;
    r[answer] += 1;
    return clog(sum) + largest - logits[answer];
}

double complex attndyn_segments_example(struct attndyn_segments *e, const size_t *partner,
                                        size_t answer, double weight, const double complex *zeta,
                                        const double complex *Y, double complex *dzeta,
                                        double complex *dY, double complex *attention,
                                        double complex *f_out) {
    size_t Q = e->Q, M = e->M, n = 2 + e->G;
    double complex *f = e->work, *g = f + M, *w = g + M, *r = w + Q, *v = r + Q;
    double complex sum = 0, square = 0;
    double largest = -INFINITY;
    for (size_t i = 0; i < Q; i++) {
        const double complex *x = e->x + (i * Q + partner[i]) * n;
        w[i] = 0;
        for (size_t k = 0; k < n; k++) w[i] += zeta[token(e, i, partner[i], k)] * x[k];
        largest = fmax(largest, creal(w[i]));
    }
    for (size_t i = 0; i < Q; i++) sum += w[i] = cexp(w[i] - largest);
    memset(f, 0, M * sizeof *f);
    for (size_t i = 0; i < Q; i++) {
        const double complex *x = e->x + (i * Q + partner[i]) * n;
        w[i] /= sum;
        for (size_t k = 0; k < n; k++) f[token(e, i, partner[i], k)] += w[i] * x[k];
    }
    for (size_t l = 0; l < M; l++) square += f[l] * f[l];
    double complex norm = csqrt(square);
    for (size_t k = 0; k < Q; k++) v[k] = 0; /* the logits, for now */
    for (size_t l = 0; l < M; l++) {
        f[l] /= norm;
        for (size_t k = 0; k < Q; k++) v[k] += Y[l * Q + k] * f[l];
    }
    double complex loss = weight * attndyn_segments_softmax(Q, v, answer, r);

    double complex along = 0, mean = 0;
    for (size_t l = 0; l < M; l++) {
        g[l] = 0;
        for (size_t k = 0; k < Q; k++) {
            g[l] += Y[l * Q + k] * r[k];
            dY[l * Q + k] += weight * f[l] * r[k];
        }
        along += f[l] * g[l];
    }
    for (size_t l = 0; l < M; l++) g[l] = weight * (g[l] - f[l] * along) / norm;
    for (size_t i = 0; i < Q; i++) {
        const double complex *x = e->x + (i * Q + partner[i]) * n;
        v[i] = 0;
        for (size_t k = 0; k < n; k++) v[i] += g[token(e, i, partner[i], k)] * x[k];
        mean += w[i] * v[i];
    }
    for (size_t i = 0; i < Q; i++) {
        size_t s = (i * Q + partner[i]) * n;
        double complex score = w[i] * (v[i] - mean);
        for (size_t k = 0; k < n; k++) {
            size_t l = token(e, i, partner[i], k);
            e->gx[s + k] += w[i] * g[l] + score * zeta[l];
            dzeta[l] += score * e->x[s + k];
        }
    }
    if (attention) memcpy(attention, w, Q * sizeof *w);
    if (f_out) memcpy(f_out, f, M * sizeof *f);
    return loss;
}

double complex attndyn_segments_local(struct attndyn_segments *e, double weight,
                                      const double complex *A, const double complex *B,
                                      double complex *dA, double complex *dB) {
    size_t Q = e->Q, n = 2 + e->G;
    double complex *logits = e->work, *r = logits + Q, loss = 0;
    double each = weight / (double)(Q * Q);
    for (size_t i = 0; i < Q; i++)
        for (size_t j = 0; j < Q; j++)
            for (int task = 0; task < 2; task++) {
                const double complex *x = e->x + (i * Q + j) * n, *D = task ? B : A;
                double complex *gx = e->gx + (i * Q + j) * n, *dD = task ? dB : dA;
                for (size_t k = 0; k < Q; k++) logits[k] = 0;
                for (size_t t = 0; t < n; t++)
                    for (size_t k = 0; k < Q; k++) logits[k] += D[token(e, i, j, t) * Q + k] * x[t];
                loss += each * attndyn_segments_softmax(Q, logits, task ? j : i, r);
                for (size_t t = 0; t < n; t++)
                    for (size_t k = 0; k < Q; k++) {
                        size_t at = token(e, i, j, t) * Q + k;
                        dD[at] += each * x[t] * r[k];
                        gx[t] += each * D[at] * r[k];
                    }
            }
    return loss;
}

void attndyn_segments_backward(struct attndyn_segments *e, double complex *dz1) {
    size_t n = 2 + e->G;
    for (size_t i = 0; i < e->Q; i++)
        for (size_t j = 0; j < e->Q; j++) {
            const double complex *x = e->x + (i * e->Q + j) * n, *g = e->gx + (i * e->Q + j) * n;
            double complex along = 0;
            for (size_t k = 0; k < n; k++) along += x[k] * g[k];
            for (size_t k = 0; k < n; k++) dz1[token(e, i, j, k)] += x[k] * (g[k] - x[k] * along);
        }
}

int attndyn_segments_rates(size_t n, const double *rate, const double complex *ascent,
                           double *dydt) {
    bool finite = true;
    for (size_t k = 0; k < n; k++)
        finite = isfinite(dydt[k] = rate[k] * creal(ascent[k])) && finite;
    return finite ? 0 : 1;
}
