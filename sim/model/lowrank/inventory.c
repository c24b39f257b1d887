#include "inventory.h"

void attndyn_inventory(uint64_t d, uint64_t f, uint64_t layers, uint64_t vocab,
                       struct attndyn_weight_shape tensors[ATTNDYN_INVENTORY_TENSORS]) {
    const struct attndyn_weight_shape all[ATTNDYN_INVENTORY_TENSORS] = {
        {"embedding", vocab, d, 1, false},
        {"query", d, d, layers, true},
        {"key", d, d, layers, true},
        {"value", d, d, layers, true},
        {"output", d, d, layers, true},
        {"gate", d, f, layers, true},
        {"up", d, f, layers, true},
        {"down", f, d, layers, true},
        {"attention_norm", 1, d, layers, false},
        {"mlp_norm", 1, d, layers, false},
        {"last_norm", 1, d, 1, false},
        {"head", vocab, d, 1, false},
    };
    for (int i = 0; i < ATTNDYN_INVENTORY_TENSORS; i++) tensors[i] = all[i];
}

struct attndyn_kept attndyn_tensor_kept(const struct attndyn_weight_shape *tensor,
                                        enum attndyn_keeping keeping, uint64_t r) {
    const uint64_t m = tensor->rows, n = tensor->cols, numbers = m * n;
    const uint64_t factors = m * r + r * n;
    struct attndyn_kept kept = {.weights = numbers, .moments = 2 * numbers};
    if (!tensor->adapted || keeping == ATTNDYN_KEEP_FULL) return kept;
    if (keeping == ATTNDYN_KEEP_GALORE) {
        const uint64_t shorter = m < n ? m : n, longer = m < n ? n : m;
        kept.moments = 2 * r * longer;
        kept.projector = shorter * r;
        return kept;
    }
    kept.weights = factors + (keeping == ATTNDYN_KEEP_ADAPTER ? numbers : 0);
    kept.moments = 2 * factors;
    return kept;
}
