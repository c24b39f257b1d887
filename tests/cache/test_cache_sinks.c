/* cache/sinks: what it measures in a network against plain loops. */
#include "experiments/cache/sinks/sinks.h"
#include "tests/support.h"

#include <math.h>
#include <stdio.h>

enum { T = 12, HEADS = 4, GROUPS = 2, WIDTH = 16, LAYERS = 2, STREAMS_ = 3 };

/* Of attention from the second half of a stream on: its share of the first and of the second token,
 * and the length of the first value. */
struct shares {
    double first[LAYERS], most[LAYERS][HEADS], stream[STREAMS_], second[STREAMS_], value[LAYERS];
};

/* One head: scores from the views of queries and keys, softmax in double. */
static void share_of_a_head(const attndyn_real *q, const attndyn_real *k, int ld, int h,
                            double *first, double *second) {
    const int a = WIDTH / HEADS;
    *first = *second = 0;
    for (int t = T / 2; t < T; t++) {
        double sum = 0, one = 0, other = 0;
        for (int j = 0; j <= t; j++) {
            double s = 0;
            for (int x = 0; x < a; x++)
                s += (double)q[t * ld + h * a + x] *
                     (double)k[j * ld + h / (HEADS / GROUPS) * a + x];
            sum += exp(s / sqrt(a));
            if (j == 0) one = exp(s / sqrt(a));
            if (j == 1) other = exp(s / sqrt(a));
        }
        *first += one / sum / (T - T / 2);
        *second += other / sum / (T - T / 2);
    }
}

static struct shares shares_of(struct attndyn_transformer *model, const uint32_t *tokens) {
    struct shares s = {.first = {0}};
    const int a = WIDTH / HEADS;
    for (int i = 0; i < STREAMS_; i++) {
        const struct attndyn_batch batch = {
            .sequences = 1, .length = T, .tokens = tokens + i * (T + 1)};
        attndyn_transformer_loss(model, &batch);
        for (size_t l = 0; l < LAYERS; l++) {
            size_t ld;
            const attndyn_real *q = attndyn_transformer_view(model, ATTNDYN_VIEW_QUERY, l, &ld);
            const attndyn_real *k = attndyn_transformer_view(model, ATTNDYN_VIEW_KEY, l, &ld);
            const attndyn_real *v = attndyn_transformer_view(model, ATTNDYN_VIEW_VALUE, l, &ld);
            for (int g = 0; g < GROUPS; g++) {
                double square = 0;
                for (int x = 0; x < a; x++) square += pow((double)v[g * a + x], 2);
                s.value[l] += sqrt(square) / GROUPS / STREAMS_;
            }
            for (int h = 0; h < HEADS; h++) {
                double first, second;
                share_of_a_head(q, k, (int)ld, h, &first, &second);
                s.first[l] += first / HEADS / STREAMS_;
                s.most[l][h] += first / STREAMS_;
                s.stream[i] += first / HEADS / LAYERS;
                s.second[i] += second / HEADS / LAYERS;
            }
        }
    }
    return s;
}

/* Another route than the views of attention that sinks_look reads. */
TEST(first_share_by_plain_loops) {
    struct attndyn_context *ctx = attndyn_context_create();
    const struct trial run = {.ctx = ctx};
    struct attndyn_transformer_config c;
    struct attndyn_transformer *model;
    struct sight sight;
    uint32_t tokens[STREAMS_ * (T + 1)];
    for (int i = 0; i < STREAMS_ * (T + 1); i++) tokens[i] = (uint32_t)(i * i % 7);
    assert_ok(ctx, attndyn_transformer_preset(ctx, "llama", &c));
    c.vocabulary = 7, c.context = T, c.layers = LAYERS, c.width = WIDTH, c.heads = HEADS;
    c.kv_heads = GROUPS, c.hidden = 24, c.init = ATTNDYN_INIT_NORMAL, c.init_scale = 0.5;
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, 1, T, &model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, model, 9));
    assert_ok(ctx, sinks_sight(&run, LAYERS, HEADS, STREAMS_, &sight));
    for (int again = 0; again < 2; again++) /* nothing is left over from the last look */
        assert_ok(ctx, sinks_look(&run, model, T, tokens, T + 1, 0.1, &sight));
    const struct shares s = shares_of(model, tokens);
    for (int l = 0; l < LAYERS; l++) {
        double head = 0, above = 0;
        for (int h = 0; h < HEADS; h++) {
            head = fmax(head, s.most[l][h]), above += s.most[l][h] > 0.1;
            assert_at_most(fabs(sight.head[l * HEADS + h] - s.most[l][h]), 1e-6);
        }
        assert_at_most(fabs(sight.first[l] - s.first[l]), 1e-6);
        assert_at_most(fabs(sight.most[l] - head), 1e-6);
        assert_at_most(fabs(sight.share[l] - above / HEADS), 1e-12);
        assert_at_most(fabs(sight.value_first[l] - s.value[l]), 1e-5);
    }
    for (int i = 0; i < STREAMS_; i++) {
        assert_at_most(fabs(sight.stream[i] - s.stream[i]), 1e-6);
        assert_at_most(fabs(sight.second[i] - s.second[i]), 1e-6);
    }
    attndyn_context_free(ctx);
}

TCASE(cache_sinks) {
    tcase_add_test(tcase, first_share_by_plain_loops);
}
