/* The authors' figure 4: Euler steps of v <- v + eta (mu - v) softmax(v^2/T), in
 * double and in single precision, and the flow that they approximate. */
#include "bounce_back.h"

#include "experiments/joma/shared/bounce_minimum.h"
#include "experiments/shared/solve.h"
#include "sim/model/joma/bounce.h"
#include "sim/observe/entropy.h"
#include "theory/joma/bounce.h"

#include <string.h>

struct figure_case {
    const struct trial *run;
    size_t n, steps, every;
    const double *mu;
    double *v0, *p, temperature, step;
    double *entropy;       /* (steps) Euler, double */
    float *entropy_single; /* (steps) */
    double *flow_v;        /* (steps / every + 1, n) */
    double *flow_entropy;
};

/* Euler from the start, `steps` of them in blocks so that v is seen between: v: (n) in and out. */
static void advance(const struct figure_case *f, size_t steps, double *v, double *entropy) {
    attndyn_joma_bounce_euler(f->n, f->mu, 1 / f->temperature, f->step, steps, v, f->p, entropy);
}

struct watch {
    struct figure_case *f;
    const struct attndyn_joma_bounce *model;
    struct bounce_minimum minimum;
};

static enum attndyn_status at_output(void *user, size_t index, double t, const double *y) {
    struct watch *w = user;
    struct figure_case *f = w->f;
    double *v = f->flow_v + index * f->n;
    attndyn_joma_bounce_velocities(w->model, y, v);
    attndyn_joma_bounce_attention(f->n, 1 / f->temperature, v, f->p);
    f->flow_entropy[index] = attndyn_entropy(f->n, f->p);
    bounce_minimum_see(&w->minimum, t, y, f->flow_entropy[index]);
    return ATTNDYN_OK;
}

static enum attndyn_status flow(struct figure_case *f, double rtol, double long_end) {
    struct attndyn_context *ctx = f->run->ctx;
    struct attndyn_joma_bounce model = {.components = f->n,
                                        .mu = f->mu,
                                        .v0 = f->v0,
                                        .beta = 1 / f->temperature,
                                        .normalised = true,
                                        .logarithmic = true};
    ATTNDYN_TRY(attndyn_joma_bounce_prepare(ctx, &model));
    struct attndyn_ode_problem problem = attndyn_joma_bounce_problem(&model);
    problem.events = 0, problem.event = NULL;
    const struct attndyn_ode_options options = solve_within(ATTNDYN_ODE_ADAMS, rtol, rtol / 100);
    size_t count = f->steps / f->every + 1;
    double *y, *times;
    ATTNDYN_ALLOC(ctx, y, f->n);
    ATTNDYN_ALLOC(ctx, times, count);
    for (size_t i = 0; i < count; i++) times[i] = f->step * (double)(i * f->every);
    attndyn_joma_bounce_start(&model, y);
    struct watch watch = {.f = f, .model = &model};
    ATTNDYN_TRY(bounce_minimum_begin(ctx, &watch.minimum, &model));
    struct attndyn_ode_observer observer = {.output = at_output, .user = &watch};
    struct attndyn_ode_statistics statistics;
    ATTNDYN_TRY(
        attndyn_ode_solve(ctx, &problem, &options, 0, y, times, count, &observer, &statistics));
    ATTNDYN_TRY(SOLVER(f->run, "figure 4", &statistics));
    double minimum, minimum_at;
    ATTNDYN_TRY(bounce_minimum_find(ctx, &watch.minimum, &options, &minimum, &minimum_at));
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_flow_min, minimum));
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_flow_t_min, minimum_at));
    /* The clocks of the components agree, and their log distances add up to t. */
    double least = INFINITY, most = 0, sum = 0;
    for (size_t j = 0; j < f->n; j++) {
        struct attndyn_joma_bounce_law law = {
            .mu = f->mu[j], .v0 = f->v0[j], .beta = 1 / f->temperature};
        double tau = attndyn_joma_bounce_time(&law, y[j]);
        least = fmin(least, tau), most = fmax(most, tau), sum += y[j];
    }
    double end = times[count - 1];
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_tau_spread, (most - least) / most));
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_sum_error, fabs(sum - end) / end));
    /* Continue until every component has arrived: Theorem 4 is about the slopes up to there. */
    if (long_end > end) {
        problem.events = 0, problem.event = NULL;
        ATTNDYN_TRY(
            attndyn_ode_solve(ctx, &problem, &options, end, y, &long_end, 1, NULL, &statistics));
        ATTNDYN_TRY(SOLVER(f->run, "figure 4, on", &statistics));
    }
    double *rates, arrived = INFINITY;
    ATTNDYN_ALLOC(ctx, rates, f->n);
    problem.rhs(0, y, rates, problem.user);
    for (size_t j = 0; j < f->n; j++) arrived = fmin(arrived, y[j]);
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_long_arrived, arrived));
    return SCALAR(f->run, outcome, figure_slope_ratio, rates[f->n - 1] / rates[0]);
}

/* The largest distance of Euler's v from the flow, at the same times, with steps of step/divide. */
static double euler_error(struct figure_case *f, size_t divide, double *v) {
    memcpy(v, f->v0, f->n * sizeof *v);
    double worst = 0;
    for (size_t i = 1; i * f->every <= f->steps; i++) {
        attndyn_joma_bounce_euler(f->n, f->mu, 1 / f->temperature, f->step / (double)divide,
                                  f->every * divide, v, f->p, NULL);
        for (size_t j = 0; j < f->n; j++) worst = fmax(worst, fabs(v[j] - f->flow_v[i * f->n + j]));
    }
    return worst;
}

