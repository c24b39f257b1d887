/* A network and its optimiser, an update at a time. */
#ifndef SHARED_LEARNER_H
#define SHARED_LEARNER_H

#include "sim/model/lowrank/adapters.h"
#include "sim/num/optim/optimizer.h"
#include "sim/num/optim/schedule.h"

struct learner {
    struct attndyn_transformer *model;
    struct attndyn_optimizer *optimizer;
    struct attndyn_adapters *adapters; /* what moves in place of the model's maps; NULL: they do */
    bool per_layer; /* weights move during the backward pass (not clipped), no gradient is kept */
    uint64_t merge, rewarm; /* relora: updates from a merge to the next; of warming up after it */
    double lr;
    const char *rate;    /* the parameter to lower where it diverges: "lr" */
    uint64_t step;       /* updates made */
    double loss, norm;   /* of the last batch, before its update; the gradient's before clipping */
    double loss_sum;     /* over the updates since learner_mean_loss */
    uint64_t loss_count; /* of them */
};

/* The setting of the small networks here: AdamW (0.9, 0.95) without decay of the norms, gradients
 * clipped at 1; a rate that warms up (learner_warmup: over a tenth of the updates, 100 at most) and
 * then falls to a tenth by half a cosine. */
struct attndyn_optimizer_options learner_adamw(double decay);
struct attndyn_schedule learner_cosine(uint64_t updates, uint64_t warmup);
static inline uint64_t learner_warmup(uint64_t updates) {
    return updates / 10 < 100 ? updates / 10 : 100;
}

/* The optimiser over the parameters of learner->adapters, or of learner->model; they are all made
 * and frozen by now. With merges options->tensorwise must be set. */
enum attndyn_status learner_optimise(struct attndyn_context *ctx, struct learner *learner,
                                     const struct attndyn_optimizer_options *options);
/* Gradient, clipping, update; counted. ATTNDYN_RUN_FAILED where loss or gradient is not finite;
 * an interrupt comes after the whole update. */
enum attndyn_status learner_update(struct attndyn_context *ctx, struct learner *learner,
                                   const struct attndyn_batch *batch);
/* After model, adapters, optimiser and counters were filled from a checkpoint. */
void learner_resumed(struct learner *learner);
/* Mean loss of the updates since the last call; NaN where none was made. */
double learner_mean_loss(struct learner *learner);

#endif
