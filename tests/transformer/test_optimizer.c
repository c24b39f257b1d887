/* The optimisers against their formulas written out one number at a time, in double precision;
 * sparse gradients against dense ones; threads; schedules. */
#define ATTNDYN_DOUBLE
#include "sim/base/random.h"
#include "sim/num/optim/optimizer.h"
#include "sim/num/optim/schedule.h"
#include "tests/fixture.h"

#include <string.h>

enum { ROWS = 40, COLUMNS = 1500, BIAS = 70000, STEPS = 4 };

struct model {
    struct attndyn_parameter p[3];
    uint32_t touched[3];
};

static void make(struct model *k, bool sparse) {
    static const uint32_t touched[] = {0, 7, 39};
    const char *names[] = {"embedding.weight", "layers.0.bias", "frozen.weight"};
    const size_t rows[] = {ROWS, 1, 2}, columns[] = {COLUMNS, BIAS, 3};
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 3));
    memset(k, 0, sizeof *k);
    memcpy(k->touched, touched, sizeof touched);
    for (int i = 0; i < 3; i++) {
        struct attndyn_parameter *p = &k->p[i];
        strcpy(p->name, names[i]);
        p->rows = rows[i], p->columns = columns[i], p->dimensions = rows[i] == 1 ? 1 : 2;
        p->value = ATTNDYN_NEW(ctx, double, rows[i] * columns[i]);
        p->gradient = ATTNDYN_NEW(ctx, double, rows[i] * columns[i]);
        attndyn_random_normals(&random, 1, rows[i] * columns[i], p->value);
    }
    attndyn_random_done(&random);
    k->p[2].frozen = true;
    k->p[2].gradient = NULL;
    if (!sparse) return;
    k->p[0].sparse = true;
    k->p[0].touched = k->touched;
    k->p[0].n_touched = 3;
}

/* Gradients of a step: the same numbers, dense or only the touched rows. */
static void fill(struct model *k, uint64_t step) {
    uint64_t state = 1000 + step;
    for (size_t t = 0; t < 3; t++)
        for (size_t j = 0; j < COLUMNS; j++) {
            double g = (double)(attndyn_splitmix_next(&state) >> 40) / (1 << 24) - 0.4;
            k->p[0].gradient[(k->p[0].sparse ? t : k->touched[t]) * COLUMNS + j] = g;
        }
    for (size_t j = 0; j < BIAS; j++)
        k->p[1].gradient[j] = (double)(attndyn_splitmix_next(&state) >> 40) / (1 << 24) - 0.5;
}

static const struct attndyn_optimizer_group groups[] = {{"layers.*", 0.5, 0}};
static const struct attndyn_optimizer_options options[] = {
    {.kind = ATTNDYN_OPTIMIZER_SGD},
    {.kind = ATTNDYN_OPTIMIZER_SGD, .momentum = 0.9, .decay = 0.01, .clip = 1},
    {.kind = ATTNDYN_OPTIMIZER_ADAM, .decay = 0.02, .clip = 0.5},
    {.kind = ATTNDYN_OPTIMIZER_ADAM, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-6, .clip = 1e9},
    {.kind = ATTNDYN_OPTIMIZER_ADAMW, .decay = 0.1, .groups = groups, .n_groups = 1}};

/* The equations of optimizer.h on one number w with gradients g[0..steps). */
static double by_hand(const struct attndyn_optimizer_options *o, bool bias, double w,
                      const double *g, const double *norm, double lr) {
    double m = 0, v = 0, b1 = o->beta1, b2 = o->beta2, eps = o->epsilon, decay = o->decay;
    if (b1 == 0) b1 = 0.9, b2 = 0.999, eps = 1e-8;
    if (bias && o->n_groups) lr *= 0.5, decay = 0;
    for (int t = 1; t <= STEPS; t++) {
        double x = g[t - 1];
        if (o->clip > 0) x *= fmin(1, o->clip / (norm[t - 1] + 1e-6));
        if (o->kind == ATTNDYN_OPTIMIZER_ADAMW)
            w -= lr * decay * w;
        else
            x += decay * w;
        if (o->kind == ATTNDYN_OPTIMIZER_SGD) {
            m = o->momentum * m + x;
            w -= lr * m;
            continue;
        }
        m = b1 * m + (1 - b1) * x;
        v = b2 * v + (1 - b2) * x * x;
        w -= lr * (m / (1 - pow(b1, t))) / (sqrt(v / (1 - pow(b2, t))) + eps);
    }
    return w;
}

