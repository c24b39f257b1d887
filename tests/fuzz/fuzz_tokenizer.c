/* Tokenizers: byte 0 a failing allocation, byte 1 the kind, byte 2 how many words stay, then the
 * text. What is accepted has ids within the vocabulary, and can be decoded; with the vocabulary
 * closed, the decoded text gives the same ids where every word has stayed. */
#include "fuzz.h"
#include "sim/data/tokenizer.h"

int fuzz_tokenizer(const uint8_t *data, size_t size);

int fuzz_tokenizer(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct attndyn_context *ctx = fuzz_begin(&input);
    enum attndyn_tokenizer_kind kind = (enum attndyn_tokenizer_kind)(fuzz_byte(&input) % 5);
    size_t top = fuzz_byte(&input) % 8;
    struct attndyn_tokenizer tokenizer;
    struct attndyn_tokens tokens = {0}, again = {0};
    enum attndyn_status status = attndyn_tokenizer_init(ctx, kind, &tokenizer);
    if (!status)
        status = attndyn_tokenizer_encode(ctx, &tokenizer, (const char *)input.data, input.size,
                                          "fuzz.txt", &tokens);
    if (!status) status = attndyn_tokenizer_close(ctx, &tokenizer, top, &tokens);
    fuzz_outcome(ctx, status);
    attndyn_fail_allocation(ctx, 0);
    if (!status) {
        char *text;
        size_t length;
        for (size_t i = 0; i < tokens.length; i++)
            fuzz_expect(tokens.id[i] < attndyn_tokenizer_size(&tokenizer));
        fuzz_expect(attndyn_tokenizer_decode(ctx, &tokenizer, tokens.id, tokens.length, &text,
                                             &length) == ATTNDYN_OK);
        /* The input again, now looked up: the same ids. */
        fuzz_expect(attndyn_tokenizer_encode(ctx, &tokenizer, (const char *)input.data, input.size,
                                             "fuzz.txt", &again) == ATTNDYN_OK);
        fuzz_expect(again.length == tokens.length);
        for (size_t i = 0; i < tokens.length; i++) fuzz_expect(again.id[i] == tokens.id[i]);
    }
    attndyn_context_free(ctx);
    return 0;
}
