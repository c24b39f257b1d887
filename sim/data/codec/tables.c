#include "codec_private.h"

#include "../../base/hash.h"
#include "../corpus.h"
#include "../lower_case.h"

#include <string.h>

/* A power of two of at least 2 (count + 1), 0: too many. */
static size_t slots_for(size_t count) {
    size_t slots = 16;
    if (count > SIZE_MAX / 8) return 0;
    while (slots < 2 * (count + 1)) slots *= 2;
    return slots;
}

static size_t fold(uint64_t hash) {
    return (size_t)(hash ^ hash >> 32);
}

enum attndyn_status attndyn_piece_table_init(struct attndyn_context *ctx,
                                             struct attndyn_piece_table *table, size_t count) {
    *table = (struct attndyn_piece_table){.slots = slots_for(count)};
    if (!table->slots) return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%zu pieces: too many", count);
    ATTNDYN_ALLOC(ctx, table->slot, table->slots);
    return ATTNDYN_OK;
}

static struct attndyn_piece *piece_slot(const struct attndyn_piece_table *table, const char *bytes,
                                        size_t length) {
    size_t at = fold(attndyn_hash_bytes(attndyn_hash_start, bytes, length));
    for (;; at++) {
        struct attndyn_piece *p = &table->slot[at & (table->slots - 1)];
        if (!p->bytes || (p->length == length && memcmp(p->bytes, bytes, length) == 0)) return p;
    }
}

bool attndyn_piece_table_add(struct attndyn_piece_table *table, const char *bytes, size_t length,
                             uint32_t id) {
    struct attndyn_piece *p = piece_slot(table, bytes, length);
    if (p->bytes) return false;
    *p = (struct attndyn_piece){bytes, (uint32_t)length, id};
    table->size++;
    if (length > table->longest) table->longest = (uint32_t)length;
    return true;
}

bool attndyn_piece_table_find(const struct attndyn_piece_table *table, const char *bytes,
                              size_t length, uint32_t *id) {
    if (length > table->longest || !table->slots) return false;
    const struct attndyn_piece *p = piece_slot(table, bytes, length);
    if (!p->bytes) return false;
    *id = p->id;
    return true;
}

enum attndyn_status attndyn_pair_table_init(struct attndyn_context *ctx,
                                            struct attndyn_pair_table *table, size_t count) {
    table->slots = slots_for(count);
    if (!table->slots) return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%zu merges: too many", count);
    ATTNDYN_ALLOC(ctx, table->slot, table->slots);
    for (size_t i = 0; i < table->slots; i++) table->slot[i].id = ATTNDYN_ID_NONE;
    return ATTNDYN_OK;
}

static struct attndyn_pair *pair_slot(const struct attndyn_pair_table *table, uint32_t left,
                                      uint32_t right) {
    /* Fibonacci hashing: ids are small, and their low bits alone would run together. */
    uint64_t key = (uint64_t)left << 32 | right;
    size_t at = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 20);
    for (;; at++) {
        struct attndyn_pair *p = &table->slot[at & (table->slots - 1)];
        if (p->id == ATTNDYN_ID_NONE || (p->left == left && p->right == right)) return p;
    }
}

void attndyn_pair_table_set(struct attndyn_pair_table *table, struct attndyn_pair pair) {
    *pair_slot(table, pair.left, pair.right) = pair;
}

const struct attndyn_pair *attndyn_pair_table_find(const struct attndyn_pair_table *table,
                                                   uint32_t left, uint32_t right) {
    if (!table->slots) return NULL;
    const struct attndyn_pair *p = pair_slot(table, left, right);
    return p->id == ATTNDYN_ID_NONE ? NULL : p;
}

enum attndyn_status attndyn_bytes_append(struct attndyn_context *ctx, struct attndyn_bytes *to,
                                         const char *bytes, size_t length) {
    if (length >= to->room - to->length) {
        size_t room = to->room ? 2 * to->room : 256;
        while (room <= to->length + length) room *= 2;
        ATTNDYN_RESIZE(ctx, to->bytes, to->room, room);
        to->room = room;
    }
    if (length) memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
    to->bytes[to->length] = '\0';
    return ATTNDYN_OK;
}

size_t attndyn_code_point(const char *text, size_t length, uint32_t *c) {
    unsigned char first = (unsigned char)*text;
    if (first < 0x80) {
        *c = first;
        return 1;
    }
    /* The prefix is valid up to its last code point, so what follows is a whole code point or
     * nothing. */
    if (attndyn_utf8_valid_prefix(text, length < 4 ? length : 4) > 0)
        return attndyn_utf8_decode(text, c);
    *c = attndyn_no_code_point;
    return 1;
}
