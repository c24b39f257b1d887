/* joma/low-rank: small instance, joint flow, rank curves, thresholds, winners. */
#include "experiments/joma/shared/folded_run.h"
#include "parts.h"

#include "sim/base/random.h"
#include "sim/model/joma/joint.h"
#include "sim/num/stats.h"
#include "sim/observe/rank.h"
#include "theory/joma/rows.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

static const char *const form_names[3] = {"shared", "printed", "separate"};
static const char *const family_names[] = {"normal", "lognormal", "zipf", "ce"};

static enum attndyn_random_kind stream(const struct params *params) {
    return param_is(params, "rng", "mt19937") ? ATTNDYN_RANDOM_MT19937 : ATTNDYN_RANDOM_SPLITMIX;
}

enum attndyn_status low_rank_delta(struct attndyn_context *ctx, const struct params *params,
                                   int family, uint64_t seed, size_t m, size_t k, double *delta) {
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, stream(params), seed));
    if (family < 3)
        attndyn_random_normals(&random, 1, m * k, delta);
    else
        attndyn_random_uniforms(&random, 1, m * k, delta);
    for (size_t l = 0; l < m && (family == 1 || family == 2); l++) {
        double factor =
            family == 1 ? exp(0.5 * attndyn_random_normal(&random)) : 1 / (double)(l + 1);
        for (size_t j = 0; j < k; j++) delta[l * k + j] *= factor;
    }
    if (family == 3) {
        for (size_t j = 0; j < k; j++) {
            double sum = 0;
            for (size_t l = 0; l < m; l++) sum += delta[l * k + j];
            for (size_t l = 0; l < m; l++) delta[l * k + j] /= sum * (double)k;
        }
        for (size_t l = 0; l < m; l++) {
            double mean = 0;
            for (size_t j = 0; j < k; j++) mean += delta[l * k + j] / (double)k;
            for (size_t j = 0; j < k; j++) delta[l * k + j] -= mean;
        }
    }
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

static struct attndyn_ode_options options_of(const struct params *params,
                                             enum attndyn_ode_method method) {
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    options.rtol = param_real(params, "rtol");
    options.atol = options.rtol / 100;
    options.step = 0.005;
    return options;
}

static struct attndyn_joma_folded model_of(size_t m, size_t k, const double *delta, int form) {
    return (struct attndyn_joma_folded){.tokens = m,
                                        .nodes = k,
                                        .delta = delta,
                                        .eta_w = 1,
                                        .rho = 1,
                                        .form = (enum attndyn_joma_form)form,
                                        .rescaled = true,
                                        .stop_at = 30,
                                        .t_end = INFINITY};
}

/* The shared form from zero: the laws of the rows. */
static void row_laws(size_t m, size_t k, const double *delta, struct attndyn_joma_erf *laws) {
    for (size_t l = 0; l < m; l++) laws[l] = attndyn_joma_row_law(k, delta + l * k, NULL, 0, 1, 1);
}

/* Closed form of `form` from zero at time t: false beyond its blow-up. */
static bool exact(size_t m, size_t k, const double *delta, int form, double t, double *v) {
    for (size_t l = 0; l < m; l++) {
        const double *d = delta + l * k;
        struct attndyn_joma_erf law = attndyn_joma_row_law(k, d, NULL, 0, 1, 1);
        double alpha = form == ATTNDYN_JOMA_PRINTED ? attndyn_joma_row_printed_at(k, d, t) : 0;
        for (size_t j = 0; j < k; j++) {
            struct attndyn_joma_erf own = {.delta = d[j], .eta_w = 1, .rho = 1};
            v[l * k + j] = form == ATTNDYN_JOMA_PRINTED    ? alpha * d[j]
                           : form == ATTNDYN_JOMA_SEPARATE ? attndyn_joma_erf_at(&own, t)
                                                           : 0;
        }
        if (form == ATTNDYN_JOMA_SHARED)
            attndyn_joma_row_fill(k, d, NULL, &law, attndyn_joma_erf_at(&law, t), v + l * k);
        for (size_t j = 0; j < k; j++)
            if (!isfinite(v[l * k + j])) return false;
    }
    return true;
}

