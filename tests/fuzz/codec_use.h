/* What the fuzzers check of every accepted tokenizer: ids within its size, decoding at once and
 * piece by piece agree, names are printable. */
#ifndef TESTS_FUZZ_CODEC_USE_H
#define TESTS_FUZZ_CODEC_USE_H

#include "fuzz.h"
#include "sim/data/codec/codec_private.h"

#include <string.h>

static inline void fuzz_use_codec(struct attndyn_context *ctx, const struct attndyn_codec *codec) {
    static const char *const texts[] = {"", " the  don't e\xCC\x81 \xE6\x97\xA5 12345\r\n\n x",
                                        "<s> a</s>  <pad>\xFF\xE2\x96\x81\xF0\x9F\x98\x80",
                                        "\xE2\x96\x81\xE2\x96\x81 aaaaaaaa\tab abab"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct attndyn_tokens tokens = {0};
        struct attndyn_codec_stream stream = {0};
        char *text;
        size_t length, at = 0;
        enum attndyn_status status =
            attndyn_codec_encode(ctx, codec, texts[i], strlen(texts[i]), ATTNDYN_BOS_AUTO, &tokens);
        fuzz_outcome(ctx, status);
        if (status) continue; /* a byte without a token */
        for (size_t k = 0; k < tokens.length; k++) {
            fuzz_expect(tokens.id[k] < attndyn_codec_size(codec));
            const char *name = attndyn_codec_name(ctx, codec, tokens.id[k]);
            for (; name && *name; name++) fuzz_expect((unsigned char)*name >= ' ');
        }
        fuzz_expect(attndyn_codec_decode(ctx, codec, tokens.id, tokens.length, false, &text,
                                         &length) == ATTNDYN_OK);
        for (size_t k = 0; k < tokens.length; k++) {
            size_t size;
            const char *piece = attndyn_codec_next(codec, &stream, tokens.id[k], &size);
            fuzz_expect(at + size <= length && (size == 0 || memcmp(text + at, piece, size) == 0));
            at += size;
        }
        fuzz_expect(at == length);
    }
}

/* A tokenizer's file: byte 0 a failing allocation, then the file. */
typedef enum attndyn_status fuzz_parse(struct attndyn_context *ctx, const char *bytes,
                                       size_t length, const char *origin,
                                       struct attndyn_codec *codec);
static inline int fuzz_codec_file(const uint8_t *data, size_t size, fuzz_parse *parse,
                                  const char *origin) {
    struct fuzz_input input = {data, size};
    struct attndyn_context *ctx = fuzz_begin(&input);
    struct attndyn_codec *codec;
    char *bytes = fuzz_rest(ctx, &input);
    enum attndyn_status status = bytes ? attndyn_codec_create(ctx, &codec) : ATTNDYN_NO_MEMORY;
    if (!status) status = parse(ctx, bytes, input.size, origin, codec);
    fuzz_outcome(ctx, status);
    attndyn_fail_allocation(ctx, 0);
    if (!status) fuzz_use_codec(ctx, codec);
    attndyn_context_free(ctx);
    return 0;
}

#endif
