/* Training of JoMA's Figures 2 and 3 (20 tokens, 20 classes, 2000 steps of descent) against PyTorch
 * doing the same arithmetic on the same instance: with autograd and its SGD, as the authors train,
 * which the target of 30x is set for, and beside it a version without autograd, tuned by hand. */
#include "bench/harness.h"
#include "sim/model/joma/classes.h"

enum { STEPS = 2000 };

static double ours(struct attndyn_context *ctx, double *z0) {
    struct attndyn_joma_classes_spec spec = attndyn_joma_classes_paper();
    struct attndyn_joma model;
    struct attndyn_joma_work *work;
    double *state;
    uint64_t mark = attndyn_memory_mark(ctx);
    BENCH_OK(ctx, attndyn_joma_classes_create(ctx, &spec, &model, &state));
    BENCH_OK(ctx, attndyn_joma_work_create(ctx, &model, &work));
    double start = cpu_seconds();
    for (int s = 0; s < STEPS; s++) attndyn_joma_step(work, NULL, NULL, 0, 0.1, state);
    double seconds = cpu_seconds() - start;
    *z0 = state[attndyn_joma_z_offset(&model)];
    attndyn_memory_release(ctx, mark);
    return seconds;
}

int main(void) {
    static const struct {
        const char *way, *bits;
    } ways[] = {{"written", "64"}, {"written", "32"}, {"tuned", "64"}, {"tuned", "32"}};
    struct attndyn_context *ctx = attndyn_context_create();
    struct peer torch;
    size_t rounds = (size_t)rounds_asked(9), asked[4] = {0};
    double mine[ROUNDS_MOST], theirs[4][ROUNDS_MOST], answer[2], z0 = 0, their_z0[4] = {0};
    if (!ctx) return EXIT_FAILURE;
    printf("JoMA figures 2 and 3: %d steps (ms of CPU, median of %zu)\n", STEPS, rounds);
    peer_start(&torch, "bench/peers/joma_figure2.py");
    printf("peer: %s\n", torch.run ? torch.about : torch.why);
    for (size_t i = 0; i < rounds; i++) {
        mine[i] = ours(ctx, &z0);
        for (int w = 0; w < 4; w++)
            if (peer_ask(&torch, answer, 2, "%s %s 1 20 10 10 0.5 0.1 %d", ways[w].way,
                         ways[w].bits, STEPS) == 2) {
                theirs[w][asked[w]++] = answer[0];
                their_z0[w] = answer[1];
            }
    }
    double time = median(rounds, mine), flops = 3. * 2 * 20 * 20 * 20 * STEPS;
    printf("%-28s %9.2f ms %8s  z_0 = %.12g  (%.1f GFLOP/s in its products)\n", "attndyn, double",
           1e3 * time, "", z0, 1e-9 * flops / time);
    for (int w = 0; w < 4; w++) {
        if (!asked[w]) continue;
        double peer = median(asked[w], theirs[w]);
        printf("PyTorch, %-7s %-10s %10.2f ms %7.1fx  z_0 = %.12g", ways[w].way,
               w % 2 ? "float" : "double", 1e3 * peer, peer / time, their_z0[w]);
        if (w == 0) printf("  (target 30x: %s)", peer / time >= 30 ? "met" : "MISSED");
        printf("\n");
    }
    peer_stop(&torch);
    attndyn_context_free(ctx);
    return EXIT_SUCCESS;
}
