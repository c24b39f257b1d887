/* sim/model/joma/folded: the right-hand sides written out again, Jacobians by differences, the
 * clocks against each other, nothing overflows. */
#include "sim/base/random.h"
#include "sim/model/joma/folded.h"
#include "tests/fixture.h"

enum { M = 4, K = 3 };

struct point {
    double delta[M * K], c[M], x[M], bbar[M], v[M * K + 1];
};

static void draw(struct point *f, uint64_t seed) {
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, seed));
    attndyn_random_normals(&random, 1, M * K, f->delta);
    attndyn_random_normals(&random, 0.3, M, f->c);
    attndyn_random_uniforms(&random, 1, M, f->x);
    attndyn_random_uniforms(&random, 0.5, M, f->bbar);
    attndyn_random_normals(&random, 0.8, M * K, f->v);
    f->v[M * K] = 0.4;
    attndyn_random_done(&random);
}

/* The combinations of form, {none, weights, weights and correction} and clock; false if there is no
 * such model. */
static bool start(struct point *f, uint64_t seed, int i, struct attndyn_joma_folded *model) {
    enum attndyn_joma_form form = (enum attndyn_joma_form)(i % 3);
    int normaliser = i / 3 % 3;
    if (normaliser > 0 && form != ATTNDYN_JOMA_SHARED) return false;
    draw(f, seed);
    *model = (struct attndyn_joma_folded){.tokens = M,
                                          .nodes = K,
                                          .delta = f->delta,
                                          .c = f->c,
                                          .weight = normaliser > 0 ? f->x : NULL,
                                          .baseline = normaliser > 1 ? f->bbar : NULL,
                                          .eta_w = 1.7,
                                          .rho = 0.6,
                                          .form = form,
                                          .rescaled = i / 9 % 2,
                                          .stop_at = 5,
                                          .t_end = INFINITY};
    assert_ok(ctx, attndyn_joma_folded_prepare(ctx, model));
    return true;
}
enum { VARIANTS = 18 };

/* The equations of the header, naively. */
static double naive(const struct point *f, const struct attndyn_joma_folded *m, size_t l,
                    size_t k) {
    double z[M], total = 0, a = 1;
    for (size_t i = 0; i < M * K; i++) total += f->v[i] * f->v[i];
    for (size_t i = 0; i < M; i++) {
        double square = 0;
        for (size_t j = 0; j < K; j++) square += pow(f->v[i * K + j], 2);
        z[i] = m->rho / 2 * (square - (m->baseline ? m->baseline[i] * total : 0)) + f->c[i];
    }
    if (m->weight) {
        a = 0;
        for (size_t i = 0; i < M; i++) a += f->x[i] * exp(z[i]);
    }
    double e = exp(z[l]) / a, own = f->v[l * K + k];
    if (m->form == ATTNDYN_JOMA_SEPARATE) e = exp(m->rho / 2 * own * own + f->c[l]);
    if (m->form == ATTNDYN_JOMA_PRINTED) {
        e = 0;
        for (size_t j = 0; j < K; j++)
            e += exp(m->rho / 2 * pow(f->v[l * K + j], 2)) * exp(f->c[l]);
    }
    return m->eta_w * f->delta[l * K + k] * e;
}

TEST(right_hand_sides) {
    struct point f;
    struct attndyn_joma_folded model;
    if (!start(&f, 7, _i, &model)) return;
    struct attndyn_ode_problem problem = attndyn_joma_folded_problem(&model);
    double d[M * K + 1];
    ck_assert_int_eq(problem.rhs(0, f.v, d, problem.user), 0);
    double clock = model.rescaled ? d[M * K] : 1, path = 0;
    for (size_t l = 0; l < M; l++) {
        double row = 0;
        for (size_t k = 0; k < K; k++) {
            assert_relative(d[l * K + k] / clock, naive(&f, &model, l, k), 1e-13);
            row += pow(d[l * K + k], 2);
            if (model.form == ATTNDYN_JOMA_SEPARATE) path += fabs(d[l * K + k]);
        }
        if (model.form != ATTNDYN_JOMA_SEPARATE) path += sqrt(row);
    }
    /* The rescaled clock is the summed path length. */
    if (model.rescaled) assert_near(path, 1, 1e-14);
    double velocity[M * K];
    ck_assert(attndyn_joma_folded_velocity(&model, f.v, velocity));
    assert_relative(velocity[5], naive(&f, &model, 1, 2), 1e-13);
}

