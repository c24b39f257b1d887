#include "bounce_back.h"

#include "experiments/joma/shared/bounce_minimum.h"
#include "experiments/joma/shared/components.h"
#include "experiments/shared/solve.h"
#include "sim/model/joma/bounce.h"
#include "sim/observe/entropy.h"
#include "theory/joma/bounce.h"

#include <stdio.h>

struct bounce_case {
    const struct trial *run;
    const struct bounce_back *p;
    size_t n;
    const double *mu, *v0;
    struct attndyn_joma_bounce_law *laws;
    double *v, *w, *share, *exact; /* (n) scratch */
};

/* w from the state; computed from v it loses its digits once 1 - v/mu is small. */
static void log_distances(const struct bounce_case *b, const struct attndyn_joma_bounce *model,
                          const double *y, double *w) {
    for (size_t j = 0; j < b->n; j++)
        w[j] = model->logarithmic ? y[j] : -log((b->mu[j] - y[j]) / (b->mu[j] - b->v0[j]));
}

/* Can component j's clock be read from the state? From w always, from v only while it is far enough
 * from mu. */
static bool readable(const struct bounce_case *b, const struct attndyn_joma_bounce *model,
                     const double *w, size_t j) {
    return b->mu[j] != b->v0[j] && (model->logarithmic || w[j] < log(1e4));
}

/* How far the state is off the exact quadrature: |tau_j - t| (N = 1), or half the spread of the
 * tau_j and the sum rule (normalised), relative to max(t, 1). */
static double clock_error(const struct bounce_case *b, const struct attndyn_joma_bounce *model,
                          double t, const double *w) {
    double least = INFINITY, most = -INFINITY, sum = 0, error = 0;
    bool all = true;
    for (size_t j = 0; j < b->n; j++) {
        sum += w[j];
        all = all && (readable(b, model, w, j));
        if (!readable(b, model, w, j)) continue;
        double tau = attndyn_joma_bounce_time(&b->laws[j], w[j]);
        if (isnan(tau)) return NAN;
        least = fmin(least, tau), most = fmax(most, tau);
        if (!b->p->normalised) worst(&error, fabs(tau - t) / fmax(t, 1));
    }
    if (!b->p->normalised) return error;
    if (most > least) error = (most - least) / most;
    return all ? fmax(error, fabs(sum - t) / fmax(t, 1)) : error;
}

static bool exact_at(struct bounce_case *b, double t, double *v) {
    if (b->p->normalised) {
        if (!attndyn_joma_bounce_normalised(b->n, b->laws, t, v, NULL)) return false;
    } else {
        for (size_t j = 0; j < b->n; j++) v[j] = attndyn_joma_bounce_at(&b->laws[j], t);
    }
    for (size_t j = 0; j < b->n; j++) {
        v[j] = attndyn_joma_bounce_v(&b->laws[j], v[j]);
        if (isnan(v[j])) return false;
    }
    return true;
}

struct recorder {
    struct bounce_case *b;
    const struct attndyn_joma_bounce *model;
    size_t outputs;
    double clock_error, v_error;
    struct bounce_minimum minimum;
};

/* ln(1/delta_j), delta = 1 - v/mu; NaN where that is no number (mu = 0, v beyond mu). */
static double log_ratio(const struct bounce_case *b, const double *w, size_t j) {
    return w[j] + attndyn_joma_bounce_log_start(&b->laws[j]);
}

static void extremes(const struct bounce_case *b, size_t *slow, size_t *fast) {
    *slow = *fast = 0;
    for (size_t j = 0; j < b->n; j++) {
        if (fabs(b->mu[j]) < fabs(b->mu[*slow])) *slow = j;
        if (fabs(b->mu[j]) > fabs(b->mu[*fast])) *fast = j;
    }
}

