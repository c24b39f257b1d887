/* Lists with a number for each component, and what the claims of the solvable experiments need. */
#ifndef JOMA_SHARED_COMPONENTS_H
#define JOMA_SHARED_COMPONENTS_H

#include "experiments/frame/contract/typed.h"

/* n numbers from a list that holds one for all components or one for each; any other length is
 * ATTNDYN_USAGE. An empty list means `fallback` (NaN: not allowed). Owned by ctx. */
enum attndyn_status joma_components(struct attndyn_context *ctx, const char *name,
                                    struct reals given, size_t n, double fallback,
                                    const double **full);
/* The two largest magnitudes; 0 where there are none. */
void joma_top_two(size_t n, const double *x, double *first, double *second);

static inline bool joma_all_are(struct reals list, double value) {
    for (size_t i = 0; i < list.count; i++)
        if (list.at[i] != value) return false;
    return true;
}

double joma_norm(const double *x, size_t n);
/* The largest magnitude; NaN if there is a NaN. */
static inline double joma_largest(const double *x, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++) worst(&most, x[i]);
    return most;
}

/* The largest difference. */
double joma_apart(size_t n, const double *a, const double *b);

/* NaN, which is written as an empty cell, for what is not finite. */
static inline double joma_finite(double x) {
    return isfinite(x) ? x : NAN;
}

/* Agreement to 1e-9 is claimed for tight tolerances only; other runs still show their error. */
#define NEEDS_TIGHT                                                                                \
    if (p->rtol > 1e-11)                                                                           \
    return verdict_skip(v, "claimed for rtol of 1e-11 or less; this run has %g", p->rtol)

#endif
