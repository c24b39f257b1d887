#include "experiments/statements/statements.h"
#include "growth.h"

#include <math.h>
#include <string.h>

#define PARAMETERS growth

KNOWN(uniform, growth) {
    f->classes_uniform = 1;
}

CLAIM(early_law, "C18.early-law", DERIVED,
      "At first B_n = (s_0/2) eta_Y eta_Z t^2 (K-1)/(V K^2), for V = K outputs and for V = M: s_0 "
      "is the share of the common tokens in |f_n|^2 at t = 0.",
      "while (eta_Y t/K)(V/K) <= early_time, B_n differs relatively by more than {bound} "
      "(a tenth of early_time, if that is more)",
      .bound = 1e-3) {
    struct tally error = {NOTHING_YET, 0};
    EACH_ROW (run, early, r) {
        /* the next order is eta_Y t/K, times V/K where the columns outnumber the classes, with a
         * factor that falls with K */
        double order = r->scaled_time * (double)r->V / (double)r->K;
        if (r->K < 10 || order > p->early_time * (1 + 1e-9)) continue;
        tally_worst(&error, r->B / r->law - 1);
    }
    if (error.n == 0) return verdict_skip(v, "needs at least 10 classes");
    return verdict_at_most(v, error.value, larger_of(v->bound, 0.1 * p->early_time),
                           "%zu outputs with (eta_Y t/K)(V/K) <= %g, V = K and V = M", error.n,
                           p->early_time);
}

/* From this sigma on, rho sigma^2 is so large that the late laws hold within the tolerances of
 * their checks. */
#define LATE_ENOUGH 1e4
static const char too_early[] = "late: needs sigma_end of at least 1e4";

/* dB/d ln sigma at the last output of each data set against its prediction. */
static enum attndyn_status prefactor(const struct trial *run, const struct growth *p,
                                     struct verdict *v, const char *model) {
    double error = NOTHING_YET, lowest = INFINITY, highest = 0, end = MOST(run, late, sigma);
    if (p->sigma_end < LATE_ENOUGH) return verdict_skip(v, "%s", too_early);
    EACH_ROW (run, late, r) {
        if (r->sigma < end || strcmp(r->model, model) != 0) continue;
        worst(&error, r->local / r->predicted - 1);
        lowest = smaller_of(lowest, r->local);
        highest = larger_of(highest, r->local);
    }
    return verdict_at_most(v, error, v->bound,
                           "at rho sigma^2 = %g: dB/d ln sigma from %.4f to %.4f",
                           pow(p->sigma_end, 2), lowest, highest);
}

#define PREFACTOR_OFF                                                                              \
    "at the end of a run dB_n/d ln sigma of some data set is more than {percent} off"
CLAIM(prefactor_coupled, "C13.prefactor-coupled", DERIVED,
      "Late in the coupled flow dB_n/d ln sigma, sigma the internal time, tends to G D/(N D + G): "
      "D distinct tokens of a class, G commons, N classes per last token.",
      PREFACTOR_OFF, .bound = 0.01) {
    return prefactor(run, p, v, "coupled");
}

CLAIM(prefactor_qsd, "C13.prefactor-qsd", DERIVED,
      "With the quasi-static decoder dB_n/d ln sigma tends late to G/(N + G) if one distinct "
      "token is the most probable, and to G D/(N D + G) if all D are alike.",
      PREFACTOR_OFF, .bound = 0.05) {
    return prefactor(run, p, v, "qsd");
}

/* If all z grow at one rate then xi_nl ~ 1/f_nl^2, whereas theorem 3 assumes that xi_nl itself is
 * uniform. */
CLAIM(late_direction, "C13.late-direction", DERIVED,
      "Late in the coupled flow the logits z of all distinct tokens of a class grow at one rate: "
      "the direction of f_n among them freezes and no winner takes all.",
      "over the last step between outputs they grow by amounts that spread by more than {percent} "
      "of their mean",
      .bound = 0.01) {
    if (p->sigma_end < LATE_ENOUGH) return verdict_skip(v, "%s", too_early);
    double end = MOST(run, late, sigma), coupled = NOTHING_YET, qsd = INFINITY;
    EACH_ROW (run, late, r) {
        if (r->sigma < end) continue;
        if (strcmp(r->model, "coupled") == 0)
            worst(&coupled, r->rate_spread);
        else if (r->rate_spread > 1e-6) /* leaves out the sets whose tokens are all alike */
            qsd = smaller_of(qsd, r->rate_spread);
    }
    return verdict_at_most(
        v, coupled, v->bound,
        "at rho sigma^2 = %g: (max - min)/mean of what z_l gains between outputs; in the "
        "quasi-static decoder, where one token takes all, at least %.3g",
        pow(p->sigma_end, 2), qsd);
}

