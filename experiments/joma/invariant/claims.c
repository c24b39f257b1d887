#include "invariant.h"

#include "experiments/joma/shared/components.h"

#include <stdio.h>
#include <string.h>

#define PARAMETERS invariant

static enum attndyn_status no_survey(struct verdict *v) {
    return verdict_skip(v, "survey=false: only the one instance was run");
}

/* The largest term of the instance's invariants along its flow, at least 1. */
static double term_scale(const struct invariant *p, const struct trial *run) {
    double scale = 1, ratio = p->eta_z / p->eta_w;
    double slope = p->attention == ATTNDYN_JOMA_LINEAR ? ratio : ratio / p->temperature / 2;
    EACH_ROW (run, tokens, r) scale = fmax(scale, fmax(fabs(r->z), slope * r->square));
    return scale;
}

CLAIM(this_flow, "J1.this-flow",
      PAPER("JoMA",
            "Theorem 1; factor eta_z/eta_w, sum over queries and softmax form derived here"),
      "The instance's flow keeps its invariants, within 100 rtol",
      "the dynamics and the theorem disagree, or the integrator leaves its tolerance") {
    double drift = SCALAR_OF(run, outcome, drift), reached = SCALAR_OF(run, outcome, t_reached);
    if (reached < p->t_end)
        return verdict_skip(v,
                            "stalled at t = %.9g: the flow slides along a kink of %s; its drift up "
                            "to there is %.3g",
                            reached, attndyn_activation_name(p->activation), drift);
    double scale = term_scale(p, run), bound = 100 * p->rtol;
    return verdict_at_most(v, drift / scale, bound,
                           "%s attention, %s, %s, eta_z/eta_w = %g: largest drift %.3g at terms up "
                           "to %.3g, t_end = %g",
                           attndyn_joma_attention_name(p->attention),
                           attndyn_activation_name(p->activation), attndyn_joma_loss_name(p->loss),
                           p->eta_z / p->eta_w, drift, scale, p->t_end);
}

CLAIM(two_integrators, "J1.two-integrators", DERIVED,
      "Two integrators of different families reach the same end state to 1e-9",
      "one of them, or the analytic Jacobian, is wrong, or the problem is not resolved") {
    double differ = SCALAR_OF(run, outcome, integrators_differ);
    if (isnan(differ)) return verdict_skip(v, "the flow stalled on a kink: no end state");
    return verdict_at_most(v, differ, fmax(1e-9, 1000 * p->rtol),
                           "z, V and xi at t_end by %s and by a second integrator, relative to the "
                           "largest entry",
                           attndyn_ode_method_name(p->method));
}

/* Shapes in which an erratum has nothing to show: one class has no gradient, one token under
 * softmax no logit that moves, one sample no second query. */
static bool degenerate(const struct invariant *p) {
    return p->M < 2 || p->K < 2 || p->N < 3;
}

CLAIM(rhs_identity, "J1a.rhs-identity", PAPER("JoMA", "Theorem 1"),
      "At any state z o dz/dt = r sum_k v_k o dv_k/dt (linear), dz/dt = (r/T) sum_k v_k o "
      "dv_k/dt (exp), and with the second term for softmax, for any data, activation, loss and "
      "rates",
      "the identity's defect exceeds roundoff at one of the states") {
    if (!p->survey) return no_survey(v);
    double defect = 0;
    EACH_ROW (run, identity, r) worst(&defect, r->defect);
    return verdict_at_most(
        v, defect, 1e-13,
        "%zu kinds of model x %ld random states each, with real and with whole counts",
        ROWS(run, identity), p->states);
}

CLAIM(flow_invariant, "J1b.flow-invariant", PAPER("JoMA", "Theorem 1"),
      "The flow keeps the invariants for linear, exp and (with the exact second term) softmax "
      "attention, whatever activation, loss and ratio of rates",
      "a constant drifts by more than {bound} at rtol 1e-12", .bound = 1e-10) {
    if (!p->survey) return no_survey(v);
    double drift = 0;
    int done = 0, stalled = 0;
    EACH_ROW (run, flows, r) {
        bool to_the_end = strcmp(r->outcome, "done") == 0;
        to_the_end ? done++ : stalled++;
        if (to_the_end) worst(&drift, r->drift);
    }
    return verdict_at_most(
        v, done ? drift : NAN, v->bound,
        "%d flows at rtol 1e-12 and several ratios; %d more ended early, on a kink or at a "
        "blow-up",
        done, stalled);
}

