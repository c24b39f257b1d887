/* Dormand and Prince's explicit method of order 8, step size by the error estimates of orders 5 and
 * 3, output and events by its continuous extension of order 7 (Hairer, Norsett and Wanner, Solving
 * Ordinary Differential Equations I, sections II.4, II.10). It has no Jacobian and little memory
 * traffic: the method for large systems that are not stiff. Quadratures are further unknowns. */
#include "ode_private.h"

#include "kernel.h"
#include "ode_dop853_table_private.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { REJECTIONS_MOST = 60, FORMS = 3 + EXTENSION };

static const double safety = 0.9, shrink_most = 0.2, grow_most = 10, retry_shorter = 0.25;

struct dop {
    struct attndyn_ode_run *run;
    size_t n, all, judged; /* judged: entries in the error test */
    double *y, *to, *stage;
    double *k[ALL_STAGES]; /* slopes */
    const double *atol;    /* (all) or NULL */
    double t, h, next;     /* next: the length to try after this step */
    struct attndyn_ode_crossings crossings;
};

static int slope(struct dop *s, double t, const double *y, double *k) {
    return attndyn_ode_evaluate(s->run, t, y, k, k + s->n);
}

static double scale_of(const struct dop *s, size_t i, double size) {
    const struct attndyn_ode_options *o = &s->run->options;
    return (s->atol ? s->atol[i] : o->atol) + o->rtol * size;
}

/* Root mean square of x in units of the tolerance at y. */
static double in_tolerances(const struct dop *s, const double *x, const double *y) {
    double sum = 0;
    for (size_t i = 0; i < s->judged; i++) {
        double ratio = x[i] / scale_of(s, i, fabs(y[i]));
        sum += ratio * ratio;
    }
    return sqrt(sum / (double)s->judged);
}

/* Where rtol |y| + atol is 0 there is no error to test. */
static enum attndyn_status check_weights(struct dop *s) {
    for (size_t i = 0; i < s->judged; i++) {
        if (scale_of(s, i, fabs(s->y[i])) > 0) continue;
        s->run->trouble = ATTNDYN_ODE_NO_WEIGHT;
        s->run->trouble_entry = i;
        return attndyn_ode_stopped(s->run, 0, NULL, "give a positive atol");
    }
    return ATTNDYN_OK;
}

static enum attndyn_status stopped_by_callback(struct dop *s) {
    enum attndyn_ode_trouble why = s->run->trouble;
    return attndyn_ode_stopped(s->run, s->h, NULL,
                               why == ATTNDYN_ODE_GAVE_UP ? "look at what it computes"
                               : s->run->statistics->steps == 0
                                   ? "the initial state is outside its domain"
                                   : "smaller steps did not avoid it: the solution leaves the "
                                     "domain or blows up here; stop before it with an event");
}

/* Hairer, Norsett and Wanner's guess (II.4): a step whose Euler and curvature terms are small. */
static double first_step(struct dop *s, double longest) {
    double size = in_tolerances(s, s->y, s->y), speed = in_tolerances(s, s->k[0], s->y);
    double h = size < 1e-5 || speed < 1e-5 ? 1e-6 : 0.01 * size / speed;
    h = fmin(h, longest);
    for (int tries = 0; tries < REJECTIONS_MOST; tries++, h *= retry_shorter) {
        for (size_t i = 0; i < s->all; i++) s->stage[i] = s->y[i] + h * s->k[0][i];
        int code = slope(s, s->t + h, s->stage, s->k[1]);
        if (code < 0) return 0;
        if (code == 0) break;
    }
    for (size_t i = 0; i < s->all; i++) s->stage[i] = s->k[1][i] - s->k[0][i];
    double bend = in_tolerances(s, s->stage, s->y) / h, most = fmax(speed, bend);
    double other = most <= 1e-15 ? fmax(1e-6, 1e-3 * h) : pow(0.01 / most, 1. / 8);
    return fmin(fmin(100 * h, other), longest);
}

/* stage = y + h sum_j row[j] k_j, skipping the zeros of the table. */
static void combine(struct dop *s, const double *row, int count) {
    const double *slopes[ALL_STAGES];
    double weights[ALL_STAGES];
    size_t terms = 0;
    for (int j = 0; j < count; j++) {
        if (row[j] == 0) continue;
        weights[terms] = s->h * row[j];
        slopes[terms++] = s->k[j];
    }
    attndyn_kernel_sum(s->all, s->y, terms, weights, slopes, s->stage);
}

