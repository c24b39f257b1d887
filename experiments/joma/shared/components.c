#include "components.h"

enum attndyn_status joma_components(struct attndyn_context *ctx, const char *name,
                                    struct reals given, size_t n, double fallback,
                                    const double **full) {
    size_t count = given.count;
    if (count != n && count != 1 && !(count == 0 && isfinite(fallback)))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s has %zu values for %zu components: give one, or one for each", name,
                            count, n);
    double *copy;
    ATTNDYN_ALLOC(ctx, copy, n);
    for (size_t i = 0; i < n; i++) copy[i] = count == 0 ? fallback : given.at[count == 1 ? 0 : i];
    *full = copy;
    return ATTNDYN_OK;
}

void joma_top_two(size_t n, const double *x, double *first, double *second) {
    *first = *second = 0;
    for (size_t i = 0; i < n; i++) {
        double size = fabs(x[i]);
        if (size > *first)
            *second = *first, *first = size;
        else
            *second = fmax(*second, size);
    }
}

double joma_norm(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
    return sqrt(sum);
}

double joma_apart(size_t n, const double *a, const double *b) {
    double most = 0;
    for (size_t i = 0; i < n; i++) worst(&most, a[i] - b[i]);
    return most;
}
