/* Latent trees drawn 64 at a time: leaves per CPU second of one thread, with and without counting
 * their co-occurrence, beside the SplitMix64 words that they are made of. */
#include "sim/data/tree.h"
#include "bench/harness.h"
#include "sim/base/random.h"

int main(void) {
    struct attndyn_context *ctx = attndyn_context_create();
    static const struct {
        size_t levels, branching;
        double rho, rho0;
    } shape[] = {{6, 2, 0.9, 0.6}, {6, 2, 0.5, 0}, {12, 2, 0.99, 0.99}, {4, 10, 0.9, 0.5}};
    const long rounds = rounds_asked(9);
    uint64_t state = 1, sum = 0;
    double words[ROUNDS_MOST];
    for (long r = 0; r < rounds; r++) {
        double start = cpu_seconds();
        for (int i = 0; i < 20000000; i++) sum += attndyn_splitmix_next(&state);
        words[r] = 20e6 / (cpu_seconds() - start);
    }
    printf("SplitMix64: %.2e words per CPU-second\n", median((size_t)rounds, words));
    printf("  L  B   rho  rho0 | leaves/CPU-s drawn | drawn and counted, all H\n");
    for (size_t s = 0; s < sizeof shape / sizeof *shape; s++) {
        struct attndyn_tree tree;
        double drawn[ROUNDS_MOST], counted[ROUNDS_MOST], probability[16], error[16];
        BENCH_OK(ctx, attndyn_tree_init(ctx, &tree, shape[s].levels, shape[s].branching,
                                        shape[s].rho, shape[s].rho0));
        uint64_t mark = attndyn_memory_mark(ctx);
        uint64_t *word = ATTNDYN_NEW(ctx, uint64_t, tree.nodes);
        long blocks = (long)(400000 / tree.nodes);
        for (long r = 0; r < rounds; r++) {
            double leaves = (double)tree.leaves * 64 * (double)blocks;
            double start = cpu_seconds();
            for (long b = 0; b < blocks; b++) {
                attndyn_tree_sample(&tree, &state, word);
                sum += word[tree.nodes - 1];
            }
            drawn[r] = leaves / (cpu_seconds() - start);
            start = cpu_seconds();
            BENCH_OK(ctx, attndyn_tree_cooccurrence_sampled(ctx, &tree, 64 * (uint64_t)blocks,
                                                            (uint64_t)r + 1, probability, error));
            counted[r] = leaves / (cpu_seconds() - start);
        }
        printf(" %2zu %2zu %5g %5g |          %.2e  |  %.2e\n", shape[s].levels, shape[s].branching,
               shape[s].rho, shape[s].rho0, median((size_t)rounds, drawn),
               median((size_t)rounds, counted));
        attndyn_memory_release(ctx, mark);
    }
    printf("(checksum %llx)\n", (unsigned long long)sum);
    attndyn_context_free(ctx);
    return EXIT_SUCCESS;
}
