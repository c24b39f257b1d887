/* The rules of sim/num/optim/galore: Adafactor against NumPy (tests/reference/adafactor.py), 8-bit
 * states against the quantiser's closed form, three forms of Adam, subspaces, what becomes of the
 * moments. In double. */
#define ATTNDYN_DOUBLE
#include "recorded.h"
#include "sim/base/random.h"
#include "sim/num/optim/galore.h"
#include "sim/num/optim/optimizer.h"
#include "tests/fixture.h"

#include <string.h>

enum { UPDATES = 40, MANY = 5000 };

TEST(adafactor_is_numpys) {
    static const struct {
        const char *name;
        double beta1;
        size_t rank;
        bool vector;
    } cases[] = {{"plain", 0, 0, false},
                 {"momentum", 0.9, 0, false},
                 {"galore", 0.9, 3, false},
                 {"vector", 0.9, 0, true}};
    struct attndyn_safetensors input, final;
    assert_ok(ctx, attndyn_safetensors_read(ctx, "tests/reference/galore.safetensors", &input));
    assert_ok(ctx, attndyn_safetensors_read(ctx, "tests/reference/adafactor.safetensors", &final));
    const size_t rank = cases[_i].rank;
    const struct attndyn_galore_options options = {.method = rank ? ATTNDYN_GALORE_GALORE
                                                                  : ATTNDYN_GALORE_ADAMW,
                                                   .rule = ATTNDYN_RULE_ADAFACTOR,
                                                   .rank = rank ? rank : 1,
                                                   .gap = 7,
                                                   .scale = 0.25,
                                                   .beta1 = cases[_i].beta1};
    for (size_t k = 0; k < 3; k++) {
        double W[LARGEST], G[LARGEST], want[LARGEST];
        size_t shape[2];
        struct attndyn_galore *g;
        take(ctx, &input, attndyn_format(ctx, "weights.%s", matrices[k]), shape, W);
        size_t rows = cases[_i].vector ? 1 : shape[0];
        assert_ok(ctx, attndyn_galore_create(ctx, &options, rows, shape[1], &g));
        for (unsigned s = 0; s < UPDATES; s++) {
            take(ctx, &input, attndyn_format(ctx, "gradients.%u.%s", s, matrices[k]), NULL, G);
            assert_ok(ctx, attndyn_galore_step(ctx, g, 0.02, G, W));
        }
        take(ctx, &final, attndyn_format(ctx, "%s.%s", cases[_i].name, matrices[k]), NULL, want);
        for (size_t i = 0; i < rows * shape[1]; i++)
            assert_near(W[i], want[i], 1e-10 * fmax(1, fabs(want[i])));
        /* the factored second moment holds one number per row and per column */
        size_t moments = g->rows * g->columns,
               numbers = (cases[_i].beta1 > 0 ? moments : 0) +
                         (cases[_i].vector ? moments : g->rows + g->columns) +
                         (rank ? g->r * (g->P ? g->m : g->n) : 0);
        ck_assert_uint_eq(attndyn_galore_numbers(g), numbers);
    }
}

static void draw(double *x, size_t count, uint64_t seed) {
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, seed));
    attndyn_random_normals(&random, 1, count, x);
    attndyn_random_done(&random);
}

/* The bound of quantised.h, by the decade of y = |x| / largest. */
static double bound_of(double y, bool negative) {
    int d = (int)floor(log10(y)) + 1;
    if (d < -6) return 1e-7;
    if (d > 0) d = 0;
    return 0.45 * pow(10, d) / pow(2, d + (negative ? 6 : 7));
}

