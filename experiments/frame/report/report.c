#include "report.h"

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/plural.h"
#include "experiments/frame/judge/verify.h"
#include "html.h"
#include "parts.h"
#include "sim/base/file.h"
#include "tex.h"

#include <string.h>

/* The checks that measure an equation, each with its verdict of this run. */
static enum attndyn_status measured_by(const struct report *report, const char *checks, FILE *to) {
    fputs("<ul class=\"checks\" aria-label=\"Measured by\">\n", to);
    for (const char *at = checks; *at;) {
        at += strspn(at, " ");
        size_t n = strcspn(at, " ");
        if (n == 0) break;
        char *check = attndyn_format(report->ctx, "%.*s", (int)n, at);
        if (!check) return ATTNDYN_NO_MEMORY;
        fputs("<li>", to);
        verdict_link(to, check, verdict_of(report, check));
        fputs("</li>\n", to);
        at += n;
    }
    fputs("</ul>\n", to);
    return ATTNDYN_OK;
}

static enum attndyn_status equations(const struct report *report, const struct story *story,
                                     FILE *to) {
    if (story->n_equations == 0) return ATTNDYN_OK;
    fputs("<section id=\"equations\">\n<h2>Equations</h2>\n<ol class=\"equations\">\n", to);
    for (size_t i = 0; i < story->n_equations; i++) {
        const struct equation *equation = &story->equations[i];
        char *mathml, *says;
        ATTNDYN_TRY(tex_to_mathml(report->ctx, equation->tex, true, &mathml));
        ATTNDYN_TRY(tex_prose(report->ctx, equation->says ? equation->says : "", &says));
        fprintf(to,
                "<li>\n<div class=\"box equation\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"Equation %zu\">%s</div>\n<p>%s",
                i + 1, mathml, says);
        if (equation->source) {
            fputs(" <span class=\"source\">", to);
            html_text(to, equation->source);
            fputs("</span>", to);
        }
        fputs("</p>\n", to);
        if (equation->checks) ATTNDYN_TRY(measured_by(report, equation->checks, to));
        fputs("</li>\n", to);
    }
    fputs("</ol>\n</section>\n", to);
    return ATTNDYN_OK;
}

static enum attndyn_status remarks(const struct report *report, const struct remarks *remarks,
                                   const char *anchor, const char *title, FILE *to) {
    if (remarks->count == 0) return ATTNDYN_OK;
    fprintf(to, "<section id=\"%s\">\n<h2>%s</h2>\n<ul class=\"remarks\">\n", anchor, title);
    for (size_t i = 0; i < remarks->count; i++) {
        char *prose;
        ATTNDYN_TRY(tex_prose(report->ctx, remarks->text[i], &prose));
        fprintf(to, "<li>%s</li>\n", prose);
    }
    fputs("</ul>\n</section>\n", to);
    return ATTNDYN_OK;
}

static const char survives[] = "What survives of the papers’ statements",
                  unsettled[] = "What could not be confirmed, and what is open";

static enum attndyn_status maps(const struct report *report, FILE *to) {
    fputs("<section id=\"maps\">\n<h2>The maps</h2>\n<p>Each map walks out of a theorem’s "
          "assumptions and shows the error of its claim; the lines are the levels named above the "
          "map. Colours end two decades below the lowest line: what is smaller looks alike.</p>\n",
          to);
    for (size_t i = 0; i < report->request->maps->count; i++)
        ATTNDYN_TRY(map_write(report, &report->request->maps->items[i], to));
    fputs("</section>\n", to);
    return ATTNDYN_OK;
}

static void contents(const struct report_page *page, FILE *to) {
    fputs("<nav aria-label=\"On this page\">\n<ul class=\"contents\">\n", to);
    if (page->story && page->story->n_equations)
        fputs("<li><a href=\"#equations\">Equations</a></li>\n", to);
    if (page->story && page->story->survives.count)
        fprintf(to, "<li><a href=\"#survives\">%s</a></li>\n", survives);
    if (page->story && page->story->open.count)
        fprintf(to, "<li><a href=\"#open\">%s</a></li>\n", unsettled);
    if (page->maps) fputs("<li><a href=\"#maps\">The maps</a></li>\n", to);
    for (size_t i = 0; i < page->count; i++) {
        const struct experiment *e = page->items[i]->run.experiment;
        fputs("<li><a href=\"#", to);
        html_anchor(to, e->id);
        fputs("\">", to);
        html_prose(to, e->title);
        fprintf(to, "</a> <code>%s</code></li>\n", e->id);
    }
    fputs("</ul>\n</nav>\n", to);
}

