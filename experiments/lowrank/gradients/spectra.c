/* Gradients of a small network of LLaMA's kind while Adam trains it. */
#include "gradients.h"

#include "experiments/shared/training.h"
#include "sim/num/optim/schedule.h"
#include "sim/observe/rank.h"

#include <stdlib.h>
#include <string.h>

struct map {
    const struct attndyn_parameter *of;
    long layer;
    const char *kind;
    struct leading now, before, shuffled, shuffled_before;
};

/* The training at hand. */
struct study {
    const struct gradients *p;
    struct network network;
    struct network_feed feed;
    uint64_t seen; /* minibatches that the feed has given */
    struct learner learner;
    struct map *maps;
    size_t count;
    struct attndyn_random random; /* of the control */
    uint64_t shuffled;            /* looks that have drawn from it */
};

/* "layers.1.mlp.up.weight": 1, "up". */
static enum attndyn_status name_of(struct attndyn_context *ctx, struct map *map) {
    char *copy = attndyn_strdup(ctx, map->of->name), *last;
    if (!copy) return ATTNDYN_NO_MEMORY;
    map->layer = strtol(copy + strlen("layers."), NULL, 10);
    if ((last = strrchr(copy, '.'))) *last = '\0';
    last = strrchr(copy, '.');
    map->kind = last ? last + 1 : copy;
    return ATTNDYN_OK;
}

static void shuffle(struct attndyn_random *random, double *x, size_t count) {
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(attndyn_random_uniform(random) * (double)i);
        double kept = x[i - 1];
        x[i - 1] = x[j], x[j] = kept;
    }
}

static void keep(struct leading *before, const struct leading *now) {
    memcpy(before->P, now->P, now->k * now->r * sizeof *now->P);
}

/* A run that was taken up draws what the looks before it have drawn. */
static void catch_up(struct study *s, uint64_t looks) {
    for (; s->shuffled < looks; s->shuffled++)
        for (size_t i = 0; i < s->count; i++)
            for (size_t j = attndyn_parameter_count(s->maps[i].of); j > 1; j--)
                (void)attndyn_random_uniform(&s->random);
}

static enum attndyn_status look_at(const struct trial *run, struct study *s, double loss) {
    const uint64_t step = s->learner.step;
    const long seed = (long)s->network.recipe.seed;
    const bool first = step == 0;
    const size_t count = s->count;
    struct looks sums = BLANK(looks);
    sums.seed = seed, sums.step = (long)step, sums.loss = loss;
    sums.energy = sums.shuffled_energy = 0;
    sums.overlap = sums.shuffled_overlap = first ? NAN : 0;
    double ranks = 0, shuffled = 0, share = 1 / (double)count;
    for (size_t i = 0; i < count; i++) {
        struct map *map = &s->maps[i];
        const size_t size = attndyn_parameter_count(map->of);
        uint64_t mark = attndyn_memory_mark(run->ctx);
        double *G, norm = 0;
        ATTNDYN_ALLOC(run->ctx, G, size);
        for (size_t j = 0; j < size; j++) {
            G[j] = (double)map->of->gradient[j];
            norm += G[j] * G[j];
        }
        ATTNDYN_TRY(leading_of(run->ctx, &map->now, G));
        shuffle(&s->random, G, size);
        ATTNDYN_TRY(leading_of(run->ctx, &map->shuffled, G));
        attndyn_memory_release(run->ctx, mark);
        struct maps row = WHOLE(
            maps, .seed = seed, .step = (long)step, .name = map->of->name, .layer = map->layer,
            .kind = map->kind, .r = (long)map->now.r, .least = (long)map->now.k, .norm = sqrt(norm),
            .stable_rank = attndyn_stable_rank_of(map->now.k, map->now.s),
            .energy = leading_energy(&map->now),
            .overlap = first ? NAN : leading_overlap(&map->now, &map->before),
            .shuffled_rank = attndyn_stable_rank_of(map->now.k, map->shuffled.s),
            .shuffled_energy = leading_energy(&map->shuffled),
            .shuffled_overlap =
                first ? NAN : leading_overlap(&map->shuffled, &map->shuffled_before));
        ranks += log(row.stable_rank) * share, shuffled += log(row.shuffled_rank) * share;
        sums.energy += row.energy * share, sums.shuffled_energy += row.shuffled_energy * share;
        sums.overlap += row.overlap * share;
        sums.shuffled_overlap += row.shuffled_overlap * share;
        keep(&map->before, &map->now);
        keep(&map->shuffled_before, &map->shuffled);
        ATTNDYN_TRY(EMIT_ROW(run, maps, &row));
    }
    sums.stable_rank = exp(ranks), sums.shuffled_rank = exp(shuffled);
    s->shuffled++;
    return EMIT_ROW(run, looks, &sums);
}

