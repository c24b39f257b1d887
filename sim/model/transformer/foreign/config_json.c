#include "config_json.h"

#include "../../../base/json_private.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

struct reader {
    struct attndyn_context *ctx;
    const char *origin;
    size_t largest_layers;
    json_t *root;
    const struct attndyn_family *family;
    struct attndyn_transformer_config *config;
};

#define BAD(r, ...) attndyn_fail((r)->ctx, ATTNDYN_NO_INPUT, __VA_ARGS__)

/* A value in few words, for messages. */
static const char *shown(struct reader *r, json_t *value) {
    size_t length;
    char *text =
        attndyn_json_text(r->ctx, json_incref(value), JSON_ENCODE_ANY | JSON_COMPACT, &length);
    return text ? attndyn_format(r->ctx, "%.60s", text) : "a value";
}

/* ------------------------------------------------------------------ refusals */

/* What the engine supports for no family: published networks share these keys. */
static const struct attndyn_family_refusal everywhere[] = {
    {"quantization_config", "null", "quantised weights"},
    {"num_local_experts", "1", "a mixture of experts"},
    {"num_experts", "1", "a mixture of experts"},
    {"n_routed_experts", "null", "a mixture of experts"},
    {"is_encoder_decoder", "false", "an encoder"},
    {"final_logit_softcapping", "null", "capped logits"},
    {"attn_logit_softcapping", "null", "capped logits of attention"},
    {"attention_multiplier", "null", "attention scaled by a key of the config"},
    {"embedding_multiplier", "1", "scaled embeddings"},
    {"residual_multiplier", "1", "scaled residuals"},
    {"logits_scaling", "1", "scaled logits"},
    {"logit_scale", "1", "scaled logits"},
    {"qk_norm", "false", "norms of queries and keys"},
    {"use_qk_norm", "false", "norms of queries and keys"},
    {NULL, NULL, NULL}};

static enum attndyn_status refuse(struct reader *r, const struct attndyn_family_refusal *list) {
    for (; list->key; list++) {
        json_t *value = json_object_get(r->root, list->key);
        if (!value || json_is_null(value)) continue;
        json_t *fine = json_loads(list->fine, JSON_DECODE_ANY, NULL);
        if (!fine) return attndyn_fail(r->ctx, ATTNDYN_NO_MEMORY, "out of memory for a config");
        bool same =
            json_equal(value, fine) || (json_is_number(value) && json_is_number(fine) &&
                                        json_number_value(value) == json_number_value(fine));
        json_decref(fine);
        if (!same)
            return BAD(r, "%s: %s is %s: this engine has not %s", r->origin, list->key,
                       shown(r, value), list->why);
    }
    return ATTNDYN_OK;
}

static bool is_text(json_t *value, const char *text) {
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

/* rope_scaling and rope_parameters: objects whose kind must be the plain one. */
static enum attndyn_status plain_rope(struct reader *r, const char *key) {
    json_t *rope = json_object_get(r->root, key), *kind;
    if (!rope || json_is_null(rope)) return ATTNDYN_OK;
    kind = json_object_get(rope, "rope_type");
    if (!kind) kind = json_object_get(rope, "type");
    if (json_is_object(rope) && (is_text(kind, "default") || (!kind && !strstr(key, "scaling"))))
        return ATTNDYN_OK;
    return BAD(r, "%s: %s is %s: this engine has not scaled rotary positions", r->origin, key,
               shown(r, rope));
}

/* ------------------------------------------------------------------ keys */

static const struct {
    const char *name;
    enum attndyn_mlp mlp;
} activations[] = {
    {"relu", ATTNDYN_MLP_RELU},           {"gelu", ATTNDYN_MLP_GELU},
    {"gelu_python", ATTNDYN_MLP_GELU},    {"gelu_new", ATTNDYN_MLP_GELU_TANH},
    {"gelu_fast", ATTNDYN_MLP_GELU_TANH}, {"gelu_pytorch_tanh", ATTNDYN_MLP_GELU_TANH},
    {"silu", ATTNDYN_MLP_SILU},           {"swish", ATTNDYN_MLP_SILU}};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };

