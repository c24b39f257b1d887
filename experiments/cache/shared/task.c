#include "task.h"

#include "experiments/shared/learner.h"
#include "sim/num/optim/schedule.h"

#include <time.h>

static enum attndyn_status train(const struct trial *run, const struct task_training *t,
                                 struct learner *learner, struct attndyn_random *random) {
    const struct attndyn_schedule schedule = {.kind = ATTNDYN_SCHEDULE_COSINE,
                                              .warmup =
                                                  t->updates / 10 < 100 ? t->updates / 10 : 100,
                                              .total = t->updates,
                                              .floor = 0.1};
    uint32_t *tokens, *targets;
    ATTNDYN_ALLOC(run->ctx, tokens, t->batch * t->length);
    ATTNDYN_ALLOC(run->ctx, targets, t->batch * t->length);
    const struct attndyn_batch batch = {
        .sequences = t->batch, .length = t->length, .tokens = tokens, .targets = targets};
    if (t->look) ATTNDYN_TRY(t->look(t->user, learner->model, 0));
    for (uint64_t step = 0; step < t->updates; step++) {
        for (size_t b = 0; b < t->batch; b++)
            t->draw(t->task, random, t->length, tokens + b * t->length, targets + b * t->length);
        learner->lr = t->lr * attndyn_schedule_factor(&schedule, step);
        ATTNDYN_TRY(learner_update(run->ctx, learner, &batch));
        if (t->look) ATTNDYN_TRY(t->look(t->user, learner->model, step + 1));
        attndyn_progress(run->ctx, "updates", (double)(step + 1), (double)t->updates);
    }
    return ATTNDYN_OK;
}

enum attndyn_status task_train(const struct trial *run,
                               const struct attndyn_transformer_config *config,
                               const struct task_training *t, struct attndyn_transformer **model) {
    const struct attndyn_optimizer_group plain = {"*norm*", 1, 0};
    const struct attndyn_optimizer_options options = {.kind = ATTNDYN_OPTIMIZER_ADAMW,
                                                      .beta1 = 0.9,
                                                      .beta2 = 0.95,
                                                      .epsilon = 1e-8,
                                                      .decay = t->decay,
                                                      .clip = 1,
                                                      .groups = &plain,
                                                      .n_groups = 1};
    struct learner learner = {.rate = "lr"};
    struct attndyn_random random;
    attndyn_threads_allow(run->ctx, 1);
    ATTNDYN_TRY(attndyn_transformer_create(run->ctx, config, t->batch, t->length, model));
    ATTNDYN_TRY(attndyn_transformer_initialise(run->ctx, *model, t->seed));
    learner.model = *model;
    ATTNDYN_TRY(learner_optimise(run->ctx, &learner, &options));
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive(t->seed, "task", 0)));
    const enum attndyn_status status = train(run, t, &learner, &random);
    attndyn_random_done(&random);
    return status;
}

enum attndyn_status task_clock(struct attndyn_context *ctx, double *seconds) {
    struct timespec now;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "there is no clock of CPU time");
    *seconds = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    return ATTNDYN_OK;
}

void task_paired(size_t n, const double *a, const double *b, double *mean, double *error) {
    double sum = 0, square = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] - b[i];
    *mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) square += pow(a[i] - b[i] - *mean, 2);
    *error = sqrt(square / (double)(n - 1) / (double)n);
}
