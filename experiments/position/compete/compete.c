#include "compete.h"

#include "experiments/shared/kept.h"
#include "sim/model/position/compete.h"
#include "sim/model/position/flow.h"
#include "theory/position/laws.h"

#include <string.h>

static enum attndyn_status create(const struct trial *run, const struct compete *p, bool internal,
                                  struct attndyn_compete **model) {
    if (p->shares.count != p->commons.count)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "%zu shares and %zu values of commons: expected one of each for every "
                            "bucket",
                            p->shares.count, p->commons.count);
    const struct attndyn_compete_options options = {p->eta_y, 1, p->ratio, internal};
    return attndyn_compete_create(run->ctx, (size_t)p->classes, (size_t)p->num_next_per_last,
                                  p->shares.count, p->shares.at, p->commons.at, &options, model);
}

/* Buckets without any of the class's own tokens. */
static double pure_commons(const struct compete *p) {
    double n = 0;
    for (size_t r = 0; r < p->commons.count; r++) n += p->commons.at[r] == 1;
    return n;
}

static double share_of(const struct compete *p, const struct attndyn_compete *m, const double *q_d,
                       const double *q_c) {
    return attndyn_compete_share((double)m->K, (double)m->N, 1, p->ratio, m->R, q_d, q_c);
}

/* apart: (count) or NULL. */
static enum attndyn_status emit(const struct trial *run, const struct compete *p,
                                const struct attndyn_compete *m, const struct kept *kept, bool late,
                                const double *apart) {
    struct attndyn_compete_seen seen, start;
    double *q_d, *q_c, *zero;
    ATTNDYN_ALLOC(run->ctx, q_d, m->R);
    ATTNDYN_ALLOC(run->ctx, q_c, m->R);
    ATTNDYN_ALLOC(run->ctx, zero, m->n);
    attndyn_compete_see(m, zero, NULL, NULL, &start);
    for (size_t i = 0; i < kept->count; i++) {
        const double *y = kept_at(kept, i);
        attndyn_compete_see(m, y, q_d, q_c, &seen);
        double content = y[ATTNDYN_COMPETE_Z_D] - y[ATTNDYN_COMPETE_Z_C];
        ATTNDYN_TRY(EMIT(run, course, .t = kept->t[i], .late = late, .odds = seen.odds,
                         .content = content / (seen.odds - start.odds),
                         .rate_share = seen.content_rate / seen.odds_rate,
                         .predicted = share_of(p, m, q_d, q_c), .full = apart ? apart[i] : NAN));
        for (size_t r = 0; r < m->R; r++)
            ATTNDYN_TRY(EMIT(run, positions, .t = kept->t[i], .late = late, .position = (long)r + 1,
                             .commons = p->commons.at[r], .p = y[ATTNDYN_COMPETE_P + r]));
    }
    return ATTNDYN_OK;
}

/* The whole flow at the same times: largest difference of a logit. */
static enum attndyn_status whole(const struct trial *run, const struct compete *p,
                                 const struct attndyn_compete *m, const struct kept *kept,
                                 double *apart) {
    struct attndyn_placed *data;
    struct attndyn_positions *full;
    struct kept all;
    double *y;
    ATTNDYN_TRY(attndyn_placed_create(run->ctx, m->K, m->K + 1, m->R, &data));
    memcpy(data->share, p->shares.at, m->R * sizeof *data->share);
    for (size_t n = 0; n < m->K; n++) {
        data->query[n] = n / m->N;
        for (size_t r = 0; r < m->R; r++) {
            attndyn_placed_law(data, r, n)[0] = p->commons.at[r];
            attndyn_placed_law(data, r, n)[1 + n] = 1 - p->commons.at[r];
        }
    }
    ATTNDYN_TRY(attndyn_placed_complete(run->ctx, data));
    const struct attndyn_positions_options options = {
        .eta_y = p->eta_y, .eta_z = 1, .eta_p = p->ratio, .code = ATTNDYN_POSITION_FREE};
    ATTNDYN_TRY(attndyn_positions_create(run->ctx, data, &options, &full));
    ATTNDYN_ALLOC(run->ctx, y, full->n);
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    ATTNDYN_TRY(kept_solve(run, "whole", &full->problem, &solver, y, kept->t, kept->count, &all));
    for (size_t i = 0; i < kept->count; i++) {
        const double *a = kept_at(kept, i), *b = kept_at(&all, i);
        apart[i] = 0;
        worst(&apart[i], a[ATTNDYN_COMPETE_Z_C] - b[full->at_z]);
        worst(&apart[i], a[ATTNDYN_COMPETE_Z_D] - b[full->at_z + 1]);
        for (size_t r = 0; r < m->R; r++)
            worst(&apart[i], a[ATTNDYN_COMPETE_P + r] - b[full->at_p + r]);
    }
    return ATTNDYN_OK;
}

