/* attndyn report. */
#include "experiments/frame/report/report.h"
#include "command.h"
#include "experiments/frame/contract/printable.h"
#include "experiments/frame/judge/batch.h"
#include "experiments/frame/run/folder.h"
#include "signals.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* key=value words go to the runs, the others are patterns. */
void batch_take(struct batch_request *request, struct options *options) {
    size_t patterns = 0;
    for (size_t i = 0; i < options->n_words; i++) {
        if (is_assignment(options->words[i])) continue;
        char *word = options->words[i];
        for (size_t k = i; k > patterns; k--) options->words[k] = options->words[k - 1];
        options->words[patterns++] = word;
    }
    request->patterns = options->words;
    request->n_patterns = patterns;
    request->assignments = options->words + patterns;
    request->n_assignments = options->n_words - patterns;
    request->excluded = options->excluded;
    request->n_excluded = options->n_excluded;
    request->known = options->known;
    request->preset = options->preset ? options->preset : "quick";
    request->jobs = (int)options->jobs;
    request->save_every = options->save_every;
    request->fail_fast = options->fail_fast;
    request->tolerance_scale = options->tolerance_scale;
}

/* index.html is written last: if it exists, the report is complete. */
static enum attndyn_status take_index_away(struct attndyn_context *ctx, const char *folder) {
    char *index = attndyn_format(ctx, "%s/index.html", folder);
    if (!index) return ATTNDYN_NO_MEMORY;
    unlink(index);
    return ATTNDYN_OK;
}

static enum attndyn_status interrupted(struct attndyn_context *ctx, const struct batch *batch,
                                       const char *folder) {
    size_t done = 0;
    for (size_t i = 0; i < batch->count; i++) done += batch->items[i].done;
    return attndyn_fail(ctx, ATTNDYN_INTERRUPTED,
                        "interrupted: %zu of %zu experiments stand finished in %s; the same "
                        "command goes on from there",
                        done, batch->count, folder);
}

/* The folder has been locked for this report. */
static enum attndyn_status write_report(struct attndyn_context *ctx,
                                        const struct batch_request *request, bool fresh) {
    ATTNDYN_TRY(take_index_away(ctx, request->folder));
    struct batch batch;
    ATTNDYN_TRY(batch_run(ctx, request, &batch));
    enum attndyn_status status = batch_status(&batch);
    struct maps maps = {0};
    enum attndyn_status wrote = ATTNDYN_OK;
    if (status == ATTNDYN_INTERRUPTED)
        wrote = interrupted(ctx, &batch, request->folder);
    else if (request->n_patterns == 0)
        wrote = maps_run(ctx, request->folder, strcmp(request->preset, "quick") != 0, request->jobs,
                         fresh, &maps);
    const struct report_request report = {.batch = &batch,
                                          .maps = &maps,
                                          .preset = request->preset,
                                          .folder = request->folder,
                                          .assignments = request->assignments,
                                          .n_assignments = request->n_assignments};
    if (!wrote) wrote = report_write(ctx, &report);
    struct batch_tally tally = batch_count(&batch);
    size_t kept = 0, resumed = 0, outdated = 0;
    for (size_t i = 0; i < batch.count; i++) {
        kept += batch.items[i].kept;
        resumed += batch.items[i].resumed;
        outdated += batch.items[i].outdated;
    }
    batch_complain(&batch);
    size_t count = batch.count;
    batch_free(&batch);
    ATTNDYN_TRY(wrote);
    if (kept) printf("%zu of %zu experiments stood finished and were not run again\n", kept, count);
    if (outdated)
        printf("%zu of %zu stood finished by another build, and were run again (--accept-version "
               "keeps such)\n",
               outdated, count);
    if (resumed) printf("%zu of %zu went on from where they had been stopped\n", resumed, count);
    batch_print_tally(&tally, stdout);
    putchar('\n');
    if (tally.undrawn)
        printf("%d run%s a figure; the same command draws what is missing\n", tally.undrawn,
               tally.undrawn == 1 ? " lacks" : "s lack");
    printf("%s/index.html\n", printable_name(ctx, request->folder));
    return status;
}

enum attndyn_status command_report(struct attndyn_context *ctx, int argc, char **argv) {
    struct options options;
    ATTNDYN_TRY(options_parse(
        ctx, argc, argv, "[PATTERN ...] [key=value ...]",
        "Runs every experiment, draws its figures and writes a report: DIR/index.html.\v"
        "A key=value reaches the experiments that declare the key, as text=FILE. What already "
        "stands in DIR, finished and by a build of the same numbers, is not run again: after an "
        "interruption the same command goes on, in the middle of a long run too. --fresh runs "
        "everything.\n\n"
        "Of several experiments each has one thread. A long one goes faster by itself, and the "
        "report takes up what it finds: attndyn run ID --preset paper --threads 16 --resume --out "
        "DIR/ID\n\n"
        "Example: attndyn report --out out/report -j 2\n"
        "On a text: attndyn report scansnap/text --preset wikitext text=train.txt",
        "pjoEVAZ", &options));
    struct batch_request request = {.folder = options.out ? options.out : "out/report",
                                    .fall_back = true,
                                    .keep = !options.fresh,
                                    .accept = options.accept_version,
                                    .overwrite = options.overwrite};
    batch_take(&request, &options);
    ATTNDYN_TRY(batch_check(ctx, &request));
    ATTNDYN_TRY(batch_outputs_check(ctx, &request, NULL, NULL, NULL));
    if (folder_is_of_a_run(ctx, request.folder))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s is the folder of a run: name another --out",
                            request.folder);
    ATTNDYN_TRY(folder_writable(ctx, request.folder));
    char *path = attndyn_format(ctx, "%s/.attndyn.lock", request.folder);
    if (!path) return ATTNDYN_NO_MEMORY;
    struct lock lock;
    ATTNDYN_TRY(lock_take(ctx, path, request.folder, &lock));
    enum attndyn_status status = write_report(ctx, &request, options.fresh);
    lock_release(&lock);
    return status;
}
