/* A network and its optimiser, an update at a time. */
#ifndef SHARED_LEARNER_H
#define SHARED_LEARNER_H

#include "sim/model/transformer/transformer.h"
#include "sim/num/optim/optimizer.h"

struct learner {
    struct attndyn_transformer *model;
    struct attndyn_optimizer *optimizer;
    double lr;
    const char *rate;    /* the parameter to lower where it diverges: "lr" */
    uint64_t step;       /* updates made */
    double loss, norm;   /* of the last batch, before its update; the gradient's before clipping */
    double loss_sum;     /* over the updates since learner_mean_loss */
    uint64_t loss_count; /* of them */
};

/* The optimiser over the parameters of learner->model, which are all made and frozen by now. */
enum attndyn_status learner_optimise(struct attndyn_context *ctx, struct learner *learner,
                                     const struct attndyn_optimizer_options *options);
/* Gradient, clipping, update; counted. ATTNDYN_RUN_FAILED where loss or gradient is not finite;
 * an interrupt comes after the whole update. */
enum attndyn_status learner_update(struct attndyn_context *ctx, struct learner *learner,
                                   const struct attndyn_batch *batch);
/* Mean loss of the updates since the last call; NaN where none was made. */
double learner_mean_loss(struct learner *learner);

#endif
