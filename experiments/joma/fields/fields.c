/* JoMA's vector fields, Jacobians, steps and closed forms, each by another route. */
#include "fields.h"

#include <string.h>

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

#define PARAMETERS fields

static double worst_of(const struct trial *run, const char *part, size_t *count) {
    double off = 0;
    *count = 0;
    EACH_ROW (run, compared, r) {
        if (strcmp(r->part, part) != 0) continue;
        worst(&off, r->error);
        ++*count;
    }
    return *count ? off : INFINITY;
}

/* The five-point formula errs by h^4 f'''''/30, with h = 1e-3 by 1e-12 times a derivative that
 * grows with steep exponentials; rounding adds 1e-16/h. Steps and closed forms are exact but for
 * rounding and the same differences. */
#define DIFFERENCES 1e-7
#define OTHER_STEPS                                                                                \
    if (p->step > 2e-3)                                                                            \
    return verdict_skip(v, "claimed for differences over 2e-3 or less; here step is %g", p->step)

CLAIM(flows, "JF.flows", CONTRACT,
      "Every right-hand side is the gradient of its loss times its rates, or its formula, for all "
      "kinds of attention, losses, activations, forms and clocks.",
      "a rate is off by more than {bound} of the largest", .bound = DIFFERENCES) {
    size_t count;
    OTHER_STEPS;
    double off = worst_of(run, "flow", &count);
    return verdict_at_most(v, off, v->bound, "%zu comparisons", count);
}

CLAIM(jacobians, "JF.jacobians", CONTRACT,
      "Every Jacobian, dense or times a vector, is the derivative of its right-hand side.",
      "one is off by more than {bound} of the largest entry", .bound = DIFFERENCES) {
    size_t count;
    OTHER_STEPS;
    double off = worst_of(run, "jacobian", &count);
    return verdict_at_most(v, off, v->bound, "%zu comparisons", count);
}

CLAIM(descent, "JF.descent", CONTRACT,
      "A step of descent is the flow times its rate, a minibatch the sum of its samples, what a "
      "step adds to a constant what its law says, an instance what is drawn for it.",
      "one is off by more than {bound} of the largest number", .bound = 1e-11) {
    size_t count;
    double off = worst_of(run, "descent", &count);
    return verdict_at_most(v, off, v->bound, "%zu comparisons", count);
}

CLAIM(closed, "JF.closed-forms", CONTRACT,
      "The closed forms of JoMA's linear node solve their equations, whatever the rates, the start "
      "and the constants.",
      "a slope is off by more than {bound} of the largest", .bound = DIFFERENCES) {
    size_t count;
    OTHER_STEPS;
    double off = worst_of(run, "closed form", &count);
    return verdict_at_most(v, off, v->bound, "%zu comparisons", count);
}

CLAIM(order, "JF.rows-order", CONTRACT, "The integrator by rows is of fourth order.",
      "halving the step divides the error of the time by less than 2^{bound}", .bound = 3.5) {
    return verdict_at_least(v, SCALAR_OF(run, summary, order), v->bound,
                            "log2 of the ratio of the errors of the last two steps");
}

CLAIM(refused, "JF.overflow-refused", CONTRACT,
      "A state whose rate passes what a double can hold is refused.", "a rate comes out") {
    double passed = 0;
    EACH_ROW (run, refused, r) passed += (double)r->passed;
    return verdict_at_most(v, passed, 0, "of %zu states", ROWS(run, refused));
}

static const struct check *const claims[] = {&flows, &jacobians, &descent, &closed,
                                             &order, &refused,   NULL};

const struct experiment experiment_joma_fields = {
    .id = "joma/fields",
    .title = "JoMA's vector fields, by other routes",
    .source = "sim/model/joma/joint.h",
    .doc = "Every right-hand side that the other experiments integrate, at unequal rates, a "
           "temperature, several queries and random states: against differences of its loss or "
           "against its formula, its Jacobians against differences of it. Steps of descent "
           "against flows, minibatches against their samples, closed forms against their "
           "equations, the integrator by rows against its order.",
    .params = PARAM_LIST(FIELDS),
    .presets = (const struct preset[]){{"quick", "", "an instant"},
                                       {"hot", "temperature=3 eta_w=2 eta_z=0.5",
                                        "other rates, another temperature"},
                                       {0}},
    .tables = (const struct table[]){TABLE_ENTRY(compared, COMPARED, "what was compared"),
                                     TABLE_ENTRY(order, ORDER, "the integrator by rows"),
                                     TABLE_ENTRY(refused, REFUSED, "states that overflow"),
                                     {0}},
    .scalars = SCALAR_LIST(SUMMARY),
    .figures =
        (const struct figure[]){
            {"fields", "joma/fields/fields.gp",
             "Errors of all comparisons, by part: flows, Jacobians and closed forms as far as "
             "differences reach, steps of descent to rounding."},
            {0}},
    .checks = claims,
    .run = RUN_OF(fields)};
