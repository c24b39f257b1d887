/* Linear maps of few or many rows, over weights of any kind.
 *
 * Few rows: products of the matrix's rows with each vector, tile by tile, so that a tile is read
 * from memory once and met again in the cache. Many: BLAS, tile by tile; a tile of another kind is
 * widened first. Threads share the tiles; their sizes are fixed, and no row's sum is cut. */
#include "inference_private.h"

#include <string.h>

enum {
    FEW = 6,                /* vectors at most, for which the products by rows are faster */
    TILE_NUMBERS = 1 << 16, /* of the matrix, in a tile of few rows */
    WIDE_NUMBERS = 1 << 18, /* of the matrix, in a tile that is widened */
    GEMM_ROWS = 512,        /* of the matrix, in a tile for BLAS */
    WORTH = 1 << 17         /* multiplications from which threads pay */
};

#ifdef ATTNDYN_DOUBLE
enum { REAL = ATTNDYN_F64 };
#define vector_rows(s) attndyn_gemv_double
#define vector_columns attndyn_gemv_transposed_double
#else
enum { REAL = ATTNDYN_F32 };
#define vector_rows(s) (s)->gemv->f32
#define vector_columns attndyn_gemv_transposed
#endif

struct task {
    const struct infer_map *map;
    size_t rows, ldx, ldy, tile;
    const attndyn_real *x;
    attndyn_real *y;
};

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}
/* Rows of a matrix that hold about `numbers`, a multiple of 16. */
static size_t rows_of(size_t numbers, size_t columns) {
    size_t rows = numbers / columns / 16 * 16;
    return rows < 16 ? 16 : rows;
}

static attndyn_real *room_of(const struct attndyn_inference *s, size_t thread) {
    return s->widened + thread * s->widened_each;
}

/* Rows [first, first + n) as attndyn_real, (n, in), into `to`. */
static void widen(const struct infer_map *map, size_t first, size_t n, attndyn_real *to) {
    size_t in = map->weight.columns;
    if (!map->bytes) {
        attndyn_matrix_widen(&map->weight, first, n, to);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const int8_t *row = map->bytes + (first + i) * in;
        attndyn_real scale = (attndyn_real)map->scale[first + i];
        for (size_t j = 0; j < in; j++) to[i * in + j] = scale * (attndyn_real)row[j];
    }
}

/* y (n) = rows [first, first + n) of W times x, by way of widened rows. */
static void vector_widened(const struct attndyn_inference *s, const struct infer_map *map,
                           size_t first, size_t n, const attndyn_real *x, attndyn_real *y,
                           size_t thread) {
    size_t in = map->weight.columns, step = s->widened_each / in;
    attndyn_real *room = room_of(s, thread);
    for (size_t i = 0; i < n; i += step) {
        size_t count = least(step, n - i);
        widen(map, first + i, count, room);
        vector_rows(s)(count, in, room, in, x, y + i);
    }
}

#ifndef ATTNDYN_DOUBLE
/* Rows of one group: they follow each other. */
static void vector_group(const struct attndyn_inference *s, const struct attndyn_matrix *W,
                         size_t at, size_t n, const float *x, float *y) {
    switch (W->dtype) {
    case ATTNDYN_F32:
        s->gemv->f32(n, W->columns, (const float *)W->data + at, W->stride, x, y);
        break;
    case ATTNDYN_F16:
        s->gemv->f16(n, W->columns, (const uint16_t *)W->data + at, W->stride, x, y);
        break;
    default:
        s->gemv->bf16(n, W->columns, (const uint16_t *)W->data + at, W->stride, x, y);
        break;
    }
}
static bool has_kernel(const struct attndyn_matrix *W) {
    return W->dtype == ATTNDYN_F32 || W->dtype == ATTNDYN_F16 || W->dtype == ATTNDYN_BF16;
}
#else
static void vector_group(const struct attndyn_inference *s, const struct attndyn_matrix *W,
                         size_t at, size_t n, const double *x, double *y) {
    (void)s;
    attndyn_gemv_double(n, W->columns, (const double *)W->data + at, W->stride, x, y);
}
static bool has_kernel(const struct attndyn_matrix *W) {
    return W->dtype == ATTNDYN_F64;
}
#endif

