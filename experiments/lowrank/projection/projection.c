/* GaLore's Theorem 3.8: convergence under fixed projections, its step size, its correction term. */
#include "projection.h"

#include "sim/model/lowrank/modulated.h"
#include "sim/model/lowrank/spectrum.h"
#include "sim/num/blas.h"
#include "sim/num/linalg.h"
#include "theory/lowrank/bounds.h"

#include <string.h>

/* One instance, its projection and what R obeys. */
struct instance {
    struct attndyn_parametric g, restricted;
    struct attndyn_projection projection;
    struct attndyn_spectrum spectrum; /* of S^ */
    double kappa;
    double *G, *R, *work; /* (m, n), (r, r), 2 m n */
};

static enum attndyn_status prepare(const struct trial *run, const struct projection *p, long seed,
                                   struct instance *x) {
    const size_t m = (size_t)p->m, n = (size_t)p->n;
    const size_t r = (size_t)p->r;
    ATTNDYN_TRY(instance_draw(run, p->rng, (uint64_t)seed, ATTNDYN_PARAMETRIC_GENERIC, m, n,
                              (size_t)p->N, 0, &x->g));
    ATTNDYN_ALLOC(run->ctx, x->G, m * n);
    ATTNDYN_ALLOC(run->ctx, x->R, r * r);
    ATTNDYN_ALLOC(run->ctx, x->work, 2 * m * n);
    attndyn_parametric_gradient(&x->g, x->g.W, x->work, x->G);
    ATTNDYN_TRY(attndyn_projection_create(run->ctx, m, n, r, true, &x->projection));
    ATTNDYN_TRY(attndyn_projection_from(run->ctx, x->G, &x->projection));
    attndyn_projection_reduce(&x->projection, x->G, x->R);
    ATTNDYN_TRY(attndyn_projection_restrict(run->ctx, &x->projection, &x->g, &x->restricted));
    ATTNDYN_TRY(attndyn_spectrum_create(run->ctx, &x->restricted, 1e-9, false, &x->spectrum));
    return attndyn_parametric_kappa(run->ctx, &x->restricted, &x->kappa);
}

static double step_size(const struct instance *x, enum step size) {
    const double largest = x->spectrum.lambda_max;
    return size == STEP_PLAIN   ? 1 / largest
           : size == STEP_LIMIT ? attndyn_projection_step_limit(x->kappa, largest)
                                : 1.99 / largest;
}

/* R <- (I - eta S^) R, R of any norm; work: 2 r^2. */
static void contract(const struct instance *x, double eta, double *work, double *Rt) {
    const size_t rr = x->projection.r * x->projection.r;
    attndyn_parametric_apply(&x->restricted, Rt, work, work + rr);
    attndyn_axpy(rr, -eta, work + rr, Rt);
}

/* The largest ratio of successive norms over t_end steps, R renormalised after each. */
static enum attndyn_status rates(const struct trial *run, const struct projection *p, long seed,
                                 const struct instance *x) {
    const size_t rr = x->projection.r * x->projection.r;
    double *Rt, *work;
    ATTNDYN_ALLOC(run->ctx, Rt, rr);
    ATTNDYN_ALLOC(run->ctx, work, 2 * rr);
    for (enum step k = 0; k < STEPS; k++) {
        const double eta = step_size(x, k), rate = attndyn_projection_rate(eta, x->kappa);
        memcpy(Rt, x->R, rr * sizeof *Rt);
        attndyn_scale(rr, 1 / attndyn_norm(rr, Rt), Rt);
        double most = 0, ratio = 0, settling = 1;
        for (long t = 0; t < p->t_end; t++) {
            const double last = ratio;
            contract(x, eta, work, Rt);
            ratio = attndyn_norm(rr, Rt);
            settling = fabs(ratio - last);
            most = fmax(most, ratio);
            if (ratio == 0) break;
            attndyn_scale(rr, 1 / ratio, Rt);
        }
        ATTNDYN_TRY(EMIT(run, rates, .seed = seed, .step = step_names[k], .eta = eta, .rate = rate,
                         .worst_ratio = most, .excess = most - rate, .settling = settling));
    }
    return ATTNDYN_OK;
}

