/* JoMA's Theorem 1: laws of theory/joma/invariant.h against the discrete and continuous dynamics of
 * sim/model/joma/joint.h, and both against reference end states of an independent
 * implementation. */
#include "sim/model/joma/classes.h"
#include "sim/model/joma/instance.h"
#include "sim/num/midpoint.h"
#include "sim/num/ode.h"
#include "tests/fixture.h"
#include "tests/num/flow.h"
#include "theory/joma/invariant.h"

#include <string.h>

static struct attndyn_joma_instance t;
static struct attndyn_joma_work *work;
static void create(int attention, const char *activation, int loss) {
    struct attndyn_joma_instance_spec spec =
        attndyn_joma_instance_reference((enum attndyn_joma_attention)attention);
    ck_assert(attndyn_activation_named(activation, &spec.activation.kind));
    spec.loss = (enum attndyn_joma_loss)loss;
    assert_ok(ctx, attndyn_joma_instance_create(ctx, &spec, &t));
    assert_ok(ctx, attndyn_joma_work_create(ctx, &t.model, &work));
}

/* The constants of Theorem 1 for all tokens, one query. */
static void constants(const struct attndyn_joma *m, const double *state, double *c) {
    double square[20], ratio = m->eta_z / m->eta_w;
    const double *z = state + attndyn_joma_z_offset(m);
    attndyn_joma_squares(m->tokens, m->hidden, state, square);
    for (size_t l = 0; l < m->tokens; l++)
        c[l] = m->attention == ATTNDYN_JOMA_LINEAR
                   ? attndyn_joma_constant_linear(ratio, z[l], square[l])
                   : attndyn_joma_constant_exp(ratio, m->temperature, z[l], square[l]);
}

TEST(descent_reaches_the_reference_state) {
    static const double z[] = {0.252682236222, -0.449967873953, 0.017451708954,
                               0.485475603963, -0.059361714305, -0.078630142450};
    static const double drift[] = {-0.002559747935, -0.002515765047, -0.001827087100,
                                   -0.004015184215, -0.000457888198, -0.001046259160};
    double before[6], after[6];
    create(ATTNDYN_JOMA_EXP, "tanh", ATTNDYN_JOMA_MSE);
    constants(&t.model, t.state, before);
    for (int s = 0; s < 20; s++) attndyn_joma_step(work, NULL, NULL, 0, 0.1, t.state);
    constants(&t.model, t.state, after);
    for (int l = 0; l < 6; l++) {
        assert_near(t.state[attndyn_joma_z_offset(&t.model) + (size_t)l], z[l], 2e-12);
        assert_near(after[l] - before[l], drift[l], 2e-12);
    }
}

/* The drift of gradient descent is the sum that the law gives, for full batches and for single
 * samples. */
TEST(descent_drifts_as_the_law_says) {
    for (int attention = ATTNDYN_JOMA_LINEAR; attention <= ATTNDYN_JOMA_EXP; attention++)
        for (int single = 0; single < 2; single++) {
            uint64_t mark = attndyn_memory_mark(ctx);
            create(attention, single ? "relu" : "gelu", ATTNDYN_JOMA_CE);
            struct attndyn_joma m = t.model;
            m.eta_w = 0.6, m.eta_z = 1.9;
            if (attention == ATTNDYN_JOMA_EXP) m.temperature = 0.7;
            work->model = &m;
            double before[6], after[6], law[6] = {0}, squares[6], one = 1, lr = 0.1, largest = 0;
            size_t z = attndyn_joma_z_offset(&m);
            constants(&m, t.state, before);
            for (size_t s = 0; s < 30; s++) {
                size_t i = s * 7 % 5;
                attndyn_joma_step(work, &i, single ? &one : NULL, 1, lr, t.state);
                attndyn_joma_squares(6, 4, work->gradient, squares);
                for (size_t l = 0; l < 6; l++)
                    law[l] += attention == ATTNDYN_JOMA_LINEAR
                                  ? attndyn_joma_drift_linear(lr, 0.6, 1.9, work->gradient[z + l],
                                                              squares[l])
                                  : attndyn_joma_drift_exp(lr, 0.6, 1.9, 0.7, squares[l]);
            }
            constants(&m, t.state, after);
            for (int l = 0; l < 6; l++) {
                assert_near(after[l] - before[l], law[l], 1e-14);
                largest = fmax(largest, fabs(law[l]));
            }
            ck_assert(largest > 1e-4); /* the drift is not trivially 0 */
            attndyn_memory_release(ctx, mark);
        }
}

