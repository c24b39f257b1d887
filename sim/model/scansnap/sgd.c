#include "sgd.h"
#include "../../num/kernel.h"
#include "example.h"
#include "sampler.h"

#include <math.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#include <string.h>

enum { PAD = 8 };

struct attndyn_sgd_work {
    uint64_t stream;               /* SplitMix64 */
    struct attndyn_alias labels;   /* over classes */
    struct attndyn_alias *context; /* (K) over the entries of a class */
    size_t widest;                 /* entries of the largest class */
    size_t samples;                /* of a batch: batch, or K */
    uint32_t *drawn;               /* (K) samples of each class in this batch */
    double *rate;                  /* (K) weight of each of these samples in the loss */
    size_t *first;                 /* (K + 1) its samples first[n] .. first[n+1]-1 */
    size_t *weights_at;            /* (K) where its weights stand */
    uint32_t *counts;              /* (widest) */
    double *f, *g, *push, *scale;  /* (widest) */
    double *weights;               /* (samples * widest): rate f, by class, entry, sample */
    double *residual;              /* (samples, stride) */
    double *dY, *dz;               /* (stride), (z entries) */
    double *row_weight;            /* (samples) */
    uint32_t *row_sample;          /* (samples) */
    double *state;                 /* (n) in the flow's layout */
    struct attndyn_flow_view *view;
};

static enum attndyn_status check(struct attndyn_context *ctx, const struct attndyn_distribution *d,
                                 const struct attndyn_sgd_options *o) {
    if (!(o->lr_y >= 0 && o->lr_z >= 0 && isfinite(o->lr_y) && isfinite(o->lr_z)))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "learning rates lr_y = %g, lr_z = %g: expected >= 0", o->lr_y, o->lr_z);
    if (!(o->momentum >= 0 && o->momentum < 1))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "momentum %g: expected 0 <= momentum < 1",
                            o->momentum);
    if (o->seq_len > UINT32_MAX || o->batch > UINT32_MAX)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "seq_len = %zu, batch = %zu: expected below 2^32",
                            o->seq_len, o->batch);
    if (o->seq_len == 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "seq_len = 1 leaves no context token before the last: expected 2 or "
                            "more, or 0 for infinitely long contexts");
    if (!o->balanced) return ATTNDYN_OK;
    if (o->batch == 0 || o->batch % d->classes != 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "balanced labels: a batch of %zu is no multiple of the %zu classes",
                            o->batch, d->classes);
    for (size_t n = 0; n < d->classes; n++)
        if (fabs(d->class_probability[n] * (double)d->classes - 1) > 1e-9)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "balanced labels need classes of equal probability; class %zu has "
                                "%g",
                                n, d->class_probability[n]);
    return ATTNDYN_OK;
}

static enum attndyn_status allocate(struct attndyn_context *ctx, struct attndyn_sgd *sgd) {
    const struct attndyn_distribution *d = sgd->distribution;
    struct attndyn_sgd_work *w = sgd->work;
    size_t K = d->classes, z = sgd->flow->n - sgd->flow->z_at;
    w->samples = sgd->options.batch ? sgd->options.batch : K;
    ATTNDYN_ALLOC(ctx, w->context, K);
    for (size_t n = 0; n < K; n++) {
        size_t count = d->start[n + 1] - d->start[n];
        if (count > w->widest) w->widest = count;
        ATTNDYN_TRY(attndyn_alias_create(ctx, count, d->probability + d->start[n], &w->context[n]));
    }
    ATTNDYN_TRY(attndyn_alias_create(ctx, K, d->class_probability, &w->labels));
    ATTNDYN_ALLOC(ctx, sgd->Y, sgd->flow->rows * sgd->stride);
    ATTNDYN_ALLOC(ctx, sgd->vY, sgd->flow->rows * sgd->stride);
    ATTNDYN_ALLOC(ctx, sgd->z, z);
    ATTNDYN_ALLOC(ctx, sgd->vz, z);
    ATTNDYN_ALLOC(ctx, w->drawn, K);
    ATTNDYN_ALLOC(ctx, w->rate, K);
    ATTNDYN_ALLOC(ctx, w->first, K + 1);
    ATTNDYN_ALLOC(ctx, w->weights_at, K);
    ATTNDYN_ALLOC(ctx, w->counts, w->widest);
    ATTNDYN_ALLOC(ctx, w->f, w->widest);
    ATTNDYN_ALLOC(ctx, w->g, w->widest);
    ATTNDYN_ALLOC(ctx, w->push, w->widest);
    ATTNDYN_ALLOC(ctx, w->scale, w->widest);
    ATTNDYN_ALLOC(ctx, w->weights, w->samples * w->widest);
    ATTNDYN_ALLOC(ctx, w->residual, w->samples * sgd->stride);
    ATTNDYN_ALLOC(ctx, w->dY, sgd->stride);
    ATTNDYN_ALLOC(ctx, w->dz, z);
    ATTNDYN_ALLOC(ctx, w->row_weight, w->samples);
    ATTNDYN_ALLOC(ctx, w->row_sample, w->samples);
    ATTNDYN_ALLOC(ctx, w->state, sgd->flow->n);
    return attndyn_flow_view_create(ctx, sgd->flow, &w->view);
}

