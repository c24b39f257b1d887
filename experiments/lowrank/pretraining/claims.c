/* Bounds on losses are those of the notes on what appears at this scale, set before the trainings
 * here: twice the spread over seeds that was seen there (0.01 to 0.03 nats a byte). Where two
 * standard errors over the run's own seeds, paired, reach across a bound nothing is decided: a rule
 * that was set before the run with four seeds was made. */
#include "pretraining.h"

#include <string.h>

#define PARAMETERS pretraining
#define GALORE_PAPER(place) PAPER("GaLore (arXiv 2403.03507)", place)

/* Losses of two methods apart, over the sizes: the least and the largest mean over seeds, each with
 * the standard error of the paired differences. */
struct range {
    double least, largest, least_error, largest_error;
};

static struct range apart_of(const struct trial *run, enum way a, enum way b) {
    struct range found = {HUGE_VAL, -HUGE_VAL, NAN, NAN};
    EACH_ROW (run, apart, r) {
        if (strcmp(r->way, way_names[a]) != 0 || strcmp(r->than, way_names[b]) != 0) continue;
        if (!(r->behind >= found.least)) found.least = r->behind, found.least_error = r->error;
        if (!(r->behind <= found.largest))
            found.largest = r->behind, found.largest_error = r->error;
    }
    return found;
}

/* Two standard errors over the seeds reach across the bound: neither side is shown. */
static bool open(double x, double error, double bound) {
    return fabs(x - bound) < 2 * error;
}

/* NULL, or why losses of these methods decide nothing: one seed, or a method whose best rate is an
 * end of the grid, at some size, so that it is not tuned. */
static const char *undecided(const struct trial *run, const struct pretraining *p,
                             const enum way *ways, size_t count) {
    if (p->seeds < 2) return "one seed decides nothing: preset short has four";
    EACH_ROW (run, best, r)
        for (size_t k = 0; k < count; k++)
            if (strcmp(r->way, way_names[ways[k]]) == 0 && isnan(r->rate))
                return attndyn_format(run->ctx, "%s at d = %ld diverged at every rate", r->way,
                                      r->width);
            else if (strcmp(r->way, way_names[ways[k]]) == 0 && r->edge)
                return attndyn_format(run->ctx,
                                      "not tuned: the best rate of %s at d = %ld, %g, is an end of "
                                      "the grid",
                                      r->way, r->width, r->rate);
    return NULL;
}
#define UNDECIDED(...)                                                                             \
    undecided(run, p, (const enum way[]){__VA_ARGS__},                                             \
              sizeof(const enum way[]){__VA_ARGS__} / sizeof(enum way))

CLAIM(near_full, "LR.pre-near-full", GALORE_PAPER("Table 2"),
      "GaLore at rank d/share, d the width (share = 4: a quarter), ends with a validation loss at "
      "most {bound} nats a byte above full Adam's at every size, the rates of both tuned, on the "
      "mean over seeds.",
      "at some size it ends further above full Adam while W = B A of the same rank, the control, "
      "lags behind GaLore by more than {bound} at every size",
      .bound = 0.06, .unjudged = "quick,short") {
    const char *why = UNDECIDED(GALORE, FULL, LOWRANK);
    if (why) return verdict_skip(v, "%s", why);
    const struct range r = apart_of(run, GALORE, FULL), control = apart_of(run, LOWRANK, GALORE);
    if (open(r.largest, r.largest_error, v->bound))
        return verdict_skip(v, "not decided: %.4f +- %.4f above full Adam, the largest over sizes",
                            r.largest, r.largest_error);
    if (r.largest > v->bound && !(control.least > v->bound))
        return verdict_skip(
            v,
            "not seen at this scale: GaLore %.4f above full Adam, but W = B A only %.4f above "
            "GaLore",
            r.largest, control.least);
    return verdict_at_most(v, positive_part(r.largest), v->bound,
                           "nats a byte; GaLore less full Adam: %.4f +- %.4f to %.4f +- %.4f over "
                           "sizes",
                           r.least, r.least_error, r.largest, r.largest_error);
}

/* Beyond the bound the effect is seen, within it it is not, and beyond it with the other sign the
 * claim fails. */
