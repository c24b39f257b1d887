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
        x.low = smaller_of(x.low, r->excess);
        x.high = larger_of(x.high, r->excess);
        worst(&x.settling, r->settling);
        x.expected = smaller_of(x.expected, 0.99 - r->rate);
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
      "for constant A_i, B_i, C_i the projected gradient R_t = P^T G_t Q obeys vec R_t = (I - eta "
      "S^) vec R_{t-1}, S^ = (1/N) sum_i (Q^T C_i Q) kron (P^T B_i P)",
      "at some step of an instance ascent on W and the recursion part by more than {bound} of "
      "||R_0||",
      .bound = ROUNDOFF) {
    return verdict_at_most(v, WORST(run, instances, recursion), v->bound,
                           "ascent on W against the recursion of R, %zu instances",
                           ROWS(run, instances));
}

CLAIM(kappa, "T38.kappa", OF(G_T38),
      "the smallest eigenvalue of S^ is at least kappa = (1/N) sum_i lambda_min(P^T B_i P) "
      "lambda_min(Q^T C_i Q)",
      "in one instance it lies below kappa by more than rounding") {
    double least = INFINITY, most = 0;
    EACH_ROW (run, instances, r) {
        least = smaller_of(least, r->lambda_min / r->kappa);
        most = larger_of(most, r->lambda_min / r->kappa);
    }
    return verdict_at_least(v, least, 1 - ROUNDOFF,
                            "lambda_min(S^)/kappa, from %.3g to %.3g over the instances", least,
                            most);
}

CLAIM(rate, "T38.rate", OF(G_T38),
      "for constant A_i, B_i, C_i and eta = 1/lambda_max(S^), ||R_t||_F <= (1 - eta kappa) "
      "||R_{t-1}||_F",
      "in one step of one instance ||R_t||/||R_{t-1}|| is above that factor by more than {bound}",
      .bound = ROUNDOFF) {
    double excess = excess_at(run, STEP_PLAIN).high;
    return verdict_at_most(v, positive_part(excess), v->bound,
                           "largest ||R_t||/||R_{t-1}|| above 1 - eta kappa (0: none), %+.3g at "
                           "the closest",
                           excess);
}

CLAIM(sharp, "T38.sharp", DERIVED,
      "at eta = 2/(kappa + lambda_max(S^)) the rate is attained: the largest ||R_t||/||R_{t-1}|| "
      "over the steps is 1 - eta kappa",
      "in one instance it is off 1 - eta kappa by more than {bound}", .bound = 1e-9) {
    struct excess x = excess_at(run, STEP_LIMIT);
    if (unsettled(x, 1e-11, v)) return ATTNDYN_OK;
    return verdict_at_most(v, larger_of(x.high, -x.low), v->bound,
                           "largest |ratio - (1 - eta kappa)|");
}

CLAIM(stall, "T38.stall", OF(G_T38),
      "the projected gradient R_t vanishes and ascent stops, with G not zero, at W_0 + P Y Q^T "
      "where S^ vec Y = vec R_0",
      "in one instance ||G|| at the end is off that at this point by more than {bound} of ||G_0||",
      .bound = 1e-10) {
    double off = NOTHING_YET, left = NOTHING_YET;
    EACH_ROW (run, instances, r) {
        worst(&off, (r->norm_stall - r->norm_solved) / r->norm_G);
        worst(&left, r->norm_R_end);
    }
    if (left > 1e-11)
        return verdict_skip(v, "R has not died out: %.2g of its start is left; raise t_end", left);
    return verdict_at_most(v, off, v->bound,
                           "||G|| where ascent stops less ||G|| where S^ vec Y = vec R_0, over "
                           "||G_0||");
}

