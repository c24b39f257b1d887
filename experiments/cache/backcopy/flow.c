/* Scan&Snap's flow (one layer, no positions, the context normalised) on the chain's statistics. */
#include "backcopy.h"

#include "experiments/shared/kept.h"
#include "sim/model/scansnap/flow.h"

enum attndyn_status backcopy_flow(const struct trial *run, const struct backcopy *p,
                                  const struct chain *chain) {
    struct attndyn_distribution *d;
    struct attndyn_flow *flow;
    struct attndyn_flow_view *view;
    struct kept kept;
    double entropy, *times;
    size_t *next, count, bos = chain->symbols;
    ATTNDYN_TRY(chain_distribution(run, chain, (size_t)p->length, &d, &next, &entropy));
    ATTNDYN_TRY(SET(run, found, .entropy = entropy, .classes = (double)d->classes));
    const struct attndyn_flow_options options = {.eta_y = 1, .eta_z = 1};
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, d, &options, &flow));
    ATTNDYN_TRY(attndyn_flow_view_create(run->ctx, flow, &view));
    ATTNDYN_TRY(kept_grid(run, fmin(0.1, p->flow_end / 10), p->flow_end, 5, &times, &count));
    const struct attndyn_ode_problem problem = attndyn_flow_problem(flow);
    const struct attndyn_ode_options solver = kept_options(ATTNDYN_ODE_DOP853, p->rtol);
    ATTNDYN_TRY(
        kept_solve(run, "Scan&Snap's flow", &problem, &solver, flow->initial, times, count, &kept));
    for (size_t i = 0; i < count; i++) {
        double first[2] = {0, 0}, mass[2] = {0, 0}, back = 0;
        attndyn_flow_observe(flow, kept_at(&kept, i), view);
        for (size_t k = 0; k < d->classes; k++) {
            const bool trigger = d->last[k] < chain->triggers;
            const double w = d->class_probability[k];
            mass[trigger] += w;
            for (size_t e = d->start[k]; e < d->start[k + 1]; e++) {
                if (d->token[e] == bos) first[trigger] += w * view->c[e];
                if (trigger && d->token[e] == next[k]) back += w * view->c[e];
            }
        }
        ATTNDYN_TRY(EMIT(run, flow, .t = times[i], .loss = view->loss,
                         .other_first = first[0] / mass[0], .trigger_first = first[1] / mass[1],
                         .trigger_back = back / mass[1]));
    }
    return ATTNDYN_OK;
}
