/* scansnap/flow: the run, by the full flow or by the reduced models. */
#include "experiments/scansnap/shared/data.h"
#include "experiments/scansnap/shared/full_solve.h"
#include "experiments/scansnap/shared/reduced_path.h"
#include "flow.h"

#include <math.h>
#include <string.h>

struct watch {
    const struct trial *run;
    const struct flow *p;
    struct attndyn_flow *flow;
    struct attndyn_flow_view *view;
    const struct reduced_path *reduced; /* the same run by the reduced model, or NULL */
    double z_drift, row_drift, reduced_error;
    struct course last;
};

/* Sums that the flow conserves: of z_m, and of each row of Y. */
static void watch_drift(struct watch *w, const double *y) {
    const struct attndyn_flow *flow = w->flow;
    for (size_t m = 0; m < flow->distribution->last_tokens; m++) {
        double sum = 0;
        for (size_t z = flow->z_start[m]; z < flow->z_start[m + 1]; z++)
            sum += y[flow->z_at + z] - flow->initial[flow->z_at + z];
        worst(&w->z_drift, sum);
    }
    for (size_t r = 0; r < flow->rows; r++) {
        const double *row = y + r * flow->width;
        double sum = (flow->never - 1) * row[flow->width - 1];
        for (size_t j = 0; j < flow->width; j++) sum += row[j];
        worst(&w->row_drift, sum);
    }
}

/* Every class of the full flow against the reduced model's single class, at the same output. */
static void watch_reduced(struct watch *w, size_t index, const double *y) {
    const struct attndyn_flow *flow = w->flow;
    const struct attndyn_distribution *d = flow->distribution;
    const struct attndyn_reduced *m = w->reduced->model;
    const double *state = reduced_state(w->reduced, index);
    for (size_t n = 0; n < d->classes; n++) {
        size_t j = 0, g = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            double z = flow->entry_distinct[e] ? state[m->at_z + j++] : state[m->at_w + g++];
            worst(&w->reduced_error, y[flow->z_at + flow->entry_z[e]] - z);
        }
        worst(&w->reduced_error, y[flow->n + n] - w->reduced->seen[index].B);
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
    double some = with_distinct > 0 ? with_distinct : 1, none = with_distinct > 0 ? 0 : NAN;
    w->last = WHOLE(course, .t = t, .ln_t = t > 0 ? log(t) : NAN, .sigma = sigma, .loss = v->loss,
                    .delta = delta, .gamma = gamma, .B = B / some, .xi = xi / some + none,
                    .entropy_support = H, .entropy_distinct = HD / some + none, .common_mass = C,
                    .z_min = low, .z_max = high);
    return EMIT_ROW(w->run, course, &w->last);
}

/* A token's name, made up where the data has none. */
static const char *token_name(const struct watch *w, size_t token) {
    const struct attndyn_distribution *d = w->flow->distribution;
    if (d->token_name) return d->token_name[token];
    const char *kind = d->degree[token] == 0 ? "never" : d->degree[token] == 1 ? "d" : "c";
    return attndyn_format(w->run->ctx, "%s%zu", kind, token);
}
static const char *class_name(const struct watch *w, size_t n) {
    const struct attndyn_distribution *d = w->flow->distribution;
    return d->class_name ? d->class_name[n] : attndyn_format(w->run->ctx, "n%zu", n);
}

