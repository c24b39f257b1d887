#ifndef ATTNDYN_SIM_BASE_HASH_H
#define ATTNDYN_SIM_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a with 64 bits (Fowler, Noll and Vo; draft-eastlake-fnv). It detects damage and changed
 * texts, but is no protection against deliberate forgery.
 *
 * Begin with attndyn_hash_start and fold in what counts, piece by piece. */
#define attndyn_hash_start UINT64_C(0xcbf29ce484222325)

/* One step. FNV-1a proper takes a byte; a longer word is taken whole. */
static inline uint64_t attndyn_hash_word(uint64_t hash, uint64_t word) {
    return (hash ^ word) * UINT64_C(0x100000001b3);
}

/* bytes: (count), NULL if count is 0. */
static inline uint64_t attndyn_hash_bytes(uint64_t hash, const void *bytes, size_t count) {
    const unsigned char *from = (const unsigned char *)bytes; /* C++ wants the cast */
    for (size_t i = 0; i < count; i++) hash = attndyn_hash_word(hash, from[i]);
    return hash;
}

#endif
