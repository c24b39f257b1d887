/* Shared, tied and grouped weights against networks without them, at a network's own weights. */
#ifndef MOBILE_SHARED_EXACT_H
#define MOBILE_SHARED_EXACT_H

#include "experiments/shared/networks.h"

struct difference {
    double off, scale; /* the largest difference, and the largest number */
    size_t compared;
};
static inline double difference_relative(const struct difference *d) {
    return d->scale > 0 ? d->off / d->scale : d->off;
}

/* Gradients of the blocks against the sums over their uses, from a network with a block of its own
 * at every depth. */
enum attndyn_status exact_shared(const struct trial *run, const struct attndyn_weights *weights,
                                 struct difference *difference);
/* The gradient of a tied embedding against the sum of an embedding's and a decoder's. */
enum attndyn_status exact_tied(const struct trial *run, const struct attndyn_weights *weights,
                               struct difference *difference);
/* Logits against those of plain attention whose keys and values are repeated. */
enum attndyn_status exact_grouped(const struct trial *run, const struct attndyn_weights *weights,
                                  struct difference *difference);

#endif
