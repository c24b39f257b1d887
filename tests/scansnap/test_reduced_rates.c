/* The reduced model's right-hand side against the loss of the full model, and its Jacobian and
 * events against differences. */
#include "sim/model/scansnap/reduced.h"
#include "tests/fixture.h"

#include <stdlib.h>

enum { K = 4, N = 2, D = 3, G = 2, TOKENS = G + K * D, LASTS = K / N, MAX_V = 7, MAX_STATE = 20 };
static double p[D] = {0.1, 0.25, 0.15}, q[G] = {0.3, 0.2};

static struct attndyn_symmetric_family family(size_t columns) {
    return (struct attndyn_symmetric_family){K, N, columns, D, G, p, q};
}

static struct attndyn_reduced *model(size_t columns, enum attndyn_reduced_kind kind,
                                     enum attndyn_reduced_clock clock, bool visit_rate) {
    struct attndyn_symmetric_family all = family(columns);
    struct attndyn_reduced *m;
    assert_ok(ctx,
              attndyn_reduced_create(
                  ctx, &all, &(struct attndyn_reduced_options){kind, clock, 5, 2, visit_rate}, &m));
    ck_assert_uint_le(m->n, MAX_STATE);
    return m;
}

/* A state in general position; the invariants need not hold for it. */
static void fill(const struct attndyn_reduced *m, double *y) {
    for (size_t i = 0; i < m->n; i++) y[i] = 0.6 * sin(3.1 * (double)i + 1);
    y[m->at_B] = 0.3;
    y[m->at_time] = 1.7;
}

/* The loss of the whole model: tokens 0..G-1 common, then D for each class. */
static double loss(size_t V, double Y[TOKENS][MAX_V], double z[LASTS][TOKENS]) {
    double sum = 0;
    for (size_t n = 0; n < K; n++) {
        double c[TOKENS] = {0}, norm = 0, logit[MAX_V] = {0}, partition = 0;
        for (size_t i = 0; i < G; i++) c[i] = q[i] * exp(z[n / N][i]);
        for (size_t j = 0; j < D; j++) c[G + n * D + j] = p[j] * exp(z[n / N][G + n * D + j]);
        for (size_t l = 0; l < TOKENS; l++) norm += c[l] * c[l];
        for (size_t v = 0; v < V; v++) {
            for (size_t l = 0; l < TOKENS; l++) logit[v] += c[l] / sqrt(norm) * Y[l][v];
            partition += exp(logit[v]);
        }
        sum += (log(partition) - logit[n]) / K;
    }
    return sum;
}

/* -dLoss/dx by a central difference with one Richardson step. */
static double descent(size_t V, double Y[TOKENS][MAX_V], double z[LASTS][TOKENS], double *x) {
    double keep = *x, d[2];
    for (int i = 0; i < 2; i++) {
        double h = i ? 1e-3 : 2e-3;
        *x = keep + h;
        double up = loss(V, Y, z);
        *x = keep - h;
        d[i] = (up - loss(V, Y, z)) / (2 * h);
        *x = keep;
    }
    return -(4 * d[1] - d[0]) / 3;
}

