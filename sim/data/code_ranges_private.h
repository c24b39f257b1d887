/* Lists of ranges of code points, ascending, so many numbers a range: the first of it, the last,
 * and the step between those that are meant; what else there is belongs to them. */
#ifndef ATTNDYN_DATA_CODE_RANGES_PRIVATE_H
#define ATTNDYN_DATA_CODE_RANGES_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

/* The range that c is meant by; NULL: none. */
static inline const int32_t *code_range_of(const int32_t *ranges, size_t count, size_t width,
                                           uint32_t c) {
    size_t low = 0, high = count;
    const int32_t code = (int32_t)c;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const int32_t *r = ranges + middle * width;
        if (code > r[1])
            low = middle + 1;
        else if (code < r[0])
            high = middle;
        else
            return (code - r[0]) % r[2] == 0 ? r : NULL;
    }
    return NULL;
}

#endif
