/* attndyn list, attndyn describe: the registry as text. */
#include "command.h"
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/conditions.h"
#include "experiments/frame/contract/experiment.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/prose.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/run/catalogue.h"
#include "experiments/frame/run/plots.h"

#include "colour.h"
#include "fold.h"

#include "sim/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t family_length(const struct experiment *e) {
    return strcspn(e->id, "/");
}

/* How long the preset `quick` took where experiments/quick-seconds was measured; "" if it was
 * not. */
static void quick_seconds(const char *id, char *text, size_t room) {
    const struct embedded_plot *p = embedded_plots;
    while (p->name && strcmp(p->name, "experiments/quick-seconds") != 0) p++;
    const size_t n = strlen(id);
    for (const char *line = p->name ? p->text : NULL; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        double seconds;
        if (strncmp(line, id, n) != 0 || line[n] != ' ' || sscanf(line + n, "%lf", &seconds) != 1)
            continue;
        if (seconds < 0.05)
            snprintf(text, room, "<0.1 s");
        else
            snprintf(text, room, seconds < 0.95 ? "%.1f s" : "%.0f s", seconds);
        return;
    }
}

static bool same_family(const struct experiment *a, const struct experiment *b) {
    const size_t n = family_length(a);
    return n == family_length(b) && strncmp(a->id, b->id, n) == 0;
}

/* Puts a family's experiments behind its first one: the registry need not have them together. */
static void gather_families(const struct experiment **listed, size_t count) {
    for (size_t i = 1; i < count; i++) {
        size_t to = i;
        while (to > 0 && !same_family(listed[to - 1], listed[i])) to--;
        if (to == 0) continue;
        const struct experiment *e = listed[i];
        memmove(&listed[to + 1], &listed[to], (i - to) * sizeof(*listed));
        listed[to] = e;
    }
}

/* Grouped by family, a line each, within 100 columns. A pipe gets the same lines without the
 * families' heads, so that the first word of each is an id. */
static void print_list(const struct experiment *const *listed, size_t count) {
    const bool terminal = isatty(STDOUT_FILENO) != 0;
    for (size_t i = 0; i < count; i++) {
        const struct experiment *e = listed[i];
        if (terminal && (i == 0 || !same_family(e, listed[i - 1])))
            printf("%s%s%.*s%s\n", i ? "\n" : "", colour(COLOUR_STRONG), (int)family_length(e),
                   e->id, colour(COLOUR_NONE));
        char seconds[16] = "";
        quick_seconds(e->id, seconds, sizeof seconds);
        const int room = terminal ? 58 : 60;
        const bool cut = strlen(e->title) > (size_t)room;
        printf("%s%-28s %6s  %.*s%s\n", terminal ? "  " : "", e->id, seconds, cut ? room - 3 : room,
               e->title, cut ? "..." : "");
    }
}

enum attndyn_status command_list(struct attndyn_context *ctx, int argc, char **argv) {
    struct options options;
    ATTNDYN_TRY(options_parse(ctx, argc, argv, "[PATTERN ...]",
                              "Lists the experiments whose id matches, with the time that a quick "
                              "run took on one core of the machine where it was measured.\v"
                              "Example: attndyn list 'scansnap/*'",
                              "D", &options));
    ATTNDYN_TRY(registry_match_all(ctx, options.words, options.n_words, false));
    const struct experiment **listed;
    size_t count = 0;
    ATTNDYN_ALLOC(ctx, listed, registry_count());
    for (size_t i = 0; i < registry_count(); i++) {
        const struct experiment *e = registry_at(i);
        bool wanted = options.n_words == 0;
        for (size_t w = 0; w < options.n_words; w++)
            wanted |= registry_matches(e, options.words[w]);
        if (wanted) listed[count++] = e;
    }
    gather_families(listed, count);
    if (options.json_out) return catalogue_list(ctx, listed, count);
    print_list(listed, count);
    return ATTNDYN_OK;
}

