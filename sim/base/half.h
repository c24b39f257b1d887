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
        x = (float)rest * 0x1p-24f;
        memcpy(&wide, &x, sizeof wide);
        wide |= sign;
    } else {
        wide = sign | ((rest << 13) + (rest < 0x7c00 ? (127u - 15u) << 23 : (255u - 31u) << 23));
    }
    memcpy(&x, &wide, sizeof x);
    return x;
}

#endif
