/* The smallest token sets in which attention does what the symmetric family does not: each a table
 * of P(l|n), shared by every family that asks what becomes of them. */
#ifndef SHARED_EXAMPLES_H
#define SHARED_EXAMPLES_H

#include "sim/data/distribution.h"

enum example {
    example_asymmetric,         /* three classes, two queries, unequal in all respects */
    example_growing_common,     /* each class favours another of the two commons */
    example_declining_distinct, /* one common, nearly all of class 0 and little of class 1 */
    example_count
};
extern const char *const example_names[example_count];

enum attndyn_status example_create(struct attndyn_context *ctx, enum example which,
                                   struct attndyn_distribution **distribution);

#endif
