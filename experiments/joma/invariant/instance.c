/* Instances of the shape that the parameters name. */
#include "invariant.h"

struct attndyn_joma_instance_spec invariant_shape(const struct invariant *p,
                                                  enum attndyn_joma_attention attention) {
    struct attndyn_joma_instance_spec spec = attndyn_joma_instance_reference(attention);
    spec.activation.slope = 0.1;
    spec.tokens = (size_t)p->M;
    spec.hidden = (size_t)p->K;
    spec.samples = (size_t)p->N;
    spec.seed = (uint64_t)p->seed;
    spec.random = p->rng;
    return spec;
}

enum attndyn_status invariant_instance(struct attndyn_context *ctx, const struct invariant *p,
                                       struct kind kind, uint64_t seed, bool integer,
                                       struct attndyn_joma_instance *t) {
    struct attndyn_joma_instance_spec spec = invariant_shape(p, kind.attention);
    spec.activation.kind = kind.activation;
    spec.loss = kind.loss;
    spec.seed = seed;
    spec.integer_counts = integer;
    return attndyn_joma_instance_create(ctx, &spec, t);
}
