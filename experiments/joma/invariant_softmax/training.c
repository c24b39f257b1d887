#include "training.h"

#include "experiments/joma/shared/components.h"
#include "sim/observe/correlation.h"
#include "sim/observe/entropy.h"
#include "theory/joma/invariant.h"

#include <string.h>

enum form { HOLDS, WHOLE, PRINTED, MOVING, EXACT, FORMS };

struct watch {
    const struct attndyn_joma *model;
    struct attndyn_joma_work *work;
    double *xbar;            /* (M): mean column of X */
    double *z0;              /* (M) */
    double *start[FORMS];    /* (M): the estimates without constant, at the start */
    double *estimate;        /* (M) */
    double *square;          /* (M) */
    double *moving, *exact;  /* (M): second terms added up so far */
    double *second, *mean;   /* (M) */
    double *gradient;        /* (size) */
    double *moved_z, *moved; /* (M) */
};

static enum attndyn_status watch_create(struct attndyn_context *ctx, const struct attndyn_joma *m,
                                        struct watch *w) {
    size_t M = m->tokens;
    *w = (struct watch){.model = m};
    double **arrays[] = {&w->xbar,  &w->z0,     &w->estimate, &w->square,  &w->moving,
                         &w->exact, &w->second, &w->mean,     &w->moved_z, &w->moved};
    ATTNDYN_TRY(attndyn_joma_work_create(ctx, m, &w->work));
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) ATTNDYN_ALLOC(ctx, *arrays[i], M);
    for (int f = 0; f < FORMS; f++) ATTNDYN_ALLOC(ctx, w->start[f], M);
    ATTNDYN_ALLOC(ctx, w->gradient, attndyn_joma_size(m));
    for (size_t i = 0; i < m->samples; i++)
        for (size_t l = 0; l < M; l++) w->xbar[l] += m->p[i] * m->x[i * M + l];
    return ATTNDYN_OK;
}

/* The estimate of a form, without its constant. */
static void estimate(const struct watch *w, enum form form, double total, double total_w,
                     double *to) {
    const struct attndyn_joma *m = w->model;
    double r = m->eta_z / m->eta_w, T = m->temperature;
    for (size_t l = 0; l < m->tokens; l++) switch (form) {
        case HOLDS:
            to[l] = attndyn_joma_softmax_holds(r, T, w->square[l], total, w->xbar[l]);
            break;
        case WHOLE:
            to[l] = attndyn_joma_softmax_holds(r, T, w->square[l], total_w, w->xbar[l]);
            break;
        case PRINTED:
            to[l] = attndyn_joma_softmax_printed(r, T, w->square[l], total, w->xbar[l]);
            break;
        case MOVING:
            to[l] = -attndyn_joma_constant_softmax(r, T, 0, w->square[l], w->moving[l]);
            break;
        case EXACT:
        case FORMS:
            to[l] = -attndyn_joma_constant_softmax(r, T, 0, w->square[l], w->exact[l]);
            break;
        }
}

static double centred_slope(size_t n, const double *x, const double *y) {
    double mx = 0, my = 0, xy = 0, xx = 0;
    for (size_t l = 0; l < n; l++) mx += x[l] / (double)n, my += y[l] / (double)n;
    for (size_t l = 0; l < n; l++) xy += (x[l] - mx) * (y[l] - my), xx += (x[l] - mx) * (x[l] - mx);
    return xx > 0 ? xy / xx : NAN;
}

static struct softmax_estimate judge(struct watch *w, enum form form, double total, double total_w,
                                     const double *z) {
    struct softmax_estimate judged;
    size_t M = w->model->tokens;
    estimate(w, form, total, total_w, w->estimate);
    for (size_t l = 0; l < M; l++) {
        w->moved[l] = w->estimate[l] - w->start[form][l];
        w->moved_z[l] = z[l] - w->z0[l];
    }
    judged.slope = centred_slope(M, w->moved_z, w->moved);
    for (size_t l = 0; l < M; l++) w->estimate[l] = w->moved[l] + w->z0[l];
    judged.correlation = attndyn_centred_correlation(M, w->estimate, z, ATTNDYN_NC_GUARD);
    judged.error = attndyn_relative_distance(M, w->estimate, z);
    return judged;
}

