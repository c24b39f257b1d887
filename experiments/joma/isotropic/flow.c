/* joma/isotropic: the flow of (v, xi) and what it is compared with. */
#include "isotropic.h"

#include "sim/base/random.h"
#include "sim/model/joma/isotropic.h"

#include <math.h>
#include <string.h>

enum { EIGEN_LARGEST = 400 }; /* coordinates up to which the quadratic flow is solved */

struct flow {
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
    const struct flow *flow = user;
    if (!(n > 0)) return 1;
    attndyn_theta_gauss(&flow->theta, r, n, alpha, beta);
    *alpha *= flow->in->weights[c];
    *beta *= flow->in->weights[c];
    return isfinite(*alpha) && isfinite(*beta) ? 0 : 1;
}
static int flow_rhs(double t, const double *y, double *dydt, void *user) {
    struct flow *flow = user;
    int trouble = attndyn_isotropic_rhs(t, y, dydt, &flow->model);
    if (flow->frozen) dydt[flow->in->d] = 0;
    return trouble;
}
static int flow_event(double t, const double *y, double *g, void *user) {
    (void)t;
    struct flow *flow = user;
    g[0] = isotropic_norm(y, flow->in->d) - flow->limit;
    return 0;
}
static enum attndyn_status flow_output(void *user, size_t index, double t, const double *y) {
    (void)t;
    struct flow *flow = user;
    size_t width = flow->in->d + 1;
    if (flow->values) memcpy(flow->values + index * width, y, width * sizeof *y);
    flow->reached = index + 1;
    return ATTNDYN_OK;
}
static enum attndyn_status flow_stop(void *user, size_t which, int direction, double t,
                                     const double *y, enum attndyn_ode_action *action) {
    (void)which, (void)direction, (void)t, (void)y;
    struct flow *flow = user;
    flow->stopped = true;
    *action = ATTNDYN_ODE_STOP;
    return ATTNDYN_OK;
}

/* y: (d + 1) in v(0), xi(0), out the end. values: (n_times, d + 1) or NULL. */
static enum attndyn_status integrate(struct attndyn_context *ctx, struct flow *flow,
                                     enum attndyn_ode_method method, const double *times,
                                     size_t n_times, double *y, double *t_reached,
                                     struct results *results, const char *label) {
    struct attndyn_ode_problem problem = {
        .n = flow->in->d + 1, .rhs = flow_rhs, .events = 1, .event = flow_event, .user = flow};
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    options.rtol = param_real(flow->in->params, "rtol");
    options.atol = 1e-2 * options.rtol * isotropic_norm(flow->in->w0, flow->in->d + 1);
    options.step = param_real(flow->in->params, "step");
    struct attndyn_ode_observer observer = {flow_output, flow_stop, flow};
    struct attndyn_ode_statistics statistics;
    flow->model = (struct attndyn_isotropic){flow->in->d, flow->in->clusters, flow->in->centres,
                                             coefficients, flow};
    memcpy(y, flow->in->w0, (flow->in->d + 1) * sizeof *y);
    flow->stopped = false;
    ATTNDYN_TRY(
        attndyn_ode_solve(ctx, &problem, &options, 0, y, times, n_times, &observer, &statistics));
    *t_reached = statistics.t_reached;
    return results_solver(ctx, results, label, &statistics);
}

static enum attndyn_status emit_coefficients(struct attndyn_context *ctx, const struct flow *flow,
                                             const double *y, bool start, struct results *results) {
    static const char *const names[2][7] = {
        {"r", "theta1", "theta2", "c1", "c2", "dv", "dxi"},
        {"r0", "theta10", "theta20", "c10", "c20", "dv0", "dxi0"}};
    const struct isotropic_instance *in = flow->in;
    size_t count = in->clusters;
    double n = isotropic_norm(y, in->d), *x, *field;
    ATTNDYN_ALLOC(ctx, x, 5 * count);
    ATTNDYN_ALLOC(ctx, field, in->d + 1);
    for (size_t c = 0; c < count; c++) {
        double c1, c2;
        x[c] = isotropic_preactivation(in, y, c);
        attndyn_theta_gauss(&in->theta, x[c], n, &c1, &c2);
        x[count + c] = n * c1;
        x[2 * count + c] = n * n * n * c2;
        x[3 * count + c] = c1;
        x[4 * count + c] = c2;
    }
    for (size_t k = 0; k < 5; k++)
        ATTNDYN_TRY(results_emit_state(ctx, results, names[start][k], x + k * count, count));
    if (attndyn_isotropic_rhs(0, y, field, (void *)&flow->model))
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "the field is not finite at ||v|| = %g", n);
    ATTNDYN_TRY(results_emit_state(ctx, results, names[start][5], field, in->d));
    return results_emit_state(ctx, results, names[start][6], field + in->d, 1);
}

