/* lowrank/projection: what holds of Theorem 3.8, and what does not. */
#include "projection.h"

#include <string.h>

#define PARAMETERS projection

/* Rates and norms are roundings of order one: 1e-12 is a thousand of them. */
#define ROUNDOFF 1e-12

/* Of the instances at a step size: the excess over 1 - eta kappa, how far the ratio of norms has
 * settled, and the least that 1.99/lambda_max must show: |1 - 1.99| - (1 - eta kappa). */
struct excess {
    double low, high, settling, expected;
};
static struct excess excess_at(const struct trial *run, enum step step) {
    struct excess x = {INFINITY, -INFINITY, 0, INFINITY};
    EACH_ROW (run, rates, r) {
        if (strcmp(r->step, step_names[step]) != 0) continue;
        x.low = fmin(x.low, r->excess);
        x.high = fmax(x.high, r->excess);
        worst(&x.settling, r->settling);
        x.expected = fmin(x.expected, 0.99 - r->rate);
    }
    return x;
}

/* The ratio of norms rises to that of the fastest mode; true if it has not got there yet. */
static bool unsettled(struct excess x, double by, struct verdict *v) {
    if (x.settling > by)
        verdict_skip(v,
                     "the fastest mode has not outlived the others (the ratio still moves by "
                     "%.2g): raise t_end",
                     x.settling);
    return x.settling > by;
}

CLAIM(recursion, "T38.recursion", OF(G_T38),
      "vec R_t = (I - eta S^) vec R_{t-1} for constant A, B, C",
      "S^ or the projected ascent is wrong", .bound = ROUNDOFF) {
    return verdict_at_most(v, WORST(run, instances, recursion), v->bound,
                           "ascent on W against the recursion of R, %zu instances",
                           ROWS(run, instances));
}

CLAIM(kappa, "T38.kappa", OF(G_T38), "lambda_min(S^) >= kappa",
      "an instance has lambda_min below kappa") {
    double least = INFINITY, most = 0;
    EACH_ROW (run, instances, r) {
        least = fmin(least, r->lambda_min / r->kappa);
        most = fmax(most, r->lambda_min / r->kappa);
    }
    return verdict_at_least(v, least, 1 - ROUNDOFF, "lambda_min(S^)/kappa from %.3g to %.3g", least,
                            most);
}

CLAIM(rate, "T38.rate", OF(G_T38),
      "||R_t|| <= (1 - eta kappa) ||R_{t-1}|| at eta = 1/lambda_max(S^)",
      "one step of one instance shrinks R by less", .bound = ROUNDOFF) {
    double excess = excess_at(run, STEP_PLAIN).high;
    return verdict_at_most(v, fmax(excess, 0), v->bound,
                           "largest excess over 1 - eta kappa (0: none), %+.3g at the closest",
                           excess);
}

CLAIM(sharp, "T38.sharp", DERIVED,
      "at eta = 2/(kappa + lambda_max) the rate is attained: no larger step keeps it",
      "the largest ratio is not 1 - eta kappa", .bound = 1e-9) {
    struct excess x = excess_at(run, STEP_LIMIT);
    if (unsettled(x, 1e-11, v)) return ATTNDYN_OK;
    return verdict_at_most(v, fmax(x.high, -x.low), v->bound, "largest |ratio - (1 - eta kappa)|");
}

CLAIM(stall, "T38.stall", OF(G_T38), "R vanishes and G stops at the point where S^ y = R_0",
      "ascent ends elsewhere", .bound = 1e-10) {
    double off = 0, left = 0;
    EACH_ROW (run, instances, r) {
        worst(&off, (r->norm_stall - r->norm_solved) / r->norm_G);
        worst(&left, r->norm_R_end);
    }
    if (left > 1e-11)
        return verdict_skip(v, "R has not died out: %.2g of its start is left; raise t_end", left);
    return verdict_at_most(v, off, v->bound,
                           "||G|| at the stall over ||G_0||: ascent against S^ y = R_0");
}

ERRATUM(
    step, "E.T38-step", OF(G_T38),
    "the theorem puts no bound on the step; 1 - eta kappa is a rate up to eta = 2/(kappa + lambda_max) only",
    "the rate holds at 1.99/lambda_max, or fails at 2/(kappa + lambda_max)") {
    struct excess plain = excess_at(run, STEP_PLAIN), limit = excess_at(run, STEP_LIMIT),
                  above = excess_at(run, STEP_ABOVE);
    if (above.expected < 1e-6)
        return verdict_skip(v, "kappa/lambda_max is too small for 1.99/lambda_max to lie above "
                               "2/(kappa + lambda_max)");
    if (unsettled(above, 0.01, v)) return ATTNDYN_OK;
    return verdict_erratum(v, above.low, 0.5 * above.expected, fmax(plain.high, limit.high),
                           ROUNDOFF,
                           "excess of ||R_t||/||R_{t-1}|| over 1 - eta kappa: %+.3g to %+.3g at "
                           "1.99/lambda_max, %+.2g at 2/(kappa + lambda_max)",
                           above.low, above.high, limit.high);
}

ERRATUM(
    correction, "E.T38-correction", OF(G_T38),
    "for moving A, B, C the rate is 1 - eta(kappa - L_A - L_B L_C D^2); the proof ends with 2 L_B "
    "L_C D^2",
    "it holds in the scalar example, or the form with D(L_B c_max + L_C b_max) fails there") {
    double push = p->scalar_beta * STATE_OF(run, W, 0); /* at the fixed point */
    if (push >= 0)
        return verdict_skip(v, "scalar_beta * W >= 0: B(W) falls with |W| in the counterexample");
    double excess = -INFINITY, holds = -INFINITY, ratio = 0;
    EACH_ROW (run, example, r) {
        ratio = fmax(ratio, r->ratio);
        excess = fmax(excess, r->ratio - r->printed);
        holds = fmax(holds, r->ratio - r->holds);
    }
    /* At the fixed point the excess is eta |beta| W: half of it refutes. */
    return verdict_erratum(
        v, excess, -0.5 * p->scalar_eta * push, fmax(holds, 0), ROUNDOFF,
        "ratio up to %.6f, above the printed rate by %.3g; against the rate "
        "that holds %+.2g; L_C = 0, so that the proof's 2 L_B L_C D^2 changes nothing",
        ratio, excess, holds);
}

CLAIM(moving, "T38.varying", DERIVED,
      "||R_t|| <= [1 - eta(kappa - L_A - D(L_B c_max + L_C b_max))] ||R_{t-1}|| for moving A, B, C",
      "one step of one instance shrinks R by less", .bound = ROUNDOFF) {
    double excess = -INFINITY, printed = -INFINITY;
    EACH_ROW (run, varying, r) {
        excess = fmax(excess, r->excess);
        printed = fmax(printed, r->excess_printed);
    }
    return verdict_at_most(v, fmax(excess, 0), v->bound,
                           "largest excess (0: none), %+.3g at the closest; printed form %+.3g",
                           excess, printed);
}

const struct check *const projection_claims[] = {&recursion, &kappa, &rate,       &sharp, &stall,
                                                 &moving,    &step,  &correction, NULL};
