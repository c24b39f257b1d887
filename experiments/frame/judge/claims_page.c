/* The statements of the sources with the verdicts on each, as Markdown: docs/claims.md. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/ledger.h"
#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/prose.h"
#include "experiments/frame/report/story.h"
#include "sim/base/file.h"
#include "verify.h"

#include <math.h>
#include <string.h>

static void cell(FILE *to, const char *text) {
    prose_write(to, text, strlen(text), PROSE_MARKDOWN);
}

static void check_line(FILE *to, const struct check *check, const struct verdict *v) {
    fprintf(to, "`%s` %s", check->id, verdict_name(v->kind));
    if (v->kind != VERDICT_SKIPPED && isfinite(v->measured))
        fprintf(to, " (%.3g%s%s", v->measured, v->kind == VERDICT_OUTSIDE ? "" : " ",
                v->kind == VERDICT_OUTSIDE ? "" : v->relation);
    if (v->kind != VERDICT_SKIPPED && isfinite(v->measured)) {
        if (v->kind != VERDICT_OUTSIDE) fprintf(to, " %.3g", v->bound);
        fputc(')', to);
    }
}

static size_t checks_of(const struct batch *batch, const struct statement *s, FILE *to) {
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_item *item = &batch->items[i];
        if (!item->done || item->status) continue;
        for (size_t c = 0; c < item->run.n_checks; c++) {
            const struct check *check = item->run.experiment->checks[c];
            if (check->about != s) continue;
            if (to && count) fputs("<br>", to);
            if (to) check_line(to, check, &item->run.verdicts[c]);
            count++;
        }
    }
    return count;
}

static void row(FILE *to, const struct batch *batch, const struct statement *s) {
    fprintf(to, "| %s | ", s->id);
    cell(to, s->source);
    fputs(" | ", to);
    cell(to, s->words);
    fputs(" | ", to);
    for (const struct hypothesis *const *h = s->hypotheses; h && *h; h++) {
        if (h != s->hypotheses) fputs("; ", to);
        cell(to, (*h)->words);
    }
    fputs(" | ", to);
    checks_of(batch, s, to);
    fputs(" |\n", to);
}

/* "[exact] A law": the mark, of this many bytes with the blank behind it; 0: there is none. */
static size_t mark_of(const char *words) {
    const char *end = *words == '[' ? strchr(words, ']') : NULL;
    return end && end[1] == ' ' ? (size_t)(end - words) + 2 : 0;
}

/* Checks without a source's statement behind them: derived here, or errata of common knowledge. */
static bool stands_here(const struct check *check, const char *words) {
    if (check->about) return false;
    return check_origin(check) == ORIGIN_DERIVED || mark_of(words) > 0;
}

static enum attndyn_status unsettled(struct attndyn_context *ctx, FILE *to) {
    struct stories stories;
    ATTNDYN_TRY(stories_read(ctx, &stories));
    fputs("\n## Not confirmed, or open\n\n", to);
    for (size_t s = 0; s < stories.count; s++)
        for (size_t i = 0; i < stories.items[s].open.count; i++) {
            fputs("- ", to);
            cell(to, stories.items[s].open.text[i]);
            fputc('\n', to);
        }
    return ATTNDYN_OK;
}

/* The checks of a list, with their verdicts. */
static void checks_named(const struct batch *batch, const char *list, FILE *to) {
    char id[100];
    size_t count = 0;
    for (const char *at = list; names_next(&at, id, sizeof id);)
        for (size_t i = 0; i < batch->count; i++) {
            const struct batch_item *item = &batch->items[i];
            if (!item->done || item->status) continue;
            for (size_t c = 0; c < item->run.n_checks; c++) {
                const struct check *check = item->run.experiment->checks[c];
                if (strcmp(check->id, id) != 0) continue;
                if (count++) fputs("<br>", to);
                check_line(to, check, &item->run.verdicts[c]);
            }
        }
}

static void errors_found(const struct batch *batch, FILE *to) {
    fputs("\n## Errors of the papers\n\nEach is measured where the paper's own hypotheses are met, "
          "beside the form that holds.\n\n"
          "| id | place | what | checks: verdict (measured, bound) |\n| --- | --- | --- | --- |\n",
          to);
    for (size_t i = 0; i < ledger_count(); i++) {
        const struct ledger_entry *e = ledger_at(i);
        if (!e->what) continue;
        fprintf(to, "| %s | ", e->id);
        cell(to, e->place);
        fputs(" | ", to);
        cell(to, e->what);
        fputs(" | ", to);
        checks_named(batch, e->checks, to);
        fputs(" |\n", to);
    }
}

