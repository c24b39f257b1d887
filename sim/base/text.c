/* Replaces open_memstream: when glibc's cannot grow, it drops text, and neither ferror nor fclose
 * reports it reliably. */
#define _GNU_SOURCE /* fopencookie */
#include "text.h"

#include <string.h>

static enum attndyn_status no_memory(struct attndyn_context *ctx) {
    return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory for a text");
}

/* 0: an error, which the stream remembers. */
static ssize_t take(void *cookie, const char *from, size_t size) {
    struct attndyn_text *text = cookie;
    size_t room = text->room;
    while (room - text->length <= size) room *= 2;
    if (room > text->room) {
        char *larger = attndyn_resize(text->ctx, text->bytes, text->room, room, 1);
        if (!larger) return 0;
        text->bytes = larger;
        text->room = room;
    }
    memcpy(text->bytes + text->length, from, size);
    text->length += size;
    return (ssize_t)size;
}

enum attndyn_status attndyn_text_begin(struct attndyn_context *ctx, struct attndyn_text *text) {
    const cookie_io_functions_t functions = {.write = take};
    *text = (struct attndyn_text){.ctx = ctx, .room = 1 << 10};
    text->bytes = attndyn_alloc(ctx, text->room, 1);
    if (!text->bytes) return ATTNDYN_NO_MEMORY;
    text->stream = fopencookie(text, "w", functions);
    if (text->stream) return ATTNDYN_OK;
    attndyn_free(ctx, text->bytes);
    return no_memory(ctx);
}

enum attndyn_status attndyn_text_end(struct attndyn_text *text, char **out) {
    bool whole = fflush(text->stream) == 0 && !ferror(text->stream);
    fclose(text->stream);
    if (!whole) {
        attndyn_free(text->ctx, text->bytes);
        return no_memory(text->ctx);
    }
    text->bytes[text->length] = '\0';
    *out = text->bytes;
    return ATTNDYN_OK;
}
