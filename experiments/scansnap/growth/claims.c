#include "growth.h"

#include <math.h>
#include <string.h>

#define PARAMETERS growth

CLAIM(early_law, "C18.early-law", DERIVED,
      "At first B = (s_0/2) eta_Y eta_Z t^2 (K-1)/(V K^2), for V = K and for V = M.",
      "B differs by more than 1e-3 (a tenth of early_time, if that is more) up to early_time") {
    double error = 0;
    size_t n = 0;
    EACH_ROW (run, early, r) {
        /* the next order is eta_Y t/K, times V/K where the columns outnumber the classes, with a
         * factor that falls with K */
        double order = r->scaled_time * (double)r->V / (double)r->K;
        if (r->K < 10 || order > p->early_time * (1 + 1e-9)) continue;
        n++;
        worst(&error, r->B / r->law - 1);
    }
    if (n == 0) return verdict_skip(v, "needs at least 10 classes");
    return verdict_at_most(v, error, fmax(1e-3, 0.1 * p->early_time),
                           "%zu outputs with (eta_Y t/K)(V/K) <= %g, V = K and V = M", n,
                           p->early_time);
}

/* From here on rho sigma^2 is so large that the late laws hold to their checks' tolerances. */
#define LATE_ENOUGH 1e4
static const char too_early[] = "late: needs sigma_end of at least 1e4";

static double end_of(const struct trial *run) {
    double end = 0;
    EACH_ROW (run, late, r) end = fmax(end, r->sigma);
    return end;
}

struct prefactor {
    double error, lowest, highest;
};

/* dB/d ln sigma at the last output of each data set against its prediction. */
static struct prefactor prefactor_of(const struct trial *run, const char *model) {
    struct prefactor x = {0, INFINITY, 0};
    double end = end_of(run);
    EACH_ROW (run, late, r) {
        if (r->sigma < end || strcmp(r->model, model) != 0) continue;
        worst(&x.error, r->local / r->predicted - 1);
        x.lowest = fmin(x.lowest, r->local);
        x.highest = fmax(x.highest, r->local);
    }
    return x;
}

CLAIM(prefactor_coupled, "C13.prefactor-coupled", DERIVED,
      "Late in the coupled flow dB/d ln sigma = G D/(N D + G).",
      "the local prefactor of a data set is more than {percent} off", .bound = 0.01) {
    if (p->sigma_end < LATE_ENOUGH) return verdict_skip(v, "%s", too_early);
    struct prefactor x = prefactor_of(run, "coupled");
    return verdict_at_most(v, x.error, v->bound,
                           "at rho sigma^2 = %g: dB/d ln sigma from %.4f to %.4f",
                           pow(p->sigma_end, 2), x.lowest, x.highest);
}

CLAIM(prefactor_qsd, "C13.prefactor-qsd", DERIVED,
      "Late in the quasi-static decoder dB/d ln sigma = G/(N + G) if one token is most probable, "
      "and G D/(N D + G) if all are alike.",
      "the local prefactor of a data set is more than {percent} off", .bound = 0.05) {
    if (p->sigma_end < LATE_ENOUGH) return verdict_skip(v, "%s", too_early);
    struct prefactor x = prefactor_of(run, "qsd");
    return verdict_at_most(v, x.error, v->bound,
                           "at rho sigma^2 = %g: dB/d ln sigma from %.4f to %.4f",
                           pow(p->sigma_end, 2), x.lowest, x.highest);
}

