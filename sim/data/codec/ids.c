#include "codec_private.h"

#include "../../base/file.h"

enum attndyn_status attndyn_ids_parse(struct attndyn_context *ctx, const char *text, size_t length,
                                      const char *origin, struct attndyn_tokens *tokens) {
    size_t line = 1;
    for (size_t at = 0; at < length;) {
        char c = text[at];
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            line += c == '\n';
            at++;
            continue;
        }
        uint64_t id = 0;
        size_t start = at;
        for (; at < length && text[at] >= '0' && text[at] <= '9' && id <= UINT32_MAX; at++)
            id = 10 * id + (uint64_t)(text[at] - '0');
        bool ends = at == length || text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r');
        if (at == start || !ends || id >= ATTNDYN_ID_NONE)
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "%s:%zu: byte %zu: expected ids, decimal numbers below 2^32-1 with "
                                "white space between them",
                                origin, line, at);
        ATTNDYN_TRY(attndyn_tokens_append(ctx, tokens, (uint32_t)id));
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_ids_read(struct attndyn_context *ctx, const char *path,
                                     struct attndyn_tokens *tokens) {
    char *text;
    size_t length;
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &text, &length));
    ATTNDYN_TRY(attndyn_ids_parse(ctx, text, length, path, tokens));
    attndyn_free(ctx, text);
    return ATTNDYN_OK;
}
