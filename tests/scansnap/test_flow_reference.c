/* The integrated flow against reference values that three other integrators agree on to 8e-12
 * (explicit order 8 at rtol 1e-13, implicit order 5 at 1e-11, a multistep method at 1e-12). */
#include "authors_reference.h"
#include "sim/model/scansnap/flow.h"
#include "tests/fixture.h"

#include <string.h>

static const double times[] = {1, 10, 100, 1e4, 1e6};

/* Asymmetric: V = K = 3, M = 7, L = 2, eta_Y = 5, eta_Z = 1, zero start. */
static const double p[] = {.4, .2, .3, .1, 0,  0, 0, .2, .4, 0, 0,
                           .2, .2, 0,  .3, .3, 0, 0, 0,  0,  .4};
static const size_t last[] = {0, 0, 1};
static const double weights[] = {.5, .3, .2};
/* z00 z01 z02 z03 z04 z10 z11 z16 */
static const double z_reference[5][8] = {
    {-0.027017837996, -0.022724155744, 0.024508710190, 0.002721428260, 0.011255927645,
     -0.017718803733, -0.011787053606, 0.029505857339},
    {-0.348585029873, -0.309851051850, 0.298384836230, 0.033167285124, 0.163441980184,
     -0.241167845836, -0.213052718481, 0.454220564317},
    {-0.645169059150, -0.597326499817, 0.532941295467, 0.068699766838, 0.320427248331,
     -0.420999956064, -0.409266478845, 0.830266434909},
    {-0.972697471825, -0.886680634487, 0.752894823652, 0.139829387445, 0.483326947607,
     -0.630488105810, -0.640882181567, 1.271370287378},
    {-1.179850039902, -1.036872919582, 0.871603640643, 0.217936398816, 0.563591460012,
     -0.773097941042, -0.799485790212, 1.572583731254}};
/* Y00 Y01 Y20 Y62 B0 B1 B2 */
static const double y_reference[5][7] = {
    {0.545095425889, -0.290017165738, 0.697082196416, 0.456176581290, 0.079152566921,
     0.076852491441, 0.061273404710},
    {1.255127267139, -0.811899182089, 2.517777092386, 2.457829219957, 0.714540801219,
     0.849573604118, 0.733296835695},
    {1.628454006518, -0.992576274458, 4.203674252863, 4.216354345376, 1.082319682198,
     1.361686222131, 1.174284943799},
    {2.029460431794, -1.098728982913, 7.252847406806, 7.197489835132, 1.409877817740,
     1.771053497087, 1.638184225978},
    {2.292767859343, -1.118877178628, 10.293828882228, 10.189969056936, 1.616982475586,
     1.951593045627, 1.944319206068}};
static const double loss_reference[5] = {0.669958534800, 0.0683540178935, 0.00449519257594,
                                         4.08653972217e-5, 4.05014922933e-7};

struct watch {
    struct attndyn_flow *flow;
    struct attndyn_flow_view *view;
    double tolerance;
};

