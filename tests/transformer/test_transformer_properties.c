/* What must hold of any transformer whatever its numbers: causality, independence of sequences and
 * of threads, sharing, freezing, weights, views, starts, and that it learns. */
#include "sim/base/random.h"
#include "sim/model/transformer/transformer.h"
#include "sim/num/optim/optimizer.h"
#include "tests/fixture.h"

#include <string.h>

enum { B = 4, T = 16, V = 23, MOST = 64 };

struct net {
    struct attndyn_transformer *model;
    struct attndyn_parameter *p;
    size_t count;
    struct attndyn_batch batch;
    uint32_t tokens[B * T], targets[B * T];
};

static struct attndyn_transformer_config preset(const char *name) {
    struct attndyn_transformer_config c;
    assert_ok(ctx, attndyn_transformer_preset(ctx, name, &c));
    c.vocabulary = V, c.outputs = 0, c.context = T, c.layers = 2, c.width = 24, c.heads = 2;
    c.hidden = 20, c.init_scale = 0.3;
    c.dropout_embedding = c.dropout_attention = c.dropout_residual = c.dropout_hidden = 0;
    return c;
}

static void make(const struct attndyn_transformer_config *config, struct net *k) {
    struct attndyn_random random;
    assert_ok(ctx, attndyn_transformer_create(ctx, config, B, T, &k->model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, k->model, 11));
    k->p = attndyn_transformer_parameters(k->model, &k->count);
    ck_assert_uint_le(k->count, MOST);
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 12));
    for (size_t i = 0; i < B * T; i++) {
        k->tokens[i] = (uint32_t)(attndyn_random_uniform(&random) * V);
        k->targets[i] = (uint32_t)(attndyn_random_uniform(&random) * V);
    }
    attndyn_random_done(&random);
    k->batch = (struct attndyn_batch){B, T, k->tokens, k->targets, NULL};
}

static float *logits_of(struct net *k) {
    float *to = ATTNDYN_NEW(ctx, float, (size_t)B *T *V);
    attndyn_transformer_logits(k->model, &k->batch, to);
    return to;
}

/* Every gradient, dense, one behind the other; frozen ones are zero. */
static double *gradients_of(struct net *k, double *loss) {
    size_t total = 0;
    for (size_t i = 0; i < k->count; i++) total += attndyn_parameter_count(&k->p[i]);
    double *to = ATTNDYN_NEW(ctx, double, total), *at = to;
    *loss = attndyn_transformer_gradient(k->model, &k->batch, 5);
    for (size_t i = 0; i < k->count; at += attndyn_parameter_count(&k->p[i]), i++) {
        const struct attndyn_parameter *p = &k->p[i];
        size_t rows = !p->gradient ? 0 : p->sparse ? p->n_touched : p->rows;
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < p->columns; j++)
                at[(p->sparse ? p->touched[r] : r) * p->columns + j] =
                    (double)p->gradient[r * p->columns + j];
    }
    return to;
}

static size_t offset_of(const struct net *k, const char *name) {
    size_t at = 0;
    for (size_t i = 0; i < k->count; at += attndyn_parameter_count(&k->p[i]), i++)
        if (strcmp(k->p[i].name, name) == 0) return at;
    ck_abort_msg("no parameter %s", name);
}

/* The largest |a - b| against tolerance times the largest |b|. */
static void assert_same(const char *what, size_t n, const double *a, const double *b,
                        double tolerance) {
    double worst = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(a[i] - b[i]) <= worst)) worst = fabs(a[i] - b[i]);
        largest = fmax(largest, fabs(b[i]));
    }
    ck_assert_msg(largest > 0, "%s: nothing to compare", what);
    ck_assert_msg(worst <= tolerance * largest, "%s: off by %.3g of %.3g", what, worst, largest);
}

static const char *const causal[] = {"wlm", "gpt2", "llama"};

