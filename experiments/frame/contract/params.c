#include "params.h"

#include "names.h"
#include "quote.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct value {
    char *text;    /* canonical */
    char *written; /* the same for params_read, quoted if necessary */
    double real;
    long integer;
    double *reals;
    size_t count;
};

struct params {
    const struct experiment *experiment;
    size_t count;
    struct value *values;
};

static size_t param_count(const struct experiment *experiment) {
    size_t n = 0;
    while (experiment->params && experiment->params[n].name) n++;
    return n;
}

static size_t position(const struct params *params, const char *name) {
    for (size_t i = 0; i < params->count; i++)
        if (strcmp(params->experiment->params[i].name, name) == 0) return i;
    return SIZE_MAX;
}

const struct experiment *params_experiment(const struct params *params) {
    return params->experiment;
}

static char *range_text(struct attndyn_context *ctx, const struct param *p) {
    if (p->type == PARAM_CHOICE) return attndyn_format(ctx, "one of %s", p->choices);
    if (p->type == PARAM_BOOL) return attndyn_strdup(ctx, "true or false");
    const char *what = p->type == PARAM_INT    ? "an integer"
                       : p->type == PARAM_REAL ? "a finite number"
                                               : "finite numbers separated by commas";
    bool unbounded = p->min == 0 && p->max == 0;
    if (unbounded && p->type == PARAM_INT)
        return attndyn_strdup(ctx, "an integer >= 0 (up to 9e18)");
    if (unbounded) return attndyn_strdup(ctx, what);
    char *low = params_number(ctx, p->min), *high = params_number(ctx, p->max);
    if (!low || !high) return NULL;
    if (p->max == HUGE_VAL) return attndyn_format(ctx, "%s >= %s", what, low);
    return attndyn_format(ctx, "%s in [%s, %s]", what, low, high);
}

static enum attndyn_status bad_value(struct attndyn_context *ctx, const struct param *p,
                                     const char *text, const char *origin) {
    char *range = range_text(ctx, p);
    if (!range) return ATTNDYN_NO_MEMORY;
    return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: %s=%.60s%s: expected %s", origin, p->name, text,
                        strlen(text) > 60 ? "..." : "", range);
}

static bool within(const struct param *p, double x) {
    if (p->min == 0 && p->max == 0) return p->type == PARAM_INT ? x >= 0 : true;
    return x >= p->min && x <= p->max;
}

static bool one_of(const char *choices, const char *text, int *index) {
    size_t length = strlen(text);
    *index = 0;
    for (const char *c = choices; c; (*index)++) {
        const char *bar = strchr(c, '|');
        size_t n = bar ? (size_t)(bar - c) : strlen(c);
        if (n == length && strncmp(c, text, n) == 0) return true;
        c = bar ? bar + 1 : NULL;
    }
    return false;
}

/* Prints the note on a former name once only: a sweep may use it a thousand times. */
static void say_once(const char *origin, const char *name, const char *old, const char *now) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static char said[16][64];
    size_t i = 0;
    pthread_mutex_lock(&lock);
    while (i < 16 && said[i][0] && strncmp(said[i], old, sizeof *said - 1) != 0) i++;
    if (i < 16 && !said[i][0]) {
        snprintf(said[i], sizeof *said, "%s", old);
        fprintf(stderr, "attndyn: %s: %s%.60s is now called %s\n", origin, name, old, now);
    }
    pthread_mutex_unlock(&lock);
}

/* The index of a choice by its name or its former one (then *text becomes the present one). */
static bool choice(struct attndyn_context *ctx, const struct param *p, const char *origin,
                   const char **text, int *index) {
    if (one_of(p->choices, *text, index)) return true;
    if (!p->was_choices || !**text || !one_of(p->was_choices, *text, index)) return false;
    const char *now = p->choices;
    for (int i = 0; i < *index; i++) now = strchr(now, '|') + 1;
    char *name = attndyn_format(ctx, "%.*s", (int)strcspn(now, "|"), now);
    char *key = attndyn_format(ctx, "%s=", p->name);
    if (!name || !key) return false;
    say_once(origin, key, *text, name);
    *text = name;
    return true;
}

