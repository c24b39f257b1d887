/* The right-hand side of the flow, its quadratures, its derivative along a direction. */
#include "../../num/kernel.h"
#include "example.h"
#include "flow.h"
#include "flow_private.h"

#include <math.h>
#include <string.h>

void attndyn_flow_pass(struct attndyn_flow *flow, const double *y) {
    int threads = flow->work->threads;
    if (flow->work->dense_f) {
        attndyn_flow_dense_pass(flow, y);
        return;
    }
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1)
    for (size_t n = 0; n < flow->classes; n++) attndyn_flow_class(flow, y, n);
}

/* (1/K) sum_n dsigma_n/dt: how fast the clock sigma runs. */
static double clock_rate(const struct attndyn_flow *flow) {
    double sum = 0;
    for (size_t n = 0; n < flow->classes; n++)
        sum += flow->distribution->class_probability[n] * flow->work->delta[n];
    return flow->options.eta_y * sum / (double)flow->classes;
}

/* dz from what the pass over the classes left. */
static void gather_z(const struct attndyn_flow *flow, const double *push, double scale_z,
                     double *dydt) {
    const struct attndyn_flow_work *w = flow->work;
    for (size_t z = 0; z < flow->n - flow->z_at; z++) {
        double sum = 0;
        for (size_t i = w->z_first[z]; i < w->z_first[z + 1]; i++) sum += push[w->z_entry[i]];
        dydt[flow->z_at + z] = scale_z * sum;
    }
}

/* dY and dz. */
static void gather(const struct attndyn_flow *flow, const double *weighted, const double *residuals,
                   const double *push, double scale_y, double scale_z, double *dydt) {
    const struct attndyn_flow_work *w = flow->work;
    size_t width = flow->width;
#pragma omp parallel for schedule(dynamic, 64) num_threads(w->threads) if (w->threads > 1)
    for (size_t r = 0; r < flow->rows; r++) {
        size_t from = flow->row_start[r];
        attndyn_kernel_combine(flow->row_start[r + 1] - from, weighted + from,
                               flow->row_class + from, residuals, width, width, dydt + r * width);
        attndyn_kernel_scale(width, scale_y, dydt + r * width);
    }
    gather_z(flow, push, scale_z, dydt);
}

/* P(n) f in the order of the rows of Y. */
static void weigh(const struct attndyn_flow *flow, const double *f, double *weighted) {
    for (size_t i = 0; i < flow->row_start[flow->rows]; i++)
        weighted[i] =
            flow->distribution->class_probability[flow->row_class[i]] * f[flow->row_entry[i]];
}

int attndyn_flow_rhs(double t, const double *y, double *dydt, void *user) {
    (void)t;
    struct attndyn_flow *flow = user;
    struct attndyn_flow_work *w = flow->work;
    attndyn_flow_pass(flow, y);
    double unit = flow->options.clock == ATTNDYN_FLOW_SIGMA ? 1 / clock_rate(flow) : 1;
    if (!isfinite(unit)) return -1; /* delta has underflowed, so sigma no longer changes */
    if (w->dense_f) {
        attndyn_flow_dense_gather(flow, unit * flow->options.eta_y, dydt);
        gather_z(flow, w->push, unit * flow->options.eta_z, dydt);
        return 0;
    }
    weigh(flow, w->f, w->weighted);
    gather(flow, w->weighted, w->residual, w->push, unit * flow->options.eta_y,
           unit * flow->options.eta_z, dydt);
    return 0;
}

int attndyn_flow_quadrature(double t, const double *y, double *dqdt, void *user) {
    (void)t, (void)y;
    const struct attndyn_flow *flow = user;
    const struct attndyn_flow_work *w = flow->work;
    const struct attndyn_distribution *d = flow->distribution;
    size_t K = flow->classes;
    double unit = flow->options.clock == ATTNDYN_FLOW_SIGMA ? 1 / clock_rate(flow) : 1;
    for (size_t n = 0; n < K; n++) {
        double push = 0, square = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            if (!flow->entry_distinct[e]) continue;
            push += w->push[e];
            square += w->f[e] * w->f[e];
        }
        dqdt[n] = square > 0 ? unit * flow->options.eta_z * push / square : 0;
        dqdt[K + n] = unit * flow->options.eta_y * d->class_probability[n] * w->delta[n];
    }
    if (flow->options.clock == ATTNDYN_FLOW_SIGMA) dqdt[2 * K] = unit;
    return 0;
}

