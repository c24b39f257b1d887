#include "tokenizer.h"

#include "corpus.h"
#include "lower_case.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 1 << 18 };
static const char unknown_name[] = "<unk>", eos_name[] = "<eos>";

enum attndyn_status attndyn_tokens_append(struct attndyn_context *ctx,
                                          struct attndyn_tokens *tokens, uint32_t id) {
    ATTNDYN_GROW(ctx, tokens->id, tokens->length, tokens->room, 1 << 8);
    tokens->id[tokens->length++] = id;
    return ATTNDYN_OK;
}

/* One token by its name. */
static enum attndyn_status take(struct attndyn_context *ctx, struct attndyn_tokenizer *t,
                                const char *name, size_t length, struct attndyn_tokens *tokens) {
    uint32_t id;
    if (t->learning) {
        ATTNDYN_TRY(attndyn_vocabulary_add(ctx, &t->vocabulary, name, length, &id));
        t->vocabulary.count[id]++;
    } else if (!attndyn_vocabulary_find(&t->vocabulary, name, length, &id)) {
        if (t->unknown == ATTNDYN_ID_NONE)
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "'%.*s' is not in the vocabulary, which has no <unk>: cut the "
                                "vocabulary, or use a training text with <unk>",
                                length > 60 ? 60 : (int)length, name);
        id = t->unknown;
        tokens->unknown++;
    }
    return attndyn_tokens_append(ctx, tokens, id);
}

/* The words of text[0..length): what white space separates. */
static enum attndyn_status take_words(struct attndyn_context *ctx, struct attndyn_tokenizer *t,
                                      const char *text, size_t length,
                                      struct attndyn_tokens *tokens) {
    size_t start = 0;
    for (size_t i = 0; i < length;) {
        uint32_t c;
        size_t step = attndyn_utf8_decode(text + i, &c);
        if (attndyn_is_white_space(c)) {
            if (i > start) ATTNDYN_TRY(take(ctx, t, text + start, i - start, tokens));
            start = i + step;
        }
        i += step;
    }
    return length > start ? take(ctx, t, text + start, length - start, tokens) : ATTNDYN_OK;
}

static enum attndyn_status scratch(struct attndyn_context *ctx, struct attndyn_tokenizer *t,
                                   size_t room) {
    if (room <= t->scratch_room) return ATTNDYN_OK;
    char *grown = attndyn_resize(ctx, t->scratch, t->scratch_room, 2 * room, 1);
    if (!grown) return ATTNDYN_NO_MEMORY;
    t->scratch = grown, t->scratch_room = 2 * room;
    return ATTNDYN_OK;
}

/* Lower case, as the line is; then the rules up to the full stop, in their order. out: (3 length).
 * Returns the bytes written. */
static size_t lower_and_split_stops(const char *line, size_t length, char *out) {
    struct attndyn_lower_case at = {0};
    size_t n = 0;
    while (at.offset < length) {
        char lower[4];
        uint32_t c;
        size_t size = attndyn_lower_case_next(line, length, &at, lower, &c);
        if (c == '\'' || c == '.') {
            out[n++] = ' ', out[n++] = (char)c, out[n++] = ' ';
        } else if (c != '"') {
            memcpy(out + n, lower, size);
            n += size;
        }
    }
    return n;
}

/* One pass applies the other rules, since none of them creates line breaks or words of an earlier
 * rule. */
static enum attndyn_status basic_english_line(struct attndyn_context *ctx,
                                              struct attndyn_tokenizer *t, const char *line,
                                              size_t length, struct attndyn_tokens *tokens) {
    static const char line_break[] = "<br />";
    const size_t break_length = sizeof line_break - 1;
    ATTNDYN_TRY(scratch(ctx, t, 3 * length));
    size_t n = lower_and_split_stops(line, length, t->scratch), start = 0;
    const char *s = t->scratch;
    for (size_t i = 0; i < n;) {
        bool own = strchr(",()!?", s[i]) != NULL;
        bool breaks = n - i >= break_length && memcmp(s + i, line_break, break_length) == 0;
        if (!own && !breaks && s[i] != ';' && s[i] != ':') {
            i++;
            continue;
        }
        ATTNDYN_TRY(take_words(ctx, t, s + start, i - start, tokens));
        if (own) ATTNDYN_TRY(take(ctx, t, s + i, 1, tokens));
        i += breaks ? break_length : 1;
        start = i;
    }
    return take_words(ctx, t, s + start, n - start, tokens);
}

