#include "list_private.h"

#include <string.h>

/* Ranks [from, from + n) move by `by` places (of numbers, not of ranks) in every array. */
static void move(struct infer_list *list, size_t from, size_t n, ptrdiff_t by) {
    if (n == 0) return;
    attndyn_real *both[] = {list->key, list->value};
    for (int b = 0; b < 2; b++)
        for (size_t x = 0; x < list->width; x++) {
            attndyn_real *at = both[b] + x * list->room + from;
            memmove(at + by, at, n * sizeof *at);
        }
    memmove(list->position + from + by, list->position + from, n * sizeof *list->position);
    memmove(list->score + from + by, list->score + from, n * sizeof *list->score);
}

void attndyn_infer_list_append(struct infer_list *list, const attndyn_real *key,
                               const attndyn_real *value, uint64_t position, double score) {
    if (list->first + list->count == list->room) {
        move(list, list->first, list->count, -(ptrdiff_t)list->first);
        list->first = 0;
    }
    size_t at = list->first + list->count++;
    for (size_t x = 0; x < list->width; x++) {
        list->key[x * list->room + at] = key[x];
        list->value[x * list->room + at] = value[x];
    }
    list->position[at] = position;
    list->score[at] = score;
}

void attndyn_infer_list_leave(struct infer_list *list, size_t rank, size_t n) {
    const size_t behind = list->count - n - rank;
    if (rank <= behind) {
        move(list, list->first, rank, (ptrdiff_t)n);
        list->first += n;
    } else {
        move(list, list->first + rank + n, behind, -(ptrdiff_t)n);
    }
    list->count -= n;
}

void attndyn_infer_list_copy(const struct infer_list *from, struct infer_list *to) {
    size_t n = from->count;
    to->first = 0;
    to->count = n;
    to->random = from->random;
    for (size_t x = 0; x < to->width; x++) {
        memcpy(to->key + x * to->room, infer_list_keys(from) + x * from->room, n * sizeof *to->key);
        memcpy(to->value + x * to->room, infer_list_values(from) + x * from->room,
               n * sizeof *to->value);
    }
    memcpy(to->position, infer_list_positions(from), n * sizeof *to->position);
    memcpy(to->score, infer_list_scores(from), n * sizeof *to->score);
}
