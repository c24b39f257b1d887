/* Partial correlation against the residuals of a regression. */
#include "sim/base/random.h"
#include "sim/num/stats.h"
#include "tests/support.h"

#include <gsl/gsl_statistics.h>

enum { N = 200 };

static void sample(double *x, double *y, double *z) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 8));
    for (int i = 0; i < N; i++) {
        z[i] = attndyn_random_normal(&random);
        x[i] = z[i] + attndyn_random_normal(&random);
        y[i] = floor(2 * (z[i] + 0.5 * x[i] + attndyn_random_normal(&random))); /* ties */
    }
    attndyn_random_done(&random);
    attndyn_context_free(ctx);
}

/* The partial correlation is that of the residuals of both on z. */
TEST(partial_is_of_residuals) {
    double x[N], y[N], z[N], rx[N], ry[N];
    sample(x, y, z);
    double partial =
        attndyn_partial_correlation(attndyn_pearson(N, x, y).value, attndyn_pearson(N, x, z).value,
                                    attndyn_pearson(N, y, z).value);
    double zz = gsl_stats_variance(z, 1, N);
    double bx = gsl_stats_covariance(x, 1, z, 1, N) / zz,
           by = gsl_stats_covariance(y, 1, z, 1, N) / zz;
    for (int i = 0; i < N; i++) rx[i] = x[i] - bx * z[i], ry[i] = y[i] - by * z[i];
    assert_near(partial, attndyn_pearson(N, rx, ry).value, 1e-12);
    ck_assert(isnan(attndyn_partial_correlation(0.3, 1, 0.2)));
}

TCASE(partial_correlation) {
    tcase_add_test(tcase, partial_is_of_residuals);
}
