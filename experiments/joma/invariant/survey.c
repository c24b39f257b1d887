#include "survey.h"

#include "sim/model/joma/full.h"
#include "sim/num/midpoint.h"
#include "theory/joma/invariant.h"

#include <math.h>
#include <string.h>

static const char *const attention_names[] = {"linear", "exp", "softmax"};
static const char *const loss_names[] = {"mse", "ce", "fixed"};

/* An instance of the shape that the parameters name, everything else by argument. */
static enum attndyn_status instance_of(struct attndyn_context *ctx, const struct params *p,
                                       enum attndyn_joma_attention attention,
                                       const char *activation, enum attndyn_joma_loss loss,
                                       uint64_t seed, bool integer,
                                       struct attndyn_joma_instance *t) {
    struct attndyn_joma_instance_spec spec =
        attndyn_joma_instance_reference((enum attndyn_joma_attention)attention);
    attndyn_activation_named(activation, &spec.activation.kind);
    spec.activation.slope = 0.1;
    spec.loss = (enum attndyn_joma_loss)loss;
    spec.tokens = (size_t)param_int(p, "M");
    spec.hidden = (size_t)param_int(p, "K");
    spec.samples = (size_t)param_int(p, "N");
    spec.seed = seed;
    spec.integer_counts = integer;
    spec.random = theorem1_rng(p);
    return attndyn_joma_instance_create(ctx, &spec, t);
}

/* Both sides of the identity for token l at a rate of change. */
static void identity_sides(const struct attndyn_joma *m, const double *state, const double *rate,
                           double second, size_t l, double *left, double *right) {
    double z = state[attndyn_joma_z_offset(m) + l];
    *left = rate[attndyn_joma_z_offset(m) + l] * (m->attention == ATTNDYN_JOMA_LINEAR ? z : 1);
    *right = 0;
    for (size_t k = 0; k < m->hidden; k++)
        *right += state[l * m->hidden + k] * rate[l * m->hidden + k];
    *right = m->eta_z / m->eta_w / m->temperature * (*right - m->eta_w * second);
}

/* The largest defect of the identity at the instance's state, relative to the largest sum of its
 * terms' magnitudes over samples. */
static enum attndyn_status identity_defect(struct attndyn_context *ctx,
                                           const struct attndyn_joma_instance *t, double *defect) {
    const struct attndyn_joma *m = &t->model;
    size_t M = m->tokens, n = attndyn_joma_size(m), zo = attndyn_joma_z_offset(m);
    struct attndyn_joma_work *work;
    double *rate, *second, *terms, left, right, worst = 0, scale = 0;
    ATTNDYN_TRY(attndyn_joma_work_create(ctx, m, &work));
    ATTNDYN_ALLOC(ctx, rate, n);
    ATTNDYN_ALLOC(ctx, second, M);
    ATTNDYN_ALLOC(ctx, terms, M);
    for (size_t i = 0; i < m->samples; i++) {
        attndyn_joma_gradient(work, &i, &m->p[i], 1, t->state, rate);
        for (size_t a = 0; a < n; a++) rate[a] *= a < zo ? m->eta_w : m->eta_z;
        for (size_t l = 0; l < M; l++) {
            identity_sides(m, t->state, rate, 0, l, &left, &right);
            terms[l] += fabs(left) + fabs(right);
        }
    }
    attndyn_joma_rhs(0, t->state, rate, work);
    if (m->attention == ATTNDYN_JOMA_SOFTMAX) attndyn_joma_second_term(work, second, NULL);
    for (size_t l = 0; l < M; l++) {
        identity_sides(m, t->state, rate, second[l], l, &left, &right);
        worst = theorem1_worse(worst, fabs(left - right));
        scale = fmax(scale, terms[l]);
    }
    *defect = scale > 0 ? worst / scale : worst; /* all nodes dead: nothing moves */
    return ATTNDYN_OK;
}

