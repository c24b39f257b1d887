/* Ids to text, and what a codec says of itself. */
#include "codec_private.h"

#include "../lower_case.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

size_t attndyn_codec_size(const struct attndyn_codec *codec) {
    return codec->size;
}
uint32_t attndyn_codec_bos(const struct attndyn_codec *codec) {
    return codec->bos;
}
uint32_t attndyn_codec_eos(const struct attndyn_codec *codec) {
    return codec->eos;
}
bool attndyn_codec_bos_default(const struct attndyn_codec *codec) {
    return codec->bos_default;
}
const char *attndyn_codec_describe(const struct attndyn_codec *codec) {
    return codec->describe;
}

/* The bytes of a token in its place: the first blank of a text is left out where encoding put one
 * there. */
static const char *bytes_of(const struct attndyn_codec *codec, struct attndyn_codec_stream *stream,
                            uint32_t id, size_t *length) {
    const struct attndyn_codec_token *t = &codec->token[id];
    const char *bytes = t->bytes;
    *length = t->length;
    if (!bytes || t->special) return bytes ? bytes : "";
    bool blank = *length > 0 && *bytes == ' ';
    if (!stream->begun && codec->strips_first && id != codec->unknown) {
        /* Where single blanks are the rule, all that lead are left out; otherwise one. */
        do {
            if (!blank) break;
            bytes++, --*length;
            blank = *length > 0 && *bytes == ' ';
        } while (codec->single_blanks);
        if (*length == 0 && codec->single_blanks) return bytes;
    }
    stream->begun = true;
    return bytes;
}

const char *attndyn_codec_next(const struct attndyn_codec *codec,
                               struct attndyn_codec_stream *stream, uint32_t id, size_t *length) {
    if (codec->token[id].special) {
        *length = 0;
        return "";
    }
    return bytes_of(codec, stream, id, length);
}

enum attndyn_status attndyn_codec_decode(struct attndyn_context *ctx,
                                         const struct attndyn_codec *codec, const uint32_t *ids,
                                         size_t count, bool special, char **text, size_t *length) {
    struct attndyn_bytes out = {0};
    struct attndyn_codec_stream stream = {0};
    ATTNDYN_TRY(attndyn_bytes_append(ctx, &out, "", 0));
    for (size_t i = 0; i < count; i++) {
        size_t size;
        if (ids[i] >= codec->size)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "id %u: expected less than %zu (%s)", ids[i],
                                codec->size, codec->describe);
        if (codec->token[ids[i]].special && !special) continue;
        const char *bytes = bytes_of(codec, &stream, ids[i], &size);
        ATTNDYN_TRY(attndyn_bytes_append(ctx, &out, bytes, size));
    }
    *text = out.bytes;
    *length = out.length;
    return ATTNDYN_OK;
}

/* Python's str.isprintable: letters, marks, numbers, punctuation, symbols, and the blank. */
static bool is_printable(uint32_t c) {
    if (c == ' ') return true;
    if (c >= attndyn_no_code_point) return false;
    utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
    return k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_SO;
}

char *attndyn_printable(struct attndyn_context *ctx, const char *bytes, size_t length) {
    size_t n = 0;
    char *name = attndyn_alloc(ctx, length < SIZE_MAX / 12 ? 6 * length + 1 : SIZE_MAX, 1);
    if (!name) return NULL;
    for (size_t at = 0, step; at < length; at += step) {
        uint32_t c;
        step = attndyn_code_point(bytes + at, length - at, &c);
        if (is_printable(c)) {
            memcpy(name + n, bytes + at, step);
            n += step;
        } else {
            for (size_t i = 0; i < step; i++)
                n += (size_t)snprintf(name + n, 7, "<0x%02X>", (unsigned char)bytes[at + i]);
        }
    }
    return name;
}

char *attndyn_codec_name(struct attndyn_context *ctx, const struct attndyn_codec *codec,
                         uint32_t id) {
    const struct attndyn_codec_token *t = &codec->token[id];
    return t->special ? attndyn_printable(ctx, t->piece, t->piece_length)
                      : attndyn_printable(ctx, t->bytes, t->length);
}

static bool takes_blanks(const struct attndyn_added_tokens *tokens) {
    for (size_t i = 0; i < tokens->count; i++)
        if (tokens->token[i].strip_left || tokens->token[i].strip_right) return true;
    return false;
}

bool attndyn_codec_reversible(const struct attndyn_codec *codec) {
    for (size_t b = 0; b < 256; b++)
        if (codec->byte_id[b] == ATTNDYN_ID_NONE) return false;
    for (size_t i = 0; i < codec->cuts; i++)
        if (codec->cut[i] == ATTNDYN_CUT_PREFIX) return false;
    return codec->kind != ATTNDYN_CODEC_CHARACTER_PAIRS &&
           codec->kind != ATTNDYN_CODEC_SENTENCEPIECE && codec->normaliser.steps == 0 &&
           !takes_blanks(&codec->raw) && !takes_blanks(&codec->normalised);
}

bool attndyn_codec_find_special(const struct attndyn_codec *codec, const char *content,
                                uint32_t *id) {
    size_t length = strlen(content);
    for (uint32_t i = 0; i < codec->size; i++) {
        const struct attndyn_codec_token *t = &codec->token[i];
        if (t->special && t->piece_length == length && memcmp(t->piece, content, length) == 0) {
            *id = i;
            return true;
        }
    }
    return false;
}
