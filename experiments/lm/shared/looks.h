/* The updates after which a training is looked at. */
#ifndef LM_SHARED_LOOKS_H
#define LM_SHARED_LOOKS_H

#include "experiments/frame/contract/typed.h"

struct looks {
    uint64_t *at; /* (count), ascending; owned by the run's context */
    size_t count, next;
};

/* A parameter's list; ATTNDYN_USAGE unless it is whole, ascending and at most `steps`, and (where
 * from_start) has 0 and at least one more: a start and an end that are compared. */
enum attndyn_status looks_listed(const struct trial *run, const char *name, struct reals list,
                                 uint64_t steps, bool from_start, struct looks *looks);
/* 0, 1, ..., each at least `density` times the one before, and `steps`. */
enum attndyn_status looks_spread(const struct trial *run, uint64_t steps, double density,
                                 struct looks *looks);
/* 0 and `count` more, evenly up to `steps`; fewer where there are not so many steps. */
enum attndyn_status looks_even(const struct trial *run, uint64_t steps, size_t count,
                               struct looks *looks);

/* Is a look due at this step? Each is due once, and is then number looks->next - 1. Steps ascend
 * and may start anywhere. */
bool looks_due(struct looks *looks, uint64_t step);

#endif
