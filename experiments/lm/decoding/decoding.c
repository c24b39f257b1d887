/* Reading and writing text, every way, against a forward pass in scalars. */
#include "decoding.h"

RUN(decoding) {
    ATTNDYN_TRY(decoding_routes(run, p));
    ATTNDYN_TRY(decoding_caches(run, p));
    return decoding_texts(run, p);
}

const struct experiment experiment_lm_decoding = {
    .id = "lm/decoding",
    .title = "Reading and writing text, against the definition",
    .source = "sim/model/inference/inference.h",
    .doc = "Small networks with random weights, in single precision, fed in every way that the "
           "engine has, and under every policy of its key-value cache, against a forward pass in "
           "scalars that is written from the definition alone and keeps a plain list of keys. "
           "Likelihoods of a text by one pass, windows, fresh passes and continuations, against "
           "plain passes over what each may see. Draws against the distribution they come from.",
    .presets = (const struct preset[]){{"quick", "", "twenty networks: tenths of a second"},
                                       {"long", "tokens=100 slots=30 draws=1000000",
                                        "a longer text, more draws"},
                                       {0}},
    .tables = TABLES(routes, caches, texts, draws),
    .figures =
        (const struct figure[]){
            {"decoding", "lm/decoding/decoding.gp",
             "Logits under policies of the cache against the definition (dots, single precision), and "
             "what the policy changes in them (crosses): every comparison has four orders to see in. "
             "Of each two rows the upper counts positions in the text, the lower in the cache."},
            {0}},
    PARTS_OF(decoding, summary)};