/* Projected ascent on W itself at eta = 1/lambda_max, R_t held against its recursion. */
static enum attndyn_status ascend(const struct trial *run, const struct projection *p, long seed,
                                  struct instance *x, double *solved) {
    const size_t mn = x->g.m * x->g.n, rr = x->projection.r * x->projection.r;
    const double eta = step_size(x, STEP_PLAIN), norm_R = attndyn_norm(rr, x->R);
    double *W, *G, *Rt, *expected, *work, off = 0;
    ATTNDYN_ALLOC(run->ctx, W, mn);
    ATTNDYN_ALLOC(run->ctx, G, mn);
    ATTNDYN_ALLOC(run->ctx, Rt, rr);
    ATTNDYN_ALLOC(run->ctx, expected, rr);
    ATTNDYN_ALLOC(run->ctx, work, 2 * rr);
    memcpy(W, x->g.W, mn * sizeof *W);
    memcpy(G, x->G, mn * sizeof *G);
    memcpy(Rt, x->R, rr * sizeof *Rt);
    for (long t = 1; t <= p->t_end; t++) {
        memcpy(expected, Rt, rr * sizeof *Rt);
        contract(x, eta, work, expected);
        attndyn_projection_lift(&x->projection, eta, Rt, W);
        attndyn_parametric_gradient(&x->g, W, x->work, G);
        attndyn_projection_reduce(&x->projection, G, Rt);
        attndyn_axpy(rr, -1, Rt, expected);
        worst(&off, attndyn_norm(rr, expected) / norm_R);
    }
    ATTNDYN_TRY(instance_stall(run->ctx, &x->g, &x->projection, &x->restricted, solved));
    return EMIT(run, instances, .seed = seed, .norm_G = attndyn_norm(mn, x->G), .norm_R = norm_R,
                .kappa = x->kappa, .lambda_min = x->spectrum.lambda1,
                .lambda_max = x->spectrum.lambda_max, .norm_stall = attndyn_norm(mn, G),
                .norm_solved = *solved, .norm_R_end = attndyn_norm(rr, Rt) / norm_R,
                .recursion = off);
}

