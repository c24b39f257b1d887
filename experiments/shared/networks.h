/* Small language models that several families look at (caches, sparsity, low-rank training, small
 * models): trained once, on bytes, and kept under the hash of what made them.
 *
 * The network is LLaMA's kind (RMS norm before, RoPE, no biases, tied decoder). Its tokens are the
 * 256 bytes and, as 256, the beginning of a sequence (BOS). Training: random windows of the text,
 * AdamW (0.9, 0.95), a tenth of warm-up (100 updates at most), cosine to a tenth, gradients clipped
 * at 1: the setting of the notes on feasibility.
 *
 * The store is the folder $ATTNDYN_NETWORKS, else attndyn/networks in $XDG_CACHE_HOME or ~/.cache;
 * ATTNDYN_NETWORKS=none keeps nothing, and so does a place of the latter two that cannot be written
 * to. A network is the same bytes whether it was trained now or
 * before: its name is the hash of the recipe, of the text, of the sources of sim/ and of the
 * libraries and kernels.
 */
#ifndef SHARED_NETWORKS_H
#define SHARED_NETWORKS_H

#include "experiments/frame/contract/typed.h"
#include "sim/base/random.h"
#include "sim/model/transformer/transformer.h"

enum { NETWORK_BOS = 256, NETWORK_TOKENS = 257, NETWORK_SINK = 257 /* with recipe.sink */ };

struct network_recipe {
    const char *text; /* a file; NULL or "": generated lines of sim/data/grammar.h */
    size_t lines;     /* of the generated text */
    bool bos;         /* every training sequence begins with BOS */
    bool sink; /* before all of it, BOS too, stands NETWORK_SINK: a token that is trained, that no
                  text has and that is never to be predicted */
    enum attndyn_attention attention;
    enum attndyn_mlp mlp; /* SwiGLU or plain */
    size_t layers, width, heads, kv_heads, hidden, length;
    bool untied;                  /* the decoder is its own */
    struct attndyn_thrift thrift; /* of trainings of an experiment's own; the bits are the same */
    const size_t *layer_map;      /* (layers): the block of each depth; NULL: one for each */
    size_t batch;
    uint64_t updates, seed;
    double lr, decay;
};

struct network {
    struct network_recipe recipe;
    struct attndyn_transformer *model;
    const struct attndyn_weights *weights; /* of the model */
    double valid_loss;                     /* nats a byte, over windows of the validation text */
    bool stored;                           /* it was there already */
    const char *text; /* the whole text; the first nine tenths are trained on */
    size_t bytes, train_bytes;
};

/* Reads the text; trains or finds the network. All belongs to the context. Progress and interrupts
 * as in any run. A training that takes more than a minute is saved on the way, in the store, and so
 * is one that is interrupted: whoever wants the network next goes on with it, to the same bytes,
 * and no option is needed. Small networks get one thread from here on,
 * whatever the run was given: results do not depend on it. */
enum attndyn_status network_obtain(const struct trial *run, const struct network_recipe *recipe,
                                   struct network *network);
/* `count` streams of the validation text, each of `length` tokens, evenly spread over it, with the
 * sink token and BOS first where the recipe has them: tokens (count, length). ATTNDYN_USAGE: the
 * text is too short. */
enum attndyn_status network_streams(const struct trial *run, const struct network *network,
                                    size_t count, size_t length, uint32_t **tokens);

/* For trainings of an experiment's own: the same text, shape and start, not trained and not looked
 * up in the store. Threads as above. */
enum attndyn_status network_start(const struct trial *run, const struct network_recipe *recipe,
                                  struct network *network);
/* The minibatches of a training, those that network_obtain() takes: random windows of the first
 * nine tenths. Opened anew, it begins anew. Owned by the context but for the generator (close). */
struct network_feed {
    const struct network *network;
    struct attndyn_random random;
    size_t *from;
    uint32_t *tokens, *targets;
    struct attndyn_batch batch; /* the present one */
};
enum attndyn_status network_feed_open(struct attndyn_context *ctx, const struct network *network,
                                      struct network_feed *feed);
void network_feed_next(struct network_feed *feed);
void network_feed_close(struct network_feed *feed);
/* Sets valid_loss by the weights as they stand: at most 256 windows, NaN where there is none. */
enum attndyn_status network_validate(struct attndyn_context *ctx, struct network *network);

/* Cross-entropy of the validation text under the training text's byte frequencies (add-one). */
double network_byte_loss(const struct network *network);

/* What a user sets of it; X as in typed.h. The experiment's defaults: updates, text length... */
#define NETWORK_RECIPE(X, updates_, length_, width_, layers_, heads_)                              \
    NETWORK_RECIPE_AT(X, updates_, length_, width_, layers_, heads_, "5e-3", "0.1")
/* ... and the rate and the weight decay. */
#define NETWORK_RECIPE_AT(X, updates_, length_, width_, layers_, heads_, lr_, decay_)              \
    NETWORK_RECIPE_OF(X, updates_, length_, width_, layers_, heads_, lr_, decay_,                  \
                      "seed of the start and of the windows")
/* Of networks whose seeds are listed in `seeds`. */
#define NETWORK_RECIPES(X, updates_, length_, width_, layers_, heads_)                             \
    NETWORK_RECIPE_OF(X, updates_, length_, width_, layers_, heads_, "5e-3", "0.1",                \
                      "moves all of `seeds`: 1 takes them as they are, s adds s - 1 to each")
#define NETWORK_RECIPE_OF(X, updates_, length_, width_, layers_, heads_, lr_, decay_, seed_)       \
    X(FILE, text, "",                                                                              \
      "text that the network is trained on (its last tenth is for validation); "                   \
      "empty: generated lines whose words are known (sim/data/grammar.h)")                         \
    X(INT, lines, "4000", "lines of the generated text", IN(100, 10000000), .only = "text=")       \
    X(INT, layers, layers_, "layers of the network", IN(1, 100))                                   \
    X(INT, width, width_, "width d of the network", IN(4, 8192))                                   \
    X(INT, heads, heads_, "attention heads of a layer", IN(1, 256))                                \
    X(INT, length, length_, "tokens of a training sequence, its context", IN(8, 65536))            \
    X(INT, batch, "32", "sequences of an update", IN(1, 100000))                                   \
    X(INT, updates, updates_, "updates of the training", IN(1, 100000000),                         \
      .longer = "rates that fall towards the last update make a longer training another one")      \
    X(REAL, lr, lr_, "largest learning rate", IN(1e-9, 10))                                        \
    X(REAL, decay, decay_, "weight decay", IN(0, 10))                                              \
    X(INT, seed, "1", seed_)
#define NETWORK_SETTINGS_(X) NETWORK_RECIPE(X, "", "", "", "", "")
PARAMS(network_settings, NETWORK_SETTINGS_)

/* What `seed` makes of one of the listed seeds (NETWORK_RECIPES). */
static inline long network_seed(double listed, long seed) {
    return (long)listed + seed - 1;
}

/* The hidden units of a gated MLP with about the weights of a plain one of 4 d: 8/3 d. */
static inline size_t network_gated(size_t width) {
    return (width * 8 / 3 + 7) / 8 * 8;
}

/* What every recipe takes from the parameters text, lines, length, batch, updates and decay:
 * BOS first, softmax, SwiGLU. Shape, rate and seed are left to be set. */
struct network_recipe network_recipe_common(const struct trial *run);
/* The recipe of these parameters (NETWORK_RECIPE): as above, of width 8/3 d. */
struct network_recipe network_recipe_of(const struct trial *run);

#endif
