/* A claim must not hold because what it judges is missing. Of every experiment's quick run the rows
 * with one value in a column of texts or whole numbers are taken away, value by value and column by
 * column; a claim that then says what it says of an empty table, and holds, began with a good value
 * and met none. Minutes: `make vacuous` runs it, `make test` does not. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/contract/results_private.h"
#include "experiments/frame/run/run.h"
#include "tests/fixture.h"

#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Values of a column that are tried; a column of more is one of times or places. */
enum { VALUES = 12 };

static bool holds(const struct verdict *v) {
    return v->kind == VERDICT_HOLDS || v->kind == VERDICT_ERRATUM;
}

/* In a process of its own: a claim may abort on a row that is not there. *v is shared memory. */
static bool judge(const struct run *run, const struct check *check, struct verdict *v) {
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        fclose(stderr);
        *v = (struct verdict){
            .kind = VERDICT_FAILS, .bound = check->bound, .holds_bound = check->beside};
        v->facts = facts_unknown();
        enum attndyn_status status = check->evaluate(ctx, run->params, run->results, v);
        _exit(status == ATTNDYN_OK && holds(v) ? 7 : 0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static bool equal(const struct column *column, union stored a, union stored b) {
    return column->type == COLUMN_TEXT ? strcmp(a.text, b.text) == 0 : a.integer == b.integer;
}

/* The rows at which a value stands for the first time, at most VALUES; 0: more, or one alone. */
static size_t values_of(const struct result_table *t, size_t column, size_t first[VALUES]) {
    size_t n = 0;
    for (size_t r = 0; r < t->rows; r++) {
        size_t k = 0;
        while (k < n && !equal(&t->about->columns[column], t->cells[first[k] * t->columns + column],
                               t->cells[r * t->columns + column]))
            k++;
        if (k < n) continue;
        if (n == VALUES) return 0;
        first[n++] = r;
    }
    return n > 1 ? n : 0;
}

static size_t rows_without(const struct result_table *t, size_t column, size_t row,
                           union stored *to) {
    size_t left = 0;
    for (size_t r = 0; r < t->rows; r++)
        if (!equal(&t->about->columns[column], t->cells[row * t->columns + column],
                   t->cells[r * t->columns + column]))
            memcpy(&to[left++ * t->columns], &t->cells[r * t->columns], t->columns * sizeof *to);
    return left;
}

/* full, none, part: what is said of all rows, of no row, of those that are left. */
static void thin_out(const struct run *run, const struct check *check, struct result_table *t,
                     struct verdict *full, struct verdict *none, struct verdict *part) {
    struct result_table whole = *t;
    union stored *left;
    t->rows = 0;
    judge(run, check, none);
    *t = whole;
    left = malloc(whole.rows * whole.columns * sizeof *left);
    ck_assert_ptr_nonnull(left);
    for (size_t c = 0; c < whole.columns; c++) {
        size_t first[VALUES], n = 0;
        if (whole.about->columns[c].type != COLUMN_REAL) n = values_of(&whole, c, first);
        for (size_t k = 0; k < n; k++) {
            t->rows = rows_without(&whole, c, first[k], left);
            t->cells = left;
            bool said = judge(run, check, part);
            *t = whole;
            ck_assert_msg(
                !said || part->measured == full->measured || part->measured != none->measured ||
                    strcmp(part->note, none->note) != 0,
                "%s, %s: without the rows of %s with the %s of row %zu it holds as it does "
                "on no row: %g %s %g (%s)",
                run->experiment->id, check->id, whole.about->name, whole.about->columns[c].name,
                first[k], part->measured, part->relation, part->bound, part->note);
        }
    }
    free(left);
}

/* _i: the experiment. */
TEST(nothing_missing_makes_a_claim_hold) {
    const struct experiment *e = registry_at((size_t)_i);
    struct run_request request = {.experiment = e, .preset = "quick"};
    struct run run;
    struct verdict *v =
        mmap(NULL, 3 * sizeof *v, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(v, MAP_FAILED);
    gsl_set_error_handler_off();
    assert_ok(ctx, run_prepare(ctx, &request, &run));
    assert_ok(ctx, run_compute(ctx, &run));
    if (!run.results->skipped)
        EACH_CHECK (e, c) {
            if (!judge(&run, c, &v[0])) continue;
            /* judge() looked in a process of its own: once more, here, for the tables that it reads
             */
            struct verdict here = {
                .bound = c->bound, .holds_bound = c->beside, .facts = facts_unknown()};
            results_look_begin(run.results);
            assert_ok(ctx, c->evaluate(ctx, run.params, run.results, &here));
            bool looked[64];
            ck_assert_uint_le(run.results->n_tables, 64);
            for (size_t t = 0; t < run.results->n_tables; t++)
                looked[t] = run.results->tables[t].looked_at;
            for (size_t t = 0; t < run.results->n_tables; t++)
                if (looked[t] && run.results->tables[t].rows > 1)
                    thin_out(&run, c, &run.results->tables[t], &v[0], &v[1], &v[2]);
        }
    munmap(v, 3 * sizeof *v);
}

TCASE(vacuous) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 600);
    if (getenv("ATTNDYN_VACUOUS"))
        tcase_add_loop_test(tcase, nothing_missing_makes_a_claim_hold, 0, (int)registry_count());
}
