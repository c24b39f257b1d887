/* The pass over the classes and the gathering of dY as matrix products.
 *
 * Real texts have supports that fill a fifth of the (classes, tokens) matrix or more. A product of
 * the whole matrix then does five times the work of the walk over the entries at more than five
 * times its speed. Blocks are of fixed size, one thread each, so that the bits do not depend on the
 * number of threads.
 */
#include "../../num/blas.h"
#include "example.h"
#include "flow.h"
#include "flow_private.h"

enum { CLASS_BLOCK = 48, ROW_BLOCK = 256 };

enum attndyn_status attndyn_flow_dense_create(struct attndyn_context *ctx,
                                              struct attndyn_flow *flow) {
    struct attndyn_flow_work *w = flow->work;
    double entries = (double)flow->distribution->start[flow->classes];
    double cells = (double)flow->classes * (double)flow->rows;
    /* measured: even at a density of about 0.07; small problems live in cache either way */
    if (flow->width < 32 || cells < 20000 || entries < 0.1 * cells) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, w->dense_f, flow->classes * flow->rows);
    ATTNDYN_ALLOC(ctx, w->dense_g, flow->classes * flow->rows);
    ATTNDYN_ALLOC(ctx, w->dense_r, flow->classes * flow->width);
    return ATTNDYN_OK;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Classes first .. last - 1: f, logits, r, g, push. */
static void pass_block(struct attndyn_flow *flow, const double *y, size_t first, size_t last) {
    struct attndyn_flow_work *w = flow->work;
    const struct attndyn_distribution *d = flow->distribution;
    size_t rows = flow->rows, width = flow->width, count = last - first;
    double *f = w->dense_f + first * rows, *g = w->dense_g + first * rows;
    double *r = w->residual + first * width;
    for (size_t n = first; n < last; n++) {
        attndyn_flow_context_vector(flow, y + flow->z_at, n);
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            w->dense_f[n * rows + flow->entry_row[e]] = w->f[e]; /* 0 elsewhere, always */
    }
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, count, width, rows, 1, f, y, 0, r);
    for (size_t n = first; n < last; n++) {
        w->delta[n] =
            attndyn_example_residual(width, n, flow->never, w->residual + n * width, &w->alpha[n]);
        for (size_t j = 0; j < width; j++)
            w->dense_r[n * width + j] = d->class_probability[n] * w->residual[n * width + j];
    }
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, count, rows, width, 1, r, y, 0, g);
    for (size_t n = first; n < last; n++) {
        double never = w->residual[n * width + width - 1];
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            size_t row = flow->entry_row[e];
            w->force[e] = attndyn_flow_repeated(flow, w->dense_g[n * rows + row],
                                                y[row * width + width - 1], never);
        }
        w->gamma[n] = attndyn_example_push(
            d->start[n + 1] - d->start[n], flow->options.visit_rate ? 1 : d->class_probability[n],
            w->f + d->start[n], w->force + d->start[n], w->push + d->start[n]);
    }
}

void attndyn_flow_dense_pass(struct attndyn_flow *flow, const double *y) {
    int threads = flow->work->threads;
    size_t blocks = (flow->classes + CLASS_BLOCK - 1) / CLASS_BLOCK;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1)
    for (size_t b = 0; b < blocks; b++)
        pass_block(flow, y, b * CLASS_BLOCK, least(flow->classes, (b + 1) * CLASS_BLOCK));
}

void attndyn_flow_dense_gather(const struct attndyn_flow *flow, double scale_y, double *dydt) {
    const struct attndyn_flow_work *w = flow->work;
    int threads = w->threads;
    size_t blocks = (flow->rows + ROW_BLOCK - 1) / ROW_BLOCK, width = flow->width;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1)
    for (size_t b = 0; b < blocks; b++) {
        size_t first = b * ROW_BLOCK, count = least(flow->rows, first + ROW_BLOCK) - first;
        attndyn_gemm_strided(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, count, width, flow->classes,
                             scale_y, w->dense_f + first, flow->rows, w->dense_r, width, 0,
                             dydt + first * width, width);
    }
}