static enum attndyn_status decay(const struct trial *run, const struct projection *p,
                                 const struct instance *x) {
    const size_t rr = x->projection.r * x->projection.r;
    double *Rt, *work, log_norm[STEPS] = {0};
    ATTNDYN_ALLOC(run->ctx, Rt, STEPS * rr);
    ATTNDYN_ALLOC(run->ctx, work, 2 * rr);
    for (enum step k = 0; k < STEPS; k++) {
        memcpy(Rt + (size_t)k * rr, x->R, rr * sizeof *Rt);
        attndyn_scale(rr, 1 / attndyn_norm(rr, x->R), Rt + (size_t)k * rr);
    }
    for (long t = 0; t <= p->decay_steps; t++) {
        double at[STEPS], bound[STEPS];
        for (enum step k = 0; k < STEPS; k++) {
            double *Rk = Rt + (size_t)k * rr;
            const double eta = step_size(x, k);
            if (t > 0) {
                contract(x, eta, work, Rk);
                const double ratio = attndyn_norm(rr, Rk);
                log_norm[k] += log10(ratio);
                if (ratio > 0) attndyn_scale(rr, 1 / ratio, Rk);
            }
            at[k] = isfinite(log_norm[k]) ? log_norm[k] : NAN; /* R vanished */
            /* A rate <= 0 gives no bound. */
            bound[k] = (double)t * log10(fmax(attndyn_projection_rate(eta, x->kappa), 1e-300));
        }
        ATTNDYN_TRY(EMIT(run, decay, .t = t, .at_1 = at[0], .bound_1 = bound[0], .at_2 = at[1],
                         .bound_2 = bound[1], .at_3 = at[2], .bound_3 = bound[2]));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status scalar_example(const struct trial *run, const struct projection *p) {
    const double eta = p->scalar_eta;
    const long steps = p->scalar_steps;
    struct attndyn_modulated g;
    ATTNDYN_TRY(attndyn_modulated_scalar(run->ctx, p->scalar_A, p->scalar_beta, p->scalar_W0, &g));
    double *W, Rt, before, work, excess = -INFINITY;
    ATTNDYN_ALLOC(run->ctx, W, (size_t)steps + 1);
    struct attndyn_projection_variation variation = {.lipschitz_b = fabs(g.beta), .c_max = 1};
    W[0] = g.base.W[0];
    for (long t = 0; t <= steps; t++) { /* first the path, for D and b_max */
        worst(&variation.d, W[t]);
        worst(&variation.b_max, attndyn_modulated_factor_b(&g, &W[t]));
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
        ATTNDYN_TRY(EMIT(run, example, .t = t, .W = W[t], .ratio = ratio, .printed = printed,
                         .holds = attndyn_projection_rate_varying(eta, kappa, &variation)));
        before = Rt;
    }
    ATTNDYN_TRY(STATE(run, W, &W[steps], 1));
    return SCALAR(run, summary, scalar_excess, excess);
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
static enum attndyn_status varying(const struct trial *run, const struct projection *p, long seed,
                                   struct instance *x) {
    const size_t mn = x->g.m * x->g.n, rr = x->projection.r * x->projection.r;
    const long steps = p->varying_steps;
    struct attndyn_modulated g;
    struct attndyn_random random;
    /* Use a separate random stream, so that the instance does not depend on the modulation. */
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, (enum attndyn_random_kind)p->rng,
                                    attndyn_random_derive((uint64_t)seed, "modulation", 0)));
    const enum attndyn_status drawn =
        attndyn_modulated_draw(run->ctx, &random, &x->g, p->alpha, p->beta, p->gamma, &g);
    attndyn_random_done(&random);
    ATTNDYN_TRY(drawn);
    double b_norm, c_norm, *W, *ratio, *kappa, *Rt;
    ATTNDYN_TRY(largest_norm(run->ctx, g.base.N, g.base.m, g.base.B, &b_norm));
    ATTNDYN_TRY(largest_norm(run->ctx, g.base.N, g.base.n, g.base.C, &c_norm));
    struct attndyn_projection_variation variation = {
        .lipschitz_a = g.alpha,
        .lipschitz_b = g.beta * b_norm,
        .lipschitz_c = g.gamma * c_norm,
        .b_max = (1 + g.beta) * b_norm,
        .c_max = (1 + g.gamma) * c_norm,
    };
    const double eta = step_size(x, STEP_LIMIT) / ((1 + g.beta) * (1 + g.gamma));
    ATTNDYN_ALLOC(run->ctx, W, mn);
    ATTNDYN_ALLOC(run->ctx, ratio, (size_t)steps);
    ATTNDYN_ALLOC(run->ctx, kappa, (size_t)steps);
    ATTNDYN_ALLOC(run->ctx, Rt, rr);
    memcpy(W, g.base.W, mn * sizeof *W);
    attndyn_modulated_gradient(&g, W, x->work, x->G);
    attndyn_projection_reduce(&x->projection, x->G, Rt);
    double before = attndyn_norm(rr, Rt), most = 0;
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
        most = fmax(most, ratio[t]);
    }
    variation.d = fmax(variation.d, attndyn_norm(mn, W));
    double excess = -INFINITY, excess_printed = -INFINITY;
    for (long k = 0; k < t; k++) {
        excess =
            fmax(excess, ratio[k] - attndyn_projection_rate_varying(eta, kappa[k], &variation));
        excess_printed = fmax(
            excess_printed, ratio[k] - attndyn_projection_rate_printed(eta, kappa[k], &variation));
    }
    return EMIT(run, varying, .seed = seed, .eta = eta, .D = variation.d, .worst_ratio = most,
                .excess_printed = excess_printed, .excess = excess);
}

