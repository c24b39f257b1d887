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
      "[exact for small starts] K nodes that do not see each other, each of which runs to "
      "argmax_c S_c v_c(0), collect coupons: for C latents of equal strength they find all with "
      "probability sum_j (-1)^j binom(C, j) (1 - q j/C)^K, q = 1 - 2^-C the share of nodes that "
      "live.",
      "at some K the share of random starts that find all by this winner rule is more than "
      "{bound} standard errors off",
      .bound = 4) {
    double most = NOTHING_YET, control = NOTHING_YET, n = (double)p->rule_starts;
    if (!equal(p)) return verdict_skip(v, "equal strengths only");
    EACH_ROW (run, found, r) {
        double error = sqrt(larger_of(r->predicted * (1 - r->predicted), 1 / n) / n);
        worst(&most, (r->rule - r->predicted) / error);
        worst(&control, (r->joint - r->predicted) / error);
    }
    return verdict_at_most(v, most, v->bound,
                           "standard errors, %zu values of K, %ld starts each; control, the joint "
                           "flow: %.0f",
                           ROWS(run, found), p->rule_starts, control);
}

CLAIM(rescue, "NC.rescue", DERIVED,
      "[numeric] The joint loss rescues: from the same starts the joint flow of K nodes finds all "
      "C latents at least as often as nodes that do not see each other.",
      "at some K it does so less often by more than {percent} of the starts", .bound = 0.02) {
    double least = INFINITY, gain = -INFINITY;
    EACH_ROW (run, found, r) {
        least = smaller_of(least, r->joint - r->independent);
        gain = larger_of(gain, r->joint - r->independent);
    }
    return verdict_at_least(v, least, -v->bound,
                            "least difference of the shares, joint less independent; at most %.3f",
                            gain);
}

CLAIM(twofold, "NC.two-per-latent", DERIVED,
      "[numeric] With two nodes per latent, K = 2 C, the joint flow finds all latents in at least "
      "{percent} of the starts, nodes that do not see each other in less than half (5 to 8 "
      "latents of equal strength).",
      "the joint flow's share is below that, or the other is a half or more", .bound = 0.9) {
    double joint = NAN, rule = NAN;
    EACH_ROW (run, found, r)
        if (fabs(r->per_latent - 2) < 0.01) joint = r->joint, rule = r->rule;
    if (isnan(joint) || !equal(p) || p->C < 5 || p->C > 8)
        return verdict_skip(v, "needs 2 in per_latent, equal strengths, and 5 to 8 latents");
    if (!(rule < 0.5)) joint = NAN;
    return verdict_at_least(v, joint, v->bound, "control, independent nodes: %.3f", rule);
}

CLAIM(time_, "NC.time", DERIVED,
      "[exact] A single node blows up along the latent argmax_c S_c v_c(0), S_c its strength and "
      "v_c(0) the node's start, at the time 1/(3 max_c S_c v_c(0)).",
      "for one node another latent wins, or the time is off by more than {bound} of it",
      .bound = 1e-6) {
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

CLAIM(alive, "NC.alive", DERIVED,
      "[exact] A node with a start of random signs lives with probability 1 - 2^-C for C latents: "
      "of the 2^C patterns of signs all but one leave a winner.",
      "for some C from 1 to 12 the count of patterns with a winner is another", .bound = 0) {
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
    "[exact] The joint flow of the nodes is minus the gradient of their loss.",
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

CLAIM(strong_first, "NC.strong-first", DERIVED,
      "[numeric] Nodes that do not see each other pick stronger latents more often: of two latents "
      "the one of larger S_c is no less often picked.",
      "a latent is picked less often than a weaker one, by more than four standard errors",
      .unjudged = "quick,short") {
    double least = INFINITY, n = (double)p->rule_starts;
    if (equal(p)) return verdict_skip(v, "all strengths are equal");
    EACH_ROW (run, picks, r)
        EACH_ROW (run, picks, s)
            if (r->strength > s->strength)
                least = smaller_of(least, (r->share - s->share) / sqrt((r->share + s->share) / n));
    return verdict_at_least(v, least, -4, "least difference in standard errors");
}

CLAIM(rotation_, "NC.rotation", DERIVED,
      "[exact] K linear nodes below one exp attention (JoMA, K > 1) turn with their starts: the "
      "flow has V(t; V(0) R, Delta R) = V(t; V(0), Delta) R for a rotation R of the nodes, so "
      "that no node is singled out.",
      "for a random rotation an entry differs by more than {bound}", .bound = 1e-9) {
    double error = INFINITY, control = 0;
    EACH_ROW (run, rotation, r) error = r->error, control = r->control;
    return verdict_at_most(v, error, v->bound, "control, third-order nodes: %.3g", control);
}

const struct check *const coupon_claims[] = {
    &independent, &alive, &gradient, &rescue, &twofold, &time_, &strong_first, &rotation_, NULL};
