/* GaLore's Lemma 3.3: the stable rank of the gradient under gradient ascent, and its bound. */
#include "stable_rank.h"

#include "sim/num/blas.h"
#include "sim/observe/rank.h"

#include <math.h>
#include <string.h>

#define LARGEST 2000 /* m n: S is formed and decomposed, (mn)^2 numbers */

static const struct param params[] = {
    {"kind", PARAM_CHOICE, "generic", 0, 0, "generic|product|rank_one|counterexample", NULL,
     "B_i, C_i of the instance: independent; one B for all i; C_i = f_i f_i^T; the 2 x 2 "
     "counterexample (m=2 n=2 N=6)"},
    {"m", PARAM_INT, "3", 1, LARGEST, NULL, NULL, "rows of W"},
    {"n", PARAM_INT, "4", 1, LARGEST, NULL, NULL, "columns of W"},
    {"N", PARAM_INT, "2", 1, 100000, NULL, NULL, "samples"},
    {"span", PARAM_INT, "0", 0, LARGEST, NULL, NULL,
     "kind=rank_one: dimensions that the f_i span; 0: n"},
    {"seed", PARAM_INT, "7", 0, 0, NULL, NULL, "seed of the instance"},
    {"rng", PARAM_CHOICE, "splitmix", 0, 0, "splitmix|mt19937", NULL, "random stream"},
    {"eta", PARAM_REAL, "0", 0, 1e6, NULL, NULL, "step size; 0: 1/lambda_max"},
    {"t_end", PARAM_INT, "1000", 0, 10000000, NULL, "steps", "steps of gradient ascent"},
    {"step_steps", PARAM_INT, "500", 1, 100000, NULL, "steps",
     "steps over which the contraction of G_perp is measured"},
    {"tolerance", PARAM_REAL, "1e-9", 1e-15, 0.1, NULL, NULL,
     "eigenvalues this close, over lambda_max, are equal"},
    {"times", PARAM_REALS, "0,1,3,10,30,100,300,1000", 0, 1e9, NULL, "steps",
     "where the survey compares"},
    {"survey_m", PARAM_REALS, "2,2,3,4,6,4", 1, 40, NULL, NULL, "rows, by shape of the survey"},
    {"survey_n", PARAM_REALS, "2,3,3,5,8,5", 1, 40, NULL, NULL, "columns, by shape"},
    {"survey_N", PARAM_REALS, "2,2,3,3,10,1", 1, 10000, NULL, NULL, "samples, by shape"},
    {"survey_seeds", PARAM_REALS, "500,500,500,100,40,100", 0, 1e6, NULL, NULL,
     "instances (seeds 1, 2, ...), by shape"},
    {"counterexample_eta", PARAM_REAL, "0.5", 0.01, 0.75, NULL, NULL,
     "step size of the 2 x 2 counterexample; the bounds hold to 2/(lambda2 + lambda_max) = 0.7547"},
    {"counterexample_steps", PARAM_INT, "60", 1, 100000, NULL, "steps", "its steps"},
    {"corollary_m", PARAM_INT, "4", 1, 40, NULL, NULL, "rows of Corollary 3.4's instance"},
    {"corollary_n", PARAM_INT, "6", 1, 40, NULL, NULL, "its columns"},
    {"corollary_N", PARAM_INT, "12", 1, 10000, NULL, NULL, "its samples"},
    {"corollary_span", PARAM_INT, "3", 1, 40, NULL, NULL, "its N', dimensions that the f_i span"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "3 x 4 with N = 2, where sr rises before it falls; 1740 instances in the survey"},
    {"paper", "m=8 n=10 N=6 seed=1 t_end=4000", "a larger generic instance"},
    {"product", "kind=product m=8 n=10 N=6 seed=1", "S = C kron B: the lemma holds"},
    {"counterexample", "kind=counterexample m=2 n=2 N=6 eta=0.5 t_end=60", "the lemma fails"},
    {0}};

