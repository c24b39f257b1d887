#include "isotropic.h"

#include "../../base/random.h"
#include "../../base/wide.h"

#include <math.h>
#include <string.h>

int attndyn_isotropic_rhs(double t, const double *y, double *dydt, void *isotropic) {
    (void)t;
    const struct attndyn_isotropic *model = isotropic;
    size_t d = model->dimension;
    double square = 0, beta_sum = 0, alpha_sum = 0;
    for (size_t j = 0; j < d; j++) square += y[j] * y[j];
    memset(dydt, 0, d * sizeof *dydt);
    for (size_t c = 0; c < model->clusters; c++) {
        const double *centre = model->centres + c * d;
        double r = y[d], alpha, beta;
        for (size_t j = 0; j < d; j++) r += y[j] * centre[j];
        int trouble = model->coefficients(c, r, sqrt(square), &alpha, &beta, model->user);
        if (trouble) return trouble;
        for (size_t j = 0; j < d; j++) dydt[j] += alpha * centre[j];
        beta_sum += beta;
        alpha_sum += alpha;
    }
    for (size_t j = 0; j < d; j++) dydt[j] += beta_sum * y[j];
    dydt[d] = alpha_sum;
    return 0;
}

/* Samples x = centre + noise, coordinate by coordinate: x (d, count). */
static void draw(const struct attndyn_isotropic_average *average, size_t cluster,
                 struct attndyn_random *random, size_t count, double *x) {
    size_t d = average->dimension;
    attndyn_random_ziggurat(random, d * count, x);
    if (average->noise == ATTNDYN_ISOTROPIC_SPHERE) {
        for (size_t i = 0; i < count; i++) {
            double square = 0;
            for (size_t j = 0; j < d; j++) square += x[j * count + i] * x[j * count + i];
            double scale = 1 / sqrt(square);
            for (size_t j = 0; j < d; j++) x[j * count + i] *= scale;
        }
    }
    for (size_t j = 0; j < d; j++) {
        double centre = average->centres[cluster * d + j];
        for (size_t i = 0; i < count; i++)
            x[j * count + i] = centre + average->scale * x[j * count + i];
    }
}

ATTNDYN_WIDE static void preactivations(size_t d, const double *v, double xi, size_t count,
                                        const double *restrict x, double *restrict h) {
    for (size_t i = 0; i < count; i++) h[i] = xi;
    for (size_t j = 0; j < d; j++)
        for (size_t i = 0; i < count; i++) h[i] += v[j] * x[j * count + i];
}

/* Sums of f x and of (f x)^2, in eight interleaved parts: a fixed order that fits vector units. */
ATTNDYN_WIDE static void sums(size_t count, const double *restrict f, const double *restrict x,
                              double *restrict first, double *restrict second) {
    enum { LANES = 8 };
    double a[LANES] = {0}, b[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t l = 0; l < LANES; l++) {
            double product = f[i + l] * x[i + l];
            a[l] += product;
            b[l] += product * product;
        }
    for (; i < count; i++) {
        a[0] += f[i] * x[i];
        b[0] += f[i] * x[i] * f[i] * x[i];
    }
    *first = ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]));
    *second = ((b[0] + b[1]) + (b[2] + b[3])) + ((b[4] + b[5]) + (b[6] + b[7]));
}

enum { BLOCK = 1024, ROUND = 64 };

/* One block: partial (2, J, d + 1). scratch: ((d + 3) * BLOCK). */
static void sample_block(const struct attndyn_isotropic_average *average, size_t cluster,
                         size_t count, struct attndyn_random *random, double *scratch,
                         double *partial) {
    size_t d = average->dimension, width = d + 1, size = average->integrands * width;
    double *x = scratch, *ones = x + d * BLOCK, *h = ones + BLOCK, *f = h + BLOCK;
    draw(average, cluster, random, count, x);
    preactivations(d, average->v, average->xi, count, x, h);
    for (size_t i = 0; i < count; i++) ones[i] = 1;
    for (size_t j = 0; j < average->integrands; j++) {
        average->integrand(j, cluster, count, h, f, average->user);
        for (size_t k = 0; k < width; k++)
            sums(count, f, k < d ? x + k * count : ones, &partial[j * width + k],
                 &partial[size + j * width + k]);
    }
}

