/* joma/low-rank: gradient descent on W and z together on the data of JoMA's figure 2, from zero,
 * and one instance too large for anything but its own integrator. */
#include "parts.h"

#include "sim/model/joma/classes.h"
#include "sim/model/joma/rows.h"
#include "sim/observe/rank.h"
#include "theory/joma/rows.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static enum attndyn_status train(struct attndyn_context *ctx, const struct params *params,
                                 struct results *results, bool softmax, bool fixed) {
    size_t n_at;
    const double *at = param_reals(params, "train_at", &n_at);
    struct attndyn_joma_classes_spec spec = attndyn_joma_classes_paper();
    spec.temperature = 1, spec.scale = 0;
    spec.loss = fixed ? ATTNDYN_JOMA_FIXED : ATTNDYN_JOMA_CE;
    spec.seed = (uint64_t)param_int(params, "seed");
    spec.random =
        param_is(params, "rng", "mt19937") ? ATTNDYN_RANDOM_MT19937 : ATTNDYN_RANDOM_SPLITMIX;
    struct attndyn_joma model;
    double *state;
    ATTNDYN_TRY(attndyn_joma_classes_create(ctx, &spec, &model, &state));
    if (!softmax) model.attention = ATTNDYN_JOMA_EXP;
    struct attndyn_joma_work *work;
    ATTNDYN_TRY(attndyn_joma_work_create(ctx, &model, &work));
    size_t M = model.tokens, K = model.hidden, size = attndyn_joma_size(&model);
    const char *attention = softmax ? "softmax" : "exp", *gradient = fixed ? "fixed" : "ce";
    double rate = param_real(params, "train_rate");
    long iteration = 0;
    for (size_t i = 0; i < n_at; i++) {
        bool finite = true;
        if (at[i] < (double)iteration)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "train_at must not fall");
        for (; iteration < (long)at[i] && finite; iteration++) {
            ATTNDYN_TRY(attndyn_check_interrupt(ctx));
            attndyn_joma_step(work, NULL, NULL, 0, rate, state);
            for (size_t j = 0; j < size; j++) finite = finite && isfinite(state[j]);
        }
        if (!finite) {
            /* Euler has stepped over the blow-up: an outcome, and no number of it is used. */
            ATTNDYN_TRY(EMIT(ctx, results, "training", S(attention), S(gradient), I(iteration),
                             S("overflow"), R(NAN), R(NAN), R(NAN), I(-1)));
            return ATTNDYN_OK;
        }
        attndyn_joma_gradient(work, NULL, NULL, 0, state, work->gradient);
        double sr_v, sr_dv, er_dv, top = 0;
        size_t leader = 0;
        for (size_t l = 0; l < M; l++) {
            double square = 0;
            for (size_t k = 0; k < K; k++) square += state[l * K + k] * state[l * K + k];
            if (square > top) top = square, leader = l;
        }
        ATTNDYN_TRY(attndyn_stable_rank(ctx, M, K, state, &sr_v));
        ATTNDYN_TRY(attndyn_stable_rank(ctx, M, K, work->gradient, &sr_dv));
        ATTNDYN_TRY(attndyn_effective_rank(ctx, M, K, work->gradient, &er_dv));
        ATTNDYN_TRY(EMIT(ctx, results, "training", S(attention), S(gradient), I(iteration), S("ok"),
                         R(sr_v), R(sr_dv), R(er_dv), I((long)leader)));
    }
    return ATTNDYN_OK;
}

enum attndyn_status low_rank_training(struct attndyn_context *ctx, const struct params *params,
                                      struct results *results) {
    for (int i = 0; i < 4; i++) ATTNDYN_TRY(train(ctx, params, results, i < 2, i % 2));
    return ATTNDYN_OK;
}

enum attndyn_status low_rank_large(struct attndyn_context *ctx, const struct params *params,
                                   struct results *results) {
    size_t M = (size_t)param_int(params, "M"), K = (size_t)param_int(params, "K"), n_radii;
    const double *radii = param_reals(params, "radii", &n_radii);
    double *delta, *velocity, *q, tolerance = param_real(params, "rank_tolerance");
    struct attndyn_joma_rows rows = {.tokens = M, .nodes = K, .eta_w = 1, .rho = 1};
    ATTNDYN_ALLOC(ctx, delta, M * K);
    ATTNDYN_ALLOC(ctx, rows.v, M * K);
    ATTNDYN_ALLOC(ctx, velocity, M * K);
    ATTNDYN_ALLOC(ctx, q, M);
    struct attndyn_joma_erf *laws;
    ATTNDYN_ALLOC(ctx, laws, M);
    int family = param_choice(params, "family");
    ATTNDYN_TRY(
        low_rank_delta(ctx, params, family, (uint64_t)param_int(params, "seed"), M, K, delta));
    rows.delta = delta;
    ATTNDYN_TRY(attndyn_joma_rows_prepare(ctx, &rows));
    for (size_t l = 0; l < M; l++) laws[l] = attndyn_joma_row_law(K, delta + l * K, NULL, 0, 1, 1);
    double t_star, sr_delta;
    size_t winner = attndyn_joma_erf_winner(M, laws, &t_star);
    ATTNDYN_TRY(attndyn_stable_rank_iterative(ctx, M, K, delta, tolerance, &sr_delta));
    for (size_t i = 0; i < n_radii; i++) {
        ATTNDYN_TRY(
            attndyn_joma_rows_advance(ctx, &rows, param_real(params, "large_step"), radii[i]));
        /* Rows against the closed form at the winner's own gap; the winner against the time. */
        double gap = attndyn_joma_erf_gap(&laws[winner], rows.radius[winner]), error = 0, sr_v,
               sr_dv;
        attndyn_joma_erf_all_before(M, laws, gap, q);
        for (size_t l = 0; l < M; l++)
            for (size_t k = 0; k < K; k++) {
                double expected = q[l] * (delta[l * K + k] / laws[l].delta);
                error = fmax(error, fabs(rows.v[l * K + k] - expected));
            }
        error = fmax(error, fabs(rows.t + gap - t_star) / t_star);
        ATTNDYN_TRY(attndyn_stable_rank_iterative(ctx, M, K, rows.v, tolerance, &sr_v));
        attndyn_joma_rows_direction(ctx, &rows, velocity);
        ATTNDYN_TRY(attndyn_stable_rank_iterative(ctx, M, K, velocity, tolerance, &sr_dv));
        ATTNDYN_TRY(EMIT(ctx, results, "ranks", S(param_text(params, "family")),
                         I(param_int(params, "seed")), S("shared"), R(radii[i]), R(rows.t),
                         R(sr_delta), R(sr_v), R(sr_dv), R(NAN), R(NAN), R(error)));
        ATTNDYN_TRY(results_note(ctx, results, "radius %g after %ld Runge-Kutta steps of all rows",
                                 radii[i], rows.steps));
    }
    /* The state is 1e7 numbers: its row norms are what the dynamics say of it. */
    ATTNDYN_TRY(results_emit_state(ctx, results, "t_star", &t_star, 1));
    ATTNDYN_TRY(results_emit_state(ctx, results, "row_norm", rows.radius, M));
    return results_scalar(ctx, results, "t_star", t_star);
}
