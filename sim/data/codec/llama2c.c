/* tokenizer.bin of llama2.c: the length of the longest piece (int32), then for every piece its
 * score (float32), its length (int32) and its bytes; all little-endian. The file does not say how
 * many there are (the network knows), so all of it is read. Ids 1 and 2 begin and end a text,
 * 3..258 are bytes. */
#include "codec_private.h"

#include <stdio.h>
#include <string.h>

enum { BOS = 1, EOS = 2, FIRST_BYTE = 3, FIRST_PIECE = FIRST_BYTE + 256, LONGEST = 1 << 16 };

static uint32_t word_at(const char *bytes) {
    const unsigned char *b = (const unsigned char *)bytes;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Greater scores first; ATTNDYN_ID_NONE for what llama2.c never takes (no more than -1e10). */
static uint32_t order_of_score(uint32_t bits) {
    float score;
    memcpy(&score, &bits, sizeof score);
    if (!(score > -1e10f)) return ATTNDYN_ID_NONE;
    score += 0.0f; /* -0 is 0 */
    memcpy(&bits, &score, sizeof bits);
    return ~(bits >> 31 ? ~bits : bits | 0x80000000u);
}

/* Counts the pieces; ATTNDYN_NO_INPUT where the lengths do not end with the file. */
static enum attndyn_status count_pieces(struct attndyn_context *ctx, const char *bytes,
                                        size_t length, const char *origin, size_t *count) {
    size_t at = 4;
    uint32_t longest = length >= 4 ? word_at(bytes) : 0;
    for (*count = 0; length >= 4 && longest < LONGEST && at < length; ++*count) {
        if (length - at < 8) break;
        uint32_t size = word_at(bytes + at + 4);
        if (size > longest || size > length - at - 8) break;
        at += 8 + size;
    }
    if (at == length && *count >= FIRST_PIECE) return ATTNDYN_OK;
    return attndyn_fail(
        ctx, ATTNDYN_NO_INPUT,
        "%s: damaged, or no tokenizer.bin of llama2.c: after piece %zu, at byte %zu "
        "of %zu, expected a score, a length of at most %u and so many bytes, and "
        "%d pieces at least",
        origin, *count, at, length, longest, FIRST_PIECE);
}

static enum attndyn_status check_bytes(struct attndyn_context *ctx, const char *origin,
                                       const struct attndyn_codec *codec) {
    for (unsigned b = 0; b < 256; b++) {
        const struct attndyn_codec_token *t = &codec->token[FIRST_BYTE + b];
        char name[8];
        snprintf(name, sizeof name, "<0x%02X>", b);
        if (t->piece_length != 6 || memcmp(t->piece, name, 6) != 0)
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "%s: piece %u is '%.*s', expected %s: no tokenizer.bin of llama2.c",
                                origin, FIRST_BYTE + b, (int)t->piece_length, t->piece, name);
    }
    return ATTNDYN_OK;
}

static bool cuts_at_blank(const struct attndyn_codec *codec) {
    for (uint32_t id = 0; id < codec->size; id++) {
        const struct attndyn_codec_token *t = &codec->token[id];
        for (size_t i = 1; i < t->piece_length; i++)
            if (t->piece[i] == ' ' && t->piece[i - 1] != ' ') return false;
    }
    return true;
}

enum attndyn_status attndyn_codec_parse_llama2c(struct attndyn_context *ctx, const char *bytes,
                                                size_t length, const char *origin,
                                                struct attndyn_codec *codec) {
    ATTNDYN_TRY(count_pieces(ctx, bytes, length, origin, &codec->size));
    codec->kind = ATTNDYN_CODEC_LLAMA2C;
    ATTNDYN_ALLOC(ctx, codec->token, codec->size);
    ATTNDYN_TRY(attndyn_piece_table_init(ctx, &codec->pieces, codec->size));
    size_t at = 4;
    for (uint32_t id = 0; id < codec->size; id++) {
        struct attndyn_codec_token *t = &codec->token[id];
        t->order = order_of_score(word_at(bytes + at));
        t->piece_length = t->length = word_at(bytes + at + 4);
        t->piece = t->bytes = bytes + at + 8;
        at += 8 + t->piece_length;
        /* llama2.c looks pieces up as C strings, of which the empty one is never met. If pieces are
         * equal its search may find any of them; here it is the first. */
        if (t->piece_length > 0 && !memchr(t->piece, '\0', t->piece_length))
            attndyn_piece_table_add(&codec->pieces, t->piece, t->piece_length, id);
    }
    ATTNDYN_TRY(check_bytes(ctx, origin, codec));
    char *single;
    ATTNDYN_ALLOC(ctx, single, 256);
    for (unsigned b = 0; b < 256; b++) {
        struct attndyn_codec_token *t = &codec->token[FIRST_BYTE + b];
        single[b] = (char)b;
        t->bytes = single + b, t->length = 1;
        codec->byte_id[b] = FIRST_BYTE + b;
    }
    codec->byte_fallback = true;
    codec->token[BOS].special = codec->token[EOS].special = true;
    codec->bos = BOS, codec->eos = EOS, codec->bos_default = true;
    codec->strips_first = true;
    codec->cuts_at_blank = cuts_at_blank(codec);
    codec->describe =
        attndyn_format(ctx, "llama2.c tokenizer of %zu pieces, %.500s", codec->size, origin);
    return codec->describe ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}
