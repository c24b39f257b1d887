/* Every tensor of a LLaMA-shaped model, and what a method keeps for it: memory counted tensor by
 * tensor, to be compared with the closed sums of theory/lowrank/memory.h. */
#ifndef ATTNDYN_MODEL_LOWRANK_INVENTORY_H
#define ATTNDYN_MODEL_LOWRANK_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attndyn_weight_shape {
    const char *name;
    uint64_t rows, cols;
    uint64_t copies; /* how many of them: layers, or layers times 2 for the norms */
    bool adapted;    /* factorised, adapted or projected by the low-rank methods */
};

#define ATTNDYN_INVENTORY_TENSORS 12
/* The distinct tensors of a model: embedding, seven maps and two norms of a block, last norm,
 * head. */
void attndyn_inventory(uint64_t d, uint64_t f, uint64_t layers, uint64_t vocab,
                       struct attndyn_weight_shape tensors[ATTNDYN_INVENTORY_TENSORS]);

enum attndyn_keeping {
    ATTNDYN_KEEP_FULL,     /* weights and two moments of each number */
    ATTNDYN_KEEP_LOW_RANK, /* factors (rows, r), (r, cols) instead of the map, their moments */
    ATTNDYN_KEEP_ADAPTER,  /* LoRA, ReLoRA: the frozen map, factors, the factors' moments */
    ATTNDYN_KEEP_GALORE    /* the map, projector on the short side, moments of the projected map */
};

/* Numbers kept for one copy of a tensor at rank r (tensors that are not adapted: as full). */
struct attndyn_kept {
    uint64_t weights, moments, projector;
};
struct attndyn_kept attndyn_tensor_kept(const struct attndyn_weight_shape *tensor,
                                        enum attndyn_keeping keeping, uint64_t r);

#endif
