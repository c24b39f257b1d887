/* What lm/hierarchy claims, judged on its tables. */
#include "hierarchy.h"

#include <string.h>

#define PARAMETERS hierarchy

/* table1 of a level's centred measure. */
static struct table1 of_level(const struct trial *run, long level) {
    struct table1 row;
    ROW(run, table1, (size_t)level * HIERARCHY_MEASURES, &row);
    return row;
}

static long levels_of(const struct trial *run) {
    return (long)ROWS(run, table1) / HIERARCHY_MEASURES;
}

CLAIM(learnt, "L1.hierarchy-learnt", DERIVED_AS("derived here, in the setting of JoMA's table 1"),
      "the network learns the classes: loss within {percent} of ln C of the least there is",
      "the loss stays higher", .bound = 0.1) {
    struct summary s = summary_of(run);
    double classes = exp(s.uniform_loss);
    if (p->steps < 100) return verdict_skip(v, "fewer than 100 steps");
    return verdict_at_most(v, s.loss_end - s.floor, v->bound * log(classes),
                           "loss above the least there is, %.4f nats (%g classes, some alike); "
                           "%.4f at the start",
                           s.floor, classes, s.loss_start);
}

/* Standard deviation of untrained networks on one hierarchy, all hierarchies together: centred
 * scores of a level; seeds, then controls follow each other. */
static double scatter(const struct trial *run, const struct hierarchy *p, long level) {
    double squares = 0, sum = 0, own = 0;
    long n = 0;
    EACH_ROW (run, control, r) {
        if (r->level != level) continue;
        sum += r->centred;
        own += r->centred * r->centred;
        if (++n % p->controls) continue;
        squares += own - sum * sum / (double)p->controls;
        sum = own = 0;
    }
    return sqrt(squares / (double)(n - n / p->controls));
}

/* If training changed nothing, start and end would scatter like untrained networks, and the mean
 * difference over seeds by sqrt(2/seeds) times their standard deviation. (The seeds' own error has
 * only two degrees of freedom.) Returns the level with the smallest rise in units of this error. */
struct rise {
    double errors, gain, error;
    struct table1 of;
};
static struct rise least_rise(const struct trial *run, const struct hierarchy *p, bool at_best) {
    struct rise least = {.errors = INFINITY};
    for (long level = 1; level < levels_of(run); level++) {
        struct rise r = {.of = of_level(run, level)};
        r.gain = at_best ? r.of.peak - r.of.start : r.of.gain;
        r.error = scatter(run, p, level) * sqrt(2 / (double)p->seeds);
        r.errors = r.gain / r.error;
        if (r.errors < least.errors) least = r;
    }
    return least;
}

static bool too_small(const struct trial *run, const struct hierarchy *p, struct verdict *v) {
    if (p->controls < 10 || p->steps < 100)
        verdict_skip(v, "needs 10 controls and 100 steps");
    else if (p->width < 2)
        verdict_skip(v, "width = 1: a normalised unit alone carries nothing");
    else if (levels_of(run) < 2)
        verdict_skip(v, "one level alone");
    else
        return false;
    return true;
}

/* The best of a dozen or so correlated looks: over two levels and all looks, one untrained run in
 * about a hundred exceeds 3. */
CLAIM(rises, "L1.hierarchy-rises", DERIVED_AS("derived here, beside JoMA's table 1"),
      "training raises the correlation of the latents of levels 1 and up with the best units of "
      "their blocks above the same network's start: at the best step by at least {bound} standard "
      "errors, from the scatter of untrained networks",
      "a level's correlation stays, or its rise is within the scatter", .bound = 3) {
    if (too_small(run, p, v)) return ATTNDYN_OK;
    struct rise r = least_rise(run, p, true);
    return verdict_at_least(v, r.errors, v->bound,
                            "smallest rise in standard errors over levels 1 and up: %.3f +- %.3f, "
                            "at step %ld",
                            r.gain, r.error, r.of.peak_step);
}

/* Claims about the end of training are judged at the length of the authors' training, and of
 * theirs alone: what decay does at the end is Adam's doing. */
enum { AUTHORS_STEPS = 10000 };
static bool another_training(const struct hierarchy *p, struct verdict *v) {
    if (p->optimizer == optimizer_adam && p->method == method_full) return false;
    verdict_skip(v, "stated for the authors' optimizer=adam method=full, not for %s %s",
                 optimizer_names[p->optimizer], method_names[p->method]);
    return true;
}

