/* A fixed subspace stalls, switching it converges: GaLore's composition of subspaces. */
#include "experiments/lowrank/shared/instance.h"
#include "sim/model/lowrank/spectrum.h"
#include "sim/num/blas.h"
#include "sim/num/linalg.h"

#include <string.h>

#define SWITCHING(X)                                                                               \
    X(INT, m, "8", "rows of W", IN(1, 40))                                                         \
    X(INT, n, "10", "columns of W", IN(1, 50))                                                     \
    X(INT, N, "6", "samples N", IN(1, 100000))                                                     \
    X(INT, seed, "3", "seed of the instance")                                                      \
    RANDOM_STREAM(X)                                                                               \
    X(REALS, r, "1,2,4", "ranks r of the subspace", IN(1, 40))                                     \
    X(REALS, T, "0,1,10,50,200", "steps T between two choices of the subspace; 0: never again",    \
      IN(0, 1e9))                                                                                  \
    X(REAL, eta, "0", "step size eta; 0: 1/lambda_max(S)", IN(0, 1e6))                             \
    X(INT, t_end, "6000", "steps of ascent", IN(1, 10000000), .unit = "steps")                     \
    X(REALS, probes, "0,200,1000,4000", "times at which the table probes has a row", IN(0, 1e9),   \
      .unit = "steps")                                                                             \
    X(INT, full_steps, "300", "steps of GaLore with r = min(m, n) beside plain ascent",            \
      IN(1, 1000000), .unit = "steps")                                                             \
    X(INT, full_period, "20", "steps between two choices of its subspaces, beside one",            \
      IN(2, 1000000), .unit = "steps")
PARAMS(switching, SWITCHING)
#define PARAMETERS switching

#define PROBES(X)                                                                                  \
    X(INT, r, "rank r")                                                                            \
    X(INT, T, "period T; 0: never switched", .unit = "steps")                                      \
    X(INT, t, "time t", .unit = "steps")                                                           \
    X(REAL, norm_G, "||G_t||_F")                                                                   \
    X(REAL, loss, "loss, (1/2) vec(W - W*)^T S vec(W - W*)")
TABLE(probes, PROBES, "||G_t|| and loss at the probes, by rank and period")

#define RUNS(X)                                                                                    \
    X(INT, r, "rank r")                                                                            \
    X(INT, T, "period T; 0: never switched", .unit = "steps")                                      \
    X(REAL, norm_end, "||G||_F at t_end")                                                          \
    X(REAL, loss_end, "loss at t_end")                                                             \
    X(REAL, late_change, "relative change of ||G|| from t_end/4 to t_end")                         \
    X(REAL, worst_rise, "largest rise of the loss in a step, over the loss at the start")          \
    X(REAL, norm_R, "||P^T G|| at t_end/4, over ||G_0||")                                          \
    X(OPTIONAL, norm_solved,                                                                       \
      "never switched: ||G||_F where P^T G = 0, by solving for it; empty: switched")
TABLE(runs, RUNS, "how each run ended")

#define PATH(X)                                                                                    \
    X(INT, t, "time t", .unit = "steps")                                                           \
    X(INT, r, "rank r")                                                                            \
    X(INT, T, "period T", .unit = "steps")                                                         \
    X(REAL, norm_G, "||G_t||_F")
TABLE(path, PATH, "||G_t|| at times spaced logarithmically")

#define FULL(X)                                                                                    \
    X(INT, sides, "1: one projection, P P^T G; 2: two, P P^T G Q Q^T")                             \
    X(INT, T, "period T", .unit = "steps")                                                         \
    X(REAL, difference,                                                                            \
      "largest distance of W_t from that of plain ascent, over the way of the latter")
TABLE(full, FULL, "r = min(m, n) beside plain ascent")

#define SUMMARY(X)                                                                                 \
    X(REAL, norm_start, "||G_0||_F")                                                               \
    X(REAL, loss_start, "loss at W_0")                                                             \
    X(REAL, eta, "step size eta")                                                                  \
    X(REAL, slowest,                                                                               \
      "1 - eta lambda_min(S), the share of the slowest mode that full-rank ascent leaves after "   \
      "a step")                                                                                    \
    X(REAL, norm_end, "||G||_F at t_end of the last run")
