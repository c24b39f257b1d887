/* Text written to a stream, in memory. */
#ifndef ATTNDYN_BASE_TEXT_H
#define ATTNDYN_BASE_TEXT_H

#include "context.h"

#include <stdio.h>

/* Must not move between begin and end. */
struct attndyn_text {
    FILE *stream; /* write here */
    struct attndyn_context *ctx;
    char *bytes; /* (room), `length` of them written */
    size_t length, room;
};

enum attndyn_status attndyn_text_begin(struct attndyn_context *ctx, struct attndyn_text *text);
/* Due after a good begin. *out: all that was written, NUL-terminated, owned by the context. */
enum attndyn_status attndyn_text_end(struct attndyn_text *text, char **out);

#endif