TEST(the_future_does_not_reach_the_past) {
    struct attndyn_transformer_config c = preset(causal[_i]);
    struct net k;
    make(&c, &k);
    float *before = logits_of(&k);
    const size_t change = 9;
    for (size_t b = 0; b < B; b++) k.tokens[b * T + change] = (k.tokens[b * T + change] + 1) % V;
    float *after = logits_of(&k);
    for (size_t b = 0; b < B; b++)
        for (size_t t = 0; t < T; t++) {
            const size_t at = (b * T + t) * V;
            int same = memcmp(before + at, after + at, V * sizeof(float)) == 0;
            ck_assert_msg(same == (t < change), "sequence %zu, position %zu %s", b, t,
                          same ? "does not see the change" : "sees the future");
        }
}

TEST(a_window_forgets) {
    struct attndyn_transformer_config c = preset("llama");
    struct net k;
    c.window = 3;
    make(&c, &k);
    float *before = logits_of(&k);
    k.tokens[0] = (k.tokens[0] + 1) % V;
    float *after = logits_of(&k);
    for (size_t t = 0; t < T; t++) { /* two layers reach back two windows less one */
        int same = memcmp(before + t * V, after + t * V, V * sizeof(float)) == 0;
        ck_assert_msg(same == (t > 4), "position %zu", t);
    }
}

TEST(sequences_do_not_see_each_other) {
    struct attndyn_transformer_config c = preset(causal[_i]);
    struct net k;
    make(&c, &k);
    float *before = logits_of(&k);
    for (size_t t = 0; t < T; t++) k.tokens[2 * T + t] = (k.tokens[2 * T + t] + 3) % V;
    float *after = logits_of(&k);
    for (size_t b = 0; b < B; b++) {
        int same = memcmp(before + b * T * V, after + b * T * V, T * V * sizeof(float)) == 0;
        ck_assert_msg(same == (b != 2), "sequence %zu", b);
    }
    /* alone in the batch: other products, the same numbers up to rounding */
    k.batch.sequences = 1;
    k.batch.tokens = k.tokens + 3 * T;
    float *alone = logits_of(&k);
    for (size_t j = 0; j < T * V; j++)
        assert_near((double)alone[j], (double)after[3 * T * V + j], 1e-5);
    /* shorter: a prefix of its logits */
    k.batch.length = 7;
    float *prefix = logits_of(&k);
    for (size_t j = 0; j < 7 * V; j++) assert_near((double)prefix[j], (double)alone[j], 1e-5);
}

/* Enough rows that blocks of rows are shared: 1200. */
static void with_threads(int threads, const char *name, double *loss, double **gradient,
                         size_t *count) {
    enum { SEQUENCES = 24, LENGTH = 50 };
    struct attndyn_transformer_config c;
    struct net k;
    attndyn_threads_allow(ctx, threads);
    ck_assert_int_eq(attndyn_threads(ctx), threads);
    c = preset(name);
    c.context = LENGTH, c.heads = 4, c.kv_heads = strcmp(name, "llama") == 0 ? 2 : 4;
    c.dropout_embedding = c.dropout_attention = c.dropout_residual = c.dropout_hidden = 0.2;
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, SEQUENCES, LENGTH, &k.model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, k.model, 11));
    k.p = attndyn_transformer_parameters(k.model, &k.count);
    uint32_t *tokens = ATTNDYN_NEW(ctx, uint32_t, SEQUENCES * LENGTH + 1);
    for (size_t i = 0; i <= SEQUENCES * LENGTH; i++) tokens[i] = (uint32_t)(i * i % 101 % V);
    k.batch = (struct attndyn_batch){SEQUENCES, LENGTH, tokens, tokens + 1, NULL};
    *gradient = gradients_of(&k, loss);
    *count = offset_of(&k, k.p[k.count - 1].name);
    *count += attndyn_parameter_count(&k.p[k.count - 1]);
}

TEST(threads_do_not_change_a_bit) {
    double loss[3], *gradient[3];
    size_t count[3];
    for (int t = 0; t < 3; t++) with_threads(t + 1, causal[_i], &loss[t], &gradient[t], &count[t]);
    for (int t = 1; t < 3; t++) {
        ck_assert_msg(memcmp(&loss[0], &loss[t], sizeof *loss) == 0, "%d threads: the loss", t + 1);
        for (size_t j = 0; j < count[0]; j++)
            ck_assert_msg(memcmp(&gradient[0][j], &gradient[t][j], sizeof(double)) == 0,
                          "%d threads: gradient entry %zu is %.9g, not %.9g", t + 1, j,
                          gradient[t][j], gradient[0][j]);
    }
}

