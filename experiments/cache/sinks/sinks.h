/* When a sink appears: attention to the first token, by layer and head over training, under what is
 * varied one at a time. What a user sets and what a run emits; sinks.c trains, look.c looks,
 * caches.c lets keys leave, claims.c judges. */
#ifndef CACHE_SINKS_SINKS_H
#define CACHE_SINKS_SINKS_H

#include "experiments/shared/networks.h"

#define SINKS(X)                                                                                      \
    NETWORK_RECIPES(X, "400", "32", "32", "2", "4")                                                   \
    X(REALS, seeds, "1", "seeds of the networks; verdicts are over all of them", IN(0, 1e15))         \
    X(BOOL, kinds, "false",                                                                           \
      "train further networks: with off-by-one softmax, with BOS and without (zero "                  \
      "sink); with sigmoid and ReLU attention; with a sink token before BOS")                         \
    X(REALS, rates, "", "train further networks with these largest learning rates", IN(1e-9, 10))     \
    X(REALS, decays, "", "train further networks with these weight decays", IN(0, 10))                \
    X(REALS, amounts, "", "train further networks on this many lines alone, again and again",         \
      IN(100, 1e7), .only = "text=")                                                                  \
    X(INT, looks, "10", "looks during each training, evenly spread, after the one at its start",      \
      IN(1, 10000))                                                                                   \
    X(INT, streams, "24", "sequences of the validation text that are looked at", IN(2, 10000))        \
    X(INT, slots, "12", "keys of the caches that keep few, the query's own included",                 \
      IN(6, 65536))                                                                                   \
    X(INT, contexts, "3",                                                                             \
      "length of the streams on which caches are judged, in training lengths; the first of these is " \
      "left out of the averages",                                                                     \
      IN(2, 1000))                                                                                    \
    X(REAL, threshold, "0.3", "a head has a sink that gives the first token more (Gu et al.)",        \
      IN(0, 1))                                                                                       \
    X(FILE, model, "",                                                                                \
      "another network that is looked at (docs/pretrained.md): llama2.c's stories260K was trained "   \
      "on windows that begin anywhere, and is a negative control; empty: none")                       \
    X(TEXT, tokenizer, "", "its tokenizer: a file or a folder; empty: what lies beside it",           \
      .only = "model")                                                                                \
    X(FILE, model_text, "", "the text that it reads", .only = "model")
PARAMS(sinks, SINKS)

/* The s-th of the networks' seeds. */
static inline long sinks_seed(const struct sinks *p, size_t s) {
    return network_seed(p->seeds.at[s], p->seed);
}

/* Columns of what is seen of one layer. */
#define SEEN(X)                                                                                    \
    X(INT, layer, "from the lowest, 0")                                                            \
    X(REAL, first,                                                                                 \
      "share of a query's attention that the first token gets, mean over heads and the queries "   \
      "behind the middle")                                                                         \
    X(REAL, most, "the same of the head with most")                                                \
    X(REAL, share, "heads above the threshold, of all")

#define COURSE(X)                                                                                  \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, variant,                                                                               \
      "bos: BOS first in every sequence; plain: the control without; sink-token: a token of its "  \
      "own first, trained, never in a text and never predicted; sink-and-bos: that and BOS "       \
      "behind it; off-by-one, sigmoid, relu: attention, BOS first; zero-sink: off-by-one, no "     \
      "first token; lr=, decay=, lines=: as bos, that alone another")                              \
    X(INT, update, "updates made")                                                                 \
    SEEN(X)
TABLE(course, COURSE,
      "attention to the first token over "
      "training")

#define HEADS(X)                                                                                   \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, variant, "as in course")                                                               \
    X(INT, layer, "from the lowest, 0")                                                            \
    X(INT, head, "of the layer, from 0")                                                           \
    X(REAL, first, "share of its attention that the first token gets, at the end")
TABLE(heads, HEADS, "each head at the end")

#define NORMS(X)                                                                                   \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, variant, "as in course")                                                               \
    X(INT, layer, "from the lowest, 0")                                                            \
    X(REAL, key_first, "norm of the first token's key, mean over key-value heads")                 \
    X(REAL, key_others, "mean norm of the others'")                                                \
    X(REAL, value_first, "norm of the first token's value")                                        \
    X(REAL, value_others, "mean norm of the others'")
TABLE(norms, NORMS, "keys and values at the end")

#define STREAMS(X)                                                                                 \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, variant, "as in course")                                                               \
    X(INT, stream, "of the validation text, the same places for all variants")                     \
    X(REAL, first, "attention to the first token, mean over layers too")                           \
    X(REAL, second, "to the second")                                                               \
    X(REAL, uniform, "the same were attention uniform")
TABLE(streams, STREAMS, "by sequence, at the end")

#define CACHES(X)                                                                                  \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, variant, "as in course: of those whose first tokens differ")                           \
    X(INT, sinks, "first tokens kept, of `slots` keys")                                            \
    X(REAL, nll, "mean loss", .unit = "nat")                                                       \
    X(REAL, excess, "less that of one, paired by stream", .unit = "nat")                           \
    X(REAL, error, "its standard error over streams", .unit = "nat")
TABLE(caches, CACHES, "first tokens that a cache keeps")

#define NETWORKS(X)                                                                                \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, variant, "as in course")                                                               \
    X(REAL, loss, "validation", .unit = "nat/byte")
TABLE(networks, NETWORKS, "what was learnt")

#define MODEL(X)                                                                                   \
    SEEN(X)                                                                                        \
    X(REAL, uniform, "share of the first token were attention uniform")
TABLE_AS(model_row, "model", MODEL, "the network that was named")

/* What is seen of every layer, and of every sequence over all of them. */
struct sight {
    size_t layers, heads, streams;
    double *head;                                                /* (layers, heads) */
    double *first, *most, *share;                                /* (layers) */
    double *key_first, *key_others, *value_first, *value_others; /* (layers) */
    double *stream, *second; /* (streams): attention to the first token, and to the second */
    double uniform;
};
/* look.c: forward over tokens (streams, T) by a network with room for one sequence of T. */
enum attndyn_status sinks_sight(const struct trial *run, size_t layers, size_t heads,
                                size_t streams, struct sight *sight);
enum attndyn_status sinks_look(const struct trial *run, struct attndyn_transformer *model, size_t T,
                               const uint32_t *tokens, size_t stride, double threshold,
                               struct sight *sight);
/* caches.c: rows of `caches`, of a network that reads `read`'s text. */
enum attndyn_status sinks_caches(const struct trial *run, const struct sinks *p,
                                 const struct network *read, const struct attndyn_weights *weights,
                                 long seed, const char *variant);
/* The network that was named: rows of `model`. */
enum attndyn_status sinks_model(const struct trial *run, const struct sinks *p);

extern const struct check *const sinks_claims[];

#endif
