#include "maps.h"

#include "chart.h"
#include "experiments/frame/contract/prose.h"
#include "export_store.h"
#include "file.h"
#include "sim/base/file.h"
#include "sweep.h"

#include <string.h>
#include <unistd.h>

/* The store of this design and program version, gone on with; anything else there is replaced. */
static enum attndyn_status own_store(struct attndyn_context *ctx, const char *path,
                                     const struct design *design, bool fresh,
                                     struct store **store) {
    static const char *const parts[] = {"", "-wal", "-shm"};
    enum attndyn_status status = fresh ? ATTNDYN_USAGE : store_open(ctx, path, design, NULL, store);
    if (status != ATTNDYN_USAGE) return status; /* usage: another design or version */
    attndyn_message_clear(ctx);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *part = attndyn_format(ctx, "%s%s", path, parts[i]);
        if (!part) return ATTNDYN_NO_MEMORY;
        unlink(part);
    }
    return store_open(ctx, path, design, NULL, store);
}

static enum attndyn_status one(struct attndyn_context *ctx, const char *root,
                               const struct sweep_file *file, int jobs, bool fresh,
                               struct map *map) {
    struct design *design;
    struct store *store;
    char *folder = attndyn_format(ctx, "%s/sweeps/%s", root, map->name);
    char *csv = attndyn_format(ctx, "%s/sweeps/%s/runs.csv", root, map->name);
    char *resume = attndyn_format(ctx, "%s/resume", root);
    char *path = attndyn_format(ctx, "%s/resume/%s.db", root, map->name);
    if (!folder || !csv || !resume || !path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(sweep_file_design(ctx, file, &design));
    design->exact = true; /* a map at full size and one at quick size are different sweeps */
    ATTNDYN_TRY(attndyn_folder_make(ctx, folder));
    ATTNDYN_TRY(attndyn_folder_make(ctx, resume));
    ATTNDYN_TRY(own_store(ctx, path, design, fresh, &store));
    const struct sweep_request request = {.design = design, .jobs = jobs, .shards = 1};
    struct sweep_tally tally;
    enum attndyn_status status = sweep_run(ctx, &request, store, &tally);
    size_t rows;
    const struct export_request runs = {.store = path, .csv = csv, .over = "seed"};
    if (!status) status = store_is_whole(ctx, store);
    if (!status) status = export_store(ctx, &runs, &rows);
    store_close(store);
    ATTNDYN_TRY(status);
    map->runs = tally.total;
    map->failed = tally.failed;
    map->words = file->words;
    map->n_words = file->n_words;
    const char *title = prose_set(ctx, file->title, PROSE_UNICODE);
    if (!title) return ATTNDYN_NO_MEMORY;
    const struct chart_request chart = {.store = path,
                                        .folder = folder,
                                        .over = file->over ? file->over : "seed",
                                        .scalars = file->scalar,
                                        .heatmap = file->heatmap,
                                        .contours = file->contours,
                                        .title = title};
    int drawn;
    char *said;
    return chart_draw(ctx, &chart, &drawn, &said);
}

enum attndyn_status maps_run(struct attndyn_context *ctx, const char *folder, bool full, int jobs,
                             bool fresh, struct maps *maps) {
    memset(maps, 0, sizeof *maps);
    for (size_t i = 0;; i++) {
        char *name;
        struct sweep_file file;
        ATTNDYN_TRY(sweep_file_at(ctx, i, &name, &file));
        if (!name) return ATTNDYN_OK;
        if (!file.title || !file.scalar) continue;
        if (!full) ATTNDYN_TRY(sweep_file_quick(ctx, &file));
        ATTNDYN_RESIZE(ctx, maps->items, maps->count, maps->count + 1);
        struct map *map = &maps->items[maps->count++];
        *map = (struct map){.name = name,
                            .title = file.title,
                            .doc = file.doc ? file.doc : "",
                            .experiment = file.experiment,
                            .scalar = file.scalar,
                            .full = full};
        enum attndyn_status status = one(ctx, folder, &file, jobs, fresh, map);
        if (status) return attndyn_fail_while(ctx, status, "sweep %s", name);
    }
}
