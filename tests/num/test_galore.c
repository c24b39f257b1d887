/* sim/num/optim/galore against NumPy's gesdd and PyTorch's order of operations
 * (tests/reference/galore.py): tall, wide and square matrices, 40 updates, every side; the shapes
 * of the state; identities. */
#define ATTNDYN_DOUBLE
#include "recorded.h"
#include "sim/base/random.h"
#include "sim/num/optim/galore.h"
#include "tests/support.h"

#include <stdio.h>
#include <string.h>

enum { UPDATES = 40 };

static struct attndyn_context *ctx;
static struct attndyn_safetensors input, final;

static void set_up(void) {
    ctx = attndyn_context_create();
    assert_ok(ctx, attndyn_safetensors_read(ctx, "tests/reference/galore.safetensors", &input));
    assert_ok(ctx,
              attndyn_safetensors_read(ctx, "tests/reference/galore_final.safetensors", &final));
}
static void tear_down(void) {
    attndyn_context_free(ctx);
}

/* All updates of one matrix; the optimiser as it is then. */
static struct attndyn_galore *replay(const struct attndyn_galore_options *options, double lr,
                                     const char *matrix, double *W) {
    struct attndyn_galore *g;
    size_t shape[2];
    double G[LARGEST];
    take(ctx, &input, attndyn_format(ctx, "weights.%s", matrix), shape, W);
    assert_ok(ctx, attndyn_galore_create(ctx, options, shape[0], shape[1], &g));
    for (unsigned s = 0; s < UPDATES; s++) {
        take(ctx, &input, attndyn_format(ctx, "gradients.%u.%s", s, matrix), NULL, G);
        assert_ok(ctx, attndyn_galore_step(ctx, g, lr, G, W));
    }
    return g;
}

#define SETTING(method_, side_, rank_, gap_, scale_, beta1_, beta2_, epsilon_, decay_)             \
    {                                                                                              \
        .method = ATTNDYN_GALORE_##method_, .side = ATTNDYN_GALORE_##side_, .rank = rank_,         \
        .gap = gap_, .scale = scale_, .beta1 = beta1_, .beta2 = beta2_, .epsilon = epsilon_,       \
        .decay = decay_                                                                            \
    }
#define FIRST_SET(side_)                                                                           \
    { SETTING(GALORE, side_, 3, 7, 0.25, 0.9, 0.999, 1e-6, 0), 0.01 }
#define SECOND_SET(side_)                                                                          \
    { SETTING(GALORE, side_, 2, 5, 0.5, 0.85, 0.99, 1e-5, 0.1), 0.02 }
/* CASES of galore.py. */
static const struct {
    struct attndyn_galore_options options;
    double lr;
} cases[] = {
    {SETTING(SGD, STD, 3, 7, 0.25, 0.9, 0.999, 1e-6, 0.1), 0.05},
    {SETTING(ADAMW, STD, 3, 7, 0.25, 0.9, 0.999, 1e-6, 0), 0.01},
    {SETTING(ADAMW, STD, 3, 7, 0.5, 0.8, 0.99, 1e-4, 0.2), 0.02},
    FIRST_SET(STD),
    FIRST_SET(REVERSE_STD),
    FIRST_SET(LEFT),
    FIRST_SET(RIGHT),
    FIRST_SET(FULL),
    SECOND_SET(STD),
    SECOND_SET(REVERSE_STD),
    SECOND_SET(LEFT),
    SECOND_SET(RIGHT),
    SECOND_SET(FULL),
    {SETTING(GALORE, STD, 99, 1000, 1, 0.9, 0.999, 1e-6, 0), 0.01},
};

TEST(weights_of_numpy) {
    const struct attndyn_galore_options *o = &cases[_i].options;
    /* Both in double. With both sides the reduced gradient of a renewal is diagonal up to rounding,
     * which the division by sqrt(V) + epsilon makes larger. */
    double tolerance =
        o->method == ATTNDYN_GALORE_GALORE && o->side == ATTNDYN_GALORE_FULL ? 1e-8 : 1e-11;
    for (size_t k = 0; k < 3; k++) {
        double W[LARGEST], want[LARGEST];
        size_t shape[2];
        replay(o, cases[_i].lr, matrices[k], W);
        take(ctx, &final, attndyn_format(ctx, "%d.%s", _i, matrices[k]), shape, want);
        for (size_t i = 0; i < shape[0] * shape[1]; i++)
            assert_near(W[i], want[i], tolerance * fmax(1, fabs(want[i])));
    }
}

