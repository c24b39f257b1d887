#include "bounce_back.h"

#include "experiments/joma/shared/components.h"
#include "experiments/statements/statements.h"

#include <string.h>

#define PARAMETERS bounce_back

CLAIM(
    quadrature, "J5a.quadrature", DERIVED,
    "each component keeps the exact clock exp(beta mu^2) tau = w + the integral over s from v0 to v of "
    "(exp(beta (mu^2 - s^2)) - 1)/(mu - s), w = ln((mu - v0)/(mu - v)), tau = t (with a normaliser N: "
    "the integral of 1/N over t)",
    "at some output a component's clock is off by more than {bound}, relatively ({beside} where v "
    "is the variable)",
    .bound = 1e-9, .beside = 1e-7) {
    NEEDS_TIGHT;
    /* In the variable v, rounding alone moves the clock by 1e-16/delta, and errors of v by more:
     * there the clock is read only while delta > 1e-4. */
    return verdict_at_most(v, SCALAR_OF(run, outcome, clock_error),
                           p->variable == variable_log ? v->bound : v->holds_bound,
                           "%s in the variable %s, rtol %g; all outputs, all components",
                           attndyn_ode_method_name(p->method), variable_names[p->variable],
                           p->rtol);
}

CLAIM(two_integrators, "J5b.two-integrators", DERIVED,
      "two different integrators meet v by that quadrature",
      "at its best tolerance Adams or BDF is off by more than {bound} in some v", .bound = 1e-9) {
    if (p->rtols.count == 0) return verdict_skip(v, "rtols is empty: no integrator was tried");
    double adams = INFINITY, bdf = INFINITY;
    EACH_ROW (run, integrators, r) {
        if (strcmp(r->method, "adams") == 0) adams = smaller_of(adams, r->v_error);
        if (strcmp(r->method, "bdf-dense") == 0) bdf = smaller_of(bdf, r->v_error);
    }
    if (isnan(SCALAR_OF(run, outcome, v_error)))
        return verdict_skip(v, "beta mu^2 is so large that tau has no digits for a closed form");
    return verdict_at_most(v, larger_of(adams, bdf), v->bound,
                           "v at 8 times: adams %.2g, bdf-dense %.2g", adams, bdf);
}

/* Returns the smallest w of all components, and the components of smallest and largest |mu|. */
static double arrived(const struct trial *run, struct offsets *slow, struct offsets *fast) {
    double least_w = INFINITY;
    ROW(run, offsets, 0, slow);
    *fast = *slow;
    EACH_ROW (run, offsets, r) {
        if (!isnan(r->w)) least_w = smaller_of(least_w, r->w);
        if (fabs(r->mu) < fabs(slow->mu)) *slow = *r;
        if (fabs(r->mu) > fabs(fast->mu)) *fast = *r;
    }
    return least_w;
}

CLAIM(slopes, "J5c.slopes", OF(J_T4),
      "d ln(1/delta_j)/dt over d ln(1/delta_k)/dt, delta = 1 - v/mu, tends to exp(beta (mu_j^2 - "
      "mu_k^2)), beta = 1/2 in the paper",
      "at the end the ratio of the components of largest and smallest |mu| is off by more than "
      "{bound} relatively",
      .bound = 1e-6) {
    NEEDS_TIGHT;
    struct offsets slow = {0}, fast = {0};
    struct course last = {0};
    double least = arrived(run, &slow, &fast);
    ROW(run, course, ROWS(run, course) - 1, &last);
    if (slow.component == fast.component)
        return verdict_skip(v, "needs two components of different |mu|");
    if (least < 15) return verdict_skip(v, "t_end is too early: w = %.3g of 15 needed", least);
    double expected = fast.slope / slow.slope;
    return verdict_near(v, last.slope_ratio, expected, v->bound,
                        "exp(beta (mu_j^2 - mu_k^2)) = %.8f", expected);
}

CLAIM(offset, "J5d.offset", DERIVED,
      "ln(1/delta) = exp(beta mu^2) t + ln(1/delta(0)) - C(mu, v0) + o(1), delta = 1 - v/mu, with "
      "C by quadrature (no normaliser)",
      "at the end, when all components have arrived, a residual is above {bound}, relatively",
      .bound = 1e-9) {
    NEEDS_TIGHT;
    struct offsets slow = {0}, fast = {0};
    double most = NOTHING_YET, least = arrived(run, &slow, &fast);
    if (p->normalised) return verdict_skip(v, "stated for N = 1");
    if (p->variable == variable_v)
        return verdict_skip(v, "ln(1/delta) has no digits in the variable v");
    if (least < 20) return verdict_skip(v, "t_end is too early: w = %.3g of 20 needed", least);
    EACH_ROW (run, offsets, r) worst(&most, r->residual / larger_of(1, r->w));
    return verdict_at_most(v, most, v->bound, "largest |w - (exp(beta mu^2) t - C)| / w at t = %g",
                           p->t_end);
}

