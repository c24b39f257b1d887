/* model.safetensors.index.json: byte 0 a failing allocation, then the text. What is accepted names
 * files of its own folder, each once. */
#include "fuzz.h"
#include "sim/model/transformer/foreign/store.h"

#include <string.h>

int fuzz_shard_index(const uint8_t *data, size_t size);

int fuzz_shard_index(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct attndyn_context *ctx = fuzz_begin(&input);
    const char **files;
    size_t count = 0;
    enum attndyn_status status = attndyn_store_index(
        ctx, (const char *)input.data, input.size, "model.safetensors.index.json", &files, &count);
    fuzz_outcome(ctx, status);
    for (size_t i = 0; !status && i < count; i++) {
        fuzz_expect(*files[i] && !strchr(files[i], '/'));
        fuzz_expect(i == 0 || strcmp(files[i - 1], files[i]) < 0);
    }
    attndyn_context_free(ctx);
    return 0;
}
