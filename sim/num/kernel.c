#include "kernel.h"

#include "../base/wide.h"

#include <math.h>

/* Eight doubles at any address. */
typedef double vec __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t ivec __attribute__((vector_size(64), aligned(8), may_alias));
enum { LANES = 8 };

#define AT(p) (*(const vec *)(p))
#define TO(p) (*(vec *)(p))
#define PAIRWISE(v)                                                                                \
    ((((v)[0] + (v)[4]) + ((v)[2] + (v)[6])) + (((v)[1] + (v)[5]) + ((v)[3] + (v)[7])))

/* `blocks` vectors of LANES columns at once: a single one would wait for its previous addition at
 * every term. */
#define COMBINE(blocks)                                                                            \
    do {                                                                                           \
        vec sum[blocks];                                                                           \
        for (int b = 0; b < (blocks); b++) sum[b] = (vec){0};                                      \
        for (size_t i = 0; i < terms; i++) {                                                       \
            const double *m = matrix + (row ? row[i] : i) * stride + j;                            \
            const double w = weight[i];                                                            \
            for (int b = 0; b < (blocks); b++) sum[b] += w * AT(m + b * LANES);                    \
        }                                                                                          \
        for (int b = 0; b < (blocks); b++) TO(out + j + b * LANES) = sum[b];                       \
        j += (blocks) * (size_t)LANES;                                                             \
    } while (0)

ATTNDYN_WIDE void attndyn_kernel_combine(size_t terms, const double *weight, const uint32_t *row,
                                         const double *matrix, size_t stride, size_t columns,
                                         double *out) {
    size_t j = 0;
    while (columns - j >= 8 * LANES) COMBINE(4);
    switch ((columns - j) / LANES) {
    case 7:
        COMBINE(4);
        COMBINE(3);
        break;
    case 6:
        COMBINE(3);
        COMBINE(3);
        break;
    case 5:
        COMBINE(5);
        break;
    case 4:
        COMBINE(4);
        break;
    case 3:
        COMBINE(3);
        break;
    case 2:
        COMBINE(2);
        break;
    case 1:
        COMBINE(1);
        break;
    default:
        break;
    }
    for (; j < columns; j++) {
        double a = 0;
        for (size_t i = 0; i < terms; i++) a += weight[i] * matrix[(row ? row[i] : i) * stride + j];
        out[j] = a;
    }
}

/* Four rows at once, for the same reason. */
ATTNDYN_WIDE void attndyn_kernel_dots(size_t terms, const uint32_t *row, const double *matrix,
                                      size_t stride, size_t columns, const double *x, double *out) {
    size_t i = 0;
    for (; i + 4 <= terms; i += 4) {
        const double *m[4];
        vec a[4];
        for (size_t r = 0; r < 4; r++) {
            m[r] = matrix + (row ? row[i + r] : i + r) * stride;
            a[r] = (vec){0};
        }
        size_t j = 0;
        for (; j + LANES <= columns; j += LANES) {
            vec v = AT(x + j);
            for (size_t r = 0; r < 4; r++) a[r] += AT(m[r] + j) * v;
        }
        for (size_t r = 0; r < 4; r++) {
            for (size_t k = 0; j + k < columns; k++) a[r][k] += m[r][j + k] * x[j + k];
            out[i + r] = PAIRWISE(a[r]);
        }
    }
    for (; i < terms; i++) {
        const double *m = matrix + (row ? row[i] : i) * stride;
        vec a = {0};
        size_t j = 0;
        for (; j + LANES <= columns; j += LANES) a += AT(m + j) * AT(x + j);
        for (size_t k = 0; j + k < columns; k++) a[k] += m[j + k] * x[j + k];
        out[i] = PAIRWISE(a);
    }
}

/* exp by x = k ln 2 + r, |r| <= ln 2 / 2, and the Taylor polynomial of degree 13 (truncation below
 * 5e-18). Adding 1.5 2^52 rounds to an integer, which then stands in the low bits and goes into the
 * exponent field. The two parts of ln 2: Cody and Waite (1980). */
ATTNDYN_WIDE double attndyn_kernel_exp(size_t n, double *x, double shift) {
    const double magic = 0x1.8p52;
    vec sum = {0};
    for (size_t j = 0; j < n; j += LANES) {
        vec v;
        if (j + LANES <= n) {
            v = AT(x + j) - shift;
        } else {
            for (size_t k = 0; k < LANES; k++) v[k] = j + k < n ? x[j + k] - shift : -1000;
        }
        vec k = v * 0x1.71547652b82fep0 + magic;
        ivec bits = *(ivec *)&k << 52;
        k -= magic;
        vec r = (v - k * 0x1.62e42fee00000p-1) - k * 0x1.a39ef35793c76p-33;
        vec p = r * (1.0 / 6227020800) + 1.0 / 479001600;
        p = p * r + 1.0 / 39916800;
        p = p * r + 1.0 / 3628800;
        p = p * r + 1.0 / 362880;
        p = p * r + 1.0 / 40320;
        p = p * r + 1.0 / 5040;
        p = p * r + 1.0 / 720;
        p = p * r + 1.0 / 120;
        p = p * r + 1.0 / 24;
        p = p * r + 1.0 / 6;
        p = p * r + 0.5;
        p = 1.0 + (r + r * r * p);
        ivec result = (*(ivec *)&p + bits) & ~(v < -708.0); /* NaN stays NaN */
        v = *(vec *)&result;
        sum += v;
        if (j + LANES <= n)
            TO(x + j) = v;
        else
            for (size_t i = 0; j + i < n; i++) x[j + i] = v[i];
    }
    return PAIRWISE(sum);
}

ATTNDYN_WIDE double attndyn_kernel_max(size_t n, const double *x) {
    double most = x[0];
    size_t j = 0;
    if (n >= LANES) {
        vec m = AT(x);
        for (j = LANES; j + LANES <= n; j += LANES) {
            vec v = AT(x + j);
            ivec above = v > m, chosen = (*(ivec *)&v & above) | (*(ivec *)&m & ~above);
            m = *(vec *)&chosen;
        }
        for (size_t k = 0; k < LANES; k++) most = m[k] > most ? m[k] : most;
    }
    for (; j < n; j++) most = x[j] > most ? x[j] : most;
    return most;
}

ATTNDYN_WIDE void attndyn_kernel_scale(size_t n, double scale, double *x) {
    for (size_t j = 0; j < n; j++) x[j] *= scale;
}

ATTNDYN_WIDE void attndyn_kernel_sum(size_t n, const double *base, size_t terms,
                                     const double *weight, const double *const *x, double *out) {
    size_t j = 0;
    for (; j + 2 * LANES <= n; j += 2 * LANES) {
        vec p = {0}, q = {0};
        for (size_t i = 0; i < terms; i++) {
            p += weight[i] * AT(x[i] + j);
            q += weight[i] * AT(x[i] + j + LANES);
        }
        TO(out + j) = AT(base + j) + p;
        TO(out + j + LANES) = AT(base + j + LANES) + q;
    }
    for (; j < n; j++) {
        double sum = 0;
        for (size_t i = 0; i < terms; i++) sum += weight[i] * x[i][j];
        out[j] = base[j] + sum;
    }
}

ATTNDYN_WIDE void attndyn_kernel_momentum(size_t n, double momentum, double step, const double *g,
                                          double *v, double *w) {
    for (size_t j = 0; j < n; j++) {
        v[j] = momentum * v[j] + g[j];
        w[j] += step * v[j];
    }
}
