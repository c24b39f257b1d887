/* What was found, statement by statement: the first table of the first page. */
#include "experiments/frame/contract/check.h"
#include "html.h"
#include "parts.h"
#include "tex.h"

#include <math.h>
#include <string.h>

/* A statement and the verdicts of the checks that measure it. */
struct finding {
    size_t checks, of[VERDICT_KINDS];
    const struct check *first; /* the one whose number stands in the table: the worst verdict's */
    const struct verdict *verdict;
};

/* The worst verdict counts; checks that were not judged are ignored. */
static int weight(enum verdict_kind kind) {
    static const int weights[VERDICT_KINDS] = {
        [VERDICT_FAILS] = 4,   [VERDICT_ERRATUM] = 3, [VERDICT_HOLDS] = 2,
        [VERDICT_OUTSIDE] = 1, [VERDICT_SKIPPED] = 0, [VERDICT_UNJUDGED] = 0};
    return weights[kind];
}

static struct finding find(const struct report *report, const struct statement *statement) {
    struct finding f = {0};
    const struct batch *batch = report->request->batch;
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_item *item = &batch->items[i];
        if (!item->done || item->status) continue;
        for (size_t c = 0; c < item->run.n_checks; c++) {
            const struct check *check = item->run.experiment->checks[c];
            const struct verdict *v = &item->run.verdicts[c];
            if (check->about != statement) continue;
            f.checks++;
            f.of[v->kind]++;
            if (f.first && weight(v->kind) <= weight(f.verdict->kind)) continue;
            f.first = check;
            f.verdict = v;
        }
    }
    return f;
}

static void hypotheses(FILE *to, const struct statement *s, const struct verdict *v) {
    if (!s->hypotheses || !*s->hypotheses) return;
    fputs("<ul class=\"hypotheses\">", to);
    for (const struct hypothesis *const *h = s->hypotheses; *h; h++) {
        char said[200] = "";
        bool met = v && (*h)->met(&v->facts, said, sizeof said) == HYPOTHESIS_MET;
        fprintf(to, "<li%s>", v && !met ? " class=\"unmet\"" : "");
        html_prose(to, (*h)->words);
        if (v && !met) {
            fputs(" <span class=\"note\">(here ", to);
            html_prose(to, said);
            fputs(")</span>", to);
        }
        fputs("</li>", to);
    }
    fputs("</ul>", to);
}

static void links(const struct report *report, const struct statement *s, FILE *to) {
    const struct batch *batch = report->request->batch;
    fputs("<ul class=\"checks\">", to);
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_item *item = &batch->items[i];
        if (!item->done || item->status) continue;
        for (size_t c = 0; c < item->run.n_checks; c++) {
            if (item->run.experiment->checks[c]->about != s) continue;
            fputs("<li>", to);
            verdict_link(to, item->run.experiment->checks[c]->id, &item->run.verdicts[c]);
            fputs("</li>", to);
        }
    }
    fputs("</ul>", to);
}

static enum attndyn_status row(const struct report *report, const struct statement *s,
                               const struct finding *f, FILE *to) {
    fputs("<tr><th scope=\"row\"><b>", to);
    html_prose(to, s->source);
    fprintf(to, "</b><div class=\"note\">%s</div></th><td>", s->id);
    if (s->formula) {
        char *mathml;
        ATTNDYN_TRY(tex_to_mathml(report->ctx, s->formula, false, &mathml));
        fprintf(to, "<div class=\"formula\">%s</div>", mathml);
    }
    if (strchr(s->words, '$')) {
        char *words;
        ATTNDYN_TRY(tex_prose(report->ctx, s->words, &words));
        fputs(words, to);
    } else {
        html_prose(to, s->words);
    }
    hypotheses(to, s, f->verdict);
    fputs("</td><td>", to);
    if (f->verdict && isfinite(f->verdict->measured)) {
        fputs("<span class=\"nowrap\">", to);
        html_number(to, f->verdict->measured);
        fprintf(to, " (%s",
                f->verdict->relation[0] == '<'   ? "≤ "
                : f->verdict->relation[0] == '>' ? "≥ "
                                                 : "");
        html_number(to, f->verdict->bound);
        fputs(")</span>", to);
    }
    if (f->verdict) {
        fputs("<div class=\"note\">", to);
        html_note(to, f->verdict->note);
        fputs("</div>", to);
    } else if (s->unchecked) {
        fputs("<div class=\"note\">Not measured: ", to);
        html_prose(to, s->unchecked);
        fputs("</div>", to);
    }
    fputs("</td><td>", to);
    if (f->verdict) verdict_mark(to, f->verdict->kind);
    links(report, s, to);
    fputs("</td></tr>\n", to);
    return ATTNDYN_OK;
}

