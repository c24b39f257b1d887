#include "results.h"

#include "measure.h"
#include "plural.h"
#include "printable.h"
#include "results_private.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char the_state_table[] = "state",
           the_state_doc[] = "the final state, every number with 17 digits";
const struct column the_state_columns[] = {
    {.name = "quantity", .type = COLUMN_TEXT, .doc = "the theory's symbol"},
    {.name = "index", .type = COLUMN_INT, .doc = "position, 0-based; matrices row-major"},
    {.name = "value", .type = COLUMN_REAL, .doc = "value at the end of the run"},
    {0}};

static _Noreturn void internal_error(const struct results *results, const char *what,
                                     const char *name) {
    fprintf(stderr, "attndyn: internal error: %s: %s '%s' is not declared\n",
            results->experiment->id, what, name);
    abort();
}

/* Emitted rows must outlive the loops that emit them, so they do not use the context's marks. */
static void *keep_resized(struct attndyn_context *ctx, void *block, size_t old_count,
                          size_t new_count, size_t size) {
    void *larger = attndyn_resize(ctx, block, old_count, new_count, size);
    if (!block) attndyn_memory_keep(ctx, larger);
    return larger;
}

/* NULL means that attndyn_format ran out of memory and has already reported it. */
static char *keep_text(struct attndyn_context *ctx, const char *text) {
    if (!text) return NULL;
    char *copy = attndyn_strdup(ctx, text);
    attndyn_memory_keep(ctx, copy);
    return copy;
}

enum attndyn_status results_create(struct attndyn_context *ctx, const struct experiment *experiment,
                                   struct results **out) {
    struct results *results;
    ATTNDYN_ALLOC(ctx, results, 1);
    results->experiment = experiment;
    results->n_tables = tables_of(experiment);
    while (experiment->scalars && experiment->scalars[results->n_scalars].name)
        results->n_scalars++;
    ATTNDYN_ALLOC(ctx, results->tables, results->n_tables);
    for (size_t t = 0; t < results->n_tables; t++) {
        struct result_table *table = &results->tables[t];
        table->about = &experiment->tables[t];
        table->columns = columns_of(table->about);
    }
    ATTNDYN_ALLOC(ctx, results->scalars, results->n_scalars);
    for (size_t s = 0; s < results->n_scalars; s++) results->scalars[s] = NAN;
    *out = results;
    return ATTNDYN_OK;
}

struct result_table *results_table(const struct results *results, const char *name) {
    for (size_t t = 0; t < results->n_tables; t++)
        if (strcmp(results->tables[t].about->name, name) == 0) return &results->tables[t];
    internal_error(results, "table", name);
}

const char results_no_text[] = "";

static _Noreturn void not_filled(const struct results *results, const char *table,
                                 const char *column) {
    fprintf(stderr, "attndyn: internal error: %s: table %s: a row's %s was not filled in\n",
            results->experiment->id, table, column);
    abort();
}

void results_no_row(const struct results *results, const char *table) {
    fprintf(stderr,
            "attndyn: internal error: %s: table %s: a row was made by neither WHOLE nor BLANK\n",
            results->experiment->id, table);
    abort();
}

static enum attndyn_status store(struct attndyn_context *ctx, const struct results *results,
                                 struct result_table *table, size_t c, struct cell cell,
                                 union stored *to) {
    const struct column *column = &table->about->columns[c];
    if (column->type == COLUMN_REAL && cell.type == COLUMN_INT) cell = R((double)cell.integer);
    if (cell.type != column->type) {
        fprintf(stderr, "attndyn: internal error: %s: table %s, column %s: cell of another type\n",
                results->experiment->id, table->about->name, column->name);
        abort();
    }
    switch (cell.type) {
    case COLUMN_INT:
        /* a field that BLANK left, or the integer that a NaN becomes */
        if (cell.integer == LONG_MIN)
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "table %s, row %zu: %s is no number",
                                table->about->name, table->rows, column->name);
        to->integer = cell.integer;
        return ATTNDYN_OK;
    case COLUMN_REAL:
        if (!isfinite(cell.real) && !(column->optional && isnan(cell.real)))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "table %s, row %zu: %s is %g: the run left the range where it is "
                                "defined; shorten the horizon or tighten rtol",
                                table->about->name, table->rows, column->name, cell.real);
        to->real = cell.real;
        return ATTNDYN_OK;
    case COLUMN_TEXT:
        if (!cell.text) return ATTNDYN_NO_MEMORY;
        if (cell.text == results_no_text) not_filled(results, table->about->name, column->name);
        /* Runs of equal texts (quantity names, cases) share one copy. */
        if (table->rows > 0) {
            const char *before = table->cells[(table->rows - 1) * table->columns + c].text;
            if (strcmp(before, cell.text) == 0) {
                to->text = before;
                return ATTNDYN_OK;
            }
        }
        to->text = keep_text(ctx, cell.text);
        return to->text ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
    }
    return ATTNDYN_OK;
}

