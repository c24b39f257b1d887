/* The closed forms of Scan&Snap against quadrature, root finding and their own differential
 * equations. */
#include "tests/support.h"
#include "theory/scansnap/early.h"
#include "theory/scansnap/frozen.h"
#include "theory/scansnap/growth.h"
#include "theory/scansnap/relative_gain.h"

#include <float.h>

/* The gap solves (V - 1) u + e^u - 1 = c t, from 1e-12 to the largest double. */
TEST(gap_solves_its_equation) {
    const double outputs[] = {2, 3, 4, 20, 240, 1e4, 1e6};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        double V = outputs[i], last = 0;
        for (double ln = -28; ln < 709; ln += 0.37) {
            double ct = exp(ln), u = attndyn_frozen_gap(V, ct);
            ck_assert_msg(u > last, "gap not rising: V %g, ct %g, u %.17g after %.17g", V, ct, u,
                          last);
            last = u;
            /* residual in ct, measured in the error of u that it means */
            double error = ((V - 1) * u + expm1(u) - ct) / ((V - 1) + exp(u));
            ck_assert_msg(fabs(error) <= 1e-14 * u + 1e-15 * fmin(ct, 1),
                          "V %g, ct %g: u = %.17g off by %.3g", V, ct, u, error);
        }
    }
    assert_relative(attndyn_frozen_gap(20, 1e300), 300 * log(10), 1e-15);
    assert_relative(attndyn_frozen_gap(20, DBL_MAX), log(DBL_MAX), 1e-15);
    assert_relative(attndyn_frozen_gap(1e6, 1e300), 300 * log(10), 1e-15);
    assert_near(attndyn_frozen_gap(20, 0), 0, 0);
}

TEST(late_branch_joins) {
    for (double ln = 500; ln < 709; ln += 7)
        assert_relative(attndyn_frozen_gap_at_ln(1000, ln), attndyn_frozen_gap(1000, exp(ln)),
                        1e-14);
    assert_relative(attndyn_frozen_gap_at_ln(1000, 1e6), 1e6, 1e-15);
}

/* Where alpha = 1/2, where delta u is largest, where e^u = (V - 1) u: by bisection and a scan. */
TEST(landmarks_by_search) {
    const double outputs[] = {4, 20, 100, 1000};
    for (size_t i = 0; i < 4; i++) {
        double V = outputs[i];
        struct attndyn_frozen_landmarks l = attndyn_frozen_landmarks(V);
        assert_near(exp(attndyn_frozen_gap(V, l.ct_half)), V - 1, 1e-11 * V);
        double best = 0, at = 0;
        for (double ct = 0.5 * l.ct_peak; ct < 2 * l.ct_peak; ct *= 1.0001) {
            double u = attndyn_frozen_gap(V, ct), gamma = u * (V - 1) / (V - 1 + exp(u));
            if (gamma > best) best = gamma, at = ct;
        }
        assert_relative(at, l.ct_peak, 2e-4);
        assert_relative(exp(l.u_end), (V - 1) * l.u_end, 1e-12);
        ck_assert(l.u_end > 1); /* the upper of the two crossings */
        assert_relative(attndyn_frozen_gap(V, l.ct_end), l.u_end, 1e-13);
    }
    ck_assert(isnan(attndyn_frozen_landmarks(3).ct_end));
    /* t0 as printed is the leading order of the end of the crossover, M = V = K = e^40 */
    double V = exp(40);
    assert_relative(attndyn_frozen_landmarks(V).ct_end, attndyn_transition_printed(V, V, 1), 0.11);
}

TEST(no_closed_form_with_commons_and_never_columns) {
    ck_assert(isnan(attndyn_frozen_rate(20, 240, 1, 0.3)));
    assert_near(attndyn_frozen_rate(20, 240, 1, 1), 12, 1e-15);
    assert_near(attndyn_frozen_rate(20, 20, 2, 0.25), 0.5, 1e-15);
}

/* 1/c~^2 = 1/P^2 - kappa for a whole class, and r = r(0) chi from the definitions. */
TEST(relative_gain_forms_agree) {
    const double P[] = {0.3, 0.2, 0.05};
    double kappa = 7.5, z[3];
    for (int i = 0; i < 3; i++) {
        z[i] = attndyn_gain_z(kappa, P[i]);
        assert_relative(attndyn_gain_kappa(z[i], P[i]), kappa, 1e-13);
        assert_relative(pow(P[i] * exp(z[i]), -2), pow(P[i], -2) - kappa, 1e-13);
    }
    for (int other = 1; other < 3; other++) {
        double r0 = pow(P[0] / P[other], 2) - 1;
        double r = pow(P[0] * exp(z[0]) / (P[other] * exp(z[other])), 2) - 1;
        assert_relative(attndyn_gain_relative(P[0], z[0], P[other], z[other]), r, 1e-13);
        assert_relative(r, r0 * exp(2 * z[0]), 1e-12);
        assert_relative(attndyn_gain_ln_growth(P[0], z[0], P[other], z[other]), 2 * z[0], 1e-13);
    }
    ck_assert(isnan(attndyn_gain_ln_growth(0.1, 0.2, 0.1, 0.2)));
}

