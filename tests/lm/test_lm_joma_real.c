/* lm/joma-real: what it measures, against the parameters themselves. */
#include "experiments/frame/contract/registry.h"
#include "experiments/lm/joma_real/ledger.h"
#include "experiments/lm/joma_real/observer.h"
#include "sim/model/transformer/foreign/model.h"
#include "tests/support.h"

#include <string.h>

static struct attndyn_context *ctx;
static struct joma_real p;
static struct text_model t;
static struct query_windows windows;
static struct trial run;

static void set_up(void) {
    const struct experiment *e;
    struct params *params;
    struct results *results;
    uint32_t query;
    bool skipped;
    ctx = attndyn_context_create();
    assert_ok(ctx, registry_find(ctx, "lm/joma-real", &e));
    assert_ok(ctx, params_create(ctx, e, "quick", &params));
    assert_ok(ctx, params_set(ctx, params, "paragraphs=200", "test"));
    assert_ok(ctx, results_create(ctx, e, &results));
    p = joma_real_read(params);
    run = (struct trial){ctx, results, params};
    assert_ok(ctx, text_model_data(&run, &t, &skipped));
    ck_assert(attndyn_tokenizer_find(&t.data.tokenizer, "the", &query));
    assert_ok(ctx, query_windows_create(ctx, &t.data.tokens[ATTNDYN_TRAIN], query, "the", 20, 10, 1,
                                        &windows));
}
static void tear_down(void) {
    attndyn_context_free(ctx);
}

static const struct rung *rung_of(const char *name) {
    size_t i = 0;
    while (i + 1 < RUNGS && strcmp(rungs[i].name, name) != 0) i++;
    return &rungs[i];
}

TEST(agreement_by_hand) {
    const double start[] = {1, 1, 1, 1}, now[] = {2, 3, 4, 7};
    const double from[] = {0, 0, 1, 5}, same[] = {1, 2, 4, 11}, twice[] = {5, 7, 10, 20};
    struct agreement a = agreement_of(4, now, start, same, from);
    assert_near(a.nc, 1, 1e-15);
    assert_near(a.slope, 1, 1e-15);
    assert_near(a.error, 0, 1e-7);
    a = agreement_of(4, now, start, twice, from); /* 2 (change) + 3: the mean is subtracted */
    assert_near(a.nc, 1, 1e-15);
    assert_near(a.slope, 2, 1e-15);
    assert_near(a.error, 1, 1e-14);
    const double other[] = {1, -1, 2, 5}; /* changes 1, -1, 1, 0 about 1/4; now's about 3 1/4 ... */
    a = agreement_of(4, now, start, other, from);
    double xx = 14, yy = 2.75, xy = -1;
    assert_near(a.nc, xy / sqrt(xx * yy), 1e-14);
    assert_near(a.slope, xy / xx, 1e-14);
    assert_near(a.error, sqrt((xx + yy - 2 * xy) / xx), 1e-14);
}

TEST(windows_end_in_the_query) {
    const struct attndyn_tokens *text = &t.data.tokens[ATTNDYN_TRAIN];
    size_t different = 0;
    for (uint64_t i = 0; i < 5; i++) {
        struct attndyn_batch b = query_windows_batch(&windows, i);
        ck_assert_uint_eq(b.sequences, 20);
        for (size_t s = 0; s < b.sequences; s++) {
            ck_assert_uint_eq(b.tokens[s * 10 + 9], windows.query);
            const char *next = attndyn_tokenizer_name(&t.data.tokenizer, b.targets[s]);
            ck_assert(strcmp(next, "cat") == 0 || strcmp(next, "ship") == 0);
            different += b.tokens[s * 10] != b.tokens[0];
        }
    }
    ck_assert_uint_gt(different, 20);
    size_t count = 0;
    for (size_t i = 9; i + 1 < text->length; i++) count += text->id[i] == windows.query;
    ck_assert_uint_eq(count, windows.count);
    struct query_windows none;
    ck_assert_int_eq(query_windows_create(ctx, text, UINT32_MAX, "nothing", 20, 10, 1, &none),
                     ATTNDYN_NO_INPUT);
}

