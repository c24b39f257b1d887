/* attndyn export. */
#include "command.h"
#include "experiments/frame/contract/printable.h"
#include "experiments/frame/run/outputs.h"
#include "experiments/frame/sweep/export_store.h"

#include <stdio.h>

enum attndyn_status command_export(struct attndyn_context *ctx, int argc, char **argv) {
    struct options options;
    ATTNDYN_TRY(options_parse(
        ctx, argc, argv, "STORE",
        "Writes the runs of a sweep's store as CSV: needs no design, and works with the store of any "
        "version.\v"
        "Without --csv and --grouped the runs go to stdout. --where keeps the runs of one value of an "
        "axis and is repeatable. --table writes the rows of a table that the store keeps (sweep "
        "--keep), the axes' values before them; --where may name its columns, too; with --grouped they are averaged row by "
        "row.\n\n"
        "Example: attndyn export sweep.db --csv runs.csv --grouped means.csv --over seed --where "
        "eta_y=10",
        "vgOwB", &options));
    if (options.n_words != 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "export takes one store of a sweep");
    if (options.over && !options.grouped)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "--over belongs to --grouped FILE: name that, too");
    struct export_request request = {.store = options.words[0],
                                     .csv = options.csv,
                                     .grouped = options.grouped,
                                     .over = options.over ? options.over : "seed",
                                     .table = options.table,
                                     .where = options.where,
                                     .n_where = options.n_where};
    if (!request.csv && !request.grouped) request.csv = "-";
    struct outputs outputs = {0};
    ATTNDYN_TRY(outputs_add(ctx, &outputs, "STORE", request.store, OUTPUT_STORE_READ));
    ATTNDYN_TRY(outputs_add(ctx, &outputs, "--csv", request.csv, OUTPUT_CSV));
    ATTNDYN_TRY(outputs_add(ctx, &outputs, "--grouped", request.grouped, OUTPUT_CSV));
    ATTNDYN_TRY(outputs_check(ctx, &outputs));
    size_t rows;
    ATTNDYN_TRY(export_store(ctx, &request, &rows));
    if (!outputs.printed)
        printf("%zu run%s exported from %s\n", rows, rows == 1 ? "" : "s",
               printable_name(ctx, request.store));
    return ATTNDYN_OK;
}
