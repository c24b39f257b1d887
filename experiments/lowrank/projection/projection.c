/* GaLore's Theorem 3.8: convergence under fixed projections, its step size, its correction term. */
#include "projection.h"

#include "sim/model/lowrank/modulated.h"
#include "sim/model/lowrank/projection.h"
#include "sim/model/lowrank/spectrum.h"
#include "sim/num/blas.h"
#include "sim/num/linalg.h"
#include "theory/lowrank/bounds.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    {"m", PARAM_INT, "8", 1, 500, NULL, NULL, "rows of W"},
    {"n", PARAM_INT, "10", 1, 500, NULL, NULL, "columns of W"},
    {"N", PARAM_INT, "6", 1, 100000, NULL, NULL, "samples"},
    {"r", PARAM_INT, "3", 1, 40, NULL, NULL, "rank of the projections"},
    {"seed", PARAM_INT, "1", 0, 0, NULL, NULL, "seed of the first instance"},
    {"seeds", PARAM_INT, "5", 1, 10000, NULL, NULL, "instances: seed, seed + 1, ..."},
    {"rng", PARAM_CHOICE, "splitmix", 0, 0, "splitmix|mt19937", NULL, "random stream"},
    {"t_end", PARAM_INT, "3000", 1, 10000000, NULL, "steps", "steps of projected ascent"},
    {"decay_steps", PARAM_INT, "60", 1, 1000000, NULL, "steps", "length of the table decay"},
    {"alpha", PARAM_REAL, "0.02", 0, 10, NULL, NULL, "modulation of A(W)"},
    {"beta", PARAM_REAL, "2e-4", 0, 0.9, NULL, NULL, "modulation of B(W)"},
    {"gamma", PARAM_REAL, "2e-4", 0, 0.9, NULL, NULL, "modulation of C(W)"},
    {"varying_steps", PARAM_INT, "200", 1, 1000000, NULL, "steps", "steps with A, B, C moving"},
    {"scalar_A", PARAM_REAL, "0.75", -100, 100, NULL, NULL, "scalar example: A"},
    {"scalar_beta", PARAM_REAL, "-0.25", -10, 10, NULL, NULL, "scalar example: B = 1 + beta W"},
    {"scalar_W0", PARAM_REAL, "0.5", -100, 100, NULL, NULL, "scalar example: W_0"},
    {"scalar_eta", PARAM_REAL, "0.01", 1e-9, 1, NULL, NULL, "scalar example: step size"},
    {"scalar_steps", PARAM_INT, "400", 1, 1000000, NULL, "steps", "scalar example: steps"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "8 x 10, N = 6, rank 3, five seeds"},
    {"paper", "m=24 n=32 N=20 r=8 seeds=3 t_end=2000", "larger matrices"},
    {0}};

static const struct column instances_columns[] = {
    {"seed", COLUMN_INT, NULL, "seed", false},
    {"norm_G", COLUMN_REAL, NULL, "||G_0||_F", false},
    {"norm_R", COLUMN_REAL, NULL, "||R_0||_F", false},
    {"kappa", COLUMN_REAL, NULL, "kappa", false},
    {"lambda_min", COLUMN_REAL, NULL, "smallest eigenvalue of S^", false},
    {"lambda_max", COLUMN_REAL, NULL, "largest eigenvalue of S^", false},
    {"norm_stall", COLUMN_REAL, NULL, "||G||_F at t_end, eta = 1/lambda_max", false},
    {"norm_solved", COLUMN_REAL, NULL, "||G||_F where R = 0, by solving S^ y = R_0", false},
    {"norm_R_end", COLUMN_REAL, NULL, "||R||_F at t_end over its start", false},
    {"recursion", COLUMN_REAL, NULL, "largest ||R_t - (I - eta S^) R_{t-1}|| / ||R_0||", false},
    {0}};
static const struct column rates_columns[] = {
    {"seed", COLUMN_INT, NULL, "seed", false},
    {"step", COLUMN_TEXT, NULL, "which step size", false},
    {"eta", COLUMN_REAL, NULL, "its value", false},
    {"rate", COLUMN_REAL, NULL, "1 - eta kappa", false},
    {"worst_ratio", COLUMN_REAL, NULL, "largest ||R_t|| / ||R_{t-1}||", false},
    {"excess", COLUMN_REAL, NULL, "worst_ratio - rate", false},
    {"settling", COLUMN_REAL, NULL, "change of the ratio in the last step", false},
    {0}};
