/* One point of the map of Theorem 1 of JoMA under optimisers that are not plain gradient
 * descent. */
#include "experiments/domain/shared/point.h"
#include "sim/model/joma/instance.h"

#define OPTIMISER(X)                                                                               \
    X(REAL, momentum, "0", "momentum: v <- momentum v + g, w <- w + lr v", IN(0, 0.999))           \
    X(REAL, weight_decay, "0", "weight decay lambda: g <- g - lambda w, also for z", IN(0, 100))   \
    X(REAL, lr, "0.01", "learning rate of V, xi and z", IN(1e-6, 10))                              \
    X(REAL, t_end, "2", "horizon: steps = t_end (1 - momentum)/lr, the same length of path",       \
      IN(1e-3, 1e4))                                                                               \
    X(NAMED(attndyn_activation_kind, attndyn_activation_named, "linear|tanh|quadratic|gelu|relu"), \
      activation, "tanh", "activation of the hidden nodes")                                        \
    X(INT, M, "6", "tokens M", IN(1, 1000))                                                        \
    X(INT, K, "4", "hidden nodes K", IN(1, 1000))                                                  \
    X(INT, N, "5", "samples N", IN(1, 1000))                                                       \
    X(INT, seed, "1", "seed of the instance")
PARAMS(optimiser, OPTIMISER)

#define OUTCOME(X)                                                                                 \
    X(REAL, deviation,                                                                             \
      "largest |change of z - sum_k v_k^2/2| over the tokens, over the largest |change of z|")     \
    X(REAL, moved, "largest |change of z|")                                                        \
    X(OPTIONAL, law_error,                                                                         \
      "largest |drift - law| of plain gradient descent, whose drift is exactly -(lr^2/2) sum_k "   \
      "(dV_k)^2 a step")
SCALARS(outcome, OUTCOME)

static double constant(const struct attndyn_joma *model, const double *state, size_t l) {
    double square = 0;
    for (size_t k = 0; k < model->hidden; k++)
        square += state[l * model->hidden + k] * state[l * model->hidden + k];
    return state[attndyn_joma_z_offset(model) + l] - square / 2;
}

struct path {
    double *law; /* (M): -(lr^2/2) times the sum of dV^2 over steps and nodes */
    double *velocity, *gradient;
};

static enum attndyn_status descend(struct attndyn_context *ctx, const struct optimiser *p,
                                   const struct attndyn_joma *model, double *state,
                                   struct path *path) {
    struct attndyn_joma_work *work;
    ATTNDYN_TRY(attndyn_joma_work_create(ctx, model, &work));
    size_t n = attndyn_joma_size(model), weights = model->tokens * model->hidden;
    ATTNDYN_ALLOC(ctx, path->velocity, n);
    ATTNDYN_ALLOC(ctx, path->gradient, n);
    ATTNDYN_ALLOC(ctx, path->law, model->tokens);
    double momentum = p->momentum, lr = p->lr;
    double decay = p->weight_decay;
    long steps = lround(p->t_end * (1 - momentum) / lr);
    if (steps < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "t_end (1 - momentum)/lr = %.3g: less than a step",
                            p->t_end * (1 - momentum) / lr);
    for (long i = 0; i < steps; i++) {
        attndyn_joma_gradient(work, NULL, NULL, 0, state, path->gradient);
        for (size_t j = 0; j < n; j++) {
            path->velocity[j] = momentum * path->velocity[j] + path->gradient[j] - decay * state[j];
            state[j] += lr * path->velocity[j];
        }
        for (size_t j = 0; j < weights; j++)
            path->law[j / model->hidden] -= lr * lr / 2 * path->gradient[j] * path->gradient[j];
        if (i % 1024 == 0) ATTNDYN_TRY(attndyn_check_interrupt(ctx));
    }
    return ATTNDYN_OK;
}

RUN(optimiser) {
    struct attndyn_joma_instance_spec spec = attndyn_joma_instance_reference(ATTNDYN_JOMA_EXP);
    spec.tokens = (size_t)p->M;
    spec.hidden = (size_t)p->K;
    spec.samples = (size_t)p->N;
    spec.seed = (uint64_t)p->seed;
    spec.activation.kind = p->activation;
    struct attndyn_joma_instance instance;
    ATTNDYN_TRY(attndyn_joma_instance_create(run->ctx, &spec, &instance));
    const struct attndyn_joma *model = &instance.model;
    size_t n = attndyn_joma_size(model), z = attndyn_joma_z_offset(model);
    double *state;
    ATTNDYN_ALLOC(run->ctx, state, n);
    for (size_t j = 0; j < n; j++) state[j] = instance.state[j];
    struct path path;
    ATTNDYN_TRY(descend(run->ctx, p, model, state, &path));
    double drift = 0, moved = 0, law = 0;
    for (size_t l = 0; l < model->tokens; l++) {
        double change = constant(model, state, l) - constant(model, instance.state, l);
        worst(&drift, change);
        worst(&law, change - path.law[l]);
        worst(&moved, state[z + l] - instance.state[z + l]);
    }
    bool plain = p->momentum == 0 && p->weight_decay == 0;
    ATTNDYN_TRY(SET(run, outcome, .deviation = drift / moved, .moved = moved,
                    .law_error = plain ? law : NAN));
    ATTNDYN_TRY(STATE(run, V, state, model->tokens * model->hidden));
    return STATE(run, z, state + z, model->tokens);
}

#define PARAMETERS optimiser

CLAIM(descent_law, "DJ1.descent-law", DERIVED_AS("derived here, from JoMA, Theorem 1"),
      "Plain gradient descent of learning rate lr drifts from JoMA's Theorem 1, z_l - sum_k "
      "v_lk^2/2 = const. for each token l, by exactly -(lr^2/2) sum_k (dv_lk/dt)^2 in each step.",
      "the drift of one token is off the sum of these by more than {bound}", .bound = 1e-11) {
    double error = SCALAR_OF(run, outcome, law_error);
    if (isnan(error)) return verdict_skip(v, "the exact law is that of plain gradient descent");
    return verdict_at_most(v, error, v->bound, "largest |drift - law| over the tokens");
}

static const struct check *const optimiser_claims[] = {&descent_law, NULL};

const struct experiment experiment_domain_optimiser = {
    .id = "domain/optimiser",
    .title = "One point of the map of Theorem 1: momentum, weight decay, step size",
    .source = "JoMA (arXiv 2310.00535), Theorem 1",
    .doc =
        "Theorem 1 ties z to sum_k v_k^2/2 under gradient flow. Here exp attention is trained by "
        "SGD with momentum and weight decay over the same length of path, and the tie is "
        "measured against how far z has moved. Made for sweeps: `attndyn sweep --preset "
        "joma-optimiser`.",
    .presets = (const struct preset[]){{"quick", "", "one point of a sweep"}, {0}},
    .tables = TABLES(the_state),
    PARTS_OF(optimiser, outcome)};
