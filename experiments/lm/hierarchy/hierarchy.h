/* lm/hierarchy: one seed's training, and the correlations of its latents with their best units. */
#ifndef LM_HIERARCHY_HIERARCHY_H
#define LM_HIERARCHY_HIERARCHY_H

#include "experiments/frame/contract/params.h"
#include "sim/data/latent_hierarchy.h"
#include "sim/model/transformer/transformer.h"
#include "experiments/lm/shared/training.h"

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
enum attndyn_status hierarchy_prepare(struct attndyn_context *ctx, const struct params *p,
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

enum { HIERARCHY_MEASURES = 4 }; /* rows of table1 for a level */

/* All seeds. */
struct hierarchy_survey {
    size_t seeds, controls, levels, records;
    long *step;                  /* (records) */
    struct level_score *score;   /* (seeds, records, levels) */
    double *loss;                /* (seeds, records) */
    double floor;                /* mean over seeds */
    struct level_score *control; /* (seeds, controls, levels) */
};

/* The tables: units of a network, blocks of the one that hierarchy_measure has just seen; course,
 * average, control and table1 of all seeds. */
enum attndyn_status hierarchy_emit_units(struct attndyn_context *ctx, struct hierarchy_study *study,
                                         const char *state, struct results *results);
enum attndyn_status hierarchy_emit_blocks(struct attndyn_context *ctx,
                                          struct hierarchy_study *study, uint64_t seed,
                                          const char *state, struct results *results);
enum attndyn_status hierarchy_emit_courses(struct attndyn_context *ctx, const struct params *p,
                                           const struct hierarchy_survey *survey,
                                           struct results *results);
enum attndyn_status hierarchy_emit_table(struct attndyn_context *ctx,
                                         const struct hierarchy_survey *survey,
                                         struct results *results);

#endif
