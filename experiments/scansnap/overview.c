/* The overall picture: attention over tokens and updates, by SGD and by the flow. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/results.h"

#include "experiments/scansnap/shared/data_params.h"
#include "experiments/scansnap/shared/sgd_params.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    DATA_PARAMS("2", "1", "vocabulary"),
    SGD_PARAMS("1", "1", "zero"),
    {"class", PARAM_INT, "0", 0, 100000, .doc = "the class whose attention is shown"},
    SOLVER_PARAMS("1e-9"),
    {0}};

static const struct preset presets[] = {
    {"quick", "", "the paper's figure 4: two classes, M = 34, both matrices from zero"},
    {"slow", "lr_z=0.05 momentum=0 steps=2000", "small steps: SGD comes to the flow"},
    {0}};

static const struct column attention_columns[] = {
    {"source", COLUMN_TEXT,
     .doc = "sgd: sampled; gd: the same updates on the population; flow: continuous time"},
    {"iteration", COLUMN_INT, .doc = "updates done"},
    {"t", COLUMN_REAL,
     .doc = "time of the flow at which a constant force would have moved as far as that many "
            "updates with momentum"},
    {"slot", COLUMN_INT, .doc = "0, 1, ...: the class's tokens, commons first"},
    {"token", COLUMN_INT, .doc = "l"},
    {"kind", COLUMN_TEXT, .doc = "distinct or common"},
    {"p", COLUMN_REAL, .doc = "P(l|n)"},
    {"c", COLUMN_REAL, .doc = "c_nl"},
    {0}};
static const struct column course_columns[] = {
    {"source", COLUMN_TEXT, .doc = "as in attention"},
    {"iteration", COLUMN_INT, .doc = "updates done"},
    {"loss", COLUMN_REAL, "nat", "expected, at T to infinity", false},
    {"common_mass", COLUMN_REAL, .doc = "of c_n of the class shown", .optional = true},
    {"entropy_distinct", COLUMN_REAL, "nat", "of c_n on its distinct tokens, renormalised", true},
    {"entropy_support", COLUMN_REAL, "nat", "of c_n", false},
    {"moved", COLUMN_REAL, .doc = "sum_l |c_nl - c_nl at the end| / 2"},
    {0}};
static const struct table tables[] = {
    {"attention", "c_n of one class over tokens and updates", attention_columns},
    {"course", "the same in numbers", course_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"loss_first", "nat", "of the first batch", false},
    {"z_first", NULL, "largest |z| after the first update", false},
    {"columns", NULL, "V", false},
    {"common_mass", NULL, "of c_n after the last update, SGD", false},
    {"common_mass_flow", NULL, "the same, flow", false},
    {"entropy_distinct", "nat", "of c_n on the distinct tokens after the last update, SGD", true},
    {"rank_correlation", NULL, "of c and P over the distinct tokens at the end, SGD (Kendall)",
     true},
    {"rank_correlation_flow", NULL, "the same, flow", true},
    {"distance", NULL, "total variation between the attention of SGD and of the flow at the end",
     false},
    {0}};

static const struct figure figures[] = {
    {"overview", "scansnap/overview/overview.gp",
     "Scan and snap (the paper's figure 4). Attention c_n of one class over its tokens (common "
     "left of the line, distinct right, by rising frequency) and updates: (a) SGD, (b) the flow at "
     "corresponding times. (c) Mass of the common tokens. (d) Entropy over the distinct tokens. "
     "Common tokens fade, distinct tokens rise in the order of their frequency, then almost "
     "nothing moves."},
    {0}};

enum source { SGD, GD, FLOW, SOURCES };
static const char *const source_name[] = {"sgd", "gd", "flow"};

/* What each source found, at every number of updates. */
struct record {
    const struct attndyn_distribution *d;
    size_t steps, class, count; /* entries of the class */
    double *c[SOURCES];         /* (steps + 1, count) */
    double *loss[SOURCES];      /* (steps + 1) */
    double *t;                  /* (steps + 1) */
    struct attndyn_flow *flow;
    struct attndyn_flow_view *view;
};

/* k updates of v <- mu v + g, w <- w + lr v under a constant g move by lr g t: the time that the
 * flow needs for the same. */