TEST(eight_bits_are_within_the_quantisers_error) {
    const bool negative = _i == 1;
    double *x = ATTNDYN_NEW(ctx, double, MANY), *y = ATTNDYN_NEW(ctx, double, MANY), used = 0;
    struct attndyn_quantised *q;
    draw(x, MANY, 3);
    /* over nine decades; every block has a largest of its own */
    for (size_t i = 0; i < MANY; i++) {
        double size = exp(-20. * (double)(i * 7919 % MANY) / MANY) * (i < 2048 ? 1 : 50);
        x[i] = (negative && x[i] < 0 ? -1 : 1) * size;
    }
    assert_ok(ctx, attndyn_quantised_create(ctx, MANY, negative, &q));
    ck_assert_uint_eq(q->blocks, 3);
    ck_assert_uint_eq(attndyn_quantised_bytes(q), MANY + 3 * sizeof(double));
    for (size_t b = 0; b < q->blocks; b++) attndyn_quantised_set(q, b, x + b * 2048);
    for (size_t b = 0; b < q->blocks; b++) {
        size_t n = attndyn_quantised_get(q, b, y + b * 2048);
        ck_assert_uint_eq(n, b < 2 ? 2048 : MANY - 4096);
    }
    for (size_t i = 0; i < MANY; i++) {
        double s = q->scale[i / 2048], at = fabs(x[i]) / s, bound = bound_of(at, negative);
        ck_assert_msg(fabs(x[i] - y[i]) / s <= bound * (1 + 1e-12), "%g as %g of %g", x[i], y[i],
                      s);
        used = fmax(used, fabs(x[i] - y[i]) / s / bound);
        if (at == 1) ck_assert(y[i] == (negative ? copysign(s, x[i]) * fabs(y[i]) / s : s));
    }
    ck_assert(used > 0.9); /* the bound is no looser than it has to be */
    /* 256 values, ascending, each its own nearest */
    for (size_t c = 1; c < 256; c++) ck_assert(q->value[c] > q->value[c - 1]);
    double values[256];
    assert_ok(ctx, attndyn_quantised_create(ctx, 256, negative, &q));
    for (size_t c = 0; c < 256; c++) values[c] = q->value[c];
    attndyn_quantised_set(q, 0, values);
    attndyn_quantised_get(q, 0, y);
    for (size_t c = 0; c < 256; c++) ck_assert(y[c] == values[c]);
}

/* After one update by the same gradient the 8-bit moments are the float ones, quantised; the
 * weights do not know of it yet. Small tensors stay whole. */
TEST(adam_in_8_bits_keeps_what_adam_keeps) {
    struct attndyn_galore_options options = {.method = ATTNDYN_GALORE_ADAMW,
                                             .rule = ATTNDYN_RULE_ADAM8,
                                             .rank = 1,
                                             .gap = 1,
                                             .beta1 = 0.9,
                                             .beta2 = 0.999,
                                             .epsilon = 1e-8};
    enum { M = 70, N = 60 };
    double *G = ATTNDYN_NEW(ctx, double, M *N), *W = ATTNDYN_NEW(ctx, double, M *N),
           *X = ATTNDYN_NEW(ctx, double, M *N), x[2048];
    struct attndyn_galore *eight, *whole, *small;
    draw(G, M * N, 5);
    assert_ok(ctx, attndyn_galore_create(ctx, &options, M, N, &eight));
    ck_assert_ptr_nonnull(eight->first8);
    assert_ok(ctx, attndyn_galore_create(ctx, &options, 63, 65, &small)); /* 4,095 numbers */
    ck_assert_ptr_null(small->first8);
    options.min_8bit = 4095;
    assert_ok(ctx, attndyn_galore_create(ctx, &options, 63, 65, &small));
    ck_assert_ptr_nonnull(small->first8);
    options.rule = ATTNDYN_RULE_ADAM;
    assert_ok(ctx, attndyn_galore_create(ctx, &options, M, N, &whole));
    for (int step = 0; step < 2; step++) {
        assert_ok(ctx, attndyn_galore_step(ctx, eight, 0.1, G, W));
        assert_ok(ctx, attndyn_galore_step(ctx, whole, 0.1, G, X));
        double most = 0;
        for (size_t i = 0; i < M * N; i++) most = fmax(most, fabs(W[i] - X[i]));
        ck_assert(step ? most > 0 && most < 0.1 : most == 0);
        for (int second = 0; second < 2 && step == 0; second++) {
            const struct attndyn_quantised *q = second ? eight->second8 : eight->first8;
            const double *kept = second ? whole->second : whole->first;
            for (size_t b = 0; b < q->blocks; b++) {
                size_t n = attndyn_quantised_get(q, b, x);
                for (size_t i = 0; i < n; i++) {
                    double was = kept[b * 2048 + i], s = q->scale[b];
                    assert_at_most(fabs(x[i] - was), s * bound_of(fabs(was) / s, !second) * 1.001);
                }
            }
        }
    }
    ck_assert_uint_eq(attndyn_galore_numbers(eight), 2 * M * N);
    ck_assert_uint_eq(attndyn_galore_bytes(eight), 2 * (M * N + 3 * sizeof(double)));
}

