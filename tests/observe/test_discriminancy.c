/* sim/observe/discriminancy against values worked by hand and by definition. */
#include "sim/observe/discriminancy.h"
#include "tests/support.h"

#include <math.h>

/* The table (10, 20; 30, 940): G^2 = 2 [10 ln(10/1.2) + 20 ln(20/28.8) + 30 ln(30/38.8)
 * + 940 ln(940/931.2)] with E = row x column / 1000. */
TEST(likelihood_ratio_by_hand) {
    struct attndyn_contingency c = {.both = 10, .token = 30, .in_class = 40, .all = 1000};
    double by_hand = 2 * (10 * 2.1202635362000910 + 20 * -0.36464311358790935 +
                          30 * -0.25722286496707236 + 940 * 0.00940579828687617);
    assert_near(attndyn_log_likelihood_ratio(c), by_hand, 1e-10);
    /* Fewer than expected: the same size, the other sign, if the table is mirrored. */
    struct attndyn_contingency mirrored = {.both = 20, .token = 30, .in_class = 960, .all = 1000};
    assert_near(attndyn_log_likelihood_ratio(mirrored), -by_hand, 1e-10);
}

TEST(likelihood_ratio_at_the_edges) {
    /* independent: 6/60 = 10/100 */
    assert_near(attndyn_log_likelihood_ratio((struct attndyn_contingency){6, 10, 60, 100}), 0,
                1e-12);
    /* never together: 2 [10 ln(10/9) + 10 ln(10/9) + 80 ln(80/81)] with the sign of rarity */
    assert_near(attndyn_log_likelihood_ratio((struct attndyn_contingency){0, 10, 10, 100}),
                -2 * (20 * log(10 / 9.) + 80 * log(80 / 81.)), 1e-12);
    /* always together: the entropy of the class in nats, 2N times */
    assert_near(attndyn_log_likelihood_ratio((struct attndyn_contingency){25, 25, 25, 100}),
                -200 * (0.25 * log(0.25) + 0.75 * log(0.75)), 1e-12);
}

TEST(pointwise_information_by_hand) {
    /* P(l|n) = 1/4, P(l) = 3/100 */
    struct attndyn_contingency c = {.both = 10, .token = 30, .in_class = 40, .all = 1000};
    assert_near(attndyn_pointwise_information(c), log(25 / 3.), 1e-15);
    c.both = 0;
    ck_assert(isinf(attndyn_pointwise_information(c)) && attndyn_pointwise_information(c) < 0);
}

TEST(tfidf_by_hand) {
    assert_near(attndyn_tfidf(0.02, 240, 30), 0.02 * 3 * log(2), 1e-16);
    assert_near(attndyn_tfidf(0.3, 240, 240), 0, 0); /* in every class: worth nothing */
}

TCASE(discriminancy) {
    tcase_add_tests(tcase, likelihood_ratio_by_hand, likelihood_ratio_at_the_edges,
                    pointwise_information_by_hand, tfidf_by_hand);
}