TEST(midpoint_keeps_the_invariants) {
    for (int attention = ATTNDYN_JOMA_LINEAR; attention <= ATTNDYN_JOMA_EXP; attention++) {
        double before[6], after[6];
        create(attention, "tanh", ATTNDYN_JOMA_MSE);
        struct attndyn_ode_problem problem = {
            .n = attndyn_joma_size(&t.model), .rhs = attndyn_joma_rhs, .user = work};
        constants(&t.model, t.state, before);
        assert_ok(ctx, attndyn_midpoint_solve(ctx, &problem, 0, 0.1, 20, t.state));
        constants(&t.model, t.state, after);
        for (int l = 0; l < 6; l++) assert_near(after[l], before[l], 2e-15);
    }
}

static int spin(double time, const double *y, double *dydt, void *user) {
    (void)user;
    dydt[0] = -y[1] * cos(time), dydt[1] = y[0] * cos(time);
    return 0;
}

/* Order 2 on y' = i cos(t) y, whose solution is exp(i sin t); too large a step is refused. */
TEST(midpoint_is_of_second_order) {
    struct attndyn_ode_problem problem = {.n = 2, .rhs = spin};
    double error[4];
    for (int k = 0; k < 4; k++) {
        double y[] = {1, 0};
        size_t steps = (size_t)10 << k;
        assert_ok(ctx, attndyn_midpoint_solve(ctx, &problem, 0.5, 2.0 / (double)steps, steps, y));
        double angle = sin(2.5) - sin(0.5);
        error[k] = hypot(y[0] - cos(angle), y[1] - sin(angle));
        assert_near(hypot(y[0], y[1]), 1, 1e-14);
        if (k) assert_near(log2(error[k - 1] / error[k]), 2, 0.05);
    }
    double y[] = {1, 0};
    ck_assert_int_eq(attndyn_midpoint_solve(ctx, &problem, 0, 8, 1, y), ATTNDYN_RUN_FAILED);
}

static void flow_to(enum attndyn_ode_method method, double end) {
    struct attndyn_ode_problem problem = {.n = attndyn_joma_size(&t.model),
                                          .rhs = attndyn_joma_rhs,
                                          .jacobian_times = attndyn_joma_jacobian_times,
                                          .jacobian = attndyn_joma_jacobian,
                                          .user = work};
    flow_on(ctx, &problem, method, 1e-11, 1e-13, 0, end, t.state);
}

/* End states at t = 1 of an independent implementation (DOP853, rtol 1e-13), by three methods. */
TEST(flows_reach_the_reference_states) {
    static const struct {
        int attention, loss;
        const char *activation;
        double z[6], v[4], xi[4];
        int n_v, n_xi;
    } references[] = {
        {ATTNDYN_JOMA_EXP,
         ATTNDYN_JOMA_MSE,
         "tanh",
         {0.219415956146, -0.437689351230, 0.021937294093, 0.443812935771, -0.037147876470,
          -0.096985037583},
         {-0.489260241329, 0.213182048109, 0.285854838419, -0.009022146008},
         {-0.282454497028, 0.139664803521, -0.013414867697, -0.149584216031},
         4,
         4},
        {ATTNDYN_JOMA_LINEAR,
         ATTNDYN_JOMA_MSE,
         "gelu",
         {1.165415438661, 0.589891500099, 1.028052725409, 1.364888144577, 0.975545264422,
          0.886229142653},
         {-0.364800021912, 0.198906368560, 0.292513960641, -0.036128577665},
         {0},
         4,
         0},
        {ATTNDYN_JOMA_SOFTMAX,
         ATTNDYN_JOMA_MSE,
         "tanh",
         {0.194551803708, -0.443376119886, 0.019870413698, 0.412994407463, -0.014680716856,
          -0.122591861476},
         {0},
         {0},
         0,
         0},
        {ATTNDYN_JOMA_EXP,
         ATTNDYN_JOMA_CE,
         "linear",
         {0.126081856965, -0.359082592921, 0.039479450654, 0.336058566441, 0.006621960678,
          -0.125095403197},
         {0},
         {0},
         0,
         0},
    };
    static const enum attndyn_ode_method methods[] = {ATTNDYN_ODE_ADAMS, ATTNDYN_ODE_BDF_DENSE,
                                                      ATTNDYN_ODE_BDF_KRYLOV};
    for (size_t m = 0; m < 3; m++) {
        create(references[_i].attention, references[_i].activation, references[_i].loss);
        flow_to(methods[m], 1);
        for (size_t l = 0; l < 6; l++)
            assert_near(t.state[attndyn_joma_z_offset(&t.model) + l], references[_i].z[l], 1e-9);
        for (int k = 0; k < references[_i].n_v; k++)
            assert_near(t.state[k], references[_i].v[k], 1e-9);
        for (int k = 0; k < references[_i].n_xi; k++)
            assert_near(t.state[attndyn_joma_xi_offset(&t.model) + (size_t)k], references[_i].xi[k],
                        1e-9);
    }
}