static const struct column decay_columns[] = {
    {"t", COLUMN_INT, "steps", "time", false},
    {"at_1", COLUMN_REAL, NULL, "log10 ||R_t||/||R_0||, eta = 1/lambda_max", true},
    {"bound_1", COLUMN_REAL, NULL, "t log10(1 - eta kappa)", false},
    {"at_2", COLUMN_REAL, NULL, "eta = 2/(kappa + lambda_max)", true},
    {"bound_2", COLUMN_REAL, NULL, "its bound", false},
    {"at_3", COLUMN_REAL, NULL, "eta = 1.99/lambda_max", true},
    {"bound_3", COLUMN_REAL, NULL, "its bound", false},
    {0}};
static const struct column scalar_columns[] = {
    {"t", COLUMN_INT, "steps", "time", false},
    {"W", COLUMN_REAL, NULL, "W_t", false},
    {"ratio", COLUMN_REAL, NULL, "|R_t| / |R_{t-1}|", false},
    {"printed", COLUMN_REAL, NULL, "1 - eta (kappa - L_A - L_B L_C D^2)", false},
    {"holds", COLUMN_REAL, NULL, "1 - eta (kappa - L_A - D (L_B c_max + L_C b_max))", false},
    {0}};
static const struct column varying_columns[] = {
    {"seed", COLUMN_INT, NULL, "seed", false},
    {"eta", COLUMN_REAL, NULL, "step size", false},
    {"D", COLUMN_REAL, NULL, "largest ||W_t||_F", false},
    {"worst_ratio", COLUMN_REAL, NULL, "largest ||R_t|| / ||R_{t-1}||", false},
    {"excess_printed", COLUMN_REAL, NULL, "largest ratio - printed rate", false},
    {"excess", COLUMN_REAL, NULL, "largest ratio - rate that holds", false},
    {0}};
static const struct table tables[] = {
    {"instances", "constant A, B, C: the instances", instances_columns},
    {"rates", "the rate at three step sizes", rates_columns},
    {"decay", "||R_t|| of the first instance", decay_columns},
    {"scalar", "G = A - (1 + beta W) W: the printed correction fails", scalar_columns},
    {"varying", "A(W), B(W), C(W) that move", varying_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"kappa", NULL, "of the first instance", false},
    {"lambda_min", NULL, "of S^, first instance", false},
    {"lambda_max", NULL, "of S^, first instance", false},
    {"norm_stall", NULL, "||G|| where R = 0, first instance", false},
    {"scalar_excess", NULL, "scalar example: largest ratio - printed rate", false},
    {0}};

static const struct figure figures[] = {
    {"projection", "lowrank/projection/projection.gp",
     "Left: ||R_t|| under fixed projections at three step sizes (lines) and the rate of the "
     "theorem "
     "(dashed): at 1.99/lambda_max it is passed. Right: the scalar example, where the printed "
     "correction for moving B(W) claims a faster decay than there is."},
    {0}};

#define SIZES 3
static const char *const size_names[SIZES] = {"1/lambda_max", "2/(kappa+lambda_max)",
                                              "1.99/lambda_max"};

/* One instance, its projection and what R obeys. */
struct instance {
    struct attndyn_parametric g, restricted;
    struct attndyn_projection projection;
    struct attndyn_spectrum spectrum; /* of S^ */
    double kappa;
    double *G, *R, *work; /* (m, n), (r, r), 2 m n */
};

static enum attndyn_status prepare(struct attndyn_context *ctx, const struct params *p, long seed,
                                   struct instance *x) {
    const size_t m = (size_t)param_int(p, "m"), n = (size_t)param_int(p, "n");
    const size_t r = (size_t)param_int(p, "r");
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, (enum attndyn_random_kind)param_choice(p, "rng"),
                                    (uint64_t)seed));
    const enum attndyn_status drawn = attndyn_parametric_draw(
        ctx, &random, ATTNDYN_PARAMETRIC_GENERIC, m, n, (size_t)param_int(p, "N"), 0, &x->g);
    attndyn_random_done(&random);
    ATTNDYN_TRY(drawn);
    ATTNDYN_ALLOC(ctx, x->G, m * n);
    ATTNDYN_ALLOC(ctx, x->R, r * r);
    ATTNDYN_ALLOC(ctx, x->work, 2 * m * n);
    attndyn_parametric_gradient(&x->g, x->g.W, x->work, x->G);
    ATTNDYN_TRY(attndyn_projection_create(ctx, m, n, r, true, &x->projection));
    ATTNDYN_TRY(attndyn_projection_from(ctx, x->G, &x->projection));
    attndyn_projection_reduce(&x->projection, x->G, x->R);
    ATTNDYN_TRY(attndyn_projection_restrict(ctx, &x->projection, &x->g, &x->restricted));
    ATTNDYN_TRY(attndyn_spectrum_create(ctx, &x->restricted, 1e-9, false, &x->spectrum));
    return attndyn_parametric_kappa(ctx, &x->restricted, &x->kappa);
}

