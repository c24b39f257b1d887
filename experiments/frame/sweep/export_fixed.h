/* The parameters that a sweep fixed, as columns of its tables: so that an exported table still says
 * what it was made with. */
#ifndef FRAME_SWEEP_EXPORT_FIXED_H
#define FRAME_SWEEP_EXPORT_FIXED_H

#include "sql.h"

#include <stdio.h>

struct export_fixed {
    struct sql_names keys, values; /* equally many, in the experiment's order */
};

/* Those that are no axis and differ from the experiment's defaults; all of them where this program
 * does not know the experiment. `taken` are names of columns that are there already: a parameter of
 * such a name becomes parameter_<name>. */
enum attndyn_status export_fixed_read(struct attndyn_context *ctx, const struct sql *sql,
                                      const struct sql_names *axes, const struct sql_names *taken,
                                      struct export_fixed *fixed);
/* ",key" each, ",value" each. */
void export_fixed_head(const struct export_fixed *fixed, FILE *to);
void export_fixed_cells(const struct export_fixed *fixed, FILE *to);

#endif
