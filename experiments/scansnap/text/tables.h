/* What a reader looks at: tokens picked and suppressed, the map, the correlations. */
#ifndef SCANSNAP_TEXT_TABLES_H
#define SCANSNAP_TEXT_TABLES_H

#include "statistics.h"

/* Tables picked, suppressed, reading, classes, map, pairs, correlations, and their part of the
 * scalars, from the view at the end of the flow; B: (K). */
enum attndyn_status text_tables_emit(const struct trial *run, const struct text *p,
                                     struct text_statistics *statistics,
                                     const struct attndyn_flow *flow,
                                     const struct attndyn_flow_view *view, const double *B,
                                     struct found *found);

#endif
