/* Figures and their captions: what is seen, the parameters, the data, the script, the command. */
#include "experiments/frame/contract/plural.h"
#include "experiments/frame/contract/prose.h"
#include "experiments/frame/run/plots.h"
#include "html.h"
#include "parts.h"
#include "sim/base/file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *script_text(const char *name) {
    for (const struct embedded_plot *p = embedded_plots; p->name; p++)
        if (strcmp(p->name, name) == 0) return p->text;
    return "";
}

static bool word_part(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Does the word stand in the text, not as a part of a longer one? */
static bool names_word(const char *text, const char *word) {
    size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        if ((at == text || !word_part(at[-1])) && !word_part(at[n])) return true;
    return false;
}

/* The size of the picture, so that the page reserves its place before it is loaded; 0 if it cannot
 * be read. */
static enum attndyn_status picture_size(struct attndyn_context *ctx, const char *path, long *width,
                                        long *height) {
    *width = *height = 0;
    char *text;
    size_t length;
    uint64_t mark = attndyn_memory_mark(ctx);
    enum attndyn_status status = attndyn_file_read(ctx, path, &text, &length);
    if (status == ATTNDYN_NO_MEMORY) return status;
    if (status) {
        attndyn_message_clear(ctx);
    } else {
        const char *box = strstr(text, "viewBox=\"0 0 ");
        if (box) {
            char *end;
            *width = strtol(box + strlen("viewBox=\"0 0 "), &end, 10);
            *height = strtol(end, NULL, 10);
        }
    }
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

/* The first sentence. */
static char *alternative(struct attndyn_context *ctx, const char *caption) {
    const char *end = caption;
    while ((end = strchr(end, '.')) != NULL && end[1] != ' ' && end[1] != '\0') end++;
    size_t n = end ? (size_t)(end - caption) + 1 : strlen(caption);
    char *first = attndyn_format(ctx, "%.*s", (int)n, caption);
    return first ? prose_set(ctx, first, PROSE_TITLE) : NULL;
}

static enum attndyn_status image(const struct report *report, const char *folder, const char *name,
                                 const char *caption, FILE *to) {
    long width = 0, height = 0;
    char *path = attndyn_format(report->ctx, "%s/%s/%s.svg", report->request->folder, folder, name);
    char *instead = alternative(report->ctx, caption);
    if (!path || !instead) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(picture_size(report->ctx, path, &width, &height));
    fputs("<figure>\n", to);
    if (access(path, R_OK) == 0) {
        fprintf(to, "<a class=\"card\" href=\"%s/%s.svg\"><img src=\"%s/%s.svg\" alt=\"%s\"",
                folder, name, folder, name, instead);
        if (width > 0 && height > 0) fprintf(to, " width=\"%ld\" height=\"%ld\"", width, height);
        fputs("></a>\n", to);
    } else
        fputs("<p>Not drawn: gnuplot failed when this page was made.</p>\n", to);
    fputs("<figcaption><p>", to);
    html_prose(to, caption);
    fputs("</p>\n<p class=\"made\">", to);
    return ATTNDYN_OK;
}

static void redraw(const char *folder, const char *name, FILE *to) {
    fprintf(to,
            " Script: <a href=\"%s/%s.gp\">%s.gp</a>. Redraw, in the report’s folder: <code>cd %s "
            "&amp;&amp; gnuplot %s.gp</code>.</p></figcaption>\n</figure>\n",
            folder, name, name, folder, name);
}

/* The parameters that the script reads, or that the preset or the command line has changed. */
static enum attndyn_status parameters(const struct report *report, const struct batch_item *item,
                                      const char *script, FILE *to) {
    struct attndyn_context *ctx = report->ctx; /* whose message is printed */
    const struct experiment *e = item->run.experiment;
    struct params *defaults;
    ATTNDYN_TRY(params_create(ctx, e, NULL, &defaults));
    bool any = false;
    for (const struct param *p = e->params; p && p->name; p++) {
        const char *value = param_value_text(item->run.params, p->name);
        char *read = attndyn_format(ctx, "P_%s", p->name),
             *list = attndyn_format(ctx, "L_%s", p->name);
        if (!read || !list) return ATTNDYN_NO_MEMORY;
        bool changed = strcmp(value, param_value_text(defaults, p->name)) != 0;
        if (!changed && !names_word(script, read) && !names_word(script, list)) continue;
        fputs(any ? ", " : "Parameters: ", to);
        fprintf(to, "<code>%s = ", p->name);
        html_text(to, value[0] ? value : "(none)");
        fputs("</code>", to);
        any = true;
    }
    fprintf(to, "%s<a href=\"%s/params.conf\">%s</a>. ", any ? "; " : "Parameters: ", e->id,
            any ? "all" : "the defaults");
    return ATTNDYN_OK;
}

static void data_links(const struct batch_item *item, const char *script, FILE *to) {
    const struct experiment *e = item->run.experiment;
    bool any = false;
    fputs("Data: ", to);
    for (int pass = 0; pass < 2 && !any; pass++) /* the script names none: list all tables */
        for (const struct table *t = e->tables; t && t->name; t++) {
            char file[120];
            snprintf(file, sizeof file, "%s.csv", t->name);
            if (pass == 0 && !names_word(script, file)) continue;
            fprintf(to, "%s<a href=\"%s/%s\">%s</a>", any ? ", " : "", e->id, file, file);
            any = true;
        }
    fputs(".", to);
}

enum attndyn_status figures_write(const struct report *report, const struct batch_item *item,
                                  FILE *to) {
    const struct experiment *e = item->run.experiment;
    for (const struct figure *f = e->figures; f && f->name; f++) {
        const char *script = script_text(f->script);
        ATTNDYN_TRY(image(report, e->id, f->name, f->caption, to));
        ATTNDYN_TRY(parameters(report, item, script, to));
        data_links(item, script, to);
        redraw(e->id, f->name, to);
    }
    return ATTNDYN_OK;
}

enum attndyn_status map_write(const struct report *report, const struct map *map, FILE *to) {
    char *folder = attndyn_format(report->ctx, "sweeps/%s", map->name);
    if (!folder) return ATTNDYN_NO_MEMORY;
    fputs("<section id=\"", to);
    html_anchor(to, folder);
    fputs("\">\n<h3>", to);
    html_prose(to, map->title);
    fputs("</h3>\n", to);
    ATTNDYN_TRY(image(report, folder, map->scalar, map->doc, to));
    fputs("Parameters: ", to);
    for (size_t w = 0; w < map->n_words; w++) {
        fprintf(to, "%s<code>", w ? ", " : "");
        html_text(to, map->words[w]);
        fputs("</code>", to);
    }
    fprintf(to, "; %zu run%s of <code>%s</code>", map->runs, PLURAL(map->runs), map->experiment);
    if (map->failed) fprintf(to, ", %zu of which failed", map->failed);
    fprintf(to,
            ". Data: <a href=\"%s/%s.csv\">%s.csv</a> (the map), <a "
            "href=\"%s/runs.csv\">runs.csv</a> (each run).",
            folder, map->scalar, map->scalar, folder);
    if (!map->full)
        fprintf(to, " At full size: <code>attndyn sweep --preset %s</code>.", map->name);
    redraw(folder, map->scalar, to);
    fputs("</section>\n", to);
    return ATTNDYN_OK;
}
