/* What finite steps, finite contexts and finite batches do to the flow. */
#include "finite_sample.h"

#include "experiments/scansnap/shared/full_solve.h"
#include "sim/model/scansnap/sgd.h"
#include "sim/num/stats.h"

#include <gsl/gsl_randist.h>
#include <string.h>

static const struct preset presets[] = {{"quick", "", "contexts to T = 4096, 16 seeds"},
                                        {"short", "lengths=32,128,512,1024,2048,4096,8192 seeds=48",
                                         "48 seeds, longer contexts: some seconds"},
                                        {"paper",
                                         "lengths=32,128,512,1024,2048,4096,8192,16384 seeds=100",
                                         "longer contexts, less noise"},
                                        {0}};

static const struct figure figures[] = {
    {"finite_sample", "scansnap/finite_sample/finite_sample.gp",
     "Relative distance of z at the horizon from the flow's. (a) Gradient descent on the "
     "population: first order in the step. (b) Contexts of length T: the bias of the mean over "
     "seeds falls as 1/T once T exceeds 10/|c|^2, about 200 here; bars: standard error. (c, d) "
     "Random labels: the spread over seeds grows as the square root of step over batch."},
    {0}};

struct lab {
    const struct trial *run;
    const struct finite_sample *p;
    const struct attndyn_distribution *d;
    size_t count;     /* entries of z */
    double *z, scale; /* of the flow at the horizon, and its norm */
};

static double norm(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
    return sqrt(sum);
}

static enum attndyn_status flow(struct lab *lab) {
    const struct attndyn_flow_options options = {.eta_y = lab->p->eta_y, .eta_z = lab->p->eta_z};
    struct attndyn_flow *flow;
    ATTNDYN_TRY(attndyn_flow_create(lab->run->ctx, lab->d, &options, &flow));
    struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    double *y;
    how.rtol = lab->p->rtol;
    ATTNDYN_TRY(full_solve(lab->run, flow, &how, &lab->p->t_end, 1, NULL, "flow", &y));
    lab->z = y + flow->z_at;
    lab->count = flow->n - flow->z_at;
    lab->scale = norm(lab->z, lab->count);
    return full_emit_z(lab->run, flow, y);
}

/* Momentum-free descent with step dt to the horizon; z: (seeds, count). */
static enum attndyn_status descend(const struct lab *lab, double dt, size_t seq_len, size_t batch,
                                   bool balanced, size_t seeds, double *z) {
    double updates = rint(lab->p->t_end / dt);
    if (updates < 1 || updates > 1e8)
        return attndyn_fail(lab->run->ctx, ATTNDYN_USAGE,
                            "step %g to t_end = %g makes %g updates: expected 1 to 1e8", dt,
                            lab->p->t_end, updates);
    dt = lab->p->t_end / updates;
    struct attndyn_sgd_options options = {.seq_len = seq_len,
                                          .batch = batch,
                                          .balanced = balanced,
                                          .lr_y = dt * lab->p->eta_y,
                                          .lr_z = dt * lab->p->eta_z};
    int threads = attndyn_threads(lab->run->ctx);
    struct attndyn_sgd **sgd;
    ATTNDYN_ALLOC(lab->run->ctx, sgd, (size_t)threads);
    for (int i = 0; i < threads; i++)
        ATTNDYN_TRY(attndyn_sgd_create(lab->run->ctx, lab->d, &options, &sgd[i]));
#pragma omp parallel for schedule(static, 1) num_threads(threads) if (threads > 1)
    for (int me = 0; me < threads; me++)
        for (size_t k = (size_t)me; k < seeds; k += (size_t)threads) {
            struct attndyn_sgd_options own = options;
            own.seed = (uint64_t)lab->p->seed + k;
            attndyn_sgd_restart(sgd[me], &own);
            for (double i = 0; i < updates; i++) attndyn_sgd_step(sgd[me]);
            memcpy(z + k * lab->count, sgd[me]->z, lab->count * sizeof *z);
        }
    return attndyn_check_interrupt(lab->run->ctx);
}

