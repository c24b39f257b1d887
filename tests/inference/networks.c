/* The networks of runs.h: what the families need, and what else the engine has. */
#include "runs.h"
#include "tests/support.h"

const char *const network_names[NETWORKS] = {"llama",
                                             "interleaved, shared blocks, window",
                                             "gpt2",
                                             "opt-350m's shape",
                                             "neox",
                                             "bloom's shape",
                                             "gpt-neo's shape",
                                             "wlm",
                                             "off by one",
                                             "self excluded",
                                             "sigmoid",
                                             "relu and linear, no norm"};

static const size_t shared[] = {0, 1, 0}, windows[] = {0, 5};

void network_config(struct attndyn_context *ctx, int which, struct attndyn_transformer_config *c) {
    static const char *const presets[NETWORKS] = {"llama", "llama", "gpt2", "gpt2",
                                                  "gpt2",  "gpt2",  "gpt2", "wlm",
                                                  "llama", "llama", "gpt2", "gpt2"};
    assert_ok(ctx, attndyn_transformer_preset(ctx, presets[which], c));
    c->vocabulary = VOCABULARY, c->outputs = 0, c->context = 64;
    c->layers = 2, c->width = 20, c->heads = 4, c->kv_heads = 2, c->head_width = 6, c->hidden = 18;
    c->dropout_embedding = c->dropout_attention = c->dropout_residual = c->dropout_hidden = 0;
    switch (which) {
    case 1:
        c->layers = 3, c->layer_map = shared, c->window = 9, c->tied = false;
        c->position = ATTNDYN_POSITION_ROPE_INTERLEAVED, c->rope_fraction = 0.67;
        break;
    case 3:
        c->placement = ATTNDYN_PLACEMENT_POST, c->final_norm = false, c->position_offset = 2;
        c->mlp = ATTNDYN_MLP_RELU, c->embedding_width = 12;
        break;
    case 4:
        c->position = ATTNDYN_POSITION_ROPE_HALF, c->rope_fraction = 0.67, c->parallel = true;
        c->tied = false, c->mlp = ATTNDYN_MLP_GELU, c->decoder_bias = true;
        break;
    case 5:
        c->position = ATTNDYN_POSITION_ALIBI, c->embedding_norm = true;
        c->heads = 6, c->kv_heads = 6;
        break;
    case 6:
        c->layer_windows = windows, c->attention_scale = 1;
        break;
    case 8:
        c->attention = ATTNDYN_ATTENTION_OFF_BY_ONE;
        break;
    case 9:
        c->self = false;
        break;
    case 10:
        c->attention = ATTNDYN_ATTENTION_SIGMOID, c->position = ATTNDYN_POSITION_NONE;
        break;
    case 11:
        c->norm = ATTNDYN_NORM_NONE, c->final_norm = false, c->mlp = ATTNDYN_MLP_QUADRATIC;
        c->attention = ATTNDYN_ATTENTION_RELU, c->residual = false, c->init_scale = 0.1;
        c->layers = 1, c->position = ATTNDYN_POSITION_SINUSOIDAL;
        break;
    default:
        break;
    }
}
