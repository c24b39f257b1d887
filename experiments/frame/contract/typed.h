/* The lists that an experiment is written in. Each declares a struct member, its key or column, and
 * its doc in one place; a misspelt field, key or table does not compile.
 *
 *     #define GROWTH(X)                                                           what a user sets
 *         X(INT, classes, "20", "classes K", IN(2, 1000))
 *         X(REALS, ratios, "0.1,1,10", "eta_Y/eta_Z", IN(0.01, 1e6))
 *         X(CHOICE, model, "coupled", "the right-hand side")
 *     #define MODEL(C) C(model_coupled, "coupled") C(model_quasi_static, "qsd")
 *     CHOICES(model, MODEL)                                                       enum model
 *     PARAMS(growth, GROWTH)                                                      struct growth
 *
 *     #define CURVES(X)                                                           what a run emits
 *         X(REAL, t, "time", .unit = "s") X(OPTIONAL, B, "gain; empty at t = 0") X(INT, k, "...")
 *     TABLE(curves, CURVES, "the gain in time")                                   struct curves
 *
 *     RUN(growth) {                              (const struct trial *run, const struct growth *p)
 *         ATTNDYN_TRY(EMIT(run, curves, .t = t, .B = NAN, .k = k));               every field, once
 *     }
 *
 *     #define PARAMETERS growth
 *     CLAIM(early, "C1.early", DERIVED, "B = t^2.", "more than {percent} off", .bound = 0.01) {
 *         double error = NOTHING_YET;       (const struct trial *run, const struct growth *p,
 *         EACH_ROW(run, curves, r) worst(&error, r->B / (r->t * r->t) - 1);   struct verdict *v)
 *         return verdict_at_most(v, error, v->bound, "%zu outputs", ROWS(run, curves));
 *     }                            WORST(run, curves, B) is the largest of a column, without a loop
 *     const struct check *const growth_claims[] = {&early, NULL};
 *
 * An experiment is these parts: PARTS_OF(growth, found), .tables = TABLES(curves, the_state).
 * In a list, what follows the doc is any further member of struct param, column or scalar. */
#ifndef FRAME_CONTRACT_TYPED_H
#define FRAME_CONTRACT_TYPED_H

#include "check.h"
#include "measure.h"
#include "params.h"
#include "results.h"

#include <limits.h>
#include <math.h>

struct reals {
    const double *at;
    size_t count;
};

#define UNUSED __attribute__((unused))

/* What run() and a claim work with. `params` serves shared readers of a part of the parameters. */
struct trial {
    struct attndyn_context *ctx;
    struct results *results;
    const struct params *params;
};

/* --- Parameters: X(kind, name, default, doc, further members of struct param...)
 * Kinds: INT long, REAL double, BOOL bool, CHOICE enum <name>, METHOD enum attndyn_ode_method,
 * REALS struct reals, TEXT and FILE const char *. ENUM(type, "a|b|c"): an enum of the library, its
 * names in the order of the enum; NAMED(type, find, "c|a"): some of them, find(name, &value). */
#define PARAM_OF_INT(name) long
#define PARAM_OF_REAL(name) double
#define PARAM_OF_BOOL(name) bool
#define PARAM_OF_CHOICE(name) enum name
#define PARAM_OF_METHOD(name) enum attndyn_ode_method
#define PARAM_OF_REALS(name) struct reals
#define PARAM_OF_TEXT(name) const char *
#define PARAM_OF_FILE(name) const char *
#define PARAM_OF_ENUM(type, names) enum type PARAM_NONE
#define PARAM_OF_NAMED(type, find, names) enum type PARAM_NONE
#define PARAM_NONE(name)
#define PARAM_MEMBER(kind, name, ...) PARAM_OF_##kind(name) name;