enum attndyn_status attndyn_sgd_create(struct attndyn_context *ctx,
                                       const struct attndyn_distribution *d,
                                       const struct attndyn_sgd_options *options,
                                       struct attndyn_sgd **result) {
    ATTNDYN_TRY(check(ctx, d, options));
    struct attndyn_sgd *sgd;
    ATTNDYN_ALLOC(ctx, sgd, 1);
    ATTNDYN_ALLOC(ctx, sgd->work, 1);
    sgd->distribution = d;
    sgd->options = *options;
    const struct attndyn_flow_options all = {.eta_y = 1, .eta_z = 1, .all_columns = true};
    ATTNDYN_TRY(attndyn_flow_create(ctx, d, &all, &sgd->flow));
    sgd->stride = (d->columns + PAD - 1) / PAD * PAD;
    ATTNDYN_TRY(allocate(ctx, sgd));
    attndyn_sgd_restart(sgd, options);
    *result = sgd;
    return ATTNDYN_OK;
}

void attndyn_sgd_restart(struct attndyn_sgd *sgd, const struct attndyn_sgd_options *options) {
    const struct attndyn_flow *flow = sgd->flow;
    size_t V = sgd->distribution->columns, z = flow->n - flow->z_at;
    sgd->options = *options;
    sgd->steps = 0;
    sgd->loss = 0;
    memset(sgd->Y, 0, flow->rows * sgd->stride * sizeof *sgd->Y);
    memset(sgd->vY, 0, flow->rows * sgd->stride * sizeof *sgd->vY);
    memset(sgd->z, 0, z * sizeof *sgd->z);
    memset(sgd->vz, 0, z * sizeof *sgd->vz);
    sgd->work->stream = attndyn_random_derive(options->seed, "scansnap/sgd samples", 0);
    if (options->init == ATTNDYN_SGD_ZERO) return;
    uint64_t stream = attndyn_random_derive(options->seed, "scansnap/sgd initial", 0);
    double bound = 1 / sqrt((double)sgd->distribution->tokens);
    for (size_t r = 0; r < flow->rows; r++)
        for (size_t j = 0; j < V; j++)
            sgd->Y[r * sgd->stride + j] =
                bound * (2 * ((double)(attndyn_splitmix_next(&stream) >> 11) * 0x1p-53) - 1);
    for (size_t i = 0; i < z; i++)
        sgd->z[i] = bound * (2 * ((double)(attndyn_splitmix_next(&stream) >> 11) * 0x1p-53) - 1);
}

void attndyn_sgd_draw(struct attndyn_sgd *sgd, size_t n, uint32_t *counts) {
    attndyn_sampler_counts(&sgd->work->context[n],
                           sgd->distribution->probability + sgd->distribution->start[n],
                           &sgd->work->stream, sgd->options.seq_len - 1, counts);
}

/* How many samples of each class this batch has. */
static void draw_labels(struct attndyn_sgd *sgd) {
    struct attndyn_sgd_work *w = sgd->work;
    size_t K = sgd->distribution->classes, batch = sgd->options.batch;
    if (batch == 0 || sgd->options.balanced)
        for (size_t n = 0; n < K; n++) w->drawn[n] = batch ? (uint32_t)(batch / K) : 1;
    else
        attndyn_alias_counts(&w->labels, &w->stream, batch, w->drawn);
    for (size_t n = 0; n < K; n++) {
        w->rate[n] = batch ? 1 / (double)batch : sgd->distribution->class_probability[n];
        /* all samples are alike, so one stands for all */
        if (sgd->options.seq_len == 0 && w->drawn[n] > 1) {
            w->rate[n] *= w->drawn[n];
            w->drawn[n] = 1;
        }
        w->first[n + 1] = w->first[n] + w->drawn[n];
    }
}

