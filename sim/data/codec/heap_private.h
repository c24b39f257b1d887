/* A binary heap in an array: what goes first stands at 0. */
#ifndef ATTNDYN_DATA_CODEC_HEAP_PRIVATE_H
#define ATTNDYN_DATA_CODEC_HEAP_PRIVATE_H

#include <stddef.h>

/* Defines heap_put() and heap_take() for entries of a type; goes_first(of, a, b) compares two of
 * them, and `of` is what they belong to. The array has room for one more, and one to take. */
#define ATTNDYN_HEAP(type, owner, goes_first)                                                      \
    static void heap_put(const owner *of, type *heap, size_t *count, type entry) {                 \
        size_t at = (*count)++;                                                                    \
        for (; at > 0 && goes_first(of, &entry, &heap[(at - 1) / 2]); at = (at - 1) / 2)           \
            heap[at] = heap[(at - 1) / 2];                                                         \
        heap[at] = entry;                                                                          \
    }                                                                                              \
    static type heap_take(const owner *of, type *heap, size_t *count) {                            \
        type top = heap[0], last = heap[--*count];                                                 \
        size_t at = 0;                                                                             \
        for (;;) {                                                                                 \
            size_t child = 2 * at + 1;                                                             \
            if (child >= *count) break;                                                            \
            if (child + 1 < *count && goes_first(of, &heap[child + 1], &heap[child])) child++;     \
            if (!goes_first(of, &heap[child], &last)) break;                                       \
            heap[at] = heap[child];                                                                \
            at = child;                                                                            \
        }                                                                                          \
        heap[at] = last;                                                                           \
        return top;                                                                                \
    }                                                                                              \
    static type heap_take(const owner *, type *, size_t *)

#endif
