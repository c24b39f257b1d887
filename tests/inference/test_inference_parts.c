/* Parts of inference: budgets, streams, sampling, continuations, predictors, evaluation items. */
#include "runs.h"
#include "sim/base/random.h"
#include "sim/data/tasks.h"
#include "sim/model/inference/continuation.h"
#include "sim/model/inference/evaluate.h"
#include "sim/model/inference/generate.h"
#include "sim/model/inference/sparse.h"
#include "sim/model/inference/sparse_private.h"
#include "sim/model/transformer/transformer.h"
#include "sim/num/parameter.h"
#include "tests/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct attndyn_transformer *model;

static void refused(enum attndyn_status status, const char *said) {
    ck_assert_int_eq(status, ATTNDYN_USAGE);
    ck_assert_msg(strstr(attndyn_message(ctx), said) != NULL, "'%s' lacks '%s'",
                  attndyn_message(ctx), said);
    attndyn_message_clear(ctx);
}

/* A network of runs.h with drawn weights. */
static const struct attndyn_weights *drawn(int which) {
    struct attndyn_transformer_config c;
    network_config(ctx, which, &c);
    c.init = ATTNDYN_INIT_NORMAL, c.init_scale = 0.4;
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, 1, 1, &model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, model, 3));
    return attndyn_transformer_weights(model);
}

/* ------------------------------------------------------------------ budgets */

