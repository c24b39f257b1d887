/* scansnap/flow: the run, by the full flow or by the reduced models. */
#include "experiments/scansnap/shared/data_params.h"
#include "flow.h"
#include "experiments/scansnap/shared/track.h"

#include <math.h>
#include <string.h>

struct watch {
    struct attndyn_context *ctx;
    struct results *results;
    const struct params *params;
    struct attndyn_flow *flow;
    struct attndyn_flow_view *view;
    const struct track *reduced; /* the same run by the reduced model, or NULL */
    double z_drift, row_drift, reduced_error;
};

/* The larger one; NaN stays. */
static double larger(double a, double b) {
    return isnan(a) || a >= b ? a : b;
}

/* Sums that the flow conserves: of z_m, and of each row of Y. */
static void watch_drift(struct watch *w, const double *y) {
    const struct attndyn_flow *flow = w->flow;
    for (size_t m = 0; m < flow->distribution->last_tokens; m++) {
        double sum = 0;
        for (size_t z = flow->z_start[m]; z < flow->z_start[m + 1]; z++)
            sum += y[flow->z_at + z] - flow->initial[flow->z_at + z];
        w->z_drift = larger(w->z_drift, fabs(sum));
    }
    for (size_t r = 0; r < flow->rows; r++) {
        const double *row = y + r * flow->width;
        double sum = (flow->never - 1) * row[flow->width - 1];
        for (size_t j = 0; j < flow->width; j++) sum += row[j];
        w->row_drift = larger(w->row_drift, fabs(sum));
    }
}

/* All classes of the full flow against the one of the reduced model, at the same output. */
static void watch_reduced(struct watch *w, size_t index, const double *y) {
    const struct attndyn_flow *flow = w->flow;
    const struct attndyn_distribution *d = flow->distribution;
    const struct attndyn_reduced *m = w->reduced->model;
    const double *state = track_state(w->reduced, index);
    for (size_t n = 0; n < d->classes; n++) {
        size_t j = 0, g = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            double z = flow->entry_distinct[e] ? state[m->at_z + j++] : state[m->at_w + g++];
            w->reduced_error = larger(w->reduced_error, fabs(y[flow->z_at + flow->entry_z[e]] - z));
        }
        w->reduced_error =
            larger(w->reduced_error, fabs(y[flow->n + n] - w->reduced->seen[index].B));
    }
}

static enum attndyn_status emit_course(struct watch *w, double t, const double *y) {
    const struct attndyn_flow *flow = w->flow;
    const struct attndyn_flow_view *v = w->view;
    size_t K = flow->classes;
    double with_distinct = 0, B = 0, xi = 0, HD = 0, sigma = 0, delta = 0, gamma = 0, H = 0, C = 0;
    double low = 0, high = 0;
    for (size_t n = 0; n < K; n++) {
        sigma += y[flow->n + K + n] / (double)K;
        delta += v->delta[n] / (double)K;
        gamma += v->gamma[n] / (double)K;
        H += v->entropy_support[n] / (double)K;
        C += v->common_mass[n] / (double)K;
        if (isnan(v->xi[n])) continue;
        with_distinct++;
        B += y[flow->n + n];
        xi += v->xi[n];
        HD += v->entropy_distinct[n];
    }
    for (size_t z = flow->z_at; z < flow->n; z++) {
        low = fmin(low, y[z]);
        high = fmax(high, y[z]);
    }
    const double scalar[] = {sigma, v->loss, delta, H, C, low, high};
    static const char *const name[] = {"sigma",       "loss",  "delta", "entropy_support",
                                       "common_mass", "z_min", "z_max"};
    for (size_t i = 0; i < sizeof scalar / sizeof *scalar; i++)
        ATTNDYN_TRY(results_scalar(w->ctx, w->results, name[i], scalar[i]));
    ATTNDYN_TRY(results_scalar(w->ctx, w->results, "t", t));
    double some = with_distinct > 0 ? with_distinct : 1;
    ATTNDYN_TRY(results_scalar(w->ctx, w->results, "B", B / some));
    if (with_distinct > 0)
        ATTNDYN_TRY(results_scalar(w->ctx, w->results, "entropy_distinct", HD / some));
    double none = with_distinct > 0 ? 0 : NAN;
    return EMIT(w->ctx, w->results, "course", R(t), R(t > 0 ? log(t) : NAN), R(sigma), R(v->loss),
                R(delta), R(gamma), R(B / some), R(xi / some + none), R(H), R(HD / some + none),
                R(C), R(low), R(high));
}