static enum attndyn_status euler(const struct lab *lab) {
    struct reals steps = lab->p->euler_steps;
    double *z;
    ATTNDYN_ALLOC(lab->run->ctx, z, lab->count);
    for (size_t i = 0; i < steps.count; i++) {
        ATTNDYN_TRY(descend(lab, steps.at[i], 0, 0, false, 1, z));
        for (size_t k = 0; k < lab->count; k++) z[k] -= lab->z[k];
        ATTNDYN_TRY(EMIT(lab->run, euler, .step = steps.at[i],
                         .updates = lrint(lab->p->t_end / steps.at[i]),
                         .error = norm(z, lab->count) / lab->scale));
    }
    return ATTNDYN_OK;
}

/* Mean over seeds into mean; returns the root mean square distance of a seed from it. */
static double average(const double *z, size_t seeds, size_t count, double *mean) {
    memset(mean, 0, count * sizeof *mean);
    for (size_t k = 0; k < seeds * count; k++) mean[k % count] += z[k] / (double)seeds;
    double square = 0;
    for (size_t k = 0; k < seeds * count; k++) square += pow(z[k] - mean[k % count], 2);
    return sqrt(square / (double)(seeds - 1));
}

/* |mean - exact|^2, and what the noise of the mean adds to it, over scale^2: without one seed, or
 * of all of them (SIZE_MAX). mean: scratch (count). */
struct bias_square {
    double bias2, noise2;
};
static struct bias_square bias_without(const double *z, size_t seeds, size_t count, size_t seed,
                                       const double *exact, double scale, double *mean) {
    double n = 0, off = 0, spread = 0;
    memset(mean, 0, count * sizeof *mean);
    for (size_t s = 0; s < seeds; s++) {
        if (s == seed) continue;
        n++;
        for (size_t k = 0; k < count; k++) mean[k] += z[s * count + k];
    }
    for (size_t k = 0; k < count; k++) mean[k] /= n, off += pow(mean[k] - exact[k], 2);
    for (size_t s = 0; s < seeds; s++)
        for (size_t k = 0; s != seed && k < count; k++)
            spread += pow(z[s * count + k] - mean[k], 2);
    return (struct bias_square){off / (scale * scale), spread / (n - 1) / n / (scale * scale)};
}

/* Standard error of log debiased from the values without each of the seeds; NaN where one of them
 * has none. */
static double jackknife(const double *z, size_t seeds, size_t count, const double *exact,
                        double scale, double *mean) {
    double sum = 0, squares = 0, n = (double)seeds;
    for (size_t s = 0; s < seeds; s++) {
        struct bias_square b = bias_without(z, seeds, count, s, exact, scale, mean);
        double value = log(b.bias2 - b.noise2) / 2;
        sum += value;
        squares += value * value;
    }
    return sqrt((n - 1) / n * fmax(0, squares - sum * sum / n));
}

static enum attndyn_status bias(const struct lab *lab) {
    struct reals lengths = lab->p->lengths;
    size_t seeds = (size_t)lab->p->seeds;
    size_t batch = (size_t)lab->p->length_batch;
    double dt = lab->p->length_step, *z, *mean, *exact;
    ATTNDYN_ALLOC(lab->run->ctx, z, seeds * lab->count);
    ATTNDYN_ALLOC(lab->run->ctx, mean, lab->count);
    ATTNDYN_ALLOC(lab->run->ctx, exact, lab->count);
    ATTNDYN_TRY(descend(lab, dt, 0, 0, false, 1, exact));
    double scale = norm(exact, lab->count);
    for (size_t i = 0; i < lengths.count; i++) {
        attndyn_progress(lab->run->ctx, "lengths", (double)i, (double)lengths.count);
        ATTNDYN_TRY(descend(lab, dt, (size_t)lengths.at[i], batch, true, seeds, z));
        struct bias_square b = bias_without(z, seeds, lab->count, SIZE_MAX, exact, scale, mean);
        double square = b.bias2 - b.noise2;
        ATTNDYN_TRY(EMIT(lab->run, bias, .T = (long)lengths.at[i], .bias = sqrt(b.bias2),
                         .noise = sqrt(b.noise2), .debiased = square > 0 ? sqrt(square) : NAN,
                         .relative_error = jackknife(z, seeds, lab->count, exact, scale, mean)));
    }
    return ATTNDYN_OK;
}

