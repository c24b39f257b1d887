/* Critical points by Newton's method: the one that the flow reaches, and those of random starts. */
#include "critical_point.h"

#include "experiments/joma/shared/components.h"
#include "sim/base/random.h"
#include "theory/joma/critical.h"

#include <string.h>

/* Largest |cosine| of v with a centre. */
static double best_cosine(const struct attndyn_critical *critical, const double *v) {
    double best = 0, n = joma_norm(v, critical->dimension);
    for (size_t c = 0; c < critical->clusters; c++) {
        const double *centre = critical->centres + c * critical->dimension;
        double dot = 0, length = joma_norm(centre, critical->dimension);
        for (size_t j = 0; j < critical->dimension; j++) dot += centre[j] * v[j];
        if (length > 0) best = fmax(best, fabs(dot) / (length * n));
    }
    return best;
}

/* The Jacobian in closed form against central differences of the flow's right-hand side. */
static double jacobian_error(struct instance *in, double *w, double *jacobian, double *up,
                             double *down) {
    size_t d = in->critical.dimension, width = d + 1;
    struct attndyn_isotropic model = {d, in->critical.clusters, in->critical.centres,
                                      critical_point_reactive, in};
    double worst = 0, scale, n = joma_norm(w, d);
    attndyn_critical_jacobian(&in->critical, w, jacobian);
    scale = joma_largest(jacobian, width * width);
    for (size_t i = 0; i < width; i++) {
        double h = 1e-5 * n, kept = w[i];
        w[i] = kept + h;
        if (attndyn_isotropic_rhs(0, w, up, &model)) return NAN;
        w[i] = kept - h;
        if (attndyn_isotropic_rhs(0, w, down, &model)) return NAN;
        w[i] = kept;
        for (size_t j = 0; j < width; j++)
            worst =
                fmax(worst, fabs((up[j] - down[j]) / (2 * h) - jacobian[j * width + i]) / scale);
    }
    return worst;
}

static enum attndyn_status no_eigenvalues(struct instance *in) {
    return attndyn_fail(in->run->ctx, ATTNDYN_RUN_FAILED,
                        "the eigenvalues of the Jacobian at a critical point did not converge");
}

/* The critical point that the flow reaches: by the flow itself, and by Newton from the flow's end.
 */
/* How far the critical point w is from the centres' directions and from those of their differences.
 */
static enum attndyn_status emit_cosines(struct instance *in, const double *w) {
    struct attndyn_critical *critical = &in->critical;
    const size_t d = critical->dimension;
    double centre_outside = INFINITY;
    for (size_t c = 0; c < critical->clusters; c++) {
        const double *centre = critical->centres + c * d;
        double dot = 0, along = 0, apart = 0, length = joma_norm(centre, d);
        if (length > 0)
            centre_outside = fmin(centre_outside,
                                  attndyn_critical_outside_differences(critical, in->work, centre));
        for (size_t j = 0; j < d; j++) {
            double difference = critical->centres[j] - centre[j];
            dot += centre[j] * w[j];
            along += difference * w[j];
            apart += difference * difference;
        }
        ATTNDYN_TRY(EMIT(in->run, cosines, .cluster = (long)c,
                         .centre = length > 0 ? dot / (length * joma_norm(w, d)) : NAN,
                         .difference = apart > 0 ? along / (sqrt(apart) * joma_norm(w, d)) : NAN));
    }
    return isfinite(centre_outside) ? SCALAR(in->run, outcome, centre_outside, centre_outside)
                                    : ATTNDYN_OK;
}

/* Rates at w, beside the spread that the model gives; value: (d + 1), the eigenvalues. */
static enum attndyn_status emit_rates(struct instance *in, const double *w, const double *value) {
    const size_t d = in->critical.dimension, width = d + 1;
    double v_max = 0, v_min = INFINITY, fast = 0, slow = INFINITY;
    for (size_t j = 0; j < width; j++) {
        ATTNDYN_TRY(EMIT(in->run, eigenvalues, .index = (long)j, .value = value[j]));
        fast = fmax(fast, fabs(value[j]));
        slow = fmin(slow, fabs(value[j]));
    }
    ATTNDYN_TRY(STATE(in->run, eigenvalues, value, width));
    for (size_t j = 0; j < d; j++) {
        v_max = fmax(v_max, fabs(w[j]));
        v_min = fmin(v_min, fabs(w[j]));
    }
    ATTNDYN_TRY(SCALAR(in->run, outcome, rate_spread, fast / slow));
    return SCALAR(in->run, outcome, model_spread, exp(0.5 * (v_max * v_max - v_min * v_min)));
}

