/* Half precision and bfloat16 into single precision, exactly. */
#ifndef ATTNDYN_BASE_HALF_H
#define ATTNDYN_BASE_HALF_H

#include <stdint.h>
#include <string.h>

/* bfloat16 is the upper half of a float. */
static inline float attndyn_bfloat16_to_float(uint16_t bits) {
    uint32_t wide = (uint32_t)bits << 16;
    float x;
    memcpy(&x, &wide, sizeof x);
    return x;
}

/* IEEE 754 binary16: 1 sign, 5 exponent bits (bias 15), 10 of the fraction. A float's exponent has
 * the bias 127. Numbers below 2^-14 are 2^-24 times an integer; an exponent of 31 is infinity or
 * not a number. */
static inline float attndyn_half_to_float(uint16_t bits) {
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, rest = bits & 0x7fffu, wide;
    float x;
    if (rest < 0x0400) {
        x = (float)rest * 5.9604644775390625e-8f; /* 2^-24 */
        memcpy(&wide, &x, sizeof wide);
        wide |= sign;
    } else {
        wide = sign | ((rest << 13) + (rest < 0x7c00 ? (127u - 15u) << 23 : (255u - 31u) << 23));
    }
    memcpy(&x, &wide, sizeof x);
    return x;
}

/* Rounds to nearest, ties to even. Overflow gives infinity; NaN stays NaN. */
static inline uint16_t attndyn_float_to_bfloat16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

static inline uint16_t attndyn_float_to_half(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000u, rest = bits & 0x7fffffffu, half;
    if (rest > 0x7f800000u) return (uint16_t)(sign | 0x7e00u);
    if (rest >= 0x477ff000u) return (uint16_t)(sign | 0x7c00u); /* 65520 and above */
    if (rest < 0x38800000u) { /* below 2^-14: a multiple of 2^-24, by the addition's own rounding */
        float shifted;
        memcpy(&shifted, &rest, sizeof shifted);
        shifted += 0.5f; /* its last bit is worth 2^-24 */
        memcpy(&half, &shifted, sizeof half);
        return (uint16_t)(sign | (half - 0x3f000000u));
    }
    half = rest - ((127u - 15u) << 23);
    return (uint16_t)(sign | ((half + 0xfffu + (half >> 13 & 1)) >> 13));
}

#endif
