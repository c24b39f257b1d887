/* JoMA's Theorem 1: the attention logits z follow the MLP weights. invariant.c runs the instance,
 * combinations.c the other models, descent.c steps of finite size; claims.c judges. */
#ifndef JOMA_INVARIANT_INVARIANT_H
#define JOMA_INVARIANT_INVARIANT_H

#include "experiments/joma/shared/theorem1.h"

#define COUNTS(C) C(counts_uniform, "uniform") C(counts_integer, "integer")
CHOICES(counts, COUNTS)
#define NORMALISER(C) C(normaliser_one, "one") C(normaliser_count, "count")
CHOICES(normaliser, NORMALISER)
#define INVARIANT(X)                                                                               \
    X(ENUM(attndyn_joma_attention, ATTNDYN_JOMA_ATTENTIONS), attention, "exp",                     \
      "attention b from counts x and logits z: linear, x o z; exp, x o exp(z/T); softmax")         \
    X(NAMED(attndyn_activation_kind, attndyn_activation_named,                                     \
            "linear|relu|tanh|quadratic|gelu|leaky-relu|cubic|erf|silu"),                          \
      activation, "tanh",                                                                          \
      "activation of the hidden nodes; quadratic y^2/2, cubic y^3/3, leaky-relu with slope 0.1")   \
    X(ENUM(attndyn_joma_loss, ATTNDYN_JOMA_LOSSES), loss, "mse",                                   \
      "loss, which gives the gradient g at the hidden nodes h: mse: g = Y - h; ce: "               \
      "cross-entropy, sample i has label i mod K; fixed: g = Y")                                   \
    X(INT, M, "6", "contextual tokens M", IN(1, 2000))                                             \
    X(INT, K, "4", "hidden nodes K", IN(1, 2000))                                                  \
    X(INT, N, "5", "samples N", IN(1, 10000))                                                      \
    X(INT, queries, "1", "queries that share the hidden nodes; sample i asks query i mod queries", \
      IN(1, 1000))                                                                                 \
    X(INT, seed, "1", "seed of the instance")                                                      \
    X(ENUM(attndyn_random_kind, ATTNDYN_RANDOM_KINDS), rng, "splitmix",                            \
      "stream of the instance: X = U(M,N), p = U(N) normalised, V = v_scale N(M,K), xi = "         \
      "xi_scale N(K), z = z_scale N(M), Y = N(K,N), row-major")                                    \
    X(REAL, eta_w, "1", "learning rate of the weights, eta_w", IN(1e-6, 1e6))                      \
    X(REAL, eta_z, "1", "learning rate of the attention logits z, eta_z", IN(1e-6, 1e6))           \
    X(REAL, temperature, "1", "T of exp and softmax attention", IN(1e-3, 1e3))                     \
    X(CHOICE, counts, "uniform", "X = U(M,N), or floor(4 U): whole counts 0..3")                   \
    X(CHOICE, normaliser, "one",                                                                   \
      "A_i of linear and exp attention: 1, or the sample's total count")                           \
    X(REAL, v_scale, "0.3", "standard deviation of V at the start", IN(0, 100))                    \
    X(REAL, xi_scale, "0.1", "standard deviation of xi at the start", IN(0, 100))                  \
    X(REAL, z_scale, "0.2",                                                                        \
      "standard deviation of z at the start; linear attention starts from z + 1", IN(0, 100))      \
    X(REAL, t_end, "1", "horizon of the flow, time t", IN(1e-9, 1e9))                              \
    X(ENUM(attndyn_ode_method, "adams|bdf-dense|bdf-krylov"), method, "adams",                     \
      "integrator of the flow; a second one is run beside it")                                     \
    X(REAL, rtol, "1e-12", "relative tolerance", IN(1e-14, 1e-2))                                  \
    X(REAL, atol, "1e-14", "absolute tolerance", IN(0, 1e-2))                                      \
    X(INT, points, "40", "output times", IN(1, 100000))                                            \
    X(INT, kink_steps, "20000",                                                                    \
      "steps granted to flows of kinked activations (relu, leaky-relu), which may slide along a "  \
      "kink and then never end",                                                                   \
      IN(100, 100000000))                                                                          \
    X(REAL, lr, "0.1", "learning rate of gradient descent, times eta_w and eta_z", IN(1e-9, 1e3))  \
    X(INT, steps, "20", "steps of gradient descent; 0: none", IN(0, 10000000))                     \
    X(INT, batch, "0", "samples drawn (by p_i, with replacement) for each step; 0: all of them",   \
      IN(0, 1000000))                                                                              \
    X(BOOL, survey, "true",                                                                        \
      "also survey attentions, activations, losses, rates, methods and steps")                     \
    X(INT, states, "20", "survey: random instances of the identity", IN(1, 100000))                \
    X(REALS, ratios, "0.1,1,10", "survey: eta_z/eta_w", IN(1e-6, 1e6))                             \
    X(REALS, tolerances, "1e-6,1e-7,1e-8,1e-9,1e-10", "survey: rtol", IN(1e-13, 1e-2))             \
    X(REALS, rates, "0.1,0.05,0.025,0.0125",                                                       \
      "survey: learning rates of descent and step sizes of the fixed-step methods, falling",       \
      IN(1e-6, 1))                                                                                 \
    X(REAL, t_descent, "2", "survey: horizon of descent, lr x steps", IN(1e-3, 1e4))
