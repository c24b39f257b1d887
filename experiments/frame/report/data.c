/* The numbers of a run: parameters, scalars, tables. */
#include "experiments/frame/contract/conditions.h"
#include "experiments/frame/contract/results_private.h"
#include "html.h"
#include "parts.h"

#include <math.h>
#include <string.h>

enum { SHOWN_ROWS = 40, SHOWN_COLUMNS = 12 };

static void open_details(FILE *to, const char *summary) {
    fputs("<details>\n<summary>", to);
    html_text(to, summary);
    fputs("</summary>\n", to);
}

static void parameters(const struct run *run, FILE *to) {
    open_details(to, "Parameters");
    box_begin(to, "Parameters");
    fputs("<table><thead><tr><th scope=\"col\">parameter</th><th scope=\"col\">value</th><th "
          "scope=\"col\">meaning</th></tr></thead><tbody>\n",
          to);
    for (const struct param *p = run->experiment->params; p && p->name; p++) {
        fprintf(to, "<tr><th scope=\"row\"><code>%s</code></th><td>", p->name);
        html_text(to, param_value_text(run->params, p->name));
        if (p->unit) fprintf(to, " %s", p->unit);
        fputs("</td><td>", to);
        html_prose(to, p->doc);
        if (p->only) {
            fputs(" <span class=\"source\">Only with <code>", to);
            condition_put(to, p->only);
            fprintf(to, "</code>%s.</span>",
                    condition_met(run->params, p) ? "" : ": no effect here");
        }
        fputs("</td></tr>\n", to);
    }
    fprintf(to, "</tbody></table>\n");
    box_end(to);
    fprintf(to, "<p><a href=\"%s/params.conf\">params.conf</a></p></details>\n",
            run->experiment->id);
}

static void scalars(const struct run *run, FILE *to) {
    if (run->results->n_scalars == 0) return;
    open_details(to, "Single numbers");
    box_begin(to, "Single numbers");
    fputs("<table><thead><tr><th scope=\"col\">scalar</th><th scope=\"col\" "
          "class=\"num\">value</th><th scope=\"col\">meaning</th></tr></thead><tbody>\n",
          to);
    for (size_t s = 0; s < run->results->n_scalars; s++) {
        const struct scalar *about = &run->experiment->scalars[s];
        fprintf(to, "<tr><th scope=\"row\"><code>%s</code></th>", about->name);
        html_number_cell(to, run->results->scalars[s]);
        fputs("<td>", to);
        html_prose(to, about->doc);
        if (about->unit) fprintf(to, " (%s)", about->unit);
        fputs("</td></tr>\n", to);
    }
    fputs("</tbody></table>\n", to);
    box_end(to);
    fputs("</details>\n", to);
}

static void cells(FILE *to, const struct result_table *table, size_t row) {
    const union stored *cell = &table->cells[row * table->columns];
    fputs("<tr>", to);
    for (size_t c = 0; c < table->columns; c++) {
        enum column_type type = table->about->columns[c].type;
        if (type == COLUMN_TEXT) {
            fputs("<td>", to);
            html_text(to, cell[c].text);
            fputs("</td>", to);
        } else if (type == COLUMN_INT)
            fprintf(to, "<td class=\"num\">%ld</td>", cell[c].integer);
        else
            html_number_cell(to, cell[c].real);
    }
    fputs("</tr>\n", to);
}

/* Small tables are shown; large ones are a link. */
static void table_write(FILE *to, const struct experiment *e, const struct result_table *table) {
    const char *name = table->about->name;
    bool small = table->rows <= SHOWN_ROWS && table->columns <= SHOWN_COLUMNS && table->rows > 0 &&
                 strcmp(name, "state") != 0;
    if (!small) {
        fprintf(to, "<p class=\"data\"><a href=\"%s/%s.csv\">%s.csv</a> (%zu row%s): ", e->id, name,
                name, table->rows, table->rows == 1 ? "" : "s");
        html_prose(to, table->about->doc);
        fputs("</p>\n", to);
        return;
    }
    fprintf(to, "<details>\n<summary>%s.csv: ", name);
    html_prose(to, table->about->doc);
    fputs("</summary>\n", to);
    box_begin(to, table->about->doc);
    fputs("<table><thead><tr>", to);
    for (size_t c = 0; c < table->columns; c++) {
        fprintf(to, "<th scope=\"col\"%s title=\"",
                table->about->columns[c].type == COLUMN_TEXT ? "" : " class=\"num\"");
        html_title(to, table->about->columns[c].doc);
        fputs("\">", to);
        html_text(to, table->about->columns[c].name);
        fputs("</th>", to);
    }
    fputs("</tr></thead><tbody>\n", to);
    for (size_t r = 0; r < table->rows; r++) cells(to, table, r);
    fputs("</tbody></table>\n", to);
    box_end(to);
    fprintf(to, "<p><a href=\"%s/%s.csv\">%s.csv</a></p></details>\n", e->id, name, name);
}

void data_write(const struct batch_item *item, FILE *to) {
    const struct results *results = item->run.results;
    for (size_t n = 0; n < results->n_notes; n++) {
        fputs("<p class=\"note\">Note of the run: ", to);
        html_text(to, results->notes[n]); /* may quote a text, so it is not searched for formulas */
        fputs("</p>\n", to);
    }
    parameters(&item->run, to);
    scalars(&item->run, to);
    for (size_t t = 0; t < results->n_tables; t++)
        table_write(to, item->run.experiment, &results->tables[t]);
}
