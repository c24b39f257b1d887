/* The verdicts on theorem 4 from the tables of scansnap/growth. */
#include "growth.h"

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"

#include <math.h>
#include <string.h>

/* The larger one; NaN stays. */
static double worse(double a, double b) {
    return a >= b ? a : b >= a ? b : NAN;
}

static enum attndyn_status check_early(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx;
    double error = 0;
    size_t n = 0;
    for (size_t i = 0; i < results_rows(results, "early"); i++) {
        double V_over_K =
            results_real(results, "early", i, "V") / results_real(results, "early", i, "K");
        /* the next order is eta_Y t/K, times V/K where the columns outnumber the classes, with a
         * factor that falls with K */
        if (results_real(results, "early", i, "K") < 10 ||
            results_real(results, "early", i, "scaled_time") * V_over_K >
                param_real(p, "early_time") * (1 + 1e-9))
            continue;
        n++;
        error = worse(error, fabs(results_real(results, "early", i, "B") /
                                      results_real(results, "early", i, "law") -
                                  1));
    }
    if (n == 0) return verdict_skip(v, "needs at least 10 classes");
    return verdict_at_most(v, error, fmax(1e-3, 0.1 * param_real(p, "early_time")),
                           "%zu outputs with (eta_Y t/K)(V/K) <= %g, V = K and V = M", n,
                           param_real(p, "early_time"));
}

/* Early on B grows a hundredfold while t grows tenfold; O(ln t) would add the same each time. */
static enum attndyn_status check_initial(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double low = INFINITY, off = 0;
    for (size_t i = 0; i < results_rows(results, "early"); i++) {
        double exponent = results_real(results, "early", i, "exponent");
        double scaled = results_real(results, "early", i, "scaled_time");
        if (scaled > param_real(p, "early_time") * (1 + 1e-9)) continue;
        low = fmin(low, exponent);
        off = worse(off, fabs(exponent - 2));
    }
    return verdict_erratum(v, low, 1, off, fmax(0.01, param_real(p, "early_time")),
                           "d ln B/d ln t is at least %.4f up to eta_Y t/K = %g: a power, not a "
                           "logarithm",
                           low, param_real(p, "early_time"));
}

static enum attndyn_status check_linear(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double error = 0;
    size_t n = 0;
    for (size_t i = 0; i < results_rows(results, "curves"); i++) {
        if (results_real(results, "curves", i, "rho_sigma2") > 0.05) continue;
        n++;
        error = worse(error, fabs(results_real(results, "curves", i, "B") /
                                      results_real(results, "curves", i, "linear") -
                                  1));
    }
    if (n == 0) return verdict_skip(v, "no output with rho sigma^2 <= 0.05");
    return verdict_at_most(v, error, 0.005, "%zu outputs with rho sigma^2 <= 0.05", n);
}

static enum attndyn_status check_monotone(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double least = INFINITY;
    for (size_t i = 0; i < results_rows(results, "curves"); i++) {
        double slope = results_real(results, "curves", i, "B_slope");
        if (isnan(slope) || slope < least) least = slope;
        if (isnan(least)) break;
    }
    return verdict_at_least(v, least, 0, "smallest dB/d ln t over %zu outputs",
                            results_rows(results, "curves"));
}

/* From here on rho sigma^2 is so large that the late laws hold to the tolerances of their checks.
 */
#define LATE 1e4
static const char too_early[] = "late: needs sigma_end of at least 1e4";

/* Worst deviation of dB/d ln sigma at the last output of each data set from its prediction. */
static double prefactor_error(const struct results *results, const char *model, double *lowest,
                              double *highest) {
    double error = 0, end = 0;
    size_t n = results_rows(results, "late");
    *lowest = INFINITY;
    *highest = 0;
    for (size_t i = 0; i < n; i++) end = fmax(end, results_real(results, "late", i, "sigma"));
    for (size_t i = 0; i < n; i++) {
        if (results_real(results, "late", i, "sigma") < end ||
            strcmp(results_text(results, "late", i, "model"), model) != 0)
            continue;
        double local = results_real(results, "late", i, "local");
        error = worse(error, fabs(local / results_real(results, "late", i, "predicted") - 1));
        *lowest = fmin(*lowest, local);
        *highest = fmax(*highest, local);
    }
    return error;
}

static enum attndyn_status check_coupled(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *results, struct verdict *v) {
    (void)ctx;
    if (param_real(p, "sigma_end") < LATE) return verdict_skip(v, "%s", too_early);
    double lowest, highest, error = prefactor_error(results, "coupled", &lowest, &highest);
    return verdict_at_most(v, error, 0.01, "at rho sigma^2 = %g: dB/d ln sigma from %.4f to %.4f",
                           pow(param_real(p, "sigma_end"), 2), lowest, highest);
}

