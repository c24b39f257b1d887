#include "report.h"

#include "check.h"
#include "html.h"
#include "results_private.h"
#include "sim/base/file.h"
#include "verify.h"
#include "version.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *verdict_class(enum verdict_kind kind) {
    switch (kind) {
    case VERDICT_HOLDS:
        return "holds";
    case VERDICT_FAILS:
        return "fails";
    case VERDICT_ERRATUM:
        return "erratum";
    case VERDICT_SKIPPED:
        return "skipped";
    }
    return "";
}

static void number_cell(FILE *to, double x) {
    if (isnan(x))
        fputs("<td class=num>–</td>", to);
    else
        fprintf(to, "<td class=num>%.4g</td>", x);
}

static void anchor(FILE *to, const char *id) {
    for (; *id; id++) fputc(*id == '/' ? '-' : *id, to);
}

static void verdict_row(FILE *to, const struct experiment *e, const struct check *check,
                        const struct verdict *v, bool erratum) {
    fputs("<tr><td><a href=\"#", to);
    anchor(to, e->id);
    fputs("\">", to);
    html_text(to, check->id);
    fputs("</a></td><td>", to);
    html_text(to, check->statement);
    if (v->note[0]) {
        fputs("<div class=note>", to);
        html_text(to, v->note);
        fputs("</div>", to);
    }
    fputs("</td><td>", to);
    html_text(to, check->source);
    fputs("</td>", to);
    number_cell(to, v->measured);
    fprintf(to, "<td class=num>%s</td>",
            v->relation[0] == '<' ? "≤" : (v->relation[0] == '>' ? "≥" : ""));
    number_cell(to, v->bound);
    if (erratum) number_cell(to, v->holds_measured);
    fprintf(to, "<td class=%s>%s</td></tr>\n", verdict_class(v->kind), verdict_name(v->kind));
}

static void verdict_table(FILE *to, const struct batch *batch, enum check_kind kind) {
    bool erratum = kind == CHECK_ERRATUM;
    fprintf(to,
            "<table class=verdicts><thead><tr><th>check<th>%s<th>source<th>%s<th><th>bound%s"
            "<th>verdict</tr></thead><tbody>\n",
            erratum ? "the statement as printed, and what holds" : "claim",
            erratum ? "error as printed" : "measured",
            erratum ? "<th>error of the form that holds" : "");
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_item *item = &batch->items[i];
        const struct experiment *e = item->run.experiment;
        if (!item->done) continue;
        if (item->status) {
            if (erratum) continue;
            fputs("<tr><td>", to);
            html_text(to, e->id);
            fputs("</td><td colspan=5>the run failed: ", to);
            html_text(to, attndyn_message(item->ctx));
            fputs("</td><td class=fails>fails</td></tr>\n", to);
            continue;
        }
        for (size_t c = 0; c < item->run.n_checks; c++)
            if (e->checks[c].kind == kind)
                verdict_row(to, e, &e->checks[c], &item->run.verdicts[c], erratum);
    }
    fputs("</tbody></table>\n", to);
}

enum { SHOWN_ROWS = 40, SHOWN_COLUMNS = 12 };

/* Small tables are shown; large ones are a link. */
static void data_table(FILE *to, const struct experiment *e, const struct result_table *table) {
    const char *name = table->about->name;
    bool small = table->rows <= SHOWN_ROWS && table->columns <= SHOWN_COLUMNS && table->rows > 0 &&
                 strcmp(name, "state") != 0;
    if (!small) {
        fprintf(to, "<p class=data><a href=\"%s/%s.csv\">%s.csv</a> (%zu rows): ", e->id, name,
                name, table->rows);
        html_text(to, table->about->doc);
        fputs("</p>\n", to);
        return;
    }
    fprintf(to, "<details><summary>%s.csv: ", name);
    html_text(to, table->about->doc);
    fprintf(to, " (<a href=\"%s/%s.csv\">file</a>)</summary><table><thead><tr>", e->id, name);
    for (size_t c = 0; c < table->columns; c++) {
        fputs("<th title=\"", to);
        html_text(to, table->about->columns[c].doc);
        fputs("\">", to);
        html_text(to, table->about->columns[c].name);
    }
    fputs("</tr></thead><tbody>\n", to);
    for (size_t r = 0; r < table->rows; r++) {
        const union stored *row = &table->cells[r * table->columns];
        fputs("<tr>", to);
        for (size_t c = 0; c < table->columns; c++) {
            enum column_type type = table->about->columns[c].type;
            if (type == COLUMN_TEXT) {
                fputs("<td>", to);
                html_text(to, row[c].text);
                fputs("</td>", to);
            } else if (type == COLUMN_INT)
                fprintf(to, "<td class=num>%ld</td>", row[c].integer);
            else
                number_cell(to, row[c].real);
        }
        fputs("</tr>\n", to);
    }
    fputs("</tbody></table></details>\n", to);
}