/* Softmax attention: z from the exact second term as a quadrature, and sum z. */
TEST(softmax_second_term_as_a_quadrature) {
    create(ATTNDYN_JOMA_SOFTMAX, "gelu", ATTNDYN_JOMA_CE);
    struct attndyn_joma m = t.model;
    m.eta_w = 0.7, m.eta_z = 2.1, m.temperature = 0.5;
    work->model = &m;
    size_t n = attndyn_joma_size(&m), M = m.tokens, zo = attndyn_joma_z_offset(&m);
    double y[60] = {0}, before[6], after[6], end = 2, sum = 0;
    memcpy(y, t.state, n * sizeof *y);
    struct attndyn_ode_problem problem = {.n = n,
                                          .quadratures = 2 * M,
                                          .rhs = attndyn_joma_rhs,
                                          .quadrature = attndyn_joma_softmax_quadrature,
                                          .user = work};
    attndyn_joma_squares(M, m.hidden, y, before);
    flow_on(ctx, &problem, ATTNDYN_ODE_ADAMS, 1e-12, 1e-14, 0, end, y);
    attndyn_joma_squares(M, m.hidden, y, after);
    double ratio = m.eta_z / m.eta_w, tdep = 0, total = 0;
    for (size_t l = 0; l < M; l++) {
        double moved = y[zo + l] - t.state[zo + l];
        assert_near(moved, ratio / 0.5 * (0.5 * (after[l] - before[l]) - y[n + M + l]), 1e-10);
        sum += moved;
        tdep += y[n + l];
        total += after[l] - before[l];
    }
    assert_near(sum, 0, 1e-12);
    assert_near(tdep, total / 2, 1e-10); /* bbar sums to 1 */
}

/* With the factor 1/2 the estimate's sum is conserved as sum z is; as printed it is not. */
TEST(softmax_half_keeps_the_sum) {
    double square[] = {0.5, 1.25, 0.25}, bbar[] = {0.2, 0.5, 0.3}, holds = 0, printed = 0;
    for (int l = 0; l < 3; l++) {
        holds += attndyn_joma_softmax_holds(2, 0.5, square[l], 2, bbar[l]);
        printed += attndyn_joma_softmax_printed(2, 0.5, square[l], 2, bbar[l]);
    }
    assert_near(holds, 0, 1e-15);
    assert_near(printed, -4, 1e-14);
}

/* The paper's Figure 2 setting after 2000 steps, against the independent implementation. */
TEST(figure_2_reaches_the_reference_state) {
    static const double z[] = {2.5573583672, -0.0083864257, -0.3039181536, -0.4558193194};
    struct attndyn_joma_classes_spec spec = attndyn_joma_classes_paper();
    struct attndyn_joma m;
    double *state;
    assert_ok(ctx, attndyn_joma_classes_create(ctx, &spec, &m, &state));
    assert_ok(ctx, attndyn_joma_work_create(ctx, &m, &work));
    assert_near(m.x[0], 0.13872782, 5e-9);
    assert_near(m.x[40], 0.11025599, 5e-9);
    assert_near(m.x[10], 0.00913525, 5e-9);
    assert_near(attndyn_joma_loss(work, state), 2.9958270652, 1e-9);
    for (int s = 0; s < 2000; s++) attndyn_joma_step(work, NULL, NULL, 0, 0.1, state);
    for (size_t l = 0; l < 4; l++) assert_near(state[attndyn_joma_z_offset(&m) + l], z[l], 1e-8);
}

TCASE(invariant) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_tests(tcase, descent_reaches_the_reference_state, descent_drifts_as_the_law_says,
                    midpoint_keeps_the_invariants, midpoint_is_of_second_order);
    tcase_add_loop_test(tcase, flows_reach_the_reference_states, 0, 4);
    tcase_add_tests(tcase, softmax_second_term_as_a_quadrature, softmax_half_keeps_the_sum,
                    figure_2_reaches_the_reference_state);
}