/* eta_Y = 5, eta_Z = 2; with visit_rate dz carries the factor K. */
TEST(rates_descend_the_full_loss) {
    size_t columns[] = {K, MAX_V};
    size_t V = columns[_i % 2];
    bool visit = _i >= 2;
    struct attndyn_reduced *m = model(V, ATTNDYN_REDUCED_COUPLED, ATTNDYN_REDUCED_T, visit);
    double y[MAX_STATE], dy[MAX_STATE], Y[TOKENS][MAX_V] = {{0}}, z[LASTS][TOKENS] = {{0}};
    fill(m, y);
    const double *a = y + m->at_a, *b = y + m->at_b, *e = y + m->at_e;
    double V0 = (double)V - K;
    for (size_t n = 0; n < K; n++)
        for (size_t j = 0; j < D; j++) {
            double other = V > K ? b[j] : -a[j] / (K - 1);
            for (size_t v = 0; v < V; v++)
                Y[G + n * D + j][v] = v == n ? a[j] : v < K ? other : -(a[j] + (K - 1) * b[j]) / V0;
            z[n / N][G + n * D + j] = y[m->at_z + j];
        }
    for (size_t i = 0; i < G; i++) {
        for (size_t v = 0; v < V && V > K; v++) Y[i][v] = v < K ? e[i] : -K * e[i] / V0;
        for (size_t m_ = 0; m_ < LASTS; m_++) z[m_][i] = y[m->at_w + i];
    }
    ck_assert_int_eq(m->problem.rhs(0.4, y, dy, m), 0);
    double eta_z = visit ? 2 * K : 2;
    for (size_t n = 0; n < K; n++)
        for (size_t j = 0; j < D; j++) {
            size_t l = G + n * D + j;
            assert_near(dy[m->at_a + j], 5 * descent(V, Y, z, &Y[l][n]), 1e-10);
            assert_near(dy[m->at_z + j], eta_z * descent(V, Y, z, &z[n / N][l]), 1e-10);
            if (V > K)
                assert_near(dy[m->at_b + j], 5 * descent(V, Y, z, &Y[l][(n + 1) % K]), 1e-10);
            else /* the relation b = -a/(K-1) is kept by the flow */
                assert_near(-dy[m->at_a + j] / (K - 1), 5 * descent(V, Y, z, &Y[l][(n + 1) % K]),
                            1e-10);
        }
    for (size_t i = 0; i < G; i++) {
        assert_near(dy[m->at_w + i], eta_z * descent(V, Y, z, &z[1][i]), 1e-10);
        assert_near(V > K ? dy[m->at_e + i] : 0, 5 * descent(V, Y, z, &Y[i][2]), 1e-10);
    }
    /* dB/dt and d sigma/dt from their definitions */
    double f[D], g[G], force = 0, square = 0;
    attndyn_reduced_f(m, y, f, g);
    for (size_t j = 0; j < D; j++) force += dy[m->at_z + j], square += f[j] * f[j];
    assert_relative(dy[m->at_B], force / square, 1e-13);
    struct attndyn_reduced_seen seen;
    attndyn_reduced_see(m, 0.4, y, &seen);
    assert_relative(dy[m->at_time], 5.0 / K * seen.delta, 1e-13);
    assert_relative(seen.xi * 2, force / square, 1e-13);
    assert_relative(seen.loss, loss(V, Y, z), 1e-13);
    assert_relative(seen.B_slope, 0.4 * dy[m->at_B], 1e-13);
}

static const struct {
    size_t columns;
    enum attndyn_reduced_kind kind;
    enum attndyn_reduced_clock clock;
} variant[] = {{K, ATTNDYN_REDUCED_COUPLED, ATTNDYN_REDUCED_T},
               {K, ATTNDYN_REDUCED_COUPLED, ATTNDYN_REDUCED_SIGMA},
               {MAX_V, ATTNDYN_REDUCED_COUPLED, ATTNDYN_REDUCED_T},
               {MAX_V, ATTNDYN_REDUCED_COUPLED, ATTNDYN_REDUCED_SIGMA},
               {K, ATTNDYN_REDUCED_QSD, ATTNDYN_REDUCED_T},
               {K, ATTNDYN_REDUCED_QSD, ATTNDYN_REDUCED_SIGMA}};

