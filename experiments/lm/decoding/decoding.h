/* The engine that reads and writes text against the definition: what a user sets and what a run
 * emits. subject.c makes a network in both forms, routes.c feeds it in every way, caches.c under
 * every policy, texts.c looks at likelihoods and draws; decoding.c puts it together, claims.c
 * judges. */
#ifndef LM_DECODING_DECODING_H
#define LM_DECODING_DECODING_H

#include "experiments/frame/contract/typed.h"

#define DECODING(X)                                                                                \
    X(INT, tokens, "24", "length of the text", IN(16, 200))                                        \
    X(INT, slots, "9", "keys that a cache keeps at most", IN(4, 100))                              \
    X(REAL, scale, "0.5", "standard deviation of the weights", IN(0.01, 2))                        \
    X(INT, draws, "20000", "tokens that are drawn from a distribution", IN(100, 100000000))        \
    X(INT, seed, "1", "seed of weights, tokens and draws")
PARAMS(decoding, DECODING)

#define ROUTES(X)                                                                                  \
    X(TEXT, network, "what it has, in a few words")                                                \
    X(TEXT, way, "how it was fed")                                                                 \
    X(REAL, logits, "largest difference of a logit from the plain pass, over the largest logit")
TABLE(routes, ROUTES, "without a policy: networks and ways")

#define CACHES(X)                                                                                  \
    X(TEXT, network, "what it has, in a few words")                                                \
    X(TEXT, policy, "what leaves a full cache")                                                    \
    X(TEXT, positions, "of the keys: their ranks in the cache, or those in the stream")            \
    X(TEXT, way, "how it was fed")                                                                 \
    X(REAL, logits, "largest difference of a logit from the plain pass, over the largest logit")   \
    X(INT, kept, "keys that are there at the end and should not be, or the other way round")       \
    X(REAL, moved, "largest difference that the policy makes to the dense network's logits")
TABLE(caches, CACHES, "policies")

#define TEXTS(X)                                                                                   \
    X(TEXT, way, "how the text was passed")                                                        \
    X(INT, numbers, "likelihoods")                                                                 \
    X(REAL, nll, "largest difference of one from the plain passes", .unit = "nats")                \
    X(INT, best, "positions at which another token is held the most probable")
TABLE(texts, TEXTS, "likelihoods")

#define DRAWS(X)                                                                                   \
    X(REAL, temperature, "of the softmax")                                                         \
    X(REAL, top_p, "share that the most probable tokens must have")                                \
    X(INT, nucleus, "tokens of which is drawn")                                                    \
    X(INT, outside, "draws of any other")                                                          \
    X(REAL, shift, "largest |frequency - probability| of a token, in standard errors")
TABLE(draws, DRAWS, "draws")

#define SUMMARY(X)                                                                                 \
    X(REAL, route, "worst of the routes", LARGEST_OF(routes, logits))                              \
    X(REAL, cache, "worst of the caches", LARGEST_OF(caches, logits))                              \
    X(REAL, moved, "least that a policy changes", SMALLEST_OF(caches, moved))
SCALARS(summary, SUMMARY)

enum attndyn_status decoding_routes(const struct trial *run, const struct decoding *p);
enum attndyn_status decoding_caches(const struct trial *run, const struct decoding *p);
enum attndyn_status decoding_texts(const struct trial *run, const struct decoding *p);

extern const struct check *const decoding_claims[];

#endif
