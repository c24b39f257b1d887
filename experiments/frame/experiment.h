/* The contract of an experiment: one file that defines one const struct.
 *
 * One line in registry.c then adds it to `list`, `describe`, `run`, `verify`, `report`, to the
 * docs and to the smoke run of the tests. Arrays end with an empty entry ({0}).
 */
#ifndef FRAME_EXPERIMENT_H
#define FRAME_EXPERIMENT_H

#include "../../sim/base/context.h"

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
    bool optional; /* a real that may be missing: NaN is written as an empty cell. Without it a
                      non-finite value fails the run */
};

/* Columns without a unit, shortly. */
#define REAL_COLUMN(name, doc)                                                                     \
    { name, COLUMN_REAL, NULL, doc, false }
#define OPTIONAL_COLUMN(name, doc)                                                                 \
    { name, COLUMN_REAL, NULL, doc, true }
#define INT_COLUMN(name, doc)                                                                      \
    { name, COLUMN_INT, NULL, doc, false }
#define TEXT_COLUMN(name, doc)                                                                     \
    { name, COLUMN_TEXT, NULL, doc, false }

struct table {
    const char *name;
    const char *doc;
    const struct column *columns;
};

struct scalar {
    const char *name;
    const char *unit;
    const char *doc;
    bool optional; /* may stay unset (empty cell) */
};

struct figure {
    const char *name;    /* <name>.gp and <name>.svg in the run's folder */
    const char *script;  /* under plots/: "scansnap/flow.gp" */
    const char *caption; /* what is seen, and what to look for */
};

enum check_kind { CHECK_CLAIM, CHECK_ERRATUM };
enum verdict_kind { VERDICT_HOLDS, VERDICT_FAILS, VERDICT_ERRATUM, VERDICT_SKIPPED };

struct verdict {
    enum verdict_kind kind;
    double measured, bound;             /* what was measured and what it was held against */
    double margin;                      /* relative distance to the bound, > 0 on the good side */
    char relation[4];                   /* "<=", ">=": how measured must stand to bound */
    double holds_measured, holds_bound; /* erratum: the corrected form; NaN where there is none */
    bool refutes;                       /* an erratum: VERDICT_ERRATUM where it stands */
    char note[400]; /* the evidence in words: values, expectations, why skipped */
};

struct check {
    const char *id;        /* unique in the program: "C6.frozen-closed-form" */
    enum check_kind kind;  /* a claim that holds, or a formula as printed that does not */
    const char *statement; /* the claim, one sentence */
    const char *source;    /* "Scan&Snap, Theorem 3" or "derived here" */
    const char *fails_if;  /* how it would fail */
    /* From the run's results (and theory) to a verdict, through verdict_* of check.h. */
    enum attndyn_status (*evaluate)(struct attndyn_context *ctx, const struct params *params,
                                    const struct results *results, struct verdict *verdict);
};

struct experiment {
    const char *id;     /* "scansnap/relative-gain": the path of its file */
    const char *title;  /* one line */
    const char *source; /* paper, theorem or figure */
    const char *doc;    /* a paragraph or several: equations, what is computed, how to read it */
    const struct param *params;
    const struct preset *presets;
    const struct table *tables;
    const struct scalar *scalars;
    const struct figure *figures;
    const struct check *checks;
    /* Computes and emits; parses nothing, opens no file but named inputs, prints nothing. */
    enum attndyn_status (*run)(struct attndyn_context *ctx, const struct params *params,
                               struct results *results);
};

#endif
