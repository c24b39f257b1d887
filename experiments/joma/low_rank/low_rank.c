#include "low_rank.h"

#include "experiments/joma/shared/components.h"
#include "experiments/joma/shared/folded_solve.h"

#include <string.h>

/* Closed form of `form` from zero at time t: false beyond its blow-up. */
static bool exact(size_t m, size_t k, const double *delta, enum attndyn_joma_form form, double t,
                  double *v) {
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

static double mubar(size_t k, const double *delta) {
    return joma_largest(delta, k);
}

/* The blow-up time of the shared form, off its integration to radius 6. */
static enum attndyn_status blow_up(const struct trial *run, const struct low_rank *p, size_t m,
                                   size_t k, const double *delta, double *time, size_t *winner) {
    struct attndyn_joma_folded model = low_rank_model(m, k, delta, ATTNDYN_JOMA_SHARED);
    struct attndyn_ode_options options = low_rank_options(p, ATTNDYN_ODE_ADAMS);
    struct folded_outcome outcome;
    struct attndyn_joma_erf *laws;
    double *y, radius = 0;
    ATTNDYN_ALLOC(run->ctx, laws, m);
    ATTNDYN_ALLOC(run->ctx, y, m * k + 1);
    low_rank_laws(m, k, delta, laws);
    model.stop_at = 6;
    ATTNDYN_TRY(attndyn_joma_folded_prepare(run->ctx, &model));
    ATTNDYN_TRY(folded_solve(run->ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome));
    *winner = 0;
    for (size_t l = 0; l < m; l++) {
        double square = 0;
        for (size_t j = 0; j < k; j++) square += y[l * k + j] * y[l * k + j];
        if (square > radius * radius) radius = sqrt(square), *winner = l;
    }
    double gap = attndyn_joma_erf_gap(&laws[*winner], radius);
    *time = outcome.t + gap;
    ATTNDYN_TRY(SOLVER(run, "to radius 6", &outcome.statistics));
    return NOTE(run,
                "shared form, %zu node(s): path-length clock, stopped at radius %g, %.3g before t*",
                k, radius, gap);
}

/* A form at time t by three integrators, each beside the closed form; y: the last one's V. */
static enum attndyn_status integrate(const struct trial *run, const struct low_rank *p, size_t m,
                                     size_t k, enum attndyn_joma_form form, double t, double *y) {
    static const enum attndyn_ode_method methods[] = {ATTNDYN_ODE_RK4, ATTNDYN_ODE_BDF_DENSE,
                                                      ATTNDYN_ODE_ADAMS};
    const size_t count = p->delta.count;
    double *v;
    ATTNDYN_ALLOC(run->ctx, v, count);
    if (!exact(m, k, p->delta.at, form, t, v))
        return NOTE(run, "the %s form has blown up before t = %g", form_names[form], t);
    for (size_t i = 0; i < 3; i++) {
        struct attndyn_joma_folded model = low_rank_model(m, k, p->delta.at, form);
        struct attndyn_ode_options options = low_rank_options(p, methods[i]);
        struct folded_outcome outcome;
        model.t_end = t;
        ATTNDYN_TRY(attndyn_joma_folded_prepare(run->ctx, &model));
        memset(y, 0, (count + 1) * sizeof *y);
        ATTNDYN_TRY(folded_solve(run->ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome));
        if (outcome.end == FOLDED_GAVE_UP)
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "%s form: %s", form_names[form],
                                outcome.why);
        ATTNDYN_TRY(EMIT(run, forms, .form = form_names[form],
                         .method = attndyn_ode_method_name(methods[i]), .t = t,
                         .error = joma_apart(count, y, v), .steps = outcome.statistics.steps));
    }
    return ATTNDYN_OK;
}

/* The rows' own blow-up times beside what is printed of them. */
static enum attndyn_status emit_rows(const struct trial *run, const struct low_rank *p, size_t m,
                                     size_t k, double *t_star) {
    struct attndyn_joma_erf *laws;
    double *own;
    ATTNDYN_ALLOC(run->ctx, laws, m);
    ATTNDYN_ALLOC(run->ctx, own, m);
    low_rank_laws(m, k, p->delta.at, laws);
    attndyn_joma_erf_winner(m, laws, t_star);
    for (size_t l = 0; l < m; l++) {
        const double *delta = p->delta.at + l * k, norm = laws[l].delta;
        own[l] = attndyn_joma_erf_blowup(&laws[l]);
        double printed = attndyn_joma_row_printed_time(k, delta, INFINITY);
        ATTNDYN_TRY(
            EMIT(run, rows, .row = (long)l, .norm = norm, .t_star = joma_finite(own[l]),
                 .t_star_printed = joma_finite(printed),
                 .t_galore = norm > 0 ? attndyn_joma_row_galore_time(mubar(k, delta)) : NAN));
        if (!isfinite(own[l])) own[l] = -1;
    }
    ATTNDYN_TRY(STATE(run, t_star, t_star, 1));
    return STATE(run, t_star_row, own, m);
}

