/* JoMA's Theorem 1 held against a layer of a network.
 *
 * With x_l the vector that token l brings to the layer, z_ml = scale (W_Q x_m) . (W_K x_l) are its
 * attention logits and v_kl = w_k . (W_O W_V x_l) what it adds to node k of what reads the layer's
 * output (the MLP, or the decoder where there is none). Theorem 1 (exp attention:
 * dz = sum_k v_k o dv_k; softmax with a stationary condition dz = sum_k v_k o dv_k - bbar sum_k
 * v_k . dv_k) then gives the change of z from that of V alone: zhat. Maps that a model does not
 * have are the identity; biases shift all tokens alike and drop out, since everything is centred
 * over the tokens.
 */
#ifndef LM_JOMA_RELATION_H
#define LM_JOMA_RELATION_H

#include "sim/model/transformer/transformer.h"

struct joma_relation {
    size_t tokens, queries, d, nodes;
    bool softmax;               /* with the term in bbar */
    double *z, *z0;             /* (queries, tokens): now, at the first look */
    double *square;             /* (tokens): sum_k v_kl^2 */
    double *square_before;      /* at the look before */
    double *bbar, *bbar_before; /* (tokens): mean attention */
    double *zhat;               /* (tokens): predicted change since the first look */
    double *room;               /* (tokens) twice */
    double *key, *value, *node; /* projections */
    size_t looks;
};

/* How zhat stands to the change of z, over the tokens, both centred. */
struct joma_agreement {
    double nc;             /* correlation with the queries' mean */
    double nc_single;      /* mean over queries of the correlation with each */
    double slope;          /* of zhat on the change of z (queries' mean) */
    double relative_error; /* ||zhat - dz|| / ||dz|| */
    double moved;          /* rms of dz */
};

enum attndyn_status joma_relation_create(struct attndyn_context *ctx,
                                         struct attndyn_transformer *model, size_t layer,
                                         size_t queries, size_t tokens,
                                         struct joma_relation *relation);
/* Takes a look: x (tokens, d) and xq (queries, d) the vectors of the tokens and of the queries,
 * bbar (tokens) the mean attention on each. Looks must be close enough for the trapezoidal rule in
 * bbar. The first one only starts. */
enum attndyn_status joma_relation_look(struct attndyn_context *ctx,
                                       struct attndyn_transformer *model, size_t layer,
                                       const double *x, const double *xq, const double *bbar,
                                       struct joma_relation *relation);
struct joma_agreement joma_relation_agreement(struct joma_relation *relation);

#endif
