#include "fates.h"

#include "experiments/scansnap/shared/full_solve.h"
#include "theory/scansnap/early.h"
#include "theory/scansnap/growth.h"

static const struct preset presets[] = {
    {"quick", "", "four of the authors' sets, four ratios, V = K and V = M"},
    {"paper",
     "lasts=1,2,2,5,10,50 nexts=2,1,2,2,2,1 ratios=0.1,1,10,100,1000 tau_end=1e7 points=400",
     "six of the authors' sets, five ratios, a hundred times later"},
    {0}};

static const struct figure figures[] = {
    {"fates", "scansnap/fates/fates.gp",
     "(a) Early rates of all z, the flow's against the early law, on all sets: they lie on the "
     "line of equality. (b) Two classes that favour one of two common tokens each: in the row of "
     "a class's last token the favoured common grows at all times, the other falls. (c) Distinct "
     "tokens that end by shrinking: the larger eta_Y/eta_Z, the later they turn. (d) Share of "
     "random sets, whose commons depend on the class, in which some common starts upwards: it "
     "rises with the spread of their log-weights."},
    {0}};

/* --- signs over time ------------------------------------------------------------------------ */

struct counted {
    struct attndyn_flow *flow;
    struct attndyn_flow_view *view;
    long common_up, distinct_down;
};

static enum attndyn_status count_signs(void *user, size_t index, double t, const double *y) {
    struct counted *s = user;
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

static enum attndyn_status sign_run(const struct trial *run, const struct fates *p,
                                    const char *name, const struct attndyn_distribution *d,
                                    double ratio, double *violations) {
    const struct attndyn_flow_options options = {.eta_y = ratio, .eta_z = 1};
    struct counted s = {.common_up = 0};
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, d, &options, &s.flow));
    ATTNDYN_TRY(attndyn_flow_view_create(run->ctx, s.flow, &s.view));
    struct attndyn_ode_options how = scansnap_ode_options(run);
    const struct attndyn_ode_observer observer = {.output = count_signs, .user = &s};
    size_t points = (size_t)p->points;
    double *y, *t, unit = (double)d->classes / ratio, common = -INFINITY, distinct = INFINITY;
    ATTNDYN_ALLOC(run->ctx, t, points);
    attndyn_grid_logarithmic(1e-3 * unit, p->tau_end * unit, points, t);
    ATTNDYN_TRY(full_solve(run, s.flow, &how, t, points, &observer, NULL, &y));
    for (size_t e = 0; e < d->start[d->classes]; e++) {
        if (s.flow->entry_distinct[e])
            distinct = fmin(distinct, s.view->z[e]);
        else
            common = fmax(common, s.view->z[e]);
    }
    *violations += (double)(s.common_up + s.distinct_down);
    return EMIT(run, signs, .data = name, .L = (long)d->last_tokens,
                .N = (long)(d->classes / d->last_tokens), .V = (long)d->columns, .ratio = ratio,
                .outputs = (long)points, .common_up = s.common_up, .distinct_down = s.distinct_down,
                .z_common = common, .z_distinct = distinct);
}

/* The i-th of the authors' data sets; the index after the last gives a set with unequal P(n) and
 * q. */
static enum attndyn_status sign_set(const struct trial *run, const struct fates *p, size_t i,
                                    enum attndyn_columns columns, struct attndyn_distribution **d) {
    static const double own[] = {1, .5, .2}, shared[] = {1, .3, .1, 2};
    static const double weights[] = {.7, .1, .1, .1};
    struct attndyn_symmetric_family family;
    if (i < p->lasts.count) {
        size_t L = (size_t)p->lasts.at[i], N = (size_t)p->nexts.at[i];
        if (L * N < 2)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE, "L N = 1: expected two classes at least");
        return scansnap_authors(run->ctx, L, N, (size_t)p->num_common, (size_t)p->num_distinct,
                                columns, &family, d);
    }
    ATTNDYN_TRY(attndyn_family_create(run->ctx, 4, 2, own, 3, shared, 4, &family));
    ATTNDYN_TRY(attndyn_distribution_symmetric(run->ctx, &family, columns, d));
    return attndyn_distribution_class_weights(run->ctx, *d, weights, 4);
}

