/* A fixed subspace stalls, switching it converges: GaLore's composition of subspaces. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/model/lowrank/projection.h"
#include "sim/model/lowrank/spectrum.h"
#include "sim/num/blas.h"
#include "sim/num/linalg.h"

#include <math.h>
#include <string.h>

#define CONVERGED 1e-12 /* ||G||, of the order of ten at the start */

static const struct param params[] = {
    {"m", PARAM_INT, "8", 1, 40, NULL, NULL, "rows of W"},
    {"n", PARAM_INT, "10", 1, 50, NULL, NULL, "columns of W"},
    {"N", PARAM_INT, "6", 1, 100000, NULL, NULL, "samples"},
    {"seed", PARAM_INT, "3", 0, 0, NULL, NULL, "seed of the instance"},
    {"rng", PARAM_CHOICE, "splitmix", 0, 0, "splitmix|mt19937", NULL, "random stream"},
    {"r", PARAM_REALS, "1,2,4", 1, 40, NULL, NULL, "ranks"},
    {"T", PARAM_REALS, "0,1,10,50,200", 0, 1e9, "steps", NULL,
     "steps between two choices of the subspace; 0: never again"},
    {"eta", PARAM_REAL, "0", 0, 1e6, NULL, NULL, "step size; 0: 1/lambda_max(S)"},
    {"t_end", PARAM_INT, "6000", 1, 10000000, NULL, "steps", "steps of ascent"},
    {"probes", PARAM_REALS, "0,200,1000,4000", 0, 1e9, NULL, "steps", "where the table is filled"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "8 x 10, N = 6, three ranks, five periods"},
    {"paper", "m=16 n=24 r=1,4,8 T=0,1,10,200 t_end=8000 probes=0,200,1000,4000,8000",
     "larger matrices, longer"},
    {0}};

static const struct column probes_columns[] = {
    {"r", COLUMN_INT, NULL, "rank", false},
    {"T", COLUMN_INT, "steps", "period; 0: never switched", false},
    {"t", COLUMN_INT, "steps", "time", false},
    {"norm_G", COLUMN_REAL, NULL, "||G_t||_F", false},
    {"loss", COLUMN_REAL, NULL, "(1/2) vec(W - W*)^T S vec(W - W*)", false},
    {0}};
static const struct column runs_columns[] = {
    {"r", COLUMN_INT, NULL, "rank", false},
    {"T", COLUMN_INT, "steps", "period; 0: never switched", false},
    {"norm_end", COLUMN_REAL, NULL, "||G||_F at t_end", false},
    {"loss_end", COLUMN_REAL, NULL, "loss at t_end", false},
    {"late_change", COLUMN_REAL, NULL, "relative change of ||G|| from t_end/4 to t_end", false},
    {"worst_rise", COLUMN_REAL, NULL, "largest rise of the loss in a step, over its start", false},
    {"norm_R", COLUMN_REAL, NULL, "||P^T G|| at t_end/4 over ||G_0||", false},
    {"norm_solved", COLUMN_REAL, NULL, "never switched: ||G|| where P^T G = 0, solved", true},
    {0}};
static const struct column path_columns[] = {{"t", COLUMN_INT, "steps", "time", false},
                                             {"r", COLUMN_INT, NULL, "rank", false},
                                             {"T", COLUMN_INT, "steps", "period", false},
                                             {"norm_G", COLUMN_REAL, NULL, "||G_t||_F", false},
                                             {0}};
static const struct table tables[] = {{"probes", "the r x T table", probes_columns},
                                      {"runs", "how each run ended", runs_columns},
                                      {"path", "||G_t||, log-spaced", path_columns},
                                      STATE_TABLE,
                                      {0}};

static const struct scalar scalars[] = {
    {"norm_start", NULL, "||G_0||_F", false},
    {"loss_start", NULL, "loss at W_0", false},
    {"eta", NULL, "step size", false},
    {"slowest", NULL, "1 - eta lambda_min(S): what full-rank ascent leaves after a step", false},
    {"norm_end", NULL, "||G||_F at t_end, last run", false},
    {0}};

static const struct figure figures[] = {
    {"switching", "lowrank/switching/switching.gp",
     "||G_t|| under one-sided projections of rank r, the subspace chosen anew every T steps: never "
     "(flat), or from the top singular vectors of the present gradient."},
    {0}};

/* The instance, its optimum and one run's buffers. */
struct study {
    struct attndyn_parametric g;
    double *optimum, *G0;           /* (m, n) */
    double *W, *G, *R, *gap, *work; /* (m, n), (m, n), (min(m,n), n), (m, n), 2 m n */
    double eta, loss_start, slowest;
};