static double step_size(const struct instance *x, int size) {
    const double largest = x->spectrum.lambda_max;
    return size == 0   ? 1 / largest
           : size == 1 ? attndyn_projection_step_limit(x->kappa, largest)
                       : 1.99 / largest;
}

/* R <- (I - eta S^) R, R of any norm; work: 2 r^2. */
static void contract(const struct instance *x, double eta, double *work, double *Rt) {
    const size_t rr = x->projection.r * x->projection.r;
    attndyn_parametric_apply(&x->restricted, Rt, work, work + rr);
    attndyn_axpy(rr, -eta, work + rr, Rt);
}

/* The largest ratio of successive norms over t_end steps, R renormalised after each. */
static enum attndyn_status rates(struct attndyn_context *ctx, const struct params *p, long seed,
                                 const struct instance *x, struct results *results) {
    const size_t rr = x->projection.r * x->projection.r;
    double *Rt, *work;
    ATTNDYN_ALLOC(ctx, Rt, rr);
    ATTNDYN_ALLOC(ctx, work, 2 * rr);
    for (int k = 0; k < SIZES; k++) {
        const double eta = step_size(x, k), rate = attndyn_projection_rate(eta, x->kappa);
        memcpy(Rt, x->R, rr * sizeof *Rt);
        attndyn_scale(rr, 1 / attndyn_norm(rr, Rt), Rt);
        double worst = 0, ratio = 0, settling = 1;
        for (long t = 0; t < param_int(p, "t_end"); t++) {
            const double last = ratio;
            contract(x, eta, work, Rt);
            ratio = attndyn_norm(rr, Rt);
            settling = fabs(ratio - last);
            worst = fmax(worst, ratio);
            if (ratio == 0) break;
            attndyn_scale(rr, 1 / ratio, Rt);
        }
        ATTNDYN_TRY(EMIT(ctx, results, "rates", I(seed), S(size_names[k]), R(eta), R(rate),
                         R(worst), R(worst - rate), R(settling)));
    }
    return ATTNDYN_OK;
}

/* ||G|| where R = 0, without stepping: S^ vec Y = vec R_0, W = W_0 + P Y Q^T. */
static enum attndyn_status solve_stall(struct attndyn_context *ctx, struct instance *x,
                                       double *norm) {
    const size_t mn = x->g.m * x->g.n, r = x->projection.r, rr = r * r;
    double *S, *y, *Y, *W, *G;
    ATTNDYN_ALLOC(ctx, S, rr * rr);
    ATTNDYN_ALLOC(ctx, y, rr);
    ATTNDYN_ALLOC(ctx, Y, rr);
    ATTNDYN_ALLOC(ctx, W, mn);
    ATTNDYN_ALLOC(ctx, G, mn);
    attndyn_parametric_operator(&x->restricted, S);
    attndyn_parametric_vec(r, r, x->R, y);
    ATTNDYN_TRY(attndyn_linear_solve(ctx, rr, S, 1, y, y));
    attndyn_parametric_unvec(r, r, y, Y);
    memcpy(W, x->g.W, mn * sizeof *W);
    attndyn_projection_lift(&x->projection, 1, Y, W);
    attndyn_parametric_gradient(&x->g, W, x->work, G);
    *norm = attndyn_norm(mn, G);
    return ATTNDYN_OK;
}

