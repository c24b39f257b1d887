#include "seeds.h"

#include "experiments/frame/contract/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t checks_of(const struct experiment *experiment) {
    size_t count = 0;
    EACH_CHECK (experiment, c) (void)c, count++;
    return count;
}

/* What is kept of a run, once its tables are gone. */
static enum attndyn_status keep(struct attndyn_context *ctx, const struct batch_item *item,
                                struct run *run) {
    *run = (struct run){.experiment = item->run.experiment, .n_checks = item->run.n_checks};
    bool *wanted;
    if (item->run.wanted) {
        ATTNDYN_ALLOC(ctx, wanted, run->n_checks);
        memcpy(wanted, item->run.wanted, run->n_checks * sizeof *wanted);
        run->wanted = wanted;
    }
    if (item->run.known) {
        ATTNDYN_ALLOC(ctx, run->known, run->n_checks);
        for (size_t c = 0; c < run->n_checks; c++)
            if (item->run.known[c] &&
                !(run->known[c] = attndyn_format(ctx, "%s", item->run.known[c])))
                return ATTNDYN_NO_MEMORY;
    }
    if (item->status) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, run->verdicts, run->n_checks);
    memcpy(run->verdicts, item->run.verdicts, run->n_checks * sizeof *run->verdicts);
    return ATTNDYN_OK;
}

static enum attndyn_status take(struct attndyn_context *ctx, const struct batch *batch,
                                struct seeds *s) {
    for (size_t i = 0, e = 0; i < batch->count; i++) {
        const struct batch_item *item = &batch->items[i];
        if (!item->done) return attndyn_fail(ctx, ATTNDYN_INTERRUPTED, "interrupted");
        while (s->runs[e * s->seeds].experiment != item->run.experiment) e++;
        size_t at = e * s->seeds + s->made[e]++;
        ATTNDYN_TRY(keep(ctx, item, &s->runs[at]));
        if (item->status &&
            !(s->broken[at] = attndyn_format(ctx, "%s", attndyn_message(item->ctx))))
            return ATTNDYN_NO_MEMORY;
        if (item->run.params && param_declared(item->run.params, "seed"))
            s->seed[at] = param_int(item->run.params, "seed");
    }
    return ATTNDYN_OK;
}

enum attndyn_status seeds_run(struct attndyn_context *ctx, const struct batch_request *request,
                              size_t seeds, struct seeds *out) {
    *out = (struct seeds){.seeds = seeds, .tolerance_scale = 1};
    for (size_t k = 0; k < seeds; k++) {
        struct batch_request one = *request;
        struct batch batch;
        one.seed_shift = (long)k * SEED_STRIDE;
        one.seeded_only = k > 0;
        ATTNDYN_TRY(batch_run(ctx, &one, &batch));
        out->tolerance_scale = batch.tolerance_scale;
        if (k == 0) {
            out->count = batch.count;
            ATTNDYN_ALLOC(ctx, out->runs, batch.count * seeds);
            ATTNDYN_ALLOC(ctx, out->made, batch.count);
            ATTNDYN_ALLOC(ctx, out->seed, batch.count * seeds);
            ATTNDYN_ALLOC(ctx, out->broken, batch.count * seeds);
            for (size_t e = 0; e < batch.count; e++)
                out->runs[e * seeds].experiment = batch.items[e].run.experiment;
        }
        enum attndyn_status status = take(ctx, &batch, out);
        batch_complain(&batch);
        batch_free(&batch);
        ATTNDYN_TRY(status);
    }
    return ATTNDYN_OK;
}

static void print_check(const struct seeds *s, size_t e, size_t c, FILE *to) {
    const struct run *runs = &s->runs[e * s->seeds];
    const struct over_seeds o = seeds_of(s, e, c);
    const struct check *check = runs->experiment->checks[c];
    bool first = true;
    fprintf(to, "  %-44s ", check->id);
    if (isnan(o.least))
        fprintf(to, "%27s ", "");
    else
        fprintf(to, "%12.5g .. %-11.5g ", o.least, o.most);
    for (int kind = 0; kind < VERDICT_KINDS; kind++) {
        if (!o.verdicts[kind]) continue;
        fprintf(to, "%s%s", first ? "" : ", ", verdict_name((enum verdict_kind)kind));
        if (o.runs > 1) fprintf(to, " %zu of %zu", o.verdicts[kind], o.runs);
        first = false;
    }
    fputc('\n', to);
    for (size_t k = 0; k < s->made[e]; k++) {
        if (!runs[k].verdicts) continue;
        const struct verdict *v = &runs[k].verdicts[c];
        if (v->kind == VERDICT_FAILS)
            fprintf(to, "      seed %ld: %.5g, not %s %.5g; %s\n", s->seed[e * s->seeds + k],
                    v->measured, v->relation, v->bound, v->note);
    }
}

void seeds_print(const struct seeds *s, FILE *to) {
    size_t flips = 0, fail = 0, checks = 0, broken = 0;
    for (size_t e = 0; e < s->count; e++) {
        const struct run *runs = &s->runs[e * s->seeds];
        fprintf(to, "%s", runs->experiment->id);
        if (s->made[e] > 1)
            fprintf(to, "  (seeds %ld, %ld, ... %ld)", s->seed[e * s->seeds],
                    s->seed[e * s->seeds + 1], s->seed[e * s->seeds + s->made[e] - 1]);
        else
            fputs("  (once: it has no seed)", to);
        fputc('\n', to);
        for (size_t k = 0; k < s->made[e]; k++) {
            if (!s->broken[e * s->seeds + k]) continue;
            broken++;
            fprintf(to, "  seed %ld: the run failed: %s\n", s->seed[e * s->seeds + k],
                    s->broken[e * s->seeds + k]);
        }
        for (size_t c = 0; c < checks_of(runs->experiment); c++) {
            const struct over_seeds o = seeds_of(s, e, c);
            if (!run_wants(runs, c) || !o.runs) continue;
            print_check(s, e, c, to);
            checks++, flips += o.flips, fail += o.fails;
        }
    }
    fprintf(to,
            "%zu checks over %zu seeds: %zu verdict%s depend%s on the seed, %zu fail%s for some "
            "seed, %zu run%s broken",
            checks, s->seeds, flips, flips == 1 ? "" : "s", flips == 1 ? "s" : "", fail,
            fail == 1 ? "s" : "", broken, broken == 1 ? "" : "s");
    if (s->tolerance_scale != 1) fprintf(to, " (bounds scaled by %g)", s->tolerance_scale);
    fputc('\n', to);
}

enum attndyn_status seeds_status(const struct seeds *s) {
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t e = 0; e < s->count; e++) {
        for (size_t k = 0; k < s->made[e]; k++)
            if (s->broken[e * s->seeds + k]) return ATTNDYN_RUN_FAILED;
        for (size_t c = 0; c < checks_of(s->runs[e * s->seeds].experiment); c++)
            if (run_wants(&s->runs[e * s->seeds], c) && seeds_of(s, e, c).fails)
                status = ATTNDYN_CHECK_FAILED;
    }
    return status;
}
