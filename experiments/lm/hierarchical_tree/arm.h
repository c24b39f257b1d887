/* One arm of lm/hierarchical-tree: a network trained on a latent tree, what is measured of it. */
#ifndef LM_HIERARCHICAL_TREE_ARM_H
#define LM_HIERARCHICAL_TREE_ARM_H

#include "experiments/lm/shared/looks.h"
#include "experiments/shared/training.h"
#include "hierarchical_tree.h"
#include "sim/data/tree_sequences.h"

/* Means over the context leaves l at height H = 1 .. levels - 1 above the query m. */
struct tree_point {
    double v;      /* ||V_l||, the association of l: column l of the decoder */
    double half;   /* ||V_l||^2 / 2 */
    double z;      /* attention logit Z_ml */
    double weight; /* exp(Z_ml) over its mean over the context leaves */
};

struct tree_course {
    size_t levels;
    struct looks looks;       /* after which steps: rows of the next two */
    double *loss;             /* (looks): on sequences that are not trained on */
    struct tree_point *point; /* (looks, levels): entry H */
};

/* The steps that are measured: 0, 1, ... density apart, the last `steps`. Allocates. */
enum attndyn_status tree_course_create(const struct trial *run, const struct hierarchical_tree *p,
                                       struct tree_course *course);
/* Their numbers for a checkpoint: arrays (2 count). */
enum attndyn_status tree_courses_name(struct attndyn_context *ctx, size_t count,
                                      const struct tree_course *courses,
                                      struct attndyn_checkpoint_array *arrays);
/* Trains one arm; the same seed gives every arm the same sequences. evaluation: a batch that stays
 * valid. training: of the run; its arrays are those of all trainings so far. */
enum attndyn_status tree_train(struct training *training, const struct hierarchical_tree *p,
                               const struct attndyn_tree *tree, size_t arm, uint64_t seed,
                               const struct attndyn_batch *evaluation, struct tree_course *course);
/* First time (in steps, interpolated) at which v of height H reaches `level`; NaN: never. */
double tree_reaches(const struct tree_course *course, size_t height, double level);
/* v of height H at a time between looks. */
double tree_at(const struct tree_course *course, size_t height, double time);

#endif
