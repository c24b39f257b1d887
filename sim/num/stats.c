#include "stats.h"

#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double attndyn_mean(size_t n, const double *x) {
    return n ? gsl_stats_mean(x, 1, n) : NAN;
}

double attndyn_sd(size_t n, const double *x) {
    return n < 2 ? NAN : gsl_stats_sd(x, 1, n);
}

double attndyn_standard_error(size_t n, const double *x) {
    return attndyn_sd(n, x) / sqrt((double)n);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* With a NaN there is no order, so neither a quantile nor ranks. */
static bool any_nan(size_t n, const double *x) {
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i])) return true;
    return false;
}

enum attndyn_status attndyn_quantile(struct attndyn_context *ctx, size_t n, const double *x,
                                     double q, double *value) {
    double *sorted;
    *value = NAN;
    if (n == 0 || any_nan(n, x)) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, sorted, n);
    memcpy(sorted, x, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    *value = gsl_stats_quantile_from_sorted_data(sorted, 1, n, q);
    attndyn_free(ctx, sorted);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_median(struct attndyn_context *ctx, size_t n, const double *x,
                                   double *value) {
    return attndyn_quantile(ctx, n, x, 0.5, value);
}

struct attndyn_regression attndyn_regress(size_t n, const double *x, const double *y) {
    struct attndyn_regression r = {NAN, NAN, NAN, NAN, NAN};
    if (n < 2) return r;
    double c00, c01, c11, residual;
    gsl_fit_linear(x, 1, y, 1, n, &r.intercept, &r.slope, &c00, &c01, &c11, &residual);
    double total = gsl_stats_tss(y, 1, n);
    r.r_squared = total > 0 ? 1 - residual / total : NAN;
    if (n < 3) return r;
    r.slope_error = sqrt(c11);
    r.intercept_error = sqrt(c00);
    return r;
}

enum attndyn_status attndyn_regress_logarithms(struct attndyn_context *ctx, size_t n,
                                               const double *x, const double *y,
                                               struct attndyn_regression *result) {
    double *logs;
    ATTNDYN_ALLOC(ctx, logs, 2 * n);
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] > 0 && y[i] > 0)) {
            attndyn_free(ctx, logs);
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "no logarithm of point %zu (%g, %g) of a power law", i, x[i], y[i]);
        }
        logs[i] = log(x[i]);
        logs[n + i] = log(y[i]);
    }
    *result = attndyn_regress(n, logs, logs + n);
    attndyn_free(ctx, logs);
    return ATTNDYN_OK;
}

/* variance: of Fisher's z at the estimate; null: without dependence. */
static struct attndyn_correlation fisher(size_t n, double value, double variance, double null) {
    struct attndyn_correlation c = {value, NAN, NAN, NAN, n};
    if (n < 5 || isnan(value)) return c;
    if (value > 1) value = c.value = 1; /* rounding */
    if (value < -1) value = c.value = -1;
    double z = atanh(value), reach = 1.959963984540054 * sqrt(variance);
    c.low = isfinite(z) ? tanh(z - reach) : value;
    c.high = isfinite(z) ? tanh(z + reach) : value;
    c.probability = erfc(fabs(z) / sqrt(2 * null));
    return c;
}

static double pearson(size_t n, const double *x, const double *y) {
    return n < 2 ? NAN : gsl_stats_correlation(x, 1, y, 1, n);
}

struct attndyn_correlation attndyn_pearson(size_t n, const double *x, const double *y) {
    double variance = 1 / ((double)n - 3);
    return fisher(n, pearson(n, x, y), variance, variance);
}

struct ranked {
    double x;
    size_t index;
};

static int by_value(const void *a, const void *b) {
    const struct ranked *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return (p->index > q->index) - (p->index < q->index);
}

