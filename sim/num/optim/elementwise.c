/* SGD, Adam, AdamW: methods whose state has the parameter's shape, number by number. */
#include "optimizer_private.h"

#include "../../base/wide.h"

#include <math.h>

static enum attndyn_status moments(struct attndyn_context *ctx, struct attndyn_optimizer *o,
                                   size_t i, bool second) {
    const struct attndyn_parameter *p = &o->parameters[i];
    ATTNDYN_TRY(attndyn_optimizer_keep(ctx, o, i, "first", p->rows, p->columns, &o->first[i]));
    if (!second) return ATTNDYN_OK;
    return attndyn_optimizer_keep(ctx, o, i, "second", p->rows, p->columns, &o->second[i]);
}

static enum attndyn_status make_sgd(struct attndyn_context *ctx, struct attndyn_optimizer *o,
                                    size_t i) {
    return o->options.momentum > 0 ? moments(ctx, o, i, false) : ATTNDYN_OK;
}

static enum attndyn_status make_adam(struct attndyn_context *ctx, struct attndyn_optimizer *o,
                                     size_t i) {
    return moments(ctx, o, i, true);
}

#define EACH_NUMBER(gradient)                                                                      \
    for (size_t j = 0; j < n; j++) {                                                               \
        attndyn_real x = w[j] * r.shrink, y = (gradient)*r.clip + r.decay * x;                     \
        attndyn_real a = r.beta1 * m[j] + r.fresh1 * y;                                            \
        attndyn_real b = r.beta2 * v[j] + r.fresh2 * y * y;                                        \
        m[j] = a;                                                                                  \
        v[j] = b;                                                                                  \
        w[j] = x - r.lr * a / (ROOT(b) * r.root_correction + r.epsilon);                           \
    }
#ifdef ATTNDYN_DOUBLE
#define ROOT(x) sqrt(x)
#else
#define ROOT(x) sqrtf(x)
#endif

/* g NULL: zeros. */
ATTNDYN_WIDE static void adam(struct optimizer_rule r, size_t n, const attndyn_real *restrict g,
                              attndyn_real *restrict m, attndyn_real *restrict v,
                              attndyn_real *restrict w) {
    if (g)
        EACH_NUMBER(g[j])
    else
        EACH_NUMBER(0)
}

ATTNDYN_WIDE static void sgd(struct optimizer_rule r, size_t n, const attndyn_real *restrict g,
                             attndyn_real *restrict v, attndyn_real *restrict w) {
    for (size_t j = 0; j < n; j++) {
        attndyn_real y = (g ? g[j] * r.clip : 0) + r.decay * w[j];
        if (v) y = v[j] = r.momentum * v[j] + y;
        w[j] -= r.lr * y;
    }
}

static void update_sgd(const struct attndyn_optimizer *o, const struct optimizer_rule *rule,
                       size_t i, size_t offset, size_t n, const attndyn_real *g) {
    sgd(*rule, n, g, o->first[i] ? o->first[i] + offset : NULL, o->parameters[i].value + offset);
}

static void update_adam(const struct attndyn_optimizer *o, const struct optimizer_rule *rule,
                        size_t i, size_t offset, size_t n, const attndyn_real *g) {
    adam(*rule, n, g, o->first[i] + offset, o->second[i] + offset, o->parameters[i].value + offset);
}

const struct optimizer_method attndyn_optimizer_sgd = {.make = make_sgd, .update = update_sgd};
const struct optimizer_method attndyn_optimizer_adam = {
    .adaptive = true, .make = make_adam, .update = update_adam};
const struct optimizer_method attndyn_optimizer_adamw = {
    .adaptive = true, .decay_apart = true, .make = make_adam, .update = update_adam};
