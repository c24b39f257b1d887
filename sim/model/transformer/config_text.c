/* A config as one line of text, and back: one table of its fields. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum kind { SIZE, REAL, FLAG, CHOICE, MAP, WINDOWS };

struct field {
    const char *name;
    enum kind kind;
    size_t offset;
    const char *const *choices; /* ends with NULL */
    bool late; /* fields added after the first checkpoints are left out at their default */
};

/* The names of every enumeration, in their order. */
static const char *const norms[] = {"none", "layer", "rms", "l2", NULL};
static const char *const placements[] = {"pre", "post", NULL};
static const char *const positions[] = {
    "none", "sinusoidal", "learned", "rope_half", "rope_interleaved", "alibi", NULL};
static const char *const mlps[] = {"none",      "linear", "relu",   "quadratic", "gelu",
                                   "gelu_tanh", "silu",   "swiglu", NULL};
static const char *const attentions[] = {"softmax", "off_by_one", "exp", "linear",
                                         "relu",    "sigmoid",    NULL};
static const char *const inits[] = {"torch_encoder", "torch_default", "normal", "zero", NULL};

/* An enumeration is read and written as an unsigned int. */
_Static_assert(sizeof(enum attndyn_norm) == sizeof(unsigned) &&
                   sizeof(enum attndyn_placement) == sizeof(unsigned) &&
                   sizeof(enum attndyn_position) == sizeof(unsigned) &&
                   sizeof(enum attndyn_mlp) == sizeof(unsigned) &&
                   sizeof(enum attndyn_attention) == sizeof(unsigned) &&
                   sizeof(enum attndyn_init) == sizeof(unsigned),
               "an enumeration is not an unsigned int");

#define F(kind, name)                                                                              \
    { #name, kind, offsetof(struct attndyn_transformer_config, name), NULL, false }
#define LATE(kind, name)                                                                           \
    { #name, kind, offsetof(struct attndyn_transformer_config, name), NULL, true }
#define C(name, choices)                                                                           \
    { #name, CHOICE, offsetof(struct attndyn_transformer_config, name), choices, false }
/* clang-format off */
static const struct field fields[] = {
    F(SIZE, vocabulary), F(SIZE, outputs), F(SIZE, context), F(SIZE, layers), F(SIZE, width),
    F(SIZE, heads), F(SIZE, kv_heads), F(SIZE, head_width), F(SIZE, hidden),
    C(norm, norms), C(placement, placements), F(FLAG, norm_bias), F(REAL, norm_epsilon),
    F(FLAG, final_norm), F(FLAG, residual), F(FLAG, parallel),
    C(position, positions), F(REAL, rope_base), F(REAL, rope_fraction), F(SIZE, position_offset),
    C(mlp, mlps), F(FLAG, mlp_bias),
    C(attention, attentions), F(REAL, attention_scale), F(FLAG, causal), F(SIZE, window),
    F(FLAG, self), F(FLAG, query_projection), F(FLAG, key_projection), F(FLAG, value_projection),
    F(FLAG, output_projection), F(FLAG, qkv_bias), F(FLAG, output_bias),
    F(FLAG, embedding_frozen), F(REAL, embedding_scale), F(FLAG, tied), F(FLAG, decoder_bias),
    F(FLAG, last_only),
    F(REAL, dropout_embedding), F(REAL, dropout_attention), F(REAL, dropout_residual),
    F(REAL, dropout_hidden),
    C(init, inits), F(REAL, init_scale), F(FLAG, layers_alike), F(MAP, layer_map),
    LATE(WINDOWS, layer_windows), LATE(FLAG, embedding_norm), LATE(SIZE, embedding_width),
};
/* clang-format on */
enum { FIELDS = sizeof fields / sizeof *fields };

#define PART(type, c, f) (*(type const *)((const char *)(c) + (f)->offset))
#define PART_TO(type, c, f) (*(type *)((char *)(c) + (f)->offset))

static unsigned choice_of(const struct attndyn_transformer_config *c, const struct field *f) {
    unsigned choice;
    memcpy(&choice, (const char *)c + f->offset, sizeof choice);
    return choice;
}

/* Is a late field at its default: 0, or the width where 0 means the width? */
static bool says_nothing(const struct attndyn_transformer_config *c, const struct field *f) {
    switch (f->kind) {
    case SIZE:
        return PART(size_t, c, f) == 0 ||
               (&PART(size_t, c, f) == &c->embedding_width && c->embedding_width == c->width);
    case FLAG:
        return !PART(bool, c, f);
    default:
        return PART(const size_t *, c, f) == NULL;
    }
}

/* ------------------------------------------------------------------ writing */

static char *list_text(struct attndyn_context *ctx, const size_t *list, size_t count) {
    char *text = attndyn_strdup(ctx, "");
    for (size_t l = 0; text && l < count; l++)
        text = attndyn_format(ctx, "%s%s%zu", text, l ? "," : "", list[l]);
    return text;
}

static char *value_text(struct attndyn_context *ctx, const struct attndyn_transformer_config *c,
                        const struct field *f) {
    const size_t *list;
    switch (f->kind) {
    case SIZE:
        return attndyn_format(ctx, "%zu", PART(size_t, c, f));
    case REAL:
        return attndyn_format(ctx, "%.17g", PART(double, c, f));
    case FLAG:
        return attndyn_format(ctx, "%d", PART(bool, c, f));
    case CHOICE:
        return attndyn_strdup(ctx, f->choices[choice_of(c, f)]);
    case MAP:
    case WINDOWS:
        list = PART(const size_t *, c, f);
        return list ? list_text(ctx, list, c->layers) : attndyn_strdup(ctx, "own");
    }
    return NULL;
}

char *attndyn_transformer_config_text(struct attndyn_context *ctx,
                                      const struct attndyn_transformer_config *c) {
    char *text = attndyn_strdup(ctx, "");
    for (size_t i = 0; text && i < FIELDS; i++) {
        const struct field *f = &fields[i];
        if (f->late && says_nothing(c, f)) continue;
        char *value = value_text(ctx, c, f);
        if (!value) return NULL;
        text = attndyn_format(ctx, "%s%s%s=%s", text, i ? " " : "", f->name, value);
    }
    return text;
}

/* ------------------------------------------------------------------ reading */

/* Reads a number made of digits only; false for anything else, or for too many digits. */
static bool read_size(const char *text, size_t length, size_t *value) {
    *value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || *value > (SIZE_MAX - 9) / 10) return false;
        *value = *value * 10 + (size_t)(text[i] - '0');
    }
    return length > 0;
}

static bool read_real(const char *text, size_t length, double *value) {
    char copy[64], *end;
    if (length == 0 || length >= sizeof copy) return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    *value = strtod(copy, &end);
    return *end == 0 && isfinite(*value);
}

static bool read_choice(const char *text, size_t length, const struct field *f,
                        struct attndyn_transformer_config *c) {
    for (unsigned i = 0; f->choices[i]; i++)
        if (strlen(f->choices[i]) == length && strncmp(f->choices[i], text, length) == 0) {
            memcpy((char *)c + f->offset, &i, sizeof i);
            return true;
        }
    return false;
}

/* "3,0,1": as many as there are layers. What is allocated is bounded by the text. */
static enum attndyn_status read_list(struct attndyn_context *ctx, const char *text, size_t length,
                                     size_t layers, const size_t **list, bool *valid) {
    size_t count = 1, *values;
    *valid = false;
    *list = NULL;
    if (length == 3 && strncmp(text, "own", 3) == 0) {
        *valid = true;
        return ATTNDYN_OK;
    }
    for (size_t i = 0; i < length; i++) count += text[i] == ',';
    if (count != layers) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, values, count);
    for (size_t i = 0, at = 0; i < count; i++) {
        size_t digits = 0;
        while (at + digits < length && text[at + digits] != ',') digits++;
        if (!read_size(text + at, digits, &values[i])) return ATTNDYN_OK;
        at += digits + 1;
    }
    *list = values;
    *valid = true;
    return ATTNDYN_OK;
}

