/* Text to ids: added tokens, normaliser, words, merges. */
#include "codec_private.h"

#include "../../base/file.h"
#include "../../base/hash.h"

#include <string.h>

/* Words of at most this many bytes are kept with their ids, so many of them. */
enum { KEPT_BYTES = 48, KEPT_WORDS = 1 << 15, KEPT_SLOTS = 2 * KEPT_WORDS, KEPT_FROM = 2048 };
static const char blank_mark[] = "\xE2\x96\x81";
enum { MARK = sizeof blank_mark - 1 };

struct kept {
    uint64_t hash;
    size_t word, ids; /* where they begin in the pools */
    uint32_t length, count;
};

struct encoder {
    struct attndyn_context *ctx;
    const struct attndyn_codec *codec;
    struct attndyn_tokens *out;
    struct attndyn_merger merger;
    struct attndyn_bytes form[2], rewritten[ATTNDYN_CUTS];
    struct kept *kept; /* (KEPT_SLOTS), length 0 = free; NULL: a short text */
    size_t n_kept;
    struct attndyn_bytes kept_words;
    struct attndyn_tokens kept_ids;
    bool after_unknown; /* whether the last id is of an unknown piece of this text */
    bool at_start;      /* nothing of the text was taken yet */
    bool own_blank;     /* llama2.c: the word at hand begins with the blank put in front */
};

/* ------------------------------------------------------------------ symbols and their merges */

static bool join_by_rank(const void *rules, const char *word, const struct attndyn_symbol *left,
                         const struct attndyn_symbol *right, uint32_t *id, uint32_t *order) {
    const struct attndyn_codec *codec = rules;
    const struct attndyn_pair *p = attndyn_pair_table_find(&codec->pairs, left->id, right->id);
    (void)word;
    if (!p) return false;
    *id = p->id, *order = p->rank;
    return true;
}

static bool join_by_score(const void *rules, const char *word, const struct attndyn_symbol *left,
                          const struct attndyn_symbol *right, uint32_t *id, uint32_t *order) {
    const struct attndyn_codec *codec = rules;
    if (!attndyn_piece_table_find(&codec->pieces, word + left->begin,
                                  (size_t)left->length + right->length, id))
        return false;
    *order = codec->token[*id].order;
    return *order != ATTNDYN_ID_NONE;
}

static enum attndyn_status symbol(struct encoder *e, size_t begin, size_t length, uint32_t id,
                                  bool frozen) {
    struct attndyn_symbol s = {
        .begin = (uint32_t)begin, .length = (uint32_t)length, .id = id, .frozen = frozen};
    return attndyn_merger_symbol(e->ctx, &e->merger, s);
}

static enum attndyn_status symbols_of_bytes(struct encoder *e, const char *word, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned byte = (unsigned char)word[i];
        uint32_t id = e->codec->byte_id[byte];
        if (id == ATTNDYN_ID_NONE) id = e->codec->unknown;
        if (id == ATTNDYN_ID_NONE)
            return attndyn_fail(e->ctx, ATTNDYN_NO_INPUT,
                                "the tokenizer has no token for the byte 0x%02X, and none for what "
                                "is unknown",
                                byte);
        ATTNDYN_TRY(symbol(e, i, 1, id, false));
    }
    return ATTNDYN_OK;
}

/* Bytes of an unknown code point: never merged. */
static enum attndyn_status symbols_of_fallback(struct encoder *e, const char *word, size_t begin,
                                               size_t length) {
    for (size_t i = begin; i < begin + length; i++)
        ATTNDYN_TRY(symbol(e, i, 1, e->codec->byte_id[(unsigned char)word[i]], true));
    return ATTNDYN_OK;
}

static enum attndyn_status no_token_for(struct encoder *e, const char *bytes, size_t length) {
    return attndyn_fail(e->ctx, ATTNDYN_NO_INPUT,
                        "the tokenizer has no token for '%.*s', no bytes to write it with, and "
                        "none for what is unknown",
                        (int)length, bytes);
}

