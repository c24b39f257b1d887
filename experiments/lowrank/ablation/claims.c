/* Bounds on losses are those of the notes on what appears at this scale, set before the trainings
 * here; those on energy lost were set before it was measured. */
#include "ablation.h"

#include <string.h>

#define PARAMETERS ablation

/* Mean loss over seeds; NaN: there is no such row. */
static double loss_of(const struct trial *run, const char *group, const char *setting) {
    double sum = 0, n = 0;
    EACH_ROW (run, arms, r)
        if (strcmp(r->group, group) == 0 && strcmp(r->setting, setting) == 0) sum += r->valid, n++;
    return sum / n;
}

static double lost_by(const struct trial *run, const char *setting) {
    double most = -HUGE_VAL;
    EACH_ROW (run, arms, r)
        if (strcmp(r->group, "subspace") == 0 && strcmp(r->setting, setting) == 0)
            most = isnan(r->lost) ? r->lost : larger_of(most, r->lost);
    return most;
}

CLAIM(states, "LR.abl-states", DERIVED_AS("derived here, from the shapes and GaLore's Table 1"),
      "GaLore's states of an m x n map at rank r are those of the sides that it projects: m r + 2 "
      "n r numbers from the left, n r + 2 m r from the right, m r + n r + 2 r^2 from both. So the "
      "published choice, the shorter side (m < n), holds (n - m) r numbers more than the longer "
      "side would.",
      "in one training the bytes are another number") {
    return verdict_at_most(v, WORST_GAP(run, arms, states, expected), 0,
                           "largest difference in bytes, %zu trainings", ROWS(run, arms));
}

CLAIM(svd_best, "LR.abl-svd", DERIVED,
      "GaLore's subspace, of the r leading singular vectors, holds as much energy of the gradient "
      "as r directions can.",
      "at the last renewal of a training of the grid it loses more than {bound} of what the best "
      "r directions hold",
      .bound = 1e-5) {
    double most = NOTHING_YET;
    EACH_ROW (run, arms, r)
        if (strcmp(r->group, "grid") == 0) worst(&most, r->lost);
    return verdict_at_most(v, most, v->bound,
                           "energy lost, the largest over the trainings of the grid");
}

CLAIM(cheaper_svd, "LR.abl-randomised",
      DERIVED_AS("Halko, Martinsson and Tropp (2011), with 8 directions to spare and two rounds"),
      "A randomised decomposition of the gradient finds a subspace that loses at most {percent} "
      "of the energy that the best one of rank r holds.",
      "at the last renewal, with some seed, it loses more", .bound = 0.01) {
    return verdict_at_most(v, lost_by(run, "randomised"), v->bound,
                           "of the energy of the best subspace; warm-started %.2g, random %.3g",
                           lost_by(run, "warm"), lost_by(run, "random"));
}

CLAIM(warm_svd, "LR.abl-warm", DERIVED_AS("derived here: two rounds of subspace iteration"),
      "A decomposition of the gradient that starts from the subspace in use loses at most "
      "{percent} of the energy that the best one of rank r holds.",
      "at the last renewal, with some seed, it loses more", .bound = 0.05) {
    return verdict_at_most(v, lost_by(run, "warm"), v->bound, "of the energy of the best subspace");
}

#define NEEDS_SEEDS "one seed decides nothing: preset short has two"

CLAIM(random_lags, "LR.abl-random", DERIVED_AS("derived here: it does not see the gradient"),
      "At the same learning rate a training in random directions ends with a validation loss more "
      "than {bound} nats a byte above that of one in singular vectors, on the mean over seeds.",
      "it ends more than that below", .bound = 0.02, .unjudged = "quick,short") {
    if (p->seeds < 2) return verdict_skip(v, NEEDS_SEEDS);
    double lag = loss_of(run, "subspace", "random") - loss_of(run, "subspace", "svd");
    if (fabs(lag) <= v->bound) return verdict_skip(v, "not seen at this scale: %.4f", lag);
    return verdict_at_least(v, lag, v->bound,
                            "nats a byte; the first subspace for ever: %.4f above",
                            loss_of(run, "subspace", "frozen") - loss_of(run, "subspace", "svd"));
}

CLAIM(cheaper_trains, "LR.abl-cheaper", DERIVED,
      "At the same learning rate trainings with randomised, warm-started and staggered renewals "
      "end at most {bound} nats a byte above one with singular vectors renewed together, by "
      "validation loss, on the mean over seeds.",
      "one of them ends further above", .bound = 0.03, .unjudged = "quick") {
    if (p->seeds < 2) return verdict_skip(v, NEEDS_SEEDS);
    const double svd = loss_of(run, "subspace", "svd"),
                 randomised = loss_of(run, "subspace", "randomised") - svd,
                 warm = loss_of(run, "subspace", "warm") - svd,
                 staggered = loss_of(run, "renewals", "staggered") - svd;
    return verdict_at_most(v, positive_part(larger_of(randomised, larger_of(warm, staggered))),
                           v->bound,
                           "nats a byte; randomised %.4f, warm-started %.4f, staggered %.4f",
                           randomised, warm, staggered);
}

CLAIM(rank_helps, "LR.abl-rank", PAPER("GaLore (arXiv 2403.03507)", "figure 5"),
      "At every gap between renewals the largest rank of the grid ends with a lower validation "
      "loss than the smallest, on the mean over seeds.",
      "at some gap it ends with a higher one", .unjudged = "quick") {
    double least = HUGE_VAL;
    if (p->seeds < 2) return verdict_skip(v, NEEDS_SEEDS);
    if (p->ranks.count < 2) return verdict_skip(v, "needs two ranks");
    for (size_t g = 0; g < p->gaps.count; g++) {
        char low[64], high[64];
        snprintf(low, sizeof low, "r=%g gap=%g", p->ranks.at[0], p->gaps.at[g]);
        snprintf(high, sizeof high, "r=%g gap=%g", p->ranks.at[p->ranks.count - 1], p->gaps.at[g]);
        least = smaller_of(least, loss_of(run, "grid", low) - loss_of(run, "grid", high));
    }
    return verdict_at_least(
        v, least, 0,
        "loss of the smallest rank less that of the largest, in nats a byte, the least over gaps");
}

const struct check *const ablation_claims[] = {
    &states, &svd_best, &cheaper_svd, &warm_svd, &random_lags, &cheaper_trains, &rank_helps, NULL};
