#include "experiments/statements/statements.h"
#include "theory/scansnap/frozen.h"
#include "theory/scansnap/theorem_1.h"
#include "weak_overlap.h"

#define PARAMETERS weak_overlap

static void setting(const struct weak_overlap *p, struct facts *f) {
    f->classes = (double)p->classes;
    f->outputs = f->vocabulary = p->outputs;
    f->overlap = f->lambda_min = p->overlap;
    f->lambda_1 = ((double)p->classes - 1) * p->overlap;
    f->queries = f->commons_alike = f->distinct_mapped = 1;
    f->classes_uniform = f->decoder_zero = f->attention_zero = f->contexts_infinite = 1;
    f->commons = (double)p->commons.count;
}
KNOWN(flow_knows, weak_overlap) {
    setting(p, f);
    f->adiabatic = 0;
}
/* Lemma 4 is judged where the decoder is much the faster (S-A1c): of the rows of the flow, those
 * with ratios of 10 at least. */
enum { MUCH_FASTER = 10 };
KNOWN(fast_decoder_knows, weak_overlap) {
    setting(p, f);
    f->adiabatic = 0;
    f->eta_y = 0;
    f->eta_z = 1;
    for (size_t r = 0; r < p->ratios.count; r++)
        if (p->ratios.at[r] >= MUCH_FASTER || f->eta_y < MUCH_FASTER)
            f->eta_y = f->eta_y >= MUCH_FASTER ? smaller_of(f->eta_y, p->ratios.at[r])
                                               : larger_of(f->eta_y, p->ratios.at[r]);
}
/* That commons fall is Corollary 2, which the check C2.equation-10 tests. */
KNOWN(equation_10_knows, weak_overlap) {
    setting(p, f);
    f->adiabatic = f->commons_fall = 1;
}
KNOWN(one_common_knows, weak_overlap) {
    setting(p, f);
    f->adiabatic = f->commons = 1;
}

/* --- signs ------------------------------------------------------------------------------------
 */

CLAIM(commons_flow, "C2.commons-fall", OF(S_C2),
      "In the coupled flow that is trained every one of several common tokens of unequal weight "
      "loses attention at all times, at all ratios eta_Y/eta_Z tried.",
      "dz/dt of some common token is not negative at some output", .facts = KNOWN_OF(flow_knows)) {
    return verdict_at_most(v, MOST(run, flow, rate_common), -1e-300,
                           "largest dz/dt over eta_Z, %zu commons, %zu rows", p->commons.count,
                           ROWS(run, flow));
}

CLAIM(commons_eq10, "C2.equation-10", OF(S_C2),
      "Under Eq. 10, too, every common token loses attention at all times.",
      "dz/dt of some common token is not negative at some output",
      .facts = KNOWN_OF(equation_10_knows)) {
    return verdict_at_most(v, MOST(run, equation_10, rate_common), -1e-300,
                           "largest dz/d ln(1 + Gamma), to %g", p->gamma_end);
}

CLAIM(distinct_eq10, "T2.distinct-rise", OF(S_T2a),
      "Under Eq. 10 every distinct token gains attention at all times: its logit z rises.",
      "dz/dt of some distinct token is not positive at some output",
      .facts = KNOWN_OF(equation_10_knows)) {
    return verdict_at_least(v, LEAST(run, equation_10, rate_distinct), 1e-300,
                            "smallest dz/d ln(1 + Gamma), to %g", p->gamma_end);
}

CLAIM(one_common_falls, "T2.one-common", OF(S_T2b),
      "Under Eq. 10, where there is one common token, it loses attention at all times: its logit "
      "z falls.",
      "its dz/dt is not negative at some output", .facts = KNOWN_OF(one_common_knows)) {
    double most = -INFINITY;
    EACH_ROW (run, equation_10, r)
        if (r->commons == 1) keep_larger(&most, r->rate_common);
    return verdict_at_most(v, most, -1e-300, "largest dz/d ln(1 + Gamma), to %g", p->gamma_end);
}

/* --- theorem 3 --------------------------------------------------------------------------------
 */

