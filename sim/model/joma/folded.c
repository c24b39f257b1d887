#include "folded.h"

#include <math.h>

/* The log rates e: one for each row (shared, printed) or entry (separate); scratch holds e, its
 * derivative along a direction, and the row exponents. */
static size_t rates(const struct attndyn_joma_folded *m) {
    return m->form == ATTNDYN_JOMA_SEPARATE ? m->tokens * m->nodes : m->tokens;
}

static double row_square(const struct attndyn_joma_folded *m, const double *v, size_t l) {
    double sum = 0;
    for (size_t k = 0; k < m->nodes; k++) sum += v[l * m->nodes + k] * v[l * m->nodes + k];
    return sum;
}

static double frobenius(const struct attndyn_joma_folded *m, const double *v) {
    double sum = 0;
    for (size_t l = 0; l < m->tokens; l++) sum += row_square(m, v, l);
    return sum;
}

/* ln sum_i exp(a_i + b_i), b may be NULL. */
static double log_sum(size_t n, const double *a, const double *b) {
    double top = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++) top = fmax(top, a[i] + (b ? b[i] : 0));
    if (!isfinite(top)) return top;
    for (size_t i = 0; i < n; i++) sum += exp(a[i] + (b ? b[i] : 0) - top);
    return top + log(sum);
}

/* z_l of the header (shared form). */
static void exponents(const struct attndyn_joma_folded *m, const double *v, double *z) {
    double total = m->baseline ? frobenius(m, v) : 0;
    for (size_t l = 0; l < m->tokens; l++) {
        double square = row_square(m, v, l);
        if (m->baseline) square -= m->baseline[l] * total;
        z[l] = 0.5 * m->rho * square + (m->c ? m->c[l] : 0);
    }
}

/* e: (rates) the logarithms of E / A. */
static void log_rates(const struct attndyn_joma_folded *m, const double *v, double *e) {
    size_t M = m->tokens, K = m->nodes;
    if (m->form == ATTNDYN_JOMA_SHARED) {
        exponents(m, v, e);
        if (m->weight == NULL) return;
        double top = -INFINITY, sum = 0;
        for (size_t l = 0; l < M; l++) top = fmax(top, e[l]);
        for (size_t l = 0; l < M; l++) sum += m->weight[l] * exp(e[l] - top);
        for (size_t l = 0; l < M; l++) e[l] -= top + log(sum);
        return;
    }
    for (size_t l = 0; l < M; l++) {
        const double *row = v + l * K;
        double c = m->c ? m->c[l] : 0;
        if (m->form == ATTNDYN_JOMA_SEPARATE) {
            for (size_t k = 0; k < K; k++) e[l * K + k] = 0.5 * m->rho * row[k] * row[k] + c;
        } else {
            double top = 0, sum = 0;
            for (size_t k = 0; k < K; k++) top = fmax(top, row[k] * row[k]);
            for (size_t k = 0; k < K; k++) sum += exp(0.5 * m->rho * (row[k] * row[k] - top));
            e[l] = 0.5 * m->rho * top + log(sum) + c;
        }
    }
}

/* de: (rates) derivative of log_rates at v along u; e holds log_rates(v). */
static void log_rates_along(const struct attndyn_joma_folded *m, const double *v, const double *u,
                            const double *e, double *de) {
    size_t M = m->tokens, K = m->nodes;
    double along = 0;
    if (m->form == ATTNDYN_JOMA_SHARED && m->baseline)
        for (size_t i = 0; i < M * K; i++) along += v[i] * u[i];
    for (size_t l = 0; l < M; l++) {
        const double *row = v + l * K, *way = u + l * K;
        double c = m->c ? m->c[l] : 0, sum = 0;
        for (size_t k = 0; k < K; k++) {
            double d = m->rho * row[k] * way[k];
            if (m->form == ATTNDYN_JOMA_SEPARATE)
                de[l * K + k] = d;
            else if (m->form == ATTNDYN_JOMA_SHARED)
                sum += d;
            else
                sum += d * exp(0.5 * m->rho * row[k] * row[k] + c - e[l]);
        }
        if (m->form == ATTNDYN_JOMA_SEPARATE) continue;
        de[l] = m->baseline ? sum - m->rho * m->baseline[l] * along : sum;
    }
    if (m->form == ATTNDYN_JOMA_SHARED && m->weight) { /* e = z - ln A: sum_l x_l exp(e_l) = 1 */
        double mean = 0;
        for (size_t l = 0; l < M; l++) mean += m->weight[l] * exp(e[l]) * de[l];
        for (size_t l = 0; l < M; l++) de[l] -= mean;
    }
}

/* dv = eta_w Delta exp(e - shift) [times factor]. */
static void spread_rates(const struct attndyn_joma_folded *m, const double *e, const double *factor,
                         double shift, double *dv) {
    bool separate = m->form == ATTNDYN_JOMA_SEPARATE;
    for (size_t l = 0; l < m->tokens; l++) {
        double r = separate ? 0 : m->eta_w * exp(e[l] - shift) * (factor ? factor[l] : 1);
        for (size_t k = 0; k < m->nodes; k++) {
            size_t i = l * m->nodes + k;
            if (separate) r = m->eta_w * exp(e[i] - shift) * (factor ? factor[i] : 1);
            dv[i] = m->delta[i] * r;
        }
    }
}