static enum attndyn_status lags(const struct trial *run, struct verdict *v,
                                const struct pretraining *p, enum way behind, enum way ahead) {
    const char *why = UNDECIDED(behind, ahead);
    if (why) return verdict_skip(v, "%s", why);
    const struct range r = apart_of(run, behind, ahead);
    const char *what = fabs(r.least) <= v->bound                      ? "not seen at this scale"
                       : open(fabs(r.least), r.least_error, v->bound) ? "not decided"
                                                                      : NULL;
    if (what)
        return verdict_skip(v, "%s: %.4f +- %.4f to %.4f +- %.4f over sizes", what, r.least,
                            r.least_error, r.largest, r.largest_error);
    return verdict_at_least(
        v, r.least, v->bound,
        "nats a byte above GaLore, the least; %.4f +- %.4f to %.4f +- %.4f over sizes", r.least,
        r.least_error, r.largest, r.largest_error);
}

CLAIM(products_lag, "LR.pre-lowrank", GALORE_PAPER("Table 2"),
      "Training with maps W = B A of the same rank ends with a validation loss more than {bound} "
      "nats a byte above GaLore's at every size, the rates of both tuned, on the mean over seeds.",
      "at some size it ends more than {bound} below GaLore", .bound = 0.1,
      .unjudged = "quick,short") {
    return lags(run, v, p, LOWRANK, GALORE);
}

CLAIM(adapters_lag, "LR.pre-lora", GALORE_PAPER("Table 2"),
      "LoRA of the same rank, the maps frozen at their start, ends with a validation loss more "
      "than {bound} nats a byte above GaLore's at every size, the rates of both tuned, on the "
      "mean over seeds.",
      "at some size it ends more than {bound} below GaLore", .bound = 0.05,
      .unjudged = "quick,short") {
    return lags(run, v, p, LORA, GALORE);
}

CLAIM(merges_lag, "LR.pre-relora", GALORE_PAPER("Table 2"),
      "ReLoRA of the same rank, without a start at full rank, ends with a validation loss more "
      "than {bound} nats a byte above GaLore's at every size, the rates of both tuned, on the "
      "mean over seeds.",
      "at some size it ends more than {bound} below GaLore", .bound = 0.05,
      .unjudged = "quick,short") {
    return lags(run, v, p, RELORA, GALORE);
}

CLAIM(eight_bits, "LR.pre-8bit", GALORE_PAPER("Table 3"),
      "GaLore with moments in 8 bits ends with a validation loss at most {bound} nats a byte above "
      "that of Adam with moments in 8 bits, and each of the two is within {bound} of its 32-bit "
      "twin, at every size, the rates of all four tuned, on the mean over seeds.",
      "at some size one of the three differences is larger", .bound = 0.06,
      .unjudged = "quick,short") {
    static const enum way pairs[][2] = {{GALORE8, ADAM8}, {ADAM8, FULL}, {GALORE8, GALORE}};
    double off[3], error[3], most = 0, its = NAN;
    const char *why = UNDECIDED(FULL, GALORE, ADAM8, GALORE8);
    if (why) return verdict_skip(v, "%s", why);
    for (size_t k = 0; k < 3; k++) {
        const struct range r = apart_of(run, pairs[k][0], pairs[k][1]);
        const bool low = k > 0 && -r.least > r.largest; /* twins: either way */
        off[k] = low ? r.least : r.largest;
        error[k] = low ? r.least_error : r.largest_error;
        const double x = low ? -off[k] : off[k];
        if (!(x <= most)) most = x, its = error[k];
    }
    if (open(most, its, v->bound)) return verdict_skip(v, "not decided: %.4f +- %.4f", most, its);
    return verdict_at_most(v, most, v->bound,
                           "nats a byte; 8-bit GaLore less 8-bit Adam %.4f +- %.4f, 8-bit Adam "
                           "less Adam %.4f +- %.4f, 8-bit GaLore less GaLore %.4f +- %.4f, the "
                           "largest over sizes",
                           off[0], error[0], off[1], error[1], off[2], error[2]);
}