static double flow_time(double k, double mu) {
    return (k - mu * (1 - pow(mu, k)) / (1 - mu)) / (1 - mu);
}

static enum attndyn_status descend(struct attndyn_context *ctx, struct record *rec,
                                   struct attndyn_sgd_options options, enum source source,
                                   struct results *results) {
    struct attndyn_sgd *sgd;
    struct attndyn_sgd_outcome o;
    if (source == GD) options.seq_len = options.batch = 0;
    ATTNDYN_TRY(attndyn_sgd_create(ctx, rec->d, &options, &sgd));
    for (size_t k = 0; k <= rec->steps; k++) {
        if (k > 0) attndyn_sgd_step(sgd);
        if (!isfinite(sgd->loss))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "the loss is not finite at update %zu: lower lr_z or lr_ratio", k);
        attndyn_sgd_attention(sgd, rec->class, rec->c[source] + k * rec->count);
        attndyn_sgd_see(sgd, &o);
        rec->loss[source][k] = o.loss_population;
        if (k != 1 || source != SGD) continue;
        double most = 0;
        for (size_t i = 0; i < sgd->flow->n - sgd->flow->z_at; i++)
            most = fmax(most, fabs(sgd->z[i]));
        ATTNDYN_TRY(results_scalar(ctx, results, "loss_first", sgd->loss));
        ATTNDYN_TRY(results_scalar(ctx, results, "z_first", most));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status keep(void *user, size_t index, double t, const double *y) {
    struct record *rec = user;
    (void)t;
    attndyn_flow_observe(rec->flow, y, rec->view);
    memcpy(rec->c[FLOW] + index * rec->count, rec->view->c + rec->d->start[rec->class],
           rec->count * sizeof(double));
    rec->loss[FLOW][index] = rec->view->loss;
    return ATTNDYN_OK;
}

static enum attndyn_status flow(struct attndyn_context *ctx, const struct params *p,
                                struct record *rec, struct results *results) {
    const struct attndyn_flow_options options = {
        .eta_y = param_real(p, "lr_z") * param_real(p, "lr_ratio"), .eta_z = param_real(p, "lr_z")};
    ATTNDYN_TRY(attndyn_flow_create(ctx, rec->d, &options, &rec->flow));
    ATTNDYN_TRY(attndyn_flow_view_create(ctx, rec->flow, &rec->view));
    struct attndyn_ode_problem problem = attndyn_flow_problem(rec->flow);
    struct attndyn_ode_options how = data_solver(p);
    struct attndyn_ode_observer observer = {.output = keep, .user = rec};
    struct attndyn_ode_statistics statistics;
    double *y;
    ATTNDYN_ALLOC(ctx, y, problem.n + problem.quadratures);
    ATTNDYN_TRY(attndyn_ode_solve(ctx, &problem, &how, 0, y, rec->t, rec->steps + 1, &observer,
                                  &statistics));
    double *Z;
    size_t entries = rec->d->last_tokens * rec->d->tokens;
    ATTNDYN_ALLOC(ctx, Z, entries);
    attndyn_flow_expand_z(rec->flow, y, Z);
    ATTNDYN_TRY(results_emit_state(ctx, results, "z", Z, entries));
    return results_solver(ctx, results, "flow", &statistics);
}

static double variation(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs(a[i] - b[i]) / 2;
    return sum;
}

/* Kendall's tau of c and P over the distinct tokens (no ties in P among the authors' data). */
static double kendall(const struct record *rec, const double *c) {
    double agree = 0, pairs = 0;
    size_t from = rec->d->start[rec->class];
    for (size_t i = 0; i < rec->count; i++)
        for (size_t j = 0; j < i; j++) {
            if (rec->d->degree[rec->d->token[from + i]] != 1 ||
                rec->d->degree[rec->d->token[from + j]] != 1)
                continue;
            double p = rec->d->probability[from + i] - rec->d->probability[from + j];
            if (p == 0) continue;
            pairs++;
            agree += p * (c[i] - c[j]) > 0 ? 1 : p * (c[i] - c[j]) < 0 ? -1 : 0;
        }
    return pairs > 0 ? agree / pairs : NAN;
}

static enum attndyn_status emit(struct attndyn_context *ctx, const struct record *rec,
                                struct results *results, enum source source, size_t k) {
    const double *c = rec->c[source] + k * rec->count;
    const double *end = rec->c[source] + rec->steps * rec->count;
    size_t from = rec->d->start[rec->class];
    const bool *distinct = rec->flow->entry_distinct + from;
    double common = 0, mass = 0, H = 0, HD = 0;
    for (size_t i = 0; i < rec->count; i++) {
        *(distinct[i] ? &mass : &common) += c[i];
        if (c[i] > 0) H -= c[i] * log(c[i]);
        if (c[i] > 0 && distinct[i]) HD -= c[i] * log(c[i]);
        ATTNDYN_TRY(EMIT(ctx, results, "attention", S(source_name[source]), I((long)k),
                         R(rec->t[k]), I((long)i), I((long)rec->d->token[from + i]),
                         S(distinct[i] ? "distinct" : "common"), R(rec->d->probability[from + i]),
                         R(c[i])));
    }
    double entropy_distinct = mass > 0 ? HD / mass + log(mass) : NAN;
    ATTNDYN_TRY(EMIT(ctx, results, "course", S(source_name[source]), I((long)k),
                     R(rec->loss[source][k]), R(common), R(entropy_distinct), R(H),
                     R(variation(c, end, rec->count))));
    if (k < rec->steps) return ATTNDYN_OK;
    if (source == SGD) {
        ATTNDYN_TRY(results_scalar(ctx, results, "common_mass", common));
        if (mass > 0)
            ATTNDYN_TRY(results_scalar(ctx, results, "entropy_distinct", entropy_distinct));
    }
    if (source == FLOW) ATTNDYN_TRY(results_scalar(ctx, results, "common_mass_flow", common));
    double tau = kendall(rec, c);
    if (isnan(tau) || source == GD) return ATTNDYN_OK;
    return results_scalar(ctx, results,
                          source == SGD ? "rank_correlation" : "rank_correlation_flow", tau);
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct attndyn_distribution *d;
    ATTNDYN_TRY(data_from_params(ctx, p, &d));
    struct record rec = {
        .d = d, .steps = (size_t)param_int(p, "steps"), .class = (size_t)param_int(p, "class")};
    if (rec.class >= d->classes)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "class = %zu of %zu classes: expected below %zu",
                            rec.class, d->classes, d->classes);
    rec.count = d->start[rec.class + 1] - d->start[rec.class];
    ATTNDYN_ALLOC(ctx, rec.t, rec.steps + 1);
    for (size_t s = 0; s < SOURCES; s++) {
        ATTNDYN_ALLOC(ctx, rec.c[s], (rec.steps + 1) * rec.count);
        ATTNDYN_ALLOC(ctx, rec.loss[s], rec.steps + 1);
    }
    for (size_t k = 0; k <= rec.steps; k++)
        rec.t[k] = flow_time((double)k, param_real(p, "momentum"));
    ATTNDYN_TRY(descend(ctx, &rec, sgd_from_params(p), SGD, results));
    ATTNDYN_TRY(descend(ctx, &rec, sgd_from_params(p), GD, results));
    ATTNDYN_TRY(flow(ctx, p, &rec, results));
    for (int s = 0; s < SOURCES; s++)
        for (size_t k = 0; k <= rec.steps; k++)
            ATTNDYN_TRY(emit(ctx, &rec, results, (enum source)s, k));
    ATTNDYN_TRY(results_scalar(ctx, results, "columns", (double)d->columns));
    return results_scalar(ctx, results, "distance",
                          variation(rec.c[SGD] + rec.steps * rec.count,
                                    rec.c[FLOW] + rec.steps * rec.count, rec.count));
}