static void train(const struct rung *rung, size_t steps, struct ledger *ledger) {
    for (size_t i = 0; i < steps; i++) {
        struct attndyn_batch batch =
            rung->all ? text_model_batch(&t) : query_windows_batch(&windows, t.learner.step);
        assert_ok(ctx, learner_update(ctx, &t.learner, &batch));
        if (ledger) ledger_step(ledger);
    }
}

static double value(const char *name, size_t row, size_t column) {
    struct attndyn_parameter *w = attndyn_transformer_parameter(t.learner.model, name);
    return (double)w->value[row * w->columns + column];
}
static double square(const char *name, size_t column) {
    struct attndyn_parameter *w = attndyn_transformer_parameter(t.learner.model, name);
    double sum = 0;
    for (size_t k = 0; k < w->rows; k++) sum += pow(value(name, k, column), 2);
    return sum;
}

/* One query: z is a row of the key map, S the columns of the reader, mean attention from the data
 * and z alone. */
TEST(one_query_from_the_parameters) {
    const struct rung *rung = rung_of("softmax-one");
    struct observer o;
    assert_ok(ctx, rung_prepare(&run, &p, rung, &t));
    assert_ok(ctx, observer_create(ctx, rung, &t, &windows, 6, 10, 8, &o));
    observer_look(&o);
    ck_assert_uint_eq(o.queries, 1);
    ck_assert_uint_eq(o.query[0], windows.query);
    const struct head_course *c = &o.head[0];
    double total = 0, mean = 0;
    for (size_t s = 0; s < o.seen; s++) mean += c->mean[s];
    assert_near(mean, 1, 1e-6);
    for (uint32_t l = 0; l < t.vocabulary; l++)
        if (o.slot[l] != UINT32_MAX && l != windows.query)
            total += square("layers.0.mlp.up.weight", l);
    for (size_t i = 0; i < o.keys; i++) {
        uint32_t l = o.key[i];
        double z = value("layers.0.attention.key.weight", windows.query, l), attention = 0;
        ck_assert_uint_ne(l, windows.query);
        assert_near(c->z[i], z, 1e-6);
        for (size_t b = 0; b < 6; b++) {
            struct attndyn_batch batch = query_windows_batch(&windows, UINT64_MAX - b);
            for (size_t r = 0; r < 20; r++) {
                double sum = 0, mine = 0;
                for (size_t j = 0; j < 9; j++) {
                    uint32_t x = batch.tokens[r * 10 + j];
                    double e = exp(value("layers.0.attention.key.weight", windows.query, x));
                    sum += e;
                    mine += x == l ? e : 0;
                }
                attention += mine / sum / 120;
            }
        }
        assert_near(c->mean[o.slot[l]], attention, 1e-6);
        double expected = (square("layers.0.mlp.up.weight", l) - attention * total) / 2;
        assert_relative(c->zhat[i], expected, 1e-4);
    }
}

/* With all maps: z_ml = Q_m . K_l / sqrt(d), v_kl = w_k . (O V_l), from the matrices. */
TEST(maps_from_the_parameters) {
    const struct rung *rung = rung_of("maps");
    struct observer o;
    assert_ok(ctx, rung_prepare(&run, &p, rung, &t));
    assert_ok(ctx, observer_create(ctx, rung, &t, NULL, 6, 5, 3, &o));
    train(rung, 3, NULL);
    observer_look(&o);
    size_t d = t.vocabulary, units = 32;
    for (size_t k = 0; k < o.keys; k++) {
        double s = 0;
        for (size_t q = 0; q < o.queries; q++) {
            double z = 0;
            for (size_t i = 0; i < d; i++)
                z += value("layers.0.attention.query.weight", i, o.query[q]) *
                     value("layers.0.attention.key.weight", i, o.key[k]);
            assert_near(o.head[0].z[q * o.keys + k], z / sqrt((double)d), 1e-6);
        }
        for (size_t u = 0; u < units; u++) {
            double v = 0;
            for (size_t i = 0; i < d; i++) {
                double out = 0;
                for (size_t j = 0; j < d; j++)
                    out += value("layers.0.attention.output.weight", i, j) *
                           value("layers.0.attention.value.weight", j, o.key[k]);
                v += value("layers.0.mlp.up.weight", u, i) * out;
            }
            s += v * v;
        }
        assert_relative(o.head[0].square[o.slot[o.key[k]]], s, 1e-4);
    }
}