CLAIM(late_slope, "C12.late-slope", DERIVED,
      "For one distinct and one common token of equal weight and one class per last token (D = G "
      "= N = 1), exp(4 B_n) grows late by 2e (K-1)/K (eta_Z/eta_Y) per unit of ln^2(eta_Y t).",
      "a slope fitted from eta_Y t/K = slope_from on is more than {percent} off", .bound = 0.08) {
    double error = NOTHING_YET, farthest = NAN;
    size_t n = 0;
    EACH_ROW (run, fit, r) {
        if (r->visit_rate) continue;
        n++;
        double ratio = r->slope / r->predicted;
        if (!(fabs(ratio - 1) <= error)) farthest = ratio;
        worst(&error, ratio - 1);
    }
    if (n == 0) return verdict_skip(v, "no fit");
    return verdict_at_most(v, error, v->bound, "%zu fits; the farthest is %.4f of the prediction",
                           n, farthest);
}

CLAIM(linear_regime, "C12.linear-regime", DERIVED,
      "For rho sigma^2 << 1 the gain is B_n = s_0 rho sigma^2/2: sigma the internal time, rho = "
      "(eta_Z/eta_Y) K/(K-1), s_0 the share of the commons in |f_n|^2 at t = 0.",
      "at an output with rho sigma^2 from 1e-4 to 0.05 its relative error is above rho sigma^2/2, "
      "the size of the next order") {
    struct tally share = {NOTHING_YET, 0};
    EACH_ROW (run, curves, r) {
        if (r->rho_sigma2 > 0.05 || r->rho_sigma2 < 1e-4) continue; /* below, the solver's error */
        tally_worst(&share, (r->B / r->linear - 1) / r->rho_sigma2);
    }
    if (share.n == 0) return verdict_skip(v, "no output with rho sigma^2 in 1e-4 .. 0.05");
    return verdict_at_most(v, share.value, 0.5, "relative error over rho sigma^2, %zu outputs",
                           share.n);
}

CLAIM(monotone, "C12.monotone", PAPER("Scan&Snap", "theorem 3"),
      "In the coupled flow of the authors' data B_n grows monotonically from 0.",
      "dB_n/dt is negative at an output") {
    double least = INFINITY;
    EACH_ROW (run, curves, r) {
        if (!(r->B_slope >= least)) least = r->B_slope;
        if (isnan(least)) break;
    }
    return verdict_at_least(v, least, 0, "smallest dB/d ln t over %zu outputs", ROWS(run, curves));
}

ERRATUM(factor_K, "E.growth-factor-k", OF(S_L4_weight),
        "The factor K in Theorem 4's 2 K (eta_Z/eta_Y) ln^2(M eta_Y t/K) is absent from the "
        "population flow: a class moves its query's row with the weight P(n) = 1/K, which Eq. 10 "
        "and 94 leave out, while gamma counts all samples.",
        "from the smallest to the largest K, a factor 10 apart at least, the slope of exp(4 "
        "B_n) changes by more than {percent} otherwise than (K-1)/K does",
        .bound = 0.08, .facts = KNOWN_OF(uniform)) {
    double low = INFINITY, high = 0, K_low = INFINITY, K_high = 0;
    EACH_ROW (run, fit, r) {
        if (r->visit_rate) continue;
        low = smaller_of(low, r->slope), high = larger_of(high, r->slope);
        K_low = smaller_of(K_low, (double)r->K), K_high = larger_of(K_high, (double)r->K);
    }
    if (!(K_high >= 10 * K_low)) return verdict_skip(v, "needs slope_classes a factor 10 apart");
    /* the exact slope depends on K only through (K-1)/K */
    double exact = (1 - 1 / K_high) / (1 - 1 / K_low);
    /* 1 if the slope were proportional to K; half of that refutes it. */
    return verdict_erratum(v, K_high / K_low / (high / low), 0.5 * K_high / K_low / exact,
                           high / low / exact - 1, v->bound,
                           "K = %g and %g: the slopes differ by a factor %.3f; as printed they "
                           "would by %g",
                           K_low, K_high, high / low, K_high / K_low);
}

const struct check *const growth_claims[] = {&early_law,      &prefactor_coupled, &prefactor_qsd,
                                             &late_direction, &late_slope,        &linear_regime,
                                             &monotone,       &factor_K,          NULL};