static enum attndyn_status read_value(struct attndyn_context *ctx, const char *text, size_t length,
                                      const struct field *f, struct attndyn_transformer_config *c) {
    size_t flag = 0;
    bool valid = false;
    switch (f->kind) {
    case SIZE:
        valid = read_size(text, length, &PART_TO(size_t, c, f));
        break;
    case REAL:
        valid = read_real(text, length, &PART_TO(double, c, f));
        break;
    case FLAG:
        valid = read_size(text, length, &flag) && flag <= 1;
        PART_TO(bool, c, f) = flag == 1;
        break;
    case CHOICE:
        valid = read_choice(text, length, f, c);
        break;
    case MAP:
    case WINDOWS:
        ATTNDYN_TRY(
            read_list(ctx, text, length, c->layers, &PART_TO(const size_t *, c, f), &valid));
        break;
    }
    if (valid) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "transformer config: %s=%.*s is no value of it",
                        f->name, (int)(length < 40 ? length : 40), text);
}

enum attndyn_status attndyn_transformer_config_parse(struct attndyn_context *ctx, const char *text,
                                                     struct attndyn_transformer_config *c) {
    bool seen[FIELDS] = {false};
    *c = (struct attndyn_transformer_config){0};
    while (*text) {
        size_t word = strcspn(text, " "), key = strcspn(text, "= "), i = 0;
        while (i < FIELDS &&
               !(strlen(fields[i].name) == key && strncmp(fields[i].name, text, key) == 0))
            i++;
        if (i == FIELDS || text[key] != '=' || seen[i])
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                "transformer config: '%.*s' is %s: is it of a newer version?",
                                (int)(word < 60 ? word : 60), text,
                                i < FIELDS && seen[i] ? "there twice" : "not a field of it");
        seen[i] = true;
        ATTNDYN_TRY(read_value(ctx, text + key + 1, word - key - 1, &fields[i], c));
        text += word;
        text += strspn(text, " ");
    }
    for (size_t i = 0; i < FIELDS; i++)
        if (!seen[i] && !fields[i].late)
            return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "transformer config: no %s in it",
                                fields[i].name);
    return ATTNDYN_OK;
}