/* One step of length h into `to`, its slope into k[12]; *error: in tolerances. */
static int attempt(struct dop *s, double *error) {
    for (int i = 1; i < STAGES; i++) {
        combine(s, a[i], i);
        int code = slope(s, s->t + node[i] * s->h, s->stage, s->k[i]);
        if (code) return code;
    }
    combine(s, a[STAGES], STAGES);
    memcpy(s->to, s->stage, s->all * sizeof *s->to);
    int code = slope(s, s->t + s->h, s->to, s->k[STAGES]);
    if (code) return code;
    double fifth = 0, third = 0;
    for (size_t i = 0; i < s->judged; i++) {
        double five = 0, three = 0;
        for (int j = 0; j <= STAGES; j++) {
            five += error_5[j] * s->k[j][i];
            three += error_3[j] * s->k[j][i];
        }
        /* multiply by h before squaring, so that slopes of 1e-200 over steps of 1e200 work */
        double scale = scale_of(s, i, fmax(fabs(s->y[i]), fabs(s->to[i]))) / s->h;
        fifth += (five / scale) * (five / scale);
        third += (three / scale) * (three / scale);
    }
    double both = fifth + 0.01 * third;
    *error = both > 0 ? fifth / sqrt(both * (double)s->judged) : 0;
    return isfinite(*error) ? 0 : 1;
}

/* The three slopes that the continuous extension needs beside those of the step. */
static int extend(struct dop *s) {
    for (int i = STAGES + 1; i < ALL_STAGES; i++) {
        combine(s, a[i], i);
        int code = slope(s, s->t + node[i] * s->h, s->stage, s->k[i]);
        if (code) return code;
    }
    return 0;
}

/* The state at the fraction x of the step. In nested form it is y + x (F0 + (1-x) (F1 + x (F2 +
 * ...))) with F0 = to - y, F1 = h k_0 - F0, F2 = 2 F0 - h (k_12 + k_0), F3.. = h dense k; here the
 * weights of the vectors are gathered first, so that each is read once and none is stored. */
static void interpolate(const struct dop *s, double x, double *at) {
    double u[FORMS], product = 1, slope_weight[ALL_STAGES] = {0};
    for (int f = 0; f < FORMS; f++) u[f] = product *= f % 2 == 0 ? x : 1 - x;
    double change = u[0] - u[1] + 2 * u[2];
    slope_weight[0] = u[1] - u[2];
    slope_weight[STAGES] = -u[2];
    for (int d = 0; d < EXTENSION; d++)
        for (int j = 0; j < ALL_STAGES; j++) slope_weight[j] += u[3 + d] * dense[d][j];
    const double *vectors[ALL_STAGES + 2] = {s->to, s->y};
    double weights[ALL_STAGES + 2] = {change, -change};
    size_t terms = 2;
    for (int j = 0; j < ALL_STAGES; j++) {
        if (slope_weight[j] == 0) continue;
        weights[terms] = s->h * slope_weight[j];
        vectors[terms++] = s->k[j];
    }
    attndyn_kernel_sum(s->all, s->y, terms, weights, vectors, at);
}

static int state_at(void *self, double fraction, double *y) {
    interpolate(self, fraction, y);
    return 0;
}

/* Outputs up to time `until` inside the accepted step that ends at `end`. */
static enum attndyn_status outputs(struct dop *s, double until, double end) {
    struct attndyn_ode_run *run = s->run;
    while (run->next < run->n_times && run->times[run->next] <= until) {
        double at = run->times[run->next];
        if (at == end)
            memcpy(run->y, s->to, s->all * sizeof *s->to);
        else
            interpolate(s, (at - s->t) / s->h, run->y);
        run->t = at;
        ATTNDYN_TRY(attndyn_ode_output(run, at, run->y));
    }
    return ATTNDYN_OK;
}

/* Everything that happens inside the accepted step, in order of time. */
static enum attndyn_status happenings(struct dop *s, double end, bool *stop) {
    struct attndyn_ode_run *run = s->run;
    struct attndyn_ode_crossings *crossings = &s->crossings;
    const struct attndyn_ode_step here = {.t = s->t, .h = s->h, .state = state_at, .self = s};
    bool inside = run->next < run->n_times && run->times[run->next] < end;
    if (crossings->events && attndyn_ode_events(run, end, s->to, crossings->after))
        return stopped_by_callback(s);
    bool any = attndyn_ode_crossings_mark(crossings);
    if ((inside || any) && extend(s)) return stopped_by_callback(s);
    if (any && attndyn_ode_crossings_locate(crossings, &here, s->stage))
        return stopped_by_callback(s);
    struct attndyn_ode_crossing c;
    while (attndyn_ode_crossings_take(crossings, &c)) {
        double at = c.fraction == 1 ? end : s->t + c.fraction * s->h;
        ATTNDYN_TRY(outputs(s, at, end));
        if (c.fraction == 1)
            memcpy(run->y, s->to, s->all * sizeof *s->to);
        else
            interpolate(s, c.fraction, run->y);
        run->t = at;
        ATTNDYN_TRY(attndyn_ode_root(run, c.which, c.direction, at, run->y, stop));
        if (*stop) return ATTNDYN_OK;
    }
    attndyn_ode_crossings_advance(crossings);
    return outputs(s, end, end);
}

