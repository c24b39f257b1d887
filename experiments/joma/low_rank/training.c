/* Gradient descent on W and z together on the data of JoMA's figure 2, from zero. */
#include "low_rank.h"

#include "sim/model/joma/classes.h"
#include "sim/observe/rank.h"

static enum attndyn_status train(const struct trial *run, const struct low_rank *p, bool softmax,
                                 bool fixed) {
    struct attndyn_joma_classes_spec spec = attndyn_joma_classes_paper();
    spec.temperature = 1, spec.scale = 0;
    spec.loss = fixed ? ATTNDYN_JOMA_FIXED : ATTNDYN_JOMA_CE;
    spec.seed = (uint64_t)p->seed;
    spec.random = p->rng;
    struct attndyn_joma model;
    double *state;
    ATTNDYN_TRY(attndyn_joma_classes_create(run->ctx, &spec, &model, &state));
    if (!softmax) model.attention = ATTNDYN_JOMA_EXP;
    struct attndyn_joma_work *work;
    ATTNDYN_TRY(attndyn_joma_work_create(run->ctx, &model, &work));
    size_t M = model.tokens, K = model.hidden, size = attndyn_joma_size(&model);
    const char *attention = softmax ? "softmax" : "exp", *gradient = fixed ? "fixed" : "ce";
    double rate = p->train_rate;
    long iteration = 0;
    for (size_t i = 0; i < p->train_at.count; i++) {
        bool finite = true;
        if (p->train_at.at[i] < (double)iteration)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE, "train_at must not fall");
        for (; iteration < (long)p->train_at.at[i] && finite; iteration++) {
            ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
            attndyn_joma_step(work, NULL, NULL, 0, rate, state);
            for (size_t j = 0; j < size; j++) finite = finite && isfinite(state[j]);
        }
        if (!finite) {
            /* Euler has stepped over the blow-up: an outcome, and no number of it is used. */
            ATTNDYN_TRY(EMIT(run, training, .attention = attention, .gradient = gradient,
                             .iteration = iteration, .outcome = "overflow", .sr_V = NAN,
                             .sr_dV = NAN, .er_dV = NAN, .leader = -1));
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
        ATTNDYN_TRY(attndyn_stable_rank(run->ctx, M, K, state, &sr_v));
        ATTNDYN_TRY(attndyn_stable_rank(run->ctx, M, K, work->gradient, &sr_dv));
        ATTNDYN_TRY(attndyn_effective_rank(run->ctx, M, K, work->gradient, &er_dv));
        ATTNDYN_TRY(EMIT(run, training, .attention = attention, .gradient = gradient,
                         .iteration = iteration, .outcome = "ok", .sr_V = sr_v, .sr_dV = sr_dv,
                         .er_dV = er_dv, .leader = (long)leader));
    }
    return ATTNDYN_OK;
}

enum attndyn_status low_rank_training(const struct trial *run, const struct low_rank *p) {
    for (int i = 0; i < 4; i++) ATTNDYN_TRY(train(run, p, i < 2, i % 2));
    return ATTNDYN_OK;
}
