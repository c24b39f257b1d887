#include "resume.h"

#include "csv.h"
#include "experiments/frame/contract/horizon.h"
#include "experiments/frame/contract/identity.h"
#include "experiments/frame/contract/results_private.h"
#include "progress.h"
#include "sim/base/file.h"
#include "sim/base/hash.h"
#include "sim/base/json_private.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum attndyn_status resume_attach(struct attndyn_context *ctx, const struct run *run) {
    struct results *results = run->results;
    results->params = run->params;
    results->resuming = run->resume;
    results->accept = run->accept;
    results->save_every = run->save_every;
    results->saved = progress_clock();
    if (!run->folder) return ATTNDYN_OK;
    results->folder = run->folder;
    results->checkpoint = attndyn_format(ctx, "%s/" RUN_CHECKPOINT, run->folder);
    return results->checkpoint ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

enum attndyn_status resume_write_params(struct attndyn_context *ctx, const struct params *params,
                                        const char *folder) {
    struct attndyn_file file;
    char *path = attndyn_format(ctx, "%s/params.conf", folder);
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    params_write(params, file.stream);
    ATTNDYN_TRY(attndyn_file_commit(ctx, &file));
    attndyn_free(ctx, path);
    return ATTNDYN_OK;
}

const char *results_checkpoint(const struct results *results) {
    return results->checkpoint;
}

bool results_resuming(const struct results *results) {
    return results->checkpoint && results->resuming;
}

bool results_longer(const struct results *results) {
    return results->longer;
}

bool results_due(const struct results *results) {
    return results->checkpoint && progress_clock() - results->saved >= results->save_every;
}

/* ------------------------------------------------------------------ saving */

/* The hash of the first *bytes of a table's file (all of them, if it is SIZE_MAX), as text "bytes
 * sum", owned by ctx; "" where the file is shorter. A later save adds rows and keeps these. */
static enum attndyn_status table_sum(struct attndyn_context *ctx, const struct results *results,
                                     const struct result_table *table, size_t bytes, char **sum) {
    char *text, *path = attndyn_format(ctx, "%s/%s.csv", results->folder, table->about->name);
    size_t length;
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &text, &length));
    bool shorter = bytes != SIZE_MAX && length < bytes;
    if (bytes == SIZE_MAX) bytes = length;
    *sum = shorter ? attndyn_strdup(ctx, "")
                   : attndyn_format(ctx, "%zu %016" PRIx64, bytes,
                                    attndyn_hash_bytes(attndyn_hash_start, text, bytes));
    attndyn_free(ctx, text);
    attndyn_free(ctx, path);
    return *sum ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

/* NULL: out of memory. sums: one for each table. */
static json_t *progress_json(const struct results *results, const char *build, const char *params,
                             char *const *sums) {
    json_t *files = json_object();
    json_t *rows = json_object(), *scalars = json_object(), *notes = json_array();
    char number[40];
    bool whole = true;
    for (size_t t = 0; t < results->n_tables; t++)
        whole &= json_object_set_new(rows, results->tables[t].about->name,
                                     json_integer((json_int_t)results->tables[t].rows)) == 0;
    for (size_t t = 0; t < results->n_tables; t++)
        whole &=
            json_object_set_new(files, results->tables[t].about->name, json_string(sums[t])) == 0;
    for (size_t s = 0; s < results->n_scalars; s++) {
        if (isnan(results->scalars[s])) continue;
        snprintf(number, sizeof number, "%.17g", results->scalars[s]);
        whole &= json_object_set_new(scalars, results->experiment->scalars[s].name,
                                     json_string(number)) == 0;
    }
    for (size_t n = 0; n < results->n_notes; n++)
        whole &= json_array_append_new(notes, json_string(results->notes[n])) == 0;
    json_t *earlier = json_array();
    for (size_t b = 0; b < results->n_builds; b++) {
        json_t *reached = json_array();
        for (size_t t = 0; t < results->n_tables; t++)
            whole &= json_array_append_new(
                         reached, json_integer((json_int_t)results->builds[b].rows[t])) == 0;
        whole &= json_array_append_new(earlier,
                                       json_pack("{s:s, s:o}", "build", results->builds[b].identity,
                                                 "rows", reached)) == 0;
    }
    json_t *root = json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "build", build, "earlier",
                             earlier, "parameters", params, "rows", rows, "files", files, "scalars",
                             scalars, "notes", notes);
    if (whole) return root;
    json_decref(root);
    return NULL;
}

