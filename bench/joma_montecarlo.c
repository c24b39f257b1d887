/* Monte Carlo of Theorem 3: 24 numbers (4 activations, 6 coordinates; the four E[g h'] come with
 * them) from 1e6 samples of each of 3 clusters, beside what its random numbers alone cost in the
 * same run and, where PyTorch is installed, beside the same arithmetic there. One thread. */
#include "bench/harness.h"
#include "sim/base/random.h"
#include "sim/model/joma/activation.h"
#include "sim/model/joma/isotropic.h"

enum { D = 6, C = 3, J = 4, BLOCK = 1024 };

static const struct attndyn_activation activation[J] = {{.kind = ATTNDYN_ACTIVATION_RELU},
                                                        {.kind = ATTNDYN_ACTIVATION_TANH},
                                                        {.kind = ATTNDYN_ACTIVATION_GELU},
                                                        {.kind = ATTNDYN_ACTIVATION_QUADRATIC}};

static void derivative(size_t which, size_t c, size_t count, const double *h, double *f,
                       void *user) {
    (void)c, (void)user;
    attndyn_activation_slopes(activation[which], count, h, f);
}

int main(void) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct attndyn_random random;
    long rounds = rounds_asked(9), samples = setting("BENCH_SAMPLES", 1000000);
    double centres[C * D], v[D], mean[J * (D + 1)], error[J * (D + 1)], block[D * BLOCK];
    const double weights[C] = {0.5, -0.3, 0.8};
    double ours[ROUNDS_MOST], normals[ROUNDS_MOST], gates[ROUNDS_MOST], peers[ROUNDS_MOST];
    double sum = 0, most = 0;
    BENCH_OK(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 11));
    attndyn_random_normals(&random, 1.5, C * D, centres);
    attndyn_random_normals(&random, 0.8, D, v);
    struct attndyn_isotropic_average average = {
        D, C, centres, weights, ATTNDYN_ISOTROPIC_GAUSS, 0.7, v, 0.2, J, derivative, NULL};
    struct peer peer;
    peer_start(&peer, "bench/peers/montecarlo_torch.py");
    int answered = 1;
    for (long r = 0; r < rounds; r++) {
        double start = cpu_seconds();
        BENCH_OK(ctx, attndyn_isotropic_sample(ctx, &average, (uint64_t)samples, 1 + (uint64_t)r,
                                               mean, error));
        ours[r] = cpu_seconds() - start;
        start = cpu_seconds();
        for (long i = 0; i < C * samples; i += BLOCK) {
            attndyn_random_ziggurat(&random, D * BLOCK, block);
            sum += block[0];
        }
        normals[r] = cpu_seconds() - start;
        start = cpu_seconds();
        for (long i = 0; i < C * samples; i += BLOCK)
            for (size_t j = 0; j < J; j++) {
                derivative(j, 0, BLOCK, block, block + BLOCK, NULL);
                sum += block[BLOCK];
            }
        gates[r] = cpu_seconds() - start;
        double answer[2];
        if (answered) {
            answered = peer_ask(&peer, answer, 2, "%ld %ld", samples, r + 1) >= 1;
            peers[r] = answer[0];
        }
    }
    for (size_t k = 0; k < J * (D + 1); k++) most = fmax(most, error[k]);
    double a = median((size_t)rounds, ours), b = median((size_t)rounds, normals),
           g = median((size_t)rounds, gates);
    printf("%ld samples x %d clusters, %d numbers, largest standard error %.1e (checksum %.3g)\n",
           samples, C, J * (D + 1), most, sum);
    printf("  Monte Carlo           %8.4f CPU-s   %6.1f ns a sample\n", a,
           1e9 * a / (double)(C * samples));
    printf("  its random numbers    %8.4f CPU-s   %6.1f ns a normal\n", b,
           1e9 * b / (double)(C * D * samples));
    printf("  its activations       %8.4f CPU-s   %6.1f ns for four phi'\n", g,
           1e9 * g / (double)(C * samples));
    printf("  ratio to its random numbers %.2f, to both %.2f\n", a / b, a / (b + g));
    if (answered)
        printf("  PyTorch (%s) %8.4f CPU-s: %.1fx ours\n", peer.about,
               median((size_t)rounds, peers), median((size_t)rounds, peers) / a);
    else
        printf("  PyTorch: skipped, %s\n", peer.why);
    peer_stop(&peer);
    attndyn_random_done(&random);
    attndyn_context_free(ctx);
    return EXIT_SUCCESS;
}
