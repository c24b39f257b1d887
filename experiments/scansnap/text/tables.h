/* What a reader looks at: tokens picked and suppressed, the map, the correlations. */
#ifndef SCANSNAP_TEXT_TABLES_H
#define SCANSNAP_TEXT_TABLES_H

#include "study.h"

/* Tables picked, suppressed, reading, classes, map, pairs, correlations, from the view at the end
 * of the flow; B: (K). */
enum attndyn_status text_tables_emit(struct attndyn_context *ctx, const struct params *params,
                                     struct results *results, struct text_study *study,
                                     const struct attndyn_flow *flow,
                                     const struct attndyn_flow_view *view, const double *B);

#endif
