/* The r leading directions of a gradient: on matrices whose singular vectors are known. */
#include "experiments/lowrank/gradients/gradients.h"
#include "tests/fixture.h"

/* s_i at (i, place[i]), or transposed: singular values s, the shorter side's vectors are axes. */
static struct leading of(bool wide, size_t r, const double *s, const size_t *place) {
    enum { SHORT = 3, LONG = 5 };
    double G[SHORT * LONG] = {0};
    struct leading l;
    for (size_t i = 0; i < SHORT; i++) G[wide ? i * LONG + place[i] : place[i] * SHORT + i] = s[i];
    assert_ok(ctx, leading_create(ctx, wide ? SHORT : LONG, wide ? LONG : SHORT, r, &l));
    assert_ok(ctx, leading_of(ctx, &l, G));
    return l;
}

TEST(energy_and_overlap) {
    const double first[] = {1, 3, 2}, second[] = {3, 1, 2}, third[] = {3, 2, 1};
    const size_t place[] = {4, 0, 2};
    for (int wide = 0; wide < 2; wide++) {
        struct leading a = of(wide, 1, first, place), b = of(wide, 1, second, place);
        ck_assert_uint_eq(a.k, 3);
        assert_near(leading_energy(&a), 9. / 14, 1e-14);
        assert_near(leading_overlap(&a, &a), 1, 1e-14);
        assert_near(leading_overlap(&a, &b), 0, 1e-14);
        /* axes {1, 2} and {0, 2}; {1, 2} and {0, 1}: one of two in common */
        struct leading c = of(wide, 2, first, place), d = of(wide, 2, second, place),
                       e = of(wide, 2, third, place), all = of(wide, 7, first, place);
        assert_near(leading_energy(&c), 13. / 14, 1e-14);
        assert_near(leading_overlap(&c, &d), 0.5, 1e-14);
        assert_near(leading_overlap(&c, &e), 0.5, 1e-14);
        ck_assert_uint_eq(all.r, 3);
        assert_near(leading_energy(&all), 1, 1e-14);
    }
}

TEST(zero_has_no_directions) {
    const double G[6] = {0};
    struct leading l;
    assert_ok(ctx, leading_create(ctx, 2, 3, 1, &l));
    ck_assert_int_eq(leading_of(ctx, &l, G), ATTNDYN_RUN_FAILED);
}

TCASE(lowrank_gradients) {
    with_a_context(tcase);
    tcase_add_tests(tcase, energy_and_overlap, zero_has_no_directions);
}
