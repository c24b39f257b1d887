#include "chain.h"

#include "../../num/blas.h"

#include <math.h>
#include <string.h>

static enum attndyn_status create_layers(struct attndyn_context *ctx, struct attndyn_chain *c,
                                         double ***layers, bool weights) {
    ATTNDYN_ALLOC(ctx, *layers, c->depth + 1);
    for (size_t l = weights ? 1 : 0; l <= c->depth; l++)
        ATTNDYN_ALLOC(ctx, (*layers)[l], (weights ? c->width[l - 1] : c->N) * c->width[l]);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_chain_create(struct attndyn_context *ctx, size_t depth,
                                         const size_t *width, size_t N,
                                         enum attndyn_chain_activation activation, double slope,
                                         struct attndyn_chain *chain) {
    *chain =
        (struct attndyn_chain){.depth = depth, .N = N, .activation = activation, .slope = slope};
    ATTNDYN_ALLOC(ctx, chain->width, depth + 1);
    memcpy(chain->width, width, (depth + 1) * sizeof *width);
    size_t widest = 0;
    for (size_t l = 0; l <= depth; l++) widest = width[l] > widest ? width[l] : widest;
    ATTNDYN_TRY(create_layers(ctx, chain, &chain->W, true));
    ATTNDYN_TRY(create_layers(ctx, chain, &chain->G, true));
    ATTNDYN_TRY(create_layers(ctx, chain, &chain->f, false));
    ATTNDYN_TRY(create_layers(ctx, chain, &chain->gate, false));
    ATTNDYN_ALLOC(ctx, chain->delta, N * widest);
    ATTNDYN_ALLOC(ctx, chain->delta_below, N * widest);
    ATTNDYN_ALLOC(ctx, chain->J, width[depth] * widest);
    ATTNDYN_ALLOC(ctx, chain->J_below, width[depth] * widest);
    return ATTNDYN_OK;
}

void attndyn_chain_draw(struct attndyn_chain *c, struct attndyn_random *random, double scale) {
    for (size_t l = 1; l <= c->depth; l++)
        attndyn_random_normals(random, scale / sqrt((double)c->width[l - 1]),
                               c->width[l] * c->width[l - 1], c->W[l]);
}

static double gate(const struct attndyn_chain *c, size_t l, double y) {
    if (l == c->depth || c->activation == ATTNDYN_CHAIN_LINEAR || y > 0) return 1;
    return c->activation == ATTNDYN_CHAIN_RELU ? 0 : c->slope;
}

void attndyn_chain_forward(struct attndyn_chain *c) {
    for (size_t l = 1; l <= c->depth; l++) {
        attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, c->N, c->width[l], c->width[l - 1], 1,
                     c->f[l - 1], c->W[l], 0, c->f[l]);
        for (size_t j = 0; j < c->N * c->width[l]; j++) {
            c->gate[l][j] = gate(c, l, c->f[l][j]);
            c->f[l][j] *= c->gate[l][j];
        }
    }
}

/* log sum exp of a row, for the softmax. */
static double log_sum_exp(const double *f, size_t K) {
    double max = f[0], sum = 0;
    for (size_t k = 1; k < K; k++) max = fmax(max, f[k]);
    for (size_t k = 0; k < K; k++) sum += exp(f[k] - max);
    return max + log(sum);
}

double attndyn_chain_loss(const struct attndyn_chain *c, enum attndyn_chain_loss loss,
                          const double *Y) {
    const size_t K = c->width[c->depth];
    double sum = 0;
    for (size_t i = 0; i < c->N; i++) {
        const double *f = c->f[c->depth] + i * K, *y = Y + i * K;
        const double normaliser = loss == ATTNDYN_CHAIN_SOFTMAX ? log_sum_exp(f, K) : 0;
        for (size_t k = 0; k < K; k++)
            sum += loss == ATTNDYN_CHAIN_SOFTMAX ? y[k] * (normaliser - f[k])
                                                 : 0.5 * (y[k] - f[k]) * (y[k] - f[k]);
    }
    return sum / (double)c->N;
}

