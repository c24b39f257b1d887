/* JoMA's figure 4 (5000 Euler steps of ten components, entropy at each) against the same loop in
 * PyTorch, in single precision as published and in double. Target: 100x. The floor is the time of
 * the exponentials and logarithms alone: ten of each per step. */
#include "bench/harness.h"
#include "sim/model/joma/bounce.h"

enum { STEPS = 5000, N = 10, REPEAT = 10 };

static const double mu[N] = {1.265432357788086,  1.3960914611816406, 1.9222683906555176,
                             2.3668839931488037, 2.470280170440674,  2.488769769668579,
                             2.896918773651123,  2.902235984802246,  3.3046653270721436,
                             3.6893341541290283};

static double in_double(double *entropy) {
    double v[N], p[N], start = cpu_seconds();
    for (int i = 0; i < REPEAT; i++) {
        for (int j = 0; j < N; j++) v[j] = 0.05;
        attndyn_joma_bounce_euler(N, mu, 1.0 / 3, 0.02, STEPS, v, p, entropy);
    }
    return (cpu_seconds() - start) / REPEAT;
}

static double in_single(float *entropy) {
    float v[N], p[N], m[N];
    for (int j = 0; j < N; j++) m[j] = (float)mu[j];
    double start = cpu_seconds();
    for (int i = 0; i < REPEAT; i++) {
        for (int j = 0; j < N; j++) v[j] = 0.05f;
        attndyn_joma_bounce_euler_single(N, m, 3, 0.02f, STEPS, v, p, entropy);
    }
    return (cpu_seconds() - start) / REPEAT;
}

static double elementary_functions(void) {
    volatile double sink = 0;
    double x = 0.5, start = cpu_seconds();
    for (long i = 0; i < (long)REPEAT * STEPS * N; i++) {
        sink = sink + exp(-x) + log(x);
        x = 0.5 + 1e-7 * (double)i;
    }
    return (cpu_seconds() - start) / REPEAT;
}

static void row(struct peer *torch, const char *precision, size_t rounds) {
    double mine[ROUNDS_MOST], theirs[ROUNDS_MOST], floor_time[ROUNDS_MOST], answer[5] = {0};
    double entropy[STEPS];
    float entropy_single[STEPS];
    bool single = strcmp(precision, "single") == 0;
    size_t asked = 0, least = 0;
    for (size_t i = 0; i < rounds; i++) {
        mine[i] = single ? in_single(entropy_single) : in_double(entropy);
        floor_time[i] = elementary_functions();
        if (peer_ask(torch, answer, 5, "%s %d", precision, STEPS) == 5) theirs[asked++] = answer[0];
    }
    for (size_t i = 0; single && i < STEPS; i++) entropy[i] = (double)entropy_single[i];
    for (size_t i = 0; i < STEPS; i++)
        if (entropy[i] < entropy[least]) least = i;
    double time = median(rounds, mine);
    printf("%-7s %9.3f %9.3f", precision, 1e3 * time, 1e3 * median(rounds, floor_time));
    if (asked) {
        double peer = median(asked, theirs);
        printf(" %9.1f %7.0fx %-6s", 1e3 * peer, peer / time,
               peer / time >= 100 ? "met" : "MISSED");
    }
    printf("   least %.7f at %zu, last %.7f", entropy[least], least, entropy[STEPS - 1]);
    if (asked) printf(" | %.7f at %.0f, %.7f", answer[1], answer[2], answer[3]);
    printf("\n");
}

int main(void) {
    struct peer torch;
    size_t rounds = (size_t)rounds_asked(9);
    peer_start(&torch, "bench/peers/joma_figure4.py");
    printf("JoMA figure 4, %d Euler steps, CPU ms; peer: %s\n", STEPS,
           torch.run ? torch.about : torch.why);
    printf("%-7s %9s %9s %9s %8s %-6s   entropy: ours | peer's\n", "", "ours", "exp, log", "torch",
           "ratio", "100x");
    row(&torch, "single", rounds);
    row(&torch, "double", rounds);
    peer_stop(&torch);
    return EXIT_SUCCESS;
}