static enum attndyn_status emit_critical(struct instance *in) {
    struct attndyn_context *ctx = in->run->ctx;
    struct attndyn_critical *critical = &in->critical;
    size_t d = critical->dimension, width = d + 1;
    double *settled, *w, *work, *jacobian, residual, t = in->p->t_settle;
    ATTNDYN_ALLOC(ctx, settled, width);
    ATTNDYN_ALLOC(ctx, w, width);
    ATTNDYN_ALLOC(ctx, work, 2 * width);
    ATTNDYN_ALLOC(ctx, jacobian, width * width);
    ATTNDYN_TRY(critical_point_integrate(in, NULL, ATTNDYN_ODE_BDF_DENSE, &t, 1, NULL, settled,
                                         "to stationarity"));
    attndyn_critical_field(critical, settled, work);
    ATTNDYN_TRY(SCALAR(in->run, outcome, settled_field, joma_largest(work, width)));
    memcpy(w, settled, width * sizeof *w);
    enum attndyn_critical_outcome outcome =
        attndyn_critical_newton(critical, in->work, w, &residual);
    if (outcome != ATTNDYN_CRITICAL_FOUND)
        return NOTE(in->run, "no critical point from this start: %s",
                    outcome == ATTNDYN_CRITICAL_DEAD ? "the node died"
                                                     : "Newton's method found none");
    if (joma_norm(w, d) <= 1e-8 * joma_norm(w, width))
        return NOTE(in->run,
                    "the flow tends to v = 0, xi = %.17g: the node's output is constant "
                    "there and v has no direction",
                    w[d]);
    ATTNDYN_TRY(SCALAR(in->run, outcome, residual, residual));
    ATTNDYN_TRY(STATE(in->run, v_star, w, d));
    ATTNDYN_TRY(STATE(in->run, xi_star, w + d, 1));
    for (size_t j = 0; j < width; j++) work[j] = w[j] - settled[j];
    ATTNDYN_TRY(SCALAR(in->run, outcome, routes, joma_norm(work, width) / joma_norm(w, width)));
    double outside = attndyn_critical_outside_differences(critical, in->work, w);
    ATTNDYN_TRY(SCALAR(in->run, outcome, outside_span, outside));
    ATTNDYN_TRY(SCALAR(in->run, outcome, best_cosine, best_cosine(critical, w)));
    ATTNDYN_TRY(emit_cosines(in, w));
    if (!attndyn_critical_eigenvalues(critical, in->work, w, work)) return no_eigenvalues(in);
    ATTNDYN_TRY(emit_rates(in, w, work));
    return SCALAR(in->run, outcome, jacobian_error,
                  jacobian_error(in, w, jacobian, work, work + width));
}

/* Critical points from random starts, each once. */
static enum attndyn_status emit_points(struct instance *in) {
    struct attndyn_context *ctx = in->run->ctx;
    struct attndyn_critical *critical = &in->critical;
    size_t d = critical->dimension, width = d + 1, found = 0, dead = 0, stuck = 0;
    size_t starts = (size_t)in->p->starts;
    double *known, *w, *values, *axis, residual, worst = 0, rank = (double)d, cosine = 0;
    ATTNDYN_ALLOC(ctx, known, (starts + 1) * width);
    ATTNDYN_ALLOC(ctx, w, width);
    ATTNDYN_ALLOC(ctx, values, width);
    ATTNDYN_ALLOC(ctx, axis, d);
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, (uint64_t)in->p->seed));
    for (size_t i = 0; i < starts; i++) {
        attndyn_random_normals(&random, in->p->start_scale, width, w);
        enum attndyn_critical_outcome outcome =
            attndyn_critical_newton(critical, in->work, w, &residual);
        dead += outcome == ATTNDYN_CRITICAL_DEAD;
        stuck += outcome == ATTNDYN_CRITICAL_STUCK;
        if (outcome != ATTNDYN_CRITICAL_FOUND || joma_norm(w, d) <= 1e-8 * joma_norm(w, width))
            continue;
        bool again = false;
        for (size_t k = 0; k < found && !again; k++) {
            double apart = 0;
            for (size_t j = 0; j < width; j++)
                apart = fmax(apart, fabs(known[k * width + j] - w[j]));
            again = apart < 1e-7 * joma_norm(w, width);
        }
        if (again) continue;
        memcpy(known + found * width, w, width * sizeof *w);
        double outside = attndyn_critical_outside_differences(critical, in->work, w);
        if (!attndyn_critical_eigenvalues(critical, in->work, w, values)) {
            attndyn_random_done(&random);
            return no_eigenvalues(in);
        }
        long rising = 0;
        for (size_t j = 0; j < width; j++) rising += values[j] > 0;
        worst = fmax(worst, outside);
        cosine = fmax(cosine, best_cosine(critical, w));
        enum attndyn_status status =
            EMIT(in->run, points, .point = (long)found, .norm = joma_norm(w, d), .xi = w[d],
                 .loss = attndyn_critical_loss(critical, w), .residual = residual,
                 .outside = outside, .cosine = best_cosine(critical, w), .unstable = rising);
        found++;
        if (status != ATTNDYN_OK) {
            attndyn_random_done(&random);
            return status;
        }
    }
    attndyn_random_done(&random);
    for (size_t j = 0; j < d; j++) {
        memset(axis, 0, d * sizeof *axis);
        axis[j] = 1;
        rank -= pow(attndyn_critical_outside_differences(critical, in->work, axis), 2);
    }
    ATTNDYN_TRY(SCALAR(in->run, outcome, points_found, (double)found));
    ATTNDYN_TRY(SCALAR(in->run, outcome, starts_dead, (double)dead));
    ATTNDYN_TRY(SCALAR(in->run, outcome, starts_stuck, (double)stuck));
    ATTNDYN_TRY(SCALAR(in->run, outcome, span_dimension, round(rank)));
    if (!found) return ATTNDYN_OK;
    return SCALAR(in->run, outcome, points_outside_span, worst);
}

enum attndyn_status critical_point_newton(struct instance *in) {
    in->work = attndyn_critical_workspace_create(&in->critical);
    if (!in->work)
        return attndyn_fail(in->run->ctx, ATTNDYN_NO_MEMORY, "out of memory: Newton's method");
    enum attndyn_status status = emit_critical(in);
    if (status == ATTNDYN_OK) status = emit_points(in);
    attndyn_critical_workspace_free(in->work);
    return status;
}