enum { OPT_D = 12, OPT_H = 3, OPT_A = OPT_D / OPT_H };

/* The row x of the stream behind the layer's first norm. */
static void normed(size_t l, const attndyn_real *x, double *y) {
    double mean = 0, variance = 0;
    char gain[80], bias[80];
    snprintf(gain, sizeof gain, "layers.%zu.norm1.weight", l);
    snprintf(bias, sizeof bias, "layers.%zu.norm1.bias", l);
    for (size_t i = 0; i < OPT_D; i++) mean += (double)x[i] / OPT_D;
    for (size_t i = 0; i < OPT_D; i++) variance += pow((double)x[i] - mean, 2) / OPT_D;
    for (size_t i = 0; i < OPT_D; i++)
        y[i] =
            ((double)x[i] - mean) / sqrt(variance + 1e-5) * value(gain, 0, i) + value(bias, 0, i);
}

/* to += head h's part of a map ("key") at y. */
static void add_mapped(size_t l, const char *map, size_t h, const double *y, double *to) {
    char weight[80], bias[80];
    snprintf(weight, sizeof weight, "layers.%zu.attention.%s.weight", l, map);
    snprintf(bias, sizeof bias, "layers.%zu.attention.%s.bias", l, map);
    for (size_t i = 0; i < OPT_A; i++) {
        double sum = value(bias, 0, h * OPT_A + i);
        for (size_t j = 0; j < OPT_D; j++) sum += value(weight, h * OPT_A + i, j) * y[j];
        to[i] += sum;
    }
}

/* Means over the probe of what a head makes of a key, from the stream. */
struct probed {
    double key[OPT_A], worth[OPT_A], query[OPT_A], count, asked;
};
static struct probed probe(struct text_model *net, size_t l, size_t h, uint32_t key,
                           uint32_t query) {
    struct probed made = {.count = 0};
    for (size_t b = 0; b < 3; b++) {
        struct attndyn_batch batch = attndyn_text_batches_column(&net->train, b % net->train.count);
        size_t stride;
        batch.targets = NULL;
        attndyn_transformer_loss(net->learner.model, &batch);
        const attndyn_real *x =
            attndyn_transformer_view(net->learner.model, ATTNDYN_VIEW_STREAM, l, &stride);
        for (size_t r = 0; r < batch.sequences * batch.length; r++) {
            double y[OPT_D];
            normed(l, x + r * stride, y);
            if (batch.tokens[r] == key) {
                made.count++;
                add_mapped(l, "key", h, y, made.key);
                add_mapped(l, "value", h, y, made.worth);
            }
            if (batch.tokens[r] == query) {
                made.asked++;
                add_mapped(l, "query", h, y, made.query);
            }
        }
    }
    return made;
}

/* |what the head writes for a key, through the second norm's gain and the MLP's first map|^2. */
static double written_square(size_t l, size_t h, const struct probed *made, size_t hidden) {
    double u[OPT_D], mean = 0, square = 0;
    char name[80];
    snprintf(name, sizeof name, "layers.%zu.attention.output.weight", l);
    for (size_t i = 0; i < OPT_D; i++) {
        u[i] = 0;
        for (size_t j = 0; j < OPT_A; j++)
            u[i] += value(name, i, h * OPT_A + j) * made->worth[j] / made->count;
        mean += u[i] / OPT_D;
    }
    snprintf(name, sizeof name, "layers.%zu.norm2.weight", l);
    for (size_t i = 0; i < OPT_D; i++) u[i] = value(name, 0, i) * (u[i] - mean);
    snprintf(name, sizeof name, "layers.%zu.mlp.up.weight", l);
    for (size_t unit = 0; unit < hidden; unit++) {
        double v = 0;
        for (size_t i = 0; i < OPT_D; i++) v += value(name, unit, i) * u[i];
        square += v * v;
    }
    return square;
}