static const struct column history_columns[] = {
    {"t", COLUMN_INT, "steps", "time", false},
    {"sr_G", COLUMN_REAL, NULL, "stable rank of G_t, by stepping", false},
    {"sr_spectral", COLUMN_REAL, NULL, "the same from the eigenvectors of S", false},
    {"sr_par", COLUMN_REAL, NULL, "stable rank of G_par, the limit", false},
    {"bound_printed", COLUMN_REAL, NULL, "Lemma 3.3 as printed", false},
    {"bound", COLUMN_REAL, NULL, "as it holds; empty while it says nothing", true},
    {"bound_below", COLUMN_REAL, NULL, "the like from below", false},
    {"log10_norm", COLUMN_REAL, NULL, "log10 ||G_t||_F / ||G_0||_F", false},
    {0}};
static const struct column counterexample_columns[] = {
    {"t", COLUMN_INT, "steps", "time", false},
    {"sr_G", COLUMN_REAL, NULL, "stable rank of G_t, by stepping", false},
    {"sr_closed", COLUMN_REAL, NULL, "its closed form", false},
    {"bound_printed", COLUMN_REAL, NULL, "Lemma 3.3 as printed", false},
    {"bound", COLUMN_REAL, NULL, "as it holds", false},
    {"q_t", COLUMN_REAL, NULL, "q^t", false},
    {0}};
static const struct column survey_columns[] = {
    {"kind", COLUMN_TEXT, NULL, "generic, product, rank_one", false},
    {"m", COLUMN_INT, NULL, "rows", false},
    {"n", COLUMN_INT, NULL, "columns", false},
    {"N", COLUMN_INT, NULL, "samples", false},
    {"instances", COLUMN_INT, NULL, "seeds 1, 2, ...", false},
    {"violated", COLUMN_INT, NULL, "instances in which the printed bound fails", false},
    {"worst", COLUMN_REAL, NULL, "largest sr / printed bound - 1", false},
    {"violated_holds", COLUMN_INT, NULL, "instances in which the other bound fails", false},
    {"worst_holds", COLUMN_REAL, NULL, "largest sr / bound - 1", false},
    {"median_sr_par", COLUMN_REAL, NULL, "median of sr(G_par)", false},
    {"median_par_fraction", COLUMN_REAL, NULL, "median of ||G_par|| / ||G_0||", false},
    {0}};
static const struct column step_columns[] = {
    {"step", COLUMN_TEXT, NULL, "which step size", false},
    {"eta", COLUMN_REAL, NULL, "its value", false},
    {"claimed", COLUMN_REAL, NULL, "|1 - eta lambda2|", false},
    {"fastest", COLUMN_REAL, NULL, "|1 - eta lambda_max|", false},
    {"contraction", COLUMN_REAL, NULL, "largest ||G_perp,t+1|| / ||G_perp,t||", false},
    {0}};
static const struct column corollary_columns[] = {
    {"m", COLUMN_INT, NULL, "rows", false},
    {"n", COLUMN_INT, NULL, "columns", false},
    {"N", COLUMN_INT, NULL, "samples", false},
    {"span", COLUMN_INT, NULL, "N' = rank of the f_i", false},
    {"lambda1", COLUMN_REAL, NULL, "smallest eigenvalue over lambda_max", false},
    {"multiplicity", COLUMN_INT, NULL, "of lambda1; expected m (n - N')", false},
    {"par_fraction", COLUMN_REAL, NULL, "||G_par|| / ||G||, lambda1 as printed", false},
    {"lambda_nonzero", COLUMN_REAL, NULL, "smallest eigenvalue that is not zero", false},
    {"par_fraction_nonzero", COLUMN_REAL, NULL, "||G_par|| / ||G|| with that one", false},
    {"excess", COLUMN_REAL, NULL, "largest sr / bound - 1 with that one", false},
    {0}};