SCALARS(summary, SUMMARY)

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

static enum attndyn_status prepare(const struct trial *run, const struct switching *p,
                                   struct study *s) {
    const size_t m = (size_t)p->m, n = (size_t)p->n, mn = m * n;
    ATTNDYN_TRY(instance_draw(run, p->rng, (uint64_t)p->seed, ATTNDYN_PARAMETRIC_GENERIC, m, n,
                              (size_t)p->N, 0, &s->g));
    double **const buffers[] = {&s->optimum, &s->G0, &s->W, &s->G, &s->R, &s->gap};
    for (size_t k = 0; k < sizeof buffers / sizeof *buffers; k++)
        ATTNDYN_ALLOC(run->ctx, *buffers[k], mn);
    ATTNDYN_ALLOC(run->ctx, s->work, 2 * mn);
    struct attndyn_spectrum spectrum;
    ATTNDYN_TRY(attndyn_spectrum_create(run->ctx, &s->g, 1e-9, false, &spectrum));
    s->eta = p->eta > 0 ? p->eta : 1 / spectrum.lambda_max;
    s->slowest = 1 - s->eta * spectrum.lambda1;
    if (s->eta * spectrum.lambda_max >= 2)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "eta = %g: ascent needs eta < 2/lambda_max = %g", s->eta,
                            2 / spectrum.lambda_max);
    double *S, *y;
    ATTNDYN_ALLOC(run->ctx, S, mn * mn);
    ATTNDYN_ALLOC(run->ctx, y, mn);
    attndyn_parametric_operator(&s->g, S);
    attndyn_parametric_vec(m, n, s->g.A, y);
    ATTNDYN_TRY(attndyn_linear_solve(run->ctx, mn, S, 1, y, y));
    attndyn_parametric_unvec(m, n, y, s->optimum);
    attndyn_parametric_gradient(&s->g, s->g.W, s->work, s->G0);
    memcpy(s->W, s->g.W, mn * sizeof *s->W);
    s->loss_start = loss(s);
    return ATTNDYN_OK;
}

static bool is_probe(struct reals probes, long t) {
    for (size_t k = 0; k < probes.count; k++)
        if (probes.at[k] == (double)t) return true;
    return false;
}

static enum attndyn_status run_one(const struct trial *run, const struct switching *p,
                                   struct study *s, long r, long T, double *norm_end) {
    const size_t mn = s->g.m * s->g.n;
    struct attndyn_projection projection;
    ATTNDYN_TRY(attndyn_projection_create(run->ctx, s->g.m, s->g.n, (size_t)r, false, &projection));
    memcpy(s->W, s->g.W, mn * sizeof *s->W);
    double before = s->loss_start, rise = 0, norm = 0, quarter = 0, norm_R = 0, solved = NAN;
    long next = 0;
    for (long t = 0; t <= p->t_end; t++) {
        attndyn_parametric_gradient(&s->g, s->W, s->work, s->G);
        const double now = loss(s);
        norm = attndyn_norm(mn, s->G);
        rise = fmax(rise, (now - before) / s->loss_start);
        before = now;
        if (t == p->t_end / 4) quarter = norm;
        if (is_probe(p->probes, t))
            ATTNDYN_TRY(EMIT(run, probes, .r = r, .T = T, .t = t, .norm_G = norm, .loss = now));
        if (t >= next) {
            ATTNDYN_TRY(EMIT(run, path, .t = t, .r = r, .T = T, .norm_G = norm));
            next = t < 20 ? t + 1 : (long)ceil(1.06 * (double)t);
        }
        if (t == 0 || (T > 0 && t % T == 0))
            ATTNDYN_TRY(attndyn_projection_from(run->ctx, s->G, &projection));
        attndyn_projection_reduce(&projection, s->G, s->R);
        if (t == p->t_end / 4)
            norm_R = attndyn_norm((size_t)r * s->g.n, s->R) / attndyn_norm(mn, s->G0);
        attndyn_projection_lift(&projection, s->eta, s->R, s->W);
    }
    if (T == 0) {
        struct attndyn_parametric restricted;
        ATTNDYN_TRY(attndyn_projection_restrict(run->ctx, &projection, &s->g, &restricted));
        ATTNDYN_TRY(instance_stall(run->ctx, &s->g, &projection, &restricted, &solved));
    }
    *norm_end = norm;
    return EMIT(run, runs, .r = r, .T = T, .norm_end = norm, .loss_end = before,
                .late_change = quarter > 0 ? fabs(norm / quarter - 1) : 0, .worst_rise = rise,
                .norm_R = norm_R, .norm_solved = solved);
}

