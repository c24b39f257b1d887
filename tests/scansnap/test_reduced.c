/* The reduced models solved: reference values from an independent prototype, two clocks, two
 * methods, invariants, closed forms. */
#include "authors_reference.h"
#include "sim/data/distribution.h"
#include "sim/model/scansnap/reduced.h"
#include "tests/support.h"
#include "theory/scansnap/frozen.h"
#include "theory/scansnap/growth.h"

enum { MAX = 64 };

struct solved {
    struct attndyn_context *ctx;
    struct attndyn_reduced *model;
    double x[OUTPUTS], y[OUTPUTS][MAX];
    struct attndyn_reduced_seen seen[OUTPUTS];
    double ln_event[ATTNDYN_REDUCED_EVENTS];
    struct attndyn_ode_statistics statistics;
};

static enum attndyn_status keep(void *user, size_t i, double x, const double *y) {
    struct solved *s = user;
    s->x[i] = x;
    memcpy(s->y[i], y, s->model->n * sizeof *y);
    attndyn_reduced_see(s->model, x, y, &s->seen[i]);
    return ATTNDYN_OK;
}

static enum attndyn_status note(void *user, size_t which, int direction, double x, const double *y,
                                enum attndyn_ode_action *action) {
    struct solved *s = user;
    struct attndyn_reduced_seen seen;
    (void)action;
    attndyn_reduced_see(s->model, x, y, &seen);
    if ((direction > 0) == (which == ATTNDYN_REDUCED_HALF) && isnan(s->ln_event[which]))
        s->ln_event[which] = seen.ln_t;
    return ATTNDYN_OK;
}

static struct solved solve(const struct attndyn_symmetric_family *family,
                           struct attndyn_reduced_options options, enum attndyn_ode_method method,
                           double rtol, const double *x, size_t count) {
    struct solved s = {.ctx = attndyn_context_create(), .ln_event = {NAN, NAN, NAN}};
    assert_ok(s.ctx, attndyn_reduced_create(s.ctx, family, &options, &s.model));
    ck_assert_uint_le(s.model->n, MAX);
    struct attndyn_ode_options ode = attndyn_ode_defaults(method);
    ode.rtol = rtol;
    struct attndyn_ode_problem problem = s.model->problem;
    problem.events = ATTNDYN_REDUCED_EVENTS;
    problem.event = attndyn_reduced_event;
    double y[MAX] = {0};
    assert_ok(s.ctx,
              attndyn_ode_solve(s.ctx, &problem, &ode, 0, y, x, count,
                                &(struct attndyn_ode_observer){keep, note, &s}, &s.statistics));
    return s;
}

/* The authors' synthetic data; p and q belong to a context that lives as long as the test. */
static struct attndyn_symmetric_family authors(size_t L, size_t N) {
    struct attndyn_symmetric_family family;
    static struct attndyn_context *ctx;
    if (!ctx) ctx = attndyn_context_create();
    assert_ok(ctx, attndyn_family_authors(ctx, L, N, 10, 10, &family));
    return family;
}

static void compare(const struct solved *s, const double expected[OUTPUTS][6]) {
    const struct attndyn_reduced *m = s->model;
    for (size_t i = 0; i < OUTPUTS; i++) {
        const double *y = s->y[i];
        assert_near(y[m->at_z + m->D - 1], expected[i][0], 1e-7);
        assert_near(y[m->at_z], expected[i][1], 1e-7);
        for (size_t g = 0; g < m->G; g++) assert_near(y[m->at_w + g], expected[i][2], 1e-7);
        assert_near(y[m->at_a + m->D - 1], expected[i][3], 1e-7);
        assert_near(y[m->at_B], expected[i][4], 1e-7);
        assert_near(s->seen[i].entropy_support, expected[i][5], 1e-7);
    }
}

static const struct attndyn_reduced_options coupled = {.eta_y = 10, .eta_z = 1};

TEST(reference_values) {
    static const enum attndyn_ode_method methods[] = {ATTNDYN_ODE_ADAMS, ATTNDYN_ODE_BDF_DENSE};
    struct attndyn_symmetric_family family = authors(2, 2);
    if (_i % 2) family.columns = 56; /* 10 + 40 + 2 + 4: the whole vocabulary */
    struct solved s = solve(&family, coupled, methods[_i / 2], 1e-11, at_times, OUTPUTS);
    compare(&s, authors_reference[_i % 2]);
    /* a wrong Jacobian would show as more steps */
    if (_i / 2) ck_assert_int_lt(s.statistics.steps, 6000);
    attndyn_context_free(s.ctx);
}

