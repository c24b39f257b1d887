/* sim/data/text_distribution against a brute-force count, and against the grammar's answer key. */
#include "sim/base/random.h"
#include "sim/data/grammar.h"
#include "sim/data/text_distribution.h"
#include "tests/fixture.h"

#include <stdio.h>
#include <string.h>

static struct attndyn_corpus corpus;
static struct attndyn_text_estimate estimate;

static void parse(const char *text) {
    assert_ok(ctx, attndyn_corpus_parse(ctx, text, strlen(text), "text", &corpus));
}

static uint32_t id_of(const char *name) {
    uint32_t id = 0;
    ck_assert_msg(attndyn_corpus_find(&corpus, name, &id), "no %s", name);
    return id;
}

/* P(token | class), 0 where absent. */
static double probability(const char *class, const char *token) {
    const struct attndyn_distribution *d = &estimate.distribution;
    for (size_t k = 0; k < d->classes; k++)
        if (strcmp(d->class_name[k], class) == 0)
            for (size_t i = d->start[k]; i < d->start[k + 1]; i++)
                if (strcmp(d->token_name[d->token[i]], token) == 0) return d->probability[i];
    return 0;
}

static void assert_valid(void) {
    const struct attndyn_distribution *d = &estimate.distribution;
    double classes = 0;
    for (size_t k = 0; k < d->classes; k++) {
        double sum = 0;
        for (size_t i = d->start[k]; i < d->start[k + 1]; i++) {
            sum += d->probability[i];
            ck_assert_uint_lt(d->token[i], d->tokens);
            ck_assert(d->probability[i] > 0);
            if (i > d->start[k]) ck_assert_uint_lt(d->token[i - 1], d->token[i]);
        }
        assert_near(sum, 1, 1e-12);
        ck_assert_uint_lt(d->last[k], d->last_tokens);
        classes += d->class_probability[k];
    }
    assert_near(classes, 1, 1e-12);
}

/* Worked by hand: window 2, last token "the". */
TEST(by_hand) {
    parse("x y the cat\n"
          "y y x the cat the dog\n"
          "the cat\n"    /* no context */
          "z the\n"      /* no next token */
          "z\nthe dog\n" /* context does not cross lines */
          "x the dog\n");
    uint32_t last = id_of("the");
    struct attndyn_text_options o = {.last = &last, .num_last = 1, .num_next = 9, .window = 2};
    assert_ok(ctx, attndyn_text_estimate(ctx, &corpus, &o, &estimate));
    assert_valid();
    const struct attndyn_distribution *d = &estimate.distribution;
    ck_assert_uint_eq(d->classes, 2);
    ck_assert_uint_eq(d->columns, 2);
    ck_assert_uint_eq(d->last_tokens, 1);
    ck_assert_str_eq(d->last_name[0], "the");
    /* cat: {x y}, {y x}; dog: {the cat}, {x} */
    assert_near(probability("cat", "x"), 0.5, 1e-15);
    assert_near(probability("cat", "y"), 0.5, 1e-15);
    assert_near(probability("dog", "x"), 1 / 3., 1e-15);
    assert_near(probability("dog", "the"), 1 / 3., 1e-15);
    assert_near(probability("dog", "cat"), 1 / 3., 1e-15);
    assert_near(probability("dog", "y"), 0, 0);
    assert_near(d->class_probability[0], 0.5, 1e-15);
    ck_assert_uint_eq(estimate.total, 7);
    ck_assert_uint_eq(d->tokens, 4); /* x y the cat */
    /* Uniform smoothing weight 7 (= C): P(y|dog) = (0 + 7 * 2/7)/(3 + 7) */
    o.smoothing = 7;
    assert_ok(ctx, attndyn_text_estimate(ctx, &corpus, &o, &estimate));
    assert_valid();
    assert_near(probability("dog", "y"), 0.2, 1e-15);
    assert_near(probability("dog", "x"), (1 + 3.) / 10, 1e-15);
    assert_near(probability("cat", "the"), 1. / 11, 1e-15);
}

