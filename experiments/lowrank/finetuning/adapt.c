/* One training on the new text. */
#include "finetuning.h"

#include "sim/base/random.h"
#include "sim/num/optim/schedule.h"

#include <stdio.h>
#include <string.h>

static bool is_map(const struct attndyn_parameter *p) {
    return p->dimensions == 2 && strncmp(p->name, "layers.", 7) == 0;
}

/* Mean loss over windows of ids[from .. to), evenly spread. */
static enum attndyn_status loss_of(struct attndyn_context *ctx, const struct finetuning *p,
                                   struct attndyn_transformer *model, const uint32_t *ids,
                                   size_t from, size_t to, double *loss) {
    const size_t T = (size_t)p->length, room = to - from, most = room > T ? (room - 1) / T : 0,
                 count = most < (size_t)p->windows ? most : (size_t)p->windows;
    uint32_t *tokens, *targets;
    double sum = 0;
    uint64_t mark = attndyn_memory_mark(ctx);
    *loss = NAN;
    if (count == 0) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, tokens, (size_t)p->batch * T);
    ATTNDYN_ALLOC(ctx, targets, (size_t)p->batch * T);
    for (size_t done = 0; done < count;) {
        const size_t now = count - done < (size_t)p->batch ? count - done : (size_t)p->batch;
        for (size_t b = 0; b < now; b++) {
            const size_t at = from + (done + b) * (room - T - 1) / (count > 1 ? count - 1 : 1);
            memcpy(tokens + b * T, ids + at, T * sizeof *tokens);
            memcpy(targets + b * T, ids + at + 1, T * sizeof *targets);
        }
        const struct attndyn_batch batch = {
            .sequences = now, .length = T, .tokens = tokens, .targets = targets};
        sum += attndyn_transformer_loss(model, &batch) * (double)now;
        done += now;
    }
    *loss = sum / (double)count;
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

static enum attndyn_status create(const struct trial *run, const struct finetuning *p,
                                  const struct material *m, int method, long seed,
                                  struct attndyn_transformer **model) {
    struct attndyn_context *ctx = run->ctx;
    struct attndyn_transformer_config c = m->subject->weights->config;
    c.init = ATTNDYN_INIT_NORMAL, c.init_scale = 0.02; /* of the control */
    ATTNDYN_TRY(attndyn_transformer_create(ctx, &c, (size_t)p->batch, (size_t)p->length, model));
    ATTNDYN_TRY(attndyn_transformer_initialise(ctx, *model, (uint64_t)seed));
    if (method == SCRATCH) return ATTNDYN_OK;
    ATTNDYN_TRY(attndyn_transformer_take(ctx, *model, m->subject->weights));
    if (method != LORA && method != DORA) return ATTNDYN_OK;
    size_t count;
    const struct attndyn_parameter *q = attndyn_transformer_parameters(*model, &count);
    for (size_t i = 0; i < count; i++)
        if (!is_map(&q[i])) ATTNDYN_TRY(attndyn_transformer_freeze(ctx, *model, q[i].name));
    return ATTNDYN_OK;
}

static enum attndyn_status optimise(struct attndyn_context *ctx, const struct finetuning *p,
                                    int method, long seed, struct learner *l) {
    static const enum method named[METHODS] = {
        [FULL] = method_full,   [GALORE] = method_galore, [LORA] = method_lora,
        [DORA] = method_dora,   [FREEZE] = method_freeze, [LORA_ALL] = method_lora,
        [SCRATCH] = method_full};
    const struct method_settings settings = {.method = named[method],
                                             .rank = p->rank,
                                             .gap = p->gap,
                                             .scale = p->scale,
                                             .projection = ATTNDYN_GALORE_STD,
                                             .subspace = ATTNDYN_SUBSPACE_SVD,
                                             .moments = ATTNDYN_MOMENTS_KEPT,
                                             .min_8bit = 4096,
                                             .alpha = p->alpha};
    const double factor = method == GALORE ? 1 : p->scale; /* galore: by itself */
    const struct attndyn_optimizer_group groups[] = {{"layers.*.attention.*", factor, -1},
                                                     {"layers.*.mlp.*", factor, -1}};
    struct attndyn_optimizer_options options = {.kind = ATTNDYN_OPTIMIZER_ADAMW,
                                                .beta1 = 0.9,
                                                .beta2 = 0.999,
                                                .epsilon = 1e-6,
                                                .clip = 1,
                                                .groups = groups,
                                                .n_groups = 2,
                                                .tensorwise = true};
    method_options(&settings, (uint64_t)seed, &options);
    ATTNDYN_TRY(method_adapt(ctx, &settings, (uint64_t)seed, l));
    return learner_optimise(ctx, l, &options);
}

/* Numbers that should move, from the shapes. */
static size_t expected(const struct finetuning *p, int method, struct attndyn_transformer *model,
                       size_t blocks) {
    size_t count, sum = 0;
    char last[40];
    const struct attndyn_parameter *q = attndyn_transformer_parameters(model, &count);
    snprintf(last, sizeof last, "layers.%zu.", blocks - 1);
    for (size_t i = 0; i < count; i++) {
        const size_t numbers = q[i].rows * q[i].columns,
                     least = q[i].rows < q[i].columns ? q[i].rows : q[i].columns,
                     r = (size_t)p->rank < least ? (size_t)p->rank : least;
        const bool adapted =
            (method == LORA || method == DORA || method == LORA_ALL) && is_map(&q[i]);
        if (adapted) sum += r * (q[i].rows + q[i].columns);
        if (adapted && method == DORA) sum += q[i].rows;
        if (adapted || method == LORA || method == DORA) continue;
        if (method == FREEZE && strncmp(q[i].name, last, strlen(last)) != 0 &&
            strncmp(q[i].name, "norm.", strlen("norm.")) != 0)
            continue;
        sum += numbers;
    }
    return sum;
}

