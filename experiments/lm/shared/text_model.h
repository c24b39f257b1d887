/* Shared by the experiments on text: parameters, the text, the network, and measurements on it. */
#ifndef LM_SHARED_TEXT_MODEL_H
#define LM_SHARED_TEXT_MODEL_H

#include "descent.h"
#include "experiments/frame/contract/typed.h"
#include "sim/data/codec/codec.h"
#include "sim/data/text_batches.h"
#include "sim/data/text_dataset.h"

/* tokenizer_, vocabulary_, made_: where `tokenizer` and `vocabulary` have an effect, and the size
 * of the generated text. */
#define TEXT_INPUT_WHERE(X, tokenizer_, vocabulary_, made_)                                        \
    X(FILE, text, "",                                                                              \
      "a text: a file, or a folder with train, valid and test, such as WikiText-2; empty: a "      \
      "generated text where `need_text` is false, else the run is skipped",                        \
      .was = "data|corpus")                                                                        \
    X(BOOL, need_text, "false",                                                                    \
      "skip the run where no text is named, for presets whose claims are about one",               \
      .was = "need_data")                                                                          \
    X(INT, paragraphs, "2000",                                                                     \
      "lines of the generated text's training split; see sim/data/grammar.h", IN(50, 10000000),    \
      .only = made_)                                                                               \
    X(INT, words, "9", "context words in each line of the generated text", IN(1, 10000),           \
      .only = made_)                                                                               \
    X(TEXT, tokenizer, "basic_english",                                                            \
      "tokenizer of the text that is named: basic_english (as in the papers' scripts), "           \
      "word, word_eos, character, byte, or the file or folder of a published one",                 \
      .only = tokenizer_)                                                                          \
    X(INT, vocabulary, "0", "types kept, the most frequent; 0: all", IN(0, 10000000),              \
      .only = vocabulary_)                                                                         \
    X(INT, columns, "20", "sequences of a minibatch: columns of the training text", IN(1, 100000)) \
    X(INT, valid_columns, "10", "columns of the validation text", IN(1, 100000))

#define TEXT_INPUT(X) TEXT_INPUT_WHERE(X, "text", "text", "text=")
/* With PUBLISHED, whose networks bring a tokenizer that tokenizer= replaces. */
#define TEXT_INPUT_OR_PUBLISHED(X)                                                                 \
    TEXT_INPUT_WHERE(X, "text or model", "text model=", "text= model=")

/* The network: the encoder of PyTorch's word_language_model. */
#define NETWORK(X, width_, hidden_, dropout_)                                                      \
    X(INT, layers, "1", "layers N", IN(1, 1000))                                                   \
    X(INT, width, width_, "width d", IN(1, 65536))                                                 \
    X(INT, hidden, hidden_, "units of the MLP", IN(1, 1048576))                                    \
    X(INT, heads, "1", "attention heads of a layer", IN(1, 1024))                                  \
    X(INT, length, "35", "tokens of a sequence", IN(2, 65536))                                     \
    X(REAL, dropout, dropout_, "rate at the embedding, the attention, the MLP and the residuals",  \
      IN(0, 0.95))                                                                                 \
    X(BOOL, layers_alike, "true", "all layers start as copies of one, as in the papers' script")

#define UPDATES(X, minibatches_, lr_)                                                              \
    X(INT, minibatches, minibatches_, "updates, one for each minibatch", IN(1, 100000000),         \
      .longer = "")                                                                                \
    X(REAL, lr, lr_, "learning rate, constant", IN(1e-12, 1e6))                                    \
    X(REAL, clip, "0.5", "largest norm of the gradient; 0: not clipped", IN(0, 1e12))              \
    X(INT, seed, "1", "seed of the start and of dropout")

/* The shared part of an experiment's parameters, read from a run of any of them. */
#define TEXT_SETTINGS(X) TEXT_INPUT(X) NETWORK(X, "", "", "") UPDATES(X, "", "")
PARAMS(text_settings, TEXT_SETTINGS)

struct text_model {
    struct text_settings p;
    struct attndyn_text_dataset data;
    struct attndyn_text_batches train, valid;
    size_t vocabulary, layers;
    bool real_text;
    struct attndyn_codec *codec; /* a published tokenizer, or NULL: data.tokenizer */
    struct learner learner;
    struct attndyn_thrift thrift; /* of the network to be made */
    bool restart; /* a new optimiser at every pass over the text, as in the papers' script */
};

/* Reads or generates the text and cuts it; *skipped (with results_skip called) where the text is
 * needed and absent. */
enum attndyn_status text_model_data(const struct trial *run, struct text_model *t, bool *skipped);
/* Is it the name of a tokenizer that learns from the text (or of bytes)? *kind may be NULL. */
bool text_model_builtin(const char *name, enum attndyn_tokenizer_kind *kind);
/* The spelling of a token, or its number if it has none; owned by ctx or t. */
const char *text_model_token(struct attndyn_context *ctx, const struct text_model *t, uint32_t id);
/* The ids of a text; false where it has none. ATTNDYN_* as the tokenizer says. */
enum attndyn_status text_model_encode(struct attndyn_context *ctx, struct text_model *t,
                                      const char *text, const char *origin,
                                      struct attndyn_tokens *tokens);
/* The wlm network of the parameters. */
enum attndyn_status text_model_config(struct attndyn_context *ctx, const struct text_model *t,
                                      struct attndyn_transformer_config *config);
/* The network, initialised, no update made; its optimiser is the caller's. */
enum attndyn_status text_model_network(struct attndyn_context *ctx, struct text_model *t,
                                       const struct attndyn_transformer_config *config);
/* The columns of the next update; at the start of a pass the optimiser starts anew (t->restart). */
struct attndyn_batch text_model_batch(struct text_model *t);

/* Loss over the validation text: the sum over windows of rows x mean cross-entropy, divided by the
 * number of rows that are targets (all but the first). */
enum attndyn_status text_model_valid_loss(struct attndyn_context *ctx, struct text_model *t,
                                          double *loss);
/* Runs the network over validation window i, for its views alone; *batch must outlive them. */
void text_model_see(struct text_model *t, size_t i, struct attndyn_batch *batch);

/* Is the window below `count`, the number in the text's split? ATTNDYN_USAGE, with the remedy, if
 * not. */
enum attndyn_status text_model_window(struct attndyn_context *ctx, const struct text_model *t,
                                      const char *split, long window, size_t count);

/* Mean over the query rows of -sum a ln(a + 1e-8), the published form, of sequences [from, to) of
 * the batch that the model has just seen; all heads. */
double text_model_entropy(const struct text_model *t, size_t layer, size_t from, size_t to,
                          size_t length);
/* The same over all validation windows, equal weight each: entropy[layers]. `every`: windows
 * between two that are looked at. */
enum attndyn_status text_model_valid_entropy(struct attndyn_context *ctx, struct text_model *t,
                                             size_t every, double *entropy);

#endif
