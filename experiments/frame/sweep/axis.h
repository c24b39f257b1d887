/* One axis: from the text of `key=...` to its values. */
#ifndef FRAME_SWEEP_AXIS_H
#define FRAME_SWEEP_AXIS_H

#include "design.h"

/* `param` says how values look: only numbers have ranges. sampling: a:b and log:a:b are intervals.
 */
enum attndyn_status axis_parse(struct attndyn_context *ctx, const struct param *param,
                               const char *text, bool sampling, struct axis *axis);
/* A number as run parameters show it: shortest text that reads back. */
char *axis_number(struct attndyn_context *ctx, const struct param *param, double x);

#endif
