#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void fuzz_failed(const char *file, int line, const char *condition) {
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

unsigned fuzz_byte(struct fuzz_input *input) {
    if (input->size == 0) return 0;
    input->size--;
    return *input->data++;
}

struct attndyn_context *fuzz_begin(struct fuzz_input *input) {
    struct attndyn_context *ctx = attndyn_context_create();
    if (!ctx) abort();
    attndyn_fail_allocation(ctx, fuzz_byte(input));
    return ctx;
}

char *fuzz_rest(struct attndyn_context *ctx, const struct fuzz_input *input) {
    char *text = attndyn_alloc(ctx, input->size + 1, 1);
    if (text && input->size) memcpy(text, input->data, input->size);
    return text;
}

void fuzz_outcome(struct attndyn_context *ctx, enum attndyn_status status) {
    const char *message = attndyn_message(ctx);
    if (status == ATTNDYN_OK) return;
    fuzz_expect(status == ATTNDYN_USAGE || status == ATTNDYN_NO_INPUT ||
                status == ATTNDYN_NO_MEMORY || status == ATTNDYN_RUN_FAILED);
    fuzz_expect(message[0] != '\0');
    fuzz_expect(strchr(message, '\n') == NULL);
}