static enum attndyn_status record(void *user, size_t index, double t, const double *y) {
    struct recorder *r = user;
    struct bounce_case *b = r->b;
    attndyn_joma_bounce_velocities(r->model, y, b->v);
    log_distances(b, r->model, y, b->w);
    attndyn_joma_bounce_attention(b->n, b->p->beta, b->v, b->share);
    double entropy = attndyn_entropy(b->n, b->share);
    bounce_minimum_see(&r->minimum, t, y, entropy);
    /* The normalised closed form is a double root search: at some of the outputs only. */
    size_t every = b->p->normalised ? 1 + r->outputs / 40 : 1;
    bool exact = index % every == 0 || index + 1 == r->outputs;
    if (exact && !exact_at(b, t, b->exact)) exact = false, r->v_error = NAN;
    for (size_t j = 0; j < b->n; j++) {
        if (exact && !isnan(r->v_error)) worst(&r->v_error, b->v[j] - b->exact[j]);
        double log_delta = log_ratio(b, b->w, j);
        ATTNDYN_TRY(EMIT(b->run, flow, .t = t, .component = (long)j, .mu = b->mu[j], .v = b->v[j],
                         .v_exact = exact ? b->exact[j] : NAN, .w = joma_finite(b->w[j]),
                         .log_ratio = joma_finite(log_delta), .p = b->share[j]));
    }
    double error = t > 0 ? clock_error(b, r->model, t, b->w) : 0;
    if (!(error <= r->clock_error)) r->clock_error = error;
    size_t slow, fast;
    extremes(b, &slow, &fast);
    double ratio = log_ratio(b, b->w, fast) / log_ratio(b, b->w, slow);
    double slopes = exp(b->p->beta * (b->v[fast] * b->v[fast] - b->v[slow] * b->v[slow]));
    return EMIT(b->run, course, .t = t, .entropy = entropy, .clock_error = error,
                .log_ratio_ratio = t > 0 && isfinite(ratio) ? ratio : NAN, .slope_ratio = slopes);
}

static struct attndyn_joma_bounce model_of(const struct bounce_case *b, bool logarithmic) {
    return (struct attndyn_joma_bounce){.components = b->n,
                                        .mu = b->mu,
                                        .v0 = b->v0,
                                        .beta = b->p->beta,
                                        .normalised = b->p->normalised,
                                        .logarithmic = logarithmic};
}

static struct attndyn_ode_options options_of(const struct bounce_case *b,
                                             enum attndyn_ode_method method, double rtol) {
    struct attndyn_ode_options options = solve_within(method, rtol, rtol / 100);
    options.step = b->p->step;
    return options;
}

static enum attndyn_status emit_state(struct bounce_case *b, const struct recorder *r,
                                      double minimum, double minimum_at) {
    double entropy = attndyn_entropy(b->n, b->share), t = b->p->t_end;
    ATTNDYN_TRY(STATE(b->run, v, b->v, b->n));
    ATTNDYN_TRY(STATE(b->run, p, b->share, b->n));
    ATTNDYN_TRY(STATE(b->run, entropy, &entropy, 1));
    ATTNDYN_TRY(STATE(b->run, t, &t, 1));
    bool finite = true;
    for (size_t j = 0; j < b->n; j++) {
        b->exact[j] = log_ratio(b, b->w, j);
        finite = finite && isfinite(b->exact[j]);
    }
    if (finite) ATTNDYN_TRY(STATE(b->run, log_ratio, b->exact, b->n));
    if (!isnan(minimum)) {
        ATTNDYN_TRY(STATE(b->run, entropy_min, &minimum, 1));
        ATTNDYN_TRY(STATE(b->run, t_min, &minimum_at, 1));
        ATTNDYN_TRY(SCALAR(b->run, outcome, entropy_min, minimum));
        ATTNDYN_TRY(SCALAR(b->run, outcome, t_min, minimum_at));
    }
    ATTNDYN_TRY(SCALAR(b->run, outcome, entropy, entropy));
    ATTNDYN_TRY(SCALAR(b->run, outcome, clock_error, r->clock_error));
    return SCALAR(b->run, outcome, v_error, r->v_error);
}

