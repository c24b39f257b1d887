/* Sequences over the leaves of a latent tree (tree.h): which tokens stand together.
 *
 * A tree with at least two leaves on gives one sequence: those leaves, every order equally likely.
 * Each token is the query of its position: the tokens before it are its context, the token behind
 * it is the target, so any leaf that is on and has not been named is equally likely to be asked
 * for. Trees with fewer than two leaves on are passed over. Sequences are padded at their end with
 * token `leaves` and have no target there.
 */
#ifndef ATTNDYN_DATA_TREE_SEQUENCES_H
#define ATTNDYN_DATA_TREE_SEQUENCES_H

#include "batch.h"
#include "tree.h"

struct attndyn_tree_sequences {
    struct attndyn_tree tree;
    size_t sequences;     /* of a batch, at most */
    uint64_t state;       /* SplitMix64 */
    uint64_t *words;      /* (nodes): 64 trees */
    unsigned lane;        /* of them used */
    uint32_t *permuted;   /* (leaves) */
    uint32_t *token;      /* (sequences, leaves) */
    uint32_t *target;     /* (sequences, leaves) */
    uint64_t seen, taken; /* trees drawn, and with two leaves or more */
};

/* ATTNDYN_USAGE where such trees hardly ever have two leaves on (less than 1 in 10^5). */
enum attndyn_status attndyn_tree_sequences_create(struct attndyn_context *ctx,
                                                  const struct attndyn_tree *tree, size_t sequences,
                                                  uint64_t seed,
                                                  struct attndyn_tree_sequences *source);
/* The next batch: (sequences, leaves), V = leaves + 1; valid until the next call. */
struct attndyn_batch attndyn_tree_sequences_draw(struct attndyn_tree_sequences *source);
/* Height of the lowest common ancestor of two leaves: 0 for a leaf with itself. */
size_t attndyn_tree_height(const struct attndyn_tree *tree, size_t a, size_t b);

#endif
