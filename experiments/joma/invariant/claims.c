#include "invariant.h"

#include "experiments/joma/shared/components.h"
#include "experiments/statements/statements.h"

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
    EACH_ROW (run, tokens, r) scale = larger_of(scale, larger_of(fabs(r->z), slope * r->square));
    return scale;
}

CLAIM(this_flow, "J1.this-flow",
      DERIVED_AS(
          "derived here: JoMA, Theorem 1 with the factor eta_z/eta_w and the sum over queries"),
      "Along the flow of the run's own instance Theorem 1's constants stay put, for each token l: "
      "z_l^2 - r sum_k v_lk^2 (linear attention), z_l - (r/2T) sum_k v_lk^2 (exp), this with its "
      "exact second term (softmax); r = eta_z/eta_w, and sums over the queries where there are "
      "several",
      "a token's constant changes by more than 100 rtol of its largest term (of 1, if that is "
      "more)") {
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
      "Two integrators of different families reach the same end state z, V and xi",
      "they differ by more than {bound} of its largest entry ({beside} rtol, if that is more)",
      .bound = 1e-9, .beside = 1000) {
    double differ = SCALAR_OF(run, outcome, integrators_differ);
    if (isnan(differ)) return verdict_skip(v, "the flow stalled on a kink: no end state");
    return verdict_at_most(v, differ, larger_of(v->bound, v->holds_bound * p->rtol),
                           "z, V and xi at t_end by %s and by a second integrator, relative to the "
                           "largest entry",
                           attndyn_ode_method_name(p->method));
}

/* Shapes that cannot show an erratum: with one class there is no gradient, with one token under
 * softmax no logit moves, with one sample there is no second query. */
static bool degenerate(const struct invariant *p) {
    return p->M < 2 || p->K < 2 || p->N < 3;
}

CLAIM(rhs_identity, "J1a.rhs-identity",
      DERIVED_AS(
          "derived here, from JoMA, Theorem 1: any rates, and softmax with its exact second term"),
      "At any state z o dz/dt = r sum_k v_k o dv_k/dt (linear attention) or dz/dt = (r/T) sum_k "
      "v_k o dv_k/dt (exp; for softmax with its exact second term), r = eta_z/eta_w, for all "
      "data, activations, losses and rates tried",
      "at one of the random states the two sides differ by more than {bound} of the sum of "
      "their terms",
      .bound = 1e-13) {
    if (!p->survey) return no_survey(v);
    return verdict_at_most(
        v, WORST(run, identity, defect), v->bound,
        "%zu kinds of model x %ld random states each, with real and with whole counts",
        ROWS(run, identity), p->states);
}

/* How much a conserved quantity may drift by solver error: ten times the tolerance of its terms per
 * step, since the solver tests the root mean square over all components (34 in the reference shape)
 * and the terms are squares. */
#define GRANTED 10
#define SURVEY_RTOL 1e-12

/* The largest drifts among the flows of an attention (NULL: any) and ratio (0: any) that ended as
 * planned: relative to the terms and, for the first two, also to rtol and the number of steps. */
struct drifts {
    size_t done, ended_early;
    double holds, no_ratio, no_ratio_of_terms;
};
static struct drifts drifts(const struct trial *run, const char *attention, double ratio) {
    struct drifts d = {0};
    EACH_ROW (run, flows, r) {
        if (attention && strcmp(r->attention, attention) != 0) continue;
        if (ratio > 0 && r->ratio != ratio) continue;
        if (strcmp(r->outcome, "done") != 0) {
            d.ended_early++;
            continue;
        }
        double granted = r->scale * (double)r->steps * SURVEY_RTOL;
        d.done++;
        worst(&d.holds, r->drift / granted);
        worst(&d.no_ratio, r->drift_no_ratio / granted);
        worst(&d.no_ratio_of_terms, r->drift_no_ratio / r->scale);
    }
    return d;
}

CLAIM(flow_invariant, "J1b.flow-invariant",
      DERIVED_AS(
          "derived here, from JoMA, Theorem 1: any rates, and softmax with its exact second term"),
      "The flow keeps Theorem 1's constants, with the factor eta_z/eta_w, for linear, exp and "
      "(with the exact second term) softmax attention, all activations, losses and ratios of "
      "rates tried",
      "a constant drifts by more than {bound} rtol of its largest term per step of the integrator",
      .bound = GRANTED) {
    if (!p->survey) return no_survey(v);
    struct drifts d = drifts(run, NULL, 0);
    return verdict_at_most(
        v, d.done ? d.holds : NAN, v->bound,
        "%zu flows at rtol 1e-12 and several ratios; %zu more ended early, on a kink or at a "
        "blow-up",
        d.done, d.ended_early);
}

