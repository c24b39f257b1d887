/* The engine that trains against the definition of what it trains: what a user sets and what a run
 * emits. variants.c lists the networks, gradient.c compares logits, losses and gradients, masks.c
 * looks at dropout, engine.c puts it together, claims.c judges. */
#ifndef LM_ENGINE_ENGINE_H
#define LM_ENGINE_ENGINE_H

#include "experiments/frame/contract/typed.h"

#define ENGINE(X)                                                                                  \
    X(INT, sequences, "2", "sequences of a batch", IN(2, 64))                                      \
    X(INT, length, "7", "tokens of a sequence", IN(6, 64))                                         \
    X(REAL, scale, "0.5", "standard deviation of the weights", IN(0.01, 2))                        \
    X(INT, masks, "400", "dropout masks that are averaged over", IN(20, 1000000))                  \
    X(INT, seed, "1", "seed of weights, tokens, directions and masks")
PARAMS(engine, ENGINE)

#define NETWORKS(X)                                                                                \
    X(TEXT, name, "what it has, in a few words")                                                   \
    X(INT, weights, "numbers, each once")                                                          \
    X(REAL, logits, "largest difference of a logit from the plain pass, over the largest logit")   \
    X(REAL, loss, "difference of the loss, relative")                                              \
    X(REAL, along, "derivative of the loss along a direction, by the plain pass")                  \
    X(REAL, gradient, "difference of the engine's, over the sum of the absolute terms")            \
    X(REAL, thrift, "largest difference of a gradient under recomputation, gradients in parts")
TABLE(networks, NETWORKS, "networks, and how far the engine is off")

#define CONTROLS(X)                                                                                \
    X(TEXT, name, "the network")                                                                   \
    X(TEXT, change, "what the plain pass is told wrongly")                                         \
    X(REAL, logits, "largest difference of a logit then, over the largest logit")
TABLE(controls, CONTROLS, "the same with a definition that is false")

#define MASKS(X)                                                                                   \
    X(TEXT, site, "where the masks are")                                                           \
    X(REAL, rate, "of what is dropped")                                                            \
    X(REAL, shift, "mean over masks less the value without dropout, in standard errors")           \
    X(INT, distinct, "values that the masks of all steps and seeds give")                          \
    X(INT, drawn, "masks")                                                                         \
    X(REAL, gradient, "derivative at one mask: engine against differences, relative")
TABLE(masks, MASKS, "dropout, site by site")

#define SUMMARY(X)                                                                                 \
    X(REAL, logits, "worst of the networks", LARGEST_OF(networks, logits))                         \
    X(REAL, gradient, "worst of the networks", LARGEST_OF(networks, gradient))                     \
    X(REAL, control, "least of the controls", SMALLEST_OF(controls, logits))
SCALARS(summary, SUMMARY)

struct plain_variant;
/* One row of `networks`, and of `controls` where the variant has one. */
enum attndyn_status engine_compare(const struct trial *run, const struct engine *p,
                                   const struct plain_variant *variant, size_t index);
/* All rows of `masks`. */
enum attndyn_status engine_masks(const struct trial *run, const struct engine *p);

extern const struct check *const engine_claims[];

#endif
