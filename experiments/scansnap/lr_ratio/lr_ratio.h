/* scansnap/lr-ratio: sweeps of the flow (lr_ratio.c), the paper's figure 6 by SGD
 * (lr_ratio_sgd.c), the verdicts (lr_ratio_checks.c). */
#ifndef SCANSNAP_LR_RATIO_LR_RATIO_H
#define SCANSNAP_LR_RATIO_LR_RATIO_H

#include "experiments/frame/contract/results.h"

/* Trains every cell of figure 6 and emits the tables figure6 and runs. */
enum attndyn_status lr_ratio_figure6(struct attndyn_context *ctx, const struct params *params,
                                     struct results *results);

extern const struct check *const lr_ratio_checks[];

#endif
