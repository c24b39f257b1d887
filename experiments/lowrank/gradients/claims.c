#include "gradients.h"

#include "experiments/shared/paired.h"

#include <string.h>

#define PARAMETERS gradients
#define GALORE_PAPER "GaLore (arXiv 2403.03507)"

static bool trained(const struct gradients *p, struct verdict *v) {
    if (p->updates / p->gap >= 3 && p->updates >= 100) return true;
    verdict_skip(v, "needs updates for three gaps, and 100 at least");
    return false;
}

/* The first look behind the warm-up, a tenth of the updates; and the last. */
static long first_look(const struct gradients *p) {
    long warm = p->updates / 10;
    return (warm + p->gap - 1) / p->gap * p->gap;
}
static long last_look(const struct gradients *p) {
    return p->updates / p->gap * p->gap;
}

CLAIM(
    low, "LR.gradient-low", PAPER(GALORE_PAPER, "section 3.2"),
    "After the warm-up of the rate the stable rank of a map's gradient is far below min(m, n): at "
    "most {percent} of it, on the mean over maps, seeds and looks.",
    "the mean is higher, or that of the control, the same numbers in random places, is no higher "
    "than that",
    .bound = 0.15) {
    double mean = 0, control = 0, n = 0, most = 0;
    if (!trained(p, v)) return ATTNDYN_OK;
    EACH_ROW (run, maps, r) {
        if (r->step < first_look(p)) continue;
        mean += r->stable_rank / (double)r->least;
        control += r->shuffled_rank / (double)r->least;
        most = larger_of(most, r->stable_rank / (double)r->least), n++;
    }
    if (!(control / n > v->bound))
        return verdict_at_most(v, NAN, v->bound, "the control is as low: %.3f", control / n);
    return verdict_at_most(
        v, mean / n, v->bound,
        "stable rank over min(m, n), mean; largest %.3f; control, in random places: %.3f", most,
        control / n);
}

CLAIM(energy, "LR.gradient-energy", PAPER(GALORE_PAPER, "section 3.2"),
      "The r leading singular directions of every map's gradient hold a larger share of ||G||_F^2 "
      "than those of the same numbers in random places.",
      "at some look those of some map hold less") {
    double least = INFINITY, mean = 0, control = 0, n = 0;
    if (!trained(p, v)) return ATTNDYN_OK;
    EACH_ROW (run, maps, r) {
        if (r->r == r->least) continue;
        least = smaller_of(least, r->energy - r->shuffled_energy);
        mean += r->energy, control += r->shuffled_energy, n++;
    }
    if (n == 0) return verdict_skip(v, "r = min(m, n): all directions are in the subspace");
    return verdict_at_least(
        v, least, 0,
        "least difference from the control; mean share %.3f; control, in random places: %.3f",
        mean / n, control / n);
}

CLAIM(overlap, "LR.gradient-overlap", DERIVED,
      "The leading subspaces of the gradient at successive looks overlap more than random ones, "
      "which share r/k for r of k = min(m, n) directions.",
      "the mean overlap over maps, seeds and looks is not above r/k by four standard errors") {
    struct sample above = {0};
    double control = 0;
    if (!trained(p, v)) return ATTNDYN_OK;
    EACH_ROW (run, maps, r) {
        if (isnan(r->overlap) || r->r == r->least) continue;
        sample_add(&above, r->overlap - (double)r->r / (double)r->least);
        control += r->shuffled_overlap - (double)r->r / (double)r->least;
    }
    if (above.n < 8) return verdict_skip(v, "too few maps with r < min(m, n)");
    const struct paired x = sample_mean(&above);
    return verdict_at_least(v, x.mean / x.error, 4,
                            "standard errors; mean overlap %.3f above r/k, %.0f pairs; control, "
                            "in random places: %.3f above",
                            x.mean, above.n, control / above.n);
}

/* Map by map, the logarithm of the ratio; the maps' spread is the error. */
CLAIM(
    falls, "LR.gradient-rank-rises", DERIVED,
    "In a transformer trained on text, where nothing holds A, B and C still (outside GaLore's "
    "Lemma 3.3), the stable rank of the gradient does not fall along the training but rises, from "
    "the first look after the warm-up to the last, on the geometric mean over maps and seeds; at "
    "the last look it is below half of min(m, n) for every map.",
    "it does not rise by two standard errors over the maps, or at the last look that of some map "
    "is above half of min(m, n)") {
    struct sample rise = {0};
    double most = 0;
    if (!trained(p, v)) return ATTNDYN_OK;
    EACH_ROW (run, maps, late) {
        if (late->step != last_look(p)) continue;
        most = larger_of(most, late->stable_rank / (double)late->least);
        EACH_ROW (run, maps, early)
            if (early->step == first_look(p) && early->seed == late->seed &&
                strcmp(early->name, late->name) == 0)
                sample_add(&rise, log(late->stable_rank / early->stable_rank));
    }
    const struct paired x = sample_mean(&rise);
    return verdict_contrast(
        v, x.mean / x.error, 2, most, 0.5,
        "from update %ld to %ld by the factor %.3f, the mean of %.0f maps (ln: %.3f +- %.3f); at "
        "update 0 the stable rank is %.2f",
        first_look(p), last_look(p), exp(x.mean), rise.n, x.mean, x.error,
        SCALAR_OF(run, summary, rank_start));
}

