/* What Scan&Snap says beyond its theorems: the start as a prior, a residual connection, small
 * samples. */
#include "extensions.h"

#include "experiments/scansnap/shared/full_solve.h"
#include "experiments/shared/solve.h"
#include "sim/model/scansnap/equation_10.h"

#include <string.h>

/* --- the start as a prior -----------------------------------------------------------------------
 * One query, three classes, two distinct tokens each, one common token. */

enum { CLASSES = 3, TOKENS = 2 };

static enum attndyn_status family_of(const struct trial *run, double advantage, size_t outputs,
                                     struct attndyn_symmetric_family *family) {
    static const double common[] = {0.3};
    double *p;
    ATTNDYN_ALLOC(run->ctx, p, TOKENS);
    p[0] = 1 + advantage, p[1] = 1;
    ATTNDYN_TRY(attndyn_family_create(run->ctx, CLASSES, CLASSES, p, TOKENS, common, 1, family));
    family->columns = outputs;
    return ATTNDYN_OK;
}

static enum attndyn_status emit_prior(const struct trial *run, const char *model, double advantage,
                                      double handicap, double z, double z_other) {
    double start = (1 + advantage) * exp(-handicap);
    return EMIT(run, prior, .model = model, .advantage = advantage, .handicap = handicap,
                .ratio_start = start, .ratio_end = (1 + advantage) * exp(z - z_other),
                .gained = z - z_other + handicap);
}

struct last_state {
    double *y;
    size_t n;
};
static enum attndyn_status keep_last(void *user, size_t index, double t, const double *y) {
    struct last_state *to = user;
    (void)index, (void)t;
    memcpy(to->y, y, to->n * sizeof *y);
    return ATTNDYN_OK;
}

static enum attndyn_status by_flow(const struct trial *run, const struct extensions *p,
                                   double advantage, double handicap) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    struct attndyn_flow *flow;
    struct last_state last;
    double *z0, *y, t = p->t_prior;
    ATTNDYN_TRY(family_of(run, advantage, 0, &family));
    ATTNDYN_TRY(attndyn_distribution_symmetric(run->ctx, &family, ATTNDYN_COLUMNS_NEXT, &d));
    ATTNDYN_ALLOC(run->ctx, z0, d->last_tokens * d->tokens);
    /* the more probable token of a class is the first of its distinct ones */
    size_t first = SIZE_MAX, second = SIZE_MAX;
    for (size_t n = 0; n < CLASSES; n++)
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            if (d->degree[d->token[e]] != 1) continue;
            bool more = true;
            for (size_t o = d->start[n]; o < d->start[n + 1]; o++)
                if (d->degree[d->token[o]] == 1 && d->probability[o] > d->probability[e])
                    more = false;
            if (more) z0[d->token[e]] = -handicap;
            if (n == 0) *(more ? &first : &second) = d->token[e];
        }
    const struct attndyn_flow_options options = {.eta_y = 1, .eta_z = p->eta_z, .z0 = z0};
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, d, &options, &flow));
    last.n = flow->n;
    ATTNDYN_ALLOC(run->ctx, last.y, last.n);
    const struct attndyn_ode_options how =
        solve_within(ATTNDYN_ODE_DOP853, p->rtol, 1e-4 * p->rtol);
    struct attndyn_ode_observer observer = {.output = keep_last, .user = &last};
    ATTNDYN_TRY(full_solve(run, flow, &how, &t, 1, &observer, "flow", &y));
    double z[2] = {NAN, NAN};
    for (size_t k = flow->z_start[0]; k < flow->z_start[1]; k++) {
        if (flow->z_token[k] == first) z[0] = last.y[flow->z_at + k];
        if (flow->z_token[k] == second) z[1] = last.y[flow->z_at + k];
    }
    return emit_prior(run, "flow", advantage, handicap, z[0], z[1]);
}

