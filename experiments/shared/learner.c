#include "learner.h"

#include <math.h>

enum attndyn_status learner_optimise(struct attndyn_context *ctx, struct learner *l,
                                     const struct attndyn_optimizer_options *options) {
    size_t count;
    struct attndyn_parameter *parameters = attndyn_transformer_parameters(l->model, &count);
    return attndyn_optimizer_create(ctx, options, parameters, count, &l->optimizer);
}

static enum attndyn_status diverged(struct attndyn_context *ctx, const struct learner *l,
                                    const char *what) {
    return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "the %s is not finite at minibatch %llu: lower %s",
                        what, (unsigned long long)l->step, l->rate);
}

enum attndyn_status learner_update(struct attndyn_context *ctx, struct learner *l,
                                   const struct attndyn_batch *batch) {
    l->loss = attndyn_transformer_gradient(l->model, batch, l->step);
    if (!isfinite(l->loss)) return diverged(ctx, l, "loss");
    l->norm = attndyn_optimizer_step(l->optimizer, l->lr);
    if (!isfinite(l->norm)) return diverged(ctx, l, "gradient");
    l->step++;
    l->loss_sum += l->loss;
    l->loss_count++;
    return attndyn_check_interrupt(ctx);
}

double learner_mean_loss(struct learner *l) {
    double mean = l->loss_count ? l->loss_sum / (double)l->loss_count : NAN;
    l->loss_sum = 0;
    l->loss_count = 0;
    return mean;
}
