#include "context.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_LENGTH = 2048 };

/* Every block hangs in a doubly linked list, newest first, so that a block can be resized or freed
 * alone and a mark released in one sweep. */
struct block {
    struct block *newer, *older;
    uint64_t serial;
    size_t bytes;
    attndyn_gone_fn *gone; /* NULL: there is only memory to free */
    max_align_t payload[];
};

struct attndyn_context {
    struct block *newest, *oldest;
    uint64_t serial;      /* blocks made so far */
    uint64_t allocations; /* calls that asked for memory */
    uint64_t fault_at;    /* the allocation that is made to fail, 0 = none */
    size_t held, peak;    /* bytes */
    char message[MESSAGE_LENGTH];
    attndyn_progress_fn *progress;
    void *progress_user;
    const volatile int *interrupt;
    int threads;
};

struct attndyn_context *attndyn_context_create(void) {
    struct attndyn_context *ctx = calloc(1, sizeof *ctx);
    if (ctx) ctx->threads = 1;
    return ctx;
}

void attndyn_context_free(struct attndyn_context *ctx) {
    if (!ctx) return;
    while (ctx->newest) attndyn_free(ctx, ctx->newest->payload);
    free(ctx);
}

/* A message is one line whatever stood in the user's names and paths. */
static void one_line(char *message) {
    for (char *c = message; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F) *c = ' ';
}

enum attndyn_status attndyn_fail(struct attndyn_context *ctx, enum attndyn_status status,
                                 const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ctx->message, sizeof ctx->message, format, arguments);
    va_end(arguments);
    one_line(ctx->message);
    return status;
}

enum attndyn_status attndyn_fail_while(struct attndyn_context *ctx, enum attndyn_status status,
                                       const char *format, ...) {
    char rest[MESSAGE_LENGTH];
    memcpy(rest, ctx->message, sizeof rest);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ctx->message, sizeof ctx->message, format, arguments);
    va_end(arguments);
    strncat(ctx->message, ": ", sizeof ctx->message - strlen(ctx->message) - 1);
    strncat(ctx->message, rest, sizeof ctx->message - strlen(ctx->message) - 1);
    one_line(ctx->message);
    return status;
}

const char *attndyn_message(const struct attndyn_context *ctx) {
    return ctx->message;
}

void attndyn_message_clear(struct attndyn_context *ctx) {
    ctx->message[0] = '\0';
}

static bool allocation_allowed(struct attndyn_context *ctx, size_t count, size_t size,
                               size_t *bytes) {
    ctx->allocations++;
    bool fits = size == 0 || count <= (SIZE_MAX / 2 - sizeof(struct block)) / size;
    *bytes = fits ? count * size : 0;
    if (fits && ctx->allocations != ctx->fault_at) return true;
    attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory: %zu items of %zu bytes", count, size);
    return false;
}

void *attndyn_alloc(struct attndyn_context *ctx, size_t count, size_t size) {
    return attndyn_resize(ctx, NULL, 0, count, size);
}

static struct block *block_of(void *payload) {
    return (struct block *)(void *)((char *)payload - offsetof(struct block, payload));
}

void *attndyn_resize(struct attndyn_context *ctx, void *payload, size_t old_count, size_t new_count,
                     size_t size) {
    size_t bytes;
    if (!allocation_allowed(ctx, new_count, size, &bytes)) return NULL;
    struct block *block;
    if (payload) {
        block = realloc(block_of(payload), sizeof *block + bytes);
    } else {
        block = calloc(1, sizeof *block + bytes); /* calloc: large blocks arrive zeroed for free */
    }
    if (!block) {
        attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory: %zu items of %zu bytes", new_count,
                     size);
        return NULL;
    }
    if (payload) {
        if (new_count > old_count)
            memset((char *)block->payload + old_count * size, 0, (new_count - old_count) * size);
    } else {
        block->serial = ++ctx->serial;
        block->older = ctx->newest;
    }
    ctx->held += bytes - block->bytes; /* modulo 2^n where it shrinks */
    if (ctx->held > ctx->peak) ctx->peak = ctx->held;
    block->bytes = bytes;
    if (block->newer)
        block->newer->older = block;
    else
        ctx->newest = block;
    if (block->older)
        block->older->newer = block;
    else
        ctx->oldest = block;
    return block->payload;
}

