/* Elementary functions in the precision at hand, written so that loops over them vectorise: in
 * single precision by polynomial, in double by the C library. */
#ifndef ATTNDYN_MODEL_TRANSFORMER_REAL_MATH_H
#define ATTNDYN_MODEL_TRANSFORMER_REAL_MATH_H

#include "../../base/real.h"
#include "../../base/wide.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* exp(x), x <= 0. Single precision: x = k ln 2 + r, |r| <= ln 2 / 2, Taylor polynomial of degree 7
 * (truncation 5e-9 relative, below half an ulp). Below -87 it is exp(-87), 1.6e-38: nothing beside
 * the largest term, which is 1. Not a number stays one. */
static inline attndyn_real net_exp(attndyn_real x) {
#ifdef ATTNDYN_DOUBLE
    return exp(x);
#else
    const float magic = 12582912.0f; /* 1.5 2^23: adding it rounds to an integer */
    x = x < -87.0f ? -87.0f : x;
    float t = x * 1.44269504f + magic;
    float k = t - magic;
    float r = x - k * 0.693359375f; /* ln 2 in two parts (Cody and Waite 1980) */
    r = r + k * 2.12194440e-4f;
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    union {
        float f;
        uint32_t u;
    } bits = {t}, scale;
    scale.u = (bits.u - 0x4B400000u + 127u) << 23;
    return p * scale.f;
#endif
}

static inline attndyn_real net_sqrt(attndyn_real x) {
#ifdef ATTNDYN_DOUBLE
    return sqrt(x);
#else
    return sqrtf(x);
#endif
}

/* 1 / (1 + exp(-x)), from exp(-|x|) so that nothing overflows. */
static inline attndyn_real net_sigmoid(attndyn_real x) {
    attndyn_real e = net_exp(x < 0 ? x : -x);
    attndyn_real s = 1 / (1 + e);
    return x < 0 ? e * s : s;
}

/* Sixteen interleaved partial sums, added pairwise: vectorises, and the same bits everywhere. */
enum { NET_LANES = 16 };
static inline attndyn_real net_lanes_sum(const attndyn_real *lane) {
    attndyn_real eight[8], four[4];
    for (int i = 0; i < 8; i++) eight[i] = lane[i] + lane[i + 8];
    for (int i = 0; i < 4; i++) four[i] = eight[i] + eight[i + 4];
    return (four[0] + four[2]) + (four[1] + four[3]);
}

#endif