/* Two calls on one model, a gradient of other tokens between them: nothing is left over. */
TEST(a_call_leaves_nothing_behind) {
    struct attndyn_transformer_config c = preset(causal[_i]);
    struct net k;
    double loss, again;
    make(&c, &k);
    size_t count = offset_of(&k, k.p[k.count - 1].name);
    double *first = gradients_of(&k, &loss);
    uint32_t tokens[B * T];
    memcpy(tokens, k.tokens, sizeof tokens);
    for (size_t i = 0; i < B * T; i++) k.tokens[i] = (uint32_t)(i % 5);
    attndyn_transformer_gradient(k.model, &k.batch, 6);
    if (k.p[0].sparse) ck_assert_uint_eq(k.p[0].n_touched, 5);
    memcpy(k.tokens, tokens, sizeof tokens);
    double *second = gradients_of(&k, &again);
    ck_assert(memcmp(&loss, &again, sizeof loss) == 0);
    ck_assert(memcmp(first, second, count * sizeof *first) == 0);
    /* the loss alone is that of the gradient, and the mean of the positions' */
    assert_near(attndyn_transformer_loss(k.model, &k.batch), loss, 0);
    const double *losses = attndyn_transformer_losses(k.model);
    double mean = 0;
    for (size_t i = 0; i < B * T; i++) mean += losses[i] / (B * T);
    assert_near(mean, loss, 1e-12);
    k.batch.targets = NULL;
    ck_assert(isnan(attndyn_transformer_loss(k.model, &k.batch)));
}

static const char *const frozen[] = {"layers.0.attention.key.*", "layers.*.mlp.*", "*norm*",
                                     "embedding.weight",         "*.bias",         "layers.1.*"};

TEST(frozen_parameters_stay) {
    struct attndyn_transformer_config c = preset("wlm");
    struct attndyn_optimizer *optimizer;
    struct net free_one, k;
    double loss, same;
    make(&c, &free_one);
    make(&c, &k);
    double *all = gradients_of(&free_one, &loss);
    assert_ok(ctx, attndyn_transformer_freeze(ctx, k.model, frozen[_i]));
    double *rest = gradients_of(&k, &same);
    ck_assert(memcmp(&loss, &same, sizeof loss) == 0);
    size_t n_frozen = 0;
    for (size_t i = 0, at = 0; i < k.count; at += attndyn_parameter_count(&k.p[i]), i++) {
        n_frozen += k.p[i].frozen;
        ck_assert_int_eq(k.p[i].frozen, k.p[i].gradient == NULL);
        if (!k.p[i].frozen && strcmp(k.p[i].name, "layers.0.attention.key.bias") != 0 &&
            strcmp(k.p[i].name, "layers.1.attention.key.bias") != 0) /* zero but for rounding */
            assert_same(k.p[i].name, attndyn_parameter_count(&k.p[i]), rest + at, all + at, 2e-5);
    }
    ck_assert_uint_gt(n_frozen, 0);
    ck_assert_uint_lt(n_frozen, k.count);
    struct attndyn_optimizer_options options = {
        .kind = ATTNDYN_OPTIMIZER_ADAMW, .decay = 0.1, .clip = 1};
    assert_ok(ctx, attndyn_optimizer_create(ctx, &options, k.p, k.count, &optimizer));
    for (uint64_t s = 0; s < 3; s++) {
        attndyn_transformer_gradient(k.model, &k.batch, s);
        attndyn_optimizer_step(optimizer, 0.01);
    }
    for (size_t i = 0; i < k.count; i++) {
        size_t bytes = attndyn_parameter_count(&k.p[i]) * sizeof(float);
        bool still = memcmp(k.p[i].value, free_one.p[i].value, bytes) == 0;
        ck_assert_msg(still == k.p[i].frozen, "%s", k.p[i].name);
    }
    ck_assert_int_eq(attndyn_transformer_freeze(ctx, k.model, "no.such*"), ATTNDYN_USAGE);
}