/* The course of a source at some number of updates. */
static double course(const struct params *p, const struct results *r, enum source source, size_t k,
                     const char *column) {
    return results_real(r, "course", source * ((size_t)param_int(p, "steps") + 1) + k, column);
}
static bool authors_from_zero(const struct params *p) {
    return param_is(p, "data", "authors") && param_is(p, "init", "zero") &&
           param_int(p, "num_common") > 0 && param_int(p, "num_distinct") > 1 &&
           param_real(p, "lr_z") * param_real(p, "lr_ratio") > 0;
}

static enum attndyn_status check_first_loss(struct attndyn_context *ctx, const struct params *p,
                                            const struct results *r, struct verdict *v) {
    (void)ctx;
    if (!param_is(p, "init", "zero")) return verdict_skip(v, "needs init=zero");
    double V = results_scalar_value(r, "columns"), loss = results_scalar_value(r, "loss_first");
    return verdict_at_most(v, fabs(loss / log(V) - 1), 1e-13, "loss %.15g, ln %g = %.15g", loss, V,
                           log(V));
}

static enum attndyn_status check_waits(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *r, struct verdict *v) {
    (void)ctx;
    if (!param_is(p, "init", "zero")) return verdict_skip(v, "needs init=zero");
    if (param_real(p, "lr_z") == 0) return verdict_skip(v, "lr_z = 0: the attention never moves");
    return verdict_at_most(v, results_scalar_value(r, "z_first"), 0, "after the first update");
}