/* Uniform rates of z mean xi_nl ~ 1/f_nl^2; theorem 3 takes xi_nl itself to be uniform. */
CLAIM(late_direction, "C13.late-direction", DERIVED,
      "Late in the coupled flow the z of all distinct tokens of a class grow at one rate: the "
      "direction of f freezes and no winner takes all.",
      "the rates differ by more than {percent}", .bound = 0.01) {
    if (p->sigma_end < LATE_ENOUGH) return verdict_skip(v, "%s", too_early);
    double end = end_of(run), coupled = 0, qsd = INFINITY;
    EACH_ROW (run, late, r) {
        if (r->sigma < end) continue;
        if (strcmp(r->model, "coupled") == 0)
            worst(&coupled, r->rate_spread);
        else if (r->rate_spread > 1e-6) /* not the sets whose tokens are all alike */
            qsd = fmin(qsd, r->rate_spread);
    }
    return verdict_at_most(v, coupled, v->bound,
                           "at rho sigma^2 = %g: (max - min)/mean of what z_l gains between outputs; in the quasi-static "
                           "decoder, where one token takes all, at least %.3g",
                           pow(p->sigma_end, 2), qsd);
}

static enum attndyn_status fits(const struct trial *run, bool visit, struct verdict *v) {
    double error = 0, farthest = NAN;
    size_t n = 0;
    EACH_ROW (run, fit, r) {
        if (r->visit_rate != visit) continue;
        n++;
        double ratio = r->slope / r->predicted;
        if (!(fabs(ratio - 1) <= error)) farthest = ratio;
        worst(&error, ratio - 1);
    }
    if (n == 0) return verdict_skip(v, "no fit");
    return verdict_at_most(v, error, v->bound, "%zu fits; the farthest is %.4f of the prediction",
                           n, farthest);
}

CLAIM(late_slope, "C12.late-slope", DERIVED,
      "For D = G = N = 1, exp(4B) grows by 2e (K-1)/K (eta_Z/eta_Y) per unit of ln^2(eta_Y t).",
      "a fitted slope is more than {percent} off", .bound = 0.08) {
    return fits(run, false, v);
}

CLAIM(visit_rate, "C12.visit-rate", PAPER("Scan&Snap", "theorem 4"),
      "With z updated at rate eta_Z per visit of its class that slope gains the factor K of the "
      "law as printed.",
      "a fitted slope is more than {percent} off K times the other", .bound = 0.08) {
    return fits(run, true, v);
}

CLAIM(linear_regime, "C12.linear-regime", DERIVED, "For rho sigma^2 << 1, B = s_0 rho sigma^2/2.",
      "more than {percent} off for rho sigma^2 <= 0.05", .bound = 0.005) {
    double error = 0;
    size_t n = 0;
    EACH_ROW (run, curves, r) {
        if (r->rho_sigma2 > 0.05) continue;
        n++;
        worst(&error, r->B / r->linear - 1);
    }
    if (n == 0) return verdict_skip(v, "no output with rho sigma^2 <= 0.05");
    return verdict_at_most(v, error, v->bound, "%zu outputs with rho sigma^2 <= 0.05", n);
}

CLAIM(monotone, "C12.monotone", PAPER("Scan&Snap", "theorem 3"),
      "B_n grows monotonically from 0 on the authors' data.", "dB/dt is negative at an output") {
    double least = INFINITY;
    EACH_ROW (run, curves, r) {
        if (!(r->B_slope >= least)) least = r->B_slope;
        if (isnan(least)) break;
    }
    return verdict_at_least(v, least, 0, "smallest dB/d ln t over %zu outputs",
                            ROWS(run, curves));
}

ERRATUM(printed_prefactor, "E.growth-prefactor", PAPER("Scan&Snap", "theorem 4"),
        "The prefactor of ln(ln^2 t) is not 1 but (1/2) G D/(N D + G): it depends on the data.",
        "it is the same for all data sets") {
    if (p->sigma_end < LATE_ENOUGH) return verdict_skip(v, "%s", too_early);
    struct prefactor x = prefactor_of(run, "coupled");
    /* ln(ln^2 t) with factor 1 means dB/d ln sigma = 2 */
    return verdict_erratum(v, x.highest / x.lowest, 2, x.error, 0.01,
                           "prefactor of ln(ln^2 t): %.3f to %.3f over the data sets, printed 1; "
                           "(1/2) G D/(N D + G) errs by %.2g",
                           x.lowest / 2, x.highest / 2, x.error);
}

