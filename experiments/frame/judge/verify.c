#include "verify.h"

#include "experiments/frame/command/colour.h"
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/prose.h"
#include "experiments/frame/run/record.h"

#include <math.h>
#include <string.h>

/* A line of a sentence with formulas, set where a terminal can show them. */
static void say(FILE *to, const char *before, const char *text) {
    fputs(before, to);
    prose_write(to, text, strlen(text), to == stdout ? prose_of_terminal() : PROSE_PLAIN);
    fputc('\n', to);
}

static void print_check(const struct check *check, const struct verdict *v, const char *known,
                        bool explain, FILE *to) {
    struct sentence words;
    if (v->kind == VERDICT_SKIPPED) {
        fprintf(to, "  %-44s %-29s ", check->id, "");
        say(to, "skipped: ", v->note);
        return;
    }
    if (v->kind == VERDICT_OUTSIDE) {
        fprintf(to, "  %-44s %12.5g %-15s  ", check->id, v->measured, "");
        say(to, "outside: ", v->note);
        return;
    }
    const bool plain = to != stdout;
    if (!v->relation[0]) { /* nothing was measured where a verdict is demanded */
        fprintf(to, "  %-44s %-29s %s%s%s%s%s\n", check->id, "", plain ? "" : colour(COLOUR_BAD),
                verdict_name(v->kind), plain ? "" : colour(COLOUR_NONE),
                known ? ", as is known: " : "", known ? known : "");
        say(to, "      found   ", v->note);
        return;
    }
    fprintf(to, "  %-44s %12.5g %-2s %-12.5g  %s%s%s", check->id, v->measured, v->relation,
            v->bound,
            plain ? ""
                  : colour(v->kind == VERDICT_FAILS     ? COLOUR_BAD
                           : v->kind == VERDICT_ERRATUM ? COLOUR_NOTE
                                                        : COLOUR_GOOD),
            verdict_name(v->kind), plain ? "" : colour(COLOUR_NONE));
    if (known)
        fprintf(to,
                v->kind == VERDICT_FAILS ? ", as is known: %s"
                                         : "; it was known to fail (%s): take it off the list",
                known);
    fputc('\n', to);
    if (explain || v->kind == VERDICT_FAILS) {
        say(to, "      claim   ", check_statement(check, &words));
        say(to, "      source  ", check_source(check));
        if (!isnan(v->holds_bound))
            fprintf(to, "      the %s %.3g (at most %.3g)\n",
                    check->kind == CHECK_ERRATUM ? "form that holds errs by"
                                                 : "other case measures",
                    v->holds_measured, v->holds_bound);
        if (v->note[0]) say(to, "      found   ", v->note);
    }
    if (v->kind == VERDICT_FAILS) say(to, "      fails if ", check_fails_if(check, &words));
}

void verify_print(const struct batch *batch, bool explain, FILE *to) {
    if (batch->tolerance_scale != 1)
        fprintf(to,
                "every bound is made %s by the factor %g (--tolerance-scale): not the claims as "
                "stated\n",
                batch->tolerance_scale > 1 ? "looser" : "tighter", batch->tolerance_scale);
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_item *item = &batch->items[i];
        if (!item->done) continue;
        fprintf(to, "%s  (%s)\n", item->run.experiment->id, item->run.experiment->source);
        if (item->status) {
            fprintf(to, "  the run failed: %s\n", attndyn_message(item->ctx));
            continue;
        }
        for (size_t c = 0; c < item->run.n_checks; c++)
            if (run_wants(&item->run, c))
                print_check(item->run.experiment->checks[c], &item->run.verdicts[c],
                            item->run.known ? item->run.known[c] : NULL, explain, to);
    }
    struct batch_tally tally = batch_count(batch);
    batch_print_tally(&tally, to);
    if (tally.not_reached) fprintf(to, ", %d experiments not reached", tally.not_reached);
    if (batch->tolerance_scale != 1) fprintf(to, " (bounds scaled by %g)", batch->tolerance_scale);
    fputc('\n', to);
    if (batch->left_out)
        fprintf(to, "%zu experiment%s no preset '%s' and %s left out\n", batch->left_out,
                batch->left_out == 1 ? " has" : "s have", batch->preset,
                batch->left_out == 1 ? "was" : "were");
    for (int o = ORIGIN_PAPER; o < ORIGINS; o++) {
        const int *n = tally.of[o];
        if (!(n[VERDICT_HOLDS] + n[VERDICT_ERRATUM] + n[VERDICT_FAILS] + n[VERDICT_OUTSIDE] +
              n[VERDICT_SKIPPED]))
            continue;
        fprintf(to, "  %-9s %d hold, %d errata, %d fail, %d outside, %d skipped\n",
                origin_name((enum origin)o), n[VERDICT_HOLDS], n[VERDICT_ERRATUM], n[VERDICT_FAILS],
                n[VERDICT_OUTSIDE], n[VERDICT_SKIPPED]);
    }
}

enum attndyn_status verify_runs(struct attndyn_context *ctx, const struct batch *batch,
                                struct run **runs) {
    ATTNDYN_ALLOC(ctx, *runs, batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_item *item = &batch->items[i];
        struct run *run = &(*runs)[i];
        *run = item->run;
        if (item->done && !item->status) continue;
        for (run->n_checks = 0; run->experiment->checks && run->experiment->checks[run->n_checks];)
            run->n_checks++;
        ATTNDYN_ALLOC(ctx, run->verdicts, run->n_checks);
        for (size_t c = 0; c < run->n_checks; c++) {
            if (item->done)
                verdict_unjudged(&run->verdicts[c], "the run failed: %.300s",
                                 attndyn_message(item->ctx));
            else
                verdict_unjudged(&run->verdicts[c], "not reached: interrupted or stopped early");
        }
    }
    return ATTNDYN_OK;
}

enum attndyn_status verify_write_json(struct attndyn_context *ctx, const struct batch *batch,
                                      const char *path) {
    struct run *runs;
    ATTNDYN_TRY(verify_runs(ctx, batch, &runs));
    return record_write_verdicts(ctx, runs, batch->count, batch->tolerance_scale, path);
}
