/* Every method of sim/num/optim/optimizer in single precision: parts of a step, its state taken up
 * again, frozen parameters, sparse gradients; the staggered renewals. */
#include "sim/base/random.h"
#include "sim/num/optim/optimizer.h"
#include "tests/fixture.h"

#include <string.h>

enum { TENSORS = 5, STEPS = 7 };

struct model {
    struct attndyn_parameter p[TENSORS];
    uint32_t touched[3];
};

static void make(struct model *k, bool sparse) {
    static const struct {
        const char *name;
        int dimensions;
        size_t rows, columns;
    } shapes[TENSORS] = {{"embedding.weight", 2, 9, 6},
                         {"layers.0.up.weight", 2, 11, 6},
                         {"layers.0.norm.weight", 1, 1, 6},
                         {"layers.1.down.weight", 2, 6, 11},
                         {"decoder.weight", 2, 9, 6}};
    static const uint32_t touched[] = {1, 4, 8};
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 5));
    memset(k, 0, sizeof *k);
    memcpy(k->touched, touched, sizeof touched);
    for (size_t i = 0; i < TENSORS; i++) {
        struct attndyn_parameter *p = &k->p[i];
        strcpy(p->name, shapes[i].name);
        p->dimensions = shapes[i].dimensions, p->rows = shapes[i].rows;
        p->columns = shapes[i].columns;
        p->value = ATTNDYN_NEW(ctx, attndyn_real, p->rows * p->columns);
        p->gradient = ATTNDYN_NEW(ctx, attndyn_real, p->rows * p->columns);
        for (size_t j = 0; j < p->rows * p->columns; j++)
            p->value[j] = (attndyn_real)attndyn_random_normal(&random);
    }
    attndyn_random_done(&random);
    k->p[4].frozen = true;
    if (!sparse) return;
    k->p[0].sparse = true;
    k->p[0].touched = k->touched;
    k->p[0].n_touched = 3;
}

static void fill(struct model *k, uint64_t step) {
    uint64_t state = 99 + step;
    for (size_t i = 0; i < TENSORS; i++) {
        struct attndyn_parameter *p = &k->p[i];
        for (size_t j = 0; j < p->rows * p->columns; j++) {
            double g = (double)(attndyn_splitmix_next(&state) >> 40) / (1 << 24) - 0.45;
            size_t row = j / p->columns, at = j;
            if (i == 0) {
                size_t t = 0;
                while (t < 3 && k->touched[t] != row) t++;
                if (t == 3) g = 0;
                if (p->sparse && t == 3) continue;
                if (p->sparse) at = t * p->columns + j % p->columns;
            }
            p->gradient[at] = (attndyn_real)g;
        }
    }
}

#define GALORE(...) .galore = {.rank = 2, .gap = 3, .scale = 0.5, .seed = 3, __VA_ARGS__}
static const struct attndyn_optimizer_options methods[] = {
    {.kind = ATTNDYN_OPTIMIZER_SGD, .momentum = 0.9, .decay = 0.01},
    {.kind = ATTNDYN_OPTIMIZER_ADAM, .decay = 0.01},
    {.kind = ATTNDYN_OPTIMIZER_ADAMW, .decay = 0.01},
    {.kind = ATTNDYN_OPTIMIZER_ADAFACTOR, .decay = 0.01},
    {.kind = ATTNDYN_OPTIMIZER_ADAM8BIT, .galore = {.min_8bit = 1}},
    {.kind = ATTNDYN_OPTIMIZER_ADAMW, .tensorwise = true, .decay = 0.01},
    {.kind = ATTNDYN_OPTIMIZER_SGD, .momentum = 0.9, GALORE(.side = ATTNDYN_GALORE_STD)},
    {.kind = ATTNDYN_OPTIMIZER_ADAM, .decay = 0.01, GALORE(.side = ATTNDYN_GALORE_FULL)},
    {.kind = ATTNDYN_OPTIMIZER_ADAMW, GALORE(.moments = ATTNDYN_MOMENTS_RESET), .staggered = true},
    {.kind = ATTNDYN_OPTIMIZER_ADAMW, GALORE(.subspace = ATTNDYN_SUBSPACE_WARM)},
    {.kind = ATTNDYN_OPTIMIZER_ADAMW, GALORE(.subspace = ATTNDYN_SUBSPACE_RANDOM)},
    {.kind = ATTNDYN_OPTIMIZER_ADAFACTOR, GALORE(.moments = ATTNDYN_MOMENTS_ROTATED)},
    {.kind = ATTNDYN_OPTIMIZER_ADAM8BIT, GALORE(.min_8bit = 1, .moments = ATTNDYN_MOMENTS_ROTATED)},
    {.kind = ATTNDYN_OPTIMIZER_ADAM8BIT, GALORE(.subspace = ATTNDYN_SUBSPACE_FROZEN)}};
enum { METHODS = sizeof methods / sizeof *methods };

static struct attndyn_optimizer *optimiser(struct model *k, int method) {
    struct attndyn_optimizer *o;
    assert_ok(ctx, attndyn_optimizer_create(ctx, &methods[method], k->p, TENSORS, &o));
    return o;
}

static void assert_same(const struct model *a, const struct model *b) {
    for (size_t i = 0; i < TENSORS; i++)
        ck_assert_msg(memcmp(a->p[i].value, b->p[i].value,
                             attndyn_parameter_count(&a->p[i]) * sizeof(attndyn_real)) == 0,
                      "%s", a->p[i].name);
}

