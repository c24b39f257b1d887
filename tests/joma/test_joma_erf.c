/* theory/joma/erf: reference instance T2 (delta 1, .8, -.6, .3, .1; values of an independent
 * SciPy prototype), quadrature of the time, tails, the normalised clock. */
#include "tests/support.h"
#include "theory/joma/erf.h"
#include "theory/quadrature.h"

static const double delta[5] = {1, 0.8, -0.6, 0.3, 0.1};

static void laws_of_t2(struct attndyn_joma_erf laws[5]) {
    for (int l = 0; l < 5; l++)
        laws[l] = (struct attndyn_joma_erf){.delta = delta[l], .eta_w = 1, .rho = 1};
}

TEST(reference_instance) {
    static const struct {
        double t, v[5];
    } expected[] = {
        {0.5, {0.522880062825, 0.411308720904, -0.304647509224, 0.150566973210, 0.050020851582}},
        {1.0, {1.275547736417, 0.912145077739, -0.641390099914, 0.304647509224, 0.100167252532}},
        {1.2, {2.028212869066, 1.190039616183, -0.796875887178, 0.368149774891, 0.120289460612}},
        {1.25, {3.006320757284, 1.275547736417, -0.838791040300, 0.384249828770, 0.125327313131}}};
    struct attndyn_joma_erf laws[5];
    laws_of_t2(laws);
    for (size_t i = 0; i < 4; i++)
        for (size_t l = 0; l < 5; l++)
            assert_near(attndyn_joma_erf_at(&laws[l], expected[i].t), expected[i].v[l], 1e-12);
    double blowup;
    ck_assert_uint_eq(attndyn_joma_erf_winner(5, laws, &blowup), 0);
    assert_near(blowup, 1.2533141373155001, 1e-15);
    static const double limits[4] = {1.281551565545, -0.841621233573, 0.385320466408,
                                     0.125661346855};
    double v[5];
    attndyn_joma_erf_all_before(5, laws, 0, v);
    ck_assert(isinf(v[0]) && v[0] > 0);
    for (size_t l = 0; l < 4; l++) assert_near(v[l + 1], limits[l], 1e-12);
    ck_assert(isnan(attndyn_joma_erf_at(&laws[0], 1.2534)));
}

/* t* - t at |v| = 3, 5, 6, 7, 8, from the asymptotic series of erfc as printed in the notes of the
 * prototype, and back. */
TEST(tail) {
    static const double v[5] = {3, 5, 6, 7, 8},
                        gap[5] = {3.38e-3, 7.19e-7, 2.47e-9, 3.2e-12, 1.56e-15};
    struct attndyn_joma_erf law = {.delta = -1, .eta_w = 1, .rho = 1};
    for (int i = 0; i < 5; i++) {
        assert_relative(attndyn_joma_erf_gap(&law, -v[i]), gap[i], 6e-3);
        assert_relative(attndyn_joma_erf_before(&law, attndyn_joma_erf_gap(&law, -v[i])), -v[i],
                        1e-14);
    }
    assert_relative(attndyn_joma_erf_before(&law, attndyn_joma_erf_gap(&law, -37)), -37, 1e-13);
}

static double inverse_speed(double v, void *user) {
    const struct attndyn_joma_erf *law = user;
    return exp(-law->c - 0.5 * law->rho * v * v) / (law->eta_w * law->delta);
}

/* General v0, c and rates: time by quadrature of dt = dv / velocity, and the inverse. */
TEST(general_law_against_quadrature) {
    struct attndyn_joma_erf laws[] = {
        {.delta = 0.7, .v0 = 0.4, .c = -0.3, .eta_w = 1.7, .rho = 0.4},
        {.delta = -1.3, .v0 = 1.2, .c = 0.8, .eta_w = 0.5, .rho = 3},
        {.delta = 0.2, .v0 = -3.5, .c = 0.1, .eta_w = 2, .rho = 1},
        {.delta = 1e-7, .v0 = 0, .c = 0, .eta_w = 1, .rho = 1}};
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        struct attndyn_joma_erf *law = &laws[i];
        for (int j = 1; j <= 6; j++) {
            double v = law->v0 + (law->delta > 0 ? 0.45 : -0.45) * j;
            double t = attndyn_quadrature(inverse_speed, law, law->v0, v, 0);
            assert_relative(attndyn_joma_erf_time(law, v), t, 1e-12);
            /* dv = speed dt: what rounding of t can do to v, and of v itself */
            double allowed = 1e-13 + 4e-15 * t / fabs(inverse_speed(v, law));
            assert_near(attndyn_joma_erf_at(law, t), v, allowed * (1 + fabs(v)));
            double blowup = attndyn_joma_erf_blowup(law);
            assert_near(attndyn_joma_erf_gap(law, v) + t, blowup, 1e-12 * blowup);
        }
    }
}

