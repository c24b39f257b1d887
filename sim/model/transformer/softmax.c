/* The exponentials of a softmax over one row. */
#include "pointwise_private.h"
#include "real_math.h"
#include "transformer_private.h"

#include <string.h>

#ifdef ATTNDYN_DOUBLE
typedef int64_t bits;
#else
typedef int32_t bits;
#endif
typedef attndyn_real reals __attribute__((vector_size(NET_LANES * sizeof(attndyn_real))));
typedef bits masks __attribute__((vector_size(NET_LANES * sizeof(bits))));

/* to = mask ? x : y, lane by lane. Vectors and choices by bits, because compilers take the maxima
 * of an array of lanes one by one. */
#define CHOOSE(to, mask, x, y) ((to) = (reals)(((masks)(x) & (mask)) | ((masks)(y) & ~(mask))))

/* A row is cut into whole blocks of NET_LANES numbers and a rest, which is padded so that it too is
 * computed with all lanes at once: decoding has mostly short rows. */
struct row {
    size_t whole;       /* numbers in whole blocks */
    attndyn_real *x;    /* (whole) */
    attndyn_real *rest; /* (NET_LANES), NULL: none */
    const bits *used;   /* (NET_LANES): -1 where rest has a number of the row, 0 behind */
};
static const bits used_and_idle[2 * NET_LANES] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                  -1, -1, -1, -1, -1, -1, -1, -1};

ATTNDYN_WIDE static attndyn_real largest(const struct row *row) {
    reals most, other, here;
    masks larger, used;
    size_t j = 0;
    memcpy(&most, row->x, sizeof most);
    if (row->rest) { /* padding: the row's first number, which cannot exceed the maximum */
        const attndyn_real first = row->whole ? row->x[0] : row->rest[0];
        for (int k = 0; k < NET_LANES; k++) other[k] = first;
        memcpy(&here, row->rest, sizeof here);
        memcpy(&used, row->used, sizeof used);
        CHOOSE(most, used, here, other);
    }
    other = most; /* two chains, as each comparison has to wait for the one before */
    for (; j + 2 * NET_LANES <= row->whole; j += 2 * NET_LANES) {
        memcpy(&here, row->x + j, sizeof here);
        larger = here > most;
        CHOOSE(most, larger, here, most);
        memcpy(&here, row->x + j + NET_LANES, sizeof here);
        larger = here > other;
        CHOOSE(other, larger, here, other);
    }
    if (j < row->whole) {
        memcpy(&here, row->x + j, sizeof here);
        larger = here > most;
        CHOOSE(most, larger, here, most);
    }
    larger = other > most;
    CHOOSE(most, larger, other, most);
    attndyn_real lane[NET_LANES], eight[8], four[4];
    memcpy(lane, &most, sizeof lane);
    for (int k = 0; k < 8; k++) eight[k] = lane[k] > lane[k + 8] ? lane[k] : lane[k + 8];
    for (int k = 0; k < 4; k++) four[k] = eight[k] > eight[k + 4] ? eight[k] : eight[k + 4];
    for (int k = 0; k < 2; k++) four[k] = four[k] > four[k + 2] ? four[k] : four[k + 2];
    return four[0] > four[1] ? four[0] : four[1];
}

/* The rest is computed first, though added last: its steps wait for each other, and the blocks run
 * meanwhile. */
ATTNDYN_WIDE static attndyn_real exponentials(const struct row *row, attndyn_real shift) {
    attndyn_real lane[NET_LANES] = {0}, last[NET_LANES] = {0}, *x = row->x;
    if (row->rest) {
        reals here, idle;
        masks used;
        for (int k = 0; k < NET_LANES; k++) idle[k] = shift;
        memcpy(&here, row->rest, sizeof here);
        memcpy(&used, row->used, sizeof used);
        CHOOSE(here, used, here, idle);
        memcpy(last, &here, sizeof last);
        for (size_t k = 0; k < NET_LANES; k++) last[k] = net_exp(last[k] - shift);
        memcpy(row->rest, last, sizeof last);
        memcpy(&here, last, sizeof here);
        here = (reals)((masks)here & used);
        memcpy(last, &here, sizeof last);
    }
    for (size_t j = 0; j < row->whole; j += NET_LANES)
        for (size_t k = 0; k < NET_LANES; k++) {
            x[j + k] = net_exp(x[j + k] - shift);
            lane[k] += x[j + k];
        }
    for (size_t k = 0; k < NET_LANES; k++) lane[k] += last[k];
    return net_lanes_sum(lane);
}

/* Numbers behind the row that are not its own are not touched: `own` stands in for them. */
static struct row row_of(size_t n, attndyn_real *x, size_t room, attndyn_real *own) {
    size_t left = n % NET_LANES, whole = n - left;
    attndyn_real *rest = whole + NET_LANES <= room ? x + whole : own;
    if (left && rest == own) memcpy(own, x + whole, left * sizeof *x);
    return (struct row){whole, whole ? x : rest, left ? rest : NULL,
                        used_and_idle + NET_LANES - left};
}

attndyn_real attndyn_net_softmax_top(size_t n, attndyn_real *x, size_t room, double at_least) {
    attndyn_real own[NET_LANES] = {0};
    const struct row row = row_of(n, x, room, own);
    attndyn_real top = largest(&row);
    return top < (attndyn_real)at_least ? (attndyn_real)at_least : top;
}

double attndyn_net_softmax_sum(size_t n, attndyn_real *x, size_t room, attndyn_real top) {
    attndyn_real own[NET_LANES] = {0};
    const struct row row = row_of(n, x, room, own);
    /* Rows of many thousands: partial sums of 4096, added in double, so that single precision
     * does not lose the small terms. */
    double sum = 0;
    for (size_t j = 0; j < n; j += 4096) {
        bool last = n - j <= 4096;
        const struct row part = {last ? row.whole - j : 4096, x + j, last ? row.rest : NULL,
                                 row.used};
        sum += (double)exponentials(&part, top);
    }
    if (row.rest == own) memcpy(x + row.whole, own, n % NET_LANES * sizeof *x);
    return sum;
}

double attndyn_net_softmax(size_t n, attndyn_real *x, size_t room, double at_least, double *max) {
    attndyn_real top = attndyn_net_softmax_top(n, x, room, at_least);
    *max = (double)top;
    return attndyn_net_softmax_sum(n, x, room, top);
}