static double largest_difference(size_t n, const double *a, const double *b) {
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

enum attndyn_status low_rank_small(struct attndyn_context *ctx, const struct params *params,
                                   struct results *results) {
    size_t count, n_times, k = (size_t)param_int(params, "delta_K");
    const double *delta = param_reals(params, "delta", &count),
                 *times = param_reals(params, "times", &n_times);
    if (count == 0 || count % k != 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "delta has %zu numbers: give rows of delta_K = %zu each", count, k);
    size_t m = count / k;
    struct attndyn_joma_erf *laws;
    double *y, *v, *norms, *own, t_star;
    ATTNDYN_ALLOC(ctx, laws, m);
    ATTNDYN_ALLOC(ctx, norms, m);
    ATTNDYN_ALLOC(ctx, own, m);
    ATTNDYN_ALLOC(ctx, y, count + 1);
    ATTNDYN_ALLOC(ctx, v, count);
    row_laws(m, k, delta, laws);
    attndyn_joma_erf_winner(m, laws, &t_star);
    static const enum attndyn_ode_method methods[] = {ATTNDYN_ODE_ADAMS, ATTNDYN_ODE_BDF_DENSE,
                                                      ATTNDYN_ODE_RK4};
    for (int form = 2; form >= 0; form--) /* the shared one last: its V is the state */
        for (size_t i = 0; i < n_times; i++) {
            bool known = exact(m, k, delta, form, times[i], v);
            for (size_t method = 3; method-- > 0 && known;) {
                struct attndyn_joma_folded model = model_of(m, k, delta, form);
                model.t_end = times[i];
                ATTNDYN_TRY(attndyn_joma_folded_prepare(ctx, &model));
                struct attndyn_ode_options options = options_of(params, methods[method]);
                struct folded_outcome outcome;
                memset(y, 0, (count + 1) * sizeof *y);
                ATTNDYN_TRY(folded_run(ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome));
                if (outcome.end == FOLDED_GAVE_UP)
                    return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "%s form: %s", form_names[form],
                                        outcome.why);
                ATTNDYN_TRY(EMIT(ctx, results, "forms", S(form_names[form]),
                                 S(attndyn_ode_method_name(methods[method])), R(times[i]),
                                 R(largest_difference(count, y, v)), I(outcome.statistics.steps)));
            }
            if (!known)
                ATTNDYN_TRY(results_note(ctx, results, "the %s form has blown up before t = %g",
                                         form_names[form], times[i]));
        }
    ATTNDYN_TRY(results_emit_state(ctx, results, "V", y, count));
    for (size_t l = 0; l < m; l++) {
        norms[l] = laws[l].delta, own[l] = attndyn_joma_erf_blowup(&laws[l]);
        double printed = attndyn_joma_row_printed_time(k, delta + l * k, INFINITY);
        ATTNDYN_TRY(EMIT(ctx, results, "rows", I((long)l), R(norms[l]),
                         R(isfinite(own[l]) ? own[l] : NAN), R(isfinite(printed) ? printed : NAN),
                         R(norms[l] > 0 ? attndyn_joma_row_galore_time(norms[l]) : NAN)));
        if (!isfinite(own[l])) own[l] = -1;
    }
    ATTNDYN_TRY(results_emit_state(ctx, results, "t_star", &t_star, 1));
    ATTNDYN_TRY(results_emit_state(ctx, results, "t_star_row", own, m));
    /* The blow-up time off the integration of the shared form to radius 6. */
    struct attndyn_joma_folded model = model_of(m, k, delta, 0);
    model.stop_at = 6;
    ATTNDYN_TRY(attndyn_joma_folded_prepare(ctx, &model));
    struct attndyn_ode_options options = options_of(params, ATTNDYN_ODE_ADAMS);
    struct folded_outcome outcome;
    memset(y, 0, (count + 1) * sizeof *y);
    ATTNDYN_TRY(folded_run(ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome));
    size_t winner = 0;
    double radius = 0;
    for (size_t l = 0; l < m; l++) {
        double square = 0;
        for (size_t j = 0; j < k; j++) square += y[l * k + j] * y[l * k + j];
        if (square > radius * radius) radius = sqrt(square), winner = l;
    }
    double measured = outcome.t + attndyn_joma_erf_gap(&laws[winner], radius);
    ATTNDYN_TRY(results_solver(ctx, results, "to radius 6", &outcome.statistics));
    ATTNDYN_TRY(results_note(ctx, results,
                             "shared form: %s clock, stopped at radius %g, %.3g before t*",
                             "path-length", radius, attndyn_joma_erf_gap(&laws[winner], radius)));
    ATTNDYN_TRY(results_scalar(ctx, results, "t_star", t_star));
    ATTNDYN_TRY(results_scalar(ctx, results, "t_star_measured", measured));
    return results_scalar(ctx, results, "t_star_galore",
                          attndyn_joma_row_galore_time(laws[winner].delta));
}

