#include "learner.h"

#include <math.h>

struct attndyn_optimizer_options learner_adamw(double decay) {
    static const struct attndyn_optimizer_group plain = {"*norm*", 1, 0};
    return (struct attndyn_optimizer_options){.kind = ATTNDYN_OPTIMIZER_ADAMW,
                                              .beta1 = 0.9,
                                              .beta2 = 0.95,
                                              .epsilon = 1e-8,
                                              .decay = decay,
                                              .clip = 1,
                                              .groups = &plain,
                                              .n_groups = 1};
}

struct attndyn_schedule learner_cosine(uint64_t updates, uint64_t warmup) {
    return (struct attndyn_schedule){
        .kind = ATTNDYN_SCHEDULE_COSINE, .warmup = warmup, .total = updates, .floor = 0.1};
}

static struct attndyn_parameter *parameters_of(const struct learner *l, size_t *count) {
    return l->adapters ? attndyn_adapters_parameters(l->adapters, count)
                       : attndyn_transformer_parameters(l->model, count);
}

enum attndyn_status learner_optimise(struct attndyn_context *ctx, struct learner *l,
                                     const struct attndyn_optimizer_options *options) {
    size_t count;
    struct attndyn_parameter *parameters = parameters_of(l, &count);
    if (l->per_layer && options->clip > 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "weights that move layer by layer cannot be clipped by the norm of "
                            "the whole gradient: set clip=0, or per_layer=false");
    return attndyn_optimizer_create(ctx, options, parameters, count, &l->optimizer);
}

static enum attndyn_status diverged(struct attndyn_context *ctx, const struct learner *l,
                                    const char *what) {
    return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "the %s is not finite at minibatch %llu: lower %s",
                        what, (unsigned long long)l->step, l->rate);
}

/* The gradients of the model's [first, first + count) are whole. */
static void move(void *user, size_t first, size_t count) {
    const struct learner *l = user;
    size_t from = first, n = count;
    if (l->adapters) {
        attndyn_adapters_pull(l->adapters, first, count);
        attndyn_adapters_range(l->adapters, first, count, &from, &n);
    }
    attndyn_optimizer_part(l->optimizer, from, n);
    if (l->adapters) attndyn_adapters_push(l->adapters, first, count);
}

static void step(struct learner *l, const struct attndyn_batch *batch, double lr) {
    size_t count;
    attndyn_transformer_parameters(l->model, &count);
    if (l->per_layer) {
        attndyn_optimizer_begin(l->optimizer, lr);
        l->loss = attndyn_transformer_gradient_in_parts(l->model, batch, l->step, move, l);
        l->norm = attndyn_optimizer_end(l->optimizer);
        return;
    }
    l->loss = attndyn_transformer_gradient(l->model, batch, l->step);
    if (!isfinite(l->loss)) return;
    if (l->adapters) attndyn_adapters_pull(l->adapters, 0, count);
    l->norm = attndyn_optimizer_step(l->optimizer, lr);
    if (l->adapters) attndyn_adapters_push(l->adapters, 0, count);
}

/* The factors into the weights; their moments and counts begin anew. */
static enum attndyn_status merge(struct attndyn_context *ctx, struct learner *l) {
    size_t count;
    ATTNDYN_TRY(attndyn_adapters_merge(ctx, l->adapters, l->step / l->merge));
    parameters_of(l, &count);
    for (size_t i = 0; i < count; i++)
        if (attndyn_adapters_factor(l->adapters, i)) attndyn_optimizer_restart(l->optimizer, i);
    return ATTNDYN_OK;
}

/* After a merge the rate warms up again. */
static double rate(const struct learner *l) {
    const uint64_t since = l->merge ? l->step % l->merge : 0;
    if (!l->merge || l->step < l->merge || since >= l->rewarm) return l->lr;
    return l->lr * (double)(since + 1) / (double)l->rewarm;
}

void learner_resumed(struct learner *l) {
    size_t count, own;
    if (!l->adapters) return;
    attndyn_transformer_parameters(l->model, &count);
    parameters_of(l, &own);
    uint64_t made = attndyn_optimizer_steps(l->optimizer); /* since the optimiser began anew */
    if (l->merge && l->step % l->merge < made) made = l->step % l->merge;
    for (size_t i = 0; l->merge && i < own; i++)
        if (attndyn_adapters_factor(l->adapters, i))
            attndyn_optimizer_recount(l->optimizer, i, made);
    attndyn_adapters_push(l->adapters, 0, count);
}

enum attndyn_status learner_update(struct attndyn_context *ctx, struct learner *l,
                                   const struct attndyn_batch *batch) {
    step(l, batch, rate(l));
    if (!isfinite(l->loss)) return diverged(ctx, l, "loss");
    if (!isfinite(l->norm)) return diverged(ctx, l, "gradient");
    l->step++;
    if (l->merge && l->step % l->merge == 0) ATTNDYN_TRY(merge(ctx, l));
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
