/* lowrank/stable-rank: how often Lemma 3.3 as printed fails on random instances. */
#include "stable_rank.h"

#include "analysis.h"
#include "sim/num/stats.h"
#include "sim/observe/rank.h"

/* The stable rank of a matrix of normals, from a stream of its own. */
static enum attndyn_status sr_of_normal(const struct trial *run, enum rng rng, uint64_t seed,
                                        size_t m, size_t n, double *sr) {
    struct attndyn_random random;
    double *X;
    ATTNDYN_ALLOC(run->ctx, X, m * n);
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, (enum attndyn_random_kind)rng,
                                    attndyn_random_derive(seed, "control", 0)));
    attndyn_random_normals(&random, 1, m * n, X);
    attndyn_random_done(&random);
    return attndyn_stable_rank(run->ctx, m, n, X, sr);
}

static enum attndyn_status survey_shape(const struct trial *run, const struct stable_rank *p,
                                        enum attndyn_parametric_kind kind, size_t m, size_t n,
                                        size_t N, long instances, long *broken) {
    double *sr_par, *fraction, *random, most = -1, most_holds = -1, printed, holds;
    long violated = 0, violated_holds = 0;
    ATTNDYN_ALLOC(run->ctx, sr_par, (size_t)instances);
    ATTNDYN_ALLOC(run->ctx, fraction, (size_t)instances);
    ATTNDYN_ALLOC(run->ctx, random, (size_t)instances);
    for (long i = 0; i < instances; i++) {
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
        const uint64_t mark = attndyn_memory_mark(run->ctx);
        struct attndyn_parametric g;
        ATTNDYN_TRY(instance_draw(run, p->rng, (uint64_t)(i + 1), kind, m, n, N, n, &g));
        struct stable_rank_analysis a;
        ATTNDYN_TRY(stable_rank_analyse(run->ctx, &g, p->tolerance,
                                        kind == ATTNDYN_PARAMETRIC_RANK_ONE, 0, &a));
        ATTNDYN_TRY(
            stable_rank_excess(run->ctx, &a, p->times.count, p->times.at, &printed, &holds));
        violated += printed > ROUNDOFF;
        violated_holds += holds > ROUNDOFF;
        most = fmax(most, printed);
        most_holds = fmax(most_holds, holds);
        sr_par[i] = a.sr_par;
        fraction[i] = a.par_fraction;
        ATTNDYN_TRY(sr_of_normal(run, p->rng, (uint64_t)(i + 1), m, n, &random[i]));
        attndyn_memory_release(run->ctx, mark);
    }
    *broken = violated;
    double median_sr, median_fraction, median_random;
    ATTNDYN_TRY(attndyn_median(run->ctx, (size_t)instances, sr_par, &median_sr));
    ATTNDYN_TRY(attndyn_median(run->ctx, (size_t)instances, fraction, &median_fraction));
    ATTNDYN_TRY(attndyn_median(run->ctx, (size_t)instances, random, &median_random));
    return EMIT(run, survey, .kind = kind_names[kind], .m = (long)m, .n = (long)n, .N = (long)N,
                .instances = instances, .violated = violated, .worst = most,
                .violated_holds = violated_holds, .worst_holds = most_holds,
                .median_sr_par = median_sr, .median_par_fraction = median_fraction,
                .median_sr_random = median_random);
}

enum attndyn_status random_instances(const struct trial *run, const struct stable_rank *p) {
    const struct reals others[] = {p->survey_n, p->survey_N, p->survey_seeds};
    const double *m = p->survey_m.at, *n = p->survey_n.at, *N = p->survey_N.at;
    const double *seeds = p->survey_seeds.at;
    size_t shapes = p->survey_m.count;
    for (int k = 0; k < 3; k++)
        if (others[k].count != shapes)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "survey_m has %zu shapes, another survey_* list %zu: give all four "
                                "the same length",
                                shapes, others[k].count);
    double generic = 0, violated = 0;
    for (size_t s = 0; s < shapes; s++) {
        if (m[s] != floor(m[s]) || n[s] != floor(n[s]) || N[s] != floor(N[s]) ||
            seeds[s] != floor(seeds[s]) || m[s] * n[s] < 2)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "survey shape %g x %g, N = %g, %g seeds: expected whole numbers "
                                "with m n > 1",
                                m[s], n[s], N[s], seeds[s]);
        for (int kind = ATTNDYN_PARAMETRIC_GENERIC;
             kind <= ATTNDYN_PARAMETRIC_RANK_ONE && seeds[s] > 0; kind++) {
            long broken;
            ATTNDYN_TRY(survey_shape(run, p, (enum attndyn_parametric_kind)kind, (size_t)m[s],
                                     (size_t)n[s], (size_t)N[s], (long)seeds[s], &broken));
            if (kind != ATTNDYN_PARAMETRIC_GENERIC || N[s] <= 1) continue;
            generic += seeds[s];
            violated += (double)broken;
        }
        attndyn_progress(run->ctx, "shapes", (double)(s + 1), (double)shapes);
    }
    return SCALAR(run, summary, violated_fraction, generic > 0 ? violated / generic : NAN);
}
