/* attndyn run, attndyn plot. */
#include "experiments/frame/run/run.h"
#include "command.h"
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/plural.h"
#include "experiments/frame/contract/printable.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/contract/results_private.h"
#include "experiments/frame/run/catalogue.h"
#include "experiments/frame/run/earlier.h"
#include "experiments/frame/run/figure.h"
#include "experiments/frame/run/figure_format.h"
#include "experiments/frame/run/folder.h"
#include "experiments/frame/run/outputs.h"
#include "experiments/frame/run/progress.h"
#include "experiments/frame/sweep/chart.h"
#include "sim/base/file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void print_summary(struct attndyn_context *ctx, const struct run *run, const char *folder) {
    for (size_t n = 0; n < run->results->n_notes; n++) printf("note: %s\n", run->results->notes[n]);
    if (run->results->skipped) printf("skipped: %s\n", run->results->skipped);
    for (size_t s = 0; s < run->results->n_scalars; s++)
        if (!isnan(run->results->scalars[s]))
            printf("%-24s %.10g\n", run->experiment->scalars[s].name, run->results->scalars[s]);
    for (size_t c = 0; c < run->n_checks; c++) {
        const struct verdict *v = &run->verdicts[c];
        if (v->kind == VERDICT_OUTSIDE) {
            printf("%-44s %12.5g outside: %s\n", run->experiment->checks[c]->id, v->measured,
                   v->note);
            continue;
        }
        if (v->kind == VERDICT_SKIPPED) {
            if (!run->results->skipped)
                printf("%-44s skipped: %s\n", run->experiment->checks[c]->id, v->note);
            continue;
        }
        printf("%-44s %12.5g %-2s %-12.5g  %s\n", run->experiment->checks[c]->id, v->measured,
               v->relation, v->bound, verdict_name(v->kind));
    }
    printf("%s: %.2f s, written to %s\n", run->experiment->id, run->seconds,
           printable_name(ctx, folder));
}

static enum attndyn_status strictly(struct attndyn_context *ctx, const struct run *run) {
    for (size_t c = 0; c < run->n_checks; c++)
        if (run->verdicts[c].kind == VERDICT_FAILS)
            return attndyn_fail(ctx, ATTNDYN_CHECK_FAILED, "%s: check %s fails: %s",
                                run->experiment->id, run->experiment->checks[c]->id,
                                run->verdicts[c].note);
    return ATTNDYN_OK;
}

static enum attndyn_status stands_already(struct attndyn_context *ctx, struct run *run,
                                          const struct options *options) {
    /* The run may have no figures yet: --no-plot was given, or gnuplot was missing. */
    if (!options->no_plot) ATTNDYN_TRY(run_draw(ctx, run, run->folder, true));
    if (options->json_out)
        ATTNDYN_TRY(catalogue_run(ctx, run->experiment, run->folder));
    else
        printf("%s: %s already holds this run\n", run->experiment->id,
               printable_name(ctx, run->folder));
    if (run->other_build && !options->json_out)
        printf("note: another build has made it (%s)\n", run->other_build);
    return options->strict ? strictly(ctx, run) : ATTNDYN_OK;
}

/* A failed run removes earlier results; an interrupted one keeps the rows that it has. */
static enum attndyn_status leave(struct attndyn_context *ctx, struct run *run,
                                 enum attndyn_status status) {
    char *said = attndyn_strdup(ctx, attndyn_message(ctx));
    size_t rows;
    if (!said) return status;
    if (status == ATTNDYN_RUN_FAILED &&
        folder_clear(ctx, run->experiment, run->folder, false) != ATTNDYN_OK)
        return attndyn_fail(ctx, status, "%s", said);
    if (status != ATTNDYN_INTERRUPTED) return status;
    if (run_write_unfinished(ctx, run, run->folder, &rows) == ATTNDYN_OK && rows > 0)
        return attndyn_fail(ctx, status, "%s: %zu row%s up to then kept in %s, as unfinished", said,
                            rows, PLURAL(rows), run->folder);
    return attndyn_fail(ctx, status, "%s", said);
}