CLAIM(relative_gain, "T3.equation-10", OF(S_T3),
      "Under Eq. 10 the relative gain of two distinct tokens of a class is r(0) chi_l, and for "
      "the dominant token chi_l = e^{2 z_l} lies between e^{2 f_nl(0)^2 B_n} and e^{2 B_n}.",
      "(1 - e^{-2 z_l})/p_l^2, p_l the weight, differs between the distinct tokens, or z of the "
      "dominant one leaves [f_nl(0)^2 B_n, B_n], by more than a thousand times the solver's "
      "tolerance",
      .facts = KNOWN_OF(equation_10_knows)) {
    double error = NOTHING_YET, own = 0;
    for (size_t j = 0; j < p->distinct.count; j++) own += pow(p->distinct.at[j], 2);
    double square = pow(p->distinct.at[0], 2) / own * (1 - p->overlap);
    EACH_ROW (run, equation_10, r) {
        worst(&error, r->I_spread);
        worst(&error,
              positive_part(larger_of(square * r->B - r->z, r->z - r->B)) / larger_of(1, r->B));
    }
    for (size_t j = 1; j < p->distinct.count; j++)
        if (p->distinct.at[j] > p->distinct.at[0])
            return verdict_skip(v, "needs the first distinct token to be the dominant one");
    return verdict_at_most(v, error, 1e3 * p->rtol, "%zu tokens, to ln(1 + Gamma) = %g",
                           p->distinct.count, p->gamma_end);
}

/* Which of section 6's two fates: under Eq. 10 z_l of another token is -ln(1 - w^2 (1 -
 * e^{-2z}))/2, w its weight over the dominant one's and z the dominant one's logit, so e^{-2z}
 * w^2/(1 - w^2)/2 short of its limit, while z grows with B; B grows by 1/(4 (K + 1)) per unit of ln
 * Gamma where one distinct token is left (T4.prefactor). In the flow that is trained it is the
 * other fate: C13.late-direction. */
CLAIM(winner, "R4.winner-takes-all", OF(S_R4),
      "Under Eq. 10 with one common token the gain B_n diverges and the dominant distinct token "
      "takes all: the logits of the others stop at -(1/2) ln(1 - P_l^2/P_0^2), P_0 the dominant "
      "one's probability, and their attention over its own falls as e^{-z}, z its logit: the rarer "
      "a token, the lower.",
      "between ln(1 + Gamma) = 200 and 300 the slope of B_n is more than {percent} off 1/(4 (K + "
      "1)); or at the end a logit is off its limit by more than twice what e^{-2z} leaves, a token "
      "has more than a thousandth of the dominant one's f, or the attention is not in the order of "
      "the weights",
      .bound = 0.01, .facts = KNOWN_OF(one_common_knows)) {
    struct fates early, late;
    size_t rows = ROWS(run, fates);
    double off = NOTHING_YET, slope, last = INFINITY, weight = 1;
    if (rows < 2) return verdict_skip(v, "needs two distinct tokens");
    ROW(run, fates, 0, &early);
    ROW(run, fates, rows - 1, &late);
    /* "all": e^{-z} below a thousandth, which many classes reach later than any gamma_end */
    if (!(late.z > log(1e3))) return verdict_skip(v, "needs a gain of ln 1000: a larger gamma_end");
    for (size_t j = 1; j < p->distinct.count; j++) {
        if (p->distinct.at[j] >= p->distinct.at[0])
            return verdict_skip(v, "needs the first distinct token to be the dominant one");
    }
    EACH_ROW (run, fates, r) {
        if (r->ln_Gamma != late.ln_Gamma) continue;
        double w2 = r->weight * r->weight, left = exp(-2 * r->z) * w2 / (1 - w2) / 2;
        if (!(fabs(r->z_other - r->limit) <= 2 * left + 1e3 * p->rtol)) off = INFINITY;
        if (!(r->share < 1e-3) || (r->weight < weight && r->share > last)) off = INFINITY;
        last = r->share, weight = r->weight;
    }
    slope = (late.B - early.B) / (late.ln_Gamma - early.ln_Gamma);
    worst(&off, slope * 4 * ((double)p->classes + 1) - 1);
    return verdict_at_most(
        v, off, v->bound,
        "B = %.4g at ln Gamma = %g; the next token has %.2g of the first one's f, its "
        "logit is %.2g off the limit",
        late.B, late.ln_Gamma, late.share, late.z_other - late.limit);
}