/* Ranked pairs of code points. Unknown ones that follow each other are one where the file says
 * so. */
static enum attndyn_status symbols_of_characters(struct encoder *e, const char *word,
                                                 size_t length) {
    const struct attndyn_codec *codec = e->codec;
    size_t step;
    for (size_t at = 0; at < length; at += step) {
        uint32_t c, id;
        step = attndyn_code_point(word + at, length - at, &c);
        if (attndyn_piece_table_find(&codec->pieces, word + at, step, &id)) {
            ATTNDYN_TRY(symbol(e, at, step, id, false));
        } else if (codec->byte_fallback) {
            ATTNDYN_TRY(symbols_of_fallback(e, word, at, step));
        } else if (codec->unknown == ATTNDYN_ID_NONE) {
            return no_token_for(e, word + at, step);
        } else {
            struct attndyn_symbol *last =
                e->merger.n_symbols ? &e->merger.symbol[e->merger.n_symbols - 1] : NULL;
            if (codec->fuse_unknown && last && last->id == codec->unknown)
                last->length += (uint32_t)step;
            else
                ATTNDYN_TRY(symbol(e, at, step, codec->unknown, false));
        }
    }
    return ATTNDYN_OK;
}

/* SentencePiece: symbols of the model's own first, then code points, known or not. */
static enum attndyn_status symbols_of_pieces(struct encoder *e, const char *word, size_t length) {
    const struct attndyn_codec *codec = e->codec;
    size_t step;
    for (size_t at = 0; at < length; at += step) {
        uint32_t c, id = ATTNDYN_ID_NONE;
        const struct attndyn_added_token *own =
            attndyn_added_longest(&codec->user, word + at, length - at);
        step = own ? own->length : attndyn_code_point(word + at, length - at, &c);
        if (own)
            id = own->id;
        else if (!attndyn_piece_table_find(&codec->pieces, word + at, step, &id))
            id = ATTNDYN_ID_NONE;
        ATTNDYN_TRY(symbol(e, at, step, id, own != NULL));
    }
    return ATTNDYN_OK;
}

/* llama2.c: a byte and at most three continuation bytes behind it; what is no piece is bytes at
 * once, which the names of their tokens keep from merging. */