/* r = min(m, n), with one projection or two: does the path stay that of plain ascent? */
static enum attndyn_status follow(const struct trial *run, const struct switching *p,
                                  struct study *s, long sides, long T) {
    const size_t m = s->g.m, n = s->g.n, mn = m * n, r = m < n ? m : n;
    struct attndyn_projection projection;
    double *plain, *gradient, difference = 0, way = 0;
    ATTNDYN_ALLOC(run->ctx, plain, mn);
    ATTNDYN_ALLOC(run->ctx, gradient, mn);
    ATTNDYN_TRY(attndyn_projection_create(run->ctx, m, n, r, sides == 2, &projection));
    memcpy(s->W, s->g.W, mn * sizeof *s->W);
    memcpy(plain, s->g.W, mn * sizeof *plain);
    for (long t = 0; t < p->full_steps; t++) {
        attndyn_parametric_gradient(&s->g, plain, s->work, gradient);
        attndyn_axpy(mn, s->eta, gradient, plain);
        attndyn_parametric_gradient(&s->g, s->W, s->work, s->G);
        if (t % T == 0) ATTNDYN_TRY(attndyn_projection_from(run->ctx, s->G, &projection));
        attndyn_projection_reduce(&projection, s->G, s->R);
        attndyn_projection_lift(&projection, s->eta, s->R, s->W);
        memcpy(s->gap, s->W, mn * sizeof *s->gap);
        attndyn_axpy(mn, -1, plain, s->gap);
        difference = fmax(difference, attndyn_norm(mn, s->gap));
        memcpy(s->gap, plain, mn * sizeof *s->gap);
        attndyn_axpy(mn, -1, s->g.W, s->gap);
        way = fmax(way, attndyn_norm(mn, s->gap));
    }
    return EMIT(run, full, .sides = sides, .T = T, .difference = difference / way);
}

RUN(switching) {
    struct study s;
    double norm = NAN;
    ATTNDYN_TRY(
        whole_numbers(run, "r", p->r, fmin((double)p->m, (double)p->n), " up to min(m, n)"));
    ATTNDYN_TRY(whole_numbers(run, "T", p->T, INFINITY, ""));
    ATTNDYN_TRY(prepare(run, p, &s));
    const size_t mn = s.g.m * s.g.n, ranks = p->r.count, periods = p->T.count;
    for (size_t i = 0; i < ranks; i++)
        for (size_t k = 0; k < periods; k++) {
            ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
            attndyn_progress(run->ctx, "runs", (double)(i * periods + k),
                             (double)(ranks * periods));
            ATTNDYN_TRY(run_one(run, p, &s, (long)p->r.at[i], (long)p->T.at[k], &norm));
        }
    ATTNDYN_TRY(STATE(run, W, s.W, mn));
    for (long sides = 1; sides <= 2; sides++) {
        ATTNDYN_TRY(follow(run, p, &s, sides, 1));
        ATTNDYN_TRY(follow(run, p, &s, sides, p->full_period));
    }
    ATTNDYN_TRY(STATE(run, W_optimum, s.optimum, mn));
    ATTNDYN_TRY(STATE(run, G_0, s.G0, mn));
    return SET(run, summary, .norm_start = attndyn_norm(mn, s.G0), .loss_start = s.loss_start,
               .eta = s.eta, .slowest = s.slowest, .norm_end = norm);
}