static enum attndyn_status small(const struct trial *run, const struct low_rank *p) {
    size_t k = (size_t)p->delta_K, winner, only;
    double *y, t_star, measured, one = 1, of_one;
    if (p->delta.count == 0 || p->delta.count % k != 0)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "delta has %zu numbers: give rows of delta_K = %zu each",
                            p->delta.count, k);
    size_t m = p->delta.count / k;
    ATTNDYN_ALLOC(run->ctx, y, p->delta.count + 1);
    for (int form = 2; form >= 0; form--) /* the shared one last: its V is the state */
        for (size_t i = 0; i < p->times.count; i++)
            ATTNDYN_TRY(integrate(run, p, m, k, (enum attndyn_joma_form)form, p->times.at[i], y));
    ATTNDYN_TRY(STATE(run, V, y, p->delta.count));
    ATTNDYN_TRY(emit_rows(run, p, m, k, &t_star));
    ATTNDYN_TRY(blow_up(run, p, m, k, p->delta.at, &measured, &winner));
    ATTNDYN_TRY(blow_up(run, p, 1, 1, &one, &of_one, &only));
    ATTNDYN_TRY(SCALAR(run, outcome, t_star, t_star));
    ATTNDYN_TRY(SCALAR(run, outcome, t_star_measured, measured));
    ATTNDYN_TRY(SCALAR(run, outcome, t_star_galore,
                       attndyn_joma_row_galore_time(mubar(k, p->delta.at + winner * k))));
    ATTNDYN_TRY(SCALAR(run, outcome, one_measured, of_one));
    return SCALAR(run, outcome, one_galore, attndyn_joma_row_galore_time(one));
}

/* Enlarges the row of the largest mubar to 1.1 k times the next, as GaLore's lemma supposes
 * (enlarge = false leaves it). Returns how far it leads, over k. */
static double lead(size_t m, size_t k, double *delta, bool enlarge) {
    size_t first = 0;
    double second = 0;
    for (size_t l = 1; l < m; l++)
        if (mubar(k, delta + l * k) > mubar(k, delta + first * k)) first = l;
    for (size_t l = 0; l < m; l++)
        if (l != first) second = fmax(second, mubar(k, delta + l * k));
    double factor = 1.1 * (double)k * second / mubar(k, delta + first * k);
    for (size_t j = 0; j < k && enlarge; j++) delta[first * k + j] *= factor;
    return mubar(k, delta + first * k) / ((double)k * second);
}

static enum attndyn_status winners(const struct trial *run, const struct low_rank *p, bool leads) {
    size_t m = (size_t)p->winner_M, k = (size_t)p->winner_K;
    double *delta, *y;
    ATTNDYN_ALLOC(run->ctx, delta, m * k);
    ATTNDYN_ALLOC(run->ctx, y, m * k + 1);
    for (long i = 0; i < p->winner_trials; i++) {
        ATTNDYN_TRY(
            low_rank_delta(run->ctx, p, family_normal, (uint64_t)(p->seed + i), m, k, delta));
        double margin = lead(m, k, delta, leads);
        size_t by_norm = 0, by_entry = 0, by_printed = 0, won[2] = {0, 0};
        double norm = 0, entry = 0, first = INFINITY;
        for (size_t l = 0; l < m; l++) {
            const double *d = delta + l * k;
            double square = 0, top = 0, time = attndyn_joma_row_printed_time(k, d, INFINITY);
            for (size_t j = 0; j < k; j++) square += d[j] * d[j], worst(&top, d[j]);
            if (square > norm) norm = square, by_norm = l;
            if (top > entry) entry = top, by_entry = l;
            if (time < first) first = time, by_printed = l;
        }
        uint64_t mark = attndyn_memory_mark(run->ctx);
        for (enum attndyn_joma_form form = 0; form < 2; form++) {
            struct attndyn_joma_folded model = low_rank_model(m, k, delta, form);
            /* in the printed form the largest entry decides, not the norm, which takes longer to
             * show */
            model.stop_at = form == ATTNDYN_JOMA_PRINTED ? 20 : 6;
            ATTNDYN_TRY(attndyn_joma_folded_prepare(run->ctx, &model));
            struct attndyn_ode_options options = low_rank_options(p, ATTNDYN_ODE_ADAMS);
            options.rtol = 1e-9, options.atol = 1e-11;
            struct folded_outcome outcome;
            memset(y, 0, (m * k + 1) * sizeof *y);
            ATTNDYN_TRY(folded_solve(run->ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome));
            if (outcome.end != FOLDED_AT_RADIUS)
                return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "winner %ld: %s", i, outcome.why);
            double top = 0;
            for (size_t l = 0; l < m; l++) {
                double square = 0;
                for (size_t j = 0; j < k; j++) square += y[l * k + j] * y[l * k + j];
                if (square > top) top = square, won[form] = l;
            }
        }
        attndyn_memory_release(run->ctx, mark);
        ATTNDYN_TRY(EMIT(run, winners, .trial = i, .shared = (long)won[0], .printed = (long)won[1],
                         .largest_norm = (long)by_norm, .first_printed = (long)by_printed,
                         .largest_entry = (long)by_entry, .draw = leads ? "lead" : "normal",
                         .margin = margin,
                         .printed_time = attndyn_joma_row_galore_time(entry) * sqrt(norm) /
                                         sqrt(acos(0)))); /* (A): sqrt(pi/2)/||Delta_l|| */
    }
    return ATTNDYN_OK;
}