/* Unstable means: it diverges on a grid that Adam survives, or its losses jump twice as far. */
CLAIM(adafactor, "LR.pre-adafactor", TALK("the talk, GaLore: Adafactor is less stable than Adam"),
      "Over the same grid of rates more trainings by Adafactor diverge than by Adam, or the loss "
      "of Adafactor at its best rate jumps more than {bound} times as far as Adam's at its own (a "
      "jump: the largest rise of a minibatch's loss above the mean of the 20 before it).",
      "at least as many trainings by Adam diverge, some of either, and Adafactor's jumps are less "
      "than {bound} times Adam's",
      .bound = 2, .unjudged = "quick,short") {
    double lost[2] = {0}, spike[2] = {0};
    if (p->seeds < 2) return verdict_skip(v, "one seed decides nothing: preset short has four");
    EACH_ROW (run, trainings, r) {
        if (strcmp(r->way, way_names[FULL]) == 0) lost[0] += isnan(r->valid);
        if (strcmp(r->way, way_names[ADAFACTOR]) == 0) lost[1] += isnan(r->valid);
    }
    EACH_ROW (run, best, b) {
        if (strcmp(b->way, way_names[FULL]) == 0) spike[0] = larger_of(spike[0], b->spike);
        if (strcmp(b->way, way_names[ADAFACTOR]) == 0) spike[1] = larger_of(spike[1], b->spike);
    }
    if (lost[1] <= lost[0] && lost[0] == 0 && spike[1] <= v->bound * spike[0])
        return verdict_skip(v,
                            "not seen at this scale: no training diverged, largest jumps %.3f "
                            "(Adam) and %.3f (Adafactor)",
                            spike[0], spike[1]);
    return verdict_at_least(v, lost[1] > lost[0] ? HUGE_VAL : spike[1] / spike[0], v->bound,
                            "trainings that diverged: %.0f by Adam, %.0f by Adafactor; largest "
                            "jumps %.3f and %.3f",
                            lost[0], lost[1], spike[0], spike[1]);
}

/* From the shapes: a layer has four maps (d, d), two (h, d), one (d, h) and two norms; beside the
 * layers stand the tied embedding and a norm. */
static double states_of(const struct pretraining *p, enum way way, double d) {
    const double h = (double)network_gated((size_t)d), L = (double)p->layers,
                 r = larger_of(1, floor(d / (double)p->share)), block = ATTNDYN_QUANTISED_BLOCK;
    const double shapes[2][3] = {{d, d, 4}, {d, h, 3}};
    double bytes = 0;
    for (int k = 0; k < 2; k++) {
        const double m = shapes[k][0], n = shapes[k][1], copies = shapes[k][2] * L;
        const double moments = way == GALORE || way == GALORE8 ? n * r : m * n;
        double one = 2 * moments * 4;
        if (way == LOWRANK || way == LORA || way == RELORA) one = 2 * (m * r + n * r) * 4;
        if (way == ADAFACTOR) one = (m * n + m + n) * 4;
        if ((way == ADAM8 || way == GALORE8) && moments >= (double)p->min_8bit)
            one = 2 * (moments + 4 * ceil(moments / block));
        if (way == GALORE || way == GALORE8) one += m * r * 4;
        bytes += copies * one;
    }
    const double others[2][2] = {{NETWORK_TOKENS * d, 1}, {d, 2 * L + 1}};
    for (int k = 0; k < 2; k++) {
        const double n = others[k][0];
        double one = 2 * n * 4;
        if (way == ADAFACTOR && k == 0) one = (n + NETWORK_TOKENS + d) * 4;
        if ((way == ADAM8 || way == GALORE8) && n >= (double)p->min_8bit)
            one = 2 * (n + 4 * ceil(n / block));
        bytes += others[k][1] * one;
    }
    return bytes;
}

CLAIM(bytes, "LR.pre-bytes", DERIVED_AS("derived here, from the shapes and GaLore's Table 1"),
      "The optimiser states that each method holds are those of the formulas: for an m x n map, m "
      "<= n, m r + 2 n r numbers by GaLore, 2 (m r + n r) for factors and adapters, m n + m + n "
      "by Adafactor with a first moment, 2 m n by Adam; in 8 bits a moment takes one byte, and "
      "each block of 2,048 a scale.",
      "in one training the bytes are another number") {
    double off = NOTHING_YET, all = 0;
    EACH_ROW (run, trainings, r)
        for (int way = 0; way < WAYS; way++)
            if (strcmp(r->way, way_names[way]) == 0) {
                worst(&off, (double)r->states - states_of(p, (enum way)way, (double)r->width));
                all++;
            }
    return verdict_at_most(v, off, 0, "largest difference in bytes, %.0f trainings", all);
}

const struct check *const pretraining_claims[] = {
    &near_full, &products_lag, &adapters_lag, &merges_lag, &eight_bits, &adafactor, &bytes, NULL};
