/* attndyn sweep. */
#include "experiments/frame/sweep/sweep.h"
#include "command.h"
#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/quote.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/run/outputs.h"
#include "experiments/frame/sweep/export.h"
#include "experiments/frame/sweep/file.h"
#include "experiments/frame/sweep/ranks.h"

#include <stdio.h>
#include <string.h>

static const char doc[] =
    "Runs one experiment at many parameters; results go to one SQLite store, a transaction a run. "
    "Interrupt it anywhere and start it again: what has ended is not run again.\v"
    "Axes: key=v1,v2  key=a:b  key=a:b:step  key=lin:a:b:n  key=log:a:b:n; a single value fixes "
    "the "
    "key; lists of numbers are separated by ';'. Axes multiply unless --zip moves them together.\n"
    "Without an ID, --preset names a sweep of the program's own, --file one of yours.\n\n"
    "Example: attndyn sweep scansnap/flow eta_z=log:0.01:100:9 eta_y=1,10 t_end=1000 -j 2 --csv "
    "flow.csv";

static enum attndyn_status take_file(struct attndyn_context *ctx, struct options *o,
                                     const struct sweep_file *file) {
    char **words;
    ATTNDYN_ALLOC(ctx, words, 1 + file->n_words + o->n_words);
    words[0] = file->experiment;
    size_t n = 1;
    for (size_t i = 0; i < file->n_words; i++) {
        /* A word of the command line replaces the file's for the same key. */
        size_t key = strcspn(file->words[i], "=") + 1;
        bool replaced = false;
        for (size_t k = 0; k < o->n_words; k++)
            replaced |= strncmp(o->words[k], file->words[i], key) == 0;
        if (!replaced) words[n++] = file->words[i];
    }
    for (size_t k = 0; k < o->n_words; k++) words[n++] = o->words[k];
    o->words = words;
    o->n_words = n;
    o->preset = file->preset;
    if (!o->over) o->over = file->over;
    if (!o->n_zips) o->zips = file->zips, o->n_zips = file->n_zips;
    if (!o->sample) o->sample = file->sample;
    return ATTNDYN_OK;
}

static enum attndyn_status resolve(struct attndyn_context *ctx, struct options *o) {
    bool has_id = o->n_words > 0 && !is_assignment(o->words[0]);
    struct sweep_file file;
    if (o->file) ATTNDYN_TRY(sweep_file_read(ctx, o->file, &file));
    if (o->file && (has_id || o->preset))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "--file names experiment and preset itself: leave out %.60s",
                            has_id ? o->words[0] : "--preset");
    if (has_id) return ATTNDYN_OK;
    if (o->file) return take_file(ctx, o, &file);
    if (o->preset)
        ATTNDYN_TRY(sweep_file_named(ctx, o->preset, &file));
    else
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "sweep takes an experiment's id and its axes, or "
                            "--preset NAME, or --file FILE (attndyn sweep "
                            "--help)");
    return take_file(ctx, o, &file);
}

static enum attndyn_status parse_shard(struct attndyn_context *ctx, const char *text,
                                       struct sweep_request *request) {
    request->shards = 1;
    if (!text) return ATTNDYN_OK;
    size_t i, n;
    char extra;
    if (sscanf(text, "%zu/%zu%c", &i, &n, &extra) != 2 || i < 1 || i > n || n > 1000000)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "--shard=%.40s: expected I/N with 1 <= I <= N",
                            text);
    request->shard = i - 1;
    request->shards = n;
    return ATTNDYN_OK;
}

/* The keys of --over: parameters of the experiment (one that is no axis has one value). */
static enum attndyn_status over_is_known(struct attndyn_context *ctx,
                                         const struct experiment *experiment, const char *over) {
    char key[64];
    for (const char *at = over; names_next(&at, key, sizeof key);) {
        const char *best = "seed";
        size_t distance = SIZE_MAX;
        for (const struct param *p = experiment->params; p && p->name; p++)
            names_nearer(key, p->name, &best, &distance);
        if (distance > 0)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "--over=%.60s: %s has no parameter '%s'%s",
                                over, experiment->id, key,
                                names_hint(&(struct hint){0}, key, best, distance));
    }
    return ATTNDYN_OK;
}