enum attndyn_status results_flush(struct attndyn_context *ctx, struct results *results,
                                  char **progress) {
    char *build, *params;
    ATTNDYN_TRY(identity_text(ctx, results->experiment, &build));
    ATTNDYN_TRY(params_text(ctx, results->params, &params));
    if (results->n_solvers)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "%s saves its progress after a solver's counters: record them at the "
                            "end of the run",
                            results->experiment->id);
    if (!results->opened)
        ATTNDYN_TRY(results->take_over(ctx, results, results->folder, results->restored));
    results->opened = true;
    char **sums;
    ATTNDYN_ALLOC(ctx, sums, results->n_tables);
    for (size_t t = 0; t < results->n_tables; t++) {
        ATTNDYN_TRY(csv_write(ctx, &results->tables[t], results->folder));
        ATTNDYN_TRY(table_sum(ctx, results, &results->tables[t], SIZE_MAX, &sums[t]));
    }
    json_t *root = progress_json(results, build, params, sums);
    size_t size;
    *progress = attndyn_json_text(ctx, root, JSON_COMPACT, &size);
    for (size_t t = 0; t < results->n_tables; t++) attndyn_free(ctx, sums[t]);
    attndyn_free(ctx, sums);
    attndyn_free(ctx, build);
    attndyn_free(ctx, params);
    if (!*progress)
        return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory for the progress of a run");
    results->saved = progress_clock();
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ taking up again */

#define ANEW "start anew without --resume, or choose another --out"

/* The same, or shorter ones: then the run goes on from their end. */
static enum attndyn_status same_params(struct attndyn_context *ctx, struct results *results,
                                       const char *held) {
    enum horizon relation;
    char *why;
    ATTNDYN_TRY(horizon_compare(ctx, held, results->params, &relation, &why));
    results->longer = relation == HORIZON_SHORTER;
    if (relation != HORIZON_OTHER) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE, "%s holds a run of other parameters: %s; " ANEW,
                        results->folder, why);
}

static enum attndyn_status damaged(struct attndyn_context *ctx, const struct results *results,
                                   const char *what) {
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: the saved progress has no %s: " ANEW,
                        results->checkpoint, what);
}

