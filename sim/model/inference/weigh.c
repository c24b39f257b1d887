#include "../transformer/pointwise_private.h"
#include "../transformer/real_math.h"
#include "inference_private.h"

ATTNDYN_WIDE static void sigmoids(size_t n, attndyn_real *x) {
    for (size_t j = 0; j < n; j++) x[j] = net_sigmoid(x[j]);
}

attndyn_real attndyn_infer_weigh(const struct attndyn_transformer_config *c, size_t n,
                                 attndyn_real *x, size_t room) {
    bool one = c->attention == ATTNDYN_ATTENTION_OFF_BY_ONE;
    double max, sum;
    if (n == 0) return 1;
    switch (c->attention) {
    case ATTNDYN_ATTENTION_SOFTMAX:
    case ATTNDYN_ATTENTION_OFF_BY_ONE:
        sum = attndyn_net_softmax(n, x, room, one ? 0 : -INFINITY, &max);
        if (one) sum += exp(-max);
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
