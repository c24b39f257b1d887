#include "escape.h"

#include "experiments/shared/kept.h"
#include "experiments/shared/paired.h"
#include "sim/model/noise/order_sgd.h"
#include "sim/num/ode_until.h"
#include "theory/noise/escape.h"

struct reaching {
    struct attndyn_ode_problem drift;
    double threshold;
};
static int passed_on(double t, const double *y, double *dy, void *user) {
    const struct reaching *r = user;
    return r->drift.rhs(t, y, dy, r->drift.user);
}
static int reached(double t, const double *y, double *g, void *user) {
    (void)t;
    g[0] = y[1] - ((const struct reaching *)user)->threshold;
    return 0;
}

/* lambda t - ln(1/eps) of the flow without noise from y = 0, X = eps. */
static enum attndyn_status constant(const struct trial *run, const struct escape *p, double *C) {
    const struct attndyn_order_drift drift = {p->lr_y.at[0], p->lr_p.at[0], p->m};
    struct reaching reaching = {attndyn_order_drift_problem(&drift), p->threshold};
    const struct attndyn_ode_problem problem = {
        .n = 2, .rhs = passed_on, .events = 1, .event = reached, .user = &reaching};
    double eps = 1e-7, lambda = attndyn_escape_lambda(drift.lr_y, drift.lr_p, p->m);
    double y[2] = {0, eps}, end = 200 / lambda, t;
    struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, 1e-12);
    solver.atol = 1e-22;
    const struct attndyn_ode_observer observer = attndyn_ode_until(&t);
    ATTNDYN_TRY(attndyn_ode_solve(run->ctx, &problem, &solver, 0, y, &end, 1, &observer, NULL));
    *C = lambda * t - log(1 / eps);
    return ATTNDYN_OK;
}

/* P(steps <= t) for an escape at ln(1/(eps |x|)) + C, x standard normal: |x| >= e^(...). */
static double escaped_by(double t, double lambda, double eps, double C) {
    return erfc(exp(log(1 / eps) + C - lambda * t) / sqrt(2));
}

static enum attndyn_status measure(const struct trial *run, const struct escape *p, double lr_y,
                                   double lr_p, size_t T, size_t B, long runs, bool law, bool first,
                                   double C) {
    const struct attndyn_order_sgd_options options = {lr_y, lr_p,         p->m,    T,
                                                      B,    p->threshold, 10000000};
    double *steps, mean = 0, square = 0;
    ATTNDYN_ALLOC(run->ctx, steps, (size_t)runs);
    for (long r = 0; r < runs; r++) {
        ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
        ATTNDYN_TRY(attndyn_order_sgd_escape(run->ctx, &options, (uint64_t)p->seed,
                                             (uint64_t)r + (law ? 1000000 : 0), &steps[r]));
        if (isnan(steps[r]))
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "a run did not escape in %ld steps",
                                options.max_steps);
        mean += steps[r] / (double)runs;
    }
    for (long r = 0; r < runs; r++) square += (steps[r] - mean) * (steps[r] - mean);
    double deviation = sqrt(square / (double)(runs - 1));
    double lambda = attndyn_escape_lambda(lr_y, lr_p, p->m);
    double start = attndyn_escape_start(lr_y, lr_p, p->m, (double)T, (double)B);
    if (first) {
        ascending((size_t)runs, steps);
        for (long r = 0; r < runs; r++)
            ATTNDYN_TRY(EMIT(run, samples, .run = r, .steps = steps[r],
                             .share = ((double)r + 0.5) / (double)runs,
                             .predicted = escaped_by(steps[r], lambda, start, C)));
    }
    return EMIT(run, times, .lr_y = lr_y, .lr_p = lr_p, .T = (long)T, .B = (long)B, .law = law,
                .runs = runs, .mean = mean, .error = deviation / sqrt((double)runs),
                .deviation = deviation, .lambda = lambda, .start = start,
                .predicted = attndyn_escape_mean(lambda, start, C),
                .predicted_deviation = attndyn_escape_deviation(lambda));
}

