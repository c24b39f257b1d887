/* The deterministic hierarchy of JoMA's table 1 (arXiv 2310.00535).
 *
 * M tokens, the last of which is padding. Level 0 has latents that are distinct p_0-subsets of the
 * M - 1 others; the latents of level s are distinct p_s-subsets of those of level s - 1; those of
 * the top level are the classes. A sample is a class; its active set is {class} at the top and,
 * level by level down, the union of the active latents' subsets; the tokens of the lowest set stand
 * at the end of a sequence of T, ascending (the authors' order is that of a hash table: another
 * fixed function of the set), padding before them. Nothing else is random: with C classes the
 * whole distribution is C fixed sequences, and a batch of n draws is how often each was drawn.
 */
#ifndef ATTNDYN_DATA_LATENT_HIERARCHY_H
#define ATTNDYN_DATA_LATENT_HIERARCHY_H

#include "../base/context.h"
#include "batch.h"

enum { ATTNDYN_HIERARCHY_LEVELS = 8 };

struct attndyn_latent_hierarchy {
    size_t tokens, length, levels, classes; /* M, T, levels, latents of the top level */
    size_t latents[ATTNDYN_HIERARCHY_LEVELS], set[ATTNDYN_HIERARCHY_LEVELS]; /* n_s, p_s */
    /* (n_s, p_s): the subsets, ascending: of tokens (s = 0), of latents of level s - 1 */
    uint32_t *member[ATTNDYN_HIERARCHY_LEVELS];
    /* (classes, n_s): 1 where the class' sample has the latent active */
    unsigned char *active[ATTNDYN_HIERARCHY_LEVELS];
    size_t used[ATTNDYN_HIERARCHY_LEVELS]; /* latents that some class has active */
    size_t *words;                         /* (classes): tokens that are no padding */
    uint32_t *sequence;                    /* (classes, T) */
    /* The same with the padding counted instead of repeated: without positions, and causal, all
     * padding is alike, so that a network does the same with one or two of them that count for all.
     * columns: of the longest class and one of padding, or T. */
    size_t columns;
    uint32_t *shorter; /* (classes, columns) */
    double *counts;    /* (classes, columns): 1 but for the first */
    double floor;      /* nats: mean of ln of how many classes share a class' sequence, the least
                          cross-entropy there is */
    uint32_t *target;  /* (classes): the class itself */
};

/* Draws the subsets from SplitMix64 at a state derived from `seed`. latents, set: (levels).
 * ATTNDYN_USAGE: fewer subsets than latents, sequences longer than T. */
enum attndyn_status attndyn_latent_hierarchy_create(struct attndyn_context *ctx, size_t tokens,
                                                    size_t length, size_t levels,
                                                    const size_t *latents, const size_t *set,
                                                    uint64_t seed,
                                                    struct attndyn_latent_hierarchy *hierarchy);
/* A batch of n draws as one batch of all C sequences: weights (classes) become the multinomial
 * counts, which weigh as much as repeated sequences would; with the padding counted. */
struct attndyn_batch attndyn_latent_hierarchy_draw(const struct attndyn_latent_hierarchy *hierarchy,
                                                   size_t n, uint64_t *state, double *weights);
/* Every sequence once, NULL weights: the population; the padding repeated, or counted (the network
 * must be told: attndyn_transformer_count_keys with `counts`). */
struct attndyn_batch attndyn_latent_hierarchy_all(const struct attndyn_latent_hierarchy *hierarchy);
struct attndyn_batch attndyn_latent_hierarchy_counted(
    const struct attndyn_latent_hierarchy *hierarchy);

#endif
