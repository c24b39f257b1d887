/* The report: one self-contained page over the folders that the runs wrote. */
#ifndef FRAME_REPORT_H
#define FRAME_REPORT_H

#include "batch.h"
#include "sweep/maps.h"

/* <folder>/index.html (and verdicts.json): verdicts first, then each experiment with its figures,
 * then the maps.
 * Holds no date and no duration: the same results give the same bytes. */
enum attndyn_status report_write(struct attndyn_context *ctx, const struct batch *batch,
                                 const struct maps *maps, const char *preset, const char *folder);

#endif