static const struct table tables[] = {
    {"history", "the instance: sr(G_t) and the bounds", history_columns},
    {"counterexample", "the 2 x 2 counterexample", counterexample_columns},
    {"survey", "how often the printed bound fails", survey_columns},
    {"steps", "the step size that the lemma needs", step_columns},
    {"corollary", "Corollary 3.4: C_i = f_i f_i^T with f_i in a subspace", corollary_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"sr_G", NULL, "sr(G_t) at t_end", false},
    {"sr_par", NULL, "sr(G_par)", false},
    {"sr_peak", NULL, "largest sr(G_t)", false},
    {"par_fraction", NULL, "||G_par|| / ||G_0||", false},
    {"q", NULL, "decay of G_perp over that of G_par, a step", false},
    {"violated_fraction", NULL, "generic survey: share of instances that break the printed bound",
     true},
    {0}};

static const struct figure figures[] = {
    {"stable_rank", "lowrank/stable_rank/stable_rank.gp",
     "Left: sr(G_t) of the instance with both bounds. Right: the 2 x 2 counterexample; sr lies "
     "above "
     "the printed bound for ever, because it approaches its limit to first order in q^t and the "
     "printed bound to second."},
    {0}};

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

/* One step of vec G <- (I - eta S) vec G, matrix-free, then rescaled to norm 1 (sr does not mind,
 * and no horizon underflows); returns the norm before. work: 2 mn. */
static double step(const struct attndyn_parametric *g, double eta, double *work, double *G) {
    const size_t mn = g->m * g->n;
    attndyn_parametric_apply(g, G, work, work + mn);
    attndyn_axpy(mn, -eta, work + mn, G);
    const double norm = attndyn_norm(mn, G);
    attndyn_scale(mn, 1 / norm, G);
    return norm;
}

/* Takes the null space of S out of G again: no gradient lies there, but roundoff would outlive
 * the rest. work: 2 mn. */
static void leave_null_space(const struct attndyn_spectrum *s, double *work, double *G) {
    if (s->first == 0) return;
    const size_t mn = s->m * s->n;
    attndyn_spectrum_analyse(s, G, work, work + mn);
    memset(work + mn, 0, s->first * sizeof *work);
    attndyn_spectrum_synthesise(s, work + mn, work, G);
}

/* All of the first hundred steps, then two per cent apart. */
static bool shown(long t, long *next) {
    if (t < *next) return false;
    *next = t < 100 ? t + 1 : (long)ceil(1.02 * (double)t);
    return true;
}

static enum attndyn_status history(struct attndyn_context *ctx, const struct params *p,
                                   struct results *results, struct stable_rank_analysis *a) {
    const size_t m = a->g->m, n = a->g->n, mn = m * n;
    const long t_end = param_int(p, "t_end");
    double *G;
    ATTNDYN_ALLOC(ctx, G, mn);
    memcpy(G, a->G0, mn * sizeof *G);
    double log_norm = 0, sr = 0, peak = 0;
    attndyn_scale(mn, 1 / attndyn_norm(mn, G), G);
    long next = 0;
    for (long t = 0; t <= t_end; t++) {
        if (t > 0) log_norm += log10(step(a->g, a->eta, a->work, G));
        leave_null_space(&a->spectrum, a->work, G);
        if (!shown(t, &next) && t < t_end) continue;
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
        attndyn_progress(ctx, "steps", (double)t, (double)t_end);
        double spectral;
        ATTNDYN_TRY(attndyn_stable_rank(ctx, m, n, G, &sr));
        ATTNDYN_TRY(stable_rank_of_path(ctx, a, (double)t, &spectral));
        peak = fmax(peak, sr);
        const double bound = attndyn_stable_rank_bound(&a->split, (double)t);
        ATTNDYN_TRY(EMIT(ctx, results, "history", I(t), R(sr), R(spectral), R(a->sr_par),
                         R(attndyn_stable_rank_bound_printed(&a->split, (double)t)),
                         R(isfinite(bound) ? bound : NAN),
                         R(attndyn_stable_rank_bound_below(&a->split, (double)t)), R(log_norm)));
    }
    ATTNDYN_TRY(results_emit_state(ctx, results, "G", G, mn));
    ATTNDYN_TRY(results_emit_state(ctx, results, "sr_G", &sr, 1));
    ATTNDYN_TRY(results_scalar(ctx, results, "sr_peak", peak));
    return results_scalar(ctx, results, "sr_G", sr);
}

