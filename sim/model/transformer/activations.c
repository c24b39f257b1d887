/* The activations of a transformer: what the forward pass keeps for the backward pass and for
 * views, and the backward pass's own buffers. A step that is the identity has its input as its
 * output. */
#include "layout.h"

/* y->in is set by the caller, and so is y->out if all layers share one room for their inside, as it
 * lies elsewhere. */
static void layer_layout(struct attndyn_transformer *m, struct net_arena *arena,
                         struct net_layer *y) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    size_t B = m->max_sequences, T = m->max_length, rows = B * T, d = c->width;
    bool normed = c->norm != ATTNDYN_NORM_NONE, pre = c->placement == ATTNDYN_PLACEMENT_PRE;
    bool mlp = c->mlp != ATTNDYN_MLP_NONE, shared = m->thrift.activations, post = normed && !pre;
    if (!shared) y->out = NULL;
    y->normed1 = normed && pre ? net_take_aligned(arena, rows * d) : y->in;
    y->qkv = net_take_aligned(arena, rows * net_qkv_width(c));
    y->attention = net_take_aligned(arena, B * c->heads * T * T);
    y->context = net_take_aligned(arena, rows * c->heads * c->head_width);
    y->sum1 = shared && !mlp && !post ? y->out : net_take_aligned(arena, rows * d);
    y->mid = !post ? y->sum1 : shared && !mlp ? y->out : net_take_aligned(arena, rows * d);
    y->stats1 = normed ? net_take_aligned(arena, rows * 2) : NULL;
    y->gate = NULL;
    if (!mlp) {
        y->out = y->mid;
        return;
    }
    y->normed2 = normed && pre ? net_take_aligned(arena, rows * d) : c->parallel ? y->in : y->mid;
    if (c->mlp == ATTNDYN_MLP_SWIGLU) y->gate = net_take_aligned(arena, rows * c->hidden);
    y->prehidden = net_take_aligned(arena, rows * c->hidden);
    y->hidden = net_take_aligned(arena, rows * c->hidden);
    y->sum2 = shared && !post ? y->out : net_take_aligned(arena, rows * d);
    y->stats2 = normed ? net_take_aligned(arena, rows * 2) : NULL;
    if (!shared) y->out = post ? net_take_aligned(arena, rows * d) : y->sum2;
}

/* All layers, from `stream`; returns what leaves the last. */
static attndyn_real *layers_layout(struct attndyn_transformer *m, struct net_arena *arena,
                                   attndyn_real *stream) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    const size_t count = m->max_sequences * m->max_length * c->width;
    struct net_layer none;
    for (size_t l = 0; m->thrift.activations && l < c->layers; l++) {
        struct net_layer *y = m->layer ? &m->layer[l] : &none;
        y->out = net_take_aligned(arena, count);
    }
    const size_t room = arena->used;
    for (size_t l = 0; l < c->layers; l++) {
        struct net_layer *y = m->layer ? &m->layer[l] : &none;
        if (m->thrift.activations) arena->used = room;
        y->in = stream;
        layer_layout(m, arena, y);
        stream = y->out;
    }
    return stream;
}

/* Logits of at most 48 MiB at a time, but at least 16 rows: each block reads the decoder and reads
 * and writes its gradient once, and products of few rows are slow (V = 28,782, d = 200: 350 rows
 * a block make a step 5 % faster than 144). */
static size_t head_rows(const struct attndyn_transformer *m) {
    size_t all = m->weights->config.last_only ? m->max_sequences : m->max_sequences * m->max_length;
    size_t fit = ((size_t)48 << 20) / (m->weights->config.outputs * sizeof(attndyn_real)) / 16 * 16;
    if (fit < 16) fit = 16;
    size_t blocks = (all + fit - 1) / fit;
    size_t even = (all + blocks - 1) / blocks;
    return (even + 15) / 16 * 16;
}

