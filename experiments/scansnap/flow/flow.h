/* The parts of the experiment scansnap/flow. */
#ifndef SCANSNAP_FLOW_FLOW_H
#define SCANSNAP_FLOW_FLOW_H

#include "experiments/frame/contract/results.h"
#include "sim/model/scansnap/flow.h"

/* The run itself, by the full flow (models coupled, frozen) or by the reduced one. */
enum attndyn_status flow_run_full(struct attndyn_context *ctx, const struct params *params,
                                  const struct attndyn_distribution *distribution,
                                  struct results *results);
enum attndyn_status flow_run_reduced(struct attndyn_context *ctx, const struct params *params,
                                     const struct attndyn_distribution *distribution,
                                     struct results *results);
/* Output times in the run's clock, `points` of them, logarithmic. */
enum attndyn_status flow_times(struct attndyn_context *ctx, const struct params *params,
                               const struct attndyn_distribution *distribution, double **times,
                               size_t *count);

/* Small cases with known answers, solved with the run's method and tolerances: table `validation`.
 */
enum attndyn_status flow_validate(struct attndyn_context *ctx, const struct params *params,
                                  struct results *results);

extern const struct check *const flow_checks[];

#endif
