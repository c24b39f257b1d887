#include "weights.h"

#include "../../base/half.h"

#include <string.h>

#ifdef ATTNDYN_DOUBLE
enum { REAL = ATTNDYN_F64 };
#else
enum { REAL = ATTNDYN_F32 };
#endif

const attndyn_real *attndyn_matrix_real(const struct attndyn_matrix *matrix) {
    bool real = matrix->dtype == (enum attndyn_dtype)REAL && matrix->group == matrix->rows;
    return real ? matrix->data : NULL;
}

/* `count` numbers of a kind, each `step` after the last. */
static void widen(enum attndyn_dtype dtype, const void *data, size_t at, size_t step, size_t count,
                  attndyn_real *to) {
    switch (dtype) {
    case ATTNDYN_F64:
        for (size_t j = 0; j < count; j++)
            to[j] = (attndyn_real)((const double *)data)[at + j * step];
        return;
    case ATTNDYN_F32:
        for (size_t j = 0; j < count; j++)
            to[j] = (attndyn_real)((const float *)data)[at + j * step];
        return;
    case ATTNDYN_F16:
        for (size_t j = 0; j < count; j++)
            to[j] = (attndyn_real)attndyn_half_to_float(((const uint16_t *)data)[at + j * step]);
        return;
    case ATTNDYN_BF16:
        for (size_t j = 0; j < count; j++)
            to[j] =
                (attndyn_real)attndyn_bfloat16_to_float(((const uint16_t *)data)[at + j * step]);
        return;
    default: /* no view has another kind */
        return;
    }
}

void attndyn_matrix_widen(const struct attndyn_matrix *m, size_t first, size_t count,
                          attndyn_real *to) {
    for (size_t i = first; i < first + count; i++, to += m->columns) {
        size_t at = m->transposed ? i : i / m->group * m->apart + i % m->group * m->stride;
        widen(m->dtype, m->data, at, m->transposed ? m->stride : 1, m->columns, to);
    }
}

/* Adds a tensor's numbers and bytes. */
static void count_matrix(const struct attndyn_matrix *m, size_t *numbers, size_t *bytes) {
    if (!m->data) return;
    *numbers += m->rows * m->columns;
    *bytes += m->rows * m->columns * attndyn_dtype_bytes(m->dtype);
}

static void count_vector(const attndyn_real *v, size_t length, size_t *numbers, size_t *bytes) {
    if (!v) return;
    *numbers += length;
    *bytes += length * sizeof *v;
}

static void count_linear(const struct attndyn_weights_linear *map, size_t *numbers, size_t *bytes) {
    count_matrix(&map->weight, numbers, bytes);
    count_vector(map->bias, map->weight.rows, numbers, bytes);
}

static void count_norm(const struct attndyn_weights_norm *norm, size_t d, size_t *numbers,
                       size_t *bytes) {
    count_vector(norm->gain, d, numbers, bytes);
    count_vector(norm->bias, d, numbers, bytes);
}

size_t attndyn_weights_bytes(const struct attndyn_weights *w, size_t *numbers) {
    size_t count = 0, bytes = 0, d = w->config.width;
    count_matrix(&w->embedding, &count, &bytes);
    count_matrix(&w->position, &count, &bytes);
    count_matrix(&w->project_in, &count, &bytes);
    count_matrix(&w->project_out, &count, &bytes);
    count_norm(&w->embedding_norm, d, &count, &bytes);
    count_norm(&w->norm, d, &count, &bytes);
    for (size_t b = 0; b < w->blocks; b++) {
        const struct attndyn_weights_block *k = &w->block[b];
        const struct attndyn_weights_linear *maps[] = {&k->query, &k->key, &k->value, &k->output,
                                                       &k->gate,  &k->up,  &k->down};
        for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
            count_linear(maps[i], &count, &bytes);
        count_norm(&k->norm1, d, &count, &bytes);
        count_norm(&k->norm2, d, &count, &bytes);
    }
    if (w->decoder.weight.data != w->embedding.data)
        count_matrix(&w->decoder.weight, &count, &bytes);
    count_vector(w->decoder.bias, w->config.outputs, &count, &bytes);
    if (numbers) *numbers = count;
    return bytes;
}
