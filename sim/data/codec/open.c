/* Which file is a tokenizer, and of which kind. */
#include "config_json_private.h"

#include "../../base/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char vocab_name[] = "vocab.json", merges_name[] = "merges.txt";

static bool is_file(const char *path) {
    struct stat is;
    return stat(path, &is) == 0 && !S_ISDIR(is.st_mode);
}

static bool is_folder(const char *path) {
    struct stat is;
    return stat(path, &is) == 0 && S_ISDIR(is.st_mode);
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

/* The folder that a file lies in. */
static char *folder_of(struct attndyn_context *ctx, const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash) return attndyn_strdup(ctx, ".");
    return attndyn_format(ctx, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* path with another end: gpt2-vocab.json -> gpt2-merges.txt */
static char *partner(struct attndyn_context *ctx, const char *path, const char *end,
                     const char *other) {
    return attndyn_format(ctx, "%.*s%s", (int)(strlen(path) - strlen(end)), path, other);
}

/* ------------------------------------------------------------------ files */

enum kind { JSON, MERGES, SENTENCEPIECE, LLAMA2C };

static enum kind kind_of(const char *path, const char *bytes, size_t length) {
    size_t at = 0;
    if (ends_with(path, merges_name) || (length >= 8 && memcmp(bytes, "#version", 8) == 0))
        return MERGES;
    /* A ModelProto begins with the tag of field 1, byte 10, which is also a line end; a
     * tokenizer.bin may begin with the length 10. */
    bool length_of_10 = length >= 4 && memcmp(bytes, "\n\0\0\0", 4) == 0;
    if (length && bytes[0] == '\n' && !length_of_10) return SENTENCEPIECE;
    while (at < length && strchr(" \t\r\n", bytes[at]) && bytes[at]) at++;
    return at < length && bytes[at] == '{' ? JSON : LLAMA2C;
}

/* A JSON file is a whole tokenizer, or a vocabulary that has its merges beside it. */
static bool is_vocabulary(const char *path, const char *bytes) {
    return ends_with(path, vocab_name) || !strstr(bytes, "\"model\"");
}

static enum attndyn_status open_pair(struct attndyn_context *ctx, const char *vocab,
                                     const char *merges, struct attndyn_codec *codec) {
    if (!is_file(vocab) || !is_file(merges))
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: expected %s beside it",
                            is_file(vocab) ? vocab : merges, is_file(vocab) ? merges : vocab);
    return attndyn_codec_read_vocab_merges(ctx, vocab, merges, codec);
}

static enum attndyn_status open_merges(struct attndyn_context *ctx, const char *path,
                                       struct attndyn_codec *codec) {
    if (!ends_with(path, merges_name))
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "%s: merges whose vocabulary cannot be found: expected names that end "
                            "with vocab.json and merges.txt",
                            path);
    char *vocab = partner(ctx, path, merges_name, vocab_name);
    if (!vocab) return ATTNDYN_NO_MEMORY;
    return open_pair(ctx, vocab, path, codec);
}

static enum attndyn_status open_json(struct attndyn_context *ctx, const char *path,
                                     const char *bytes, size_t length, bool *plain,
                                     struct attndyn_codec *codec) {
    if (!is_vocabulary(path, bytes))
        return attndyn_codec_parse_json(ctx, bytes, length, path, codec);
    *plain = true;
    if (!ends_with(path, vocab_name))
        return attndyn_fail(
            ctx, ATTNDYN_NO_INPUT,
            "%s: JSON without a \"model\", which is no tokenizer.json, and not named "
            "as a vocabulary: expected vocab.json beside merges.txt",
            path);
    char *merges = partner(ctx, path, vocab_name, merges_name);
    if (!merges) return ATTNDYN_NO_MEMORY;
    return open_pair(ctx, path, merges, codec);
}

static enum attndyn_status open_file(struct attndyn_context *ctx, const char *path,
                                     struct attndyn_codec *codec) {
    char *bytes;
    size_t length;
    bool plain = false;
    enum attndyn_status status = ATTNDYN_OK;
    /* The bytes stay: pieces point into them. */
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &bytes, &length));
    switch (kind_of(path, bytes, length)) {
    case JSON:
        status = open_json(ctx, path, bytes, length, &plain, codec);
        attndyn_free(ctx, bytes);
        break;
    case MERGES:
        plain = true;
        attndyn_free(ctx, bytes);
        status = open_merges(ctx, path, codec);
        break;
    case SENTENCEPIECE:
        status = attndyn_codec_parse_sentencepiece(ctx, bytes, length, path, codec);
        break;
    case LLAMA2C:
        status = attndyn_codec_parse_llama2c(ctx, bytes, length, path, codec);
        break;
    }
    ATTNDYN_TRY(status);
    char *folder = folder_of(ctx, path);
    if (!folder) return ATTNDYN_NO_MEMORY;
    return attndyn_codec_configure(ctx, folder, plain, codec);
}

