/* Bigram-Backcopy (2410.13835) with the query itself excluded from its keys, as in the talk's own
 * one-layer definition: a head that has work to do at some tokens and none at the others parks its
 * attention on the first token. What a user sets and what a run emits; chain.c is the task,
 * flow.c Scan&Snap's flow on the same statistics, backcopy.c trains and looks, claims.c judges. */
#ifndef CACHE_BACKCOPY_BACKCOPY_H
#define CACHE_BACKCOPY_BACKCOPY_H

#include "experiments/cache/shared/task.h"
#include "sim/data/distribution.h"

#define BACKCOPY(X)                                                                                \
    X(INT, symbols, "16", "symbols of the chain", IN(4, 256))                                      \
    X(INT, triggers, "3",                                                                          \
      "how many of them are triggers (the most frequent ones): behind a trigger stands "           \
      "the symbol that stood before it",                                                           \
      IN(1, 64))                                                                                   \
    X(INT, successors, "5", "symbols that may follow one that is no trigger", IN(2, 256))          \
    X(INT, chain_seed, "1", "seed of the chain")                                                   \
    X(INT, width, "32",                                                                            \
      "width d of the network, which has one layer, one head, RoPE and a decoder", IN(4, 1024))    \
    X(BOOL, mlp, "false", "a SwiGLU MLP behind the head, which then hides what a window costs")    \
    X(INT, length, "32", "tokens of a training sequence, BOS first", IN(8, 4096))                  \
    X(INT, batch, "32", "sequences of an update", IN(1, 100000))                                   \
    X(INT, updates, "600", "updates of every training", IN(10, 100000000))                         \
    X(REAL, lr, "3e-3", "largest learning rate", IN(1e-9, 10))                                     \
    X(REAL, decay, "0.01", "weight decay", IN(0, 10))                                              \
    X(REALS, seeds, "1", "seeds of the networks; verdicts are over all of them", IN(0, 1e15))      \
    X(BOOL, more, "false",                                                                         \
      "train networks with off-by-one softmax and with ReLU attention, too; a query "              \
      "then does not see itself")                                                                  \
    X(INT, streams, "16", "streams that are scored", IN(2, 10000))                                 \
    X(INT, contexts, "8", "length of a stream, in training lengths", IN(2, 1000))                  \
    X(INT, slots, "8", "keys of the caches that keep few, the query's own included", IN(6, 4096))  \
    X(INT, looks, "12", "looks at the network during its training", IN(1, 10000))                  \
    X(REAL, flow_end, "3000", "end of Scan&Snap's flow on the same statistics", IN(1, 1e9))        \
    X(REAL, rtol, "1e-6", "relative tolerance of that flow", IN(1e-12, 1e-2))
PARAMS(backcopy, BACKCOPY)

#define COURSE(X)                                                                                  \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, variant,                                                                               \
      "excluded: self excluded, BOS first; no-bos: the control, any symbol first; included: as "   \
      "excluded, but a query sees itself; off-by-one, relu: other attention, self excluded")       \
    X(INT, update, "updates made")                                                                 \
    X(REAL, other_first,                                                                           \
      "attention to the first token by queries that are no trigger, behind the "                   \
      "middle of the sequence")                                                                    \
    X(REAL, trigger_first, "by triggers")                                                          \
    X(REAL, trigger_back, "attention of triggers to the token before them, which they copy")       \
    X(REAL, other_self, "attention to itself of queries that are no trigger")                      \
    X(REAL, other_loss, "loss above the chain's own -ln p, behind no trigger", .unit = "nat")      \
    X(REAL, trigger_loss, "loss behind a trigger", .unit = "nat")
TABLE(course, COURSE, "attention over training")

#define PARTS(X)                                                                                   \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, variant, "as in course")                                                               \
    X(REAL, uniform, "attention to the first token were it uniform, of the same queries")          \
    X(REAL, value_first, "norm of the first token's value")                                        \
    X(REAL, value_others, "mean norm of the others'")                                              \
    X(REAL, key_first, "norm of its key")                                                          \
    X(REAL, key_others, "mean norm of the others'")                                                \
    X(REAL, output_trigger, "norm of what the head puts out at triggers: it is active")            \
    X(REAL, output_other, "at the others: it is dormant")
TABLE(parts, PARTS, "norms at the end")

#define STREAMS(X)                                                                                 \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, variant, "as in course")                                                               \
    X(TEXT, scheme, "dense, window, one-sink, streaming (four sinks)")                             \
    X(REAL, other_loss, "behind no trigger, from the second training length on", .unit = "nat")    \
    X(REAL, trigger_loss, "behind a trigger", .unit = "nat")                                       \
    X(REAL, excess, "other_loss less that of streaming, paired by stream", .unit = "nat")          \
    X(REAL, error, "its standard error", .unit = "nat")
TABLE(streams, STREAMS, "losses of caches that keep few")

#define FLOW(X)                                                                                    \
    X(REAL, t, "time")                                                                             \
    X(REAL, loss, "of the flow", .unit = "nat")                                                    \
    X(REAL, other_first,                                                                           \
      "attention to BOS in the rows of queries that are no trigger, mean over "                    \
      "classes by their probability")                                                              \
    X(REAL, trigger_first, "in the rows of triggers")                                              \
    X(REAL, trigger_back, "there, attention to the token that is copied")
TABLE(flow, FLOW, "Scan&Snap's flow")

#define FOUND(X)                                                                                   \
    X(REAL, entropy, "entropy of the next symbol where the present one is no trigger",             \
      .unit = "nat")                                                                               \
    X(REAL, classes, "pairs of a query and a next symbol, Scan&Snap's classes")
SCALARS(found, FOUND)

/* chain.c. BOS is token `symbols`. */
struct chain {
    size_t symbols, triggers; /* symbols 0 .. triggers - 1 are the triggers */
    bool bos;
    double *next;  /* (symbols, symbols): P(n | m), rows of triggers are not used */
    double *start; /* (symbols): of the symbol behind BOS, no trigger */
};
enum attndyn_status chain_create(const struct trial *run, const struct backcopy *p,
                                 struct chain *chain);
/* Tokens x_0 ... x_{length-1} and what follows each; without `bos` the sequence begins some symbols
 * later. A task_draw. */
void chain_draw(const void *chain, struct attndyn_random *random, size_t length, uint32_t *tokens,
                uint32_t *targets);
/* Exact statistics of sequences of `length` tokens, BOS first: classes (m, n) of the last token and
 * the next one, P(l | m, n) the mean share of token l among those before the last; columns = K.
 * next: (K), what a class predicts; entropy: of the next symbol behind a last token that is no
 * trigger. */
enum attndyn_status chain_distribution(const struct trial *run, const struct chain *chain,
                                       size_t length, struct attndyn_distribution **distribution,
                                       size_t **next, double *entropy);

/* flow.c: the rows of `flow`. */
enum attndyn_status backcopy_flow(const struct trial *run, const struct backcopy *p,
                                  const struct chain *chain);

extern const struct check *const backcopy_claims[];

#endif