#define PARAM_CHOICES_INT(name)
#define PARAM_CHOICES_REAL(name)
#define PARAM_CHOICES_BOOL(name)
#define PARAM_CHOICES_CHOICE(name) .choices = name##_choices + 1,
#define PARAM_CHOICES_METHOD(name) .choices = ATTNDYN_ODE_METHODS,
#define PARAM_CHOICES_REALS(name)
#define PARAM_CHOICES_TEXT(name)
#define PARAM_CHOICES_FILE(name)
#define PARAM_CHOICES_ENUM(type, names) .choices = names, PARAM_NONE
#define PARAM_CHOICES_NAMED(type, find, names) .choices = names, PARAM_NONE
#define PARAM_TYPE_INT PARAM_INT
#define PARAM_TYPE_REAL PARAM_REAL
#define PARAM_TYPE_BOOL PARAM_BOOL
#define PARAM_TYPE_CHOICE PARAM_CHOICE
#define PARAM_TYPE_METHOD PARAM_CHOICE
#define PARAM_TYPE_REALS PARAM_REALS
#define PARAM_TYPE_TEXT PARAM_TEXT
#define PARAM_TYPE_FILE PARAM_FILE
#define PARAM_TYPE_ENUM(type, names) PARAM_CHOICE
#define PARAM_TYPE_NAMED(type, find, names) PARAM_CHOICE
#define PARAM_ENTRY(kind, key, value, ...)                                                         \
    {.name = #key,                                                                                 \
     .type = PARAM_TYPE_##kind,                                                                    \
     .initial = value,                                                                             \
     PARAM_CHOICES_##kind(key).doc = __VA_ARGS__},

#define PARAM_READ_INT(p, key, to) to = param_int(p, key);
#define PARAM_READ_REAL(p, key, to) to = param_real(p, key);
#define PARAM_READ_BOOL(p, key, to) to = param_bool(p, key);
#define PARAM_READ_CHOICE(p, key, to) to = (__typeof__(to))param_choice(p, key);
#define PARAM_READ_METHOD(p, key, to) to = (enum attndyn_ode_method)param_choice(p, key);
#define PARAM_READ_REALS(p, key, to) to.at = param_reals(p, key, &to.count);
#define PARAM_READ_TEXT(p, key, to) to = param_text(p, key);
#define PARAM_READ_FILE(p, key, to) to = param_text(p, key);
#define PARAM_READ_ENUM(type, names) PARAM_READ_CHOICE
#define PARAM_READ_NAMED(type, find, names) (void)find PARAM_FIND
#define PARAM_FIND(p, key, to) (param_text(p, key), &to);
#define PARAM_READ(kind, name, ...) PARAM_READ_##kind(params, #name, read.name)

/* struct type, struct type type_read(params), and the list as data for PARTS_OF. */
#define PARAMS(type, LIST)                                                                         \
    struct type {                                                                                  \
        LIST(PARAM_MEMBER)                                                                         \
    };                                                                                             \
    static inline UNUSED struct type type##_read(const struct params *params) {                    \
        struct type read;                                                                          \
        LIST(PARAM_READ) return read;                                                              \
    }                                                                                              \
    static const struct param type##_params[] UNUSED = {LIST(PARAM_ENTRY){0}};
/* Bounds, inclusive. */
#define IN(lowest, highest) .min = lowest, .max = highest

/* The values of a CHOICE, in their order: L(C) is C(enumerator, "as written")... The second array,
 * by enumerator, gives them as written: model_names[p->model]. */
#define CHOICE_MEMBER(enumerator, text) enumerator,
#define CHOICE_TEXT(enumerator, text) "|" text
#define CHOICE_NAME(enumerator, text) text,
#define CHOICES(type, L)                                                                           \
    enum type { L(CHOICE_MEMBER) };                                                                \
    static const char type##_choices[] UNUSED = L(CHOICE_TEXT);                                    \
    static const char *const type##_names[] UNUSED = {L(CHOICE_NAME)};

/* ATTNDYN_USAGE where a list was given no value: NOT_EMPTY(run, p, ratios). */
#define NOT_EMPTY(run, p, list) reals_not_empty((run)->ctx, #list, (p)->list)
static inline enum attndyn_status reals_not_empty(struct attndyn_context *ctx, const char *name,
                                                  struct reals list) {
    if (list.count > 0) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "%s is empty: expected at least one value, %s=v1,v2,...", name, name);
}