TEST(a_budget_adds_up) {
    static const struct {
        struct attndyn_cache cache;
        size_t slots, heavy, recent;
    } good[] = {{{.policy = ATTNDYN_CACHE_H2O, .slots = 9, .heavy = 4}, 9, 4, 5},
                {{.policy = ATTNDYN_CACHE_H2O, .slots = 9, .recent = 4}, 9, 5, 4},
                {{.policy = ATTNDYN_CACHE_LEAST, .heavy = 3, .recent = 4}, 7, 3, 4},
                {{.policy = ATTNDYN_CACHE_RANDOM, .slots = 7, .heavy = 3, .recent = 4}, 7, 3, 4},
                {{.policy = ATTNDYN_CACHE_H2O, .slots = 4, .recent = 4}, 4, 0, 4},
                {{.policy = ATTNDYN_CACHE_TOVA, .slots = 7}, 7, 6, 1},
                {{.policy = ATTNDYN_CACHE_KEYNORM, .slots = 7, .recent = 3}, 7, 4, 3},
                {{.policy = ATTNDYN_CACHE_TOVA, .slots = 1}, 1, 0, 1}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct attndyn_cache c = good[i].cache;
        assert_ok(ctx, attndyn_cache_resolve(ctx, &c));
        ck_assert_uint_eq(c.slots, good[i].slots);
        ck_assert_uint_eq(c.heavy, good[i].heavy);
        ck_assert_uint_eq(c.recent, good[i].recent);
    }
    static const struct {
        struct attndyn_cache cache;
        const char *said;
    } bad[] = {
        {{.policy = ATTNDYN_CACHE_H2O, .slots = 9}, "give two"},
        {{.policy = ATTNDYN_CACHE_H2O, .heavy = 9}, "give two"},
        {{.policy = ATTNDYN_CACHE_H2O, .slots = 9, .heavy = 9}, "at least 1"},
        {{.policy = ATTNDYN_CACHE_H2O, .slots = 9, .heavy = 5, .recent = 5}, "must be slots"},
        {{.policy = ATTNDYN_CACHE_TOVA}, "at least 1"},
        {{.policy = ATTNDYN_CACHE_KEYNORM, .slots = 3, .recent = 4}, "must be slots"},
        {{.policy = ATTNDYN_CACHE_ORACLE, .slots = 3}, "to come is not given"},
        {{.policy = ATTNDYN_CACHE_WINDOW}, "at least 1"},
        {{.policy = ATTNDYN_CACHE_STREAMING, .slots = 3, .sinks = 3}, "no room"},
        {{.policy = ATTNDYN_CACHE_RECOMPUTATION}, "at least 1"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct attndyn_cache c = bad[i].cache;
        refused(attndyn_cache_resolve(ctx, &c), bad[i].said);
    }
    char names[200] = "";
    for (int k = 0; k < ATTNDYN_CACHE_ORACLE; k++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", k ? "|" : "",
                 attndyn_cache_policy_name((enum attndyn_cache_policy)k));
    ck_assert_str_eq(names, ATTNDYN_CACHE_POLICIES);
    /* the oracle comes last and cannot be chosen by name */
    ck_assert_str_eq(attndyn_cache_policy_name(ATTNDYN_CACHE_ORACLE), "oracle");
    ck_assert_ptr_null(attndyn_cache_policy_name(ATTNDYN_CACHE_ORACLE + 1));
}

/* ------------------------------------------------------------------ streams */

/* Which keys stay, by the definition of each policy that needs no weights. */
TEST(the_kept_are_those_of_the_definition) {
    const struct attndyn_weights *w = drawn(0);
    uint32_t tokens[40];
    for (size_t i = 0; i < 40; i++) tokens[i] = (uint32_t)(i * 7 % VOCABULARY);
    for (int streaming = 0; streaming < 2; streaming++) {
        struct attndyn_inference *s;
        const struct attndyn_inference_options options = {
            .cache = {.policy = streaming ? ATTNDYN_CACHE_STREAMING : ATTNDYN_CACHE_WINDOW,
                      .slots = 9,
                      .sinks = 3}};
        assert_ok(ctx, attndyn_inference_create(ctx, w, &options, &s));
        for (size_t t = 0; t < 40; t++) {
            const struct attndyn_segment g = {0, tokens + t, 1, 1};
            assert_ok(ctx, attndyn_inference_feed(ctx, s, &g, 1, NULL, NULL));
            size_t n, sinks = streaming ? 3 : 0, expected = t + 1 < 9 ? t + 1 : 9;
            for (size_t l = 0; l < 2; l++) {
                const uint64_t *kept = attndyn_inference_kept(s, 0, l, 1, &n);
                ck_assert_uint_eq(n, expected);
                for (size_t i = 0; i < n; i++)
                    ck_assert_uint_eq(kept[i], i < sinks ? i : t + 1 - (n - i));
            }
        }
    }
}

struct last {
    double logits[VOCABULARY];
};
static enum attndyn_status keep(void *user, size_t segment, size_t index, const float *logits) {
    struct last *last = user;
    (void)segment, (void)index;
    for (size_t j = 0; j < VOCABULARY; j++) last->logits[j] = (double)logits[j];
    return ATTNDYN_OK;
}

TEST(streams_go_back_and_are_copied) {
    const struct attndyn_weights *w = drawn(0);
    const uint32_t tokens[] = {3, 1, 4, 1, 5, 9, 2, 6}, other[] = {5, 3, 5};
    struct attndyn_inference *s, *evicting;
    struct last a, b;
    assert_ok(ctx, attndyn_inference_create(ctx, w,
                                            &(struct attndyn_inference_options){.streams = 2}, &s));
    for (size_t i = 0; i < 8; i++) {
        const struct attndyn_segment g = {0, tokens + i, 1, 0};
        assert_ok(ctx, attndyn_inference_feed(ctx, s, &g, 1, keep, &a));
    }
    assert_ok(ctx, attndyn_inference_rewind(ctx, s, 0, 5));
    for (size_t i = 0; i < 3; i++) {
        const struct attndyn_segment g = {0, other + i, 1, 0};
        assert_ok(ctx, attndyn_inference_feed(ctx, s, &g, 1, keep, &b));
    }
    ck_assert(memcmp(&a, &b, sizeof a) != 0);
    assert_ok(ctx, attndyn_inference_rewind(ctx, s, 0, 5));
    attndyn_inference_copy(s, 0, 1);
    ck_assert_uint_eq(attndyn_inference_fed(s, 1), 5);
    for (size_t i = 5; i < 8; i++) {
        const struct attndyn_segment g = {1, tokens + i, 1, 0};
        assert_ok(ctx, attndyn_inference_feed(ctx, s, &g, 1, keep, &b));
    }
    ck_assert_mem_eq(&a, &b, sizeof a);
    refused(attndyn_inference_rewind(ctx, s, 0, 6), "back to token 6 of a stream of 5");
    const struct attndyn_inference_options options = {
        .cache = {.policy = ATTNDYN_CACHE_WINDOW, .slots = 3}};
    assert_ok(ctx, attndyn_inference_create(ctx, w, &options, &evicting));
    refused(attndyn_inference_rewind(ctx, evicting, 0, 0), "only a dense cache");
}

TEST(what_cannot_be_fed_is_refused) {
    const struct attndyn_weights *w = drawn(2); /* learned positions, context 64 */
    static uint32_t tokens[80];
    struct attndyn_inference *s;
    const uint32_t beyond = VOCABULARY;
    assert_ok(ctx, attndyn_inference_create(
                       ctx, w, &(struct attndyn_inference_options){.capacity = 100}, &s));
    struct attndyn_segment g = {0, tokens, 65, 65};
    refused(attndyn_inference_feed(ctx, s, &g, 1, NULL, NULL), "has no position");
    ck_assert_uint_eq(attndyn_inference_fed(s, 0), 0);
    g = (struct attndyn_segment){0, &beyond, 1, 1};
    refused(attndyn_inference_feed(ctx, s, &g, 1, NULL, NULL), "beyond the network's vocabulary");
    g = (struct attndyn_segment){1, tokens, 1, 1};
    refused(attndyn_inference_feed(ctx, s, &g, 1, NULL, NULL), "stream 1 of 1");
    const struct attndyn_segment twice[] = {{0, tokens, 1, 1}, {0, tokens, 1, 1}};
    refused(attndyn_inference_feed(ctx, s, twice, 2, NULL, NULL), "fed twice");
    assert_ok(ctx, attndyn_inference_create(
                       ctx, w, &(struct attndyn_inference_options){.capacity = 10}, &s));
    g = (struct attndyn_segment){0, tokens, 11, 11};
    refused(attndyn_inference_feed(ctx, s, &g, 1, NULL, NULL), "11 tokens for a cache of 10");
    struct attndyn_inference_options anew = {
        .cache = {.policy = ATTNDYN_CACHE_RECOMPUTATION, .slots = 3}};
    refused(attndyn_inference_create(ctx, w, &anew, &s), "keeps no cache");
    /* learned positions by rank go on for ever in at most as many slots */
    const struct attndyn_inference_options ranks = {
        .cache = {.policy = ATTNDYN_CACHE_STREAMING, .slots = 64, .sinks = 2}};
    assert_ok(ctx, attndyn_inference_create(ctx, w, &ranks, &s));
    g = (struct attndyn_segment){0, tokens, 80, 80};
    assert_ok(ctx, attndyn_inference_feed(ctx, s, &g, 1, NULL, NULL));
}

/* ------------------------------------------------------------------ sampling */

TEST(draws_have_the_distribution) {
    const float logits[] = {0.5f, 2, -1, 2, 0};
    enum { DRAWS = 40000 };
    static const struct {
        double temperature, top_p;
        size_t kept; /* of the order 1, 3, 0, 4, 2 */
    } cases[] = {{1, 1, 5}, {2, 1, 5}, {1, 0.7, 2}, {1, 0.3, 1}, {0.5, 0.995, 4}};
    static const size_t order[] = {1, 3, 0, 4, 2};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct attndyn_sampler s;
        double p[5], sum = 0, count[5] = {0};
        assert_ok(ctx, attndyn_sampler_create(ctx, 5, cases[k].temperature, cases[k].top_p, 9, &s));
        for (int i = 0; i < DRAWS; i++) count[attndyn_sample(&s, logits)]++;
        for (size_t i = 0; i < 5; i++) p[i] = exp((double)logits[i] / cases[k].temperature);
        for (size_t i = 0; i < cases[k].kept; i++) sum += p[order[i]];
        for (size_t i = 0; i < 5; i++) {
            double q = p[order[i]] / sum, seen = count[order[i]] / DRAWS;
            if (i >= cases[k].kept)
                assert_near(seen, 0, 0);
            else
                assert_near(seen, q, 5 * sqrt(q * (1 - q) / DRAWS) + 1e-12);
        }
    }
    struct attndyn_sampler greedy;
    assert_ok(ctx, attndyn_sampler_create(ctx, 5, 0, 1, 9, &greedy));
    ck_assert_uint_eq(attndyn_sample(&greedy, logits), 1); /* of 1 and 3 the first */
    refused(attndyn_sampler_create(ctx, 5, -1, 1, 9, &greedy), "at least 0");
    refused(attndyn_sampler_create(ctx, 5, 1, 0, 9, &greedy), "(0, 1]");
}

