/* Tables as CSV: RFC 4180 quoting, header row, LF line ends, 17 significant digits, an empty cell
 * for a missing number, no comments. Valid UTF-8 (contract/printable.h). */
#ifndef FRAME_RUN_CSV_H
#define FRAME_RUN_CSV_H

#include "experiments/frame/contract/results_private.h"

#include <stdio.h>

/* <folder>/<table>.csv, whole. */
enum attndyn_status csv_write(struct attndyn_context *ctx, const struct result_table *table,
                              const char *folder);

/* Emits the first `rows` rows of such a file to `table` of `results`, bit by bit; later rows are
 * left out. ATTNDYN_NO_INPUT where the file is not of this table or has fewer. */
enum attndyn_status csv_read(struct attndyn_context *ctx, struct results *results,
                             const struct result_table *table, const char *folder, size_t rows);

/* One cell of text, quoted where RFC 4180 asks for it. */
void csv_text(FILE *stream, const char *text);
/* The same, quoted always. */
void csv_quoted(FILE *stream, const char *text);

#endif