enum attndyn_status survey_identity(struct attndyn_context *ctx, const struct params *p,
                                    struct results *results) {
    static const char *const activations[] = {"linear", "relu", "tanh", "quadratic", "gelu"};
    long states = param_int(p, "states");
    for (enum attndyn_joma_attention a = ATTNDYN_JOMA_LINEAR; a <= ATTNDYN_JOMA_SOFTMAX; a++)
        for (size_t f = 0; f < 5; f++)
            for (enum attndyn_joma_loss loss = ATTNDYN_JOMA_MSE; loss <= ATTNDYN_JOMA_FIXED;
                 loss++) {
                double worst = 0;
                for (long s = 0; s < states; s++) {
                    uint64_t mark = attndyn_memory_mark(ctx);
                    struct attndyn_joma_instance t;
                    double defect;
                    ATTNDYN_TRY(instance_of(ctx, p, a, activations[f], loss,
                                            (uint64_t)(param_int(p, "seed") + s), s % 2 == 1, &t));
                    t.model.eta_w = 0.3 + 0.1 * (double)s; /* any rates */
                    ATTNDYN_TRY(identity_defect(ctx, &t, &defect));
                    worst = theorem1_worse(worst, defect);
                    attndyn_memory_release(ctx, mark);
                }
                ATTNDYN_TRY(EMIT(ctx, results, "identity", S(attention_names[a]), S(activations[f]),
                                 S(loss_names[loss]), I(states), R(worst)));
            }
    return ATTNDYN_OK;
}

static enum attndyn_status flow_row(struct attndyn_context *ctx, const struct params *p,
                                    struct results *results, enum attndyn_joma_attention attention,
                                    const char *activation, enum attndyn_joma_loss loss,
                                    double ratio) {
    struct attndyn_joma_instance t;
    struct theorem1_outcome outcome;
    ATTNDYN_TRY(instance_of(ctx, p, attention, activation, loss, (uint64_t)param_int(p, "seed"),
                            false, &t));
    /* a given gradient, or quadratic growth, blows up in finite time: run shorter */
    bool wild =
        loss == ATTNDYN_JOMA_FIXED || t.model.activation.kind == ATTNDYN_ACTIVATION_QUADRATIC;
    double end = wild ? 0.3 / fmax(1, ratio) : 1, times[5];
    t.model.eta_z = ratio;
    attndyn_grid_linear(end / 5, end, 5, times);
    struct theorem1_flow flow = {.model = &t.model,
                                 .start = t.state,
                                 .method = ATTNDYN_ODE_ADAMS,
                                 .rtol = 1e-12,
                                 .atol = 1e-14,
                                 .max_steps = param_int(p, "kink_steps"),
                                 .times = times,
                                 .n_times = 5,
                                 .may_stop = true};
    bool kinked = attndyn_activation_kinked(t.model.activation.kind);
    if (!kinked) flow.max_steps = 0;
    ATTNDYN_TRY(theorem1_run(ctx, &flow, &outcome));
    return EMIT(ctx, results, "flows", S(attention_names[attention]), S(activation),
                S(loss_names[loss]), R(ratio), R(end), R(outcome.t_reached),
                S(!outcome.stalled ? "done"
                  : kinked         ? "stalled"
                                   : "stopped"),
                R(outcome.holds), R(outcome.no_ratio));
}

enum attndyn_status survey_flows(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results) {
    static const char *const activations[] = {"linear", "tanh", "quadratic", "gelu"};
    size_t n_ratios;
    const double *ratios = param_reals(p, "ratios", &n_ratios);
    for (enum attndyn_joma_attention a = ATTNDYN_JOMA_LINEAR; a <= ATTNDYN_JOMA_SOFTMAX; a++)
        for (size_t r = 0; r < n_ratios; r++) {
            for (size_t f = 0; f < 4; f++)
                for (enum attndyn_joma_loss loss = ATTNDYN_JOMA_MSE; loss <= ATTNDYN_JOMA_FIXED;
                     loss++) {
                    uint64_t mark = attndyn_memory_mark(ctx);
                    ATTNDYN_TRY(flow_row(ctx, p, results, a, activations[f], loss, ratios[r]));
                    attndyn_memory_release(ctx, mark);
                }
            /* the kink, along which the flow may slide */
            for (enum attndyn_joma_loss loss = ATTNDYN_JOMA_MSE;
                 loss <= ATTNDYN_JOMA_FIXED && a == ATTNDYN_JOMA_EXP; loss++)
                ATTNDYN_TRY(flow_row(ctx, p, results, a, "relu", loss, ratios[r]));
        }
    return ATTNDYN_OK;
}

