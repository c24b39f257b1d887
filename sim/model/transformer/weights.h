/* The weights of a transformer, and nothing else: its config and a view of each tensor. What
 * training needs (gradients, activations) and what generation needs (caches) is kept elsewhere.
 *
 * A view owns nothing. It points into the parameters of a network in training, into a mapped file,
 * or into memory. Matrices stay as they are stored; vectors (norms, biases) are few and small, and
 * always attndyn_real. */
#ifndef ATTNDYN_MODEL_TRANSFORMER_WEIGHTS_H
#define ATTNDYN_MODEL_TRANSFORMER_WEIGHTS_H

#include "../../base/real.h"
#include "../../data/safetensors.h"
#include "config.h"

#define attndyn_weights_linear ATTNDYN_REAL_NAME(attndyn_weights_linear)
#define attndyn_weights_norm ATTNDYN_REAL_NAME(attndyn_weights_norm)
#define attndyn_weights_block ATTNDYN_REAL_NAME(attndyn_weights_block)
#define attndyn_weights ATTNDYN_REAL_NAME(attndyn_weights)
#define attndyn_matrix_real ATTNDYN_REAL_NAME(attndyn_matrix_real)
#define attndyn_matrix_widen ATTNDYN_REAL_NAME(attndyn_matrix_widen)
#define attndyn_weights_of_layer ATTNDYN_REAL_NAME(attndyn_weights_of_layer)
#define attndyn_weights_bytes ATTNDYN_REAL_NAME(attndyn_weights_bytes)

/* A map y = W x, W (rows, columns) = (out, in). Numbers are this machine's (little-endian ones are
 * turned when they are loaded, where it is not) and aligned to their size. Element (i, j) is
 * number
 *     plain:       (i / group) apart + (i mod group) stride + j
 *     transposed:  j stride + i
 * of `data`. Where all rows follow each other group = rows (and so it is for every transposed
 * matrix); queries, keys and values that are fused head by head have group = head_width. */
struct attndyn_matrix {
    const void *data;         /* NULL: the network has no such matrix */
    enum attndyn_dtype dtype; /* F64, F32, F16 or BF16 */
    size_t rows, columns;
    bool transposed; /* stored (in, out), as GPT-2's are */
    size_t stride;   /* from a stored row to the next */
    size_t group, apart;
};

struct attndyn_weights_linear {
    struct attndyn_matrix weight; /* (out, in) */
    const attndyn_real *bias;     /* (out), or NULL */
};
/* NULL where the norm has none (config.h says which kind has which). */
struct attndyn_weights_norm {
    const attndyn_real *gain, *bias; /* (d) */
};
struct attndyn_weights_block {
    struct attndyn_weights_norm norm1, norm2;
    struct attndyn_weights_linear query;      /* (H a, d) */
    struct attndyn_weights_linear key, value; /* (G a, d) */
    struct attndyn_weights_linear output;     /* (d, H a) */
    struct attndyn_weights_linear gate, up;   /* (h, d); gate: SwiGLU alone */
    struct attndyn_weights_linear down;       /* (d, h) */
};

struct attndyn_weights {
    struct attndyn_transformer_config config; /* resolved: nothing in it stands for a default */
    const size_t *layer_map;                  /* (layers): the block of each depth; never NULL */
    size_t blocks;
    const struct attndyn_weights_block *block; /* (blocks) */
    struct attndyn_matrix embedding;           /* (V, e) */
    struct attndyn_matrix position;            /* (T + position_offset, d), learned positions */
    struct attndyn_weights_norm embedding_norm;
    struct attndyn_matrix project_in, project_out; /* (d, e), (e, d), where e is not d */
    struct attndyn_weights_norm norm;              /* before the decoder */
    struct attndyn_weights_linear decoder;         /* (O, e); tied: the embedding's view */
};

/* The matrix as BLAS takes it: its numbers, if they are attndyn_real and in one group; `stride` is
 * the leading dimension. NULL: it has to be widened first. */
const attndyn_real *attndyn_matrix_real(const struct attndyn_matrix *matrix);
/* Rows [first, first + count) as (count, columns), row-major: exact from a narrower kind, rounded
 * to nearest from a wider one. */
void attndyn_matrix_widen(const struct attndyn_matrix *matrix, size_t first, size_t count,
                          attndyn_real *to);
static inline const struct attndyn_weights_block *attndyn_weights_of_layer(
    const struct attndyn_weights *weights, size_t layer) {
    return &weights->block[weights->layer_map[layer]];
}
/* Bytes of all tensors as stored, each once; *numbers, if not NULL: how many numbers they are. */
size_t attndyn_weights_bytes(const struct attndyn_weights *weights, size_t *numbers);

#endif