enum attndyn_status low_rank_joint(struct attndyn_context *ctx, const struct params *params,
                                   struct results *results) {
    size_t M = (size_t)param_int(params, "joint_M"), K = (size_t)param_int(params, "joint_K"),
           N = (size_t)param_int(params, "joint_N");
    struct attndyn_random random;
    double *drawn, *x, *g, *p, *delta, *scaled;
    ATTNDYN_ALLOC(ctx, drawn, M * N);
    ATTNDYN_ALLOC(ctx, x, M * N);
    ATTNDYN_ALLOC(ctx, g, K * N);
    ATTNDYN_ALLOC(ctx, p, N);
    ATTNDYN_ALLOC(ctx, delta, M * K);
    ATTNDYN_ALLOC(ctx, scaled, M * K);
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, stream(params),
                                    (uint64_t)param_int(params, "joint_seed")));
    attndyn_random_uniforms(&random, 1, M * N, drawn);
    for (size_t i = 0; i < N; i++)
        for (size_t l = 0; l < M; l++) x[i * M + l] = drawn[l * N + i];
    double *y_drawn;
    ATTNDYN_ALLOC(ctx, y_drawn, K * N);
    attndyn_random_normals(&random, 1, K * N, y_drawn);
    attndyn_random_done(&random);
    for (size_t i = 0; i < N; i++) {
        p[i] = 1 / (double)N;
        for (size_t k = 0; k < K; k++) g[i * K + k] = y_drawn[k * N + i];
    }
    for (size_t l = 0; l < M; l++)
        for (size_t k = 0; k < K; k++) {
            for (size_t i = 0; i < N; i++) delta[l * K + k] += p[i] * g[i * K + k] * x[i * M + l];
            scaled[l * K + k] = delta[l * K + k] / (double)K;
        }
    struct attndyn_joma joint = {.tokens = M,
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
                                 .p = p,
                                 .target = g};
    struct attndyn_joma_work *work;
    ATTNDYN_TRY(attndyn_joma_work_create(ctx, &joint, &work));
    size_t size = attndyn_joma_size(&joint);
    struct attndyn_ode_problem problem = {.n = size, .rhs = attndyn_joma_rhs, .user = work};
    struct attndyn_ode_options options = options_of(params, ATTNDYN_ODE_ADAMS);
    struct attndyn_joma_erf *laws;
    double *state, *y, t_star, t = 0;
    ATTNDYN_ALLOC(ctx, laws, M);
    ATTNDYN_ALLOC(ctx, state, size);
    ATTNDYN_ALLOC(ctx, y, M * K + 1);
    row_laws(M, K, delta, laws);
    attndyn_joma_erf_winner(M, laws, &t_star);
    ATTNDYN_TRY(results_scalar(ctx, results, "joint_t_star", t_star));
    size_t n_fractions;
    const double *fractions = param_reals(params, "joint_at", &n_fractions);
    for (size_t i = 0; i < n_fractions; i++) {
        double to = fractions[i] * t_star, deviation[3];
        if (!(to > t)) return attndyn_fail(ctx, ATTNDYN_USAGE, "joint_at must rise from above 0");
        struct attndyn_ode_statistics statistics;
        ATTNDYN_TRY(
            attndyn_ode_solve(ctx, &problem, &options, t, state, &to, 1, NULL, &statistics));
        t = to;
        for (int form = 0; form < 3; form++) {
            struct attndyn_joma_folded model =
                model_of(M, K, form == ATTNDYN_JOMA_PRINTED ? scaled : delta, form);
            model.t_end = to;
            ATTNDYN_TRY(attndyn_joma_folded_prepare(ctx, &model));
            struct folded_outcome outcome;
            memset(y, 0, (M * K + 1) * sizeof *y);
            ATTNDYN_TRY(folded_run(ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome));
            double apart = 0, whole = 0;
            for (size_t j = 0; j < M * K; j++) {
                apart += (y[j] - state[j]) * (y[j] - state[j]);
                whole += state[j] * state[j];
            }
            deviation[form] = sqrt(apart / whole);
        }
        ATTNDYN_TRY(EMIT(ctx, results, "joint", R(fractions[i]), R(to), R(deviation[0]),
                         R(deviation[1]), R(deviation[2])));
    }
    return ATTNDYN_OK;
}