/* The survey's flows have one query; those with ratio 1 are in the setting of the theorem. */
KNOWN(theorem_1, invariant) {
    f->queries_per_attention = 1;
    f->embedding_orthonormal = 1;
    f->shared_rate = 1;
}

static enum attndyn_status as_printed(const struct trial *run, const struct invariant *p,
                                      const char *attention, struct verdict *v) {
    if (!p->survey) return no_survey(v);
    struct drifts d = drifts(run, attention, 1);
    if (!d.done) return verdict_skip(v, "ratios does not hold 1");
    return verdict_at_most(
        v, d.no_ratio, v->bound,
        "%zu flows, all activations and losses, eta_z = eta_w: drift over the terms, in rtol a "
        "step",
        d.done);
}

CLAIM(theorem_1_linear, "J1m.linear-attention", OF(J_T1_linear),
      "With linear attention, one query and eta_z = eta_w the flow keeps z_l^2 - sum_k v_lk^2 for "
      "each token l",
      "it drifts by more than {bound} rtol of its largest term per step of the integrator",
      .bound = GRANTED, .facts = KNOWN_OF(theorem_1)) {
    return as_printed(run, p, "linear", v);
}

CLAIM(theorem_1_exp, "J1m.exp-attention", OF(J_T1_exp),
      "With exp attention, one query and eta_z = eta_w the flow keeps z_l - (1/2) sum_k v_lk^2 "
      "for each token l",
      "it drifts by more than {bound} rtol of its largest term per step of the integrator",
      .bound = GRANTED, .facts = KNOWN_OF(theorem_1)) {
    return as_printed(run, p, "exp", v);
}

CLAIM(kinks, "J1b.kinks", DERIVED,
      "Flows with ReLU keep the constants up to where they end; one that slides along a kink, "
      "where the integrator gives up, is reported as stalled",
      "a constant drifts by more than {bound} rtol of its largest term per step of the integrator",
      .bound = GRANTED) {
    if (!p->survey) return no_survey(v);
    double drift = NOTHING_YET, first = INFINITY;
    int stalled = 0, rows = 0;
    EACH_ROW (run, flows, r) {
        if (strcmp(r->activation, "relu") != 0) continue;
        rows++;
        worst(&drift, r->drift / (r->scale * (double)r->steps * SURVEY_RTOL));
        if (strcmp(r->outcome, "stalled") == 0) {
            stalled++;
            first = smaller_of(first, r->t_reached);
        }
    }
    return verdict_at_most(v, rows ? drift : NAN, v->bound,
                           "%d ReLU flows, %d of them stalled, the first at t = %.6g; the largest "
                           "drift up to where each stopped",
                           rows, stalled, first);
}

ERRATUM(
    learning_rate_ratio, "E.learning-rate-ratio", OF(J_S_rates),
    "The slide has z = sum_k v_k^2/2 + c (exp) and z^2 = sum_k v_k^2 + c (linear attention) for "
    "any learning rates; the sums need the factor eta_z/eta_w",
    "in no flow with eta_z != eta_w do the constants without the factor move by {percent} of "
    "their terms, or with it one moves by more than 10 rtol of its largest term a step",
    .bound = 0.01) {
    if (!p->survey) return no_survey(v);
    if (degenerate(p)) return verdict_skip(v, "needs M >= 2, K >= 2, N >= 3");
    double printed = NOTHING_YET, holds = NOTHING_YET;
    for (size_t i = 0; i < p->ratios.count; i++) {
        if (p->ratios.at[i] == 1) continue;
        struct drifts d = drifts(run, NULL, p->ratios.at[i]);
        worst(&printed, d.no_ratio_of_terms);
        worst(&holds, d.holds);
    }
    if (printed == 0) return verdict_skip(v, "ratios holds nothing but 1");
    return verdict_erratum(v, printed, v->bound, holds, GRANTED,
                           "drift over the terms without the factor eta_z/eta_w: up to %.3g, with "
                           "it at most %.3g rtol a step",
                           printed, holds);
}