/* The clock sigma at the sigmas that the clock t reached: same state, and the time comes back. */
TEST(two_clocks) {
    struct attndyn_symmetric_family family = authors(2, 2);
    struct attndyn_reduced_options options = coupled;
    if (_i == 1) family.columns = 56;
    if (_i == 2) options.kind = ATTNDYN_REDUCED_QSD;
    struct solved t = solve(&family, options, ATTNDYN_ODE_ADAMS, 1e-11, at_times, OUTPUTS);
    double sigma[OUTPUTS];
    for (size_t i = 0; i < OUTPUTS; i++) sigma[i] = t.seen[i].sigma;
    options.clock = ATTNDYN_REDUCED_SIGMA;
    struct solved s = solve(&family, options, ATTNDYN_ODE_BDF_DENSE, 1e-11, sigma, OUTPUTS);
    for (size_t i = 0; i < OUTPUTS; i++) {
        assert_relative(s.seen[i].t, at_times[i], 2e-6);
        for (size_t k = 0; k < t.model->at_time; k++) assert_near(s.y[i][k], t.y[i][k], 1e-7);
        assert_near(s.seen[i].B_slope, t.seen[i].B_slope, 1e-6);
        assert_near(s.seen[i].gap, t.seen[i].gap, 1e-6);
    }
    for (size_t e = 0; e < ATTNDYN_REDUCED_EVENTS; e++)
        if (!isnan(t.ln_event[e])) assert_near(s.ln_event[e], t.ln_event[e], 1e-6);
    ck_assert(!isnan(t.ln_event[ATTNDYN_REDUCED_PEAK]));
    ck_assert(!isnan(t.ln_event[ATTNDYN_REDUCED_HALF]));
    attndyn_context_free(t.ctx);
    attndyn_context_free(s.ctx);
}

/* Invariants: N sum z + sum w = 0; J_g alike for unequal commons; I_j alike for QSD. */
TEST(invariants) {
    double q[] = {1, 0.7, 0.3}, p[] = {0.2, 0.9, 0.5, 0.6}, x[4], f[4], g[3];
    struct attndyn_context *ctx = attndyn_context_create();
    struct attndyn_symmetric_family family;
    assert_ok(ctx, attndyn_family_create(ctx, 20, 2, p, 4, q, 3, &family));
    struct attndyn_reduced_options options = {.eta_y = 3, .eta_z = 2};
    if (_i) options.kind = ATTNDYN_REDUCED_QSD;
    struct solved s = solve(&family, options, ATTNDYN_ODE_ADAMS, 1e-11, at_times, OUTPUTS);
    for (size_t i = 1; i < OUTPUTS; i++) {
        double sum = 0;
        for (size_t j = 0; j < 4; j++) sum += 2 * s.y[i][s.model->at_z + j];
        for (size_t k = 0; k < 3; k++) sum += s.y[i][s.model->at_w + k];
        assert_near(sum, 0, 1e-12);
        attndyn_reduced_J(s.model, s.y[i], x);
        assert_at_most(attndyn_reduced_spread(x, 3), 1e-8);
        attndyn_reduced_I(s.model, s.y[i], x);
        if (_i)
            assert_at_most(attndyn_reduced_spread(x, 4), 1e-8);
        else if (i > 2) /* at rho sigma^2 of order one the coupled flow's are not alike */
            ck_assert(attndyn_reduced_spread(x, 4) > 0.05);
        attndyn_reduced_f(s.model, s.y[i], f, g);
        double norm = 0;
        for (size_t j = 0; j < 4; j++) norm += f[j] * f[j];
        for (size_t k = 0; k < 3; k++) norm += g[k] * g[k];
        assert_near(norm, 1, 1e-14);
    }
    attndyn_context_free(s.ctx);
    attndyn_context_free(ctx);
}

/* Only eta_Y t and eta_Z/eta_Y count; visit_rate is eta_Z -> K eta_Z. */
TEST(rates_scale) {
    struct attndyn_symmetric_family family = authors(2, 2);
    struct solved s = solve(&family, coupled, ATTNDYN_ODE_ADAMS, 1e-11, at_times, OUTPUTS);
    double thirds[OUTPUTS];
    for (size_t i = 0; i < OUTPUTS; i++) thirds[i] = at_times[i] / 3;
    struct solved fast = solve(&family, (struct attndyn_reduced_options){.eta_y = 30, .eta_z = 3},
                               ATTNDYN_ODE_ADAMS, 1e-11, thirds, OUTPUTS);
    struct solved visits = solve(
        &family, (struct attndyn_reduced_options){.eta_y = 10, .eta_z = 0.25, .visit_rate = true},
        ATTNDYN_ODE_ADAMS, 1e-11, at_times, OUTPUTS);
    for (size_t i = 0; i < OUTPUTS; i++)
        for (size_t k = 0; k < s.model->n; k++) {
            assert_near(fast.y[i][k], s.y[i][k], 1e-8);
            assert_near(visits.y[i][k], s.y[i][k], 1e-8);
        }
    attndyn_context_free(s.ctx);
    attndyn_context_free(fast.ctx);
    attndyn_context_free(visits.ctx);
}

