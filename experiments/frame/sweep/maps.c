#include "maps.h"

#include "../html.h"
#include "../registry.h"
#include "chart.h"
#include "export.h"
#include "file.h"
#include "sim/base/file.h"
#include "sweep.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum attndyn_status make_design(struct attndyn_context *ctx, const struct sweep_file *file,
                                       struct design **design) {
    const struct experiment *experiment;
    ATTNDYN_TRY(registry_find(ctx, file->experiment, &experiment));
    const struct design_request request = {.experiment = experiment,
                                           .preset = file->preset,
                                           .words = file->words,
                                           .n_words = file->n_words,
                                           .zips = file->zips,
                                           .n_zips = file->n_zips,
                                           .sampler = file->sample ? SAMPLER_SOBOL : SAMPLER_NONE,
                                           .samples = file->sample};
    return design_create(ctx, &request, design);
}

/* The report starts each map anew: its store is a by-product, not a record to keep. */
static enum attndyn_status fresh_store(struct attndyn_context *ctx, const char *folder,
                                       const struct design *design, struct store **store) {
    static const char *const parts[] = {"", "-wal", "-shm"};
    char *path = attndyn_format(ctx, "%s/store.db", folder);
    if (!path) return ATTNDYN_NO_MEMORY;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *part = attndyn_format(ctx, "%s%s", path, parts[i]);
        if (!part) return ATTNDYN_NO_MEMORY;
        unlink(part);
    }
    return store_open(ctx, path, design, store);
}

static enum attndyn_status one(struct attndyn_context *ctx, const char *root,
                               const struct sweep_file *file, int jobs, struct map *map) {
    struct design *design;
    struct store *store;
    char *folder = attndyn_format(ctx, "%s/sweeps/%s", root, map->name);
    char *csv = attndyn_format(ctx, "%s/sweeps/%s/runs.csv", root, map->name);
    if (!folder || !csv) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(make_design(ctx, file, &design));
    ATTNDYN_TRY(attndyn_folder_make(ctx, folder));
    ATTNDYN_TRY(fresh_store(ctx, folder, design, &store));
    const struct sweep_request request = {.design = design, .jobs = jobs, .shards = 1};
    struct sweep_tally tally;
    enum attndyn_status status = sweep_run(ctx, &request, store, &tally);
    if (!status) status = export_long(ctx, store, design, csv);
    store_close(store);
    ATTNDYN_TRY(status);
    map->runs = tally.total;
    map->failed = tally.failed;
    const char *over = file->over ? file->over : "seed";
    const struct chart_request chart = {.store = attndyn_format(ctx, "%s/store.db", folder),
                                        .folder = folder,
                                        .over = over,
                                        .scalars = file->scalar,
                                        .heatmap = file->heatmap,
                                        .contours = file->contours,
                                        .title = file->title};
    if (!chart.store) return ATTNDYN_NO_MEMORY;
    int drawn;
    return chart_draw(ctx, &chart, &drawn);
}

enum attndyn_status maps_run(struct attndyn_context *ctx, const char *folder, bool full, int jobs,
                             struct maps *maps) {
    memset(maps, 0, sizeof *maps);
    for (size_t i = 0;; i++) {
        char *name;
        struct sweep_file file;
        ATTNDYN_TRY(sweep_file_at(ctx, i, &name, &file));
        if (!name) return ATTNDYN_OK;
        if (!file.title || !file.scalar) continue;
        if (!full) ATTNDYN_TRY(sweep_file_quick(ctx, &file));
        struct map *items =
            attndyn_resize(ctx, maps->items, maps->count, maps->count + 1, sizeof *items);
        if (!items) return ATTNDYN_NO_MEMORY;
        maps->items = items;
        struct map *map = &items[maps->count++];
        *map = (struct map){.name = name,
                            .title = file.title,
                            .doc = file.doc ? file.doc : "",
                            .experiment = file.experiment,
                            .scalar = file.scalar};
        enum attndyn_status status = one(ctx, folder, &file, jobs, map);
        if (status) return attndyn_fail_while(ctx, status, "sweep %s", name);
    }
}

void maps_write(const struct maps *maps, FILE *to) {
    if (maps->count == 0) return;
    fputs("<h2 id=maps>Where the theorems hold</h2>\n<p>Each map walks out of a theorem's "
          "assumptions and shows the error of its claim; the contours are the levels named above "
          "the map.</p>\n",
          to);
    for (size_t i = 0; i < maps->count; i++) {
        const struct map *map = &maps->items[i];
        fputs("<section><h3>", to);
        html_text(to, map->title);
        fprintf(to, "</h3><figure><img loading=lazy src=\"sweeps/%s/%s.svg\" alt=\"", map->name,
                map->scalar);
        html_text(to, map->title);
        fputs("\"><figcaption>", to);
        html_text(to, map->doc);
        fprintf(to,
                " %zu runs of <code>%s</code>, %zu failed. <a href=\"sweeps/%s/runs.csv\">data</a> "
                "· <a href=\"sweeps/%s/%s.gp\">script</a> · at full size: <code>attndyn sweep "
                "--preset %s</code></figcaption></figure></section>\n",
                map->runs, map->experiment, map->failed, map->name, map->name, map->scalar,
                map->name);
    }
}
