#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What most share: one pre-norm layer with every projection, no dropout. */
static const struct attndyn_transformer_config plain = {.layers = 1,
                                                        .heads = 1,
                                                        .norm = ATTNDYN_NORM_LAYER,
                                                        .placement = ATTNDYN_PLACEMENT_PRE,
                                                        .norm_bias = true,
                                                        .norm_epsilon = 1e-5,
                                                        .residual = true,
                                                        .rope_base = 10000,
                                                        .rope_fraction = 1,
                                                        .causal = true,
                                                        .self = true,
                                                        .query_projection = true,
                                                        .key_projection = true,
                                                        .value_projection = true,
                                                        .output_projection = true,
                                                        .init_scale = 0.02};

static void preset_wlm(struct attndyn_transformer_config *c) {
    c->width = 200, c->hidden = 200, c->context = 35;
    c->placement = ATTNDYN_PLACEMENT_POST;
    c->position = ATTNDYN_POSITION_SINUSOIDAL;
    c->mlp = ATTNDYN_MLP_RELU;
    c->mlp_bias = c->qkv_bias = c->output_bias = c->decoder_bias = true;
    c->embedding_scale = -1; /* sqrt(d), by resolve */
    c->dropout_embedding = c->dropout_attention = c->dropout_residual = c->dropout_hidden = 0.2;
    c->init = ATTNDYN_INIT_TORCH_ENCODER;
    c->layers_alike = true;
}

static void preset_hierarchy(struct attndyn_transformer_config *c) {
    c->vocabulary = 100, c->outputs = 20, c->context = 30;
    c->layers = 3, c->width = 1024, c->hidden = 400;
    c->placement = ATTNDYN_PLACEMENT_POST;
    c->mlp = ATTNDYN_MLP_RELU;
    c->mlp_bias = c->decoder_bias = true;
    c->output_projection = false;
    c->last_only = true;
    c->init = ATTNDYN_INIT_TORCH_DEFAULT;
}

static void preset_gpt2(struct attndyn_transformer_config *c) {
    c->width = 768, c->layers = 12, c->heads = 12, c->hidden = 3072, c->context = 1024;
    c->vocabulary = 50257;
    c->position = ATTNDYN_POSITION_LEARNED;
    c->mlp = ATTNDYN_MLP_GELU_TANH;
    c->mlp_bias = c->qkv_bias = c->output_bias = true;
    c->final_norm = c->tied = true;
    c->init = ATTNDYN_INIT_NORMAL;
}

static void preset_llama(struct attndyn_transformer_config *c) {
    c->width = 288, c->layers = 6, c->heads = 6, c->hidden = 768, c->context = 256;
    c->vocabulary = 32000;
    c->norm = ATTNDYN_NORM_RMS;
    c->norm_bias = false;
    c->position = ATTNDYN_POSITION_ROPE_HALF;
    c->mlp = ATTNDYN_MLP_SWIGLU;
    c->final_norm = c->tied = true;
    c->init = ATTNDYN_INIT_NORMAL;
}

/* One query, the last token; the tokens before it are the context. Embedding the identity, so that
 * the key map's row m is the attention logits z_m (Z) and the decoder is W (Y). */
static void preset_theory(struct attndyn_transformer_config *c) {
    c->norm = ATTNDYN_NORM_NONE;
    c->norm_bias = false;
    c->mlp = ATTNDYN_MLP_NONE;
    c->query_projection = c->value_projection = c->output_projection = false;
    c->attention_scale = 1;
    c->self = false;
    c->last_only = true;
    c->embedding_frozen = true;
    c->init = ATTNDYN_INIT_ZERO;
}

static void preset_scansnap(struct attndyn_transformer_config *c) {
    preset_theory(c);
    c->norm = ATTNDYN_NORM_L2;
    c->placement = ATTNDYN_PLACEMENT_POST;
    c->residual = false;
}

static const struct {
    const char *name;
    void (*set)(struct attndyn_transformer_config *);
} presets[] = {{"joma", preset_theory}, {"scansnap", preset_scansnap},
               {"wlm", preset_wlm},     {"hierarchy", preset_hierarchy},
               {"gpt2", preset_gpt2},   {"llama", preset_llama}};

enum attndyn_status attndyn_transformer_preset(struct attndyn_context *ctx, const char *name,
                                               struct attndyn_transformer_config *config) {
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (strcmp(presets[i].name, name) == 0) {
            *config = plain;
            presets[i].set(config);
            return ATTNDYN_OK;
        }
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "no transformer preset '%s': joma, scansnap, wlm, hierarchy, gpt2 or llama",
                        name);
}

/* Sizes are bounded so that their products, and sums of these, fit a size_t. */
static const size_t largest = (size_t)1 << 26;

