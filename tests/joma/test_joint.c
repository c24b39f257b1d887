/* The reduced dynamics (V, xi, z) against the full model, against differences, and against the
 * reference instance's probes. */
#include "sim/model/joma/full.h"
#include "sim/model/joma/instance.h"
#include "tests/fixture.h"

#include <string.h>

TEST(reference_probes) {
    struct attndyn_joma_instance_spec spec = attndyn_joma_instance_reference(ATTNDYN_JOMA_EXP);
    struct attndyn_joma_instance t1;
    assert_ok(ctx, attndyn_joma_instance_create(ctx, &spec, &t1));
    size_t xi = attndyn_joma_xi_offset(&t1.model), z = attndyn_joma_z_offset(&t1.model);
    assert_near(t1.model.x[0], 0.566561575172, 1e-12);
    assert_near(t1.model.x[4 * 6 + 5], 0.997747892537, 1e-12);
    assert_near(t1.model.p[0], 0.262922012866, 1e-12);
    assert_near(t1.state[0], -0.354739208778, 1e-12);
    assert_near(t1.state[5 * 4 + 3], -0.187415636457, 1e-12);
    assert_near(t1.state[xi], -0.082877998609, 1e-12);
    assert_near(t1.state[z], 0.162681587130, 1e-12);
    assert_near(t1.model.target[0], -1.116724296302, 1e-12);
    assert_near(t1.model.target[4 * 4 + 3], -1.400780883912, 1e-12);
    ck_assert_uint_eq(attndyn_joma_size(&t1.model), 34);
    spec = attndyn_joma_instance_reference(ATTNDYN_JOMA_LINEAR);
    assert_ok(ctx, attndyn_joma_instance_create(ctx, &spec, &t1));
    assert_near(t1.state[z], 1.162681587130, 1e-12);
}

/* Every attention x activation x loss, one and two queries, with rates, temperature and
 * normalisers away from 1. */
static struct attndyn_joma_instance_spec odd_spec(int attention, int activation, int loss,
                                                  size_t queries, uint64_t seed) {
    struct attndyn_joma_instance_spec spec =
        attndyn_joma_instance_reference((enum attndyn_joma_attention)attention);
    spec.temperature = attention == ATTNDYN_JOMA_LINEAR ? 1 : 0.7;
    spec.activation =
        (struct attndyn_activation){.kind = (enum attndyn_activation_kind)activation, .slope = 0.1};
    spec.loss = (enum attndyn_joma_loss)loss;
    spec.queries = queries;
    spec.eta_w = 0.8;
    spec.eta_z = 1.7;
    spec.count_normaliser = seed % 2 == 0;
    spec.seed = seed;
    return spec;
}

TEST(full_model_by_backpropagation_and_complex_step) {
    int attention = _i;
    double worst = 0, worst_step = 0, worst_outside = 0;
    for (int activation = 0; activation <= ATTNDYN_ACTIVATION_SILU; activation++)
        for (int loss = 0; loss <= ATTNDYN_JOMA_FIXED; loss++)
            for (size_t queries = 1; queries <= 2; queries++) {
                uint64_t mark = attndyn_memory_mark(ctx);
                struct attndyn_joma_instance_spec spec =
                    odd_spec(attention, activation, loss, queries, 3 + (uint64_t)loss);
                struct attndyn_joma_instance t;
                struct attndyn_joma_work *work;
                struct attndyn_joma_full full;
                struct attndyn_random random;
                assert_ok(ctx, attndyn_joma_instance_create(ctx, &spec, &t));
                assert_ok(ctx, attndyn_joma_work_create(ctx, &t.model, &work));
                assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 99));
                size_t d = 11, K = 4, M = 6, n = attndyn_joma_size(&t.model),
                       z = attndyn_joma_z_offset(&t.model);
                assert_ok(ctx, attndyn_joma_full_create(ctx, &t.model, d, &random, t.state, &full));
                attndyn_random_done(&random);
                double *gradient = attndyn_alloc(ctx, n, sizeof *gradient),
                       *reduced = attndyn_alloc(ctx, n, sizeof *reduced),
                       *dw = attndyn_alloc(ctx, d * K, sizeof *dw),
                       *dz = attndyn_alloc(ctx, queries * M, sizeof *dz);
                /* the reduction of W is the state itself */
                attndyn_joma_full_reduce(&full, full.w, full.z, reduced);
                for (size_t a = 0; a < n; a++) assert_near(reduced[a], t.state[a], 1e-14);

                attndyn_joma_gradient(work, NULL, NULL, 0, t.state, gradient);
                assert_ok(ctx, attndyn_joma_full_gradient(ctx, &full, dw, dz));
                double outside = attndyn_joma_full_reduce(&full, dw, dz, reduced), scale = 0;
                for (size_t a = 0; a < n; a++) scale = fmax(scale, fabs(gradient[a]));
                worst_outside = fmax(worst_outside, outside);
                for (size_t a = 0; a < n; a++)
                    worst = fmax(worst, fabs(gradient[a] - reduced[a]) / (scale + 1e-300));

                /* complex step, one direction for each of w and z at a time */
                double *one = attndyn_alloc(ctx, d * K + queries * M, sizeof *one), objective = 0,
                       slope;
                for (size_t a = 0; a < d * K + queries * M; a += 3) {
                    one[a] = 1;
                    assert_ok(ctx, attndyn_joma_full_objective(ctx, &full, one, one + d * K,
                                                               &objective, &slope));
                    one[a] = 0;
                    double want = a < d * K ? dw[a] : dz[a - d * K];
                    worst_step = fmax(worst_step, fabs(slope - want) / (scale + 1e-9));
                }
                /* the rates multiply the gradient; the objective is minus the loss */
                assert_near(attndyn_joma_loss(work, t.state), -objective,
                            1e-13 * (1 + fabs(objective)));
                ck_assert_int_eq(attndyn_joma_rhs(0, t.state, reduced, work), 0);
                for (size_t a = 0; a < n; a++)
                    assert_near(reduced[a], gradient[a] * (a < z ? 0.8 : 1.7), 1e-15 * (1 + scale));
                attndyn_memory_release(ctx, mark);
            }
    assert_at_most(worst, 1e-13);
    assert_at_most(worst_step, 1e-13);
    assert_at_most(worst_outside, 1e-13);
}

