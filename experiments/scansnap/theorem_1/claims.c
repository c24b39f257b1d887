#include "experiments/statements/statements.h"
#include "theorem_1.h"

#include <string.h>

#define PARAMETERS theorem_1

static void setting(const struct theorem_1 *p, struct facts *f) {
    f->classes = (double)p->classes;
    f->outputs = f->vocabulary = p->outputs;
    f->classes_uniform = f->decoder_zero = f->features_frozen = 1;
    f->overlap = f->lambda_min = p->overlap;
    f->lambda_1 = ((double)p->classes - 1) * p->overlap;
}
KNOWN(original, theorem_1) {
    setting(p, f);
    f->gradient_modified = 0;
}
KNOWN(modified, theorem_1) {
    setting(p, f);
    f->gradient_modified = 1;
}
/* The table `regimes` has its own M, at least 100. */
KNOWN(of_regimes, theorem_1) {
    f->vocabulary = INFINITY;
    for (size_t i = 0; i < p->regime_outputs.count; i++)
        f->vocabulary = smaller_of(f->vocabulary, p->regime_outputs.at[i]);
}

static bool is(const char *gradient, enum gradient which) {
    return strcmp(gradient, gradient_names[which]) == 0;
}

/* The solver's errors, added up over the run: a thousand times its tolerance, but no less than
 * rounding. */
static double solver_error(const struct theorem_1 *p) {
    return larger_of(1e3 * p->rtol, 1e-9);
}

CLAIM(exact, "T1.coefficients", OF(S_T1),
      "For identical overlaps f_n . f_n' = s and features that stand still the modified gradient "
      "has Theorem 1's beta_nn'/iota_n at all times, with the sign of q_0 corrected.",
      "it is off, relatively, by more than a thousand times the solver's tolerance (1e-9, if that "
      "is more)",
      .facts = KNOWN_OF(modified)) {
    double error = NOTHING_YET, value = NAN;
    EACH_ROW (run, coefficients, r) {
        if (!is(r->gradient, gradient_modified)) continue;
        worst(&error, r->beta_over_iota / r->theorem - 1);
        value = r->beta_over_iota;
    }
    return verdict_at_most(v, error, solver_error(p), "beta/iota = %.9g at all %zu times", value,
                           p->times.count);
}

CLAIM(unequal_exact, "T1.coefficients-unequal", DERIVED,
      "For unequal overlaps, too, the modified gradient has Theorem 1's beta_nn'/iota_n for every "
      "pair of classes, with the sign of q_0 corrected.",
      "a pair is off, relatively, by more than a thousand times the solver's tolerance (1e-9, if "
      "that is more)") {
    struct tally error = {NOTHING_YET, 0};
    EACH_ROW (run, unequal, r) {
        if (!is(r->gradient, gradient_modified)) continue;
        tally_worst(&error, r->theorem_error);
    }
    if (error.n == 0) return verdict_skip(v, "random_sets = 0");
    return verdict_at_most(v, error.value, solver_error(p),
                           "%zu times and sets, |lambda_1(E)| = 0.9/K, all pairs", error.n);
}

CLAIM(
    positive, "T1.xi-positive", OF(S_T1a),
    "Under the modified gradient, for identical overlaps, xi_n = gamma sum_{n' != n} beta_nn' f_n "
    ". f_n' is positive at all times.",
    "xi_n/gamma is not positive at some output", .facts = KNOWN_OF(modified)) {
    double least = INFINITY;
    EACH_ROW (run, coefficients, r)
        if (is(r->gradient, gradient_modified)) keep_smaller(&least, r->xi / r->gamma_closed);
    return verdict_at_least(v, least, 1e-300, "smallest xi_n/gamma");
}

CLAIM(positive_too, "T1.xi-positive-too", DERIVED,
      "xi_n = gamma sum_{n' != n} beta_nn' f_n . f_n' is positive for unequal overlaps, too, and "
      "under the original gradient.",
      "it is not positive for some class, output and Gram matrix") {
    double unequal = LEAST(run, unequal, xi_least), original = INFINITY;
    EACH_ROW (run, coefficients, r)
        if (is(r->gradient, gradient_original)) keep_smaller(&original, r->xi / r->gamma_closed);
    if (p->overlap == 0) return verdict_skip(v, "overlap = 0: nothing pushes the attention");
    if (unequal == INFINITY || original == INFINITY)
        return verdict_skip(v, "unequal overlaps or the original gradient were not run");
    return verdict_at_least(v, smaller_of(unequal, original), 1e-300, "smallest xi_n/gamma");
}

