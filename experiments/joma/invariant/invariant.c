/* JoMA's Theorem 1: the attention logits z follow the MLP weights. See `doc` below. */
#include "claims.h"
#include "survey.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    {"attention", PARAM_CHOICE, "exp", .choices = ATTNDYN_JOMA_ATTENTIONS,
     .doc = "b from counts x and logits z: x o z | x o exp(z/T) | softmax"},
    {"activation", PARAM_CHOICE, "tanh",
     .choices = "linear|relu|tanh|quadratic|gelu|leaky-relu|cubic|erf|silu",
     .doc = "of the hidden nodes; quadratic y^2/2, cubic y^3/3, leaky-relu with slope 0.1"},
    {"loss", PARAM_CHOICE, "mse", .choices = ATTNDYN_JOMA_LOSSES,
     .doc = "mse: g = Y - h; ce: label i mod K; fixed: g = Y"},
    {"M", PARAM_INT, "6", 1, 2000, .doc = "contextual tokens"},
    {"K", PARAM_INT, "4", 1, 2000, .doc = "hidden nodes"},
    {"N", PARAM_INT, "5", 1, 10000, .doc = "samples"},
    {"queries", PARAM_INT, "1", 1, 1000,
     .doc = "queries that share the hidden nodes; sample i asks query i mod queries"},
    {"seed", PARAM_INT, "1", .doc = "of the instance"},
    {"rng", PARAM_CHOICE, "splitmix", .choices = "splitmix|mt19937",
     .doc = "stream of the instance: X = U(M,N), p = U(N) normalised, V = v_scale N(M,K), "
            "xi = xi_scale N(K), z = z_scale N(M), Y = N(K,N), row-major"},
    {"eta_w", PARAM_REAL, "1", 1e-6, 1e6, .doc = "learning rate of w"},
    {"eta_z", PARAM_REAL, "1", 1e-6, 1e6, .doc = "learning rate of z"},
    {"temperature", PARAM_REAL, "1", 1e-3, 1e3, .doc = "T of exp and softmax attention"},
    {"counts", PARAM_CHOICE, "uniform", .choices = "uniform|integer",
     .doc = "X = U(M,N), or floor(4 U): whole counts 0..3"},
    {"normaliser", PARAM_CHOICE, "one", .choices = "one|count",
     .doc = "A_i of linear and exp attention: 1, or the sample's total count"},
    {"v_scale", PARAM_REAL, "0.3", 0, 100, .doc = "standard deviation of V at the start"},
    {"xi_scale", PARAM_REAL, "0.1", 0, 100, .doc = "standard deviation of xi at the start"},
    {"z_scale", PARAM_REAL, "0.2", 0, 100,
     .doc = "standard deviation of z at the start; linear attention starts from z + 1"},
    {"t_end", PARAM_REAL, "1", 1e-9, 1e9, .doc = "horizon of the flow"},
    {"method", PARAM_CHOICE, "adams", .choices = "adams|bdf-dense|bdf-krylov",
     .doc = "integrator of the flow; a second one is run beside it"},
    {"rtol", PARAM_REAL, "1e-12", 1e-14, 1e-2, .doc = "relative tolerance"},
    {"atol", PARAM_REAL, "1e-14", 0, 1e-2, .doc = "absolute tolerance"},
    {"points", PARAM_INT, "40", 1, 100000, .doc = "output times"},
    {"kink_steps", PARAM_INT, "20000", 100, 100000000,
     .doc =
         "steps granted to flows of kinked activations (relu, leaky-relu), which may slide along "
         "a kink and then never end"},
    {"lr", PARAM_REAL, "0.1", 1e-9, 1e3, .doc = "rate of gradient descent"},
    {"steps", PARAM_INT, "20", 0, 10000000, .doc = "steps of gradient descent; 0: none"},
    {"batch", PARAM_INT, "0", 0, 1000000,
     .doc = "samples drawn (by p_i, with replacement) for each step; 0: all of them"},
    {"survey", PARAM_BOOL, "true",
     .doc = "also survey attentions, activations, losses, rates, methods and steps"},
    {"states", PARAM_INT, "20", 1, 100000, .doc = "survey: random instances of the identity"},
    {"ratios", PARAM_REALS, "0.1,1,10", 1e-6, 1e6, .doc = "survey: eta_z/eta_w"},
    {"tolerances", PARAM_REALS, "1e-6,1e-7,1e-8,1e-9,1e-10", 1e-13, 1e-2, .doc = "survey: rtol"},
    {"rates", PARAM_REALS, "0.1,0.05,0.025,0.0125", 1e-6, 1,
     .doc = "survey: steps of descent and of the fixed-step methods, falling"},
    {"t_descent", PARAM_REAL, "2", 1e-3, 1e4, .doc = "survey: horizon of descent, lr x steps"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "the defaults: about a second"},
    {"paper", "states=200 ratios=0.01,0.1,1,10,100", "more states, more ratios"},
    {"one", "survey=false", "this instance alone: for sweeps"},
    {0}};

