#include "task.h"

/* Of the training at hand. */
struct source {
    const struct task_training *task;
    struct attndyn_schedule schedule;
    struct attndyn_random random;
    uint64_t drawn; /* batches */
    uint32_t *tokens, *targets;
};

/* Batches follow each other: those of a training that is taken up are drawn again up to it. */
static struct attndyn_batch batch(struct training *t) {
    struct source *s = t->source;
    const struct task_training *k = s->task;
    for (; s->drawn <= t->learner->step; s->drawn++)
        for (size_t b = 0; b < k->batch; b++)
            k->draw(k->task, &s->random, k->length, s->tokens + b * k->length,
                    s->targets + b * k->length);
    t->learner->lr = k->lr * attndyn_schedule_factor(&s->schedule, t->learner->step);
    return (struct attndyn_batch){
        .sequences = k->batch, .length = k->length, .tokens = s->tokens, .targets = s->targets};
}

static enum attndyn_status look(struct training *t) {
    const struct source *s = t->source;
    if (!s->task->look) return ATTNDYN_OK;
    return s->task->look(s->task->user, t->learner->model, t->learner->step);
}

enum attndyn_status task_train(struct training *in, const struct attndyn_transformer_config *config,
                               const struct task_training *t, struct attndyn_transformer **model) {
    struct attndyn_context *ctx = in->run->ctx;
    const struct attndyn_optimizer_options options = learner_adamw(t->decay);
    struct learner *learner; /* an interrupted run saves it when this function has returned */
    struct source *source;
    ATTNDYN_ALLOC(ctx, learner, 1);
    ATTNDYN_ALLOC(ctx, source, 1);
    ATTNDYN_ALLOC(ctx, source->tokens, t->batch * t->length);
    ATTNDYN_ALLOC(ctx, source->targets, t->batch * t->length);
    source->task = t;
    source->schedule = learner_cosine(in->steps, learner_warmup(in->steps));
    attndyn_threads_allow(ctx, 1);
    ATTNDYN_TRY(attndyn_transformer_create(ctx, config, t->batch, t->length, model));
    ATTNDYN_TRY(attndyn_transformer_initialise(ctx, *model, t->seed));
    learner->rate = "lr";
    learner->model = *model;
    ATTNDYN_TRY(learner_optimise(ctx, learner, &options));
    ATTNDYN_TRY(attndyn_random_init(ctx, &source->random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive(t->seed, "task", 0)));
    in->learner = learner;
    in->source = source;
    in->batch = batch;
    in->look = look;
    const enum attndyn_status status = training_go(in);
    attndyn_random_done(&source->random);
    return status;
}