/* Forward and back through the samples of class n: residuals, weights for dY, dz, loss. */
static void train_class(struct attndyn_sgd *sgd, size_t n) {
    struct attndyn_sgd_work *w = sgd->work;
    const struct attndyn_distribution *d = sgd->distribution;
    size_t from = d->start[n], count = d->start[n + 1] - from, stride = sgd->stride;
    const uint32_t *row = sgd->flow->entry_row + from;
    const size_t *at = sgd->flow->entry_z + from;
    double rate = w->rate[n];
    bool infinite = sgd->options.seq_len == 0;

    for (size_t i = 0; i < count; i++) w->scale[i] = sgd->z[at[i]];
    attndyn_kernel_exp(count, w->scale, attndyn_kernel_max(count, w->scale));
    if (infinite)
        for (size_t i = 0; i < count; i++) w->scale[i] *= d->probability[from + i];

    for (size_t b = 0; b < w->drawn[n]; b++) {
        double *r = w->residual + (w->first[n] + b) * stride, alpha, delta;
        if (infinite) {
            memcpy(w->f, w->scale, count * sizeof *w->f);
        } else {
            attndyn_sgd_draw(sgd, n, w->counts);
            for (size_t i = 0; i < count; i++) w->f[i] = w->counts[i] * w->scale[i];
        }
        attndyn_example_normalise(count, w->f);
        attndyn_kernel_combine(count, w->f, row, sgd->Y, stride, stride, r);
        for (size_t j = d->columns; j < stride; j++) r[j] = -INFINITY; /* no such column */
        delta = attndyn_example_residual(stride, n, 1, r, &alpha);
        sgd->loss += rate * attndyn_example_loss(alpha, delta);
        attndyn_kernel_dots(count, row, sgd->Y, stride, stride, r, w->g);
        attndyn_example_push(count, rate, w->f, w->g, w->push);
        for (size_t i = 0; i < count; i++) {
            w->dz[at[i]] += w->push[i];
            w->weights[w->weights_at[n] + i * w->drawn[n] + b] = rate * w->f[i];
        }
    }
}

/* One row of Y: sum over the samples that contain its token, then the momentum step. */
static void train_row(struct attndyn_sgd *sgd, size_t r) {
    struct attndyn_sgd_work *w = sgd->work;
    const size_t *start = sgd->distribution->start;
    size_t stride = sgd->stride, from = sgd->flow->row_start[r], to = sgd->flow->row_start[r + 1];
    if (to - from == 1) { /* the row belongs to one class, whose samples are contiguous */
        size_t e = sgd->flow->row_entry[from], n = sgd->flow->row_class[from];
        attndyn_kernel_combine(w->drawn[n],
                               w->weights + w->weights_at[n] + (e - start[n]) * w->drawn[n], NULL,
                               w->residual + w->first[n] * stride, stride, stride, w->dY);
    } else {
        size_t terms = 0;
        for (size_t i = from; i < to; i++) {
            size_t e = sgd->flow->row_entry[i], n = sgd->flow->row_class[i];
            const double *weight = w->weights + w->weights_at[n] + (e - start[n]) * w->drawn[n];
            for (size_t b = 0; b < w->drawn[n]; b++) {
                w->row_weight[terms] = weight[b];
                w->row_sample[terms++] = (uint32_t)(w->first[n] + b);
            }
        }
        attndyn_kernel_combine(terms, w->row_weight, w->row_sample, w->residual, stride, stride,
                               w->dY);
    }
    attndyn_kernel_momentum(stride, sgd->options.momentum, sgd->options.lr_y, w->dY,
                            sgd->vY + r * stride, sgd->Y + r * stride);
}