static double distance(const double *a, const double *b, size_t count) {
    double sum = 0;
    for (size_t j = 0; j < count; j++) sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sqrt(sum) / isotropic_norm(a, count);
}

/* Flows with a closed form, on this instance, until the fastest rate has had its time. */
enum attndyn_status isotropic_emit_closed_flows(struct attndyn_context *ctx,
                                                const struct isotropic_instance *in,
                                                struct results *results) {
    size_t width = in->d + 1;
    double *y, *closed, rate = 0, t_reached;
    ATTNDYN_ALLOC(ctx, y, width);
    ATTNDYN_ALLOC(ctx, closed, width);
    for (size_t c = 0; c < in->clusters; c++) {
        double length = isotropic_norm(in->centres + c * in->d, in->d);
        rate += fabs(in->weights[c]) * (length * length + 1 + in->theta.sigma * in->theta.sigma);
    }
    double t = rate > 0 ? fmin(param_real(in->params, "t_end"), 2 / rate)
                        : param_real(in->params, "t_end");
    for (int quadratic = 0; quadratic < 2; quadratic++) {
        struct flow flow = {.in = in, .theta = in->theta, .limit = 1e300};
        flow.theta.activation = quadratic ? ATTNDYN_THETA_QUADRATIC : ATTNDYN_THETA_LINEAR;
        if (quadratic && in->d > EIGEN_LARGEST) continue;
        memcpy(closed, in->w0, width * sizeof *closed);
        if (!quadratic)
            attndyn_theta_linear_flow(in->d, in->clusters, in->centres, in->weights, t, closed);
        else if (!attndyn_theta_quadratic_flow(in->d, in->clusters, in->centres, in->weights,
                                               in->theta.sigma, t, closed))
            return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory: eigenvectors");
        double worst = 0;
        for (int k = 0; k < 2; k++) {
            enum attndyn_ode_method method =
                (enum attndyn_ode_method)param_choice(in->params, k ? "second_method" : "method");
            ATTNDYN_TRY(integrate(ctx, &flow, method, &t, 1, y, &t_reached, results,
                                  quadratic ? "y^2/2, closed form" : "phi = y, closed form"));
            worst = fmax(worst, distance(closed, y, width));
        }
        ATTNDYN_TRY(
            results_scalar(ctx, results, quadratic ? "quadratic_flow" : "linear_flow", worst));
    }
    return ATTNDYN_OK;
}

/* Gradient flow on drawn samples, several times, beside the flow with xi as a state and frozen. */
static enum attndyn_status emit_drawn(struct attndyn_context *ctx, struct flow *state,
                                      struct flow *frozen, struct results *results) {
    const struct isotropic_instance *in = state->in;
    const struct params *p = in->params;
    size_t width = in->d + 1, flows = (size_t)param_int(p, "drawn_flows");
    double t = param_real(p, "t_drawn"), *mean, *square, *y, *with, *without;
    double *step_error, t_reached;
    if (t <= 0 || in->theta.activation == ATTNDYN_THETA_STEP) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, mean, width);
    ATTNDYN_ALLOC(ctx, square, width);
    ATTNDYN_ALLOC(ctx, step_error, width);
    ATTNDYN_ALLOC(ctx, y, width);
    ATTNDYN_ALLOC(ctx, with, width);
    ATTNDYN_ALLOC(ctx, without, width);
    state->values = frozen->values = NULL;
    ATTNDYN_TRY(integrate(ctx, state, in->method, &t, 1, with, &t_reached, results, "to t_drawn"));
    ATTNDYN_TRY(integrate(ctx, frozen, in->method, &t, 1, without, &t_reached, results,
                          "to t_drawn, xi frozen"));
    if (state->stopped || frozen->stopped)
        return results_note(ctx, results, "no flows on drawn samples: v_limit before t_drawn");
    struct isotropic_sampled sampled = {.in = in};
    sampled.activation[0] = isotropic_activation(in, in->theta.activation);
    struct attndyn_isotropic_average average = {
        in->d,           in->clusters, in->centres, in->weights, ATTNDYN_ISOTROPIC_GAUSS,
        in->theta.sigma, NULL,         0,           1,           isotropic_derivative,
        &sampled};
    size_t steps = (size_t)param_int(p, "drawn_steps");
    for (size_t i = 0; i <= flows; i++) { /* the last: the first again with half as many steps */
        memcpy(y, in->w0, width * sizeof *y);
        attndyn_progress(ctx, "flows on drawn samples", (double)i, (double)flows + 1);
        ATTNDYN_TRY(attndyn_isotropic_empirical_flow(
            ctx, &average, (size_t)param_int(p, "drawn_samples"),
            attndyn_random_derive((uint64_t)param_int(p, "seed"), "drawn", i % flows), t,
            i < flows ? steps : (steps + 1) / 2, y));
        for (size_t j = 0; j < width && i == 0; j++) step_error[j] = y[j];
        for (size_t j = 0; j < width && i == flows; j++) step_error[j] = fabs(y[j] - step_error[j]);
        if (i == flows) break;
        for (size_t j = 0; j < width; j++) { /* deviations from the flow: no cancellation */
            mean[j] += (y[j] - with[j]) / (double)flows;
            square[j] += (y[j] - with[j]) * (y[j] - with[j]);
        }
    }
    double z = 0, z_frozen = 0, power = 0, n = (double)flows;
    double worth = isotropic_sample_worth(in, in->weights, in->theta.sigma,
                                          n * (double)param_int(p, "drawn_samples"));
    for (size_t j = 0; j < width; j++) {
        double error = sqrt(fmax(square[j] - n * mean[j] * mean[j], 0) / (n - 1) / n);
        double bar = fmax(hypot(error, step_error[j]), t * worth);
        double off = with[j] - without[j] + mean[j];
        z = fmax(z, fabs(mean[j]) / bar);
        if (j < in->d) { /* what xi does to v */
            z_frozen = fmax(z_frozen, fabs(off) / bar);
            power = fmax(power, fabs(with[j] - without[j]) / bar);
        }
        ATTNDYN_TRY(EMIT(ctx, results, "drawn", I((long)j), R(with[j]), R(without[j]),
                         R(with[j] + mean[j]), R(bar), R(mean[j] / bar), R(off / bar)));
    }
    ATTNDYN_TRY(results_scalar(ctx, results, "frozen_power", power));
    ATTNDYN_TRY(results_scalar(ctx, results, "drawn_z", z));
    return results_scalar(ctx, results, "drawn_z_frozen", z_frozen);
}