static enum attndyn_status emit_classes(struct watch *w, double t, const double *y) {
    const struct attndyn_flow_view *v = w->view;
    const struct attndyn_distribution *d = w->flow->distribution;
    size_t K = d->classes;
    for (size_t n = 0; n < (size_t)w->p->classes_shown && n < K; n++) {
        ATTNDYN_TRY(EMIT(w->run, classes, .t = t, .class = (long)n, .name = class_name(w, n),
                         .sigma = y[w->flow->n + K + n], .B = y[w->flow->n + n], .xi = v->xi[n],
                         .gamma = v->gamma[n], .alpha = v->alpha[n], .delta = v->delta[n],
                         .entropy_support = v->entropy_support[n],
                         .entropy_distinct = v->entropy_distinct[n],
                         .common_mass = v->common_mass[n]));
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            ATTNDYN_TRY(EMIT(w->run, tokens, .t = t, .class = (long)n, .token = (long)d->token[e],
                             .name = token_name(w, d->token[e]),
                             .kind = w->flow->entry_distinct[e] ? "distinct" : "common",
                             .p = d->probability[e], .c = v->c[e], .f = v->f[e], .z = v->z[e],
                             .dz = v->dz[e], .log_chi = v->log_chi[e]));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status see(struct watch *w, double t, const double *y) {
    uint64_t mark = attndyn_memory_mark(w->run->ctx);
    attndyn_flow_observe(w->flow, y, w->view);
    watch_drift(w, y);
    ATTNDYN_TRY(emit_course(w, t, y));
    ATTNDYN_TRY(emit_classes(w, t, y));
    attndyn_memory_release(w->run->ctx, mark);
    return ATTNDYN_OK;
}

static enum attndyn_status output(void *user, size_t index, double x, const double *y) {
    struct watch *w = user;
    bool in_sigma = w->flow->options.clock == ATTNDYN_FLOW_SIGMA;
    if (w->reduced) watch_reduced(w, index, y);
    attndyn_progress(w->run->ctx, "outputs", (double)index + 1, (double)w->p->points);
    return see(w, in_sigma ? y[w->flow->n + 2 * w->flow->classes] : x, y);
}

static enum attndyn_status emit_state(struct watch *w, const double *y) {
    const struct attndyn_flow *flow = w->flow;
    struct attndyn_context *ctx = w->run->ctx;
    size_t M = flow->distribution->tokens, V = flow->distribution->columns, K = flow->classes;
    double *Y;
    if (M * V <= (size_t)w->p->state_limit) {
        ATTNDYN_ALLOC(ctx, Y, M * V);
        attndyn_flow_expand_y(flow, y, Y);
        ATTNDYN_TRY(STATE(w->run, Y, Y, M * V));
    } else {
        ATTNDYN_TRY(STATE(w->run, Y_rows, y, flow->rows * flow->width));
    }
    ATTNDYN_TRY(full_emit_z(w->run, flow, y));
    ATTNDYN_TRY(STATE(w->run, B, y + flow->n, K));
    ATTNDYN_TRY(STATE(w->run, sigma, y + flow->n + K, K));
    ATTNDYN_TRY(STATE(w->run, delta, w->view->delta, K));
    ATTNDYN_TRY(STATE(w->run, entropy_support, w->view->entropy_support, K));
    return STATE(w->run, loss, &w->view->loss, 1);
}

static enum attndyn_status set_found(const struct trial *run, const struct course *last,
                                     double z_drift, double row_drift, double reduced_error) {
    return SET(run, found, .t = last->t, .sigma = last->sigma, .loss = last->loss, .B = last->B,
               .delta = last->delta, .entropy_support = last->entropy_support,
               .entropy_distinct = last->entropy_distinct, .common_mass = last->common_mass,
               .z_min = last->z_min, .z_max = last->z_max, .z_drift = z_drift,
               .row_drift = row_drift, .reduced_error = reduced_error);
}

/* Output times in the run's clock, logarithmic. */
static enum attndyn_status output_times(const struct trial *run, const struct flow *p,
                                        const struct attndyn_distribution *d, double **times) {
    bool in_sigma = p->clock == clock_sigma;
    double end = in_sigma ? p->sigma_end : p->t_end, first = p->first;
    if (first == 0) first = in_sigma ? 1e-3 : 1e-3 * (double)d->classes / p->eta_y;
    if (!(first < end)) {
        if (p->first > 0)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE, "first = %g is not before the horizon %g",
                                first, end);
        first = 1e-3 * end;
    }
    ATTNDYN_ALLOC(run->ctx, *times, (size_t)p->points);
    attndyn_grid_logarithmic(first, end, (size_t)p->points, *times);
    return ATTNDYN_OK;
}

/* eta_z as given, or from rho; 0 for the frozen model. */
static enum attndyn_status rate(const struct trial *run, const struct flow *p,
                                const struct attndyn_distribution *d, double *eta_z) {
    double K = (double)d->classes;
    *eta_z = p->rho > 0 ? p->rho * p->eta_y * (K - 1) / K : p->eta_z;
    if (*eta_z > 1e300)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "rho = %g at eta_y = %g is out of range",
                            p->rho, p->eta_y);
    if (p->model == model_frozen) *eta_z = 0;
    return ATTNDYN_OK;
}

static struct reduced_request reduced_request(const struct trial *run, const struct flow *p,
                                              double eta_z,
                                              const struct attndyn_symmetric_family *family,
                                              const double *times) {
    struct attndyn_ode_options how = scansnap_ode_options(run);
    return (struct reduced_request){
        .family = family,
        .options = {.kind = p->model == model_qsd ? ATTNDYN_REDUCED_QSD : ATTNDYN_REDUCED_COUPLED,
                    .clock = p->clock == clock_sigma ? ATTNDYN_REDUCED_SIGMA : ATTNDYN_REDUCED_T,
                    .eta_y = p->eta_y,
                    .eta_z = eta_z,
                    .visit_rate = p->visit_rate},
        .method = how.method,
        .rtol = how.rtol,
        .atol = how.atol,
        .step = how.step,
        .x = times,
        .count = (size_t)p->points,
    };
}

