/* How alike two vectors are. */
#ifndef ATTNDYN_OBSERVE_CORRELATION_H
#define ATTNDYN_OBSERVE_CORRELATION_H

#include <stddef.h>

/* The guard of JoMA's published figures 2 and 3. */
#define ATTNDYN_NC_GUARD 1e-8

/* Centred normalised correlation: a, b minus their means, a.b / ((|a| + guard)(|b| + guard)). With
 * guard 0 a constant vector gives NaN. It hides amplitudes: report the slope beside it. */
double attndyn_centred_correlation(size_t n, const double *a, const double *b, double guard);
/* Without centring. */
double attndyn_cosine(size_t n, const double *a, const double *b, double guard);
/* |a - b| / |b|, Euclidean. */
double attndyn_relative_distance(size_t n, const double *a, const double *b);

#endif
