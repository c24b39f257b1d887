/* The report: a self-contained folder over the runs' own folders. No script, nothing from a
 * network, no date and no duration: the same results give the same bytes. */
#ifndef FRAME_REPORT_REPORT_H
#define FRAME_REPORT_REPORT_H

#include "experiments/frame/judge/batch.h"
#include "experiments/frame/sweep/maps.h"

struct report_request {
    const struct batch *batch;
    const struct maps *maps;
    const char *preset; /* as asked for; items say which one they ran */
    const char *folder;
    char *const *assignments; /* key=value, as given to the runs */
    size_t n_assignments;
};

/* Writes <folder>/verdicts.json, a page for each story, and last of all index.html: the verdicts
 * first. If index.html exists, the report is complete. */
enum attndyn_status report_write(struct attndyn_context *ctx, const struct report_request *request);

#endif
