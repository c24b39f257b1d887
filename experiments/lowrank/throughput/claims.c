#include "throughput.h"

#include <string.h>

#define PARAMETERS throughput
#define GALORE_PAPER "GaLore (arXiv 2403.03507)"

CLAIM(routes, "TP.two-routes", CONTRACT,
      "The bytes of weights, moments and projectors of the large model, counted tensor by tensor "
      "(without the scales of 8-bit moments), are those of the closed form.",
      "for some method and rank the two differ") {
    double off = NOTHING_YET;
    EACH_ROW (run, counted, r)
        worst(&off, (double)(r->weights + r->moments - r->scales + r->projector - r->closed));
    return verdict_at_most(v, off, 0, "largest difference in bytes, %zu rows", ROWS(run, counted));
}

static struct counted counted_of(const struct trial *run, const char *method, long rank,
                                 long retain) {
    struct counted found = {.total = 0};
    EACH_ROW (run, counted, r)
        if (strcmp(r->method, method) == 0 && r->rank == rank && r->retain == retain) found = *r;
    return found;
}

CLAIM(below, "TP.below-measured", PAPER(GALORE_PAPER, "section 5.5"),
      "The bytes that are counted for LLaMA 7B are no more than what the authors measured, where "
      "activations come on top.",
      "one of the counts is above its measurement") {
    double most = 0, spared = 0;
    size_t n = 0;
    EACH_ROW (run, counted, r)
        if (!isnan(r->measured)) most = larger_of(most, r->total_GB / r->measured), n++;
    if (n < 3) return verdict_skip(v, "judged for LLaMA 7B with r = 1024");
    const double adam = counted_of(run, "adam", 0, 1).total_GB,
                 small = counted_of(run, "adam8bit", 0, 1).total_GB,
                 galore = counted_of(run, "galore8bit", 1024, 0).total_GB;
    spared = 1 - galore / adam;
    return verdict_at_most(v, most, 1,
                           "largest count over its measurement; in GB Adam %.2f of 59.92, 8-bit "
                           "Adam %.2f of 46.5, 8-bit GaLore layer by layer %.2f of 22.0; counted, "
                           "that saves %.1f %%, printed are 63.3 %%",
                           adam, small, galore, 100 * spared);
}

CLAIM(
    by_layer, "TP.by-layer", PAPER(GALORE_PAPER, "section 5.5"),
    "Where only one tensor's gradient is held at a time, 8-bit GaLore holds at every rank counted "
    "at most half of the bytes that BF16 Adam holds with the gradient of the whole model; with "
    "that gradient held, at the largest rank, it holds more than half.",
    "at some rank it holds more than half, or with the whole gradient held, at the largest rank, "
    "at most half") {
    double most = 0, largest = 0, kept = NAN;
    const double adam = counted_of(run, "adam", 0, 1).total_GB;
    EACH_ROW (run, counted, r) {
        if (strcmp(r->method, "galore8bit") != 0) continue;
        if (!r->retain) most = larger_of(most, r->total_GB / adam);
        if (r->retain && (double)r->rank >= largest)
            largest = (double)r->rank, kept = r->total_GB / adam;
    }
    if (largest == 0) return verdict_skip(v, "no rank");
    if (!(kept > 0.5))
        return verdict_at_most(v, NAN, 0.5,
                               "the control, the whole gradient held, holds no more: %.3f", kept);
    return verdict_at_most(
        v, most, 0.5,
        "of BF16 Adam's bytes, the largest over ranks; control, the whole gradient held, r = "
        "%.0f: %.3f",
        largest, kept);
}

CLAIM(states, "TP.states", PAPER(GALORE_PAPER, "Table 1"),
      "The trainings' optimiser states for an m x n map, m <= n, are m r + 2 n r numbers by GaLore "
      "and 2 m n by Adam; in 8 bits a moment takes one byte, and each 2,048 of them a scale.",
      "in one training the states take another number of bytes") {
    return verdict_at_most(v, WORST_GAP(run, engine, states, states_expected), 0,
                           "largest difference in bytes, %zu trainings", ROWS(run, engine));
}

