#include "reduced_path.h"

#include "experiments/shared/solve.h"

#include <math.h>
#include <string.h>

static enum attndyn_status keep(void *user, size_t index, double x, const double *y) {
    struct reduced_path *path = user;
    size_t n = path->model->n;
    path->x[index] = x;
    memcpy(path->y + index * n, y, n * sizeof *y);
    attndyn_reduced_see(path->model, x, y, &path->seen[index]);
    return ATTNDYN_OK;
}

static enum attndyn_status note_event(void *user, size_t which, int direction, double x,
                                      const double *y, enum attndyn_ode_action *action) {
    struct reduced_path *path = user;
    (void)action;
    if (direction != (which == ATTNDYN_REDUCED_HALF ? 1 : -1)) return ATTNDYN_OK;
    const struct attndyn_reduced *m = path->model;
    struct attndyn_reduced_seen seen;
    attndyn_reduced_see(m, x, y, &seen);
    double height = which == ATTNDYN_REDUCED_PEAK      ? seen.gamma
                    : which == ATTNDYN_REDUCED_FASTEST ? seen.B_slope
                                                       : 0;
    if (!isnan(path->ln_event[which]) && height <= path->event_height[which]) return ATTNDYN_OK;
    path->ln_event[which] = seen.ln_t + log(m->options.eta_y / (double)m->K);
    path->event_height[which] = height;
    path->event_rho_sigma2[which] = seen.rho_sigma2;
    return ATTNDYN_OK;
}

enum attndyn_ode_method reduced_method(const struct attndyn_symmetric_family *family, bool stiff) {
    if (!stiff) return ATTNDYN_ODE_ADAMS;
    return family->distinct + family->commons > 100 ? ATTNDYN_ODE_BDF_KRYLOV
                                                    : ATTNDYN_ODE_BDF_DENSE;
}

enum attndyn_status reduced_solve(struct attndyn_context *ctx,
                                  const struct reduced_request *request,
                                  struct reduced_path *path) {
    ATTNDYN_TRY(attndyn_reduced_create(ctx, request->family, &request->options, &path->model));
    size_t n = path->model->n;
    double *y;
    path->count = request->count;
    ATTNDYN_ALLOC(ctx, y, n);
    ATTNDYN_ALLOC(ctx, path->x, path->count);
    ATTNDYN_ALLOC(ctx, path->y, path->count * n);
    ATTNDYN_ALLOC(ctx, path->seen, path->count);
    for (size_t i = 0; i < ATTNDYN_REDUCED_EVENTS; i++)
        path->ln_event[i] = path->event_rho_sigma2[i] = NAN;

    struct attndyn_ode_problem problem = path->model->problem;
    if (request->events) {
        problem.events = ATTNDYN_REDUCED_EVENTS;
        problem.event = attndyn_reduced_event;
    }
    struct attndyn_ode_options options =
        solve_within(request->method, request->rtol, request->atol);
    options.step = request->step;
    struct attndyn_ode_observer observer = {
        .output = keep, .event = request->events ? note_event : NULL, .user = path};
    return attndyn_ode_solve(ctx, &problem, &options, 0, y, request->x, request->count, &observer,
                             &path->statistics);
}

const double *reduced_state(const struct reduced_path *path, size_t i) {
    return path->y + i * path->model->n;
}

double reduced_argmax(const struct reduced_path *path, const double *values) {
    size_t top = 0;
    for (size_t i = 1; i < path->count; i++)
        if (values[i] > values[top]) top = i;
    if (top == 0 || top + 1 == path->count) return NAN;
    double x[3], v[3];
    for (size_t k = 0; k < 3; k++) {
        x[k] = path->seen[top + k - 1].ln_t;
        v[k] = values[top + k - 1];
    }
    /* vertex of the parabola through three points */
    double left = (v[1] - v[0]) / (x[1] - x[0]), right = (v[2] - v[1]) / (x[2] - x[1]);
    double vertex = 0.5 * (x[0] + x[1] - left * (x[2] - x[0]) / (right - left));
    return exp(vertex) * path->model->options.eta_y / (double)path->model->K;
}

enum attndyn_status reduced_emit_state(const struct trial *run, const struct reduced_path *path,
                                       size_t i) {
    const struct attndyn_reduced *m = path->model;
    const double *y = reduced_state(path, i);
    const struct attndyn_reduced_seen *seen = &path->seen[i];
    double *a;
    ATTNDYN_ALLOC(run->ctx, a, m->D);
    attndyn_reduced_a(m, path->x[i], y, a);
    ATTNDYN_TRY(STATE(run, a, a, m->D));
    if (m->length_b) ATTNDYN_TRY(STATE(run, b, y + m->at_b, m->D));
    if (m->length_e) ATTNDYN_TRY(STATE(run, e, y + m->at_e, m->G));
    ATTNDYN_TRY(STATE(run, z, y + m->at_z, m->D));
    ATTNDYN_TRY(STATE(run, w, y + m->at_w, m->G));
    ATTNDYN_TRY(STATE(run, B, &seen->B, 1));
    ATTNDYN_TRY(STATE(run, sigma, &seen->sigma, 1));
    ATTNDYN_TRY(STATE(run, ln_t, &seen->ln_t, 1));
    return STATE(run, u, &seen->u, 1);
}
