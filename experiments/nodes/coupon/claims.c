#include "coupon.h"

#include "sim/base/random.h"
#include "sim/model/nodes/committee.h"
#include "theory/nodes/coupon.h"

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
    double most = NOTHING_YET, control = NOTHING_YET, n = (double)p->rule_starts;
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
    double most = NOTHING_YET, second = NOTHING_YET;
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

CLAIM(
    alive, "NC.alive", DERIVED,
    "[exact] A node of a symmetric start lives with probability 1 - 2^-C: of the 2^C signs all but "
    "one leave a winner.",
    "a count differs", .bound = 0) {
    double most = NOTHING_YET, S[12], start[12];
    for (size_t C = 1; C <= 12; C++) {
        size_t living = 0, whole = (size_t)1 << C;
        for (size_t signs = 0; signs < whole; signs++) {
            for (size_t c = 0; c < C; c++)
                S[c] = 1, start[c] = (signs >> c & 1 ? 1 : -1) * (1 + 0.1 * (double)c);
            living += attndyn_coupon_winner(C, S, start) < C;
        }
        worst(&most, (double)living - attndyn_coupon_alive(C) * (double)whole);
    }
    return verdict_at_most(v, most, v->bound, "1 to 12 latents, all signs");
}

CLAIM(
    gradient, "NC.gradient", DERIVED,
    "[exact] The committee's joint flow is the gradient of its loss.",
    "a rate differs from the five-point difference of the loss by more than {bound} of the largest",
    .bound = 1e-9) {
    enum { NODES = 3, LATENTS = 4, N = NODES * LATENTS };
    static const double at[] = {-2, -1, 1, 2}, by[] = {1, -8, 8, -1}, S[] = {1, 0.7, 1.3, 0.4};
    struct attndyn_committee *model;
    struct attndyn_random random;
    double start[N], rate[N], h = 1e-3, off = NOTHING_YET, largest = NOTHING_YET;
    ATTNDYN_TRY(attndyn_committee_create(run->ctx, NODES, LATENTS, S, true, &model));
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX, (uint64_t)p->seed));
    attndyn_random_normals(&random, 1, N, start);
    attndyn_random_done(&random);
    if (model->problem.rhs(0, start, rate, model->problem.user) != 0)
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "the committee has no rate");
    for (size_t i = 0; i < N; i++) {
        double x = start[i], slope = 0;
        for (int s = 0; s < 4; s++) {
            start[i] = x + at[s] * h;
            slope += by[s] * attndyn_committee_loss(model, start) / (12 * h);
        }
        start[i] = x;
        worst(&off, rate[i] + slope);
        worst(&largest, slope);
    }
    return verdict_at_most(v, off / largest, v->bound, "%d nodes, %d latents", NODES, LATENTS);
}

CLAIM(strong_first, "NC.strong-first", DERIVED, "[numeric] Strong latents are picked more often.",
      "a latent is picked less often than a weaker one, by more than four standard errors",
      .unjudged = "quick,short") {
    double least = INFINITY, n = (double)p->rule_starts;
    if (equal(p)) return verdict_skip(v, "strengths differ not");
    EACH_ROW (run, picks, r)
        EACH_ROW (run, picks, s)
            if (r->strength > s->strength)
                least = fmin(least, (r->share - s->share) / sqrt((r->share + s->share) / n));
    return verdict_at_least(v, least, -4, "least difference in standard errors");
}

CLAIM(rotation_, "NC.rotation", DERIVED,
      "[exact] Linear nodes below one exp attention turn with their starts: V(V0 R, Delta R) = "
      "V(V0, Delta) R for every rotation R, so they never specialise.",
      "an entry differs by more than {bound}", .bound = 1e-9) {
    double error = INFINITY, control = 0;
    EACH_ROW (run, rotation, r) error = r->error, control = r->control;
    return verdict_at_most(v, error, v->bound, "control, third-order nodes: %.3g", control);
}

const struct check *const coupon_claims[] = {
    &independent, &alive, &gradient, &rescue, &twofold, &time_, &strong_first, &rotation_, NULL};