/* (1/2) vec(W - W*)^T S vec(W - W*), without S. */
static double loss(struct study *s) {
    const size_t mn = s->g.m * s->g.n;
    for (size_t j = 0; j < mn; j++) s->gap[j] = s->W[j] - s->optimum[j];
    attndyn_parametric_apply(&s->g, s->gap, s->work, s->work + mn);
    return 0.5 * attndyn_dot(mn, s->gap, s->work + mn);
}

static enum attndyn_status prepare(struct attndyn_context *ctx, const struct params *p,
                                   struct study *s) {
    const size_t m = (size_t)param_int(p, "m"), n = (size_t)param_int(p, "n"), mn = m * n;
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, (enum attndyn_random_kind)param_choice(p, "rng"),
                                    (uint64_t)param_int(p, "seed")));
    const enum attndyn_status drawn = attndyn_parametric_draw(
        ctx, &random, ATTNDYN_PARAMETRIC_GENERIC, m, n, (size_t)param_int(p, "N"), 0, &s->g);
    attndyn_random_done(&random);
    ATTNDYN_TRY(drawn);
    double **const buffers[] = {&s->optimum, &s->G0, &s->W, &s->G, &s->R, &s->gap};
    for (size_t k = 0; k < sizeof buffers / sizeof *buffers; k++)
        ATTNDYN_ALLOC(ctx, *buffers[k], mn);
    ATTNDYN_ALLOC(ctx, s->work, 2 * mn);
    struct attndyn_spectrum spectrum;
    ATTNDYN_TRY(attndyn_spectrum_create(ctx, &s->g, 1e-9, false, &spectrum));
    s->eta = param_real(p, "eta") > 0 ? param_real(p, "eta") : 1 / spectrum.lambda_max;
    s->slowest = 1 - s->eta * spectrum.lambda1;
    if (s->eta * spectrum.lambda_max >= 2)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "eta = %g: ascent needs eta < 2/lambda_max = %g",
                            s->eta, 2 / spectrum.lambda_max);
    double *S, *y;
    ATTNDYN_ALLOC(ctx, S, mn * mn);
    ATTNDYN_ALLOC(ctx, y, mn);
    attndyn_parametric_operator(&s->g, S);
    attndyn_parametric_vec(m, n, s->g.A, y);
    ATTNDYN_TRY(attndyn_linear_solve(ctx, mn, S, 1, y, y));
    attndyn_parametric_unvec(m, n, y, s->optimum);
    attndyn_parametric_gradient(&s->g, s->g.W, s->work, s->G0);
    memcpy(s->W, s->g.W, mn * sizeof *s->W);
    s->loss_start = loss(s);
    return ATTNDYN_OK;
}

/* ||G|| at W_0 + P Y with P^T G = 0: what a fixed subspace can reach. */
static enum attndyn_status solve_stall(struct attndyn_context *ctx, struct study *s,
                                       struct attndyn_projection *projection, double *norm) {
    const size_t m = s->g.m, n = s->g.n, rn = projection->r * n;
    struct attndyn_parametric restricted;
    ATTNDYN_TRY(attndyn_projection_restrict(ctx, projection, &s->g, &restricted));
    double *S, *y, *Y;
    ATTNDYN_ALLOC(ctx, S, rn * rn);
    ATTNDYN_ALLOC(ctx, y, rn);
    ATTNDYN_ALLOC(ctx, Y, rn);
    attndyn_parametric_operator(&restricted, S);
    attndyn_projection_reduce(projection, s->G0, Y);
    attndyn_parametric_vec(projection->r, n, Y, y);
    ATTNDYN_TRY(attndyn_linear_solve(ctx, rn, S, 1, y, y));
    attndyn_parametric_unvec(projection->r, n, y, Y);
    memcpy(s->W, s->g.W, m * n * sizeof *s->W);
    attndyn_projection_lift(projection, 1, Y, s->W);
    attndyn_parametric_gradient(&s->g, s->W, s->work, s->G);
    *norm = attndyn_norm(m * n, s->G);
    return ATTNDYN_OK;
}

static bool is_probe(const double *probes, size_t count, long t) {
    for (size_t k = 0; k < count; k++)
        if (probes[k] == (double)t) return true;
    return false;
}

