#include "fates.h"

#include <string.h>

#define PARAMETERS embed_fates

static const char declining[] = "declining-distinct";

/* Tokens whose sign differs from that with fixed embeddings, over the sets asked for. */
static size_t turned(const struct trial *run, bool of_declining, const char *role, double eta_from,
                     const char *kind, size_t *all) {
    size_t count = 0;
    *all = 0;
    EACH_ROW (run, examples, r) {
        if (r->eta_u < eta_from || strcmp(r->kind, kind) != 0) continue;
        if ((strcmp(r->set, declining) == 0) != of_declining) continue;
        if (role && strcmp(r->role, role) != 0) continue;
        EACH_ROW (run, examples, s) {
            if (strcmp(s->kind, "fixed") != 0 || strcmp(s->set, r->set) != 0 ||
                s->query != r->query || s->token != r->token || fabs(s->z) < 1e-6)
                continue;
            (*all)++;
            count += (s->z > 0) != (r->z > 0);
        }
    }
    return count;
}

/* Signs need no tolerance: the claim is about how many logits change sign, or the sign of the
 * smallest. The control is the set in which theory allows a change. */
CLAIM(signs, "FT.signs", DERIVED,
      "[numeric] On the asymmetric set and on the one with a growing common token, training the "
      "embeddings changes no sign: each attention logit ends on the same side of its start as "
      "with fixed embeddings, with a chain and below a norm.",
      "a logit ends on the other side of its start than with fixed embeddings") {
    size_t chain = 0, normed = 0, wrong = turned(run, false, NULL, 1e-9, "chain", &chain);
    wrong += turned(run, false, NULL, 1e-9, "normed", &normed);
    if (p->t_examples < 1e5 || p->eta_y != 5 || p->eta_z != 1)
        return verdict_skip(v, "judged at eta_y = 5, eta_z = 1 and t_examples = 1e5");
    if (chain + normed == 0) return verdict_skip(v, "no example set was run");
    size_t control_all, control = turned(run, true, NULL, 0.99, "normed", &control_all);
    return verdict_at_most(v, (double)wrong, 0,
                           "%zu logits, chain and normed; control, the declining-distinct set: %zu "
                           "of %zu turn",
                           chain + normed, control, control_all);
}

CLAIM(frozen, "FT.frozen", DERIVED,
      "[numeric] On the set in which distinct tokens decline, with embeddings trained below a "
      "norm at eta_u >= 1 these tokens end above their start, where with fixed embeddings one "
      "ends below.",
      "one ends below its start, or none does with fixed embeddings") {
    double least = INFINITY, fixed = INFINITY;
    size_t n = 0;
    if (p->t_examples < 1e5 || p->eta_y != 5 || p->eta_z != 1)
        return verdict_skip(v, "judged at eta_y = 5, eta_z = 1 and t_examples = 1e5");
    EACH_ROW (run, examples, r) {
        if (strcmp(r->set, declining) != 0 || strcmp(r->role, "distinct") != 0) continue;
        if (strcmp(r->kind, "fixed") == 0) fixed = smaller_of(fixed, r->z);
        if (strcmp(r->kind, "normed") != 0 || r->eta_u < 1) continue;
        n++;
        if (!(r->z >= least)) least = r->z;
    }
    if (n == 0) return verdict_skip(v, "needs an eta_u of at least 1 in eta_us");
    if (!(fixed < 0))
        return verdict_at_least(v, NAN, 0, "with fixed embeddings none declines: %.4f", fixed);
    return verdict_at_least(v, least, 0, "least logit; control, with fixed embeddings: %.4f",
                            fixed);
}

/* Both get the same sets, so only the d sets on which they differ count: the difference of the two
 * counts has the standard error sqrt(d) (McNemar's test). */
CLAIM(more, "FT.more-commons", DERIVED,
      "[numeric] With embeddings trained below a norm, at eta_u = eta_z, some common token ends "
      "above its start in more of the random sets than with fixed embeddings.",
      "the sets in which one does are not more by two standard errors") {
    double n = (double)ROWS(run, randoms) - SCALAR_OF(run, fates_scalars, singular);
    double more_normed = 0, more_fixed = 0, more_chain = 0;
    if (n < 20) return verdict_skip(v, "needs at least 20 random sets");
    if (p->eta_u != p->eta_z || p->common_sd < 0.3)
        return verdict_skip(v, "judged at eta_u = eta_z and common_sd of at least 0.3");
    EACH_ROW (run, randoms, r) {
        if (r->normed < 0) continue;
        more_normed += r->normed > 0 && r->fixed == 0;
        more_fixed += r->fixed > 0 && r->normed == 0;
        more_chain += (r->chain > 0) - (r->fixed > 0);
    }
    double error = sqrt(larger_of(1, more_normed + more_fixed));
    return verdict_at_least(v, (more_normed - more_fixed) / error, 2,
                            "%.0f sets: %.0f more, %.0f fewer, in standard errors; control, chain: "
                            "%.0f more",
                            n, more_normed, more_fixed, more_chain);
}

/* An independent prototype's 100 sets, drawn by another generator. */
CLAIM(counts, "FT.counts", DERIVED,
      "[numeric] Of random sets (standard deviation .6 of all log-weights) the share in which "
      "some common token ends above its start is that of an independent program's 100: 15 with "
      "fixed embeddings, 20 with a chain (eta_u = 1), and 16, 21, 37 below a norm at eta_u = .01, "
      ".1, 1.",
      "one share differs by more than three standard errors of the two counts") {
    static const struct {
        const char *kind;
        double eta_u, growing;
    } at[] = {{"fixed", 0, 15},
              {"chain", 1, 20},
              {"normed", .01, 16},
              {"normed", .1, 21},
              {"normed", 1, 37}};
    double most = NOTHING_YET, control = NOTHING_YET;
    size_t found = 0;
    if (p->eta_y != 5 || p->eta_z != 1 || p->common_sd != .6 || p->distinct_sd != .6 ||
        p->num_last * p->num_next_per_last != 4 || p->num_last != 2 || p->num_common != 3 ||
        p->num_distinct != 3 || p->t_end != 1e4 || p->sets < 20)
        return verdict_skip(v, "of K = 4, three commons, sd .6, eta_y = 5 and t_end = 1e4");
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        EACH_ROW (run, shares, r) {
            if (strcmp(r->kind, at[i].kind) != 0 || r->eta_u != at[i].eta_u) continue;
            double n = (double)r->sets, a = (double)r->growing / n, b = at[i].growing / 100;
            double both = ((double)r->growing + at[i].growing) / (n + 100);
            double error = sqrt(both * (1 - both) * (1 / n + 1. / 100));
            found++;
            worst(&most, (a - b) / error);
            worst(&control, (a - .37) / error);
        }
    return verdict_at_most(v, most, 3,
                           "%zu shares, in standard errors; control, all against the last: %.1f",
                           found, control);
}

const struct check *const embed_fates_claims[] = {&signs, &frozen, &more, &counts, NULL};