/* --- Rows: X(kind, name, doc, further members of struct column...)
 * Kinds: REAL double, finite; OPTIONAL double, NAN is an empty cell; INT long; TEXT const char *,
 * TEXT_AS("case") where the column's name is no name in C. */
#define ROW_OF_REAL double
#define ROW_OF_OPTIONAL double
#define ROW_OF_INT long
#define ROW_OF_TEXT const char *
#define ROW_OF_TEXT_AS(name) const char *
#define ROW_MEMBER(kind, name, ...) ROW_OF_##kind name;
#define ROW_COLUMN_REAL COLUMN_REAL, .optional = false
#define ROW_COLUMN_OPTIONAL COLUMN_REAL, .optional = true
#define ROW_COLUMN_INT COLUMN_INT, .optional = false
#define ROW_COLUMN_TEXT COLUMN_TEXT, .optional = false
#define ROW_COLUMN_TEXT_AS(name) COLUMN_TEXT, .optional = false
#define ROW_NAME_REAL(key) #key
#define ROW_NAME_OPTIONAL(key) #key
#define ROW_NAME_INT(key) #key
#define ROW_NAME_TEXT(key) #key
#define ROW_NAME_TEXT_AS(name) name PARAM_NONE
#define ROW_COLUMN(kind, key, ...)                                                                 \
    {.name = ROW_NAME_##kind(key), .type = ROW_COLUMN_##kind, .doc = __VA_ARGS__},
#define ROW_CELL_REAL R
#define ROW_CELL_OPTIONAL R
#define ROW_CELL_INT I
#define ROW_CELL_TEXT S
#define ROW_CELL_TEXT_AS(name) S
#define ROW_CELL(kind, name, ...) ROW_CELL_##kind(row->name),
#define ROW_BACK_REAL real
#define ROW_BACK_OPTIONAL real
#define ROW_BACK_INT integer
#define ROW_BACK_TEXT text
#define ROW_BACK_TEXT_AS(name) text
#define ROW_BACK(kind, name, ...) row->name = (cell++)->ROW_BACK_##kind;
#define ROW_ONE(kind, name, ...) +1
/* What the writer refuses, or takes for an empty cell. */
#define ROW_BLANK_REAL NAN
#define ROW_BLANK_OPTIONAL NAN
#define ROW_BLANK_INT LONG_MIN
#define ROW_BLANK_TEXT results_no_text
#define ROW_BLANK_TEXT_AS(name) results_no_text
#define ROW_BLANK(kind, name, ...) .name = ROW_BLANK_##kind,
/* row_ of what WHOLE and BLANK have made. */
#define ROW_MADE SIZE_MAX

/* The first member of rows and scalars: values without their fields' names do not compile. */
#define NAMES_ONLY struct values_need_their_names *names_only_;

/* struct type: a row of the table <type>, whose doc is `words`. Its member row_ belongs to EACH_ROW
 * and WHOLE. */
#define TABLE(type, LIST, words) TABLE_AS(type, #type, LIST, words)
/* The same where a struct of the table's name is there already. */
#define TABLE_AS(type, table, LIST, words)                                                         \
    struct type {                                                                                  \
        NAMES_ONLY LIST(ROW_MEMBER) size_t row_;                                                   \
    };                                                                                             \
    static const char type##_table[] UNUSED = table, type##_doc[] UNUSED = words;                  \
    static const struct column type##_columns[] UNUSED = {LIST(ROW_COLUMN){0}};                    \
    enum { type##_fields = LIST(ROW_ONE) };                                                        \
    static inline UNUSED struct type type##_blank(void) {                                          \
        return (struct type){LIST(ROW_BLANK).row_ = ROW_MADE};                                     \
    }                                                                                              \
    static inline UNUSED enum attndyn_status type##_put_(const struct trial *run,                  \
                                                         const struct type *row) {                 \
        const struct cell cells[] = {LIST(ROW_CELL)};                                              \
        if (row->row_ != ROW_MADE) results_no_row(run->results, table);                            \
        return results_emit(run->ctx, run->results, table, cells, sizeof cells / sizeof *cells);   \
    }                                                                                              \
    /* Row row_ into *row, which then points to the next one; false behind the last. */            \
    static inline UNUSED bool type##_next(const struct trial *run, struct type *row) {             \
        const union stored *cell = results_row(run->results, table, row->row_);                    \
        if (!cell) return false;                                                                   \
        LIST(ROW_BACK) row->row_++;                                                                \
        return true;                                                                               \
    }
