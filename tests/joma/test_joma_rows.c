/* theory/joma/rows: the small instance (M = 3, K = 2) whose values come from an independent SciPy
 * prototype; general starts against a fixed-step integration written out here. */
#include "tests/support.h"
#include "theory/joma/rows.h"

#include <string.h>

static const double delta[3][2] = {{1, 0.5}, {0.3, -0.8}, {-0.2, 0.4}};

TEST(shared_form) {
    static const double blowup[3] = {1.1209982433, 1.4668932443, 2.8024956082},
                        radius_half[3] = {0.5918232224, 0.4410959074, 0.2255035186},
                        radius_one[3] = {1.607530967, 0.9979839687, 0.4632639581};
    static const double v_half[3][2] = {{0.529342782370, 0.264671391185},
                                        {0.154879113084, -0.413010968224},
                                        {-0.100848239368, 0.201696478735}};
    for (int l = 0; l < 3; l++) {
        struct attndyn_joma_erf law = attndyn_joma_row_law(2, delta[l], NULL, 0, 1, 1);
        assert_near(attndyn_joma_erf_blowup(&law), blowup[l], 1e-10);
        assert_near(attndyn_joma_erf_at(&law, 1), radius_one[l], 1e-9);
        double r = attndyn_joma_erf_at(&law, 0.5), v[2];
        assert_near(r, radius_half[l], 1e-10);
        attndyn_joma_row_fill(2, delta[l], NULL, &law, r, v);
        for (int k = 0; k < 2; k++) assert_near(v[k], v_half[l][k], 1e-12);
    }
}

/* A start off the direction of Delta, by 4000 Runge-Kutta steps of dV = Delta exp(rho ||V||^2/2 +
 * c).
 */
TEST(general_start) {
    const double d[3] = {0.5, -0.2, 0.3}, v0[3] = {0.4, 0.1, -0.6};
    double rho = 0.7, c = 0.2, eta = 1.3, t = 0.6, v[3];
    memcpy(v, v0, sizeof v);
    for (int i = 0; i < 4000; i++) {
        double h = t / 4000, k[4][3], y[3];
        for (int s = 0; s < 4; s++) {
            double a = s == 0 ? 0 : s == 3 ? h : h / 2, square = 0;
            for (int j = 0; j < 3; j++) {
                y[j] = v[j] + (s ? a * k[s - 1][j] : 0);
                square += y[j] * y[j];
            }
            for (int j = 0; j < 3; j++) k[s][j] = eta * d[j] * exp(0.5 * rho * square + c);
        }
        for (int j = 0; j < 3; j++) v[j] += h / 6 * (k[0][j] + 2 * k[1][j] + 2 * k[2][j] + k[3][j]);
    }
    struct attndyn_joma_erf law = attndyn_joma_row_law(3, d, v0, c, eta, rho);
    double out[3];
    attndyn_joma_row_fill(3, d, v0, &law, attndyn_joma_erf_at(&law, t), out);
    for (int j = 0; j < 3; j++) assert_near(out[j], v[j], 1e-12);
}

TEST(printed_form) {
    static const double blowup[3] = {0.7312120078, 0.9293092423, 1.8280300195};
    static const double v_half[3] = {1.143446340565, 0.321879783289, -0.203475201453};
    for (int l = 0; l < 3; l++) {
        assert_near(attndyn_joma_row_printed_time(2, delta[l], INFINITY), blowup[l], 1e-10);
        double alpha = attndyn_joma_row_printed_at(2, delta[l], 0.5);
        assert_near(alpha * delta[l][0], v_half[l], 1e-12);
        assert_relative(attndyn_joma_row_printed_time(2, delta[l], alpha), 0.5, 1e-13);
    }
    ck_assert(isnan(attndyn_joma_row_printed_at(2, delta[0], 0.74)));
}

TEST(galore_time_is_too_small) {
    struct attndyn_joma_erf law = attndyn_joma_row_law(2, delta[1], NULL, 0, 1, 1);
    assert_relative(attndyn_joma_erf_blowup(&law) / attndyn_joma_row_galore_time(law.delta),
                    sqrt(2), 1e-14);
}

TCASE(joma_rows) {
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, shared_form, general_start, printed_form, galore_time_is_too_small);
}
