/* llama2.c's files: byte 0 a failing allocation, then the bytes. What is accepted lies inside the
 * file, tensor after tensor without a gap. */
#include "fuzz.h"
#include "sim/model/transformer/foreign/llama2c.h"

int fuzz_llama2c(const uint8_t *data, size_t size);

int fuzz_llama2c(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct attndyn_context *ctx = fuzz_begin(&input);
    struct attndyn_store store;
    struct attndyn_transformer_config config;
    enum attndyn_status status =
        attndyn_llama2c_parse(ctx, input.data, input.size, "model.bin", &store, &config);
    fuzz_outcome(ctx, status);
    size_t bytes = 0;
    for (size_t i = 0; !status && i < store.count; i++) {
        const struct attndyn_tensor *t = &store.tensors[i].tensor;
        size_t length = 4 * attndyn_tensor_count(t);
        const uint8_t *at = t->data;
        fuzz_expect(at >= input.data && length <= input.size);
        fuzz_expect(at + length <= input.data + input.size);
        bytes += length;
    }
    fuzz_expect(status || bytes < input.size);
    attndyn_context_free(ctx);
    return 0;
}
