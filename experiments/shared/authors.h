/* The token sets of the authors' experiments, small: what a user sets, and the distribution. */
#ifndef SHARED_AUTHORS_H
#define SHARED_AUTHORS_H

#include "experiments/frame/contract/typed.h"
#include "sim/data/distribution.h"

#define AUTHORS_DATA(X)                                                                            \
    X(INT, num_last, "2", "last tokens L", IN(1, 6))                                               \
    X(INT, num_next_per_last, "2", "classes N per last token", IN(1, 6))                           \
    X(INT, num_distinct, "1", "distinct tokens of each class", IN(1, 4))                           \
    X(INT, num_common, "1", "common tokens", IN(1, 4))

/* By these parameters, a column for each word of the vocabulary. Owned by the context. */
enum attndyn_status authors_data(const struct trial *run, struct attndyn_distribution **data);

#endif
