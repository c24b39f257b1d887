#include "paired.h"

#include <math.h>
#include <stdlib.h>

struct paired paired_of(size_t n, const double *a, const double *b) {
    double sum = 0, square = 0;
    for (size_t i = 0; i < n; i++) sum += b ? a[i] - b[i] : a[i];
    const double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) square += pow((b ? a[i] - b[i] : a[i]) - mean, 2);
    return (struct paired){mean, n > 1 ? sqrt(square / (double)(n - 1) / (double)n) : NAN};
}

struct paired sample_mean(const struct sample *s) {
    const double mean = s->n > 0 ? s->sum / s->n : NAN;
    return (struct paired){
        mean, s->n > 1 ? sqrt(fmax(0, s->square / s->n - mean * mean) / (s->n - 1)) : NAN};
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void ascending(size_t n, double *x) {
    qsort(x, n, sizeof *x, compare);
}
