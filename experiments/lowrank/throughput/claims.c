#include "throughput.h"

#include <string.h>

#define PARAMETERS throughput
#define GALORE_PAPER "GaLore (arXiv 2403.03507)"

CLAIM(routes, "TP.two-routes", CONTRACT,
      "Weights, moments and projectors counted tensor by tensor are those of the closed form.",
      "a count differs") {
    double off = 0;
    (void)p;
    EACH_ROW (run, counted, r)
        worst(&off, (double)(r->weights + r->moments - r->scales + r->projector - r->closed));
    return verdict_at_most(v, off, 0, "%zu rows", ROWS(run, counted));
}

static struct counted counted_of(const struct trial *run, const char *method, long rank,
                                 long retain) {
    struct counted found = {.total = 0};
    EACH_ROW (run, counted, r)
        if (strcmp(r->method, method) == 0 && r->rank == rank && r->retain == retain) found = *r;
    return found;
}

CLAIM(
    below, "TP.below-measured", PAPER(GALORE_PAPER, "section 5.5"),
    "What is counted is less than what the authors measured on LLaMA 7B, where activations come on "
    "top.",
    "a count is above a measurement") {
    double most = 0, spared = 0;
    size_t n = 0;
    EACH_ROW (run, counted, r)
        if (!isnan(r->measured)) most = fmax(most, r->total_GB / r->measured), n++;
    if (n < 3) return verdict_skip(v, "of LLaMA 7B with r = 1024");
    const double adam = counted_of(run, "adam", 0, 1).total_GB,
                 small = counted_of(run, "adam8bit", 0, 1).total_GB,
                 galore = counted_of(run, "galore8bit", 1024, 0).total_GB;
    spared = 1 - galore / adam;
    (void)p;
    return verdict_at_most(v, most, 1,
                           "GB: Adam %.2f of 59.92, 8-bit Adam %.2f of 46.5, 8-bit GaLore layer by "
                           "layer %.2f of 22.0; spared %.1f %% where 63.3 %% are printed",
                           adam, small, galore, 100 * spared);
}

CLAIM(
    by_layer, "TP.by-layer", PAPER(GALORE_PAPER, "section 5.5"),
    "Without a gradient of the whole model, 8-bit GaLore at any of the ranks holds less than half of "
    "what Adam holds in BF16 with it; with it, at the largest rank it does not.",
    "at some rank it does not, or with the gradient held it does as well at the largest") {
    double most = 0, largest = 0, kept = NAN;
    const double adam = counted_of(run, "adam", 0, 1).total_GB;
    (void)p;
    EACH_ROW (run, counted, r) {
        if (strcmp(r->method, "galore8bit") != 0) continue;
        if (!r->retain) most = fmax(most, r->total_GB / adam);
        if (r->retain && (double)r->rank >= largest)
            largest = (double)r->rank, kept = r->total_GB / adam;
    }
    if (largest == 0) return verdict_skip(v, "no rank");
    if (!(kept > 0.5))
        return verdict_at_most(v, NAN, 0.5, "the control holds as little: %.3f", kept);
    return verdict_at_most(v, most, 0.5, "control, the gradient held, r = %.0f: %.3f", largest,
                           kept);
}

CLAIM(
    states, "TP.states", PAPER(GALORE_PAPER, "Table 1"),
    "The engine's states are m r + 2 n r numbers of a map by GaLore, 2 m n by Adam, in 8 bits one "
    "byte and a scale for 2,048 of the moments.",
    "a training holds another number of bytes") {
    double off = 0;
    (void)p;
    EACH_ROW (run, engine, r) worst(&off, (double)(r->states - r->states_expected));
    return verdict_at_most(v, off, 0, "%zu trainings", ROWS(run, engine));
}

CLAIM(gradients, "TP.gradients", CONTRACT,
      "Weights that move layer by layer need the gradient of one block and of what is no block's.",
      "a training holds another number of bytes of gradients") {
    double off = 0, spared = 1;
    (void)p;
    EACH_ROW (run, engine, r) {
        worst(&off, (double)(r->gradients - r->gradients_expected));
        EACH_ROW (run, engine, s)
            if (strcmp(r->method, s->method) == 0 && r->retain && !s->retain)
                spared = fmin(spared, (double)s->gradients / (double)r->gradients);
    }
    return verdict_at_most(v, off, 0, "%zu trainings; %.3f of the whole", ROWS(run, engine),
                           spared);
}

CLAIM(same, "TP.same-bits", CONTRACT,
      "Layer by layer the training is the same: after all updates the loss has the same bits.",
      "it differs for some method") {
    double off = 0, apart = INFINITY;
    (void)p;
    EACH_ROW (run, engine, r)
        EACH_ROW (run, engine, s) {
            if (!r->retain || s->retain) continue;
            if (strcmp(r->method, s->method) == 0)
                worst(&off, r->loss - s->loss);
            else
                apart = fmin(apart, fabs(r->loss - s->loss));
        }
    return verdict_at_most(v, off, 0, "control, another method: at least %.2g apart", apart);
}

const struct check *const throughput_claims[] = {&routes,    &below, &by_layer, &states,
                                                 &gradients, &same,  NULL};
