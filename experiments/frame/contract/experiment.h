/* The contract of an experiment: one folder (or one file) that defines one const struct.
 *
 * The path is the id: experiments/<family>/<name>/<name>.c or experiments/<family>/<name>.c defines
 * experiment_<family>_<name>. The build finds it (run/registry.sh); it is then in `list`,
 * `describe`, `run`, `sweep`, `verify`, `report`, the docs and the smoke run of the tests.
 * Experiments are written with the lists of typed.h, which fill these structs. Arrays end with an
 * empty entry ({0}), checks with NULL.
 */
#ifndef FRAME_CONTRACT_EXPERIMENT_H
#define FRAME_CONTRACT_EXPERIMENT_H

#include "sim/base/context.h"
#include "statement.h"

struct params;  /* params.h: the effective values of a run */
struct results; /* results.h: tables, scalars, solver counters of a run */

enum param_type {
    PARAM_INT,    /* long; min..max */
    PARAM_REAL,   /* double, finite; min..max */
    PARAM_BOOL,   /* true|false */
    PARAM_CHOICE, /* one of choices "a|b|c" */
    PARAM_REALS,  /* comma-separated doubles, each min..max; may be empty */
    PARAM_TEXT,   /* anything on one line */
    PARAM_FILE    /* path of an input file, "" = none */
};

struct param {
    const char *name; /* snake_case */
    enum param_type type;
    const char *initial; /* the default, as a user would write it */
    double min, max;     /* inclusive; both 0: unbounded (int: >= 0) */
    const char *choices; /* PARAM_CHOICE */
    const char *unit;    /* NULL: dimensionless */
    const char *doc;
    /* When it has an effect: "data=file", "method=adam|adamw", "text" (is given), "text=" (is left
     * empty), "text or model". Conditions that must all hold stand behind one another, "or" binds
     * tighter: "data=text text or model". NULL: always. */
    const char *only;
    const char *longer; /* of a horizon: "", where a run of more goes on from a run of less and ends
                           with the bits of one in one piece (run --resume); or why it cannot; NULL:
                           no horizon */
    const char *symbol; /* the label of an axis, in gnuplot's enhanced text; NULL: the name */
    /* What older versions called it, taken with a note on stderr: names, "corpus|data"; and of a
     * PARAM_CHOICE its values, in the order of choices, "||leaky_relu". */
    const char *was, *was_choices;
};

struct preset {
    const char *name;     /* "quick" must exist: a few seconds, used by verify, report and CI */
    const char *settings; /* "key=value key=value"; "" = the defaults */
    const char *doc;
};

enum column_type { COLUMN_REAL, COLUMN_INT, COLUMN_TEXT };

struct column {
    const char *name; /* snake_case or the theory's symbol */
    enum column_type type;
    const char *unit; /* NULL: dimensionless */
    const char *doc;
    bool optional;      /* a real that may be missing: NaN is written as an empty cell. Without it a
                           non-finite value fails the run */
    const char *symbol; /* the label of an axis, in gnuplot's enhanced text; NULL: the name */
};

struct table {
    const char *name;
    const char *doc;
    const struct column *columns;
};

/* Which of a column's values a scalar is. */
enum scalar_take { TAKE_NONE, TAKE_LAST, TAKE_LARGEST, TAKE_SMALLEST, TAKE_MEAN };

struct scalar {
    const char *name;
    const char *unit;
    const char *doc;
    bool optional;      /* may stay unset (empty cell) */
    const char *symbol; /* the label of an axis, in gnuplot's enhanced text; NULL: the name */
    /* Taken from a table's column when the run has ended, where run() did not set it: of the rows
     * whose `key` is `value` (a text, or an integer as text; NULL: of all). The largest and the
     * smallest are those of |x|, and the value has its sign. */
    enum scalar_take take;
    const char *table, *column, *key, *value;
};

