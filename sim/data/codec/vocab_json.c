#include "vocab_json_private.h"

#include "../../base/file.h"
#include "../lower_case.h"
#include "alphabet_private.h"

#include <stdio.h>
#include <string.h>

#define BAD(ctx, ...) attndyn_fail(ctx, ATTNDYN_NO_INPUT, __VA_ARGS__)
enum { DEEPEST_VOCAB = 1 };

char *attndyn_codec_copy(struct attndyn_context *ctx, const char *bytes, size_t length) {
    char *copy = attndyn_alloc(ctx, length + 1, 1);
    if (copy && length) memcpy(copy, bytes, length);
    return copy;
}

bool attndyn_json_id(const json_t *number, uint32_t *id) {
    if (!json_is_integer(number)) return false;
    json_int_t value = json_integer_value(number);
    if (value < 0 || value > INT32_MAX) return false;
    *id = (uint32_t)value;
    return true;
}

/* The bytes of a piece: decoded by the byte alphabet, or the piece itself if it contains other code
 * points. to: (piece_length). */
static void spell_bytes(struct attndyn_codec_token *t, char *to) {
    t->bytes = to;
    for (size_t at = 0; at < t->piece_length;) {
        uint32_t c;
        at += attndyn_code_point(t->piece + at, t->piece_length - at, &c);
        unsigned byte = attndyn_alphabet_byte(c);
        if (byte == 256) {
            memcpy(to, t->piece, t->piece_length);
            t->length = t->piece_length;
            return;
        }
        to[t->length++] = (char)byte;
    }
}

/* The same for pieces of code points: U+2581 is a blank. */
static void spell_marks(struct attndyn_codec_token *t, char *to) {
    t->bytes = to;
    for (size_t at = 0; at < t->piece_length;) {
        bool mark = t->piece_length - at >= 3 && memcmp(t->piece + at, "\xE2\x96\x81", 3) == 0;
        to[t->length++] = mark ? ' ' : t->piece[at];
        at += mark ? 3 : 1;
    }
}

enum attndyn_status attndyn_codec_take_vocab(struct attndyn_context *ctx, const json_t *vocab,
                                             bool byte_level, uint32_t more, const char *origin,
                                             struct attndyn_codec *codec) {
    /* jansson iterates over non-const objects only. */
    json_t *object = (json_t *)(uintptr_t)vocab;
    size_t count = json_object_size(object), bytes = 0, greatest = 0;
    const char *piece;
    json_t *value;
    uint32_t id;
    if (!json_is_object(object) || count == 0)
        return BAD(ctx, "%s: the vocabulary is no object of pieces and ids", origin);
    json_object_foreach(object, piece, value) {
        size_t length = strlen(piece);
        if (!attndyn_json_id(value, &id))
            return BAD(ctx, "%s: piece '%.60s' has no id: expected a whole number", origin, piece);
        if (length == 0 || length > ATTNDYN_LONGEST_PIECE)
            return BAD(ctx, "%s: piece %u has %zu bytes, expected 1 to %d", origin, id, length,
                       ATTNDYN_LONGEST_PIECE);
        if (id > greatest) greatest = id;
        bytes += length + 1;
    }
    if (more != ATTNDYN_ID_NONE && more > greatest) greatest = more;
    /* Ids number the rows of a table: a file of few pieces must not ask for a huge one. */
    if (greatest >= 2 * count + 100000)
        return BAD(ctx, "%s: an id of %zu among %zu pieces: damaged?", origin, greatest, count);
    codec->size = greatest + 1;
    ATTNDYN_ALLOC(ctx, codec->token, codec->size);
    ATTNDYN_TRY(attndyn_piece_table_init(ctx, &codec->pieces, count));
    char *pieces, *spelt;
    ATTNDYN_ALLOC(ctx, pieces, bytes);
    ATTNDYN_ALLOC(ctx, spelt, bytes);
    json_object_foreach(object, piece, value) {
        size_t length = strlen(piece);
        if (!attndyn_json_id(value, &id)) continue; /* seen above */
        struct attndyn_codec_token *t = &codec->token[id];
        if (t->piece)
            return BAD(ctx, "%s: id %u is that of '%.60s' and of '%.60s'", origin, id, t->piece,
                       piece);
        memcpy(pieces, piece, length);
        *t = (struct attndyn_codec_token){
            .piece = pieces, .piece_length = (uint32_t)length, .order = ATTNDYN_ID_NONE};
        attndyn_piece_table_add(&codec->pieces, pieces, length, id);
        if (byte_level)
            spell_bytes(t, spelt);
        else
            spell_marks(t, spelt);
        pieces += length + 1, spelt += length + 1;
    }
    return ATTNDYN_OK;
}

