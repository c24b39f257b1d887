/* Greedy merges of neighbours, least order first, leftmost of equals: a list of symbols, and a heap
 * of the pairs that can merge. */
#include "codec_private.h"
#include "heap_private.h"

#include <string.h>

enum attndyn_status attndyn_merger_symbol(struct attndyn_context *ctx, struct attndyn_merger *m,
                                          struct attndyn_symbol symbol) {
    ATTNDYN_GROW(ctx, m->symbol, m->n_symbols, m->symbol_room, 64);
    uint32_t at = (uint32_t)m->n_symbols++;
    symbol.previous = at ? at - 1 : ATTNDYN_ID_NONE;
    symbol.next = ATTNDYN_ID_NONE;
    m->symbol[at] = symbol;
    if (at) m->symbol[at - 1].next = at;
    return ATTNDYN_OK;
}

static bool goes_first(const struct attndyn_merger *m, const struct attndyn_merge_entry *a,
                       const struct attndyn_merge_entry *b) {
    (void)m;
    return a->order != b->order ? a->order < b->order : a->left < b->left;
}

ATTNDYN_HEAP(struct attndyn_merge_entry, struct attndyn_merger, goes_first);

static enum attndyn_status push(struct attndyn_context *ctx, struct attndyn_merger *m,
                                struct attndyn_merge_entry entry) {
    ATTNDYN_GROW(ctx, m->heap, m->n_heap, m->heap_room, 64);
    heap_put(m, m->heap, &m->n_heap, entry);
    return ATTNDYN_OK;
}

struct pairs {
    struct attndyn_context *ctx;
    struct attndyn_merger *m;
    attndyn_join_fn *join;
    const void *rules;
    const char *word;
};

static enum attndyn_status offer(const struct pairs *p, uint32_t left) {
    if (left == ATTNDYN_ID_NONE) return ATTNDYN_OK;
    const struct attndyn_symbol *a = &p->m->symbol[left];
    if (a->next == ATTNDYN_ID_NONE) return ATTNDYN_OK;
    const struct attndyn_symbol *b = &p->m->symbol[a->next];
    uint32_t id, order;
    if (a->frozen || b->frozen || !p->join(p->rules, p->word, a, b, &id, &order)) return ATTNDYN_OK;
    return push(p->ctx, p->m, (struct attndyn_merge_entry){order, left, a->length + b->length, id});
}

enum attndyn_status attndyn_merger_run(struct attndyn_context *ctx, struct attndyn_merger *m,
                                       attndyn_join_fn *join, const void *rules, const char *word) {
    const struct pairs p = {ctx, m, join, rules, word};
    m->n_heap = 0;
    for (uint32_t i = 0; i + 1 < m->n_symbols; i++) ATTNDYN_TRY(offer(&p, i));
    while (m->n_heap > 0) {
        struct attndyn_merge_entry top = heap_take(m, m->heap, &m->n_heap);
        struct attndyn_symbol *left = &m->symbol[top.left];
        if (left->length == 0 || left->next == ATTNDYN_ID_NONE) continue;
        /* Symbols only grow, so a pair that still has the length it had when it was offered is
         * still the same pair. */
        struct attndyn_symbol *right = &m->symbol[left->next];
        if (left->length + right->length != top.length) continue;
        left->length = top.length;
        left->id = top.id;
        left->next = right->next;
        right->length = 0;
        if (left->next != ATTNDYN_ID_NONE) m->symbol[left->next].previous = top.left;
        ATTNDYN_TRY(offer(&p, left->previous));
        ATTNDYN_TRY(offer(&p, top.left));
    }
    return ATTNDYN_OK;
}

void attndyn_merger_free(struct attndyn_context *ctx, struct attndyn_merger *m) {
    attndyn_free(ctx, m->symbol);
    attndyn_free(ctx, m->heap);
    *m = (struct attndyn_merger){0};
}
