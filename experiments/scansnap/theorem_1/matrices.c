/* E and E': Lemmas 3 and 13 to 17, and which overlaps Assumption 2 admits. */
#include "theorem_1.h"

#include "sim/num/linalg.h"

#include <string.h>

/* I + E with entries of E uniform in (0, 1) before they are scaled to |lambda_1| = 0.9/K. */
enum attndyn_status theorem_1_draw(const struct trial *run, const struct theorem_1 *p, size_t K,
                                   uint64_t set, double *gram, double *E_prime, double *lambda_1) {
    struct attndyn_random random;
    double *values, *inverse;
    ATTNDYN_ALLOC(run->ctx, values, K);
    ATTNDYN_ALLOC(run->ctx, inverse, K * K);
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, "theorem-1", set)));
    for (size_t n = 0; n < K; n++)
        for (size_t k = 0; k < n; k++)
            gram[n * K + k] = gram[k * K + n] = attndyn_random_uniform(&random);
    attndyn_random_done(&random);
    ATTNDYN_TRY(attndyn_eigen_symmetric(run->ctx, K, gram, values, NULL));
    *lambda_1 = 0.9 / (double)K;
    double scale = *lambda_1 / fmax(fabs(values[0]), fabs(values[K - 1]));
    for (size_t i = 0; i < K * K; i++) {
        gram[i] = i / K == i % K ? 1 : gram[i] * scale;
        E_prime[i] = i / K == i % K ? 1 : 0;
    }
    ATTNDYN_TRY(attndyn_linear_solve(run->ctx, K, gram, K, E_prime, inverse));
    for (size_t i = 0; i < K * K; i++) E_prime[i] -= inverse[i];
    return ATTNDYN_OK;
}

/* The largest entry of (I + E)(I - E') - I; printed: E' with the other sign. */
static double alone(size_t K, const double *gram, const double *E_prime, bool printed) {
    double most = 0;
    for (size_t i = 0; i < K; i++)
        for (size_t j = 0; j < K; j++) {
            double sum = i == j ? -1 : 0;
            for (size_t k = 0; k < K; k++)
                sum +=
                    gram[i * K + k] * ((k == j ? 1 : 0) - (printed ? -1 : 1) * E_prime[k * K + j]);
            worst(&most, sum);
        }
    return most;
}

static enum attndyn_status largest_eigenvalue(const struct trial *run, size_t K, const double *a,
                                              double *most) {
    double *values;
    ATTNDYN_ALLOC(run->ctx, values, K);
    ATTNDYN_TRY(attndyn_eigen_symmetric(run->ctx, K, a, values, NULL));
    *most = fmax(fabs(values[0]), fabs(values[K - 1]));
    return ATTNDYN_OK;
}

static enum attndyn_status of_set(const struct trial *run, const struct theorem_1 *p, size_t K,
                                  long set) {
    double *gram, *E_prime, lambda, of_prime, entries = 0, diagonal = -INFINITY, distance = 0;
    ATTNDYN_ALLOC(run->ctx, gram, K * K);
    ATTNDYN_ALLOC(run->ctx, E_prime, K * K);
    ATTNDYN_TRY(theorem_1_draw(run, p, K, (uint64_t)set, gram, E_prime, &lambda));
    ATTNDYN_TRY(largest_eigenvalue(run, K, E_prime, &of_prime));
    for (size_t i = 0; i < K; i++) {
        keep_larger(&diagonal, E_prime[i * K + i]);
        for (size_t j = 0; j < K; j++) {
            if (i == j) continue;
            worst(&entries, gram[i * K + j]);
            worst(&distance, E_prime[i * K + j] - gram[i * K + j]);
        }
    }
    return EMIT(run, matrices, .set = set, .lambda_1 = lambda,
                .alone = alone(K, gram, E_prime, false),
                .alone_printed = alone(K, gram, E_prime, true), .entries = entries / lambda,
                .eigenvalues = of_prime / (lambda / (1 - lambda)), .diagonal = diagonal,
                .distance = distance / (lambda * lambda / (1 - lambda)));
}

