#include "experiments/statements/statements.h"
#include "transition.h"

#include "theory/scansnap/frozen.h"

#define PARAMETERS transitions

static double largest(struct reals of) {
    double most = 0;
    for (size_t i = 0; i < of.count; i++) most = larger_of(most, of.at[i]);
    return most;
}

/* Is the row of the authors' data, rather than of the runs that vary the number of commons? */
static bool authors(const struct transitions *p, const struct transition *r) {
    return r->commons == p->num_common;
}

/* Does the row have eta_Y >= ratio eta_Z? */
static bool slow(const struct transition *r, double ratio) {
    return r->eta_z_over_eta_y * ratio <= 1 + 1e-9;
}

/* rho sigma^2, which tells how far the attention has moved, at the gap u of a frozen attention: u =
 * K/(K-1) sigma (1-s). */
static double moved(const struct transition *r, double u) {
    double K = (double)r->K, kappa = K / (K - 1);
    double sigma = u / kappa / (1 - r->s);
    return r->eta_z_over_eta_y * kappa * sigma * sigma;
}

/* eta_Y >= 1000 eta_Z, and slow enough for the peak of the force to come with little motion of the
 * attention: the error there is 0.026 rho sigma^2. */
static bool nearly_frozen(const struct transition *r) {
    double u = attndyn_frozen_landmarks((double)r->K).u_peak;
    return slow(r, 1000) && r->eta_z_over_eta_y > 0 && moved(r, u) < 0.6;
}

CLAIM(peak, "C14.peak-closed-form", DERIVED,
      "While rho sigma^2 << 1 the force gamma = f_n . Y (e_n - alpha_n) peaks where it does with "
      "frozen attention: at the gap of logits u = 1 + W0((K-1)/e), that is at eta_Y (1-s) t = "
      "(K-1) u + (K-1)/(u-1) - 1, for every K and share s of the commons tried (V = K; W0: "
      "Lambert's function).",
      "in a run with eta_Y >= 1000 eta_Z the time of the peak is more than {percent} from the "
      "closed form",
      .bound = 0.02) {
    struct tally error = {NOTHING_YET, 0};
    EACH_ROW (run, transition, r) {
        if (!nearly_frozen(r)) continue;
        tally_worst(&error, r->peak / r->peak_closed - 1);
    }
    if (error.n == 0) return verdict_skip(v, "needs a ratio of at least 1000");
    return verdict_at_most(v, error.value, v->bound,
                           "%zu runs with eta_Y >= 1000 eta_Z and rho sigma^2 < 0.6 at the peak",
                           error.n);
}

/* What remains is of the next order, rho sigma^2 times the first one, and what the solver errs. */
CLAIM(half, "C14.half-closed-form", DERIVED,
      "While rho sigma^2 << 1, alpha_nn = 1/2 at eta_Y (1-s) t = (K-1) ln(K-1) + K - 2 with V = K, "
      "but for a shift by the attention's motion, derived here to first order in rho sigma^2.",
      "in a run with eta_Y >= 1000 eta_Z what remains, relatively, is more than rho sigma^2 times "
      "that shift and ten times the solver's tolerance") {
    double share = NOTHING_YET, moves = NOTHING_YET;
    size_t n = 0;
    EACH_ROW (run, transition, r) {
        double K = (double)r->K, rate = r->eta_z_over_eta_y;
        /* for K = 2 the half point is at t = 0 */
        if (!slow(r, 1000) || rate == 0 || K <= 2) continue;
        n++;
        double rest = r->half / r->half_closed - 1 - r->half_shift;
        double next = fabs(r->half_shift) * moved(r, log(K - 1));
        worst(&share, rest / (next + 10 * p->rtol));
        worst(&moves, r->half_shift);
    }
    if (n == 0) return verdict_skip(v, "needs K > 2 and a ratio of at least 1000");
    return verdict_at_most(v, share, 1,
                           "%zu runs with eta_Y >= 1000 eta_Z: what remains over rho sigma^2 times "
                           "the shift, which is %.3g at most",
                           n, moves);
}

CLAIM(
    detectors, "C14.detectors-agree", DERIVED,
    "The force peaks at one time, whether it is found as a root of d gamma/dt or as the vertex of "
    "a parabola through the largest outputs.",
    "the two times differ by more than a quarter of the outputs' spacing in ln t") {
    double error = NOTHING_YET, step = log(10) / (double)p->per_decade;
    size_t peaks = 0;
    EACH_ROW (run, transition, r) {
        if (isnan(r->peak)) continue; /* beyond the horizon */
        peaks++;
        worst(&error, r->peak_grid / r->peak - 1);
    }
    if (peaks == 0) return verdict_skip(v, "no run's force peaks before the horizon: raise it");
    return verdict_at_most(
        v, error, step / 4,
        "%zu runs; outputs stand %.3g apart in ln t: the largest of them may lie half of that "
        "off, its parabola at most a quarter",
        peaks, step);
}