CLAIM(
    lemma_6, "T1.gamma", OF(S_L6),
    "The modified gradient's gamma is that of Eq. 45: with alpha_nn = e^u/(M - 1 + e^u) the gap u "
    "= M h obeys e^u + (M-1) u = M eta_Y t/K + 1.",
    "the u of an alpha_nn is off that equation by more than a thousand times the solver's "
    "tolerance (1e-9, if that is more)",
    .facts = KNOWN_OF(modified)) {
    double error = NOTHING_YET, M = p->outputs;
    EACH_ROW (run, coefficients, r) {
        if (!is(r->gradient, gradient_modified)) continue;
        /* u = M h from alpha, then x from u: Eq. 45 backwards, without the code's own closed
         * forms */
        double u = log((M - 1) * r->alpha_nn / (1 - r->alpha_nn));
        double x = (expm1(u) + (M - 1) * u) / M;
        /* an error du of u = ln(...) is one of du dx/du in x; alpha is 1/M + small early */
        double scale = (exp(u) + (M - 1)) / M * larger_of(u, 1);
        worst(&error, (x - r->scaled_time) / scale);
    }
    return verdict_at_most(v, error, solver_error(p), "over %zu times to eta_Y t/K = %g",
                           p->times.count, p->times.at[p->times.count - 1]);
}

CLAIM(shared_gamma, "T1.gamma-shared", DERIVED,
      "The original gradient has nearly the modified one's gamma iota_n, the coefficient of f_n "
      "in the force: weak overlaps s do not slow it.",
      "the two differ, relatively, by more than s/2 at some time (an effective rate (1-s) eta_Y "
      "would make it s)") {
    double error = NOTHING_YET, K = (double)p->classes;
    EACH_ROW (run, coefficients, r)
        EACH_ROW (run, coefficients, q)
            if (is(r->gradient, gradient_original) && is(q->gradient, gradient_modified) &&
                r->scaled_time == q->scaled_time)
                worst(&error, r->gamma_iota / q->gamma_iota - 1);
    if (!(p->outputs >= 6 * K * K) || !((K - 1) * p->overlap < 1 / K))
        return verdict_skip(v, "needs weak overlaps: M >= 6 K^2 and (K-1) s < 1/K");
    return verdict_at_most(
        v, error, p->overlap / 2,
        "largest relative difference; an effective rate (1-s) eta_Y would move it by s = %.3g "
        "before the peak",
        p->overlap);
}

/* Limits of the two regimes. Eq. 45 gives gamma K/(eta_Y t) = (1 - W/ln M)/(1 + W), W = 0.567 the
 * solution of W e^W = 1, at t_0', and 2 (1 + O(ln ln M/ln M)) for the late one at 2 t_0' (derived
 * here); both fall to 1 away from them. */
CLAIM(regimes, "T1.gamma-regimes", OF(S_L9),
      "gamma of Eq. 45 is eta_Y t/K before t_0' = K ln M/eta_Y and K ln(M eta_Y t/K)/(eta_Y t) "
      "after 2 t_0', to a factor 2 (1 + ln(2 ln M)/ln M), uniformly in M.",
      "it is outside of that factor for some M and some time to eta_Y t/K = 1e6",
      .facts = KNOWN_OF(of_regimes)) {
    struct tally largest = {NOTHING_YET, 0};
    EACH_ROW (run, regimes, r) {
        double x = r->scaled_time, ln = log(r->outputs);
        if (x > ln && x < 2 * ln) continue;
        double ratio = x <= ln ? 1 / r->over_early : r->over_late;
        tally_larger(&largest, larger_of(ratio, 1 / ratio) / (2 * (1 + log(2 * ln) / ln)));
    }
    if (largest.n == 0) return verdict_skip(v, "regime_outputs is empty");
    return verdict_at_most(v, largest.value, 1, "%zu M and times, to eta_Y t/K = 1e6", largest.n);
}

