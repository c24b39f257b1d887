/* Theorem 1 over attentions, activations, losses, rates and methods, on instances of the shape that
 * the parameters name. */
#include "invariant.h"

#include "experiments/joma/shared/components.h"

#include "sim/model/joma/full.h"

#include <string.h>

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
    double *rate, *second, *terms, left, right, most = 0, scale = 0;
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
        worst(&most, left - right);
        scale = fmax(scale, terms[l]);
    }
    *defect = scale > 0 ? most / scale : most; /* all nodes dead: nothing moves */
    return ATTNDYN_OK;
}

#define NAMES(kind)                                                                                \
    .attention = attndyn_joma_attention_name(kind.attention),                                      \
    .activation = attndyn_activation_name(kind.activation),                                        \
    .loss = attndyn_joma_loss_name(kind.loss)

static const enum attndyn_activation_kind activations[] = {
    ATTNDYN_ACTIVATION_LINEAR, ATTNDYN_ACTIVATION_TANH, ATTNDYN_ACTIVATION_QUADRATIC,
    ATTNDYN_ACTIVATION_GELU};

/* `row` for each of the activations and each loss. */
static enum attndyn_status each_kind(
    const struct trial *run, const struct invariant *p, enum attndyn_joma_attention attention,
    const enum attndyn_activation_kind *activation, size_t count,
    enum attndyn_status (*row)(const struct trial *, const struct invariant *, struct kind, double),
    double ratio) {
    for (size_t f = 0; f < count; f++)
        for (enum attndyn_joma_loss loss = ATTNDYN_JOMA_MSE; loss <= ATTNDYN_JOMA_FIXED; loss++) {
            uint64_t mark = attndyn_memory_mark(run->ctx);
            ATTNDYN_TRY(row(run, p, (struct kind){attention, activation[f], loss}, ratio));
            attndyn_memory_release(run->ctx, mark);
        }
    return ATTNDYN_OK;
}

static enum attndyn_status identity_row(const struct trial *run, const struct invariant *p,
                                        struct kind kind, double ratio) {
    (void)ratio;
    double most = 0, defect;
    for (long s = 0; s < p->states; s++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        struct attndyn_joma_instance t;
        ATTNDYN_TRY(invariant_instance(run->ctx, p, kind, (uint64_t)(p->seed + s), s % 2 == 1, &t));
        t.model.eta_w = 0.3 + 0.1 * (double)s; /* the identity holds for any rates */
        ATTNDYN_TRY(identity_defect(run->ctx, &t, &defect));
        worst(&most, defect);
        attndyn_memory_release(run->ctx, mark);
    }
    return EMIT(run, identity, NAMES(kind), .states = p->states, .defect = most);
}

static enum attndyn_status flow_row(const struct trial *run, const struct invariant *p,
                                    struct kind kind, double ratio) {
    struct attndyn_joma_instance t;
    struct theorem1_outcome outcome;
    ATTNDYN_TRY(invariant_instance(run->ctx, p, kind, (uint64_t)p->seed, false, &t));
    /* a given gradient, or quadratic growth, blows up in finite time: run shorter */
    bool wild = kind.loss == ATTNDYN_JOMA_FIXED || kind.activation == ATTNDYN_ACTIVATION_QUADRATIC;
    bool kinked = attndyn_activation_kinked(kind.activation);
    double end = wild ? 0.3 / fmax(1, ratio) : 1, times[5];
    t.model.eta_z = ratio;
    attndyn_grid_linear(end / 5, end, 5, times);
    struct theorem1_flow flow = {.model = &t.model,
                                 .start = t.state,
                                 .method = ATTNDYN_ODE_ADAMS,
                                 .rtol = 1e-12,
                                 .atol = 1e-14,
                                 .max_steps = kinked ? p->kink_steps : 0,
                                 .times = times,
                                 .n_times = 5,
                                 .may_stop = true};
    ATTNDYN_TRY(theorem1_run(run->ctx, &flow, &outcome));
    return EMIT(run, flows, NAMES(kind), .ratio = ratio, .t_end = end,
                .t_reached = outcome.t_reached,
                .outcome = !outcome.stalled ? "done"
                           : kinked         ? "stalled"
                                            : "stopped",
                .drift = outcome.holds, .drift_no_ratio = outcome.no_ratio, .scale = outcome.scale,
                .steps = outcome.statistics.steps);
}

