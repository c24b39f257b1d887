#include "train.h"

#include "experiments/mobile/shared/exact.h"

#include <string.h>

/* Shared, tied and grouped weights of the network against networks without them. */
static enum attndyn_status compare(const struct trial *run, const struct attndyn_weights *w) {
    static const struct {
        const char *what;
        enum attndyn_status (*of)(const struct trial *, const struct attndyn_weights *,
                                  struct difference *);
    } cases[] = {{"shared", exact_shared}, {"tied", exact_tied}, {"grouped", exact_grouped}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct difference d;
        ATTNDYN_TRY(cases[i].of(run, w, &d));
        ATTNDYN_TRY(EMIT(run, exact, .what = cases[i].what, .off = difference_relative(&d),
                         .compared = (long)d.compared));
    }
    return ATTNDYN_OK;
}

RUN(mobile_train) {
    struct network_recipe recipe = network_recipe_of(run);
    struct network network;
    if (p->kv_heads > 0) recipe.kv_heads = (size_t)p->kv_heads;
    if (p->hidden > 0) recipe.hidden = (size_t)p->hidden;
    recipe.untied = !p->tied;
    ATTNDYN_TRY(blocks_share(run, p->sharing, (size_t)p->times, &recipe));
    ATTNDYN_TRY(network_obtain(run, &recipe, &network));
    for (size_t l = 0; l < network.weights->config.layers; l++)
        ATTNDYN_TRY(
            EMIT(run, depths, .depth = (long)l, .block = (long)network.weights->layer_map[l]));
    struct cost s = blocks_cost(&network);
    for (size_t k = 0; k < BLOCKS_KINDS; k++)
        ATTNDYN_TRY(EMIT(run, counts, .kind = blocks_kinds[k], .numbers = (long)s.numbers[k],
                         .used = (long)s.used[k]));
    ATTNDYN_TRY(compare(run, network.weights));
    return SET(run, summary, .valid_loss = network.valid_loss,
               .byte_loss = network_byte_loss(&network),
               .depth = (double)network.weights->config.layers, .weights = s.weights,
               .body = s.body, .flops = s.flops, .bytes = s.bytes, .cache = s.cache);
}

const struct experiment experiment_mobile_train = {
    .id = "mobile/train",
    .title = "A small language model of a given shape",
    .source = "MobileLLM (arXiv 2402.14905), sections 2 and 3",
    .doc =
        "A network of LLaMA's kind (RMS norms, RoPE, SwiGLU) is trained on bytes at the shape that is "
        "asked for: width, layers, heads, key and value heads, hidden units, decoder tied or not, "
        "blocks shared. Shared blocks make the network deeper: A A B B (immediate, MobileLLM's), "
        "A B A B (repeat), A B B A (reverse). Given are the loss on the last tenth of the text, "
        "beside that of byte frequencies; the weights by kind, each once and as a token meets them; "
        "the operations of a token; the bytes that decoding reads and that it leaves in the cache. "
        "Exact, at the start of training: the gradient of a shared block is the sum over its uses, "
        "that of a tied embedding the sum of both its uses, grouped heads are those of plain "
        "attention with their keys and values repeated.",
    .presets =
        (const struct preset[]){
            {"quick", "sharing=immediate kv_heads=2",
             "a generated text, two blocks of width 32 used twice: seconds"},
            {"short", "width=64 layers=3 length=64 lines=20000 updates=1500",
             "d = 64, three layers: two minutes"},
            {"paper",
             "width=256 layers=12 heads=8 kv_heads=2 length=256 updates=20000 lines=200000",
             "d = 256, twelve layers; text=PATH: hours"},
            {0}},
    .tables = TABLES(counts, depths, exact),
    .figures = (const struct figure[]){{"counts", "mobile/train/train.gp",
                                        "Weights by kind: each once (left) and as a token meets "
                                        "them (right). Shared blocks are met as often as they are "
                                        "used; of the embedding a token meets one row."},
                                       {0}},
    PARTS_OF(mobile_train, summary)};