/* ------------------------------------------------------------------ continuations */

/* Of sequences that do not fit the last context + 1 tokens count; the others' sums are those of the
 * evaluation. */
TEST(continuations_are_sums_of_losses) {
    const struct attndyn_weights *w = drawn(0);
    struct attndyn_inference *s;
    static uint32_t text[3][100];
    struct attndyn_continuation c[3] = {{text[0], 30, 22, 0, false, 0},
                                        {text[1], 100, 90, 0, false, 0},
                                        {text[2], 25, 24, 0, false, 0}};
    uint64_t state = 4;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < 100; i++)
            text[k][i] =
                k && i < 20 ? text[0][i] : (uint32_t)(attndyn_splitmix_next(&state) % VOCABULARY);
    assert_ok(ctx, attndyn_inference_create(ctx, w,
                                            &(struct attndyn_inference_options){.streams = 3}, &s));
    struct attndyn_continuations three = {c, 3};
    for (int order = 0; order < 2; order++) {
        assert_ok(ctx, attndyn_continuations_score(ctx, s, &three, 1));
        for (size_t k = 0; k < 3; k++) {
            double nll[100], sum = 0;
            size_t lost = c[k].count > 65 ? c[k].count - 65 : 0;
            ck_assert_uint_eq(c[k].lost, lost);
            const struct attndyn_evaluation dense = {.bounded = true};
            assert_ok(ctx, attndyn_evaluate(ctx, w, &dense, c[k].tokens + lost, c[k].count - lost,
                                            nll, NULL));
            for (size_t i = c[k].from - 1; i + 1 < c[k].count; i++) sum -= nll[i - lost];
            assert_near(c[k].log_likelihood, sum, 1e-4);
        }
        struct attndyn_continuation swap = c[0];
        c[0] = c[1], c[1] = swap;
    }
    /* a continuation longer than the context: what is left of it is scored */
    struct attndyn_continuation longer = {text[1], 100, 10, 0, false, 0};
    double nll[100], sum = 0;
    assert_ok(ctx,
              attndyn_continuations_score(ctx, s, &(struct attndyn_continuations){&longer, 1}, 1));
    assert_ok(ctx, attndyn_evaluate(ctx, w, &(struct attndyn_evaluation){0}, text[1] + 35, 65, nll,
                                    NULL));
    for (size_t i = 0; i < 64; i++) sum -= nll[i];
    assert_near(longer.log_likelihood, sum, 1e-4);
    /* one that has nothing to score */
    struct attndyn_continuation nothing = {text[1], 10, 10, 0, false, 0};
    assert_ok(ctx,
              attndyn_continuations_score(ctx, s, &(struct attndyn_continuations){&nothing, 1}, 1));
    assert_near(nothing.log_likelihood, 0, 0);
}

