/* A mean over seeds, streams or questions with its standard error. */
#ifndef SHARED_PAIRED_H
#define SHARED_PAIRED_H

#include <stddef.h>

struct paired {
    double mean, error; /* error: NaN where n = 1 */
};
/* Of the differences a_i - b_i; b NULL: of a. */
struct paired paired_of(size_t n, const double *a, const double *b);

/* Sorts them. */
void ascending(size_t n, double *x);
/* A mean as above, of numbers that come one by one: struct sample of = {0}. */
struct sample {
    double sum, square, n;
};
static inline void sample_add(struct sample *sample, double x) {
    sample->sum += x, sample->square += x * x, sample->n++;
}
/* mean: NaN without any. */
struct paired sample_mean(const struct sample *sample);

#endif
