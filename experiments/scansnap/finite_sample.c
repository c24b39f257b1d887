/* What finite steps, finite contexts and finite batches do to the flow. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/results.h"
#include "sim/model/scansnap/sgd.h"

#include "experiments/scansnap/shared/data_params.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    DATA_PARAMS("1", "2", "next"),
    {"eta_y", PARAM_REAL, "4", 1e-9, 1e9, .doc = "rate of the decoder Y"},
    {"eta_z", PARAM_REAL, "1", 1e-9, 1e9, .doc = "rate of the attention Z"},
    {"t_end", PARAM_REAL, "10", 1e-6, 1e6, .doc = "horizon"},
    {"euler_steps", PARAM_REALS, "0.4,0.2,0.1,0.05,0.025,0.0125", 1e-6, 1e6,
     .doc = "steps of gradient descent on the population"},
    {"lengths", PARAM_REALS, "32,128,512,1024,2048,4096", 2, 1e9,
     .doc = "lengths T of the contexts"},
    {"length_step", PARAM_REAL, "0.05", 1e-6, 1e6, .doc = "step there"},
    {"length_batch", PARAM_INT, "128", 1, 1000000,
     .doc = "batch there, split evenly over the classes"},
    {"noise_steps", PARAM_REALS, "0.2,0.1,0.05,0.025,0.0125", 1e-6, 1e6,
     .doc = "steps of the noise measurement, at noise_batch"},
    {"noise_batches", PARAM_REALS, "8,32,128,512", 1, 1e6,
     .doc = "batches of the noise measurement, at length_step; labels are random"},
    {"noise_batch", PARAM_INT, "128", 1, 1000000, .doc = "batch at the varied steps"},
    {"seeds", PARAM_INT, "16", 4, 100000, .doc = "runs of every sampled case"},
    {"seed", PARAM_INT, "1", .doc = "the first of them"},
    {"rtol", PARAM_REAL, "1e-11", 1e-14, 0.1, .doc = "tolerance of the flow"},
    {0}};

static const struct preset presets[] = {{"quick", "", "contexts to T = 4096, 16 seeds"},
                                        {"paper",
                                         "lengths=32,128,512,1024,2048,4096,8192,16384 seeds=100",
                                         "longer contexts, less noise"},
                                        {0}};

static const struct column euler_columns[] = {
    {"step", COLUMN_REAL, .doc = "step dt: rates eta dt, horizon / dt updates"},
    {"updates", COLUMN_INT, .doc = "updates"},
    {"error", COLUMN_REAL, .doc = "|z - z_flow| / |z_flow|, Euclidean"},
    {0}};
static const struct column bias_columns[] = {
    {"T", COLUMN_INT, .doc = "length of the contexts"},
    {"bias", COLUMN_REAL,
     .doc = "|mean of z - z of the population descent| / |the latter|, over the seeds"},
    {"noise", COLUMN_REAL, .doc = "standard error of that mean, in the same norm"},
    {"debiased", COLUMN_REAL, .doc = "sqrt(bias^2 - noise^2)", .optional = true},
    {0}};
static const struct column noise_columns[] = {
    {"series", COLUMN_TEXT, .doc = "step or batch: what is varied"},
    {"step", COLUMN_REAL, .doc = "dt"},
    {"batch", COLUMN_INT, .doc = "B"},
    {"noise", COLUMN_REAL,
     .doc = "root mean square over seeds of |z - mean z| / |z of the flow|, contexts infinitely "
            "long, labels random"},
    {"standard_error", COLUMN_REAL, .doc = "of the noise, from the spread over seeds"},
    {0}};
static const struct table tables[] = {
    {"euler", "gradient descent on the population against the flow", euler_columns},
    {"bias", "finite contexts against infinite ones", bias_columns},
    {"noise", "spread over seeds", noise_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"euler_order", NULL, "slope of log error against log step, four smallest steps", true},
    {"bias_slope", NULL, "slope of log bias against log T, T >= 500", true},
    {"noise_step_slope", NULL, "slope of log noise against log step", true},
    {"noise_batch_slope", NULL, "slope of log noise against log batch", true},
    {0}};

static const struct figure figures[] = {
    {"finite_sample", "scansnap/finite_sample/finite_sample.gp",
     "Distance from the flow. (a) Gradient descent: first order in the step. (b) Contexts of "
     "length T: the bias of the mean falls as 1/T once T exceeds 10/|c|^2, about 200 here; bars: "
     "standard error. (c, d) Random labels: noise grows as the square root of step over batch."},
    {0}};

struct lab {
    struct attndyn_context *ctx;
    const struct params *params;
    struct results *results;
    const struct attndyn_distribution *d;
    size_t count;     /* z entries */
    double *z, scale; /* of the flow at the horizon, and its norm */
};