TEST(a_next_token_belongs_to_one_last_token) {
    /* n follows a 3 times and b twice: only a gets it. With room for one next token, b gets p. */
    parse("x a n\nx a n\nx a n\nx b n\nx b n\nx b p\nx a q\nx a q\n");
    uint32_t last[] = {id_of("a"), id_of("b")};
    struct attndyn_text_options o = {.last = last, .num_last = 2, .num_next = 1, .window = 5};
    assert_ok(ctx, attndyn_text_estimate(ctx, &corpus, &o, &estimate));
    const struct attndyn_distribution *d = &estimate.distribution;
    ck_assert_uint_eq(d->classes, 2);
    ck_assert_str_eq(d->class_name[0], "n");
    ck_assert_str_eq(d->class_name[1], "p");
    ck_assert_uint_eq(d->last[0], 0);
    ck_assert_uint_eq(d->last[1], 1);
    ck_assert_uint_eq(estimate.class_count[0], 3);
    ck_assert_uint_eq(estimate.class_count[1], 1);
    assert_near(d->class_probability[0], 0.75, 1e-15);
    o.uniform_classes = true;
    assert_ok(ctx, attndyn_text_estimate(ctx, &corpus, &o, &estimate));
    assert_near(estimate.distribution.class_probability[0], 0.5, 0);
    uint32_t excluded = id_of("n");
    o.excluded = &excluded, o.num_excluded = 1;
    assert_ok(ctx, attndyn_text_estimate(ctx, &corpus, &o, &estimate));
    ck_assert_str_eq(estimate.distribution.class_name[0], "q");
}

TEST(too_small_is_an_error) {
    parse("a b\nb a\n\nb\n");
    struct attndyn_text_options o = {.num_last = 2, .num_next = 2, .window = 4};
    ck_assert_int_eq(attndyn_text_estimate(ctx, &corpus, &o, &estimate), ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "no paragraph has enough context"));
    parse("x a b\nx a c\n");
    uint32_t last = id_of("a");
    o.last = &last, o.num_last = 1, o.min_class = 2;
    ck_assert_int_eq(attndyn_text_estimate(ctx, &corpus, &o, &estimate), ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "min_class"));
    o.min_class = 1, o.min_count = 3;
    ck_assert_int_eq(attndyn_text_estimate(ctx, &corpus, &o, &estimate), ATTNDYN_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "min_count"));
}

/* A random text of 12 letters; C_nl by walking over the text once for every class and token. */
static uint64_t brute(uint32_t m, uint32_t n, uint32_t l, size_t window, size_t least) {
    uint64_t count = 0;
    for (size_t p = 0; p < corpus.paragraphs; p++)
        for (size_t i = corpus.start[p]; i + 1 < corpus.start[p + 1]; i++) {
            if (corpus.token[i] != m || corpus.token[i + 1] != n) continue;
            if (i - corpus.start[p] < least) continue;
            for (size_t back = 1; back <= window && back <= i - corpus.start[p]; back++)
                count += corpus.token[i - back] == l;
        }
    return count;
}

static uint64_t brute_class(uint32_t m, uint32_t n, size_t least) {
    uint64_t count = 0;
    for (size_t p = 0; p < corpus.paragraphs; p++)
        for (size_t i = corpus.start[p]; i + 1 < corpus.start[p + 1]; i++)
            count +=
                corpus.token[i] == m && corpus.token[i + 1] == n && i - corpus.start[p] >= least;
    return count;
}

static char *random_text(uint64_t seed) {
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, seed));
    size_t length = 6000;
    char *text = ATTNDYN_NEW(ctx, char, length + 1);
    for (size_t i = 0; i < length; i += 2) {
        double u = attndyn_random_uniform(&random);
        text[i] = (char)('a' + (int)(12 * u * u));
        text[i + 1] = attndyn_random_uniform(&random) < 0.08 ? '\n' : ' ';
    }
    attndyn_random_done(&random);
    return text;
}

TEST(against_brute_force) {
    static const struct attndyn_text_options variants[] = {
        {.num_last = 3, .num_next = 2, .window = 4},
        {.num_last = 4, .num_next = 3, .window = 7, .min_context = 3, .min_count = 60},
        {.num_last = 4, .num_next = 3, .window = 1, .min_pair = 6, .min_class = 30},
    };
    struct attndyn_text_options o = variants[_i];
    parse(random_text(40 + (uint64_t)_i));
    assert_ok(ctx, attndyn_text_estimate(ctx, &corpus, &o, &estimate));
    assert_valid();
    const struct attndyn_distribution *d = &estimate.distribution;
    size_t least = o.min_context ? o.min_context : 1;
    uint64_t raw[26] = {0}, kept[26] = {0}, all = 0, dropped = 0;
    for (uint32_t l = 0; l < corpus.vocabulary; l++)
        for (size_t k = 0; k < d->classes; k++)
            raw[l] += brute(estimate.last_id[d->last[k]], estimate.next_id[k], l, o.window, least);
    for (size_t k = 0; k < d->classes; k++) {
        uint32_t m = estimate.last_id[d->last[k]], n = estimate.next_id[k];
        ck_assert_uint_eq(estimate.class_count[k], brute_class(m, n, least));
        ck_assert_uint_ge(estimate.class_count[k], o.min_class);
        uint64_t sum = 0;
        size_t at = d->start[k];
        for (uint32_t l = 0; l < corpus.vocabulary; l++) {
            uint64_t count = brute(m, n, l, o.window, least);
            if (raw[l] < o.min_count || count < o.min_pair) dropped += count, count = 0;
            sum += count;
            kept[l] += count;
            if (count == 0) continue;
            ck_assert_uint_lt(at, d->start[k + 1]);
            ck_assert_uint_eq(estimate.token_id[d->token[at]], l);
            ck_assert_uint_eq(estimate.pair_count[at], count);
            at++;
        }
        ck_assert_uint_eq(at, d->start[k + 1]);
        ck_assert_uint_eq(estimate.context_count[k], sum);
        all += sum;
    }
    for (size_t l = 0; l < d->tokens; l++)
        ck_assert_uint_eq(estimate.token_count[l], kept[estimate.token_id[l]]);
    ck_assert_uint_eq(estimate.total, all);
    ck_assert_uint_eq(estimate.dropped, dropped);
    /* No pair (m, n) whose last token had room and whose next token was free is more frequent than
     * one that was chosen. */
    for (uint32_t m = 0; m < d->last_tokens; m++)
        for (uint32_t n = 0; n < corpus.vocabulary; n++) {
            uint64_t count = brute_class(estimate.last_id[m], n, least);
            uint64_t smallest = UINT64_MAX, own = 0;
            size_t room = o.num_next;
            for (size_t k = 0; k < d->classes; k++) {
                if (d->last[k] == m) {
                    room--;
                    if (estimate.class_count[k] < smallest) smallest = estimate.class_count[k];
                }
                if (estimate.next_id[k] == n) own = estimate.class_count[k];
            }
            ck_assert(own >= count || count <= smallest || room > 0);
            if (room > 0 && own == 0) ck_assert(count == 0 || count < o.min_class);
        }
}

