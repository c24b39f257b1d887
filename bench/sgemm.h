/* The rate of sgemm in the same round: the floor of what is made of large products. */
#ifndef BENCH_SGEMM_H
#define BENCH_SGEMM_H

#include "bench/harness.h"
#include "sim/num/blas.h"

enum { SGEMM_SIDE = 1024 };

/* Two square matrices, and room for their product. */
static inline float *sgemm_room(struct attndyn_context *ctx) {
    const size_t square = (size_t)SGEMM_SIDE * SGEMM_SIDE;
    float *room = ATTNDYN_NEW(ctx, float, 3 * square);
    if (!room) exit(EXIT_FAILURE);
    for (size_t i = 0; i < 2 * square; i++) room[i] = (float)(i % 17) - 8;
    return room;
}

/* Operations a second of a product of two square matrices, the median of five; room:
 * sgemm_room(). */
static inline double sgemm_rate(float *room) {
    double rates[5];
    const size_t n = SGEMM_SIDE, square = n * n;
    for (int i = 0; i < 5; i++) {
        double start = cpu_seconds();
        attndyn_gemm_single(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, n, n, n, 1, room, n, room + square,
                            n, 0, room + 2 * square, n);
        rates[i] = 2 * (double)square * (double)n / (cpu_seconds() - start);
    }
    return median(5, rates);
}

#endif
