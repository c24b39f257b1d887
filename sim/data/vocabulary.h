/* Names and their numbers: an open-addressing hash table over names that never move.
 *
 * Numbers count from 0 in order of appearance until attndyn_vocabulary_rank puts them in order of
 * frequency: falling count, ties in string order (bytes, which for UTF-8 is the order of code
 * points). All memory belongs to the context. */
#ifndef ATTNDYN_DATA_VOCABULARY_H
#define ATTNDYN_DATA_VOCABULARY_H

#include "../base/context.h"

struct attndyn_vocabulary {
    size_t size;
    char **name;     /* (size): NUL-terminated; names have no NUL in them */
    uint64_t *count; /* (size): kept by the caller, 0 at first */
    uint32_t *hash;  /* (size): kept so that growing the table needs no hashing */
    size_t room;     /* of the three arrays */
    size_t slots;    /* of the hash table, a power of two, at most half full */
    uint32_t *slot;  /* (slots): number + 1, 0 = free */
    char *block;     /* where the next name goes */
    size_t block_left;
};

/* FNV-1a, folded: names are short, and the table is checked by memcmp anyway. */
uint32_t attndyn_name_hash(const char *name, size_t length);
/* The number of name[0..length), which need not be terminated; false if it is not there. */
bool attndyn_vocabulary_find(const struct attndyn_vocabulary *vocabulary, const char *name,
                             size_t length, uint32_t *id);
/* The same, added with count 0 where it is not there. A zeroed struct is an empty vocabulary. */
enum attndyn_status attndyn_vocabulary_add(struct attndyn_context *ctx,
                                           struct attndyn_vocabulary *vocabulary, const char *name,
                                           size_t length, uint32_t *id);
/* Renumbers names fixed .. size-1 by frequency; the first `fixed` stay. rank: (size) or NULL:
 * the new number of each old one. */
enum attndyn_status attndyn_vocabulary_rank(struct attndyn_context *ctx,
                                            struct attndyn_vocabulary *vocabulary, size_t fixed,
                                            uint32_t *rank);
/* Forgets all names but the first `size`. */
void attndyn_vocabulary_cut(struct attndyn_vocabulary *vocabulary, size_t size);

#endif
