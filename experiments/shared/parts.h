/* A run of several solves, one after the other: what each took from the context is given back, and
 * the progress counts it. */
#ifndef SHARED_PARTS_H
#define SHARED_PARTS_H

#include "experiments/frame/contract/typed.h"

struct parts {
    struct attndyn_context *ctx;
    const char *what; /* "runs" */
    double done, total;
    uint64_t mark;
};
static inline struct parts parts_of(const struct trial *run, const char *what, double total) {
    return (struct parts){run->ctx, what, 0, total, attndyn_memory_mark(run->ctx)};
}
/* Behind each part, with its status: ATTNDYN_TRY(part_done(&parts, solve(...))). */
static inline enum attndyn_status part_done(struct parts *parts, enum attndyn_status status) {
    ATTNDYN_TRY(status);
    attndyn_memory_release(parts->ctx, parts->mark);
    attndyn_progress(parts->ctx, parts->what, ++parts->done, parts->total);
    return ATTNDYN_OK;
}

#endif