static enum attndyn_status emit_state(struct attndyn_context *ctx, const struct params *p,
                                      struct results *results,
                                      const struct stable_rank_analysis *a) {
    const size_t mn = a->g->m * a->g->n;
    const double t = (double)param_int(p, "t_end");
    const double bound = attndyn_stable_rank_bound(&a->split, t);
    const double printed = attndyn_stable_rank_bound_printed(&a->split, t);
    ATTNDYN_TRY(results_emit_state(ctx, results, "lambda", a->spectrum.lambda, mn));
    ATTNDYN_TRY(results_emit_state(ctx, results, "sr_par", &a->sr_par, 1));
    if (isfinite(bound)) ATTNDYN_TRY(results_emit_state(ctx, results, "bound", &bound, 1));
    ATTNDYN_TRY(results_emit_state(ctx, results, "bound_printed", &printed, 1));
    ATTNDYN_TRY(results_emit_state(ctx, results, "eta", &a->eta, 1));
    ATTNDYN_TRY(results_emit_state(ctx, results, "G_0", a->G0, mn));
    ATTNDYN_TRY(results_emit_state(ctx, results, "G_par", a->G_par, mn));
    ATTNDYN_TRY(results_scalar(ctx, results, "sr_par", a->sr_par));
    ATTNDYN_TRY(results_scalar(ctx, results, "par_fraction", a->par_fraction));
    return results_scalar(ctx, results, "q", a->split.q);
}

/* The explicit counterexample, stepped as any other instance. */
static enum attndyn_status counterexample(struct attndyn_context *ctx, const struct params *p,
                                          struct results *results) {
    const double eta = param_real(p, "counterexample_eta");
    const long t_end = param_int(p, "counterexample_steps");
    struct attndyn_parametric g;
    ATTNDYN_TRY(
        attndyn_parametric_draw(ctx, NULL, ATTNDYN_PARAMETRIC_COUNTEREXAMPLE, 2, 2, 6, 0, &g));
    const struct attndyn_stable_rank_split split = attndyn_stable_rank_counterexample_split(eta);
    double work[8], G[4];
    attndyn_parametric_gradient(&g, g.W, work, G);
    for (long t = 0; t <= t_end; t++) {
        if (t > 0) step(&g, eta, work, G);
        double sr;
        ATTNDYN_TRY(attndyn_stable_rank(ctx, 2, 2, G, &sr));
        ATTNDYN_TRY(EMIT(ctx, results, "counterexample", I(t), R(sr),
                         R(attndyn_stable_rank_counterexample(eta, (double)t)),
                         R(attndyn_stable_rank_bound_printed(&split, (double)t)),
                         R(attndyn_stable_rank_bound(&split, (double)t)),
                         R(pow(split.q, (double)t))));
    }
    return ATTNDYN_OK;
}

/* The largest factor by which G_perp shrinks in a step, over some steps from `perp` (mn); roundoff
 * in other modes is taken out after each. par: mn, scratch. */
static double contraction(const struct stable_rank_analysis *a, double eta, long steps,
                          double *perp, double *par) {
    const size_t mn = a->g->m * a->g->n;
    double largest = 0;
    attndyn_scale(mn, 1 / attndyn_norm(mn, perp), perp);
    for (long t = 0; t < steps; t++) {
        largest = fmax(largest, step(a->g, eta, a->work, perp));
        attndyn_spectrum_split(&a->spectrum, perp, a->work, par);
        attndyn_axpy(mn, -1, par, perp);
        leave_null_space(&a->spectrum, a->work, perp);
    }
    return largest;
}

