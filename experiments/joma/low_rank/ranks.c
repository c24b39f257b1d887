/* Stable ranks of V and of dV/dt as the rows grow: curves, thresholds, and one instance too large
 * for anything but its own integrator. */
#include "low_rank.h"

#include "experiments/joma/shared/components.h"
#include "experiments/joma/shared/folded_solve.h"
#include "sim/model/joma/rows.h"
#include "sim/observe/rank.h"

#include <gsl/gsl_sort.h>
#include <string.h>

enum attndyn_status low_rank_curves(const struct trial *run, const struct low_rank *p) {
    size_t m = (size_t)p->M, k = (size_t)p->K;
    double *delta, *y, *velocity, *v;
    struct attndyn_joma_erf *laws;
    ATTNDYN_ALLOC(run->ctx, delta, m * k);
    ATTNDYN_ALLOC(run->ctx, y, m * k + 1);
    ATTNDYN_ALLOC(run->ctx, velocity, m * k);
    ATTNDYN_ALLOC(run->ctx, v, m * k);
    ATTNDYN_ALLOC(run->ctx, laws, m);
    double *q;
    ATTNDYN_ALLOC(run->ctx, q, m);
    for (enum family family = family_normal; family <= family_ce; family++)
        for (long s = 0; s < p->seeds; s++) {
            uint64_t seed = (uint64_t)(p->seed + s);
            ATTNDYN_TRY(low_rank_delta(run->ctx, p, family, seed, m, k, delta));
            double sr_delta;
            ATTNDYN_TRY(attndyn_stable_rank(run->ctx, m, k, delta, &sr_delta));
            low_rank_laws(m, k, delta, laws);
            double t_star;
            size_t winner = attndyn_joma_erf_winner(m, laws, &t_star);
            for (enum attndyn_joma_form form = 0; form < 3; form++) {
                struct attndyn_joma_folded model = low_rank_model(m, k, delta, form);
                ATTNDYN_TRY(attndyn_joma_folded_prepare(run->ctx, &model));
                struct attndyn_ode_options options = low_rank_options(p, ATTNDYN_ODE_ADAMS);
                memset(y, 0, (m * k + 1) * sizeof *y);
                for (size_t i = 0; i < p->radii.count; i++) {
                    model.stop_at = p->radii.at[i];
                    struct folded_outcome outcome;
                    ATTNDYN_TRY(
                        folded_solve(run->ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome));
                    if (outcome.end != FOLDED_AT_RADIUS)
                        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "radius %g: %s",
                                            p->radii.at[i], outcome.why);
                    double sr_v, sr_dv, er_v, er_dv, error = NAN;
                    if (!attndyn_joma_folded_velocity(&model, y, velocity))
                        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                            "dV/dt overflows at radius %g: take smaller radii",
                                            p->radii.at[i]);
                    ATTNDYN_TRY(attndyn_stable_rank(run->ctx, m, k, y, &sr_v));
                    ATTNDYN_TRY(attndyn_stable_rank(run->ctx, m, k, velocity, &sr_dv));
                    ATTNDYN_TRY(attndyn_effective_rank(run->ctx, m, k, y, &er_v));
                    ATTNDYN_TRY(attndyn_effective_rank(run->ctx, m, k, velocity, &er_dv));
                    if (form == ATTNDYN_JOMA_SHARED) { /* rows at the winner's own gap, and time */
                        double gap = attndyn_joma_erf_gap(&laws[winner], p->radii.at[i]);
                        attndyn_joma_erf_all_before(m, laws, gap, q);
                        for (size_t l = 0; l < m; l++)
                            attndyn_joma_row_fill(k, delta + l * k, NULL, &laws[l], q[l],
                                                  v + l * k);
                        error =
                            fmax(joma_apart(m * k, y, v), fabs(outcome.t + gap - t_star) / t_star);
                    }
                    ATTNDYN_TRY(EMIT(run, ranks, .family = family_names[family], .seed = (long)seed,
                                     .form = form_names[form], .radius = p->radii.at[i],
                                     .t = outcome.t, .sr_delta = sr_delta, .sr_V = sr_v,
                                     .sr_dV = sr_dv, .er_V = er_v, .er_dV = er_dv, .error = error));
                }
            }
        }
    return ATTNDYN_OK;
}

