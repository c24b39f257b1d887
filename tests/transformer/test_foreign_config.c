/* Configs of published networks that ask for more than there is. */
#include "tests/transformer/foreign_folder.h"

static const struct {
    const char *network, *old, *new, *words;
} configs[] = {
    {"llama", "\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2.0}",
     "rope_scaling|linear|scaled rotary positions"},
    {"llama-bare", "\"rope_type\": \"default\"", "\"rope_type\": \"llama3\"",
     "rope_parameters|llama3"},
    {"llama", "\"attention_bias\": false",
     "\"quantization_config\": {\"bits\": 4}, \"attention_bias\": false",
     "quantization_config|quantised weights"},
    {"llama", "\"attention_bias\": false", "\"num_local_experts\": 8, \"attention_bias\": false",
     "num_local_experts is 8|mixture of experts"},
    {"llama", "\"attention_bias\": false",
     "\"partial_rotary_factor\": 0.5, \"attention_bias\": false", "partial_rotary_factor is 0.5"},
    {"llama", "\"model_type\": \"llama\"", "\"model_type\": \"t5\"",
     "model_type is \"t5\"|llama, mistral, gpt2"},
    {"llama", "\"model_type\": \"llama\",", "", "model_type is not there"},
    {"llama", "\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"",
     "hidden_act is \"gelu\", expected silu"},
    {"llama", "\"hidden_size\": 10,", "", "no hidden_size|family llama"},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": -10", "hidden_size is -10|whole number"},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": \"10\"", "hidden_size is \"10\""},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 1e1", "hidden_size is"},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 99999999999", "width is 99999999999"},
    {"llama", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 50000000",
     "50000000 layers|21 tensors"},
    {"mobilellm", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 4000000000000000000",
     "4000000000000000000 layers"},
    {"gpt_neo", "\"num_layers\": 2", "\"num_layers\": 2000000000", "2000000000 layers"},
    {"llama", "\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": null, \"x\": 0", NULL},
    {"llama", "\"tie_word_embeddings\": false", "\"tie_word_embeddings\": 0",
     "tie_word_embeddings is 0, expected true or false"},
    {"llama", "\"num_attention_heads\": 4", "\"num_attention_heads\": 3", "multiple of kv_heads"},
    {"llama", "{", "[", "JSON|config.json"},
    {"llama", "\"vocab_size\": 17", "\"vocab_size\": 17, \"vocab_size\": 17", "vocab_size"},
    {"llama", "\"vocab_size\": 17", "\"vocab_size\": [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]",
     "nested"},
    {"gpt2", "\"attn_pdrop\": 0.1", "\"scale_attn_by_inverse_layer_idx\": true",
     "scale_attn_by_inverse_layer_idx is true"},
    {"gpt2", "\"activation_function\": \"gelu_new\"", "\"activation_function\": \"tanh\"",
     "activation_function is \"tanh\""},
    {"gpt2", "\"n_layer\": 2", "\"n_layer\": 3", "no tensor h.2.ln_1.weight (12 of them missing)"},
    {"opt", "\"enable_bias\": true", "\"enable_bias\": false", "no place in this network"},
    {"opt", "\"enable_bias\": true", "\"layer_norm_elementwise_affine\": false",
     "layer_norm_elementwise_affine is false"},
    {"opt", "\"max_position_embeddings\": 11", "\"max_position_embeddings\": 13",
     "embed_positions.weight is (13, 12), expected (15, 12)"},
    {"bloom", "\"apply_residual_connection_post_layernorm\": false",
     "\"apply_residual_connection_post_layernorm\": true",
     "apply_residual_connection_post_layernorm"},
    {"gpt_neo", "\"local\"", "\"sideways\"", "attention_types is \"sideways\""},
    {"gpt_neo", "\"window_size\": 3", "\"window_size\": 0", "window_size is 0"},
    {"gpt_neo", "\"window_size\": 3",
     "\"window_size\": 3, \"attention_layers\": [\"local\", \"local\"]",
     "attention_layers says \"local\" of layer 0"},
    {"gpt_neo", "\"window_size\": 3",
     "\"window_size\": 3, \"attention_layers\": [\"global\", \"local\"]", NULL},
    {"gpt_neo", "\"window_size\": 3", "\"window_size\": 3, \"attention_layers\": [\"global\"]",
     "attention_layers is not of 2 layers"},
    {"llama", "\"hidden_size\": 10",
     "\"hidden_size\": 10, \"layer_types\": [\"full_attention\", \"sliding_attention\"]",
     "layer_types says \"sliding_attention\" of layer 1"},
    {"llama", "\"hidden_size\": 10",
     "\"hidden_size\": 10, \"layer_types\": [\"full_attention\", \"full_attention\"]", NULL},
    {"mobilellm", "\"hidden_size\"", "\"layer_types\": [\"full_attention\"], \"hidden_size\"",
     "layer_types is not of 2 layers"},
    {"mobilellm", "\"hidden_size\"",
     "\"layer_types\": [\"full_attention\", \"full_attention\"], \"hidden_size\"", NULL},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 10, \"use_sliding_window\": true",
     "use_sliding_window is true"},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 10, \"attn_logit_softcapping\": 50.0",
     "attn_logit_softcapping is 50.0"},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 10, \"embedding_multiplier\": 12.0",
     "embedding_multiplier is 12.0|scaled embeddings"},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 10, \"logit_scale\": 1.0", NULL},
    {"llama", "\"hidden_size\": 10", "\"hidden_size\": 10, \"use_qk_norm\": true",
     "use_qk_norm is true"},
    {"gpt_neo", "   1\n", "   3\n", "attention_types|2 layers"},
    {"gpt_neo", "   1\n", "   999999999999\n", "attention_types|2 layers"},
    {"llama-bare", "\"attention_bias\": true", "\"attention_bias\": false",
     "no place in this network"},
    {"llama-bare", "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false",
     "no tensor lm_head.weight (1 of them missing)"},
};

TEST(config) {
    edit(configs[_i].network, "config.json", configs[_i].old, configs[_i].new);
    copy(configs[_i].network, "model.safetensors");
    struct attndyn_model *model;
    if (configs[_i].words)
        refused(folder, configs[_i].words);
    else
        assert_ok(ctx, attndyn_model_open(ctx, folder, &model));
}

TCASE(foreign_config) {
    in_a_folder(tcase, 60);
    tcase_add_each(tcase, config, configs);
}
