#include "story.h"

#include "experiments/frame/run/plots.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static enum attndyn_status set(struct attndyn_context *ctx, const char *page, const char *key,
                               char **field, char *value) {
    if (*field)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "story %s: %s is given twice: '%.60s'", page, key,
                            value);
    *field = value;
    return ATTNDYN_OK;
}

static enum attndyn_status add(struct attndyn_context *ctx, struct remarks *remarks, char *value) {
    ATTNDYN_RESIZE(ctx, remarks->text, remarks->count, remarks->count + 1);
    remarks->text[remarks->count++] = value;
    return ATTNDYN_OK;
}

static enum attndyn_status take(struct attndyn_context *ctx, struct story *story, const char *key,
                                char *value) {
    if (strcmp(key, "equation") == 0) {
        ATTNDYN_RESIZE(ctx, story->equations, story->n_equations, story->n_equations + 1);
        story->equations[story->n_equations++].tex = value;
        return ATTNDYN_OK;
    }
    if (strcmp(key, "erratum") == 0) {
        ATTNDYN_RESIZE(ctx, story->errata, story->n_errata, story->n_errata + 1);
        story->errata[story->n_errata++].check = value;
        return ATTNDYN_OK;
    }
    if (strcmp(key, "survives") == 0) return add(ctx, &story->survives, value);
    if (strcmp(key, "open") == 0) return add(ctx, &story->open, value);
    if (strcmp(key, "order") == 0) {
        story->order = strtol(value, NULL, 10);
        return ATTNDYN_OK;
    }
    if (strcmp(key, "maps") == 0) {
        story->maps = strcmp(value, "yes") == 0;
        return ATTNDYN_OK;
    }
    struct equation *equation =
        story->n_equations ? &story->equations[story->n_equations - 1] : NULL;
    struct erratum *erratum = story->n_errata ? &story->errata[story->n_errata - 1] : NULL;
    const struct {
        const char *key;
        char **field;
    } fields[] = {{"title", &story->title},
                  {"lead", &story->lead},
                  {"experiments", &story->experiments},
                  {"says", equation ? &equation->says : NULL},
                  {"source", equation ? &equation->source : NULL},
                  {"checks", equation ? &equation->checks : NULL},
                  {"printed", erratum ? &erratum->printed : NULL},
                  {"holds", erratum ? &erratum->holds : NULL}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(key, fields[i].key) == 0 && fields[i].field)
            return set(ctx, story->page, key, fields[i].field, value);
    return attndyn_fail(ctx, ATTNDYN_USAGE, "story %s: '%.40s' stands where it means nothing",
                        story->page, key);
}

/* The line without blanks at its ends; owned by ctx. */
static char *trimmed(struct attndyn_context *ctx, const char *from, size_t n) {
    while (n > 0 && isspace((unsigned char)*from)) from++, n--;
    while (n > 0 && isspace((unsigned char)from[n - 1])) n--;
    return attndyn_format(ctx, "%.*s", (int)n, from);
}

enum attndyn_status story_parse(struct attndyn_context *ctx, const char *page, const char *text,
                                struct story *story) {
    memset(story, 0, sizeof *story);
    story->page = attndyn_strdup(ctx, page);
    if (!story->page) return ATTNDYN_NO_MEMORY;
    while (*text) {
        size_t n = strcspn(text, "\n");
        const char *line = text;
        text += n + (text[n] == '\n');
        if (n == 0 || *line == '#') continue;
        size_t equals = 0;
        while (equals < n && line[equals] != '=') equals++;
        if (equals == n || isspace((unsigned char)*line))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "story %s: '%.60s' is no `key = value`", page,
                                line);
        char *key = trimmed(ctx, line, equals),
             *value = trimmed(ctx, line + equals + 1, n - equals - 1);
        while (value && (*text == ' ' || *text == '\t')) {
            n = strcspn(text, "\n");
            char *more = trimmed(ctx, text, n);
            value = more ? attndyn_format(ctx, "%s %s", value, more) : NULL;
            text += n + (text[n] == '\n');
        }
        if (!key || !value) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(take(ctx, story, key, value));
    }
    if (!story->title || !story->experiments)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "story %s: expected title and experiments", page);
    return ATTNDYN_OK;
}

static int by_order(const void *a, const void *b) {
    const struct story *x = a, *y = b;
    if (x->order != y->order) return x->order < y->order ? -1 : 1;
    return strcmp(x->page, y->page);
}

enum attndyn_status stories_read(struct attndyn_context *ctx, struct stories *stories) {
    memset(stories, 0, sizeof *stories);
    for (const struct embedded_plot *p = embedded_plots; p->name; p++) {
        const char *slash = strrchr(p->name, '/'), *dot = strrchr(p->name, '.');
        if (!slash || !dot || strcmp(dot, ".story") != 0) continue;
        char *page = attndyn_format(ctx, "%.*s", (int)(dot - slash - 1), slash + 1);
        if (!page) return ATTNDYN_NO_MEMORY;
        ATTNDYN_RESIZE(ctx, stories->items, stories->count, stories->count + 1);
        ATTNDYN_TRY(story_parse(ctx, page, p->text, &stories->items[stories->count++]));
    }
    if (stories->count) qsort(stories->items, stories->count, sizeof *stories->items, by_order);
    return ATTNDYN_OK;
}

const struct story *stories_find(const struct stories *stories, const char *id) {
    const struct story *found = NULL;
    size_t longest = 0;
    for (size_t s = 0; s < stories->count; s++)
        for (const char *at = stories->items[s].experiments; *at;) {
            at += strspn(at, " ");
            char pattern[100];
            size_t n = strcspn(at, " ");
            if (n > longest && n < sizeof pattern) {
                memcpy(pattern, at, n);
                pattern[n] = '\0';
                if (fnmatch(pattern, id, 0) == 0) found = &stories->items[s], longest = n;
            }
            at += n;
        }
    return found;
}

const struct erratum *stories_erratum(const struct stories *stories, const char *check) {
    for (size_t s = 0; s < stories->count; s++)
        for (size_t e = 0; e < stories->items[s].n_errata; e++)
            if (strcmp(stories->items[s].errata[e].check, check) == 0)
                return &stories->items[s].errata[e];
    return NULL;
}