static const struct column flow_columns[] = {
    {"t", COLUMN_REAL, .doc = "time"},
    {"drift", COLUMN_REAL, .doc = "largest change of a token's constant since t = 0"},
    {"drift_no_ratio", COLUMN_REAL, .doc = "the same without the factor eta_z/eta_w"},
    {"drift_one_query", COLUMN_REAL, .doc = "of the first query alone"},
    {0}};
static const struct column token_columns[] = {
    {"t", COLUMN_REAL, .doc = "time"},
    {"token", COLUMN_INT, .doc = "l"},
    {"z", COLUMN_REAL, .doc = "z_l, summed over queries (linear attention: sum of squares)"},
    {"square", COLUMN_REAL, .doc = "sum_k v_lk^2"},
    {"drift", COLUMN_REAL, .doc = "change of the token's constant since t = 0"},
    {0}};
static const struct column descent_columns[] = {
    {"step", COLUMN_INT, .doc = "updates done"},
    {"token", COLUMN_INT, .doc = "l"},
    {"drift", COLUMN_REAL,
     .doc = "change of the token's constant since the start; none for softmax", .optional = true},
    {"law", COLUMN_REAL, .doc = "what the discrete-time law adds up to; none for softmax",
     .optional = true},
    {0}};
static const struct column identity_columns[] = {
    {"attention", COLUMN_TEXT, .doc = "of the instances"},
    {"activation", COLUMN_TEXT, .doc = "of the instances"},
    {"loss", COLUMN_TEXT, .doc = "of the instances"},
    {"states", COLUMN_INT, .doc = "random instances"},
    {"defect", COLUMN_REAL,
     .doc = "largest |left - right| of the identity between dz/dt and dV/dt, over its terms"},
    {0}};
static const struct column flows_columns[] = {
    {"attention", COLUMN_TEXT, .doc = "of the instance"},
    {"activation", COLUMN_TEXT, .doc = "of the instance"},
    {"loss", COLUMN_TEXT, .doc = "of the instance"},
    {"ratio", COLUMN_REAL, .doc = "eta_z/eta_w"},
    {"t_end", COLUMN_REAL, .doc = "horizon"},
    {"t_reached", COLUMN_REAL, .doc = "where the integrator stopped"},
    {"outcome", COLUMN_TEXT, .doc = "done, stalled on a kink, or stopped at a blow-up"},
    {"drift", COLUMN_REAL, .doc = "largest change of a constant, as it holds"},
    {"drift_no_ratio", COLUMN_REAL, .doc = "the same without the factor eta_z/eta_w"},
    {0}};
static const struct column tolerance_columns[] = {
    {"method", COLUMN_TEXT, .doc = "integrator"},
    {"rtol", COLUMN_REAL, .doc = "relative tolerance; atol is a hundredth of it"},
    {"steps", COLUMN_INT, .doc = "steps taken to t = 1"},
    {"drift", COLUMN_REAL, .doc = "largest change of a constant"},
    {0}};
static const struct column query_columns[] = {
    {"attention", COLUMN_TEXT, .doc = "of the instance"},
    {"queries", COLUMN_INT, .doc = "queries that share the hidden nodes"},
    {"one_query", COLUMN_REAL, .doc = "drift of the first query's own constant"},
    {"summed", COLUMN_REAL, .doc = "drift of the constant of the sum over queries"},
    {"moved", COLUMN_REAL, .doc = "largest change of a z"},
    {0}};
