/* attndyn sweep. */
#include "experiments/frame/sweep/sweep.h"
#include "command.h"
#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/plural.h"
#include "experiments/frame/contract/printable.h"
#include "experiments/frame/contract/quote.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/run/outputs.h"
#include "experiments/frame/sweep/export_store.h"
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
    "A store grows: with more values of an axis, more seeds or one more axis (among whose values is "
    "the former one) what has ended is taken and the rest is run.\n"
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

/* Checks the keys of --over: they must be parameters of the experiment, but need not be axes. */
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

/* The word as a shell needs it. */
static enum attndyn_status print_value(struct attndyn_context *ctx, const char *before,
                                       const char *value, char separator) {
    char *written = quote_put(ctx, value, separator);
    if (!written) return ATTNDYN_NO_MEMORY;
    printf("%s%s", before, written);
    return ATTNDYN_OK;
}

static enum attndyn_status print_design(struct attndyn_context *ctx, const struct design *d) {
    printf("%s: %zu run%s\n", d->experiment->id, d->runs, PLURAL(d->runs));
    for (size_t i = 0; i < d->n_fixed; i++) {
        printf("  fixed  %s", d->fixed[i].key);
        ATTNDYN_TRY(print_value(ctx, "=", d->fixed[i].value, '\0'));
        putchar('\n');
    }
    for (size_t a = 0; a < d->n_axes; a++) {
        const struct axis *axis = &d->axes[a];
        printf("  axis   %s: %zu value%s", axis->key, axis->count, PLURAL(axis->count));
        if (axis->group != a) printf(" (moves with %s)", d->axes[axis->group].key);
        for (size_t v = 0; v < axis->count && v < 8; v++)
            ATTNDYN_TRY(print_value(ctx, v ? ", " : ": ", axis->values[v], ','));
        puts(axis->count > 8 ? ", ..." : "");
    }
    return ATTNDYN_OK;
}

static const char *store_path(const struct options *o) {
    return o->store ? o->store : "sweep.db";
}

/* The standard output is the table's where it is asked for there. */
static FILE *say(const struct options *o) {
    return outputs_is_stdout(o->csv) || outputs_is_stdout(o->grouped) ? stderr : stdout;
}

/* Says how opening the store has made it grow. */
static void print_growth(struct attndyn_context *ctx, const struct options *o,
                         const struct store *store) {
    const struct store_growth grown = store_grown(store);
    if (grown.added && grown.before)
        fprintf(say(o), "store %s grows from %zu run%s to %zu\n",
                printable_name(ctx, store_path(o)), grown.before, PLURAL(grown.before),
                grown.before + grown.added);
    if (grown.again)
        fprintf(say(o), "%zu run%s that had ended lack%s what --keep asks for: run again\n",
                grown.again, PLURAL(grown.again), grown.again == 1 ? "s" : "");
}

static enum attndyn_status work(struct attndyn_context *ctx, const struct options *o,
                                const struct sweep_request *request, struct store *store) {
    for (size_t i = 0; i < o->n_merge; i++) {
        size_t copied;
        ATTNDYN_TRY(sweep_merge(ctx, request->design, store, o->merge[i], &copied));
        fprintf(say(o), "%zu run%s from %s\n", copied, PLURAL(copied),
                printable_name(ctx, o->merge[i]));
    }
    struct sweep_tally tally = {0};
    if (o->n_merge) ranks_dismiss();
    if (o->n_merge == 0) {
        enum attndyn_status status = ranks_count() > 1 ? ranks_serve(ctx, request, store, &tally)
                                                       : sweep_run(ctx, request, store, &tally);
        ATTNDYN_TRY(status);
        fprintf(say(o),
                "%zu run%s: %zu had ended before, %zu ended now in %.1f s, %zu failed; store %s\n",
                tally.total, PLURAL(tally.total), tally.before, tally.ended, tally.seconds,
                tally.failed, printable_name(ctx, store_path(o)));
    }
    size_t skipped;
    char *why;
    ATTNDYN_TRY(store_skipped(ctx, store, &skipped, &why));
    if (skipped)
        fprintf(say(o), "%zu run%s skipped: %s\n", skipped, skipped == 1 ? " was" : "s were",
                why ? why : "");
    if (o->csv || o->grouped) {
        const struct export_request files = {.store = store_path(o),
                                             .csv = o->csv,
                                             .grouped = o->grouped,
                                             .over = o->over ? o->over : "seed",
                                             .over_any = true};
        size_t rows;
        ATTNDYN_TRY(store_is_whole(ctx, store));
        ATTNDYN_TRY(export_store(ctx, &files, &rows));
    }
    if (tally.failed)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "%zu of %zu runs failed (their messages are in the store and the CSV; "
                            "--retry runs them again)",
                            tally.failed, tally.total);
    return ATTNDYN_OK;
}

