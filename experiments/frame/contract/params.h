/* The effective parameters of a run: described once (struct param), resolved from defaults, preset,
 * conf file and command line in that order. */
#ifndef FRAME_CONTRACT_PARAMS_H
#define FRAME_CONTRACT_PARAMS_H

#include "experiment.h"

#include <stdio.h>

/* The defaults, then the preset (NULL: defaults only; unknown: ATTNDYN_USAGE). Owned by ctx. */
enum attndyn_status params_create(struct attndyn_context *ctx, const struct experiment *experiment,
                                  const char *preset, struct params **params);
/* Says on stderr, once in a process, which key the command line has twice: the last value counts.
 */
void params_say_twice(char *const *assignments, size_t count);
/* The parameter of this name, or of this former name (a note on stderr says the present one, once);
 * NULL: none. `origin` as below. */
const struct param *params_named(const struct experiment *experiment, const char *name,
                                 const char *origin);
/* "key=value", the value as quote.h has it; `origin` names where it comes from in messages
 * ("command line", "x.conf:3"). */
enum attndyn_status params_set(struct attndyn_context *ctx, struct params *params,
                               const char *assignment, const char *origin);
/* The bare value. */
enum attndyn_status params_put(struct attndyn_context *ctx, struct params *params, const char *key,
                               const char *value, const char *origin);
/* Lines "key = value", # comments. */
enum attndyn_status params_read(struct attndyn_context *ctx, struct params *params,
                                const char *path);
/* The same from memory: `text` (length, NUL-terminated) is cut up in place. */
enum attndyn_status params_parse(struct attndyn_context *ctx, struct params *params, char *text,
                                 size_t length, const char *origin);
/* All effective values, so that params_read takes them back. */
void params_write(const struct params *params, FILE *stream);
/* The same as a string, owned by the context. */
enum attndyn_status params_text(struct attndyn_context *ctx, const struct params *params,
                                char **text);

/* The shortest decimal that reads back as x; owned by ctx, NULL when memory is out. */
char *params_number(struct attndyn_context *ctx, double x);
/* The text up to `end`, blanks around it apart, as a finite decimal number, or as an integer, of
 * which every digit counts: at most 9e18. False: it is none. */
bool params_read_number(const char *text, const char *end, double *x);
bool params_read_integer(const char *text, const char *end, long *n);

const struct experiment *params_experiment(const struct params *params);

/* Access by name within run() and checks; a name that the experiment does not declare, or of
 * another type, is a programming error and aborts (the smoke tests run every experiment). */
long param_int(const struct params *params, const char *name);
double param_real(const struct params *params, const char *name);
bool param_bool(const struct params *params, const char *name);
/* PARAM_CHOICE, PARAM_TEXT, PARAM_FILE; owned by params. */
const char *param_text(const struct params *params, const char *name);
/* PARAM_CHOICE: index into the choices, in their order. */
int param_choice(const struct params *params, const char *name);
/* PARAM_REALS; owned by params. */
const double *param_reals(const struct params *params, const char *name, size_t *count);
/* Does the experiment declare it? (for shared helpers) */
bool param_declared(const struct params *params, const char *name);
/* The value as text, any type, canonical. */
const char *param_value_text(const struct params *params, const char *name);

#endif
