#include "claims.h"

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/results.h"
#include "experiments/joma/shared/theorem1.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHECK_ARGUMENTS                                                                            \
    struct attndyn_context *ctx, const struct params *p, const struct results *results,            \
        struct verdict *v
#define UNUSED (void)ctx, (void)p

/* The largest magnitude of a column, NaN where there are no rows; `where`, `is`: only rows in which
 * that text column holds that text (NULL: all). */
static double largest(const struct results *results, const char *table, const char *column,
                      const char *where, const char *is) {
    double worst = NAN;
    for (size_t i = 0; i < results_rows(results, table); i++) {
        if (where && strcmp(results_text(results, table, i, where), is) != 0) continue;
        double x = fabs(results_real(results, table, i, column));
        worst = isnan(worst) && i == 0 ? x : x <= worst ? worst : x;
    }
    return worst;
}

static enum attndyn_status no_survey(struct verdict *v) {
    return verdict_skip(v, "survey=false: only the one instance was run");
}

/* The largest term of the instance's invariants along its flow, at least 1. */
static double term_scale(const struct params *p, const struct results *results) {
    double scale = 1, ratio = param_real(p, "eta_z") / param_real(p, "eta_w");
    double slope =
        param_is(p, "attention", "linear") ? ratio : ratio / param_real(p, "temperature") / 2;
    for (size_t i = 0; i < results_rows(results, "tokens"); i++)
        scale = fmax(scale, fmax(fabs(results_real(results, "tokens", i, "z")),
                                 slope * results_real(results, "tokens", i, "square")));
    return scale;
}

static enum attndyn_status check_this_flow(CHECK_ARGUMENTS) {
    UNUSED;
    double drift = results_scalar_value(results, "drift"),
           reached = results_scalar_value(results, "t_reached");
    if (reached < param_real(p, "t_end"))
        return verdict_skip(v,
                            "stalled at t = %.9g: the flow slides along a kink of %s; its drift up "
                            "to there is %.3g",
                            reached, param_text(p, "activation"), drift);
    double scale = term_scale(p, results), bound = 100 * param_real(p, "rtol");
    return verdict_at_most(v, drift / scale, bound,
                           "%s attention, %s, %s, eta_z/eta_w = %g: largest drift %.3g at terms up "
                           "to %.3g, t_end = %g",
                           param_text(p, "attention"), param_text(p, "activation"),
                           param_text(p, "loss"), param_real(p, "eta_z") / param_real(p, "eta_w"),
                           drift, scale, param_real(p, "t_end"));
}

static enum attndyn_status check_integrators(CHECK_ARGUMENTS) {
    UNUSED;
    double differ = results_scalar_value(results, "integrators_differ");
    if (isnan(differ)) return verdict_skip(v, "the flow stalled on a kink: no end state");
    return verdict_at_most(v, differ, fmax(1e-9, 1000 * param_real(p, "rtol")),
                           "z, V and xi at t_end by %s and by a second integrator, relative to the "
                           "largest entry",
                           param_text(p, "method"));
}

/* Shapes in which an erratum has nothing to show: one class has no gradient, one token under
 * softmax no logit that moves, one sample no second query. */
static bool degenerate(const struct params *p) {
    return param_int(p, "M") < 2 || param_int(p, "K") < 2 || param_int(p, "N") < 3;
}

static enum attndyn_status check_identity(CHECK_ARGUMENTS) {
    UNUSED;
    if (!param_bool(p, "survey")) return no_survey(v);
    return verdict_at_most(
        v, largest(results, "identity", "defect", NULL, NULL), 1e-13,
        "%zu kinds of model x %ld random states each, with real and with whole counts",
        results_rows(results, "identity"), param_int(p, "states"));
}

static enum attndyn_status check_flows(CHECK_ARGUMENTS) {
    UNUSED;
    if (!param_bool(p, "survey")) return no_survey(v);
    double worst = 0;
    int done = 0, stalled = 0;
    for (size_t i = 0; i < results_rows(results, "flows"); i++) {
        if (strcmp(results_text(results, "flows", i, "outcome"), "done") != 0) {
            stalled++;
            continue;
        }
        worst = theorem1_worse(worst, results_real(results, "flows", i, "drift"));
        done++;
    }
    return verdict_at_most(
        v, done ? worst : NAN, 1e-10,
        "%d flows at rtol 1e-12 and several ratios; %d more ended early, on a kink or at a "
        "blow-up",
        done, stalled);
}