/* As it is to be written on the command line. */
static enum attndyn_status print_value(struct attndyn_context *ctx, const char *before,
                                       const char *value, char separator) {
    char *written = quote_put(ctx, value, separator);
    if (!written) return ATTNDYN_NO_MEMORY;
    printf("%s%s", before, written);
    return ATTNDYN_OK;
}

static enum attndyn_status print_design(struct attndyn_context *ctx, const struct design *d) {
    printf("%s: %zu runs\n", d->experiment->id, d->runs);
    for (size_t i = 0; i < d->n_fixed; i++) {
        printf("  fixed  %s", d->fixed[i].key);
        ATTNDYN_TRY(print_value(ctx, "=", d->fixed[i].value, '\0'));
        putchar('\n');
    }
    for (size_t a = 0; a < d->n_axes; a++) {
        const struct axis *axis = &d->axes[a];
        printf("  axis   %s: %zu values", axis->key, axis->count);
        if (axis->group != a) printf(" (moves with %s)", d->axes[axis->group].key);
        for (size_t v = 0; v < axis->count && v < 8; v++)
            ATTNDYN_TRY(print_value(ctx, v ? ", " : ": ", axis->values[v], ','));
        puts(axis->count > 8 ? ", ..." : "");
    }
    return ATTNDYN_OK;
}

static enum attndyn_status work(struct attndyn_context *ctx, const struct options *o,
                                const struct sweep_request *request, struct store *store) {
    for (size_t i = 0; i < o->n_merge; i++) {
        size_t copied;
        ATTNDYN_TRY(sweep_merge(ctx, request->design, store, o->merge[i], &copied));
        printf("%zu runs from %s\n", copied, o->merge[i]);
    }
    struct sweep_tally tally = {0};
    if (o->n_merge) ranks_dismiss();
    if (o->n_merge == 0) {
        enum attndyn_status status = ranks_count() > 1 ? ranks_serve(ctx, request, store, &tally)
                                                       : sweep_run(ctx, request, store, &tally);
        ATTNDYN_TRY(status);
        printf("%zu runs: %zu had ended before, %zu ended now in %.1f s, %zu failed; store %s\n",
               tally.total, tally.before, tally.ended, tally.seconds, tally.failed,
               o->store ? o->store : "sweep.db");
    }
    size_t skipped;
    char *why;
    ATTNDYN_TRY(store_skipped(ctx, store, &skipped, &why));
    if (skipped) printf("%zu runs were skipped: %s\n", skipped, why ? why : "");
    if (o->csv) ATTNDYN_TRY(export_long(ctx, store, request->design, o->csv));
    if (o->grouped)
        ATTNDYN_TRY(
            export_grouped(ctx, store, request->design, o->over ? o->over : "seed", o->grouped));
    if (tally.failed)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "%zu of %zu runs failed (their messages are in the store and the CSV; "
                            "--retry runs them again)",
                            tally.failed, tally.total);
    return ATTNDYN_OK;
}

static enum attndyn_status prepare(struct attndyn_context *ctx, int argc, char **argv,
                                   struct options *o, struct design **design,
                                   struct sweep_request *request) {
    ATTNDYN_TRY(options_parse(ctx, argc, argv, "[ID] [key=values ...]", doc, "pcjsvgOzNRdyimFA", o));
    ATTNDYN_TRY(resolve(ctx, o));
    const struct experiment *experiment;
    ATTNDYN_TRY(registry_find(ctx, o->words[0], &experiment));
    if (o->random && !o->sample)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "--random says how --sample draws: add --sample N");
    if (o->over) ATTNDYN_TRY(over_is_known(ctx, experiment, o->over));
    const struct design_request wanted = {
        .experiment = experiment,
        .preset = o->preset,
        .config = o->config,
        .words = o->words + 1,
        .n_words = o->n_words - 1,
        .zips = o->zips,
        .n_zips = o->n_zips,
        .sampler = !o->sample ? SAMPLER_NONE : (o->random ? SAMPLER_RANDOM : SAMPLER_SOBOL),
        .samples = o->sample,
        .sample_seed = 1};
    ATTNDYN_TRY(design_create(ctx, &wanted, design));
    (*design)->accept = o->accept_version;
    *request = (struct sweep_request){.design = *design, .jobs = (int)o->jobs, .retry = o->retry};
    return parse_shard(ctx, o->shard, request);
}

