/* Training steps of the transformer (forward, backward, clipping, Adam; one thread) as a share of
 * the single-precision matrix rate measured in the same round, beside the same model in PyTorch;
 * and peak memory beside the sum of what the model must hold.
 *
 * FLOP of a step = (6 N + 6 L d T) tokens: N counts the entries of the weight matrices that
 * products read, the decoder once; embedding and position tables are looked up. The second term is
 * causal attention: half of the T^2 products q.k and w v, forward once and backward twice. */
#include "sim/model/transformer/transformer.h"
#include "bench/batch.h"
#include "bench/harness.h"
#include "bench/sgemm.h"
#include "sim/num/optim/optimizer.h"

static const struct shape {
    const char *kind;
    size_t layers, width, heads, hidden, length, sequences, vocabulary;
    double target; /* share of the matrix rate */
} shapes[] = {{"gpt2", 4, 64, 4, 256, 64, 32, 256, 0.30},
              {"gpt2", 4, 128, 4, 512, 128, 16, 256, 0.50},
              {"gpt2", 4, 256, 4, 1024, 128, 16, 256, 0.65},
              {"wlm", 1, 200, 2, 200, 35, 20, 28782, 0.75}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

struct trainee {
    struct attndyn_transformer *model;
    struct attndyn_optimizer *optimizer;
    struct attndyn_batch batch;
    double flop; /* of a step */
    double loss, gradient_seconds, optimizer_seconds;
    uint64_t step;
};

static void make(struct attndyn_context *ctx, const struct shape *s, struct trainee *t) {
    struct attndyn_transformer_config c;
    size_t count, n = s->sequences * s->length;
    memset(t, 0, sizeof *t);
    BENCH_OK(ctx, attndyn_transformer_preset(ctx, s->kind, &c));
    c.layers = s->layers, c.width = s->width, c.heads = s->heads, c.hidden = s->hidden;
    c.context = s->length, c.vocabulary = s->vocabulary;
    BENCH_OK(ctx, attndyn_transformer_create(ctx, &c, s->sequences, s->length, &t->model));
    BENCH_OK(ctx, attndyn_transformer_initialise(ctx, t->model, 1));
    struct attndyn_parameter *p = attndyn_transformer_parameters(t->model, &count);
    struct attndyn_optimizer_options o = {.kind = ATTNDYN_OPTIMIZER_ADAM,
                                          .clip = strcmp(s->kind, "wlm") == 0 ? 0.25 : 0};
    BENCH_OK(ctx, attndyn_optimizer_create(ctx, &o, p, count, &t->optimizer));
    t->batch = random_batch(ctx, s->sequences, s->length, s->vocabulary, 1);
    double N = 0;
    for (size_t i = 0; i < count; i++) {
        bool table = strcmp(p[i].name, "position.weight") == 0 ||
                     (strcmp(p[i].name, "embedding.weight") == 0 && !c.tied);
        if (p[i].dimensions == 2 && !table) N += (double)attndyn_parameter_count(&p[i]);
    }
    t->flop = (double)n * (6 * N + 6 * (double)(s->layers * s->width * s->length));
}

/* CPU seconds of a step. */
static double train(struct trainee *t, int steps) {
    double start = cpu_seconds(), at = start;
    for (int i = 0; i < steps; i++) {
        t->loss = attndyn_transformer_gradient(t->model, &t->batch, t->step++);
        double middle = cpu_seconds();
        attndyn_optimizer_step(t->optimizer, 1e-3);
        t->gradient_seconds += middle - at;
        at = cpu_seconds();
        t->optimizer_seconds += at - middle;
    }
    return (at - start) / steps;
}

/* A line of /proc/self/status in bytes; 0 where there is none. */
static double status_bytes(const char *name) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    double bytes = 0;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            bytes = 1024 * strtod(line + strlen(name) + 1, NULL);
    if (file) fclose(file);
    return bytes;
}