static enum attndyn_status run_one(struct attndyn_context *ctx, const struct params *p,
                                   struct study *s, long r, long T, struct results *results) {
    const size_t mn = s->g.m * s->g.n;
    const long t_end = param_int(p, "t_end");
    size_t count;
    const double *probes = param_reals(p, "probes", &count);
    struct attndyn_projection projection;
    ATTNDYN_TRY(attndyn_projection_create(ctx, s->g.m, s->g.n, (size_t)r, false, &projection));
    memcpy(s->W, s->g.W, mn * sizeof *s->W);
    double before = s->loss_start, rise = 0, norm = 0, quarter = 0, norm_R = 0, solved = NAN;
    long next = 0;
    for (long t = 0; t <= t_end; t++) {
        attndyn_parametric_gradient(&s->g, s->W, s->work, s->G);
        const double now = loss(s);
        norm = attndyn_norm(mn, s->G);
        rise = fmax(rise, (now - before) / s->loss_start);
        before = now;
        if (t == t_end / 4) quarter = norm;
        if (is_probe(probes, count, t))
            ATTNDYN_TRY(EMIT(ctx, results, "probes", I(r), I(T), I(t), R(norm), R(now)));
        if (t >= next) {
            ATTNDYN_TRY(EMIT(ctx, results, "path", I(t), I(r), I(T), R(norm)));
            next = t < 20 ? t + 1 : (long)ceil(1.06 * (double)t);
        }
        if (t == 0 || (T > 0 && t % T == 0))
            ATTNDYN_TRY(attndyn_projection_from(ctx, s->G, &projection));
        attndyn_projection_reduce(&projection, s->G, s->R);
        if (t == t_end / 4)
            norm_R = attndyn_norm((size_t)r * s->g.n, s->R) / attndyn_norm(mn, s->G0);
        attndyn_projection_lift(&projection, s->eta, s->R, s->W);
    }
    if (T == 0) ATTNDYN_TRY(solve_stall(ctx, s, &projection, &solved));
    return EMIT(ctx, results, "runs", I(r), I(T), R(norm), R(before),
                R(quarter > 0 ? fabs(norm / quarter - 1) : 0), R(rise), R(norm_R), R(solved));
}

static enum attndyn_status validate(struct attndyn_context *ctx, const struct params *p) {
    const double shorter = fmin((double)param_int(p, "m"), (double)param_int(p, "n"));
    static const char *const lists[] = {"r", "T"};
    for (int k = 0; k < 2; k++) {
        size_t count;
        const double *x = param_reals(p, lists[k], &count);
        for (size_t i = 0; i < count; i++)
            if (x[i] != floor(x[i]) || (k == 0 && x[i] > shorter))
                return attndyn_fail(ctx, ATTNDYN_USAGE, "%s = %g: expected a whole number%s",
                                    lists[k], x[i], k == 0 ? " up to min(m, n)" : "");
        if (count == 0)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "%s is empty: give one at least", lists[k]);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct study s;
    size_t ranks, periods;
    const double *r = param_reals(p, "r", &ranks), *T = param_reals(p, "T", &periods);
    ATTNDYN_TRY(validate(ctx, p));
    ATTNDYN_TRY(prepare(ctx, p, &s));
    const size_t mn = s.g.m * s.g.n;
    for (size_t i = 0; i < ranks; i++)
        for (size_t k = 0; k < periods; k++) {
            ATTNDYN_TRY(attndyn_check_interrupt(ctx));
            attndyn_progress(ctx, "runs", (double)(i * periods + k), (double)(ranks * periods));
            ATTNDYN_TRY(run_one(ctx, p, &s, (long)r[i], (long)T[k], results));
        }
    ATTNDYN_TRY(results_emit_state(ctx, results, "W", s.W, mn));
    ATTNDYN_TRY(results_emit_state(ctx, results, "W_optimum", s.optimum, mn));
    ATTNDYN_TRY(results_emit_state(ctx, results, "G_0", s.G0, mn));
    ATTNDYN_TRY(results_scalar(ctx, results, "norm_start", attndyn_norm(mn, s.G0)));
    ATTNDYN_TRY(results_scalar(ctx, results, "loss_start", s.loss_start));
    ATTNDYN_TRY(results_scalar(ctx, results, "eta", s.eta));
    ATTNDYN_TRY(results_scalar(ctx, results, "slowest", s.slowest));
    return results_scalar(
        ctx, results, "norm_end",
        results_real(results, "runs", results_rows(results, "runs") - 1, "norm_end"));
}

/* Never switched and not of full rank: these stall. */
static bool fixed(const struct params *p, const struct results *results, size_t row) {
    return results_real(results, "runs", row, "T") == 0 &&
           results_real(results, "runs", row, "r") < (double)param_int(p, "m");
}

/* What is left of R in the fixed runs: the stall can be judged where it has died out. */
static double left_of_R(const struct params *p, const struct results *results) {
    double largest = 0;
    for (size_t row = 0; row < results_rows(results, "runs"); row++)
        if (fixed(p, results, row))
            largest = fmax(largest, results_real(results, "runs", row, "norm_R"));
    return largest;
}

