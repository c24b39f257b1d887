/* The engine that trains, network by network, against a forward pass in scalars. */
#include "engine.h"
#include "experiments/lm/shared/variants.h"

RUN(engine) {
    for (size_t i = 0; plain_variants[i].name; i++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        ATTNDYN_TRY(engine_compare(run, p, &plain_variants[i], i));
        attndyn_memory_release(run->ctx, mark);
    }
    return engine_masks(run, p);
}

const struct experiment experiment_lm_engine = {
    .id = "lm/engine",
    .title = "The engine that trains, against its definition",
    .source = "sim/model/transformer/config.h",
    .doc = "Small networks with random weights, between them every branch of the engine, in double "
           "precision. Each is held against a forward pass in scalars, written from the definition "
           "alone: logits, loss, and the derivative of the loss along a random direction, which "
           "that pass computes in complex numbers (imaginary step 1e-30). The engine is made from "
           "the line of text that its config is written as, has seen another batch before, and is "
           "made a second time to compute its layers again and to hand out its gradient in parts. "
           "Controls tell the plain pass something false. Dropout: means over masks of networks "
           "that are linear in them, repeated masks, the gradient at one mask.",
    .presets = (const struct preset[]){{"quick", "", "two dozen networks: tenths of a second"},
                                       {"long", "length=40 sequences=5 masks=4000",
                                        "longer sequences, ten times the masks"},
                                       {0}},
    .tables = TABLES(networks, controls, masks),
    .figures =
        (const struct figure[]){
            {"engine", "lm/engine/engine.gp",
             "Engine against definition in double precision, network by network: logits and gradient "
             "at the rounding; where the definition is told something false (crosses), far above."},
            {0}},
    PARTS_OF(engine, summary)};
