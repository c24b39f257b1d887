/* One point of the map of Theorem 1 of JoMA under optimisers that are not plain gradient descent.
 */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/model/joma/instance.h"

#include <math.h>

static const struct param params[] = {
    {"momentum", PARAM_REAL, "0", 0, 0.999, .doc = "v <- momentum v + g, w <- w + lr v"},
    {"weight_decay", PARAM_REAL, "0", 0, 100, .doc = "lambda: g <- g - lambda w, also for z"},
    {"lr", PARAM_REAL, "0.01", 1e-6, 10, .doc = "rate of V, xi and z"},
    {"t_end", PARAM_REAL, "2", 1e-3, 1e4,
     .doc = "horizon: steps = t_end (1 - momentum)/lr, the same length of path"},
    {"activation", PARAM_CHOICE, "tanh", .choices = "linear|tanh|quadratic|gelu|relu",
     .doc = "of the hidden nodes"},
    {"M", PARAM_INT, "6", 1, 1000, .doc = "tokens"},
    {"K", PARAM_INT, "4", 1, 1000, .doc = "hidden nodes"},
    {"N", PARAM_INT, "5", 1, 1000, .doc = "samples"},
    {"seed", PARAM_INT, "1", .doc = "seed of the instance"},
    {0}};

static const struct preset presets[] = {{"quick", "", "one point"}, {0}};
static const struct table tables[] = {STATE_TABLE, {0}};
static const struct scalar scalars[] = {
    {"deviation", NULL,
     "largest |change of z - sum_k v_k^2/2| over the tokens, over the largest |change of z|",
     false},
    {"moved", NULL, "largest |change of z|", false},
    {"law_error", NULL,
     "largest |drift - law| of plain gradient descent, whose drift is exactly "
     "-(lr^2/2) sum_k (dV_k)^2 a step",
     true},
    {0}};

static double constant(const struct attndyn_joma *model, const double *state, size_t l) {
    double square = 0;
    for (size_t k = 0; k < model->hidden; k++)
        square += state[l * model->hidden + k] * state[l * model->hidden + k];
    return state[attndyn_joma_z_offset(model) + l] - square / 2;
}

struct path {
    double *law; /* (M) -(lr^2/2) sum over steps and nodes of dV^2 */
    double *velocity, *gradient;
};

static enum attndyn_status descend(struct attndyn_context *ctx, const struct params *p,
                                   const struct attndyn_joma *model, double *state,
                                   struct path *path) {
    struct attndyn_joma_work *work;
    ATTNDYN_TRY(attndyn_joma_work_create(ctx, model, &work));
    size_t n = attndyn_joma_size(model), weights = model->tokens * model->hidden;
    ATTNDYN_ALLOC(ctx, path->velocity, n);
    ATTNDYN_ALLOC(ctx, path->gradient, n);
    ATTNDYN_ALLOC(ctx, path->law, model->tokens);
    double momentum = param_real(p, "momentum"), lr = param_real(p, "lr");
    double decay = param_real(p, "weight_decay");
    long steps = lround(param_real(p, "t_end") * (1 - momentum) / lr);
    if (steps < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "t_end (1 - momentum)/lr = %.3g: less than a step",
                            param_real(p, "t_end") * (1 - momentum) / lr);
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

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct attndyn_joma_instance_spec spec = attndyn_joma_instance_reference(ATTNDYN_JOMA_EXP);
    spec.tokens = (size_t)param_int(p, "M");
    spec.hidden = (size_t)param_int(p, "K");
    spec.samples = (size_t)param_int(p, "N");
    spec.seed = (uint64_t)param_int(p, "seed");
    if (!attndyn_activation_named(param_text(p, "activation"), &spec.activation.kind))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "no such activation");
    struct attndyn_joma_instance instance;
    ATTNDYN_TRY(attndyn_joma_instance_create(ctx, &spec, &instance));
    const struct attndyn_joma *model = &instance.model;
    size_t n = attndyn_joma_size(model), z = attndyn_joma_z_offset(model);
    double *state;
    ATTNDYN_ALLOC(ctx, state, n);
    for (size_t j = 0; j < n; j++) state[j] = instance.state[j];
    struct path path;
    ATTNDYN_TRY(descend(ctx, p, model, state, &path));
    double drift = 0, moved = 0, law = 0;
    for (size_t l = 0; l < model->tokens; l++) {
        double change = constant(model, state, l) - constant(model, instance.state, l);
        drift = fmax(drift, fabs(change));
        law = fmax(law, fabs(change - path.law[l]));
        moved = fmax(moved, fabs(state[z + l] - instance.state[z + l]));
    }
    bool plain = param_real(p, "momentum") == 0 && param_real(p, "weight_decay") == 0;
    ATTNDYN_TRY(results_scalar(ctx, results, "deviation", drift / moved));
    ATTNDYN_TRY(results_scalar(ctx, results, "moved", moved));
    ATTNDYN_TRY(results_scalar(ctx, results, "law_error", plain ? law : NAN));
    ATTNDYN_TRY(results_emit_state(ctx, results, "V", state, model->tokens * model->hidden));
    return results_emit_state(ctx, results, "z", state + z, model->tokens);
}

static enum attndyn_status check_law(struct attndyn_context *ctx, const struct params *p,
                                     const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double error = results_scalar_value(results, "law_error");
    if (isnan(error)) return verdict_skip(v, "the exact law is that of plain gradient descent");
    return verdict_at_most(v, error, 1e-11, "largest |drift - law| over the tokens");
}

static const struct check *const checks[] = {
    &(const struct check){"DJ1.descent-law", CHECK_CLAIM,
     "plain gradient descent drifts from Theorem 1 by exactly -(lr^2/2) sum_k (dV_k)^2 a step",
     "JoMA, Theorem 1; the discrete law is derived here", "the gradient or the update is wrong",
     check_law},
    NULL};

const struct experiment experiment_domain_optimiser = {
    .id = "domain/optimiser",
    .title = "One point of the map of Theorem 1: momentum, weight decay, step size",
    .source = "JoMA (arXiv 2310.00535), Theorem 1",
    .doc =
        "Theorem 1 ties z to sum_k v_k^2/2 under gradient flow. Here exp attention is trained by "
        "SGD with momentum and weight decay over the same length of path, and the tie is "
        "measured against how far z has moved. Made for sweeps: `attndyn sweep --preset "
        "joma-optimiser`.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .checks = checks,
    .run = run};