/* Projected ascent on W itself at eta = 1/lambda_max, R_t held against its recursion. */
static enum attndyn_status ascend(struct attndyn_context *ctx, const struct params *p, long seed,
                                  struct instance *x, struct results *results) {
    const size_t mn = x->g.m * x->g.n, rr = x->projection.r * x->projection.r;
    const double eta = step_size(x, 0), norm_R = attndyn_norm(rr, x->R);
    double *W, *G, *Rt, *expected, *work, worst = 0, solved;
    ATTNDYN_ALLOC(ctx, W, mn);
    ATTNDYN_ALLOC(ctx, G, mn);
    ATTNDYN_ALLOC(ctx, Rt, rr);
    ATTNDYN_ALLOC(ctx, expected, rr);
    ATTNDYN_ALLOC(ctx, work, 2 * rr);
    memcpy(W, x->g.W, mn * sizeof *W);
    memcpy(G, x->G, mn * sizeof *G);
    memcpy(Rt, x->R, rr * sizeof *Rt);
    for (long t = 1; t <= param_int(p, "t_end"); t++) {
        memcpy(expected, Rt, rr * sizeof *Rt);
        contract(x, eta, work, expected);
        attndyn_projection_lift(&x->projection, eta, Rt, W);
        attndyn_parametric_gradient(&x->g, W, x->work, G);
        attndyn_projection_reduce(&x->projection, G, Rt);
        attndyn_axpy(rr, -1, Rt, expected);
        worst = fmax(worst, attndyn_norm(rr, expected) / norm_R);
    }
    ATTNDYN_TRY(solve_stall(ctx, x, &solved));
    return EMIT(ctx, results, "instances", I(seed), R(attndyn_norm(mn, x->G)), R(norm_R),
                R(x->kappa), R(x->spectrum.lambda1), R(x->spectrum.lambda_max),
                R(attndyn_norm(mn, G)), R(solved), R(attndyn_norm(rr, Rt) / norm_R), R(worst));
}