static enum attndyn_status survey_flows(const struct trial *run, const struct invariant *p,
                                        enum attndyn_joma_attention attention) {
    static const enum attndyn_activation_kind relu = ATTNDYN_ACTIVATION_RELU;
    for (size_t r = 0; r < p->ratios.count; r++) {
        double ratio = p->ratios.at[r];
        ATTNDYN_TRY(each_kind(run, p, attention, activations, 4, flow_row, ratio));
        if (attention == ATTNDYN_JOMA_EXP) /* the kink, along which the flow may slide */
            ATTNDYN_TRY(each_kind(run, p, attention, &relu, 1, flow_row, ratio));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status survey_tolerances(const struct trial *run, const struct invariant *p) {
    static const enum attndyn_ode_method methods[] = {ATTNDYN_ODE_ADAMS, ATTNDYN_ODE_BDF_DENSE};
    struct attndyn_joma_instance t;
    ATTNDYN_TRY(invariant_instance(run->ctx, p, invariant_reference, (uint64_t)p->seed, false, &t));
    for (size_t m = 0; m < 2; m++)
        for (size_t i = 0; i < p->tolerances.count; i++) {
            uint64_t mark = attndyn_memory_mark(run->ctx);
            double times[4];
            attndyn_grid_linear(0.25, 1, 4, times);
            struct theorem1_flow flow = {.model = &t.model,
                                         .start = t.state,
                                         .method = methods[m],
                                         .rtol = p->tolerances.at[i],
                                         .atol = p->tolerances.at[i] / 100,
                                         .times = times,
                                         .n_times = 4};
            struct theorem1_outcome outcome;
            ATTNDYN_TRY(theorem1_run(run->ctx, &flow, &outcome));
            ATTNDYN_TRY(EMIT(run, tolerances, .method = attndyn_ode_method_name(methods[m]),
                             .rtol = p->tolerances.at[i], .steps = outcome.statistics.steps,
                             .drift = outcome.holds));
            attndyn_memory_release(run->ctx, mark);
        }
    return ATTNDYN_OK;
}

static enum attndyn_status survey_queries(const struct trial *run, const struct invariant *p) {
    for (enum attndyn_joma_attention a = ATTNDYN_JOMA_LINEAR; a <= ATTNDYN_JOMA_SOFTMAX; a++)
        for (size_t queries = 1; queries <= 3; queries++) {
            uint64_t mark = attndyn_memory_mark(run->ctx);
            struct attndyn_joma_instance_spec spec = invariant_shape(p, a);
            struct attndyn_joma_instance t;
            struct theorem1_outcome outcome;
            double end = 1, moved = 0;
            spec.activation = attndyn_joma_instance_reference(a).activation;
            spec.queries = queries;
            ATTNDYN_TRY(attndyn_joma_instance_create(run->ctx, &spec, &t));
            struct theorem1_flow flow = {.model = &t.model,
                                         .start = t.state,
                                         .method = ATTNDYN_ODE_ADAMS,
                                         .rtol = 1e-12,
                                         .atol = 1e-14,
                                         .times = &end,
                                         .n_times = 1};
            ATTNDYN_TRY(theorem1_run(run->ctx, &flow, &outcome));
            for (size_t c = attndyn_joma_z_offset(&t.model); c < attndyn_joma_size(&t.model); c++)
                worst(&moved, outcome.state[c] - t.state[c]);
            ATTNDYN_TRY(EMIT(run, queries, .attention = attndyn_joma_attention_name(a),
                             .queries = (long)queries, .one_query = outcome.one_query,
                             .summed = outcome.holds, .moved = moved));
            attndyn_memory_release(run->ctx, mark);
        }
    return ATTNDYN_OK;
}

/* Reduced gradient, backpropagation through the full model, and the complex-step derivative of its
 * objective along a few random directions. */
static enum attndyn_status cross_row(const struct trial *run, const struct invariant *p,
                                     struct kind kind, double ratio) {
    (void)ratio;
    struct attndyn_joma_instance t;
    struct attndyn_joma_work *work;
    struct attndyn_joma_full full;
    struct attndyn_random random;
    uint64_t seed = (uint64_t)p->seed;
    ATTNDYN_TRY(invariant_instance(run->ctx, p, kind, seed, false, &t));
    ATTNDYN_TRY(attndyn_joma_work_create(run->ctx, &t.model, &work));
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, p->rng,
                                    attndyn_random_derive(seed, "joma/invariant embedding", 0)));
    size_t M = t.model.tokens, K = t.model.hidden, n = attndyn_joma_size(&t.model);
    size_t d = M + t.model.queries + 4;
    double *gradient, *reduced, *dw, *dz, *direction;
    ATTNDYN_ALLOC(run->ctx, gradient, n);
    ATTNDYN_ALLOC(run->ctx, reduced, n);
    ATTNDYN_ALLOC(run->ctx, dw, d * K);
    ATTNDYN_ALLOC(run->ctx, dz, M);
    ATTNDYN_ALLOC(run->ctx, direction, d * K + M);
    enum attndyn_status status =
        attndyn_joma_full_create(run->ctx, &t.model, d, &random, t.state, &full);
    if (status == ATTNDYN_OK) status = attndyn_joma_full_gradient(run->ctx, &full, dw, dz);
    double scale = 0, backpropagation = 0, step = 0;
    if (status == ATTNDYN_OK) {
        attndyn_joma_gradient(work, NULL, NULL, 0, t.state, gradient);
        double outside = attndyn_joma_full_reduce(&full, dw, dz, reduced);
        for (size_t a = 0; a < n; a++) {
            worst(&scale, gradient[a]);
            worst(&backpropagation, gradient[a] - reduced[a]);
        }
        worst(&backpropagation, outside);
    }
    for (int k = 0; k < 5 && status == ATTNDYN_OK; k++) {
        double along = 0, objective, slope;
        attndyn_random_normals(&random, 1, d * K + M, direction);
        attndyn_joma_full_reduce(&full, direction, direction + d * K, reduced);
        for (size_t a = 0; a < n; a++) along += gradient[a] * reduced[a];
        status = attndyn_joma_full_objective(run->ctx, &full, direction, direction + d * K,
                                             &objective, &slope);
        worst(&step, slope - along);
    }
    attndyn_random_done(&random);
    ATTNDYN_TRY(status);
    if (scale == 0) scale = 1; /* all nodes dead, or one class: both sides are 0 */
    return EMIT(run, cross_check, NAMES(kind), .dimension = (long)d,
                .backpropagation = backpropagation / scale, .complex_step = step / scale);
}