/* A step that passes the error test, from t to *end. */
static enum attndyn_status accepted_step(struct dop *s, double longest, double *end) {
    struct attndyn_ode_run *run = s->run;
    double last = run->times[run->n_times - 1], next = s->h;
    bool shortened = false;
    for (int rejected = 0;; rejected++) {
        s->h = fmin(next, longest);
        *end = s->t + s->h;
        if (*end + 0.01 * s->h >= last) *end = last, s->h = last - s->t;
        if (!(s->h > 4 * DBL_EPSILON * fabs(s->t)) || rejected > REJECTIONS_MOST)
            return run->trouble == ATTNDYN_ODE_NO_TROUBLE
                       ? attndyn_ode_stopped(run, s->h, "the step has become too small to move t",
                                             "the solution blows up or is not smooth here: stop "
                                             "before it with an event, or rescale time")
                       : stopped_by_callback(s);
        double error = 0;
        int code = attempt(s, &error);
        if (code < 0) return stopped_by_callback(s);
        if (code == 0 && error <= 1) {
            double factor = error > 0 ? fmin(grow_most, safety * pow(error, -1. / 8)) : grow_most;
            run->statistics->last_step = s->h;
            if (run->statistics->steps++ == 0) run->statistics->first_step = s->h;
            /* after a failure a step does not grow at once */
            next = s->h * (shortened ? fmin(1, factor) : factor);
            break;
        }
        run->statistics->error_test_failures++;
        shortened = true;
        next = s->h * (code > 0 ? retry_shorter : fmax(shrink_most, safety * pow(error, -1. / 8)));
    }
    run->trouble = ATTNDYN_ODE_NO_TROUBLE;
    s->next = next;
    return ATTNDYN_OK;
}

static enum attndyn_status run_steps(struct dop *s) {
    struct attndyn_ode_run *run = s->run;
    const struct attndyn_ode_options *o = &run->options;
    double longest = o->max_step > 0 ? o->max_step : INFINITY;
    run->statistics->last_order = 8;
    ATTNDYN_TRY(check_weights(s));
    if (slope(s, s->t, s->y, s->k[0])) return stopped_by_callback(s);
    if (run->problem->events && attndyn_ode_events(run, s->t, s->y, s->crossings.before))
        return stopped_by_callback(s);
    s->h = o->first_step > 0 ? o->first_step
                             : first_step(s, fmin(longest, run->times[run->n_times - 1] - s->t));
    if (run->over) return stopped_by_callback(s);
    while (run->next < run->n_times) {
        double end = s->t;
        bool stop = false;
        if (run->statistics->steps >= o->max_steps) return attndyn_ode_out_of_steps(run, s->h);
        ATTNDYN_TRY(accepted_step(s, longest, &end));
        ATTNDYN_TRY(happenings(s, end, &stop));
        if (stop || run->next == run->n_times) return ATTNDYN_OK;
        double *y = s->y, *k = s->k[0];
        s->y = s->to;
        s->to = y;
        s->k[0] = s->k[STAGES]; /* the new point's slope is the next step's first */
        s->k[STAGES] = k;
        run->t = s->t = end;
        s->h = s->next;
        memcpy(run->y, s->y, s->all * sizeof *y);
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_ode_run_dop853(struct attndyn_ode_run *run, double t0) {
    struct attndyn_context *ctx = run->ctx;
    size_t n = run->problem->n, all = n + run->problem->quadratures;
    size_t events = run->problem->events;
    double *block =
        ATTNDYN_NEW(ctx, double, (3 + ALL_STAGES) * all + ATTNDYN_ODE_CROSSINGS_BLOCK * events);
    if (!block) return ATTNDYN_NO_MEMORY;
    struct dop s = {.run = run,
                    .n = n,
                    .all = all,
                    .judged = run->options.quadratures_unchecked ? n : all,
                    .atol = run->options.atol_vector,
                    .t = t0,
                    .y = block,
                    .to = block + all,
                    .stage = block + 2 * all};
    for (int i = 0; i < ALL_STAGES; i++) s.k[i] = block + (3 + (size_t)i) * all;
    attndyn_ode_crossings_over(&s.crossings, run, block + (3 + ALL_STAGES) * all);
    memcpy(s.y, run->y, all * sizeof *s.y);
    enum attndyn_status status = run_steps(&s);
    attndyn_free(ctx, block);
    return status;
}