/* The derivative of attndyn_flow_class along v; the class's own pass has been done. */
static void class_along(struct attndyn_flow *flow, const double *y, const double *v, size_t n) {
    struct attndyn_flow_work *w = flow->work;
    const struct attndyn_distribution *d = flow->distribution;
    size_t from = d->start[n], count = d->start[n + 1] - from, width = flow->width;
    const double *f = w->f + from, *g = w->force + from, *r = w->residual + n * width;
    const uint32_t *row = flow->entry_row + from;
    double *df = w->df + from, *dr = w->dresidual + n * width, *dg = w->dpush + from;

    double mean = 0;
    for (size_t i = 0; i < count; i++)
        mean += f[i] * f[i] * v[flow->z_at + flow->entry_z[from + i]];
    for (size_t i = 0; i < count; i++)
        df[i] = f[i] * (v[flow->z_at + flow->entry_z[from + i]] - mean);

    /* dlogits = Y^T df + v^T f: two combinations added up in dr */
    for (size_t j = 0; j < width; j++) dr[j] = 0;
    for (size_t i = 0; i < count; i++) {
        const double *Y = y + row[i] * width, *vY = v + row[i] * width;
        for (size_t j = 0; j < width; j++) dr[j] += df[i] * Y[j] + f[i] * vY[j];
    }
    /* d r_j = r_j (dlogit_j - mean) off the diagonal; the diagonal is minus their sum */
    double own = dr[n], average = 0, off = 0;
    for (size_t j = 0; j < width; j++)
        if (j != n) average -= (j == width - 1 ? flow->never : 1) * r[j] * (dr[j] - own);
    for (size_t j = 0; j < width; j++) {
        if (j == n) continue;
        dr[j] = r[j] * (dr[j] - own - average);
        off += (j == width - 1 ? flow->never : 1) * dr[j];
    }
    dr[n] = -off;

    double s = w->gamma[n], ds = 0, rate = flow->options.visit_rate ? 1 : d->class_probability[n];
    for (size_t i = 0; i < count; i++) {
        const double *Y = y + row[i] * width, *vY = v + row[i] * width;
        double sum = 0;
        for (size_t j = 0; j < width; j++) sum += vY[j] * r[j] + Y[j] * dr[j];
        dg[i] = attndyn_flow_repeated(flow, sum, vY[width - 1], r[width - 1]) +
                (flow->never - 1) * Y[width - 1] * dr[width - 1];
        ds += df[i] * g[i] + f[i] * dg[i];
    }
    for (size_t i = 0; i < count; i++)
        dg[i] = rate * (df[i] * (g[i] - f[i] * s) + f[i] * (dg[i] - df[i] * s - f[i] * ds));
}

int attndyn_flow_jacobian_times(double t, const double *y, const double *v, double *jv,
                                void *user) {
    (void)t;
    struct attndyn_flow *flow = user;
    struct attndyn_flow_work *w = flow->work;
#pragma omp parallel for schedule(dynamic, 1) num_threads(w->threads) if (w->threads > 1)
    for (size_t n = 0; n < flow->classes; n++) {
        attndyn_flow_class(flow, y, n);
        class_along(flow, y, v, n);
    }
    /* d(P f r^T) = P (df r^T + f dr^T): the second part on top of the first */
    size_t width = flow->width;
    weigh(flow, w->f, w->weighted);
    weigh(flow, w->df, w->dweighted);
    gather(flow, w->dweighted, w->residual, w->dpush, flow->options.eta_y, flow->options.eta_z, jv);
#pragma omp parallel for schedule(dynamic, 64) num_threads(w->threads) if (w->threads > 1)
    for (size_t r = 0; r < flow->rows; r++)
        for (size_t i = flow->row_start[r]; i < flow->row_start[r + 1]; i++) {
            const double *dr = w->dresidual + flow->row_class[i] * width;
            double scale = flow->options.eta_y * w->weighted[i];
            for (size_t j = 0; j < width; j++) jv[r * width + j] += scale * dr[j];
        }
    return 0;
}

struct attndyn_ode_problem attndyn_flow_problem(struct attndyn_flow *flow) {
    return (struct attndyn_ode_problem){
        .n = flow->n,
        .quadratures = flow->quadratures,
        .rhs = attndyn_flow_rhs,
        .quadrature = attndyn_flow_quadrature,
        /* The clock sigma divides by a rate that depends on y: difference quotients there. The
         * right-hand side is three matrix products, so one more evaluation is cheaper than the
         * eight of the derivative. */
        .jacobian_times = flow->options.clock == ATTNDYN_FLOW_T && !flow->work->dense_f
                              ? attndyn_flow_jacobian_times
                              : NULL,
        .user = flow,
    };
}
