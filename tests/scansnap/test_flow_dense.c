/* The flow's pass by matrix products against its walk over the entries. */
#include "sim/model/scansnap/flow.h"
#include "sim/model/scansnap/flow_private.h"
#include "tests/fixture.h"

#include <string.h>

enum { K = 60, M = 700, L = 5 };

/* A third of the matrix filled, unequal P(n), L last tokens. */
static struct attndyn_distribution *random_distribution(uint64_t seed) {
    struct attndyn_random random;
    struct attndyn_distribution *d;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, seed));
    double *p = ATTNDYN_NEW(ctx, double, K *M), weight[K], all = 0;
    size_t last[K];
    for (size_t n = 0; n < K; n++) {
        double sum = 0;
        for (size_t l = 0; l < M; l++)
            if (attndyn_random_uniform(&random) < 0.33)
                sum += p[n * M + l] = attndyn_random_uniform(&random);
        for (size_t l = 0; l < M; l++) p[n * M + l] /= sum;
        all += weight[n] = 0.1 + attndyn_random_uniform(&random);
        last[n] = n % L;
    }
    for (size_t n = 0; n < K; n++) weight[n] /= all;
    assert_ok(ctx, attndyn_distribution_dense(ctx, K, M, p, last, weight, &d));
    attndyn_random_done(&random);
    return d;
}

/* The right-hand side and the quadratures at a random state. */
static void evaluate(struct attndyn_flow *flow, double *out) {
    struct attndyn_random random;
    size_t all = flow->n + flow->quadratures;
    double *y = ATTNDYN_NEW(ctx, double, all);
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 77));
    attndyn_random_normals(&random, 0.7, flow->n, y);
    ck_assert_int_eq(attndyn_flow_rhs(0, y, out, flow), 0);
    ck_assert_int_eq(attndyn_flow_quadrature(0, y, out + flow->n, flow), 0);
    attndyn_random_done(&random);
}

TEST(products_are_the_walk) {
    struct attndyn_distribution *d = random_distribution(3);
    if (_i & 1) d->columns = 3 * K; /* the columns that are never the answer, represented by one */
    struct attndyn_flow_options options = {.eta_y = 3, .eta_z = 2, .visit_rate = _i & 2};
    if (_i & 4) options.clock = ATTNDYN_FLOW_SIGMA;
    struct attndyn_flow *flow;
    assert_ok(ctx, attndyn_flow_create(ctx, d, &options, &flow));
    ck_assert_ptr_nonnull(flow->work->dense_f);
    size_t all = flow->n + flow->quadratures;
    double *products = ATTNDYN_NEW(ctx, double, all), *walk = ATTNDYN_NEW(ctx, double, all);
    evaluate(flow, products);
    flow->work->dense_f = NULL;
    evaluate(flow, walk);
    double size = 0;
    for (size_t i = 0; i < all; i++) size = fmax(size, fabs(walk[i]));
    ck_assert(size > 0);
    for (size_t i = 0; i < all; i++) assert_near(products[i], walk[i], 1e-13 * size);
}

TEST(threads_do_not_change_a_bit) {
    struct attndyn_distribution *d = random_distribution(4);
    struct attndyn_flow_options options = {.eta_y = 3, .eta_z = 2};
    struct attndyn_flow *one, *three;
    assert_ok(ctx, attndyn_flow_create(ctx, d, &options, &one));
    attndyn_threads_allow(ctx, 3);
    assert_ok(ctx, attndyn_flow_create(ctx, d, &options, &three));
    ck_assert_int_eq(one->work->threads, 1);
    ck_assert_int_eq(three->work->threads, 3);
    size_t all = one->n + one->quadratures;
    double *a = ATTNDYN_NEW(ctx, double, all), *b = ATTNDYN_NEW(ctx, double, all);
    evaluate(one, a);
    evaluate(three, b);
    ck_assert_mem_eq(a, b, all * sizeof *a);
}

TCASE(flow_dense) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_loop_test(tcase, products_are_the_walk, 0, 8);
    tcase_add_test(tcase, threads_do_not_change_a_bit);
}
