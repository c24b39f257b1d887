/* The fates of tokens: common ones suppressed, distinct ones enhanced; when, and when not. */
#include "fates.h"

#include "experiments/scansnap/shared/data_params.h"
#include "theory/scansnap/early.h"
#include "theory/scansnap/growth.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    {"lasts", PARAM_REALS, "1,2,2,5", 1, 1000, .doc = "last tokens L of the authors' sets"},
    {"nexts", PARAM_REALS, "2,1,2,2", 1, 1000, .doc = "classes per last token N, one for each L"},
    {"ratios", PARAM_REALS, "0.1,1,10,1000", 1e-6, 1e9, .doc = "eta_Y/eta_Z, at eta_Z = 1"},
    {"tau_end", PARAM_REAL, "1e5", 1e-2, 1e12, .doc = "horizon of the sign tables, eta_Y t/K"},
    {"points", PARAM_INT, "200", 2, 100000, .doc = "outputs from eta_Y t/K = 1e-3, logarithmic"},
    {"num_common", PARAM_INT, "10", 1, 1000, .doc = "common tokens"},
    {"num_distinct", PARAM_INT, "10", 1, 1000, .doc = "distinct tokens of a class"},
    {"sds", PARAM_REALS, "0.1,0.2,0.3,0.5,1", 0, 10,
     .doc = "sd of the commons' log-weights, drawn per class, in the random sets"},
    {"random_sets", PARAM_INT, "40", 0, 100000, .doc = "random sets for each sd"},
    {"random_classes", PARAM_INT, "4", 2, 1000,
     .doc = "classes of those, each on its own last token"},
    {"random_common", PARAM_INT, "2", 1, 1000, .doc = "common tokens of those"},
    {"seed", PARAM_INT, "1", .doc = "of those"},
    {"decline_rates", PARAM_REALS, "1,5,30,100", 1e-3, 1e6,
     .doc = "eta_Y, at eta_Z = 1, of the set in which distinct tokens end by shrinking"},
    {"decline_end", PARAM_REAL, "1e9", 1, 1e15, .doc = "horizon there"},
    SOLVER_PARAMS("1e-9"),
    {0}};

static const struct preset presets[] = {
    {"quick", "", "four authors' sets, four ratios, both decoders"},
    {"paper",
     "lasts=1,2,2,5,10,50 nexts=2,1,2,2,2,1 ratios=0.1,1,10,100,1000 tau_end=1e7 points=400",
     "the whole sign table"},
    {0}};

static const struct column sign_columns[] = {
    {"data", COLUMN_TEXT, .doc = "authors, or shared: unequal q shared by all, P(n) = .7 .1 .1 .1"},
    {"L", COLUMN_INT, .doc = "last tokens"},
    {"N", COLUMN_INT, .doc = "classes per last token"},
    {"V", COLUMN_INT, .doc = "outputs of the decoder"},
    {"ratio", COLUMN_REAL, .doc = "eta_Y/eta_Z"},
    {"outputs", COLUMN_INT, .doc = "times looked at"},
    {"common_up", COLUMN_INT, .doc = "times and commons with dz/dt > 1e-14"},
    {"distinct_down", COLUMN_INT, .doc = "times and distinct tokens with dz/dt < -1e-14"},
    {"z_common", COLUMN_REAL, .doc = "largest z of a common at the end"},
    {"z_distinct", COLUMN_REAL, .doc = "smallest z of a distinct token at the end"},
    {0}};
static const struct column early_columns[] = {
    {"data", COLUMN_TEXT, .doc = "which set"},
    {"V", COLUMN_INT, .doc = "outputs of the decoder"},
    {"last", COLUMN_INT, .doc = "m"},
    {"token", COLUMN_INT, .doc = "l"},
    {"kind", COLUMN_TEXT, .doc = "distinct or common"},
    {"predicted", COLUMN_REAL, .doc = "(dz_ml/dt)/(eta_Y eta_Z t) by the early law"},
    {"measured", COLUMN_REAL, .doc = "by the flow at eta_Y t = 1e-3"},
    {"later", COLUMN_REAL, .doc = "by the flow at eta_Y t = 1e-2"},
    {0}};
