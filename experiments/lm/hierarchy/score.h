/* A network on the hierarchy of one seed, and the correlations of its latents with their best
 * units. */
#ifndef LM_HIERARCHY_SCORE_H
#define LM_HIERARCHY_SCORE_H

#include "hierarchy.h"
#include "sim/data/latent_hierarchy.h"
#include "sim/model/transformer/transformer.h"

/* Means over the latents of a level of the correlation with the best unit of the level's block. */
struct level_score {
    double centred, centred_used; /* mean removed; over all latents, over those that a class uses */
    double plain, plain_used;     /* as it is */
};

struct hierarchy_study {
    struct attndyn_latent_hierarchy data;
    struct attndyn_transformer *model;
    size_t hidden;
    double *activity; /* (classes, hidden): of one block, largest over the positions */
    double *latent;   /* (classes) */
    double *weights;  /* (classes) */
};

/* Draws the hierarchy of `seed` and makes the network. */
enum attndyn_status hierarchy_prepare(struct attndyn_context *ctx, const struct hierarchy *p,
                                      uint64_t seed, struct hierarchy_study *study);
/* Loss over the population and the score of every level. */
double hierarchy_measure(struct hierarchy_study *study, struct level_score *scores);
/* The score of a level in a block; the network must just have seen the population
 * (hierarchy_measure). */
struct level_score hierarchy_score(struct hierarchy_study *study, size_t level, size_t block);
/* Fills study->activity with block's units on every class, after hierarchy_measure. */
void hierarchy_activity(struct hierarchy_study *study, size_t block);
void hierarchy_latent(struct hierarchy_study *study, size_t level, size_t latent);
bool hierarchy_used(const struct hierarchy_study *study, size_t level, size_t latent);

#endif
