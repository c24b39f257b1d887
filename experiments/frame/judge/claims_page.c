/* The statements of the sources with what became of each, as Markdown: docs/claims.md. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/report/story.h"
#include "sim/base/file.h"
#include "verify.h"

#include <math.h>
#include <string.h>

/* In a cell of a table a bar, and the mark of code, end what they should not. */
static void cell(FILE *to, const char *text) {
    for (; *text; text++) {
        if (strchr("|`*_<", *text)) fputc('\\', to);
        fputc(*text == '\n' ? ' ' : *text, to);
    }
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

/* What no statement of a source is behind: derived, or an erratum of what is commonly said. */
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