CLAIM(lemma_7, "T1.steps", OF(S_L7),
      "In discrete steps h* (Eq. 33) runs ahead of the flow's h (Eq. 45) by 2 eta_Y/M at most, "
      "and the lead falls again.",
      "h* - h leaves [0, 2 eta_Y/M] at some step s, or is above half of its largest value at "
      "eta_Y s = 5 ln M",
      .facts = KNOWN_OF(of_regimes)) {
    double most = NOTHING_YET, least = INFINITY, back = NOTHING_YET;
    EACH_ROW (run, steps, r) {
        keep_larger(&most, r->most), keep_smaller(&least, r->least);
        keep_larger(&back, r->last / r->most);
    }
    if (ROWS(run, steps) == 0) return verdict_skip(v, "regime_outputs is empty");
    /* rounding of h itself */
    if (!(least > -1e-9) || !(back < 0.5)) most = INFINITY;
    return verdict_at_most(v, most, 1,
                           "over 2 eta_Y/M: %.3g to %.3g over M and eta_Y = 0.01 to 1, at "
                           "the end %.3g of the largest",
                           least, most, back);
}

/* --- E' --------------------------------------------------------------------------------------- */

/* The random sets of the table: S-A2 but for its lower bound, which these lemmas do not need. */
KNOWN(of_sets, theorem_1) {
    setting(p, f);
    f->gradient_modified = 1;
    f->overlap = f->lambda_min = NAN;
    f->lambda_1 = 0.9 / (double)p->classes;
}

CLAIM(lemma_3, "T1.lemma-3", OF(S_L3),
      "With E' = I - (I + E)^-1, (I + E)(I - E') = I: the modified gradient of a class moves its "
      "own logits alone.",
      "an entry of the product is off by more than {bound}", .bound = 1e-12,
      .facts = KNOWN_OF(of_sets)) {
    const double most = WORST(run, matrices, alone);
    if (ROWS(run, matrices) == 0) return verdict_skip(v, "random_sets = 0");
    return verdict_at_most(v, most, v->bound, "%zu random Gram matrices", ROWS(run, matrices));
}

CLAIM(lemmas_13, "T1.lemmas-13-17", OF(S_L13),
      "E and E' = I - (I + E)^-1 obey the bounds of Lemmas 13, 15 and 17, and the diagonal of E' "
      "is negative (Lemma 16).",
      "a bound is exceeded, or a diagonal entry is not negative, for some random Gram matrix",
      .facts = KNOWN_OF(of_sets)) {
    double most = NOTHING_YET, diagonal = -INFINITY;
    EACH_ROW (run, matrices, r) {
        keep_larger(&most, larger_of(r->entries, larger_of(r->eigenvalues, r->distance)));
        keep_larger(&diagonal, r->diagonal);
    }
    if (ROWS(run, matrices) == 0) return verdict_skip(v, "random_sets = 0");
    if (!(diagonal < 0)) most = INFINITY;
    /* Lemma 15 is an equality where the largest |eigenvalue| is negative */
    return verdict_at_most(v, most, 1 + 1e-12,
                           "largest ratio to a bound over %zu matrices; largest E'_ii %.3g",
                           ROWS(run, matrices), diagonal);
}

CLAIM(assumption_2, "T1.assumption-2", DERIVED,
      "Where one common token is shared alike by all K classes, Assumption 2 can be met only for M "
      "> 6 K^2 (K-1)^2: M >> K^2 is not enough.",
      "for some K, bisection on the eigenvalues of E finds a smallest M that is off by more than "
      "{bound} relatively",
      .bound = 1e-9) {
    double off = NOTHING_YET, over = NOTHING_YET;
    EACH_ROW (run, admitted, r) {
        worst(&off, r->needed / r->closed - 1);
        keep_larger(&over, r->needed / pow((double)r->classes, 2));
    }
    return verdict_at_most(v, off, v->bound, "K = 2 to 20; up to %.4g K^2", over);
}

CLAIM(assumption_2_features, "T1.assumption-2-features", DERIVED,
      "Features of K classes that share one token meet Assumption 2 at some overlap s if M is 1.01 "
      "times 6 K^2 (K-1)^2, and at none if M is 0.99 times that.",
      "for some K none of the overlaps tried near sqrt(6/M) is admitted at the larger M, or one is "
      "at the smaller") {
    size_t wrong = 0;
    EACH_ROW (run, admitted, r)
        if (r->above == 0 || r->below != 0) wrong++;
    return verdict_at_most(
        v, wrong_of((double)wrong, ROWS(run, admitted)), 0,
        "%zu K; E from the vectors' products, its eigenvalues by the power method "
        "and the trace of E^2",
        ROWS(run, admitted));
}

