/* The inside of a transformer at work: the activations of a batch over weights (weights.h) and,
 * where it is trained, its parameters by role and the buffers of the backward pass. Rows r = b T +
 * t are positions. */
#ifndef ATTNDYN_MODEL_TRANSFORMER_PRIVATE_H
#define ATTNDYN_MODEL_TRANSFORMER_PRIVATE_H

#include "../../num/blas.h"
#include "pointwise_private.h"
#include "transformer.h"

#include <stdint.h>

#ifdef ATTNDYN_DOUBLE
#define attndyn_gemm_real attndyn_gemm_strided
#else
#define attndyn_gemm_real attndyn_gemm_single
#endif

/* What only these sources share carries the library's prefix too. */
#define attndyn_net_linear ATTNDYN_REAL_NAME(attndyn_net_linear)
#define attndyn_net_linear_back ATTNDYN_REAL_NAME(attndyn_net_linear_back)
#define attndyn_net_norm ATTNDYN_REAL_NAME(attndyn_net_norm)
#define attndyn_net_norm_back ATTNDYN_REAL_NAME(attndyn_net_norm_back)
#define attndyn_net_activate ATTNDYN_REAL_NAME(attndyn_net_activate)
#define attndyn_net_activate_back ATTNDYN_REAL_NAME(attndyn_net_activate_back)
#define attndyn_net_drop ATTNDYN_REAL_NAME(attndyn_net_drop)
#define attndyn_net_attend ATTNDYN_REAL_NAME(attndyn_net_attend)
#define attndyn_net_attend_back ATTNDYN_REAL_NAME(attndyn_net_attend_back)
#define attndyn_net_rotate ATTNDYN_REAL_NAME(attndyn_net_rotate)
#define attndyn_net_positions ATTNDYN_REAL_NAME(attndyn_net_positions)
#define attndyn_net_embed ATTNDYN_REAL_NAME(attndyn_net_embed)
#define attndyn_net_embed_back ATTNDYN_REAL_NAME(attndyn_net_embed_back)
#define attndyn_net_head ATTNDYN_REAL_NAME(attndyn_net_head)
#define attndyn_net_forward ATTNDYN_REAL_NAME(attndyn_net_forward)
#define attndyn_net_layer ATTNDYN_REAL_NAME(attndyn_net_layer)
#define attndyn_net_backward ATTNDYN_REAL_NAME(attndyn_net_backward)
#define attndyn_net_add ATTNDYN_REAL_NAME(attndyn_net_add)
#define net_parameter ATTNDYN_REAL_NAME(net_parameter)
#define net_linear ATTNDYN_REAL_NAME(net_linear)
#define net_norm ATTNDYN_REAL_NAME(net_norm)
#define net_block ATTNDYN_REAL_NAME(net_block)
#define net_layer ATTNDYN_REAL_NAME(net_layer)
#define net_given ATTNDYN_REAL_NAME(net_given)
#define net_training ATTNDYN_REAL_NAME(net_training)
#define attndyn_net_multiply ATTNDYN_REAL_NAME(attndyn_net_multiply)

/* A parameter and whether its gradient has been written in this backward pass: the first use
 * overwrites, later ones (shared weights) add. NULL where the model has no such parameter. */
struct net_parameter {
    struct attndyn_parameter *p;
    bool written;
};
/* The parameters of a map y (rows, out) = x (rows, in) W^T + b. */
struct net_linear {
    struct net_parameter *weight, *bias;
};
struct net_norm {
    struct net_parameter *gain, *bias;
};
struct net_block {
    struct net_linear query, key, value, output, gate, up, down;
    struct net_norm norm1, norm2;
};
/* What a layer leaves behind. */
struct net_layer {
    attndyn_real *in;              /* (B T, d) */
    attndyn_real *normed1;         /* (B T, d): what attention reads; in or norm1(in) */
    attndyn_real *qkv;             /* (B T, (H + 2 G) a) */
    attndyn_real *attention;       /* (B, H, T, T) */
    attndyn_real *context;         /* (B T, H a): the heads' sums of values */
    attndyn_real *sum1;            /* (B T, d): after the first sublayer and its residual */
    attndyn_real *mid;             /* (B T, d): norm1(sum1) where post-norm, else sum1 */
    attndyn_real *normed2;         /* (B T, d): what the MLP reads */
    attndyn_real *gate;            /* (B T, h), SwiGLU */
    attndyn_real *prehidden;       /* (B T, h) */
    attndyn_real *hidden;          /* (B T, h) */
    attndyn_real *sum2;            /* (B T, d) */
    attndyn_real *out;             /* (B T, d): the next layer's in */
    attndyn_real *stats1, *stats2; /* (B T, 2): mean, 1/sd of each row that was normed */
};

/* Where a weight is stored if it is not a parameter. */
struct net_given {
    struct attndyn_matrix matrix;
    const attndyn_real *vector;
};

