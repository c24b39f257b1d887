/* What a run emits: rows of declared tables, declared scalars, solver counters. Kept in memory,
 * judged by the checks, written by run.c. */
#ifndef FRAME_CONTRACT_RESULTS_H
#define FRAME_CONTRACT_RESULTS_H

#include "experiment.h"
#include "sim/num/ode.h"

struct cell {
    enum column_type type;
    double real;
    long integer;
    const char *text; /* copied on emission */
};

static inline struct cell R(double x) {
    return (struct cell){.type = COLUMN_REAL, .real = x};
} static inline struct cell I(long i) {
    return (struct cell){.type = COLUMN_INT, .integer = i};
} static inline struct cell S(const char *text) {
    return (struct cell){.type = COLUMN_TEXT, .text = text};
}

enum attndyn_status
results_create(struct attndyn_context *ctx, const struct experiment *experiment,
               struct results **results);

/* One row: a cell for each declared column, in their order (EMIT of typed.h fills them by name).
 * Refuses what is not declared, and non-finite reals unless the column is optional. */
enum attndyn_status results_emit(struct attndyn_context *ctx, struct results *results,
                                 const char *table, const struct cell *cells, size_t count);

/* The text of a cell that was never filled in (BLANK of typed.h). */
extern const char results_no_text[];
/* A row that neither WHOLE nor BLANK made: a field of it may have been forgotten. Aborts. */
_Noreturn void results_no_row(const struct results *results, const char *table);

/* The final state, table `state` with columns quantity,index,value (TABLES(the_state)):
 * values[0..count) of `quantity`, index 0..count-1 (matrices row-major). */
enum attndyn_status results_emit_state(struct attndyn_context *ctx, struct results *results,
                                       const char *quantity, const double *values, size_t count);
extern const char the_state_table[], the_state_doc[];
extern const struct column the_state_columns[];

enum attndyn_status results_scalar(struct attndyn_context *ctx, struct results *results,
                                   const char *name, double value);
/* Solver counters of one solve, labelled ("coupled ratio=10"). */
enum attndyn_status results_solver(struct attndyn_context *ctx, struct results *results,
                                   const char *label, const struct attndyn_ode_statistics *s);
/* A remark for the record ("stopped 2.5e-9 before t*"). */
enum attndyn_status results_note(struct attndyn_context *ctx, struct results *results,
                                 const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The run found that its input is absent (a corpus that the user has not named): reported as
 * skipped by verify and report, no failure. */
enum attndyn_status results_skip(struct attndyn_context *ctx, struct results *results,
                                 const char *why);

/* Text that a run writes while it works: `attndyn run` prints it; verify, report, sweep, tests and
 * --json do not. bytes: (length), any bytes; bytes that are not text are shown as \\xE9. A call
 * must not end within a character. */
void results_say(const struct results *results, const char *bytes, size_t length);

/* Long runs. `attndyn run` may be killed and taken up again with --resume; the folder is then the
 * one that an uninterrupted run would have written, byte for byte (but for timing.json). The frame
 * keeps tables, scalars and notes; what else a run needs to go on (parameters, moments, counters,
 * its own sums) it writes to its checkpoint, with the frame's progress as one string of it:
 *
 *     if (results_resuming(results) && the file results_checkpoint(results) is there)
 *         read it, results_restore(ctx, results, its progress);
 *     for (;;) {
 *         if (results_due(results)) results_flush(ctx, results, &progress), write the checkpoint;
 *         ...
 *     }
 *
 * Save at one place of the loop only, where all that was emitted belongs to steps that the
 * checkpoint holds; on ATTNDYN_INTERRUPTED too. The tables go first, so that they hold at least the
 * rows that the checkpoint counts: rows emitted later are cut off. */

/* The path of the run's checkpoint; NULL where the run has no folder of its own (verify,
 * sweep): then there is nothing to save. */
const char *results_checkpoint(const struct results *results);
/* Was --resume given? */
bool results_resuming(const struct results *results);
/* Is it time to save? (every --save-every seconds) */
bool results_due(const struct results *results);
/* Writes the parameters and the tables so far, each whole; *progress: row counts, scalars and notes
 * as text, owned by ctx. Solver counters are not kept: record them at the end. */
enum attndyn_status results_flush(struct attndyn_context *ctx, struct results *results,
                                  char **progress);
/* After results_restore: was the resumed run one of a shorter horizon? */
bool results_longer(const struct results *results);
/* Replaces everything emitted so far by the state at that flush. ATTNDYN_USAGE where the folder is
 * of other parameters or another program, ATTNDYN_NO_INPUT where its tables are damaged. */
enum attndyn_status results_restore(struct attndyn_context *ctx, struct results *results,
                                    const char *progress);

/* A cell as it is kept. */
union stored {
    double real;
    long integer;
    const char *text;
};
/* The cells of a row, in the order of the declared columns; NULL behind the last row. */
const union stored *results_row(const struct results *results, const char *table, size_t row);

/* Reading them back, in checks. Undeclared names abort, as in params.h. */
size_t results_rows(const struct results *results, const char *table);
double results_real(const struct results *results, const char *table, size_t row,
                    const char *column); /* COLUMN_REAL or COLUMN_INT; missing: NaN */
/* The largest |value| of a column over all rows: NOTHING_YET without rows, NaN where one is not a
 * number. */
double results_worst(const struct results *results, const char *table, const char *column);
/* The largest |a - b|, and the largest |a/b - 1|, of two columns: as above. */
double results_worst_gap(const struct results *results, const char *table, const char *column,
                         const char *beside);
double results_worst_deviation(const struct results *results, const char *table, const char *column,
                               const char *beside);
/* The smallest and the largest value of a column over all rows: infinite without rows, NaN where
 * one is not a number. */
double results_least(const struct results *results, const char *table, const char *column);
double results_largest(const struct results *results, const char *table, const char *column);
double results_sum(const struct results *results, const char *table, const char *column);
/* The first row whose column is `text`; SIZE_MAX where there is none. */
size_t results_find(const struct results *results, const char *table, const char *column,
                    const char *text);
const char *results_text(const struct results *results, const char *table, size_t row,
                         const char *column);
/* Rows and notes so far, over all tables. */
size_t results_emitted(const struct results *results);
/* NaN if unset. */
double results_scalar_value(const struct results *results, const char *name);
/* state[quantity][index], NaN if absent. */
double results_state_value(const struct results *results, const char *quantity, long index);

#endif