/* J v and the dense Jacobian against sixth-order differences of the right-hand side. */
TEST(jacobian_by_differences) {
    int attention = _i;
    static const int activations[] = {ATTNDYN_ACTIVATION_LINEAR, ATTNDYN_ACTIVATION_TANH,
                                      ATTNDYN_ACTIVATION_GELU, ATTNDYN_ACTIVATION_CUBIC};
    for (size_t c = 0; c < 4; c++)
        for (int loss = 0; loss <= ATTNDYN_JOMA_FIXED; loss++) {
            uint64_t mark = attndyn_memory_mark(ctx);
            struct attndyn_joma_instance_spec spec =
                odd_spec(attention, activations[c], loss, 1 + c % 2, 4 + (uint64_t)loss);
            struct attndyn_joma_instance t;
            struct attndyn_joma_work *work;
            assert_ok(ctx, attndyn_joma_instance_create(ctx, &spec, &t));
            assert_ok(ctx, attndyn_joma_work_create(ctx, &t.model, &work));
            size_t n = attndyn_joma_size(&t.model);
            double *jacobian = attndyn_alloc(ctx, n * n, sizeof *jacobian),
                   *v = attndyn_alloc(ctx, n, sizeof *v), *jv = attndyn_alloc(ctx, n, sizeof *jv),
                   *at = attndyn_alloc(ctx, n, sizeof *at), *plus = attndyn_alloc(ctx, n, 8),
                   *minus = attndyn_alloc(ctx, n, 8), *sum = attndyn_alloc(ctx, n, 8);
            for (size_t a = 0; a < n; a++) v[a] = cos(1.0 + (double)a);
            double h = 2e-3, weight[] = {0, 1.5, -0.6, 0.1};
            for (int k = 1; k <= 3; k++) {
                for (size_t a = 0; a < n; a++) at[a] = t.state[a] + k * h * v[a];
                attndyn_joma_rhs(0, at, plus, work);
                for (size_t a = 0; a < n; a++) at[a] = t.state[a] - k * h * v[a];
                attndyn_joma_rhs(0, at, minus, work);
                for (size_t a = 0; a < n; a++)
                    sum[a] += weight[k] * (plus[a] - minus[a]) / (2 * k * h);
            }
            ck_assert_int_eq(attndyn_joma_jacobian_times(0, t.state, v, jv, work), 0);
            ck_assert_int_eq(attndyn_joma_jacobian(0, t.state, jacobian, work), 0);
            for (size_t a = 0; a < n; a++) {
                double row = 0;
                for (size_t b = 0; b < n; b++) row += jacobian[b * n + a] * v[b];
                assert_near(jv[a], sum[a], 1e-10);
                assert_near(row, jv[a], 1e-13);
            }
            attndyn_memory_release(ctx, mark);
        }
}

/* Softmax far from the ordinary: large logits, and a sample whose tokens all lie far below the
 * largest logit. */
TEST(softmax_of_extreme_logits) {
    double x[] = {1, 0, 0, 0, 2, 3}, p[] = {0.5, 0.5}, target[] = {1, -1};
    struct attndyn_joma m = {.tokens = 3,
                             .hidden = 1,
                             .samples = 2,
                             .queries = 1,
                             .attention = ATTNDYN_JOMA_SOFTMAX,
                             .temperature = 0.5,
                             .activation = {.kind = ATTNDYN_ACTIVATION_LINEAR},
                             .loss = ATTNDYN_JOMA_MSE,
                             .eta_w = 1,
                             .eta_z = 1,
                             .x = x,
                             .p = p,
                             .target = target};
    double state[] = {0.1, 0.2, 0.3, 0.0, 5000, 1, 2}, gradient[7];
    struct attndyn_joma_work *work;
    assert_ok(ctx, attndyn_joma_validate(ctx, &m));
    assert_ok(ctx, attndyn_joma_work_create(ctx, &m, &work));
    attndyn_joma_gradient(work, NULL, NULL, 0, state, gradient);
    assert_near(work->b[0], 1, 0);
    assert_near(work->b[4], 2 / (2 + 3 * exp(2)), 1e-15);
    assert_near(work->b[5], 3 * exp(2) / (2 + 3 * exp(2)), 1e-15);
    for (int a = 0; a < 7; a++) ck_assert(isfinite(gradient[a]));
    /* exp attention overflows there; the right-hand side then asks for a smaller step */
    m.attention = ATTNDYN_JOMA_EXP;
    ck_assert_int_eq(attndyn_joma_rhs(0, state, gradient, work), 1);
}

