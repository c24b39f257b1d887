#include "train.h"

#include "experiments/shared/exact.h"

#define PARAMETERS train
#define GALORE_PAPER "GaLore (arXiv 2403.03507)"

static struct exact exact_of(const struct trial *run, const char *which) {
    struct exact found = {.off = NAN};
    FIND(run, exact, what, which, &found);
    return found;
}

CLAIM(is_sgd, "LR.train-sgd", PAPER(GALORE_PAPER, "section 3.3"),
      "GaLore around SGD with r = min(m, n) and scale 1 makes the same updates as SGD, also "
      "across a renewal of the subspace.",
      "after five updates a weight is off by more than {bound} of the longest way that one has "
      "moved",
      .bound = 1e-4) {
    return EXACT_AT_MOST(run, v, exact, "sgd", "weights");
}

CLAIM(two_groups, "LR.train-groups", DERIVED_AS("derived here, from Adam's first step"),
      "Full Adam moves the maps at the rate scale x lr and all else at lr, as GaLore does: so the "
      "longest first step of a map's weight is scale times that of another weight.",
      "their ratio is off that by more than {percent}", .bound = 0.02) {
    return verdict_at_most(v, exact_of(run, "groups").off, v->bound, "scale %g", p->scale);
}

CLAIM(factor_gradient, "LR.train-factors", DERIVED,
      "The gradients of the factors B and A of W = W_0 + s B A are s G A^T and s B^T G, G that of "
      "W, and those of W = B A the same with s = 1: the slope of the loss along them is the sum of "
      "their squares.",
      "the slope, by differences of the loss, is off that by more than {percent}", .bound = 0.01) {
    struct exact products = exact_of(run, "factors"), adapters = exact_of(run, "adapted");
    double off = NOTHING_YET;
    worst(&off, products.off);
    worst(&off, adapters.off);
    return verdict_at_most(v, off, v->bound, "%ld numbers each, by differences", products.compared);
}

CLAIM(adapters_start, "LR.train-adapters", DERIVED,
      "LoRA's adapters, which start with B = 0, leave the network's weights as they were.",
      "one weight differs") {
    return EXACT_AT_MOST(run, v, exact, "adapters", "weights");
}

CLAIM(merge_leaves, "LR.train-merge", DERIVED,
      "A merge of the adapters into the weights leaves the network's logits as they were, to "
      "rounding.",
      "after it a logit is off by more than {bound} of the largest", .bound = 1e-5) {
    return EXACT_AT_MOST(run, v, exact, "merge", "logits, after three updates");
}

CLAIM(layer_by_layer, "LR.train-layers", CONTRACT,
      "Where weights move during the backward pass and layers are computed again for it, the "
      "weights are those of the ordinary step to the bit (neither clipped).",
      "after three updates one weight differs") {
    return EXACT_AT_MOST(run, v, exact, "layers", "weights");
}

CLAIM(frozen_stays, "LR.train-frozen", CONTRACT,
      "With method=freeze no matrix outside the last layer moves.",
      "after three updates a number of such a matrix differs") {
    return EXACT_AT_MOST(run, v, exact, "frozen", "weights");
}

/* The cells of the code are 0.9 10^d / parts wide, a number at most half of that from the
 * middle. */
CLAIM(eight_bits, "LR.train-8bit", DERIVED_AS("derived here, from the code's cells"),
      "Adam's moments in 8 bits are off by no more than half a cell of the block-wise dynamic "
      "code: in the decade d = 0, -1, ... below the largest of a block, 0.45 x 10^d over the "
      "number of cells there, of that largest.",
      "a moment of full Adam after three updates is further off") {
    struct exact e = exact_of(run, "eight");
    return verdict_at_most(v, e.off, 1, "largest error over that bound, %ld moments", e.compared);
}

CLAIM(slide_form, "LR.train-slide", TALK("the talk, GaLore: Adam as printed, M/sqrt(V + eps)"),
      "Adam as the slide prints it, without bias correction and with epsilon under the root, "
      "begins with steps (1 - beta1)/sqrt(1 - beta2) = 3.16 times as long as Adam's with bias "
      "correction.",
      "where epsilon does not count, a weight's first step is off that by more than {percent}",
      .bound = 0.01) {
    return EXACT_AT_MOST(run, v, exact, "slide", "weights");
}

