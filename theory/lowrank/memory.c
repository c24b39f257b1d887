#include "memory.h"

#include <math.h>

const struct attndyn_llama_shape attndyn_llama_shapes[ATTNDYN_LLAMA_SHAPES] = {
    {"60M", 512, 1376, 8, 128, 32000},    {"130M", 768, 2048, 12, 256, 32000},
    {"350M", 1024, 2736, 24, 256, 32000}, {"1B", 2048, 5461, 24, 512, 32000},
    {"7B", 4096, 11008, 32, 1024, 32000},
};

static const char *const names[ATTNDYN_MEMORY_METHODS] = {
    "full", "low_rank", "lora", "relora", "galore", "adam_8bit", "galore_8bit"};

/* Rows as attndyn_llama_shapes; 0 where nothing is printed. */
static const double printed[ATTNDYN_LLAMA_SHAPES][ATTNDYN_MEMORY_METHODS] = {
    {0.36, 0.26, 0.36, 0.36, 0.24, 0, 0},
    {0.76, 0.54, 0.80, 0.80, 0.52, 0, 0},
    {2.06, 1.08, 1.76, 1.76, 1.22, 0, 0},
    {7.80, 3.57, 6.17, 6.17, 4.38, 0, 0},
    {0, 0, 0, 0, 0, 26, 18},
};

struct attndyn_memory_counts attndyn_memory_count(const struct attndyn_llama_shape *shape) {
    const uint64_t d = shape->d, f = shape->f, r = shape->r, layers = shape->layers;
    const uint64_t longer = d > f ? d : f, shorter = d > f ? f : d;
    struct attndyn_memory_counts c;
    c.untouched = 2 * shape->vocab * d + (2 * layers + 1) * d;
    c.all = c.untouched + layers * (4 * d * d + 3 * d * f);
    c.adapters = layers * r * (4 * 2 * d + 3 * (d + f));
    c.states = layers * 2 * r * (4 * d + 3 * longer);
    c.projector = layers * r * (4 * d + 3 * shorter);
    return c;
}

uint64_t attndyn_memory_bytes(const struct attndyn_memory_counts *c,
                              enum attndyn_memory_method method,
                              enum attndyn_memory_variant variant, uint64_t size) {
    const uint64_t trained = c->adapters + c->untouched; /* what a low-rank optimiser follows */
    const int paper = variant == ATTNDYN_MEMORY_PAPER;
    switch (method) {
    case ATTNDYN_MEMORY_FULL:
        return size * c->all + 2 * size * c->all;
    case ATTNDYN_MEMORY_LOW_RANK:
        return size * trained + 2 * size * trained;
    case ATTNDYN_MEMORY_LORA:
    case ATTNDYN_MEMORY_RELORA:
        return size * (c->all + (paper ? trained : c->adapters)) + 2 * size * trained;
    case ATTNDYN_MEMORY_GALORE:
        if (paper) return size * c->all + 3 * (size / 2) * trained;
        return size * c->all + size * (2 * c->untouched + c->states + c->projector);
    case ATTNDYN_MEMORY_ADAM_8BIT:
        return size * c->all + 2 * c->all;
    case ATTNDYN_MEMORY_GALORE_8BIT:
        return size * c->all + 2 * c->untouched + c->states + size * c->projector;
    default:
        return 0;
    }
}

const char *attndyn_memory_method_name(enum attndyn_memory_method method) {
    return names[method];
}

double attndyn_memory_printed(size_t shape, enum attndyn_memory_method method) {
    double value = printed[shape][method];
    return value > 0 ? value : NAN;
}
