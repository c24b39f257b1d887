/* tokenizer.model: a ModelProto of SentencePiece (its fields by number, sentencepiece_model.proto).
 * Only its BPE model is supported, with any normaliser that the file has; the rules are those of
 * the library's sources. */
#include "codec_private.h"
#include "protobuf_private.h"

#include "../corpus.h"

#include <math.h>
#include <string.h>

enum { MODEL_UNIGRAM = 1, MODEL_BPE = 2, MODEL_WORD = 3, MODEL_CHAR = 4 };
enum { NORMAL = 1, UNKNOWN = 2, CONTROL = 3, USER_DEFINED = 4, UNUSED = 5, BYTE = 6 };
static const char blank_mark[] = "\xE2\x96\x81";
enum { MARK = sizeof blank_mark - 1 };

struct model {
    struct attndyn_context *ctx;
    const char *origin;
    struct attndyn_codec *codec;
    struct attndyn_field trainer, normaliser, denormaliser; /* number 0: not there */
    uint64_t type;
    bool byte_fallback;
    struct attndyn_field bos_piece, eos_piece, unknown_surface;
    const char *normaliser_name;
    size_t normaliser_name_length;
};

#define BAD(m, ...) attndyn_fail((m)->ctx, ATTNDYN_NO_INPUT, __VA_ARGS__)

static enum attndyn_status damaged_message(const struct model *m, const char *what) {
    return BAD(m, "%s: damaged: %s is no message of Protocol Buffers: is it a tokenizer.model?",
               m->origin, what);
}

/* ------------------------------------------------------------------ pieces */

static uint32_t order_of_score(float score) {
    uint32_t bits;
    score += 0.0f; /* -0 is 0 */
    memcpy(&bits, &score, sizeof bits);
    return ~(bits >> 31 ? ~bits : bits | 0x80000000u);
}

/* "<0x0A>" */
static bool byte_of_piece(const char *piece, size_t length, unsigned *byte) {
    static const char digits[] = "0123456789ABCDEF";
    if (length != 6 || memcmp(piece, "<0x", 3) != 0 || piece[5] != '>') return false;
    const char *high = memchr(digits, piece[3], 16), *low = memchr(digits, piece[4], 16);
    if (!high || !low) return false;
    *byte = (unsigned)(high - digits) * 16 + (unsigned)(low - digits);
    return true;
}

