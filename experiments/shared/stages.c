#include "stages.h"

#include "sim/data/safetensors.h"

#include <inttypes.h>
#include <unistd.h>

/* The checkpoint is a file without tensors: the frame's progress, and how many stages are done. */
static enum attndyn_status save(const struct trial *run, uint64_t done) {
    struct attndyn_context *ctx = run->ctx;
    const char *path = results_checkpoint(run->results);
    char *progress;
    if (!path) return ATTNDYN_OK;
    const uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_TRY(results_flush(ctx, run->results, &progress));
    const struct attndyn_metadata said[] = {{"text", progress},
                                            {"stages", attndyn_format(ctx, "%" PRIu64, done)}};
    if (!said[1].value) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_safetensors_write(ctx, path, NULL, 0, said, 2));
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

static enum attndyn_status find(const struct trial *run, size_t count, uint64_t *done) {
    struct attndyn_context *ctx = run->ctx;
    const char *path = results_checkpoint(run->results);
    struct attndyn_safetensors file;
    *done = 0;
    if (!results_resuming(run->results) || access(path, F_OK) != 0) return ATTNDYN_OK;
    const uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_TRY(attndyn_safetensors_read(ctx, path, &file));
    const char *progress = attndyn_safetensors_metadata(&file, "text");
    if (!progress)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: a checkpoint without a run's progress",
                            path);
    ATTNDYN_TRY(results_restore(ctx, run->results, progress));
    ATTNDYN_TRY(attndyn_safetensors_number(ctx, &file, "stages", done));
    if (*done > count)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: %" PRIu64 " stages of %zu: it is damaged",
                            path, *done, count);
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status stages_run(const struct trial *run, size_t count,
                               enum attndyn_status (*stage)(const struct trial *run,
                                                            const void *user, size_t number),
                               const void *user) {
    uint64_t done;
    ATTNDYN_TRY(find(run, count, &done));
    while (done < count) {
        const uint64_t mark = attndyn_memory_mark(run->ctx);
        const enum attndyn_status status = stage(run, user, (size_t)done);
        if (status == ATTNDYN_INTERRUPTED && results_checkpoint(run->results) && done > 0)
            return attndyn_fail_while(run->ctx, status,
                                      "saved after %" PRIu64 " of %zu networks, --resume goes on",
                                      done, count);
        ATTNDYN_TRY(status);
        attndyn_memory_release(run->ctx, mark);
        ATTNDYN_TRY(save(run, ++done));
    }
    return ATTNDYN_OK;
}