CLAIM(drift_follows_rtol, "J1c.drift-follows-rtol", DERIVED,
      "Under Adams and BDF the constants z_l - (r/2T) sum_k v_lk^2 drift by less than 100 rtol to "
      "t = 1",
      "one drifts by more at some rtol of `tolerances`") {
    if (!p->survey) return no_survey(v);
    double ratio = NOTHING_YET;
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
      "A step of gradient descent changes z - (r/2T) sum_k v_k^2 (exp attention) by exactly "
      "-(r/2T) lr^2 sum_k (dV_k)^2, and z^2 - r sum_k v_k^2 (linear) by lr^2 [(dz)^2 - r sum_k "
      "(dV_k)^2], dV and dz the flow's rates on the step's batch; also with minibatches and ReLU",
      "the law summed over the steps and the drift differ by more than {bound} of the largest "
      "term or drift",
      .bound = 1e-12) {
    double error = WORST_GAP(run, descent, drift, law);
    const double drift = SCALAR_OF(run, outcome, drift_descent);
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
    if (descents == 0 && p->survey)
        return verdict_skip(v, "the survey has no step of descent: rates is empty");
    if (descents == 0 && p->steps == 0)
        return verdict_skip(v, "steps = 0 without the survey: no step of descent was made");
    double bound = v->bound * larger_of(term_scale(p, run), drift);
    return verdict_at_most(
        v, error, isnan(bound) ? v->bound : bound,
        "full batches and single samples, smooth and ReLU: drift against the sum "
        "of the law's terms");
}

/* Of the descents of falling rates: drift/rate of a token, extrapolated to rate 0. */
CLAIM(drift_per_rate, "J1e.drift-per-rate", DERIVED,
      "At a fixed horizon the drift of z_l - (r/2T) sum_k v_lk^2 under gradient descent, per unit "
      "of its rate, tends to -(r/2T) int sum_k (dv_lk/dt)^2 dt of the flow as the rate tends to 0",
      "for the token that drifts most, extrapolated to rate 0, it is off, relatively, by "
      "more than ten times what the last order of the extrapolation changed ({bound}, if "
      "that is more)",
      .bound = 1e-8) {
    if (!p->survey) return no_survey(v);
    if (degenerate(p)) return verdict_skip(v, "needs M >= 2, K >= 2, N >= 3");
    double per_rate[8] = {0}, rate[8], last = NAN, change = NAN;
    size_t n = p->rates.count < 8 ? p->rates.count : 8;
    if (n < 3) return verdict_skip(v, "rates holds fewer than three rates");
    long token = nth_step(run, "gd", 0).token;
    for (size_t i = 0; i < n; i++) {
        struct steps of = nth_step(run, "gd", i);
        if (of.token != token)
            return verdict_skip(v, "the token that drifts most is not the same at all rates");
        rate[i] = of.step;
        per_rate[i] = of.drift / of.step;
    }
    /* Neville's scheme in powers of the rate: its error is a series in them */
    for (size_t order = 1; order < n; order++)
        for (size_t i = n - 1; i >= order; i--) {
            double before = per_rate[i];
            per_rate[i] += (per_rate[i] - per_rate[i - 1]) * rate[i] / (rate[i - order] - rate[i]);
            if (i == n - 1) last = per_rate[i], change = fabs(per_rate[i] - before);
        }
    struct per_rate flow = {.integral = NAN};
    EACH_ROW (run, per_rate, r)
        if (r->token == token) flow = *r;
    return verdict_at_most(
        v, fabs(last / flow.integral - 1), larger_of(10 * change / fabs(flow.integral), v->bound),
        "token %ld, %zu rates: %.9g extrapolated, %.9g from the flow; the last "
        "extrapolation changed it by %.2g; at the smallest rate it is %.4g",
        token, n, last, flow.integral, change, nth_step(run, "gd", n - 1).drift / rate[n - 1]);
}

CLAIM(midpoint, "J1f.midpoint",
      PAPER("Hairer, Lubich and Wanner", "IV.2.1: Gauss methods keep quadratic invariants"),
      "The implicit midpoint rule keeps the constants z_l - (r/2T) sum_k v_lk^2, which are "
      "quadratic, to rounding at any step",
      "one drifts by more than {bound} at some step of `rates`", .bound = 1e-13) {
    if (!p->survey) return no_survey(v);
    double drift = NOTHING_YET;
    EACH_ROW (run, steps, r)
        if (strcmp(r->method, "midpoint") == 0) worst(&drift, r->largest);
    return verdict_at_most(v, drift, v->bound,
                           "implicit midpoint at all steps of `rates`, solved to roundoff");
}

