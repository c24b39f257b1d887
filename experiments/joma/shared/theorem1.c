#include "theorem1.h"

#include "components.h"
#include "experiments/shared/solve.h"
#include "theory/joma/invariant.h"

#include <string.h>

enum attndyn_status theorem1_drift_create(struct attndyn_context *ctx, size_t tokens,
                                          struct theorem1_drift *drift) {
    ATTNDYN_ALLOC(ctx, drift->holds, tokens);
    ATTNDYN_ALLOC(ctx, drift->no_ratio, tokens);
    ATTNDYN_ALLOC(ctx, drift->one_query, tokens);
    return ATTNDYN_OK;
}

/* One query's share of token l's constant, when r is shared evenly among the queries: summed over
 * them it is the invariant. */
static double constant(const struct attndyn_joma *m, double ratio, double z, double square,
                       double second) {
    switch (m->attention) {
    case ATTNDYN_JOMA_LINEAR:
        return attndyn_joma_constant_linear(ratio, z, square);
    case ATTNDYN_JOMA_EXP:
        return attndyn_joma_constant_exp(ratio, m->temperature, z, square);
    case ATTNDYN_JOMA_SOFTMAX:
        return attndyn_joma_constant_softmax(ratio, m->temperature, z, square, second);
    }
    return NAN;
}

static double square_of(const struct attndyn_joma *m, const double *state, size_t l) {
    double sum;
    attndyn_joma_squares(1, m->hidden, state + l * m->hidden, &sum);
    return sum;
}

void theorem1_drift_at(const struct attndyn_joma *m, const double *start, const double *state,
                       const double *second, struct theorem1_drift *drift) {
    size_t M = m->tokens, zo = attndyn_joma_z_offset(m);
    double ratio = m->eta_z / m->eta_w, queries = (double)m->queries;
    for (size_t l = 0; l < M; l++) {
        double s0 = square_of(m, start, l), s1 = square_of(m, state, l), e = second ? second[l] : 0;
        drift->holds[l] = drift->no_ratio[l] = 0;
        for (size_t q = 0; q < m->queries; q++) {
            double z0 = start[zo + q * M + l], z1 = state[zo + q * M + l];
            drift->holds[l] +=
                constant(m, ratio / queries, z1, s1, e) - constant(m, ratio / queries, z0, s0, 0);
            drift->no_ratio[l] +=
                constant(m, 1 / queries, z1, s1, e) - constant(m, 1 / queries, z0, s0, 0);
        }
        drift->one_query[l] =
            constant(m, ratio, state[zo + l], s1, e) - constant(m, ratio, start[zo + l], s0, 0);
    }
}

struct watch {
    const struct theorem1_flow *flow;
    struct theorem1_drift drift;
    struct theorem1_outcome *outcome;
};

/* The largest term of the tokens' constants, queries summed. */
static double largest_term(const struct attndyn_joma *m, const double *state) {
    double most = 0, ratio = m->eta_z / m->eta_w;
    bool linear = m->attention == ATTNDYN_JOMA_LINEAR;
    for (size_t l = 0; l < m->tokens; l++) {
        double sum = 0;
        for (size_t q = 0; q < m->queries; q++) {
            double z = state[attndyn_joma_z_offset(m) + q * m->tokens + l];
            sum += linear ? z * z : z;
        }
        worst(&most, sum);
        worst(&most, (linear ? ratio : ratio / m->temperature / 2) * square_of(m, state, l));
    }
    return most;
}

static void note_drift(struct watch *w, const double *y) {
    const struct attndyn_joma *m = w->flow->model;
    const double *quadratures = y + attndyn_joma_size(m);
    theorem1_drift_at(m, w->flow->start, y,
                      m->attention == ATTNDYN_JOMA_SOFTMAX ? quadratures + m->tokens : NULL,
                      &w->drift);
    struct theorem1_outcome *o = w->outcome;
    o->scale = fmax(o->scale, largest_term(m, y));
    worst(&o->holds, joma_largest(w->drift.holds, m->tokens));
    worst(&o->no_ratio, joma_largest(w->drift.no_ratio, m->tokens));
    worst(&o->one_query, joma_largest(w->drift.one_query, m->tokens));
}

static enum attndyn_status watch_output(void *user, size_t index, double t, const double *y) {
    struct watch *w = user;
    (void)index;
    note_drift(w, y);
    return w->flow->seen ? w->flow->seen(w->flow->user, t, y, &w->drift) : ATTNDYN_OK;
}

enum attndyn_status theorem1_run(struct attndyn_context *ctx, const struct theorem1_flow *flow,
                                 struct theorem1_outcome *outcome) {
    const struct attndyn_joma *m = flow->model;
    struct attndyn_joma_work *work;
    bool softmax = m->attention == ATTNDYN_JOMA_SOFTMAX;
    size_t n = attndyn_joma_size(m), quadratures = softmax ? 2 * m->tokens : 0;
    *outcome = (struct theorem1_outcome){.scale = 1};
    struct watch watch = {.flow = flow, .outcome = outcome};
    ATTNDYN_TRY(theorem1_drift_create(ctx, m->tokens, &watch.drift));
    ATTNDYN_TRY(attndyn_joma_work_create(ctx, m, &work));
    ATTNDYN_ALLOC(ctx, outcome->state, n + quadratures);
    memcpy(outcome->state, flow->start, n * sizeof *flow->start);

    struct attndyn_ode_problem problem = {.n = n,
                                          .quadratures = quadratures,
                                          .rhs = attndyn_joma_rhs,
                                          .quadrature =
                                              softmax ? attndyn_joma_softmax_quadrature : NULL,
                                          .jacobian_times = attndyn_joma_jacobian_times,
                                          .jacobian = attndyn_joma_jacobian,
                                          .user = work};
    struct attndyn_ode_options options = solve_within(flow->method, flow->rtol, flow->atol);
    options.step = flow->step;
    options.max_steps = flow->max_steps;
    struct attndyn_ode_observer observer = {.output = watch_output, .user = &watch};
    enum attndyn_status status =
        attndyn_ode_solve(ctx, &problem, &options, 0, outcome->state, flow->times, flow->n_times,
                          &observer, &outcome->statistics);
    outcome->t_reached = outcome->statistics.t_reached;
    if (status == ATTNDYN_RUN_FAILED &&
        (flow->may_stop || attndyn_activation_kinked(m->activation.kind))) {
        attndyn_message_clear(ctx);
        outcome->stalled = true;
        note_drift(&watch, outcome->state);
        return ATTNDYN_OK;
    }
    return status;
}
