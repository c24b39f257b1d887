#include "erf.h"

#include "experiments/joma/shared/components.h"
#include "experiments/statements/statements.h"

#include <string.h>

#define PARAMETERS erf

CLAIM(closed_form, "J2a.closed-form", DERIVED_AS("derived here, from JoMA, Theorem 2"),
      "the flow dv_l/dt = delta_l exp(v_l^2/2), delta_l = E[g x_l], follows erf(v_l/sqrt 2) = "
      "erf(v_l(0)/sqrt 2) + sqrt(2/pi) delta_l t to the end of the run (general rates and offsets "
      "c_l: with their factors)",
      "at the end v or the time is off by more than {bound} relatively ({beside} in the original "
      "clock, which loses digits near the blow-up at t*)",
      .bound = 1e-9, .beside = 1e-7) {
    NEEDS_TIGHT;
    return verdict_at_most(
        v, SCALAR_OF(run, outcome, v_error), p->clock == clock_rescaled ? v->bound : v->holds_bound,
        "%s in the %s clock, rtol %g, ended %.3g before t*", attndyn_ode_method_name(p->method),
        clock_names[p->clock], p->rtol, SCALAR_OF(run, outcome, gap));
}

CLAIM(two_integrators, "J2b.two-integrators", DERIVED,
      "two different integrators meet the closed form on the way to the blow-up",
      "fewer than two methods, each at its best, have an error of {bound} or less in the v of all "
      "tokens but the winner",
      .bound = 1e-9) {
    if (p->rtols.count == 0) return verdict_skip(v, "rtols is empty: fixed steps alone were tried");
    /* The best error of each method; the second best of those. */
    double best[2] = {INFINITY, INFINITY};
    const char *name[2] = {"", ""};
    EACH_ROW (run, integrators, r) {
        if (!(r->v_error < best[1])) continue;
        if (strcmp(r->method, name[0]) == 0)
            best[0] = smaller_of(best[0], r->v_error);
        else if (r->v_error < best[0])
            best[1] = best[0], name[1] = name[0], best[0] = r->v_error, name[0] = r->method;
        else
            best[1] = r->v_error, name[1] = r->method;
    }
    return verdict_at_most(v, best[1], v->bound, "%s %.2g, %s %.2g", name[0], best[0], name[1],
                           best[1]);
}

/* The largest of each over the rows of `attention` with v_max in [from, to]; NOTHING_YET
 * where there are none. */
static struct course most(const struct trial *run, const char *attention, double from, double to) {
    struct course most = {
        .v_max = NOTHING_YET, .spread = NOTHING_YET, .spread_printed = NOTHING_YET};
    EACH_ROW (run, course, r) {
        if (strcmp(r->attention, attention) != 0 || r->v_max < from || r->v_max > to) continue;
        keep_larger(&most.v_max, r->v_max);
        /* none at t = 0 */
        if (!isnan(r->spread)) keep_larger(&most.spread, r->spread);
        if (!isnan(r->spread_printed)) keep_larger(&most.spread_printed, r->spread_printed);
    }
    return most;
}

CLAIM(invariant, "J2c.invariant", DERIVED_AS("derived here, from JoMA, Theorem 2"),
      "[erf(v_l/sqrt 2) - erf(v_l(0)/sqrt 2)]/delta_l is the same for all tokens l at all times "
      "(general rates and offsets c_l: with their factors)",
      "it spreads over the tokens by more than {bound} of its mean at some output with max "
      "|v_l| from 0.1 to 5",
      .bound = 1e-9) {
    NEEDS_TIGHT;
    if (!(SCALAR_OF(run, outcome, v_max) > 0.1))
        return verdict_skip(v, "|v| stays below 0.1: t_end is too early");
    return verdict_at_most(v, most(run, "exp", 0.1, 5).spread, v->bound,
                           "largest relative spread for 0.1 <= |v| <= 5");
}

