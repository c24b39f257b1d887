/* The flow's right-hand side against differences of an independently written loss; its layouts,
 * threads and derivative against each other and against difference quotients. */
#include "sim/model/scansnap/flow.h"
#include "tests/fixture.h"

#include <string.h>

/* The asymmetric example of the reference values: K = V = 3, M = 7, L = 2. */
static const double p_asymmetric[] = {.4, .2, .3, .1, 0,  0, 0, .2, .4, 0, 0,
                                      .2, .2, 0,  .3, .3, 0, 0, 0,  0,  .4};
static const size_t last_asymmetric[] = {0, 0, 1};
static const double weights_asymmetric[] = {.5, .3, .2};

static struct attndyn_distribution *asymmetric(size_t columns) {
    struct attndyn_distribution *d;
    assert_ok(ctx, attndyn_distribution_dense(ctx, 3, 7, p_asymmetric, last_asymmetric,
                                              weights_asymmetric, &d));
    d->columns = columns;
    return d;
}

/* Loss from the definitions, in long double, over whole matrices: Y (M, V), Z (L, M). */
static long double loss_by_definition(const struct attndyn_distribution *d, const double *Y,
                                      const double *Z) {
    long double total = 0;
    size_t M = d->tokens, V = d->columns;
    for (size_t n = 0; n < d->classes; n++) {
        long double norm = 0, own = 0, sum = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            norm += powl(d->probability[e] * expl(Z[d->last[n] * M + d->token[e]]), 2);
        for (size_t j = 0; j < V; j++) {
            long double logit = 0;
            for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
                logit += d->probability[e] * expl(Z[d->last[n] * M + d->token[e]]) / sqrtl(norm) *
                         Y[d->token[e] * V + j];
            sum += expl(logit);
            if (j == n) own = logit;
        }
        total -= d->class_probability[n] * (own - logl(sum));
    }
    return total;
}

static double *random_matrix(uint64_t seed, double sd, size_t count) {
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, seed));
    double *x = ATTNDYN_NEW(ctx, double, count);
    attndyn_random_normals(&random, sd, count, x);
    attndyn_random_done(&random);
    return x;
}

static struct attndyn_flow *new_flow(const struct attndyn_distribution *d,
                                     struct attndyn_flow_options options) {
    struct attndyn_flow *flow = NULL;
    assert_ok(ctx, attndyn_flow_create(ctx, d, &options, &flow));
    return flow;
}

TEST(rhs_is_minus_the_gradient_of_the_loss) {
    for (int whole = 0; whole < 2; whole++) {
        struct attndyn_distribution *d = asymmetric(whole ? 7 : 3);
        size_t V = d->columns, M = 7;
        double *Y = random_matrix(1, 0.5, M * V), *Z = random_matrix(2, 0.5, 2 * M);
        struct attndyn_flow *flow =
            new_flow(d, (struct attndyn_flow_options){.eta_y = 2, .eta_z = 3, .y0 = Y, .z0 = Z});
        double *rate = ATTNDYN_NEW(ctx, double, flow->n);
        ck_assert_int_eq(attndyn_flow_rhs(0, flow->initial, rate, flow), 0);
        assert_near(attndyn_flow_loss(flow, flow->initial), (double)loss_by_definition(d, Y, Z),
                    1e-14);
        const double h = 1e-5;
        for (size_t i = 0; i < M * V; i++) {
            double y = Y[i];
            Y[i] = y + h;
            long double up = loss_by_definition(d, Y, Z);
            Y[i] = y - h;
            long double down = loss_by_definition(d, Y, Z);
            Y[i] = y;
            assert_near(rate[i], (double)(-2 * (up - down) / (2 * h)), 1e-9);
        }
        for (size_t m = 0; m < 2; m++)
            for (size_t k = flow->z_start[m]; k < flow->z_start[m + 1]; k++) {
                double *z = &Z[m * M + flow->z_token[k]], z_at = *z;
                *z = z_at + h;
                long double up = loss_by_definition(d, Y, Z);
                *z = z_at - h;
                long double down = loss_by_definition(d, Y, Z);
                *z = z_at;
                assert_near(rate[flow->z_at + k], (double)(-3 * (up - down) / (2 * h)), 1e-9);
            }
        ck_assert_uint_eq(flow->z_start[2], 6 + 3);
    }
}

TEST(visit_rate_leaves_the_class_probability_out) {
    /* every class has a last token of its own: dz_m gains exactly the factor 1/P(n) */
    struct attndyn_distribution *d = asymmetric(3);
    d->last[1] = 1;
    d->last[2] = 2;
    d->last_tokens = 3;
    struct attndyn_flow *flow = new_flow(d, (struct attndyn_flow_options){.eta_y = 1, .eta_z = 1});
    struct attndyn_flow *visits =
        new_flow(d, (struct attndyn_flow_options){.eta_y = 1, .eta_z = 1, .visit_rate = true});
    double *y = random_matrix(3, 0.5, flow->n);
    double *a = ATTNDYN_NEW(ctx, double, flow->n), *b = ATTNDYN_NEW(ctx, double, flow->n);
    attndyn_flow_rhs(0, y, a, flow);
    attndyn_flow_rhs(0, y, b, visits);
    for (size_t i = 0; i < flow->z_at; i++) assert_near(a[i], b[i], 0);
    for (size_t m = 0; m < 3; m++)
        for (size_t k = flow->z_start[m]; k < flow->z_start[m + 1]; k++)
            assert_relative(a[flow->z_at + k], weights_asymmetric[m] * b[flow->z_at + k], 1e-14);
}