/* The value of "a|b|c": that of the first name which is there, also within rope_parameters, where
 * newer files keep what belongs to rotary positions. *name: which it was. */
static json_t *value_of(const struct reader *r, const char *names, char name[64]) {
    json_t *rope = json_object_get(r->root, "rope_parameters");
    for (const char *at = names; *at; at += strcspn(at, "|"), at += *at == '|') {
        size_t length = strcspn(at, "|");
        memcpy(name, at, length);
        name[length] = '\0';
        const char *inside = strcmp(name, "rotary_pct") == 0 ? "partial_rotary_factor" : name;
        json_t *value = json_object_get(r->root, name);
        if (!value) value = json_object_get(rope, inside);
        if (value) return value;
    }
    name[strcspn(names, "|")] = '\0';
    memcpy(name, names, strcspn(names, "|"));
    return NULL;
}

static enum attndyn_status wrong(struct reader *r, const char *name, json_t *value,
                                 const char *expected) {
    return BAD(r, "%s: %s is %s, expected %s", r->origin, name, shown(r, value), expected);
}

static enum attndyn_status read_size(struct reader *r, const char *name, json_t *value,
                                     size_t *to) {
    *to = 0;
    if (json_is_null(value)) return ATTNDYN_OK;
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return wrong(r, name, value, "a whole number");
    *to = (size_t)json_integer_value(value);
    return ATTNDYN_OK;
}

static enum attndyn_status read_activation(struct reader *r, const char *name, json_t *value) {
    bool gated = r->family->base.mlp == ATTNDYN_MLP_SWIGLU;
    for (size_t i = 0; i < ACTIVATIONS; i++)
        if (is_text(value, activations[i].name) &&
            (!gated || activations[i].mlp == ATTNDYN_MLP_SILU)) {
            r->config->mlp = gated ? ATTNDYN_MLP_SWIGLU : activations[i].mlp;
            return ATTNDYN_OK;
        }
    return wrong(r, name, value,
                 gated ? "silu" : "relu, gelu, gelu_new, gelu_fast, gelu_pytorch_tanh or silu");
}

/* [[["global", "local"], 6]]: kinds of layers and how often they are repeated. Keys are read in
 * the order of the table, so that the numbers of layers and of the window are known. */
static enum attndyn_status read_kinds(struct reader *r, const char *name, json_t *value) {
    struct attndyn_transformer_config *c = r->config;
    size_t *windows, layers = c->layers, at = 0, window = c->window;
    if (layers > r->largest_layers) return ATTNDYN_OK; /* refused further down */
    ATTNDYN_ALLOC(r->ctx, windows, layers);
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *kinds = json_array_get(json_array_get(value, i), 0);
        json_t *times = json_array_get(json_array_get(value, i), 1);
        size_t n_kinds = json_array_size(kinds);
        if (n_kinds == 0 || !json_is_integer(times) || json_integer_value(times) < 1)
            return wrong(r, name, value, "[[[kind, ...], times], ...]");
        for (json_int_t k = 0; k < json_integer_value(times) && at <= layers; k++)
            for (size_t j = 0; j < n_kinds; j++, at++) {
                json_t *kind = json_array_get(kinds, j);
                bool local = is_text(kind, "local");
                if (!local && !is_text(kind, "global"))
                    return wrong(r, name, kind, "\"global\" or \"local\"");
                if (local && window == 0)
                    return BAD(r, "%s: window_size is 0, and %s has local layers", r->origin, name);
                if (at < layers) windows[at] = local ? window : 0;
            }
    }
    if (at != layers)
        return BAD(r, "%s: %s is not of %zu layers, as many as there are", r->origin, name, layers);
    c->layer_windows = windows;
    c->window = 0;
    return ATTNDYN_OK;
}