/* G_perp's contraction against the claimed |1 - eta lambda2| at three step sizes: from an equal
 * part of every mode above lambda1, and from the mode of lambda_max alone. */
static enum attndyn_status step_sizes(struct attndyn_context *ctx, const struct params *p,
                                      struct results *results,
                                      const struct stable_rank_analysis *a) {
    const struct attndyn_spectrum *s = &a->spectrum;
    const size_t mn = a->g->m * a->g->n;
    const double limit = attndyn_stable_rank_step_limit(s->lambda2, s->lambda_max);
    const struct {
        const char *name;
        double eta;
    } sizes[] = {{"1/lambda_max", 1 / s->lambda_max},
                 {"2/(lambda2+lambda_max)", limit},
                 {"half way from there to 2/lambda_max", 0.5 * limit + 1 / s->lambda_max}};
    double *perp, *par;
    ATTNDYN_ALLOC(ctx, perp, mn);
    ATTNDYN_ALLOC(ctx, par, mn);
    for (int k = 0; k < 3; k++) {
        const double eta = sizes[k].eta;
        for (size_t j = 0; j < mn; j++) par[j] = j >= s->first + s->multiplicity;
        attndyn_spectrum_synthesise(s, par, a->work, perp);
        const double all = contraction(a, eta, param_int(p, "step_steps"), perp, par);
        memset(par, 0, mn * sizeof *par);
        par[mn - 1] = 1;
        attndyn_spectrum_synthesise(s, par, a->work, perp);
        const double fastest = contraction(a, eta, 1, perp, par);
        ATTNDYN_TRY(EMIT(ctx, results, "steps", S(sizes[k].name), R(eta),
                         R(fabs(1 - eta * s->lambda2)), R(fabs(1 - eta * s->lambda_max)),
                         R(fmax(all, fastest))));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status corollary(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results) {
    const size_t m = (size_t)param_int(p, "corollary_m"), n = (size_t)param_int(p, "corollary_n");
    const size_t N = (size_t)param_int(p, "corollary_N"),
                 span = (size_t)param_int(p, "corollary_span");
    const double tolerance = param_real(p, "tolerance");
    if (span >= n || N < span)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "corollary_span = %zu: Corollary 3.4 is about N' < n: give it below "
                            "corollary_n = %zu and at most corollary_N = %zu",
                            span, n, N);
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, (enum attndyn_random_kind)param_choice(p, "rng"),
                                    (uint64_t)param_int(p, "seed")));
    struct attndyn_parametric g;
    enum attndyn_status status =
        attndyn_parametric_draw(ctx, &random, ATTNDYN_PARAMETRIC_RANK_ONE, m, n, N, span, &g);
    attndyn_random_done(&random);
    ATTNDYN_TRY(status);
    struct stable_rank_analysis printed, nonzero;
    ATTNDYN_TRY(stable_rank_analyse(ctx, &g, tolerance, false, 0, &printed));
    ATTNDYN_TRY(stable_rank_analyse(ctx, &g, tolerance, true, 0, &nonzero));
    size_t count;
    const double *times = param_reals(p, "times", &count);
    double excess = -1;
    for (size_t k = 0; k < count; k++) {
        double sr;
        ATTNDYN_TRY(stable_rank_of_path(ctx, &nonzero, times[k], &sr));
        excess = fmax(excess, sr / attndyn_stable_rank_bound(&nonzero.split, times[k]) - 1);
    }
    return EMIT(ctx, results, "corollary", I((long)m), I((long)n), I((long)N), I((long)span),
                R(fabs(printed.spectrum.lambda1) / printed.spectrum.lambda_max),
                I((long)printed.spectrum.multiplicity), R(printed.par_fraction),
                R(nonzero.spectrum.lambda1), R(nonzero.par_fraction), R(excess));
}