CLAIM(identity, "LJ.gradient", DERIVED,
      "[exact] In JoMA's network with K nodes the decoder's gradient is at every step that of "
      "JoMA's flow, -dL/dv_l = e^{z_l} Delta_l for token l (v_l its column of weights, z_l its "
      "attention logit), with the saliency Delta_l of that step.",
      "at some step an entry is off by more than {bound} of the largest", .bound = 1e-12) {
    double off = NOTHING_YET, moved = 1;
    EACH_ROW (run, join, r) {
        worst(&off, r->identity);
        moved = smaller_of(moved, r->stationary);
    }
    return verdict_at_most(v, off, v->bound,
                           "largest difference, %zu steps; the cosine of Delta with its start "
                           "falls to %.3f",
                           ROWS(run, join), moved);
}

CLAIM(theorem, "LJ.theorem-1", DERIVED,
      "[exact] In JoMA's network z_l = |v_l|^2/2 + c_l, the exponent of GaLore's Lemma B.6, up to "
      "half the sum of the squared steps of v_l.",
      "at some step z_l is off that by more than {bound} for some token l", .bound = 1e-12) {
    const double rest = WORST(run, join, ledger), drift = WORST(run, join, drift);
    return verdict_at_most(v, rest, v->bound, "largest difference; without the squared steps: %.2g",
                           drift);
}

static bool halved(const struct trial *run, struct verdict *v) {
    if (!isnan(SCALAR_OF(run, summary, half_time))) return true;
    verdict_skip(v, "the loss of JoMA's network is not halved: more join_steps");
    return false;
}

CLAIM(lemma, "LJ.lemma", PAPER(GALORE_PAPER, "Lemma 3.3"),
      "With A, B and C as at the start GaLore's Lemma 3.3 gives the gradient's direction in the "
      "same network better than the gradient at the start does, until the loss is halved.",
      "at some step on the way the angle of (I - lr S)^t G_0 with the network's gradient is larger "
      "than that of G_0") {
    double most = 0, joma = 0, last = NAN;
    if (!halved(run, v)) return ATTNDYN_OK;
    EACH_ROW (run, join, r) {
        if (r->step == 0 || (double)r->step > SCALAR_OF(run, summary, half_time)) continue;
        double still = acos(smaller_of(1, r->still_cosine));
        most = larger_of(most, acos(smaller_of(1, r->lemma_cosine)) / still);
        if (!isnan(r->joma_cosine)) joma = acos(smaller_of(1, r->joma_cosine)) / still;
        last = r->lemma_cosine;
    }
    return verdict_at_most(v, most, 1,
                           "largest angle over that of G_0; cosine %.4f where the loss is halved; "
                           "JoMA's flow there: %.3f of that angle",
                           last, joma);
}

CLAIM(rank_one, "LJ.keeps-its-rank", DERIVED,
      "JoMA's network, trained on its own loss, where the saliency Delta is not stationary "
      "(outside GaLore's Lemma B.6), halves that loss before JoMA's flow with Delta held blows "
      "up, and its gradient has not fallen half way to rank 1 by then.",
      "when JoMA's flow has blown up the stable rank of the network's gradient is half way from "
      "its start to 1 or lower, or the loss was not halved before") {
    double start = NAN, end = NAN, flow = NAN, half = SCALAR_OF(run, summary, half_time),
           blow = SCALAR_OF(run, summary, joma_time);
    if (!halved(run, v)) return ATTNDYN_OK;
    EACH_ROW (run, join, r) {
        if (r->step == 0) start = r->stable_rank;
        if ((double)r->step == blow) end = r->stable_rank;
        if (!isnan(r->joma_rank)) flow = r->joma_rank;
    }
    if (isnan(blow)) return verdict_skip(v, "JoMA's flow has not blown up: more join_steps");
    return verdict_contrast(
        v, (end - 1) / (start - 1), 0.5, half / blow, 1,
        "stable rank %.3f at the start, %.3f at step %.0f, when JoMA's flow has "
        "blown up (%.3f the step before); the loss is halved at step %.0f",
        start, end, blow, flow, half);
}

const struct check *const gradients_claims[] = {&low,     &energy, &overlap,  &falls, &identity,
                                                &theorem, &lemma,  &rank_one, NULL};