/* How formulas are shown on this terminal; output to another program keeps them as written. */
struct shown {
    struct attndyn_context *ctx;
    enum prose form;
    FILE *to; /* memory: lines are folded when all are there */
};

static const char *set(const struct shown *as, const char *text) {
    const char *form = as->form == PROSE_PLAIN ? NULL : prose_set(as->ctx, text, as->form);
    return form ? form : text;
}

static const char *type_name(const struct param *p) {
    switch (p->type) {
    case PARAM_INT:
        return "integer";
    case PARAM_REAL:
        return "real";
    case PARAM_BOOL:
        return "true|false";
    case PARAM_CHOICE:
        return p->choices;
    case PARAM_REALS:
        return "reals, comma-separated";
    case PARAM_TEXT:
        return "text";
    case PARAM_FILE:
        return "file";
    }
    return "";
}

/* "only with data=file"; where values are given, also whether these are such. Completion reads it.
 */
static void print_condition(const struct shown *as, const struct param *param,
                            const struct params *given) {
    fprintf(as->to, "      only with ");
    condition_put(as->to, param->only);
    fputs(given && !condition_met(given, param) ? ": no effect here\n" : "\n", as->to);
}

/* In digits where they are few, else with an exponent if that says the same. */
static void print_bound(const struct shown *as, const char *before, const char *relation,
                        double bound) {
    char digits[40], shorter[40];
    snprintf(digits, sizeof digits, "%.15g", bound);
    snprintf(shorter, sizeof shorter, "%g", bound);
    const bool few = strlen(digits) <= 7 || strtod(shorter, NULL) != bound;
    fprintf(as->to, "%s%s%s", before, relation, few ? digits : shorter);
}

/* given: the values to print instead of the defaults, or NULL. */
static void print_params(const struct shown *as, const struct experiment *e,
                         const struct params *given) {
    fputs("\nParameters\n", as->to);
    for (const struct param *p = e->params; p && p->name; p++) {
        fprintf(as->to, "  %s=%s  (%s", p->name,
                given ? param_value_text(given, p->name) : p->initial, type_name(p));
        bool ranged = p->type == PARAM_INT || p->type == PARAM_REAL || p->type == PARAM_REALS;
        if (ranged && (p->min != 0 || p->max != 0)) {
            print_bound(as, ", ", p->max == HUGE_VAL ? ">= " : "", p->min);
            if (p->max != HUGE_VAL) print_bound(as, " to ", "", p->max);
        }
        fprintf(as->to, "%s%s)\n      %s\n", p->unit ? ", in " : "", p->unit ? p->unit : "",
                set(as, p->doc));
        if (p->only) print_condition(as, p, given);
    }
    fputs("\nPresets\n", as->to);
    for (const struct preset *p = e->presets; p && p->name; p++)
        fprintf(as->to, "  %-10s %s\n             %s\n", p->name, set(as, p->doc),
                *p->settings ? p->settings : "(the defaults)");
}

static void print_check(const struct shown *as, const struct check *c) {
    struct sentence claim, fails_if;
    fprintf(as->to, "  %s%s\n      %s\n      source: %s (origin: %s)\n      fails if %s\n", c->id,
            c->kind == CHECK_ERRATUM ? "  (erratum)" : "", set(as, check_statement(c, &claim)),
            set(as, check_source(c)), origin_name(check_origin(c)),
            set(as, check_fails_if(c, &fails_if)));
    if (!c->about) return;
    fprintf(as->to, "      statement %s: %s\n", c->about->id, set(as, c->about->words));
    for (const struct hypothesis *const *h = c->about->hypotheses; h && *h; h++)
        fprintf(as->to, "        supposes: %s\n", set(as, (*h)->words));
}

