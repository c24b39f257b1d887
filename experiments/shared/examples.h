/* The smallest token sets that behave differently from the symmetric family, as tables of P(l|n).
 * Shared by the families that study them. */
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