static int rhs(double t, const double *y, double *dydt, void *user) {
    (void)t;
    struct attndyn_joma_folded *m = user;
    size_t n = rates(m);
    double *e = m->work, shift = 0;
    log_rates(m, y, e);
    if (m->rescaled) {
        shift = log_sum(n, e, m->log_weight);
        if (!isfinite(shift)) return 1;
        dydt[m->tokens * m->nodes] = exp(-shift);
    } else {
        for (size_t i = 0; i < n; i++)
            if (!(e[i] <= m->cap)) return 1;
    }
    spread_rates(m, e, NULL, shift, dydt);
    return 0;
}

static int jacobian_times(double t, const double *y, const double *u, double *ju, void *user) {
    (void)t;
    struct attndyn_joma_folded *m = user;
    size_t n = rates(m);
    double *e = m->work, *de = e + n, shift = 0;
    log_rates(m, y, e);
    log_rates_along(m, y, u, e, de);
    if (m->rescaled) {
        shift = log_sum(n, e, m->log_weight);
        if (!isfinite(shift)) return 1;
        double d_shift = 0;
        for (size_t i = 0; i < n; i++) d_shift += exp(e[i] + m->log_weight[i] - shift) * (de[i]);
        for (size_t i = 0; i < n; i++) de[i] -= d_shift;
        ju[m->tokens * m->nodes] = -exp(-shift) * d_shift;
    } else {
        for (size_t i = 0; i < n; i++)
            if (!(e[i] <= m->cap)) return 1;
    }
    spread_rates(m, e, de, shift, ju);
    return 0;
}

static int jacobian(double t, const double *y, double *j, void *user) {
    struct attndyn_joma_folded *m = user;
    return attndyn_ode_jacobian_by_columns(attndyn_joma_folded_unknowns(m), jacobian_times, t, y,
                                           m->work + 2 * rates(m), j, user);
}

static int event(double t, const double *y, double *g, void *user) {
    (void)t;
    struct attndyn_joma_folded *m = user;
    g[0] = attndyn_joma_folded_radius(m, y) - m->stop_at;
    if (m->rescaled) g[1] = isfinite(m->t_end) ? y[m->tokens * m->nodes] - m->t_end : -1;
    return 0;
}

enum attndyn_status attndyn_joma_folded_prepare(struct attndyn_context *ctx,
                                                struct attndyn_joma_folded *m) {
    size_t M = m->tokens, K = m->nodes;
    if (M == 0 || K == 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "JoMA dynamics need at least one token and node");
    if (!(m->eta_w > 0) || !(m->rho > 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "learning rates must be positive (eta_w = %g, eta_z/eta_w = %g)",
                            m->eta_w, m->rho);
    if (m->weight != NULL && m->form != ATTNDYN_JOMA_SHARED)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "only the shared form has a normaliser");
    if (m->baseline != NULL && m->weight == NULL)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "the softmax correction needs the normaliser");
    for (size_t l = 0; m->weight != NULL && l < M; l++)
        if (!(m->weight[l] > 0))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "normaliser weight %zu is %g: must be > 0", l,
                                m->weight[l]);
    if (!(m->cap > 0) || m->cap > 700) m->cap = 700;
    size_t n = rates(m);
    ATTNDYN_ALLOC(ctx, m->work, 2 * n + attndyn_joma_folded_unknowns(m));
    ATTNDYN_ALLOC(ctx, m->log_weight, n);
    bool moves = false;
    for (size_t i = 0; i < n; i++) {
        double size =
            m->form == ATTNDYN_JOMA_SEPARATE ? fabs(m->delta[i]) : sqrt(row_square(m, m->delta, i));
        m->log_weight[i] = log(m->eta_w * size); /* -inf for an idle row */
        moves = moves || size > 0;
    }
    if (!moves)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "every delta is 0: nothing moves; give one that is not");
    return ATTNDYN_OK;
}

size_t attndyn_joma_folded_unknowns(const struct attndyn_joma_folded *m) {
    return m->tokens * m->nodes + (m->rescaled ? 1 : 0);
}

struct attndyn_ode_problem attndyn_joma_folded_problem(struct attndyn_joma_folded *model) {
    return (struct attndyn_ode_problem){.n = attndyn_joma_folded_unknowns(model),
                                        .rhs = rhs,
                                        .jacobian_times = jacobian_times,
                                        .jacobian = jacobian,
                                        .events = model->rescaled ? 2 : 1,
                                        .event = event,
                                        .user = model};
}

bool attndyn_joma_folded_velocity(struct attndyn_joma_folded *m, const double *v,
                                  double *velocity) {
    double *e = m->work;
    log_rates(m, v, e);
    for (size_t i = 0; i < rates(m); i++)
        if (!(e[i] <= 700)) return false;
    spread_rates(m, e, NULL, 0, velocity);
    return true;
}

void attndyn_joma_folded_attention(const struct attndyn_joma_folded *m, const double *v,
                                   double *p) {
    exponents(m, v, p);
    double shift = log_sum(m->tokens, p, NULL);
    for (size_t l = 0; l < m->tokens; l++) p[l] = exp(p[l] - shift);
}

double attndyn_joma_folded_radius(const struct attndyn_joma_folded *m, const double *v) {
    double most = 0;
    for (size_t l = 0; l < m->tokens; l++) most = fmax(most, row_square(m, v, l));
    return sqrt(m->rho * most);
}