static enum attndyn_status check_kinks(CHECK_ARGUMENTS) {
    UNUSED;
    if (!param_bool(p, "survey")) return no_survey(v);
    double worst = NAN, first = INFINITY;
    int stalled = 0, rows = 0;
    for (size_t i = 0; i < results_rows(results, "flows"); i++) {
        if (strcmp(results_text(results, "flows", i, "activation"), "relu") != 0) continue;
        double drift = results_real(results, "flows", i, "drift");
        worst = rows++ ? theorem1_worse(worst, drift) : drift;
        if (strcmp(results_text(results, "flows", i, "outcome"), "stalled") == 0) {
            stalled++;
            first = fmin(first, results_real(results, "flows", i, "t_reached"));
        }
    }
    return verdict_at_most(v, worst, 1e-8,
                           "%d ReLU flows, %d of them stalled, the first at t = %.6g; the largest "
                           "drift up to where each stopped",
                           rows, stalled, first);
}

static enum attndyn_status check_ratio(CHECK_ARGUMENTS) {
    UNUSED;
    if (!param_bool(p, "survey")) return no_survey(v);
    if (degenerate(p)) return verdict_skip(v, "needs M >= 2, K >= 2, N >= 3");
    double printed_least = INFINITY, printed_most = 0, holds = 0;
    for (size_t i = 0; i < results_rows(results, "flows"); i++) {
        if (results_real(results, "flows", i, "ratio") == 1 ||
            strcmp(results_text(results, "flows", i, "outcome"), "done") != 0)
            continue;
        double printed = results_real(results, "flows", i, "drift_no_ratio");
        printed_least = fmin(printed_least, printed);
        printed_most = fmax(printed_most, printed);
        holds = theorem1_worse(holds, results_real(results, "flows", i, "drift"));
    }
    if (isinf(printed_least)) return verdict_skip(v, "ratios holds nothing but 1");
    return verdict_erratum(v, printed_most, 1e-2, holds, 1e-10,
                           "without the factor eta_z/eta_w the constants drift by %.3g to %.3g, "
                           "with it by at most %.3g",
                           printed_least, printed_most, holds);
}

static enum attndyn_status check_tolerances(CHECK_ARGUMENTS) {
    UNUSED;
    if (!param_bool(p, "survey")) return no_survey(v);
    double worst = NAN;
    char note[300] = "";
    for (size_t i = 0; i < results_rows(results, "tolerances"); i++) {
        double drift = results_real(results, "tolerances", i, "drift"),
               rtol = results_real(results, "tolerances", i, "rtol");
        worst = i ? theorem1_worse(worst, drift / rtol) : drift / rtol;
        size_t at = strlen(note);
        snprintf(note + at, sizeof note - at, "%s%s %.0e: %.2g", i ? ", " : "",
                 results_text(results, "tolerances", i, "method"), rtol, drift);
    }
    return verdict_at_most(v, worst, 100, "drift by rtol: %s", note);
}

/* Rows of `steps` of a kind, in the order of the falling steps. */
static double steps_value(const struct results *results, const char *method, const char *attention,
                          const char *activation, size_t nth, const char *column) {
    for (size_t i = 0; i < results_rows(results, "steps"); i++)
        if (strcmp(results_text(results, "steps", i, "method"), method) == 0 &&
            strcmp(results_text(results, "steps", i, "attention"), attention) == 0 &&
            strcmp(results_text(results, "steps", i, "activation"), activation) == 0 && nth-- == 0)
            return results_real(results, "steps", i, column);
    return NAN;
}

