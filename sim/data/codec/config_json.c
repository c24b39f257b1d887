#include "config_json_private.h"
#include "vocab_json_private.h"

#include "../../base/file.h"

#include <string.h>
#include <unistd.h>

enum { DEEPEST = 8, SPECIALS = 7 };

struct config {
    struct attndyn_context *ctx;
    struct attndyn_codec *codec;
    const char *origin; /* of the file at hand */
    bool plain;
    json_t *config, *map; /* or NULL */
};

/* A token is a string, or an object with its content. */
static const char *content_of(const json_t *token) {
    if (json_is_object(token)) token = json_object_get(token, "content");
    return json_string_value(token);
}

static const json_t *named(const struct config *c, const char *name) {
    const json_t *token = c->config ? json_object_get(c->config, name) : NULL;
    if (!content_of(token) && c->map) token = json_object_get(c->map, name);
    return content_of(token) ? token : NULL;
}

static bool find(const struct attndyn_codec *codec, const char *content, uint32_t *id) {
    return attndyn_codec_find_special(codec, content, id) ||
           attndyn_piece_table_find(&codec->pieces, content, strlen(content), id);
}

/* Looks for a token of a plain vocabulary in texts; what the vocabulary lacks, or what is looked
 * for already, is passed over. */
static enum attndyn_status mark_special(struct config *c, const json_t *token,
                                        const char *content) {
    struct attndyn_added_token t = {.special = true};
    if (!attndyn_piece_table_find(&c->codec->pieces, content, strlen(content), &t.id) ||
        c->codec->token[t.id].added)
        return ATTNDYN_OK;
    t.length = strlen(content);
    t.content = attndyn_codec_copy(c->ctx, content, t.length);
    if (!t.content) return ATTNDYN_NO_MEMORY;
    t.strip_left = json_is_true(json_object_get(token, "lstrip"));
    t.strip_right = json_is_true(json_object_get(token, "rstrip"));
    t.single_word = json_is_true(json_object_get(token, "single_word"));
    return attndyn_codec_take_added(c->ctx, &t, c->origin, c->codec);
}

/* The layout of OPT's vocabulary: <s>, <pad>, </s>, <unk> first, and </s> both begins and ends. */
static bool is_opt(const struct attndyn_codec *codec) {
    uint32_t pad, end;
    return attndyn_piece_table_find(&codec->pieces, "<pad>", 5, &pad) && pad == 1 &&
           attndyn_piece_table_find(&codec->pieces, "</s>", 4, &end) && end == 2;
}

/* Special tokens of a plain vocabulary: those that the files name, else those of GPT-2 or OPT. */
static enum attndyn_status take_specials(struct config *c) {
    static const char *const names[SPECIALS] = {"bos_token", "eos_token",  "unk_token", "pad_token",
                                                "sep_token", "mask_token", "cls_token"};
    struct attndyn_added_tokens *raw = &c->codec->raw;
    size_t found = 0;
    ATTNDYN_ALLOC(c->ctx, raw->token, SPECIALS);
    for (size_t i = 0; i < SPECIALS; i++) {
        const json_t *token = named(c, names[i]);
        if (!token) continue;
        found++;
        ATTNDYN_TRY(mark_special(c, token, content_of(token)));
    }
    if (!found && is_opt(c->codec)) {
        ATTNDYN_TRY(mark_special(c, NULL, "</s>"));
        ATTNDYN_TRY(mark_special(c, NULL, "<pad>"));
    } else if (!found) {
        ATTNDYN_TRY(mark_special(c, NULL, "<|endoftext|>"));
    }
    attndyn_added_tokens_sort(raw);
    return ATTNDYN_OK;
}

/* Which tokens begin and end a text: as the files say, else by what the vocabulary has. */
static void take_ends(struct config *c) {
    struct attndyn_codec *codec = c->codec;
    static const char *const begins[] = {"<|endoftext|>", "<|begin_of_text|>", "<s>"};
    static const char *const ends[] = {"<|endoftext|>", "<|end_of_text|>", "</s>"};
    const char *bos = content_of(named(c, "bos_token")), *eos = content_of(named(c, "eos_token"));
    bool opt = c->plain && is_opt(codec);
    if (bos) find(codec, bos, &codec->bos);
    if (eos) find(codec, eos, &codec->eos);
    if (opt && codec->bos == ATTNDYN_ID_NONE) codec->bos = 2;
    if (opt && codec->eos == ATTNDYN_ID_NONE) codec->eos = 2;
    for (size_t i = 0; i < 3 && codec->bos == ATTNDYN_ID_NONE; i++)
        attndyn_codec_find_special(codec, begins[i], &codec->bos);
    for (size_t i = 0; i < 3 && codec->eos == ATTNDYN_ID_NONE; i++)
        attndyn_codec_find_special(codec, ends[i], &codec->eos);
    if (opt) codec->bos_default = true;
}

