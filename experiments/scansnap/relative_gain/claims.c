#include "experiments/statements/statements.h"
#include "relative_gain.h"

#include <string.h>

#define PARAMETERS relative_gain

/* The quasi-static decoder is Eq. 10 with another beta, which is uniform too; theorem 3 does not
 * depend on its size. */
KNOWN(quasi_static, relative_gain) {
    f->adiabatic = f->commons_fall = 1;
}

static bool is_model(const struct gain *r, const char *model) {
    return strcmp(r->model, model) == 0;
}

CLAIM(commons, "C7.common-invariant", DERIVED,
      "In the symmetric family with V = K, (exp(-2 w_g) - 1)/q_g^2 is the same for all common "
      "tokens g at every time, w_g their logits and q_g their weights (tried: K = 20, N = 2, "
      "eta_Y/eta_Z = 10).",
      "commons of unequal weight have values that spread, relative to their mean, by more "
      "than {bound} rtol, the drift of long solves",
      .bound = 1e4) {
    if (p->q.count < 2) return verdict_skip(v, "one common token: there is nothing to spread over");
    struct tally spread = {NOTHING_YET, 0};
    EACH_ROW (run, common, r) {
        if (r->w_lowest > -1e-4) continue;
        tally_worst(&spread, r->J_spread);
    }
    if (spread.n == 0) return verdict_skip(v, "the commons have not moved yet: lengthen horizon");
    return verdict_at_most(v, spread.value, v->bound * p->rtol,
                           "largest relative spread over %zu outputs with |w| > 1e-4", spread.n);
}

CLAIM(
    sum, "C7.sum-conserved", OF(S_L1),
    "N sum_j z_j + sum_g w_g = 0 along the flow: j the distinct tokens of a class, g the commons, "
    "N the classes of a last token.",
    "the sum is off 0 by more than {bound}", .bound = 1e-11) {
    return verdict_at_most(v, WORST(run, common, sum), v->bound, "largest |N sum z + sum w|");
}

CLAIM(decoder, "C8.qsd-theorem-3", OF(S_T3),
      "With the quasi-static decoder, which follows the attention at once, Theorem 3 is exact: (1 "
      "- exp(-2 z_l))/p_l^2 is the same for all distinct tokens l of a class, p_l their weights.",
      "it spreads over them by more than {bound} of its mean, once ln chi of the most probable "
      "token has passed 1e-4",
      .bound = 1e-8, .facts = KNOWN_OF(quasi_static)) {
    struct tally spread = {NOTHING_YET, 0};
    if (p->num_distinct < 2)
        return verdict_skip(v, "one distinct token: there is nothing to spread over");
    EACH_ROW (run, gain, r) {
        /* I is 0/0 at the start: judged from a gain of 1e-4 on */
        if (!is_model(r, "qsd") || r->ln_chi < 1e-4) continue;
        tally_worst(&spread, r->I_spread);
    }
    if (spread.n == 0) return verdict_skip(v, "no output with ln chi > 1e-4: lengthen horizon");
    return verdict_at_most(v, spread.value, v->bound, "largest relative spread over %zu outputs",
                           spread.n);
}

CLAIM(closed, "C8.qsd-closed-solution", DERIVED,
      "With one distinct token, one common token and one class per last token (D = G = N = 1) the "
      "quasi-static decoder has a closed solution theta(z), B(z), theta = rho sigma^2/2.",
      "z or B at some theta leaves it by more than {bound}", .bound = 1e-8) {
    double error = NOTHING_YET;
    size_t rows = ROWS(run, closed);
    if (rows == 0) return verdict_skip(v, "closed_r is empty");
    keep_larger(&error, WORST_GAP(run, closed, B, B_closed));
    keep_larger(&error, WORST_GAP(run, closed, z, z_closed));
    return verdict_at_most(v, error, v->bound, "largest difference of z and of B over %zu outputs",
                           rows);
}

/* Largest deviation of (column)/(rho sigma^2) from its predicted coefficient, over the range where
 * both the next order and the solver's error are small enough. */
#define COEFFICIENT(column, predicted)                                                             \
    coefficient(run, offsetof(struct gain, column), offsetof(struct expansion, predicted), v)
static double field(const void *row, size_t at) {
    return *(const double *)((const char *)row + at);
}
static enum attndyn_status coefficient(const struct trial *run, size_t column, size_t predicted,
                                       struct verdict *v) {
    struct expansion first = {0};
    ROW(run, expansion, 0, &first);
    double expected = fabs(field(&first, predicted)), error = 0, last = 0;
    size_t rows = 0;
    EACH_ROW (run, gain, r) {
        double x = r->rho_sigma2, value = field(r, column);
        /* I and r are 0/0 while z of the most probable token is below 1e-6 */
        if (!is_model(r, "coupled") || x > 0.1 || x < 1e-3 || r->ln_chi < 2e-6) continue;
        if (expected == 0) return verdict_skip(v, "all distinct tokens are alike");
        rows++;
        worst(&error, value / x / expected - 1);
        last = value / x;
    }
    if (rows == 0) return verdict_skip(v, "no output with rho sigma^2 in 1e-3 .. 0.1 and z > 1e-6");
    return verdict_at_most(
        v, error, v->bound,
        "%zu outputs with rho sigma^2 in 1e-3 .. 0.1; predicted %.5g, last measured %.5g per rho "
        "sigma^2",
        rows, expected, last);
}

