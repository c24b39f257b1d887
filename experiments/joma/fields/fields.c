/* JoMA's vector fields, Jacobians, steps and closed forms, each by another route. */
#include "fields.h"

RUN(fields) {
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)p->seed, "fields", 0)));
    enum attndyn_status status = fields_joint(run, p, &random);
    if (!status) status = fields_reduced(run, p, &random);
    if (!status) status = fields_closed(run, p, &random);
    attndyn_random_done(&random);
    return status;
}

const struct experiment experiment_joma_fields = {
    .id = "joma/fields",
    .title = "JoMA's vector fields, by other routes",
    .source = "sim/model/joma/joint.h",
    .doc = "Every right-hand side that the other experiments integrate, at unequal rates, a "
           "temperature, several queries and random states: against differences of its loss or "
           "against its formula, its Jacobians against differences of it. Steps of descent "
           "against flows, minibatches against their samples, closed forms against their "
           "equations, the integrator of large V (row by row) against its order.",
    .presets = (const struct preset[]){{"quick", "", "the defaults: an instant"},
                                       {"hot", "temperature=3 eta_w=2 eta_z=0.5",
                                        "other rates, another temperature"},
                                       {0}},
    .tables = TABLES(compared, order, refused),
    .figures =
        (const struct figure[]){
            {"fields", "joma/fields/fields.gp",
             "Errors of all comparisons, by part: flows, Jacobians and closed forms as far as "
             "differences reach, steps of descent to rounding."},
            {0}},
    PARTS_OF(fields, summary)};