/* Whether the first is put in front: add_bos_token, else what the class does by itself. */
static void take_default(struct config *c) {
    static const struct {
        const char *class;
        bool puts;
    } classes[] = {{"LlamaTokenizer", true},    {"CodeLlamaTokenizer", true},
                   {"GemmaTokenizer", true},    {"GPT2Tokenizer", false},
                   {"GPTNeoXTokenizer", false}, {"BloomTokenizer", false}};
    const json_t *says = json_object_get(c->config, "add_bos_token");
    const char *class = json_string_value(json_object_get(c->config, "tokenizer_class"));
    if (json_is_boolean(says)) {
        c->codec->bos_default = json_is_true(says);
    } else if (class) {
        for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
            size_t length = strlen(classes[i].class);
            if (strncmp(class, classes[i].class, length) == 0 &&
                (!class[length] || strcmp(class + length, "Fast") == 0))
                c->codec->bos_default = classes[i].puts;
        }
    }
    if (c->codec->bos == ATTNDYN_ID_NONE) c->codec->bos_default = false;
}

/* add_prefix_space of the config outweighs that of the pre-tokenizer. */
static enum attndyn_status take_prefix(struct config *c) {
    const json_t *says = json_object_get(c->config, "add_prefix_space");
    struct attndyn_codec *codec = c->codec;
    if (!json_is_boolean(says) || codec->kind != ATTNDYN_CODEC_BYTE_PAIRS || !codec->cuts)
        return ATTNDYN_OK;
    bool has = codec->cut[0] == ATTNDYN_CUT_PREFIX, wants = json_is_true(says);
    if (has == wants) return ATTNDYN_OK;
    if (codec->cut[has ? 1 : 0] != ATTNDYN_CUT_GPT2) return ATTNDYN_OK; /* not ByteLevel alone */
    if (has) {
        memmove(codec->cut, codec->cut + 1, --codec->cuts * sizeof *codec->cut);
    } else {
        if (codec->cuts == ATTNDYN_CUTS)
            return attndyn_fail(c->ctx, ATTNDYN_NO_INPUT, "%s: more than %d steps", c->origin,
                                ATTNDYN_CUTS);
        memmove(codec->cut + 1, codec->cut, codec->cuts++ * sizeof *codec->cut);
        codec->cut[0] = ATTNDYN_CUT_PREFIX;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status load(struct attndyn_context *ctx, const char *path, json_t **root) {
    char *text;
    size_t length;
    *root = NULL;
    if (access(path, F_OK) != 0) return ATTNDYN_OK;
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &text, &length));
    ATTNDYN_TRY(attndyn_json_parse(ctx, text, length, DEEPEST, path, root));
    attndyn_free(ctx, text);
    return ATTNDYN_OK;
}

static enum attndyn_status apply(struct config *c) {
    if (c->plain) ATTNDYN_TRY(take_specials(c));
    take_ends(c);
    take_default(c);
    return take_prefix(c);
}

enum attndyn_status attndyn_codec_configure(struct attndyn_context *ctx, const char *folder,
                                            bool plain, struct attndyn_codec *codec) {
    struct config c = {.ctx = ctx, .codec = codec, .plain = plain};
    char *config = attndyn_format(ctx, "%s/tokenizer_config.json", folder);
    char *map = attndyn_format(ctx, "%s/special_tokens_map.json", folder);
    if (!config || !map) return ATTNDYN_NO_MEMORY;
    c.origin = config;
    ATTNDYN_TRY(load(ctx, config, &c.config));
    enum attndyn_status status = load(ctx, map, &c.map);
    if (!status) status = apply(&c);
    json_decref(c.config);
    json_decref(c.map);
    return status;
}
