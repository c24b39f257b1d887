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
    json_t *config, *map, *added; /* or NULL */
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

/* A special token of a plain vocabulary is looked for in texts; what the vocabulary lacks is passed
 * over. */
static enum attndyn_status mark_special(struct config *c, const json_t *token,
                                        const char *content) {
    struct attndyn_added_tokens *raw = &c->codec->raw;
    struct attndyn_added_token t = {.special = true};
    for (size_t i = 0; i < raw->count; i++)
        if (strcmp(raw->token[i].content, content) == 0) { /* it is already looked for */
            raw->token[i].special = c->codec->token[raw->token[i].id].special = true;
            return ATTNDYN_OK;
        }
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

/* Tokens that were added to a plain vocabulary: added_tokens.json maps contents to ids, the
 * config's added_tokens_decoder ids to descriptions. *token: without content where the entry is
 * none. */
static bool describe_added(const char *key, const json_t *value, struct attndyn_added_token *t,
                           const char **content) {
    if (!json_is_object(value)) {
        *content = key;
        return attndyn_json_id(value, &t->id);
    }
    size_t digits = strspn(key, "0123456789");
    *content = content_of(value);
    if (!*content || digits == 0 || digits > 9 || key[digits]) return false;
    for (; *key; key++) t->id = 10 * t->id + (uint32_t)(*key - '0');
    t->special = json_is_true(json_object_get(value, "special"));
    t->strip_left = json_is_true(json_object_get(value, "lstrip"));
    t->strip_right = json_is_true(json_object_get(value, "rstrip"));
    t->single_word = json_is_true(json_object_get(value, "single_word"));
    return true;
}

static enum attndyn_status bad_added(const struct config *c, const char *key) {
    return attndyn_fail(c->ctx, ATTNDYN_NO_INPUT,
                        "%s: the added token %.60s: expected an id and a content of its own",
                        c->origin, key);
}

/* Room for ids up to the greatest of an object of added tokens. */
static enum attndyn_status make_room(struct config *c, json_t *object) {
    struct attndyn_codec *codec = c->codec;
    size_t size = codec->size;
    const char *key, *content;
    json_t *value;
    json_object_foreach(object, key, value) {
        struct attndyn_added_token t = {0};
        if (!describe_added(key, value, &t, &content)) return bad_added(c, key);
        if (t.id >= 2 * codec->size + 100000) return bad_added(c, key);
        if (t.id >= size) size = (size_t)t.id + 1;
    }
    if (size == codec->size) return ATTNDYN_OK;
    ATTNDYN_RESIZE(c->ctx, codec->token, codec->size, size);
    codec->size = size;
    codec->describe = attndyn_format(c->ctx, "byte pairs of %zu tokens, %.500s", size, c->origin);
    return codec->describe ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

static enum attndyn_status take_added(struct config *c, json_t *object) {
    const char *key, *content;
    json_t *value;
    json_object_foreach(object, key, value) {
        struct attndyn_added_token t = {0};
        if (!describe_added(key, value, &t, &content)) return bad_added(c, key);
        const struct attndyn_codec_token *known = &c->codec->token[t.id];
        t.length = strlen(content);
        /* Both files may name one token. */
        if (t.length == 0 || (known->added && known->piece_length == t.length &&
                              memcmp(known->piece, content, t.length) == 0))
            continue;
        t.content = attndyn_codec_copy(c->ctx, content, t.length);
        if (!t.content) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(attndyn_codec_take_added(c->ctx, &t, c->origin, c->codec));
    }
    return ATTNDYN_OK;
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
    json_t *decoder = json_object_get(c->config, "added_tokens_decoder");
    ATTNDYN_ALLOC(c->ctx, raw->token,
                  SPECIALS + json_object_size(decoder) + json_object_size(c->added));
    ATTNDYN_TRY(make_room(c, decoder));
    ATTNDYN_TRY(make_room(c, c->added));
    ATTNDYN_TRY(take_added(c, decoder));
    ATTNDYN_TRY(take_added(c, c->added));
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
    for (size_t i = 1; i < raw->count; i++)
        if (strcmp(raw->token[i - 1].content, raw->token[i].content) == 0)
            return bad_added(c, raw->token[i].content);
    return ATTNDYN_OK;
}

/* The tokens that begin and end a text, as the files say, or by what the vocabulary contains. */
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

/* Is the beginning token prepended? By add_bos_token, or the default of the tokenizer's class. */
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
    char *added = attndyn_format(ctx, "%s/added_tokens.json", folder);
    if (!config || !map || !added) return ATTNDYN_NO_MEMORY;
    c.origin = folder;
    enum attndyn_status status = load(ctx, config, &c.config);
    if (!status) status = load(ctx, map, &c.map);
    if (!status && plain) status = load(ctx, added, &c.added);
    if (!status) status = apply(&c);
    json_decref(c.config);
    json_decref(c.map);
    json_decref(c.added);
    return status;
}
