#include "design.h"

#include "axis.h"
#include "experiments/frame/contract/conditions.h"
#include "experiments/frame/contract/quote.h"
#include "experiments/frame/run/inputs.h"
#include "sim/base/random.h"
#include "sim/base/text.h"

#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum attndyn_status fix(struct attndyn_context *ctx, struct design *d, const char *key,
                               char *value) {
    if (!value) return ATTNDYN_NO_MEMORY;
    ATTNDYN_RESIZE(ctx, d->fixed, d->n_fixed, d->n_fixed + 1);
    d->fixed[d->n_fixed++] = (struct setting){key, value};
    return ATTNDYN_OK;
}

static enum attndyn_status add_word(struct attndyn_context *ctx, const struct design_request *r,
                                    struct design *d, struct params *probe, const char *word) {
    const char *equals = strchr(word, '=');
    char *given = equals ? attndyn_strdup(ctx, word) : NULL;
    if (equals && !given) return ATTNDYN_NO_MEMORY;
    if (equals) given[equals - word] = '\0';
    const struct param *param = equals ? params_named(r->experiment, given, "sweep") : NULL;
    if (!param) return params_set(ctx, probe, word, "sweep"); /* says what is wrong */
    const char *key = param->name;                            /* `given` may be a former name */
    bool twice = false;
    for (size_t a = 0; a < d->n_axes; a++) twice |= strcmp(d->axes[a].key, key) == 0;
    for (size_t i = d->n_config; i < d->n_fixed; i++) twice |= strcmp(d->fixed[i].key, key) == 0;
    if (twice) return attndyn_fail(ctx, ATTNDYN_USAGE, "sweep: %s is given twice", key);
    struct axis axis = {.key = key, .text = attndyn_strdup(ctx, equals + 1)};
    if (!axis.text) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(axis_parse(ctx, param, equals + 1, r->samples > 0, &axis));
    for (size_t v = 0; v < axis.count; v++) {
        ATTNDYN_TRY(params_put(ctx, probe, key, axis.values[v], "sweep"));
        if (param->type == PARAM_FILE) ATTNDYN_TRY(inputs_are_files(ctx, key, axis.values[v]));
        axis.values[v] = attndyn_strdup(ctx, param_value_text(probe, key));
        if (!axis.values[v]) return ATTNDYN_NO_MEMORY;
    }
    if (axis.count == 1) return fix(ctx, d, param->name, axis.values[0]);
    ATTNDYN_RESIZE(ctx, d->axes, d->n_axes, d->n_axes + 1);
    axis.group = d->n_axes;
    d->axes[d->n_axes++] = axis;
    return ATTNDYN_OK;
}

static enum attndyn_status zip(struct attndyn_context *ctx, struct design *d, const char *keys) {
    char *copy = attndyn_strdup(ctx, keys), *rest = NULL;
    if (!copy) return ATTNDYN_NO_MEMORY;
    struct axis *first = NULL;
    for (char *key = strtok_r(copy, ",", &rest); key; key = strtok_r(NULL, ",", &rest)) {
        struct axis *axis = NULL;
        for (size_t a = 0; a < d->n_axes; a++)
            if (strcmp(d->axes[a].key, key) == 0) axis = &d->axes[a];
        if (!axis)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "--zip %s: %s is no axis of this sweep", keys,
                                key);
        if (first && axis->count != first->count)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "--zip %s: %s has %zu values, %s has %zu", keys,
                                first->key, first->count, axis->key, axis->count);
        if (first)
            axis->group = first->group;
        else
            first = axis;
    }
    return ATTNDYN_OK;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Equal runs would be counted as several: n = 3, sd = 0. Axes that move together may repeat what
 * they have apart. */