static enum attndyn_status draw(struct attndyn_context *ctx, const struct params *p,
                                struct attndyn_parametric *g) {
    const size_t m = (size_t)param_int(p, "m"), n = (size_t)param_int(p, "n");
    const size_t span = (size_t)param_int(p, "span");
    if (m * n > LARGEST || m * n < 2)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "m n = %zu: expected 2 to %d (S is decomposed as a dense mn x mn "
                            "matrix)",
                            m * n, LARGEST);
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, (enum attndyn_random_kind)param_choice(p, "rng"),
                                    (uint64_t)param_int(p, "seed")));
    const enum attndyn_status status =
        attndyn_parametric_draw(ctx, &random, (enum attndyn_parametric_kind)param_choice(p, "kind"),
                                m, n, (size_t)param_int(p, "N"), span > 0 ? span : n, g);
    attndyn_random_done(&random);
    return status;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct attndyn_parametric g;
    struct stable_rank_analysis a;
    ATTNDYN_TRY(draw(ctx, p, &g));
    ATTNDYN_TRY(stable_rank_analyse(ctx, &g, param_real(p, "tolerance"),
                                    param_is(p, "kind", "rank_one"), param_real(p, "eta"), &a));
    ATTNDYN_TRY(history(ctx, p, results, &a));
    ATTNDYN_TRY(emit_state(ctx, p, results, &a));
    ATTNDYN_TRY(step_sizes(ctx, p, results, &a));
    ATTNDYN_TRY(counterexample(ctx, p, results));
    ATTNDYN_TRY(corollary(ctx, p, results));
    return stable_rank_survey(ctx, p, results);
}

const struct experiment experiment_lowrank_stable_rank = {
    .id = "lowrank/stable-rank",
    .title = "The stable rank of the gradient: GaLore's Lemma 3.3, printed and as it holds",
    .source = "GaLore (arXiv 2403.03507), Lemma 3.3 and Corollary 3.4",
    .doc =
        "G_t = (1/N) sum_i (A_i - B_i W_t C_i), W_{t+1} = W_t + eta G_t, constant A, B, C: so "
        "that\n"
        "vec G_{t+1} = (I - eta S) vec G_t, S = (1/N) sum_i C_i kron B_i. With lambda1 < lambda2 "
        "the\n"
        "smallest eigenvalues, G_par the part of G_0 in the eigenspace of lambda1, G_perp the "
        "rest,\n"
        "q = (1 - eta lambda2)/(1 - eta lambda1), the lemma claims\n"
        "    sr(G_t) <= sr(G_par) + q^{2t} ||G_perp||_F^2 / ||G_par||_2^2.\n"
        "Its proof takes the singular dyads of G_par to lie in the eigenspace. They do where that "
        "is\n"
        "a product space (one B for all samples, or N = 1); in general they do not, the approach "
        "to\n"
        "the limit is of first order in q^t, and the bound fails. What holds (derived here):\n"
        "    sr(G_t) <= (||G_par||_F^2 + q^{2t} ||G_perp||_F^2) / (||G_par||_2 - q^t "
        "||G_perp||_F)^2.\n"
        "Both need eta <= 2/(lambda2 + lambda_max).\n"
        "Instances: SplitMix64 from the seed, standard normals row-major, in the order all X_i "
        "(m,m),\n"
        "all Y_i (n,n), all A_i (m,n), W (m,n); B_i = X_i X_i^T/m + I/10, C_i = Y_i Y_i^T/n + "
        "I/10.\n"
        "product: one X for all B_i. rank_one: all X_i; F (n,span); all c_i (span), f_i = F c_i /\n"
        "sqrt(span), C_i = f_i f_i^T; for each i a_i (m), A_i = a_i f_i^T; W; there lambda1 is "
        "the\n"
        "smallest eigenvalue that is not zero.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = stable_rank_checks,
    .run = run,
};