static double norm(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
    return sqrt(sum);
}

static enum attndyn_status flow(struct lab *lab) {
    const struct attndyn_flow_options options = {.eta_y = param_real(lab->params, "eta_y"),
                                                 .eta_z = param_real(lab->params, "eta_z")};
    struct attndyn_flow *flow;
    ATTNDYN_TRY(attndyn_flow_create(lab->ctx, lab->d, &options, &flow));
    struct attndyn_ode_problem problem = attndyn_flow_problem(flow);
    struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    struct attndyn_ode_statistics statistics;
    double *y, t = param_real(lab->params, "t_end");
    how.rtol = param_real(lab->params, "rtol");
    ATTNDYN_ALLOC(lab->ctx, y, problem.n + problem.quadratures);
    ATTNDYN_TRY(attndyn_ode_solve(lab->ctx, &problem, &how, 0, y, &t, 1, NULL, &statistics));
    ATTNDYN_TRY(results_solver(lab->ctx, lab->results, "flow", &statistics));
    lab->z = y + flow->z_at;
    lab->count = flow->n - flow->z_at;
    lab->scale = norm(lab->z, lab->count);
    double *Z;
    ATTNDYN_ALLOC(lab->ctx, Z, lab->d->last_tokens * lab->d->tokens);
    attndyn_flow_expand_z(flow, y, Z);
    return results_emit_state(lab->ctx, lab->results, "z", Z, lab->d->last_tokens * lab->d->tokens);
}

/* Momentum-free descent with step dt to the horizon; z: (seeds, count). */
static enum attndyn_status descend(const struct lab *lab, double dt, size_t seq_len, size_t batch,
                                   bool balanced, size_t seeds, double *z) {
    double updates = rint(param_real(lab->params, "t_end") / dt);
    if (updates < 1 || updates > 1e8)
        return attndyn_fail(lab->ctx, ATTNDYN_USAGE,
                            "step %g to t_end = %g makes %g updates: expected 1 to 1e8", dt,
                            param_real(lab->params, "t_end"), updates);
    dt = param_real(lab->params, "t_end") / updates;
    struct attndyn_sgd_options options = {.seq_len = seq_len,
                                          .batch = batch,
                                          .balanced = balanced,
                                          .lr_y = dt * param_real(lab->params, "eta_y"),
                                          .lr_z = dt * param_real(lab->params, "eta_z")};
    int threads = attndyn_threads(lab->ctx);
    struct attndyn_sgd **sgd;
    ATTNDYN_ALLOC(lab->ctx, sgd, (size_t)threads);
    for (int i = 0; i < threads; i++)
        ATTNDYN_TRY(attndyn_sgd_create(lab->ctx, lab->d, &options, &sgd[i]));
#pragma omp parallel for schedule(static, 1) num_threads(threads) if (threads > 1)
    for (int me = 0; me < threads; me++)
        for (size_t k = (size_t)me; k < seeds; k += (size_t)threads) {
            struct attndyn_sgd_options own = options;
            own.seed = (uint64_t)param_int(lab->params, "seed") + k;
            attndyn_sgd_restart(sgd[me], &own);
            for (double i = 0; i < updates; i++) attndyn_sgd_step(sgd[me]);
            memcpy(z + k * lab->count, sgd[me]->z, lab->count * sizeof *z);
        }
    return attndyn_check_interrupt(lab->ctx);
}

static enum attndyn_status euler(const struct lab *lab) {
    size_t count;
    const double *steps = param_reals(lab->params, "euler_steps", &count);
    double *z;
    ATTNDYN_ALLOC(lab->ctx, z, lab->count);
    for (size_t i = 0; i < count; i++) {
        ATTNDYN_TRY(descend(lab, steps[i], 0, 0, false, 1, z));
        for (size_t k = 0; k < lab->count; k++) z[k] -= lab->z[k];
        ATTNDYN_TRY(EMIT(lab->ctx, lab->results, "euler", R(steps[i]),
                         I(lrint(param_real(lab->params, "t_end") / steps[i])),
                         R(norm(z, lab->count) / lab->scale)));
    }
    return ATTNDYN_OK;
}