static enum attndyn_status check_law(CHECK_ARGUMENTS) {
    UNUSED;
    double worst = 0, largest_drift = results_scalar_value(results, "drift_descent");
    for (size_t i = 0; i < results_rows(results, "descent"); i++)
        worst = theorem1_worse(worst, fabs(results_real(results, "descent", i, "drift") -
                                           results_real(results, "descent", i, "law")));
    if (param_is(p, "attention", "softmax")) {
        if (!param_bool(p, "survey")) return verdict_skip(v, "softmax attention has no such law");
        worst = 0;
    }
    size_t descents = 0;
    for (size_t i = 0; i < results_rows(results, "steps"); i++) {
        if (!strstr(results_text(results, "steps", i, "method"), "gd")) continue;
        descents++;
        worst = theorem1_worse(worst, results_real(results, "steps", i, "law_error"));
    }
    if (descents == 0 && param_int(p, "steps") == 0)
        return verdict_skip(v, "steps = 0 without the survey: no step of descent was made");
    double bound = 1e-12 * fmax(term_scale(p, results), largest_drift);
    return verdict_at_most(
        v, worst, isnan(bound) ? 1e-12 : bound,
        "full batches and single samples, smooth and ReLU: drift against the sum "
        "of the law's terms");
}

/* Successive ratios of a column in a falling geometric series of steps, as observed orders. */
static enum attndyn_status check_halves(CHECK_ARGUMENTS) {
    UNUSED;
    if (!param_bool(p, "survey")) return no_survey(v);
    if (degenerate(p)) return verdict_skip(v, "needs M >= 2, K >= 2, N >= 3");
    size_t n;
    const double *rates = param_reals(p, "rates", &n);
    double worst = NAN, before = NAN;
    char note[300] = "";
    for (size_t i = 0; i < n; i++) {
        double drift = steps_value(results, "gd", "exp", "tanh", i, "drift");
        if (i) {
            double off = fabs(before / drift / (rates[i - 1] / rates[i]) - 1);
            worst = i == 1 ? off : theorem1_worse(worst, off);
        }
        size_t at = strlen(note);
        snprintf(note + at, sizeof note - at, "%slr %g: %.3e", i ? ", " : "", rates[i], drift);
        before = drift;
    }
    if (n < 2) return verdict_skip(v, "rates holds fewer than two rates");
    return verdict_at_most(v, worst, 0.075,
                           "ratio of drifts over ratio of rates, less 1, of the leading token: %s",
                           note);
}

static enum attndyn_status check_midpoint(CHECK_ARGUMENTS) {
    UNUSED;
    if (!param_bool(p, "survey")) return no_survey(v);
    return verdict_at_most(v, largest(results, "steps", "largest", "method", "midpoint"), 1e-13,
                           "implicit midpoint at all steps of `rates`, solved to roundoff");
}

static enum attndyn_status check_rk4(CHECK_ARGUMENTS) {
    UNUSED;
    if (!param_bool(p, "survey")) return no_survey(v);
    if (degenerate(p)) return verdict_skip(v, "needs M >= 2, K >= 2, N >= 3");
    size_t n;
    const double *rates = param_reals(p, "rates", &n);
    if (n < 2) return verdict_skip(v, "rates holds fewer than two steps");
    double least = INFINITY, drift[2] = {0};
    for (size_t i = 1; i < n; i++) {
        for (size_t k = 0; k < 2; k++)
            drift[k] = steps_value(results, "rk4", "exp", "tanh", i - 1 + k, "largest");
        least = fmin(least, log(drift[0] / drift[1]) / log(rates[i - 1] / rates[i]));
    }
    return verdict_at_least(v, least, 3.7,
                            "least observed order between steps; drift at the finest step %.2g",
                            drift[1]);
}

static enum attndyn_status check_sign(CHECK_ARGUMENTS) {
    UNUSED;
    if (!param_bool(p, "survey")) return no_survey(v);
    double highest = -INFINITY, sgd = NAN, gd = NAN;
    for (size_t i = 0; i < results_rows(results, "steps"); i++) {
        if (strcmp(results_text(results, "steps", i, "attention"), "exp") != 0 ||
            !strstr(results_text(results, "steps", i, "method"), "gd"))
            continue;
        double step = results_real(results, "steps", i, "highest");
        highest = isnan(highest) || step <= highest ? highest : step;
    }
    sgd = steps_value(results, "sgd", "exp", "tanh", 0, "largest");
    gd = steps_value(results, "gd", "exp", "tanh", 0, "largest");
    return verdict_at_most(
        v, highest, 1e-14,
        "most positive change of z - (r/2) sum v^2 in one step of descent; single "
        "samples drift %.1f times as far as full batches (%.3g against %.3g)",
        sgd / gd, sgd, gd);
}

