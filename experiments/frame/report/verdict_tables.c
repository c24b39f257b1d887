/* The tables of the first page: claims, errata. */
#include "experiments/frame/contract/check.h"
#include "html.h"
#include "parts.h"
#include "tex.h"

#include <math.h>
#include <string.h>

/* A sign, a word and a class, so that colour is not the only difference. */
void verdict_mark(FILE *to, enum verdict_kind kind) {
    static const struct {
        const char *class, *sign;
    } marks[] = {[VERDICT_HOLDS] = {"holds", "✓"},
                 [VERDICT_FAILS] = {"fails", "✗"},
                 [VERDICT_ERRATUM] = {"erratum", "≠"},
                 [VERDICT_OUTSIDE] = {"outside", "◇"},
                 [VERDICT_SKIPPED] = {"skipped", "○"}};
    fprintf(to, "<span class=\"verdict %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
            marks[kind].class, marks[kind].sign, verdict_name(kind));
}

const struct verdict *verdict_of(const struct report *report, const char *check) {
    const struct batch *batch = report->request->batch;
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_item *item = &batch->items[i];
        if (!item->done || item->status) continue;
        for (size_t c = 0; c < item->run.n_checks; c++)
            if (strcmp(item->run.experiment->checks[c]->id, check) == 0)
                return &item->run.verdicts[c];
    }
    return NULL;
}

void verdict_link(FILE *to, const char *check, const struct verdict *verdict) {
    if (verdict) {
        verdict_mark(to, verdict->kind);
        fputs(" <a href=\"index.html#", to);
        html_anchor(to, check);
        fputs("\">", to);
    }
    fputs("<code>", to);
    html_text(to, check);
    fputs(verdict ? "</code></a>" : "</code> (not run)", to);
}

static void check_cell(FILE *to, const struct report_page *page, const struct experiment *e,
                       const struct check *check) {
    fputs("<tr id=\"", to);
    html_anchor(to, check->id);
    fprintf(to, "\"><th scope=\"row\"><a href=\"%s#", page->file);
    html_anchor(to, e->id);
    fputs("\"><code>", to);
    html_text(to, check->id);
    fputs("</code></a></th><td>", to);
}

static void source_cell(FILE *to, const char *source) {
    fputs("</td><td>", to);
    html_prose(to, source);
    fputs("</td>", to);
}

static void note(FILE *to, const char *text) {
    if (!text[0]) return;
    fputs("<div class=\"note\">", to);
    html_note(to, text);
    fputs("</div>", to);
}

static const char *sign(const struct verdict *v) {
    return v->relation[0] == '<' ? "≤ " : v->relation[0] == '>' ? "≥ " : "";
}

static void bound_cell(FILE *to, const struct verdict *v) {
    fprintf(to, "<td class=\"num\">%s", sign(v));
    html_number(to, v->bound);
    fputs("</td>", to);
}

static void claim_row(FILE *to, const struct report_page *page, const struct experiment *e,
                      const struct check *check, const struct verdict *v) {
    struct sentence words;
    check_cell(to, page, e, check);
    html_prose(to, check_statement(check, &words));
    note(to, v->note);
    source_cell(to, check_source(check));
    html_number_cell(to, v->measured);
    bound_cell(to, v);
    fputs("<td>", to);
    verdict_mark(to, v->kind);
    fputs("</td></tr>\n", to);
}

/* The printed form and the form that holds, where a story tells them; else the check's statement,
 * which holds both. */
static enum attndyn_status erratum_row(const struct report *report, FILE *to,
                                       const struct report_page *page, const struct experiment *e,
                                       const struct check *check, const struct verdict *v) {
    const struct erratum *told = stories_erratum(&report->stories, check->id);
    if (told && told->printed && told->holds) {
        char *printed, *holds;
        ATTNDYN_TRY(tex_prose(report->ctx, told->printed, &printed));
        ATTNDYN_TRY(tex_prose(report->ctx, told->holds, &holds));
        check_cell(to, page, e, check);
        fprintf(to, "%s<div class=\"note\">", printed);
        html_prose(to, check_source(check));
        fprintf(to, "</div></td><td>%s", holds);
    } else {
        struct sentence words;
        check_cell(to, page, e, check);
        html_prose(to, check_statement(check, &words));
        fputs("<div class=\"note\">", to);
        html_prose(to, check_source(check));
        fputs("</div></td><td>see the statement", to);
    }
    fputs("</td><td>", to);
    if (!isnan(v->measured)) {
        fputs("<div>as printed: <span class=\"nowrap\">", to);
        html_number(to, v->measured);
        fprintf(to, "</span> (refuted from <span class=\"nowrap\">%s", sign(v));
        html_number(to, v->bound);
        fputs("</span>)</div>", to);
    }
    if (!isnan(v->holds_measured)) {
        fputs("<div>as it holds: <span class=\"nowrap\">", to);
        html_number(to, v->holds_measured);
        fputs("</span> (bound <span class=\"nowrap\">≤ ", to);
        html_number(to, v->holds_bound);
        fputs("</span>)</div>", to);
    }
    note(to, v->note);
    fputs("</td><td>", to);
    verdict_mark(to, v->kind);
    fputs("</td></tr>\n", to);
    return ATTNDYN_OK;
}