static enum attndyn_status decay(struct attndyn_context *ctx, const struct params *p,
                                 const struct instance *x, struct results *results) {
    const size_t rr = x->projection.r * x->projection.r;
    double *Rt, *work, log_norm[SIZES] = {0};
    ATTNDYN_ALLOC(ctx, Rt, SIZES * rr);
    ATTNDYN_ALLOC(ctx, work, 2 * rr);
    for (int k = 0; k < SIZES; k++) {
        memcpy(Rt + (size_t)k * rr, x->R, rr * sizeof *Rt);
        attndyn_scale(rr, 1 / attndyn_norm(rr, x->R), Rt + (size_t)k * rr);
    }
    for (long t = 0; t <= param_int(p, "decay_steps"); t++) {
        struct cell cells[1 + 2 * SIZES] = {I(t)};
        for (int k = 0; k < SIZES; k++) {
            double *Rk = Rt + (size_t)k * rr;
            const double eta = step_size(x, k);
            if (t > 0) {
                contract(x, eta, work, Rk);
                const double ratio = attndyn_norm(rr, Rk);
                log_norm[k] += log10(ratio);
                if (ratio > 0) attndyn_scale(rr, 1 / ratio, Rk);
            }
            cells[1 + 2 * k] = R(isfinite(log_norm[k]) ? log_norm[k] : NAN); /* R vanished */
            /* A rate that is not positive bounds nothing from 1 on. */
            cells[2 + 2 * k] =
                R((double)t * log10(fmax(attndyn_projection_rate(eta, x->kappa), 1e-300)));
        }
        ATTNDYN_TRY(results_emit(ctx, results, "decay", cells, 1 + 2 * SIZES));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status scalar_example(struct attndyn_context *ctx, const struct params *p,
                                          struct results *results) {
    const double eta = param_real(p, "scalar_eta");
    const long steps = param_int(p, "scalar_steps");
    struct attndyn_modulated g;
    ATTNDYN_TRY(attndyn_modulated_scalar(ctx, param_real(p, "scalar_A"),
                                         param_real(p, "scalar_beta"), param_real(p, "scalar_W0"),
                                         &g));
    double *W, Rt, before, work, excess = -INFINITY;
    ATTNDYN_ALLOC(ctx, W, (size_t)steps + 1);
    struct attndyn_projection_variation variation = {.lipschitz_b = fabs(g.beta), .c_max = 1};
    W[0] = g.base.W[0];
    for (long t = 0; t <= steps; t++) { /* first the path, for D and b_max */
        variation.d = fmax(variation.d, fabs(W[t]));
        variation.b_max = fmax(variation.b_max, fabs(attndyn_modulated_factor_b(&g, &W[t])));
        attndyn_modulated_gradient(&g, &W[t], &work, &Rt);
        if (t < steps) W[t + 1] = W[t] + eta * Rt;
    }
    attndyn_modulated_gradient(&g, &W[0], &work, &before);
    for (long t = 1; t <= steps && fabs(before) > 1e-12; t++) {
        const double kappa = attndyn_modulated_factor_b(&g, &W[t - 1]);
        attndyn_modulated_gradient(&g, &W[t], &work, &Rt);
        const double ratio = fabs(Rt) / fabs(before);
        const double printed = attndyn_projection_rate_printed(eta, kappa, &variation);
        excess = fmax(excess, ratio - printed);
        ATTNDYN_TRY(EMIT(ctx, results, "scalar", I(t), R(W[t]), R(ratio), R(printed),
                         R(attndyn_projection_rate_varying(eta, kappa, &variation))));
        before = Rt;
    }
    ATTNDYN_TRY(results_emit_state(ctx, results, "W", &W[steps], 1));
    return results_scalar(ctx, results, "scalar_excess", excess);
}

/* Largest ||X_i||_2 of N symmetric positive semidefinite (k, k) matrices. */
static enum attndyn_status largest_norm(struct attndyn_context *ctx, size_t N, size_t k,
                                        const double *X, double *largest) {
    double *values;
    ATTNDYN_ALLOC(ctx, values, k);
    *largest = 0;
    for (size_t i = 0; i < N; i++) {
        ATTNDYN_TRY(attndyn_eigen_symmetric(ctx, k, X + i * k * k, values, NULL));
        *largest = fmax(*largest, values[k - 1]);
    }
    return ATTNDYN_OK;
}

/* Projected ascent with A(W), B(W), C(W) at the largest step for which I - eta S^(W) contracts by
 * 1 - eta kappa(W) at every W: where the rate is tightest. */
static enum attndyn_status varying(struct attndyn_context *ctx, const struct params *p, long seed,
                                   struct instance *x, struct results *results) {
    const size_t mn = x->g.m * x->g.n, rr = x->projection.r * x->projection.r;
    const long steps = param_int(p, "varying_steps");
    struct attndyn_modulated g;
    struct attndyn_random random;
    /* A stream of its own: the instance does not depend on the modulation. */
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, (enum attndyn_random_kind)param_choice(p, "rng"),
                                    attndyn_random_derive((uint64_t)seed, "modulation", 0)));
    const enum attndyn_status drawn =
        attndyn_modulated_draw(ctx, &random, &x->g, param_real(p, "alpha"), param_real(p, "beta"),
                               param_real(p, "gamma"), &g);
    attndyn_random_done(&random);
    ATTNDYN_TRY(drawn);
    double b_norm, c_norm, *W, *ratio, *kappa, *Rt;
    ATTNDYN_TRY(largest_norm(ctx, g.base.N, g.base.m, g.base.B, &b_norm));
    ATTNDYN_TRY(largest_norm(ctx, g.base.N, g.base.n, g.base.C, &c_norm));
    struct attndyn_projection_variation variation = {
        .lipschitz_a = g.alpha,
        .lipschitz_b = g.beta * b_norm,
        .lipschitz_c = g.gamma * c_norm,
        .b_max = (1 + g.beta) * b_norm,
        .c_max = (1 + g.gamma) * c_norm,
    };
    const double eta = step_size(x, 1) / ((1 + g.beta) * (1 + g.gamma));
    ATTNDYN_ALLOC(ctx, W, mn);
    ATTNDYN_ALLOC(ctx, ratio, (size_t)steps);
    ATTNDYN_ALLOC(ctx, kappa, (size_t)steps);
    ATTNDYN_ALLOC(ctx, Rt, rr);
    memcpy(W, g.base.W, mn * sizeof *W);
    attndyn_modulated_gradient(&g, W, x->work, x->G);
    attndyn_projection_reduce(&x->projection, x->G, Rt);
    double before = attndyn_norm(rr, Rt), worst = 0;
    const double start = before;
    long t = 0;
    for (; t < steps && before > 1e-10 * start; t++) {
        kappa[t] = x->kappa * attndyn_modulated_factor_b(&g, W) * attndyn_modulated_factor_c(&g, W);
        variation.d = fmax(variation.d, attndyn_norm(mn, W));
        attndyn_projection_lift(&x->projection, eta, Rt, W);
        attndyn_modulated_gradient(&g, W, x->work, x->G);
        attndyn_projection_reduce(&x->projection, x->G, Rt);
        ratio[t] = attndyn_norm(rr, Rt) / before;
        before *= ratio[t];
        worst = fmax(worst, ratio[t]);
    }
    variation.d = fmax(variation.d, attndyn_norm(mn, W));
    double excess = -INFINITY, excess_printed = -INFINITY;
    for (long k = 0; k < t; k++) {
        excess =
            fmax(excess, ratio[k] - attndyn_projection_rate_varying(eta, kappa[k], &variation));
        excess_printed = fmax(
            excess_printed, ratio[k] - attndyn_projection_rate_printed(eta, kappa[k], &variation));
    }
    return EMIT(ctx, results, "varying", I(seed), R(eta), R(variation.d), R(worst),
                R(excess_printed), R(excess));
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    const long m = param_int(p, "m"), n = param_int(p, "n"), r = param_int(p, "r");
    const long seed = param_int(p, "seed"), seeds = param_int(p, "seeds");
    if (r > m || r > n)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "r = %ld: expected at most min(m, n) = %ld", r,
                            m < n ? m : n);
    for (long s = seed; s < seed + seeds; s++) {
        struct instance x;
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
        attndyn_progress(ctx, "instances", (double)(s - seed), (double)seeds);
        ATTNDYN_TRY(prepare(ctx, p, s, &x));
        ATTNDYN_TRY(rates(ctx, p, s, &x, results));
        ATTNDYN_TRY(ascend(ctx, p, s, &x, results));
        if (s == seed) {
            ATTNDYN_TRY(decay(ctx, p, &x, results));
            ATTNDYN_TRY(results_emit_state(ctx, results, "kappa", &x.kappa, 1));
            ATTNDYN_TRY(
                results_emit_state(ctx, results, "lambda", x.spectrum.lambda, (size_t)(r * r)));
            ATTNDYN_TRY(results_emit_state(ctx, results, "G_0", x.G, (size_t)(m * n)));
            ATTNDYN_TRY(results_scalar(ctx, results, "kappa", x.kappa));
            ATTNDYN_TRY(results_scalar(ctx, results, "lambda_min", x.spectrum.lambda1));
            ATTNDYN_TRY(results_scalar(ctx, results, "lambda_max", x.spectrum.lambda_max));
            ATTNDYN_TRY(results_scalar(ctx, results, "norm_stall",
                                       results_real(results, "instances", 0, "norm_solved")));
        }
        ATTNDYN_TRY(varying(ctx, p, s, &x, results));
        attndyn_free(ctx, x.g.B);
        attndyn_free(ctx, x.g.C);
        attndyn_free(ctx, x.restricted.B);
        attndyn_free(ctx, x.restricted.C);
    }
    return scalar_example(ctx, p, results);
}