ERRATUM(erf_argument, "E2.erf-argument", OF(J_S_erf),
        "The slide has erf(v_l/2)/delta_l the same for all tokens l (from v = 0); it is "
        "erf(v_l/sqrt 2)/delta_l that is",
        "at max |v_l| = 2 the slide's form spreads over the tokens by less than {percent} of its "
        "mean, or the corrected one by more than 1e-9 at some output with max |v_l| from 0.1 to 5",
        .bound = 0.01) {
    NEEDS_TIGHT;
    double least = INFINITY, greatest = joma_largest(p->delta.at, p->delta.count);
    for (size_t l = 0; l < p->delta.count; l++)
        if (p->delta.at[l] != 0) least = smaller_of(least, fabs(p->delta.at[l]));
    double printed = most(run, "exp", 1.95, 2.05).spread_printed;
    if (!isfinite(printed))
        return verdict_skip(v, "needs equal c, equal rates and |v| up to 2 (t_end beyond that)");
    if (!(least < 0.4 * greatest))
        return verdict_skip(v, "needs tokens of different salience: min|delta| < 0.4 max|delta|");
    return verdict_erratum(v, printed, v->bound, most(run, "exp", 0.1, 5).spread, 1e-9,
                           "spread over the tokens at |v| = 2: erf(v/2) %.4f", printed);
}

static double integrator_error(const struct trial *run, const char *clock, const char *method,
                               double rtol) {
    double error = NAN;
    EACH_ROW (run, integrators, r)
        if (strcmp(r->clock, clock) == 0 && strcmp(r->method, method) == 0 && r->rtol == rtol)
            error = r->t_star_error;
    return error;
}

static double tightest(const struct erf *p) {
    double least = INFINITY;
    for (size_t i = 0; i < p->rtols.count; i++) least = smaller_of(least, p->rtols.at[i]);
    return least;
}

CLAIM(blow_up_rescaled, "J2d.blow-up-rescaled", DERIVED,
      "integration in path length finds the blow-up time t*, the least of all t_l*: "
      "sqrt(pi/2)/max_l |delta_l| from v(0) = 0",
      "t* is missed by more than {bound} relatively", .bound = 1e-10) {
    double rtol = tightest(p);
    if (!(rtol <= 1e-12)) return verdict_skip(v, "needs a tolerance of 1e-12 among rtols");
    double adams = integrator_error(run, "rescaled", "adams", rtol);
    double bdf = integrator_error(run, "rescaled", "bdf-dense", rtol);
    return verdict_at_most(v, larger_of(adams, bdf), v->bound,
                           "adams %.2g, bdf-dense %.2g at rtol %g", adams, bdf, rtol);
}

CLAIM(blow_up_original, "J2e.blow-up-original", DERIVED,
      "Integration in time with an event at v_stop finds the same blow-up time t*",
      "t* is missed by more than {bound} relatively", .bound = 1e-7) {
    double adams = integrator_error(run, "original", "adams", 1e-10);
    double bdf = integrator_error(run, "original", "bdf-dense", 1e-10);
    if (isnan(adams) || isnan(bdf))
        return verdict_skip(v, "an integrator gave up in original time, or 1e-10 is not in rtols");
    return verdict_at_most(v, larger_of(adams, bdf), v->bound,
                           "event at |v| = %g plus erfc tail: adams %.2g, bdf-dense %.2g",
                           p->v_stop, adams, bdf);
}

CLAIM(losers_stop, "J2f.losers-stop", DERIVED,
      "at the blow-up all tokens but the winner stand at finite limits, sqrt 2 "
      "erfinv(delta_l/max_j |delta_j|) from v(0) = 0",
      "v_l of one of them is off its limit by more than {bound} where the integration stopped, "
      "just before t*",
      .bound = 1e-7) {
    NEEDS_TIGHT;
    /* What a loser still moves between the stop and t*: the gap times its speed, which is of order
     * 1 to 10. */
    double off = NOTHING_YET, gap = NAN;
    size_t losers = 0;
    EACH_ROW (run, limits, r) {
        if (isnan(r->limit)) continue;
        losers++;
        worst(&off, r->v_stop - r->limit);
    }
    if (losers == 0) return verdict_skip(v, "every token wins: there is no loser to stop");
    EACH_ROW (run, integrators, r)
        if (strcmp(r->clock, "rescaled") == 0) gap = r->gap;
    return verdict_at_most(v, off, v->bound, "at |v| = %g, %.2g before t*; losers do stop",
                           p->v_stop, gap);
}