static enum attndyn_status watch_asymmetric(void *user, size_t i, double t, const double *y) {
    struct watch *w = user;
    (void)t;
    double Z[14], Y[21];
    attndyn_flow_expand_z(w->flow, y, Z);
    attndyn_flow_expand_y(w->flow, y, Y);
    attndyn_flow_observe(w->flow, y, w->view);
    const double *z = z_reference[i], *r = y_reference[i], *B = y + w->flow->n;
    const size_t at[] = {0, 1, 2, 3, 4, 7, 8, 13};
    for (int k = 0; k < 8; k++) assert_near(Z[at[k]], z[k], w->tolerance);
    assert_near(Z[5], z[4], w->tolerance);
    assert_near(Y[0], r[0], w->tolerance);
    assert_near(Y[1], r[1], w->tolerance);
    assert_near(Y[6], r[2], w->tolerance);
    assert_near(Y[20], r[3], w->tolerance);
    for (int n = 0; n < 3; n++) assert_near(B[n], r[4 + n], w->tolerance);
    assert_relative(w->view->loss, loss_reference[i], 1e-6);
    if (i == 4) {
        const double delta[] = {2.731731522947e-7, 4.566502286369e-7, 6.571659251379e-7};
        const double xi[] = {3.968781966948e-8, 2.710674919911e-8, 5.693854814929e-8};
        for (int n = 0; n < 3; n++) assert_relative(w->view->delta[n], delta[n], 1e-6);
        for (int n = 0; n < 3; n++) assert_relative(w->view->xi[n], xi[n], 1e-6);
    }
    if (i == 3) {
        const double entropy[] = {1.027903213026, 1.257777307850, .600981136275};
        for (int n = 0; n < 3; n++)
            assert_near(w->view->entropy_support[n], entropy[n], w->tolerance);
    }
    if (i == 0) {
        double rate[30];
        attndyn_flow_rhs(1, y, rate, w->flow);
        const double dz0[] = {-.046202476609, -.037668107265, .040343375993,
                              .004470056427,  .019528575727,  .019528575727};
        const double dz1[] = {-.031400791313, -.021138093492, .052538884805};
        const double dy0[] = {.330547231396, -.205835468066, -.124711763330};
        for (int k = 0; k < 6; k++) assert_near(rate[w->flow->z_at + (size_t)k], dz0[k], 1e-9);
        for (int k = 0; k < 3; k++) assert_near(rate[w->flow->z_at + 6 + (size_t)k], dz1[k], 1e-9);
        for (int k = 0; k < 3; k++) assert_near(rate[k], dy0[k], 1e-9);
    }
    return ATTNDYN_OK;
}

static void solve(struct watch *w, enum attndyn_ode_method method,
                  enum attndyn_status (*output)(void *, size_t, double, const double *)) {
    assert_ok(ctx, attndyn_flow_view_create(ctx, w->flow, &w->view));
    struct attndyn_ode_problem problem = attndyn_flow_problem(w->flow);
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    const struct attndyn_ode_observer observer = {.output = output, .user = w};
    double *y = ATTNDYN_NEW(ctx, double, problem.n + problem.quadratures);
    memcpy(y, w->flow->initial, (problem.n + problem.quadratures) * sizeof *y);
    assert_ok(ctx, attndyn_ode_solve(ctx, &problem, &options, 0, y, times, 5, &observer, NULL));
}

/* BDF with the analytic Jacobian times vector arrives at the same place. */
static const struct {
    enum attndyn_ode_method method;
    double tolerance;
} ways[] = {{ATTNDYN_ODE_ADAMS, 1e-7}, {ATTNDYN_ODE_BDF_KRYLOV, 1e-6}};

TEST(asymmetric_example) {
    struct attndyn_distribution *d;
    assert_ok(ctx, attndyn_distribution_dense(ctx, 3, 7, p, last, weights, &d));
    const struct attndyn_flow_options options = {.eta_y = 5, .eta_z = 1};
    struct watch w = {.tolerance = ways[_i].tolerance};
    assert_ok(ctx, attndyn_flow_create(ctx, d, &options, &w.flow));
    solve(&w, ways[_i].method, watch_asymmetric);
}

static enum attndyn_status watch_authors(void *user, size_t i, double t, const double *y) {
    struct watch *w = user;
    (void)t;
    const double *r = authors_reference[w->flow->columns > 4][i];
    const struct attndyn_distribution *d = w->flow->distribution;
    attndyn_flow_observe(w->flow, y, w->view);
    for (size_t n = 0; n < 4; n++) {
        size_t from = d->start[n];
        assert_near(w->view->z[from + 19], r[0], w->tolerance);
        assert_near(w->view->z[from + 10], r[1], w->tolerance);
        for (size_t g = 0; g < 10; g++) assert_near(w->view->z[from + g], r[2], w->tolerance);
        assert_near(y[w->flow->entry_row[from + 19] * w->flow->width + n], r[3], w->tolerance);
        assert_near(y[w->flow->n + n], r[4], 2 * w->tolerance);
        assert_near(w->view->entropy_support[n], r[5], w->tolerance);
    }
    return ATTNDYN_OK;
}