enum attndyn_status attndyn_isotropic_sample(struct attndyn_context *ctx,
                                             const struct attndyn_isotropic_average *average,
                                             uint64_t samples, uint64_t seed, double *mean,
                                             double *error) {
    uint64_t mark = attndyn_memory_mark(ctx);
    size_t d = average->dimension, size = average->integrands * (d + 1);
    uint64_t blocks = (samples + BLOCK - 1) / BLOCK;
    int threads = attndyn_threads(ctx);
    if (samples < 2)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "a standard error needs at least 2 samples");
    double *scratch, *partial, *total;
    struct attndyn_random *random;
    ATTNDYN_ALLOC(ctx, scratch, (size_t)threads * (d + 3) * BLOCK);
    ATTNDYN_ALLOC(ctx, partial, ROUND * 2 * size);
    ATTNDYN_ALLOC(ctx, total, 2 * size);
    ATTNDYN_ALLOC(ctx, random, (size_t)threads);
    enum attndyn_status status = ATTNDYN_OK;
    for (int i = 0; i < threads && status == ATTNDYN_OK; i++)
        status = attndyn_random_init(ctx, &random[i], ATTNDYN_RANDOM_SPLITMIX, seed);
    memset(mean, 0, size * sizeof *mean);
    memset(error, 0, size * sizeof *error);
    for (size_t c = 0; c < average->clusters && status == ATTNDYN_OK; c++) {
        memset(total, 0, 2 * size * sizeof *total);
        for (uint64_t begin = 0; begin < blocks && status == ATTNDYN_OK; begin += ROUND) {
            int64_t count = (int64_t)(blocks - begin < ROUND ? blocks - begin : ROUND);
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (threads > 1)
            for (int64_t b = 0; b < count; b++) {
                uint64_t block = begin + (uint64_t)b;
                uint64_t left = samples - block * BLOCK;
                int thread = (int)(b % threads); /* schedule(static, 1) */
                random[thread].state =
                    attndyn_random_derive(seed, "isotropic", block * average->clusters + c);
                sample_block(average, c, left < BLOCK ? (size_t)left : BLOCK, &random[thread],
                             scratch + (size_t)thread * (d + 3) * BLOCK,
                             partial + (size_t)b * 2 * size);
            }
            for (int64_t b = 0; b < count; b++)
                for (size_t k = 0; k < 2 * size; k++) total[k] += partial[(size_t)b * 2 * size + k];
            status = attndyn_check_interrupt(ctx);
        }
        double n = (double)samples, weight = average->weights[c];
        for (size_t k = 0; k < size; k++) {
            double m = total[k] / n, variance = (total[size + k] / n - m * m) * n / (n - 1);
            mean[k] += weight * m;
            error[k] += weight * weight * fmax(variance, 0) / n;
        }
    }
    for (size_t k = 0; k < size; k++) error[k] = sqrt(error[k]);
    for (int i = 0; i < threads; i++) attndyn_random_done(&random[i]);
    attndyn_memory_release(ctx, mark);
    return status;
}

struct cloud {
    const struct attndyn_isotropic_average *average;
    size_t samples;
    double *x;     /* (C, d, samples) */
    double *ones;  /* (samples) */
    double *h, *f; /* (samples) */
};

static void cloud_rhs(const struct cloud *cloud, const double *y, double *dydt) {
    const struct attndyn_isotropic_average *average = cloud->average;
    size_t d = average->dimension, count = cloud->samples;
    memset(dydt, 0, (d + 1) * sizeof *dydt);
    for (size_t c = 0; c < average->clusters; c++) {
        const double *x = cloud->x + c * d * count;
        preactivations(d, y, y[d], count, x, cloud->h);
        average->integrand(0, c, count, cloud->h, cloud->f, average->user);
        for (size_t k = 0; k <= d; k++) {
            double first, second;
            sums(count, cloud->f, k < d ? x + k * count : cloud->ones, &first, &second);
            dydt[k] += average->weights[c] * first / (double)count;
        }
    }
}

enum attndyn_status attndyn_isotropic_empirical_flow(
    struct attndyn_context *ctx, const struct attndyn_isotropic_average *average, size_t samples,
    uint64_t seed, double t_end, size_t steps, double *y) {
    uint64_t mark = attndyn_memory_mark(ctx);
    size_t d = average->dimension, width = d + 1;
    struct cloud cloud = {.average = average, .samples = samples};
    double *k, *trial;
    ATTNDYN_ALLOC(ctx, cloud.x, average->clusters * d * samples);
    ATTNDYN_ALLOC(ctx, cloud.ones, samples);
    ATTNDYN_ALLOC(ctx, cloud.h, samples);
    ATTNDYN_ALLOC(ctx, cloud.f, samples);
    ATTNDYN_ALLOC(ctx, k, 4 * width);
    ATTNDYN_ALLOC(ctx, trial, width);
    struct attndyn_random random;
    for (size_t i = 0; i < samples; i++) cloud.ones[i] = 1;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, seed));
    for (size_t c = 0; c < average->clusters; c++)
        draw(average, c, &random, samples, cloud.x + c * d * samples);
    attndyn_random_done(&random);
    double step = t_end / (double)steps;
    static const double node[4] = {0, 0.5, 0.5, 1}, weight[4] = {1. / 6, 1. / 3, 1. / 3, 1. / 6};
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t i = 0; i < steps && status == ATTNDYN_OK; i++) {
        for (size_t s = 0; s < 4; s++) {
            for (size_t j = 0; j < width; j++)
                trial[j] = y[j] + (s ? node[s] * step * k[(s - 1) * width + j] : 0);
            cloud_rhs(&cloud, trial, k + s * width);
        }
        for (size_t s = 0; s < 4; s++)
            for (size_t j = 0; j < width; j++) y[j] += weight[s] * step * k[s * width + j];
        status = attndyn_check_interrupt(ctx);
    }
    attndyn_memory_release(ctx, mark);
    return status;
}