/* mr + 2nr for the short side (Table 1 of the paper, without the weights). */
TEST(state_has_its_own_shape) {
    static const struct {
        enum attndyn_galore_side side;
        size_t m, n, rank, rows, columns, numbers;
    } shapes[] = {{ATTNDYN_GALORE_STD, 13, 6, 3, 13, 3, 3 * 6 + 2 * 13 * 3},
                  {ATTNDYN_GALORE_STD, 5, 11, 2, 2, 11, 5 * 2 + 2 * 2 * 11},
                  {ATTNDYN_GALORE_STD, 8, 8, 3, 8, 3, 3 * 8 + 2 * 8 * 3},
                  {ATTNDYN_GALORE_REVERSE_STD, 13, 6, 3, 3, 6, 13 * 3 + 2 * 3 * 6},
                  {ATTNDYN_GALORE_REVERSE_STD, 5, 11, 2, 5, 2, 2 * 11 + 2 * 5 * 2},
                  {ATTNDYN_GALORE_LEFT, 13, 6, 3, 3, 6, 13 * 3 + 2 * 3 * 6},
                  {ATTNDYN_GALORE_RIGHT, 5, 11, 2, 5, 2, 2 * 11 + 2 * 5 * 2},
                  {ATTNDYN_GALORE_FULL, 5, 11, 2, 2, 2, 5 * 2 + 2 * 11 + 2 * 4},
                  {ATTNDYN_GALORE_STD, 5, 11, 99, 5, 11, 5 * 5 + 2 * 5 * 11}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct attndyn_galore *g;
        const struct attndyn_galore_options options = {.method = ATTNDYN_GALORE_GALORE,
                                                       .side = shapes[i].side,
                                                       .rank = shapes[i].rank,
                                                       .gap = 1,
                                                       .scale = 1,
                                                       .beta1 = 0.9,
                                                       .beta2 = 0.999,
                                                       .epsilon = 1e-6,
                                                       .decay = 0,
                                                       .no_moments = false};
        assert_ok(ctx, attndyn_galore_create(ctx, &options, shapes[i].m, shapes[i].n, &g));
        ck_assert_uint_eq(g->rows, shapes[i].rows);
        ck_assert_uint_eq(g->columns, shapes[i].columns);
        ck_assert_uint_eq(attndyn_galore_numbers(g), shapes[i].numbers);
    }
}

/* Between two renewals the weights move in the span of the projector alone; the projectors are
 * orthonormal. */
TEST(moves_within_the_subspace) {
    struct attndyn_galore_options options = cases[3].options;
    options.gap = 1000;
    for (size_t k = 0; k < 3; k++) {
        double W[LARGEST], W0[LARGEST];
        struct attndyn_galore *g = replay(&options, 0.01, matrices[k], W);
        take(ctx, &input, attndyn_format(ctx, "weights.%s", matrices[k]), NULL, W0);
        size_t r = g->r, length = g->Q ? g->n : g->m;
        double off = 0, moved = 0;
        for (size_t line = 0; line < (g->Q ? g->m : g->n); line++) {
            double d[16], within[16] = {0};
            for (size_t j = 0; j < length; j++) {
                size_t at = g->Q ? line * g->n + j : j * g->n + line;
                d[j] = W[at] - W0[at];
            }
            for (size_t a = 0; a < r; a++) {
                double dot = 0;
                for (size_t j = 0; j < length; j++)
                    dot += d[j] * (g->Q ? g->Q[a * g->n + j] : g->P[j * r + a]);
                for (size_t j = 0; j < length; j++)
                    within[j] += dot * (g->Q ? g->Q[a * g->n + j] : g->P[j * r + a]);
            }
            for (size_t j = 0; j < length; j++)
                off = fmax(off, fabs(d[j] - within[j])), moved = fmax(moved, fabs(d[j]));
        }
        assert_at_most(off, 1e-13);
        ck_assert(moved > 0.01);
    }
}

