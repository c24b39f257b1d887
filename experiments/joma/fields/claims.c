#include "fields.h"

#include <string.h>

#define PARAMETERS fields

/* The largest error of a part's comparisons. */
static enum attndyn_status worst_of(const struct trial *run, struct verdict *v, const char *part) {
    struct tally off = {NOTHING_YET, 0};
    EACH_ROW (run, compared, r)
        if (strcmp(r->part, part) == 0) tally_worst(&off, r->error);
    return verdict_at_most(v, off.n ? off.value : INFINITY, v->bound, "%zu comparisons", off.n);
}

/* The five-point formula errs by h^4 f'''''/30, with h = 1e-3 by 1e-12 times a derivative that
 * grows with steep exponentials; rounding adds 1e-16/h. Steps and closed forms are exact but for
 * rounding and the same differences. */
#define DIFFERENCES 1e-7
static enum attndyn_status by_differences(const struct trial *run, const struct fields *p,
                                          struct verdict *v, const char *part) {
    if (p->step > 2e-3)
        return verdict_skip(v, "claimed for differences over 2e-3 or less; here step is %g",
                            p->step);
    return worst_of(run, v, part);
}

CLAIM(flows, "JF.flows", CONTRACT,
      "Every right-hand side is minus the gradient of its loss times its rates, or what its "
      "formula says, for all kinds of attention, losses, activations, forms and clocks.",
      "an entry is off by more than {bound} of the largest", .bound = DIFFERENCES) {
    return by_differences(run, p, v, "flow");
}

CLAIM(jacobians, "JF.jacobians", CONTRACT,
      "Every Jacobian, as a matrix or times a vector, is the derivative of its right-hand side.",
      "an entry is off differences by more than {bound} of the largest", .bound = DIFFERENCES) {
    return by_differences(run, p, v, "jacobian");
}

CLAIM(descent, "JF.descent", CONTRACT,
      "A step of gradient descent is the flow times its rate; a minibatch is the sum of its "
      "samples; a step changes Theorem 1's constants as its law says; an instance holds what is "
      "drawn for it.",
      "one is off by more than {bound} of the largest number", .bound = 1e-11) {
    return worst_of(run, v, "descent");
}

CLAIM(closed, "JF.closed-forms", CONTRACT,
      "The closed forms of JoMA's linear node solve their equations, whatever the rates, the start "
      "and the constants.",
      "a slope of one is off its equation by more than {bound} of the largest",
      .bound = DIFFERENCES) {
    return by_differences(run, p, v, "closed form");
}

CLAIM(order, "JF.rows-order", CONTRACT,
      "The integrator of large V, row by row, is of fourth order.",
      "halving the step divides the error of the time at which the radius is reached by less than "
      "2^{bound}",
      .bound = 3.5) {
    return verdict_at_least(v, SCALAR_OF(run, summary, order), v->bound,
                            "log2 of the ratio of the errors of the last two steps");
}

CLAIM(refused, "JF.overflow-refused", CONTRACT,
      "A state whose rate passes what a double can hold is refused.", "a rate comes out of one") {
    return verdict_at_most(v, SUM(run, refused, passed), 0, "of %zu states", ROWS(run, refused));
}

const struct check *const fields_claims[] = {&flows, &jacobians, &descent, &closed,
                                             &order, &refused,   NULL};