/* QSD with D = G = N = 1: RK4 of dz/dtheta = f^2 s, dB/dtheta = s against the closed form. */
TEST(qsd_closed_form_solves_its_flow) {
    const double ratios[] = {1, 0.25, 11.1};
    for (int i = 0; i < 3; i++) {
        double R = ratios[i], z = 0, B = 0, step = 1e-3, theta = 0;
        for (int k = 1; k <= 20000; k++) {
            double rate[4], s[4], at = z;
            for (int j = 0; j < 4; j++) {
                double odds = R * exp(-4 * at); /* g^2/f^2 with w = -z */
                s[j] = odds / (1 + odds);
                rate[j] = s[j] / (1 + odds);
                at = z + (j == 2 ? step : step / 2) * rate[j];
            }
            z += step / 6 * (rate[0] + 2 * rate[1] + 2 * rate[2] + rate[3]);
            B += step / 6 * (s[0] + 2 * s[1] + 2 * s[2] + s[3]);
            theta = k * step;
        }
        assert_relative(attndyn_growth_theta(z, R), theta, 1e-10);
        assert_relative(attndyn_growth_B(z, R), B, 1e-10);
        assert_relative(attndyn_growth_z(theta, R), z, 1e-10);
    }
    for (double theta = 1e-9; theta < 1e300; theta *= 1e3) {
        double z = attndyn_growth_z(theta, 0.25);
        assert_relative(attndyn_growth_theta(z, 0.25), theta, 1e-12);
    }
    double theta = 1e12, B = attndyn_growth_B(attndyn_growth_z(theta, 1), 1);
    assert_relative(exp(4 * B) / (2 * theta), attndyn_growth_late_slope(1), 1e-9);
    assert_relative(attndyn_growth_late_slope(1), 2 * M_E, 1e-15);
}

/* The early law of a token against the loss itself: with Y one small Euler step from zero, the
 * central difference of the loss in z. Four classes, overlaps of all kinds, V > K. */
static double loss(size_t K, size_t M, size_t V, const double P[4][6], const double *weight,
                   const size_t *last, double Y[6][6], double z[2][6]) {
    double sum = 0;
    for (size_t n = 0; n < K; n++) {
        double f[6], norm = 0, logit[6], partition = 0;
        for (size_t l = 0; l < M; l++) {
            f[l] = P[n][l] * exp(z[last[n]][l]);
            norm += f[l] * f[l];
        }
        for (size_t v = 0; v < V; v++) {
            logit[v] = 0;
            for (size_t l = 0; l < M; l++) logit[v] += f[l] / sqrt(norm) * Y[l][v];
            partition += exp(logit[v]);
        }
        sum += weight[n] * (log(partition) - logit[n]);
    }
    return sum;
}

TEST(early_sign_law_from_the_loss) {
    enum { K = 4, M = 6, V = 6 };
    const double P[4][6] = {{.4, .2, .3, .1, 0, 0},
                            {.2, .4, 0, 0, .4, 0},
                            {.3, .3, 0, 0, 0, .4},
                            {.1, .2, .3, .4, 0, 0}};
    const double weight[K] = {.4, .3, .2, .1};
    const size_t last[K] = {0, 0, 1, 1};
    double f[K * M], Y[6][6] = {{0}}, z[2][6] = {{0}}, t = 1e-3, h = 1e-3;
    for (size_t n = 0; n < K; n++) {
        double norm = 0;
        for (size_t l = 0; l < M; l++) norm += P[n][l] * P[n][l];
        for (size_t l = 0; l < M; l++) f[n * M + l] = P[n][l] / sqrt(norm);
    }
    for (size_t n = 0; n < K; n++) /* Y(t) = t sum_n P(n) f_n (e_n - 1/V)^T, eta_Y = 1 */
        for (size_t l = 0; l < M; l++)
            for (size_t v = 0; v < V; v++)
                Y[l][v] += t * weight[n] * f[n * M + l] * ((n == v) - 1.0 / V);
    for (size_t m = 0; m < 2; m++)
        for (size_t l = 0; l < M; l++) {
            z[m][l] = h;
            double up = loss(K, M, V, P, weight, last, Y, z);
            z[m][l] = -h;
            double down = loss(K, M, V, P, weight, last, Y, z);
            z[m][l] = 0;
            double rate = attndyn_early_z_rate(K, M, V, f, weight, last, m, l);
            assert_near(-(up - down) / (2 * h) / t, rate, 2e-5);
        }
    /* distinct tokens of overlapping classes rise */
    ck_assert(attndyn_early_z_rate(K, M, V, f, weight, last, 0, 4) > 1e-4);
}

TEST(growth_prefactors) {
    assert_near(attndyn_growth_prefactor_coupled(10, 10, 1), 5, 1e-15);
    assert_near(attndyn_growth_prefactor_coupled(1, 1, 1), 0.5, 1e-15);
    assert_near(attndyn_growth_prefactor_qsd(10, 2), 10.0 / 12, 1e-15);
}

TCASE(scansnap_theory) {
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, gap_solves_its_equation, late_branch_joins, landmarks_by_search,
                    no_closed_form_with_commons_and_never_columns, relative_gain_forms_agree,
                    qsd_closed_form_solves_its_flow, early_sign_law_from_the_loss,
                    growth_prefactors);
}