/* Without moments and at full rank: W - lr sum of G, whatever the renewals; P alone is held. */
TEST(without_moments_is_sgd) {
    struct attndyn_galore_options options = cases[13].options;
    options.no_moments = true;
    options.gap = 7;
    for (size_t k = 0; k < 3; k++) {
        double W[LARGEST], want[LARGEST], G[LARGEST];
        struct attndyn_galore *g = replay(&options, 0.05, matrices[k], W);
        take(ctx, &input, attndyn_format(ctx, "weights.%s", matrices[k]), NULL, want);
        for (unsigned s = 0; s < UPDATES; s++) {
            take(ctx, &input, attndyn_format(ctx, "gradients.%u.%s", s, matrices[k]), NULL, G);
            for (size_t i = 0; i < g->m * g->n; i++) want[i] -= 0.05 * G[i];
        }
        for (size_t i = 0; i < g->m * g->n; i++) assert_near(W[i], want[i], 1e-12);
        ck_assert_uint_eq(attndyn_galore_numbers(g), g->r * g->r);
    }
}

/* Matrices that move in turn in one room get the bits that each gets in its own; the room is that
 * of the largest, whoever came first. */
TEST(one_room_for_all) {
    const struct attndyn_galore_options *o = &cases[_i].options;
    struct attndyn_galore_room room = {NULL, NULL, NULL, 0, 0, 0};
    struct attndyn_galore *g[3];
    double W[3][LARGEST], own[LARGEST], G[LARGEST];
    size_t shape[2], most = 0;
    for (size_t k = 0; k < 3; k++) {
        take(ctx, &input, attndyn_format(ctx, "weights.%s", matrices[k]), shape, W[k]);
        assert_ok(ctx, attndyn_galore_create_in(ctx, o, shape[0], shape[1], &room, &g[k]));
        if (shape[0] * shape[1] > most) most = shape[0] * shape[1];
    }
    ck_assert_uint_eq(room.n_back, most);
    for (unsigned s = 0; s < UPDATES; s++)
        for (size_t k = 0; k < 3; k++) {
            take(ctx, &input, attndyn_format(ctx, "gradients.%u.%s", s, matrices[k]), NULL, G);
            assert_ok(ctx, attndyn_galore_step(ctx, g[k], cases[_i].lr, G, W[k]));
        }
    for (size_t k = 0; k < 3; k++) {
        replay(o, cases[_i].lr, matrices[k], own);
        ck_assert_int_eq(memcmp(W[k], own, g[k]->m * g[k]->n * sizeof *own), 0);
    }
}

TEST(settings_out_of_range) {
    struct attndyn_galore *g;
    struct attndyn_galore_options options = cases[3].options;
    options.rank = 0;
    ck_assert_int_eq(attndyn_galore_create(ctx, &options, 3, 3, &g), ATTNDYN_USAGE);
    options = cases[3].options, options.gap = 0;
    ck_assert_int_eq(attndyn_galore_create(ctx, &options, 3, 3, &g), ATTNDYN_USAGE);
    options = cases[3].options, options.beta2 = 1;
    ck_assert_int_eq(attndyn_galore_create(ctx, &options, 3, 3, &g), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "beta2 is 1, expected [0, 1)"));
    /* A NaN in the gradient is an error and does not spread. */
    double G[4] = {1, NAN, 0, 1}, W[4] = {0};
    options = cases[3].options;
    assert_ok(ctx, attndyn_galore_create(ctx, &options, 2, 2, &g));
    ck_assert_int_eq(attndyn_galore_step(ctx, g, 0.1, G, W), ATTNDYN_RUN_FAILED);
}

TCASE(galore) {
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_each(tcase, weights_of_numpy, cases);
    tcase_add_tests(tcase, state_has_its_own_shape, moves_within_the_subspace,
                    without_moments_is_sgd);
    tcase_add_each(tcase, one_room_for_all, cases);
    tcase_add_test(tcase, settings_out_of_range);
}
