/* Conf files: byte 0 a failing allocation, byte 1 the experiment, then the text. What is accepted
 * is written and read back to the same text. */
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/registry.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int fuzz_params(const uint8_t *data, size_t size);

static char *written(struct attndyn_context *ctx, const struct params *params) {
    char *text;
    fuzz_expect(params_text(ctx, params, &text) == ATTNDYN_OK);
    return text;
}

int fuzz_params(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct attndyn_context *ctx = fuzz_begin(&input);
    const struct experiment *e = registry_at(fuzz_byte(&input) % registry_count());
    struct params *params, *again;
    char *text = fuzz_rest(ctx, &input);
    enum attndyn_status status = text ? params_create(ctx, e, NULL, &params) : ATTNDYN_NO_MEMORY;
    if (!status) status = params_parse(ctx, params, text, input.size, "fuzz.conf");
    fuzz_outcome(ctx, status);
    if (!status) {
        attndyn_fail_allocation(ctx, 0);
        char *first = written(ctx, params), *copy = attndyn_strdup(ctx, first);
        fuzz_expect(params_create(ctx, e, NULL, &again) == ATTNDYN_OK);
        fuzz_expect(params_parse(ctx, again, copy, strlen(first), "fuzz.conf") == ATTNDYN_OK);
        fuzz_expect(strcmp(written(ctx, again), first) == 0);
    }
    attndyn_context_free(ctx);
    return 0;
}