/* The buffers of the backward pass. */
static void training_layout(struct attndyn_transformer *m, struct net_arena *arena) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    struct net_training *t = m->training;
    size_t T = m->max_length, rows = m->max_sequences * T, d = c->width;
    size_t h = c->mlp == ATTNDYN_MLP_NONE ? 0 : c->hidden;
    t->g = net_take_aligned(arena, rows * d);
    t->g2 = c->dropout_residual > 0 ? net_take_aligned(arena, rows * d) : NULL;
    t->g3 = net_take_aligned(arena, rows * d);
    t->g4 = c->parallel ? net_take_aligned(arena, rows * d) : NULL;
    t->d_qkv = net_take_aligned(arena, rows * net_qkv_width(c));
    t->d_context = net_take_aligned(arena, rows * c->heads * c->head_width);
    t->d_hidden = net_take_aligned(arena, rows * h);
    bool second = c->mlp == ATTNDYN_MLP_SWIGLU || c->dropout_hidden > 0;
    t->d_gate = second ? net_take_aligned(arena, rows * h) : NULL;
    t->d_narrow =
        c->embedding_width != d ? net_take_aligned(arena, rows * c->embedding_width) : NULL;
    t->scratch = net_take_aligned(arena, m->threads * 2 * T * T);
    t->partial = net_take_aligned(arena, (size_t)ATTNDYN_NET_BLOCKS * 2 * d);
}

/* The longest row of the maps that must be widened; 0 if none must. */
static size_t widest_of(const struct attndyn_weights *w) {
    size_t widest = 0;
    const struct attndyn_matrix *ends[] = {&w->project_in, &w->project_out, &w->decoder.weight};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends[i]->data && !attndyn_matrix_real(ends[i]) && ends[i]->columns > widest)
            widest = ends[i]->columns;
    for (size_t b = 0; b < w->blocks; b++) {
        const struct attndyn_weights_block *k = &w->block[b];
        const struct attndyn_matrix *maps[] = {&k->query.weight,  &k->key.weight,  &k->value.weight,
                                               &k->output.weight, &k->gate.weight, &k->up.weight,
                                               &k->down.weight};
        for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
            if (maps[i]->data && !attndyn_matrix_real(maps[i]) && maps[i]->columns > widest)
                widest = maps[i]->columns;
    }
    return widest;
}

void attndyn_net_activations_layout(struct attndyn_transformer *m, struct net_arena *arena) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    size_t B = m->max_sequences, T = m->max_length, rows = B * T, d = c->width;
    size_t read = c->last_only ? B : rows;
    attndyn_real *stream = net_take_aligned(arena, rows * d);
    bool narrow = c->embedding_width != d;
    m->embedded = c->embedding_norm ? net_take_aligned(arena, rows * d) : stream;
    m->stats0 = c->embedding_norm ? net_take_aligned(arena, rows * 2) : NULL;
    m->narrow = narrow ? net_take_aligned(arena, rows * c->embedding_width) : NULL;
    m->stream = stream = layers_layout(m, arena, stream);
    m->gathered = c->last_only ? net_take_aligned(arena, B * d) : NULL;
    bool normed = c->final_norm && c->norm != ATTNDYN_NORM_NONE;
    m->final = normed ? net_take_aligned(arena, read * d) : c->last_only ? m->gathered : m->stream;
    m->stats = normed ? net_take_aligned(arena, read * 2) : NULL;
    m->narrowed = narrow ? net_take_aligned(arena, read * c->embedding_width) : NULL;
    m->head_rows = head_rows(m);
    m->logits = net_take_aligned(arena, m->head_rows * c->outputs);
    bool rope = c->position == ATTNDYN_POSITION_ROPE_HALF ||
                c->position == ATTNDYN_POSITION_ROPE_INTERLEAVED;
    const struct attndyn_matrix *learned = &m->weights->position;
    bool table = c->position == ATTNDYN_POSITION_SINUSOIDAL ||
                 (learned->data && !attndyn_matrix_real(learned));
    m->turns = rope ? net_take_aligned(arena, T * c->head_width) : NULL;
    m->waves = table ? net_take_aligned(arena, T * d) : NULL;
    m->widened_each = widest_of(m->weights) * NET_WIDENED;
    m->widened = m->widened_each ? net_take_aligned(arena, m->threads * m->widened_each) : NULL;
    if (m->training) training_layout(m, arena);
}
