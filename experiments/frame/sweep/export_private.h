/* What export_store.c, export_grouped.c, export_table.c and export_table_grouped.c share: a store's
 * runs as rows. */
#ifndef FRAME_SWEEP_EXPORT_PRIVATE_H
#define FRAME_SWEEP_EXPORT_PRIVATE_H

#include "export_fixed.h"
#include "export_store.h"
#include "sql.h"

#include <stdio.h>

struct export_row {
    long index, steps, rhs;
    char *status, *message;
    const char *build;          /* "" where the store does not say */
    char **axes;                /* (axes.count) */
    double *scalars, *measured; /* (scalars.count), (checks.count) */
    char **verdicts;            /* (checks.count), NULL where there is none */
    bool wanted;
};

struct export_sheet {
    struct sql sql;
    struct sql_names axes, scalars, checks;
    struct sql_names columns; /* of the table asked for */
    struct export_row *rows;
    size_t count;
    struct export_fixed fixed;
    bool builds; /* more than one build has made the rows */
};

/* NULL: no such run has ended. */
struct export_row *export_row_of(const struct export_sheet *sheet, long index);
/* An empty cell where it is no number. */
void export_real(FILE *to, double x);

/* Runs with the values of their axes but for those that are averaged over. */
struct export_keyed {
    char *key; /* these values, a comma behind each */
    const struct export_row *row;
};
/* [begin, end) of the ordered rows. */
struct export_group {
    size_t begin, end;
    long first; /* run */
};
struct export_groups {
    struct export_keyed *runs; /* by group, then by number; (count) */
    struct export_group *at;   /* (n), in the order of their first runs */
    size_t count, n;
};
/* The wanted runs of the sheet in groups. */
enum attndyn_status export_groups(struct attndyn_context *ctx, const struct export_sheet *sheet,
                                  const char *over, struct export_groups *groups);
/* "seed,": the axes that are not averaged over. */
void export_groups_head(const struct export_sheet *sheet, const char *over, FILE *to);
enum attndyn_status export_grouped(struct attndyn_context *ctx, const struct export_sheet *sheet,
                                   const char *over, FILE *to);

/* The rows of the request's table. */
enum attndyn_status export_table(struct attndyn_context *ctx, const struct export_sheet *sheet,
                                 const struct export_request *request, FILE *to);
/* The same averaged over the runs of each group. ATTNDYN_USAGE: their rows do not match. */
enum attndyn_status export_table_grouped(struct attndyn_context *ctx,
                                         const struct export_sheet *sheet,
                                         const struct export_request *request, FILE *to);

/* For both: a statement that gives idx and the columns; a column's name in a header, where an axis
 * may have it; a cell of the row at hand as text, until the next one, "" where there is none; is
 * the row of a run that is wanted, and one of those that --where asks for? */
enum attndyn_status export_table_select(struct attndyn_context *ctx,
                                        const struct export_sheet *sheet, const char *table,
                                        sqlite3_stmt **statement);
void export_table_name(const struct export_sheet *sheet, const char *table, const char *column,
                       FILE *to);
enum attndyn_status export_table_cell(struct attndyn_context *ctx, const struct export_sheet *sheet,
                                      sqlite3_stmt *statement, int column, char number[40],
                                      const char **text);
enum attndyn_status export_table_row(struct attndyn_context *ctx, const struct export_sheet *sheet,
                                     const struct export_request *request, sqlite3_stmt *statement,
                                     const struct export_row **run, bool *wanted);

#endif