static enum attndyn_status run_main(struct bounce_case *b) {
    struct attndyn_context *ctx = b->run->ctx;
    struct attndyn_joma_bounce model = model_of(b, b->p->variable == variable_log);
    ATTNDYN_TRY(attndyn_joma_bounce_prepare(ctx, &model));
    struct attndyn_ode_options options = options_of(b, b->p->method, b->p->rtol);
    struct attndyn_ode_problem problem = attndyn_joma_bounce_problem(&model);
    problem.events = 0, problem.event = NULL;
    size_t outputs = (size_t)b->p->outputs;
    double *y, *times;
    ATTNDYN_ALLOC(ctx, y, b->n);
    ATTNDYN_ALLOC(ctx, times, outputs);
    attndyn_joma_bounce_start(&model, y);
    attndyn_grid_linear(0, b->p->t_end, outputs, times);
    struct recorder recorder = {.b = b, .model = &model, .outputs = outputs};
    ATTNDYN_TRY(bounce_minimum_begin(ctx, &recorder.minimum, &model));
    struct attndyn_ode_observer observer = {.output = record, .user = &recorder};
    ATTNDYN_TRY(solve_recorded(b->run, variable_names[b->p->variable], &problem, &options, y, times,
                               outputs, &observer));
    double minimum, minimum_at;
    ATTNDYN_TRY(bounce_minimum_find(ctx, &recorder.minimum, &options, &minimum, &minimum_at));
    attndyn_joma_bounce_velocities(&model, y, b->v);
    log_distances(b, &model, y, b->w);
    attndyn_joma_bounce_attention(b->n, b->p->beta, b->v, b->share);
    double end = b->p->t_end;
    for (size_t j = 0; j < b->n; j++) {
        /* ln(1/delta) = exp(beta mu^2) tau + start - C + o(1), tau = t without normaliser */
        double slope = exp(b->p->beta * b->mu[j] * b->mu[j]);
        double offset = attndyn_joma_bounce_offset(&b->laws[j]);
        double residual = b->p->normalised ? NAN : b->w[j] - (slope * end - offset);
        double start = attndyn_joma_bounce_log_start(&b->laws[j]);
        double t99 =
            isfinite(start) ? attndyn_joma_bounce_time(&b->laws[j], log(100) - start) : NAN;
        ATTNDYN_TRY(EMIT(b->run, offsets, .component = (long)j, .mu = b->mu[j], .v0 = b->v0[j],
                         .slope = slope, .offset = offset, .t_99 = joma_finite(t99),
                         .residual = joma_finite(residual), .w = joma_finite(b->w[j])));
    }
    return emit_state(b, &recorder, minimum, minimum_at);
}

struct measured {
    struct bounce_case *b;
    const struct attndyn_joma_bounce *model;
    double clock_error, v_error;
};

static enum attndyn_status measure(void *user, size_t index, double t, const double *y) {
    (void)index;
    struct measured *m = user;
    struct bounce_case *b = m->b;
    attndyn_joma_bounce_velocities(m->model, y, b->v);
    log_distances(b, m->model, y, b->w);
    double error = clock_error(b, m->model, t, b->w);
    if (!(error <= m->clock_error)) m->clock_error = error;
    if (!exact_at(b, t, b->exact)) m->v_error = NAN;
    for (size_t j = 0; j < b->n; j++) worst(&m->v_error, b->v[j] - b->exact[j]);
    return ATTNDYN_OK;
}

static enum attndyn_status compare(struct bounce_case *b, bool logarithmic,
                                   enum attndyn_ode_method method, double rtol) {
    struct attndyn_context *ctx = b->run->ctx;
    struct attndyn_joma_bounce model = model_of(b, logarithmic);
    ATTNDYN_TRY(attndyn_joma_bounce_prepare(ctx, &model));
    struct attndyn_ode_options options = options_of(b, method, rtol);
    options.max_steps = 200000; /* explicit methods in v are slow where it is stiff */
    struct attndyn_ode_problem problem = attndyn_joma_bounce_problem(&model);
    problem.events = 0, problem.event = NULL;
    double *y, times[8];
    ATTNDYN_ALLOC(ctx, y, b->n);
    attndyn_joma_bounce_start(&model, y);
    attndyn_grid_linear(b->p->t_end / 8, b->p->t_end, 8, times);
    struct measured worst_of = {.b = b, .model = &model};
    struct attndyn_ode_observer observer = {.output = measure, .user = &worst_of};
    struct attndyn_ode_statistics statistics;
    enum attndyn_status status =
        attndyn_ode_solve(ctx, &problem, &options, 0, y, times, 8, &observer, &statistics);
    if (status != ATTNDYN_OK && status != ATTNDYN_RUN_FAILED) return status;
    char why[200] = "reached t_end";
    if (status == ATTNDYN_RUN_FAILED) {
        snprintf(why, sizeof why, "%s", attndyn_message(ctx));
        attndyn_message_clear(ctx);
        worst_of.clock_error = worst_of.v_error = NAN;
    }
    bool fixed = method == ATTNDYN_ODE_RK4;
    return EMIT(b->run, integrators, .variable = logarithmic ? "log" : "v",
                .method = attndyn_ode_method_name(method), .rtol = fixed ? NAN : rtol,
                .outcome = why, .clock_error = worst_of.clock_error, .v_error = worst_of.v_error,
                .steps = statistics.steps, .rhs = statistics.rhs);
}