/* What a reader of an earlier report looks for in vain. */
static void no_errors(const struct batch *batch, FILE *to) {
    fputs("\n## No errors of the papers\n\nWhat this program called an error once, and the source "
          "does not say, or says under hypotheses that the run did not meet.\n\n"
          "| former id | what it refuted | what the source has | what became of it |\n"
          "| --- | --- | --- | --- |\n",
          to);
    for (size_t i = 0; i < withdrawn_count(); i++) {
        const struct withdrawn_entry *w = withdrawn_at(i);
        fprintf(to, "| `%s` | ", w->id);
        cell(to, w->said);
        fputs(" | ", to);
        cell(to, w->why);
        fputs(" | ", to);
        checks_named(batch, w->checks, to);
        if (*w->checks && *w->now) fputs("<br>", to);
        cell(to, w->now);
        fputs(" |\n", to);
    }
}

static const struct statement *statement_of(const char *id) {
    for (size_t i = 0; i < statements_count(); i++)
        if (strcmp(statements_at(i)->id, id) == 0) return statements_at(i);
    return NULL;
}

/* Every numbered item of the two papers, in order. */
static void every_place(const struct batch *batch, FILE *to) {
    fputs("\n## Every place of Scan&Snap and GaLore\n\nDefinitions, lemmas, theorems, figures and "
          "tables in the papers' order: the statement above that stands for it, or why nothing is "
          "measured.\n\n| id | place | what became of it |\n| --- | --- | --- |\n",
          to);
    for (size_t i = 0; i < ledger_count(); i++) {
        const struct ledger_entry *e = ledger_at(i);
        if (e->what) continue;
        fprintf(to, "| %s | ", e->id);
        cell(to, e->place);
        fputs(" | ", to);
        const struct statement *s = e->statement ? statement_of(e->statement) : NULL;
        size_t checks = s ? checks_of(batch, s, NULL) : 0;
        if (e->why)
            cell(to, e->why);
        else if (checks > 0)
            fprintf(to, "%s: %zu check%s", s->id, checks, checks == 1 ? "" : "s");
        else
            fprintf(to, "%s: not checked, see above", e->statement);
        fputs(" |\n", to);
    }
}

enum attndyn_status verify_write_claims(struct attndyn_context *ctx, const struct batch *batch,
                                        const char *path) {
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    FILE *to = file.stream;
    fputs("# What the sources state, and what was found\n\n"
          "Written by `make claims` from the statements of `experiments/statements/` and the quick "
          "presets. A verdict stands inside the statement's hypotheses; `outside` keeps the value "
          "of a run that does not meet one of them and judges nothing.\n\n"
          "| id | source | statement | hypotheses | checks: verdict (measured, bound) |\n"
          "| --- | --- | --- | --- | --- |\n",
          to);
    for (size_t i = 0; i < statements_count(); i++)
        if (checks_of(batch, statements_at(i), NULL)) row(to, batch, statements_at(i));
    fputs("\n## Not checked\n\n| id | source | statement | why |\n| --- | --- | --- | --- |\n", to);
    for (size_t i = 0; i < statements_count(); i++) {
        const struct statement *s = statements_at(i);
        if (checks_of(batch, s, NULL)) continue;
        fprintf(to, "| %s | ", s->id);
        cell(to, s->source);
        fputs(" | ", to);
        cell(to, s->words);
        fputs(" | ", to);
        cell(to, s->unchecked ? s->unchecked : "no quick preset measures it");
        fputs(" |\n", to);
    }
    errors_found(batch, to);
    no_errors(batch, to);
    every_place(batch, to);
    fputs(
        "\n## Derived here\n\nLaws and closed forms that no paper prints. Those beyond the papers "
        "bear a mark: *exact*, at any time and for what the claim names; *leading*, the first order "
        "of an expansion; *numeric*, measured only. What is *open* stands below.\n\n"
        "| check | experiment | mark | claim | verdict (measured, bound) |\n"
        "| --- | --- | --- | --- | --- |\n",
        to);
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_item *item = &batch->items[i];
        if (!item->done || item->status) continue;
        for (size_t c = 0; c < item->run.n_checks; c++) {
            const struct check *check = item->run.experiment->checks[c];
            struct sentence words;
            const char *says = check_statement(check, &words);
            if (!stands_here(check, says)) continue;
            const size_t mark = mark_of(says);
            fprintf(to, "| `%s` | `%s` | %.*s | ", check->id, item->run.experiment->id,
                    mark > 0 ? (int)mark - 3 : 0, says + 1);
            cell(to, says + mark);
            fputs(" | ", to);
            check_line(to, check, &item->run.verdicts[c]);
            fputs(" |\n", to);
        }
    }
    ATTNDYN_TRY(unsettled(ctx, to));
    return attndyn_file_commit(ctx, &file);
}
