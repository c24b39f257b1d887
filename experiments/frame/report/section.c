/* One experiment on the page of its story. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/results_private.h"
#include "html.h"
#include "parts.h"

#include <ctype.h>
#include <string.h>

/* A word as a shell takes it. */
static void shell_word(FILE *to, const char *word) {
    bool plain = word[0] != '\0';
    for (const char *c = word; *c; c++)
        plain = plain && (isalnum((unsigned char)*c) || strchr("_-+.,/:=@%", *c));
    if (plain) {
        html_text(to, word);
        return;
    }
    fputc('\'', to);
    for (; *word; word++) {
        char one[2] = {*word, '\0'};
        html_text(to, *word == '\'' ? "'\\''" : one);
    }
    fputc('\'', to);
}

/* The command that computes the run, as a shell takes it. */
static void command_write(const struct report *report, const struct batch_item *item, FILE *to) {
    const struct report_request *r = report->request;
    fprintf(to, "<code>attndyn run %s --preset %s", item->run.experiment->id, item->run.preset);
    for (size_t a = 0; a < r->n_assignments; a++) {
        char key[100];
        size_t n = strcspn(r->assignments[a], "=");
        if (n >= sizeof key) continue;
        memcpy(key, r->assignments[a], n);
        key[n] = '\0';
        if (!item->run.params || !param_declared(item->run.params, key)) continue;
        fputc(' ', to);
        shell_word(to, r->assignments[a]);
    }
    fputs("</code>", to);
}

/* What is claimed, in words, with the number that was measured and the verdict. */
static void checks(const struct batch_item *item, FILE *to) {
    if (item->run.n_checks == 0) return;
    fputs("<ul class=\"told\" aria-label=\"Checks\">\n", to);
    for (size_t c = 0; c < item->run.n_checks; c++) {
        const struct check *check = item->run.experiment->checks[c];
        const struct verdict *v = &item->run.verdicts[c];
        struct sentence words;
        fputs("<li>", to);
        verdict_mark(to, v->kind);
        fputc(' ', to);
        const char *said = check_statement(check, &words);
        html_prose(to, said);
        if (*said && said[strlen(said) - 1] != '.') fputc('.', to);
        if (v->kind != VERDICT_SKIPPED) {
            fputs(" <span class=\"nowrap\">Measured ", to);
            html_number(to, v->measured);
            if (v->kind != VERDICT_OUTSIDE) {
                fputs(v->relation[0] == '<' ? ", at most " : ", at least ", to);
                html_number(to, v->bound);
            }
            fputs(".</span>", to);
        }
        fputs(" <a class=\"source\" href=\"index.html#", to);
        html_anchor(to, check->id);
        fputs("\"><code>", to);
        html_text(to, check->id);
        fputs("</code></a></li>\n", to);
    }
    fputs("</ul>\n", to);
}

enum attndyn_status section_write(const struct report *report, const struct batch_item *item,
                                  FILE *to) {
    const struct experiment *e = item->run.experiment;
    fputs("<section id=\"", to);
    html_anchor(to, e->id);
    fputs("\">\n<h2>", to);
    html_prose(to, e->title);
    fprintf(to, "</h2>\n<p class=\"source\"><code>%s</code> · ", e->id);
    html_prose(to, e->source);
    fputs("</p>\n", to);
    if (item->fell_back) {
        fprintf(to, "<p class=\"warning\">This experiment has no preset <code>");
        html_text(to, report->request->preset);
        fprintf(to, "</code>: what follows is its preset <code>%s</code>.</p>\n", item->run.preset);
    }
    html_paragraphs(to, e->doc);
    if (item->status) {
        fputs("<p class=\"warning\">The run did not end: ", to);
        html_text(to, attndyn_message(item->ctx));
        fputs("</p>\n</section>\n", to);
        return ATTNDYN_OK;
    }
    checks(item, to);
    fputs("<p class=\"command\">Compute it again: ", to);
    command_write(report, item, to);
    fprintf(to, ". Record: <a href=\"%s/run.json\">run.json</a>.</p>\n", e->id);
    if (item->run.results->skipped) {
        fputs("<p class=\"warning\">Skipped: ", to);
        html_text(to, item->run.results->skipped);
        fputs("</p>\n</section>\n", to);
        return ATTNDYN_OK;
    }
    ATTNDYN_TRY(figures_write(report, item, to));
    data_write(item, to);
    fputs("</section>\n", to);
    return ATTNDYN_OK;
}