/* The tied gradient is the untied model's: that of the embedding, scattered, + the decoder's. */
TEST(sparse_gradient_is_the_dense_one) {
    struct attndyn_transformer_config c = preset("gpt2");
    struct net tied, untied;
    double loss, same;
    make(&c, &tied);
    c.tied = false;
    make(&c, &untied);
    for (size_t i = 0; i < tied.count; i++)
        memcpy(attndyn_transformer_parameter(untied.model, tied.p[i].name)->value, tied.p[i].value,
               attndyn_parameter_count(&tied.p[i]) * sizeof(float));
    memcpy(attndyn_transformer_parameter(untied.model, "decoder.weight")->value, tied.p[0].value,
           attndyn_parameter_count(&tied.p[0]) * sizeof(float));
    for (size_t i = 0; i < B * T; i++) /* the last tokens do not occur, and one occurs often */
        tied.tokens[i] = untied.tokens[i] = i % 3 ? tied.tokens[i] % (V - 4) : 2;
    double *together = gradients_of(&tied, &loss);
    double *apart = gradients_of(&untied, &same);
    const struct attndyn_parameter *E =
        attndyn_transformer_parameter(untied.model, "embedding.weight");
    ck_assert(E->sparse && !tied.p[0].sparse);
    ck_assert_uint_le(E->n_touched, V - 4);
    for (size_t i = 1; i < E->n_touched; i++) ck_assert_uint_gt(E->touched[i], E->touched[i - 1]);
    assert_near(loss, same, 0);
    size_t n = attndyn_parameter_count(E), at = offset_of(&untied, "decoder.weight");
    for (size_t j = 0; j < n; j++) apart[j] += apart[at + j];
    assert_same("embedding", n, apart, together, 1e-6);
}

TEST(shared_layers_add_their_gradients) {
    static const size_t map[] = {0, 1, 0};
    struct attndyn_transformer_config c = preset("gpt2");
    struct net shared, own;
    double loss, same;
    c.layers = 3;
    c.layer_map = map;
    make(&c, &shared);
    c.layer_map = NULL;
    make(&c, &own);
    for (size_t i = 0; i < own.count; i++) { /* block 2 as block 0 */
        char name[64];
        strcpy(name, own.p[i].name);
        if (strncmp(name, "layers.2.", 9) == 0) name[7] = '0';
        memcpy(own.p[i].value, attndyn_transformer_parameter(shared.model, name)->value,
               attndyn_parameter_count(&own.p[i]) * sizeof(float));
    }
    double *one = gradients_of(&shared, &loss), *two = gradients_of(&own, &same);
    assert_near(loss, same, 0);
    for (size_t i = 0; i < shared.count; i++) {
        const char *name = shared.p[i].name;
        size_t n = attndyn_parameter_count(&shared.p[i]), at = offset_of(&own, name);
        if (strncmp(name, "layers.0.", 9) == 0) {
            char twin[64];
            strcpy(twin, name);
            twin[7] = '2';
            for (size_t j = 0; j < n; j++) two[at + j] += two[offset_of(&own, twin) + j];
        }
        if (!strstr(name, "key.bias")) /* zero but for rounding */
            assert_same(name, n, one + offset_of(&shared, name), two + at, 1e-5);
    }
}

