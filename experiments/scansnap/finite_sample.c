/* What finite steps, finite contexts and finite batches do to the flow. */
#include "experiments/scansnap/shared/data.h"
#include "experiments/scansnap/shared/full_solve.h"
#include "experiments/statements/statements.h"
#include "sim/model/scansnap/sgd.h"
#include "sim/num/stats.h"

#include <gsl/gsl_randist.h>
#include <string.h>

#define FINITE_SAMPLE(X)                                                                           \
    SCANSNAP_DATA(X, "1", "2", "next")                                                             \
    X(REAL, eta_y, "4", "rate of the decoder Y", IN(1e-9, 1e9))                                    \
    X(REAL, eta_z, "1", "rate of the attention Z", IN(1e-9, 1e9))                                  \
    X(REAL, t_end, "10", "horizon", IN(1e-6, 1e6))                                                 \
    X(REALS, euler_steps, "0.4,0.2,0.1,0.05,0.025,0.0125",                                         \
      "steps of gradient descent on the population", IN(1e-6, 1e6))                                \
    X(REALS, lengths, "32,128,512,1024,2048,4096", "lengths T of the contexts", IN(2, 1e9))        \
    X(REAL, length_step, "0.05", "step there", IN(1e-6, 1e6))                                      \
    X(INT, length_batch, "128", "batch there, split evenly over the classes", IN(1, 1000000))      \
    X(REALS, noise_steps, "0.2,0.1,0.05,0.025,0.0125",                                             \
      "steps of the noise measurement, at noise_batch", IN(1e-6, 1e6))                             \
    X(REALS, noise_batches, "8,32,128,512",                                                        \
      "batches of the noise measurement, at length_step; labels are random", IN(1, 1e6))           \
    X(INT, noise_batch, "128", "batch at the varied steps", IN(1, 1000000))                        \
    X(INT, seeds, "16", "runs of every sampled case", IN(4, 100000))                               \
    X(INT, seed, "1", "the first of them")                                                         \
    X(REAL, rtol, "1e-11", "tolerance of the flow", IN(1e-14, 0.1))
PARAMS(finite_sample, FINITE_SAMPLE)

#define EULER(X)                                                                                   \
    X(REAL, step, "step dt: rates eta dt, horizon / dt updates")                                   \
    X(INT, updates, "updates")                                                                     \
    X(REAL, error, "|z - z_flow| / |z_flow|, Euclidean")
TABLE(euler, EULER)

#define BIAS(X)                                                                                    \
    X(INT, T, "length of the contexts")                                                            \
    X(REAL, bias, "|mean of z - z of the population descent| / |the latter|, over the seeds")      \
    X(REAL, noise, "standard error of that mean, in the same norm")                                \
    X(OPTIONAL, debiased, "sqrt(bias^2 - noise^2)")
TABLE(bias, BIAS)

#define NORMS(X)                                                                                   \
    X(INT, T, "length of the contexts, the last token included")                                   \
    X(REAL, mean, "of |c_hat|^2 over the contexts, z = 0, class 0")                                \
    X(REAL, standard_error, "of that mean")                                                        \
    X(REAL, expected, "|c|^2 + (1 - |c|^2)/(T - 1)")                                               \
    X(REAL, expected_error, "the standard error by the multinomial's fourth moments")
TABLE(norms, NORMS)

#define FREQUENCIES(X)                                                                             \
    X(INT, T, "length of the contexts, the last token included")                                   \
    X(INT, token, "of class 0")                                                                    \
    X(REAL, P, "its probability")                                                                  \
    X(INT, contexts, "sampled")                                                                    \
    X(INT, beyond, "of them whose frequency leaves P by more than Lemma 18's radius")              \
    X(REAL, exact, "how often it should, by the binomial distribution")
TABLE(frequencies, FREQUENCIES)

#define NOISE(X)                                                                                   \
    X(TEXT, series, "step or batch: what is varied")                                               \
    X(REAL, step, "dt")                                                                            \
    X(INT, batch, "B")                                                                             \
    X(REAL, noise,                                                                                 \
      "root mean square over seeds of |z - mean z| / |z of the flow|, contexts infinitely "        \
      "long, labels random")                                                                       \
    X(REAL, standard_error, "of the noise, from the spread over seeds")