static enum attndyn_status emit(struct figure_case *f, const float *single_blocks) {
    struct attndyn_context *ctx = f->run->ctx;
    double *v, *squares, apart = 0, entropy_apart = 0, squares_min = INFINITY;
    size_t blocks = f->steps / f->every + 1;
    ATTNDYN_ALLOC(ctx, v, f->n);
    ATTNDYN_ALLOC(ctx, squares, blocks);
    memcpy(v, f->v0, f->n * sizeof *v);
    for (size_t i = 0; i * f->every <= f->steps; i++) {
        size_t at = i * f->every;
        if (i > 0) advance(f, f->every, v, f->entropy + at - f->every);
        attndyn_joma_bounce_attention(f->n, 1, v, f->p);
        squares[i] = attndyn_entropy(f->n, f->p);
        squares_min = fmin(squares_min, squares[i]);
        for (size_t j = 0; j < f->n; j++) {
            double single = (double)single_blocks[i * f->n + j];
            apart = fmax(apart, fabs(single - v[j]));
            ATTNDYN_TRY(EMIT(f->run, figure4_v, .iteration = (long)at, .component = (long)j,
                             .mu = f->mu[j], .v = v[j], .v_single = single,
                             .v_flow = f->flow_v[i * f->n + j]));
        }
    }
    size_t least = 0;
    for (size_t i = 0; i < f->steps; i++) {
        if (f->entropy[i] < f->entropy[least]) least = i;
        entropy_apart = fmax(entropy_apart, fabs((double)f->entropy_single[i] - f->entropy[i]));
        if (i % f->every == 0)
            ATTNDYN_TRY(EMIT(f->run, figure4, .iteration = (long)i, .entropy = f->entropy[i],
                             .entropy_single = (double)f->entropy_single[i],
                             .entropy_flow = f->flow_entropy[i / f->every],
                             .entropy_squares = squares[i / f->every]));
    }
    attndyn_joma_bounce_attention(f->n, 1 / f->temperature, f->mu, f->p);
    ATTNDYN_TRY(STATE(f->run, figure_v, v, f->n));
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_squares_start, squares[0]));
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_squares_min, squares_min));
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_squares_last, squares[blocks - 1]));
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_iteration_min, (double)least));
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_entropy_start, f->entropy[0]));
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_entropy_min, f->entropy[least]));
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_entropy_last, f->entropy[f->steps - 1]));
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_entropy_limit, attndyn_entropy(f->n, f->p)));
    ATTNDYN_TRY(SCALAR(f->run, outcome, figure_single_v, apart));
    return SCALAR(f->run, outcome, figure_single_entropy, entropy_apart);
}

enum attndyn_status bounce_figure4(const struct trial *run, const struct bounce_back *p) {
    struct figure_case f = {.run = run,
                            .n = p->figure_mu.count,
                            .steps = (size_t)p->figure_steps,
                            .every = (size_t)p->figure_every,
                            .mu = p->figure_mu.at,
                            .temperature = p->figure_T,
                            .step = p->figure_step};
    if (f.n < 2)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "figure_mu needs two components or more");
    if (f.steps % f.every != 0)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "figure_steps = %zu is no multiple of figure_every = %zu", f.steps,
                            f.every);
    for (size_t j = 0; j < f.n; j++)
        if (!(f.mu[j] * f.mu[j] / f.temperature <= 600))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "figure_mu[%zu]^2 / figure_T = %g: at most 600", j,
                                f.mu[j] * f.mu[j] / f.temperature);
    size_t blocks = f.steps / f.every + 1;
    double *v;
    float *mu_single, *single, *p_single, *blocks_single;
    ATTNDYN_ALLOC(run->ctx, f.v0, f.n);
    ATTNDYN_ALLOC(run->ctx, f.p, f.n);
    ATTNDYN_ALLOC(run->ctx, f.entropy, f.steps);
    ATTNDYN_ALLOC(run->ctx, f.entropy_single, f.steps);
    ATTNDYN_ALLOC(run->ctx, f.flow_v, blocks * f.n);
    ATTNDYN_ALLOC(run->ctx, f.flow_entropy, blocks);
    ATTNDYN_ALLOC(run->ctx, v, f.n);
    ATTNDYN_ALLOC(run->ctx, mu_single, f.n);
    ATTNDYN_ALLOC(run->ctx, single, f.n);
    ATTNDYN_ALLOC(run->ctx, p_single, f.n);
    ATTNDYN_ALLOC(run->ctx, blocks_single, blocks * f.n);
    for (size_t j = 0; j < f.n; j++) {
        f.v0[j] = p->figure_v0;
        mu_single[j] = (float)f.mu[j], single[j] = (float)f.v0[j];
        blocks_single[j] = single[j];
    }
    for (size_t i = 1; i < blocks; i++) {
        attndyn_joma_bounce_euler_single(f.n, mu_single, (float)f.temperature, (float)f.step,
                                         f.every, single, p_single,
                                         f.entropy_single + (i - 1) * f.every);
        memcpy(blocks_single + i * f.n, single, f.n * sizeof *single);
    }
    ATTNDYN_TRY(flow(&f, p->rtol, p->figure_long));
    ATTNDYN_TRY(emit(&f, blocks_single));
    ATTNDYN_TRY(SCALAR(run, outcome, figure_euler_error, euler_error(&f, 1, v)));
    return SCALAR(run, outcome, figure_euler_error_half, euler_error(&f, 2, v));
}
