/* Numbers in 8 bits, block by block (Dettmers, Lewis, Shleifer and Zettlemoyer, "8-bit optimizers
 * via block-wise quantization", 2022): the dynamic code, whose exponent is decimal.
 *
 * A block of ATTNDYN_QUANTISED_BLOCK numbers has a scale, its largest magnitude s; a number x is
 * kept as the nearest of 256 values c to x / s (of two as near, the lower). The values: 0, 1, and
 * in each decade 10^(d-1) <= |c| < 10^d, d = -6 .. 0, the middles of 2^(d+6) equal parts of it, of
 * both signs; of numbers that are never negative, of 2^(d+7) parts. So
 *
 *     |x/s - c| <= 0.45 10^d / parts  in the decade d of |x/s|,   <= 1e-7 below the lowest.
 */
#ifndef ATTNDYN_NUM_OPTIM_QUANTISED_H
#define ATTNDYN_NUM_OPTIM_QUANTISED_H

#include "../../base/context.h"
#include "../../base/real.h"

#define attndyn_quantised ATTNDYN_REAL_NAME(attndyn_quantised)
#define attndyn_quantised_create ATTNDYN_REAL_NAME(attndyn_quantised_create)
#define attndyn_quantised_get ATTNDYN_REAL_NAME(attndyn_quantised_get)
#define attndyn_quantised_set ATTNDYN_REAL_NAME(attndyn_quantised_set)
#define attndyn_quantised_bytes ATTNDYN_REAL_NAME(attndyn_quantised_bytes)
#define attndyn_quantised_packed ATTNDYN_REAL_NAME(attndyn_quantised_packed)

enum { ATTNDYN_QUANTISED_BLOCK = 2048 };

struct attndyn_quantised {
    size_t count, blocks;
    attndyn_real *packed;      /* the codes, one byte each, in the bits of `packed_count` numbers */
    attndyn_real *scale;       /* (blocks) */
    const attndyn_real *value; /* (256) ascending */
};

/* `count` zeros; owned by ctx. */
enum attndyn_status attndyn_quantised_create(struct attndyn_context *ctx, size_t count,
                                             bool negative, struct attndyn_quantised **quantised);
/* Block b as numbers (at most ATTNDYN_QUANTISED_BLOCK); returns how many. */
size_t attndyn_quantised_get(const struct attndyn_quantised *quantised, size_t block,
                             attndyn_real *x);
void attndyn_quantised_set(struct attndyn_quantised *quantised, size_t block,
                           const attndyn_real *x);
/* Codes and scales. */
size_t attndyn_quantised_bytes(const struct attndyn_quantised *quantised);
/* Numbers whose bits hold `count` codes. */
size_t attndyn_quantised_packed(size_t count);

#endif