static struct attndyn_optimizer *train(struct model *k, const struct attndyn_optimizer_options *o,
                                       double *norm) {
    struct attndyn_optimizer *optimizer;
    assert_ok(ctx, attndyn_optimizer_create(ctx, o, k->p, 3, &optimizer));
    for (int t = 0; t < STEPS; t++) {
        fill(k, (uint64_t)t);
        norm[t] = attndyn_optimizer_step(optimizer, 0.05);
    }
    ck_assert_uint_eq(attndyn_optimizer_steps(optimizer), STEPS);
    return optimizer;
}

TEST(steps_are_those_of_the_formulas) {
    struct model start, k;
    double norm[STEPS];
    make(&start, false);
    make(&k, false);
    train(&k, &options[_i], norm);
    const size_t places[] = {0, 1, 7 * COLUMNS + 5, 11 * COLUMNS, 39 * COLUMNS + 1499};
    for (size_t a = 0; a < 5; a++)
        for (int which = 0; which < 2; which++) {
            size_t at = which ? places[a] % BIAS : places[a];
            double g[STEPS], squares;
            for (int t = 0; t < STEPS; t++) {
                fill(&start, (uint64_t)t);
                g[t] = start.p[which].gradient[at];
                squares = 0;
                for (int i = 0; i < 2; i++)
                    for (size_t j = 0; j < attndyn_parameter_count(&start.p[i]); j++)
                        squares += start.p[i].gradient[j] * start.p[i].gradient[j];
                assert_relative(norm[t], sqrt(squares), 1e-12);
            }
            assert_near(k.p[which].value[at],
                        by_hand(&options[_i], which == 1, start.p[which].value[at], g, norm, 0.05),
                        1e-13);
        }
    for (size_t j = 0; j < 6; j++) ck_assert(k.p[2].value[j] == start.p[2].value[j]);
}

TEST(sparse_gradients_and_threads_change_no_bit) {
    struct model dense, sparse;
    double norm[STEPS], again[STEPS];
    make(&dense, false);
    make(&sparse, true);
    train(&dense, &options[_i], norm);
    attndyn_threads_allow(ctx, 3);
    train(&sparse, &options[_i], again);
    for (int t = 0; t < STEPS; t++) assert_relative(again[t], norm[t], 1e-14);
    for (int i = 0; i < 3; i++)
        for (size_t j = 0; j < attndyn_parameter_count(&dense.p[i]); j++)
            assert_near(sparse.p[i].value[j], dense.p[i].value[j], 1e-14);
}