static enum attndyn_status check_stall(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx;
    double change = 0, least = INFINITY;
    for (size_t row = 0; row < results_rows(results, "runs"); row++)
        if (fixed(p, results, row)) {
            change = fmax(change, results_real(results, "runs", row, "late_change"));
            least = fmin(least, results_real(results, "runs", row, "norm_end"));
        }
    const double start = results_scalar_value(results, "norm_start");
    if (!isfinite(least)) return verdict_skip(v, "no run with T = 0 and r < m");
    if (left_of_R(p, results) > 1e-13)
        return verdict_skip(v, "R has not died out by t_end/4 (%.2g is left): raise t_end",
                            left_of_R(p, results));
    if (!(least > 1e-3 * start))
        return verdict_at_least(v, least, 1e-3 * start, "a fixed subspace did not stall");
    return verdict_at_most(v, change, 1e-12,
                           "largest relative change of ||G|| from t_end/4 to t_end; stalled at "
                           "%.4g or more, of %.4g",
                           least, start);
}

static enum attndyn_status check_solved(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *results, struct verdict *v) {
    (void)ctx;
    double worst = -1;
    for (size_t row = 0; row < results_rows(results, "runs"); row++)
        if (fixed(p, results, row))
            worst = fmax(worst, fabs(results_real(results, "runs", row, "norm_end") /
                                         results_real(results, "runs", row, "norm_solved") -
                                     1));
    if (worst < 0) return verdict_skip(v, "no run with T = 0 and r < m");
    if (left_of_R(p, results) > 1e-13)
        return verdict_skip(v, "R has not died out by t_end/4 (%.2g is left): raise t_end",
                            left_of_R(p, results));
    return verdict_at_most(v, worst, 1e-10, "||G|| at t_end against the solution of P^T G = 0");
}

/* Judged where it has had the time: a rank r of m moves r/m of the rows a step, so that full-rank
 * ascent, at the pace of S' smallest eigenvalue, must be done in t_end r/m steps. */
static enum attndyn_status check_converges(struct attndyn_context *ctx, const struct params *p,
                                           const struct results *results, struct verdict *v) {
    (void)ctx;
    double worst = -1, judged = 0;
    for (size_t row = 0; row < results_rows(results, "runs"); row++) {
        const double T = results_real(results, "runs", row, "T");
        const double share = results_real(results, "runs", row, "r") / (double)param_int(p, "m");
        const double left =
            results_scalar_value(results, "norm_start") *
            pow(results_scalar_value(results, "slowest"), share * (double)param_int(p, "t_end"));
        if (T < 1 || T > 10 || left > CONVERGED) continue;
        worst = fmax(worst, results_real(results, "runs", row, "norm_end"));
        judged++;
    }
    if (judged == 0)
        return verdict_skip(v, "no run with T from 1 to 10 has had the time: raise t_end");
    return verdict_at_most(v, worst, CONVERGED,
                           "largest ||G|| at t_end over %g runs with T from 1 to 10", judged);
}

static enum attndyn_status check_descent(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double worst = 0;
    for (size_t row = 0; row < results_rows(results, "runs"); row++)
        worst = fmax(worst, results_real(results, "runs", row, "worst_rise"));
    return verdict_at_most(v, worst, 1e-13, "largest rise of the loss in a step over its start");
}

static const struct check *const checks[] = {
    &(const struct check){"SW.fixed-stalls", CHECK_CLAIM, "a fixed subspace of rank r < m stalls", "derived here",
     "||G|| still moves from t_end/4 to t_end, or vanishes", check_stall},
    &(const struct check){"SW.stall-point", CHECK_CLAIM, "it stalls where P^T G = 0", "GaLore, Theorem 3.8",
     "the solution of the projected normal equations has another ||G||", check_solved},
    &(const struct check){"SW.switching-converges", CHECK_CLAIM,
     "choosing the subspace anew every T <= 10 steps reaches G = 0",
     "GaLore, composition of subspaces", "||G|| at t_end is above 1e-12", check_converges},
    &(const struct check){"SW.descent", CHECK_CLAIM, "the loss rises in no step, switched or not", "derived here",
     "one step of one run raises it", check_descent},
    NULL};

const struct experiment experiment_lowrank_switching = {
    .id = "lowrank/switching",
    .title = "A fixed subspace stalls, switching it converges",
    .source = "GaLore (arXiv 2403.03507), composition of low-rank subspaces; Theorem 3.8",
    .doc =
        "One-sided projections of the parametric gradient, W <- W + eta P P^T G, P the r leading\n"
        "left singular vectors of G, chosen at t = 0 and (T > 0) again every T steps; rho_t is\n"
        "the identity. The loss is (1/2) vec(W - W*)^T S vec(W - W*), whose steepest descent G "
        "is.\n"
        "Instances as in lowrank/stable-rank, kind=generic. Only P P^T enters: signs and order of\n"
        "the singular vectors do not matter.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run,
};
