/* Gradient descent beside its exact law, and methods of fixed step on the flow. */
#include "invariant.h"

#include "experiments/joma/shared/components.h"
#include "experiments/shared/solve.h"
#include "sim/num/midpoint.h"
#include "theory/joma/invariant.h"

#include <string.h>

/* The sample at which the cumulated weights pass u. */
static size_t sample_of(const struct attndyn_joma *m, double u) {
    size_t i = 0;
    for (double sum = m->p[0]; i + 1 < m->samples && u >= sum;) sum += m->p[++i];
    return i;
}

enum attndyn_status invariant_descend(struct attndyn_context *ctx, const struct descend *d,
                                      struct descent_outcome *o) {
    const struct attndyn_joma *m = d->model;
    size_t M = m->tokens, n = attndyn_joma_size(m), zo = attndyn_joma_z_offset(m);
    struct attndyn_joma_work *work;
    struct attndyn_random random;
    struct theorem1_drift drift;
    double *weight, *squares, *before;
    size_t *sample;
    *o = (struct descent_outcome){.highest_step = -INFINITY};
    ATTNDYN_TRY(attndyn_joma_work_create(ctx, m, &work));
    ATTNDYN_TRY(theorem1_drift_create(ctx, M, &drift));
    ATTNDYN_ALLOC(ctx, o->state, n);
    ATTNDYN_ALLOC(ctx, o->law, M);
    ATTNDYN_ALLOC(ctx, squares, M);
    ATTNDYN_ALLOC(ctx, before, M);
    ATTNDYN_ALLOC(ctx, weight, d->batch);
    ATTNDYN_ALLOC(ctx, sample, d->batch);
    o->drift = drift.holds;
    for (size_t j = 0; j < d->batch; j++) weight[j] = 1 / (double)d->batch;
    memcpy(o->state, d->start, n * sizeof *o->state);
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, d->rng, d->seed));
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t s = 0; s < d->steps && status == ATTNDYN_OK; s++) {
        if (s % 1024 == 1023) status = attndyn_check_interrupt(ctx);
        for (size_t j = 0; j < d->batch; j++)
            sample[j] = sample_of(m, attndyn_random_uniform(&random));
        attndyn_joma_step(work, sample, d->batch ? weight : NULL, d->batch, d->lr, o->state);
        attndyn_joma_squares(M, m->hidden, work->gradient, squares);
        for (size_t l = 0; l < M && m->attention != ATTNDYN_JOMA_SOFTMAX; l++) {
            double change =
                m->attention == ATTNDYN_JOMA_LINEAR
                    ? attndyn_joma_drift_linear(d->lr, m->eta_w, m->eta_z, work->gradient[zo + l],
                                                squares[l])
                    : attndyn_joma_drift_exp(d->lr, m->eta_w, m->eta_z, m->temperature, squares[l]);
            o->law[l] += change;
        }
        memcpy(before, drift.holds, M * sizeof *before);
        theorem1_drift_at(m, d->start, o->state, NULL, &drift);
        for (size_t l = 0; l < M; l++)
            o->highest_step = fmax(o->highest_step, drift.holds[l] - before[l]);
        worst(&o->largest, joma_largest(drift.holds, M));
        for (size_t l = 0; l < M; l++) worst(&o->law_error, drift.holds[l] - o->law[l]);
        if (!(o->largest < INFINITY) && status == ATTNDYN_OK)
            status = attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                  "descent with rate %g leaves the range of doubles at step %zu: "
                                  "take a smaller rate or fewer steps",
                                  d->lr, s + 1);
        if (d->seen && status == ATTNDYN_OK) status = d->seen(d->user, s + 1, drift.holds, o->law);
    }
    attndyn_random_done(&random);
    return status;
}

/* The token that drifts most: its ratio from rate to rate is the order. */
static size_t leader(size_t tokens, const double *drift) {
    size_t lead = 0;
    for (size_t l = 0; l < tokens; l++)
        if (fabs(drift[l]) > fabs(drift[lead])) lead = l;
    return lead;
}

static enum attndyn_status descent_row(const struct trial *run, const struct invariant *p,
                                       struct kind kind, size_t batch, double lr) {
    uint64_t mark = attndyn_memory_mark(run->ctx);
    struct attndyn_joma_instance t;
    struct descent_outcome o;
    uint64_t seed = (uint64_t)p->seed;
    ATTNDYN_TRY(invariant_instance(run->ctx, p, kind, seed, false, &t));
    struct descend descent = {.model = &t.model,
                              .start = t.state,
                              .lr = lr,
                              .steps = (size_t)llround(p->t_descent / lr),
                              .batch = batch,
                              .rng = p->rng,
                              .seed = attndyn_random_derive(seed, "joma/invariant minibatch", 0)};
    ATTNDYN_TRY(invariant_descend(run->ctx, &descent, &o));
    size_t lead = leader(t.model.tokens, o.drift);
    ATTNDYN_TRY(EMIT(run, steps, .method = batch ? "sgd" : "gd",
                     .attention = attndyn_joma_attention_name(kind.attention),
                     .activation = attndyn_activation_name(kind.activation), .batch = (long)batch,
                     .step = lr, .count = (long)descent.steps, .largest = o.largest,
                     .drift = o.drift[lead], .token = (long)lead, .law_error = o.law_error,
                     .highest = o.highest_step));
    attndyn_memory_release(run->ctx, mark);
    return ATTNDYN_OK;
}

