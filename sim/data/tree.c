#include "tree.h"

#include "../base/random.h"

#include <math.h>

/* A probability in units of 2^-64. */
static uint64_t fixed_point(double p, bool *always) {
    *always = p >= 1;
    return p >= 1 ? UINT64_MAX : (uint64_t)ldexp(p, 64);
}

enum attndyn_status attndyn_tree_init(struct attndyn_context *ctx, struct attndyn_tree *tree,
                                      size_t levels, size_t branching, double rho, double rho0) {
    const size_t most = (size_t)1 << 28;
    if (levels < 1 || branching < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "a tree needs at least 1 level and 1 child a node");
    if (!(fabs(rho) <= 1) || !(fabs(rho0) <= 1))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "rho = %g, rho0 = %g: expected both in [-1, 1]",
                            rho, rho0);
    size_t leaves = 1, nodes = 1;
    for (size_t s = 1; s < levels; s++) {
        if (leaves > most / branching || nodes > most - leaves * branching)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "a tree of %zu levels with %zu children a node has more than 2^28 "
                                "nodes: take fewer levels",
                                levels, branching);
        leaves *= branching;
        nodes += leaves;
    }
    *tree = (struct attndyn_tree){.levels = levels,
                                  .branching = branching,
                                  .rho = rho,
                                  .rho0 = rho0,
                                  .nodes = nodes,
                                  .leaves = leaves};
    tree->root_on = fixed_point(0.5 * (1 - rho0), &tree->root_always);
    tree->flip = fixed_point(0.5 * (1 - rho), &tree->flip_always);
    return ATTNDYN_OK;
}

/* 64 independent bits, each on with probability p 2^-64: the binary expansions of p and of a
 * uniform number are compared in all lanes at once, from the highest bit, until every lane is
 * decided (8 words on average) or p has no bits left. */
static inline uint64_t bernoulli_word(uint64_t p, bool always, uint64_t *state) {
    if (always) return UINT64_MAX;
    uint64_t on = 0, open = UINT64_MAX;
    while (p && open) {
        uint64_t u = attndyn_splitmix_next(state);
        if (p >> 63) {
            on |= open & ~u;
            open &= u;
        } else {
            open &= ~u;
        }
        p <<= 1;
    }
    return on;
}

void attndyn_tree_sample(const struct attndyn_tree *tree, uint64_t *state, uint64_t *words) {
    words[0] = bernoulli_word(tree->root_on, tree->root_always, state);
    size_t child = 1;
    for (size_t parent = 0; child < tree->nodes; parent++)
        for (size_t b = 0; b < tree->branching; b++, child++)
            words[child] = words[parent] ^ bernoulli_word(tree->flip, tree->flip_always, state);
}

size_t attndyn_tree_partner(const struct attndyn_tree *tree, size_t leaf, size_t height) {
    if (height == 0) return leaf;
    size_t child = 1; /* leaves under a child of the ancestor */
    for (size_t h = 1; h < height; h++) child *= tree->branching;
    size_t group = child * tree->branching, start = leaf - leaf % group;
    return start + (leaf - start + child) % group;
}

static inline uint64_t bits_on(uint64_t x) {
    return (uint64_t)__builtin_popcountll(x);
}

/* Words of 64 trees that share a stream, and are one batch of the standard error. */
enum { BATCH_LEAST = 4, BATCHES = 256 };

/* Leaves that are on, and pairs of each height that are, in the trees of each batch. */
struct tree_counts {
    size_t levels;
    int64_t batches;
    uint64_t words, length;        /* in all, of a batch */
    uint64_t *on, *both, *scratch; /* (batches), (batches, levels), (threads, nodes) */
    size_t *partner;               /* (levels, leaves) */
};

static void count_drawn(const struct attndyn_tree *tree, uint64_t seed, int threads,
                        const struct tree_counts *c) {
    size_t levels = c->levels, leaves = tree->leaves;
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (threads > 1)
    for (int64_t b = 0; b < c->batches; b++) {
        uint64_t state = attndyn_random_derive(seed, "tree", (uint64_t)b);
        uint64_t *word = c->scratch + (size_t)(b % threads) * tree->nodes; /* schedule(static, 1) */
        const uint64_t *leaf = word + tree->nodes - leaves;
        uint64_t left = c->words - (uint64_t)b * c->length;
        for (uint64_t i = 0; i < (left < c->length ? left : c->length); i++) {
            attndyn_tree_sample(tree, &state, word);
            for (size_t m = 0; m < leaves; m++) c->on[b] += bits_on(leaf[m]);
            for (size_t h = 1; h < levels; h++)
                for (size_t m = 0; m < leaves; m++)
                    c->both[(size_t)b * levels + h] +=
                        bits_on(leaf[m] & leaf[c->partner[h * leaves + m]]);
        }
    }
}

/* A ratio of sums, whose error comes from the residuals of the batches. */
static void ratio_of(const struct tree_counts *c, double total_on, size_t h, double *probability,
                     double *error) {
    double pairs = 0, square = 0, count = (double)c->batches;
    for (int64_t b = 0; b < c->batches; b++)
        pairs += h ? (double)c->both[(size_t)b * c->levels + h] : (double)c->on[b];
    *probability = pairs / total_on;
    for (int64_t b = 0; b < c->batches && h; b++) {
        double residual =
            (double)c->both[(size_t)b * c->levels + h] - *probability * (double)c->on[b];
        square += residual * residual;
    }
    *error = sqrt(square * count / (count - 1)) / total_on;
}