static enum attndyn_status check_qsd(struct attndyn_context *ctx, const struct params *p,
                                     const struct results *results, struct verdict *v) {
    (void)ctx;
    if (param_real(p, "sigma_end") < LATE) return verdict_skip(v, "%s", too_early);
    double lowest, highest, error = prefactor_error(results, "qsd", &lowest, &highest);
    return verdict_at_most(v, error, 0.05, "at rho sigma^2 = %g: dB/d ln sigma from %.4f to %.4f",
                           pow(param_real(p, "sigma_end"), 2), lowest, highest);
}

/* Uniform rates of z mean xi_nl ~ 1/f_nl^2; theorem 3 takes xi_nl itself to be uniform. */
static enum attndyn_status check_direction(struct attndyn_context *ctx, const struct params *p,
                                           const struct results *results, struct verdict *v) {
    (void)ctx;
    if (param_real(p, "sigma_end") < LATE) return verdict_skip(v, "%s", too_early);
    double end = 0, coupled = 0, qsd = INFINITY;
    size_t n = results_rows(results, "late");
    for (size_t i = 0; i < n; i++) end = fmax(end, results_real(results, "late", i, "sigma"));
    for (size_t i = 0; i < n; i++) {
        if (results_real(results, "late", i, "sigma") < end) continue;
        double spread = results_real(results, "late", i, "rate_spread");
        if (strcmp(results_text(results, "late", i, "model"), "coupled") == 0)
            coupled = worse(coupled, spread);
        else if (spread > 1e-6) /* not the sets whose tokens are all alike */
            qsd = fmin(qsd, spread);
    }
    return verdict_at_most(v, coupled, 0.01,
                           "at rho sigma^2 = %g: (max - min)/mean of dz_l/dt; in the quasi-static "
                           "decoder, where one token takes all, at least %.3g",
                           pow(param_real(p, "sigma_end"), 2), qsd);
}

static enum attndyn_status check_printed_prefactor(struct attndyn_context *ctx,
                                                   const struct params *p,
                                                   const struct results *results,
                                                   struct verdict *v) {
    (void)ctx;
    if (param_real(p, "sigma_end") < LATE) return verdict_skip(v, "%s", too_early);
    double lowest, highest, error = prefactor_error(results, "coupled", &lowest, &highest);
    /* ln(ln^2 t) with factor 1 means dB/d ln sigma = 2 */
    return verdict_erratum(v, highest / lowest, 2, error, 0.01,
                           "prefactor of ln(ln^2 t): %.3f to %.3f over the data sets, printed 1; "
                           "(1/2) G D/(N D + G) errs by %.2g",
                           lowest / 2, highest / 2, error);
}

static enum attndyn_status fits(const struct results *results, bool visit, double bound,
                                struct verdict *v) {
    double error = 0, worst = NAN;
    size_t n = 0;
    for (size_t i = 0; i < results_rows(results, "fit"); i++) {
        if ((results_real(results, "fit", i, "visit_rate") > 0) != visit) continue;
        n++;
        double ratio =
            results_real(results, "fit", i, "slope") / results_real(results, "fit", i, "predicted");
        if (!(fabs(ratio - 1) <= error)) worst = ratio;
        error = worse(error, fabs(ratio - 1));
    }
    if (n == 0) return verdict_skip(v, "no fit");
    return verdict_at_most(v, error, bound, "%zu fits; the farthest is %.4f of the prediction", n,
                           worst);
}

static enum attndyn_status check_slope(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    return fits(results, false, 0.08, v);
}

static enum attndyn_status check_visit(struct attndyn_context *ctx, const struct params *p,
                                       const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    return fits(results, true, 0.08, v);
}

static enum attndyn_status check_factor_K(struct attndyn_context *ctx, const struct params *p,
                                          const struct results *results, struct verdict *v) {
    (void)ctx, (void)p;
    double low = INFINITY, high = 0, K_low = INFINITY, K_high = 0;
    for (size_t i = 0; i < results_rows(results, "fit"); i++) {
        if (results_real(results, "fit", i, "visit_rate") > 0) continue;
        double slope = results_real(results, "fit", i, "slope");
        double K = results_real(results, "fit", i, "K");
        low = fmin(low, slope);
        high = fmax(high, slope);
        K_low = fmin(K_low, K);
        K_high = fmax(K_high, K);
    }
    if (!(K_high >= 10 * K_low)) return verdict_skip(v, "needs slope_classes a factor 10 apart");
    double exact = (1 - 1 / K_high) / (1 - 1 / K_low); /* what is left of K: (K-1)/K */
    /* 1 if the slope were proportional to K; half of what is expected refutes it. */
    return verdict_erratum(v, K_high / K_low / (high / low), 0.5 * K_high / K_low / exact,
                           high / low / exact - 1, 0.08,
                           "K = %g and %g: the slopes differ by a factor %.3f, as printed by %g",
                           K_low, K_high, high / low, K_high / K_low);
}

