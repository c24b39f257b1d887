/* The forms of the shared attention beside the joint dynamics of nodes and attention. */
#include "low_rank.h"

#include "experiments/joma/shared/folded_solve.h"
#include "sim/model/joma/joint.h"

/* Random sequences and fixed gradients g: the joint dynamics, and its Delta (M, K). */
static enum attndyn_status draw(const struct trial *run, const struct low_rank *p,
                                struct attndyn_joma *joint, double **gradients) {
    size_t M = (size_t)p->joint_M, K = (size_t)p->joint_K, N = (size_t)p->joint_N;
    struct attndyn_random random;
    double *drawn, *x, *g, *weight, *delta;
    ATTNDYN_ALLOC(run->ctx, drawn, M * N);
    ATTNDYN_ALLOC(run->ctx, x, M * N);
    ATTNDYN_ALLOC(run->ctx, g, K * N);
    ATTNDYN_ALLOC(run->ctx, weight, N);
    ATTNDYN_ALLOC(run->ctx, delta, M * K);
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, p->rng, (uint64_t)p->joint_seed));
    attndyn_random_uniforms(&random, 1, M * N, drawn);
    for (size_t i = 0; i < N; i++)
        for (size_t l = 0; l < M; l++) x[i * M + l] = drawn[l * N + i];
    double *y_drawn;
    ATTNDYN_ALLOC(run->ctx, y_drawn, K * N);
    attndyn_random_normals(&random, 1, K * N, y_drawn);
    attndyn_random_done(&random);
    for (size_t i = 0; i < N; i++) {
        weight[i] = 1 / (double)N;
        for (size_t k = 0; k < K; k++) g[i * K + k] = y_drawn[k * N + i];
    }
    for (size_t l = 0; l < M; l++)
        for (size_t k = 0; k < K; k++)
            for (size_t i = 0; i < N; i++)
                delta[l * K + k] += weight[i] * g[i * K + k] * x[i * M + l];
    *joint = (struct attndyn_joma){.tokens = M,
                                   .hidden = K,
                                   .samples = N,
                                   .queries = 1,
                                   .attention = ATTNDYN_JOMA_EXP,
                                   .temperature = 1,
                                   .activation = {.kind = ATTNDYN_ACTIVATION_LINEAR},
                                   .loss = ATTNDYN_JOMA_FIXED,
                                   .eta_w = 1,
                                   .eta_z = 1,
                                   .x = x,
                                   .p = weight,
                                   .target = g};
    *gradients = delta;
    return ATTNDYN_OK;
}

/* How far V (M, K) of a form is from that of the joint flow at time t, over the latter's norm. */
static enum attndyn_status deviation_of(const struct trial *run, const struct low_rank *p,
                                        enum attndyn_joma_form form, const double *delta, double t,
                                        const double *state, double *deviation) {
    size_t M = (size_t)p->joint_M, K = (size_t)p->joint_K;
    struct attndyn_joma_folded model = low_rank_model(M, K, delta, form);
    struct attndyn_ode_options options = low_rank_options(p, ATTNDYN_ODE_ADAMS);
    struct folded_outcome outcome;
    double *y, apart = 0, whole = 0;
    ATTNDYN_ALLOC(run->ctx, y, M * K + 1);
    model.t_end = t;
    ATTNDYN_TRY(attndyn_joma_folded_prepare(run->ctx, &model));
    ATTNDYN_TRY(folded_solve(run->ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome));
    for (size_t j = 0; j < M * K; j++) {
        apart += (y[j] - state[j]) * (y[j] - state[j]);
        whole += state[j] * state[j];
    }
    *deviation = sqrt(apart / whole);
    return ATTNDYN_OK;
}

enum attndyn_status low_rank_joint(const struct trial *run, const struct low_rank *p) {
    size_t M = (size_t)p->joint_M, K = (size_t)p->joint_K;
    struct attndyn_joma model;
    struct attndyn_joma_work *work;
    struct attndyn_joma_erf *laws;
    double *delta, *scaled, *state, t_star, t = 0;
    ATTNDYN_TRY(draw(run, p, &model, &delta));
    ATTNDYN_TRY(attndyn_joma_work_create(run->ctx, &model, &work));
    size_t size = attndyn_joma_size(&model);
    struct attndyn_ode_problem problem = {.n = size, .rhs = attndyn_joma_rhs, .user = work};
    struct attndyn_ode_options options = low_rank_options(p, ATTNDYN_ODE_ADAMS);
    ATTNDYN_ALLOC(run->ctx, laws, M);
    ATTNDYN_ALLOC(run->ctx, scaled, M * K);
    ATTNDYN_ALLOC(run->ctx, state, size);
    for (size_t j = 0; j < M * K; j++) scaled[j] = delta[j] / (double)K;
    low_rank_laws(M, K, delta, laws);
    attndyn_joma_erf_winner(M, laws, &t_star);
    ATTNDYN_TRY(SCALAR(run, outcome, joint_t_star, t_star));
    for (size_t i = 0; i < p->joint_at.count; i++) {
        double to = p->joint_at.at[i] * t_star, deviation[3];
        if (!(to > t))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE, "joint_at must rise from above 0");
        struct attndyn_ode_statistics statistics;
        ATTNDYN_TRY(
            attndyn_ode_solve(run->ctx, &problem, &options, t, state, &to, 1, NULL, &statistics));
        t = to;
        for (enum attndyn_joma_form form = 0; form < 3; form++)
            ATTNDYN_TRY(deviation_of(run, p, form, form == ATTNDYN_JOMA_PRINTED ? scaled : delta,
                                     to, state, &deviation[form]));
        ATTNDYN_TRY(EMIT(run, joint, .fraction = p->joint_at.at[i], .t = to, .shared = deviation[0],
                         .printed = deviation[1], .separate = deviation[2]));
    }
    return ATTNDYN_OK;
}
