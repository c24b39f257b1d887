/* What a transformer is: one struct of independent choices, printed into every output.
 *
 * Letters: V tokens, O outputs, T positions, d width, H heads, G key/value heads, a head width,
 * h hidden width, N layers.
 *
 * A layer, with x the residual stream (B T, d) and n1, n2 its norms (identity where norm is none):
 *     placement pre:  x <- x + attention(n1(x));   x <- x + mlp(n2(x))
 *     placement post: x <- n1(x + attention(x));   x <- n2(x + mlp(x))
 *     parallel (pre): x <- x + attention(n1(x)) + mlp(n2(x))
 * Without `residual` the summand x is left out. attention(y): q, k, v = projections of y (identity
 * where a projection is off); scores s = scale q k^T over the allowed keys; weights by `attention`;
 * the heads' sums of v, through the output projection where it is on. What enters the first layer:
 * s E[token] (V, e), through the map P_in (d, e) where e is not d, plus the position's vector,
 * through a norm where `embedding_norm`. What leaves the last one: through the last norm, P_out (e,
 * d) where e is not d, and the decoder (O, e). mlp(y): plain: W2 phi(W1 y + b1) + b2; gated
 * (SwiGLU): W2 (silu(Wg y) o (W1 y)). */
#ifndef ATTNDYN_MODEL_TRANSFORMER_CONFIG_H
#define ATTNDYN_MODEL_TRANSFORMER_CONFIG_H

#include "../../base/context.h"

enum attndyn_norm {
    ATTNDYN_NORM_NONE,
    ATTNDYN_NORM_LAYER, /* biased variance, gain, and bias where `norm_bias` */
    ATTNDYN_NORM_RMS,   /* gain */
    ATTNDYN_NORM_L2     /* x / ||x||, no gain: Scan&Snap's "LN" */
};
enum attndyn_placement { ATTNDYN_PLACEMENT_PRE, ATTNDYN_PLACEMENT_POST };
enum attndyn_position {
    ATTNDYN_POSITION_NONE,
    ATTNDYN_POSITION_SINUSOIDAL, /* Vaswani et al. (2017): sin in even, cos in odd coordinates */
    ATTNDYN_POSITION_LEARNED,
    ATTNDYN_POSITION_ROPE_HALF,        /* pairs (i, i + a/2): LLaMA, NeoX */
    ATTNDYN_POSITION_ROPE_INTERLEAVED, /* pairs (2 i, 2 i + 1): Su et al. (2021) */
    ATTNDYN_POSITION_ALIBI /* scores less slope x distance: Press et al. (2022), below */
};
enum attndyn_mlp {
    ATTNDYN_MLP_NONE,
    ATTNDYN_MLP_LINEAR,
    ATTNDYN_MLP_RELU,
    ATTNDYN_MLP_QUADRATIC, /* x^2 */
    ATTNDYN_MLP_GELU,      /* x Phi(x) */
    ATTNDYN_MLP_GELU_TANH,
    ATTNDYN_MLP_SILU,
    ATTNDYN_MLP_SWIGLU
};
enum attndyn_attention {
    ATTNDYN_ATTENTION_SOFTMAX,
    ATTNDYN_ATTENTION_OFF_BY_ONE, /* exp(s) / (1 + sum exp(s)) */
    ATTNDYN_ATTENTION_EXP,        /* exp(s), no normaliser */
    ATTNDYN_ATTENTION_LINEAR,     /* s */
    ATTNDYN_ATTENTION_RELU,       /* max(s, 0), no normaliser */
    ATTNDYN_ATTENTION_SIGMOID     /* 1 / (1 + exp(-s)), no normaliser: Gu et al. (2410.10781) */
};
enum attndyn_init {
    ATTNDYN_INIT_TORCH_ENCODER, /* nn.TransformerEncoderLayer, embedding and decoder +-0.1 */
    ATTNDYN_INIT_TORCH_DEFAULT, /* every linear map +-1/sqrt(fan in), embedding standard normal */
    ATTNDYN_INIT_NORMAL,        /* sd init_scale, biases 0, projections into the stream divided by
                                   sqrt(2 N): GPT-2 */
    ATTNDYN_INIT_ZERO           /* all maps zero, embedding identity: the theory's start */
};

