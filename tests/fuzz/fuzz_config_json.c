/* config.json of published networks: byte 0 a failing allocation, byte 1 how many tensors there
 * are, then the text. What is accepted is a config that resolves, and no larger than the tensors
 * allow. */
#include "fuzz.h"
#include "sim/model/transformer/foreign/config_json.h"

#include <string.h>

int fuzz_config_json(const uint8_t *data, size_t size);

int fuzz_config_json(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct attndyn_context *ctx = fuzz_begin(&input);
    size_t tensors = fuzz_byte(&input);
    const struct attndyn_family *family = NULL;
    struct attndyn_transformer_config config, again;
    enum attndyn_status status = attndyn_config_json(ctx, (const char *)input.data, input.size,
                                                     "config.json", tensors, &family, &config);
    fuzz_outcome(ctx, status);
    attndyn_fail_allocation(ctx, 0);
    if (!status) {
        fuzz_expect(family && config.layers <= 2 * tensors);
        fuzz_expect(attndyn_transformer_config_resolve(ctx, &config) == ATTNDYN_OK);
        const char *text = attndyn_transformer_config_text(ctx, &config);
        fuzz_expect(text && attndyn_transformer_config_parse(ctx, text, &again) == ATTNDYN_OK);
        fuzz_expect(strcmp(text, attndyn_transformer_config_text(ctx, &again)) == 0);
    }
    attndyn_context_free(ctx);
    return 0;
}
