/* The papers' models by two routes: the engine's presets scansnap and joma, trained through
 * embeddings, attention and backpropagation, against sim/model's equations of Y, Z and of V, xi, z,
 * which do not model sequences. In double precision, to rounding. */
#define ATTNDYN_DOUBLE
#include "sim/base/random.h"
#include "sim/model/joma/joint.h"
#include "sim/model/scansnap/sgd.h"
#include "sim/model/transformer/transformer.h"
#include "sim/num/optim/optimizer.h"
#include "tests/support.h"

#include <string.h>

/* K classes or samples, L last tokens or queries, M context tokens; sequences of N context tokens
 * and the query. Vocabulary: the M, then the L. */
enum { K = 6, L = 2, M = 9, N = 14, T = N + 1, V = M + L, OUT = 4, STEPS = 60 };

struct case_data {
    struct attndyn_context *ctx;
    struct attndyn_random random;
    struct attndyn_transformer *model;
    uint32_t tokens[K * T], targets[K];
    double counts[K * M], weights[K];
    size_t last[K];
    struct attndyn_batch batch;
    double *decoder, *key; /* (outputs, V), (V, V) */
};

static void set_up(struct case_data *k, const char *preset, size_t outputs,
                   enum attndyn_attention attention) {
    struct attndyn_transformer_config c;
    memset(k, 0, sizeof *k);
    k->ctx = attndyn_context_create();
    assert_ok(k->ctx, attndyn_transformer_preset(k->ctx, preset, &c));
    c.vocabulary = c.width = V, c.context = T, c.outputs = outputs, c.attention = attention;
    assert_ok(k->ctx, attndyn_transformer_create(k->ctx, &c, K, T, &k->model));
    assert_ok(k->ctx, attndyn_transformer_initialise(k->ctx, k->model, 1));
    assert_ok(k->ctx, attndyn_random_init(k->ctx, &k->random, ATTNDYN_RANDOM_SPLITMIX, 17));
    double total = 0;
    for (size_t n = 0; n < K; n++) {
        for (size_t t = 0; t < N; t++) { /* class n does not see token n: supports differ */
            uint32_t token = (uint32_t)(attndyn_random_uniform(&k->random) * (M - 1));
            token += token >= n;
            k->tokens[n * T + t] = token;
            k->counts[n * M + token]++;
        }
        k->last[n] = n % L;
        k->tokens[n * T + N] = (uint32_t)(M + k->last[n]);
        k->targets[n] = (uint32_t)(n % outputs);
        total += k->weights[n] = 0.3 + attndyn_random_uniform(&k->random);
    }
    for (size_t n = 0; n < K; n++) k->weights[n] /= total;
    k->batch = (struct attndyn_batch){K, T, k->tokens, k->targets, k->weights};
    k->decoder = attndyn_transformer_parameter(k->model, "decoder.weight")->value;
    k->key = attndyn_transformer_parameter(k->model, "layers.0.attention.key.weight")->value;
}

static void tear_down(struct case_data *k) {
    attndyn_random_done(&k->random);
    attndyn_context_free(k->ctx);
}

static double *gradient_of(struct case_data *k, const char *name) {
    return attndyn_transformer_parameter(k->model, name)->gradient;
}

static void train(struct case_data *k, struct attndyn_optimizer_options options, double lr,
                  const char *slower, double factor) {
    struct attndyn_optimizer *optimizer;
    struct attndyn_optimizer_group group = {slower, factor, -1};
    size_t count;
    struct attndyn_parameter *p = attndyn_transformer_parameters(k->model, &count);
    options.groups = &group, options.n_groups = 1;
    assert_ok(k->ctx, attndyn_optimizer_create(k->ctx, &options, p, count, &optimizer));
    for (uint64_t s = 0; s < STEPS; s++) {
        attndyn_transformer_gradient(k->model, &k->batch, s);
        attndyn_optimizer_step(optimizer, lr);
    }
}