TEST(minibatches_average_to_the_gradient) {
    struct attndyn_joma_instance_spec spec =
        odd_spec(ATTNDYN_JOMA_SOFTMAX, ATTNDYN_ACTIVATION_GELU, ATTNDYN_JOMA_CE, 2, 5);
    struct attndyn_joma_instance t;
    struct attndyn_joma_work *work;
    assert_ok(ctx, attndyn_joma_instance_create(ctx, &spec, &t));
    assert_ok(ctx, attndyn_joma_work_create(ctx, &t.model, &work));
    size_t n = attndyn_joma_size(&t.model);
    double *whole = attndyn_alloc(ctx, n, 8), *one = attndyn_alloc(ctx, n, 8),
           *sum = attndyn_alloc(ctx, n, 8), *state = attndyn_alloc(ctx, n, 8), unit = 1;
    attndyn_joma_gradient(work, NULL, NULL, 0, t.state, whole);
    for (size_t i = 0; i < t.model.samples; i++) {
        attndyn_joma_gradient(work, &i, &unit, 1, t.state, one);
        for (size_t a = 0; a < n; a++) sum[a] += t.model.p[i] * one[a];
    }
    for (size_t a = 0; a < n; a++) assert_near(sum[a], whole[a], 1e-15);
    /* a batch larger than the scratch: every sample three times */
    size_t sample[15];
    double weight[15];
    for (size_t j = 0; j < 15; j++) sample[j] = j % 5, weight[j] = t.model.p[j % 5] / 3;
    attndyn_joma_gradient(work, sample, weight, 15, t.state, sum);
    for (size_t a = 0; a < n; a++) assert_near(sum[a], whole[a], 1e-15);
    memcpy(state, t.state, n * sizeof *state);
    attndyn_joma_step(work, NULL, NULL, 0, 0.1, state);
    for (size_t a = 0; a < n; a++)
        assert_near(state[a] - t.state[a],
                    0.1 * (a < attndyn_joma_z_offset(&t.model) ? 0.8 : 1.7) * whole[a], 1e-15);
}

TEST(wrong_models_are_refused) {
    struct attndyn_joma_instance_spec spec = attndyn_joma_instance_reference(ATTNDYN_JOMA_LINEAR);
    struct attndyn_joma_instance t;
    spec.temperature = 2;
    ck_assert_int_eq(attndyn_joma_instance_create(ctx, &spec, &t), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "temperature 2"));
    spec.temperature = 1;
    assert_ok(ctx, attndyn_joma_instance_create(ctx, &spec, &t));
    double p[] = {0.2, 0.2, 0.2, 0.2, 0.3}, x[30] = {0};
    size_t label[] = {0, 1, 2, 3, 4};
    struct attndyn_joma m = t.model;
    m.p = p;
    ck_assert_int_eq(attndyn_joma_validate(ctx, &m), ATTNDYN_USAGE);
    m = t.model, m.x = x, m.attention = ATTNDYN_JOMA_SOFTMAX;
    ck_assert_int_eq(attndyn_joma_validate(ctx, &m), ATTNDYN_USAGE);
    x[3] = -1, m.attention = ATTNDYN_JOMA_EXP;
    ck_assert_int_eq(attndyn_joma_validate(ctx, &m), ATTNDYN_USAGE);
    m = t.model, m.label = label, m.loss = ATTNDYN_JOMA_CE;
    ck_assert_int_eq(attndyn_joma_validate(ctx, &m), ATTNDYN_USAGE);
    m = t.model, m.query = label;
    ck_assert_int_eq(attndyn_joma_validate(ctx, &m), ATTNDYN_USAGE);
    m = t.model, m.samples = 0;
    ck_assert_int_eq(attndyn_joma_validate(ctx, &m), ATTNDYN_USAGE);
    struct attndyn_random random;
    struct attndyn_joma_full full;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 1));
    ck_assert_int_eq(attndyn_joma_full_create(ctx, &t.model, 6, &random, t.state, &full),
                     ATTNDYN_USAGE);
    attndyn_random_done(&random);
}

TCASE(joint) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_test(tcase, reference_probes);
    tcase_add_loop_test(tcase, full_model_by_backpropagation_and_complex_step, 0, 3);
    tcase_add_loop_test(tcase, jacobian_by_differences, 0, 3);
    tcase_add_tests(tcase, softmax_of_extreme_logits, minibatches_average_to_the_gradient,
                    wrong_models_are_refused);
}
