/* What the state of the flow means: probabilities, forces, gains, entropies. */
#include "example.h"
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

/* -sum_n P(n) log alpha_nn */
static double loss(const struct attndyn_flow *flow) {
    double sum = 0;
    for (size_t n = 0; n < flow->classes; n++)
        sum += flow->distribution->class_probability[n] *
               attndyn_example_loss(flow->work->alpha[n], flow->work->delta[n]);
    return sum;
}

double attndyn_flow_loss(struct attndyn_flow *flow, const double *y) {
    attndyn_flow_pass(flow, y);
    return loss(flow);
}

static void observe_class(const struct attndyn_flow *flow, size_t n, struct attndyn_flow_view *v) {
    const struct attndyn_flow_work *w = flow->work;
    size_t from = flow->distribution->start[n], to = flow->distribution->start[n + 1];
    double all = 0, push = 0, square = 0;
    for (size_t e = from; e < to; e++) all += w->f[e];
    for (size_t e = from; e < to; e++) {
        v->c[e] = w->f[e] / all;
        if (!flow->entry_distinct[e]) continue;
        push += w->push[e];
        square += w->f[e] * w->f[e];
    }
    v->alpha[n] = w->alpha[n];
    v->delta[n] = w->delta[n];
    v->gamma[n] = w->gamma[n];
    v->xi[n] = square > 0 ? push / square : NAN;
    struct attndyn_example_entropy h =
        attndyn_example_entropy(to - from, v->c + from, flow->entry_distinct + from);
    v->entropy_support[n] = h.support;
    v->entropy_distinct[n] = h.distinct;
    v->common_mass[n] = h.common_mass;
}

void attndyn_flow_observe(struct attndyn_flow *flow, const double *y, struct attndyn_flow_view *v) {
    const struct attndyn_flow_work *w = flow->work;
    attndyn_flow_pass(flow, y);
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