static void command_line(FILE *to, const struct run *run, const char *preset) {
    fprintf(to, "<p class=command><code>attndyn run %s --preset %s</code> · ", run->experiment->id,
            preset);
    fprintf(to,
            "<a href=\"%s/params.conf\">parameters</a> · <a href=\"%s/run.json\">record</a></p>\n",
            run->experiment->id, run->experiment->id);
}

static void experiment_section(FILE *to, const struct batch_item *item, const char *preset) {
    const struct experiment *e = item->run.experiment;
    fputs("<section id=\"", to);
    anchor(to, e->id);
    fputs("\"><h3>", to);
    html_text(to, e->title);
    fprintf(to, "</h3><p class=source><code>%s</code> · ", e->id);
    html_text(to, e->source);
    fputs("</p>\n", to);
    html_paragraphs(to, e->doc);
    if (item->status) {
        fputs("<p class=fails>The run failed: ", to);
        html_text(to, attndyn_message(item->ctx));
        fputs("</p></section>\n", to);
        return;
    }
    command_line(to, &item->run, preset);
    if (item->run.results->skipped) {
        fputs("<p class=skipped>Skipped: ", to);
        html_text(to, item->run.results->skipped);
        fputs("</p></section>\n", to);
        return;
    }
    for (const struct figure *f = e->figures; f && f->name; f++) {
        fprintf(to, "<figure><img loading=lazy src=\"%s/%s.svg\" alt=\"", e->id, f->name);
        html_text(to, f->caption);
        fputs("\"><figcaption>", to);
        html_text(to, f->caption);
        fprintf(to, " <a href=\"%s/%s.gp\">script</a></figcaption></figure>\n", e->id, f->name);
    }
    for (size_t n = 0; n < item->run.results->n_notes; n++) {
        fputs("<p class=note>", to);
        html_text(to, item->run.results->notes[n]);
        fputs("</p>\n", to);
    }
    for (size_t t = 0; t < item->run.results->n_tables; t++)
        data_table(to, e, &item->run.results->tables[t]);
    fputs("</section>\n", to);
}

/* "scansnap" of "scansnap/flow". */
static const char *family_title(const char *id) {
    static const struct {
        const char *family, *title;
    } titles[] = {{"scansnap/", "Scan&Snap"},
                  {"joma/", "JoMA"},
                  {"lowrank/", "Low-rank gradients"},
                  {"domain/", "Outside the assumptions: single points of the maps"}};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (strncmp(id, titles[i].family, strlen(titles[i].family)) == 0) return titles[i].title;
    return "Other experiments";
}

static void contents(FILE *to, const struct batch *batch) {
    fputs("<nav><ul>\n", to);
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->items[i].done) continue;
        fputs("<li><a href=\"#", to);
        anchor(to, batch->items[i].run.experiment->id);
        fprintf(to, "\">%s</a> ", batch->items[i].run.experiment->id);
        html_text(to, batch->items[i].run.experiment->title);
        fputs("</li>\n", to);
    }
    fputs("</ul></nav>\n", to);
}

enum attndyn_status report_write(struct attndyn_context *ctx, const struct batch *batch,
                                 const struct maps *maps, const char *preset, const char *folder) {
    char *json = attndyn_format(ctx, "%s/verdicts.json", folder);
    char *path = attndyn_format(ctx, "%s/index.html", folder);
    if (!json || !path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(verify_write_json(ctx, batch, json));
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    FILE *to = file.stream;
    struct batch_tally tally = batch_count(batch);
    html_begin(to, "attndyn: what holds of the theory of attention's training dynamics");
    fprintf(to,
            "<p class=summary><b>%d</b> claims hold, <b>%d</b> errata confirmed, <b>%d</b> fail, "
            "<b>%d</b> skipped, <b>%d</b> runs broken. Preset <code>%s</code>. attndyn %s (%s). <a "
            "href=verdicts.json>verdicts.json</a></p>\n",
            tally.verdicts[VERDICT_HOLDS], tally.verdicts[VERDICT_ERRATUM],
            tally.verdicts[VERDICT_FAILS], tally.verdicts[VERDICT_SKIPPED], tally.broken, preset,
            ATTNDYN_VERSION, ATTNDYN_COMMIT);
    fputs("<h2>Claims</h2>\n<p>Each claim, measured by this program: what was measured, the bound "
          "that it must keep, the verdict.</p>\n",
          to);
    verdict_table(to, batch, CHECK_CLAIM);
    fputs("<h2>Errata</h2>\n<p>Formulas that do not hold as printed: the error of the printed form "
          "(at least the bound), beside that of the form that holds.</p>\n",
          to);
    verdict_table(to, batch, CHECK_ERRATUM);
    fputs("<h2>Experiments</h2>\n", to);
    contents(to, batch);
    const char *family = "";
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->items[i].done) continue;
        const char *title = family_title(batch->items[i].run.experiment->id);
        if (strcmp(title, family) != 0) {
            fputs("<h2>", to);
            html_text(to, title);
            fputs("</h2>\n", to);
        }
        family = title;
        experiment_section(to, &batch->items[i], preset);
    }
    maps_write(maps, to);
    html_end(to);
    return attndyn_file_commit(ctx, &file);
}
