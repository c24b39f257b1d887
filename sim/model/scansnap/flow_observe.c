/* What the state of the flow means: probabilities, forces, gains, entropies. */
#include "../../num/kernel.h"
#include "flow.h"
#include "flow_private.h"

#include <math.h>

enum attndyn_status attndyn_flow_view_create(struct attndyn_context *ctx,
                                             const struct attndyn_flow *flow,
                                             struct attndyn_flow_view **result) {
    struct attndyn_flow_view *v;
    ATTNDYN_ALLOC(ctx, v, 1);
    double **by_class[] = {&v->alpha,      &v->delta,           &v->gamma,
                           &v->xi,         &v->entropy_support, &v->entropy_distinct,
                           &v->common_mass};
    double **by_entry[] = {&v->c, &v->f, &v->z, &v->dz, &v->xi_entry, &v->log_chi};
    for (size_t i = 0; i < sizeof by_class / sizeof *by_class; i++)
        ATTNDYN_ALLOC(ctx, *by_class[i], flow->classes);
    for (size_t i = 0; i < sizeof by_entry / sizeof *by_entry; i++)
        ATTNDYN_ALLOC(ctx, *by_entry[i], flow->distribution->start[flow->classes]);
    *result = v;
    return ATTNDYN_OK;
}

static void pass_over_classes(struct attndyn_flow *flow, const double *y) {
#pragma omp parallel for schedule(dynamic, 1)                                                      \
    num_threads(flow->work->threads) if (flow->work->threads > 1)
    for (size_t n = 0; n < flow->classes; n++) attndyn_flow_class(flow, y, n);
}

/* -sum_n P(n) log alpha_nn, from the side that keeps its digits when alpha_nn is near 1. */
static double loss(const struct attndyn_flow *flow) {
    double sum = 0;
    for (size_t n = 0; n < flow->classes; n++)
        sum += flow->distribution->class_probability[n] *
               log1p(flow->work->delta[n] / flow->work->alpha[n]);
    return sum;
}

double attndyn_flow_loss(struct attndyn_flow *flow, const double *y) {
    pass_over_classes(flow, y);
    return loss(flow);
}

static void observe_class(const struct attndyn_flow *flow, size_t n, struct attndyn_flow_view *v) {
    const struct attndyn_flow_work *w = flow->work;
    size_t from = flow->distribution->start[n], to = flow->distribution->start[n + 1];
    double all = 0, distinct = 0, push = 0, square = 0;
    for (size_t e = from; e < to; e++) all += w->f[e];
    /* c = f / sum f, so log c needs no exponential of z again */
    double support = 0, on_distinct = 0;
    for (size_t e = from; e < to; e++) {
        double c = v->c[e] = w->f[e] / all;
        support -= c > 0 ? c * log(c) : 0;
        if (!flow->entry_distinct[e]) continue;
        distinct += c;
        on_distinct -= c > 0 ? c * log(c) : 0;
        push += w->push[e];
        square += w->f[e] * w->f[e];
    }
    v->alpha[n] = w->alpha[n];
    v->delta[n] = w->delta[n];
    v->gamma[n] = w->gamma[n];
    v->xi[n] = square > 0 ? push / square : NAN;
    v->entropy_support[n] = support;
    /* -sum (c/d) log (c/d), d = sum c */
    v->entropy_distinct[n] = distinct > 0 ? on_distinct / distinct + log(distinct) : NAN;
    v->common_mass[n] = 0;
    for (size_t e = from; e < to; e++)
        if (!flow->entry_distinct[e]) v->common_mass[n] += v->c[e];
}

void attndyn_flow_observe(struct attndyn_flow *flow, const double *y, struct attndyn_flow_view *v) {
    const struct attndyn_flow_work *w = flow->work;
    pass_over_classes(flow, y);
    v->loss = loss(flow);
    for (size_t n = 0; n < flow->classes; n++) observe_class(flow, n, v);
    for (size_t z = 0; z < flow->n - flow->z_at; z++) {
        double sum = 0;
        for (size_t i = w->z_first[z]; i < w->z_first[z + 1]; i++) sum += w->push[w->z_entry[i]];
        for (size_t i = w->z_first[z]; i < w->z_first[z + 1]; i++) {
            size_t e = w->z_entry[i];
            v->f[e] = w->f[e];
            v->z[e] = y[flow->z_at + z];
            v->log_chi[e] = 2 * (y[flow->z_at + z] - flow->initial[flow->z_at + z]);
            v->dz[e] = flow->options.eta_z * sum;
            v->xi_entry[e] =
                flow->options.eta_z > 0 && w->f[e] > 0 ? sum / (w->f[e] * w->f[e]) : NAN;
        }
    }
}
