/* lowrank/stable-rank: the claims, and what is left of the printed lemma. */
#include "stable_rank.h"

#include <string.h>

#define PARAMETERS stable_rank

/* Is eta within 2/(lambda2 + lambda_max), where the bounds are stated? */
static bool step_allowed(const struct trial *run, const struct stable_rank *p) {
    struct steps plain, limit;
    ROW(run, steps, 0, &plain);
    ROW(run, steps, 1, &limit);
    return (p->eta > 0 ? p->eta : plain.eta) <= limit.eta * (1 + 1e-12);
}

CLAIM(spectral, "L33.spectral-path", PAPER("GaLore", "proof of Lemma 3.3"),
      "vec G_{t+1} = (I - eta S) vec G_t: stepping without S and the eigenvectors of S give one "
      "sr(G_t)",
      "S, its matrix-free twin or vec() are wrong", .bound = 1e-9) {
    double off = 0;
    EACH_ROW (run, history, r) worst(&off, r->sr_G / r->sr_spectral - 1);
    return verdict_at_most(v, off, v->bound, "largest relative difference over %zu times",
                           ROWS(run, history));
}

CLAIM(closed, "L33.counterexample-closed-form", DERIVED,
      "in the 2 x 2 counterexample G_t is proportional to diag(2 - q^t/5, 1 + 2 q^t/5)",
      "the instance or the closed form is wrong", .bound = 1e-12) {
    double off = 0;
    EACH_ROW (run, counterexample, r) worst(&off, r->sr_G / r->sr_closed - 1);
    return verdict_at_most(v, off, v->bound, "stepping against the closed form, t = 0..%zu",
                           ROWS(run, counterexample) - 1);
}

/* Over the instance, the counterexample and the survey. */
CLAIM(bound, "L33.bound", DERIVED,
      "sr(G_t) <= (||G_par||_F^2 + q^{2t} ||G_perp||_F^2)/(||G_par||_2 - q^t ||G_perp||_F)^2",
      "one instance, at one time, passes it", .bound = ROUNDOFF) {
    if (!step_allowed(run, p))
        return verdict_skip(v, "eta is above 2/(lambda2 + lambda_max), where no bound is stated");
    double most = -1;
    long instances = 2;
    EACH_ROW (run, history, r) {
        if (isfinite(r->bound)) most = fmax(most, r->sr_G / r->bound - 1);
        most = fmax(most, 1 - r->sr_G / r->bound_below);
    }
    EACH_ROW (run, counterexample, r) most = fmax(most, r->sr_G / r->bound - 1);
    EACH_ROW (run, survey, r) {
        most = fmax(most, r->worst_holds);
        instances += r->instances;
    }
    return verdict_at_most(v, fmax(most, 0), v->bound,
                           "largest excess over the bound (0: none) in %ld instances, -%.2g at the "
                           "closest",
                           instances, fmax(-most, 0));
}

CLAIM(product_space, "L33.product",
      PAPER("GaLore", "Lemma 3.3, with one B for all samples or N = 1"),
      "the printed bound holds where the eigenspace of lambda1 is a product space",
      "one such instance passes it", .bound = ROUNDOFF) {
    double most = 0;
    long instances = 0;
    EACH_ROW (run, survey, r) {
        bool generic = strcmp(r->kind, "generic") == 0, product = strcmp(r->kind, "product") == 0;
        if (!product && !(r->N == 1 && generic)) continue;
        most = fmax(most, r->worst);
        instances += r->instances;
    }
    if (instances == 0) return verdict_skip(v, "the survey is empty");
    return verdict_at_most(v, most, v->bound,
                           "largest excess (0: none), %ld instances with one B or N = 1",
                           instances);
}

CLAIM(tends, "L33.limit", PAPER("GaLore", "Lemma 3.3"), "sr(G_t) tends to sr(G_par)",
      "sr(G_t) at t_end is farther from sr(G_par) than what is left of G_perp allows") {
    struct history r;
    ROW(run, history, ROWS(run, history) - 1, &r);
    double above = r.bound / r.sr_par - 1, below = 1 - r.bound_below / r.sr_par;
    if (!step_allowed(run, p))
        return verdict_skip(v, "eta is above 2/(lambda2 + lambda_max), where no limit is stated");
    if (isnan(above)) return verdict_skip(v, "t_end = 0: nothing has moved");
    if (!(above < 0.5))
        return verdict_skip(
            v, "G_perp has not died out at t_end: the bounds leave %.3g; raise t_end", above);
    return verdict_at_most(v, fabs(r.sr_G / r.sr_par - 1), fmax(above, below) + ROUNDOFF,
                           "sr(G_t) = %.10g at t = %ld, sr(G_par) = %.10g", r.sr_G, r.t, r.sr_par);
}

CLAIM(generic, "L33.generic-limit", DERIVED, "for generic B_i, C_i sr(G_par) is near 1",
      "the median over instances is above {bound}", .bound = 1.1) {
    double most = 0;
    EACH_ROW (run, survey, r)
        if (!strcmp(r->kind, "generic")) most = fmax(most, r->median_sr_par);
    if (most == 0) return verdict_skip(v, "the survey is empty");
    return verdict_at_most(v, most, v->bound,
                           "largest median of sr(G_par) over the generic shapes");
}