/* Two methods of fixed step on the flow: the drift at the horizon. */
static enum attndyn_status fixed_row(const struct trial *run, const struct invariant *p,
                                     bool midpoint, double h) {
    uint64_t mark = attndyn_memory_mark(run->ctx);
    struct attndyn_joma_instance t;
    struct theorem1_outcome o;
    struct theorem1_drift drift;
    double horizon = p->t_descent;
    ATTNDYN_TRY(invariant_instance(run->ctx, p, invariant_reference, (uint64_t)p->seed, false, &t));
    ATTNDYN_TRY(theorem1_drift_create(run->ctx, t.model.tokens, &drift));
    double *state = t.state;
    size_t n = attndyn_joma_size(&t.model), steps = (size_t)llround(horizon / h);
    if (midpoint) {
        struct attndyn_joma_work *work;
        ATTNDYN_TRY(attndyn_joma_work_create(run->ctx, &t.model, &work));
        ATTNDYN_ALLOC(run->ctx, state, n);
        memcpy(state, t.state, n * sizeof *state);
        struct attndyn_ode_problem problem = {.n = n, .rhs = attndyn_joma_rhs, .user = work};
        ATTNDYN_TRY(attndyn_midpoint_solve(run->ctx, &problem, 0, h, steps, state));
    } else {
        struct theorem1_flow flow = {.model = &t.model,
                                     .start = t.state,
                                     .method = ATTNDYN_ODE_RK4,
                                     .step = h,
                                     .times = &horizon,
                                     .n_times = 1};
        ATTNDYN_TRY(theorem1_run(run->ctx, &flow, &o));
        state = o.state;
    }
    theorem1_drift_at(&t.model, t.state, state, NULL, &drift);
    size_t lead = leader(t.model.tokens, drift.holds);
    ATTNDYN_TRY(EMIT(run, steps, .method = midpoint ? "midpoint" : "rk4", .attention = "exp",
                     .activation = "tanh", .batch = 0, .step = h, .count = (long)steps,
                     .largest = fabs(drift.holds[lead]), .drift = drift.holds[lead],
                     .token = (long)lead, .law_error = NAN, .highest = NAN));
    attndyn_memory_release(run->ctx, mark);
    return ATTNDYN_OK;
}

/* The squares that the law of descent adds up, in the limit of small steps: quadratures (M). */
struct speed {
    struct attndyn_joma_work *work;
    const struct attndyn_joma *model;
    double *rate; /* (size) */
};
static int squared_speed(double t, const double *y, double *dqdt, void *user) {
    struct speed *s = user;
    int trouble = attndyn_joma_rhs(t, y, s->rate, s->work);
    attndyn_joma_squares(s->model->tokens, s->model->hidden, s->rate, dqdt);
    return trouble;
}
static int speed_rhs(double t, const double *y, double *dydt, void *user) {
    struct speed *s = user;
    return attndyn_joma_rhs(t, y, dydt, s->work);
}

/* The drift of gradient descent per unit of learning rate, in the limit of small rates. */
static enum attndyn_status per_rate(const struct trial *run, const struct invariant *p) {
    struct attndyn_joma_instance t;
    struct speed speed = {.model = &t.model};
    struct attndyn_ode_statistics statistics;
    double *y, horizon = p->t_descent;
    ATTNDYN_TRY(invariant_instance(run->ctx, p, invariant_reference, (uint64_t)p->seed, false, &t));
    ATTNDYN_TRY(attndyn_joma_work_create(run->ctx, &t.model, &speed.work));
    size_t n = attndyn_joma_size(&t.model), M = t.model.tokens;
    ATTNDYN_ALLOC(run->ctx, speed.rate, n);
    ATTNDYN_ALLOC(run->ctx, y, n + M);
    memcpy(y, t.state, n * sizeof *y);
    struct attndyn_ode_problem problem = {
        .n = n, .rhs = speed_rhs, .quadratures = M, .quadrature = squared_speed, .user = &speed};
    const struct attndyn_ode_options options = solve_within(ATTNDYN_ODE_ADAMS, 1e-10, 1e-13);
    ATTNDYN_TRY(
        attndyn_ode_solve(run->ctx, &problem, &options, 0, y, &horizon, 1, NULL, &statistics));
    double factor = t.model.eta_z / t.model.eta_w / t.model.temperature / 2;
    for (size_t l = 0; l < M; l++)
        ATTNDYN_TRY(EMIT(run, per_rate, .token = (long)l, .integral = -factor * y[n + l]));
    return ATTNDYN_OK;
}

enum attndyn_status invariant_steps(const struct trial *run, const struct invariant *p) {
    static const struct {
        enum attndyn_joma_attention attention;
        enum attndyn_activation_kind activation;
        size_t batch;
    } rows[] = {{ATTNDYN_JOMA_EXP, ATTNDYN_ACTIVATION_TANH, 0},
                {ATTNDYN_JOMA_EXP, ATTNDYN_ACTIVATION_TANH, 1},
                {ATTNDYN_JOMA_EXP, ATTNDYN_ACTIVATION_RELU, 1},
                {ATTNDYN_JOMA_LINEAR, ATTNDYN_ACTIVATION_RELU, 0},
                {ATTNDYN_JOMA_LINEAR, ATTNDYN_ACTIVATION_GELU, 2}};
    for (size_t i = 0; i < p->rates.count; i++) {
        double rate = p->rates.at[i];
        if (!(rate <= p->t_descent))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "rates: a step of %g is longer than t_descent = %g", rate,
                                p->t_descent);
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            struct kind kind = {rows[k].attention, rows[k].activation, ATTNDYN_JOMA_MSE};
            ATTNDYN_TRY(descent_row(run, p, kind, rows[k].batch, rate));
        }
        ATTNDYN_TRY(fixed_row(run, p, true, rate));
        ATTNDYN_TRY(fixed_row(run, p, false, rate));
    }
    return per_rate(run, p);
}
