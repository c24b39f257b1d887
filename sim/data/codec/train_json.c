/* A trained vocabulary in the files of others. */
#include "../../base/file.h"
#include "../../base/json_private.h"
#include "alphabet_private.h"
#include "train.h"

#include <string.h>

/* A token as vocab.json writes it; the special one as it is. NULL: out of memory. */
static char *written(struct attndyn_context *ctx, const struct attndyn_bpe *bpe, uint32_t id) {
    const struct attndyn_bpe_token *t = &bpe->token[id];
    if (bpe->special && id == 0) return attndyn_strdup(ctx, bpe->special);
    char *text = attndyn_alloc(ctx, 2 * (size_t)t->length + 1, 1);
    if (text) attndyn_alphabet_write(t->bytes, t->length, text);
    return text;
}

static enum attndyn_status no_memory(struct attndyn_context *ctx, const char *path) {
    return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory while writing %s", path);
}

/* {"!": 0, ...} in the order of the ids; NULL: out of memory. */
static json_t *vocabulary(struct attndyn_context *ctx, const struct attndyn_bpe *bpe) {
    json_t *object = json_object();
    for (uint32_t id = 0; object && id < bpe->size; id++) {
        char *name = written(ctx, bpe, id);
        if (!name || json_object_set_new(object, name, json_integer(id)) != 0) {
            json_decref(object);
            object = NULL;
        }
        attndyn_free(ctx, name);
    }
    return object;
}

static char *merge_line(struct attndyn_context *ctx, const struct attndyn_bpe *bpe, size_t m) {
    char *left = written(ctx, bpe, bpe->merge[m].left);
    char *right = written(ctx, bpe, bpe->merge[m].right);
    char *line = left && right ? attndyn_format(ctx, "%s %s", left, right) : NULL;
    attndyn_free(ctx, left);
    attndyn_free(ctx, right);
    return line;
}

/* Takes the reference to root. */
static enum attndyn_status write_json(struct attndyn_context *ctx, json_t *root, size_t flags,
                                      const char *path) {
    struct attndyn_file file;
    size_t length;
    char *text = attndyn_json_text(ctx, root, flags, &length);
    if (!text) return no_memory(ctx, path);
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    fwrite(text, 1, length, file.stream);
    attndyn_free(ctx, text);
    return attndyn_file_commit(ctx, &file);
}

enum attndyn_status attndyn_bpe_write_pair(struct attndyn_context *ctx,
                                           const struct attndyn_bpe *bpe, const char *vocab,
                                           const char *merges) {
    struct attndyn_file file;
    ATTNDYN_TRY(write_json(ctx, vocabulary(ctx, bpe), JSON_COMPACT, vocab));
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, merges));
    fputs("#version: 0.2\n", file.stream);
    for (size_t m = 0; m < bpe->merges; m++) {
        char *line = merge_line(ctx, bpe, m);
        if (!line) {
            attndyn_file_abandon(&file);
            return no_memory(ctx, merges);
        }
        fprintf(file.stream, "%s\n", line);
        attndyn_free(ctx, line);
    }
    return attndyn_file_commit(ctx, &file);
}

static json_t *merge_list(struct attndyn_context *ctx, const struct attndyn_bpe *bpe) {
    json_t *list = json_array();
    for (size_t m = 0; list && m < bpe->merges; m++) {
        char *line = merge_line(ctx, bpe, m);
        if (!line || json_array_append_new(list, json_string(line)) != 0) {
            json_decref(list);
            list = NULL;
        }
        attndyn_free(ctx, line);
    }
    return list;
}

/* The one token that no merge makes. */
static json_t *added_list(const struct attndyn_bpe *bpe) {
    if (!bpe->special) return json_array();
    return json_pack("[{s:i, s:s, s:b, s:b, s:b, s:b, s:b}]", "id", 0, "content", bpe->special,
                     "single_word", 0, "lstrip", 0, "rstrip", 0, "normalized", 0, "special", 1);
}

/* The byte level as pre-tokenizer, post-processor and decoder. */
static json_t *byte_level(void) {
    return json_pack("{s:s, s:b, s:b, s:b}", "type", "ByteLevel", "add_prefix_space", 0,
                     "trim_offsets", 1, "use_regex", 1);
}

enum attndyn_status attndyn_bpe_write_json(struct attndyn_context *ctx,
                                           const struct attndyn_bpe *bpe, const char *path) {
    json_t *added = added_list(bpe), *pre = byte_level(), *post = byte_level();
    json_t *decoder = byte_level(), *vocab = vocabulary(ctx, bpe), *merges = merge_list(ctx, bpe);
    json_t *root = NULL;
    if (added && pre && post && decoder && vocab && merges)
        root = json_pack(
            "{s:s, s:n, s:n, s:O, s:n, s:O, s:O, s:O, s:{s:s, s:n, s:n, s:n, s:n, s:b, "
            "s:b, s:O, s:O}}",
            "version", "1.0", "truncation", "padding", "added_tokens", added, "normalizer",
            "pre_tokenizer", pre, "post_processor", post, "decoder", decoder, "model", "type",
            "BPE", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
            "fuse_unk", 0, "byte_fallback", 0, "vocab", vocab, "merges", merges);
    json_t *const parts[] = {added, pre, post, decoder, vocab, merges};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) json_decref(parts[i]);
    if (!root) return no_memory(ctx, path);
    return write_json(ctx, root, JSON_INDENT(1), path);
}
