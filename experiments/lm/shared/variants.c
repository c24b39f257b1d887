#include "variants.h"

static const size_t shared_twice[] = {0, 1, 0}, first_is_local[] = {3, 0};

#define CHANGE(name, body)                                                                         \
    static void name(struct attndyn_transformer_config *c) {                                       \
        body;                                                                                      \
    }

/* Mixtures: each branch stands in one at least, and most beside others that it could disturb. */
CHANGE(llama, c->heads = 4; c->kv_heads = 2; c->head_width = 6)
CHANGE(gpt2, (void)c)
CHANGE(pairs_shared, c->layers = 3; c->layer_map = shared_twice; c->window = 4; c->tied = false;
       c->position = ATTNDYN_POSITION_ROPE_INTERLEAVED; c->rope_fraction = 0.7; c->head_width = 6)
CHANGE(opt_post, c->placement = ATTNDYN_PLACEMENT_POST; c->final_norm = false;
       c->position_offset = 2; c->mlp = ATTNDYN_MLP_RELU; c->embedding_width = 5)
CHANGE(neox, c->position = ATTNDYN_POSITION_ROPE_HALF; c->rope_fraction = 0.7; c->head_width = 6;
       c->parallel = true; c->tied = false; c->mlp = ATTNDYN_MLP_GELU; c->decoder_bias = true)
CHANGE(parallel_bare, c->parallel = true; c->norm = ATTNDYN_NORM_NONE; c->residual = false;
       c->final_norm = false)
CHANGE(bloom, c->position = ATTNDYN_POSITION_ALIBI; c->embedding_norm = true; c->heads = 6)
CHANGE(layer_windows, c->layer_windows = first_is_local; c->attention_scale = 1)
CHANGE(sinusoids, (void)c)
CHANGE(off_by_one, c->attention = ATTNDYN_ATTENTION_OFF_BY_ONE)
CHANGE(self_excluded, c->self = false; c->mlp = ATTNDYN_MLP_SILU)
CHANGE(sigmoid, c->attention = ATTNDYN_ATTENTION_SIGMOID; c->position = ATTNDYN_POSITION_NONE)
CHANGE(relu_bare, c->attention = ATTNDYN_ATTENTION_RELU; c->norm = ATTNDYN_NORM_NONE;
       c->final_norm = false; c->mlp = ATTNDYN_MLP_QUADRATIC; c->residual = false; c->layers = 1)
CHANGE(linear, c->attention = ATTNDYN_ATTENTION_LINEAR; c->mlp = ATTNDYN_MLP_LINEAR;
       c->norm_bias = false; c->position = ATTNDYN_POSITION_NONE)
CHANGE(exponential, c->attention = ATTNDYN_ATTENTION_EXP; c->norm = ATTNDYN_NORM_L2;
       c->placement = ATTNDYN_PLACEMENT_POST; c->final_norm = false; c->mlp = ATTNDYN_MLP_NONE;
       c->position = ATTNDYN_POSITION_NONE)
CHANGE(rms_post, c->norm = ATTNDYN_NORM_RMS; c->placement = ATTNDYN_PLACEMENT_POST;
       c->norm_epsilon = 0.02; c->embedding_scale = 3)
CHANGE(both_sides, c->causal = false; c->window = 3; c->tied = false)
CHANGE(both_sides_alibi, c->causal = false; c->self = false; c->heads = 3;
       c->position = ATTNDYN_POSITION_ALIBI)
CHANGE(last, c->last_only = true; c->tied = false; c->outputs = 5; c->embedding_width = 15)
CHANGE(only_value, c->query_projection = c->key_projection = false)
CHANGE(no_projections, c->query_projection = c->value_projection = c->output_projection = false)
CHANGE(frozen, c->embedding_frozen = true; c->tied = false; c->mlp = ATTNDYN_MLP_SWIGLU;
       c->mlp_bias = true)
CHANGE(hierarchy, c->heads = 1)
CHANGE(counted_softmax, c->position = ATTNDYN_POSITION_NONE; c->mlp = ATTNDYN_MLP_GELU)