static void count(const struct learner *l, struct adapted *a) {
    size_t n, trained = 0, states = 0;
    const struct attndyn_parameter *q = l->adapters ? attndyn_adapters_parameters(l->adapters, &n)
                                                    : attndyn_transformer_parameters(l->model, &n);
    for (size_t i = 0; i < n; i++) {
        if (q[i].frozen) continue;
        trained += attndyn_parameter_count(&q[i]);
        states += attndyn_optimizer_bytes(l->optimizer, i);
    }
    a->trained = (double)trained, a->states = (double)states;
}

/* The minibatch of the update at hand, and its rate. */
static struct attndyn_batch next(struct training *t) {
    struct adapting *s = t->with;
    const uint64_t updates = (uint64_t)s->p->updates;
    const struct attndyn_schedule schedule = learner_cosine(updates, updates / 10);
    s->learner.lr = s->rate * attndyn_schedule_factor(&schedule, s->learner.step);
    return attndyn_text_batches_window(&s->batches, &s->stream);
}

static enum attndyn_status look(struct training *t) {
    (void)t;
    return ATTNDYN_OK;
}

/* The last quarter's mean loss is told: it begins anew there. */
static void updated(struct training *t) {
    struct adapting *s = t->with;
    const long made = (long)s->learner.step, updates = s->p->updates;
    if (updates >= 4 && made == updates - updates / 4) learner_mean_loss(&s->learner);
}

/* Losses before the first update are of the network's own start, also where it is taken up. */
static enum attndyn_status prepare(struct training *t, struct adapted *a) {
    struct adapting *s = t->with;
    struct attndyn_context *ctx = t->run->ctx;
    const struct finetuning *p = s->p;
    const struct material *m = s->material;
    struct attndyn_tokens learnt = m->text;
    s->learner = (struct learner){.rate = "rates"};
    ATTNDYN_TRY(create(t->run, p, m, s->method, s->seed, &s->learner.model));
    ATTNDYN_TRY(loss_of(ctx, p, s->learner.model, m->source.id, 0, m->source.length, &a->before));
    ATTNDYN_TRY(optimise(ctx, p, s->method, s->seed, &s->learner));
    a->expected = (double)expected(p, s->method, s->learner.model, m->subject->weights->blocks);
    count(&s->learner, a);
    ATTNDYN_TRY(loss_of(ctx, p, s->learner.model, m->text.id, m->valid, m->text.length, &a->start));
    s->stream = attndyn_random_derive((uint64_t)s->seed, "finetuning", 0);
    learnt.length = m->train;
    t->learner = &s->learner;
    return attndyn_text_batches_create(ctx, &learnt, m->subject->weights->config.vocabulary,
                                       (size_t)p->batch, (size_t)p->length, "the new text",
                                       &s->batches);
}

/* Sets method, rate and seed. */
static void decode(struct adapting *s, uint64_t number) {
    const uint64_t seeds = (uint64_t)s->p->seeds, rates = s->p->rates.count;
    s->seed = s->p->seed + (long)(number % seeds);
    s->rate = s->p->rates.at[number / seeds % rates];
    s->method = (int)(number / seeds / rates);
}

enum attndyn_status finetuning_adapt(struct training *t) {
    struct adapting *s = t->with;
    struct attndyn_context *ctx = t->run->ctx;
    const struct finetuning *p = s->p;
    const struct material *m = s->material;
    struct adapted a;
    decode(s, t->number);
    ATTNDYN_TRY(prepare(t, &a));
    t->steps = (uint64_t)p->updates;
    t->counters[0] = (struct attndyn_checkpoint_counter){"windows", &s->stream};
    t->n_counters = 1;
    t->batch = next;
    t->look = look;
    t->updated = updated;
    const enum attndyn_status status = training_go(t);
    const struct learner *l = &s->learner;
    const bool diverged =
        status == ATTNDYN_RUN_FAILED && !(isfinite(l->loss) && isfinite(l->norm)); /* a result */
    if (status && !diverged) return status;
    a.loss = a.valid = a.test = a.after = NAN;
    if (!diverged) {
        a.loss = learner_mean_loss(&s->learner);
        ATTNDYN_TRY(loss_of(ctx, p, l->model, m->text.id, m->train, m->valid, &a.valid));
        ATTNDYN_TRY(loss_of(ctx, p, l->model, m->text.id, m->valid, m->text.length, &a.test));
        ATTNDYN_TRY(loss_of(ctx, p, l->model, m->source.id, 0, m->source.length, &a.after));
    }
    s->result[t->number] = a;
    return EMIT(t->run, trials, .method = finetuning_methods[s->method], .rate = s->rate,
                .seed = s->seed, .start = a.start, .loss = a.loss, .valid = a.valid,
                .test = a.test);
}
