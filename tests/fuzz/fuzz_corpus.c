/* Tokenised texts: byte 0 a failing allocation, then the text. What is accepted has a vocabulary by
 * falling frequency, and written out again (a space between tokens, a line a paragraph) is the same
 * corpus. */
#include "fuzz.h"
#include "sim/data/corpus.h"

#include <string.h>

int fuzz_corpus(const uint8_t *data, size_t size);

static void is_corpus(const struct attndyn_corpus *c) {
    uint64_t sum = 0;
    fuzz_expect(c->length > 0 && c->paragraphs > 0 && c->start[c->paragraphs] == c->length);
    for (uint32_t id = 0; id < c->vocabulary; id++) {
        uint32_t found;
        fuzz_expect(id == 0 || c->count[id] <= c->count[id - 1]);
        fuzz_expect(attndyn_corpus_find(c, c->name[id], &found) && found == id);
        fuzz_expect(attndyn_utf8_valid_prefix(c->name[id], strlen(c->name[id])) ==
                    strlen(c->name[id]));
        sum += c->count[id];
    }
    fuzz_expect(sum == c->length);
    for (size_t p = 0; p < c->paragraphs; p++) fuzz_expect(c->start[p] < c->start[p + 1]);
}

static void again(struct attndyn_context *ctx, const struct attndyn_corpus *c) {
    size_t room = 1;
    for (size_t i = 0; i < c->length; i++) room += strlen(c->name[c->token[i]]) + 1;
    char *text = attndyn_alloc(ctx, room, 1), *to = text;
    fuzz_expect(text != NULL);
    for (size_t p = 0; p < c->paragraphs; p++)
        for (size_t i = c->start[p]; i < c->start[p + 1]; i++) {
            size_t n = strlen(c->name[c->token[i]]);
            memcpy(to, c->name[c->token[i]], n);
            to[n] = i + 1 == c->start[p + 1] ? '\n' : ' ';
            to += n + 1;
        }
    /* A byte-order mark inside a text is a character; at its start it is skipped. */
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0) return;
    struct attndyn_corpus second;
    fuzz_expect(attndyn_corpus_parse(ctx, text, (size_t)(to - text), "again", &second) ==
                ATTNDYN_OK);
    fuzz_expect(second.length == c->length && second.paragraphs == c->paragraphs);
    fuzz_expect(memcmp(second.token, c->token, c->length * sizeof *c->token) == 0);
    fuzz_expect(memcmp(second.start, c->start, (c->paragraphs + 1) * sizeof *c->start) == 0);
}

int fuzz_corpus(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct attndyn_context *ctx = fuzz_begin(&input);
    struct attndyn_corpus corpus;
    enum attndyn_status status =
        attndyn_corpus_parse(ctx, (const char *)input.data, input.size, "fuzz.txt", &corpus);
    fuzz_outcome(ctx, status);
    attndyn_fail_allocation(ctx, 0);
    if (!status) {
        is_corpus(&corpus);
        again(ctx, &corpus);
    }
    attndyn_context_free(ctx);
    return 0;
}
