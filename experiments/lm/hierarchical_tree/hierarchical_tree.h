/* lm/hierarchical-tree: training on a latent tree, what is measured of it. */
#ifndef LM_HIERARCHICAL_TREE_HIERARCHICAL_TREE_H
#define LM_HIERARCHICAL_TREE_HIERARCHICAL_TREE_H

#include "experiments/frame/contract/params.h"
#include "sim/data/tree_sequences.h"
#include "experiments/lm/shared/training.h"

enum { TREE_LEVELS = 8, TREE_ARMS = 4, TREE_EXP = 0, TREE_SOFTMAX = 2, TREE_FROZEN = 1 };
/* Arms: TREE_EXP, TREE_EXP + TREE_FROZEN, TREE_SOFTMAX, TREE_SOFTMAX + TREE_FROZEN. */
const char *tree_attention(size_t arm); /* "exp", "softmax" */
const char *tree_keys(size_t arm);      /* "trained", "frozen" */

/* Means over the context leaves l at height H = 1 .. levels - 1 above the query m. */
struct tree_point {
    double v;      /* ||V_l||, the association of l: column l of the decoder */
    double half;   /* ||V_l||^2 / 2 */
    double z;      /* attention logit Z_ml */
    double weight; /* exp(Z_ml) over its mean over the context leaves */
};

struct tree_course {
    size_t records, levels;
    long *step;               /* (records) */
    double *loss;             /* (records): on sequences that are not trained on */
    struct tree_point *point; /* (records, levels): entry H */
};

/* The steps that are measured: 0, 1, ... density apart, the last `steps`. Allocates. */
enum attndyn_status tree_course_create(struct attndyn_context *ctx, const struct params *p,
                                       struct tree_course *course);
/* Their numbers for a checkpoint: arrays (2 count). */
enum attndyn_status tree_courses_name(struct attndyn_context *ctx, size_t count,
                                      const struct tree_course *courses,
                                      struct attndyn_checkpoint_array *arrays);
/* Trains one arm; the same seed gives every arm the same sequences. evaluation: a batch that stays
 * valid. training: what the run is saved as, its arrays and `step` named; NULL: not at all. */
enum attndyn_status tree_train(struct attndyn_context *ctx, const struct params *p,
                               const struct attndyn_tree *tree, size_t arm, uint64_t seed,
                               const struct attndyn_batch *evaluation, struct tree_course *course,
                               struct training *training);
/* First time (in steps, interpolated) at which v of height H reaches `level`; NaN: never. */
double tree_reaches(const struct tree_course *course, size_t height, double level);
/* v of height H at a time between records. */
double tree_at(const struct tree_course *course, size_t height, double time);

extern const struct check *const hierarchical_tree_checks[];

#endif