/* Mean over seeds into mean; returns the root mean square distance of a seed from it. */
static double average(const double *z, size_t seeds, size_t count, double *mean) {
    memset(mean, 0, count * sizeof *mean);
    for (size_t k = 0; k < seeds * count; k++) mean[k % count] += z[k] / (double)seeds;
    double square = 0;
    for (size_t k = 0; k < seeds * count; k++) square += pow(z[k] - mean[k % count], 2);
    return sqrt(square / (double)(seeds - 1));
}

static enum attndyn_status bias(const struct lab *lab) {
    size_t count, seeds = (size_t)param_int(lab->params, "seeds");
    const double *lengths = param_reals(lab->params, "lengths", &count);
    size_t batch = (size_t)param_int(lab->params, "length_batch");
    double dt = param_real(lab->params, "length_step"), *z, *mean, *exact;
    ATTNDYN_ALLOC(lab->ctx, z, seeds * lab->count);
    ATTNDYN_ALLOC(lab->ctx, mean, lab->count);
    ATTNDYN_ALLOC(lab->ctx, exact, lab->count);
    ATTNDYN_TRY(descend(lab, dt, 0, 0, false, 1, exact));
    double scale = norm(exact, lab->count);
    for (size_t i = 0; i < count; i++) {
        attndyn_progress(lab->ctx, "lengths", (double)i, (double)count);
        ATTNDYN_TRY(descend(lab, dt, (size_t)lengths[i], batch, true, seeds, z));
        double spread = average(z, seeds, lab->count, mean) / sqrt((double)seeds) / scale;
        for (size_t k = 0; k < lab->count; k++) mean[k] -= exact[k];
        double off = norm(mean, lab->count) / scale, square = off * off - spread * spread;
        ATTNDYN_TRY(EMIT(lab->ctx, lab->results, "bias", I((long)lengths[i]), R(off), R(spread),
                         R(square > 0 ? sqrt(square) : NAN)));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status noise_case(const struct lab *lab, const char *series, double dt,
                                      double batch) {
    size_t seeds = (size_t)param_int(lab->params, "seeds");
    uint64_t mark = attndyn_memory_mark(lab->ctx);
    double *z, *mean, square = 0, fourth = 0;
    ATTNDYN_ALLOC(lab->ctx, z, seeds * lab->count);
    ATTNDYN_ALLOC(lab->ctx, mean, lab->count);
    ATTNDYN_TRY(descend(lab, dt, 0, (size_t)batch, false, seeds, z));
    double spread = average(z, seeds, lab->count, mean) / lab->scale;
    for (size_t k = 0; k < seeds; k++) {
        double own = 0;
        for (size_t i = 0; i < lab->count; i++) own += pow(z[k * lab->count + i] - mean[i], 2);
        square += own / (double)seeds;
        fourth += own * own / (double)seeds;
    }
    /* sd of the mean square over seeds; half of it relative is that of the root */
    double relative = square > 0 ? sqrt((fourth / (square * square) - 1) / (double)seeds) / 2 : 0;
    attndyn_memory_release(lab->ctx, mark);
    return EMIT(lab->ctx, lab->results, "noise", S(series), R(dt), I((long)batch), R(spread),
                R(spread * relative));
}

static enum attndyn_status noise(const struct lab *lab) {
    size_t steps, batches;
    const double *step = param_reals(lab->params, "noise_steps", &steps);
    const double *batch = param_reals(lab->params, "noise_batches", &batches);
    for (size_t i = 0; i < steps; i++)
        ATTNDYN_TRY(
            noise_case(lab, "step", step[i], (double)param_int(lab->params, "noise_batch")));
    for (size_t i = 0; i < batches; i++)
        ATTNDYN_TRY(noise_case(lab, "batch", param_real(lab->params, "length_step"), batch[i]));
    return ATTNDYN_OK;
}

/* Least-squares slope of log y against log x over the rows that `series` and `least` select; NaN
 * with fewer than three. */
static double slope(const struct results *r, const char *table, const char *x, const char *y,
                    const char *series, double least, double most) {
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (size_t i = 0; i < results_rows(r, table); i++) {
        double at = results_real(r, table, i, x), value = results_real(r, table, i, y);
        if (series && strcmp(results_text(r, table, i, "series"), series) != 0) continue;
        if (!(at >= least && at <= most && value > 0)) continue;
        double u = log(at), v = log(value);
        n++, sx += u, sy += v, sxx += u * u, sxy += u * v;
    }
    return n >= 3 ? (sxy - sx * sy / n) / (sxx - sx * sx / n) : NAN;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct attndyn_distribution *d;
    ATTNDYN_TRY(data_from_params(ctx, p, &d));
    struct lab lab = {.ctx = ctx, .params = p, .results = results, .d = d};
    ATTNDYN_TRY(flow(&lab));
    if (!(lab.scale > 1e-6))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the attention has not moved by t_end (|z| = %g): errors relative to "
                            "it mean nothing",
                            lab.scale);
    ATTNDYN_TRY(euler(&lab));
    ATTNDYN_TRY(bias(&lab));
    ATTNDYN_TRY(noise(&lab));
    const double value[] = {slope(results, "euler", "step", "error", NULL, 0, 0.1001),
                            slope(results, "bias", "T", "debiased", NULL, 500, 1e300),
                            slope(results, "noise", "step", "noise", "step", 0, 1e300),
                            slope(results, "noise", "batch", "noise", "batch", 0, 1e300)};
    static const char *const name[] = {"euler_order", "bias_slope", "noise_step_slope",
                                       "noise_batch_slope"};
    for (size_t i = 0; i < 4; i++)
        if (!isnan(value[i])) ATTNDYN_TRY(results_scalar(ctx, results, name[i], value[i]));
    return ATTNDYN_OK;
}

/* Is the scalar in the middle of [low, high]? */
static enum attndyn_status within(const struct results *r, const char *name, double low,
                                  double high, const char *why, struct verdict *v) {
    double value = results_scalar_value(r, name), middle = (low + high) / 2;
    if (isnan(value)) return verdict_skip(v, "needs three points at least: %s", why);
    return verdict_at_most(v, fabs(value - middle), (high - low) / 2,
                           "slope %.4f, expected %.3g to %.3g; %s", value, low, high, why);
}

static enum attndyn_status check_order(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *r, struct verdict *v) {
    (void)ctx, (void)p;
    return within(r, "euler_order", 0.95, 1.05, "steps up to 0.1", v);
}
static enum attndyn_status check_bias(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *r, struct verdict *v) {
    (void)ctx;
    if (param_int(p, "seeds") < 16) return verdict_skip(v, "needs 16 seeds");
    return within(r, "bias_slope", -1.2, -0.75, "T >= 500, noise of the mean taken out", v);
}
static enum attndyn_status check_noise(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *r, struct verdict *v) {
    (void)ctx;
    if (param_int(p, "seeds") < 16) return verdict_skip(v, "needs 16 seeds");
    double by_step = results_scalar_value(r, "noise_step_slope");
    double by_batch = results_scalar_value(r, "noise_batch_slope");
    if (isnan(by_step) || isnan(by_batch))
        return verdict_skip(v, "needs three steps and three batches");
    return verdict_at_most(v, fmax(fabs(by_step - 0.5), fabs(by_batch + 0.5)), 0.15,
                           "slope %.3f in the step (0.5), %.3f in the batch (-0.5), %ld seeds",
                           by_step, by_batch, param_int(p, "seeds"));
}

static const struct check *const checks[] = {
    &(const struct check){"C16.euler-order", CHECK_CLAIM,
     "Gradient descent on the population approaches the flow at first order in the step.",
     "derived here", "the slope of the error leaves 0.95 to 1.05", check_order},
    &(const struct check){"C16.context-bias", CHECK_CLAIM,
     "Finite contexts bias the attention by O(1/T): LN's norm is E|c_hat|^2 = |c|^2 + (1 - "
     "|c|^2)/T.",
     "derived here", "the slope of the bias in T leaves -1.2 to -0.75", check_bias},
    &(const struct check){"C16.batch-noise", CHECK_CLAIM, "Random labels add noise that grows as sqrt(step/batch).",
     "derived here", "a slope is off by more than 0.15", check_noise},
    NULL};

const struct experiment experiment_scansnap_finite_sample = {
    .id = "scansnap/finite-sample",
    .title = "Finite steps, contexts and batches against the flow",
    .source = "derived here; the limits taken silently in Scan&Snap (arXiv 2305.16380), section 3",
    .doc =
        "The theory lets the step go to zero and the context length T and the batch to infinity. "
        "This experiment takes them back one at a time. Gradient descent on the population with "
        "step dt, against the flow. SGD with contexts of length T, class-balanced batches, the "
        "mean "
        "of many seeds against the population descent of the same step (the noise of the mean is "
        "taken out in quadrature). Infinitely long contexts with random labels: the spread over "
        "seeds against step and batch. Errors are relative Euclidean distances of z at the "
        "horizon. State: z (L x M) of the flow.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run,
};