/* Tiny times keep their relative accuracy: v = delta t (1 + O(v^2)). */
TEST(small_times) {
    struct attndyn_joma_erf law = {.delta = 0.3, .eta_w = 1, .rho = 1};
    assert_relative(attndyn_joma_erf_at(&law, 1e-9), 3e-10, 1e-14);
    assert_relative(attndyn_joma_erf_time(&law, 3e-10), 1e-9, 1e-14);
}

/* Values of the prototype's integrator (rtol 1e-12). */
TEST(normalised_attention) {
    static const double x[5] = {0.3, 0.25, 0.2, 0.15, 0.1};
    static const double one[5] = {1.091193941873, 0.806160965930, -0.575264344430, 0.275989324271,
                                  0.090967071973},
                        two[5] = {3.339420574167, 1.279640421747, -0.840721951276, 0.384980503867,
                                  0.125555293595};
    struct attndyn_joma_erf laws[5];
    laws_of_t2(laws);
    double v[5], gap;
    ck_assert(attndyn_joma_erf_normalised(5, laws, x, 1, v, &gap));
    for (int l = 0; l < 5; l++) assert_near(v[l], one[l], 2e-12);
    ck_assert(attndyn_joma_erf_normalised(5, laws, x, 2, v, &gap));
    for (int l = 0; l < 5; l++) assert_near(v[l], two[l], 2e-12);
    ck_assert(attndyn_joma_erf_normalised(5, laws, x, 10, v, &gap));
    assert_near(v[0], 30.002177148392, 2e-12);
    ck_assert(attndyn_joma_erf_normalised(5, laws, x, 1000, v, &gap));
    assert_relative(v[0], 30.002177148392 + 990 / 0.3, 1e-14);
    assert_near(v[1], 1.281551565545, 1e-12);
    ck_assert(attndyn_joma_erf_normalised(5, laws, x, 0, v, &gap));
    for (int l = 0; l < 5; l++) assert_near(v[l], 0, 1e-15);
}

/* The printed form errs as measured there, the other one is exact. */
TEST(spread_of_both_forms) {
    static const double top[6] = {0.1, 0.5, 1, 2, 3, 4},
                        printed[6] = {8.24e-4, 0.0202, 0.0753, 0.2283, 0.3315, 0.3628};
    struct attndyn_joma_erf laws[5];
    laws_of_t2(laws);
    for (int i = 0; i < 6; i++) {
        double v[5];
        attndyn_joma_erf_all_before(5, laws, attndyn_joma_erf_gap(&laws[0], top[i]), v);
        assert_near(v[0], top[i], 1e-13);
        assert_relative(attndyn_joma_erf_spread(5, v, NULL, delta, 2), printed[i], 3e-3);
        assert_at_most(attndyn_joma_erf_spread(5, v, NULL, delta, sqrt(2)), 4e-15);
        assert_at_most(attndyn_joma_erf_time_spread(5, laws, v), 4e-15);
    }
}

/* Linear attention by the two exponentials of d(v sqrt(rho) +- z)/dt. */
TEST(linear_attention) {
    struct attndyn_joma_erf law = {.delta = 0.8, .v0 = 0.3, .eta_w = 2, .rho = 2.25};
    double v, z, t = 0.7, z0 = 0.9, k = 1.5 * 2 * 0.8;
    attndyn_joma_linear_at(&law, z0, t, &v, &z);
    assert_relative(1.5 * v + z, (1.5 * 0.3 + z0) * exp(k * t), 1e-14);
    assert_relative(1.5 * v - z, (1.5 * 0.3 - z0) * exp(-k * t), 1e-12);
}

TCASE(joma_erf) {
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, reference_instance, tail, general_law_against_quadrature, small_times,
                    normalised_attention, spread_of_both_forms, linear_attention);
}