CLAIM(log_ratio, "J5e.log-ratio", DERIVED_AS("derived here, from JoMA, Theorem 4"),
      "the ratio of the logarithms ln(1/delta_j)/ln(1/delta_k) themselves comes to the value of "
      "Theorem 4 only like 1/t",
      "its distance at t_end/2 is not twice that at t_end, to {percent}", .bound = 0.1) {
    struct offsets slow = {0}, fast = {0};
    struct course middle = {0}, last = {0};
    double least = arrived(run, &slow, &fast);
    size_t rows = ROWS(run, course);
    if (p->normalised) return verdict_skip(v, "stated for N = 1");
    if (slow.component == fast.component || least < 20 || rows % 2 == 0)
        return verdict_skip(v,
                            "needs different |mu|, a later t_end (w = %.3g of 20) and an odd "
                            "number of outputs",
                            least);
    ROW(run, course, (rows - 1) / 2, &middle);
    ROW(run, course, rows - 1, &last);
    double limit = fast.slope / slow.slope;
    double half = limit - middle.log_ratio_ratio, end = limit - last.log_ratio_ratio;
    if (p->variable == variable_v || isnan(end) || isnan(half) || !(end < 0.5 * limit))
        return verdict_skip(v, "ln(1/delta) of the two extremes is no number, or not late enough");
    return verdict_near(v, half / end, 2, v->bound,
                        "limit %.5f: short of it by %.4f at t/2 and %.4f at t, like 1/t", limit,
                        half, end);
}

/* In the end only the least salient component still moves, and its growth raises the entropy: it
 * always comes back, though only a little if all mu are small. */
CLAIM(entropy_dips, "J5f.entropy-dips", OF(J_T4),
      "attention p_j proportional to exp(beta v_j^2) becomes sparse first and comes back: its "
      "entropy dips",
      "the least entropy is below that at the start or that at the end by less than "
      "{bound} rtol of it: what the solver resolves",
      .bound = 1000) {
    struct offsets slow = {0}, fast = {0};
    struct course first = {0};
    arrived(run, &slow, &fast);
    ROW(run, course, 0, &first);
    if (slow.component == fast.component)
        return verdict_skip(v, "needs two components of different |mu|");
    double low = SCALAR_OF(run, outcome, entropy_min), end = SCALAR_OF(run, outcome, entropy);
    if (isnan(low)) return verdict_skip(v, "no minimum of the entropy before t_end");
    return verdict_at_least(v, smaller_of(1 - low / first.entropy, 1 - low / end),
                            v->bound * p->rtol, "H %.6g, least %.6g at t = %.4f, %.6g at the end",
                            first.entropy, low, SCALAR_OF(run, outcome, t_min), end);
}

CLAIM(figure4_dips, "J5g.figure4-dips",
      DERIVED_AS("derived here: what the authors' script of JoMA, figure 4 draws"),
      "In the authors' figure 4, too, attention becomes sparse first and comes back: the entropy "
      "of softmax(v^2/T) dips",
      "the least entropy is below that at the first or that at the last iteration by less than "
      "{bound} nat",
      .bound = 0.1) {
    double start = SCALAR_OF(run, outcome, figure_entropy_start);
    double low = SCALAR_OF(run, outcome, figure_entropy_min);
    double end = SCALAR_OF(run, outcome, figure_entropy_last);
    return verdict_at_least(v, smaller_of(start - low, end - low), v->bound,
                            "H %.6f, least %.6f at iteration %.0f, %.6f at the last", start, low,
                            SCALAR_OF(run, outcome, figure_iteration_min), end);
}

CLAIM(figure4_single, "J5h.figure4-single", DERIVED,
      "single precision, as published, makes no visible difference to figure 4",
      "v or the entropy [nat] differs from double precision by more than {bound} at some "
      "iteration",
      .bound = 2e-4) {
    double apart = SCALAR_OF(run, outcome, figure_single_v);
    double entropy = SCALAR_OF(run, outcome, figure_single_entropy);
    return verdict_at_most(v, larger_of(apart, entropy), v->bound, "v %.2g, entropy %.2g", apart,
                           entropy);
}