CLAIM(scaling, "C14.time-scales-with-eta-y", OF(S_T4c_a),
      "At fixed eta_Y/eta_Z the time t_peak at which the force peaks is proportional to 1/eta_Y.",
      "eta_Y t_peak changes by more than {bound}, relatively, when both rates are tripled",
      .bound = 1e-6) {
    return verdict_at_most(v, SCALAR_OF(run, found, scaling_error), v->bound,
                           "relative change of eta_Y t_peak when both rates are tripled");
}

/* Within one K the rows follow the order of the ratios, with the frozen run last. */
CLAIM(eta_z, "C14.larger-eta-z-sooner", TALK("Scan&Snap, talk: larger eta_Z, faster transition"),
      "On the authors' data with V = K a larger eta_Z at the same eta_Y makes both transitions "
      "come sooner: the force's peak, and the time at which B_n grows fastest in ln t.",
      "one of them comes later for some pair of eta_Z") {
    double most = NOTHING_YET, least = INFINITY;
    size_t pairs = 0;
    EACH_ROW (run, transition, r)
        EACH_ROW (run, transition, q) {
            double slower = r->eta_z_over_eta_y;
            if (!authors(p, r) || !authors(p, q) || r->K != q->K ||
                !(q->eta_z_over_eta_y > slower) || isnan(r->peak) || isnan(q->peak))
                continue;
            pairs++;
            double sooner = q->peak / r->peak;
            worst(&most, sooner);
            least = smaller_of(least, sooner);
            double a = q->ln_fastest, b = r->ln_fastest;
            if (slower > 0 && !isnan(a) && !isnan(b)) /* beyond rho_sigma2_end */
                worst(&most, exp(a - b));
        }
    if (pairs == 0)
        return verdict_skip(v, "needs two values of eta_Z that peak before the horizon");
    return verdict_at_most(
        v, most, 1,
        "largest t(larger eta_Z)/t(smaller eta_Z) over %zu pairs, both transitions; the force's "
        "peak comes up to %.2f times earlier",
        pairs, 1 / least);
}

/* By Eq. 131 itself B(t_0) is near 0 if eta_Y/eta_Z >> 2 K ln^2 M/C_0. */
CLAIM(two, "C14.two-transitions", DERIVED,
      "For the largest ratio, eta_Y/eta_Z >= 1e4, and K of a tenth of it at most, B_n grows "
      "fastest in ln t long after the force has peaked, at one rho sigma^2 for all K: a "
      "consequence of Eq. 131.",
      "that rho sigma^2 differs by more than {percent} between K, or the two times are less than "
      "a factor 1e4 apart",
      .bound = 0.02) {
    double ratio = largest(p->ratios), apart = INFINITY, low = INFINITY, high = 0;
    if (ratio < 1e4) return verdict_skip(v, "needs a ratio of at least 1e4");
    size_t n = 0;
    EACH_ROW (run, transition, r) {
        /* For K near the ratio the growth's first maximum, at t0 itself, is the higher one. */
        if (!authors(p, r) || !slow(r, ratio) || r->eta_z_over_eta_y == 0 ||
            ratio < 10 * (double)r->K)
            continue;
        double x = r->fastest_rho_sigma2;
        if (isnan(x)) continue; /* beyond rho_sigma2_end */
        n++;
        apart = smaller_of(apart, r->ln_fastest - log(r->peak));
        low = smaller_of(low, x);
        high = larger_of(high, x);
    }
    if (n == 0)
        return verdict_skip(v, "needs a ratio of at least 10 K, and a later rho_sigma2_end");
    return verdict_at_most(
        v, apart >= log(1e4) ? high / low - 1 : INFINITY, v->bound,
        "eta_Y/eta_Z = %g: ln(t_fastest/t_peak) >= %.3g; it comes at rho sigma^2 = %.4f .. %.4f "
        "for the %zu K up to a tenth of that ratio",
        ratio, apart, low, high, n);
}

const struct check *const transitions_claims[] = {&peak,  &half, &detectors, &scaling,
                                                  &eta_z, &two,  NULL};
