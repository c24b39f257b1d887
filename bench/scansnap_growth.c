/* How time and memory of the flow grow with the vocabulary M (at fixed K) and with the number of
 * classes K (at fixed D, G; M grows along). Each case runs in a process of its own, whose peak
 * memory is read at its end. Exponents: least squares in logarithms, with standard errors. */
#include "bench/harness.h"
#include "sim/model/scansnap/flow.h"
#include "sim/num/stats.h"

struct outcome {
    double seconds, rhs_seconds, megabytes, tokens, unknowns;
    long rhs, steps;
};

static void solve(struct outcome *outcome, size_t K, size_t distinct,
                  enum attndyn_ode_method method) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    struct attndyn_flow *flow;
    const struct attndyn_flow_options o = {.eta_y = 10, .eta_z = 1};
    if (!ctx) exit(EXIT_FAILURE);
    BENCH_OK(ctx, attndyn_family_authors(ctx, K, 1, 10, distinct, &family));
    BENCH_OK(ctx, attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, &d));
    double start = cpu_seconds();
    BENCH_OK(ctx, attndyn_flow_create(ctx, d, &o, &flow));
    struct attndyn_ode_problem problem = attndyn_flow_problem(flow);
    struct attndyn_ode_options ode = attndyn_ode_defaults(method);
    struct attndyn_ode_statistics st;
    double *y = ATTNDYN_NEW(ctx, double, flow->n + flow->quadratures), t_end = 1e4 * (double)K / 10;
    if (!y) exit(EXIT_FAILURE);
    memcpy(y, flow->initial, (flow->n + flow->quadratures) * sizeof *y);
    ode.rtol = 1e-6;
    ode.atol = 1e-9;
    BENCH_OK(ctx, attndyn_ode_solve(ctx, &problem, &ode, 0, y, &t_end, 1, NULL, &st));
    outcome->seconds = cpu_seconds() - start;
    outcome->tokens = (double)d->tokens;
    outcome->unknowns = (double)flow->n;
    outcome->rhs = st.rhs;
    outcome->steps = st.steps;
    double *slope = ATTNDYN_NEW(ctx, double, flow->n);
    start = cpu_seconds();
    for (int i = 0; i < 5; i++) attndyn_flow_rhs(0, y, slope, flow);
    outcome->rhs_seconds = (cpu_seconds() - start) / 5;
    attndyn_context_free(ctx);
}

/* In a child, so that its peak memory is its own. */
static struct outcome apart(size_t K, size_t distinct, enum attndyn_ode_method method) {
    struct outcome outcome = {0};
    int channel[2];
    fflush(stdout);
    if (pipe(channel)) exit(EXIT_FAILURE);
    pid_t child = fork();
    if (child == 0) {
        struct rusage usage;
        solve(&outcome, K, distinct, method);
        getrusage(RUSAGE_SELF, &usage);
        outcome.megabytes = (double)usage.ru_maxrss / 1024;
        ssize_t sent = write(channel[1], &outcome, sizeof outcome);
        _exit(sent == (ssize_t)sizeof outcome ? 0 : 1);
    }
    close(channel[1]);
    ssize_t got = read(channel[0], &outcome, sizeof outcome);
    close(channel[0]);
    int status;
    waitpid(child, &status, 0);
    if (got != (ssize_t)sizeof outcome || status) {
        printf("  K = %zu, D = %zu: failed\n", K, distinct);
        exit(EXIT_FAILURE);
    }
    return outcome;
}

static void grow(struct attndyn_context *ctx, const char *by, size_t count, const size_t *K,
                 const size_t *distinct, enum attndyn_ode_method method) {
    double x[8], seconds[8], rhs[8], memory[8];
    printf("by %s, %s\n%8s %8s %11s %9s %7s %9s %12s %9s\n", by, attndyn_ode_method_name(method),
           "K", "M", "unknowns", "seconds", "rhs", "ms/rhs", "rhs floor ms", "MiB");
    for (size_t i = 0; i < count; i++) {
        struct outcome o = apart(K[i], distinct[i], method);
        x[i] = by[0] == 'K' ? (double)K[i] : o.tokens;
        seconds[i] = o.seconds;
        rhs[i] = o.rhs_seconds;
        memory[i] = o.megabytes;
        /* the right-hand side reads Y and writes dY: two passes at 10 GB/s */
        printf("%8zu %8.0f %11.0f %9.3f %7ld %9.3f %12.3f %9.1f\n", K[i], o.tokens, o.unknowns,
               o.seconds, o.rhs, 1e3 * o.rhs_seconds, 1e3 * 2 * 8 * o.unknowns / 10e9, o.megabytes);
    }
    struct attndyn_regression t, r, m;
    BENCH_OK(ctx, attndyn_regress_logarithms(ctx, count, x, seconds, &t));
    BENCH_OK(ctx, attndyn_regress_logarithms(ctx, count, x, rhs, &r));
    BENCH_OK(ctx, attndyn_regress_logarithms(ctx, count, x, memory, &m));
    printf("exponents in %s: time %.2f +- %.2f, one right-hand side %.2f +- %.2f, memory %.2f +- "
           "%.2f\n",
           by, t.slope, t.slope_error, r.slope, r.slope_error, m.slope, m.slope_error);
}

int main(void) {
    struct attndyn_context *ctx = attndyn_context_create();
    if (!ctx) return EXIT_FAILURE;
    printf("Growth of the flow, V = M, ratio 10, to eta_Y t/K = 1e4 at rtol 1e-6\n");
    const size_t k20[5] = {20, 20, 20, 20, 20}, distinct[5] = {48, 158, 498, 1580, 4998};
    grow(ctx, "M", 5, k20, distinct, ATTNDYN_ODE_DOP853);
    const size_t K[5] = {10, 32, 100, 316, 1000}, d10[5] = {10, 10, 10, 10, 10};
    size_t count = setting("BENCH_LARGE", 1) ? 5 : 4; /* K = 1000: 10 million unknowns, 1.6 GiB */
    grow(ctx, "K", count, K, d10, ATTNDYN_ODE_DOP853);
    attndyn_context_free(ctx);
    return EXIT_SUCCESS;
}