static enum attndyn_status symbols_of_llama2c(struct encoder *e, const char *word, size_t length) {
    size_t step;
    for (size_t at = 0; at < length; at += step) {
        uint32_t id;
        step = 1;
        if (at > 0 || !e->own_blank)
            while (step < 4 && at + step < length && (word[at + step] & 0xC0) == 0x80) step++;
        if (attndyn_piece_table_find(&e->codec->pieces, word + at, step, &id))
            ATTNDYN_TRY(symbol(e, at, step, id, false));
        else
            ATTNDYN_TRY(symbols_of_fallback(e, word, at, step));
    }
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ words */

/* An id of the text. Unknown pieces that follow each other are one in SentencePiece. */
static enum attndyn_status give(struct encoder *e, uint32_t id, bool unknown) {
    if (unknown && e->after_unknown && e->codec->kind == ATTNDYN_CODEC_SENTENCEPIECE)
        return ATTNDYN_OK;
    e->after_unknown = unknown;
    e->out->unknown += unknown;
    return attndyn_tokens_append(e->ctx, e->out, id);
}

static enum attndyn_status give_symbols(struct encoder *e, const char *word) {
    const struct attndyn_codec *codec = e->codec;
    for (uint32_t i = 0; i != ATTNDYN_ID_NONE; i = e->merger.symbol[i].next) {
        const struct attndyn_symbol *s = &e->merger.symbol[i];
        if (s->id != ATTNDYN_ID_NONE) {
            ATTNDYN_TRY(give(e, s->id, s->id == codec->unknown));
        } else if (codec->byte_fallback) {
            for (uint32_t b = 0; b < s->length; b++)
                ATTNDYN_TRY(give(e, codec->byte_id[(unsigned char)word[s->begin + b]], false));
        } else if (codec->unknown == ATTNDYN_ID_NONE) {
            return no_token_for(e, word + s->begin, s->length);
        } else {
            ATTNDYN_TRY(give(e, codec->unknown, true));
        }
    }
    return ATTNDYN_OK;
}

static enum attndyn_status merge_word(struct encoder *e, const char *word, size_t length) {
    enum attndyn_status status = ATTNDYN_OK;
    uint32_t id;
    e->merger.n_symbols = 0;
    if (e->codec->whole_words && attndyn_piece_table_find(&e->codec->words, word, length, &id))
        return give(e, id, false);
    switch (e->codec->kind) {
    case ATTNDYN_CODEC_BYTE:
    case ATTNDYN_CODEC_BYTE_PAIRS:
        status = symbols_of_bytes(e, word, length);
        break;
    case ATTNDYN_CODEC_CHARACTER_PAIRS:
        status = symbols_of_characters(e, word, length);
        break;
    case ATTNDYN_CODEC_SENTENCEPIECE:
        status = symbols_of_pieces(e, word, length);
        break;
    case ATTNDYN_CODEC_LLAMA2C:
        status = symbols_of_llama2c(e, word, length);
        break;
    }
    ATTNDYN_TRY(status);
    bool scored = e->codec->kind >= ATTNDYN_CODEC_SENTENCEPIECE;
    ATTNDYN_TRY(attndyn_merger_run(e->ctx, &e->merger, scored ? join_by_score : join_by_rank,
                                   e->codec, word));
    return give_symbols(e, word);
}

static struct kept *kept_slot(const struct encoder *e, const char *word, size_t length,
                              uint64_t hash) {
    for (size_t at = (size_t)(hash ^ hash >> 32);; at++) {
        struct kept *k = &e->kept[at & (KEPT_SLOTS - 1)];
        if (!k->length || (k->hash == hash && k->length == length &&
                           memcmp(e->kept_words.bytes + k->word, word, length) == 0))
            return k;
    }
}

/* One word: the same bytes give the same ids, so that they are worked out once. */
static enum attndyn_status encode_word(struct encoder *e, const char *word, size_t length) {
    if (length == 0) return ATTNDYN_OK;
    if (length >= UINT32_MAX)
        return attndyn_fail(e->ctx, ATTNDYN_USAGE, "a word of %zu bytes: expected less than 4 GB",
                            length);
    ATTNDYN_TRY(attndyn_check_interrupt(e->ctx));
    e->at_start = false;
    if (!e->kept || e->own_blank || length > KEPT_BYTES) {
        ATTNDYN_TRY(merge_word(e, word, length));
        e->own_blank = false;
        return ATTNDYN_OK;
    }
    uint64_t hash = attndyn_hash_bytes(attndyn_hash_start, word, length);
    struct kept *k = kept_slot(e, word, length, hash);
    if (k->length) {
        for (uint32_t i = 0; i < k->count; i++) {
            uint32_t id = e->kept_ids.id[k->ids + i];
            ATTNDYN_TRY(give(e, id, id == e->codec->unknown));
        }
        return ATTNDYN_OK;
    }
    size_t before = e->out->length;
    bool joined = e->after_unknown; /* the first id may then be missing */
    ATTNDYN_TRY(merge_word(e, word, length));
    if (joined || e->n_kept == KEPT_WORDS) return ATTNDYN_OK;
    size_t at = e->kept_words.length;
    ATTNDYN_TRY(attndyn_bytes_append(e->ctx, &e->kept_words, word, length));
    *k = (struct kept){hash, at, e->kept_ids.length, (uint32_t)length,
                       (uint32_t)(e->out->length - before)};
    e->n_kept++;
    for (size_t i = before; i < e->out->length; i++)
        ATTNDYN_TRY(attndyn_tokens_append(e->ctx, &e->kept_ids, e->out->id[i]));
    return ATTNDYN_OK;
}

/* Splits a text whose blanks are marks: a mark after any other character begins a word. */
static enum attndyn_status encode_at_blanks(struct encoder *e, const char *text, size_t length,
                                            const char *mark, size_t size) {
    size_t start = 0;
    if (!e->codec->cuts_at_blank) return encode_word(e, text, length);
    for (size_t at = 0; at < length;) {
        bool here = length - at >= size && memcmp(text + at, mark, size) == 0;
        bool follows = at >= size && memcmp(text + at - size, mark, size) == 0;
        if (here && !follows && at > start) {
            ATTNDYN_TRY(encode_word(e, text + start, at - start));
            start = at;
        }
        at += here ? size : 1;
    }
    return encode_word(e, text + start, length - start);
}

/* ------------------------------------------------------------------ the steps of the
 * pre-tokenizer */

static bool starts_with(const char *text, size_t length, const char *with, size_t size) {
    return length >= size && memcmp(text, with, size) == 0;
}

/* The rewriting steps: a blank in front, or blanks as U+2581. Into e->rewritten[step]. */
static enum attndyn_status rewrite(struct encoder *e, size_t step, const char *text,
                                   size_t length) {
    struct attndyn_bytes *to = &e->rewritten[step];
    enum attndyn_cut cut = e->codec->cut[step];
    to->length = 0;
    if (cut == ATTNDYN_CUT_PREFIX) {
        if (text[0] != ' ') ATTNDYN_TRY(attndyn_bytes_append(e->ctx, to, " ", 1));
        return attndyn_bytes_append(e->ctx, to, text, length);
    }
    bool front = cut == ATTNDYN_CUT_META_ALWAYS || (cut == ATTNDYN_CUT_META_FIRST && e->at_start);
    if (front && text[0] != ' ' && !starts_with(text, length, blank_mark, MARK))
        ATTNDYN_TRY(attndyn_bytes_append(e->ctx, to, blank_mark, MARK));
    for (size_t i = 0; i < length; i++)
        ATTNDYN_TRY(text[i] == ' ' ? attndyn_bytes_append(e->ctx, to, blank_mark, MARK)
                                   : attndyn_bytes_append(e->ctx, to, text + i, 1));
    return ATTNDYN_OK;
}

static enum attndyn_status encode_cut(struct encoder *e, size_t step, const char *text,
                                      size_t length) {
    if (length == 0) return ATTNDYN_OK;
    if (step == e->codec->cuts)
        return e->codec->kind == ATTNDYN_CODEC_CHARACTER_PAIRS
                   ? encode_at_blanks(e, text, length, blank_mark, MARK)
                   : encode_word(e, text, length);
    enum attndyn_cut cut = e->codec->cut[step];
    if (cut >= ATTNDYN_CUT_META_FIRST && cut != ATTNDYN_CUT_META_WORDS) {
        ATTNDYN_TRY(rewrite(e, step, text, length));
        return encode_cut(e, step + 1, e->rewritten[step].bytes, e->rewritten[step].length);
    }
    for (size_t at = 0, end; at < length; at = end) {
        end = attndyn_word_end(cut, text, length, at);
        ATTNDYN_TRY(encode_cut(e, step + 1, text + at, end - at));
    }
    return ATTNDYN_OK;
}

/* Text between tokens that are looked for before the normaliser. */
static enum attndyn_status encode_raw(struct encoder *e, const char *text, size_t length) {
    struct attndyn_added_cursor cursor = {0};
    const char *normal;
    size_t normal_length, begin, end;
    uint32_t id;
    ATTNDYN_TRY(attndyn_normalise(e->ctx, &e->codec->normaliser, text, length, e->form, &normal,
                                  &normal_length));
    while (attndyn_added_next(&e->codec->normalised, normal, normal_length, &cursor, &begin, &end,
                              &id)) {
        if (id != ATTNDYN_ID_NONE)
            ATTNDYN_TRY(give(e, id, false));
        else
            ATTNDYN_TRY(encode_cut(e, 0, normal + begin, end - begin));
        e->at_start = false;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status encode_added(struct encoder *e, const char *text, size_t length) {
    struct attndyn_added_cursor cursor = {0};
    size_t begin, end;
    uint32_t id;
    while (attndyn_added_next(&e->codec->raw, text, length, &cursor, &begin, &end, &id)) {
        if (id != ATTNDYN_ID_NONE)
            ATTNDYN_TRY(give(e, id, false));
        else
            ATTNDYN_TRY(encode_raw(e, text + begin, end - begin));
        e->at_start = false;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status encode_text(struct encoder *e, const char *text, size_t length) {
    if (length == 0) return ATTNDYN_OK;
    struct attndyn_bytes *to = &e->form[0];
    switch (e->codec->kind) {
    case ATTNDYN_CODEC_SENTENCEPIECE:
        ATTNDYN_TRY(attndyn_codec_normalise_pieces(e->ctx, e->codec, text, length, to));
        return e->codec->escaped_blanks
                   ? encode_at_blanks(e, to->bytes, to->length, blank_mark, MARK)
                   : encode_at_blanks(e, to->bytes, to->length, " ", 1);
    case ATTNDYN_CODEC_LLAMA2C:
        e->own_blank = true;
        ATTNDYN_TRY(attndyn_bytes_append(e->ctx, to, " ", 1));
        ATTNDYN_TRY(attndyn_bytes_append(e->ctx, to, text, length));
        return encode_at_blanks(e, to->bytes, to->length, " ", 1);
    default:
        return encode_added(e, text, length);
    }
}

static void free_scratch(struct encoder *e) {
    attndyn_merger_free(e->ctx, &e->merger);
    for (size_t i = 0; i < 2; i++) attndyn_free(e->ctx, e->form[i].bytes);
    for (size_t i = 0; i < ATTNDYN_CUTS; i++) attndyn_free(e->ctx, e->rewritten[i].bytes);
    attndyn_free(e->ctx, e->kept);
    attndyn_free(e->ctx, e->kept_words.bytes);
    attndyn_free(e->ctx, e->kept_ids.id);
}

enum attndyn_status attndyn_codec_encode(struct attndyn_context *ctx,
                                         const struct attndyn_codec *codec, const char *text,
                                         size_t length, enum attndyn_bos bos,
                                         struct attndyn_tokens *tokens) {
    struct encoder e = {.ctx = ctx, .codec = codec, .out = tokens, .at_start = true};
    if (bos == ATTNDYN_BOS_TRUE || (bos == ATTNDYN_BOS_AUTO && codec->bos_default)) {
        if (codec->bos == ATTNDYN_ID_NONE)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "bos=true: %s has no id for the beginning of a text: use bos=false",
                                codec->describe);
        ATTNDYN_TRY(attndyn_tokens_append(ctx, tokens, codec->bos));
    }
    if (length > KEPT_FROM) ATTNDYN_ALLOC(ctx, e.kept, KEPT_SLOTS);
    ATTNDYN_TRY(encode_text(&e, text, length));
    free_scratch(&e);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_codec_read(struct attndyn_context *ctx,
                                       const struct attndyn_codec *codec, const char *path,
                                       enum attndyn_bos bos, struct attndyn_tokens *tokens) {
    char *text;
    size_t length;
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &text, &length));
    enum attndyn_status status = attndyn_codec_encode(ctx, codec, text, length, bos, tokens);
    if (status == ATTNDYN_NO_INPUT) return attndyn_fail_while(ctx, status, "%s", path);
    attndyn_free(ctx, text);
    return status;
}
