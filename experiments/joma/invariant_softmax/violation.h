/* The surveys of joma/invariant-softmax: what happens to Theorem 1's softmax form as its condition
 * is violated more and more. */
#ifndef JOMA_INVARIANT_SOFTMAX_VIOLATION_H
#define JOMA_INVARIANT_SOFTMAX_VIOLATION_H

#include "experiments/frame/contract/results.h"
#include "track.h"

/* `violation`: flows on samples X_li = base_l exp(delta noise), which share one attention for
 * delta = 0. */
enum attndyn_status violation_flows(struct attndyn_context *ctx, const struct params *p,
                                    struct results *results);
/* `sweep`: final quality in Figure 2's setting by width, and by blend of gaussian and random. */
enum attndyn_status violation_sweeps(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results);
/* `orders`: error of the exact form at a fixed horizon against the rate of descent. */
enum attndyn_status violation_orders(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results);

#endif
