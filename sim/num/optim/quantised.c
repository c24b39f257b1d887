#include "quantised.h"

#include <math.h>
#include <string.h>

enum { CODES = 256, DECADES = 7 };

/* Ascending: the negative ones, 0, the positive ones, 1. */
static void make_values(bool negative, attndyn_real *value) {
    size_t zero = negative ? CODES / 2 - 1 : 0, at = zero;
    value[at++] = 0;
    for (int d = 1 - DECADES; d <= 0; d++) {
        size_t parts = (size_t)1 << (d + DECADES - (negative ? 1 : 0));
        double top = pow(10, d), part = 0.9 * top / (double)parts;
        for (size_t k = 0; k < parts; k++, at++) {
            value[at] = (attndyn_real)(0.1 * top + ((double)k + 0.5) * part);
            if (negative) value[2 * zero - at] = -value[at];
        }
    }
    value[at] = 1;
}

enum attndyn_status attndyn_quantised_create(struct attndyn_context *ctx, size_t count,
                                             bool negative, struct attndyn_quantised **quantised) {
    struct attndyn_quantised *q;
    attndyn_real *value;
    ATTNDYN_ALLOC(ctx, q, 1);
    ATTNDYN_ALLOC(ctx, value, CODES);
    q->count = count;
    q->blocks = (count + ATTNDYN_QUANTISED_BLOCK - 1) / ATTNDYN_QUANTISED_BLOCK;
    ATTNDYN_ALLOC(ctx, q->packed, attndyn_quantised_packed(count));
    ATTNDYN_ALLOC(ctx, q->scale, q->blocks); /* the scale is zero, so all numbers are */
    make_values(negative, value);
    q->value = value;
    *quantised = q;
    return ATTNDYN_OK;
}

static size_t length_of(const struct attndyn_quantised *q, size_t block) {
    size_t rest = q->count - block * ATTNDYN_QUANTISED_BLOCK;
    return rest < ATTNDYN_QUANTISED_BLOCK ? rest : ATTNDYN_QUANTISED_BLOCK;
}

size_t attndyn_quantised_get(const struct attndyn_quantised *q, size_t block, attndyn_real *x) {
    const unsigned char *code = (const unsigned char *)q->packed + block * ATTNDYN_QUANTISED_BLOCK;
    const attndyn_real scale = q->scale[block];
    size_t n = length_of(q, block);
    for (size_t i = 0; i < n; i++) x[i] = scale * q->value[code[i]];
    return n;
}

/* The nearest value: the number of middles between neighbours that lie below y. */
static unsigned char nearest(const attndyn_real *value, attndyn_real y) {
    size_t at = 0;
    for (size_t step = CODES / 2; step > 0; step /= 2) {
        size_t next = at + step;
        at = 2 * y > value[next - 1] + value[next] ? next : at;
    }
    return (unsigned char)at;
}

void attndyn_quantised_set(struct attndyn_quantised *q, size_t block, const attndyn_real *x) {
    unsigned char *code = (unsigned char *)q->packed + block * ATTNDYN_QUANTISED_BLOCK;
    size_t n = length_of(q, block);
    attndyn_real largest = 0;
    for (size_t i = 0; i < n; i++) {
        attndyn_real size = x[i] < 0 ? -x[i] : x[i];
        largest = size > largest ? size : largest;
    }
    q->scale[block] = largest;
    if (largest > 0)
        for (size_t i = 0; i < n; i++) code[i] = nearest(q->value, x[i] / largest);
    else
        memset(code, 0, n);
}

size_t attndyn_quantised_bytes(const struct attndyn_quantised *q) {
    return q->count + q->blocks * sizeof *q->scale;
}

size_t attndyn_quantised_packed(size_t count) {
    return (count + sizeof(attndyn_real) - 1) / sizeof(attndyn_real);
}