CLAIM(kinks, "J1b.kinks", DERIVED,
      "A ReLU flow keeps the invariants up to where it ends; where it slides along a kink the "
      "integrator's surrender is reported, not hidden",
      "the constants drift while the integrator fights the kink") {
    if (!p->survey) return no_survey(v);
    double drift = 0, first = INFINITY;
    int stalled = 0, rows = 0;
    EACH_ROW (run, flows, r) {
        if (strcmp(r->activation, "relu") != 0) continue;
        rows++;
        worst(&drift, r->drift);
        if (strcmp(r->outcome, "stalled") == 0) {
            stalled++;
            first = fmin(first, r->t_reached);
        }
    }
    return verdict_at_most(v, rows ? drift : NAN, 1e-8,
                           "%d ReLU flows, %d of them stalled, the first at t = %.6g; the largest "
                           "drift up to where each stopped",
                           rows, stalled, first);
}

ERRATUM(learning_rate_ratio, "E.learning-rate-ratio", PAPER("JoMA", "Theorem 1"),
        "As printed, for any learning rates: z = sum v^2/2 + c, z^2 = sum v^2 + c; it needs the "
        "factor eta_z/eta_w",
        "the constants do not move without the factor, or move with it") {
    if (!p->survey) return no_survey(v);
    if (degenerate(p)) return verdict_skip(v, "needs M >= 2, K >= 2, N >= 3");
    double printed_least = INFINITY, printed_most = 0, holds = 0;
    EACH_ROW (run, flows, r) {
        if (r->ratio == 1 || strcmp(r->outcome, "done") != 0) continue;
        printed_least = fmin(printed_least, r->drift_no_ratio);
        printed_most = fmax(printed_most, r->drift_no_ratio);
        worst(&holds, r->drift);
    }
    if (isinf(printed_least)) return verdict_skip(v, "ratios holds nothing but 1");
    return verdict_erratum(v, printed_most, 1e-2, holds, 1e-10,
                           "without the factor eta_z/eta_w the constants drift by %.3g to %.3g, "
                           "with it by at most %.3g",
                           printed_least, printed_most, holds);
}

CLAIM(drift_follows_rtol, "J1c.drift-follows-rtol", DERIVED,
      "The drift of a quadratic invariant under Adams and BDF is below 100 rtol",
      "an integrator drifts further than its tolerance allows") {
    if (!p->survey) return no_survey(v);
    double ratio = 0;
    char note[300] = "";
    EACH_ROW (run, tolerances, r) {
        worst(&ratio, r->drift / r->rtol);
        size_t at = strlen(note);
        snprintf(note + at, sizeof note - at, "%s%s %.0e: %.2g", at ? ", " : "", r->method, r->rtol,
                 r->drift);
    }
    return verdict_at_most(v, ratio, 100, "drift by rtol: %s", note);
}

/* The nth row of `steps` of a method with exp attention and tanh, in the order of the falling
 * steps; NaN where there is none. */
static struct steps nth_step(const struct trial *run, const char *method, size_t nth) {
    EACH_ROW (run, steps, r)
        if (strcmp(r->method, method) == 0 && strcmp(r->attention, "exp") == 0 &&
            strcmp(r->activation, "tanh") == 0 && nth-- == 0)
            return *r;
    return (struct steps){.largest = NAN, .drift = NAN};
}