enum attndyn_status low_rank_curves(struct attndyn_context *ctx, const struct params *params,
                                    struct results *results) {
    size_t m = (size_t)param_int(params, "M"), k = (size_t)param_int(params, "K"), n_radii;
    const double *radii = param_reals(params, "radii", &n_radii);
    double *delta, *y, *velocity, *v;
    struct attndyn_joma_erf *laws;
    ATTNDYN_ALLOC(ctx, delta, m * k);
    ATTNDYN_ALLOC(ctx, y, m * k + 1);
    ATTNDYN_ALLOC(ctx, velocity, m * k);
    ATTNDYN_ALLOC(ctx, v, m * k);
    ATTNDYN_ALLOC(ctx, laws, m);
    double *q;
    ATTNDYN_ALLOC(ctx, q, m);
    for (int family = 0; family < LOW_RANK_FAMILY_COUNT; family++)
        for (long s = 0; s < param_int(params, "seeds"); s++) {
            uint64_t seed = (uint64_t)(param_int(params, "seed") + s);
            ATTNDYN_TRY(low_rank_delta(ctx, params, family, seed, m, k, delta));
            double sr_delta;
            ATTNDYN_TRY(attndyn_stable_rank(ctx, m, k, delta, &sr_delta));
            row_laws(m, k, delta, laws);
            double t_star;
            size_t winner = attndyn_joma_erf_winner(m, laws, &t_star);
            for (int form = 0; form < 3; form++) {
                struct attndyn_joma_folded model = model_of(m, k, delta, form);
                ATTNDYN_TRY(attndyn_joma_folded_prepare(ctx, &model));
                struct attndyn_ode_options options = options_of(params, ATTNDYN_ODE_ADAMS);
                memset(y, 0, (m * k + 1) * sizeof *y);
                for (size_t i = 0; i < n_radii; i++) {
                    model.stop_at = radii[i];
                    struct folded_outcome outcome;
                    ATTNDYN_TRY(folded_run(ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome));
                    if (outcome.end != FOLDED_AT_RADIUS)
                        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "radius %g: %s", radii[i],
                                            outcome.why);
                    double sr_v, sr_dv, er_v, er_dv, error = NAN;
                    if (!attndyn_joma_folded_velocity(&model, y, velocity))
                        return attndyn_fail(ctx, ATTNDYN_USAGE,
                                            "dV/dt overflows at radius %g: take smaller radii",
                                            radii[i]);
                    ATTNDYN_TRY(attndyn_stable_rank(ctx, m, k, y, &sr_v));
                    ATTNDYN_TRY(attndyn_stable_rank(ctx, m, k, velocity, &sr_dv));
                    ATTNDYN_TRY(attndyn_effective_rank(ctx, m, k, y, &er_v));
                    ATTNDYN_TRY(attndyn_effective_rank(ctx, m, k, velocity, &er_dv));
                    if (form == ATTNDYN_JOMA_SHARED) { /* rows at the winner's own gap, and time */
                        double gap = attndyn_joma_erf_gap(&laws[winner], radii[i]);
                        attndyn_joma_erf_all_before(m, laws, gap, q);
                        for (size_t l = 0; l < m; l++)
                            attndyn_joma_row_fill(k, delta + l * k, NULL, &laws[l], q[l],
                                                  v + l * k);
                        error = fmax(largest_difference(m * k, y, v),
                                     fabs(outcome.t + gap - t_star) / t_star);
                    }
                    ATTNDYN_TRY(EMIT(ctx, results, "ranks", S(family_names[family]), I((long)seed),
                                     S(form_names[form]), R(radii[i]), R(outcome.t), R(sr_delta),
                                     R(sr_v), R(sr_dv), R(er_v), R(er_dv), R(error)));
                }
            }
        }
    return ATTNDYN_OK;
}

