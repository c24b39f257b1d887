/* lowrank/stable-rank: how often Lemma 3.3 as printed fails on random instances. */
#include "stable_rank.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double median(size_t count, double *x) {
    qsort(x, count, sizeof *x, ascending);
    return count % 2 ? x[count / 2] : 0.5 * (x[count / 2 - 1] + x[count / 2]);
}

/* The largest excess of sr(G_t) over both bounds at the given times. */
static enum attndyn_status excess(struct attndyn_context *ctx, struct stable_rank_analysis *a,
                                  size_t count, const double *times, double *printed,
                                  double *holds) {
    *printed = *holds = -1;
    for (size_t k = 0; k < count; k++) {
        double sr;
        ATTNDYN_TRY(stable_rank_of_path(ctx, a, times[k], &sr));
        *printed = fmax(*printed, sr / attndyn_stable_rank_bound_printed(&a->split, times[k]) - 1);
        *holds = fmax(*holds, sr / attndyn_stable_rank_bound(&a->split, times[k]) - 1);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status survey_shape(struct attndyn_context *ctx, const struct params *p,
                                        struct results *results, enum attndyn_parametric_kind kind,
                                        size_t m, size_t n, size_t N, long instances) {
    static const char *const names[] = {"generic", "product", "rank_one"};
    size_t count;
    const double *times = param_reals(p, "times", &count);
    double *sr_par, *fraction, worst = -1, worst_holds = -1;
    long violated = 0, violated_holds = 0;
    ATTNDYN_ALLOC(ctx, sr_par, (size_t)instances);
    ATTNDYN_ALLOC(ctx, fraction, (size_t)instances);
    for (long i = 0; i < instances; i++) {
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
        const uint64_t mark = attndyn_memory_mark(ctx);
        struct attndyn_random random;
        ATTNDYN_TRY(attndyn_random_init(
            ctx, &random, (enum attndyn_random_kind)param_choice(p, "rng"), (uint64_t)(i + 1)));
        struct attndyn_parametric g;
        const enum attndyn_status drawn =
            attndyn_parametric_draw(ctx, &random, kind, m, n, N, n, &g);
        attndyn_random_done(&random);
        ATTNDYN_TRY(drawn);
        struct stable_rank_analysis a;
        ATTNDYN_TRY(stable_rank_analyse(ctx, &g, param_real(p, "tolerance"),
                                        kind == ATTNDYN_PARAMETRIC_RANK_ONE, 0, &a));
        double printed, holds;
        ATTNDYN_TRY(excess(ctx, &a, count, times, &printed, &holds));
        violated += printed > STABLE_RANK_ROUNDOFF;
        violated_holds += holds > STABLE_RANK_ROUNDOFF;
        worst = fmax(worst, printed);
        worst_holds = fmax(worst_holds, holds);
        sr_par[i] = a.sr_par;
        fraction[i] = a.par_fraction;
        attndyn_memory_release(ctx, mark);
    }
    return EMIT(ctx, results, "survey", S(names[kind]), I((long)m), I((long)n), I((long)N),
                I(instances), I(violated), R(worst), I(violated_holds), R(worst_holds),
                R(median((size_t)instances, sr_par)), R(median((size_t)instances, fraction)));
}

enum attndyn_status stable_rank_survey(struct attndyn_context *ctx, const struct params *p,
                                       struct results *results) {
    size_t shapes, count[3];
    const double *m = param_reals(p, "survey_m", &shapes);
    const double *n = param_reals(p, "survey_n", &count[0]);
    const double *N = param_reals(p, "survey_N", &count[1]);
    const double *seeds = param_reals(p, "survey_seeds", &count[2]);
    for (int k = 0; k < 3; k++)
        if (count[k] != shapes)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "survey_m has %zu shapes, another survey_* list %zu: give all four "
                                "the same length",
                                shapes, count[k]);
    double generic = 0, violated = 0;
    for (size_t s = 0; s < shapes; s++) {
        if (m[s] != floor(m[s]) || n[s] != floor(n[s]) || N[s] != floor(N[s]) ||
            seeds[s] != floor(seeds[s]) || m[s] * n[s] < 2)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "survey shape %g x %g, N = %g, %g seeds: expected whole numbers "
                                "with m n > 1",
                                m[s], n[s], N[s], seeds[s]);
        for (int kind = ATTNDYN_PARAMETRIC_GENERIC;
             kind <= ATTNDYN_PARAMETRIC_RANK_ONE && seeds[s] > 0; kind++) {
            ATTNDYN_TRY(survey_shape(ctx, p, results, (enum attndyn_parametric_kind)kind,
                                     (size_t)m[s], (size_t)n[s], (size_t)N[s], (long)seeds[s]));
            const size_t row = results_rows(results, "survey") - 1;
            if (kind == ATTNDYN_PARAMETRIC_GENERIC && N[s] > 1) {
                generic += seeds[s];
                violated += results_real(results, "survey", row, "violated");
            }
        }
        attndyn_progress(ctx, "shapes", (double)(s + 1), (double)shapes);
    }
    return results_scalar(ctx, results, "violated_fraction",
                          generic > 0 ? violated / generic : NAN);
}