static enum attndyn_status parse_reals(struct attndyn_context *ctx, const struct param *p,
                                       const char *text, const char *origin, struct value *value) {
    size_t count = text[0] != '\0';
    for (const char *c = text; *c; c++) count += *c == ',';
    double *x;
    ATTNDYN_ALLOC(ctx, x, count);
    char *canonical = attndyn_alloc(ctx, count * 26 + 1, 1), *to = canonical;
    if (!canonical) return ATTNDYN_NO_MEMORY;
    const char *from = text;
    for (size_t i = 0; i < count; i++) {
        const char *comma = strchr(from, ',');
        const char *end = comma ? comma : from + strlen(from);
        if (!params_read_number(from, end, &x[i]) || !within(p, x[i]))
            return bad_value(ctx, p, text, origin);
        char *one = params_number(ctx, x[i]);
        if (!one) return ATTNDYN_NO_MEMORY;
        to += sprintf(to, "%s%s", i ? "," : "", one);
        from = end + 1;
    }
    value->reals = x;
    value->count = count;
    value->text = value->written = canonical;
    return ATTNDYN_OK;
}

static enum attndyn_status parse(struct attndyn_context *ctx, const struct param *p,
                                 const char *text, const char *origin, struct value *value) {
    const char *end = text + strlen(text);
    switch (p->type) {
    case PARAM_INT:
        if (!params_read_integer(text, end, &value->integer) || !within(p, (double)value->integer))
            return bad_value(ctx, p, text, origin);
        value->text = attndyn_format(ctx, "%ld", value->integer);
        break;
    case PARAM_REAL:
        if (!params_read_number(text, end, &value->real) || !within(p, value->real))
            return bad_value(ctx, p, text, origin);
        value->real += 0.0; /* -0 is 0: the same run, which has one name */
        value->text = params_number(ctx, value->real);
        break;
    case PARAM_BOOL:
        value->integer = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
        if (!value->integer && strcmp(text, "false") != 0 && strcmp(text, "0") != 0)
            return bad_value(ctx, p, text, origin);
        value->text = attndyn_strdup(ctx, value->integer ? "true" : "false");
        break;
    case PARAM_CHOICE: {
        int index;
        if (!choice(ctx, p, origin, &text, &index)) return bad_value(ctx, p, text, origin);
        value->integer = index;
        value->text = attndyn_strdup(ctx, text);
        break;
    }
    case PARAM_REALS:
        return parse_reals(ctx, p, text, origin, value);
    case PARAM_TEXT:
    case PARAM_FILE:
        if (strpbrk(text, "\n\r"))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: %s: a value must stay on one line", origin,
                                p->name);
        value->text = attndyn_strdup(ctx, text);
        break;
    }
    value->written = value->text ? quote_put(ctx, value->text, '\0') : NULL;
    return value->written ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

/* Names that a user may try although they follow from other parameters: the message says so if the
 * experiment has those. */
static const char *derived(const struct params *params, const char *key) {
    static const struct {
        const char *key, *of[2], *words;
    } all[] = {
        {"K", {"num_last", "num_next_per_last"}, "K is num_last x num_next_per_last: give these"},
        {"L", {"num_last", NULL}, "L is num_last: give that"},
        {"N", {"num_next_per_last", NULL}, "N is num_next_per_last: give that"},
        {"G", {"num_common", NULL}, "G is num_common: give that"},
        {"D", {"num_distinct", NULL}, "D is num_distinct: give that"},
        {"M",
         {"num_common", "num_distinct"},
         "M is num_common + K num_distinct, of the authors' data: give num_common and num_distinct"},
        {"V", {"columns", "num_last"}, "V is K with columns=next, M with columns=vocabulary"},
        {"V", {"classes", "outputs"}, "V is outputs: give that"},
        {"K", {"classes", NULL}, "K is classes: give that"},
        {"rho",
         {"eta_y", "eta_z"},
         "rho comes about from the rates and the data, eta_Z/eta_Y up to a factor: give eta_y and "
         "eta_z"},
        {"rho", {"ratios", NULL}, "rho comes about from eta_Y/eta_Z and the data: give ratios"},
        {"K",
         {"num_last", "num_next"},
         "K comes about from the text: up to num_next classes for each of num_last last tokens; give "
         "these"},
        {"M",
         {"num_last", "num_next"},
         "M comes about from the text: the tokens of its contexts, which window and min_count bound"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].key, key) == 0 && position(params, all[i].of[0]) != SIZE_MAX &&
            (!all[i].of[1] || position(params, all[i].of[1]) != SIZE_MAX))
            return all[i].words;
    return NULL;
}

