/* Dropout by a counter: element i of a site is kept or not by a hash of (key, site, layer, i), so
 * that the backward pass draws the same mask again and threads cannot change it. */
#include "../../base/random.h"
#include "transformer_private.h"

void attndyn_net_drop(const struct attndyn_transformer *m, double rate, enum net_site site,
                      size_t layer, size_t first, size_t count, const attndyn_real *from,
                      attndyn_real *to) {
    uint64_t part =
        m->drop_key + ((uint64_t)layer * 8 + (uint64_t)site + 1) * UINT64_C(0xD1342543DE82EF95);
    const uint64_t base = attndyn_splitmix_next(&part);
    const uint32_t dropped = (uint32_t)(rate * 4294967296.0);
    const attndyn_real scale = (attndyn_real)(1 / (1 - rate));
    for (size_t i = 0; i < count; i++) {
        uint64_t state = base + (first + i) * UINT64_C(0x9E3779B97F4A7C15);
        uint32_t bits = (uint32_t)(attndyn_splitmix_next(&state) >> 32);
        to[i] = bits < dropped ? 0 : from[i] * scale;
    }
}