/* A common far above the distinct token: 1 - s has lost its digits, q has not. */
TEST(share_of_the_distinct) {
    struct attndyn_context *ctx = attndyn_context_create();
    const struct attndyn_reduced_options options = {.eta_y = 1};
    struct attndyn_symmetric_family family;
    double t = 1e-6, rare = 1e-5, often = 1;
    assert_ok(ctx, attndyn_family_create(ctx, 2, 1, &rare, 1, &often, 1, &family));
    double p2 = family.p[0] * family.p[0], q2 = family.q[0] * family.q[0];
    struct solved s = solve(&family, options, ATTNDYN_ODE_ADAMS, 1e-6, &t, 1);
    assert_relative(s.seen[0].q, p2 / (p2 + q2), 1e-12);
    attndyn_context_free(s.ctx);
    attndyn_context_free(ctx);
}

/* eta_Z = 0: the closed gap, and the values of the prototype where there is no closed form. */
TEST(frozen) {
    struct attndyn_symmetric_family family = authors(20, 1);
    struct attndyn_reduced_options options = {.eta_y = 1};
    double t[] = {1, 1e3, 1e4, 1e6, 1e8};
    struct solved next = solve(&family, options, ATTNDYN_ODE_ADAMS, 1e-11, t, 5);
    double c = attndyn_frozen_rate(20, 20, 1, 3.85 / 13.85);
    for (size_t i = 0; i < 5; i++) {
        assert_near(next.seen[i].s, 10 / 13.85, 1e-12);
        assert_near(next.seen[i].q, 3.85 / 13.85, 1e-12);
        assert_near(next.seen[i].u, attndyn_frozen_gap(20, c * t[i]), 1e-7);
        assert_near(next.seen[i].B, 0, 0);
    }
    struct attndyn_frozen_landmarks l = attndyn_frozen_landmarks(20);
    assert_relative(exp(next.ln_event[ATTNDYN_REDUCED_PEAK]), l.ct_peak / c, 1e-7);
    assert_relative(exp(next.ln_event[ATTNDYN_REDUCED_HALF]), l.ct_half / c, 1e-7);
    family.columns = 240;
    struct solved wide = solve(&family, options, ATTNDYN_ODE_ADAMS, 1e-11, t, 5);
    assert_near(wide.seen[1].u, 5.315, 6e-4);
    assert_near(wide.seen[2].u, 7.952, 6e-4);
    /* the logit of the never columns follows from ln sum exp of all wrong logits */
    double never = wide.seen[2].gap + log(220 / (1 - 19 * exp(wide.seen[2].gap - wide.seen[2].u)));
    assert_near(never, 13.05, 6e-3);
    attndyn_context_free(next.ctx);
    attndyn_context_free(wide.ctx);
}

/* sigma = 2000 with rho = 1: ln t far beyond any double's t. Late dB/d ln sigma is G D/(N D +
 * G). */
TEST(astronomically_late) {
    struct attndyn_symmetric_family family = authors(10, 1);
    double sigma[] = {1, 100, 1000, 1800, 2000};
    struct solved s = solve(
        &family,
        (struct attndyn_reduced_options){.clock = ATTNDYN_REDUCED_SIGMA, .eta_y = 1, .eta_z = 0.9},
        ATTNDYN_ODE_BDF_DENSE, 1e-10, sigma, 5);
    ck_assert(s.seen[4].ln_t > 1200);
    ck_assert(isinf(s.seen[4].t) && isfinite(s.seen[4].B_slope));
    assert_relative(s.seen[4].ln_t - s.seen[3].ln_t, s.seen[4].u - s.seen[3].u, 0.01);
    double local = (s.seen[4].B - s.seen[3].B) / log(sigma[4] / sigma[3]);
    assert_relative(local, attndyn_growth_prefactor_coupled(10, 10, 1), 0.01);
    assert_relative(local, 5.024, 2e-3); /* the prototype's, at sigma 1.8e3 */
    attndyn_context_free(s.ctx);
}