/* The folder has been locked for this run. */
static enum attndyn_status work(struct attndyn_context *ctx, struct run *run,
                                const struct options *options) {
    const struct experiment *experiment = run->experiment;
    attndyn_threads_allow(ctx, (int)options->threads);
    struct progress progress;
    progress_start(&progress, experiment->id);
    attndyn_progress_to(ctx, progress_show, &progress);
    enum attndyn_status status = run_compute(ctx, run);
    progress_end(&progress);
    if (status) return leave(ctx, run, status);
    ATTNDYN_TRY(run_write(ctx, run, run->folder));
    if (options->resume && !run->results->restored && !options->json_out)
        printf("%s: %s held nothing to resume, run from the beginning\n", experiment->id,
               printable_name(ctx, run->folder));
    if (!options->json_out) print_summary(ctx, run, run->folder);
    if (!options->no_plot) ATTNDYN_TRY(run_draw(ctx, run, run->folder, false));
    return options->json_out ? catalogue_run(ctx, experiment, run->folder) : ATTNDYN_OK;
}

enum attndyn_status command_run(struct attndyn_context *ctx, int argc, char **argv) {
    struct options options;
    ATTNDYN_TRY(options_parse(
        ctx, argc, argv, "ID [key=value ...]",
        "Runs one experiment and writes its folder: parameters, tables (CSV), figures, run.json.\v"
        "Values are taken from the defaults, then --preset, then --config, then key=value.\n"
        "Checks are judged on this run and printed (some of them on built-in cases); "
        "claims are stated for the presets, so a check that fails here "
        "changes the exit code only with --strict (`attndyn verify` is the judge). Exits 2 if the "
        "run itself fails.\n"
        "The trainings (lm/) save their progress in the folder, also when interrupted: the same "
        "command with "
        "--resume goes on, and ends with the bytes of a run that was never stopped. So does a longer one "
        "(minibatches=5000 after a finished 4000), where its rates do not depend on the end.\n\n"
        "Example: attndyn run scansnap/flow num_last=2 eta_y=10 t_end=1e4 --out /tmp/flow",
        "pcotrAZVnxD", &options));
    if (options.n_words < 1 || is_assignment(options.words[0]))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "run takes an experiment's id, then key=value (attndyn list)");
    const struct experiment *experiment;
    ATTNDYN_TRY(registry_find(ctx, options.words[0], &experiment));
    const struct run_request request = {.experiment = experiment,
                                        .preset = options.preset,
                                        .config = options.config,
                                        .assignments = options.words + 1,
                                        .n_assignments = options.n_words - 1,
                                        .one = true};
    struct run run;
    ATTNDYN_TRY(run_prepare(ctx, &request, &run));
    char *own = NULL;
    if (!options.out) ATTNDYN_TRY(folder_default(ctx, run.params, &own));
    run.folder = own ? own : options.out;
    run.resume = options.resume;
    run.accept = options.accept_version;
    run.save_every = options.save_every > 0 ? options.save_every : RUN_SAVE_EVERY;
    run.says = options.json_out ? NULL : stdout;
    struct outputs outputs = {0};
    ATTNDYN_TRY(outputs_add_run(ctx, &outputs, experiment, run.folder));
    ATTNDYN_TRY(outputs_add_params(ctx, &outputs, run.params));
    ATTNDYN_TRY(outputs_check(ctx, &outputs));
    bool whole = false;
    if (options.resume) ATTNDYN_TRY(run_read(ctx, &run, run.folder, &whole));
    if (whole) return stands_already(ctx, &run, &options);
    if (run.other_build)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s holds this run, finished by another build (%.800s): "
                            "--accept-version takes it, without --resume it is run anew",
                            run.folder, run.other_build);
    struct lock lock;
    ATTNDYN_TRY(folder_claim(ctx, &run, run.folder, options.overwrite, &lock));
    char *earlier = NULL;
    enum attndyn_status status =
        own && options.resume ? earlier_take(ctx, &run, &earlier) : ATTNDYN_OK;
    if (earlier && !options.json_out)
        printf("%s: goes on from %s\n", experiment->id, printable_name(ctx, earlier));
    if (!status) status = work(ctx, &run, &options);
    if (!status && own) status = folder_is_latest(ctx, run.params, own);
    lock_release(&lock);
    ATTNDYN_TRY(status);
    return options.strict ? strictly(ctx, &run) : ATTNDYN_OK;
}