void attndyn_codec_take_bytes(struct attndyn_codec *codec, bool byte_level) {
    for (unsigned byte = 0; byte < 256; byte++) codec->byte_id[byte] = ATTNDYN_ID_NONE;
    for (uint32_t c = 0; byte_level && c < ATTNDYN_ALPHABET_END; c++) {
        char name[4];
        unsigned byte = attndyn_alphabet_byte(c);
        if (byte < 256)
            attndyn_piece_table_find(&codec->pieces, name, attndyn_utf8_encode(c, name),
                                     &codec->byte_id[byte]);
    }
    for (unsigned byte = 0; !byte_level && byte < 256; byte++) {
        char name[8];
        snprintf(name, sizeof name, "<0x%02X>", byte);
        attndyn_piece_table_find(&codec->pieces, name, 6, &codec->byte_id[byte]);
    }
}

enum attndyn_status attndyn_codec_take_merge(struct attndyn_context *ctx, const char *left,
                                             size_t left_length, const char *right,
                                             size_t right_length, uint32_t rank, const char *origin,
                                             struct attndyn_codec *codec) {
    struct attndyn_pair pair = {.rank = rank};
    char both[2 * ATTNDYN_LONGEST_PIECE];
    const struct attndyn_piece_table *pieces = &codec->pieces;
    bool fits = left_length + right_length <= pieces->longest;
    if (fits) {
        memcpy(both, left, left_length);
        memcpy(both + left_length, right, right_length);
    }
    if (fits && attndyn_piece_table_find(pieces, left, left_length, &pair.left) &&
        attndyn_piece_table_find(pieces, right, right_length, &pair.right) &&
        attndyn_piece_table_find(pieces, both, left_length + right_length, &pair.id)) {
        attndyn_pair_table_set(&codec->pairs, pair);
        return ATTNDYN_OK;
    }
    return BAD(ctx,
               "%s: merge %u, '%.*s' and '%.*s': they, or what they make, are not in the "
               "vocabulary: do the two belong together?",
               origin, rank + 1, (int)(left_length < 60 ? left_length : 60), left,
               (int)(right_length < 60 ? right_length : 60), right);
}