static enum attndyn_status add_build(struct attndyn_context *ctx, struct results *results,
                                     const char *identity, struct result_build **added) {
    struct result_build *larger = attndyn_resize(ctx, results->builds, results->n_builds,
                                                 results->n_builds + 1, sizeof *larger);
    if (!larger) return ATTNDYN_NO_MEMORY;
    if (!results->builds) attndyn_memory_keep(ctx, larger);
    results->builds = larger;
    *added = &larger[results->n_builds++];
    ATTNDYN_ALLOC(ctx, (*added)->rows, results->n_tables);
    attndyn_memory_keep(ctx, (*added)->rows);
    (*added)->identity = attndyn_strdup(ctx, identity);
    attndyn_memory_keep(ctx, (*added)->identity);
    return (*added)->identity ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

/* Was it made by this build alone, or also by others, if they are accepted? */
static enum attndyn_status restore_builds(struct attndyn_context *ctx, struct results *results,
                                          const json_t *root) {
    const json_t *rows = json_object_get(root, "rows"), *earlier = json_object_get(root, "earlier");
    const char *held = json_string_value(json_object_get(root, "build"));
    char *mine, *words;
    struct result_build *added;
    results->n_builds = 0;
    ATTNDYN_TRY(identity_text(ctx, results->experiment, &mine));
    for (size_t b = 0; b < json_array_size(earlier); b++) {
        const json_t *one = json_array_get(earlier, b), *reached = json_object_get(one, "rows");
        const char *build = json_string_value(json_object_get(one, "build"));
        if (!build) return damaged(ctx, results, "build");
        ATTNDYN_TRY(add_build(ctx, results, build, &added));
        for (size_t t = 0; t < results->n_tables; t++)
            added->rows[t] = (size_t)json_integer_value(json_array_get(reached, t));
    }
    /* Older programs identified themselves by their commit. */
    const char *who = json_string_value(json_object_get(root, "program"));
    if (!held && !who) return damaged(ctx, results, "build");
    ATTNDYN_TRY(identity_difference(ctx, held ? held : "", mine, &words));
    if (held && !*words) return ATTNDYN_OK;
    if (!results->accept)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s was saved by another build (%.800s): the bits may differ; "
                            "--accept-version goes on all the same, or " ANEW,
                            results->checkpoint, held ? words : who);
    ATTNDYN_TRY(add_build(ctx, results, held ? held : "", &added));
    for (size_t t = 0; t < results->n_tables; t++)
        added->rows[t] =
            (size_t)json_integer_value(json_object_get(rows, results->tables[t].about->name));
    return ATTNDYN_OK;
}

static enum attndyn_status restore(struct attndyn_context *ctx, struct results *results,
                                   const json_t *root) {
    const char *params = json_string_value(json_object_get(root, "parameters"));
    const json_t *rows = json_object_get(root, "rows");
    const json_t *scalars = json_object_get(root, "scalars"), *notes;
    notes = json_object_get(root, "notes");
    if (!params) return damaged(ctx, results, "parameters");
    ATTNDYN_TRY(same_params(ctx, results, params));
    ATTNDYN_TRY(restore_builds(ctx, results, root));
    for (size_t t = 0; t < results->n_tables; t++) {
        struct result_table *table = &results->tables[t];
        const json_t *count = json_object_get(rows, table->about->name);
        if (!json_is_integer(count) || json_integer_value(count) < 0)
            return damaged(ctx, results, table->about->name);
        const char *held =
            json_string_value(json_object_get(json_object_get(root, "files"), table->about->name));
        char *end, *sum;
        size_t bytes = held ? (size_t)strtoull(held, &end, 10) : 0;
        if (!held || end == held) return damaged(ctx, results, table->about->name);
        table->rows = 0;
        ATTNDYN_TRY(
            csv_read(ctx, results, table, results->folder, (size_t)json_integer_value(count)));
        ATTNDYN_TRY(table_sum(ctx, results, table, bytes, &sum));
        if (strcmp(sum, held) != 0)
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "%s/%s.csv is damaged: its first rows are not those that were "
                                "saved: " ANEW,
                                results->folder, table->about->name);
    }
    for (size_t s = 0; s < results->n_scalars; s++) {
        const char *name = results->experiment->scalars[s].name;
        const char *text = json_string_value(json_object_get(scalars, name));
        results->scalars[s] = text ? strtod(text, NULL) : NAN;
    }
    if (!json_is_array(notes)) return damaged(ctx, results, "notes");
    results->n_notes = 0;
    for (size_t n = 0; n < json_array_size(notes); n++) {
        const char *text = json_string_value(json_array_get(notes, n));
        if (!text) return damaged(ctx, results, "note");
        ATTNDYN_TRY(results_note(ctx, results, "%s", text));
    }
    results->restored = true;
    return ATTNDYN_OK;
}

enum attndyn_status results_restore(struct attndyn_context *ctx, struct results *results,
                                    const char *progress) {
    json_error_t error;
    json_t *root = json_loads(progress, JSON_REJECT_DUPLICATES, &error);
    if (!root) return damaged(ctx, results, "JSON");
    enum attndyn_status status = restore(ctx, results, root);
    json_decref(root);
    return status;
}
