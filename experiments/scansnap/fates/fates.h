/* The parts of the experiment scansnap/fates. */
#ifndef SCANSNAP_FATES_FATES_H
#define SCANSNAP_FATES_FATES_H

#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/model/scansnap/flow.h"

/* Two classes, each favouring another of two commons: one common grows. */
enum attndyn_status fates_growing_common(struct attndyn_context *ctx, const struct params *params,
                                         struct results *results);
/* Two classes, one common, nearly all of the first and little of the second: the distinct tokens
 * of the first class grow, then shrink. */
enum attndyn_status fates_declining_distinct(struct attndyn_context *ctx,
                                             const struct params *params, struct results *results);

extern const struct check *const fates_checks[];

#endif