/* A random set of 12 classes on 4 last tokens over the whole vocabulary. */
static struct attndyn_distribution *random_set(size_t K) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    assert_ok(ctx, attndyn_family_authors(ctx, K / 3, 3, 4, 5, &family));
    struct attndyn_random_spread spread = {.common_sd = .5, .distinct_sd = .5, .class_sd = .5};
    assert_ok(ctx,
              attndyn_distribution_random(ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, &spread, &d));
    return d;
}

TEST(equal_columns_are_carried_as_one) {
    struct attndyn_distribution *d = random_set(12);
    size_t M = d->tokens, V = d->columns, K = d->classes;
    double *Y = random_matrix(4, 0.5, M * V), *Z = random_matrix(5, 0.5, 4 * M);
    for (size_t i = 0; i < M; i++)
        for (size_t j = K + 1; j < V; j++) Y[i * V + j] = Y[i * V + K];
    struct attndyn_flow_options options = {.eta_y = 2, .eta_z = 3, .y0 = Y, .z0 = Z};
    struct attndyn_flow *one = new_flow(d, options);
    options.all_columns = true;
    struct attndyn_flow *all = new_flow(d, options);
    ck_assert_uint_eq(one->width, K + 1);
    ck_assert_uint_eq(all->width, V);
    double *a = ATTNDYN_NEW(ctx, double, one->n), *b = ATTNDYN_NEW(ctx, double, all->n);
    double *A = ATTNDYN_NEW(ctx, double, M *V), *B = ATTNDYN_NEW(ctx, double, M *V);
    double qa[24], qb[24];
    attndyn_flow_rhs(0, one->initial, a, one);
    attndyn_flow_rhs(0, all->initial, b, all);
    attndyn_flow_quadrature(0, one->initial, qa, one);
    attndyn_flow_quadrature(0, all->initial, qb, all);
    attndyn_flow_expand_y(one, a, A);
    attndyn_flow_expand_y(all, b, B);
    for (size_t i = 0; i < M * V; i++)
        if (d->degree[i / V] > 0) assert_near(A[i], B[i], 1e-15);
    for (size_t k = 0; k < one->n - one->z_at; k++)
        assert_near(a[one->z_at + k], b[all->z_at + k], 1e-15);
    for (size_t k = 0; k < 2 * K; k++) assert_near(qa[k], qb[k], 1e-14);
    assert_near(attndyn_flow_loss(one, one->initial), attndyn_flow_loss(all, all->initial), 1e-14);
    attndyn_flow_expand_y(one, one->initial, A);
    ck_assert_int_eq(memcmp(A, Y, M * V * sizeof *A), 0);
    attndyn_flow_expand_z(one, one->initial, A);
    ck_assert_int_eq(memcmp(A, Z, 4 * M * sizeof *A), 0);
    /* unequal columns cannot be one */
    Y[V - 1] += 1e-9;
    options.all_columns = false;
    ck_assert_uint_eq(new_flow(d, options)->width, V);
}

TEST(jacobian_times_vector_is_the_derivative) {
    struct attndyn_distribution *d = random_set(12);
    for (int kind = 0; kind < 4; kind++) {
        struct attndyn_flow *flow = new_flow(
            d, (struct attndyn_flow_options){
                   .eta_y = 2, .eta_z = 3, .visit_rate = kind & 1, .all_columns = kind & 2});
        size_t n = flow->n;
        double *y = random_matrix(6, 0.5, n), *v = random_matrix(7, 1, n);
        double *jv = ATTNDYN_NEW(ctx, double, n), *up = ATTNDYN_NEW(ctx, double, n);
        double *down = ATTNDYN_NEW(ctx, double, n), *at = ATTNDYN_NEW(ctx, double, n);
        ck_assert_int_eq(attndyn_flow_jacobian_times(0, y, v, jv, flow), 0);
        const double h = 1e-5;
        for (size_t i = 0; i < n; i++) at[i] = y[i] + h * v[i];
        attndyn_flow_rhs(0, at, up, flow);
        for (size_t i = 0; i < n; i++) at[i] = y[i] - h * v[i];
        attndyn_flow_rhs(0, at, down, flow);
        for (size_t i = 0; i < n; i++) assert_near(jv[i], (up[i] - down[i]) / (2 * h), 1e-8);
    }
}

