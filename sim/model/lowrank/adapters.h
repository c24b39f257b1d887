/* Networks whose maps are trained through few numbers. A map is a matrix W (m, n) of a
 * transformer's layer; everything else in the network is trained directly.
 *
 *     lowrank  W = B A
 *     lora     W = W_0 + s B A,  s = alpha / r, B = 0 at the start, W_0 the network's (Hu et al.
 * 2021) relora   the same; a merge makes W_0 <- W_0 + s B A, B <- 0, A anew (Lialin et al. 2023)
 *     dora     W_i = g_i V_i / ||V_i|| for each row i, V = W_0 + s B A, g_i = ||W_0,i|| at the
 * start (Liu et al. 2024; the gradient goes through the norm, which theirs may leave out) freeze
 * the maps, embedding and norms of all but the last layer stay
 *
 * A (r, n) is uniform in +-1/sqrt(n); B (m, r) of W = B A normal, so that the entries of W have the
 * deviation `deviation`. With G = dL/dW:  dL/dB = s G A^T, dL/dA = s B^T G, s = 1 for W = B A;
 * dora: dL/dg_i = G_i . v_i with v_i = V_i / ||V_i||, and G_i <- (g_i / ||V_i||) (G_i - (G_i . v_i)
 * v_i). */
#ifndef ATTNDYN_MODEL_LOWRANK_ADAPTERS_H
#define ATTNDYN_MODEL_LOWRANK_ADAPTERS_H

#include "../transformer/transformer.h"

#define attndyn_adapters ATTNDYN_REAL_NAME(attndyn_adapters)
#define attndyn_adapters_create ATTNDYN_REAL_NAME(attndyn_adapters_create)
#define attndyn_adapters_parameters ATTNDYN_REAL_NAME(attndyn_adapters_parameters)
#define attndyn_adapters_range ATTNDYN_REAL_NAME(attndyn_adapters_range)
#define attndyn_adapters_pull ATTNDYN_REAL_NAME(attndyn_adapters_pull)
#define attndyn_adapters_push ATTNDYN_REAL_NAME(attndyn_adapters_push)
#define attndyn_adapters_merge ATTNDYN_REAL_NAME(attndyn_adapters_merge)
#define attndyn_adapters_state ATTNDYN_REAL_NAME(attndyn_adapters_state)
#define attndyn_adapters_factor ATTNDYN_REAL_NAME(attndyn_adapters_factor)

/* In the order of the names; `all`: every number moves, no adapters are needed. */
enum attndyn_adaptation {
    ATTNDYN_ADAPT_ALL,
    ATTNDYN_ADAPT_LOWRANK,
    ATTNDYN_ADAPT_LORA,
    ATTNDYN_ADAPT_RELORA,
    ATTNDYN_ADAPT_DORA,
    ATTNDYN_ADAPT_FREEZE
};
#define ATTNDYN_ADAPTATIONS "all|lowrank|lora|relora|dora|freeze"

struct attndyn_adapter_options {
    enum attndyn_adaptation kind;
    size_t rank;         /* at most the smaller side of each map */
    double alpha;        /* lora and its kin: s = alpha / rank */
    double deviation;    /* lowrank */
    uint64_t seed;       /* of the factors */
    const char *pattern; /* of the maps; NULL: "layers.*" */
};

struct attndyn_adapters;

/* Over the model's weights as they stand; of `lowrank` they become B A. Kept by ctx. */
enum attndyn_status attndyn_adapters_create(struct attndyn_context *ctx,
                                            const struct attndyn_adapter_options *options,
                                            struct attndyn_transformer *model,
                                            struct attndyn_adapters **adapters);
/* What an optimiser moves, in the order of the model's parameters: each of them, or in place of a
 * map W its factors "W.B", "W.A", and "W.magnitude". Pointers into the model or the adapters. */
struct attndyn_parameter *attndyn_adapters_parameters(struct attndyn_adapters *adapters,
                                                      size_t *count);
/* The adapters of the model's parameters [first, first + count). */
void attndyn_adapters_range(const struct attndyn_adapters *adapters, size_t first, size_t count,
                            size_t *from, size_t *n);
/* Their gradients from the model's [first, first + count); a map's own gradient is used up. */
void attndyn_adapters_pull(struct attndyn_adapters *adapters, size_t first, size_t count);
/* The model's weights [first, first + count) from them. */
void attndyn_adapters_push(struct attndyn_adapters *adapters, size_t first, size_t count);
/* relora: the factors into W_0, new ones; `number`: how many merges came before. The network stays
 * what it was, to the rounding of W_0. */
enum attndyn_status attndyn_adapters_merge(struct attndyn_context *ctx,
                                           struct attndyn_adapters *adapters, uint64_t number);
/* Whether parameter i of attndyn_adapters_parameters is a factor that a merge makes anew. */
bool attndyn_adapters_factor(const struct attndyn_adapters *adapters, size_t i);
/* What a checkpoint has to keep beside the model: factors, W_0. */
struct attndyn_parameter *attndyn_adapters_state(struct attndyn_adapters *adapters, size_t *count);

#endif
