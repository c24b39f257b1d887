/* Tensor files: byte 0 a failing allocation, then the bytes of the file. What is accepted lies
 * inside the file, and its numbers can be taken out. */
#include "fuzz.h"
#include "sim/data/safetensors.h"

#include <string.h>

int fuzz_safetensors(const uint8_t *data, size_t size);

static void take_out(struct attndyn_context *ctx, const struct fuzz_input *input,
                     const struct attndyn_tensor *t) {
    size_t count = attndyn_tensor_count(t), bytes = count * attndyn_dtype_bytes(t->dtype);
    const uint8_t *from = t->data;
    fuzz_expect(t->dimensions <= ATTNDYN_TENSOR_DIMENSIONS);
    fuzz_expect(bytes <= input->size);
    fuzz_expect(bytes == 0 || (from >= input->data && from + bytes <= input->data + input->size));
    uint64_t mark = attndyn_memory_mark(ctx);
    double *real = ATTNDYN_NEW(ctx, double, count);
    float *single = ATTNDYN_NEW(ctx, float, count);
    int64_t *integer = ATTNDYN_NEW(ctx, int64_t, count);
    fuzz_expect(real && single && integer);
    enum attndyn_status as_real = attndyn_tensor_to_double(ctx, t, real);
    enum attndyn_status as_single = attndyn_tensor_to_float(ctx, t, single);
    enum attndyn_status as_integer = attndyn_tensor_to_int64(ctx, t, integer);
    fuzz_expect(as_real == as_single);
    bool passed_over = t->dtype >= ATTNDYN_U64;
    /* one kind or the other, or none */
    fuzz_expect((as_real == ATTNDYN_OK) + (as_integer == ATTNDYN_OK) == !passed_over);
    attndyn_memory_release(ctx, mark);
}

int fuzz_safetensors(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct attndyn_context *ctx = fuzz_begin(&input);
    struct attndyn_safetensors file;
    enum attndyn_status status =
        attndyn_safetensors_parse(ctx, input.data, input.size, "fuzz.safetensors", &file);
    fuzz_outcome(ctx, status);
    attndyn_fail_allocation(ctx, 0);
    for (size_t i = 0; !status && i < file.n_tensors; i++) {
        take_out(ctx, &input, &file.tensors[i]);
        fuzz_expect(attndyn_safetensors_find(&file, file.tensors[i].name) == &file.tensors[i]);
    }
    for (size_t i = 0; !status && i < file.n_metadata; i++)
        fuzz_expect(attndyn_safetensors_metadata(&file, file.metadata[i].key) != NULL);
    attndyn_context_free(ctx);
    return 0;
}