struct threshold_case {
    struct attndyn_context *ctx;
    size_t m, k, winner;
    const double *delta;
    const struct attndyn_joma_erf *laws;
    double *q, *v;
};

/* sr - 1.1 of V or dV/dt (up to a factor) at radius r, shared form, closed. */
static enum attndyn_status excess(struct threshold_case *c, bool velocity, double r, double *over) {
    attndyn_joma_erf_all_before(c->m, c->laws, attndyn_joma_erf_gap(&c->laws[c->winner], r), c->q);
    for (size_t l = 0; l < c->m; l++) {
        double scale =
            velocity ? exp(0.5 * (c->q[l] * c->q[l] - r * r)) : c->q[l] / c->laws[l].delta;
        for (size_t j = 0; j < c->k; j++) c->v[l * c->k + j] = scale * c->delta[l * c->k + j];
    }
    double rank;
    ATTNDYN_TRY(attndyn_stable_rank(c->ctx, c->m, c->k, c->v, &rank));
    *over = rank - 1.1;
    return ATTNDYN_OK;
}

/* The radius beyond which the stable rank stays below 1.1; both fall from radius 1 on. */
static enum attndyn_status threshold(struct threshold_case *c, bool velocity, double *radius) {
    double low = 0.05, high = 34, over;
    while (high - low > 1e-3) {
        double middle = 0.5 * (low + high);
        ATTNDYN_TRY(excess(c, velocity, middle, &over));
        if (over > 0)
            low = middle;
        else
            high = middle;
    }
    *radius = high;
    return ATTNDYN_OK;
}