/* Does S-A2 hold for features that share one token, at this M? By another route: E from the
 * vectors' own products, its largest eigenvalue by the power method, the others, which are alike,
 * from the trace of E^2. */
static bool features_admitted(size_t K, double s, double M, double *f, double *E, double *x) {
    double trace = 0, lambda = 0;
    for (size_t i = 0; i < K * (K + 1); i++) f[i] = i % (K + 1) == i / (K + 1) ? sqrt(1 - s) : 0;
    for (size_t n = 0; n < K; n++) f[n * (K + 1) + K] = sqrt(s);
    for (size_t i = 0; i < K; i++)
        for (size_t j = 0; j < K; j++) {
            double sum = i == j ? -1 : 0;
            for (size_t l = 0; l <= K; l++) sum += f[i * (K + 1) + l] * f[j * (K + 1) + l];
            E[i * K + j] = sum;
            trace += sum * sum;
        }
    for (size_t i = 0; i < K; i++) x[i] = 1 + (double)i;
    for (int step = 0; step < 60; step++) {
        double *y = x + K, norm = 0, before = 0;
        for (size_t i = 0; i < K; i++) {
            y[i] = 0;
            for (size_t j = 0; j < K; j++) y[i] += E[i * K + j] * x[j];
            norm += y[i] * y[i];
            before += x[i] * x[i];
        }
        lambda = sqrt(norm / before);
        for (size_t i = 0; i < K; i++) x[i] = y[i] / sqrt(norm);
    }
    return lambda < 1 / (double)K &&
           sqrt((trace - lambda * lambda) / ((double)K - 1)) >= sqrt(6 / M) * (1 - 1e-12);
}

/* How many of forty overlaps within 2 % of the weakest that M allows. */
static enum attndyn_status features(const struct trial *run, size_t K, double M, long *count) {
    double *f, *E, *x;
    ATTNDYN_ALLOC(run->ctx, f, K * (K + 1));
    ATTNDYN_ALLOC(run->ctx, E, K * K);
    ATTNDYN_ALLOC(run->ctx, x, 2 * K);
    *count = 0;
    for (int i = -20; i < 20; i++)
        *count += features_admitted(K, sqrt(6 / M) * (1 + 0.001 * i), M, f, E, x);
    return ATTNDYN_OK;
}

/* ln M by bisection: whether s = sqrt(6/M), the weakest, has |lambda_1(E)| < 1/K. */
static enum attndyn_status admitted(const struct trial *run, size_t K) {
    double *E, low = log(6), high = log(1e15), K_ = (double)K;
    ATTNDYN_ALLOC(run->ctx, E, K * K);
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2, s = sqrt(6 / exp(middle)), lambda;
        uint64_t mark = attndyn_memory_mark(run->ctx);
        for (size_t k = 0; k < K * K; k++) E[k] = k / K == k % K ? 0 : s;
        ATTNDYN_TRY(largest_eigenvalue(run, K, E, &lambda));
        attndyn_memory_release(run->ctx, mark);
        *(lambda < 1 / K_ ? &high : &low) = middle;
    }
    long above, below;
    double closed = 6 * pow(K_ * (K_ - 1), 2);
    ATTNDYN_TRY(features(run, K, 1.01 * closed, &above));
    ATTNDYN_TRY(features(run, K, 0.99 * closed, &below));
    return EMIT(run, admitted, .classes = (long)K, .needed = exp(high), .closed = closed,
                .above = above, .below = below);
}

enum attndyn_status theorem_1_matrices(const struct trial *run, const struct theorem_1 *p) {
    static const size_t classes[] = {2, 3, 5, 10, 20};
    uint64_t mark = attndyn_memory_mark(run->ctx);
    for (long set = 0; set < p->random_sets; set++) {
        ATTNDYN_TRY(of_set(run, p, (size_t)(p->classes < 50 ? p->classes : 50), set));
        attndyn_memory_release(run->ctx, mark);
    }
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        ATTNDYN_TRY(admitted(run, classes[i]));
        attndyn_memory_release(run->ctx, mark);
    }
    return ATTNDYN_OK;
}