static enum attndyn_status check_common(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *r, struct verdict *v) {
    (void)ctx;
    if (!authors_from_zero(p))
        return verdict_skip(v, "stated for training from zero on the authors' data");
    size_t steps = (size_t)param_int(p, "steps");
    double start = course(p, r, SGD, 0, "common_mass"),
           end = course(p, r, SGD, steps, "common_mass");
    return verdict_at_most(v, end / start, 0.95, "%.4f of the attention at first, %.4f at the end",
                           start, end);
}

static enum attndyn_status check_order(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *r, struct verdict *v) {
    (void)ctx;
    if (!authors_from_zero(p))
        return verdict_skip(v, "stated for training from zero on the authors' data");
    return verdict_at_least(v, results_scalar_value(r, "rank_correlation"), 0.8,
                            "Kendall's tau of attention and frequency over the distinct tokens; "
                            "flow: %.3f",
                            results_scalar_value(r, "rank_correlation_flow"));
}

static enum attndyn_status check_settles(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx;
    size_t steps = (size_t)param_int(p, "steps");
    if (!authors_from_zero(p) || steps < 100 || param_real(p, "momentum") < 0.89)
        return verdict_skip(
            v, "stated for training with 100 updates and momentum on the authors' data");
    double all = course(p, r, SGD, 0, "moved"), late = course(p, r, SGD, steps / 2, "moved");
    return verdict_at_most(v, late / all, 0.15,
                           "total variation to the final attention: %.4f at first, %.4f half way",
                           all, late);
}

static const struct check *const checks[] = {
    &(const struct check){"F4.first-loss", CHECK_CLAIM, "From zero the first loss is ln V.",
     "Scan&Snap, figure 4 (set-up)", "the first batch's loss is another", check_first_loss},
    &(const struct check){"F4.attention-waits", CHECK_CLAIM,
     "From zero the attention does not move in the first update.",
     "Scan&Snap, dynamics of Z: Y = 0", "some z has moved", check_waits},
    &(const struct check){"F4.commons-fade", CHECK_CLAIM, "The common tokens lose attention.", "Scan&Snap, figure 4",
     "they keep more than 95 % of their first share", check_common},
    &(const struct check){"F4.order-of-frequency", CHECK_CLAIM,
     "The distinct tokens end up attended to in the order of their frequency.",
     "Scan&Snap, figure 4 and theorem 3", "Kendall's tau with P(l|n) is below 0.8", check_order},
    &(const struct check){"F4.snaps", CHECK_CLAIM, "In the second half of training almost nothing moves any more.",
     "Scan&Snap, figure 4", "more than 15 % of the way remains half way through", check_settles},
    NULL};

const struct experiment experiment_scansnap_overview = {
    .id = "scansnap/overview",
    .title = "Scan and snap: attention over tokens and updates",
    .source = "Scan&Snap (arXiv 2305.16380), figure 4",
    .doc =
        "Attention c_n of one class after every update of SGD from zero, beside gradient descent "
        "on the population with the same rates and momentum, and beside the flow. The flow is "
        "shown at the time t at which a constant force would have moved as far: t = (k - mu (1 - "
        "mu^k)/(1 - mu))/(1 - mu) after k updates with momentum mu. At these rates the steps are "
        "large: SGD is not in the regime of the flow, and the distance between the two is a "
        "result (preset slow: they come together). State: z (L x M) of the flow.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run,
};
