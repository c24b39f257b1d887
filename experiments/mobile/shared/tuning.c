#include "tuning.h"

#include <string.h>

#define TUNING_SETTINGS(X)                                                                         \
    TUNING_TEXT(X)                                                                                 \
    X(INT, heads, "", "")                                                                          \
    TUNING_UPDATES(X, "", "")
PARAMS(tuning_settings, TUNING_SETTINGS)

struct network_recipe tuning_recipe(const struct trial *run, double rate, double seed) {
    const struct tuning_settings p = tuning_settings_read(run->params);
    return (struct network_recipe){.text = p.text,
                                   .lines = (size_t)p.lines,
                                   .bos = true,
                                   .attention = ATTNDYN_ATTENTION_SOFTMAX,
                                   .mlp = ATTNDYN_MLP_SWIGLU,
                                   .heads = (size_t)p.heads,
                                   .kv_heads = (size_t)p.heads,
                                   .length = (size_t)p.length,
                                   .batch = (size_t)p.batch,
                                   .updates = (uint64_t)p.updates,
                                   .seed = (uint64_t)seed,
                                   .lr = rate,
                                   .decay = p.decay};
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