struct threshold_case {
    const struct trial *run;
    size_t m, k, winner;
    const double *delta;
    const struct attndyn_joma_erf *laws;
    double *q, *v;
};

/* sr - 1 of V or dV/dt (up to a factor) at radius r, shared form, closed. */
static enum attndyn_status excess(struct threshold_case *c, bool velocity, double r, double *over) {
    attndyn_joma_erf_all_before(c->m, c->laws, attndyn_joma_erf_gap(&c->laws[c->winner], r), c->q);
    for (size_t l = 0; l < c->m; l++) {
        double scale =
            velocity ? exp(0.5 * (c->q[l] * c->q[l] - r * r)) : c->q[l] / c->laws[l].delta;
        for (size_t j = 0; j < c->k; j++) c->v[l * c->k + j] = scale * c->delta[l * c->k + j];
    }
    double rank;
    ATTNDYN_TRY(attndyn_stable_rank(c->run->ctx, c->m, c->k, c->v, &rank));
    *over = rank - 1;
    return ATTNDYN_OK;
}

/* The radius beyond which the stable rank stays below 1.1; both fall from radius 1 on. */
static enum attndyn_status threshold(struct threshold_case *c, bool velocity, double *radius) {
    double low = 0.05, high = 34, over;
    while (high - low > 1e-3) {
        double middle = 0.5 * (low + high);
        ATTNDYN_TRY(excess(c, velocity, middle, &over));
        if (over > 0.1)
            low = middle;
        else
            high = middle;
    }
    *radius = high;
    return ATTNDYN_OK;
}

enum attndyn_status low_rank_thresholds(const struct trial *run, const struct low_rank *p) {
    struct threshold_case c = {.run = run, .m = (size_t)p->M, .k = (size_t)p->K};
    size_t seeds = (size_t)p->threshold_seeds;
    double *delta, *v, *dv, over;
    static const double radii[] = {8.5, 17, 34};
    struct attndyn_joma_erf *laws;
    ATTNDYN_ALLOC(run->ctx, delta, c.m * c.k);
    ATTNDYN_ALLOC(run->ctx, laws, c.m);
    ATTNDYN_ALLOC(run->ctx, c.q, c.m);
    ATTNDYN_ALLOC(run->ctx, c.v, c.m * c.k);
    ATTNDYN_ALLOC(run->ctx, v, seeds);
    ATTNDYN_ALLOC(run->ctx, dv, seeds);
    c.delta = delta, c.laws = laws;
    for (enum family family = family_normal; family <= family_ce; family++) {
        double rest[3] = {0};
        for (size_t s = 0; s < seeds; s++) {
            uint64_t mark = attndyn_memory_mark(run->ctx);
            ATTNDYN_TRY(
                low_rank_delta(run->ctx, p, family, (uint64_t)p->seed + s, c.m, c.k, delta));
            low_rank_laws(c.m, c.k, delta, laws);
            c.winner = attndyn_joma_erf_winner(c.m, laws, NULL);
            ATTNDYN_TRY(threshold(&c, true, &dv[s]));
            ATTNDYN_TRY(threshold(&c, false, &v[s]));
            for (size_t r = 0; r < 3; r++) {
                ATTNDYN_TRY(excess(&c, false, radii[r], &over));
                rest[r] += log(over) / (double)seeds;
            }
            attndyn_memory_release(run->ctx, mark);
        }
        for (size_t r = 0; r < 3; r++)
            ATTNDYN_TRY(EMIT(run, approach, .family = family_names[family], .radius = radii[r],
                             .rest = exp(rest[r])));
        gsl_sort(v, 1, seeds);
        gsl_sort(dv, 1, seeds);
        double median_v = 0.5 * (v[(seeds - 1) / 2] + v[seeds / 2]);
        double median_dv = 0.5 * (dv[(seeds - 1) / 2] + dv[seeds / 2]);
        ATTNDYN_TRY(EMIT(run, thresholds, .family = family_names[family], .dV_radius = median_dv,
                         .dV_least = dv[0], .dV_most = dv[seeds - 1],
                         .dV_time = erf(median_dv * sqrt(0.5)), .V_radius = median_v,
                         .V_least = v[0], .V_most = v[seeds - 1]));
    }
    return ATTNDYN_OK;
}