CLAIM(rk4_order, "J1g.rk4-order", DERIVED,
      "Under RK4 the drift of the constants falls with about the fourth power of the step, or "
      "faster",
      "the order observed between two steps of `rates` is below {bound}", .bound = 3.7) {
    if (!p->survey) return no_survey(v);
    if (degenerate(p)) return verdict_skip(v, "needs M >= 2, K >= 2, N >= 3");
    if (p->rates.count < 2) return verdict_skip(v, "rates holds fewer than two steps");
    double least = INFINITY, drift[2] = {0};
    for (size_t i = 1; i < p->rates.count; i++) {
        for (size_t k = 0; k < 2; k++) drift[k] = nth_step(run, "rk4", i - 1 + k).largest;
        least =
            smaller_of(least, log(drift[0] / drift[1]) / log(p->rates.at[i - 1] / p->rates.at[i]));
    }
    return verdict_at_least(v, least, v->bound,
                            "least observed order between steps; drift at the finest step %.2g",
                            drift[1]);
}

CLAIM(z_lags, "J1h.z-lags", DERIVED,
      "With exp attention no step of gradient descent, with whatever batch, raises z_l - (r/2T) "
      "sum_k v_lk^2 of a token: z lags",
      "a step raises one by more than {bound}", .bound = 1e-14) {
    if (!p->survey) return no_survey(v);
    double highest = -INFINITY;
    EACH_ROW (run, steps, r) {
        if (strcmp(r->attention, "exp") != 0 || !strstr(r->method, "gd")) continue;
        if (!(isnan(highest) || r->highest <= highest)) highest = r->highest;
    }
    double sgd = nth_step(run, "sgd", 0).largest, gd = nth_step(run, "gd", 0).largest;
    return verdict_at_most(
        v, highest, v->bound,
        "most positive change of z - (r/2T) sum v^2 in one step of descent; single samples drift "
        "%.1f times as far as full batches (%.3g against %.3g)",
        sgd / gd, sgd, gd);
}

CLAIM(full_model, "J1i.full-model", DERIVED,
      "The reduced (V, xi, z) dynamics are those of the full (W, z) model with orthonormal "
      "embeddings",
      "backpropagation through W, or the complex step of the objective along random "
      "directions, differs by more than {bound}, relatively",
      .bound = 1e-13) {
    if (!p->survey) return no_survey(v);
    const double back = WORST(run, cross_check, backpropagation),
                 step = WORST(run, cross_check, complex_step);
    double both = back;
    worst(&both, step);
    return verdict_at_most(v, both, v->bound,
                           "%zu kinds of model: backpropagation through W with random orthonormal "
                           "embeddings %.2g, complex step of the objective %.2g",
                           ROWS(run, cross_check), back, step);
}

CLAIM(sum_over_queries, "J1l.sum-over-queries",
      DERIVED_AS("derived here; JoMA, Theorem 1 is for one query"),
      "With several queries that share the nodes w_k the sum over the queries keeps Theorem 1's "
      "constant, and a single query does not",
      "the constant of the sum drifts by more than {bound}, or the first query's own by less than "
      "a hundred times that",
      .bound = 1e-10) {
    if (!p->survey) return no_survey(v);
    if (degenerate(p)) return verdict_skip(v, "needs M >= 2, K >= 2, N >= 3");
    double alone = 0, summed = NOTHING_YET, moved = NAN;
    EACH_ROW (run, queries, r) {
        worst(&summed, r->summed);
        if (r->queries < 2 || r->one_query <= alone) continue;
        alone = r->one_query;
        moved = r->moved;
    }
    if (!(alone > 100 * v->bound))
        return verdict_at_least(v, alone, 100 * v->bound,
                                "the control fails: one query alone keeps the invariant");
    return verdict_at_most(v, summed, v->bound,
                           "2 or 3 queries; control: the first query's own constant drifts by up "
                           "to %.3g, where z moves by %.3g",
                           alone, moved);
}

/* dV and dz at V = z = 0, on the reference instance: nothing under linear attention (b = 0). */
CLAIM(zero_start, "J1j.zero-start", DERIVED,
      "With linear attention V = z = 0 is a fixed point, since b = x o z = 0: from a start at "
      "zero the theorem is empty. Exp attention leaves it",
      "there the rate of V or z is not 0 under linear attention, or all rates are 0 under exp "
      "attention") {
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
        /* the state holds V, then xi, then z */
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
                                                &theorem_1_linear,
                                                &theorem_1_exp,
                                                &learning_rate_ratio,
                                                &sum_over_queries,
                                                &zero_start,
                                                &drift_follows_rtol,
                                                &descent_law,
                                                &drift_per_rate,
                                                &midpoint,
                                                &rk4_order,
                                                &z_lags,
                                                &full_model,
                                                NULL};