/* Physical time at its other extreme: t up to 1e300 in the clock t. */
TEST(largest_times) {
    struct attndyn_symmetric_family family = authors(10, 1);
    double t[] = {1e-300, 1, 1e100, 1e200, 1e300};
    struct solved s = solve(&family, (struct attndyn_reduced_options){.eta_y = 1},
                            ATTNDYN_ODE_ADAMS, 1e-11, t, 5);
    for (size_t i = 0; i < 5; i++)
        assert_near(s.seen[i].u, attndyn_frozen_gap(10, (1 - 10 / 13.85) * t[i]), 1e-6);
    attndyn_context_free(s.ctx);
}

/* The peak of the force and the fastest growth of B: values of the prototype's grid (1.2 %). */
TEST(transition_times) {
    static const struct {
        size_t K;
        double ratio, peak, fastest;
    } expected[] = {{4, 1000, 31.4, 0}, {4, 1, 21.7, 0},  {20, 1000, 214, 0}, {20, 100, 209, 428},
                    {20, 10, 180, 214}, {20, 1, 116, 91}, {100, 10, 1084, 0}, {1000, 1, 8414, 0}};
    double t[] = {1e6};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct attndyn_symmetric_family family = authors(expected[i].K, 1);
        struct solved s = solve(
            &family, (struct attndyn_reduced_options){.eta_y = 1, .eta_z = 1 / expected[i].ratio},
            ATTNDYN_ODE_ADAMS, 1e-9, t, 1);
        assert_relative(exp(s.ln_event[ATTNDYN_REDUCED_PEAK]), expected[i].peak, 0.013);
        if (expected[i].fastest > 0)
            assert_relative(exp(s.ln_event[ATTNDYN_REDUCED_FASTEST]), expected[i].fastest, 0.013);
        attndyn_context_free(s.ctx);
    }
}

/* Learning-rate sweeps of the prototype: B at t = 1000, K = 20, N = 2. */
TEST(gain_against_rates) {
    static const double rates[][3] = {{10, .01, .2615}, {10, .1, 1.8343}, {10, 1, 5.3926},
                                      {10, 10, 9.0077}, {.01, 1, 5.1432}, {.1, 1, 9.3188},
                                      {1, 1, 8.0197},   {1000, 1, .6096}};
    struct attndyn_symmetric_family family = authors(10, 2);
    double t[] = {1000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct solved s = solve(
            &family, (struct attndyn_reduced_options){.eta_y = rates[i][0], .eta_z = rates[i][1]},
            rates[i][0] < rates[i][1] ? ATTNDYN_ODE_BDF_DENSE : ATTNDYN_ODE_ADAMS, 1e-9, t, 1);
        assert_near(s.seen[0].B, rates[i][2], 6e-5);
        attndyn_context_free(s.ctx);
    }
}

/* Spread of xi and of I, and the gain, in the coupled flow: the prototype's table, K = 20. */
TEST(spreads_of_the_prototype) {
    static const double expected[][5] = {{1, 10, 3.87, .606, 8.43},
                                         {10, 100, 1.12, .318, 3.64},
                                         {10, 1e4, 3.37, .57, 7.7},
                                         {100, 1e6, .606, .212, 2.44},
                                         {1000, 100, .0108, .0054, 1.02}};
    struct attndyn_symmetric_family family = authors(20, 1);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        double t[] = {20 * expected[i][1]}, I[10], xi[10];
        struct solved s = solve(
            &family, (struct attndyn_reduced_options){.eta_y = 1, .eta_z = 1 / expected[i][0]},
            ATTNDYN_ODE_ADAMS, 1e-10, t, 1);
        const struct attndyn_reduced_seen *seen = &s.seen[0];
        assert_relative((seen->xi_max - seen->xi_min) / seen->xi, expected[i][2], 6e-3);
        attndyn_reduced_I(s.model, s.y[0], I);
        assert_relative(attndyn_reduced_spread(I, 10), expected[i][3], 6e-3);
        assert_relative(seen->chi_max, expected[i][4], 6e-3);
        attndyn_reduced_xi(s.model, t[0], s.y[0], xi);
        assert_near(xi[0], seen->xi_max, 1e-15);
        attndyn_context_free(s.ctx);
    }
}

TCASE(reduced) {
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, reference_values, 0, 4);
    tcase_add_loop_test(tcase, two_clocks, 0, 3);
    tcase_add_loop_test(tcase, invariants, 0, 2);
    tcase_add_tests(tcase, rates_scale, frozen, share_of_the_distinct, astronomically_late,
                    largest_times, transition_times, gain_against_rates, spreads_of_the_prototype);
}
