/* Training steps of LLaMA-shaped networks by GaLore, r = d/4, 1,024 tokens a step, one thread:
 * beside our full Adam (its overhead, the decompositions of a gap of 200 included), and beside the
 * same network in PyTorch with the published optimiser written plainly. Rounds alternate; ratios
 * are taken within a round. */
#include "bench/batch.h"
#include "bench/harness.h"
#include "sim/model/transformer/transformer.h"
#include "sim/num/optim/optimizer.h"

enum { GAP = 200 };

static const struct shape {
    size_t layers, width, heads, hidden, length, sequences, vocabulary;
    double target; /* times PyTorch */
} shapes[] = {{4, 64, 4, 176, 64, 16, 257, 1.4}, {4, 256, 8, 688, 128, 8, 257, 1.15}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

struct trainee {
    struct attndyn_transformer *model;
    struct attndyn_optimizer *optimizer;
    struct attndyn_batch batch;
    uint64_t step;
};

/* rank 0: full Adam; by the same rule in both. */
static void make(struct attndyn_context *ctx, const struct shape *s, size_t rank, size_t gap,
                 struct trainee *t) {
    struct attndyn_transformer_config c;
    size_t count;
    memset(t, 0, sizeof *t);
    BENCH_OK(ctx, attndyn_transformer_preset(ctx, "llama", &c));
    c.layers = s->layers, c.width = s->width, c.heads = c.kv_heads = s->heads;
    c.hidden = s->hidden, c.context = s->length, c.vocabulary = s->vocabulary, c.tied = true;
    c.init = ATTNDYN_INIT_NORMAL, c.init_scale = 0.02;
    BENCH_OK(ctx, attndyn_transformer_create(ctx, &c, s->sequences, s->length, &t->model));
    BENCH_OK(ctx, attndyn_transformer_initialise(ctx, t->model, 1));
    struct attndyn_parameter *p = attndyn_transformer_parameters(t->model, &count);
    const struct attndyn_optimizer_options o = {
        .kind = ATTNDYN_OPTIMIZER_ADAMW,
        .beta1 = 0.9,
        .beta2 = 0.999,
        .epsilon = 1e-6,
        .tensorwise = true,
        .galore = {.rank = rank, .gap = gap, .scale = 0.25}};
    BENCH_OK(ctx, attndyn_optimizer_create(ctx, &o, p, count, &t->optimizer));
    t->batch = random_batch(ctx, s->sequences, s->length, s->vocabulary, 1);
}

/* CPU seconds of a step. */
static double train(struct trainee *t, int steps) {
    double start = cpu_seconds();
    for (int i = 0; i < steps; i++) {
        attndyn_transformer_gradient(t->model, &t->batch, t->step++);
        attndyn_optimizer_step(t->optimizer, 1e-3);
    }
    return (cpu_seconds() - start) / steps;
}

/* CPU seconds that a renewal of all subspaces takes: a step of the optimiser alone that renews,
 * without one that does not. */
static double renewal(struct trainee *renews, struct trainee *keeps) {
    attndyn_transformer_gradient(renews->model, &renews->batch, 0);
    attndyn_transformer_gradient(keeps->model, &keeps->batch, 0);
    double start = cpu_seconds();
    attndyn_optimizer_step(renews->optimizer, 1e-3);
    double middle = cpu_seconds();
    attndyn_optimizer_step(keeps->optimizer, 1e-3);
    return middle - start - (cpu_seconds() - middle);
}

static void compare(struct attndyn_context *ctx, struct peer *peer, const struct shape *s,
                    int rounds) {
    double adam[ROUNDS_MOST], galore[ROUNDS_MOST], svd[ROUNDS_MOST], over[ROUNDS_MOST],
        theirs[ROUNDS_MOST], their_svd[ROUNDS_MOST], ratio[ROUNDS_MOST];
    const size_t rank = s->width / 4, tokens = s->sequences * s->length;
    size_t asked = 0;
    uint64_t mark = attndyn_memory_mark(ctx);
    struct trainee full, keeps, renews;
    make(ctx, s, 0, 1, &full);
    make(ctx, s, rank, 1000000000, &keeps);
    make(ctx, s, rank, 1, &renews);
    train(&keeps, 2);
    const int steps = (int)(0.3 / train(&full, 2)) + 1;
    for (int r = 0; r < rounds; r++) {
        double numbers[3];
        adam[r] = train(&full, steps);
        galore[r] = train(&keeps, steps);
        svd[r] = renewal(&renews, &keeps);
        over[r] = (galore[r] + svd[r] / GAP) / adam[r] - 1;
        if (peer_ask(peer, numbers, 3, "%zu %zu %zu %zu %zu %zu %zu %zu %d", s->layers, s->width,
                     s->heads, s->hidden, s->length, s->sequences, s->vocabulary, rank, steps) < 3)
            continue;
        theirs[asked] = numbers[0] + numbers[1] / GAP;
        their_svd[asked] = numbers[1];
        ratio[asked] = theirs[asked] / (galore[r] + svd[r] / GAP);
        asked++;
    }
    const double second = median((size_t)rounds, galore), part = median((size_t)rounds, svd),
                 overhead = median((size_t)rounds, over);
    printf("L=%zu d=%-4zu r=%-3zu T=%-4zu B=%-3zu %8.0f %8.0f %8.1f %7.1f%% %s", s->layers,
           s->width, rank, s->length, s->sequences, (double)tokens / median((size_t)rounds, adam),
           (double)tokens / (second + part / GAP), 1000 * part, 100 * overhead,
           overhead < 0.1 ? "met   " : "missed");
    if (asked) {
        const double times = median(asked, ratio);
        printf(" %8.0f %8.1f %6.2f %5.2f %s\n", (double)tokens / median(asked, theirs),
               1000 * median(asked, their_svd), times, s->target,
               times >= s->target ? "met" : "missed");
    } else {
        printf("  (no peer: %s)\n", peer->why);
    }
    fflush(stdout);
    attndyn_memory_release(ctx, mark);
}

int main(void) {
    int rounds = rounds_asked(9);
    struct attndyn_context *ctx = attndyn_context_create();
    struct peer peer;
    if (!ctx) return EXIT_FAILURE;
    peer_start(&peer, "bench/peers/galore.py");
    printf("Training steps by GaLore, gap %d, medians of %d rounds; OpenBLAS's %s kernels; peer: "
           "%s\n",
           GAP, rounds, attndyn_blas_core(), peer.run ? peer.about : peer.why);
    printf("%-29s %8s %8s %8s %8s %6s %8s %8s %6s %s\n", "", "Adam", "GaLore", "renewal",
           "overhead", "< 10 %", "PyTorch", "renewal", "ratio", "target");
    printf("%-29s %8s %8s %8s %8s %6s %8s %8s\n", "", "tokens/s", "tokens/s", "ms", "", "",
           "tokens/s", "ms");
    for (size_t i = 0; i < SHAPES; i++) compare(ctx, &peer, &shapes[i], rounds);
    peer_stop(&peer);
    attndyn_context_free(ctx);
    return EXIT_SUCCESS;
}
