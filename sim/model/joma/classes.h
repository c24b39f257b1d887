/* The setting of JoMA's Figures 2 and 3 (arXiv 2310.00535): N = K classes, one sample each (in
 * general N samples with labels i mod K), over
 * `distinct` + `common` tokens; softmax attention at temperature 1/2, linear activation, mean
 * cross-entropy; small normal parameters. After the authors' published code.
 *
 * X (M, N) is first drawn uniform in [0, 1/2); in the gaussian variant its first `distinct` rows
 * become exp(-(l - D i/N)^2/width), which move smoothly from sample to sample; a blend in between
 * is (1 - blend) gaussian + blend uniform. Then each column is divided by its sum. Order of draws:
 * X, V = scale N(M, K), xi = scale N(K), z = scale N(M), all row-major. */
#ifndef ATTNDYN_MODEL_JOMA_CLASSES_H
#define ATTNDYN_MODEL_JOMA_CLASSES_H

#include "../../base/random.h"
#include "joint.h"

struct attndyn_joma_classes_spec {
    size_t distinct, common;   /* D, M - D */
    size_t classes, samples;   /* K, N */
    double width;              /* 30 in the paper */
    double blend;              /* 0: gaussian, 1: uniform ("random") */
    double temperature, scale; /* 1/2, 0.01 */
    /* ce, mse with one-hot targets, or fixed: g = onehot - 1/K, ce's gradient at h = 0 */
    enum attndyn_joma_loss loss;
    struct attndyn_activation activation;
    double eta_w, eta_z;
    enum attndyn_random_kind random;
    uint64_t seed;
};

/* The authors' values, seed 1, SplitMix64. */
struct attndyn_joma_classes_spec attndyn_joma_classes_paper(void);
/* The model and its initial state (joint.h's layout); arrays owned by the context. */
enum attndyn_status attndyn_joma_classes_create(struct attndyn_context *ctx,
                                                const struct attndyn_joma_classes_spec *spec,
                                                struct attndyn_joma *model, double **state);

#endif
