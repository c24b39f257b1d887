#include "coupon.h"

#include "experiments/shared/kept.h"
#include "experiments/shared/solve.h"
#include "sim/base/random.h"
#include "sim/model/joma/folded.h"
#include "sim/model/nodes/committee.h"
#include "sim/num/ode_until.h"
#include "theory/nodes/coupon.h"

#include <string.h>

static enum attndyn_status strengths(const struct trial *run, const struct coupon *p, double **S) {
    size_t C = (size_t)p->C;
    ATTNDYN_ALLOC(run->ctx, *S, C);
    if (p->strengths.count != 1 && p->strengths.count != C)
        return attndyn_fail(
            run->ctx, ATTNDYN_USAGE,
            "strengths: expected one value, or one for each of the %zu latents, not "
            "%zu",
            C, p->strengths.count);
    for (size_t c = 0; c < C; c++) (*S)[c] = p->strengths.at[p->strengths.count == 1 ? 0 : c];
    return ATTNDYN_OK;
}

static bool all_found(size_t K, size_t C, const double *S, const double *v) {
    unsigned found = 0;
    for (size_t k = 0; k < K; k++) {
        size_t winner = attndyn_coupon_winner(C, S, v + k * C);
        if (winner < C) found |= 1u << winner;
    }
    return found == (1u << C) - 1;
}

static enum attndyn_status draw(const struct trial *run, const struct coupon *p, const char *what,
                                uint64_t index, size_t count, double *v) {
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, what, index)));
    attndyn_random_normals(&random, p->sd, count, v);
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