enum attndyn_status low_rank_thresholds(struct attndyn_context *ctx, const struct params *params,
                                        struct results *results) {
    struct threshold_case c = {
        .ctx = ctx, .m = (size_t)param_int(params, "M"), .k = (size_t)param_int(params, "K")};
    size_t seeds = (size_t)param_int(params, "threshold_seeds");
    double *delta, *v, *dv;
    struct attndyn_joma_erf *laws;
    ATTNDYN_ALLOC(ctx, delta, c.m * c.k);
    ATTNDYN_ALLOC(ctx, laws, c.m);
    ATTNDYN_ALLOC(ctx, c.q, c.m);
    ATTNDYN_ALLOC(ctx, c.v, c.m * c.k);
    ATTNDYN_ALLOC(ctx, v, seeds);
    ATTNDYN_ALLOC(ctx, dv, seeds);
    c.delta = delta, c.laws = laws;
    for (int family = 0; family < LOW_RANK_FAMILY_COUNT; family++) {
        for (size_t s = 0; s < seeds; s++) {
            uint64_t mark = attndyn_memory_mark(ctx);
            ATTNDYN_TRY(low_rank_delta(ctx, params, family, (uint64_t)param_int(params, "seed") + s,
                                       c.m, c.k, delta));
            row_laws(c.m, c.k, delta, laws);
            c.winner = attndyn_joma_erf_winner(c.m, laws, NULL);
            ATTNDYN_TRY(threshold(&c, true, &dv[s]));
            ATTNDYN_TRY(threshold(&c, false, &v[s]));
            attndyn_memory_release(ctx, mark);
        }
        gsl_sort(v, 1, seeds);
        gsl_sort(dv, 1, seeds);
        double median_v = 0.5 * (v[(seeds - 1) / 2] + v[seeds / 2]);
        double median_dv = 0.5 * (dv[(seeds - 1) / 2] + dv[seeds / 2]);
        ATTNDYN_TRY(EMIT(ctx, results, "thresholds", S(family_names[family]), R(median_dv),
                         R(dv[0]), R(dv[seeds - 1]), R(erf(median_dv * sqrt(0.5))), R(median_v),
                         R(v[0]), R(v[seeds - 1])));
    }
    return ATTNDYN_OK;
}

enum attndyn_status low_rank_winners(struct attndyn_context *ctx, const struct params *params,
                                     struct results *results) {
    size_t m = (size_t)param_int(params, "winner_M"), k = (size_t)param_int(params, "winner_K");
    double *delta, *y;
    ATTNDYN_ALLOC(ctx, delta, m * k);
    ATTNDYN_ALLOC(ctx, y, m * k + 1);
    for (long i = 0; i < param_int(params, "winner_trials"); i++) {
        ATTNDYN_TRY(
            low_rank_delta(ctx, params, 0, (uint64_t)(param_int(params, "seed") + i), m, k, delta));
        size_t by_norm = 0, by_entry = 0, by_printed = 0, won[2] = {0, 0};
        double norm = 0, entry = 0, first = INFINITY;
        for (size_t l = 0; l < m; l++) {
            const double *d = delta + l * k;
            double square = 0, top = 0, time = attndyn_joma_row_printed_time(k, d, INFINITY);
            for (size_t j = 0; j < k; j++) square += d[j] * d[j], top = fmax(top, fabs(d[j]));
            if (square > norm) norm = square, by_norm = l;
            if (top > entry) entry = top, by_entry = l;
            if (time < first) first = time, by_printed = l;
        }
        uint64_t mark = attndyn_memory_mark(ctx);
        for (int form = 0; form < 2; form++) {
            struct attndyn_joma_folded model = model_of(m, k, delta, form);
            /* Under the printed form the largest entry decides, not the norm: go further. */
            model.stop_at = form == ATTNDYN_JOMA_PRINTED ? 20 : 6;
            ATTNDYN_TRY(attndyn_joma_folded_prepare(ctx, &model));
            struct attndyn_ode_options options = options_of(params, ATTNDYN_ODE_ADAMS);
            options.rtol = 1e-9, options.atol = 1e-11;
            struct folded_outcome outcome;
            memset(y, 0, (m * k + 1) * sizeof *y);
            ATTNDYN_TRY(folded_run(ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome));
            if (outcome.end != FOLDED_AT_RADIUS)
                return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "winner %ld: %s", i, outcome.why);
            double top = 0;
            for (size_t l = 0; l < m; l++) {
                double square = 0;
                for (size_t j = 0; j < k; j++) square += y[l * k + j] * y[l * k + j];
                if (square > top) top = square, won[form] = l;
            }
        }
        attndyn_memory_release(ctx, mark);
        ATTNDYN_TRY(EMIT(ctx, results, "winners", I(i), I((long)won[0]), I((long)won[1]),
                         I((long)by_norm), I((long)by_printed), I((long)by_entry)));
    }
    return ATTNDYN_OK;
}