static const struct column step_columns[] = {
    {"method", COLUMN_TEXT, .doc = "gd, sgd, midpoint, rk4"},
    {"attention", COLUMN_TEXT, .doc = "of the instance"},
    {"activation", COLUMN_TEXT, .doc = "of the instance"},
    {"batch", COLUMN_INT, .doc = "samples per step; 0: all"},
    {"step", COLUMN_REAL, .doc = "lr, or the step h of the flow"},
    {"count", COLUMN_INT, .doc = "steps taken"},
    {"largest", COLUMN_REAL, .doc = "largest drift over steps and tokens"},
    {"drift", COLUMN_REAL, .doc = "at the horizon, of the token that drifts most, with its sign"},
    {"token", COLUMN_INT, .doc = "that token"},
    {"law_error", COLUMN_REAL, .doc = "descent: largest |drift - law|", .optional = true},
    {"highest", COLUMN_REAL, .doc = "descent: most positive change in one step", .optional = true},
    {0}};
static const struct column cross_columns[] = {
    {"attention", COLUMN_TEXT, .doc = "of the instance"},
    {"activation", COLUMN_TEXT, .doc = "of the instance"},
    {"loss", COLUMN_TEXT, .doc = "of the instance"},
    {"dimension", COLUMN_INT, .doc = "d of the full model's random orthonormal embeddings"},
    {"backpropagation", COLUMN_REAL,
     .doc = "reduced gradient against the full model's, over the largest entry"},
    {"complex_step", COLUMN_REAL,
     .doc = "reduced gradient along random directions against the full objective's complex step"},
    {0}};

static const struct table tables[] = {
    {"flow", "the instance's flow: drift of the invariants", flow_columns},
    {"tokens", "the same, token by token", token_columns},
    {"descent", "gradient descent on the instance: drift and law", descent_columns},
    {"identity", "survey: the identity of the right-hand side at random states", identity_columns},
    {"flows", "survey: drift of the flow", flows_columns},
    {"tolerances", "survey: drift against rtol", tolerance_columns},
    {"queries", "survey: several queries", query_columns},
    {"steps", "survey: descent and fixed-step methods", step_columns},
    {"cross_check", "survey: reduced against full model", cross_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"drift", .doc = "largest change of an invariant under the flow"},
    {"drift_no_ratio", .doc = "the same without the factor eta_z/eta_w"},
    {"drift_one_query", .doc = "of the first query alone"},
    {"drift_descent", .doc = "largest change under gradient descent; none for softmax",
     .optional = true},
    {"t_reached", .doc = "where the flow stopped: t_end, or where it stalled on a kink"},
    {"integrators_differ",
     .doc = "largest difference of the end states of two integrators, over the largest entry",
     .optional = true},
    {0}};

static const struct figure figures[] = {
    {"invariant", "joma/invariant/invariant.gp",
     "Theorem 1. Top left: the logits follow the weights, token by token, along the lines that the "
     "theorem draws. Top right: drift under the flow at three ratios of the learning rates, with "
     "the factor eta_z/eta_w and without. Bottom left: drift against the integrator's tolerance. "
     "Bottom right: drift of descent is first order in the rate, the midpoint rule has none."},
    {0}};

struct run_state {
    struct results *results;
    const struct attndyn_joma *model;
};