ERRATUM(factor_K, "E.growth-factor-k", PAPER("Scan&Snap", "theorem 4"),
        "The factor K in 2 K (eta_Z/eta_Y) ln^2 is absent from the population flow.",
        "the slope of exp(4B) is proportional to K") {
    double low = INFINITY, high = 0, K_low = INFINITY, K_high = 0;
    EACH_ROW (run, fit, r) {
        if (r->visit_rate) continue;
        low = fmin(low, r->slope), high = fmax(high, r->slope);
        K_low = fmin(K_low, (double)r->K), K_high = fmax(K_high, (double)r->K);
    }
    if (!(K_high >= 10 * K_low)) return verdict_skip(v, "needs slope_classes a factor 10 apart");
    double exact = (1 - 1 / K_high) / (1 - 1 / K_low); /* what is left of K: (K-1)/K */
    /* 1 if the slope were proportional to K; half of what is expected refutes it. */
    return verdict_erratum(v, K_high / K_low / (high / low), 0.5 * K_high / K_low / exact,
                           high / low / exact - 1, 0.08,
                           "K = %g and %g: the slopes differ by a factor %.3f, as printed by %g",
                           K_low, K_high, high / low, K_high / K_low);
}

/* Early on B grows a hundredfold while t grows tenfold; O(ln t) would add the same each time. */
ERRATUM(initial, "E.growth-initial", PAPER("Scan&Snap", "theorem 4: B = O(ln t) while scanning"),
        "At first B grows as t^2, not as ln t.", "d ln B/d ln t is below 1 at the start") {
    double low = INFINITY, off = 0;
    EACH_ROW (run, early, r) {
        if (r->scaled_time > p->early_time * (1 + 1e-9)) continue;
        low = fmin(low, r->exponent);
        worst(&off, r->exponent - 2);
    }
    return verdict_erratum(v, low, 1, off, fmax(0.01, p->early_time),
                           "d ln B/d ln t is at least %.4f up to eta_Y t/K = %g: a power, not a "
                           "logarithm",
                           low, p->early_time);
}

ERRATUM(lnln, "E.growth-lnln", PAPER("Scan&Snap", "theorem 4: B = O(ln ln t) after snapping"),
        "After the transition B grows as ln ln t only once rho sigma^2 >> 1; for eta_Y >> eta_Z it "
        "grows as ln^2 t over any reachable time.",
        "d ln B/d ln ln t is below 1 at the horizon") {
    double ratio = 0, exponent = NAN, L = NAN, error = NAN, x = NAN;
    for (size_t i = 0; i < p->ratios.count; i++) ratio = fmax(ratio, p->ratios.at[i]);
    EACH_ROW (run, curves, r) {
        if (r->ratio != ratio) continue;
        L = r->ln_time, x = r->rho_sigma2; /* the last row stands */
        exponent = r->B_slope * L / r->B;
        error = fabs(r->B / r->linear - 1);
    }
    if (ratio < 1e4 || x > 1)
        return verdict_skip(v, "needs a ratio of at least 1e4 and rho sigma^2 < 1 at the horizon");
    return verdict_erratum(
        v, exponent, 1, error, 0.05,
        "eta_Y/eta_Z = %g, ln(eta_Y t) = %.1f, rho sigma^2 = %.2g: d ln B/d ln ln "
        "t = %.3f, of ln ln t it would be %.3f; B = s rho sigma^2/2 errs by %.2g",
        ratio, L, x, exponent, 1 / log(L), error);
}

const struct check *const growth_claims[] = {&early_law,
                                             &prefactor_coupled,
                                             &prefactor_qsd,
                                             &late_direction,
                                             &late_slope,
                                             &visit_rate,
                                             &linear_regime,
                                             &monotone,
                                             &printed_prefactor,
                                             &factor_K,
                                             &initial,
                                             &lnln,
                                             NULL};