enum attndyn_status results_emit(struct attndyn_context *ctx, struct results *results,
                                 const char *name, const struct cell *cells, size_t count) {
    struct result_table *table = results_table(results, name);
    if (count != table->columns) {
        fprintf(stderr, "attndyn: internal error: %s: table %s has %zu columns, given %zu\n",
                results->experiment->id, name, table->columns, count);
        abort();
    }
    if (table->rows == table->room) {
        size_t room = table->room ? 2 * table->room : 16;
        union stored *larger = keep_resized(ctx, table->cells, table->room * table->columns,
                                            room * table->columns, sizeof *larger);
        if (!larger) return ATTNDYN_NO_MEMORY;
        table->cells = larger;
        table->room = room;
    }
    union stored *row = &table->cells[table->rows * table->columns];
    for (size_t c = 0; c < count; c++)
        ATTNDYN_TRY(store(ctx, results, table, c, cells[c], &row[c]));
    table->rows++;
    return ATTNDYN_OK;
}

enum attndyn_status results_emit_state(struct attndyn_context *ctx, struct results *results,
                                       const char *quantity, const double *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct cell cells[] = {S(quantity), I((long)i), R(values[i])};
        ATTNDYN_TRY(results_emit(ctx, results, "state", cells, 3));
    }
    return ATTNDYN_OK;
}

static size_t scalar_position(const struct results *results, const char *name) {
    for (size_t s = 0; s < results->n_scalars; s++)
        if (strcmp(results->experiment->scalars[s].name, name) == 0) return s;
    internal_error(results, "scalar", name);
}

enum attndyn_status results_scalar(struct attndyn_context *ctx, struct results *results,
                                   const char *name, double value) {
    size_t s = scalar_position(results, name);
    if (!isfinite(value) && !(results->experiment->scalars[s].optional && isnan(value)))
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "scalar %s is %g", name, value);
    results->scalars[s] = value;
    return ATTNDYN_OK;
}

enum attndyn_status results_solver(struct attndyn_context *ctx, struct results *results,
                                   const char *label, const struct attndyn_ode_statistics *s) {
    struct result_solver *larger = keep_resized(ctx, results->solvers, results->n_solvers,
                                                results->n_solvers + 1, sizeof *larger);
    if (!larger) return ATTNDYN_NO_MEMORY;
    results->solvers = larger;
    struct result_solver *solver = &results->solvers[results->n_solvers];
    solver->statistics = *s;
    solver->label = keep_text(ctx, label);
    if (!solver->label) return ATTNDYN_NO_MEMORY;
    results->n_solvers++;
    return ATTNDYN_OK;
}

