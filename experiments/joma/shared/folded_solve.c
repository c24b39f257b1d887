#include "folded_solve.h"

#include <math.h>
#include <stdio.h>

struct driver {
    struct attndyn_joma_folded *model;
    folded_output_fn *output;
    void *user;
    struct folded_outcome *outcome;
};

static enum attndyn_status emit(struct driver *d, double clock, const double *y) {
    bool rescaled = d->model->rescaled;
    d->outcome->t = rescaled ? y[d->model->tokens * d->model->nodes] : clock;
    d->outcome->s = rescaled ? clock : 0;
    return d->output ? d->output(d->user, d->outcome->t, d->outcome->s, y) : ATTNDYN_OK;
}

static enum attndyn_status on_output(void *user, size_t index, double clock, const double *y) {
    (void)index;
    return emit(user, clock, y);
}

static enum attndyn_status on_event(void *user, size_t which, int direction, double clock,
                                    const double *y, enum attndyn_ode_action *action) {
    struct driver *d = user;
    if (direction < 0) return ATTNDYN_OK; /* only a growing radius ends the run */
    d->outcome->end = which == 0 ? FOLDED_AT_RADIUS : FOLDED_AT_T_END;
    *action = ATTNDYN_ODE_STOP;
    return emit(d, clock, y);
}

/* A path length that is certain to reach the radius stop_at: rows move along straight lines
 * (shared, printed) or entry by entry (separate: at most sqrt(K) times the norm). */
static double longest_path(const struct attndyn_joma_folded *m, const double *v) {
    double path = 0;
    for (size_t l = 0; l < m->tokens; l++) {
        double square = 0;
        for (size_t k = 0; k < m->nodes; k++) square += v[l * m->nodes + k] * v[l * m->nodes + k];
        path += sqrt((double)m->nodes) * (m->stop_at / sqrt(m->rho) + sqrt(square));
    }
    return 1.01 * path;
}

enum attndyn_status folded_solve(struct attndyn_context *ctx, struct attndyn_joma_folded *model,
                                 const struct attndyn_ode_options *options, double output_step,
                                 size_t outputs, folded_output_fn *output, void *user, double *y,
                                 struct folded_outcome *outcome) {
    *outcome = (struct folded_outcome){.end = FOLDED_AT_T_END};
    double radius = attndyn_joma_folded_radius(model, y);
    if (!(radius < model->stop_at))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the start has |v| = %g, at or beyond the radius %g at which "
                            "integration stops; raise that radius or start nearer to 0",
                            radius, model->stop_at);
    struct driver driver = {.model = model, .output = output, .user = user, .outcome = outcome};
    struct attndyn_ode_problem problem = attndyn_joma_folded_problem(model);
    struct attndyn_ode_observer observer = {
        .output = on_output, .event = on_event, .user = &driver};
    double last = model->rescaled ? longest_path(model, y) : model->t_end;
    size_t count = model->rescaled ? (size_t)ceil(last / output_step) + 1 : outputs;
    double *times;
    ATTNDYN_ALLOC(ctx, times, count);
    for (size_t i = 0; i < count; i++)
        times[i] =
            model->rescaled ? output_step * (double)i : last * ((double)i / (double)(count - 1));
    enum attndyn_status status = attndyn_ode_solve(ctx, &problem, options, 0, y, times, count,
                                                   &observer, &outcome->statistics);
    /* not by mark and release, as output() may have allocated rows of tables meanwhile */
    attndyn_free(ctx, times);
    if (status != ATTNDYN_RUN_FAILED) return status;
    outcome->end = FOLDED_GAVE_UP;
    outcome->t = model->rescaled ? y[model->tokens * model->nodes] : outcome->statistics.t_reached;
    outcome->s = model->rescaled ? outcome->statistics.t_reached : 0;
    snprintf(outcome->why, sizeof outcome->why, "%s", attndyn_message(ctx));
    attndyn_message_clear(ctx);
    return ATTNDYN_OK;
}

const char *folded_end_name(const struct folded_outcome *outcome) {
    return outcome->end == FOLDED_AT_T_END    ? "reached t_end"
           : outcome->end == FOLDED_AT_RADIUS ? "reached the radius"
                                              : "solver gave up";
}