CLAIM(orthonormal, "LR.train-orthonormal", DERIVED_AS("derived here: they are singular vectors"),
      "The columns of every projector P are orthonormal at the end of the training, P^T P = I.",
      "an entry of P^T P is off by more than {bound}", .bound = 1e-5) {
    double off = NOTHING_YET;
    if (p->method != method_galore) return verdict_skip(v, "method=%s", method_names[p->method]);
    EACH_ROW (run, maps, r) worst(&off, r->skew);
    return verdict_at_most(v, off, v->bound, "largest difference, %zu maps", ROWS(run, maps));
}

/* From the shapes alone. */
CLAIM(states, "LR.train-states", PAPER(GALORE_PAPER, "Table 1"),
      "The optimiser states of an m x n map, m <= n, are m r + 2 n r numbers by GaLore at rank r, "
      "2 m n by full Adam, 2 (m r + n r) for adapters or factors, of 4 bytes each.",
      "for one map the bytes are another number") {
    double wrong = NOTHING_YET, all = 0;
    if (p->method == method_galore && p->projection != ATTNDYN_GALORE_STD)
        return verdict_skip(v, "the formula is that of the shorter side, projection=std");
    if (p->optimizer != optimizer_adam && p->optimizer != optimizer_adamw)
        return verdict_skip(v, "the formula is Adam's, optimizer=%s",
                            optimizer_names[p->optimizer]);
    if (p->method == method_dora || p->method == method_freeze)
        return verdict_skip(v, "no formula is printed for method=%s", method_names[p->method]);
    EACH_ROW (run, maps, x) {
        long m = x->rows < x->columns ? x->rows : x->columns, n = x->rows + x->columns - m,
             r = p->rank < m ? p->rank : m;
        long expected = p->method == method_galore ? m * r + 2 * n * r
                        : p->method == method_full ? 2 * m * n
                                                   : 2 * (m * r + n * r);
        worst(&wrong, (double)(x->states - 4 * expected));
        all += (double)x->states;
    }
    return verdict_at_most(v, wrong, 0, "largest difference in bytes; %.0f bytes for %zu maps", all,
                           ROWS(run, maps));
}

CLAIM(learns, "LR.train-learns", DERIVED,
      "The network has learnt more than how often each byte occurs: its validation loss is at "
      "most {percent} of that of the bytes' frequencies in the training text.",
      "its validation loss is higher", .bound = 0.95) {
    struct summary s = summary_of(run);
    return verdict_at_most(v, s.valid_loss / s.byte_loss, v->bound,
                           "%.4f nats a byte, by the bytes' frequencies %.4f", s.valid_loss,
                           s.byte_loss);
}

/* Decided only if the control shows that rank matters, that is if W = B A of the same rank lags,
 * and if full Adam is no worse than GaLore, since otherwise its rates are to blame. */
CLAIM(near_full, "LR.train-near-full", PAPER(GALORE_PAPER, "Table 2"),
      "Where W = B A of the same rank, the control, ends more than {bound} nats a byte above "
      "GaLore, GaLore ends within {bound} nats a byte of full Adam, by validation loss, at one "
      "seed and one rate.",
      "it ends further above full Adam", .bound = 0.06, .unjudged = "quick,short") {
    struct summary s = summary_of(run);
    double lag = s.control_loss - s.valid_loss;
    if (p->method != method_galore || !p->beside)
        return verdict_skip(v, "needs method=galore and beside=true");
    /* the control has not fallen behind by then, or by chance: it did for one seed of five */
    if (p->updates < 400) return verdict_skip(v, "needs 400 updates: preset short");
    if (!(lag > v->bound))
        return verdict_skip(
            v, "not seen at this scale: W = B A, the control, ends %.4f above GaLore", lag);
    if (s.full_loss - s.valid_loss > v->bound)
        return verdict_skip(v, "full Adam ends %.4f above GaLore: its rate is not tuned (lr_full)",
                            s.full_loss - s.valid_loss);
    return verdict_at_most(v, fabs(s.valid_loss - s.full_loss), v->bound,
                           "nats a byte; GaLore %.4f, full Adam %.4f, W = B A %.4f", s.valid_loss,
                           s.full_loss, s.control_loss);
}

const struct check *const train_claims[] = {
    &is_sgd,       &two_groups, &factor_gradient, &adapters_start, &merge_leaves, &layer_by_layer,
    &frozen_stays, &eight_bits, &slide_form,      &orthonormal,    &states,       &learns,
    &near_full,    NULL};
