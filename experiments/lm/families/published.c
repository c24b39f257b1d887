#include "published.h"

#include "sim/base/random.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------ names */

static const struct place llama[] = {
    {"embedding", "embed_tokens", FORM_ROWS},
    {"layers.#.norm1", "layers.#.input_layernorm", FORM_ROWS},
    {"layers.#.attention.query", "layers.#.self_attn.q_proj", FORM_ROWS},
    {"layers.#.attention.key", "layers.#.self_attn.k_proj", FORM_ROWS},
    {"layers.#.attention.value", "layers.#.self_attn.v_proj", FORM_ROWS},
    {"layers.#.attention.output", "layers.#.self_attn.o_proj", FORM_ROWS},
    {"layers.#.norm2", "layers.#.post_attention_layernorm", FORM_ROWS},
    {"layers.#.mlp.gate", "layers.#.mlp.gate_proj", FORM_ROWS},
    {"layers.#.mlp.up", "layers.#.mlp.up_proj", FORM_ROWS},
    {"layers.#.mlp.down", "layers.#.mlp.down_proj", FORM_ROWS},
    {"norm", "norm", FORM_ROWS},
    {"decoder", "lm_head", FORM_ROWS},
    {0}};
static const struct place gpt2[] = {{"embedding", "wte", FORM_ROWS},
                                    {"position", "wpe", FORM_ROWS},
                                    {"layers.#.norm1", "h.#.ln_1", FORM_ROWS},
                                    {"layers.#.attention.query", "h.#.attn.c_attn", FORM_SIDES},
                                    {"layers.#.attention.output", "h.#.attn.c_proj", FORM_COLUMNS},
                                    {"layers.#.norm2", "h.#.ln_2", FORM_ROWS},
                                    {"layers.#.mlp.up", "h.#.mlp.c_fc", FORM_COLUMNS},
                                    {"layers.#.mlp.down", "h.#.mlp.c_proj", FORM_COLUMNS},
                                    {"norm", "ln_f", FORM_ROWS},
                                    {"decoder", "lm_head", FORM_ROWS},
                                    {0}};
static const struct place gpt_neo[] = {
    {"embedding", "wte", FORM_ROWS},
    {"position", "wpe", FORM_ROWS},
    {"layers.#.norm1", "h.#.ln_1", FORM_ROWS},
    {"layers.#.attention.query", "h.#.attn.attention.q_proj", FORM_ROWS},
    {"layers.#.attention.key", "h.#.attn.attention.k_proj", FORM_ROWS},
    {"layers.#.attention.value", "h.#.attn.attention.v_proj", FORM_ROWS},
    {"layers.#.attention.output", "h.#.attn.attention.out_proj", FORM_ROWS},
    {"layers.#.norm2", "h.#.ln_2", FORM_ROWS},
    {"layers.#.mlp.up", "h.#.mlp.c_fc", FORM_ROWS},
    {"layers.#.mlp.down", "h.#.mlp.c_proj", FORM_ROWS},
    {"norm", "ln_f", FORM_ROWS},
    {0}};
static const struct place opt[] = {
    {"embedding", "embed_tokens", FORM_ROWS},
    {"position", "embed_positions", FORM_ROWS},
    {"project_in", "project_in", FORM_ROWS},
    {"layers.#.norm1", "layers.#.self_attn_layer_norm", FORM_ROWS},
    {"layers.#.attention.query", "layers.#.self_attn.q_proj", FORM_ROWS},
    {"layers.#.attention.key", "layers.#.self_attn.k_proj", FORM_ROWS},
    {"layers.#.attention.value", "layers.#.self_attn.v_proj", FORM_ROWS},
    {"layers.#.attention.output", "layers.#.self_attn.out_proj", FORM_ROWS},
    {"layers.#.norm2", "layers.#.final_layer_norm", FORM_ROWS},
    {"layers.#.mlp.up", "layers.#.fc1", FORM_ROWS},
    {"layers.#.mlp.down", "layers.#.fc2", FORM_ROWS},
    {"norm", "final_layer_norm", FORM_ROWS},
    {"project_out", "project_out", FORM_ROWS},
    {0}};
static const struct place gpt_neox[] = {
    {"embedding", "embed_in", FORM_ROWS},
    {"layers.#.norm1", "layers.#.input_layernorm", FORM_ROWS},
    {"layers.#.attention.query", "layers.#.attention.query_key_value", FORM_HEADS},
    {"layers.#.attention.output", "layers.#.attention.dense", FORM_ROWS},
    {"layers.#.norm2", "layers.#.post_attention_layernorm", FORM_ROWS},
    {"layers.#.mlp.up", "layers.#.mlp.dense_h_to_4h", FORM_ROWS},
    {"layers.#.mlp.down", "layers.#.mlp.dense_4h_to_h", FORM_ROWS},
    {"norm", "final_layer_norm", FORM_ROWS},
    {"decoder", "embed_out", FORM_ROWS},
    {0}};