CLAIM(figure4_euler, "J5i.figure4-euler", DERIVED,
      "the Euler run of figure 4 approaches its flow at first order in the step",
      "halving the step does not halve the largest error of v, to {percent}", .bound = 0.05) {
    double full = SCALAR_OF(run, outcome, figure_euler_error);
    double half = SCALAR_OF(run, outcome, figure_euler_error_half);
    return verdict_near(v, full / half, 2, v->bound,
                        "largest error of v: %.3g, with half the step %.3g", full, half);
}

CLAIM(figure4_invariants, "J5j.figure4-invariants", DERIVED,
      "in the flow of figure 4, with the normaliser N = sum_j exp(v_j^2/T), all components share "
      "one clock tau, and their w_j = ln((mu_j - v_j(0))/(mu_j - v_j)) add up to t",
      "at the end tau spreads over the components, or the sum is off t, by more than {bound} "
      "relatively",
      .bound = 1e-9) {
    NEEDS_TIGHT;
    double spread = SCALAR_OF(run, outcome, figure_tau_spread);
    double sum = SCALAR_OF(run, outcome, figure_sum_error);
    return verdict_at_most(v, larger_of(spread, sum), v->bound,
                           "spread of tau %.2g, |sum w - t|/t %.2g", spread, sum);
}

CLAIM(figure4_unfinished, "J5k.figure4-unfinished", DERIVED,
      "after the figure's 5000 iterations the entropy is still on its way up",
      "at the last iteration it is within {bound} nat of its limit, that at v = mu",
      .bound = 0.05) {
    if (p->figure_steps != 5000) return verdict_skip(v, "stated for 5000 iterations");
    double limit = SCALAR_OF(run, outcome, figure_entropy_limit);
    double last = SCALAR_OF(run, outcome, figure_entropy_last);
    return verdict_at_least(v, limit - last, v->bound, "H = %.6f at the end, %.6f at v = mu", last,
                            limit);
}

CLAIM(figure4_slopes, "J5l.figure4-slopes", DERIVED,
      "in figure 4's flow the ratio of the slopes of ln(1/delta) tends to exp((mu_j^2 - "
      "mu_k^2)/T), as its attention is exp(v^2/T), T = 3",
      "at the end that of the last and the first component is off by more than {bound} relatively",
      .bound = 1e-5) {
    struct reals mu = p->figure_mu;
    double squares = pow(mu.at[mu.count - 1], 2) - pow(mu.at[0], 2);
    if (squares == 0) return verdict_skip(v, "needs first and last |mu| different");
    if (SCALAR_OF(run, outcome, figure_long_arrived) < 15)
        return verdict_skip(v, "figure_long is too early: w = %.3g of 15 needed",
                            SCALAR_OF(run, outcome, figure_long_arrived));
    double ratio = SCALAR_OF(run, outcome, figure_slope_ratio);
    return verdict_near(v, ratio, exp(squares / p->figure_T), v->bound,
                        "T = %g as in the authors' script: last over first component %.6g; with "
                        "exp(v^2/2), of which Theorem 4 speaks, it would be %.6g",
                        p->figure_T, ratio, exp(squares / 2));
}

CLAIM(figure4_squares, "J5m.figure4-squares", OF(J_F4),
      "in figure 4 the entropy of softmax(v^2), too, falls and comes back, beside that of "
      "softmax(v^2/T), which the authors' script draws",
      "its least value is below its first or its last by less than {percent} of ln n, n components",
      .bound = 0.01) {
    double start = SCALAR_OF(run, outcome, figure_squares_start);
    double low = SCALAR_OF(run, outcome, figure_squares_min);
    double end = SCALAR_OF(run, outcome, figure_squares_last);
    return verdict_at_least(v, smaller_of(start - low, end - low) / log((double)p->figure_mu.count),
                            v->bound, "%.6f at the start, least %.6f, %.6f after %ld iterations",
                            start, low, end, p->figure_steps);
}

const struct check *const bounce_back_claims[] = {&quadrature,
                                                  &two_integrators,
                                                  &slopes,
                                                  &offset,
                                                  &log_ratio,
                                                  &entropy_dips,
                                                  &figure4_dips,
                                                  &figure4_single,
                                                  &figure4_euler,
                                                  &figure4_invariants,
                                                  &figure4_unfinished,
                                                  &figure4_slopes,
                                                  &figure4_squares,
                                                  NULL};
