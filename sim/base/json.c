#include "json_private.h"

char *attndyn_json_text(struct attndyn_context *ctx, json_t *root, size_t flags, size_t *length) {
    *length = root ? json_dumpb(root, NULL, 0, flags) : 0;
    char *text = *length ? attndyn_alloc(ctx, *length + 1, 1) : NULL;
    bool whole = text && json_dumpb(root, text, *length, flags) == *length;
    json_decref(root);
    if (whole) return text;
    attndyn_free(ctx, text);
    return NULL;
}
