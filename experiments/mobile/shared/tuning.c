#include "tuning.h"

#include <string.h>

#define TUNING_HEADS(X) X(INT, heads, "", "")
PARAMS(tuning_heads, TUNING_HEADS)

struct network_recipe tuning_recipe(const struct trial *run, double rate, double seed) {
    struct network_recipe recipe = network_recipe_common(run);
    recipe.heads = recipe.kv_heads = (size_t)tuning_heads_read(run->params).heads;
    recipe.lr = rate, recipe.seed = (uint64_t)seed;
    return recipe;
}

/* The loss of one training. */
static enum attndyn_status train(const struct trial *run, const struct tuning *t, double rate,
                                 double seed, double *loss) {
    struct network_recipe recipe;
    struct network network;
    const uint64_t mark = attndyn_memory_mark(run->ctx);
    ATTNDYN_TRY(t->recipe(run, t->user, rate, seed, &recipe));
    ATTNDYN_TRY(network_obtain(run, &recipe, &network));
    *loss = network.valid_loss;
    attndyn_memory_release(run->ctx, mark);
    return t->row(run, t->user, rate, seed, *loss);
}

enum attndyn_status tuning_run(const struct trial *run, const struct tuning *t, const char *what,
                               struct tuned *tuned) {
    const size_t n = t->seeds.count;
    double *loss;
    *tuned = (struct tuned){.mean.mean = INFINITY};
    ATTNDYN_ALLOC(run->ctx, loss, n);
    ATTNDYN_ALLOC(run->ctx, tuned->loss, n);
    for (size_t r = 0; r < t->rates.count; r++) {
        for (size_t k = 0; k < n; k++)
            ATTNDYN_TRY(train(run, t, t->rates.at[r], t->seeds.at[k], &loss[k]));
        const struct paired mean = paired_of(n, loss, NULL);
        if (!(mean.mean < tuned->mean.mean)) continue;
        tuned->mean = mean;
        tuned->rate = t->rates.at[r];
        tuned->at_edge = r == 0 || r + 1 == t->rates.count;
        memcpy(tuned->loss, loss, n * sizeof *loss);
    }
    if (isfinite(tuned->mean.mean)) return ATTNDYN_OK;
    return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "no rate gives a loss %s: lower rates", what);
}
