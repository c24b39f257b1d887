#include "train.h"

#include "experiments/shared/exact.h"

#define PARAMETERS mobile_train

CLAIM(shared_gradient, "MOBILE.shared-gradient", DERIVED,
      "The gradient of a shared block is the sum of those of its uses.",
      "a number is off by more than {bound} of the largest", .bound = 1e-4) {
    return EXACT_AT_MOST(run, v, exact, "shared",
                         p->sharing == sharing_none ? "numbers, each block used once"
                                                    : "numbers, each block used several times");
}

CLAIM(tied_gradient, "MOBILE.tied-gradient", DERIVED,
      "The gradient of a tied embedding is the sum of an embedding's and a decoder's.",
      "a number is off by more than {bound} of the largest", .bound = 1e-4) {
    return EXACT_AT_MOST(run, v, exact, "tied", "numbers");
}

CLAIM(grouped_heads, "MOBILE.grouped-heads", DERIVED,
      "Grouped heads give the logits of plain attention whose keys and values are repeated.",
      "a logit is off by more than {bound} of the largest", .bound = 1e-5) {
    return EXACT_AT_MOST(run, v, exact, "grouped", "logits");
}

/* The shape alone says how many weights there are: d^2 maps, no biases, a gain for each norm. */
CLAIM(counted, "MOBILE.weights-counted", DERIVED_AS("derived here, from the shape"),
      "The number of weights follows from the shape: 2 d H a + 2 d G a + 3 d h + 2 d for each "
      "block, V d for the embedding (twice where the decoder is not tied to it), d for the last "
      "norm.",
      "another number is counted") {
    double d = (double)p->width, a = floor(d / (double)p->heads);
    double H = (double)p->heads, G = p->kv_heads > 0 ? (double)p->kv_heads : H;
    double h = p->hidden > 0 ? (double)p->hidden : ceil(floor(d * 8 / 3) / 8) * 8;
    double block = 2 * d * H * a + 2 * d * G * a + 3 * d * h + 2 * d;
    double all = (double)p->layers * block + NETWORK_TOKENS * d * (p->tied ? 1 : 2) + d;
    struct summary s = summary_of(run);
    return verdict_at_most(v, fabs(s.weights - all), 0, "%.0f weights, %.0f of them in %ld blocks",
                           s.weights, s.body, p->layers);
}

/* A token reads its own row of the embedding, the norms, and every map as often as it is used. */
CLAIM(bytes_read, "MOBILE.bytes-counted", DERIVED_AS("derived here, from the shape"),
      "For a token decoding reads 4 bytes for each number of every block that it passes, of the "
      "decoder, of one row of the embedding and of the last norm: a block's numbers times the "
      "depth, not times the number of different blocks.",
      "another number is counted") {
    struct summary s = summary_of(run);
    double blocks = (s.body - (double)p->width) / (double)p->layers;
    double all = 4 * (s.depth * blocks + (double)p->width * (2 + NETWORK_TOKENS));
    return verdict_at_most(v, fabs(s.bytes - all), 0, "%.0f bytes at depth %.0f", s.bytes, s.depth);
}

CLAIM(
    order, "MOBILE.sharing-order", PAPER("MobileLLM (arXiv 2402.14905)", "figure 6"),
    "Immediate sharing uses a block several times in a row, repeat runs through all blocks again, "
    "reverse runs back through them.",
    "a depth uses another block") {
    double wrong = 0, previous = -1;
    EACH_ROW (run, depths, r) {
        struct depths other = {.block = 0};
        long mirror = 2 * p->layers - 1 - r->depth;
        switch (p->sharing) {
        case sharing_none: /* a new block at every depth */
            wrong += r->block != r->depth;
            break;
        case sharing_immediate: /* a new one, the next, at every `times` depths and nowhere else */
            wrong += (double)r->block - previous != (r->depth % p->times == 0);
            break;
        case sharing_repeat: /* the first ones in order, then what stood `layers` before */
            if (r->depth >= p->layers) ROW(run, depths, (size_t)(r->depth - p->layers), &other);
            wrong += r->block != (r->depth < p->layers ? r->depth : other.block);
            break;
        case sharing_reverse: /* two passes are a palindrome */
            if (mirror >= 0 && mirror < (long)ROWS(run, depths))
                ROW(run, depths, (size_t)mirror, &other);
            else
                other.block = r->block;
            wrong += r->block != other.block || (r->depth < p->layers && r->block != r->depth);
            break;
        }
        previous = (double)r->block;
    }
    return verdict_at_most(v, wrong_of(wrong, ROWS(run, depths)), 0,
                           "depths with another block, of %zu", ROWS(run, depths));
}

CLAIM(learns, "MOBILE.learns", DERIVED,
      "The network has learnt more than how often each byte occurs: its loss is below {percent} of "
      "theirs.",
      "its loss is higher", .bound = 0.9) {
    struct summary s = summary_of(run);
    return verdict_at_most(v, s.valid_loss / s.byte_loss, v->bound,
                           "%.4f nats a byte, frequencies %.4f", s.valid_loss, s.byte_loss);
}

const struct check *const mobile_train_claims[] = {
    &shared_gradient, &tied_gradient, &grouped_heads, &counted, &bytes_read, &order, &learns, NULL};