TEST(reset_is_a_new_optimiser_and_state_resumes) {
    struct model a, b;
    double norm[STEPS];
    size_t count, others;
    make(&a, _i & 1);
    make(&b, _i & 1);
    const struct attndyn_optimizer_options *o = &options[_i & 2 ? 3 : 2]; /* without, with decay */
    struct attndyn_optimizer *one = train(&a, o, norm), *two;
    for (int i = 0; i < 3; i++)
        memcpy(b.p[i].value, a.p[i].value, attndyn_parameter_count(&a.p[i]) * sizeof(double));
    assert_ok(ctx, attndyn_optimizer_create(ctx, o, b.p, 3, &two));
    struct attndyn_parameter *from = attndyn_optimizer_state(one, &count);
    struct attndyn_parameter *to = attndyn_optimizer_state(two, &others);
    ck_assert_uint_eq(count, 4); /* two moments of two parameters that move */
    ck_assert_uint_eq(others, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(from[i].name, to[i].name);
        memcpy(to[i].value, from[i].value, attndyn_parameter_count(&from[i]) * sizeof(double));
    }
    attndyn_optimizer_resume(two, attndyn_optimizer_steps(one));
    for (int round = 0; round < 2; round++) {
        /* rows that moved before and have no gradient now go on by their moments */
        if (_i & 1) a.touched[1] = b.touched[1] = 9;
        fill(&a, 9);
        fill(&b, 9);
        attndyn_optimizer_step(one, 0.1);
        attndyn_optimizer_step(two, 0.1);
        for (int i = 0; i < 2; i++)
            ck_assert_mem_eq(a.p[i].value, b.p[i].value,
                             attndyn_parameter_count(&a.p[i]) * sizeof(double));
        attndyn_optimizer_reset(one); /* both forget, one by the call, one by being made anew */
        assert_ok(ctx, attndyn_optimizer_create(ctx, o, b.p, 3, &two));
    }
}

TEST(bad_rates_are_refused) {
    struct attndyn_optimizer *o;
    struct model k;
    make(&k, false);
    struct attndyn_optimizer_options bad = {.kind = ATTNDYN_OPTIMIZER_SGD, .momentum = 1};
    ck_assert_int_eq(attndyn_optimizer_create(ctx, &bad, k.p, 3, &o), ATTNDYN_USAGE);
    bad = (struct attndyn_optimizer_options){.clip = NAN};
    ck_assert_int_eq(attndyn_optimizer_create(ctx, &bad, k.p, 3, &o), ATTNDYN_USAGE);
    const struct attndyn_optimizer_group none = {"nothing*", 1, 0};
    bad = (struct attndyn_optimizer_options){.groups = &none, .n_groups = 1};
    ck_assert_int_eq(attndyn_optimizer_create(ctx, &bad, k.p, 3, &o), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "nothing*"));
}

TEST(schedules) {
    struct attndyn_schedule s = {
        .kind = ATTNDYN_SCHEDULE_COSINE, .warmup = 10, .total = 110, .floor = 0.1};
    assert_near(attndyn_schedule_factor(&s, 0), 0.1, 1e-15);
    assert_near(attndyn_schedule_factor(&s, 9), 1, 1e-15);
    assert_near(attndyn_schedule_factor(&s, 10), 1, 1e-15);
    assert_near(attndyn_schedule_factor(&s, 60), 0.55, 1e-15);
    assert_near(attndyn_schedule_factor(&s, 500), 0.1, 1e-15);
    s.kind = ATTNDYN_SCHEDULE_LINEAR;
    assert_near(attndyn_schedule_factor(&s, 85), 0.325, 1e-15);
    s = (struct attndyn_schedule){.kind = ATTNDYN_SCHEDULE_STEP, .gamma = 0.95, .every = 100};
    assert_near(attndyn_schedule_factor(&s, 99), 1, 0);
    assert_near(attndyn_schedule_factor(&s, 250), 0.95 * 0.95, 1e-15);
    struct attndyn_plateau p = {.divide_by = 4};
    assert_near(attndyn_plateau_see(&p, 5), 1, 0);
    assert_near(attndyn_plateau_see(&p, 4), 1, 0);
    assert_near(attndyn_plateau_see(&p, 4.5), 0.25, 0);
    assert_near(attndyn_plateau_see(&p, 4.2), 0.0625, 0);
    assert_near(attndyn_plateau_see(&p, 3), 0.0625, 0);
}

TCASE(optimizer) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 60);
    const int count = (int)(sizeof options / sizeof *options);
    tcase_add_loop_test(tcase, steps_are_those_of_the_formulas, 0, count);
    tcase_add_loop_test(tcase, sparse_gradients_and_threads_change_no_bit, 0, count);
    tcase_add_loop_test(tcase, reset_is_a_new_optimiser_and_state_resumes, 0, 4);
    tcase_add_tests(tcase, bad_rates_are_refused, schedules);
}
