/* Scattered rows, four at a time. */
#include "gather.h"

#include "../base/wide.h"

#include <string.h>

enum { LANES = 16, ROWS = 4 };

typedef float lanes_float __attribute__((vector_size(LANES * sizeof(float))));
typedef double lanes_double __attribute__((vector_size(LANES * sizeof(double))));

#if defined(__GNUC__)
#define ASK_FOR(p) __builtin_prefetch(p)
#else
#define ASK_FOR(p) (void)(p)
#endif

/* Sixteen partial sums a row, column j in number j mod 16, and gemv.h's tree over them. After the
 * last whole sixteen columns, 0 is added to the idle partial sums, which changes nothing: they
 * start at 0, so none is -0. If fewer than four rows are left, the first of them is repeated. */
#define GATHER_ROWS(real, lanes)                                                                   \
    const size_t rest = columns % LANES, whole = columns - rest;                                   \
    for (size_t k = 0; k < n; k += ROWS) {                                                         \
        const size_t count = n - k < ROWS ? n - k : ROWS;                                          \
        const real *row[ROWS], *next[ROWS];                                                        \
        lanes sum[ROWS] = {{0}}, xs, ws;                                                           \
        for (size_t r = 0; r < ROWS; r++) {                                                        \
            row[r] = w + unit[k + (r < count ? r : 0)] * stride;                                   \
            next[r] = k + ROWS + r < n ? w + unit[k + ROWS + r] * stride : row[r];                 \
        }                                                                                          \
        for (size_t j = 0; j < whole; j += LANES) {                                                \
            memcpy(&xs, x + j, sizeof xs);                                                         \
            for (size_t r = 0; r < ROWS; r++) {                                                    \
                ASK_FOR(next[r] + j);                                                              \
                memcpy(&ws, row[r] + j, sizeof ws);                                                \
                sum[r] += ws * xs;                                                                 \
            }                                                                                      \
        }                                                                                          \
        for (size_t r = 0; rest && r < ROWS; r++) {                                                \
            memset(&xs, 0, sizeof xs), memset(&ws, 0, sizeof ws);                                  \
            memcpy(&xs, x + whole, rest * sizeof *x);                                              \
            memcpy(&ws, row[r] + whole, rest * sizeof *x);                                         \
            sum[r] += ws * xs;                                                                     \
        }                                                                                          \
        for (size_t r = 0; r < count; r++) {                                                       \
            real lane[LANES];                                                                      \
            memcpy(lane, &sum[r], sizeof lane);                                                    \
            for (size_t half = LANES / 2; half > 0; half /= 2)                                     \
                for (size_t i = 0; i < half; i++) lane[i] += lane[i + half];                       \
            y[k + r] = lane[0];                                                                    \
        }                                                                                          \
    }

/* A product by rows adds column j to partial sum j mod 16. So units are added up separately for
 * each of the sixteen residues, in their order, four per pass over the partial sums. If fewer are
 * left, the first of them is repeated, times 0: no partial sum is -0, so none changes. */
#define GATHER_SUM(real)                                                                           \
    size_t begin[LANES + 1] = {0}, at[LANES];                                                      \
    real *const weight = room, *const sums = room + n;                                             \
    for (size_t k = 0; k < n; k++) begin[unit[k] % LANES + 1] += h[k] != 0;                        \
    for (size_t lane = 0; lane < LANES; lane++)                                                    \
        at[lane] = begin[lane], begin[lane + 1] += begin[lane];                                    \
    for (size_t k = 0; k < n; k++) {                                                               \
        if (h[k] == 0) continue;                                                                   \
        size_t to = at[unit[k] % LANES]++;                                                         \
        order[to] = unit[k], weight[to] = h[k];                                                    \
    }                                                                                              \
    const size_t all = begin[LANES];                                                               \
    memset(sums, 0, LANES *columns * sizeof *sums);                                                \
    for (size_t lane = 0; lane < LANES; lane++) {                                                  \
        real *restrict sum = sums + lane * columns;                                                \
        const size_t end = begin[lane + 1];                                                        \
        for (size_t k = begin[lane], count; k < end; k += count) {                                 \
            count = end - k < ROWS ? end - k : ROWS;                                               \
            const real *row[ROWS], *next[ROWS];                                                    \
            real v[ROWS] = {0};                                                                    \
            for (size_t r = 0; r < ROWS; r++) {                                                    \
                row[r] = w + order[k + (r < count ? r : 0)] * stride;                              \
                if (r < count) v[r] = weight[k + r];                                               \
                next[r] = k + count + r < all ? w + order[k + count + r] * stride : row[r];        \
            }                                                                                      \
            const real *restrict a = row[0], *restrict b = row[1], *restrict c = row[2],           \
                                 *restrict d = row[3];                                             \
            for (size_t j = 0; j < columns; j += LINE) {                                           \
                size_t stop = columns - j < LINE ? columns : j + LINE;                             \
                for (size_t r = 0; r < ROWS; r++) ASK_FOR(next[r] + j);                            \
                for (size_t i = j; i < stop; i++)                                                  \
                    sum[i] = (((sum[i] + a[i] * v[0]) + b[i] * v[1]) + c[i] * v[2]) + d[i] * v[3]; \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    for (size_t half = LANES / 2; half > 0; half /= 2)                                             \
        for (size_t i = 0; i < half * columns; i++) sums[i] += sums[i + half * columns];           \
    memcpy(y, sums, columns * sizeof *y);

ATTNDYN_WIDE void attndyn_gather_rows(size_t n, const uint32_t *unit, size_t columns,
                                      const float *w, size_t stride, const float *x,
                                      float *y){GATHER_ROWS(float, lanes_float)}

ATTNDYN_WIDE void attndyn_gather_rows_double(size_t n, const uint32_t *unit, size_t columns,
                                             const double *w, size_t stride, const double *x,
                                             double *y){GATHER_ROWS(double, lanes_double)}

ATTNDYN_WIDE
    void attndyn_gather_sum(size_t n, const uint32_t *unit, const float *h, size_t columns,
                            const float *w, size_t stride, float *y, float *room, uint32_t *order) {
    enum { LINE = 64 / sizeof(float) };
    GATHER_SUM(float)
}

ATTNDYN_WIDE void attndyn_gather_sum_double(size_t n, const uint32_t *unit, const double *h,
                                            size_t columns, const double *w, size_t stride,
                                            double *y, double *room, uint32_t *order) {
    enum { LINE = 64 / sizeof(double) };
    GATHER_SUM(double)
}
