#include "codec_fixtures.h"

#include "sim/base/file.h"
#include "sim/base/json_private.h"
#include "sim/data/corpus.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned digit(char c) {
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

struct codec_texts {
    size_t count;
    char **text; /* bytes, NUL-terminated */
    size_t *length;
};
/* The hard texts; owned by ctx. */
static void codec_texts_read(struct attndyn_context *ctx, struct codec_texts *texts) {
    char *lines;
    size_t length;
    assert_ok(ctx, attndyn_file_read(ctx, CODEC_FIXTURES "texts.txt", &lines, &length));
    *texts = (struct codec_texts){0};
    for (size_t i = 0; i < length; i++) texts->count += lines[i] == '\n';
    ck_assert_uint_ge(texts->count, 250);
    texts->text = ATTNDYN_NEW(ctx, char *, texts->count);
    texts->length = ATTNDYN_NEW(ctx, size_t, texts->count);
    for (size_t i = 0; i < texts->count; i++) {
        size_t size = strcspn(lines, "\n") / 2;
        texts->text[i] = ATTNDYN_NEW(ctx, char, size + 1);
        texts->length[i] = size;
        for (size_t b = 0; b < size; b++)
            texts->text[i][b] = (char)(16 * digit(lines[2 * b]) + digit(lines[2 * b + 1]));
        lines += 2 * size + 1;
    }
}

static const char *shown(struct attndyn_context *ctx, const struct attndyn_tokens *tokens) {
    char *text = attndyn_strdup(ctx, "");
    for (size_t i = 0; i < tokens->length; i++)
        text = attndyn_format(ctx, "%s%s%u", text, i ? " " : "", tokens->id[i]);
    return text;
}

void codec_assert_ids(struct attndyn_context *ctx, const struct attndyn_codec *codec,
                      const char *name) {
    struct codec_texts texts;
    char *lines;
    size_t length, judged = 0;
    codec_texts_read(ctx, &texts);
    const char *path = attndyn_format(ctx, CODEC_FIXTURES "%s.ids", name);
    assert_ok(ctx, attndyn_file_read(ctx, path, &lines, &length));
    for (size_t i = 0; i < texts.count; i++) {
        struct attndyn_tokens tokens = {0};
        size_t size = strcspn(lines, "\n");
        ck_assert_msg(lines[size] == '\n', "%s: fewer lines than texts", path);
        lines[size] = '\0';
        enum attndyn_status status = attndyn_codec_encode(
            ctx, codec, texts.text[i], texts.length[i], ATTNDYN_BOS_FALSE, &tokens);
        if (strcmp(lines, "refused") == 0) {
            ck_assert_int_eq(status, ATTNDYN_NO_INPUT);
            ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "no token for the byte 0x"));
        } else if (strcmp(lines, "unknown") != 0) {
            assert_ok(ctx, status);
            ck_assert_msg(strcmp(shown(ctx, &tokens), lines) == 0,
                          "%s:%zu: text %s: %s, expected %s", path, i + 1, texts.text[i],
                          shown(ctx, &tokens), lines);
            judged++;
        }
        lines += size + 1;
    }
    ck_assert_uint_ge(judged, 200);
}

size_t codec_assert_round_trip(struct attndyn_context *ctx, const struct attndyn_codec *codec,
                               bool all) {
    struct codec_texts texts;
    size_t count = 0;
    codec_texts_read(ctx, &texts);
    for (size_t i = 0; i < texts.count; i++) {
        struct attndyn_tokens tokens = {0};
        struct attndyn_codec_stream stream = {0};
        char *back, *plain;
        size_t length, plain_length, at = 0;
        const char *text = texts.text[i];
        if (!all && attndyn_utf8_valid_prefix(text, texts.length[i]) < texts.length[i]) continue;
        assert_ok(ctx, attndyn_codec_encode(ctx, codec, text, texts.length[i], ATTNDYN_BOS_FALSE,
                                            &tokens));
        assert_ok(ctx,
                  attndyn_codec_decode(ctx, codec, tokens.id, tokens.length, true, &back, &length));
        ck_assert_msg(length == texts.length[i] && memcmp(back, text, length) == 0,
                      "text %zu: '%s' came back as '%s'", i + 1, text, back);
        /* Piece by piece: what decoding gives without the special tokens. */
        assert_ok(ctx, attndyn_codec_decode(ctx, codec, tokens.id, tokens.length, false, &plain,
                                            &plain_length));
        for (size_t k = 0; k < tokens.length; k++) {
            size_t size;
            const char *piece = attndyn_codec_next(codec, &stream, tokens.id[k], &size);
            ck_assert(at + size <= plain_length && memcmp(plain + at, piece, size) == 0);
            at += size;
        }
        ck_assert_uint_eq(at, plain_length);
        count++;
    }
    return count;
}

static json_t *load(const char *path) {
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    ck_assert_msg(root != NULL, "%s: %s", path, error.text);
    return root;
}

char *codec_variant(struct attndyn_context *ctx, const char *name, size_t *length) {
    json_t *variants = load(CODEC_FIXTURES "variants.json"), *value;
    json_t *change = json_object_get(variants, name);
    ck_assert_msg(change != NULL, "no variant %s", name);
    const char *of = json_string_value(json_object_get(change, "of")), *key;
    json_t *root = load(attndyn_format(ctx, CODEC_FIXTURES "%s.json", of ? of : "base"));
    json_object_foreach(change, key, value) {
        if (strcmp(key, "model") == 0)
            json_object_update(json_object_get(root, key), value);
        else if (strcmp(key, "of") != 0)
            json_object_set(root, key, value);
    }
    json_decref(variants);
    char *text = attndyn_json_text(ctx, root, JSON_COMPACT, length);
    ck_assert_ptr_nonnull(text);
    return text;
}