enum attndyn_status low_rank_large(const struct trial *run, const struct low_rank *p) {
    size_t M = (size_t)p->M, K = (size_t)p->K;
    double *delta, *velocity, *q, tolerance = p->rank_tolerance;
    struct attndyn_joma_rows rows = {.tokens = M, .nodes = K, .eta_w = 1, .rho = 1};
    ATTNDYN_ALLOC(run->ctx, delta, M * K);
    ATTNDYN_ALLOC(run->ctx, rows.v, M * K);
    ATTNDYN_ALLOC(run->ctx, velocity, M * K);
    ATTNDYN_ALLOC(run->ctx, q, M);
    struct attndyn_joma_erf *laws;
    ATTNDYN_ALLOC(run->ctx, laws, M);
    ATTNDYN_TRY(low_rank_delta(run->ctx, p, p->family, (uint64_t)p->seed, M, K, delta));
    rows.delta = delta;
    ATTNDYN_TRY(attndyn_joma_rows_prepare(run->ctx, &rows));
    for (size_t l = 0; l < M; l++) laws[l] = attndyn_joma_row_law(K, delta + l * K, NULL, 0, 1, 1);
    double t_star, sr_delta;
    size_t winner = attndyn_joma_erf_winner(M, laws, &t_star);
    ATTNDYN_TRY(attndyn_stable_rank_iterative(run->ctx, M, K, delta, tolerance, &sr_delta));
    for (size_t i = 0; i < p->radii.count; i++) {
        ATTNDYN_TRY(attndyn_joma_rows_advance(run->ctx, &rows, p->large_step, p->radii.at[i]));
        /* Rows against the closed form at the winner's own gap; the winner against the time. */
        double gap = attndyn_joma_erf_gap(&laws[winner], rows.radius[winner]), error = 0, sr_v,
               sr_dv;
        attndyn_joma_erf_all_before(M, laws, gap, q);
        for (size_t l = 0; l < M; l++)
            for (size_t k = 0; k < K; k++) {
                double expected = q[l] * (delta[l * K + k] / laws[l].delta);
                worst(&error, rows.v[l * K + k] - expected);
            }
        worst(&error, fabs(rows.t + gap - t_star) / t_star);
        ATTNDYN_TRY(attndyn_stable_rank_iterative(run->ctx, M, K, rows.v, tolerance, &sr_v));
        attndyn_joma_rows_direction(run->ctx, &rows, velocity);
        ATTNDYN_TRY(attndyn_stable_rank_iterative(run->ctx, M, K, velocity, tolerance, &sr_dv));
        ATTNDYN_TRY(EMIT(run, ranks, .family = family_names[p->family], .seed = p->seed,
                         .form = "shared", .radius = p->radii.at[i], .t = rows.t,
                         .sr_delta = sr_delta, .sr_V = sr_v, .sr_dV = sr_dv, .er_V = NAN,
                         .er_dV = NAN, .error = error));
        ATTNDYN_TRY(NOTE(run, "radius %g after %ld Runge-Kutta steps of all rows", p->radii.at[i],
                         rows.steps));
    }
    /* The state is 1e7 numbers: its row norms are what the dynamics say of it. */
    ATTNDYN_TRY(STATE(run, t_star, &t_star, 1));
    ATTNDYN_TRY(STATE(run, row_norm, rows.radius, M));
    return SCALAR(run, outcome, t_star, t_star);
}