/* Every column of the Jacobian, and J v, against a fourth-order difference quotient. */
TEST(jacobian_by_differences) {
    struct attndyn_reduced *m =
        model(variant[_i].columns, variant[_i].kind, variant[_i].clock, false);
    double y[MAX_STATE], j[MAX_STATE * MAX_STATE] = {0}, x = 1.3, h = 1e-3;
    fill(m, y);
    ck_assert_int_eq(m->problem.jacobian(x, y, j, m), 0);
    double v[MAX_STATE], jv[MAX_STATE], sum[MAX_STATE] = {0};
    for (size_t c = 0; c < m->n; c++) {
        double d[4][MAX_STATE], keep = y[c];
        for (int k = 0; k < 4; k++) {
            y[c] = keep + h * (double[]){-2, -1, 1, 2}[k];
            m->problem.rhs(x, y, d[k], m);
        }
        y[c] = keep;
        v[c] = cos((double)c);
        for (size_t r = 0; r < m->n; r++) {
            double difference = (d[0][r] - 8 * d[1][r] + 8 * d[2][r] - d[3][r]) / (12 * h);
            assert_near(j[c * m->n + r], difference, 1e-10);
            sum[r] += j[c * m->n + r] * v[c];
        }
    }
    m->problem.jacobian_times(x, y, v, jv, m);
    for (size_t r = 0; r < m->n; r++) assert_near(jv[r], sum[r], 1e-13);
}

/* The events are derivatives along the flow: differences of what is seen one small step either
 * side. */
TEST(events_by_differences) {
    struct attndyn_reduced *m =
        model(variant[_i].columns, variant[_i].kind, variant[_i].clock, false);
    double y[MAX_STATE], rate[MAX_STATE], near[MAX_STATE], event[ATTNDYN_REDUCED_EVENTS], x = 1.3;
    fill(m, y);
    m->problem.rhs(x, y, rate, m);
    attndyn_reduced_event(x, y, event, m);
    struct attndyn_reduced_seen seen[4], here;
    attndyn_reduced_see(m, x, y, &here);
    double h = 1e-3, per_sigma = variant[_i].clock == ATTNDYN_REDUCED_T ? 5.0 / K * here.delta : 1;
    for (int k = 0; k < 4; k++) {
        /* fourth-order differences along a straight line: the first derivative is the flow's */
        double step = h * (double[]){-2, -1, 1, 2}[k];
        for (size_t i = 0; i < m->n; i++) near[i] = y[i] + step * rate[i];
        attndyn_reduced_see(m, x + step, near, &seen[k]);
    }
#define SLOPE(q) ((seen[0].q - 8 * seen[1].q + 8 * seen[2].q - seen[3].q) / (12 * h) / per_sigma)
    assert_near(event[ATTNDYN_REDUCED_PEAK], SLOPE(gamma) / here.delta, 1e-9);
    assert_near(event[ATTNDYN_REDUCED_HALF], log(1 / here.delta - 1), 1e-12);
    assert_near(event[ATTNDYN_REDUCED_FASTEST], SLOPE(B_slope) / m->lambda, 1e-9);
}

TEST(refusals_say_why) {
    struct attndyn_reduced *m;
    struct attndyn_symmetric_family wide = family(MAX_V), lone = family(K);
    lone.classes = 1;
    struct attndyn_reduced_options good = {ATTNDYN_REDUCED_COUPLED, ATTNDYN_REDUCED_T, 1, 1, false},
                                   qsd = good, bad = good;
    qsd.kind = ATTNDYN_REDUCED_QSD;
    bad.eta_y = NAN;
    ck_assert_int_eq(attndyn_reduced_create(ctx, &wide, &qsd, &m), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "V = K"));
    ck_assert_int_eq(attndyn_reduced_create(ctx, &lone, &good, &m), ATTNDYN_USAGE);
    ck_assert_int_eq(attndyn_reduced_create(ctx, &wide, &bad, &m), ATTNDYN_USAGE);
    attndyn_fail_allocation(ctx, 2);
    ck_assert_int_eq(attndyn_reduced_create(ctx, &wide, &good, &m), ATTNDYN_NO_MEMORY);
}

TCASE(reduced_rates) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, rates_descend_the_full_loss, 0, 4);
    tcase_add_each(tcase, jacobian_by_differences, variant);
    tcase_add_each(tcase, events_by_differences, variant);
    tcase_add_test(tcase, refusals_say_why);
}
