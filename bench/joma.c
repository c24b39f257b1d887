#define _DEFAULT_SOURCE /* wait4 */
/* JoMA: the training of figures 2 and 3 and the recursion of figure 4 against PyTorch, the Monte
 * Carlo of Theorem 3 against its random numbers, latent trees drawn, and K > 1 at M = 20,000, K =
 * 512 (by the program that lies beside this one's folder). */
#include "bench/harness.h"
#include "sim/data/tree.h"
#include "sim/model/joma/bounce.h"
#include "sim/model/joma/classes.h"
#include "sim/model/joma/isotropic.h"

enum { ROUNDS_MOST = 99, STEPS_23 = 2000, STEPS_4 = 5000, DIMENSION = 24, SAMPLES = 1000000 };

static size_t rounds;

static double training(struct attndyn_context *ctx) {
    struct attndyn_joma_classes_spec spec = attndyn_joma_classes_paper();
    struct attndyn_joma model;
    struct attndyn_joma_work *work;
    double *state;
    uint64_t mark = attndyn_memory_mark(ctx);
    BENCH_OK(ctx, attndyn_joma_classes_create(ctx, &spec, &model, &state));
    BENCH_OK(ctx, attndyn_joma_work_create(ctx, &model, &work));
    double start = cpu_seconds();
    for (int i = 0; i < STEPS_23; i++) attndyn_joma_step(work, NULL, NULL, 0, 0.1, state);
    double seconds = cpu_seconds() - start;
    if (!isfinite(state[0])) exit(EXIT_FAILURE);
    attndyn_memory_release(ctx, mark);
    return seconds;
}

/* mu of the published figure. */
static const double mu[10] = {1.26543, 1.39609, 1.92227, 2.36688, 2.47028,
                              2.48877, 2.89692, 2.90224, 3.30467, 3.68933};

static double bounce(struct attndyn_context *ctx) {
    double v[10], p[10], *entropy = ATTNDYN_NEW(ctx, double, STEPS_4);
    if (!entropy) exit(EXIT_FAILURE);
    for (int j = 0; j < 10; j++) v[j] = 0.05;
    double start = cpu_seconds();
    attndyn_joma_bounce_euler(10, mu, 1. / 3, 0.02, STEPS_4, v, p, entropy);
    double seconds = cpu_seconds() - start;
    attndyn_free(ctx, entropy);
    return seconds;
}

static void against_torch(struct attndyn_context *ctx, struct peer *torch, const char *what,
                          const char *ask, int steps, double (*ours)(struct attndyn_context *),
                          double target) {
    double mine[ROUNDS_MOST], theirs[ROUNDS_MOST];
    size_t asked = 0;
    for (size_t i = 0; i < rounds; i++) {
        mine[i] = ours(ctx);
        asked += peer_ask(torch, &theirs[asked], 1, "%s %d", ask, steps) == 1;
    }
    double time = median(rounds, mine);
    printf("%-34s %9.2f ms", what, 1e3 * time);
    if (asked) {
        double peer = median(asked, theirs);
        printf("   PyTorch %9.1f ms   %6.0fx (target %.0fx: %s)", 1e3 * peer, peer / time, target,
               peer / time >= target ? "met" : "MISSED");
    }
    printf("\n");
}

static void relu_slope(size_t which, size_t cluster, size_t count, const double *h, double *f,
                       void *user) {
    (void)which, (void)cluster, (void)user;
    for (size_t i = 0; i < count; i++) f[i] = h[i] > 0;
}

