/* Gradients of a small network of LLaMA's kind while Adam trains it. */
#include "gradients.h"

#include "sim/num/optim/optimizer.h"
#include "sim/num/optim/schedule.h"
#include "sim/observe/rank.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct map {
    const struct attndyn_parameter *of;
    long layer;
    const char *kind;
    struct leading now, before, shuffled, shuffled_before;
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

static void swap(struct leading *a, struct leading *b) {
    struct leading kept = *a;
    *a = *b, *b = kept;
}

static enum attndyn_status look(const struct trial *run, struct map *maps, size_t count, long seed,
                                uint64_t step, double loss, bool first,
                                struct attndyn_random *random) {
    struct looks sums = {.seed = seed,
                         .step = (long)step,
                         .loss = loss,
                         .overlap = first ? NAN : 0,
                         .shuffled_overlap = first ? NAN : 0};
    double ranks = 0, shuffled = 0, share = 1 / (double)count;
    for (size_t i = 0; i < count; i++) {
        struct map *map = &maps[i];
        const size_t size = attndyn_parameter_count(map->of);
        uint64_t mark = attndyn_memory_mark(run->ctx);
        double *G, norm = 0;
        ATTNDYN_ALLOC(run->ctx, G, size);
        for (size_t j = 0; j < size; j++) {
            G[j] = (double)map->of->gradient[j];
            norm += G[j] * G[j];
        }
        swap(&map->now, &map->before);
        swap(&map->shuffled, &map->shuffled_before);
        ATTNDYN_TRY(leading_of(run->ctx, &map->now, G));
        shuffle(random, G, size);
        ATTNDYN_TRY(leading_of(run->ctx, &map->shuffled, G));
        attndyn_memory_release(run->ctx, mark);
        struct maps row = {.seed = seed,
                           .step = (long)step,
                           .name = map->of->name,
                           .layer = map->layer,
                           .kind = map->kind,
                           .r = (long)map->now.r,
                           .least = (long)map->now.k,
                           .norm = sqrt(norm),
                           .stable_rank = attndyn_stable_rank_of(map->now.k, map->now.s),
                           .energy = leading_energy(&map->now),
                           .overlap = first ? NAN : leading_overlap(&map->now, &map->before),
                           .shuffled_rank = attndyn_stable_rank_of(map->now.k, map->shuffled.s),
                           .shuffled_energy = leading_energy(&map->shuffled),
                           .shuffled_overlap =
                               first ? NAN
                                     : leading_overlap(&map->shuffled, &map->shuffled_before)};
        ranks += log(row.stable_rank) * share, shuffled += log(row.shuffled_rank) * share;
        sums.energy += row.energy * share, sums.shuffled_energy += row.shuffled_energy * share;
        sums.overlap += row.overlap * share;
        sums.shuffled_overlap += row.shuffled_overlap * share;
        ATTNDYN_TRY(maps_emit(run, &row));
    }
    sums.stable_rank = exp(ranks), sums.shuffled_rank = exp(shuffled);
    return looks_emit(run, &sums);
}

static enum attndyn_status find_maps(struct attndyn_context *ctx, struct attndyn_transformer *model,
                                     size_t rank, struct map **maps, size_t *count) {
    size_t all;
    const struct attndyn_parameter *p = attndyn_transformer_parameters(model, &all);
    ATTNDYN_ALLOC(ctx, *maps, all);
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        if (p[i].dimensions != 2 || strncmp(p[i].name, "layers.", 7) != 0) continue;
        struct map *map = &(*maps)[(*count)++];
        struct leading *const of[] = {&map->now, &map->before, &map->shuffled,
                                      &map->shuffled_before};
        map->of = &p[i];
        ATTNDYN_TRY(name_of(ctx, map));
        for (size_t k = 0; k < sizeof of / sizeof *of; k++)
            ATTNDYN_TRY(leading_create(ctx, p[i].rows, p[i].columns, rank, of[k]));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status training(const struct trial *run, const struct gradients *p, long which,
                                    struct network_feed *feed, struct attndyn_random *random,
                                    struct network *network) {
    const struct network_recipe *r = &network->recipe;
    const struct attndyn_optimizer_options options = {.kind = ATTNDYN_OPTIMIZER_ADAMW,
                                                      .beta1 = 0.9,
                                                      .beta2 = 0.999,
                                                      .epsilon = 1e-8,
                                                      .decay = r->decay,
                                                      .clip = 1};
    const struct attndyn_schedule schedule = {.kind = ATTNDYN_SCHEDULE_COSINE,
                                              .warmup = r->updates / 10,
                                              .total = r->updates,
                                              .floor = 0.1};
    struct attndyn_optimizer *optimizer;
    struct map *maps;
    size_t count, parameters;
    struct attndyn_parameter *all = attndyn_transformer_parameters(network->model, &parameters);
    ATTNDYN_TRY(attndyn_optimizer_create(run->ctx, &options, all, parameters, &optimizer));
    ATTNDYN_TRY(find_maps(run->ctx, network->model, (size_t)p->rank, &maps, &count));
    for (uint64_t step = 0; step <= r->updates; step++) {
        network_feed_next(feed);
        double loss = attndyn_transformer_gradient(network->model, &feed->batch, step);
        if (step % (uint64_t)p->gap == 0)
            ATTNDYN_TRY(look(run, maps, count, (long)r->seed, step, loss, step == 0, random));
        if (step == r->updates) break;
        double norm =
            attndyn_optimizer_step(optimizer, r->lr * attndyn_schedule_factor(&schedule, step));
        if (!isfinite(loss) || !isfinite(norm))
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                                "the loss is not finite at update %" PRIu64 ": lower lr", step);
        attndyn_progress(run->ctx, "updates", (double)(which * p->updates) + (double)step + 1,
                         (double)(p->seeds * p->updates));
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
    }
    return ATTNDYN_OK;
}

enum attndyn_status gradients_in_training(const struct trial *run, const struct gradients *p) {
    for (long which = 0; which < p->seeds; which++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        struct network_recipe recipe = network_recipe_of(run);
        struct attndyn_random random;
        struct network network;
        struct network_feed feed;
        recipe.seed = (uint64_t)(p->seed + which);
        ATTNDYN_TRY(network_start(run, &recipe, &network));
        ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                        attndyn_random_derive(recipe.seed, "shuffled", 0)));
        enum attndyn_status status = network_feed_open(run->ctx, &network, &feed);
        if (!status) {
            status = training(run, p, which, &feed, &random, &network);
            network_feed_close(&feed);
        }
        attndyn_random_done(&random);
        ATTNDYN_TRY(status);
        attndyn_memory_release(run->ctx, mark);
    }
    return ATTNDYN_OK;
}