/* Weights 3, 1, 2, 0: as a batch with its sequences repeated, and one left out. */
TEST(weights_repeat_sequences) {
    const double weights[B] = {3, 1, 2, 0};
    struct attndyn_transformer_config c = preset("wlm");
    struct net k;
    double loss, same;
    uint32_t tokens[6 * T], targets[6 * T];
    make(&c, &k);
    k.targets[2] = k.targets[T + 5] = ATTNDYN_TARGET_NONE;
    k.batch.weights = weights;
    double *weighted = gradients_of(&k, &loss);
    const size_t from[] = {0, 0, 0, 1, 2, 2};
    for (size_t s = 0; s < 6; s++) {
        memcpy(tokens + s * T, k.tokens + from[s] * T, T * sizeof *tokens);
        memcpy(targets + s * T, k.targets + from[s] * T, T * sizeof *targets);
    }
    struct net big = k;
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, 6, T, &big.model));
    big.p = attndyn_transformer_parameters(big.model, &big.count);
    assert_ok(ctx, attndyn_transformer_initialise(ctx, big.model, 11));
    big.batch = (struct attndyn_batch){6, T, tokens, targets, NULL};
    double *repeated = gradients_of(&big, &same);
    assert_near(loss, same, 1e-6);
    for (size_t i = 0, at = 0; i < k.count; at += attndyn_parameter_count(&k.p[i]), i++) {
        if (strcmp(k.p[i].name, "embedding.weight") == 0) /* the fourth sequence's rows: zero */
            ck_assert_uint_ge(k.p[i].n_touched, big.p[i].n_touched);
        if (!strstr(k.p[i].name, "key.bias")) /* zero but for rounding */
            assert_same(k.p[i].name, attndyn_parameter_count(&k.p[i]), weighted + at, repeated + at,
                        2e-5);
    }
}

TEST(views_show_the_inside) {
    struct attndyn_transformer_config c = preset(causal[_i]);
    struct net k;
    size_t stride;
    c.heads = 4, c.kv_heads = 2;
    make(&c, &k);
    ck_assert_ptr_null(attndyn_transformer_view(k.model, ATTNDYN_VIEW_STREAM, 0, &stride));
    attndyn_transformer_loss(k.model, &k.batch);
    for (size_t l = 0; l < 2; l++) {
        const float *w = attndyn_transformer_view(k.model, ATTNDYN_VIEW_ATTENTION, l, &stride);
        ck_assert_uint_eq(stride, T);
        for (size_t r = 0; r < B * 4 * T; r++) {
            double sum = 0;
            for (size_t j = 0; j < T; j++) {
                double x = (double)w[r * T + j];
                ck_assert(x >= 0);
                if (j > r % T) ck_assert(x == 0);
                sum += x;
            }
            assert_near(sum, 1, 1e-6);
        }
        /* the weights are those of the queries and keys */
        const float *q = attndyn_transformer_view(k.model, ATTNDYN_VIEW_QUERY, l, &stride);
        const float *keys = attndyn_transformer_view(k.model, ATTNDYN_VIEW_KEY, l, &stride);
        ck_assert_uint_eq(stride, (4 + 2 * 2) * 6);
        for (size_t h = 0; h < 4; h++) { /* sequence 1, query 5, keys 3 and 4 */
            double s[2] = {0, 0};
            for (size_t x = 0; x < 6; x++)
                for (size_t j = 0; j < 2; j++)
                    s[j] += (double)q[(T + 5) * stride + h * 6 + x] *
                            (double)keys[(T + 3 + j) * stride + h / 2 * 6 + x] / sqrt(6);
            const float *row = w + ((4 + h) * T + 5) * T;
            assert_near(log((double)row[4] / (double)row[3]), s[1] - s[0], 1e-5);
        }
        ck_assert_ptr_nonnull(attndyn_transformer_view(k.model, ATTNDYN_VIEW_HIDDEN, l, &stride));
        ck_assert_uint_eq(stride, 20);
    }
    /* the stream: what the embedding puts in, where there are no positions */
    const float *x = attndyn_transformer_view(k.model, ATTNDYN_VIEW_STREAM, 0, &stride);
    ck_assert_uint_eq(stride, 24);
    if (c.position != ATTNDYN_POSITION_LEARNED && c.position != ATTNDYN_POSITION_SINUSOIDAL)
        ck_assert_int_eq(memcmp(x + 7 * 24, k.p[0].value + k.tokens[7] * 24, 24 * sizeof(float)),
                         0);
    ck_assert_ptr_nonnull(attndyn_transformer_view(k.model, ATTNDYN_VIEW_STREAM, 2, &stride));
    ck_assert_ptr_null(attndyn_transformer_view(k.model, ATTNDYN_VIEW_HIDDEN, 2, &stride));
    ck_assert_ptr_null(attndyn_transformer_view(k.model, ATTNDYN_VIEW_STREAM, 3, &stride));
}

