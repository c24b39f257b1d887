/* A figure-6 cell (100 steps, batch 128, T = 128) against PyTorch and against its floors: the time
 * of its random draws alone, and its flops at the rate of a large matrix product. The targets, 20x
 * at num_last = 1 and 50x from 3 on, are set for PyTorch's step as the equations write it; a
 * version rewritten without one-hot tensors stands beside it. Then the whole figure: 64 cells of 10
 * seeds on two threads. */
#include "bench/harness.h"
#include "sim/model/scansnap/sampler.h"
#include "sim/model/scansnap/sgd.h"
#include "sim/num/stats.h"

enum { STEPS = 100 };

static struct attndyn_distribution *authors(struct attndyn_context *ctx, size_t num_last) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    BENCH_OK(ctx, attndyn_family_authors(ctx, num_last, 2, 10, 10, &family));
    BENCH_OK(ctx, attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, &d));
    return d;
}

static struct attndyn_sgd_options cell(double lr_z, double ratio, uint64_t seed) {
    return (struct attndyn_sgd_options){.seq_len = 128,
                                        .batch = 128,
                                        .lr_z = lr_z,
                                        .lr_y = lr_z * ratio,
                                        .momentum = 0.9,
                                        .init = ATTNDYN_SGD_UNIFORM,
                                        .seed = seed};
}

static double ours(struct attndyn_context *ctx, const struct attndyn_distribution *d, uint64_t seed,
                   double *entropy) {
    struct attndyn_sgd_options o = cell(1, 2, seed);
    struct attndyn_sgd *sgd;
    struct attndyn_sgd_outcome outcome;
    uint64_t mark = attndyn_memory_mark(ctx);
    double start = cpu_seconds();
    BENCH_OK(ctx, attndyn_sgd_create(ctx, d, &o, &sgd));
    for (int i = 0; i < STEPS; i++) attndyn_sgd_step(sgd);
    attndyn_sgd_see(sgd, &outcome);
    double seconds = cpu_seconds() - start;
    *entropy = outcome.entropy_distinct;
    attndyn_memory_release(ctx, mark);
    return seconds;
}

/* The same draws and nothing else. */
static double draws(struct attndyn_context *ctx, const struct attndyn_distribution *d) {
    struct attndyn_alias alias;
    uint32_t counts[64];
    uint64_t state = 1, mark = attndyn_memory_mark(ctx);
    volatile uint32_t sink = 0;
    BENCH_OK(ctx, attndyn_alias_create(ctx, d->start[1], d->probability, &alias));
    double start = cpu_seconds();
    for (int i = 0; i < STEPS * 128; i++) {
        attndyn_alias_counts(&alias, &state, 127, counts);
        sink = sink + counts[0];
    }
    double seconds = cpu_seconds() - start;
    attndyn_memory_release(ctx, mark);
    return seconds;
}

static void one(struct attndyn_context *ctx, struct peer *torch, size_t num_last, double rate,
                size_t rounds) {
    struct attndyn_distribution *d = authors(ctx, num_last);
    double mine[ROUNDS_MOST], floor_draws[ROUNDS_MOST], written[ROUNDS_MOST], tuned[ROUNDS_MOST];
    double my_entropy[ROUNDS_MOST], their_entropy[ROUNDS_MOST], answer[2];
    size_t asked = 0;
    for (size_t i = 0; i < rounds; i++) {
        mine[i] = ours(ctx, d, i, &my_entropy[i]);
        floor_draws[i] = draws(ctx, d);
        if (peer_ask(torch, answer, 2, "written %zu %d 1 2 %zu", num_last, STEPS, i) < 2) continue;
        written[asked] = answer[0];
        if (peer_ask(torch, answer, 2, "tuned %zu %d 1 2 %zu", num_last, STEPS, i) < 2) continue;
        tuned[asked] = answer[0];
        their_entropy[asked++] = answer[1];
    }
    /* f Y, its two gradients: three products of (128, 20) and (20, V) */
    double flops = 3. * 2 * 128 * 20 * (double)d->columns * STEPS / rate;
    double time = median(rounds, mine), draw = median(rounds, floor_draws);
    printf("%8zu %4zu %9.2f %9.2f %9.2f %7.2f", num_last, d->tokens, 1e3 * time, 1e3 * draw,
           1e3 * flops, time / (draw + flops));
    if (asked) {
        double plain = median(asked, written), best = median(asked, tuned);
        printf(" %9.1f %6.1fx %-6s %9.1f %6.1fx", 1e3 * plain, plain / time,
               plain / time >= (num_last == 1 ? 20 : 50) ? "met" : "MISSED", 1e3 * best,
               best / time);
        printf("   %.4f +- %.4f | %.4f +- %.4f", attndyn_mean(rounds, my_entropy),
               attndyn_standard_error(rounds, my_entropy), attndyn_mean(asked, their_entropy),
               attndyn_standard_error(asked, their_entropy));
    }
    printf("\n");
}

static void whole_figure(struct attndyn_context *ctx) {
    const size_t lasts[4] = {1, 3, 5, 10};
    const double rates[4] = {0.5, 1, 2, 3}, ratios[4] = {1, 2, 5, 10};
    struct attndyn_sgd_options o[160];
    struct attndyn_sgd_outcome outcome[160];
    attndyn_threads_allow(ctx, 2);
    double wall = wall_seconds(), cpu = cpu_seconds();
    for (size_t l = 0; l < 4; l++) {
        size_t count = 0;
        for (size_t i = 0; i < 16; i++)
            for (uint64_t seed = 1; seed <= 10; seed++)
                o[count++] = cell(rates[i / 4], ratios[i % 4], seed);
        BENCH_OK(ctx, attndyn_sgd_runs(ctx, authors(ctx, lasts[l]), o, count, STEPS, outcome));
    }
    wall = wall_seconds() - wall;
    printf("whole figure 6, 64 cells x 10 seeds, 2 threads: %.2f s of wall time, %.2f CPU s "
           "(target: under 20 s: %s)\n",
           wall, cpu_seconds() - cpu, wall < 20 ? "met" : "MISSED");
}

int main(void) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct peer torch;
    size_t rounds = (size_t)rounds_asked(9);
    if (!ctx) return EXIT_FAILURE;
    printf("Figure-6 cell: 100 SGD steps, batch 128, T = 128 (ms of CPU, median of %zu)\n", rounds);
    peer_start(&torch, "bench/peers/sgd_torch.py");
    printf("peer: %s\n", torch.run ? torch.about : torch.why);
    printf("%8s %4s %9s %9s %9s %7s %9s %7s %-6s %9s %7s   %s\n", "num_last", "M", "attndyn",
           "its draws", "its flops", "/ both", "written", "ratio", "target", "tuned", "ratio",
           "entropy, ours | PyTorch's");
    double rate = gemm_rate(ctx);
    const size_t lasts[4] = {1, 3, 5, 10};
    for (int i = 0; i < 4; i++) one(ctx, &torch, lasts[i], rate, rounds);
    peer_stop(&torch);
    whole_figure(ctx);
    attndyn_context_free(ctx);
    return EXIT_SUCCESS;
}