static enum attndyn_status unknown_key(struct attndyn_context *ctx, const struct params *params,
                                       const char *key, const char *origin) {
    const char *best = NULL, *from = derived(params, key);
    size_t distance = SIZE_MAX;
    if (from)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: %s has no parameter '%s': %s", origin,
                            params->experiment->id, key, from);
    for (size_t i = 0; i < params->count; i++)
        names_nearer(key, params->experiment->params[i].name, &best, &distance);
    if (!best)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: %s takes no parameters, given %.60s", origin,
                            params->experiment->id, key);
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "%s: %s has no parameter '%.60s'%s (attndyn describe %s lists them)",
                        origin, params->experiment->id, key,
                        names_hint(&(struct hint){0}, key, best, distance), params->experiment->id);
}

static char *trimmed(struct attndyn_context *ctx, const char *from, const char *end) {
    while (from < end && isspace((unsigned char)*from)) from++;
    while (end > from && isspace((unsigned char)end[-1])) end--;
    char *text = attndyn_alloc(ctx, (size_t)(end - from) + 1, 1);
    if (text) memcpy(text, from, (size_t)(end - from));
    return text;
}

void params_say_twice(char *const *assignments, size_t count) {
    static bool said;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            const size_t n = strcspn(assignments[i], " =");
            if (n != strcspn(assignments[j], " =") ||
                strncmp(assignments[i], assignments[j], n) != 0)
                continue;
            bool before;
#pragma omp atomic capture
            {
                before = said;
                said = true;
            }
            if (!before)
                fprintf(stderr,
                        "attndyn: command line: %.*s is given twice: the last value counts\n",
                        (int)n, assignments[i]);
            return;
        }
}

const struct param *params_named(const struct experiment *experiment, const char *name,
                                 const char *origin) {
    int index;
    for (const struct param *p = experiment->params; p && p->name; p++)
        if (strcmp(p->name, name) == 0) return p;
    for (const struct param *p = experiment->params; p && p->name; p++)
        if (p->was && *name && one_of(p->was, name, &index)) {
            say_once(origin, "", name, p->name);
            return p;
        }
    return NULL;
}

enum attndyn_status params_put(struct attndyn_context *ctx, struct params *params, const char *key,
                               const char *value, const char *origin) {
    const struct param *p = params_named(params->experiment, key, origin);
    if (!p) return unknown_key(ctx, params, key, origin);
    return parse(ctx, p, value, origin, &params->values[p - params->experiment->params]);
}

enum attndyn_status params_set(struct attndyn_context *ctx, struct params *params,
                               const char *assignment, const char *origin) {
    const char *equals = strchr(assignment, '=');
    if (!equals)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: '%.60s' is no key=value", origin, assignment);
    char *key = trimmed(ctx, assignment, equals), *value;
    if (!key) return ATTNDYN_NO_MEMORY;
    const char *from = equals + 1;
    bool last;
    enum attndyn_status status = quote_take(ctx, &from, '\0', &value, &last);
    if (status) return attndyn_fail_while(ctx, status, "%s: %.60s", origin, key);
    return params_put(ctx, params, key, value, origin);
}

static enum attndyn_status apply_preset(struct attndyn_context *ctx, struct params *params,
                                        const char *name) {
    const struct experiment *e = params->experiment;
    const char *best = NULL;
    size_t distance = SIZE_MAX;
    for (const struct preset *p = e->presets; p && p->name; p++) {
        names_nearer(name, p->name, &best, &distance);
        if (strcmp(p->name, name) != 0) continue;
        char *settings = attndyn_strdup(ctx, p->settings);
        char *origin = attndyn_format(ctx, "preset %s", name), *rest = NULL;
        if (!settings || !origin) return ATTNDYN_NO_MEMORY;
        for (char *s = strtok_r(settings, " ", &rest); s; s = strtok_r(NULL, " ", &rest))
            ATTNDYN_TRY(params_set(ctx, params, s, origin));
        return ATTNDYN_OK;
    }
    return attndyn_fail(ctx, ATTNDYN_USAGE, "%s has no preset '%.60s'%s", e->id, name,
                        names_hint(&(struct hint){0}, name, best, distance));
}