/* In parts, last tensor first, each gradient gone before the next is there: the same bits. */
TEST(parts_are_the_step) {
    struct model a, b;
    make(&a, true);
    make(&b, true);
    struct attndyn_optimizer *one = optimiser(&a, _i), *two = optimiser(&b, _i);
    for (uint64_t s = 0; s < STEPS; s++) {
        fill(&a, s);
        double norm = attndyn_optimizer_step(one, 0.05);
        attndyn_optimizer_begin(two, 0.05);
        for (size_t i = TENSORS; i-- > 0;) {
            fill(&b, s);
            attndyn_optimizer_part(two, i, 1);
            memset(b.p[i].gradient, 0, attndyn_parameter_count(&b.p[i]) * sizeof(attndyn_real));
        }
        assert_relative(attndyn_optimizer_end(two), norm, 1e-12);
    }
    assert_same(&a, &b);
}

/* A sparse gradient is the dense one. */
TEST(sparse_is_dense) {
    struct model a, b;
    make(&a, true);
    make(&b, false);
    struct attndyn_optimizer *one = optimiser(&a, _i), *two = optimiser(&b, _i);
    for (uint64_t s = 0; s < STEPS; s++) {
        fill(&a, s);
        fill(&b, s);
        attndyn_optimizer_step(one, 0.05);
        attndyn_optimizer_step(two, 0.05);
    }
    for (size_t i = 0; i < TENSORS; i++)
        for (size_t j = 0; j < attndyn_parameter_count(&a.p[i]); j++)
            assert_near((double)a.p[i].value[j], (double)b.p[i].value[j], 1e-6);
}

/* The state, taken over by its names into a new optimiser, goes on bit by bit, from any step; a
 * frozen tensor does not move; a reset is a new optimiser. */
TEST(state_is_all_there_is) {
    for (uint64_t stop = 1; stop < STEPS; stop++) {
        struct model a, b, start;
        size_t count, others;
        make(&a, false);
        make(&b, false);
        make(&start, false);
        struct attndyn_optimizer *one = optimiser(&a, _i), *two = optimiser(&b, _i);
        for (uint64_t s = 0; s < stop; s++) {
            fill(&a, s);
            attndyn_optimizer_step(one, 0.05);
        }
        struct attndyn_parameter *from = attndyn_optimizer_state(one, &count),
                                 *to = attndyn_optimizer_state(two, &others);
        ck_assert_uint_eq(count, others);
        for (size_t i = 0; i < TENSORS; i++)
            memcpy(b.p[i].value, a.p[i].value,
                   attndyn_parameter_count(&a.p[i]) * sizeof(attndyn_real));
        size_t bytes = 0, counted = 0;
        for (size_t i = 0; i < count; i++) {
            size_t n = attndyn_parameter_count(&from[i]);
            ck_assert_str_eq(from[i].name, to[i].name);
            memcpy(to[i].value, from[i].value, n * sizeof(attndyn_real));
            bytes += n * sizeof(attndyn_real);
        }
        /* what is counted is what a checkpoint holds, but for bytes that fill a word */
        for (size_t i = 0; i < TENSORS; i++) counted += attndyn_optimizer_bytes(one, i);
        ck_assert_msg(counted <= bytes && bytes < counted + 4 * count, "%zu of %zu", counted,
                      bytes);
        attndyn_optimizer_resume(two, stop);
        for (uint64_t s = stop; s < STEPS; s++) {
            fill(&a, s);
            fill(&b, s);
            attndyn_optimizer_step(one, 0.05);
            attndyn_optimizer_step(two, 0.05);
        }
        assert_same(&a, &b);
        ck_assert_mem_eq(a.p[4].value, start.p[4].value,
                         attndyn_parameter_count(&a.p[4]) * sizeof(attndyn_real));
        attndyn_optimizer_reset(one);
        two = optimiser(&b, _i);
        for (uint64_t s = 0; s < 2; s++) {
            fill(&a, s);
            fill(&b, s);
            attndyn_optimizer_step(one, 0.05);
            attndyn_optimizer_step(two, 0.05);
        }
        assert_same(&a, &b);
    }
}

/* Only what matches is projected, and vectors never are; staggered, no two matrices are renewed in
 * one update but for the first. */
TEST(who_is_projected_and_when) {
    struct model k;
    float before[64];
    make(&k, false);
    struct attndyn_optimizer *o = optimiser(&k, 8);
    const struct attndyn_galore *up = attndyn_optimizer_galore(o, 1),
                                *down = attndyn_optimizer_galore(o, 3);
    ck_assert(up->Q && !up->P && down->P && !down->Q);
    ck_assert(!attndyn_optimizer_galore(o, 0)->P && !attndyn_optimizer_galore(o, 2)->Q);
    ck_assert_ptr_null(attndyn_optimizer_galore(o, 4));
    for (uint64_t s = 0; s < 12; s++) {
        int renewed = 0;
        float kept[64];
        memcpy(before, up->Q, 12 * sizeof(float));
        memcpy(kept, down->P, 12 * sizeof(float));
        fill(&k, s);
        attndyn_optimizer_step(o, 0.01);
        renewed += memcmp(before, up->Q, 12 * sizeof(float)) != 0;
        renewed += memcmp(kept, down->P, 12 * sizeof(float)) != 0;
        ck_assert_int_eq(renewed, s == 0 ? 2 : s % 3 != 1 ? 1 : 0);
    }
}

TCASE(optim_methods) {
    with_a_context(tcase);
    tcase_add_loop_test(tcase, parts_are_the_step, 0, METHODS);
    tcase_add_loop_test(tcase, sparse_is_dense, 0, METHODS);
    tcase_add_loop_test(tcase, state_is_all_there_is, 0, METHODS);
    tcase_add_test(tcase, who_is_projected_and_when);
}