/* The estimate from generated text against the grammar's own probabilities: chi-square. */
TEST(grammar_gives_its_probabilities) {
    char *text;
    size_t length;
    double share = 0.6;
    assert_ok(ctx, attndyn_grammar_generate(ctx, 3000, 12, share, 1, &text, &length));
    ck_assert_uint_eq(strlen(text), length);
    parse(text);
    uint32_t last[] = {id_of("the"), id_of("a"), id_of("my")};
    struct attndyn_text_options o = {.last = last, .num_last = 3, .num_next = 9, .window = 99};
    assert_ok(ctx, attndyn_text_estimate(ctx, &corpus, &o, &estimate));
    assert_valid();
    const struct attndyn_distribution *d = &estimate.distribution;
    ck_assert_uint_eq(d->classes, ATTNDYN_GRAMMAR_CLASSES);
    ck_assert_uint_eq(d->last_tokens, 3);
    ck_assert_uint_eq(d->tokens, 6 * ATTNDYN_GRAMMAR_DISTINCT + ATTNDYN_GRAMMAR_COMMONS);
    double chi2 = 0;
    for (size_t k = 0; k < d->classes; k++) {
        size_t g = 0;
        while (strcmp(attndyn_grammar_classes[g].next, d->class_name[k]) != 0) g++;
        ck_assert_str_eq(attndyn_grammar_classes[g].last, d->last_name[d->last[k]]);
        ck_assert_uint_eq(d->start[k + 1] - d->start[k], 18);
        double sum = 0;
        for (size_t i = d->start[k]; i < d->start[k + 1]; i++) {
            double p = attndyn_grammar_probability(g, d->token_name[d->token[i]], share);
            double expected = p * (double)estimate.context_count[k];
            ck_assert(p > 0);
            sum += p;
            chi2 += pow((double)estimate.pair_count[i] - expected, 2) / expected;
        }
        assert_near(sum, 1, 1e-12);
    }
    /* 6 classes x 17 degrees of freedom: 102 +- 14.3; 5 sigma on both sides */
    assert_near(chi2, 102, 5 * sqrt(2 * 102.));
}

TEST(every_failed_allocation_is_reported) {
    parse("x y the cat\nx z the dog\n");
    uint32_t last = id_of("the");
    struct attndyn_text_options o = {.last = &last, .num_last = 1, .num_next = 9, .window = 2};
    uint64_t before = attndyn_allocations(ctx);
    assert_ok(ctx, attndyn_text_estimate(ctx, &corpus, &o, &estimate));
    uint64_t calls = attndyn_allocations(ctx) - before;
    for (uint64_t n = 1; n <= calls; n++) {
        attndyn_fail_allocation(ctx, n);
        ck_assert_int_eq(attndyn_text_estimate(ctx, &corpus, &o, &estimate), ATTNDYN_NO_MEMORY);
    }
}

TCASE(text_distribution) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_tests(tcase, by_hand, a_next_token_belongs_to_one_last_token, too_small_is_an_error);
    tcase_add_loop_test(tcase, against_brute_force, 0, 3);
    tcase_add_tests(tcase, grammar_gives_its_probabilities, every_failed_allocation_is_reported);
}