CHANGE(as_halves, c->position = ATTNDYN_POSITION_ROPE_HALF)
CHANGE(as_pairs, c->position = ATTNDYN_POSITION_ROPE_INTERLEAVED)
CHANGE(an_offset_less, c->position_offset = 1)
CHANGE(without_slopes, c->position = ATTNDYN_POSITION_NONE)
CHANGE(a_window_for_all, c->layer_windows = NULL; c->window = 3)
CHANGE(as_softmax, c->attention = ATTNDYN_ATTENTION_SOFTMAX)
CHANGE(seen, c->self = true)
CHANGE(another_epsilon, c->norm_epsilon = 1e-5)
CHANGE(a_wider_window, c->window = 4)
CHANGE(as_tanh, c->mlp = ATTNDYN_MLP_GELU_TANH)

const struct plain_variant plain_variants[] = {
    {"llama: grouped queries, SwiGLU", "llama", llama, false, "neighbours", as_pairs},
    {"gpt2", "gpt2", gpt2, false, NULL, NULL},
    {"shared blocks, neighbours turn, window", "llama", pairs_shared, false, "halves", as_halves},
    {"opt: post-norm, offset 2, narrow embedding", "gpt2", opt_post, false, "offset 1",
     an_offset_less},
    {"gpt-neox: parallel, part of a head turns, GELU", "gpt2", neox, false, "GELU by its tanh form",
     as_tanh},
    {"parallel, no norm, no residual", "gpt2", parallel_bare, false, NULL, NULL},
    {"bloom: ALiBi of 6 heads, embedding norm", "gpt2", bloom, false, "no slopes", without_slopes},
    {"gpt-neo: a window in one layer, unscaled", "gpt2", layer_windows, false,
     "a window in both layers", a_window_for_all},
    {"word_language_model: sinusoids", "wlm", sinusoids, false, NULL, NULL},
    {"softmax off by one", "gpt2", off_by_one, false, "softmax", as_softmax},
    {"own key unseen, SiLU", "llama", self_excluded, false, "own key seen", seen},
    {"sigmoid attention, keys counted", "gpt2", sigmoid, true, NULL, NULL},
    {"ReLU attention, x^2, bare", "gpt2", relu_bare, false, NULL, NULL},
    {"linear attention, keys counted, linear MLP", "gpt2", linear, true, NULL, NULL},
    {"exp attention, keys counted, l2 norm", "gpt2", exponential, true, NULL, NULL},
    {"RMS norm behind, epsilon 0.02, scaled embedding", "gpt2", rms_post, false, "epsilon 1e-5",
     another_epsilon},
    {"window to both sides, untied", "gpt2", both_sides, false, "a window wider by one",
     a_wider_window},
    {"to both sides, own key unseen, ALiBi of 3", "gpt2", both_sides_alibi, false, NULL, NULL},
    {"last position alone, wide embedding", "gpt2", last, false, NULL, NULL},
    {"no maps of queries and keys", "gpt2", only_value, false, NULL, NULL},
    {"map of keys alone", "gpt2", no_projections, false, NULL, NULL},
    {"embedding frozen", "gpt2", frozen, false, NULL, NULL},
    {"hierarchy: one head, post-norm", "hierarchy", hierarchy, false, NULL, NULL},
    {"softmax, keys counted, GELU", "gpt2", counted_softmax, true, NULL, NULL},
    {0}};

enum attndyn_status plain_config(struct attndyn_context *ctx, const struct plain_variant *variant,
                                 size_t length, struct attndyn_transformer_config *config) {
    ATTNDYN_TRY(attndyn_transformer_preset(ctx, variant->preset, config));
    config->vocabulary = 11, config->outputs = 0, config->context = length + 2, config->layers = 2;
    config->width = 12, config->heads = 2, config->kv_heads = 0, config->head_width = 0;
    config->hidden = 10;
    config->dropout_embedding = config->dropout_attention = 0;
    config->dropout_residual = config->dropout_hidden = 0;
    variant->set(config);
    return ATTNDYN_OK;
}