static enum attndyn_status emit_seen(struct attndyn_context *ctx, void *user, double t,
                                     const double *state, const struct theorem1_drift *drift) {
    struct run_state *r = user;
    const struct attndyn_joma *m = r->model;
    size_t M = m->tokens, zo = attndyn_joma_z_offset(m);
    ATTNDYN_TRY(EMIT(ctx, r->results, "flow", R(t), R(theorem1_largest(M, drift->holds)),
                     R(theorem1_largest(M, drift->no_ratio)),
                     R(theorem1_largest(M, drift->one_query))));
    for (size_t l = 0; l < M; l++) {
        double z = 0, square = 0;
        for (size_t q = 0; q < m->queries; q++) {
            double one = state[zo + q * M + l];
            z += m->attention == ATTNDYN_JOMA_LINEAR ? one * one : one;
        }
        for (size_t k = 0; k < m->hidden; k++)
            square += state[l * m->hidden + k] * state[l * m->hidden + k];
        ATTNDYN_TRY(
            EMIT(ctx, r->results, "tokens", R(t), I((long)l), R(z), R(square), R(drift->holds[l])));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status emit_descent(struct attndyn_context *ctx, void *user, size_t step,
                                        const double *drift, const double *law) {
    struct run_state *r = user;
    bool none = r->model->attention == ATTNDYN_JOMA_SOFTMAX;
    for (size_t l = 0; l < r->model->tokens; l++)
        ATTNDYN_TRY(EMIT(ctx, r->results, "descent", I((long)step), I((long)l),
                         R(none ? NAN : drift[l]), R(none ? NAN : law[l])));
    return ATTNDYN_OK;
}

/* The flow of the instance, twice: by the method asked for and by another. */
static enum attndyn_status run_flow(struct attndyn_context *ctx, const struct params *p,
                                    struct results *results,
                                    const struct attndyn_joma_instance *t) {
    const struct attndyn_joma *m = &t->model;
    struct run_state user = {results, m};
    struct theorem1_outcome outcome, other;
    size_t points = (size_t)param_int(p, "points"), n = attndyn_joma_size(m);
    size_t xo = attndyn_joma_xi_offset(m), zo = attndyn_joma_z_offset(m);
    double *times, end = param_real(p, "t_end");
    ATTNDYN_ALLOC(ctx, times, points + 1);
    attndyn_grid_linear(0, end, points + 1, times);
    enum attndyn_ode_method method;
    if (!attndyn_ode_method_named(param_text(p, "method"), &method))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "no method %s", param_text(p, "method"));
    bool kinked = attndyn_activation_kinked(m->activation.kind);
    struct theorem1_flow flow = {.model = m,
                                 .start = t->state,
                                 .method = method,
                                 .rtol = param_real(p, "rtol"),
                                 .atol = param_real(p, "atol"),
                                 .max_steps = kinked ? param_int(p, "kink_steps") : 0,
                                 .times = times,
                                 .n_times = points + 1,
                                 .seen = emit_seen,
                                 .user = &user};
    ATTNDYN_TRY(theorem1_run(ctx, &flow, &outcome));
    ATTNDYN_TRY(results_solver(ctx, results, "flow", &outcome.statistics));
    if (outcome.stalled)
        ATTNDYN_TRY(results_note(
            ctx, results,
            "the flow stalled at t = %.9g after %ld steps: with %s, samples that push a "
            "pre-activation through 0 and others that push it back make it slide along the kink, "
            "where it is no longer an ordinary differential equation. State and tables end there; "
            "take a smooth activation, or gradient descent",
            outcome.t_reached, outcome.statistics.steps,
            attndyn_activation_name(m->activation.kind)));
    double differ = NAN;
    if (!outcome.stalled) {
        flow.method = method == ATTNDYN_ODE_ADAMS && n <= 400 ? ATTNDYN_ODE_BDF_DENSE
                      : method == ATTNDYN_ODE_ADAMS           ? ATTNDYN_ODE_BDF_KRYLOV
                                                              : ATTNDYN_ODE_ADAMS;
        flow.seen = NULL;
        ATTNDYN_TRY(theorem1_run(ctx, &flow, &other));
        ATTNDYN_TRY(results_solver(ctx, results, "flow, second integrator", &other.statistics));
        double scale = theorem1_largest(n, outcome.state), worst = 0;
        for (size_t a = 0; a < n; a++)
            worst = theorem1_worse(worst, fabs(outcome.state[a] - other.state[a]));
        if (!other.stalled) differ = worst / scale;
    }
    ATTNDYN_TRY(results_scalar(ctx, results, "integrators_differ", differ));
    ATTNDYN_TRY(results_scalar(ctx, results, "drift", outcome.holds));
    ATTNDYN_TRY(results_scalar(ctx, results, "drift_no_ratio", outcome.no_ratio));
    ATTNDYN_TRY(results_scalar(ctx, results, "drift_one_query", outcome.one_query));
    ATTNDYN_TRY(results_scalar(ctx, results, "t_reached", outcome.t_reached));
    ATTNDYN_TRY(results_emit_state(ctx, results, "t", &outcome.t_reached, 1));
    ATTNDYN_TRY(results_emit_state(ctx, results, "z", outcome.state + zo, n - zo));
    ATTNDYN_TRY(results_emit_state(ctx, results, "V", outcome.state, xo));
    return results_emit_state(ctx, results, "xi", outcome.state + xo, zo - xo);
}

static enum attndyn_status run_descent(struct attndyn_context *ctx, const struct params *p,
                                       struct results *results,
                                       const struct attndyn_joma_instance *t) {
    const struct attndyn_joma *m = &t->model;
    struct run_state user = {results, m};
    struct descent_outcome outcome;
    size_t xo = attndyn_joma_xi_offset(m), zo = attndyn_joma_z_offset(m);
    struct descent descent = {.model = m,
                              .start = t->state,
                              .lr = param_real(p, "lr"),
                              .steps = (size_t)param_int(p, "steps"),
                              .batch = (size_t)param_int(p, "batch"),
                              .rng = theorem1_rng(p),
                              .seed = attndyn_random_derive((uint64_t)param_int(p, "seed"),
                                                            "joma/invariant minibatch", 0),
                              .seen = emit_descent,
                              .user = &user};
    ATTNDYN_TRY(descend(ctx, &descent, &outcome));
    ATTNDYN_TRY(results_scalar(ctx, results, "drift_descent",
                               m->attention == ATTNDYN_JOMA_SOFTMAX ? NAN : outcome.largest));
    ATTNDYN_TRY(results_emit_state(ctx, results, "z_descent", outcome.state + zo,
                                   attndyn_joma_size(m) - zo));
    ATTNDYN_TRY(results_emit_state(ctx, results, "V_descent", outcome.state, xo));
    return results_emit_state(ctx, results, "xi_descent", outcome.state + xo, zo - xo);
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct attndyn_joma_instance_spec spec;
    struct attndyn_joma_instance t;
    static const char *const lists[] = {"ratios", "tolerances", "rates"};
    for (size_t i = 0; i < 3 && param_bool(p, "survey"); i++) {
        size_t count;
        param_reals(p, lists[i], &count);
        if (count == 0)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "%s is empty: name at least one value, or set survey=false",
                                lists[i]);
    }
    ATTNDYN_TRY(theorem1_spec(ctx, p, &spec));
    ATTNDYN_TRY(attndyn_joma_instance_create(ctx, &spec, &t));
    ATTNDYN_TRY(run_flow(ctx, p, results, &t));
    if (param_int(p, "steps") > 0) ATTNDYN_TRY(run_descent(ctx, p, results, &t));
    if (!param_bool(p, "survey")) return ATTNDYN_OK;
    static enum attndyn_status (*const surveys[])(struct attndyn_context *, const struct params *,
                                                  struct results *) = {
        survey_identity, survey_flows, survey_tolerances,
        survey_queries,  survey_steps, survey_cross_check};
    for (size_t s = 0; s < 6; s++) {
        uint64_t mark = attndyn_memory_mark(ctx);
        attndyn_progress(ctx, "surveys", (double)s, 6);
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
        ATTNDYN_TRY(surveys[s](ctx, p, results));
        attndyn_memory_release(ctx, mark);
    }
    return ATTNDYN_OK;
}

