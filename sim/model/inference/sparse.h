/* Inference with a part of each token's units: which hidden units of the MLP, and which heads, put
 * anything out are chosen token by token and layer by layer (Deja Vu, 2310.17157); the others are
 * 0.
 *
 * Unit i of the MLP weighs |h_i| ||W_down[:, i]||, h after activation and gate; a head weighs the
 * norm of its output after its slice of the output map. Of n units ceil(share n), the product in
 * double, are kept; of equally heavy ones those of smaller index. Biases stay.
 *
 * Except for predictors, weights are known only after the units were computed: this measures how
 * much could be left out, but saves no time. */
#ifndef ATTNDYN_MODEL_INFERENCE_SPARSE_H
#define ATTNDYN_MODEL_INFERENCE_SPARSE_H

#include "inference.h"

#define attndyn_sparse ATTNDYN_REAL_NAME(attndyn_sparse)
#define attndyn_sparse_create ATTNDYN_REAL_NAME(attndyn_sparse_create)
#define attndyn_sparse_calibrate ATTNDYN_REAL_NAME(attndyn_sparse_calibrate)
#define attndyn_sparse_hooks ATTNDYN_REAL_NAME(attndyn_sparse_hooks)
#define attndyn_sparse_keep ATTNDYN_REAL_NAME(attndyn_sparse_keep)
#define attndyn_sparse_gather ATTNDYN_REAL_NAME(attndyn_sparse_gather)
#define attndyn_sparse_layer ATTNDYN_REAL_NAME(attndyn_sparse_layer)
#define attndyn_sparse_predictor_numbers ATTNDYN_REAL_NAME(attndyn_sparse_predictor_numbers)
#define attndyn_sparse_recall ATTNDYN_REAL_NAME(attndyn_sparse_recall)

enum attndyn_sparse_choice {
    ATTNDYN_SPARSE_CONTEXTUAL,     /* the heaviest of each token */
    ATTNDYN_SPARSE_STATIC,         /* for all tokens the same: those of greatest mean weight on a
                                      calibration text */
    ATTNDYN_SPARSE_RANDOM,         /* drawn for each token */
    ATTNDYN_SPARSE_PREDICTOR,      /* those that a predictor says from what enters the layer */
    ATTNDYN_SPARSE_PREDICTOR_AHEAD /* from what enters the layer before (the first layer: itself) */
};

/* In the order of the enumeration. */
#define ATTNDYN_SPARSE_CHOICES "contextual|static|random|predictor|predictor-ahead"

/* The stream that enters a layer, divided by its root mean square, through two linear maps,
 * d -> rank -> units, with a bias at the end, is trained by binary cross-entropy against
 * whether a unit is one of the heaviest: Adam, batches of 64 tokens of the calibration text. */
struct attndyn_sparse_options {
    bool mlp, heads;
    enum attndyn_sparse_choice choice;
    double share; /* in (0, 1] */
    size_t rank;  /* of predictors */
    uint64_t seed;
    double target; /* the heaviest that predictors learn and that recall is of; 0: share */
};

struct attndyn_sparse;

/* ATTNDYN_USAGE: a part that the network has not, a share out of range. */
enum attndyn_status attndyn_sparse_create(struct attndyn_context *ctx,
                                          const struct attndyn_weights *weights,
                                          const struct attndyn_sparse_options *options,
                                          struct attndyn_sparse **sparse);
/* Means and predictors from a text, in passes of the network's context; contextual and random need
 * none. */
enum attndyn_status attndyn_sparse_calibrate(struct attndyn_context *ctx,
                                             struct attndyn_sparse *sparse, const uint32_t *tokens,
                                             size_t n);
/* To be given to one evaluation: draws and counts go on from where they stand. Rows come in the
 * order of the stream: one stream at a time. ATTNDYN_USAGE: not calibrated. */
enum attndyn_status attndyn_sparse_hooks(struct attndyn_context *ctx, struct attndyn_sparse *sparse,
                                         struct attndyn_inference_hooks *hooks);
/* Changes the share; counters and random draws start over. */
enum attndyn_status attndyn_sparse_keep(struct attndyn_context *ctx, struct attndyn_sparse *sparse,
                                        double share);
/* Hooks with which the MLP's units are chosen before they are computed, and only those are read
 * (gathered.h, of the same weights). ATTNDYN_USAGE: not calibrated; heads; contextual, which knows
 * its choice only afterwards. Nothing is counted for recall. */
enum attndyn_status attndyn_sparse_gather(struct attndyn_context *ctx,
                                          struct attndyn_sparse *sparse,
                                          struct attndyn_gathered *gathered,
                                          struct attndyn_inference_hooks *hooks);
/* Numbers that a token reads of one layer's predictor. */
size_t attndyn_sparse_predictor_numbers(const struct attndyn_sparse *sparse);
/* Of one layer so far: the heaviest (`target`) that were among the chosen, all of the heaviest, all
 * of the chosen. hits/wanted is recall, hits/chosen precision. */
struct attndyn_sparse_counts {
    double hits, wanted, chosen;
};
struct attndyn_sparse_counts attndyn_sparse_layer(const struct attndyn_sparse *sparse,
                                                  size_t layer);
/* The share of the heaviest units of each token that were among the chosen, over all tokens and
 * layers so far; NaN where nothing was chosen. */
double attndyn_sparse_recall(const struct attndyn_sparse *sparse);

#endif
