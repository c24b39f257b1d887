#include "catalogue.h"

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/prose.h"
#include "experiments/frame/contract/symbols.h"
#include "record_json_private.h"
#include "sim/base/file.h"
#include "sim/base/json_private.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static json_t *optional_text(const char *text) {
    return text ? record_text(text) : json_null();
}

/* Infinite or absent bounds are null. */
static json_t *bound(const struct param *p, double x) {
    bool ranged = p->type == PARAM_INT || p->type == PARAM_REAL || p->type == PARAM_REALS;
    if (ranged && p->min == 0 && p->max == 0)
        return p->type == PARAM_INT && x == p->min ? json_real(0) : json_null();
    return ranged ? record_real(x) : json_null();
}

static json_t *choices(const char *text) {
    if (!text) return json_null();
    json_t *list = json_array();
    size_t count = 0;
    for (const char *c = text; c; count++) {
        const char *bar = strchr(c, '|');
        json_array_append_new(list, json_stringn(c, bar ? (size_t)(bar - c) : strlen(c)));
        c = bar ? bar + 1 : NULL;
    }
    return record_whole(list, count);
}

/* The label of an axis: the contract's symbol, or the usual one for this name. */
static json_t *label_of(const char *name, const char *declared) {
    char label[121];
    return json_string(symbol_label(label, name, declared));
}

static json_t *param(const struct param *p) {
    static const char *const types[] = {
        [PARAM_INT] = "int",       [PARAM_REAL] = "real",   [PARAM_BOOL] = "bool",
        [PARAM_CHOICE] = "choice", [PARAM_REALS] = "reals", [PARAM_TEXT] = "text",
        [PARAM_FILE] = "file"};
    json_t *min = bound(p, p->min),
           *max = p->min == 0 && p->max == 0 ? json_null() : bound(p, p->max);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:o}", "name", p->name, "type",
                     types[p->type], "default", p->initial, "min", min, "max", max, "choices",
                     choices(p->choices), "unit", optional_text(p->unit), "doc", p->doc, "only",
                     optional_text(p->only), "symbol", label_of(p->name, p->symbol));
}

static json_t *column(const struct column *c) {
    static const char *const types[] = {
        [COLUMN_REAL] = "real", [COLUMN_INT] = "int", [COLUMN_TEXT] = "text"};
    return json_pack("{s:s, s:s, s:o, s:s, s:b, s:o}", "name", c->name, "type", types[c->type],
                     "unit", optional_text(c->unit), "doc", c->doc, "optional", c->optional,
                     "symbol", label_of(c->name, c->symbol));
}

static json_t *table(const struct table *t) {
    json_t *columns = json_array();
    size_t count = 0;
    for (const struct column *c = t->columns; c->name; c++, count++)
        json_array_append_new(columns, column(c));
    return json_pack("{s:s, s:s, s:o}", "name", t->name, "doc", t->doc, "columns",
                     record_whole(columns, count));
}

/* The entries of a list of the contract, which ends with a nameless one. */
#define LIST_OF(items, name, entry)                                                                \
    do {                                                                                           \
        json_t *array = json_array();                                                              \
        size_t count = 0;                                                                          \
        for (; (items) && (items)->name; (items)++, count++) json_array_append_new(array, entry);  \
        return record_whole(array, count);                                                         \
    } while (0)

static json_t *params(const struct param *p) {
    LIST_OF(p, name, param(p));
}

static json_t *presets(const struct preset *p) {
    LIST_OF(p, name,
            json_pack("{s:s, s:s, s:s}", "name", p->name, "settings", p->settings, "doc", p->doc));
}

static json_t *tables(const struct table *t) {
    LIST_OF(t, name, table(t));
}

static json_t *scalars(const struct scalar *s) {
    LIST_OF(s, name,
            json_pack("{s:s, s:o, s:s, s:b, s:o}", "name", s->name, "unit", optional_text(s->unit),
                      "doc", s->doc, "optional", s->optional, "symbol",
                      label_of(s->name, s->symbol)));
}

