#include "previous_token.h"

#include "experiments/shared/kept.h"
#include "sim/model/position/placed.h"
#include "sim/model/position/previous.h"
#include "theory/position/laws.h"

#include <string.h>

struct coded {
    const char *name;
    long frequencies; /* 0 without */
    enum attndyn_position_code code;
    double base;
};

static enum attndyn_status head(const struct trial *run, const struct previous_token *p,
                                const struct coded *coded, size_t R, long distance, double end,
                                struct attndyn_previous **model, struct kept *kept) {
    const struct attndyn_positions_options options = {.eta_y = p->eta_y,
                                                      .eta_p = p->eta_p,
                                                      .code = coded->code,
                                                      .frequencies = (size_t)coded->frequencies,
                                                      .base = coded->base};
    double *y, *times;
    size_t count;
    ATTNDYN_TRY(attndyn_previous_create(run->ctx, (size_t)p->classes, R, (size_t)distance - 1, NULL,
                                        &options, model));
    ATTNDYN_ALLOC(run->ctx, y, (*model)->n);
    ATTNDYN_TRY(kept_grid(run, 1e-1, end, p->per_decade, &times, &count));
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_BDF_DENSE, p->rtol);
    return kept_solve(run, coded->name, &(*model)->problem, &solver, y, times, count, kept);
}

/* Of free position logits: kappa_r over the far buckets, and what they say of the near one. */
static void law(const struct attndyn_previous *m, const double *p, double *work, double *spread,
                double *near) {
    double low = INFINITY, high = -INFINITY, largest = 0;
    size_t far = 0;
    for (size_t r = 0; r < m->R; r++) {
        if (r == m->near) continue;
        double kappa = expm1(-p[r]) / m->share[r];
        low = fmin(low, kappa), high = fmax(high, kappa);
        work[far++] = m->share[r];
        worst(&largest, kappa);
    }
    *spread = largest > 0 ? (high - low) / largest : 0;
    *near = p[m->near] - attndyn_previous_near(far, work, 0.5 * (low + high));
}

static enum attndyn_status trained(const struct trial *run, const struct previous_token *p,
                                   const struct coded *coded, long distance) {
    struct attndyn_previous *model;
    struct kept kept;
    struct attndyn_previous_seen seen = {0};
    double *logits, *work;
    if (distance > p->positions) return ATTNDYN_OK;
    ATTNDYN_TRY(head(run, p, coded, (size_t)p->positions, distance, p->t_end, &model, &kept));
    ATTNDYN_ALLOC(run->ctx, logits, model->R);
    ATTNDYN_ALLOC(run->ctx, work, model->R);
    for (size_t i = 0; i < kept.count; i++) {
        double spread = NAN, near = NAN;
        attndyn_previous_see(model, kept_at(&kept, i), logits, &seen);
        if (coded->code == ATTNDYN_POSITION_FREE) law(model, logits, work, &spread, &near);
        ATTNDYN_TRY(EMIT(run, course, .code = coded->name, .frequencies = coded->frequencies,
                         .distance = distance, .t = kept.t[i], .attention = seen.attention,
                         .kappa_spread = spread, .near_error = near));
    }
    return EMIT(run, attention, .code = coded->name, .frequencies = coded->frequencies,
                .distance = distance, .attention = seen.attention, .loss = seen.loss);
}

static enum attndyn_status slope(const struct trial *run, const struct previous_token *p,
                                 long distance) {
    static const struct coded alibi = {"slope", 0, ATTNDYN_POSITION_SLOPE, 0};
    struct attndyn_previous *model;
    struct kept kept;
    struct attndyn_previous_seen seen;
    if (distance > p->slope_positions) return ATTNDYN_OK;
    ATTNDYN_TRY(
        head(run, p, &alibi, (size_t)p->slope_positions, distance, p->slope_end, &model, &kept));
    const double *end = kept_at(&kept, kept.count - 1);
    attndyn_previous_see(model, end, NULL, &seen);
    double predicted = attndyn_slope_stop((double)distance);
    return EMIT(run, stop, .distance = distance, .slope = end[1],
                .predicted = isfinite(predicted) ? predicted : NAN,
                .mean_distance = seen.mean_distance, .attention = seen.attention,
                .attention_predicted = attndyn_slope_attention((double)distance));
}