/* A published network, pre-norm with three heads: each head's logits from the mean of what it makes
 * of a token's occurrences, its squares through the norm's gain, from the matrices. */
TEST(heads_of_a_published_network) {
    static const struct rung rung = {.name = "published",
                                     .attention = ATTNDYN_ATTENTION_SOFTMAX,
                                     .mlp = true,
                                     .all = true,
                                     .stream = true};
    enum { L = 5, B = 2, ROWS = 60 };
    struct attndyn_model *model;
    struct text_model net = {.layers = 2};
    struct attndyn_tokens ids = {0};
    struct observer o;
    ids.id = ATTNDYN_NEW(ctx, uint32_t, ROWS);
    for (ids.length = 0; ids.length < ROWS; ids.length++)
        ids.id[ids.length] = (uint32_t)(ids.length * ids.length % 7);
    assert_ok(ctx, attndyn_model_open(ctx, "tests/reference/families/opt", &model));
    const struct attndyn_transformer_config *config = &model->weights.config;
    net.vocabulary = config->vocabulary;
    assert_ok(ctx, attndyn_text_batches_create(ctx, &ids, net.vocabulary, B, L, "ids", &net.train));
    assert_ok(ctx, attndyn_transformer_create(ctx, config, B, L, &net.learner.model));
    assert_ok(ctx, attndyn_transformer_take(ctx, net.learner.model, &model->weights));
    assert_ok(ctx, observer_allows(ctx, "opt", config));
    assert_ok(ctx, observer_create(ctx, &rung, &net, NULL, 3, 4, 2, &o));
    observer_look(&o);
    ck_assert_uint_eq(o.heads, OPT_H);
    t.learner.model = net.learner.model; /* value() reads its parameters */
    for (size_t l = 0; l < 2; l++)
        for (size_t h = 0; h < OPT_H; h++)
            for (size_t k = 0; k < o.keys; k++) {
                const struct probed made = probe(&net, l, h, o.key[k], o.query[0]);
                const struct head_course *c = &o.head[l * OPT_H + h];
                double z = 0;
                for (size_t i = 0; i < OPT_A; i++)
                    z += made.query[i] / made.asked * made.key[i] / made.count / sqrt(OPT_A);
                assert_near(c->z[k], z, 1e-5);
                assert_relative(c->square[o.slot[o.key[k]]],
                                written_square(l, h, &made, config->hidden), 1e-4);
            }
    static const char *const refused[][2] = {{"gpt_neox", "rotary"}, {"llama", "rotary"}};
    for (size_t i = 0; i < 2; i++) {
        const char *path = attndyn_format(ctx, "tests/reference/families/%s", refused[i][0]);
        assert_ok(ctx, attndyn_model_open(ctx, path, &model));
        ck_assert_int_eq(observer_allows(ctx, path, &model->weights.config), ATTNDYN_USAGE);
        ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), refused[i][1]));
    }
}

/* The ledger on every exact rung: what it predicts is what happens, and something happens. */
TEST(ledger_balances) {
    for (size_t r = 0; r < RUNGS; r++) {
        struct ledger g;
        double off, drift, moved;
        if (!rungs[r].exact) continue;
        assert_ok(ctx, rung_prepare(&run, &p, &rungs[r], &t));
        assert_ok(ctx,
                  ledger_create(ctx, &rungs[r], &t, rungs[r].all ? UINT32_MAX : windows.query, &g));
        train(&rungs[r], 20, &g);
        ledger_close(&g, &off, &drift, &moved);
        assert_at_most(off, 2e-6);
        ck_assert_double_gt(drift, 2 * off);
        ck_assert_double_gt(moved, drift);
    }
}

TCASE(lm_joma_real) {
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_tests(tcase, agreement_by_hand, windows_end_in_the_query,
                    one_query_from_the_parameters, maps_from_the_parameters,
                    heads_of_a_published_network, ledger_balances);
}
