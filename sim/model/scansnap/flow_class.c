/* One class of the flow, over its support: attention, logits, residual, forces. */
#include "../../num/kernel.h"
#include "example.h"
#include "flow.h"
#include "flow_private.h"

/* f_n = c~_n / |c~_n|_2, with the largest exponent taken out first. */
void attndyn_flow_context_vector(struct attndyn_flow *flow, const double *z, size_t n) {
    struct attndyn_flow_work *w = flow->work;
    size_t from = flow->distribution->start[n], to = flow->distribution->start[n + 1];
    double *f = w->f + from;
    size_t count = to - from;
    for (size_t i = 0; i < count; i++) f[i] = w->log_p[from + i] + z[flow->entry_z[from + i]];
    attndyn_kernel_exp(count, f, attndyn_kernel_max(count, f));
    attndyn_example_normalise(count, f);
}

double attndyn_flow_repeated(const struct attndyn_flow *flow, double dot, double x, double y) {
    return dot + (flow->never - 1) * (x * y);
}

void attndyn_flow_class(struct attndyn_flow *flow, const double *y, size_t n) {
    struct attndyn_flow_work *w = flow->work;
    const struct attndyn_distribution *d = flow->distribution;
    size_t from = d->start[n], count = d->start[n + 1] - from, width = flow->width;
    const double *f = w->f + from;
    double *r = w->residual + n * width, *g = w->force + from;
    const uint32_t *row = flow->entry_row + from;

    attndyn_flow_context_vector(flow, y + flow->z_at, n);
    attndyn_kernel_combine(count, f, row, y, width, width, r); /* logits Y^T f */
    w->delta[n] = attndyn_example_residual(width, n, flow->never, r, &w->alpha[n]);
    attndyn_kernel_dots(count, row, y, width, width, r, g); /* g = Y r */
    if (flow->never > 1)
        for (size_t i = 0; i < count; i++)
            g[i] = attndyn_flow_repeated(flow, g[i], y[row[i] * width + width - 1], r[width - 1]);
    w->gamma[n] = attndyn_example_push(
        count, flow->options.visit_rate ? 1 : d->class_probability[n], f, g, w->push + from);
}
