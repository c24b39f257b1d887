/* lowrank/projection: what holds of Theorem 3.8, and what does not. */
#include "projection.h"

#include <math.h>

/* Rates and norms are roundings of order one: 1e-12 is a thousand of them. */
#define ROUNDOFF 1e-12

/* Rows of `rates` come in threes: 1/lambda_max, 2/(kappa + lambda_max), 1.99/lambda_max. */
static double rate_extreme(const struct results *results, size_t size, bool largest,
                           bool absolute) {
    double extreme = largest ? -INFINITY : INFINITY;
    for (size_t row = size; row < results_rows(results, "rates"); row += 3) {
        double x = results_real(results, "rates", row, "excess");
        if (absolute) x = fabs(x);
        extreme = largest ? fmax(extreme, x) : fmin(extreme, x);
    }
    return extreme;
}

static double column_largest(const struct results *results, const char *table, const char *column) {
    double largest = -INFINITY;
    for (size_t row = 0; row < results_rows(results, table); row++)
        largest = fmax(largest, results_real(results, table, row, column));
    return largest;
}

static enum attndyn_status check_recursion(struct attndyn_context *ctx, const struct params *p,
                                           const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    return verdict_at_most(v, column_largest(results, "instances", "recursion"), ROUNDOFF,
                           "ascent on W against the recursion of R, %zu instances",
                           results_rows(results, "instances"));
}

static enum attndyn_status check_kappa(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double least = INFINITY, most = 0;
    for (size_t row = 0; row < results_rows(results, "instances"); row++) {
        const double ratio = results_real(results, "instances", row, "lambda_min") /
                             results_real(results, "instances", row, "kappa");
        least = fmin(least, ratio);
        most = fmax(most, ratio);
    }
    return verdict_at_least(v, least, 1 - ROUNDOFF, "lambda_min(S^)/kappa from %.3g to %.3g", least,
                            most);
}

static enum attndyn_status check_rate(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    const double excess = rate_extreme(results, 0, true, false);
    return verdict_at_most(v, fmax(excess, 0), ROUNDOFF,
                           "largest excess over 1 - eta kappa (0: none), %+.3g at the closest",
                           excess);
}

static enum attndyn_status check_sharp(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    /* The ratio of norms rises to that of the fastest mode. */
    double settling = 0;
    for (size_t row = 1; row < results_rows(results, "rates"); row += 3)
        settling = fmax(settling, results_real(results, "rates", row, "settling"));
    if (settling > 1e-11)
        return verdict_skip(v,
                            "the fastest mode has not outlived the others (the ratio still "
                            "moves by %.2g): raise t_end",
                            settling);
    return verdict_at_most(v, rate_extreme(results, 1, true, true), 1e-9,
                           "largest |ratio - (1 - eta kappa)|");
}

static enum attndyn_status check_stall(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    if (column_largest(results, "instances", "norm_R_end") > 1e-11)
        return verdict_skip(v, "R has not died out: %.2g of its start is left; raise t_end",
                            column_largest(results, "instances", "norm_R_end"));
    double worst = 0;
    for (size_t row = 0; row < results_rows(results, "instances"); row++)
        worst = fmax(worst, fabs(results_real(results, "instances", row, "norm_stall") -
                                 results_real(results, "instances", row, "norm_solved")) /
                                results_real(results, "instances", row, "norm_G"));
    return verdict_at_most(v, worst, 1e-10,
                           "||G|| at the stall over ||G_0||: ascent against S^ y = R_0");
}

static enum attndyn_status check_step(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double expected = INFINITY; /* |1 - 1.99| - (1 - eta kappa): the fastest mode alone */
    for (size_t row = 2; row < results_rows(results, "rates"); row += 3)
        expected = fmin(expected, 0.99 - results_real(results, "rates", row, "rate"));
    if (expected < 1e-6)
        return verdict_skip(v, "kappa/lambda_max is too small for 1.99/lambda_max to lie above "
                               "2/(kappa + lambda_max)");
    double settling = 0;
    for (size_t row = 2; row < results_rows(results, "rates"); row += 3)
        settling = fmax(settling, results_real(results, "rates", row, "settling"));
    if (settling > 0.01)
        return verdict_skip(v,
                            "the fastest mode has not outlived the others (the ratio still moves "
                            "by %.2g): raise t_end",
                            settling);
    return verdict_erratum(
        v, rate_extreme(results, 2, false, false), 0.5 * expected,
        fmax(rate_extreme(results, 0, true, false), rate_extreme(results, 1, true, false)),
        ROUNDOFF,
        "excess of ||R_t||/||R_{t-1}|| over 1 - eta kappa: %+.3g to %+.3g at "
        "1.99/lambda_max, %+.2g at 2/(kappa + lambda_max)",
        rate_extreme(results, 2, false, false), rate_extreme(results, 2, true, false),
        rate_extreme(results, 1, true, false));
}

