/* One point of the map of common suppression: commons whose probability depends on the class. */
#include "experiments/domain/shared/point.h"
#include "sim/model/scansnap/flow.h"

#define COMMONS(X)                                                                                 \
    X(REAL, common_sd, "0.3",                                                                      \
      "standard deviation of the common tokens' log-weights, drawn for each class", IN(0, 10))     \
    X(INT, num_common, "10", "common tokens G", IN(1, 1000))                                       \
    X(INT, num_last, "2", "last tokens L", IN(1, 1000))                                            \
    X(INT, num_next_per_last, "2", "classes per last token N", IN(1, 1000))                        \
    X(INT, num_distinct, "10", "distinct tokens D of each class", IN(1, 1000))                     \
    X(REAL, ratio, "5", "eta_Y/eta_Z", IN(1e-6, 1e9))                                              \
    X(REAL, scaled_time, "1000", "eta_Y t/K at the point", IN(1e-6, 1e9))                          \
    X(REAL, rtol, "1e-9", "relative tolerance", IN(1e-13, 1e-3))                                   \
    X(INT, seed, "1", "seed of the weights")
PARAMS(commons, COMMONS)

#define OUTCOME(X)                                                                                 \
    X(REAL, grown, "share of the pairs of a last and a common token with z > 0 at the end")        \
    X(REAL, growing, "share of these pairs with dz/dt > 0 at the end")                             \
    X(REAL, distinct_shrunk, "share of the distinct tokens with z < 0 at the end")
SCALARS(outcome, OUTCOME)

struct pairs {
    double pairs, grown, growing, distinct, shrunk;
};

/* A pair (m, l) is counted once, at the first class of last token m that holds l. */
static void count(const struct attndyn_flow *flow, const struct attndyn_flow_view *view,
                  const bool *seen_before, struct pairs *tally) {
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

RUN(commons) {
    if (p->num_last * p->num_next_per_last < 2)
        return attndyn_fail(
            run->ctx, ATTNDYN_USAGE,
            "num_last = num_next_per_last = 1: one class alone shares no token: expected two "
            "classes or more");
    struct attndyn_symmetric_family family;
    ATTNDYN_TRY(attndyn_family_authors(run->ctx, (size_t)p->num_last, (size_t)p->num_next_per_last,
                                       (size_t)p->num_common, (size_t)p->num_distinct, &family));
    const struct attndyn_random_spread spread = {.common_sd = p->common_sd,
                                                 .seed = (uint64_t)p->seed};
    struct attndyn_distribution *d;
    ATTNDYN_TRY(attndyn_distribution_random(run->ctx, &family, ATTNDYN_COLUMNS_NEXT, &spread, &d));
    const struct attndyn_flow_options options = {.eta_y = 1, .eta_z = 1 / p->ratio};
    struct attndyn_flow *flow;
    ATTNDYN_TRY(attndyn_flow_create(run->ctx, d, &options, &flow));
    struct attndyn_ode_problem problem = attndyn_flow_problem(flow);
    double t = p->scaled_time * (double)d->classes;
    ATTNDYN_TRY(
        point_solve(run, "coupled", &problem, ATTNDYN_ODE_ADAMS, p->rtol, t, flow->initial));
    struct attndyn_flow_view *view;
    ATTNDYN_TRY(attndyn_flow_view_create(run->ctx, flow, &view));
    attndyn_flow_observe(flow, flow->initial, view);
    bool *seen;
    ATTNDYN_TRY(first_of_pair(run->ctx, flow, &seen));
    struct pairs tally = {0};
    count(flow, view, seen, &tally);
    ATTNDYN_TRY(SET(run, outcome, .grown = tally.grown / tally.pairs,
                    .growing = tally.growing / tally.pairs,
                    .distinct_shrunk = tally.shrunk / tally.distinct));
    return STATE(run, z, flow->initial + flow->z_at, flow->n - flow->z_at);
}

#define PARAMETERS commons

CLAIM(shared_commons_fall, "D1.shared-commons-fall", DERIVED,
      "Common tokens that all classes share alike lose attention: from z = 0 no attention logit z "
      "of one ends above 0.",
      "one common token ends with a logit above 0") {
    if (p->common_sd > 0)
        return verdict_skip(v, "the theorem assumes commons alike in all classes (common_sd = 0)");
    return verdict_at_most(v, SCALAR_OF(run, outcome, grown), 0,
                           "share of the pairs of a last and a common token with z > 0");
}

static const struct check *const commons_claims[] = {&shared_commons_fall, NULL};

const struct experiment experiment_domain_commons = {
    .id = "domain/commons",
    .title = "One point of the map of common suppression: class-dependent commons",
    .source = "Scan&Snap (arXiv 2305.16380), common suppression and distinct growth",
    .doc = "The full flow on the authors' set with every common weight multiplied by exp(common_sd "
           "x), x normal, drawn for each class; which commons end above their start, and which "
           "distinct tokens below. With common_sd = 0 none does. Made for sweeps: `attndyn sweep "
           "--preset scansnap-class-dependent-commons`.",
    .presets = (const struct preset[]){{"quick", "common_sd=0", "the assumption itself"}, {0}},
    .tables = TABLES(the_state),
    PARTS_OF(commons, outcome)};
