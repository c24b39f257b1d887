#include "fates.h"

#include <string.h>

#define PARAMETERS fates

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

CLAIM(signs, "FT.signs", DERIVED,
      "[numeric] Trained embeddings leave the signs on the asymmetric set and on that with a "
      "growing common as they are.",
      "a logit ends on the other side of its start") {
    size_t chain = 0, normed = 0, wrong = turned(run, false, NULL, 1e-9, "chain", &chain);
    wrong += turned(run, false, NULL, 1e-9, "normed", &normed);
    if (p->t_examples < 1e5 || p->eta_y != 5 || p->eta_z != 1)
        return verdict_skip(v, "judged at eta_y = 5, eta_z = 1 and t_examples = 1e5");
    size_t control_all, control = turned(run, true, NULL, 0.99, "normed", &control_all);
    return verdict_at_most(v, (double)wrong, 0,
                           "%zu logits, chain and normed; control, the declining-distinct set: %zu "
                           "of %zu turn",
                           chain + normed, control, control_all);
}

CLAIM(frozen, "FT.frozen", DERIVED,
      "[numeric] Below a norm at eta_u >= 1 the declining distinct tokens freeze before they "
      "turn: they end positive.",
      "one ends below its start, or they do not fall below it with fixed embeddings") {
    double least = INFINITY, fixed = INFINITY;
    size_t n = 0;
    if (p->t_examples < 1e5 || p->eta_y != 5 || p->eta_z != 1)
        return verdict_skip(v, "judged at eta_y = 5, eta_z = 1 and t_examples = 1e5");
    EACH_ROW (run, examples, r) {
        if (strcmp(r->set, declining) != 0 || strcmp(r->role, "distinct") != 0) continue;
        if (strcmp(r->kind, "fixed") == 0) fixed = fmin(fixed, r->z);
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

CLAIM(more, "FT.more-commons", DERIVED,
      "[numeric] Below a norm, at eta_u = eta_z, a common token grows in more of the random "
      "sets than with fixed embeddings.",
      "the share is not larger by two standard errors") {
    double n = (double)ROWS(run, randoms) - SCALAR_OF(run, fates_scalars, singular);
    double fixed = SCALAR_OF(run, fates_scalars, share_fixed);
    double normed = SCALAR_OF(run, fates_scalars, share_normed);
    if (n < 20) return verdict_skip(v, "needs at least 20 random sets");
    if (p->eta_u != p->eta_z || p->common_sd < 0.3)
        return verdict_skip(v, "judged at eta_u = eta_z and common_sd of at least 0.3");
    double error = sqrt((fixed * (1 - fixed) + normed * (1 - normed)) / n);
    return verdict_at_least(
        v, (normed - fixed) / fmax(error, 1e-12), 2,
        "%.0f sets: %.3f normed, %.3f fixed, in standard errors; control, chain: "
        "%.3f",
        n, normed, fixed, SCALAR_OF(run, fates_scalars, share_chain));
}

const struct check *const fates_claims[] = {&signs, &frozen, &more, NULL};