static const struct place bloom[] = {
    {"embedding", "word_embeddings", FORM_ROWS},
    {"embedding_norm", "word_embeddings_layernorm", FORM_ROWS},
    {"layers.#.norm1", "h.#.input_layernorm", FORM_ROWS},
    {"layers.#.attention.query", "h.#.self_attention.query_key_value", FORM_HEADS},
    {"layers.#.attention.output", "h.#.self_attention.dense", FORM_ROWS},
    {"layers.#.norm2", "h.#.post_attention_layernorm", FORM_ROWS},
    {"layers.#.mlp.up", "h.#.mlp.dense_h_to_4h", FORM_ROWS},
    {"layers.#.mlp.down", "h.#.mlp.dense_4h_to_h", FORM_ROWS},
    {"norm", "ln_f", FORM_ROWS},
    {0}};

/* ------------------------------------------------------------------ definitions */

#define ALL                                                                                        \
    .vocabulary = 13, .context = 32, .width = 12, .residual = true, .causal = true, .self = true,  \
    .query_projection = true, .key_projection = true, .value_projection = true,                    \
    .output_projection = true
#define SHAPE(layers_, hidden_, heads_) .layers = layers_, .hidden = hidden_, .heads = heads_
#define BIASES .qkv_bias = true, .output_bias = true, .mlp_bias = true
#define LAYER_NORMS(epsilon) .norm = ATTNDYN_NORM_LAYER, .norm_bias = true, .norm_epsilon = epsilon
#define RMS_NORMS(epsilon) .norm = ATTNDYN_NORM_RMS, .norm_epsilon = epsilon, .final_norm = true
#define HALVES(base, part)                                                                         \
    .position = ATTNDYN_POSITION_ROPE_HALF, .rope_base = base, .rope_fraction = part
#define GATED .mlp = ATTNDYN_MLP_SWIGLU
#define LLAMA_CONFIG                                                                               \
    "\"vocab_size\": 13, \"hidden_size\": 12, \"intermediate_size\": 10, "                         \
    "\"num_hidden_layers\": 2, \"max_position_embeddings\": 32, \"hidden_act\": \"silu\", "
#define GPT2_CONFIG                                                                                \
    "{\"model_type\": \"gpt2\", \"vocab_size\": 13, \"n_embd\": 12, \"n_layer\": 2, "              \
    "\"n_head\": 2, \"n_positions\": 32, \"n_inner\": 10, \"layer_norm_epsilon\": 0.01"
#define OPT_CONFIG                                                                                 \
    "{\"model_type\": \"opt\", \"vocab_size\": 13, \"hidden_size\": 12, "                          \
    "\"num_hidden_layers\": 2, \"num_attention_heads\": 2, \"ffn_dim\": 10, "                      \
    "\"max_position_embeddings\": 32, \"activation_function\": \"relu\", "
#define NEOX_CONFIG                                                                                \
    "{\"model_type\": \"gpt_neox\", \"vocab_size\": 13, \"hidden_size\": 12, "                     \
    "\"num_hidden_layers\": 2, \"num_attention_heads\": 2, \"intermediate_size\": 10, "            \
    "\"max_position_embeddings\": 32, \"layer_norm_eps\": 0.01, \"rotary_pct\": 0.7, "             \
    "\"rotary_emb_base\": 100, \"hidden_act\": \"gelu\""
#define NEOX                                                                                       \
    ALL, SHAPE(2, 10, 2), BIASES, LAYER_NORMS(0.01), .final_norm = true, HALVES(100, 0.7),         \
                                                     .mlp = ATTNDYN_MLP_GELU
#define LLAMA2C                                                                                    \
    ALL, SHAPE(2, 10, 2), .kv_heads = 1, RMS_NORMS(1e-5), GATED,                                   \
                          .position = ATTNDYN_POSITION_ROPE_INTERLEAVED, .rope_base = 10000,       \
                          .rope_fraction = 1

static const size_t twice[] = {0, 0, 1, 1}, once[] = {0, 1, 0, 1}, global_local[] = {0, 3},
                    local_global[] = {3, 0};

#define FALSIFY(name, body)                                                                        \
    static void name(struct attndyn_transformer_config *c) {                                       \
        body;                                                                                      \
    }