enum attndyn_status results_note(struct attndyn_context *ctx, struct results *results,
                                 const char *format, ...) {
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    plural_set(text);
    char **larger =
        keep_resized(ctx, results->notes, results->n_notes, results->n_notes + 1, sizeof *larger);
    if (!larger) return ATTNDYN_NO_MEMORY;
    results->notes = larger;
    results->notes[results->n_notes] = keep_text(ctx, text);
    return results->notes[results->n_notes++] ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

enum attndyn_status results_skip(struct attndyn_context *ctx, struct results *results,
                                 const char *why) {
    results->skipped = keep_text(ctx, why);
    return results->skipped ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

static size_t column_position(const struct results *results, const struct result_table *table,
                              const char *name) {
    for (size_t c = 0; c < table->columns; c++)
        if (strcmp(table->about->columns[c].name, name) == 0) return c;
    internal_error(results, "column", name);
}

static bool row_is(const struct result_table *table, const union stored *row, size_t c,
                   const char *value) {
    char number[40];
    if (table->about->columns[c].type == COLUMN_TEXT) return strcmp(row[c].text, value) == 0;
    if (table->about->columns[c].type == COLUMN_REAL) return row[c].real == strtod(value, NULL);
    snprintf(number, sizeof number, "%ld", row[c].integer);
    return strcmp(number, value) == 0;
}

/* NaN where no row has a value. */
static double taken(const struct results *results, const struct scalar *s) {
    const struct result_table *table = results_table(results, s->table);
    const size_t column = column_position(results, table, s->column);
    const size_t key = s->key ? column_position(results, table, s->key) : 0;
    double value = NAN, sum = 0;
    size_t count = 0;
    for (size_t r = 0; r < table->rows; r++) {
        const union stored *row = &table->cells[r * table->columns];
        if (s->key && !row_is(table, row, key, s->value)) continue;
        const double x = table->about->columns[column].type == COLUMN_INT
                             ? (double)row[column].integer
                             : row[column].real;
        if (isnan(x)) continue;
        sum += x;
        count++;
        const bool better = s->take == TAKE_LAST || isnan(value) ||
                            (s->take == TAKE_LARGEST && fabs(x) > fabs(value)) ||
                            (s->take == TAKE_SMALLEST && fabs(x) < fabs(value));
        if (better) value = x;
    }
    return s->take == TAKE_MEAN && count ? sum / (double)count : value;
}

/* Every scalar that is not declared optional must be set. */
enum attndyn_status results_complete(struct attndyn_context *ctx, struct results *results) {
    for (size_t s = 0; s < results->n_scalars; s++)
        if (results->experiment->scalars[s].take && isnan(results->scalars[s]))
            results->scalars[s] = taken(results, &results->experiment->scalars[s]);
    for (size_t s = 0; s < results->n_scalars; s++)
        if (isnan(results->scalars[s]) && !results->experiment->scalars[s].optional)
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "the run ended without its scalar %s",
                                results->experiment->scalars[s].name);
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ reading back */

void results_look_begin(const struct results *results) {
    for (size_t t = 0; t < results->n_tables; t++) results->tables[t].looked_at = false;
}

static const struct result_table *look_at(const struct results *results, const char *name) {
    struct result_table *table = results_table(results, name);
    table->looked_at = true;
    return table;
}

size_t results_rows(const struct results *results, const char *table) {
    return look_at(results, table)->rows;
}

size_t results_emitted(const struct results *results) {
    size_t rows = results->n_notes;
    for (size_t t = 0; t < results->n_tables; t++) rows += results->tables[t].rows;
    return rows;
}

static const union stored *stored_at(const struct results *results, const char *name, size_t row,
                                     const char *column, enum column_type *type) {
    const struct result_table *table = results_table(results, name);
    for (size_t c = 0; c < table->columns; c++) {
        if (strcmp(table->about->columns[c].name, column) != 0) continue;
        if (row >= table->rows) internal_error(results, "row of table", name);
        *type = table->about->columns[c].type;
        return &table->cells[row * table->columns + c];
    }
    internal_error(results, "column", column);
}

const union stored *results_row(const struct results *results, const char *name, size_t row) {
    const struct result_table *table = look_at(results, name);
    return row < table->rows ? &table->cells[row * table->columns] : NULL;
}

double results_real(const struct results *results, const char *table, size_t row,
                    const char *column) {
    enum column_type type;
    const union stored *stored = stored_at(results, table, row, column, &type);
    if (type == COLUMN_TEXT) internal_error(results, "numeric column", column);
    return type == COLUMN_INT ? (double)stored->integer : stored->real;
}

double results_worst(const struct results *results, const char *table, const char *column) {
    double most = NOTHING_YET;
    for (size_t row = 0; row < results_rows(results, table); row++)
        worst(&most, results_real(results, table, row, column));
    return most;
}

double results_worst_gap(const struct results *results, const char *table, const char *column,
                         const char *beside) {
    double most = NOTHING_YET;
    for (size_t row = 0; row < results_rows(results, table); row++)
        worst(&most, results_real(results, table, row, column) -
                         results_real(results, table, row, beside));
    return most;
}

double results_worst_deviation(const struct results *results, const char *table, const char *column,
                               const char *beside) {
    double most = NOTHING_YET;
    for (size_t row = 0; row < results_rows(results, table); row++)
        worst(&most, results_real(results, table, row, column) /
                             results_real(results, table, row, beside) -
                         1);
    return most;
}

double results_least(const struct results *results, const char *table, const char *column) {
    double least = INFINITY;
    for (size_t row = 0; row < results_rows(results, table); row++)
        keep_smaller(&least, results_real(results, table, row, column));
    return least;
}

double results_largest(const struct results *results, const char *table, const char *column) {
    double most = NOTHING_YET;
    for (size_t row = 0; row < results_rows(results, table); row++)
        keep_larger(&most, results_real(results, table, row, column));
    return most;
}

size_t results_find(const struct results *results, const char *table, const char *column,
                    const char *text) {
    for (size_t row = 0; row < results_rows(results, table); row++)
        if (strcmp(results_text(results, table, row, column), text) == 0) return row;
    return SIZE_MAX;
}

double results_sum(const struct results *results, const char *table, const char *column) {
    double sum = results_rows(results, table) ? 0 : NOTHING_YET;
    for (size_t row = 0; row < results_rows(results, table); row++)
        sum += results_real(results, table, row, column);
    return sum;
}

const char *results_text(const struct results *results, const char *table, size_t row,
                         const char *column) {
    enum column_type type;
    const union stored *stored = stored_at(results, table, row, column, &type);
    if (type != COLUMN_TEXT) internal_error(results, "text column", column);
    return stored->text;
}

double results_scalar_value(const struct results *results, const char *name) {
    return results->scalars[scalar_position(results, name)];
}

double results_state_value(const struct results *results, const char *quantity, long index) {
    const struct result_table *table = results_table(results, "state");
    for (size_t r = 0; r < table->rows; r++) {
        const union stored *row = &table->cells[r * table->columns];
        if (row[1].integer == index && strcmp(row[0].text, quantity) == 0) return row[2].real;
    }
    return NAN;
}

void results_say(const struct results *results, const char *bytes, size_t length) {
    if (!results->says) return;
    for (size_t i = 0, n; i < length; i += n) {
        char character[5] = {0}; /* the bytes that are left, at most a character's */
        memcpy(character, bytes + i, length - i < 4 ? length - i : 4);
        n = printable_character(character);
        if (n > 0)
            fwrite(character, 1, n, results->says);
        else
            printable_byte(results->says, character[0]);
        n = n > 0 ? n : 1;
    }
    fflush(results->says);
}
