/* Is a run that stands somewhere the one that is asked for, or a shorter one of it? */
#ifndef FRAME_CONTRACT_HORIZON_H
#define FRAME_CONTRACT_HORIZON_H

#include "params.h"

enum horizon { HORIZON_SAME, HORIZON_SHORTER, HORIZON_OTHER };

/* held: the text of a params.conf. SHORTER: all is the same but for horizons (struct param,
 * longer), of which it has less. *why, of OTHER: in what they differ, and why one cannot go on to
 * the other; owned by ctx. */
enum attndyn_status horizon_compare(struct attndyn_context *ctx, const char *held,
                                    const struct params *wanted, enum horizon *relation,
                                    char **why);

#endif