static enum attndyn_status find_maps(struct attndyn_context *ctx, struct study *s) {
    size_t all;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(s->network.model, &all);
    ATTNDYN_ALLOC(ctx, s->maps, all);
    s->count = 0;
    for (size_t i = 0; i < all; i++) {
        if (p[i].dimensions != 2 || strncmp(p[i].name, "layers.", 7) != 0) continue;
        struct map *map = &s->maps[s->count++];
        struct leading *const of[] = {&map->now, &map->before, &map->shuffled,
                                      &map->shuffled_before};
        map->of = &p[i];
        ATTNDYN_TRY(name_of(ctx, map));
        for (size_t k = 0; k < sizeof of / sizeof *of; k++)
            ATTNDYN_TRY(leading_create(ctx, p[i].rows, p[i].columns, (size_t)s->p->rank, of[k]));
    }
    return ATTNDYN_OK;
}

/* The subspaces of the look before. */
static enum attndyn_status name_arrays(struct attndyn_context *ctx, const struct study *s,
                                       struct training *t) {
    struct attndyn_checkpoint_array *arrays;
    ATTNDYN_ALLOC(ctx, arrays, 2 * s->count);
    for (size_t i = 0; i < s->count; i++) {
        const struct leading *of[] = {&s->maps[i].before, &s->maps[i].shuffled_before};
        for (size_t k = 0; k < 2; k++) {
            char *name =
                attndyn_format(ctx, "%s.%s", k ? "shuffled" : "subspace", s->maps[i].of->name);
            if (!name) return ATTNDYN_NO_MEMORY;
            arrays[2 * i + k] =
                (struct attndyn_checkpoint_array){name, of[k]->P, of[k]->k * of[k]->r};
        }
    }
    t->arrays = arrays, t->n_arrays = 2 * s->count;
    return ATTNDYN_OK;
}

/* The minibatch of the update at hand. */
static const struct attndyn_batch *minibatch(struct study *s) {
    while (s->seen <= s->learner.step) { /* taken up: those before are passed over */
        network_feed_next(&s->feed);
        s->seen++;
    }
    return &s->feed.batch;
}

static struct attndyn_batch next(struct training *t) {
    struct study *s = t->with;
    const struct attndyn_schedule schedule = learner_cosine(t->steps, t->steps / 10);
    s->learner.lr = s->network.recipe.lr * attndyn_schedule_factor(&schedule, s->learner.step);
    return *minibatch(s);
}

/* At the gradient that the next update will take; behind the last one, at one that none takes. */
static enum attndyn_status look(struct training *t) {
    struct study *s = t->with;
    const uint64_t step = s->learner.step, gap = (uint64_t)s->p->gap;
    if (step % gap != 0) return ATTNDYN_OK;
    catch_up(s, step / gap);
    const double loss = attndyn_transformer_gradient(s->network.model, minibatch(s), step);
    return look_at(t->run, s, loss);
}

static enum attndyn_status prepare(struct training *t, struct network_recipe *recipe) {
    static const struct attndyn_optimizer_options options = {
        .kind = ATTNDYN_OPTIMIZER_ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip = 1};
    struct study *s = t->with;
    struct attndyn_context *ctx = t->run->ctx;
    struct attndyn_optimizer_options own = options;
    s->seen = s->shuffled = 0;
    ATTNDYN_TRY(network_start(t->run, recipe, &s->network));
    s->learner = (struct learner){.model = s->network.model, .lr = recipe->lr, .rate = "lr"};
    own.decay = recipe->decay;
    ATTNDYN_TRY(learner_optimise(ctx, &s->learner, &own));
    ATTNDYN_TRY(find_maps(ctx, s));
    ATTNDYN_TRY(name_arrays(ctx, s, t));
    t->learner = &s->learner;
    t->steps = recipe->updates;
    t->data = s->network.bytes;
    return ATTNDYN_OK;
}

static enum attndyn_status one(struct training *t) {
    struct study *s = t->with;
    struct attndyn_context *ctx = t->run->ctx;
    struct network_recipe recipe = network_recipe_of(t->run);
    recipe.seed += t->number;
    ATTNDYN_TRY(prepare(t, &recipe));
    ATTNDYN_TRY(attndyn_random_init(ctx, &s->random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive(recipe.seed, "shuffled", 0)));
    enum attndyn_status status = network_feed_open(ctx, &s->network, &s->feed);
    if (!status) {
        status = training_go(t);
        network_feed_close(&s->feed);
    }
    attndyn_random_done(&s->random);
    return status;
}

enum attndyn_status gradients_in_training(const struct trial *run, const struct gradients *p) {
    struct study s = {.p = p};
    struct training training = {.run = run,
                                .last = (uint64_t)p->seeds - 1,
                                .what = "updates",
                                .each = 1,
                                .with = &s,
                                .batch = next,
                                .look = look};
    return training_run(&training, one);
}
