#include "track.h"

#include <math.h>
#include <string.h>

static enum attndyn_status keep(void *user, size_t index, double x, const double *y) {
    struct track *track = user;
    size_t n = track->model->n;
    track->x[index] = x;
    memcpy(track->y + index * n, y, n * sizeof *y);
    attndyn_reduced_see(track->model, x, y, &track->seen[index]);
    return ATTNDYN_OK;
}

static enum attndyn_status note_event(void *user, size_t which, int direction, double x,
                                      const double *y, enum attndyn_ode_action *action) {
    struct track *track = user;
    (void)action;
    if (direction != (which == ATTNDYN_REDUCED_HALF ? 1 : -1)) return ATTNDYN_OK;
    const struct attndyn_reduced *m = track->model;
    struct attndyn_reduced_seen seen;
    attndyn_reduced_see(m, x, y, &seen);
    double height = which == ATTNDYN_REDUCED_PEAK      ? seen.gamma
                    : which == ATTNDYN_REDUCED_FASTEST ? seen.B_slope
                                                       : 0;
    if (!isnan(track->ln_event[which]) && height <= track->event_height[which]) return ATTNDYN_OK;
    track->ln_event[which] = seen.ln_t + log(m->options.eta_y / (double)m->K);
    track->event_height[which] = height;
    track->event_rho_sigma2[which] = seen.rho_sigma2;
    return ATTNDYN_OK;
}

enum attndyn_ode_method track_method(const struct attndyn_symmetric_family *family, bool stiff) {
    if (!stiff) return ATTNDYN_ODE_ADAMS;
    return family->distinct + family->commons > 100 ? ATTNDYN_ODE_BDF_KRYLOV
                                                    : ATTNDYN_ODE_BDF_DENSE;
}

enum attndyn_status track_solve(struct attndyn_context *ctx, const struct track_request *request,
                                struct track *track) {
    ATTNDYN_TRY(attndyn_reduced_create(ctx, request->family, &request->options, &track->model));
    size_t n = track->model->n;
    double *y;
    track->count = request->count;
    ATTNDYN_ALLOC(ctx, y, n);
    ATTNDYN_ALLOC(ctx, track->x, track->count);
    ATTNDYN_ALLOC(ctx, track->y, track->count * n);
    ATTNDYN_ALLOC(ctx, track->seen, track->count);
    for (size_t i = 0; i < ATTNDYN_REDUCED_EVENTS; i++)
        track->ln_event[i] = track->event_rho_sigma2[i] = NAN;

    struct attndyn_ode_problem problem = track->model->problem;
    if (request->events) {
        problem.events = ATTNDYN_REDUCED_EVENTS;
        problem.event = attndyn_reduced_event;
    }
    struct attndyn_ode_options options = attndyn_ode_defaults(request->method);
    options.rtol = request->rtol;
    options.atol = request->atol;
    options.step = request->step;
    struct attndyn_ode_observer observer = {
        .output = keep, .event = request->events ? note_event : NULL, .user = track};
    return attndyn_ode_solve(ctx, &problem, &options, 0, y, request->x, request->count, &observer,
                             &track->statistics);
}

enum attndyn_status track_times(struct attndyn_context *ctx,
                                const struct attndyn_symmetric_family *family, double eta_y,
                                double first, double last, size_t count, double **t) {
    ATTNDYN_ALLOC(ctx, *t, count);
    double unit = (double)family->classes / eta_y;
    attndyn_grid_logarithmic(first * unit, last * unit, count, *t);
    return ATTNDYN_OK;
}

const double *track_state(const struct track *track, size_t i) {
    return track->y + i * track->model->n;
}

double track_argmax(const struct track *track, const double *values) {
    size_t top = 0;
    for (size_t i = 1; i < track->count; i++)
        if (values[i] > values[top]) top = i;
    if (top == 0 || top + 1 == track->count) return NAN;
    double x[3], v[3];
    for (size_t k = 0; k < 3; k++) {
        x[k] = track->seen[top + k - 1].ln_t;
        v[k] = values[top + k - 1];
    }
    /* vertex of the parabola through three points */
    double left = (v[1] - v[0]) / (x[1] - x[0]), right = (v[2] - v[1]) / (x[2] - x[1]);
    double vertex = 0.5 * (x[0] + x[1] - left * (x[2] - x[0]) / (right - left));
    return exp(vertex) * track->model->options.eta_y / (double)track->model->K;
}

enum attndyn_status track_emit_state(struct attndyn_context *ctx, struct results *results,
                                     const struct track *track, size_t i) {
    const struct attndyn_reduced *m = track->model;
    const double *y = track_state(track, i);
    const struct attndyn_reduced_seen *seen = &track->seen[i];
    double *a;
    ATTNDYN_ALLOC(ctx, a, m->D);
    attndyn_reduced_a(m, track->x[i], y, a);
    ATTNDYN_TRY(results_emit_state(ctx, results, "a", a, m->D));
    if (m->length_b) ATTNDYN_TRY(results_emit_state(ctx, results, "b", y + m->at_b, m->D));
    if (m->length_e) ATTNDYN_TRY(results_emit_state(ctx, results, "e", y + m->at_e, m->G));
    ATTNDYN_TRY(results_emit_state(ctx, results, "z", y + m->at_z, m->D));
    ATTNDYN_TRY(results_emit_state(ctx, results, "w", y + m->at_w, m->G));
    ATTNDYN_TRY(results_emit_state(ctx, results, "B", &seen->B, 1));
    ATTNDYN_TRY(results_emit_state(ctx, results, "sigma", &seen->sigma, 1));
    ATTNDYN_TRY(results_emit_state(ctx, results, "ln_t", &seen->ln_t, 1));
    return results_emit_state(ctx, results, "u", &seen->u, 1);
}