ERRATUM(
    step, "E.T38-step", OF(G_T38),
    "Theorem 3.8 puts no bound on the step eta; with constant A_i, B_i, C_i its rate 1 - eta "
    "kappa is kept up to eta = 2/(kappa + lambda_max(S^)), and at 1.99/lambda_max(S^) it is not",
    "in one instance ||R_t||/||R_{t-1}|| passes 1 - eta kappa at 1.99/lambda_max by less than "
    "half of 0.99 - (1 - eta kappa), or at 1/lambda_max or 2/(kappa + lambda_max) at all") {
    struct excess plain = excess_at(run, STEP_PLAIN), limit = excess_at(run, STEP_LIMIT),
                  above = excess_at(run, STEP_ABOVE);
    if (above.expected < 1e-6)
        return verdict_skip(v, "kappa/lambda_max is too small for 1.99/lambda_max to lie above "
                               "2/(kappa + lambda_max)");
    if (unsettled(above, 0.01, v)) return ATTNDYN_OK;
    return verdict_erratum(v, above.low, 0.5 * above.expected, larger_of(plain.high, limit.high),
                           ROUNDOFF,
                           "excess of ||R_t||/||R_{t-1}|| over 1 - eta kappa: %+.3g to %+.3g at "
                           "1.99/lambda_max, %+.2g at 2/(kappa + lambda_max)",
                           above.low, above.high, limit.high);
}

ERRATUM(
    correction, "E.T38-correction", OF(G_T38),
    "Theorem 3.8 has the rate 1 - eta(kappa - L_A - L_B L_C D^2) for A, B, C that move with W, "
    "with Lipschitz constants L_A, L_B, L_C and ||W_t|| <= D (its proof ends with 2 L_B L_C D^2); "
    "neither holds, but the rate with D(L_B c_max + L_C b_max) in place of L_B L_C D^2 does, "
    "b_max and c_max the largest ||B_i|| and ||C_i||",
    "in the scalar example |R_t|/|R_{t-1}| passes the printed rate by less than half of eta "
    "|beta| W at the fixed point, or passes the other rate") {
    double push = p->scalar_beta * STATE_OF(run, W, 0); /* at the fixed point */
    if (push >= 0)
        return verdict_skip(v, "scalar_beta * W >= 0: B(W) falls with |W| in the counterexample");
    double excess = -INFINITY, holds = -INFINITY, ratio = 0;
    EACH_ROW (run, example, r) {
        ratio = larger_of(ratio, r->ratio);
        excess = larger_of(excess, r->ratio - r->printed);
        holds = larger_of(holds, r->ratio - r->holds);
    }
    /* At the fixed point the excess is eta |beta| W: half of it refutes. */
    return verdict_erratum(
        v, excess, -0.5 * p->scalar_eta * push, positive_part(holds), ROUNDOFF,
        "|R_t|/|R_{t-1}| up to %.6f, above the printed rate by %.3g, above the rate that holds by "
        "%+.2g; here L_C = 0, so that the proof's 2 L_B L_C D^2 changes nothing",
        ratio, excess, holds);
}

CLAIM(moving, "T38.varying", DERIVED,
      "for A, B, C that move with W, ||R_t||_F <= [1 - eta(kappa - L_A - D(L_B c_max + L_C "
      "b_max))] ||R_{t-1}||_F: L_A, L_B, L_C are their Lipschitz constants, D the largest "
      "||W_t||_F, b_max and c_max the largest ||B_i|| and ||C_i||",
      "in one step of one instance ||R_t||/||R_{t-1}|| is above that factor by more than {bound}",
      .bound = ROUNDOFF) {
    double excess = -INFINITY, printed = -INFINITY;
    EACH_ROW (run, varying, r) {
        excess = larger_of(excess, r->excess);
        printed = larger_of(printed, r->excess_printed);
    }
    return verdict_at_most(v, positive_part(excess), v->bound,
                           "largest ||R_t||/||R_{t-1}|| above the rate (0: none), %+.3g at the "
                           "closest; above the printed rate %+.3g",
                           excess, printed);
}

const struct check *const projection_claims[] = {&recursion, &kappa, &rate,       &sharp, &stall,
                                                 &moving,    &step,  &correction, NULL};