/* Items that are scored together get what each gets alone; tokens are counted as they are read. */
TEST(items_together_are_items_alone) {
    enum { ITEMS = 4, CHOICES = 3, LENGTH = 24 };
    static uint32_t text[ITEMS][CHOICES][LENGTH];
    struct attndyn_continuation c[ITEMS][CHOICES];
    struct attndyn_continuations items[ITEMS];
    double alone[ITEMS][CHOICES];
    struct attndyn_inference *s;
    uint64_t state = 11;
    for (size_t i = 0; i < ITEMS; i++) {
        for (size_t k = 0; k < CHOICES; k++) {
            size_t shared = 6 + 3 * i, count = LENGTH - k - i;
            for (size_t t = 0; t < count; t++)
                text[i][k][t] = k && t < shared
                                    ? text[i][0][t]
                                    : (uint32_t)(attndyn_splitmix_next(&state) % VOCABULARY);
            c[i][k] = (struct attndyn_continuation){text[i][k], count, shared, 0, false, 0};
        }
        items[i] = (struct attndyn_continuations) {
            c[i], i == 2 ? 1 : CHOICES
        };
        struct attndyn_continuation_rows rows = attndyn_continuation_rows(&items[i], 64);
        ck_assert_uint_eq(rows.shared, 5 + 3 * i);
        ck_assert_uint_eq(rows.longest, LENGTH - i);
        size_t behind = 0, scored = 0;
        for (size_t k = 0; k < items[i].count; k++)
            behind += c[i][k].count - 1 - rows.shared, scored += c[i][k].count - c[i][k].from;
        ck_assert_uint_eq(rows.apart, behind);
        ck_assert_uint_eq(rows.scored, scored);
    }
    assert_ok(ctx, attndyn_inference_create(
                       ctx, drawn(0), &(struct attndyn_inference_options){.streams = 12}, &s));
    for (size_t i = 0; i < ITEMS; i++) {
        assert_ok(ctx, attndyn_continuations_score(ctx, s, &items[i], 1));
        for (size_t k = 0; k < items[i].count; k++) alone[i][k] = c[i][k].log_likelihood;
    }
    assert_ok(ctx, attndyn_continuations_score(ctx, s, items, ITEMS));
    for (size_t i = 0; i < ITEMS; i++)
        for (size_t k = 0; k < items[i].count; k++)
            assert_near(c[i][k].log_likelihood, alone[i][k], 1e-4);
}

