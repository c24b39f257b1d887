/* What a token costs under a cache, counted: multiply-adds and bytes. Derived here.
 *
 * A query head that sees k keys makes k a multiply-adds for its scores and k a for its sum of
 * values, a the head's width. Every linear map (out, in) makes out in of them for a token. Norms,
 * rotations, softmax and activations are left out: they take a few operations per number. */
#ifndef ATTNDYN_THEORY_CACHE_COST_H
#define ATTNDYN_THEORY_CACHE_COST_H

#include <stdbool.h>
#include <stdint.h>

struct attndyn_cost_shape {
    const char *name;
    uint64_t layers, width, heads, kv_heads, head_width, hidden, vocabulary;
    bool gated; /* the MLP has three maps, not two */
};

enum attndyn_cost_scheme {
    ATTNDYN_COST_DENSE,
    ATTNDYN_COST_SLOTS,        /* window, streaming, H2O: whatever keeps L keys */
    ATTNDYN_COST_RECOMPUTATION /* re-computation: for each token a pass over the last L */
};

/* With L slots: how many pairs of a query and a key one head works on for token t (from 0) of a
 * stream, and for its first n tokens together. Re-computation does its first L tokens in one
 * pass. */
uint64_t attndyn_cost_pairs(enum attndyn_cost_scheme scheme, uint64_t slots, uint64_t t);
uint64_t attndyn_cost_pairs_sum(enum attndyn_cost_scheme scheme, uint64_t slots, uint64_t n);
/* Multiply-adds of attention for so many pairs of each head of each layer. */
uint64_t attndyn_cost_attention(const struct attndyn_cost_shape *shape, uint64_t pairs);
/* Multiply-adds for a token's linear maps in all layers, and for its logits. */
uint64_t attndyn_cost_maps(const struct attndyn_cost_shape *shape);
uint64_t attndyn_cost_logits(const struct attndyn_cost_shape *shape);
/* Bytes of keys and values that a query reads for k keys, at 4 bytes per number, in all layers. */
uint64_t attndyn_cost_cache_bytes(const struct attndyn_cost_shape *shape, uint64_t keys);
/* The number of keys from which attention makes more multiply-adds a token than maps and logits. */
double attndyn_cost_crossing(const struct attndyn_cost_shape *shape);

/* OPT-125M, Pythia-160M, Llama-2-7B, as their configs have them. */
#define ATTNDYN_COST_SHAPES 3
extern const struct attndyn_cost_shape attndyn_cost_shapes[ATTNDYN_COST_SHAPES];

#endif