TEST(authors_sets) {
    for (int whole = 0; whole < 3; whole++) {
        struct attndyn_symmetric_family family;
        struct attndyn_distribution *d;
        assert_ok(ctx, attndyn_family_authors(ctx, 2, 2, 10, 10, &family));
        assert_ok(ctx,
                  attndyn_distribution_symmetric(
                      ctx, &family, whole ? ATTNDYN_COLUMNS_VOCABULARY : ATTNDYN_COLUMNS_NEXT, &d));
        const struct attndyn_flow_options options = {
            .eta_y = 10, .eta_z = 1, .all_columns = whole == 2};
        struct watch w = {.tolerance = 1e-7};
        assert_ok(ctx, attndyn_flow_create(ctx, d, &options, &w.flow));
        const size_t width[] = {4, 5, 56};
        ck_assert_uint_eq(w.flow->width, width[whole]);
        solve(&w, ATTNDYN_ODE_ADAMS, watch_authors);
    }
}

/* The clock sigma: the same trajectory, found again at the times that it reports. */
TEST(clock_sigma_is_the_same_trajectory) {
    struct attndyn_distribution *d;
    assert_ok(ctx, attndyn_distribution_dense(ctx, 3, 7, p, last, weights, &d));
    struct attndyn_flow *flow, *in_t;
    struct attndyn_flow_options options = {.eta_y = 5, .eta_z = 1, .clock = ATTNDYN_FLOW_SIGMA};
    assert_ok(ctx, attndyn_flow_create(ctx, d, &options, &flow));
    options.clock = ATTNDYN_FLOW_T;
    assert_ok(ctx, attndyn_flow_create(ctx, d, &options, &in_t));
    struct attndyn_ode_problem a = attndyn_flow_problem(flow), b = attndyn_flow_problem(in_t);
    ck_assert_uint_eq(a.quadratures, b.quadratures + 1);
    struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    double x[50] = {0}, y[50] = {0}, sigma = 6;
    assert_ok(ctx, attndyn_ode_solve(ctx, &a, &how, 0, x, &sigma, 1, NULL, NULL));
    double t = x[a.n + 6];
    ck_assert_msg(t > 10 && t < 1e6, "t = %g", t);
    assert_ok(ctx, attndyn_ode_solve(ctx, &b, &how, 0, y, &t, 1, NULL, NULL));
    for (size_t i = 0; i < b.n + b.quadratures; i++) assert_near(x[i], y[i], 1e-7);
    assert_near((y[b.n + 3] + y[b.n + 4] + y[b.n + 5]) / 3, 6, 1e-7);
}

static int slow(double t, const double *y, double *dydt, void *user) {
    (void)y, (void)user;
    dydt[0] = 1 / (1 + t);
    return 0;
}

/* The flow slows down as 1/t: late slopes are tiny, and their squares are 0 in doubles. */
TEST(tiny_slopes_keep_their_error_estimate) {
    const struct attndyn_ode_problem problem = {.n = 1, .rhs = slow};
    for (int k = 0; k < 2; k++) {
        struct attndyn_ode_options how =
            attndyn_ode_defaults(k ? ATTNDYN_ODE_DOP853 : ATTNDYN_ODE_ADAMS);
        double y = 0;
        const double until[] = {1, 1e280}; /* the first sets the scale of the first step */
        assert_ok(ctx, attndyn_ode_solve(ctx, &problem, &how, 0, &y, until, 2, NULL, NULL));
        assert_relative(y, log1p(1e280), 1e-7);
    }
}

TCASE(flow_reference) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_each(tcase, asymmetric_example, ways);
    tcase_add_tests(tcase, authors_sets, tiny_slopes_keep_their_error_estimate,
                    clock_sigma_is_the_same_trajectory);
}