CLAIM(gradients, "TP.gradients", CONTRACT,
      "Where weights move layer by layer the gradients held are those of one block and of what "
      "belongs to no block; otherwise those of the whole network.",
      "in one training the gradients take another number of bytes") {
    double off = NOTHING_YET, spared = 1;
    EACH_ROW (run, engine, r) {
        worst(&off, (double)(r->gradients - r->gradients_expected));
        EACH_ROW (run, engine, s)
            if (strcmp(r->method, s->method) == 0 && r->retain && !s->retain)
                spared = smaller_of(spared, (double)s->gradients / (double)r->gradients);
    }
    return verdict_at_most(
        v, off, 0,
        "largest difference in bytes, %zu trainings; layer by layer at least %.3f of the whole "
        "gradient",
        ROWS(run, engine), spared);
}

CLAIM(same, "TP.same-bits", CONTRACT,
      "Layer by layer the training is the same as with the whole gradient held: the loss of the "
      "last minibatch has the same bits.",
      "for some method the two losses differ") {
    double off = NOTHING_YET, apart = INFINITY;
    EACH_ROW (run, engine, r)
        EACH_ROW (run, engine, s) {
            if (!r->retain || s->retain) continue;
            if (strcmp(r->method, s->method) == 0)
                worst(&off, r->loss - s->loss);
            else
                apart = smaller_of(apart, fabs(r->loss - s->loss));
        }
    return verdict_at_most(
        v, off, 0, "largest difference of the losses; control, two methods: at least %.2g apart",
        apart);
}

/* The rest is the room of a step, that of the two largest tensors, tables of codes and names: at d
 * = 64 a larger share than at d = 256, and less than the weights' gradient, which a second copy of
 * the network would hold. */
CLAIM(
    held, "TP.held", CONTRACT,
    "The bytes that are counted (weights, gradients, optimiser states, activations, text) and the "
    "workspace of an update are what the allocator is asked for, but for {percent}.",
    "in one training more than that share is not accounted for, or more is counted than was asked "
    "for",
    .bound = 0.1) {
    double most = NOTHING_YET;
    EACH_ROW (run, engine, r) {
        const long rest = r->held - r->workspace - r->weights - r->gradients - r->states -
                          r->activations - r->text;
        worst(&most, (double)rest / (double)r->held);
    }
    return verdict_at_most(v, most, v->bound,
                           "largest share that is not accounted for, %zu trainings",
                           ROWS(run, engine));
}

/* What the process has beside the allocator's bytes: the libraries' own buffers, 1 to 2 MB at their
 * first use, a part of a page for each block, counters that the kernel adds up for 64 pages at a
 * time; and pages that were asked for and never written to are not resident. */
enum { LARGE = 1 << 26 };

CLAIM(peak, "TP.peak", CONTRACT,
      "During a training the resident memory of the process rises by what the allocator is asked "
      "for, within {percent}.",
      "in one training it is further off, or for a block of known size; or where freed pages are "
      "kept, the control, that block is not missed by more",
      .bound = 0.02, .unjudged = "quick") {
    double off = NOTHING_YET, known = NAN, kept = NAN;
    if (!p->clock) return verdict_skip(v, "clock=false: memory is not measured");
    EACH_ROW (run, gauge, r)
        *(strcmp(r->freed, "kept") ? &known : &kept) = r->measured / (double)r->asked - 1;
    EACH_ROW (run, engine, r) worst(&off, r->peak / (double)r->held - 1);
    if (isnan(known)) return verdict_skip(v, "this system cannot reset its count of the peak");
    EACH_ROW (run, engine, r)
        if (r->held < LARGE)
            return verdict_skip(v,
                                "a training of %ld bytes: the libraries' own buffers are no small "
                                "part of that; at least %d are needed",
                                r->held, LARGE);
    if (!(fabs(known) <= v->bound) || fabs(kept) <= v->bound)
        return verdict_at_most(v, NAN, v->bound,
                               "for a block of known size the measurement is off by %.3f, where "
                               "freed pages are kept by %.3f",
                               known, kept);
    return verdict_at_most(v, off, v->bound,
                           "largest relative difference, %zu trainings; for a block of known size "
                           "%.4f, where freed pages are kept %.2f",
                           ROWS(run, engine), known, kept);
}

const struct check *const throughput_claims[] = {&routes, &below, &by_layer, &states, &gradients,
                                                 &same,   &held,  &peak,     NULL};