static enum attndyn_status check_cross(CHECK_ARGUMENTS) {
    UNUSED;
    if (!param_bool(p, "survey")) return no_survey(v);
    double back = largest(results, "cross_check", "backpropagation", NULL, NULL),
           step = largest(results, "cross_check", "complex_step", NULL, NULL);
    return verdict_at_most(v, theorem1_worse(back, step), 1e-13,
                           "%zu kinds of model: backpropagation through W with random orthonormal "
                           "embeddings %.2g, complex step of the objective %.2g",
                           results_rows(results, "cross_check"), back, step);
}

static enum attndyn_status check_queries(CHECK_ARGUMENTS) {
    UNUSED;
    if (!param_bool(p, "survey")) return no_survey(v);
    if (degenerate(p)) return verdict_skip(v, "needs M >= 2, K >= 2, N >= 3");
    double alone = 0, summed = 0, moved = NAN;
    for (size_t i = 0; i < results_rows(results, "queries"); i++) {
        summed = theorem1_worse(summed, results_real(results, "queries", i, "summed"));
        if (results_real(results, "queries", i, "queries") < 2) continue;
        if (results_real(results, "queries", i, "one_query") > alone) {
            alone = results_real(results, "queries", i, "one_query");
            moved = results_real(results, "queries", i, "moved");
        }
    }
    return verdict_erratum(
        v, alone, 1e-2, summed, 1e-10,
        "with 2 or 3 queries the first query's own constant drifts by up to %.3g "
        "(z moves by %.3g there), the sum over queries by at most %.2g",
        alone, moved, summed);
}

/* dV and dz at V = z = 0, on the reference instance: nothing under linear attention (b = 0). */
static enum attndyn_status check_zero_start(CHECK_ARGUMENTS) {
    (void)results;
    static const enum attndyn_joma_attention attention[2] = {ATTNDYN_JOMA_LINEAR, ATTNDYN_JOMA_EXP};
    uint64_t mark = attndyn_memory_mark(ctx);
    double moves[2];
    for (int k = 0; k < 2; k++) {
        struct attndyn_joma_instance_spec spec = attndyn_joma_instance_reference(attention[k]);
        struct attndyn_joma_instance t;
        struct attndyn_joma_work *work;
        spec.seed = (uint64_t)param_int(p, "seed");
        spec.v_scale = spec.z_scale = spec.z_shift = 0;
        ATTNDYN_TRY(attndyn_joma_instance_create(ctx, &spec, &t));
        ATTNDYN_TRY(attndyn_joma_work_create(ctx, &t.model, &work));
        attndyn_joma_gradient(work, NULL, NULL, t.model.samples, t.state, work->gradient);
        double dv = theorem1_largest(attndyn_joma_xi_offset(&t.model), work->gradient);
        double dz = theorem1_largest(t.model.queries * t.model.tokens,
                                     work->gradient + attndyn_joma_z_offset(&t.model));
        moves[k] = theorem1_worse(dv, dz);
    }
    attndyn_memory_release(ctx, mark);
    return verdict_at_most(v, moves[0] / moves[1], 0,
                           "at V = z = 0 the fastest rate of V and z is %.3g under linear and %.3g "
                           "under exp attention (tanh, mse)",
                           moves[0], moves[1]);
}

