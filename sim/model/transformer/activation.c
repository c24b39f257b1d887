/* The MLP's activations and their derivatives. */
#include "pointwise_private.h"
#include "real_math.h"
#include "transformer_private.h"

static const attndyn_real root_2_over_pi = (attndyn_real)0.79788456080286535588;
static const attndyn_real cubic = (attndyn_real)0.044715;

/* tanh(u) = 2 sigmoid(2 u) - 1: accurate enough here, since 1 + tanh is what is used. */
static inline attndyn_real gelu_tanh(attndyn_real x) {
    attndyn_real u = root_2_over_pi * (x + cubic * x * x * x);
    return x * net_sigmoid(2 * u);
}
static inline attndyn_real gelu_tanh_slope(attndyn_real x) {
    attndyn_real u = root_2_over_pi * (x + cubic * x * x * x), s = net_sigmoid(2 * u);
    return s + 2 * x * s * (1 - s) * root_2_over_pi * (1 + 3 * cubic * x * x);
}
static inline attndyn_real silu_slope(attndyn_real x) {
    attndyn_real s = net_sigmoid(x);
    return s * (1 + x * (1 - s));
}
/* Phi(x) and the normal density, by the C library. */
static attndyn_real normal_cdf(attndyn_real x) {
    return (attndyn_real)(0.5 * erfc(-(double)x * 0.70710678118654752440));
}
static attndyn_real normal_density(attndyn_real x) {
    return (attndyn_real)(0.39894228040143267794 * exp(-0.5 * (double)x * (double)x));
}

#define EACH(expression)                                                                           \
    do {                                                                                           \
        for (size_t j = 0; j < n; j++) h[j] = (expression);                                        \
    } while (0)

ATTNDYN_WIDE void attndyn_net_activate_row(enum attndyn_mlp kind, size_t n,
                                           const attndyn_real *restrict gate,
                                           const attndyn_real *restrict x,
                                           attndyn_real *restrict h) {
    switch (kind) {
    case ATTNDYN_MLP_NONE:
    case ATTNDYN_MLP_LINEAR:
        EACH(x[j]);
        break;
    case ATTNDYN_MLP_RELU:
        EACH(x[j] > 0 ? x[j] : 0 * x[j]); /* 0 * x rather than 0, so that NaN stays NaN */
        break;
    case ATTNDYN_MLP_QUADRATIC:
        EACH(x[j] * x[j]);
        break;
    case ATTNDYN_MLP_GELU:
        EACH(x[j] * normal_cdf(x[j]));
        break;
    case ATTNDYN_MLP_GELU_TANH:
        EACH(gelu_tanh(x[j]));
        break;
    case ATTNDYN_MLP_SILU:
        EACH(x[j] * net_sigmoid(x[j]));
        break;
    case ATTNDYN_MLP_SWIGLU:
        EACH(x[j] * gate[j] * net_sigmoid(gate[j]));
        break;
    }
}

ATTNDYN_WIDE static void backward(enum attndyn_mlp kind, size_t n,
                                  const attndyn_real *restrict gate, const attndyn_real *restrict x,
                                  attndyn_real *restrict h, attndyn_real *restrict d_gate) {
    switch (kind) {
    case ATTNDYN_MLP_NONE:
    case ATTNDYN_MLP_LINEAR:
        break;
    case ATTNDYN_MLP_RELU:
        EACH(x[j] > 0 ? h[j] : 0 * h[j]);
        break;
    case ATTNDYN_MLP_QUADRATIC:
        EACH(2 * x[j] * h[j]);
        break;
    case ATTNDYN_MLP_GELU:
        EACH(h[j] * (normal_cdf(x[j]) + x[j] * normal_density(x[j])));
        break;
    case ATTNDYN_MLP_GELU_TANH:
        EACH(h[j] * gelu_tanh_slope(x[j]));
        break;
    case ATTNDYN_MLP_SILU:
        EACH(h[j] * silu_slope(x[j]));
        break;
    case ATTNDYN_MLP_SWIGLU:
        for (size_t j = 0; j < n; j++) {
            attndyn_real g = gate[j], s = net_sigmoid(g), d = h[j];
            d_gate[j] = d * x[j] * s * (1 + g * (1 - s));
            h[j] = d * g * s;
        }
        break;
    }
}

void attndyn_net_activate(const struct attndyn_transformer *m, size_t count,
                          const attndyn_real *gate, const attndyn_real *prehidden,
                          attndyn_real *hidden) {
    struct net_cut cut = net_cut(count);
    NET_PARALLEL_FOR(m, static)
    for (size_t i = 0; i < cut.count; i++) {
        size_t from = net_from(cut, i);
        attndyn_net_activate_row(m->weights->config.mlp, net_rows(cut, count, i),
                                 gate ? gate + from : NULL, prehidden + from, hidden + from);
    }
}

void attndyn_net_activate_back(const struct attndyn_transformer *m, size_t count,
                               const attndyn_real *gate, const attndyn_real *prehidden,
                               attndyn_real *d_hidden, attndyn_real *d_gate) {
    struct net_cut cut = net_cut(count);
    NET_PARALLEL_FOR(m, static)
    for (size_t i = 0; i < cut.count; i++) {
        size_t from = net_from(cut, i);
        backward(m->weights->config.mlp, net_rows(cut, count, i), gate ? gate + from : NULL,
                 prehidden + from, d_hidden + from, d_gate ? d_gate + from : NULL);
    }
}