/* The member .tables of the experiment, in the order in which they are written:
 * TABLES(curves, fit, the_state). */
#define TABLES(...)                                                                                \
    (const struct table[]) {                                                                       \
        JOIN(TABLES_, COUNT(__VA_ARGS__))(__VA_ARGS__) {                                           \
            0                                                                                      \
        }                                                                                          \
    }
#define TABLE_OF(type) {.name = type##_table, .doc = type##_doc, .columns = type##_columns},
#define TABLES_1(type) TABLE_OF(type)
#define TABLES_2(type, ...) TABLE_OF(type) TABLES_1(__VA_ARGS__)
#define TABLES_3(type, ...) TABLE_OF(type) TABLES_2(__VA_ARGS__)
#define TABLES_4(type, ...) TABLE_OF(type) TABLES_3(__VA_ARGS__)
#define TABLES_5(type, ...) TABLE_OF(type) TABLES_4(__VA_ARGS__)
#define TABLES_6(type, ...) TABLE_OF(type) TABLES_5(__VA_ARGS__)
#define TABLES_7(type, ...) TABLE_OF(type) TABLES_6(__VA_ARGS__)
#define TABLES_8(type, ...) TABLE_OF(type) TABLES_7(__VA_ARGS__)
#define TABLES_9(type, ...) TABLE_OF(type) TABLES_8(__VA_ARGS__)
#define TABLES_10(type, ...) TABLE_OF(type) TABLES_9(__VA_ARGS__)
#define TABLES_11(type, ...) TABLE_OF(type) TABLES_10(__VA_ARGS__)
#define TABLES_12(type, ...) TABLE_OF(type) TABLES_11(__VA_ARGS__)
#define TABLES_13(type, ...) TABLE_OF(type) TABLES_12(__VA_ARGS__)
#define TABLES_14(type, ...) TABLE_OF(type) TABLES_13(__VA_ARGS__)
#define TABLES_15(type, ...) TABLE_OF(type) TABLES_14(__VA_ARGS__)
#define TABLES_16(type, ...) TABLE_OF(type) TABLES_15(__VA_ARGS__)

/* One row, every field by its name: a field that is missing, or named twice, does not compile. */
#define EMIT(run, type, ...) type##_put_((run), &WHOLE(type, __VA_ARGS__))
/* Such a row as a value, to be kept before EMIT_ROW(run, type, &row). One that is filled in steps
 * begins as BLANK(type): what stays unfilled fails the run, or is empty where it is OPTIONAL. A row
 * that was made otherwise is refused. */