const struct check *const joma_invariant_checks[] = {
    &(const struct check){"J1.this-flow", CHECK_CLAIM, "The instance's flow keeps its invariants, within 100 rtol",
     "JoMA, Theorem 1; factor eta_z/eta_w, sum over queries and softmax form derived here",
     "the dynamics and the theorem disagree, or the integrator leaves its tolerance",
     check_this_flow},
    &(const struct check){"J1.two-integrators", CHECK_CLAIM,
     "Two integrators of different families reach the same end state to 1e-9", "derived here",
     "one of them, or the analytic Jacobian, is wrong, or the problem is not resolved",
     check_integrators},
    &(const struct check){"J1a.rhs-identity", CHECK_CLAIM,
     "At any state z o dz/dt = r sum_k v_k o dv_k/dt (linear), dz/dt = (r/T) sum_k v_k o dv_k/dt "
     "(exp), and with the second term for softmax, for any data, activation, loss and rates",
     "JoMA, Theorem 1", "the identity's defect exceeds roundoff at one of the states",
     check_identity},
    &(const struct check){"J1b.flow-invariant", CHECK_CLAIM,
     "The flow keeps the invariants for linear, exp and (with the exact second term) softmax "
     "attention, whatever activation, loss and ratio of rates",
     "JoMA, Theorem 1", "a constant drifts by more than 1e-10 at rtol 1e-12", check_flows},
    &(const struct check){"J1b.kinks", CHECK_CLAIM,
     "A ReLU flow keeps the invariants up to where it ends; where it slides along a kink the "
     "integrator's surrender is reported, not hidden",
     "derived here", "the constants drift while the integrator fights the kink", check_kinks},
    &(const struct check){"E.learning-rate-ratio", CHECK_ERRATUM,
     "As printed, for any learning rates: z = sum v^2/2 + c, z^2 = sum v^2 + c; it needs the "
     "factor "
     "eta_z/eta_w",
     "JoMA, Theorem 1", "the constants do not move without the factor, or move with it",
     check_ratio},
    &(const struct check){"E.several-queries", CHECK_ERRATUM,
     "With several queries that share the w_k a query alone does not keep the invariant; the sum "
     "over queries does",
     "JoMA, Theorem 1, which is for one query; derived here",
     "a single query's constant holds, or the sum drifts", check_queries},
    &(const struct check){"J1j.zero-start", CHECK_CLAIM,
     "With linear attention V = z = 0 is a fixed point (b = 0): the invariant from zero start is "
     "empty; exp attention leaves it",
     "derived here, on JoMA, Theorem 1", "V or z moves under linear attention, or stays under exp",
     check_zero_start},
    &(const struct check){"J1c.drift-follows-rtol", CHECK_CLAIM,
     "The drift of a quadratic invariant under Adams and BDF is below 100 rtol", "derived here",
     "an integrator drifts further than its tolerance allows", check_tolerances},
    &(const struct check){"J1d.descent-law", CHECK_CLAIM,
     "Descent drifts by exactly -(r/2T) lr^2 sum_k (dV_k)^2 a step (exp), lr^2 [(dz)^2 - r sum_k "
     "(dV_k)^2] (linear), also with minibatches and ReLU",
     "derived here", "accumulated law and drift differ by more than roundoff", check_law},
    &(const struct check){"J1e.drift-halves", CHECK_CLAIM,
     "At a fixed horizon the drift of descent is proportional to its rate", "derived here",
     "the ratio of drifts is off the ratio of rates by more than 7.5 %", check_halves},
    &(const struct check){"J1f.midpoint", CHECK_CLAIM,
     "The implicit midpoint rule keeps the invariants to roundoff at any step",
     "Gauss methods keep quadratic invariants (Hairer, Lubich and Wanner, IV.2.1)",
     "the rule drifts: the invariant is not quadratic, or the rule is not solved", check_midpoint},
    &(const struct check){"J1g.rk4-order", CHECK_CLAIM,
     "Under RK4 the drift falls with at least the fourth power of the step", "derived here",
     "the observed order is below 3.7", check_rk4},
    &(const struct check){"J1h.z-lags", CHECK_CLAIM,
     "With exp attention every step of descent, with whatever batch, lowers z - (r/2) sum v^2",
     "derived here", "a step raises it by more than roundoff", check_sign},
    &(const struct check){"J1i.full-model", CHECK_CLAIM,
     "The reduced (V, xi, z) dynamics are those of the full (W, z) model with orthonormal "
     "embeddings",
     "JoMA, section 3; derived here",
     "backpropagation through W, or the complex step of the objective, disagrees", check_cross},
    NULL};
