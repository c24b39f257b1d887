/* cache/sinks: what it measures in a network against plain loops. */
#include "experiments/cache/sinks/sinks.h"
#include "tests/support.h"

#include <math.h>
#include <stdio.h>

enum { T = 12, HEADS = 4, GROUPS = 2, WIDTH = 16, LAYERS = 2, STREAMS_ = 3 };

/* Scores from the views of queries and keys, softmax in double: another route than the views of
 * attention that sinks_look reads. */
TEST(first_share_by_plain_loops) {
    struct attndyn_context *ctx = attndyn_context_create();
    const struct trial run = {.ctx = ctx};
    struct attndyn_transformer_config c;
    struct attndyn_transformer *model;
    struct sight sight;
    uint32_t tokens[STREAMS_ * (T + 1)];
    double first[LAYERS] = {0}, most[LAYERS][HEADS] = {{0}}, stream[STREAMS_] = {0},
           second[STREAMS_] = {0}, value[LAYERS] = {0};
    for (int i = 0; i < STREAMS_ * (T + 1); i++) tokens[i] = (uint32_t)(i * i % 7);
    assert_ok(ctx, attndyn_transformer_preset(ctx, "llama", &c));
    c.vocabulary = 7, c.context = T, c.layers = LAYERS, c.width = WIDTH, c.heads = HEADS;
    c.kv_heads = GROUPS, c.hidden = 24, c.init = ATTNDYN_INIT_NORMAL, c.init_scale = 0.5;
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, 1, T, &model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, model, 9));
    assert_ok(ctx, sinks_sight(&run, LAYERS, HEADS, STREAMS_, &sight));
    for (int again = 0; again < 2; again++) /* nothing is left over from the last look */
        assert_ok(ctx, sinks_look(&run, model, T, tokens, T + 1, 0.1, &sight));
    const int a = WIDTH / HEADS;
    for (int i = 0; i < STREAMS_; i++) {
        const struct attndyn_batch batch = {
            .sequences = 1, .length = T, .tokens = tokens + i * (T + 1)};
        attndyn_transformer_loss(model, &batch);
        for (int l = 0; l < LAYERS; l++) {
            size_t ld;
            const attndyn_real *q =
                attndyn_transformer_view(model, ATTNDYN_VIEW_QUERY, (size_t)l, &ld);
            const attndyn_real *k =
                attndyn_transformer_view(model, ATTNDYN_VIEW_KEY, (size_t)l, &ld);
            const attndyn_real *v =
                attndyn_transformer_view(model, ATTNDYN_VIEW_VALUE, (size_t)l, &ld);
            for (int g = 0; g < GROUPS; g++) {
                double square = 0;
                for (int x = 0; x < a; x++) square += pow((double)v[g * a + x], 2);
                value[l] += sqrt(square) / GROUPS / STREAMS_;
            }
            for (int h = 0; h < HEADS; h++)
                for (int t = T / 2; t < T; t++) {
                    double sum = 0, one = 0, other = 0;
                    for (int j = 0; j <= t; j++) {
                        double s = 0;
                        for (int x = 0; x < a; x++)
                            s += (double)q[t * (int)ld + h * a + x] *
                                 (double)k[j * (int)ld + h / (HEADS / GROUPS) * a + x];
                        sum += exp(s / sqrt(a));
                        if (j == 0) one = exp(s / sqrt(a));
                        if (j == 1) other = exp(s / sqrt(a));
                    }
                    const double share = one / sum / (T - T / 2);
                    first[l] += share / HEADS / STREAMS_;
                    most[l][h] += share / STREAMS_;
                    stream[i] += share / HEADS / LAYERS;
                    second[i] += other / sum / (T - T / 2) / HEADS / LAYERS;
                }
        }
    }
    for (int l = 0; l < LAYERS; l++) {
        double head = 0, above = 0;
        for (int h = 0; h < HEADS; h++) {
            head = fmax(head, most[l][h]), above += most[l][h] > 0.1;
            assert_at_most(fabs(sight.head[l * HEADS + h] - most[l][h]), 1e-6);
        }
        assert_at_most(fabs(sight.first[l] - first[l]), 1e-6);
        assert_at_most(fabs(sight.most[l] - head), 1e-6);
        assert_at_most(fabs(sight.share[l] - above / HEADS), 1e-12);
        assert_at_most(fabs(sight.value_first[l] - value[l]), 1e-5);
    }
    for (int i = 0; i < STREAMS_; i++) {
        assert_at_most(fabs(sight.stream[i] - stream[i]), 1e-6);
        assert_at_most(fabs(sight.second[i] - second[i]), 1e-6);
    }
    attndyn_context_free(ctx);
}

TCASE(cache_sinks) {
    tcase_add_test(tcase, first_share_by_plain_loops);
}