CLAIM(entropy_falls, "J2g.entropy-falls", OF(J_T2),
      "attention becomes sparse: with exp attention its entropy falls all the way to the blow-up",
      "the entropy rises between two outputs") {
    bool one = true;
    for (size_t i = 0; i < p->delta.count; i++)
        one = one && fabs(p->delta.at[i]) == fabs(p->delta.at[0]);
    if (one) return verdict_skip(v, "all |delta| are equal: no token outgrows another");
    if (!(most(run, "exp", 0.1, INFINITY).v_max > 0))
        return verdict_skip(v, "|v| stays below 0.1: t_end is too early");
    double rise = -INFINITY, before = NAN, first = NAN, last = NAN;
    EACH_ROW (run, course, r) {
        if (strcmp(r->attention, "exp") != 0) continue;
        last = r->entropy;
        if (isnan(before))
            first = last;
        else
            rise = larger_of(rise, last - before);
        before = last;
    }
    return verdict_at_most(v, positive_part(rise), 1e-12, "falls from %.6f to %.3g, never rises",
                           first, last);
}

CLAIM(linear_attention, "J2h.linear-attention", DERIVED,
      "under linear attention v_l = z_0 sinh(delta_l t) and z_l = z_0 cosh(delta_l t) grow "
      "exponentially, without a blow-up and without tokens that stop",
      "v at t_end is off by more than {bound} relatively", .bound = 1e-9) {
    NEEDS_TIGHT;
    return verdict_at_most(v, SCALAR_OF(run, outcome, linear_error), v->bound,
                           "v = z0 sinh(delta t), z = z0 cosh(delta t), finite at t = %g",
                           p->t_end);
}

CLAIM(normalised, "J2i.normalised", DERIVED,
      "a normaliser A = sum_l x_l exp(z_l) common to all tokens only changes the clock: on the "
      "same curve, t = sum_l x_l (v_l - v_l(0))/delta_l",
      "[erf(v_l/sqrt 2) - erf(v_l(0)/sqrt 2)]/delta_l spreads over the tokens by more than "
      "{bound}, or v at the end is off the closed form by more than that",
      .bound = 1e-9) {
    NEEDS_TIGHT;
    if (!(most(run, "normalised", 0.1, INFINITY).v_max > 0))
        return verdict_skip(v, "needs t_long beyond |v| = 0.1");
    double spread = most(run, "normalised", 0.1, INFINITY).spread,
           error = SCALAR_OF(run, outcome, normalised_error);
    return verdict_at_most(v, larger_of(spread, error), v->bound,
                           "spread %.2g, closed form %.2g: only the clock changes", spread, error);
}

CLAIM(normalised_slope, "J2j.normalised-slope", DERIVED,
      "With a common normaliser the blow-up moves to infinite time: |v| of the winner grows with "
      "the slope eta_w |delta|/x of that token",
      "the slope at the end, at |v| > 6, is off by more than {bound} relatively", .bound = 1e-6) {
    double slope = SCALAR_OF(run, outcome, normalised_slope);
    double expected = SCALAR_OF(run, outcome, normalised_slope_limit);
    double top = NAN;
    EACH_ROW (run, course, r)
        if (strcmp(r->attention, "normalised") == 0) top = r->v_max;
    if (!(top > 6)) return verdict_skip(v, "needs t_long beyond |v| = 6");
    return verdict_near(v, slope, expected, v->bound, "eta_w delta/x of the winner, at |v| = %.3g",
                        top);
}