enum attndyn_status attndyn_ranks(struct attndyn_context *ctx, size_t n, const double *x,
                                  double *ranks) {
    struct ranked *order;
    if (any_nan(n, x)) {
        for (size_t i = 0; i < n; i++) ranks[i] = NAN;
        return ATTNDYN_OK;
    }
    ATTNDYN_ALLOC(ctx, order, n);
    for (size_t i = 0; i < n; i++) order[i] = (struct ranked){x[i], i};
    qsort(order, n, sizeof *order, by_value);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && order[end].x == order[i].x;) end++;
        for (size_t k = i; k < end; k++) ranks[order[k].index] = 0.5 * (double)(i + 1 + end);
    }
    attndyn_free(ctx, order);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_spearman(struct attndyn_context *ctx, size_t n, const double *x,
                                     const double *y, struct attndyn_correlation *result) {
    double *ranks;
    ATTNDYN_ALLOC(ctx, ranks, 2 * n);
    ATTNDYN_TRY(attndyn_ranks(ctx, n, x, ranks));
    ATTNDYN_TRY(attndyn_ranks(ctx, n, y, ranks + n));
    double rho = pearson(n, ranks, ranks + n), null = 1 / ((double)n - 3);
    *result = fisher(n, rho, (1 + rho * rho / 2) * null, null);
    attndyn_free(ctx, ranks);
    return ATTNDYN_OK;
}

struct pair {
    double x, y;
};

static int by_x_then_y(const void *a, const void *b) {
    const struct pair *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return (p->y > q->y) - (p->y < q->y);
}

/* Sorts y and returns how many exchanges of neighbours that takes. */
static double merge_sort(size_t n, double *y, double *scratch) {
    if (n < 2) return 0;
    size_t half = n / 2;
    double exchanges =
        merge_sort(half, y, scratch) + merge_sort(n - half, y + half, scratch + half);
    for (size_t i = 0, j = half, k = 0; k < n; k++) {
        if (j == n || (i < half && y[i] <= y[j])) {
            scratch[k] = y[i++];
        } else {
            scratch[k] = y[j++];
            exchanges += (double)(half - i);
        }
    }
    memcpy(y, scratch, n * sizeof *y);
    return exchanges;
}

/* Knight's algorithm: after sorting by x (then y) every exchange that sorting by y takes is a
 * discordant pair; ties are counted in runs. */
enum attndyn_status attndyn_kendall(struct attndyn_context *ctx, size_t n, const double *x,
                                    const double *y, struct attndyn_correlation *result) {
    struct pair *pairs;
    double *work, tied_x = 0, tied_y = 0, tied_both = 0;
    if (any_nan(n, x) || any_nan(n, y)) {
        *result = fisher(n, NAN, NAN, NAN);
        return ATTNDYN_OK;
    }
    ATTNDYN_ALLOC(ctx, pairs, n);
    ATTNDYN_ALLOC(ctx, work, 2 * n);
    for (size_t i = 0; i < n; i++) pairs[i] = (struct pair){x[i], y[i]};
    qsort(pairs, n, sizeof *pairs, by_x_then_y);
    for (size_t i = 0, run_x = 0, run_both = 0; i < n; i++) {
        run_x = i && pairs[i].x == pairs[i - 1].x ? run_x + 1 : 0;
        run_both = run_x && pairs[i].y == pairs[i - 1].y ? run_both + 1 : 0;
        tied_x += (double)run_x;
        tied_both += (double)run_both;
        work[i] = pairs[i].y;
    }
    double discordant = merge_sort(n, work, work + n);
    for (size_t i = 1, run = 0; i < n; i++) {
        run = work[i] == work[i - 1] ? run + 1 : 0;
        tied_y += (double)run;
    }
    double all = (double)n * ((double)n - 1) / 2;
    double difference = all - tied_x - tied_y + tied_both - 2 * discordant;
    double variance = 0.437 / ((double)n - 4);
    /* without dependence tau's own variance is 2 (2n + 5) / (9 n (n - 1)) */
    double null = 2 * (2 * (double)n + 5) / (18 * all);
    *result = fisher(n, difference / sqrt((all - tied_x) * (all - tied_y)), variance, null);
    if (n >= 5) result->probability = erfc(fabs(result->value) / sqrt(2 * null));
    attndyn_free(ctx, work);
    attndyn_free(ctx, pairs);
    return ATTNDYN_OK;
}

double attndyn_partial_correlation(double xy, double xz, double yz) {
    double rest = (1 - xz * xz) * (1 - yz * yz);
    return rest > 0 ? (xy - xz * yz) / sqrt(rest) : NAN;
}