TABLE(noise, NOISE)

#define FOUND(X)                                                                                   \
    X(OPTIONAL, euler_order, "slope of log error against log step, four smallest steps")           \
    X(OPTIONAL, bias_slope, "slope of log bias against log T, T >= 500")                           \
    X(OPTIONAL, noise_step_slope, "slope of log noise against log step")                           \
    X(OPTIONAL, noise_batch_slope, "slope of log noise against log batch")
SCALARS(found, FOUND)

static const struct preset presets[] = {{"quick", "", "contexts to T = 4096, 16 seeds"},
                                        {"paper",
                                         "lengths=32,128,512,1024,2048,4096,8192,16384 seeds=100",
                                         "longer contexts, less noise"},
                                        {0}};

static const struct figure figures[] = {
    {"finite_sample", "scansnap/finite_sample/finite_sample.gp",
     "Distance from the flow. (a) Gradient descent: first order in the step. (b) Contexts of "
     "length T: the bias of the mean falls as 1/T once T exceeds 10/|c|^2, about 200 here; bars: "
     "standard error. (c, d) Random labels: noise grows as the square root of step over batch."},
    {0}};

struct lab {
    const struct trial *run;
    const struct finite_sample *p;
    const struct attndyn_distribution *d;
    size_t count;     /* entries of z */
    double *z, scale; /* of the flow at the horizon, and its norm */
};

static double norm(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
    return sqrt(sum);
}

static enum attndyn_status flow(struct lab *lab) {
    const struct attndyn_flow_options options = {.eta_y = lab->p->eta_y, .eta_z = lab->p->eta_z};
    struct attndyn_flow *flow;
    ATTNDYN_TRY(attndyn_flow_create(lab->run->ctx, lab->d, &options, &flow));
    struct attndyn_ode_options how = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    double *y;
    how.rtol = lab->p->rtol;
    ATTNDYN_TRY(full_solve(lab->run, flow, &how, &lab->p->t_end, 1, NULL, "flow", &y));
    lab->z = y + flow->z_at;
    lab->count = flow->n - flow->z_at;
    lab->scale = norm(lab->z, lab->count);
    return full_emit_z(lab->run, flow, y);
}

/* Momentum-free descent with step dt to the horizon; z: (seeds, count). */
static enum attndyn_status descend(const struct lab *lab, double dt, size_t seq_len, size_t batch,
                                   bool balanced, size_t seeds, double *z) {
    double updates = rint(lab->p->t_end / dt);
    if (updates < 1 || updates > 1e8)
        return attndyn_fail(lab->run->ctx, ATTNDYN_USAGE,
                            "step %g to t_end = %g makes %g updates: expected 1 to 1e8", dt,
                            lab->p->t_end, updates);
    dt = lab->p->t_end / updates;
    struct attndyn_sgd_options options = {.seq_len = seq_len,
                                          .batch = batch,
                                          .balanced = balanced,
                                          .lr_y = dt * lab->p->eta_y,
                                          .lr_z = dt * lab->p->eta_z};
    int threads = attndyn_threads(lab->run->ctx);
    struct attndyn_sgd **sgd;
    ATTNDYN_ALLOC(lab->run->ctx, sgd, (size_t)threads);
    for (int i = 0; i < threads; i++)
        ATTNDYN_TRY(attndyn_sgd_create(lab->run->ctx, lab->d, &options, &sgd[i]));
#pragma omp parallel for schedule(static, 1) num_threads(threads) if (threads > 1)
    for (int me = 0; me < threads; me++)
        for (size_t k = (size_t)me; k < seeds; k += (size_t)threads) {
            struct attndyn_sgd_options own = options;
            own.seed = (uint64_t)lab->p->seed + k;
            attndyn_sgd_restart(sgd[me], &own);
            for (double i = 0; i < updates; i++) attndyn_sgd_step(sgd[me]);
            memcpy(z + k * lab->count, sgd[me]->z, lab->count * sizeof *z);
        }
    return attndyn_check_interrupt(lab->run->ctx);
}

