/* What happens to Theorem 1's softmax form as its condition is violated more and more. */
#include "invariant_softmax.h"

#include "experiments/shared/solve.h"
#include "sim/num/stats.h"
#include "sim/observe/correlation.h"
#include "sim/observe/entropy.h"
#include "theory/joma/invariant.h"

#include <string.h>

/* Draw order: base = U(M) + 0.2, noise = N(M, N), Y = N(K, N), V = 0.3 N(M, K); xi = z = 0. */
static enum attndyn_status violated(struct attndyn_context *ctx, const struct invariant_softmax *p,
                                    double delta, struct attndyn_joma *m, double **state) {
    size_t M = (size_t)p->flow_M, K = (size_t)p->flow_K, N = (size_t)p->flow_N;
    *m = (struct attndyn_joma){.tokens = M,
                               .hidden = K,
                               .samples = N,
                               .queries = 1,
                               .attention = ATTNDYN_JOMA_SOFTMAX,
                               .temperature = 1,
                               .loss = ATTNDYN_JOMA_MSE,
                               .eta_w = p->eta_w,
                               .eta_z = p->eta_z,
                               .activation = {.kind = p->activation, .slope = 0.1}};
    double *base, *noise, *drawn, *x, *weights, *target;
    ATTNDYN_ALLOC(ctx, base, M);
    ATTNDYN_ALLOC(ctx, noise, M * N);
    ATTNDYN_ALLOC(ctx, drawn, K * N);
    ATTNDYN_ALLOC(ctx, x, N * M);
    ATTNDYN_ALLOC(ctx, weights, N);
    ATTNDYN_ALLOC(ctx, target, N * K);
    ATTNDYN_ALLOC(ctx, *state, attndyn_joma_size(m));
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, p->rng, (uint64_t)p->seed));
    attndyn_random_uniforms(&random, 1, M, base);
    attndyn_random_normals(&random, 1, M * N, noise);
    attndyn_random_normals(&random, 1, K * N, drawn);
    attndyn_random_normals(&random, 0.3, M * K, *state);
    attndyn_random_done(&random);
    for (size_t i = 0; i < N; i++) {
        weights[i] = 1 / (double)N;
        for (size_t l = 0; l < M; l++)
            x[i * M + l] = (base[l] + 0.2) * exp(delta * noise[l * N + i]);
        for (size_t k = 0; k < K; k++) target[i * K + k] = drawn[k * N + i];
    }
    m->x = x;
    m->p = weights;
    m->target = target;
    return attndyn_joma_validate(ctx, m);
}

/* Times at which a flow is looked at; rows are at a thousandth and a tenth of the horizon, and at
 * its end. */
enum { SEEN = 400, SEEN_TENTH = 39 };

struct violation_watch {
    const struct trial *run;
    const struct attndyn_joma *model;
    double delta;
    double *bbar;             /* (M): mean attention at the start */
    double *square, *square0; /* (M) */
    double total0;
    double *moving, *half, *printed; /* (M): z^ */
    struct attndyn_joma_work *work;
    double motion, distance, allowed, total; /* the way of bbar so far, and int distance |d|V|^2| */
};

static void mean_attention(const struct attndyn_joma *m, const struct attndyn_joma_work *work,
                           double *bbar) {
    memset(bbar, 0, m->tokens * sizeof *bbar);
    for (size_t i = 0; i < m->samples; i++)
        for (size_t l = 0; l < m->tokens; l++) bbar[l] += m->p[i] * work->b[i * m->tokens + l];
}

/* How far bbar has moved from its start, and how large an error of the constant form that
 * allows. */
static void see_motion(struct violation_watch *w, double total, const double *y) {
    size_t M = w->model->tokens;
    double before = w->distance, distance = 0;
    attndyn_joma_attend(w->work, y);
    mean_attention(w->model, w->work, w->moving);
    for (size_t l = 0; l < M; l++) distance = hypot(distance, w->moving[l] - w->bbar[l]);
    w->motion = fmax(w->motion, attndyn_total_variation(M, w->moving, w->bbar));
    w->distance = distance;
    w->allowed += fmax(before, distance) * fabs(total - w->total);
    w->total = total;
}

