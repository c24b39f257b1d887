/* Which hidden unit represents a latent best: JoMA's table 1 (arXiv 2310.00535). */
#ifndef ATTNDYN_OBSERVE_BEST_UNIT_H
#define ATTNDYN_OBSERVE_BEST_UNIT_H

#include <stdbool.h>
#include <stddef.h>

struct attndyn_best_unit {
    double correlation; /* signed; 0 where the latent (or what is left of it) does not vary */
    size_t unit;        /* the first of the best */
};

/* latent: (samples); activity: (samples, units) row-major. Correlation g.h/((|g| + 1e-9)
 * (|h| + 1e-9)), of the vectors minus their means where `centred`. */
struct attndyn_best_unit attndyn_best_unit(size_t samples, const double *latent, size_t units,
                                           const double *activity, bool centred);
/* The correlation with one unit. */
double attndyn_unit_correlation(size_t samples, const double *latent, size_t units,
                                const double *activity, size_t unit, bool centred);

#endif