CLAIM(descent_law, "J1d.descent-law", DERIVED,
      "Descent drifts by exactly -(r/2T) lr^2 sum_k (dV_k)^2 a step (exp), lr^2 [(dz)^2 - r "
      "sum_k (dV_k)^2] (linear), also with minibatches and ReLU",
      "accumulated law and drift differ by more than roundoff") {
    double error = 0, drift = SCALAR_OF(run, outcome, drift_descent);
    EACH_ROW (run, descent, r) worst(&error, r->drift - r->law);
    if (p->attention == ATTNDYN_JOMA_SOFTMAX) {
        if (!p->survey) return verdict_skip(v, "softmax attention has no such law");
        error = 0;
    }
    size_t descents = 0;
    EACH_ROW (run, steps, r) {
        if (!strstr(r->method, "gd")) continue;
        descents++;
        worst(&error, r->law_error);
    }
    if (descents == 0 && p->steps == 0)
        return verdict_skip(v, "steps = 0 without the survey: no step of descent was made");
    double bound = 1e-12 * fmax(term_scale(p, run), drift);
    return verdict_at_most(
        v, error, isnan(bound) ? 1e-12 : bound,
        "full batches and single samples, smooth and ReLU: drift against the sum "
        "of the law's terms");
}

CLAIM(drift_halves, "J1e.drift-halves", DERIVED,
      "At a fixed horizon the drift of descent is proportional to its rate",
      "the ratio of drifts is off the ratio of rates by more than {percent}", .bound = 0.075) {
    if (!p->survey) return no_survey(v);
    if (degenerate(p)) return verdict_skip(v, "needs M >= 2, K >= 2, N >= 3");
    double off = 0, before = NAN;
    char note[300] = "";
    for (size_t i = 0; i < p->rates.count; i++) {
        double drift = nth_step(run, "gd", i).drift;
        if (i) worst(&off, before / drift / (p->rates.at[i - 1] / p->rates.at[i]) - 1);
        size_t at = strlen(note);
        snprintf(note + at, sizeof note - at, "%slr %g: %.3e", i ? ", " : "", p->rates.at[i],
                 drift);
        before = drift;
    }
    if (p->rates.count < 2) return verdict_skip(v, "rates holds fewer than two rates");
    return verdict_at_most(v, off, v->bound,
                           "ratio of drifts over ratio of rates, less 1, of the leading token: %s",
                           note);
}

CLAIM(midpoint, "J1f.midpoint",
      PAPER("Hairer, Lubich and Wanner", "IV.2.1: Gauss methods keep quadratic invariants"),
      "The implicit midpoint rule keeps the invariants to roundoff at any step",
      "the rule drifts: the invariant is not quadratic, or the rule is not solved") {
    if (!p->survey) return no_survey(v);
    double drift = 0;
    EACH_ROW (run, steps, r)
        if (strcmp(r->method, "midpoint") == 0) worst(&drift, r->largest);
    return verdict_at_most(v, drift, 1e-13,
                           "implicit midpoint at all steps of `rates`, solved to roundoff");
}

CLAIM(rk4_order, "J1g.rk4-order", DERIVED,
      "Under RK4 the drift falls with at least the fourth power of the step",
      "the observed order is below {bound}", .bound = 3.7) {
    if (!p->survey) return no_survey(v);
    if (degenerate(p)) return verdict_skip(v, "needs M >= 2, K >= 2, N >= 3");
    if (p->rates.count < 2) return verdict_skip(v, "rates holds fewer than two steps");
    double least = INFINITY, drift[2] = {0};
    for (size_t i = 1; i < p->rates.count; i++) {
        for (size_t k = 0; k < 2; k++) drift[k] = nth_step(run, "rk4", i - 1 + k).largest;
        least = fmin(least, log(drift[0] / drift[1]) / log(p->rates.at[i - 1] / p->rates.at[i]));
    }
    return verdict_at_least(v, least, v->bound,
                            "least observed order between steps; drift at the finest step %.2g",
                            drift[1]);
}

CLAIM(z_lags, "J1h.z-lags", DERIVED,
      "With exp attention every step of descent, with whatever batch, lowers z - (r/2) sum v^2",
      "a step raises it by more than roundoff") {
    if (!p->survey) return no_survey(v);
    double highest = -INFINITY;
    EACH_ROW (run, steps, r) {
        if (strcmp(r->attention, "exp") != 0 || !strstr(r->method, "gd")) continue;
        if (!(isnan(highest) || r->highest <= highest)) highest = r->highest;
    }
    double sgd = nth_step(run, "sgd", 0).largest, gd = nth_step(run, "gd", 0).largest;
    return verdict_at_most(
        v, highest, 1e-14,
        "most positive change of z - (r/2) sum v^2 in one step of descent; single "
        "samples drift %.1f times as far as full batches (%.3g against %.3g)",
        sgd / gd, sgd, gd);
}

