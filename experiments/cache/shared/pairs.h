/* The networks of a study: of each seed one that reads BOS first and, beside it, its control. */
#ifndef CACHE_SHARED_PAIRS_H
#define CACHE_SHARED_PAIRS_H

#include "experiments/shared/networks.h"

struct member {
    struct network network;
    long seed;
    const char *trained; /* "bos", or "plain": without */
    bool control, first; /* first: of the first seed */
};

/* study(run, user, member) for each network of the run's recipe, a stage of the run
 * (experiments/shared/stages.h); `control`: the controls too. */
enum attndyn_status pairs_run(const struct trial *run, const struct reals *seeds, bool control,
                              enum attndyn_status (*study)(const struct trial *run,
                                                           const void *user,
                                                           const struct member *member),
                              const void *user);

#endif
