/* The flow of (v, xi) and what it is compared with. */
#include "isotropic.h"

#include "experiments/joma/shared/components.h"

#include "experiments/shared/solve.h"
#include "sim/model/joma/isotropic.h"

#include <string.h>

enum { EIGEN_LARGEST = 400 }; /* coordinates up to which the quadratic flow is solved */

struct course {
    const struct isotropic_instance *in;
    struct attndyn_isotropic model;
    struct attndyn_theta theta; /* of this flow; in->theta is the run's */
    bool frozen;                /* xi stays */
    double limit;
    double *values; /* outputs so far: (points, d + 1) */
    size_t reached;
    bool stopped;
};

static int coefficients(size_t c, double r, double n, double *alpha, double *beta, void *user) {
    const struct course *flow = user;
    if (!(n > 0)) return 1;
    attndyn_theta_gauss(&flow->theta, r, n, alpha, beta);
    *alpha *= flow->in->weights[c];
    *beta *= flow->in->weights[c];
    return isfinite(*alpha) && isfinite(*beta) ? 0 : 1;
}
static int flow_rhs(double t, const double *y, double *dydt, void *user) {
    struct course *flow = user;
    int trouble = attndyn_isotropic_rhs(t, y, dydt, &flow->model);
    if (flow->frozen) dydt[flow->in->d] = 0;
    return trouble;
}
static int flow_event(double t, const double *y, double *g, void *user) {
    (void)t;
    struct course *flow = user;
    g[0] = joma_norm(y, flow->in->d) - flow->limit;
    return 0;
}
static enum attndyn_status flow_output(void *user, size_t index, double t, const double *y) {
    (void)t;
    struct course *flow = user;
    size_t width = flow->in->d + 1;
    if (flow->values) memcpy(flow->values + index * width, y, width * sizeof *y);
    flow->reached = index + 1;
    return ATTNDYN_OK;
}
static enum attndyn_status flow_stop(void *user, size_t which, int direction, double t,
                                     const double *y, enum attndyn_ode_action *action) {
    (void)which, (void)direction, (void)t, (void)y;
    struct course *flow = user;
    flow->stopped = true;
    *action = ATTNDYN_ODE_STOP;
    return ATTNDYN_OK;
}

/* y: (d + 1) in v(0), xi(0), out the end. values: (n_times, d + 1) or NULL. */
static enum attndyn_status integrate(struct course *flow, enum attndyn_ode_method method,
                                     const double *times, size_t n_times, double *y,
                                     double *t_reached, const char *label) {
    struct attndyn_ode_problem problem = {
        .n = flow->in->d + 1, .rhs = flow_rhs, .events = 1, .event = flow_event, .user = flow};
    struct attndyn_ode_options options =
        solve_within(method, flow->in->p->rtol,
                     1e-2 * flow->in->p->rtol * joma_norm(flow->in->w0, flow->in->d + 1));
    options.step = flow->in->p->step;
    struct attndyn_ode_observer observer = {flow_output, flow_stop, flow};
    struct attndyn_ode_statistics statistics;
    flow->model = (struct attndyn_isotropic){flow->in->d, flow->in->clusters, flow->in->centres,
                                             coefficients, flow};
    memcpy(y, flow->in->w0, (flow->in->d + 1) * sizeof *y);
    flow->stopped = false;
    ATTNDYN_TRY(attndyn_ode_solve(flow->in->run->ctx, &problem, &options, 0, y, times, n_times,
                                  &observer, &statistics));
    *t_reached = statistics.t_reached;
    return SOLVER(flow->in->run, label, &statistics);
}