/* The default folder for a store's figures: beside the store, or the current folder if that is not
 * writable. */
static enum attndyn_status figures_beside(struct attndyn_context *ctx, const char *store,
                                          const char **folder) {
    const char *slash = strrchr(store, '/');
    char *beside = attndyn_format(ctx, "%s.figures", store);
    char *at = slash ? attndyn_format(ctx, "%.*s/", (int)(slash - store), store)
                     : attndyn_strdup(ctx, ".");
    if (!beside || !at) return ATTNDYN_NO_MEMORY;
    bool there = access(beside, F_OK) == 0;
    *folder = beside;
    if (slash && access(there ? beside : at, W_OK) != 0)
        *folder = attndyn_format(ctx, "%s.figures", slash + 1);
    return *folder ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

static enum attndyn_status plot_store(struct attndyn_context *ctx, const struct options *options) {
    struct chart_request request = {.store = options->words[0],
                                    .folder = options->out,
                                    .over = options->over ? options->over : "seed",
                                    .scalars = options->scalar,
                                    .heatmap = options->heatmap,
                                    .contours = options->contours,
                                    .x = options->x,
                                    .family = options->family,
                                    .table = options->table,
                                    .where = options->where,
                                    .n_where = options->n_where,
                                    .logarithmic = options->logarithmic,
                                    .format = options->format};
    if (options->table && options->heatmap)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "--heatmap draws scalars: leave it or --table out");
    if (options->contours && !options->heatmap)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "--contours are drawn on a map: add --heatmap X,Y");
    if (!request.folder) ATTNDYN_TRY(figures_beside(ctx, options->words[0], &request.folder));
    if (folder_is_of_a_run(ctx, request.folder))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s is the folder of a run: name another --out",
                            request.folder);
    int drawn;
    char *said;
    ATTNDYN_TRY(chart_draw(ctx, &request, &drawn, &said));
    printf("%d figure%s drawn in %s: %s\n", drawn, drawn == 1 ? "" : "s",
           printable_name(ctx, request.folder), said ? said : "");
    return ATTNDYN_OK;
}

enum attndyn_status command_plot(struct attndyn_context *ctx, int argc, char **argv) {
    struct options options;
    ATTNDYN_TRY(options_parse(
        ctx, argc, argv, "DIR|STORE",
        "Redraws every figure (*.gp) of a run's folder, or draws a sweep's store: mean and "
        "standard deviation of each scalar, a line with error bars for one axis, a family of lines "
        "for two, small multiples for three, a map with --heatmap. --x and --family choose which axis "
        "is which, --where fixes one. With --table it draws the columns of a table that the store keeps "
        "(sweep --keep) against one of them, --x, a line per value of an axis.\v"
        "Examples: attndyn plot out/scansnap/flow --format pdf\n          attndyn plot sweep.db --out "
        "figures --heatmap eta_z,eta_y\n          attndyn plot sweep.db --x eta_y --family eta_z --where "
        "K=100 --log xy",
        "oOHSKabwGqB", &options));
    ATTNDYN_TRY(figure_format_check(ctx, options.format));
    if (options.n_words != 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "plot takes one folder of a run, or one store");
    struct stat about;
    if (stat(options.words[0], &about) != 0)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s is no folder and no store",
                            options.words[0]);
    if (!S_ISDIR(about.st_mode)) return plot_store(ctx, &options);
    ATTNDYN_TRY(options_only(&options, "oq", "to a run's folder, only to a sweep's store"));
    const char *to = options.out ? options.out : options.words[0];
    if (options.out) ATTNDYN_TRY(attndyn_folder_make(ctx, to));
    if (access(to, W_OK) != 0)
        return attndyn_fail(ctx, ATTNDYN_IO, "cannot write to %s: %s%s", to, strerror(errno),
                            options.out ? "" : ": --out FOLDER draws elsewhere");
    int drawn;
    ATTNDYN_TRY(figure_draw_all(ctx, options.words[0], to, options.format, &drawn));
    printf("%d figure%s drawn in %s\n", drawn, drawn == 1 ? "" : "s", printable_name(ctx, to));
    return ATTNDYN_OK;
}