enum attndyn_status survey_tolerances(struct attndyn_context *ctx, const struct params *p,
                                      struct results *results) {
    static const enum attndyn_ode_method methods[] = {ATTNDYN_ODE_ADAMS, ATTNDYN_ODE_BDF_DENSE};
    size_t count;
    const double *tolerances = param_reals(p, "tolerances", &count);
    struct attndyn_joma_instance t;
    ATTNDYN_TRY(instance_of(ctx, p, ATTNDYN_JOMA_EXP, "tanh", ATTNDYN_JOMA_MSE,
                            (uint64_t)param_int(p, "seed"), false, &t));
    for (size_t m = 0; m < 2; m++)
        for (size_t i = 0; i < count; i++) {
            uint64_t mark = attndyn_memory_mark(ctx);
            double times[4];
            attndyn_grid_linear(0.25, 1, 4, times);
            struct theorem1_flow flow = {.model = &t.model,
                                         .start = t.state,
                                         .method = methods[m],
                                         .rtol = tolerances[i],
                                         .atol = tolerances[i] / 100,
                                         .times = times,
                                         .n_times = 4};
            struct theorem1_outcome outcome;
            ATTNDYN_TRY(theorem1_run(ctx, &flow, &outcome));
            ATTNDYN_TRY(EMIT(ctx, results, "tolerances", S(attndyn_ode_method_name(methods[m])),
                             R(tolerances[i]), I(outcome.statistics.steps), R(outcome.holds)));
            attndyn_memory_release(ctx, mark);
        }
    return ATTNDYN_OK;
}

enum attndyn_status survey_queries(struct attndyn_context *ctx, const struct params *p,
                                   struct results *results) {
    for (enum attndyn_joma_attention a = ATTNDYN_JOMA_LINEAR; a <= ATTNDYN_JOMA_SOFTMAX; a++)
        for (size_t queries = 1; queries <= 3; queries++) {
            uint64_t mark = attndyn_memory_mark(ctx);
            struct attndyn_joma_instance_spec spec =
                attndyn_joma_instance_reference((enum attndyn_joma_attention)a);
            struct attndyn_joma_instance t;
            struct theorem1_outcome outcome;
            double end = 1, moved = 0;
            spec.tokens = (size_t)param_int(p, "M");
            spec.hidden = (size_t)param_int(p, "K");
            spec.samples = (size_t)param_int(p, "N");
            spec.queries = queries;
            spec.seed = (uint64_t)param_int(p, "seed");
            spec.random = theorem1_rng(p);
            ATTNDYN_TRY(attndyn_joma_instance_create(ctx, &spec, &t));
            struct theorem1_flow flow = {.model = &t.model,
                                         .start = t.state,
                                         .method = ATTNDYN_ODE_ADAMS,
                                         .rtol = 1e-12,
                                         .atol = 1e-14,
                                         .times = &end,
                                         .n_times = 1};
            ATTNDYN_TRY(theorem1_run(ctx, &flow, &outcome));
            for (size_t c = attndyn_joma_z_offset(&t.model); c < attndyn_joma_size(&t.model); c++)
                moved = fmax(moved, fabs(outcome.state[c] - t.state[c]));
            ATTNDYN_TRY(EMIT(ctx, results, "queries", S(attention_names[a]), I((long)queries),
                             R(outcome.one_query), R(outcome.holds), R(moved)));
            attndyn_memory_release(ctx, mark);
        }
    return ATTNDYN_OK;
}

/* The sample at which the cumulated weights pass u. */
static size_t sample_of(const struct attndyn_joma *m, double u) {
    size_t i = 0;
    for (double sum = m->p[0]; i + 1 < m->samples && u >= sum;) sum += m->p[++i];
    return i;
}

enum attndyn_status descend(struct attndyn_context *ctx, const struct descent *d,
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
        o->largest = theorem1_worse(o->largest, theorem1_largest(M, drift.holds));
        for (size_t l = 0; l < M; l++)
            o->law_error = theorem1_worse(o->law_error, fabs(drift.holds[l] - o->law[l]));
        if (!(o->largest < INFINITY) && status == ATTNDYN_OK)
            status = attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                  "descent with rate %g leaves the range of doubles at step %zu: "
                                  "take a smaller rate or fewer steps",
                                  d->lr, s + 1);
        if (d->seen && status == ATTNDYN_OK)
            status = d->seen(ctx, d->user, s + 1, drift.holds, o->law);
    }
    attndyn_random_done(&random);
    return status;
}