/* Lemma 18: sqrt(ln(2/delta)/(2 (T-1))). */
static double lemma_18_radius(double draws) {
    return sqrt(log(2 / LEMMA_18_DELTA) / (2 * draws));
}

/* How often a binomial frequency of this many draws leaves P so far that Hoeffding's inequality
 * (Eq. 138) gives less than delta for it: the lemma's radius, which the samples are held against,
 * does not come in here. */
static double leaves(double P, unsigned draws) {
    double sum = 0;
    for (unsigned k = 0; k <= draws; k++)
        if (2 * exp(-2 * (double)draws * pow(k / (double)draws - P, 2)) < LEMMA_18_DELTA)
            sum += gsl_ran_binomial_pdf(k, P, draws);
    return sum;
}

/* |c_hat|^2 of contexts as SGD draws them. */
static enum attndyn_status norms(const struct lab *lab) {
    struct attndyn_context *ctx = lab->run->ctx;
    size_t entries = lab->d->start[1] - lab->d->start[0];
    size_t contexts = (size_t)(lab->p->seeds * lab->p->length_batch);
    double *c, *square;
    uint32_t *counts;
    long *beyond;
    ATTNDYN_ALLOC(ctx, beyond, entries);
    ATTNDYN_ALLOC(ctx, c, entries);
    ATTNDYN_ALLOC(ctx, square, contexts);
    ATTNDYN_ALLOC(ctx, counts, entries);
    for (size_t i = 0; i < lab->p->lengths.count; i++) {
        double T = lab->p->lengths.at[i], own = 0, cube = 0, N = T - 1;
        struct attndyn_sgd_options options = {
            .seq_len = (size_t)T, .batch = 1, .seed = (uint64_t)lab->p->seed};
        struct attndyn_sgd *sgd;
        uint64_t mark = attndyn_memory_mark(ctx);
        ATTNDYN_TRY(attndyn_sgd_create(ctx, lab->d, &options, &sgd));
        attndyn_sgd_attention(sgd, 0, c);
        memset(beyond, 0, entries * sizeof *beyond);
        for (size_t k = 0; k < contexts; k++) {
            attndyn_sgd_draw(sgd, 0, counts);
            square[k] = 0;
            for (size_t e = 0; e < entries; e++) {
                square[k] += pow(counts[e] / N, 2);
                beyond[e] += fabs(counts[e] / N - c[e]) > lemma_18_radius(N);
            }
        }
        for (size_t e = 0; e < entries; e++) own += c[e] * c[e], cube += pow(c[e], 3);
        /* Var(sum n_e^2) of N draws (derived here, from the factorial moments) */
        double variance = 2 * N * (N - 1) * (own + 2 * (N - 2) * cube - (2 * N - 3) * own * own);
        attndyn_memory_release(ctx, mark);
        for (size_t e = 0; e < entries; e++)
            ATTNDYN_TRY(EMIT(lab->run, frequencies, .T = (long)T, .token = (long)e, .P = c[e],
                             .contexts = (long)contexts, .beyond = beyond[e],
                             .exact = leaves(c[e], (unsigned)N)));
        ATTNDYN_TRY(EMIT(lab->run, norms, .T = (long)T, .mean = attndyn_mean(contexts, square),
                         .standard_error = attndyn_sd(contexts, square) / sqrt((double)contexts),
                         .expected = own + (1 - own) / (T - 1),
                         .expected_error = sqrt(variance / (double)contexts) / (N * N)));
    }
    return attndyn_check_interrupt(ctx);
}