static enum attndyn_status emit_classes(struct watch *w, double t, const double *y) {
    const struct attndyn_flow_view *v = w->view;
    const struct attndyn_distribution *d = w->flow->distribution;
    size_t shown = (size_t)param_int(w->params, "classes_shown"), K = d->classes;
    for (size_t n = 0; n < shown && n < K; n++) {
        ATTNDYN_TRY(EMIT(w->ctx, w->results, "classes", R(t), I((long)n),
                         S(data_class_name(w->ctx, d, n)), R(y[w->flow->n + K + n]),
                         R(y[w->flow->n + n]), R(v->xi[n]), R(v->gamma[n]), R(v->alpha[n]),
                         R(v->delta[n]), R(v->entropy_support[n]), R(v->entropy_distinct[n]),
                         R(v->common_mass[n])));
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            ATTNDYN_TRY(EMIT(w->ctx, w->results, "tokens", R(t), I((long)n), I((long)d->token[e]),
                             S(data_token_name(w->ctx, d, d->token[e])),
                             S(w->flow->entry_distinct[e] ? "distinct" : "common"),
                             R(d->probability[e]), R(v->c[e]), R(v->f[e]), R(v->z[e]), R(v->dz[e]),
                             R(v->log_chi[e])));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status see(struct watch *w, double t, const double *y) {
    uint64_t mark = attndyn_memory_mark(w->ctx);
    attndyn_flow_observe(w->flow, y, w->view);
    watch_drift(w, y);
    ATTNDYN_TRY(emit_course(w, t, y));
    ATTNDYN_TRY(emit_classes(w, t, y));
    attndyn_memory_release(w->ctx, mark);
    return ATTNDYN_OK;
}

static enum attndyn_status output(void *user, size_t index, double x, const double *y) {
    struct watch *w = user;
    bool in_sigma = w->flow->options.clock == ATTNDYN_FLOW_SIGMA;
    if (w->reduced) watch_reduced(w, index, y);
    attndyn_progress(w->ctx, "outputs", (double)index + 1, (double)param_int(w->params, "points"));
    return see(w, in_sigma ? y[w->flow->n + 2 * w->flow->classes] : x, y);
}

static enum attndyn_status emit_state(struct watch *w, const double *y) {
    const struct attndyn_flow *flow = w->flow;
    const struct attndyn_distribution *d = flow->distribution;
    struct attndyn_context *ctx = w->ctx;
    size_t M = d->tokens, V = d->columns, K = d->classes;
    double *Y = NULL, *Z;
    if (M * V <= (size_t)param_int(w->params, "state_limit")) {
        ATTNDYN_ALLOC(ctx, Y, M * V);
        attndyn_flow_expand_y(flow, y, Y);
        ATTNDYN_TRY(results_emit_state(ctx, w->results, "Y", Y, M * V));
    } else {
        ATTNDYN_TRY(results_emit_state(ctx, w->results, "Y_rows", y, flow->rows * flow->width));
    }
    ATTNDYN_ALLOC(ctx, Z, d->last_tokens * M);
    attndyn_flow_expand_z(flow, y, Z);
    ATTNDYN_TRY(results_emit_state(ctx, w->results, "z", Z, d->last_tokens * M));
    ATTNDYN_TRY(results_emit_state(ctx, w->results, "B", y + flow->n, K));
    ATTNDYN_TRY(results_emit_state(ctx, w->results, "sigma", y + flow->n + K, K));
    ATTNDYN_TRY(results_emit_state(ctx, w->results, "delta", w->view->delta, K));
    ATTNDYN_TRY(
        results_emit_state(ctx, w->results, "entropy_support", w->view->entropy_support, K));
    return results_emit_state(ctx, w->results, "loss", &w->view->loss, 1);
}

/* The rates of the run; frozen is eta_z = 0. */
static enum attndyn_status rates(struct attndyn_context *ctx, const struct params *p,
                                 const struct attndyn_distribution *d, double *eta_z) {
    ATTNDYN_TRY(data_eta_z(ctx, p, d, eta_z));
    if (param_is(p, "model", "frozen")) *eta_z = 0;
    return ATTNDYN_OK;
}

static struct track_request reduced_request(const struct params *p, double eta_z,
                                            const struct attndyn_symmetric_family *family,
                                            const double *times, size_t count) {
    struct attndyn_ode_options how = data_solver(p);
    return (struct track_request){
        .family = family,
        .options = {.kind =
                        param_is(p, "model", "qsd") ? ATTNDYN_REDUCED_QSD : ATTNDYN_REDUCED_COUPLED,
                    .clock =
                        param_is(p, "clock", "sigma") ? ATTNDYN_REDUCED_SIGMA : ATTNDYN_REDUCED_T,
                    .eta_y = param_real(p, "eta_y"),
                    .eta_z = eta_z,
                    .visit_rate = param_bool(p, "visit_rate")},
        .method = how.method,
        .rtol = how.rtol,
        .atol = how.atol,
        .step = how.step,
        .x = times,
        .count = count,
    };
}

enum attndyn_status flow_run_full(struct attndyn_context *ctx, const struct params *p,
                                  const struct attndyn_distribution *d, struct results *results) {
    struct watch w = {.ctx = ctx, .results = results, .params = p};
    struct attndyn_flow_options options = {
        .eta_y = param_real(p, "eta_y"),
        .visit_rate = param_bool(p, "visit_rate"),
        .clock = param_is(p, "clock", "sigma") ? ATTNDYN_FLOW_SIGMA : ATTNDYN_FLOW_T,
    };
    ATTNDYN_TRY(rates(ctx, p, d, &options.eta_z));
    ATTNDYN_TRY(attndyn_flow_create(ctx, d, &options, &w.flow));
    ATTNDYN_TRY(attndyn_flow_view_create(ctx, w.flow, &w.view));
    double *times, *y;
    size_t count;
    ATTNDYN_TRY(flow_times(ctx, p, d, &times, &count));

    /* Where the data are in the symmetric family, the reduced model runs beside. */
    struct attndyn_symmetric_family family;
    struct track reduced;
    struct attndyn_ode_options how = data_solver(p);
    bool adaptive = how.method != ATTNDYN_ODE_RK4 && how.method != ATTNDYN_ODE_EULER;
    bool member = false;
    if (adaptive) ATTNDYN_TRY(attndyn_distribution_family(ctx, d, &family, &member));
    if (member && family.distinct > 0) {
        struct track_request request = reduced_request(p, options.eta_z, &family, times, count);
        ATTNDYN_TRY(track_solve(ctx, &request, &reduced));
        ATTNDYN_TRY(results_solver(ctx, results, "reduced", &reduced.statistics));
        w.reduced = &reduced;
    }

    struct attndyn_ode_problem problem = attndyn_flow_problem(w.flow);
    const struct attndyn_ode_observer observer = {.output = output, .user = &w};
    struct attndyn_ode_statistics statistics;
    ATTNDYN_ALLOC(ctx, y, problem.n + problem.quadratures);
    memcpy(y, w.flow->initial, (problem.n + problem.quadratures) * sizeof *y);
    ATTNDYN_TRY(see(&w, 0, y));
    ATTNDYN_TRY(attndyn_ode_solve(ctx, &problem, &how, 0, y, times, count, &observer, &statistics));
    ATTNDYN_TRY(results_solver(ctx, results, param_text(p, "model"), &statistics));
    ATTNDYN_TRY(results_scalar(ctx, results, "z_drift", w.z_drift));
    ATTNDYN_TRY(results_scalar(ctx, results, "row_drift", w.row_drift));
    if (w.reduced) ATTNDYN_TRY(results_scalar(ctx, results, "reduced_error", w.reduced_error));
    return emit_state(&w, y);
}

enum attndyn_status flow_run_reduced(struct attndyn_context *ctx, const struct params *p,
                                     const struct attndyn_distribution *d,
                                     struct results *results) {
    struct attndyn_symmetric_family family;
    bool member;
    ATTNDYN_TRY(attndyn_distribution_family(ctx, d, &family, &member));
    if (!member)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "model=%s needs data of the symmetric family (all classes alike, "
                            "commons shared by all): try data=authors or data=symmetric, or "
                            "model=coupled",
                            param_text(p, "model"));
    double *times, eta_z;
    size_t count;
    ATTNDYN_TRY(data_eta_z(ctx, p, d, &eta_z));
    ATTNDYN_TRY(flow_times(ctx, p, d, &times, &count));
    struct track_request request = reduced_request(p, eta_z, &family, times, count);
    struct track track;
    ATTNDYN_TRY(track_solve(ctx, &request, &track));
    ATTNDYN_TRY(results_solver(ctx, results, param_text(p, "model"), &track.statistics));
    for (size_t i = 0; i < count; i++) {
        const struct attndyn_reduced_seen *s = &track.seen[i];
        const double *y = track_state(&track, i);
        double low = 0, high = 0;
        for (size_t j = 0; j < family.distinct + family.commons; j++) {
            double z = j < family.distinct ? y[track.model->at_z + j]
                                           : y[track.model->at_w + j - family.distinct];
            low = fmin(low, z);
            high = fmax(high, z);
        }
        double t = isfinite(s->t) ? s->t : NAN;
        ATTNDYN_TRY(EMIT(ctx, results, "course", R(t), R(s->ln_t), R(s->sigma), R(s->loss),
                         R(s->delta), R(s->gamma), R(s->B), R(s->xi), R(s->entropy_support),
                         R(s->entropy_distinct), R(s->common_mass), R(low), R(high)));
        if (i + 1 < count) continue;
        const double scalar[] = {
            s->sigma,       s->loss, s->delta, s->B, s->entropy_support, s->entropy_distinct,
            s->common_mass, low,     high};
        static const char *const name[] = {
            "sigma",       "loss",  "delta", "B", "entropy_support", "entropy_distinct",
            "common_mass", "z_min", "z_max"};
        for (size_t k = 0; k < sizeof scalar / sizeof *scalar; k++)
            ATTNDYN_TRY(results_scalar(ctx, results, name[k], scalar[k]));
        if (isfinite(t)) ATTNDYN_TRY(results_scalar(ctx, results, "t", t));
    }
    return track_emit_state(ctx, results, &track, count - 1);
}
