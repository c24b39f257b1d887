#include "analysis.h"

#include "sim/num/blas.h"
#include "sim/observe/rank.h"

#include <math.h>

enum attndyn_status stable_rank_analyse(struct attndyn_context *ctx,
                                        const struct attndyn_parametric *g, double tolerance,
                                        bool skip_null, double eta,
                                        struct stable_rank_analysis *a) {
    const size_t m = g->m, n = g->n, mn = m * n;
    *a = (struct stable_rank_analysis){.g = g};
    ATTNDYN_TRY(attndyn_spectrum_create(ctx, g, tolerance, skip_null, &a->spectrum));
    const struct attndyn_spectrum *s = &a->spectrum;
    if (isnan(s->lambda2))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "S has one eigenvalue only (%g): there is nothing to split; take "
                            "m n > 1 or a smaller tolerance",
                            s->lambda1);
    a->eta = eta > 0 ? eta : 1 / s->lambda_max;
    if (!(a->eta * s->lambda1 < 1 && a->eta * s->lambda_max < 2))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "eta = %g: gradient ascent needs eta < 2/lambda_max = %g, the lemma "
                            "eta < 1/lambda1 = %g",
                            a->eta, 2 / s->lambda_max, 1 / s->lambda1);
    ATTNDYN_ALLOC(ctx, a->G0, mn);
    ATTNDYN_ALLOC(ctx, a->G_par, mn);
    ATTNDYN_ALLOC(ctx, a->work, 4 * mn);
    attndyn_parametric_gradient(g, g->W, a->work, a->G0);
    a->split.perp_frobenius = attndyn_spectrum_split(s, a->G0, a->work, a->G_par);
    a->split.par_frobenius = attndyn_norm(mn, a->G_par);
    a->split.q = fabs(attndyn_stable_rank_decay(a->eta, s->lambda1, s->lambda2));
    a->par_fraction = a->split.par_frobenius / attndyn_norm(mn, a->G0);
    /* Below this G_par is roundoff of G_0. */
    const bool vanishes = a->par_fraction < 1e-12;
    a->sr_par = NAN;
    if (!vanishes) ATTNDYN_TRY(attndyn_stable_rank(ctx, m, n, a->G_par, &a->sr_par));
    a->split.par_spectral = vanishes ? 0 : a->split.par_frobenius / sqrt(a->sr_par);
    return ATTNDYN_OK;
}

enum attndyn_status stable_rank_of_path(struct attndyn_context *ctx, struct stable_rank_analysis *a,
                                        double t, double *sr) {
    double *G = a->work + 3 * a->g->m * a->g->n;
    attndyn_spectrum_path(&a->spectrum, a->G0, a->eta, t, a->work, G);
    return attndyn_stable_rank(ctx, a->g->m, a->g->n, G, sr);
}

enum attndyn_status stable_rank_excess(struct attndyn_context *ctx, struct stable_rank_analysis *a,
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
