#include "factors.h"

#include "../../num/blas.h"
#include "../rates.h"

#include <math.h>
#include <string.h>

static const enum attndyn_transpose P = ATTNDYN_PLAIN, T = ATTNDYN_TRANSPOSED;

/* Factor i is (height, length). */
static size_t height(const struct attndyn_factors *m, size_t i) {
    return i <= m->options.before ? m->M : m->V;
}
static size_t length(const struct attndyn_factors *m, size_t i) {
    return i < m->options.before ? m->M : m->V;
}

struct pieces {
    double *before; /* (count) of (M, height_i): X_1 .. X_(i-1) */
    double *behind; /* (count) of (length_i, V): X_(i+1) .. */
    double *Y, *G;  /* (M, V) */
    double *state, *rate, *a;
};

static struct pieces pieces(const struct attndyn_factors *m) {
    size_t wide = m->M > m->V ? m->M : m->V, square = wide * wide;
    struct pieces w = {.before = m->work};
    w.behind = w.before + m->count * square;
    w.Y = w.behind + m->count * square;
    w.G = w.Y + m->M * m->V;
    w.a = w.G + m->M * m->V;
    w.state = w.a + square;
    w.rate = w.state + m->flow->n;
    return w;
}

static void identity(size_t n, double *a) {
    memset(a, 0, n * n * sizeof *a);
    for (size_t i = 0; i < n; i++) a[i * (n + 1)] = 1;
}

/* All partial products, and Y. */
static void multiply(const struct attndyn_factors *m, const double *y, struct pieces *w) {
    size_t wide = m->M > m->V ? m->M : m->V, square = wide * wide, last = m->count - 1;
    identity(m->M, w->before);
    for (size_t i = 0; i < last; i++)
        attndyn_gemm(P, P, m->M, length(m, i), height(m, i), 1, w->before + i * square,
                     y + m->at[i], 0, w->before + (i + 1) * square);
    attndyn_gemm(P, P, m->M, m->V, height(m, last), 1, w->before + last * square, y + m->at[last],
                 0, w->Y);
    identity(m->V, w->behind + last * square);
    for (size_t i = last; i > 0; i--)
        attndyn_gemm(P, P, height(m, i), m->V, length(m, i), 1, y + m->at[i],
                     w->behind + i * square, 0, w->behind + (i - 1) * square);
}

void attndyn_factors_flow(const struct attndyn_factors *m, const double *y, double *state) {
    struct pieces w = pieces(m);
    const struct attndyn_flow *flow = m->flow;
    multiply(m, y, &w);
    for (size_t r = 0; r < flow->rows; r++)
        memcpy(state + r * m->V, w.Y + flow->row_token[r] * m->V, m->V * sizeof *state);
    memcpy(state + flow->z_at, y + m->at[m->count], (flow->n - flow->z_at) * sizeof *state);
}

static int rhs(double t, const double *y, double *dydt, void *user) {
    const struct attndyn_factors *m = user;
    struct pieces w = pieces(m);
    const struct attndyn_flow *flow = m->flow;
    size_t wide = m->M > m->V ? m->M : m->V, square = wide * wide;
    attndyn_factors_flow(m, y, w.state);
    if (attndyn_flow_rhs(t, w.state, w.rate, m->flow) != 0) return 1;
    memset(w.G, 0, m->M * m->V * sizeof *w.G);
    for (size_t r = 0; r < flow->rows; r++)
        memcpy(w.G + flow->row_token[r] * m->V, w.rate + r * m->V, m->V * sizeof *w.G);
    for (size_t i = 0; i < m->count; i++) {
        double eta = i == m->options.before ? m->options.eta_r : m->options.eta_x;
        attndyn_gemm(T, P, height(m, i), m->V, m->M, eta, w.before + i * square, w.G, 0, w.a);
        attndyn_gemm(P, T, height(m, i), length(m, i), m->V, 1, w.a, w.behind + i * square, 0,
                     dydt + m->at[i]);
    }
    for (size_t k = 0; k < flow->n - flow->z_at; k++)
        dydt[m->at[m->count] + k] = m->options.eta_z * w.rate[flow->z_at + k];
    return 0;
}

double attndyn_factors_loss(const struct attndyn_factors *m, const double *y) {
    struct pieces w = pieces(m);
    attndyn_factors_flow(m, y, w.state);
    return attndyn_flow_loss(m->flow, w.state);
}

enum attndyn_status attndyn_factors_create(struct attndyn_context *ctx,
                                           const struct attndyn_distribution *distribution,
                                           const struct attndyn_factors_options *options,
                                           struct attndyn_factors **model) {
    const struct attndyn_rate rates[] = {
        {"eta_x", options->eta_x}, {"eta_r", options->eta_r}, {"eta_z", options->eta_z}, {0}};
    ATTNDYN_TRY(attndyn_rates_check(ctx, rates));
    struct attndyn_factors *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->options = *options;
    const struct attndyn_flow_options unit = {.eta_y = 1, .eta_z = 1, .all_columns = true};
    ATTNDYN_TRY(attndyn_flow_create(ctx, distribution, &unit, &m->flow));
    m->M = distribution->tokens;
    m->V = distribution->columns;
    m->count = options->before + 1 + options->behind;
    ATTNDYN_ALLOC(ctx, m->at, m->count + 1);
    for (size_t i = 0; i < m->count; i++) m->at[i + 1] = m->at[i] + height(m, i) * length(m, i);
    m->n = m->at[m->count] + m->flow->n - m->flow->z_at;
    size_t wide = m->M > m->V ? m->M : m->V;
    ATTNDYN_ALLOC(ctx, m->work,
                  (2 * m->count + 1) * wide * wide + 2 * m->M * m->V + 2 * m->flow->n);
    m->problem = (struct attndyn_ode_problem){.n = m->n, .rhs = rhs, .user = m};
    *model = m;
    return ATTNDYN_OK;
}

void attndyn_factors_start(const struct attndyn_factors *m, double *y) {
    memset(y, 0, m->n * sizeof *y);
    for (size_t i = 0; i < m->count; i++)
        if (i != m->options.before) identity(height(m, i), y + m->at[i]);
}