/* The sequences' frequencies as P(l|n), their weights as P(n). */
static struct attndyn_distribution *distribution_of(struct case_data *k) {
    double P[K * M];
    struct attndyn_distribution *d;
    for (size_t i = 0; i < K * M; i++) P[i] = k->counts[i] / N;
    assert_ok(k->ctx, attndyn_distribution_dense(k->ctx, K, M, P, k->last, k->weights, &d));
    return d;
}

TEST(gradient_is_the_flow) {
    struct case_data k;
    double y0[M * K], z0[L * M], dY[M * K], dZ[L * M];
    struct attndyn_flow *flow;
    set_up(&k, "scansnap", K, ATTNDYN_ATTENTION_SOFTMAX);
    for (size_t i = 0; i < M * K; i++) y0[i] = attndyn_random_normal(&k.random);
    for (size_t i = 0; i < L * M; i++) z0[i] = attndyn_random_normal(&k.random);
    for (size_t n = 0; n < K; n++)
        for (size_t l = 0; l < M; l++) k.decoder[n * V + l] = y0[l * K + n];
    for (size_t m = 0; m < L; m++)
        for (size_t l = 0; l < M; l++) k.key[(M + m) * V + l] = z0[m * M + l];
    struct attndyn_flow_options options = {.eta_y = 1, .eta_z = 1, .y0 = y0, .z0 = z0};
    assert_ok(k.ctx, attndyn_flow_create(k.ctx, distribution_of(&k), &options, &flow));
    double *rate = ATTNDYN_NEW(k.ctx, double, flow->n);
    ck_assert_int_eq(attndyn_flow_rhs(0, flow->initial, rate, flow), 0);
    assert_near(attndyn_transformer_gradient(k.model, &k.batch, 0),
                attndyn_flow_loss(flow, flow->initial), 1e-13);
    attndyn_flow_expand_y(flow, rate, dY);
    attndyn_flow_expand_z(flow, rate, dZ);
    const double *decoder = gradient_of(&k, "decoder.weight");
    const double *key = gradient_of(&k, "layers.0.attention.key.weight");
    for (size_t n = 0; n < K; n++)
        for (size_t l = 0; l < V; l++) {
            double minus = l < M ? dY[l * K + n] : 0; /* no query is in a context */
            assert_near(-decoder[n * V + l], minus, 1e-13);
        }
    size_t moving = 0;
    for (size_t m = 0; m < V; m++)
        for (size_t l = 0; l < V; l++) {
            bool moves = false;
            for (size_t n = 0; m >= M && l < M && n < K; n++)
                moves = moves || (k.last[n] == m - M && k.counts[n * M + l] > 0);
            assert_near(-key[m * V + l], moves ? dZ[(m - M) * M + l] : 0, 1e-13);
            moving += moves;
        }
    ck_assert_uint_gt(moving, M);
    tear_down(&k);
}

TEST(descent_is_scansnaps) {
    struct case_data k;
    struct attndyn_sgd *sgd;
    set_up(&k, "scansnap", K, ATTNDYN_ATTENTION_SOFTMAX);
    struct attndyn_sgd_options options = {.lr_y = 2, .lr_z = 1, .momentum = 0.9};
    assert_ok(k.ctx, attndyn_sgd_create(k.ctx, distribution_of(&k), &options, &sgd));
    for (int s = 0; s < STEPS; s++) attndyn_sgd_step(sgd);
    train(&k, (struct attndyn_optimizer_options){.momentum = 0.9}, 2, "*key.weight", 0.5);
    double largest = 0, spread = 0;
    for (size_t r = 0; r < sgd->flow->rows; r++)
        for (size_t n = 0; n < K; n++) {
            double ours = k.decoder[n * V + sgd->flow->row_token[r]];
            assert_near(ours, sgd->Y[r * sgd->stride + n], 1e-11);
            largest = fmax(largest, fabs(ours));
        }
    for (size_t m = 0; m < L; m++)
        for (size_t i = sgd->flow->z_start[m]; i < sgd->flow->z_start[m + 1]; i++) {
            double ours = k.key[(M + m) * V + sgd->flow->z_token[i]];
            assert_near(ours, sgd->z[i], 1e-11);
            spread = fmax(spread, fabs(ours));
        }
    ck_assert_msg(largest > 1 && spread > 0.1, "Y %g, Z %g: nothing was learned", largest, spread);
    tear_down(&k);
}

