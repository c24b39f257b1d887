/* One axis: from the text of `key=...` to its values. */
#ifndef FRAME_SWEEP_AXIS_H
#define FRAME_SWEEP_AXIS_H

#include "design.h"

/* `param` says how values look: only numbers have ranges. Values are texts as params_put takes
 * them: every digit that was written is kept, and what is computed is rounded to the digits that
 * the ends have. sampling: a:b and log:a:b are intervals. */
enum attndyn_status axis_parse(struct attndyn_context *ctx, const struct param *param,
                               const char *text, bool sampling, struct axis *axis);
/* The value of an interval or list at u in [0, 1); owned by ctx, NULL when memory is out. */
char *axis_draw(struct attndyn_context *ctx, const struct param *param, const struct axis *axis,
                double u);

/* The same value, as texts or, where both are numbers, as numbers: 1e3 and 1000. */
bool axis_same_value(const char *a, const char *b);

#endif