CLAIM(full_model, "J1i.full-model", PAPER("JoMA", "section 3; derived here"),
      "The reduced (V, xi, z) dynamics are those of the full (W, z) model with orthonormal "
      "embeddings",
      "backpropagation through W, or the complex step of the objective, disagrees") {
    if (!p->survey) return no_survey(v);
    double back = 0, step = 0;
    EACH_ROW (run, cross_check, r) worst(&back, r->backpropagation), worst(&step, r->complex_step);
    double both = back;
    worst(&both, step);
    return verdict_at_most(v, both, 1e-13,
                           "%zu kinds of model: backpropagation through W with random orthonormal "
                           "embeddings %.2g, complex step of the objective %.2g",
                           ROWS(run, cross_check), back, step);
}

ERRATUM(several_queries, "E.several-queries",
        PAPER("JoMA", "Theorem 1, which is for one query; derived here"),
        "With several queries that share the w_k a query alone does not keep the invariant; the "
        "sum over queries does",
        "a single query's constant holds, or the sum drifts") {
    if (!p->survey) return no_survey(v);
    if (degenerate(p)) return verdict_skip(v, "needs M >= 2, K >= 2, N >= 3");
    double alone = 0, summed = 0, moved = NAN;
    EACH_ROW (run, queries, r) {
        worst(&summed, r->summed);
        if (r->queries < 2) continue;
        if (r->one_query > alone) {
            alone = r->one_query;
            moved = r->moved;
        }
    }
    return verdict_erratum(
        v, alone, 1e-2, summed, 1e-10,
        "with 2 or 3 queries the first query's own constant drifts by up to %.3g "
        "(z moves by %.3g there), the sum over queries by at most %.2g",
        alone, moved, summed);
}

/* dV and dz at V = z = 0, on the reference instance: nothing under linear attention (b = 0). */
CLAIM(zero_start, "J1j.zero-start", DERIVED,
      "With linear attention V = z = 0 is a fixed point (b = 0): the invariant from zero start "
      "is empty; exp attention leaves it",
      "V or z moves under linear attention, or stays under exp") {
    static const enum attndyn_joma_attention attention[2] = {ATTNDYN_JOMA_LINEAR, ATTNDYN_JOMA_EXP};
    uint64_t mark = attndyn_memory_mark(run->ctx);
    double moves[2];
    for (int k = 0; k < 2; k++) {
        struct attndyn_joma_instance_spec spec = attndyn_joma_instance_reference(attention[k]);
        struct attndyn_joma_instance t;
        struct attndyn_joma_work *work;
        spec.seed = (uint64_t)p->seed;
        spec.v_scale = spec.z_scale = spec.z_shift = 0;
        ATTNDYN_TRY(attndyn_joma_instance_create(run->ctx, &spec, &t));
        ATTNDYN_TRY(attndyn_joma_work_create(run->ctx, &t.model, &work));
        attndyn_joma_gradient(work, NULL, NULL, t.model.samples, t.state, work->gradient);
        /* V comes first, then xi, then z */
        moves[k] = joma_largest(work->gradient, attndyn_joma_xi_offset(&t.model));
        worst(&moves[k], joma_largest(work->gradient + attndyn_joma_z_offset(&t.model),
                                      t.model.queries * t.model.tokens));
    }
    attndyn_memory_release(run->ctx, mark);
    return verdict_at_most(v, moves[0] / moves[1], 0,
                           "at V = z = 0 the fastest rate of V and z is %.3g under linear and %.3g "
                           "under exp attention (tanh, mse)",
                           moves[0], moves[1]);
}

const struct check *const invariant_claims[] = {&this_flow,
                                                &two_integrators,
                                                &rhs_identity,
                                                &flow_invariant,
                                                &kinks,
                                                &learning_rate_ratio,
                                                &several_queries,
                                                &zero_start,
                                                &drift_follows_rtol,
                                                &descent_law,
                                                &drift_halves,
                                                &midpoint,
                                                &rk4_order,
                                                &z_lags,
                                                &full_model,
                                                NULL};