static json_t *figures(const struct figure *f) {
    LIST_OF(
        f, name,
        json_pack("{s:s, s:s, s:s}", "name", f->name, "script", f->script, "caption", f->caption));
}

static json_t *checks(const struct experiment *e, bool ids) {
    json_t *array = json_array();
    size_t count = 0;
    EACH_CHECK (e, c) {
        json_array_append_new(array, ids ? record_text(c->id) : record_check(e, c));
        count++;
    }
    return record_whole(array, count);
}

static json_t *preset_names(const struct preset *p) {
    LIST_OF(p, name, record_text(p->name));
}

enum attndyn_status catalogue_list(struct attndyn_context *ctx,
                                   const struct experiment *const *experiments, size_t count) {
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct experiment *e = experiments[i];
        json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "id", e->id, "title",
                                             e->title, "source", e->source, "family",
                                             json_stringn(e->id, strcspn(e->id, "/")), "presets",
                                             preset_names(e->presets), "checks", checks(e, true)));
    }
    return record_write_json(ctx,
                             json_pack("{s:o, s:o}", "program", record_program(), "experiments",
                                       record_whole(all, count)),
                             "-");
}

static bool is_prose(const char *key) {
    static const char *const keys[] = {"title", "source",   "doc",   "caption",
                                       "claim", "fails_if", "words", NULL};
    for (const char *const *k = keys; *k; k++)
        if (strcmp(*k, key) == 0) return true;
    return false;
}

/* Every text that is prose, down the tree, as HTML; false: out of memory. */
static bool set_prose(struct attndyn_context *ctx, json_t *at) {
    const char *key;
    json_t *value;
    size_t i;
    if (json_is_array(at)) {
        json_array_foreach(at, i, value) if (!set_prose(ctx, value)) return false;
        return true;
    }
    json_object_foreach(at, key, value) {
        if (!json_is_string(value) || !is_prose(key)) {
            if (!set_prose(ctx, value)) return false;
            continue;
        }
        uint64_t mark = attndyn_memory_mark(ctx);
        const char *set = prose_set(ctx, json_string_value(value), PROSE_HTML);
        if (!set || json_string_set(value, set) != 0) return false;
        attndyn_memory_release(ctx, mark);
    }
    return true;
}

enum attndyn_status catalogue_experiment(struct attndyn_context *ctx, bool html,
                                         const struct experiment *e) {
    json_t *about =
        json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "id", e->id, "title",
                  e->title, "source", e->source, "doc", e->doc, "params", params(e->params),
                  "presets", presets(e->presets), "tables", tables(e->tables), "scalars",
                  scalars(e->scalars), "figures", figures(e->figures), "checks", checks(e, false));
    if (html && about && !set_prose(ctx, about)) {
        json_decref(about);
        return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory");
    }
    return record_write_json(ctx, about, "-");
}

enum attndyn_status catalogue_check(struct attndyn_context *ctx,
                                    const struct experiment *experiment,
                                    const struct check *check) {
    return record_write_json(ctx, record_check(experiment, check), "-");
}

enum attndyn_status catalogue_run(struct attndyn_context *ctx, const struct experiment *experiment,
                                  const char *folder) {
    char *path = attndyn_format(ctx, "%s/run.json", folder);
    if (!path) return ATTNDYN_NO_MEMORY;
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error), *drawn = json_array();
    size_t count = 0;
    if (!root) {
        json_decref(drawn);
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "cannot read %.1000s back: %s", path,
                            error.text);
    }
    for (const struct figure *f = experiment->figures; f && f->name; f++) {
        char *figure = attndyn_format(ctx, "%s/%s.svg", folder, f->name);
        if (!figure || access(figure, F_OK) != 0) continue;
        json_array_append_new(drawn, record_text(figure));
        count++;
    }
    size_t keys = json_object_size(root) + 2;
    json_object_set_new(root, "folder", record_text(folder));
    json_object_set_new(root, "figures", record_whole(drawn, count));
    return record_write_json(ctx, record_whole(root, keys), "-");
}