struct figure {
    const char *name;    /* <name>.gp and <name>.svg in the run's folder */
    const char *script;  /* under plots/: "scansnap/flow/flow.gp" */
    const char *caption; /* what is seen, and what to look for */
};

enum check_kind { CHECK_CLAIM, CHECK_ERRATUM };
enum verdict_kind {
    VERDICT_HOLDS,
    VERDICT_FAILS,
    VERDICT_ERRATUM, /* refuted inside its hypotheses */
    VERDICT_OUTSIDE, /* a hypothesis of its statement is not met: measured, not judged */
    VERDICT_SKIPPED,
    VERDICT_UNJUDGED /* its run broke, or was not reached */
};
#define VERDICT_KINDS 6

struct verdict {
    enum verdict_kind kind;
    double measured, bound;             /* what was measured and what it was held against */
    double margin;                      /* relative distance to the bound, > 0 on the good side */
    char relation[4];                   /* "<=", ">=": how measured must stand to bound */
    double holds_measured, holds_bound; /* erratum: the form that holds; contrast: the
                                         * other case; NaN where there is none */
    bool refutes;                       /* an erratum: VERDICT_ERRATUM where it stands */
    char note[400];     /* the evidence in words: values, expectations, why skipped */
    struct facts facts; /* what its statement's hypotheses were held against */
};

/* In `statement` and `fails_if`, {bound} stands for the check's bound, {percent} for it in percent
 * and {beside} for its second bound, so that what a reader sees is what is judged. */
struct check {
    const char *id;        /* unique in the program: "C6.frozen-closed-form" */
    enum check_kind kind;  /* a claim that holds, or a formula as printed that does not */
    const char *statement; /* the claim, one sentence */
    const char *source;    /* "derived here"; of a statement: read check_source */
    const char *fails_if;  /* how it would fail */
    /* Computes a verdict from the run's results and the theory, with the verdict_* functions of
     * check.h. */
    enum attndyn_status (*evaluate)(struct attndyn_context *ctx, const struct params *params,
                                    const struct results *results, struct verdict *verdict);
    enum origin origin;            /* of a statement: read check_origin */
    const struct statement *about; /* the statement of a source that it measures; NULL: its own */
    /* What the statement's hypotheses speak of, for this check's data; on entry *facts holds what
     * the experiment's own function said. NULL: that alone. */
    void (*facts)(struct attndyn_context *ctx, const struct params *params,
                  const struct results *results, struct facts *facts);
    /* The presets among `quick` and `short` that cannot decide this check, comma-separated. For all
     * others a missing verdict is a failure, so that a check cannot silently stop judging. */
    const char *unjudged;
    double bound; /* handed to evaluate as verdict->bound; 0: it computes its own */
    /* A second one, of what stands beside it, handed on as verdict->holds_bound; 0: there is none.
     */
    double beside;
};

#define EACH_CHECK(experiment, c)                                                                  \
    for (const struct check *const *c##_at = (experiment) ? (experiment)->checks : NULL,           \
                                   *c = c##_at ? *c##_at : NULL;                                   \
         c; c = *++c##_at)

struct experiment {
    const char *id;     /* "scansnap/relative-gain": its path, with dashes */
    const char *title;  /* one line */
    const char *source; /* paper, theorem or figure */
    const char *doc;    /* a paragraph or several: equations, what is computed, how to read it */
    const struct param *params;
    const struct preset *presets;
    const struct table *tables;
    const struct scalar *scalars;
    const struct figure *figures;
    const struct check *const *checks;
    /* Fills in the quantities that hypotheses refer to; all are NAN on entry. NULL: none is known.
     *  */
    void (*facts)(struct attndyn_context *ctx, const struct params *params,
                  const struct results *results, struct facts *facts);
    /* Computes and emits; parses nothing, opens no file but named inputs, prints nothing. */
    enum attndyn_status (*run)(struct attndyn_context *ctx, const struct params *params,
                               struct results *results);
};

#endif
