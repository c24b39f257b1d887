/* Tables of what must be equal: what, off, compared (by how much it is off, of how many numbers).
 */
#ifndef SHARED_EXACT_H
#define SHARED_EXACT_H

#include "experiments/frame/contract/typed.h"

/* The row `text` of such a table is off by at most v->bound; `things`: what is compared. */
#define EXACT_AT_MOST(run, v, type, text, things)                                                  \
    exact_at_most((run), (v), type##_table, COLUMN_OF(type, what), (text), COLUMN_OF(type, off),   \
                  COLUMN_OF(type, compared), (things))
static inline enum attndyn_status exact_at_most(const struct trial *run, struct verdict *v,
                                                const char *table, const char *what,
                                                const char *text, const char *off,
                                                const char *compared, const char *things) {
    const size_t row = results_find(run->results, table, what, text);
    if (row == SIZE_MAX) return verdict_at_most(v, NAN, v->bound, "%s was not compared", text);
    return verdict_at_most(v, results_real(run->results, table, row, off), v->bound, "%.0f %s",
                           results_real(run->results, table, row, compared), things);
}

#endif