/* Weighted least squares of the means in ln B. */
static enum attndyn_status slope(const struct trial *run) {
    double w = 0, x = 0, y = 0, xx = 0, xy = 0;
    EACH_ROW (run, times, r) {
        if (!r->law) continue;
        double weight = 1 / (r->error * r->error), at = log((double)r->B);
        w += weight, x += weight * at, y += weight * r->mean;
        xx += weight * at * at, xy += weight * at * r->mean;
    }
    double spread = w * xx - x * x;
    ATTNDYN_TRY(SCALAR(run, escape_scalars, slope, (w * xy - x * y) / spread));
    return SCALAR(run, escape_scalars, slope_error, sqrt(w / spread));
}

RUN(escape) {
    double C, total = (double)(p->lr_y.count + p->law_batches.count), done = 0;
    ATTNDYN_TRY(kept_needs(run, "lr_y", p->lr_y));
    if (p->lr_p.count != p->lr_y.count || p->contexts.count != p->lr_y.count ||
        p->batches.count != p->lr_y.count || p->law_batches.count < 2)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "lr_y, lr_p, contexts and batches need one value for each case, and "
                            "law_batches at least two");
    ATTNDYN_TRY(constant(run, p, &C));
    ATTNDYN_TRY(SCALAR(run, escape_scalars, constant, C));
    for (size_t i = 0; i < p->lr_y.count; i++) {
        ATTNDYN_TRY(measure(run, p, p->lr_y.at[i], p->lr_p.at[i], (size_t)p->contexts.at[i],
                            (size_t)p->batches.at[i], p->runs, false, i == 0, C));
        attndyn_progress(run->ctx, "cases", ++done, total);
    }
    for (size_t i = 0; i < p->law_batches.count; i++) {
        ATTNDYN_TRY(measure(run, p, p->lr_y.at[0], p->lr_p.at[0], (size_t)p->law_context,
                            (size_t)p->law_batches.at[i], p->law_runs, true, false, C));
        attndyn_progress(run->ctx, "cases", ++done, total);
    }
    return slope(run);
}

static const struct figure figures[] = {
    {"escape", "noise/escape/escape.gp",
     "(a) Steps until the noise has left the saddle, measured (bars: two standard errors) against "
     "predicted, for several rates, contexts and batches. (b) The share of runs that have escaped by a "
     "step, and that of ln|normal| (line). (c) The mean grows with ln B, by 1/(2 lambda) (line): batch, "
     "context and rate enter by a logarithm only."},
    {0}};

const struct experiment experiment_noise_escape = {
    .id = "noise/escape",
    .title = "Stochastic corrections: noise leaves the saddle of the order task",
    .source =
        "derived here; the talk's theorems are of the flow (cf. arXiv 2601.10962, 2505.18535)",
    .doc =
        "The order task (position/order) at equal shares, all parameters 0: the flow stays for ever. SGD on "
        "sampled contexts does not: fluctuating bags push the decoder, and act like a random start eps of "
        "p_1 - p_2, eps^2 = sqrt(lr_y lr_p) (1 - m^2)/(m T B), where tokens are right with probability (1 + "
        "m)/2. The saddle's rate is (m/2) sqrt(lr_y lr_p) per step, hence mean and deviation of the time to "
        "a threshold. Escape from an unstable point by noise is textbook; the closed eps of this task is "
        "derived here. Leading order: measured means are some percent above.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: some seconds"},
                                       {"short", "runs=600 law_runs=2000", "four times the runs"},
                                       {"many", "runs=2000 law_runs=4000 law_batches=2,8,32,128",
                                        "minutes"},
                                       {0}},
    .tables = TABLES(times, samples),
    .figures = figures,
    PARTS_OF(escape, escape_scalars)};
