/* attndyn verify. */
#include "experiments/frame/judge/verify.h"
#include "command.h"
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/judge/batch.h"
#include "experiments/frame/judge/seeds.h"
#include "experiments/frame/run/outputs.h"
#include "experiments/frame/run/record.h"

#include <stdio.h>

static enum attndyn_status list_checks(struct attndyn_context *ctx,
                                       const struct batch_request *request, const char *json) {
    ATTNDYN_TRY(registry_match_all(ctx, request->patterns, request->n_patterns, true));
    if (request->n_assignments)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%.60s: --list runs nothing: leave it out",
                            request->assignments[0]);
    ATTNDYN_TRY(registry_match_all(ctx, request->excluded, request->n_excluded, true));
    ATTNDYN_TRY(batch_outputs_check(ctx, request, json, NULL, NULL));
    size_t listed = 0, count = 0;
    for (size_t e = 0; e < registry_count(); e++)
        EACH_CHECK (registry_at(e), c) count++;
    struct record_check_of *list;
    ATTNDYN_ALLOC(ctx, list, count);
    for (size_t e = 0; e < registry_count(); e++)
        EACH_CHECK (registry_at(e), c)
            if (batch_wants(request, registry_at(e), c))
                list[listed++] = (struct record_check_of){registry_at(e), c};
    if (listed == 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "nothing is left: --exclude leaves out all that was asked for");
    for (size_t i = 0; i < listed && !outputs_is_stdout(json); i++) {
        struct sentence claim;
        printf("%-30s %-44s %s\n", list[i].experiment->id, list[i].check->id,
               check_statement(list[i].check, &claim));
    }
    return json ? record_write_list(ctx, list, listed, json) : ATTNDYN_OK;
}

static enum attndyn_status over_seeds(struct attndyn_context *ctx,
                                      const struct batch_request *request,
                                      const struct options *options, bool machine) {
    struct seeds seeds;
    if (options->out || options->junit || options->explain)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "--seeds keeps verdicts alone: leave out --out, --junit and --explain");
    ATTNDYN_TRY(seeds_run(ctx, request, (size_t)options->seeds, &seeds));
    seeds_print(&seeds, machine ? stderr : stdout);
    if (options->json) ATTNDYN_TRY(record_write_seeds(ctx, &seeds, options->json));
    return seeds_status(&seeds);
}

static const char *stream(const char *path) {
    return outputs_is_stdout(path) ? "/dev/stdout" : path;
}

enum attndyn_status command_verify(struct attndyn_context *ctx, int argc, char **argv) {
    struct options options;
    ATTNDYN_TRY(options_parse(
        ctx, argc, argv, "[PATTERN ...] [key=value ...]",
        "Runs the experiments and prints every claim with its measured value, bound and verdict.\v"
        "PATTERN is an experiment's id, a check's id, a shell pattern of either, or a family. A "
        "key=value reaches the experiments that declare the key.\n\n"
        "Exit status: 0 nothing fails; 1 a check fails; 2 a run failed; 64 usage; 66 no input; 71 "
        "out of memory; 74 cannot write; 130 interrupted. Skipped checks and confirmed errata are "
        "no "
        "failures.\n\n"
        "Example: attndyn verify 'scansnap/*' -j 2 --junit v.xml --json v.json\n"
        "         attndyn verify C12.monotone 'E.*' --exclude 'lm/*'\n"
        "         attndyn verify --list --json checks.json\n"
        "         attndyn verify joma --seeds 5",
        "pjefloTJUXkWLZ", &options));
    struct batch_request request = {
        .folder = options.out, .checks = true, .leave_out = true, .overwrite = options.overwrite};
    batch_take(&request, &options);
    if (options.list) ATTNDYN_TRY(options_only(&options, "lJX", "to --list, which runs nothing"));
    if (options.list) return list_checks(ctx, &request, options.json);
    ATTNDYN_TRY(batch_outputs_check(ctx, &request, options.json, options.junit, options.claims));
    const bool machine = outputs_is_stdout(options.json) || outputs_is_stdout(options.junit) ||
                         outputs_is_stdout(options.claims);
    if (options.seeds) return over_seeds(ctx, &request, &options, machine);
    struct batch batch;
    ATTNDYN_TRY(batch_run(ctx, &request, &batch));
    verify_print(&batch, options.explain, machine ? stderr : stdout);
    batch_complain(&batch);
    enum attndyn_status status = batch_status(&batch), wrote = ATTNDYN_OK;
    if (options.json) wrote = verify_write_json(ctx, &batch, options.json);
    if (!wrote && options.junit) wrote = verify_write_junit(ctx, &batch, stream(options.junit));
    if (!wrote && options.claims) wrote = verify_write_claims(ctx, &batch, stream(options.claims));
    size_t count = batch.count, missed = (size_t)batch_count(&batch).not_reached;
    batch_free(&batch);
    if (!wrote && status == ATTNDYN_INTERRUPTED)
        return attndyn_fail(ctx, status, "interrupted: %zu of %zu experiments were measured",
                            count - missed, count);
    return wrote ? wrote : status;
}