static enum attndyn_status descent_row(struct attndyn_context *ctx, const struct params *p,
                                       struct results *results,
                                       enum attndyn_joma_attention attention,
                                       const char *activation, size_t batch, double lr) {
    uint64_t mark = attndyn_memory_mark(ctx);
    struct attndyn_joma_instance t;
    struct descent_outcome o;
    uint64_t seed = (uint64_t)param_int(p, "seed");
    ATTNDYN_TRY(instance_of(ctx, p, attention, activation, ATTNDYN_JOMA_MSE, seed, false, &t));
    double horizon = param_real(p, "t_descent");
    struct descent descent = {.model = &t.model,
                              .start = t.state,
                              .lr = lr,
                              .steps = (size_t)llround(horizon / lr),
                              .batch = batch,
                              .rng = theorem1_rng(p),
                              .seed = attndyn_random_derive(seed, "joma/invariant minibatch", 0)};
    ATTNDYN_TRY(descend(ctx, &descent, &o));
    size_t lead = 0; /* the token that drifts most: its ratio from rate to rate is the order */
    for (size_t l = 0; l < t.model.tokens; l++)
        if (fabs(o.drift[l]) > fabs(o.drift[lead])) lead = l;
    ATTNDYN_TRY(EMIT(ctx, results, "steps", S(batch ? "sgd" : "gd"), S(attention_names[attention]),
                     S(activation), I((long)batch), R(lr), I((long)descent.steps), R(o.largest),
                     R(o.drift[lead]), I((long)lead), R(o.law_error), R(o.highest_step)));
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

/* Two methods of fixed step on the flow: the drift at the horizon. */
static enum attndyn_status fixed_row(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results, bool midpoint, double h) {
    uint64_t mark = attndyn_memory_mark(ctx);
    struct attndyn_joma_instance t;
    struct theorem1_outcome o;
    struct theorem1_drift drift;
    double horizon = param_real(p, "t_descent");
    ATTNDYN_TRY(instance_of(ctx, p, ATTNDYN_JOMA_EXP, "tanh", ATTNDYN_JOMA_MSE,
                            (uint64_t)param_int(p, "seed"), false, &t));
    ATTNDYN_TRY(theorem1_drift_create(ctx, t.model.tokens, &drift));
    double *state = t.state;
    size_t n = attndyn_joma_size(&t.model), steps = (size_t)llround(horizon / h);
    if (midpoint) {
        struct attndyn_joma_work *work;
        ATTNDYN_TRY(attndyn_joma_work_create(ctx, &t.model, &work));
        ATTNDYN_ALLOC(ctx, state, n);
        memcpy(state, t.state, n * sizeof *state);
        struct attndyn_ode_problem problem = {.n = n, .rhs = attndyn_joma_rhs, .user = work};
        ATTNDYN_TRY(attndyn_midpoint_solve(ctx, &problem, 0, h, steps, state));
    } else {
        struct theorem1_flow flow = {.model = &t.model,
                                     .start = t.state,
                                     .method = ATTNDYN_ODE_RK4,
                                     .step = h,
                                     .times = &horizon,
                                     .n_times = 1};
        ATTNDYN_TRY(theorem1_run(ctx, &flow, &o));
        state = o.state;
    }
    theorem1_drift_at(&t.model, t.state, state, NULL, &drift);
    size_t lead = 0;
    for (size_t l = 0; l < t.model.tokens; l++)
        if (fabs(drift.holds[l]) > fabs(drift.holds[lead])) lead = l;
    ATTNDYN_TRY(EMIT(ctx, results, "steps", S(midpoint ? "midpoint" : "rk4"), S("exp"), S("tanh"),
                     I(0), R(h), I((long)steps), R(fabs(drift.holds[lead])), R(drift.holds[lead]),
                     I((long)lead), R(NAN), R(NAN)));
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status survey_steps(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results) {
    size_t count;
    const double *rates = param_reals(p, "rates", &count);
    for (size_t i = 0; i < count; i++) {
        if (!(rates[i] <= param_real(p, "t_descent")))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "rates: a step of %g is longer than t_descent = %g", rates[i],
                                param_real(p, "t_descent"));
        ATTNDYN_TRY(descent_row(ctx, p, results, ATTNDYN_JOMA_EXP, "tanh", 0, rates[i]));
        ATTNDYN_TRY(descent_row(ctx, p, results, ATTNDYN_JOMA_EXP, "tanh", 1, rates[i]));
        ATTNDYN_TRY(descent_row(ctx, p, results, ATTNDYN_JOMA_EXP, "relu", 1, rates[i]));
        ATTNDYN_TRY(descent_row(ctx, p, results, ATTNDYN_JOMA_LINEAR, "relu", 0, rates[i]));
        ATTNDYN_TRY(descent_row(ctx, p, results, ATTNDYN_JOMA_LINEAR, "gelu", 2, rates[i]));
        ATTNDYN_TRY(fixed_row(ctx, p, results, true, rates[i]));
        ATTNDYN_TRY(fixed_row(ctx, p, results, false, rates[i]));
    }
    return ATTNDYN_OK;
}

/* Reduced gradient, backpropagation through the full model, and the complex-step derivative of its
 * objective along a few random directions. */
static enum attndyn_status cross_row(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results, enum attndyn_joma_attention attention,
                                     const char *activation, enum attndyn_joma_loss loss) {
    uint64_t mark = attndyn_memory_mark(ctx);
    struct attndyn_joma_instance t;
    struct attndyn_joma_work *work;
    struct attndyn_joma_full full;
    struct attndyn_random random;
    uint64_t seed = (uint64_t)param_int(p, "seed");
    ATTNDYN_TRY(instance_of(ctx, p, attention, activation, loss, seed, false, &t));
    ATTNDYN_TRY(attndyn_joma_work_create(ctx, &t.model, &work));
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, theorem1_rng(p),
                                    attndyn_random_derive(seed, "joma/invariant embedding", 0)));
    size_t M = t.model.tokens, K = t.model.hidden, n = attndyn_joma_size(&t.model);
    size_t d = M + t.model.queries + 4;
    double *gradient, *reduced, *dw, *dz, *direction;
    ATTNDYN_ALLOC(ctx, gradient, n);
    ATTNDYN_ALLOC(ctx, reduced, n);
    ATTNDYN_ALLOC(ctx, dw, d * K);
    ATTNDYN_ALLOC(ctx, dz, M);
    ATTNDYN_ALLOC(ctx, direction, d * K + M);
    enum attndyn_status status =
        attndyn_joma_full_create(ctx, &t.model, d, &random, t.state, &full);
    if (status == ATTNDYN_OK) status = attndyn_joma_full_gradient(ctx, &full, dw, dz);
    double scale = 0, backpropagation = 0, step = 0;
    if (status == ATTNDYN_OK) {
        attndyn_joma_gradient(work, NULL, NULL, 0, t.state, gradient);
        double outside = attndyn_joma_full_reduce(&full, dw, dz, reduced);
        for (size_t a = 0; a < n; a++) {
            scale = fmax(scale, fabs(gradient[a]));
            backpropagation = theorem1_worse(backpropagation, fabs(gradient[a] - reduced[a]));
        }
        backpropagation = theorem1_worse(backpropagation, outside);
    }
    for (int k = 0; k < 5 && status == ATTNDYN_OK; k++) {
        double along = 0, objective, slope;
        attndyn_random_normals(&random, 1, d * K + M, direction);
        attndyn_joma_full_reduce(&full, direction, direction + d * K, reduced);
        for (size_t a = 0; a < n; a++) along += gradient[a] * reduced[a];
        status = attndyn_joma_full_objective(ctx, &full, direction, direction + d * K, &objective,
                                             &slope);
        step = theorem1_worse(step, fabs(slope - along));
    }
    attndyn_random_done(&random);
    ATTNDYN_TRY(status);
    if (scale == 0) scale = 1; /* all nodes dead, or one class: both sides are 0 */
    ATTNDYN_TRY(EMIT(ctx, results, "cross_check", S(attention_names[attention]), S(activation),
                     S(loss_names[loss]), I((long)d), R(backpropagation / scale), R(step / scale)));
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status survey_cross_check(struct attndyn_context *ctx, const struct params *p,
                                       struct results *results) {
    static const char *const activations[] = {"linear", "relu", "tanh", "quadratic", "gelu"};
    for (enum attndyn_joma_attention a = ATTNDYN_JOMA_LINEAR; a <= ATTNDYN_JOMA_SOFTMAX; a++)
        for (size_t f = 0; f < 5; f++)
            for (enum attndyn_joma_loss loss = ATTNDYN_JOMA_MSE; loss <= ATTNDYN_JOMA_FIXED; loss++)
                ATTNDYN_TRY(cross_row(ctx, p, results, a, activations[f], loss));
    return ATTNDYN_OK;
}
