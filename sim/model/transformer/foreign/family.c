/* The table of families (family.h). Sources are the libraries that write these files: the names and
 * defaults of their config classes, the names of their modules' parameters. */
#include "family.h"

#include <string.h>

#define AT(field) offsetof(struct attndyn_transformer_config, field)
#define SIZE(names, field, otherwise)                                                              \
    { names, ATTNDYN_KEY_SIZE, AT(field), otherwise }
#define REAL(names, field, otherwise)                                                              \
    { names, ATTNDYN_KEY_REAL, AT(field), otherwise }
#define FLAG(names, field, otherwise)                                                              \
    { names, ATTNDYN_KEY_FLAG, AT(field), otherwise }
#define NOT(names, field, otherwise)                                                               \
    { names, ATTNDYN_KEY_NOT, AT(field), otherwise }
#define KEY(kind, names, otherwise)                                                                \
    { names, ATTNDYN_KEY_##kind, 0, otherwise }
#define PLAIN(ours, theirs)                                                                        \
    { ours, theirs, ATTNDYN_FORM_PLAIN, 0 }
#define TRANSPOSED(ours, theirs)                                                                   \
    { ours, theirs, ATTNDYN_FORM_TRANSPOSED, 0 }
#define FUSED(form, theirs)                                                                        \
    {"layers.#.attention.query", theirs, form, 0}, {"layers.#.attention.key", theirs, form, 1}, {  \
        "layers.#.attention.value", theirs, form, 2                                                \
    }

/* What all have: a causal softmax over its own and earlier positions, every projection. */
#define BASE                                                                                       \
    .residual = true, .causal = true, .self = true, .query_projection = true,                      \
    .key_projection = true, .value_projection = true, .output_projection = true,                   \
    .final_norm = true, .rope_base = 10000, .rope_fraction = 1, .norm_epsilon = 1e-5,              \
    .init = ATTNDYN_INIT_NORMAL, .init_scale = 0.02
#define BIASED .norm_bias = true, .qkv_bias = true, .output_bias = true, .mlp_bias = true

/* clang-format off */

/* ------------------------------------------------------------------ LLaMA and its kin */

#define LLAMA_KEYS                                                                                 \
    SIZE("vocab_size", vocabulary, NULL),                                                          \
    SIZE("hidden_size", width, NULL),                                                              \
    SIZE("intermediate_size", hidden, NULL),                                                       \
    SIZE("num_hidden_layers", layers, NULL),                                                       \
    SIZE("num_attention_heads", heads, NULL),                                                      \
    SIZE("num_key_value_heads", kv_heads, "0"),                                                    \
    SIZE("head_dim", head_width, "0"),                                                             \
    SIZE("max_position_embeddings", context, "2048"),                                              \
    REAL("rms_norm_eps", norm_epsilon, "1e-6"),                                                    \
    REAL("rope_theta", rope_base, "10000.0"),                                                      \
    FLAG("tie_word_embeddings", tied, "false"),                                                    \
    KEY(ACTIVATION, "hidden_act", "\"silu\"")

static const struct attndyn_family_key llama_keys[] = {
    LLAMA_KEYS,
    FLAG("attention_bias", qkv_bias, "false"),
    FLAG("attention_bias", output_bias, "false"),
    FLAG("mlp_bias", mlp_bias, "false"),
    KEY(TIES, "share_embedding", "false"),  /* MobileLLM */
    KEY(REPEATS, "layer_sharing", "false"), /* MobileLLM-LS */
    {0}};

static const struct attndyn_family_key mistral_keys[] = {
    LLAMA_KEYS,
    SIZE("sliding_window", window, "4096"),
    {0}};

static const struct attndyn_family_tensor llama_tensors[] = {
    PLAIN("embedding", "embed_tokens"),
    PLAIN("layers.#.norm1", "layers.#.input_layernorm"),
    PLAIN("layers.#.attention.query", "layers.#.self_attn.q_proj"),
    PLAIN("layers.#.attention.key", "layers.#.self_attn.k_proj"),
    PLAIN("layers.#.attention.value", "layers.#.self_attn.v_proj"),
    PLAIN("layers.#.attention.output", "layers.#.self_attn.o_proj"),
    PLAIN("layers.#.norm2", "layers.#.post_attention_layernorm"),
    PLAIN("layers.#.mlp.gate", "layers.#.mlp.gate_proj"),
    PLAIN("layers.#.mlp.up", "layers.#.mlp.up_proj"),
    PLAIN("layers.#.mlp.down", "layers.#.mlp.down_proj"),
    PLAIN("norm", "norm"),
    PLAIN("decoder", "lm_head"),
    {0}};
static const char *const rotary_buffers[] = {
    "layers.*.self_attn.rotary_emb.inv_freq", "rotary_emb.inv_freq",
    "layers.*.attention.rotary_emb.inv_freq", "layers.*.attention.bias",
    "layers.*.attention.masked_bias", NULL};
static const struct attndyn_family_refusal llama_refused[] = {
    {"partial_rotary_factor", "1.0", "a part of the head that turns"},
    {"alibi", "false", "positions other than rotary ones in this family"},
    {"use_sliding_window", "false", "a window in this family"},
    {0}};
static const struct attndyn_family_refusal mistral_refused[] = {
    {"partial_rotary_factor", "1.0", "a part of the head that turns"},
    {"alibi", "false", "positions other than rotary ones in this family"},
    {"use_sliding_window", "true", "a window that another key turns off"},
    {"max_window_layers", "null", "windows that only a part of the layers has"},
    {0}};

/* ------------------------------------------------------------------ GPT-2, GPT-Neo */

static const struct attndyn_family_key gpt2_keys[] = {
    SIZE("vocab_size", vocabulary, NULL),
    SIZE("n_embd|hidden_size", width, NULL),
    SIZE("n_layer|num_hidden_layers", layers, NULL),
    SIZE("n_head|num_attention_heads", heads, NULL),
    SIZE("n_positions|max_position_embeddings|n_ctx", context, NULL),
    KEY(HIDDEN, "n_inner", "null"),
    REAL("layer_norm_epsilon", norm_epsilon, "1e-5"),
    KEY(ACTIVATION, "activation_function", "\"gelu_new\""),
    KEY(SCALED, "scale_attn_weights", "true"),
    FLAG("tie_word_embeddings", tied, "true"),
    {0}};
static const struct attndyn_family_tensor gpt2_tensors[] = {
    PLAIN("embedding", "wte"),
    PLAIN("position", "wpe"),
    PLAIN("layers.#.norm1", "h.#.ln_1"),
    FUSED(ATTNDYN_FORM_THIRD, "h.#.attn.c_attn"),
    TRANSPOSED("layers.#.attention.output", "h.#.attn.c_proj"),
    PLAIN("layers.#.norm2", "h.#.ln_2"),
    TRANSPOSED("layers.#.mlp.up", "h.#.mlp.c_fc"),
    TRANSPOSED("layers.#.mlp.down", "h.#.mlp.c_proj"),
    PLAIN("norm", "ln_f"),
    PLAIN("decoder", "lm_head"),
    {0}};
static const char *const gpt2_buffers[] = {"h.*.attn.bias", "h.*.attn.masked_bias", NULL};
static const struct attndyn_family_refusal gpt2_refused[] = {
    {"scale_attn_by_inverse_layer_idx", "false", "attention scaled by the layer's number"},
    {"add_cross_attention", "false", "cross-attention"},
    {0}};

static const struct attndyn_family_key gpt_neo_keys[] = {
    SIZE("vocab_size", vocabulary, NULL),
    SIZE("hidden_size", width, NULL),
    SIZE("num_layers|num_hidden_layers", layers, NULL),
    SIZE("num_heads|num_attention_heads", heads, NULL),
    SIZE("max_position_embeddings", context, "2048"),
    KEY(HIDDEN, "intermediate_size", "null"),
    SIZE("window_size", window, "256"),
    KEY(KINDS, "attention_types", "[[[\"global\", \"local\"], 12]]"),
    REAL("layer_norm_epsilon", norm_epsilon, "1e-5"),
    KEY(ACTIVATION, "activation_function", "\"gelu_new\""),
    FLAG("tie_word_embeddings", tied, "true"),
    {0}};
static const struct attndyn_family_tensor gpt_neo_tensors[] = {
    PLAIN("embedding", "wte"),
    PLAIN("position", "wpe"),
    PLAIN("layers.#.norm1", "h.#.ln_1"),
    PLAIN("layers.#.attention.query", "h.#.attn.attention.q_proj"),
    PLAIN("layers.#.attention.key", "h.#.attn.attention.k_proj"),
    PLAIN("layers.#.attention.value", "h.#.attn.attention.v_proj"),
    PLAIN("layers.#.attention.output", "h.#.attn.attention.out_proj"),
    PLAIN("layers.#.norm2", "h.#.ln_2"),
    PLAIN("layers.#.mlp.up", "h.#.mlp.c_fc"),
    PLAIN("layers.#.mlp.down", "h.#.mlp.c_proj"),
    PLAIN("norm", "ln_f"),
    PLAIN("decoder", "lm_head"),
    {0}};
static const char *const gpt_neo_buffers[] = {
    "h.*.attn.attention.bias", "h.*.attn.attention.masked_bias", NULL};

/* ------------------------------------------------------------------ OPT */

static const struct attndyn_family_key opt_keys[] = {
    SIZE("vocab_size", vocabulary, NULL),
    SIZE("hidden_size", width, NULL),
    SIZE("word_embed_proj_dim", embedding_width, "0"),
    SIZE("num_hidden_layers", layers, NULL),
    SIZE("num_attention_heads", heads, NULL),
    SIZE("ffn_dim", hidden, NULL),
    SIZE("max_position_embeddings", context, "2048"),
    KEY(ACTIVATION, "activation_function", "\"relu\""),
    FLAG("enable_bias", qkv_bias, "true"),
    FLAG("enable_bias", output_bias, "true"),
    FLAG("enable_bias", mlp_bias, "true"),
    NOT("_remove_final_layer_norm", final_norm, "false"),
    KEY(PRE_NORM, "do_layer_norm_before", "true"),
    FLAG("tie_word_embeddings", tied, "true"),
    {0}};
static const struct attndyn_family_tensor opt_tensors[] = {
    PLAIN("embedding", "embed_tokens"),
    PLAIN("position", "embed_positions"),
    PLAIN("project_in", "project_in"),
    PLAIN("layers.#.norm1", "layers.#.self_attn_layer_norm"),
    PLAIN("layers.#.attention.query", "layers.#.self_attn.q_proj"),
    PLAIN("layers.#.attention.key", "layers.#.self_attn.k_proj"),
    PLAIN("layers.#.attention.value", "layers.#.self_attn.v_proj"),
    PLAIN("layers.#.attention.output", "layers.#.self_attn.out_proj"),
    PLAIN("layers.#.norm2", "layers.#.final_layer_norm"),
    PLAIN("layers.#.mlp.up", "layers.#.fc1"),
    PLAIN("layers.#.mlp.down", "layers.#.fc2"),
    PLAIN("norm", "final_layer_norm"),
    PLAIN("project_out", "project_out"),
    PLAIN("decoder", "lm_head"),
    {0}};
static const struct attndyn_family_refusal opt_refused[] = {
    {"layer_norm_elementwise_affine", "true", "norms without gain"},
    {0}};

/* ------------------------------------------------------------------ GPT-NeoX, BLOOM */

static const struct attndyn_family_key gpt_neox_keys[] = {
    SIZE("vocab_size", vocabulary, NULL),
    SIZE("hidden_size", width, NULL),
    SIZE("num_hidden_layers", layers, NULL),
    SIZE("num_attention_heads", heads, NULL),
    SIZE("intermediate_size", hidden, NULL),
    SIZE("max_position_embeddings", context, "2048"),
    REAL("rotary_pct", rope_fraction, "0.25"),
    REAL("rotary_emb_base|rope_theta", rope_base, "10000"),
    REAL("layer_norm_eps", norm_epsilon, "1e-5"),
    KEY(ACTIVATION, "hidden_act", "\"gelu\""),
    FLAG("use_parallel_residual", parallel, "true"),
    FLAG("attention_bias", qkv_bias, "true"),
    FLAG("attention_bias", output_bias, "true"),
    FLAG("tie_word_embeddings", tied, "false"),
    {0}};
static const struct attndyn_family_tensor gpt_neox_tensors[] = {
    PLAIN("embedding", "embed_in"),
    PLAIN("layers.#.norm1", "layers.#.input_layernorm"),
    FUSED(ATTNDYN_FORM_BY_HEAD, "layers.#.attention.query_key_value"),
    PLAIN("layers.#.attention.output", "layers.#.attention.dense"),
    PLAIN("layers.#.norm2", "layers.#.post_attention_layernorm"),
    PLAIN("layers.#.mlp.up", "layers.#.mlp.dense_h_to_4h"),
    PLAIN("layers.#.mlp.down", "layers.#.mlp.dense_4h_to_h"),
    PLAIN("norm", "final_layer_norm"),
    PLAIN("decoder", "embed_out"),
    {0}};

static const struct attndyn_family_key bloom_keys[] = {
    SIZE("vocab_size", vocabulary, NULL),
    SIZE("hidden_size|n_embed", width, NULL),
    SIZE("n_layer|num_hidden_layers", layers, NULL),
    SIZE("n_head|num_attention_heads", heads, NULL),
    SIZE("seq_length", context, "2048"), /* ALiBi itself has no end */
    KEY(HIDDEN, "n_inner", "null"),
    REAL("layer_norm_epsilon", norm_epsilon, "1e-5"),
    FLAG("tie_word_embeddings", tied, "true"),
    {0}};
static const struct attndyn_family_tensor bloom_tensors[] = {
    PLAIN("embedding", "word_embeddings"),
    PLAIN("embedding_norm", "word_embeddings_layernorm"),
    PLAIN("layers.#.norm1", "h.#.input_layernorm"),
    FUSED(ATTNDYN_FORM_BY_HEAD, "h.#.self_attention.query_key_value"),
    PLAIN("layers.#.attention.output", "h.#.self_attention.dense"),
    PLAIN("layers.#.norm2", "h.#.post_attention_layernorm"),
    PLAIN("layers.#.mlp.up", "h.#.mlp.dense_h_to_4h"),
    PLAIN("layers.#.mlp.down", "h.#.mlp.dense_4h_to_h"),
    PLAIN("norm", "ln_f"),
    PLAIN("decoder", "lm_head"),
    {0}};
static const struct attndyn_family_refusal bloom_refused[] = {
    {"apply_residual_connection_post_layernorm", "false", "residuals taken behind the norm"},
    {0}};

static const struct attndyn_family_refusal none_refused[] = {{0}};
static const char *const no_buffers[] = {NULL};

const struct attndyn_family attndyn_families[] = {
    {"llama", "llama|mobilellm", "LlamaForCausalLM", "model.",
     {BASE, .norm = ATTNDYN_NORM_RMS, .position = ATTNDYN_POSITION_ROPE_HALF,
      .mlp = ATTNDYN_MLP_SWIGLU},
     llama_keys, llama_tensors, llama_refused, rotary_buffers},
    {"mistral", "mistral", "MistralForCausalLM", "model.",
     {BASE, .norm = ATTNDYN_NORM_RMS, .position = ATTNDYN_POSITION_ROPE_HALF,
      .mlp = ATTNDYN_MLP_SWIGLU},
     mistral_keys, llama_tensors, mistral_refused, rotary_buffers},
    {"gpt2", "gpt2", "GPT2LMHeadModel", "transformer.",
     {BASE, BIASED, .norm = ATTNDYN_NORM_LAYER, .position = ATTNDYN_POSITION_LEARNED},
     gpt2_keys, gpt2_tensors, gpt2_refused, gpt2_buffers},
    {"gpt_neo", "gpt_neo", "GPTNeoForCausalLM", "transformer.",
     {BASE, .norm_bias = true, .output_bias = true, .mlp_bias = true, .attention_scale = 1,
      .norm = ATTNDYN_NORM_LAYER, .position = ATTNDYN_POSITION_LEARNED},
     gpt_neo_keys, gpt_neo_tensors, none_refused, gpt_neo_buffers},
    {"opt", "opt", "OPTForCausalLM", "model.decoder.|decoder.",
     {BASE, .norm_bias = true, .norm = ATTNDYN_NORM_LAYER, .position = ATTNDYN_POSITION_LEARNED,
      .position_offset = 2},
     opt_keys, opt_tensors, opt_refused, no_buffers},
    {"gpt_neox", "gpt_neox", "GPTNeoXForCausalLM", "gpt_neox.",
     {BASE, .norm_bias = true, .mlp_bias = true, .norm = ATTNDYN_NORM_LAYER,
      .position = ATTNDYN_POSITION_ROPE_HALF},
     gpt_neox_keys, gpt_neox_tensors, none_refused, rotary_buffers},
    {"bloom", "bloom", "BloomForCausalLM", "transformer.",
     {BASE, BIASED, .norm = ATTNDYN_NORM_LAYER, .position = ATTNDYN_POSITION_ALIBI,
      .embedding_norm = true, .mlp = ATTNDYN_MLP_GELU_TANH},
     bloom_keys, bloom_tensors, bloom_refused, no_buffers},
    {0}};

/* clang-format on */

static bool lists(const char *list, const char *word, size_t length) {
    for (; *list; list += strcspn(list, "|"), list += *list == '|')
        if (strcspn(list, "|") == length && strncmp(list, word, length) == 0) return true;
    return false;
}

const struct attndyn_family *attndyn_family_find(const char *model_type) {
    for (const struct attndyn_family *f = attndyn_families; f->name; f++)
        if (lists(f->types, model_type, strlen(model_type))) return f;
    return NULL;
}