static enum attndyn_status noise_case(const struct lab *lab, const char *series, double dt,
                                      double batch) {
    size_t seeds = (size_t)lab->p->seeds;
    uint64_t mark = attndyn_memory_mark(lab->run->ctx);
    double *z, *mean, square = 0, fourth = 0;
    ATTNDYN_ALLOC(lab->run->ctx, z, seeds * lab->count);
    ATTNDYN_ALLOC(lab->run->ctx, mean, lab->count);
    ATTNDYN_TRY(descend(lab, dt, 0, (size_t)batch, false, seeds, z));
    double spread = average(z, seeds, lab->count, mean) / lab->scale;
    for (size_t k = 0; k < seeds; k++) {
        double own = 0;
        for (size_t i = 0; i < lab->count; i++) own += pow(z[k * lab->count + i] - mean[i], 2);
        square += own / (double)seeds;
        fourth += own * own / (double)seeds;
    }
    /* the relative error of a root is half that of the mean square */
    double relative = square > 0 ? sqrt((fourth / (square * square) - 1) / (double)seeds) / 2 : 0;
    attndyn_memory_release(lab->run->ctx, mark);
    return EMIT(lab->run, noise, .series = series, .step = dt, .batch = (long)batch,
                .noise = spread, .standard_error = spread * relative);
}

static enum attndyn_status noise(const struct lab *lab) {
    struct reals steps = lab->p->noise_steps, batches = lab->p->noise_batches;
    for (size_t i = 0; i < steps.count; i++)
        ATTNDYN_TRY(noise_case(lab, "step", steps.at[i], (double)lab->p->noise_batch));
    for (size_t i = 0; i < batches.count; i++)
        ATTNDYN_TRY(noise_case(lab, "batch", lab->p->length_step, batches.at[i]));
    return ATTNDYN_OK;
}

/* Least-squares line of log y against log x over the points with y > 0; the slope is NaN with fewer
 * than three. */
struct power {
    double n, sx, sy, sxx, sxy;
};
static void take(struct power *to, double x, double y) {
    if (!(y > 0)) return;
    double u = log(x), v = log(y);
    to->n++, to->sx += u, to->sy += v, to->sxx += u * u, to->sxy += u * v;
}
static double slope(struct power of) {
    return of.n >= 3 ? (of.sxy - of.sx * of.sy / of.n) / (of.sxx - of.sx * of.sx / of.n) : NAN;
}

static enum attndyn_status slopes(const struct trial *run) {
    struct power order = {0}, length = {0}, step = {0}, batch = {0};
    EACH_ROW (run, euler, r)
        if (r->step <= 0.1001) take(&order, r->step, r->error);
    EACH_ROW (run, bias, r)
        if (r->T >= 500) take(&length, (double)r->T, r->debiased);
    EACH_ROW (run, noise, r)
        if (strcmp(r->series, "step") == 0)
            take(&step, r->step, r->noise);
        else
            take(&batch, (double)r->batch, r->noise);
    return SET(run, found, .euler_order = slope(order), .bias_slope = slope(length),
               .noise_step_slope = slope(step), .noise_batch_slope = slope(batch));
}

RUN(finite_sample) {
    struct attndyn_distribution *d;
    ATTNDYN_TRY(scansnap_distribution(run, &d));
    struct lab lab = {.run = run, .p = p, .d = d};
    ATTNDYN_TRY(flow(&lab));
    if (!(lab.scale > 1e-6))
        return attndyn_fail(
            run->ctx, ATTNDYN_USAGE,
            "the attention has not moved by t_end (|z| = %g): errors relative to it mean nothing",
            lab.scale);
    ATTNDYN_TRY(euler(&lab));
    ATTNDYN_TRY(norms(&lab));
    ATTNDYN_TRY(bias(&lab));
    ATTNDYN_TRY(noise(&lab));
    return slopes(run);
}

const struct experiment experiment_scansnap_finite_sample = {
    .id = "scansnap/finite-sample",
    .title = "Finite steps, contexts and batches against the flow",
    .source = "derived here; the limits taken silently in Scan&Snap (arXiv 2305.16380), section 3",
    .doc =
        "The theory lets the step go to zero and the context length T and the batch to infinity. "
        "This experiment takes them back one at a time. Gradient descent on the population with "
        "step dt, against the flow. SGD with contexts of length T, class-balanced batches, the "
        "mean of many seeds against the population descent of the same step (the noise of the "
        "mean is taken out in quadrature). Infinitely long contexts with random labels: the "
        "spread over seeds against step and batch. Errors are relative Euclidean distances of z "
        "at the horizon. State: z (L x M) of the flow.",
    .presets = presets,
    .tables = TABLES(euler, norms, frequencies, bias, noise, the_state),
    .figures = figures,
    PARTS_OF(finite_sample, found)};