static const enum attndyn_attention attentions[] = {ATTNDYN_ATTENTION_LINEAR, ATTNDYN_ATTENTION_EXP,
                                                    ATTNDYN_ATTENTION_SOFTMAX};

/* JoMA's reduced state of the model: V (M, K) | xi (Q, K) | z (Q, M). */
static void to_state(const struct case_data *k, double *state) {
    for (size_t l = 0; l < M; l++)
        for (size_t h = 0; h < OUT; h++) state[l * OUT + h] = k->decoder[h * V + l];
    for (size_t m = 0; m < L; m++) {
        for (size_t h = 0; h < OUT; h++) state[M * OUT + m * OUT + h] = k->decoder[h * V + M + m];
        for (size_t l = 0; l < M; l++) state[(M + L) * OUT + m * M + l] = k->key[(M + m) * V + l];
    }
}

TEST(joma_is_the_joint_dynamics) {
    struct case_data k;
    struct attndyn_joma_work *work;
    enum { SIZE = (M + L) * OUT + L * M };
    double state[SIZE], gradient[SIZE], ours[SIZE];
    size_t label[K];
    set_up(&k, "joma", OUT, attentions[_i]);
    for (size_t n = 0; n < K; n++) label[n] = k.targets[n];
    struct attndyn_joma joma = {.tokens = M,
                                .hidden = OUT,
                                .samples = K,
                                .queries = L,
                                .attention = (enum attndyn_joma_attention)_i,
                                .temperature = 1,
                                .activation = {.kind = ATTNDYN_ACTIVATION_LINEAR},
                                .loss = ATTNDYN_JOMA_CE,
                                .eta_w = 1,
                                .eta_z = 0.5,
                                .x = k.counts,
                                .p = k.weights,
                                .label = label,
                                .query = k.last};
    assert_ok(k.ctx, attndyn_joma_work_create(k.ctx, &joma, &work));
    ck_assert_uint_eq(attndyn_joma_size(&joma), SIZE);
    for (size_t i = 0; i < OUT * V; i++) k.decoder[i] = 0.3 * attndyn_random_normal(&k.random);
    for (size_t i = 0; i < (size_t)V * V; i++) k.key[i] = 0.3 * attndyn_random_normal(&k.random);
    to_state(&k, state);
    assert_near(attndyn_transformer_gradient(k.model, &k.batch, 0), attndyn_joma_loss(work, state),
                1e-13);
    attndyn_joma_gradient(work, NULL, NULL, 0, state, gradient);
    struct case_data slopes = k;
    slopes.decoder = gradient_of(&k, "decoder.weight");
    slopes.key = gradient_of(&k, "layers.0.attention.key.weight");
    to_state(&slopes, ours);
    for (size_t i = 0; i < SIZE; i++) assert_near(-ours[i], gradient[i], 1e-12);
    double before = attndyn_joma_loss(work, state);
    for (int s = 0; s < STEPS; s++) attndyn_joma_step(work, NULL, NULL, 0, 0.02, state);
    train(&k, (struct attndyn_optimizer_options){0}, 0.02, "*key.weight", 0.5);
    to_state(&k, ours);
    for (size_t i = 0; i < SIZE; i++) assert_near(ours[i], state[i], 1e-11);
    assert_at_most(attndyn_joma_loss(work, state), 0.95 * before);
    tear_down(&k);
}

TCASE(transformer_theory) {
    tcase_add_tests(tcase, gradient_is_the_flow, descent_is_scansnaps);
    tcase_add_loop_test(tcase, joma_is_the_joint_dynamics, 0, 3);
}
