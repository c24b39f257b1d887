#include "engine.h"

#define PARAMETERS engine

/* Double precision: 1.1e-16 an operation, some ten thousand of them behind a number, sums whose
 * terms cancel. The controls must be five orders above that. */
#define ROUNDING 1e-11

CLAIM(
    logits, "LM.engine-logits", CONTRACT,
    "Every network that the engine has (positions, masks, grouped and unprojected heads, kinds of "
    "attention, norms, MLPs, shared blocks, windows) gives the logits and the loss of its "
    "definition.",
    "a logit or a loss is off by more than {bound}, relative", .bound = ROUNDING) {
    const double off = WORST(run, networks, logits), loss = WORST(run, networks, loss);
    return verdict_at_most(v, larger_of(off, loss), v->bound,
                           "%zu networks, each from the line that its config is written as: logits "
                           "%.2g, loss %.2g",
                           ROWS(run, networks), off, loss);
}

CLAIM(gradient, "LM.engine-gradient", CONTRACT,
      "The engine's gradient, along a random direction of all weights, is the derivative that "
      "the definition's forward pass gives in complex numbers, where nothing is subtracted.",
      "the two differ by more than {bound} of the sum of the absolute terms", .bound = ROUNDING) {
    return verdict_at_most(v, WORST(run, networks, gradient), v->bound, "worst of %zu networks",
                           ROWS(run, networks));
}

CLAIM(thrift, "LM.engine-thrift", CONTRACT,
      "A training that computes the insides of its layers again, and hands its gradient out part "
      "by part, has the same gradient, bit for bit.",
      "a number differs") {
    return verdict_at_most(v, WORST(run, networks, thrift), 0, "largest difference of %zu networks",
                           ROWS(run, networks));
}

CLAIM(control, "LM.engine-control", CONTRACT,
      "These comparisons see a network that is another one: told the wrong pairs, offset, window, "
      "slopes, normaliser, epsilon or activation, the plain pass is off by {bound} and more.",
      "one of these changes moves the logits by less", .bound = 1e5 * ROUNDING) {
    return verdict_at_least(v, LEAST(run, controls, logits), v->bound,
                            "least of %zu false networks", ROWS(run, controls));
}

CLAIM(mean, "LM.engine-dropout-mean", CONTRACT,
      "Where a network is linear in its masks, dropout changes nothing on average, at each site "
      "and at all together.",
      "a mean is more than {bound} of its standard errors off", .bound = 5) {
    /* Of five normal numbers one leaves 5 with a probability of 3e-6. */
    return verdict_at_most(v, WORST(run, masks, shift), v->bound,
                           "worst of %zu sites, %ld masks each", ROWS(run, masks), p->masks);
}

CLAIM(differ, "LM.engine-masks-differ", CONTRACT,
      "Every step and every seed draws a dropout mask of its own.",
      "two of them give the same number") {
    return verdict_at_most(v, SUM(run, masks, drawn) - SUM(run, masks, distinct), 0,
                           "repeated, of %zu times %ld", ROWS(run, masks), p->masks);
}

CLAIM(masked, "LM.engine-masked-gradient", CONTRACT,
      "The backward pass uses the masks of the forward pass.",
      "at one mask the gradient and the difference of the loss differ by more than {bound} of "
      "the sum of the absolute terms",
      .bound = 1e-6) {
    /* The five-point formula errs by h^4 f'''''/30, h = 1e-4, and the direction has length 45. */
    return verdict_at_most(v, WORST(run, masks, gradient), v->bound, "worst of %zu sites",
                           ROWS(run, masks));
}

const struct check *const engine_claims[] = {&logits, &gradient, &thrift, &control,
                                             &mean,   &differ,   &masked, NULL};