/* z^ of the three forms at one time, from the change of V since z = z(0) = 0. */
static enum attndyn_status violation_row(void *user, size_t index, double t, const double *y) {
    struct violation_watch *w = user;
    const struct attndyn_joma *m = w->model;
    size_t M = m->tokens;
    const double *z = y + attndyn_joma_z_offset(m), *second = y + attndyn_joma_size(m);
    double r = m->eta_z / m->eta_w, T = m->temperature;
    double total = attndyn_joma_squares(M, m->hidden, y, w->square) - w->total0, length = 0;
    see_motion(w, total, y);
    if (index != 0 && index != SEEN_TENTH && index + 1 != SEEN) return ATTNDYN_OK;
    for (size_t l = 0; l < M; l++) {
        double square = w->square[l] - w->square0[l];
        w->moving[l] = -attndyn_joma_constant_softmax(r, T, 0, square, second[l]);
        w->half[l] = attndyn_joma_softmax_holds(r, T, square, total, w->bbar[l]);
        w->printed[l] = attndyn_joma_softmax_printed(r, T, square, total, w->bbar[l]);
    }
    for (size_t l = 0; l < M; l++) length = hypot(length, z[l]);
    return EMIT(w->run, violation, .delta = w->delta, .t = t,
                .moving = attndyn_relative_distance(M, w->moving, z),
                .constant = attndyn_relative_distance(M, w->half, z),
                .printed = attndyn_relative_distance(M, w->printed, z), .motion = w->motion,
                .allowed = r / T / 2 * w->allowed / length);
}

static enum attndyn_status violation_flow(const struct trial *run,
                                          const struct invariant_softmax *p, double delta) {
    struct attndyn_joma m;
    struct attndyn_joma_work *work;
    struct violation_watch w = {.run = run, .model = &m, .delta = delta};
    double *state, *y, times[SEEN];
    attndyn_grid_linear(p->t_end / SEEN, p->t_end, SEEN, times);
    times[0] = p->t_end / 1000;
    times[SEEN_TENTH] = 0.1 * p->t_end;
    ATTNDYN_TRY(violated(run->ctx, p, delta, &m, &state));
    ATTNDYN_TRY(attndyn_joma_work_create(run->ctx, &m, &work));
    size_t M = m.tokens, n = attndyn_joma_size(&m);
    double **arrays[] = {&w.bbar, &w.square, &w.square0, &w.moving, &w.half, &w.printed};
    for (size_t a = 0; a < 6; a++) ATTNDYN_ALLOC(run->ctx, *arrays[a], M);
    ATTNDYN_ALLOC(run->ctx, y, n + 2 * M);
    memcpy(y, state, n * sizeof *y);
    w.total0 = attndyn_joma_squares(M, m.hidden, state, w.square0);
    w.work = work;
    attndyn_joma_attend(work, state);
    mean_attention(&m, work, w.bbar);

    struct attndyn_ode_problem problem = {.n = n,
                                          .quadratures = 2 * M,
                                          .rhs = attndyn_joma_rhs,
                                          .quadrature = attndyn_joma_softmax_quadrature,
                                          .user = work};
    const struct attndyn_ode_options options = solve_within(ATTNDYN_ODE_ADAMS, 1e-13, 1e-15);
    struct attndyn_ode_observer observer = {.output = violation_row, .user = &w};
    return solve_recorded(run, "violation", &problem, &options, y, times, SEEN, &observer);
}

enum attndyn_status violation_flows(const struct trial *run, const struct invariant_softmax *p) {
    for (size_t d = 0; d < p->delta.count; d++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(violation_flow(run, p, p->delta.at[d]));
        attndyn_memory_release(run->ctx, mark);
    }
    return ATTNDYN_OK;
}

struct attndyn_joma_classes_spec softmax_spec(const struct invariant_softmax *p) {
    struct attndyn_joma_classes_spec spec = attndyn_joma_classes_paper();
    spec.distinct = (size_t)p->distinct;
    spec.common = (size_t)p->M - spec.distinct;
    spec.classes = (size_t)p->K;
    spec.samples = (size_t)p->N;
    spec.width = p->width;
    spec.temperature = p->temperature;
    spec.scale = p->scale;
    spec.eta_w = p->eta_w;
    spec.eta_z = p->eta_z;
    spec.random = p->rng;
    spec.activation = (struct attndyn_activation){.kind = p->activation, .slope = 0.1};
    return spec;
}

static enum attndyn_status keep_last(void *user, const double *state,
                                     const struct softmax_seen *seen) {
    (void)state;
    *(struct softmax_seen *)user = *seen;
    return ATTNDYN_OK;
}