enum attndyn_status invariant_survey(const struct trial *run, const struct invariant *p) {
    static const enum attndyn_activation_kind five[] = {
        ATTNDYN_ACTIVATION_LINEAR, ATTNDYN_ACTIVATION_RELU, ATTNDYN_ACTIVATION_TANH,
        ATTNDYN_ACTIVATION_QUADRATIC, ATTNDYN_ACTIVATION_GELU};
    for (int part = 0; part < 6; part++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        attndyn_progress(run->ctx, "surveys", part, 6);
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
        for (enum attndyn_joma_attention a = ATTNDYN_JOMA_LINEAR; a <= ATTNDYN_JOMA_SOFTMAX; a++) {
            if (part == 0) ATTNDYN_TRY(each_kind(run, p, a, five, 5, identity_row, 0));
            if (part == 1) ATTNDYN_TRY(survey_flows(run, p, a));
            if (part == 5) ATTNDYN_TRY(each_kind(run, p, a, five, 5, cross_row, 0));
        }
        if (part == 2) ATTNDYN_TRY(survey_tolerances(run, p));
        if (part == 3) ATTNDYN_TRY(survey_queries(run, p));
        if (part == 4) ATTNDYN_TRY(invariant_steps(run, p));
        attndyn_memory_release(run->ctx, mark);
    }
    return ATTNDYN_OK;
}
