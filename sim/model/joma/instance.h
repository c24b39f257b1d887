/* Random instances of the joint dynamics, in a documented order of draws, so that anyone can make
 * them again in any language: X = U(M, N); p = U(N), normalised; V = v_scale N(M, K);
 * xi = xi_scale N(Q, K); z = z_scale N(Q, M); Y = N(K, N); all row-major from one stream. Sample i
 * asks query i mod Q and has label i mod K. */
#ifndef ATTNDYN_MODEL_JOMA_INSTANCE_H
#define ATTNDYN_MODEL_JOMA_INSTANCE_H

#include "../../base/random.h"
#include "joint.h"

struct attndyn_joma_instance {
    struct attndyn_joma model; /* its arrays are the instance's, owned by the context */
    double *state;             /* the initial state, joint.h's layout */
};

struct attndyn_joma_instance_spec {
    size_t tokens, hidden, samples, queries;
    enum attndyn_joma_attention attention;
    double temperature;
    struct attndyn_activation activation;
    enum attndyn_joma_loss loss;
    double eta_w, eta_z;
    double v_scale, xi_scale, z_scale; /* 0.3, 0.1, 0.2 in the reference instance */
    double z_shift; /* added to z after the draws: linear attention starts away from z = 0, where
                       b = 0 makes it a fixed point */
    bool integer_counts;   /* X = floor(4 U): token counts 0..3, token 0 once where all are 0 */
    bool count_normaliser; /* A_i = sum_l x_il instead of 1 (linear, exp) */
    enum attndyn_random_kind random;
    uint64_t seed;
};

/* M 6, K 4, N 5, one query, seed 1, SplitMix64, tanh, rates 1, scales as above, z_shift 1 for
 * linear attention and 0 for the others. */
struct attndyn_joma_instance_spec attndyn_joma_instance_reference(
    enum attndyn_joma_attention attention);
enum attndyn_status attndyn_joma_instance_create(struct attndyn_context *ctx,
                                                 const struct attndyn_joma_instance_spec *spec,
                                                 struct attndyn_joma_instance *instance);

#endif
