/* The tables of lm/hierarchy. */
#ifndef LM_HIERARCHY_TABLES_H
#define LM_HIERARCHY_TABLES_H

#include "experiments/lm/shared/looks.h"
#include "score.h"

/* All seeds. */
struct hierarchy_survey {
    size_t seeds, controls, levels;
    struct looks looks;
    struct level_score *score;   /* (seeds, looks, levels) */
    double *loss;                /* (seeds, looks) */
    double floor;                /* mean over seeds */
    struct level_score *control; /* (seeds, controls, levels) */
};

/* Units of a network. */
enum attndyn_status hierarchy_emit_units(const struct trial *run, struct hierarchy_study *study,
                                         const char *state);
/* Blocks of the network that hierarchy_measure has just seen. */
enum attndyn_status hierarchy_emit_blocks(const struct trial *run, struct hierarchy_study *study,
                                          uint64_t seed, const char *state);
/* course, average, control and table1 of all seeds, the first being `seed`. */
enum attndyn_status hierarchy_emit_courses(const struct trial *run, long seed,
                                           const struct hierarchy_survey *survey);
enum attndyn_status hierarchy_emit_table(const struct trial *run,
                                         const struct hierarchy_survey *survey);

#endif