enum attndyn_status params_create(struct attndyn_context *ctx, const struct experiment *experiment,
                                  const char *preset, struct params **out) {
    struct params *params;
    ATTNDYN_ALLOC(ctx, params, 1);
    params->experiment = experiment;
    params->count = param_count(experiment);
    ATTNDYN_ALLOC(ctx, params->values, params->count);
    for (size_t i = 0; i < params->count; i++)
        ATTNDYN_TRY(parse(ctx, &experiment->params[i], experiment->params[i].initial,
                          "default value", &params->values[i]));
    if (preset) ATTNDYN_TRY(apply_preset(ctx, params, preset));
    *out = params;
    return ATTNDYN_OK;
}

enum attndyn_status params_parse(struct attndyn_context *ctx, struct params *params, char *text,
                                 size_t length, const char *path) {
    char *rest;
    long *stands; /* in which line each parameter does */
    ATTNDYN_TRY(attndyn_file_be_text(ctx, path, &text, &length));
    ATTNDYN_ALLOC(ctx, stands, params->count + 1);
    long line = 0;
    for (char *from = text; from && *from; from = rest) {
        line++;
        char *newline = strchr(from, '\n');
        rest = newline ? newline + 1 : NULL;
        if (newline) *newline = '\0';
        quote_uncomment(from);
        char *content = trimmed(ctx, from, from + strlen(from));
        if (!content) return ATTNDYN_NO_MEMORY;
        if (content[0] == '\0') continue;
        char *origin = attndyn_format(ctx, "%s:%ld", path, line);
        if (!origin) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(params_set(ctx, params, content, origin));
        char *key = trimmed(ctx, content, strchr(content, '='));
        if (!key) return ATTNDYN_NO_MEMORY;
        long *before =
            &stands[params_named(params->experiment, key, origin) - params->experiment->params];
        if (*before)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: %.60s stands in line %ld, too", origin,
                                key, *before);
        *before = line;
    }
    return ATTNDYN_OK;
}

enum attndyn_status params_read(struct attndyn_context *ctx, struct params *params,
                                const char *path) {
    char *text;
    size_t length;
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &text, &length));
    return params_parse(ctx, params, text, length, path);
}

void params_write(const struct params *params, FILE *stream) {
    fprintf(stream, "# attndyn run %s --config FILE\n", params->experiment->id);
    for (size_t i = 0; i < params->count; i++)
        fprintf(stream, "%s = %s\n", params->experiment->params[i].name, params->values[i].written);
}

enum attndyn_status params_text(struct attndyn_context *ctx, const struct params *params,
                                char **text) {
    struct attndyn_text to;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &to));
    params_write(params, to.stream);
    return attndyn_text_end(&to, text);
}

/* ------------------------------------------------------------------ access by name */

static const struct value *declared(const struct params *params, const char *name, unsigned types) {
    size_t i = position(params, name);
    if (i == SIZE_MAX || !(types >> params->experiment->params[i].type & 1u)) {
        fprintf(stderr,
                "attndyn: internal error: %s reads parameter '%s' as a type that it does "
                "not declare\n",
                params->experiment->id, name);
        abort();
    }
    return &params->values[i];
}

long param_int(const struct params *params, const char *name) {
    return declared(params, name, 1u << PARAM_INT)->integer;
}

double param_real(const struct params *params, const char *name) {
    return declared(params, name, 1u << PARAM_REAL)->real;
}

bool param_bool(const struct params *params, const char *name) {
    return declared(params, name, 1u << PARAM_BOOL)->integer != 0;
}

const char *param_text(const struct params *params, const char *name) {
    return declared(params, name, 1u << PARAM_CHOICE | 1u << PARAM_TEXT | 1u << PARAM_FILE)->text;
}

int param_choice(const struct params *params, const char *name) {
    return (int)declared(params, name, 1u << PARAM_CHOICE)->integer;
}

const double *param_reals(const struct params *params, const char *name, size_t *count) {
    const struct value *value = declared(params, name, 1u << PARAM_REALS);
    *count = value->count;
    return value->reals;
}

bool param_declared(const struct params *params, const char *name) {
    return position(params, name) != SIZE_MAX;
}

const char *param_value_text(const struct params *params, const char *name) {
    return declared(params, name, ~0u)->text;
}