/* Training's state besides the activations. For weights that are given, only names, shapes and
 * roles are set. */
struct net_training {
    struct attndyn_weights weights;     /* views of the parameters */
    struct attndyn_weights_block *view; /* (blocks) */
    size_t *layer_map;
    struct attndyn_parameter *parameters;
    struct net_parameter *nets;    /* one for each parameter */
    const struct net_given *given; /* one for each parameter; NULL: the parameters have numbers */
    size_t count;
    struct net_parameter *embedding, *positions;
    struct net_norm norm, embedding_norm;
    struct net_linear decoder, project_in, project_out;
    struct net_block *block; /* (blocks) */
    size_t *first;           /* (blocks + 1): the parameters of a block follow each other */
    size_t *lowest;          /* (blocks): the first layer that uses it */
    /* called with each part of the gradient; may be NULL */
    void (*part)(void *user, size_t first, size_t count);
    void *user;
    /* gradients of the stream and of the inside of a layer */
    attndyn_real *g, *g2, *g3, *g4, *d_qkv, *d_context, *d_hidden, *d_gate;
    attndyn_real *d_narrow; /* (B T, e), where e is not d */
    attndyn_real *scratch;  /* (threads, 2, T, T) */
    attndyn_real *partial;  /* sums over blocks of rows, (ATTNDYN_NET_BLOCKS, 2, widest) */
    uint32_t *slot;         /* (V): row of a token in the sparse gradient */
    uint32_t *touched;      /* (B T) */
};

struct attndyn_transformer {
    const struct attndyn_weights *weights;
    struct net_training *training; /* NULL: it only runs forward */
    size_t max_sequences, max_length, threads;
    uint64_t seed;
    struct net_layer *layer; /* (layers) */
    attndyn_real *turns;     /* (T, 2, turning / 2): cos, sin of RoPE */
    attndyn_real *waves;     /* (T, d): sinusoidal positions, or learned ones that were widened */
    attndyn_real *stream;    /* (B T, d): what leaves the last layer */
    attndyn_real *final;     /* (rows of the head, d): what leaves the last norm */
    attndyn_real *stats;     /* of the final norm */
    attndyn_real *gathered;  /* (B, d): stream at the last positions */
    attndyn_real *narrow;    /* (B T, e), where e is not d: the embedding before project_in */
    attndyn_real *narrowed;  /* (rows of the head, e), where e is not d: after project_out */
    attndyn_real *embedded;  /* (B T, d), before the embedding's norm; else the first layer's in */
    attndyn_real *stats0;    /* of the embedding's norm */
    attndyn_real *logits;    /* (head_rows, O): one block of rows */
    attndyn_real *widened;   /* (threads, widened_each), where a matrix must be widened */
    size_t widened_each;     /* NET_WIDENED rows of the widest */
    double *losses;          /* (B T) */
    size_t head_rows;
    size_t parameter_bytes, gradient_bytes, activation_bytes;
    /* the batch at hand */
    const struct attndyn_batch *batch; /* &held; NULL before the first */
    struct attndyn_batch held;         /* a copy: views may be read when the caller's is gone */
    const double *counts;              /* of keys, or NULL; not owned */
    bool dropping;                     /* dropout is on */
    struct attndyn_thrift thrift;
    uint64_t drop_key;
};

/* Rows are cut into blocks that do not depend on the number of threads: an even number, each of at
 * most 512 rows or thereabouts, so that two threads share the work and a product still pays. */
enum { ATTNDYN_NET_BLOCK_ROWS = 512, ATTNDYN_NET_BLOCKS = 64 };
/* Rows of a matrix that are widened at a time. */
enum { NET_WIDENED = 64 };
struct net_cut {
    size_t count, rows;
};
static inline struct net_cut net_cut(size_t rows) {
    size_t count = 2 * ((rows + 2 * ATTNDYN_NET_BLOCK_ROWS - 1) / (2 * ATTNDYN_NET_BLOCK_ROWS));
    if (count > ATTNDYN_NET_BLOCKS) count = ATTNDYN_NET_BLOCKS;
    if (count < 1) count = 1;
    size_t each = (rows + count - 1) / count;
    each = (each + 15) / 16 * 16;
    return (struct net_cut){each ? (rows + each - 1) / each : 0, each};
}
static inline size_t net_from(struct net_cut cut, size_t i) {
    return i * cut.rows;
}
static inline size_t net_rows(struct net_cut cut, size_t rows, size_t i) {
    size_t from = i * cut.rows;
    return rows - from < cut.rows ? rows - from : cut.rows;
}

/* Before a loop over blocks: the model's threads share it. */
#ifdef _OPENMP
#define NET_PRAGMA(text) _Pragma(#text)
#define NET_PARALLEL_FOR(m, kind)                                                                  \
    NET_PRAGMA(omp parallel for num_threads((int)(m)->threads) schedule(kind) if ((m)->threads > 1))