TEST(threads_change_no_bit) {
    struct attndyn_distribution *d = random_set(120);
    double *reference = NULL, *reference_jv = NULL;
    for (int threads = 1; threads <= 4; threads++) {
        attndyn_threads_allow(ctx, threads);
        struct attndyn_flow *flow =
            new_flow(d, (struct attndyn_flow_options){.eta_y = 2, .eta_z = 3});
        double *y = random_matrix(6, 0.5, flow->n), *v = random_matrix(7, 1, flow->n);
        double *rate = ATTNDYN_NEW(ctx, double, flow->n), *jv = ATTNDYN_NEW(ctx, double, flow->n);
        attndyn_flow_rhs(0, y, rate, flow);
        attndyn_flow_jacobian_times(0, y, v, jv, flow);
        if (threads == 1) reference = rate, reference_jv = jv;
        ck_assert_int_eq(memcmp(rate, reference, flow->n * sizeof *rate), 0);
        ck_assert_int_eq(memcmp(jv, reference_jv, flow->n * sizeof *jv), 0);
    }
}

TEST(view_follows_the_definitions) {
    struct attndyn_distribution *d = asymmetric(3);
    struct attndyn_flow *flow = new_flow(d, (struct attndyn_flow_options){.eta_y = 5, .eta_z = 2});
    double *y = random_matrix(8, 0.5, flow->n), *rate = ATTNDYN_NEW(ctx, double, flow->n);
    double q[6];
    attndyn_flow_rhs(0, y, rate, flow);
    attndyn_flow_quadrature(0, y, q, flow);
    struct attndyn_flow_view *v;
    assert_ok(ctx, attndyn_flow_view_create(ctx, flow, &v));
    attndyn_flow_observe(flow, y, v);
    for (size_t n = 0; n < 3; n++) {
        double sum = 0, distinct = 0, dz = 0, f2 = 0, H = 0, HD = 0, raw = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            raw += d->probability[e] * exp(y[flow->z_at + flow->entry_z[e]]);
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            double z = y[flow->z_at + flow->entry_z[e]];
            assert_relative(v->c[e], d->probability[e] * exp(z) / raw, 1e-14);
            assert_near(v->z[e], z, 0);
            assert_near(v->log_chi[e], 2 * z, 0);
            assert_near(v->dz[e], rate[flow->z_at + flow->entry_z[e]], 1e-16);
            assert_relative(v->xi_entry[e], v->dz[e] / (2 * v->f[e] * v->f[e]), 1e-13);
            sum += v->f[e] * v->f[e];
            H -= v->c[e] * log(v->c[e]);
            if (d->degree[d->token[e]] > 1) continue;
            distinct += v->c[e];
            dz += v->dz[e];
            f2 += v->f[e] * v->f[e];
        }
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            if (d->degree[d->token[e]] == 1) HD -= v->c[e] / distinct * log(v->c[e] / distinct);
        assert_near(sum, 1, 1e-14);
        assert_relative(v->xi[n], dz / (2 * f2), 1e-13);
        assert_relative(q[n], 2 * v->xi[n], 1e-14);
        assert_relative(q[3 + n], 5 * weights_asymmetric[n] * v->delta[n], 1e-14);
        assert_near(v->alpha[n] + v->delta[n], 1, 1e-15);
        assert_near(v->entropy_support[n], H, 1e-14);
        assert_near(v->entropy_distinct[n], HD, 1e-14);
        assert_near(v->common_mass[n], 1 - distinct, 1e-15);
    }
}

TEST(delta_keeps_its_digits) {
    /* two classes, no overlap, a decoder that is all but sure: delta = e^-gap, not 0 */
    const double p[] = {1, 0, 0, 1};
    const size_t last[] = {0, 1};
    struct attndyn_distribution *d;
    assert_ok(ctx, attndyn_distribution_dense(ctx, 2, 2, p, last, NULL, &d));
    const double Y[] = {300, -300, 0, 0};
    struct attndyn_flow *flow =
        new_flow(d, (struct attndyn_flow_options){.eta_y = 1, .eta_z = 1, .y0 = Y});
    struct attndyn_flow_view *v;
    assert_ok(ctx, attndyn_flow_view_create(ctx, flow, &v));
    attndyn_flow_observe(flow, flow->initial, v);
    assert_relative(v->delta[0], exp(-600), 1e-13);
    assert_near(v->alpha[0], 1, 0);
}

TEST(bad_rates_are_refused) {
    struct attndyn_flow *flow;
    struct attndyn_flow_options negative = {.eta_y = -1}, nan = {.eta_z = NAN};
    struct attndyn_flow_options still = {.clock = ATTNDYN_FLOW_SIGMA};
    struct attndyn_distribution *d = asymmetric(3);
    ck_assert_int_eq(attndyn_flow_create(ctx, d, &negative, &flow), ATTNDYN_USAGE);
    ck_assert_int_eq(attndyn_flow_create(ctx, d, &nan, &flow), ATTNDYN_USAGE);
    ck_assert_int_eq(attndyn_flow_create(ctx, d, &still, &flow), ATTNDYN_USAGE);
}

TCASE(flow) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_tests(tcase, rhs_is_minus_the_gradient_of_the_loss,
                    visit_rate_leaves_the_class_probability_out, equal_columns_are_carried_as_one,
                    jacobian_times_vector_is_the_derivative, threads_change_no_bit,
                    view_follows_the_definitions, delta_keeps_its_digits, bad_rates_are_refused);
}
