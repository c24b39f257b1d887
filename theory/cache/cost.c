#include "cost.h"

const struct attndyn_cost_shape attndyn_cost_shapes[ATTNDYN_COST_SHAPES] = {
    {"opt-125m", 12, 768, 12, 12, 64, 3072, 50272, false},
    {"pythia-160m", 12, 768, 12, 12, 64, 3072, 50304, false},
    {"llama-2-7b", 32, 4096, 32, 32, 128, 11008, 32000, true}};

static uint64_t triangle(uint64_t n) {
    return n * (n + 1) / 2;
}

uint64_t attndyn_cost_pairs(enum attndyn_cost_scheme scheme, uint64_t slots, uint64_t t) {
    if (scheme == ATTNDYN_COST_DENSE || t < slots) return t + 1;
    return scheme == ATTNDYN_COST_SLOTS ? slots : triangle(slots);
}

uint64_t attndyn_cost_pairs_sum(enum attndyn_cost_scheme scheme, uint64_t slots, uint64_t n) {
    if (scheme == ATTNDYN_COST_DENSE || n <= slots) return triangle(n);
    return triangle(slots) + (n - slots) * (scheme == ATTNDYN_COST_SLOTS ? slots : triangle(slots));
}

uint64_t attndyn_cost_attention(const struct attndyn_cost_shape *s, uint64_t pairs) {
    return 2 * s->head_width * s->heads * s->layers * pairs;
}

uint64_t attndyn_cost_maps(const struct attndyn_cost_shape *s) {
    const uint64_t query = s->heads * s->head_width, key = s->kv_heads * s->head_width;
    return s->layers * s->width * (2 * query + 2 * key + (s->gated ? 3 : 2) * s->hidden);
}

uint64_t attndyn_cost_logits(const struct attndyn_cost_shape *s) {
    return s->width * s->vocabulary;
}

uint64_t attndyn_cost_cache_bytes(const struct attndyn_cost_shape *s, uint64_t keys) {
    return 4 * 2 * s->head_width * s->kv_heads * s->layers * keys;
}

double attndyn_cost_crossing(const struct attndyn_cost_shape *s) {
    return (double)(attndyn_cost_maps(s) + attndyn_cost_logits(s)) /
           (double)attndyn_cost_attention(s, 1);
}