enum attndyn_status attndyn_codec_take_added(struct attndyn_context *ctx,
                                             const struct attndyn_added_token *token,
                                             const char *origin, struct attndyn_codec *codec) {
    struct attndyn_codec_token *t = &codec->token[token->id];
    struct attndyn_added_tokens *list = token->normalised ? &codec->normalised : &codec->raw;
    uint32_t known;
    if (attndyn_piece_table_find(&codec->pieces, token->content, token->length, &known) &&
        known != token->id)
        return BAD(ctx, "%s: the added token '%.60s' has id %u, and %u in the vocabulary", origin,
                   token->content, token->id, known);
    if (!t->piece) {
        *t = (struct attndyn_codec_token){.piece = token->content,
                                          .bytes = token->content,
                                          .piece_length = (uint32_t)token->length,
                                          .length = (uint32_t)token->length,
                                          .order = ATTNDYN_ID_NONE};
    } else if (t->piece_length != token->length ||
               memcmp(t->piece, token->content, token->length) != 0) {
        return BAD(ctx, "%s: the added token '%.60s' has id %u, which is that of '%.60s'", origin,
                   token->content, token->id, t->piece);
    }
    /* An added token matches its literal text, not its form in the byte alphabet. */
    t->bytes = token->content, t->length = (uint32_t)token->length;
    t->special = token->special;
    if (t->added)
        return BAD(ctx, "%s: the added token '%.60s' is there twice", origin, token->content);
    t->added = true;
    list->token[list->count++] = *token;
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ vocab.json + merges.txt */

/* Lines of "left right"; the first may be "#version: ...". */
static enum attndyn_status read_merges(struct attndyn_context *ctx, const char *text, size_t length,
                                       const char *origin, struct attndyn_codec *codec) {
    size_t lines = 1, line = 0;
    uint32_t rank = 0;
    for (size_t i = 0; i < length; i++) lines += text[i] == '\n';
    ATTNDYN_TRY(attndyn_pair_table_init(ctx, &codec->pairs, lines));
    for (size_t at = 0, next; at < length; at = next) {
        const char *start = text + at, *end = memchr(start, '\n', length - at);
        size_t size = end ? (size_t)(end - start) : length - at;
        next = at + size + 1;
        line++;
        if (size && start[size - 1] == '\r') size--;
        if (size == 0 || (size >= 8 && memcmp(start, "#version", 8) == 0)) continue;
        const char *blank = memchr(start, ' ', size);
        size_t left = blank ? (size_t)(blank - start) : 0;
        if (left == 0 || left + 1 >= size || memchr(blank + 1, ' ', size - left - 1))
            return BAD(ctx, "%s:%zu: expected two pieces with a blank between them", origin, line);
        ATTNDYN_TRY(attndyn_codec_take_merge(ctx, start, left, blank + 1, size - left - 1, rank++,
                                             origin, codec));
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_codec_parse_vocab_merges(struct attndyn_context *ctx, const char *vocab,
                                                     size_t vocab_length, const char *merges,
                                                     size_t merges_length, const char *origin,
                                                     const char *merges_origin,
                                                     struct attndyn_codec *codec) {
    json_t *root;
    codec->kind = ATTNDYN_CODEC_BYTE_PAIRS;
    codec->cut[codec->cuts++] = ATTNDYN_CUT_GPT2;
    ATTNDYN_TRY(attndyn_json_parse(ctx, vocab, vocab_length, DEEPEST_VOCAB, origin, &root));
    enum attndyn_status status =
        attndyn_codec_take_vocab(ctx, root, true, ATTNDYN_ID_NONE, origin, codec);
    json_decref(root);
    ATTNDYN_TRY(status);
    attndyn_codec_take_bytes(codec, true);
    ATTNDYN_TRY(read_merges(ctx, merges, merges_length, merges_origin, codec));
    codec->describe = attndyn_format(ctx, "byte pairs of %zu tokens, %.500s", codec->size, origin);
    return codec->describe ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

enum attndyn_status attndyn_codec_read_vocab_merges(struct attndyn_context *ctx, const char *vocab,
                                                    const char *merges,
                                                    struct attndyn_codec *codec) {
    char *vocab_text, *merges_text;
    size_t vocab_length, merges_length;
    ATTNDYN_TRY(attndyn_file_read(ctx, vocab, &vocab_text, &vocab_length));
    ATTNDYN_TRY(attndyn_file_read(ctx, merges, &merges_text, &merges_length));
    ATTNDYN_TRY(attndyn_codec_parse_vocab_merges(ctx, vocab_text, vocab_length, merges_text,
                                                 merges_length, vocab, merges, codec));
    attndyn_free(ctx, vocab_text);
    attndyn_free(ctx, merges_text);
    return ATTNDYN_OK;
}