PARAMS(invariant, INVARIANT)

#define FLOW(X)                                                                                    \
    X(REAL, t, "time t")                                                                           \
    X(REAL, drift,                                                                                 \
      "largest change since t = 0 of a token's constant, z_l - (r/2T) sum_k v_lk^2, r = "          \
      "eta_z/eta_w (linear attention: z_l^2 - r sum_k v_lk^2)")                                    \
    X(REAL, drift_no_ratio, "the same without the factor eta_z/eta_w")                             \
    X(REAL, drift_one_query, "the same with the z of the first query alone")
TABLE(flow, FLOW, "the instance's flow: drift of the invariants")

#define TOKENS(X)                                                                                  \
    X(REAL, t, "time t")                                                                           \
    X(INT, token, "token l")                                                                       \
    X(REAL, z, "z_l, summed over queries (linear attention: sum of squares)")                      \
    X(REAL, square, "sum_k v_lk^2, v_lk the weight of token l at node k")                          \
    X(REAL, drift, "change of the token's constant since t = 0")
TABLE(tokens, TOKENS, "the instance's flow, token by token")

#define DESCENT(X)                                                                                 \
    X(INT, step, "updates made")                                                                   \
    X(INT, token, "token l")                                                                       \
    X(OPTIONAL, drift, "change of the token's constant since the start; empty for softmax")        \
    X(OPTIONAL, law, "what the discrete-time law adds up to; empty for softmax")
TABLE(descent, DESCENT, "gradient descent on the instance: drift and law")

#define IDENTITY(X)                                                                                \
    X(TEXT, attention, "attention of the instances")                                               \
    X(TEXT, activation, "activation of the instances")                                             \
    X(TEXT, loss, "loss of the instances")                                                         \
    X(INT, states, "random instances tried")                                                       \
    X(REAL, defect,                                                                                \
      "largest |left - right| of the identity between dz/dt and dV/dt, over its terms")
TABLE(identity, IDENTITY,
      "survey: the identity of the right-hand side at "
      "random states")

#define FLOWS(X)                                                                                   \
    X(TEXT, attention, "attention of the instance")                                                \
    X(TEXT, activation, "activation of the instance")                                              \
    X(TEXT, loss, "loss of the instance")                                                          \
    X(REAL, ratio, "eta_z/eta_w")                                                                  \
    X(REAL, t_end, "horizon, time t")                                                              \
    X(REAL, t_reached, "time t at which the integrator stopped")                                   \
    X(TEXT, outcome, "done, stalled on a kink, or stopped at a blow-up")                           \
    X(REAL, drift, "largest change of a token's constant")                                         \
    X(REAL, drift_no_ratio, "the same without the factor eta_z/eta_w")                             \
    X(REAL, scale, "largest term of a constant along the flow, at least 1")                        \
    X(INT, steps, "steps of the integrator, at rtol 1e-12")
TABLE(flows, FLOWS, "survey: drift of the flow")

#define TOLERANCES(X)                                                                              \
    X(TEXT, method, "integrator")                                                                  \
    X(REAL, rtol, "relative tolerance; atol is a hundredth of it")                                 \
    X(INT, steps, "steps taken to t = 1")                                                          \
    X(REAL, drift, "largest change of a token's constant")
TABLE(tolerances, TOLERANCES, "survey: drift against rtol")

#define QUERIES(X)                                                                                 \
    X(TEXT, attention, "attention of the instance")                                                \
    X(INT, queries, "queries that share the hidden nodes")                                         \
    X(REAL, one_query, "largest change of the constant with the first query's z alone")            \
    X(REAL, summed, "largest change of the constant with the z summed over the queries")           \
    X(REAL, moved, "largest change of an attention logit z")
TABLE(queries, QUERIES, "survey: several queries that share the hidden nodes")