/* r, theta1, theta2, c1, c2 of each cluster and the field at y, named with the suffix. */
#define EMIT_COEFFICIENTS(flow, y, suffix)                                                         \
    do {                                                                                           \
        const struct isotropic_instance *in_ = (flow)->in;                                         \
        size_t count = in_->clusters;                                                              \
        double *x, *field;                                                                         \
        ATTNDYN_TRY(coefficients_at(flow, y, &x, &field));                                         \
        ATTNDYN_TRY(STATE(in_->run, r##suffix, x, count));                                         \
        ATTNDYN_TRY(STATE(in_->run, theta1##suffix, x + count, count));                            \
        ATTNDYN_TRY(STATE(in_->run, theta2##suffix, x + 2 * count, count));                        \
        ATTNDYN_TRY(STATE(in_->run, c1##suffix, x + 3 * count, count));                            \
        ATTNDYN_TRY(STATE(in_->run, c2##suffix, x + 4 * count, count));                            \
        ATTNDYN_TRY(STATE(in_->run, dv##suffix, field, in_->d));                                   \
        ATTNDYN_TRY(STATE(in_->run, dxi##suffix, field + in_->d, 1));                              \
    } while (0)
static enum attndyn_status coefficients_at(struct course *flow, const double *y, double **out,
                                           double **field) {
    const struct isotropic_instance *in = flow->in;
    size_t count = in->clusters;
    double n = joma_norm(y, in->d), *x;
    ATTNDYN_ALLOC(in->run->ctx, x, 5 * count);
    ATTNDYN_ALLOC(in->run->ctx, *field, in->d + 1);
    *out = x;
    for (size_t c = 0; c < count; c++) {
        double c1, c2;
        x[c] = isotropic_preactivation(in, y, c);
        attndyn_theta_gauss(&in->theta, x[c], n, &c1, &c2);
        x[count + c] = n * c1;
        x[2 * count + c] = n * n * n * c2;
        x[3 * count + c] = c1;
        x[4 * count + c] = c2;
    }
    if (attndyn_isotropic_rhs(0, y, *field, &flow->model))
        return attndyn_fail(in->run->ctx, ATTNDYN_RUN_FAILED,
                            "the field is not finite at ||v|| = %g", n);
    return ATTNDYN_OK;
}

static double distance(const double *a, const double *b, size_t count) {
    double sum = 0;
    for (size_t j = 0; j < count; j++) sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sqrt(sum) / joma_norm(a, count);
}

/* Flows with a closed form, on this instance, until the fastest rate has had its time. */
enum attndyn_status isotropic_closed_flows(const struct isotropic_instance *in) {
    size_t width = in->d + 1;
    double *y, *closed, rate = 0, t_reached;
    ATTNDYN_ALLOC(in->run->ctx, y, width);
    ATTNDYN_ALLOC(in->run->ctx, closed, width);
    for (size_t c = 0; c < in->clusters; c++) {
        double length = joma_norm(in->centres + c * in->d, in->d);
        rate += fabs(in->weights[c]) * (length * length + 1 + in->theta.sigma * in->theta.sigma);
    }
    double t = rate > 0 ? fmin(in->p->t_end, 2 / rate) : in->p->t_end;
    for (int quadratic = 0; quadratic < 2; quadratic++) {
        struct course flow = {.in = in, .theta = in->theta, .limit = 1e300};
        flow.theta.activation = quadratic ? ATTNDYN_THETA_QUADRATIC : ATTNDYN_THETA_LINEAR;
        if (quadratic && in->d > EIGEN_LARGEST) continue;
        memcpy(closed, in->w0, width * sizeof *closed);
        if (!quadratic)
            attndyn_theta_linear_flow(in->d, in->clusters, in->centres, in->weights, t, closed);
        else if (!attndyn_theta_quadratic_flow(in->d, in->clusters, in->centres, in->weights,
                                               in->theta.sigma, t, closed))
            return attndyn_fail(in->run->ctx, ATTNDYN_NO_MEMORY, "out of memory: eigenvectors");
        double apart = 0;
        for (int k = 0; k < 2; k++) {
            enum attndyn_ode_method method = k ? in->p->second_method : in->p->method;
            ATTNDYN_TRY(integrate(&flow, method, &t, 1, y, &t_reached,
                                  quadratic ? "y^2/2, closed form" : "phi = y, closed form"));
            worst(&apart, distance(closed, y, width));
        }
        if (quadratic)
            ATTNDYN_TRY(SCALAR(in->run, outcome, quadratic_flow, apart));
        else
            ATTNDYN_TRY(SCALAR(in->run, outcome, linear_flow, apart));
    }
    return ATTNDYN_OK;
}

/* Gradient flow on drawn samples, several times, beside the flow with xi as a state and frozen. */
static enum attndyn_status emit_drawn(struct course *state, struct course *frozen) {
    const struct isotropic_instance *in = state->in;
    const struct isotropic *p = in->p;
    size_t width = in->d + 1, flows = (size_t)p->drawn_flows;
    double t = p->t_drawn, *mean, *square, *y, *with, *without;
    double *step_error, t_reached;
    if (t <= 0 || in->theta.activation == ATTNDYN_THETA_STEP) return ATTNDYN_OK;
    ATTNDYN_ALLOC(in->run->ctx, mean, width);
    ATTNDYN_ALLOC(in->run->ctx, square, width);
    ATTNDYN_ALLOC(in->run->ctx, step_error, width);
    ATTNDYN_ALLOC(in->run->ctx, y, width);
    ATTNDYN_ALLOC(in->run->ctx, with, width);
    ATTNDYN_ALLOC(in->run->ctx, without, width);
    state->values = frozen->values = NULL;
    ATTNDYN_TRY(integrate(state, p->method, &t, 1, with, &t_reached, "to t_drawn"));
    ATTNDYN_TRY(integrate(frozen, p->method, &t, 1, without, &t_reached, "to t_drawn, xi frozen"));
    if (state->stopped || frozen->stopped)
        return NOTE(in->run, "no flows on drawn samples: v_limit before t_drawn");
    struct isotropic_sampled sampled = {.in = in};
    sampled.activation[0] = isotropic_activation(in, in->theta.activation);
    struct attndyn_isotropic_average average = {
        in->d,           in->clusters, in->centres, in->weights, ATTNDYN_ISOTROPIC_GAUSS,
        in->theta.sigma, NULL,         0,           1,           isotropic_derivative,
        &sampled};
    size_t steps = (size_t)p->drawn_steps;
    for (size_t i = 0; i <= flows; i++) { /* the last: the first again with half as many steps */
        memcpy(y, in->w0, width * sizeof *y);
        attndyn_progress(in->run->ctx, "flows on drawn samples", (double)i, (double)flows + 1);
        ATTNDYN_TRY(attndyn_isotropic_empirical_flow(
            in->run->ctx, &average, (size_t)p->drawn_samples,
            attndyn_random_derive((uint64_t)p->seed, "drawn", i % flows), t,
            i < flows ? steps : (steps + 1) / 2, y));
        for (size_t j = 0; j < width && i == 0; j++) step_error[j] = y[j];
        for (size_t j = 0; j < width && i == flows; j++) step_error[j] = fabs(y[j] - step_error[j]);
        if (i == flows) break;
        /* deviations from the flow, which avoids cancellation */
        for (size_t j = 0; j < width; j++) {
            mean[j] += (y[j] - with[j]) / (double)flows;
            square[j] += (y[j] - with[j]) * (y[j] - with[j]);
        }
    }
    double z = 0, z_frozen = 0, power = 0, n = (double)flows;
    double worth =
        isotropic_sample_worth(in, in->weights, in->theta.sigma, n * (double)p->drawn_samples);
    for (size_t j = 0; j < width; j++) {
        double error = sqrt(fmax(square[j] - n * mean[j] * mean[j], 0) / (n - 1) / n);
        double bar = fmax(hypot(error, step_error[j]), t * worth);
        double off = with[j] - without[j] + mean[j];
        worst(&z, fabs(mean[j]) / bar);
        if (j < in->d) { /* what xi does to v */
            worst(&z_frozen, fabs(off) / bar);
            worst(&power, fabs(with[j] - without[j]) / bar);
        }
        ATTNDYN_TRY(EMIT(in->run, drawn, .component = (long)j, .flow = with[j],
                         .frozen = without[j], .drawn = with[j] + mean[j], .error = bar,
                         .z = mean[j] / bar, .z_frozen = off / bar));
    }
    ATTNDYN_TRY(SCALAR(in->run, outcome, frozen_power, power));
    ATTNDYN_TRY(SCALAR(in->run, outcome, drawn_z, z));
    return SCALAR(in->run, outcome, drawn_z_frozen, z_frozen);
}

enum attndyn_status isotropic_flows(const struct isotropic_instance *in) {
    const struct isotropic *p = in->p;
    size_t width = in->d + 1, points = (size_t)p->points;
    struct course state = {.in = in, .theta = in->theta, .limit = p->v_limit};
    struct course frozen = state;
    frozen.frozen = true;
    double *times, *y, *other, t_reached, unused;
    ATTNDYN_ALLOC(in->run->ctx, times, points);
    ATTNDYN_ALLOC(in->run->ctx, y, width);
    ATTNDYN_ALLOC(in->run->ctx, other, width);
    ATTNDYN_ALLOC(in->run->ctx, state.values, points * width);
    ATTNDYN_ALLOC(in->run->ctx, frozen.values, points * width);
    attndyn_grid_linear(0, p->t_end, points, times);
    if (in->n0 >= state.limit)
        return attndyn_fail(in->run->ctx, ATTNDYN_USAGE, "v_limit = %g is not above ||v(0)|| = %g",
                            state.limit, in->n0);
    ATTNDYN_TRY(integrate(&frozen, p->method, times, points, other, &unused, "flow, xi frozen"));
    ATTNDYN_TRY(integrate(&state, p->method, times, points, y, &t_reached, "flow"));
    /* and the end state, if an event stopped the flow */
    for (size_t i = 0; i < state.reached + state.stopped; i++) {
        bool end = i == state.reached;
        const double *w = end ? y : state.values + i * width;
        double t = end ? t_reached : times[i];
        ATTNDYN_TRY(EMIT(in->run, flow, .t = t, .norm = joma_norm(w, in->d), .xi = w[in->d]));
        for (size_t j = 0; j < width; j++)
            ATTNDYN_TRY(
                EMIT(in->run, trajectory, .t = t, .component = (long)j, .value = w[j],
                     .frozen = !end && i < frozen.reached ? frozen.values[i * width + j] : NAN));
    }
    ATTNDYN_TRY(SCALAR(in->run, outcome, t_reached, t_reached));
    if (state.stopped) {
        ATTNDYN_TRY(NOTE(in->run, "the flow ended at t = %.17g of %g: ||v|| reached v_limit = %g",
                         t_reached, p->t_end, state.limit));
    } else {
        struct course second = {.in = in, .theta = in->theta, .limit = state.limit};
        ATTNDYN_TRY(integrate(&second, p->second_method, &times[points - 1], 1, other, &unused,
                              "flow, second integrator"));
        if (!second.stopped)
            ATTNDYN_TRY(SCALAR(in->run, outcome, integrators, distance(y, other, width)));
    }
    ATTNDYN_TRY(STATE(in->run, v, y, in->d));
    ATTNDYN_TRY(STATE(in->run, xi, y + in->d, 1));
    ATTNDYN_TRY(STATE(in->run, v0, in->w0, in->d));
    ATTNDYN_TRY(STATE(in->run, centres, in->centres, in->clusters * in->d));
    EMIT_COEFFICIENTS(&state, y, );
    EMIT_COEFFICIENTS(&state, in->w0, 0);
    return emit_drawn(&state, &frozen);
}