/* One number, three updates, each form written out. */
TEST(forms_of_adam) {
    const double g[] = {0.3, -0.1, 0.02}, lr = 0.1, b1 = 0.9, b2 = 0.999, eps = 1e-3;
    for (int form = 0; form < 3; form++) {
        const struct attndyn_galore_options options = {.method = ATTNDYN_GALORE_ADAMW,
                                                       .form = (enum attndyn_galore_form)form,
                                                       .rank = 1,
                                                       .gap = 1,
                                                       .beta1 = b1,
                                                       .beta2 = b2,
                                                       .epsilon = eps};
        struct attndyn_galore *o;
        double W = 1, w = 1, m = 0, v = 0;
        assert_ok(ctx, attndyn_galore_create(ctx, &options, 1, 1, &o));
        for (int t = 1; t <= 3; t++) {
            assert_ok(ctx, attndyn_galore_step(ctx, o, lr, &g[t - 1], &W));
            m = b1 * m + (1 - b1) * g[t - 1];
            v = b2 * v + (1 - b2) * g[t - 1] * g[t - 1];
            double c1 = 1 - pow(b1, t), c2 = sqrt(1 - pow(b2, t));
            w -= lr * (form == ATTNDYN_FORM_PUBLISHED ? m / (sqrt(v) + eps) * c2 / c1
                       : form == ATTNDYN_FORM_PYTORCH ? m / c1 / (sqrt(v) / c2 + eps)
                                                      : m / sqrt(v + eps));
            assert_near(W, w, 1e-14);
        }
    }
}

/* A (m, n) of falling singular values, by sums of dyads. */
static void falling(size_t m, size_t n, double fall, uint64_t seed, double *A) {
    size_t k = m < n ? m : n;
    double *a = ATTNDYN_NEW(ctx, double, m *k), *b = ATTNDYN_NEW(ctx, double, k *n);
    draw(a, m * k, seed);
    draw(b, k * n, seed + 1);
    memset(A, 0, m * n * sizeof *A);
    for (size_t i = 0; i < m; i++)
        for (size_t l = 0; l < k; l++)
            for (size_t j = 0; j < n; j++)
                A[i * n + j] += pow(fall, (double)l) * a[i * k + l] * b[l * n + j];
}

/* ||P^T A||^2, ||A Q^T||^2: the energy within the subspace. */
static double energy(const struct attndyn_galore *g, const double *A) {
    double sum = 0;
    for (size_t k = 0; k < g->r; k++)
        for (size_t i = 0; i < (g->P ? g->n : g->m); i++) {
            double x = 0;
            for (size_t j = 0; j < (g->P ? g->m : g->n); j++)
                x += g->P ? g->P[j * g->r + k] * A[j * g->n + i]
                          : g->Q[k * g->n + j] * A[i * g->n + j];
            sum += x * x;
        }
    return sum;
}

static double skew(const struct attndyn_galore *g) {
    double off = 0;
    for (size_t a = 0; a < g->r; a++)
        for (size_t b = 0; b < g->r; b++) {
            double x = 0;
            for (size_t j = 0; j < (g->P ? g->m : g->n); j++)
                x += g->P ? g->P[j * g->r + a] * g->P[j * g->r + b]
                          : g->Q[a * g->n + j] * g->Q[b * g->n + j];
            off = fmax(off, fabs(x - (a == b)));
        }
    return off;
}

static struct attndyn_galore_options projected(enum attndyn_galore_subspace subspace) {
    return (struct attndyn_galore_options){.method = ATTNDYN_GALORE_GALORE,
                                           .subspace = subspace,
                                           .rank = 5,
                                           .gap = 3,
                                           .scale = 1,
                                           .beta1 = 0.9,
                                           .beta2 = 0.999,
                                           .epsilon = 1e-8,
                                           .seed = 7};
}

/* By svd the energy is the best; randomised and warm lose little of it where the spectrum falls,
 * random directions do not see the gradient; the frozen subspace stays. */
