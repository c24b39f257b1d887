#include "text_batches.h"

#include "../base/random.h"

#include <string.h>

enum attndyn_status attndyn_text_batches_create(struct attndyn_context *ctx,
                                                const struct attndyn_tokens *tokens,
                                                size_t vocabulary, size_t columns, size_t length,
                                                const char *origin,
                                                struct attndyn_text_batches *batches) {
    if (columns < 1 || length < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "batches of %zu sequences of %zu tokens: expected "
                            "at least 1 of each",
                            columns, length);
    size_t rows = tokens->length / columns;
    if (rows < 2 || tokens->length < length + 1)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "%s: %zu tokens are too few for %zu sequences of %zu: expected at "
                            "least %zu; take smaller batches or a longer text",
                            origin, tokens->length, columns, length,
                            2 * columns > length + 1 ? 2 * columns : length + 1);
    for (size_t i = 0; i < tokens->length; i++)
        if (tokens->id[i] >= vocabulary)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "%s: token %zu has id %u: expected less than %zu", origin, i,
                                tokens->id[i], vocabulary);
    *batches = (struct attndyn_text_batches){.stream = tokens->id,
                                             .stream_length = tokens->length,
                                             .columns = columns,
                                             .rows = rows,
                                             .length = length,
                                             .count = (rows - 2) / length + 1};
    ATTNDYN_ALLOC(ctx, batches->inputs, columns * length);
    ATTNDYN_ALLOC(ctx, batches->target, columns * length);
    return ATTNDYN_OK;
}

/* Sequence b of `length` tokens from position `at` of the stream. */
static void copy(struct attndyn_text_batches *t, size_t b, size_t at, size_t length) {
    memcpy(t->inputs + b * length, t->stream + at, length * sizeof *t->inputs);
    memcpy(t->target + b * length, t->stream + at + 1, length * sizeof *t->target);
}

static struct attndyn_batch batch(const struct attndyn_text_batches *t, size_t length) {
    return (struct attndyn_batch){
        .sequences = t->columns, .length = length, .tokens = t->inputs, .targets = t->target};
}

struct attndyn_batch attndyn_text_batches_column(struct attndyn_text_batches *t, size_t i) {
    size_t row = i * t->length, left = t->rows - 1 - row;
    size_t length = left < t->length ? left : t->length;
    for (size_t b = 0; b < t->columns; b++) copy(t, b, b * t->rows + row, length);
    return batch(t, length);
}

struct attndyn_batch attndyn_text_batches_window(struct attndyn_text_batches *t, uint64_t *state) {
    const double starts = (double)(t->stream_length - t->length);
    for (size_t b = 0; b < t->columns; b++) {
        double u = (double)(attndyn_splitmix_next(state) >> 11) * 0x1p-53;
        copy(t, b, (size_t)(u * starts), t->length);
    }
    return batch(t, t->length);
}
