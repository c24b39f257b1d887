/* Counts of words and pairs: by hand, and as distributions. */
#include "experiments/lm/shared/frequencies.h"
#include "tests/fixture.h"

enum { V = 4 };
static uint32_t text[] = {0, 1, 0, 2, 0, 1, 1, 2}; /* 3 does not occur, 2 is the last */
static const struct attndyn_tokens from = {.id = text, .length = 8};

static struct frequencies loss_of(uint32_t v, uint32_t w) {
    uint32_t both[] = {v, w};
    struct frequencies loss;
    assert_ok(ctx, frequencies_loss(ctx, V, &from,
                                    &(struct attndyn_tokens){.id = both, .length = 2}, &loss));
    return loss;
}

TEST(by_hand) {
    const double p0 = 4. / 12, p1 = 4. / 12, p2 = 3. / 12, p3 = 1. / 12;
    assert_relative(loss_of(0, 3).words, -(log(p0) + log(p3)) / 2, 1e-14);
    /* 0 is followed by 1, 2, 1: three times, by two words */
    assert_relative(loss_of(0, 1).pairs, -log((2 + 2 * p1) / 5), 1e-14);
    assert_relative(loss_of(0, 3).pairs, -log(2 * p3 / 5), 1e-14);
    /* 1 is followed by 0, 1 and 2 */
    assert_relative(loss_of(1, 1).pairs, -log((1 + 3 * p1) / 6), 1e-14);
    /* 2 is followed by 0 once, and ends the text */
    assert_relative(loss_of(2, 0).pairs, -log((1 + p0) / 2), 1e-14);
    assert_relative(loss_of(3, 2).pairs, -log(p2), 1e-14);
}

TEST(sums_to_one) {
    for (uint32_t v = 0; v < V; v++) {
        double words = 0, pairs = 0;
        for (uint32_t w = 0; w < V; w++) {
            words += exp(-loss_of(w, w).words);
            pairs += exp(-loss_of(v, w).pairs);
        }
        assert_relative(words, 1, 1e-14);
        assert_relative(pairs, 1, 1e-14);
    }
}

TEST(means_over_tokens) {
    uint32_t three[] = {0, 1, 2};
    struct frequencies loss;
    assert_ok(ctx, frequencies_loss(ctx, V, &from,
                                    &(struct attndyn_tokens){.id = three, .length = 3}, &loss));
    assert_relative(loss.pairs, (loss_of(0, 1).pairs + loss_of(1, 2).pairs) / 2, 1e-14);
    assert_relative(loss.words, -(2 * log(4. / 12) + log(3. / 12)) / 3, 1e-14);
}

TCASE(lm_frequencies) {
    with_a_context(tcase);
    tcase_add_tests(tcase, by_hand, sums_to_one, means_over_tokens);
}