static void broken_row(FILE *to, const struct report_page *page, const struct batch_item *item) {
    const char *id = item->run.experiment->id;
    fprintf(to, "<tr><th scope=\"row\"><a href=\"%s#", page->file);
    html_anchor(to, id);
    fprintf(to, "\"><code>%s</code></a></th><td colspan=\"4\">The run did not end: ", id);
    html_text(to, attndyn_message(item->ctx));
    fputs("</td><td>", to);
    verdict_mark(to, VERDICT_FAILS);
    fputs("</td></tr>\n", to);
}

/* Is this check one of these rows? Failures come first. */
static bool among(const struct batch_item *item, size_t c, enum rows rows) {
    const struct check *check = item->run.experiment->checks[c];
    bool outside = item->run.verdicts[c].kind == VERDICT_OUTSIDE;
    if (rows == ROWS_OUTSIDE || outside) return rows == ROWS_OUTSIDE && outside;
    if (rows == ROWS_ERRATA || check->kind == CHECK_ERRATUM)
        return rows == ROWS_ERRATA && check->kind == CHECK_ERRATUM;
    switch (check_origin(check)) {
    case ORIGIN_PAPER:
    case ORIGIN_TALK:
        return rows == ROWS_STATED;
    case ORIGIN_DERIVED:
        return rows == ROWS_DERIVED;
    default:
        return rows == ROWS_CONTRACT;
    }
}

static size_t rows_of(const struct batch_item *item, enum rows rows) {
    if (!item->done) return 0;
    if (item->status) return rows == ROWS_STATED;
    size_t n = 0;
    for (size_t c = 0; c < item->run.n_checks; c++) n += among(item, c, rows);
    return n;
}

size_t rows_count(const struct report *report, enum rows rows) {
    size_t n = 0;
    for (size_t i = 0; i < report->request->batch->count; i++)
        n += rows_of(&report->request->batch->items[i], rows);
    return n;
}

/* One group of rows for each story. */
static enum attndyn_status groups(const struct report *report, enum rows rows, int columns,
                                  FILE *to) {
    for (size_t p = 0; p < report->n_pages; p++) {
        const struct report_page *page = &report->pages[p];
        bool headed = false;
        for (size_t i = 0; i < page->count; i++) {
            const struct batch_item *item = page->items[i];
            if (rows_of(item, rows) == 0) continue;
            if (!headed) {
                fprintf(to,
                        "<tbody>\n<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%d\"><a "
                        "href=\"%s\">",
                        columns, page->file);
                html_text(to, page->title);
                fputs("</a></th></tr>\n", to);
                headed = true;
            }
            if (item->status) {
                broken_row(to, page, item);
                continue;
            }
            const struct experiment *e = item->run.experiment;
            for (size_t c = 0; c < item->run.n_checks; c++) {
                if (!among(item, c, rows)) continue;
                if (rows == ROWS_ERRATA)
                    ATTNDYN_TRY(
                        erratum_row(report, to, page, e, e->checks[c], &item->run.verdicts[c]));
                else
                    claim_row(to, page, e, e->checks[c], &item->run.verdicts[c]);
            }
        }
        if (headed) fputs("</tbody>\n", to);
    }
    return ATTNDYN_OK;
}

enum attndyn_status rows_table(const struct report *report, enum rows rows, const char *label,
                               FILE *to) {
    if (rows_count(report, rows) == 0) return ATTNDYN_OK;
    box_begin(to, label);
    if (rows == ROWS_ERRATA)
        fputs("<table class=\"verdicts errata\">\n<thead><tr><th scope=\"col\">check</th><th "
              "scope=\"col\">as printed</th><th scope=\"col\">as it holds</th><th "
              "scope=\"col\">evidence</th><th scope=\"col\">verdict</th></tr></thead>\n",
              to);
    else
        fputs("<table class=\"verdicts\">\n<thead><tr><th scope=\"col\">check</th><th "
              "scope=\"col\">claim, and what was found</th><th scope=\"col\">source</th><th "
              "scope=\"col\" class=\"num\">measured</th><th scope=\"col\" class=\"num\">bound"
              "</th><th scope=\"col\">verdict</th></tr></thead>\n",
              to);
    ATTNDYN_TRY(groups(report, rows, rows == ROWS_ERRATA ? 5 : 6, to));
    fputs("</table>\n", to);
    box_end(to);
    return ATTNDYN_OK;
}
