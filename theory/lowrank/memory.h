/* Memory of weights and optimiser for LLaMA-shaped models: full rank, low rank, LoRA, ReLoRA,
 * GaLore, and their 8-bit forms. Exact integer counts, no gradients, no activations.
 *
 * A model has `layers` blocks, each with four d x d maps (query, key, value, output) and three
 * d x f maps (gate, up, down), two norms of d per block and a last one, an embedding and an untied
 * head of vocab x d. The seven maps of a block are the ones that a low-rank method factorises,
 * adapts or projects, at rank r; everything else stays at full rank.
 *
 * Source of the per-matrix formulas: GaLore (arXiv 2403.03507), Table 1: GaLore mn + mr + 2nr and
 * LoRA mn + 3(mr + nr) numbers for an m x n map, m <= n. The sums over the model are derived
 * here. */
#ifndef ATTNDYN_THEORY_LOWRANK_MEMORY_H
#define ATTNDYN_THEORY_LOWRANK_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct attndyn_llama_shape {
    const char *name;
    uint64_t d;      /* hidden size */
    uint64_t f;      /* intermediate size */
    uint64_t layers; /* blocks */
    uint64_t r;      /* rank, 1 <= r <= min(d, f) */
    uint64_t vocab;
};

/* GaLore, Tables 2 and 5: 60M, 130M, 350M, 1B, 7B. */
#define ATTNDYN_LLAMA_SHAPES 5
extern const struct attndyn_llama_shape attndyn_llama_shapes[ATTNDYN_LLAMA_SHAPES];

/* Counts of numbers, not of bytes. */
struct attndyn_memory_counts {
    uint64_t all;       /* N: every parameter of the full-rank model */
    uint64_t untouched; /* O: embedding, head, norms */
    uint64_t adapters;  /* L = sum of r (m + n) over the adapted maps */
    uint64_t states;    /* GS = sum of 2 r max(m, n): GaLore's two moments */
    uint64_t projector; /* GP = sum of r min(m, n): GaLore's projector, on the short side */
};

struct attndyn_memory_counts attndyn_memory_count(const struct attndyn_llama_shape *shape);

enum attndyn_memory_method {
    ATTNDYN_MEMORY_FULL,
    ATTNDYN_MEMORY_LOW_RANK, /* the seven maps are W = BA, nothing else is stored */
    ATTNDYN_MEMORY_LORA,
    ATTNDYN_MEMORY_RELORA, /* the same numbers as LoRA, merged now and then */
    ATTNDYN_MEMORY_GALORE,
    ATTNDYN_MEMORY_ADAM_8BIT,   /* full rank, moments of one byte */
    ATTNDYN_MEMORY_GALORE_8BIT, /* GaLore, moments of one byte, projector of `size` bytes */
    ATTNDYN_MEMORY_METHODS
};

/* The exact counts, or those that seem to be behind the tables of the GaLore paper. */
enum attndyn_memory_variant {
    ATTNDYN_MEMORY_EXACT,
    /* The counts that come nearest to the printed tables (derived here): LoRA's adapters include
     * embedding and head, which the weights hold already; GaLore's optimiser is 3/4 of the
     * low-rank optimiser (mr + 2nr at m = n), embeddings included. Other methods: as exact. */
    ATTNDYN_MEMORY_PAPER
};

/* Bytes of weights + optimiser + projector with numbers of `size` bytes (2 for bf16; even). */
uint64_t attndyn_memory_bytes(const struct attndyn_memory_counts *counts,
                              enum attndyn_memory_method method,
                              enum attndyn_memory_variant variant, uint64_t size);

/* Column names: "full", "low_rank", "lora", "relora", "galore", "adam_8bit", "galore_8bit". */
const char *attndyn_memory_method_name(enum attndyn_memory_method method);

/* The printed total of GaLore's Table 2 (60M..1B) and of its 7B column, in "G"; NaN where the
 * paper prints none. `shape` indexes attndyn_llama_shapes. The 8-bit figures of 7B are for
 * r = 1024. */
double attndyn_memory_printed(size_t shape, enum attndyn_memory_method method);

#endif