/* Before training the loss is ln V. wlm's decoder, uniform in +-0.1, reads rows of length sqrt(d)
 * (layer norm): logits of variance d 0.01/3, which costs d/600 more. A large vocabulary, so that a
 * token's own logit (tied) and the luck of few targets do not count. */
TEST(first_loss_is_that_of_a_guess) {
    struct attndyn_transformer_config c = preset(causal[_i]);
    struct net k;
    uint64_t state = 3;
    bool wlm = strcmp(causal[_i], "wlm") == 0;
    c.width = wlm ? 200 : 64, c.hidden = wlm ? 200 : 128, c.init_scale = 0.02;
    c.vocabulary = 5000;
    make(&c, &k);
    double mean = 0;
    for (int round = 0; round < 8; round++) {
        for (size_t i = 0; i < B * T; i++) {
            k.tokens[i] = (uint32_t)(attndyn_splitmix_next(&state) % c.vocabulary);
            k.targets[i] = (uint32_t)(attndyn_splitmix_next(&state) % c.vocabulary);
        }
        mean += attndyn_transformer_loss(k.model, &k.batch) / 8;
    }
    assert_near(mean, log(5000) + (wlm ? (double)c.width / 600 : 0), 0.1);
}

TEST(zero_start_is_exact) {
    struct attndyn_transformer_config c;
    struct net k;
    assert_ok(ctx, attndyn_transformer_preset(ctx, _i ? "joma" : "scansnap", &c));
    c.vocabulary = V, c.width = V + 1, c.context = T, c.outputs = 7;
    make(&c, &k);
    for (size_t i = 0; i < B; i++) k.targets[i] %= 7;
    assert_near(attndyn_transformer_loss(k.model, &k.batch), log(7), 0);
    ck_assert(attndyn_transformer_parameter(k.model, "embedding.weight")->frozen);
}

TEST(one_batch_is_learned_by_heart) {
    struct attndyn_transformer_config c = preset(causal[_i]);
    struct attndyn_optimizer_options options = {.kind = ATTNDYN_OPTIMIZER_ADAM, .clip = 1};
    struct attndyn_optimizer *optimizer;
    struct net k;
    double loss = 0;
    c.width = 48, c.hidden = 96, c.init_scale = 0.05;
    make(&c, &k);
    /* Sequences differ from t = 0 on. Their first two tokens differ: where values carry no position
     * (RoPE), "a a" attends to what "a" does, and two targets of one input are never learned. */
    for (size_t b = 0; b < B; b++) k.tokens[b * T] = (uint32_t)b, k.tokens[b * T + 1] = B;
    assert_ok(ctx, attndyn_optimizer_create(ctx, &options, k.p, k.count, &optimizer));
    for (uint64_t s = 0; s < 400; s++) {
        loss = attndyn_transformer_gradient(k.model, &k.batch, s);
        attndyn_optimizer_step(optimizer, 3e-3);
        if (s == 0) ck_assert(loss > 2.5);
    }
    assert_at_most(loss, 0.01);
}

TCASE(transformer_properties) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, the_future_does_not_reach_the_past, 0, 3);
    tcase_add_test(tcase, a_window_forgets);
    tcase_add_loop_test(tcase, sequences_do_not_see_each_other, 0, 3);
    tcase_add_loop_test(tcase, threads_do_not_change_a_bit, 0, 3);
    tcase_add_loop_test(tcase, a_call_leaves_nothing_behind, 0, 3);
    tcase_add_each(tcase, frozen_parameters_stay, frozen);
    tcase_add_tests(tcase, sparse_gradient_is_the_dense_one, shared_layers_add_their_gradients,
                    weights_repeat_sequences);
    tcase_add_loop_test(tcase, views_show_the_inside, 0, 3);
    tcase_add_loop_test(tcase, first_loss_is_that_of_a_guess, 0, 3);
    tcase_add_loop_test(tcase, zero_start_is_exact, 0, 2);
    tcase_add_loop_test(tcase, one_batch_is_learned_by_heart, 0, 3);
}