RUN(low_rank) {
    ATTNDYN_TRY(NOT_EMPTY(run, p, radii));
    for (size_t i = 1; i < p->radii.count; i++)
        if (!(p->radii.at[i] > p->radii.at[i - 1]))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE, "radii must rise: %g follows %g",
                                p->radii.at[i], p->radii.at[i - 1]);
    if (p->study == study_large) return low_rank_large(run, p);
    if (p->M * p->K > 100000)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "M K = %ld is too large for the full singular value decompositions of "
                            "study=all; take study=large",
                            p->M * p->K);
    ATTNDYN_TRY(small(run, p));
    ATTNDYN_TRY(low_rank_joint(run, p));
    ATTNDYN_TRY(low_rank_curves(run, p));
    ATTNDYN_TRY(low_rank_thresholds(run, p));
    ATTNDYN_TRY(winners(run, p, false));
    ATTNDYN_TRY(winners(run, p, true));
    return low_rank_training(run, p);
}

static const struct figure figures[] = {
    {"low_rank", "joma/low_rank/low_rank.gp",
     "Stable rank of V and of dV/dt against the largest row norm of V, mean over the seeds, for "
     "four kinds of Delta and the three forms of the dynamics: dV/dt is of rank one from radius 3 "
     "on, V nears rank one only logarithmically."},
    {0}};

KNOWN(folded, low_rank) {
    f->gradient_stationary = 1; /* all flows but those of table training */
    f->nodes = (double)p->joint_K;
}

const struct experiment experiment_joma_low_rank = {
    .id = "joma/low-rank",
    .title = "K > 1: the rank of V and of its gradient under three forms of the dynamics",
    .source = "JoMA (arXiv 2310.00535), Theorem 2; GaLore (arXiv 2403.03507), section 3, appendix",
    .doc =
        "K nodes share one attention z_l = sum_k v_lk^2/2, so that the joint flow of linear "
        "activation and constant Delta_lk = E[g_k x_l] folds into (A) dV/dt = diag(exp((V o V) "
        "1/2)) Delta, V (M tokens x K nodes) with 1 the vector of ones. The talk and GaLore print "
        "(B) diag(exp(V o V/2) 1) Delta and (C) exp(V o V/2) o Delta; all three are integrated, "
        "in path-length time, against their closed forms and against the joint flow (V, xi, z) of "
        "random samples. Rows of V keep their direction under (A); the row of largest 2-norm "
        "blows up at sqrt(pi/2)/||Delta_l||. Since its norm grows like sqrt(2 ln 1/(t* - t)), V "
        "nears rank one logarithmically, dV/dt at once.\n"
        "In training with exponential attention and the real gradient the steps become unstable, "
        "and rounding decides its rows of `training` from about iteration 1600 on: a learning "
        "rate larger by one unit in the last place takes sr(dV/dt) at iteration 2000 from 1.61 to "
        "1.46.\n"
        "study=large integrates one Delta of 1e7 numbers and takes stable ranks by Lanczos "
        "iteration.\n"
        "Table `state`: V of the small instance at the last of `times`, t_star, t_star_row.",
    .presets =
        (const struct preset[]){
            {"quick", "", "all tables: M = 20, K = 10, five Delta of each kind"},
            {"short", "seeds=40 threshold_seeds=200", "forty Delta of each kind"},
            {"paper", "train_at=100,1000,2000,4000,8000", "training to 8000 iterations"},
            {"large", "study=large M=20000 K=512 radii=1,2,3,4,5", "1e7 unknowns to radius 5"},
            {0}},
    .tables = TABLES(ranks, forms, rows, joint, thresholds, approach, winners, training, the_state),
    .figures = figures,
    .facts = KNOWN_OF(folded),
    PARTS_OF(low_rank, outcome)};