static enum attndyn_status full(const struct trial *run, const struct flow *p,
                                const struct attndyn_distribution *d, double eta_z,
                                const double *times) {
    struct watch w = {.run = run, .p = p, .reduced_error = 0};
    const struct attndyn_flow_options options = {
        .eta_y = p->eta_y,
        .eta_z = eta_z,
        .visit_rate = p->visit_rate,
        .clock = p->clock == clock_sigma ? ATTNDYN_FLOW_SIGMA : ATTNDYN_FLOW_T,
    };
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, d, &options, &w.flow));
    ATTNDYN_TRY(attndyn_flow_view_create(run->ctx, w.flow, &w.view));

    /* If the data are in the symmetric family, the reduced model is solved at the same times. */
    struct attndyn_symmetric_family family;
    struct reduced_path reduced;
    const struct attndyn_ode_options how = scansnap_ode_options(run);
    bool adaptive = how.method != ATTNDYN_ODE_RK4 && how.method != ATTNDYN_ODE_EULER;
    bool member = false;
    if (adaptive) ATTNDYN_TRY(attndyn_distribution_family(run->ctx, d, &family, &member));
    if (member && family.distinct > 0) {
        struct reduced_request request = reduced_request(run, p, eta_z, &family, times);
        ATTNDYN_TRY(reduced_solve(run->ctx, &request, &reduced));
        ATTNDYN_TRY(SOLVER(run, "reduced", &reduced.statistics));
        w.reduced = &reduced;
    }

    const struct attndyn_ode_observer observer = {.output = output, .user = &w};
    double *y;
    ATTNDYN_TRY(see(&w, 0, w.flow->initial));
    ATTNDYN_TRY(full_solve(run, w.flow, &how, times, (size_t)p->points, &observer,
                           model_names[p->model], &y));
    ATTNDYN_TRY(set_found(run, &w.last, w.z_drift, w.row_drift, w.reduced ? w.reduced_error : NAN));
    return emit_state(&w, y);
}

static enum attndyn_status reduced(const struct trial *run, const struct flow *p,
                                   const struct attndyn_distribution *d, double eta_z,
                                   const double *times) {
    struct attndyn_symmetric_family family;
    bool member;
    ATTNDYN_TRY(attndyn_distribution_family(run->ctx, d, &family, &member));
    if (!member)
        return attndyn_fail(
            run->ctx, ATTNDYN_USAGE,
            "model=%s needs data of the symmetric family (all classes alike, commons shared by "
            "all): try data=authors or data=symmetric, or model=coupled",
            model_names[p->model]);
    const struct reduced_request request = reduced_request(run, p, eta_z, &family, times);
    struct reduced_path path;
    struct course row;
    ATTNDYN_TRY(reduced_solve(run->ctx, &request, &path));
    ATTNDYN_TRY(SOLVER(run, model_names[p->model], &path.statistics));
    for (size_t i = 0; i < path.count; i++) {
        const struct attndyn_reduced_seen *s = &path.seen[i];
        const double *y = reduced_state(&path, i);
        double low = 0, high = 0;
        for (size_t j = 0; j < family.distinct + family.commons; j++) {
            double z = j < family.distinct ? y[path.model->at_z + j]
                                           : y[path.model->at_w + j - family.distinct];
            low = fmin(low, z);
            high = fmax(high, z);
        }
        row = WHOLE(course, .t = isfinite(s->t) ? s->t : NAN, .ln_t = s->ln_t, .sigma = s->sigma,
                    .loss = s->loss, .delta = s->delta, .gamma = s->gamma, .B = s->B, .xi = s->xi,
                    .entropy_support = s->entropy_support, .entropy_distinct = s->entropy_distinct,
                    .common_mass = s->common_mass, .z_min = low, .z_max = high);
        ATTNDYN_TRY(EMIT_ROW(run, course, &row));
    }
    ATTNDYN_TRY(set_found(run, &row, NAN, NAN, NAN));
    return reduced_emit_state(run, &path, path.count - 1);
}

enum attndyn_status flow_integrate(const struct trial *run, const struct flow *p,
                                   const struct attndyn_distribution *d) {
    double eta_z, *times = NULL;
    ATTNDYN_TRY(rate(run, p, d, &eta_z));
    ATTNDYN_TRY(output_times(run, p, d, &times));
    return (flow_is_reduced(p) ? reduced : full)(run, p, d, eta_z, times);
}