/* y (n) = rows [first, first + n) of W times x. */
static void vector(const struct attndyn_inference *s, const struct infer_map *map, size_t first,
                   size_t n, const attndyn_real *x, attndyn_real *y, size_t thread) {
    const struct attndyn_matrix *W = &map->weight;
#ifndef ATTNDYN_DOUBLE
    if (map->bytes) {
        s->gemv->i8(n, W->columns, map->bytes + first * W->columns, W->columns, map->scale + first,
                    x, y);
        return;
    }
#endif
    if (W->transposed && W->dtype == (enum attndyn_dtype)REAL && !map->bytes) {
        vector_columns(n, W->columns, (const attndyn_real *)W->data + first, W->stride, x, y);
        return;
    }
    if (W->transposed || map->bytes || !has_kernel(W)) {
        vector_widened(s, map, first, n, x, y, thread);
        return;
    }
    for (size_t i = first, end = first + n; i < end;) {
        size_t inside = i % W->group, count = least(W->group - inside, end - i);
        vector_group(s, W, i / W->group * W->apart + inside * W->stride, count, x, y + (i - first));
        i += count;
    }
}

static void add_bias(const struct infer_map *map, size_t first, size_t n, size_t rows,
                     attndyn_real *y, size_t ldy) {
    const attndyn_real *b = map->bias;
    for (size_t r = 0; b && r < rows; r++)
        for (size_t j = first; j < first + n; j++) y[r * ldy + j] += b[j];
}

static void few(struct attndyn_inference *s, const void *user, size_t i, size_t thread) {
    const struct task *t = user;
    size_t first = i * t->tile, n = least(t->tile, t->map->weight.rows - first);
    for (size_t r = 0; r < t->rows; r++)
        vector(s, t->map, first, n, t->x + r * t->ldx, t->y + r * t->ldy + first, thread);
    add_bias(t->map, first, n, t->rows, t->y, t->ldy);
}

static void many(struct attndyn_inference *s, const void *user, size_t i, size_t thread) {
    const struct task *t = user;
    const struct attndyn_matrix *W = &t->map->weight;
    size_t first = i * t->tile, n = least(t->tile, W->rows - first), in = W->columns;
    const attndyn_real *w = t->map->bytes ? NULL : attndyn_matrix_real(W);
    if (w && W->transposed) {
        infer_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, t->rows, n, in, 1, t->x, t->ldx, w + first,
                   W->stride, 0, t->y + first, t->ldy);
    } else if (w) {
        infer_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, t->rows, n, in, 1, t->x, t->ldx,
                   w + first * W->stride, W->stride, 0, t->y + first, t->ldy);
    } else {
        attndyn_real *room = room_of(s, thread);
        widen(t->map, first, n, room);
        infer_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, t->rows, n, in, 1, t->x, t->ldx, room, in, 0,
                   t->y + first, t->ldy);
    }
    add_bias(t->map, first, n, t->rows, t->y, t->ldy);
}

void attndyn_infer_linear(struct attndyn_inference *s, const struct infer_map *map, size_t rows,
                          const attndyn_real *x, size_t ldx, attndyn_real *y, size_t ldy) {
    const struct attndyn_matrix *W = &map->weight;
    struct task t = {map, rows, ldx, ldy, 0, x, y};
    bool by_vector = rows <= FEW, worth = rows * W->rows * W->columns >= WORTH;
    bool direct = !map->bytes && attndyn_matrix_real(W);
    if (by_vector)
        t.tile =
            rows == 1 && !(worth && s->threads > 1) ? W->rows : rows_of(TILE_NUMBERS, W->columns);
    else
        t.tile = direct ? GEMM_ROWS : rows_of(WIDE_NUMBERS, W->columns);
    size_t tiles = (W->rows + t.tile - 1) / t.tile;
    attndyn_infer_share(s, worth, tiles, by_vector ? few : many, &t);
}

enum attndyn_status attndyn_infer_map_prepare(struct attndyn_context *ctx,
                                              struct attndyn_inference *s,
                                              const struct attndyn_weights_linear *from, bool bytes,
                                              struct infer_map *map) {
    const struct attndyn_matrix *W = &from->weight;
    *map = (struct infer_map){.weight = *W, .bias = from->bias};
    if (!W->data) return ATTNDYN_OK;
    size_t in = W->columns, needed = 0;
    if (bytes || !attndyn_matrix_real(W)) needed = rows_of(WIDE_NUMBERS, in) * in;
    if (needed > s->widened_each) s->widened_each = needed;
    if (!bytes) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, map->bytes, W->rows * in);
    ATTNDYN_ALLOC(ctx, map->scale, W->rows);
    s->weight_bytes += W->rows * in + W->rows * sizeof *map->scale;
    attndyn_real *row;
    float *single;
    ATTNDYN_ALLOC(ctx, row, in);
    ATTNDYN_ALLOC(ctx, single, in);
    for (size_t i = 0; i < W->rows; i++) {
        attndyn_matrix_widen(W, i, 1, row);
        for (size_t j = 0; j < in; j++) single[j] = (float)row[j];
        attndyn_gemv_quantise(1, in, single, map->bytes + i * in, map->scale + i);
    }
    attndyn_free(ctx, row);
    attndyn_free(ctx, single);
    return ATTNDYN_OK;
}