TEST(jacobians) {
    struct point f;
    struct attndyn_joma_folded model;
    if (!start(&f, 8, _i, &model)) return;
    struct attndyn_ode_problem problem = attndyn_joma_folded_problem(&model);
    size_t n = problem.n;
    double j[(M * K + 1) * (M * K + 1)] = {0}, plus[M * K + 1], minus[M * K + 1];
    double h = 1e-6;
    ck_assert_int_eq(problem.jacobian(0, f.v, j, problem.user), 0);
    for (size_t c = 0; c < n; c++) {
        double keep = f.v[c];
        f.v[c] = keep + h, problem.rhs(0, f.v, plus, problem.user);
        f.v[c] = keep - h, problem.rhs(0, f.v, minus, problem.user);
        f.v[c] = keep;
        for (size_t r = 0; r < n; r++)
            assert_near(j[r + n * c], (plus[r] - minus[r]) / (2 * h), 1e-8);
    }
}

/* Exponents of 5000: the original clock asks for a smaller step, the rescaled one stays finite. */
TEST(no_overflow) {
    struct point f;
    struct attndyn_joma_folded model;
    if (!start(&f, 9, _i, &model)) return;
    struct attndyn_ode_problem problem = attndyn_joma_folded_problem(&model);
    double d[M * K + 1];
    f.v[1] = 100;
    int status = problem.rhs(0, f.v, d, problem.user);
    if (model.rescaled || model.weight) {
        ck_assert_int_eq(status, 0);
        for (size_t j = 0; j < problem.n; j++) ck_assert(isfinite(d[j]));
    } else {
        ck_assert_int_gt(status, 0);
        ck_assert(!attndyn_joma_folded_velocity(&model, f.v, d));
    }
}

/* One node: the three forms are one. */
TEST(forms_agree_for_one_node) {
    struct point f;
    draw(&f, 10);
    double d[3][M];
    for (int form = 0; form < 3; form++) {
        struct attndyn_joma_folded model = {.tokens = M,
                                            .nodes = 1,
                                            .delta = f.delta,
                                            .eta_w = 1,
                                            .rho = 1,
                                            .form = (enum attndyn_joma_form)form};
        assert_ok(ctx, attndyn_joma_folded_prepare(ctx, &model));
        ck_assert(attndyn_joma_folded_velocity(&model, f.v, d[form]));
    }
    for (int l = 0; l < M; l++) {
        assert_relative(d[1][l], d[0][l], 1e-15);
        assert_relative(d[2][l], d[0][l], 1e-15);
    }
}

TEST(refusals) {
    struct point f;
    draw(&f, 11);
    double none[M * K] = {0};
    struct attndyn_joma_folded model = {
        .tokens = M, .nodes = K, .delta = none, .eta_w = 1, .rho = 1};
    ck_assert_int_eq(attndyn_joma_folded_prepare(ctx, &model), ATTNDYN_USAGE);
    model.delta = f.delta, model.rho = 0;
    ck_assert_int_eq(attndyn_joma_folded_prepare(ctx, &model), ATTNDYN_USAGE);
    model.rho = 1, model.weight = none;
    ck_assert_int_eq(attndyn_joma_folded_prepare(ctx, &model), ATTNDYN_USAGE);
    model.weight = f.x, model.form = ATTNDYN_JOMA_PRINTED;
    ck_assert_int_eq(attndyn_joma_folded_prepare(ctx, &model), ATTNDYN_USAGE);
}

TCASE(joma_folded) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, right_hand_sides, 0, VARIANTS);
    tcase_add_loop_test(tcase, jacobians, 0, VARIANTS);
    tcase_add_loop_test(tcase, no_overflow, 0, VARIANTS);
    tcase_add_tests(tcase, forms_agree_for_one_node, refusals);
}