void attndyn_sgd_step(struct attndyn_sgd *sgd) {
    struct attndyn_sgd_work *w = sgd->work;
    const struct attndyn_distribution *d = sgd->distribution;
    size_t z = sgd->flow->n - sgd->flow->z_at, weights = 0;
    sgd->loss = 0;
    memset(w->dz, 0, z * sizeof *w->dz);
    draw_labels(sgd);
    for (size_t n = 0; n < d->classes; n++) {
        w->weights_at[n] = weights;
        weights += w->drawn[n] * (d->start[n + 1] - d->start[n]);
        if (w->drawn[n]) train_class(sgd, n);
    }
    for (size_t r = 0; r < sgd->flow->rows; r++) train_row(sgd, r);
    attndyn_kernel_momentum(z, sgd->options.momentum, sgd->options.lr_z, w->dz, sgd->vz, sgd->z);
    sgd->steps++;
}

void attndyn_sgd_attention(const struct attndyn_sgd *sgd, size_t n, double *c) {
    size_t from = sgd->distribution->start[n], count = sgd->distribution->start[n + 1] - from;
    double sum = 0, most = -INFINITY;
    for (size_t i = 0; i < count; i++) most = fmax(most, sgd->z[sgd->flow->entry_z[from + i]]);
    for (size_t i = 0; i < count; i++)
        sum += c[i] = sgd->distribution->probability[from + i] *
                      exp(sgd->z[sgd->flow->entry_z[from + i]] - most);
    for (size_t i = 0; i < count; i++) c[i] /= sum;
}

void attndyn_sgd_see(struct attndyn_sgd *sgd, struct attndyn_sgd_outcome *outcome) {
    const struct attndyn_flow *flow = sgd->flow;
    double *state = sgd->work->state, K = (double)flow->classes;
    for (size_t r = 0; r < flow->rows; r++)
        memcpy(state + r * flow->width, sgd->Y + r * sgd->stride, flow->width * sizeof *state);
    memcpy(state + flow->z_at, sgd->z, (flow->n - flow->z_at) * sizeof *state);
    *outcome = (struct attndyn_sgd_outcome){.loss = sgd->loss};
    outcome->loss_population = attndyn_flow_loss(sgd->flow, state);
    for (size_t n = 0; n < flow->classes; n++) {
        size_t from = sgd->distribution->start[n], count = sgd->distribution->start[n + 1] - from;
        attndyn_sgd_attention(sgd, n, sgd->work->f);
        struct attndyn_example_entropy h =
            attndyn_example_entropy(count, sgd->work->f, flow->entry_distinct + from);
        outcome->entropy_distinct += h.distinct / K;
        outcome->entropy_support += h.support / K;
        outcome->common_mass += h.common_mass / K;
    }
}

static int thread_number(void) {
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

enum attndyn_status attndyn_sgd_runs(struct attndyn_context *ctx,
                                     const struct attndyn_distribution *distribution,
                                     const struct attndyn_sgd_options *options, size_t count,
                                     size_t steps, struct attndyn_sgd_outcome *outcomes) {
    uint64_t mark = attndyn_memory_mark(ctx);
    int threads = attndyn_threads(ctx);
    if (count == 0) return ATTNDYN_OK;
    if ((size_t)threads > count) threads = (int)count;
    struct attndyn_sgd **worker;
    ATTNDYN_ALLOC(ctx, worker, (size_t)threads);
    for (size_t i = 0; i < count; i++) {
        ATTNDYN_TRY(check(ctx, distribution, &options[i]));
        if (options[i].seq_len != options->seq_len || options[i].batch != options->batch ||
            options[i].balanced != options->balanced)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "runs done together must agree in seq_len, batch and balanced");
    }
    for (int i = 0; i < threads; i++)
        ATTNDYN_TRY(attndyn_sgd_create(ctx, distribution, options, &worker[i]));
    int stop = 0; /* the context belongs to thread 0 */
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1)
    for (size_t i = 0; i < count; i++) {
        int me = thread_number(), stopped;
        if (me == 0 && attndyn_check_interrupt(ctx) != ATTNDYN_OK) {
#pragma omp atomic write
            stop = 1;
        }
#pragma omp atomic read
        stopped = stop;
        if (stopped) continue;
        attndyn_sgd_restart(worker[me], &options[i]);
        for (size_t k = 0; k < steps; k++) attndyn_sgd_step(worker[me]);
        attndyn_sgd_see(worker[me], &outcomes[i]);
    }
    attndyn_memory_release(ctx, mark);
    return attndyn_check_interrupt(ctx);
}
