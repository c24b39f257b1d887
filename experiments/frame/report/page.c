#include "experiments/frame/run/plots.h"
#include "html.h"
#include "parts.h"
#include "sim/base/file.h"
#include "version.h"

#include <string.h>

static bool same_family(const char *a, const char *b) {
    size_t n = strcspn(a, "/");
    return strcspn(b, "/") == n && strncmp(a, b, n) == 0;
}

static enum attndyn_status add(struct report *report, struct report_page page) {
    ATTNDYN_RESIZE(report->ctx, report->pages, report->n_pages, report->n_pages + 1);
    ATTNDYN_ALLOC(report->ctx, page.items, report->request->batch->count);
    report->pages[report->n_pages++] = page;
    return ATTNDYN_OK;
}

static void count(struct report_page *page, const struct batch_item *item) {
    page->items[page->count++] = item;
    if (item->status) {
        page->tally.broken++;
        return;
    }
    for (size_t c = 0; c < item->run.n_checks; c++)
        page->tally.verdicts[item->run.verdicts[c].kind]++;
}

static bool has(const struct report *report, const struct story *story) {
    const struct batch *batch = report->request->batch;
    if (story->maps && report->request->maps->count) return true;
    for (size_t i = 0; i < batch->count; i++)
        if (batch->items[i].done &&
            stories_find(&report->stories, batch->items[i].run.experiment->id) == story)
            return true;
    return false;
}

/* The page of an experiment that no story claims: its family's. */
static enum attndyn_status family_page(struct report *report, const char *id,
                                       struct report_page **page) {
    for (size_t p = 0; p < report->n_pages; p++) {
        *page = &report->pages[p];
        if (!(*page)->story && same_family((*page)->items[0]->run.experiment->id, id))
            return ATTNDYN_OK;
    }
    char *title = attndyn_format(report->ctx, "%.*s", (int)strcspn(id, "/"), id);
    char *file = attndyn_format(report->ctx, "family-%s.html", title);
    if (!title || !file) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(add(report, (struct report_page){.file = file, .title = title}));
    *page = &report->pages[report->n_pages - 1];
    return ATTNDYN_OK;
}

enum attndyn_status pages_plan(struct report *report) {
    ATTNDYN_TRY(stories_read(report->ctx, &report->stories));
    for (size_t s = 0; s < report->stories.count; s++) {
        const struct story *story = &report->stories.items[s];
        if (!has(report, story)) continue;
        struct report_page page = {.file = attndyn_format(report->ctx, "%s.html", story->page),
                                   .title = story->title,
                                   .story = story,
                                   .maps = story->maps && report->request->maps->count > 0};
        if (!page.file) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(add(report, page));
    }
    const struct batch *batch = report->request->batch;
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_item *item = &batch->items[i];
        if (!item->done) continue;
        const struct story *story = stories_find(&report->stories, item->run.experiment->id);
        struct report_page *page = NULL;
        for (size_t p = 0; story && p < report->n_pages; p++)
            if (report->pages[p].story == story) page = &report->pages[p];
        if (!page) ATTNDYN_TRY(family_page(report, item->run.experiment->id, &page));
        count(page, item);
    }
    return ATTNDYN_OK;
}

static const struct embedded_plot *embedded(const char *name) {
    const struct embedded_plot *p = embedded_plots;
    while (p->name && strcmp(p->name, name) != 0) p++;
    return p;
}

static const char *style(void) {
    const struct embedded_plot *p = embedded("experiments/frame/report/style.css");
    return p->name ? p->text : "";
}

enum attndyn_status page_font(const struct report *report) {
    const struct embedded_plot *p = embedded("experiments/frame/report/math.woff2");
    char *path = attndyn_format(report->ctx, "%s/math.woff2", report->request->folder);
    struct attndyn_file file;
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_file_begin(report->ctx, &file, path));
    fwrite(p->text, 1, p->size, file.stream);
    return attndyn_file_commit(report->ctx, &file);
}

static void link_to(FILE *to, const char *file, const char *title, bool here) {
    fprintf(to, "<li><a href=\"%s\"%s>", file, here ? " aria-current=\"page\"" : "");
    html_prose(to, title);
    fputs("</a></li>\n", to);
}

void page_begin(const struct report *report, const struct report_page *page, FILE *to) {
    const char *title =
        page ? page->title : "What holds of the theory of attention’s training dynamics";
    fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
          "name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<meta "
          "name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" "
          "href=\"data:,\">\n<title>",
          to);
    html_text(to, title);
    fprintf(to, " · attndyn</title>\n<style>\n%s</style>\n</head>\n<body>\n", style());
    fputs("<a class=\"skip\" href=\"#main\">Skip to the text</a>\n<header>\n<p class=\"name\"><a "
          "href=\"index.html\">attndyn</a></p>\n<nav aria-label=\"Pages\"><ul>\n",
          to);
    link_to(to, "index.html", "Verdicts", !page);
    for (size_t p = 0; p < report->n_pages; p++)
        link_to(to, report->pages[p].file, report->pages[p].title, page == &report->pages[p]);
    fputs("</ul></nav>\n</header>\n<main id=\"main\" tabindex=\"-1\">\n<h1>", to);
    html_prose(to, title);
    fputs("</h1>\n", to);
}

void page_end(const struct report *report, FILE *to) {
    fputs("</main>\n<footer>\n<p>attndyn " ATTNDYN_VERSION " (" ATTNDYN_COMMIT "), preset <code>",
          to);
    html_text(to, report->request->preset);
    fputs("</code>. The same program writes the same bytes again; only the files timing.json and "
          "the folder resume hold times. <a href=\"verdicts.json\">verdicts.json</a> holds the "
          "tables of the first page.</p>\n</footer>\n</body>\n</html>\n",
          to);
}

void page_tally(const struct batch_tally *tally, FILE *to) {
    fprintf(to, "<b>%d</b> claims hold, <b>%d</b> errata confirmed, <b>%d</b> fail",
            tally->verdicts[VERDICT_HOLDS], tally->verdicts[VERDICT_ERRATUM],
            tally->verdicts[VERDICT_FAILS]);
    if (tally->verdicts[VERDICT_OUTSIDE])
        fprintf(to, ", <b>%d</b> outside", tally->verdicts[VERDICT_OUTSIDE]);
    if (tally->verdicts[VERDICT_SKIPPED])
        fprintf(to, ", <b>%d</b> skipped", tally->verdicts[VERDICT_SKIPPED]);
    if (tally->broken)
        fprintf(to, ", <b>%d</b> run%s did not end", tally->broken, tally->broken > 1 ? "s" : "");
}

void box_begin(FILE *to, const char *label) {
    fputs("<div class=\"box\" role=\"region\" tabindex=\"0\" aria-label=\"", to);
    html_text(to, label);
    fputs("\">\n", to);
}

void box_end(FILE *to) {
    fputs("</div>\n", to);
}