static enum attndyn_status word_eos_line(struct attndyn_context *ctx, struct attndyn_tokenizer *t,
                                         const char *line, size_t length,
                                         struct attndyn_tokens *tokens) {
    ATTNDYN_TRY(take_words(ctx, t, line, length, tokens));
    return take(ctx, t, eos_name, sizeof eos_name - 1, tokens);
}

static enum attndyn_status character_line(struct attndyn_context *ctx, struct attndyn_tokenizer *t,
                                          const char *line, size_t length,
                                          struct attndyn_tokens *tokens) {
    for (size_t i = 0; i < length;) {
        uint32_t c;
        size_t step = attndyn_utf8_decode(line + i, &c);
        ATTNDYN_TRY(take(ctx, t, line + i, step, tokens));
        i += step;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status byte_line(struct attndyn_context *ctx, struct attndyn_tokenizer *t,
                                     const char *line, size_t length,
                                     struct attndyn_tokens *tokens) {
    for (size_t i = 0; i < length; i++) {
        uint32_t id = (unsigned char)line[i];
        if (t->learning) t->vocabulary.count[id]++;
        ATTNDYN_TRY(attndyn_tokens_append(ctx, tokens, id));
    }
    return ATTNDYN_OK;
}

/* What one line gives; line: valid UTF-8 (text) with its '\n', if it has one. */
static const struct rules {
    enum attndyn_status (*line)(struct attndyn_context *ctx, struct attndyn_tokenizer *t,
                                const char *line, size_t length, struct attndyn_tokens *tokens);
    bool text;    /* the input must be UTF-8 without control characters */
    bool unknown; /* id 0 is <unk> */
} rules[] = {[ATTNDYN_TOKENIZER_BASIC_ENGLISH] = {basic_english_line, true, true},
             [ATTNDYN_TOKENIZER_WORD] = {take_words, true, true},
             [ATTNDYN_TOKENIZER_WORD_EOS] = {word_eos_line, true, false},
             [ATTNDYN_TOKENIZER_CHARACTER] = {character_line, true, true},
             [ATTNDYN_TOKENIZER_BYTE] = {byte_line, false, false}};

enum attndyn_status attndyn_tokenizer_init(struct attndyn_context *ctx,
                                           enum attndyn_tokenizer_kind kind,
                                           struct attndyn_tokenizer *t) {
    *t = (struct attndyn_tokenizer){.kind = kind,
                                    .unknown = ATTNDYN_ID_NONE,
                                    .eos = ATTNDYN_ID_NONE,
                                    .learning = true,
                                    .scratch_room = 1 << 12};
    ATTNDYN_ALLOC(ctx, t->scratch, t->scratch_room);
    if (rules[kind].unknown)
        ATTNDYN_TRY(attndyn_vocabulary_add(ctx, &t->vocabulary, unknown_name,
                                           sizeof unknown_name - 1, &t->unknown));
    for (unsigned byte = 0; kind == ATTNDYN_TOKENIZER_BYTE && byte < 256; byte++) {
        char name[8];
        uint32_t id;
        snprintf(name, sizeof name, byte > 0x20 && byte < 0x7F ? "%c" : "<0x%02X>", byte);
        ATTNDYN_TRY(attndyn_vocabulary_add(ctx, &t->vocabulary, name, strlen(name), &id));
    }
    return ATTNDYN_OK;
}

/* A text on its way through the tokenizer. */
struct source {
    struct attndyn_context *ctx;
    struct attndyn_tokenizer *tokenizer;
    struct attndyn_tokens *tokens;
    const char *origin;
    size_t line, base; /* from 1; bytes before what is at hand */
};

/* ATTNDYN_NO_INPUT at the first byte that no text has. */
static enum attndyn_status check_line(const struct source *s, const char *bytes, size_t length) {
    size_t valid = attndyn_utf8_valid_prefix(bytes, length);
    for (size_t i = 0; i < valid; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if ((c >= 0x20 && c != 0x7F) || attndyn_is_white_space(c)) continue;
        return attndyn_fail(s->ctx, ATTNDYN_NO_INPUT,
                            "%s:%zu: control character 0x%02X at byte %zu: a text was expected "
                            "(UTF-8); the tokenizer byte takes anything",
                            s->origin, s->line, c, s->base + i);
    }
    if (valid < length)
        return attndyn_fail(s->ctx, ATTNDYN_NO_INPUT,
                            "%s:%zu: not UTF-8 at byte %zu (0x%02X): convert the file, for "
                            "instance with iconv -t UTF-8",
                            s->origin, s->line, s->base + valid, (unsigned char)bytes[valid]);
    return ATTNDYN_OK;
}

/* Encodes the whole lines of bytes[0..length), the last one without '\n' only where `last`. */
static enum attndyn_status feed(struct source *s, const char *bytes, size_t length, bool last,
                                size_t *taken) {
    const struct rules *r = &rules[s->tokenizer->kind];
    size_t i = 0;
    while (i < length) {
        const char *end = memchr(bytes + i, '\n', length - i);
        if (!end && !last) break;
        size_t size = end ? (size_t)(end - bytes) + 1 - i : length - i;
        if (r->text) ATTNDYN_TRY(check_line(s, bytes + i, size));
        enum attndyn_status status = r->line(s->ctx, s->tokenizer, bytes + i, size, s->tokens);
        if (status == ATTNDYN_NO_INPUT)
            return attndyn_fail_while(s->ctx, status, "%s:%zu", s->origin, s->line);
        ATTNDYN_TRY(status);
        i += size;
        s->base += size;
        s->line++;
    }
    *taken = i;
    return ATTNDYN_OK;
}

static size_t byte_order_mark(const struct source *s, const char *bytes, size_t length) {
    return rules[s->tokenizer->kind].text && length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0
               ? 3
               : 0;
}

enum attndyn_status attndyn_tokenizer_encode(struct attndyn_context *ctx,
                                             struct attndyn_tokenizer *t, const char *text,
                                             size_t length, const char *origin,
                                             struct attndyn_tokens *tokens) {
    struct source s = {ctx, t, tokens, origin, 1, 0};
    size_t taken;
    s.base = byte_order_mark(&s, text, length);
    return feed(&s, text + s.base, length - s.base, true, &taken);
}

/* buffer: (CHUNK), grows with the longest line. */
static enum attndyn_status read_stream(struct source *s, FILE *stream, char **buffer) {
    size_t room = CHUNK, held = 0;
    for (bool first = true;; first = false) {
        ATTNDYN_TRY(attndyn_check_interrupt(s->ctx));
        if (held == room) {
            char *grown = attndyn_resize(s->ctx, *buffer, room, 2 * room, 1);
            if (!grown) return ATTNDYN_NO_MEMORY;
            *buffer = grown, room *= 2;
        }
        size_t got = fread(*buffer + held, 1, room - held, stream), taken;
        if (ferror(stream))
            return attndyn_fail(s->ctx, ATTNDYN_NO_INPUT, "cannot read %s: %s", s->origin,
                                strerror(errno));
        bool last = got < room - held;
        held += got;
        size_t skip = first ? byte_order_mark(s, *buffer, held) : 0;
        s->base += skip;
        ATTNDYN_TRY(feed(s, *buffer + skip, held - skip, last, &taken));
        held -= skip + taken;
        memmove(*buffer, *buffer + skip + taken, held);
        if (last) return ATTNDYN_OK;
    }
}

enum attndyn_status attndyn_tokenizer_read(struct attndyn_context *ctx, struct attndyn_tokenizer *t,
                                           const char *path, struct attndyn_tokens *tokens) {
    struct source s = {ctx, t, tokens, path, 1, 0};
    char *buffer;
    ATTNDYN_ALLOC(ctx, buffer, (size_t)CHUNK);
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "cannot read %s: %s", path, strerror(errno));
    enum attndyn_status status = read_stream(&s, stream, &buffer);
    fclose(stream);
    attndyn_free(ctx, buffer);
    return status;
}

/* Where to cut: *size becomes the number of names that stay. */
static enum attndyn_status cut_at(struct attndyn_context *ctx, const struct attndyn_tokenizer *t,
                                  size_t top, size_t *size) {
    if (!top || top >= *size) return ATTNDYN_OK;
    if (t->unknown == ATTNDYN_ID_NONE)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "a vocabulary of %zu words cannot be cut to %zu: the training text has "
                            "no <unk>; use the tokenizer word",
                            *size, top);
    if (t->unknown >= top)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "a vocabulary cut to %zu words has no room for <unk>, which has id "
                            "%u: keep more",
                            top, t->unknown);
    *size = top;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_tokenizer_close(struct attndyn_context *ctx,
                                            struct attndyn_tokenizer *t, size_t top,
                                            struct attndyn_tokens *tokens) {
    struct attndyn_vocabulary *v = &t->vocabulary;
    t->learning = false;
    if (t->kind == ATTNDYN_TOKENIZER_BYTE) return ATTNDYN_OK;
    uint32_t *rank;
    ATTNDYN_ALLOC(ctx, rank, v->size);
    ATTNDYN_TRY(attndyn_vocabulary_rank(ctx, v, rules[t->kind].unknown ? 1 : 0, rank));
    attndyn_tokenizer_find(t, unknown_name, &t->unknown);
    size_t size = v->size;
    ATTNDYN_TRY(cut_at(ctx, t, top, &size));
    for (size_t i = size; i < v->size; i++) v->count[t->unknown] += v->count[i];
    attndyn_vocabulary_cut(v, size);
    attndyn_tokenizer_find(t, eos_name, &t->eos);
    for (size_t i = 0; i < tokens->length; i++) {
        uint32_t id = rank[tokens->id[i]];
        bool lost = id >= size;
        tokens->unknown += lost;
        tokens->id[i] = lost ? t->unknown : id;
    }
    attndyn_free(ctx, rank);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_tokenizer_decode(struct attndyn_context *ctx,
                                             const struct attndyn_tokenizer *t, const uint32_t *ids,
                                             size_t count, char **text, size_t *length) {
    const bool words = t->kind <= ATTNDYN_TOKENIZER_WORD_EOS;
    const bool bytes = t->kind == ATTNDYN_TOKENIZER_BYTE;
    size_t room = 1, n = 0;
    for (size_t i = 0; i < count; i++) {
        if (ids[i] >= t->vocabulary.size)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "id %u: expected less than %zu", ids[i],
                                t->vocabulary.size);
        room += bytes ? 1 : strlen(t->vocabulary.name[ids[i]]) + 1;
    }
    ATTNDYN_ALLOC(ctx, *text, room);
    for (size_t i = 0; i < count; i++) {
        if (bytes) {
            (*text)[n++] = (char)ids[i];
            continue;
        }
        if (words && ids[i] == t->eos && t->kind == ATTNDYN_TOKENIZER_WORD_EOS) {
            (*text)[n++] = '\n';
            continue;
        }
        if (words && n && (*text)[n - 1] != '\n') (*text)[n++] = ' ';
        size_t size = strlen(t->vocabulary.name[ids[i]]);
        memcpy(*text + n, t->vocabulary.name[ids[i]], size);
        n += size;
    }
    (*text)[n] = '\0';
    *length = n;
    return ATTNDYN_OK;
}

size_t attndyn_tokenizer_size(const struct attndyn_tokenizer *t) {
    return t->vocabulary.size;
}

const char *attndyn_tokenizer_name(const struct attndyn_tokenizer *t, uint32_t id) {
    return t->vocabulary.name[id];
}

bool attndyn_tokenizer_find(const struct attndyn_tokenizer *t, const char *name, uint32_t *id) {
    return attndyn_vocabulary_find(&t->vocabulary, name, strlen(name), id);
}