/* A run of which nothing would be kept but its verdicts is not worth making. */
static enum attndyn_status what_is_kept(struct attndyn_context *ctx, const struct options *o,
                                        const struct experiment *e, struct keep *keep) {
    ATTNDYN_TRY(keep_create(ctx, e, keep));
    for (size_t k = 0; k < o->n_keep; k++) ATTNDYN_TRY(keep_add(ctx, e, o->keep[k], keep));
    if (keep->count || (e->scalars && e->scalars->name)) return ATTNDYN_OK;
    char tables[300] = "";
    for (const struct table *t = e->tables; t && t->name; t++) {
        const size_t used = strlen(tables);
        snprintf(tables + used, sizeof tables - used, "%s%s", used ? ", " : "", t->name);
    }
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "%s has no scalars, so that its sweep would hold verdicts alone: --keep "
                        "TABLE keeps a table of every run (%s)",
                        e->id, *tables ? tables : "it emits none");
}

static enum attndyn_status prepare(struct attndyn_context *ctx, int argc, char **argv,
                                   struct options *o, struct design **design,
                                   struct sweep_request *request, struct keep *keep) {
    ATTNDYN_TRY(
        options_parse(ctx, argc, argv, "[ID] [key=values ...]", doc, "pcjsvgOzNRdyimFAY", o));
    ATTNDYN_TRY(resolve(ctx, o));
    const struct experiment *experiment;
    ATTNDYN_TRY(registry_find(ctx, o->words[0], &experiment));
    if (o->random && !o->sample)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "--random says how --sample draws: add --sample N");
    if (o->over) ATTNDYN_TRY(over_is_known(ctx, experiment, o->over));
    ATTNDYN_TRY(what_is_kept(ctx, o, experiment, keep));
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

/* Checks the files that the sweep writes and reads, before any work. */
static enum attndyn_status check_files(struct attndyn_context *ctx, const struct options *o,
                                       const struct design *d) {
    struct outputs files = {0};
    ATTNDYN_TRY(outputs_add(ctx, &files, "--store", store_path(o), OUTPUT_STORE));
    ATTNDYN_TRY(outputs_add(ctx, &files, "--csv", o->csv, OUTPUT_CSV));
    ATTNDYN_TRY(outputs_add(ctx, &files, "--grouped", o->grouped, OUTPUT_CSV));
    ATTNDYN_TRY(outputs_add(ctx, &files, "--file", o->file, OUTPUT_INPUT));
    ATTNDYN_TRY(outputs_add(ctx, &files, "--config", o->config, OUTPUT_INPUT));
    for (size_t i = 0; i < o->n_merge; i++)
        ATTNDYN_TRY(outputs_add(ctx, &files, "--merge", o->merge[i], OUTPUT_STORE_READ));
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
                                     const struct sweep_request *request, const struct keep *keep) {
    struct store *store;
    enum attndyn_status status = check_files(ctx, o, request->design);
    if (!status) status = store_open(ctx, store_path(o), request->design, keep, &store);
    if (status) {
        ranks_dismiss();
        return status;
    }
    print_growth(ctx, o, store);
    status = work(ctx, o, request, store);
    store_close(store);
    return status;
}

enum attndyn_status command_sweep(struct attndyn_context *ctx, int argc, char **argv) {
    struct options o;
    struct design *design;
    struct sweep_request request;
    struct keep keep;
    ranks_begin(&argc, &argv);
    enum attndyn_status status = prepare(ctx, argc, argv, &o, &design, &request, &keep);
    bool first = ranks_mine() == 0;
    if (status && !first) attndyn_message_clear(ctx); /* only rank 0 prints it */
    if (!status && o.dry_run) {
        if (first) status = print_design(ctx, design);
    } else if (!status)
        status = first ? own_store(ctx, &o, &request, &keep) : ranks_work(ctx, design);
    ranks_end();
    return status;
}
