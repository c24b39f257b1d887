#include "bounce_minimum.h"

#include "sim/observe/entropy.h"

#include <math.h>
#include <string.h>

enum attndyn_status bounce_minimum_begin(struct attndyn_context *ctx, struct bounce_minimum *m,
                                         const struct attndyn_joma_bounce *model) {
    *m = (struct bounce_minimum){.model = model, .lowest = INFINITY};
    ATTNDYN_ALLOC(ctx, m->before, model->components);
    ATTNDYN_ALLOC(ctx, m->bracket, model->components);
    ATTNDYN_ALLOC(ctx, m->v, model->components);
    ATTNDYN_ALLOC(ctx, m->p, model->components);
    return ATTNDYN_OK;
}

void bounce_minimum_see(struct bounce_minimum *m, double t, const double *y, double entropy) {
    const double noise = 1e-14; /* a constant entropy changes by rounding only */
    double rate = attndyn_joma_bounce_entropy_rate(m->model, y);
    size_t bytes = m->model->components * sizeof *y;
    if (m->rate_before < -noise && rate > noise && entropy < m->lowest) {
        memcpy(m->bracket, m->before, bytes);
        m->from = m->t_before, m->to = t, m->lowest = entropy;
    }
    memcpy(m->before, y, bytes);
    m->t_before = t, m->rate_before = rate;
}

static enum attndyn_status at_turn(void *user, size_t which, int direction, double t,
                                   const double *y, enum attndyn_ode_action *action) {
    (void)which;
    struct bounce_minimum *m = user;
    if (direction < 0) return ATTNDYN_OK;
    attndyn_joma_bounce_velocities(m->model, y, m->v);
    attndyn_joma_bounce_attention(m->model->components, m->model->beta, m->v, m->p);
    m->lowest = attndyn_entropy(m->model->components, m->p), m->to = t;
    *action = ATTNDYN_ODE_STOP;
    return ATTNDYN_OK;
}

enum attndyn_status bounce_minimum_find(struct attndyn_context *ctx, struct bounce_minimum *m,
                                        const struct attndyn_ode_options *options, double *entropy,
                                        double *t) {
    *entropy = *t = NAN;
    if (isinf(m->lowest)) return ATTNDYN_OK;
    struct attndyn_joma_bounce model = *m->model;
    struct attndyn_ode_problem problem = attndyn_joma_bounce_problem(&model);
    struct attndyn_ode_observer observer = {.event = at_turn, .user = m};
    double to = m->to;
    ATTNDYN_TRY(
        attndyn_ode_solve(ctx, &problem, options, m->from, m->bracket, &to, 1, &observer, NULL));
    *entropy = m->lowest, *t = m->to;
    return ATTNDYN_OK;
}