/* The work that a statement stands in: what comes before the first comma of its source. */
static size_t work(const struct statement *s) {
    return strcspn(s->source, ",");
}

enum attndyn_status statements_table(const struct report *report, FILE *to) {
    const struct statement *before = NULL;
    bool any = false;
    for (size_t i = 0; i < statements_count(); i++) {
        const struct statement *s = statements_at(i);
        struct finding f = find(report, s);
        if (!f.checks && !s->unchecked) continue;
        if (!any) {
            box_begin(to, "What the papers state, and what was found");
            fputs("<table class=\"verdicts statements\">\n<thead><tr><th scope=\"col\">statement"
                  "</th><th scope=\"col\">what it says, and under which hypotheses</th><th "
                  "scope=\"col\">measured (bound)</th><th scope=\"col\">verdict, checks</th></tr>"
                  "</thead>\n<tbody>\n",
                  to);
            any = true;
        }
        if (!before || work(before) != work(s) ||
            strncmp(before->source, s->source, work(s)) != 0) {
            fputs("<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"4\">", to);
            char *name = html_escaped(report->ctx, s->source, work(s));
            if (!name) return ATTNDYN_NO_MEMORY;
            fprintf(to, "%s</th></tr>\n", name);
        }
        before = s;
        ATTNDYN_TRY(row(report, s, &f, to));
    }
    if (any) {
        fputs("</tbody></table>\n", to);
        box_end(to);
    }
    return ATTNDYN_OK;
}

size_t statements_measured(const struct report *report) {
    size_t n = 0;
    for (size_t i = 0; i < statements_count(); i++) n += find(report, statements_at(i)).checks > 0;
    return n;
}

void statements_summary(const struct report *report, FILE *to) {
    size_t of[VERDICT_KINDS] = {0}, measured = 0;
    for (size_t i = 0; i < statements_count(); i++) {
        struct finding f = find(report, statements_at(i));
        if (!f.checks) continue;
        measured++;
        of[f.verdict->kind]++;
    }
    struct batch_tally tally = batch_count(report->request->batch);
    const int *paper = tally.of[ORIGIN_PAPER], *talk = tally.of[ORIGIN_TALK],
              *derived = tally.of[ORIGIN_DERIVED], *contract = tally.of[ORIGIN_CONTRACT];
    if (measured)
        fprintf(to,
                "<p>Of the papers’ and the talk’s statements <b>%zu</b> are measured here, each "
                "inside its own hypotheses: <b>%zu</b> hold, <b>%zu</b> do not hold as printed, "
                "<b>%zu</b> fail. Where a run does not meet a hypothesis of a statement its value "
                "is kept and nothing is judged (“outside”: <b>%d</b> checks); these values are the "
                "map of how far the statement reaches.</p>\n",
                measured, of[VERDICT_HOLDS], of[VERDICT_ERRATUM], of[VERDICT_FAILS],
                tally.verdicts[VERDICT_OUTSIDE]);
    fprintf(
        to,
        "<p>By who says so: the papers, <b>%d</b> checks hold, <b>%d</b> errata, <b>%d</b> fail; the "
        "talk, <b>%d</b> hold, <b>%d</b> errata, <b>%d</b> fail; derived here (closed forms and laws that no paper prints), <b>%d</b> "
        "hold, <b>%d</b> fail; the program’s own promises, <b>%d</b> hold, <b>%d</b> fail.</p>\n",
        paper[VERDICT_HOLDS], paper[VERDICT_ERRATUM], paper[VERDICT_FAILS], talk[VERDICT_HOLDS],
        talk[VERDICT_ERRATUM], talk[VERDICT_FAILS], derived[VERDICT_HOLDS], derived[VERDICT_FAILS],
        contract[VERDICT_HOLDS], contract[VERDICT_FAILS]);
}