static enum attndyn_status by_equation_10(const struct trial *run, const struct extensions *p,
                                          double advantage, double handicap) {
    struct attndyn_symmetric_family family;
    struct attndyn_equation_10_alike *model;
    struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_DOP853);
    double *y, x = 5;
    ATTNDYN_TRY(family_of(run, advantage, (size_t)p->outputs, &family));
    ATTNDYN_TRY(attndyn_equation_10_alike_create(run->ctx, &family, &model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    y[0] = -handicap;
    how.rtol = p->rtol, how.atol = 1e-4 * p->rtol;
    ATTNDYN_TRY(solve_recorded(run, "Eq. 10", &model->problem, &how, y, &x, 1, NULL));
    return emit_prior(run, "eq10", advantage, handicap, y[0], y[1]);
}

/* --- a residual connection ----------------------------------------------------------------------
 * Two queries of two classes each. Tokens: one that all classes share; one that the first class of
 * each query has, common to two classes but distinct within its query; one of each class alone. The
 * decoder reads (f_n, e_psi(n))/sqrt 2 (section 7), or f_n. */

enum {
    QUERIES = 2,
    FOUR = 4,
    WORDS = 6,
    ROWS_Y = WORDS + QUERIES,
    COLUMNS = FOUR + 1,
    OUTPUTS = 31
};
enum { Z_AT = ROWS_Y * COLUMNS, ALL = Z_AT + QUERIES * WORDS };

struct with_residual {
    const struct trial *run;
    double never, eta_z;
    bool residual;
    double alpha_query; /* of class 0, at the last right-hand side */
};

static void features(const double *z, size_t n, double *f) {
    const bool has[WORDS] = {true, n % 2 == 0, n == 0, n == 1, n == 2, n == 3};
    double square = 0;
    for (size_t l = 0; l < WORDS; l++) {
        f[l] = has[l] ? exp(z[(n / 2) * WORDS + l]) : 0;
        square += f[l] * f[l];
    }
    for (size_t l = 0; l < WORDS; l++) f[l] /= sqrt(square);
}

/* What the decoder reads of class n, and its logits. */
static void read_class(const struct with_residual *w, const double *y, size_t n, double *f,
                       double *x, double *logit) {
    double scale = w->residual ? sqrt(0.5) : 1;
    features(y + Z_AT, n, f);
    memset(x, 0, ROWS_Y * sizeof *x);
    memset(logit, 0, COLUMNS * sizeof *logit);
    for (size_t l = 0; l < WORDS; l++) x[l] = scale * f[l];
    if (w->residual) x[WORDS + n / 2] = scale;
    for (size_t i = 0; i < ROWS_Y; i++)
        for (size_t j = 0; j < COLUMNS; j++) logit[j] += x[i] * y[i * COLUMNS + j];
}

static double partition(const struct with_residual *w, const double *logit) {
    double sum = 0;
    for (size_t j = 0; j < COLUMNS; j++) sum += (j < FOUR ? 1 : w->never) * exp(logit[j]);
    return sum;
}

static double loss(const struct with_residual *w, const double *y) {
    double sum = 0, f[WORDS], x[ROWS_Y], logit[COLUMNS];
    for (size_t n = 0; n < FOUR; n++) {
        read_class(w, y, n, f, x, logit);
        sum += (log(partition(w, logit)) - logit[n]) / FOUR;
    }
    return sum;
}

static int residual_rhs(double t, const double *y, double *dy, void *user) {
    struct with_residual *w = user;
    (void)t;
    memset(dy, 0, ALL * sizeof *dy);
    for (size_t n = 0; n < FOUR; n++) {
        double f[WORDS], x[ROWS_Y], logit[COLUMNS], r[COLUMNS], g[WORDS], along = 0;
        read_class(w, y, n, f, x, logit);
        double sum = partition(w, logit);
        for (size_t j = 0; j < COLUMNS; j++) r[j] = (j == n ? 1 : 0) - exp(logit[j]) / sum;
        if (n == 0) w->alpha_query = (exp(logit[0]) + exp(logit[1])) / sum;
        for (size_t i = 0; i < ROWS_Y; i++)
            for (size_t j = 0; j < COLUMNS; j++) dy[i * COLUMNS + j] += x[i] * r[j] / FOUR;
        for (size_t l = 0; l < WORDS; l++) {
            g[l] = 0;
            for (size_t j = 0; j < COLUMNS; j++)
                g[l] += y[l * COLUMNS + j] * r[j] * (j < FOUR ? 1 : w->never);
            along += f[l] * g[l];
        }
        for (size_t l = 0; l < WORDS; l++)
            dy[Z_AT + (n / 2) * WORDS + l] +=
                (w->residual ? sqrt(0.5) : 1) * w->eta_z * f[l] * (g[l] - f[l] * along) / FOUR;
    }
    for (size_t i = 0; i < ALL; i++)
        if (!isfinite(dy[i])) return 1;
    return 0;
}

/* The flow's right-hand side against central differences of the loss: each rate of change is minus
 * the slope of the loss times the learning rate of its matrix. The last column stands for several
 * equal ones, so it is left out. */
static double against_differences(struct with_residual *w, double *y) {
    double dy[ALL], most = 0, largest = 0;
    const double h = 1e-5;
    if (residual_rhs(0, y, dy, w) != 0) return INFINITY;
    for (size_t i = 0; i < ALL; i++) {
        if (i < Z_AT && i % COLUMNS == FOUR) continue;
        double kept = y[i], up, down, eta = i < Z_AT ? 1 : w->eta_z;
        y[i] = kept + h, up = loss(w, y);
        y[i] = kept - h, down = loss(w, y);
        y[i] = kept;
        worst(&most, dy[i] / eta + (up - down) / (2 * h));
        worst(&largest, dy[i] / eta);
    }
    return most / largest;
}

static enum attndyn_status see_residual(void *user, size_t index, double t, const double *y) {
    struct with_residual *w = user;
    double ignored[ALL];
    (void)index;
    if (residual_rhs(t, y, ignored, w) != 0)
        return attndyn_fail(w->run->ctx, ATTNDYN_RUN_FAILED, "rates at t = %g are not finite", t);
    return EMIT(w->run, residual, .residual = w->residual, .t = t, .z_common = y[Z_AT],
                .z_local = y[Z_AT + 1], .z_distinct = y[Z_AT + 2], .alpha_query = w->alpha_query);
}

static enum attndyn_status residual(const struct trial *run, const struct extensions *p,
                                    bool connected, double *error) {
    struct with_residual w = {run, (double)p->outputs - FOUR, p->eta_z, connected, NAN};
    const struct attndyn_ode_problem problem = {.n = ALL, .rhs = residual_rhs, .user = &w};
    const struct attndyn_ode_observer observer = {.output = see_residual, .user = &w};
    struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_DOP853);
    struct attndyn_ode_statistics counters;
    double y[ALL] = {0}, t[OUTPUTS];
    how.rtol = p->rtol, how.atol = 1e-4 * p->rtol;
    attndyn_grid_logarithmic(fmin(1, p->t_residual / 10), p->t_residual, OUTPUTS, t);
    ATTNDYN_TRY(
        attndyn_ode_solve(run->ctx, &problem, &how, 0, y, t, OUTPUTS, &observer, &counters));
    worst(error, against_differences(&w, y));
    return SOLVER(run, connected ? "with residual" : "without residual", &counters);
}

