/* tokenizer.json: a whole tokenizer as the `tokenizers` library writes it. Supported is what
 * byte-pair networks and LLaMA use; anything else is refused, and the message names it. */
#include "vocab_json_private.h"

#include <stdio.h>
#include <string.h>

enum { DEEPEST = 12, LONGEST_ADDED = 1 << 10 };
#define BAD(r, ...) attndyn_fail((r)->ctx, ATTNDYN_NO_INPUT, __VA_ARGS__)

struct reader {
    struct attndyn_context *ctx;
    const char *origin;
    struct attndyn_codec *codec;
    json_t *root;
    bool byte_level; /* the pre-tokenizer ends with bytes */
};

static const char *type_of(const json_t *object) {
    const char *type = json_string_value(json_object_get(object, "type"));
    return type ? type : "without a type";
}

static bool is_type(const json_t *object, const char *type) {
    return strcmp(type_of(object), type) == 0;
}

static bool flag(const json_t *object, const char *name, bool otherwise) {
    const json_t *value = json_object_get(object, name);
    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

static enum attndyn_status unsupported(const struct reader *r, const char *what,
                                       const char *which) {
    return BAD(r, "%s: the %s %.200s is not supported", r->origin, what, which);
}

/* ------------------------------------------------------------------ normaliser */

static enum attndyn_status take_form(struct reader *r, struct attndyn_form_step step) {
    struct attndyn_normaliser *n = &r->codec->normaliser;
    if (n->steps == ATTNDYN_FORM_STEPS)
        return BAD(r, "%s: a normaliser of more than %d steps", r->origin, ATTNDYN_FORM_STEPS);
    n->step[n->steps++] = step;
    return ATTNDYN_OK;
}

/* A text of the file, kept; NULL: out of memory. */
static const char *kept(struct reader *r, const char *text) {
    return attndyn_strdup(r->ctx, text);
}

static enum attndyn_status take_replace(struct reader *r, const json_t *object) {
    const char *from =
        json_string_value(json_object_get(json_object_get(object, "pattern"), "String"));
    const char *to = json_string_value(json_object_get(object, "content"));
    if (!from || !to || !*from)
        return unsupported(r, "normaliser", "Replace with another pattern than a string");
    struct attndyn_form_step step = {ATTNDYN_FORM_REPLACE, kept(r, from), kept(r, to)};
    if (!step.from || !step.to) return ATTNDYN_NO_MEMORY;
    return take_form(r, step);
}

static enum attndyn_status take_normaliser(struct reader *r, const json_t *object) {
    static const struct {
        const char *type;
        enum attndyn_form form;
    } forms[] = {{"NFC", ATTNDYN_FORM_NFC},
                 {"NFD", ATTNDYN_FORM_NFD},
                 {"NFKC", ATTNDYN_FORM_NFKC},
                 {"NFKD", ATTNDYN_FORM_NFKD}};
    if (!object || json_is_null(object)) return ATTNDYN_OK;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (is_type(object, forms[i].type))
            return take_form(r, (struct attndyn_form_step){.form = forms[i].form});
    if (is_type(object, "Sequence")) {
        size_t index;
        json_t *step;
        json_array_foreach(json_object_get(object, "normalizers"), index, step)
            ATTNDYN_TRY(take_normaliser(r, step));
        return ATTNDYN_OK;
    }
    if (is_type(object, "Replace")) return take_replace(r, object);
    const char *prepend = json_string_value(json_object_get(object, "prepend"));
    if (!is_type(object, "Prepend") || !prepend)
        return unsupported(r, "normaliser", type_of(object));
    struct attndyn_form_step step = {.form = ATTNDYN_FORM_PREPEND, .to = kept(r, prepend)};
    if (!step.to) return ATTNDYN_NO_MEMORY;
    return take_form(r, step);
}

/* ------------------------------------------------------------------ pre-tokenizer */

static enum attndyn_status take_cut(struct reader *r, enum attndyn_cut cut) {
    if (r->byte_level)
        return BAD(r, "%s: a pre-tokenizer after ByteLevel is not supported", r->origin);
    if (r->codec->cuts == ATTNDYN_CUTS)
        return BAD(r, "%s: a pre-tokenizer of more than %d steps", r->origin, ATTNDYN_CUTS);
    r->codec->cut[r->codec->cuts++] = cut;
    return ATTNDYN_OK;
}

static enum attndyn_status take_byte_level(struct reader *r, const json_t *object) {
    if (flag(object, "add_prefix_space", true)) ATTNDYN_TRY(take_cut(r, ATTNDYN_CUT_PREFIX));
    if (flag(object, "use_regex", true)) ATTNDYN_TRY(take_cut(r, ATTNDYN_CUT_GPT2));
    if (r->byte_level) return BAD(r, "%s: ByteLevel twice is not supported", r->origin);
    r->byte_level = true;
    return ATTNDYN_OK;
}

static enum attndyn_status take_split(struct reader *r, const json_t *object) {
    const char *pattern =
        json_string_value(json_object_get(json_object_get(object, "pattern"), "Regex"));
    const char *behavior = json_string_value(json_object_get(object, "behavior"));
    enum attndyn_cut cut;
    if (!pattern || !behavior)
        return unsupported(r, "pre-tokenizer", "Split without an expression and a behaviour");
    if (!attndyn_cut_find(pattern, &cut))
        return BAD(r,
                   "%s: the pre-tokenizer Split with the expression %.300s is not supported: "
                   "expected that of GPT-2, BLOOM, LLaMA 3 or Qwen 2",
                   r->origin, pattern);
    /* An expression that matches every text leaves nothing between its matches. */
    bool inverted = flag(object, "invert", false), covers = cut != ATTNDYN_CUT_BLOOM;
    if ((strcmp(behavior, "Isolated") == 0 && !inverted) ||
        (strcmp(behavior, "Removed") == 0 && inverted && covers))
        return take_cut(r, cut);
    return BAD(r, "%s: the pre-tokenizer Split with the behaviour %.40s%s is not supported",
               r->origin, behavior, inverted ? ", inverted," : "");
}

static enum attndyn_status take_metaspace(struct reader *r, const json_t *object) {
    const char *mark = json_string_value(json_object_get(object, "replacement"));
    const char *scheme = json_string_value(json_object_get(object, "prepend_scheme"));
    if (!mark || strcmp(mark, "\xE2\x96\x81") != 0)
        return unsupported(r, "pre-tokenizer", "Metaspace with another sign than U+2581");
    if (!scheme) scheme = flag(object, "add_prefix_space", true) ? "always" : "never";
    if (strcmp(scheme, "always") == 0)
        ATTNDYN_TRY(take_cut(r, ATTNDYN_CUT_META_ALWAYS));
    else if (strcmp(scheme, "first") == 0)
        ATTNDYN_TRY(take_cut(r, ATTNDYN_CUT_META_FIRST));
    else if (strcmp(scheme, "never") == 0)
        ATTNDYN_TRY(take_cut(r, ATTNDYN_CUT_META_NEVER));
    else
        return unsupported(r, "prepend_scheme", scheme);
    return flag(object, "split", true) ? take_cut(r, ATTNDYN_CUT_META_WORDS) : ATTNDYN_OK;
}

static enum attndyn_status take_pre_tokenizer(struct reader *r, const json_t *object) {
    if (!object || json_is_null(object)) return ATTNDYN_OK;
    if (is_type(object, "ByteLevel")) return take_byte_level(r, object);
    if (is_type(object, "Split")) return take_split(r, object);
    if (is_type(object, "Metaspace")) return take_metaspace(r, object);
    if (is_type(object, "Digits"))
        return take_cut(r, flag(object, "individual_digits", false) ? ATTNDYN_CUT_DIGITS
                                                                    : ATTNDYN_CUT_DIGIT_RUNS);
    if (!is_type(object, "Sequence")) return unsupported(r, "pre-tokenizer", type_of(object));
    size_t index;
    json_t *step;
    json_array_foreach(json_object_get(object, "pretokenizers"), index, step)
        ATTNDYN_TRY(take_pre_tokenizer(r, step));
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ model */

static enum attndyn_status check_model(struct reader *r, const json_t *model) {
    static const char *const affixes[] = {"continuing_subword_prefix", "end_of_word_suffix"};
    const json_t *type = json_object_get(model, "type"),
                 *dropout = json_object_get(model, "dropout");
    /* Old files leave out the model's type; the only one with merges is BPE. */
    if (type ? !is_type(model, "BPE") : !json_object_get(model, "merges"))
        return BAD(r, "%s: a model of type %.40s is not supported: expected BPE", r->origin,
                   type_of(model));
    if (json_is_number(dropout) && json_number_value(dropout) != 0)
        return unsupported(r, "model", "BPE with dropout, which is random,");
    for (size_t i = 0; i < 2; i++) {
        const char *affix = json_string_value(json_object_get(model, affixes[i]));
        if (affix && *affix) return unsupported(r, "model's", affixes[i]);
    }
    return ATTNDYN_OK;
}

/* "left right", or ["left", "right"]. */
static enum attndyn_status take_merge(struct reader *r, const json_t *merge, uint32_t rank) {
    const char *left = json_string_value(merge), *right = NULL;
    size_t left_length = 0;
    if (left) {
        const char *blank = strchr(left, ' ');
        if (blank && !strchr(blank + 1, ' ')) {
            left_length = (size_t)(blank - left);
            right = blank + 1;
        }
    } else if (json_is_array(merge) && json_array_size(merge) == 2) {
        left = json_string_value(json_array_get(merge, 0));
        right = json_string_value(json_array_get(merge, 1));
        left_length = left ? strlen(left) : 0;
    }
    if (!left_length || !right || !*right)
        return BAD(r, "%s: merge %u: expected two pieces", r->origin, rank + 1);
    return attndyn_codec_take_merge(r->ctx, left, left_length, right, strlen(right), rank,
                                    r->origin, r->codec);
}

static enum attndyn_status take_unknown(struct reader *r, const json_t *model) {
    const char *unknown = json_string_value(json_object_get(model, "unk_token"));
    if (!unknown) return ATTNDYN_OK;
    if (attndyn_piece_table_find(&r->codec->pieces, unknown, strlen(unknown), &r->codec->unknown))
        return ATTNDYN_OK;
    return BAD(r, "%s: unk_token '%.60s' is not in the vocabulary", r->origin, unknown);
}

/* <0x00> .. <0xFF> as fallback: all of them, or none; they read as their byte. */
static enum attndyn_status take_fallback(struct reader *r, const json_t *model) {
    struct attndyn_codec *codec = r->codec;
    char *single;
    if (r->byte_level || !flag(model, "byte_fallback", false)) return ATTNDYN_OK;
    ATTNDYN_ALLOC(r->ctx, single, 256);
    for (unsigned b = 0; b < 256; b++) {
        if (codec->byte_id[b] == ATTNDYN_ID_NONE)
            return BAD(r, "%s: byte_fallback, but <0x%02X> is not in the vocabulary", r->origin, b);
        single[b] = (char)b;
        codec->token[codec->byte_id[b]].bytes = single + b;
        codec->token[codec->byte_id[b]].length = 1;
    }
    codec->byte_fallback = true;
    return ATTNDYN_OK;
}

/* Does no piece hold U+2581 behind something else? Then a text can be cut into words (if U+2581
 * itself is a known piece, so that it never joins an unknown one before it). */
static bool cuts_at_blank(const struct attndyn_codec *codec) {
    uint32_t mark;
    if (!attndyn_piece_table_find(&codec->pieces, "\xE2\x96\x81", 3, &mark)) return false;
    for (uint32_t id = 0; id < codec->size; id++) {
        const struct attndyn_codec_token *t = &codec->token[id];
        for (size_t i = 1; i + 3 <= t->piece_length; i++)
            if (memcmp(t->piece + i, "\xE2\x96\x81", 3) == 0 &&
                (i < 3 || memcmp(t->piece + i - 3, "\xE2\x96\x81", 3) != 0))
                return false;
    }
    return true;
}

static enum attndyn_status take_words(struct reader *r) {
    struct attndyn_codec *codec = r->codec;
    ATTNDYN_TRY(attndyn_piece_table_init(r->ctx, &codec->words, codec->size));
    for (uint32_t id = 0; id < codec->size; id++) {
        const struct attndyn_codec_token *t = &codec->token[id];
        if (!t->piece) continue;
        if (r->byte_level)
            attndyn_piece_table_add(&codec->words, t->bytes, t->length, id);
        else
            attndyn_piece_table_add(&codec->words, t->piece, t->piece_length, id);
    }
    codec->whole_words = true;
    return ATTNDYN_OK;
}

static enum attndyn_status take_model(struct reader *r, const json_t *model, uint32_t more) {
    ATTNDYN_TRY(check_model(r, model));
    struct attndyn_codec *codec = r->codec;
    const json_t *merges = json_object_get(model, "merges");
    codec->kind = r->byte_level ? ATTNDYN_CODEC_BYTE_PAIRS : ATTNDYN_CODEC_CHARACTER_PAIRS;
    ATTNDYN_TRY(attndyn_codec_take_vocab(r->ctx, json_object_get(model, "vocab"), r->byte_level,
                                         more, r->origin, codec));
    attndyn_codec_take_bytes(codec, r->byte_level);
    ATTNDYN_TRY(take_unknown(r, model));
    ATTNDYN_TRY(take_fallback(r, model));
    codec->fuse_unknown = flag(model, "fuse_unk", false);
    bool whole_words = flag(model, "ignore_merges", false);
    codec->cuts_at_blank = !r->byte_level && !whole_words && cuts_at_blank(codec);
    if (!json_is_array(merges)) return BAD(r, "%s: no array of merges", r->origin);
    ATTNDYN_TRY(attndyn_pair_table_init(r->ctx, &codec->pairs, json_array_size(merges)));
    for (size_t i = 0; i < json_array_size(merges); i++)
        ATTNDYN_TRY(take_merge(r, json_array_get(merges, i), (uint32_t)i));
    return whole_words ? take_words(r) : ATTNDYN_OK;
}

/* ------------------------------------------------------------------ added tokens */

static enum attndyn_status read_added(struct reader *r, const json_t *object, size_t index,
                                      struct attndyn_added_token *token) {
    const char *content = json_string_value(json_object_get(object, "content"));
    if (!content || !attndyn_json_id(json_object_get(object, "id"), &token->id))
        return BAD(r, "%s: added_tokens[%zu]: expected an id and a content", r->origin, index);
    token->length = strlen(content);
    if (token->length > LONGEST_ADDED)
        return BAD(r, "%s: added_tokens[%zu] has %zu bytes, expected at most %d", r->origin, index,
                   token->length, LONGEST_ADDED);
    token->content = kept(r, content);
    if (!token->content) return ATTNDYN_NO_MEMORY;
    token->special = flag(object, "special", false);
    token->single_word = flag(object, "single_word", false);
    token->strip_left = flag(object, "lstrip", false);
    token->strip_right = flag(object, "rstrip", false);
    token->normalised = flag(object, "normalized", !token->special);
    return ATTNDYN_OK;
}

/* Tokens that are matched after normalisation are normalised themselves. */
static enum attndyn_status normalise_contents(struct reader *r) {
    struct attndyn_added_tokens *list = &r->codec->normalised;
    struct attndyn_bytes scratch[2] = {{0}};
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct attndyn_added_token *t = &list->token[i];
        const char *form;
        size_t length;
        ATTNDYN_TRY(attndyn_normalise(r->ctx, &r->codec->normaliser, t->content, t->length, scratch,
                                      &form, &length));
        if (length == 0) continue;
        if (form != t->content) t->content = attndyn_codec_copy(r->ctx, form, length);
        if (!t->content) return ATTNDYN_NO_MEMORY;
        t->length = length;
        list->token[count++] = *t;
    }
    list->count = count;
    return ATTNDYN_OK;
}

static enum attndyn_status check_distinct(struct reader *r,
                                          const struct attndyn_added_tokens *list) {
    for (size_t i = 1; i < list->count; i++) {
        const struct attndyn_added_token *a = &list->token[i - 1], *b = &list->token[i];
        if (a->length == b->length && memcmp(a->content, b->content, a->length) == 0)
            return BAD(r, "%s: the added tokens %u and %u read the same", r->origin, a->id, b->id);
    }
    return ATTNDYN_OK;
}

/* The greatest id among them, for room; ATTNDYN_ID_NONE: none. */
static enum attndyn_status greatest_added(struct reader *r, const json_t *array,
                                          uint32_t *greatest) {
    *greatest = ATTNDYN_ID_NONE;
    for (size_t i = 0; i < json_array_size(array); i++) {
        uint32_t id;
        if (!attndyn_json_id(json_object_get(json_array_get(array, i), "id"), &id))
            return BAD(r, "%s: added_tokens[%zu] has no id", r->origin, i);
        if (*greatest == ATTNDYN_ID_NONE || id > *greatest) *greatest = id;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status take_added(struct reader *r, const json_t *array) {
    struct attndyn_codec *codec = r->codec;
    size_t count = json_array_size(array);
    ATTNDYN_ALLOC(r->ctx, codec->raw.token, count);
    ATTNDYN_ALLOC(r->ctx, codec->normalised.token, count);
    for (size_t i = 0; i < count; i++) {
        struct attndyn_added_token token = {0};
        ATTNDYN_TRY(read_added(r, json_array_get(array, i), i, &token));
        if (token.length == 0) continue; /* nothing to look for */
        ATTNDYN_TRY(attndyn_codec_take_added(r->ctx, &token, r->origin, codec));
    }
    ATTNDYN_TRY(normalise_contents(r));
    attndyn_added_tokens_sort(&codec->raw);
    attndyn_added_tokens_sort(&codec->normalised);
    ATTNDYN_TRY(check_distinct(r, &codec->raw));
    return check_distinct(r, &codec->normalised);
}

/* ------------------------------------------------------------------ the text's beginning and
 * end */

/* TemplateProcessing: supports one special token before the text and none after it. */
static enum attndyn_status take_template(struct reader *r, const json_t *object) {
    const json_t *single = json_object_get(object, "single");
    bool behind = false;
    for (size_t i = 0; i < json_array_size(single); i++) {
        const json_t *part = json_array_get(single, i);
        const char *special =
            json_string_value(json_object_get(json_object_get(part, "SpecialToken"), "id"));
        if (json_object_get(part, "Sequence")) {
            behind = true;
        } else if (special && !behind && r->codec->bos == ATTNDYN_ID_NONE) {
            if (!attndyn_codec_find_special(r->codec, special, &r->codec->bos))
                return BAD(r, "%s: the post-processor's '%.60s' is no added token", r->origin,
                           special);
        } else {
            return BAD(r,
                       "%s: the post-processor puts more than one token in front of a text, or "
                       "one behind it, which is not supported",
                       r->origin);
        }
    }
    r->codec->bos_default = r->codec->bos != ATTNDYN_ID_NONE;
    return ATTNDYN_OK;
}

static enum attndyn_status take_post_processor(struct reader *r, const json_t *object) {
    if (!object || json_is_null(object) || is_type(object, "ByteLevel")) return ATTNDYN_OK;
    if (is_type(object, "TemplateProcessing")) return take_template(r, object);
    if (!is_type(object, "Sequence")) return unsupported(r, "post-processor", type_of(object));
    size_t index;
    json_t *step;
    json_array_foreach(json_object_get(object, "processors"), index, step)
        ATTNDYN_TRY(take_post_processor(r, step));
    return ATTNDYN_OK;
}

/* Does the decoder leave out the first blank? */
static bool strips_first(const json_t *object) {
    if (is_type(object, "Strip")) return true;
    if (is_type(object, "Metaspace")) {
        const char *scheme = json_string_value(json_object_get(object, "prepend_scheme"));
        return scheme ? strcmp(scheme, "never") != 0 : flag(object, "add_prefix_space", true);
    }
    const json_t *steps = json_object_get(object, "decoders");
    for (size_t i = 0; i < json_array_size(steps); i++)
        if (strips_first(json_array_get(steps, i))) return true;
    return false;
}

static enum attndyn_status take_root(struct reader *r) {
    struct attndyn_codec *codec = r->codec;
    const json_t *added = json_object_get(r->root, "added_tokens");
    uint32_t greatest;
    ATTNDYN_TRY(take_normaliser(r, json_object_get(r->root, "normalizer")));
    ATTNDYN_TRY(take_pre_tokenizer(r, json_object_get(r->root, "pre_tokenizer")));
    ATTNDYN_TRY(greatest_added(r, added, &greatest));
    ATTNDYN_TRY(take_model(r, json_object_get(r->root, "model"), greatest));
    ATTNDYN_TRY(take_added(r, added));
    ATTNDYN_TRY(take_post_processor(r, json_object_get(r->root, "post_processor")));
    codec->strips_first = !r->byte_level && strips_first(json_object_get(r->root, "decoder"));
    codec->describe =
        attndyn_format(r->ctx, "byte pairs of %zu tokens, %.500s", codec->size, r->origin);
    return codec->describe ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

enum attndyn_status attndyn_codec_parse_json(struct attndyn_context *ctx, const char *text,
                                             size_t length, const char *origin,
                                             struct attndyn_codec *codec) {
    struct reader r = {.ctx = ctx, .origin = origin, .codec = codec};
    ATTNDYN_TRY(attndyn_json_parse(ctx, text, length, DEEPEST, origin, &r.root));
    enum attndyn_status status = take_root(&r);
    json_decref(r.root);
    return status;
}
