#include "../transformer/pointwise_private.h"
#include "../transformer/real_math.h"
#include "inference_private.h"

ATTNDYN_WIDE static void sigmoids(size_t n, attndyn_real *x) {
    for (size_t j = 0; j < n; j++) x[j] = net_sigmoid(x[j]);
}

attndyn_real attndyn_infer_top(const struct attndyn_transformer_config *c, size_t n,
                               attndyn_real *x, size_t room) {
    bool one = c->attention == ATTNDYN_ATTENTION_OFF_BY_ONE;
    if (n == 0 || (c->attention != ATTNDYN_ATTENTION_SOFTMAX && !one)) return 0;
    return attndyn_net_softmax_top(n, x, room, one ? 0 : -INFINITY);
}

attndyn_real attndyn_infer_weigh(const struct attndyn_transformer_config *c, size_t n,
                                 attndyn_real *x, size_t room, attndyn_real top) {
    double sum;
    if (n == 0) return 1;
    switch (c->attention) {
    case ATTNDYN_ATTENTION_SOFTMAX:
    case ATTNDYN_ATTENTION_OFF_BY_ONE:
        sum = attndyn_net_softmax_sum(n, x, room, top);
        if (c->attention == ATTNDYN_ATTENTION_OFF_BY_ONE) sum += exp(-(double)top);
        return (attndyn_real)(1 / sum);
    case ATTNDYN_ATTENTION_EXP:
        for (size_t j = 0; j < n; j++) x[j] = (attndyn_real)exp((double)x[j]);
        break;
    case ATTNDYN_ATTENTION_LINEAR:
        break;
    case ATTNDYN_ATTENTION_RELU:
        for (size_t j = 0; j < n; j++) x[j] = x[j] > 0 ? x[j] : 0 * x[j]; /* nan stays nan */
        break;
    case ATTNDYN_ATTENTION_SIGMOID:
        sigmoids(n, x);
        break;
    }
    return 1;
}