/* Trains one setting and keeps what was seen last. */
static enum attndyn_status train_to_end(struct attndyn_context *ctx,
                                        const struct attndyn_joma_classes_spec *spec, double lr,
                                        size_t steps, struct softmax_seen *last) {
    uint64_t mark = attndyn_memory_mark(ctx);
    struct attndyn_joma m;
    struct softmax_track track = {
        .model = &m, .lr = lr, .steps = steps, .every = steps, .seen = keep_last, .user = last};
    ATTNDYN_TRY(attndyn_joma_classes_create(ctx, spec, &m, &track.state));
    ATTNDYN_TRY(softmax_train(ctx, &track));
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status violation_early(const struct trial *run, const struct invariant_softmax *p) {
    uint64_t mark = attndyn_memory_mark(run->ctx);
    struct attndyn_joma_classes_spec spec = softmax_spec(p);
    struct attndyn_joma m;
    struct softmax_seen last;
    size_t steps = (size_t)fmax(2, (double)p->steps / 10);
    struct softmax_track track = {.model = &m,
                                  .lr = p->lr / 10,
                                  .steps = steps,
                                  .every = steps,
                                  .seen = keep_last,
                                  .user = &last};
    spec.seed = (uint64_t)p->seed;
    ATTNDYN_TRY(attndyn_joma_classes_create(run->ctx, &spec, &m, &track.state));
    memset(track.state + attndyn_joma_z_offset(&m), 0, m.tokens * sizeof *track.state);
    ATTNDYN_TRY(softmax_train(run->ctx, &track));
    attndyn_memory_release(run->ctx, mark);
    ATTNDYN_TRY(SCALAR(run, outcome, early_summed, last.summed));
    ATTNDYN_TRY(SCALAR(run, outcome, early_motion, last.variation)); /* bbar(0) = xbar */
    ATTNDYN_TRY(SCALAR(run, outcome, early_error, last.holds.error));
    return SCALAR(run, outcome, early_exact, last.exact.error);
}

static enum attndyn_status sweep_point(const struct trial *run, const struct invariant_softmax *p,
                                       const char *kind, double value,
                                       struct attndyn_joma_classes_spec spec) {
    size_t seeds = (size_t)p->sweep_seeds;
    uint64_t mark = attndyn_memory_mark(run->ctx);
    double *nc, *error, *slope, variation = 0, residual = 0;
    ATTNDYN_ALLOC(run->ctx, nc, seeds);
    ATTNDYN_ALLOC(run->ctx, error, seeds);
    ATTNDYN_ALLOC(run->ctx, slope, seeds);
    for (size_t s = 0; s < seeds; s++) {
        struct softmax_seen last;
        spec.seed = (uint64_t)p->seed + s;
        ATTNDYN_TRY(train_to_end(run->ctx, &spec, p->lr, (size_t)p->steps, &last));
        nc[s] = last.holds.correlation;
        error[s] = last.holds.error;
        slope[s] = last.holds.slope;
        variation += last.variation / (double)seeds;
        residual += last.residual / (double)seeds;
    }
    ATTNDYN_TRY(EMIT(run, sweep, .kind = kind, .value = value, .seeds = (long)seeds,
                     .nc = attndyn_mean(seeds, nc), .nc_sd = attndyn_sd(seeds, nc),
                     .error = attndyn_mean(seeds, error), .error_sd = attndyn_sd(seeds, error),
                     .slope = attndyn_mean(seeds, slope), .variation = variation,
                     .residual = residual));
    attndyn_memory_release(run->ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status violation_sweeps(const struct trial *run, const struct invariant_softmax *p) {
    for (size_t i = 0; i < p->widths.count; i++) {
        struct attndyn_joma_classes_spec spec = softmax_spec(p);
        spec.width = p->widths.at[i];
        ATTNDYN_TRY(sweep_point(run, p, "width", p->widths.at[i], spec));
        attndyn_progress(run->ctx, "settings", (double)i + 1,
                         (double)(p->widths.count + p->blends.count));
    }
    for (size_t i = 0; i < p->blends.count; i++) {
        struct attndyn_joma_classes_spec spec = softmax_spec(p);
        spec.blend = p->blends.at[i];
        ATTNDYN_TRY(sweep_point(run, p, "blend", p->blends.at[i], spec));
        attndyn_progress(run->ctx, "settings", (double)(p->widths.count + i) + 1,
                         (double)(p->widths.count + p->blends.count));
    }
    return ATTNDYN_OK;
}

enum attndyn_status violation_orders(const struct trial *run, const struct invariant_softmax *p) {
    size_t steps = (size_t)p->steps;
    for (size_t half = 0; half < 4; half++) {
        struct attndyn_joma_classes_spec spec = softmax_spec(p);
        struct softmax_seen last;
        double lr = p->lr / (double)((size_t)1 << half);
        spec.seed = (uint64_t)p->seed;
        /* one extra step, since the last observation precedes its update */
        ATTNDYN_TRY(train_to_end(run->ctx, &spec, lr, (steps << half) + 1, &last));
        ATTNDYN_TRY(EMIT(run, orders, .lr = lr, .iteration = (long)last.iteration,
                         .exact = last.exact.error, .moving = last.moving.error,
                         .constant = last.holds.error));
    }
    return ATTNDYN_OK;
}