static enum attndyn_status two_buckets(const struct trial *run, const struct previous_token *p) {
    static const struct coded code = {"two buckets", 0, ATTNDYN_POSITION_FREE, 0};
    struct attndyn_previous *model;
    struct kept kept;
    double K = (double)p->classes, x0 = K,
           start = attndyn_previous_invariant(K, p->eta_y, p->eta_p, 0, x0);
    double control = attndyn_previous_invariant(K + 1, p->eta_y, p->eta_p, 0, x0);
    ATTNDYN_TRY(head(run, p, &code, 2, 1, p->t_end, &model, &kept));
    for (size_t i = 0; i < kept.count; i++) {
        struct attndyn_previous_seen seen;
        const double *y = kept_at(&kept, i);
        attndyn_previous_see(model, y, NULL, &seen);
        ATTNDYN_TRY(
            EMIT(run, invariant, .t = kept.t[i], .x = seen.x,
                 .value = attndyn_previous_invariant(K, p->eta_y, p->eta_p, y[0], seen.x) - start,
                 .control = attndyn_previous_invariant(K + 1, p->eta_y, p->eta_p, y[0], seen.x) -
                            control));
    }
    return ATTNDYN_OK;
}

/* Finite contexts: the answer at position 1, the others any of K tokens: K^T contexts. */
static enum attndyn_status enumerate(const struct trial *run, const struct previous_token *p) {
    size_t K = 3, T = (size_t)p->enumerated, contexts = 1;
    static const struct coded code = {"limit", 0, ATTNDYN_POSITION_FREE, 0};
    struct attndyn_placed *data;
    struct attndyn_positions *model;
    struct attndyn_previous *limit;
    struct kept kept, whole;
    double *y, *times, *logits;
    size_t count;
    for (size_t t = 0; t < T; t++) contexts *= K;
    ATTNDYN_TRY(attndyn_placed_create(run->ctx, contexts, K, T, &data));
    for (size_t c = 0; c < contexts; c++) {
        size_t rest = c;
        for (size_t t = 0; t < T; t++, rest /= K) {
            attndyn_placed_law(data, t, c)[rest % K] = 1;
            if (t == 0) data->answer[c] = rest % K;
        }
    }
    ATTNDYN_TRY(attndyn_placed_complete(run->ctx, data));
    const struct attndyn_positions_options options = {
        .eta_y = p->eta_y, .eta_z = 1, .eta_p = p->eta_p, .code = ATTNDYN_POSITION_FREE};
    ATTNDYN_TRY(attndyn_positions_create(run->ctx, data, &options, &model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    ATTNDYN_ALLOC(run->ctx, logits, T);
    ATTNDYN_TRY(kept_grid(run, 0.1, 100, p->per_decade, &times, &count));
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    ATTNDYN_TRY(kept_solve(run, "enumerated", &model->problem, &solver, y, times, count, &whole));
    struct previous_token small = *p;
    small.classes = (long)K;
    ATTNDYN_TRY(head(run, &small, &code, T, 1, 100, &limit, &kept));
    for (size_t i = 0; i < count; i++) {
        const double *at = kept_at(&whole, i);
        double z_max = 0;
        for (size_t l = 0; l < K; l++) worst(&z_max, at[model->at_z + l]);
        struct attndyn_previous_seen seen;
        attndyn_previous_see(limit, kept_at(&kept, i), logits, &seen);
        ATTNDYN_TRY(EMIT(run, enumerated, .t = times[i], .z_max = z_max, .p_near = at[model->at_p],
                         .p_limit = logits[0]));
    }
    return ATTNDYN_OK;
}

RUN(previous_token) {
    static const struct coded free_code = {"free", 0, ATTNDYN_POSITION_FREE, 0};
    static const struct coded alibi = {"slope", 0, ATTNDYN_POSITION_SLOPE, 0};
    ATTNDYN_TRY(kept_needs(run, "distances", p->distances));
    uint64_t mark = attndyn_memory_mark(run->ctx);
    for (size_t d = 0; d < p->distances.count; d++) {
        long distance = (long)p->distances.at[d];
        if ((double)distance != p->distances.at[d])
            return attndyn_fail(run->ctx, ATTNDYN_USAGE, "distances=%g: expected whole numbers",
                                p->distances.at[d]);
        ATTNDYN_TRY(trained(run, p, &free_code, distance));
        ATTNDYN_TRY(trained(run, p, &alibi, distance));
        for (size_t i = 0; i < p->frequencies.count; i++)
            ATTNDYN_TRY(trained(run, p,
                                &(const struct coded){"sinusoids", (long)p->frequencies.at[i],
                                                      ATTNDYN_POSITION_SINUSOIDS, 1e4},
                                distance));
        for (size_t i = 0; i < p->equidistant.count; i++)
            ATTNDYN_TRY(trained(run, p,
                                &(const struct coded){"equidistant", (long)p->equidistant.at[i],
                                                      ATTNDYN_POSITION_SINUSOIDS, 0},
                                distance));
        ATTNDYN_TRY(slope(run, p, distance));
        attndyn_memory_release(run->ctx, mark);
        attndyn_progress(run->ctx, "distances", (double)(d + 1), (double)p->distances.count);
    }
    ATTNDYN_TRY(two_buckets(run, p));
    return p->enumerated >= 2 ? enumerate(run, p) : ATTNDYN_OK;
}

static const struct figure figures[] = {
    {"previous_token", "position/previous_token/previous_token.gp",
     "(a) Attention to the answer's position at the end, over its distance, for each code: a free table "
     "finds any distance, sinusoids most, a trained slope (ALiBi) only the first. (b) The same in time "
     "for the largest distance but one. (c) Where the slope stops: the mean distance of the other "
     "tokens is r*, and the attention there (dots) is that of the closed form (line)."},
    {0}};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, attention_end, "attention to the answer at the end, last code",                    \
      LAST_OF(attention, attention))                                                               \
    X(OPTIONAL, loss_end, "loss at the end, last code", LAST_OF(attention, loss))                  \
    X(OPTIONAL, slope, "where the last trained slope stops", LAST_OF(stop, slope))                 \
    X(OPTIONAL, slope_attention, "attention to the answer at the last trained slope",              \
      LAST_OF(stop, attention))
SCALARS(taken, TAKEN)

const struct experiment experiment_position_previous_token = {
    .id = "position/previous-token",
    .title = "Positions: a previous-token head, and the codes that can learn it",
    .source = "derived here; the talk leaves positional encoding open",
    .doc =
        "The token at distance r* is the class, all others are noise: no content can help (z stays 0 by "
        "the symmetry of the classes), positions alone learn, without a plateau. Free position logits "
        "keep kappa = (e^{-p_r} - 1)/pi_r alike over the far positions, and with two buckets there is a "
        "first integral. Codes are trained through their parameters, p = Phi theta: sinusoids (also "
        "RoPE with fixed content) by their kernel; a linear bias with a trained slope stops where the "
        "mean distance of the other tokens is r*.\n"
        "All buckets have equal shares. Finite contexts of T tokens are enumerated beside the limit of "
        "long ones.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: about a second"}, {0}},
    .tables = TABLES(attention, course, stop, invariant, enumerated),
    .figures = figures,
    PARTS_OF(previous_token, taken)};
