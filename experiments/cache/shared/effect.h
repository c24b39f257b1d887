/* A paired difference of two networks' or two caches' losses (or of attentions) over seeds. */
#ifndef CACHE_SHARED_EFFECT_H
#define CACHE_SHARED_EFFECT_H

#include <math.h>
#include <stddef.h>

/* A paired effect counts from four standard errors on (by chance one in 15,000). */
#define STANDARD_ERRORS 4

/* Seeds weigh alike; their standard errors are independent. */
struct effect {
    double mean, error;
    size_t seeds;
};
static inline void effect_add(struct effect *sum, double mean, double error) {
    sum->mean += mean;
    sum->error += error * error;
    sum->seeds++;
}
/* Of what was added: NaN where that is nothing. */
static inline struct effect effect_mean(const struct effect *sum) {
    const double n = (double)sum->seeds;
    return (struct effect){sum->mean / n, sqrt(sum->error) / n, sum->seeds};
}

#endif