CLAIM(
    latents, "L1.hierarchy-latents", OF(J_Tab1),
    "The latents' correlation with the best units is raised at the end of the authors' training, too, by {bound} standard errors",
    "a level's correlation is back at its start, or its rise is within the scatter", .bound = 2.5,
    .unjudged = "quick") {
    if (another_training(p, v) || too_small(run, p, v)) return ATTNDYN_OK;
    struct rise r = least_rise(run, p, false);
    if (p->steps < AUTHORS_STEPS)
        return verdict_skip(v, "the authors train for %d steps; smallest rise by now %.3f +- %.3f",
                            AUTHORS_STEPS, r.gain, r.error);
    return verdict_at_least(v, r.errors, v->bound,
                            "smallest rise in standard errors over levels 1 and up: %.3f +- %.3f; "
                            "at its best, step %ld, %.3f",
                            r.gain, r.error, r.of.peak_step, r.of.peak - r.of.start);
}

CLAIM(
    random, "L1.hierarchy-untrained", DERIVED,
    "at level 0 the score is no evidence of learning: untrained networks have at least {bound} of "
    "it",
    "training is what makes level 0 score", .bound = 0.9) {
    struct table1 r = of_level(run, 0);
    if (p->seeds < 2)
        return verdict_at_least(v, r.control / r.end, v->bound,
                                "level 0: untrained %.3f, trained %.3f; one seed", r.control,
                                r.end);
    return verdict_at_least(v, r.control / r.end, v->bound,
                            "level 0: untrained %.3f (sd %.3f), trained %.3f (sd %.3f)", r.control,
                            r.control_sd, r.end, r.end_sd);
}

/* Measured with d = 256: 0.25 with decay, 0.05 without. */
CLAIM(wears, "L1.hierarchy-wears-off",
      DERIVED_AS("derived here: Adam scales what is left of the gradient, the decay, up to full "
                 "steps"),
      "at the authors' length the decay has worn the units down: a level above the lowest is more "
      "than {bound} below its best step; without decay none is",
      "what training has raised stays, or falls without decay, too", .bound = 0.1,
      .unjudged = "quick") {
    double most = 0;
    struct table1 fell = {.peak = NAN, .end = NAN};
    if (another_training(p, v)) return ATTNDYN_OK;
    for (long level = 1; level < levels_of(run); level++) {
        struct table1 r = of_level(run, level);
        if (r.peak - r.end < most) continue;
        most = r.peak - r.end, fell = r;
    }
    if (p->steps < AUTHORS_STEPS)
        return verdict_skip(v,
                            "the authors train for %d steps; largest fall by now: from %.3f at "
                            "step %ld to %.3f",
                            AUTHORS_STEPS, fell.peak, fell.peak_step, fell.end);
    return (p->weight_decay > 0 ? verdict_at_least : verdict_at_most)(
        v, most, v->bound, "largest fall: from %.3f at step %ld to %.3f", fell.peak, fell.peak_step,
        fell.end);
}

/* Mean over seeds of a level's score in a block, at the end. */
static double in_block(const struct trial *run, long level, long block) {
    double sum = 0, count = 0;
    EACH_ROW (run, blocks, r) {
        if (strcmp(r->state, "end") != 0 || r->level != level || r->block != block) continue;
        sum += r->centred;
        count++;
    }
    return sum / count;
}

CLAIM(depth, "L1.hierarchy-depth",
      PAPER("JoMA", "after Theorem 5 (lower layers take the lower latents)"),
      "after training, level 0 is best seen in block 0 and the top level in the last block",
      "another block's units correlate better", .unjudged = "quick") {
    const long levels = levels_of(run);
    if (another_training(p, v)) return ATTNDYN_OK;
    if (levels < 2) return verdict_skip(v, "needs 2 levels");
    if (p->width < 2) return verdict_skip(v, "width = 1: a normalised unit alone carries nothing");
    double bottom = INFINITY, top = INFINITY;
    for (long block = 0; block < levels; block++) {
        if (block > 0) bottom = smaller_of(bottom, in_block(run, 0, 0) - in_block(run, 0, block));
        if (block < levels - 1)
            top = smaller_of(top, in_block(run, levels - 1, levels - 1) -
                                      in_block(run, levels - 1, block));
    }
    if (p->steps < AUTHORS_STEPS)
        return verdict_skip(v,
                            "the authors train for %d steps; by now block 0 leads at level 0 by "
                            "%.3f, the last block at the top level by %.3f",
                            AUTHORS_STEPS, bottom, top);
    return verdict_at_least(v, smaller_of(bottom, top), 0,
                            "lead of block 0 at level 0: %.3f; of the last block at the top level: "
                            "%.3f; level 1 in blocks 0, 1, %ld: %.3f %.3f %.3f",
                            bottom, top, levels - 1, in_block(run, 1, 0), in_block(run, 1, 1),
                            in_block(run, 1, levels - 1));
}

const struct check *const hierarchy_claims[] = {&learnt, &rises, &latents, &wears,
                                                &random, &depth, NULL};