static enum attndyn_status story_text(const struct report *report, const struct report_page *page,
                                      FILE *to) {
    if (page->story && page->story->lead) {
        char *lead;
        ATTNDYN_TRY(tex_prose(report->ctx, page->story->lead, &lead));
        fprintf(to, "<p class=\"lead\">%s</p>\n", lead);
    }
    fputs("<p class=\"summary\">", to);
    page_tally(&page->tally, to);
    fputs(".</p>\n", to);
    contents(page, to);
    if (page->story) {
        const struct story *story = page->story;
        ATTNDYN_TRY(equations(report, story, to));
        ATTNDYN_TRY(remarks(report, &story->survives, "survives", survives, to));
        ATTNDYN_TRY(remarks(report, &story->open, "open", unsettled, to));
    }
    if (page->maps) ATTNDYN_TRY(maps(report, to));
    for (size_t i = 0; i < page->count; i++) ATTNDYN_TRY(section_write(report, page->items[i], to));
    return ATTNDYN_OK;
}

/* A sentence on the experiments that have no such preset. */
static void presets(const struct report *report, FILE *to) {
    const struct batch *batch = report->request->batch;
    size_t fallen = 0;
    for (size_t i = 0; i < batch->count; i++)
        fallen += batch->items[i].done && batch->items[i].fell_back;
    if (!fallen) return;
    fputs("<p class=\"warning\">", to);
    fprintf(to, "%zu experiment%s no preset <code>", fallen, fallen > 1 ? "s have" : " has");
    html_text(to, report->request->preset);
    fputs("</code> and ran with <code>quick</code> instead: ", to);
    for (size_t i = 0, n = 0; i < batch->count; i++)
        if (batch->items[i].done && batch->items[i].fell_back)
            fprintf(to, "%s<code>%s</code>", n++ ? ", " : "", batch->items[i].run.experiment->id);
    fputs(".</p>\n", to);
}

static enum attndyn_status stories_list(const struct report *report, FILE *to) {
    fputs("<section id=\"stories\">\n<h2>Stories</h2>\n<ul class=\"stories\">\n", to);
    for (size_t p = 0; p < report->n_pages; p++) {
        const struct report_page *page = &report->pages[p];
        char *lead = attndyn_strdup(report->ctx, "");
        if (page->story && page->story->lead)
            ATTNDYN_TRY(tex_prose(report->ctx, page->story->lead, &lead));
        if (!lead) return ATTNDYN_NO_MEMORY;
        fprintf(to, "<li>\n<h3><a href=\"%s\">", page->file);
        html_prose(to, page->title);
        fprintf(to, "</a></h3>\n<p>%s</p>\n<p class=\"summary\">", lead);
        page_tally(&page->tally, to);
        if (page->maps) fprintf(to, "; <b>%zu</b> maps", report->request->maps->count);
        fputs(".</p>\n</li>\n", to);
    }
    fputs("</ul>\n</section>\n", to);
    return ATTNDYN_OK;
}

/* A section with a table of checks; nothing where no check belongs there. Folded where what it
 * holds is for reference. */
static enum attndyn_status rows_section(const struct report *report, enum rows rows, const char *id,
                                        const char *title, const char *says, bool folded,
                                        FILE *to) {
    size_t count = rows_count(report, rows);
    if (count == 0) return ATTNDYN_OK;
    fprintf(to, "<section id=\"%s\">\n<h2>%s</h2>\n<p>%s</p>\n", id, title, says);
    if (folded) fprintf(to, "<details><summary>%zu check%s</summary>\n", count, PLURAL(count));
    ATTNDYN_TRY(rows_table(report, rows, title, to));
    fputs(folded ? "</details>\n</section>\n" : "</section>\n", to);
    return ATTNDYN_OK;
}