RUN(extensions) {
    for (size_t i = 0; i < p->advantages.count; i++)
        for (size_t k = 0; k < p->handicaps.count; k++) {
            uint64_t mark = attndyn_memory_mark(run->ctx);
            ATTNDYN_TRY(by_flow(run, p, p->advantages.at[i], p->handicaps.at[k]));
            ATTNDYN_TRY(by_equation_10(run, p, p->advantages.at[i], p->handicaps.at[k]));
            attndyn_memory_release(run->ctx, mark);
        }
    double error = 0;
    ATTNDYN_TRY(residual(run, p, true, &error));
    ATTNDYN_TRY(residual(run, p, false, &error));
    ATTNDYN_TRY(extensions_small_samples(run, p));
    return SET(run, found, .gradient_error = error);
}

static const struct figure figures[] = {
    {"extensions", "scansnap/extensions/extensions.gp",
     "Left: how much more the one of two distinct tokens gains in z than the other, against its "
     "lead, the difference of ln(P e^{z(0)}): the one ahead gains. Middle: logits with two "
     "queries of two classes, with a residual connection (lines) and without (dashed): the token "
     "that one class of each query has rises with it, and ends by falling without. Right: "
     "attention on common tokens after training on samples, against how many of them look "
     "distinct in the sample: the larger the sample, the fewer look distinct and the less "
     "attention they keep."},
    {0}};

const struct experiment experiment_scansnap_extensions = {
    .id = "scansnap/extensions",
    .title = "The start of the attention as a prior, a residual connection, small samples",
    .source = "Scan&Snap (arXiv 2305.16380v4), after Theorem 3, sections 7 and 9",
    .doc =
        "Three remarks of the paper. After Theorem 3: the start of the attention is a prior, the "
        "distinct token with the largest P(l|n) e^{z_l(0)} wins. Two distinct tokens of a class, "
        "one more probable by a part from `advantages` and starting with a z lower by one of "
        "`handicaps`, are followed in the coupled flow and under Eq. 10. Section 7: with a "
        "residual connection the decoder reads (f_n, e_psi(n))/sqrt 2, and distinct and common "
        "become local to a query. Two queries of two classes each: a token that one class of each "
        "query has is common to two classes and distinct within its query. With the connection it "
        "gains at all times; without, it first gains, and loses once the decoder tells the "
        "queries apart by other means: the flow is solved exactly for all M outputs, of which M - "
        "4 are alike.\n"
        "Section 9: a large data set suppresses tokens that look distinct in a small one. Two "
        "classes with 20 rare common tokens; the flow is run on the frequencies of samples of "
        "several sizes, and its attention read on contexts of the population.",
    .presets =
        (const struct preset[]){
            {"quick", "", "five advantages, five handicaps, 48 samples of each of three sizes"},
            {"short", "samples=16,64,256,1024 sample_seeds=500", "500 samples of each size"},
            {0}},
    .tables = TABLES(prior, residual, sampled),
    .figures = figures,
    PARTS_OF(extensions, found)};