/* ------------------------------------------------------------------ sparsity */

/* The gradient against central differences of the loss. */
TEST(predictors_descend) {
    enum { IN = 7, RANK = 3, UNITS = 5, ROWS = 9 };
    struct infer_predictor *p;
    float x[ROWS * IN];
    unsigned char active[ROWS * UNITS];
    uint64_t state = 6;
    for (size_t i = 0; i < ROWS * IN; i++)
        x[i] = (float)((double)(attndyn_splitmix_next(&state) >> 11) * 0x1p-52 - 1);
    for (size_t i = 0; i < ROWS * UNITS; i++) active[i] = attndyn_splitmix_next(&state) % 3 == 0;
    assert_ok(ctx, attndyn_infer_predictor_create(ctx, IN, RANK, UNITS, 5, &p));
    for (int t = 0; t < 3; t++) {
        struct attndyn_parameter *q = &p->parameter[t];
        for (size_t i = 0; i < attndyn_parameter_count(q); i++) {
            const float h = 0.01f, at = q->value[i];
            q->value[i] = at + h;
            double above = attndyn_infer_predictor_loss(p, ROWS, x, active);
            q->value[i] = at - h;
            double below = attndyn_infer_predictor_loss(p, ROWS, x, active);
            q->value[i] = at;
            attndyn_infer_predictor_loss(p, ROWS, x, active);
            assert_near((double)q->gradient[i], (above - below) / (2 * (double)h), 2e-5);
        }
    }
    double before = attndyn_infer_predictor_loss(p, ROWS, x, active);
    assert_ok(ctx, attndyn_infer_predictor_train(ctx, p, ROWS, x, active, 3));
    assert_at_most(attndyn_infer_predictor_loss(p, ROWS, x, active), 0.9 * before);
}

/* ReLU's zeros weigh nothing: leaving them out changes no bit. */
TEST(zeros_of_relu_are_free) {
    const struct attndyn_weights *w = drawn(3);
    static uint32_t tokens[40];
    double dense[40], part[40];
    uint64_t state = 4;
    for (size_t i = 0; i < 40; i++)
        tokens[i] = (uint32_t)(attndyn_splitmix_next(&state) % VOCABULARY);
    assert_ok(ctx,
              attndyn_evaluate(ctx, w, &(struct attndyn_evaluation){0}, tokens, 40, dense, NULL));
    for (double share = 1; share > 0.2; share -= 0.3) {
        struct attndyn_sparse *sparse;
        struct attndyn_inference_hooks hooks;
        const struct attndyn_sparse_options options = {.mlp = true, .share = share};
        assert_ok(ctx, attndyn_sparse_create(ctx, w, &options, &sparse));
        assert_ok(ctx, attndyn_sparse_hooks(ctx, sparse, &hooks));
        const struct attndyn_evaluation e = {.hooks = &hooks};
        assert_ok(ctx, attndyn_evaluate(ctx, w, &e, tokens, 40, part, NULL));
        if (share == 1)
            ck_assert_mem_eq(part, dense, 39 * sizeof *part);
        else
            ck_assert(memcmp(part, dense, 39 * sizeof *part) != 0 || share > 0.6);
        assert_near(attndyn_sparse_recall(sparse), 1, 0);
    }
    struct attndyn_sparse *sparse;
    struct attndyn_inference_hooks hooks;
    struct attndyn_sparse_options options = {
        .mlp = true, .share = 0.5, .choice = ATTNDYN_SPARSE_STATIC};
    assert_ok(ctx, attndyn_sparse_create(ctx, w, &options, &sparse));
    refused(attndyn_sparse_hooks(ctx, sparse, &hooks), "calibration");
    options.share = 0;
    refused(attndyn_sparse_create(ctx, w, &options, &sparse), "(0, 1]");
    options.share = 1, options.choice = ATTNDYN_SPARSE_PREDICTOR;
    refused(attndyn_sparse_create(ctx, w, &options, &sparse), "rank 0");
}