void attndyn_chain_backward(struct attndyn_chain *c, enum attndyn_chain_loss loss,
                            const double *Y) {
    const size_t K = c->width[c->depth], N = c->N;
    for (size_t i = 0; i < N; i++) {
        const double *f = c->f[c->depth] + i * K;
        const double normaliser = loss == ATTNDYN_CHAIN_SOFTMAX ? log_sum_exp(f, K) : 0;
        for (size_t k = 0; k < K; k++)
            c->delta[i * K + k] =
                Y[i * K + k] - (loss == ATTNDYN_CHAIN_SOFTMAX ? exp(f[k] - normaliser) : f[k]);
    }
    for (size_t l = c->depth; l >= 1; l--) {
        const size_t out = c->width[l], in = c->width[l - 1];
        for (size_t j = 0; j < N * out; j++) c->delta[j] *= c->gate[l][j];
        attndyn_gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, out, in, N, 1.0 / (double)N, c->delta,
                     c->f[l - 1], 0, c->G[l]);
        attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, N, in, out, 1, c->delta, c->W[l], 0,
                     c->delta_below);
        double *swap = c->delta;
        c->delta = c->delta_below;
        c->delta_below = swap;
    }
}

const double *attndyn_chain_jacobian(struct attndyn_chain *c, size_t layer, size_t sample) {
    const size_t K = c->width[c->depth];
    memset(c->J, 0, K * K * sizeof(double));
    for (size_t k = 0; k < K; k++) c->J[k * K + k] = 1;
    for (size_t l = c->depth;; l--) {
        const double *gates = c->gate[l] + sample * c->width[l];
        for (size_t j = 0; j < K * c->width[l]; j++) c->J[j] *= gates[j % c->width[l]];
        if (l == layer) return c->J;
        attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, K, c->width[l - 1], c->width[l], 1, c->J,
                     c->W[l], 0, c->J_below);
        double *swap = c->J;
        c->J = c->J_below;
        c->J_below = swap;
    }
}

/* v -= its mean: v <- P v. */
static void project_out_mean(double *v, size_t K) {
    double mean = 0;
    for (size_t k = 0; k < K; k++) mean += v[k] / (double)K;
    for (size_t k = 0; k < K; k++) v[k] -= mean;
}

/* (1/N) sum_i J^T (P y - P J W f / K) f^T, without P and 1/K for the squared loss. */
static void gradient_form(struct attndyn_chain *c, enum attndyn_chain_loss loss, size_t layer,
                          const double *Y, const double *W, double *G) {
    const size_t K = c->width[c->depth], out = c->width[layer], in = c->width[layer - 1];
    /* The batch buffers of backpropagation are not in use here. */
    double *residual = c->delta, *Wf = c->delta_below;
    memset(G, 0, out * in * sizeof(double));
    for (size_t i = 0; i < c->N; i++) {
        const double *f = c->f[layer - 1] + i * in;
        const double *J = attndyn_chain_jacobian(c, layer, i);
        attndyn_gemv(ATTNDYN_PLAIN, out, in, 1, W, f, 0, Wf);
        attndyn_gemv(ATTNDYN_PLAIN, K, out, 1, J, Wf, 0, residual);
        for (size_t k = 0; k < K; k++)
            residual[k] =
                Y[i * K + k] - residual[k] / (loss == ATTNDYN_CHAIN_SOFTMAX ? (double)K : 1.0);
        if (loss == ATTNDYN_CHAIN_SOFTMAX) project_out_mean(residual, K);
        attndyn_gemv(ATTNDYN_TRANSPOSED, K, out, 1, J, residual, 0, Wf);
        attndyn_ger(out, in, 1.0 / (double)c->N, Wf, f, G);
    }
}

void attndyn_chain_gradient_form(struct attndyn_chain *c, enum attndyn_chain_loss loss,
                                 size_t layer, const double *Y, double *G) {
    gradient_form(c, loss, layer, Y, c->W[layer], G);
}

void attndyn_chain_gradient_frozen(struct attndyn_chain *c, size_t layer, const double *Y,
                                   const double *W, double *G) {
    gradient_form(c, ATTNDYN_CHAIN_SQUARED, layer, Y, W, G);
}

void attndyn_chain_step(struct attndyn_chain *c, double eta) {
    for (size_t l = 1; l <= c->depth; l++)
        for (size_t j = 0; j < c->width[l] * c->width[l - 1]; j++) c->W[l][j] += eta * c->G[l][j];
}