/* Never switched and not of full rank: these stall. */
static bool fixed(const struct switching *p, const struct runs *r) {
    return r->T == 0 && r->r < p->m;
}

/* The stall can be judged once R has died out in the fixed runs; true, with a verdict, if it has
 * not. */
static bool undecided(const struct trial *run, const struct switching *p, struct verdict *v) {
    double left = NOTHING_YET;
    size_t seen = 0;
    EACH_ROW (run, runs, r) {
        if (!fixed(p, r)) continue;
        worst(&left, r->norm_R);
        seen++;
    }
    if (seen == 0)
        verdict_skip(v, "no run with T = 0 and r < m");
    else if (left > 1e-13)
        verdict_skip(v, "R has not died out by t_end/4 (%.2g is left): raise t_end", left);
    return seen == 0 || left > 1e-13;
}

CLAIM(stalls, "SW.fixed-stalls", DERIVED,
      "ascent in one fixed subspace of rank r < m stalls: G stands still and is not zero",
      "in a run that never switches ||G|| moves by more than {bound} of it from t_end/4 to t_end, "
      "or ends below a thousandth of its start",
      .bound = 1e-12) {
    double change = NOTHING_YET, least = INFINITY, start = SCALAR_OF(run, summary, norm_start);
    if (undecided(run, p, v)) return ATTNDYN_OK;
    EACH_ROW (run, runs, r) {
        if (!fixed(p, r)) continue;
        worst(&change, r->late_change);
        least = smaller_of(least, r->norm_end);
    }
    if (!(least > 1e-3 * start))
        return verdict_at_least(v, least, 1e-3 * start, "a fixed subspace did not stall");
    return verdict_at_most(v, change, v->bound,
                           "largest relative change of ||G|| from t_end/4 to t_end; stalled at "
                           "%.4g or more, of %.4g",
                           least, start);
}

CLAIM(stall_point, "SW.stall-point", OF(G_S41),
      "In a fixed subspace, spanned by the columns of P, ascent stalls where P^T G = 0",
      "in a run that never switches ||G|| at t_end is off that of the solution of P^T G = 0 by "
      "more than {bound} of it",
      .bound = 1e-10) {
    double off = NOTHING_YET;
    if (undecided(run, p, v)) return ATTNDYN_OK;
    EACH_ROW (run, runs, r)
        if (fixed(p, r)) worst(&off, r->norm_end / r->norm_solved - 1);
    return verdict_at_most(v, off, v->bound, "||G|| at t_end against the solution of P^T G = 0");
}

/* Judged where it has had the time: a rank r of m moves r/m of the rows a step, so that full-rank
 * ascent, at the pace of S' smallest eigenvalue, must be done in t_end r/m steps. */
CLAIM(converges, "SW.switching-converges", OF(G_S41),
      "where the subspace is chosen anew every T <= 10 steps ascent reaches G = 0, at every rank "
      "r, if it has the time: where full-rank ascent would reach it in t_end r/m steps",
      "in such a run ||G|| at t_end is above {bound}",
      .bound = 1e-12 /* of the order of ten at the start */) {
    struct tally most = {NOTHING_YET, 0};
    EACH_ROW (run, runs, r) {
        double steps = (double)r->r / (double)p->m * (double)p->t_end;
        double left =
            SCALAR_OF(run, summary, norm_start) * pow(SCALAR_OF(run, summary, slowest), steps);
        if (r->T < 1 || r->T > 10 || left > v->bound) continue;
        tally_worst(&most, r->norm_end);
    }
    if (most.n == 0)
        return verdict_skip(v, "no run with T from 1 to 10 has had the time: raise t_end");
    return verdict_at_most(v, most.value, v->bound,
                           "largest ||G|| at t_end over %zu runs with T from 1 to 10", most.n);
}