static void monte_carlo(struct attndyn_context *ctx, struct peer *torch) {
    double centre[DIMENSION], v[DIMENSION], weight = 1, mean[DIMENSION + 1], error[DIMENSION + 1];
    for (int i = 0; i < DIMENSION; i++) centre[i] = 0.1 * i, v[i] = 0.2;
    const struct attndyn_isotropic_average average = {.dimension = DIMENSION,
                                                      .clusters = 1,
                                                      .centres = centre,
                                                      .weights = &weight,
                                                      .noise = ATTNDYN_ISOTROPIC_GAUSS,
                                                      .scale = 1,
                                                      .v = v,
                                                      .integrands = 1,
                                                      .integrand = relu_slope};
    struct attndyn_random random;
    double *numbers = ATTNDYN_NEW(ctx, double, 1 << 16), mine[ROUNDS_MOST], floor_[ROUNDS_MOST];
    double theirs[ROUNDS_MOST];
    size_t asked = 0;
    if (!numbers) exit(EXIT_FAILURE);
    BENCH_OK(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 1));
    for (size_t i = 0; i < rounds; i++) {
        double start = cpu_seconds();
        BENCH_OK(ctx, attndyn_isotropic_sample(ctx, &average, SAMPLES, 1, mean, error));
        mine[i] = cpu_seconds() - start;
        start = cpu_seconds();
        for (size_t drawn = 0; drawn < (size_t)SAMPLES * DIMENSION; drawn += 1 << 16)
            attndyn_random_ziggurat(&random, 1 << 16, numbers);
        floor_[i] = cpu_seconds() - start;
        asked += peer_ask(torch, &theirs[asked], 1, "normals %d", SAMPLES * DIMENSION) == 1;
    }
    attndyn_random_done(&random);
    double time = median(rounds, mine), draws = median(rounds, floor_);
    printf("%-34s %9.1f ms   its 24e6 normals alone %.1f ms: %.2f times",
           "Theorem 3: 1e6 samples x 24", 1e3 * time, 1e3 * draws, time / draws);
    if (asked) printf("   torch.randn alone %.1f ms", 1e3 * median(asked, theirs));
    printf("\n");
}

static void trees(struct attndyn_context *ctx) {
    struct attndyn_tree tree;
    double rate[ROUNDS_MOST];
    uint64_t state = 1;
    BENCH_OK(ctx, attndyn_tree_init(ctx, &tree, 10, 2, 0.8, 0.9));
    uint64_t *words = ATTNDYN_NEW(ctx, uint64_t, tree.nodes);
    if (!words) exit(EXIT_FAILURE);
    for (size_t i = 0; i < rounds; i++) {
        double start = cpu_seconds();
        for (int k = 0; k < 200; k++) attndyn_tree_sample(&tree, &state, words);
        rate[i] = 200. * 64 * (double)tree.leaves / (cpu_seconds() - start);
    }
    double leaves = median(rounds, rate);
    printf("%-34s %9.2e leaves a second and core (target 1e7: %s)\n", "latent trees, L = 10, B = 2",
           leaves, leaves >= 1e7 ? "met" : "MISSED");
}

/* joma/low-rank at 1e7 unknowns, two threads: within a minute and 2 GiB. */
static void large(const char *self) {
    char program[1024], folder[] = "/tmp/attndyn-bench-XXXXXX";
    const char *slash = strrchr(self, '/');
    snprintf(program, sizeof program, "%.*s/../attndyn", slash ? (int)(slash - self) : 1,
             slash ? self : ".");
    if (access(program, X_OK) || !mkdtemp(folder)) {
        printf("joma/low-rank at scale: skipped, no %s\n", program);
        return;
    }
    fflush(stdout);
    double start = wall_seconds();
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout)) _exit(126);
        execl(program, program, "run", "joma/low-rank", "--preset", "large", "--threads", "2",
              "--no-plot", "--out", folder, (char *)NULL);
        _exit(127);
    }
    int status;
    struct rusage usage;
    wait4(child, &status, 0, &usage);
    double wall = wall_seconds() - start, gib = (double)usage.ru_maxrss / (1 << 20);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command)) printf("could not remove %s\n", folder);
    printf("%-34s %9.1f s of wall time, %.2f GiB, exit %d (target 60 s, 2 GiB: %s)\n",
           "K > 1, M = 20000, K = 512, 2 threads", wall, gib, WEXITSTATUS(status),
           status == 0 && wall <= 60 && gib <= 2 ? "met" : "MISSED");
}

int main(int argc, char **argv) {
    (void)argc;
    struct attndyn_context *ctx = attndyn_context_create();
    struct peer torch;
    rounds = (size_t)setting("BENCH_ROUNDS", 9);
    if (!ctx || rounds > ROUNDS_MOST) return EXIT_FAILURE;
    peer_start(&torch, "bench/peers/joma_torch.py");
    printf("CPU time of one thread, median of %zu; peer: %s\n", rounds,
           torch.run ? torch.about : torch.why);
    against_torch(ctx, &torch, "figures 2, 3: 2000 training steps", "training", STEPS_23, training,
                  30);
    against_torch(ctx, &torch, "figure 4: 5000 steps", "bounce", STEPS_4, bounce, 100);
    monte_carlo(ctx, &torch);
    trees(ctx);
    large(argv[0]);
    peer_stop(&torch);
    attndyn_context_free(ctx);
    return EXIT_SUCCESS;
}
