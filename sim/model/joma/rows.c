#include "rows.h"

#include <math.h>

/* ||v + a d||^2 in a fixed order of eight partial sums. */
static double square_along(size_t k, const double *restrict v, const double *restrict d, double a) {
    double part[8] = {0}, rest = 0;
    size_t whole = k - k % 8;
    for (size_t i = 0; i < whole; i += 8)
        for (size_t j = 0; j < 8; j++) {
            double x = v[i + j] + a * d[i + j];
            part[j] += x * x;
        }
    for (size_t i = whole; i < k; i++) {
        double x = v[i] + a * d[i];
        rest += x * x;
    }
    return ((part[0] + part[1]) + (part[2] + part[3])) +
           ((part[4] + part[5]) + (part[6] + part[7])) + rest;
}

/* The four stages from row v: v moves by the returned multiple of d. Every stage's state is v plus
 * a multiple of d, because the right-hand side is. */
static double step_length(const struct attndyn_joma_rows *m, size_t l, double dt) {
    const double *v = m->v + l * m->nodes, *d = m->delta + l * m->nodes;
    double half_rho = 0.5 * m->rho, a = m->eta_w * dt;
    double k1 = a * exp(half_rho * square_along(m->nodes, v, d, 0));
    double k2 = a * exp(half_rho * square_along(m->nodes, v, d, 0.5 * k1));
    double k3 = a * exp(half_rho * square_along(m->nodes, v, d, 0.5 * k2));
    double k4 = a * exp(half_rho * square_along(m->nodes, v, d, k3));
    return (k1 + 2 * k2 + 2 * k3 + k4) / 6;
}

static double radius_of(const struct attndyn_joma_rows *m, size_t l, double along) {
    return sqrt(m->rho *
                square_along(m->nodes, m->v + l * m->nodes, m->delta + l * m->nodes, along));
}

enum attndyn_status attndyn_joma_rows_prepare(struct attndyn_context *ctx,
                                              struct attndyn_joma_rows *m) {
    if (m->tokens == 0 || m->nodes == 0 || !(m->eta_w > 0) || !(m->rho > 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "rows need tokens, nodes and positive rates (%zu, %zu, %g, %g)",
                            m->tokens, m->nodes, m->eta_w, m->rho);
    ATTNDYN_ALLOC(ctx, m->norm, m->tokens);
    ATTNDYN_ALLOC(ctx, m->radius, m->tokens);
    m->t = 0, m->steps = 0;
    bool moves = false;
    for (size_t l = 0; l < m->tokens; l++) {
        const double *d = m->delta + l * m->nodes;
        m->norm[l] = sqrt(square_along(m->nodes, d, d, 0));
        m->radius[l] = radius_of(m, l, 0);
        moves = moves || m->norm[l] > 0;
    }
    if (!moves) return attndyn_fail(ctx, ATTNDYN_USAGE, "every delta is 0: nothing moves");
    return ATTNDYN_OK;
}

/* The row that is fastest now, and the largest radius. */
static size_t fastest(const struct attndyn_joma_rows *m, double *log_speed, double *radius) {
    size_t leader = 0;
    *log_speed = -INFINITY, *radius = 0;
    for (size_t l = 0; l < m->tokens; l++) {
        double s = log(m->eta_w * m->norm[l]) + 0.5 * m->radius[l] * m->radius[l];
        if (s > *log_speed) *log_speed = s, leader = l;
        *radius = fmax(*radius, m->radius[l]);
    }
    return leader;
}

enum attndyn_status attndyn_joma_rows_advance(struct attndyn_context *ctx,
                                              struct attndyn_joma_rows *m, double h,
                                              double stop_at) {
    if (!(stop_at > 0 && stop_at <= 35) || !(h > 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "radius %g and step %g: expected 0 < radius <= 35 and a step > 0",
                            stop_at, h);
    int threads = attndyn_threads(ctx);
    for (;;) {
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
        double log_speed, radius;
        size_t leader = fastest(m, &log_speed, &radius);
        attndyn_progress(ctx, "radius", radius, stop_at);
        if (radius >= stop_at) return ATTNDYN_OK;
        double dt = h / (1 + radius) * exp(-log_speed);
        bool last = radius_of(m, leader, step_length(m, leader, dt)) >= stop_at;
        if (last) { /* shorten it until the leader lands there */
            double low = 0, high = dt;
            for (int i = 0; i < 60; i++) {
                dt = 0.5 * (low + high);
                if (radius_of(m, leader, step_length(m, leader, dt)) >= stop_at)
                    high = dt;
                else
                    low = dt;
            }
            dt = high;
        }
#pragma omp parallel for schedule(static) num_threads(threads)
        for (size_t l = 0; l < m->tokens; l++) {
            double along = step_length(m, l, dt);
            double *v = m->v + l * m->nodes;
            const double *d = m->delta + l * m->nodes;
            for (size_t k = 0; k < m->nodes; k++) v[k] += along * d[k];
            m->radius[l] = radius_of(m, l, 0);
        }
        m->t += dt, m->steps++;
        if (last) return ATTNDYN_OK;
    }
}

void attndyn_joma_rows_direction(struct attndyn_context *ctx, const struct attndyn_joma_rows *m,
                                 double *velocity) {
    int threads = attndyn_threads(ctx);
    double top = 0;
    for (size_t l = 0; l < m->tokens; l++) top = fmax(top, m->radius[l]);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t l = 0; l < m->tokens; l++) {
        double e = exp(0.5 * (m->radius[l] * m->radius[l] - top * top));
        for (size_t k = 0; k < m->nodes; k++)
            velocity[l * m->nodes + k] = e * m->delta[l * m->nodes + k];
    }
}
