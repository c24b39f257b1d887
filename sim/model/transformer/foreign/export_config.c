/* A config as a family's config.json, by the table that reads it. */
#include "export_config.h"

#include "../../../base/json_private.h"
#include "config_json.h"

#include <jansson.h>
#include <string.h>

static const char *activation_of(enum attndyn_mlp mlp) {
    switch (mlp) {
    case ATTNDYN_MLP_RELU:
        return "relu";
    case ATTNDYN_MLP_GELU:
        return "gelu";
    case ATTNDYN_MLP_GELU_TANH:
        return "gelu_new";
    case ATTNDYN_MLP_SILU:
    case ATTNDYN_MLP_SWIGLU:
        return "silu";
    default:
        return "none";
    }
}

/* [[["global", "local", ...], 1]], each layer by its own name. */
static json_t *kinds_of(const struct attndyn_transformer_config *c) {
    json_t *kinds = json_array();
    for (size_t l = 0; l < c->layers; l++)
        json_array_append_new(
            kinds, json_string(attndyn_transformer_window(c, l) > 0 ? "local" : "global"));
    return json_pack("[[o, i]]", kinds, 1);
}

static size_t largest_window(const struct attndyn_transformer_config *c) {
    size_t window = c->window;
    for (size_t l = 0; l < c->layers; l++)
        if (attndyn_transformer_window(c, l) > window) window = attndyn_transformer_window(c, l);
    return window;
}

/* The value of a key; NULL: it is left out, or memory is out. */
static json_t *value_of(const struct attndyn_family *family, const struct attndyn_family_key *key,
                        const struct attndyn_transformer_config *c) {
    const char *field = (const char *)c + key->offset;
    size_t size;
    switch (key->kind) {
    case ATTNDYN_KEY_SIZE:
        size = *(const size_t *)(const void *)field;
        if (field == (const char *)&c->window) size = largest_window(c);
        return size == 0 ? json_null() : json_integer((json_int_t)size);
    case ATTNDYN_KEY_REAL:
        return json_real(*(const double *)(const void *)field);
    case ATTNDYN_KEY_FLAG:
        return json_boolean(*(const bool *)field);
    case ATTNDYN_KEY_NOT: /* post-norm has no last norm, so there is none to leave out */
        return json_boolean(!*(const bool *)field && c->placement == ATTNDYN_PLACEMENT_PRE);
    case ATTNDYN_KEY_HIDDEN:
        return json_integer((json_int_t)c->hidden);
    case ATTNDYN_KEY_ACTIVATION:
        return json_string(activation_of(c->mlp));
    case ATTNDYN_KEY_PRE_NORM:
        return json_boolean(c->placement == ATTNDYN_PLACEMENT_PRE);
    case ATTNDYN_KEY_SCALED:
        return json_boolean(c->attention_scale != 1 || family->base.attention_scale == 1);
    case ATTNDYN_KEY_KINDS:
        return kinds_of(c);
    case ATTNDYN_KEY_TIES:
    case ATTNDYN_KEY_REPEATS:
        return NULL;
    }
    return NULL;
}

static char *text_of(struct attndyn_context *ctx, const struct attndyn_family *family,
                     const struct attndyn_transformer_config *c, const char *dtype, size_t digits) {
    size_t length;
    bool whole = true;
    json_t *root = json_pack("{s:[s], s:s#}", "architectures", family->architecture, "model_type",
                             family->types, (int)strcspn(family->types, "|"));
    for (const struct attndyn_family_key *key = family->keys; root && key->names; key++) {
        char name[64] = "";
        bool left_out = key->kind == ATTNDYN_KEY_TIES || key->kind == ATTNDYN_KEY_REPEATS;
        if (left_out) continue;
        memcpy(name, key->names, strcspn(key->names, "|"));
        whole = whole && json_object_set_new(root, name, value_of(family, key, c)) == 0;
    }
    whole = whole && root && json_object_set_new(root, "torch_dtype", json_string(dtype)) == 0;
    char *text =
        attndyn_json_text(ctx, root, JSON_INDENT(2) | JSON_REAL_PRECISION(digits), &length);
    return whole ? text : NULL;
}

/* ------------------------------------------------------------------ the same, read back */

/* Leave out settings that only training uses, and those at the default that a reader assumes. */
static struct attndyn_transformer_config compared(const struct attndyn_transformer_config *config,
                                                  const struct attndyn_transformer_config *like) {
    struct attndyn_transformer_config c = *config;
    c.embedding_frozen = like->embedding_frozen;
    c.dropout_embedding = like->dropout_embedding;
    c.dropout_attention = like->dropout_attention;
    c.dropout_residual = like->dropout_residual;
    c.dropout_hidden = like->dropout_hidden;
    c.init = like->init;
    c.init_scale = like->init_scale;
    c.layers_alike = like->layers_alike;
    bool rope = c.position == ATTNDYN_POSITION_ROPE_HALF;
    if (!rope) c.rope_base = like->rope_base, c.rope_fraction = like->rope_fraction;
    if (c.norm == ATTNDYN_NORM_RMS) c.norm_bias = like->norm_bias; /* RMS norms have no bias */
    if (c.layer_windows) c.window = like->window;
    return c;
}

/* The first word in which the two differ, of `a`. */
static const char *difference(struct attndyn_context *ctx, const char *a, const char *b) {
    while (*a && *b) {
        size_t n = strcspn(a, " "), m = strcspn(b, " ");
        if (n != m || strncmp(a, b, n) != 0) break;
        a += n + (a[n] == ' ');
        b += m + (b[m] == ' ');
    }
    return *a ? attndyn_format(ctx, "%.*s", (int)strcspn(a, " "), a) : *b ? "the network" : NULL;
}

/* *first: the first field that is read back as another one; NULL: none. */
static enum attndyn_status read_back(struct attndyn_context *ctx,
                                     const struct attndyn_family *family, const char *text,
                                     const struct attndyn_transformer_config *config,
                                     const char **first) {
    const struct attndyn_family *found;
    struct attndyn_transformer_config again, kept;
    enum attndyn_status status =
        attndyn_config_json(ctx, text, strlen(text), family->name, config->layers, &found, &again);
    if (status)
        return attndyn_fail_while(ctx, status == ATTNDYN_NO_MEMORY ? status : ATTNDYN_USAGE,
                                  "this network cannot be written in the form of %s", family->name);
    kept = compared(config, &again);
    const char *a = attndyn_transformer_config_text(ctx, &kept);
    const char *b = attndyn_transformer_config_text(ctx, &again);
    if (!a || !b) return ATTNDYN_NO_MEMORY;
    *first = difference(ctx, a, b);
    return !*first && strcmp(a, b) != 0 ? ATTNDYN_NO_MEMORY : ATTNDYN_OK;
}

enum attndyn_status attndyn_config_json_write(struct attndyn_context *ctx,
                                              const struct attndyn_family *family,
                                              const struct attndyn_transformer_config *config,
                                              const char *dtype, char **text) {
    static const size_t digits[] = {15, 17}; /* 1e-05 is no 1.0000000000000001e-05 */
    const char *first = NULL;
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
        *text = text_of(ctx, family, config, dtype, digits[i]);
        if (!*text) return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory for a config");
        ATTNDYN_TRY(read_back(ctx, family, *text, config, &first));
        if (!first) return ATTNDYN_OK;
    }
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "this network cannot be written in the form of %s, which has no %s",
                        family->name, first);
}
