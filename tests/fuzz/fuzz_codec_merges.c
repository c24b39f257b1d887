/* vocab.json and merges.txt: byte 0 a failing allocation, then the first, up to a NUL, and the
 * other. */
#include "codec_use.h"

int fuzz_codec_merges(const uint8_t *data, size_t size);

static enum attndyn_status parse(struct attndyn_context *ctx, const char *bytes, size_t length,
                                 const char *origin, struct attndyn_codec *codec) {
    size_t vocab = strlen(bytes), other = vocab < length ? vocab + 1 : vocab;
    return attndyn_codec_parse_vocab_merges(ctx, bytes, vocab, bytes + other, length - other,
                                            "vocab.json", origin, codec);
}

int fuzz_codec_merges(const uint8_t *data, size_t size) {
    return fuzz_codec_file(data, size, parse, "merges.txt");
}
