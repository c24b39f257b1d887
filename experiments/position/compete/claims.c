#include "compete.h"

#include "theory/position/laws.h"

#define PARAMETERS compete

CLAIM(share_, "CP.share", DERIVED,
      "[exact] Of the rate at which the log odds of the distinct over the common token grow, "
      "content has the share X_z/(X_z + X_p) at any time: X_z = eta_z (1 + N)/K for K classes, N "
      "to a query, and X_p = eta_p sum_r (q_d(r) - q_c(r))^2 over the buckets r of positions.",
      "at some time it differs by more than {bound}", .bound = 1e-9) {
    double most = NOTHING_YET, control = NOTHING_YET;
    EACH_ROW (run, course, r) {
        worst(&most, r->rate_share - r->predicted);
        /* without the other classes of the query: eta_z 1/K */
        double X = 1 / r->predicted - 1, N = (double)p->num_next_per_last;
        worst(&control, 1 / (1 + X * (1 + N)) - r->rate_share);
    }
    return verdict_at_most(v, most, v->bound,
                           "%zu outputs; control, 1/K for (1 + N)/K: off by %.3g",
                           ROWS(run, course), control);
}

CLAIM(numbers, "CP.numbers", DERIVED,
      "[exact] At the start, with X_p = 2/3, N = 2 and equal rates, content's share of the rate "
      "is .529412 for K = 4 and .183673 for K = 20.",
      "a share differs by more than {bound}", .bound = 1e-6) {
    static const double own[] = {1. / 3, 1. / 3, 1. / 3, 0, 0, 0};
    static const double common[] = {0, 0, 0, 1. / 3, 1. / 3, 1. / 3};
    double four = attndyn_compete_share(4, 2, 1, 1, 6, own, common);
    double twenty = attndyn_compete_share(20, 2, 1, 1, 6, own, common);
    return verdict_at_most(v, larger_of(fabs(four - .529412), fabs(twenty - .183673)), v->bound,
                           "%.6f, %.6f; control, K = 5: %.6f", four, twenty,
                           attndyn_compete_share(5, 2, 1, 1, 6, own, common));
}

CLAIM(
    full, "CP.full", DERIVED,
    "[exact] The reduced flow of decoder, content and position logits is the flow of all of them.",
    "at some time a logit differs by more than {bound}", .bound = 1e-7) {
    struct tally most = {NOTHING_YET, 0};
    EACH_ROW (run, course, r)
        if (!isnan(r->full)) tally_worst(&most, r->full);
    if (most.n == 0) return verdict_skip(v, "more than full_classes");
    return verdict_at_most(v, most.value, v->bound, "control, position logits move by %.3f",
                           WORST(run, positions, p));
}

/* Exactly one largest bucket without commons, and the number without own tokens. */
static bool pure(const struct compete *p, size_t *largest, double *commons) {
    double most = 0;
    size_t ties = 0;
    *commons = 0;
    for (size_t r = 0; r < p->commons.count; r++) {
        *commons += p->commons.at[r] == 1;
        if (p->commons.at[r] > 0) continue;
        if (p->shares.at[r] > most)
            most = p->shares.at[r], *largest = r, ties = 1;
        else
            ties += p->shares.at[r] == most;
    }
    return ties == 1 && *commons > 0;
}

CLAIM(late, "CP.late", DERIVED,
      "[leading] Late content's share of the rate tends to X_z/(X_z + eta_p (1 + 1/R_c)), where "
      "R_c counts the buckets that hold common tokens alone.",
      "at the internal time sigma_late the share is off that by more than {percent}",
      .bound = 0.15) {
    size_t largest;
    double commons;
    if (!pure(p, &largest, &commons))
        return verdict_skip(v, "needs one largest bucket without commons and some of commons only");
    if (p->sigma_late < 1e4) return verdict_skip(v, "needs sigma_late of 1e4");
    double share = SCALAR_OF(run, compete_scalars, late_share);
    double predicted = SCALAR_OF(run, compete_scalars, late_predicted);
    return verdict_near(v, share, predicted, v->bound, "%.4f, predicted %.4f; at the start %.4f",
                        share, predicted, SCALAR_OF(run, compete_scalars, early_share));
}

CLAIM(winner, "CP.winner", DERIVED,
      "[numeric] Of all buckets the largest one without common tokens ends with the largest "
      "position logit p_r.",
      "at sigma_late another position logit is above it") {
    size_t largest = 0;
    double commons, end = 0, own = -INFINITY, other = -INFINITY;
    if (!pure(p, &largest, &commons))
        return verdict_skip(v, "needs one largest bucket without commons and some of commons only");
    if (!(p->ratio > 0)) return verdict_skip(v, "positions do not learn");
    EACH_ROW (run, positions, r)
        if (r->late) end = larger_of(end, r->t);
    EACH_ROW (run, positions, r) {
        if (!r->late || r->t < end) continue;
        if ((size_t)r->position == largest + 1)
            own = r->p;
        else
            other = larger_of(other, r->p);
    }
    return verdict_at_least(v, own - other, 0, "p = %.4f of bucket %zu, the next %.4f", own,
                            largest + 1, other);
}

const struct check *const compete_claims[] = {&share_, &numbers, &full, &late, &winner, NULL};
