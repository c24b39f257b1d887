/* A common token that grows, and distinct tokens that end by shrinking. */
#include "experiments/scansnap/shared/full_solve.h"
#include "fates.h"

struct watch {
    const struct trial *run;
    enum data set;
    struct attndyn_flow *flow;
    struct attndyn_flow_view *view;
    /* of the first distinct token of class 0 */
    size_t entry;
    double peak, t_turn, t_zero, t_before, z_before, dz_before;
};

static enum attndyn_status see(void *user, size_t index, double t, const double *y) {
    struct watch *w = user;
    const struct attndyn_distribution *d = w->flow->distribution;
    attndyn_flow_observe(w->flow, y, w->view);
    double z = w->view->z[w->entry];
    w->peak = fmax(w->peak, z);
    /* interpolated linearly in ln t */
    if (isnan(w->t_zero) && index > 0 && w->z_before > 0 && z <= 0)
        w->t_zero = t * pow(w->t_before / t, z / (z - w->z_before));
    double dz = w->view->dz[w->entry];
    if (isnan(w->t_turn) && index > 0 && w->dz_before > 0 && dz <= 0)
        w->t_turn = t * pow(w->t_before / t, dz / (dz - w->dz_before));
    w->t_before = t;
    w->dz_before = dz;
    w->z_before = z;
    for (size_t n = 0; n < d->classes; n++)
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            ATTNDYN_TRY(EMIT(w->run, cases, .data = data_names[w->set],
                             .eta_y = w->flow->options.eta_y, .t = t, .class = (long)n,
                             .token = (long)d->token[e],
                             .kind = w->flow->entry_distinct[e] ? "distinct" : "common",
                             .z = w->view->z[e], .dz = w->view->dz[e]));
    return ATTNDYN_OK;
}

/* Solves the watched set from zero to t[count-1]; y: the state at the end. */
static enum attndyn_status solve(struct watch *w, double eta_y, const double *t, size_t count,
                                 double **y) {
    struct attndyn_context *ctx = w->run->ctx;
    struct attndyn_distribution *d;
    const struct attndyn_flow_options options = {.eta_y = eta_y, .eta_z = 1};
    ATTNDYN_TRY(scansnap_example(ctx, w->set, &d));
    ATTNDYN_TRY(attndyn_flow_create(ctx, d, &options, &w->flow));
    ATTNDYN_TRY(attndyn_flow_view_create(ctx, w->flow, &w->view));
    while (!w->flow->entry_distinct[w->entry]) w->entry++;
    w->t_turn = w->t_zero = NAN;
    struct attndyn_ode_options how = scansnap_ode_options(w->run);
    const struct attndyn_ode_observer observer = {.output = see, .user = w};
    how.rtol = fmin(how.rtol, 1e-10);
    return full_solve(w->run, w->flow, &how, t, count, &observer,
                      attndyn_format(ctx, "%s %g", data_names[w->set], eta_y), y);
}

enum attndyn_status fates_growing_common(const struct trial *run) {
    enum { COUNT = 100 };
    struct watch w = {.run = run, .set = data_growing_common};
    double t[COUNT], Z[12], *y;
    attndyn_grid_logarithmic(1e-2, 1e5, COUNT, t);
    ATTNDYN_TRY(solve(&w, 5, t, COUNT, &y));
    attndyn_flow_expand_z(w.flow, y, Z);
    ATTNDYN_TRY(STATE(run, z, Z, 12));
    ATTNDYN_TRY(SCALAR(run, found, growing_common, fmax(Z[0], Z[1])));
    ATTNDYN_TRY(SCALAR(run, found, falling_common, fmin(Z[0], Z[1])));
    return SCALAR(run, found, distinct_beside, Z[2]);
}

enum attndyn_status fates_declining_distinct(const struct trial *run, const struct fates *p) {
    enum { COUNT = 400 };
    double t[COUNT], *y;
    attndyn_grid_logarithmic(1e-2, p->decline_end, COUNT, t);
    for (size_t i = 0; i < p->decline_rates.count; i++) {
        struct watch w = {.run = run, .set = data_declining_distinct};
        double rate = p->decline_rates.at[i];
        ATTNDYN_TRY(solve(&w, rate, t, COUNT, &y));
        double law = log(rate * w.t_turn);
        ATTNDYN_TRY(EMIT(run, decline, .eta_y = rate, .z_max = w.peak, .t_turn = w.t_turn,
                         .law = law * law / rate, .t_zero = w.t_zero, .z_end = w.view->z[w.entry]));
    }
    /* the reference values, at t = 1e5 */
    struct watch w = {.run = run, .set = data_declining_distinct};
    attndyn_grid_logarithmic(1e-2, 1e5, COUNT, t);
    ATTNDYN_TRY(solve(&w, 5, t, COUNT, &y));
    ATTNDYN_TRY(SCALAR(run, found, declined, w.view->z[w.entry]));
    return SCALAR(run, found, declined_peak, w.peak);
}