static void print_outputs(const struct shown *as, const struct experiment *e) {
    fputs("\nTables\n", as->to);
    for (const struct table *t = e->tables; t && t->name; t++) {
        fprintf(as->to, "  %s.csv: %s\n", t->name, set(as, t->doc));
        for (const struct column *c = t->columns; c->name; c++)
            fprintf(as->to, "      %-20s %s%s%s%s\n", c->name, set(as, c->doc), c->unit ? " [" : "",
                    c->unit ? c->unit : "", c->unit ? "]" : "");
    }
    if (e->scalars && e->scalars->name) fputs("\nScalars\n", as->to);
    for (const struct scalar *s = e->scalars; s && s->name; s++)
        fprintf(as->to, "  %-20s %s%s%s%s\n", s->name, set(as, s->doc), s->unit ? " [" : "",
                s->unit ? s->unit : "", s->unit ? "]" : "");
    if (e->figures && e->figures->name) fputs("\nFigures\n", as->to);
    for (const struct figure *f = e->figures; f && f->name; f++)
        fprintf(as->to, "  %s.svg: %s\n", f->name, set(as, f->caption));
    if (e->checks && *e->checks) fputs("\nChecks\n", as->to);
    EACH_CHECK (e, c) print_check(as, c);
}

/* An experiment, or one check of it; given as for print_params. */
static enum attndyn_status print(struct attndyn_context *ctx, const struct experiment *e,
                                 const struct check *check, const struct params *given) {
    struct attndyn_text text;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &text));
    const struct shown as = {ctx, prose_of_terminal(), text.stream};
    if (check) {
        fprintf(as.to, "%s, measured by %s\n", check->id, e->id);
        print_check(&as, check);
    } else {
        fprintf(as.to, "%s: %s\n%s\n\n%s\n", e->id, set(&as, e->title), e->source,
                set(&as, e->doc));
        print_params(&as, e, given);
        print_outputs(&as, e);
    }
    char *all;
    ATTNDYN_TRY(attndyn_text_end(&text, &all));
    fold_put(stdout, all, fold_columns());
    return ATTNDYN_OK;
}

enum attndyn_status command_describe(struct attndyn_context *ctx, int argc, char **argv) {
    struct options options;
    ATTNDYN_TRY(options_parse(ctx, argc, argv, "ID|CHECK-ID [key=value ...]",
                              "Describes an experiment: what it computes, its parameters, presets, "
                              "tables, figures and checks; or one check. With values, a preset or "
                              "a conf file the parameters have these, and it says which have no "
                              "effect then.\vExample: attndyn "
                              "describe scansnap/flow\n         attndyn describe C12.monotone\n"
                              "         attndyn describe scansnap/flow data=random",
                              "pcDM", &options));
    if (options.html && !options.json_out)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "--html goes with --json");
    if (options.n_words < 1 || is_assignment(options.words[0]))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "describe takes one experiment's id (attndyn list), or one check's "
                            "(attndyn verify --list)");
    const bool values = options.n_words > 1 || options.preset || options.config;
    const struct experiment *e;
    const struct check *check = registry_check(options.words[0], &e);
    if (values && (check || options.json_out))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "describe: values, --preset and --config belong to an experiment's "
                            "description as text: leave them out");
    if (check && options.json_out) return catalogue_check(ctx, e, check);
    if (check) return print(ctx, e, check, NULL);
    ATTNDYN_TRY(registry_match_all(ctx, options.words, 1, true));
    ATTNDYN_TRY(registry_find(ctx, options.words[0], &e));
    if (options.json_out) return catalogue_experiment(ctx, options.html, e);
    struct params *given = NULL;
    if (values) {
        ATTNDYN_TRY(params_create(ctx, e, options.preset, &given));
        if (options.config) ATTNDYN_TRY(params_read(ctx, given, options.config));
        for (size_t w = 1; w < options.n_words; w++)
            ATTNDYN_TRY(params_set(ctx, given, options.words[w], "command line"));
    }
    return print(ctx, e, NULL, given);
}