#else
#define NET_PARALLEL_FOR(m, kind) (void)(m);
#endif

static inline bool net_trains(const struct net_parameter *n) {
    return n && !n->p->frozen;
}

/* linear.c: y (rows, n; ldy) = x (rows, in; ldx) times rows [first, first + n) of W, transposed;
 * by one thread. */
void attndyn_net_multiply(const struct attndyn_transformer *m, const struct attndyn_matrix *W,
                          size_t first, size_t n, size_t rows, const attndyn_real *x, size_t ldx,
                          attndyn_real *y, size_t ldy);
/* y (rows, out; ldy) = x (rows, in; ldx) W^T + b */
void attndyn_net_linear(const struct attndyn_transformer *m,
                        const struct attndyn_weights_linear *map, size_t rows,
                        const attndyn_real *x, size_t ldx, attndyn_real *y, size_t ldy);
/* The backward pass: W (out, in) and what follows it in memory, where `out` is that of several maps
 * (query, key, value). dx (rows, in; ldx) = dy W + beta dx (NULL: not wanted); gradients of W and
 * b. */
void attndyn_net_linear_back(const struct attndyn_transformer *m, struct net_linear *map,
                             size_t rows, size_t in, size_t out, const attndyn_real *x, size_t ldx,
                             const attndyn_real *dy, size_t ldy, attndyn_real beta,
                             attndyn_real *dx);
/* norm.c: y = norm(x), rows of d; stats (rows, 2). */
void attndyn_net_norm(const struct attndyn_transformer *m, const struct attndyn_weights_norm *norm,
                      size_t rows, const attndyn_real *x, attndyn_real *y, attndyn_real *stats);
/* dx = gradient through the norm of dy, + dx where `add`; dx may be dy. */
void attndyn_net_norm_back(const struct attndyn_transformer *m, struct net_norm *norm, size_t rows,
                           const attndyn_real *x, const attndyn_real *stats, const attndyn_real *dy,
                           bool add, attndyn_real *dx);
/* activation.c */
void attndyn_net_activate(const struct attndyn_transformer *m, size_t count,
                          const attndyn_real *gate, const attndyn_real *prehidden,
                          attndyn_real *hidden);
/* d_hidden becomes the gradient of prehidden; d_gate that of the gate. */
void attndyn_net_activate_back(const struct attndyn_transformer *m, size_t count,
                               const attndyn_real *gate, const attndyn_real *prehidden,
                               attndyn_real *d_hidden, attndyn_real *d_gate);
/* dropout.c: to = from o mask / (1 - rate); masks are a function of (drop key, site, index). */
enum net_site {
    NET_SITE_EMBEDDING,
    NET_SITE_ATTENTION,
    NET_SITE_OUTPUT,
    NET_SITE_HIDDEN,
    NET_SITE_MLP
};
void attndyn_net_drop(const struct attndyn_transformer *m, double rate, enum net_site site,
                      size_t layer, size_t first, size_t count, const attndyn_real *from,
                      attndyn_real *to);
/* attention.c */
void attndyn_net_attend(const struct attndyn_transformer *m, size_t layer);
void attndyn_net_attend_back(const struct attndyn_transformer *m, size_t layer);
/* position.c */
void attndyn_net_positions(struct attndyn_transformer *m);
void attndyn_net_rotate(const struct attndyn_transformer *m, bool back, attndyn_real *qkv);
/* embedding.c */
void attndyn_net_embed(struct attndyn_transformer *m);
void attndyn_net_embed_back(struct attndyn_transformer *m);
/* head.c: the loss. With `dx` not NULL the gradients of the decoder, and that of what it reads into
 * dx (rows of the head, e); with `logits` not NULL they are copied there, (rows, O). */
double attndyn_net_head(struct attndyn_transformer *m, attndyn_real *dx, attndyn_real *logits);
/* forward.c, backward.c */
void attndyn_net_forward(struct attndyn_transformer *m);
/* A layer from what entered it. */
void attndyn_net_layer(struct attndyn_transformer *m, size_t l);
void attndyn_net_backward(struct attndyn_transformer *m);
/* y += x */
void attndyn_net_add(const struct attndyn_transformer *m, size_t count, const attndyn_real *x,
                     attndyn_real *y);

static inline size_t net_batch_rows(const struct attndyn_transformer *m) {
    return m->batch->sequences * m->batch->length;
}
static inline size_t net_head_rows(const struct attndyn_transformer *m) {
    return m->weights->config.last_only ? m->batch->sequences : net_batch_rows(m);
}
static inline size_t net_qkv_width(const struct attndyn_transformer_config *c) {
    return (c->heads + 2 * c->kv_heads) * c->head_width;
}

#endif