CLAIM(descent, "SW.descent", DERIVED,
      "the loss (1/2) vec(W - W*)^T S vec(W - W*), W* its minimum, rises in no step, whether the "
      "subspace is switched or not",
      "one step of one run raises it by more than {bound} of its start", .bound = 1e-13) {
    const double rise = WORST(run, runs, worst_rise);
    return verdict_at_most(v, rise, v->bound, "largest rise of the loss in a step over its start");
}

/* Of the runs in which P P^T G Q Q^T = G: one projection, of the short side, or two of the present
 * gradient. */
static double followed(const struct trial *run, const struct switching *p) {
    double off = NOTHING_YET;
    EACH_ROW (run, full, r)
        if (r->T == 1 || (r->sides == 1 && p->m <= p->n)) worst(&off, r->difference);
    return off;
}

CLAIM(full_rank, "SW.full-rank", OF(G_R33),
      "for r = min(m, n) and rho_t the identity the path of W is that of plain ascent, with one "
      "projection, of the shorter side, or with two that are chosen anew at every step",
      "the paths part by more than {bound} of the way of plain ascent", .bound = 1e-12) {
    return verdict_at_most(v, followed(run, p), v->bound,
                           "largest distance of W_t from that of plain ascent, over the way of "
                           "the latter, %ld steps",
                           p->full_steps);
}

/* A millionth of the way is far above rounding. */
CLAIM(two_sided, "SW.two-kept", DERIVED,
      "Two projections that are kept for several steps leave the path of plain ascent even at r = "
      "min(m, n); with one projection, of the shorter side, or two of the present gradient, it is "
      "followed to rounding.",
      "with two projections kept for several steps the paths part by less than {bound} of the "
      "way, or with the others by more than {beside}",
      .bound = 1e-6, .beside = 1e-12) {
    double parted = 0;
    if (p->m == p->n) return verdict_skip(v, "m = n: P and Q are both square");
    EACH_ROW (run, full, r)
        if (r->sides == 2 && r->T > 1) parted = r->difference;
    return verdict_contrast(v, parted, v->bound, followed(run, p), v->holds_bound,
                            "P and Q kept for %ld steps: the paths part by %.3g of the way; with "
                            "one projection, or with P and Q of the present gradient, by %.2g",
                            p->full_period, parted, followed(run, p));
}

static const struct check *const switching_claims[] = {
    &stalls, &stall_point, &converges, &descent, &full_rank, &two_sided, NULL};

const struct experiment experiment_lowrank_switching = {
    .id = "lowrank/switching",
    .title = "A fixed subspace stalls, switching it converges",
    .source = "GaLore (arXiv 2403.03507), composition of low-rank subspaces; Theorem 3.8",
    .doc =
        "The parametric gradient G = (1/N) sum_i (A_i - B_i W C_i) is projected from one side: W "
        "<- W + eta P P^T G, P the r leading left singular vectors of G, chosen at t = 0 and, for "
        "T > 0, again every T steps; GaLore's rho_t, the rule of the optimiser within the "
        "subspace, is the identity. The loss is (1/2) vec(W - W*)^T S vec(W - W*), S = (1/N) "
        "sum_i C_i kron B_i and W* the minimum; G is its steepest descent. The instance is that "
        "of lowrank/stable-rank with kind=generic. Only P P^T enters: signs and order of the "
        "singular vectors do not matter.",
    .presets =
        (const struct preset[]){
            {"quick", "", "a matrix of 8 x 10, N = 6 samples, three ranks, five periods"},
            {"paper", "m=16 n=24 r=1,4,8 T=0,1,10,200 t_end=8000 probes=0,200,1000,4000,8000",
             "a matrix of 16 x 24, three ranks, four periods, 8000 steps"},
            {0}},
    .tables = TABLES(probes, runs, path, full, the_state),
    .figures =
        (const struct figure[]){
            {"switching", "lowrank/switching/switching.gp",
             "||G_t|| over the steps of ascent under one-sided projections of rank r. Where the "
             "subspace is never chosen anew (T = 0) it stalls at a level above zero; where it is "
             "chosen every T steps from the leading singular vectors of the present gradient it "
             "falls on, the later the larger T."},
            {0}},
    PARTS_OF(switching, summary)};
