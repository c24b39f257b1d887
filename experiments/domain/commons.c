/* One point of the map of common suppression: commons whose probability depends on the class. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/model/scansnap/flow.h"

#include <math.h>

static const struct param params[] = {
    {"common_sd", PARAM_REAL, "0.3", 0, 10,
     .doc = "sd of the log-weights of the commons, drawn for each class"},
    {"num_common", PARAM_INT, "10", 1, 1000, .doc = "common tokens G"},
    {"num_last", PARAM_INT, "2", 1, 1000, .doc = "last tokens L"},
    {"num_next_per_last", PARAM_INT, "2", 1, 1000, .doc = "classes per last token N"},
    {"num_distinct", PARAM_INT, "10", 1, 1000, .doc = "distinct tokens D of each class"},
    {"ratio", PARAM_REAL, "5", 1e-6, 1e9, .doc = "eta_Y/eta_Z"},
    {"scaled_time", PARAM_REAL, "1000", 1e-6, 1e9, .doc = "eta_Y t/K at the point"},
    {"rtol", PARAM_REAL, "1e-9", 1e-13, 1e-3, .doc = "relative tolerance"},
    {"seed", PARAM_INT, "1", .doc = "seed of the weights"},
    {0}};

static const struct preset presets[] = {{"quick", "common_sd=0", "the assumption itself"}, {0}};
static const struct table tables[] = {STATE_TABLE, {0}};
static const struct scalar scalars[] = {
    {"grown", NULL, "fraction of (last token, common token) pairs with z > 0 at the end", false},
    {"growing", NULL, "fraction with dz/dt > 0 at the end", false},
    {"distinct_shrunk", NULL, "fraction of the distinct tokens with z < 0 at the end", false},
    {0}};

struct tally {
    double pairs, grown, growing, distinct, shrunk;
};

/* A pair (m, l) is counted once, at the first class of last token m that holds l. */
static void count(const struct attndyn_flow *flow, const struct attndyn_flow_view *view,
                  const bool *seen_before, struct tally *tally) {
    const struct attndyn_distribution *d = flow->distribution;
    for (size_t e = 0; e < d->start[d->classes]; e++) {
        if (seen_before[e]) continue;
        if (flow->entry_distinct[e]) {
            tally->distinct++;
            tally->shrunk += view->z[e] < 0;
        } else {
            tally->pairs++;
            tally->grown += view->z[e] > 0;
            tally->growing += view->dz[e] > 0;
        }
    }
}

static enum attndyn_status first_of_pair(struct attndyn_context *ctx,
                                         const struct attndyn_flow *flow, bool **out) {
    const struct attndyn_distribution *d = flow->distribution;
    bool *seen, *taken;
    ATTNDYN_ALLOC(ctx, seen, d->start[d->classes]);
    ATTNDYN_ALLOC(ctx, taken, flow->n - flow->z_at);
    for (size_t e = 0; e < d->start[d->classes]; e++) {
        seen[e] = taken[flow->entry_z[e]];
        taken[flow->entry_z[e]] = true;
    }
    *out = seen;
    return ATTNDYN_OK;
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    if (param_int(p, "num_last") * param_int(p, "num_next_per_last") < 2)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "num_last = num_next_per_last = 1: one class alone shares no token: "
                            "expected two classes or more");
    struct attndyn_symmetric_family family;
    ATTNDYN_TRY(attndyn_family_authors(
        ctx, (size_t)param_int(p, "num_last"), (size_t)param_int(p, "num_next_per_last"),
        (size_t)param_int(p, "num_common"), (size_t)param_int(p, "num_distinct"), &family));
    const struct attndyn_random_spread spread = {.common_sd = param_real(p, "common_sd"),
                                                 .seed = (uint64_t)param_int(p, "seed")};
    struct attndyn_distribution *d;
    ATTNDYN_TRY(attndyn_distribution_random(ctx, &family, ATTNDYN_COLUMNS_NEXT, &spread, &d));
    const struct attndyn_flow_options options = {.eta_y = 1, .eta_z = 1 / param_real(p, "ratio")};
    struct attndyn_flow *flow;
    ATTNDYN_TRY(attndyn_flow_create(ctx, d, &options, &flow));
    struct attndyn_ode_problem problem = attndyn_flow_problem(flow);
    struct attndyn_ode_options solver = attndyn_ode_defaults(ATTNDYN_ODE_ADAMS);
    solver.rtol = param_real(p, "rtol");
    double t = param_real(p, "scaled_time") * (double)d->classes;
    struct attndyn_ode_statistics statistics;
    ATTNDYN_TRY(
        attndyn_ode_solve(ctx, &problem, &solver, 0, flow->initial, &t, 1, NULL, &statistics));
    ATTNDYN_TRY(results_solver(ctx, results, "coupled", &statistics));
    struct attndyn_flow_view *view;
    ATTNDYN_TRY(attndyn_flow_view_create(ctx, flow, &view));
    attndyn_flow_observe(flow, flow->initial, view);
    bool *seen;
    ATTNDYN_TRY(first_of_pair(ctx, flow, &seen));
    struct tally tally = {0};
    count(flow, view, seen, &tally);
    ATTNDYN_TRY(results_scalar(ctx, results, "grown", tally.grown / tally.pairs));
    ATTNDYN_TRY(results_scalar(ctx, results, "growing", tally.growing / tally.pairs));
    ATTNDYN_TRY(results_scalar(ctx, results, "distinct_shrunk", tally.shrunk / tally.distinct));
    return results_emit_state(ctx, results, "z", flow->initial + flow->z_at, flow->n - flow->z_at);
}

static enum attndyn_status check_shared(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *results, struct verdict *v) {
    (void)ctx;
    if (param_real(p, "common_sd") > 0)
        return verdict_skip(v, "the theorem assumes commons alike in all classes (common_sd = 0)");
    return verdict_at_most(v, results_scalar_value(results, "grown"), 0,
                           "fraction of commons grown");
}

static const struct check *const checks[] = {
    &(const struct check){"D1.shared-commons-fall", CHECK_CLAIM, "commons alike in all classes are suppressed",
     "Scan&Snap, common suppression", "a common token that all classes share alike ends above 0",
     check_shared},
    NULL};

const struct experiment experiment_domain_commons = {
    .id = "domain/commons",
    .title = "One point of the map of common suppression: class-dependent commons",
    .source = "Scan&Snap (arXiv 2305.16380), common suppression and distinct growth",
    .doc = "The full flow on the authors' set with every common weight multiplied by exp(common_sd "
           "x), x normal, drawn for each class; which commons end above their start, and which "
           "distinct tokens below. With common_sd = 0 none does. Made for sweeps: `attndyn sweep "
           "--preset scansnap-class-dependent-commons`.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .checks = checks,
    .run = run};