static enum attndyn_status signs(const struct trial *run, const struct fates *p) {
    size_t sets = p->lasts.count, cases = 2 * p->ratios.count;
    double violations[2] = {0, 0};
    if (sets != p->nexts.count)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "lasts has %zu numbers and nexts %zu: expected one N for each L", sets,
                            p->nexts.count);
    uint64_t mark = attndyn_memory_mark(run->ctx);
    for (size_t i = 0; i <= sets; i++)
        for (size_t k = 0; k < cases; k++) {
            struct attndyn_distribution *d;
            ATTNDYN_TRY(
                sign_set(run, p, i, k % 2 ? ATTNDYN_COLUMNS_VOCABULARY : ATTNDYN_COLUMNS_NEXT, &d));
            ATTNDYN_TRY(sign_run(run, p, i < sets ? "authors" : "shared", d, p->ratios.at[k / 2],
                                 &violations[i == sets]));
            attndyn_memory_release(run->ctx, mark);
            attndyn_progress(run->ctx, "sign tables", (double)(i * cases + k),
                             (double)((sets + 1) * cases));
        }
    ATTNDYN_TRY(SCALAR(run, found, violations, violations[0]));
    return SCALAR(run, found, violations_unequal, violations[1]);
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

struct rates {
    struct attndyn_flow *flow;
    double *at; /* (2, n): dy/dt at the two outputs */
};
static enum attndyn_status keep_rate(void *user, size_t index, double t, const double *y) {
    struct rates *rates = user;
    attndyn_flow_rhs(t, y, rates->at + index * rates->flow->n, rates->flow);
    return ATTNDYN_OK;
}

static enum attndyn_status early_run(const struct trial *run, const char *name,
                                     const struct attndyn_distribution *d, double error[2]) {
    const struct attndyn_flow_options options = {.eta_y = 1, .eta_z = 1};
    struct rates rates;
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, d, &options, &rates.flow));
    struct attndyn_ode_options how = scansnap_ode_options(run);
    const struct attndyn_ode_observer observer = {.output = keep_rate, .user = &rates};
    const double t[] = {1e-3, 1e-2};
    double *y, *f;
    how.atol = 1e-18;
    ATTNDYN_ALLOC(run->ctx, rates.at, 2 * rates.flow->n);
    ATTNDYN_TRY(full_solve(run, rates.flow, &how, t, 2, &observer, NULL, &y));
    ATTNDYN_TRY(start_vectors(run->ctx, d, &f));
    for (size_t m = 0; m < d->last_tokens; m++) {
        double off[2] = {0, 0}, most = 0;
        for (size_t z = rates.flow->z_start[m]; z < rates.flow->z_start[m + 1]; z++) {
            size_t l = rates.flow->z_token[z];
            double predicted = attndyn_early_z_rate(d->classes, d->tokens, (double)d->columns, f,
                                                    d->class_probability, d->last, m, l);
            double seen[2];
            for (int k = 0; k < 2; k++) {
                seen[k] = rates.at[(size_t)k * rates.flow->n + rates.flow->z_at + z] / t[k];
                worst(&off[k], seen[k] - predicted);
            }
            worst(&most, predicted);
            ATTNDYN_TRY(EMIT(run, early, .data = name, .V = (long)d->columns, .last = (long)m,
                             .token = (long)l, .kind = d->degree[l] == 1 ? "distinct" : "common",
                             .predicted = predicted, .measured = seen[0], .later = seen[1]));
        }
        for (int k = 0; k < 2; k++) error[k] = fmax(error[k], off[k] / most);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status early_law(const struct trial *run, const struct fates *p) {
    static const enum data small[] = {data_example, data_growing_common, data_declining_distinct};
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    double error[2] = {0, 0};
    for (size_t i = 0; i < 3; i++) {
        ATTNDYN_TRY(scansnap_example(run->ctx, small[i], &d));
        ATTNDYN_TRY(early_run(run, data_names[small[i]], d, error));
    }
    for (int whole = 0; whole < 2; whole++) {
        enum attndyn_columns columns = whole ? ATTNDYN_COLUMNS_VOCABULARY : ATTNDYN_COLUMNS_NEXT;
        const struct attndyn_random_spread spread = {
            .common_sd = 1, .distinct_sd = .5, .class_sd = .5, .seed = (uint64_t)p->seed};
        ATTNDYN_TRY(scansnap_authors(run->ctx, 2, 2, 10, 10, columns, &family, &d));
        ATTNDYN_TRY(early_run(run, "authors", d, error));
        ATTNDYN_TRY(attndyn_distribution_random(run->ctx, &family, columns, &spread, &d));
        ATTNDYN_TRY(early_run(run, "random", d, error));
    }
    ATTNDYN_TRY(SCALAR(run, found, early_error, error[0]));
    return SCALAR(run, found, early_error_later, error[1]);
}

/* Random sets in which a common token's probability depends on the class: how often does one of
 * them start upwards? */
static enum attndyn_status random_sets(const struct trial *run, const struct fates *p) {
    size_t sets = (size_t)p->random_sets;
    size_t K = (size_t)p->random_classes, G = (size_t)p->random_common;
    double largest = -1;
    for (size_t i = 0; i < p->sds.count; i++) {
        double with_growth = 0, sd = p->sds.at[i];
        for (size_t k = 0; k < sets; k++) {
            uint64_t mark = attndyn_memory_mark(run->ctx);
            struct attndyn_symmetric_family family;
            struct attndyn_distribution *d;
            double *f;
            long growing = 0;
            const struct attndyn_random_spread spread = {
                .common_sd = sd, .seed = attndyn_random_derive((uint64_t)p->seed, "fates", k)};
            ATTNDYN_TRY(
                attndyn_family_authors(run->ctx, K, 1, G, (size_t)p->num_distinct, &family));
            ATTNDYN_TRY(
                attndyn_distribution_random(run->ctx, &family, ATTNDYN_COLUMNS_NEXT, &spread, &d));
            ATTNDYN_TRY(start_vectors(run->ctx, d, &f));
            for (size_t m = 0; m < K; m++)
                for (size_t l = 0; l < G; l++)
                    growing += attndyn_early_z_rate(K, d->tokens, (double)K, f,
                                                    d->class_probability, d->last, m, l) > 0;
            with_growth += growing > 0;
            ATTNDYN_TRY(EMIT(run, random, .sd = sd, .set = (long)k, .growing = growing,
                             .pairs = (long)(K * G)));
            attndyn_memory_release(run->ctx, mark);
        }
        if (sets > 0 && sd > largest) {
            largest = sd;
            ATTNDYN_TRY(SCALAR(run, found, growing_share, with_growth / (double)sets));
        }
    }
    return ATTNDYN_OK;
}

/* B = (s/2) eta_Y eta_Z t^2 (K-1)/K^3 at eta_Y t/K = 0.01, authors' data, K = 20. */
static enum attndyn_status early_gain(const struct trial *run) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    struct attndyn_flow *flow;
    const struct attndyn_flow_options options = {.eta_y = 10, .eta_z = 1};
    double *y, t = 0.01 * 20 / 10, q = 0, all = 0;
    ATTNDYN_TRY(scansnap_authors(run->ctx, 10, 2, 10, 10, ATTNDYN_COLUMNS_NEXT, &family, &d));
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, d, &options, &flow));
    struct attndyn_ode_options how = scansnap_ode_options(run);
    ATTNDYN_TRY(full_solve(run, flow, &how, &t, 1, NULL, NULL, &y));
    for (size_t i = 0; i < 10; i++)
        q += family.q[i] * family.q[i], all += family.p[i] * family.p[i];
    return SCALAR(run, found, early_gain,
                  y[flow->n] / attndyn_growth_early(20, 20, q / (q + all), 10, 1, t));
}

