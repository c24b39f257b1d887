/* tokenizer.json: byte 0 a failing allocation, then the file. */
#include "codec_use.h"

int fuzz_codec_json(const uint8_t *data, size_t size);

int fuzz_codec_json(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct attndyn_context *ctx = fuzz_begin(&input);
    struct attndyn_codec *codec;
    char *bytes = fuzz_rest(ctx, &input);
    enum attndyn_status status = bytes ? attndyn_codec_create(ctx, &codec) : ATTNDYN_NO_MEMORY;
    if (!status) status = attndyn_codec_parse_json(ctx, bytes, input.size, "tokenizer.json", codec);
    fuzz_outcome(ctx, status);
    attndyn_fail_allocation(ctx, 0);
    if (!status) fuzz_use_codec(ctx, codec);
    attndyn_context_free(ctx);
    return 0;
}
