#include "tree_sequences.h"

#include "../base/random.h"

size_t attndyn_tree_height(const struct attndyn_tree *tree, size_t a, size_t b) {
    size_t height = 0;
    for (; a != b; height++) a /= tree->branching, b /= tree->branching;
    return height;
}

static double uniform(uint64_t *state) {
    return (double)(attndyn_splitmix_next(state) >> 11) * 0x1p-53;
}

/* The next tree's leaves that are on, ascending, in on[0 .. count). */
static size_t next_tree(struct attndyn_tree_sequences *s) {
    if (s->lane == 64) {
        attndyn_tree_sample(&s->tree, &s->state, s->words);
        s->lane = 0;
    }
    const uint64_t *leaf = s->words + s->tree.nodes - s->tree.leaves;
    size_t count = 0;
    for (size_t l = 0; l < s->tree.leaves; l++)
        if (leaf[l] >> s->lane & 1) s->on[count++] = (uint32_t)l;
    bool queried = s->query == ATTNDYN_QUERY_ANY ? count > 0 : (leaf[s->query] >> s->lane & 1) != 0;
    s->lane++;
    s->queried += queried;
    s->taken += queried && count >= 2;
    return queried ? count : 0;
}

enum attndyn_status attndyn_tree_sequences_create(struct attndyn_context *ctx,
                                                  const struct attndyn_tree *tree, size_t query,
                                                  double keep, size_t sequences, uint64_t seed,
                                                  struct attndyn_tree_sequences *s) {
    enum { PROBES = 1 << 18 };
    if ((query >= tree->leaves && query != ATTNDYN_QUERY_ANY) || !(keep > 0 && keep <= 1))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "query %zu, keep %g: expected a leaf below %zu and 0 < keep <= 1",
                            query, keep, tree->leaves);
    *s = (struct attndyn_tree_sequences){
        .tree = *tree, .query = query, .keep = keep, .sequences = sequences, .lane = 64};
    ATTNDYN_ALLOC(ctx, s->words, tree->nodes);
    ATTNDYN_ALLOC(ctx, s->on, tree->leaves);
    ATTNDYN_ALLOC(ctx, s->token, sequences * tree->leaves);
    ATTNDYN_ALLOC(ctx, s->target, sequences * tree->leaves);
    s->state = attndyn_random_derive(seed, "tree-sequences-probe", 0);
    for (size_t i = 0; i < PROBES && s->taken < 4; i++) next_tree(s);
    if (s->taken < 4)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "rho = %g, rho0 = %g: hardly any tree has the query and another leaf "
                            "on (%d of %d): lower rho0 or rho",
                            tree->rho, tree->rho0, (int)s->taken, PROBES);
    s->state = attndyn_random_derive(seed, "tree-sequences", 0);
    s->lane = 64;
    s->queried = s->taken = 0;
    return ATTNDYN_OK;
}

/* Makes one sequence from the current tree, which has `count` active leaves. */
static void write_sequence(struct attndyn_tree_sequences *s, size_t count, uint32_t *token,
                           uint32_t *target) {
    uint32_t *on = s->on;
    const size_t leaves = s->tree.leaves;
    for (size_t i = count - 1; i > 0; i--) { /* Fisher and Yates */
        size_t j = (size_t)(uniform(&s->state) * (double)(i + 1));
        uint32_t swap = on[i];
        on[i] = on[j], on[j] = swap;
    }
    size_t query = 0; /* the first in random order is any of them */
    while (s->query != ATTNDYN_QUERY_ANY && on[query] != s->query) query++;
    size_t other = (size_t)(uniform(&s->state) * (double)(count - 1)), length = 0;
    const uint32_t asked = on[other < query ? other : other + 1];
    for (size_t i = 0; i < count; i++)
        if (i != query && uniform(&s->state) < s->keep) token[length++] = on[i];
    token[length] = on[query];
    for (size_t i = 0; i < leaves; i++) {
        target[i] = i == length ? asked : ATTNDYN_TARGET_NONE;
        if (i > length) token[i] = (uint32_t)leaves;
    }
}

struct attndyn_batch attndyn_tree_sequences_draw(struct attndyn_tree_sequences *s) {
    const size_t leaves = s->tree.leaves;
    for (size_t b = 0; b < s->sequences; b++) {
        size_t count = 0;
        while (count < 2) count = next_tree(s);
        write_sequence(s, count, s->token + b * leaves, s->target + b * leaves);
    }
    return (struct attndyn_batch){
        .sequences = s->sequences, .length = leaves, .tokens = s->token, .targets = s->target};
}
