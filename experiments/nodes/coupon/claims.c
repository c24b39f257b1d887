#include "coupon.h"

#define PARAMETERS coupon

static bool equal(const struct coupon *p) {
    for (size_t c = 1; c < p->strengths.count; c++)
        if (p->strengths.at[c] != p->strengths.at[0]) return false;
    return true;
}

CLAIM(independent, "NC.independent", DERIVED,
      "[exact for small starts] Independent nodes collect coupons: P(all) = sum_j (-1)^j "
      "binom(C, j) (1 - q j/C)^K, q = 1 - 2^-C.",
      "the winner rule's count is more than {bound} standard errors off at some K", .bound = 4) {
    double most = 0, control = 0, n = (double)p->rule_starts;
    if (!equal(p)) return verdict_skip(v, "equal strengths only");
    EACH_ROW (run, found, r) {
        double error = sqrt(fmax(r->predicted * (1 - r->predicted), 1 / n) / n);
        worst(&most, (r->rule - r->predicted) / error);
        worst(&control, (r->joint - r->predicted) / error);
    }
    return verdict_at_most(v, most, v->bound,
                           "%zu K, %ld starts each; control, the joint flow: %.0f",
                           ROWS(run, found), p->rule_starts, control);
}

CLAIM(rescue, "NC.rescue", DERIVED,
      "[numeric] The joint loss rescues: from the same starts it finds all latents at least as "
      "often.",
      "it does so less often at some K, by more than a start in fifty") {
    double least = INFINITY, gain = -INFINITY;
    EACH_ROW (run, found, r) {
        least = fmin(least, r->joint - r->independent);
        gain = fmax(gain, r->joint - r->independent);
    }
    return verdict_at_least(v, least, -0.02, "joint less independent; at most %.3f", gain);
}

CLAIM(twofold, "NC.two-per-latent", DERIVED,
      "[numeric] Two nodes per latent find all of them in nine of ten starts; independent nodes "
      "in less than half.",
      "the joint flow's share at K = 2 C is below {bound}, or the rule's above a half",
      .bound = 0.9) {
    double joint = NAN, rule = NAN;
    EACH_ROW (run, found, r)
        if (fabs(r->per_latent - 2) < 0.01) joint = r->joint, rule = r->rule;
    if (isnan(joint) || !equal(p) || p->C < 5 || p->C > 8)
        return verdict_skip(v, "needs 2 in per_latent, equal strengths, and 5 to 8 latents");
    if (!(rule < 0.5)) joint = NAN;
    return verdict_at_least(v, joint, v->bound, "control, independent nodes: %.3f", rule);
}

CLAIM(time_, "NC.time", DERIVED,
      "[exact] A node blows up along argmax_c S_c v_c(0), at 1/(3 max S_c v_c(0)).",
      "another latent wins, or the time is off by more than {bound}, relatively", .bound = 1e-6) {
    double most = 0, second = 0;
    size_t wrong = 0;
    EACH_ROW (run, passage, r) {
        worst(&most, r->t / r->predicted - 1);
        worst(&second, 3 * r->t / r->predicted - 1);
        wrong += r->winner != r->rule;
    }
    if (ROWS(run, passage) == 0) return verdict_skip(v, "all single nodes die");
    if (wrong) most = INFINITY;
    return verdict_at_most(v, most, v->bound,
                           "%zu nodes, %zu wrong winners; control, without the 3: %.1f",
                           ROWS(run, passage), wrong, second);
}

CLAIM(strong_first, "NC.strong-first", DERIVED, "[numeric] Strong latents are picked more often.",
      "a latent is picked less often than a weaker one, by more than four standard errors",
      .unjudged = "quick") {
    double least = INFINITY, n = (double)p->rule_starts;
    if (equal(p)) return verdict_skip(v, "strengths differ not");
    EACH_ROW (run, picks, r)
        EACH_ROW (run, picks, s)
            if (r->strength > s->strength)
                least = fmin(least, (r->share - s->share) / sqrt((r->share + s->share) / n));
    return verdict_at_least(v, least, -4, "least difference in standard errors");
}

CLAIM(rotation_, "NC.rotation", DERIVED,
      "[exact] Linear nodes below one exp attention turn with their starts, V(V0 R, Delta R) = "
      "V(V0, Delta) R: they never specialise.",
      "an entry differs by more than {bound}", .bound = 1e-9) {
    double error = INFINITY, control = 0;
    EACH_ROW (run, rotation, r) error = r->error, control = r->control;
    return verdict_at_most(v, error, v->bound, "control, third-order nodes: %.3g", control);
}

const struct check *const coupon_claims[] = {&independent,  &rescue,    &twofold, &time_,
                                             &strong_first, &rotation_, NULL};