RUN(compete) {
    struct attndyn_compete *model, *late;
    struct attndyn_compete_seen seen;
    struct kept kept, after;
    double *y, *times, *q_d, *q_c, *apart = NULL;
    size_t count;
    ATTNDYN_TRY(kept_needs(run, "shares", p->shares));
    ATTNDYN_TRY(create(run, p, false, &model));
    ATTNDYN_ALLOC(run->ctx, y, model->n);
    ATTNDYN_ALLOC(run->ctx, q_d, model->R);
    ATTNDYN_ALLOC(run->ctx, q_c, model->R);
    attndyn_compete_see(model, y, q_d, q_c, &seen);
    ATTNDYN_TRY(SCALAR(run, compete_scalars, early_share, share_of(p, model, q_d, q_c)));
    ATTNDYN_TRY(kept_grid(run, 1e-2, p->t_end, p->per_decade, &times, &count));
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_BDF_DENSE, p->rtol);
    ATTNDYN_TRY(kept_solve(run, "reduced", &model->problem, &solver, y, times, count, &kept));
    if (p->classes <= p->full_classes) {
        ATTNDYN_ALLOC(run->ctx, apart, count);
        ATTNDYN_TRY(whole(run, p, model, &kept, apart));
    }
    ATTNDYN_TRY(emit(run, p, model, &kept, false, apart));
    double start = seen.odds;
    const double *end = kept_at(&kept, count - 1);
    attndyn_compete_see(model, end, NULL, NULL, &seen);
    ATTNDYN_TRY(
        SCALAR(run, compete_scalars, content_share,
               (end[ATTNDYN_COMPETE_Z_D] - end[ATTNDYN_COMPETE_Z_C]) / (seen.odds - start)));

    ATTNDYN_TRY(create(run, p, true, &late));
    double *sigma;
    ATTNDYN_TRY(kept_grid(run, 1e-2, p->sigma_late, p->per_decade, &sigma, &count));
    ATTNDYN_TRY(kept_solve(run, "late", &late->problem, &solver, y, sigma, count, &after));
    ATTNDYN_TRY(emit(run, p, late, &after, true, NULL));
    attndyn_compete_see(late, kept_at(&after, count - 1), NULL, NULL, &seen);
    ATTNDYN_TRY(SCALAR(run, compete_scalars, late_share, seen.content_rate / seen.odds_rate));
    double pure = pure_commons(p);
    return SCALAR(
        run, compete_scalars, late_predicted,
        attndyn_compete_late((double)model->K, (double)model->N, 1, p->ratio, fmax(1, pure)));
}

static const struct figure figures[] = {
    {"compete", "position/compete/compete.gp",
     "(a) The share that content has in the growth of the log odds of attention, in its rate (solid) "
     "and so far (dashed). (b) Position logits in internal time: the largest bucket without commons "
     "takes all; buckets of commons only level out."},
    {0}};

const struct experiment experiment_position_compete = {
    .id = "position/compete",
    .title = "Content against position: which of them attention learns by",
    .source = "derived here; the talk leaves positional encoding open",
    .doc =
        "One distinct token per class and one common token, in buckets with different shares of commons "
        "s_r. Both z and p raise attention to the distinct token; content's share in the rate is X_z/"
        "(X_z + X_p), X_z = eta_z (1 + N)/K, X_p = eta_p sum_r (q_d(r) - q_c(r))^2. A position learns "
        "K-fold faster than a distinct token, as all classes train it. Late X_p -> eta_p (1 + 1/R_c) "
        "with R_c buckets of commons only.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: a tenth of a second"}, {0}},
    .tables = TABLES(course, positions),
    .figures = figures,
    PARTS_OF(compete, compete_scalars)};
