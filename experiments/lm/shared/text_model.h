/* What the experiments on text share: parameters, the text, the network, its training. */
#ifndef LM_SHARED_TEXT_MODEL_H
#define LM_SHARED_TEXT_MODEL_H

#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"
#include "sim/data/text_batches.h"
#include "sim/data/text_dataset.h"
#include "sim/model/transformer/transformer.h"
#include "sim/num/optim/optimizer.h"

/* The text: data names a folder; without one a generated text of `paragraphs` lines. */
#define TEXT_PARAMS                                                                                  \
    {"data", PARAM_FILE, "",                                                                         \
     .doc = "folder with the splits train, valid, test of a text, such as WikiText-2; empty: a "     \
            "generated text where `need_data` is false, else the run is skipped"},                   \
        {"need_data", PARAM_BOOL, "false",                                                           \
         .doc = "skip the run where data names no folder (presets stated for real text)"},           \
        {"paragraphs",                                                                               \
         PARAM_INT,                                                                                  \
         "2000",                                                                                     \
         50,                                                                                         \
         10000000,                                                                                   \
         .doc = "lines of the generated text's training split; see sim/data/grammar.h"},             \
        {"words", PARAM_INT, "9", 1, 10000, .doc = "context words in each of them"},                 \
        {"tokenizer", PARAM_CHOICE, "basic_english", .choices = ATTNDYN_TOKENIZERS,                  \
         .doc = "of the folder's text: basic_english as in the papers' scripts"},                    \
        {"vocabulary", PARAM_INT, "0", 0, 10000000, .doc = "types kept, the most frequent; 0: all"}, \
        {"columns", PARAM_INT, "20",                                                                 \
         1,         100000,    .doc = "sequences of a minibatch: columns of the training text"},     \
    {                                                                                                \
        "valid_columns", PARAM_INT, "10", 1, 100000, .doc = "columns of the validation text"         \
    }

/* The network: the encoder of PyTorch's word_language_model. */
#define NETWORK_PARAMS(width_, hidden_, dropout_)                                                  \
    {"layers", PARAM_INT, "1", 1, 1000, .doc = "N"},                                               \
        {"width", PARAM_INT, width_, 1, 65536, .doc = "d"},                                        \
        {"hidden", PARAM_INT, hidden_, 1, 1048576, .doc = "units of the MLP"},                     \
        {"heads", PARAM_INT, "1", 1, 1024, .doc = "attention heads of a layer"},                   \
        {"length", PARAM_INT, "35", 2, 65536, .doc = "tokens of a sequence"},                      \
        {"dropout", PARAM_REAL,                                                                    \
         dropout_,  0,                                                                             \
         0.95,      .doc = "rate at the embedding, the attention, the MLP and the residuals"},     \
    {                                                                                              \
        "layers_alike", PARAM_BOOL, "true",                                                        \
            .doc = "all layers start as copies of one, as in the papers' script"                   \
    }

#define TRAINING_PARAMS(minibatches_, lr_)                                                           \
    {"minibatches", PARAM_INT, minibatches_, 1, 100000000, .doc = "updates"},                        \
        {"lr", PARAM_REAL, lr_, 1e-12, 1e6, .doc = "learning rate, constant"},                       \
        {"clip", PARAM_REAL, "0.5", 0, 1e12, .doc = "largest norm of the gradient; 0: not clipped"}, \
    {                                                                                                \
        "seed", PARAM_INT, "1", .doc = "of the start and of dropout"                                 \
    }

struct text_model {
    struct attndyn_text_dataset data;
    struct attndyn_text_batches train, valid;
    struct attndyn_transformer *model;
    struct attndyn_optimizer *optimizer;
    size_t vocabulary, layers, minibatches;
    double lr;
    bool restart; /* a new optimiser at every pass over the text, as in the papers' script */
    bool real_text;
    /* what a resumed training needs beside parameters and moments */
    uint64_t step;     /* updates made */
    double loss, norm; /* of the last minibatch, before its update */
    double loss_sum;   /* over the minibatches since text_model_mean_loss */
    uint64_t loss_count;
};

/* Reads or generates the text and cuts it; *skipped (with results_skip called) where the text is
 * needed and absent. */
enum attndyn_status text_model_data(struct attndyn_context *ctx, const struct params *p,
                                    struct results *results, struct text_model *t, bool *skipped);
/* The wlm network of the parameters, initialised. */
enum attndyn_status text_model_config(struct attndyn_context *ctx, const struct params *p,
                                      const struct text_model *t,
                                      struct attndyn_transformer_config *config);
enum attndyn_status text_model_network(struct attndyn_context *ctx, const struct params *p,
                                       struct text_model *t,
                                       const struct attndyn_transformer_config *config);
enum attndyn_status text_model_optimizer(struct attndyn_context *ctx, struct text_model *t,
                                         const struct attndyn_optimizer_options *options);
/* One minibatch: gradient, clipping, update. ATTNDYN_RUN_FAILED where the loss is not finite. */
enum attndyn_status text_model_step(struct attndyn_context *ctx, struct text_model *t);
/* The same on a batch of one's own. */
enum attndyn_status text_model_step_on(struct attndyn_context *ctx, struct text_model *t,
                                       const struct attndyn_batch *batch);
/* Mean training loss since the last call; NaN where no step was made. */
double text_model_mean_loss(struct text_model *t);

/* Loss over the validation text: the sum over windows of rows x mean cross-entropy, divided by the
 * number of rows that are targets (all but the first). */
enum attndyn_status text_model_valid_loss(struct attndyn_context *ctx, struct text_model *t,
                                          double *loss);
/* The validation text's cross-entropy under the training text's frequencies (add-one). */
enum attndyn_status text_model_unigram_loss(struct attndyn_context *ctx, const struct text_model *t,
                                            double *loss);

/* The parameter `window`: of `count` windows of one of the texts; ATTNDYN_USAGE with the mend. */
enum attndyn_status text_model_window(struct attndyn_context *ctx, const struct params *p,
                                      const struct text_model *t, const char *split, size_t count,
                                      size_t *window);

/* The minibatches at which an experiment looks at the network: a parameter of PARAM_REALS. */
struct looks {
    const double *at;
    size_t count, next;
};
/* ATTNDYN_USAGE unless they are whole, ascending and at most `minibatches`. */
enum attndyn_status looks_create(struct attndyn_context *ctx, const struct params *p,
                                 const char *name, struct looks *looks);
/* The same, for a start and an end that are compared: 0 and at least one more. */
enum attndyn_status looks_create_from_start(struct attndyn_context *ctx, const struct params *p,
                                            const char *name, struct looks *looks);
/* Is it time? Each is due once; steps ascend, and may begin anywhere. */
bool looks_due(struct looks *looks, uint64_t step);

/* Mean over the query rows of -sum a ln(a + 1e-8), the published form, of sequences [from, to) of
 * the batch that the model has just seen; all heads. */
double text_model_entropy(const struct text_model *t, size_t layer, size_t from, size_t to,
                          size_t length);
/* The same over all validation windows, equal weight each: entropy[layers]. `every`: windows
 * between two that are looked at. */
enum attndyn_status text_model_valid_entropy(struct attndyn_context *ctx, struct text_model *t,
                                             size_t every, double *entropy);

#endif