static enum attndyn_status each_run_once(struct attndyn_context *ctx, const struct design *d) {
    for (size_t g = 0; g < d->n_axes; g++) {
        char **all;
        if (d->axes[g].group != g) continue;
        ATTNDYN_ALLOC(ctx, all, d->axes[g].count);
        for (size_t v = 0; v < d->axes[g].count; v++) {
            struct attndyn_text text;
            ATTNDYN_TRY(attndyn_text_begin(ctx, &text));
            for (size_t a = g; a < d->n_axes; a++) {
                if (d->axes[a].group != g) continue;
                char *value = quote_put(ctx, d->axes[a].values[v], ',');
                fprintf(text.stream, "%s%s=%s", a > g ? " " : "", d->axes[a].key,
                        value ? value : "");
            }
            ATTNDYN_TRY(attndyn_text_end(&text, &all[v]));
        }
        qsort(all, d->axes[g].count, sizeof *all, by_text);
        for (size_t v = 1; v < d->axes[g].count; v++)
            if (strcmp(all[v - 1], all[v]) == 0)
                return attndyn_fail(ctx, ATTNDYN_USAGE,
                                    "sweep: %.200s stands twice: a run is made once", all[v]);
    }
    return ATTNDYN_OK;
}

/* Replaces intervals and lists by one column of `samples` values each, all moved together. */
static enum attndyn_status sample(struct attndyn_context *ctx, const struct design_request *r,
                                  struct design *d) {
    size_t dimensions = d->n_axes, n = (size_t)r->samples;
    if (dimensions == 0 || dimensions > 40)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "--sample needs 1 to 40 axes, given %zu",
                            dimensions);
    double point[40];
    gsl_qrng *sobol =
        r->sampler == SAMPLER_SOBOL ? gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)dimensions) : NULL;
    if (r->sampler == SAMPLER_SOBOL && !sobol)
        return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory: Sobol sequence");
    uint64_t stream = r->sample_seed;
    enum attndyn_status status = ATTNDYN_OK;
    char ***columns = attndyn_alloc(ctx, dimensions, sizeof *columns);
    for (size_t a = 0; columns && a < dimensions; a++)
        if (!(columns[a] = attndyn_alloc(ctx, n, sizeof **columns))) columns = NULL;
    if (!columns) status = ATTNDYN_NO_MEMORY;
    for (size_t i = 0; i < n && !status; i++) {
        if (sobol) gsl_qrng_get(sobol, point);
        for (size_t a = 0; a < dimensions && !status; a++) {
            double u = sobol ? point[a] : (double)(attndyn_splitmix_next(&stream) >> 11) * 0x1p-53;
            const struct axis *axis = &d->axes[a];
            columns[a][i] =
                axis_draw(ctx, params_named(r->experiment, axis->key, "sweep"), axis, u);
            if (!columns[a][i]) status = ATTNDYN_NO_MEMORY;
        }
    }
    if (sobol) gsl_qrng_free(sobol);
    for (size_t a = 0; a < dimensions && !status; a++) {
        d->axes[a].values = columns[a];
        d->axes[a].count = n;
        d->axes[a].group = 0;
    }
    return status;
}

static enum attndyn_status identity(struct attndyn_context *ctx, struct design *d,
                                    const struct params *fixed) {
    struct attndyn_text text;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &text));
    FILE *to = text.stream;
    params_write(fixed, to);
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t a = 0; a < d->n_axes; a++) {
        fprintf(to, "axis %zu %s:", d->axes[a].group, d->axes[a].key);
        for (size_t v = 0; v < d->axes[a].count; v++) {
            char *value = quote_put(ctx, d->axes[a].values[v], ' ');
            if (value)
                fprintf(to, " %s", value);
            else
                status = ATTNDYN_NO_MEMORY;
        }
        fputc('\n', to);
    }
    enum attndyn_status ended = attndyn_text_end(&text, &d->identity);
    return status ? status : ended;
}

static enum attndyn_status inputs(struct attndyn_context *ctx, struct design *d,
                                  const struct params *fixed) {
    struct attndyn_text text;
    char *all;
    ATTNDYN_TRY(inputs_text(ctx, fixed, &all));
    ATTNDYN_TRY(attndyn_text_begin(ctx, &text));
    fputs(all, text.stream);
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t a = 0; a < d->n_axes; a++) {
        const struct param *p = d->experiment->params;
        while (strcmp(p->name, d->axes[a].key) != 0) p++;
        for (size_t v = 0; p->type == PARAM_FILE && v < d->axes[a].count && !status; v++)
            if (*d->axes[a].values[v])
                status = inputs_line(ctx, text.stream, p->name, d->axes[a].values[v]);
    }
    enum attndyn_status ended = attndyn_text_end(&text, &d->inputs);
    return status ? status : ended;
}

