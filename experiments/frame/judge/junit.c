/* Verdicts as JUnit XML, as CI systems read it: docs/verify.md has the form. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/printable.h"
#include "sim/base/file.h"
#include "verify.h"

#include <math.h>

/* Text within an attribute. */
static void xml(FILE *to, const char *text) {
    for (size_t length; *text; text += length ? length : 1) {
        length = printable_character(text);
        if (*text == '<')
            fputs("&lt;", to);
        else if (*text == '>')
            fputs("&gt;", to);
        else if (*text == '&')
            fputs("&amp;", to);
        else if (*text == '"')
            fputs("&quot;", to);
        else if (*text == '\n' || *text == '\t')
            fputc(' ', to);
        else if (length == 0)
            printable_byte(to, *text);
        else
            fwrite(text, 1, length, to);
    }
}

static void failure(FILE *to, const struct check *check, const struct verdict *v) {
    struct sentence words;
    fprintf(to, "<failure type=\"%s\" message=\"measured %.6g, expected %s %.6g",
            check->kind == CHECK_ERRATUM ? "erratum" : "claim", v->measured,
            v->relation[0] == '<' ? "at most" : "at least", v->bound);
    if (!isnan(v->holds_bound))
        fprintf(to, "; the %s %.6g, expected at most %.6g",
                check->kind == CHECK_ERRATUM ? "form that holds errs by" : "other case measures",
                v->holds_measured, v->holds_bound);
    if (v->note[0]) fputs(": ", to);
    xml(to, v->note);
    fputs("\">claim: ", to);
    xml(to, check_statement(check, &words));
    fputs("\nsource: ", to);
    xml(to, check_source(check));
    fputs("\nfails if: ", to);
    xml(to, check_fails_if(check, &words));
    fputs("</failure>", to);
}

static void testcase(FILE *to, const struct run *run, size_t c, bool broken) {
    const struct check *check = run->experiment->checks[c];
    const struct verdict *v = &run->verdicts[c];
    fputs("  <testcase classname=\"", to);
    xml(to, run->experiment->id);
    fputs("\" name=\"", to);
    xml(to, check->id);
    fputs("\">", to);
    if (broken) {
        fputs("<error type=\"run\" message=\"", to);
        xml(to, v->note);
        fputs("\"/>", to);
    } else if (v->kind == VERDICT_FAILS && run->known && run->known[c]) {
        fputs("<skipped message=\"known to fail: ", to);
        xml(to, run->known[c]);
        fputs("\"/>", to);
    } else if (v->kind == VERDICT_FAILS) {
        failure(to, check, v);
    } else if (v->kind == VERDICT_SKIPPED || v->kind == VERDICT_OUTSIDE) {
        fprintf(to, "<skipped message=\"%s", v->kind == VERDICT_OUTSIDE ? "outside: " : "");
        xml(to, v->note);
        fputs("\"/>", to);
    }
    fputs("</testcase>\n", to);
}

/* A broken run without checks is still reported as an error. */
static void broken_run(FILE *to, const struct batch_item *item) {
    fputs("  <testcase classname=\"", to);
    xml(to, item->run.experiment->id);
    fputs("\" name=\"run\"><error type=\"run\" message=\"", to);
    xml(to, attndyn_message(item->ctx));
    fputs("\"/></testcase>\n", to);
}

struct counts {
    size_t tests, failures, errors, skipped;
};

static bool tolerated(const struct run *run, size_t c) {
    return run->known && run->known[c];
}

static struct counts count(const struct run *run, bool broken) {
    struct counts n = {0};
    if (broken) {
        n.tests = n.errors = run->n_checks ? run->n_checks : 1;
        return n;
    }
    for (size_t c = 0; c < run->n_checks; c++) {
        if (!run_wants(run, c)) continue;
        n.tests++;
        if (run->verdicts[c].kind == VERDICT_FAILS && tolerated(run, c)) n.skipped++;
        n.failures += run->verdicts[c].kind == VERDICT_FAILS && !tolerated(run, c);
        n.skipped +=
            run->verdicts[c].kind == VERDICT_SKIPPED || run->verdicts[c].kind == VERDICT_OUTSIDE;
    }
    return n;
}

static void attributes(FILE *to, const struct counts *n) {
    fprintf(to, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", n->tests, n->failures, n->errors);
}

enum attndyn_status verify_write_junit(struct attndyn_context *ctx, const struct batch *batch,
                                       const char *path) {
    struct run *runs;
    ATTNDYN_TRY(verify_runs(ctx, batch, &runs));
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    FILE *to = file.stream;
    struct counts all = {0};
    for (size_t i = 0; i < batch->count; i++) {
        struct counts n = count(&runs[i], batch->items[i].done && batch->items[i].status);
        all.tests += n.tests, all.failures += n.failures;
        all.errors += n.errors;
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"attndyn verify\"", to);
    attributes(to, &all); /* Jenkins's schema has no count of skipped cases here */
    fputs(">\n", to);
    for (size_t i = 0; i < batch->count; i++) {
        const struct run *run = &runs[i];
        bool broken = batch->items[i].done && batch->items[i].status;
        struct counts n = count(run, broken);
        fputs(" <testsuite name=\"", to);
        xml(to, run->experiment->id);
        fputs("\"", to);
        attributes(to, &n);
        fprintf(to, " skipped=\"%zu\">\n", n.skipped);
        if (batch->tolerance_scale != 1)
            fprintf(to,
                    "  <properties><property name=\"tolerance_scale\" value=\"%.15g\"/>"
                    "</properties>\n",
                    batch->tolerance_scale);
        if (broken && run->n_checks == 0) broken_run(to, &batch->items[i]);
        for (size_t c = 0; c < run->n_checks; c++)
            if (run_wants(run, c)) testcase(to, run, c, broken);
        fputs(" </testsuite>\n", to);
    }
    fputs("</testsuites>\n", to);
    return attndyn_file_commit(ctx, &file);
}