RUN(fates) {
    ATTNDYN_TRY(early_law(run, p));
    ATTNDYN_TRY(early_gain(run));
    ATTNDYN_TRY(fates_growing_common(run));
    ATTNDYN_TRY(fates_declining_distinct(run, p));
    ATTNDYN_TRY(random_sets(run, p));
    return signs(run, p);
}

const struct experiment experiment_scansnap_fates = {
    .id = "scansnap/fates",
    .title = "The fates of tokens: which attention grows, which shrinks, and the exceptions",
    .source =
        "Scan&Snap (arXiv 2305.16380), theorem 2: common tokens suppressed, distinct enhanced",
    .doc =
        "The paper: dz_ml/dt < 0 for common tokens l, > 0 for distinct ones (m: last token). From "
        "Y = Z = 0, to leading order in t and for any data,\n    "
        "dz_ml/dt = -eta_Y eta_Z (t/V) sum_{n: psi(n)=m} P(n) f_nl sum_{n' != n} P(n') [f_n'l - "
        "f_nl G_nn'],  G_nn' = f_n . f_n'\n"
        "(derived here; f_n is the attention of class n scaled to length 1, V the number of the "
        "decoder's outputs): distinct tokens of overlapping classes always start upwards; commons "
        "start downwards if there is one only, or if their probabilities are proportional across "
        "classes. The signs are then followed over the whole flow. Two small sets show the "
        "limits: common tokens whose probability depends on the class can grow at all times, and "
        "at a finite ratio eta_Y/eta_Z the z of distinct tokens can end by shrinking, since the "
        "decoder lags behind the attention. State: z (L x M) of the set growing-common at its "
        "end.",
    .presets = presets,
    .tables = TABLES(signs, early, cases, decline, random, the_state),
    .figures = figures,
    PARTS_OF(fates, found)};