/* ------------------------------------------------------------------ items */

static struct attndyn_task *items_of(const char *text, enum attndyn_status expected) {
    char path[] = "/tmp/attndyn-items-XXXXXX";
    int file = mkstemp(path);
    struct attndyn_task *tasks = NULL;
    size_t count;
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    enum attndyn_status status = attndyn_tasks_read(ctx, path, 0, &tasks, &count);
    unlink(path);
    ck_assert_msg(status == expected, "status %d: %s", (int)status, attndyn_message(ctx));
    return tasks;
}

TEST(items_have_three_forms) {
    const struct attndyn_task *t = items_of(
        "{\"query\":\"q\",\"choices\":[\"a\\u0001b\",\"\\u00e4\\ud83d\\ude00\"],\"gold\":1}\r\n"
        "\n  \n{\"continuation\":\"c\",\"context_options\":[\"x\",\"y\"],\"gold\":0}\n"
        "{\"context\":\"k\",\"continuation\":\"l m\"}",
        ATTNDYN_OK);
    ck_assert_uint_eq(t->items, 3);
    const struct attndyn_task_item *i = t->item;
    ck_assert_uint_eq(i[0].choices, 2);
    ck_assert_uint_eq(i[0].gold, 1);
    ck_assert_uint_eq(i[0].choice[0].continuation.length, 3);
    ck_assert_mem_eq(i[0].choice[0].continuation.bytes, "a\1b", 3);
    ck_assert_uint_eq(i[0].choice[0].characters, 3);
    ck_assert_uint_eq(i[0].choice[1].continuation.length, 6);
    ck_assert_uint_eq(i[0].choice[1].characters, 2);
    ck_assert_str_eq(i[1].choice[1].context.bytes, "y");
    ck_assert_str_eq(i[1].choice[1].continuation.bytes, "c");
    ck_assert_uint_eq(i[2].choices, 1);
    ck_assert_str_eq(i[2].choice[0].continuation.bytes, "l m");
    static const char *const bad[] = {
        "",
        "\n\n",
        "[]",
        "3",
        "{\"query\":\"q\"}",
        "{\"query\":\"q\",\"choices\":[],\"gold\":0}",
        "{\"query\":\"q\",\"choices\":[\"a\"],\"gold\":1}",
        "{\"query\":\"q\",\"choices\":[\"a\"],\"gold\":-1}",
        "{\"query\":\"q\",\"choices\":[\"a\",1],\"gold\":0}",
        "{\"query\":\"q\",\"choices\":[\"a\"],\"gold\":0.5}",
        "{\"query\":1,\"choices\":[\"a\"],\"gold\":0}",
        "{\"context_options\":\"x\",\"continuation\":\"c\",\"gold\":0}",
        "{\"context_options\":[\"x\"],\"gold\":0}",
        "{\"context\":\"x\"}",
        "{\"context\":\"x\",\"continuation\":\"y\"} 1",
        "{\"context\":\"x\",",
        "\xff"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) items_of(bad[k], ATTNDYN_NO_INPUT);
}

TCASE(inference_parts) {
    with_a_context(tcase);
    tcase_add_tests(tcase, a_budget_adds_up, the_kept_are_those_of_the_definition,
                    streams_go_back_and_are_copied, what_cannot_be_fed_is_refused,
                    draws_have_the_distribution, continuations_are_sums_of_losses,
                    items_together_are_items_alone, predictors_descend, zeros_of_relu_are_free,
                    items_have_three_forms);
}
