/* The activations of a transformer: what the forward pass keeps for the backward pass, and the
 * backward pass's own buffers. Where a step is the identity, its output is its input. */
#include "layout.h"

static void layer_layout(struct attndyn_transformer *m, struct net_arena *arena, size_t l,
                         attndyn_real **stream) {
    const struct attndyn_transformer_config *c = &m->config;
    size_t B = m->max_sequences, T = m->max_length, rows = B * T, d = c->width;
    bool normed = c->norm != ATTNDYN_NORM_NONE, pre = c->placement == ATTNDYN_PLACEMENT_PRE;
    bool mlp = c->mlp != ATTNDYN_MLP_NONE;
    struct net_layer none, *y = m->layer ? &m->layer[l] : &none;
    y->in = *stream;
    y->normed1 = normed && pre ? net_take_aligned(arena, rows * d) : y->in;
    y->qkv = net_take_aligned(arena, rows * net_qkv_width(c));
    y->attention = net_take_aligned(arena, B * c->heads * T * T);
    y->context = net_take_aligned(arena, rows * c->heads * c->head_width);
    y->sum1 = net_take_aligned(arena, rows * d);
    y->mid = normed && !pre ? net_take_aligned(arena, rows * d) : y->sum1;
    y->stats1 = normed ? net_take_aligned(arena, rows * 2) : NULL;
    y->gate = NULL;
    y->out = y->mid;
    if (mlp) {
        y->normed2 = normed && pre ? net_take_aligned(arena, rows * d)
                     : c->parallel ? y->in
                                   : y->mid;
        if (c->mlp == ATTNDYN_MLP_SWIGLU) y->gate = net_take_aligned(arena, rows * c->hidden);
        y->prehidden = net_take_aligned(arena, rows * c->hidden);
        y->hidden = net_take_aligned(arena, rows * c->hidden);
        y->sum2 = net_take_aligned(arena, rows * d);
        y->stats2 = normed ? net_take_aligned(arena, rows * 2) : NULL;
        y->out = normed && !pre ? net_take_aligned(arena, rows * d) : y->sum2;
    }
    *stream = y->out;
}

/* Logits of at most 48 MiB at a time, but at least 16 rows: each block reads the decoder and reads
 * and writes its gradient once, and products of few rows are slow (V = 28,782, d = 200: 350 rows
 * a block make a step 5 % faster than 144). */
static size_t head_rows(const struct attndyn_transformer *m) {
    size_t all = m->config.last_only ? m->max_sequences : m->max_sequences * m->max_length;
    size_t fit = ((size_t)48 << 20) / (m->config.outputs * sizeof(attndyn_real)) / 16 * 16;
    if (fit < 16) fit = 16;
    size_t blocks = (all + fit - 1) / fit;
    size_t even = (all + blocks - 1) / blocks;
    return (even + 15) / 16 * 16;
}

void attndyn_net_activations_layout(struct attndyn_transformer *m, struct net_arena *arena) {
    const struct attndyn_transformer_config *c = &m->config;
    size_t B = m->max_sequences, T = m->max_length, rows = B * T, d = c->width;
    size_t read = c->last_only ? B : rows, h = c->mlp == ATTNDYN_MLP_NONE ? 0 : c->hidden;
    attndyn_real *stream = net_take_aligned(arena, rows * d);
    for (size_t l = 0; l < c->layers; l++) layer_layout(m, arena, l, &stream);
    m->stream = stream;
    m->gathered = c->last_only ? net_take_aligned(arena, B * d) : NULL;
    bool normed = c->final_norm && c->norm != ATTNDYN_NORM_NONE;
    m->final = normed ? net_take_aligned(arena, read * d) : c->last_only ? m->gathered : m->stream;
    m->stats = normed ? net_take_aligned(arena, read * 2) : NULL;
    m->head_rows = head_rows(m);
    m->logits = net_take_aligned(arena, m->head_rows * c->outputs);
    m->g = net_take_aligned(arena, rows * d);
    m->g2 = c->dropout_residual > 0 ? net_take_aligned(arena, rows * d) : NULL;
    m->g3 = net_take_aligned(arena, rows * d);
    m->g4 = c->parallel ? net_take_aligned(arena, rows * d) : NULL;
    m->d_qkv = net_take_aligned(arena, rows * net_qkv_width(c));
    m->d_context = net_take_aligned(arena, rows * c->heads * c->head_width);
    m->d_hidden = net_take_aligned(arena, rows * h);
    bool second = c->mlp == ATTNDYN_MLP_SWIGLU || c->dropout_hidden > 0;
    m->d_gate = second ? net_take_aligned(arena, rows * h) : NULL;
    m->scratch = net_take_aligned(arena, m->threads * 2 * T * T);
    m->partial = net_take_aligned(arena, (size_t)ATTNDYN_NET_BLOCKS * 2 * d);
    bool rope = c->position == ATTNDYN_POSITION_ROPE_HALF ||
                c->position == ATTNDYN_POSITION_ROPE_INTERLEAVED;
    m->turns = rope ? net_take_aligned(arena, T * c->head_width) : NULL;
    m->waves = c->position == ATTNDYN_POSITION_SINUSOIDAL ? net_take_aligned(arena, T * d) : NULL;
}