/* Joint flow and winner rule from the same starts. */
static enum attndyn_status count(const struct trial *run, const struct coupon *p, const double *S,
                                 size_t K, struct found *row) {
    enum { PARTS = 12 };
    size_t C = (size_t)p->C;
    struct attndyn_committee *model;
    double *v, t = p->t_end / p->sd;
    ATTNDYN_TRY(attndyn_committee_create(run->ctx, K, C, S, true, &model));
    ATTNDYN_ALLOC(run->ctx, v, K * C);
    struct attndyn_ode_problem problem = model->problem;
    problem.events = 0, problem.event = NULL;
    const struct attndyn_ode_options solver =
        solve_within(ATTNDYN_ODE_DOP853, p->rtol, 1e-4 * p->sd * p->rtol);
    *row = WHOLE(found, .K = (long)K, .per_latent = (double)K / (double)C, .joint = 0,
                 .independent = 0, .rule = 0, .mean_found = 0,
                 .predicted = attndyn_coupon_all(C, K, attndyn_coupon_alive(C)));
    for (long start = 0; start < p->starts; start++) {
        ATTNDYN_TRY(draw(run, p, "nodes/coupon", (uint64_t)start * 1000 + K, K * C, v));
        row->independent += all_found(K, C, S, v) / (double)p->starts;
        size_t found = 0;
        /* latents once found remain found, so stop when all are */
        for (size_t part = 0; part < PARTS && found < C; part++) {
            double from = t * (double)part / PARTS, to = t * (double)(part + 1) / PARTS;
            ATTNDYN_TRY(
                attndyn_ode_solve(run->ctx, &problem, &solver, from, v, &to, 1, NULL, NULL));
            found = attndyn_committee_found(model, v, NULL);
        }
        row->joint += (found == C) / (double)p->starts;
        row->mean_found += (double)found / (double)p->starts;
    }
    for (long start = 0; start < p->rule_starts; start++) {
        ATTNDYN_TRY(draw(run, p, "nodes/rule", (uint64_t)start * 1000 + K, K * C, v));
        row->rule += all_found(K, C, S, v) / (double)p->rule_starts;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status picks(const struct trial *run, const struct coupon *p, const double *S) {
    size_t C = (size_t)p->C, living = 0, *picked;
    double *v;
    ATTNDYN_ALLOC(run->ctx, picked, C + 1);
    ATTNDYN_ALLOC(run->ctx, v, C);
    for (long start = 0; start < p->rule_starts; start++) {
        ATTNDYN_TRY(draw(run, p, "nodes/picks", (uint64_t)start, C, v));
        size_t winner = attndyn_coupon_winner(C, S, v);
        picked[winner]++;
        living += winner < C;
    }
    for (size_t c = 0; c < C; c++)
        ATTNDYN_TRY(EMIT(run, picks, .latent = (long)c, .strength = S[c],
                         .share = (double)picked[c] / (double)(living ? living : 1)));
    return ATTNDYN_OK;
}

/* Single nodes, integrated until they blow up. */
static enum attndyn_status passages(const struct trial *run, const struct coupon *p,
                                    const double *S) {
    size_t C = (size_t)p->C;
    struct attndyn_committee *model;
    double *v;
    ATTNDYN_TRY(attndyn_committee_create(run->ctx, 1, C, S, false, &model));
    ATTNDYN_ALLOC(run->ctx, v, C);
    struct attndyn_ode_options solver = attndyn_ode_defaults(ATTNDYN_ODE_DOP853);
    model->escaped = 1e6 * p->sd;
    for (long start = 0; start < 20; start++) {
        double t;
        ATTNDYN_TRY(draw(run, p, "nodes/passage", (uint64_t)start, C, v));
        double predicted = attndyn_coupon_time(C, S, v);
        size_t rule = attndyn_coupon_winner(C, S, v), winner = 0;
        if (rule == C) continue; /* it dies */
        double end = 2 * predicted;
        const struct attndyn_ode_observer observer = attndyn_ode_until(&t);
        ATTNDYN_TRY(
            attndyn_ode_solve(run->ctx, &model->problem, &solver, 0, v, &end, 1, &observer, NULL));
        for (size_t c = 1; c < C; c++)
            if (v[c] > v[winner]) winner = c;
        t += 1 / (3 * S[winner] * v[winner]);
        ATTNDYN_TRY(EMIT(run, passage, .start = start, .t = t, .predicted = predicted,
                         .winner = (long)winner, .rule = (long)rule));
    }
    return ATTNDYN_OK;
}

/* A (rows, n) times the rotation by `angle` of the first two columns. */
static void turn(size_t rows, size_t n, double angle, double *A) {
    for (size_t l = 0; l < rows; l++) {
        double a = A[l * n], b = A[l * n + 1];
        A[l * n] = a * cos(angle) - b * sin(angle);
        A[l * n + 1] = a * sin(angle) + b * cos(angle);
    }
}

/* Turning the nodes among themselves: linear ones below one exp attention, and the committee's. */
static enum attndyn_status rotation(const struct trial *run, const struct coupon *p) {
    enum { M = 5, K = 4 };
    double delta[M * K], V[M * K], other_delta[M * K], other[M * K], t = 0.5, error = 0,
                                                                     control = 0;
    const double angle = 0.7, one[M] = {1, 1, 1, 1, 1};
    ATTNDYN_TRY(draw(run, p, "nodes/rotation", 0, M * K, delta));
    ATTNDYN_TRY(draw(run, p, "nodes/rotation", 1, M * K, V));
    for (int kind = 0; kind < 2; kind++) {
        double a[M * K], b[M * K];
        memcpy(a, V, sizeof a), memcpy(b, V, sizeof b);
        memcpy(other_delta, delta, sizeof delta);
        struct attndyn_ode_problem first, second;
        struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, 1e-12);
        if (kind == 0) {
            turn(M, K, angle, b), turn(M, K, angle, other_delta);
            struct attndyn_joma_folded linear = {.tokens = M,
                                                 .nodes = K,
                                                 .delta = delta,
                                                 .eta_w = 1,
                                                 .rho = 1,
                                                 .form = ATTNDYN_JOMA_SHARED,
                                                 .stop_at = 30,
                                                 .t_end = INFINITY,
                                                 .cap = 700};
            struct attndyn_joma_folded turned = linear;
            turned.delta = other_delta;
            ATTNDYN_TRY(attndyn_joma_folded_prepare(run->ctx, &linear));
            ATTNDYN_TRY(attndyn_joma_folded_prepare(run->ctx, &turned));
            first = attndyn_joma_folded_problem(&linear);
            second = attndyn_joma_folded_problem(&turned);
            first.events = second.events = 0, first.event = second.event = NULL;
            ATTNDYN_TRY(attndyn_ode_solve(run->ctx, &first, &solver, 0, a, &t, 1, NULL, NULL));
            ATTNDYN_TRY(attndyn_ode_solve(run->ctx, &second, &solver, 0, b, &t, 1, NULL, NULL));
            turn(M, K, angle, a);
            for (size_t i = 0; i < M * K; i++) worst(&error, a[i] - b[i]);
            continue;
        }
        /* K nodes over M latents: the state has nodes as rows */
        struct attndyn_committee *model;
        ATTNDYN_TRY(attndyn_committee_create(run->ctx, K, M, one, true, &model));
        for (size_t k = 0; k < K; k++)
            for (size_t c = 0; c < M; c++) a[k * M + c] = V[c * K + k];
        memcpy(other, V, sizeof other);
        turn(M, K, angle, other);
        for (size_t k = 0; k < K; k++)
            for (size_t c = 0; c < M; c++) b[k * M + c] = other[c * K + k];
        first = model->problem, first.events = 0, first.event = NULL;
        ATTNDYN_TRY(attndyn_ode_solve(run->ctx, &first, &solver, 0, a, &t, 1, NULL, NULL));
        ATTNDYN_TRY(attndyn_ode_solve(run->ctx, &first, &solver, 0, b, &t, 1, NULL, NULL));
        for (size_t k = 0; k < K; k++)
            for (size_t c = 0; c < M; c++) other[c * K + k] = a[k * M + c];
        turn(M, K, angle, other);
        for (size_t k = 0; k < K; k++)
            for (size_t c = 0; c < M; c++) worst(&control, other[c * K + k] - b[k * M + c]);
    }
    return EMIT(run, rotation, .error = error, .control = control);
}

RUN(coupon) {
    double *S, total = (double)p->per_latent.count + 1;
    struct found row, at_ratio = {0};
    size_t K_ratio = (size_t)fmax(1, round(p->ratio * (double)p->C));
    ATTNDYN_TRY(kept_needs(run, "per_latent", p->per_latent));
    ATTNDYN_TRY(strengths(run, p, &S));
    for (size_t i = 0; i < p->per_latent.count; i++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        size_t K = (size_t)fmax(1, round(p->per_latent.at[i] * (double)p->C));
        ATTNDYN_TRY(count(run, p, S, K, &row));
        ATTNDYN_TRY(EMIT_ROW(run, found, &row));
        if (K == K_ratio) at_ratio = row;
        attndyn_memory_release(run->ctx, mark);
        attndyn_progress(run->ctx, "numbers of nodes", (double)(i + 1), total);
    }
    if (at_ratio.K == 0) ATTNDYN_TRY(count(run, p, S, K_ratio, &at_ratio));
    ATTNDYN_TRY(SCALAR(run, coupon_scalars, p_joint, at_ratio.joint));
    ATTNDYN_TRY(SCALAR(run, coupon_scalars, p_independent, at_ratio.rule));
    ATTNDYN_TRY(picks(run, p, S));
    ATTNDYN_TRY(passages(run, p, S));
    return rotation(run, p);
}

static const struct figure figures[] = {
    {"coupon", "nodes/coupon/coupon.gp",
     "Share of starts that find all latents, over nodes per latent K/C. Nodes that do not see "
     "each other are coupon collectors (line: closed form; dots: the winner rule); by the joint "
     "loss (squares) all are found far more often, since a latent that is found leaves no "
     "residual, and duplicates move on. Bars: two standard errors."},
    {0}};

const struct experiment experiment_nodes_coupon = {
    .id = "nodes/coupon",
    .title = "Why more nodes than latents: coupons, and how the joint loss rescues",
    .source =
        "derived here; the talk leaves over-parameterisation open (cf. arXiv 1909.13458, 2311.01644)",
    .doc =
        "C latents are orthonormal directions e_c of strengths S_c; K third-order nodes v learn "
        "the tensor sum_c S_c e_c^(x3). A node that does not see the others runs to argmax_c S_c "
        "v_c(0), at the time 1/(3 max_c S_c v_c(0)), or dies where all components start negative: "
        "finding all latents is coupon collecting. The joint loss rescues: K = 2 C nodes do what "
        "takes several times as many nodes that do not see each other. Linear nodes below one exp "
        "attention (JoMA, K > 1) have a symmetry O(K) and never specialise.\n"
        "Scalars: the share of starts that find all latents at K/C = ratio.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: about two seconds"},
                                       {"short", "starts=1000 rule_starts=50000", "half a minute"},
                                       {"many", "starts=2000 rule_starts=100000", "a minute"},
                                       {"unequal", "strengths=1,0.9,0.8,0.7,0.6,0.5",
                                        "latents of different strengths"},
                                       {0}},
    .tables = TABLES(found, picks, passage, rotation),
    .figures = figures,
    PARTS_OF(coupon, coupon_scalars)};
