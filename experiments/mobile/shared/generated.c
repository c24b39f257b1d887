#include "scoring.h"
#include "sim/data/grammar.h"

#include <string.h>

enum { ITEMS = 240 };

/* A class's first distinct words, some common ones and its last word; the choices are the classes'
 * next words, of which its own follows. */
static enum attndyn_status make_item(struct attndyn_context *ctx, size_t n,
                                     struct attndyn_task_item *item) {
    const struct attndyn_grammar_class *classes = attndyn_grammar_classes, *c = &classes[n % 6];
    size_t turn = n / 6; /* below 60 no two contexts of a class coincide */
    const char *const *common = attndyn_grammar_commons;
    char *context =
        attndyn_format(ctx, "%s %s %s %s %s %s %s", c->distinct[turn % 4], common[turn % 5],
                       c->distinct[(turn + 1) % 5], c->distinct[(turn + 2) % 4],
                       common[(turn + 3) % 5], c->distinct[turn % 3], c->last);
    if (!context) return ATTNDYN_NO_MEMORY;
    item->choices = ATTNDYN_GRAMMAR_CLASSES;
    item->gold = n % ATTNDYN_GRAMMAR_CLASSES;
    ATTNDYN_ALLOC(ctx, item->choice, item->choices);
    for (size_t k = 0; k < item->choices; k++) {
        const char *next = classes[k].next;
        item->choice[k] = (struct attndyn_task_choice){
            {context, strlen(context)}, {next, strlen(next)}, strlen(next)};
    }
    return ATTNDYN_OK;
}

enum attndyn_status scoring_generate(struct attndyn_context *ctx, struct attndyn_task **tasks,
                                     size_t *count) {
    _Static_assert(ATTNDYN_GRAMMAR_CLASSES == 6, "make_item counts on it");
    *count = 1;
    ATTNDYN_ALLOC(ctx, *tasks, 1);
    (*tasks)->name = "generated";
    (*tasks)->items = ITEMS;
    ATTNDYN_ALLOC(ctx, (*tasks)->item, ITEMS);
    for (size_t n = 0; n < ITEMS; n++) ATTNDYN_TRY(make_item(ctx, n, &(*tasks)->item[n]));
    return ATTNDYN_OK;
}