const struct experiment experiment_lowrank_projection = {
    .id = "lowrank/projection",
    .title = "Fixed projections: GaLore's Theorem 3.8, its step size and its correction term",
    .source = "GaLore (arXiv 2403.03507), Theorem 3.8",
    .doc =
        "R_t = P^T G_t Q with fixed orthonormal P, Q (here the leading singular vectors of G_0),\n"
        "W <- W + eta P R Q^T. For constant A, B, C: vec R_t = (I - eta S^) vec R_{t-1} with\n"
        "S^ = (1/N) sum_i (Q^T C_i Q) kron (P^T B_i P), lambda_min(S^) >= kappa =\n"
        "(1/N) sum_i lambda_min(P^T B_i P) lambda_min(Q^T C_i Q), and ||R_t|| <= (1 - eta kappa)\n"
        "||R_{t-1}||: if eta <= 2/(kappa + lambda_max(S^)), a condition that the theorem does not\n"
        "state. R vanishes, G does not: ascent stalls where R = 0.\n"
        "For A, B, C that move with W the printed rate is 1 - eta(kappa - L_A - L_B L_C D^2); "
        "what\n"
        "holds (derived here) is 1 - eta(kappa - L_A - D(L_B c_max + L_C b_max)), b_max, c_max "
        "the\n"
        "largest ||B_i||, ||C_i||. The scalar example G = A - (1 + beta W) W separates them.\n"
        "Instances as in lowrank/stable-rank, kind=generic, seeds seed, seed + 1, ...; moving "
        "ones:\n"
        "A + alpha sin<Ka,W> E, (1 + beta sin<Kb,W>) B_i, (1 + gamma sin<Kc,W>) C_i.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = projection_checks,
    .run = run,
};