FALSIFY(as_pairs, c->position = ATTNDYN_POSITION_ROPE_INTERLEAVED)
FALSIFY(as_halves, c->position = ATTNDYN_POSITION_ROPE_HALF)
FALSIFY(in_another_order, c->layer_map = once)
FALSIFY(without_window, c->window = 0)
FALSIFY(without_scale, c->attention_scale = 1)
FALSIFY(one_row_before, c->position_offset--)
FALSIFY(one_after_the_other, c->parallel = false)
FALSIFY(all_turns, c->rope_fraction = 1)
FALSIFY(without_slopes, c->position = ATTNDYN_POSITION_NONE)
FALSIFY(swapped_windows, c->layer_windows = local_global)

const struct published published[] = {
    {.name = "llama: grouped queries, two shards",
     .config = "{\"model_type\": \"llama\", " LLAMA_CONFIG
               "\"num_attention_heads\": 4, \"num_key_value_heads\": 2, \"head_dim\": 6, "
               "\"rms_norm_eps\": 0.01, \"rope_theta\": 500.0, \"attention_bias\": true, "
               "\"mlp_bias\": true, \"tie_word_embeddings\": false}",
     .prefix = "model.",
     .places = llama,
     .definition = {ALL, SHAPE(2, 10, 4), BIASES, RMS_NORMS(0.01), HALVES(500, 1), GATED,
                    .kv_heads = 2, .head_width = 6},
     .falsify = as_pairs,
     .kind = ATTNDYN_F32,
     .shards = 2,
     .buffer = "layers.1.self_attn.rotary_emb.inv_freq",
     .rewrite = "llama"},
    {.name = "mobilellm: each block twice, head tied",
     .config = "{\"model_type\": \"mobilellm\", " LLAMA_CONFIG
               "\"num_attention_heads\": 2, \"num_key_value_heads\": 1, "
               "\"share_embedding\": true, \"layer_sharing\": true}",
     .prefix = "model.",
     .places = llama,
     .definition = {ALL, SHAPE(4, 10, 2), RMS_NORMS(1e-6), HALVES(10000, 1), GATED, .kv_heads = 1,
                    .layer_map = twice, .tied = true},
     .falsify = in_another_order,
     .kind = ATTNDYN_BF16},
    {.name = "mistral: window of 5",
     .config = "{\"model_type\": \"mistral\", " LLAMA_CONFIG
               "\"num_attention_heads\": 2, \"num_key_value_heads\": 1, \"sliding_window\": 5, "
               "\"rms_norm_eps\": 0.01, \"rope_theta\": 500.0}",
     .prefix = "model.",
     .places = llama,
     .definition = {ALL, SHAPE(2, 10, 2), RMS_NORMS(0.01), HALVES(500, 1), GATED, .kv_heads = 1,
                    .window = 5},
     .falsify = without_window,
     .kind = ATTNDYN_F16,
     .rewrite = "mistral"},
    {.name = "gpt2: head tied",
     .config = GPT2_CONFIG ", \"activation_function\": \"gelu_new\"}",
     .prefix = "transformer.",
     .places = gpt2,
     .definition = {ALL, SHAPE(2, 10, 2), BIASES, LAYER_NORMS(0.01), .final_norm = true,
                    .position = ATTNDYN_POSITION_LEARNED, .mlp = ATTNDYN_MLP_GELU_TANH,
                    .tied = true},
     .falsify = without_scale,
     .kind = ATTNDYN_F32,
     .buffer = "h.0.attn.masked_bias",
     .rewrite = "gpt2"},
    {.name = "gpt2: its own head, numbers at odd bytes",
     .config = GPT2_CONFIG ", \"tie_word_embeddings\": false}",
     .prefix = "",
     .places = gpt2,
     .definition = {ALL, SHAPE(2, 10, 2), BIASES, LAYER_NORMS(0.01), .final_norm = true,
                    .position = ATTNDYN_POSITION_LEARNED, .mlp = ATTNDYN_MLP_GELU_TANH},
     .falsify = without_scale,
     .kind = ATTNDYN_BF16,
     .odd = true},
    {.name = "opt: narrow embedding",
     .config = OPT_CONFIG "\"word_embed_proj_dim\": 8, \"do_layer_norm_before\": true}",
     .prefix = "model.decoder.",
     .places = opt,
     .definition = {ALL, SHAPE(2, 10, 2), BIASES, LAYER_NORMS(1e-5), .final_norm = true,
                    .embedding_width = 8, .position = ATTNDYN_POSITION_LEARNED,
                    .position_offset = 2, .mlp = ATTNDYN_MLP_RELU, .tied = true},
     .falsify = one_row_before,
     .kind = ATTNDYN_F16,
     .rewrite = "opt"},
    {.name = "opt: norms behind",
     .config = OPT_CONFIG "\"word_embed_proj_dim\": 12, \"do_layer_norm_before\": false}",
     .prefix = "decoder.",
     .places = opt,
     .definition = {ALL, SHAPE(2, 10, 2), BIASES, LAYER_NORMS(1e-5),
                    .placement = ATTNDYN_PLACEMENT_POST, .position = ATTNDYN_POSITION_LEARNED,
                    .position_offset = 2, .mlp = ATTNDYN_MLP_RELU, .tied = true},
     .falsify = one_row_before,
     .kind = ATTNDYN_F32,
     .rewrite = "opt"},
    {.name = "gpt_neox: parallel",
     .config = NEOX_CONFIG ", \"use_parallel_residual\": true}",
     .prefix = "gpt_neox.",
     .places = gpt_neox,
     .definition = {NEOX, .parallel = true},
     .falsify = one_after_the_other,
     .kind = ATTNDYN_F16,
     .buffer = "layers.0.attention.rotary_emb.inv_freq",
     .rewrite = "gpt_neox"},
    {.name = "gpt_neox: one after the other",
     .config = NEOX_CONFIG ", \"use_parallel_residual\": false}",
     .prefix = "gpt_neox.",
     .places = gpt_neox,
     .definition = {NEOX},
     .falsify = all_turns,
     .kind = ATTNDYN_F32,
     .rewrite = "gpt_neox"},
    {.name = "bloom: ALiBi of 6 heads",
     .config = "{\"model_type\": \"bloom\", \"vocab_size\": 13, \"n_embed\": 12, \"n_layer\": 2, "
               "\"n_head\": 6, \"seq_length\": 32, \"layer_norm_epsilon\": 0.01}",
     .prefix = "transformer.",
     .places = bloom,
     .definition = {ALL, SHAPE(2, 48, 6), BIASES, LAYER_NORMS(0.01), .final_norm = true,
                    .embedding_norm = true, .position = ATTNDYN_POSITION_ALIBI,
                    .mlp = ATTNDYN_MLP_GELU_TANH, .tied = true},
     .falsify = without_slopes,
     .kind = ATTNDYN_BF16,
     .rewrite = "bloom"},
    {.name = "gpt_neo: a local layer, unscaled",
     .config = "{\"model_type\": \"gpt_neo\", \"vocab_size\": 13, \"hidden_size\": 12, "
               "\"num_layers\": 2, \"num_heads\": 2, \"max_position_embeddings\": 32, "
               "\"intermediate_size\": 10, \"window_size\": 3, "
               "\"attention_types\": [[[\"global\", \"local\"], 1]], "
               "\"layer_norm_epsilon\": 0.01}",
     .prefix = "transformer.",
     .places = gpt_neo,
     .definition = {ALL, SHAPE(2, 10, 2), LAYER_NORMS(0.01), .final_norm = true,
                    .output_bias = true, .mlp_bias = true, .attention_scale = 1,
                    .layer_windows = global_local, .position = ATTNDYN_POSITION_LEARNED,
                    .mlp = ATTNDYN_MLP_GELU_TANH, .tied = true},
     .falsify = swapped_windows,
     .kind = ATTNDYN_F16,
     .rewrite = "gpt_neo"},
    {.name = "llama2.c, version 0: head tied",
     .definition = {LLAMA2C, .tied = true},
     .falsify = as_halves,
     .kind = ATTNDYN_F32,
     .rewrite = "llama"},
    {.name = "llama2.c, version 0: its own head",
     .definition = {LLAMA2C},
     .falsify = as_halves,
     .kind = ATTNDYN_F32},
    {.name = "llama2.c, version 1",
     .definition = {LLAMA2C, .tied = true},
     .falsify = as_halves,
     .kind = ATTNDYN_F32,
     .version = 1},
    {0}};

/* ------------------------------------------------------------------ numbers */

enum attndyn_status published_draw(struct attndyn_context *ctx, const struct families *p,
                                   const struct published *family, struct plain **network,
                                   uint32_t **tokens) {
    struct attndyn_random random;
    ATTNDYN_TRY(plain_create(ctx, &family->definition, network));
    ATTNDYN_ALLOC(ctx, *tokens, (size_t)p->tokens);
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, family->name, 0)));
    for (size_t i = 0; i < (*network)->count; i++) {
        struct plain_tensor *t = &(*network)->tensors[i];
        bool gain = strstr(t->name, "norm") && strstr(t->name, ".weight");
        for (size_t j = 0; j < plain_numbers(t); j++) {
            double x = round(64 * (p->scale * attndyn_random_normal(&random) + gain));
            t->at[j] = fmin(fmax(x, -127), 127) / 64;
        }
    }
    for (long i = 0; i < p->tokens; i++)
        (*tokens)[i] =
            (uint32_t)(attndyn_random_uniform(&random) * (double)(*network)->config.vocabulary);
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}