enum attndyn_status isotropic_emit_flow(struct attndyn_context *ctx,
                                        const struct isotropic_instance *in,
                                        struct results *results) {
    const struct params *p = in->params;
    size_t width = in->d + 1, points = (size_t)param_int(p, "points");
    struct flow state = {.in = in, .theta = in->theta, .limit = param_real(p, "v_limit")};
    struct flow frozen = state;
    frozen.frozen = true;
    double *times, *y, *other, t_reached, unused;
    ATTNDYN_ALLOC(ctx, times, points);
    ATTNDYN_ALLOC(ctx, y, width);
    ATTNDYN_ALLOC(ctx, other, width);
    ATTNDYN_ALLOC(ctx, state.values, points * width);
    ATTNDYN_ALLOC(ctx, frozen.values, points * width);
    attndyn_grid_linear(0, param_real(p, "t_end"), points, times);
    if (in->n0 >= state.limit)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "v_limit = %g is not above ||v(0)|| = %g",
                            state.limit, in->n0);
    ATTNDYN_TRY(integrate(ctx, &frozen, in->method, times, points, other, &unused, results,
                          "flow, xi frozen"));
    ATTNDYN_TRY(integrate(ctx, &state, in->method, times, points, y, &t_reached, results, "flow"));
    for (size_t i = 0; i < state.reached + state.stopped; i++) { /* and the end, if an event's */
        bool end = i == state.reached;
        const double *w = end ? y : state.values + i * width;
        double t = end ? t_reached : times[i];
        ATTNDYN_TRY(EMIT(ctx, results, "flow", R(t), R(isotropic_norm(w, in->d)), R(w[in->d])));
        for (size_t j = 0; j < width; j++)
            ATTNDYN_TRY(EMIT(ctx, results, "trajectory", R(t), I((long)j), R(w[j]),
                             R(!end && i < frozen.reached ? frozen.values[i * width + j] : NAN)));
    }
    ATTNDYN_TRY(results_scalar(ctx, results, "t_reached", t_reached));
    if (state.stopped) {
        ATTNDYN_TRY(results_note(ctx, results,
                                 "the flow ended at t = %.17g of %g: ||v|| reached v_limit = %g",
                                 t_reached, param_real(p, "t_end"), state.limit));
    } else {
        struct flow second = {.in = in, .theta = in->theta, .limit = state.limit};
        ATTNDYN_TRY(
            integrate(ctx, &second, (enum attndyn_ode_method)param_choice(p, "second_method"),
                      &times[points - 1], 1, other, &unused, results, "flow, second integrator"));
        if (!second.stopped)
            ATTNDYN_TRY(results_scalar(ctx, results, "integrators", distance(y, other, width)));
    }
    ATTNDYN_TRY(results_emit_state(ctx, results, "v", y, in->d));
    ATTNDYN_TRY(results_emit_state(ctx, results, "xi", y + in->d, 1));
    ATTNDYN_TRY(results_emit_state(ctx, results, "v0", in->w0, in->d));
    ATTNDYN_TRY(results_emit_state(ctx, results, "centres", in->centres, in->clusters * in->d));
    ATTNDYN_TRY(emit_coefficients(ctx, &state, y, false, results));
    ATTNDYN_TRY(emit_coefficients(ctx, &state, in->w0, true, results));
    return emit_drawn(ctx, &state, &frozen, results);
}