/* Three steps in a process of its own: its peak beside what the model holds. */
static void memory(const struct shape *s) {
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) return;
    if (child > 0) {
        waitpid(child, NULL, 0);
        return;
    }
    struct attndyn_context *ctx = attndyn_context_create();
    struct trainee t;
    size_t parameters, gradients, activations, count, state = 0;
    if (!ctx) exit(EXIT_FAILURE);
    double before = status_bytes("VmHWM:");
    make(ctx, s, &t);
    train(&t, 3);
    double peak = status_bytes("VmHWM:");
    attndyn_transformer_memory(t.model, &parameters, &gradients, &activations);
    const struct attndyn_parameter *m = attndyn_optimizer_state(t.optimizer, &count);
    for (size_t i = 0; i < count; i++) state += attndyn_parameter_count(&m[i]) * sizeof(float);
    const double MiB = 1 << 20, sum = (double)(parameters + gradients + activations + state);
    printf("%-4s d=%-4zu weights %6.1f, gradients %6.1f, Adam %6.1f, activations %6.1f: sum %6.1f; "
           "peak %6.1f, without the bare program's %4.1f: %6.1f MiB, %.2f of the sum\n",
           s->kind, s->width, (double)parameters / MiB, (double)gradients / MiB,
           (double)state / MiB, (double)activations / MiB, sum / MiB, peak / MiB, before / MiB,
           (peak - before) / MiB, (peak - before) / sum);
    fflush(stdout);
    _exit(0);
}

static void compare(struct attndyn_context *ctx, struct peer *peer, float *room,
                    const struct shape *s, int rounds) {
    double rate[ROUNDS_MOST], ours[ROUNDS_MOST], share[ROUNDS_MOST], theirs[ROUNDS_MOST],
        peers_share[ROUNDS_MOST], ratio[ROUNDS_MOST];
    size_t tokens = s->sequences * s->length, asked = 0;
    uint64_t mark = attndyn_memory_mark(ctx);
    struct trainee t;
    make(ctx, s, &t);
    int steps = (int)(0.2 / train(&t, 2)) + 1;
    t.gradient_seconds = t.optimizer_seconds = 0;
    for (int r = 0; r < rounds; r++) {
        double numbers[2];
        rate[r] = sgemm_rate(room);
        ours[r] = train(&t, steps);
        share[r] = t.flop / ours[r] / rate[r];
        if (peer_ask(peer, numbers, 2, "%s %zu %zu %zu %zu %zu %zu %zu %d", s->kind, s->layers,
                     s->width, s->heads, s->hidden, s->length, s->sequences, s->vocabulary,
                     steps) < 2)
            continue;
        theirs[asked] = numbers[0];
        ratio[asked] = numbers[0] / ours[r];
        peers_share[asked++] = t.flop / numbers[0] / rate[r];
    }
    double optimiser = t.optimizer_seconds / (t.optimizer_seconds + t.gradient_seconds);
    double second = median((size_t)rounds, ours), part = median((size_t)rounds, share);
    printf(
        "%-4s L=%zu d=%-4zu T=%-4zu B=%-3zu V=%-6zu %8.0f %7.1f %7.1f %5.0f%% %5.0f%% %s  %4.0f%%",
        s->kind, s->layers, s->width, s->length, s->sequences, s->vocabulary,
        (double)tokens / second, t.flop / second / 1e9, median((size_t)rounds, rate) / 1e9,
        100 * part, 100 * s->target, part >= s->target ? "met   " : "missed", 100 * optimiser);
    if (asked)
        printf(" %8.0f %5.0f%% %5.2f\n", (double)tokens / median(asked, theirs),
               100 * median(asked, peers_share), median(asked, ratio));
    else
        printf("  (no peer: %s)\n", peer->why);
    fflush(stdout);
    attndyn_memory_release(ctx, mark);
}

int main(void) {
    int rounds = rounds_asked(9);
    puts("Peak memory of training, Adam, beside what must be held:");
    for (size_t i = 0; i < SHAPES; i++) memory(&shapes[i]);
    struct attndyn_context *ctx = attndyn_context_create();
    struct peer peer;
    if (!ctx) return EXIT_FAILURE;
    float *room = sgemm_room(ctx);
    peer_start(&peer, "bench/peers/transformer.py");
    printf("\nTraining steps, OpenBLAS kernels %s, medians of %d rounds; peer: %s\n",
           attndyn_blas_core(), rounds, peer.run ? peer.about : peer.why);
    printf("%-41s %8s %7s %7s %6s %6s %s %s %8s %6s %s\n", "", "tokens/s", "GFLOP/s", "sgemm",
           "share", "target", "      ", "Adam", "PyTorch", "share", "ratio");
    for (size_t i = 0; i < SHAPES; i++) compare(ctx, &peer, room, &shapes[i], rounds);
    peer_stop(&peer);
    attndyn_context_free(ctx);
    return EXIT_SUCCESS;
}