const struct experiment experiment_joma_invariant = {
    .id = "joma/invariant",
    .title = "Theorem 1: the attention logits are a function of the MLP weights",
    .source = "JoMA (arXiv 2310.00535), Theorem 1",
    .doc =
        "The joint gradient flow of K hidden nodes w_k and of the attention logits z below them, "
        "in "
        "the reduced variables V = U_C^T W, xi = u_q^T W and z, on a random instance. Theorem 1 "
        "ties "
        "z to V: with r = eta_z/eta_w, for any data, activation, loss and rates,\n"
        "  linear attention  z^2 = r sum_k v_k^2 + c,   exp attention  z = (r/2T) sum_k v_k^2 + "
        "c,\n"
        "and, for softmax attention, dz/dt = (r/T) { d/dt sum_k v_k^2/2 - eta_w sum_k E[g_k h'_k b "
        "b^T] v_k } (joma/invariant-softmax asks what follows from it). The paper prints r = 1. "
        "With "
        "several queries per set of w_k only the sum over queries is tied to V. Gradient descent "
        "drifts by an exact law: exp -(r/2T) lr^2 sum_k (dV_k)^2 per step, linear lr^2 [(dz)^2 - r "
        "sum_k (dV_k)^2].\n"
        "The run itself is one instance: its flow by two integrators, and gradient descent. With "
        "survey=true it goes on to the identity at random states, flows over attentions, "
        "activations, losses and ratios, tolerances, several queries, fixed steps, and a "
        "comparison "
        "of the reduced system with the full (W, z) model. Flows of relu and leaky-relu may slide "
        "along a kink; the integrator then gives up, and the run says where.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = joma_invariant_checks,
    .run = run,
};