static enum attndyn_status first_text(const struct report *report, FILE *to) {
    struct batch_tally tally = batch_count(report->request->batch);
    fputs("<p class=\"lead\">The equations of Scan&amp;Snap (arXiv 2305.16380), JoMA (arXiv "
          "2310.00535) and the low-rank gradient theory behind GaLore (arXiv 2403.03507), "
          "integrated, trained and held against their theorems. Every number here was measured by "
          "the program that wrote this page.</p>\n<p class=\"summary\">",
          to);
    page_tally(&tally, to);
    fputs(".</p>\n", to);
    statements_summary(report, to);
    fputs("<p>Go to <a href=\"#statements\">the statements</a>, <a href=\"#errata\">what does not "
          "hold as printed</a>, <a href=\"#stories\">the stories</a>, <a href=\"#claims\">all "
          "checks</a>. The letters before the dot of a check’s id name the place in the notes that "
          "it comes from (C: Scan&amp;Snap, J: JoMA, L: low rank, LM: language models, D: outside "
          "the assumptions); E marks an erratum.</p>\n",
          to);
    presets(report, to);
    if (statements_measured(report)) {
        fputs(
            "<section id=\"statements\">\n<h2>What the papers state, and what was found</h2>\n<p>One "
            "row a statement: what it says, under which hypotheses (those that this run does not meet "
            "are marked), the number that matters with the bound that it must keep, and the verdict. "
            "The number is that of the statement’s worst check.</p>\n",
            to);
        ATTNDYN_TRY(statements_table(report, to));
        fputs("</section>\n", to);
    }
    ATTNDYN_TRY(rows_section(
        report, ROWS_ERRATA, "errata", "What does not hold as printed",
        "Formulas that do not hold as printed inside their own hypotheses, beside the form that "
        "does. The error of the printed form must reach the level from which it counts as refuted, "
        "while the form that holds keeps its bound; otherwise the erratum itself fails.",
        false, to));
    ATTNDYN_TRY(stories_list(report, to));
    ATTNDYN_TRY(rows_section(
        report, ROWS_STATED, "claims", "Claims of the papers and of the talk",
        "What was measured, the bound that it must keep, the verdict. A bound is stated with the "
        "check before the run (<code>attndyn describe ID</code>); a claim that does not keep it "
        "fails, here and in the program’s exit status.",
        false, to));
    ATTNDYN_TRY(rows_section(report, ROWS_OUTSIDE, "outside", "Where the theorems hold",
                             "Checks whose statement supposes what this run does not meet: the "
                             "value is kept, nothing is judged.",
                             false, to));
    ATTNDYN_TRY(rows_section(report, ROWS_DERIVED, "derived", "Derived here",
                             "Closed forms and laws that no paper prints; each is derived in the "
                             "sources and measured by another route.",
                             true, to));
    return rows_section(report, ROWS_CONTRACT, "contract", "The program’s own promises",
                        "What holds by construction, and what must hold for the rest to mean "
                        "anything.",
                        true, to);
}

static enum attndyn_status write_page(const struct report *report, const struct report_page *page) {
    char *path = attndyn_format(report->ctx, "%s/%s", report->request->folder,
                                page ? page->file : "index.html");
    if (!path) return ATTNDYN_NO_MEMORY;
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(report->ctx, &file, path));
    page_begin(report, page, file.stream);
    enum attndyn_status status =
        page ? story_text(report, page, file.stream) : first_text(report, file.stream);
    if (status) {
        attndyn_file_abandon(&file);
        return status;
    }
    page_end(report, file.stream);
    return attndyn_file_commit(report->ctx, &file);
}

enum attndyn_status report_write(struct attndyn_context *ctx,
                                 const struct report_request *request) {
    struct report report = {.ctx = ctx, .request = request};
    char *json = attndyn_format(ctx, "%s/verdicts.json", request->folder);
    if (!json) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(pages_plan(&report));
    ATTNDYN_TRY(page_font(&report));
    ATTNDYN_TRY(verify_write_json(ctx, request->batch, json));
    for (size_t p = 0; p < report.n_pages; p++) ATTNDYN_TRY(write_page(&report, &report.pages[p]));
    return write_page(&report, NULL);
}