struct attndyn_transformer_config {
    size_t vocabulary;      /* V */
    size_t outputs;         /* O; 0: V */
    size_t context;         /* T at most */
    size_t layers;          /* N */
    size_t width;           /* d */
    size_t heads;           /* H */
    size_t kv_heads;        /* G, divides H; 0: H */
    size_t head_width;      /* a; 0: d / H */
    size_t hidden;          /* h */
    size_t embedding_width; /* e; 0: d */

    enum attndyn_norm norm;
    enum attndyn_placement placement;
    bool norm_bias;
    double norm_epsilon;
    bool final_norm;     /* of the stream, before the decoder */
    bool embedding_norm; /* of what enters the first layer */
    bool residual, parallel;

    enum attndyn_position position;
    double rope_base;
    double rope_fraction;   /* of each head's coordinates that turn */
    size_t position_offset; /* learned: row of position 0 (OPT: 2) */

    enum attndyn_mlp mlp;
    bool mlp_bias;

    enum attndyn_attention attention;
    double attention_scale; /* factor of q.k; 0: 1/sqrt(a) */
    bool causal;
    size_t window;               /* keys that a query sees at most, itself included; 0: all */
    const size_t *layer_windows; /* (layers): each layer's own window; NULL: `window` for all */
    bool self;                   /* a query sees its own position */
    bool query_projection, key_projection, value_projection, output_projection;
    bool qkv_bias, output_bias;

    bool embedding_frozen;  /* as initialised */
    double embedding_scale; /* factor of the embedding; 0: 1; negative: sqrt(d) */
    bool tied;              /* decoder = embedding */
    bool decoder_bias;
    bool last_only; /* logits at the last position alone */

    double dropout_embedding, dropout_attention, dropout_residual, dropout_hidden;

    enum attndyn_init init;
    double init_scale;
    bool layers_alike; /* all layers start as copies of the first */
    /* (layers): the block of weights that each depth uses, blocks counted from 0 without a gap;
     * NULL: one for each. */
    const size_t *layer_map;
};

/* A named starting point; sizes are then set by the caller:
 *   joma      one query, the last token, over counted context tokens; residual; the decoder is W:
 *             K = outputs linear nodes (JoMA, section 2; figures 2 and 3)
 *   scansnap  Y/Z with l2-normalised context (Scan&Snap, section 3)
 *   wlm       PyTorch's word_language_model encoder: post-norm, ReLU, sinusoidal positions, scale
 *             sqrt(d), dropout 0.2, as the JoMA and Scan&Snap scripts use it
 *   hierarchy JoMA's table 1: post-norm, one head, no positions, no output projection, last only
 *   gpt2      pre-norm, learned positions, GELU (tanh), biases, tied
 *   llama     pre-norm RMS, RoPE, SwiGLU, no biases
 * ATTNDYN_USAGE names the presets there are. */
enum attndyn_status attndyn_transformer_preset(struct attndyn_context *ctx, const char *name,
                                               struct attndyn_transformer_config *config);
/* Checks sizes and combinations; fills in what 0 stands for (outputs, kv_heads, head_width,
 * attention_scale, embedding_scale). */
enum attndyn_status attndyn_transformer_config_resolve(struct attndyn_context *ctx,
                                                       struct attndyn_transformer_config *config);
/* "width=200 layers=1 norm=layer ...": one line; owned by ctx, NULL out of memory. Every field is
 * in it, the last ones where they are not 0. */
char *attndyn_transformer_config_text(struct attndyn_context *ctx,
                                      const struct attndyn_transformer_config *config);
/* The config of such a line, not yet resolved; its lists are owned by ctx. ATTNDYN_NO_INPUT for
 * what is no such line: an unknown key, one that is missing or twice there, a value that is
 * none. */
enum attndyn_status attndyn_transformer_config_parse(struct attndyn_context *ctx, const char *text,
                                                     struct attndyn_transformer_config *config);

/* Keys that a query of the layer sees at most, itself included; 0: all. */
static inline size_t attndyn_transformer_window(const struct attndyn_transformer_config *config,
                                                size_t layer) {
    return config->layer_windows ? config->layer_windows[layer] : config->window;
}
/* ALiBi's slope of a head (counted from 0): score(i, j) = scale q_i.k_j - slope (i - j). For n
 * heads, n a power of 2: 2^(-8 (head + 1) / n). For another number: those of the next smaller power
 * m, then the first, third, fifth ... of 2 m heads (Press et al. 2022, their code; BLOOM). */
double attndyn_alibi_slope(size_t heads, size_t head);

#endif