/* A list that says of each block again whether it has a window: refused where that is not what was
 * read. Some libraries pass over theirs, others obey it; which one wrote a file is not known. */
static enum attndyn_status same_windows(struct reader *r, const char *key, const char *full) {
    const struct attndyn_transformer_config *c = r->config;
    size_t blocks = c->layer_map ? c->layers / 2 : c->layers;
    json_t *list = json_object_get(r->root, key);
    if (!list || json_is_null(list)) return ATTNDYN_OK;
    if (json_array_size(list) != blocks)
        return BAD(r, "%s: %s is not of %zu layers, as many as there are", r->origin, key, blocks);
    for (size_t l = 0; l < blocks; l++) {
        json_t *kind = json_array_get(list, l);
        size_t window = attndyn_transformer_window(c, l);
        if (is_text(kind, full) != (window == 0))
            return BAD(r,
                       "%s: %s says %s of layer %zu, whose window is %zu by the other keys (0: "
                       "none): this engine has not windows that %s alone gives",
                       r->origin, key, shown(r, kind), l, window, key);
    }
    return ATTNDYN_OK;
}

/* Each block twice in a row: 0, 0, 1, 1, ... */
static enum attndyn_status repeat_layers(struct reader *r, size_t times) {
    struct attndyn_transformer_config *c = r->config;
    size_t *map, blocks = c->layers;
    if (blocks > r->largest_layers) return ATTNDYN_OK; /* refused further down */
    ATTNDYN_ALLOC(r->ctx, map, times * blocks);
    for (size_t l = 0; l < times * blocks; l++) map[l] = l / times;
    c->layer_map = map;
    c->layers = times * blocks;
    return ATTNDYN_OK;
}

