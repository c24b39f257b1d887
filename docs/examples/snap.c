/* The project's own models through the library: Scan&Snap's flow on ten classes, one common and two distinct
 * tokens each, and how the attention snaps.
 *
 *   cc snap.c $(pkg-config --cflags --libs attndyn) -lm -o snap && ./snap
 *
 * z: the attention logits of the distinct tokens (probabilities 1 : 0.6), w: that of the common one. Their sum over
 * the tokens of the ten classes stays 0: 10 (z1 + z2) + w. */
#include <math.h>
#include <sim/model/scansnap/reduced.h>
#include <stdio.h>

static enum attndyn_status show(void *user, size_t index, double t, const double *y) {
    const struct attndyn_reduced *model = user;
    struct attndyn_reduced_seen seen;
    (void)index;
    attndyn_reduced_see(model, t, y, &seen);
    const double *z = y + model->at_z, *w = y + model->at_w;
    printf("eta_Y t/K = %9.3g  z = %+.6f %+.6f  w = %+.6f  loss = %.6f  sum = %+.1e\n", seen.scaled_time, z[0], z[1],
           w[0], seen.loss, (double)model->N * (z[0] + z[1]) + w[0]);
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx) {
    const double distinct[] = {1, 0.6}, common[] = {1};
    struct attndyn_symmetric_family family;
    struct attndyn_reduced *model;
    double times[6], *y;
    /* ten classes, all with the same last token: one query */
    ATTNDYN_TRY(attndyn_family_create(ctx, 10, 10, distinct, 2, common, 1, &family));
    const struct attndyn_reduced_options options = {.eta_y = 1, .eta_z = 1};
    ATTNDYN_TRY(attndyn_reduced_create(ctx, &family, &options, &model));
    ATTNDYN_ALLOC(ctx, y, model->n); /* zeros: Y = Z = 0 */
    attndyn_grid_logarithmic(1e1, 1e6, 6, times);
    const struct attndyn_ode_options solver = attndyn_ode_defaults(ATTNDYN_ODE_BDF_DENSE);
    const struct attndyn_ode_observer observer = {.output = show, .user = model};
    return attndyn_ode_solve(ctx, &model->problem, &solver, 0, y, times, 6, &observer, NULL);
}

int main(void) {
    struct attndyn_context *ctx = attndyn_context_create();
    if (!ctx) return ATTNDYN_NO_MEMORY;
    enum attndyn_status status = run(ctx);
    if (status) fprintf(stderr, "%s\n", attndyn_message(ctx));
    attndyn_context_free(ctx);
    return (int)status;
}