/* Kept blocks are at the old end with serial 0, so no release reaches them. */
void attndyn_memory_keep(struct attndyn_context *ctx, void *payload) {
    if (!payload) return;
    struct block *block = block_of(payload);
    block->serial = 0;
    if (block == ctx->oldest) return;
    if (block->newer)
        block->newer->older = block->older;
    else
        ctx->newest = block->older;
    block->older->newer = block->newer;
    block->older = NULL;
    block->newer = ctx->oldest;
    ctx->oldest->older = block;
    ctx->oldest = block;
}

char *attndyn_strdup(struct attndyn_context *ctx, const char *text) {
    size_t length = strlen(text) + 1;
    char *copy = attndyn_alloc(ctx, length, 1);
    if (copy) memcpy(copy, text, length);
    return copy;
}

char *attndyn_format(struct attndyn_context *ctx, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : attndyn_alloc(ctx, (size_t)length + 1, 1);
    /* vsnprintf allocates, too: with many arguments, and for long numbers */
    bool whole = text && vsnprintf(text, (size_t)length + 1, format, again) == length;
    va_end(again);
    if (whole) return text;
    attndyn_free(ctx, text);
    attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory for a text");
    return NULL;
}

void attndyn_free(struct attndyn_context *ctx, void *payload) {
    if (!payload) return;
    struct block *block = block_of(payload);
    if (block->newer)
        block->newer->older = block->older;
    else
        ctx->newest = block->older;
    if (block->older)
        block->older->newer = block->newer;
    else
        ctx->oldest = block->newer;
    if (block->gone) block->gone(block->payload);
    ctx->held -= block->bytes;
    free(block);
}

void attndyn_on_free(void *payload, attndyn_gone_fn *gone) {
    block_of(payload)->gone = gone;
}

uint64_t attndyn_memory_mark(const struct attndyn_context *ctx) {
    return ctx->serial;
}

void attndyn_memory_release(struct attndyn_context *ctx, uint64_t mark) {
    while (ctx->newest && ctx->newest->serial > mark) attndyn_free(ctx, ctx->newest->payload);
}

size_t attndyn_memory_held(const struct attndyn_context *ctx) {
    return ctx->held;
}

size_t attndyn_memory_peak(const struct attndyn_context *ctx) {
    return ctx->peak;
}

void attndyn_memory_peak_anew(struct attndyn_context *ctx) {
    ctx->peak = ctx->held;
}

void attndyn_fail_allocation(struct attndyn_context *ctx, uint64_t n) {
    ctx->fault_at = n ? ctx->allocations + n : 0;
}

uint64_t attndyn_allocations(const struct attndyn_context *ctx) {
    return ctx->allocations;
}

void attndyn_progress_to(struct attndyn_context *ctx, attndyn_progress_fn *report, void *user) {
    ctx->progress = report;
    ctx->progress_user = user;
}

void attndyn_progress(struct attndyn_context *ctx, const char *what, double done, double total) {
    if (ctx->progress) ctx->progress(ctx->progress_user, what, done, total);
}

void attndyn_interrupt_by(struct attndyn_context *ctx, const volatile int *flag) {
    ctx->interrupt = flag;
}

enum attndyn_status attndyn_check_interrupt(struct attndyn_context *ctx) {
    if (!ctx->interrupt || !*ctx->interrupt) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_INTERRUPTED, "interrupted");
}

void attndyn_threads_allow(struct attndyn_context *ctx, int threads) {
    ctx->threads = threads < 1 ? 1 : threads;
}

int attndyn_threads(const struct attndyn_context *ctx) {
    return ctx->threads;
}
