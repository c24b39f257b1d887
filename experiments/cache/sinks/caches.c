/* How many first tokens a cache must keep: StreamingLLM's table of sinks, by what stands first. */
#include "sinks.h"

#include "experiments/cache/shared/task.h"
#include "sim/model/inference/evaluate.h"

enum { COUNTS = 4 };
static const size_t counts[COUNTS] = {1, 0, 2, 4}; /* the others against the first */

enum attndyn_status sinks_caches(const struct trial *run, const struct sinks *p,
                                 const struct network *read, const struct attndyn_weights *weights,
                                 long seed, const char *variant) {
    const size_t T = read->recipe.length, n = (size_t)p->contexts * T, streams = (size_t)p->streams;
    uint32_t *tokens;
    double *nll, *mean;
    ATTNDYN_TRY(network_streams(run, read, streams, n + 1, &tokens));
    ATTNDYN_ALLOC(run->ctx, nll, n);
    ATTNDYN_ALLOC(run->ctx, mean, COUNTS * streams);
    for (size_t k = 0; k < COUNTS; k++) {
        const struct attndyn_evaluation how = {.cache = {.policy = ATTNDYN_CACHE_STREAMING,
                                                         .slots = (size_t)p->slots,
                                                         .sinks = counts[k],
                                                         .positions = ATTNDYN_CACHE_RANKS}};
        double *of = mean + k * streams, all = 0;
        for (size_t i = 0; i < streams; i++) {
            const uint64_t mark = attndyn_memory_mark(run->ctx);
            ATTNDYN_TRY(
                attndyn_evaluate(run->ctx, weights, &how, tokens + i * (n + 1), n + 1, nll, NULL));
            attndyn_memory_release(run->ctx, mark);
            for (size_t t = T; t < n; t++) of[i] += nll[t] / (double)(n - T);
            all += of[i] / (double)streams;
            ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
        }
        const struct paired excess = paired_of(streams, of, mean);
        ATTNDYN_TRY(EMIT(run, caches, .seed = seed, .variant = variant, .sinks = (long)counts[k],
                         .nll = all, .excess = excess.mean, .error = excess.error));
    }
    return ATTNDYN_OK;
}