/* Measured order of sr - 5/4 in q^t between two times of the counterexample, by stepping; the
 * printed bound's excess over 5/4 has order 2. */
ERRATUM(printed_bound, "E.L33-bound", PAPER("GaLore", "Lemma 3.3"),
        "sr(G_t) <= sr(G_par) + q^{2t} ||G_perp||_F^2/||G_par||_2^2 for all S",
        "the printed bound holds in the counterexample at any time, or the other fails") {
    double least = INFINITY, most_holds = -1, first = NAN;
    EACH_ROW (run, counterexample, r) {
        if (r->q_t < 1e-6) break; /* the difference of two stable ranks would be roundoff */
        if (isnan(first)) first = r->sr_G / r->bound_printed - 1;
        /* Relative to q^t: a violation of first order stays of the same size. */
        least = fmin(least, (r->sr_G - r->bound_printed) / r->q_t);
        most_holds = fmax(most_holds, r->sr_G / r->bound - 1);
    }
    return verdict_erratum(v, least, 0.1, fmax(most_holds, 0), ROUNDOFF,
                           "2 x 2 counterexample: sr above the printed bound by %.3g %% at t = 0 "
                           "and by at least %.3g q^t at every t to %zu; the bound that holds is "
                           "never passed",
                           100 * first, least, ROWS(run, counterexample) - 1);
}

/* The first row of the counterexample with q^t below a level; false: none. */
static bool first_below(const struct trial *run, double level, struct counterexample *row) {
    EACH_ROW (run, counterexample, r)
        if (r->q_t < level) {
            *row = *r;
            return true;
        }
    return false;
}

CLAIM(order, "L33.first-order", DERIVED, "sr(G_t) approaches sr(G_par) to first order in q^t",
      "the order is not 1 (the printed bound needs 2)", .bound = 0.01) {
    struct counterexample a, b;
    if (!first_below(run, 1e-2, &a) || !first_below(run, 1e-4, &b))
        return verdict_skip(v, "q^t has not come to 1e-4: raise counterexample_steps");
    double limit = 1.25, decades = log(b.q_t / a.q_t);
    double slope = log((b.sr_G - limit) / (a.sr_G - limit)) / decades;
    double printed = log((b.bound_printed - limit) / (a.bound_printed - limit)) / decades;
    return verdict_near(v, slope, 1, v->bound,
                        "measured order %.5f in q^t (the printed bound's: %.5f), t = %ld to %ld",
                        slope, printed, a.t, b.t);
}

ERRATUM(
    step, "E.L33-step", PAPER("GaLore", "Lemma 3.3"), "the lemma holds for any step size eta",
    "G_perp shrinks by |1 - eta lambda2| above 2/(lambda2 + lambda_max), or does not below it") {
    double excess[3], expected = 0;
    for (size_t k = 0; k < 3; k++) {
        struct steps r;
        ROW(run, steps, k, &r);
        excess[k] = r.contraction - r.claimed;
        expected = r.fastest - r.claimed; /* of the last */
    }
    if (expected < 1e-11) return verdict_skip(v, "lambda2 = lambda_max: there is no faster mode");
    /* Half of what the fastest mode must show. */
    return verdict_erratum(v, excess[2], 0.5 * expected, fmax(excess[0], excess[1]), 1e-12,
                           "G_perp's contraction a step over |1 - eta lambda2|: %+.3g at "
                           "1/lambda_max, %+.3g at 2/(lambda2 + lambda_max), %+.3g half way from "
                           "there to 2/lambda_max",
                           excess[0], excess[1], excess[2]);
}

ERRATUM(corollary, "E.C34-vacuous", PAPER("GaLore", "Corollary 3.4"),
        "for C_i = f_i f_i^T of rank N' < n the lemma bounds sr(G_t) by n - N'",
        "G_par is not zero there") {
    struct corollary r;
    ROW(run, corollary, 0, &r);
    long expected = r.m * (r.n - r.span);
    double missing = 1 - r.par_fraction; /* 1: G_par = 0, there is no sr(G_par) */
    bool as_expected = r.multiplicity == expected && r.lambda1 < 1e-12;
    return verdict_erratum(
        v, as_expected ? missing : 0, 1 - 1e-12, fmax(r.excess, 0), ROUNDOFF,
        "||G_par||/||G|| = %.2g with lambda1/lambda_max = %.2g, multiplicity %ld "
        "(m(n - N') = %ld); with the smallest eigenvalue that is not zero: %.2g",
        r.par_fraction, r.lambda1, r.multiplicity, expected, r.par_fraction_nonzero);
}

const struct check *const stable_rank_claims[] = {&spectral, &closed,    &bound, &product_space,
                                                  &tends,    &generic,   &order, &printed_bound,
                                                  &step,     &corollary, NULL};
