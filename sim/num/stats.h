/* Sample statistics (GSL) and rank correlations with their errors. */
#ifndef ATTNDYN_NUM_STATS_H
#define ATTNDYN_NUM_STATS_H

#include "../base/context.h"

double attndyn_mean(size_t n, const double *x);
/* Sample standard deviation (divisor n - 1); NaN for n < 2. */
double attndyn_sd(size_t n, const double *x);
/* Standard error of the mean; NaN for n < 2. */
double attndyn_standard_error(size_t n, const double *x);
/* Quantile by linear interpolation, 0 <= q <= 1; NaN for n = 0 or where an entry of x is NaN.
 * x is left as it is. */
enum attndyn_status attndyn_quantile(struct attndyn_context *ctx, size_t n, const double *x,
                                     double q, double *value);
enum attndyn_status attndyn_median(struct attndyn_context *ctx, size_t n, const double *x,
                                   double *value);

/* y = intercept + slope x by least squares; errors: standard errors from the scatter (NaN for
 * n < 3). */
struct attndyn_regression {
    double slope, slope_error, intercept, intercept_error, r_squared;
};
struct attndyn_regression attndyn_regress(size_t n, const double *x, const double *y);
/* ln y against ln x: the exponent is the slope. Fails if an entry is not positive. */
enum attndyn_status attndyn_regress_logarithms(struct attndyn_context *ctx, size_t n,
                                               const double *x, const double *y,
                                               struct attndyn_regression *result);

/* A correlation, its 95 % interval and the two-sided probability of one as large without any
 * dependence. By Fisher's transformation, whose variance is 1/(n - 3) for Pearson's r,
 * (1 + r^2/2)/(n - 3) for Spearman's rho, 0.437/(n - 4) for Kendall's tau (Bonett and Wright,
 * Psychometrika 65, 2000; the probabilities take the variance at no dependence,
 * Kendall's that of tau itself without ties). The interval and the
 * probability are NaN where n is too small (< 5), all four where a variable is constant or holds a
 * NaN. */
struct attndyn_correlation {
    double value, low, high, probability;
    size_t n;
};
struct attndyn_correlation attndyn_pearson(size_t n, const double *x, const double *y);
/* The correlation of x and y at fixed z, from the three pairwise ones (first-order partial). NaN
 * where z determines one of them. */
double attndyn_partial_correlation(double xy, double xz, double yz);
/* Ties share their mean rank. */
enum attndyn_status attndyn_spearman(struct attndyn_context *ctx, size_t n, const double *x,
                                     const double *y, struct attndyn_correlation *result);
/* tau-b, in O(n log n). */
enum attndyn_status attndyn_kendall(struct attndyn_context *ctx, size_t n, const double *x,
                                    const double *y, struct attndyn_correlation *result);
/* ranks[i] in 1..n, ties share their mean. All are NaN where an entry of x is: it has no place in
 * the order. */
enum attndyn_status attndyn_ranks(struct attndyn_context *ctx, size_t n, const double *x,
                                  double *ranks);

#endif