enum attndyn_status attndyn_tree_cooccurrence_sampled(struct attndyn_context *ctx,
                                                      const struct attndyn_tree *tree,
                                                      uint64_t trees, uint64_t seed,
                                                      double *probability, double *error) {
    size_t levels = tree->levels, leaves = tree->leaves;
    if (tree->branching < 2 && levels > 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "pairs of leaves need at least 2 children a node, not %zu",
                            tree->branching);
    uint64_t mark = attndyn_memory_mark(ctx), words = (trees + 63) / 64;
    uint64_t length = words / BATCHES > BATCH_LEAST ? words / BATCHES : BATCH_LEAST;
    int64_t batches = (int64_t)((words + length - 1) / length);
    if (batches < 16)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%llu trees make %lld batches: a standard error needs 16, at least "
                            "%d trees",
                            (unsigned long long)trees, (long long)batches, 16 * BATCH_LEAST * 64);
    int threads = attndyn_threads(ctx);
    struct tree_counts c = {.levels = levels, .batches = batches, .words = words, .length = length};
    ATTNDYN_ALLOC(ctx, c.on, (size_t)batches);
    ATTNDYN_ALLOC(ctx, c.both, (size_t)batches * levels);
    ATTNDYN_ALLOC(ctx, c.scratch, (size_t)threads * tree->nodes);
    ATTNDYN_ALLOC(ctx, c.partner, levels * leaves);
    for (size_t h = 0; h < levels; h++)
        for (size_t m = 0; m < leaves; m++)
            c.partner[h * leaves + m] = attndyn_tree_partner(tree, m, h);
    count_drawn(tree, seed, threads, &c);
    double total_on = 0;
    for (int64_t b = 0; b < batches; b++) total_on += (double)c.on[b];
    enum attndyn_status status = attndyn_check_interrupt(ctx);
    if (status == ATTNDYN_OK && total_on < 100)
        status = attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                              "only %.0f leaves were on in %llu trees (rho = %g, rho0 = %g): draw "
                              "more trees",
                              total_on, (unsigned long long)trees, tree->rho, tree->rho0);
    for (size_t h = 0; h < levels && status == ATTNDYN_OK; h++)
        ratio_of(&c, total_on, h, &probability[h], &error[h]);
    attndyn_memory_release(ctx, mark);
    return status;
}

/* Compensated summation (Neumaier): 2^nodes terms to one rounding. */
static void add(double sum[2], double term) {
    double total = sum[0] + term;
    sum[1] += fabs(sum[0]) >= fabs(term) ? (sum[0] - total) + term : (term - total) + sum[0];
    sum[0] = total;
}

enum attndyn_status attndyn_tree_cooccurrence_enumerated(struct attndyn_context *ctx,
                                                         const struct attndyn_tree *tree,
                                                         double *probability) {
    size_t n = tree->nodes, b = tree->branching, first = n - tree->leaves;
    if (n > ATTNDYN_TREE_ENUMERABLE || (b < 2 && n > 1))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "enumeration takes trees of at most %d nodes with 2 or more children a "
                            "node; this one has %zu nodes",
                            ATTNDYN_TREE_ENUMERABLE, n);
    double keep = 0.5 * (1 + tree->rho), flip = 0.5 * (1 - tree->rho), on[2] = {0};
    double pair[ATTNDYN_TREE_ENUMERABLE][2] = {{0}};
    for (uint32_t state = 0; state < (uint32_t)1 << n; state++) {
        double p = 0.5 * (state & 1 ? 1 - tree->rho0 : 1 + tree->rho0);
        for (size_t i = 1; i < n; i++)
            p *= (state >> i & 1) == (state >> (i - 1) / b & 1) ? keep : flip;
        if (!(state >> first & 1)) continue; /* condition on leaf 0 */
        add(on, p);
        for (size_t h = 0; h < tree->levels; h++)
            if (state >> (first + attndyn_tree_partner(tree, 0, h)) & 1) add(pair[h], p);
    }
    for (size_t h = 0; h < tree->levels; h++)
        probability[h] = (pair[h][0] + pair[h][1]) / (on[0] + on[1]);
    return ATTNDYN_OK;
}

void attndyn_tree_cooccurrence_chain(const struct attndyn_tree *tree, double *probability) {
    double keep = 0.5 * (1 + tree->rho), flip = 0.5 * (1 - tree->rho);
    for (size_t h = 0; h < tree->levels; h++) {
        double on = 0.5 * (1 - tree->rho0); /* of the ancestor */
        for (size_t s = 0; s + 1 + h < tree->levels; s++) on = on * keep + (1 - on) * flip;
        double given_on = 1, given_off = 0; /* a leaf is on, given its ancestor */
        for (size_t s = 0; s < h; s++) {
            given_on = given_on * keep + (1 - given_on) * flip;
            given_off = given_off * keep + (1 - given_off) * flip;
        }
        /* at h = 0 the two leaves are one */
        double pair_on = h ? given_on * given_on : given_on;
        double pair_off = h ? given_off * given_off : given_off;
        probability[h] =
            (on * pair_on + (1 - on) * pair_off) / (on * given_on + (1 - on) * given_off);
    }
}