static enum attndyn_status check_lnln(struct attndyn_context *ctx, const struct params *p,
                                      const struct results *results, struct verdict *v) {
    (void)ctx;
    size_t n;
    const double *ratios = param_reals(p, "ratios", &n);
    double ratio = 0, exponent = NAN, L = NAN, error = NAN, x = NAN;
    for (size_t i = 0; i < n; i++) ratio = fmax(ratio, ratios[i]);
    for (size_t i = 0; i < results_rows(results, "curves"); i++) {
        if (results_real(results, "curves", i, "ratio") != ratio) continue;
        L = results_real(results, "curves", i, "ln_time"); /* the last row stands */
        x = results_real(results, "curves", i, "rho_sigma2");
        double B = results_real(results, "curves", i, "B");
        exponent = results_real(results, "curves", i, "B_slope") * L / B;
        error = fabs(B / results_real(results, "curves", i, "linear") - 1);
    }
    if (ratio < 1e4 || x > 1)
        return verdict_skip(v, "needs a ratio of at least 1e4 and rho sigma^2 < 1 at the horizon");
    return verdict_erratum(
        v, exponent, 1, error, 0.05,
        "eta_Y/eta_Z = %g, ln(eta_Y t) = %.1f, rho sigma^2 = %.2g: d ln B/d ln ln "
        "t = %.3f, of ln ln t it would be %.3f; B = s rho sigma^2/2 errs by %.2g",
        ratio, L, x, exponent, 1 / log(L), error);
}

const struct check *const growth_checks[] = {
    &(const struct check){"C18.early-law", CHECK_CLAIM,
     "At first B = (s_0/2) eta_Y eta_Z t^2 (K-1)/(V K^2), for V = K and for V = M.", "derived here",
     "B differs by more than 1e-3 (a tenth of early_time, if that is more) up to early_time",
     check_early},
    &(const struct check){"C13.prefactor-coupled", CHECK_CLAIM,
     "Late in the coupled flow dB/d ln sigma = G D/(N D + G).", "derived here",
     "the local prefactor of a data set is more than 1 % off", check_coupled},
    &(const struct check){"C13.prefactor-qsd", CHECK_CLAIM,
     "Late in the quasi-static decoder dB/d ln sigma = G/(N + G) if one token is most probable, "
     "and "
     "G D/(N D + G) if all are alike.",
     "derived here", "the local prefactor of a data set is more than 5 % off", check_qsd},
    &(const struct check){"C13.late-direction", CHECK_CLAIM,
     "Late in the coupled flow the z of all distinct tokens of a class grow at one rate: the "
     "direction "
     "of f freezes and no winner takes all.",
     "derived here", "the rates differ by more than 1 %", check_direction},
    &(const struct check){"C12.late-slope", CHECK_CLAIM,
     "For D = G = N = 1, exp(4B) grows by 2e (K-1)/K (eta_Z/eta_Y) per unit of ln^2(eta_Y t).",
     "derived here", "a fitted slope is more than 8 % off", check_slope},
    &(const struct check){"C12.visit-rate", CHECK_CLAIM,
     "With z updated at rate eta_Z per visit of its class that slope gains the factor K of the law "
     "as printed.",
     "Scan&Snap, theorem 4", "a fitted slope is more than 8 % off K times the other", check_visit},
    &(const struct check){"C12.linear-regime", CHECK_CLAIM, "For rho sigma^2 << 1, B = s_0 rho sigma^2/2.",
     "derived here", "more than 0.5 % off for rho sigma^2 <= 0.05", check_linear},
    &(const struct check){"C12.monotone", CHECK_CLAIM, "B_n grows monotonically from 0 on the authors' data.",
     "Scan&Snap, theorem 3", "dB/dt is negative at an output", check_monotone},
    &(const struct check){"E.growth-prefactor", CHECK_ERRATUM,
     "The prefactor of ln(ln^2 t) is not 1 but (1/2) G D/(N D + G): it depends on the data.",
     "Scan&Snap, theorem 4", "it is the same for all data sets", check_printed_prefactor},
    &(const struct check){"E.growth-factor-k", CHECK_ERRATUM,
     "The factor K in 2 K (eta_Z/eta_Y) ln^2 is absent from the population flow.",
     "Scan&Snap, theorem 4", "the slope of exp(4B) is proportional to K", check_factor_K},
    &(const struct check){"E.growth-initial", CHECK_ERRATUM, "At first B grows as t^2, not as ln t.",
     "Scan&Snap, theorem 4: B = O(ln t) while scanning", "d ln B/d ln t is below 1 at the start",
     check_initial},
    &(const struct check){"E.growth-lnln", CHECK_ERRATUM,
     "After the transition B grows as ln ln t only once rho sigma^2 >> 1; for eta_Y >> eta_Z it "
     "grows "
     "as ln^2 t over any reachable time.",
     "Scan&Snap, theorem 4: B = O(ln ln t) after snapping",
     "d ln B/d ln ln t is below 1 at the horizon", check_lnln},
    NULL};
