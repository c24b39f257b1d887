/* tokenizer.model: byte 0 a failing allocation, then the file. */
#include "codec_use.h"

int fuzz_codec_model(const uint8_t *data, size_t size);

int fuzz_codec_model(const uint8_t *data, size_t size) {
    return fuzz_codec_file(data, size, attndyn_codec_parse_sentencepiece, "tokenizer.model");
}