static const struct column case_columns[] = {
    {"data", COLUMN_TEXT, .doc = "growing-common or declining-distinct"},
    {"eta_y", COLUMN_REAL, .doc = "rate of Y, at eta_Z = 1"},
    {"t", COLUMN_REAL, .doc = "time"},
    {"class", COLUMN_INT, .doc = "n"},
    {"token", COLUMN_INT, .doc = "l"},
    {"kind", COLUMN_TEXT, .doc = "distinct or common"},
    {"z", COLUMN_REAL, .doc = "z_ml"},
    {"dz", COLUMN_REAL, .doc = "dz_ml/dt"},
    {0}};
static const struct column decline_columns[] = {
    {"eta_y", COLUMN_REAL, .doc = "rate of Y, at eta_Z = 1"},
    {"z_max", COLUMN_REAL, .doc = "largest z of a distinct token of class 0"},
    {"t_turn", COLUMN_REAL, .doc = "when it turns downwards; empty if not by the horizon",
     .optional = true},
    {"law", COLUMN_REAL, .doc = "(eta_Z/eta_Y) ln^2(eta_Y t) there", .optional = true},
    {"t_zero", COLUMN_REAL, .doc = "when it is back at 0; empty if not by the horizon",
     .optional = true},
    {"z_end", COLUMN_REAL, .doc = "z at the end"},
    {0}};
static const struct column random_columns[] = {
    {"sd", COLUMN_REAL, .doc = "of the commons' log-weights"},
    {"set", COLUMN_INT, .doc = "number of the set"},
    {"growing", COLUMN_INT, .doc = "pairs of last token and common that start upwards"},
    {"pairs", COLUMN_INT, .doc = "of so many"},
    {0}};
static const struct table tables[] = {
    {"signs", "signs of dz/dt over time, commons shared by all classes", sign_columns},
    {"early", "the early law against the flow", early_columns},
    {"cases", "the two counterexamples over time", case_columns},
    {"decline", "when the distinct tokens of the second example turn", decline_columns},
    {"random", "commons that start upwards, random class-dependent sets", random_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"violations", NULL, "wrong signs in the table signs, authors' sets", false},
    {"violations_unequal", NULL, "the same, unequal P(n) and q", false},
    {"early_error", NULL,
     "largest deviation from the early law at eta_Y t = 1e-3, relative to the "
     "largest rate of its last token",
     false},
    {"early_error_later", NULL, "the same at eta_Y t = 1e-2", false},
    {"growing_common", NULL, "z of the common that grows, eta_Y = 5, t = 1e5", false},
    {"falling_common", NULL, "z of the other there", false},
    {"distinct_beside", NULL, "z of a distinct token there", false},
    {"declined", NULL, "z of a distinct token of the second example, eta_Y = 5, t = 1e5", false},
    {"declined_peak", NULL, "its largest z before", false},
    {"early_gain", NULL, "B over its early law at eta_Y t/K = 0.01", false},
    {"growing_share", NULL, "share of random sets in which a common grows, largest sd", true},
    {0}};

static const struct figure figures[] = {
    {"fates", "scansnap/fates/fates.gp",
     "(a) The early law against the flow, all sets. (b) A common token that grows: commons whose "
     "probability depends on the class. (c) Distinct tokens that end by shrinking. (d) How often "
     "some common grows in random sets whose commons depend on the class."},
    {0}};

/* --- signs over time ------------------------------------------------------------------------ */

struct signs {
    struct attndyn_flow *flow;
    struct attndyn_flow_view *view;
    long common_up, distinct_down;
};

