/* The context of one run: status, error message, memory, progress, interruption.
 *
 * One context belongs to one thread at a time. Nothing in the library prints or exits: what goes
 * wrong is a status, with a message in the context. It has no state outside of contexts, and sets
 * one thing for the whole process: OpenBLAS's number of threads, to 1 when the library is loaded
 * (num/blas.h; OpenMP's, if OpenBLAS was built with it). GSL's error handler is left to the caller.
 *
 * Memory. Everything allocated through a context belongs to it and is freed with it, so an error
 * path is a plain `return`. Loops that allocate bracket their body with attndyn_memory_mark() and
 * attndyn_memory_release(). Memory comes zeroed. */
#ifndef ATTNDYN_BASE_CONTEXT_H
#define ATTNDYN_BASE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A status is also the program's exit code (sysexits.h where one fits). */
enum attndyn_status {
    ATTNDYN_OK = 0,
    ATTNDYN_CHECK_FAILED = 1, /* a claim was measured and does not hold */
    ATTNDYN_RUN_FAILED = 2,   /* solver gave up, non-finite value, ... */
    ATTNDYN_USAGE = 64,       /* unknown key, value out of range */
    ATTNDYN_NO_INPUT = 66,    /* missing or malformed input file */
    ATTNDYN_NO_MEMORY = 71,
    ATTNDYN_IO = 74, /* cannot write */
    ATTNDYN_INTERRUPTED = 130
};

struct attndyn_context;

/* The progress callback: `done` of `total` units of `what` (total 0: unknown). */
typedef void attndyn_progress_fn(void *user, const char *what, double done, double total);

/* Returns NULL when out of memory. */
struct attndyn_context *attndyn_context_create(void);
/* Frees the context and all memory allocated through it; NULL is allowed. */
void attndyn_context_free(struct attndyn_context *ctx);

/* Records a printf-style message (one line: what was wrong, what was expected, how to mend it;
 * control characters become blanks) and returns `status`, so that callers write `return
 * attndyn_fail(ctx, ATTNDYN_USAGE, ...)`. */
enum attndyn_status attndyn_fail(struct attndyn_context *ctx, enum attndyn_status status,
                                 const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Puts "prefix: " before the recorded message, so that it tells what was being done. Returns
 * status. */
enum attndyn_status attndyn_fail_while(struct attndyn_context *ctx, enum attndyn_status status,
                                       const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The last message, "" if none; owned by the context. */
const char *attndyn_message(const struct attndyn_context *ctx);
void attndyn_message_clear(struct attndyn_context *ctx);

/* Returns from the calling function with the status of `call` unless it is ATTNDYN_OK. */
#define ATTNDYN_TRY(call)                                                                          \
    do {                                                                                           \
        enum attndyn_status attndyn_try_status = (call);                                           \
        if (attndyn_try_status != ATTNDYN_OK) return attndyn_try_status;                           \
    } while (0)

/* Zeroed memory for count items of size bytes; never NULL for count 0. NULL (and a message) when
 * memory is out or count*size overflows: return ATTNDYN_NO_MEMORY then. */
void *attndyn_alloc(struct attndyn_context *ctx, size_t count, size_t size);
/* Resizes a block of this context (NULL: a new one); the added part is zeroed. On failure returns
 * NULL and leaves the old block as it was. */
void *attndyn_resize(struct attndyn_context *ctx, void *block, size_t old_count, size_t new_count,
                     size_t size);
char *attndyn_strdup(struct attndyn_context *ctx, const char *text);
char *attndyn_format(struct attndyn_context *ctx, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Frees one block early; NULL is allowed. */
void attndyn_free(struct attndyn_context *ctx, void *block);

/* Calls gone(block) just before the block is released, however that happens: for resources other
 * than memory, such as a mapped file. */
typedef void attndyn_gone_fn(void *block);
void attndyn_on_free(void *block, attndyn_gone_fn *gone);

/* Everything allocated after the mark goes at the release. */
uint64_t attndyn_memory_mark(const struct attndyn_context *ctx);
void attndyn_memory_release(struct attndyn_context *ctx, uint64_t mark);
/* Exempts a block from marks: it lives until the context ends or attndyn_free, even if resized. For
 * results that outlive the loop that makes them. */
void attndyn_memory_keep(struct attndyn_context *ctx, void *block);

/* Bytes asked for and not given back, and the most since the context began or the last call of
 * attndyn_memory_peak_anew: what a run holds, without the allocator's own. */
size_t attndyn_memory_held(const struct attndyn_context *ctx);
size_t attndyn_memory_peak(const struct attndyn_context *ctx);
void attndyn_memory_peak_anew(struct attndyn_context *ctx);

/* pointer = ATTNDYN_NEW(ctx, double, n) */
#define ATTNDYN_NEW(ctx, type, count) ((type *)attndyn_alloc((ctx), (count), sizeof(type)))
/* Declares-and-checks is spelled out once here:
 *     double *y; ATTNDYN_ALLOC(ctx, y, n);      returns ATTNDYN_NO_MEMORY on failure */
#define ATTNDYN_ALLOC(ctx, pointer, count)                                                         \
    do {                                                                                           \
        (pointer) = attndyn_alloc((ctx), (count), sizeof *(pointer));                              \
        if ((pointer) == NULL) return ATTNDYN_NO_MEMORY;                                           \
    } while (0)

/* An array of `old` elements has `new` ones from here on (attndyn_resize), or ATTNDYN_NO_MEMORY is
 * returned, and it stays as it is. */
#define ATTNDYN_RESIZE(ctx, array, old, new)                                                       \
    do {                                                                                           \
        void *resized_ = attndyn_resize((ctx), (void *)(array), (old), (new), sizeof *(array));    \
        if (!resized_) return ATTNDYN_NO_MEMORY;                                                   \
        (array) = resized_;                                                                        \
    } while (0)
/* Room for one more behind the `used` elements: where the array is full it doubles, from `first`.
 */
#define ATTNDYN_GROW(ctx, array, used, room, first)                                                \
    do {                                                                                           \
        if ((used) == (room)) {                                                                    \
            size_t grown_ = (room) ? 2 * (size_t)(room) : (first);                                 \
            ATTNDYN_RESIZE(ctx, array, room, grown_);                                              \
            (room) = (__typeof__(room))grown_;                                                     \
        }                                                                                          \
    } while (0)

/* Fault injection for tests: the n-th allocation from now on fails (0: none). */
void attndyn_fail_allocation(struct attndyn_context *ctx, uint64_t n);
uint64_t attndyn_allocations(const struct attndyn_context *ctx);

/* Progress and interruption. `flag` is polled (set by a signal handler or another thread). */
void attndyn_progress_to(struct attndyn_context *ctx, attndyn_progress_fn *report, void *user);
void attndyn_progress(struct attndyn_context *ctx, const char *what, double done, double total);
void attndyn_interrupt_by(struct attndyn_context *ctx, const volatile int *flag);
/* ATTNDYN_OK, or ATTNDYN_INTERRUPTED with a message: long loops call it as ATTNDYN_TRY(...). */
enum attndyn_status attndyn_check_interrupt(struct attndyn_context *ctx);

/* Threads a run may use for its own loops (default 1). Results never depend on it. */
void attndyn_threads_allow(struct attndyn_context *ctx, int threads);
int attndyn_threads(const struct attndyn_context *ctx);

#endif
