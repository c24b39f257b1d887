/* Is a saved run the requested one, or a shorter version of it? */
#ifndef FRAME_CONTRACT_HORIZON_H
#define FRAME_CONTRACT_HORIZON_H

#include "params.h"

enum horizon { HORIZON_SAME, HORIZON_SHORTER, HORIZON_OTHER };

/* held: the text of the saved params.conf. SHORTER: only horizons differ (struct param, longer),
 * and it has less of them. *why, for OTHER: what differs, and why the one cannot be continued to
 * the other; owned by ctx. */
enum attndyn_status horizon_compare(struct attndyn_context *ctx, const char *held,
                                    const struct params *wanted, enum horizon *relation,
                                    char **why);

#endif