static enum attndyn_status read_flag(struct reader *r, const struct attndyn_family_key *key,
                                     const char *name, json_t *value) {
    struct attndyn_transformer_config *c = r->config;
    if (!json_is_boolean(value)) return wrong(r, name, value, "true or false");
    bool flag = json_is_true(value), *to = (bool *)((char *)c + key->offset);
    switch (key->kind) {
    case ATTNDYN_KEY_FLAG:
        *to = flag;
        break;
    case ATTNDYN_KEY_NOT:
        *to = !flag;
        break;
    case ATTNDYN_KEY_PRE_NORM:
        c->placement = flag ? ATTNDYN_PLACEMENT_PRE : ATTNDYN_PLACEMENT_POST;
        c->final_norm = c->final_norm && flag;
        break;
    case ATTNDYN_KEY_SCALED:
        c->attention_scale = flag ? 0 : 1;
        break;
    case ATTNDYN_KEY_TIES:
        c->tied = c->tied || flag;
        break;
    case ATTNDYN_KEY_REPEATS:
        return flag ? repeat_layers(r, 2) : ATTNDYN_OK;
    default:
        break;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status read_value(struct reader *r, const struct attndyn_family_key *key,
                                      const char *name, json_t *value) {
    char *field = (char *)r->config + key->offset;
    switch (key->kind) {
    case ATTNDYN_KEY_SIZE:
        return read_size(r, name, value, (size_t *)(void *)field);
    case ATTNDYN_KEY_REAL:
        if (!json_is_number(value) || !isfinite(json_number_value(value)))
            return wrong(r, name, value, "a number");
        *(double *)(void *)field = json_number_value(value);
        return ATTNDYN_OK;
    case ATTNDYN_KEY_HIDDEN:
        ATTNDYN_TRY(read_size(r, name, value, &r->config->hidden));
        if (r->config->hidden == 0 && r->config->width < SIZE_MAX / 4)
            r->config->hidden = 4 * r->config->width;
        return ATTNDYN_OK;
    case ATTNDYN_KEY_ACTIVATION:
        return read_activation(r, name, value);
    case ATTNDYN_KEY_KINDS:
        return read_kinds(r, name, value);
    default:
        return read_flag(r, key, name, value);
    }
}

static enum attndyn_status read_key(struct reader *r, const struct attndyn_family_key *key) {
    char name[64];
    json_t *value = value_of(r, key->names, name);
    bool sized = key->kind == ATTNDYN_KEY_SIZE || key->kind == ATTNDYN_KEY_HIDDEN;
    if (value && (sized || !json_is_null(value))) return read_value(r, key, name, value);
    if (!key->otherwise)
        return BAD(r, "%s: no %s, which a network of family %s has", r->origin, name,
                   r->family->name);
    json_t *otherwise = json_loads(key->otherwise, JSON_DECODE_ANY, NULL);
    if (!otherwise) return attndyn_fail(r->ctx, ATTNDYN_NO_MEMORY, "out of memory for a config");
    enum attndyn_status status = read_value(r, key, name, otherwise);
    json_decref(otherwise);
    return status;
}

/* ------------------------------------------------------------------ the whole */

static enum attndyn_status find_family(struct reader *r) {
    json_t *type = json_object_get(r->root, "model_type");
    char names[256] = "";
    if (json_is_string(type)) r->family = attndyn_family_find(json_string_value(type));
    if (r->family) return ATTNDYN_OK;
    for (const struct attndyn_family *f = attndyn_families; f->name; f++) {
        strcat(names, *names ? ", " : "");
        strcat(names, f->name);
    }
    return BAD(r, "%s: model_type is %s, which is none of the families here (%s)", r->origin,
               type ? shown(r, type) : "not there", names);
}

static enum attndyn_status read_config(struct reader *r) {
    ATTNDYN_TRY(refuse(r, everywhere));
    ATTNDYN_TRY(plain_rope(r, "rope_scaling"));
    ATTNDYN_TRY(plain_rope(r, "rope_parameters"));
    ATTNDYN_TRY(find_family(r));
    ATTNDYN_TRY(refuse(r, r->family->refused));
    *r->config = r->family->base;
    for (const struct attndyn_family_key *key = r->family->keys; key->names; key++)
        ATTNDYN_TRY(read_key(r, key));
    size_t blocks = r->config->layer_map ? r->config->layers / 2 : r->config->layers;
    if (blocks > r->largest_layers)
        return BAD(r, "%s: %zu layers, but the weights are %zu tensors in all: not of this config",
                   r->origin, blocks, r->largest_layers);
    ATTNDYN_TRY(same_windows(r, "layer_types", "full_attention"));
    ATTNDYN_TRY(same_windows(r, "attention_layers", "global"));
    enum attndyn_status status = attndyn_transformer_config_resolve(r->ctx, r->config);
    return status ? attndyn_fail_while(r->ctx, ATTNDYN_NO_INPUT, "%s", r->origin) : ATTNDYN_OK;
}

enum attndyn_status attndyn_config_json(struct attndyn_context *ctx, const char *text,
                                        size_t length, const char *origin, size_t largest_layers,
                                        const struct attndyn_family **family,
                                        struct attndyn_transformer_config *config) {
    json_t *root;
    ATTNDYN_TRY(attndyn_json_parse(ctx, text, length, 16, origin, &root));
    struct reader r = {.ctx = ctx,
                       .origin = origin,
                       .largest_layers = largest_layers,
                       .root = root,
                       .config = config};
    enum attndyn_status status =
        json_is_object(root) ? read_config(&r) : BAD(&r, "%s: no JSON object", origin);
    json_decref(root);
    *family = r.family;
    return status;
}

enum attndyn_status attndyn_config_json_number(struct attndyn_context *ctx, const char *text,
                                               size_t length, const char *origin, const char *key,
                                               long long most, long long *number) {
    json_t *root;
    ATTNDYN_TRY(attndyn_json_parse(ctx, text, length, 16, origin, &root));
    json_t *value = json_object_get(root, key);
    *number = json_is_integer(value) ? (long long)json_integer_value(value) : -1;
    if (*number < 0 || *number > most) *number = -1;
    json_decref(root);
    return ATTNDYN_OK;
}