static enum attndyn_status check_sizes(struct attndyn_context *ctx,
                                       const struct attndyn_transformer_config *c) {
    const struct {
        const char *name;
        size_t value;
    } sizes[] = {{"vocabulary", c->vocabulary},
                 {"outputs", c->outputs},
                 {"context", c->context},
                 {"layers", c->layers},
                 {"width", c->width},
                 {"heads", c->heads},
                 {"kv_heads", c->kv_heads},
                 {"head_width", c->head_width},
                 {"embedding_width", c->embedding_width}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].value < 1 || sizes[i].value > largest)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "transformer: %s is %zu, expected 1 to %zu",
                                sizes[i].name, sizes[i].value, largest);
    if (c->mlp != ATTNDYN_MLP_NONE && (c->hidden < 1 || c->hidden > largest))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "transformer: hidden is %zu, expected 1 to %zu",
                            c->hidden, largest);
    if (c->heads % c->kv_heads != 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "transformer: heads (%zu) must be a multiple of kv_heads (%zu)",
                            c->heads, c->kv_heads);
    return ATTNDYN_OK;
}

static enum attndyn_status check_combinations(struct attndyn_context *ctx,
                                              const struct attndyn_transformer_config *c) {
    size_t q = c->heads * c->head_width, kv = c->kv_heads * c->head_width;
    if ((!c->query_projection || !c->output_projection) && q != c->width)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "transformer: without a query or output projection heads x head_width "
                            "(%zu) must be the width (%zu)",
                            q, c->width);
    if ((!c->key_projection || !c->value_projection) && kv != c->width)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "transformer: without a key or value projection kv_heads x head_width "
                            "(%zu) must be the width (%zu)",
                            kv, c->width);
    if (c->tied && c->outputs != c->vocabulary)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "transformer: a tied decoder has as many outputs as tokens: %zu, "
                            "not %zu",
                            c->vocabulary, c->outputs);
    if (c->parallel && (c->placement != ATTNDYN_PLACEMENT_PRE || c->mlp == ATTNDYN_MLP_NONE))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "transformer: parallel sublayers need pre-norm and an MLP");
    bool rope = c->position == ATTNDYN_POSITION_ROPE_HALF ||
                c->position == ATTNDYN_POSITION_ROPE_INTERLEAVED;
    if (rope && (!(c->rope_fraction > 0 && c->rope_fraction <= 1) || !(c->rope_base > 1) ||
                 (size_t)((double)c->head_width * c->rope_fraction) < 2))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "transformer: RoPE needs a base above 1 and a fraction in (0, 1] of a "
                            "head (width %zu) that is at least 2",
                            c->head_width);
    if (c->embedding_norm && c->norm == ATTNDYN_NORM_NONE)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "transformer: embedding_norm needs a norm, not norm=none");
    if (c->init == ATTNDYN_INIT_ZERO && c->vocabulary > c->embedding_width)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "transformer: the identity embedding (init zero) needs a width (%zu) "
                            "of at least the vocabulary (%zu)",
                            c->embedding_width, c->vocabulary);
    const double rates[] = {c->dropout_embedding, c->dropout_attention, c->dropout_residual,
                            c->dropout_hidden};
    for (size_t i = 0; i < 4; i++)
        if (!(rates[i] >= 0 && rates[i] < 1))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "transformer: a dropout of %g, expected [0, 1)",
                                rates[i]);
    if (!(c->norm_epsilon >= 0) || !isfinite(c->attention_scale) || !isfinite(c->embedding_scale) ||
        !isfinite(c->init_scale))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "transformer: norm_epsilon, scales must be finite numbers");
    for (size_t l = 0; c->layer_map && l < c->layers; l++)
        if (c->layer_map[l] >= c->layers)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "transformer: layer %zu uses block %zu, there are at most %zu", l,
                                c->layer_map[l], c->layers);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_transformer_config_resolve(struct attndyn_context *ctx,
                                                       struct attndyn_transformer_config *c) {
    if (c->outputs == 0) c->outputs = c->vocabulary;
    if (c->kv_heads == 0) c->kv_heads = c->heads;
    if (c->embedding_width == 0) c->embedding_width = c->width;
    if (c->head_width == 0 && c->heads > 0) {
        if (c->width % c->heads != 0)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "transformer: width (%zu) must be a multiple of heads (%zu), or "
                                "head_width be given",
                                c->width, c->heads);
        c->head_width = c->width / c->heads;
    }
    ATTNDYN_TRY(check_sizes(ctx, c));
    if (c->attention_scale == 0) c->attention_scale = 1 / sqrt((double)c->head_width);
    if (c->embedding_scale == 0) c->embedding_scale = 1;
    if (c->embedding_scale < 0) c->embedding_scale = sqrt((double)c->width);
    return check_combinations(ctx, c);
}

double attndyn_alibi_slope(size_t heads, size_t head) {
    size_t power = 1;
    while (power <= heads / 2) power *= 2;
    double rank = head < power ? (double)(head + 1) : (double)(head - power) + 0.5;
    return exp2(-8 * rank / (double)power);
}