#define WHOLE(type, ...)                                                                           \
    ((struct type){__VA_ARGS__,                                                                    \
                   .row_ = sizeof(struct {                                                         \
                               int unused;                                                         \
                               _Static_assert(                                                     \
                                   sizeof #__VA_ARGS__ > 1 && COUNT(__VA_ARGS__) == type##_fields, \
                                   "expected every field of the table " #type ", once");           \
                           }) > 0                                                                  \
                               ? ROW_MADE                                                          \
                               : 0})
#define BLANK(type) type##_blank()
#define EMIT_ROW(run, type, row) type##_put_((run), (row))
/* for every row of the table: struct type *r. break and continue do what they say. */
#define EACH_ROW(run, type, r)                                                                     \
    for (struct type r##_room = {.row_ = 0}, *r = &r##_room; type##_next((run), r);)
#define ROWS(run, type)                                                                            \
    (sizeof(struct type) > 0 ? results_rows((run)->results, type##_table) : (size_t)0)
/* The largest |value| in a column of reals: NOTHING_YET without rows, NaN where one is not a
 * number. */
#define WORST(run, type, name) results_worst((run)->results, type##_table, COLUMN_OF(type, name))
/* The largest |a - b|, and the largest |a/b - 1|, of two columns: the same. */
#define WORST_GAP(run, type, a, b)                                                                 \
    results_worst_gap((run)->results, type##_table, COLUMN_OF(type, a), COLUMN_OF(type, b))
#define WORST_DEVIATION(run, type, a, b)                                                           \
    results_worst_deviation((run)->results, type##_table, COLUMN_OF(type, a), COLUMN_OF(type, b))
/* The smallest and the largest value in a column: infinite without rows, NaN where one is not a
 * number. */
#define LEAST(run, type, name) results_least((run)->results, type##_table, COLUMN_OF(type, name))
#define MOST(run, type, name) results_largest((run)->results, type##_table, COLUMN_OF(type, name))
#define SUM(run, type, name) results_sum((run)->results, type##_table, COLUMN_OF(type, name))
/* Row i of the table, which must be there (i < ROWS), into the struct *to. */
#define ROW(run, type, i, to) (*(to) = (struct type){.row_ = (i)}, (void)type##_next((run), (to)))
/* The first row whose text `name` is `text`, into the struct *to, which stays as it is where there
 * is none. */
#define FIND(run, type, name, text, to)                                                            \
    do {                                                                                           \
        const size_t at_ =                                                                         \
            results_find((run)->results, type##_table, COLUMN_OF(type, name), text);               \
        if (at_ != SIZE_MAX) ROW(run, type, at_, to);                                              \
    } while (0)

/* How many arguments, up to 64. */
#define COUNT(...)                                                                                 \
    COUNT_(__VA_ARGS__, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47,    \
           46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, \
           24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1,  \
           0)
#define COUNT_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18,    \
               a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34,     \
               a35, a36, a37, a38, a39, a40, a41, a42, a43, a44, a45, a46, a47, a48, a49, a50,     \
               a51, a52, a53, a54, a55, a56, a57, a58, a59, a60, a61, a62, a63, a64, count, ...)   \
    count

/* --- Scalars: X(kind, name, doc, further members of struct scalar...), REAL or OPTIONAL. */
#define SCALAR_MEMBER(kind, name, ...) double name;
#define SCALAR_SET(kind, key, ...)                                                                 \
    ATTNDYN_TRY(results_scalar(run->ctx, run->results, #key, all->key));
#define SCALAR_GET(kind, key, ...) .key = results_scalar_value(run->results, #key),
#define SCALAR_BLANK(kind, key, ...) .key = NAN,
#define SCALAR_MAY_REAL false
#define SCALAR_MAY_OPTIONAL true
#define SCALAR_ENTRY(kind, key, ...)                                                               \
    {.name = #key, .optional = SCALAR_MAY_##kind, .doc = __VA_ARGS__},
#define SCALARS(type, LIST)                                                                        \
    struct type {                                                                                  \
        NAMES_ONLY LIST(SCALAR_MEMBER)                                                             \
    };                                                                                             \
    enum { type##_scalars = LIST(ROW_ONE) };                                                       \
    static inline UNUSED struct type type##_blank(void) {                                          \
        return (struct type){LIST(SCALAR_BLANK)};                                                  \
    }                                                                                              \
    static inline UNUSED enum attndyn_status type##_set(const struct trial *run,                   \
                                                        const struct type *all) {                  \
        LIST(SCALAR_SET)                                                                           \
        return ATTNDYN_OK;                                                                         \
    }                                                                                              \
    /* All of them; NaN where one is unset. */                                                     \
    static inline UNUSED struct type type##_of(const struct trial *run) {                          \
        return (struct type){LIST(SCALAR_GET)};                                                    \
    }                                                                                              \
    static const struct scalar type##_list[] UNUSED = {LIST(SCALAR_ENTRY){0}};
/* A scalar that the frame takes from a table when run() has ended, instead of SET:
 *     X(OPTIONAL, B_end, "gain at the end", LAST_OF(curves, B))
 *     X(OPTIONAL, late, "prefactor", LAST_OF(late, local), AMONG(late, model, "coupled")) */
#define COLUMN_OF(type, name) &#name[0 * sizeof(((struct type *)0)->name)]
#define LAST_OF(type, name)                                                                        \
    .take = TAKE_LAST, .table = type##_table, .column = COLUMN_OF(type, name)
#define LARGEST_OF(type, name)                                                                     \
    .take = TAKE_LARGEST, .table = type##_table, .column = COLUMN_OF(type, name)
#define SMALLEST_OF(type, name)                                                                    \
    .take = TAKE_SMALLEST, .table = type##_table, .column = COLUMN_OF(type, name)
#define MEAN_OF(type, name)                                                                        \
    .take = TAKE_MEAN, .table = type##_table, .column = COLUMN_OF(type, name)
#define AMONG(type, name, text) .key = COLUMN_OF(type, name), .value = text
#define SCALAR_KNOWN(type, name) (sizeof(((struct type *)0)->name) > 0)
/* Sets all of them, each by its name: one that is missing, or named twice, does not compile. NAN
 * leaves an optional one unset. */
#define SET(run, type, ...)                                                                        \
    type##_set((run), (sizeof(struct {                                                             \
                           int unused;                                                             \
                           _Static_assert(sizeof #__VA_ARGS__ > 1 &&                               \
                                              COUNT(__VA_ARGS__) == type##_scalars,                \
                                          "SET: expected every scalar of " #type ", once");        \
                       }) > 0)                                                                     \
                          ? &(const struct type){__VA_ARGS__}                                      \
                          : NULL)
/* The same of a struct that was filled in steps, from BLANK(type) on. */
#define SET_ALL(run, type, all) type##_set((run), (all))
/* Sets one: a status. */
#define SCALAR(run, type, name, value)                                                             \
    (SCALAR_KNOWN(type, name) ? results_scalar((run)->ctx, (run)->results, #name, (value))         \
                              : ATTNDYN_OK)
/* Its value; NaN where it is unset. */
#define SCALAR_OF(run, type, name)                                                                 \
    (SCALAR_KNOWN(type, name) ? results_scalar_value((run)->results, #name) : NAN)

/* The final state, a remark, a solver's counters: statuses. See results.h. */
#define STATE(run, quantity, values, count)                                                        \
    results_emit_state((run)->ctx, (run)->results, #quantity, (values), (count))
#define STATE_OF(run, quantity, index) results_state_value((run)->results, #quantity, (index))
/* Single numbers of the final state that claims read back: STATES(ends, ENDS) with
 * #define ENDS(N) N(w_inf) N(z_inf), then KEEP(run, ends, .w_inf = w, .z_inf = z), all of them in
 * the order of the list but for those that are NAN, and ends_of(run), NaN where there is none. */
#define STATES_MEMBER(name) double name;
#define STATES_SET(name)                                                                           \
    if (!isnan(all->name))                                                                         \
        ATTNDYN_TRY(results_emit_state(run->ctx, run->results, #name, &all->name, 1));
#define STATES_GET(name) .name = results_state_value(run->results, #name, 0),
#define STATES_ONE(name) +1
#define STATES(type, LIST)                                                                         \
    struct type {                                                                                  \
        NAMES_ONLY LIST(STATES_MEMBER)                                                             \
    };                                                                                             \
    enum { type##_numbers = LIST(STATES_ONE) };                                                    \
    static inline UNUSED enum attndyn_status type##_keep_(const struct trial *run,                 \
                                                          const struct type *all) {                \
        LIST(STATES_SET)                                                                           \
        return ATTNDYN_OK;                                                                         \
    }                                                                                              \
    static inline UNUSED struct type type##_of(const struct trial *run) {                          \
        return (struct type){LIST(STATES_GET)};                                                    \
    }
#define KEEP(run, type, ...)                                                                       \
    type##_keep_((run), (sizeof(struct {                                                           \
                             int unused;                                                           \
                             _Static_assert(sizeof #__VA_ARGS__ > 1 &&                             \
                                                COUNT(__VA_ARGS__) == type##_numbers,              \
                                            "KEEP: expected every number of " #type ", once");     \
                         }) > 0)                                                                   \
                            ? &(const struct type){__VA_ARGS__}                                    \
                            : NULL)
#define NOTE(run, ...) results_note((run)->ctx, (run)->results, __VA_ARGS__)
#define SOLVER(run, label, statistics)                                                             \
    results_solver((run)->ctx, (run)->results, (label), (statistics))

/* --- The run: RUN(type) { ... } with run and p. */
#define RUN(type)                                                                                  \
    static enum attndyn_status type##_run(const struct trial *run, const struct type *p);          \
    static enum attndyn_status type##_start(                                                       \
        struct attndyn_context *ctx, const struct params *params, struct results *results) {       \
        const struct type read = type##_read(params);                                              \
        return type##_run(&(const struct trial){ctx, results, params}, &read);                     \
    }                                                                                              \
    static enum attndyn_status type##_run(const struct trial *run UNUSED,                          \
                                          const struct type *p UNUSED)

/* The members of an experiment that follow from its lists: the parameters and the run of
 * PARAMS(type) and RUN(type), the scalars of SCALARS(scalars), and type_claims[]. */
#define PARTS_OF(type, scalars_)                                                                   \
    .params = type##_params, .scalars = scalars_##_list, .checks = type##_claims,                  \
    .run = type##_start

/* --- The quantities in hypotheses: KNOWN(name, type) { f->classes = ...; } with run, p and f; the
 * member .facts of the experiment, or of a check, is KNOWN_OF(name). */
#define KNOWN(name, type)                                                                          \
    static void name##_fill(const struct trial *run, const struct type *p, struct facts *f);       \
    static void name##_known(struct attndyn_context *ctx, const struct params *params,             \
                             const struct results *results, struct facts *f) {                     \
        const struct type read = type##_read(params);                                              \
        name##_fill(&(const struct trial){ctx, (struct results *)results, params}, &read, f);      \
    }                                                                                              \
    static void name##_fill(const struct trial *run UNUSED, const struct type *p UNUSED,           \
                            struct facts *f)
#define KNOWN_OF(name) name##_known

/* --- Claims: what is claimed stands over the function that measures it. `origin` is
 * PAPER, TALK, DERIVED or CONTRACT (statement.h), or OF; PARAMETERS is the name given to PARAMS. */
/* A statement of experiments/statements/: its source, and its hypotheses. */
#define OF(statement) .about = &statement_##statement
/* CLAIM(name, id, origin, statement, fails_if, further members of struct check...) { body } */
#define CLAIM(name, code, from, words, ...)                                                        \
    CHECK_(name, CHECK_CLAIM, code, words, .fails_if = __VA_ARGS__, from)
#define ERRATUM(name, code, from, words, ...)                                                      \
    CHECK_(name, CHECK_ERRATUM, code, words, .fails_if = __VA_ARGS__, from)
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define CHECK_(name, sort, code, words, ...)                                                       \
    static enum attndyn_status name##_measure(const struct trial *run, const struct PARAMETERS *p, \
                                              struct verdict *v);                                  \
    static enum attndyn_status name##_judge(struct attndyn_context *ctx,                           \
                                            const struct params *params,                           \
                                            const struct results *results, struct verdict *v) {    \
        const struct PARAMETERS read = JOIN(PARAMETERS, _read)(params);                            \
        /* the results are read-only for a claim */                                                \
        const struct trial run = {ctx, (struct results *)results, params};                         \
        return name##_measure(&run, &read, v);                                                     \
    }                                                                                              \
    static const struct check name = {                                                             \
        .id = code, .kind = sort, .statement = words, .evaluate = name##_judge, __VA_ARGS__};      \
    static enum attndyn_status name##_measure(                                                     \
        const struct trial *run UNUSED, const struct PARAMETERS *p UNUSED, struct verdict *v)

#endif
