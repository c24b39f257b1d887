#include "corpus.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 1 << 18 };

/* The corpus while it is read: ids in order of appearance. */
struct reader {
    struct attndyn_context *ctx;
    const char *origin;
    struct attndyn_corpus *corpus;
    size_t token_room, start_room;
    size_t line, byte; /* position in the input: line from 1, bytes of the chunks before */
    bool returned;     /* the byte before was \r */
};

static bool is_space(unsigned char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

size_t attndyn_utf8_valid_prefix(const char *bytes, size_t length) {
    const unsigned char *s = (const unsigned char *)bytes;
    size_t i = 0;
    while (i < length) {
        unsigned char c = s[i];
        if (c < 0x80) {
            i++;
            continue;
        }
        size_t more;
        unsigned char low = 0x80, high = 0xBF; /* of the second byte */
        if (c >= 0xC2 && c <= 0xDF)
            more = 1;
        else if (c >= 0xE0 && c <= 0xEF)
            more = 2, low = c == 0xE0 ? 0xA0 : 0x80, high = c == 0xED ? 0x9F : 0xBF;
        else if (c >= 0xF0 && c <= 0xF4)
            more = 3, low = c == 0xF0 ? 0x90 : 0x80, high = c == 0xF4 ? 0x8F : 0xBF;
        else
            return i;
        if (length - i <= more || s[i + 1] < low || s[i + 1] > high) return i;
        for (size_t k = 2; k <= more; k++)
            if ((s[i + k] & 0xC0) != 0x80) return i;
        i += more + 1;
    }
    return length;
}

static enum attndyn_status bad_token(struct reader *r, const char *name, size_t where) {
    unsigned char c = (unsigned char)name[where];
    if (c < 0x20 || c == 0x7F)
        return attndyn_fail(r->ctx, ATTNDYN_NO_INPUT,
                            "%s:%zu: control character 0x%02X at byte %zu: a tokenised text was "
                            "expected (UTF-8, tokens separated by spaces, one paragraph a line)",
                            r->origin, r->line, c, r->byte + where);
    return attndyn_fail(r->ctx, ATTNDYN_NO_INPUT,
                        "%s:%zu: not UTF-8 at byte %zu (0x%02X): convert the file, for instance "
                        "with iconv -t UTF-8",
                        r->origin, r->line, r->byte + where, c);
}

/* name: (length), without white space, not terminated. */
static enum attndyn_status add_token(struct reader *r, const char *name, size_t length) {
    struct attndyn_corpus *c = r->corpus;
    uint32_t id;
    if (!attndyn_vocabulary_find(&c->names, name, length, &id)) {
        /* Validates a token when it is first seen; later occurrences need no check. */
        size_t valid = attndyn_utf8_valid_prefix(name, length);
        for (size_t i = 0; i < valid; i++)
            if ((unsigned char)name[i] < 0x20 || name[i] == 0x7F) return bad_token(r, name, i);
        if (valid < length) return bad_token(r, name, valid);
        ATTNDYN_TRY(attndyn_vocabulary_add(r->ctx, &c->names, name, length, &id));
    }
    ATTNDYN_GROW(r->ctx, c->token, c->length, r->token_room, 1 << 16);
    c->token[c->length++] = id;
    c->names.count[id]++;
    return ATTNDYN_OK;
}

/* A paragraph begins where the last one ended, unless that would make an empty one. */
static enum attndyn_status end_paragraph(struct reader *r) {
    struct attndyn_corpus *c = r->corpus;
    if (c->length == c->start[c->paragraphs]) return ATTNDYN_OK;
    c->paragraphs++;
    ATTNDYN_GROW(r->ctx, c->start, c->paragraphs, r->start_room, 1 << 12);
    c->start[c->paragraphs] = c->length;
    return ATTNDYN_OK;
}

/* Takes the whole tokens of bytes[0..length); what is left (a token that may go on) is reported
 * in *taken. `last`: nothing follows. */
static enum attndyn_status feed(struct reader *r, const char *bytes, size_t length, bool last,
                                size_t *taken) {
    size_t i = 0, base = r->byte;
    while (i < length) {
        if (is_space((unsigned char)bytes[i])) {
            /* \n, \r\n or \r, as Python's text files have it */
            const bool after = r->returned;
            r->returned = bytes[i] == '\r';
            if (r->returned || bytes[i] == '\n') ATTNDYN_TRY(end_paragraph(r));
            r->line += r->returned || (bytes[i] == '\n' && !after);
            i++;
            continue;
        }
        r->returned = false;
        size_t end = i;
        while (end < length && !is_space((unsigned char)bytes[end])) end++;
        r->byte = base + i;
        if (end - i > ATTNDYN_TOKEN_BYTES_MAX)
            return attndyn_fail(r->ctx, ATTNDYN_NO_INPUT,
                                "%s:%zu: a token of more than %d bytes at byte %zu: a tokenised "
                                "text was expected (tokens separated by spaces)",
                                r->origin, r->line, ATTNDYN_TOKEN_BYTES_MAX, r->byte);
        if (end == length && !last) break;
        ATTNDYN_TRY(add_token(r, bytes + i, end - i));
        i = end;
    }
    r->byte = base + i;
    *taken = i;
    return ATTNDYN_OK;
}

/* Renumbers the tokens by frequency and hands the names over. */
static enum attndyn_status finish(struct reader *r) {
    struct attndyn_corpus *c = r->corpus;
    ATTNDYN_TRY(end_paragraph(r));
    if (c->length == 0)
        return attndyn_fail(r->ctx, ATTNDYN_NO_INPUT,
                            "%s: no token in it: a tokenised text was expected", r->origin);
    uint32_t *rank;
    ATTNDYN_ALLOC(r->ctx, rank, c->names.size);
    ATTNDYN_TRY(attndyn_vocabulary_rank(r->ctx, &c->names, 0, rank));
    for (size_t i = 0; i < c->length; i++) c->token[i] = rank[c->token[i]];
    attndyn_free(r->ctx, rank);
    c->vocabulary = c->names.size;
    c->name = c->names.name;
    c->count = c->names.count;
    return ATTNDYN_OK;
}

static enum attndyn_status begin(struct reader *r, struct attndyn_context *ctx, const char *origin,
                                 struct attndyn_corpus *corpus) {
    *corpus = (struct attndyn_corpus){0};
    *r = (struct reader){.ctx = ctx, .origin = origin, .corpus = corpus, .line = 1};
    ATTNDYN_GROW(r->ctx, corpus->start, 0, r->start_room, 1 << 12);
    return ATTNDYN_OK;
}

static size_t byte_order_mark(const char *bytes, size_t length) {
    return length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static enum attndyn_status read_stream(struct reader *r, FILE *stream, char *chunk) {
    size_t held = 0;
    bool first = true;
    for (;;) {
        ATTNDYN_TRY(attndyn_check_interrupt(r->ctx));
        size_t got = fread(chunk + held, 1, CHUNK - held, stream), taken;
        if (ferror(stream))
            return attndyn_fail(r->ctx, ATTNDYN_NO_INPUT, "cannot read %.1000s: %s", r->origin,
                                strerror(errno));
        bool last = got < CHUNK - held;
        held += got;
        size_t skip = first ? byte_order_mark(chunk, held) : 0;
        first = false;
        r->byte += skip;
        ATTNDYN_TRY(feed(r, chunk + skip, held - skip, last, &taken));
        held -= skip + taken;
        memmove(chunk, chunk + skip + taken, held);
        if (last) return ATTNDYN_OK;
    }
}

enum attndyn_status attndyn_corpus_read(struct attndyn_context *ctx, const char *path,
                                        struct attndyn_corpus *corpus) {
    struct reader r;
    char *chunk;
    ATTNDYN_ALLOC(ctx, chunk, (size_t)CHUNK);
    ATTNDYN_TRY(begin(&r, ctx, path, corpus));
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "cannot read %.1000s: %s", path,
                            strerror(errno));
    enum attndyn_status status = read_stream(&r, stream, chunk);
    fclose(stream);
    attndyn_free(ctx, chunk);
    ATTNDYN_TRY(status);
    return finish(&r);
}

enum attndyn_status attndyn_corpus_parse(struct attndyn_context *ctx, const char *text,
                                         size_t length, const char *origin,
                                         struct attndyn_corpus *corpus) {
    struct reader r;
    size_t taken;
    ATTNDYN_TRY(begin(&r, ctx, origin, corpus));
    r.byte = byte_order_mark(text, length);
    ATTNDYN_TRY(feed(&r, text + r.byte, length - r.byte, true, &taken));
    return finish(&r);
}

bool attndyn_corpus_find(const struct attndyn_corpus *corpus, const char *name, uint32_t *id) {
    return attndyn_vocabulary_find(&corpus->names, name, strlen(name), id);
}