static double total_squares(size_t n, const double *x) {
    double sum = 0;
    for (size_t a = 0; a < n; a++) sum += x[a] * x[a];
    return sum;
}

static void look(struct watch *w, size_t iteration, const double *state, struct softmax_seen *s) {
    const struct attndyn_joma *m = w->model;
    size_t M = m->tokens, xo = attndyn_joma_xi_offset(m);
    const double *z = state + attndyn_joma_z_offset(m);
    *s = (struct softmax_seen){.iteration = iteration};
    double total = attndyn_joma_squares(M, m->hidden, state, w->square);
    double total_w = total + total_squares(m->hidden, state + xo);
    if (iteration == 0) {
        memcpy(w->z0, z, M * sizeof *z);
        for (int f = 0; f < FORMS; f++) estimate(w, (enum form)f, total, total_w, w->start[f]);
    }
    s->holds = judge(w, HOLDS, total, total_w, z);
    s->whole = judge(w, WHOLE, total, total_w, z);
    s->printed = judge(w, PRINTED, total, total_w, z);
    s->moving = judge(w, MOVING, total, total_w, z);
    s->exact = judge(w, EXACT, total, total_w, z);
    double half = 0.5 * m->eta_z / m->eta_w / m->temperature;
    for (size_t l = 0; l < M; l++) w->moved[l] = half * w->square[l];
    s->nc_z1 = attndyn_centred_correlation(M, w->moved, z, ATTNDYN_NC_GUARD);
    for (size_t l = 0; l < M; l++) w->moved[l] = -half * total * w->xbar[l];
    s->nc_z2 = attndyn_centred_correlation(M, w->moved, z, ATTNDYN_NC_GUARD);
    for (size_t l = 0; l < M; l++) s->sum_z += z[l] - w->z0[l];
    s->sum_z /= fmax(1, joma_largest(z, M));

    s->loss = attndyn_joma_loss(w->work, state);
    attndyn_joma_gradient(w->work, NULL, NULL, 0, state, w->gradient);
    double power = attndyn_joma_second_term(w->work, w->second, w->mean), off = 0, size = 0;
    for (size_t l = 0; l < M; l++) {
        double claimed = w->mean[l] * power;
        off += (w->second[l] - claimed) * (w->second[l] - claimed);
        size += claimed * claimed;
    }
    s->residual = size > 0 ? sqrt(off / size) : NAN;
    double sum_size = 0, term_size = 0;
    for (size_t i = 0; i < m->samples; i++) {
        double sum = 0, terms = 0;
        for (size_t k = 0; k < m->hidden; k++) {
            sum += w->work->q[i * m->hidden + k];
            terms += fabs(w->work->q[i * m->hidden + k]);
        }
        worst(&sum_size, sum);
        term_size = fmax(term_size, terms);
    }
    s->summed = sum_size / term_size;
    s->variation = attndyn_total_variation(M, w->mean, w->xbar);
    for (size_t i = 0; i < m->samples; i++)
        s->entropy += attndyn_entropy(M, w->work->b + i * M) / (double)m->samples;
}

enum attndyn_status softmax_train(struct attndyn_context *ctx, const struct softmax_track *track) {
    const struct attndyn_joma *m = track->model;
    struct watch w;
    struct softmax_seen seen;
    uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_TRY(watch_create(ctx, m, &w));
    for (size_t s = 0; s < track->steps; s++) {
        if (s % track->every == 0 || s + 1 == track->steps) {
            ATTNDYN_TRY(attndyn_check_interrupt(ctx));
            look(&w, s, track->state, &seen);
            if (!isfinite(seen.loss))
                return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                    "descent with rate %g leaves the range of doubles by step %zu: "
                                    "take a smaller rate",
                                    track->lr, s);
            ATTNDYN_TRY(track->seen(track->user, track->state, &seen));
        }
        attndyn_joma_step(w.work, NULL, NULL, 0, track->lr, track->state);
        double power = attndyn_joma_second_term(w.work, w.second, w.mean);
        for (size_t l = 0; l < m->tokens; l++) {
            w.moving[l] += track->lr * m->eta_w * w.mean[l] * power;
            w.exact[l] += track->lr * m->eta_w * w.second[l];
        }
    }
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}