CLAIM(xi, "C9.xi-spread", DERIVED,
      "In the coupled flow the relative spread of xi_nl over the distinct tokens is, to first "
      "order in rho sigma^2, (f_max^2 - f_min^2) rho sigma^2/3: f_max and f_min the largest and "
      "the smallest f_nl at the start, sigma the internal time, rho = (eta_Z/eta_Y) K/(K-1).",
      "it is more than {percent} off at an output with rho sigma^2 from 1e-3 to 0.1",
      .bound = 0.03) {
    return COEFFICIENT(xi_spread, xi_spread);
}

CLAIM(
    of_I, "C9.I-spread", DERIVED,
    "In the coupled flow the relative spread of (1 - exp(-2 z_l))/p_l^2 over the distinct tokens, "
    "0 by Theorem 3, is half that of xi, (f_max^2 - f_min^2) rho sigma^2/6, to first order.",
    "it is more than {percent} off at an output with rho sigma^2 from 1e-3 to 0.1", .bound = 0.03) {
    return COEFFICIENT(I_spread, I_spread);
}

CLAIM(of_r, "C9.r-error", DERIVED,
      "In the coupled flow ln(r/r(0)), r the relative gain of the most probable token l over "
      "another distinct one l', falls short of Theorem 3's ln chi_l = 2 z_l by a part f_nl'(0)^2 "
      "rho sigma^2/6 of it, to first order: the largest part over all l' is judged.",
      "it is more than {percent} off at an output with rho sigma^2 from 1e-3 to 0.1",
      .bound = 0.03) {
    return COEFFICIENT(r_error, ln_r);
}

CLAIM(collapse, "C9.collapse", DERIVED,
      "In the coupled flow of the symmetric family with V = K the rates, K and M enter the path "
      "of the attention through rho sigma^2 alone: runs of all rates and K fall on one.",
      "at equal rho sigma^2 some z differs from that of the run with rho = 1 and K = 2 N "
      "by more than {bound} rtol of max(1, |z|), the drift of long solves",
      .bound = 1e4) {
    double error = NOTHING_YET, reach = 0;
    size_t rows = 0;
    EACH_ROW (run, gain, r) {
        if (!is_model(r, "coupled")) continue;
        rows++;
        worst(&error, r->collapse_error);
        reach = larger_of(reach, r->rho_sigma2);
    }
    return verdict_at_most(
        v, error, v->bound * p->rtol,
        "largest difference of z (over max(1, |z|)) from the run with rho = 1 and K = 2 N in "
        "internal time, %zu outputs, rho sigma^2 up to %.3g",
        rows, reach);
}

CLAIM(bounds, "C10.bounds", DERIVED,
      "Theorem 3's bounds hold in the coupled flow, too, where D f_nl(0)^2 <= 1: exp(2 f_nl(0)^2 "
      "B_n) <= chi_l <= exp(2 B_n) for the most probable l of D distinct tokens, B_n the integral "
      "of eta_Z times the f^2-weighted mean of xi over them.",
      "either is violated, in its logarithm, by more than {bound} relatively", .bound = 1e-6) {
    double violation = -INFINITY, tight = INFINITY, loose = 0;
    double D = (double)p->num_distinct;
    size_t rows = 0;
    EACH_ROW (run, bounds, r) {
        if (r->B < 1e-6) continue; /* equality at the start */
        double chi = r->ln_chi, lower = r->ln_lower, upper = r->ln_upper;
        if (D * lower / upper > 1) /* lower/upper = f_l(0)^2 */
            return verdict_skip(
                v, "D f_l(0)^2 = %.3g is above 1: the lower bound fails late, see C10.late-slope",
                D * lower / upper);
        keep_larger(&violation, lower / chi - 1);
        keep_larger(&violation, chi / upper - 1);
        tight = smaller_of(tight, chi / lower);
        loose = larger_of(loose, chi / upper);
        rows++;
    }
    if (rows == 0) return verdict_skip(v, "no run on the bounds");
    return verdict_at_most(
        v, violation, v->bound,
        "%zu outputs; smallest ln chi/lower bound %.6f, largest ln chi/upper bound %.3f: the "
        "upper bound is loose",
        rows, tight, loose);
}

/* Late in the coupled flow all z_l grow at one rate (C13.late-direction), so that B, whose rate is
 * their sum over sum f^2 -> 1, grows D/2 times as fast as ln chi = 2 z_l. */
