/* Training in the setting of JoMA's Figures 2 and 3, with a watch on how well Theorem 1's
 * estimates, which use the weights alone, match the logits. */
#ifndef JOMA_INVARIANT_SOFTMAX_TRAINING_H
#define JOMA_INVARIANT_SOFTMAX_TRAINING_H

#include "sim/model/joma/classes.h"

/* One estimate z^, its constant set at the start, against z. */
struct softmax_estimate {
    double correlation; /* NC: centred normalised correlation of z^ and z, the authors' guard */
    double slope;       /* of z^ - z^(0) on z - z(0), centred; NaN before z has moved */
    double error;       /* |z^ - z|/|z| */
};

struct softmax_seen {
    size_t iteration;
    /* The estimates, r/T times: */
    struct softmax_estimate holds; /* (sum v^2 - |V|^2 xbar)/2: constant mean attention */
    struct softmax_estimate whole; /* the same with |V|^2 + |xi|^2, as the authors' script has it */
    struct softmax_estimate printed; /* sum v^2/2 - |V|^2 xbar */
    struct softmax_estimate moving;  /* sum v^2/2 - int bbar d|V|^2/2 */
    struct softmax_estimate exact;   /* sum v^2/2 - int sum_k E[g h' b b^T] v_k dt */
    double nc_z1, nc_z2;             /* the two parts of `holds` alone, without constant */
    double variation;                /* total variation of bbar, the mean attention, and xbar */
    /* the condition's defect: |sum_k E[g h' b b^T] v - bbar sum_k E[g h' b]^T v| / |bbar sum
     * ...| */
    double residual;
    double summed; /* sum_k g_k h'_k of the samples over its terms: where it vanishes, the condition
                      as printed, summed over k, holds whatever the data */
    double loss, entropy; /* mean over samples of the attention's entropy */
    double sum_z;         /* change of sum_l z_l since the start, over the largest |z_l| > 1 */
};

struct softmax_track {
    const struct attndyn_joma *model;
    double *state; /* in: the start; out: the end */
    double lr;
    size_t steps;
    size_t every; /* iterations seen: multiples of it and steps - 1, before their update */
    enum attndyn_status (*seen)(void *user, const double *state, const struct softmax_seen *seen);
    void *user;
};
enum attndyn_status softmax_train(struct attndyn_context *ctx, const struct softmax_track *track);

#endif