TEST(subspaces) {
    const size_t m = _i ? 30 : 40, n = _i ? 40 : 30; /* right, left */
    double *A = ATTNDYN_NEW(ctx, double, m *n), *B = ATTNDYN_NEW(ctx, double, m *n),
           *W = ATTNDYN_NEW(ctx, double, m *n), best[2] = {0}, total = 0;
    falling(m, n, 0.6, 11, A);
    falling(m, n, 0.6, 21, B);
    for (size_t i = 0; i < m * n; i++) B[i] = A[i] + 0.05 * B[i], total += B[i] * B[i];
    for (int s = ATTNDYN_SUBSPACE_SVD; s <= ATTNDYN_SUBSPACE_FROZEN; s++) {
        const struct attndyn_galore_options options = projected((enum attndyn_galore_subspace)s);
        struct attndyn_galore *g;
        assert_ok(ctx, attndyn_galore_create(ctx, &options, m, n, &g));
        ck_assert((g->P != NULL) == (_i == 1));
        for (int t = 0; t < 4; t++) { /* the fourth update renews, from B */
            assert_ok(ctx, attndyn_galore_step(ctx, g, 0, t < 3 ? A : B, W));
            if (t != 0 && t != 3) continue;
            assert_at_most(skew(g), 1e-12);
            double kept = energy(g, t ? B : A);
            if (s == ATTNDYN_SUBSPACE_SVD) best[t > 0] = kept;
            assert_at_most(kept, best[t > 0] * (1 + 1e-12));
            if (s == ATTNDYN_SUBSPACE_RANDOMISED || s == ATTNDYN_SUBSPACE_WARM)
                assert_at_most(1 - kept / best[t > 0], 1e-3);
            if (s == ATTNDYN_SUBSPACE_RANDOM && t) assert_near(kept / total, 5. / 30, 0.2);
            if (s == ATTNDYN_SUBSPACE_FROZEN) assert_near(energy(g, A), best[0], 1e-9 * best[0]);
        }
    }
}

/* A renewal that only rotates the basis within its subspace: with rotated moments the matrix that
 * they stand for does not change. */
TEST(moments_at_a_renewal) {
    enum { M = 12, N = 9 };
    double *A = ATTNDYN_NEW(ctx, double, M *N), *B = ATTNDYN_NEW(ctx, double, M *N),
           *W = ATTNDYN_NEW(ctx, double, M *N), before[M * N];
    struct attndyn_galore_options options = projected(ATTNDYN_SUBSPACE_SVD);
    options.rank = N; /* full rank: every renewal spans the same space */
    falling(M, N, 0.8, 5, A);
    falling(M, N, 0.8, 9, B);
    for (int kind = ATTNDYN_MOMENTS_KEPT; kind <= ATTNDYN_MOMENTS_ROTATED; kind++) {
        struct attndyn_galore *g;
        options.moments = (enum attndyn_galore_moments)kind;
        assert_ok(ctx, attndyn_galore_create(ctx, &options, M, N, &g));
        for (int t = 0; t < 3; t++) assert_ok(ctx, attndyn_galore_step(ctx, g, 0, A, W));
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < N; j++) {
                before[i * N + j] = 0;
                for (size_t k = 0; k < N; k++)
                    before[i * N + j] += g->first[i * N + k] * g->Q[k * N + j];
            }
        memset(W, 0, M * N * sizeof *W);
        assert_ok(ctx, attndyn_galore_step(ctx, g, 0.1, B, W));
        if (kind == ATTNDYN_MOMENTS_RESET) { /* it moves like a new optimiser */
            struct attndyn_galore *fresh;
            double X[M * N] = {0};
            assert_ok(ctx, attndyn_galore_create(ctx, &options, M, N, &fresh));
            assert_ok(ctx, attndyn_galore_step(ctx, fresh, 0.1, B, X));
            for (size_t i = 0; i < M * N; i++) assert_near(W[i], X[i], 1e-12);
        }
        ck_assert_uint_eq(g->since, kind == ATTNDYN_MOMENTS_RESET ? 3 : 0);
        double off = 0, size = 0, least = 0;
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < N; j++) {
                double now = 0, old = kind == ATTNDYN_MOMENTS_RESET ? 0 : before[i * N + j];
                for (size_t k = 0; k < N; k++) now += g->first[i * N + k] * g->Q[k * N + j];
                off = fmax(off, fabs(now - 0.9 * old - 0.1 * B[i * N + j]));
                size = fmax(size, fabs(now));
                least = fmin(least, g->second[i * N + j]);
            }
        ck_assert(kind == ATTNDYN_MOMENTS_KEPT ? off > 0.01 * size : off < 1e-12 * size);
        ck_assert(least >= 0);
    }
}

TCASE(optim_rules) {
    with_a_context(tcase);
    tcase_add_loop_test(tcase, adafactor_is_numpys, 0, 4);
    tcase_add_loop_test(tcase, eight_bits_are_within_the_quantisers_error, 0, 2);
    tcase_add_tests(tcase, adam_in_8_bits_keeps_what_adam_keeps, forms_of_adam);
    tcase_add_loop_test(tcase, subspaces, 0, 2);
    tcase_add_test(tcase, moments_at_a_renewal);
}