#define STEPS(X)                                                                                   \
    X(TEXT, method, "gd, sgd, midpoint, rk4")                                                      \
    X(TEXT, attention, "attention of the instance")                                                \
    X(TEXT, activation, "activation of the instance")                                              \
    X(INT, batch, "samples per step; 0: all")                                                      \
    X(REAL, step, "learning rate, or the step of the integrator")                                  \
    X(INT, count, "steps taken")                                                                   \
    X(REAL, largest, "largest change of a constant over steps and tokens")                         \
    X(REAL, drift, "change at the horizon of the token that changes most, with its sign")          \
    X(INT, token, "that token l")                                                                  \
    X(OPTIONAL, law_error, "descent: largest |change - law|")                                      \
    X(OPTIONAL, highest, "descent: most positive change in one step")
TABLE(steps, STEPS, "survey: descent and fixed-step methods")

#define PER_RATE(X)                                                                                \
    X(INT, token, "token l")                                                                       \
    X(REAL, integral, "-(r/2T) int sum_k (dv_lk/dt)^2 dt along the flow, to t_descent")
TABLE(per_rate, PER_RATE,
      "survey: what the drift of descent is per unit of its rate, as the rate falls")

#define CROSS_CHECK(X)                                                                             \
    X(TEXT, attention, "attention of the instance")                                                \
    X(TEXT, activation, "activation of the instance")                                              \
    X(TEXT, loss, "loss of the instance")                                                          \
    X(INT, dimension, "d of the full model's random orthonormal embeddings")                       \
    X(REAL, backpropagation,                                                                       \
      "largest difference of the reduced gradient from the full model's, over the largest entry")  \
    X(REAL, complex_step,                                                                          \
      "the same along random directions, against the full objective's complex step")
TABLE(cross_check, CROSS_CHECK, "survey: the reduced model against the full one")

#define OUTCOME(X)                                                                                 \
    X(REAL, drift, "largest change of an invariant under the flow")                                \
    X(REAL, drift_no_ratio, "the same without the factor eta_z/eta_w")                             \
    X(REAL, drift_one_query, "the same with the z of the first query alone")                       \
    X(OPTIONAL, drift_descent, "largest change under gradient descent; empty for softmax")         \
    X(REAL, t_reached, "time t at which the flow stopped: t_end, or where it stalled on a kink")   \
    X(OPTIONAL, integrators_differ,                                                                \
      "largest difference of the end states of two integrators, over the largest entry")
SCALARS(outcome, OUTCOME)

/* The kind of model of an instance. */
struct kind {
    enum attndyn_joma_attention attention;
    enum attndyn_activation_kind activation;
    enum attndyn_joma_loss loss;
};
/* The kind used by the surveys that vary something else. */
static const struct kind invariant_reference UNUSED = {ATTNDYN_JOMA_EXP, ATTNDYN_ACTIVATION_TANH,
                                                       ATTNDYN_JOMA_MSE};

/* An instance of the shape that the parameters name, everything else by argument. */
struct attndyn_joma_instance_spec invariant_shape(const struct invariant *p,
                                                  enum attndyn_joma_attention attention);
enum attndyn_status invariant_instance(struct attndyn_context *ctx, const struct invariant *p,
                                       struct kind kind, uint64_t seed, bool integer,
                                       struct attndyn_joma_instance *t);

/* All tables of the survey. */
enum attndyn_status invariant_survey(const struct trial *run, const struct invariant *p);
/* `steps`: gradient descent, stochastic gradient descent, and fixed-step methods on the flow. */
enum attndyn_status invariant_steps(const struct trial *run, const struct invariant *p);

/* Gradient descent with rate lr; batch 0: all samples, otherwise that many drawn by p_i with
 * replacement. Calls seen (may be NULL) after each step with the accumulated law and the drift. */
struct descend {
    const struct attndyn_joma *model;
    const double *start;
    double lr;
    size_t steps, batch;
    enum attndyn_random_kind rng;
    uint64_t seed; /* of the batches drawn */
    enum attndyn_status (*seen)(void *user, size_t step, const double *drift, const double *law);
    void *user;
};
struct descent_outcome {
    double *state, *drift,
        /* state (size); drift of the constants (M); what the law adds up (M) */
        *law;
    double largest, law_error; /* over steps and tokens */
    double highest_step;       /* the most positive change of a constant in one step */
};
/* Softmax attention has no discrete law: drift is that of the exp form, law stays 0. */
enum attndyn_status invariant_descend(struct attndyn_context *ctx, const struct descend *d,
                                      struct descent_outcome *outcome);

extern const struct check *const invariant_claims[];

#endif