/* The values of an axis. */
static size_t values_of(const void *user, const char *key, char *const **values) {
    const struct design *d = user;
    for (size_t a = 0; a < d->n_axes; a++)
        if (strcmp(d->axes[a].key, key) == 0) {
            *values = d->axes[a].values;
            return d->axes[a].count;
        }
    return 0;
}

/* Every assignment must have an effect in some run. */
static enum attndyn_status have_effect(struct attndyn_context *ctx, const struct design_request *r,
                                       const struct design *d) {
    for (size_t i = 0; i < r->n_words; i++) {
        char *key = attndyn_format(ctx, "%.*s", (int)strcspn(r->words[i], " ="), r->words[i]);
        const struct param *param = key ? params_named(r->experiment, key, "sweep") : NULL;
        if (!key) return ATTNDYN_NO_MEMORY;
        if (param) ATTNDYN_TRY(condition_check(ctx, d->common, param, values_of, d));
    }
    return ATTNDYN_OK;
}

enum attndyn_status design_create(struct attndyn_context *ctx, const struct design_request *r,
                                  struct design **out) {
    struct design *d;
    ATTNDYN_ALLOC(ctx, d, 1);
    d->experiment = r->experiment;
    d->preset = r->preset;
    struct params *probe, *fixed;
    ATTNDYN_TRY(params_create(ctx, r->experiment, r->preset, &probe));
    ATTNDYN_TRY(params_create(ctx, r->experiment, r->preset, &fixed));
    if (r->config) ATTNDYN_TRY(params_read(ctx, fixed, r->config));
    if (r->config) { /* what the file changes is fixed in every run */
        for (const struct param *p = r->experiment->params; p && p->name; p++)
            ATTNDYN_TRY(
                fix(ctx, d, p->name, attndyn_strdup(ctx, param_value_text(fixed, p->name))));
    }
    d->n_config = d->n_fixed;
    for (size_t i = 0; i < r->n_words; i++) ATTNDYN_TRY(add_word(ctx, r, d, probe, r->words[i]));
    for (size_t i = 0; i < r->n_zips; i++) ATTNDYN_TRY(zip(ctx, d, r->zips[i]));
    ATTNDYN_TRY(r->samples > 0 ? sample(ctx, r, d) : each_run_once(ctx, d));
    d->runs = 1;
    for (size_t a = 0; a < d->n_axes; a++) {
        bool first = true;
        for (size_t b = 0; b < a; b++) first &= d->axes[b].group != d->axes[a].group;
        if (!first) continue;
        if (d->runs > SWEEP_RUNS_MAX / d->axes[a].count)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "sweep: more than 10,000,000 runs");
        d->runs *= d->axes[a].count;
    }
    for (size_t i = 0; i < d->n_fixed; i++)
        ATTNDYN_TRY(params_put(ctx, fixed, d->fixed[i].key, d->fixed[i].value, "sweep"));
    d->common = fixed;
    ATTNDYN_TRY(have_effect(ctx, r, d));
    ATTNDYN_TRY(identity(ctx, d, fixed));
    ATTNDYN_TRY(inputs(ctx, d, fixed));
    *out = d;
    return ATTNDYN_OK;
}

/* The last axis moves fastest, as nested loops would. */
const char *design_value(const struct design *d, size_t run, size_t axis) {
    size_t group = d->axes[axis].group;
    for (size_t a = d->n_axes; a-- > 0;) {
        if (d->axes[a].group != a) continue; /* the group's first axis carries its length */
        if (a == group) return d->axes[axis].values[run % d->axes[a].count];
        run /= d->axes[a].count;
    }
    return d->axes[axis].values[0];
}

enum attndyn_status design_params(struct attndyn_context *ctx, const struct design *d, size_t run,
                                  struct params **params) {
    ATTNDYN_TRY(params_create(ctx, d->experiment, d->preset, params));
    for (size_t i = 0; i < d->n_fixed; i++)
        ATTNDYN_TRY(params_put(ctx, *params, d->fixed[i].key, d->fixed[i].value, "sweep"));
    for (size_t a = 0; a < d->n_axes; a++)
        ATTNDYN_TRY(params_put(ctx, *params, d->axes[a].key, design_value(d, run, a), "sweep"));
    return ATTNDYN_OK;
}