static enum attndyn_status check_correction(struct attndyn_context *ctx, const struct params *p,
                                            const struct results *results, struct verdict *v) {
    (void)ctx;
    const double beta = param_real(p, "scalar_beta"), eta = param_real(p, "scalar_eta");
    const double W = results_state_value(results, "W", 0);
    if (beta * W >= 0)
        return verdict_skip(v, "scalar_beta * W >= 0: B(W) falls with |W| in the counterexample");
    double excess = -INFINITY, holds = -INFINITY, ratio = 0;
    for (size_t row = 0; row < results_rows(results, "scalar"); row++) {
        const double at = results_real(results, "scalar", row, "ratio");
        ratio = fmax(ratio, at);
        excess = fmax(excess, at - results_real(results, "scalar", row, "printed"));
        holds = fmax(holds, at - results_real(results, "scalar", row, "holds"));
    }
    /* At the fixed point the excess is eta |beta| W: half of it refutes. */
    return verdict_erratum(v, excess, 0.5 * eta * fabs(beta * W), fmax(holds, 0), ROUNDOFF,
                           "ratio up to %.6f, above the printed rate by %.3g; against the rate "
                           "that holds %+.2g",
                           ratio, excess, holds);
}

static enum attndyn_status check_varying(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    const double excess = column_largest(results, "varying", "excess");
    return verdict_at_most(v, fmax(excess, 0), ROUNDOFF,
                           "largest excess (0: none), %+.3g at the closest; printed form %+.3g",
                           excess, column_largest(results, "varying", "excess_printed"));
}

const struct check *const projection_checks[] = {
    &(const struct check){"T38.recursion", CHECK_CLAIM, "vec R_t = (I - eta S^) vec R_{t-1} for constant A, B, C",
     "GaLore, proof of Theorem 3.8", "S^ or the projected ascent is wrong", check_recursion},
    &(const struct check){"T38.kappa", CHECK_CLAIM, "lambda_min(S^) >= kappa", "GaLore, proof of Theorem 3.8",
     "an instance has lambda_min below kappa", check_kappa},
    &(const struct check){"T38.rate", CHECK_CLAIM, "||R_t|| <= (1 - eta kappa) ||R_{t-1}|| at eta = 1/lambda_max(S^)",
     "GaLore, Theorem 3.8", "one step of one instance shrinks R by less", check_rate},
    &(const struct check){"T38.sharp", CHECK_CLAIM,
     "at eta = 2/(kappa + lambda_max) the rate is attained: no larger step keeps it",
     "derived here", "the largest ratio is not 1 - eta kappa", check_sharp},
    &(const struct check){"T38.stall", CHECK_CLAIM, "R vanishes and G stops at the point where S^ y = R_0",
     "GaLore, Theorem 3.8, and derived here", "ascent ends elsewhere", check_stall},
    &(const struct check){"T38.varying", CHECK_CLAIM,
     "||R_t|| <= [1 - eta(kappa - L_A - D(L_B c_max + L_C b_max))] ||R_{t-1}|| for moving A, B, C",
     "derived here", "one step of one instance shrinks R by less", check_varying},
    &(const struct check){"E.T38-step", CHECK_ERRATUM, "the rate 1 - eta kappa holds for any step size",
     "GaLore, Theorem 3.8", "it holds at 1.99/lambda_max, or fails at 2/(kappa + lambda_max)",
     check_step},
    &(const struct check){"E.T38-correction", CHECK_ERRATUM,
     "for moving A, B, C the rate is 1 - eta(kappa - L_A - L_B L_C D^2)", "GaLore, Theorem 3.8",
     "it holds in the scalar example, or the form with D(L_B c_max + L_C b_max) fails there",
     check_correction},
    NULL};
