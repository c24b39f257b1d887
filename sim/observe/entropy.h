/* How spread out a distribution is. Natural logarithms; weights need not be normalised. */
#ifndef ATTNDYN_OBSERVE_ENTROPY_H
#define ATTNDYN_OBSERVE_ENTROPY_H

#include <stddef.h>

/* -sum p ln p of p = w / sum w, 0 ln 0 = 0. NaN for a negative or NaN weight, or all zero. Accurate
 * relative to itself also where one weight has nearly everything. */
double attndyn_entropy(size_t n, const double *w);
/* Of p = softmax(log_w); -infinity is weight 0. No overflow whatever the size of log_w. */
double attndyn_entropy_of_logs(size_t n, const double *log_w);
/* ln sum exp(log_w). */
double attndyn_log_sum_exp(size_t n, const double *log_w);

/* Participation ratio (sum w)^2 / sum w^2: the number of entries that count, 1..n. */
double attndyn_participation(size_t n, const double *w);
/* The share of the `count` largest weights, 0..1. O(n count). */
double attndyn_top_share(size_t n, const double *w, size_t count);
/* The share of entries with p < threshold, p = w / sum w. */
double attndyn_sparsity(size_t n, const double *w, double threshold);
/* Total variation 1/2 sum |p - q| of the normalised p and q. */
double attndyn_total_variation(size_t n, const double *p, const double *q);

#endif