static enum attndyn_status euler(const struct lab *lab) {
    struct reals steps = lab->p->euler_steps;
    double *z;
    ATTNDYN_ALLOC(lab->run->ctx, z, lab->count);
    for (size_t i = 0; i < steps.count; i++) {
        ATTNDYN_TRY(descend(lab, steps.at[i], 0, 0, false, 1, z));
        for (size_t k = 0; k < lab->count; k++) z[k] -= lab->z[k];
        ATTNDYN_TRY(EMIT(lab->run, euler, .step = steps.at[i],
                         .updates = lrint(lab->p->t_end / steps.at[i]),
                         .error = norm(z, lab->count) / lab->scale));
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
    struct reals lengths = lab->p->lengths;
    size_t seeds = (size_t)lab->p->seeds;
    size_t batch = (size_t)lab->p->length_batch;
    double dt = lab->p->length_step, *z, *mean, *exact;
    ATTNDYN_ALLOC(lab->run->ctx, z, seeds * lab->count);
    ATTNDYN_ALLOC(lab->run->ctx, mean, lab->count);
    ATTNDYN_ALLOC(lab->run->ctx, exact, lab->count);
    ATTNDYN_TRY(descend(lab, dt, 0, 0, false, 1, exact));
    double scale = norm(exact, lab->count);
    for (size_t i = 0; i < lengths.count; i++) {
        attndyn_progress(lab->run->ctx, "lengths", (double)i, (double)lengths.count);
        ATTNDYN_TRY(descend(lab, dt, (size_t)lengths.at[i], batch, true, seeds, z));
        double spread = average(z, seeds, lab->count, mean) / sqrt((double)seeds) / scale;
        for (size_t k = 0; k < lab->count; k++) mean[k] -= exact[k];
        double off = norm(mean, lab->count) / scale, square = off * off - spread * spread;
        ATTNDYN_TRY(EMIT(lab->run, bias, .T = (long)lengths.at[i], .bias = off, .noise = spread,
                         .debiased = square > 0 ? sqrt(square) : NAN));
    }
    return ATTNDYN_OK;
}

/* Lemma 18: sqrt(ln(2/delta)/(2 (T-1))). Hoeffding's bound is loose: at a small delta no context
 * of some thousands would leave it, and the check could not fail. */
static const double lemma_18_delta = 0.9;
static double lemma_18_radius(double draws) {
    return sqrt(log(2 / lemma_18_delta) / (2 * draws));
}

/* How often a binomial frequency of this many draws leaves P by more than radius. */
static double leaves(double P, unsigned draws, double radius) {
    double sum = 0;
    for (unsigned k = 0; k <= draws; k++)
        if (fabs(k / (double)draws - P) > radius) sum += gsl_ran_binomial_pdf(k, P, draws);
    return sum;
}

/* |c_hat|^2 of contexts as SGD draws them. */
static enum attndyn_status norms(const struct lab *lab) {
    struct attndyn_context *ctx = lab->run->ctx;
    size_t entries = lab->d->start[1] - lab->d->start[0];
    size_t contexts = (size_t)(lab->p->seeds * lab->p->length_batch);
    double *c, *square;
    uint32_t *counts;
    long *beyond;
    ATTNDYN_ALLOC(ctx, beyond, entries);
    ATTNDYN_ALLOC(ctx, c, entries);
    ATTNDYN_ALLOC(ctx, square, contexts);
    ATTNDYN_ALLOC(ctx, counts, entries);
    for (size_t i = 0; i < lab->p->lengths.count; i++) {
        double T = lab->p->lengths.at[i], own = 0, cube = 0, N = T - 1;
        struct attndyn_sgd_options options = {
            .seq_len = (size_t)T, .batch = 1, .seed = (uint64_t)lab->p->seed};
        struct attndyn_sgd *sgd;
        uint64_t mark = attndyn_memory_mark(ctx);
        ATTNDYN_TRY(attndyn_sgd_create(ctx, lab->d, &options, &sgd));
        attndyn_sgd_attention(sgd, 0, c);
        memset(beyond, 0, entries * sizeof *beyond);
        for (size_t k = 0; k < contexts; k++) {
            attndyn_sgd_draw(sgd, 0, counts);
            square[k] = 0;
            for (size_t e = 0; e < entries; e++) {
                square[k] += pow(counts[e] / N, 2);
                beyond[e] += fabs(counts[e] / N - c[e]) > lemma_18_radius(N);
            }
        }
        for (size_t e = 0; e < entries; e++) own += c[e] * c[e], cube += pow(c[e], 3);
        /* Var(sum n_e^2) of N draws (derived here, from the factorial moments) */
        double variance = 2 * N * (N - 1) * (own + 2 * (N - 2) * cube - (2 * N - 3) * own * own);
        attndyn_memory_release(ctx, mark);
        for (size_t e = 0; e < entries; e++)
            ATTNDYN_TRY(EMIT(lab->run, frequencies, .T = (long)T, .token = (long)e, .P = c[e],
                             .contexts = (long)contexts, .beyond = beyond[e],
                             .exact = leaves(c[e], (unsigned)N, lemma_18_radius(N))));
        ATTNDYN_TRY(EMIT(lab->run, norms, .T = (long)T, .mean = attndyn_mean(contexts, square),
                         .standard_error = attndyn_sd(contexts, square) / sqrt((double)contexts),
                         .expected = own + (1 - own) / (T - 1),
                         .expected_error = sqrt(variance / (double)contexts) / (N * N)));
    }
    return attndyn_check_interrupt(ctx);
}

static enum attndyn_status noise_case(const struct lab *lab, const char *series, double dt,
                                      double batch) {
    size_t seeds = (size_t)lab->p->seeds;
    uint64_t mark = attndyn_memory_mark(lab->run->ctx);
    double *z, *mean, square = 0, fourth = 0;
    ATTNDYN_ALLOC(lab->run->ctx, z, seeds * lab->count);
    ATTNDYN_ALLOC(lab->run->ctx, mean, lab->count);
    ATTNDYN_TRY(descend(lab, dt, 0, (size_t)batch, false, seeds, z));
    double spread = average(z, seeds, lab->count, mean) / lab->scale;
    for (size_t k = 0; k < seeds; k++) {
        double own = 0;
        for (size_t i = 0; i < lab->count; i++) own += pow(z[k * lab->count + i] - mean[i], 2);
        square += own / (double)seeds;
        fourth += own * own / (double)seeds;
    }
    /* the relative error of a root is half that of the mean square */
    double relative = square > 0 ? sqrt((fourth / (square * square) - 1) / (double)seeds) / 2 : 0;
    attndyn_memory_release(lab->run->ctx, mark);
    return EMIT(lab->run, noise, .series = series, .step = dt, .batch = (long)batch,
                .noise = spread, .standard_error = spread * relative);
}

static enum attndyn_status noise(const struct lab *lab) {
    struct reals steps = lab->p->noise_steps, batches = lab->p->noise_batches;
    for (size_t i = 0; i < steps.count; i++)
        ATTNDYN_TRY(noise_case(lab, "step", steps.at[i], (double)lab->p->noise_batch));
    for (size_t i = 0; i < batches.count; i++)
        ATTNDYN_TRY(noise_case(lab, "batch", lab->p->length_step, batches.at[i]));
    return ATTNDYN_OK;
}

/* Least-squares line of log y against log x over the points with y > 0; the slope is NaN with fewer
 * than three. */
struct power {
    double n, sx, sy, sxx, sxy;
};
static void take(struct power *to, double x, double y) {
    if (!(y > 0)) return;
    double u = log(x), v = log(y);
    to->n++, to->sx += u, to->sy += v, to->sxx += u * u, to->sxy += u * v;
}
static double slope(struct power of) {
    return of.n >= 3 ? (of.sxy - of.sx * of.sy / of.n) / (of.sxx - of.sx * of.sx / of.n) : NAN;
}

static enum attndyn_status slopes(const struct trial *run) {
    struct power order = {0}, length = {0}, step = {0}, batch = {0};
    EACH_ROW (run, euler, r)
        if (r->step <= 0.1001) take(&order, r->step, r->error);
    EACH_ROW (run, bias, r)
        if (r->T >= 500) take(&length, (double)r->T, r->debiased);
    EACH_ROW (run, noise, r)
        if (strcmp(r->series, "step") == 0)
            take(&step, r->step, r->noise);
        else
            take(&batch, (double)r->batch, r->noise);
    return SET(run, found, .euler_order = slope(order), .bias_slope = slope(length),
               .noise_step_slope = slope(step), .noise_batch_slope = slope(batch));
}

RUN(finite_sample) {
    struct attndyn_distribution *d;
    ATTNDYN_TRY(scansnap_distribution(run, &d));
    struct lab lab = {.run = run, .p = p, .d = d};
    ATTNDYN_TRY(flow(&lab));
    if (!(lab.scale > 1e-6))
        return attndyn_fail(
            run->ctx, ATTNDYN_USAGE,
            "the attention has not moved by t_end (|z| = %g): errors relative to it mean nothing",
            lab.scale);
    ATTNDYN_TRY(euler(&lab));
    ATTNDYN_TRY(norms(&lab));
    ATTNDYN_TRY(bias(&lab));
    ATTNDYN_TRY(noise(&lab));
    return slopes(run);
}

#define PARAMETERS finite_sample

/* Is the slope in the middle of [low, high]? */
static enum attndyn_status within(double value, double low, double high, const char *why,
                                  struct verdict *v) {
    double middle = (low + high) / 2;
    if (isnan(value)) return verdict_skip(v, "needs three points at least: %s", why);
    return verdict_at_most(v, fabs(value - middle), (high - low) / 2,
                           "slope %.4f, expected %.3g to %.3g; %s", value, low, high, why);
}

CLAIM(euler_order, "C16.euler-order", DERIVED,
      "Gradient descent on the population approaches the flow at first order in the step.",
      "the slope of the error leaves 0.95 to 1.05") {
    return within(SCALAR_OF(run, found, euler_order), 0.95, 1.05, "steps up to 0.1", v);
}
CLAIM(context_bias, "C16.context-bias", DERIVED,
      "Finite contexts bias the trained attention by O(1/T).",
      "the slope of the bias in T leaves -1.2 to -0.75") {
    if (p->seeds < 16) return verdict_skip(v, "needs 16 seeds");
    return within(SCALAR_OF(run, found, bias_slope), -1.2, -0.75,
                  "T >= 500, noise of the mean taken out", v);
}
CLAIM(context_norm, "C16.context-norm", DERIVED,
      "LN's norm is E|c_hat|^2 = |c|^2 + (1 - |c|^2)/(T - 1) for T - 1 tokens of context.",
      "the mean over sampled contexts is {bound} standard errors off at some T", .bound = 4.5) {
    double most = 0;
    EACH_ROW (run, norms, r) worst(&most, (r->mean - r->expected) / r->standard_error);
    return verdict_at_most(v, most, v->bound, "%zu lengths, %ld contexts each", ROWS(run, norms),
                           p->seeds * p->length_batch);
}
/* Both ways: the lemma's bound on the share, and the binomial's own share, which a wrong sampler
 * would miss. A token's events are few: those of all tokens of a length are counted together (they
 * hardly depend on each other). */
CLAIM(lemma_18, "C16.lemma-18", OF(S_L18),
      "A token's frequency in a context of T - 1 tokens leaves P by more than sqrt(ln(2/delta)/(2 "
      "(T-1))) in a share delta of contexts at most (here delta = 0.9).",
      "it does so more often for some token, or the binomial distribution's count is 5 standard "
      "errors off") {
    double off = 0, most = 0, over = 0;
    for (size_t i = 0; i < p->lengths.count; i++) {
        double beyond = 0, expected = 0, variance = 0;
        EACH_ROW (run, frequencies, r) {
            if (r->T != (long)p->lengths.at[i]) continue;
            double n = (double)r->contexts, share = (double)r->beyond / n;
            beyond += (double)r->beyond;
            expected += n * r->exact;
            variance += n * r->exact * (1 - r->exact);
            keep_larger(&most, share);
            over += share > lemma_18_delta;
        }
        if (!(expected > 20)) return verdict_skip(v, "needs 20 such contexts, more of them");
        worst(&off, (beyond - expected) / sqrt(variance));
    }
    if (over > 0) off = INFINITY;
    return verdict_at_most(v, off, 5, "%zu tokens and lengths; the largest share is %.3g",
                           ROWS(run, frequencies), most);
}
/* The standard deviation of n samples has the relative error sqrt((kurtosis - 1)/(4 n)); the 3 in
 * the bound allows a kurtosis of 13, far above that of a sum of many squares. */
CLAIM(
    context_scatter, "C16.context-scatter", DERIVED,
    "A finite context's squared norm scatters as the multinomial's moments say: Var(sum n_e^2) = 2 N (N-1) [S_2 + 2 (N-2) "
    "S_3 - (2N-3) S_2^2], N = T - 1, S_k = sum c_e^k.",
    "a standard error is off by more than 5 sqrt(3/n) of itself, n contexts") {
    double most = 0, n = (double)(p->seeds * p->length_batch);
    if (n < 500) return verdict_skip(v, "needs 500 contexts");
    EACH_ROW (run, norms, r) worst(&most, r->standard_error / r->expected_error - 1);
    return verdict_at_most(v, most, 5 * sqrt(3 / n), "largest relative difference, %zu lengths",
                           ROWS(run, norms));
}
/* Standard error of the slope of log noise, from those of the rows. */
static double slope_error(const struct trial *run, const char *series) {
    bool by_step = strcmp(series, "step") == 0;
    double n = 0, mean = 0, square = 0, error = 0;
    EACH_ROW (run, noise, r)
        if (strcmp(r->series, series) == 0) n++, mean += log(by_step ? r->step : (double)r->batch);
    mean /= n;
    EACH_ROW (run, noise, r) {
        if (strcmp(r->series, series) != 0) continue;
        double u = log(by_step ? r->step : (double)r->batch) - mean;
        square += u * u;
        error += pow(u * r->standard_error / r->noise, 2);
    }
    return sqrt(error) / square;
}

CLAIM(batch_noise, "C16.batch-noise", DERIVED,
      "Random labels add noise that grows as sqrt(step/batch).",
      "a slope is off by more than {bound} of its standard errors", .bound = 4) {
    if (p->seeds < 16) return verdict_skip(v, "needs 16 seeds");
    double by_step = SCALAR_OF(run, found, noise_step_slope);
    double by_batch = SCALAR_OF(run, found, noise_batch_slope);
    if (isnan(by_step) || isnan(by_batch))
        return verdict_skip(v, "needs three steps and three batches");
    double step = slope_error(run, "step"), batch = slope_error(run, "batch"), off = 0;
    worst(&off, (by_step - 0.5) / step);
    worst(&off, (by_batch + 0.5) / batch);
    return verdict_at_most(v, off, v->bound,
                           "slope %.3f +- %.3f in the step (0.5), %.3f +- %.3f in the batch "
                           "(-0.5), %ld seeds",
                           by_step, step, by_batch, batch, p->seeds);
}

static const struct check *const checks[] = {
    &euler_order, &context_bias, &context_norm, &lemma_18, &context_scatter, &batch_noise, NULL};

const struct experiment experiment_scansnap_finite_sample = {
    .id = "scansnap/finite-sample",
    .title = "Finite steps, contexts and batches against the flow",
    .source = "derived here; the limits taken silently in Scan&Snap (arXiv 2305.16380), section 3",
    .doc =
        "The theory lets the step go to zero and the context length T and the batch to infinity. "
        "This experiment takes them back one at a time. Gradient descent on the population with "
        "step dt, against the flow. SGD with contexts of length T, class-balanced batches, the "
        "mean of many seeds against the population descent of the same step (the noise of the "
        "mean is taken out in quadrature). Infinitely long contexts with random labels: the "
        "spread over seeds against step and batch. Errors are relative Euclidean distances of z "
        "at the horizon. State: z (L x M) of the flow.",
    .params = PARAM_LIST(FINITE_SAMPLE),
    .presets = presets,
    .tables =
        (const struct table[]){
            TABLE_ENTRY(euler, EULER, "gradient descent on the population against the flow"),
            TABLE_ENTRY(norms, NORMS, "the norm that LN divides by"),
            TABLE_ENTRY(frequencies, FREQUENCIES, "Lemma 18: frequencies of a context's tokens"),
            TABLE_ENTRY(bias, BIAS, "finite contexts against infinite ones"),
            TABLE_ENTRY(noise, NOISE, "spread over seeds"),
            STATE_TABLE,
            {0}},
    .scalars = SCALAR_LIST(FOUND),
    .figures = figures,
    .checks = checks,
    .run = RUN_OF(finite_sample),
};
