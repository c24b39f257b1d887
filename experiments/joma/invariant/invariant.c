#include "invariant.h"

#include "experiments/joma/shared/components.h"

#include <string.h>

static const struct figure figures[] = {
    {"invariant", "joma/invariant/invariant.gp",
     "Theorem 1. Top left: the logits z_l follow sum_k v_lk^2, token by token, along the lines "
     "that the theorem draws. Top right: drift of z - (r/2T) sum_k v_k^2 and its like under the "
     "flow at three ratios of the learning rates, by rounding alone with the factor r = "
     "eta_z/eta_w and large without. Bottom left: drift against the integrator's tolerance, which "
     "it follows. Bottom right: drift of gradient descent is of first order in the rate, the "
     "midpoint rule has none."},
    {0}};

struct run_state {
    const struct trial *run;
    const struct attndyn_joma *model;
};

static enum attndyn_status emit_seen(void *user, double t, const double *state,
                                     const struct theorem1_drift *drift) {
    struct run_state *r = user;
    const struct attndyn_joma *m = r->model;
    size_t M = m->tokens, zo = attndyn_joma_z_offset(m);
    ATTNDYN_TRY(EMIT(r->run, flow, .t = t, .drift = joma_largest(drift->holds, M),
                     .drift_no_ratio = joma_largest(drift->no_ratio, M),
                     .drift_one_query = joma_largest(drift->one_query, M)));
    for (size_t l = 0; l < M; l++) {
        double z = 0, square = 0;
        for (size_t q = 0; q < m->queries; q++) {
            double one = state[zo + q * M + l];
            z += m->attention == ATTNDYN_JOMA_LINEAR ? one * one : one;
        }
        for (size_t k = 0; k < m->hidden; k++)
            square += state[l * m->hidden + k] * state[l * m->hidden + k];
        ATTNDYN_TRY(EMIT(r->run, tokens, .t = t, .token = (long)l, .z = z, .square = square,
                         .drift = drift->holds[l]));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status emit_descent(void *user, size_t step, const double *drift,
                                        const double *law) {
    struct run_state *r = user;
    bool none = r->model->attention == ATTNDYN_JOMA_SOFTMAX;
    for (size_t l = 0; l < r->model->tokens; l++)
        ATTNDYN_TRY(EMIT(r->run, descent, .step = (long)step, .token = (long)l,
                         .drift = none ? NAN : drift[l], .law = none ? NAN : law[l]));
    return ATTNDYN_OK;
}

/* The flow of the instance, twice: by the method asked for and by another. */
static enum attndyn_status run_flow(const struct trial *run, const struct invariant *p,
                                    const struct attndyn_joma_instance *t) {
    const struct attndyn_joma *m = &t->model;
    struct run_state user = {run, m};
    struct theorem1_outcome outcome, other;
    size_t points = (size_t)p->points, n = attndyn_joma_size(m);
    size_t xo = attndyn_joma_xi_offset(m), zo = attndyn_joma_z_offset(m);
    double *times, end = p->t_end;
    ATTNDYN_ALLOC(run->ctx, times, points + 1);
    attndyn_grid_linear(0, end, points + 1, times);
    bool kinked = attndyn_activation_kinked(m->activation.kind);
    struct theorem1_flow flow = {.model = m,
                                 .start = t->state,
                                 .method = p->method,
                                 .rtol = p->rtol,
                                 .atol = p->atol,
                                 .max_steps = kinked ? p->kink_steps : 0,
                                 .times = times,
                                 .n_times = points + 1,
                                 .seen = emit_seen,
                                 .user = &user};
    ATTNDYN_TRY(theorem1_run(run->ctx, &flow, &outcome));
    ATTNDYN_TRY(SOLVER(run, "flow", &outcome.statistics));
    if (outcome.stalled)
        ATTNDYN_TRY(NOTE(
            run,
            "the flow stalled at t = %.9g after %ld steps: with %s, samples that push a "
            "pre-activation through 0 and others that push it back make it slide along the kink, "
            "where it is no longer an ordinary differential equation. State and tables end there; "
            "take a smooth activation, or gradient descent",
            outcome.t_reached, outcome.statistics.steps,
            attndyn_activation_name(m->activation.kind)));
    double differ = NAN;
    if (!outcome.stalled) {
        flow.method = p->method != ATTNDYN_ODE_ADAMS ? ATTNDYN_ODE_ADAMS
                      : n <= 400                     ? ATTNDYN_ODE_BDF_DENSE
                                                     : ATTNDYN_ODE_BDF_KRYLOV;
        flow.seen = NULL;
        ATTNDYN_TRY(theorem1_run(run->ctx, &flow, &other));
        ATTNDYN_TRY(SOLVER(run, "flow, second integrator", &other.statistics));
        double scale = joma_largest(outcome.state, n), apart = 0;
        for (size_t a = 0; a < n; a++) worst(&apart, outcome.state[a] - other.state[a]);
        if (!other.stalled) differ = apart / scale;
    }
    ATTNDYN_TRY(SCALAR(run, outcome, integrators_differ, differ));
    ATTNDYN_TRY(SCALAR(run, outcome, drift, outcome.holds));
    ATTNDYN_TRY(SCALAR(run, outcome, drift_no_ratio, outcome.no_ratio));
    ATTNDYN_TRY(SCALAR(run, outcome, drift_one_query, outcome.one_query));
    ATTNDYN_TRY(SCALAR(run, outcome, t_reached, outcome.t_reached));
    ATTNDYN_TRY(STATE(run, t, &outcome.t_reached, 1));
    ATTNDYN_TRY(STATE(run, z, outcome.state + zo, n - zo));
    ATTNDYN_TRY(STATE(run, V, outcome.state, xo));
    return STATE(run, xi, outcome.state + xo, zo - xo);
}

static enum attndyn_status run_descent(const struct trial *run, const struct invariant *p,
                                       const struct attndyn_joma_instance *t) {
    const struct attndyn_joma *m = &t->model;
    struct run_state user = {run, m};
    struct descent_outcome outcome;
    size_t xo = attndyn_joma_xi_offset(m), zo = attndyn_joma_z_offset(m);
    struct descend descent = {
        .model = m,
        .start = t->state,
        .lr = p->lr,
        .steps = (size_t)p->steps,
        .batch = (size_t)p->batch,
        .rng = p->rng,
        .seed = attndyn_random_derive((uint64_t)p->seed, "joma/invariant minibatch", 0),
        .seen = emit_descent,
        .user = &user};
    ATTNDYN_TRY(invariant_descend(run->ctx, &descent, &outcome));
    ATTNDYN_TRY(SCALAR(run, outcome, drift_descent,
                       m->attention == ATTNDYN_JOMA_SOFTMAX ? NAN : outcome.largest));
    ATTNDYN_TRY(STATE(run, z_descent, outcome.state + zo, attndyn_joma_size(m) - zo));
    ATTNDYN_TRY(STATE(run, V_descent, outcome.state, xo));
    return STATE(run, xi_descent, outcome.state + xo, zo - xo);
}

/* The instance that the parameters name. */
static enum attndyn_status instance(struct attndyn_context *ctx, const struct invariant *p,
                                    struct attndyn_joma_instance *t) {
    struct attndyn_joma_instance_spec spec = invariant_shape(p, p->attention);
    spec.activation.kind = p->activation;
    spec.loss = p->loss;
    spec.queries = (size_t)p->queries;
    spec.eta_w = p->eta_w;
    spec.eta_z = p->eta_z;
    spec.temperature = p->temperature;
    spec.integer_counts = p->counts == counts_integer;
    spec.count_normaliser = p->normaliser == normaliser_count;
    spec.v_scale = p->v_scale;
    spec.xi_scale = p->xi_scale;
    spec.z_scale = p->z_scale;
    if (p->attention == ATTNDYN_JOMA_LINEAR && p->temperature != 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "temperature=%g with attention=linear, which has no temperature: leave "
                            "it at 1, or take attention=exp or softmax",
                            p->temperature);
    if (p->attention == ATTNDYN_JOMA_SOFTMAX && spec.count_normaliser)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "normaliser=count with attention=softmax, which normalises itself: "
                            "leave it at one");
    return attndyn_joma_instance_create(ctx, &spec, t);
}

RUN(invariant) {
    struct attndyn_joma_instance t;
    if (p->survey) {
        ATTNDYN_TRY(NOT_EMPTY(run, p, ratios));
        ATTNDYN_TRY(NOT_EMPTY(run, p, tolerances));
        ATTNDYN_TRY(NOT_EMPTY(run, p, rates));
    }
    ATTNDYN_TRY(instance(run->ctx, p, &t));
    ATTNDYN_TRY(run_flow(run, p, &t));
    if (p->steps > 0) ATTNDYN_TRY(run_descent(run, p, &t));
    return p->survey ? invariant_survey(run, p) : ATTNDYN_OK;
}

KNOWN(instance_facts, invariant) {
    f->queries_per_attention = (double)p->queries;
    f->embedding_orthonormal = 1; /* the reduced variables are those of orthonormal columns */
    f->shared_rate = p->eta_z == p->eta_w;
}

const struct experiment experiment_joma_invariant = {
    .id = "joma/invariant",
    .title = "Theorem 1: the attention logits are a function of the MLP weights",
    .source = "JoMA (arXiv 2310.00535), Theorem 1",
    .doc =
        "The joint gradient flow of K hidden nodes w_k and of the attention logits z below them, "
        "one for each contextual token l, in the reduced variables V = U_C^T W (v_lk, token l and "
        "node k), xi = u_q^T W and z, on a random instance: U_C holds the orthonormal embeddings "
        "of the tokens, u_q that of the query; b is the attention, h_k = phi(v_k . b + xi_k) a "
        "node's output, g_k the gradient that comes back to it. Theorem 1 ties z to V: with r = "
        "eta_z/eta_w and T the temperature, for any data, activation, loss and rates,\n  "
        "linear attention  z^2 = r sum_k v_k^2 + c,   exp attention  z = (r/2T) sum_k v_k^2 + "
        "c,\n"
        "and, for softmax attention, dz/dt = (r/T) { d/dt sum_k v_k^2/2 - eta_w sum_k E[g_k h'_k "
        "b b^T] v_k } (joma/invariant-softmax asks what follows from it). The slide has no r. "
        "With several queries per set of w_k only the sum over queries is tied to V. Gradient "
        "descent drifts by an exact law: exp -(r/2T) lr^2 sum_k (dV_k)^2 per step, linear lr^2 "
        "[(dz)^2 - r sum_k (dV_k)^2].\n"
        "The run itself is one instance: its flow by two integrators, and gradient descent. With "
        "survey=true it goes on to the identity at random states, flows over attentions, "
        "activations, losses and ratios, tolerances, several queries, fixed steps, and a "
        "comparison of the reduced system with the full (W, z) model. Flows of relu and "
        "leaky-relu may slide along a kink; the integrator then gives up, and the run says where.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: about a second"},
                                       {"short", "states=200 ratios=0.01,0.1,1,10,100",
                                        "more random states, more ratios eta_z/eta_w"},
                                       {"paper", "states=200 ratios=0.01,0.1,1,10,100",
                                        "more random states, more ratios eta_z/eta_w"},
                                       {"one", "survey=false", "this instance alone: for sweeps"},
                                       {0}},
    .tables = TABLES(flow, tokens, descent, identity, flows, tolerances, queries, steps, per_rate,
                     cross_check, the_state),
    .figures = figures,
    .facts = KNOWN_OF(instance_facts),
    PARTS_OF(invariant, outcome)};