/* A piece as text: the marks are blanks. */
static enum attndyn_status unescape(struct attndyn_context *ctx, struct attndyn_codec_token *t) {
    char *bytes;
    ATTNDYN_ALLOC(ctx, bytes, (size_t)t->piece_length + 1);
    t->bytes = bytes;
    for (size_t i = 0; i < t->piece_length;) {
        bool mark = t->piece_length - i >= MARK && memcmp(t->piece + i, blank_mark, MARK) == 0;
        bytes[t->length++] = mark ? ' ' : t->piece[i];
        i += mark ? MARK : 1;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status add_own_symbol(struct model *m, const struct attndyn_codec_token *t,
                                          uint32_t id) {
    struct attndyn_added_tokens *user = &m->codec->user;
    if (user->count % 64 == 0) {
        ATTNDYN_RESIZE(m->ctx, user->token, user->count, user->count + 64);
    }
    user->token[user->count++] =
        (struct attndyn_added_token){.content = t->piece, .length = t->piece_length, .id = id};
    return ATTNDYN_OK;
}

static enum attndyn_status add_piece(struct model *m, uint32_t id, uint64_t type, float score) {
    struct attndyn_codec *codec = m->codec;
    struct attndyn_codec_token *t = &codec->token[id];
    unsigned byte;
    switch (type) {
    case NORMAL:
    case USER_DEFINED:
        if (isnan(score)) return BAD(m, "%s: piece %u: its score is no number", m->origin, id);
        t->order = order_of_score(score);
        if (!attndyn_piece_table_add(&codec->pieces, t->piece, t->piece_length, id))
            return BAD(m, "%s: piece %u, '%.*s', is there twice", m->origin, id,
                       (int)t->piece_length, t->piece);
        if (type == USER_DEFINED) ATTNDYN_TRY(add_own_symbol(m, t, id));
        return unescape(m->ctx, t);
    case UNKNOWN:
        if (codec->unknown != ATTNDYN_ID_NONE)
            return BAD(m, "%s: pieces %u and %u are both for what is unknown", m->origin,
                       codec->unknown, id);
        codec->unknown = id;
        return ATTNDYN_OK;
    case CONTROL:
        t->special = true;
        t->bytes = t->piece, t->length = t->piece_length;
        return ATTNDYN_OK;
    case BYTE:
        if (!byte_of_piece(t->piece, t->piece_length, &byte) ||
            codec->byte_id[byte] != ATTNDYN_ID_NONE)
            return BAD(m, "%s: piece %u, '%.*s', is no byte of its own: expected <0x00>..<0xFF>",
                       m->origin, id, (int)t->piece_length, t->piece);
        codec->byte_id[byte] = id;
        char *bytes;
        ATTNDYN_ALLOC(m->ctx, bytes, 1);
        *bytes = (char)byte;
        t->bytes = bytes, t->length = 1;
        return ATTNDYN_OK;
    default:
        return BAD(m,
                   "%s: piece %u is of type %llu%s, which is not supported: expected normal, "
                   "unknown, control, user-defined or byte",
                   m->origin, id, (unsigned long long)type, type == UNUSED ? " (unused)" : "");
    }
}

static enum attndyn_status read_piece(struct model *m, const struct attndyn_field *message,
                                      uint32_t id) {
    struct attndyn_wire wire = attndyn_wire_over(message->bytes, message->length);
    struct attndyn_codec_token *t = &m->codec->token[id];
    struct attndyn_field f;
    bool damaged = false;
    uint64_t type = NORMAL;
    float score = 0;
    t->order = ATTNDYN_ID_NONE;
    t->piece = "";
    while (attndyn_wire_next(&wire, &f, &damaged)) {
        if (f.number == 1 && f.kind == ATTNDYN_WIRE_BYTES) {
            if (f.length >= 1 << 16)
                return BAD(m, "%s: piece %u has %zu bytes, expected less than 65536", m->origin, id,
                           f.length);
            t->piece = f.bytes, t->piece_length = (uint32_t)f.length;
        }
        if (f.number == 2 && f.kind == ATTNDYN_WIRE_4_BYTES) score = attndyn_field_float(&f);
        if (f.number == 3 && f.kind == ATTNDYN_WIRE_NUMBER) type = f.value;
    }
    if (damaged) return damaged_message(m, "a piece");
    if (t->piece_length == 0) return BAD(m, "%s: piece %u is empty", m->origin, id);
    return add_piece(m, id, type, score);
}

/* ------------------------------------------------------------------ settings */

static enum attndyn_status read_trainer(struct model *m) {
    struct attndyn_wire wire = attndyn_wire_over(m->trainer.bytes, m->trainer.length);
    struct attndyn_field f;
    bool damaged = false;
    while (attndyn_wire_next(&wire, &f, &damaged)) {
        bool number = f.kind == ATTNDYN_WIRE_NUMBER, bytes = f.kind == ATTNDYN_WIRE_BYTES;
        if (f.number == 3 && number) m->type = f.value;
        if (f.number == 24 && number) m->codec->blank_behind = f.value != 0;
        if (f.number == 35 && number) m->byte_fallback = f.value != 0;
        if (f.number == 44 && bytes) m->unknown_surface = f;
        if (f.number == 46 && bytes) m->bos_piece = f;
        if (f.number == 47 && bytes) m->eos_piece = f;
    }
    return damaged ? damaged_message(m, "the trainer's specification") : ATTNDYN_OK;
}

static enum attndyn_status read_normaliser(struct model *m) {
    struct attndyn_wire wire = attndyn_wire_over(m->normaliser.bytes, m->normaliser.length);
    struct attndyn_codec *codec = m->codec;
    struct attndyn_field f;
    bool damaged = false, good = true;
    codec->blank_in_front = codec->single_blanks = codec->escaped_blanks = true;
    while (attndyn_wire_next(&wire, &f, &damaged)) {
        bool number = f.kind == ATTNDYN_WIRE_NUMBER, bytes = f.kind == ATTNDYN_WIRE_BYTES;
        if (f.number == 1 && bytes)
            m->normaliser_name = f.bytes, m->normaliser_name_length = f.length;
        if (f.number == 2 && bytes)
            good = attndyn_charsmap_parse(f.bytes, f.length, &codec->charsmap);
        if (f.number == 3 && number) codec->blank_in_front = f.value != 0;
        if (f.number == 4 && number) codec->single_blanks = f.value != 0;
        if (f.number == 5 && number) codec->escaped_blanks = f.value != 0;
    }
    if (damaged) return damaged_message(m, "the normaliser's specification");
    if (good) return ATTNDYN_OK;
    return BAD(m, "%s: the rules of its normaliser %.*s are damaged", m->origin,
               (int)m->normaliser_name_length, m->normaliser_name);
}

static enum attndyn_status read_denormaliser(struct model *m) {
    struct attndyn_wire wire = attndyn_wire_over(m->denormaliser.bytes, m->denormaliser.length);
    struct attndyn_field f;
    bool damaged = false;
    while (attndyn_wire_next(&wire, &f, &damaged))
        if (f.number == 2 && f.length > 0)
            return BAD(m, "%s: it has a denormaliser, which is not supported", m->origin);
    return damaged ? damaged_message(m, "the denormaliser's specification") : ATTNDYN_OK;
}

static enum attndyn_status check_type(const struct model *m) {
    static const char *const names[] = {
        [MODEL_UNIGRAM] = "unigram", [MODEL_WORD] = "word", [MODEL_CHAR] = "char"};
    if (m->type == MODEL_BPE) return ATTNDYN_OK;
    return BAD(m, "%s: a SentencePiece model of type %s is not supported: expected bpe", m->origin,
               m->type <= MODEL_CHAR && names[m->type] ? names[m->type] : "unknown");
}

/* The id of a control piece by its text. */
static uint32_t control_id(const struct model *m, const struct attndyn_field *named,
                           const char *otherwise) {
    const char *bytes = named->number ? named->bytes : otherwise;
    size_t length = named->number ? named->length : strlen(otherwise);
    for (uint32_t id = 0; id < m->codec->size; id++) {
        const struct attndyn_codec_token *t = &m->codec->token[id];
        if (t->special && t->piece_length == length && memcmp(t->piece, bytes, length) == 0)
            return id;
    }
    return ATTNDYN_ID_NONE;
}

/* Does no piece hold the mark of a blank behind something else? */
static bool cuts_at_blank(const struct attndyn_codec *codec, const char *mark, size_t size) {
    for (uint32_t id = 0; id < codec->size; id++) {
        const struct attndyn_codec_token *t = &codec->token[id];
        if (t->order == ATTNDYN_ID_NONE) continue;
        for (size_t i = 1; i + size <= t->piece_length; i++)
            if (memcmp(t->piece + i, mark, size) == 0 &&
                (i < size || memcmp(t->piece + i - size, mark, size) != 0))
                return false;
    }
    return true;
}

static enum attndyn_status finish(struct model *m) {
    struct attndyn_codec *codec = m->codec;
    if (codec->unknown == ATTNDYN_ID_NONE)
        return BAD(m, "%s: no piece for what is unknown", m->origin);
    size_t bytes = 0;
    for (unsigned b = 0; b < 256; b++) bytes += codec->byte_id[b] != ATTNDYN_ID_NONE;
    if (bytes != (m->byte_fallback ? 256 : 0))
        return BAD(m, "%s: %zu pieces that are bytes, expected %d", m->origin, bytes,
                   m->byte_fallback ? 256 : 0);
    codec->byte_fallback = m->byte_fallback;
    struct attndyn_codec_token *unknown = &codec->token[codec->unknown];
    static const char surface[] = " \xE2\x81\x87 ";
    unknown->bytes = m->unknown_surface.number ? m->unknown_surface.bytes : surface;
    size_t length = m->unknown_surface.number ? m->unknown_surface.length : sizeof surface - 1;
    if (length > UINT16_MAX)
        return BAD(m, "%s: an unknown surface of %zu bytes", m->origin, length);
    unknown->length = (uint32_t)length;
    codec->bos = control_id(m, &m->bos_piece, "<s>");
    codec->eos = control_id(m, &m->eos_piece, "</s>");
    codec->bos_default = codec->bos != ATTNDYN_ID_NONE;
    codec->strips_first = codec->blank_in_front || codec->single_blanks;
    attndyn_added_tokens_sort(&codec->user);
    codec->cuts_at_blank = codec->escaped_blanks ? cuts_at_blank(codec, blank_mark, MARK)
                                                 : cuts_at_blank(codec, " ", 1);
    codec->describe =
        attndyn_format(m->ctx, "SentencePiece BPE of %zu pieces, %.500s", codec->size, m->origin);
    return codec->describe ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

enum attndyn_status attndyn_codec_parse_sentencepiece(struct attndyn_context *ctx,
                                                      const char *bytes, size_t length,
                                                      const char *origin,
                                                      struct attndyn_codec *codec) {
    struct model m = {
        .ctx = ctx, .origin = origin, .codec = codec, .type = MODEL_UNIGRAM, .normaliser_name = ""};
    struct attndyn_wire wire = attndyn_wire_over(bytes, length);
    struct attndyn_field f;
    bool damaged = false;
    codec->kind = ATTNDYN_CODEC_SENTENCEPIECE;
    while (attndyn_wire_next(&wire, &f, &damaged)) {
        if (f.kind != ATTNDYN_WIRE_BYTES) continue;
        codec->size += f.number == 1;
        if (f.number == 2) m.trainer = f;
        if (f.number == 3) m.normaliser = f;
        if (f.number == 5) m.denormaliser = f;
    }
    if (damaged) return damaged_message(&m, "it");
    if (codec->size == 0 || codec->size >= ATTNDYN_ID_NONE)
        return BAD(&m, "%s: no pieces in it: is it a tokenizer.model?", origin);
    ATTNDYN_TRY(read_trainer(&m));
    ATTNDYN_TRY(check_type(&m));
    ATTNDYN_TRY(read_normaliser(&m));
    ATTNDYN_TRY(read_denormaliser(&m));
    ATTNDYN_ALLOC(ctx, codec->token, codec->size);
    ATTNDYN_TRY(attndyn_piece_table_init(ctx, &codec->pieces, codec->size));
    wire = attndyn_wire_over(bytes, length);
    for (uint32_t id = 0; attndyn_wire_next(&wire, &f, &damaged);)
        if (f.number == 1 && f.kind == ATTNDYN_WIRE_BYTES) ATTNDYN_TRY(read_piece(&m, &f, id++));
    return finish(&m);
}

/* ------------------------------------------------------------------ normalising */

/* Normalises the beginning of the text; returns the number of bytes consumed. */
static size_t normal_prefix(const struct attndyn_codec *codec, const char *text, size_t length,
                            const char **to, size_t *to_length) {
    const struct attndyn_added_token *own = attndyn_added_longest(&codec->user, text, length);
    uint32_t c;
    *to = text;
    if (own) return *to_length = own->length;
    size_t rule = attndyn_charsmap_find(&codec->charsmap, text, length, to, to_length);
    if (rule) return rule;
    size_t step = attndyn_code_point(text, length, &c);
    *to_length = step;
    if (c == attndyn_no_code_point) *to = "\xEF\xBF\xBD", *to_length = 3;
    return step;
}

static enum attndyn_status append_escaped(struct attndyn_context *ctx,
                                          const struct attndyn_codec *codec, const char *text,
                                          size_t length, struct attndyn_bytes *out) {
    for (size_t i = 0; i < length; i++)
        ATTNDYN_TRY(text[i] == ' ' && codec->escaped_blanks
                        ? attndyn_bytes_append(ctx, out, blank_mark, MARK)
                        : attndyn_bytes_append(ctx, out, text + i, 1));
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_codec_normalise_pieces(struct attndyn_context *ctx,
                                                   const struct attndyn_codec *codec,
                                                   const char *text, size_t length,
                                                   struct attndyn_bytes *out) {
    const char *to;
    size_t at = 0, size;
    out->length = 0;
    if (codec->single_blanks) /* blanks at the start */
        while (at < length) {
            size_t step = normal_prefix(codec, text + at, length - at, &to, &size);
            if (size != 1 || *to != ' ') break;
            at += step;
        }
    if (at == length) return ATTNDYN_OK;
    bool dummy = codec->blank_in_front, after_blank = codec->single_blanks;
    if (dummy && !codec->blank_behind) ATTNDYN_TRY(append_escaped(ctx, codec, " ", 1, out));
    while (at < length) {
        at += normal_prefix(codec, text + at, length - at, &to, &size);
        for (; after_blank && size && *to == ' '; to++) size--;
        if (size) {
            ATTNDYN_TRY(append_escaped(ctx, codec, to, size, out));
            after_blank = codec->single_blanks && to[size - 1] == ' ';
        }
    }
    const char *blank = codec->escaped_blanks ? blank_mark : " ";
    size_t blank_size = strlen(blank);
    while (codec->single_blanks && out->length >= blank_size &&
           memcmp(out->bytes + out->length - blank_size, blank, blank_size) == 0)
        out->length -= blank_size;
    if (dummy && codec->blank_behind) ATTNDYN_TRY(append_escaped(ctx, codec, " ", 1, out));
    return ATTNDYN_OK;
}
