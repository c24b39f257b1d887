/* GaLore's Corollaries 3.4 and 3.5. */
#include "stable_rank.h"

#include "analysis.h"
#include "sim/num/blas.h"
#include "sim/num/stats.h"
#include "sim/observe/rank.h"

#include <string.h>

/* C_i = f_i f_i^T of rank N' < n, whatever W_{t_0} came before: G_par as printed (lambda1 = 0), and
 * with the smallest eigenvalue that is not zero. */
static enum attndyn_status rank_one(const struct trial *run, const struct stable_rank *p,
                                    uint64_t seed) {
    const size_t m = (size_t)p->corollary_m, n = (size_t)p->corollary_n;
    const size_t N = (size_t)p->corollary_N, span = (size_t)p->corollary_span;
    struct attndyn_parametric g;
    struct stable_rank_analysis printed, nonzero;
    double excess, unused;
    ATTNDYN_TRY(instance_draw(run, p->rng, seed, ATTNDYN_PARAMETRIC_RANK_ONE, m, n, N, span, &g));
    ATTNDYN_TRY(stable_rank_analyse(run->ctx, &g, p->tolerance, false, 0, &printed));
    ATTNDYN_TRY(stable_rank_analyse(run->ctx, &g, p->tolerance, true, 0, &nonzero));
    ATTNDYN_TRY(
        stable_rank_excess(run->ctx, &nonzero, p->times.count, p->times.at, &unused, &excess));
    return EMIT(run, corollary, .seed = (long)seed, .m = (long)m, .n = (long)n, .N = (long)N,
                .span = (long)span,
                .lambda1 = fabs(printed.spectrum.lambda1) / printed.spectrum.lambda_max,
                .multiplicity = (long)printed.spectrum.multiplicity,
                .par_fraction = printed.par_fraction, .lambda_nonzero = nonzero.spectrum.lambda1,
                .par_fraction_nonzero = nonzero.par_fraction, .excess = excess);
}

/* f_i = e_i, a_i = e_i, B_i = I, W_0 = 0, N = N': G_t = (1/N) (1 - eta/N)^t diag(1, ..., 1, 0, ...)
 * has the stable rank N' at every t. */
static enum attndyn_status diagonal(const struct trial *run, const struct stable_rank *p) {
    const size_t n = (size_t)p->half_n, N = (size_t)p->half_span, nn = n * n;
    struct attndyn_parametric g;
    double *W, *G, *work, sr;
    ATTNDYN_TRY(attndyn_parametric_create(run->ctx, n, n, N, &g));
    ATTNDYN_ALLOC(run->ctx, W, nn);
    ATTNDYN_ALLOC(run->ctx, G, nn);
    ATTNDYN_ALLOC(run->ctx, work, nn);
    for (size_t i = 0; i < N; i++) {
        g.A[i * n + i] = 1 / (double)N;
        g.C[i * nn + i * n + i] = 1;
        for (size_t j = 0; j < n; j++) g.B[i * nn + j * n + j] = 1;
    }
    for (long t = 0; t <= p->half_steps; t++) {
        attndyn_parametric_gradient(&g, W, work, G);
        ATTNDYN_TRY(attndyn_stable_rank(run->ctx, n, n, G, &sr));
        ATTNDYN_TRY(EMIT(run, half, .t = t, .sr_G = sr, .sr_closed = (double)N,
                         .printed = (double)n / 2, .rank = (double)N));
        attndyn_axpy(nn, 0.5, G, W);
    }
    return ATTNDYN_OK;
}

/* The same shape with random B_i, f_i: where the stable rank ends. */
static enum attndyn_status random_half(const struct trial *run, const struct stable_rank *p) {
    const size_t n = (size_t)p->half_n, N = (size_t)p->half_span;
    size_t count = (size_t)p->half_seeds;
    double *limit, median, largest = 0;
    ATTNDYN_ALLOC(run->ctx, limit, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        struct attndyn_parametric g;
        struct stable_rank_analysis a;
        ATTNDYN_TRY(instance_draw(run, p->rng, (uint64_t)p->seed + i, ATTNDYN_PARAMETRIC_RANK_ONE,
                                  n, n, N, N, &g));
        ATTNDYN_TRY(stable_rank_analyse(run->ctx, &g, p->tolerance, true, 0, &a));
        limit[i] = a.sr_par;
        largest = fmax(largest, limit[i]);
        attndyn_memory_release(run->ctx, mark);
    }
    ATTNDYN_TRY(attndyn_median(run->ctx, count, limit, &median));
    ATTNDYN_TRY(SCALAR(run, summary, half_median, median));
    return SCALAR(run, summary, half_largest, largest);
}

