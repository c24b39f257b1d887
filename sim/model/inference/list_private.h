/* The kept keys and values of one key-value head: a list in the order of the stream.
 *
 * Keys and values are held column by column, (a, room): coordinate x of the key at rank i is key[x
 * room + first + i]. So scores of all keys are sums of rows, a head's sum of values is a product of
 * rows, and nothing is summed across a key. When a key leaves, the shorter side moves up. So the
 * list drifts through its room, which is larger than the list, and is moved back when it reaches
 * the end. */
#ifndef ATTNDYN_MODEL_INFERENCE_LIST_PRIVATE_H
#define ATTNDYN_MODEL_INFERENCE_LIST_PRIVATE_H

#include "../../base/real.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define infer_list ATTNDYN_REAL_NAME(infer_list)
#define attndyn_infer_list_append ATTNDYN_REAL_NAME(attndyn_infer_list_append)
#define attndyn_infer_list_leave ATTNDYN_REAL_NAME(attndyn_infer_list_leave)
#define attndyn_infer_list_copy ATTNDYN_REAL_NAME(attndyn_infer_list_copy)

struct infer_list {
    size_t first, count, room, width; /* room: numbers of a row; width: a */
    attndyn_real *key, *value;        /* (a, room) */
    uint64_t *position;               /* (room): in the stream */
    double *score;                    /* (room) */
    uint64_t random;
    uint64_t pairs, read, turned; /* inference.h, attndyn_inference_counts */
};

/* Room for a list of `slots` keys. Rows of many lines are an odd number of them apart, lest the
 * coordinates of one key fall into the same few sets of a cache. */
static inline size_t infer_list_room(size_t slots, bool evicts) {
    size_t slack = evicts ? (slots < 64 ? 16 : slots / 4) : 0;
    size_t lines = (slots + slack + 15) / 16;
    return (lines < 16 ? lines : lines | 1) * 16;
}
static inline attndyn_real *infer_list_keys(const struct infer_list *list) {
    return list->key + list->first;
}
static inline attndyn_real *infer_list_values(const struct infer_list *list) {
    return list->value + list->first;
}
static inline uint64_t *infer_list_positions(const struct infer_list *list) {
    return list->position + list->first;
}
static inline double *infer_list_scores(const struct infer_list *list) {
    return list->score + list->first;
}

/* key, value: (a). The list must have fewer than `room` keys. */
void attndyn_infer_list_append(struct infer_list *list, const attndyn_real *key,
                               const attndyn_real *value, uint64_t position, double score);
/* The n keys from this rank on leave. */
void attndyn_infer_list_leave(struct infer_list *list, size_t rank, size_t n);
/* `to`, of the same size, becomes a copy. */
void attndyn_infer_list_copy(const struct infer_list *from, struct infer_list *to);

#endif
