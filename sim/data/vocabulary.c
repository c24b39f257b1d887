#include "vocabulary.h"

#include "../base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 18, FIRST_SLOTS = 1 << 12, FIRST_NAMES = 1 << 10 };

uint32_t attndyn_name_hash(const char *name, size_t length) {
    uint64_t hash = attndyn_hash_bytes(attndyn_hash_start, name, length);
    return (uint32_t)(hash ^ hash >> 32);
}

static void table_insert(uint32_t *slot, size_t slots, uint32_t hash, uint32_t id) {
    size_t at = hash & (slots - 1);
    while (slot[at]) at = (at + 1) & (slots - 1);
    slot[at] = id + 1;
}

static void table_fill(struct attndyn_vocabulary *v) {
    memset(v->slot, 0, v->slots * sizeof *v->slot);
    for (uint32_t id = 0; id < v->size; id++) table_insert(v->slot, v->slots, v->hash[id], id);
}

static bool find(const struct attndyn_vocabulary *v, const char *name, size_t length, uint32_t hash,
                 uint32_t *id) {
    if (!v->slots) return false;
    for (size_t at = hash & (v->slots - 1); v->slot[at]; at = (at + 1) & (v->slots - 1)) {
        uint32_t candidate = v->slot[at] - 1;
        if (v->hash[candidate] != hash) continue;
        const char *known = v->name[candidate];
        if (strlen(known) != length || memcmp(known, name, length) != 0) continue;
        *id = candidate;
        return true;
    }
    return false;
}

bool attndyn_vocabulary_find(const struct attndyn_vocabulary *v, const char *name, size_t length,
                             uint32_t *id) {
    return find(v, name, length, attndyn_name_hash(name, length), id);
}

/* Room for one more name of `length` bytes. */
static enum attndyn_status make_room(struct attndyn_context *ctx, struct attndyn_vocabulary *v,
                                     size_t length) {
    if (v->size == UINT32_MAX - 1)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "more than 2^32 distinct tokens");
    if (2 * v->size >= v->slots) {
        size_t slots = v->slots ? 2 * v->slots : FIRST_SLOTS;
        uint32_t *slot;
        ATTNDYN_ALLOC(ctx, slot, slots);
        attndyn_free(ctx, v->slot);
        v->slot = slot, v->slots = slots;
        table_fill(v);
    }
    if (v->block_left < length + 1) {
        size_t size = length + 1 > BLOCK ? length + 1 : BLOCK;
        char *block;
        ATTNDYN_ALLOC(ctx, block, size);
        v->block = block, v->block_left = size;
    }
    if (v->size == v->room) {
        size_t room = v->room ? 2 * v->room : FIRST_NAMES;
        ATTNDYN_RESIZE(ctx, v->name, v->room, room);
        ATTNDYN_RESIZE(ctx, v->count, v->room, room);
        ATTNDYN_RESIZE(ctx, v->hash, v->room, room);
        v->room = room;
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_vocabulary_add(struct attndyn_context *ctx,
                                           struct attndyn_vocabulary *v, const char *name,
                                           size_t length, uint32_t *id) {
    uint32_t hash = attndyn_name_hash(name, length);
    if (find(v, name, length, hash, id)) return ATTNDYN_OK;
    ATTNDYN_TRY(make_room(ctx, v, length));
    *id = (uint32_t)v->size++;
    memcpy(v->block, name, length);
    v->block[length] = '\0';
    v->name[*id] = v->block;
    v->block += length + 1, v->block_left -= length + 1;
    v->count[*id] = 0;
    v->hash[*id] = hash;
    table_insert(v->slot, v->slots, hash, *id);
    return ATTNDYN_OK;
}

struct ranked {
    uint64_t count;
    char *name;
    uint32_t id, hash;
};

static int by_count_then_name(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return strcmp(x->name, y->name);
}

enum attndyn_status attndyn_vocabulary_rank(struct attndyn_context *ctx,
                                            struct attndyn_vocabulary *v, size_t fixed,
                                            uint32_t *rank) {
    /* Free the scratch block by block: a mark would also free blocks that the vocabulary allocated
     * since. */
    struct ranked *ranked;
    ATTNDYN_ALLOC(ctx, ranked, v->size);
    for (uint32_t id = 0; id < v->size; id++)
        ranked[id] = (struct ranked){v->count[id], v->name[id], id, v->hash[id]};
    if (fixed < v->size) qsort(ranked + fixed, v->size - fixed, sizeof *ranked, by_count_then_name);
    for (uint32_t i = 0; i < v->size; i++) {
        v->count[i] = ranked[i].count;
        v->name[i] = ranked[i].name;
        v->hash[i] = ranked[i].hash;
        if (rank) rank[ranked[i].id] = i;
    }
    if (v->slots) table_fill(v);
    attndyn_free(ctx, ranked);
    return ATTNDYN_OK;
}

void attndyn_vocabulary_cut(struct attndyn_vocabulary *v, size_t size) {
    if (size >= v->size) return;
    v->size = size;
    table_fill(v);
}
