/* How results are held: for the writers (csv.c, record.c, report.c) only. */
#ifndef FRAME_CONTRACT_RESULTS_PRIVATE_H
#define FRAME_CONTRACT_RESULTS_PRIVATE_H

#include "results.h"

#include <stdio.h>

static inline size_t tables_of(const struct experiment *experiment) {
    size_t n = 0;
    while (experiment->tables && experiment->tables[n].name) n++;
    return n;
}
static inline size_t columns_of(const struct table *table) {
    size_t n = 0;
    while (table->columns[n].name) n++;
    return n;
}

struct result_table {
    const struct table *about;
    size_t columns, rows, room;
    union stored *cells; /* (rows, columns) */
    bool looked_at;      /* since results_look_begin */
};

struct result_solver {
    char *label;
    struct attndyn_ode_statistics statistics;
};

/* An earlier build that made the first rows of a long run (--accept-version). */
struct result_build {
    char *identity; /* identity.h; "" if its checkpoint has none */
    size_t *rows;   /* (n_tables): rows that it made */
};

struct results {
    const struct experiment *experiment;
    size_t n_tables, n_scalars, n_solvers, n_notes;
    struct result_table *tables;
    double *scalars;
    struct result_solver *solvers;
    char **notes;
    FILE *says;    /* where results_say goes; NULL: nowhere */
    char *skipped; /* NULL: the run did its work */
    /* resume.c */
    const struct params *params;
    const char *folder, *checkpoint; /* NULL: nothing is saved */
    double save_every, saved;        /* seconds; when */
    bool resuming, restored, opened;
    /* run.c: makes the folder this run's. A pointer, so that what experiments call does not lead
     * back to the registry. */
    enum attndyn_status (*take_over)(struct attndyn_context *ctx, const struct results *results,
                                     const char *folder, bool saved);
    bool longer; /* what was restored had a shorter horizon */
    bool accept; /* what another build has saved */
    struct result_build *builds;
    size_t n_builds;
};

/* Which tables a check looks at is noted from here on. */
void results_look_begin(const struct results *results);

struct result_table *results_table(const struct results *results, const char *name);
/* The scalars that are taken from tables; then all that must be there. */
enum attndyn_status results_complete(struct attndyn_context *ctx, struct results *results);

#endif
