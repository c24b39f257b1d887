/* Sequences over the leaves of a latent tree (tree.h): a query, what stands with it, a target.
 *
 * A tree on which the query m and at least one other leaf are on gives one sequence: the context,
 * each of the other leaves that are on with probability `keep`, in random order; then m; then
 * padding (token `leaves`). Its one target stands at m: one of the other leaves that are on, all
 * equally likely, in the context or not. Other trees are passed over, so that
 *
 *     P(l on | sequence) = P(y_l = 1 | y_m = 1) / P(another leaf is on | y_m = 1),
 *
 * the numerator Theorem 5's. Where no query is fixed, m is any leaf that is on, all equally likely.
 */
#ifndef ATTNDYN_DATA_TREE_SEQUENCES_H
#define ATTNDYN_DATA_TREE_SEQUENCES_H

#include "batch.h"
#include "tree.h"

#define ATTNDYN_QUERY_ANY SIZE_MAX

struct attndyn_tree_sequences {
    struct attndyn_tree tree;
    size_t query;     /* a leaf, or ATTNDYN_QUERY_ANY */
    double keep;      /* (0, 1] */
    size_t sequences; /* of a batch */
    uint64_t state;   /* SplitMix64 */
    uint64_t *words;  /* (nodes): 64 trees */
    unsigned lane;    /* of them used */
    uint32_t *on;     /* (leaves): those of the tree at hand */
    uint32_t *token;  /* (sequences, leaves) */
    uint32_t *target; /* (sequences, leaves) */
    uint64_t queried; /* trees on which the query was on (any query: some leaf) */
    uint64_t taken;   /* of them: with another leaf on */
};

/* ATTNDYN_USAGE where hardly any tree can be used (less than 1 in 10^5). */
enum attndyn_status attndyn_tree_sequences_create(struct attndyn_context *ctx,
                                                  const struct attndyn_tree *tree, size_t query,
                                                  double keep, size_t sequences, uint64_t seed,
                                                  struct attndyn_tree_sequences *source);
/* The next batch: (sequences, leaves), V = leaves + 1; valid until the next call. */
struct attndyn_batch attndyn_tree_sequences_draw(struct attndyn_tree_sequences *source);
/* Height of the lowest common ancestor of two leaves: 0 for a leaf with itself. */
size_t attndyn_tree_height(const struct attndyn_tree *tree, size_t a, size_t b);

#endif