static enum attndyn_status count_signs(void *user, size_t index, double t, const double *y) {
    struct signs *s = user;
    (void)index, (void)t;
    attndyn_flow_observe(s->flow, y, s->view);
    for (size_t e = 0; e < s->flow->distribution->start[s->flow->classes]; e++) {
        if (s->flow->entry_distinct[e])
            s->distinct_down += s->view->dz[e] < -1e-14;
        else
            s->common_up += s->view->dz[e] > 1e-14;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status sign_run(struct attndyn_context *ctx, const struct params *p,
                                    struct results *results, const char *name,
                                    const struct attndyn_distribution *d, double ratio,
                                    double *violations) {
    const struct attndyn_flow_options options = {.eta_y = ratio, .eta_z = 1};
    struct signs s = {.common_up = 0};
    ATTNDYN_TRY(attndyn_flow_create(ctx, d, &options, &s.flow));
    ATTNDYN_TRY(attndyn_flow_view_create(ctx, s.flow, &s.view));
    struct attndyn_ode_problem problem = attndyn_flow_problem(s.flow);
    struct attndyn_ode_options how = data_solver(p);
    struct attndyn_ode_observer observer = {.output = count_signs, .user = &s};
    struct attndyn_ode_statistics statistics;
    size_t points = (size_t)param_int(p, "points");
    double *y, *t, unit = (double)d->classes / ratio, common = -INFINITY, distinct = INFINITY;
    ATTNDYN_ALLOC(ctx, y, problem.n + problem.quadratures);
    ATTNDYN_ALLOC(ctx, t, points);
    attndyn_grid_logarithmic(1e-3 * unit, param_real(p, "tau_end") * unit, points, t);
    ATTNDYN_TRY(attndyn_ode_solve(ctx, &problem, &how, 0, y, t, points, &observer, &statistics));
    for (size_t e = 0; e < d->start[d->classes]; e++) {
        if (s.flow->entry_distinct[e])
            distinct = fmin(distinct, s.view->z[e]);
        else
            common = fmax(common, s.view->z[e]);
    }
    *violations += (double)(s.common_up + s.distinct_down);
    return EMIT(ctx, results, "signs", S(name), I((long)d->last_tokens),
                I((long)(d->classes / d->last_tokens)), I((long)d->columns), R(ratio),
                I((long)points), I(s.common_up), I(s.distinct_down), R(common), R(distinct));
}

static enum attndyn_status signs(struct attndyn_context *ctx, const struct params *p,
                                 struct results *results) {
    size_t sets, nexts, ratios;
    const double *L = param_reals(p, "lasts", &sets), *N = param_reals(p, "nexts", &nexts);
    const double *ratio = param_reals(p, "ratios", &ratios);
    double violations[2] = {0, 0};
    if (sets != nexts)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "lasts has %zu numbers and nexts %zu: expected one N for each L", sets,
                            nexts);
    for (size_t i = 0; i <= sets; i++)
        for (size_t k = 0; k < 2 * ratios; k++) {
            uint64_t mark = attndyn_memory_mark(ctx);
            struct attndyn_symmetric_family family;
            struct attndyn_distribution *d;
            static const double p_list[] = {1, .5, .2}, q_list[] = {1, .3, .1, 2};
            static const double weights[] = {.7, .1, .1, .1};
            if (i < sets)
                ATTNDYN_TRY(attndyn_family_authors(ctx, (size_t)L[i], (size_t)N[i],
                                                   (size_t)param_int(p, "num_common"),
                                                   (size_t)param_int(p, "num_distinct"), &family));
            else
                ATTNDYN_TRY(attndyn_family_create(ctx, 4, 2, p_list, 3, q_list, 4, &family));
            if (family.classes < 2)
                return attndyn_fail(ctx, ATTNDYN_USAGE, "L N = 1: expected two classes at least");
            ATTNDYN_TRY(attndyn_distribution_symmetric(
                ctx, &family, k % 2 ? ATTNDYN_COLUMNS_VOCABULARY : ATTNDYN_COLUMNS_NEXT, &d));
            if (i == sets) ATTNDYN_TRY(attndyn_distribution_class_weights(ctx, d, weights, 4));
            ATTNDYN_TRY(sign_run(ctx, p, results, i < sets ? "authors" : "shared", d, ratio[k / 2],
                                 &violations[i == sets]));
            attndyn_memory_release(ctx, mark);
            attndyn_progress(ctx, "sign tables", (double)(i * 2 * ratios + k),
                             (double)((sets + 1) * 2 * ratios));
        }
    ATTNDYN_TRY(results_scalar(ctx, results, "violations", violations[0]));
    return results_scalar(ctx, results, "violations_unequal", violations[1]);
}

/* --- the early law -------------------------------------------------------------------------- */

/* Dense f_n(0): (K, M). */
static enum attndyn_status start_vectors(struct attndyn_context *ctx,
                                         const struct attndyn_distribution *d, double **f) {
    ATTNDYN_ALLOC(ctx, *f, d->classes * d->tokens);
    for (size_t n = 0; n < d->classes; n++) {
        double square = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            square += d->probability[e] * d->probability[e];
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            (*f)[n * d->tokens + d->token[e]] = d->probability[e] / sqrt(square);
    }
    return ATTNDYN_OK;
}

struct early {
    struct attndyn_flow *flow;
    double *rate; /* (2, n): dy/dt at the two outputs */
};
static enum attndyn_status keep_rate(void *user, size_t index, double t, const double *y) {
    struct early *early = user;
    attndyn_flow_rhs(t, y, early->rate + index * early->flow->n, early->flow);
    return ATTNDYN_OK;
}

static enum attndyn_status early_run(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results, const char *name,
                                     const struct attndyn_distribution *d, double error[2]) {
    const struct attndyn_flow_options options = {.eta_y = 1, .eta_z = 1};
    struct early early;
    ATTNDYN_TRY(attndyn_flow_create(ctx, d, &options, &early.flow));
    struct attndyn_ode_problem problem = attndyn_flow_problem(early.flow);
    struct attndyn_ode_options how = data_solver(p);
    struct attndyn_ode_observer observer = {.output = keep_rate, .user = &early};
    const double t[] = {1e-3, 1e-2};
    double *y, *f;
    how.atol = 1e-18;
    ATTNDYN_ALLOC(ctx, y, problem.n + problem.quadratures);
    ATTNDYN_ALLOC(ctx, early.rate, 2 * problem.n);
    ATTNDYN_TRY(attndyn_ode_solve(ctx, &problem, &how, 0, y, t, 2, &observer, NULL));
    ATTNDYN_TRY(start_vectors(ctx, d, &f));
    for (size_t m = 0; m < d->last_tokens; m++) {
        double off[2] = {0, 0}, most = 0;
        for (size_t z = early.flow->z_start[m]; z < early.flow->z_start[m + 1]; z++) {
            size_t l = early.flow->z_token[z];
            double predicted = attndyn_early_z_rate(d->classes, d->tokens, (double)d->columns, f,
                                                    d->class_probability, d->last, m, l);
            double seen[2];
            for (int k = 0; k < 2; k++) {
                seen[k] = early.rate[(size_t)k * problem.n + early.flow->z_at + z] / t[k];
                off[k] = fmax(off[k], fabs(seen[k] - predicted));
            }
            most = fmax(most, fabs(predicted));
            ATTNDYN_TRY(EMIT(ctx, results, "early", S(name), I((long)d->columns), I((long)m),
                             I((long)l), S(d->degree[l] == 1 ? "distinct" : "common"), R(predicted),
                             R(seen[0]), R(seen[1])));
        }
        for (int k = 0; k < 2; k++) error[k] = fmax(error[k], off[k] / most);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status early_law(struct attndyn_context *ctx, const struct params *p,
                                     struct results *results) {
    static const char *const small[] = {"example", "growing-common", "declining-distinct"};
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    double error[2] = {0, 0};
    for (size_t i = 0; i < 3; i++) {
        ATTNDYN_TRY(data_example(ctx, small[i], &d));
        ATTNDYN_TRY(early_run(ctx, p, results, small[i], d, error));
    }
    for (int whole = 0; whole < 2; whole++) {
        enum attndyn_columns columns = whole ? ATTNDYN_COLUMNS_VOCABULARY : ATTNDYN_COLUMNS_NEXT;
        const struct attndyn_random_spread spread = {.common_sd = 1,
                                                     .distinct_sd = .5,
                                                     .class_sd = .5,
                                                     .seed = (uint64_t)param_int(p, "seed")};
        ATTNDYN_TRY(attndyn_family_authors(ctx, 2, 2, 10, 10, &family));
        ATTNDYN_TRY(attndyn_distribution_symmetric(ctx, &family, columns, &d));
        ATTNDYN_TRY(early_run(ctx, p, results, "authors", d, error));
        ATTNDYN_TRY(attndyn_distribution_random(ctx, &family, columns, &spread, &d));
        ATTNDYN_TRY(early_run(ctx, p, results, "random", d, error));
    }
    ATTNDYN_TRY(results_scalar(ctx, results, "early_error", error[0]));
    return results_scalar(ctx, results, "early_error_later", error[1]);
}

/* How often some common starts upwards when its probability depends on the class. */
static enum attndyn_status random_sets(struct attndyn_context *ctx, const struct params *p,
                                       struct results *results) {
    size_t sds, sets = (size_t)param_int(p, "random_sets");
    size_t K = (size_t)param_int(p, "random_classes"), G = (size_t)param_int(p, "random_common");
    const double *sd = param_reals(p, "sds", &sds);
    double largest = -1;
    for (size_t i = 0; i < sds; i++) {
        double with_growth = 0;
        for (size_t k = 0; k < sets; k++) {
            uint64_t mark = attndyn_memory_mark(ctx);
            struct attndyn_symmetric_family family;
            struct attndyn_distribution *d;
            double *f;
            long growing = 0;
            const struct attndyn_random_spread spread = {
                .common_sd = sd[i],
                .seed = attndyn_random_derive((uint64_t)param_int(p, "seed"), "fates", k)};
            ATTNDYN_TRY(attndyn_family_authors(ctx, K, 1, G, (size_t)param_int(p, "num_distinct"),
                                               &family));
            ATTNDYN_TRY(
                attndyn_distribution_random(ctx, &family, ATTNDYN_COLUMNS_NEXT, &spread, &d));
            ATTNDYN_TRY(start_vectors(ctx, d, &f));
            for (size_t m = 0; m < K; m++)
                for (size_t l = 0; l < G; l++)
                    growing += attndyn_early_z_rate(K, d->tokens, (double)K, f,
                                                    d->class_probability, d->last, m, l) > 0;
            with_growth += growing > 0;
            ATTNDYN_TRY(
                EMIT(ctx, results, "random", R(sd[i]), I((long)k), I(growing), I((long)(K * G))));
            attndyn_memory_release(ctx, mark);
        }
        if (sets > 0 && sd[i] > largest) {
            largest = sd[i];
            ATTNDYN_TRY(results_scalar(ctx, results, "growing_share", with_growth / (double)sets));
        }
    }
    return ATTNDYN_OK;
}

/* B = (s/2) eta_Y eta_Z t^2 (K-1)/K^3 at eta_Y t/K = 0.01, authors' data, K = 20. */
static enum attndyn_status early_gain(struct attndyn_context *ctx, const struct params *p,
                                      struct results *results) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    struct attndyn_flow *flow;
    const struct attndyn_flow_options options = {.eta_y = 10, .eta_z = 1};
    double *y, t = 0.01 * 20 / 10, q = 0, all = 0;
    ATTNDYN_TRY(attndyn_family_authors(ctx, 10, 2, 10, 10, &family));
    ATTNDYN_TRY(attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_NEXT, &d));
    ATTNDYN_TRY(attndyn_flow_create(ctx, d, &options, &flow));
    struct attndyn_ode_problem problem = attndyn_flow_problem(flow);
    struct attndyn_ode_options how = data_solver(p);
    ATTNDYN_ALLOC(ctx, y, problem.n + problem.quadratures);
    ATTNDYN_TRY(attndyn_ode_solve(ctx, &problem, &how, 0, y, &t, 1, NULL, NULL));
    for (size_t i = 0; i < 10; i++)
        q += family.q[i] * family.q[i], all += family.p[i] * family.p[i];
    return results_scalar(ctx, results, "early_gain",
                          y[flow->n] / attndyn_growth_early(20, 20, q / (q + all), 10, 1, t));
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    ATTNDYN_TRY(early_law(ctx, p, results));
    ATTNDYN_TRY(early_gain(ctx, p, results));
    ATTNDYN_TRY(fates_growing_common(ctx, p, results));
    ATTNDYN_TRY(fates_declining_distinct(ctx, p, results));
    ATTNDYN_TRY(random_sets(ctx, p, results));
    return signs(ctx, p, results);
}

const struct experiment experiment_scansnap_fates = {
    .id = "scansnap/fates",
    .title = "The fates of tokens: which attention grows, which shrinks, and the exceptions",
    .source =
        "Scan&Snap (arXiv 2305.16380), theorem 2: common tokens suppressed, distinct enhanced",
    .doc =
        "The paper: dz/dt < 0 for common tokens, > 0 for distinct ones. From zero, to leading "
        "order "
        "in t and for any data,\n"
        "    dz_ml/dt = -eta_Y eta_Z (t/V) sum_{n: psi(n)=m} P(n) f_nl sum_{n' != n} P(n') [f_n'l "
        "- "
        "f_nl G_nn'],  G_nn' = f_n . f_n'\n"
        "(derived here): distinct tokens of overlapping classes always start upwards; commons "
        "start "
        "downwards if there is one only, or if their probabilities are proportional across "
        "classes. "
        "The signs are then followed over the whole flow. Two small sets show the limits: commons "
        "that depend on the class can grow at all times, and at a finite ratio eta_Y/eta_Z "
        "distinct "
        "tokens can end by shrinking, since the decoder lags behind the attention. State: z (L x "
        "M) "
        "of the first example at its end.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = fates_checks,
    .run = run,
};