/* ------------------------------------------------------------------ folders */

/* The only name in a folder that begins and ends so (and has its partner, where one is asked for).
 * *name: NULL if there is none or more than one. */
static enum attndyn_status only_one(struct attndyn_context *ctx, const char *folder,
                                    const char *begin, const char *end, const char *other,
                                    char **name) {
    char **paths;
    size_t count, found = 0;
    *name = NULL;
    ATTNDYN_TRY(attndyn_folder_files(ctx, folder, end, &paths, &count));
    for (size_t i = 0; i < count; i++) {
        const char *here = strrchr(paths[i], '/') + 1;
        if (strncmp(here, begin, strlen(begin)) != 0 || strlen(here) < strlen(begin) + strlen(end))
            continue;
        char *pair = other ? partner(ctx, paths[i], end, other) : paths[i];
        if (!pair) return ATTNDYN_NO_MEMORY;
        if (!is_file(pair)) continue;
        found++;
        *name = paths[i];
    }
    if (found != 1) *name = NULL;
    return ATTNDYN_OK;
}

static enum attndyn_status open_folder(struct attndyn_context *ctx, const char *folder,
                                       struct attndyn_codec *codec) {
    char *json = attndyn_format(ctx, "%s/tokenizer.json", folder);
    char *vocab = attndyn_format(ctx, "%s/%s", folder, vocab_name), *found;
    char *model = attndyn_format(ctx, "%s/tokenizer.model", folder);
    char *bin = attndyn_format(ctx, "%s/tokenizer.bin", folder);
    if (!json || !vocab || !model || !bin) return ATTNDYN_NO_MEMORY;
    if (is_file(json)) return open_file(ctx, json, codec);
    if (is_file(vocab)) return open_file(ctx, vocab, codec);
    ATTNDYN_TRY(only_one(ctx, folder, "", vocab_name, merges_name, &found));
    if (found) return open_file(ctx, found, codec);
    if (is_file(model)) return open_file(ctx, model, codec);
    if (is_file(bin)) return open_file(ctx, bin, codec);
    ATTNDYN_TRY(only_one(ctx, folder, "tok", ".bin", NULL, &found));
    if (found) return open_file(ctx, found, codec);
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                        "%s: no tokenizer there: expected tokenizer.json, vocab.json with "
                        "merges.txt, tokenizer.model, tokenizer.bin or a single tok*.bin; or name "
                        "one by tokenizer=FILE",
                        folder);
}

/* ------------------------------------------------------------------ names */

static enum attndyn_status open_bytes(struct attndyn_context *ctx, struct attndyn_codec *codec) {
    char *single;
    ATTNDYN_ALLOC(ctx, single, 256);
    codec->kind = ATTNDYN_CODEC_BYTE;
    codec->size = 256;
    ATTNDYN_ALLOC(ctx, codec->token, codec->size);
    for (uint32_t b = 0; b < 256; b++) {
        single[b] = (char)b;
        codec->token[b] = (struct attndyn_codec_token){.piece = single + b,
                                                       .bytes = single + b,
                                                       .piece_length = 1,
                                                       .length = 1,
                                                       .order = ATTNDYN_ID_NONE};
        codec->byte_id[b] = b;
    }
    codec->describe = "bytes, 256 of them";
    return ATTNDYN_OK;
}

static bool learns(const char *name) {
    static const char *const names[] = {"basic_english", "word", "word_eos", "character"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

enum attndyn_status attndyn_codec_create(struct attndyn_context *ctx,
                                         struct attndyn_codec **codec) {
    ATTNDYN_ALLOC(ctx, *codec, 1);
    (*codec)->unknown = (*codec)->bos = (*codec)->eos = ATTNDYN_ID_NONE;
    for (size_t i = 0; i < 256; i++) (*codec)->byte_id[i] = ATTNDYN_ID_NONE;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_codec_open(struct attndyn_context *ctx, const char *where,
                                       struct attndyn_codec **codec) {
    ATTNDYN_TRY(attndyn_codec_create(ctx, codec));
    if (strcmp(where, "byte") == 0) return open_bytes(ctx, *codec);
    if (learns(where))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "tokenizer=%s learns its vocabulary from a text, and has none to be "
                            "used with: expected byte, a file or a folder",
                            where);
    if (is_folder(where)) return open_folder(ctx, where, *codec);
    if (!is_file(where))
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "tokenizer=%s: no such file or folder: expected one, or byte", where);
    return open_file(ctx, where, *codec);
}

enum attndyn_status attndyn_codec_open_beside(struct attndyn_context *ctx, const char *model,
                                              struct attndyn_codec **codec) {
    if (is_folder(model)) return attndyn_codec_open(ctx, model, codec);
    if (!is_file(model))
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: no such file or folder", model);
    char *folder = folder_of(ctx, model);
    if (!folder) return ATTNDYN_NO_MEMORY;
    return attndyn_codec_open(ctx, folder, codec);
}