RUN(bounce_back) {
    struct bounce_case b = {.run = run, .p = p, .n = p->mu.count, .mu = p->mu.at};
    if (b.n == 0)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "mu is empty: give one number for each component");
    ATTNDYN_TRY(joma_components(run->ctx, "v0", p->v0, b.n, NAN, &b.v0));
    for (size_t j = 0; j < b.n; j++) {
        double top = fmax(fabs(b.mu[j]), fabs(b.v0[j]));
        if (!(p->beta * top * top <= 600))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "beta max(mu, v0)^2 = %g for component %zu: the quadrature "
                                "overflows; take smaller values (at most 600)",
                                p->beta * top * top, j);
    }
    ATTNDYN_ALLOC(run->ctx, b.laws, b.n);
    ATTNDYN_ALLOC(run->ctx, b.v, b.n);
    ATTNDYN_ALLOC(run->ctx, b.w, b.n);
    ATTNDYN_ALLOC(run->ctx, b.share, b.n);
    ATTNDYN_ALLOC(run->ctx, b.exact, b.n);
    for (size_t j = 0; j < b.n; j++)
        b.laws[j] = (struct attndyn_joma_bounce_law){.mu = b.mu[j], .v0 = b.v0[j], .beta = p->beta};
    ATTNDYN_TRY(run_main(&b));
    for (size_t i = 0; i < p->rtols.count; i++) {
        ATTNDYN_TRY(compare(&b, true, ATTNDYN_ODE_ADAMS, p->rtols.at[i]));
        ATTNDYN_TRY(compare(&b, false, ATTNDYN_ODE_ADAMS, p->rtols.at[i]));
        ATTNDYN_TRY(compare(&b, true, ATTNDYN_ODE_BDF_DENSE, p->rtols.at[i]));
        ATTNDYN_TRY(compare(&b, false, ATTNDYN_ODE_BDF_DENSE, p->rtols.at[i]));
    }
    ATTNDYN_TRY(compare(&b, true, ATTNDYN_ODE_RK4, 0));
    return bounce_figure4(run, p);
}

static const struct figure figures[] = {
    {"bounce_back", "joma/bounce_back/bounce_back.gp",
     "JoMA's Theorem 4. (a) Components on their way to mu: lines integrated, dots by quadrature. "
     "(b) ln(1/delta_j), delta = 1 - v/mu: straight lines of slope exp(beta mu^2) after an "
     "offset. (c) The ratio of these logarithms reaches Theorem 4's value like 1/t, the ratio of "
     "slopes exponentially. (d) The entropy of the attention dips and comes back."},
    {"figure4", "joma/bounce_back/figure4.gp",
     "The authors' figure 4 (left: components and their mu, middle: entropy) and, right, what "
     "explicit Euler and single precision do to it."},
    {0}};

const struct experiment experiment_joma_bounce_back = {
    .id = "joma/bounce-back",
    .title = "Theorem 4 and figure 4: attention narrows, then comes back",
    .source = "JoMA (arXiv 2310.00535), Theorem 4 and figure 4",
    .doc =
        "dv_j/dt = (mu_j - v_j) exp(beta v_j^2) / N for the components v_j of a nonlinear node, "
        "mu its critical point, with N = 1 (the talk) or N = sum_j exp(beta v_j^2) (the authors' "
        "figure 4). Large mu are reached first, because attention feeds what is large already; "
        "then the others catch up: the entropy of attention dips and rises. The state is w = "
        "ln((mu - v(0))/(mu - v)), whose derivative is exp(beta v^2)/N: not stiff, and exact "
        "digits of 1 - v/mu at any time. Every number is held against a quadrature with regular "
        "integrand, and with the normaliser against sum_j w_j = t.\n"
        "Figure 4 is repeated as its script computes it: 5000 explicit Euler steps of v <- v + "
        "0.02 (mu - v) softmax(v^2/3), in single and in double precision, beside its flow.\n"
        "Table `state`: v, p, entropy, t, log_ratio (ln 1/delta), entropy_min, t_min, figure_v.",
    .presets =
        (const struct preset[]){
            {"quick", "", "four components without a normaliser, and figure 4 in full"},
            {"authors",
             "mu=" FIGURE_MU " v0=0.05 beta=0.33333333333333333 normalised=true t_end=100",
             "the flow of figure 4 as the main run"},
            {0}},
    .tables = TABLES(flow, course, offsets, integrators, figure4, figure4_v, the_state),
    .figures = figures,
    PARTS_OF(bounce_back, outcome)};
