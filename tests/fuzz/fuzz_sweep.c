/* Sweep files and the grammar of axes: byte 0 a failing allocation, then the text of a sweep file.
 * What is accepted is a design whose runs have parameters, and the same text gives the same one. */
#include "experiments/frame/sweep/design.h"
#include "experiments/frame/sweep/file.h"
#include "fuzz.h"

#include <string.h>

int fuzz_sweep(const uint8_t *data, size_t size);

static void has_runs(struct attndyn_context *ctx, const struct design *d) {
    const size_t some[] = {0, d->runs / 2, d->runs - 1};
    fuzz_expect(d->runs > 0);
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        struct params *params;
        enum attndyn_status status = design_params(ctx, d, some[i], &params);
        fuzz_outcome(ctx, status); /* a sampled interval may leave a parameter's range */
    }
}

int fuzz_sweep(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct attndyn_context *ctx = fuzz_begin(&input);
    char *text = fuzz_rest(ctx, &input);
    if (text && strlen(text) == input.size) {
        struct sweep_file file;
        struct design *design, *same;
        enum attndyn_status status = sweep_file_parse(ctx, text, "fuzz.sweep", &file);
        if (!status) status = sweep_file_design(ctx, &file, &design);
        fuzz_outcome(ctx, status);
        attndyn_fail_allocation(ctx, 0);
        if (!status) {
            has_runs(ctx, design);
            fuzz_expect(sweep_file_design(ctx, &file, &same) == ATTNDYN_OK);
            fuzz_expect(strcmp(same->identity, design->identity) == 0);
        }
    }
    attndyn_context_free(ctx);
    return 0;
}
