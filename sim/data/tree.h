/* The binary latent tree of Theorem 5 of JoMA (arXiv 2310.00535).
 *
 * Level 0 is the root; every node of a level s < L-1 has B children; the B^(L-1) nodes of level
 * L-1 are the leaves (tokens). P(root = 1) = (1 - rho0)/2; each child copies its parent with
 * probability (1 + rho)/2 and flips otherwise, independently. Samples come 64 trees at a time:
 * one 64-bit word for a node, one bit for a tree.
 */
#ifndef ATTNDYN_DATA_TREE_H
#define ATTNDYN_DATA_TREE_H

#include "../base/context.h"

#include <stdint.h>

struct attndyn_tree {
    size_t levels;                 /* L >= 1 */
    size_t branching;              /* B >= 1 */
    double rho, rho0;              /* in [-1, 1] */
    size_t nodes;                  /* 1 + B + ... + B^(L-1) */
    size_t leaves;                 /* B^(L-1): the last nodes */
    uint64_t root_on, flip;        /* the probabilities (1-rho0)/2, (1-rho)/2 in units of 2^-64 */
    bool root_always, flip_always; /* ... where they are 1 */
};

/* ATTNDYN_USAGE where a parameter is out of range or the tree has more than 2^28 nodes. */
enum attndyn_status attndyn_tree_init(struct attndyn_context *ctx, struct attndyn_tree *tree,
                                      size_t levels, size_t branching, double rho, double rho0);

/* 64 independent trees from the SplitMix64 stream at `state`. words: (nodes), breadth first: the
 * children of node i are B i + 1 ... B i + B; the leaves are words + nodes - leaves. */
void attndyn_tree_sample(const struct attndyn_tree *tree, uint64_t *state, uint64_t *words);

/* A leaf whose lowest common ancestor with `leaf` (0 .. leaves-1) lies exactly `height` levels
 * above, 0 <= height <= L-1; every leaf is the partner of one leaf. Needs B >= 2 or height 0. */
size_t attndyn_tree_partner(const struct attndyn_tree *tree, size_t leaf, size_t height);

/* P(y_l = 1 | y_m = 1) for leaves of common height H = 0 .. L-1, by three routes. probability,
 * error: (L); error is one standard error (from the spread of batches of trees).
 *
 * - drawn trees, rounded up to a multiple of 64; all leaves with their partners. Fails where too
 *   few leaves are on to estimate it. Bits do not depend on attndyn_threads(ctx). */
enum attndyn_status attndyn_tree_cooccurrence_sampled(struct attndyn_context *ctx,
                                                      const struct attndyn_tree *tree,
                                                      uint64_t trees, uint64_t seed,
                                                      double *probability, double *error);
/* - all 2^nodes states; nodes <= ATTNDYN_TREE_ENUMERABLE, B >= 2 */
enum { ATTNDYN_TREE_ENUMERABLE = 21 };
enum attndyn_status attndyn_tree_cooccurrence_enumerated(struct attndyn_context *ctx,
                                                         const struct attndyn_tree *tree,
                                                         double *probability);
/* - the products of 2x2 transition matrices along the two branches; any size. NaN where no leaf
 *   is ever on. */
void attndyn_tree_cooccurrence_chain(const struct attndyn_tree *tree, double *probability);

#endif