static void normalise(size_t n, double *x) {
    attndyn_scale(n, 1 / attndyn_norm(n, x), x);
}

/* X (k, k) positive definite with the lowest eigenvalue `low` at v: low v v^T + P (Y Y^T/k + (low +
 * 0.2) I) P, P = I - v v^T, Y normal. work: 2 k^2. */
static void with_lowest(struct attndyn_random *random, size_t k, double low, const double *v,
                        double *work, double *X) {
    double *Y = work, *P = work + k * k;
    attndyn_random_normals(random, 1, k * k, Y);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) P[i * k + j] = (double)(i == j) - v[i] * v[j];
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, k, k, k, 1, P, Y, 0, X); /* P Y */
    memcpy(Y, X, k * k * sizeof *Y);
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, k, k, k, 1 / (double)k, Y, Y, 0, X);
    for (size_t i = 0; i < k * k; i++) X[i] += (low + 0.2) * P[i] + low * v[i / k] * v[i % k];
}

/* All B_i share z as their lowest eigenvector and all C_i share y: V_1 is spanned by y kron z. */
static enum attndyn_status shared_dyad(const struct trial *run, const struct stable_rank *p,
                                       uint64_t seed) {
    const size_t m = (size_t)p->m, n = (size_t)p->n, N = (size_t)p->N, mn = m * n;
    const size_t longer = m > n ? m : n;
    struct attndyn_parametric g;
    struct attndyn_random random;
    struct stable_rank_analysis a;
    double *y, *z, *work, printed, unused, dot = 0, last;
    ATTNDYN_TRY(attndyn_parametric_create(run->ctx, m, n, N, &g));
    ATTNDYN_ALLOC(run->ctx, y, n);
    ATTNDYN_ALLOC(run->ctx, z, m);
    ATTNDYN_ALLOC(run->ctx, work, 2 * longer * longer);
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, (enum attndyn_random_kind)p->rng, seed));
    attndyn_random_normals(&random, 1, n, y);
    attndyn_random_normals(&random, 1, m, z);
    normalise(n, y);
    normalise(m, z);
    for (size_t i = 0; i < N; i++) {
        with_lowest(&random, m, 0.1 * (double)(1 + i % 3), z, work, g.B + i * m * m);
        with_lowest(&random, n, 0.1 * (double)(1 + i % 2), y, work, g.C + i * n * n);
    }
    attndyn_random_normals(&random, 1, mn, g.A);
    attndyn_random_normals(&random, 1, mn, g.W);
    attndyn_random_done(&random);
    ATTNDYN_TRY(stable_rank_analyse(run->ctx, &g, p->tolerance, false, 0, &a));
    for (size_t j = 0; j < n; j++) /* vec() stacks columns */
        for (size_t i = 0; i < m; i++)
            dot += a.spectrum.V[a.spectrum.first * mn + j * m + i] * y[j] * z[i];
    const double end = p->times.at[p->times.count - 1];
    ATTNDYN_TRY(stable_rank_excess(run->ctx, &a, p->times.count, p->times.at, &printed, &unused));
    ATTNDYN_TRY(stable_rank_of_path(run->ctx, &a, end, &last));
    return EMIT(run, dyads, .seed = (long)seed, .multiplicity = (long)a.spectrum.multiplicity,
                .dyad = fabs(dot), .sr_par = a.sr_par, .excess_printed = printed,
                .left = attndyn_stable_rank_bound_printed(&a.split, end) - 1, .sr_last = last);
}

enum attndyn_status corollaries(const struct trial *run, const struct stable_rank *p) {
    if (p->corollary_span >= p->corollary_n || p->corollary_N < p->corollary_span)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "corollary_span = %ld: Corollary 3.4 is about N' < n: give it below "
                            "corollary_n = %ld and at most corollary_N = %ld",
                            p->corollary_span, p->corollary_n, p->corollary_N);
    if (p->half_span >= p->half_n)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "half_span = %ld: Corollary 3.4 is about N' < n: give it below half_n "
                            "= %ld",
                            p->half_span, p->half_n);
    ATTNDYN_TRY(NOT_EMPTY(run, p, times));
    ATTNDYN_TRY(diagonal(run, p));
    ATTNDYN_TRY(random_half(run, p));
    for (long s = 0; s < p->corollary_seeds; s++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(rank_one(run, p, (uint64_t)(p->seed + s)));
        attndyn_memory_release(run->ctx, mark);
    }
    for (long s = 0; s < p->dyad_seeds; s++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(shared_dyad(run, p, (uint64_t)(p->seed + s)));
        attndyn_memory_release(run->ctx, mark);
    }
    return ATTNDYN_OK;
}