RUN(projection) {
    const long m = p->m, n = p->n, r = p->r;
    const long seed = p->seed, seeds = p->seeds;
    if (r > m || r > n)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "r = %ld: expected at most min(m, n) = %ld", r,
                            m < n ? m : n);
    for (long s = seed; s < seed + seeds; s++) {
        struct instance x;
        double solved;
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
        attndyn_progress(run->ctx, "instances", (double)(s - seed), (double)seeds);
        ATTNDYN_TRY(prepare(run, p, s, &x));
        ATTNDYN_TRY(rates(run, p, s, &x));
        ATTNDYN_TRY(ascend(run, p, s, &x, &solved));
        if (s == seed) {
            ATTNDYN_TRY(decay(run, p, &x));
            ATTNDYN_TRY(STATE(run, kappa, &x.kappa, 1));
            ATTNDYN_TRY(STATE(run, lambda, x.spectrum.lambda, (size_t)(r * r)));
            ATTNDYN_TRY(STATE(run, G_0, x.G, (size_t)(m * n)));
            ATTNDYN_TRY(SCALAR(run, summary, kappa, x.kappa));
            ATTNDYN_TRY(SCALAR(run, summary, lambda_min, x.spectrum.lambda1));
            ATTNDYN_TRY(SCALAR(run, summary, lambda_max, x.spectrum.lambda_max));
            ATTNDYN_TRY(SCALAR(run, summary, norm_stall, solved));
        }
        ATTNDYN_TRY(varying(run, p, s, &x));
        attndyn_free(run->ctx, x.g.B);
        attndyn_free(run->ctx, x.g.C);
        attndyn_free(run->ctx, x.restricted.B);
        attndyn_free(run->ctx, x.restricted.C);
    }
    return scalar_example(run, p);
}

const struct experiment experiment_lowrank_projection = {
    .id = "lowrank/projection",
    .title = "Fixed projections: GaLore's Theorem 3.8, its step size and its correction term",
    .source = "GaLore (arXiv 2403.03507), Theorem 3.8",
    .doc =
        "The gradient G_t = (1/N) sum_i (A_i - B_i W_t C_i) is projected, R_t = P^T G_t Q, with "
        "fixed P and Q of orthonormal columns (here the r leading singular vectors of G_0), and W "
        "<- W + eta P R Q^T. For constant A_i, B_i, C_i, vec R_t = (I - eta S^) vec R_{t-1} "
        "with\n    "
        "S^ = (1/N) sum_i (Q^T C_i Q) kron (P^T B_i P),\n    "
        "lambda_min(S^) >= kappa = (1/N) sum_i lambda_min(P^T B_i P) lambda_min(Q^T C_i Q),\n    "
        "||R_t|| <= (1 - eta kappa) ||R_{t-1}||   if eta <= 2/(kappa + lambda_max(S^)),\n"
        "a condition that the theorem does not state. R vanishes, G does not: ascent stalls where "
        "R = 0.\n"
        "For A, B, C that move with W, with Lipschitz constants L_A, L_B, L_C and ||W_t|| <= D, "
        "the printed rate is 1 - eta(kappa - L_A - L_B L_C D^2); what holds (derived here) is 1 - "
        "eta(kappa - L_A - D(L_B c_max + L_C b_max)), b_max and c_max the largest ||B_i|| and "
        "||C_i||. The scalar example G = A - (1 + beta W) W separates the two.\n"
        "Instances are those of lowrank/stable-rank with kind=generic, from the seeds seed, seed "
        "+ 1, ...; those that move have A + alpha sin<K_a, W> E, (1 + beta sin<K_b, W>) B_i and "
        "(1 + gamma sin<K_c, W>) C_i.",
    .presets =
        (const struct preset[]){
            {"quick", "", "matrices of 8 x 10, N = 6 samples, rank 3, five instances"},
            {"paper", "m=24 n=32 N=20 r=8 seeds=3 t_end=2000",
             "matrices of 24 x 32, 20 samples, rank 8"},
            {"short", "seeds=50", "the same, fifty instances"},
            {0}},
    .tables = TABLES(instances, rates, decay, example, varying, the_state),
    .figures =
        (const struct figure[]){
            {"projection", "lowrank/projection/projection.gp",
             "Left: ||R_t|| of the first instance under fixed projections at three step sizes "
             "(lines) and the theorem's rate (dashed): ||R_t|| stays below it up to 2/(kappa + "
             "lambda_max) and rises above it at 1.99/lambda_max. Right: |R_t|/|R_{t-1}| in the "
             "scalar example with the printed rate, which claims a faster decay than there is, "
             "and the rate that holds."},
            {0}},
    PARTS_OF(projection, summary)};