/* What the sweep writes and reads, before any work. */
static enum attndyn_status check_files(struct attndyn_context *ctx, const struct options *o,
                                       const struct design *d) {
    struct outputs files = {0};
    ATTNDYN_TRY(
        outputs_add(ctx, &files, "--store", o->store ? o->store : "sweep.db", OUTPUT_STORE));
    ATTNDYN_TRY(outputs_add(ctx, &files, "--csv", o->csv, OUTPUT_CSV));
    ATTNDYN_TRY(outputs_add(ctx, &files, "--grouped", o->grouped, OUTPUT_CSV));
    ATTNDYN_TRY(outputs_add(ctx, &files, "--file", o->file, OUTPUT_INPUT));
    ATTNDYN_TRY(outputs_add(ctx, &files, "--config", o->config, OUTPUT_INPUT));
    for (size_t i = 0; i < o->n_merge; i++)
        ATTNDYN_TRY(outputs_add(ctx, &files, "--merge", o->merge[i], OUTPUT_INPUT));
    for (const struct param *p = d->experiment->params; p && p->name; p++) {
        char *option = attndyn_format(ctx, "%s=", p->name);
        if (!option) return ATTNDYN_NO_MEMORY;
        if (p->type != PARAM_FILE) continue;
        for (size_t i = 0; i < d->n_fixed; i++)
            if (strcmp(d->fixed[i].key, p->name) == 0)
                ATTNDYN_TRY(outputs_add(ctx, &files, option, d->fixed[i].value, OUTPUT_INPUT));
        for (size_t a = 0; a < d->n_axes; a++)
            for (size_t v = 0; v < d->axes[a].count && !strcmp(d->axes[a].key, p->name); v++)
                ATTNDYN_TRY(outputs_add(ctx, &files, option, d->axes[a].values[v], OUTPUT_INPUT));
    }
    return outputs_check(ctx, &files);
}

static enum attndyn_status own_store(struct attndyn_context *ctx, const struct options *o,
                                     const struct sweep_request *request) {
    struct store *store;
    enum attndyn_status status = check_files(ctx, o, request->design);
    if (!status)
        status = store_open(ctx, o->store ? o->store : "sweep.db", request->design, &store);
    if (status) {
        ranks_dismiss();
        return status;
    }
    const struct experiment *e = request->design->experiment;
    if (!e->scalars || !e->scalars->name)
        fprintf(stderr,
                "attndyn: %s has no scalars: its sweep holds verdicts alone, and nothing to draw\n",
                e->id);
    status = work(ctx, o, request, store);
    store_close(store);
    return status;
}

enum attndyn_status command_sweep(struct attndyn_context *ctx, int argc, char **argv) {
    struct options o;
    struct design *design;
    struct sweep_request request;
    ranks_begin(&argc, &argv);
    enum attndyn_status status = prepare(ctx, argc, argv, &o, &design, &request);
    bool first = ranks_mine() == 0;
    if (status && !first) attndyn_message_clear(ctx); /* rank 0 says it, once */
    if (!status && o.dry_run) {
        if (first) status = print_design(ctx, design);
    } else if (!status)
        status = first ? own_store(ctx, &o, &request) : ranks_work(ctx, design);
    ranks_end();
    return status;
}