CLAIM(softmax_correction, "J2k.softmax-correction", DERIVED,
      "the softmax correction of Theorem 1, z = v^2/2 - ||v||^2 bbar/2, breaks the invariant "
      "erf(v_l/sqrt 2)/delta_l unless bbar is uniform",
      "at the end the invariant spreads over the tokens by less than {bound} where bbar is "
      "not uniform, or by more than {beside} where it is",
      .bound = 1e-3, .beside = 1e-9) {
    NEEDS_TIGHT;
    double spread = SCALAR_OF(run, outcome, corrected_spread);
    if (!p->x.count || joma_all_are(p->x, p->x.at[0]))
        return verdict_at_most(v, spread, v->holds_bound,
                               "bbar uniform: a factor common to all tokens");
    return verdict_at_least(v, spread, v->bound, "bbar = x, not uniform: the invariant is broken");
}

/* Of the trials from a start: how many were won by another token than the one of least t_l*, by
 * another than that of largest |delta|, downwards, and against the sign of the winner's delta. */
struct trials {
    size_t count, not_first, not_largest, down, against;
};
static struct trials trials(const struct trial *run, const char *start) {
    struct trials t = {0};
    EACH_ROW (run, winners, r) {
        if (start && strcmp(r->start, start) != 0) continue;
        t.count++;
        t.not_first += r->winner != r->first_time;
        t.not_largest += r->winner != r->largest_delta;
        t.down += r->sign < 0;
        t.against += r->sign != r->sign_delta;
    }
    return t;
}

CLAIM(least_time_wins, "J2l.least-time-wins", DERIVED,
      "From every start the token of the least t_l* = sqrt(pi/2) (1 - sgn(delta_l) "
      "erf(v_l(0)/sqrt 2))/|delta_l| wins: it blows up first",
      "another token wins in one of the random trials") {
    struct trials t = trials(run, NULL), random = trials(run, "random");
    if (!t.count) return verdict_skip(v, "trials = 0");
    return verdict_at_most(v, (double)t.not_first, 0,
                           "of %zu starts; control: the largest |delta| does not win in %zu of %zu "
                           "from random ones",
                           t.count, random.not_largest, random.count);
}

KNOWN(zero_starts, erf) {
    f->gradient_stationary = 1;
    f->attention_exponential = 1;
    f->node_zero = 1;
}

CLAIM(largest_saliency_wins, "J2m.largest-saliency-wins", OF(J_T2),
      "From v(0) = 0 the token of the largest |delta| takes all",
      "another token wins in one of the random trials", .facts = KNOWN_OF(zero_starts)) {
    struct trials t = trials(run, "zero");
    if (!t.count) return verdict_skip(v, "trials = 0");
    return verdict_at_most(v, (double)t.not_largest, 0, "of %zu random delta", t.count);
}

ERRATUM(winner_sign, "E2.winner-sign", OF(J_S_winner),
        "the slide lets v of the winner go to plus infinity; it goes to sgn(delta_l) infinity",
        "of random trials fewer than {percent} of the winners go down, or one goes against the "
        "sign of its delta_l",
        .bound = 0.05) {
    struct trials t = trials(run, NULL);
    if (t.count < 20) return verdict_skip(v, "needs 20 trials or more");
    return verdict_erratum(
        v, (double)t.down / (double)t.count, v->bound, (double)t.against, 0,
        "%zu of %zu winners run to minus infinity, all to the side of their delta", t.down,
        t.count);
}

const struct check *const erf_claims[] = {&closed_form,      &two_integrators,
                                          &invariant,        &erf_argument,
                                          &blow_up_rescaled, &blow_up_original,
                                          &losers_stop,      &entropy_falls,
                                          &linear_attention, &normalised,
                                          &normalised_slope, &softmax_correction,
                                          &least_time_wins,  &largest_saliency_wins,
                                          &winner_sign,      NULL};