/* --- what does not hold ----------------------------------------------------------------------- */

ERRATUM(
    definition, "E.definition-of-E", OF(S_D10),
    "E' := (I + E)^-1 - I, as appendix D.1 defines it, has the wrong sign: Lemma 3 and Lemmas 14 "
    "to 17 need E' = I - (I + E)^-1.",
    "with the printed one (I + E)(I - E') is within |lambda_1(E)|/K of I, or with the other one "
    "it is off I by more than {bound}",
    .bound = 1e-12) {
    double printed = INFINITY, right = NOTHING_YET;
    EACH_ROW (run, matrices, r)
        keep_smaller(&printed, r->alone_printed / r->lambda_1), worst(&right, r->alone);
    if (ROWS(run, matrices) == 0) return verdict_skip(v, "random_sets = 0");
    /* it is I + 2 E, whose largest entry is |lambda_1|/K at least (a mean of squares) */
    return verdict_erratum(v, printed, 1 / (double)p->classes, right, v->bound,
                           "largest entry of (I + E)(I - E') - I over |lambda_1(E)|");
}

ERRATUM(
    sign, "E.theorem-1-sign", OF(S_T1),
    "beta_nn' = q_1 E'_nn' + q_0 (1 + sum_{k != n} E'_kn'), which is Eq. 88 with theta = sigma = "
    "0, has a wrong sign: with -q_0 for the first q_0 it is the exact solution of the paper's own "
    "dynamics, Eq. 26.",
    "the printed form is within half of the expected 2/(M s), relatively, or the corrected one is "
    "off by more than a thousand times the solver's tolerance (1e-9, if that is more)",
    .facts = KNOWN_OF(modified)) {
    double printed = INFINITY, corrected = NOTHING_YET, unequal = NOTHING_YET;
    EACH_ROW (run, coefficients, r) {
        if (!is(r->gradient, gradient_modified)) continue;
        keep_smaller(&printed, fabs(r->printed / r->beta_over_iota - 1));
        worst(&corrected, r->theorem / r->beta_over_iota - 1);
    }
    EACH_ROW (run, unequal, r)
        if (is(r->gradient, gradient_modified)) worst(&unequal, r->printed_error);
    /* its two terms are 2 |q_0|, about 2/M, apart, of beta, about s */
    double expected = 2 / p->outputs / larger_of(p->overlap, 1 / p->outputs);
    return verdict_erratum(
        v, printed, expected / 2, corrected, solver_error(p),
        "relative error of beta/iota: printed %.3g (unequal overlaps: up to %.3g), corrected %.1g",
        printed, unequal, corrected);
}

ERRATUM(original_gradient, "E.theorem-1-original-gradient", OF(S_T1_text),
        "Theorem 1 does not hold for the original gradient (Eq. 7), whatever the learning rate: "
        "its beta_nn' is of order 1/M, not E'_nn' of order s >= sqrt(6/M). The push xi on the "
        "attention is of order s^2 in the theorem, and of order s/M in the flow that is trained.",
        "its beta/iota is within a factor 10 of Theorem 1's at some time, or while alpha_nn < "
        "0.01 off the early form derived here by more than 1 %",
        .facts = KNOWN_OF(original)) {
    double factor = INFINITY, off = NOTHING_YET, low = INFINITY, high = NOTHING_YET;
    size_t early = 0;
    EACH_ROW (run, coefficients, r) {
        if (!is(r->gradient, gradient_original)) continue;
        keep_smaller(&factor, r->theorem / r->beta_over_iota);
        keep_smaller(&low, r->beta_over_iota), keep_larger(&high, r->beta_over_iota);
        if (r->alpha_nn > 0.01) continue;
        early++;
        worst(&off, r->beta_over_iota / r->early - 1);
    }
    if (early == 0) return verdict_skip(v, "needs a time with alpha_nn < 0.01");
    return verdict_erratum(
        v, factor, 10, off, 0.01,
        "theorem 1's beta/iota over the original gradient's, %.3g to %.3g (1/M = %.3g); beside "
        "it the error of (e^{sx} + (e^{sx} - 1)/(sx) - 1)/(M - 1), x = eta_Y t/K, while alpha_nn "
        "< 0.01 (%zu times)",
        low, high, 1 / p->outputs, early);
}