CLAIM(by_gain, "T3.fails-at-a-gain", DERIVED,
      "In the coupled flow the xi_nl of two distinct tokens of a class, which Theorem 3 takes as "
      "one, part when z has grown to a certain size, not at a certain ratio eta_Y/eta_Z: at equal "
      "z they are unequal to the same order of magnitude at all ratios.",
      "at equal z, (largest xi over smallest) - 1 varies by more than a factor {bound} "
      "over ratios that are a factor 1000 or more apart",
      .bound = 10) {
    double low = INFINITY, high = NOTHING_YET, slow = INFINITY, fast = NOTHING_YET,
           last = NOTHING_YET;
    EACH_ROW (run, same_z, r) {
        keep_smaller(&low, r->unequal), keep_larger(&high, r->unequal);
        keep_smaller(&slow, r->ratio), keep_larger(&fast, r->ratio);
        keep_larger(&last, r->scaled_time);
    }
    if (!(fast >= 1e3 * slow) || p->distinct.count < 2)
        return verdict_skip(v, "needs two distinct tokens, and z reached at ratios 1000 apart");
    if (!((double)(p->classes - 1) * p->overlap < 1 / (double)p->classes))
        return verdict_skip(v, "needs a weak overlap, (K-1) s < 1/K: a strong one fails later");
    /* from there on beta/iota is no longer near 1/(M - 1): it grows as e^{s x} */
    if (!(p->overlap * last < 1))
        return verdict_skip(v, "needs z while s eta_Y t/K < 1, at all ratios: a smaller z");
    return verdict_at_most(v, high / low, v->bound,
                           "xi_j unequal by %.3g to %.3g at z = %g, ratios %g "
                           "to %g",
                           low, high, p->z, slow, fast);
}

/* --- the force --------------------------------------------------------------------------------
 */

/* Eq. 45 keeps the columns of the other next tokens at the never-columns' level; an overlap s lifts
 * them to e^{s u} each. Their share of the probability at the peak is what it leaves out, and s at
 * the start is the largest: commons only lose attention. */
CLAIM(
    no_delay, "T4.peak-over-vocabulary", DERIVED,
    "With V = M outputs the force gamma = f_n . Y (e_n - alpha_n) peaks where Eq. 45 has it, "
    "whatever eta_Z and the overlap s, as long as the overlaps leave the other next tokens little "
    "probability there.",
    "the time of the peak is off, relatively, by more than the share (K-1) e^{s u}/(M - 1 + e^u) "
    "of the other next tokens at the peak, u = M h by Eq. 45") {
    double excess = NOTHING_YET, error = NOTHING_YET, M = p->outputs,
           others = (double)p->classes - 1;
    double u = attndyn_frozen_gap(M, M * attndyn_theorem_1_peak(M));
    if (!(M >= 100 * (double)p->classes))
        return verdict_skip(v, "needs outputs of 100 classes at least");
    EACH_ROW (run, peaks, r) {
        double share = others * exp(r->overlap * u) / (M - 1 + exp(u));
        worst(&error, r->peak / r->closed - 1);
        worst(&excess, (r->peak / r->closed - 1) / (share + 1e3 * p->rtol));
    }
    return verdict_at_most(v, excess, 1,
                           "off by %.3g at most; eta_Y t/K = %.4g by Eq. 45, %zu overlaps and "
                           "ratios",
                           error, attndyn_theorem_1_peak(M), ROWS(run, peaks));
}

ERRATUM(
    rate, "E.lemma-4-rate", OF(S_L4),
    "The rate of Lemma 4 takes Theorem 1's beta_nn', that of the modified gradient, at the "
    "current features: in the flow that is trained beta/iota is of order 1/M, as with the "
    "original gradient and fixed features.",
    "while alpha_nn < 0.01 beta/iota is within a factor 10 of Theorem 1's at some ratio "
    "eta_Y/eta_Z >= 10, or, at the largest ratio, more than {percent} off the original gradient's "
    "early form",
    .bound = 0.05, .facts = KNOWN_OF(fast_decoder_knows)) {
    double factor = INFINITY, off = NOTHING_YET, slow = NOTHING_YET;
    size_t early = 0;
    EACH_ROW (run, flow, r) keep_larger(&slow, r->ratio);
    EACH_ROW (run, flow, r) {
        if (r->alpha_nn > 0.01 || r->ratio < MUCH_FASTER) continue;
        early++;
        keep_smaller(&factor, r->theorem / r->beta_over_iota);
        if (r->ratio == slow) worst(&off, r->beta_over_iota / r->early - 1);
    }
    if (early == 0 || slow < 100) return verdict_skip(v, "needs a ratio of 100 at least");
    return verdict_erratum(
        v, factor, 10, off, v->bound,
        "theorem 1's beta/iota over the flow's, %zu times and ratios of %d at least", early,
        MUCH_FASTER);
}

const struct check *const weak_overlap_claims[] = {
    &commons_flow, &commons_eq10, &distinct_eq10, &one_common_falls, &relative_gain,
    &by_gain,      &no_delay,     &rate,          &winner,           NULL};