CLAIM(lower, "C10.late-slope", DERIVED,
      "Late in the coupled flow d ln chi_l/dB_n tends to 2/D for the most probable of D distinct "
      "tokens, whatever f_nl(0): where D f_nl(0)^2 > 1, ln chi_l falls below the lower bound that "
      "Theorem 3 gives it for Eq. 10. The upper bound holds, and so does the lower one with the "
      "quasi-static decoder.",
      "at D f_nl(0)^2 = 2 the slope at the end is more than {percent} off 2/D, or one of these "
      "two bounds fails",
      .bound = 0.01) {
    double below = 0, others = -INFINITY, slope = NAN, drop = 0;
    struct lower last = {.B = NAN, .ln_chi = NAN};
    EACH_ROW (run, lower, r) {
        if (r->B < 1e-6) continue; /* equality at the start */
        bool qsd = strcmp(r->model, "qsd") == 0;
        keep_larger(&others, qsd ? r->ln_lower / r->ln_chi - 1 : r->ln_chi / (2 * r->B) - 1);
        if (qsd) continue;
        below = r->ln_lower / r->ln_chi - 1; /* at the end */
        slope = (r->ln_chi - last.ln_chi) / (r->B - last.B);
        drop = larger_of(drop, last.f2 - r->f2);
        last = *r;
    }
    double D = (double)last.D, off = fabs(slope * D / 2 - 1);
    return verdict_at_most(
        v, others <= 1e-6 ? off : INFINITY, v->bound,
        "d ln chi/dB over 2/D, less 1, at the end; ln chi there is %.2f of the bound away, at D "
        "f_l(0)^2 = %.3g, where f_l^2 falls nowhere by more than %.1g",
        below, D * last.f2_0, drop);
}

/* r_error where a run reaches ln chi = level, interpolated by a power law; NaN if it never does. */
static double error_at_gain(const struct trial *run, double ratio, double K, double level) {
    struct gain before = {.ratio = NAN};
    EACH_ROW (run, gain, r) {
        double a = before.ln_chi, b = r->ln_chi, low = before.r_error;
        bool same = r->ratio == ratio && before.ratio == ratio && (double)r->K == K;
        before = *r;
        if (!same || !is_model(r, "coupled") || !(a < level && b >= level)) continue;
        return low * pow(r->r_error / low, log(level / a) / log(b / a));
    }
    return NAN;
}

CLAIM(ratio, "C9.error-by-gain", DERIVED,
      "In the coupled flow the error of r(t) = r(0) chi(t) is a function of the gain chi: at "
      "equal chi it is the same for every eta_Y/eta_Z, and a larger ratio only delays the gain.",
      "at ln chi = 0.1 the relative error of ln(r/r(0)) varies by more than {percent} over the "
      "ratios",
      .bound = 0.05) {
    const double level = 0.1, K = p->classes.at[p->classes.count / 2];
    double first = NAN, largest = 0, smallest = INFINITY, low_ratio = INFINITY,
           high_ratio = NOTHING_YET;
    for (size_t i = 0; i < p->ratios.count; i++) {
        double ratio_i = p->ratios.at[i], error = error_at_gain(run, ratio_i, K, level);
        if (isnan(error)) continue;
        if (isnan(first)) first = error;
        keep_smaller(&low_ratio, ratio_i);
        keep_larger(&high_ratio, ratio_i);
        largest = larger_of(largest, error);
        smallest = smaller_of(smallest, error);
    }
    if (isnan(first) || high_ratio < 10 * low_ratio)
        return verdict_skip(v, "needs two ratios at least 10 apart that reach ln chi = %g", level);
    return verdict_at_most(
        v, 1 - smallest / largest, v->bound,
        "error of ln(r/r0) at ln chi = %g: %.4f .. %.4f for eta_Y/eta_Z = %g .. %g", level,
        smallest, largest, low_ratio, high_ratio);
}

CLAIM(winner, "C10.f-monotone", DERIVED,
      "In the coupled flow of the authors' data f_nl^2 of the most probable distinct token l "
      "never falls.",
      "it falls between two outputs by more than {bound}", .bound = 1e-9) {
    double drop = 0, largest = 0;
    struct bounds last = {.scaled_time = INFINITY};
    if (ROWS(run, bounds) < 2) return verdict_skip(v, "no bound was computed");
    EACH_ROW (run, bounds, r) {
        if (r->scaled_time > last.scaled_time) drop = larger_of(drop, last.f2 - r->f2);
        last = *r;
        largest = larger_of(largest, r->f2);
    }
    return verdict_at_most(
        v, drop, v->bound, "largest fall between outputs; the largest f_l^2 reached is %.3f%s",
        largest, largest < 0.9 ? ": no winner takes all in the coupled flow" : "");
}

const struct check *const relative_gain_claims[] = {&commons, &sum,   &decoder,  &closed, &xi,
                                                    &of_I,    &of_r,  &collapse, &ratio,  &bounds,
                                                    &winner,  &lower, NULL};
