#include "tree_sequences.h"

#include "../base/random.h"

size_t attndyn_tree_height(const struct attndyn_tree *tree, size_t a, size_t b) {
    size_t height = 0;
    for (; a != b; height++) a /= tree->branching, b /= tree->branching;
    return height;
}

/* The next tree's leaves that are on, in permuted[0 .. count). */
static size_t next_tree(struct attndyn_tree_sequences *s) {
    if (s->lane == 64) {
        attndyn_tree_sample(&s->tree, &s->state, s->words);
        s->lane = 0;
    }
    const uint64_t *leaf = s->words + s->tree.nodes - s->tree.leaves;
    size_t count = 0;
    for (size_t l = 0; l < s->tree.leaves; l++)
        if (leaf[l] >> s->lane & 1) s->permuted[count++] = (uint32_t)l;
    s->lane++;
    s->seen++;
    s->taken += count >= 2;
    return count;
}

enum attndyn_status attndyn_tree_sequences_create(struct attndyn_context *ctx,
                                                  const struct attndyn_tree *tree, size_t sequences,
                                                  uint64_t seed, struct attndyn_tree_sequences *s) {
    enum { PROBES = 1 << 18 };
    *s = (struct attndyn_tree_sequences){.tree = *tree, .sequences = sequences, .lane = 64};
    ATTNDYN_ALLOC(ctx, s->words, tree->nodes);
    ATTNDYN_ALLOC(ctx, s->permuted, tree->leaves);
    ATTNDYN_ALLOC(ctx, s->token, sequences * tree->leaves);
    ATTNDYN_ALLOC(ctx, s->target, sequences * tree->leaves);
    s->state = attndyn_random_derive(seed, "tree-sequences-probe", 0);
    while (s->taken < 4 && s->seen < PROBES) next_tree(s);
    if (s->taken < 4)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "rho = %g, rho0 = %g: hardly any tree has two leaves on (%d of %d): "
                            "lower rho0 or rho",
                            tree->rho, tree->rho0, (int)s->taken, (int)s->seen);
    s->state = attndyn_random_derive(seed, "tree-sequences", 0);
    s->lane = 64;
    s->seen = s->taken = 0;
    return ATTNDYN_OK;
}

struct attndyn_batch attndyn_tree_sequences_draw(struct attndyn_tree_sequences *s) {
    const size_t leaves = s->tree.leaves;
    for (size_t b = 0; b < s->sequences; b++) {
        size_t count = 0;
        while (count < 2) count = next_tree(s);
        for (size_t i = count - 1; i > 0; i--) { /* Fisher and Yates */
            double u = (double)(attndyn_splitmix_next(&s->state) >> 11) * 0x1p-53;
            size_t j = (size_t)(u * (double)(i + 1));
            uint32_t swap = s->permuted[i];
            s->permuted[i] = s->permuted[j], s->permuted[j] = swap;
        }
        uint32_t *token = s->token + b * leaves, *target = s->target + b * leaves;
        for (size_t i = 0; i < leaves; i++) {
            token[i] = i < count ? s->permuted[i] : (uint32_t)leaves;
            target[i] = i + 1 < count ? s->permuted[i + 1] : ATTNDYN_TARGET_NONE;
        }
    }
    return (struct attndyn_batch){s->sequences, leaves, s->token, s->target, NULL};
}