/* K = M leaves no token that never is the answer: zeta_n then sum to zero over the classes, as the
 * remark's proof has it. */
ERRATUM(never, "E.remark-1-never", OF(S_R1),
        "Remark 1 says that with identical overlaps s the original gradient moves the logits as "
        "the modified one does at the rate (1 - s) eta_Y. That is so for K = M only: for K < M "
        "the gap to the outputs that never are the answer is not slowed at all.",
        "at the first time, original over modified, the gap to these outputs is within s/2 of 1 - "
        "s or more than s/10 off 1, or the gap between classes is more than s/10 off 1 - s, "
        "relatively",
        .facts = KNOWN_OF(original)) {
    double first = INFINITY, gap[2][2] = {{NAN, NAN}, {NAN, NAN}}, s = p->overlap;
    EACH_ROW (run, coefficients, r) keep_smaller(&first, r->scaled_time);
    EACH_ROW (run, coefficients, r)
        if (r->scaled_time == first) {
            double *of = gap[is(r->gradient, gradient_modified)];
            of[0] = r->gap_other, of[1] = r->gap_never;
        }
    if (!(p->outputs >= 100 * (double)p->classes) || first > 0.1 || s < 0.01)
        return verdict_skip(v, "needs outputs of 100 classes, a time of 0.1 or less, s >= 0.01");
    double other = gap[0][0] / gap[1][0], other_off = fabs(other / (1 - s) - 1);
    double rest = gap[0][1] / gap[1][1], rest_off = fabs(rest - 1);
    return verdict_erratum(v, fabs(rest / (1 - s) - 1), s / 2, larger_of(other_off, rest_off),
                           s / 10,
                           "original over modified at eta_Y t/K = %g: gap between classes %.5f, to "
                           "the others %.5f; 1 - s = %.5f",
                           first, other, rest, 1 - s);
}

/* gamma over the main text's form, at one time: if the two were of one order, it would not vary
 * with M. */
ERRATUM(without_M, "E.theorem-1-gamma-without-m", OF(S_T1b),
        "Theorem 1(b)'s gamma = O(K ln(eta_Y t/K)/(eta_Y t)) leaves out the M inside the "
        "logarithm, which Lemma 9 has: no constant serves all M.",
        "at eta_Y t/K = 1e3 gamma over the main text's form varies by less than a factor 2 over "
        "M, or gamma over Lemma 9's form by more than {percent}",
        .bound = 0.1, .facts = KNOWN_OF(of_regimes)) {
    double low[2] = {INFINITY, INFINITY}, high[2] = {0, 0}, M_low = INFINITY, M_high = 0;
    EACH_ROW (run, regimes, r) {
        if (fabs(log(r->scaled_time / 1e3)) > 1e-6 || r->scaled_time < 2 * log(r->outputs))
            continue;
        keep_smaller(&low[0], r->over_main_text), keep_larger(&high[0], r->over_main_text);
        keep_smaller(&low[1], r->over_late), keep_larger(&high[1], r->over_late);
        keep_smaller(&M_low, r->outputs), keep_larger(&M_high, r->outputs);
    }
    if (!(M_high >= 1e6 * M_low)) return verdict_skip(v, "needs regime_outputs a factor 1e6 apart");
    return verdict_erratum(
        v, high[0] / low[0], 2, high[1] / low[1] - 1, v->bound,
        "M = %g to %g at eta_Y t/K = 1e3: gamma over the main text's form %.2f to %.2f, over "
        "Lemma 9's %.3f to %.3f",
        M_low, M_high, low[0], high[0], low[1], high[1]);
}

const struct check *const theorem_1_claims[] = {&exact,        &unequal_exact,
                                                &positive,     &positive_too,
                                                &lemma_6,      &shared_gamma,
                                                &regimes,      &lemma_7,
                                                &lemma_3,      &lemmas_13,
                                                &assumption_2, &assumption_2_features,
                                                &definition,   &sign,
                                                &never,        &original_gradient,
                                                &without_M,    NULL};
