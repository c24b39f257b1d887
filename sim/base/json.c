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

bool attndyn_json_is_deeper(const char *text, size_t length, int deepest) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > deepest) return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

enum attndyn_status attndyn_json_parse(struct attndyn_context *ctx, const char *text, size_t length,
                                       int deepest, const char *origin, json_t **root) {
    json_error_t error;
    *root = NULL;
    if (attndyn_json_is_deeper(text, length, deepest))
        return attndyn_fail(
            ctx, ATTNDYN_NO_INPUT,
            "%s: JSON that is nested deeper than %d levels: not a file of this kind", origin,
            deepest);
    *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (*root) return ATTNDYN_OK;
    if (json_error_code(&error) == json_error_out_of_memory)
        return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory while reading %s", origin);
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s:%d: no JSON: %s", origin, error.line,
                        error.text);
}
