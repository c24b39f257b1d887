/* Sweeps: what a run costs beside itself (design, parameters, the store's transaction), and the
 * speed-up of two threads over one. Wall-clock times: on a machine that others use, the speed-up is
 * what they leave. */
#include "experiments/frame/sweep/sweep.h"
#include "bench/harness.h"
#include "experiments/frame/contract/registry.h"

static struct sweep_tally sweep(struct attndyn_context *ctx, const char *folder, const char *id,
                                char **words, size_t n_words, int jobs) {
    uint64_t mark = attndyn_memory_mark(ctx);
    const struct experiment *experiment;
    BENCH_OK(ctx, registry_find(ctx, id, &experiment));
    const struct design_request request = {
        .experiment = experiment, .words = words, .n_words = n_words};
    struct design *design;
    struct store *store;
    struct sweep_tally tally;
    BENCH_OK(ctx, design_create(ctx, &request, &design));
    char *path = attndyn_format(ctx, "%s/sweep.db", folder);
    BENCH_OK(ctx, store_open(ctx, path, design, NULL, &store));
    const struct sweep_request run = {.design = design, .jobs = jobs, .shards = 1};
    BENCH_OK(ctx, sweep_run(ctx, &run, store, &tally));
    store_close(store);
    const char *const parts[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        unlink(attndyn_format(ctx, "%s%s", path, parts[i]));
    attndyn_memory_release(ctx, mark);
    return tally;
}

int main(void) {
    struct attndyn_context *ctx = attndyn_context_create();
    const long rounds = rounds_asked(9);
    char folder[] = "/tmp/attndyn-bench-XXXXXX";
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    double overhead[ROUNDS_MOST], speed_up[ROUNDS_MOST], one[ROUNDS_MOST];
    char *small[] = {(char *)"shape=60M", (char *)"r=1:500", (char *)"layers=1:4"};
    char *large[] = {(char *)"seed=1:24", (char *)"lr=0.00002"};
    for (long r = 0; r < rounds; r++) {
        struct sweep_tally t = sweep(ctx, folder, "lowrank/memory", small, 3, 1);
        overhead[r] = 1e3 * (t.seconds - t.inside) / (double)t.ended;
        struct sweep_tally single = sweep(ctx, folder, "domain/optimiser", large, 2, 1);
        struct sweep_tally both = sweep(ctx, folder, "domain/optimiser", large, 2, 2);
        one[r] = single.seconds;
        speed_up[r] = single.seconds / both.seconds;
    }
    rmdir(folder);
    printf("overhead of a run: %.3f ms beside the run itself (2000 runs of lowrank/memory, one "
           "thread; target 1 ms)\n",
           median((size_t)rounds, overhead));
    printf("speed-up of two threads: %.2f (24 runs of domain/optimiser, %.2f s on one; target 1.8 "
           "on an idle machine)\n",
           median((size_t)rounds, speed_up), median((size_t)rounds, one));
    attndyn_context_free(ctx);
    return EXIT_SUCCESS;
}
